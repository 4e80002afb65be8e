//! Tests that `pgscope export --to fixture-…` writes, run against a real server: they pass, and fail where another answer comes
//! than they expect.

use std::path::Path;
use std::process::{Command, Output};

use pgscope_proto::written::bytes;
use pgscope_proto::{Direction, Exchange, Stream};
use pgscope_sim::Edition;
use pgscope_view::Indexed;
use pgscope_view::export::{fixture, runs};

use crate::postgres::Postgres;

/// What a client says to any server, and what one of 15 answers.
const SAID: &[(Direction, &[&str])] = &[
    (Direction::Frontend, &["SSLRequest 1234.5679"]),
    (Direction::Backend, &["SSLResponseN"]),
    (Direction::Frontend, &["StartupMessage 3.0 [(user postgres) (database postgres)]"]),
    (
        Direction::Backend,
        &[
            "AuthenticationOk",
            "ParameterStatus server_version 15",
            "BackendKeyData 1 \\x01020304",
            "ReadyForQuery idle",
        ],
    ),
    (Direction::Frontend, &["Query \"SELECT 1\""]),
    (
        Direction::Backend,
        &[
            "RowDescription columns=[(\"?column?\" 0 0 23 4 -1 text)]",
            "DataRow columns=[\"1\"]",
            "CommandComplete \"SELECT 1\"",
            "ReadyForQuery idle",
        ],
    ),
    (Direction::Frontend, &["Query \"SELECT * FROM nowhere\""]),
    (
        Direction::Backend,
        &["ErrorResponse [(S ERROR) (C 42P01) (M \"relation does not exist\")]", "ReadyForQuery idle"],
    ),
    (Direction::Frontend, &["Parse query=\"SELECT $1::text\"", "Bind parameters=[\"x\"]", "Execute", "Sync"]),
    (
        Direction::Backend,
        &[
            "ParseComplete",
            "BindComplete",
            "DataRow columns=[\"x\"]",
            "CommandComplete \"SELECT 1\"",
            "ReadyForQuery idle",
        ],
    ),
    (Direction::Frontend, &["Terminate"]),
];

fn exchange() -> Exchange {
    let mut exchange = Exchange::default();
    for (direction, lines) in SAID {
        for line in *lines {
            let said = match *line {
                "SSLRequest 1234.5679" => b"\0\0\0\x08\x04\xd2\x16\x2f".to_vec(),
                "SSLResponseN" => b"N".to_vec(),
                line => bytes(*direction, line).unwrap_or_else(|error| panic!("{line}: {error}")),
            };
            exchange.push(*direction, &Stream::raw(said), None);
        }
    }
    exchange
}

/// Runs a program in a folder; nothing if it is not on the machine.
fn run(folder: &Path, command: &[&str]) -> Option<Output> {
    match Command::new(command[0]).args(&command[1..]).current_dir(folder).output() {
        Ok(output) => Some(output),
        Err(_) => {
            eprintln!("SKIPPED: there is no {} on this machine", command[0]);
            None
        }
    }
}

#[test]
fn fixtures_pass_at_the_server_and_fail_at_another_answer() {
    let Some(server) = Postgres::start(Edition::Fifteen) else { return };
    let port = server.port.to_string();
    let indexed = Indexed::new(exchange());
    let all = runs(&indexed, &|_| true);
    let folder = std::env::temp_dir().join(format!("pgscope-fixtures-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder");
    type Commands<'a> = Vec<Vec<&'a str>>;
    let languages: [(&str, &str, Commands<'_>); 4] = [
        ("python", "it.py", vec![vec!["python3", "it.py", "127.0.0.1", &port]]),
        ("javascript", "it.js", vec![vec!["node", "it.js", "127.0.0.1", &port]]),
        ("rust", "it.rs", vec![vec!["rustc", "it.rs", "-o", "it"], vec!["./it", "127.0.0.1", &port]]),
        ("go", "it.go", vec![vec!["go", "run", "it.go", "127.0.0.1", &port]]),
    ];
    for (language, name, commands) in languages {
        let right = fixture(&indexed, &all, language).expect("it can be written");
        let wrong = right.replace("E 42P01", "E 42703");
        assert_ne!(right, wrong);
        for (text, passes) in [(right, true), (wrong, false)] {
            std::fs::write(folder.join(name), text).expect("written");
            let mut last = None;
            for command in &commands {
                last = run(&folder, command);
                if last.as_ref().is_none_or(|output| !output.status.success()) {
                    break;
                }
            }
            if let Some(output) = last {
                let said = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
                assert_eq!(output.status.success(), passes, "{language}: {said}");
                assert!(
                    said.contains(if passes { "ok" } else { "expected E 42703, got E 42P01" }),
                    "{language}: {said}"
                );
            }
        }
    }
    std::fs::remove_dir_all(&folder).expect("it is ours");
}
