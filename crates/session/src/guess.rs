//! Who sent it, and what came before it? Each reading is scored, and the best is taken and said to be a guess.

mod body;
mod pieces;

use pgscope_proto::conversation::{CopyMode, Phase};
use pgscope_proto::frame::Fault;
use pgscope_proto::messages::{copy, extended_query, unknown};
use pgscope_proto::{
    Beginning, CopyContent, Direction, Exchange, Message, Origin, Severity, Sides, Span, Stream, Tree,
};

use crate::{Connection, Entry, Index};

/// How much of a long input is looked at.
const ENOUGH: usize = 64 * 1024;
const MOST_FRAMES: usize = 500;
/// How much of it shows how it begins: the first message of an end counts most, the second half of that, the third a third.
const HEAD: usize = 8 * 1024;
const HEAD_FRAMES: usize = 24;
/// So much shows its first message.
const FIRST_WORDS: usize = 256;
/// Scores nearer to each other than this are equal.
const NEAR: f64 = 0.005;

/// How an input is read that does not say how.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Guess {
    /// Who sent what stands first: the frontend or the backend. None where the input says it.
    pub sides: Option<Guessed<Direction, 2>>,
    /// Whether that is guessed of each piece by itself: [`Origin::Unknown`] marks them.
    pub is_by_piece: bool,
    /// How well it reads, 0 to 1, where the frontend said all of these pieces, and where the backend did.
    pub alone: [f64; 2],
    /// The message whose body the input is, without its type and length: they are put before it.
    pub body_of: Option<&'static Message>,
    /// Where in a connection's life it begins, of [`Beginning::ALL`]. None where the input says it.
    pub beginning: Option<Guessed<Beginning, 5>>,
}

/// A reading that was taken, and how well it and the others fit.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Guessed<T, const N: usize> {
    /// Which.
    pub taken: T,
    /// Whether a person said so: then it is no guess.
    pub said: bool,
    /// How well each reading fits, 0 to 1.
    pub scores: [f64; N],
}

/// Whether an exchange says itself who sent what and where it begins, so that [`settle`] has nothing to guess.
pub fn is_settled(exchange: &Exchange) -> bool {
    exchange.sides == Sides::Given && exchange.beginning == Beginning::Unknown && says_how_it_begins(exchange)
}

/// The exchange with its directions and its beginning as guessed, where neither the input nor a person says them.
pub fn settle(mut exchange: Exchange) -> (Exchange, Guess) {
    let mut guess = Guess::default();
    if exchange.sides == Sides::Unknown
        && let Some((message, whole)) = body::completed(&exchange)
    {
        guess.body_of = Some(message);
        exchange = whole;
    }
    let Some(first) = exchange.segments.first().map(|segment| segment.direction) else { return (exchange, guess) };
    if exchange.sides != Sides::Given {
        let said = exchange.sides == Sides::Said;
        if !said && let Some(by_piece) = pieces::directions(&exchange) {
            exchange = exchange.directed(&by_piece.directions);
            (guess.is_by_piece, guess.alone) = (true, by_piece.alone);
        }
        let is_open = exchange.segments.iter().all(|segment| segment.origin != Origin::Given);
        if is_open && !guess.is_by_piece {
            let sides = guess_sides(&exchange, first, said);
            guess.sides = Some(sides);
            if sides.taken != first {
                exchange = exchange.swapped();
            }
        } else if guess.is_by_piece {
            guess.sides = Some(as_they_stand(&exchange));
        }
        exchange = turned(exchange);
    }
    let said = exchange.beginning != Beginning::Unknown;
    if said || !says_how_it_begins(&exchange) {
        let scores = beginnings(&exchange);
        let taken = if said { exchange.beginning } else { best(&scores) };
        guess.beginning = Some(Guessed { taken, said, scores });
        // What the first bytes look like is read without a guess.
        if !matches!(taken, Beginning::Start | Beginning::Queries) {
            exchange.beginning = taken;
        }
    }
    (exchange, guess)
}

