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
    /// How many packets it had.
    packets: usize,
    flows: [Flow; 2],
    /// What came without sequence numbers.
    pieces: Vec<Piece>,
}

/// Bytes that one end sent, and when they were there.
struct Piece {
    when: When,
    second: bool,
    stream: Stream,
    at_us: Option<i64>,
}

/// The number of a packet, and whether it is meant itself and not what is just before it.
type When = (usize, bool);

/// What one end sent. Packets may stand in a file in another order than on the wire: a card has several queues, and a recorder listens at
/// several places. So nothing is missing before all is read.
#[derive(Default)]
struct Flow {
    /// A sequence number, and how far from the first known one it is.
    known: Option<(u32, i64)>,
    /// Where a connection that was seen to be opened begins.
    start: Option<i64>,
    segments: Vec<Segment>,
    /// Up to where the other end has seen it, and which packet says so; both go up.
    acknowledged: Vec<(i64, usize)>,
}

struct Segment {
    start: i64,
    /// How many bytes it had on the wire.
    length: usize,
    stream: Stream,
    at_us: Option<i64>,
    packet: usize,
}

/// What of segments was not recorded, because only so many bytes of each packet were.
#[derive(Default)]
struct Cut {
    segments: usize,
    bytes: i64,
    first: Option<Span>,
}

impl Connections {
    /// One more segment.
    pub(crate) fn add(&mut self, packet: Packet) {
        let index = self.index(&packet);
        if let Some(connection) = self.all.get_mut(index) {
            connection.add(packet);
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
        Connection {
            first: tcp.from.clone(),
            server,
            opened: None,
            packets: 0,
            flows: Default::default(),
            pieces: Vec::new(),
        }
    }

    fn add(&mut self, packet: Packet) {
        let Packet { tcp, payload, at_us, numbered } = packet;
        let second = tcp.from != self.first;
        self.packets += 1;
        if tcp.syn {
            let listening = if tcp.ack.is_some() { &tcp.from } else { &tcp.to };
            self.server.get_or_insert_with(|| listening.clone());
        }
        if tcp.syn && tcp.ack.is_none() {
            self.opened = Some(tcp.seq);
        }
        if !numbered {
            return self.pieces.push(Piece { when: (self.packets, true), second, stream: payload, at_us });
        }
        let [one, two] = &mut self.flows;
        let (flow, other) = if second { (two, one) } else { (one, two) };
        if let Some(ack) = tcp.ack {
            other.acknowledge(ack, self.packets);
        }
        flow.take(&tcp, payload, at_us, self.packets);
    }

    fn into_exchange(mut self, direction: Option<Direction>, problems: &mut Problems) -> Exchange {
        let [one, two] = self.flows;
        let mut cut = Cut::default();
        self.pieces.extend(one.into_pieces(false, &mut cut, problems));
        self.pieces.extend(two.into_pieces(true, &mut cut, problems));
        self.pieces.sort_by_key(|piece| piece.when);
        cut.tell(problems);
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
        for Piece { second, stream, at_us, .. } in &self.pieces {
            exchange.push_from(if *second { first.other() } else { first }, stream, *at_us, origin, None);
        }
        exchange
    }
}

impl Flow {
    fn take(&mut self, tcp: &Tcp, stream: Stream, at_us: Option<i64>, packet: usize) {
        let start = self.place(if tcp.syn { tcp.seq.wrapping_add(1) } else { tcp.seq });
        if tcp.syn {
            self.start = Some(start);
        }
        if !stream.is_empty() {
            // A packet that was put together from fragments has more bytes than its header says.
            let length = tcp.length.max(stream.len());
            self.segments.push(Segment { start, length, stream, at_us, packet });
        }
    }

    fn acknowledge(&mut self, ack: u32, packet: usize) {
        let up_to = self.place(ack);
        if self.acknowledged.last().is_none_or(|(last, _)| *last < up_to) {
            self.acknowledged.push((up_to, packet));
        }
    }

