//! What other servers of this family say in forms of their own: no mistakes, but not PostgreSQL's either. A message that is
//! known to be one of these has a note in place of what would be wrong with it.

use pgscope_proto::messages::{authentication, startup};
use pgscope_proto::{Message, Problem, Span};

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

/// Puts a note in place of the problems of a message that is of a known dialect.
pub(crate) fn name(message: &'static Message, bytes: &[u8], problems: &mut Vec<Problem>) {
    if let Some((span, words)) = known(message, bytes).filter(|_| !problems.is_empty()) {
        *problems = vec![Problem::error("D06", span, words, "nothing: this server understands it").note()];
    }
}
