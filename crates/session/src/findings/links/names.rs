//! Names of statements and portals that stand for nothing.

use pgscope_proto::Problem;
use pgscope_proto::conversation::Asks;

use super::Case;
use crate::findings::head;
use crate::follow::NONE;

/// A success for a name that stands for nothing.
pub(super) fn of_nothing(case: &Case) -> Option<Problem> {
    let log = case.index.log();
    let request = case.index.request(case.entry.number)?;
    let (_, asked) = log.asked_by(request)?;
    let (bind, statement) = log.names.bound(asked.means());
    let (made, of, code) = match asked.asks() {
        Asks::Bind => ("Parse", "statement", "26000"),
        // That is its first answer.
        Asks::DescribeStatement if case.entry.message.field.id != "parameterdescription" => return None,
        Asks::DescribeStatement => ("Parse", "statement", "26000"),
        Asks::DescribePortal | Asks::Execute => ("Bind", "portal", "34000"),
        _ => return None,
    };
    let is_made = |statement: u32| log.names.statement(statement).is_some_and(|statement| statement.parse != NONE);
    let is_there = match asked.asks() {
        Asks::Bind => is_made(statement),
        Asks::DescribeStatement => is_made(asked.means()),
        _ => bind != NONE,
    };
    if is_there || !log.knows_names(case.entry.number as u32) {
        return None;
    }
    let name = case.entry.message.name();
    let message = format!("{name}, but no {made} has made the {of}: the client takes it for a success");
    let problem = Problem::error("L35", head(case.bytes), message, format!("ErrorResponse with {code}")).warning();
    Some(problem.because(request, case.name_of(request)))
}
