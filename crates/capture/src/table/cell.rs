//! One cell: what stands around its bytes, and the ways in which it writes them.

use pgscope_proto::Span;

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

/// What stands between the quotes of a string.
pub(crate) fn between_quotes(cell: Line<'_>) -> Line<'_> {
    let cell = cell.trimmed();
    let is_quoted = cell.text.len() > 1 && cell.text.starts_with('"') && cell.text.ends_with('"');
    if is_quoted { cell.part(1, cell.text.len() - 1) } else { cell }
}

/// How a cell writes bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Numbers between brackets.
    Numbers,
    Hex,
    /// A literal with escapes, or one that says that it is bytes.
    Escaped,
    /// The same inside a string of JSON or of CSV, which escapes it once more.
    Nested,
    Base64,
}

impl Kind {
    pub(crate) const ALL: [Kind; 5] = [Kind::Numbers, Kind::Hex, Kind::Escaped, Kind::Nested, Kind::Base64];

    pub(crate) fn form(self) -> Form {
        match self {
            Kind::Numbers => Form::Array,
            Kind::Hex => Form::Hex,
            Kind::Escaped | Kind::Nested => Form::EscapedString,
            Kind::Base64 => Form::Base64,
        }
    }

    /// Whether nothing but bytes is written so.
    pub(crate) fn is_sure(self) -> bool {
        matches!(self, Kind::Numbers | Kind::Escaped | Kind::Nested)
    }

    pub(crate) fn fits(self, cell: Line<'_>) -> bool {
        match self {
            Kind::Numbers => numbers(cell).is_some(),
            Kind::Hex => digits(cell).is_some(),
            Kind::Escaped => string(cell).is_some(),
            Kind::Nested => string(Peeled::of(cell).line()).is_some(),
            Kind::Base64 => base64::is_string(inner(cell).text),
        }
    }