fn guess_sides(exchange: &Exchange, first: Direction, said: bool) -> Guessed<Direction, 2> {
    let mut scores = Direction::BOTH.map(|direction| score(exchange, direction));
    if first == Direction::Backend {
        scores.reverse();
    }
    let [frontend, backend] = scores;
    let better = if backend > frontend + NEAR / 10.0 { Direction::Backend } else { Direction::Frontend };
    Guessed { taken: if said { first } else { better }, said, scores }
}

/// What is taken where each piece has a direction of its own, and how well it fits with all of them turned round.
fn as_they_stand(exchange: &Exchange) -> Guessed<Direction, 2> {
    let taken = exchange.segments.first().map_or(Direction::Frontend, |segment| segment.direction);
    let mut scores = Direction::BOTH.map(|direction| score(exchange, direction));
    if taken == Direction::Backend {
        scores.reverse();
    }
    Guessed { taken, said: false, scores }
}

/// The exchange with those pieces turned round that a person turns round.
fn turned(exchange: Exchange) -> Exchange {
    if !exchange.segments.iter().any(|segment| segment.is_turned) {
        return exchange;
    }
    let turned = |(direction, is_turned): (Direction, bool)| if is_turned { direction.other() } else { direction };
    let directions: Vec<Direction> =
        exchange.segments.iter().map(|segment| turned((segment.direction, segment.is_turned))).collect();
    let mut exchange = exchange.directed(&directions);
    for segment in exchange.segments.iter_mut().filter(|segment| segment.is_turned) {
        (segment.origin, segment.is_turned) = (Origin::Said, false);
    }
    exchange
}

/// Whether it begins with something that only a new connection says.
fn says_how_it_begins(exchange: &Exchange) -> bool {
    let head = sample(exchange, Direction::Frontend, HEAD);
    let mut index = Index::begin(&head);
    // Of the first alone.
    while index.is_empty() && index.more(&head, FIRST_WORDS) {}
    let is_first_word =
        |entry: Entry| entry.direction == Direction::Frontend && entry.message.tag().is_none() && entry.fault.is_none();
    let is_unreadable = |entry: &Entry| *entry.message == unknown::UNREADABLE;
    index.entry(0).is_some_and(|entry| !is_unreadable(&entry) && is_first_word(entry))
}

/// How well the exchange reads if what stands in the frontend's place was sent by `direction`: all of it, and its head
/// with the beginning that suits it best.
fn score(exchange: &Exchange, direction: Direction) -> f64 {
    score_of(sample(exchange, direction, ENOUGH))
}

/// How well this beginning of an exchange reads.
fn score_of(sample: Exchange) -> f64 {
    let index = Index::new(&sample);
    let (mut good, mut all) = (0.0, 0.0);
    let mut tree = Tree::new();
    for entry in (0..index.len().min(MOST_FRAMES)).map_while(|number| index.entry(number)) {
        all += entry.span.len() as f64;
        good += entry.span.len() as f64 * credit(&sample, &index, &entry, &mut tree);
    }
    let whole = if all > 0.0 { good / all } else { 0.0 };
    let head = beginnings(&sample).into_iter().fold(0.0, f64::max);
    (whole + head) / 2.0
}

/// How well the head of the exchange reads with each beginning.
fn beginnings(exchange: &Exchange) -> [f64; 5] {
    let mut head = sample(exchange, Direction::Frontend, HEAD);
    Beginning::ALL.map(|beginning| {
        head.beginning = beginning;
        head_score(&head)
    })
}

fn best(scores: &[f64; 5]) -> Beginning {
    let highest = scores.iter().copied().fold(0.0, f64::max);
    let near = |(_, score): &(Beginning, f64)| *score > highest - NEAR;
    Beginning::ALL.into_iter().zip(*scores).find(near).map_or(Beginning::Queries, |(beginning, _)| beginning)
}

