//! Text of two bytes a character, as Windows' PowerShell writes what a command prints into a file.

/// How many bytes tell it where no mark stands at the beginning.
const LOOKED_AT: usize = 32;

/// The text of bytes that are UTF-16: with the mark of a byte order, or where every other byte of plain characters is zero.
pub fn utf16_text(bytes: &[u8]) -> Option<String> {
    let (bytes, is_little) = match bytes {
        [0xff, 0xfe, rest @ ..] => (rest, true),
        [0xfe, 0xff, rest @ ..] => (rest, false),
        _ if looks_like(bytes) => (bytes, true),
        _ => return None,
    };
    let order = if is_little { u16::from_le_bytes } else { u16::from_be_bytes };
    let units = bytes.as_chunks::<2>().0.iter().map(|unit| order(*unit));
    char::decode_utf16(units).collect::<Result<String, _>>().ok()
}

fn looks_like(bytes: &[u8]) -> bool {
    let plain = |unit: &[u8; 2]| matches!(unit, [b' '..=b'~' | b'\n' | b'\r' | b'\t', 0]);
    bytes.get(..LOOKED_AT).is_some_and(|first| first.as_chunks::<2>().0.iter().all(plain))
}
