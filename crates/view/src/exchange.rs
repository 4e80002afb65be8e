//! An exchange with everything that is needed to show it: bytes, frames, and a tree at a time.

use std::cell::RefCell;

use pgscope_proto::{Direction, Exchange, Message, Problem, Severity, Tree};
use pgscope_session::{Entry, Guess, Index, settle};

use crate::carried::{self, Descriptions};
use crate::copied::Follows;
use crate::says::{Decoded, row, row_into, says};
use crate::typing::Remembered;

/// An exchange and its index.
#[derive(Debug, Default)]
pub struct Indexed {
    /// The bytes of both ends.
    pub exchange: Exchange,
    /// Their frames.
    pub index: Index,
    /// What had to be guessed.
    pub guess: Guess,
    /// What came before the first byte here, and is not kept.
    pub forgotten: Forgotten,
    pub(crate) remembered: Remembered,
    pub(crate) descriptions: Descriptions,
    pub(crate) followed: RefCell<Option<Box<dyn Follows>>>,
}

/// Messages of a connection that were looked at and are not kept, and how many bytes of each end they had.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Forgotten {
    /// How many messages.
    pub messages: usize,
    /// How many bytes, by [`Direction::index`].
    pub bytes: [usize; 2],
}

/// How many of them are more than notes.
pub fn bad(problems: &[Problem]) -> usize {
    problems.iter().filter(|problem| problem.severity > Severity::Note).count()
}

impl Indexed {
    /// Finds the frames of `exchange`, and its directions if it does not know them.
    pub fn new(exchange: Exchange) -> Self {
        let mut indexed = Self::begin(exchange);
        indexed.more(usize::MAX);
        indexed
    }

    /// The same, with no frame found yet.
    pub fn begin(exchange: Exchange) -> Self {
        let (exchange, guess) = settle(exchange);
        Self { guess, ..Self::settled(exchange) }
    }

    /// The same for an exchange that leaves nothing to guess.
    pub fn settled(exchange: Exchange) -> Self {
        let index = Index::begin(&exchange);
        Self { exchange, index, ..Self::default() }
    }

    /// The number of a message in its connection, from 0: those that are not kept are counted.
    pub fn number_of(&self, entry: &Entry) -> usize {
        self.forgotten.messages + entry.number
    }

    /// Where a message begins in what its end said, in bytes.
    pub fn offset_of(&self, entry: &Entry) -> usize {
        self.forgotten.bytes.get(entry.direction.index()).map_or(0, |bytes| bytes + entry.span.start)
    }

    /// Finds the frames of some more bytes; says whether there is still more.
    pub fn more(&mut self, bytes: usize) -> bool {
        self.index.more(&self.exchange, bytes)
    }

    /// The bytes of a frame.
    pub fn bytes(&self, entry: &Entry) -> &[u8] {
        entry.span.of(&self.exchange.stream(entry.direction).bytes)
    }

    /// Decodes a frame into `tree`, with its values of known type, and gives it with all its problems.
    pub fn open(&self, number: usize, tree: &mut Tree) -> Option<(Entry, Vec<Problem>)> {
        let entry = self.index.entry(number)?;
        self.index.tree(&self.exchange, number, tree);
        // Mends are searched for without what is wrong with values.
        let mut problems = self.index.problems_with_mends(&self.exchange, number, tree);
        self.open_values(&entry, tree, &mut problems);
        Some((entry, problems))
    }

    /// The same, without the mends that have to be searched for: for one message after the other.
    pub fn check(&self, number: usize, tree: &mut Tree) -> Option<(Entry, Vec<Problem>)> {
        let entry = self.index.entry(number)?;
        self.index.tree(&self.exchange, number, tree);
        let mut problems = self.index.problems(&self.exchange, number, tree);
        self.open_values(&entry, tree, &mut problems);
        Some((entry, problems))
    }

    /// How many problems that are more than notes these messages have.
    pub fn findings(&self, numbers: std::ops::Range<usize>, tree: &mut Tree) -> usize {
        let found = |number| self.check(number, tree).map_or(0, |(_, problems)| bad(&problems));
        numbers.map(found).sum()
    }

    /// The message that a frame is to a reader: the innermost that CopyData carries, and else its own.
    pub fn named(&self, entry: &Entry) -> &'static Message {
        carried::innermost(&self.exchange, entry)
    }

    /// What a decoded frame says, behind its name.
    pub(crate) fn says_named(&self, entry: &Entry, tree: &Tree) -> String {
        let (says, name) = (self.says(entry, tree), self.named(entry).name());
        // What is carried is told under its name.
        match says.strip_prefix(name).filter(|_| name != entry.message.name()) {
            Some(rest) => rest.trim_start().to_owned(),
            None => says,
        }
    }

    /// The same of a frame that is not decoded; `tree` is a buffer.
    pub(crate) fn says_by_itself(&self, entry: &Entry, tree: &mut Tree) -> String {
        let row = (entry.message.field.id == "datarow").then(|| row(self.bytes(entry), &self.typing(entry)));
        row.flatten().unwrap_or_else(|| {
            self.index.tree(&self.exchange, entry.number, tree);
            self.says_named(entry, tree)
        })
    }

    /// What a decoded frame says, in one line.
    pub fn says(&self, entry: &Entry, tree: &Tree) -> String {
        let said = carried::says(self, entry, tree);
        said.unwrap_or_else(|| {
            says(Decoded { message: entry.message, tree, bytes: self.bytes(entry), typed: &self.typing(entry) })
        })
    }

    /// The same, behind what stands there: for who has many of them.
    pub(crate) fn say_into(&self, entry: &Entry, tree: &Tree, out: &mut String) {
        let is_row = || entry.message.field.id == "datarow";
        if !is_row() || !row_into(self.bytes(entry), &self.typing(entry), out) {
            out.push_str(&self.says(entry, tree));
        }
    }

    /// How many bytes the search for frames has behind it.
    pub fn reached(&self) -> usize {
        self.index.reached().unwrap_or_else(|| self.len())
    }

    /// How many bytes both ends said.
    pub fn len(&self) -> usize {
        Direction::BOTH.iter().map(|side| self.exchange.stream(*side).len()).sum()
    }

    /// Whether nobody said anything.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}