    /// Where a sequence number is; they begin again behind the highest.
    fn place(&mut self, seq: u32) -> i64 {
        let (known, at) = *self.known.get_or_insert((seq, 0));
        let place = at + i64::from(seq.wrapping_sub(known) as i32);
        if place > at {
            self.known = Some((seq, place));
        }
        place
    }

    /// What was sent, in its order: a segment that was recorded behind the packet that acknowledges it was there before that.
    fn into_pieces(mut self, second: bool, cut: &mut Cut, problems: &mut Problems) -> Vec<Piece> {
        self.segments.sort_by_key(|segment| segment.start);
        let mut pieces = Vec::with_capacity(self.segments.len());
        let (mut when, mut reached, mut sent) = ((0, false), self.start, i64::MIN);
        for Segment { start, length, stream, at_us, packet } in self.segments {
            let end = start + stream.len() as i64;
            let known = reached.map_or(0, |reached| reached - start);
            if known < 0 {
                self::missing(-known, sent >= start, &stream, cut, problems);
            }
            if let Some(fresh) = fresh(stream, known) {
                let acknowledged = self.acknowledged.partition_point(|(up_to, _)| *up_to < end);
                let seen = self.acknowledged.get(acknowledged).map(|(_, packet)| (*packet, false));
                when = when.max(seen.map_or((packet, true), |seen| seen.min((packet, true))));
                pieces.push(Piece { when, second, stream: fresh, at_us });
            }
            reached = reached.max(Some(end));
            if (end - start) < length as i64 && start + length as i64 > sent {
                sent = start + length as i64;
                cut.segments += 1;
            }
        }
        let rest = reached.map_or(0, |reached| sent.saturating_sub(reached));
        if rest > 0 {
            cut.add(rest, pieces.last().and_then(|piece| piece.stream.map.source(0)));
        }
        pieces
    }
}

/// So many bytes are nowhere before this segment: of the one before it, which was sent and not recorded whole, or of others.
fn missing(bytes: i64, is_cut: bool, stream: &Stream, cut: &mut Cut, problems: &mut Problems) {
    let place = stream.map.source(0);
    if is_cut {
        cut.add(bytes, place);
    } else if let Some(span) = place {
        problems.add(span, format!("a gap of {bytes} bytes before this segment"), "every segment of the connection");
    }
}

/// What is new of a segment of which so many bytes were seen before.
fn fresh(stream: Stream, known: i64) -> Option<Stream> {
    let known = usize::try_from(known).unwrap_or(0);
    match known {
        0 => Some(stream),
        _ if known >= stream.len() => None,
        _ => Some(part(&stream, known..stream.len())),
    }
}

impl Cut {
    fn add(&mut self, bytes: i64, place: Option<Span>) {
        self.bytes += bytes;
        self.first = self.first.or(place);
    }

    fn tell(&self, problems: &mut Problems) {
        let Some(span) = self.first else { return };
        let segments =
            if self.segments == 1 { "1 segment is".to_owned() } else { format!("{} segments are", self.segments) };
        let bytes = if self.bytes == 1 { "1 byte is".to_owned() } else { format!("{} bytes are", self.bytes) };
        let met = format!("{segments} cut off by the snap length of the recording: {bytes} not in it");
        problems.add(span, met, "whole packets: record with tcpdump -s 0");
    }
}

/// The bytes of `range`, with their sources.
pub(crate) fn part(stream: &Stream, range: std::ops::Range<usize>) -> Stream {
    stream.part(Span::new(range.start, range.end))
}

/// A segment of which only the two ends are known.
pub(crate) fn unnumbered(from: End, to: End, payload: Stream, at_us: Option<i64>) -> Packet {
    let length = payload.len();
    let tcp =
        Tcp { from, to, seq: 0, ack: None, syn: false, fin: false, ip_at: 0, tcp_at: 0, payload: 0..length, length };
    Packet { tcp, payload, at_us, numbered: false }
}
