//! What CopyData carries, told with what was said before: changes under the names of their table and columns, a Commit with
//! the transaction that began, a standby's position with the server's, a piece of a backup with its file, lines as rows.

use std::cell::RefCell;
use std::rc::Rc;

use pgscope_proto::messages::inner;
use pgscope_proto::schema::Carrier;
use pgscope_proto::{CopyContent, Direction, Exchange, Message, Reads, Tree};
use pgscope_session::Entry;
use pgscope_session::relations::{Described, Relations};

use crate::backup;
use crate::copied;
use crate::cycle::Summary;
use crate::engine::FieldRow;
use crate::exchange::Indexed;
use crate::outline::{CHANGE, PAYLOAD, replicated};
use crate::says::rare::{carried, plain, sized};
use crate::says::{MOST_ENTRIES, listed};
use crate::transactions;
use crate::typing::Typed;
use crate::value::{lsn, quoted, type_name, visible};

/// What is known of the descriptions of an exchange.
#[derive(Debug, Default)]
pub(crate) struct Descriptions {
    frames: RefCell<Relations>,
    /// The relation that was last asked for: the changes of a table follow each other.
    last: RefCell<Option<(usize, Rc<Relation>)>>,
}

/// A table, as a Relation message describes it.
#[derive(Debug)]
pub(crate) struct Relation {
    name: String,
    columns: Vec<Attribute>,
}

#[derive(Debug)]
struct Attribute {
    typed: Typed,
    is_key: bool,
}

/// The message that a frame is to a reader: the innermost that CopyData carries, and else its own.
pub(crate) fn innermost(exchange: &Exchange, entry: &Entry) -> &'static Message {
    let (message, inner) = inside(exchange, entry);
    inner.or(message).unwrap_or(entry.message)
}

/// What carries that message; empty where nothing does.
pub(crate) fn carrier(exchange: &Exchange, entry: &Entry) -> &'static str {
    match inside(exchange, entry) {
        (None, _) => "",
        (Some(_), None) => "CopyData",
        (Some(_), Some(_)) => "XLogData in CopyData",
    }
}

/// The type byte of that message, where it is not the frame's own.
pub(crate) fn inner_tag(exchange: &Exchange, entry: &Entry) -> Option<u8> {
    let bytes = entry.span.of(&exchange.stream(entry.direction).bytes);
    match inside(exchange, entry) {
        (None, _) => None,
        (Some(_), None) => bytes.get(PAYLOAD).copied(),
        (Some(_), Some(_)) => bytes.get(CHANGE).copied(),
    }
}

/// The message that CopyData carries, and the one inside that. Their types tell which they are.
fn inside(exchange: &Exchange, entry: &Entry) -> (Option<&'static Message>, Option<&'static Message>) {
    if entry.message.field.id != "copydata" {
        return (None, None);
    }
    let content = entry.context().copy;
    let carrier = match content {
        CopyContent::Physical | CopyContent::Logical | CopyContent::OtherPlugin => Carrier::Replication,
        CopyContent::BaseBackup => Carrier::BaseBackup,
        CopyContent::Unknown | CopyContent::Binary | CopyContent::Text => return (None, None),
    };
    let bytes = entry.span.of(&exchange.stream(entry.direction).bytes);
    let at = |carrier, at: usize| inner(carrier, entry.direction, *bytes.get(at)?);
    let change = replicated(exchange, entry).and_then(|_| at(Carrier::LogicalReplication, CHANGE));
    (at(carrier, PAYLOAD), change)
}

/// What a message inside CopyData says, where more is known than it says itself.
pub(crate) fn says(indexed: &Indexed, entry: &Entry, tree: &Tree) -> Option<String> {
    if may_know(entry) { whole::says(indexed, entry, tree) } else { None }
}

/// What is known of a value of a change: the column's name, its type and its format.
pub(crate) fn column(indexed: &Indexed, entry: &Entry, tree: &Tree, index: usize) -> Option<Typed> {
    let is_value = || tree.nodes.get(index).is_some_and(|node| matches!(node.field.id, "column" | "value"));
    if may_know(entry) && is_value() { whole::column(indexed, entry, tree, index) } else { None }
}

