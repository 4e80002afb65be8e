//! SCRAM against the vectors of the RFCs. Those of RFC 5802 are for SHA-1, which PostgreSQL does not speak: its *messages* are
//! read here; RFC 7677 has the same conversation for SHA-256, with proofs.

use pgscope_sim::{ClientScram, ServerScram, Verifier};

/// RFC 7677, section 3: user `user`, password `pencil`.
const NONCE: &str = "rOprNGfwEbeRWgbNEkqO";
const SERVER_NONCE: &str = "%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0";
const SALT: &[u8] = &[0x5b, 0x6d, 0x99, 0x68, 0x9d, 0x12, 0x35, 0x8e, 0xec, 0xa0, 0x4b, 0x14, 0x12, 0x36, 0xfa, 0x81];
const SERVER_FIRST: &str = "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096";
const CLIENT_FINAL: &str =
    "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=";
const SERVER_FINAL: &str = "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=";

fn verifier(password: Option<&str>) -> Verifier<'_> {
    Verifier { password, salt: SALT, iterations: 4096 }
}

#[test]
fn the_client_answers_as_rfc_7677_does() {
    let mut client = ClientScram::new("pencil", "user", NONCE, "n,,");
    assert_eq!(client.first(), "n,,n=user,r=rOprNGfwEbeRWgbNEkqO");
    assert_eq!(client.last(SERVER_FIRST.as_bytes()).unwrap(), CLIENT_FINAL);
    assert_eq!(client.verify(SERVER_FINAL.as_bytes()), Ok(()));
    assert_eq!(
        client.verify(b"v=7rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4="),
        Err("incorrect server signature".into())
    );
}

#[test]
fn the_server_answers_as_rfc_7677_does() {
    let first = b"n,,n=user,r=rOprNGfwEbeRWgbNEkqO";
    let (server, answer) = ServerScram::first(first, &verifier(Some("pencil")), SERVER_NONCE).unwrap();
    assert_eq!(answer, SERVER_FIRST);
    assert_eq!(server.last(CLIENT_FINAL.as_bytes()).unwrap().as_deref(), Some(SERVER_FINAL));
    let (other, answer) = ServerScram::first(first, &verifier(Some("crayon")), SERVER_NONCE).unwrap();
    assert_eq!(answer, SERVER_FIRST);
    assert_eq!(other.last(CLIENT_FINAL.as_bytes()).unwrap(), None);
    let (doomed, _) = ServerScram::first(first, &verifier(None), SERVER_NONCE).unwrap();
    assert_eq!(doomed.last(CLIENT_FINAL.as_bytes()).unwrap(), None);
}

#[test]
fn the_messages_of_rfc_5802_have_this_form() {
    let mut client = ClientScram::new("pencil", "user", "fyko+d2lbbFgONRv9qkxdawL", "n,,");
    assert_eq!(client.first(), "n,,n=user,r=fyko+d2lbbFgONRv9qkxdawL");
    let server_first = b"r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,s=QSXCR+Q6sek8bf92,i=4096";
    let last = client.last(server_first).unwrap();
    assert!(last.starts_with("c=biws,r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,p="));
}

/// With the feature that brings the tables, as the command has it.
#[cfg(feature = "saslprep")]
#[test]
fn passwords_are_prepared() {
    // A non-breaking space becomes a space, and a soft hyphen nothing (RFC 4013).
    for (typed, stored) in [("a\u{a0}b", "a b"), ("pen\u{ad}cil", "pencil")] {
        let mut client = ClientScram::new(typed, "", NONCE, "n,,");
        let first = client.first();
        let (server, answer) = ServerScram::first(first.as_bytes(), &verifier(Some(stored)), SERVER_NONCE).unwrap();
        let last = client.last(answer.as_bytes()).unwrap();
        let verdict = server.last(last.as_bytes()).unwrap().expect("the same password");
        assert_eq!(client.verify(verdict.as_bytes()), Ok(()));
    }
}
