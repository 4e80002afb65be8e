//! Names of statements and portals that stand for nothing.

use pgscope_proto::conversation::Asks;
use pgscope_proto::{Problem, Span, read};

use super::{Case, odd};
use crate::findings::head;
use crate::follow::NONE;
use crate::index::Entry;

/// A success for a name that stands for nothing.
pub(super) fn of_nothing(case: &Case) -> Option<Problem> {
    is_nothing(case, case.index.request(case.entry.number)?)?;
    odd(case)
}

/// Whether the name of a request stands for nothing; and whether that is one of a portal.
pub(super) fn is_nothing(case: &Case, request: usize) -> Option<bool> {
    let log = case.index.log();
    let (_, asked) = log.asked_by(request)?;
    let is_made = |statement: u32| log.names.statement(statement).is_some_and(|statement| statement.parse != NONE);
    let bound = || log.names.bound(asked.means());
    let (is_there, is_portal) = match asked.asks() {
        Asks::Bind => (is_made(bound().1), false),
        // That is its first answer.
        Asks::DescribeStatement if case.entry.message.field.id == "parameterdescription" => {
            (is_made(asked.means()), false)
        }
        // A function may have opened a cursor with a name: only what has none is made by Bind alone.
        Asks::DescribePortal | Asks::Execute => (bound().0 != NONE || has_name(case, request, asked.asks()), true),
        _ => return None,
    };
    (!is_there && log.knows_names(case.entry.number as u32)).then_some(is_portal)
}

/// Whether the portal has one that is asked for.
fn has_name(case: &Case, request: usize, asks: Asks) -> bool {
    let at = if asks == Asks::Execute { HEADER } else { HEADER + 1 };
    case.other(request).is_none_or(|(_, bytes)| bytes.get(at) != Some(&0))
}

/// A Parse with a name that the server says is taken.
pub(super) fn parsed_again(case: &Case) -> Option<Problem> {
    if is_taken(case) { odd(case) } else { None }
}

/// The first message that answers this one.
pub(super) fn answer_of<'a>(case: &Case<'a>) -> Option<(Entry, &'a [u8])> {
    answer_to(case, case.entry.number)
}

/// The first message that answers that one.
pub(super) fn answer_to<'a>(case: &Case<'a>, own: usize) -> Option<(Entry, &'a [u8])> {
    let behind = (own + 1..).take(NEAR).map_while(|number| case.other(number));
    behind.into_iter().find(|(entry, _)| case.index.request(entry.number) == Some(own))
}

fn is_taken(case: &Case) -> bool {
    let has_name = case.bytes.get(HEADER).is_some_and(|first| *first != 0);
    let answer = if has_name { answer_of(case) } else { None };
    answer.is_some_and(|(_, answer)| answer.first() == Some(&b'E') && read::error_field(answer, b'C') == Some(b"42P05"))
}

/// So many messages behind a Parse its answer is looked for.
const NEAR: usize = 256;
/// How long the header of a message is.
const HEADER: usize = 5;

/// What is said of a name that is taken: by which Parse, if that was seen.
pub(super) fn taken(case: &Case) -> Option<Problem> {
    if !is_taken(case) {
        return None;
    }
    let (_, asked) = case.index.log().asked_by(case.entry.number)?;
    let before = case.index.log().names.before(asked.means()).map_or(NONE, |statement| statement.parse);
    let message = "a statement of this name exists: the server says “prepared statement already exists” (42P05), unless it is closed first";
    let span = Span::new(HEADER, case.bytes.len().max(HEADER));
    let problem = Problem::error("L53", span, message, "Close of the statement first, or another name");
    match before as usize {
        _ if before == NONE => Some(problem),
        before => Some(problem.because(before, case.name_of(before))),
    }
}

/// What is said of it.
pub(super) fn told(case: &Case) -> Option<Problem> {
    let request = case.index.request(case.entry.number)?;
    let is_portal = is_nothing(case, request)?;
    let (made, of, code) = if is_portal { ("Bind", "portal", "34000") } else { ("Parse", "statement", "26000") };
    let name = case.entry.message.name();
    let message = format!("{name}, but no {made} has made the {of}: the client takes it for a success");
    let problem = Problem::error("L35", head(case.bytes), message, format!("ErrorResponse with {code}")).warning();
    Some(problem.because(request, case.name_of(request)))
}