/// Tells a row of fields what is known of a column of a line of COPY.
pub(crate) fn tell_column(row: &mut FieldRow, indexed: &Indexed, entry: &Entry, tree: &Tree) {
    if entry.message.field.id == "copydata" && entry.context().copy == CopyContent::Text {
        whole::tell_column(row, indexed, entry, tree);
    }
}

/// A cycle that begins with a message of replication, in words.
pub(crate) fn cycle(indexed: &Indexed, cycle: (usize, usize)) -> Option<Summary> {
    if indexed.index.entry(cycle.0)?.message.field.id == "copydata" { whole::cycle(indexed, cycle) } else { None }
}

fn may_know(entry: &Entry) -> bool {
    let is_known = |copy| !matches!(copy, CopyContent::Unknown | CopyContent::Binary | CopyContent::OtherPlugin);
    entry.message.field.id == "copydata" && is_known(entry.context().copy)
}

/// Where all of this is here from the start; else it comes later.
#[cfg(feature = "whole")]
mod whole {
    pub(super) use super::{column_of as column, says_of as says};
    pub(super) use crate::copied::tell as tell_column;
    pub(super) use crate::transactions::cycle;
}
#[cfg(not(feature = "whole"))]
use crate::later as whole;

pub(crate) fn says_of(indexed: &Indexed, entry: &Entry, tree: &Tree) -> Option<String> {
    if entry.context().copy == CopyContent::Text {
        return copied::says(indexed, entry, tree);
    }
    let (message, node) = carried(tree)?;
    let change = Carried { indexed, entry, tree, bytes: indexed.bytes(entry), node };
    let said = match message.field.id {
        "insert" | "update" | "delete" => change.row()?,
        "truncate" => change.truncate()?,
        "relation" => change.describes(),
        "type" => format!("{}, oid {}", read_name(tree, node, change.bytes), change.told(node, "type")),
        "begin" => change.begins(),
        "commit" => change.commits()?,
        "streamstart" => format!("of {}", transactions::piece(indexed, entry.number)?),
        "streamstop" => format!("of {}", transactions::piece(indexed, entry.number)?),
        "streamcommit" => format!("{} at {}", change.in_pieces(), change.ends("commit_lsn", "commit_time")),
        "streamabort" => change.aborts()?,
        "streamprepare" => format!("{} {}", change.in_pieces(), change.prepares()),
        "beginprepare" | "prepare" | "commitprepared" | "rollbackprepared" => change.prepares(),
        "standbystatus" => change.stands()?,
        "backupdata" => change.piece()?,
        "progress" => change.progress()?,
        "manifest" => "backup_manifest begins".to_owned(),
        _ => return None,
    };
    Some(format!("{} {said}", message.name()))
}

pub(crate) fn column_of(indexed: &Indexed, entry: &Entry, tree: &Tree, index: usize) -> Option<Typed> {
    let node = tree.nodes.get(index)?;
    let column = if node.field.id == "value" { tree.parent(tree.parent(index)?)? } else { index };
    let nth = tree.nodes.get(column)?.ordinal?;
    tree.nodes.get(tree.parent(column)?).filter(|tuple| tuple.field.id == "tuple")?;
    let (_, change) = carried(tree)?;
    let change = Carried { indexed, entry, tree, bytes: indexed.bytes(entry), node: change };
    let relation = change.relation(change.child(change.node, "relation")?)?;
    let typed = &relation.columns.get(nth as usize)?.typed;
    Some(Typed { is_binary: change.is_binary(column), ..typed.clone() })
}

/// The values of a change that are in binary format, and the oids of their types.
pub(crate) fn binary_values(indexed: &Indexed, entry: &Entry, tree: &Tree) -> Vec<(usize, u32)> {
    let change = carried(tree).filter(|(message, _)| matches!(message.field.id, "insert" | "update" | "delete"));
    let bytes = indexed.bytes(entry);
    change.and_then(|(_, node)| Carried { indexed, entry, tree, bytes, node }.binary_values()).unwrap_or_default()
}

