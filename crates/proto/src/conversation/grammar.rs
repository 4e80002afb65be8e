//! The answers of [`REQUESTS`], compiled by the compiler: each place at which a message may stand is a bit.
//!
//! A set of places is 64 bits, and so is what may follow. That is Glushkov's construction of an automaton without empty
//! steps: a message is accepted by some of the places that were awaited, and what follows those is awaited next. From a
//! recording that begins in the middle all places are awaited, and each message leaves fewer.

use super::requests::{Answer, Asks, REQUESTS, Request};
use crate::messages::authentication;
use crate::schema::Head;
use crate::{Direction, Message};

/// The bit that says that an answer may be whole here.
pub const END: u64 = 1 << 63;
/// How many places all answers have together, at most.
const MOST: usize = 63;

/// A place in an answer.
#[derive(Clone, Copy, Debug)]
pub struct Position {
    /// Who says the message that stands here.
    pub by: Direction,
    /// The messages that may stand here.
    pub messages: &'static [&'static Message],
    /// Whose answer it is.
    pub asks: Asks,
}

/// All answers as one automaton.
#[derive(Debug)]
pub struct Grammar {
    positions: [Position; MOST],
    count: usize,
    follow: [u64; MOST],
    /// Which positions each end says, by direction.
    said: [u64; 2],
    /// Where each answer begins.
    start: [u64; REQUESTS.len()],
    /// Which positions take a message with this type byte, by direction.
    tags: [[u64; 128]; 2],
    authentication: [u64; 16],
    /// S, N and G without a length.
    replies: [u64; 3],
}

/// The compiled table.
pub static GRAMMAR: Grammar = compile();

impl Grammar {
    /// The positions at which an answer begins; [`END`] if there is no answer.
    pub fn start(&self, asks: Asks) -> u64 {
        self.start.get(asks as usize).copied().unwrap_or(END)
    }

    /// The positions that take this message.
    pub fn takes(&self, direction: Direction, message: &'static Message) -> u64 {
        let at = |set: &[u64], at: usize| set.get(at).copied().unwrap_or(0);
        match message.head {
            Head::Tag(tag) => self.tags.get(direction.index()).map_or(0, |tags| at(tags, tag as usize)),
            Head::Authentication(_, code) => at(&self.authentication, code as usize),
            Head::Reply(tag) => reply(tag).map_or(0, |reply| at(&self.replies, reply)),
            // Of a kind that only the request before it would tell.
            _ if *message == authentication::AUTHENTICATION_RESPONSE => {
                self.tags.first().map_or(0, |tags| at(tags, b'p'.into()))
            }
            _ => 0,
        }
    }

    /// What may stand behind any of these positions.
    pub fn behind(&self, positions: u64) -> u64 {
        if positions.is_power_of_two() {
            return self.follow.get(positions.trailing_zeros() as usize).copied().unwrap_or(0);
        }
        Positions(positions).fold(0, |set, at| set | self.follow.get(at).copied().unwrap_or(0))
    }

    /// The positions of one answer.
    pub fn of(&self, asks: Asks) -> u64 {
        let own = self.all().filter(|(_, position)| position.asks == asks);
        own.fold(0, |set, (at, _)| set | 1 << at)
    }

    /// A position.
    pub fn position(&self, at: usize) -> Option<&Position> {
        self.positions.get(at).filter(|_| at < self.count)
    }

    /// Every position with its number.
    pub fn all(&self) -> impl Iterator<Item = (usize, &Position)> {
        self.positions.iter().take(self.count).enumerate()
    }

    /// The positions of those that one end says.
    pub fn said_by(&self, direction: Direction, positions: u64) -> u64 {
        self.said.get(direction.index()).map_or(0, |said| said & positions)
    }

    /// The messages that may stand at these positions, each once, in the order of the table.
    pub fn messages(&self, positions: u64) -> Vec<&'static Message> {
        let mut messages: Vec<&'static Message> = Vec::new();
        for position in Positions(positions & !END).filter_map(|at| self.position(at)) {
            let new = position.messages.iter().filter(|message| !messages.contains(message)).copied();
            let new: Vec<_> = new.collect();
            messages.extend(new);
        }
        messages
    }
}

/// The numbers of the positions in a set, in order.
#[derive(Clone, Copy, Debug)]
pub struct Positions(pub u64);

impl Iterator for Positions {
    type Item = usize;

    fn next(&mut self) -> Option<usize> {
        let at = (self.0 != 0).then(|| self.0.trailing_zeros() as usize)?;
        self.0 &= self.0 - 1;
        Some(at)
    }
}

