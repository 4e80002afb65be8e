//! Finding messages by what they are called, what they say, and the bytes they have.

use pgscope_proto::{Span, Tree};

use crate::exchange::Indexed;
use crate::sequence::tag;

/// What is looked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Pattern {
    /// Bytes, of which some may be anything: `?? 00 51`.
    Bytes(Vec<Option<u8>>),
    /// Text, whatever its case: in the row as it is shown, in the bytes.
    Text(String),
}

/// Where it was found in a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Found {
    /// In its name, or in what its row says.
    InWords,
    /// In these bytes, counted from its start.
    InBytes(Span),
}

impl Pattern {
    /// Understands a query: pairs of hexadecimal digits and `??`, at least two of them or behind `0x`, are bytes; all else
    /// is text. Nothing comes of a query without content.
    pub fn parse(query: &str) -> Option<Pattern> {
        let query = query.trim();
        if query.is_empty() {
            return None;
        }
        let (digits, is_said) = query.strip_prefix("0x").map_or((query, false), |rest| (rest, true));
        match byte_pattern(digits) {
            Some(bytes) if is_said || bytes.len() > 1 && digits.contains(' ') => Some(Pattern::Bytes(bytes)),
            _ => Some(Pattern::Text(query.to_lowercase())),
        }
    }

    /// Where the message with this number has it; `tree` is a buffer.
    pub fn find(&self, indexed: &Indexed, number: usize, tree: &mut Tree) -> Option<Found> {
        let entry = indexed.index.entry(number)?;
        let bytes = indexed.bytes(&entry);
        match self {
            Pattern::Bytes(pattern) => {
                // It may go on in what the same end says next.
                let stream = &indexed.exchange.stream(entry.direction).bytes;
                let end = stream.len().min(entry.span.end + pattern.len() - 1);
                let found = in_bytes(pattern, Span::new(entry.span.start, end).of(stream))?;
                Some(Found::InBytes(Span::new(found.start, found.end.min(bytes.len()))))
            }
            Pattern::Text(text) => {
                let names = [indexed.named(&entry).name(), entry.message.name()];
                if names.iter().any(|name| name.to_lowercase().contains(text)) {
                    return Some(Found::InWords);
                }
                if let Some(span) = in_text(text, bytes) {
                    return Some(Found::InBytes(span));
                }
                indexed.index.tree(&indexed.exchange, number, tree);
                let row =
                    [&tag(indexed, &entry), indexed.named(&entry).name(), &indexed.says_named(&entry, tree)].join(" ");
                spaced(&row).to_lowercase().contains(&spaced(text)).then_some(Found::InWords)
            }
        }
    }
}

/// Words with one blank between them, as one sees them.
fn spaced(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Pairs of digits or question marks, with or without blanks between them.
fn byte_pattern(text: &str) -> Option<Vec<Option<u8>>> {
    let mut letters = text.chars().filter(|letter| !letter.is_whitespace());
    let mut bytes = Vec::new();
    while let Some(first) = letters.next() {
        let second = letters.next()?;
        bytes.push(match (first, second) {
            ('?', '?') => None,
            _ => Some((first.to_digit(16)? * 16 + second.to_digit(16)?) as u8),
        });
    }
    (!bytes.is_empty()).then_some(bytes)
}

fn in_bytes(pattern: &[Option<u8>], bytes: &[u8]) -> Option<Span> {
    let matches =
        |window: &[u8]| window.iter().zip(pattern).all(|(byte, wanted)| wanted.is_none_or(|wanted| wanted == *byte));
    let at = bytes.windows(pattern.len()).position(matches)?;
    Some(Span::new(at, at + pattern.len()))
}

/// Lower-case text in bytes, letters of ASCII in either case.
fn in_text(text: &str, bytes: &[u8]) -> Option<Span> {
    let at = bytes.windows(text.len()).position(|window| window.eq_ignore_ascii_case(text.as_bytes()))?;
    Some(Span::new(at, at + text.len()))
}

#[cfg(test)]
mod tests {
    use pgscope_proto::{Direction, Exchange, Sides, Stream};

    use super::*;

    fn found(query: &str) -> Vec<(usize, Found)> {
        let bytes = b"Q\0\0\0\x0eSELECT 1;\0P\0\0\0\x13s\0select $1\0\0\0S\0\0\0\x04".to_vec();
        let indexed = Indexed::new(Exchange::one_sided(Direction::Frontend, Stream::raw(bytes), Sides::Given));
        let (pattern, mut tree) = (Pattern::parse(query).expect("a query"), Tree::new());
        (0..indexed.index.len())
            .filter_map(|number| Some((number, pattern.find(&indexed, number, &mut tree)?)))
            .collect()
    }

    #[test]
    fn names_words_text_and_bytes_are_found() {
        assert_eq!(found("sync"), [(2, Found::InWords)]);
        assert_eq!(found("Select"), [(0, Found::InBytes(Span::new(5, 11))), (1, Found::InBytes(Span::new(7, 13)))]);
        assert_eq!(found("00 04"), [(2, Found::InBytes(Span::new(3, 5)))]);
        assert_eq!(found("51 ?? ?? ?? 0e"), [(0, Found::InBytes(Span::new(0, 5)))]);
        // Behind the end of the message another one begins.
        assert_eq!(found("?? 00 50 00"), [(0, Found::InBytes(Span::new(13, 15)))]);
        assert_eq!(found("0x13"), [(1, Found::InBytes(Span::new(4, 5)))]);
        assert_eq!(found("nothing like it"), []);
    }

    #[test]
    fn a_row_is_found_as_it_is_shown() {
        assert_eq!(found("Query SELECT 1"), [(0, Found::InWords)]);
        assert_eq!(found("q  query select"), [(0, Found::InWords)]);
        assert_eq!(found("Parse s"), [(1, Found::InWords)]);
        assert_eq!(found("Parse select 2"), []);
    }

    #[test]
    fn a_word_that_could_be_hex_is_a_word() {
        assert_eq!(Pattern::parse("beef"), Some(Pattern::Text("beef".to_owned())));
        assert_eq!(Pattern::parse("be ef"), Some(Pattern::Bytes(vec![Some(0xbe), Some(0xef)])));
        assert_eq!(Pattern::parse("   "), None);
        assert_eq!(Pattern::parse("0xq"), Some(Pattern::Text("0xq".to_owned())));
    }
}
