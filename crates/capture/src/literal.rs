//! String literals with escapes, in the ways of C, Rust, Go, Python, Java, JavaScript, C#, Zig, Elixir and SQL; and escaped
//! text without quotes.
//!
//! What stands between strings is passed over. A character that is not ASCII gives its UTF-8 bytes; `\xHH` and `\u00HH`
//! give one byte, as programs that print bytes mean it. A string that was wrapped goes on in the next line, in the middle of
//! an escape if need be.

use std::borrow::Cow;

use pgscope_proto::Span;

use crate::escape::escape;
use crate::hex;
use crate::lines::{Line, is_blank};
use crate::quotes;
use crate::sink::{Lead, Reader, Sink};

/// Reads what stands between two quotes.
pub(crate) fn content(line: Line<'_>, sink: &mut Sink) {
    Literal::new(true).content(line, None, sink);
}

/// Whether a quote stands before the first backslash, with nothing but code before it.
pub(crate) fn has_quotes(text: &str) -> bool {
    let first = text.find(|c: char| c == '\\' || is_quote(c));
    first.and_then(|at| text.get(at..)).is_some_and(|rest| !rest.starts_with('\\'))
}

pub(crate) fn is_quote(c: char) -> bool {
    matches!(c, '"' | '\'' | '“' | '”' | '‘' | '’')
}

pub(crate) fn closing(quote: char) -> char {
    match quote {
        '“' => '”',
        '‘' => '’',
        other => other,
    }
}

/// Reads the strings in a text, or its lines where it has no quotes.
#[derive(Debug)]
pub(crate) struct Literal {
    /// Whether the bytes stand in quotes.
    quotes: bool,
    /// The quote that closes a string which a backslash continues on the next line, and where that backslash stands.
    open: Option<(char, usize)>,
    /// A string that its line does not close.
    cut: Option<Cut>,
    /// The part of an escape at the end of the line, and where it begins.
    part: Option<(String, usize)>,
    octal: bool,
    /// Where strings stand that hold no bytes, where others do: keys, words, file names.
    passed: Vec<Span>,
    /// Whether `\\\\` before octal digits or `x` is the backslash of an escape, as in `E'\\\\000'::bytea`.
    doubled: bool,
}

#[derive(Debug)]
struct Cut {
    quote: char,
    /// Where the string begins.
    start: usize,
}

impl Reader for Literal {
    fn line(&mut self, line: Line<'_>, sink: &mut Sink) {
        if self.quotes { self.quoted(line, sink) } else { self.bare(line, sink) }
    }

    fn is_between(&self, _: usize) -> bool {
        self.open.is_none() && self.cut.is_none()
    }

    fn lead(&self, line: Line<'_>) -> Lead {
        if !self.quotes || self.open.is_some() || self.cut.is_some() {
            return Lead::Unknown;
        }
        self.next_quote(line).map_or(Lead::Nothing, |(at, _)| Lead::At(quotes::with_prefix(line.text, at)))
    }

    fn turn(&mut self, sink: &mut Sink) {
        if let Some(cut) = self.cut.take() {
            self.give_up(&cut, sink);
        }
    }
}

impl Literal {
    pub(crate) fn of(text: &str) -> Self {
        let octal = !(text.contains("b\"") && (text.contains("let ") || text.contains("&[u8")));
        let doubled = text.contains("bytea") || text.contains("BYTEA");
        let quotes = has_quotes(text);
        let passed = if quotes { quotes::without_bytes(text) } else { Vec::new() };
        Literal { octal, doubled, passed, ..Literal::new(quotes) }
    }

    fn new(quotes: bool) -> Self {
        Literal { quotes, open: None, cut: None, part: None, octal: true, passed: Vec::new(), doubled: false }
    }

    /// A line of escaped text without quotes.
    fn bare(&mut self, line: Line<'_>, sink: &mut Sink) {
        let line = line.rest(line.text.len() - line.text.trim_start_matches(is_blank).len());
        let continued = line.text.strip_suffix('\\').filter(|line| !line.ends_with('\\'));
        self.content(line.part(0, continued.unwrap_or(line.text).len()), None, sink);
    }

