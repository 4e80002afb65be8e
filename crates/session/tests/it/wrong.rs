//! Wrong bytes get a clear answer: where, what was expected, how to mend it.

use pgscope_proto::{Closing, Direction, Edit, Exchange, Severity, Sides, Span, Stream, Tree};

use pgscope_session::Index;

use crate::{bytes, problems};

/// The rules and words of all problems of one direction's bytes.
fn check(direction: Direction, text: &str, expected: &[(&str, &str)]) {
    let exchange = Exchange::one_sided(direction, Stream::raw(bytes(text)), Sides::Given);
    let found = problems(&exchange);
    let shown: Vec<_> = found.iter().map(|(_, problem)| (problem.rule, problem.message.as_str())).collect();
    assert_eq!(shown.len(), expected.len(), "{text}: {shown:?}");
    for ((rule, message), (expected_rule, part)) in shown.iter().zip(expected) {
        assert_eq!(rule, expected_rule, "{text}: {message}");
        assert!(message.contains(part), "{text}: “{message}” does not say “{part}”");
    }
}

#[test]
fn the_published_example_is_one_short_and_says_what_to_write() {
    let bytes = bytes("51 00 00 00 0D 53 45 4C 45 43 54 20 31 3B 00");
    let exchange = Exchange::one_sided(Direction::Frontend, Stream::raw(bytes), Sides::Given);
    let found = problems(&exchange);
    let [(0, problem)] = found.as_slice() else { panic!("{found:?}") };
    let fix = problem.fix.as_ref().expect("it can be computed");
    assert_eq!((problem.rule, problem.span), ("L01", Span::new(1, 5)));
    assert_eq!(fix.edits, [Edit::new(Span::new(1, 5), [0, 0, 0, 14])]);
    assert!(problem.message.contains("one short"));
}

#[test]
fn lengths() {
    use Direction::{Backend, Frontend};
    for (given, rule, words) in [
        ("0000000f", "L01", "one long"),
        ("0000000a", "L01", "four short"),
        ("00000012", "L01", "four long"),
        ("00000003", "L02", "11 short"),
        ("00000000", "L02", "14 short"),
        ("ffffffff", "L03", "long"),
        ("00000020", "L04", "18 long"),
        ("0e000000", "L04", "written backwards"),
    ] {
        check(Frontend, &format!("51 {given} 'SELECT 1;' 00 5800000004"), &[(rule, words)]);
    }
    check(Frontend, "51 00000003", &[("L02", "less than the four bytes")]);
    check(Frontend, "5300000004 7000100000", &[("L03", "more than its receiver allows")]);
    check(Backend, "5a00000006 'I' 43 0000000d 'SELECT 1' 00", &[("L01", "one long")]);
}

#[test]
fn fields() {
    use Direction::{Backend, Frontend};
    check(Frontend, "51 0000000f 'SELECT 1;' 00 00", &[("L04", "1 byte stands behind the last field of Query")]);
    check(Backend, "44 0000000a 0001 00000064", &[("L29", "100 bytes")]);
    check(Backend, "44 0000000a 0001 fffffffe", &[("L29", "-2 is no length")]);
    check(Backend, "44 00000006 ffff", &[("D05", "65535")]);
    check(Backend, "45 0000000a 'C' '42601' ", &[("L05", "not ended by a zero byte")]);
    check(Backend, "45 0000000b 'C' '42601' 00 5a00000005 'I'", &[("L06", "missing")]);
    check(Backend, "5a00000005 'Q'", &[("D02", "‘Q’ is no transaction status")]);
    check(Frontend, "44 00000006 'Z' 00", &[("D02", "‘Z’ is no kind")]);
}

