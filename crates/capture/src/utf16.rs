//! Text in other encodings than UTF-8: two bytes a character, as Windows' PowerShell writes what a command prints into a file,
//! four bytes, or one byte of the West of Europe; and text without what tells a terminal how to show it. What is read of it has its places in the bytes that were brought.

use pgscope_proto::{SourceMap, Span};

use crate::Capture;

/// How many bytes tell it where no mark stands at the beginning.
const LOOKED_AT: usize = 32;
/// Places are noted once for so many characters.
const STEP: usize = 64;

/// The text of bytes that are UTF-16: with the mark of a byte order, or where every other byte of plain characters is zero.
pub fn utf16_text(bytes: &[u8]) -> Option<String> {
    Recoded::utf16(bytes).map(|recoded| recoded.text)
}

/// Whether the bytes may be text of two or four bytes a character.
pub(crate) fn may_be(bytes: &[u8]) -> bool {
    matches!(bytes, [0xff, 0xfe, ..] | [0xfe, 0xff, ..] | [0, 0, 0xfe, 0xff, ..])
        || looks_like(bytes, 0)
        || looks_like(bytes, 1)
}

/// A text, and where its characters stand in the bytes that it was made of.
#[derive(Debug)]
pub(crate) struct Recoded {
    pub text: String,
    /// For some characters, where they begin in the text and in the bytes.
    places: Vec<(usize, usize)>,
    /// How many bytes a character takes.
    width: fn(char) -> usize,
}

impl Recoded {
    /// The text of bytes that are not UTF-8.
    pub(crate) fn of(bytes: &[u8]) -> Option<Self> {
        Self::utf32(bytes).or_else(|| Self::utf16(bytes))
    }

    fn utf16(bytes: &[u8]) -> Option<Self> {
        let (skipped, is_little) = match bytes {
            [0xff, 0xfe, ..] => (2, true),
            [0xfe, 0xff, ..] => (2, false),
            _ if looks_like(bytes, 1) => (0, true),
            _ if looks_like(bytes, 0) => (0, false),
            _ => return None,
        };
        let order = if is_little { u16::from_le_bytes } else { u16::from_be_bytes };
        let units = bytes.get(skipped..)?.as_chunks::<2>().0.iter().map(|unit| order(*unit));
        let text = char::decode_utf16(units).collect::<Result<String, _>>().ok()?;
        Some(Self::placed(text, skipped, |c| c.len_utf16() * 2))
    }

    fn utf32(bytes: &[u8]) -> Option<Self> {
        let order = match bytes {
            [0xff, 0xfe, 0, 0, ..] => u32::from_le_bytes,
            [0, 0, 0xfe, 0xff, ..] => u32::from_be_bytes,
            _ => return None,
        };
        let units = bytes.get(4..)?.as_chunks::<4>().0.iter().map(|unit| char::from_u32(order(*unit)));
        Some(Self::placed(units.collect::<Option<String>>()?, 4, |_| 4))
    }

    /// The text of bytes that are one character each, if they look like text.
    pub(crate) fn latin(bytes: &[u8]) -> Option<Self> {
        let is_text = |byte: &u8| *byte >= b' ' && *byte != 0x7f || matches!(byte, b'\n' | b'\r' | b'\t');
        let plain = bytes.iter().filter(|byte| byte.is_ascii()).count();
        let is_likely = plain < bytes.len() && plain >= bytes.len() - bytes.len() / 8 && bytes.iter().all(is_text);
        is_likely.then(|| Self::placed(bytes.iter().map(|byte| char::from(*byte)).collect(), 0, |_| 1))
    }

