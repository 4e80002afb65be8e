//! From what a program said to the rules that it may come from.

use super::{CLOSES, Rule, Says, WAITS, all};

/// The rules whose mistake makes a program say this, and which words they are: the more specific first. The text may be a
/// line of a log, with whatever stands around the words.
pub fn matching(text: &str) -> Vec<(&'static Rule, &'static Says)> {
    let text = plain(text);
    let mut found: Vec<(usize, &Rule, &Says)> = Vec::new();
    for rule in all() {
        let fitting = rule.says.iter().filter(|says| says.text != WAITS && says.text != CLOSES);
        let fitting = fitting.filter_map(|says| Some((specific(&plain(says.text), &text)?, says)));
        // One of them is enough to be told of the rule.
        if let Some((score, says)) = fitting.max_by_key(|(score, _)| *score) {
            found.push((score, rule, says));
        }
    }
    found.sort_by_key(|(score, ..)| std::cmp::Reverse(*score));
    found.into_iter().map(|(_, rule, says)| (rule, says)).collect()
}

/// Whether these words, with `{}` for what varies, stand in the text.
pub fn holds(words: &str, text: &str) -> bool {
    fits(words, text).is_some()
}

/// How many letters of the text these words are, with `{}` for what varies; nothing if they do not stand there.
pub fn fits(words: &str, text: &str) -> Option<usize> {
    specific(&plain(words), &plain(text))
}

/// Capitals, kinds of quotes and how much space there is do not matter.
fn plain(text: &str) -> String {
    let mut made = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '“' | '”' | '„' | '«' | '»' => made.push('"'),
            '‘' | '’' => made.push('\''),
            _ if letter.is_whitespace() => {
                if !made.ends_with(' ') {
                    made.push(' ');
                }
            }
            _ => made.push(letter.to_ascii_lowercase()),
        }
    }
    made
}

/// What varies is a name, a number or a value; it is not longer than this.
const LONGEST_GAP: usize = 120;

/// How many letters of the text the words themselves are; None if they do not stand there.
fn specific(words: &str, text: &str) -> Option<usize> {
    let parts: Vec<&str> = words.split("{}").map(str::trim).filter(|part| !part.is_empty()).collect();
    let (first, rest) = parts.split_first()?;
    let is_there =
        text.match_indices(first).any(|(at, _)| follow(rest, text.get(at + first.len()..).unwrap_or_default()));
    is_there.then(|| parts.iter().map(|part| part.len()).sum())
}

/// Whether the parts follow each other, none too far from the one before.
fn follow(parts: &[&str], text: &str) -> bool {
    let Some((first, rest)) = parts.split_first() else { return true };
    match text.find(first) {
        Some(at) if at <= LONGEST_GAP => follow(rest, text.get(at + first.len()..).unwrap_or_default()),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ids(text: &str) -> Vec<&'static str> {
        matching(text).into_iter().map(|(rule, _)| rule.id).collect()
    }

    #[test]
    fn words_are_found_in_what_a_log_puts_around_them() {
        let line =
            "2026-11-02 10:00:00 UTC [77] alice@shop FATAL:  No PostgreSQL user\n name specified in startup packet";
        assert_eq!(ids(line), ["L13"]);
        assert!(ids("all is well").is_empty());
        assert!(ids("").is_empty());
    }

    #[test]
    fn what_varies_may_be_anything_short() {
        assert!(holds(
            "bind message has {} parameter formats but {} parameters",
            "bind message has 3 parameter formats but 2 parameters"
        ));
        assert!(!holds(
            "message has {} pieces",
            "message has many more parts than anybody can count, and then some, and yet more of them, and still some that are left over after all those many, many pieces"
        ));
    }

    #[test]
    fn lost_synchronization_may_come_from_several_rules() {
        let found = ids("lost synchronization with server: got message type \"Z\", length 1515870810");
        assert!(found.contains(&"L01") && found.contains(&"L03"), "{found:?}");
    }

    #[test]
    fn what_people_paste_leads_to_what_they_made() {
        for (text, expected) in [
            ("psycopg2.OperationalError: received invalid response to SSL negotiation: H", "L09"),
            (
                "org.postgresql.util.PSQLException: ERROR: bind message supplies 1 parameters, but prepared statement \"\" requires 0",
                "L31",
            ),
            (
                "Npgsql.NpgsqlException: Received backend message RowDescription while expecting ParseCompleteMessage. Please file a bug.",
                "L22",
            ),
            ("java.lang.IllegalStateException: Received resultset tuples, but no field structure for them", "L25"),
            ("message type 0x31 arrived from server while idle", "L56"),
            ("error: expected SASL response, got message type 88", "L17"),
            ("message contents do not agree with length in message type \"N\"", "L04"),
            ("asyncpg.exceptions.InterfaceError: the number of query arguments cannot exceed 32767", "L32"),
            ("PG::Error: ERROR:  prepared statement \"s1\" already exists", "L53"),
        ] {
            assert!(ids(text).contains(&expected), "{text}: {:?}", ids(text));
        }
    }

    #[test]
    fn the_more_specific_words_come_first() {
        let found = matching("ERROR: insufficient data in \"D\" message");
        assert_eq!(found[0].0.id, "L29");
        let score = |says: &Says| says.text.len();
        assert!(found.windows(2).all(|two| score(two[0].1) + 4 >= score(two[1].1)));
    }
}