#[test]
fn types_and_other_protocols() {
    use Direction::{Backend, Frontend};
    check(Frontend, "5a00000005 'I'", &[("D01", "a backend sends it as ReadyForQuery")]);
    check(Backend, "'HTTP/1.1 400 Bad Request' 0d0a 0d0a", &[("L09", "HTTP")]);
    check(Frontend, "'GET / HTTP/1.1' 0d0a 0d0a", &[("L09", "HTTP")]);
    check(Backend, "'SSH-2.0-OpenSSH_9.2' 0d0a", &[("L09", "SSH")]);
    check(Frontend, "00000010 00040000 'user' 00 'a' 00 00", &[("L14", "no version")]);
    check(Backend, "5200000008 00000063", &[("L20", "no authentication request")]);
}

#[test]
fn another_protocol_is_named_when_it_is_answered_too() {
    let mut exchange = Exchange { sides: Sides::Given, ..Exchange::default() };
    exchange.push(Direction::Frontend, &Stream::raw(bytes("'GET / HTTP/1.1' 0d0a 'Host: x' 0d0a 0d0a")), None);
    exchange.push(
        Direction::Backend,
        &Stream::raw(bytes("'HTTP/1.1 200 OK' 0d0a 'Content-Length: 0' 0d0a 0d0a")),
        None,
    );
    let rules: Vec<_> = problems(&exchange).iter().map(|(_, problem)| problem.rule).collect();
    assert_eq!(rules, ["L09", "L09"]);
    // What stands there of a message whose beginning was not recorded is blamed on nobody.
    let mut later = Exchange { sides: Sides::Given, ..Exchange::default() };
    later.push(
        Direction::Backend,
        &Stream::raw(bytes("'the rest of a row' 43 0000000d 'SELECT 1' 00 5a 00000005 'I'")),
        None,
    );
    later.push(Direction::Frontend, &Stream::raw(bytes("51 0000000d 'SELECT 1' 00")), None);
    assert!(problems(&later).iter().all(|(_, problem)| problem.severity == Severity::Note), "{:?}", problems(&later));
}

#[test]
fn what_was_closed_is_no_end_of_a_recording() {
    let mut exchange = Exchange { sides: Sides::Given, ..Exchange::default() };
    exchange.push(Direction::Frontend, &Stream::raw(bytes("00000013 00030000 'user' 00 'bob' 00 00")), None);
    exchange.push(Direction::Backend, &Stream::raw(bytes("52 00000008 00000000 5a 00000005 'I'")), None);
    exchange.push(Direction::Frontend, &Stream::raw(bytes("51 0000000d 'SELECT 1' 00")), None);
    let told = |exchange: &Exchange| {
        let found = problems(exchange);
        found.into_iter().filter(|(_, problem)| problem.rule == "D07").map(|(_, problem)| problem.message).collect()
    };
    let open: Vec<String> = told(&exchange);
    assert_eq!(open, ["the recording ends here, and it is the server's turn"]);
    let client = Some(Direction::Frontend);
    for (closing, said) in [
        (
            Closing { is_over: true, ..Closing::default() },
            "the connection was closed here, and it was the server's turn",
        ),
        (Closing { first: client, ..Closing::default() }, "the recording ends here, and it is the server's turn"),
        (
            Closing { first: client, is_over: true, ..Closing::default() },
            "the client closed the connection here, and it was the server's turn",
        ),
        (
            Closing { reset: client, is_over: true, ..Closing::default() },
            "the client broke the connection off here, and it was the server's turn",
        ),
    ] {
        exchange.recorded.get_or_insert_default().closing = closing;
        assert_eq!(told(&exchange), [said]);
    }
}

#[test]
fn truncation_anywhere_is_said_once() {
    let whole = bytes("51 0000000e 'SELECT 1;' 00");
    for length in 1..whole.len() {
        let cut = Stream::raw(whole[..length].to_vec());
        let found = problems(&Exchange::one_sided(Direction::Frontend, cut, Sides::Given));
        assert_eq!(found.iter().map(|(_, problem)| problem.rule).collect::<Vec<_>>(), ["D03"], "{length}");
    }
}

