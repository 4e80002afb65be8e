//! TCP connections put together from segments: what was sent twice is dropped, what came late is put in its place.

use std::collections::BTreeMap;

use pgscope_proto::{Direction, Exchange, Origin, Sides, Span, Stream};

use crate::frames::{End, Tcp};
use crate::lines::Problems;

/// The port on which PostgreSQL listens unless told otherwise.
const POSTGRES: u16 = 5432;

/// A payload with its sources, and what its headers say.
pub(crate) struct Packet {
    pub tcp: Tcp,
    pub payload: Stream,
    pub at_us: Option<i64>,
    /// Whether sequence numbers are known; without them, bytes are taken as they come.
    pub numbered: bool,
}

/// Connections in the order in which they were first seen.
#[derive(Default)]
pub(crate) struct Connections {
    all: Vec<Connection>,
    by_ends: BTreeMap<(End, End), usize>,
}

struct Connection {
    first: End,
    server: Option<End>,
    opened: Option<u32>,
    flows: [Flow; 2],
    pieces: Vec<(bool, Stream, Option<i64>)>,
}

#[derive(Default)]
struct Flow {
    next: Option<u32>,
    /// Segments that came before their turn, by how far ahead they began.
    early: BTreeMap<u64, (u32, Stream, Option<i64>)>,
    arrived: u64,
}

impl Connections {
    /// One more segment.
    pub(crate) fn add(&mut self, packet: Packet, problems: &mut Problems) {
        let index = self.index(&packet);
        if let Some(connection) = self.all.get_mut(index) {
            connection.add(packet, problems);
        }
    }

    fn index(&mut self, packet: &Packet) -> usize {
        let Packet { tcp, .. } = packet;
        let (low, high) = if tcp.from <= tcp.to { (&tcp.from, &tcp.to) } else { (&tcp.to, &tcp.from) };
        let key = (low.clone(), high.clone());
        let known = self.by_ends.get(&key).copied();
        let opens = tcp.syn && tcp.ack.is_none();
        let reused = |index: usize| {
            let connection = self.all.get(index);
            opens && connection.is_some_and(|connection| connection.opened.is_some_and(|seq| seq != tcp.seq))
        };
        match known {
            Some(index) if !reused(index) => index,
            _ => {
                self.by_ends.insert(key, self.all.len());
                self.all.push(Connection::new(tcp));
                self.all.len() - 1
            }
        }
    }

    /// All connections on which something was said.
    pub(crate) fn into_exchanges(self, direction: Option<Direction>, problems: &mut Problems) -> Vec<Exchange> {
        self.into_told(direction, problems).into_iter().map(|(_, exchange)| exchange).collect()
    }

    /// The same, and whether each is on PostgreSQL's port.
    pub(crate) fn into_told(self, direction: Option<Direction>, problems: &mut Problems) -> Vec<(bool, Exchange)> {
        let told = self.all.into_iter().map(|connection| {
            let on_port = connection.server.as_ref().is_some_and(|server| server.1 == POSTGRES);
            (on_port, connection.into_exchange(direction, problems))
        });
        told.filter(|(_, exchange)| !exchange.is_empty()).collect()
    }
}

impl Connection {
    fn new(tcp: &Tcp) -> Self {
        let server = [&tcp.to, &tcp.from].into_iter().find(|end| end.1 == POSTGRES).cloned();
        Connection { first: tcp.from.clone(), server, opened: None, flows: Default::default(), pieces: Vec::new() }
    }

    fn add(&mut self, packet: Packet, problems: &mut Problems) {
        let Packet { tcp, payload, at_us, numbered } = packet;
        let second = tcp.from != self.first;
        if tcp.syn {
            let listening = if tcp.ack.is_some() { &tcp.from } else { &tcp.to };
            self.server.get_or_insert_with(|| listening.clone());
        }
        if tcp.syn && tcp.ack.is_none() {
            self.opened = Some(tcp.seq);
        }
        if !numbered {
            return self.pieces.push((second, payload, at_us));
        }
        let [one, two] = &mut self.flows;
        let (flow, other) = if second { (two, one) } else { (one, two) };
        if let Some(ack) = tcp.ack {
            other.acknowledged(ack, !second, &mut self.pieces, problems);
        }
        let seq = if tcp.syn { tcp.seq.wrapping_add(1) } else { tcp.seq };
        flow.take(seq, payload, at_us, second, &mut self.pieces);
    }

