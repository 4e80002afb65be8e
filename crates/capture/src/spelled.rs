//! Bytes spelled in ways that no other reader knows: digits without a leading zero, bits, letters with a percent sign before what is none, strings with the
//! escapes of Haskell or with decimal ones, what gdb prints of an array, strings of Python that a list holds.
//!
//! Each reads a text as a whole, or not at all.

use pgscope_proto::Span;

use crate::escape::escape;
use crate::form::Form;
use crate::lines::is_blank;
use crate::sink::Sink;

/// A byte, and where it stands.
type Spelled = (u8, Span);
type Read = fn(&str) -> Option<Vec<Spelled>>;

/// Each way, with the form that it is one of.
pub(crate) const WAYS: [(Form, Read); 7] = [
    (Form::Hex, short_digits),
    (Form::Hex, bits),
    (Form::EscapedString, percents),
    (Form::EscapedString, |text| string(text, named)),
    (Form::EscapedString, |text| string(text, decimal)),
    (Form::EscapedString, repeated),
    (Form::EscapedString, joined),
];

/// What was read, in a sink.
pub(crate) fn sink(bytes: Vec<Spelled>) -> Sink {
    let mut sink = Sink::default();
    bytes.into_iter().for_each(|(byte, source)| sink.byte(byte, source));
    sink
}

/// The words of a text, with what parts them left out.
fn tokens(text: &str) -> impl Iterator<Item = (&str, usize)> {
    let mut at = 0;
    std::iter::from_fn(move || {
        let start = at + text.get(at..)?.find(char::is_alphanumeric)?;
        let rest = text.get(start..)?;
        let token = rest.get(..rest.find(|c: char| !c.is_alphanumeric()).unwrap_or(rest.len()))?;
        at = start + token.len();
        Some((token, start))
    })
}

/// `51 0 0 0 1f`: one or two hex digits a byte.
fn short_digits(text: &str) -> Option<Vec<Spelled>> {
    let is_parted = text.chars().all(|c| c.is_ascii_hexdigit() || is_blank(c) || "\n,{}[]()".contains(c));
    let has = |fits: fn(&str) -> bool| tokens(text).any(|(token, _)| fits(token));
    let is_hex = has(|token| token.bytes().any(|byte| byte.is_ascii_alphabetic())) && has(|token| token.len() == 1);
    if !is_parted || !is_hex {
        return None;
    }
    tokens(text).map(|(token, start)| of_digits(token, start, 16, 1..=2)).collect()
}

/// `01010001 00000000`.
fn bits(text: &str) -> Option<Vec<Spelled>> {
    let is_parted = text.chars().all(|c| matches!(c, '0' | '1') || c.is_whitespace() || ",{}[]()".contains(c));
    if !is_parted {
        return None;
    }
    tokens(text).map(|(token, start)| of_digits(token, start, 2, 8..=8)).collect()
}

fn of_digits(token: &str, start: usize, radix: u32, length: std::ops::RangeInclusive<usize>) -> Option<Spelled> {
    let value = u8::from_str_radix(token, radix).ok().filter(|_| length.contains(&token.len()))?;
    Some((value, Span::new(start, start + token.len())))
}

/// `Q%00%00%00%1fSELECT%201`, as addresses of the web have it.
fn percents(text: &str) -> Option<Vec<Spelled>> {
    let (mut at, end) = (text.len() - text.trim_start().len(), text.trim_end().len());
    let (mut bytes, mut count) = (Vec::new(), 0);
    while at < end {
        let rest = text.get(at..end)?;
        let (byte, length) = match rest.as_bytes() {
            [b'%', ..] => (u8::from_str_radix(rest.get(1..3)?, 16).ok()?, 3),
            [b'+', ..] => (b' ', 1),
            [letter, ..] if letter.is_ascii_alphanumeric() || b"-_.~*!'()".contains(letter) => (*letter, 1),
            _ => return None,
        };
        count += usize::from(length == 3);
        bytes.push((byte, Span::new(at, at + length)));
        at += length;
    }
    (count > 2).then_some(bytes)
}

/// An escape of some language: the byte, nothing for what stands for none, and how long it is.
type Escapes = fn(&str) -> Option<(Option<u8>, usize)>;

