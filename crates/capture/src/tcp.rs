//! TCP connections put together from segments, while they come: what was sent twice is dropped, what came late is put in its place.
//!
//! A packet may stand in a file in another place than it had on the wire: a card has several queues, and a recorder listens at several
//! places. So a segment is held back while bytes before it are missing, or bytes that it acknowledges; for so long, and then they are a gap.
//! What the other end has acknowledged is not sent again: it is a gap when others have overtaken it by far.
//!
//! ```text
//! in the file     client 0..10     server 0..50, has seen 30     client 10..30
//! given out       client 0..10     client 10..30     server 0..50
//! ```

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};

use pgscope_proto::{SourceMap, Span, Stream};

use crate::frames::{End, Tcp};

/// The port on which PostgreSQL listens unless told otherwise.
pub(crate) const POSTGRES: u16 = 5432;
/// So many bytes are held back of a connection, and of all connections, and so many segments of one.
const MOST_HELD: usize = 4 << 20;
const MOST_HELD_IN_ALL: usize = 32 << 20;
const MOST_SEGMENTS: usize = 4096;
/// After so many more packets of a connection, or after so long, nothing comes any more that was acknowledged.
const PATIENCE: usize = 512;
const PATIENCE_US: i64 = 1_000_000;
/// What breaks a connection off, or ends it, is no farther than this from what was said.
const WINDOW: u64 = 1 << 26;
/// Of a connection that was not seen to be opened, so many packets are looked at before one is taken for the first.
const HEAD: usize = 8;

/// Some bytes, and where they were read.
#[derive(Clone, Debug)]
pub(crate) struct Payload<'a> {
    pub bytes: Cow<'a, [u8]>,
    pub source: Source,
}

#[derive(Clone, Debug)]
pub(crate) enum Source {
    /// One behind the other, from there on.
    At(usize),
    /// As a text writes them.
    Map(SourceMap),
}

impl<'a> Payload<'a> {
    pub(crate) fn of_file(bytes: &'a [u8], at: usize) -> Self {
        Self { bytes: Cow::Borrowed(bytes), source: Source::At(at) }
    }

    fn len(&self) -> usize {
        self.bytes.len()
    }

    fn into_owned(self) -> Payload<'static> {
        Payload { bytes: Cow::Owned(self.bytes.into_owned()), source: self.source }
    }

    /// Where the first byte was read.
    fn place(&self) -> Option<Span> {
        match &self.source {
            Source::At(at) => (!self.bytes.is_empty()).then(|| Span::new(*at, *at + 1)),
            Source::Map(map) => map.source(0),
        }
    }

    /// What is left without so many bytes at the beginning.
    fn without(self, known: usize) -> Self {
        if known == 0 {
            return self;
        }
        match self.source {
            Source::At(at) => {
                let bytes = match self.bytes {
                    Cow::Borrowed(bytes) => Cow::Borrowed(bytes.get(known..).unwrap_or_default()),
                    Cow::Owned(bytes) => Cow::Owned(bytes.get(known..).unwrap_or_default().to_vec()),
                };
                Payload { bytes, source: Source::At(at + known) }
            }
            Source::Map(map) => {
                let whole = Stream { bytes: self.bytes.into_owned(), map };
                part(&whole, known..whole.len()).into()
            }
        }
    }
}

impl From<Stream> for Payload<'_> {
    fn from(stream: Stream) -> Self {
        Payload { bytes: Cow::Owned(stream.bytes), source: Source::Map(stream.map) }
    }
}

/// A payload, and what its headers say.
pub(crate) struct Packet<'a> {
    pub tcp: Tcp,
    pub payload: Payload<'a>,
    pub at_us: Option<i64>,
    /// Whether sequence numbers are known; without them, bytes are taken as they come.
    pub numbered: bool,
}

/// What happened on a connection, in the order in which it did.
pub(crate) enum Event<'a> {
    /// The first that opened it, or was heard on it, and the other.
    Begun { ends: (End, End) },
    /// It is known who listened.
    Listening { second: bool },
    /// One end said something: the one that was heard second, or the first.
    Said { second: bool, payload: Payload<'a>, at_us: Option<i64> },
    /// So many bytes that it said are not here.
    Missing { second: bool, bytes: u64, place: Option<Span>, is_cut: bool },
    /// One end will say nothing more, or breaks it off.
    Ending { second: bool, is_reset: bool, at_us: Option<i64> },
    /// Nothing more of it is in the recording.
    Left { at_us: Option<i64> },
    /// Nothing more will be said on it.
    Closed,
}

