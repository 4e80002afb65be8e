//! Whether bytes can be what an end of a connection says: a type that there is, and a length that it may have.
//!
//! It is how digits that somebody printed as a message are told from digits of a pointer, a hash or a date.

use pgscope_proto::frame::{Header, Shape, header, length_word, limits};
use pgscope_proto::{Direction, read};

/// A longer message is not pasted among words.
const LONGEST: u32 = 1 << 20;

/// Whether a message of either end begins here.
pub(crate) fn begins(bytes: &[u8]) -> bool {
    begins_of(&Direction::BOTH, bytes)
}

/// Whether one of these ends' messages begins here.
fn begins_of(sides: &[Direction], bytes: &[u8]) -> bool {
    let is_message = |side: &Direction| {
        let is_type = bytes.first().is_some_and(|tag| limits(*side, *tag).1 > 0);
        is_type && length_word(bytes).is_some_and(|length| (4..=LONGEST).contains(&length))
    };
    sides.iter().any(is_message) || sides.contains(&Direction::Frontend) && starts(bytes)
}

/// Whether a packet begins here that opens a connection.
fn starts(bytes: &[u8]) -> bool {
    let is_packet = matches!(header(Shape::Packet, Direction::Frontend, bytes), Header::Length(_));
    let code = read::startup_code(bytes);
    is_packet && code.is_some_and(|code| code >> 16 == 3 || (80_877_102..=80_877_104).contains(&code))
}

/// How well these bytes read: how many of them whole messages explain that stand one behind the other and begin near the beginning,
/// and, where that is equal, whether one begins at once. What is a packet of TCP explains all of its bytes.
pub(crate) fn explained(bytes: &[u8], is_packet: fn(&[u8]) -> bool) -> (usize, bool) {
    if is_packet(bytes) {
        return (bytes.len(), true);
    }
    (longest_row(&Direction::BOTH, bytes), begins(bytes))
}

/// How many bytes of what the two ends sent are whole messages of theirs; where it is not said which is the client, of whichever
/// that may be.
pub(crate) fn worth([one, other]: [&[u8]; 2], is_said: bool) -> usize {
    let own = |side: Direction, bytes: &[u8]| {
        let row = longest_row(&[side], bytes);
        // The answer to SSLRequest is a byte.
        let is_answered = side == Direction::Backend && matches!(bytes, [b'N' | b'S' | b'G', ..]);
        row + usize::from(is_answered && row_from(&[side], bytes.get(1..).unwrap_or_default()) == row)
    };
    let both = |first: Direction| own(first, one) + own(first.other(), other);
    let straight = both(Direction::Frontend);
    if is_said { straight } else { straight.max(both(Direction::Backend)) }
}

fn longest_row(sides: &[Direction], bytes: &[u8]) -> usize {
    let rows = (0..bytes.len().min(FIRST)).map(|at| row_from(sides, bytes.get(at..).unwrap_or_default()));
    rows.max().unwrap_or(0)
}

/// How many bytes from the first on are whole messages one behind the other.
fn row_from(sides: &[Direction], bytes: &[u8]) -> usize {
    let mut at = 0;
    while let Some(rest) = bytes.get(at..).filter(|rest| begins_of(sides, rest)) {
        let length = if starts(rest) { length_of(rest) } else { length_of(rest.get(1..).unwrap_or_default()) + 1 };
        if length > rest.len() {
            break;
        }
        at += length;
    }
    at
}

/// The length that four bytes say.
fn length_of(bytes: &[u8]) -> usize {
    bytes.first_chunk::<4>().map_or(0, |word| u32::from_be_bytes(*word) as usize)
}

/// So far behind the beginning of a recording the first message begins.
const FIRST: usize = 256;

/// How far a message is looked for.
const LOOKED_AT: usize = 4096;

/// Whether a message begins anywhere in the first of these bytes, or they are too few to tell.
pub(crate) fn may_be(bytes: &[u8]) -> bool {
    (1..5).contains(&bytes.len())
        || (0..bytes.len().min(LOOKED_AT)).any(|at| begins(bytes.get(at..).unwrap_or_default()))
}
