//! What belongs together in an exchange: cycles of request and answer, and runs of equal messages in them.
//!
//! It is found in one pass over the index, which may be made in slices, and keeps a few numbers a cycle and a run, none a message. Which lines a list
//! shows where some of them are folded is [`Lines`]. It does not know what a message says, nor how it is shown.
//!
//! A cycle is what a ReadyForQuery ends, or several where requests were sent before the answers to earlier ones came.

mod border;
mod lines;

use pgscope_proto::{CopyContent, Direction, Exchange, Message};
use pgscope_session::{Entry, Index};

use crate::carried::innermost;

use border::Borders;
pub(crate) use lines::{Folds, Item, Lines, What};

/// More equal messages than this are a run.
const MANY: usize = 8;
/// More messages of the extended protocol than this, from one end, are a run.
const PIPELINE: usize = 24;

/// Messages of one end that say the same thing again and again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Run {
    /// Its first message.
    pub(crate) from: u32,
    /// One past its last.
    pub(crate) to: u32,
    /// How many lines this run and those before it spare, each folded into one.
    spared: u32,
    /// Whether its messages differ: the requests of a pipeline, or its answers.
    pub(crate) mixed: bool,
}

/// The cycles and runs of an exchange.
#[derive(Clone, Debug, Default)]
pub(crate) struct Outline {
    /// The first message of each cycle.
    cycles: Vec<u32>,
    runs: Vec<Run>,
    messages: usize,
    /// Which messages there are, and how many of each.
    names: Vec<(Direction, &'static Message, usize)>,
    /// The messages with which the server says that something failed.
    errors: Vec<u32>,
    /// What goes on with it, until it is finished.
    growing: Option<Growing>,
}

/// Where the pass over the messages is.
#[derive(Clone, Debug)]
struct Growing {
    borders: Borders,
    stretch: Stretch,
}

impl Outline {
    /// Of an exchange of which no message was followed yet; `is_answered` says whether the server is heard at all.
    pub(crate) fn begin(is_answered: bool) -> Self {
        let growing = Growing { borders: Borders::new(is_answered), stretch: Stretch::default() };
        Self { growing: Some(growing), ..Self::default() }
    }

    /// Follows the messages that the index has found since.
    pub(crate) fn more(&mut self, exchange: &Exchange, index: &Index) {
        let Some(mut growing) = self.growing.take() else { return };
        for entry in (self.messages..index.len()).map_while(|number| index.entry(number)) {
            let inner = replicated(exchange, &entry);
            if growing.borders.begins(index, &entry, inner) {
                self.close(&mut growing.stretch, entry.number);
                self.cycles.push(entry.number as u32);
            }
            let message = innermost(exchange, &entry);
            self.count(entry.direction, message);
            if is_error(message) {
                self.errors.push(entry.number as u32);
            }
            self.step(&mut growing.stretch, &entry, (message.field.id, inner));
        }
        self.messages = index.len();
        self.growing = Some(growing);
    }

    /// No more messages come.
    pub(crate) fn finish(&mut self) {
        if let Some(mut growing) = self.growing.take() {
            self.close(&mut growing.stretch, self.messages);
        }
    }

