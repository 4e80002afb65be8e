//! What both ends have in common: what goes in, what comes out, and the log that each keeps of itself.

use pgscope_proto::Direction;

use crate::report::Report;

/// What happens to an end.
#[derive(Clone, Debug)]
pub enum Input {
    /// The connection is made.
    Connected,
    /// Bytes arrived.
    Bytes(Vec<u8>),
    /// The other end has closed its side, orderly.
    End,
    /// The connection was reset.
    Reset,
    /// The time that the end asked for has come.
    Timer,
    /// Something from outside the connection.
    Event(Event),
}

/// Something that no message on this connection brings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// A CancelRequest with the right key reached the server.
    Cancel,
    /// An administrator ends the session.
    Terminate,
    /// Another server process crashed, and takes this one along.
    Crash,
    /// Another session notifies a channel.
    Notify {
        /// The process that notifies.
        pid: u32,
        /// The channel.
        channel: String,
        /// What it says.
        payload: String,
    },
    /// The configuration was reloaded: a setting has changed.
    Reload {
        /// Which.
        name: String,
        /// Its new value.
        value: String,
    },
}

/// What an end wants.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Output {
    /// To send bytes.
    Send(Vec<u8>),
    /// To close the connection; a server with unread input resets it.
    Close {
        /// Whether the other end sees a reset in place of an orderly end.
        reset: bool,
    },
    /// To close its own direction only.
    Shut,
    /// Nothing on the wire: these bytes came out of an encrypted record.
    Inner(Vec<u8>),
    /// To be woken at this time.
    WakeAt(u64),
    /// To cancel, on a connection of its own, what this one is doing.
    Cancel {
        /// The whole CancelRequest.
        packet: Vec<u8>,
        /// Whether SSLRequest goes first.
        asks_tls: bool,
    },
    /// That a CancelRequest arrived: whoever knows all servers passes it on.
    Cancelled {
        /// The process that it names.
        pid: u32,
        /// The key that it shows.
        key: Vec<u8>,
    },
    /// To tell its user something: text as the real program prints it.
    Tell(String),
}

/// What an end waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Awaits {
    /// The length of a start-up packet, four bytes.
    Packet,
    /// One byte: whether encryption is wanted.
    Byte,
    /// A type byte and a length, five bytes.
    Message,
    /// So many more bytes of a message whose length it knows.
    Rest(usize),
    /// A TLS record.
    Record,
    /// The end of the connection: nothing more is said on it.
    End,
    /// What its user does next.
    User,
    /// A moment: it is working.
    Time,
    /// Nothing: it is closed.
    Nothing,
}

/// What an end did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum What {
    /// It read a message: its name, and how many bytes of the other end it had read behind it.
    Read(&'static str, usize),
    /// It said a message: its name, and how many bytes it had said behind it.
    Said(&'static str, usize),
    /// It found no whole message, and blocks in a read.
    Blocked,
    /// Bytes, an end or a time woke it.
    Woke,
    /// Something it thought, in words.
    Noted(String),
    /// A report that it sent or got.
    Reported(Report),
    /// It closed.
    Closed,
}

/// One line of the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Logged {
    /// When, in microseconds of the virtual clock.
    pub at_us: u64,
    /// What it did.
    pub what: What,
    /// Its state afterwards.
    pub state: &'static str,
    /// The status of its transaction afterwards, as ReadyForQuery writes it.
    pub transaction: u8,
    /// What it waits for afterwards.
    pub awaits: Awaits,
}

/// What an end did, in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Log {
    /// Whose log it is.
    pub side: Direction,
    /// Its lines.
    pub lines: Vec<Logged>,
}

impl Log {
    pub(crate) fn new(side: Direction) -> Self {
        Self { side, lines: Vec::new() }
    }
}
