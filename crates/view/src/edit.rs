//! Changing bytes where they were written: the text keeps its form as far as it can.
//!
//! A byte that came from two hexadecimal digits is written as two, in their case; one that came from an escape as an escape,
//! one from a number as a number. New bytes are written as their neighbours are, with what stands between those. Whether the
//! text still says what it should, the caller finds out by reading it: not every form has room for another byte. Then the
//! whole exchange is written anew, as hex.

use std::fmt::Write;

use pgscope_proto::{Direction, Edit, Exchange, Span, Stream};

/// The text with these edits of `stream` made; nothing if their bytes have no place of their own in it.
///
/// What is inserted at the first byte of the message that begins at `message` is written in front of it, everything else
/// behind the byte before.
pub fn spliced(text: &str, stream: &Stream, message: usize, wanted: &[Edit]) -> Option<String> {
    let writing = Writing { text, stream };
    let mut edits = Vec::new();
    for Edit { span, bytes } in wanted {
        let (same, more) = bytes.split_at_checked(span.len()).unwrap_or((bytes, &[]));
        for (at, byte) in (span.start..).zip(same) {
            writing.replace(at, *byte, &mut edits)?;
        }
        let place = span.start + same.len();
        if !more.is_empty() {
            writing.insert(message, place, more, &mut edits)?;
        }
        writing.remove(Span::new(place, span.end.max(place)), &mut edits)?;
    }
    edits.sort_by_key(|(span, _)| (span.start, span.end));
    let mut out = String::with_capacity(text.len() + 8);
    let mut done = 0;
    for (span, new) in edits {
        out.push_str(text.get(done..span.start)?);
        out.push_str(&new);
        done = span.end;
    }
    out.push_str(text.get(done..)?);
    Some(out)
}

/// Parts of a text, and what is written in their place.
type Edits = Vec<(Span, String)>;

/// A text and the bytes that were read from it.
#[derive(Clone, Copy)]
struct Writing<'a> {
    text: &'a str,
    stream: &'a Stream,
}

impl<'a> Writing<'a> {
    fn source(self, at: usize) -> Option<Span> {
        self.stream.map.source(at)
    }

