//! How a server writes values in text format, as far as it can be told for sure: what no setting, no version and no locale makes of
//! a value of a type.
//!
//! What clients may send is far more, and is not looked at here.

use crate::types::{containers, numbers, places, system, texts, times};
use crate::{Message, types};

/// What is wrong with a text that is said to be a value of a type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Misfit {
    /// How a server writes values of the type.
    pub expected: &'static str,
    /// What of it is not so, as a clause: `a truth value is one letter`.
    pub why: &'static str,
}

/// Why this text is no value of the built-in type `oid` as a server writes it; nothing if it is, or may be.
///
/// ```
/// use pgscope_proto::types::misfit;
/// assert_eq!(misfit(16, b"true").unwrap().expected, "t or f");
/// assert!(misfit(23, b"-7").is_none());
/// assert!(misfit(25, b"anything").is_none());
/// ```
pub fn misfit(oid: u32, text: &[u8]) -> Option<Misfit> {
    form_of(oid).filter(|form| (form.is_wrong)(text)).map(|form| form.misfit)
}

/// Whether values of the built-in type `oid` have a form in text format by which one that is none can be told.
pub fn has_text_form(oid: u32) -> bool {
    form_of(oid).is_some()
}

fn form_of(oid: u32) -> Option<&'static Form> {
    let message = types::known(oid)?.message;
    if *message == containers::ARRAY {
        return Some(&ARRAY);
    }
    FORMS.iter().find(|form| form.applies(message, oid)).map(|form| &form.form)
}

struct Form {
    is_wrong: fn(&[u8]) -> bool,
    misfit: Misfit,
}

struct OfType {
    message: &'static Message,
    /// Of types that are written alike in binary format, and not in text: these alone; none stands for all.
    only: &'static [u32],
    form: Form,
}

impl OfType {
    fn applies(&self, message: &Message, oid: u32) -> bool {
        self.message == message && (self.only.is_empty() || self.only.contains(&oid))
    }
}

const fn form(is_wrong: fn(&[u8]) -> bool, expected: &'static str, why: &'static str) -> Form {
    Form { is_wrong, misfit: Misfit { expected, why } }
}

const fn all(message: &'static Message, form: Form) -> OfType {
    OfType { message, only: &[], form }
}

static ARRAY: Form = form(
    |text| !is_array(text),
    "{1,2,NULL}, with the bounds before it where they do not begin with 1",
    "an array stands in braces",
);

