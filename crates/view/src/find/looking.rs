//! Looking for the same in many messages, one after the other. What a message says need seldom be put in words for it: messages that are
//! equal say the same, and a row says its values as they stand in its bytes, or as numbers that cannot have the letters that are
//! looked for.

use std::cell::Cell;
use std::rc::Rc;

use memchr::memchr;
use pgscope_proto::{Message, Tree};
use pgscope_session::Entry;

use super::{Caseless, Pattern, row};
use crate::exchange::Indexed;
use crate::says::{MOST_ENTRIES, SHORT, each_of, is_shown_as_it_stands};
use crate::typing::Typed;

/// So many messages that were put in words are remembered, and so many results with their columns.
const SAID: usize = 1024;
const RESULTS: usize = 64;
/// How many bytes one goes through in the time in which a message is put in words.
pub(crate) const WORDS: usize = 512;
/// And in which a value is written, beside its letters.
const VALUE: usize = 32;
/// Longer ones are seldom said twice.
const LONGEST: usize = 256;
/// Values that are shown as text in binary format, too.
const TEXTS: [u32; 7] = [19, 25, 114, 142, 705, 1042, 1043];
/// Values whose text has no other letters, by the oids of their types, as long as they are.
const LETTERS: [(&[u32], usize, &str); 8] = [
    (&[21], 2, "0123456789"),
    (&[23, 26, 28, 29], 4, "0123456789"),
    (&[20, 5069], 8, "0123456789"),
    (&[700], 4, "0123456789infatye"),
    (&[701], 8, "0123456789infatye"),
    (&[1082], 4, "0123456789infatybc"),
    (&[1114, 1184], 8, "0123456789infatybc"),
    (&[2950], 16, "0123456789abcdef"),
];

