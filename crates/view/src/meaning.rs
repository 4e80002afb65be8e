//! What a text in a message stands for, beside itself: the condition of a SQLSTATE, the rows of a command tag, the place in
//! the query that an error's position counts to, the table and the type of an oid in logical replication.

use pgscope_proto::codes::{Meaning, file_of};
use pgscope_proto::{CopyContent, Reads, Tree};
use pgscope_session::Entry;

use crate::carried::named;
use crate::exchange::Indexed;
use crate::functions::called;
use crate::ties;

/// What the value of a node stands for; nothing for most.
pub(crate) fn meaning(indexed: &Indexed, entry: &Entry, tree: &Tree, index: usize) -> Option<Meaning> {
    let id = tree.nodes.get(index).map_or("", |node| node.field.id);
    let may_have = match id {
        "value" | "name" | "command" => file_of(entry.message).is_some(),
        "function" => entry.message.field.id == "functioncall",
        "data" => entry.context().copy == CopyContent::BaseBackup,
        "relation" | "type" => entry.context().copy == CopyContent::Logical,
        _ => false,
    };
    if may_have { whole(indexed, entry, tree, index) } else { None }
}

#[cfg(not(feature = "whole"))]
use crate::later::meaning as whole;
#[cfg(feature = "whole")]
use of as whole;

/// The same for a node that may have one.
pub(crate) fn of(indexed: &Indexed, entry: &Entry, tree: &Tree, index: usize) -> Option<Meaning> {
    let bytes = indexed.bytes(entry);
    if entry.message.field.id == "functioncall" {
        let function = called(indexed, entry)?;
        return Some(Meaning { name: function.name.into(), doc: function.doc.into(), ..Meaning::default() });
    }
    let Reads::Text(text) = tree.reads(index, bytes) else {
        let name = named(indexed, entry, tree, index)?;
        return Some(Meaning { name, ..Meaning::default() });
    };
    let letter = letter_of(tree, index, bytes);
    let name = match letter {
        Some(b'P') => place(text, &asked(indexed, entry.number)?)?,
        Some(b'p') => place(text, lettered(tree, bytes, b'q')?)?,
        _ => return pgscope_proto::codes::meaning(entry.message, tree.nodes.get(index)?.field, letter, text),
    };
    Some(Meaning { name, ..Meaning::default() })
}

/// The field type of the value of an error's field.
fn letter_of(tree: &Tree, value: usize, bytes: &[u8]) -> Option<u8> {
    let code = tree.children(tree.parent(value)?).next()?;
    let code = tree.nodes.get(code).filter(|node| node.field.id == "code")?;
    code.span().of(bytes).first().copied()
}

/// The text of an error's field of this type.
pub(crate) fn lettered<'a>(tree: &'a Tree, bytes: &'a [u8], letter: u8) -> Option<&'a str> {
    tree.children(tree.find("fields")?).find_map(|entry| {
        let value = tree.children(entry).nth(1).filter(|value| letter_of(tree, *value, bytes) == Some(letter))?;
        match tree.reads(value, bytes) {
            Reads::Text(text) => Some(text),
            _ => None,
        }
    })
}

/// The SQL that an error answers, where a message has it.
fn asked(indexed: &Indexed, error: usize) -> Option<String> {
    ties::sql(indexed, ties::with_sql(indexed, indexed.index.request(error)?)?)
}

/// How many characters of the query are shown.
const SHOWN: usize = 24;

/// What stands at a position in the query, counted in characters from 1.
fn place(position: &str, sql: &str) -> Option<String> {
    let before = position.parse::<usize>().ok()?.checked_sub(1)?;
    let at = sql.char_indices().map(|(at, _)| at).chain([sql.len()]).nth(before)?;
    let (before, behind) = sql.split_at_checked(at)?;
    let line = if sql.trim_end().contains('\n') {
        format!("line {}, ", 1 + before.bytes().filter(|byte| *byte == b'\n').count())
    } else {
        String::new()
    };
    let rest = behind.split('\n').next().unwrap_or_default().trim_end();
    let shown: String = rest.chars().take(SHOWN).collect();
    Some(match shown.len() {
        _ if behind.trim().is_empty() => format!("{line}at the end of the query"),
        length if length < rest.len() => format!("{line}before “{shown}…”"),
        _ => format!("{line}before “{shown}”"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_position_counts_characters_from_one() {
        let told = |position, sql| place(position, sql).unwrap_or_default();
        assert_eq!(told("15", "SELECT * FROM nothing"), "before “nothing”");
        assert_eq!(told("13", "SELECT 'ä' +* 1"), "before “* 1”");
        assert_eq!(told("10", "SELECT 1\nFROMM fruit\nWHERE true"), "line 2, before “FROMM fruit”");
        assert_eq!(told("9", "SELECT (\n"), "at the end of the query");
        assert_eq!(told("9", "SELECT ("), "at the end of the query");
        assert_eq!(told("8", "SELECT averylongnamethatnotableofthisdatabasehas"), "before “averylongnamethatnotable…”");
        for nowhere in ["0", "99", "x", "-1", ""] {
            assert_eq!(place(nowhere, "SELECT 1"), None, "{nowhere}");
        }
    }
}
