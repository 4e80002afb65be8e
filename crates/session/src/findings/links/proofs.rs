//! The steps of an authentication: each proof answers what was asked, and each nonce goes on with the one before.

use pgscope_proto::{Problem, Reads, Span};

use super::Case;

/// The last message before this one with one of these ids, and what it says.
pub(super) fn before<'a>(case: &Case<'a>, ids: &[&str]) -> Option<(usize, &'a [u8])> {
    let from = case.entry.number.saturating_sub(MOST);
    (from..case.entry.number).rev().find_map(|number| {
        let (entry, bytes) = case.other(number)?;
        ids.contains(&entry.message.field.id).then_some((number, bytes))
    })
}

/// How far back it is looked: authentications are short.
const MOST: usize = 12;

/// The payload of a SASL message, and where it begins.
pub(super) fn payload<'a>(bytes: &'a [u8], message: &str) -> (usize, &'a [u8]) {
    let from = match message {
        "authenticationsaslcontinue" | "authenticationsaslfinal" => 9,
        "saslinitialresponse" => {
            let name = bytes.iter().skip(5).position(|byte| *byte == 0).unwrap_or(0);
            5 + name + 1 + 4
        }
        _ => 5,
    };
    (from, bytes.get(from..).unwrap_or_default())
}

/// The value of an attribute of SCRAM, and where it stands in the message.
fn attribute<'a>(bytes: &'a [u8], message: &str, name: u8) -> Option<(Span, &'a [u8])> {
    let (mut at, payload) = payload(bytes, message);
    for part in payload.split(|byte| *byte == b',') {
        if let [letter, b'=', value @ ..] = part
            && *letter == name
        {
            return Some((Span::new(at, at + part.len()), value));
        }
        at += part.len() + 1;
    }
    None
}

/// MD5 was asked for, and something else was sent: often the password itself.
pub(super) fn not_hashed(case: &Case) -> Option<Problem> {
    let (number, request) = before(case, &["authenticationmd5password", "authenticationcleartextpassword"])?;
    let is_md5 = request.get(5..9) == Some(&[0, 0, 0, 5]);
    let text = case.bytes.get(5..case.bytes.len().saturating_sub(1))?;
    let message = "the server asked for an MD5 hash, and this is none: the server refuses it, and if it is the password, everybody on the way has read it";
    (is_md5 && !is_hash(text)).then(|| {
        Problem::error("L60", Span::new(5, case.bytes.len()), message, "“md5” and 32 hexadecimal digits")
            .because(number, "what was asked for")
    })
}

fn is_hash(text: &[u8]) -> bool {
    text.strip_prefix(b"md5").is_some_and(|digits| digits.len() == 32 && digits.iter().all(u8::is_ascii_hexdigit))
}

/// A hash where the password itself was asked for, and the server refused it.
pub(super) fn hashed_unasked(case: &Case) -> Option<Problem> {
    let (number, request) = before(case, &["authenticationmd5password", "authenticationcleartextpassword"])?;
    let text = case.bytes.get(5..case.bytes.len().saturating_sub(1))?;
    let next = (case.entry.number + 1..case.entry.number + 3).find_map(|number| case.other(number));
    let is_refused = next.is_some_and(|(entry, _)| entry.message.field.id == "errorresponse");
    let message =
        "a hash was sent where the server asked for the password itself: it compares it as it is, and refuses";
    (request.get(5..9) == Some(&[0, 0, 0, 3]) && is_hash(text) && is_refused).then(|| {
        let span = Span::new(5, case.bytes.len());
        Problem::error("L60", span, message, "the password in the clear").because(number, "what was asked for")
    })
}

/// SASL data fill the message: no length of their own stands before them.
pub(super) fn inner_length(case: &Case) -> Option<Problem> {
    let (from, payload) = payload(case.bytes, "authenticationsaslcontinue");
    let message = "a length stands before the SASL data, which fill the rest of the message without one: libpq says “malformed SCRAM message”";
    let span = Span::new(from, from + 4);
    let problem = || Problem::error("L18", span, message, "the data alone");
    // No text of a mechanism begins with a zero byte.
    (payload.len() > 4 && payload.first() == Some(&0)).then(problem)
}

/// SCRAM ends with the server's proof; without it the client does not know whom it talks to.
pub(super) fn no_last_word(case: &Case) -> Option<Problem> {
    let (number, first) = before(case, &["saslinitialresponse"])?;
    first.get(5..).filter(|name| name.starts_with(b"SCRAM-"))?;
    let last = before(case, &["authenticationsaslfinal"]);
    if let Some((number, last)) = last.filter(|(_, last)| payload(last, "authenticationsaslfinal").1.starts_with(b"e="))
    {
        let error = String::from_utf8_lossy(payload(last, "authenticationsaslfinal").1.get(2..).unwrap_or_default());
        let message = format!(
            "AuthenticationOk, though the server's last word was that the proof is refused ({error}): libpq says “error received from server in SCRAM exchange”, and gives the connection up"
        );
        let expected = "ErrorResponse with 28P01, and the end of the connection";
        return Some(
            Problem::error("L19", Span::new(0, 1), message, expected).because(number, "the server's last word"),
        );
    }
    let is_there = last.is_some();
    let message = "AuthenticationSASLFinal is missing: the server has not proved that it knows the password, and a client that does not notice may be talking to anybody";
    let span = Span::new(0, 1);
    (!is_there).then(|| {
        Problem::error("L19", span, message, "AuthenticationSASLFinal before it")
            .because(number, "the client's first message")
    })
}

