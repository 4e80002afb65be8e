//! An exchange that can be shown to strangers: the same messages with the same fields in the same places, and none of the values
//! of those who spoke.
//!
//! What is public is said in the table of messages (`pgscope_proto::privacy`); everything else is masked. A mask has the length
//! of what it hides and its kind (letters for letters, digits for digits, a valid value for a value whose type is known), depends on a key and on the value alone, so that
//! equal values stay equal, and cannot be undone without the key. What comes out is decoded again and held against what went
//! in: the same frames, the same fields, the same findings. If it is not so, it is refused.

mod draw;
mod dump;
mod file;
mod message;
mod sql;
mod text;
mod value;
mod words;

use std::collections::{HashMap, HashSet};
use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use pgscope_proto::privacy::Secret;
use pgscope_proto::{Direction, Exchange, Problem, Tree, types};

use crate::Indexed;
pub use draw::Key;
use draw::{Draw, Originals};
pub use file::{Output, Written, input};
use message::is_public_name;
use text::Style;

/// Which kinds of values are masked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Kinds(u8);

impl Default for Kinds {
    fn default() -> Self {
        Kinds::ALL
    }
}

impl Kinds {
    /// All kinds.
    pub const ALL: Kinds = Kinds(0xff);

    /// These alone.
    pub fn only(kinds: &[Secret]) -> Self {
        Kinds(kinds.iter().fold(0, |bits, kind| bits | 1 << *kind as u8))
    }

    /// All of these but those.
    pub fn without(self, kept: &[Secret]) -> Self {
        Kinds(self.0 & !Kinds::only(kept).0)
    }

    /// Whether this kind is masked.
    pub fn hides(self, kind: Secret) -> bool {
        self.0 & 1 << kind as u8 != 0
    }
}

/// Why something is not masked, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The connection and the message in it, both from 0, where it is a message's.
    pub place: Option<(usize, usize)>,
    /// Why, in a sentence.
    pub why: String,
}

impl fmt::Display for Refusal {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.place {
            Some((0, message)) => write!(out, "message {}: {}", message + 1, self.why),
            Some((connection, message)) => {
                write!(out, "connection {}, message {}: {}", connection + 1, message + 1, self.why)
            }
            None => out.write_str(&self.why),
        }
    }
}

impl Refusal {
    fn whole(why: impl Into<String>) -> Self {
        Self { place: None, why: why.into() }
    }
}

/// How often all is drawn anew before it is refused.
const ROUNDS: u32 = 6;

/// All connections of an input, masked with one key: the bytes alone, each in its place.
pub fn exchanges(connections: &[Indexed], kinds: Kinds, key: &Key) -> Result<Vec<Exchange>, Refusal> {
    let mut refused = Refusal::whole("nothing was tried");
    for round in 0..ROUNDS {
        let mut masker = Masker::new(key, kinds, round);
        connections.iter().for_each(|indexed| drop(masker.streams(indexed)));
        masker.is_collecting = false;
        let masked: Vec<Exchange> = connections.iter().map(|indexed| with(indexed, masker.streams(indexed))).collect();
        let wrong = connections.iter().zip(&masked).enumerate().find_map(|(connection, (indexed, masked))| {
            let (message, why) = difference(indexed, &whole(masked.clone()))?;
            Some(Refusal { place: Some((connection, message)), why })
        });
        match wrong {
            None => return Ok(masked),
            Some(wrong) => refused = wrong,
        }
    }
    Err(refused)
}

/// The exchange with other bytes in the same places, and between nobody knows whom; what people remarked may tell what is hidden.
fn with(indexed: &Indexed, streams: [Vec<u8>; 2]) -> Exchange {
    let mut masked = indexed.exchange.clone();
    for (stream, bytes) in masked.streams.iter_mut().zip(streams) {
        stream.bytes = bytes;
    }
    if let Some(recorded) = &mut masked.recorded {
        (recorded.ends, recorded.kept) = Default::default();
    }
    masked
}

/// All frames of an exchange that leaves nothing to guess.
fn whole(exchange: Exchange) -> Indexed {
    let mut indexed = Indexed::settled(exchange);
    indexed.more(usize::MAX);
    indexed
}

