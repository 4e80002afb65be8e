//! Base backups of real servers: the files of their archives, as tar itself lists them, and their progress.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::process::{Command, Stdio};
use std::time::Duration;

use pgscope_proto::{Direction, Exchange, Stream, Tree};
use pgscope_session::backups::{Backups, Member};
use pgscope_sim::Edition;
use pgscope_view::Indexed;

use crate::postgres::Postgres;

fn packet(code: u32, pairs: &[u8]) -> Vec<u8> {
    let length = (pairs.len() as u32 + 8).to_be_bytes();
    [length.as_slice(), &code.to_be_bytes(), pairs].concat()
}

fn query(sql: &str) -> Vec<u8> {
    [b"Q".as_slice(), &(sql.len() as u32 + 5).to_be_bytes(), sql.as_bytes(), b"\0"].concat()
}

/// What a server answers up to so many ReadyForQuery.
fn answer(socket: &mut TcpStream, mut ready: usize) -> Vec<u8> {
    let (mut heard, mut at) = (Vec::new(), 0);
    let mut buffer = vec![0; 1 << 16];
    while ready > 0 {
        let count = socket.read(&mut buffer).expect("an answer");
        assert!(count > 0, "the server is gone");
        heard.extend_from_slice(&buffer[..count]);
        while heard.len() >= at + 5 {
            let length = 1 + u32::from_be_bytes(heard[at + 1..at + 5].try_into().unwrap()) as usize;
            if heard.len() < at + length {
                break;
            }
            assert_ne!(heard[at], b'E', "{}", String::from_utf8_lossy(&heard[at..at + length]));
            ready -= usize::from(heard[at] == b'Z');
            at += length;
        }
    }
    heard
}

/// A connection on which these commands were said, one after the other.
fn recorded(port: u16, parameters: &[u8], commands: &[&str]) -> Exchange {
    let mut socket = TcpStream::connect(("127.0.0.1", port)).expect("a server");
    socket.set_read_timeout(Some(Duration::from_secs(60))).expect("a timeout");
    let mut exchange = Exchange::default();
    let all = std::iter::once(packet(0x0003_0000, parameters)).chain(commands.iter().map(|command| query(command)));
    for said in all {
        socket.write_all(&said).expect("sent");
        exchange.push(Direction::Frontend, &Stream::raw(said), None);
        exchange.push(Direction::Backend, &Stream::raw(answer(&mut socket, 1)), None);
    }
    exchange
}

/// Names and sizes as tar lists them.
fn listed(archive: &[u8]) -> Vec<(String, u64)> {
    let mut tar = Command::new("tar")
        .args(["--list", "--verbose", "--numeric-owner", "--quoting-style=literal"])
        .env("LC_ALL", "C")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("tar");
    let mut input = tar.stdin.take().expect("its input");
    let archive = archive.to_vec();
    let writing = std::thread::spawn(move || drop(input.write_all(&archive)));
    let output = tar.wait_with_output().expect("its list");
    writing.join().expect("written");
    let line = |line: &str| {
        let words: Vec<&str> = line.split_whitespace().collect();
        (words[5].to_owned(), words[2].parse().expect("a size"))
    };
    String::from_utf8(output.stdout).expect("text").lines().map(line).collect()
}

/// The archives of a backup: the name of each, its bytes, and the members that its pieces are said to carry.
fn archives(indexed: &Indexed) -> Vec<(Option<String>, Vec<u8>, Vec<Member>)> {
    let mut backups = Backups::default();
    let mut archives: Vec<(Option<String>, Vec<u8>, Vec<Member>)> = Vec::new();
    for number in 0..indexed.index.len() {
        let entry = indexed.index.entry(number).expect("it is there");
        let bytes = indexed.bytes(&entry);
        if entry.message.name() != "CopyData" || bytes[5] != b'd' {
            assert_eq!(backups.piece(&indexed.exchange, &indexed.index, number), None);
            continue;
        }
        let piece = backups.piece(&indexed.exchange, &indexed.index, number).expect("a piece");
        let name = piece.archive.map(str::to_owned);
        if piece.offset == 0 {
            archives.push((name.clone(), Vec::new(), Vec::new()));
        }
        let (own, whole, members) = archives.last_mut().expect("an archive");
        assert_eq!((&*own, piece.offset), (&name, whole.len() as u64));
        whole.extend_from_slice(&bytes[6..]);
        for member in piece.members {
            assert!(member.start < whole.len() as u64 && member.end() > piece.offset, "{member:?} {}", piece.offset);
            if members.last().is_none_or(|last| last.start < member.start) {
                members.push(member.clone());
            }
        }
    }
    archives
}

fn check(edition: Edition) {
    let Some(server) = Postgres::start(edition) else { return };
    let parameters = b"user\0postgres\0database\0postgres\0\0";
    // A tablespace of its own, so that there are two archives.
    let commands = [
        "SET allow_in_place_tablespaces = on",
        "CREATE TABLESPACE apart LOCATION ''",
        "CREATE TABLE apart TABLESPACE apart AS SELECT n, repeat('x', 100) FROM generate_series(1, 20000) AS n",
        "CHECKPOINT",
    ];
    recorded(server.port, parameters, &commands);
    let backup = "BASE_BACKUP (LABEL 'test', PROGRESS true, CHECKPOINT 'fast', WAIT false, MANIFEST 'yes')";
    let exchange = recorded(server.port, b"user\0postgres\0replication\0true\0\0", &[backup]);
    let indexed = Indexed::new(exchange);
    let archives = archives(&indexed);
    let names: Vec<Option<&str>> = archives.iter().map(|(name, ..)| name.as_deref()).collect();
    // PostgreSQL 15 puts a tablespace that lies inside the data directory into the same archive.
    let apart = if edition == Edition::Fifteen { 0 } else { 1 };
    assert_eq!(names.len(), 2 + apart, "{names:?}");
    assert!(names.contains(&Some("base.tar")) && names.last() == Some(&None), "{names:?}");
    let mut files = 0;
    for (name, bytes, members) in &archives {
        if name.is_none() {
            assert!(bytes.starts_with(b"{ \"PostgreSQL-Backup-Manifest-Version\"") && members.is_empty());
            continue;
        }
        let told: Vec<(String, u64)> = members.iter().map(|member| (member.name.clone(), member.size)).collect();
        assert_eq!(told, listed(bytes), "{name:?}");
        files += told.len();
    }
    assert!(files > 900, "{files}");
    progress(&indexed);
}

/// Progress reports grow to the whole, and everything is told without a complaint.
fn progress(indexed: &Indexed) {
    let mut tree = Tree::new();
    let (mut percents, mut whole) = (Vec::new(), String::new());
    for number in 0..indexed.index.len() {
        let (entry, problems) = indexed.open(number, &mut tree).expect("it is there");
        assert!(problems.is_empty(), "{problems:?}");
        let says = indexed.says(&entry, &tree);
        if let Some(told) = says.strip_prefix("Progress report ") {
            let percent = told.rsplit_once(" bytes, ").and_then(|(_, percent)| percent.strip_suffix(" %"));
            percents.push(percent.unwrap_or_else(|| panic!("{says}")).parse::<u32>().expect("a number"));
            whole = says;
        }
    }
    assert!(percents.is_sorted() && percents.last() == Some(&100), "{percents:?}: {whole}");
}

#[test]
fn the_files_of_a_backup_of_postgresql_15_are_those_that_tar_lists() {
    check(Edition::Fifteen);
}

#[test]
fn the_files_of_a_backup_of_postgresql_18_are_those_that_tar_lists() {
    check(Edition::Eighteen);
}
