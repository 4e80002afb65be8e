//! A client: what its user wants, what it reads of a server's bytes, and what libpq would say of them.
//!
//! One state, one [`Client::handle`]. It works through its [`Action`]s as a program over libpq does: an action that needs an
//! answer blocks until the answer is whole. It keeps a [`Log`] of itself, and tells its user what libpq 18 would.

mod act;
mod connect;
mod read;
mod receive;

use std::collections::VecDeque;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use pgscope_proto::encode::Value;
use pgscope_proto::{Direction, Message};

use crate::end::{Awaits, Input, Log, Logged, Output, What};
use crate::inbox::Inbox;
use crate::outbox::Outbox;
use crate::random::Random;
use crate::scram::ClientScram;
use crate::tls::{Received, Tls};

/// What the client's user does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// Query, and its answer up to ReadyForQuery. Without `waits` the answer is not waited for.
    Query {
        /// The SQL.
        sql: String,
        /// Whether to wait.
        waits: bool,
    },
    /// Parse.
    Parse {
        /// The statement's name.
        name: String,
        /// The SQL.
        sql: String,
        /// The types of parameters that are said in advance.
        types: Vec<u32>,
    },
    /// Bind.
    Bind {
        /// The portal's name.
        portal: String,
        /// The statement's name.
        statement: String,
        /// The parameters.
        values: Vec<Option<Vec<u8>>>,
        /// Their formats.
        formats: Vec<u16>,
        /// The formats of the result's columns.
        results: Vec<u16>,
    },
    /// Describe: S or P, and the name.
    Describe(u8, String),
    /// Execute, with so many rows at most.
    Execute(String, u32),
    /// Close: S or P, and the name.
    Close(u8, String),
    /// Flush, and the answers that it pushes out.
    Flush,
    /// Sync. Without `waits` the answers are not waited for.
    Sync {
        /// Whether to wait.
        waits: bool,
    },
    /// Until everything that was asked is answered.
    Await,
    /// Until another session's NotificationResponse has come.
    AwaitNotification,
    /// Until so many CopyData of a stream have come.
    AwaitData(usize),
    /// CopyData.
    CopyData(Vec<u8>),
    /// CopyDone, and the answer.
    CopyDone,
    /// CopyFail with a reason, and the answer.
    CopyFail(String),
    /// FunctionCall.
    Function {
        /// The function.
        oid: u32,
        /// Its arguments.
        arguments: Vec<Option<Vec<u8>>>,
        /// The format of arguments and result.
        format: u16,
    },
    /// Nothing, for so many microseconds.
    Sleep(u64),
    /// CancelRequest on a connection of its own.
    Cancel {
        /// Whether SSLRequest goes first.
        asks_tls: bool,
        /// Whether the key is wrong.
        wrong_key: bool,
    },
    /// Standby status update, in a stream.
    Status {
        /// How far everything is written and flushed.
        lsn: u64,
        /// Whether the server is to answer.
        asks: bool,
    },
    /// Bytes as they are.
    Raw(Vec<u8>),
    /// Bytes as they are, which who says them takes for a Query: its answer is waited for.
    RawQuery(Vec<u8>),
    /// Terminate, and close.
    Terminate,
    /// Close without a word.
    Drop,
    /// Close this side only: no more will be said, but what comes is read.
    Shut,
}

/// How a client connects.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// The user.
    pub user: String,
    /// The database.
    pub database: String,
    /// The password, if there is one.
    pub password: Option<String>,
    /// The version of the protocol, as its word.
    pub protocol: u32,
    /// Further pairs of the StartupMessage.
    pub parameters: Vec<(String, String)>,
    /// Whether to ask for TLS.
    pub tls: TlsWish,
    /// Whether to ask for GSSAPI encryption.
    pub gss: bool,
    /// Whether to send the StartupMessage without waiting for an answer to anything before it.
    pub raw: bool,
    /// The channel-binding flag of SCRAM: `n`, or `y` for a client that could bind and believes the server cannot.
    pub binding_flag: char,
    /// The CancelRequest that is said in place of a StartupMessage, if the connection is there for that.
    pub cancels: Option<Vec<u8>>,
}

impl Settings {
    /// A connection that carries this CancelRequest, behind an SSLRequest if so.
    pub fn cancelling(packet: Vec<u8>, asks_tls: bool) -> Self {
        let tls = if asks_tls { TlsWish::Prefer } else { TlsWish::Disable };
        Self { tls, cancels: Some(packet), ..Self::default() }
    }
}

