//! What each end of a connection is doing after each message: inferred from what was said, for any exchange.
//!
//! An end is where the messages that it must have read have brought it. A message that the other end has sent may lie unread
//! in its buffer: a server reads the next request when it has answered the last one, a client that sends COPY data looks at
//! nothing before it is done. What an end *waits* for follows: it is blocked in a read, and nothing lies in its buffer.

mod client;
mod course;
mod inbox;
mod receiver;
mod server;

use std::collections::VecDeque;

use pgscope_proto::conversation::{Client, Reads, STEPS, Server};
use pgscope_proto::messages::{asynchronous, copy, extended_query, simple_query};
use pgscope_proto::schema::Chapter;
use pgscope_proto::{Direction, Message};

pub use self::course::Course;
pub use self::inbox::{Inbox, Instant, Piece, Read, ahead, instant_after, instants};
use crate::index::{Entry, Index};

/// A request that the server has not answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Request {
    /// Its frame.
    pub number: usize,
    /// Its message.
    pub message: &'static Message,
}

/// What an end waits for, when it is blocked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Waits {
    /// For nothing: it is working, or it is its own turn.
    Not,
    /// For a start-up packet: four bytes of length first.
    Packet,
    /// For one byte.
    Byte,
    /// For a type byte and a length.
    Message,
    /// For a TLS record or a GSSAPI packet.
    Opaque,
    /// For the end of the connection.
    End,
    /// For the rest of a message whose length is wrong, or that was cut.
    Rest,
}

impl From<Reads> for Waits {
    fn from(reads: Reads) -> Self {
        match reads {
            Reads::Nothing => Waits::Not,
            Reads::Packet => Waits::Packet,
            Reads::Byte => Waits::Byte,
            Reads::Message => Waits::Message,
            Reads::Opaque => Waits::Opaque,
            Reads::End => Waits::End,
        }
    }
}

impl Waits {
    /// What the read that blocks is for, in words; nothing if none does.
    pub const fn words(self) -> Option<&'static str> {
        match self {
            Waits::Not => None,
            Waits::Packet => Some("a start-up packet"),
            Waits::Byte => Some("one byte"),
            Waits::Message => Some("a message"),
            Waits::Opaque => Some("an encrypted record"),
            Waits::End => Some("the end of the connection"),
            Waits::Rest => Some("the rest of a message"),
        }
    }
}

/// What is known of what comes next, where more of the exchange is known than what an end has seen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Ahead {
    /// Whether the client says anything more.
    pub client_goes_on: bool,
    /// Whether the next message is the server's.
    pub server_speaks: bool,
    /// The request to which its next error is the answer.
    pub fails: Option<usize>,
    /// Whether something has arrived since: what could be done at once is done.
    pub is_later: bool,
}

fn is_end_of_round(message: &'static Message) -> bool {
    [&extended_query::SYNC, &extended_query::FLUSH].contains(&message)
}