    fn quoted(&mut self, line: Line<'_>, sink: &mut Sink) {
        let (mut rest, mut inside) = self.go_on(line, sink);
        loop {
            let (quote, start) = match inside.take() {
                Some(inside) => inside,
                None => {
                    let Some((at, quote)) = self.next_quote(rest) else { return };
                    rest = rest.rest(at + quote.len_utf8());
                    (closing(quote), rest.start)
                }
            };
            let taken = self.content(rest, Some(quote), sink);
            rest = rest.rest(taken);
            if self.open.is_some() {
                return;
            }
            if !rest.text.starts_with(quote) {
                self.cut = Some(Cut { quote, start });
                return;
            }
            rest = rest.rest(quote.len_utf8());
        }
    }

    /// The next quote that opens a string with bytes.
    fn next_quote(&self, line: Line<'_>) -> Option<(usize, char)> {
        let mut from = 0;
        loop {
            let (at, quote) = quotes::next(line.text, from)?;
            let start = line.start + at;
            let nth = self.passed.partition_point(|span| span.end <= start);
            match self.passed.get(nth).filter(|span| span.start <= start) {
                Some(span) => from = span.end - line.start,
                None => return Some((at, quote)),
            }
        }
    }

    /// What is left of a line when an escape is completed that the line before began; and, where a string goes on, its quote
    /// and where it begins.
    fn go_on<'a>(&mut self, line: Line<'a>, sink: &mut Sink) -> (Line<'a>, Option<(char, usize)>) {
        if let Some((quote, backslash)) = self.open.take() {
            let rest = line.trimmed();
            if rest.text.starts_with('x') && hex_digits(rest.rest(1).text) == 2 {
                self.part = Some(("\\".to_owned(), backslash));
            }
            return (self.complete(rest, sink), Some((quote, rest.start)));
        }
        let Some(cut) = self.cut.take() else { return (line, None) };
        if begins_string(line.trimmed().text, cut.quote) {
            self.give_up(&cut, sink);
            return (line, None);
        }
        (self.complete(line, sink), Some((cut.quote, cut.start)))
    }

    /// Takes the digits that an escape lacks.
    fn complete<'a>(&mut self, line: Line<'a>, sink: &mut Sink) -> Line<'a> {
        let Some((part, start)) = self.part.take() else { return line };
        let most = 4_usize.saturating_sub(part.len());
        let end = line.text.char_indices().nth(most).map_or(line.text.len(), |(at, _)| at);
        let joined = part.clone() + line.part(0, end).text;
        match escape(&joined, self.octal).filter(|escape| escape.length == 4) {
            Some(escape) => {
                let source = Span::new(start, line.start + end);
                escape.bytes().iter().for_each(|byte| sink.byte(*byte, source));
                line.rest(end)
            }
            None => {
                self.part = Some((part, start));
                self.lose_part(sink);
                line
            }
        }
    }

    fn lose_part(&mut self, sink: &mut Sink) {
        let Some((part, start)) = self.part.take() else { return };
        let part = Line { text: &part, start };
        match escape(part.text, self.octal) {
            Some(escape) => escape.bytes().iter().for_each(|byte| sink.byte(*byte, part.span())),
            None => sink.problems.met(part, ESCAPES),
        }
    }

    fn give_up(&mut self, cut: &Cut, sink: &mut Sink) {
        self.lose_part(sink);
        sink.problems.met(Line { text: "", start: cut.start }, "a closing quote");
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
        if quote.is_some() && is_cut_escape(rest.text) {
            self.part = Some((rest.text.to_owned(), rest.start));
            return rest.text.len();
        }
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
            self.open = quote.map(|quote| (quote, rest.start));
            return rest.text.len();
        }
        let length = 1 + rest.rest(1).text.chars().next().map_or(0, char::len_utf8);
        sink.problems.met(rest.part(0, length), ESCAPES);
        length
    }
}

const ESCAPES: &str = "an escape such as \\x00, \\0, \\u0000 or \\n";

/// Whether the line ends inside an escape of two digits.
fn is_cut_escape(text: &str) -> bool {
    text.strip_prefix("\\x").is_some_and(|digits| digits.len() < 2 && hex_digits(digits) == digits.len())
}

fn hex_digits(text: &str) -> usize {
    text.bytes().take(2).take_while(u8::is_ascii_hexdigit).count()
}

/// Whether a line begins a string of its own, and does not close the one before: `b'…`.
fn begins_string(text: &str, quote: char) -> bool {
    let letters = text.len() - text.trim_start_matches(|c: char| c.is_ascii_alphabetic()).len();
    let inner = text.get(letters.min(2)..).and_then(|rest| rest.strip_prefix(quote));
    letters <= 2 && inner.is_some_and(|inner| inner.starts_with(|c: char| c.is_alphanumeric() || c == '\\'))
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
