//! What real servers write in text format is no misfit, whatever a session has set.

use pgscope_proto::types;
use pgscope_sim::Edition;

use crate::postgres::Postgres;
use crate::refused::Asked;
use crate::socket::message;
use crate::values::recorded;

/// Settings that change how values are written.
const SETTINGS: [&str; 7] = [
    "SELECT 1",
    "SET DateStyle = 'SQL, DMY'; SET IntervalStyle = 'sql_standard'; SET bytea_output = 'escape'",
    "SET DateStyle = 'Postgres, MDY'; SET IntervalStyle = 'postgres_verbose'; SET extra_float_digits = 0",
    "SET DateStyle = 'German'; SET IntervalStyle = 'iso_8601'; SET TimeZone = 'Europe/Berlin'",
    "SET DateStyle = 'ISO, YMD'; SET TimeZone = 'Asia/Kathmandu'; SET extra_float_digits = -15",
    "SET DateStyle = 'SQL, MDY'; SET TimeZone = 'America/New_York'; SET lc_monetary = 'C'",
    "RESET ALL; SET TimeZone = 'UTC'",
];

/// Asks a server to write a value, which is given in binary format.
fn asking(oid: u32, value: &[u8]) -> Vec<u8> {
    let parse = [b"\0SELECT $1\0\0\x01".as_slice(), &oid.to_be_bytes()].concat();
    let length = (value.len() as u32).to_be_bytes();
    let bind = [b"\0\0\0\x01\0\x01\0\x01".as_slice(), &length, value, b"\0\0"].concat();
    let execute = message(b'E', b"\0\0\0\0\0");
    [message(b'P', &parse), message(b'B', &bind), execute, message(b'S', b"")].concat()
}

#[test]
fn what_postgresql_15_writes_is_no_misfit() {
    held_against(Edition::Fifteen);
}

#[test]
fn what_postgresql_18_writes_is_no_misfit() {
    held_against(Edition::Eighteen);
}

fn held_against(edition: Edition) {
    let Some(server) = Postgres::start(edition) else { return };
    let mut asked = Asked::new(server.port);
    let mut cases: Vec<(u32, Vec<u8>)> = recorded().map(|(sample, bytes)| (sample.oid, bytes)).collect();
    // Numbers, days, moments and spans of all sizes.
    for at in 0..64 {
        let number = (1u64 << at).wrapping_sub(1) ^ 0xa5 << (at / 2);
        let bytes = number.to_be_bytes();
        cases.extend([20, 701, 1083, 1114, 1184, 3220].map(|oid| (oid, bytes.to_vec())));
        cases.extend([23, 26, 28, 29, 700, 1082].map(|oid| (oid, bytes[4..].to_vec())));
        cases.push((21, bytes[6..].to_vec()));
        cases.push((17, bytes.to_vec()));
        cases.push((1186, [bytes.as_slice(), &bytes[4..], &[0, 0, 0, at]].concat()));
    }
    cases.sort();
    cases.dedup();
    let (mut written, mut wrong) = (0, Vec::new());
    for settings in SETTINGS {
        asked.ask(&message(b'Q', [settings.as_bytes(), b"\0"].concat().as_slice()));
        asked.row().expect("the setting is known");
        for batch in cases.chunks(100) {
            let questions: Vec<u8> = batch.iter().flat_map(|(oid, bytes)| asking(*oid, bytes)).collect();
            asked.ask(&questions);
            for (oid, _) in batch {
                let Ok(row) = asked.row() else { continue };
                let Some(text) = row.first() else { continue };
                written += 1;
                if let Some(misfit) = types::misfit(*oid, text) {
                    let text = String::from_utf8_lossy(text);
                    wrong.push(format!("{:?} under {settings}: {text}: {}", types::name(*oid), misfit.why));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{} of {written}:\n{}", wrong.len(), wrong.join("\n"));
    assert!(written > 5_000, "only {written}");
}
