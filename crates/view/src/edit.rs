//! Changing bytes where they were written: the text keeps its form as far as it can.
//!
//! A byte that came from two hexadecimal digits is written as two, in their case; one that came from an escape as an escape,
//! one from a number as a number. What has no such place (a byte of a base64 text, a byte that is to be new) is not written here:
//! then the whole text has to be.

use std::fmt::Write;

use pgscope_proto::{Direction, Exchange, Span};

/// The text with the byte `was`, which is written at `source`, replaced by `byte`; nothing if that place is not its own.
pub fn replaced(text: &str, source: Span, was: u8, byte: u8) -> Option<String> {
    let old = text.get(source.start..source.end)?;
    let new = rewritten(old, was, byte)?;
    let mut out = String::with_capacity(text.len() + 4);
    out.push_str(text.get(..source.start)?);
    out.push_str(&new);
    out.push_str(text.get(source.end..)?);
    Some(out)
}

/// The same token for another byte. What the old one says tells how it is meant: `13` is 13 or 19.
fn rewritten(old: &str, was: u8, byte: u8) -> Option<String> {
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

/// The whole exchange as text that is read as the same bytes: hex, a mark of direction in front of each segment.
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

#[cfg(test)]
mod tests {
    use pgscope_capture::{Options, read_text};
    use pgscope_proto::{SourceMap, Stream};

    use super::*;

    fn sources(text: &str) -> (Vec<u8>, SourceMap) {
        let capture = read_text(text, &Options::default());
        let stream: &Stream = &capture.exchanges[0].streams[0];
        (stream.bytes.clone(), stream.map.clone())
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
            let (bytes, map) = sources(text);
            let changed = replaced(text, map.source(at).expect("a source"), bytes[at], byte).expect("its own place");
            assert_eq!(changed, expected);
            let (again, _) = sources(&changed);
            let mut wanted = bytes;
            wanted[at] = byte;
            assert_eq!(again, wanted, "{text}");
        }
    }

    #[test]
    fn what_has_no_place_of_its_own_is_not_changed_in_place() {
        assert_eq!(replaced("UQAA", Span::new(0, 2), 0x51, 7), None);
        assert_eq!(replaced("51", Span::new(1, 9), 0x51, 7), None);
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
}
