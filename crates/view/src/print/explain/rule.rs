//! A rule of the catalogue: what is wrong, why it is that bad, and how an exchange looks with it and without.

use std::fmt::Write;

use pgscope_proto::{Direction, Severity, Tree};
use pgscope_session::rules::{CLOSES, Evidence, Rule, Says, WAITS, exchange};

use crate::Indexed;
use crate::manual;
use crate::print::reference::wrapped;
use crate::print::{Colour, Ink};

/// How wide one of two columns is.
const COLUMN: usize = 46;

pub(super) fn page(rule: &'static Rule, colour: Colour) -> String {
    let mut out = String::new();
    let ink = if rule.severity == Severity::Error { Ink::Bad } else { Ink::Warning };
    let head = colour.paint(Ink::Bold, &format!("{}  {}", rule.id, rule.title));
    let _ = writeln!(out, "{head}  {}\n\n{}\n", colour.paint(ink, rule.severity.name()), wrapped(rule.doc, 0));
    let mut fact = |name: &str, words: &str| {
        if !words.is_empty() {
            let _ = writeln!(out, "  {name}: {}", wrapped(words, name.len() + 4).trim_start());
        }
    };
    let severity = rule.severity.name();
    fact(&format!("{} {severity} because", article(severity)), because(rule.evidence));
    fact("whose bytes", &format!("the {}'s", rule.by.end()));
    fact("mend", rule.mend);
    fact("to be sure, record", rule.record);
    fact("seen in", &rule.seen.join(", "));
    fact("manual", &format!("{}, {}", rule.section.title, manual(rule.section)));
    if !rule.says.is_empty() {
        let _ = writeln!(out, "\n{}", colour.paint(Ink::Bold, "What programs say to it"));
        rule.says.iter().for_each(|says| words(says, &mut out));
    }
    let _ = writeln!(out);
    side_by_side(rule, colour, &mut out);
    out
}

fn article(word: &str) -> &'static str {
    if word.starts_with(['a', 'e', 'i', 'o', 'u']) { "an" } else { "a" }
}

fn because(evidence: Evidence) -> &'static str {
    match evidence {
        Evidence::Refused(why) | Evidence::Manual(why) => why,
        Evidence::None => "it is worth knowing, and breaks nothing by itself.",
    }
}

/// What a program says, and whether it was heard saying it.
pub(super) fn words(says: &Says, out: &mut String) {
    let _ = writeln!(out, "  {}", told(says));
}

/// `libpq says “…” (provoked)`.
pub(crate) fn told(says: &Says) -> String {
    let known = if says.provoked { "provoked" } else { "read in its source or in a report" };
    let program = says.program.name();
    let code = if says.sqlstate.is_empty() { String::new() } else { format!(" {}", says.sqlstate) };
    match says.text {
        WAITS => format!("{program} waits for ever ({known})"),
        CLOSES => format!("{program} closes without a word ({known})"),
        text => format!("{program} says{code} “{}” ({known})", text.replace("{}", "…")),
    }
}

/// The two exchanges, message by message; those with which both begin are told once.
fn side_by_side(rule: &Rule, colour: Colour, out: &mut String) {
    let (wrong, right) = (lines(rule.wrong, rule.id), lines(rule.right, rule.id));
    let same = wrong.iter().zip(&right).take_while(|(one, other)| one == other).count();
    let _ = writeln!(out, "  {}  Right", colour.paint(Ink::Bold, &padded("Wrong")));
    for line in wrong.iter().take(same) {
        let _ = writeln!(out, "  {}", colour.paint(Ink::Faint, &line.words));
    }
    let is_found = wrong.iter().any(|line| line.is_found);
    // What is not found by looking at one message is where the two part.
    let parts = |nth: usize| !is_found && nth == same;
    for nth in same..wrong.len().max(right.len()) {
        let left = wrong.get(nth).map_or(String::new(), |line| {
            format!("{}{}", line.words, if line.is_found || parts(nth) { " ▲" } else { "" })
        });
        let shown = padded(&left);
        let shown = if left.ends_with('▲') { colour.paint(Ink::Bad, &shown) } else { shown };
        let right = right.get(nth).map_or("", |line| &line.words);
        let _ = writeln!(out, "{}", format!("  {shown}  {right}").trim_end());
    }
}

#[derive(PartialEq)]
struct Line {
    words: String,
    /// Whether the rule is found in it.
    is_found: bool,
}

/// A message a line.
fn lines(text: &str, rule: &str) -> Vec<Line> {
    let indexed = Indexed::new(exchange(text).unwrap_or_default());
    let mut tree = Tree::new();
    let line = |number| {
        let (entry, problems) = indexed.check(number, &mut tree)?;
        let arrow = if entry.direction == Direction::Frontend { "F →" } else { "B ←" };
        let said = format!("{arrow} {}  {}", entry.message.name(), indexed.says(&entry, &tree));
        let is_found = problems.iter().any(|problem| problem.rule == rule);
        Some(Line { words: cut(said.trim_end(), COLUMN - 2), is_found })
    };
    (0..indexed.index.len()).filter_map(line).collect()
}

fn cut(text: &str, longest: usize) -> String {
    if text.chars().count() <= longest {
        return text.to_owned();
    }
    text.chars().take(longest - 1).chain(['…']).collect()
}

fn padded(text: &str) -> String {
    format!("{text}{}", " ".repeat(COLUMN.saturating_sub(text.chars().count())))
}
