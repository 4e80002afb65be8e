//! Conversations walked at random, by clients that make every mistake in order: their words are played to real servers, and
//! what those answer is what the table of the conversation says, to the last message.

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::net::{Shutdown, TcpStream};
use std::time::Duration;

use pgscope_proto::{Direction, Exchange, Problem, Severity, Sides, Stream, Tree, written};
use pgscope_sim::{Edition, Random};
use pgscope_view::Indexed;

use crate::postgres::Postgres;

/// How many are played to each server; the variable says otherwise.
const WALKS: u64 = 100;
/// From which seed on; the variable says otherwise.
const SEED: u64 = 700_000;

/// What a client that is wrong says, which is found in its own messages and not blamed on the server.
const OF_THE_CLIENT: &[&str] = &["L53", "L52", "L49", "L30", "L31", "L62", "L51", "L33", "L68"];

const SQL: &[&str] = &[
    "SELECT 1",
    "SELECT generate_series(1,3)",
    "SELECT 1; SELECT 2, 3",
    "SELECT 1/0",
    "SELECT 1; SELECT 1/0; SELECT 2",
    "",
    " ; ",
    "BEGIN",
    "COMMIT",
    "ROLLBACK",
    "ROLLBACK AND CHAIN",
    "SAVEPOINT a",
    "ROLLBACK TO a",
    "BEGIN; SELECT 1/0",
    "BEGIN; SELECT 1; COMMIT",
    "PREPARE TRANSACTION 'x'",
    "CREATE TEMP TABLE IF NOT EXISTS walk (a int4)",
    "INSERT INTO walk VALUES (1), (2) RETURNING a",
    "CREATE TEMP TABLE walked AS SELECT 1 AS a",
    "DROP TABLE IF EXISTS walked",
    "COPY (SELECT 1 UNION ALL SELECT 2) TO STDOUT",
    "COPY walk FROM STDIN",
    "COPY walk FROM STDIN (FORMAT binary)",
    "DO $$ BEGIN RAISE NOTICE 'it;s'; END $$",
    "SET application_name = 'walker'",
    "DECLARE c CURSOR FOR SELECT generate_series(1,5)",
    "FETCH 2 FROM c",
    "PREPARE s1 AS SELECT 1",
    "EXECUTE s1",
    "DEALLOCATE ALL",
    "NOTIFY walk",
    "LISTEN walk",
    "SHOW server_version_num",
    "syntax error",
    "SELECT 'a;b', \"x;y\" FROM (SELECT 1 AS \"x;y\") t",
    "TABLE walk",
    "VALUES (1, 'a'), (2, NULL)",
    "EXPLAIN SELECT 1",
    "CALL nothing()",
    "DISCARD ALL",
];

/// The number that a variable says, or else this one.
pub(crate) fn given(variable: &str, otherwise: u64) -> u64 {
    std::env::var(variable).ok().and_then(|text| text.parse().ok()).unwrap_or(otherwise)
}

struct Walker {
    random: Random,
    lines: Vec<String>,
}

impl Walker {
    fn below(&mut self, most: usize) -> usize {
        (self.random.number() % most as u64) as usize
    }

    fn one_of<'a>(&mut self, choices: &[&'a str]) -> &'a str {
        choices[self.below(choices.len())]
    }

    fn say(&mut self, line: String) {
        self.lines.push(line);
    }

    fn sql(&mut self) -> String {
        format!("\"{}\"", self.one_of(SQL).replace('"', "\\\""))
    }

    fn step(&mut self) {
        let statement = self.one_of(&["\"\"", "\"\"", "s1", "s2"]);
        let portal = self.one_of(&["\"\"", "\"\"", "c", "p2"]);
        match self.below(25) {
            0..=3 => {
                let sql = self.sql();
                self.say(format!("Query {sql}"));
            }
            4..=6 => {
                let sql = self.sql();
                self.say(format!("Parse {statement} {sql}"));
            }
            7..=9 => {
                let formats = self.one_of(&["[]", "[]", "[binary]", "[text]"]);
                self.say(format!("Bind {portal} {statement} [] [] {formats}"));
            }
            10 => self.say(format!("Describe statement {statement}")),
            11 => self.say(format!("Describe portal {portal}")),
            12..=14 => {
                let rows = self.below(3);
                self.say(format!("Execute {portal} {rows}"));
            }
            15 => {
                let kind = self.one_of(&["statement", "portal"]);
                let name = if kind == "portal" { portal } else { statement };
                self.say(format!("Close {kind} {name}"));
            }
            16..=18 => self.say("Sync".to_owned()),
            19 => self.say("Flush".to_owned()),
            20 => self.copy_in(),
            21 => self.cursor(),
            _ => self.batch(),
        }
    }

    /// A COPY with its data, in one protocol or the other, and perhaps a Sync more than belongs there.
    fn copy_in(&mut self) {
        let sql = self.one_of(&["COPY walk FROM STDIN", "COPY walk FROM STDIN", "COPY nowhere FROM STDIN"]);
        if self.below(2) == 0 {
            self.say(format!("Query \"{sql}\""));
            return self.copy();
        }
        self.say(format!("Parse \"\" \"{sql}\""));
        self.say("Bind \"\" \"\" [] [] []".to_owned());
        self.say("Execute \"\" 0".to_owned());
        if self.below(2) == 0 {
            self.say("Sync".to_owned());
        }
        self.copy();
        self.say("Sync".to_owned());
    }

    /// A portal that is read in portions.
    fn cursor(&mut self) {
        self.say("Parse s2 \"SELECT generate_series(1,5)\"".to_owned());
        self.say("Bind c s2 [] [] []".to_owned());
        for _ in 0..1 + self.below(4) {
            let rows = self.below(3);
            self.say(format!("Execute c {rows}"));
            if self.below(4) == 0 {
                self.say("Sync".to_owned());
            }
        }
        self.say("Close statement s2".to_owned());
        self.say("Sync".to_owned());
    }

    /// Data for a COPY, which may be none.
    fn copy(&mut self) {
        for _ in 0..self.below(3) {
            self.say("CopyData \"7\\n\"".to_owned());
        }
        let end = self.one_of(&["CopyDone", "CopyDone", "CopyFail \"enough\""]);
        self.say(end.to_owned());
    }

    /// The usual five, in order.
    fn batch(&mut self) {
        let sql = self.sql();
        self.say(format!("Parse \"\" {sql}"));
        self.say("Bind \"\" \"\" [] [] []".to_owned());
        self.say("Describe portal \"\"".to_owned());
        self.say("Execute \"\" 0".to_owned());
        self.say("Sync".to_owned());
    }
}

