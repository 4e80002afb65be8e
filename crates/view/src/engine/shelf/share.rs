//! Several engines that read one file: each surveys some of its connections, and the first puts together what all have found.

use pgscope_session::survey::Times;
use serde::{Deserialize, Serialize};

use super::Slot;
use crate::engine::Engine;
use crate::overview::Part;

/// What one of several has found that read the same file: each surveys some of its connections.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Share {
    /// By their places in the file: how many messages they have, and when these were seen.
    pub(super) slots: Vec<(usize, usize, Times)>,
    part: Part,
}

impl Share {
    /// Whether nothing is left.
    pub fn is_empty(&self) -> bool {
        self.slots.is_empty()
    }
}

impl Engine {
    /// Of the file that comes only some connections are surveyed here: every so many, from which on. Another than the first knows of no others.
    pub fn shares(&mut self, from: usize, every: usize) {
        self.share = (from, every);
    }

    /// Whether a capture file comes whose connections several can survey.
    pub fn can_share(&self) -> bool {
        self.work.is_some() && self.shelf.is_some()
    }

    pub(super) fn is_surveyed_here(&self, place: usize) -> bool {
        let (from, every) = self.share;
        every == 0 || place % every == from
    }

    /// What was found, where no more of the file comes, of about so many messages; and then of as many more. At its end nothing is left.
    pub fn share(&mut self, messages: usize) -> Share {
        self.survey_rest();
        let (Some(shelf), Some(overview)) = (self.shelf.as_mut(), self.overview.as_mut()) else {
            return Share::default();
        };
        let mut found = 0;
        let is_some = |slot: &&Slot| {
            let is_some = found < messages;
            found += slot.messages;
            is_some
        };
        let count = shelf.slots.iter().take_while(is_some).count();
        let slots = shelf.slots.drain(..count).map(|slot| (slot.place, slot.messages, slot.times)).collect();
        Share { slots, part: overview.take_part(count) }
    }

    /// What others have found: it is put together with what is found here when all of the file has come.
    pub fn take_share(&mut self, share: Share) {
        if let Some(shelf) = self.shelf.as_mut() {
            shelf.shares.push(share);
        }
    }

    /// All of the file has come: what all have found is one.
    pub(in crate::engine) fn put_together(&mut self) {
        let (Some(shelf), Some(overview)) = (self.shelf.as_mut(), self.overview.as_mut()) else { return };
        for Share { slots, part } in std::mem::take(&mut shelf.shares) {
            for (place, messages, times) in slots {
                let Some(slot) = shelf.at(place).and_then(|nth| shelf.slots.get_mut(nth)) else { continue };
                shelf.messages = shelf.messages + messages - slot.messages;
                (slot.messages, slot.times, slot.watched) = (messages, times, None);
            }
            overview.adopt(part);
        }
        overview.number_in_order();
    }
}
