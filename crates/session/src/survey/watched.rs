//! What is kept of a connection that is looked at piece by piece: when its messages were seen, and what names mean whose messages are
//! not kept.

use std::collections::{HashMap, HashSet};

use pgscope_proto::read;

use super::Times;
use crate::follow::Names;

/// What names mean to a client of whose server nothing is here: what it said of them last.
#[derive(Clone, Debug, Default)]
pub(super) struct Said {
    statements: HashMap<Box<[u8]>, u32>,
    portals: HashMap<Box<[u8]>, u32>,
}

impl Said {
    pub(super) fn prepares(&mut self, parse: &[u8], text: u32) {
        self.statements.insert(read::first_text(parse).unwrap_or_default().into(), text);
    }

    pub(super) fn binds(&mut self, bind: &[u8]) {
        let portal = read::first_text(bind).unwrap_or_default();
        match self.statements.get(read::second_text(bind).unwrap_or_default()).copied() {
            Some(text) => drop(self.portals.insert(portal.into(), text)),
            None => drop(self.portals.remove(portal)),
        }
    }

    pub(super) fn text_of_portal(&self, execute: &[u8]) -> Option<u32> {
        self.portals.get(read::first_text(execute).unwrap_or_default()).copied()
    }
}

#[derive(Clone, Debug, Default)]
pub(super) struct Watched {
    times: Times,
    /// The text of each prepared statement that was made by a message that is not kept, by its name.
    texts: HashMap<Box<[u8]>, u32>,
    /// The names of those that were asked for since.
    asked: HashSet<Box<[u8]>>,
    /// The text of each portal, by its name, until no transaction is open.
    portals: HashMap<Box<[u8]>, u32>,
}

impl Watched {
    /// When the next message was seen.
    pub(super) fn note(&mut self, at: Option<i64>) {
        self.times.note(at);
    }

    /// A Parse was heard.
    pub(super) fn prepares(&mut self, parse: &[u8]) {
        self.asked.insert(read::first_text(parse).unwrap_or_default().into());
    }

    /// A Bind was heard, of a statement with this text, where that is known.
    pub(super) fn binds(&mut self, bind: &[u8], text: Option<u32>) {
        if let Some(text) = text {
            self.portals.insert(read::first_text(bind).unwrap_or_default().into(), text);
        }
    }

    /// The text of the statement that a Bind names.
    pub(super) fn text_of_bind(&self, bind: &[u8]) -> Option<u32> {
        self.texts.get(read::second_text(bind).unwrap_or_default()).copied()
    }

    /// The text of the portal that an Execute names.
    pub(super) fn text_of_portal(&self, execute: &[u8]) -> Option<u32> {
        self.portals.get(read::first_text(execute).unwrap_or_default()).copied()
    }

    /// What was heard is not kept: what names mean goes along. `parsed` has the text of each Parse.
    pub(super) fn forget(&mut self, names: &Names, parsed: &HashMap<u32, u32>, is_idle: bool) {
        for name in self.asked.drain() {
            // Of those that failed what was there before holds.
            let parse = names.statement(names.find(&name)).map(|statement| statement.parse);
            if let Some(text) = parse.and_then(|parse| parsed.get(&parse)) {
                self.texts.insert(name, *text);
            }
        }
        if is_idle {
            self.portals.clear();
        }
    }

    pub(super) fn into_times(self) -> Times {
        self.times
    }
}
