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

/// What bytes do not show, with the reason.
const UNSEEN: &[(&str, &str)] = &[
    ("077-query-bad-utf8", "which encoding the server converts to is its own business"),
    ("087-bind-result-format-count", "only the server's parser knows the columns before they are described"),
    ("107-describe-unknown", "a name may come from SQL, and the server's own words say that it did not"),
    ("131-function-arg-count", "only the catalogue knows how many arguments a function takes"),
    ("133-function-bad-length", "only the catalogue knows the type of an argument"),
];

/// Where a real server complains of what a client sent, so does the linter.
#[test]
fn what_real_servers_complain_of_is_found() {
    use pgscope_proto::{Exchange, Severity, Sides, Stream, Tree};
    use pgscope_view::Indexed;

    let text = std::fs::read_to_string(folder().join("damaged.json")).expect("the list");
    let cases: Vec<Case> = serde_json::from_str(&text).expect("a list of cases");
    let (mut count, mut missed) = (0, Vec::new());
    for case in &cases {
        // What a client gets wrong in SQL or in a password, its bytes do not show; nor what a server does by itself.
        let is_of_protocol = |answered: &Answered| {
            matches!(
                answered.sqlstate.as_deref(),
                Some("08P01" | "0A000" | "22021" | "22P03" | "26000" | "34000" | "28000")
            )
        };
        if !is_of_protocol(&case.pg15) || !is_of_protocol(&case.pg18) {
            continue;
        }
        let read = |ending: &str| std::fs::read(folder().join(format!("{}.{ending}", case.name))).unwrap_or_default();
        let mut exchange = Exchange { sides: Sides::Given, ..Exchange::default() };
        exchange.push(Direction::Frontend, &Stream::raw(read("client.bin")), None);
        exchange.push(Direction::Backend, &Stream::raw(read("pg15.server.bin")), None);
        exchange.order = pgscope_proto::Order::Unknown;
        let indexed = Indexed::new(exchange);
        let mut tree = Tree::new();
        let all = (0..indexed.index.len()).filter_map(|number| indexed.open(number, &mut tree));
        let worst = all.filter_map(|(_, problems)| pgscope_session::worst(&problems)).max();
        count += 1;
        if worst < Some(Severity::Warning) && !UNSEEN.iter().any(|(name, _)| *name == case.name) {
            missed.push(format!("{}: {} {:?}", case.name, case.what, case.pg15.message));
        }
    }
    eprintln!("{count} damaged streams that servers complain of, {} not found", missed.len());
    assert!(missed.is_empty(), "{} of {count} missed:\n{}", missed.len(), missed.join("\n"));
    assert!(count > 30, "only {count}");
}
