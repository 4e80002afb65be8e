//! Recorded logins computed anew with their password, and those of somebody else's client and server.

use pgscope_proto::{Direction, Exchange, Stream};
use pgscope_session::Index;
use pgscope_session::authentication::{Checked, Verdict, check};
use postgres_protocol::authentication::sasl::{ChannelBinding, ScramSha256};

use super::captures;

fn verdicts(checked: &Checked) -> String {
    checked.verdicts().map(Verdict::name).collect::<Vec<_>>().join(", ")
}

fn told(exchange: &Exchange, password: &str) -> Vec<(&'static str, String)> {
    let found = check(exchange, &Index::new(exchange), password.as_bytes());
    found.iter().map(|checked| (checked.mechanism, verdicts(checked))).collect()
}

/// Recordings whose client did not know the password, or was refused though it did.
const REFUSED: &[&str] = &["auth/scram_role_without_password", "auth/no_password_given"];

#[test]
fn every_recorded_login_is_right_with_its_password_and_wrong_with_another() {
    let mut seen = std::collections::BTreeMap::new();
    for recording in captures::all() {
        let Some(exchange) = recording.exchange() else { continue };
        for (mechanism, told) in told(&exchange, "secret") {
            *seen.entry(mechanism).or_insert(0) += 1;
            let is_one_proof = mechanism != "SCRAM-SHA-256";
            let is_wrong = recording.name.contains("wrong") || REFUSED.contains(&&*recording.name);
            eprintln!("{} {mechanism}: {told}", recording.name);
            if !is_wrong {
                assert_eq!(told, if is_one_proof { "right" } else { "right, right" }, "{}", recording.name);
            }
        }
        for (mechanism, told) in told(&exchange, "sekret") {
            if !recording.name.contains("wrong") && !REFUSED.contains(&&*recording.name) {
                let wrong = if mechanism == "SCRAM-SHA-256" { "wrong, wrong" } else { "wrong" };
                assert_eq!(told, wrong, "{}", recording.name);
            }
        }
    }
    eprintln!("{seen:?}");
}
