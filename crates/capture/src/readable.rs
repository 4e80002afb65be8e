//! Whether bytes can be what an end of a connection says: a type that there is, and a length that it may have.
//!
//! It is how digits that somebody printed as a message are told from digits of a pointer, a hash or a date.

use pgscope_proto::frame::{Header, Shape, header, length_word, limits};
use pgscope_proto::{Direction, read};

/// A longer message is not pasted among words.
const LONGEST: u32 = 1 << 20;

/// Whether a message of either end begins here.
pub(crate) fn begins(bytes: &[u8]) -> bool {
    let is_message = |side: Direction| {
        let is_type = bytes.first().is_some_and(|tag| limits(side, *tag).1 > 0);
        is_type && length_word(bytes).is_some_and(|length| (4..=LONGEST).contains(&length))
    };
    Direction::BOTH.into_iter().any(is_message) || starts(bytes)
}

/// Whether a packet begins here that opens a connection.
fn starts(bytes: &[u8]) -> bool {
    let is_packet = matches!(header(Shape::Packet, Direction::Frontend, bytes), Header::Length(_));
    let code = read::startup_code(bytes);
    is_packet && code.is_some_and(|code| code >> 16 == 3 || (80_877_102..=80_877_104).contains(&code))
}

/// How far a message is looked for.
const LOOKED_AT: usize = 4096;

/// Whether a message begins anywhere in the first of these bytes, or they are too few to tell.
pub(crate) fn may_be(bytes: &[u8]) -> bool {
    (1..5).contains(&bytes.len())
        || (0..bytes.len().min(LOOKED_AT)).any(|at| begins(bytes.get(at..).unwrap_or_default()))
}