    fn part(self, start: usize, end: usize) -> Option<&'a str> {
        self.text.get(start..end)
    }

    fn token(self, at: usize, byte: u8) -> Option<String> {
        let source = self.source(at)?;
        rewritten(self.part(source.start, source.end)?, *self.stream.bytes.get(at)?, byte)
    }

    /// What stands between the digits of a byte and those of the next, if that is no more than a separator and a prefix.
    fn gap(self, at: usize) -> Option<&'a str> {
        let gap = self.part(self.source(at)?.end, self.source(at + 1)?.start)?;
        let separates = |c: char| matches!(c, ' ' | '\t' | ',' | ';' | ':' | '-' | '.' | '0' | 'x' | 'X' | '\\');
        (gap.len() < 8 && gap.chars().all(separates)).then_some(gap)
    }

    fn replace(self, at: usize, byte: u8, edits: &mut Edits) -> Option<()> {
        edits.push((self.source(at)?, self.token(at, byte)?));
        edits.extend(self.letter(at, byte));
        Some(())
    }

    /// The byte's letter in the column of text that a dump has at the end of its lines.
    fn letter(self, at: usize, byte: u8) -> Option<(Span, String)> {
        let own = self.source(at)?;
        let line = self.text.get(..own.start)?.rfind('\n').map_or(0, |end| end + 1);
        let line_end = self.text.get(own.end..)?.find(['\n', '\r']).map_or(self.text.len(), |end| own.end + end);
        let is_here =
            |at: &usize| self.source(*at).is_some_and(|source| line <= source.start && source.end <= line_end);
        let before = (0..at).rev().take_while(is_here).count();
        let after = (at + 1..self.stream.len()).take_while(is_here).count();
        let last = self.source(at + after)?;
        let column = self.part(last.end, line_end)?;
        let column = column.strip_suffix('|').unwrap_or(column);
        let start = column.len().checked_sub(before + 1 + after)?;
        let was = letter(*self.stream.bytes.get(at)?);
        // A column stands behind a blank or a bar, and says what the byte was.
        let stands_alone = column.get(..start)?.ends_with([' ', '|', '\t']);
        let place = start + before;
        (stands_alone && column.get(place..place + 1) == Some(was.as_str()))
            .then(|| (Span::new(last.end + place, last.end + place + 1), letter(byte)))
    }

    fn insert(self, message: usize, place: usize, bytes: &[u8], edits: &mut Edits) -> Option<()> {
        let is_behind = place > message;
        let beside = if is_behind { place - 1 } else { place };
        let source = self.source(beside)?;
        let prefix = self.prefix(source)?;
        let gap = self.gap_for(beside, source, prefix)?;
        let mut new = String::new();
        for byte in bytes {
            let token = self.token(beside, *byte)?;
            let parts = if is_behind { [gap, prefix, &token] } else { [prefix, &token, gap] };
            parts.iter().for_each(|part| new.push_str(part));
        }
        let at = if is_behind { source.end } else { source.start - prefix.len() };
        edits.push((Span::new(at, at), new));
        Some(())
    }

    /// What says that the digits of a byte are hexadecimal.
    fn prefix(self, source: Span) -> Option<&'static str> {
        let before = self.text.get(..source.start)?;
        Some(["0x", "\\x"].into_iter().find(|prefix| before.ends_with(prefix)).unwrap_or_default())
    }

    /// What is to stand between a byte and a new one beside it.
    fn gap_for(self, at: usize, source: Span, prefix: &str) -> Option<&'a str> {
        let own = self.part(source.start, source.end)?;
        if own.len() == 1 && !own.starts_with(|c: char| c.is_ascii_digit()) || own.starts_with('\\') || prefix == "\\x"
        {
            return Some("");
        }
        let gap = self.gap(at).or_else(|| self.gap(at.checked_sub(1)?));
        let usual = if prefix.is_empty() && !own.starts_with("0x") { " " } else { ", " };
        Some(gap.map_or(usual, |gap| gap.strip_suffix(prefix).unwrap_or(gap)))
    }

    fn remove(self, span: Span, edits: &mut Edits) -> Option<()> {
        let is_last = span.end.checked_sub(1).is_some_and(|last| self.gap(last).is_none());
        for at in span.start..span.end {
            let mut part = self.source(at)?;
            part.end += self.gap(at).map_or(0, str::len);
            // The last of a line takes with it what stood before the first.
            if at == span.start && is_last {
                part.start -= at.checked_sub(1).and_then(|before| self.gap(before)).map_or(0, str::len);
            }
            edits.push((part, String::new()));
        }
        Some(())
    }
}

/// A byte in the column of text beside a dump.
pub(crate) fn letter(byte: u8) -> String {
    if byte.is_ascii_graphic() || byte == b' ' { (byte as char).to_string() } else { ".".to_owned() }
}

/// The same token for another byte. What the old one says tells how it is meant: `13` is 13 or 19.
pub(crate) fn rewritten(old: &str, was: u8, byte: u8) -> Option<String> {
    let is_hex = |text: &str| text.len() == 2 && u8::from_str_radix(text, 16) == Ok(was);
    let upper = old.bytes().any(|letter| (b'A'..=b'F').contains(&letter));
    let digits = if upper { format!("{byte:02X}") } else { format!("{byte:02x}") };
    if is_hex(old) {
        return Some(digits);
    }
    for prefix in ["0x", "0X", "\\x", "\\u00", "16#"] {
        if old.strip_prefix(prefix).is_some_and(is_hex) {
            return Some(format!("{prefix}{digits}"));
        }
    }
    if old.parse::<u8>() == Ok(was) {
        return Some(byte.to_string());
    }
    if old.parse::<i8>() == Ok(was as i8) {
        return Some((byte as i8).to_string());
    }
    // A letter of a string, or one of its escapes.
    let is_letter = old.as_bytes() == [was];
    (is_letter || old.starts_with('\\')).then(|| literal(byte))
}

/// A byte in a string: itself if that is safe in every language, else an escape.
fn literal(byte: u8) -> String {
    match byte {
        b'"' | b'\'' | b'\\' | b'$' | b'{' | b'#' => format!("\\x{byte:02x}"),
        _ if byte.is_ascii_graphic() || byte == b' ' => (byte as char).to_string(),
        _ => format!("\\x{byte:02x}"),
    }
}

const PER_LINE: usize = 16;

