//! Output of real tools for the same recorded session: read back, it has to give the recorded bytes.

use std::fs;
use std::path::PathBuf;

use pgscope_capture::{Form, Options, read};
use pgscope_proto::{Order, Sides};

use crate::{both, hex, plain};

fn file(name: &str) -> Vec<u8> {
    let path = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/fixtures/text")).join(name);
    fs::read(&path).unwrap_or_else(|error| panic!("{name}: {error}"))
}

fn text(name: &str) -> String {
    String::from_utf8(file(name)).unwrap()
}

/// One direction as printed by each tool: the end of the file's name, and the form that is recognised.
const ONE_SIDED: [(&str, Form); 34] = [
    ("select1.client.xxd", Form::Xxd),
    ("select1.server.xxd", Form::Xxd),
    ("select1.client.xxd-u", Form::Xxd),
    ("select1.client.xxd-e", Form::Xxd),
    ("select1.server.xxd-e", Form::Xxd),
    ("select1.client.xxd-b", Form::Xxd),
    ("select1.client.xxd-g4-c24", Form::Xxd),
    ("select1.server.xxd-g4-c24", Form::Xxd),
    ("select1.client.xxd-p", Form::Hex),
    ("select1.server.xxd-p", Form::Hex),
    ("select1.client.xxd-i", Form::Hex),
    ("select1.client.hexdump-C", Form::Hexdump),
    ("select1.server.hexdump-C", Form::Hexdump),
    ("select1.client.hexdump", Form::Hexdump),
    ("select1.server.hexdump", Form::Hexdump),
    ("select1.client.hexdump-c", Form::Hexdump),
    ("select1.server.hexdump-c", Form::Hexdump),
    ("select1.client.od", Form::Od),
    ("select1.server.od", Form::Od),
    ("select1.client.od-x1", Form::Od),
    ("select1.server.od-x1z", Form::Od),
    ("select1.client.od-x2", Form::Od),
    ("select1.client.od-x4", Form::Od),
    ("select1.client.od-o1", Form::Od),
    ("select1.client.od-u1", Form::Od),
    ("select1.client.od-d1", Form::Od),
    ("select1.server.od-c", Form::Od),
    ("select1.client.od-Ad-x1", Form::Od),
    ("select1.client.od-An-x1", Form::Hex),
    ("select1.server.base64", Form::Base64),
    ("select1.client.base64url", Form::Base64),
    ("select1.client.py-hex", Form::Hex),
    ("select1.server.py-repr", Form::EscapedString),
    ("select1.client.py-list", Form::Decimal),
];

/// `od -a` prints seven bits of each byte.
#[test]
fn names_of_characters_are_bytes() {
    for name in ["select1.client.od-a", "select1.client.od-Ax-a-w8"] {
        let recorded: Vec<u8> = file("select1.client.bin").iter().map(|byte| byte & 0x7f).collect();
        let capture = plain(&text(name));
        assert_eq!(both(&capture)[0], recorded, "{name}: {}", capture.reason);
        assert!(capture.problems.is_empty(), "{name}: {:?}", capture.problems);
    }
}

#[test]
fn one_direction_in_the_words_of_each_tool() {
    let rest = [
        ("select1.client.node", Form::Hex),
        ("select1.client.node-json", Form::Array),
        ("select1.client.node-u8", Form::Array),
        ("select1.client.py-repr", Form::EscapedString),
        ("zeros.xxd", Form::Xxd),
        ("zeros.xxd-a", Form::Xxd),
        ("zeros.hexdump-C", Form::Hexdump),
        ("zeros.hexdump", Form::Hexdump),
        ("zeros.od", Form::Od),
        ("select1.client.od-x1c", Form::Od),
        ("select1.server.xxd-o540", Form::Xxd),
        ("select1.server.hexdump-e", Form::Hexdump),
        ("select1.server.go-dump", Form::Hexdump),
        ("select1.server.go-gv", Form::Array),
        ("select1.server.rs-02x", Form::Hex),
        ("select1.server.rb-inspect", Form::EscapedString),
        ("select1.server.perl-dd", Form::EscapedString),
        ("select1.server.node-obj", Form::Hex),
    ];
    let mut bad = Vec::new();
    for (name, form) in ONE_SIDED.iter().chain(&rest) {
        let recorded = file(&format!("{}.bin", name.rsplit_once('.').unwrap().0));
        let capture = plain(&text(name));
        let frontend = capture.exchanges.first().map(|exchange| exchange.streams[0].bytes.clone());
        let guessed = capture.exchanges.iter().all(|exchange| exchange.sides == Sides::Unknown);
        if frontend != Some(recorded) || capture.form != *form || !capture.problems.is_empty() || !guessed {
            bad.push(format!("{name}: {} {:?}", capture.reason, capture.problems.first()));
        }
    }
    assert!(bad.is_empty(), "{}", bad.join("\n"));
}

