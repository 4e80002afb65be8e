use pgscope_proto::{Direction, Exchange, Stream};

use super::*;

/// A message: its tag, and what is behind its length.
fn tagged(tag: u8, body: &[&[u8]]) -> Vec<u8> {
    let body = body.concat();
    [&[tag][..], &(body.len() as u32 + 4).to_be_bytes(), &body].concat()
}

fn startup(user: &str) -> Vec<u8> {
    let body = [b"\0\x03\0\0user\0", user.as_bytes(), b"\0\0"].concat();
    [&(body.len() as u32 + 4).to_be_bytes()[..], &body].concat()
}

fn scram(first: &str, challenge: &str, last: &str, signature: &str) -> Exchange {
    let mut exchange = Exchange::default();
    let mut say = |direction, message: Vec<u8>| exchange.push(direction, &Stream::raw(message), None);
    say(Direction::Frontend, startup("user"));
    say(Direction::Backend, tagged(b'R', &[&[0, 0, 0, 10], b"SCRAM-SHA-256\0\0"]));
    let length = (first.len() as u32).to_be_bytes();
    say(Direction::Frontend, tagged(b'p', &[b"SCRAM-SHA-256\0", &length, first.as_bytes()]));
    say(Direction::Backend, tagged(b'R', &[&[0, 0, 0, 11], challenge.as_bytes()]));
    say(Direction::Frontend, tagged(b'p', &[last.as_bytes()]));
    if signature.is_empty() {
        say(Direction::Backend, tagged(b'E', &[b"SFATAL\0C28P01\0Mno\0\0"]));
    } else {
        say(Direction::Backend, tagged(b'R', &[&[0, 0, 0, 12], signature.as_bytes()]));
        say(Direction::Backend, tagged(b'R', &[&[0, 0, 0, 0]]));
    }
    exchange
}

/// RFC 7677, section 3: user `user`, password `pencil`.
const FIRST: &str = "n,,n=user,r=rOprNGfwEbeRWgbNEkqO";
const CHALLENGE: &str = "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096";
const LAST: &str =
    "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=";
const SIGNATURE: &str = "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=";

fn checked(exchange: &Exchange, password: &str) -> Checked {
    let mut all = check(exchange, &Index::new(exchange), password.as_bytes());
    assert_eq!(all.len(), 1);
    all.remove(0)
}

fn verdicts(checked: &Checked) -> String {
    checked
        .verdicts()
        .map(|verdict| format!("{} {}", verdict.name(), verdict.why()).trim().to_owned())
        .collect::<Vec<_>>()
        .join("; ")
}

fn told(first: &str, challenge: &str, last: &str, signature: &str, password: &str) -> String {
    verdicts(&checked(&scram(first, challenge, last, signature), password))
}

#[test]
fn the_vector_of_rfc_7677_is_right_in_every_step() {
    let exchange = scram(FIRST, CHALLENGE, LAST, SIGNATURE);
    let right = checked(&exchange, "pencil");
    assert_eq!(verdicts(&right), "right; right");
    assert_eq!(right.messages, [1, 2, 3, 4, 5]);
    let names: Vec<_> = right.steps.iter().map(|step| step.name).collect();
    let expected =
        "salt SaltedPassword ClientKey StoredKey AuthMessage ClientSignature ClientProof ServerKey ServerSignature";
    assert_eq!(names.join(" "), expected);
    // Where the compared bytes stand is where they stand.
    let proof = right.steps.iter().find(|step| step.name == "ClientProof").expect("it is there");
    let place = proof.place.expect("it was sent");
    let entry = Index::new(&exchange).entry(place.number).expect("it is there");
    let message = entry.span.of(&exchange.stream(Direction::Frontend).bytes);
    assert_eq!(place.span.of(message), b"dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=");
    assert_eq!(proof.sent.as_deref(), Some(&*proof.bytes));
    assert_eq!(verdicts(&checked(&exchange, "pen")), "wrong; wrong");
}