/// Where two exchanges differ in more than values: the number of the message, and how.
pub(crate) fn difference(one: &Indexed, two: &Indexed) -> Option<(usize, String)> {
    let (mut tree, mut other) = (Tree::new(), Tree::new());
    for number in 0..one.index.len().max(two.index.len()) {
        let (Some((entry, problems)), Some((masked, found))) =
            (one.check(number, &mut tree), two.check(number, &mut other))
        else {
            return Some((number, "masked, there would be another number of messages".to_owned()));
        };
        if (entry.span, entry.direction, entry.message) != (masked.span, masked.direction, masked.message) {
            let why = format!("{} would read as {} when it is masked", entry.message.name(), masked.message.name());
            return Some((number, why));
        }
        if !value::is_alike(&tree, &other) {
            let why = format!(
                "{} of {} would stand elsewhere, or be wrong, when it is masked",
                moved(&tree, &other),
                entry.message.name()
            );
            return Some((number, why));
        }
        let rules = |problems: &[Problem]| {
            problems.iter().map(|problem| (problem.rule, problem.span, problem.severity)).collect::<Vec<_>>()
        };
        if rules(&problems) != rules(&found) {
            let told =
                |problems: &[Problem]| problems.iter().map(|problem| problem.rule).collect::<Vec<_>>().join(", ");
            let why = format!(
                "other things would be wrong with {} when it is masked: {} in place of {}",
                entry.message.name(),
                told(&found),
                told(&problems)
            );
            return Some((number, why));
        }
    }
    None
}

/// The first field that is another in two trees.
fn moved(one: &Tree, two: &Tree) -> String {
    let pairs = one.nodes.iter().zip(&two.nodes);
    let same = pairs.take_while(|(one, two)| {
        (one.start, one.end, one.depth, one.reading) == (two.start, two.end, two.depth, two.reading)
    });
    one.path(same.count().min(one.nodes.len().saturating_sub(1)))
}

/// Masks values, and remembers what it must: which values there are, and which names were given.
struct Masker<'a> {
    key: &'a Key,
    kinds: Kinds,
    round: u32,
    is_collecting: bool,
    originals: Originals,
    /// Names in lower case, and what they are called now.
    names: HashMap<Vec<u8>, Vec<u8>>,
    given: HashSet<Vec<u8>>,
}

/// What values in text format say of which nothing is anybody's.
const NOBODYS: [&[u8]; 4] = [b"NaN", b"Infinity", b"-Infinity", b"empty"];
/// What parts the values of arrays, rows and points, and what says that there are none.
const STRUCTURE: &[u8] = b"{}[](),:0\\x";
const BYTEA: u32 = 17;

/// How often a mask is drawn until it is none of the values that are hidden.
const ATTEMPTS: u32 = 32;
/// The same for values in binary format, parts of which are the same in all.
const VALUE_ATTEMPTS: u32 = 4;
/// The same for names, which must differ from each other.
const NAME_ATTEMPTS: u32 = 512;

impl<'a> Masker<'a> {
    fn new(key: &'a Key, kinds: Kinds, round: u32) -> Self {
        let (originals, names, given) = Default::default();
        Self { key, kinds, round, is_collecting: true, originals, names, given }
    }

    /// The bytes of both ends, masked.
    fn streams(&mut self, indexed: &Indexed) -> [Vec<u8>; 2] {
        let mut streams = [Vec::new(), Vec::new()];
        let mut tree = Tree::new();
        for number in 0..indexed.index.len() {
            let Some((entry, _)) = indexed.check(number, &mut tree) else { break };
            let bytes = indexed.bytes(&entry);
            let masked = message::Masking { indexed, entry: &entry, tree: &tree, bytes }.masked(self);
            let [frontend, backend] = &mut streams;
            let stream = if entry.direction == Direction::Frontend { frontend } else { backend };
            stream.extend(masked);
        }
        for (stream, direction) in streams.iter_mut().zip(Direction::BOTH) {
            let rest = indexed.exchange.stream(direction).bytes.get(stream.len()..).unwrap_or_default();
            stream.extend(self.bytes(Secret::Other, rest));
        }
        streams
    }

