//! The phase decides what the same bytes are.

use pgscope_proto::conversation::{Authentication, Phase};
use pgscope_proto::{Direction, Exchange, Sides, Stream};
use pgscope_session::{Course, Index, settle};

use crate::{bytes, exchange, names};

const SSL: &str = "F 00000008 04d2162f";
const GSS: &str = "F 00000008 04d21630";
const STARTUP: &str = "F 00000010 00030000 'user' 00 'a' 00 00";
const READY: &str = "B 5a00000005 'I'";

fn check(lines: &[&str], expected: &[&str]) {
    assert_eq!(names(&exchange(&lines.join("\n"))), expected.join("\n"));
}

#[test]
fn any_number_of_negotiations_may_come_first() {
    check(
        &[GSS, "B 4e", SSL, "B 4e", SSL, "B 4e", STARTUP, "B 5200000008 00000000"],
        &[
            "F GSSENCRequest",
            "B SSLResponse N",
            "F SSLRequest",
            "B SSLResponse N",
            "F SSLRequest",
            "B SSLResponse N",
            "F StartupMessage",
            "B AuthenticationOk",
        ],
    );
}

#[test]
fn a_client_that_does_not_wait_is_still_read() {
    check(
        &[&format!("{SSL} {}", &STARTUP[2..]), "B 4e", "B 5200000008 00000000"],
        &["F SSLRequest", "F StartupMessage", "B SSLResponse N", "B AuthenticationOk"],
    );
}

#[test]
fn encrypted_bytes_are_opaque_records_and_packets() {
    check(
        &[SSL, "B 53", "F 16 0301 0002 0100", "B 16 0303 0001 02 17 0303 0001 ff"],
        &["F SSLRequest", "B SSLResponse S", "F TLS record", "B TLS record", "B TLS record"],
    );
    check(
        &[GSS, "B 47", "F 00000002 6001", "B 00000001 60"],
        &["F GSSENCRequest", "B GSSResponse G", "F GSSAPI packet", "B GSSAPI packet"],
    );
    check(&["F 16 0301 0002 0100", "B 15 0301 0002 0228"], &["F TLS record", "B TLS record"]);
}

#[test]
fn an_old_server_answers_without_a_length() {
    check(
        &[SSL, "B 45 'unsupported frontend protocol 1234.5679' 0a 00"],
        &["F SSLRequest", "B ErrorResponse (protocol 2.0)"],
    );
    check(&[STARTUP, "B 45 'FATAL:  no' 0a 00"], &["F StartupMessage", "B ErrorResponse (protocol 2.0)"]);
    check(&[SSL, "B 45 0000000b 'C' '08P01' 00 00"], &["F SSLRequest", "B ErrorResponse"]);
}

#[test]
fn the_last_request_tells_the_four_answers_apart() {
    for (request, answer, name) in [
        ("5200000008 00000003", "7000000006 'x' 00", "PasswordMessage"),
        ("520000000c 00000005 01020304", "7000000008 'md5' 00", "PasswordMessage"),
        ("5200000008 00000007", "7000000006 6001", "GSSResponse"),
        ("5200000008 00000009", "7000000006 6001", "GSSResponse"),
        ("5200000010 0000000a 'PLAIN' 00 0000", "700000000e 'PLAIN' 00 ffffffff", "SASLInitialResponse"),
        ("520000000b 0000000b 'r=x'", "7000000007 'c=y'", "SASLResponse"),
    ] {
        let said = names(&exchange(&format!("{STARTUP}\nB {request}\nF {answer}")));
        assert_eq!(said.lines().last(), Some(format!("F {name}").as_str()), "{request}");
    }
}

#[test]
fn without_the_server_an_answer_is_known_by_its_looks() {
    for (answer, name) in [
        ("7000000022 'SCRAM-SHA-256' 00 0000000c 'n,,n=,r=abcd'", "SASLInitialResponse"),
        ("700000000b 'c=biws,'", "SASLResponse"),
        ("700000000b 'secret' 00", "PasswordMessage"),
        ("7000000008 60028100", "Authentication response"),
    ] {
        let frontend = Stream::raw(bytes(&format!("{} {answer}", &STARTUP[2..])));
        let said = names(&Exchange::one_sided(Direction::Frontend, frontend, Sides::Given));
        assert_eq!(said.lines().last(), Some(format!("F {name}").as_str()));
    }
}

