//! Which frame describes what later ones only name: the Relation of a change, the Type of a column, the Begin of a
//! Commit, the pieces of a streamed transaction.
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
    /// A piece of a transaction that is streamed: its Stream Start.
    Piece,
    /// A piece of this one.
    PieceOf(u32),
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

    /// How many frames before `number` describe this.
    pub fn count_before(&mut self, exchange: &Exchange, index: &Index, what: Described, number: usize) -> usize {
        self.follow(exchange, index, number);
        self.known.range((what, 0)..(what, number as u32)).count()
    }

    /// How many frames were followed.
    pub fn reached(&self) -> usize {
        self.reached
    }

    fn follow(&mut self, exchange: &Exchange, index: &Index, to: usize) {
        for entry in (self.reached..to).map_while(|number| index.entry(number)) {
            let bytes = || entry.span.of(&exchange.stream(entry.direction).bytes);
            if entry.message.field.id == "copydata" {
                let what = described(&entry, bytes());
                self.known.extend(what.into_iter().flatten().map(|what| (what, entry.number as u32)));
            }
            self.reached = entry.number + 1;
        }
    }
}

/// Where the payload of CopyData begins, and how long the head of XLogData is: its type and three numbers.
const PAYLOAD: usize = 5;
const WAL_HEAD: usize = 1 + 3 * 8;

/// What the frame of a CopyData describes.
fn described(entry: &Entry, bytes: &[u8]) -> [Option<Described>; 2] {
    let context = entry.context();
    let payload = bytes.get(PAYLOAD..).unwrap_or_default();
    let number = |at: usize| payload.get(at..)?.first_chunk().map(|oid| u32::from_be_bytes(*oid));
    // Within a streamed transaction its id comes before the oid.
    let oid = || number(WAL_HEAD + if context.streamed { 5 } else { 1 });
    match (context.copy, payload.first(), payload.get(WAL_HEAD)) {
        (CopyContent::Logical, Some(b'w'), Some(b'B')) => [Some(Described::Transaction), None],
        (CopyContent::Logical, Some(b'w'), Some(b'R')) => [oid().map(Described::Relation), None],
        (CopyContent::Logical, Some(b'w'), Some(b'Y')) => [oid().map(Described::Type), None],
        (CopyContent::Logical, Some(b'w'), Some(b'S')) => {
            [Some(Described::Piece), number(WAL_HEAD + 1).map(Described::PieceOf)]
        }
        _ => [None, None],
    }
}
