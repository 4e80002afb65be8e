//! Two ends, a wire, and a clock that only moves when something happens.
//!
//! A connection is recorded as it arrives: a segment of the Exchange is what one end's `read()` returns, at the time at which
//! it does. A CancelRequest makes a second connection, to a second server process, which passes it on.

use std::collections::BTreeMap;
use std::sync::Arc;

use pgscope_proto::{Direction, Exchange, SourceMap, Stream};

use crate::client::Client;
use crate::end::{Event, Input, Log, Output};
use crate::random::Random;
use crate::server::Server;
use crate::wire::{Arrival, Wire};
use crate::world::World;

/// An end of a connection.
#[derive(Clone, Debug)]
enum End {
    Client(Box<Client>),
    Server(Box<Server>),
    Raw(Raw),
}

/// An end that says given bytes and understands nothing.
#[derive(Clone, Debug)]
pub struct Raw {
    /// What it says, and how long it waits before, in microseconds.
    pub pieces: std::collections::VecDeque<(u64, Vec<u8>)>,
    /// Whether it waits for a byte of the other end before each piece but the first.
    pub waits: bool,
    /// Whether it closes its side when all is said.
    pub shuts: bool,
    log: Log,
}

impl Raw {
    /// An end that says these pieces, so long after one another.
    pub fn new(side: Direction, pieces: Vec<(u64, Vec<u8>)>, shuts: bool) -> Self {
        Self { pieces: pieces.into(), waits: false, shuts, log: Log::new(side) }
    }

    /// The same, waiting for the other end before each piece but the first.
    #[must_use]
    pub fn taking_turns(self) -> Self {
        Self { waits: true, ..self }
    }

    fn handle(&mut self, input: &Input, now_us: u64) -> Vec<Output> {
        let mut outputs = Vec::new();
        let speaks = match input {
            Input::Connected if self.waits => true,
            Input::Bytes(_) => self.waits,
            Input::Timer => true,
            Input::Connected => {
                outputs.extend(self.pieces.front().map(|(wait, _)| Output::WakeAt(now_us + wait)));
                outputs.extend((self.pieces.is_empty() && self.shuts).then_some(Output::Shut));
                false
            }
            _ => false,
        };
        if speaks && let Some((_, bytes)) = self.pieces.pop_front() {
            outputs.push(Output::Send(bytes));
            match self.pieces.front() {
                Some((wait, _)) if !self.waits => outputs.push(Output::WakeAt(now_us + wait)),
                None if self.shuts => outputs.push(Output::Shut),
                _ => {}
            }
        }
        outputs
    }
}

impl End {
    fn handle(&mut self, input: Input, now_us: u64) -> Vec<Output> {
        match self {
            End::Client(client) => client.handle(input, now_us),
            End::Server(server) => server.handle(input, now_us),
            End::Raw(raw) => raw.handle(&input, now_us),
        }
    }

    fn state(&self) -> &'static str {
        match self {
            End::Client(client) => client.state(),
            End::Server(server) => server.state(),
            End::Raw(_) => "raw",
        }
    }

    fn log(&self) -> &Log {
        match self {
            End::Client(client) => client.log(),
            End::Server(server) => server.log(),
            End::Raw(raw) => &raw.log,
        }
    }
}

#[derive(Clone, Debug)]
struct Connection {
    ends: [End; 2],
    exchange: Exchange,
    inner: Exchange,
    sent: [usize; 2],
    /// When the last thing of each direction arrives.
    last_us: [u64; 2],
    shut: [bool; 2],
    broken: bool,
    closed_by: Option<(Direction, bool)>,
}

/// Something that will happen.
#[derive(Clone, Debug)]
enum Due {
    Input(usize, Direction, Input),
    Event(Event),
}

/// A conversation that goes on.
#[derive(Clone, Debug)]
pub struct Simulation {
    world: Arc<World>,
    wire: Wire,
    random: Random,
    connections: Vec<Connection>,
    due: BTreeMap<(u64, u64), Due>,
    sequence: u64,
    now_us: u64,
    told: Vec<(u64, String)>,
    next_pid: u32,
}

/// One connection, when all is over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Connected {
    /// What was said.
    pub exchange: Exchange,
    /// What was said inside TLS, if it was spoken.
    pub inner: Option<Exchange>,
    /// What the client did.
    pub client: Log,
    /// What the server did.
    pub server: Log,
    /// In which state each end is, the client first.
    pub states: [&'static str; 2],
    /// Who closed first, and whether by a reset.
    pub closed_by: Option<(Direction, bool)>,
}