/// Who is told what happens, and on which connection.
pub(crate) type Each<'e> = dyn FnMut(usize, Event<'_>) + 'e;

/// Connections in the order in which they were first seen.
#[derive(Debug, Default)]
pub(crate) struct Connections {
    all: Vec<Connection>,
    by_ends: HashMap<(End, End), usize>,
    /// How many bytes are held back.
    held: usize,
    /// When the last packet was recorded.
    now_us: Option<i64>,
}

#[derive(Debug)]
struct Connection {
    first: End,
    /// Whether it is known who listened.
    is_told: bool,
    /// Whether one end has broken it off, and whether it was told that it is over.
    is_reset: bool,
    is_over: bool,
    opened: Option<u32>,
    /// How many packets it had.
    packets: usize,
    flows: [Flow; 2],
}

/// What one end sent.
#[derive(Debug, Default)]
struct Flow {
    /// A sequence number, and how far from the first known one it is.
    known: Option<(u32, i64)>,
    /// Where it begins, as the other end says with the first that it says itself.
    begin: Option<i64>,
    /// What was given out ends there.
    reached: Option<i64>,
    /// What was seen of it, here or cut off, ends there.
    sent: i64,
    /// Up to there the other end has acknowledged it.
    acked: i64,
    /// Where it ends, once it has said so.
    end: Option<i64>,
    /// What waits for bytes before it, or that it acknowledges, in the order of its numbers.
    held: BTreeMap<(i64, usize), Held>,
    held_bytes: usize,
}

#[derive(Debug)]
struct Held {
    /// How many bytes it had on the wire.
    length: usize,
    payload: Payload<'static>,
    at_us: Option<i64>,
    /// Up to where it has seen the other end.
    ack: Option<i64>,
}

/// One segment, placed.
struct Segment<'a> {
    second: bool,
    start: i64,
    length: usize,
    payload: Payload<'a>,
    at_us: Option<i64>,
    ack: Option<i64>,
}

impl Connections {
    /// One more segment.
    pub(crate) fn add(&mut self, packet: Packet<'_>, each: &mut Each<'_>) {
        self.now_us = self.now_us.max(packet.at_us);
        let index = self.index(&packet.tcp, each);
        let may_hold = MOST_HELD_IN_ALL.saturating_sub(self.held);
        if let Some(connection) = self.all.get_mut(index) {
            let before = connection.held_bytes();
            connection.add(packet, may_hold, &mut |event| each(index, event));
            self.held = self.held + connection.held_bytes() - before;
        }
    }

    /// How many bytes wait for others.
    pub(crate) fn held(&self) -> usize {
        self.held
    }

    /// Nothing more will come.
    pub(crate) fn finish(&mut self, each: &mut Each<'_>) {
        for (index, connection) in self.all.iter_mut().enumerate() {
            connection.release(self.now_us, &mut |event| each(index, event));
        }
    }

    fn index(&mut self, tcp: &Tcp, each: &mut Each<'_>) -> usize {
        let (low, high) = if tcp.from <= tcp.to { (&tcp.from, &tcp.to) } else { (&tcp.to, &tcp.from) };
        let key = (low.clone(), high.clone());
        let known = self.by_ends.get(&key).copied();
        let opens = tcp.syn && tcp.ack.is_none();
        if let Some(index) = known
            && let Some(connection) = self.all.get_mut(index)
        {
            if !(opens && connection.is_another(tcp)) {
                return index;
            }
            let before = connection.held_bytes();
            connection.release(self.now_us, &mut |event| each(index, event));
            self.held -= before;
        }
        let index = self.all.len();
        self.by_ends.insert(key, index);
        self.all.push(Connection::new(tcp));
        each(index, Event::Begun { ends: (tcp.from.clone(), tcp.to.clone()) });
        index
    }
}

impl Connection {
    fn new(tcp: &Tcp) -> Self {
        Connection {
            first: tcp.from.clone(),
            is_told: false,
            is_reset: false,
            is_over: false,
            opened: None,
            packets: 0,
            flows: Default::default(),
        }
    }

