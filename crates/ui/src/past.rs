//! What was done to the input, so that it can be taken back; also after a reload, as far as what it was done to is there.
//!
//! It knows what an input is made of, and not what shows it.

use std::time::Duration;

use pgscope_view::change::{Change, History, Step};
use serde::{Deserialize, Serialize};

use crate::files::{self, Opened};
use crate::page::Said;

/// More bytes than this are not kept over a reload: what is oldest is forgotten first.
const MOST_KEPT: usize = 256 << 10;

/// What the input is made of.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) enum Source {
    Text(String),
    File(Opened),
}

/// What is said about the input, and what is looked at in it.
#[derive(Clone, Default, Serialize, Deserialize)]
pub(crate) struct Aspect {
    pub(crate) said: Said,
    pub(crate) message: Option<usize>,
}

#[derive(Clone, Serialize, Deserialize)]
pub(crate) enum Deed {
    /// The text was changed.
    Text(Change),
    /// The bytes of the file were.
    File(Change),
    /// Something else took the place of what was there.
    Source { was: Source, new: Source },
    /// Something else was said about the same input.
    Said,
}

impl Deed {
    pub(crate) fn inverse(&self) -> Deed {
        match self {
            Deed::Text(change) => Deed::Text(change.inverse()),
            Deed::File(change) => Deed::File(change.inverse()),
            Deed::Source { was, new } => Deed::Source { was: new.clone(), new: was.clone() },
            Deed::Said => Deed::Said,
        }
    }
}

/// What something that is done is called, and of which kind it is.
#[derive(Clone, Default, Serialize, Deserialize)]
pub(crate) struct Called {
    /// As it stands behind *Undo:*.
    pub(crate) name: String,
    /// Whether an input was opened by it: then it is no edit, and a key that takes back edits stops before it.
    pub(crate) opens: bool,
}

impl Called {
    /// An edit.
    pub(crate) fn edit(name: impl Into<String>) -> Self {
        Called { name: name.into(), opens: false }
    }

    /// The opening of an input.
    pub(crate) fn opening(name: impl Into<String>) -> Self {
        Called { name: name.into(), opens: true }
    }
}

/// What was done, and how things stood before and behind it.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Done {
    pub(crate) deed: Deed,
    pub(crate) called: Called,
    pub(crate) before: Aspect,
    pub(crate) after: Aspect,
    /// When, and whether it was typed.
    #[serde(skip)]
    pub(crate) at: Option<Duration>,
}

impl Step for Done {
    fn weight(&self) -> usize {
        let of = |source: &Source| if let Source::Text(text) = source { text.len() } else { 0 };
        match &self.deed {
            Deed::Text(change) | Deed::File(change) => change.was.len() + change.new.len(),
            Deed::Source { was, new } => of(was) + of(new),
            Deed::Said => 0,
        }
    }
}

/// The changes that were made of a file since it was opened, the oldest first.
pub(crate) fn since_opened<'a>(newest_first: impl Iterator<Item = &'a Done>) -> Vec<Change> {
    let since = newest_first.filter(|done| !matches!(done.deed, Deed::Said)).map_while(|done| match &done.deed {
        Deed::File(change) => Some(change.clone()),
        _ => None,
    });
    let mut changes: Vec<Change> = since.collect();
    changes.reverse();
    changes
}

/// What was done to what is shown, as it is kept over a reload.
#[derive(Default, Serialize, Deserialize)]
pub(crate) struct Kept {
    /// The file that is shown, as it was opened.
    file: Option<Opened>,
    /// The oldest first.
    done: Vec<Done>,
    /// What was taken back, the first of it first.
    undone: Vec<Done>,
}

impl Kept {
    /// As letters.
    pub(crate) fn write(file: Option<Opened>, past: &History<Done>) -> String {
        let is_there = |source: &Source| match source {
            Source::Text(_) => true,
            Source::File(opened) => Some(opened) == file.as_ref(),
        };
        let mut left = MOST_KEPT;
        let mut fits = |done: &&Done| {
            let is_there = match &done.deed {
                Deed::Source { was, new } => is_there(was) && is_there(new),
                _ => true,
            };
            let weight = done.weight();
            let fits = is_there && weight <= left;
            left = left.saturating_sub(weight);
            fits
        };
        let mut done: Vec<Done> = past.newest_first().take_while(&mut fits).cloned().collect();
        let mut undone: Vec<Done> = past.taken_back_last_first().take_while(&mut fits).cloned().collect();
        done.reverse();
        undone.reverse();
        let kept = Kept { file, done, undone };
        pgscope_view::link::letters(&postcard::to_allocvec(&kept).unwrap_or_default())
    }

    /// Nothing where it cannot be read: it may be of another version of the page.
    pub(crate) fn read(letters: &str) -> Option<Kept> {
        postcard::from_bytes(&pgscope_view::link::of_letters(letters)?).ok()
    }

    /// What was done to this text; nothing where it is another one.
    pub(crate) fn of_text(self, text: &str) -> History<Done> {
        let mut deeds = self.done.iter().rev().map(|done| &done.deed);
        let is_of_it = match deeds.find(|deed| !matches!(deed, Deed::Said)) {
            Some(Deed::Text(change)) => change.inverse().apply(&mut text.as_bytes().to_vec()),
            Some(Deed::Source { new: Source::Text(new), .. }) => new == text,
            // Nothing was done to it but that something was said about it.
            None => self.undone.is_empty() || self.is_next_of(text),
            _ => false,
        };
        match self.file.is_none() && is_of_it {
            true => History::of(self.done).taken_back(self.undone),
            false => History::default(),
        }
    }

    /// Whether what would be done again can be done to this text.
    fn is_next_of(&self, text: &str) -> bool {
        let mut deeds = self.undone.iter().rev().map(|done| &done.deed);
        match deeds.find(|deed| !matches!(deed, Deed::Said)) {
            Some(Deed::Text(change)) => change.apply(&mut text.as_bytes().to_vec()),
            Some(Deed::Source { was: Source::Text(was), .. }) => was == text,
            found => found.is_none(),
        }
    }

    /// The file that has these bytes now as it was when it was opened, and what was done since; the bytes back where they
    /// are of another file.
    pub(crate) fn of_file(mut self, bytes: Vec<u8>) -> Result<(Opened, History<Done>), Vec<u8>> {
        let Some(file) = self.file else { return Err(bytes) };
        let mut original = bytes.clone();
        let is_of_it = since_opened(self.done.iter().rev()).iter().rev().all(|one| one.inverse().apply(&mut original));
        let Some(opened) = is_of_it.then(|| files::opened(&file.name, &original)).flatten() else { return Err(bytes) };
        // The browser holds it in another place now.
        let again = |source: &mut Source| {
            if let Source::File(file) = source {
                file.clone_from(&opened);
            }
        };
        for done in self.done.iter_mut().chain(&mut self.undone) {
            if let Deed::Source { was, new } = &mut done.deed {
                again(was);
                again(new);
            }
        }
        Ok((opened, History::of(self.done).taken_back(self.undone)))
    }
}