/// The table that a node names by its oid, or the type; nothing if it is not known.
pub(crate) fn named(indexed: &Indexed, entry: &Entry, tree: &Tree, index: usize) -> Option<String> {
    let change = Carried { indexed, entry, tree, bytes: indexed.bytes(entry), node: index };
    match tree.nodes.get(index)?.field.id {
        "data" => change.in_backup(),
        "relation" => Some(change.relation(index)?.name.clone()),
        "type" => indexed.type_before(change.number(index)?, entry.number),
        _ => None,
    }
}

/// How far a standby is behind the end of the log that the server told last, in bytes; nothing where it said no position, or one
/// behind that end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Lag {
    pub(crate) server: u64,
    pub(crate) written: Option<u64>,
    pub(crate) flushed: Option<u64>,
    pub(crate) applied: Option<u64>,
}

impl Lag {
    fn of(places: [u64; 3], server: Option<u64>) -> Option<Self> {
        let server = server?;
        let [written, flushed, applied] =
            places.map(|place| Some(place).filter(|place| *place > 0).and_then(|place| server.checked_sub(place)));
        Some(Self { server, written, flushed, applied })
    }
}

/// How far behind a standby is that sends its status with this message.
pub(crate) fn lag(indexed: &Indexed, entry: &Entry, tree: &Tree) -> Option<Lag> {
    let (message, node) = carried(tree).filter(|_| may_know(entry))?;
    let status = Carried { indexed, entry, tree, bytes: indexed.bytes(entry), node };
    let position = |id: &str| status.child(node, id).and_then(|node| status.wide(node));
    let places = [position("written")?, position("flushed")?, position("applied")?];
    Lag::of(places, indexed.position_before(entry.number)).filter(|_| message.field.id == "standbystatus")
}

/// A message inside CopyData.
struct Carried<'a> {
    indexed: &'a Indexed,
    entry: &'a Entry,
    tree: &'a Tree,
    bytes: &'a [u8],
    node: usize,
}

