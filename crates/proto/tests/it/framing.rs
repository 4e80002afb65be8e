//! Framing: believing, and finding the way back.

use pgscope_proto::frame::{Fault, Framer, Next, Shape};
use pgscope_proto::messages::ALL;
use pgscope_proto::schema::Head;
use pgscope_proto::{Direction, frame::Frame};
use proptest::prelude::*;

fn bytes_of(hex: &str) -> Vec<u8> {
    let digits: String = hex.split_whitespace().collect();
    (0..digits.len() / 2).map(|at| u8::from_str_radix(&digits[2 * at..2 * at + 2], 16).expect("hex")).collect()
}

#[test]
fn long_garbage_gives_the_same_frames_however_it_is_cut() {
    let mut bytes = vec![0xee; 300_000];
    for _ in 0..5 {
        bytes.extend_from_slice(b"Z\0\0\0\x05I");
    }
    let whole = frames(Direction::Backend, &bytes);
    assert_eq!(whole.len(), whole.iter().filter(|frame| frame.fault.is_some()).count() + 5);
    for chunk in [1000, 65_536, 100_001] {
        assert_eq!(in_chunks(Direction::Backend, &bytes, chunk), whole);
    }
}

fn frames(direction: Direction, bytes: &[u8]) -> Vec<Frame> {
    in_chunks(direction, bytes, bytes.len().max(1))
}

/// The frames of a stream that arrives in chunks.
fn in_chunks(direction: Direction, bytes: &[u8], chunk: usize) -> Vec<Frame> {
    let mut framer = Framer::new(direction);
    let mut found = Vec::new();
    let mut have = 0;
    loop {
        let ended = have == bytes.len();
        match framer.next(Shape::Tagged, &bytes[framer.position()..have], ended) {
            Next::Frame(frame) => found.push(frame),
            Next::More => have = (have + chunk).min(bytes.len()),
            Next::End => return found,
        }
    }
}

fn check(direction: Direction, hex: &str, expected: &str) {
    let shown: Vec<String> = frames(direction, &bytes_of(hex))
        .iter()
        .map(|frame| match frame.fault {
            None => format!("{}", frame.span.len()),
            Some(Fault::WrongLength { right, proven: true }) => format!("{} should say {right}", frame.span.len()),
            Some(Fault::WrongLength { right, .. }) => format!("{} should perhaps say {right}", frame.span.len()),
            Some(Fault::Lacking { count }) => format!("{} lacks {count}", frame.span.len()),
            Some(Fault::Cut { missing }) => format!("{} and {missing} missing", frame.span.len()),
            Some(Fault::Unreadable | Fault::ImpossiblePacket) => format!("{} unreadable", frame.span.len()),
        })
        .collect();
    assert_eq!(shown.join(", "), expected, "{hex}");
}

#[test]
fn wrong_lengths_are_found_and_computed() {
    let query = "53454c4543542031 3b00";
    for (given, title) in [
        ("0d", "one short"),
        ("0a", "without its own four"),
        ("0f", "with the tag"),
        ("12", "four long"),
        ("00", "zero"),
        ("ff", "far too long"),
    ] {
        for behind in ["", "5800000004"] {
            let expected = if behind.is_empty() { "15 should say 14" } else { "15 should say 14, 5" };
            check(Direction::Frontend, &format!("51 000000{given} {query} {behind}"), expected);
            let _ = title;
        }
    }
    check(Direction::Frontend, &format!("51 0000000e {query} 5800000004"), "15, 5");
    check(Direction::Backend, "5a 00000006 49 43 0000000d 53454c454354203100", "6 should say 5, 14");
    check(Direction::Backend, "5a 00000001 49", "6 should say 5");
}

#[test]
fn lengths_with_their_bytes_the_other_way_round_are_known() {
    check(
        Direction::Frontend,
        "51 0e000000 53454c45435420313b00  51 0e000000 53454c45435420313b00  58 04000000",
        "15 should say 14, 15 should say 14, 5 should say 4",
    );
    check(Direction::Backend, "5a 05000000 49  43 0d000000 53454c454354203100", "6 should say 5, 14 should say 13");
}

#[test]
fn a_message_with_fewer_bytes_than_its_length_does_not_swallow_the_next() {
    check(Direction::Backend, "43 0000000f 494e5345525420302031 5a0000000549", "15 lacks 1, 6");
    check(Direction::Backend, "43 0000000f 494e534552542030203100 5a0000000549", "16, 6");
    check(
        Direction::Frontend,
        "42 00000018 00 733100 0000 0002 00000002 3432 ffff 0000 45000000090000000000 5300000004",
        "23 lacks 2, 10, 5",
    );
}

