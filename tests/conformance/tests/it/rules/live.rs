//! What real servers say to the client of an exchange, played byte for byte.

use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use pgscope_proto::{Direction, Exchange};
use pgscope_session::rules::{CLOSES, WAITS};

use super::scripted::turns;
use crate::postgres::Postgres;
use crate::worlds::{Said, said};

/// What a server answered.
#[derive(Clone, Debug)]
pub(crate) struct Answered {
    /// SQLSTATE and text of each error, or what it did without words.
    pub(crate) deeds: Vec<(String, String)>,
    /// What it said, message by message, without what every server says differently.
    pub(crate) outline: Vec<String>,
    /// What is in the log since.
    pub(crate) log: String,
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
    (
        "shop",
        "CREATE FUNCTION warn() RETURNS int4 LANGUAGE plpgsql AS 'BEGIN RAISE WARNING ''careful''; RETURN 1; END'",
    ),
];

/// Makes what the exchanges speak of.
pub(crate) fn prepare(server: &Postgres) {
    for (database, sql) in WORLD {
        let pairs = format!("user\0postgres\0database\0{database}\0\0");
        let start = [&(pairs.len() as u32 + 8).to_be_bytes(), b"\0\x03\0\0".as_slice(), pairs.as_bytes()].concat();
        let query = [b"Q".as_slice(), &(sql.len() as u32 + 5).to_be_bytes(), sql.as_bytes(), b"\0"].concat();
        let (bytes, ..) = play(server.port, &[start, query], 0, Duration::from_secs(5));
        let failed: Vec<Said> = said(&bytes, 0).into_iter().filter(|message| message.tag == "E").collect();
        assert!(failed.is_empty(), "{sql}: {failed:?}");
    }
}

/// Plays the client of an exchange to a server. Where nothing comes it is waited for so long.
pub(crate) fn answered(server: &Postgres, exchange: &Exchange, patience_ms: u64) -> Answered {
    let log = server.log().len();
    let turns = turns(exchange);
    let pieces: Vec<Vec<u8>> =
        turns.iter().filter(|(side, _)| *side == Direction::Frontend).map(|(_, messages)| messages.concat()).collect();
    let replies = usize::from(turns.iter().any(|(side, messages)| {
        *side == Direction::Backend && matches!(messages.first().map(Vec::as_slice), Some(b"N" | b"S"))
    }));
    let (bytes, last, closed) = play(server.port, &pieces, replies, Duration::from_millis(patience_ms));
    let errors: Vec<(String, String)> = said(&bytes, replies)
        .into_iter()
        .filter(|message| message.tag == "E")
        .filter_map(|message| message.report.map(|(_, code, text)| (code, text)))
        .collect();
    let ends = pieces.last().is_some_and(|piece| piece.ends_with(b"X\0\0\0\x04"));
    let deed = match (errors.is_empty(), closed, last == 0) {
        (true, true, _) if !ends => Some(CLOSES),
        (true, false, true) => Some(WAITS),
        _ => None,
    };
    let deeds = errors.into_iter().chain(deed.map(|deed| (String::new(), deed.to_owned()))).collect();
    let log = server.log().get(log..).unwrap_or_default().to_owned();
    Answered { deeds, outline: outline(&bytes, replies), log }
}

/// What came, how much of it after the last piece, and whether the server closed.
fn play(port: u16, pieces: &[Vec<u8>], replies: usize, patience: Duration) -> (Vec<u8>, usize, bool) {
    let mut socket = TcpStream::connect(("127.0.0.1", port)).expect("a server");
    let (mut bytes, mut last) = (Vec::new(), 0);
    for piece in pieces {
        let before = bytes.len();
        let closed = socket.write_all(piece).is_err() || hear(&mut socket, &mut bytes, before, replies, patience);
        last = bytes.len() - before;
        if closed {
            return (bytes, last, true);
        }
    }
    (bytes, last, false)
}

/// Reads until the server is silent: not long where it has said all that it has to say. Tells whether it closed.
fn hear(socket: &mut TcpStream, bytes: &mut Vec<u8>, before: usize, replies: usize, patience: Duration) -> bool {
    let mut buffer = [0; 65_536];
    loop {
        let is_done = bytes.len() > before && is_answered(bytes, replies);
        let silence = if is_done { Duration::from_millis(25) } else { patience };
        socket.set_read_timeout(Some(silence)).expect("a timeout");
        match socket.read(&mut buffer) {
            Ok(0) => return true,
            Ok(count) => bytes.extend_from_slice(&buffer[..count]),
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => return false,
            Err(_) => return true,
        }
    }
}

/// Whether the server now waits for the client.
fn is_answered(bytes: &[u8], replies: usize) -> bool {
    if bytes.len() > 200_000 {
        return false;
    }
    let all = said(bytes, replies);
    all.last().is_some_and(|last| {
        matches!(last.tag.as_str(), "Z" | "G" | "byte:N") || (last.tag == "R" && all.len() == 1 + replies)
    })
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
        let length = bytes
            .get(at + 1..at + 5)
            .map_or(0, |word| word.iter().fold(0, |sum, byte| (sum << 8) | usize::from(*byte)));
        let body = bytes.get(at + 5..at + 1 + length).unwrap_or_default();
        at += 1 + length;
        match (message.tag.as_str(), message.report) {
            ("S" | "K" | "N" | "A", _) => {}
            // What is streamed depends on what the server has done before.
            ("d", _) if lines.iter().any(|line| line.starts_with('W')) => {}
            (tag, Some((_, code, _))) => lines.push(format!("{tag} {code}")),
            ("T", _) => lines.push(format!("T {}", body.escape_ascii())),
            (tag, None) if body.len() < 40 => lines.push(format!("{tag} {}", body.escape_ascii())),
            (tag, None) => lines.push(tag.to_owned()),
        }
    }
    lines
}
