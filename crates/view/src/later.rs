//! For a program that is fetched in parts, as the page is: what is not in the first one. See `pgscope_session::later`.

use std::sync::OnceLock;

use pgscope_proto::schema::Width;
use pgscope_proto::{Problem, Tree, types};
use pgscope_session::{Entry, later};

use crate::Indexed;
use crate::engine::FieldRow;
use crate::says::{Table, rare};
use crate::values;

pub(crate) struct Part {
    /// What less common messages say.
    pub(crate) rare_says: Table,
    pub(crate) open: fn(&Indexed, &Entry, &mut Tree, &mut Vec<Problem>),
    pub(crate) tell: fn(&mut FieldRow, &Tree, &[u8]),
    pub(crate) modified: fn(u32, i32) -> Option<String>,
    pub(crate) modifier: fn(&Tree, usize, &[u8], i64) -> String,
    pub(crate) float: fn(u64, Width) -> String,
}

static PART: OnceLock<Part> = OnceLock::new();

/// It; nothing before it has come.
pub(crate) fn part() -> Option<&'static Part> {
    let part = PART.get();
    if part.is_none() {
        later::lack();
    }
    part
}

/// All of it has come. Whatever leads here leads to all of it.
pub(crate) fn come() {
    let part = Part {
        rare_says: rare::TABLE,
        open: values::open,
        tell: values::tell,
        modified: types::modified,
        modifier: values::modifier,
        float: values::float,
    };
    let _ = PART.set(part);
    later::come();
}
