//! COPY in text and CSV as a person sees it: lines as rows under the names of their columns. A page fetches this with what
//! comes later.

use std::cell::RefMut;

use pgscope_proto::messages::copy;
use pgscope_proto::{CopyContent, Node, Problem, Reading, Tree};
use pgscope_session::Entry;
use pgscope_session::backups::Backups;
use pgscope_session::copy_text::{Said, TextCopies, Told};

use crate::Indexed;
use crate::engine::FieldRow;
use crate::says::{MOST_ENTRIES, listed, short};
use crate::value::{quoted, unread, visible};

/// What CopyData carries as streams of their own, as far as it was followed. Behind a trait, so that who only drops it need not have
/// what follows them.
pub(crate) trait Follows: std::fmt::Debug {
    fn copies(&mut self) -> &mut TextCopies;
    fn backups(&mut self) -> &mut Backups;
}

#[derive(Debug, Default)]
struct Followed {
    copies: TextCopies,
    backups: Backups,
}

impl Follows for Followed {
    fn copies(&mut self) -> &mut TextCopies {
        &mut self.copies
    }

    fn backups(&mut self) -> &mut Backups {
        &mut self.backups
    }
}

impl Indexed {
    /// What was followed of its streams in streams.
    pub(crate) fn followed(&self) -> RefMut<'_, dyn Follows> {
        RefMut::map(self.followed.borrow_mut(), |followed| {
            followed.get_or_insert_with(|| Box::<Followed>::default()).as_mut()
        })
    }
}

/// A column of a line: its name, and what it says, as it is shown and as bytes; without bytes it is NULL or a default.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Column {
    pub(crate) name: String,
    pub(crate) shown: String,
    pub(crate) value: Option<Vec<u8>>,
    /// The messages that carry it, where they are several.
    pub(crate) pieces: Vec<usize>,
}

/// Tells a row of fields the name of the column that it is, and what that says without escapes.
pub(crate) fn tell(row: &mut FieldRow, indexed: &Indexed, entry: &Entry, tree: &Tree) {
    let Some(column) = column(indexed, entry, tree, row.node) else { return };
    if !column.name.is_empty() {
        row.name = format!("{} {}", row.name, column.name);
    }
    row.value = column.shown;
}

/// Puts columns below the lines, and gives what is wrong with their number.
pub(super) fn open(indexed: &Indexed, entry: &Entry, tree: &mut Tree) -> Vec<Problem> {
    indexed.followed().copies().open(&indexed.exchange, &indexed.index, entry, tree)
}

/// What is known of a node that is a column of a line.
pub(crate) fn column(indexed: &Indexed, entry: &Entry, tree: &Tree, index: usize) -> Option<Column> {
    if is_column(tree, index) { whole(indexed, entry, tree, index) } else { None }
}

#[cfg(not(feature = "whole"))]
use crate::later::copied as whole;
#[cfg(feature = "whole")]
use told as whole;

/// The same of a node that is one.
pub(crate) fn told(indexed: &Indexed, entry: &Entry, tree: &Tree, index: usize) -> Option<Column> {
    let mut followed = indexed.followed();
    let told = followed.copies().told(&indexed.exchange, &indexed.index, entry, tree, index)?;
    Some(Column { shown: shown(&told), value: value(&told), name: told.name, pieces: told.pieces })
}

fn is_column(tree: &Tree, index: usize) -> bool {
    tree.nodes.get(index).is_some_and(|node| std::ptr::eq(node.field, &copy::TEXT_COLUMN))
}

fn value(told: &Told) -> Option<Vec<u8>> {
    match &told.said {
        Said::Value(value) => Some(value.to_vec()),
        Said::Null | Said::Default => None,
    }
}

/// Numbers bare, everything else between quotation marks.
fn shown(told: &Told) -> String {
    let shown = match &told.said {
        Said::Null => "NULL".to_owned(),
        Said::Default => "DEFAULT".to_owned(),
        Said::Value(value) => match std::str::from_utf8(value) {
            Ok(text) if is_number(text) => text.to_owned(),
            Ok(text) => quoted(text),
            Err(_) => unread(value),
        },
    };
    if told.is_cut { format!("{}…", shown.trim_end_matches(['”', '…'])) } else { shown }
}

fn is_number(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    digits.starts_with(|first: char| first.is_ascii_digit())
        && digits.chars().all(|letter| letter.is_ascii_digit() || letter == '.')
}

/// The rows of a CopyData that was opened: `(id=1, name=“apple”)`.
pub(crate) fn says(indexed: &Indexed, entry: &Entry, tree: &Tree) -> Option<String> {
    if entry.context().copy != CopyContent::Text {
        return None;
    }
    let data = tree.find("data")?;
    let has_columns = |line: usize| tree.children(line).next().is_some();
    let lines = tree.children(data).filter(|line| has_columns(*line)).take(MOST_ENTRIES + 1);
    let rows: Vec<String> = lines.map(|line| row(indexed, entry, tree, line)).collect();
    if rows.is_empty() { None } else { Some(listed(rows)) }
}

fn row(indexed: &Indexed, entry: &Entry, tree: &Tree, line: usize) -> String {
    let parts = || tree.children(line).filter_map(|part| Some((part, tree.nodes.get(part)?)));
    if parts().any(|(_, part)| std::ptr::eq(part.field, &copy::TEXT_END_MARK)) {
        return "\\.".to_owned();
    }
    let columns = parts().filter(|(part, _)| is_column(tree, *part)).take(MOST_ENTRIES + 1);
    let columns = columns.filter_map(|(part, node)| Some((column(indexed, entry, tree, part)?, node)));
    let columns: Vec<(Column, &Node)> = columns.collect();
    let shown = columns.iter().map(|(column, _)| {
        let value = short(&column.shown);
        if column.name.is_empty() { value } else { format!("{}={value}", visible(&column.name)) }
    });
    // What stands in the messages before or behind.
    let is_part = tree.nodes.get(line).is_some_and(|line| line.reading == Reading::Part);
    let is_first = columns.first().is_none_or(|(_, node)| node.ordinal == Some(0));
    let is_ended = parts().last().is_some_and(|(_, part)| std::ptr::eq(part.field, &copy::TEXT_END));
    let goes_on = columns.last().is_none_or(|(column, node)| {
        node.reading != Reading::Part || column.pieces.last().is_some_and(|last| *last > entry.number)
    });
    let before = if is_part && !is_first { "…, " } else { "" };
    let behind = if is_part && !is_ended && goes_on { ", …" } else { "" };
    format!("({before}{}{behind})", listed(shown))
}
