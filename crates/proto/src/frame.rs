//! Where messages begin and end, without a look at what they hold.
//!
//! Two layers. [`header`] believes the bytes: it says how long the next message claims to be, and is all that a client or
//! server needs. [`Framer`] does not: when the next message cannot begin where the length word says, it finds out which
//! length was meant, or where a message plausibly begins again, so that one wrong byte does not hide all that follows.
//!
//! Neither holds bytes: the caller has them and says what it has. Cutting a stream anywhere gives the same frames.

use crate::decode::{Context, natural_length};
use crate::messages::{self, authentication, errors, startup, unknown};
use crate::{Direction, Message, Span, Tree};

/// What stands next in a stream: the phase of the connection tells which.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// A tag, a length, a body.
    Tagged,
    /// A length, a code, a body: the start-up family.
    Packet,
    /// One byte.
    Reply,
    /// An E and a text without a length.
    LegacyError,
    /// A length that does not count itself, and a token.
    GssPacket,
    /// A TLS record.
    TlsRecord,
}

/// Why the border of a frame is not where its length word says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The length word is wrong; it should say `right`.
    WrongLength {
        /// What it should say.
        right: u32,
        /// Whether the fields prove it, or only the next plausible message does.
        proven: bool,
    },
    /// The next message begins so many bytes before the length word says, and the fields do not end there: bytes were
    /// left out.
    Lacking {
        /// How many.
        count: usize,
    },
    /// The stream ends inside: so many bytes are missing.
    Cut {
        /// How many.
        missing: usize,
    },
    /// No message begins here.
    Unreadable,
    /// A packet of the start-up family should begin here, and cannot: its length is impossible.
    ImpossiblePacket,
}

/// A message: where it is, and what shape it has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Frame {
    /// Its bytes, counted from the start of the stream.
    pub span: Span,
    /// Its shape.
    pub shape: Shape,
    /// What is wrong with its borders.
    pub fault: Option<Fault>,
}

/// What a look at the next bytes gave.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// A whole frame.
    Frame(Frame),
    /// More bytes are needed, or the word that there are none.
    More,
    /// The stream is at its end.
    End,
}

/// What the first bytes of a message claim.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Header {
    /// The message has so many bytes, the tag included.
    Length(usize),
    /// Not enough bytes to tell.
    More,
    /// No message of this shape can begin so.
    Impossible,
}

/// The longest packet of the start-up family that a server reads.
pub const MAX_STARTUP_PACKET_LENGTH: u32 = 10_004;
const MAX_MESSAGE_LENGTH: u32 = 0x3fff_ffff;
const MAX_SHORT_FROM_BACKEND: u32 = 30_000;
const MAX_SMALL_FROM_FRONTEND: u32 = 10_000;
const MAX_AUTHENTICATION: u32 = 65_536;
const MAX_PARAMETER_DESCRIPTION: u32 = 6 + 4 * 65_535;
const MAX_KEY_DATA: u32 = 8 + 256;
const TLS_HEADER: usize = 5;

/// How far behind the claimed end of a message the framer looks before it decides about a broken one.
const WINDOW: usize = 1 << 16;
/// How many messages in a row make a place plausible.
const CHAIN: usize = 3;

/// How long the message at the start of `bytes` claims to be.
///
/// ```
/// use pgscope_proto::{Direction, frame::{Header, Shape, header}};
/// assert_eq!(header(Shape::Tagged, Direction::Frontend, b"Q\0\0\0\x0eSEL"), Header::Length(15));
/// assert_eq!(header(Shape::Tagged, Direction::Frontend, b"Q\0"), Header::More);
/// ```
#[inline]
pub fn header(shape: Shape, direction: Direction, bytes: &[u8]) -> Header {
    match shape {
        Shape::Tagged => match (tagged_length(direction, bytes), bytes) {
            (Some(length), _) => Header::Length(length),
            (None, [_, _, _, _, _, ..]) => Header::Impossible,
            (None, [tag, ..]) if limits(direction, *tag).1 == 0 => Header::Impossible,
            _ => Header::More,
        },
        Shape::Packet => packet_header(bytes),
        Shape::Reply => bytes.first().map_or(Header::More, |_| Header::Length(1)),
        Shape::LegacyError => memchr::memchr(0, bytes).map_or(Header::More, |zero| Header::Length(zero + 1)),
        Shape::GssPacket => {
            word(bytes).map_or(Header::More, |length| Header::Length((length as usize).saturating_add(4)))
        }
        Shape::TlsRecord => match bytes {
            [20..=23, 3, _, a, b, ..] => Header::Length(usize::from(u16::from_be_bytes([*a, *b])) + TLS_HEADER),
            [20..=23] | [20..=23, 3] | [20..=23, 3, ..] if bytes.len() < TLS_HEADER => Header::More,
            [] => Header::More,
            _ => Header::Impossible,
        },
    }
}

