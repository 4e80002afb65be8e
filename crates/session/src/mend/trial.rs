//! Reading a message again with some bytes changed.

use pgscope_proto::{Context, Edit, Span, Tree, decode};

use super::{Case, likely};
use crate::checks;

/// How much work is done for one message, about in bytes that are read.
const WORK: usize = 1 << 18;
/// What reading costs apart from the bytes.
const READING: usize = 64;

/// A message that does not fit, and what is left of the work for it.
pub(super) struct Trial<'a> {
    pub(super) case: Case<'a>,
    /// Where the message ends by its length word.
    ends: usize,
    work: usize,
    scratch: Tree,
}

impl<'a> Trial<'a> {
    pub(super) fn new(case: Case<'a>) -> Self {
        let stated = case.word.of(case.bytes).iter().fold(0usize, |number, byte| (number << 8) | usize::from(*byte));
        let ends = stated.saturating_add(case.word.start);
        Self { case, ends, work: WORK, scratch: Tree::new() }
    }

    /// Whether the message has as many bytes as its length word says.
    pub(super) fn is_whole(&self) -> bool {
        self.case.bytes.len() == self.ends
    }

    /// Takes so much of the work that is left.
    pub(super) fn spend(&mut self, work: usize) -> Option<()> {
        self.work = self.work.checked_sub(work)?;
        Some(())
    }

    /// The changes, and that of the length which they call for, if the message then reads whole.
    ///
    /// Whoever wrote the length either counted the bytes that are there, or those that should be.
    pub(super) fn fits(&mut self, mut edits: Vec<Edit>) -> Option<Vec<Edit>> {
        let mut new = Edit::all_made(&edits, self.case.bytes);
        if new.len() != self.ends {
            if !self.is_whole() {
                return None;
            }
            let length = u32::try_from(new.len() - self.case.word.start).ok()?.to_be_bytes();
            new.get_mut(self.case.word.start..self.case.word.end)?.copy_from_slice(&length);
            edits.insert(0, Edit::new(self.case.word, length));
        }
        self.spend(new.len() + READING)?;
        let context = Context { incomplete: false, ..self.case.context };
        decode(self.case.message, &new, context, &mut self.scratch);
        let tree = &self.scratch;
        let fits = tree.problems.is_empty()
            && checks::of_values(self.case.message, tree, &new).is_empty()
            && likely::is_likely(self.case.message, self.case.told, tree, &new);
        fits.then_some(edits)
    }

    /// Whether each value of the message that was tried last would be seen to be wrong if its length were.
    pub(super) fn are_values_proven(&self) -> bool {
        likely::are_values_proven(self.case.message, self.case.told, &self.scratch)
    }
}

/// Puts in `bytes` at a place.
pub(super) fn insert(edits: &mut Vec<Edit>, at: usize, bytes: &[u8]) {
    match edits.last_mut().filter(|last| last.span == Span::new(at, at)) {
        Some(last) => last.bytes.extend_from_slice(bytes),
        None => edits.push(Edit::new(Span::new(at, at), bytes)),
    }
}