#[test]
fn a_cancel_and_the_two_negotiations_are_requests_of_their_own() {
    check(&["F 00000010 04d2162e 00001092 3e119a7a"], &["F CancelRequest"]);
    check(
        &[STARTUP, "B 760000000c 00030000 00000000", "B 5200000008 00000000"],
        &["F StartupMessage", "B NegotiateProtocolVersion", "B AuthenticationOk"],
    );
}

#[test]
fn a_recording_from_the_middle_is_read() {
    let backend = Stream::raw(bytes("43 0000000d 'SELECT 1' 00 5a00000005 'T'"));
    assert_eq!(
        names(&Exchange::one_sided(Direction::Backend, backend, Sides::Given)),
        "B CommandComplete\nB ReadyForQuery"
    );
    let frontend = Stream::raw(bytes("51 0000000e 'SELECT 1;' 00 5800000004"));
    assert_eq!(names(&Exchange::one_sided(Direction::Frontend, frontend, Sides::Given)), "F Query\nF Terminate");
    let backend = Stream::raw(bytes("4e 5200000008 00000000 5a00000005 'I'"));
    assert_eq!(
        names(&Exchange::one_sided(Direction::Backend, backend, Sides::Given)),
        "B SSLResponse N\nB AuthenticationOk\nB ReadyForQuery"
    );
}

fn innermost(lines: &str, number: usize) -> Vec<String> {
    let exchange = exchange(lines);
    let index = Index::new(&exchange);
    let mut tree = pgscope_proto::Tree::new();
    index.tree(&exchange, number, &mut tree);
    (0..tree.nodes.len()).map(|node| tree.path(node)).collect()
}

#[test]
fn what_was_asked_tells_what_copy_data_carries() {
    let keepalive = "B 6400000016 'k' 0000000001500028 0002f35a31c46e80 00";
    let both = "B 5700000007 000000";
    for spelling in ["true", "yes", "on", "1", "t", "database"] {
        let startup =
            format!("F {:08x} 00030000 'user' 00 'a' 00 'replication' 00 '{spelling}' 00 00", 16 + 13 + spelling.len());
        let sql = "START_REPLICATION SLOT \"s\" PHYSICAL 0/1500000 TIMELINE 1";
        let query = format!("F 51{:08x} '{sql}' 00", 5 + sql.len());
        let lines = format!("{startup}\n{READY}\n{query}\n{both}\n{keepalive}");
        assert!(innermost(&lines, 4).contains(&"copydata.data.keepalive.reply".to_owned()), "{spelling}");
    }
    let sql = "START_REPLICATION SLOT \"s\" LOGICAL 0/0 (proto_version 1)";
    let query = format!("F 51{:08x} '{sql}' 00", 5 + sql.len());
    let insert = "B 6400000026 'w' 0000000001500028 0000000001500028 0002f35a31c46e80 'I' 00004001 'N' 0001 'n'";
    assert!(
        innermost(&format!("{query}\n{both}\n{insert}"), 2)
            .contains(&"copydata.data.xlogdata.data.insert.relation".to_owned())
    );
    let backup = "F 5100000010 'BASE_BACKUP' 00\nB 4800000007 000000\nB 640000000f 'nbase.tar' 00 00";
    assert!(innermost(backup, 2).contains(&"copydata.data.newarchive.file".to_owned()));
    let plain = "F 5100000014 'COPY t TO STDOUT' 00\nB 4800000009 00 0001 0000\nB 6400000006 'a' 0a";
    assert!(innermost(plain, 2).contains(&"copydata.data.line".to_owned()));
}

