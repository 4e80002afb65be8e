//! String literals with escapes, in the ways of C, Rust, Go, Python, Java, JavaScript, C#, Zig, Elixir and SQL; and escaped
//! text without quotes.
//!
//! What stands between strings is passed over. A character that is not ASCII gives its UTF-8 bytes; `\xHH` and `\u00HH`
//! give one byte, as programs that print bytes mean it.

use std::borrow::Cow;

use pgscope_proto::Span;

use crate::hex;
use crate::lines::{Line, is_blank};
use crate::sink::{Reader, Sink, each_line};

/// One escape: what it stands for, and how many bytes of text it takes, the backslash included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Escape {
    pub length: usize,
    value: Value,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Value {
    Byte(u8),
    Char(char),
}

impl Escape {
    /// The bytes that it stands for.
    pub(crate) fn bytes(self) -> Vec<u8> {
        match self.value {
            Value::Byte(byte) => vec![byte],
            Value::Char(c) => c.to_string().into_bytes(),
        }
    }
}

/// The escape that `text` begins with. With `octal`, `\0` to `\377` take up to three digits; else `\0` is the zero alone.
pub(crate) fn escape(text: &str, octal: bool) -> Option<Escape> {
    let body = text.strip_prefix('\\')?;
    let kind = body.chars().next()?;
    let simple = |byte| Some(Escape { length: 2, value: Value::Byte(byte) });
    match kind {
        'x' | 'X' if body.get(1..2) == Some("{") => braced(body),
        'x' | 'X' => hex_escape(body, 2),
        'u' if body.get(1..2) == Some("{") => braced(body),
        'u' => hex_escape(body, 4),
        'U' => hex_escape(body, 8),
        '0'..='7' if octal => octal_escape(body),
        '0' => simple(0),
        'n' => simple(b'\n'),
        'r' => simple(b'\r'),
        't' => simple(b'\t'),
        'a' => simple(7),
        'b' => simple(8),
        'v' => simple(11),
        'f' => simple(12),
        'e' => simple(27),
        's' => simple(b' '),
        '\\' | '\'' | '"' | '`' | '?' | '/' | '#' | '$' => simple(kind as u8),
        _ => None,
    }
}

fn digits(text: &str, radix: u32, most: usize) -> usize {
    text.chars().take(most).take_while(|c| c.is_digit(radix)).count()
}

fn hex_escape(body: &str, most: usize) -> Option<Escape> {
    let count = digits(body.get(1..)?, 16, most);
    let code = u32::from_str_radix(body.get(1..=count)?, 16).ok()?;
    let whole = count == most || (most == 2 && count > 0);
    whole.then_some(Escape { length: 2 + count, value: value_of(code)? })
}

/// `\x{51}` of Elixir and Perl, `\u{e9}` of Rust and JavaScript.
fn braced(body: &str) -> Option<Escape> {
    let count = digits(body.get(2..)?, 16, 6);
    let code = u32::from_str_radix(body.get(2..2 + count)?, 16).ok()?;
    let value = if body.starts_with('u') { char::from_u32(code).map(Value::Char)? } else { value_of(code)? };
    (body.get(2 + count..3 + count)? == "}").then_some(Escape { length: 4 + count, value })
}

fn octal_escape(body: &str) -> Option<Escape> {
    let count = digits(body, 8, 3);
    let code = u32::from_str_radix(body.get(..count)?, 8).ok()?;
    let value = u8::try_from(code).ok().map(Value::Byte)?;
    Some(Escape { length: 1 + count, value })
}

fn value_of(code: u32) -> Option<Value> {
    u8::try_from(code).ok().map(Value::Byte).or_else(|| char::from_u32(code).map(Value::Char))
}

/// Reads the strings in `text`, or its lines where it has no quotes.
pub(crate) fn read(text: &str, sink: &mut Sink) {
    let octal = !(text.contains("b\"") && (text.contains("let ") || text.contains("&[u8")));
    let bytea = text.contains("bytea") || text.contains("BYTEA");
    let mut reader = Literal { quotes: has_quotes(text), open: None, octal, doubled: bytea, any: false };
    each_line(text, sink, &mut reader);
}

/// Whether a quote stands before the first backslash, with nothing but code before it.
pub(crate) fn has_quotes(text: &str) -> bool {
    let first = text.find(|c: char| c == '\\' || is_quote(c));
    first.and_then(|at| text.get(at..)).is_some_and(|rest| !rest.starts_with('\\'))
}

fn is_quote(c: char) -> bool {
    matches!(c, '"' | '\'' | '“' | '”' | '‘' | '’')
}

fn closing(quote: char) -> char {
    match quote {
        '“' => '”',
        '‘' => '’',
        other => other,
    }
}

struct Literal {
    /// Whether the bytes stand in quotes.
    quotes: bool,
    /// The quote that closes a string which a backslash continues on the next line.
    open: Option<char>,
    octal: bool,
    /// Whether `\\` before octal digits or `x` is the backslash of an escape, as in `E'\\000'::bytea`.
    doubled: bool,
    /// Whether there was a string.
    any: bool,
}

impl Reader for Literal {
    fn line(&mut self, line: Line<'_>, sink: &mut Sink) {
        if self.quotes { self.quoted(line, sink) } else { self.bare(line, sink) }
    }
}

impl Literal {
    /// A line of escaped text without quotes.
    fn bare(&mut self, line: Line<'_>, sink: &mut Sink) {
        let line = line.rest(line.text.len() - line.text.trim_start_matches(is_blank).len());
        let continued = line.text.strip_suffix('\\').filter(|line| !line.ends_with('\\'));
        self.content(line.part(0, continued.unwrap_or(line.text).len()), None, sink);
    }

