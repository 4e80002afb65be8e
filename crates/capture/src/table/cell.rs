//! One cell: what stands around its bytes, and the ways in which it writes them.

use crate::escape::escape;
use crate::form::Form;
use crate::lines::{Line, is_blank};
use crate::literal;
use crate::sink::Sink;
use crate::{base64, hex, quotes, words};

/// Whether a cell says nothing.
pub(crate) fn is_empty(cell: Line<'_>) -> bool {
    matches!(bare(cell).text, "" | "-" | "—" | "NULL" | "null" | "None" | "nil" | "undefined")
}

/// A cell without blanks and quotes around it.
pub(crate) fn bare(cell: Line<'_>) -> Line<'_> {
    let mut bare = cell.trimmed();
    while let Some(quote) = bare.text.chars().next().filter(|c| matches!(c, '"' | '\'' | '`')) {
        if bare.text.len() < 2 || !bare.text.ends_with(quote) {
            break;
        }
        bare = bare.part(1, bare.text.len() - 1).trimmed();
    }
    bare
}

/// How a cell writes bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Numbers between brackets.
    Numbers,
    Hex,
    /// A literal with escapes, or one that says that it is bytes.
    Escaped,
    Base64,
}

impl Kind {
    pub(crate) const ALL: [Kind; 4] = [Kind::Numbers, Kind::Hex, Kind::Escaped, Kind::Base64];

    pub(crate) fn form(self) -> Form {
        match self {
            Kind::Numbers => Form::Array,
            Kind::Hex => Form::Hex,
            Kind::Escaped => Form::EscapedString,
            Kind::Base64 => Form::Base64,
        }
    }

    /// Whether nothing but bytes is written so.
    pub(crate) fn is_sure(self) -> bool {
        matches!(self, Kind::Numbers | Kind::Escaped)
    }

    pub(crate) fn fits(self, cell: Line<'_>) -> bool {
        match self {
            Kind::Numbers => numbers(cell).is_some(),
            Kind::Hex => digits(cell).is_some(),
            Kind::Escaped => string(cell).is_some(),
            Kind::Base64 => base64::is_string(inner(cell).text),
        }
    }

    pub(crate) fn read(self, cell: Line<'_>, sink: &mut Sink) {
        match self {
            Kind::Numbers => match numbers(cell) {
                Some(numbers) => numbers.into_iter().for_each(|(byte, number)| sink.byte(byte, number.span())),
                None => sink.problems.met(cell, "numbers of bytes between brackets, as in the other rows"),
            },
            Kind::Hex => match digits(cell) {
                Some(digits) => hex::read_line(digits, sink),
                None => sink.problems.met(cell, "bytes as hex, as in the other rows"),
            },
            Kind::Escaped => literal::content(string(cell).unwrap_or(bare(cell)), sink),
            Kind::Base64 => base64::read(inner(cell), sink),
        }
    }

    pub(crate) fn bytes(self, cell: Line<'_>) -> Vec<u8> {
        let mut sink = Sink::default();
        self.read(cell, &mut sink);
        sink.blocks.into_iter().flat_map(|block| block.stream.bytes).collect()
    }
}

/// What a cell holds between its quotes, or those of the one string that a call in it has: `bytes.fromhex('51 00')`.
fn inner(cell: Line<'_>) -> Line<'_> {
    let bare = bare(cell);
    if !bare.text.ends_with(')') {
        return bare;
    }
    match literal::strings(bare.text).next() {
        Some(span) => bare.part(span.start, span.end),
        None => bare,
    }
}

/// The digits of a cell that is nothing but bytes in hex.
fn digits(cell: Line<'_>) -> Option<Line<'_>> {
    let inner = inner(cell);
    let buffer = inner.text.strip_prefix("<Buffer ").and_then(|rest| rest.strip_suffix('>'));
    let prefixed = ["\\x", "X'", "x'"].iter().find_map(|prefix| inner.text.strip_prefix(prefix));
    let digits = match (buffer, prefixed) {
        (Some(digits), _) => inner.part(8, 8 + digits.len()),
        (_, Some(digits)) => inner.part(2, 2 + digits.trim_end_matches('\'').len()),
        _ => inner,
    };
    (words::is_all(digits) && !digits.text.is_empty()).then_some(digits)
}

/// The content of a literal that has escapes of bytes, or a letter that says that it is bytes.
fn string(cell: Line<'_>) -> Option<Line<'_>> {
    let bare = bare(cell);
    let is_escaped = |text: &str| {
        let starts = text.match_indices('\\').filter_map(|(at, _)| text.get(at..));
        starts.take(64).all(|rest| rest.starts_with("\\\\") || escape(rest, true).is_some()) && quotes::has_bytes(text)
    };
    literal_of_bytes(bare).or_else(|| is_escaped(bare.text).then_some(bare))
}

/// The content of `b'…'`, also in a call such as `bytearray(b'…')`.
fn literal_of_bytes(bare: Line<'_>) -> Option<Line<'_>> {
    let quote_at = bare.text.find(['"', '\''])?;
    let before = bare.text.get(..quote_at)?;
    let quote = bare.text.get(quote_at..)?.chars().next()?;
    let content = bare.rest(quote_at + 1);
    let length = quotes::content(content.text, quote)?;
    let after = content.rest(length + 1).text;
    let is_code = before.chars().all(|c| c.is_alphanumeric() || matches!(c, '(' | '.' | '_' | '[' | ']' | '&'));
    let ends = after.chars().all(|c| is_blank(c) || matches!(c, ')' | '}' | ']'));
    let is_bytes = before.ends_with(['b', 'B', 'E']) || quotes::has_bytes(content.part(0, length).text);
    (is_code && ends && is_bytes).then_some(content.part(0, length))
}

/// The numbers between brackets, if these hold nothing else; the last brackets, where names stand before them, as in
/// `{"type":"Buffer","data":[81,0]}`.
fn numbers(cell: Line<'_>) -> Option<Vec<(u8, Line<'_>)>> {
    // The slice of an array of Rust is the array.
    let bare = cell.trimmed();
    let bare = bare.part(0, bare.text.strip_suffix("[..]").unwrap_or(bare.text).len());
    let open = bare.text.rfind(['[', '{', '('])?;
    let body = bare.rest(open + 1);
    let end = body.text.find([']', '}', ')'])?;
    let is_end = body.rest(end).text.chars().all(|c| is_blank(c) || matches!(c, ']' | '}' | ')'));
    let mut at = 0;
    let mut found = Vec::new();
    for element in body.text.get(..end)?.split(',') {
        let part = body.part(at, at + element.len());
        at += element.len() + 1;
        // An object whose keys count its bytes: `{"0":81,"1":0}`.
        let value = element.rfind(':').map_or(part, |colon| part.rest(colon + 1)).trimmed();
        if !value.text.is_empty() {
            found.push((byte(value.text)?, value));
        }
    }
    (is_end && found.len() > 1).then_some(found)
}

fn byte(text: &str) -> Option<u8> {
    let value = match text.strip_prefix("0x") {
        Some(digits) => i16::from_str_radix(digits, 16).ok()?,
        None => text.parse().ok()?,
    };
    (-128..=255).contains(&value).then_some(value as u8)
}
