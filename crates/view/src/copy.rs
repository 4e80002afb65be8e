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
pub const FORMS: [CopyForm; 13] = [
    form("hex", "hex"),
    form("escaped", "escaped string"),
    form("c", "C"),
    form("rust", "Rust"),
    form("go", "Go"),
    form("python", "Python"),
    form("java", "Java"),
    form("javascript", "JavaScript"),
    form("csharp", "C#"),
    form("zig", "Zig"),
    form("base64", "base64"),
    form("xxd", "xxd"),
    form("bytea", "bytea of SQL"),
];

const fn form(id: &'static str, name: &'static str) -> CopyForm {
    CopyForm { id, name }
}

/// The bytes in the form with this id; nothing if there is no such form.
pub fn written(bytes: &[u8], id: &str) -> Option<String> {
    match id {
        "rust" => Some(array(bytes, "let bytes: &[u8] = &[", "];", plain)),
        "python" => Some(format!("data = b\"{}\"", escaped(bytes))),
        _ => named(bytes, id, "bytes"),
    }
}

/// The same under a name of its own, as a declaration that can stand outside a function where the language has such.
pub fn named(bytes: &[u8], id: &str, name: &str) -> Option<String> {
    Some(match id {
        "hex" => hex(bytes),
        "escaped" => format!("\"{}\"", escaped(bytes)),
        "c" => array(bytes, &format!("const unsigned char {name}[] = {{"), "};", plain),
        "rust" => array(bytes, &format!("const {}: &[u8] = &[", name.to_ascii_uppercase()), "];", plain),
        "go" => array(bytes, &format!("{name} := []byte{{"), "}", plain),
        "python" => format!("{name} = b\"{}\"", escaped(bytes)),
        "java" => array(bytes, &format!("byte[] {name} = {{"), "};", signed),
        "javascript" => array(bytes, &format!("const {name} = new Uint8Array(["), "]);", plain),
        "csharp" => array(bytes, &format!("byte[] {name} = {{"), "};", plain),
        "zig" => array(bytes, &format!("const {name} = [_]u8{{"), "};", plain),
        "base64" => STANDARD.encode(bytes),
        "xxd" => xxd(bytes),
        "bytea" => format!(
            "\\x{}",
            bytes.iter().fold(String::new(), |mut all, byte| {
                digits(*byte, &mut all);
                all
            })
        ),
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

fn array(bytes: &[u8], open: &str, close: &str, before: fn(u8) -> &'static str) -> String {
    let mut out = open.to_owned();
    for line in bytes.chunks(PER_LINE) {
        out.push_str("\n   ");
        for byte in line {
            out.push(' ');
            out.push_str(before(*byte));
            digits(*byte, &mut out);
            out.push(',');
        }
    }
    out.push('\n');
    out.push_str(close);
    out
}

fn plain(_: u8) -> &'static str {
    "0x"
}

/// Java's bytes have a sign.
fn signed(byte: u8) -> &'static str {
    if byte < 0x80 { "0x" } else { "(byte)0x" }
}

/// As `xxd` prints it: two bytes a group, and the letters behind them.
fn xxd(bytes: &[u8]) -> String {
    const WIDTH: usize = 39;
    let mut out = String::with_capacity(bytes.len() * 5);
    for (nth, line) in bytes.chunks(PER_LINE).enumerate() {
        let mut pairs = String::with_capacity(WIDTH);
        for (at, byte) in line.iter().enumerate() {
            if at > 0 && at % 2 == 0 {
                pairs.push(' ');
            }
            digits(*byte, &mut pairs);
        }
        let letter = |byte: &u8| if byte.is_ascii_graphic() || *byte == b' ' { *byte as char } else { '.' };
        let letters: String = line.iter().map(letter).collect();
        out.push_str(&format!("{:08x}: {pairs:<WIDTH$}  {letters}\n", nth * PER_LINE));
    }
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
