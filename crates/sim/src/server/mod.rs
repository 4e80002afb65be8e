//! A server: what it reads of a client's bytes, and what PostgreSQL would answer.
//!
//! One state, one [`Server::handle`]. How a message is read, what it is refused for and when the connection ends are
//! PostgreSQL's own, 15 or 18; what statements give comes from the [`World`]. It keeps a [`Log`] of itself.

mod authenticate;
mod body;
mod copy_both;
mod copy_in;
mod execute;
mod extended;
mod function;
mod reading;
mod saying;
mod settings;
mod startup;
mod statement;

use std::collections::BTreeMap;
use std::sync::Arc;

use pgscope_proto::Direction;

use crate::end::{Awaits, Event, Input, Log, Output, What};
use crate::inbox::Inbox;
use crate::outbox::Outbox;
use crate::random::Random;
use crate::report::Report;
use crate::scram::ServerScram;
use crate::tls::{self, Tls};
use crate::world::World;
use copy_in::CopyIn;
use execute::Run;
use extended::{Portal, Statement};

/// Where a server is.
#[derive(Clone, Debug)]
enum State {
    /// It waits for a packet of the start-up family.
    StartUp { asked_tls: bool, asked_gss: bool },
    /// It said S, and waits for the client's part of the TLS handshake.
    Tls,
    /// It said G, and waits for a GSSAPI token.
    Gss,
    /// It asked for a password in the clear.
    ClearPassword,
    /// It asked for a hash with this salt.
    Md5Password(Vec<u8>),
    /// It offered SASL mechanisms.
    SaslInitial,
    /// It sent server-first-message.
    SaslFinal(Box<ServerScram>),
    /// It let the client in and tells its settings.
    Starting,
    /// It waits for a query.
    Idle,
    /// It is inside the extended protocol: no Sync was seen yet.
    Extended,
    /// It met an error in the extended protocol and reads on to the next Sync.
    Skipping,
    /// It runs a simple query.
    Query,
    /// It runs a function.
    Function,
    /// It has read Sync and closes the transaction.
    Syncing,
    /// It reads COPY data.
    CopyIn(Box<CopyIn>),
    /// It streams, and reads what the client says about it.
    CopyBoth,
    /// It is gone.
    Closed,
}

impl State {
    fn name(&self) -> &'static str {
        match self {
            State::StartUp { .. } => "start-up",
            State::Tls | State::Gss => "encryption",
            State::ClearPassword | State::Md5Password(_) => "password",
            State::SaslInitial | State::SaslFinal(_) => "sasl",
            State::Starting => "starting",
            State::Idle => "idle",
            State::Extended => "extended",
            State::Skipping => "skipping",
            State::Query => "query",
            State::Function => "function call",
            State::Syncing => "sync",
            State::CopyIn(_) => "copy in",
            State::CopyBoth => "copy both",
            State::Closed => "closed",
        }
    }

    fn reads(&self) -> bool {
        !matches!(self, State::Starting | State::Query | State::Function | State::Syncing | State::Closed)
    }
}

/// All names that a server's state can have.
pub const STATES: &[&str] = &[
    "start-up",
    "encryption",
    "password",
    "sasl",
    "starting",
    "idle",
    "extended",
    "skipping",
    "query",
    "function call",
    "sync",
    "copy in",
    "copy both",
    "closed",
];

/// What belongs to a session once it has begun.
#[derive(Clone, Debug, Default)]
struct Session {
    user: String,
    database: String,
    protocol: u32,
    replication: bool,
    asked_settings: Vec<(String, String)>,
    settings: BTreeMap<String, String>,
    settings_at_start: BTreeMap<String, String>,
    settings_before: Option<BTreeMap<String, String>>,
    changed: Vec<String>,
    transaction: u8,
    savepoints: Vec<String>,
    statements: BTreeMap<String, Statement>,
    portals: BTreeMap<String, Portal>,
    listens: Vec<String>,
    notifications: Vec<(u32, String, String)>,
    to_notify: Vec<(String, String)>,
    pid: u32,
    key: Vec<u8>,
}

