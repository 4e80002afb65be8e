//! What a link to the page says, in its fragment: the input, what a person overruled, and what is selected.
//!
//! All forms are kept readable for ever. By hand:
//!
//! ```text
//! #hex=510000000d53454c45435420313b00&step=1
//! ```
//!
//! as the page writes it, with a version in front, the text in base64 so that nothing in it needs escaping, and how many
//! letters that has, which shows where it was cut off:
//!
//! ```text
//! #v=1&n=1234&in=NTEgMDAg…&form=hex&from=frontend&begins=queries&step=1&field=query.query&at=5
//! ```
//!
//! with `raw` for bytes that are no text, `z` and `zraw` for the same two deflated, and a sample by its name:
//!
//! ```text
//! #sample=psql-simple-query&step=20
//! ```
//!
//! and `turn=LABEL` or `turn=NUMBER`, as often as need be, for pieces that a person turned round.
//!
//! With `only=frontend`, `named=Query` and `filter=EXPRESSION` the list shows only what is so. With `split=NUMBER` so many of the raw bytes are one end's, and the rest is the other's.
//!
//! A link that was cut off, or comes from a later version, is read as far as it can be, and says so.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use pgscope_proto::Beginning;

/// The version that the page writes.
const VERSION: u32 = 1;
/// Up to here a link goes through every program that people send it with, in bytes.
pub const COMFORTABLE: usize = 8 * 1024;
/// Beyond this a link is no comfort any more: a file is.
pub const LONGEST: usize = 32 * 1024;

/// What is to be decoded.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Content {
    /// Nothing was said.
    #[default]
    Nothing,
    /// Text in any form.
    Text(String),
    /// Bytes that are no text.
    Bytes(Vec<u8>),
    /// Either, deflated.
    Deflated {
        /// Without any header.
        bytes: Vec<u8>,
        /// Whether it is text.
        is_text: bool,
    },
    /// A sample of the gallery, by its name.
    Sample(String),
}

/// What a link calls the parts of a filter.
const FILTER: [&str; 3] = ["only", "named", "filter"];

/// What is selected.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Selected {
    /// The number of the connection, from 1; nothing for the first.
    pub connection: Option<usize>,
    /// The number of the message, from 1.
    pub step: Option<usize>,
    /// The path of the field.
    pub field: Option<String>,
    /// A byte of it, in the message, from 0: lists have many fields of one path.
    pub at: Option<usize>,
    /// What the list shows only: messages of this end, of this name, and like these words or this expression of the filter language.
    pub filter: [String; 3],
}

/// What a link holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Link {
    /// What to decode.
    pub content: Content,
    /// The id of the form, where it is not to be recognised.
    pub form: Option<String>,
    /// `frontend` or `backend`, where it is said who sent the bytes.
    pub direction: Option<String>,
    /// Where in a connection's life they begin, where it is said: the id of a [`Beginning`].
    pub beginning: Option<String>,
    /// Which pieces are turned round: those with this label, or with this number from 1.
    pub turn: Vec<String>,
    /// How many bytes one end sent, where the rest is the other's.
    pub split: Option<usize>,
    /// What is selected.
    pub selected: Selected,
    /// What could not be understood, in words for a person.
    pub trouble: Option<String>,
}

impl Link {
    /// Reads a fragment, with or without its `#`.
    pub fn read(fragment: &str) -> Link {
        let mut link = Link::default();
        let mut letters = 0;
        for (name, value) in pairs(fragment) {
            match name {
                "n" => letters = value.parse().unwrap_or(0),
                "in" | "raw" | "z" | "zraw" if value.len() < letters => link.say(&[CUT]),
                _ => {}
            }
            link.take(name, value);
        }
        link
    }

