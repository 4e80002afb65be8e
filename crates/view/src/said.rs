//! From what a program said to the mistakes that it may come from, for a page: what programs say is a file, which it fetches when
//! somebody pastes words instead of bytes.

use pgscope_session::rules::fits;
#[cfg(feature = "docs")]
use pgscope_session::rules::{CLOSES, WAITS, all};

use crate::print::rule_page_name;

/// A mistake that a program's words may come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explained {
    /// The rule that tells of it.
    pub rule: String,
    /// What it is called.
    pub title: String,
    /// The file of the rule's page.
    pub page: String,
    /// Who says this, and in which words.
    pub says: String,
    /// How to mend it.
    pub mend: String,
    /// What to record to be sure.
    pub record: String,
}

/// How many mistakes are told.
const MOST: usize = 6;
/// A longer text is no complaint that somebody pasted.
const LONGEST: usize = 16 << 10;

/// The name of the file, without an ending.
pub const FILE: &str = "said";

/// The file: a line for all that one program says to one mistake, with tabs between the rule's id, its title, how to mend it, what to
/// record, the program and its words.
#[cfg(feature = "docs")]
pub(crate) fn file() -> String {
    let mut lines = String::new();
    for rule in all() {
        for says in rule.says.iter().filter(|says| says.text != WAITS && says.text != CLOSES) {
            let parts = [rule.id, rule.title, rule.mend, rule.record, says.program.name(), says.text];
            lines.push_str(&parts.join("\t"));
            lines.push('\n');
        }
    }
    lines
}

/// The mistakes that a text may come from, the most likely first; `file` is what programs say. None where it is not such a text.
pub fn explained(file: &str, text: &str) -> Vec<Explained> {
    if text.len() > LONGEST {
        return Vec::new();
    }
    let mut found: Vec<(usize, Explained)> = Vec::new();
    for line in file.lines() {
        let parts: Vec<&str> = line.split('\t').collect();
        let [rule, title, mend, record, program, words] = parts.as_slice() else { continue };
        let Some(score) = fits(words, text) else { continue };
        let says = format!("{program} says “{}”", words.replace("{}", "…"));
        let [rule, title, mend, record] = [rule, title, mend, record].map(|part| (*part).to_owned());
        let explained = Explained { page: rule_page_name(&rule), rule, title, says, mend, record };
        // One of its texts is enough to be told of the rule.
        match found.iter_mut().find(|(_, other)| other.rule == explained.rule) {
            Some(other) if other.0 < score => *other = (score, explained),
            Some(_) => {}
            None => found.push((score, explained)),
        }
    }
    found.sort_by_key(|(score, _)| std::cmp::Reverse(*score));
    found.into_iter().map(|(_, explained)| explained).take(MOST).collect()
}

#[cfg(all(test, feature = "docs"))]
mod tests {
    use pgscope_session::rules::matching;

    use super::*;

    #[test]
    fn the_file_leads_to_the_same_rules_as_the_catalogue() {
        let file = file();
        let mut count = 0;
        for says in all().flat_map(|rule| rule.says) {
            let text = format!("2026-11-02 psql: error: {}\n", says.text.replace("{}", "x"));
            let rules: Vec<&str> = matching(&text).into_iter().map(|(rule, _)| rule.id).take(MOST).collect();
            let told: Vec<String> = explained(&file, &text).into_iter().map(|one| one.rule).collect();
            if says.text != WAITS && says.text != CLOSES {
                assert_eq!(told, rules, "{text}");
                count += 1;
            }
        }
        assert!(count > 60, "{count}");
        let lines = file.lines().map(|line| line.split('\t').count());
        assert!(lines.into_iter().all(|parts| parts == 6));
    }

    #[test]
    fn a_complaint_is_told_with_its_mend_and_its_page() {
        let text = "lost synchronization with server: got message type \"Z\", length 1515870810";
        let told = explained(&file(), text);
        assert_eq!((told[0].rule.as_str(), told[0].page.as_str()), ("L01", "rule-L01.html"));
        assert!(told[0].says.starts_with("libpq says “lost synchronization with server") && !told[0].mend.is_empty());
        assert_eq!(explained(&file(), "51 00 00 00 0d SELECT 1"), []);
        assert_eq!(explained("", text), []);
        assert_eq!(explained(&file(), &text.repeat(1000)), []);
    }
}
