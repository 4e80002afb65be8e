//! Exchanges made of what happens on connections.

use std::collections::BTreeSet;

use pgscope_proto::{Direction, Exchange, Origin, Sides, Span, Stream};

use crate::frames::End;
use crate::lines::Problems;
use crate::others::Others;
use crate::tcp::{Connections, Event, POSTGRES, Packet, Source};

/// So many bytes of one end show what it speaks.
const ENOUGH: usize = 4096;

/// Makes exchanges of what happens.
#[derive(Debug, Default)]
pub(crate) struct Gathered {
    silent: Silent,
    all: Vec<Gathering>,
    direction: Option<Direction>,
    /// Those that are over and were not taken.
    over: Vec<usize>,
    /// Those on which something happened that was not given out, where that is asked for.
    news: Option<BTreeSet<usize>>,
    /// Which are of interest: every so many, from which on. All, where nothing is said.
    heard: Option<(usize, usize)>,
}

#[derive(Debug, Default)]
struct Gathering {
    ends: (End, End),
    listening: Option<bool>,
    /// As if the first end was the client.
    exchange: Exchange,
    cut: Cut,
    /// Where the last byte of each end stands that was given out before.
    last: [Option<Span>; 2],
    /// Whether it was given out, or is not wanted: what is still said on it is nothing new.
    is_taken: bool,
    /// Whether it was found to be PostgreSQL's, where it is given out while it goes on.
    is_ours: bool,
    is_over: bool,
}

/// What was said on a connection since it was last asked for.
pub(crate) struct News {
    pub number: usize,
    pub exchange: Exchange,
    pub is_over: bool,
}

/// Connections on which nobody said anything, and how many of them one end broke off.
#[derive(Clone, Copy, Debug, Default)]
struct Silent {
    all: usize,
    refused: usize,
}

