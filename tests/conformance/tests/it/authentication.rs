//! Logins computed anew: those that were recorded, and one with channel binding by another implementation.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use pgscope_proto::{Direction, Exchange, Stream};
use pgscope_session::Index;
use pgscope_session::authentication::{Checked, Verdict, check};
use postgres_protocol::authentication::sasl::{ChannelBinding, ScramSha256};

use super::captures;

fn checked(exchange: &Exchange, password: &str) -> Vec<Checked> {
    check(exchange, &Index::new(exchange), password.as_bytes())
}

/// `MD5: right`, one a dialogue.
fn told(exchange: &Exchange, password: &str) -> String {
    let told = |checked: &Checked| {
        let verdicts: Vec<_> = checked.verdicts().map(Verdict::name).collect();
        format!("{}: {}", checked.mechanism, verdicts.join(", "))
    };
    checked(exchange, password).iter().map(told).collect::<Vec<_>>().join("; ")
}

/// What is told of recordings in which somebody did not log in with the password: with it, and with another one.
const ODD: &[(&str, &str, &str)] = &[
    // Nobody answered.
    (
        "auth/channel_binding_require_plain",
        "SCRAM-SHA-256: cannot be told, cannot be told",
        "SCRAM-SHA-256: cannot be told, cannot be told",
    ),
    (
        "auth/no_password_given",
        "SCRAM-SHA-256: cannot be told, cannot be told",
        "SCRAM-SHA-256: cannot be told, cannot be told",
    ),
    (
        "raw/scram_malformed",
        "SCRAM-SHA-256: cannot be told, cannot be told",
        "SCRAM-SHA-256: cannot be told, cannot be told",
    ),
    // Another password was used.
    ("auth/cleartext_wrong", "cleartext password: wrong", "cleartext password: wrong"),
    ("auth/ssl_prefer_wrong_password.c2", "MD5: wrong", "MD5: wrong"),
    ("auth/scram_wrong", "SCRAM-SHA-256: wrong, cannot be told", "SCRAM-SHA-256: wrong, cannot be told"),
    ("pg18/trace_auth_scram_wrong", "SCRAM-SHA-256: wrong, cannot be told", "SCRAM-SHA-256: wrong, cannot be told"),
    // The role has none: the server plays the dialogue to its end.
    (
        "auth/scram_role_without_password",
        "SCRAM-SHA-256: right, cannot be told",
        "SCRAM-SHA-256: wrong, cannot be told",
    ),
    ("pg18/trace_auth_scram_nopw", "SCRAM-SHA-256: right, cannot be told", "SCRAM-SHA-256: wrong, cannot be told"),
];

#[test]
fn every_recorded_login_is_right_with_its_password_and_wrong_with_another() {
    let mut seen = [0; 3];
    for recording in captures::all() {
        let Some(exchange) = recording.exchange() else { continue };
        let right = told(&exchange, "secret");
        let (expected, otherwise) = match (ODD.iter().find(|(name, ..)| *name == recording.name), &*right) {
            (Some((_, right, other)), _) => (*right, *other),
            (None, "") => continue,
            (None, told) if told.starts_with("MD5") => ("MD5: right", "MD5: wrong"),
            (None, told) if told.starts_with("SCRAM") => ("SCRAM-SHA-256: right, right", "SCRAM-SHA-256: wrong, wrong"),
            _ => ("cleartext password: right", "cleartext password: wrong"),
        };
        assert_eq!(right, expected, "{}", recording.name);
        assert_eq!(told(&exchange, "sekret"), otherwise, "{}", recording.name);
        let mechanisms = ["MD5: right", "SCRAM-SHA-256: right, right", "cleartext password: right"];
        mechanisms.iter().zip(&mut seen).for_each(|(name, seen)| *seen += usize::from(*name == right));
    }
    let [md5, scram, clear] = seen;
    assert!(md5 >= 4 && scram >= 6 && clear >= 5, "only {md5} of MD5, {scram} of SCRAM, {clear} in the clear");
}

