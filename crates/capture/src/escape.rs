//! One escape in a string of code: `\x51`, `\0`, `\u0000`, `\n`.

/// One escape: what it stands for, and how many bytes of text it takes, the backslash included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Escape {
    pub length: usize,
    value: Value,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Value {
    Byte(u8),
    Char(char),
}

impl Escape {
    /// The bytes that it stands for.
    pub(crate) fn bytes(self) -> Vec<u8> {
        match self.value {
            Value::Byte(byte) => vec![byte],
            Value::Char(c) => c.to_string().into_bytes(),
        }
    }
}

/// The escape that `text` begins with. With `octal`, `\0` to `\377` take up to three digits; else `\0` is the zero alone.
pub(crate) fn escape(text: &str, octal: bool) -> Option<Escape> {
    let body = text.strip_prefix('\\')?;
    let kind = body.chars().next()?;
    let simple = |byte| Some(Escape { length: 2, value: Value::Byte(byte) });
    match kind {
        'x' | 'X' if body.get(1..2) == Some("{") => braced(body),
        'x' | 'X' => hex_escape(body, 2),
        'u' if body.get(1..2) == Some("{") => braced(body),
        'u' => hex_escape(body, 4),
        'U' => hex_escape(body, 8),
        '0'..='7' if octal => octal_escape(body),
        '0' => simple(0),
        '^' => caret(body, 1, 0),
        'M' if body.starts_with("M^") => caret(body, 2, 0x80),
        'M' if body.starts_with("M-") => meta(body),
        'n' => simple(b'\n'),
        'r' => simple(b'\r'),
        't' => simple(b'\t'),
        'a' => simple(7),
        'b' => simple(8),
        'v' => simple(11),
        'f' => simple(12),
        'e' => simple(27),
        's' => simple(b' '),
        '\\' | '\'' | '"' | '`' | '?' | '/' | '#' | '$' => simple(kind as u8),
        _ => None,
    }
}

/// `\^D` of vis for a control character, `\M^D` with the eighth bit.
fn caret(body: &str, at: usize, bit: u8) -> Option<Escape> {
    let letter = *body.as_bytes().get(at).filter(|letter| (b'?'..=b'_').contains(*letter))?;
    Some(Escape { length: at + 2, value: Value::Byte((letter ^ 0x40) | bit) })
}

/// `\M-a` of vis for a letter with the eighth bit.
fn meta(body: &str) -> Option<Escape> {
    let letter = *body.as_bytes().get(2).filter(|letter| letter.is_ascii_graphic() || **letter == b' ')?;
    Some(Escape { length: 4, value: Value::Byte(letter | 0x80) })
}

fn digits(text: &str, radix: u32, most: usize) -> usize {
    text.chars().take(most).take_while(|c| c.is_digit(radix)).count()
}

fn hex_escape(body: &str, most: usize) -> Option<Escape> {
    let count = digits(body.get(1..)?, 16, most);
    let code = u32::from_str_radix(body.get(1..=count)?, 16).ok()?;
    let whole = count == most || (most == 2 && count > 0);
    whole.then_some(Escape { length: 2 + count, value: value_of(code)? })
}

/// `\x{51}` of Elixir and Perl, `\u{e9}` of Rust and JavaScript.
fn braced(body: &str) -> Option<Escape> {
    let count = digits(body.get(2..)?, 16, 6);
    let code = u32::from_str_radix(body.get(2..2 + count)?, 16).ok()?;
    let value = if body.starts_with('u') { char::from_u32(code).map(Value::Char)? } else { value_of(code)? };
    (body.get(2 + count..3 + count)? == "}").then_some(Escape { length: 4 + count, value })
}

fn octal_escape(body: &str) -> Option<Escape> {
    let count = digits(body, 8, 3);
    let code = u32::from_str_radix(body.get(..count)?, 8).ok()?;
    let value = u8::try_from(code).ok().map(Value::Byte)?;
    Some(Escape { length: 1 + count, value })
}

fn value_of(code: u32) -> Option<Value> {
    u8::try_from(code).ok().map(Value::Byte).or_else(|| char::from_u32(code).map(Value::Char))
}
