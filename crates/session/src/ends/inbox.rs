//! What lies before an end: bytes that have arrived and that it has not read, and the read at which it is.
//!
//! A program takes a message in two or three reads: the length and the rest of a packet, or the type, the length and the rest.
//! How many bytes the next read wants follows from the state of the end; how many it has, from the segments that have arrived.

use pgscope_proto::conversation::Server;
use pgscope_proto::frame::length_word;
use pgscope_proto::messages::{errors, simple_query};
use pgscope_proto::{Direction, Exchange, Order, Segment, Span};

use super::{Ahead, Ends, Waits};
use crate::index::{Entry, Index};

/// What a read takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Piece {
    /// The length of a packet without a type.
    PacketLength,
    /// The rest of it.
    Packet,
    /// One bare byte.
    Byte,
    /// The type of a message.
    Tag,
    /// Its length.
    Length,
    /// The rest of it.
    Body,
    /// The head of an encrypted record.
    RecordHead,
    /// The rest of it.
    Record,
    /// The end of the connection.
    End,
}

/// A read: what it takes, and how many bytes that are.
pub type Read = (Piece, usize);

/// A moment of an exchange: so far it was read, and so far it has arrived.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Instant {
    /// The message that is read.
    pub number: usize,
    /// How many of its bytes were read; all of them, if it was read.
    pub taken: usize,
    /// How much of both streams has arrived, that of the client first.
    pub arrived: [usize; 2],
    /// The segment that has arrived last.
    pub segment: usize,
}

/// The bytes before an end, and the read at which it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Inbox {
    /// Where what it has not read begins in the stream of the other end, and where what has arrived ends.
    pub unread: Span,
    /// Where the message begins that it is in the middle of; where nothing of one was read, the same place.
    pub begins: usize,
    /// The read at which it is, if it reads.
    pub read: Option<Read>,
}

impl Inbox {
    /// How many bytes of what its read wants are there.
    pub fn has(&self) -> usize {
        self.read.map_or(0, |(_, wants)| wants.min(self.unread.len()))
    }

    /// Whether it waits: its read wants more than is there.
    pub fn is_blocked(&self) -> bool {
        self.read.is_some_and(|(_, wants)| wants > self.unread.len())
    }
}

/// The reads in which what begins with these bytes is taken, one after the other, as far as the bytes tell.
fn reads(waits: Waits, bytes: &[u8]) -> Vec<Read> {
    let word = |bytes: &[u8]| Some(u32::from_be_bytes(*bytes.first_chunk()?) as usize);
    let then = |first: Read, rest: Option<Read>| {
        let rest = rest.filter(|(_, length)| *length > 0);
        std::iter::once(first).chain(rest).collect()
    };
    match waits {
        Waits::Not => Vec::new(),
        Waits::Packet => {
            then((Piece::PacketLength, 4), word(bytes).map(|length| (Piece::Packet, length.saturating_sub(4))))
        }
        Waits::Byte => vec![(Piece::Byte, 1)],
        Waits::Message | Waits::Rest => {
            let rest = length_word(bytes).map(|length| (Piece::Body, (length as usize).saturating_sub(4)));
            let mut reads = vec![(Piece::Tag, 1)];
            reads.extend::<Vec<Read>>(then((Piece::Length, 4), rest));
            reads
        }
        // A record of TLS has a type, a version and two bytes of length; a packet of GSSAPI, four bytes of length.
        Waits::Opaque => match bytes {
            [0, high, low, last, ..] => {
                let length = u32::from_be_bytes([0, *high, *low, *last]) as usize;
                then((Piece::RecordHead, 4), Some((Piece::Record, length)))
            }
            [_, _, _, high, low, ..] => {
                let length = usize::from(u16::from_be_bytes([*high, *low]));
                then((Piece::RecordHead, 5), Some((Piece::Record, length)))
            }
            _ => vec![(Piece::RecordHead, 5)],
        },
        Waits::End => vec![(Piece::End, 1)],
    }
}