static FORMS: &[OfType] = &[
    all(&numbers::BOOL, form(|text| !matches!(text, b"t" | b"f"), "t or f", "a truth value is one letter")),
    all(&numbers::INT2, form(|text| !is_integer::<i16>(text), "a number from -32768 to 32767", WHOLE)),
    all(&numbers::INT4, form(|text| !is_integer::<i32>(text), "a number from -2147483648 to 2147483647", WHOLE)),
    all(&numbers::INT8, form(|text| !is_integer::<i64>(text), "a number of 64 bits", WHOLE)),
    all(&numbers::FLOAT4, form(|text| !is_float(text), FLOAT, "that is no number")),
    all(&numbers::FLOAT8, form(|text| !is_float(text), FLOAT, "that is no number")),
    all(&numbers::NUMERIC, form(|text| !is_numeric(text), "digits with a point, NaN or Infinity", "that is no number")),
    all(
        &numbers::BIT,
        form(|text| !every(text, |byte| matches!(byte, b'0' | b'1')), "0 and 1", "bits are written one by one"),
    ),
    all(
        &texts::BYTEA,
        form(
            |text| !is_bytea(text),
            "\\x and two digits for each byte",
            "bytes are written as digits, or with octal escapes",
        ),
    ),
    all(
        &texts::UUID,
        form(|text| !is_uuid(text), "8-4-4-4-12 digits with hyphens", "a UUID has 32 digits and four hyphens"),
    ),
    all(
        &texts::JSON,
        form(
            |text| !may_be_json(text),
            "an object, an array, a text between quotation marks, a number, true, false or null",
            "no value of JSON begins so",
        ),
    ),
    all(
        &texts::JSONB,
        form(
            |text| !may_be_json(text),
            "an object, an array, a text between quotation marks, a number, true, false or null",
            "no value of JSON begins so",
        ),
    ),
    all(
        &times::DATE,
        form(
            |text| !may_be_day(text) || text.contains(&b':'),
            "2024-05-31 where DateStyle is ISO",
            "a date has no time",
        ),
    ),
    all(
        &times::TIME,
        form(|text| !has_digit(text) || !every(text, is_of_time), "12:30:00", "that is no time of a day"),
    ),
    all(
        &times::TIMETZ,
        form(
            |text| !has_digit(text) || !every(text, |byte| is_of_time(byte) || matches!(byte, b'+' | b'-')),
            "12:30:00+02",
            "that is no time of a day with its zone",
        ),
    ),
    all(&times::TIMESTAMP, form(|text| !may_be_day(text) || has_letter_t(text), "2024-05-31 12:30:00", MOMENT)),
    all(&times::TIMESTAMPTZ, form(|text| !may_be_day(text) || has_letter_t(text), "2024-05-31 12:30:00+00", MOMENT)),
    all(&times::INTERVAL, form(|text| !may_be_day(text), "1 day 02:03:04", "that is no interval")),
    all(
        &places::INET,
        form(
            |text| {
                !has_digit_or_colon(text)
                    || !every(text, |byte| byte.is_ascii_hexdigit() || matches!(byte, b'.' | b':' | b'/'))
            },
            "192.168.0.1 or ::1, with /24 where the mask is shorter",
            "that is no address",
        ),
    ),
    all(
        &places::MACADDR,
        form(|text| text.len() != 17 || !is_of_mac(text), "08:00:2b:01:02:03", "that is no address of a card"),
    ),
    all(
        &places::MACADDR8,
        form(|text| text.len() != 23 || !is_of_mac(text), "08:00:2b:ff:fe:01:02:03", "that is no address of a card"),
    ),
    all(&places::POINT, form(|text| !stands_in(text, b'(', b')'), "(1.5,2)", "a point stands in brackets")),
    all(&containers::RANGE, form(|text| !is_range(text), "[1,5), or empty", "a range stands in brackets")),
    all(
        &containers::MULTIRANGE,
        form(|text| !stands_in(text, b'{', b'}'), "{[1,5),[7,9)}", "a multirange stands in braces"),
    ),
    all(&containers::RECORD, form(|text| !stands_in(text, b'(', b')'), "(1,two,)", "a row stands in brackets")),
    // What else is written in four bytes is a name in text: of a function, a table, a type.
    OfType {
        message: &system::OID,
        only: &[26],
        form: form(|text| !is_integer::<u32>(text), "a number of 32 bits", WHOLE),
    },
    all(&system::XID, form(|text| !is_integer::<u32>(text), "a number of 32 bits", WHOLE)),
    all(&system::PG_LSN, form(|text| !is_lsn(text), "16/B374D848", "a place in the log is two numbers with a slash")),
];

const WHOLE: &str = "that is no whole number of this size";
const FLOAT: &str = "digits with a point and an exponent, NaN, Infinity or -Infinity";
const MOMENT: &str =
    "day and time have a blank between them, whatever DateStyle is: T and Z are of ISO 8601, and no server writes them";

fn every(text: &[u8], fits: impl Fn(u8) -> bool) -> bool {
    text.iter().all(|byte| fits(*byte))
}

fn has_digit(text: &[u8]) -> bool {
    text.iter().any(u8::is_ascii_digit)
}

fn has_digit_or_colon(text: &[u8]) -> bool {
    has_digit(text) || text.contains(&b':')
}

/// Digits, with a minus before them.
fn is_integer<T: std::str::FromStr>(text: &[u8]) -> bool {
    !text.starts_with(b"+") && std::str::from_utf8(text).is_ok_and(|text| text.parse::<T>().is_ok())
}

fn is_float(text: &[u8]) -> bool {
    // Java's servers write a large E.
    let is_of_float = |byte: u8| byte.is_ascii_digit() || matches!(byte, b'.' | b'e' | b'E' | b'+' | b'-');
    is_special(text) || has_digit(text) && every(text, is_of_float)
}

/// Digits with a point; other servers than PostgreSQL write an exponent, too, which whoever reads numbers of any length reads.
fn is_numeric(text: &[u8]) -> bool {
    let points = text.iter().filter(|byte| **byte == b'.').count();
    is_float(text) && points <= 1 && !text.starts_with(b"+")
}

