//! Names of statements and portals that stand for nothing.

use pgscope_proto::Problem;
use pgscope_proto::conversation::Asks;

use super::{Case, odd};
use crate::findings::head;
use crate::follow::NONE;

/// A success for a name that stands for nothing.
pub(super) fn of_nothing(case: &Case) -> Option<Problem> {
    nothing(case)?;
    odd(case)
}

/// The request, if its name stands for nothing, and whether that is one of a portal.
fn nothing(case: &Case) -> Option<(usize, bool)> {
    let log = case.index.log();
    let request = case.index.request(case.entry.number)?;
    let (_, asked) = log.asked_by(request)?;
    let (bind, statement) = log.names.bound(asked.means());
    let (statement, is_portal) = match asked.asks() {
        Asks::Bind => (statement, false),
        // That is its first answer.
        Asks::DescribeStatement if case.entry.message.field.id == "parameterdescription" => (asked.means(), false),
        Asks::DescribePortal | Asks::Execute => (NONE, true),
        _ => return None,
    };
    let is_made = log.names.statement(statement).is_some_and(|statement| statement.parse != NONE);
    let is_there = if is_portal { bind != NONE } else { is_made };
    (!is_there && log.knows_names(case.entry.number as u32)).then_some((request, is_portal))
}

/// What is said of it.
pub(super) fn told(case: &Case) -> Option<Problem> {
    let (request, is_portal) = nothing(case)?;
    let (made, of, code) = if is_portal { ("Bind", "portal", "34000") } else { ("Parse", "statement", "26000") };
    let name = case.entry.message.name();
    let message = format!("{name}, but no {made} has made the {of}: the client takes it for a success");
    let problem = Problem::error("L35", head(case.bytes), message, format!("ErrorResponse with {code}")).warning();
    Some(problem.because(request, case.name_of(request)))
}
