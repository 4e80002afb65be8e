//! What libpq 18 and psql 15 say to the server of an exchange, asked what its client asks.

use std::io::{Read, Write};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use pgscope_proto::{Direction, Exchange};
use pgscope_session::rules::{CLOSES, WAITS};
use serde::{Deserialize, Serialize};

use super::scripted::{Turn, play, turns};

/// One exchange for the script below.
#[derive(Serialize)]
struct Asked {
    port: u16,
    options: String,
    turns: Vec<Vec<Step>>,
}

/// A client's message, as far as libpq's functions need it.
#[derive(Clone, Serialize)]
struct Step {
    tag: char,
    texts: Vec<String>,
    values: Vec<Option<String>>,
    kind: String,
}

/// What libpq said, and what its results were.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Heard {
    pub(crate) said: Vec<String>,
    pub(crate) results: Vec<String>,
}

const SCRIPT: &str = include_str!("client.py");

/// Asks libpq all of these.
pub(crate) fn libpq(python: &std::path::Path, exchanges: &[&Exchange]) -> Vec<Heard> {
    let mut servers = Vec::new();
    let mut asked = Vec::new();
    for exchange in exchanges {
        let (port, server) = play(turns(exchange));
        servers.push(server);
        asked.push(Asked { port, options: options(exchange), turns: steps(exchange) });
    }
    let mut child = Command::new(python)
        .args(["-c", SCRIPT])
        .env("PSYCOPG_IMPL", "binary")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("python");
    let input = serde_json::to_vec(&asked).expect("text");
    child.stdin.take().expect("a pipe").write_all(&input).expect("asked");
    let done = child.wait_with_output().expect("an end");
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    for server in servers {
        server.join().expect("served");
    }
    serde_json::from_slice(&done.stdout).expect("answers")
}

/// The connection string that makes libpq begin as the client of the exchange does.
fn options(exchange: &Exchange) -> String {
    let client = &exchange.stream(Direction::Frontend).bytes;
    let has = |word: &[u8]| client.windows(word.len()).any(|part| part == word);
    let first = client.get(4..8).unwrap_or_default();
    let tls = if first == b"\x04\xd2\x16\x2f" { "prefer" } else { "disable" };
    let gss = if first == b"\x04\xd2\x16\x30" { "prefer" } else { "disable" };
    let version = if first == b"\0\x03\0\x02" { " max_protocol_version=latest" } else { "" };
    let replication = if has(b"replication\0database\0") { " replication=database" } else { "" };
    format!("user=alice dbname=shop password=secret sslmode={tls} gssencmode={gss}{version}{replication}")
}

/// What the client asks after it is connected, turn by turn.
fn steps(exchange: &Exchange) -> Vec<Vec<Step>> {
    let said_by_client = turns(exchange).into_iter().filter(|(direction, _)| *direction == Direction::Frontend);
    let is_asked = |message: &Vec<u8>| !matches!(message.first(), Some(b'p' | b'\0' | 0x16) | None);
    said_by_client
        .map(|(_, messages)| messages.into_iter().filter(is_asked).map(|message| step(&message)).collect::<Vec<_>>())
        .filter(|steps| !steps.is_empty())
        .collect()
}

/// Bytes as the letters with their numbers.
fn letters(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| char::from(*byte)).collect()
}

fn step(message: &[u8]) -> Step {
    let (tag, body) = (char::from(message[0]), &message[5..]);
    let mut texts = body.split(|byte| *byte == 0).map(letters);
    let mut step = Step { tag, texts: Vec::new(), values: Vec::new(), kind: String::new() };
    match tag {
        'Q' | 'f' => step.texts.extend(texts.next()),
        'P' | 'B' => step.texts.extend(texts.take(2)),
        'd' => step.texts.push(letters(body)),
        'D' | 'C' => {
            step.kind = letters(&body[..1]);
            step.texts.push(letters(&body[1..body.len() - 1]));
        }
        _ => {}
    }
    if tag == 'B' {
        step.values = values(body);
    }
    step
}