    fn draw(&self, class: &str, attempt: u32, value: &[u8]) -> Draw {
        self.key.draw(class, self.round << 16 | attempt, &[value])
    }

    /// Whether nothing is done to a value now: it is kept, or only looked at.
    fn passes(&mut self, secret: Secret, value: &[u8]) -> bool {
        let is_hidden = self.kinds.hides(secret) && !value.is_empty();
        if is_hidden && self.is_collecting {
            self.originals.add(value);
        }
        !is_hidden || self.is_collecting
    }

    /// The first that is no value of those that are hidden, and another one than this.
    fn drawn(&self, value: &[u8], attempts: u32, mask: impl Fn(u32) -> Vec<u8>) -> Vec<u8> {
        let is_fine = |mask: &Vec<u8>| mask != value && !self.originals.show_in(mask);
        let mut masks = (0..attempts).map(&mask);
        masks.find(is_fine).unwrap_or_else(|| mask(attempts))
    }

    fn text(&mut self, secret: Secret, text: &[u8], style: Style) -> Vec<u8> {
        if self.passes(secret, text) {
            return text.to_vec();
        }
        let mask = |attempt| text::masked(text, style, &mut self.draw("text", attempt, text));
        if mask(0) == text {
            return self.marks(text);
        }
        self.drawn(text, ATTEMPTS, mask)
    }

    /// A value of this type in text format, which stays one where it is one. What a type says instead of a number or a moment is nobody's.
    fn typed_text(&mut self, secret: Secret, text: &[u8], oid: u32) -> Vec<u8> {
        let style = match oid {
            BYTEA if !text.starts_with(b"\\x") => Style::Escaped,
            _ => Style::of_type(oid),
        };
        let is_misfit = |text: &[u8]| types::misfit(oid, text).is_some();
        if !types::has_text_form(oid) || self.passes(secret, text) {
            return self.text(secret, text, style);
        }
        if oid != BYTEA && NOBODYS.contains(&text) || text.iter().all(|byte| STRUCTURE.contains(byte)) {
            return text.to_vec();
        }
        // One that is none stays none: it is what is shown to strangers.
        let (was, style) = (is_misfit(text), if is_misfit(text) { Style::Text } else { style });
        let mask = |attempt| text::masked(text, style, &mut self.draw("text", attempt, text));
        let is_named = style == Style::Time && mask(0) == text && !was;
        if is_named {
            return text.to_vec();
        }
        let found = (0..ATTEMPTS)
            .map(mask)
            .find(|mask| mask != text && is_misfit(mask) == was && !self.originals.show_in(mask));
        found.unwrap_or_else(|| self.text(secret, text, style))
    }

    /// A text that has no letter and no digit: its marks become letters, but those by which texts and lines are parted.
    fn marks(&self, text: &[u8]) -> Vec<u8> {
        if text.len() < SHORT {
            return text.to_vec();
        }
        let mut draw = self.draw("marks", 0, text);
        let stays = |byte: &u8| byte.is_ascii_control() || b";'\"\\$,-/*".contains(byte);
        text.iter().map(|byte| if stays(byte) { *byte } else { draw.other(*byte, b'a', b'z') }).collect()
    }

    /// A value in binary format, of this type.
    fn value(&mut self, secret: Secret, oid: u32, value: &[u8]) -> Vec<u8> {
        if self.passes(secret, value) {
            return value.to_vec();
        }
        let draw =
            |attempt| value::masked(oid, value, &mut |nth| self.draw("value", attempt * value::ATTEMPTS + nth, value));
        let found = (0..VALUE_ATTEMPTS).map_while(draw).find(|found| !self.originals.show_in(found));
        found.or_else(|| draw(VALUE_ATTEMPTS)).unwrap_or_else(|| self.bytes(secret, value))
    }

