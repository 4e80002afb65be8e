//! For a program that is fetched in parts, as the page is: what is not in the first one. See `pgscope_session::later`.

use std::sync::OnceLock;

use pgscope_session::later;

use crate::says::{Table, rare};

static RARE: OnceLock<Table> = OnceLock::new();

/// What less common messages say; nothing before it has come.
pub(crate) fn rare_says() -> Table {
    RARE.get().copied().unwrap_or_else(|| {
        later::lack();
        &[]
    })
}

/// All of it has come. Whatever leads here leads to all of it.
pub(crate) fn come() {
    let _ = RARE.set(rare::TABLE);
    later::come();
}
