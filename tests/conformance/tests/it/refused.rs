//! What a real server's receive functions refuse is a problem of the value, and what they take is none.

use pgscope_proto::{Severity, Tree, types};
use pgscope_sim::Edition;

use crate::postgres::Postgres;
use crate::socket::{Messages, message};
use crate::values::recorded;

/// Asks a server whether it takes a value as a parameter.
fn asking(oid: u32, value: &[u8]) -> Vec<u8> {
    let parse = [b"\0SELECT $1 IS NULL\0\0\x01".as_slice(), &oid.to_be_bytes()].concat();
    let length = (value.len() as u32).to_be_bytes();
    let bind = [b"\0\0\0\x01\0\x01\0\x01".as_slice(), &length, value, b"\0\0"].concat();
    [message(b'P', &parse), message(b'B', &bind), message(b'S', b"")].concat()
}

/// A connection to a server that was started for this test.
pub(crate) struct Asked(Messages);

impl Asked {
    pub(crate) fn new(port: u16) -> Self {
        let mut asked = Self(Messages::new(port));
        asked.ask(Messages::BEGIN);
        asked.answer();
        asked
    }

    pub(crate) fn ask(&mut self, questions: &[u8]) {
        self.0.say(questions);
    }

    /// The text of the error up to the next ReadyForQuery, if there was one.
    fn answer(&mut self) -> Option<String> {
        self.row().err()
    }

    /// The values of the row up to the next ReadyForQuery, or the text of the error.
    pub(crate) fn row(&mut self) -> Result<Vec<Vec<u8>>, String> {
        let mut row = Ok(Vec::new());
        loop {
            let said = self.0.hear();
            match said[0] {
                b'E' => row = Err(String::from_utf8_lossy(&said[5..]).replace('\0', " ")),
                b'D' => row = Ok(values(&said[7..])),
                b'Z' => return row,
                _ => {}
            }
        }
    }
}

/// The values of a row, none of them NULL.
fn values(mut bytes: &[u8]) -> Vec<Vec<u8>> {
    let mut values = Vec::new();
    while let Some((length, rest)) = bytes.split_first_chunk::<4>() {
        let (value, rest) = rest.split_at(u32::from_be_bytes(*length) as usize);
        values.push(value.to_vec());
        bytes = rest;
    }
    values
}

/// Refusals for what is not looked at: encodings, the syntax of JSON, XML and paths, bounds of other types than numbers, and what
/// only this server and session know.
const ELSEWHERE: &[&str] = &[
    "C22021 ",
    "C22P02 ",
    "C2200N ",
    "C42601 ",
    "range lower bound must be less than",
    "input of anonymous composite types",
    "cannot accept a value of type",
    // Servers before November 2026 take these.
    "invalid tsvector: empty lexeme",
    "invalid tsquery: empty operand",
];

/// Each byte of a value changed in several ways, left out and doubled, the value cut everywhere, and one byte more.
pub(crate) fn damaged(bytes: &[u8]) -> Vec<Vec<u8>> {
    let mut all: Vec<Vec<u8>> = (0..bytes.len()).map(|end| bytes[..end].to_vec()).collect();
    all.push([bytes, &[0]].concat());
    for at in 0..bytes.len().min(40) {
        all.push([&bytes[..at], &bytes[at + 1..]].concat());
        all.push([&bytes[..at], &bytes[at..=at], &bytes[at..]].concat());
        for byte in [0, 1, 2, 0x7f, 0xff, bytes[at].wrapping_add(1), bytes[at] ^ 0x80] {
            let mut changed = bytes.to_vec();
            changed[at] = byte;
            all.push(changed);
        }
    }
    all
}

#[test]
fn postgresql_15_refuses_the_values_that_have_a_problem() {
    held_against(Edition::Fifteen);
}

#[test]
fn postgresql_18_refuses_the_values_that_have_a_problem() {
    held_against(Edition::Eighteen);
}

fn held_against(edition: Edition) {
    let Some(server) = Postgres::start(edition) else { return };
    let mut asked = Asked::new(server.port);
    let mut cases: Vec<(u32, Vec<u8>)> = Vec::new();
    for (sample, bytes) in recorded().filter(|(sample, bytes)| sample.oid != 2249 && bytes.len() < 200) {
        cases.push((sample.oid, bytes.clone()));
        cases.extend(damaged(&bytes).into_iter().map(|bytes| (sample.oid, bytes)));
    }
    // An empty query is what a server sends, and does not take back.
    cases.retain(|(oid, bytes)| (*oid, bytes.as_slice()) != (3615, &[0, 0, 0, 0]));
    cases.sort();
    cases.dedup();
    let (mut agreed, mut refused, mut differing) = (0, 0, Vec::new());
    for batch in cases.chunks(100) {
        let questions: Vec<u8> = batch.iter().flat_map(|(oid, bytes)| asking(*oid, bytes)).collect();
        asked.ask(&questions);
        for (oid, bytes) in batch {
            let theirs = asked.answer();
            let mut tree = Tree::new();
            assert!(types::decode(*oid, bytes, &mut tree), "{oid}");
            let ours = tree.problems.iter().find(|problem| problem.severity == Severity::Error);
            refused += usize::from(theirs.is_some());
            let is_elsewhere = |error: &String| ELSEWHERE.iter().any(|part| error.contains(part));
            if theirs.is_some() == ours.is_some() || theirs.as_ref().is_some_and(is_elsewhere) {
                agreed += 1;
            } else {
                differing.push(format!(
                    "{} {bytes:02x?}\n  server {theirs:?}\n  ours   {:?}",
                    types::name(*oid).unwrap_or_default(),
                    ours.map(|problem| &problem.message)
                ));
            }
        }
    }
    assert!(differing.is_empty(), "{} differ, {agreed} do not:\n{}", differing.len(), differing.join("\n"));
    assert!(agreed > 10_000 && refused > 3_000, "{agreed} {refused}");
}
