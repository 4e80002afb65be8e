//! What programs write into their logs: each way to print bytes, inside each line that a logger makes of it, quoted once more where that does.

use crate::{both, plain};

type Printer = fn(&[u8]) -> String;

fn joined(bytes: &[u8], separator: &str, print: impl Fn(&u8) -> String) -> String {
    bytes.iter().map(print).collect::<Vec<_>>().join(separator)
}

/// A string as code prints it; `quote` and the backslash are escaped.
fn literal(bytes: &[u8], quote: char) -> String {
    let print = |byte: &u8| match *byte {
        b'\n' => "\\n".to_owned(),
        b'\t' => "\\t".to_owned(),
        b'\\' => "\\\\".to_owned(),
        byte if char::from(byte) == quote => format!("\\{quote}"),
        byte @ b' '..=b'~' => char::from(byte).to_string(),
        byte => format!("\\x{byte:02x}"),
    };
    format!("{quote}{}{quote}", bytes.iter().map(print).collect::<String>())
}

const WRITTEN: [Printer; 15] = [
    |bytes| joined(bytes, "", |byte| format!("{byte:02x}")),
    |bytes| joined(bytes, " ", |byte| format!("{byte:02X}")),
    |bytes| joined(bytes, "-", |byte| format!("{byte:02X}")),
    |bytes| joined(bytes, ", ", |byte| format!("0x{byte:02x}")),
    |bytes| format!("b{}", literal(bytes, '\'')),
    |bytes| format!("bytearray(b{})", literal(bytes, '\'')),
    |bytes| literal(bytes, '"'),
    |bytes| format!("b{}", literal(bytes, '"')),
    |bytes| format!("[{}]", joined(bytes, ", ", u8::to_string)),
    |bytes| format!("[{}]", joined(bytes, " ", u8::to_string)),
    |bytes| format!("[{}]", joined(bytes, ", ", |byte| (*byte as i8).to_string())),
    |bytes| format!("Uint8Array({}) [{}]", bytes.len(), joined(bytes, ", ", u8::to_string)),
    |bytes| format!("<Buffer {}>", joined(bytes, " ", |byte| format!("{byte:02x}"))),
    |bytes| format!("<<{}>>", joined(bytes, ", ", u8::to_string)),
    |bytes| {
        use base64::Engine as _;
        base64::prelude::BASE64_STANDARD.encode(bytes)
    },
];

/// What stands in a string of JSON.
fn json(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"")
}

/// A value of logfmt, in quotes where it needs them.
fn value(text: &str) -> String {
    if text.contains([' ', '"']) { format!("\"{}\"", json(text)) } else { text.to_owned() }
}

type Logger = fn(usize, &str) -> String;

const LOGGED: [Logger; 13] = [
    |by, bytes| format!("{{\"dir\":\"{}\",\"data\":\"{}\"}}", ["out", "in"][by], json(bytes)),
    |by, bytes| {
        format!("{{\"level\":\"debug\",\"msg\":\"{}\",\"bytes\":\"{}\"}}", ["sent", "received"][by], json(bytes))
    },
    |by, bytes| {
        format!(
            "{{\"level\":\"debug\",\"ts\":1714557600.12,\"msg\":\"{}\"}}",
            json(&format!("{} {bytes}", ["sent", "received"][by]))
        )
    },
    |by, bytes| format!("time=2026-05-01T10:00:00Z level=debug msg=\"{}\" data={}", ["send", "recv"][by], value(bytes)),
    |by, bytes| format!("2026-05-01T10:00:00.123456Z DEBUG pg::conn: {} bytes={bytes}", ["sent", "received"][by]),
    |by, bytes| format!("DEBUG tokio_postgres::codec: {}: {bytes}", ["write", "read"][by]),
    |by, bytes| format!("proxy-1  | 2026/05/01 10:00:00 {}: {bytes}", ["client->server", "server->client"][by]),
    |by, bytes| format!("May  1 10:00:00 host proxy[123]: {}: {bytes}", ["C>", "S>"][by]),
    |by, bytes| format!("10:00:00.123 [main] DEBUG c.e.Conn - {}: {bytes}", ["Sent", "Received"][by]),
    |by, bytes| format!("- **{}**: `{bytes}`", ["client", "server"][by]),
    |by, bytes| format!("{}({bytes})", ["write", "read"][by]),
    |by, bytes| format!("> {}: {bytes}", ["client", "server"][by]),
    |by, bytes| format!("{},\"{}\"", ["client", "server"][by], bytes.replace('"', "\"\"")),
];