impl Carried<'_> {
    /// Table, and rows under the names of their columns: `public.fruit key (id=1) → (id=2, name=“apple”)`.
    fn row(&self) -> Option<String> {
        let relation = self.relation(self.child(self.node, "relation")?)?;
        let parts = self.tree.children(self.child(self.node, "tuples")?);
        let parts: Vec<String> = parts.filter_map(|part| self.part(part, &relation)).collect();
        Some(format!("{} {}{}", relation.name, parts.join(" → "), self.streamed()))
    }

    /// One row of a change. Of a key only its own columns: the others are NULL because they are not sent.
    fn part(&self, part: usize, relation: &Relation) -> Option<String> {
        let kind = self.tree.code(part, self.bytes)?.name;
        let tuple = self.child(part, "tuple")?;
        let is_own = |nth: usize| kind != "key" || relation.columns.get(nth).is_none_or(|column| column.is_key);
        let columns = self.tree.children(tuple).skip(1).enumerate().filter(|(nth, _)| is_own(*nth));
        let values = columns.take(MOST_ENTRIES + 1).map(|(nth, column)| self.value(column, relation.columns.get(nth)));
        let row = format!("({})", listed(values));
        Some(if kind == "new" { row } else { format!("{kind} {row}") })
    }

    fn value(&self, column: usize, known: Option<&Attribute>) -> String {
        let shown = match self.child(column, "data") {
            Some(data) => {
                let value = self.child(data, "value").and_then(|value| self.tree.nodes.get(value));
                let typed = known.map(|known| Typed { is_binary: self.is_binary(column), ..known.typed.clone() });
                let shown = typed.zip(value).and_then(|(typed, value)| typed.shown(value.span().of(self.bytes)));
                shown.map_or_else(|| sized(self.tree, self.bytes, data), |text| crate::says::short(&text))
            }
            None => match self.tree.code(column, self.bytes).map(|code| code.name) {
                Some("null") => "NULL".to_owned(),
                Some(other) => other.to_owned(),
                None => "…".to_owned(),
            },
        };
        match known {
            Some(known) => format!("{}={shown}", visible(&known.typed.name)),
            None => shown,
        }
    }

    fn binary_values(&self) -> Option<Vec<(usize, u32)>> {
        let relation = self.relation(self.child(self.node, "relation")?)?;
        let rows = self.tree.children(self.child(self.node, "tuples")?).filter_map(|part| self.child(part, "tuple"));
        let columns = rows.flat_map(|tuple| self.tree.children(tuple).skip(1).zip(&relation.columns));
        let binary = columns.filter(|(column, known)| known.typed.oid != 0 && self.is_binary(*column) == Some(true));
        let value = |(column, known): (usize, &Attribute)| {
            Some((self.child(self.child(column, "data")?, "value")?, known.typed.oid))
        };
        Some(binary.filter_map(value).collect())
    }

    fn truncate(&self) -> Option<String> {
        let list = self.tree.children(self.child(self.node, "relations")?);
        let name = |node: usize| {
            let known = self.relation(node).map(|relation| relation.name.clone());
            known.or_else(|| self.number(node).map(|oid| format!("relation {oid}"))).unwrap_or_default()
        };
        let names = listed(list.take(MOST_ENTRIES + 1).map(name));
        let options = self.child(self.node, "options").and_then(|node| self.number(node)).unwrap_or(0);
        let cascade = if options & 1 != 0 { ", cascade" } else { "" };
        let restart = if options & 2 != 0 { ", restart identity" } else { "" };
        Some(format!("{names}{cascade}{restart}{}", self.streamed()))
    }

    /// A table with its columns: `public.fruit (id int4 key, name text)`.
    fn describes(&self) -> String {
        let relation = read_relation(self.tree, self.node, self.bytes);
        let column = |column: &Attribute| {
            let Typed { name, oid, .. } = &column.typed;
            let known = type_name(*oid).map(str::to_owned);
            let known = known.or_else(|| self.indexed.type_before(*oid, self.entry.number));
            let of_type = known.unwrap_or_else(|| format!("type {oid}"));
            format!("{} {of_type}{}", visible(name), if column.is_key { " key" } else { "" })
        };
        let columns = listed(relation.columns.iter().take(MOST_ENTRIES + 1).map(column));
        let identity = self.child(self.node, "identity").and_then(|node| self.tree.code(node, self.bytes));
        let identity = identity.filter(|code| code.name != "default").map(|code| code.name);
        let identity = identity.map(|name| format!(", replica identity {name}")).unwrap_or_default();
        format!("{} ({columns}){identity}{}", relation.name, self.streamed())
    }

    fn begins(&self) -> String {
        let [xid, at, time] = ["xid", "final_lsn", "commit_time"].map(|id| self.told(self.node, id));
        format!("{xid}, committed at {at}, {time}")
    }

    fn commits(&self) -> Option<String> {
        let began = self.indexed.frame_of(Described::Transaction, self.entry.number)?;
        let (tree, bytes) = self.indexed.decoded(began)?;
        let begin = Carried { tree: &tree, bytes, node: carried(&tree)?.1, ..*self };
        let [at, time] = ["commit_lsn", "commit_time"].map(|id| self.told(self.node, id));
        Some(format!("{} at {at}, {time}", begin.told(begin.node, "xid")))
    }

    fn ends(&self, position: &str, time: &str) -> String {
        format!("{}, {}", self.told(self.node, position), self.told(self.node, time))
    }

    /// A streamed transaction, with the number of its pieces.
    fn in_pieces(&self) -> String {
        let xid = self.child(self.node, "xid").and_then(|node| self.number(node)).unwrap_or_default();
        match self.indexed.count_before(Described::PieceOf(xid), self.entry.number) {
            0 => xid.to_string(),
            1 => format!("{xid}, 1 piece,"),
            pieces => format!("{xid}, {pieces} pieces,"),
        }
    }

    fn aborts(&self) -> Option<String> {
        let [xid, own] = ["xid", "subxid"].map(|id| self.child(self.node, id).and_then(|node| self.number(node)));
        let (xid, own) = (xid?, own?);
        Some(if xid == own { xid.to_string() } else { format!("{own}, a subtransaction of {xid}") })
    }

    /// A transaction in two phases: its id, its name, and where and when this was.
    fn prepares(&self) -> String {
        let xid = self.told(self.node, "xid");
        let name = quoted(text(self.tree, self.node, "gid", self.bytes));
        let (position, time) = match self.tree.nodes.get(self.node).map_or("", |node| node.field.id) {
            "commitprepared" => ("commit_lsn", "commit_time"),
            "rollbackprepared" => ("rollback_end_lsn", "rollback_time"),
            _ => ("prepare_lsn", "prepare_time"),
        };
        format!("{xid} as {name} at {}", self.ends(position, time))
    }

    /// The positions of a standby, and how far it is behind the last one that the server told.
    fn stands(&self) -> Option<String> {
        let position = |id: &str| self.child(self.node, id).and_then(|node| self.wide(node));
        let places = [position("written")?, position("flushed")?, position("applied")?];
        let [written, flushed, applied] = places;
        let positions = format!("written {}, flushed {}, applied {}", lsn(written), lsn(flushed), lsn(applied));
        let Some(lag) = Lag::of(places, self.indexed.position_before(self.entry.number)) else {
            return Some(positions);
        };
        let behind = match (lag.flushed, lag.applied) {
            (None, _) => return Some(positions),
            (Some(0), Some(0) | None) => "all that the server has told".to_owned(),
            (Some(flushed), Some(applied)) if applied != flushed => {
                format!("{flushed} bytes behind {}, {applied} to apply", lsn(lag.server))
            }
            (Some(flushed), _) => format!("{flushed} bytes behind {}", lsn(lag.server)),
        };
        Some(format!("{positions}: {behind}"))
    }

    /// A piece of a base backup: the files that it belongs to, and how long it is.
    fn piece(&self) -> Option<String> {
        let length = self.child(self.node, "data").and_then(|node| self.tree.nodes.get(node))?.span().len();
        backup::piece(self.indexed, self.entry, length)
    }

    /// The same for the data themselves, which are at the node.
    fn in_backup(&self) -> Option<String> {
        let outer = self.tree.nodes.get(self.tree.parent(self.node)?)?;
        let length = self.tree.nodes.get(self.node)?.span().len();
        if outer.field.id == "backupdata" { backup::piece(self.indexed, self.entry, length) } else { None }
    }

    fn progress(&self) -> Option<String> {
        let done = self.child(self.node, "done").and_then(|node| self.wide(node))?;
        Some(backup::progress(self.indexed, self.entry, done))
    }

    /// Within a streamed transaction: which one.
    fn streamed(&self) -> String {
        let xid = self.child(self.node, "streamed").and_then(|node| self.child(node, "xid"));
        xid.and_then(|node| self.number(node)).map(|xid| format!(" in {xid}")).unwrap_or_default()
    }

    /// The relation whose oid is at a node, as it was last described.
    fn relation(&self, node: usize) -> Option<Rc<Relation>> {
        self.indexed.relation_before(self.number(node)?, self.entry.number)
    }

    fn is_binary(&self, column: usize) -> Option<bool> {
        Some(self.tree.code(column, self.bytes)?.name == "binary")
    }

    fn child(&self, node: usize, id: &str) -> Option<usize> {
        child(self.tree, node, id)
    }

    fn told(&self, node: usize, id: &str) -> String {
        self.child(node, id).map(|node| plain(self.tree, self.bytes, node)).unwrap_or_default()
    }

    fn number(&self, node: usize) -> Option<u32> {
        self.wide(node).map(|number| number as u32)
    }

    fn wide(&self, node: usize) -> Option<u64> {
        number(self.tree, node, self.bytes)
    }
}

