//! What other messages tell of the entries of a list: of a DataRow its RowDescription, of a Bind its ParameterDescription or its Parse.

use pgscope_proto::{Exchange, Reads, Tree};

use super::likely::formats;
use crate::index::{Entry, Index};

/// The types of values, and in which format they are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Told {
    pub(super) types: Vec<u32>,
    /// Whether these are all that there are: a Parse may leave the last ones out, and say 0 for others.
    pub(super) are_all: bool,
    /// Whether each is binary: none stands for text, one for all. Nothing where the message itself says it.
    pub(super) formats: Option<Vec<bool>>,
}

impl Told {
    /// What is told of this frame.
    pub(crate) fn of(index: &Index, exchange: &Exchange, entry: &Entry) -> Option<Told> {
        match entry.message.field.id {
            "datarow" => {
                let described = index.row_description(entry.number)?;
                let (tree, bytes) = read(index, exchange, described.by as usize, "rowdescription")?;
                let columns: Vec<usize> = tree.children(tree.find("columns")?).skip(1).collect();
                let child = |column: &usize, id: &str| {
                    let is_it = |field: &usize| tree.nodes.get(*field).is_some_and(|node| node.field.id == id);
                    tree.children(*column).find(is_it).map(|field| tree.reads(field, bytes))
                };
                let types = columns.iter().map(|column| number(child(column, "type")));
                let own = columns.iter().map(|column| child(column, "format") == Some(Reads::Signed(1)));
                let bound = described.bind.and_then(|bind| read(index, exchange, bind as usize, "bind"));
                let bound = bound.and_then(|(tree, bytes)| Some(formats(&tree, tree.find("result_formats")?, bytes)));
                Some(Told {
                    types: types.collect(),
                    are_all: true,
                    formats: Some(bound.unwrap_or_else(|| own.collect())),
                })
            }
            "bind" => {
                let by = index.parameter_description(entry.number)?;
                let described = read(index, exchange, by, "parameterdescription");
                let are_all = described.is_some();
                let (tree, bytes) = described.or_else(|| read(index, exchange, by, "parse"))?;
                let list = tree.children(0).last()?;
                let types = tree.children(list).skip(1).map(|oid| number(Some(tree.reads(oid, bytes))));
                Some(Told { types: types.collect(), are_all, formats: None })
            }
            _ => None,
        }
    }
}

/// Another message, if it is of this kind and can be read.
fn read<'a>(index: &Index, exchange: &'a Exchange, frame: usize, id: &str) -> Option<(Tree, &'a [u8])> {
    let entry = index.entry(frame).filter(|entry| entry.message.field.id == id)?;
    let mut tree = Tree::new();
    index.tree(exchange, frame, &mut tree);
    tree.problems.is_empty().then(|| (tree, entry.span.of(&exchange.stream(entry.direction).bytes)))
}

fn number(read: Option<Reads<'_>>) -> u32 {
    if let Some(Reads::Unsigned(number)) = read { number as u32 } else { 0 }
}
