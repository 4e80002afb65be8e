//! Connections that are looked at while they go on: each message is given out once, as soon as it is whole, and is not kept for long.

use std::collections::BTreeMap;

use pgscope_capture::News;
use pgscope_proto::{Exchange, Problem, Tree};
use pgscope_session::{Entry, Index, is_settled, settle};

use crate::Forgotten;
use crate::Indexed;

/// A connection forgets at the next quiet point when it keeps so many bytes, and at any message when it keeps so many.
const ENOUGH: usize = 2 << 20;
const MOST: usize = 32 << 20;
/// What does not say how it begins is guessed when so many pieces have come, and then when there are twice as many, until one reading fits
/// so much better than the other; or when so many bytes of one end have come, many more where the other is still silent.
const HEAD: usize = 16;
const SURE: f64 = 0.2;
const HEAD_BYTES: usize = 1 << 20;
const ALONE_BYTES: usize = 8 << 20;

/// Connections of a recording that is not over.
#[derive(Debug, Default)]
pub struct Live {
    open: BTreeMap<usize, Watched>,
    /// How many connections said something.
    begun: usize,
}

/// A message that has become whole.
#[derive(Debug)]
pub struct Seen<'a> {
    /// The number of its connection, from 0, in the order in which they were recognised.
    pub connection: usize,
    /// What is kept of its connection.
    pub indexed: &'a Indexed,
    /// Where it is in that.
    pub entry: Entry,
    /// The message, taken apart.
    pub tree: &'a Tree,
    /// What is wrong with it, as far as that is known by now.
    pub problems: Vec<Problem>,
    /// When its last byte was seen, in microseconds since 1970, where that is known.
    pub seen_us: Option<i64>,
}

#[derive(Debug)]
struct Watched {
    number: usize,
    /// What has come, until it is known how to read it.
    head: Exchange,
    /// How many pieces it is to have before it is guessed again.
    tried: usize,
    going: Option<Going>,
}

#[derive(Debug)]
struct Going {
    indexed: Indexed,
    /// Whether the recording takes the one end for the other.
    is_swapped: bool,
    /// How many of the messages were given out, and the segment that the last of them ended in.
    given: usize,
    segment: usize,
}

impl Live {
    /// What was said on a connection: gives out what became whole by it.
    pub fn take(&mut self, news: News, each: &mut dyn FnMut(Seen<'_>)) {
        let News { connection, exchange, is_over } = news;
        let begun = &mut self.begun;
        let watched = self.open.entry(connection).or_insert_with(|| {
            *begun += 1;
            Watched { number: *begun - 1, head: Exchange::default(), tried: 0, going: None }
        });
        watched.take(exchange, is_over, each);
        if is_over {
            self.open.remove(&connection);
        }
    }
}

impl Watched {
    fn take(&mut self, said: Exchange, is_over: bool, each: &mut dyn FnMut(Seen<'_>)) {
        match &mut self.going {
            Some(going) => going.append(said),
            None if self.head.is_empty() => self.head = said,
            None => self.head.append(&said),
        }
        if self.going.is_none() && (is_over || self.shows_how_it_begins()) {
            self.going = Some(Going::begin(std::mem::take(&mut self.head)));
        }
        if let Some(going) = &mut self.going {
            going.give(self.number, is_over, each);
        }
    }

    fn shows_how_it_begins(&mut self) -> bool {
        let lengths = self.head.streams.each_ref().map(|stream| stream.len());
        let is_alone = lengths.contains(&0);
        let most = if is_alone { ALONE_BYTES } else { HEAD_BYTES };
        if is_alone || lengths.iter().any(|length| *length >= most) {
            return lengths.iter().any(|length| *length >= most);
        }
        is_settled(&self.head)
            || self.head.segments.len() >= self.tried.max(HEAD) && {
                self.tried = self.head.segments.len() * 2;
                let sides = settle(self.head.clone()).1.sides;
                sides.is_none_or(|sides| sides.said || (sides.scores[0] - sides.scores[1]).abs() >= SURE)
            }
    }
}

impl Going {
    fn begin(head: Exchange) -> Self {
        let first = |exchange: &Exchange| exchange.segments.first().map(|segment| segment.direction);
        let before = first(&head);
        let (exchange, guess) = settle(head);
        let is_swapped = first(&exchange) != before;
        let index = Index::begin_open(&exchange);
        let indexed = Indexed { exchange, index, guess, ..Indexed::default() };
        Self { indexed, is_swapped, given: 0, segment: 0 }
    }

    fn append(&mut self, said: Exchange) {
        let said = if self.is_swapped { said.swapped() } else { said };
        self.indexed.exchange.append(&said);
    }

    fn give(&mut self, connection: usize, is_over: bool, each: &mut dyn FnMut(Seen<'_>)) {
        let Indexed { exchange, index, .. } = &self.indexed;
        // Who is heard only now was not reckoned with.
        if index.is_one_sided() && exchange.streams.iter().all(|stream| !stream.is_empty()) {
            self.forget(false);
        }
        let Indexed { exchange, index, .. } = &mut self.indexed;
        index.more(exchange, usize::MAX);
        if is_over {
            index.end(exchange);
        }
        let mut tree = Tree::new();
        while let Some((entry, problems)) = self.indexed.open(self.given, &mut tree) {
            self.given += 1;
            let exchange = &self.indexed.exchange;
            let segment = exchange.arrived_with(entry.direction, entry.span.end, self.segment);
            self.segment = segment.unwrap_or(self.segment);
            let seen_us = segment.and_then(|nth| exchange.segments.get(nth)).and_then(|segment| segment.at_us);
            each(Seen { connection, indexed: &self.indexed, entry, tree: &tree, problems, seen_us });
        }
        let (kept, index) = (self.indexed.len(), &self.indexed.index);
        if self.given > 0 && (kept > MOST || kept > ENOUGH && index.is_at_rest()) {
            self.forget(index.is_one_sided());
        }
    }

    /// Keeps nothing but what was not given out.
    fn forget(&mut self, is_one_sided: bool) {
        let ends = self.indexed.index.ends();
        let Some(index) = self.indexed.index.anew(is_one_sided) else { return };
        let Forgotten { messages, bytes: [frontend, backend] } = self.indexed.forgotten;
        let [one, two] = ends;
        self.indexed = Indexed {
            exchange: self.indexed.exchange.behind(ends),
            index,
            guess: self.indexed.guess,
            forgotten: Forgotten { messages: messages + self.given, bytes: [frontend + one, backend + two] },
            ..Indexed::default()
        };
        (self.given, self.segment) = (0, 0);
    }
}