/// The first messages of each direction: whether they can be read, and whether they are said in such a phase.
fn head_score(head: &Exchange) -> f64 {
    let index = Index::new(head);
    let mut connection = Connection::before(head);
    let mut tree = Tree::new();
    let mut seen = [0.0, 0.0];
    let (mut good, mut all) = (0.0, 0.0);
    for entry in (0..index.len().min(HEAD_FRAMES)).map_while(|number| index.entry(number)) {
        let bytes = entry.span.of(&head.stream(entry.direction).bytes);
        let phase = connection.phase;
        let is_expected = phase.says(entry.direction, entry.message);
        connection.step(entry.direction, entry.message, bytes, entry.context().copy);
        // The end of the sample cuts what stands there.
        let is_cut = matches!(entry.fault, Some(Fault::Cut { .. })) && bytes.len() + 64 > HEAD;
        let Some(seen) = seen.get_mut(entry.direction.index()).filter(|_| !is_cut) else { continue };
        *seen += 1.0;
        let weight = 1.0 / *seen;
        let expected = if is_expected { 1.0 } else { 0.2 };
        all += weight;
        good += weight * expected * credit(head, &index, &entry, &mut tree) * explained(&entry, phase);
    }
    if all > 0.0 { good / all } else { 0.0 }
}

/// The beginning of the exchange, with what stands in the frontend's place sent by `direction`.
fn sample(exchange: &Exchange, direction: Direction, enough: usize) -> Exchange {
    let is_swapped = direction == Direction::Backend;
    let senders = exchange.segments.iter().map(|segment| segment.direction);
    sample_by(exchange, senders.map(|sender| if is_swapped { sender.other() } else { sender }), enough)
}

/// The beginning of the exchange, each piece sent by whom `senders` says.
fn sample_by(exchange: &Exchange, senders: impl Iterator<Item = Direction>, enough: usize) -> Exchange {
    let mut sample =
        Exchange { sides: Sides::Given, order: exchange.order, beginning: exchange.beginning, ..Exchange::default() };
    for (segment, sender) in exchange.segments.iter().zip(senders) {
        let left = enough.saturating_sub(sample.stream(sender).len());
        // There may be a million small ones.
        if left == 0 {
            continue;
        }
        let bytes = segment.span.of(&exchange.stream(segment.direction).bytes);
        let bytes = bytes.get(..bytes.len().min(left)).unwrap_or_default().to_vec();
        sample.push(sender, &Stream::raw(bytes), None);
        if sample.streams.iter().map(Stream::len).sum::<usize>() > enough {
            break;
        }
    }
    sample
}

fn credit(exchange: &Exchange, index: &Index, entry: &Entry, tree: &mut Tree) -> f64 {
    // It explains nothing, and what tells why may still be to come.
    if [&unknown::UNREADABLE, &unknown::UNKNOWN_MESSAGE].contains(&entry.message) {
        return 0.0;
    }
    index.tree(exchange, entry.number, tree);
    let problems = index.own_problems(exchange, entry.number, tree);
    let bytes = entry.span.of(&exchange.stream(entry.direction).bytes);
    match crate::worst(&problems) {
        Some(Severity::Error) => 0.4,
        // `C` `SELECT 1` is a Close of a statement called ELECT 1, and nobody's.
        _ if *entry.message == extended_query::CLOSE && is_command_tag(bytes) => 0.5,
        _ => 1.0,
    }
}

/// CopyData of which nothing is understood is read less well than one of which something is; and replication is no COPY.
fn explained(entry: &Entry, phase: Phase) -> f64 {
    let is_both = phase == Phase::Copying(CopyMode::Both);
    let is_odd = match entry.context().copy {
        CopyContent::Unknown => true,
        CopyContent::Physical | CopyContent::Logical | CopyContent::OtherPlugin => !is_both,
        CopyContent::Text | CopyContent::Binary | CopyContent::BaseBackup => is_both,
    };
    if *entry.message == copy::COPY_DATA && is_odd { 0.8 } else { 1.0 }
}

fn is_command_tag(close: &[u8]) -> bool {
    let words = Span::new(5, close.len().saturating_sub(1)).of(close);
    words.len() > 2 && words.iter().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || *byte == b' ')
}