    fn take(&mut self, name: &str, value: &str) {
        match name {
            "hex" => self.content = Content::Text(unescaped(value)),
            "in" => self.take_text(value),
            "raw" => self.take_bytes(value, Content::Bytes),
            "z" => self.take_bytes(value, |bytes| Content::Deflated { bytes, is_text: true }),
            "zraw" => self.take_bytes(value, |bytes| Content::Deflated { bytes, is_text: false }),
            "sample" => self.content = Content::Sample(unescaped(value)),
            "form" => self.form = Some(unescaped(value)),
            "from" if matches!(value, "frontend" | "backend") => self.direction = Some(value.to_owned()),
            "from" => self.say(&["the bytes are from “", value, "”: frontend or backend was expected"]),
            "begins" => self.take_beginning(value),
            "turn" => self.turn.push(unescaped(value)),
            "split" => self.split = value.parse().ok(),
            "connection" => self.selected.connection = value.parse().ok().filter(|number| *number > 1),
            "step" => self.take_step(value),
            "field" => self.selected.field = Some(unescaped(value)),
            "at" => self.selected.at = value.parse().ok(),
            _ if FILTER.contains(&name) => {
                let parts = FILTER.iter().zip(&mut self.selected.filter);
                parts.filter(|(part, _)| **part == name).for_each(|(_, part)| *part = unescaped(value));
            }
            "v" => self.check_version(value),
            "n" => {}
            _ => self.say(&["it has a part that this page does not know: ", name]),
        }
    }

    /// The first trouble is the one to tell: the others follow from it.
    fn say(&mut self, trouble: &[&str]) {
        self.trouble.get_or_insert_with(|| trouble.concat());
    }

    fn check_version(&mut self, value: &str) {
        if value.parse::<u32>().is_ok_and(|version| version > VERSION) {
            self.say(&["it was made by a later version of this page (", value, "): what can be read is shown"]);
        }
    }

    fn take_beginning(&mut self, value: &str) {
        match Beginning::from_id(value) {
            Some(beginning) => self.beginning = Some(beginning.id().to_owned()),
            None => self.say(&["the bytes begin with “", value, "”, which this page does not know"]),
        }
    }

    fn take_step(&mut self, value: &str) {
        match value.parse() {
            Ok(step) if step > 0 => self.selected.step = Some(step),
            _ => self.say(&["it points at message “", value, "”: a number from 1 was expected"]),
        }
    }

    fn take_text(&mut self, value: &str) {
        self.take_bytes(value, |mut bytes| {
            // Half a letter at the end is what a cut left of it.
            let half = bytes.utf8_chunks().last().map_or(0, |last| last.invalid().len());
            bytes.truncate(bytes.len() - half);
            Content::Text(String::from_utf8_lossy(&bytes).into_owned())
        });
    }

    /// Base64 that was cut off is read up to its last whole group.
    fn take_bytes(&mut self, value: &str, content: impl FnOnce(Vec<u8>) -> Content) {
        let good = value.len() - value.bytes().rev().take_while(|byte| !is_base64(*byte)).count();
        let letters = value.get(..good).unwrap_or_default();
        let whole = letters.len() - usize::from(letters.len() % 4 == 1);
        let letters = letters.get(..whole).unwrap_or_default();
        match URL_SAFE_NO_PAD.decode(letters).or_else(|_| LENIENT.decode(letters)) {
            Ok(bytes) => {
                if whole < value.len() {
                    self.say(&[CUT]);
                }
                self.content = content(bytes);
            }
            Err(_) => self.say(&["what is to be decoded is damaged in it and cannot be read"]),
        }
    }

    /// The fragment, without its `#`.
    pub fn write(&self) -> String {
        let mut fragment = String::new();
        if !matches!(self.content, Content::Sample(_)) {
            put(&mut fragment, "v", &VERSION.to_string());
        }
        match &self.content {
            Content::Nothing => {}
            Content::Text(text) => put_bytes(&mut fragment, "in", text.as_bytes()),
            Content::Bytes(bytes) => put_bytes(&mut fragment, "raw", bytes),
            Content::Deflated { bytes, is_text } => {
                put_bytes(&mut fragment, if *is_text { "z" } else { "zraw" }, bytes);
            }
            Content::Sample(name) => put(&mut fragment, "sample", &escaped(name)),
        }
        for (name, value) in [("form", &self.form), ("from", &self.direction), ("begins", &self.beginning)] {
            put_text(&mut fragment, name, value);
        }
        self.turn.iter().for_each(|which| put(&mut fragment, "turn", &escaped(which)));
        put_number(&mut fragment, "split", self.split);
        self.selected.put(&mut fragment);
        fragment
    }
}

