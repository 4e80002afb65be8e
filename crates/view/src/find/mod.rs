//! Finding messages by what they are called, what they say, and the bytes they have.

mod looking;

pub use looking::Looking;
pub(crate) use looking::WORDS;
use memchr::{memchr, memchr2};
use pgscope_proto::{Span, Tree};
use pgscope_session::Entry;

use crate::exchange::Indexed;
use crate::sequence::tag;

/// What is looked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Pattern {
    /// Bytes, of which some may be anything: `?? 00 51`.
    Bytes(Vec<Option<u8>>),
    /// Text, whatever its case: in the row as it is shown, in the bytes.
    Text(Caseless),
}

/// Text that is found whatever the case of its letters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caseless {
    /// In small letters.
    small: String,
    /// The same with one blank wherever there is white space, if there is any.
    spaced: Option<Box<Caseless>>,
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
            _ => Some(Pattern::Text(Caseless::new(query))),
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
                let (name, own) = (indexed.named(&entry).name(), entry.message.name());
                if text.is_in(name) || name != own && text.is_in(own) {
                    return Some(Found::InWords);
                }
                if let Some(span) = text.span_in(bytes) {
                    return Some(Found::InBytes(span));
                }
                text.is_seen_in(&row(indexed, &entry, tree)).then_some(Found::InWords)
            }
        }
    }
}

/// A message's row as it is shown; `tree` is a buffer.
pub(crate) fn row(indexed: &Indexed, entry: &Entry, tree: &mut Tree) -> String {
    let mut row = tag(indexed, entry);
    [" ", indexed.named(entry).name(), " ", &indexed.says_by_itself(entry, tree)]
        .iter()
        .for_each(|part| row.push_str(part));
    row
}

impl Caseless {
    /// For that text.
    pub fn new(text: &str) -> Self {
        let small = text.to_lowercase();
        let has_blanks = small.contains(char::is_whitespace);
        let spaced = has_blanks.then(|| Box::new(Caseless { small: spaced(&small), spaced: None }));
        Caseless { small, spaced }
    }

    /// Whether a text has it.
    pub fn is_in(&self, text: &str) -> bool {
        match self.small.is_ascii() {
            true => self.span_in(text.as_bytes()).is_some(),
            false => !text.is_ascii() && text.to_lowercase().contains(&self.small),
        }
    }

    /// Whether a text has it for who does not count blanks.
    fn is_seen_in(&self, text: &str) -> bool {
        match &self.spaced {
            Some(wanted) => wanted.is_in(&spaced(text)),
            None => self.is_in(text),
        }
    }