#[test]
fn a_binary_copy_is_followed_across_messages_cut_anywhere() {
    let stream = "'PGCOPY' 0aff0d0a00 00000000 00000000 0002 00000004 00000007 ffffffff ffff";
    let whole = bytes(stream);
    for cut in 1..whole.len() {
        let (first, second) = whole.split_at(cut);
        let mut exchange = exchange("B 470000000b 01 0002 0001 0001");
        for part in [first, second] {
            let mut message = vec![b'd'];
            message.extend_from_slice(&(part.len() as u32 + 4).to_be_bytes());
            message.extend_from_slice(part);
            exchange.push(Direction::Frontend, &Stream::raw(message), None);
        }
        let index = Index::new(&exchange);
        let mut tree = pgscope_proto::Tree::new();
        let mut fields = Vec::new();
        for number in 1..3 {
            index.tree(&exchange, number, &mut tree);
            let entry = index.entry(number).unwrap();
            let mut at = 0;
            for (_, leaf) in tree.leaves() {
                assert_eq!(leaf.start as usize, at, "cut at {cut}");
                at = leaf.end as usize;
            }
            assert_eq!(at, entry.span.len(), "cut at {cut}");
            assert!(index.problems(&exchange, number, &tree).is_empty(), "cut at {cut}");
            fields.extend(tree.nodes.iter().map(|node| node.field.id));
        }
        for id in ["signature", "flags", "tuple", "field", "value", "trailer"] {
            assert!(fields.contains(&id), "{id}, cut at {cut}: {fields:?}");
        }
    }
}

#[test]
fn what_a_client_copies_before_it_may_is_not_read_as_the_copy_before() {
    let copy = |sql: &str| format!("F 51{:08x} '{sql}' 00", 5 + sql.len());
    let trailer = "F 6400000019 'PGCOPY' 0aff0d0a00 00000000 00000000 ffff\nF 6300000004";
    let done = "B 430000000b 'COPY 1' 00\nB 5a00000005 'I'";
    let first = format!("{}\nB 4700000009 01 0001 0001\n{trailer}\n{done}", copy("COPY a FROM STDIN BINARY"));
    // It does not wait for CopyInResponse.
    let early =
        format!("{}\nF 6400000006 '1' 0a\nF 6300000004\nB 4700000009 00 0001 0000\n{done}", copy("COPY a FROM STDIN"));
    let exchange = exchange(&format!("{first}\n{early}"));
    let found = crate::problems(&exchange);
    assert!(found.is_empty(), "{found:?}");
}

#[test]
fn a_direction_that_is_not_given_is_guessed() {
    for (hex, direction) in [
        ("51 0000000e 'SELECT 1;' 00", Direction::Frontend),
        ("51 0000000d 'SELECT 1;' 00", Direction::Frontend),
        ("5a00000005 'I'", Direction::Backend),
        ("43 0000000d 'SELECT 1' 00", Direction::Backend),
        ("43 00000009 'Sst1' 00", Direction::Frontend),
        ("44 00000012 0002 00000002 '42' 00000002 '43'", Direction::Backend),
        ("44 00000006 'P' 00", Direction::Frontend),
        ("53 00000004", Direction::Frontend),
        ("53 00000019 'client_encoding' 00 'UTF8' 00", Direction::Backend),
        ("00000008 04d2162f", Direction::Frontend),
    ] {
        let exchange = Exchange::one_sided(Direction::Frontend, Stream::raw(bytes(hex)), Sides::Unknown);
        let (settled, guess) = settle(exchange);
        assert_eq!(guess.sides.map(|sides| sides.taken), Some(direction), "{hex}: {guess:?}");
        assert!(!settled.stream(direction).is_empty());
    }
}

#[test]
fn a_client_alone_was_let_in_when_it_asks_for_something() {
    let phases = |lines: &[&str]| -> Vec<&str> {
        let exchange = exchange(&lines.join("\n"));
        let index = Index::new(&exchange);
        (0..index.len()).map(|number| index.phase(number).name()).collect()
    };
    let client = ["F 7000000005 00", "F 51000000053b00"];
    assert_eq!(phases(&[STARTUP, client[0], client[1]]), ["authentication", "authentication", "query"]);
    // It does not wait to be let in, as the server's side shows.
    assert_eq!(
        phases(&[STARTUP, client[1], "B 5200000008 00000000", READY]),
        ["authentication", "authentication", "authentication", "settings"]
    );
}

