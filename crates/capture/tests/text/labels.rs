//! Each way to say who sent bytes before each way to write them: both directions come out, and nothing is complained of.

use crate::{both, plain};

type Printer = fn(&[u8]) -> String;

fn joined(bytes: &[u8], separator: &str, print: impl Fn(&u8) -> String) -> String {
    bytes.iter().map(print).collect::<Vec<_>>().join(separator)
}

fn escaped(bytes: &[u8]) -> String {
    let print = |byte: &u8| match byte {
        b'"' | b'\\' => format!("\\x{byte:02x}"),
        b' '..=b'~' => char::from(*byte).to_string(),
        _ => format!("\\x{byte:02x}"),
    };
    bytes.iter().map(print).collect()
}

const WRITTEN: [Printer; 12] = [
    |bytes| joined(bytes, "", |byte| format!("{byte:02x}")),
    |bytes| joined(bytes, " ", |byte| format!("{byte:02X}")),
    |bytes| format!("b\"{}\"", escaped(bytes)),
    |bytes| format!("\"{}\"", escaped(bytes)),
    |bytes| format!("[{}]", joined(bytes, ", ", u8::to_string)),
    |bytes| format!("[{}]", joined(bytes, " ", u8::to_string)),
    |bytes| format!("[]byte{{{}}}", joined(bytes, ", ", |byte| format!("0x{byte:x}"))),
    |bytes| format!("<Buffer {}>", joined(bytes, " ", |byte| format!("{byte:02x}"))),
    |bytes| format!("<<{}>>", joined(bytes, ",", u8::to_string)),
    |bytes| format!("[{}]", joined(bytes, ", ", |byte| (*byte as i8).to_string())),
    |bytes| {
        use base64::Engine as _;
        base64::prelude::BASE64_STANDARD.encode(bytes)
    },
    |bytes| joined(bytes, " ", |byte| format!("0x{byte:02x}")),
];

/// What stands before the bytes of the client, and of the server; `%` is how many there are.
const SAID: [[&str; 2]; 22] = [
    ["> ", "< "],
    ["-> ", "<- "],
    ["C: ", "S: "],
    ["client: ", "server: "],
    ["sent: ", "received: "],
    ["TX ", "RX "],
    ["OUT: ", "IN: "],
    ["request: ", "response: "],
    ["to server: ", "from server: "],
    ["to backend: ", "from backend: "],
    ["alice: ", "bob: "],
    ["10.0.0.5:40846 -> 10.0.0.9:5432: ", "10.0.0.9:5432 -> 10.0.0.5:40846: "],
    ["127.0.0.1:36092 -> 127.0.0.1:26258: ", "127.0.0.1:26258 -> 127.0.0.1:36092: "],
    ["2026-11-21T10:22:31.002Z DEBUG net: wrote % bytes: ", "2026-11-21T10:22:31.005Z DEBUG net: read % bytes: "],
    ["[12:00:01.123] upstream <- ", "[12:00:01.123] upstream -> "],
    [
        "2026/11/21 10:00:00 proxy.go:42: client -> server (%): ",
        "2026/11/21 10:00:00 proxy.go:57: server -> client (%): ",
    ],
    ["write ", "read "],
    ["INFO  [main] Sending ", "INFO  [main] Receiving "],
    ["level=debug dir=out n=% data=", "level=debug dir=in n=% data="],
    ["conn 7 outgoing %: ", "conn 7 incoming %: "],
    ["peer 0: ", "peer 1: "],
    ["frontend > ", "backend > "],
];

/// What each end says in turn, the client first.
const TALK: [&[u8]; 5] = [
    b"Q\0\0\0\x14SELECT 'a b', $1\0",
    b"E\0\0\0\x1fSERROR\0C42601\0Mno \"x\" here\0\0Z\0\0\0\x05I",
    b"Q\0\0\0\x0aBEGIN\0",
    b"C\0\0\0\x0aBEGIN\0Z\0\0\0\x05T",
    b"X\0\0\0\x04",
];

#[test]
fn whoever_sent_it_is_told_from_what_stands_before_the_bytes() {
    let mut sides = [Vec::new(), Vec::new()];
    TALK.iter().enumerate().for_each(|(nth, bytes)| sides[nth % 2].extend_from_slice(bytes));
    let mut bad = Vec::new();
    for said in SAID {
        for print in WRITTEN {
            let line = |(nth, bytes): (usize, &&[u8])| {
                format!("{}{}\n", said[nth % 2].replace('%', &bytes.len().to_string()), print(bytes))
            };
            let text: String = TALK.iter().enumerate().map(line).collect();
            let capture = plain(&text);
            let is_one = capture.exchanges.len() == 1;
            let mut found = if is_one { both(&capture) } else { Default::default() };
            // Which of two that are not named is the client is a later question.
            if capture.exchanges.iter().all(|exchange| exchange.sides != pgscope_proto::Sides::Given)
                && found[0] == sides[1]
            {
                found.reverse();
            }
            if found != sides || !capture.problems.is_empty() {
                bad.push(format!("{}\n{text}{:?}", capture.reason, capture.problems.first()));
            }
        }
    }
    assert!(bad.is_empty(), "{} of {}:\n{}", bad.len(), SAID.len() * WRITTEN.len(), bad.join("\n"));
}
