//! Names and types for values that come without: columns of a DataRow, parameters of a Bind.

use std::cell::RefCell;
use std::rc::Rc;

use pgscope_proto::schema::Kind;
use pgscope_proto::{Node, Reads, Tree};
use pgscope_session::{Described, Entry, values};

use crate::exchange::Indexed;
use crate::value::{quoted, type_name, visible};

/// What is known of a value that a message carries.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Typed {
    /// The column's name; empty for a parameter.
    pub name: String,
    /// The oid of its type; 0 if it is not known.
    pub oid: u32,
    /// Whether it is in binary format, if that is known.
    pub is_binary: Option<bool>,
}

impl Typed {
    /// The value as the server would print it, if its type and format are known.
    pub fn text(&self, bytes: &[u8]) -> Option<String> {
        match self.is_binary? {
            true => values::text_of(self.oid, bytes),
            false => std::str::from_utf8(bytes).ok().map(str::to_owned),
        }
    }

    /// The type and the format: `int4, binary`.
    pub(crate) fn kind(&self) -> String {
        let of_type = type_name(self.oid).map_or_else(|| format!("type {}", self.oid), str::to_owned);
        match (self.oid, self.is_binary) {
            (0, Some(true)) => "binary".to_owned(),
            (0, _) => String::new(),
            (_, Some(true)) => format!("{of_type}, binary"),
            _ => of_type,
        }
    }

    /// The same for a row: numbers and truth values bare, everything else between quotation marks.
    pub(crate) fn shown(&self, bytes: &[u8]) -> Option<String> {
        let text = self.text(bytes)?;
        Some(if BARE.contains(&self.oid) { visible(&text) } else { quoted(&text) })
    }
}

/// Types whose text needs no quotation marks: bool, the integers, oid, floating point, numeric, xid, pg_lsn.
const BARE: &[u32] = &[16, 20, 21, 23, 26, 28, 700, 701, 1700, 3220, 5069];

/// The columns that were asked for last: the rows of a result share them.
#[derive(Debug, Default)]
pub(crate) struct Remembered(RefCell<Option<(Described, Rc<[Typed]>)>>);

impl Remembered {
    fn columns(&self, described: Described, read: impl FnOnce() -> Vec<Typed>) -> Rc<[Typed]> {
        if let Some((of, columns)) = &*self.0.borrow()
            && *of == described
        {
            return columns.clone();
        }
        let columns: Rc<[Typed]> = read().into();
        self.0.replace(Some((described, columns.clone())));
        columns
    }
}

/// Which entry of a message's list of values the node is, or lies in.
pub(crate) fn entry_of(tree: &Tree, index: usize) -> Option<usize> {
    let node = tree.nodes.get(index)?;
    let is_value = |node: &Node| matches!(node.field.kind, Kind::Sized { .. }) && node.ordinal.is_some();
    let entry =
        if is_value(node) { node } else { tree.nodes.get(tree.parent(index)?).filter(|node| is_value(node))? };
    entry.ordinal.map(|ordinal| ordinal as usize)
}

impl Indexed {
    /// What is known of the values of this message, in their order.
    pub fn typing(&self, entry: &Entry) -> Rc<[Typed]> {
        match entry.message.field.id {
            "datarow" => match self.index.row_description(entry.number) {
                Some(described) => self.remembered.columns(described, || self.columns(described)),
                None => Rc::default(),
            },
            "bind" => self.parameters(entry).into(),
            _ => Rc::default(),
        }
    }

    fn columns(&self, described: Described) -> Vec<Typed> {
        let mut columns = self.described(described.by as usize);
        if let Some(bind) = described.bind {
            let formats = self.formats(bind as usize, "result_formats");
            for (nth, column) in columns.iter_mut().enumerate() {
                column.is_binary = format_of(&formats, nth);
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
                Typed { name, oid: number("type"), is_binary: Some(number("format") == 1) }
            })
            .collect()
    }

    fn parameters(&self, bind: &Entry) -> Vec<Typed> {
        let formats = self.formats(bind.number, "parameter_formats");
        let types = self.index.parameter_description(bind.number).map(|by| self.types(by)).unwrap_or_default();
        let count =
            self.decoded(bind.number).and_then(|(tree, _)| Some(tree.children(tree.find("parameters")?).count()));
        (0..count.unwrap_or(1).saturating_sub(1))
            .map(|nth| Typed {
                name: String::new(),
                oid: types.get(nth).copied().unwrap_or(0),
                is_binary: format_of(&formats, nth),
            })
            .collect()
    }

    /// The oids of a ParameterDescription or Parse.
    fn types(&self, number: usize) -> Vec<u32> {
        listed(self, number, "types")
    }

    fn formats(&self, bind: usize, list: &str) -> Vec<u32> {
        listed(self, bind, list)
    }

    pub(crate) fn decoded(&self, number: usize) -> Option<(Tree, &[u8])> {
        let entry = self.index.entry(number)?;
        let mut tree = Tree::new();
        self.index.tree(&self.exchange, number, &mut tree);
        let stream: &[u8] = &self.exchange.stream(entry.direction).bytes;
        Some((tree, entry.span.of(stream)))
    }
}

#[cfg(not(feature = "whole"))]
use crate::later::numbers as listed;
#[cfg(feature = "whole")]
use numbers as listed;

/// The integers of a list of a message. Of simple queries nobody asks for them.
pub(crate) fn numbers(indexed: &Indexed, number: usize, list: &str) -> Vec<u32> {
    let Some((tree, bytes)) = indexed.decoded(number) else { return Vec::new() };
    let entries = tree.find(list).map(|list| tree.children(list).skip(1).collect::<Vec<_>>()).unwrap_or_default();
    let number = |node: usize| match tree.reads(node, bytes) {
        Reads::Unsigned(number) => number as u32,
        Reads::Signed(number) => number as u32,
        _ => 0,
    };
    entries.into_iter().map(number).collect()
}

/// None given: all are text. One: it stands for all.
fn format_of(formats: &[u32], nth: usize) -> Option<bool> {
    let format = match formats {
        [] => 0,
        [one] => *one,
        _ => *formats.get(nth)?,
    };
    Some(format == 1)
}