fn is_special(text: &[u8]) -> bool {
    matches!(text, b"NaN" | b"Infinity" | b"-Infinity")
}

/// Hexadecimal as of 9.0, or as before: what is no letter of ASCII is three octal digits behind a backslash.
fn is_bytea(text: &[u8]) -> bool {
    if let Some(digits) = text.strip_prefix(b"\\x") {
        return digits.len() % 2 == 0 && every(digits, |byte| byte.is_ascii_hexdigit());
    }
    let mut rest = text;
    loop {
        rest = match rest {
            [] => return true,
            [b'\\', b'\\', behind @ ..] => behind,
            [b'\\', b'0'..=b'3', b'0'..=b'7', b'0'..=b'7', behind @ ..] => behind,
            [b'\\', ..] => return false,
            // Servers before 15 say so what a timeline's history file is, and send it as it stands.
            [b' '..=b'~' | b'\t' | b'\n' | b'\r', behind @ ..] => behind,
            _ => return false,
        }
    }
}

fn is_uuid(text: &[u8]) -> bool {
    let is_hyphen = |at: usize| matches!(at, 8 | 13 | 18 | 23);
    let fits = |(at, byte): (usize, &u8)| if is_hyphen(at) { *byte == b'-' } else { byte.is_ascii_hexdigit() };
    text.len() == 36 && text.iter().enumerate().all(fits)
}

fn may_be_json(text: &[u8]) -> bool {
    match text.trim_ascii() {
        b"true" | b"false" | b"null" => true,
        [b'{', .., last] => *last == b'}',
        [b'[', .., last] => *last == b']',
        [b'"', .., last] => *last == b'"',
        [b'-' | b'0'..=b'9', ..] => true,
        _ => false,
    }
}

/// Whether it may be a day, a moment or a span of time in some style: each has a digit, or is named.
fn may_be_day(text: &[u8]) -> bool {
    has_digit(text) && std::str::from_utf8(text).is_ok() || matches!(text, b"infinity" | b"-infinity" | b"@ 0")
}

/// `2024-05-31T12:30:00Z`: the day as numbers, and a letter behind it.
fn has_letter_t(text: &[u8]) -> bool {
    let is_of_day = |byte: &u8| byte.is_ascii_digit() || *byte == b'-';
    let day = text.iter().position(|byte| !is_of_day(byte)).unwrap_or(text.len());
    day >= 8 && text.get(day).is_some_and(|letter| letter.eq_ignore_ascii_case(&b'T'))
}

fn is_of_time(byte: u8) -> bool {
    byte.is_ascii_digit() || matches!(byte, b':' | b'.')
}

fn is_of_mac(text: &[u8]) -> bool {
    text.iter().enumerate().all(|(at, byte)| if at % 3 == 2 { *byte == b':' } else { byte.is_ascii_hexdigit() })
}

fn stands_in(text: &[u8], open: u8, close: u8) -> bool {
    text.len() >= 2 && text.first() == Some(&open) && text.last() == Some(&close)
}

fn is_range(text: &[u8]) -> bool {
    let is_open = text.starts_with(b"[") || text.starts_with(b"(");
    let is_closed = text.ends_with(b"]") || text.ends_with(b")");
    text == b"empty" || is_open && is_closed && text.contains(&b',')
}

/// `{…}`, or `[0:2]={…}`.
fn is_array(text: &[u8]) -> bool {
    let is_bound = |byte: u8| byte.is_ascii_digit() || matches!(byte, b'[' | b']' | b':' | b'-' | b'+');
    let braces = match text.iter().position(|byte| *byte == b'=') {
        Some(at) if text.starts_with(b"[") => {
            let (bounds, braces) = text.split_at(at);
            if !every(bounds, is_bound) {
                return false;
            }
            braces.get(1..).unwrap_or_default()
        }
        _ => text,
    };
    stands_in(braces, b'{', b'}')
}