impl Silent {
    fn add(&mut self, exchange: &Exchange) {
        self.all += 1;
        self.refused += usize::from(exchange.closing().reset.is_some());
    }
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
        if self.heard.is_some_and(|(from, every)| connection % every.max(1) != from) {
            return;
        }
        if let Some(news) = &mut self.news {
            news.insert(connection);
        }
        if matches!(event, Event::Closed) {
            if let Some(one) = self.all.get_mut(connection) {
                one.exchange.recorded.get_or_insert_default().closing.is_over = true;
                one.is_over = self.news.is_some();
            }
            if self.news.is_none() {
                self.over.push(connection);
            }
        } else if let Some(gathering) = self.all.get_mut(connection).filter(|one| !one.is_taken) {
            gathering.take(event, problems);
        }
    }

    /// The connections that are over and were not taken before, with their numbers.
    pub(crate) fn closed(&mut self, problems: &mut Problems) -> Vec<(usize, bool, Exchange)> {
        let direction = self.direction;
        let mut closed = Vec::new();
        for number in self.over.drain(..) {
            let Some(one) = self.all.get_mut(number) else { continue };
            let one = std::mem::replace(one, Gathering { is_taken: true, ..Gathering::default() });
            if one.exchange.is_empty() {
                self.silent.add(&one.exchange);
            } else {
                let (on_port, exchange) = one.finish(direction, problems);
                closed.push((number, on_port, exchange));
            }
        }
        closed
    }

    /// The connections on which nobody said anything, in words.
    pub(crate) fn silent(&self) -> String {
        let mut silent = self.silent;
        let all = self.all.iter().filter(|one| !one.is_taken && !one.is_ours && one.exchange.is_empty());
        all.for_each(|one| silent.add(&one.exchange));
        let Silent { all, refused } = silent;
        let refused = match (all, refused) {
            (_, 0) => String::new(),
            (1, _) => ", which was refused or broken off".to_owned(),
            _ => format!(", {refused} of them refused or broken off"),
        };
        match all {
            0 => String::new(),
            1 => format!("1 connection without a byte{refused}"),
            all => format!("{all} connections without a byte{refused}"),
        }
    }

    /// Of others nothing is kept.
    pub(crate) fn hears(&mut self, from: usize, every: usize) {
        self.heard = Some((from, every));
    }

    /// From now on what is said is given out while the connections go on.
    pub(crate) fn gives_news(&mut self) {
        self.news = Some(BTreeSet::new());
    }

    /// What was said since this was last called, in the order in which the connections were first seen. Which of them are another
    /// protocol's shows when both ends have spoken, or one has said enough, or nothing more comes: those are among the `others` then.
    pub(crate) fn news(&mut self, is_end: bool, others: &mut Others, problems: &mut Problems) -> Vec<News> {
        let (direction, mut news) = (self.direction, Vec::new());
        let mut touched = std::mem::take(self.news.get_or_insert_default());
        if is_end {
            // Those of which all was said before end here.
            touched.extend(self.all.iter().enumerate().filter(|(_, one)| one.is_ours).map(|(number, _)| number));
        }
        for number in touched {
            let Some(one) = self.all.get_mut(number).filter(|one| !one.is_taken) else { continue };
            if one.exchange.is_empty() && one.last == [None, None] {
                // Nothing was said on it yet, or ever.
                if !one.is_over && !is_end {
                    self.news.get_or_insert_default().insert(number);
                }
                continue;
            }
            if !one.is_ours {
                let is_other = !one.is_on_port() && others.take(&one.exchange);
                one.is_ours = !is_other && (is_end || one.is_over || one.is_on_port() || one.shows_what_it_is());
                if is_other {
                    (one.is_taken, one.exchange) = (true, Exchange::default());
                } else if !one.is_ours {
                    self.news.get_or_insert_default().insert(number);
                }
            }
            if one.is_ours {
                one.is_taken = one.is_over;
                for direction in Direction::BOTH {
                    let stream = one.exchange.stream(direction);
                    let last = stream.len().checked_sub(1).and_then(|at| stream.map.source(at));
                    if let Some(known) = one.last.get_mut(direction.index()).filter(|_| last.is_some()) {
                        *known = last;
                    }
                }
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
        news
    }

    /// All connections on which something was said.
    pub(crate) fn into_exchanges(self, problems: &mut Problems) -> Vec<Exchange> {
        self.into_told(problems).into_iter().map(|(.., exchange)| exchange).collect()
    }

    /// The same, with their numbers, and whether each is on PostgreSQL's port.
    pub(crate) fn into_told(self, problems: &mut Problems) -> Vec<(usize, bool, Exchange)> {
        let direction = self.direction;
        let said = self.all.into_iter().enumerate().filter(|(_, one)| !one.exchange.is_empty());
        let told = said.map(|(number, one)| {
            let (on_port, exchange) = one.finish(direction, problems);
            (number, on_port, exchange)
        });
        told.collect()
    }
}

impl Gathering {
    fn take(&mut self, event: Event<'_>, problems: &mut Problems) {
        let side = |second: bool| if second { Direction::Backend } else { Direction::Frontend };
        match event {
            Event::Begun { .. } | Event::Closed => {}
            Event::Left { at_us } => {
                let closing = &mut self.exchange.recorded.get_or_insert_default().closing;
                closing.at_us = closing.at_us.or(at_us);
            }
            Event::Ending { second, is_reset, at_us } => {
                let closing = &mut self.exchange.recorded.get_or_insert_default().closing;
                closing.at_us = closing.at_us.or(at_us);
                let known = if is_reset { &mut closing.reset } else { &mut closing.first };
                known.get_or_insert(side(second));
            }
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
                        let of = self.of(second);
                        let count = if bytes == 1 { "1 byte".to_owned() } else { format!("{bytes} bytes") };
                        let met = format!("a gap of {count} {side_of} this segment{of}");
                        problems.add(span, met, "every segment of the connection");
                    }
                    None => {}
                }
                self.exchange.miss(side(second), bytes);
            }
        }
    }

    /// Whose bytes are missing: `, from 10.0.0.1:4000 to 10.0.0.2:5432`.
    fn of(&self, second: bool) -> String {
        let (one, two) = &self.ends;
        let (from, to) = if second { (two, one) } else { (one, two) };
        if is_named(from) && is_named(to) { format!(", from {} to {}", name(from), name(to)) } else { String::new() }
    }

    fn is_on_port(&self) -> bool {
        let (one, two) = &self.ends;
        self.listening.is_some_and(|second| if second { two.1 } else { one.1 } == POSTGRES)
    }

    fn shows_what_it_is(&self) -> bool {
        let lengths = self.exchange.streams.each_ref().map(Stream::len);
        lengths.iter().all(|length| *length > 0) || lengths.iter().any(|length| *length >= ENOUGH)
    }

    fn finish(self, direction: Option<Direction>, problems: &mut Problems) -> (bool, Exchange) {
        self.cut.tell(problems);
        let on_port = self.is_on_port();
        let Gathering { ends: (one, two), listening, exchange, .. } = self;
        let known = listening.map(|second| if second { Direction::Frontend } else { Direction::Backend });
        let first = known.or(direction).unwrap_or(Direction::Frontend);
        let names = [name(&one), name(&two)];
        let mut exchange = exchange;
        if names.iter().any(|name| !name.is_empty()) {
            exchange.recorded.get_or_insert_default().ends = names;
        }
        if first == Direction::Backend {
            exchange = exchange.swapped();
        }
        exchange.sides = match direction {
            _ if known.is_some() => Sides::Given,
            Some(_) => Sides::Said,
            None => Sides::Unknown,
        };
        if known.is_none() {
            exchange.segments.iter_mut().for_each(|segment| segment.origin = Origin::Peer);
        }
        (on_port, exchange)
    }
}

fn is_named(end: &End) -> bool {
    end.1 > 0
}

/// Its address and port; empty where nothing says them.
fn name(end: &End) -> String {
    if is_named(end) { format!("{}:{}", end.0, end.1) } else { String::new() }
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
