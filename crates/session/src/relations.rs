//! Which frame describes what later ones only name: the Relation of a change, the Type of a column, the Begin of a
//! Commit, the archive that a piece of a base backup belongs to.
//!
//! The frames are followed once, as far as somebody asks. Of each that describes something its number is noted, nothing is
//! decoded. It does not know what the descriptions say.

use std::collections::BTreeSet;

use pgscope_proto::{CopyContent, Exchange};

use crate::index::{Entry, Index};

/// What a frame describes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Described {
    /// A relation, by its oid.
    Relation(u32),
    /// A type, by its oid.
    Type(u32),
    /// A transaction that is sent as a whole: its Begin.
    Transaction,
    /// An archive of a base backup, or its manifest.
    Archive,
}

/// The frames that describe something, as far as the exchange was followed.
#[derive(Clone, Debug, Default)]
pub struct Relations {
    known: BTreeSet<(Described, u32)>,
    reached: usize,
}

impl Relations {
    /// The last frame before `number` that describes this.
    pub fn before(&mut self, exchange: &Exchange, index: &Index, what: Described, number: usize) -> Option<usize> {
        self.follow(exchange, index, number);
        let before = (what, 0)..(what, number as u32);
        self.known.range(before).next_back().map(|(_, frame)| *frame as usize)
    }

    /// How many frames were followed.
    pub fn reached(&self) -> usize {
        self.reached
    }

    fn follow(&mut self, exchange: &Exchange, index: &Index, to: usize) {
        for entry in (self.reached..to).map_while(|number| index.entry(number)) {
            let bytes = || entry.span.of(&exchange.stream(entry.direction).bytes);
            if entry.message.field.id == "copydata"
                && let Some(what) = described(&entry, bytes())
            {
                self.known.insert((what, entry.number as u32));
            }
            self.reached = entry.number + 1;
        }
    }
}

/// Where the payload of CopyData begins, and how long the head of XLogData is: its type and three numbers.
const PAYLOAD: usize = 5;
const WAL_HEAD: usize = 1 + 3 * 8;

/// What the frame of a CopyData describes.
fn described(entry: &Entry, bytes: &[u8]) -> Option<Described> {
    let context = entry.context();
    let payload = bytes.get(PAYLOAD..)?;
    match (context.copy, payload.first()?) {
        (CopyContent::BaseBackup, b'n' | b'm') => Some(Described::Archive),
        (CopyContent::Logical, b'w') => {
            let (tag, behind) = payload.get(WAL_HEAD..)?.split_first()?;
            if *tag == b'B' {
                return Some(Described::Transaction);
            }
            // Within a streamed transaction its id comes first.
            let oid = behind
                .get(if context.streamed { 4 } else { 0 }..)?
                .first_chunk()
                .map(|oid| u32::from_be_bytes(*oid))?;
            match tag {
                b'R' => Some(Described::Relation(oid)),
                b'Y' => Some(Described::Type(oid)),
                _ => None,
            }
        }
        _ => None,
    }
}
