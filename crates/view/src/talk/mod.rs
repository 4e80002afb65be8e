//! Talking to a simulated peer in lines: what a line says, a whole script of them played, and what one can be asked to try.

mod kept;
mod line;
mod missions;
#[cfg(feature = "sim")]
mod played;

pub use kept::{says, scenario};
pub use line::{Said, pointed, said};
pub use missions::{Mission, is_closed, missions};
#[cfg(feature = "sim")]
pub use played::{Ran, run, talk};

use pgscope_proto::written::{said_by, word};
use pgscope_proto::{Direction, Message};
use serde::{Deserialize, Serialize};

use crate::Indexed;
use crate::programs::possible;

/// A message that one can say.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sayable {
    /// Its name.
    pub name: String,
    /// Whether it may be said now.
    pub may: bool,
}

/// All messages of a side, with what may be said behind a message marked.
pub fn sayable(indexed: &Indexed, side: Direction) -> Vec<Sayable> {
    let last = indexed.index.len().checked_sub(1).and_then(|last| indexed.index.entry(last));
    let possible = last.map(|last| possible(indexed, &last)).unwrap_or_default();
    let of = |message: &'static Message| {
        let begins = last.is_none() && side == Direction::Frontend && FIRST.contains(&message.field.id);
        let may = begins || possible.contains(&(side, message));
        Sayable { name: word(&message.field), may }
    };
    said_by(side).map(of).collect()
}

/// With what a client may begin.
const FIRST: &[&str] = &["startup", "sslrequest", "gssencrequest", "cancelrequest"];

#[cfg(all(test, feature = "docs"))]
mod tests {
    use pgscope_proto::written::{said_by, show, word};

    use super::*;

    /// The file that a page fetches: a line that says a sample of each message, behind its name. The page itself has no samples.
    #[test]
    fn a_line_of_each_message_stands_in_a_file() {
        let mut lines = String::new();
        for side in Direction::BOTH {
            for message in said_by(side) {
                let Some(line) = show(message, message.sample) else { continue };
                let bytes = said(side, &line);
                assert_eq!(bytes, Ok(Said::Bytes(message.sample.to_vec())), "{line}");
                lines.push_str(&format!("{}\t{}\t{line}\n", side.name(), word(&message.field)));
            }
        }
        expect_test::expect_file!["../../../../web/talk/lines.txt"].assert_eq(&lines);
    }
}
