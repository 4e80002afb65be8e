//! Messages in one line each.

use pgscope_proto::messages::simple_query;
use pgscope_proto::{Direction, Problem, Tree};
use pgscope_session::{Ends, Entry, worst};

use super::{Engine, Open, Row};
use crate::Indexed;
use crate::belongs::band;
use crate::carried::carrier;
use crate::outline::is_error;
use crate::sequence::tag;

#[cfg(feature = "whole")]
use super::mending::short;
#[cfg(not(feature = "whole"))]
use crate::later::short;

/// How many characters of what a message says a row holds.
const MOST_SAID: usize = 400;
/// How many rows are given at once.
const MOST_ROWS: usize = 1000;

impl Engine {
    pub(super) fn rows(&self, from: usize, to: usize) -> Vec<Row> {
        let Some(indexed) = self.indexed() else { return Vec::new() };
        let to = to.min(from.saturating_add(MOST_ROWS));
        let mut tree = Tree::new();
        (from..to)
            .map_while(|number| {
                let (entry, problems) = indexed.open(number, &mut tree)?;
                Some(Row { waits: self.is_awaited(indexed, &entry), ..row(indexed, &entry, &tree, &problems) })
            })
            .collect()
    }
}

impl Engine {
    /// Whether the end to which the message goes sits blocked in a read when it comes.
    fn is_awaited(&self, indexed: &Indexed, entry: &Entry) -> bool {
        let before = match entry.number.checked_sub(1) {
            Some(before) => self.ends_after(indexed, before),
            None => Ends::before(&indexed.index),
        };
        let waits = match entry.direction {
            Direction::Frontend => before.server_waits(),
            Direction::Backend => before.client_waits(),
        };
        waits.words().is_some()
    }
}

impl Open {
    pub(super) fn row(&self, indexed: &Indexed) -> Row {
        row(indexed, &self.entry, &self.tree, &self.problems)
    }
}

/// Messages of any connection.
pub(super) fn rows_of(indexed: &Indexed, from: usize, to: usize) -> Vec<Row> {
    let mut tree = Tree::new();
    let one = |number| indexed.open(number, &mut tree).map(|(entry, problems)| row(indexed, &entry, &tree, &problems));
    (from..to).map_while(one).collect()
}

fn row(indexed: &Indexed, entry: &Entry, tree: &Tree, problems: &[Problem]) -> Row {
    let bytes = indexed.bytes(entry);
    let mut says = indexed.says_named(entry, tree);
    if let Some((cut, _)) = says.char_indices().nth(MOST_SAID) {
        says.truncate(cut);
        says.push('…');
    }
    Row {
        number: entry.number,
        direction: entry.direction.name().into(),
        tag: tag(indexed, entry),
        name: indexed.named(entry).name().into(),
        carrier: carrier(&indexed.exchange, entry).into(),
        fails: is_error(entry.message),
        says,
        offset: entry.span.start,
        length: entry.span.len(),
        waits: false,
        answers: indexed.index.request(entry.number),
        phase: band(indexed, entry.number).into(),
        begins: begins(indexed, entry.number),
        problems: problems.len(),
        severity: worst(problems).map(|severity| severity.name().into()),
        mend: problems.iter().find_map(|problem| problem.fix.as_ref()).map(|fix| short(fix, bytes)).unwrap_or_default(),
    }
}

/// Whether a band begins with this message: with another name, and with what follows a ReadyForQuery.
fn begins(indexed: &Indexed, number: usize) -> bool {
    let Some(before) = number.checked_sub(1) else { return true };
    let is_ready = |entry: Entry| *entry.message == simple_query::READY_FOR_QUERY;
    band(indexed, before) != band(indexed, number) || indexed.index.entry(before).is_some_and(is_ready)
}