/// Both ends, and what they have in common, after some message.
#[derive(Clone, Debug, PartialEq)]
pub struct Ends {
    /// The state of the client.
    pub client: Client,
    /// The state of the server.
    pub server: Server,
    /// The transaction's status, as the last ReadyForQuery gave it: I, T or E.
    pub transaction: u8,
    /// The request that the last message of the server belongs to.
    pub answering: Option<usize>,
    /// Requests that the server has received and not read.
    pub unread: VecDeque<Request>,
    current: Option<Request>,
    owes: bool,
    /// Whether the client's question for encryption was refused, and it has not said anything since: it reads nothing then.
    is_refused: bool,
    /// Whether the client's last message is one that the server need not answer before a Sync or Flush.
    unpushed: bool,
    /// What the client has asked and not heard the end of.
    asked: VecDeque<&'static Message>,
    held: VecDeque<(&'static Message, Vec<u8>)>,
    /// Where the receiver of each direction reads on, if that is not where the next message begins: it has lost its place.
    place: [Option<usize>; 2],
    /// Whether the recording begins inside the conversation, and it has not been certain since what is owed.
    begins_later: bool,
}

/// Where a client and a server are that say this first to whoever begins to listen. Where more than one place can be it, it is the
/// one at which most recordings begin.
fn places_before(direction: Direction, message: &'static Message) -> (Client, Server) {
    let is = |all: &[&'static Message]| all.contains(&message);
    match (message.chapter, direction) {
        (_, Direction::Backend) if is(&[&asynchronous::PARAMETER_STATUS, &asynchronous::BACKEND_KEY_DATA]) => {
            (Client::Starting, Server::Starting)
        }
        (Chapter::Startup | Chapter::Unknown, _) => Default::default(),
        (Chapter::Authentication, Direction::Backend) => (Client::Authentication, Server::StartUp),
        (Chapter::Authentication, Direction::Frontend) => (Client::Authentication, Server::Password),
        (Chapter::Copy, Direction::Frontend) => (Client::CopyIn, Server::CopyIn),
        (Chapter::Copy, Direction::Backend) if is(&[&copy::COPY_DATA, &copy::COPY_DONE]) => {
            (Client::CopyOut, Server::Query)
        }
        (_, Direction::Frontend) => (Client::Ready, Server::Idle),
        (_, Direction::Backend) if is(&[&asynchronous::NOTIFICATION_RESPONSE]) => (Client::Ready, Server::Idle),
        (Chapter::ExtendedQuery, Direction::Backend) => (Client::Busy, Server::Extended),
        (Chapter::FunctionCall, Direction::Backend) => (Client::Busy, Server::FunctionCall),
        (_, Direction::Backend) => (Client::Busy, Server::Query),
    }
}

/// Whether what ends the first round is the answer to a Sync that is said in the recording: a server reads that.
fn is_ended_by_sync(index: &Index) -> bool {
    let mut first = (0..MOST_AHEAD).map_while(|number| index.entry(number));
    let ready = first.find(|entry| *entry.message == simple_query::READY_FOR_QUERY);
    let asked = ready.and_then(|ready| index.entry(index.request(ready.number)?));
    asked.is_some_and(|asked| *asked.message == extended_query::SYNC)
}

/// So many messages are looked at for that.
const MOST_AHEAD: usize = 1000;

impl Default for Ends {
    fn default() -> Self {
        Self {
            client: Client::default(),
            server: Server::default(),
            transaction: b'I',
            answering: None,
            unread: VecDeque::new(),
            current: None,
            owes: false,
            is_refused: false,
            unpushed: false,
            asked: VecDeque::new(),
            held: VecDeque::new(),
            place: [None; 2],
            begins_later: false,
        }
    }
}

impl Ends {
    /// Both ends before the first message of an exchange: where a recording begins later, they are where that can be said.
    pub fn before(index: &Index) -> Self {
        let Some(first) = index.entry(0) else { return Self::default() };
        let (client, mut server) = places_before(first.direction, first.message);
        if server == Server::Query && is_ended_by_sync(index) {
            server = Server::Extended;
        }
        let begins_later = client != Client::default();
        Self { client, server, begins_later, ..Self::default() }
    }

    /// What it costs to keep them, in entries of about a frame's size.
    fn weight(&self) -> usize {
        let bytes: usize = self.held.iter().map(|(_, bytes)| bytes.len() + 64).sum();
        bytes / 32 + self.unread.len() + self.asked.len() / 4
    }

    /// Whether the receiver of what `direction` says has lost its place in it.
    fn is_lost(&self, direction: Direction) -> bool {
        self.place.get(direction.index()).is_some_and(Option::is_some)
    }

    /// Where in the stream of an end the other one believes that a message begins, where it has lost its place by a length and
    /// reads on.
    pub fn astray(&self, of: Direction) -> Option<usize> {
        let is_put_off = of == Direction::Backend && self.is_refused;
        self.place.get(of.index()).copied().flatten().filter(|place| *place < usize::MAX && !is_put_off)
    }

    /// What the client waits for.
    pub fn client_waits(&self) -> Waits {
        match self.client {
            Client::Closed => Waits::Not,
            _ if self.is_lost(Direction::Backend) => Waits::Rest,
            // The byte has come.
            Client::AskedForEncryption if !self.owes => Waits::Not,
            // The client's last words push nothing: it goes on with Sync or Flush before it reads.
            Client::Authentication | Client::Starting | Client::Busy | Client::CopyOut | Client::CopyBoth
                if self.unpushed =>
            {
                Waits::Not
            }
            // A challenge was sent: the server waits, and it is the client's turn.
            Client::Authentication if matches!(self.server, Server::Password | Server::Sasl) && !self.owes => {
                Waits::Not
            }
            state => Waits::from(state.state().reads),
        }
    }

    /// What the server waits for.
    pub fn server_waits(&self) -> Waits {
        if self.owes || !self.unread.is_empty() {
            return Waits::Not;
        }
        match self.server {
            Server::Closed => Waits::Not,
            _ if self.is_lost(Direction::Frontend) && self.is_reading() => Waits::Rest,
            state => Waits::from(state.state().reads),
        }
    }

    /// The requests whose answers a server has put into its buffer and not sent: it does so until Sync, Flush, an error, or more
    /// than there is room for.
    pub fn kept_back(&self, ahead: &Ahead) -> Vec<Request> {
        let kept = self.kept(ahead);
        let is_sent = ahead.fails.is_some_and(|fails| self.unanswered().any(|request| request.number >= fails));
        if is_sent { Vec::new() } else { kept }
    }

    /// The steps that it has answered into its buffer, up to one that fails.
    fn kept(&self, ahead: &Ahead) -> Vec<Request> {
        let is_answered = |request: &Request| {
            STEPS.contains(&request.message) && ahead.fails.is_none_or(|fails| request.number < fails)
        };
        let kept: Vec<Request> = self.unanswered().take_while(is_answered).collect();
        let ends_round = self.unanswered().nth(kept.len());
        let is_kept = match ends_round {
            None => !ahead.server_speaks,
            Some(request) => is_end_of_round(request.message) || Some(request.number) == ahead.fails,
        };
        if self.server == Server::Extended && is_kept { kept } else { Vec::new() }
    }

    fn unanswered(&self) -> impl Iterator<Item = Request> {
        self.current.filter(|_| self.owes).into_iter().chain(self.unread.iter().copied())
    }

    /// The same where it is known what comes next. A client that says nothing more reads. A server has put the answers to all
    /// steps of a round into its buffer, and reads on, or sends them at a Sync or Flush. Behind a step that fails it has skipped.
    #[must_use]
    pub fn given(mut self, ahead: &Ahead) -> Self {
        self.unpushed &= ahead.client_goes_on;
        let kept = self.kept(ahead).len();
        let mut rest = self.unanswered().skip(kept).collect::<VecDeque<_>>();
        let fails = rest.front().is_some_and(|request| Some(request.number) == ahead.fails);
        if kept == 0 && !fails {
            return self;
        }
        if fails && (rest.len() > 1 || ahead.is_later) {
            self.server = Server::Skipping;
            rest.pop_front();
            while rest.pop_front_if(|request| *request.message != extended_query::SYNC).is_some() {}
        }
        let ends_round = rest.pop_front();
        self.current = ends_round.filter(|_| !ahead.is_later || !rest.is_empty());
        self.owes = self.current.is_some();
        self.unread = rest;
        if ends_round.is_some_and(|request| *request.message == extended_query::SYNC) {
            self.server = if self.owes { Server::Sync } else { Server::Idle };
        }
        self
    }

    /// What the client has asked and not heard the end of.
    pub fn asked(&self) -> impl Iterator<Item = &'static Message> {
        self.asked.iter().copied()
    }

    /// The ends when a message was said, and not read yet.
    fn said(&mut self, entry: &Entry, stream: &[u8]) {
        match entry.direction {
            Direction::Frontend => {
                self.unpushed = STEPS.contains(&entry.message);
                self.client_says(entry.message);
            }
            Direction::Backend => self.server_says(entry.message, entry.span.of(stream)),
        }
    }

    /// The ends after one more message. `stream` is what its direction has said, up to the end of the message.
    fn step(&mut self, entry: &Entry, stream: &[u8]) {
        self.said(entry, stream);
        self.receive(entry, stream);
        if self.begins_later && *entry.message == simple_query::READY_FOR_QUERY && self.asked.is_empty() {
            self.settle();
        }
    }

    /// Of a recording that begins later it is not known what the first answers were to. When the client has heard the end of all that it
    /// asked, a server has nothing left to read.
    fn settle(&mut self) {
        self.begins_later = false;
        self.server = Server::Idle;
        self.unread.clear();
        self.current = None;
        self.owes = false;
    }
}
