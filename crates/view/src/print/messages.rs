//! Messages as CSV, a line each, for spreadsheets and databases.

use pgscope_proto::{Problem, Tree};
use pgscope_session::Entry;

use super::overview::line_of_csv;
use crate::exchange::Indexed;

/// The names of the columns.
const COLUMNS: [&str; 11] =
    ["connection", "message", "time_us", "direction", "offset", "length", "type", "name", "says", "severity", "rules"];

/// The line of names, with its end.
pub fn csv_head() -> String {
    line_of_csv(COLUMNS.map(str::to_owned))
}

/// A decoded message, with the number of its connection, from 0, and when it was seen, in microseconds since 1970, where that is
/// known. Both numbers are told from 1, as everywhere where people read them. The severity is that of the worst of its
/// problems, whose rules stand beside it, with blanks between.
pub fn csv_line(
    indexed: &Indexed,
    (connection, seen_us): (usize, Option<i64>),
    entry: &Entry,
    tree: &Tree,
    problems: &[Problem],
) -> String {
    let worst = problems.iter().map(|problem| problem.severity).max();
    let mut rules: Vec<&str> = problems.iter().map(|problem| problem.rule).collect();
    rules.dedup();
    line_of_csv([
        (connection + 1).to_string(),
        (entry.number + 1).to_string(),
        seen_us.map(|us| us.to_string()).unwrap_or_default(),
        entry.direction.name().to_owned(),
        entry.span.start.to_string(),
        entry.span.len().to_string(),
        entry.message.tag().map(|tag| char::from(tag).to_string()).unwrap_or_default(),
        entry.message.name().to_owned(),
        indexed.says(entry, tree),
        worst.map(|severity| severity.name().to_owned()).unwrap_or_default(),
        rules.join(" "),
    ])
}