fn child(tree: &Tree, node: usize, id: &str) -> Option<usize> {
    tree.children(node).find(|child| tree.nodes.get(*child).is_some_and(|child| child.field.id == id))
}

fn text<'a>(tree: &'a Tree, node: usize, id: &str, bytes: &'a [u8]) -> &'a str {
    match child(tree, node, id).map(|node| tree.reads(node, bytes)) {
        Some(Reads::Text(text)) => text,
        _ => "",
    }
}

fn number(tree: &Tree, node: usize, bytes: &[u8]) -> Option<u64> {
    match tree.reads(node, bytes) {
        Reads::Unsigned(number) => Some(number),
        Reads::Signed(number) => Some(number as u64),
        _ => None,
    }
}

fn read_relation(tree: &Tree, node: usize, bytes: &[u8]) -> Relation {
    let number =
        |node: usize, id: &str| child(tree, node, id).and_then(|node| number(tree, node, bytes)).unwrap_or(0) as u32;
    let columns = child(tree, node, "columns").into_iter().flat_map(|list| tree.children(list).skip(1));
    let column = |column: usize| Attribute {
        typed: Typed {
            name: text(tree, column, "name", bytes).to_owned(),
            oid: number(column, "type"),
            modifier: number(column, "modifier") as i32,
            is_binary: None,
        },
        is_key: number(column, "flags") & 1 != 0,
    };
    Relation { name: read_name(tree, node, bytes), columns: columns.map(column).collect() }
}