/// How long the tagged message claims to be, the tag included, if its header is there and may be one.
#[inline]
fn tagged_length(direction: Direction, bytes: &[u8]) -> Option<usize> {
    let [tag, a, b, c, d, ..] = bytes else { return None };
    let length = u32::from_be_bytes([*a, *b, *c, *d]);
    let range = ranges(direction).get(*tag as usize)?;
    (length.wrapping_sub(range.least) < range.count).then(|| length as usize + 1)
}

fn packet_header(bytes: &[u8]) -> Header {
    match word(bytes) {
        None => Header::More,
        Some(8..=MAX_STARTUP_PACKET_LENGTH) => Header::Length(word(bytes).unwrap_or_default() as usize),
        Some(_) => Header::Impossible,
    }
}

fn word(bytes: &[u8]) -> Option<u32> {
    Some(u32::from_be_bytes(bytes.get(..4)?.try_into().ok()?))
}

/// The length word of a tagged message, as it stands. Each program has its own opinion of which lengths may be: a server
/// takes a Sync with a body and complains afterwards, libpq takes any ReadyForQuery below 30000.
pub fn length_word(bytes: &[u8]) -> Option<u32> {
    word(bytes.get(1..)?)
}

/// The least and the most that the length word of a message may say; 0 and 0 for an unknown type.
#[inline]
pub fn limits(direction: Direction, tag: u8) -> (u32, u32) {
    let range = ranges(direction).get(tag as usize).filter(|range| range.count > 0);
    range.map_or((0, 0), |range| (range.least, range.least + range.count - 1))
}

#[inline]
fn ranges(direction: Direction) -> &'static Limits {
    match direction {
        Direction::Frontend => &FRONTEND_LIMITS,
        Direction::Backend => &BACKEND_LIMITS,
    }
}

/// What the length word of a type may say: so many numbers from the least on, so that one comparison tells.
#[derive(Clone, Copy)]
struct Range {
    least: u32,
    count: u32,
}

/// One for each value of a byte.
type Limits = [Range; 256];

static FRONTEND_LIMITS: Limits = limits_of(&[
    (b'Q', 5, MAX_MESSAGE_LENGTH),
    (b'P', 8, MAX_MESSAGE_LENGTH),
    (b'B', 12, MAX_MESSAGE_LENGTH),
    (b'F', 14, MAX_MESSAGE_LENGTH),
    (b'd', 4, MAX_MESSAGE_LENGTH),
    (b'p', 4, MAX_AUTHENTICATION),
    (b'C', 6, MAX_SMALL_FROM_FRONTEND),
    (b'D', 6, MAX_SMALL_FROM_FRONTEND),
    (b'E', 9, MAX_SMALL_FROM_FRONTEND),
    (b'f', 5, MAX_SMALL_FROM_FRONTEND),
    (b'H', 4, 4),
    (b'S', 4, 4),
    (b'X', 4, 4),
    (b'c', 4, 4),
]);

