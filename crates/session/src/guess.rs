//! Who sent it? Both readings are scored, and the better one is taken and said to be a guess.

use pgscope_proto::messages::{extended_query, unknown};
use pgscope_proto::{Direction, Exchange, Severity, Sides, Span, Stream, Tree};

use crate::Index;

/// How much of a long input is looked at.
const ENOUGH: usize = 64 * 1024;
const MOST_FRAMES: usize = 500;

/// A reading of the directions, and how well each candidate fits.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Guess {
    /// The direction of what stands first in the exchange.
    pub direction: Direction,
    /// The share of bytes that read well as sent by the frontend, and by the backend: 0 to 1.
    pub scores: [f64; 2],
}

/// Guesses who sent the bytes that stand in the frontend's place.
pub fn guess(exchange: &Exchange) -> Guess {
    let scores = Direction::BOTH.map(|direction| score(exchange, direction));
    let [frontend, backend] = scores;
    let direction = if backend > frontend { Direction::Backend } else { Direction::Frontend };
    Guess { direction, scores }
}

/// The exchange with its directions as guessed, if the input did not give them.
pub fn settle(exchange: Exchange) -> (Exchange, Option<Guess>) {
    if exchange.sides == Sides::Given || exchange.is_empty() {
        return (exchange, None);
    }
    let guess = guess(&exchange);
    let settled = if guess.direction == Direction::Backend { exchange.swapped() } else { exchange };
    (settled, Some(guess))
}

/// How well the exchange reads if what stands in the frontend's place was sent by `direction`.
fn score(exchange: &Exchange, direction: Direction) -> f64 {
    let mut sample = Exchange { sides: Sides::Given, order: exchange.order, ..Exchange::default() };
    for segment in &exchange.segments {
        let sender = if direction == Direction::Backend { segment.direction.other() } else { segment.direction };
        let bytes = segment.span.of(&exchange.stream(segment.direction).bytes);
        let bytes = bytes.get(..bytes.len().min(ENOUGH)).unwrap_or_default().to_vec();
        sample.push(sender, &Stream::raw(bytes), None);
        if sample.streams.iter().map(Stream::len).sum::<usize>() > ENOUGH {
            break;
        }
    }
    let index = Index::new(&sample);
    let (mut good, mut all) = (0.0, 0.0);
    let mut tree = Tree::new();
    for number in 0..index.len().min(MOST_FRAMES) {
        let Some(entry) = index.entry(number) else { break };
        index.tree(&sample, number, &mut tree);
        let problems = index.problems(&sample, number, &tree);
        let bytes = entry.span.of(&sample.stream(entry.direction).bytes);
        all += entry.span.len() as f64;
        good += entry.span.len() as f64 * credit(&entry, bytes, crate::worst(&problems));
    }
    if all > 0.0 { good / all } else { 0.0 }
}

fn credit(entry: &crate::Entry, bytes: &[u8], worst: Option<Severity>) -> f64 {
    let is_unknown = [&unknown::UNREADABLE, &unknown::UNKNOWN_MESSAGE].contains(&entry.message);
    match worst {
        _ if is_unknown => 0.0,
        Some(Severity::Error) => 0.4,
        // `C` `SELECT 1` is a Close of a statement called ELECT 1, and nobody's.
        _ if *entry.message == extended_query::CLOSE && is_command_tag(bytes) => 0.5,
        _ => 1.0,
    }
}

fn is_command_tag(close: &[u8]) -> bool {
    let words = Span::new(5, close.len().saturating_sub(1)).of(close);
    words.len() > 2 && words.iter().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || *byte == b' ')
}