    /// Where bytes have it: letters of ASCII in either case, others as they are.
    pub fn span_in(&self, bytes: &[u8]) -> Option<Span> {
        let text = self.small.as_bytes();
        let Some(first) = text.first() else { return Some(Span::new(0, 0)) };
        let places = bytes.len().checked_sub(text.len() - 1)?;
        let mut from = 0;
        while let Some(at) = memchr2(*first, first.to_ascii_uppercase(), bytes.get(from..places)?) {
            let span = Span::new(from + at, from + at + text.len());
            if span.of(bytes).eq_ignore_ascii_case(text) {
                return Some(span);
            }
            from += at + 1;
        }
        None
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
    let places = bytes.len().checked_sub(pattern.len() - 1)?;
    let is_like =
        |window: &[u8]| window.iter().zip(pattern).all(|(byte, wanted)| wanted.is_none_or(|wanted| wanted == *byte));
    // Where the first of them that is given may stand.
    let given = pattern.iter().enumerate().find_map(|(nth, byte)| Some((nth, (*byte)?)));
    let mut from = 0;
    while from < places {
        if let Some((nth, byte)) = given {
            from += memchr(byte, bytes.get(from + nth..places + nth)?)?;
        }
        let span = Span::new(from, from + pattern.len());
        if is_like(span.of(bytes)) {
            return Some(span);
        }
        from += 1;
    }
    None
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

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

    /// Every message of a recording, its row, and whether a word is found in it.
    fn hold(indexed: &Indexed, words: &[String]) {
        let (mut tree, mut other) = (Tree::new(), Tree::new());
        let mut looked: HashMap<String, Looking> = HashMap::new();
        for number in 0..indexed.index.len() {
            let entry = indexed.index.entry(number).expect("it is there");
            indexed.index.tree(&indexed.exchange, number, &mut tree);
            let (name, says) = (indexed.named(&entry).name(), indexed.says_named(&entry, &tree));
            let shown = [&tag(indexed, &entry), name, &says].join(" ");
            assert_eq!(row(indexed, &entry, &mut other), shown);
            let bytes = String::from_utf8_lossy(indexed.bytes(&entry)).to_ascii_lowercase();
            for word in words {
                let has = spaced(&shown).to_lowercase().contains(&spaced(word))
                    || entry.message.name().to_lowercase().contains(word)
                    || bytes.contains(word);
                let found = Pattern::Text(Caseless::new(word)).find(indexed, number, &mut other);
                assert_eq!(found.is_some(), has, "{word} in {shown}");
                let looking =
                    looked.entry(word.clone()).or_insert_with(|| Looking::new(Pattern::Text(Caseless::new(word))));
                assert_eq!(looking.finds(indexed, number, &mut other), has, "looking for {word} in {shown}");
            }
        }
    }

    #[test]
    fn what_is_found_is_what_the_row_and_the_bytes_have() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/fixtures/drivers");
        let mut seed = 17_usize;
        let mut random = move |below: usize| {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (seed >> 33) % below.max(1)
        };
        let mut count = 0;
        let files = std::fs::read_dir(folder).expect("the folder is there").flatten();
        let files = files.filter_map(|driver| std::fs::read_dir(driver.path()).ok()).flatten().flatten();
        let mut paths: Vec<_> = files.map(|file| file.path()).collect();
        paths.retain(|path| path.extension().is_some_and(|extension| extension == "pcap"));
        paths.sort();
        for path in paths.into_iter().step_by(7) {
            let bytes = std::fs::read(&path).expect("it is there");
            for mut exchange in crate::capture::read(&bytes, &Default::default()).exchanges {
                // As it is, and with a byte of every fifty another one.
                for damages in [false, true] {
                    if damages {
                        for direction in Direction::BOTH {
                            let stream = &mut exchange.streams[direction.index()].bytes;
                            for at in (0..stream.len()).step_by(50) {
                                let at = (at + random(50)).min(stream.len() - 1);
                                stream[at] ^= 1 << random(8);
                            }
                        }
                    }
                    let indexed = Indexed::new(exchange.clone());
                    let (mut words, mut tree) = (vec!["null".to_owned(), "ul".to_owned()], Tree::new());
                    for _ in 0..6 {
                        let Some(entry) = indexed.index.entry(random(indexed.index.len())) else { continue };
                        let letters: Vec<char> = row(&indexed, &entry, &mut tree).to_lowercase().chars().collect();
                        let from = random(letters.len());
                        words.push(letters[from..(from + 1 + random(5)).min(letters.len())].iter().collect());
                        // A word, where there is one behind that.
                        let behind = letters[from..].iter().skip_while(|letter| !letter.is_alphanumeric());
                        words.push(behind.take_while(|letter| letter.is_alphanumeric()).take(1 + random(8)).collect());
                    }
                    words.retain(|word| !word.trim().is_empty());
                    hold(&indexed, &words);
                    count += words.len();
                }
            }
        }
        assert!(count > 500, "{count} words were looked for");
    }

    #[test]
    fn a_word_that_could_be_hex_is_a_word() {
        assert_eq!(Pattern::parse("beef"), Some(Pattern::Text(Caseless::new("beef"))));
        assert_eq!(Pattern::parse("be ef"), Some(Pattern::Bytes(vec![Some(0xbe), Some(0xef)])));
        assert_eq!(Pattern::parse("   "), None);
        assert_eq!(Pattern::parse("0xq"), Some(Pattern::Text(Caseless::new("0xq"))));
    }
}