/// A pattern, and what is known of messages that were looked at.
#[derive(Debug)]
pub struct Looking {
    pattern: Pattern,
    /// The longest word of a text, if nothing can have the text without having that.
    word: Option<Caseless>,
    names: [Option<(&'static Message, bool)>; RESULTS],
    said: Vec<Option<Said>>,
    columns: Vec<Option<Columns>>,
    cost: Cell<usize>,
}

/// A message that was put in words.
#[derive(Debug)]
struct Said {
    message: &'static Message,
    is_incomplete: bool,
    bytes: Box<[u8]>,
    has: bool,
}

/// What those and bytes that are no text, or hold what is hidden, are shown with, besides what stands in them: hexadecimal digits and escapes.
const MADE: &str = "0123456789abcdefinrtuxy";

/// The columns of a result, or the parameters of a Bind, and what is known of them and the word.
#[derive(Debug)]
struct Columns {
    typed: Rc<[Typed]>,
    word: Caseless,
    /// Whether it is all that is looked for.
    is_whole_word: bool,
    /// The first column that is called so, of those that are shown.
    named: Option<usize>,
    values: Vec<Value>,
    /// Whether names are shown as they are.
    is_plain: bool,
    /// Whether no value can say the word, whatever its bytes are, if these do not have it.
    is_none: bool,
}

/// How the values of a column are shown.
#[derive(Clone, Copy, Debug)]
enum Value {
    /// Text that stands in the row as in the bytes, if it has nothing that is hidden.
    Text,
    /// As something else, which has none of the letters of the word where the value has this length.
    Other(Option<usize>),
}

/// What a row says of a word that its bytes do not have.
#[derive(Clone, Copy, PartialEq)]
enum Says {
    It,
    NotIt,
    Unknown,
}

impl Looking {
    /// For that pattern.
    pub fn new(pattern: Pattern) -> Self {
        let word = match &pattern {
            Pattern::Text(text) => longest_word(&text.small),
            Pattern::Bytes(_) => None,
        };
        Self { pattern, word, names: [None; RESULTS], said: Vec::new(), columns: Vec::new(), cost: Cell::default() }
    }

    /// What is looked for.
    pub fn pattern(&self) -> &Pattern {
        &self.pattern
    }

    /// What it took to look since this was asked last, beside going through the bytes: in bytes that one could have gone through.
    pub fn cost(&self) -> usize {
        self.cost.take()
    }

    fn take(&self, cost: usize) {
        self.cost.set(self.cost.get().saturating_add(cost));
    }

    /// Whether the message with this number has it, as [`Pattern::find`] says; `tree` is a buffer.
    pub fn finds(&mut self, indexed: &Indexed, number: usize, tree: &mut Tree) -> bool {
        let Pattern::Text(text) = &self.pattern else { return self.pattern.find(indexed, number, tree).is_some() };
        let Some(entry) = indexed.index.entry(number) else { return false };
        let bytes = indexed.bytes(&entry);
        if text.span_in(bytes).is_some() || self.is_called_so(indexed, &entry) {
            return true;
        }
        match entry.message.field.id {
            "datarow" => match self.row_says(indexed, &entry) {
                Says::It => true,
                Says::NotIt => false,
                Says::Unknown => self.is_in_words(indexed, &entry, tree),
            },
            "bind" => self.bind_says(indexed, &entry, tree),
            // What these say is also told by others.
            "functioncall" | "functioncallresponse" | "copydata" => self.is_in_words(indexed, &entry, tree),
            _ if bytes.len() > LONGEST => self.is_in_words(indexed, &entry, tree),
            _ => self.is_said(&entry, bytes, |looking| looking.is_in_words(indexed, &entry, tree)),
        }
    }

    fn is_in_words(&self, indexed: &Indexed, entry: &Entry, tree: &mut Tree) -> bool {
        self.take(WORDS);
        matches!(&self.pattern, Pattern::Text(text) if text.is_seen_in(&row(indexed, entry, tree)))
    }

    fn is_called_so(&mut self, indexed: &Indexed, entry: &Entry) -> bool {
        let named = indexed.named(entry);
        self.has_name(named) || !std::ptr::eq(named, entry.message) && self.has_name(entry.message)
    }

    fn has_name(&mut self, message: &'static Message) -> bool {
        let Pattern::Text(text) = &self.pattern else { return false };
        let Some(slot) = self.names.get_mut(slot_of(message, RESULTS)) else { return text.is_in(message.name()) };
        match slot {
            Some((known, has)) if std::ptr::eq(*known, message) => *has,
            _ => slot.insert((message, text.is_in(message.name()))).1,
        }
    }

    /// The same as of the last message of this kind with these bytes.
    fn is_said(&mut self, entry: &Entry, bytes: &[u8], says: impl FnOnce(&Self) -> bool) -> bool {
        let nth = bytes.iter().fold(17_usize, |sum, byte| sum.wrapping_mul(31).wrapping_add(usize::from(*byte))) % SAID;
        let is_incomplete = entry.context().incomplete;
        let is_it = |said: &&Said| {
            std::ptr::eq(said.message, entry.message) && said.is_incomplete == is_incomplete && *said.bytes == *bytes
        };
        if let Some(said) = self.said.get(nth).and_then(Option::as_ref).filter(is_it) {
            return said.has;
        }
        let has = says(self);
        self.said.resize_with(SAID, || None);
        if let Some(slot) = self.said.get_mut(nth) {
            *slot = Some(Said { message: entry.message, is_incomplete, bytes: bytes.into(), has });
        }
        has
    }

    /// Whether a DataRow whose bytes do not have it says it.
    fn row_says(&mut self, indexed: &Indexed, entry: &Entry) -> Says {
        let bytes = indexed.bytes(entry);
        let (true, Some(list)) = (self.is_of_values(entry, bytes), bytes.get(5..)) else { return Says::Unknown };
        let Some(columns) = self.columns(indexed.typing(entry)) else { return Says::Unknown };
        if columns.is_none {
            return Says::NotIt;
        }
        let mut written = 0;
        let says = match (columns.without(list, &mut written), columns.named, columns.is_whole_word) {
            (Some((_, [])), None, _) => Says::NotIt,
            // The column's name is shown.
            (Some((count, [])), Some(nth), true) if nth < count => Says::It,
            _ => Says::Unknown,
        };
        self.take(written);
        says
    }

    /// Whether a Bind whose bytes do not have it says it.
    fn bind_says(&mut self, indexed: &Indexed, entry: &Entry, tree: &mut Tree) -> bool {
        let bytes = indexed.bytes(entry);
        let parts = parts_of_bind(bytes).filter(|_| self.is_of_values(entry, bytes));
        let mut written = 0;
        let has_none = parts.is_some_and(|(_, list)| {
            let columns = self.columns(indexed.typing(entry));
            columns.is_some_and(|columns| columns.named.is_none() && columns.without(list, &mut written).is_some())
        });
        self.take(VALUE + written);
        // What is left is said of its names.
        let names = parts.map(|(names, _)| names).filter(|names| has_none && names.len() <= LONGEST);
        let may_have = names.is_none_or(|names| {
            self.is_said(entry, names, |looking| {
                looking.take(WORDS);
                looking.word.as_ref().is_none_or(|word| word.is_in(&row(indexed, entry, tree)))
            })
        });
        may_have && self.is_in_words(indexed, entry, tree)
    }

    /// Whether it has the word nowhere but in what its values say.
    fn is_of_values(&self, entry: &Entry, bytes: &[u8]) -> bool {
        let (Some(word), Pattern::Text(text)) = (&self.word, &self.pattern) else { return false };
        // Where the word is the text, it was looked for there.
        word.small == text.small || word.span_in(bytes).is_none() && !word.is_in(entry.message.name())
    }

    fn columns(&mut self, typed: Rc<[Typed]>) -> Option<&Columns> {
        let (word, Pattern::Text(text)) = (self.word.as_ref()?, &self.pattern) else { return None };
        self.columns.resize_with(RESULTS, || None);
        let slot = self.columns.get_mut(slot_of(typed.as_ptr(), RESULTS))?;
        if slot.as_ref().is_none_or(|known| !Rc::ptr_eq(&known.typed, &typed)) {
            *slot = Some(Columns::of(typed, word, word.small == text.small));
        }
        slot.as_ref().filter(|columns| columns.is_plain)
    }
}

/// The names in a Bind, and the list of its values.
fn parts_of_bind(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let names = bytes.get(5..)?;
    let portal = memchr(0, names)? + 1;
    let statement = portal + memchr(0, names.get(portal..)?)? + 1;
    let (names, behind) = names.split_at_checked(statement)?;
    let (formats, behind) = behind.split_first_chunk()?;
    Some((names, behind.get(2 * usize::from(u16::from_be_bytes(*formats))..)?))
}

impl Columns {
    fn of(typed: Rc<[Typed]>, word: &Caseless, is_whole_word: bool) -> Self {
        let named = typed.iter().take(MOST_ENTRIES).position(|column| word.is_in(&column.name));
        let is_plain =
            typed.iter().all(|column| column.name.len() <= SHORT && is_shown_as_it_stands(column.name.as_bytes()));
        let values: Vec<Value> = typed.iter().map(|column| Value::of(column, word)).collect();
        // Behind `\r` the text goes on at once.
        let is_made = word.small.starts_with('r') || word.small.chars().all(|letter| MADE.contains(letter));
        let is_none = !is_made && named.is_none() && !values.iter().any(|value| matches!(value, Value::Other(None)));
        Self { typed, word: word.clone(), is_whole_word, named, values, is_plain, is_none }
    }

    /// How many values a list has of which none says the word, and what stands behind it; nothing where one may. `written` grows by what was
    /// written for that.
    fn without<'a>(&self, list: &'a [u8], written: &mut usize) -> Option<(usize, &'a [u8])> {
        let (mut count, mut shown) = (0, String::new());
        let rest = each_of(list, &mut |nth, value| {
            count = nth + 1;
            let Some(value) = value.bytes() else { return true };
            match self.values.get(nth).copied().unwrap_or(Value::Text) {
                Value::Text => is_shown_as_it_stands(value),
                Value::Other(Some(length)) if value.len() == length => true,
                Value::Other(_) => {
                    shown.clear();
                    // What its type cannot be read as is shown as bytes.
                    let is_read = self.typed.get(nth).is_some_and(|typed| typed.show(value, &mut shown));
                    *written += VALUE + shown.len();
                    is_read && !self.word.is_in(&shown)
                }
            }
        });
        Some((count, rest?))
    }
}

impl Value {
    fn of(column: &Typed, word: &Caseless) -> Self {
        if column.is_binary != Some(true) || TEXTS.contains(&column.oid) {
            return Value::Text;
        }
        let known = LETTERS.iter().find(|(oids, ..)| oids.contains(&column.oid));
        let other = known.filter(|(_, _, letters)| word.small.chars().any(|letter| !letters.contains(letter)));
        Value::Other(other.map(|(_, length, _)| *length))
    }
}

/// The longest run of letters and digits of a text in ASCII. What stands between texts of a row is neither; a NULL is shown where its bytes
/// do not say it.
fn longest_word(small: &str) -> Option<Caseless> {
    if !small.is_ascii() {
        return None;
    }
    let words = small.split(|letter: char| !letter.is_ascii_alphanumeric());
    let longest = words.filter(|word| !"null".contains(word)).max_by_key(|word| word.len())?;
    Some(Caseless::new(longest))
}

/// One of so many places for what lies there.
fn slot_of<T>(at: *const T, slots: usize) -> usize {
    (at as usize >> 4) % slots
}

#[cfg(test)]
mod tests {
    use pgscope_proto::{Direction, Exchange, Sides, Stream};
    use pgscope_session::values;

