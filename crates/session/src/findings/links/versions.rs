//! The version of the protocol and what depends on it; and the fields that an error must have.

use pgscope_proto::conversation::versions::Version;
use pgscope_proto::{Direction, Problem, Reads, Span, read};

use super::{Case, entries, odd};
use crate::findings::head;

/// The StartupMessage that is being answered: its number, and the version that it asked for.
fn asked(case: &Case) -> Option<(usize, u32)> {
    let request = case.index.request(case.entry.number)?;
    let (_, bytes) = case.other(request)?;
    Some((request, read::startup_code(bytes).filter(|code| code >> 16 == 3)?))
}

/// The version that holds: the one that was asked for, or the one that the server came down to.
fn version(case: &Case) -> Option<(usize, u32)> {
    let (request, asked) = asked(case)?;
    let negotiated = (request + 1..case.entry.number).find_map(|number| {
        let (entry, bytes) =
            case.other(number).filter(|(entry, _)| entry.message.field.id == "negotiateprotocolversion")?;
        Some((entry.number, read::negotiated_version(bytes)?))
    });
    Some(negotiated.unwrap_or((request, asked)))
}

fn named(version: u32) -> String {
    format!("{}.{}", version >> 16, version & 0xffff)
}

/// How many messages behind it the server's answer is looked for.
const NEAR: usize = 32;

/// Behind the server's yes to encryption a client shakes hands before it says who it is. Where the server answers in the clear, too, all of
/// it was recorded inside the encryption.
pub(super) fn in_the_clear(case: &Case) -> Option<Problem> {
    let (yes, _) = case.other(case.entry.number.checked_sub(1)?)?;
    let what = match yes.message.field.id {
        "sslaccepted" => "TLS",
        "gssaccepted" => "GSSAPI encryption",
        _ => return None,
    };
    let behind = (case.entry.number + 1..case.entry.number + NEAR).filter_map(|number| case.other(number));
    let is_answered = behind.into_iter().any(|(entry, _)| entry.direction == Direction::Backend);
    let message = format!(
        "the StartupMessage comes in the clear, though the server has said yes to {what}: a server that waits for the handshake closes"
    );
    let problem = Problem::error("L10", Span::new(0, case.bytes.len()), message, format!("the handshake of {what}"));
    (!is_answered).then(|| problem.note().because(yes.number, "the server's yes"))
}

/// An error or notice that lacks what each has, or that says that a feature is not known.
pub(super) fn fields(case: &Case) -> Option<Problem> {
    let has = |letter: &u8| read::error_field(case.bytes, *letter).is_some();
    let is_usual = b"SCM".iter().all(has) && read::error_field(case.bytes, b'C') != Some(b"0A000");
    if is_usual { None } else { odd(case) }
}

/// What is wrong where the server knows no such feature.
pub(super) fn refused_newer(case: &Case) -> Option<Problem> {
    read::error_field(case.bytes, b'C').filter(|code| *code == b"0A000")?;
    let (request, _) = asked(case)?;
    case.other(request).filter(|(entry, bytes)| entry.message.field.id == "startup" && is_newer(bytes))?;
    let message = "the server refuses a version or an option that it does not know: it should say which it speaks with NegotiateProtocolVersion, and go on";
    let problem = Problem::error("L14", head(case.bytes), message, "NegotiateProtocolVersion, then the authentication");
    Some(problem.because(request, case.name_of(request)))
}

/// Whether a StartupMessage asks for a version above 3.0, or for an option of the protocol.
fn is_newer(bytes: &[u8]) -> bool {
    let version = read::startup_code(bytes).unwrap_or_default();
    let has_option = read::startup_parameters(bytes).any(|(name, _)| name.starts_with(b"_pq_."));
    version >> 16 == 3 && (version & 0xffff > 0 || has_option)
}

/// A key of more than four bytes is a feature of 3.2.
pub(super) fn key_length(case: &Case) -> Option<Problem> {
    let key = case.span("key")?;
    let (by, version) = version(case)?;
    let (_, most) = Version::of(version)?.key;
    let message = format!(
        "the key has {} bytes, but the connection speaks {}: a client of that version keeps {most}, and its cancel requests have no effect",
        key.len(),
        named(version)
    );
    (key.len() > most)
        .then(|| Problem::error("L16", key, message, format!("{most} bytes")).because(by, "which version it is"))
}

