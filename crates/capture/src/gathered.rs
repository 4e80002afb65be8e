//! Exchanges made of what happens on connections.

use std::collections::BTreeSet;

use pgscope_proto::{Direction, Exchange, Origin, Sides, Span, Stream};

use crate::frames::End;
use crate::lines::Problems;
use crate::shelf::Shelved;
use crate::tcp::{Connections, Event, POSTGRES, Packet, Source};

/// So many bytes of one end show what it speaks.
const ENOUGH: usize = 4096;

/// Makes exchanges of what happens.
#[derive(Debug, Default)]
pub(crate) struct Gathered {
    all: Vec<Gathering>,
    direction: Option<Direction>,
    /// Those that are over and were not taken.
    over: Vec<usize>,
    /// Those on which something happened that was not given out, where that is asked for.
    news: Option<BTreeSet<usize>>,
}

#[derive(Debug, Default)]
struct Gathering {
    ends: (End, End),
    listening: Option<bool>,
    /// As if the first end was the client.
    exchange: Exchange,
    /// What was said before that and is not held.
    shelved: Option<Shelved>,
    cut: Cut,
    /// Where the last byte of each end stands that was given out before.
    last: [Option<Span>; 2],
    /// Whether it was given out, or is not wanted: what is still said on it is nothing new.
    is_taken: bool,
    /// Whether it was found to be PostgreSQL's, where it is given out while it goes on.
    is_ours: bool,
    is_over: bool,
}

/// A connection with its number in the file, and whether it is on PostgreSQL's port.
pub(crate) struct Told<T> {
    pub number: usize,
    pub on_port: bool,
    pub exchange: T,
}

/// What was said on a connection since it was last asked for.
pub(crate) struct News {
    pub number: usize,
    pub exchange: Exchange,
    pub is_over: bool,
}

/// What of segments was not recorded, because only so many bytes of each packet were.
#[derive(Debug, Default)]
struct Cut {
    segments: usize,
    bytes: u64,
    first: Option<Span>,
}

impl Gathered {
    /// `direction`: who the first end is, where nothing says it.
    pub(crate) fn new(direction: Option<Direction>) -> Self {
        Self { direction, ..Self::default() }
    }

    pub(crate) fn take(&mut self, connection: usize, event: Event<'_>, problems: &mut Problems) {
        if let Event::Begun { ends } = event {
            return self.all.push(Gathering { ends, ..Gathering::default() });
        }
        if let Some(news) = &mut self.news {
            news.insert(connection);
        }
        if matches!(event, Event::Closed) {
            if let Some(one) = self.all.get_mut(connection) {
                one.exchange.recorded.get_or_insert_default().is_closed = true;
                one.is_over = self.news.is_some();
            }
            if self.news.is_none() {
                self.over.push(connection);
            }
        } else if let Some(gathering) = self.all.get_mut(connection).filter(|one| !one.is_taken) {
            gathering.take(event, problems);
        }
    }

    /// The connections that are over and were not taken before, but for those of which something is shelved.
    pub(crate) fn closed(&mut self, problems: &mut Problems) -> Vec<Told<Exchange>> {
        let direction = self.direction;
        let mut closed = Vec::new();
        for number in self.over.drain(..) {
            let Some(one) = self.all.get_mut(number).filter(|one| one.shelved.is_none()) else { continue };
            let one = std::mem::replace(one, Gathering { is_taken: true, ..Gathering::default() });
            if !one.exchange.is_empty() {
                let (on_port, exchange) = one.finish(direction, problems);
                closed.push(Told { number, on_port, exchange });
            }
        }
        closed
    }

    /// How many bytes are held of connections that go on.
    pub(crate) fn held(&self) -> usize {
        self.all.iter().flat_map(|one| &one.exchange.streams).map(Stream::len).sum()
    }

    /// Holds no more than so many bytes of connections that have shown what they are: first of those of which something is shelved
    /// already, then of the largest. How many those are of other protocols, which are given up.
    pub(crate) fn shelve(&mut self, most: usize, is_other: fn(&Exchange) -> bool) -> usize {
        let mut held = self.held();
        let mut chosen: Vec<(bool, usize, usize)> = Vec::new();
        for (number, one) in self.all.iter().enumerate() {
            let length = one.exchange.streams.iter().map(Stream::len).sum();
            if !one.is_taken && length > 0 && (one.is_ours || one.shows_what_it_is()) {
                chosen.push((one.shelved.is_none(), length, number));
            }
        }
        chosen.sort_unstable_by_key(|(is_whole, length, _)| (*is_whole, std::cmp::Reverse(*length)));
        let mut others = 0;
        for (is_whole, length, number) in chosen {
            if is_whole && held <= most {
                break;
            }
            let Some(one) = self.all.get_mut(number) else { continue };
            held -= length;
            if !one.is_ours && !one.is_on_port() && is_other(&one.exchange) {
                (one.is_taken, one.exchange) = (true, Exchange::default());
                others += 1;
                continue;
            }
            one.is_ours = true;
            one.note_last();
            one.shelve();
        }
        others
    }

