//! Hex among words, as in a letter or a chat: `the server answers 45 00 00 00 5f and hangs`.
//!
//! What counts is a run of bytes: words of prose may be hex digits by chance, five bytes one behind the other are not.

use pgscope_proto::foreign;

use crate::form::Form;
use crate::lines::{Line, is_blank, lines};
use crate::{clock, hex, quotes, readable};

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
            let before = line.text.get(..run.start - line.start).unwrap_or_default();
            if is_run(run.text, before) {
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

/// Enough bytes that are no date, no number and no words, no address and no name of a thing.
fn is_run(run: &str, before: &str) -> bool {
    let tokens = || run.split(|c: char| !c.is_alphanumeric()).filter(|token| !token.is_empty());
    let bare = |token: &str| token.trim_start_matches("0x").trim_start_matches('x').len() / 2;
    let bytes: usize = tokens().map(bare).sum();
    let has_digit = |token: &str| token.bytes().any(|c| c.is_ascii_digit());
    let digits = tokens().filter(|token| has_digit(token)).count();
    let is_date = run.get(..10).is_some_and(|day| clock::date(day).is_some());
    if bytes < FEWEST || digits * 2 < tokens().count() || is_ruler(run) || is_date {
        return false;
    }
    // Bytes one by one are bytes, and so is what is quoted: anything else may be a pointer, a hash, a UUID, an address of a
    // card, a number in decimal, unless it begins as a message does.
    let count = tokens().count();
    let is_decimal = run.bytes().all(|c| !c.is_ascii_alphabetic());
    let is_joined = run.contains([':', '-']);
    let is_spaced = count >= FEWEST && tokens().all(|token| bare(token) == 1) && !is_joined;
    let is_prefixed = count >= FEWEST && tokens().all(|token| token.starts_with("0x") || token.starts_with('x'));
    let is_quoted = before.ends_with(['"', '\'', '`', '“', '‘']);
    let is_told = is_quoted && (!is_decimal || is_announced(before, &TOLD)) || is_announced(before, &["hex"]);
    is_spaced && !(is_decimal && bytes < SURE) || is_told || is_prefixed || begins_message(run)
}

/// So many numbers in a row are bytes, though all are decimal.
const SURE: usize = 12;
/// Words that announce bytes.
const TOLD: [&str; 11] = ["hex", "byte", "data", "payload", "packet", "raw", "buf", "dump", "header", "message", "msg"];

/// Whether one of these words stands near the end of what is before the digits.
fn is_announced(before: &str, words: &[&str]) -> bool {
    let from = before.char_indices().rev().nth(24).map_or(0, |(at, _)| at);
    let near = before.get(from..).unwrap_or_default().to_ascii_lowercase();
    words.iter().any(|word| near.contains(word))
}

/// Whether the digits begin as a message of either end does.
fn begins_message(run: &str) -> bool {
    let digits: Vec<u8> = run
        .split(|c: char| !c.is_alphanumeric())
        .flat_map(|token| token.trim_start_matches("0x").trim_start_matches('x').bytes())
        .take(18)
        .collect();
    let pairs = digits.as_chunks::<2>().0.iter();
    let bytes: Vec<u8> = pairs.map(|[high, low]| hex::nibble(*high) << 4 | hex::nibble(*low)).collect();
    readable::begins(&bytes)
}

/// Whether a line has words of prose and a row of bytes among them.
pub(crate) fn is_mixed(text: &str) -> bool {
    // What Node.js says of a buffer that it cut short is told.
    if text.contains(" more byte") {
        return false;
    }
    let line = Line { text, start: 0 };
    has_prose(text) && runs(line).next().is_some() || is_prose(text)
}

/// What a line ends with that is nothing but hex digits, blanks and these signs, without what is left of a word before it.
pub(crate) fn ending(line: Line<'_>, is_sign: impl Fn(char) -> bool) -> Option<Line<'_>> {
    let is_data = |c: char| c.is_ascii_hexdigit() || is_blank(c) || is_sign(c);
    let border = line.text.char_indices().rev().find(|(_, c)| !is_data(*c)).map_or(0, |(at, c)| at + c.len_utf8());
    let joined = match line.text.get(..border)?.ends_with(char::is_alphanumeric) {
        true => line.text.get(border..)?.find(|c: char| !c.is_alphanumeric())?,
        false => 0,
    };
    Some(line.rest(border + joined).trimmed())
}

/// The bytes at the end of a line whose other words say who sent them, however few they are: `wrote 1 bytes: 4e`.
pub(crate) fn tail(line: Line<'_>) -> Option<Line<'_>> {
    let text = line.text.trim_end_matches(|c| is_blank(c) || matches!(c, ']' | '>' | ')' | '}'));
    let tail = ending(line.part(0, text.len()), |c| matches!(c, 'x' | 'X' | ','))?;
    let lead = text.get(..tail.start - line.start)?;
    let mut tokens = tail.text.split(|c: char| !c.is_alphanumeric()).filter(|token| !token.is_empty()).peekable();
    let is_bytes = tokens.peek().is_some() && tokens.all(is_hex);
    let is_told = lead.len() < 200 && (crate::marks::spoken(lead).is_some() || crate::packets::ends(lead).is_some());
    // A number behind words is a length, a port, an id, unless the words say that there are so many bytes.
    let count = tail
        .text
        .split(|c: char| !c.is_alphanumeric())
        .map(|token| token.trim_start_matches("0x").len() / 2)
        .sum::<usize>();
    let has_letter = tail.text.contains(|c: char| c.is_ascii_alphabetic());
    let numbers = lead.split(|c: char| !c.is_alphanumeric()).filter_map(|word| word.parse::<usize>().ok());
    let is_sure = has_letter || count > 2 || numbers.into_iter().any(|number| number == count);
    (is_bytes && is_told && is_sure).then_some(tail)
}

/// Whether any word of a line is none that somebody meant as digits.
fn has_prose(text: &str) -> bool {
    prose(text).next().is_some()
}

/// Whether a line is words and no bytes.
pub(crate) fn is_prose(text: &str) -> bool {
    let words = || text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    let apart = || text.split(|c: char| is_blank(c) || c == ',').filter(|word| word.contains(char::is_alphanumeric));
    let pairs = apart().filter(|word| word.len() == 2 && is_hex(word)).count();
    let count = prose(text).take(PROSE + 1).count();
    let is_any_announced = || {
        let digits = words().find(|word| word.len() > 3 && is_hex(word)).and_then(|word| text.find(word));
        digits.is_some_and(|at| is_announced(text.get(..at).unwrap_or_default(), &TOLD))
    };
    // *Hi,*
    let is_greeting = pairs == 0
        && !text.contains(|c: char| c.is_ascii_digit())
        && words().all(|word| word.chars().all(char::is_alphabetic))
        && words().any(|word| !word.bytes().all(|c| c.is_ascii_hexdigit()));
    is_greeting || count > 0 && pairs * 2 <= apart().count() && (count >= PROSE || !is_any_announced())
}

/// Whether a line is a sentence, or a part of one: several words, and nothing that code or data have.
pub(crate) fn is_talk(text: &str) -> bool {
    let is_data = |word: &str| {
        let inner = word.get(1..).unwrap_or_default();
        word.len() >= 8
            && inner.contains(|c: char| c.is_ascii_uppercase())
            && word.contains(|c: char| c.is_ascii_lowercase())
    };
    let mut words = text.split(is_blank).filter(|word| !word.is_empty());
    !text.contains(['{', '}', '[', ']', '=', ';', '\\', '"', '|'])
        && words.clone().count() > 1
        && !words.any(is_data)
        && is_prose(text)
        && runs(Line { text, start: 0 }).next().is_none()
        && tail(Line { text, start: 0 }).is_none()
        && quotes::next(text, 0).is_none()
}

/// So many words of a line are prose.
const PROSE: usize = 2;

fn prose(text: &str) -> impl Iterator<Item = &str> {
    let is_word = |word: &&str| {
        let is_known = ["buffer", "hex", "bytes", "byte"].iter().any(|known| word.eq_ignore_ascii_case(known));
        word.chars().count() > 2 && word.chars().all(char::is_alphabetic) && !is_hex(word) && !is_known
    };
    text.split(|c: char| !c.is_alphanumeric()).filter(is_word)
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
