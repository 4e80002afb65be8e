//! `pgscope decode --live`: what is told while a recording goes on.

use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};

use super::{err, fixture, out, run};

const RECORDING: &str = "../drivers/tokio-postgres/cancel.pcap";

#[test]
fn messages_are_printed_before_the_recording_ends() {
    let file = std::fs::read(fixture(RECORDING)).expect("a recording");
    let messages = out(&run(&["decode", "--format", "jsonl", &fixture(RECORDING)], b"")).lines().count();
    let mut live = Command::new(env!("CARGO_BIN_EXE_pgscope"))
        .args(["decode", "--live"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("the command runs");
    let mut pipe = live.stdin.take().expect("its input");
    let mut lines = BufReader::new(live.stdout.take().expect("its output")).lines().map(|line| line.expect("text"));
    let (first, rest) = file.split_at(file.len() / 2);
    pipe.write_all(first).expect("half of it is written");
    pipe.flush().expect("it goes out");
    // The other half is not there yet.
    let begun: Vec<String> = lines.by_ref().take(20).collect();
    assert_eq!(begun.first().map(|line| line.starts_with("   1 connection 1: 127.0.0.1:")), Some(true), "{begun:?}");
    assert!(begun.iter().any(|line| line.contains("Z ReadyForQuery  idle")), "{begun:?}");
    pipe.write_all(rest).expect("the rest is written");
    drop(pipe);
    let all: Vec<String> = begun.into_iter().chain(lines).collect();
    assert_eq!(all.iter().filter(|line| line.contains("F →") || line.contains("B ←")).count(), messages);
    assert_eq!(all.iter().filter(|line| line.contains(" connection ")).count(), 2);
    assert!(live.wait().expect("it ends").success());
}

#[test]
fn what_is_no_recording_is_refused() {
    let refused = run(&["decode", "--live"], b"51 00 00 00 04");
    assert_eq!(refused.status.code(), Some(2));
    assert!(err(&refused).contains("tcpdump -U -w -"), "{refused:?}");
}

#[test]
fn whoever_sees_several_connections_sees_which_is_which() {
    let text = out(&run(&["decode", "--format", "list", &fixture(RECORDING)], b""));
    let heads: Vec<&str> = text.lines().filter(|line| line.starts_with("connection ")).collect();
    let [one, two] = heads.as_slice() else { panic!("{heads:?}") };
    assert!(one.starts_with("connection 1: 127.0.0.1:") && two.starts_with("connection 2: 127.0.0.1:"), "{heads:?}");
}

#[test]
fn what_zstandard_has_packed_in_several_frames_is_read_whole() {
    let listed = |name: &str| out(&run(&["decode", "--format", "list", &fixture(name)], b""));
    assert_eq!(listed("pcap-odd/two_frames.pcap.zst"), listed(RECORDING));
}
