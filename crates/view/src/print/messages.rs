//! Messages as CSV, a line each, for spreadsheets and databases.

use pgscope_proto::{Problem, Tree};
use pgscope_session::Entry;

use super::overview::line_of_csv;
use crate::exchange::Indexed;
use crate::filter::Ran;

/// The names of the columns.
const COLUMNS: [&str; 11] =
    ["connection", "message", "time_us", "direction", "offset", "length", "type", "name", "says", "severity", "rules"];
/// Those of what a message runs.
const OF_RUNS: [&str; 2] = ["query", "duration_us"];

/// The line of names, with its end.
pub fn csv_head() -> String {
    line_of_csv(COLUMNS.map(str::to_owned))
}

/// A decoded message, with when it was seen, in microseconds since 1970, where that is known. The severity is that of the worst of
/// its problems, whose rules stand beside it, with blanks between. The first column, the number of its connection, is not in it: who
/// prints it puts that before it, from 1, with a comma.
pub fn csv_line(indexed: &Indexed, seen_us: Option<i64>, entry: &Entry, tree: &Tree, problems: &[Problem]) -> String {
    line_of_csv(cells(indexed, seen_us, entry, tree, problems))
}

/// The line of names with two more columns: of what asks, which SQL it runs, and how long that took.
pub fn csv_head_with_runs() -> String {
    line_of_csv(COLUMNS.iter().chain(&OF_RUNS).map(|name| (*name).to_owned()))
}

/// A message as [`csv_line`] writes it, with these.
pub fn csv_line_with_run(
    indexed: &Indexed,
    seen_us: Option<i64>,
    entry: &Entry,
    tree: &Tree,
    problems: &[Problem],
    ran: Option<&Ran>,
) -> String {
    let query = ran.and_then(|ran| ran.query.clone()).unwrap_or_default();
    let took = ran.and_then(|ran| ran.duration_us).map(|us| us.to_string()).unwrap_or_default();
    line_of_csv(cells(indexed, seen_us, entry, tree, problems).into_iter().chain([query, took]))
}

fn cells(indexed: &Indexed, seen_us: Option<i64>, entry: &Entry, tree: &Tree, problems: &[Problem]) -> [String; 10] {
    let worst = problems.iter().map(|problem| problem.severity).max();
    let mut rules: Vec<&str> = problems.iter().map(|problem| problem.rule).collect();
    rules.dedup();
    [
        (indexed.number_of(entry) + 1).to_string(),
        seen_us.map(|us| us.to_string()).unwrap_or_default(),
        entry.direction.name().to_owned(),
        indexed.offset_of(entry).to_string(),
        entry.span.len().to_string(),
        entry.message.tag().map(|tag| char::from(tag).to_string()).unwrap_or_default(),
        entry.message.name().to_owned(),
        indexed.says(entry, tree),
        worst.map(|severity| severity.name().to_owned()).unwrap_or_default(),
        rules.join(" "),
    ]
}