/// The values of a Bind.
fn values(body: &[u8]) -> Vec<Option<String>> {
    let word = |at: usize| usize::from(body[at]) << 8 | usize::from(body[at + 1]);
    let mut zeros = body.iter().enumerate().filter(|(_, byte)| **byte == 0).map(|(at, _)| at);
    let formats = zeros.nth(1).expect("two texts") + 1;
    let mut at = formats + 2 + 2 * word(formats);
    let count = word(at);
    at += 2;
    let mut values = Vec::new();
    for _ in 0..count {
        let length = i32::from_be_bytes(body[at..at + 4].try_into().expect("four bytes"));
        let end = at + 4 + length.max(0) as usize;
        values.push((length >= 0).then(|| letters(&body[at + 4..end])));
        at = end;
    }
    values
}

/// What psql says, if its client asks nothing but queries.
pub(crate) fn psql(exchange: &Exchange) -> Option<Vec<String>> {
    let turns: Vec<Turn> = turns(exchange);
    let mut queries = Vec::new();
    for (direction, messages) in turns.iter().skip(1) {
        for message in messages.iter().filter(|_| *direction == Direction::Frontend) {
            match message.first() {
                Some(b'Q') => queries.push(String::from_utf8_lossy(message.get(5..message.len() - 1)?).into_owned()),
                Some(b'p' | b'X' | 0) => {}
                _ => return None,
            }
        }
    }
    if options(exchange).contains("replication") || options(exchange).contains("max_protocol") {
        return None;
    }
    if !is_asked_by_libpq(exchange) {
        return None;
    }
    if queries.is_empty() {
        queries.push("\\q".to_owned());
    }
    let (port, server) = play(turns);
    let options = options(exchange);
    let mut command = Command::new("psql");
    command.args(["-X", "-A", "-t", "-d", &format!("host=127.0.0.1 port={port} {options}")]);
    command.args(queries.iter().flat_map(|query| ["-c".to_owned(), query.clone()]));
    let child = command.env("LC_ALL", "C").stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn();
    let mut child = child.expect("psql");
    let waits = waits(&mut child);
    let mut said = String::new();
    child.stderr.take().expect("a pipe").read_to_string(&mut said).expect("text");
    server.join().expect("served");
    let mut said: Vec<String> = vec![said.trim().to_owned()];
    said.extend(waits.then(|| WAITS.to_owned()));
    said.retain(|text| !text.is_empty());
    Some(said)
}

/// Ends a program that has not ended by itself, and says whether it had to.
fn waits(child: &mut std::process::Child) -> bool {
    let began = Instant::now();
    while began.elapsed() < Duration::from_millis(2500) {
        if child.try_wait().expect("its state").is_some() {
            return false;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    let _ = child.kill();
    let _ = child.wait();
    true
}

/// What is not a server's own error or notice, and so is what the program itself says.
pub(crate) fn own_words(exchange: &Exchange, said: &[String]) -> Vec<String> {
    let server = crate::worlds::said(&exchange.stream(Direction::Backend).bytes, 0);
    let reports: Vec<String> = server.into_iter().filter_map(|said| said.report).map(|(.., text)| text).collect();
    // As libpq shows them: ERROR:  and a text. Behind it may stand what libpq has to say itself.
    let is_reported = |text: &&String| {
        let is_report = ["ERROR:", "WARNING:", "FATAL:"].iter().any(|word| text.starts_with(word));
        is_report || reports.iter().any(|report| !report.is_empty() && text.contains(report.as_str()))
    };
    said.iter().filter(|text| !is_reported(text) && *text != CLOSES).cloned().collect()
}

/// Whether libpq has functions for what this client asks.
pub(crate) fn is_asked_by_libpq(exchange: &Exchange) -> bool {
    let first = exchange.stream(Direction::Frontend).bytes.get(4..8).unwrap_or_default();
    first != b"\x04\xd2\x16\x2e" && steps(exchange).iter().flatten().all(|step| step.tag != 'F')
}
