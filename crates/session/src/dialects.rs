//! What other servers of this family say in forms of their own: no mistakes, but not PostgreSQL's either. A message that is
//! known to be one of these has a note in place of what would be wrong with it.

use pgscope_proto::messages::{authentication, copy, startup};
use pgscope_proto::{CopyContent, Direction, Message, Problem, Span};

use crate::index::Entry;

/// Which dialect the message is of, in a sentence, and the bytes that show it.
fn known(message: &'static Message, bytes: &[u8]) -> Option<(Span, &'static str)> {
    if *message == authentication::AUTHENTICATION_SASL
        && matches!(bytes.get(9..13), Some([0, 0, 0, _]))
        && bytes.len() > 13
    {
        let words = "openGauss asks for a hash of its own under code 10: how the password is stored, a random salt, a token and the number of rounds, where PostgreSQL lists mechanisms";
        return Some((Span::new(5, bytes.len()), words));
    }
    if *message == startup::UNKNOWN_STARTUP && matches!(bytes.get(4), Some(0x70..=0x7f)) {
        let words =
            "Greenplum: its dispatcher connects to a segment, with 0x70 in front of the version. PostgreSQL refuses it";
        return Some((Span::new(4, 8.min(bytes.len())), words));
    }
    None
}

/// The fields of one report of a standby under the letter of another: its length is the other's.
fn swapped(message: &'static Message, bytes: &[u8]) -> Option<(&'static str, &'static str)> {
    let is_copy = *message == copy::COPY_DATA;
    match bytes.get(5..).filter(|_| is_copy)? {
        [b'h', rest @ ..] if rest.len() == STATUS => {
            Some(("a hot standby feedback (h)", "a standby status update (r)"))
        }
        [b'r', rest @ ..] if rest.len() == FEEDBACK => {
            Some(("a standby status update (r)", "a hot standby feedback (h)"))
        }
        _ => None,
    }
}

/// What a standby status update and a hot standby feedback have behind their letter.
const STATUS: usize = 33;
const FEEDBACK: usize = 24;

/// Puts a warning in place of what is wrong with fields that stand under the wrong letter.
pub(crate) fn name_swapped(entry: &Entry, bytes: &[u8], problems: &mut Vec<Problem>) {
    let is_replication =
        matches!(entry.context().copy, CopyContent::Physical | CopyContent::Logical | CopyContent::OtherPlugin);
    let found = swapped(entry.message, bytes).filter(|_| is_replication && entry.direction == Direction::Frontend);
    if let Some((letter, fields)) = found.filter(|_| !problems.is_empty()) {
        let message = format!(
            "the letter says {letter}, but these are the fields of {fields}: the server takes positions for transactions, and keeps its log for ever"
        );
        *problems = vec![Problem::error("L50", Span::new(5, 6), message, "the letter of the fields").warning()];
    }
}

/// Puts a note in place of the problems of a message that is of a known dialect.
pub(crate) fn name(message: &'static Message, bytes: &[u8], problems: &mut Vec<Problem>) {
    if let Some((span, words)) = known(message, bytes).filter(|_| !problems.is_empty()) {
        *problems = vec![Problem::error("D06", span, words, "nothing: this server understands it").note()];
    }
}
