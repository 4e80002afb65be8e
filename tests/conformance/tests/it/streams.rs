//! Streams of messages at random, in and out of order, half of them damaged, given to real servers and to the simulated one:
//! the same messages, severity, SQLSTATE, text and closing.
//!
//! `PGSCOPE_STREAMS` says how many, `PGSCOPE_WALK_SEED` from which seed on.

use std::time::Duration;

use pgscope_proto::{Direction, written};
use pgscope_sim::{Edition, Random};

use crate::postgres::Postgres;
use crate::provoked::{shown, simulated};
use crate::socket;
use crate::walks::given;

const STREAMS: u64 = 100;
const SEED: u64 = 77_000;

/// What the simulated server knows.
const SQL: &[&str] = &[
    "SELECT 1",
    "SELECT 2",
    "SELECT 'after'",
    "SELECT 1/0",
    "SELEC 1",
    "SELECT * FROM nosuch",
    "SELECT g FROM generate_series(1, 5) g",
    "COPY copy_t(id) FROM STDIN",
    "BEGIN",
    "COMMIT",
    "ROLLBACK",
    "SAVEPOINT a",
    "ROLLBACK TO a",
    "",
    ";",
    "SELECT 1; SELECT 2",
    "BEGIN; SELECT 1/0",
    "SET application_name = 'me'",
    "SET statement_timeout = 'soon'",
    "SHOW nothing",
    "DEALLOCATE a",
    "DEALLOCATE ALL",
];

struct Maker(Random);

impl Maker {
    fn below(&mut self, most: usize) -> usize {
        (self.0.number() % most as u64) as usize
    }

    fn one_of<'a>(&mut self, choices: &[&'a str]) -> &'a str {
        choices[self.below(choices.len())]
    }

    fn message(&mut self) -> String {
        let statement = self.one_of(&["\"\"", "\"\"", "a", "b"]);
        let portal = self.one_of(&["\"\"", "\"\"", "p"]);
        let sql = self.one_of(SQL);
        match self.below(24) {
            0..=4 => format!("Query \"{sql}\""),
            5..=7 => format!("Parse {statement} \"{sql}\""),
            8 => format!("Parse {statement} \"SELECT $1::int4\""),
            9..=10 => format!("Bind {portal} {statement} [] [] [{}]", self.one_of(&["", "binary", "text"])),
            11 => format!("Bind {portal} {statement} [] [\"7\"] []"),
            12 => format!("Bind {portal} {statement} [binary] [\\x00000007] []"),
            13 => format!("Describe statement {statement}"),
            14 => format!("Describe portal {portal}"),
            15..=16 => format!("Execute {portal} {}", self.below(3)),
            17 => format!("Close {} {statement}", self.one_of(&["statement", "portal"])),
            18..=20 => "Sync".to_owned(),
            21 => "Flush".to_owned(),
            22 => self.one_of(&["CopyData \"7\\n\"", "CopyDone", "CopyFail \"no\"", "CopyData \"x\\n\""]).to_owned(),
            _ => self.one_of(&["PasswordMessage \"x\"", "Terminate", "Sync"]).to_owned(),
        }
    }

    /// Some messages at once; in every other stream a byte of them is another, or they are cut, or one is said twice.
    fn piece(&mut self, is_damaged: bool) -> Vec<u8> {
        let mut messages: Vec<Vec<u8>> = Vec::new();
        for _ in 0..1 + self.below(6) {
            let line = self.message();
            let bytes = written::bytes(Direction::Frontend, &line).unwrap_or_else(|error| panic!("{line}: {error}"));
            messages.push(bytes);
        }
        if !is_damaged {
            return messages.concat();
        }
        let at = self.below(messages.len());
        let byte = self.below(messages[at].len());
        match self.below(5) {
            0 => {
                let twice = messages[at].clone();
                messages.insert(at, twice);
            }
            1 => messages[at][byte] = self.0.number() as u8,
            2 => messages[at][byte] ^= 1 << self.below(8),
            3 => drop(messages[at].remove(byte)),
            _ => {
                let mut bytes = messages.concat();
                bytes.truncate(bytes.len() - 1 - self.below(3).min(bytes.len() - 1));
                return bytes;
            }
        }
        messages.concat()
    }
}

/// A start-up and what comes behind it.
fn stream(seed: u64) -> Vec<Vec<u8>> {
    let mut maker = Maker(Random::seeded(seed));
    let begin = "StartupMessage 3.0 [(user postgres) (database postgres)]";
    let mut pieces = vec![written::bytes(Direction::Frontend, begin).expect("a packet")];
    let damaged_at = if seed.is_multiple_of(2) { usize::MAX } else { maker.below(3) };
    for nth in 0..1 + maker.below(3) {
        pieces.push(maker.piece(nth == damaged_at));
    }
    pieces.push(written::bytes(Direction::Frontend, "Sync").expect("a message"));
    pieces
}

fn against(edition: Edition) {
    let first = given("PGSCOPE_WALK_SEED", SEED);
    let count = given("PGSCOPE_STREAMS", STREAMS);
    let Some(server) = Postgres::start(edition) else { return };
    crate::provoked::prepare(server.port);
    let (mut wrong, mut left_out) = (Vec::new(), 0);
    for seed in first..first + count {
        let pieces = stream(seed);
        let (bytes, closed) = simulated(edition, &pieces);
        let ours = shown(&bytes, 0, closed);
        // A damaged text of SQL is another, which only a real server understands.
        if ours.contains("this is a simulated server") {
            left_out += 1;
            continue;
        }
        let hear = |silence_ms| {
            let heard = socket::raw(server.port, &pieces, false, Duration::from_millis(silence_ms));
            shown(&heard.bytes, 0, heard.closed)
        };
        let mut theirs = hear(20);
        if ours != theirs {
            theirs = hear(600);
        }
        if ours != theirs {
            let sent: Vec<String> = pieces.iter().skip(1).map(|piece| piece.escape_ascii().to_string()).collect();
            wrong.push(format!("seed {seed}: {}\n  simulated {ours}\n  real      {theirs}", sent.join(" | ")));
        }
    }
    eprintln!("PostgreSQL {edition:?}: {} of {count} streams from seed {first} differ", wrong.len());
    assert!(left_out * 5 < count, "{left_out} are left out");
    assert!(wrong.is_empty(), "{} of {count} differ:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn postgresql_15_answers_random_streams_as_the_simulated_server_does() {
    against(Edition::Fifteen);
}

#[test]
fn postgresql_18_answers_random_streams_as_the_simulated_server_does() {
    against(Edition::Eighteen);
}
