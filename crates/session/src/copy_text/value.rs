//! What a column of a line says: NULL, the column's default, or its bytes without escapes and quotes.

use std::borrow::Cow;

use super::command::{Command, Form, Which};

/// What a column says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Said<'a> {
    /// NULL.
    Null,
    /// The default of the column.
    Default,
    /// A value.
    Value(Cow<'a, [u8]>),
}

impl Command {
    /// What a column of this name says that is written so.
    pub fn said<'a>(&self, raw: &'a [u8], name: Option<&str>) -> Said<'a> {
        match self.form {
            Form::Csv => self.said_in_csv(raw, name),
            _ if raw == self.null => Said::Null,
            _ if self.default.as_deref() == Some(raw) => Said::Default,
            _ => Said::Value(plain(raw)),
        }
    }

    fn said_in_csv<'a>(&self, raw: &'a [u8], name: Option<&str>) -> Said<'a> {
        let is_quoted = raw.contains(&self.quote);
        if !is_quoted && raw == self.null && !self.force_not_null.has(name) {
            return Said::Null;
        }
        if !is_quoted && self.default.as_deref() == Some(raw) {
            return Said::Default;
        }
        let value = if is_quoted { Cow::Owned(self.unquoted(raw)) } else { Cow::Borrowed(raw) };
        if is_quoted && *value == *self.null && self.force_null.has(name) { Said::Null } else { Said::Value(value) }
    }

    /// Quotes may begin and end anywhere in a value.
    fn unquoted(&self, raw: &[u8]) -> Vec<u8> {
        let (mut made, mut is_inside) = (Vec::with_capacity(raw.len()), false);
        let mut bytes = raw.iter().copied().peekable();
        while let Some(byte) = bytes.next() {
            let escaped = bytes.peek().copied().filter(|next| *next == self.quote || *next == self.escape);
            match escaped.filter(|_| is_inside && byte == self.escape) {
                Some(next) => {
                    made.push(next);
                    bytes.next();
                }
                None if byte == self.quote => is_inside = !is_inside,
                None => made.push(byte),
            }
        }
        made
    }
}

impl Which {
    fn has(&self, name: Option<&str>) -> bool {
        match self {
            Which::None => false,
            Which::All => true,
            Which::Named(names) => name.is_some_and(|name| names.iter().any(|own| own == name)),
        }
    }
}

/// A value of the text format without its backslashes.
fn plain(raw: &[u8]) -> Cow<'_, [u8]> {
    if memchr::memchr(b'\\', raw).is_none() {
        return Cow::Borrowed(raw);
    }
    let (mut made, mut rest) = (Vec::with_capacity(raw.len()), raw);
    while let Some(first) = rest.first() {
        let (byte, length) = if *first == b'\\' { unescaped(rest) } else { (*first, 1) };
        made.push(byte);
        rest = rest.get(length..).unwrap_or_default();
    }
    Cow::Owned(made)
}

/// The byte that an escape stands for, which begins here with a backslash, and how long the escape is.
pub(super) fn unescaped(rest: &[u8]) -> (u8, usize) {
    let Some(second) = rest.get(1) else { return (b'\\', 1) };
    let digits = |from: usize, most: usize, radix: u32| {
        let digits = rest.iter().skip(from).take(most).map_while(|byte| char::from(*byte).to_digit(radix));
        digits.fold((0, from), |(number, length), digit| (number * radix + digit, length + 1))
    };
    match second {
        b'b' => (8, 2),
        b'f' => (12, 2),
        b'n' => (b'\n', 2),
        b'r' => (b'\r', 2),
        b't' => (b'\t', 2),
        b'v' => (11, 2),
        b'0'..=b'7' => {
            let (number, length) = digits(1, 3, 8);
            (number as u8, length)
        }
        b'x' => match digits(2, 2, 16) {
            (_, 2) => (b'x', 2),
            (number, length) => (number as u8, length),
        },
        other => (*other, 2),
    }
}

#[cfg(test)]
mod tests {
    use super::super::command::commands;
    use super::*;

    fn check(options: &str, raw: &[u8], expected: Option<&[u8]>) {
        let copy = commands(format!("COPY t FROM STDIN {options}").as_bytes()).remove(0);
        let said = match expected {
            Some(value) => Said::Value(Cow::Borrowed(value)),
            None => Said::Null,
        };
        assert_eq!(copy.said(raw, Some("a")), said, "{options} {raw:?}");
    }

    #[test]
    fn backslashes_escape_in_text() {
        check("", b"\\N", None);
        check("", b"", Some(b""));
        check("", b"\\\\N", Some(b"\\N"));
        check("", b"a\\tb\\nc\\\\d", Some(b"a\tb\nc\\d"));
        check("", b"\\b\\f\\r\\v\\x41\\x4g\\101\\7", Some(b"\x08\x0c\r\x0bA\x04gA\x07"));
        check("", b"\\xg\\q\\", Some(b"xgq\\"));
        check("(NULL '')", b"", None);
        check("(NULL '')", b"\\N", Some(b"N"));
    }

    #[test]
    fn quotes_and_escapes_go_in_csv() {
        check("CSV", b"", None);
        check("CSV", b"\"\"", Some(b""));
        check("CSV", b"\"a\"\"b,c\n\"", Some(b"a\"b,c\n"));
        check("CSV", b"a\"b\"c", Some(b"abc"));
        check("CSV", b"\\N", Some(b"\\N"));
        check("CSV ESCAPE '\\'", b"\"a\\\"b\\\\c\\d\"", Some(b"a\"b\\c\\d"));
        check("CSV QUOTE ''''", b"'it''s \"x\"'", Some(b"it's \"x\""));
        check("CSV NULL 'nil'", b"nil", None);
        check("CSV NULL 'nil'", b"\"nil\"", Some(b"nil"));
        check("CSV FORCE NOT NULL a", b"", Some(b""));
        check("CSV FORCE NULL a", b"\"\"", None);
        check("CSV FORCE NULL b", b"\"\"", Some(b""));
    }

    #[test]
    fn a_default_is_told() {
        let copy = commands(b"COPY t FROM STDIN (DEFAULT '\\D')").remove(0);
        assert_eq!(copy.said(b"\\D", None), Said::Default);
    }
}
