//! Damaged client streams: what real servers of both editions answered is what the simulated one answers.

use std::path::Path;

use pgscope_proto::Direction;
use pgscope_sim::{Edition, Encryption, Played, Random, Raw, Simulation, Wire};
use serde::Deserialize;

use crate::worlds::{recorded, said};

#[derive(Deserialize)]
struct Case {
    name: String,
    what: String,
    steps: Vec<usize>,
    end: String,
    pg15: Answered,
    pg18: Answered,
}

#[derive(Deserialize)]
struct Answered {
    messages: Vec<String>,
    severity: Option<String>,
    sqlstate: Option<String>,
    message: Option<String>,
    closed: bool,
    closed_by: Option<String>,
    timeout: bool,
    #[serde(default)]
    more: Vec<More>,
    detail: Option<String>,
}

#[derive(Deserialize)]
struct More {
    severity: String,
    sqlstate: String,
    message: String,
}

const BETWEEN_STEPS_US: u64 = 300_000;
const HELD_US: u64 = 1_200_000;

fn folder() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/captures/damaged")
}

fn play(case: &Case, edition: Edition) -> Played {
    let stream = std::fs::read(folder().join(format!("{}.client.bin", case.name))).expect("a stream");
    let mut rest = stream.as_slice();
    let mut pieces = Vec::new();
    for (number, length) in case.steps.iter().enumerate() {
        let (piece, after) = rest.split_at((*length).min(rest.len()));
        pieces.push((if number == 0 { 0 } else { BETWEEN_STEPS_US }, piece.to_vec()));
        rest = after;
    }
    let tls = if case.name.contains("accepted") { Encryption::Accepted } else { Encryption::Refused };
    let mut simulation = Simulation::new(recorded(edition, tls), Wire::default(), Random::seeded(1));
    let steps = case.steps.len() as u64;
    simulation.connect_raw(Raw::new(Direction::Frontend, pieces, case.end == "shut"));
    simulation.run_until(steps * BETWEEN_STEPS_US + HELD_US)
}

/// What differs, in words.
fn differences(played: &Played, expected: &Answered) -> Vec<String> {
    let bytes = &played.main().exchange.stream(Direction::Backend).bytes;
    let replies = expected.messages.iter().filter(|name| name.starts_with("byte:")).count();
    let said = said(bytes, replies);
    let mut differences = Vec::new();
    let mut compare = |what: &str, ours: String, theirs: String| {
        if ours != theirs {
            differences.push(format!("{what}: {ours}, not {theirs}"));
        }
    };
    let tags: Vec<_> = said.iter().map(|message| message.tag.clone()).collect();
    compare("messages", tags.join(" "), expected.messages.join(" "));
    let first = expected.severity.clone().map(|severity| {
        (severity, expected.sqlstate.clone().unwrap_or_default(), expected.message.clone().unwrap_or_default())
    });
    let more = expected.more.iter().map(|more| (more.severity.clone(), more.sqlstate.clone(), more.message.clone()));
    let theirs: Vec<_> = first.into_iter().chain(more).collect();
    let ours: Vec<_> = said.iter().filter_map(|message| message.report.clone()).collect();
    compare("reports", format!("{ours:?}"), format!("{theirs:?}"));
    let by_server = played.main().states[1] == "closed";
    compare("closed", by_server.to_string(), expected.closed.to_string());
    let how = played.main().closed_by.filter(|(end, _)| *end == Direction::Backend);
    let how = how.map(|(_, reset)| if reset { "RST" } else { "FIN" });
    if by_server {
        compare("closed by", format!("{how:?}"), format!("{:?}", expected.closed_by.as_deref()));
    }
    let waits = !by_server && said.last().is_some_and(|last| last.tag != "Z");
    compare("waits for more", waits.to_string(), expected.timeout.to_string());
    if let Some(detail) = &expected.detail {
        let bytes = String::from_utf8_lossy(bytes);
        compare("detail", bytes.contains(detail.as_str()).to_string(), "true".to_owned());
    }
    differences
}

#[test]
fn the_simulated_server_answers_damaged_streams_as_the_real_ones_did() {
    let text = std::fs::read_to_string(folder().join("damaged.json")).expect("the list");
    let cases: Vec<Case> = serde_json::from_str(&text).expect("a list of cases");
    assert_eq!(cases.len(), 69);
    let mut wrong = Vec::new();
    for case in &cases {
        for (edition, expected) in [(Edition::Fifteen, &case.pg15), (Edition::Eighteen, &case.pg18)] {
            let found = differences(&play(case, edition), expected);
            wrong.extend(found.into_iter().map(|text| format!("{} ({}) {edition:?}: {text}", case.name, case.what)));
        }
    }
    assert!(wrong.is_empty(), "{} differ:\n{}", wrong.len(), wrong.join("\n"));
}