#[test]
fn start_up() {
    use Direction::Frontend;
    check(Frontend, "0000000f 00030000 'user' 00 'a' 00", &[("L11", "zero byte")]);
    check(Frontend, "00000014 00030000 'user' 00 'a' 00 00", &[("L12", "four long")]);
    check(Frontend, "00000000 00030000 'user' 00 'a' 00 00", &[("L12", "16 short")]);
    check(Frontend, "7fffffff", &[("L12", "2147483647")]);
    check(Frontend, "00000010", &[("D03", "12 more bytes")]);
}

/// What is told of the first problem, and the edits of its mend as `start..end: bytes`.
fn mended(direction: Direction, text: &str) -> (String, String, String) {
    let exchange = Exchange::one_sided(direction, Stream::raw(bytes(text)), Sides::Given);
    let index = Index::new(&exchange);
    let mut tree = Tree::new();
    index.tree(&exchange, 0, &mut tree);
    let problems = index.problems_with_mends(&exchange, 0, &tree);
    let problem = problems.first().expect("something is wrong");
    let fix = problem.fix.as_ref();
    let edits = fix.map_or(&[][..], |fix| &fix.edits).iter().map(|edit| {
        let bytes: String = edit.bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        format!("{}..{}: {bytes}", edit.span.start, edit.span.end)
    });
    let edits = edits.collect::<Vec<_>>().join(", ");
    (problem.expected.clone(), fix.map(|fix| fix.words.clone()).unwrap_or_default(), edits)
}

#[test]
fn mends_of_several_bytes() {
    use Direction::{Backend, Frontend};
    for (direction, text, expected, words, edits) in [
        (
            Backend,
            "44 0000000f 0002 00000003 'abc' ffff",
            "ff ff ff ff",
            "write the -1 of the NULL in four bytes: ff ff ff ff, and write 00 00 00 11 for the length of the message",
            "1..5: 00000011, 14..14: ffff",
        ),
        (
            Backend,
            "44 00000013 0002 00000004 'abc' 00000002 'de' 5a00000005 'I'",
            "3 (00 00 00 03)",
            "write 00 00 00 03 for the length of column 1",
            "7..11: 00000003",
        ),
        (
            Backend,
            "44 00000013 0003 00000003 'abc' 00000002 'de'",
            "2 (00 02)",
            "write 00 02 for the column count",
            "5..7: 0002",
        ),
        (
            Backend,
            "54 00000026 0002 'a' 00 00000000 0000 00000017 0004 0000 'b' 00 00000000 0000 00000019 ffff 0000",
            "type modifier",
            "put the type modifier into each column, and write 00 00 00 2e for the length of the message",
            "1..5: 0000002e, 21..21: ffffffff, 37..37: ffffffff",
        ),
        (
            Frontend,
            "51 0000000d 'SELECT 1;'",
            "text and a zero byte",
            "put a zero byte at the end, and write 00 00 00 0e for the length of the message",
            "1..5: 0000000e, 14..14: 00",
        ),
        (
            Frontend,
            "0000000f 00030000 'user' 00 'a' 00",
            "one more zero byte behind the last entry",
            "put a zero byte at the end, and write 00 00 00 10 for the length of the message",
            "0..4: 00000010, 15..15: 00",
        ),
        (
            Frontend,
            "42 00000014 00 00 0000 0001 00000006 'abcdef'",
            "2 bytes of format count",
            "put the count at the end: 00 00 for none, and write 00 00 00 16 for the length of the message",
            "1..5: 00000016, 21..21: 0000",
        ),
        // Only one length fits, but it is too far off to be sure that it is the length that is wrong.
        (Backend, "44 0000000d 0001 00000064 'abc'", "3 (00 00 00 03), which is all that is left", "", ""),
        // Two ways.
        (Backend, "44 00000012 0002 00000001 00000004 00000000", "3 (00 00 00 03), which is all that is left", "", ""),
    ] {
        let mended = mended(direction, text);
        assert_eq!((mended.0.as_str(), mended.1.as_str(), mended.2.as_str()), (expected, words, edits), "{text}");
    }
}