fn options(case: &Case) -> Vec<(Span, String)> {
    let option = |node: usize| match case.tree.reads(node, case.bytes) {
        Reads::Text(text) => Some((case.tree.nodes.get(node)?.span(), text.to_owned())),
        _ => None,
    };
    entries(case.tree, "options").filter_map(option).collect()
}

/// A negotiation changes the version, or refuses an option: else there is none.
pub(super) fn nothing_negotiated(case: &Case) -> Option<Problem> {
    let (request, asked) = asked(case)?;
    let told = read::negotiated_version(case.bytes)?;
    let span = case.span("version")?;
    let message = if told == asked && options(case).is_empty() {
        "the server negotiates but changes nothing: libpq says “server negotiated but asks for no changes”".to_owned()
    } else if told > asked && told >> 16 == 3 {
        format!(
            "the server offers {}, which is more than the client asked for: libpq says “server requested downgrade to a higher-numbered version”",
            named(told)
        )
    } else {
        return None;
    };
    Some(
        Problem::error("L15", span, message, format!("a version below {}, or an option", named(asked)))
            .because(request, "what was asked for"),
    )
}

/// There never was a 3.1; and what is asked for only to try is not offered.
pub(super) fn no_such_version(case: &Case) -> Option<Problem> {
    let told = read::negotiated_version(case.bytes)?;
    let never = Version::of(told).filter(|version| !version.is_spoken)?;
    let message = format!(
        "no server speaks {0}: libpq says “server requested downgrade to non-existent {0} protocol version”",
        never.name
    );
    let is_below = asked(case).is_none_or(|(_, asked)| told <= asked);
    is_below.then(|| Problem::error("L15", case.span("version").unwrap_or_default(), message, "3.0 or 3.2"))
}

/// Only options that the client asked for can be refused, and all of them begin alike.
pub(super) fn odd_option(case: &Case) -> Option<Problem> {
    let (request, _) = asked(case)?;
    let (_, startup) = case.other(request)?;
    let is_asked = |name: &str| read::startup_parameter(startup, name).is_some();
    let (span, name) = options(case).into_iter().find(|(_, name)| !name.starts_with("_pq_.") || !is_asked(name))?;
    let message = format!("the server does not know the option “{name}”, but the client did not ask for it");
    Some(
        Problem::error("L15", span, message, "an option of the StartupMessage that begins with _pq_.")
            .because(request, "what was asked for"),
    )
}

/// What every error and notice has, since protocol 3.
pub(super) fn missing_field(case: &Case) -> Option<Problem> {
    let is_there = |letter: &u8| read::error_field(case.bytes, *letter).is_some();
    let missing = [(b'S', "the severity (S)"), (b'C', "the SQLSTATE (C)"), (b'M', "the message (M)")];
    let (_, name) = missing.into_iter().find(|(letter, _)| !is_there(letter))?;
    let message = format!(
        "{} lacks {name}, which is always there: clients that look for it crash or show nothing",
        case.entry.message.name()
    );
    let is_whole = case.tree.problems.is_empty();
    is_whole.then(|| {
        Problem::error("L45", Span::new(case.bytes.len().saturating_sub(1), case.bytes.len()), message, "S, C and M")
            .warning()
    })
}

/// Encryption is asked for once: a server that refused it takes the second request for a version.
pub(super) fn asked_again(case: &Case) -> Option<Problem> {
    let earlier = case.entry.number.saturating_sub(MOST)..case.entry.number;
    let is_same = |number: &usize| case.other(*number).is_some_and(|(entry, _)| entry.message == case.entry.message);
    let first = earlier.into_iter().find(is_same)?;
    let message = "the same encryption is asked for again: the server takes it for a version, and says “unsupported frontend protocol”";
    Some(
        Problem::error("L14", Span::new(4, 8), message, "another request, or a StartupMessage")
            .because(first, "the first time"),
    )
}

/// How far back it is looked.
const MOST: usize = 8;
