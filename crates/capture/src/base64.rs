//! Base64 in the standard and the URL alphabet, wrapped or not, padded or not.
//!
//! Four characters hold three bytes, so the sources of neighbours share a character:
//!
//! ```text
//! U Q A A      51 00 00
//! └─┘           first byte
//!   └─┘         second
//!     └─┘       third
//! ```

use base64::Engine as _;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use pgscope_proto::Span;

use crate::hex::first_char;
use crate::lines::{Line, is_blank, lines};
use crate::literal::strings;
use crate::marks;
use crate::sink::{Around, Lead, Reader, Sink};

const ENGINE: GeneralPurpose = GeneralPurpose::new(
    &base64::alphabet::STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);

/// Whether a line that begins as a comment does is a line of base64: `//` and `--` are among its letters. It has nothing
/// else in it, is as long as those around it let it be, and is not the name of an end.
pub(crate) fn is_data(around: Around<'_>) -> bool {
    let own = around.line;
    let [before, behind] = [around.before, around.behind].map(|line| Some(line.len()).filter(|_| may_be_data(line)));
    let fits = match (before, behind) {
        (None, None) => own.len() % 4 != 1,
        (None, Some(behind)) => own.len().is_multiple_of(4) && behind <= own.len(),
        (Some(before), Some(behind)) => before == own.len() && behind <= own.len(),
        // The last line of some may be shorter; behind padding comes none.
        (Some(before), None) => {
            own.len() <= before && own.len() % 4 != 1 && before.is_multiple_of(4) && !around.before.ends_with('=')
        }
    };
    fits && may_be_data(own)
}

/// Whether a line is nothing but letters of base64, padding behind them, and names no end.
fn may_be_data(line: &str) -> bool {
    let bare = line.trim_end_matches('=');
    let is_letter = |c: u8| c.is_ascii_alphanumeric() || matches!(c, b'+' | b'/' | b'-' | b'_');
    let name = marks::comment(line).filter(|name| name.bytes().all(|c| c.is_ascii_alphabetic()));
    line.len() - bare.len() <= 2
        && !bare.is_empty()
        && bare.bytes().all(is_letter)
        && name.and_then(marks::named).is_none()
}

/// Reads base64: up to four characters that are not decoded yet. They gather across lines.
#[derive(Debug, Default)]
pub(crate) struct Quad {
    symbols: Vec<u8>,
    places: Vec<usize>,
}

impl Reader for Quad {
    fn line(&mut self, line: Line<'_>, sink: &mut Sink) {
        for (at, c) in line.text.char_indices() {
            match c {
                'A'..='Z' | 'a'..='z' | '0'..='9' | '+' | '/' | '-' | '_' => self.symbol(c, line.start + at, sink),
                '=' => self.finish(sink),
                '"' | '\'' | '`' | '“' | '”' | '‘' | '’' | ',' | ';' | '\\' => {}
                _ if is_blank(c) => {}
                _ => sink.problems.met(first_char(line.rest(at)), "a character of base64"),
            }
        }
    }

    fn turn(&mut self, sink: &mut Sink) {
        self.finish(sink);
    }

    fn is_between(&self, _: usize) -> bool {
        self.places.is_empty()
    }

    fn is_data(&self, around: Around<'_>) -> bool {
        is_data(around)
    }
}

impl Quad {
    fn symbol(&mut self, c: char, at: usize, sink: &mut Sink) {
        let standard = match c {
            '-' => b'+',
            '_' => b'/',
            _ => c as u8,
        };
        self.symbols.push(standard);
        self.places.push(at);
        if self.symbols.len() == 4 {
            self.decode(sink);
        }
    }

    /// What is left is the end: two or three characters hold one or two bytes, one alone holds none.
    pub(crate) fn finish(&mut self, sink: &mut Sink) {
        match self.places.as_slice() {
            [alone] => {
                let span = Span::new(*alone, alone + 1);
                sink.problems.add(
                    span,
                    "a last character that holds only six bits",
                    "at least two characters for the last byte",
                );
                self.clear();
            }
            [] => {}
            _ => self.decode(sink),
        }
    }

    fn decode(&mut self, sink: &mut Sink) {
        let mut bytes = [0; 3];
        let count = ENGINE.decode_slice(&self.symbols, &mut bytes).unwrap_or(0);
        let sources = self.places.windows(2).map(|pair| match pair {
            [from, to] => Span::new(*from, to + 1),
            _ => Span::default(),
        });
        for (byte, source) in bytes.iter().take(count).zip(sources) {
            sink.byte(*byte, source);
        }
        self.clear();
    }