    /// The parts of a text that are meant, each with where it stands, without what stands between them.
    pub(crate) fn parts<'a>(parts: impl Iterator<Item = (&'a str, usize)>) -> Self {
        let (mut text, mut places) = (String::new(), Vec::new());
        for (part, at) in parts {
            let steps = part.char_indices().step_by(STEP).map(|(from, _)| (text.len() + from, at + from));
            places.extend(steps);
            text.push_str(part);
        }
        Self { text, places, width: char::len_utf8 }
    }

    fn placed(text: String, skipped: usize, width: fn(char) -> usize) -> Self {
        let mut places = Vec::with_capacity(text.len() / STEP + 1);
        let mut at = skipped;
        for (nth, (from, c)) in text.char_indices().enumerate() {
            if nth % STEP == 0 {
                places.push((from, at));
            }
            at += width(c);
        }
        Self { text, places, width }
    }

    /// Where the character at `at` of the text begins in the bytes.
    fn place(&self, at: usize) -> usize {
        let nth = self.places.partition_point(|(text, _)| *text <= at).saturating_sub(1);
        let (from, place) = self.places.get(nth).copied().unwrap_or_default();
        let passed = self.text.get(from..at.min(self.text.len())).unwrap_or_default();
        place + passed.chars().map(self.width).sum::<usize>()
    }

    fn span(&self, span: Span) -> Span {
        let last = self.text.get(span.start..span.end).and_then(|text| text.chars().next_back());
        // What stands behind its last character and is no part of the text is none of it.
        let end = last.map(|c| self.place(span.end - c.len_utf8()) + (self.width)(c));
        Span::new(self.place(span.start), end.unwrap_or_else(|| self.place(span.end)))
    }

    /// What was read of the text, with its places in the bytes.
    pub(crate) fn placed_in_bytes(&self, mut capture: Capture) -> Capture {
        for stream in capture.exchanges.iter_mut().flat_map(|exchange| &mut exchange.streams) {
            let mut map = SourceMap::default();
            for source in (0..stream.len()).filter_map(|at| stream.map.source(at)) {
                map.push(self.span(source));
            }
            stream.map = map;
        }
        for problem in &mut capture.problems {
            problem.span = self.span(problem.span);
        }
        capture
    }
}

/// Whether plain characters have a zero for their byte at `zero`.
fn looks_like(bytes: &[u8], zero: usize) -> bool {
    let plain = |unit: &[u8; 2]| {
        let [one, two] = *unit;
        let (zero, letter) = if zero == 0 { (one, two) } else { (two, one) };
        zero == 0 && matches!(letter, b' '..=b'~' | b'\n' | b'\r' | b'\t')
    };
    bytes.get(..LOOKED_AT).is_some_and(|first| first.as_chunks::<2>().0.iter().all(plain))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Options, read};

    #[test]
    fn what_leaves_is_in_bytes_of_what_was_brought() {
        let text = "é 𝄞: 51 00 0\n".repeat(20);
        let units: Vec<u16> = text.encode_utf16().collect();
        let bytes = |mark: &[u8], order: fn(u16) -> [u8; 2]| {
            [mark.to_vec(), units.iter().flat_map(|unit| order(*unit)).collect()].concat()
        };
        let wide: Vec<u8> = text.chars().flat_map(|c| u32::from(c).to_le_bytes()).collect();
        for input in [
            bytes(&[0xff, 0xfe], u16::to_le_bytes),
            bytes(&[0xfe, 0xff], u16::to_be_bytes),
            [vec![0xff, 0xfe, 0, 0], wide].concat(),
        ] {
            let options = Options { form: Some(crate::Form::Hex), ..Options::default() };
            let capture = read(&input, &options);
            assert!(!capture.problems.is_empty());
            assert!(capture.problems.iter().all(|problem| problem.span.end <= input.len()), "{:?}", capture.problems);
            let stream = &capture.exchanges[0].streams[0];
            let source = stream.map.source(0).expect("the first byte");
            let digits: Vec<u8> = source.of(&input).iter().copied().filter(|byte| *byte != 0).collect();
            assert_eq!(digits, b"51");
        }
    }

    #[test]
    fn text_of_one_byte_a_character_is_text() {
        let capture = read(b"gr\xfcn und gut: 51 00 00 00 04\n", &Options::default());
        assert_eq!(capture.exchanges[0].streams[0].bytes, [0x51, 0, 0, 0, 4]);
        assert_eq!(capture.exchanges[0].streams[0].map.source(0), Some(Span::new(14, 16)));
    }
}
