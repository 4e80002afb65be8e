//! Packets that were lost, repeated or late.

use pgscope_proto::Sides;

use crate::{hex, plain};

/// A packet of IPv4 and TCP in the words of `tcpdump -x`.
fn packet(from: u16, to: u16, seq: u32, flags: u8, payload: &[u8]) -> String {
    let length = 40 + payload.len() as u16;
    let mut bytes = vec![0x45, 0];
    bytes.extend(length.to_be_bytes());
    bytes.extend([0, 0, 0x40, 0, 64, 6, 0, 0, 10, 0, 0, 1, 10, 0, 0, 1]);
    bytes.extend([from.to_be_bytes(), to.to_be_bytes()].concat());
    bytes.extend(seq.to_be_bytes());
    bytes.extend([0, 0, 0, 0, 0x50, flags, 0, 0, 0, 0, 0, 0]);
    bytes.extend(payload);
    let lines = bytes.chunks(16).enumerate().map(|(nth, line)| {
        let groups = line.chunks(2).map(|pair| pair.iter().map(|byte| format!("{byte:02x}")).collect::<String>());
        format!("\t0x{:04x}:  {}\n", nth * 16, groups.collect::<Vec<_>>().join(" "))
    });
    format!(
        "12:00:00.000001 IP 10.0.0.1.{from} > 10.0.0.1.{to}: Flags [P.], length {}\n{}",
        payload.len(),
        lines.collect::<String>()
    )
}

const SYN: u8 = 2;
const PUSH: u8 = 8;

/// What is sent, as ports, sequence number, flags and payload; and what is read.
type Case = (&'static str, &'static [(u16, u16, u32, u8, &'static [u8])], &'static str, Sides, usize);

const CASES: [Case; 8] = [
    ("the well-known port", &[(5432, 4000, 9, PUSH, b"Z"), (4000, 5432, 1, PUSH, b"Q")], "51|5a", Sides::Given, 0),
    (
        "who was called",
        &[(4000, 4001, 0, SYN, b""), (4001, 4000, 9, PUSH, b"Z"), (4000, 4001, 1, PUSH, b"Q")],
        "51|5a",
        Sides::Given,
        0,
    ),
    ("no way to know", &[(4000, 4001, 1, PUSH, b"Q"), (4001, 4000, 9, PUSH, b"Z")], "51|5a", Sides::Unknown, 0),
    (
        "sent twice",
        &[(1, 5432, 1, PUSH, b"QR"), (1, 5432, 1, PUSH, b"QR"), (1, 5432, 2, PUSH, b"RS")],
        "515253",
        Sides::Given,
        0,
    ),
    (
        "late",
        &[(1, 5432, 1, PUSH, b"Q"), (1, 5432, 3, PUSH, b"S"), (1, 5432, 2, PUSH, b"R")],
        "515253",
        Sides::Given,
        0,
    ),
    ("lost", &[(1, 5432, 1, PUSH, b"Q"), (1, 5432, 3, PUSH, b"S")], "5153", Sides::Given, 1),
    ("numbers that wrap", &[(1, 5432, u32::MAX, PUSH, b"QR"), (1, 5432, 1, PUSH, b"S")], "515253", Sides::Given, 0),
    (
        "a port used again",
        &[(1, 5432, 7, SYN, b""), (1, 5432, 8, PUSH, b"Q"), (1, 5432, 99, SYN, b""), (1, 5432, 100, PUSH, b"X")],
        "51 + 58",
        Sides::Given,
        0,
    ),
];

#[test]
fn segments_are_put_together() {
    for (title, packets, bytes, sides, problems) in CASES {
        let text: String =
            packets.iter().map(|(from, to, seq, flags, body)| packet(*from, *to, *seq, *flags, body)).collect();
        let capture = plain(&text);
        assert_eq!(hex(&capture), bytes, "{title}");
        assert_eq!(capture.exchanges[0].sides, sides, "{title}");
        assert_eq!(capture.problems.len(), problems, "{title}: {:?}", capture.problems);
    }
}

#[test]
fn bytes_without_headers_are_payload() {
    let text = "12:00:00.1 IP 127.0.0.1.4000 > 127.0.0.1.5432: Flags [P.], length 5\n\t0x0000:  5800 0000 04   X....\n";
    assert_eq!(hex(&plain(text)), "5800000004");
}

/// A dump of bytes that begin as a packet does, but are not as many as its headers say.
#[test]
fn what_only_begins_like_a_packet_is_bytes() {
    let mut bytes = vec![0x60, 0, 0, 0, 0, 0x24, 6];
    bytes.resize(52, 0);
    bytes.extend([0x50, 0]);
    let digits: Vec<String> = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    let lines = digits.chunks(16).enumerate().map(|(nth, line)| format!("{:08x}: {}\n", nth * 16, line.join(" ")));
    assert_eq!(hex(&plain(&lines.collect::<String>())), digits.concat());
}
