//! For a program that is fetched in parts, as the page is: what is not in the first one. See `pgscope_session::later`.

use std::sync::OnceLock;

use pgscope_proto::codes::Meaning;
use pgscope_proto::codes::sqlstate::{Condition, sqlstate};
use pgscope_proto::schema::Width;
use pgscope_proto::{Fix, Problem, Tree, types};
pub use pgscope_session::later::was_lacked;
use pgscope_session::{Entry, later};

use crate::copied::Column;
use crate::cycle::Summary;
use crate::engine::{FieldRow, Finding};
use crate::exchange::Indexed;
use crate::says::{Table, rare};
use crate::typing::Typed;
use crate::{carried, copied, engine, given, meaning, transactions, typing, values};

type TellsMeaning = fn(&Indexed, &Entry, &Tree, usize) -> Option<Meaning>;

pub(crate) struct Part {
    #[cfg(not(feature = "strict"))]
    meaning: TellsMeaning,
    says: fn(&Indexed, &Entry, &Tree) -> Option<String>,
    column: fn(&Indexed, &Entry, &Tree, usize) -> Option<Typed>,
    cycle: fn(&Indexed, (usize, usize)) -> Option<Summary>,
    given: fn(&Indexed, &Entry) -> Vec<Typed>,
    copied: fn(&Indexed, &Entry, &Tree, usize) -> Option<Column>,
    tell_column: fn(&mut FieldRow, &Indexed, &Entry, &Tree),
    pub(crate) open: fn(&Indexed, &Entry, &mut Tree, &mut Vec<Problem>),
    pub(crate) tell: fn(&mut FieldRow, &Tree, &[u8]),
    pub(crate) modified: fn(u32, i32) -> Option<String>,
    pub(crate) modifier: fn(&Tree, usize, &[u8], i64) -> String,
    pub(crate) float: fn(u64, Width) -> String,
    findings: fn(&Indexed, &Entry, &Tree, &[Problem]) -> Vec<Finding>,
    short: fn(&Fix, &[u8]) -> String,
    numbers: fn(&Indexed, usize, &str) -> Vec<u32>,
    failed: fn(&Indexed, &Entry) -> Option<String>,
}

static PART: OnceLock<Part> = OnceLock::new();

/// It, where it has come; nobody waits for it.
pub(crate) fn here() -> Option<&'static Part> {
    PART.get()
}

/// It; nothing before it has come.
pub(crate) fn part() -> Option<&'static Part> {
    let part = PART.get();
    if part.is_none() {
        later::lack();
    }
    part
}

/// What less common messages say, which may come by itself.
static SAYS: OnceLock<Table> = OnceLock::new();

/// What less common messages say; nothing before that has come.
pub(crate) fn rare_says() -> Table {
    let says = SAYS.get().copied();
    // Figures and objects wait for it before they begin.
    #[cfg(not(feature = "strict"))]
    if says.is_none() {
        later::lack();
    }
    says.unwrap_or(&[])
}

/// What less common messages say has come.
pub fn says_come() {
    let _ = SAYS.set(rare::TABLE);
}

/// What a text stands for; nothing before that has come.
pub(crate) fn meaning(indexed: &Indexed, entry: &Entry, tree: &Tree, index: usize) -> Option<Meaning> {
    #[cfg(feature = "strict")]
    let of = strict::MEANING.get()?;
    #[cfg(not(feature = "strict"))]
    let of = part()?.meaning;
    of(indexed, entry, tree, index)
}

/// What an SQLSTATE says; nothing before that has come.
pub(crate) fn condition(code: &[u8]) -> Option<&'static Condition> {
    #[cfg(feature = "strict")]
    return (strict::CONDITION.get()?)(code);
    #[cfg(not(feature = "strict"))]
    sqlstate(code)
}

/// What a program wants by itself that gives out objects or figures.
#[cfg(feature = "strict")]
pub mod strict {
    pub use pgscope_session::later::strict::*;

