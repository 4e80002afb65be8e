//! Names and types for values that come without: columns of a DataRow, parameters of a Bind.

use std::borrow::Cow;
use std::cell::RefCell;
use std::ops::Deref;
use std::ops::Range;
use std::rc::Rc;

use pgscope_proto::schema::Kind;
use pgscope_proto::{CopyContent, Node, Problem, Reads, Tree};
use pgscope_session::{Described, Entry, values};

use crate::exchange::Indexed;
use crate::value::{push_visible, quote, quoted, type_name, visible};

/// What is known of a value that a message carries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Typed {
    /// The column's name; empty for a parameter.
    pub name: String,
    /// The oid of its type; 0 if it is not known.
    pub oid: u32,
    /// What stands in brackets behind the type, in the type's own code; -1 for nothing.
    pub modifier: i32,
    /// Whether it is in binary format, if that is known.
    pub is_binary: Option<bool>,
}

impl Default for Typed {
    fn default() -> Self {
        Self { name: String::new(), oid: 0, modifier: -1, is_binary: None }
    }
}

impl Typed {
    /// The value as the server would print it, if its type and format are known.
    pub fn text(&self, bytes: &[u8]) -> Option<String> {
        match self.is_binary? {
            true => values::text_of(self.oid, bytes),
            false => std::str::from_utf8(bytes).ok().map(str::to_owned),
        }
    }

    /// Whether it is in binary format and its type was told.
    pub(crate) fn is_known_binary(&self) -> bool {
        self.oid != 0 && self.is_binary == Some(true)
    }

    /// The type and the format: `int4, binary`.
    pub(crate) fn kind(&self) -> String {
        let of_type = type_in_words(self.oid, self.modifier).unwrap_or_else(|| format!("type {}", self.oid));
        match (self.oid, self.is_binary) {
            (0, Some(true)) => "binary".to_owned(),
            (0, _) => String::new(),
            (_, Some(true)) => format!("{of_type}, binary"),
            _ => of_type,
        }
    }

    /// The same for a row.
    pub(crate) fn shown(&self, bytes: &[u8]) -> Option<String> {
        let mut out = String::new();
        self.show(bytes, &mut out).then_some(out)
    }

    /// Writes the same for a row: numbers and truth values bare, everything else between quotation marks. Says whether it is known.
    pub(crate) fn show(&self, bytes: &[u8], out: &mut String) -> bool {
        let text = match self.is_binary {
            None => None,
            Some(true) => values::text_of(self.oid, bytes).map(Cow::from),
            Some(false) => std::str::from_utf8(bytes).ok().map(Cow::from),
        };
        if let Some(text) = &text {
            if BARE.contains(&self.oid) { push_visible(text, out) } else { quote(text, out) }
        }
        text.is_some()
    }
}

/// A type with its modifier, as SQL writes both.
pub(crate) fn type_in_words(oid: u32, modifier: i32) -> Option<String> {
    let modified = if modifier < 0 { None } else { modified(oid, modifier) };
    modified.or_else(|| type_name(oid).map(str::to_owned))
}

fn modified(oid: u32, modifier: i32) -> Option<String> {
    #[cfg(feature = "whole")]
    return pgscope_proto::types::modified(oid, modifier);
    #[cfg(not(feature = "whole"))]
    (crate::later::part()?.modified)(oid, modifier)
}

fn shown_as(oid: u32, text: &str) -> String {
    if BARE.contains(&oid) { visible(text) } else { quoted(text) }
}

/// The text of a node that is a value of known type in binary format.
pub(crate) fn text_at(tree: &Tree, index: usize, bytes: &[u8]) -> Option<String> {
    let (oid, node) = (tree.type_of(index)?, tree.nodes.get(index)?);
    values::text_of(oid, node.span().of(bytes)).map(|text| shown_as(oid, &text))
}

/// The text of such a value for the node that holds its length and it.
pub(crate) fn text_inside(tree: &Tree, index: usize, bytes: &[u8]) -> Option<String> {
    let node = tree.nodes.get(index).filter(|node| matches!(node.field.kind, Kind::Sized { .. }))?;
    let value = index + 2;
    tree.nodes.get(value).filter(|value| value.depth == node.depth + 1)?;
    text_at(tree, value, bytes)
}