/// What each end says in turn, the client first: a byte alone, quotes and backslashes, and bytes that are no text.
const TALK: [&[u8]; 6] = [
    b"\0\0\0\x08\x04\xd2\x16\x2f",
    b"N",
    b"\0\0\0\x12\0\x03\0\0user\0bob\0\0",
    b"R\0\0\0\x08\0\0\0\0Z\0\0\0\x05I",
    b"Q\0\0\0\x24SELECT 'a\\b', \"c\" -- \xc3\xbc\n FROM t\0",
    b"D\0\0\0\x15\0\x02\0\0\0\x01\x80\0\0\0\x06 \xff\xfe\t\nAC\0\0\0\x0dSELECT 1\0Z\0\0\0\x05I",
];

#[test]
fn what_a_logger_makes_of_printed_bytes_is_read_back() {
    let mut sides = [Vec::new(), Vec::new()];
    TALK.iter().enumerate().for_each(|(nth, bytes)| sides[nth % 2].extend_from_slice(bytes));
    let mut bad = Vec::new();
    for logged in LOGGED {
        for print in WRITTEN {
            let text: String =
                TALK.iter().enumerate().map(|(nth, bytes)| logged(nth % 2, &print(bytes)) + "\n").collect();
            let capture = plain(&text);
            let mut found = if capture.exchanges.len() == 1 { both(&capture) } else { Default::default() };
            // Which of two that are not named is the client is a later question.
            if capture.exchanges.iter().all(|exchange| exchange.sides != pgscope_proto::Sides::Given)
                && found[0] == sides[1]
            {
                found.reverse();
            }
            if found != sides || !capture.problems.is_empty() {
                bad.push(format!("{}\n{text}{found:x?}\n{:?}", capture.reason, capture.problems.first()));
            }
        }
    }
    assert!(bad.is_empty(), "{} of {}:\n{}", bad.len(), LOGGED.len() * WRITTEN.len(), bad.join("\n"));
}

/// The rows of a dump, as `hexdump -C`, `xxd` and `od -t x1` print them, and as hex without offsets.
const DUMPED: [fn(usize, &[u8]) -> String; 4] = [
    |at, row| format!("{at:08x}  {:<48} |{}|", joined(row, " ", |byte| format!("{byte:02x}")), shown(row)),
    |at, row| {
        let pairs: Vec<String> = row.chunks(2).map(|pair| joined(pair, "", |byte| format!("{byte:02x}"))).collect();
        format!("{at:08x}: {:<39}  {}", pairs.join(" "), shown(row))
    },
    |at, row| format!("{at:07o} {}", joined(row, " ", |byte| format!("{byte:02x}"))),
    |_, row| joined(row, " ", |byte| format!("{byte:02x}")),
];

fn shown(row: &[u8]) -> String {
    row.iter().map(|byte| if byte.is_ascii_graphic() { char::from(*byte) } else { '.' }).collect()
}

/// What stands before each row.
const BEFORE: [&str; 11] = [
    "> ",
    "> > ",
    "# ",
    "// ",
    "* ",
    "| ",
    "    ",
    "proxy-1  | ",
    "2026-11-29T10:00:00.123Z stderr F ",
    "Nov 29 10:00:00 host1 myproxy[1234]: ",
    "[proxy] ",
];

#[test]
fn a_dump_behind_a_prefix_is_the_dump() {
    let bytes = [TALK[3], TALK[5]].concat();
    let mut bad = Vec::new();
    for (nth, dumped) in DUMPED.into_iter().enumerate() {
        // Words before hex without offsets may be anything.
        for before in &BEFORE[..if nth == 3 { 7 } else { BEFORE.len() }] {
            let row = |(nth, row): (usize, &[u8])| format!("{before}{}\n", dumped(nth * 16, row));
            let text: String = bytes.chunks(16).enumerate().map(row).collect();
            let capture = plain(&text);
            let found = if capture.exchanges.len() == 1 { both(&capture).concat() } else { Vec::new() };
            let is_said = capture.exchanges.iter().any(|exchange| exchange.sides == pgscope_proto::Sides::Given);
            if found != bytes || is_said || !capture.problems.is_empty() {
                bad.push(format!("{}\n{text}{found:x?}\n{:?}", capture.reason, capture.problems.first()));
            }
        }
    }
    assert!(bad.is_empty(), "{}:\n{}", bad.len(), bad.join("\n"));
}
