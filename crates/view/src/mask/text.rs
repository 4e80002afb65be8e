//! Text that stays text: letters become letters, digits digits, and each character as many bytes as it had. Blanks and
//! punctuation stay, so that what a type wants of its text still holds.

use super::draw::Draw;

/// What a text must still be when it is masked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Style {
    /// Any text, or a number.
    Text,
    /// Only its length stays, as of a password.
    Length,
    /// A name: digits may begin with zero.
    Name,
    /// Hexadecimal digits in groups.
    Hex,
    /// Zeros and ones.
    Bits,
    /// Truth.
    Truth,
    /// A whole number whose first digit is at most this, where it has so many digits.
    Whole { digits: usize, first: u8 },
    /// A date, a time or a span of time: words in it are the type's.
    Time,
    /// JSON: its words and its escapes stay.
    Json,
    /// With backslashes, the letters behind which say what they stand for.
    Escaped,
    /// An address of the internet.
    Address,
}

impl Style {
    /// What the text of a value of this type is.
    pub(super) fn of_type(oid: u32) -> Self {
        match oid {
            16 => Style::Truth,
            20 => Style::Whole { digits: 19, first: 8 },
            21 => Style::Whole { digits: 5, first: 2 },
            23 | 26 | 28 => Style::Whole { digits: 10, first: 1 },
            17 | 829 | 774 | 2950 | 3220 => Style::Hex,
            114 | 3802 => Style::Json,
            1082 | 1083 | 1114 | 1184 | 1186 | 1266 => Style::Time,
            1560 | 1562 => Style::Bits,
            650 | 869 => Style::Address,
            _ => Style::Text,
        }
    }
}

/// The same text as `text` to who does not read it.
pub(super) fn masked(text: &[u8], style: Style, draw: &mut Draw) -> Vec<u8> {
    let style = if style == Style::Text { guessed(text) } else { style };
    let is_of_number = |byte: &u8| byte.is_ascii_digit() || matches!(byte, b'e' | b'E' | b'+' | b'-' | b'.');
    let is_number = text.iter().all(is_of_number);
    let mut out = Writing { text, style, is_number, draw, out: Vec::with_capacity(text.len()) };
    while let Some(rest) = text.get(out.out.len()..).filter(|rest| !rest.is_empty()) {
        out.next(rest);
    }
    let Writing { mut out, draw, .. } = out;
    if style != Style::Length && style != Style::Name && style != Style::Hex {
        mend_times(text, &mut out, draw);
    }
    out
}

/// What a text looks like of which nobody says what it is.
fn guessed(text: &[u8]) -> Style {
    let is_hex = |part: &[u8]| !part.is_empty() && part.iter().all(u8::is_ascii_hexdigit);
    let groups = || text.split(|byte| *byte == b'-');
    if text.strip_prefix(b"\\x").is_some_and(is_hex)
        || text.len() == 36 && groups().all(is_hex) && groups().count() == 5
    {
        return Style::Hex;
    }
    match (text.first(), text.last()) {
        (Some(b'{'), Some(b'}')) | (Some(b'['), Some(b']')) if text.contains(&b'"') => Style::Json,
        _ => Style::Text,
    }
}

struct Writing<'a> {
    text: &'a [u8],
    style: Style,
    /// Whether all of it is a number, with an exponent maybe.
    is_number: bool,
    draw: &'a mut Draw,
    out: Vec<u8>,
}