static BACKEND_LIMITS: Limits = limits_of(&[
    (b'd', 4, MAX_MESSAGE_LENGTH),
    (b'D', 6, MAX_MESSAGE_LENGTH),
    (b'E', 5, MAX_MESSAGE_LENGTH),
    (b'N', 5, MAX_MESSAGE_LENGTH),
    (b'V', 8, MAX_MESSAGE_LENGTH),
    (b'A', 10, MAX_MESSAGE_LENGTH),
    (b'T', 6, MAX_MESSAGE_LENGTH),
    (b't', 6, MAX_PARAMETER_DESCRIPTION),
    (b'R', 8, MAX_SHORT_FROM_BACKEND),
    (b'S', 6, MAX_SHORT_FROM_BACKEND),
    (b'K', 8, MAX_KEY_DATA),
    (b'v', 12, MAX_SHORT_FROM_BACKEND),
    (b'C', 5, MAX_SHORT_FROM_BACKEND),
    (b'G', 7, MAX_SHORT_FROM_BACKEND),
    (b'H', 7, MAX_SHORT_FROM_BACKEND),
    (b'W', 7, MAX_SHORT_FROM_BACKEND),
    (b'Z', 5, 5),
    (b'1', 4, 4),
    (b'2', 4, 4),
    (b'3', 4, 4),
    (b'n', 4, 4),
    (b's', 4, 4),
    (b'I', 4, 4),
    (b'c', 4, 4),
]);

#[allow(clippy::indexing_slicing, reason = "the compiler runs it: a wrong index does not compile")]
const fn limits_of(entries: &[(u8, u32, u32)]) -> Limits {
    let mut table = [Range { least: 0, count: 0 }; 256];
    let mut at = 0;
    while at < entries.len() {
        let (tag, least, most) = entries[at];
        table[tag as usize] = Range { least, count: most - least + 1 };
        at += 1;
    }
    table
}

/// What a careful look found: the shape of the next frame, how many bytes it has, and what is wrong with its borders.
type Found = (Shape, usize, Option<Fault>);

/// Finds frames in the stream of one direction, and its way back when a length is wrong.
#[derive(Clone, Debug)]
pub struct Framer {
    direction: Direction,
    position: usize,
    /// How long the message at the position claims to be, where the look behind the one before has told; else 0.
    ahead: usize,
}

impl Framer {
    /// A framer at the start of a stream.
    pub const fn new(direction: Direction) -> Self {
        Self { direction, position: 0, ahead: 0 }
    }

    /// Where the next frame begins: bytes before it are not needed any more.
    pub const fn position(&self) -> usize {
        self.position
    }

    /// Goes to where the caller, who has looked at a frame before taking it, wants to go on.
    pub const fn move_to(&mut self, position: usize) {
        (self.position, self.ahead) = (position, 0);
    }

    /// The next frame, of this shape. `bytes` are those of the stream from [`Framer::position`] on, as far as they are
    /// there; `ended` says that no more will come. They must not change between two calls.
    #[inline]
    pub fn next(&mut self, shape: Shape, bytes: &[u8], ended: bool) -> Next {
        if shape == Shape::Tagged
            && let Some(length) = self.claimed(bytes)
            && let Some(behind) = bytes.get(length..)
            && let Some(ahead) = tagged_length(self.direction, behind)
        {
            let next = self.emit(shape, length, None);
            self.ahead = ahead;
            return next;
        }
        // On a copy, and put together anew: so the framer and what it gives need no place in memory where all goes well.
        let mut careful = self.clone();
        match careful.next_with_care(shape, bytes, ended) {
            Next::Frame(frame) => self.emit(frame.shape, frame.span.len(), frame.fault),
            Next::More => Next::More,
            Next::End => Next::End,
        }
    }

    /// How long the tagged message at the position claims to be. Each header is looked at once.
    #[inline]
    fn claimed(&self, bytes: &[u8]) -> Option<usize> {
        if self.ahead > 0 { Some(self.ahead) } else { tagged_length(self.direction, bytes) }
    }

    #[inline]
    fn emit(&mut self, shape: Shape, length: usize, fault: Option<Fault>) -> Next {
        let span = Span::new(self.position, self.position + length);
        (self.position, self.ahead) = (span.end, 0);
        Next::Frame(Frame { span, shape, fault })
    }

