//! The pieces of an input whose senders it does not say: whose each is taken for, and what it begins with.

use pgscope_proto::{Direction, Exchange, Origin, Segment};

use super::{Engine, Labelled, Piece};
use crate::Indexed;

/// How many pieces are given at once.
const MOST: usize = 500;

impl Engine {
    /// Pieces `from..to` of the connection that is shown.
    pub(super) fn pieces(&self, from: usize, to: usize) -> Vec<Piece> {
        let Some(indexed) = self.indexed() else { return Vec::new() };
        let segments = indexed.exchange.segments.iter().enumerate();
        let wanted = segments.skip(from).take(to.saturating_sub(from).min(MOST));
        wanted.map(|(number, segment)| self.piece(indexed, number, segment)).collect()
    }

    fn piece(&self, indexed: &Indexed, number: usize, segment: &Segment) -> Piece {
        let entry = indexed.index.frame_at(segment.direction, segment.span.start);
        let label = segment.label.and_then(|label| indexed.exchange.labels.get(usize::from(label)));
        Piece {
            number,
            direction: segment.direction.name().into(),
            label: label.cloned().unwrap_or_default(),
            bytes: segment.span.len(),
            message: entry.as_ref().map(|entry| entry.number),
            name: entry.as_ref().map_or("".into(), |entry| entry.message.name().into()),
            is_begun: entry.as_ref().is_some_and(|entry| entry.span.start < segment.span.start),
            line: entry.and_then(|entry| self.line_of(&entry, segment.span.start.saturating_sub(entry.span.start))),
            is_turned: segment.origin == Origin::Said,
        }
    }
}

/// How many pieces there are, where somebody may want to turn one round: the input does not say of all of them whose they are.
pub(super) fn count(exchange: &Exchange) -> usize {
    let is_open = exchange.segments.iter().any(|segment| match segment.origin {
        Origin::Given => false,
        Origin::Unknown | Origin::Said => true,
        // Two ends that have no names are turned round together.
        Origin::Peer => segment.label.is_some(),
    });
    if is_open && exchange.segments.len() > 1 { exchange.segments.len() } else { 0 }
}

/// What the input calls who sent its pieces, and whose these are taken for; nothing where it says whose they are.
pub(super) fn labels(exchange: &Exchange) -> Vec<Labelled> {
    if count(exchange) == 0 {
        return Vec::new();
    }
    let labelled = exchange.labels.iter().enumerate().map(|(nth, name)| {
        let of = |direction: Direction| {
            let is_it = |one: &&Segment| one.label.map(usize::from) == Some(nth) && one.direction == direction;
            exchange.segments.iter().filter(is_it).count()
        };
        let [frontend, backend] = Direction::BOTH.map(of);
        Labelled { name: name.clone(), frontend, backend }
    });
    labelled.filter(|one| one.frontend + one.backend > 0).collect()
}