#[test]
fn any_step_is_reached_from_a_checkpoint() {
    let cycle = "F 51 0000000e 'SELECT 1;' 00\nB 43 0000000d 'SELECT 1' 00\nB 5a00000005 'I'\n";
    let exchange = exchange(&format!("{STARTUP}\n{READY}\n{}", cycle.repeat(3000)));
    let index = Index::new(&exchange);
    assert_eq!(index.len(), 9002);
    assert_eq!(index.connection_before(&exchange, 9001).phase, index.phase(9001));
    assert_eq!(index.phase(0), Phase::Authenticating(Authentication::Unseen));
}

/// What only one end says is never answered: what waits for an answer must not be kept again and again.
#[test]
fn a_frame_takes_little_room_however_many_wait_for_an_answer() {
    let bind = b"B\0\0\0\x0c\0\0\0\0\0\0\0\0";
    let held = [b"G\0\0\0\x07\0\0\0".as_slice(), &b"C\0\0\0\x0bCOPY 1\0".repeat(200_000)].concat();
    for (direction, bytes, most) in [
        (Direction::Frontend, b"S\0\0\0\x04".repeat(400_000), 22),
        (Direction::Frontend, b"Q\0\0\0\x05\0".repeat(400_000), 22),
        (Direction::Frontend, bind.repeat(200_000), 22),
        (Direction::Backend, held, 22),
    ] {
        let exchange = Exchange::one_sided(direction, Stream::raw(bytes), Sides::Given);
        let index = Index::new(&exchange);
        let course = Course::new(&exchange, &index);
        let frames = index.len();
        assert!(frames >= 200_000);
        let each = index.size_in_bytes() / frames;
        assert!(each <= most, "{each} bytes a frame");
        // The last state is near a checkpoint.
        assert_ne!(course.after(&exchange, &index, frames - 1).server.name(), "closed");
        assert_eq!(
            index.frame_at(direction, exchange.stream(direction).len() - 1).map(|last| last.number),
            Some(frames - 1)
        );
        assert_eq!(index.frame_at(direction.other(), 0).map(|frame| frame.number), None);
    }
}

#[test]
fn what_may_come_next_is_read_off_the_grammar() {
    let query = "F 51 0000000d 'SELECT 1' 00";
    let described = "B 54 00000006 0000";
    let lines = format!(
        "{STARTUP}\nB 52 00000008 00000000\n{READY}\n{query}\n{described}\nB 44 00000006 0000\nB 43 0000000d 'SELECT 1' 00\n{READY}"
    );
    let exchange = exchange(&lines);
    let index = Index::new(&exchange);
    let names = |messages: &[&'static pgscope_proto::Message]| {
        messages.iter().map(|message| message.name()).collect::<Vec<_>>().join(" ")
    };
    let next = |number: usize| index.next_after(number).expect("it is sure");
    assert_eq!(names(&next(2).client), "Query FunctionCall Parse Bind Describe Execute Close Sync Flush Terminate");
    assert_eq!(next(3).answering, Some(3));
    assert_eq!(names(&next(4).server), "DataRow CommandComplete ErrorResponse");
    assert_eq!(names(&next(5).server), "DataRow CommandComplete ErrorResponse");
    assert_eq!(names(&next(6).server), "ReadyForQuery ErrorResponse");
    assert!(next(7).server.is_empty() && !next(7).client.is_empty());
}

#[test]
fn what_is_cut_belongs_to_a_request_only_if_one_is_answered() {
    use pgscope_session::rules::exchange;
    let request = |text: &str, number| Index::new(&exchange(text).expect("an exchange")).request(number);
    assert_eq!(request("F Sync\nB ReadyForQuery idle\nB \\x43 0000000d 5345", 2), None);
    assert_eq!(request("F Query \"SELECT 1\"\nB \\x54 0000001a 0001", 1), Some(0));
}