impl Ends {
    /// What lies before an end at a moment. `ends` are those behind the message; where it is read in the middle, those before
    /// it, for the end that reads it.
    pub fn inbox(&self, side: Direction, exchange: &Exchange, index: &Index, at: &Instant) -> Inbox {
        let from = side.other();
        let stream = &exchange.stream(from).bytes;
        let entry = index.entry(at.number);
        let arrived = at.arrived.get(from.index()).copied().unwrap_or_default().min(stream.len());
        let is_partial = entry.is_some_and(|entry| entry.direction == from && at.taken < entry.span.len());
        let begins = match entry {
            Some(entry) if is_partial => entry.span.start,
            _ => self.read_to(side, index, at.number),
        };
        // Of two streams without a common clock nobody knows when what arrived: what was read has.
        let arrived = match entry.filter(|entry| entry.direction == from).map_or(begins, |entry| entry.span.end) {
            reached if exchange.order == Order::Unknown => reached.max(begins),
            _ => arrived,
        };
        let begins = begins.min(arrived);
        let taken = if is_partial { at.taken } else { 0 };
        let waits = match side {
            Direction::Frontend => self.client_waits(),
            Direction::Backend => self.server_waits(),
        };
        let bytes = stream.get(begins..arrived).unwrap_or_default();
        let waits = match waits {
            Waits::Rest if side == Direction::Backend && self.server == Server::StartUp => Waits::Packet,
            waits => waits,
        };
        // It complains of a type that may not come before it reads on.
        let waits = if self.refuses(side, bytes) { Waits::Not } else { waits };
        let (mut behind, mut read) = (0, None);
        for next in reads(waits, bytes) {
            read = Some(next);
            // At rest it has taken what was there; in the middle of a message, so much as is said.
            let is_taken = if is_partial { behind + next.1 <= taken } else { behind + next.1 <= bytes.len() };
            if !is_taken {
                break;
            }
            behind += next.1;
            read = None;
        }
        // A whole message lies there: it is about to read it from its beginning.
        if read.is_none() && waits != Waits::Not {
            behind = 0;
            read = reads(waits, bytes).first().copied();
        }
        Inbox { unread: Span::new((begins + behind).min(arrived), arrived), begins, read }
    }

    /// Up to where an end has read what the other one says, behind message `number`.
    fn read_to(&self, side: Direction, index: &Index, number: usize) -> usize {
        let from = side.other();
        let mut before = (0..=number).rev().filter_map(|number| index.entry(number));
        let reached = before.find(|entry| entry.direction == from).map_or(0, |entry| entry.span.end);
        let unread = match side {
            Direction::Backend => self.unread.front().and_then(|request| index.entry(request.number)),
            Direction::Frontend => None,
        };
        let held: usize = match side {
            Direction::Frontend => self.held.iter().map(|(_, bytes)| bytes.len()).sum(),
            Direction::Backend => 0,
        };
        let lost = self.place.get(from.index()).copied().flatten().filter(|place| *place < usize::MAX);
        match (unread, lost) {
            (Some(entry), _) if entry.direction == from => entry.span.start,
            (_, Some(place)) => place,
            _ => reached.saturating_sub(held),
        }
    }
}

/// What is known of what comes next behind a message: `said` is the last one that the client has said by then.
pub fn ahead(index: &Index, number: usize, said: usize) -> Ahead {
    let behind = |from: usize| (from + 1..index.len()).filter_map(|number| index.entry(number));
    let fails = behind(number).map_while(|entry| fails(&entry)).flatten().next();
    ahead_of(index, number, fails, behind(said).any(|entry| entry.direction == Direction::Frontend))
}

fn ahead_of(index: &Index, number: usize, fails: Option<usize>, client_goes_on: bool) -> Ahead {
    Ahead {
        client_goes_on,
        server_speaks: index.entry(number + 1).is_some_and(|entry| entry.direction == Direction::Backend),
        fails: fails.and_then(|number| index.request(number)),
        is_later: false,
    }
}

/// Its number, if with this message the round fails; nothing where the round ends: the next round's errors are none of this one's.
fn fails(entry: &Entry) -> Option<Option<usize>> {
    let is_error = *entry.message == errors::ERROR_RESPONSE;
    match entry.direction {
        Direction::Frontend => Some(None),
        Direction::Backend if *entry.message == simple_query::READY_FOR_QUERY => None,
        Direction::Backend => Some(is_error.then_some(entry.number)),
    }
}

/// The same behind every message, for who asks for one after the other.
struct Coming {
    /// With which message the round fails, where it has not yet, from each message on.
    fails: Vec<Option<u32>>,
    /// The last message of the client.
    last_of_client: Option<usize>,
}

impl Coming {
    fn of(index: &Index) -> Self {
        let mut coming = Self { fails: vec![None; index.len()], last_of_client: None };
        let mut next = None;
        for (number, here) in coming.fails.iter_mut().enumerate().rev() {
            let Some(entry) = index.entry(number) else { continue };
            next = match fails(&entry) {
                Some(failing) => failing.map(|number| number as u32).or(next),
                None => None,
            };
            *here = next;
            if entry.direction == Direction::Frontend {
                coming.last_of_client = coming.last_of_client.or(Some(number));
            }
        }
        coming
    }

    fn ahead(&self, index: &Index, number: usize, said: usize) -> Ahead {
        let fails = self.fails.get(number + 1).copied().flatten().map(|number| number as usize);
        ahead_of(index, number, fails, self.last_of_client.is_some_and(|last| last > said))
    }
}