#[inline(never)]
fn put_text(fragment: &mut String, name: &str, text: &Option<String>) {
    if let Some(text) = text {
        put(fragment, name, &escaped(text));
    }
}

#[inline(never)]
fn put_number(fragment: &mut String, name: &str, number: Option<usize>) {
    if let Some(number) = number {
        put(fragment, name, &number.to_string());
    }
}

impl Selected {
    /// The same fragment with this selected: whatever else it says stays as it was written.
    pub fn within(&self, fragment: &str) -> String {
        let mut changed = String::new();
        for pair in fragment.trim_start_matches('#').split('&').filter(|pair| !pair.is_empty()) {
            let name = pair.split('=').next().unwrap_or_default();
            if !matches!(name, "connection" | "step" | "field" | "at") && !FILTER.contains(&name) {
                if !changed.is_empty() {
                    changed.push('&');
                }
                changed.push_str(pair);
            }
        }
        self.put(&mut changed);
        changed
    }

    fn put(&self, fragment: &mut String) {
        put_number(fragment, "connection", self.connection);
        put_number(fragment, "step", self.step);
        put_text(fragment, "field", &self.field);
        put_number(fragment, "at", self.at);
        for (name, part) in FILTER.iter().zip(&self.filter).filter(|(_, part)| !part.is_empty()) {
            put(fragment, name, &escaped(part));
        }
    }
}

/// What is told of a link whose content ends too early.
pub const CUT: &str = "it was cut off: the last bytes are missing";

/// Reads letters whose last bits say nothing, as those of a cut are.
const LENIENT: base64::engine::GeneralPurpose = base64::engine::GeneralPurpose::new(
    &base64::alphabet::URL_SAFE,
    base64::engine::general_purpose::NO_PAD.with_decode_allow_trailing_bits(true),
);

/// Names and values of a fragment, as they are written.
pub fn pairs(fragment: &str) -> impl Iterator<Item = (&str, &str)> {
    let pairs = fragment.trim_start_matches('#').split('&').filter(|pair| !pair.is_empty());
    pairs.map(|pair| pair.split_once('=').unwrap_or((pair, "")))
}

/// Bytes as letters that stand in an address as they are.
pub fn letters(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// The bytes of such letters, where they are whole.
pub fn of_letters(letters: &str) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(letters).ok()
}

fn put(fragment: &mut String, name: &str, value: &str) {
    if !fragment.is_empty() {
        fragment.push('&');
    }
    fragment.push_str(name);
    fragment.push('=');
    fragment.push_str(value);
}

fn put_bytes(fragment: &mut String, name: &str, bytes: &[u8]) {
    let letters = letters(bytes);
    put(fragment, "n", &letters.len().to_string());
    put(fragment, name, &letters);
}

fn is_base64(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_'
}