    /// Whether a tagged message may begin with these bytes, of which there may be none.
    #[inline]
    fn may_begin(&self, bytes: &[u8]) -> bool {
        header(Shape::Tagged, self.direction, bytes) != Header::Impossible
    }

    #[cold]
    #[inline(never)]
    fn next_with_care(&mut self, shape: Shape, bytes: &[u8], ended: bool) -> Next {
        if bytes.is_empty() {
            return if ended { Next::End } else { Next::More };
        }
        let claimed = header(shape, self.direction, bytes);
        let needed = match claimed {
            Header::Length(length) if matches!(shape, Shape::Tagged | Shape::Packet) => length.saturating_add(WINDOW),
            Header::Length(length) => length,
            Header::More => usize::MAX,
            Header::Impossible => WINDOW,
        };
        if !ended && bytes.len() < needed {
            return Next::More;
        }
        // What is decided must not depend on how much more the caller happens to have.
        let whole = ended && bytes.len() < needed;
        let bytes = bytes.get(..needed).unwrap_or(bytes);
        let (shape, length, fault) = match (shape, claimed) {
            (Shape::Tagged, Header::Length(length)) => self.doubtful(bytes, length, whole),
            (Shape::Tagged, Header::Impossible) => self.impossible(bytes, whole),
            (Shape::Packet, Header::Length(length)) => self.packet(bytes, length, whole),
            (_, Header::Length(length)) => self.as_claimed(shape, bytes, length),
            (_, Header::More) => (shape, bytes.len(), Some(Fault::Cut { missing: 1 })),
            (Shape::Packet, Header::Impossible) => self.impossible_packet(bytes, whole),
            (_, Header::Impossible) => (shape, bytes.len(), Some(Fault::Unreadable)),
        };
        self.emit(shape, length, fault)
    }

    fn as_claimed(&self, shape: Shape, bytes: &[u8], length: usize) -> Found {
        match length.checked_sub(bytes.len()).filter(|missing| *missing > 0) {
            None => (shape, length, None),
            Some(missing) => (shape, bytes.len(), Some(Fault::Cut { missing })),
        }
    }

    /// A message behind whose claimed end no other begins, or whose end is not there.
    fn doubtful(&self, bytes: &[u8], length: usize, whole: bool) -> Found {
        if let Some(behind) = bytes.get(length..)
            && self.may_begin(behind)
        {
            return (Shape::Tagged, length, None);
        }
        if let Some(natural) = self.natural(bytes, whole).filter(|natural| *natural != length) {
            return (Shape::Tagged, natural, Some(wrong_length(natural, true)));
        }
        if length <= bytes.len() {
            let inside = self.find(bytes, TAGGED_HEADER, whole).filter(|at| *at < length);
            let fault = inside.map(|at| Fault::Lacking { count: length - at });
            return (Shape::Tagged, inside.unwrap_or(length), fault);
        }
        if let Some(at) = self.find(bytes, TAGGED_HEADER, whole) {
            return (Shape::Tagged, at, Some(wrong_length(at, false)));
        }
        self.as_claimed(Shape::Tagged, bytes, length)
    }

    /// Bytes at which no message can begin as they stand.
    fn impossible(&self, bytes: &[u8], whole: bool) -> Found {
        let known = bytes.first().is_some_and(|tag| limits(self.direction, *tag).1 > 0);
        if known && let Some(natural) = self.natural(bytes, whole) {
            return (Shape::Tagged, natural, Some(wrong_length(natural, true)));
        }
        if let Some(length) = self.well_formed(bytes, known) {
            return (Shape::Tagged, length, None);
        }
        if self.direction == Direction::Backend
            && let Some(length) = legacy_error(bytes)
        {
            return (Shape::LegacyError, length, None);
        }
        // Behind a window without a message the search goes on in its second half, where one may begin that ends outside.
        let skipped = self.find(bytes, 1, whole).unwrap_or(if whole { bytes.len() } else { bytes.len() / 2 });
        (Shape::Tagged, skipped, Some(Fault::Unreadable))
    }

