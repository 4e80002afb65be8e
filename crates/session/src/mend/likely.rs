//! Whether what a mended message says is likely: columns such as a server would describe, values such as were described.

use pgscope_proto::{Message, Reads, Tree};

use super::told::Told;
use crate::values;

/// The first object id that is not for what comes with the server.
const FIRST_OF_USERS: u64 = 16_384;
/// Columns of a table go up to this number, those of the system down to the other.
const ATTRIBUTES: std::ops::RangeInclusive<i64> = -7..=1600;

/// Whether a message is likely, and what others tell of it true.
pub(super) fn is_likely(message: &Message, told: Option<&Told>, tree: &Tree, bytes: &[u8]) -> bool {
    let list = ["columns", "parameters"].iter().find_map(|id| tree.find(id));
    let entries: Vec<usize> = list.iter().flat_map(|list| tree.children(*list).skip(1)).collect();
    match message.field.id {
        "rowdescription" => entries.iter().all(|column| is_likely_column(tree, *column, bytes)),
        "datarow" | "bind" => {
            let own = tree.find("parameter_formats").map(|list| formats(tree, list, bytes));
            let formats = own.as_ref().or(told.and_then(|told| told.formats.as_ref()));
            let fits = |(nth, entry): (usize, &usize)| {
                let is_binary = formats.map(|formats| is_binary(formats, nth));
                let oid = told.and_then(|told| told.types.get(nth).copied()).filter(|oid| *oid != 0);
                value(tree, *entry, bytes).is_none_or(|value| is_likely_value(value, is_binary, oid))
            };
            told.is_none_or(|told| !told.are_all || told.types.len() == entries.len())
                && entries.iter().enumerate().all(fits)
        }
        _ => true,
    }
}

/// Whether all values are texts or of a fixed size, as others tell: a length that is wrong then takes in the zero bytes of the next,
/// or is another than the type's.
pub(super) fn are_values_proven(message: &Message, told: Option<&Told>, tree: &Tree) -> bool {
    let Some((told, formats)) = told.and_then(|told| Some((told, told.formats.as_ref()?))) else { return false };
    let is_proven = |(nth, oid): (usize, &u32)| !is_binary(formats, nth) || fixed_size(*oid).is_some();
    let entries = tree.find("columns").map(|list| tree.children(list).count().saturating_sub(1));
    message.field.id == "datarow" && entries == Some(told.types.len()) && told.types.iter().enumerate().all(is_proven)
}

/// How many bytes a value of this type has, whatever it is.
fn fixed_size(oid: u32) -> Option<usize> {
    // On the wire a name is a text, and a void nothing.
    let is_other = matches!(oid, values::oid::NAME | values::oid::VOID);
    values::size_of(oid).filter(|_| !is_other).and_then(|size| usize::try_from(size).ok())
}

/// The format codes in a list.
pub(super) fn formats(tree: &Tree, list: usize, bytes: &[u8]) -> Vec<bool> {
    tree.children(list).skip(1).map(|format| tree.reads(format, bytes) == Reads::Signed(1)).collect()
}

/// None stands for text, one for all.
fn is_binary(formats: &[bool], nth: usize) -> bool {
    match formats {
        [all] => *all,
        each => each.get(nth).copied().unwrap_or(false),
    }
}

/// The bytes of a value that is not NULL.
fn value<'a>(tree: &Tree, entry: usize, bytes: &'a [u8]) -> Option<&'a [u8]> {
    let value = tree.children(entry).nth(1)?;
    tree.nodes.get(value).map(|node| node.span().of(bytes))
}

/// A text has no zero byte in it, and a binary value of a fixed size that size.
fn is_likely_value(value: &[u8], is_binary: Option<bool>, oid: Option<u32>) -> bool {
    match is_binary {
        Some(false) => !value.contains(&0),
        Some(true) => oid.and_then(fixed_size).is_none_or(|size| value.len() == size),
        None => true,
    }
}

fn is_likely_column(tree: &Tree, column: usize, bytes: &[u8]) -> bool {
    let mut fields = tree.children(column).map(|field| tree.reads(field, bytes));
    let (
        Some(Reads::Text(_)),
        Some(Reads::Unsigned(table)),
        Some(Reads::Signed(attribute)),
        Some(Reads::Unsigned(oid)),
        Some(Reads::Signed(size)),
        Some(Reads::Signed(modifier)),
    ) = (fields.next(), fields.next(), fields.next(), fields.next(), fields.next(), fields.next())
    else {
        return false;
    };
    let is_of_type = match values::size_of(oid as u32) {
        Some(known) => size == i64::from(known),
        None => oid != 0 && (oid >= FIRST_OF_USERS || size == -1 || size > 0) && size >= -2 && size != 0,
    };
    is_of_type && modifier >= -1 && ATTRIBUTES.contains(&attribute) && (table != 0 || attribute == 0)
}
