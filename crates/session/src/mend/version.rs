//! A start-up packet whose version has its bytes in another order.

use pgscope_proto::frame::Fault;
use pgscope_proto::messages::startup::{self, VERSION_3_0};
use pgscope_proto::{Edit, Fix, Message, Problem, Span, Tree, decode};

use super::{Case, hex};
use crate::checks;

/// The version of protocol 3.2.
const VERSION_3_2: u32 = VERSION_3_0 + 2;
/// What stands in the place of a version, and what it begins.
const KNOWN: [(u32, &str, &Message); 5] = [
    (VERSION_3_0, "3.0", &startup::STARTUP_MESSAGE),
    (VERSION_3_2, "3.2", &startup::STARTUP_MESSAGE),
    (startup::SSL_REQUEST_CODE, "an SSLRequest", &startup::SSL_REQUEST),
    (startup::GSSENC_REQUEST_CODE, "a GSSENCRequest", &startup::GSSENC_REQUEST),
    (startup::CANCEL_REQUEST_CODE, "a CancelRequest", &startup::CANCEL_REQUEST),
];

/// Mends the version, if its bytes are those of one that is known and the packet then reads whole.
pub(super) fn reorder(case: Case<'_>, problems: &mut [Problem]) {
    if case.message.field.id != "startupunknown" || matches!(case.fault, Some(Fault::Cut { .. })) {
        return;
    }
    let word = Span::new(4, 8);
    let Some(problem) = problems.iter_mut().find(|problem| problem.rule == "L14") else { return };
    let Some((code, name, _)) = KNOWN.iter().find(|(code, _, message)| is_meant(case, *code, message)) else { return };
    let (stands, right) = (word.of(case.bytes), code.to_be_bytes());
    let how = match stands {
        [a, b, c, d] if [*d, *c, *b, *a] == right => "from behind: the byte that counts most comes first",
        [a, b, c, d] if [*c, *d, *a, *b] == right => "with the halves exchanged",
        _ => "in another order",
    };
    problem.message = format!("these are the four bytes of {name}, {how}");
    problem.expected = format!("{name} ({})", hex(&right));
    problem.fix =
        Some(Fix { words: format!("write {} for the version", hex(&right)), edits: vec![Edit::new(word, right)] });
}

/// Whether the bytes of the version are those of `code`, and the packet reads whole with it.
fn is_meant(case: Case<'_>, code: u32, message: &'static Message) -> bool {
    let sorted = |mut bytes: [u8; 4]| {
        bytes.sort_unstable();
        bytes
    };
    let stands = case.bytes.get(4..).and_then(|bytes| bytes.first_chunk::<4>());
    if stands.is_none_or(|stands| sorted(*stands) != sorted(code.to_be_bytes())) {
        return false;
    }
    let new = Edit::all_made(&[Edit::new(Span::new(4, 8), code.to_be_bytes())], case.bytes);
    let mut tree = Tree::new();
    decode(message, &new, case.context, &mut tree);
    tree.problems.is_empty() && checks::of_values(message, &tree, &new).is_empty()
}