    use super::*;

    #[test]
    fn values_have_no_other_letters_than_those() {
        let mut seed = 17_u64;
        for (oids, length, letters) in LETTERS {
            for (oid, nth) in oids.iter().flat_map(|oid| (0..20_000_u32).map(move |nth| (*oid, nth))) {
                seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                // Small numbers, the ends of their range, and any.
                let any = u128::from(seed >> 1) * u128::from(seed >> 7 | 1);
                let value = match nth % 4 {
                    0 => u128::from(nth),
                    1 => u128::MAX - u128::from(nth),
                    2 => (1 << (8 * length as u32 - 1)) - 10 + u128::from(nth % 20),
                    _ => any,
                };
                let bytes = value.to_be_bytes();
                let value = &bytes[bytes.len() - length..];
                let text = values::text_of(oid, value).unwrap_or_else(|| panic!("{oid} of {value:?} reads as nothing"));
                let other = text
                    .to_ascii_lowercase()
                    .chars()
                    .find(|letter| letter.is_alphanumeric() && !letters.contains(*letter));
                assert_eq!(other, None, "{oid}: {text}");
            }
        }
    }

    #[test]
    fn what_is_made_of_a_value_may_go_on_as_that_does() {
        let row = b"D\0\0\0\x0c\0\x01\0\0\0\x02\rS".as_slice();
        let described = b"T\0\0\0\x1a\0\x01c\0\0\0\0\0\0\0\0\0\0\x19\xff\xff\xff\xff\xff\xff\0\0".as_slice();
        let stream = Stream::raw([described, row].concat());
        let indexed = Indexed::new(Exchange::one_sided(Direction::Backend, stream, Sides::Given));
        let finds = |text: &str| {
            let pattern = Pattern::parse(text).expect("a pattern");
            let found = pattern.find(&indexed, 1, &mut Tree::new()).is_some();
            assert_eq!(Looking::new(pattern).finds(&indexed, 1, &mut Tree::new()), found, "{text}");
            found
        };
        assert!(finds("rS") && finds("s") && !finds("xs") && !finds("rsz"));
    }