/// Types whose text needs no quotation marks: bool, the integers, oid, floating point, numeric, xid, pg_lsn.
const BARE: &[u32] = &[16, 20, 21, 23, 26, 28, 700, 701, 1700, 3220, 5069];

/// What was asked for last, since rows of a result share their columns.
#[derive(Debug, Default)]
pub(crate) struct Remembered {
    columns: RefCell<Option<Columns>>,
    /// What is known of the values that the message with this number gives.
    given: RefCell<Option<(usize, Rc<[Typed]>)>>,
    /// The types in the ParameterDescription or Parse with this number.
    pub(crate) types: RefCell<Option<(usize, Rc<[u32]>)>>,
    none: Rc<[Typed]>,
}

#[derive(Debug)]
struct Columns {
    /// Which messages are known to have them, by what they are described, and which formats a Bind asked for.
    of: Range<usize>,
    by: Described,
    formats: Option<Vec<u32>>,
    columns: Rc<[Typed]>,
}

impl Remembered {
    /// The columns of the row with this number, if they are those.
    fn of(&self, number: usize) -> Option<Rc<[Typed]>> {
        self.columns.borrow().as_ref().filter(|known| known.of.contains(&number)).map(|known| known.columns.clone())
    }
}

/// So many trees are kept for who needs one for a short while, none of them large.
const TREES: usize = 2;
const NODES: usize = 4096;

thread_local! {
    static KEPT: RefCell<Vec<Tree>> = const { RefCell::new(Vec::new()) };
}

/// A tree for a short while.
pub(crate) struct Scratch(Tree);

impl Scratch {
    fn new() -> Self {
        Self(KEPT.with_borrow_mut(Vec::pop).unwrap_or_default())
    }
}

impl Deref for Scratch {
    type Target = Tree;

    fn deref(&self) -> &Tree {
        &self.0
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let tree = std::mem::take(&mut self.0);
        KEPT.with_borrow_mut(|kept| {
            if kept.len() < TREES && tree.nodes.capacity() <= NODES {
                kept.push(tree);
            }
        });
    }
}

/// The entries of a message's list lie in the list, and that in the message.
const DEPTH_OF_ENTRIES: u8 = 2;

/// Which entry of a message's list of values the node is, or lies in: not what is inside a value.
pub(crate) fn entry_of(tree: &Tree, index: usize) -> Option<usize> {
    let node = tree.nodes.get(index).filter(|node| node.depth <= DEPTH_OF_ENTRIES + 1)?;
    let is_value = |node: &Node| matches!(node.field.kind, Kind::Sized { .. }) && node.ordinal.is_some();
    let entry =
        if is_value(node) { node } else { tree.nodes.get(tree.parent(index)?).filter(|node| is_value(node))? };
    entry.ordinal.filter(|_| entry.depth == DEPTH_OF_ENTRIES).map(|ordinal| ordinal as usize)
}

impl Indexed {
    /// Opens the values of a decoded message whose type and format are known, and lines into columns, and adds what is wrong with them.
    pub(crate) fn open_values(&self, entry: &Entry, tree: &mut Tree, problems: &mut Vec<Problem>) {
        let is_row = entry.message.field.id == "datarow";
        let has_values = match entry.message.field.id {
            // Who waits for all that is lacked lacks nothing for a row that is as most are.
            #[cfg(feature = "strict")]
            "datarow" => crate::values::may_misfit(self.bytes(entry), &self.typing(entry)),
            #[cfg(not(feature = "strict"))]
            "datarow" => self.typing(entry).iter().any(Typed::is_known_binary),
            "copydata" => matches!(entry.context().copy, CopyContent::Text | CopyContent::Logical),
            id => matches!(id, "bind" | "functioncall" | "functioncallresponse"),
        };
        // Values in text are looked at when what does so is here for something else.
        if has_values || is_row {
            #[cfg(feature = "whole")]
            crate::values::open(self, entry, tree, problems);
            #[cfg(not(feature = "whole"))]
            if let Some(part) = if has_values { crate::later::part() } else { crate::later::here() } {
                (part.open)(self, entry, tree, problems);
            }
        }
    }

    /// What is known of the values of this message, in their order.
    pub fn typing(&self, entry: &Entry) -> Rc<[Typed]> {
        match entry.message.field.id {
            "datarow" => self.remembered.of(entry.number).unwrap_or_else(|| self.columns_of(entry.number)),
            "bind" | "functioncall" | "functioncallresponse" => self.given_in(entry),
            _ => self.remembered.none.clone(),
        }
    }