/// The string between the first quote and the last.
fn string(text: &str, escapes: Escapes) -> Option<Vec<Spelled>> {
    let start = text.find(['"', '\''])? + 1;
    let quote = text.get(start - 1..start)?;
    let end = text.rfind(quote).filter(|end| *end > start)?;
    let (mut at, mut bytes) = (start, Vec::new());
    while at < end {
        let rest = text.get(at..end)?;
        let (byte, length) = match rest.as_bytes() {
            [b'\\', ..] => escapes(rest)?,
            [b'\n' | b'\r', ..] => return None,
            // What follows is another string.
            [letter, ..] if rest.starts_with(quote) || !letter.is_ascii() => return None,
            [letter, ..] => (Some(*letter), 1),
            [] => return None,
        };
        bytes.extend(byte.map(|byte| (byte, Span::new(at, at + length))));
        at += length;
    }
    Some(bytes)
}

/// Names of control characters: longer ones before those with which they begin.
const NAMES: [(&str, u8); 26] = [
    ("NUL", 0),
    ("SOH", 1),
    ("STX", 2),
    ("ETX", 3),
    ("EOT", 4),
    ("ENQ", 5),
    ("ACK", 6),
    ("DLE", 16),
    ("DC1", 17),
    ("DC2", 18),
    ("DC3", 19),
    ("DC4", 20),
    ("NAK", 21),
    ("SYN", 22),
    ("ETB", 23),
    ("CAN", 24),
    ("SUB", 26),
    ("ESC", 27),
    ("DEL", 127),
    ("SO", 14),
    ("SI", 15),
    ("EM", 25),
    ("FS", 28),
    ("GS", 29),
    ("RS", 30),
    ("US", 31),
];

/// An escape of Haskell: `\NUL`, `\200` in decimal, `\&` for nothing.
fn named(text: &str) -> Option<(Option<u8>, usize)> {
    let body = text.strip_prefix('\\')?;
    if let Some((name, value)) = NAMES.iter().find(|(name, _)| body.starts_with(name)) {
        return Some((Some(*value), 1 + name.len()));
    }
    match body.as_bytes().first()? {
        b'&' => Some((None, 2)),
        b'0'..=b'9' => of_decimal(body, usize::MAX),
        _ => escape(text, false).and_then(|escape| Some((Some(*escape.bytes().first()?), escape.length))),
    }
}

/// An escape of Lua or OCaml: `\081` in decimal.
fn decimal(text: &str) -> Option<(Option<u8>, usize)> {
    let body = text.strip_prefix('\\')?;
    match body.as_bytes().first()? {
        b'0'..=b'9' => of_decimal(body, 3),
        _ => escape(text, false).and_then(|escape| Some((Some(*escape.bytes().first()?), escape.length))),
    }
}

fn of_decimal(body: &str, most: usize) -> Option<(Option<u8>, usize)> {
    let count = body.bytes().take(most).take_while(u8::is_ascii_digit).count();
    Some((Some(body.get(..count)?.parse().ok()?), 1 + count))
}

/// So many bytes are read of what gdb prints at most: what is longer is no message that somebody looks at.
const MOST_REPEATED: usize = 1 << 20;

/// `"Q\000", '\000' <repeats 12 times>, "SELECT"`, or `{0x51, 0x0 <repeats 12 times>, 0x1f}`, behind `$1 = `.
fn repeated(text: &str) -> Option<Vec<Spelled>> {
    let from = text.lines().position(|line| line.contains(" <repeats "))?;
    let skipped: usize = text.split_inclusive('\n').take(from).map(str::len).sum();
    let line = text.get(skipped..)?.lines().next()?;
    let value = line.find(" = ").map_or(0, |at| at + 3);
    let mut at = skipped + value;
    let end = skipped + line.trim_end().len();
    let mut bytes: Vec<Spelled> = Vec::new();
    while let Some(rest) = text.get(at..end).filter(|rest| !rest.is_empty()) {
        let (element, length) = element(rest, at)?;
        let behind = rest.get(length..)?;
        let times = behind.strip_prefix(" <repeats ").and_then(|told| told.split_once(" times>"));
        at += length;
        match times {
            Some((count, _)) => {
                let many: usize = count.parse().ok()?;
                let all = many.checked_mul(element.len())?.checked_add(bytes.len());
                all.filter(|all| *all <= MOST_REPEATED)?;
                at += " <repeats ".len() + count.len() + " times>".len();
                bytes.extend(std::iter::repeat_n(element, many).flatten());
            }
            None => bytes.extend(element),
        }
    }
    Some(bytes)
}