/// The name of a type, or a relation, with its schema.
fn read_name(tree: &Tree, node: usize, bytes: &[u8]) -> String {
    qualified(text(tree, node, "namespace", bytes), text(tree, node, "name", bytes))
}

/// A name behind its schema; none stands for pg_catalog.
fn qualified(schema: &str, name: &str) -> String {
    let schema = if schema.is_empty() { "pg_catalog" } else { schema };
    format!("{}.{}", visible(schema), visible(name))
}

/// How many messages before a standby's status are looked at for what the server told.
const NEAR: usize = 200;

impl Indexed {
    /// The last frame before one that describes this.
    pub(crate) fn frame_of(&self, what: Described, number: usize) -> Option<usize> {
        self.descriptions.frames.borrow_mut().before(&self.exchange, &self.index, what, number)
    }

    /// How many frames before one describe this.
    pub(crate) fn count_before(&self, what: Described, number: usize) -> usize {
        self.descriptions.frames.borrow_mut().count_before(&self.exchange, &self.index, what, number)
    }

    /// The name of a table, as it was last described.
    pub(crate) fn table_before(&self, oid: u32, number: usize) -> Option<String> {
        Some(self.relation_before(oid, number)?.name.clone())
    }

    fn relation_before(&self, oid: u32, number: usize) -> Option<Rc<Relation>> {
        let frame = self.frame_of(Described::Relation(oid), number)?;
        if let Some((last, relation)) = &*self.descriptions.last.borrow()
            && *last == frame
        {
            return Some(relation.clone());
        }
        let (tree, bytes) = self.decoded(frame)?;
        let relation = Rc::new(read_relation(&tree, carried(&tree)?.1, bytes));
        self.descriptions.last.replace(Some((frame, relation.clone())));
        Some(relation)
    }

    /// The name of a type that a user made.
    fn type_before(&self, oid: u32, number: usize) -> Option<String> {
        let (tree, bytes) = self.decoded(self.frame_of(Described::Type(oid), number)?)?;
        Some(read_name(&tree, carried(&tree)?.1, bytes))
    }

    /// Where the server's log ended when it last said so, with WAL or a keepalive.
    fn position_before(&self, number: usize) -> Option<u64> {
        (number.saturating_sub(NEAR)..number).rev().find_map(|number| {
            let entry = self.index.entry(number).filter(|entry| entry.direction == Direction::Backend)?;
            let payload = self.bytes(&entry).get(PAYLOAD..).filter(|_| entry.message.field.id == "copydata")?;
            let position = |at: usize| payload.get(at..)?.first_chunk().map(|position| u64::from_be_bytes(*position));
            match payload.first()? {
                // Its bytes are the log's own, and may go on behind the end that was known when they were read.
                b'w' if entry.context().copy == CopyContent::Physical => Some(
                    position(1 + 8)?.max(position(1)?.saturating_add((payload.len().saturating_sub(WAL_HEAD)) as u64)),
                ),
                b'w' => position(1 + 8),
                b'k' => position(1),
                _ => None,
            }
        })
    }
}

/// How long what stands before the WAL in XLogData is.
const WAL_HEAD: usize = 1 + 3 * 8;
