//! The trace of `PQtrace` before libpq 14: a line for each value that is put or got.
//!
//! ```text
//! To backend> Msg Q                     From backend> T
//! To backend> "SELECT 1"                From backend (#4)> 33
//! To backend> Msg complete, length 14   From backend (#2)> 1
//! ```
//!
//! `(#4)` is an integer of four bytes, `(4)` four bytes as text, quotes a string with its zero byte. What a zero byte ends is not
//! printed: it is filled with zeros and told.

use pgscope_proto::Direction::{self, Backend, Frontend};
use pgscope_proto::Span;

use crate::cells::Sourced;
use crate::lines::Line;
use crate::sink::{Side, Sink};

/// What a line says of one value.
#[derive(Clone, Copy, Debug)]
struct Item<'a> {
    direction: Direction,
    kind: Kind,
    value: Line<'a>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// A character, a string in quotes, or bytes to the end of the line.
    Plain,
    /// So many bytes as text.
    Bytes(usize),
    /// An integer of so many bytes.
    Integer(usize),
}

fn item(line: Line<'_>) -> Option<Item<'_>> {
    let trimmed = line.text.trim_start();
    let line = line.rest(line.text.len() - trimmed.len());
    let (direction, head) = match () {
        () if trimmed.starts_with("To backend") => (Frontend, "To backend".len()),
        () if trimmed.starts_with("From backend") => (Backend, "From backend".len()),
        () => return None,
    };
    let rest = line.rest(head);
    let sign = rest.text.find('>')?;
    let inner = rest.text.get(..sign)?.trim();
    let kind = match inner.strip_prefix('(').and_then(|inner| inner.strip_suffix(')')) {
        None if inner.is_empty() => Kind::Plain,
        None => return None,
        Some(count) => {
            let digits = count.trim_matches('#').parse().ok()?;
            if count.contains('#') { Kind::Integer(digits) } else { Kind::Bytes(digits) }
        }
    };
    let value = rest.rest(sign + 1);
    let blank = usize::from(value.text.starts_with(' '));
    Some(Item { direction, kind, value: value.rest(blank) })
}

/// Whether a line is one of such a trace.
pub(crate) fn is_line(line: &str) -> bool {
    item(Line { text: line, start: 0 }).is_some()
}

/// A message that is being put together.
#[derive(Debug)]
struct Message {
    direction: Direction,
    tag: Option<Sourced>,
    /// What the trace says of its length, and where.
    length: Option<(usize, Span)>,
    head: Span,
    bytes: Vec<Sourced>,
}

/// Reads a trace.
#[derive(Debug, Default)]
pub(crate) struct Trace {
    message: Option<Message>,
    /// The lines of the last value: strings go on in the next line.
    open: Option<Span>,
}

impl Trace {
    pub(crate) fn line(&mut self, text: &str, line: Line<'_>, sink: &mut Sink) {
        if item(line).is_some() {
            self.close(text, sink);
            self.open = Some(line.span());
        } else if let Some(open) = &mut self.open {
            open.end = line.span().end;
        }
    }

    /// No more comes.
    pub(crate) fn finish(&mut self, text: &str, sink: &mut Sink) {
        self.close(text, sink);
        self.emit(sink);
    }

    fn close(&mut self, text: &str, sink: &mut Sink) {
        let Some(open) = self.open.take() else { return };
        let line = Line { text: text.get(open.start..open.end).unwrap_or_default(), start: open.start };
        if let Some(item) = item(line) {
            self.take(item, sink);
        }
    }

    fn take(&mut self, item: Item<'_>, sink: &mut Sink) {
        let value = item.value;
        if item.direction == Frontend && item.kind == Kind::Plain {
            if let Some(tag) = value.text.strip_prefix("Msg ").filter(|tag| !tag.starts_with("complete")) {
                self.emit(sink);
                let tag = tag.bytes().next().filter(|tag| *tag != b' ').map(|tag| (tag, value.part(4, 5).span()));
                return self.begin(Frontend, tag, value.span());
            }
            if let Some(told) = value.text.strip_prefix("Msg complete, length ") {
                self.complete(told.trim().parse().ok(), value.span());
                return self.emit(sink);
            }
        }
        let is_open = self.message.as_ref().is_some_and(|message| message.direction == item.direction);
        if !is_open {
            self.emit(sink);
            let tag = value.text.bytes().next().map(|tag| (tag, value.part(0, 1).span()));
            return self.begin(item.direction, tag.filter(|_| item.kind == Kind::Plain), value.span());
        }
        let Some(message) = &mut self.message else { return };
        if item.direction == Backend && message.length.is_none() {
            message.length = value.text.trim().parse().ok().map(|length| (length, value.span()));
        } else {
            bytes(item, &mut message.bytes, sink);
        }
        let told = message.length.map_or(usize::MAX, |(length, _)| length);
        if message.direction == Backend && message.bytes.len() + 4 >= told {
            self.emit(sink);
        }
    }

    fn begin(&mut self, direction: Direction, tag: Option<Sourced>, head: Span) {
        self.message = Some(Message { direction, tag, length: None, head, bytes: Vec::new() });
    }

    /// The length that counts everything, as the trace tells it of what is sent.
    fn complete(&mut self, told: Option<usize>, span: Span) {
        if let Some(message) = &mut self.message {
            let tag = usize::from(message.tag.is_some());
            message.length = told.and_then(|told| told.checked_sub(tag)).map(|told| (told, span));
        }
    }

    fn emit(&mut self, sink: &mut Sink) {
        let Some(mut message) = self.message.take() else { return };
        let told = message.length.and_then(|(length, _)| length.checked_sub(4));
        // The one byte that answers a request for encryption has no length.
        let is_answer = message.direction == Backend && message.length.is_none() && message.bytes.is_empty();
        let have = message.bytes.len();
        let missing = told.unwrap_or(have).saturating_sub(have);
        if missing > 0 {
            let met = format!("{have} bytes of a body of {}", have + missing);
            sink.problems.add(
                message.head,
                met,
                "the trace of libpq 14 or newer, or bytes: this one ends at a zero byte",
            );
            if message.tag.is_none() || missing > have + 64 {
                return;
            }
            message.bytes.resize(have + missing, (0, message.head));
        }
        sink.turn(Side::Given(message.direction), None);
        message.tag.into_iter().for_each(|(tag, span)| sink.byte(tag, span));
        if !is_answer {
            let length = (message.bytes.len() as u32).wrapping_add(4);
            let span = message.length.map_or(message.head, |(_, span)| span);
            length.to_be_bytes().into_iter().for_each(|byte| sink.byte(byte, span));
        }
        message.bytes.into_iter().for_each(|(byte, span)| sink.byte(byte, span));
    }
}

/// The bytes of one value.
fn bytes(item: Item<'_>, bytes: &mut Vec<Sourced>, sink: &mut Sink) {
    let value = item.value;
    match item.kind {
        Kind::Integer(width) => {
            let Ok(number) = value.text.trim().parse::<i64>() else { return sink.problems.met(value, "a number") };
            let all = number.to_be_bytes();
            bytes.extend(all.iter().skip(8usize.saturating_sub(width)).map(|byte| (*byte, value.span())));
        }
        Kind::Bytes(count) => {
            let from = bytes.len();
            characters(value, count, bytes);
            // More zeros than that cannot be meant, and a trace must not make memory out of a number.
            let whole = from + count.min(value.text.len() + 64);
            if bytes.len() < whole {
                let met = format!("{} bytes of {count}", bytes.len() - from);
                sink.problems.add(value.span(), met, "the trace of libpq 14 or newer: this one ends at a zero byte");
                bytes.resize(whole, (0, value.span()));
            }
        }
        Kind::Plain => match quoted(value) {
            Some(inner) => {
                characters(inner, usize::MAX, bytes);
                bytes.push((0, Span::new(inner.span().end, inner.span().end + 1)));
            }
            None if value.text.is_empty() => bytes.push((0, Span::new(value.start.saturating_sub(1), value.start))),
            None => characters(value, usize::MAX, bytes),
        },
    }
}

fn quoted(value: Line<'_>) -> Option<Line<'_>> {
    let text = value.text.trim_end_matches(['\r', '\n']);
    let end = text.rfind('"').filter(|end| *end > 0 && text.starts_with('"'))?;
    Some(value.part(1, end))
}

fn characters(value: Line<'_>, most: usize, bytes: &mut Vec<Sourced>) {
    let all = value.text.char_indices().flat_map(|(at, c)| {
        let source = value.part(at, at + c.len_utf8());
        source.text.bytes().map(move |byte| (byte, source.span()))
    });
    bytes.extend(all.take(most));
}
