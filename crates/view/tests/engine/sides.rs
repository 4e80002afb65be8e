//! Who sent it, where the input does not say it: of each piece, of two raw streams, and of what is turned round.

use pgscope_view::engine::{Candidate, Engine, Input, Load, Loaded, Piece, Reply, Request, Written};

use crate::ask;

const LINES: &str =
    "51 00 00 00 0a 42 45 47 49 4e 00\n43 00 00 00 0a 42 45 47 49 4e 00 5a 00 00 00 05 54\n58 00 00 00 04";
const NAMED: &str = "alice: 5a 00 00 00 05 49\nbob: 51 00 00 00 0a 42 45 47 49 4e 00\nalice: 5a 00 00 00 05 54";
const CLIENT: &[u8] = b"Q\0\0\0\x0eSELECT 1;\0X\0\0\0\x04";
const SERVER: &[u8] = b"C\0\0\0\x0dSELECT 1\0Z\0\0\0\x05I";

fn loaded(engine: &mut Engine, load: Load) -> Loaded {
    match ask(engine, Request::Load(load)) {
        Reply::Loaded(loaded) => *loaded,
        other => panic!("{other:?}"),
    }
}

fn turned(text: &str, turn: &[&str]) -> (Loaded, Vec<Piece>) {
    let mut engine = Engine::default();
    let turn = turn.iter().map(|which| (*which).to_owned()).collect();
    let loaded = loaded(&mut engine, Load { input: Input::Text(text.to_owned()), turn, ..Load::default() });
    match ask(&mut engine, Request::Pieces { from: 0, to: 100 }) {
        Reply::Pieces(pieces) => (loaded, pieces),
        other => panic!("{other:?}"),
    }
}

fn told(pieces: &[Piece]) -> Vec<String> {
    pieces.iter().map(|one| format!("{} {} {}", one.direction, one.name, one.line.map_or(0, |line| line + 1))).collect()
}

#[test]
fn each_piece_says_whose_it_is_and_is_turned_round() {
    let (loaded, pieces) = turned(LINES, &[]);
    assert_eq!(told(&pieces), ["frontend Query 1", "backend CommandComplete 2", "frontend Terminate 3"]);
    assert_eq!((loaded.pieces, loaded.labels.len()), (3, 0));
    let (_, pieces) = turned(LINES, &["3"]);
    assert_eq!(pieces.iter().map(|piece| piece.is_turned).collect::<Vec<_>>(), [false, false, true]);
    assert_eq!(pieces[2].direction, "backend");
}

#[test]
fn what_may_be_said_of_pieces_is_about_all_of_them() {
    let taken = |senders: &[Candidate]| senders.iter().map(|one| (one.name.to_string(), one.taken)).collect::<Vec<_>>();
    let (loaded, _) = turned(LINES, &[]);
    let expected = [("both, piece by piece", true), ("all by the frontend", false), ("all by the backend", false)];
    assert_eq!(taken(&loaded.senders), expected.map(|(name, taken)| (name.to_owned(), taken)));
    let [each, alone @ ..] = loaded.senders.as_slice() else { panic!("three readings") };
    assert!(alone.iter().all(|one| one.percent < each.percent), "{:?}", loaded.senders);
}

#[test]
fn what_the_input_calls_its_ends_is_turned_round_together() {
    let names = |loaded: &Loaded| {
        loaded.labels.iter().map(|one| (one.name.clone(), one.frontend, one.backend)).collect::<Vec<_>>()
    };
    let (loaded, _) = turned(NAMED, &[]);
    assert_eq!(names(&loaded), [("alice".to_owned(), 0, 2), ("bob".to_owned(), 1, 0)]);
    let (loaded, _) = turned(NAMED, &["alice"]);
    assert_eq!(names(&loaded), [("alice".to_owned(), 2, 0), ("bob".to_owned(), 1, 0)]);
    // Where the input says whose is whose, or there is one piece alone, nothing is asked.
    for text in ["F: 58 00 00 00 04\nB: 5a 00 00 00 05 49", "58 00 00 00 04"] {
        let (loaded, _) = turned(text, &[]);
        assert_eq!((loaded.pieces, loaded.labels.len()), (0, 0), "{text}");
    }
}

#[test]
fn two_raw_streams_are_one_exchange_and_stay_so_when_bytes_are_put_in() {
    for (first, second) in [(CLIENT, SERVER), (SERVER, CLIENT)] {
        let mut engine = Engine::default();
        let input = Input::Bytes([first, second].concat());
        let split = Some(first.len());
        let before = loaded(&mut engine, Load { input, split, ..Load::default() });
        assert_eq!((before.messages, before.split, before.order_inferred), (4, split, true));
        let query = rows(&mut engine).iter().position(|name| name == "Query").expect("a query");
        for (number, at) in
            [(query, 5), (rows(&mut engine).iter().position(|name| name == "ReadyForQuery").expect("an end"), 5)]
        {
            let Reply::Written(Written::Change(change)) =
                ask(&mut engine, Request::Write { number, start: at, end: at, bytes: vec![0x41] })
            else {
                panic!("a change");
            };
            let inverse = change.inverse();
            let longer = change.start < first.len();
            let now = loaded(&mut engine, Load { input: Input::Changed(change), split, ..Load::default() });
            assert_eq!(now.split, Some(first.len() + usize::from(longer)), "{number}");
            let back =
                loaded(&mut engine, Load { input: Input::Changed(inverse), split: now.split, ..Load::default() });
            assert_eq!((back.messages, back.split), (4, split));
        }
    }
}

fn rows(engine: &mut Engine) -> Vec<String> {
    match ask(engine, Request::Rows { from: 0, to: 10 }) {
        Reply::Rows(rows) => rows.iter().map(|row| row.name.to_string()).collect(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn who_sent_raw_bytes_is_told() {
    let sender = |bytes: &[u8]| match ask(&mut Engine::default(), Request::WhoSent(bytes.to_vec())) {
        Reply::Text(name) => Some(name),
        _ => None,
    };
    assert_eq!(sender(CLIENT).as_deref(), Some("frontend"));
    assert_eq!(sender(SERVER).as_deref(), Some("backend"));
    assert_eq!(sender(b""), None);
}

#[test]
fn other_connections_that_have_what_is_found_are_named() {
    let capture = include_bytes!("../../../../tests/fixtures/captures/pcap-odd/merged.pcapng");
    let mut engine = Engine::default();
    let all = loaded(&mut engine, Load { input: Input::Bytes(capture.to_vec()), ..Load::default() }).connections;
    let mut elsewhere = |text: &str, messages: usize| {
        ask(&mut engine, Request::Find(text.to_owned()));
        loop {
            match ask(&mut engine, Request::Elsewhere { messages }) {
                Reply::Elsewhere(found) if found.is_done => return found.connections,
                Reply::Elsewhere(_) => {}
                other => panic!("{other:?}"),
            }
        }
    };
    for messages in [1, 7, 100_000] {
        assert_eq!(elsewhere("ReadyForQuery", messages), (1..all).collect::<Vec<_>>());
        assert_eq!(elsewhere("nothing is called so", messages), Vec::<usize>::new());
    }
}
