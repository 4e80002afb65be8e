//! What real servers say to the client of an exchange, played byte for byte.

use std::time::Duration;

use pgscope_proto::{Direction, Exchange};
use pgscope_session::rules::{CLOSES, WAITS};

use super::scripted::turns;
use crate::postgres::Postgres;
use crate::socket;
use crate::worlds::{Said, said};

/// What a server answered.
#[derive(Clone, Debug)]
pub(crate) struct Answered {
    /// Severity, SQLSTATE and text of each error.
    pub(crate) errors: Vec<(String, String, String)>,
    /// What it said, message by message, without what every server says differently.
    pub(crate) outline: Vec<String>,
    /// What is in the log since.
    pub(crate) log: String,
    pub(crate) closed: bool,
}

impl Answered {
    /// Its words, or what it did without words.
    pub(crate) fn deeds(&self) -> Vec<(String, String)> {
        let mut deeds: Vec<(String, String)> =
            self.errors.iter().map(|(_, code, text)| (code.clone(), text.clone())).collect();
        if deeds.is_empty() {
            let is_done = self.outline.last().is_some_and(|last| last.starts_with('Z'));
            let deed = if self.closed { CLOSES } else if is_done { "" } else { WAITS };
            deeds.extend((!deed.is_empty()).then(|| (String::new(), deed.to_owned())));
        }
        deeds
    }
}

/// What is set up for the exchanges of the catalogue.
const WORLD: &[(&str, &str)] = &[
    ("postgres", "CREATE DATABASE shop"),
    ("postgres", "CREATE DATABASE shop_clear"),
    ("postgres", "CREATE DATABASE shop_md5"),
    ("postgres", "CREATE DATABASE shop_scram"),
    ("postgres", "CREATE ROLE alice LOGIN SUPERUSER PASSWORD 'secret'"),
    ("postgres", "SET password_encryption = md5; CREATE ROLE bob LOGIN PASSWORD 'secret'"),
    ("shop", "CREATE TABLE fruit (id int4, name text)"),
    ("shop", "CREATE TABLE unique_later (id int4 UNIQUE DEFERRABLE INITIALLY DEFERRED)"),
    ("shop", "SELECT pg_create_physical_replication_slot('standby')"),
    ("shop", "CREATE FUNCTION warn() RETURNS int4 LANGUAGE plpgsql AS 'BEGIN RAISE WARNING ''careful''; RETURN 1; END'"),
];

/// Makes what the exchanges speak of.
pub(crate) fn prepare(server: &Postgres) {
    for (database, sql) in WORLD {
        let pairs = format!("user\0postgres\0database\0{database}\0\0");
        let start = [&(pairs.len() as u32 + 8).to_be_bytes(), b"\0\x03\0\0".as_slice(), pairs.as_bytes()].concat();
        let query = [b"Q".as_slice(), &(sql.len() as u32 + 5).to_be_bytes(), sql.as_bytes(), b"\0"].concat();
        let heard = socket::raw(server.port, &[start, query], false, Duration::from_millis(1000));
        let failed: Vec<Said> = said(&heard.bytes, 0).into_iter().filter(|message| message.tag == "E").collect();
        assert!(failed.is_empty(), "{sql}: {failed:?}");
    }
}

/// Plays the client of an exchange to a server.
pub(crate) fn answered(server: &Postgres, exchange: &Exchange, silence_ms: u64) -> Answered {
    let log = server.log().len();
    let pieces: Vec<Vec<u8>> = turns(exchange)
        .into_iter()
        .filter(|(direction, _)| *direction == Direction::Frontend)
        .map(|(_, messages)| messages.concat())
        .collect();
    let heard = socket::raw(server.port, &pieces, false, Duration::from_millis(silence_ms));
    let requests = [b"\x04\xd2\x16\x2f".as_slice(), b"\x04\xd2\x16\x30"];
    let replies = pieces.iter().filter(|piece| piece.get(4..8).is_some_and(|code| requests.contains(&code))).count();
    let all = said(&heard.bytes, replies);
    let errors = all.iter().filter(|message| message.tag == "E").filter_map(|message| message.report.clone()).collect();
    let log = server.log().get(log..).unwrap_or_default().to_owned();
    Answered { errors, outline: outline(&heard.bytes, replies), log, closed: heard.closed }
}

/// What a server said: tags, with what must be the same each time.
pub(crate) fn outline(bytes: &[u8], replies: usize) -> Vec<String> {
    let mut at = replies;
    let mut lines = Vec::new();
    for message in said(bytes, replies) {
        if message.tag.starts_with("byte:") || message.tag.starts_with("rest:") {
            lines.push(message.tag);
            continue;
        }
        let length = bytes.get(at + 1..at + 5).map_or(0, |word| word.iter().fold(0, |sum, byte| (sum << 8) | usize::from(*byte)));
        let body = bytes.get(at + 5..at + 1 + length).unwrap_or_default();
        at += 1 + length;
        match (message.tag.as_str(), message.report) {
            ("S" | "K" | "N" | "A", _) => {}
            ("d", _) => lines.push(if body.first() == Some(&b'k') { "dk".to_owned() } else { format!("d{}", body.len()) }),
            (tag, Some((_, code, _))) => lines.push(format!("{tag} {code}")),
            ("T", _) => lines.push(format!("T {}", body.escape_ascii())),
            (tag, None) if body.len() < 40 => lines.push(format!("{tag} {}", body.escape_ascii())),
            (tag, None) => lines.push(tag.to_owned()),
        }
    }
    lines
}

/// Takes back what an exchange may have left: each begins with the same tables.
pub(crate) fn undo(_server: &Postgres) {}

/// Whether a server said what is written, as far as all servers say it.
pub(crate) fn is_same(ours: &[String], theirs: &[String]) -> bool {
    ours == theirs
}