#[test]
fn what_is_damaged_or_missing_is_told() {
    let cases = [
        ("another proof", FIRST, CHALLENGE, LAST.replace("p=dHz", "p=dHy"), SIGNATURE, "wrong; right"),
        ("no base64", FIRST, CHALLENGE, LAST.replace("p=dHz", "p=d!z"), SIGNATURE, "wrong; right"),
        (
            "another signature",
            FIRST,
            CHALLENGE,
            LAST.to_owned(),
            "v=7rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=",
            "right; wrong",
        ),
        ("refused", FIRST, CHALLENGE, LAST.to_owned(), "", "right; cannot be told the server sent no signature"),
        (
            "an error",
            FIRST,
            CHALLENGE,
            LAST.to_owned(),
            "e=invalid-proof",
            "right; cannot be told the server sent no signature",
        ),
    ];
    for (title, first, challenge, last, signature, expected) in cases {
        assert_eq!(told(first, challenge, &last, signature, "pencil"), expected, "{title}");
    }
    let broken = [
        (CHALLENGE.replace("i=4096", "i=4000000000"), "the hash would be taken more than 1000000 times"),
        (CHALLENGE.replace("i=4096", "i=99999999999999"), "the hash would be taken more than 1000000 times"),
        (CHALLENGE.replace("i=4096", "i=0"), "the iteration count is 0"),
        (CHALLENGE.replace("i=4096", "i=+1"), "the iteration count is not a number"),
        (CHALLENGE.replace(",i=4096", ""), "the server's first message has no iteration count"),
        (CHALLENGE.replace("s=W2", "s=!2"), "the salt is not base64"),
        (CHALLENGE.replace(",s=W22ZaJ0SNY7soEsUEjb6gQ==", ""), "the server's first message has no salt"),
    ];
    for (challenge, why) in broken {
        let expected = format!("cannot be told {why}; cannot be told {why}");
        assert_eq!(told(FIRST, &challenge, LAST, SIGNATURE, "pencil"), expected);
    }
}

#[test]
fn one_end_alone_is_not_enough_for_scram() {
    let both = scram(FIRST, CHALLENGE, LAST, SIGNATURE);
    for direction in Direction::BOTH {
        let exchange = Exchange::one_sided(direction, both.stream(direction).clone(), Default::default());
        let found = check(&exchange, &Index::new(&exchange), b"pencil");
        let told: Vec<String> = found.iter().map(verdicts).collect();
        assert!(
            !told.is_empty() && told.iter().all(|told| told.starts_with("cannot be told")),
            "{direction:?} {told:?}"
        );
    }
}

#[test]
fn md5_is_hashed_twice() {
    let say = |user: Option<&str>, response: &[u8]| {
        let mut exchange = Exchange::default();
        let opening = user.map(startup).unwrap_or_default();
        exchange.push(Direction::Frontend, &Stream::raw(opening), None);
        exchange.push(Direction::Backend, &Stream::raw(tagged(b'R', &[&[0, 0, 0, 5], b"\x01\x02\x03\x04"])), None);
        exchange.push(Direction::Frontend, &Stream::raw(tagged(b'p', &[response, b"\0"])), None);
        exchange
    };
    // By Python's hashlib: md5("secretme") in hex and the salt, hashed again.
    let response = b"md58322d584bf59f0253d58346307bb6ba3";
    assert_eq!(verdicts(&checked(&say(Some("me"), response), "secret")), "right");
    assert_eq!(verdicts(&checked(&say(Some("me"), response), "sekret")), "wrong");
    assert_eq!(verdicts(&checked(&say(Some("you"), response), "secret")), "wrong");
    assert_eq!(verdicts(&checked(&say(Some("me"), b"secret"), "secret")), "wrong");
}

#[cfg(feature = "saslprep")]
#[test]
fn passwords_are_prepared_as_postgresql_prepares_them() {
    let bytes =
        |password: &str| String::from_utf8(prepared::prepared(password.as_bytes()).bytes.into_owned()).expect("text");
    // RFC 4013, section 3, but for what it forbids: that is used as it is.
    assert_eq!(bytes("I\u{ad}X"), "IX");
    assert_eq!(bytes("user"), "user");
    assert_eq!(bytes("\u{aa}"), "a");
    assert_eq!(bytes("\u{2168}"), "IX");
    assert_eq!(bytes("\u{7}"), "\u{7}");
    assert_eq!(bytes("\u{627}1"), "\u{627}1");
    // All of it would go: an empty password is none.
    assert_eq!(bytes("\u{ad}"), "\u{ad}");
    assert_eq!(&*prepared::prepared(b"\xff").bytes, b"\xff");
}