/// The whole exchange as text that is read as the same bytes: hex, a mark of direction in front of each line of it.
pub fn written(exchange: &Exchange) -> String {
    let mut out = String::new();
    for segment in &exchange.segments {
        let mark = if segment.direction == Direction::Frontend { "F:" } else { "B:" };
        let bytes = segment.span.of(&exchange.stream(segment.direction).bytes);
        for line in bytes.chunks(PER_LINE) {
            out.push_str(mark);
            for byte in line {
                let _ = write!(out, " {byte:02x}");
            }
            out.push('\n');
        }
    }
    out
}

/// The exchange with these edits of a direction made. What is inserted belongs to the segment of the byte before, but at
/// the first byte of the message that begins at `message`.
pub fn changed(exchange: &Exchange, direction: Direction, message: usize, edits: &[Edit]) -> Exchange {
    let mut out = Exchange { order: exchange.order, sides: exchange.sides, ..Exchange::default() };
    for segment in &exchange.segments {
        let old = segment.span.of(&exchange.stream(segment.direction).bytes);
        let mut new = old.to_vec();
        // The last one first, so that places before it stay where they are.
        for Edit { span, bytes } in edits.iter().rev().filter(|_| segment.direction == direction) {
            let anchor = if span.start > message { span.start - 1 } else { span.start };
            let inside = |at: usize| at.saturating_sub(segment.span.start).min(old.len());
            let own: &[u8] = if segment.span.contains(anchor) { bytes } else { &[] };
            new.splice(inside(span.start)..inside(span.end), own.iter().copied());
        }
        out.push(segment.direction, &Stream::raw(new), segment.at_us);
    }
    out
}

#[cfg(test)]
mod tests {
    use pgscope_capture::{Options, read_text};

    use super::*;

    fn stream(text: &str) -> Stream {
        read_text(text, &Options::default()).exchanges[0].streams[0].clone()
    }

    fn edited(text: &str, span: (usize, usize), bytes: &[u8]) -> String {
        let stream = stream(text);
        let span = Span::new(span.0, span.1);
        let edited = spliced(text, &stream, 0, &[Edit::new(span, bytes)]).expect("bytes with places of their own");
        let mut wanted = stream.bytes;
        wanted.splice(span.start..span.end, bytes.iter().copied());
        assert_eq!(super::tests::stream(&edited).bytes, wanted, "{edited}");
        edited
    }

    #[test]
    fn a_byte_changes_in_the_form_in_which_it_was_written() {
        for (text, at, byte, expected) in [
            ("51 00 00 00 0D", 4, 0x0e, "51 00 00 00 0E"),
            ("510000000d", 4, 0x0e, "510000000e"),
            ("0x51, 0x00, 0x00", 0, 0x50, "0x50, 0x00, 0x00"),
            ("[81, 0, 0, 0, 13]", 4, 14, "[81, 0, 0, 0, 14]"),
            ("b\"Q\\x00\\x00\\x00\\x0dSELECT 1\\x00\"", 4, 14, "b\"Q\\x00\\x00\\x00\\x0eSELECT 1\\x00\""),
            ("b\"Q\\x00\\x00\\x00\\x0dSELECT 1\\x00\"", 12, b'2', "b\"Q\\x00\\x00\\x00\\x0dSELECT 2\\x00\""),
        ] {
            assert_eq!(edited(text, (at, at + 1), &[byte]), expected);
        }
    }

    #[test]
    fn bytes_come_and_go_as_their_neighbours_are_written() {
        for (text, span, bytes, expected) in [
            ("51 00 00 00 0d", (1, 1), &[1, 2][..], "51 01 02 00 00 00 0d"),
            ("51 00 00 00 0d", (0, 0), &[0x58], "58 51 00 00 00 0d"),
            ("51 00 00 00 0d", (5, 5), &[0x58], "51 00 00 00 0d 58"),
            ("51 00 00 00 0d", (1, 3), &[], "51 00 0d"),
            ("51 00 00 00 0d", (3, 5), &[], "51 00 00"),
            ("51 00 00 00 0d", (0, 2), &[9], "09 00 00 0d"),
            ("510000000d", (4, 5), &[1, 2, 3], "51000000010203"),
            ("0x51, 0x00, 0x00", (1, 2), &[], "0x51, 0x00"),
            ("0x51, 0x00, 0x00", (3, 3), &[7], "0x51, 0x00, 0x00, 0x07"),
            ("[81, 0, 0, 0, 13]", (5, 5), &[14], "[81, 0, 0, 0, 13, 14]"),
            ("\"Q\\x00\\x00\\x00\\x04\"", (5, 5), b"a", "\"Q\\x00\\x00\\x00\\x04\\x61\""),
        ] {
            assert_eq!(edited(text, span, bytes), expected);
        }
    }