    /// Whether what is opened so is another connection between the same two ends.
    fn is_another(&self, tcp: &Tcp) -> bool {
        if let Some(opened) = self.opened {
            return opened != tcp.seq;
        }
        // What was heard from the middle on has a beginning elsewhere, unless this is what should have stood before it.
        let flow = self.flow(tcp.from != self.first);
        let is_before = |(start, _): &(i64, usize)| flow.at(tcp.seq.wrapping_add(1)) == Some(*start);
        self.packets > HEAD || !flow.held.first_key_value().is_none_or(|(first, _)| is_before(first))
    }

    fn held_bytes(&self) -> usize {
        self.flows.iter().map(|flow| flow.held_bytes).sum()
    }

    fn add(&mut self, packet: Packet<'_>, may_hold: usize, each: &mut dyn FnMut(Event<'_>)) {
        let Packet { tcp, payload, at_us, numbered } = packet;
        let second = tcp.from != self.first;
        self.packets += 1;
        let listens = |end: &End| tcp.syn || end.1 == POSTGRES;
        if !self.is_told && (listens(&tcp.from) || listens(&tcp.to)) {
            self.is_told = true;
            let sender_listens = if tcp.syn { tcp.ack.is_some() } else { tcp.to.1 != POSTGRES };
            each(Event::Listening { second: sender_listens == second });
        }
        if tcp.syn && tcp.ack.is_none() {
            self.opened = Some(tcp.seq);
        }
        if !numbered {
            return each(Event::Said { second, payload, at_us });
        }
        let [one, two] = &mut self.flows;
        let (flow, other) = if second { (two, one) } else { (one, two) };
        let ack = tcp.ack.map(|ack| other.place(ack));
        other.acked = other.acked.max(ack.unwrap_or_default());
        let start = flow.place(if tcp.syn { tcp.seq.wrapping_add(1) } else { tcp.seq });
        // What is far from all that was said breaks nothing off.
        let said = flow.reached.map(|reached| reached.max(flow.sent));
        let is_reset = tcp.reset && said.is_none_or(|said| start.abs_diff(said) <= WINDOW);
        if tcp.syn && flow.reached.is_none() {
            (flow.reached, flow.sent) = (Some(start), start);
        }
        // Where the other's bytes begin is told by who has just said nothing before, too.
        let is_first = !tcp.syn && (flow.reached.is_none() || flow.reached == Some(start) && flow.sent == start);
        if is_first && (self.opened.is_some() || !payload.bytes.is_empty()) && other.reached.is_none() {
            // Headers that a program made up acknowledge nothing.
            other.begin = other.begin.or(ack.filter(|_| tcp.ack != Some(0)));
        }
        if tcp.fin && flow.end.is_none() && !self.is_over {
            each(Event::Ending { second, is_reset: false, at_us });
        }
        if tcp.fin {
            flow.end = Some(start + tcp.length.max(payload.len()) as i64);
        }
        if !payload.bytes.is_empty() {
            // A packet that was put together from fragments has more bytes than its header says.
            let length = tcp.length.max(payload.len());
            let segment = Segment { second, start, length, payload, at_us, ack };
            match self.can_go(&segment) {
                true => self.say(segment, each),
                false => self.hold(segment),
            }
        }
        if is_reset && !self.is_reset && !self.is_over {
            each(Event::Ending { second, is_reset: true, at_us });
        }
        self.is_reset |= is_reset;
        if self.flows.iter().any(|flow| !flow.held.is_empty()) {
            self.let_go(may_hold, at_us, each);
        }
        let is_closed = self.is_reset || self.flows.iter().all(Flow::is_over);
        if is_closed && !self.is_over && self.flows.iter().all(|flow| flow.held.is_empty()) {
            self.is_over = true;
            [false, true].into_iter().for_each(|second| self.miss_rest(second, each));
            each(Event::Closed);
        }
    }

    /// What was cut off at the end of what was given out does not come any more.
    fn miss_rest(&mut self, second: bool, each: &mut dyn FnMut(Event<'_>)) {
        let flow = self.flow_mut(second);
        let rest = flow.reached.map_or(0, |reached| flow.sent - reached);
        if rest > 0 {
            flow.reached = Some(flow.sent);
            each(Event::Missing { second, bytes: rest.unsigned_abs(), place: None, is_cut: true });
        }
    }

    fn flow(&self, second: bool) -> &Flow {
        let [one, two] = &self.flows;
        if second { two } else { one }
    }

    fn flow_mut(&mut self, second: bool) -> &mut Flow {
        let [one, two] = &mut self.flows;
        if second { two } else { one }
    }

    /// Whether nothing is missing before it. Until some packets have come, nobody knows where a connection begins that was
    /// not seen to be opened.
    fn can_go(&self, segment: &Segment<'_>) -> bool {
        let flow = self.flow(segment.second);
        let is_first = flow.held.first_key_value().is_none_or(|((start, _), _)| segment.start <= *start);
        is_first && self.is_next(segment.second, segment.start, segment.ack)
    }

    fn is_next(&self, second: bool, start: i64, ack: Option<i64>) -> bool {
        let begun = match self.flow(second).reached {
            // What was cut off may come once more, or not: nothing waits for it.
            Some(reached) => start <= reached.max(self.flow(second).sent),
            None => self.packets > HEAD,
        };
        begun && ack.is_none_or(|ack| self.flow(!second).has_said(ack))
    }

    fn hold(&mut self, segment: Segment<'_>) {
        let Segment { second, start, length, payload, at_us, ack } = segment;
        let packets = self.packets;
        let flow = self.flow_mut(second);
        // What was given out already waits for nothing.
        if flow.reached.is_some_and(|reached| start + payload.len() as i64 <= reached) {
            return;
        }
        flow.held_bytes += payload.len();
        flow.held.insert((start, packets), Held { length, payload: payload.into_owned(), at_us, ack });
    }

    /// Gives out what need not wait any longer, or cannot.
    fn let_go(&mut self, may_hold: usize, now_us: Option<i64>, each: &mut dyn FnMut(Event<'_>)) {
        while let Some(second) = self.next_held(false).or_else(|| self.next_in_vain(now_us)) {
            self.say_held(second, each);
        }
        while self.held_bytes() > MOST_HELD.min(may_hold)
            || self.flows.iter().any(|flow| flow.held.len() > MOST_SEGMENTS)
        {
            let Some(second) = self.next_held(true) else { return };
            self.say_held(second, each);
            while let Some(second) = self.next_held(false) {
                self.say_held(second, each);
            }
        }
    }

    /// Gives out all that waits, and what is known to be missing at the end.
    fn release(&mut self, now_us: Option<i64>, each: &mut dyn FnMut(Event<'_>)) {
        self.packets = self.packets.max(HEAD + 1);
        while let Some(second) = self.next_held(false).or_else(|| self.next_held(true)) {
            self.say_held(second, each);
        }
        for second in [false, true] {
            let other_ends = self.flow(!second).end.is_some();
            self.miss_rest(second, each);
            let flow = self.flow_mut(second);
            // The end of what is said counts as a byte, and may not be in the recording.
            let is_end = flow.end.is_none() && flow.acked == flow.sent + 1;
            if is_end && other_ends {
                flow.end = Some(flow.sent);
            }
            let seen = flow.end.unwrap_or(if is_end { flow.sent } else { flow.acked });
            if flow.reached.is_some_and(|reached| reached < seen && seen.abs_diff(reached) <= WINDOW) {
                each(Event::Missing { second, bytes: (seen - flow.sent).unsigned_abs(), place: None, is_cut: false });
                (flow.reached, flow.sent) = (Some(seen), seen);
            }
        }
        if self.is_reset || self.flows.iter().all(Flow::is_over) {
            if !std::mem::replace(&mut self.is_over, true) {
                each(Event::Closed);
            }
        } else {
            each(Event::Left { at_us: now_us });
        }
    }

    /// Which end's first segment that waits is next: the one that came first of those of which nothing is missing, or of all.
    fn next_held(&self, is_forced: bool) -> Option<bool> {
        self.earliest(|second, start, _, held| is_forced || self.is_next(second, start, held.ack))
    }

    /// Which end's first segment waits for what was acknowledged and does not come any more.
    fn next_in_vain(&self, now_us: Option<i64>) -> Option<bool> {
        let is_late = |at: i64| now_us.is_some_and(|now| now.saturating_sub(at) > PATIENCE_US);
        self.earliest(|second, start, packet, held| {
            let is_over = self.packets.saturating_sub(packet) > PATIENCE || held.at_us.is_some_and(is_late);
            // What it acknowledges itself was there; what is missing before it, if the other end says so.
            is_over && (self.is_next(second, start, None) || self.flow(second).acked >= start)
        })
    }

    /// Of both ends' first segments that wait and may go, the one that came first.
    fn earliest(&self, may_go: impl Fn(bool, i64, usize, &Held) -> bool) -> Option<bool> {
        let first = |second: bool| {
            let ((start, packet), held) = self.flow(second).held.first_key_value()?;
            may_go(second, *start, *packet, held).then_some((*packet, second))
        };
        let (one, two) = (first(false), first(true));
        one.into_iter().chain(two).min().map(|(_, second)| second)
    }

    fn say_held(&mut self, second: bool, each: &mut dyn FnMut(Event<'_>)) {
        let flow = self.flow_mut(second);
        let Some(((start, _), held)) = flow.held.pop_first() else { return };
        flow.held_bytes -= held.payload.len();
        let Held { length, payload, at_us, ack } = held;
        if let Some(ack) = ack {
            self.miss(!second, ack, each);
        }
        self.say(Segment { second, start, length, payload, at_us, ack }, each);
    }

    /// Up to there an end's bytes were seen by the other, and so far they were waited for.
    fn miss(&mut self, second: bool, ack: i64, each: &mut dyn FnMut(Event<'_>)) {
        let flow = self.flow_mut(second);
        let Some(reached) = flow.reached else { return };
        let said = reached.max(flow.sent);
        // The end of what is said counts as a byte, and may not be in the recording either.
        let is_its_end = ack == said + 1 && (flow.end.is_some() || flow.held.is_empty());
        if ack > said && !is_its_end {
            let next = flow.held.first_key_value().map_or(ack, |((start, _), _)| (*start).clamp(said, ack));
            if next > said {
                each(Event::Missing { second, bytes: (next - said) as u64, place: None, is_cut: false });
                (flow.reached, flow.sent) = (Some(next), next);
            }
        }
    }

    /// What is new of a segment; and what is missing before it.
    fn say(&mut self, segment: Segment<'_>, each: &mut dyn FnMut(Event<'_>)) {
        let Segment { second, start, length, payload, at_us, .. } = segment;
        let flow = self.flow_mut(second);
        let end = start + payload.len() as i64;
        let begin = flow.begin.filter(|begin| (0..=WINDOW as i64).contains(&(start - begin)));
        let known = flow.reached.or(begin).map_or(0, |reached| reached - start);
        if known < 0 {
            let is_cut = flow.sent >= start;
            each(Event::Missing { second, bytes: known.unsigned_abs(), place: payload.place(), is_cut });
        }
        let known = usize::try_from(known).unwrap_or(0);
        if known < payload.len() {
            each(Event::Said { second, payload: payload.without(known), at_us });
        }
        let sent = start + length as i64;
        flow.sent = if flow.reached.is_some() { flow.sent.max(sent) } else { sent };
        flow.reached = Some(flow.reached.unwrap_or(start).max(end));
    }
}

impl Flow {
    /// Where a sequence number is, if one is known.
    fn at(&self, seq: u32) -> Option<i64> {
        self.known.map(|(known, at)| at + i64::from(seq.wrapping_sub(known) as i32))
    }

    /// The same, which also knows the first; they begin again behind the highest.
    fn place(&mut self, seq: u32) -> i64 {
        let place = self.at(seq).unwrap_or(0);
        if self.known.is_none_or(|(_, highest)| place > highest) {
            self.known = Some((seq, place));
        }
        place
    }

    /// Whether it has ended, and all before its end was given out.
    fn is_over(&self) -> bool {
        self.end.is_some_and(|end| self.reached.is_none_or(|reached| end <= reached.max(self.sent)))
    }

    /// Whether all that is acknowledged was given out. The end of what is said counts as a byte.
    fn has_said(&self, ack: i64) -> bool {
        let first_held = || self.held.first_key_value().map(|((start, _), _)| *start);
        let said = self.reached.map(|reached| reached.max(self.sent)).or_else(first_held);
        said.is_none_or(|said| ack <= said + i64::from(self.end.is_some()))
    }
}

/// The bytes of `range`, with their sources.
pub(crate) fn part(stream: &Stream, range: std::ops::Range<usize>) -> Stream {
    stream.part(Span::new(range.start, range.end))
}

/// A segment of which only the two ends are known.
pub(crate) fn unnumbered(from: End, to: End, payload: Stream, at_us: Option<i64>) -> Packet<'static> {
    let length = payload.len();
    let tcp = Tcp {
        from,
        to,
        seq: 0,
        ack: None,
        syn: false,
        fin: false,
        reset: false,
        ip_at: 0,
        tcp_at: 0,
        payload: 0..length,
        length,
    };
    Packet { tcp, payload: payload.into(), at_us, numbered: false }
}