/// The moments of an exchange, read by read: before each, the segments that it waits for arrive one by one.
///
/// What a receiver that has lost its place makes of a message is one moment.
pub fn instants(exchange: &Exchange, index: &Index) -> Vec<Instant> {
    let mut instants = Vec::new();
    let mut arrivals = Arrivals { segments: &exchange.segments, next: 0, arrived: [0; 2] };
    let coming = Coming::of(index);
    super::Course::between(exchange, index, |before, entry| {
        let before = match entry.number.checked_sub(1) {
            Some(number) => {
                &before.clone().given(&Ahead { is_later: true, ..coming.ahead(index, number, entry.number) })
            }
            None => before,
        };
        let waits = match entry.direction {
            Direction::Frontend => before.server_waits(),
            Direction::Backend => before.client_waits(),
        };
        let bytes = entry.span.of(&exchange.stream(entry.direction).bytes);
        let is_clear = !before.is_lost(entry.direction) && !matches!(waits, Waits::Not | Waits::Rest);
        // The reads as the receiver believes in them: behind a wrong length they end elsewhere than the message.
        let reads = if is_clear { reads(waits, bytes) } else { Vec::new() };
        let ends = reads.iter().scan(0, |end, (_, length)| {
            *end += length;
            Some(*end)
        });
        let inside = ends.take_while(|end| *end < bytes.len());
        let mut taken = 0;
        for end in inside.chain([bytes.len()]) {
            let wanted = entry.span.start + end;
            while arrivals.is_before(entry.direction, wanted) && arrivals.one_more() {
                if arrivals.last_is_of(entry.direction) && arrivals.is_before(entry.direction, wanted) {
                    instants.push(arrivals.instant(entry.number, taken));
                }
            }
            taken = end;
            instants.push(arrivals.instant(entry.number, taken));
        }
    });
    instants
}

/// The moment behind a message: it was read, and what stands in the segment that brought its end has arrived.
pub fn instant_after(exchange: &Exchange, entry: &Entry) -> Instant {
    let mut arrivals = Arrivals { segments: &exchange.segments, next: 0, arrived: [0; 2] };
    while arrivals.is_before(entry.direction, entry.span.end) && arrivals.one_more() {}
    arrivals.instant(entry.number, entry.span.len())
}

struct Arrivals<'a> {
    segments: &'a [Segment],
    next: usize,
    arrived: [usize; 2],
}

impl Arrivals<'_> {
    fn one_more(&mut self) -> bool {
        let Some(segment) = self.segments.get(self.next) else { return false };
        self.next += 1;
        if let Some(arrived) = self.arrived.get_mut(segment.direction.index()) {
            *arrived = segment.span.end;
        }
        true
    }

    /// Whether less than that of a stream has arrived.
    fn is_before(&self, direction: Direction, wanted: usize) -> bool {
        self.arrived.get(direction.index()).is_some_and(|arrived| *arrived < wanted)
    }

    fn last_is_of(&self, direction: Direction) -> bool {
        let last = self.next.checked_sub(1).and_then(|last| self.segments.get(last));
        last.is_some_and(|segment| segment.direction == direction)
    }

    fn instant(&self, number: usize, taken: usize) -> Instant {
        Instant { number, taken, arrived: self.arrived, segment: self.next.saturating_sub(1) }
    }
}

#[cfg(test)]
mod tests {
    use pgscope_proto::{Sides, Stream};

    use super::*;

    /// Messages of both ends by turns of chance; errors and ends of rounds among them.
    fn some(mut seed: usize) -> Exchange {
        const SAID: [(Direction, &[u8]); 7] = [
            (Direction::Frontend, b"Q\0\0\0\x06;\0"),
            (Direction::Frontend, b"P\0\0\0\x09\0;\0\0\0"),
            (Direction::Frontend, b"S\0\0\0\x04"),
            (Direction::Backend, b"Z\0\0\0\x05I"),
            (Direction::Backend, b"E\0\0\0\x0cC42601\0\0"),
            (Direction::Backend, b"D\0\0\0\x06\0\0"),
            (Direction::Backend, b"C\0\0\0\x06A\0"),
        ];
        let mut exchange = Exchange { sides: Sides::Given, order: Order::Recorded, ..Exchange::default() };
        for _ in 0..40 {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let Some((direction, bytes)) = SAID.get((seed >> 33) % SAID.len()) else { continue };
            exchange.push(*direction, &Stream::raw(bytes.to_vec()), None);
        }
        exchange
    }

    #[test]
    fn what_comes_is_the_same_looked_for_at_once_or_at_each_message() {
        let mut failing = 0;
        for seed in 0..200 {
            let index = Index::new(&some(seed));
            let coming = Coming::of(&index);
            for number in 0..index.len() {
                let one = ahead(&index, number, number + 1);
                failing += usize::from(one.fails.is_some());
                assert_eq!(coming.ahead(&index, number, number + 1), one, "{seed}: {number}");
            }
        }
        assert!(failing > 100, "{failing}");
    }
}