/// What a client wants of TLS.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TlsWish {
    /// Nothing.
    #[default]
    Disable,
    /// To ask, and to go on without.
    Prefer,
    /// To ask, and to give up without.
    Require,
    /// To begin with it, without asking.
    Direct,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            user: "alice".to_owned(),
            database: "shop".to_owned(),
            password: None,
            protocol: 3 << 16,
            parameters: Vec::new(),
            tls: TlsWish::Disable,
            gss: false,
            raw: false,
            binding_flag: 'n',
            cancels: None,
        }
    }
}

/// Where a client is.
#[derive(Clone, Debug)]
enum State {
    /// It has not said anything.
    New,
    /// It asked for GSSAPI encryption.
    AskedGss,
    /// It asked for TLS.
    AskedTls,
    /// It is in the TLS handshake.
    Tls,
    /// It sent the StartupMessage, and does what the server asks.
    Authenticating(Option<Box<ClientScram>>),
    /// It is let in, and reads settings up to the first ReadyForQuery.
    Starting,
    /// It sent a CancelRequest, and waits until the server hangs up: only then has the request been handled.
    Cancelling,
    /// It works through its actions.
    Ready,
    /// It sends COPY data.
    CopyIn,
    /// It takes COPY data.
    CopyOut,
    /// Both.
    CopyBoth,
    /// It is gone.
    Closed,
}

/// What was asked and is not answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Asked {
    /// A query, up to its ReadyForQuery.
    Query,
    /// A function, up to its ReadyForQuery.
    Function,
    /// A message of the extended protocol, by its tag.
    Step(u8),
    /// A Sync.
    Sync,
}

/// What an action waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Wait {
    Answers,
    Notification,
    Data(usize),
    Until(u64),
}

/// All names that a client's state can have.
pub const STATES: &[&str] = &[
    "new",
    "asked for encryption",
    "encryption",
    "authentication",
    "starting",
    "cancelling",
    "ready",
    "busy",
    "copy in",
    "copy out",
    "copy both",
    "closed",
];

/// A simulated client, with one connection.
#[derive(Clone, Debug)]
pub struct Client {
    settings: Settings,
    actions: VecDeque<Action>,
    random: Random,
    state: State,
    wait: Option<Wait>,
    asked: VecDeque<Asked>,
    /// The columns of the rows that come now.
    columns: Option<usize>,
    /// The result that is being read has failed: rows are thrown away.
    failed: bool,
    notifications: usize,
    data: usize,
    transaction: u8,
    pid: u32,
    key: Vec<u8>,
    negotiated: Option<u32>,
    inbox: Inbox,
    outbox: Outbox,
    tls: Option<Tls>,
    outputs: Vec<Output>,
    log: Log,
    now_us: u64,
}

impl Client {
    /// A client with these settings and plans.
    pub fn new(settings: Settings, actions: Vec<Action>, random: Random) -> Self {
        Self {
            settings,
            actions: actions.into(),
            random,
            state: State::New,
            wait: None,
            asked: VecDeque::new(),
            columns: None,
            failed: false,
            notifications: 0,
            data: 0,
            transaction: b'I',
            pid: 0,
            key: Vec::new(),
            negotiated: None,
            inbox: Inbox::default(),
            outbox: Outbox::default(),
            tls: None,
            outputs: Vec::new(),
            log: Log::new(Direction::Frontend),
            now_us: 0,
        }
    }

    /// Takes one input at this time, and gives what the client wants done.
    pub fn handle(&mut self, input: Input, now_us: u64) -> Vec<Output> {
        self.now_us = self.now_us.max(now_us);
        if matches!(self.state, State::Closed) {
            return Vec::new();
        }
        match input {
            Input::Connected => self.begin(),
            Input::Bytes(bytes) => self.received(&bytes),
            Input::End => {
                self.write(What::Woke);
                self.inbox.end();
            }
            Input::Reset => self.reset(),
            Input::Timer | Input::Event(_) => self.write(What::Woke),
        }
        self.go_on();
        std::mem::take(&mut self.outputs)
    }

    /// One more thing to do, after what is planned.
    pub fn push(&mut self, action: Action) {
        self.actions.push_back(action);
    }