    /// Whether a cell may be of the kind that others of its column are: a message of one letter has nothing to tell by.
    pub(crate) fn may_fit(self, cell: Line<'_>) -> bool {
        let is_plain = |cell: Line<'_>| {
            cell.trimmed().text.starts_with(['"', '\'', '`']) && !bare(cell).text.contains(['\\', '"'])
        };
        match self {
            Kind::Escaped => is_plain(cell),
            Kind::Nested => is_plain(cell) || is_plain(Peeled::of(cell).line()),
            Kind::Base64 => base64::is_letters(inner(cell).text),
            Kind::Numbers | Kind::Hex => false,
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
            Kind::Nested => Peeled::of(cell).read(sink),
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

/// What a string of JSON or of CSV holds when its own escapes are undone, and where that stands.
struct Peeled {
    text: String,
    /// Where each byte of it begins, and where the last one ends.
    places: Vec<usize>,
}

impl Peeled {
    /// What a cell holds: of one that is no string in quotes, what would stand in one.
    fn of(cell: Line<'_>) -> Self {
        let inner = between_quotes(cell);
        // All of its quotes are doubled.
        let is_csv = inner.text.len() < cell.trimmed().text.len()
            && inner.text.contains("\"\"")
            && !inner.text.replace("\"\"", "").contains('"');
        Self::all(inner, is_csv)
    }

    /// All of a text of which nothing stands between quotes.
    fn all(inner: Line<'_>, is_csv: bool) -> Self {
        let mut peeled = Peeled { text: String::new(), places: Vec::new() };
        let mut rest = inner;
        while let Some(c) = rest.text.chars().next() {
            let (written, length) = match c {
                '"' if is_csv && rest.text.starts_with("\"\"") => ('"', 2),
                '\\' if !is_csv => unescaped(rest.text),
                c => (c, c.len_utf8()),
            };
            peeled.places.extend(std::iter::repeat_n(rest.start, written.len_utf8()));
            peeled.text.push(written);
            rest = rest.rest(length);
        }
        peeled.places.push(rest.start);
        peeled
    }

    fn line(&self) -> Line<'_> {
        Line { text: &self.text, start: 0 }
    }

    fn place(&self, at: usize) -> usize {
        self.places.get(at).or(self.places.last()).copied().unwrap_or_default()
    }

    /// Reads the literal that it is.
    fn read(&self, sink: &mut Sink) {
        let mut own = Sink::default();
        literal::content(string(self.line()).unwrap_or(bare(self.line())), &mut own);
        for stream in own.blocks.into_iter().map(|block| block.stream) {
            for (at, byte) in stream.bytes.iter().enumerate() {
                let source = stream.map.source(at).unwrap_or_default();
                sink.byte(*byte, Span::new(self.place(source.start), self.place(source.end)));
            }
        }
    }
}

/// Where something stands in a text that is the content of a string: it is looked for in what that stands for.
pub(crate) fn find_inside<'a>(text: Line<'a>, find: impl Fn(Line<'_>) -> Option<Span>) -> Option<Line<'a>> {
    let peeled = Peeled::all(text, false);
    let found = find(peeled.line())?;
    Some(text.part(peeled.place(found.start) - text.start, peeled.place(found.end) - text.start))
}

/// What an escape of JSON stands for, and how long it is; the backslash alone where it is none.
fn unescaped(text: &str) -> (char, usize) {
    let kind = text.chars().nth(1);
    let code = || u32::from_str_radix(text.get(2..6)?, 16).ok().and_then(char::from_u32);
    match kind {
        Some(c @ ('"' | '\\' | '/')) => (c, 2),
        Some('n') => ('\n', 2),
        Some('r') => ('\r', 2),
        Some('t') => ('\t', 2),
        Some('u') => code().map_or(('\\', 1), |c| (c, 6)),
        _ => ('\\', 1),
    }
}

/// The numbers between brackets, if these hold nothing else; the last brackets, where names stand before them, as in
/// `{"type":"Buffer","data":[81,0]}`.
fn numbers(cell: Line<'_>) -> Option<Vec<(u8, Line<'_>)>> {
    // The slice of an array of Rust is the array.
    let bare = bare(cell);
    let bare = bare.part(0, bare.text.strip_suffix("[..]").unwrap_or(bare.text).len());
    let open = bare.text.rfind(['[', '{', '(', '<'])?;
    let body = bare.rest(open + 1);
    let end = body.text.find([']', '}', ')', '>'])?;
    let is_end = body.rest(end).text.chars().all(|c| is_blank(c) || matches!(c, ']' | '}' | ')' | '>'));
    // What stands between single brackets of this kind is a name or hex.
    let is_list = !bare.text.get(open..)?.starts_with('<') || bare.text.get(..open)?.ends_with('<');
    let mut at = 0;
    let mut found = Vec::new();
    for element in body.text.get(..end)?.split(',') {
        let part = body.part(at, at + element.len());
        at += element.len() + 1;
        // An object whose keys count its bytes: `{"0":81,"1":0}`.
        let value = element.rfind(':').map_or(part, |colon| part.rest(colon + 1)).trimmed();
        found.extend(parted(value)?);
    }
    // One number in parentheses is what a call is given.
    let fewest = if bare.rest(open).text.starts_with('(') { 2 } else { 1 };
    (is_end && is_list && found.len() >= fewest).then_some(found)
}

/// The numbers of an element: one, or several with blanks between them, as Go prints them. Those with a zero before them are hex.
fn parted(element: Line<'_>) -> Option<Vec<(u8, Line<'_>)>> {
    if !element.text.contains(is_blank) {
        return if element.text.is_empty() { Some(Vec::new()) } else { Some(vec![(byte(element.text)?, element)]) };
    }
    let mut at = 0;
    let mut found = Vec::new();
    for word in element.text.split(is_blank) {
        let part = element.part(at, at + word.len());
        at += word.len() + element.text.get(at + word.len()..)?.chars().next().map_or(0, char::len_utf8);
        if word.len() > 1 && word.starts_with('0') && !word.starts_with("0x") {
            return None;
        }
        if !word.is_empty() {
            found.push((byte(word)?, part));
        }
    }
    Some(found)
}

fn byte(text: &str) -> Option<u8> {
    let value = match text.strip_prefix("0x") {
        Some(digits) => i16::from_str_radix(digits, 16).ok()?,
        None => text.parse().ok()?,
    };
    (-128..=255).contains(&value).then_some(value as u8)
}