fn is_lsn(text: &[u8]) -> bool {
    let is_number = |part: &[u8]| (1..=8).contains(&part.len()) && every(part, |byte| byte.is_ascii_hexdigit());
    let mut parts = text.splitn(2, |byte| *byte == b'/');
    parts.next().is_some_and(is_number) && parts.next().is_some_and(is_number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_no_server_writes_is_told_and_what_one_may_write_is_not() {
        let fits: &[(u32, &[&str])] = &[
            (16, &["t", "f"]),
            (17, &["\\x", "\\x00ff", "hello", "a\\\\b\\000\\377", ""]),
            (20, &["9223372036854775807", "-9223372036854775808"]),
            (21, &["-32768", "0"]),
            (23, &["2147483647"]),
            (26, &["4294967295"]),
            (24, &["now", "pg_catalog.now"]),
            (114, &[" {\"a\" : 1} ", "null", "-1.5e3", "\"\"", "[]"]),
            (600, &["(1.5,-2)"]),
            (700, &["1e-07", "NaN", "-Infinity", "3.4028235e+38", "-0"]),
            (829, &["08:00:2b:01:02:03"]),
            (869, &["::1", "10.0.0.1/8", "::ffff:1.2.3.4"]),
            (1007, &["{}", "{1,NULL}", "[0:1]={1,2}", "[-1:0][2:2]={{1},{2}}"]),
            (1082, &["2024-05-31", "05/31/2024", "31.05.2024", "0044-03-15 BC", "infinity", "10000-01-01"]),
            (1083, &["12:30:00.5", "24:00:00"]),
            (1114, &["2024-05-31 12:30:00", "Fri May 31 12:30:00 2024", "-infinity", "05/31/2024 12:30:00.25"]),
            (1184, &["2024-05-31 12:30:00+00", "Fri May 31 12:30:00 2024 CEST", "31.05.2024 12:30:00 CEST"]),
            (1186, &["1 day", "@ 1 hour", "PT0S", "00:00:00", "@ 0", "-1 2:3:4"]),
            (1266, &["12:30:00+02", "12:30:00.5-03:30"]),
            (1560, &["", "0101"]),
            (1700, &["0", "1E-8", "-0.001", "123456789012345678901234567890.5", "NaN", "Infinity"]),
            (2249, &["()", "(1,\"a b\",)"]),
            (2950, &["a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"]),
            (3220, &["0/0", "16/B374D848"]),
            (3904, &["empty", "[1,5)", "(,)", "(,5]"]),
            (4451, &["{}", "{[1,5),[7,9)}"]),
            (25, &["", "anything"]),
            (16_384, &["of a type that a database has made"]),
        ];
        for (oid, text) in fits.iter().flat_map(|(oid, texts)| texts.iter().map(move |text| (*oid, *text))) {
            assert_eq!(misfit(oid, text.as_bytes()), None, "{oid} {text}");
        }
        let misfits: &[(u32, &[&str])] = &[
            (16, &["true", "TRUE", "1", "0", "", "yes"]),
            (17, &["\\x0", "\\xzz", "\u{e9}", "a\\b", "\u{1}"]),
            (20, &["", "abc", "1.0", "9223372036854775808", "+1", " 1"]),
            (21, &["32768"]),
            (23, &["1,000", "2147483648", "\0\0\0\u{1}", "null"]),
            (114, &["hello", "{\"a\":1", "'x'", "undefined", ""]),
            (600, &["1,2"]),
            (701, &["abc", "inf", ""]),
            (869, &["localhost", "example.org"]),
            (1007, &["[1,2]", "1,2", "(1)", "{1,2"]),
            (1082, &["2024-05-31 00:00:00", "today", "2024-05-31T00:00:00Z"]),
            (1083, &["12:30 PM", "noon"]),
            (1114, &["2024-05-31T12:30:00", "now"]),
            (1184, &["2024-05-31T12:30:00Z", ""]),
            (1700, &["1,5", "1.2.3", "-"]),
            (2249, &["1,2"]),
            (2950, &["A0EEBC999C0B4EF8BB6D6BB9BD380A11", "{a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11}", ""]),
            (3220, &["16", "16/B374D848/1"]),
            (3904, &["1..5"]),
        ];
        for (oid, text) in misfits.iter().flat_map(|(oid, texts)| texts.iter().map(move |text| (*oid, *text))) {
            assert!(misfit(oid, text.as_bytes()).is_some(), "{oid} {text}");
        }
    }
}
