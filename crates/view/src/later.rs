//! For a program that is fetched in parts, as the page is: what is not in the first one. See `pgscope_session::later`.

use std::sync::OnceLock;

use pgscope_proto::{Tree, types};
use pgscope_session::later;

use crate::says::{Table, rare};
use crate::typing::OidOf;

struct Part {
    rare_says: Table,
    open_values: fn(&mut Tree, &[u8], OidOf<'_>),
    modified: fn(u32, i32) -> Option<String>,
}

static PART: OnceLock<Part> = OnceLock::new();

fn part() -> Option<&'static Part> {
    let part = PART.get();
    if part.is_none() {
        later::lack();
    }
    part
}

/// What less common messages say; nothing before it has come.
pub(crate) fn rare_says() -> Table {
    part().map_or(&[], |part| part.rare_says)
}

/// Opens values of known type; before it has come they stay closed.
pub(crate) fn open_values(tree: &mut Tree, bytes: &[u8], oid_of: OidOf<'_>) {
    if let Some(part) = part() {
        (part.open_values)(tree, bytes, oid_of);
    }
}

/// A type with its modifier; nothing before it has come.
pub(crate) fn modified(oid: u32, modifier: i32) -> Option<String> {
    (part()?.modified)(oid, modifier)
}

/// All of it has come. Whatever leads here leads to all of it.
pub(crate) fn come() {
    let part = Part { rare_says: rare::TABLE, open_values: types::open_values, modified: types::modified };
    let _ = PART.set(part);
    later::come();
}
