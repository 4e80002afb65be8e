use pgscope_sim::{Choices, Scenario, shipped};

use super::lay::{MARGIN, WIDTH, wide};
use super::*;

/// Every scenario as it is played, all its connections.
pub(crate) fn played() -> Vec<(&'static str, Vec<Indexed>)> {
    let play = |shipped: &shipped::Shipped| {
        let played = Scenario::read(shipped.text, &Choices::default()).expect("a scenario").play();
        let connections = played.connections.into_iter().map(|connection| Indexed::new(connection.exchange));
        (shipped.name, connections.collect())
    };
    shipped::ALL.iter().map(play).collect()
}

fn sequence(connections: &[Indexed], choice: &Choice) -> Sequence {
    Sequence::of(&connections.iter().collect::<Vec<_>>(), choice).expect("its step is there")
}

#[test]
fn each_message_is_one_arrow_and_rows_do_not_overlap() {
    for (name, connections) in played() {
        let count: usize = connections.iter().map(|indexed| indexed.index.len()).sum();
        for folds in [true, false] {
            let sequence = sequence(&connections, &Choice { folds, segments: true, ..Choice::default() });
            assert_eq!(sequence.rows.iter().map(|row| row.count).sum::<usize>(), count, "{name}");
            assert_eq!(sequence.left_out, 0, "{name}");
            let numbers: Vec<usize> = sequence.rows.iter().flat_map(|row| row.number..row.number + row.count).collect();
            assert_eq!(numbers, (1..=count).collect::<Vec<_>>(), "{name}");
            for pair in sequence.rows.windows(2) {
                assert_eq!(pair[0].y.0 + pair[0].y.1, pair[1].y.0, "{name}");
            }
            let last = sequence.rows.last().expect("a row");
            assert!(last.y.0 + last.y.1 <= sequence.size.1, "{name}");
            assert!(folds || sequence.rows.iter().all(|row| row.count == 1), "{name}");
        }
    }
}

#[test]
fn text_has_room_and_ends_stand_apart() {
    for (name, connections) in played() {
        let sequence = sequence(&connections, &Choice::default());
        assert_eq!(sequence.lifelines.len(), connections.len() + 1, "{name}");
        assert!(sequence.lifelines.windows(2).all(|pair| pair[0].x + 40 < pair[1].x), "{name}");
        assert!(sequence.lifelines.iter().all(|lifeline| lifeline.x < sequence.size.0), "{name}");
        for row in &sequence.rows {
            let name_width = wide(row.name) * 8 + 60;
            let says = wide(&row.says) * 74 / 10;
            assert!(TEXT + name_width + says < WIDTH - MARGIN + 60, "{name}: {} {}", row.name, row.says);
            assert_ne!(row.from, row.to);
        }
        for lifeline in &sequence.lifelines {
            assert!(lifeline.stretches.windows(2).all(|pair| pair[0].y.1 <= pair[1].y.0), "{name}");
        }
        for tie in &sequence.ties {
            assert!(tie.request < tie.answer && tie.answer < sequence.rows.len(), "{name}");
            assert_eq!((sequence.rows[tie.request].from, sequence.rows[tie.answer].to), (0, 0), "{name}");
        }
    }
}

#[test]
fn phases_cover_all_rows() {
    for (name, connections) in played() {
        let sequence = sequence(&connections, &Choice::default());
        let first = sequence.bands.first().expect("a band");
        assert_eq!(first.y.0, HEAD, "{name}");
        assert!(sequence.bands.windows(2).all(|pair| pair[0].y.1 == pair[1].y.0), "{name}");
    }
}

#[test]
fn a_step_survives_by_its_name_and_is_shown_in_any_case() {
    let played = played();
    let (_, connections) = played.iter().find(|(name, _)| *name == "handshake").expect("it");
    let lit = |choice: &Choice| {
        let sequence = sequence(connections, choice);
        let row = &sequence.rows[sequence.lit.expect("a lit row")];
        (row.name, row.number, row.count)
    };
    let step = |text: &str| Some(text.parse::<Step>().expect("never fails"));
    assert_eq!(lit(&Choice { step: step("3"), ..Choice::default() }), ("StartupMessage", 3, 1));
    assert_eq!(lit(&Choice { step: step("datarow 2"), ..Choice::default() }), ("DataRow", 25, 1));
    let hidden = vec!["DataRow".to_owned()];
    assert_eq!(lit(&Choice { step: step("DataRow"), hidden, ..Choice::default() }), ("DataRow", 24, 1));
    let missing = |text: &str| {
        let choice = Choice { step: step(text), ..Choice::default() };
        Sequence::of(&connections.iter().collect::<Vec<_>>(), &choice).map(|_| ()).expect_err("no such step").0
    };
    assert_eq!(missing("99"), "there is no message 99: they are 1 to 29");
    assert_eq!(missing("DataRow 7"), "there is no DataRow 7: there are 3 of that name");
    assert!(missing("Bind").starts_with("there is no message Bind; there are SSLRequest, "));
}

#[test]
fn what_is_left_out_is_counted() {
    let played = played();
    let (_, connections) = played.iter().find(|(name, _)| *name == "handshake").expect("it");
    let choice = Choice {
        messages: ranges("3-9, 22-").expect("ranges"),
        hidden: vec!["parameterstatus".to_owned()],
        ..Choice::default()
    };
    let sequence = sequence(connections, &choice);
    let numbers: Vec<usize> = sequence.rows.iter().map(|row| row.number).collect();
    assert_eq!(numbers, [3, 4, 22, 23, 24, 27, 28, 29]);
    assert_eq!(sequence.left_out, 29 - 10);
    for wrong in ["", "0-3", "9-3", "a", "3-x", "3,,4"] {
        assert!(ranges(wrong).is_err(), "{wrong}");
    }
}

#[test]
fn a_further_connection_has_a_lifeline_and_its_place_in_time() {
    let played = played();
    let (_, connections) = played.iter().find(|(name, _)| *name == "cancel").expect("it");
    let sequence = sequence(connections, &Choice::default());
    let names: Vec<&str> = sequence.lifelines.iter().map(|lifeline| lifeline.name.as_str()).collect();
    assert_eq!(names, ["client", "server", "server 2"]);
    let cancel = sequence.rows.iter().position(|row| row.name == "CancelRequest").expect("it is there");
    assert_eq!((sequence.rows[cancel].to, sequence.rows[cancel - 1].name), (2, "Query"));
}

#[test]
fn an_end_that_waits_is_seen_waiting() {
    let played = played();
    let (_, connections) = played.iter().find(|(name, _)| *name == "simple-query").expect("it");
    let sequence = sequence(connections, &Choice::default());
    let query = sequence.rows.iter().find(|row| row.name == "Query").expect("a query");
    let at = |end: usize| {
        let stretches = &sequence.lifelines[end].stretches;
        stretches.iter().find(|stretch| stretch.y.0 <= query.y.0 && query.y.0 < stretch.y.1).expect("a stretch")
    };
    assert_eq!(at(0).waits_for, None);
    assert!(at(1).waits_for.is_some());
}
