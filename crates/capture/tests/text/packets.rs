//! Packets that were lost, repeated or late.

use pgscope_proto::Sides;

use crate::{hex, plain};

/// A packet of IPv4 and TCP in the words of `tcpdump -x`.
fn packet(from: u16, to: u16, seq: u32, flags: u8, payload: &[u8]) -> String {
    recorded((from, to), (seq, None), flags, payload, payload.len())
}

/// The same with what it acknowledges, and so many bytes of its payload recorded.
fn recorded(
    (from, to): (u16, u16),
    (seq, ack): (u32, Option<u32>),
    flags: u8,
    payload: &[u8],
    captured: usize,
) -> String {
    let length = 40 + payload.len() as u16;
    let mut bytes = vec![0x45, 0];
    bytes.extend(length.to_be_bytes());
    bytes.extend([0, 0, 0x40, 0, 64, 6, 0, 0, 10, 0, 0, 1, 10, 0, 0, 1]);
    bytes.extend([from.to_be_bytes(), to.to_be_bytes()].concat());
    bytes.extend(seq.to_be_bytes());
    bytes.extend(ack.unwrap_or(0).to_be_bytes());
    bytes.extend([0x50, flags | if ack.is_some() { 0x10 } else { 0 }, 0, 0, 0, 0, 0, 0]);
    bytes.extend(&payload[..captured]);
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

/// The segments of an exchange as letters, the server's in brackets.
fn in_order(capture: &pgscope_capture::Capture) -> String {
    let exchange = &capture.exchanges[0];
    let said = exchange.segments.iter().map(|segment| {
        let text = String::from_utf8_lossy(segment.span.of(&exchange.stream(segment.direction).bytes)).into_owned();
        if segment.direction == pgscope_proto::Direction::Frontend { text } else { format!("[{text}]") }
    });
    said.collect()
}

#[test]
fn what_is_recorded_behind_its_acknowledgement_is_kept_and_stands_before_it() {
    let (client, server) = ((1, 5432), (5432, 1));
    let ask = |seq, text: &[u8]| recorded(client, (seq, Some(100)), PUSH, text, text.len());
    let answer = |seq, ack, text: &[u8]| recorded(server, (seq, Some(ack)), PUSH, text, text.len());
    for (packets, order) in [
        // The answer was recorded before what it answers.
        (vec![answer(100, 4, b"xyz"), ask(1, b"abc"), ask(4, b"d")], "abc[xyz]d"),
        // Two queues: the first half of the request comes last of all.
        (vec![ask(3, b"c"), answer(100, 4, b"x"), answer(101, 4, b"y"), ask(1, b"ab")], "abc[x][y]"),
        // Only a packet without bytes says that it had come.
        (
            vec![recorded(server, (100, Some(3)), 0, b"", 0), ask(3, b"c"), answer(100, 4, b"x"), ask(1, b"ab")],
            "abc[x]",
        ),
        // What was lost on its way to the recorder is where it came, if nobody says otherwise.
        (vec![ask(1, b"a"), ask(3, b"c"), answer(100, 2, b"x"), ask(2, b"b")], "a[x]bc"),
        // A second copy of it changes nothing.
        (vec![ask(1, b"a"), ask(2, b"b"), answer(100, 3, b"x"), ask(1, b"a"), ask(2, b"b")], "ab[x]"),
    ] {
        let capture = plain(&packets.concat());
        assert_eq!(in_order(&capture), order);
        assert!(capture.problems.is_empty(), "{order}: {:?}", capture.problems);
    }
}

#[test]
fn only_what_is_nowhere_is_a_gap() {
    let ask = |seq, text: &[u8]| recorded((1, 5432), (seq, Some(100)), PUSH, text, text.len());
    let acknowledged = |ack| recorded((5432, 1), (100, Some(ack)), 0, b"", 0);
    // Up to the last byte that is here, or one more, which may be the end of what is said.
    for ack in [7, 8] {
        let capture = plain(&[ask(1, b"ab"), ask(6, b"f"), acknowledged(ack), ask(5, b"e")].concat());
        assert_eq!(in_order(&capture), "abef");
        let told: Vec<String> = capture.problems.iter().map(ToString::to_string).collect();
        assert!(matches!(told.as_slice(), [one] if one.contains("a gap of 2 bytes before")), "{told:?}");
    }
    // What was acknowledged behind all that is here is missing, too.
    let capture = plain(&[ask(1, b"ab"), acknowledged(9)].concat());
    let told: Vec<String> = capture.problems.iter().map(ToString::to_string).collect();
    assert!(matches!(told.as_slice(), [one] if one.contains("a gap of 6 bytes behind")), "{told:?}");
}

#[test]
fn what_the_snap_length_cut_is_said_once_and_is_no_gap() {
    let ask = |seq, text: &[u8], captured| recorded((1, 5432), (seq, Some(100)), PUSH, text, captured);
    for (packets, order, words) in [
        (
            vec![ask(1, b"abcd", 2), ask(5, b"efgh", 2)],
            "abef",
            Some("2 segments are cut off by the snap length of the recording: 4 bytes are not in it"),
        ),
        (
            vec![ask(1, b"abcd", 3)],
            "abc",
            Some("1 segment is cut off by the snap length of the recording: 1 byte is not in it"),
        ),
        // The rest came again.
        (vec![ask(1, b"abcd", 2), ask(3, b"cd", 2), ask(5, b"e", 1)], "abcde", None),
    ] {
        let capture = plain(&packets.concat());
        assert_eq!(in_order(&capture), order);
        let told: Vec<String> = capture.problems.iter().map(ToString::to_string).collect();
        assert_eq!(told.len(), usize::from(words.is_some()), "{told:?}");
        assert!(words.is_none_or(|words| told[0].contains(words)), "{told:?}");
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
