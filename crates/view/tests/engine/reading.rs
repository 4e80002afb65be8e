//! What was recognised, and what each message says.

use pgscope_view::engine::*;

use crate::{ONE_SHORT, load, text};

#[test]
fn the_input_is_told_in_words() {
    let cases = [
        (ONE_SHORT, "hex, 15 bytes, frontend (guessed), 1 messages, first 0"),
        ("F: 53 00 00 00 04\nB: 5a 00 00 00 05 49", "hex, 11 bytes, both directions, 2 messages, first 0"),
        (
            "00000000: 5a00 0000 0549                           Z....I",
            "xxd dump, 6 bytes, backend (guessed), 1 messages, first 0",
        ),
        ("", "hex, 0 bytes, , 0 messages, first 0"),
    ];
    for (input, expected) in cases {
        let Loaded { form_name, bytes, sides, sides_guessed, messages, first, .. } = text(input).loaded;
        let guessed = if sides_guessed { " (guessed)" } else { "" };
        let told = format!("{form_name}, {bytes} bytes, {sides}{guessed}, {messages} messages, first {first}");
        assert_eq!(told, expected, "{input}");
    }
}

#[test]
fn what_could_not_be_read_is_located_in_the_units_of_the_dom() {
    let loaded = text("# “😀” frontend\n51 00 00 00 0").loaded;
    let [problem] = loaded.problems.as_slice() else { panic!("{:?}", loaded.problems) };
    assert_eq!((problem.line, problem.column), (2, 13));
    assert_eq!(problem.start, "# “😀” frontend\n".encode_utf16().count() + 12);
    assert!(text("  \n").loaded.problems.is_empty(), "nothing was pasted yet");
}

#[test]
fn only_a_whole_message_is_called_whole() {
    let cases = [
        ("F: 53 00 00 00 04", "whole message"),
        ("F: 51 00 00 00 0e 53 45", "of 15 that were announced"),
        ("F: 64 00 01 00 00 53", "of 65,537 that were announced"),
        ("F: 53 00 00 00 04 51 00 00", "the beginning of a message"),
        ("F: 00 00 00 08 04 d2", "of 8 that were announced"),
        ("F: 00 00", "the beginning of a message"),
        ("B: ff ff ff ff ff", "no message"),
    ];
    for (input, expected) in cases {
        let mut asked = text(input);
        let last = asked.loaded.messages - 1;
        assert_eq!(asked.sheet(last).extent, expected, "{input}");
    }
}

#[test]
fn guesses_are_overruled() {
    let input = || Input::Text("44 00 00 00 04".to_owned());
    assert_eq!(load(input(), None, Some("backend")).loaded.sides, "backend");
    let frontend = load(input(), None, Some("frontend")).loaded;
    assert_eq!((frontend.sides.as_ref(), frontend.sides_guessed, frontend.sides_given), ("frontend", false, false));
    let raw = load(input(), Some("raw"), None).loaded;
    assert_eq!((raw.form.as_ref(), raw.form_guessed, raw.bytes), ("raw", false, 14));
}

#[test]
fn the_same_input_is_read_again_in_another_way() {
    let mut asked = text("WgAAAAVJ");
    let again = Load { input: Input::Same, form: Some("raw".to_owned()), ..Load::default() };
    let Reply::Loaded(loaded) = asked.ask(Request::Load(again)) else { panic!() };
    assert_eq!((loaded.form.as_ref(), loaded.bytes), ("raw", 8));
}

#[test]
fn what_the_input_does_not_say_has_candidates() {
    let told = |candidates: &[Candidate]| -> Vec<String> {
        let one = |one: &Candidate| {
            format!("{}{}{}", one.id, if one.taken { " taken" } else { "" }, if one.said { " said" } else { "" })
        };
        candidates.iter().map(one).collect()
    };
    let guessed = text("5a 00 00 00 05 49").loaded;
    assert_eq!(told(&guessed.senders), ["frontend", "backend taken"]);
    assert_eq!(told(&guessed.beginnings), ["queries taken", "start", "login", "copy", "replication"]);
    assert!(guessed.senders[0].percent < 50 && guessed.senders[1].percent == 100, "{:?}", guessed.senders);
    let said = load(Input::Text("5a 00 00 00 05 49".to_owned()), None, Some("frontend")).loaded;
    assert_eq!(told(&said.senders), ["frontend taken said", "backend said"]);
    let given = text("F: 00 00 00 08 04 d2 16 2f").loaded;
    assert!(given.senders.is_empty() && given.beginnings.is_empty(), "{given:?}");
}

#[test]
fn a_field_is_found_by_its_path() {
    // A DataRow with two values.
    let mut asked = text("B: 44 00 00 00 11 00 02 00 00 00 01 41 00 00 00 02 42 43");
    let mut named = |path: &str, at| asked.place(Request::Named { number: 0, path: path.to_owned(), at });
    assert_eq!(named("datarow.columns.value", None).map(|place| (place.start, place.end)), Some((11, 12)));
    assert_eq!(named("datarow.columns.value", Some(17)).map(|place| (place.start, place.end)), Some((16, 18)));
    assert_eq!(named("datarow.columns.value", Some(2)), None);
    assert_eq!(named("query.query", None), None);
}

