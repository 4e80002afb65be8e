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

/// A decoded message, with when it was seen, in microseconds since 1970, where that is known. The severity is that of the worst of
/// its problems, whose rules stand beside it, with blanks between. The first column, the number of its connection, is not in it: who
/// prints it puts that before it, from 1, with a comma.
pub fn csv_line(indexed: &Indexed, seen_us: Option<i64>, entry: &Entry, tree: &Tree, problems: &[Problem]) -> String {
    let worst = problems.iter().map(|problem| problem.severity).max();
    let mut rules: Vec<&str> = problems.iter().map(|problem| problem.rule).collect();
    rules.dedup();
    line_of_csv([
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
    ])
}
