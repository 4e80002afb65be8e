//! Transactions of logical replication, whole or in streamed pieces, as cycles of the list: which one, how much it changes, what
//! became of it. Of a long one only the types of its messages are looked at. A page fetches this with what comes later.

use std::collections::BTreeSet;

use pgscope_session::Entry;
use pgscope_session::relations::Described;

use crate::Indexed;
use crate::cycle::{Summary, separated};
use crate::outline::{CHANGE, replicated};
use crate::says::rare::carried;
use crate::value::{lsn, quoted};

/// How many messages of a transaction are counted.
const MOST: usize = 100_000;
/// How many tables are named.
const MOST_TABLES: usize = 3;

/// A cycle that begins with a message of replication, in words.
pub(crate) fn cycle(indexed: &Indexed, (from, to): (usize, usize)) -> Option<Summary> {
    let first = indexed.index.entry(from)?;
    let asked = match replicated(&indexed.exchange, &first) {
        Some(b'B' | b'b') => begun(indexed, &first)?,
        Some(b'S') => piece(indexed, from)?,
        _ => return Some(Summary { name: "Replication", asked: between(indexed, (from, to)), ..Summary::default() }),
    };
    let asked = asked.strip_prefix("transaction ").unwrap_or(&asked);
    let changes = Changes::of(indexed, (from, to));
    let asked = format!("{asked}: {}", changes.told(indexed, to));
    Some(Summary { name: "Transaction", asked, came: came(indexed, to), failed: false })
}

/// Which piece of which transaction a frame stands in, or ends: that of the last Stream Start before it, or it is that.
pub(crate) fn piece(indexed: &Indexed, number: usize) -> Option<String> {
    let is_start = |entry: &Entry| replicated(&indexed.exchange, entry) == Some(b'S');
    let own = indexed.index.entry(number).filter(is_start);
    let start = match own {
        Some(own) => own,
        None => indexed.index.entry(indexed.frame_of(Described::Piece, number)?)?,
    };
    let xid = self::number(indexed, &start, 1)?;
    let nth = indexed.count_before(Described::PieceOf(xid), start.number) + 1;
    Some(format!("transaction {xid}, piece {nth}"))
}

/// A number of four bytes in the message of logical replication that a frame carries.
fn number(indexed: &Indexed, entry: &Entry, at: usize) -> Option<u32> {
    indexed.bytes(entry).get(CHANGE + at..)?.first_chunk().map(|number| u32::from_be_bytes(*number))
}

/// A position in the message of logical replication that a frame carries.
fn position(indexed: &Indexed, entry: &Entry, at: usize) -> Option<String> {
    indexed.bytes(entry).get(CHANGE + at..)?.first_chunk().map(|number| lsn(u64::from_be_bytes(*number)))
}

/// The id of a transaction that begins, and its name if it has two phases.
fn begun(indexed: &Indexed, begin: &Entry) -> Option<String> {
    let (tree, bytes) = indexed.decoded(begin.number)?;
    let (message, node) = carried(&tree)?;
    let part =
        |id: &str| tree.children(node).find(|part| tree.nodes.get(*part).is_some_and(|part| part.field.id == id));
    let xid = crate::says::rare::plain(&tree, bytes, part("xid")?);
    if message.field.id != "beginprepare" {
        return Some(xid);
    }
    let name = crate::says::rare::plain(&tree, bytes, part("gid")?);
    Some(format!("{xid} as {}", quoted(&name)))
}

/// What became of it, as far as its last message says that.
fn came(indexed: &Indexed, to: usize) -> String {
    let Some(last) = to.checked_sub(1).and_then(|last| indexed.index.entry(last)) else { return String::new() };
    let told = |words: &str| position(indexed, &last, 2).map(|at| format!("{words} at {at}")).unwrap_or_default();
    match replicated(&indexed.exchange, &last) {
        Some(b'C') => told("committed"),
        Some(b'P') => told("prepared"),
        _ => String::new(),
    }
}

/// What both ends say between transactions.
fn between(indexed: &Indexed, (from, to): (usize, usize)) -> String {
    let entries = (from..to.min(from + MOST)).filter_map(|number| indexed.index.entry(number));
    let first = entries.filter(|entry| entry.message.field.id == "copydata");
    let (mut alive, mut status) = (0, 0);
    for entry in first {
        match indexed.bytes(&entry).get(5) {
            Some(b'k') => alive += 1,
            Some(b'r') => status += 1,
            _ => {}
        }
    }
    let told = [(alive, "keepalive"), (status, "status update")].into_iter().filter(|(count, _)| *count > 0);
    told.map(|(count, what)| counted(count, what)).collect::<Vec<_>>().join(", ")
}

fn counted(count: usize, what: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{} {what}{plural}", separated(&count.to_string()))
}

/// What a transaction changes.
#[derive(Default)]
struct Changes {
    count: usize,
    relations: BTreeSet<u32>,
    /// Whether there are more messages than were looked at.
    is_more: bool,
}

impl Changes {
    fn of(indexed: &Indexed, (from, to): (usize, usize)) -> Self {
        let mut changes = Changes { is_more: to - from > MOST, ..Changes::default() };
        for entry in (from..to.min(from + MOST)).filter_map(|number| indexed.index.entry(number)) {
            let tag = replicated(&indexed.exchange, &entry);
            if !matches!(tag, Some(b'I' | b'U' | b'D' | b'T')) {
                continue;
            }
            changes.count += 1;
            // Within a streamed transaction its id comes first; a Truncate has a list.
            let at = 1 + if entry.context().streamed { 4 } else { 0 } + if tag == Some(b'T') { 5 } else { 0 };
            changes.relations.extend(number(indexed, &entry, at));
        }
        changes
    }

    fn told(&self, indexed: &Indexed, to: usize) -> String {
        let more = if self.is_more { "more than " } else { "" };
        let count = if self.count == 0 { "no changes".to_owned() } else { counted(self.count, "change") };
        let table = |oid: &u32| indexed.table_before(*oid, to).unwrap_or_else(|| format!("relation {oid}"));
        let mut tables: Vec<String> = self.relations.iter().take(MOST_TABLES).map(table).collect();
        if self.relations.len() > MOST_TABLES {
            tables.push(format!("{} more", self.relations.len() - MOST_TABLES));
        }
        tables.insert(0, format!("{more}{count}"));
        tables.join(", ")
    }
}