    /// Those of which something is shelved, whole.
    pub(crate) fn shelved(&mut self, problems: &mut Problems) -> Vec<(usize, Shelved)> {
        let direction = self.direction;
        let numbered = self.all.iter_mut().enumerate();
        let shelved = numbered.filter_map(|(number, one)| {
            one.shelved.as_ref()?;
            let mut one = std::mem::replace(one, Gathering { is_taken: true, ..Gathering::default() });
            one.shelve();
            let mut shelved = one.shelved.take()?;
            one.cut.tell(problems);
            let who = one.who(direction);
            shelved.change(who.origin(), who.is_swapped, |shell| who.told(shell));
            Some((number, shelved))
        });
        shelved.collect()
    }

    /// From now on what is said is given out while the connections go on.
    pub(crate) fn gives_news(&mut self) {
        self.news = Some(BTreeSet::new());
    }

    /// What was said since this was last called, in the order in which the connections were first seen. Which of them are another
    /// protocol's shows when both ends have spoken, or one has said enough, or nothing more comes: `is_other` says it. How many those are
    /// that were found so now.
    pub(crate) fn news(
        &mut self,
        is_end: bool,
        is_other: fn(&Exchange) -> bool,
        problems: &mut Problems,
    ) -> (Vec<News>, usize) {
        let (direction, mut news, mut others) = (self.direction, Vec::new(), 0);
        let mut touched = std::mem::take(self.news.get_or_insert_default());
        if is_end {
            // Those of which all was said before end here.
            touched.extend(self.all.iter().enumerate().filter(|(_, one)| one.is_ours).map(|(number, _)| number));
        }
        for number in touched {
            let Some(one) = self.all.get_mut(number).filter(|one| !one.is_taken) else { continue };
            if !one.is_ours {
                let is_other = !one.is_on_port() && is_other(&one.exchange);
                one.is_ours = !is_other && (is_end || one.is_over || one.is_on_port() || one.shows_what_it_is());
                if is_other {
                    (one.is_taken, one.exchange) = (true, Exchange::default());
                    others += 1;
                } else if !one.is_ours {
                    self.news.get_or_insert_default().insert(number);
                }
            }
            if one.is_ours {
                one.is_taken = one.is_over;
                one.note_last();
                let said = Gathering {
                    ends: one.ends.clone(),
                    listening: one.listening,
                    exchange: std::mem::take(&mut one.exchange),
                    cut: std::mem::take(&mut one.cut),
                    ..Gathering::default()
                };
                let (_, exchange) = said.finish(direction, problems);
                news.push(News { number, exchange, is_over: one.is_over });
            }
        }
        (news, others)
    }

    /// All connections on which something was said.
    pub(crate) fn into_exchanges(self, problems: &mut Problems) -> Vec<Exchange> {
        self.into_told(problems).into_iter().map(|told| told.exchange).collect()
    }

    /// The same, with what is known of each.
    pub(crate) fn into_told(self, problems: &mut Problems) -> Vec<Told<Exchange>> {
        let direction = self.direction;
        let said = self.all.into_iter().enumerate().filter(|(_, one)| !one.exchange.is_empty());
        let told = said.map(|(number, one)| {
            let (on_port, exchange) = one.finish(direction, problems);
            Told { number, on_port, exchange }
        });
        told.collect()
    }
}

