//! Bytes in the forms in which people put them into programs and messages. Each is a form that is read again.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// A form in which bytes can be copied.
#[derive(Clone, Copy, Debug)]
pub struct CopyForm {
    /// What to ask for.
    pub id: &'static str,
    /// What it is called.
    pub name: &'static str,
}

/// All of them.
pub const FORMS: [CopyForm; 7] = [
    CopyForm { id: "hex", name: "hex" },
    CopyForm { id: "escaped", name: "escaped string" },
    CopyForm { id: "c", name: "C" },
    CopyForm { id: "rust", name: "Rust" },
    CopyForm { id: "go", name: "Go" },
    CopyForm { id: "python", name: "Python" },
    CopyForm { id: "base64", name: "base64" },
];

/// The bytes in the form with this id; nothing if there is no such form.
pub fn written(bytes: &[u8], id: &str) -> Option<String> {
    Some(match id {
        "hex" => hex(bytes),
        "escaped" => format!("\"{}\"", escaped(bytes)),
        "c" => array(bytes, "const unsigned char bytes[] = {", "};"),
        "rust" => array(bytes, "let bytes: &[u8] = &[", "];"),
        "go" => array(bytes, "bytes := []byte{", "}"),
        "python" => format!("data = b\"{}\"", escaped(bytes)),
        "base64" => STANDARD.encode(bytes),
        _ => return None,
    })
}

const PER_LINE: usize = 16;
const DIGITS: &[u8; 16] = b"0123456789abcdef";

fn digits(byte: u8, out: &mut String) {
    for nibble in [byte >> 4, byte & 15] {
        out.push(DIGITS.get(usize::from(nibble)).copied().unwrap_or_default() as char);
    }
}

fn hex(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len() * 3);
    for (at, byte) in bytes.iter().enumerate() {
        match at {
            0 => {}
            _ if at % PER_LINE == 0 => out.push('\n'),
            _ => out.push(' '),
        }
        digits(*byte, &mut out);
    }
    out
}

fn array(bytes: &[u8], open: &str, close: &str) -> String {
    let mut out = open.to_owned();
    for line in bytes.chunks(PER_LINE) {
        out.push_str("\n   ");
        for byte in line {
            out.push_str(" 0x");
            digits(*byte, &mut out);
            out.push(',');
        }
    }
    out.push('\n');
    out.push_str(close);
    out
}

/// Escapes as C, Go, Rust and Python read them. A digit behind an escape is escaped too: C would take it for a part of it.
fn escaped(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len() * 2);
    let mut is_behind_escape = false;
    for byte in bytes {
        let is_plain = (byte.is_ascii_graphic() || *byte == b' ') && !matches!(byte, b'"' | b'\\');
        if is_plain && !(is_behind_escape && byte.is_ascii_hexdigit()) {
            out.push(*byte as char);
            is_behind_escape = false;
        } else {
            out.push_str("\\x");
            digits(*byte, &mut out);
            is_behind_escape = true;
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use pgscope_capture::{Options, read_text};

    use super::*;

    #[test]
    fn every_form_is_read_again() {
        let samples = [b"Q\0\0\0\x0dSELECT 1;\0".to_vec(), (0..=255).collect(), b"p\0\0\0\x08a\"\\\0".to_vec()];
        for form in FORMS {
            for bytes in &samples {
                let text = written(bytes, form.id).expect("a form");
                let capture = read_text(&text, &Options::default());
                assert_eq!(capture.problems, [], "{}", form.id);
                assert_eq!(&capture.exchanges[0].streams[0].bytes, bytes, "{}: {text}", form.id);
            }
        }
        assert_eq!(written(b"x", "morse"), None);
    }

    #[test]
    fn a_digit_behind_an_escape_is_no_part_of_it() {
        assert_eq!(written(b"\x005", "escaped").as_deref(), Some("\"\\x00\\x35\""));
        assert_eq!(written(b"5\0S", "escaped").as_deref(), Some("\"5\\x00S\""));
    }
}