    /// A name; `may_be_public` where SQL may say it.
    fn name(&mut self, name: &[u8], may_be_public: bool) -> Vec<u8> {
        let lower = name.to_ascii_lowercase();
        let is_public = may_be_public && is_public_name(&lower);
        if is_public || self.passes(Secret::Name, name) || self.passes(Secret::Name, &lower) {
            return name.to_vec();
        }
        let known = self.names.get(&lower).cloned();
        let mask = known.unwrap_or_else(|| {
            let mask = |attempt| text::masked(&lower, Style::Name, &mut self.draw("name", attempt, &lower));
            let is_fine = |mask: &Vec<u8>| !self.given.contains(mask) && !is_public_name(mask);
            let drawn = (0..NAME_ATTEMPTS)
                .map(mask)
                .find(|mask| *mask != lower && is_fine(mask) && !self.originals.show_in(mask));
            let drawn =
                drawn.unwrap_or_else(|| if mask(0) == lower { self.marks(&lower) } else { mask(NAME_ATTEMPTS) });
            self.given.insert(drawn.clone());
            self.names.insert(lower.clone(), drawn.clone());
            drawn
        });
        let cased = mask
            .iter()
            .zip(name)
            .map(|(mask, was)| if was.is_ascii_uppercase() { mask.to_ascii_uppercase() } else { *mask });
        cased.collect()
    }

    /// Bytes of which each may be any.
    fn random(&mut self, secret: Secret, bytes: &[u8]) -> Vec<u8> {
        if self.passes(secret, bytes) {
            return bytes.to_vec();
        }
        self.drawn(bytes, ATTEMPTS, |attempt| {
            let mut draw = self.draw("bytes", attempt, bytes);
            bytes.iter().map(|byte| draw.other(*byte, 1, 255)).collect()
        })
    }

    /// Bytes of which nobody knows what they are: each stays of its kind, and zeros stay.
    fn bytes(&mut self, secret: Secret, bytes: &[u8]) -> Vec<u8> {
        let is_text = |byte: &u8| *byte >= b' ' || matches!(byte, b'\t' | b'\n' | b'\r');
        if bytes.iter().all(is_text) && std::str::from_utf8(bytes).is_ok() {
            return self.text(secret, bytes, Style::Text);
        }
        if self.passes(secret, bytes) {
            return bytes.to_vec();
        }
        self.drawn(bytes, ATTEMPTS, |attempt| {
            let mut draw = self.draw("bytes", attempt, bytes);
            bytes.iter().map(|byte| of_kind(*byte, &mut draw)).collect()
        })
    }

    /// A nonce: another that begins alike has a mask that begins alike.
    fn nonce(&mut self, nonce: &[u8]) -> Vec<u8> {
        if self.passes(Secret::Proof, nonce) {
            return nonce.to_vec();
        }
        let letter = |(at, was): (usize, &u8)| {
            let mut draw = self.draw("nonce", 0, nonce.get(..=at).unwrap_or_default());
            if was.is_ascii_alphanumeric() { of_kind(*was, &mut draw) } else { draw.other(*was, b'a', b'z') }
        };
        nonce.iter().enumerate().map(letter).collect()
    }

    /// Base64 that stays so, of as many bytes.
    fn base64(&mut self, text: &[u8]) -> Vec<u8> {
        let Ok(bytes) = STANDARD.decode(text) else { return self.text(Secret::Proof, text, Style::Text) };
        if self.passes(Secret::Proof, text) {
            return text.to_vec();
        }
        self.drawn(text, ATTEMPTS, |attempt| {
            let mut draw = self.draw("base64", attempt, text);
            let drawn: Vec<u8> = bytes.iter().map(|_| draw.byte()).collect();
            STANDARD.encode(drawn).into_bytes()
        })
    }
}

/// What is shorter says nothing.
const SHORT: usize = 4;

/// Another byte of the same kind.
fn of_kind(byte: u8, draw: &mut Draw) -> u8 {
    match byte {
        0 | b'\t' | b'\n' | b'\r' => byte,
        1..=8 => draw.other(byte, 1, 8),
        0x0b..=0x1f | 0x7f => draw.other(byte, 0x0e, 0x1f),
        b'0'..=b'9' => draw.other(byte, b'0', b'9'),
        b'a'..=b'z' => draw.other(byte, b'a', b'z'),
        b'A'..=b'Z' => draw.other(byte, b'A', b'Z'),
        0x80.. => draw.other(byte, 0x80, 0xff),
        _ => draw.other(byte, b'!', b'/'),
    }
}
