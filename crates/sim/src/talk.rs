//! One end of a conversation, for somebody who plays the other: bytes in, and what the end made of them.

use std::sync::Arc;

use pgscope_proto::{Direction, Exchange, SourceMap, Stream};

use crate::client::{Action, Client, Settings};
use crate::end::{Awaits, Event, Input, Log, Output, What};
use crate::random::Random;
use crate::server::Server;
use crate::world::World;

#[derive(Clone, Debug)]
enum Peer {
    Server(Box<Server>),
    Client(Box<Client>),
}

/// What the peer made of what it was given.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Heard {
    /// The bytes that it sent.
    pub bytes: Vec<u8>,
    /// What it did, in order.
    pub did: Vec<What>,
    /// What a client told its user.
    pub told: Vec<String>,
    /// Whether it closed.
    pub closed: bool,
    /// Whether it has said its last word, and goes on reading.
    pub shut: bool,
    /// When it wants to be woken, if nothing comes before.
    pub wake_at_us: Option<u64>,
    /// The process id and key of a CancelRequest that reached a server: whoever knows all servers passes it on.
    pub cancelled: Option<(u32, Vec<u8>)>,
    /// A CancelRequest that a client wants to reach the server on a connection of its own, and whether SSLRequest goes first.
    pub cancels: Option<(Vec<u8>, bool)>,
}

/// A conversation with a simulated peer.
#[derive(Clone, Debug)]
pub struct Talk {
    peer: Peer,
    exchange: Exchange,
    logged: usize,
    closed: bool,
    wakes: Vec<u64>,
    /// What a server's further processes are made of.
    others: Option<Others>,
}

#[derive(Clone, Debug)]
struct Others {
    world: Arc<World>,
    pid: u32,
    random: Random,
    said: Vec<(Exchange, &'static str)>,
}

impl Talk {
    /// The person is the client: the peer is a server with this knowledge.
    pub fn with_server(world: World, pid: u32, random: Random) -> Self {
        let world = Arc::new(world);
        let others = Others { world: world.clone(), pid, random: random.clone(), said: Vec::new() };
        let talk = Self::new(Peer::Server(Box::new(Server::new(world, pid, random))));
        Self { others: Some(others), ..talk }
    }

    /// The person is the server: the peer is a client with these plans.
    pub fn with_client(settings: Settings, actions: Vec<Action>, random: Random) -> Self {
        Self::new(Peer::Client(Box::new(Client::new(settings, actions, random))))
    }

    fn new(peer: Peer) -> Self {
        Self { peer, exchange: Exchange::default(), logged: 0, closed: false, wakes: Vec::new(), others: None }
    }

    /// Who the peer is.
    pub fn side(&self) -> Direction {
        match self.peer {
            Peer::Server(_) => Direction::Backend,
            Peer::Client(_) => Direction::Frontend,
        }
    }

    /// Whether the peer has closed the connection: nothing that is said reaches it.
    pub fn is_closed(&self) -> bool {
        self.closed
    }

    /// The connection is made.
    pub fn connect(&mut self, now_us: u64) -> Heard {
        self.handle(Input::Connected, now_us)
    }

    /// The person says these bytes.
    pub fn give(&mut self, bytes: &[u8], now_us: u64) -> Heard {
        if !self.closed {
            self.record(self.side().other(), bytes, now_us);
        }
        self.handle(Input::Bytes(bytes.to_vec()), now_us)
    }

    /// The person connects once more, and says these bytes there, to a process of its own. If they ask with the right key to
    /// cancel, the first one hears of it.
    pub fn beside(&mut self, bytes: &[u8], now_us: u64) -> Heard {
        let Some(others) = &mut self.others else { return Heard::default() };
        let pid = others.pid + 1 + others.said.len() as u32;
        let mut server = Server::new(others.world.clone(), pid, others.random.fork());
        let mut exchange = Exchange::default();
        record(&mut exchange, Direction::Frontend, bytes, now_us);
        let mut outputs = server.handle(Input::Connected, now_us);
        outputs.extend(server.handle(Input::Bytes(bytes.to_vec()), now_us));
        let mut asked = None;
        for output in outputs {
            match output {
                Output::Send(bytes) => record(&mut exchange, Direction::Backend, &bytes, now_us),
                Output::Cancelled { pid, key } => asked = Some((pid, key)),
                _ => {}
            }
        }
        others.said.push((exchange, server.state()));
        match asked.zip(self.cancel_key()) {
            Some(((pid, key), own)) if (pid, key.as_slice()) == own => self.event(Event::Cancel, now_us),
            _ => Heard { closed: self.closed, wake_at_us: self.wakes.iter().min().copied(), ..Heard::default() },
        }
    }