/// What a client says, from its start-up to its end.
fn walk(seed: u64) -> Vec<String> {
    let mut walker = Walker { random: Random::seeded(seed), lines: Vec::new() };
    walker.say("StartupMessage 3.0 [(user postgres) (database postgres)]".to_owned());
    if walker.below(3) > 0 {
        walker.say("Query \"CREATE TEMP TABLE walk (a int4)\"".to_owned());
    }
    for _ in 0..4 + walker.below(24) {
        walker.step();
    }
    walker.say("Sync".to_owned());
    walker.lines
}

fn bytes(line: &str) -> Vec<u8> {
    written::bytes(Direction::Frontend, line).unwrap_or_else(|error| panic!("{line}: {error}"))
}

/// The exchange: what the client says goes out at once, and the server's whole answer comes behind.
fn play(server: &Postgres, lines: &[String]) -> Exchange {
    let said: Vec<u8> = lines.iter().flat_map(|line| bytes(line)).collect();
    let mut socket = TcpStream::connect(("127.0.0.1", server.port)).expect("a server");
    socket.set_read_timeout(Some(Duration::from_secs(20))).expect("a timeout");
    socket.write_all(&said).expect("sent");
    socket.shutdown(Shutdown::Write).expect("shut");
    let mut heard = Vec::new();
    // A server that still had something to read resets the connection.
    let _ = socket.read_to_end(&mut heard);
    let mut exchange = Exchange { sides: Sides::Given, ..Exchange::default() };
    exchange.push(Direction::Frontend, &Stream::raw(said), None);
    exchange.push(Direction::Backend, &Stream::raw(heard), None);
    exchange
}

/// What is found that is the server's.
fn blamed(indexed: &Indexed) -> Vec<String> {
    let mut tree = Tree::new();
    let opened = (0..indexed.index.len()).filter_map(|number| indexed.open(number, &mut tree));
    let opened: Vec<_> = opened.collect();
    let is_bad = |problem: &&Problem| problem.severity > Severity::Note && !OF_THE_CLIENT.contains(&problem.rule);
    let told = |(entry, problems): (pgscope_session::Entry, Vec<Problem>)| {
        let bad: Vec<String> = problems
            .iter()
            .filter(is_bad)
            .map(|problem| {
                format!(
                    "{} {} {}: {} ({})",
                    entry.number + 1,
                    entry.message.name(),
                    problem.rule,
                    problem.message,
                    problem.expected
                )
            })
            .collect();
        bad
    };
    opened.into_iter().flat_map(told).collect()
}

fn check(edition: Edition) {
    let Some(server) = Postgres::start(edition) else { return };
    let seed = given("PGSCOPE_WALK_SEED", SEED);
    let walks = given("PGSCOPE_WALKS", WALKS);
    eprintln!("{walks} walks from seed {seed} (PGSCOPE_WALK_SEED, PGSCOPE_WALKS)");
    let (mut wrong, mut heard) = (Vec::new(), BTreeMap::<&str, usize>::new());
    for seed in seed..seed + walks {
        let lines = walk(seed);
        let indexed = Indexed::new(play(&server, &lines));
        let entries = (0..indexed.index.len()).filter_map(|number| indexed.index.entry(number));
        for entry in entries.filter(|entry| entry.direction == Direction::Backend) {
            *heard.entry(entry.message.name()).or_default() += 1;
        }
        let blamed = blamed(&indexed);
        if !blamed.is_empty() {
            wrong.push(format!("seed {seed}:\n  {}\n  -> {}", lines.join("\n  "), blamed.join("\n  -> ")));
        }
    }
    eprintln!("heard {heard:?}");
    assert!(heard.len() >= 18 && heard.values().sum::<usize>() > walks as usize * 20, "{heard:?}");
    assert!(wrong.is_empty(), "{} of {walks}:\n{}", wrong.len(), wrong[..wrong.len().min(5)].join("\n"));
}

#[test]
fn postgresql_15_answers_as_the_table_says() {
    check(Edition::Fifteen);
}

#[test]
fn postgresql_18_answers_as_the_table_says() {
    check(Edition::Eighteen);
}
