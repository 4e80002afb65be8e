//! Talking to a simulated peer in lines: what a line says, a whole script of them played, and what one can be asked to try.

mod line;
mod missions;
#[cfg(feature = "sim")]
mod played;

pub use line::{Said, pointed, said};
pub use missions::{Mission, missions};
#[cfg(feature = "sim")]
pub use played::{run, talk};

use pgscope_proto::written::{said_by, show, word};
use pgscope_proto::{Direction, Message};
use pgscope_session::Index;
use serde::{Deserialize, Serialize};

/// A message that one can say, as a line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sayable {
    /// Its name.
    pub name: String,
    /// A line that says one.
    pub line: String,
    /// Whether it may be said now.
    pub may: bool,
}

/// All messages of a side, with what may be said behind a message marked.
pub fn sayable(index: Option<&Index>, side: Direction, number: Option<usize>) -> Vec<Sayable> {
    let next = index.zip(number).and_then(|(index, number)| index.next_after(number));
    let begins = number.is_none();
    let of = |message: &'static Message| {
        let may = match (&next, side) {
            (Some(next), Direction::Frontend) => next.client.contains(&message),
            (Some(next), Direction::Backend) => next.server.contains(&message),
            (None, Direction::Frontend) => begins && FIRST.contains(&message.field.id),
            (None, Direction::Backend) => false,
        };
        Some(Sayable { name: word(&message.field), line: show(message, message.sample)?, may })
    };
    said_by(side).filter_map(of).collect()
}

/// With what a client may begin.
const FIRST: &[&str] = &["startup", "sslrequest", "gssencrequest", "cancelrequest"];
