//! Pieces of which nothing says who sent them: each has a direction of its own, which is guessed, and which a person turns round.

use pgscope_proto::{Direction, Exchange, Origin};
use pgscope_view::Indexed;
use pgscope_view::capture::{Options, read_text};

/// The messages of a text, each with the letter of its direction.
fn messages(text: &str, turn: &[&str]) -> (String, Vec<Indexed>) {
    let mut exchanges = read_text(text, &Options::default()).exchanges;
    let turned = |exchange: &mut Exchange| turn.iter().map(|which| exchange.turn(which)).sum::<usize>();
    assert!(exchanges.iter_mut().map(turned).sum::<usize>() >= turn.len(), "all are found");
    let all: Vec<Indexed> = exchanges.into_iter().map(Indexed::new).collect();
    let entries =
        all.iter().flat_map(|indexed| (0..indexed.index.len()).filter_map(|number| indexed.index.entry(number)));
    let names = entries.map(|entry| format!("{} {}", entry.direction.letter(), entry.message.name()));
    (names.collect::<Vec<_>>().join(", "), all)
}

const CASES: [(&str, &str); 12] = [
    ("510000000a424547494e00\n5a0000000549", "F Query, B ReadyForQuery"),
    (
        "51 00 00 00 0a 42 45 47 49 4e 00\n43 00 00 00 0a 42 45 47 49 4e 00 5a 00 00 00 05 54",
        "F Query, B CommandComplete, B ReadyForQuery",
    ),
    // A message that was wrapped holds its lines together.
    (
        "51 00 00 00 0a 42 45\n47 49 4e 00\n43 00 00 00 0a 42\n45 47 49 4e 00\n58 00 00 00 04",
        "F Query, B CommandComplete, F Terminate",
    ),
    ("0000000804d2162f\n4e\n0000001100030000757365720078000000", "F SSLRequest, B SSLResponse N, F StartupMessage"),
    ("b\"Q\\x00\\x00\\x00\\x0aBEGIN\\x00\"\nb\"Z\\x00\\x00\\x00\\x05T\"", "F Query, B ReadyForQuery"),
    ("[81, 0, 0, 0, 10, 66, 69, 71, 73, 78, 0]\n[90, 0, 0, 0, 5, 84]", "F Query, B ReadyForQuery"),
    ("UQAAAApCRUdJTgA=\nWgAAAAVJ", "F Query, B ReadyForQuery"),
    (
        "00000000: 5100 0000 0a42 4547 494e 00  Q....BEGIN.\n\n00000000: 5a00 0000 0554  Z....T",
        "F Query, B ReadyForQuery",
    ),
    // Two directions that take turns at offsets of their own, without what indents one of them.
    (
        "0000021c  51 00 00 00 0a 42 45 47  49 4e 00  Q....BEG IN.\n000002a6  5a 00 00 00 05 54  Z....T\n00000227  58 00 00 00 04  X....",
        "F Query, B ReadyForQuery, F Terminate",
    ),
    ("Here it is:\n\n510000000a424547494e00\n\nThen I see\n\n5a0000000554\n", "F Query, B ReadyForQuery"),
    (
        "alice: 5a0000000549\nbob: 510000000a424547494e00\nalice: 5a0000000554",
        "B ReadyForQuery, F Query, B ReadyForQuery",
    ),
    // One end alone is one end.
    ("5000000016007331002853454c4543542031290000\n5300000004\n5800000004", "F Parse, F Sync, F Terminate"),
];

#[test]
fn each_piece_has_a_direction_of_its_own() {
    for (text, expected) in CASES {
        assert_eq!(messages(text, &[]).0, expected, "{text}");
    }
}

#[test]
fn what_is_guessed_is_said_to_be_and_what_is_given_is_not() {
    let (_, all) = messages(CASES[0].0, &[]);
    let indexed = all.first().expect("one connection");
    assert!(indexed.guess.is_by_piece);
    assert!(indexed.exchange.segments.iter().all(|segment| segment.origin == Origin::Unknown));
    let (_, all) = messages("F: 510000000a424547494e00\nB: 5a0000000549", &[]);
    let given = all.first().map(|indexed| (indexed.guess, indexed.exchange.segments[0].origin));
    assert!(given.is_some_and(|(guess, origin)| guess.sides.is_none() && origin == Origin::Given));
}

#[test]
fn one_piece_or_all_of_a_label_are_turned_round() {
    let (names, all) = messages(CASES[0].0, &["2"]);
    assert_eq!(names, "F Query, F Unknown message");
    let segments = &all.first().expect("one connection").exchange.segments;
    assert_eq!(segments.iter().map(|segment| segment.origin).collect::<Vec<_>>(), [Origin::Unknown, Origin::Said]);
    let text = "client: 5a0000000549\nserver: 510000000a424547494e00\nclient: 5a0000000554";
    let (names, _) = messages(text, &["client", "server"]);
    assert_eq!(names, "B ReadyForQuery, F Query, B ReadyForQuery");
}

#[test]
fn a_body_without_its_head_is_completed_and_said_to_be() {
    let (names, all) = messages("53 45 4c 45 43 54 20 31 20 41 53 20 78 00", &[]);
    let indexed = all.first().expect("one connection");
    assert_eq!((names.as_str(), indexed.exchange.segments[0].direction), ("F Query", Direction::Frontend));
    assert_eq!(indexed.guess.body_of.map(|message| message.name()), Some("Query"));
}