    /// The name of its state, one of [`STATES`].
    pub fn state(&self) -> &'static str {
        match self.state {
            State::New => "new",
            State::AskedGss | State::AskedTls => "asked for encryption",
            State::Tls => "encryption",
            State::Authenticating(_) => "authentication",
            State::Starting => "starting",
            State::Cancelling => "cancelling",
            State::Ready if self.asked.is_empty() => "ready",
            State::Ready => "busy",
            State::CopyIn => "copy in",
            State::CopyOut => "copy out",
            State::CopyBoth => "copy both",
            State::Closed => "closed",
        }
    }

    /// Whether it has nothing left to do.
    pub fn is_done(&self) -> bool {
        self.actions.is_empty() && self.wait.is_none()
    }

    /// What it did so far.
    pub fn log(&self) -> &Log {
        &self.log
    }

    /// What it waits for.
    pub fn awaits(&self) -> Awaits {
        match &self.state {
            State::Closed => Awaits::Nothing,
            State::New | State::CopyIn => Awaits::User,
            State::AskedGss | State::AskedTls => Awaits::Byte,
            State::Tls => Awaits::Record,
            State::Cancelling => Awaits::End,
            State::Ready if self.wait.is_none() && self.asked.is_empty() => Awaits::User,
            _ if matches!(self.wait, Some(Wait::Until(_))) => Awaits::Time,
            _ => {
                let length = self.inbox.length().map(|length| length as usize + 1);
                let missing = length.map(|length| length.saturating_sub(self.inbox.unread().len()));
                missing.filter(|missing| *missing > 0).map_or(Awaits::Message, Awaits::Rest)
            }
        }
    }

    fn received(&mut self, bytes: &[u8]) {
        self.write(What::Woke);
        let Some(tls) = &mut self.tls else { return self.inbox.push(bytes) };
        match tls.receive(bytes) {
            Received::Plain { plain, answer } => {
                self.outputs.extend((!answer.is_empty()).then_some(Output::Send(answer)));
                if !plain.is_empty() {
                    self.inbox.push(&plain);
                    self.outputs.push(Output::Inner(plain));
                }
                if matches!(self.state, State::Tls) && self.tls.as_ref().is_some_and(Tls::is_established) {
                    self.startup();
                }
            }
            Received::Broken { alert, why } => {
                self.outputs.extend((!alert.is_empty()).then_some(Output::Send(alert)));
                self.give_up(format!("SSL error: {why}"));
            }
        }
    }

    fn reset(&mut self) {
        if matches!(self.state, State::Cancelling) {
            return self.close();
        }
        self.give_up("could not receive data from server: Connection reset by peer".to_owned());
    }

    /// Reads what came and acts until it has to wait.
    fn go_on(&mut self) {
        loop {
            let read = self.read_all();
            if !self.act() && !read {
                break;
            }
        }
        let waits = !matches!(self.awaits(), Awaits::Nothing | Awaits::User | Awaits::Time);
        let said = self.log.lines.last().is_some_and(|line| line.what == What::Blocked);
        if waits && !said {
            self.write(What::Blocked);
        }
    }

    fn say(&mut self, message: &'static Message, values: &[Value]) {
        self.outbox.message(message, values);
        self.write(What::Said(message.name(), self.outbox.said_so_far()));
    }

    fn flush(&mut self) {
        let bytes = self.outbox.flush();
        if bytes.is_empty() {
            return;
        }
        let wire = match &mut self.tls {
            Some(tls) if tls.is_established() => tls.wrap(&bytes),
            _ => bytes,
        };
        self.outputs.push(Output::Send(wire));
    }

    /// Tells its user what libpq prints.
    fn tell(&mut self, text: String) {
        self.write(What::Noted(text.clone()));
        self.outputs.push(Output::Tell(text));
    }

    /// Tells why, and closes.
    fn give_up(&mut self, why: String) {
        self.tell(why);
        self.close();
    }

    fn close(&mut self) {
        self.state = State::Closed;
        self.wait = None;
        self.actions.clear();
        self.write(What::Closed);
        self.outputs.push(Output::Close { reset: false });
    }

    fn write(&mut self, what: What) {
        let line = Logged {
            at_us: self.now_us,
            what,
            state: self.state(),
            transaction: self.transaction,
            awaits: self.awaits(),
        };
        self.log.lines.push(line);
    }
}

/// A nonce as both programs make it: eighteen random bytes in base64.
pub(crate) fn nonce(random: &mut Random) -> String {
    STANDARD.encode(random.bytes(18))
}
