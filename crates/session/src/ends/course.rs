//! The ends at every step: kept now and then, and followed from there.

use pgscope_proto::{Direction, Exchange};

use super::{Ahead, Ends};
use crate::index::{Entry, Index};

/// How often the ends are kept at least, in frames.
const CHECKPOINT: usize = 1024;

/// How much farther apart they are than they weigh.
const APART: usize = 4;

/// The ends at every step of an exchange, each reached from a checkpoint nearby.
#[derive(Clone, Debug, Default)]
pub struct Course {
    /// The ends before a frame. The more there is to keep, the farther apart they are: all of them together cost less
    /// than the exchange.
    checkpoints: Vec<(usize, Ends)>,
    /// The ends before the first frame that was not followed yet.
    ends: Ends,
    /// Which frame that is.
    followed: usize,
    /// The frame before which the next checkpoint is due.
    due: usize,
}

impl Course {
    /// Follows the exchange once.
    pub fn new(exchange: &Exchange, index: &Index) -> Self {
        let mut course = Self::default();
        course.more(exchange, index);
        course
    }

    /// Follows the frames that the index has found since. A course of which nothing was followed is the default.
    pub fn more(&mut self, exchange: &Exchange, index: &Index) {
        if self.followed == 0 {
            self.ends = Ends::before(index);
        }
        for number in self.followed..index.len() {
            if number == self.due {
                self.checkpoints.push((number, self.ends.clone()));
                self.due = number + CHECKPOINT.max(self.ends.weight() * APART);
            }
            step(&mut self.ends, exchange, index, number);
        }
        self.followed = index.len();
    }

    /// Tells of the ends after each frame, one after the other.
    pub fn along(exchange: &Exchange, index: &Index, mut tell: impl FnMut(&Ends)) {
        let mut ends = Ends::before(index);
        for number in 0..index.len() {
            step(&mut ends, exchange, index, number);
            if number + 1 == index.len() {
                ends = ends.given(&Ahead::default());
            }
            tell(&ends);
        }
    }

    /// Tells of the ends before each frame.
    pub(super) fn between(exchange: &Exchange, index: &Index, mut tell: impl FnMut(&Ends, &Entry)) {
        let mut ends = Ends::before(index);
        for entry in (0..index.len()).filter_map(|number| index.entry(number)) {
            tell(&ends, &entry);
            step(&mut ends, exchange, index, entry.number);
        }
    }

    /// The ends when frame `number` was said, and not read yet.
    pub fn said(&self, exchange: &Exchange, index: &Index, number: usize) -> Ends {
        let mut ends =
            number.checked_sub(1).map_or_else(|| Ends::before(index), |before| self.after(exchange, index, before));
        if let Some(entry) = index.entry(number) {
            let said = &exchange.stream(entry.direction).bytes;
            ends.said(&entry, said.get(..entry.span.end).unwrap_or(said));
            // Nobody has answered it.
            ends.owes |= entry.direction == Direction::Frontend;
        }
        ends
    }

    /// The ends after frame `number`. Behind the last one it is known that nothing more is said.
    pub fn after(&self, exchange: &Exchange, index: &Index, number: usize) -> Ends {
        let ends = self.just_after(exchange, index, number);
        if number + 1 == index.len() { ends.given(&Ahead::default()) } else { ends }
    }

    /// The same, as if more could always come.
    pub fn just_after(&self, exchange: &Exchange, index: &Index, number: usize) -> Ends {
        let behind = self.checkpoints.partition_point(|(from, _)| *from <= number);
        let nearest = behind.checked_sub(1).and_then(|at| self.checkpoints.get(at));
        let (from, mut ends) = nearest.cloned().unwrap_or_default();
        (from..=number).for_each(|frame| step(&mut ends, exchange, index, frame));
        ends
    }
}

fn step(ends: &mut Ends, exchange: &Exchange, index: &Index, number: usize) {
    if let Some(entry) = index.entry(number) {
        let said = &exchange.stream(entry.direction).bytes;
        ends.step(&entry, said.get(..entry.span.end).unwrap_or(said));
    }
}
