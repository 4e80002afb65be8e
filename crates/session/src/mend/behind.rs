//! What stands behind the last field of a message: too much, or the rest of a text that a zero byte cut short.

use pgscope_proto::schema::Kind;
use pgscope_proto::{Edit, Node, Problem, Reading, Span};

use super::Way;
use super::list::List;
use super::trial::Trial;

/// The message without the bytes behind its last field.
///
/// Behind values of which each says its length, the last one may be longer instead; and behind a text more of it may stand.
pub(super) fn too_much(trial: &mut Trial<'_>, lists: &[List<'_>]) -> Option<Way> {
    let case = trial.case;
    let span = extra(case.tree.nodes.as_slice())?;
    let is_value = lists.iter().any(|list| list.is_last && list.is_of_values());
    let is_text = ends_with_text(&case.tree.nodes) && may_be_text(span.of(case.bytes));
    if is_value || is_text {
        return None;
    }
    let edits = trial.fits(vec![Edit::new(span, [])])?;
    let count = span.len();
    let words =
        if count == 1 { "take out the last byte".to_owned() } else { format!("take out the last {count} bytes") };
    Some(Way { edits, words, better: None })
}

/// Says of a message that does not fit that a zero byte stands inside one of its texts, if it fits without. What is right in
/// its place only the writer knows.
pub(super) fn name_split(trial: &mut Trial<'_>, problem: &mut Problem) -> bool {
    let case = trial.case;
    let nodes = case.tree.nodes.iter();
    // Only of the last text it can be told: behind others the next one would be taken for the rest.
    let last = nodes.copied().rfind(|node| node.depth == 1 && matches!(node.field.kind, Kind::Str));
    let whole = last.filter(|node| node.reading == Reading::Whole && node.span().len() > 1);
    if let Some(node) = whole
        && let Some(behind) = goes_on(trial, node.end as usize - 1)
    {
        let (at, name) = (node.end as usize - 1, node.field.name);
        let behind = if behind == 1 { "1 byte".to_owned() } else { format!("{behind} bytes") };
        problem.message = format!(
            "a zero byte stands inside the {name}: a reader ends it there, and takes the {behind} behind for something else"
        );
        problem.expected = "a text without a zero byte but the one at its end".to_owned();
        (problem.span, problem.supplied_by) = (Span::new(at, at + 1), None);
        return true;
    }
    false
}

/// So many zero bytes in one text are tried.
const MOST_ZEROS: usize = 8;

/// How many bytes of the text follow the zero byte at `at`, if the message fits when that and some of the next are none.
fn goes_on(trial: &mut Trial<'_>, at: usize) -> Option<usize> {
    let bytes = trial.case.bytes;
    let mut zeros = vec![at];
    while zeros.len() <= MOST_ZEROS {
        let last = zeros.last()? + 1;
        let next = last + bytes.get(last..)?.iter().position(|byte| *byte == 0)?;
        // Two zero bytes in a row end more than a text.
        if next == last || !is_readable(bytes.get(last..next)?) {
            return None;
        }
        let blank = |zero: &usize| Edit::new(Span::new(*zero, zero + 1), *b" ");
        if trial.fits(zeros.iter().map(blank).collect()).is_some() {
            return Some(next - at - 1);
        }
        zeros.push(next);
    }
    None
}

/// Whether these may be letters, in whatever encoding.
fn is_readable(bytes: &[u8]) -> bool {
    bytes.iter().all(|byte| *byte >= b' ' && *byte != 0x7f || matches!(byte, b'\n' | b'\r' | b'\t'))
}

/// Whether these may be the rest of a text: letters that a zero byte ends, or plain ones.
fn may_be_text(bytes: &[u8]) -> bool {
    match bytes {
        [text @ .., 0] => text.split(|byte| *byte == 0).any(|part| !part.is_empty() && is_readable(part)),
        text => is_readable(text) && std::str::from_utf8(text).is_ok(),
    }
}

fn extra(nodes: &[Node]) -> Option<Span> {
    let last = nodes.iter().rfind(|node| node.depth == 1)?;
    (last.field.id == "extra").then(|| last.span())
}

/// Whether the last field that was read is a text.
fn ends_with_text(nodes: &[Node]) -> bool {
    let before = nodes.iter().rev().filter(|node| node.depth == 1).nth(1);
    before.is_some_and(|node| matches!(node.field.kind, Kind::Str))
}