/// A conversation that is over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Played {
    /// Its connections, in the order in which they were made.
    pub connections: Vec<Connected>,
    /// What the client told its user, and when.
    pub told: Vec<(u64, String)>,
    /// Whether it came to rest by itself: else there is more than [`MOST_EVENTS`] of it, and the rest was not played.
    pub at_rest: bool,
}

impl Played {
    /// The connection that it is about.
    pub fn main(&self) -> &Connected {
        // There is always one: a simulation begins with it.
        self.connections.first().unwrap_or_else(|| unreachable_connection())
    }
}

fn unreachable_connection() -> &'static Connected {
    static NONE: std::sync::LazyLock<Connected> = std::sync::LazyLock::new(|| Connected {
        exchange: Exchange::default(),
        inner: None,
        client: Log::new(Direction::Frontend),
        server: Log::new(Direction::Backend),
        states: ["new", "start-up"],
        closed_by: None,
    });
    &NONE
}

/// The process id of the first server process.
const FIRST_PID: u32 = 4711;
/// So much is played: pieces that arrive, and moments at which an end does something by itself. Without it some would go on for ever.
pub const MOST_EVENTS: usize = 200_000;

impl Simulation {
    /// A server with this knowledge, and nobody yet who speaks to it.
    pub fn new(world: World, wire: Wire, random: Random) -> Self {
        Self {
            world: Arc::new(world),
            wire,
            random,
            connections: Vec::new(),
            due: BTreeMap::new(),
            sequence: 0,
            now_us: 0,
            told: Vec::new(),
            next_pid: FIRST_PID,
        }
    }

    /// A client connects to a server.
    pub fn connect(&mut self, settings: crate::client::Settings, actions: Vec<crate::client::Action>) {
        let client = Client::new(settings, actions, self.random.fork());
        let server = self.server();
        self.begin([End::Client(Box::new(client)), server]);
    }

    /// Somebody who only says bytes connects to a server.
    pub fn connect_raw(&mut self, raw: Raw) {
        let server = self.server();
        self.begin([End::Raw(raw), server]);
    }

    /// A client connects to somebody who only says bytes.
    pub fn connect_to_raw(&mut self, settings: crate::client::Settings, actions: Vec<crate::client::Action>, raw: Raw) {
        let client = Client::new(settings, actions, self.random.fork());
        self.begin([End::Client(Box::new(client)), End::Raw(raw)]);
    }

    /// The same with chance as it is for somebody who talks to a server: what was said then is said again.
    pub fn connect_said(&mut self, raw: Raw) {
        let server = Server::new(self.world.clone(), self.next_pid, self.random.clone());
        self.next_pid += 1;
        self.begin([End::Raw(raw), End::Server(Box::new(server))]);
    }

    /// The same for somebody who talks to a client.
    pub fn connect_to_said(
        &mut self,
        settings: crate::client::Settings,
        actions: Vec<crate::client::Action>,
        raw: Raw,
    ) {
        let client = Client::new(settings, actions, self.random.clone());
        self.begin([End::Client(Box::new(client)), End::Raw(raw)]);
    }

    /// Something happens to the first server process, at this time.
    pub fn plan(&mut self, at_us: u64, event: Event) {
        self.push(at_us, Due::Event(event));
    }

    fn server(&mut self) -> End {
        let server = Server::new(self.world.clone(), self.next_pid, self.random.fork());
        self.next_pid += 1;
        End::Server(Box::new(server))
    }

    fn begin(&mut self, ends: [End; 2]) {
        let number = self.connections.len();
        self.connections.push(Connection {
            ends,
            exchange: Exchange::default(),
            inner: Exchange::default(),
            sent: [0; 2],
            last_us: [0; 2],
            shut: [false; 2],
            broken: false,
            closed_by: None,
        });
        let at = self.now_us;
        self.push(at, Due::Input(number, Direction::Backend, Input::Connected));
        self.push(at, Due::Input(number, Direction::Frontend, Input::Connected));
    }

    fn push(&mut self, at_us: u64, due: Due) {
        self.due.insert((at_us, self.sequence), due);
        self.sequence += 1;
    }

    /// Lets the next thing happen; says whether there was one.
    pub fn step(&mut self) -> bool {
        let Some(((at, _), due)) = self.due.pop_first() else { return false };
        self.now_us = self.now_us.max(at);
        match due {
            Due::Input(number, end, input) => self.input(number, end, input),
            Due::Event(event) => self.input(0, Direction::Backend, Input::Event(event)),
        }
        true
    }

    /// Lets everything happen.
    pub fn run(self) -> Played {
        self.run_until(u64::MAX)
    }