/// A simulated server process, for one connection.
#[derive(Clone, Debug)]
pub struct Server {
    world: Arc<World>,
    random: Random,
    state: State,
    session: Session,
    inbox: Inbox,
    outbox: Outbox,
    tls: Option<Tls>,
    run: Option<Run>,
    outputs: Vec<Output>,
    log: Log,
    now_us: u64,
    deadline_us: Option<u64>,
    unread_beyond_buffer: bool,
}

/// How much a server reads from its socket at once: what lies beyond when it closes makes the close a reset.
const RECEIVE_BUFFER: usize = 8192;

impl Server {
    /// A server process with this knowledge, process id and chance.
    pub fn new(world: Arc<World>, pid: u32, random: Random) -> Self {
        Self {
            world,
            random,
            state: State::StartUp { asked_tls: false, asked_gss: false },
            session: Session { pid, transaction: b'I', ..Session::default() },
            inbox: Inbox::default(),
            outbox: Outbox::default(),
            tls: None,
            run: None,
            outputs: Vec::new(),
            log: Log::new(Direction::Backend),
            now_us: 0,
            deadline_us: None,
            unread_beyond_buffer: false,
        }
    }

    /// Takes one input at this time, and gives what the server wants done.
    pub fn handle(&mut self, input: Input, now_us: u64) -> Vec<Output> {
        self.now_us = self.now_us.max(now_us);
        if matches!(self.state, State::Closed) {
            return Vec::new();
        }
        match input {
            Input::Connected => self.connected(),
            Input::Bytes(bytes) => self.received(&bytes),
            Input::End => {
                self.write(What::Woke);
                self.inbox.end();
            }
            Input::Reset => return self.vanish(),
            Input::Timer => self.timer(),
            Input::Event(event) => self.event(event),
        }
        self.go_on();
        let full = self.outbox.overflow();
        self.send(full);
        std::mem::take(&mut self.outputs)
    }

