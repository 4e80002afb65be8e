//! A file that COPY wrote in binary format: what CopyData messages carry, without them. They are put around its header, its rows and
//! its end, so that it reads as the server's answer to COPY.
//!
//! ```text
//! PGCOPY\\n\\xff\\r\\n\\0  flags  length  extension      then for each row: a count, and for each field a length and bytes
//! ```

use pgscope_proto::{Beginning, Direction, Exchange, Span, Stream};

/// What such a file begins with.
pub(crate) const SIGNATURE: &[u8; 11] = b"PGCOPY\n\xff\r\n\0";
const HEADER: usize = 19;

/// The exchange that carries the file.
pub(crate) fn exchange(input: &[u8]) -> Exchange {
    let extension = word(input, HEADER - 4).unwrap_or(0) as usize;
    let first = HEADER.saturating_add(extension).min(input.len());
    let columns = half(input, first).filter(|count| *count < 0x7fff).unwrap_or(0);
    let mut stream = Stream::default();
    let formats = std::iter::repeat_n([0, 1], usize::from(columns)).flatten();
    let body: Vec<u8> = [1].into_iter().chain(columns.to_be_bytes()).chain(formats).collect();
    message(b'H', &body, Span::new(0, 1), &mut stream);
    carried(input, Span::new(0, first), &mut stream);
    let mut at = first;
    while at < input.len() {
        let end = row(input, at).unwrap_or(input.len());
        carried(input, Span::new(at, end), &mut stream);
        at = end;
    }
    let last = Span::new(input.len().saturating_sub(1), input.len());
    message(b'c', &[], last, &mut stream);
    let mut exchange = Exchange { beginning: Beginning::Queries, ..Exchange::default() };
    exchange.push(Direction::Backend, &stream, None);
    exchange
}

/// Where the row that begins at `at` ends; none where it cannot be read.
fn row(input: &[u8], at: usize) -> Option<usize> {
    let count = half(input, at)?;
    let mut end = at + 2;
    if count == u16::MAX {
        return Some(end);
    }
    for _ in 0..count {
        let length = word(input, end)?;
        end += 4;
        if length != u32::MAX {
            end = end.checked_add(length as usize).filter(|end| *end <= input.len())?;
        }
    }
    Some(end)
}

fn half(input: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_be_bytes(input.get(at..at + 2)?.try_into().ok()?))
}

fn word(input: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_be_bytes(input.get(at..at + 4)?.try_into().ok()?))
}

/// A message that is not in the file, in front of what stands at `source`.
fn message(tag: u8, body: &[u8], source: Span, stream: &mut Stream) {
    head(tag, body.len(), source, stream);
    body.iter().for_each(|byte| stream.push(*byte, source));
}

fn head(tag: u8, body: usize, source: Span, stream: &mut Stream) {
    stream.push(tag, source);
    let length = (body as u32).wrapping_add(4);
    length.to_be_bytes().into_iter().for_each(|byte| stream.push(byte, source));
}

fn carried(input: &[u8], span: Span, stream: &mut Stream) {
    if span.is_empty() {
        return;
    }
    head(b'd', span.len(), Span::new(span.start, span.start + 1), stream);
    for (nth, byte) in span.of(input).iter().enumerate() {
        stream.push(*byte, Span::new(span.start + nth, span.start + nth + 1));
    }
}
