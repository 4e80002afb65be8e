//! The ends at every step: kept now and then, and followed from there.

use pgscope_proto::Exchange;

use super::Ends;
use crate::index::Index;

/// How often the ends are kept at least, in frames.
const CHECKPOINT: usize = 1024;

/// The ends at every step of an exchange, each reached from a checkpoint nearby.
#[derive(Clone, Debug, Default)]
pub struct Course {
    /// The ends before a frame. The more there is to keep, the farther apart they are: all of them together cost no more
    /// than the exchange.
    checkpoints: Vec<(usize, Ends)>,
}

impl Course {
    /// Follows the exchange once.
    pub fn new(exchange: &Exchange, index: &Index) -> Self {
        let mut ends = Ends::default();
        let mut checkpoints = Vec::new();
        let mut due = 0;
        for number in 0..index.len() {
            if number == due {
                checkpoints.push((number, ends.clone()));
                due = number + CHECKPOINT.max(ends.weight());
            }
            step(&mut ends, exchange, index, number);
        }
        Self { checkpoints }
    }

    /// The ends after frame `number`.
    pub fn after(&self, exchange: &Exchange, index: &Index, number: usize) -> Ends {
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