    fn quoted(&mut self, line: Line<'_>, sink: &mut Sink) {
        let mut rest = line;
        if self.open.is_some() {
            rest = rest.trimmed();
        }
        loop {
            let quote = match self.open.take() {
                Some(quote) => quote,
                None => {
                    let Some((at, quote)) = rest.text.char_indices().find(|(_, c)| is_quote(*c) || *c == '#') else {
                        return;
                    };
                    if quote == '#' {
                        return;
                    }
                    rest = rest.rest(at + quote.len_utf8());
                    self.any = true;
                    closing(quote)
                }
            };
            let opened = Line { text: "", start: rest.start };
            let taken = self.content(rest, Some(quote), sink);
            rest = rest.rest(taken);
            if self.open.is_some() {
                return;
            }
            if !rest.text.starts_with(quote) {
                return sink.problems.met(opened, "a closing quote");
            }
            rest = rest.rest(quote.len_utf8());
        }
    }

    /// Reads characters up to `quote` or the end; gives how much it took.
    fn content(&mut self, line: Line<'_>, quote: Option<char>, sink: &mut Sink) -> usize {
        if let Some(taken) = bytea(line, quote, sink) {
            return taken;
        }
        let mut rest = line;
        while let Some(c) = rest.text.chars().next() {
            if Some(c) == quote {
                break;
            }
            let length = match c {
                '\\' => self.escaped(rest, quote, sink),
                _ => plain(c, rest, sink),
            };
            rest = rest.rest(length);
        }
        rest.start - line.start
    }

    fn escaped(&mut self, rest: Line<'_>, quote: Option<char>, sink: &mut Sink) -> usize {
        let doubled = rest.text.starts_with("\\\\") && self.doubled;
        let inner = rest.rest(usize::from(doubled));
        let special = doubled && inner.rest(1).text.starts_with(|c: char| c.is_ascii_digit());
        let from = if special { inner } else { rest };
        if let Some(escape) = escape(from.text, self.octal) {
            let length = escape.length + usize::from(special);
            let source = rest.part(0, length).span();
            escape.bytes().iter().for_each(|byte| sink.byte(*byte, source));
            return length;
        }
        if rest.rest(1).text.chars().all(is_blank) {
            self.open = quote;
            return rest.text.len();
        }
        let length = 1 + rest.rest(1).text.chars().next().map_or(0, char::len_utf8);
        sink.problems.met(rest.part(0, length), "an escape such as \\x00, \\0, \\u0000 or \\n");
        length
    }
}

fn plain(c: char, rest: Line<'_>, sink: &mut Sink) -> usize {
    let source = rest.part(0, c.len_utf8()).span();
    rest.part(0, c.len_utf8()).text.bytes().for_each(|byte| sink.byte(byte, source));
    c.len_utf8()
}

/// A string that is `\x` or `\\x` and hex digits to its end, as PostgreSQL prints a bytea.
fn bytea(line: Line<'_>, quote: Option<char>, sink: &mut Sink) -> Option<usize> {
    let prefix = if line.text.starts_with("\\\\x") { 3 } else { 2 };
    let digits = line.text.strip_prefix("\\\\x").or_else(|| line.text.strip_prefix("\\x"))?;
    let count = digits.bytes().take_while(u8::is_ascii_hexdigit).count();
    let end = prefix + count;
    let ends = match quote {
        Some(quote) => line.rest(end).text.starts_with(quote),
        None => line.rest(end).trimmed().text.is_empty(),
    };
    (ends && count > 2).then(|| {
        hex::read_line(line.part(prefix, end), sink);
        end
    })
}

/// The text with blanks in place of the code around its strings, as in `bytes.fromhex("51 00")`; offsets stay the same.
pub(crate) fn without_code(text: &str) -> Cow<'_, str> {
    if !has_code(text) {
        return Cow::Borrowed(text);
    }
    let mut kept = String::with_capacity(text.len());
    for span in strings(text).filter(|span| !names_encoding(text, *span)) {
        kept.extend(std::iter::repeat_n(' ', span.start - kept.len()));
        kept.push_str(text.get(span.start..span.end).unwrap_or_default());
    }
    Cow::Owned(kept)
}

/// Whether code stands around the strings of a text.
pub(crate) fn has_code(text: &str) -> bool {
    let outside = strings(text).next().and_then(|span| text.get(..span.start)).unwrap_or_default();
    outside.contains(['(', '=', '!']) || outside.ends_with("X'") || outside.ends_with("x'")
}

/// Whether a string is an argument such as `'hex'`.
fn names_encoding(text: &str, span: Span) -> bool {
    let name = text.get(span.start..span.end).unwrap_or_default();
    ["hex", "base64", "base64url", "utf8", "ascii", "latin1", "binary"]
        .iter()
        .any(|known| name.eq_ignore_ascii_case(known))
}

/// Where the strings of a text stand.
pub(crate) fn strings(text: &str) -> impl Iterator<Item = Span> {
    let mut at = 0;
    std::iter::from_fn(move || {
        let rest = text.get(at..)?;
        let (open, quote) = rest.char_indices().find(|(_, c)| is_quote(*c))?;
        let start = at + open + quote.len_utf8();
        let end = start + text.get(start..)?.find(closing(quote))?;
        at = end + closing(quote).len_utf8();
        Some(Span::new(start, end))
    })
}