    fn into_exchange(mut self, direction: Option<Direction>, problems: &mut Problems) -> Exchange {
        let [one, two] = &mut self.flows;
        one.give_up(false, &mut self.pieces, problems);
        two.give_up(true, &mut self.pieces, problems);
        let known =
            self.server.map(|server| if server == self.first { Direction::Backend } else { Direction::Frontend });
        let sides = match direction {
            _ if known.is_some() => Sides::Given,
            Some(_) => Sides::Said,
            None => Sides::Unknown,
        };
        let first = known.or(direction).unwrap_or(Direction::Frontend);
        let mut exchange = Exchange { sides, ..Exchange::default() };
        let origin = if known.is_some() { Origin::Given } else { Origin::Peer };
        for (second, stream, at_us) in &self.pieces {
            exchange.push_from(if *second { first.other() } else { first }, stream, *at_us, origin, None);
        }
        exchange
    }
}

type Pieces = Vec<(bool, Stream, Option<i64>)>;

impl Flow {
    fn take(&mut self, seq: u32, payload: Stream, at_us: Option<i64>, second: bool, pieces: &mut Pieces) {
        let next = *self.next.get_or_insert(seq);
        let ahead = seq.wrapping_sub(next) as i32;
        if payload.is_empty() {
            return;
        }
        if ahead > 0 {
            let key = self.arrived + ahead as u64;
            let longer = self.early.get(&key).is_none_or(|(_, known, _)| known.len() < payload.len());
            if longer {
                self.early.insert(key, (seq, payload, at_us));
            }
            return;
        }
        self.append(&payload, ahead.unsigned_abs() as usize, at_us, second, pieces);
        while let Some(entry) = self.early.first_entry()
            && *entry.key() <= self.arrived
        {
            let (start, (_, payload, at_us)) = entry.remove_entry();
            self.append(&payload, (self.arrived - start) as usize, at_us, second, pieces);
        }
    }

    /// Appends what is new of a payload whose first `known` bytes were seen before.
    fn append(&mut self, payload: &Stream, known: usize, at_us: Option<i64>, second: bool, pieces: &mut Pieces) {
        if known >= payload.len() {
            return;
        }
        let fresh = if known == 0 { payload.clone() } else { part(payload, known..payload.len()) };
        self.next = self.next.map(|next| next.wrapping_add(fresh.len() as u32));
        self.arrived += fresh.len() as u64;
        pieces.push((second, fresh, at_us));
    }

    /// The other end has seen everything before `ack`: what is missing before it was not recorded and will not come.
    fn acknowledged(&mut self, ack: u32, second: bool, pieces: &mut Pieces, problems: &mut Problems) {
        while let Some((_, (seq, _, _))) = self.early.first_key_value()
            && (ack.wrapping_sub(*seq) as i32) > 0
        {
            self.skip_gap(second, pieces, problems);
        }
    }

    fn give_up(&mut self, second: bool, pieces: &mut Pieces, problems: &mut Problems) {
        while !self.early.is_empty() {
            self.skip_gap(second, pieces, problems);
        }
    }

    fn skip_gap(&mut self, second: bool, pieces: &mut Pieces, problems: &mut Problems) {
        let Some((start, (seq, payload, at_us))) = self.early.pop_first() else { return };
        let missing = start.saturating_sub(self.arrived);
        if missing > 0
            && let Some(span) = payload.map.source(0)
        {
            problems.add(
                span,
                format!("a gap of {missing} bytes before this segment"),
                "every segment of the connection",
            );
        }
        self.arrived = self.arrived.max(start);
        self.next = Some(seq.wrapping_add((self.arrived - start) as u32));
        self.take(seq, payload, at_us, second, pieces);
    }
}

/// The bytes of `range`, with their sources.
pub(crate) fn part(stream: &Stream, range: std::ops::Range<usize>) -> Stream {
    stream.part(Span::new(range.start, range.end))
}

/// A segment of which only the two ends are known.
pub(crate) fn unnumbered(from: End, to: End, payload: Stream, at_us: Option<i64>) -> Packet {
    let length = payload.len();
    let tcp = Tcp { from, to, seq: 0, ack: None, syn: false, fin: false, payload: 0..length, length };
    Packet { tcp, payload, at_us, numbered: false }
}
