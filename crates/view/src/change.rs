//! What was changed in an input, so that it can be taken back.
//!
//! Places count bytes of the input: of a text as UTF-8, of a file as it is. It knows nothing of what the bytes say.

use serde::{Deserialize, Serialize};

/// Bytes of an input that were replaced by others.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// Where.
    pub start: usize,
    /// What was there.
    pub was: Vec<u8>,
    /// What is there now.
    pub new: Vec<u8>,
}

impl Change {
    /// The smallest change that makes `new` of `old`; nothing if they are the same.
    pub fn between(old: &[u8], new: &[u8]) -> Option<Change> {
        let pairs = old.iter().zip(new);
        let start = pairs.take_while(|(old, new)| old == new).count();
        let (old, new) = (old.get(start..)?, new.get(start..)?);
        let tail = old.iter().rev().zip(new.iter().rev()).take_while(|(old, new)| old == new).count();
        let (was, new) = (old.get(..old.len() - tail)?.to_vec(), new.get(..new.len() - tail)?.to_vec());
        (!was.is_empty() || !new.is_empty()).then_some(Change { start, was, new })
    }

    /// The change that takes this one back.
    pub fn inverse(&self) -> Change {
        Change { start: self.start, was: self.new.clone(), new: self.was.clone() }
    }

    /// Where a place behind the change, or at its start, is when it was made.
    pub fn moves(&self, place: usize) -> usize {
        match self.start < place {
            true => (place + self.new.len()).saturating_sub(self.was.len()),
            false => place,
        }
    }

    /// Makes the change; the input stays as it is where it is not what the change was made of.
    pub fn apply(&self, input: &mut Vec<u8>) -> bool {
        let end = self.start + self.was.len();
        if input.get(self.start..end) != Some(&self.was) {
            return false;
        }
        input.splice(self.start..end, self.new.iter().copied());
        true
    }

    /// Takes in a change that was typed right behind this one, or deleted right before it. Gives whether it could.
    pub fn join(&mut self, next: &Change) -> bool {
        let typed_behind = next.was.is_empty() && next.start == self.start + self.new.len();
        let deleted_before = self.new.is_empty() && next.new.is_empty() && next.start + next.was.len() == self.start;
        if typed_behind {
            self.new.extend_from_slice(&next.new);
        } else if deleted_before {
            self.start = next.start;
            self.was.splice(0..0, next.was.iter().copied());
        }
        typed_behind || deleted_before
    }
}

/// How many bytes of changes are kept at most: what is older than that is forgotten.
const MOST: usize = 64 << 20;

/// Something that can be taken back.
pub trait Step {
    /// How many bytes it holds.
    fn weight(&self) -> usize;
}

/// What was done, and what was taken back.
#[derive(Debug)]
pub struct History<S> {
    done: Vec<S>,
    undone: Vec<S>,
}

impl<S> Default for History<S> {
    fn default() -> Self {
        Self { done: Vec::new(), undone: Vec::new() }
    }
}

impl<S> History<S> {
    /// What was done before, the oldest first.
    pub fn of(done: Vec<S>) -> Self {
        Self { done, undone: Vec::new() }
    }

    /// The same, with what was taken back since, the first of it first.
    pub fn taken_back(self, undone: Vec<S>) -> Self {
        Self { undone, ..self }
    }
}

impl<S: Step> History<S> {
    /// Something was done. What had been taken back before cannot be done again.
    pub fn push(&mut self, step: S) {
        self.undone.clear();
        self.done.push(step);
        while self.done.len() > 1 && self.done.iter().map(Step::weight).sum::<usize>() > MOST {
            self.done.remove(0);
        }
    }

    /// What was done last, to be added to; nothing if something was taken back since.
    pub fn last(&mut self) -> Option<&mut S> {
        self.done.last_mut().filter(|_| self.undone.is_empty())
    }

    /// What was done, the newest first.
    pub fn newest_first(&self) -> impl Iterator<Item = &S> {
        self.done.iter().rev()
    }

    /// What was taken back, the last of it first: that would be done again next.
    pub fn taken_back_last_first(&self) -> impl Iterator<Item = &S> {
        self.undone.iter().rev()
    }

    /// The step that would be taken back, and the one that would be done again.
    pub fn next(&self) -> (Option<&S>, Option<&S>) {
        (self.done.last(), self.undone.last())
    }

    /// The step to take back.
    pub fn undo(&mut self) -> Option<&S> {
        self.undone.push(self.done.pop()?);
        self.undone.last()
    }

    /// The step to do again.
    pub fn redo(&mut self) -> Option<&S> {
        self.done.push(self.undone.pop()?);
        self.done.last()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    impl Step for Change {
        fn weight(&self) -> usize {
            self.was.len() + self.new.len()
        }
    }

    proptest! {
        #[test]
        fn a_change_leads_there_and_back(old in "[a-c]{0,12}", new in "[a-c]{0,12}") {
            let change = Change::between(old.as_bytes(), new.as_bytes());
            prop_assert_eq!(change.is_none(), old == new);
            if let Some(change) = change {
                let mut input = old.clone().into_bytes();
                prop_assert!(change.apply(&mut input));
                prop_assert_eq!(&input, new.as_bytes());
                prop_assert!(change.inverse().apply(&mut input));
                prop_assert_eq!(&input, old.as_bytes());
            }
        }

        #[test]
        fn everything_can_be_taken_back_and_done_again(texts in prop::collection::vec("[ab]{0,6}", 1..8)) {
            let mut history = History::default();
            let mut input = Vec::new();
            for text in &texts {
                if let Some(change) = Change::between(&input, text.as_bytes()) {
                    input = text.clone().into_bytes();
                    history.push(change);
                }
            }
            while let Some(change) = history.undo() {
                prop_assert!(change.inverse().apply(&mut input));
            }
            prop_assert_eq!(&input, b"");
            while let Some(change) = history.redo() {
                prop_assert!(change.apply(&mut input));
            }
            prop_assert_eq!(&input, texts.last().map_or(b"".as_slice(), |text| text.as_bytes()));
        }
    }

    #[test]
    fn letters_typed_in_a_row_are_one_change() {
        let mut typed = Change { start: 3, was: Vec::new(), new: b"5".to_vec() };
        assert!(typed.join(&Change { start: 4, was: Vec::new(), new: b"1".to_vec() }));
        assert_eq!(typed, Change { start: 3, was: Vec::new(), new: b"51".to_vec() });
        assert!(!typed.join(&Change { start: 9, was: Vec::new(), new: b"1".to_vec() }));
        let mut deleted = Change { start: 3, was: b"b".to_vec(), new: Vec::new() };
        assert!(deleted.join(&Change { start: 2, was: b"a".to_vec(), new: Vec::new() }));
        assert_eq!(deleted, Change { start: 2, was: b"ab".to_vec(), new: Vec::new() });
    }

    #[test]
    fn a_change_of_something_else_is_refused() {
        let mut input = b"abc".to_vec();
        assert!(!Change { start: 1, was: b"x".to_vec(), new: Vec::new() }.apply(&mut input));
        assert!(!Change { start: 9, was: b"x".to_vec(), new: Vec::new() }.apply(&mut input));
        assert_eq!(input, b"abc");
    }
}