impl Writing<'_> {
    fn next(&mut self, rest: &[u8]) {
        let Some(first) = rest.first().copied() else { return };
        match first {
            b'\\' if matches!(self.style, Style::Json | Style::Escaped | Style::Hex) => self.escape(rest),
            b'0'..=b'9' if self.style == Style::Address => self.octet(rest),
            b'0'..=b'9' => self.digits(rest),
            b'a'..=b'z' | b'A'..=b'Z' => self.word(rest),
            0x80.. => self.wide(rest),
            _ if self.style == Style::Length && !first.is_ascii_control() => {
                let letter = self.draw.other(first, b'a', b'z');
                self.out.push(letter);
            }
            _ => self.out.push(first),
        }
    }

    /// The backslash and what belongs to it. Numbers behind it stay numbers.
    fn escape(&mut self, rest: &[u8]) {
        let is_number = |byte: &u8| byte.is_ascii_digit() || *byte == b'u' || *byte == b'x' || *byte == b'U';
        let Some(second) = rest.get(1) else { return self.out.push(b'\\') };
        self.out.extend([b'\\', *second]);
        if self.style == Style::Hex || !is_number(second) {
            return;
        }
        let digits = rest.iter().skip(2).take_while(|byte| byte.is_ascii_hexdigit()).take(4);
        // Small digits are of every base, and no zero byte.
        let drawn: Vec<u8> = digits.map(|was| self.draw.other(*was, b'1', b'3')).collect();
        if second.is_ascii_digit() {
            self.out.pop();
            self.out.push(b'1');
        }
        self.out.extend(drawn);
    }

    fn run(rest: &[u8], is: impl Fn(&u8) -> bool) -> &[u8] {
        rest.get(..rest.iter().take_while(|byte| is(byte)).count()).unwrap_or_default()
    }

    fn digits(&mut self, rest: &[u8]) {
        if self.style == Style::Hex {
            return self.hex(rest);
        }
        let run = Self::run(rest, u8::is_ascii_digit);
        for (nth, was) in run.iter().enumerate() {
            let drawn = match (self.style, nth, was) {
                (Style::Bits, ..) => b'0' + self.draw.between(0, 2) as u8,
                (Style::Whole { digits, first }, 0, _) if run.len() >= digits => {
                    self.draw.other(*was, b'1', b'0' + first)
                }
                (Style::Name | Style::Length, ..) => self.draw.other(*was, b'0', b'9'),
                // No leading zero where none was, and one where one was.
                (_, 0, b'0') => b'0',
                (_, 0, _) => self.draw.other(*was, b'1', b'9'),
                _ => self.draw.other(*was, b'0', b'9'),
            };
            self.out.push(drawn);
        }
    }

    fn octet(&mut self, rest: &[u8]) {
        let run = Self::run(rest, u8::is_ascii_digit);
        let drawn = match run.len() {
            _ if self.out.last() == Some(&b'/') => 0,
            1 => self.draw.between(1, 10),
            2 => self.draw.between(10, 100),
            3 => self.draw.between(100, 256),
            _ => 0,
        };
        if drawn == 0 { self.out.extend_from_slice(run) } else { self.out.extend(drawn.to_string().bytes()) }
    }

    fn hex(&mut self, rest: &[u8]) {
        let run = Self::run(rest, u8::is_ascii_hexdigit);
        if run.is_empty() {
            let was = rest.first().copied().unwrap_or_default();
            let drawn = self.draw.other(was, b'a', b'z');
            return self.out.push(drawn);
        }
        let upper = run.iter().any(u8::is_ascii_uppercase);
        for was in run {
            let value = (*was as char).to_digit(16).unwrap_or_default() as u8;
            let drawn = char::from_digit(u32::from(self.draw.other(value, 0, 15)), 16).unwrap_or('0') as u8;
            self.out.push(if upper { drawn.to_ascii_uppercase() } else { drawn });
        }
    }

    fn word(&mut self, rest: &[u8]) {
        if self.style == Style::Hex || self.style == Style::Address && rest.first().is_some_and(u8::is_ascii_hexdigit) {
            return self.hex(rest);
        }
        let run = Self::run(rest, u8::is_ascii_alphabetic);
        let stays = match self.style {
            Style::Json => matches!(run, b"true" | b"false" | b"null") && !self.is_quoted(),
            Style::Time => run.len() <= LONGEST_OF_TIME,
            _ => self.is_exponent(rest),
        };
        for was in run {
            let drawn = match was {
                _ if stays => *was,
                _ if self.style == Style::Truth && matches!(run, b"t" | b"f") => {
                    if self.draw.byte() & 1 == 0 {
                        b't'
                    } else {
                        b'f'
                    }
                }
                b'a'..=b'z' => self.draw.other(*was, b'a', b'z'),
                _ => self.draw.other(*was, b'A', b'Z'),
            };
            self.out.push(drawn);
        }
    }

    /// The e of a number, between digits.
    fn is_exponent(&self, rest: &[u8]) -> bool {
        self.is_number && !self.out.is_empty() && rest.len() > 1
    }

    /// Whether a word of JSON stands in a string.
    fn is_quoted(&self) -> bool {
        matches!(self.out.last(), Some(b'"'))
            || self.text.get(self.out.len() + 4..).is_some_and(|rest| rest.starts_with(b"\""))
    }

    /// A character of several bytes, or a byte that is none.
    fn wide(&mut self, rest: &[u8]) {
        let length = (2..=4).find(|length| rest.get(..*length).is_some_and(|part| std::str::from_utf8(part).is_ok()));
        let Some(length) = length else { return self.broken(rest) };
        let (from, to) = match length {
            2 => (0xe0, 0xff),
            3 => (0x4e00, 0x9f00),
            _ => (0x1_f600, 0x1_f640),
        };
        let drawn = char::from_u32(self.draw.between(from, to) as u32).unwrap_or('?');
        let mut bytes = [0; 4];
        self.out.extend_from_slice(drawn.encode_utf8(&mut bytes).as_bytes());
    }

    /// A byte of another encoding, or of a character of which only a part is here: it is no more and no less of one.
    fn broken(&mut self, rest: &[u8]) {
        let was = rest.first().copied().unwrap_or_default();
        let is_cut = rest.len() < 4 && rest.iter().skip(1).all(|byte| (0x80..0xc0).contains(byte));
        let drawn = match was {
            0xc2..0xe0 if is_cut => self.draw.other(was, 0xc3, 0xdf),
            0xe0..0xf0 if is_cut => self.draw.other(was, 0xe1, 0xec),
            0xf0..0xf5 if is_cut => self.draw.other(was, 0xf1, 0xf3),
            _ => self.draw.other(was, 0x80, 0xbf),
        };
        self.out.push(drawn);
    }
}