    fn clear(&mut self) {
        self.symbols.clear();
        self.places.clear();
    }
}

/// Reads a word that is base64 by itself.
pub(crate) fn read(word: Line<'_>, sink: &mut Sink) {
    let mut quad = Quad::default();
    quad.line(word, sink);
    quad.finish(sink);
}

/// Whether the content of a string is base64 of bytes that are no text.
pub(crate) fn is_string(string: &str) -> bool {
    let bare = string.trim_end_matches('=');
    let is_letter = |c: u8| c.is_ascii_alphanumeric() || matches!(c, b'+' | b'/' | b'-' | b'_');
    let is_hex = string.bytes().all(|c| c.is_ascii_hexdigit());
    !is_hex && string.len() >= 8 && bare.len() % 4 != 1 && bare.bytes().all(is_letter) && looks_binary(bare)
}

/// Reads the strings of a text that are base64, each by itself.
#[derive(Debug, Default)]
pub(crate) struct Strings;

impl Reader for Strings {
    fn line(&mut self, line: Line<'_>, sink: &mut Sink) {
        for span in strings(line.text).filter(|span| is_string(line.part(span.start, span.end).text)) {
            read(line.part(span.start, span.end), sink);
        }
    }

    fn lead(&self, line: Line<'_>) -> Lead {
        let first = strings(line.text).find(|span| is_string(line.part(span.start, span.end).text));
        first.map_or(Lead::Nothing, |span| Lead::At(span.start.saturating_sub(1)))
    }
}

/// Reads base64 that is the last word of its line, behind words that say who sent it.
#[derive(Debug, Default)]
pub(crate) struct Tails;

impl Reader for Tails {
    fn line(&mut self, line: Line<'_>, sink: &mut Sink) {
        let tail = last_word(line);
        if is_letters(tail.text) {
            read(tail, sink);
        }
    }

    fn lead(&self, line: Line<'_>) -> Lead {
        let tail = last_word(line);
        if is_letters(tail.text) { Lead::At(tail.start - line.start) } else { Lead::Nothing }
    }
}

/// The last word, without quotes and the name right before it.
fn last_word(line: Line<'_>) -> Line<'_> {
    let line = line.trimmed();
    let quotes = ['"', '\'', '`', ',', ';'];
    let text = line.text.trim_end_matches(quotes);
    let bare = text.trim_end_matches('=');
    let before =
        bare.rfind(|c: char| is_blank(c) || quotes.contains(&c) || c == '=' || c == ':').map_or(0, |at| at + 1);
    if line.text.is_char_boundary(before) { line.part(before, text.len()) } else { line.part(0, 0) }
}

/// Whether a word is letters of base64, as many as whole bytes have.
pub(crate) fn is_letters(word: &str) -> bool {
    let bare = word.trim_end_matches('=');
    let is_letter = |c: u8| c.is_ascii_alphanumeric() || matches!(c, b'+' | b'/' | b'-' | b'_');
    word.len() >= 4 && word.len().is_multiple_of(4) && word.len() - bare.len() <= 2 && bare.bytes().all(is_letter)
}

/// How many lines end with a word of base64 that is bytes, and how many there are that hold something.
pub(crate) fn tails(text: &str) -> (usize, usize) {
    let mut counts = (0, 0);
    for line in lines(text).map(Line::trimmed).filter(|line| !line.text.is_empty()) {
        let tail = last_word(line);
        counts.0 += usize::from(tail.text.len() < line.text.len() && is_string(tail.text));
        counts.1 += 1;
    }
    counts
}

/// Whether the start of a text decodes to something with control characters in it, as a protocol has and prose has not.
pub(crate) fn looks_binary(symbols: &str) -> bool {
    let standard: Vec<u8> = symbols
        .bytes()
        .take_while(|c| *c != b'=')
        .filter(u8::is_ascii_graphic)
        .take(256)
        .map(|c| match c {
            b'-' => b'+',
            b'_' => b'/',
            _ => c,
        })
        .collect();
    let whole =
        standard.get(..standard.len() - standard.len() % 4).filter(|whole| !whole.is_empty()).unwrap_or(&standard);
    ENGINE.decode(whole).is_ok_and(|bytes| bytes.iter().any(|byte| *byte < b' '))
}
