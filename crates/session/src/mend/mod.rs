//! How to mend a message whose fields do not fit.
//!
//! People go wrong in few ways: a count or a length is one off, a NULL or a length has two bytes, a field is left out of
//! each entry of a list, or one too many is in it, a text is not ended, bytes stand behind the last field, a version is written
//! from behind. Each way back is tried by reading the message
//! again, and offered only if it is the one that makes all of the message fit. That costs more than reading: it is done
//! when somebody looks at a message, not for each one of an exchange.

mod behind;
mod likely;
mod list;
mod numbers;
mod patterns;
mod told;
mod trial;
mod version;

use pgscope_proto::frame::Fault;
use pgscope_proto::{Context, Edit, Fix, Message, Problem, Severity, Span, Tree};

use list::List;
pub(crate) use told::Told;
use trial::Trial;

/// The longest message that is mended so.
const LONGEST: usize = 1 << 16;
/// What a message says that cannot be read as it stands.
pub(crate) const UNFIT: [&str; 8] = ["D02", "D03", "D05", "L04", "L05", "L06", "L11", "L29"];

/// A message that does not fit.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Case<'a> {
    pub(crate) message: &'static Message,
    pub(crate) context: Context,
    pub(crate) fault: Option<Fault>,
    pub(crate) bytes: &'a [u8],
    pub(crate) tree: &'a Tree,
    /// Where its length word is.
    pub(crate) word: Span,
    /// What other messages tell of its entries.
    pub(crate) told: Option<&'a Told>,
}

/// A way that makes the message fit.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Way {
    edits: Vec<Edit>,
    words: String,
    /// A problem that says better what is wrong: where, in which words, and what was expected.
    better: Option<(Span, String, String)>,
}

/// Offers a mend to the first of the problems that speaks of what cannot be read, if there is one near certain way.
pub(crate) fn offer(case: Case<'_>, problems: &mut [Problem]) {
    version::reorder(case, problems);
    // That another message seems to begin proves little.
    let is_doubtful = matches!(case.fault, Some(Fault::WrongLength { proven: false, .. }));
    let is_settled = problems.iter().any(|problem| problem.fix.is_some()) && !is_doubtful;
    // What seems to be cut may lack fields instead.
    let is_bad = |problem: &Problem| problem.severity == Severity::Error || problem.rule == "D03";
    let unfit = |problem: &&mut Problem| is_doubtful || is_bad(problem) && UNFIT.contains(&problem.rule);
    if is_settled || case.bytes.len() > LONGEST || matches!(case.fault, Some(Fault::Unreadable)) {
        return;
    }
    let Some(problem) = problems.iter_mut().find(unfit) else { return };
    let mut trial = Trial::new(case);
    if behind::name_split(&mut trial, problem) {
        return;
    }
    let lists = List::all(case);
    match near_certain(&mut trial, &lists, problem.rule) {
        Some(way) => apply(way, case.word, problem),
        None => numbers::what_is_left(&lists, problem),
    }
}

/// The one way; none if there are several that lead to different messages.
fn near_certain(trial: &mut Trial<'_>, lists: &[List<'_>], rule: &str) -> Option<Way> {
    if let Some(way) = patterns::unended(trial, lists, rule) {
        return Some(way);
    }
    let mut ways: Vec<Way> = lists.iter().flat_map(|list| patterns::of_entries(trial, list)).collect();
    let of_entries = ways.len();
    ways.extend(patterns::uncounted(trial));
    ways.extend(lists.iter().flat_map(|list| numbers::counts(trial, list)));
    ways.extend(lists.iter().flat_map(|list| numbers::lengths(trial, list)));
    // What reads whole up to its last field has nothing wrong in it before that, unless a number says so.
    if ways.len() == of_entries
        && let Some(way) = behind::too_much(trial, lists)
    {
        return Some(way);
    }
    if ways.is_empty() {
        ways.extend(lists.iter().flat_map(|list| numbers::any_length(trial, list)));
    }
    let first = ways.first()?;
    let mended = |way: &Way| Edit::all_made(&way.edits, trial.case.bytes);
    let is_one = ways.iter().skip(1).all(|way| mended(way) == mended(first));
    is_one.then(|| ways.swap_remove(0))
}

fn apply(way: Way, word: Span, problem: &mut Problem) {
    if let Some((span, message, expected)) = way.better {
        (problem.message, problem.expected) = (message, expected);
        (problem.span, problem.supplied_by) = (span, Some(span));
    }
    let length = way.edits.iter().find(|edit| edit.span == word);
    let words = match length {
        Some(length) => format!("{}, and write {} for the length of the message", way.words, hex(&length.bytes)),
        None => way.words,
    };
    problem.fix = Some(Fix { words, edits: way.edits });
}

/// `00 00 00 0e`.
fn hex(bytes: &[u8]) -> String {
    let digits: Vec<String> = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    digits.join(" ")
}