#[test]
fn a_startup_packet_is_measured_by_its_fields_where_messages_follow() {
    let fields = "00030000 7573657200 616c69636500 00";
    let first = |length: &str, behind: &str| {
        let bytes = bytes_of(&format!("{length} {fields} {behind}"));
        match Framer::new(Direction::Frontend).next(Shape::Packet, &bytes, true) {
            Next::Frame(Frame { span, fault, .. }) => (span.len(), fault),
            other => panic!("{other:?}"),
        }
    };
    let right = Some(Fault::WrongLength { right: 20, proven: true });
    assert_eq!(first("00000014", "51 00000005 00"), (20, None));
    assert_eq!(first("00000010", "51 00000005 00"), (20, right));
    assert_eq!(first("00000018", "51 00000005 00"), (20, right));
    assert_eq!(first("00000010", ""), (16, None), "nothing says that it is wrong");
}

#[test]
fn messages_are_found_again_behind_garbage() {
    check(Direction::Backend, "ffffffff 5a0000000549 5a0000000549", "4 unreadable, 6, 6");
    check(Direction::Backend, "5a0000000549 0102030405060708 5a0000000549", "6, 8 unreadable, 6");
    check(Direction::Frontend, "474554202f20485454502f312e310d0a0d0a", "18 unreadable");
    check(Direction::Backend, "0000000000 0000000000 0000000000", "15 unreadable");
    check(Direction::Backend, "5a0000000549 7800000000 5a0000000549", "6, 5 unreadable, 6");
}

#[test]
fn unknown_messages_are_stepped_over_by_their_length() {
    check(Direction::Backend, "78 00000006 0102 5a0000000549", "7, 6");
}

#[test]
fn a_stream_that_ends_inside_a_message_says_how_much_is_missing() {
    check(Direction::Frontend, "51 0000000e 53454c45", "9 and 6 missing");
    check(Direction::Frontend, "51 0000", "3 and 1 missing");
    check(Direction::Backend, "64 00000100 0102", "7 and 250 missing");
}

#[test]
fn errors_of_old_servers_have_no_length() {
    let text = "45 4641 5441 4c3a 2020 6e6f 0a00";
    check(Direction::Backend, text, "13");
}

fn stream(direction: Direction) -> impl Strategy<Value = Vec<u8>> {
    let tagged: Vec<&'static [u8]> = ALL
        .iter()
        .filter(|message| {
            message.sender.allows(direction) && matches!(message.head, Head::Tag(_) | Head::Authentication(..))
        })
        .map(|message| message.sample)
        .collect();
    let message = (0..tagged.len()).prop_map(move |index| tagged[index].to_vec());
    let damage = prop::option::of((any::<prop::sample::Index>(), any::<u8>()));
    (prop::collection::vec(message, 0..12), damage).prop_map(|(messages, damage)| {
        let mut bytes = messages.concat();
        if let Some((index, byte)) = damage
            && !bytes.is_empty()
        {
            let at = index.index(bytes.len());
            bytes[at] = byte;
        }
        bytes
    })
}

proptest! {
    #[test]
    fn cutting_anywhere_gives_the_same_frames(backend in any::<bool>(), frontend_bytes in stream(Direction::Frontend), backend_bytes in stream(Direction::Backend), chunk in 1..40usize) {
        let (direction, bytes) = if backend { (Direction::Backend, backend_bytes) } else { (Direction::Frontend, frontend_bytes) };
        prop_assert_eq!(in_chunks(direction, &bytes, chunk), frames(direction, &bytes));
    }

    #[test]
    fn frames_tile_any_stream(bytes in prop::collection::vec(any::<u8>(), 0..300), backend in any::<bool>()) {
        let mut at = 0;
        for frame in frames(Direction::BOTH[usize::from(backend)], &bytes) {
            prop_assert_eq!(frame.span.start, at);
            prop_assert!(!frame.span.is_empty());
            at = frame.span.end;
        }
        prop_assert_eq!(at, bytes.len());
    }

    #[test]
    fn samples_in_a_row_are_framed_one_by_one(backend in any::<bool>(), picks in prop::collection::vec(any::<prop::sample::Index>(), 0..20)) {
        let direction = Direction::BOTH[usize::from(backend)];
        let tagged: Vec<&[u8]> = ALL.iter()
            .filter(|message| message.sender.allows(direction) && matches!(message.head, Head::Tag(_) | Head::Authentication(..)))
            .map(|message| message.sample).collect();
        let chosen: Vec<&[u8]> = picks.iter().map(|pick| tagged[pick.index(tagged.len())]).collect();
        let lengths: Vec<usize> = frames(direction, &chosen.concat()).iter().map(|frame| frame.span.len()).collect();
        prop_assert_eq!(lengths, chosen.iter().map(|sample| sample.len()).collect::<Vec<_>>());
    }
}