    /// The name of its state, one of [`STATES`].
    pub fn state(&self) -> &'static str {
        self.state.name()
    }

    /// What it did so far.
    pub fn log(&self) -> &Log {
        &self.log
    }

    /// The process id and key that a CancelRequest must show, once they are told.
    pub fn cancel_key(&self) -> (u32, &[u8]) {
        (self.session.pid, &self.session.key)
    }

    /// What it waits for.
    pub fn awaits(&self) -> Awaits {
        let missing = |length: usize| length.saturating_sub(self.inbox.unread().len());
        let known = self.inbox.length().map(|length| missing(length as usize + 1)).filter(|missing| *missing > 0);
        match &self.state {
            State::Closed => Awaits::Nothing,
            _ if self.is_working() => Awaits::Time,
            State::StartUp { .. } | State::Gss => match pgscope_proto::frame::header(
                pgscope_proto::frame::Shape::Packet,
                Direction::Frontend,
                self.inbox.unread(),
            ) {
                pgscope_proto::frame::Header::Length(length) => Awaits::Rest(missing(length)),
                _ => Awaits::Packet,
            },
            State::Tls => Awaits::Record,
            _ => known.map_or(Awaits::Message, Awaits::Rest),
        }
    }

    fn connected(&mut self) {
        self.deadline_us = Some(self.now_us + self.world.authentication_timeout_us);
        self.wake_at(self.deadline_us);
    }

    fn wake_at(&mut self, at_us: Option<u64>) {
        self.outputs.extend(at_us.map(Output::WakeAt));
    }

    fn received(&mut self, bytes: &[u8]) {
        self.write(What::Woke);
        self.unread_beyond_buffer = bytes.len() > RECEIVE_BUFFER;
        let Some(tls) = &mut self.tls else { return self.inbox.push(bytes) };
        match tls.receive(bytes) {
            tls::Received::Plain { plain, answer } => {
                self.outputs.extend((!answer.is_empty()).then_some(Output::Send(answer)));
                if !plain.is_empty() {
                    self.inbox.push(&plain);
                    self.outputs.push(Output::Inner(plain));
                }
                if matches!(self.state, State::Tls) && self.tls.as_ref().is_some_and(Tls::is_established) {
                    self.state = State::StartUp { asked_tls: true, asked_gss: true };
                }
            }
            tls::Received::Broken { alert, why } => {
                self.note(format!("could not accept SSL connection: {why}"));
                self.outputs.extend((!alert.is_empty()).then_some(Output::Send(alert)));
                self.unread_beyond_buffer = true;
                self.close();
            }
        }
    }

    fn timer(&mut self) {
        if self.deadline_us.is_some_and(|at| at <= self.now_us) {
            self.deadline_us = None;
            match self.state {
                State::ClearPassword | State::Md5Password(_) | State::SaslInitial | State::SaslFinal(_) => {
                    self.fail(Report::fatal("57014", "canceling authentication due to timeout"));
                }
                State::StartUp { .. } | State::Tls | State::Gss => self.close(),
                _ => {}
            }
        }
        if let Some(run) = &mut self.run
            && run.wakes_us.is_some_and(|at| at <= self.now_us)
        {
            run.wakes_us = None;
            self.write(What::Woke);
            self.finish_slept();
        }
    }

    fn event(&mut self, event: Event) {
        match event {
            Event::Cancel => self.cancel(),
            Event::Terminate => {
                self.fail(Report::fatal("57P01", "terminating connection due to administrator command"));
            }
            Event::Crash => {
                self.say_report(&crashed());
                self.flush();
                self.close();
            }
            Event::Notify { pid, channel, payload } if self.session.listens.contains(&channel) => {
                self.session.notifications.push((pid, channel, payload));
                if matches!(self.state, State::Idle) && self.session.transaction == b'I' {
                    self.say_notifications();
                    self.flush();
                }
            }
            Event::Notify { .. } => {}
            Event::Reload { name, value } => {
                self.set(&name, &value);
                if matches!(self.state, State::Idle) {
                    self.say_changed_settings();
                    self.flush();
                }
            }
        }
    }

    fn is_working(&self) -> bool {
        !self.state.reads() || self.run.as_ref().is_some_and(|run| run.wakes_us.is_some())
    }

    /// Reads and answers until nothing is left to read.
    fn go_on(&mut self) {
        while !self.is_working() && self.read_one() {}
        if self.state.reads()
            && !self.is_working()
            && !matches!(self.log.lines.last(), Some(line) if line.what == What::Blocked)
        {
            self.write(What::Blocked);
        }
    }

    /// An error: said at once, and then as its severity and the state want it.
    fn fail(&mut self, report: Report) {
        let during_authentication = matches!(
            self.state,
            State::StartUp { .. }
                | State::ClearPassword
                | State::Md5Password(_)
                | State::SaslInitial
                | State::SaslFinal(_)
                | State::Starting
        );
        let report = if during_authentication { report.made_fatal() } else { report };
        self.run = None;
        if report.severity == "FATAL" {
            self.say_report(&report);
            self.flush();
            return self.close();
        }
        let unreadable =
            matches!(self.state, State::CopyIn(_)) && report.message.starts_with("unexpected message type");
        self.abort();
        match self.state {
            State::Extended => self.state = State::Skipping,
            State::CopyIn(ref copy) => {
                self.state = if copy.in_extended { State::Skipping } else { State::Query };
            }
            _ => {}
        }
        self.say_report(&report);
        self.flush();
        if unreadable {
            self.say_report(&synchronization_lost());
            self.flush();
            return self.close();
        }
        if matches!(self.state, State::Query | State::Function | State::Syncing) {
            self.ready();
        }
    }

    /// What an error leaves of a transaction.
    fn abort(&mut self) {
        if self.session.transaction == b'T' {
            self.session.transaction = b'E';
        } else if self.session.transaction == b'I' {
            self.session.portals.clear();
        }
        self.session.to_notify.clear();
    }
}

fn synchronization_lost() -> Report {
    Report::fatal("08P01", "terminating connection because protocol synchronization was lost")
}

fn crashed() -> Report {
    Report::new("WARNING", "57P02", "terminating connection because of crash of another server process")
        .detail(
            "The postmaster has commanded this server process to roll back the current transaction and exit, because another server process exited abnormally and possibly corrupted shared memory.",
        )
        .hint("In a moment you should be able to reconnect to the database and repeat your command.")
}