/// One element of what gdb prints: a string, a character, a number, or what parts them.
fn element(text: &str, at: usize) -> Option<(Vec<Spelled>, usize)> {
    let first = text.chars().next()?;
    match first {
        '"' | '\'' => {
            let (mut length, mut bytes) = (1, Vec::new());
            loop {
                let rest = text.get(length..)?;
                let (taken, all) = match rest.chars().next()? {
                    '\\' => escape(rest, true).map(|escape| (escape.length, escape.bytes()))?,
                    c if c == first => return Some((bytes, length + 1)),
                    c => (c.len_utf8(), c.to_string().into_bytes()),
                };
                bytes.extend(all.into_iter().map(|byte| (byte, Span::new(at + length, at + length + taken))));
                length += taken;
            }
        }
        '0'..='9' => {
            let length = text.find(|c: char| !c.is_alphanumeric()).unwrap_or(text.len());
            let number = text.get(..length)?;
            let value = match number.strip_prefix("0x") {
                Some(digits) => u8::from_str_radix(digits, 16).ok()?,
                None => number.parse().ok()?,
            };
            // A number and the character that it is: `81 'Q'`.
            let character = text.get(length..)?.strip_prefix(" '").and_then(|_| element(text.get(length + 1..)?, at));
            let more = character.map_or(0, |(_, length)| length + 1);
            Some((vec![(value, Span::new(at, at + length))], length + more))
        }
        ',' | ' ' | '{' | '}' => Some((Vec::new(), 1)),
        _ => None,
    }
}

/// All of `b'…'` that stand in a text, one behind the other.
fn joined(text: &str) -> Option<Vec<Spelled>> {
    let is_own_line = |line: &str| {
        let bare = line.trim_start().trim_start_matches(['(', '[']);
        bare.starts_with("b'") || bare.starts_with("b\"") || !line.contains(['\'', '"'])
    };
    if !text.contains(".join(") && !text.lines().all(is_own_line) {
        return None;
    }
    let (mut at, mut bytes, mut count) = (0, Vec::new(), 0);
    while let Some(found) = text.get(at..)?.find('b').map(|found| at + found) {
        let quote = text.get(found + 1..)?.chars().next().filter(|quote| matches!(quote, '"' | '\''));
        let is_word = text.get(..found)?.ends_with(|c: char| c.is_alphanumeric() || c == '_');
        if quote.is_none() || is_word {
            at = found + 1;
            continue;
        }
        let (own, length) = element(text.get(found + 1..)?, found + 1)?;
        count += usize::from(!own.is_empty());
        bytes.extend(own);
        at = found + 1 + length;
    }
    (count > 1).then_some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(read: Read, text: &str) -> Option<Vec<u8>> {
        read(text).map(|bytes| bytes.into_iter().map(|(byte, _)| byte).collect())
    }

    #[test]
    fn each_way_is_read_as_it_was_meant() {
        assert_eq!(read(short_digits, "51 0 0 0 f\n"), Some(vec![0x51, 0, 0, 0, 15]));
        assert_eq!(read(short_digits, "51 0 0 0 4"), None);
        assert_eq!(read(bits, "01010001 00000000"), Some(vec![0x51, 0]));
        assert_eq!(read(percents, "Q%00%00%00+1\n"), Some(b"Q\0\0\0 1".to_vec()));
        assert_eq!(
            read(|text| string(text, named), r#""Q\NUL\SOH\&1\200\DEL\n""#),
            Some(b"Q\0\x011\xc8\x7f\n".to_vec())
        );
        assert_eq!(read(|text| string(text, decimal), r"'Q\0001\200\31x'"), Some(b"Q\x001\xc8\x1fx".to_vec()));
        let printed = r#"$1 = "Q\000", '\000' <repeats 3 times>, "S""#;
        assert_eq!(read(repeated, printed), Some(b"Q\0\0\0\0S".to_vec()));
        assert_eq!(read(repeated, "$2 = {0x51, 0x0 <repeats 3 times>, 4 '\\004'}"), Some(b"Q\0\0\0\x04".to_vec()));
        assert_eq!(read(joined, "b''.join([b'Q\\x00', b\"1\"])"), Some(b"Q\x001".to_vec()));
    }

    #[test]
    fn a_byte_stands_where_it_was_spelled() {
        let text = "x = {0x51, 0x0 <repeats 2 times>}";
        let places: Vec<&str> = repeated(text)
            .expect("bytes")
            .into_iter()
            .filter_map(|(_, place)| text.get(place.start..place.end))
            .collect();
        assert_eq!(places, ["0x51", "0x0", "0x0"]);
    }
}
