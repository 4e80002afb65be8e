//! Where a cycle ends and the next begins. A transaction of logical replication is one, or a streamed piece of it.

use pgscope_proto::Direction;
use pgscope_proto::conversation::{ANYTIME, Asks};
use pgscope_proto::messages::{copy, simple_query, startup};
use pgscope_session::{Entry, Index};

/// Follows requests, and what ends them.
#[derive(Clone, Debug)]
pub(super) struct Borders {
    /// Whether the server's side is there at all: its ReadyForQuery ends a cycle.
    answered: bool,
    /// The last request that a ReadyForQuery will answer.
    asked: Option<usize>,
    state: State,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// The connection is being set up.
    Startup,
    /// Something is asked or answered.
    Open,
    /// Everything was answered.
    Done,
    /// Everything was answered, and then the server spoke unasked.
    Unasked,
    /// A transaction is being sent.
    Transaction,
    /// It was sent, or a piece of it.
    Sent,
}

impl Borders {
    pub(super) fn new(answered: bool) -> Self {
        Self { answered, asked: None, state: State::Done }
    }

    /// Whether a cycle begins with this message; it must be given all of them in order. `inner` is the type of the message of
    /// logical replication that it carries.
    pub(super) fn begins(&mut self, index: &Index, entry: &Entry, inner: Option<u8>) -> bool {
        if let Some(tag) = inner {
            return self.replicates(tag);
        }
        let begins = match self.state {
            State::Done => entry.number == 0 || !belongs_to_last(entry),
            State::Unasked => !is_unasked(entry),
            State::Startup => !self.answered && is_request(entry),
            State::Open | State::Transaction => false,
            State::Sent => true,
        };
        self.step(index, entry, begins);
        begins
    }

    /// The same for a message of logical replication.
    fn replicates(&mut self, tag: u8) -> bool {
        // Begin, Begin Prepare and Stream Start; Commit, Prepare and Stream Stop; what is said of a transaction that was sent before.
        let (opens, closes, alone) = (b"BbS".contains(&tag), b"CPE".contains(&tag), b"cApKr".contains(&tag));
        let begins = opens || alone || self.state == State::Sent;
        self.state = match self.state {
            _ if opens => State::Transaction,
            _ if closes || alone => State::Sent,
            State::Sent => State::Open,
            state => state,
        };
        begins
    }

    fn step(&mut self, index: &Index, entry: &Entry, begins: bool) {
        let message = entry.message;
        if begins {
            self.state = if is_unasked(entry) { State::Unasked } else { State::Open };
        }
        if begins && *message == simple_query::TERMINATE {
            self.state = State::Done;
        } else if message.chapter == startup::STARTUP_MESSAGE.chapter && entry.direction == Direction::Frontend {
            self.state = State::Startup;
            self.asked = Some(entry.number);
        } else if asks(entry).is_some_and(Asks::ends_round) {
            self.asked = Some(entry.number);
            self.state = if self.answered { State::Open } else { State::Done };
        } else if *message == simple_query::READY_FOR_QUERY {
            // Where its request was not seen, it is taken to end everything.
            let is_last = index.request(entry.number).is_none_or(|request| Some(request) >= self.asked);
            self.state = if is_last { State::Done } else { State::Open };
        }
    }
}

/// Whether it is COPY data that the server does not want any more, or of which only the client's side was heard.
fn belongs_to_last(entry: &Entry) -> bool {
    let copied = [&copy::COPY_DATA, &copy::COPY_DONE, &copy::COPY_FAIL];
    entry.direction == Direction::Frontend && copied.contains(&entry.message)
}

/// Whether the server says it without being asked.
fn is_unasked(entry: &Entry) -> bool {
    ANYTIME.contains(&entry.message)
}

/// Whether a client that was let in asks for something by it.
fn is_request(entry: &Entry) -> bool {
    let is_asked = asks(entry).is_some_and(|asks| asks != Asks::Sync) && entry.message.tag().is_some();
    is_asked || *entry.message == simple_query::TERMINATE
}

/// What it asks for. Which of the two Describes it is makes no border.
fn asks(entry: &Entry) -> Option<Asks> {
    Asks::of(entry.message, &[]).filter(|_| entry.direction == Direction::Frontend)
}