#[test]
fn a_habit_is_told_from_an_accident() {
    use Direction::Frontend;
    let right = "51 0000000e 'SELECT 1;' 00";
    let short = "51 0000000a 'SELECT 1;' 00";
    let accident = "four bytes too many stand in the message";
    check(Frontend, &format!("{right} {short} {right}"), &[("L01", accident)]);
    check(Frontend, short, &[("L01", accident)]);
    let habit = "as others are: it seems to leave out its own four bytes";
    check(Frontend, &format!("{short} {short}"), &[("L01", habit), ("L01", habit)]);
}

#[test]
fn a_bind_that_is_thrown_away_is_held_against_the_statement_it_was_for() {
    let text = r#"
(started)
F Parse "" "SELECT 1 / $1::int4"
F Bind "" "" [] ["0"] []
F Execute
F Parse "" "SELECT 3"
F Bind "" "" [] [] []
F Execute
F Sync
B ParseComplete
B BindComplete
B ErrorResponse [("S" "ERROR") ("V" "ERROR") ("C" "22012") ("M" "division by zero")]
B ReadyForQuery idle
"#;
    let exchange = pgscope_session::rules::exchange(text).expect("an exchange");
    let found = problems(&exchange);
    assert!(found.is_empty(), "{found:?}");
    // Behind the Sync the server looks again: the Parse that it threw away made nothing.
    let wrong = format!("{text}F Bind \"\" \"\" [] [] []\nF Sync\n");
    let exchange = pgscope_session::rules::exchange(&wrong).expect("an exchange");
    let found = problems(&exchange);
    assert_eq!(found.first().map(|(number, problem)| (*number, problem.rule)), Some((17, "L31")), "{found:?}");
}

#[test]
fn a_base_backup_ends_with_a_result_of_its_own() {
    let text = r#"
(started)
F Query "BASE_BACKUP (LABEL 'b', PROGRESS)"
B RowDescription [("recptr" 0 0 25 -1 -1 text)]
B DataRow ["0/2000028"]
B CommandComplete "SELECT"
B CopyOutResponse text []
B CopyData "nbase.tar"
B CopyDone
B RowDescription [("recptr" 0 0 25 -1 -1 text)]
B DataRow ["0/2000100"]
B CommandComplete "SELECT"
B CommandComplete "BASE_BACKUP"
B ReadyForQuery idle
"#;
    let found = problems(&pgscope_session::rules::exchange(text).expect("an exchange"));
    assert!(found.is_empty(), "{found:?}");
    let copy = text
        .replace("BASE_BACKUP (LABEL 'b', PROGRESS)", "COPY t TO STDOUT")
        .replace("B CommandComplete \"BASE_BACKUP\"\n", "");
    let rules: Vec<_> = problems(&pgscope_session::rules::exchange(&copy).expect("an exchange"));
    assert!(rules.iter().any(|(_, problem)| problem.rule == "L44"), "{rules:?}");
}

#[test]
fn a_startup_in_the_clear_where_tls_was_agreed_is_told_unless_it_is_answered() {
    let said = |answer: &str| {
        let text =
            format!("F SSLRequest\nB SSLResponseS\nF StartupMessage 3.0 [(user alice) (database shop)]\n{answer}");
        problems(&pgscope_session::rules::exchange(&text).expect("an exchange"))
    };
    let told: Vec<_> = said("").into_iter().filter(|(_, problem)| problem.rule == "L10").collect();
    let [(2, problem)] = told.as_slice() else { panic!("{told:?}") };
    assert!(problem.message.contains("yes to TLS") && problem.because[0].number == 1, "{problem:?}");
    // Recorded inside TLS.
    let inside = said("B AuthenticationOk\nB BackendKeyData 4242 \\x3e119a7a\nB ReadyForQuery idle\n");
    assert!(inside.is_empty(), "{inside:?}");
}

