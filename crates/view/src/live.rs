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
    open: BTreeMap<usize, Given>,
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

/// A connection, and what was given out of it.
#[derive(Debug)]
struct Given {
    number: usize,
    watched: Watched,
    /// How many of the messages were given out, and the segment that the last of them ended in.
    given: usize,
    segment: usize,
}

/// A connection of which more comes.
#[derive(Debug, Default)]
pub(crate) struct Watched {
    /// What has come, until it is known how to read it.
    head: Exchange,
    /// How many pieces it is to have before it is guessed again.
    tried: usize,
    going: Option<Going>,
}

/// One of which it is known how to read it.
#[derive(Debug)]
pub(crate) struct Going {
    pub(crate) indexed: Indexed,
    /// Whether the recording takes the one end for the other.
    is_swapped: bool,
}

impl Live {
    /// What was said on a connection: gives out what became whole by it.
    pub fn take(&mut self, news: News, each: &mut dyn FnMut(Seen<'_>)) {
        let News { connection, exchange, is_over } = news;
        let begun = &mut self.begun;
        let watched = self.open.entry(connection).or_insert_with(|| {
            *begun += 1;
            Given { number: *begun - 1, watched: Watched::default(), given: 0, segment: 0 }
        });
        if let Some(going) = watched.watched.append(exchange, is_over) {
            let Given { number, given, segment, .. } = watched;
            going.give(*number, is_over, (given, segment), each);
        }
        if is_over {
            self.open.remove(&connection);
        }
    }
}

impl Watched {
    /// What was said then: it stands behind the rest. Nothing is given until it is known how to read it.
    pub(crate) fn append(&mut self, said: Exchange, is_over: bool) -> Option<&mut Going> {
        match &mut self.going {
            Some(going) => going.append(said),
            None if self.head.is_empty() => self.head = said,
            None => self.head.append(&said),
        }
        if self.going.is_none() && (is_over || self.shows_how_it_begins()) {
            self.going = Some(Going::begin(std::mem::take(&mut self.head)));
        }
        self.going.as_mut()
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
        Self { indexed, is_swapped }
    }

    fn append(&mut self, said: Exchange) {
        let said = if self.is_swapped { said.swapped() } else { said };
        self.indexed.exchange.append(&said);
    }

    /// Whether somebody is heard only now who was not reckoned with: what was read before is to be forgotten.
    pub(crate) fn is_outgrown(&self) -> bool {
        let Indexed { exchange, index, .. } = &self.indexed;
        index.is_one_sided() && exchange.streams.iter().all(|stream| !stream.is_empty())
    }

    /// Finds the messages that are whole; all that is there, where nothing more comes.
    pub(crate) fn find(&mut self, is_over: bool) {
        let Indexed { exchange, index, .. } = &mut self.indexed;
        index.more(exchange, usize::MAX);
        if is_over {
            index.end(exchange);
        }
    }

    fn give(
        &mut self,
        connection: usize,
        is_over: bool,
        (given, last): (&mut usize, &mut usize),
        each: &mut dyn FnMut(Seen<'_>),
    ) {
        if self.is_outgrown() {
            self.forget(false);
            (*given, *last) = (0, 0);
        }
        self.find(is_over);
        let mut tree = Tree::new();
        while let Some((entry, problems)) = self.indexed.open(*given, &mut tree) {
            *given += 1;
            let exchange = &self.indexed.exchange;
            let segment = exchange.arrived_with(entry.direction, entry.span.end, *last);
            *last = segment.unwrap_or(*last);
            let seen_us = segment.and_then(|nth| exchange.segments.get(nth)).and_then(|segment| segment.at_us);
            each(Seen { connection, indexed: &self.indexed, entry, tree: &tree, problems, seen_us });
        }
        let (kept, index) = (self.indexed.len(), &self.indexed.index);
        if *given > 0 && (kept > MOST || kept > ENOUGH && index.is_at_rest()) {
            self.forget(index.is_one_sided());
            (*given, *last) = (0, 0);
        }
    }

    /// Keeps nothing but what is no whole message. Gives what was kept before.
    pub(crate) fn forget(&mut self, is_one_sided: bool) -> Option<Indexed> {
        let ends = self.indexed.index.ends();
        let index = self.indexed.index.anew(is_one_sided)?;
        let Forgotten { messages, bytes: [frontend, backend] } = self.indexed.forgotten;
        let [one, two] = ends;
        let exchange = self.indexed.exchange.behind(ends);
        let anew = Indexed {
            exchange,
            guess: self.indexed.guess,
            forgotten: Forgotten {
                messages: messages + self.indexed.index.len(),
                bytes: [frontend + one, backend + two],
            },
            index,
            ..Indexed::default()
        };
        Some(std::mem::replace(&mut self.indexed, anew))
    }
}