    /// Parameters, arguments, a result: asked for more than once for each message.
    fn given_in(&self, entry: &Entry) -> Rc<[Typed]> {
        let last = self.remembered.given.take().filter(|(number, _)| *number == entry.number);
        let (_, given) = last.unwrap_or_else(|| (entry.number, given(self, entry).into()));
        self.remembered.given.replace(Some((entry.number, given.clone())));
        given
    }

    fn columns_of(&self, row: usize) -> Rc<[Typed]> {
        let Some((by, of)) = self.index.row_description_of(row) else { return self.remembered.none.clone() };
        let last = self.remembered.columns.take();
        let formats = match &last {
            Some(last) if last.by == by => last.formats.clone(),
            _ => by.bind.map(|bind| listed(self, bind as usize, "result_formats")),
        };
        // A statement that is executed again has the columns that it had.
        let known = last.filter(|last| last.by.by == by.by && last.formats == formats).map(|last| last.columns);
        let columns = known.unwrap_or_else(|| self.columns(by, formats.as_deref()).into());
        self.remembered.columns.replace(Some(Columns { of, by, formats, columns: columns.clone() }));
        columns
    }

    fn columns(&self, described: Described, formats: Option<&[u32]>) -> Vec<Typed> {
        let mut columns = self.described(described.by as usize);
        if let Some(formats) = formats {
            for (nth, column) in columns.iter_mut().enumerate() {
                column.is_binary = format_of(formats, nth);
            }
        }
        columns
    }

    /// The columns of a RowDescription.
    fn described(&self, number: usize) -> Vec<Typed> {
        let Some((tree, bytes)) = self.decoded(number) else { return Vec::new() };
        let columns =
            tree.find("columns").map(|list| tree.children(list).skip(1).collect::<Vec<_>>()).unwrap_or_default();
        columns
            .into_iter()
            .map(|column| {
                let part = |id: &str| {
                    tree.children(column).find(|child| tree.nodes.get(*child).is_some_and(|node| node.field.id == id))
                };
                let number = |id: &str| match part(id).map(|node| tree.reads(node, bytes)) {
                    Some(Reads::Unsigned(number)) => number as u32,
                    Some(Reads::Signed(number)) => number as u32,
                    _ => 0,
                };
                let name = match part("name").map(|node| tree.reads(node, bytes)) {
                    Some(Reads::Text(name)) => name.to_owned(),
                    _ => String::new(),
                };
                Typed {
                    name,
                    oid: number("type"),
                    modifier: number("modifier") as i32,
                    is_binary: Some(number("format") == 1),
                }
            })
            .collect()
    }

    pub(crate) fn decoded(&self, number: usize) -> Option<(Scratch, &[u8])> {
        let entry = self.index.entry(number)?;
        let mut tree = Scratch::new();
        self.index.tree(&self.exchange, number, &mut tree.0);
        let stream: &[u8] = &self.exchange.stream(entry.direction).bytes;
        Some((tree, entry.span.of(stream)))
    }
}

#[cfg(feature = "whole")]
use crate::given::typing as given;
#[cfg(not(feature = "whole"))]
use crate::later::given;
#[cfg(not(feature = "whole"))]
pub(crate) use crate::later::numbers as listed;
#[cfg(feature = "whole")]
pub(crate) use numbers as listed;

/// The integers of a list of a message. Of simple queries nobody asks for them.
pub(crate) fn numbers(indexed: &Indexed, number: usize, list: &str) -> Vec<u32> {
    indexed.decoded(number).map(|(tree, bytes)| numbers_in(&tree, bytes, list)).unwrap_or_default()
}

pub(crate) fn numbers_in(tree: &Tree, bytes: &[u8], list: &str) -> Vec<u32> {
    let number = |node: usize| match tree.reads(node, bytes) {
        Reads::Unsigned(number) => number as u32,
        Reads::Signed(number) => number as u32,
        _ => 0,
    };
    tree.find(list).map(|list| tree.children(list).skip(1).map(number).collect()).unwrap_or_default()
}

/// None given: all are text. One: it stands for all.
pub(crate) fn format_of(formats: &[u32], nth: usize) -> Option<bool> {
    let format = match formats {
        [] => 0,
        [one] => *one,
        _ => *formats.get(nth)?,
    };
    Some(format == 1)
}
