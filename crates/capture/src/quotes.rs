//! Which strings of a text hold bytes: `{'type': 'Q', 'data': b'Q\\x00'}` has four, and one of them does.
//!
//! A string holds bytes that says so with a letter before it, or that has an escape which text has not; and so does one that is
//! joined to such a string. Others are passed over that stand beside one, or are names or have one.

use pgscope_proto::Span;

use crate::lines::{is_blank, lines};
use crate::literal::{closing, is_quote};

/// The first quote from `from` on that opens a string: an apostrophe inside a word does not.
pub(crate) fn next(line: &str, from: usize) -> Option<(usize, char)> {
    let rest = line.get(from..)?;
    for (at, c) in rest.char_indices() {
        match c {
            '#' if from + at == 0 || line.get(..from + at)?.ends_with(is_blank) => return None,
            _ if is_quote(c) && !is_apostrophe(line, from + at, c) => return Some((from + at, c)),
            _ => {}
        }
    }
    None
}

/// Whether it stands behind a word, as in *don't*; the letters of `b'…'`, `E'…'` and their like are none.
fn is_apostrophe(line: &str, at: usize, c: char) -> bool {
    let before = line.get(..at).unwrap_or_default();
    let word = before.len() - before.trim_end_matches(char::is_alphanumeric).len();
    matches!(c, '\'' | '’') && word > 2
}

/// Where a string begins with the letters that belong to its quote.
pub(crate) fn with_prefix(line: &str, at: usize) -> usize {
    let before = line.get(..at).unwrap_or_default();
    let letters = before.len() - before.trim_end_matches(|c: char| c.is_ascii_alphabetic()).len();
    if letters <= 2 { at - letters } else { at }
}

/// A string of one line.
struct Found<'a> {
    line: usize,
    /// What the value is called that it is, if it has a name in quotes or right before it; itself, if it is a name.
    name: Option<&'a str>,
    /// With its quotes.
    span: Span,
    is_bytes: bool,
    /// Whether it is joined to the one before.
    is_joined: bool,
}

/// The strings that hold no bytes, where others do.
pub(crate) fn without_bytes(text: &str) -> Vec<Span> {
    let found = strings(text);
    let mut passed = Vec::new();
    let is_any = found.iter().any(|string| string.is_bytes);
    let with_bytes: Vec<usize> = found.iter().filter(|string| string.is_bytes).map(|string| string.line).collect();
    let names: Vec<&str> = found.iter().filter(|string| string.is_bytes).filter_map(|string| string.name).collect();
    let is_beside = |string: &Found<'_>| with_bytes.binary_search(&string.line).is_ok();
    for group in found.chunk_by(|_, next| next.is_joined).filter(|_| is_any) {
        let is_named = |string: &Found<'_>| string.name.is_some_and(|name| !names.contains(&name));
        let is_passed = |string: &Found<'_>| is_named(string) || is_beside(string);
        if !group.iter().any(|string| string.is_bytes) && group.iter().all(is_passed) {
            passed.extend(group.iter().map(|string| string.span));
        }
    }
    passed
}

fn strings(text: &str) -> Vec<Found<'_>> {
    let mut found: Vec<Found<'_>> = Vec::new();
    let mut end = 0;
    for line in lines(text) {
        let mut from = 0;
        while let Some((at, quote)) = next(line.text, from) {
            let inner = at + quote.len_utf8();
            let length = content(line.text.get(inner..).unwrap_or_default(), closing(quote));
            let prefix = with_prefix(line.text, at);
            let letters = line.text.get(prefix..at).unwrap_or_default();
            let content = line.text.get(inner..inner + length.unwrap_or(line.text.len())).or(line.text.get(inner..));
            let is_bytes = letters.eq_ignore_ascii_case("b") && length != Some(0)
                || content.is_some_and(has_bytes)
                || length.is_none();
            let gap = text.get(end..line.start + prefix).unwrap_or_default();
            let is_joined =
                !found.is_empty() && gap.len() < 64 && gap.chars().all(|c| is_blank(c) || "+\\.&()".contains(c));
            let before = line.text.get(..prefix).unwrap_or_default();
            let stop = length.map_or(line.text.len(), |length| inner + length + closing(quote).len_utf8());
            end = line.start + stop;
            let is_name = line.text.get(stop..).unwrap_or_default().trim_start_matches(is_blank).starts_with(':');
            let name = if is_name { line.text.get(at..stop) } else { name_before(before) };
            let span = Span::new(line.start + at, end);
            found.push(Found { line: line.start, name, span, is_bytes, is_joined });
            from = stop;
        }
    }
    found
}

/// The name right before a value, as in `err="…"` and `"err": "…"`.
fn name_before(before: &str) -> Option<&str> {
    let is_word = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '"' | '\'');
    let name = before.strip_suffix('=').or_else(|| {
        let name = before.trim_end_matches(is_blank).strip_suffix(':')?;
        name.ends_with(['"', '\'']).then_some(name)
    })?;
    let start = name.len() - name.len().min(name.chars().rev().take_while(|c| is_word(*c)).map(char::len_utf8).sum());
    name.get(start..).filter(|name| !name.is_empty())
}

/// The length of a string up to its quote, if it has one in its line.
pub(crate) fn content(text: &str, quote: char) -> Option<usize> {
    let mut is_escaped = false;
    text.char_indices()
        .find(|(_, c)| {
            let ends = *c == quote && !is_escaped;
            is_escaped = *c == '\\' && !is_escaped;
            ends
        })
        .map(|(at, _)| at)
}

/// Whether a string has an escape of a byte that text has not.
pub(crate) fn has_bytes(content: &str) -> bool {
    let after = |at: usize| content.get(at + 1..).and_then(|rest| rest.chars().next());
    let mut escapes = content.match_indices('\\').map(|(at, _)| after(at));
    escapes.any(|kind| matches!(kind, Some('x' | 'X' | 'u' | '0'..='7' | '^' | 'M' | 'a' | 'b' | 'v' | 'e')))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strings_without_bytes_are_told_from_those_with() {
        let cases: [(&str, &[&str]); 7] = [
            ("{'type': 'Q', 'data': b'Q\\x00'}", &["'type'", "'Q'", "'data'"]),
            ("{\"ts\":\"now\",\"data\":\"Q\\u0000\"}", &["\"ts\"", "\"now\"", "\"data\""]),
            ("\"\\x51\\x00\" \"SELECT\" \"\\x00\"", &[]),
            ("b'Q' + \n b'abc'", &[]),
            ("\"one\" and \"two\"", &[]),
            ("don't: b\"Q\\0\" isn't", &[]),
            ("level=INFO msg=\"Q\\x00\" err=\"none\"", &["\"none\""]),
        ];
        for (text, expected) in cases {
            let passed: Vec<&str> = without_bytes(text).iter().map(|span| &text[span.start..span.end]).collect();
            assert_eq!(passed, expected, "{text}");
        }
    }
}