    #[test]
    fn a_name_is_looked_for_where_it_is_shown() {
        let name = ["a".repeat(400).as_bytes(), b"zzz\0\0\0\0\0\0\0\0\0\0\x19\xff\xff\xff\xff\xff\xff\0\0"].concat();
        let described = [b"T", &(name.len() as u32 + 6).to_be_bytes()[..], &[0, 1], &name].concat();
        let stream = Stream::raw([&described[..], b"D\0\0\0\x0b\0\x01\0\0\0\x01b"].concat());
        let indexed = Indexed::new(Exchange::one_sided(Direction::Backend, stream, Sides::Given));
        for text in ["zzz", "aaa", "b"] {
            let pattern = Pattern::parse(text).expect("a pattern");
            let found = pattern.find(&indexed, 1, &mut Tree::new()).is_some();
            assert_eq!(Looking::new(pattern).finds(&indexed, 1, &mut Tree::new()), found, "{text}");
        }
    }

    #[test]
    fn a_word_is_what_a_text_cannot_be_without() {
        let word = |text: &str| longest_word(text).map(|word| word.small);
        assert_eq!(word("id=1234"), Some("1234".to_owned()));
        assert_eq!(word("name=null"), Some("name".to_owned()));
        assert_eq!(word("null"), None);
        assert_eq!(word("größe"), None);
        assert_eq!(word("=“"), None);
        assert_eq!(word("= ?"), None);
    }
}