/// As pg_basebackup does, whose two processes share a connection.
#[test]
fn whoever_takes_leave_twice_is_not_told() {
    let rules = |last: &str| {
        let mut exchange = Exchange { order: pgscope_proto::Order::Recorded, ..Exchange::default() };
        let (query, answer) = ("51 0000000d 'SELECT 1' 00", "49 00000004 5a 00000005 'I'");
        for (direction, text) in [
            (Direction::Frontend, query),
            (Direction::Backend, answer),
            (Direction::Frontend, "58 00000004"),
            (Direction::Frontend, last),
        ] {
            exchange.push(direction, &Stream::raw(bytes(text)), None);
        }
        problems(&exchange).iter().map(|(_, problem)| problem.rule).collect::<Vec<_>>()
    };
    assert_eq!(rules("58 00000004"), [""; 0]);
    assert_eq!(rules("53 00000004"), ["L62"]);
}

#[test]
fn what_servers_do_is_not_told_from_sql_alone() {
    let found = |text: &str| {
        let exchange = pgscope_session::rules::exchange(text).expect("an exchange");
        problems(&exchange).iter().map(|(_, problem)| problem.rule).collect::<Vec<_>>()
    };
    let round = |sql: &str, values: &str, answer: &str| {
        format!("(started)\nF Parse \"\" \"{sql}\"\nF Bind \"\" \"\" [] [{values}] []\nF Execute\nF Sync\n{answer}")
    };
    let done =
        |tag: &str| format!("B ParseComplete\nB BindComplete\nB CommandComplete \"{tag}\"\nB ReadyForQuery idle\n");
    assert_eq!(found(&round("PREPARE p AS SELECT $1::int", "", &done("PREPARE"))), [""; 0]);
    assert_eq!(
        found(&round("CREATE FUNCTION f(int) RETURNS int RETURN $1 + 1", "", &done("CREATE FUNCTION"))),
        [""; 0]
    );
    assert_eq!(found(&round("INSERT INTO t VALUES ($1)", "", &done("INSERT 0 1"))), ["L31"]);
    // It could not be prepared.
    let failed = "B ErrorResponse [(\"S\" \"ERROR\") (\"V\" \"ERROR\") (\"C\" \"42601\") (\"M\" \"syntax error\")]\nB ReadyForQuery idle\n";
    assert_eq!(found(&round("selec", "\"1\"", failed)), [""; 0]);
}

#[test]
fn a_copy_begins_with_its_response() {
    let found = |query: &str, answer: &str| {
        let text = format!(
            "F StartupMessage 3.0 [(user alice) (database shop)]\nB AuthenticationOk\nB BackendKeyData 4242 \\x3e119a7a\nB ReadyForQuery idle\nF Query \"{query}\"\n{answer}B CommandComplete \"COPY 1\"\nB ReadyForQuery idle\n"
        );
        let exchange = pgscope_session::rules::exchange(&text).expect("an exchange");
        problems(&exchange).iter().map(|(_, problem)| problem.rule).collect::<Vec<_>>()
    };
    let copied = "B CopyInResponse text [text text]\nF CopyData \"1\\tfig\\n\"\nF CopyDone\n";
    assert_eq!(found("COPY t FROM STDIN", copied), [""; 0]);
    assert_eq!(found("COPY t FROM STDIN", ""), ["L57"]);
    assert_eq!(found("COPY t TO STDOUT", ""), ["L57"]);
    assert_eq!(found("COPY t FROM '/tmp/t'", ""), [""; 0]);
    assert_eq!(found("COPY t TO PROGRAM 'cat'", ""), [""; 0]);
}