#[test]
fn a_recorded_proof_of_which_a_letter_is_changed_is_wrong() {
    let recording = captures::all().into_iter().find(|one| one.name == "pg18/py_auth_scram").expect("it is there");
    let mut exchange = recording.exchange().expect("it has a clock");
    let whole = checked(&exchange, "secret");
    let proof = whole[0].steps.iter().find(|step| step.name == "ClientProof").and_then(|step| step.place);
    let proof = proof.expect("it was sent");
    let start = Index::new(&exchange).entry(proof.number).expect("it is there").span.start + proof.span.start;
    let letter = &mut exchange.streams[Direction::Frontend.index()].bytes[start];
    *letter = if *letter == b'A' { b'B' } else { b'A' };
    // The proof is not signed by the server: what that signs is still right.
    assert_eq!(told(&exchange, "secret"), "SCRAM-SHA-256: right, right".replacen("right", "wrong", 1));
}

fn tagged(tag: u8, body: &[&[u8]]) -> Vec<u8> {
    let body = body.concat();
    [&[tag][..], &(body.len() as u32 + 4).to_be_bytes(), &body].concat()
}

#[test]
fn channel_binding_is_signed_as_another_implementation_signs_it() {
    for (mechanism, binding) in [
        ("SCRAM-SHA-256-PLUS", ChannelBinding::tls_server_end_point(vec![7; 32])),
        ("SCRAM-SHA-256", ChannelBinding::unrequested()),
        ("SCRAM-SHA-256", ChannelBinding::unsupported()),
    ] {
        // A password that SASLprep changes.
        let password = "I\u{ad}X \u{2168}";
        let mut client = ScramSha256::new(password.as_bytes(), binding);
        let first = client.message().to_vec();
        let nonce = String::from_utf8_lossy(&first).split_once(",r=").expect("it has a nonce").1.to_owned();
        let challenge = format!("r={nonce}server,s={},i=4096", STANDARD.encode([9; 16]));
        client.update(challenge.as_bytes()).expect("it is a challenge");
        let last = client.message().to_vec();
        let mut exchange = Exchange::default();
        let mut say = |direction, message: Vec<u8>| exchange.push(direction, &Stream::raw(message), None);
        say(Direction::Frontend, b"\0\0\0\x11\0\x03\0\0user\0me\0\0".to_vec());
        say(Direction::Backend, tagged(b'R', &[&[0, 0, 0, 10], mechanism.as_bytes(), b"\0\0"]));
        let length = (first.len() as u32).to_be_bytes();
        say(Direction::Frontend, tagged(b'p', &[mechanism.as_bytes(), b"\0", &length, &first]));
        say(Direction::Backend, tagged(b'R', &[&[0, 0, 0, 11], challenge.as_bytes()]));
        say(Direction::Frontend, tagged(b'p', &[&last]));
        assert_eq!(told(&exchange, password), format!("{mechanism}: right, cannot be told"));
        assert_eq!(told(&exchange, "IX IX"), format!("{mechanism}: right, cannot be told"));
        assert_eq!(told(&exchange, "I"), format!("{mechanism}: wrong, cannot be told"));
        // Its verdict on the signature that the server owes.
        let steps = checked(&exchange, password).remove(0).steps;
        let signature = steps.iter().find(|step| step.name == "ServerSignature").expect("it is computed");
        let signature = format!("v={}", STANDARD.encode(&signature.bytes));
        client.finish(signature.as_bytes()).expect("the other client takes the signature");
    }
}

#[test]
fn md5_is_what_another_implementation_makes_of_it() {
    let salt = [0, 1, 254, 255];
    let response = postgres_protocol::authentication::md5_hash(b"me", b"secret", salt);
    let mut exchange = Exchange::default();
    exchange.push(Direction::Frontend, &Stream::raw(b"\0\0\0\x11\0\x03\0\0user\0me\0\0".to_vec()), None);
    exchange.push(Direction::Backend, &Stream::raw(tagged(b'R', &[&[0, 0, 0, 5], &salt])), None);
    exchange.push(Direction::Frontend, &Stream::raw(tagged(b'p', &[response.as_bytes(), b"\0"])), None);
    assert_eq!(told(&exchange, "secret"), "MD5: right");
}
