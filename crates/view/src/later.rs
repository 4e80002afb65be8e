//! For a program that is fetched in parts, as the page is: what is not in the first one. See `pgscope_session::later`.

use std::sync::OnceLock;

use pgscope_proto::Tree;
use pgscope_proto::codes::Meaning;
use pgscope_session::{Entry, later};

use crate::exchange::Indexed;
use crate::meaning;
use crate::says::{Table, rare};

type Means = fn(&Indexed, &Entry, &Tree, usize) -> Option<Meaning>;

static RARE: OnceLock<Table> = OnceLock::new();
static MEANS: OnceLock<Means> = OnceLock::new();

/// What less common messages say; nothing before it has come.
pub(crate) fn rare_says() -> Table {
    RARE.get().copied().unwrap_or_else(|| {
        later::lack();
        &[]
    })
}

/// What a text stands for; nothing before that has come.
pub(crate) fn meaning(indexed: &Indexed, entry: &Entry, tree: &Tree, index: usize) -> Option<Meaning> {
    match MEANS.get() {
        Some(means) => means(indexed, entry, tree, index),
        None => {
            later::lack();
            None
        }
    }
}

/// All of it has come. Whatever leads here leads to all of it.
pub(crate) fn come() {
    let _ = RARE.set(rare::TABLE);
    let _ = MEANS.set(meaning::of);
    later::come();
}
