//! The search for problems, a slice at a time: it decodes every message, and a screen must not wait for that.

use pgscope_proto::Tree;

use super::inspect::findings;
use super::{Checked, Engine, Finding};

/// How many bytes a slice decodes at most, whatever their number of messages.
const SLICE: usize = 512 * 1024;
/// How many problems are given at once.
const MOST: usize = 500;

/// What was found so far.
#[derive(Debug, Default)]
pub(super) struct Check {
    checked: Checked,
    /// The messages with problems, and how many problems were found before each.
    faulty: Vec<(u32, usize)>,
}

impl Check {
    /// The nearest message with a problem, behind `number` or before it.
    pub(super) fn next(&self, number: usize, forward: bool) -> Option<usize> {
        let at = match forward {
            true => self.faulty.partition_point(|(frame, _)| *frame as usize <= number),
            false => self.faulty.partition_point(|(frame, _)| (*frame as usize) < number).checked_sub(1)?,
        };
        self.faulty.get(at).map(|(frame, _)| *frame as usize)
    }
}

impl Engine {
    pub(super) fn check(&mut self, messages: usize) -> Checked {
        let Some(indexed) = self.connections.get(self.connection) else { return Checked::default() };
        let Check { checked, faulty } = &mut self.check;
        let mut tree = Tree::new();
        let mut bytes = 0;
        for number in (checked.messages..).take(messages) {
            let Some((entry, problems)) = indexed.open(number, &mut tree) else { break };
            checked.messages = number + 1;
            if !problems.is_empty() {
                faulty.push((number as u32, checked.problems));
                checked.problems += problems.len();
                checked.faulty += 1;
            }
            bytes += entry.span.len();
            if bytes > SLICE {
                break;
            }
        }
        *checked
    }

    pub(super) fn problems(&self, from: usize, to: usize) -> Vec<Finding> {
        let Some(indexed) = self.indexed() else { return Vec::new() };
        let first = self.check.faulty.partition_point(|(_, before)| *before <= from).saturating_sub(1);
        let before = self.check.faulty.get(first).map_or(0, |(_, before)| *before);
        let mut tree = Tree::new();
        let mut found = Vec::new();
        for (number, _) in self.check.faulty.iter().skip(first) {
            let Some((entry, problems)) = indexed.open(*number as usize, &mut tree) else { break };
            found.extend(findings(indexed, &entry, &tree, &problems));
            if before + found.len() >= to || found.len() >= MOST {
                break;
            }
        }
        let skip = (from - before).min(found.len());
        found.into_iter().skip(skip).take(to.saturating_sub(from)).collect()
    }
}