#[test]
fn the_input_is_given_back_if_it_is_short() {
    let mut asked = load(Input::Bytes(b"Q\0\0\0\x06;\0".to_vec()), None, None);
    assert_eq!(asked.ask(Request::Source { most: 7 }), Reply::Source(Input::Bytes(b"Q\0\0\0\x06;\0".to_vec())));
    assert_eq!(asked.ask(Request::Source { most: 6 }), Reply::Nothing);
    assert_eq!(text("51").ask(Request::Source { most: 9 }), Reply::Source(Input::Text("51".to_owned())));
}

#[test]
fn raw_bytes_have_no_lines() {
    let mut asked = load(Input::Bytes(b"Q\0\0\0\x06;\0".to_vec()), None, None);
    assert_eq!((asked.loaded.form.as_ref(), asked.loaded.lines), ("raw", 0));
    assert_eq!(asked.place(Request::AtText(0)), None);
    let text_file = load(Input::Bytes(b"51 00 00 00 06 3b 00".to_vec()), None, None);
    assert_eq!((text_file.loaded.form.as_ref(), text_file.loaded.lines), ("hex", 1));
}

#[test]
fn a_row_says_what_the_message_says_and_how_to_mend_it() {
    let rows = text(&format!("F: {ONE_SHORT}\nB: 5a 00 00 00 05 49\nF: 58 00 00 00 04")).rows(0, 10);
    let told: Vec<String> = rows
        .iter()
        .map(|row| {
            let begins = if row.begins { "┌" } else { " " };
            format!("{begins}{} {} {} {} {} {}", row.number, row.direction, row.tag, row.name, row.says, row.mend)
        })
        .collect();
    let expected =
        ["┌0 frontend Q Query SELECT 1; 0d → 0e", " 1 backend Z ReadyForQuery idle ", "┌2 frontend X Terminate  "];
    assert_eq!(told, expected);
    assert_eq!(rows[0].severity.as_deref(), Some("error"));
    assert_eq!((rows[0].offset, rows[0].length, rows[2].offset), (0, 15, 15));
}

#[test]
fn both_ends_are_named_where_the_exchange_names_them() {
    let startup = "F: 00000012 00030000 7573657200 61646100 00";
    let status = "B: 53 00000018 7365727665725f76657273696f6e00 31382e3400";
    let ends = text(&format!("{startup}\n{status}")).loaded.ends;
    assert_eq!(ends, ["ada", "18.4"]);
}

const QUERY_IN_THE_MANUAL: &str =
    "https://www.postgresql.org/docs/current/protocol-message-formats.html#PROTOCOL-MESSAGE-FORMATS-QUERY";

#[test]
fn a_message_is_told_with_its_problems() {
    let sheet = text(ONE_SHORT).sheet(0);
    assert_eq!(sheet.row.name, "Query");
    let (title, link) = &sheet.manual[0];
    assert_eq!((&**title, link.as_str()), ("Message Formats: Query (F)", QUERY_IN_THE_MANUAL));
    let [problem] = sheet.problems.as_slice() else { panic!("{:?}", sheet.problems) };
    assert_eq!((problem.start, problem.end, problem.mend.as_str()), (1, 5, "0d → 0e"));
    assert_eq!(problem.fix, "write 00 00 00 0e for the length");
}

#[test]
fn a_section_of_the_manual_is_named_once() {
    let titles = |bytes: &str| -> Vec<String> {
        text(bytes).sheet(0).manual.iter().map(|(title, _)| title.to_string()).collect()
    };
    assert_eq!(titles("B: 45 00 00 00 05 00"), ["Error and Notice Message Fields"]);
    assert_eq!(titles("B: 5a 00 00 00 05 49"), ["Message Formats: ReadyForQuery (B)", "Message Flow: Simple Query"]);
}

#[test]
fn what_is_not_there_is_answered_with_nothing() {
    let mut asked = text(ONE_SHORT);
    for request in [
        Request::Message(1),
        Request::Field { number: 0, node: 99 },
        Request::Byte { number: 7, at: 0 },
        Request::Fields { number: 9, from: 0, to: 5 },
        Request::Hex { number: 9, from: 0, to: 5, per_line: 16 },
        Request::NextProblem { number: 0, forward: true },
        Request::Marks { number: 5, start: 0, end: 1, from_line: 0, to_line: 1 },
        Request::AtText(10_000),
        Request::AtPlace { line: 4, column: 4 },
    ] {
        assert_eq!(asked.ask(request.clone()), Reply::Nothing, "{request:?}");
    }
    assert_eq!(asked.rows(5, 9), []);
    assert_eq!(
        asked.ask(Request::Problems { from: 0, to: 5, sift: Sift::default() }),
        Reply::Problems(Vec::new()),
        "nothing was checked yet"
    );
}