impl Gathering {
    fn take(&mut self, event: Event<'_>, problems: &mut Problems) {
        let side = |second: bool| if second { Direction::Backend } else { Direction::Frontend };
        match event {
            Event::Begun { .. } | Event::Closed => {}
            Event::Listening { second } => self.listening = Some(second),
            Event::Said { second, payload, at_us } => match payload.source {
                Source::At(at) => self.exchange.push_run(side(second), &payload.bytes, at, at_us),
                Source::Map(map) => {
                    let stream = Stream { bytes: payload.bytes.into_owned(), map };
                    self.exchange.push(side(second), &stream, at_us);
                }
            },
            Event::Missing { second, bytes, place, is_cut } => {
                let stream = self.exchange.stream(side(second));
                let last = self.last.get(side(second).index()).copied().flatten();
                let before = || stream.len().checked_sub(1).map_or(last, |at| stream.map.source(at));
                let side_of = if place.is_some() { "before" } else { "behind" };
                let place = place.or_else(before);
                match place {
                    _ if is_cut => self.cut.add(bytes, place),
                    Some(span) => {
                        let met = format!("a gap of {bytes} bytes {side_of} this segment");
                        problems.add(span, met, "every segment of the connection");
                    }
                    None => {}
                }
                self.exchange.miss(side(second), bytes);
            }
        }
    }

    fn is_on_port(&self) -> bool {
        let (one, two) = &self.ends;
        self.listening.is_some_and(|second| if second { two.1 } else { one.1 } == POSTGRES)
    }

    fn shows_what_it_is(&self) -> bool {
        let lengths = self.exchange.streams.each_ref().map(Stream::len);
        lengths.iter().all(|length| *length > 0) || lengths.iter().any(|length| *length >= ENOUGH)
    }

    /// Notes where what is given out or shelved ends.
    fn note_last(&mut self) {
        for direction in Direction::BOTH {
            let stream = self.exchange.stream(direction);
            let last = stream.len().checked_sub(1).and_then(|at| stream.map.source(at));
            if let Some(known) = self.last.get_mut(direction.index()).filter(|_| last.is_some()) {
                *known = last;
            }
        }
    }

    fn shelve(&mut self) {
        self.shelved.get_or_insert_default().put(&self.exchange);
        self.exchange = Exchange::default();
    }

    fn who(&self, direction: Option<Direction>) -> Who {
        let (one, two) = &self.ends;
        let name = |end: &End| if end.1 > 0 { format!("{}:{}", end.0, end.1) } else { String::new() };
        let known = self.listening.map(|second| if second { Direction::Frontend } else { Direction::Backend });
        let first = known.or(direction).unwrap_or(Direction::Frontend);
        let sides = match direction {
            _ if known.is_some() => Sides::Given,
            Some(_) => Sides::Said,
            None => Sides::Unknown,
        };
        Who { names: [name(one), name(two)], is_swapped: first == Direction::Backend, sides, is_known: known.is_some() }
    }

    fn finish(self, direction: Option<Direction>, problems: &mut Problems) -> (bool, Exchange) {
        self.cut.tell(problems);
        let who = self.who(direction);
        let on_port = self.is_on_port();
        let mut exchange = who.told(self.exchange);
        if !who.is_known {
            exchange.segments.iter_mut().for_each(|segment| segment.origin = who.origin());
        }
        (on_port, exchange)
    }
}

/// Who the ends of a connection are.
struct Who {
    names: [String; 2],
    /// Whether the first of them is the server.
    is_swapped: bool,
    sides: Sides,
    is_known: bool,
}

impl Who {
    fn origin(&self) -> Origin {
        if self.is_known { Origin::Given } else { Origin::Peer }
    }

    /// The exchange with this.
    fn told(&self, mut exchange: Exchange) -> Exchange {
        if self.names.iter().any(|name| !name.is_empty()) {
            exchange.recorded.get_or_insert_default().ends.clone_from(&self.names);
        }
        if self.is_swapped {
            exchange = exchange.swapped();
        }
        exchange.sides = self.sides;
        exchange
    }
}

impl Cut {
    fn add(&mut self, bytes: u64, place: Option<Span>) {
        self.bytes += bytes;
        self.segments += 1;
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

/// Connections and what was said on them, where all of it is wanted at once.
pub(crate) struct Together<'p> {
    connections: Connections,
    gathered: Gathered,
    problems: &'p mut Problems,
}

impl<'p> Together<'p> {
    pub(crate) fn new(direction: Option<Direction>, problems: &'p mut Problems) -> Self {
        Self { connections: Connections::default(), gathered: Gathered::new(direction), problems }
    }

    pub(crate) fn add(&mut self, packet: Packet<'_>) {
        let (gathered, problems) = (&mut self.gathered, &mut *self.problems);
        self.connections.add(packet, &mut |connection, event| gathered.take(connection, event, problems));
    }

    pub(crate) fn into_exchanges(mut self) -> Vec<Exchange> {
        let (gathered, problems) = (&mut self.gathered, &mut *self.problems);
        self.connections.finish(&mut |connection, event| gathered.take(connection, event, problems));
        self.gathered.into_exchanges(self.problems)
    }
}
