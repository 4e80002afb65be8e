//! Hex among words, as in a letter or a chat: `the server answers 45 00 00 00 5f and hangs`.
//!
//! What counts is a run of bytes: words of prose may be hex digits by chance, five bytes one behind the other are not.

use pgscope_proto::foreign;

use crate::clock;
use crate::form::Form;
use crate::lines::{Line, is_blank, lines};

/// So many bytes in a row are meant as bytes: the type and the length of a message.
const FEWEST: usize = 5;

/// The reason to read the hex that stands among the words of `text`, if there is any.
pub(crate) fn reason(text: &str) -> Option<String> {
    let control = |c: char| c.is_control() && !matches!(c, '\n' | '\r' | '\t');
    if text.contains(control) || foreign::recognise(text.as_bytes()).is_some() {
        return None;
    }
    let runs = lines(text).flat_map(runs).count();
    let what = if runs == 1 { "a row" } else { "rows" };
    (runs > 0).then(|| format!("{}: {what} of hex digits among words", Form::Hex.name()))
}

/// Whether there is any.
pub(crate) fn has_runs(text: &str) -> bool {
    lines(text).flat_map(runs).next().is_some()
}

/// The runs of bytes in a line.
pub(crate) fn runs(line: Line<'_>) -> impl Iterator<Item = Line<'_>> {
    let mut rest = line;
    std::iter::from_fn(move || {
        while !rest.text.is_empty() {
            let word = rest.text.find(|c: char| !c.is_alphanumeric()).unwrap_or(rest.text.len());
            let length = run_len(rest.text);
            let run = rest.part(0, length);
            rest = rest.rest(length.max(word));
            rest = rest.rest(rest.text.find(char::is_alphanumeric).unwrap_or(rest.text.len()));
            if is_run(run.text) {
                return Some(run);
            }
        }
        None
    })
}

/// How much of a text is whole bytes in hex, with nothing between them but separators.
fn run_len(text: &str) -> usize {
    let mut end = 0;
    loop {
        let rest = text.get(end..).unwrap_or_default();
        let gap = rest.find(|c: char| !separates(c)).unwrap_or(rest.len());
        let token = rest.get(gap..).unwrap_or_default();
        let length = token.find(|c: char| !c.is_alphanumeric()).unwrap_or(token.len());
        if length == 0 || !is_hex(token.get(..length).unwrap_or_default()) {
            return end;
        }
        end += gap + length;
    }
}

fn separates(c: char) -> bool {
    is_blank(c) || matches!(c, ',' | ':' | '-' | '|' | '\\')
}

fn is_hex(token: &str) -> bool {
    let digits = token.strip_prefix("0x").or_else(|| token.strip_prefix('x')).unwrap_or(token);
    !digits.is_empty() && digits.len().is_multiple_of(2) && digits.bytes().all(|c| c.is_ascii_hexdigit())
}

/// Enough bytes that are no date, no number and no words.
fn is_run(text: &str) -> bool {
    let tokens = || text.split(|c: char| !c.is_alphanumeric()).filter(|token| !token.is_empty());
    let bytes: usize = tokens().map(|token| token.trim_start_matches("0x").trim_start_matches('x').len() / 2).sum();
    let has_digit = |token: &str| token.bytes().any(|c| c.is_ascii_digit());
    let digits = tokens().filter(|token| has_digit(token)).count();
    let is_date = text.get(..10).is_some_and(|day| clock::date(day).is_some());
    bytes >= FEWEST && digits * 2 >= tokens().count() && !is_ruler(text) && !is_date
}

/// The numbers of the columns above a dump: `00 01 02 …`.
fn is_ruler(text: &str) -> bool {
    let mut tokens = text.split(|c: char| !c.is_alphanumeric()).filter(|token| !token.is_empty()).enumerate();
    tokens.all(|(nth, token)| usize::from_str_radix(token, 16) == Ok(nth))
}

/// Whether a line is nothing but bytes.
pub(crate) fn is_all(line: Line<'_>) -> bool {
    let text = line.trimmed().text;
    !text.is_empty() && run_len(text) == text.trim_end_matches(separates).len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_are_found_among_words() {
        let cases = [
            ("the server answers: 45 00 00 00 5f and hangs", Some("45 00 00 00 5f")),
            ("a decade of 5000000028 0073656c be", Some("5000000028 0073656c be")),
            ("see 0x51 0x00 0x00 0x00 0x04.", Some("0x51 0x00 0x00 0x00 0x04")),
            ("on 2026-11-21 10:00:01 it was added", None),
            ("a bad face cafe deed", None),
            ("          00 01 02 03 04 05 06 07", None),
            ("51 00", None),
        ];
        for (text, expected) in cases {
            assert_eq!(runs(Line { text, start: 0 }).next().map(|run| run.text), expected, "{text}");
        }
    }
}