const fn reply(tag: u8) -> Option<usize> {
    match tag {
        b'S' => Some(0),
        b'N' => Some(1),
        b'G' => Some(2),
        _ => None,
    }
}

/// What a part of a grammar begins with, what it ends with, and whether it may be empty.
#[derive(Clone, Copy)]
struct Part {
    first: u64,
    last: u64,
    is_empty: bool,
}

const EMPTY: Part = Part { first: 0, last: 0, is_empty: true };

#[allow(clippy::indexing_slicing, reason = "the compiler runs it: a wrong index does not compile")]
const fn compile() -> Grammar {
    let nothing = Position { by: Direction::Backend, messages: &[], asks: Asks::Startup };
    let mut grammar = Grammar {
        positions: [nothing; MOST],
        count: 0,
        follow: [0; MOST],
        said: [0; 2],
        start: [0; REQUESTS.len()],
        tags: [[0; 128]; 2],
        authentication: [0; 16],
        replies: [0; 3],
    };
    let mut at = 0;
    while at < REQUESTS.len() {
        let request: &'static Request = &REQUESTS[at];
        let part;
        (grammar, part) = add(grammar, request.asks, &request.answer);
        grammar = link(grammar, part.last, END);
        grammar.start[at] = part.first | if part.is_empty { END } else { 0 };
        at += 1;
    }
    grammar
}

#[allow(clippy::indexing_slicing, reason = "the compiler runs it: a wrong index does not compile")]
const fn add(mut grammar: Grammar, asks: Asks, answer: &'static Answer) -> (Grammar, Part) {
    match answer {
        Answer::Nothing => (grammar, EMPTY),
        Answer::Say(messages) => stand(grammar, Position { by: Direction::Backend, messages, asks }),
        Answer::Hear(messages) => stand(grammar, Position { by: Direction::Frontend, messages, asks }),
        Answer::Then(parts) => {
            let mut whole = EMPTY;
            let mut at = 0;
            while at < parts.len() {
                let part;
                (grammar, part) = add(grammar, asks, &parts[at]);
                grammar = link(grammar, whole.last, part.first);
                whole = Part {
                    first: whole.first | if whole.is_empty { part.first } else { 0 },
                    last: part.last | if part.is_empty { whole.last } else { 0 },
                    is_empty: whole.is_empty && part.is_empty,
                };
                at += 1;
            }
            (grammar, whole)
        }
        Answer::Any(parts) => {
            let mut whole = Part { is_empty: false, ..EMPTY };
            let mut at = 0;
            while at < parts.len() {
                let part;
                (grammar, part) = add(grammar, asks, &parts[at]);
                whole.first |= part.first;
                whole.last |= part.last;
                whole.is_empty = whole.is_empty || part.is_empty;
                at += 1;
            }
            (grammar, whole)
        }
        Answer::Many(of) | Answer::Some(of) => {
            let mut part;
            (grammar, part) = add(grammar, asks, of);
            grammar = link(grammar, part.last, part.first);
            part.is_empty = part.is_empty || matches!(answer, Answer::Many(_));
            (grammar, part)
        }
        Answer::Maybe(of) => {
            let mut part;
            (grammar, part) = add(grammar, asks, of);
            part.is_empty = true;
            (grammar, part)
        }
    }
}

/// A message: a position of its own.
#[allow(clippy::indexing_slicing, reason = "the compiler runs it: a wrong index does not compile")]
const fn stand(mut grammar: Grammar, position: Position) -> (Grammar, Part) {
    let bit = 1 << grammar.count;
    grammar.positions[grammar.count] = position;
    grammar.count += 1;
    grammar.said[position.by.index()] |= bit;
    let mut at = 0;
    while at < position.messages.len() {
        match position.messages[at].head {
            Head::Tag(tag) => grammar.tags[position.by.index()][tag as usize] |= bit,
            Head::Authentication(_, code) => grammar.authentication[code as usize] |= bit,
            Head::Reply(tag) => {
                if let Some(reply) = reply(tag) {
                    grammar.replies[reply] |= bit;
                }
            }
            _ => {}
        }
        at += 1;
    }
    (grammar, Part { first: bit, last: bit, is_empty: false })
}

/// Lets `to` follow `from`.
#[allow(clippy::indexing_slicing, reason = "the compiler runs it: a wrong index does not compile")]
const fn link(mut grammar: Grammar, from: u64, to: u64) -> Grammar {
    let mut at = 0;
    while at < grammar.count {
        if from & (1 << at) != 0 {
            grammar.follow[at] |= to;
        }
        at += 1;
    }
    grammar
}