    /// Lets everything happen that happens up to this time, in microseconds.
    pub fn run_until(mut self, end_us: u64) -> Played {
        let mut events = 0;
        while events < MOST_EVENTS && self.due.first_key_value().is_some_and(|((at, _), _)| *at <= end_us) {
            self.step();
            events += 1;
        }
        let at_rest = events < MOST_EVENTS;
        let connections = self.connections.into_iter().map(Connection::finish).collect();
        Played { connections, told: self.told, at_rest }
    }

    fn input(&mut self, number: usize, end: Direction, input: Input) {
        let now = self.now_us;
        let Some(connection) = self.connections.get_mut(number) else { return };
        if let Input::Bytes(bytes) = &input {
            record(&mut connection.exchange, end.other(), bytes, now);
        }
        let Some(machine) = connection.ends.get_mut(end.index()) else { return };
        for output in machine.handle(input, now) {
            self.output(number, end, output);
        }
    }

    fn output(&mut self, number: usize, end: Direction, output: Output) {
        match output {
            Output::Send(bytes) => self.send(number, end, &bytes),
            Output::Inner(bytes) => {
                let now = self.now_us;
                if let Some(connection) = self.connections.get_mut(number) {
                    record(&mut connection.inner, end.other(), &bytes, now);
                }
            }
            Output::WakeAt(at) => self.push(at, Due::Input(number, end, Input::Timer)),
            Output::Tell(text) => self.told.push((self.now_us, text)),
            Output::Shut => self.arrive(number, end, Input::End, 0),
            Output::Close { reset } => {
                if let Some(connection) = self.connections.get_mut(number)
                    && connection.closed_by.is_none()
                {
                    connection.closed_by = Some((end, reset));
                }
                self.arrive(number, end, if reset { Input::Reset } else { Input::End }, 0);
            }
            Output::Cancel { packet, asks_tls } => self.cancel(packet, asks_tls),
            Output::Cancelled { pid, key } => self.pass_on(pid, &key),
        }
    }

    fn send(&mut self, number: usize, from: Direction, bytes: &[u8]) {
        let Some(connection) = self.connections.get_mut(number) else { return };
        if connection.broken {
            return;
        }
        let Some(sent) = connection.sent.get_mut(from.index()) else { return };
        let offset = *sent;
        *sent += bytes.len();
        let wire = if number == 0 { self.wire.clone() } else { Wire { damages: Vec::new(), ..self.wire.clone() } };
        for arrival in wire.carry(from, offset, bytes) {
            match arrival {
                Arrival::Bytes(bytes, wait) => self.arrive(number, from, Input::Bytes(bytes), wait),
                Arrival::Reset => {
                    if let Some(connection) = self.connections.get_mut(number) {
                        connection.broken = true;
                    }
                    self.arrive(number, from, Input::Reset, 0);
                    self.arrive(number, from.other(), Input::Reset, 0);
                }
            }
        }
    }

    /// Lets something arrive at the other end, behind what is on its way already.
    fn arrive(&mut self, number: usize, from: Direction, input: Input, wait: u64) {
        let earliest = self.now_us + self.wire.latency_us;
        let Some(connection) = self.connections.get_mut(number) else { return };
        let Some(shut) = connection.shut.get_mut(from.index()) else { return };
        if *shut {
            return;
        }
        *shut = matches!(input, Input::End | Input::Reset);
        let Some(last) = connection.last_us.get_mut(from.index()) else { return };
        *last = earliest.max(*last) + wait;
        let at = *last;
        self.push(at, Due::Input(number, from.other(), input));
    }

    /// A connection that carries a CancelRequest and nothing else.
    fn cancel(&mut self, packet: Vec<u8>, asks_tls: bool) {
        self.connect(crate::client::Settings::cancelling(packet, asks_tls), Vec::new());
    }

    /// The server that the request names is told, if the key is right.
    fn pass_on(&mut self, pid: u32, key: &[u8]) {
        let named = self.connections.iter().position(|connection| match connection.ends.get(1) {
            Some(End::Server(server)) => server.cancel_key() == (pid, key),
            _ => false,
        });
        if let Some(number) = named {
            let at = self.now_us;
            self.push(at, Due::Input(number, Direction::Backend, Input::Event(Event::Cancel)));
        }
    }
}

impl Connection {
    fn finish(self) -> Connected {
        let [client, server] = &self.ends;
        Connected {
            client: client.log().clone(),
            server: server.log().clone(),
            states: [client.state(), server.state()],
            inner: (!self.inner.is_empty()).then_some(self.inner),
            exchange: self.exchange,
            closed_by: self.closed_by,
        }
    }
}

fn record(exchange: &mut Exchange, from: Direction, bytes: &[u8], at_us: u64) {
    let map = SourceMap::identity(exchange.stream(from).len(), bytes.len());
    exchange.push(from, &Stream { bytes: bytes.to_vec(), map }, Some(at_us as i64));
}