    /// A message that is unknown, or longer than its type may be, but behind which another begins.
    fn well_formed(&self, bytes: &[u8], known: bool) -> Option<usize> {
        let [tag, a, b, c, d, ..] = bytes else { return None };
        let length = u32::from_be_bytes([*a, *b, *c, *d]);
        if !(4..=MAX_MESSAGE_LENGTH).contains(&length) || !(known || tag.is_ascii_alphanumeric()) {
            return None;
        }
        let end = length as usize + 1;
        let behind = bytes.get(end..)?;
        self.may_begin(behind).then_some(end)
    }

    /// How long the first message is by its fields, if another can begin there, or if that is what its length says with its
    /// bytes the other way round.
    #[inline(never)]
    fn natural(&self, bytes: &[u8], whole: bool) -> Option<usize> {
        let length = self.measured(bytes)?;
        let behind = bytes.get(length..)?;
        let is_turned = length_word(bytes).is_some_and(|word| word.swap_bytes() as usize == length - 1);
        let fits = length > TAGGED_HEADER - 1 && (is_turned || self.may_begin(behind));
        (fits && (!behind.is_empty() || whole)).then_some(length)
    }

    /// The first place from `from` on where messages plausibly begin again.
    #[inline(never)]
    fn find(&self, bytes: &[u8], from: usize, whole: bool) -> Option<usize> {
        let begins = |rest: &[u8]| self.is_chain(rest, whole) && self.reads_as_long_as_it_says(rest);
        (from..bytes.len()).find(|at| bytes.get(*at..).is_some_and(begins))
    }

    /// Whether no bytes stand behind the first message's last field: among any bytes some look like several headers.
    #[inline(never)]
    fn reads_as_long_as_it_says(&self, bytes: &[u8]) -> bool {
        let Header::Length(length) = header(Shape::Tagged, self.direction, bytes) else { return false };
        bytes.get(..length).and_then(|own| self.measured(own)).is_none_or(|end| end >= length)
    }

    /// How long a message is by its fields.
    #[inline(never)]
    fn measured(&self, bytes: &[u8]) -> Option<usize> {
        natural_length(identify(self.direction, bytes)?, bytes, Context::new(self.direction), &mut Tree::new())
    }

    /// Whether several whole messages follow each other here, or some up to the end of the stream.
    #[inline(never)]
    fn is_chain(&self, mut bytes: &[u8], ended: bool) -> bool {
        let first = bytes;
        for link in 0..CHAIN {
            if bytes.is_empty() && link > 0 {
                // One alone has no witness but its fields.
                return ended && (link > 1 || self.is_measured_right(first));
            }
            let Header::Length(length) = header(Shape::Tagged, self.direction, bytes) else { return false };
            let Some(behind) = bytes.get(length..) else { return false };
            bytes = behind;
        }
        true
    }

    /// Whether the message is all there is, by its fields.
    fn is_measured_right(&self, bytes: &[u8]) -> bool {
        self.measured(bytes) == Some(bytes.len())
    }

    fn packet(&self, bytes: &[u8], length: usize, whole: bool) -> Found {
        let code = bytes.get(4..).and_then(word).unwrap_or_default();
        if *messages::startup_packet(code) == startup::UNKNOWN_STARTUP
            && let Some(at) = self.find(bytes.get(..length).unwrap_or(bytes), 1, whole).filter(|at| *at < length)
        {
            // No version, and messages inside: the recording began in the middle of one.
            return (Shape::Packet, at, Some(Fault::Unreadable));
        }
        let natural =
            natural_length(messages::startup_packet(code), bytes, Context::new(self.direction), &mut Tree::new());
        let right = natural.filter(|natural| *natural != length && self.is_measured(bytes, *natural, length, whole));
        match right {
            Some(right) => (Shape::Packet, right, Some(Fault::WrongLength { right: right as u32, proven: true })),
            None => self.as_claimed(Shape::Packet, bytes, length),
        }
    }