/// `Saturday`, `September`, `infinity`: words of dates are no longer.
const LONGEST_OF_TIME: usize = 9;

/// Dates and times that are still such: `2024-02-29`, `23:59:60`.
fn mend_times(text: &[u8], out: &mut [u8], draw: &mut Draw) {
    let is_shape = |at: usize, shape: &[u8]| {
        let part = text.get(at..at + shape.len());
        part.is_some_and(|part| {
            part.iter()
                .zip(shape)
                .all(|(byte, wanted)| if *wanted == b'd' { byte.is_ascii_digit() } else { byte == wanted })
        })
    };
    let mut put = |out: &mut [u8], at: usize, from: u64, to: u64| {
        let drawn = format!("{:02}", draw.between(from, to));
        if let Some(place) = out.get_mut(at..at + 2) {
            place.copy_from_slice(drawn.as_bytes());
        }
    };
    let mut at = 0;
    while at < text.len() {
        let is_behind_digit = at.checked_sub(1).and_then(|before| text.get(before)).is_some_and(u8::is_ascii_digit);
        if is_shape(at, b"dddd-dd-dd") && !is_behind_digit {
            put(out, at + 5, 1, 13);
            put(out, at + 8, 1, 29);
            at += 10;
        } else if is_shape(at, b"dd:dd:dd") && !is_behind_digit {
            put(out, at, 0, 24);
            put(out, at + 3, 0, 60);
            put(out, at + 6, 0, 60);
            at += 8;
        } else {
            at += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::draw::Key;
    use super::*;

    fn check(text: &str, style: Style, is_still: impl Fn(&str) -> bool) {
        for seed in 0..50 {
            let mut draw = Key::of_seed(&seed.to_string()).draw("", 0, &[text.as_bytes()]);
            let masked = String::from_utf8(masked(text.as_bytes(), style, &mut draw)).expect("still text");
            assert_eq!(masked.len(), text.len(), "{text} {masked}");
            assert_ne!(masked, text);
            assert!(is_still(&masked), "{text} {masked}");
        }
    }

    #[test]
    fn a_text_is_still_what_its_type_wants() {
        check("2147483647", Style::of_type(23), |text| text.parse::<i32>().is_ok());
        check("-32768", Style::of_type(21), |text| text.parse::<i16>().is_ok());
        check("9223372036854775807", Style::of_type(20), |text| text.parse::<i64>().is_ok());
        check("1.5e+10", Style::Text, |text| text.parse::<f64>().is_ok());
        check("d3b07384-d9a0-4c9b-8f4e-0c5d1a2b3c4d", Style::Text, |text| {
            text.bytes().all(|byte| byte == b'-' || byte.is_ascii_hexdigit())
        });
        check("2024-02-29 23:59:59.5+01", Style::of_type(1184), |text| {
            text[5..7].parse::<u8>().is_ok_and(|month| (1..=12).contains(&month))
                && text[11..13].parse::<u8>().is_ok_and(|hour| hour < 24)
        });
        check(r#"{"a\n": [true, 12, "é ü"]}"#, Style::of_type(3802), |text| {
            serde_json::from_str::<serde_json::Value>(text).is_ok() && text.contains("true")
        });
        check("grüße 日本 🙂", Style::Text, |text| text.chars().count() == 10);
        check("192.168.1.200/24", Style::of_type(869), |text| {
            text.ends_with("/24") && text.trim_end_matches("/24").split('.').all(|part| part.parse::<u8>().is_ok())
        });
        check("p@ss word!", Style::Length, |text| text.bytes().all(|byte| byte.is_ascii_lowercase()));
    }

    #[test]
    fn what_is_no_text_stays_none() {
        let mut draw = Key::of_seed("x").draw("", 0, &[]);
        let out = masked(b"caf\xe9 cr\xe8me\xc3", Style::Text, &mut draw);
        assert_eq!((out.len(), std::str::from_utf8(&out).is_err()), (11, true));
    }
}