/// `%20` and `+` to a blank; what is no escape stays.
fn unescaped(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, behind)) = rest.split_first() {
        let (byte, behind) = match (first, behind) {
            (b'+', _) => (b' ', behind),
            (b'%', [high, low, after @ ..]) => match (digit(*high), digit(*low)) {
                (Some(high), Some(low)) => (high * 16 + low, after),
                _ => (b'%', behind),
            },
            _ => (*first, behind),
        };
        bytes.push(byte);
        rest = behind;
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn digit(letter: u8) -> Option<u8> {
    (letter as char).to_digit(16).map(|digit| digit as u8)
}

pub(crate) fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => out.push(byte as char),
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_says_what_is_shown_only() {
        let link = Link::read("#sample=x&step=3&only=backend&named=ErrorResponse&filter=sqlstate%20~%20%22%5E23%22");
        assert_eq!(link.selected.filter, ["backend", "ErrorResponse", "sqlstate ~ \"^23\""]);
        assert_eq!(Link::read(&link.write()), link);
        assert_eq!(Selected::default().within(&link.write()), "sample=x");
    }

    fn text(text: &str) -> Content {
        Content::Text(text.to_owned())
    }

    #[test]
    fn a_link_written_by_hand_is_read() {
        let link = Link::read("#hex=51+00%2000 0d&step=3&from=frontend&begins=copy");
        assert_eq!(link.content, text("51 00 00 0d"));
        assert_eq!((link.selected.step, link.direction.as_deref(), link.trouble), (Some(3), Some("frontend"), None));
        assert_eq!(link.beginning.as_deref(), Some("copy"));
        let sample = Link::read("#sample=psql-simple-query&field=query.query&at=5");
        assert_eq!(sample.content, Content::Sample("psql-simple-query".to_owned()));
        assert_eq!((sample.selected.field.as_deref(), sample.selected.at), (Some("query.query"), Some(5)));
    }

    #[test]
    fn what_is_written_is_read_again() {
        let selected = Selected {
            connection: Some(3),
            step: Some(2),
            field: Some("query.query".to_owned()),
            at: Some(7),
            ..Selected::default()
        };
        let contents = [
            Content::Nothing,
            text("F: 51 00\n# süß & klein = 1%\n"),
            Content::Bytes(vec![0, 255, 0x51]),
            Content::Deflated { bytes: vec![1, 2, 3, 4], is_text: true },
            Content::Deflated { bytes: Vec::new(), is_text: false },
            Content::Sample("a b&c".to_owned()),
        ];
        for content in contents {
            let link = Link {
                content,
                form: Some("hex".to_owned()),
                direction: Some("backend".to_owned()),
                beginning: Some("login".to_owned()),
                split: Some(3),
                turn: vec!["the server & co".to_owned(), "3".to_owned()],
                selected: selected.clone(),
                trouble: None,
            };
            assert_eq!(Link::read(&link.write()), link);
            assert!(link.write().bytes().all(|byte| byte.is_ascii_graphic()), "{}", link.write());
        }
        assert_eq!(Link::read(""), Link::default());
    }

    #[test]
    fn a_link_cut_anywhere_keeps_what_it_can() {
        let whole = "51 00 00 00 0d 53 45";
        let selected = Selected { step: Some(1), ..Selected::default() };
        let link = Link { content: text(whole), selected, ..Link::default() }.write();
        let end = link.find("&step").unwrap();
        for cut in 0..link.len() {
            let read = Link::read(&link[..cut]);
            let kept = match read.content {
                Content::Text(kept) => kept,
                other => {
                    assert!(cut <= 12, "{cut}: {other:?}");
                    String::new()
                }
            };
            assert!(whole.starts_with(&kept), "{cut}");
            // What was there before the cut is there, but for one byte.
            let letters = cut.min(end).saturating_sub("v=1&n=27&in=".len());
            assert_eq!(read.trouble.as_deref() == Some(CUT), (11..end).contains(&cut), "{cut}");
            assert!(kept.len() + 1 >= letters * 3 / 4, "{cut}: {kept}");
        }
    }

    #[test]
    fn only_half_a_letter_at_the_end_of_a_text_is_left_out() {
        let read = |bytes: &[u8]| Link::read(&format!("in={}", URL_SAFE_NO_PAD.encode(bytes))).content;
        assert_eq!(read("51\u{fffd}".as_bytes()), text("51\u{fffd}"));
        assert_eq!(read(b"51\xc3"), text("51"));
        assert_eq!(read(b"5\xc31"), text("5\u{fffd}1"));
    }

    #[test]
    fn a_selection_changes_and_the_rest_stays_as_it_was_written() {
        let selected = Selected { step: Some(4), ..Selected::default() };
        assert_eq!(selected.within("#hex=51 00&step=3&field=x&at=1&odd"), "hex=51 00&odd&step=4");
        assert_eq!(selected.within("#step=1"), "step=4");
        assert_eq!(Selected::default().within("sample=a&step=1"), "sample=a");
    }

    #[test]
    fn what_is_not_understood_is_said() {
        for (fragment, words) in [
            ("v=2&in=NTE", "later version"),
            ("step=0", "number from 1"),
            ("step=x", "number from 1"),
            ("from=me", "frontend or backend"),
            ("begins=me", "does not know"),
            ("in=N*E", "damaged"),
            ("in=NTE%", "cut off"),
            ("raw=AAAAA", "cut off"),
            ("colour=red", "does not know"),
        ] {
            let link = Link::read(fragment);
            assert!(
                link.trouble.as_deref().is_some_and(|trouble| trouble.contains(words)),
                "{fragment}: {:?}",
                link.trouble
            );
        }
        assert_eq!(Link::read("v=2&in=NTE").content, text("51"), "what can be shown is shown");
    }
}