    /// What was said on further connections, and the state of the server's process there.
    pub fn others(&self) -> &[(Exchange, &'static str)] {
        self.others.as_ref().map_or(&[], |others| &others.said)
    }

    /// The person closes this side.
    pub fn end(&mut self, now_us: u64) -> Heard {
        self.handle(Input::End, now_us)
    }

    /// Time has passed.
    pub fn wake(&mut self, now_us: u64) -> Heard {
        self.wakes.retain(|at| *at > now_us);
        self.handle(Input::Timer, now_us)
    }

    /// Something happens to a server that no message brings.
    pub fn event(&mut self, event: Event, now_us: u64) -> Heard {
        self.handle(Input::Event(event), now_us)
    }

    /// The process id and key that a CancelRequest must show to reach this server; None before they are told.
    pub fn cancel_key(&self) -> Option<(u32, &[u8])> {
        match &self.peer {
            Peer::Server(server) => Some(server.cancel_key()).filter(|(_, key)| !key.is_empty()),
            Peer::Client(_) => None,
        }
    }

    /// Everything that was said so far.
    pub fn exchange(&self) -> &Exchange {
        &self.exchange
    }

    /// The peer's state.
    pub fn state(&self) -> &'static str {
        match &self.peer {
            Peer::Server(server) => server.state(),
            Peer::Client(client) => client.state(),
        }
    }

    /// What the peer waits for.
    pub fn awaits(&self) -> Awaits {
        match &self.peer {
            Peer::Server(server) => server.awaits(),
            Peer::Client(client) => client.awaits(),
        }
    }

    /// Everything that the peer did so far.
    pub fn log(&self) -> &Log {
        match &self.peer {
            Peer::Server(server) => server.log(),
            Peer::Client(client) => client.log(),
        }
    }

    fn handle(&mut self, input: Input, now_us: u64) -> Heard {
        let outputs = match &mut self.peer {
            Peer::Server(server) => server.handle(input, now_us),
            Peer::Client(client) => client.handle(input, now_us),
        };
        let mut heard = Heard::default();
        for output in outputs {
            match output {
                Output::Send(bytes) => {
                    self.record(self.side(), &bytes, now_us);
                    heard.bytes.extend(bytes);
                }
                Output::Close { .. } => self.closed = true,
                Output::WakeAt(at) => self.wakes.push(at),
                Output::Tell(text) => heard.told.push(text),
                Output::Shut => heard.shut = true,
                Output::Cancel { packet, asks_tls } => heard.cancels = Some((packet, asks_tls)),
                Output::Cancelled { pid, key } => heard.cancelled = Some((pid, key)),
                Output::Inner(_) => {}
            }
        }
        let new = self.log().lines.iter().skip(self.logged);
        heard.did = new.map(|line| line.what.clone()).collect();
        self.logged = self.log().lines.len();
        heard.closed = self.closed;
        heard.wake_at_us = self.wakes.iter().min().copied();
        heard
    }

    fn record(&mut self, from: Direction, bytes: &[u8], now_us: u64) {
        record(&mut self.exchange, from, bytes, now_us);
    }
}

fn record(exchange: &mut Exchange, from: Direction, bytes: &[u8], now_us: u64) {
    let map = SourceMap::identity(exchange.stream(from).len(), bytes.len());
    exchange.push(from, &Stream { bytes: bytes.to_vec(), map }, Some(now_us as i64));
}

impl Awaits {
    /// In words, behind "waits for".
    pub fn words(self) -> String {
        match self {
            Awaits::Packet => "the length of a start-up packet (4 bytes)".to_owned(),
            Awaits::Byte => "one byte".to_owned(),
            Awaits::Message => "a type byte and a length (5 bytes)".to_owned(),
            Awaits::Rest(missing) => format!("{missing} more bytes of a message"),
            Awaits::Record => "a TLS record".to_owned(),
            Awaits::End => "the end of the connection".to_owned(),
            Awaits::User => "its user".to_owned(),
            Awaits::Time => "its work to be done".to_owned(),
            Awaits::Nothing => "nothing: it is closed".to_owned(),
        }
    }
}