    #[test]
    fn several_places_are_edited_at_once() {
        let edits = [
            Edit::new(Span::new(1, 2), [9]),
            Edit::new(Span::new(2, 2), [7, 8]),
            Edit::new(Span::new(3, 4), []),
            Edit::new(Span::new(5, 5), [6]),
        ];
        for (text, expected) in [
            ("51 00 00 00 0d", "51 09 07 08 00 0d 06"),
            ("510000000d", "51090708000d06"),
            ("[81, 0, 0, 0, 13]", "[81, 9, 7, 8, 0, 13, 6]"),
        ] {
            assert_eq!(spliced(text, &stream(text), 0, &edits).as_deref(), Some(expected));
            let mut exchange = Exchange::default();
            exchange.push(Direction::Frontend, &stream(text), None);
            let wanted = changed(&exchange, Direction::Frontend, 0, &edits);
            assert_eq!(wanted.streams[0].bytes, stream(expected).bytes);
        }
    }

    #[test]
    fn the_column_of_text_beside_a_dump_follows() {
        let xxd = "00000000: 5100 0000 0d53 454c 4543 5420 313b 00    Q....SELECT 1;.\n";
        let new = edited(xxd, (12, 13), b"2");
        assert_eq!(new, "00000000: 5100 0000 0d53 454c 4543 5420 323b 00    Q....SELECT 2;.\n");
        let hexdump = "00000000  51 00 00 00 0d 53 45 4c  45 43 54 20 31 3b 00     |Q....SELECT 1;.|\n0000000f\n";
        assert!(edited(hexdump, (6, 7), b"\x07").contains("|Q....S.LECT 1;.|"));
    }

    #[test]
    fn what_has_no_place_of_its_own_is_not_changed_in_place() {
        let text = "UQAAAARTRUxFQ1QgMTsA";
        let at = |at: usize| [Edit::new(Span::new(at, at + 1), [7])];
        assert_eq!(spliced(text, &stream(text), 0, &at(0)), None);
        assert_eq!(spliced("51", &stream("51"), 0, &at(4)), None);
    }

    #[test]
    fn an_exchange_written_as_text_is_read_as_itself() {
        let mut exchange = Exchange::default();
        exchange.push(Direction::Frontend, &Stream::raw((0..=40).collect()), None);
        exchange.push(Direction::Backend, &Stream::raw(b"Z\0\0\0\x05I".to_vec()), None);
        exchange.push(Direction::Frontend, &Stream::raw(b"X\0\0\0\x04".to_vec()), None);
        let again = read_text(&written(&exchange), &Options::default());
        for direction in Direction::BOTH {
            assert_eq!(again.exchanges[0].stream(direction).bytes, exchange.stream(direction).bytes);
        }
    }

    #[test]
    fn what_is_inserted_between_two_segments_belongs_to_its_message() {
        let mut exchange = Exchange::default();
        exchange.push(Direction::Frontend, &Stream::raw(vec![1, 2]), None);
        exchange.push(Direction::Frontend, &Stream::raw(vec![3, 4]), None);
        let lengths = |message, span, bytes: &[u8]| -> Vec<usize> {
            let new = changed(&exchange, Direction::Frontend, message, &[Edit::new(span, bytes)]);
            new.segments.iter().map(|segment| segment.span.len()).collect()
        };
        assert_eq!(lengths(0, Span::new(2, 2), &[9]), [3, 2], "behind the first message");
        assert_eq!(lengths(2, Span::new(2, 2), &[9]), [2, 3], "in front of the second");
        assert_eq!(lengths(0, Span::new(1, 3), &[]), [1, 1]);
        assert_eq!(lengths(0, Span::new(4, 4), &[9]), [2, 3], "at the end");
    }
}