/// Both directions of the session, and whether the tool says who is who.
const TWO_SIDED: [(&str, Form); 22] = [
    ("select1.tcpdump-x", Form::Tcpdump),
    ("select1.tcpdump-xx", Form::Tcpdump),
    ("select1.tcpdump-X", Form::Tcpdump),
    ("select1.tcpdump-XX", Form::Tcpdump),
    ("select1.tcpdump-S-X", Form::Tcpdump),
    ("select1.tcpdump-v-X", Form::Tcpdump),
    ("select1.ngrep-x", Form::Ngrep),
    ("select1.ngrep-x-t", Form::Ngrep),
    ("select1.tshark-x", Form::WiresharkDump),
    ("select1.follow-hex", Form::WiresharkFollow),
    ("select1.follow-raw", Form::WiresharkFollow),
    ("select1.follow-yaml", Form::WiresharkFollow),
    ("select1.strace-send", Form::Strace),
    ("select1.strace-write", Form::Strace),
    ("select1.strace-msg", Form::Strace),
    ("select1.strace-send-xx", Form::Strace),
    ("select1.strace-write-xx", Form::Strace),
    ("select1.socat-x", Form::Socat),
    ("select1.socat-v-x", Form::Socat),
    ("select1.follow-crlf", Form::WiresharkFollow),
    ("select1.tcpdump-spaces", Form::Tcpdump),
    ("select1.strace-pid", Form::Strace),
];

/// What an editor or a web page does to the output of a tool.
fn variant(name: &str) -> String {
    match name {
        "select1.follow-crlf" => text("select1.follow-hex").replace('\n', "\r\n").replace('\t', "    "),
        "select1.tcpdump-spaces" => text("select1.tcpdump-X").replace('\t', "        ").replace("  ", "\u{a0} "),
        "select1.strace-pid" => {
            text("select1.strace-send").lines().map(|line| format!("[pid  4711] {line}\n")).collect()
        }
        _ => text(name),
    }
}

#[test]
fn two_directions_in_the_words_of_each_tool() {
    let recorded = [file("select1.client.bin"), file("select1.server.bin")];
    let mut bad = Vec::new();
    for (name, form) in TWO_SIDED {
        let capture = plain(&variant(name));
        // Of these it is told who took turns, and not who was the server.
        let silent = name.contains("ngrep") || name.contains("follow");
        let fits = capture.exchanges.len() == 1
            && capture.exchanges.iter().all(|exchange| {
                let sides = if silent { Sides::Unknown } else { Sides::Given };
                exchange.sides == sides && exchange.segments.len() >= 7
            });
        let bytes = capture.exchanges.first().map(|exchange| exchange.streams.clone().map(|stream| stream.bytes));
        if !fits || bytes.as_ref() != Some(&recorded) || capture.form != form || !capture.problems.is_empty() {
            let lengths = bytes.map(|sides| sides.map(|side| side.len()));
            bad.push(format!("{name}: {} {lengths:?} {:?}", capture.reason, capture.problems.first()));
        }
    }
    assert!(bad.is_empty(), "{}", bad.join("\n"));
}

#[test]
fn times_of_packets_rise() {
    for name in ["select1.tcpdump-X", "select1.ngrep-x-t", "select1.socat-x"] {
        let capture = plain(&text(name));
        let times: Vec<i64> = capture.exchanges[0].segments.iter().map(|segment| segment.at_us.unwrap()).collect();
        assert!(times.is_sorted() && times.first() < times.last(), "{name}: {times:?}");
    }
}

#[test]
fn strings_cut_by_strace_are_told() {
    let capture = plain(&text("select1.strace-short"));
    assert!(capture.problems.len() >= 3);
    assert_eq!(capture.problems[0].to_string().split(": ").next(), Some("line 4, column 55"));
    assert!(capture.problems.iter().all(|problem| problem.expected.contains("-s 65535")));
    assert!(both(&capture)[0].ends_with(b"X\0\0\0\x04"));
}

#[test]
fn raw_files_are_themselves() {
    let recorded = file("select1.server.bin");
    let capture = read(&recorded, &Options::default());
    assert_eq!((capture.form, hex(&capture).len()), (Form::Raw, recorded.len() * 2));
    let two = pgscope_capture::read_two(&file("select1.client.bin"), &recorded);
    assert_eq!(two.exchanges[0].order, Order::Unknown);
    assert_eq!(both(&two), [file("select1.client.bin"), recorded]);
}