    /// Which messages there are, and how many of each.
    pub(crate) fn names(&self) -> &[(Direction, &'static Message, usize)] {
        &self.names
    }

    /// The messages with which the server says that something failed, in order.
    pub(crate) fn errors(&self) -> &[u32] {
        &self.errors
    }

    /// The first of them among the messages `from..to`, and how many they are there.
    pub(crate) fn errors_between(&self, from: usize, to: usize) -> (usize, Option<usize>) {
        let before = |number: usize| self.errors.partition_point(|error| (*error as usize) < number);
        let (first, last) = (before(from), before(to));
        (last.saturating_sub(first), self.errors.get(first..last).and_then(|errors| Some(*errors.first()? as usize)))
    }

    /// The one that was last counted is mostly near the beginning of the list.
    fn count(&mut self, direction: Direction, message: &'static Message) {
        let is_it = |(known, its, _): &(Direction, &Message, usize)| std::ptr::eq(*its, message) && *known == direction;
        match self.names.iter().position(is_it) {
            Some(at) => {
                self.names.get_mut(at).into_iter().for_each(|(_, _, count)| *count += 1);
                self.names.swap(at, at / 2);
            }
            None => self.names.push((direction, message, 1)),
        }
    }

    /// How many messages there are.
    pub(crate) fn len(&self) -> usize {
        self.messages
    }

    /// How many cycles.
    pub(crate) fn cycles(&self) -> usize {
        self.cycles.len()
    }

    /// The messages of a cycle.
    pub(crate) fn cycle(&self, cycle: usize) -> (usize, usize) {
        let at = |cycle: usize| self.cycles.get(cycle).map_or(self.messages, |from| *from as usize);
        (at(cycle), at(cycle + 1))
    }

    /// The cycle that a message is in.
    pub(crate) fn cycle_of(&self, message: usize) -> usize {
        self.cycles.partition_point(|from| *from as usize <= message).saturating_sub(1)
    }

    /// Whether a cycle has a line of its own: if there are others, and it is more than one message.
    pub(crate) fn has_head(&self, cycle: usize) -> bool {
        let (from, to) = self.cycle(cycle);
        self.cycles.len() > 1 && to - from > 1
    }

    pub(crate) fn runs(&self) -> &[Run] {
        &self.runs
    }

    /// The run that a message is in.
    pub(crate) fn run_of(&self, message: usize) -> Option<usize> {
        let at = self.runs.partition_point(|run| run.from as usize <= message).checked_sub(1)?;
        self.runs.get(at).filter(|run| message < run.to as usize).map(|_| at)
    }

    /// How many lines the runs that begin before a message spare.
    fn spared_before(&self, message: usize) -> usize {
        let before = self.runs.partition_point(|run| (run.from as usize) < message);
        before.checked_sub(1).and_then(|at| self.runs.get(at)).map_or(0, |run| run.spared as usize)
    }

    /// Where a message or a run that begins with it stands among its like in the cycle, from 0, and how many they are.
    pub(crate) fn place(&self, message: usize) -> (usize, usize) {
        let (from, to) = self.cycle(self.cycle_of(message));
        let lines = |to: usize| to - from - (self.spared_before(to) - self.spared_before(from));
        (lines(message), lines(to))
    }

    fn step(&mut self, stretch: &mut Stretch, entry: &Entry, (id, inner): (&'static str, Option<u8>)) {
        let (number, kind) = (entry.number, (entry.direction, id, inner));
        if stretch.kind == Some(kind) {
            return;
        }
        if number - stretch.equal > MANY {
            self.close(stretch, number);
        }
        stretch.equal = number;
        stretch.kind = Some(kind);
        let piped = is_piped(kind.1).then_some(kind.0);
        if stretch.piped != piped {
            self.close_pipeline(stretch, number);
            stretch.piped = piped;
        }
    }

    /// The pipeline so far ends where a run of equal messages begins, which ends at `to`.
    fn close(&mut self, stretch: &mut Stretch, to: usize) {
        if to - stretch.equal > MANY {
            self.close_pipeline(stretch, stretch.equal);
            self.push(stretch.equal, to, false);
            stretch.from = to;
        }
        self.close_pipeline(stretch, to);
        *stretch = Stretch { from: to, equal: to, ..Stretch::default() };
    }

    fn close_pipeline(&mut self, stretch: &mut Stretch, to: usize) {
        if stretch.piped.is_some() && to - stretch.from > PIPELINE {
            self.push(stretch.from, to, true);
        }
        stretch.from = to;
    }

    fn push(&mut self, from: usize, to: usize, mixed: bool) {
        let spared = self.runs.last().map_or(0, |run| run.spared) + (to - from - 1) as u32;
        self.runs.push(Run { from: from as u32, to: to as u32, spared, mixed });
    }
}

/// Whether the server says with it that something failed.
pub(crate) fn is_error(message: &Message) -> bool {
    matches!(message.field.id, "errorresponse" | "legacyerror")
}

/// The type of the message of logical replication that a frame carries.
pub(crate) fn replicated(exchange: &Exchange, entry: &Entry) -> Option<u8> {
    let is_change = entry.direction == Direction::Backend && entry.context().copy == CopyContent::Logical;
    let bytes = entry.span.of(&exchange.stream(entry.direction).bytes);
    let tag = bytes.get(CHANGE).filter(|_| is_change && entry.message.field.id == "copydata")?;
    (bytes.get(PAYLOAD) == Some(&b'w')).then_some(*tag)
}

/// Where the payload of CopyData begins, and that of XLogData behind its type and three numbers.
pub(crate) const PAYLOAD: usize = 5;
pub(crate) const CHANGE: usize = PAYLOAD + 1 + 3 * 8;

/// What may become a run.
#[derive(Clone, Debug, Default)]
struct Stretch {
    /// Where the messages of a pipeline begin.
    from: usize,
    /// Who sends them.
    piped: Option<Direction>,
    /// Where the last equal messages begin.
    equal: usize,
    kind: Option<(Direction, &'static str, Option<u8>)>,
}

/// Whether a pipeline is made of such messages.
fn is_piped(id: &str) -> bool {
    let requests = ["parse", "bind", "describe", "execute", "close", "sync", "flush"];
    let answers = ["parsecomplete", "bindcomplete", "closecomplete", "nodata", "commandcomplete", "portalsuspended"];
    let more = ["parameterdescription", "rowdescription", "datarow", "readyforquery", "emptyqueryresponse"];
    requests.contains(&id) || answers.contains(&id) || more.contains(&id)
}