    use super::*;

    /// What texts stand for, which objects say.
    pub(super) static MEANING: Piece<TellsMeaning> = Piece::new();
    pub(super) static CONDITION: Piece<TellsCondition> = Piece::new();
    type TellsCondition = fn(&[u8]) -> Option<&'static Condition>;

    /// What texts stand for has come.
    pub fn meanings_come() {
        MEANING.come(meaning::of);
        CONDITION.come(sqlstate);
    }

    /// Whether the latter was lacked since this was last asked.
    pub fn were_meanings_lacked() -> bool {
        // Both are asked: each forgets it.
        MEANING.was_lacked() | CONDITION.was_lacked()
    }
}

/// What replication carries; nothing before that has come.
pub(crate) fn says(indexed: &Indexed, entry: &Entry, tree: &Tree) -> Option<String> {
    (part()?.says)(indexed, entry, tree)
}

/// What is known of a value of a change; nothing before that has come.
pub(crate) fn column(indexed: &Indexed, entry: &Entry, tree: &Tree, index: usize) -> Option<Typed> {
    (part()?.column)(indexed, entry, tree, index)
}

/// A cycle of replication in words; nothing before that has come.
pub(crate) fn cycle(indexed: &Indexed, cycle: (usize, usize)) -> Option<Summary> {
    (part()?.cycle)(indexed, cycle)
}

/// What is known of the values that a message gives; nothing before that has come.
pub(crate) fn given(indexed: &Indexed, entry: &Entry) -> Vec<Typed> {
    part().map(|part| (part.given)(indexed, entry)).unwrap_or_default()
}

/// A column of a line of COPY; nothing before that has come.
pub(crate) fn copied(indexed: &Indexed, entry: &Entry, tree: &Tree, index: usize) -> Option<Column> {
    (part()?.copied)(indexed, entry, tree, index)
}

/// What is known of a column of a line of COPY; nothing before that has come.
pub(crate) fn tell_column(row: &mut FieldRow, indexed: &Indexed, entry: &Entry, tree: &Tree) {
    if let Some(part) = part() {
        (part.tell_column)(row, indexed, entry, tree);
    }
}

/// What is wrong, as a screen shows it; nothing before that has come.
pub(crate) fn findings(indexed: &Indexed, entry: &Entry, tree: &Tree, problems: &[Problem]) -> Vec<Finding> {
    part().map(|part| (part.findings)(indexed, entry, tree, problems)).unwrap_or_default()
}

/// The bytes that a mend changes; nothing before that has come.
pub(crate) fn short(fix: &Fix, bytes: &[u8]) -> String {
    part().map(|part| (part.short)(fix, bytes)).unwrap_or_default()
}

/// The integers of a list of a message; nothing before that has come.
pub(crate) fn numbers(indexed: &Indexed, number: usize, list: &str) -> Vec<u32> {
    part().map(|part| (part.numbers)(indexed, number, list)).unwrap_or_default()
}

/// The statement that failed; nothing before that has come.
pub(crate) fn failed(indexed: &Indexed, error: &Entry) -> Option<String> {
    (part()?.failed)(indexed, error)
}

/// All of it has come: says whether it was not here before. Whatever leads here leads to all of it.
pub fn come() -> bool {
    let part = Part {
        #[cfg(not(feature = "strict"))]
        meaning: meaning::of,
        says: carried::says_of,
        column: carried::column_of,
        cycle: transactions::cycle,
        given: given::typing,
        copied: copied::told,
        tell_column: copied::tell,
        open: values::open,
        tell: values::tell,
        modified: types::modified,
        modifier: values::modifier,
        float: values::float,
        findings: engine::finding::findings,
        short: engine::mending::short,
        numbers: typing::numbers,
        failed: engine::failure::failed,
    };
    let _ = PART.set(part);
    #[cfg(not(feature = "strict"))]
    says_come();
    later::come()
}