fn offered<'a>(case: &Case<'a>) -> Option<(usize, Vec<String>)> {
    let (number, bytes) = before(case, &["authenticationsasl"])?;
    let tree = case.tree_of(number);
    let names =
        (0..tree.nodes.len()).filter(|node| tree.nodes.get(*node).is_some_and(|node| node.field.id == "mechanism"));
    let texts = names.filter_map(|node| match tree.reads(node, bytes) {
        Reads::Text(text) => Some(text.to_owned()),
        _ => None,
    });
    Some((number, texts.collect()))
}

fn mechanism<'a>(case: &Case<'a>) -> Option<(Span, &'a str)> {
    let span = case.span("mechanism")?;
    let text = span.of(case.bytes).strip_suffix(b"\0")?;
    Some((span, std::str::from_utf8(text).ok()?))
}

/// The client chooses one of the mechanisms that were offered.
pub(super) fn not_offered(case: &Case) -> Option<Problem> {
    let (number, offered) = offered(case)?;
    let (span, chosen) = mechanism(case)?;
    let is_offered = offered.is_empty() || offered.iter().any(|name| name == chosen);
    let message = format!(
        "the server did not offer {chosen}: it says “client selected an invalid SASL authentication mechanism”"
    );
    (!is_offered)
        .then(|| Problem::error("L60", span, message, offered.join(" or ")).because(number, "what was offered"))
}

/// `y` says that the server does not know channel binding. It offered it: somebody on the way has taken the offer out.
pub(super) fn flag_though_plus(case: &Case) -> Option<Problem> {
    let (number, offered) = offered(case)?;
    let (from, payload) = payload(case.bytes, "saslinitialresponse");
    let is_wrong = payload.first() == Some(&b'y') && offered.iter().any(|name| name.ends_with("-PLUS"));
    let message = "the flag y says that the server does not support channel binding, but it offered -PLUS: the server takes that for an attack and refuses";
    is_wrong.then(|| {
        Problem::error("L60", Span::new(from, from + 1), message, "n, or p= with SCRAM-SHA-256-PLUS")
            .because(number, "what was offered")
    })
}

/// The server's nonce goes on with the client's.
pub(super) fn nonce_not_extended(case: &Case) -> Option<Problem> {
    let (number, first) = before(case, &["saslinitialresponse"])?;
    let (_, own) = attribute(first, "saslinitialresponse", b'r')?;
    let (span, nonce) = attribute(case.bytes, "authenticationsaslcontinue", b'r')?;
    let is_right = nonce.starts_with(own) && nonce.len() > own.len();
    let message =
        "the nonce does not go on with the client's: a client says that the server nonce is invalid, and gives up";
    (!is_right).then(|| {
        let expected = format!("r={} and more", String::from_utf8_lossy(own));
        Problem::error("L19", span, message, expected).because(number, "the client's nonce")
    })
}

/// The client's last message has the whole nonce of the server.
pub(super) fn nonce_not_the_servers(case: &Case) -> Option<Problem> {
    let (number, challenge) = before(case, &["authenticationsaslcontinue"])?;
    let (_, whole) = attribute(challenge, "authenticationsaslcontinue", b'r')?;
    let (span, nonce) = attribute(case.bytes, "saslresponse", b'r')?;
    let message =
        "the nonce is not the one that the server gave: it says “invalid SCRAM response” (08P01), nonce does not match";
    (nonce != whole).then(|| {
        let expected = format!("r={}", String::from_utf8_lossy(whole));
        let problem = Problem::error("L60", span, message, expected).because(number, "the server's nonce");
        // The proof is made over the nonce: another nonce needs another proof, so nothing is mended here.
        problem
    })
}

/// `c=` repeats, in base64, the header with which the client began.
pub(super) fn binding_not_the_flag(case: &Case) -> Option<Problem> {
    let (number, first) = before(case, &["saslinitialresponse"])?;
    let (span, binding) = attribute(case.bytes, "saslresponse", b'c')?;
    let expected = match payload(first, "saslinitialresponse").1 {
        [b'n', b',', b',', ..] => "biws",
        [b'y', b',', b',', ..] => "eSws",
        _ => return None,
    };
    let message = "c= is not the header of the first message in base64: the server says “unexpected SCRAM channel-binding attribute”";
    let is_wrong = binding != expected.as_bytes();
    is_wrong.then(|| Problem::error("L60", span, message, format!("c={expected}")).because(number, "the header"))
}

/// Ways of authentication that no client has learned, or that all have forgotten.
pub(super) fn unsupported(case: &Case) -> Option<Problem> {
    let message = format!(
        "{} is a way of authentication that current clients do not have: libpq says that it is not supported, and gives up",
        case.entry.message.name()
    );
    Some(Problem::error("L20", Span::new(5, 9), message, "one of 0, 3, 5, 7, 9 or 10"))
}