    /// Whether a packet ends where its fields do and not where its length says. A packet that a server would still wait
    /// for, or that has bytes behind its terminator, is measured by its fields only if nothing else is there, or if
    /// messages follow that do not fit the length.
    fn is_measured(&self, bytes: &[u8], natural: usize, length: usize, whole: bool) -> bool {
        let follows =
            |at: usize| bytes.get(at..).is_some_and(|behind| !behind.is_empty() && self.is_chain(behind, whole));
        (length > bytes.len() && natural == bytes.len()) || (follows(natural) && !follows(length))
    }

    fn impossible_packet(&self, bytes: &[u8], whole: bool) -> Found {
        let code = bytes.get(4..).and_then(word).unwrap_or_default();
        let message = messages::startup_packet(code);
        let natural = natural_length(message, bytes, Context::new(self.direction), &mut Tree::new());
        let stated = word(bytes).unwrap_or_default() as usize;
        match natural.filter(|_| message.head != crate::schema::Head::Any) {
            // Too long for a server, but well formed.
            Some(natural) if natural == stated => (Shape::Packet, natural, None),
            Some(natural) => (Shape::Packet, natural, Some(Fault::WrongLength { right: natural as u32, proven: true })),
            None => match self.find(bytes, 1, whole) {
                Some(at) => (Shape::Packet, at, Some(Fault::Unreadable)),
                None => (Shape::Packet, bytes.len(), Some(Fault::ImpossiblePacket)),
            },
        }
    }
}

const TAGGED_HEADER: usize = 5;

const fn wrong_length(natural: usize, proven: bool) -> Fault {
    Fault::WrongLength { right: (natural - 1) as u32, proven }
}

/// Which message a tagged one is, as far as its first bytes alone can tell.
#[inline]
fn identify(direction: Direction, bytes: &[u8]) -> Option<&'static Message> {
    let message = messages::by_tag(direction, *bytes.first()?)?;
    if *message == authentication::AUTHENTICATION_UNKNOWN {
        return Some(messages::authentication_request(bytes.get(TAGGED_HEADER..).and_then(word)?));
    }
    Some(message)
}

/// An E and a text up to a zero byte, of an old server: told from an ErrorResponse by its impossible length.
pub fn legacy_error(bytes: &[u8]) -> Option<usize> {
    let claimed = word(bytes.get(1..)?)?;
    let is_legacy = *bytes.first()? == b'E' && !(8..=MAX_SHORT_FROM_BACKEND).contains(&claimed);
    let zero = memchr::memchr(0, bytes)?;
    let text = bytes.get(1..zero)?;
    (is_legacy && text.len() > 4 && std::str::from_utf8(text).is_ok()).then_some(zero + 1)
}

/// The message that a frame of this shape holds by its first bytes; for `p` and replies the connection knows better.
#[inline]
pub fn message_of(frame: &Frame, direction: Direction, bytes: &[u8]) -> &'static Message {
    if matches!(frame.fault, Some(Fault::Unreadable | Fault::ImpossiblePacket)) {
        return &unknown::UNREADABLE;
    }
    match frame.shape {
        Shape::Tagged => identify(direction, bytes).unwrap_or(&unknown::UNKNOWN_MESSAGE),
        shape => untagged(shape, bytes),
    }
}

fn untagged(shape: Shape, bytes: &[u8]) -> &'static Message {
    match shape {
        Shape::Tagged => &unknown::UNKNOWN_MESSAGE,
        // A packet that is cut off before its code is most likely the commonest.
        Shape::Packet => bytes.get(4..).and_then(word).map_or(&startup::STARTUP_MESSAGE, messages::startup_packet),
        Shape::LegacyError => &errors::LEGACY_ERROR,
        Shape::GssPacket => &startup::GSS_PACKET,
        Shape::TlsRecord => &startup::TLS_RECORD,
        Shape::Reply => match bytes.first() {
            Some(b'S') => &startup::SSL_ACCEPTED,
            Some(b'G') => &startup::GSS_ACCEPTED,
            Some(b'N') => &startup::ENCRYPTION_REFUSED,
            _ => &unknown::UNREADABLE,
        },
    }
}
