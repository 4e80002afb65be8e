//! What people pasted or reported: what is wrong is found where it stands, and what is healthy is not blamed.

use std::path::{Path, PathBuf};

use pgscope_proto::{Direction, Severity, Tree};
use pgscope_view::Indexed;
use pgscope_view::capture::{Options, read};
use serde::Deserialize;

#[derive(Deserialize)]
struct Case {
    file: String,
    kind: String,
    /// Where one of the findings stands, counted from 1.
    #[serde(default)]
    at: Vec<usize>,
    severity: Option<String>,
    /// What is read, each with the letter of its direction.
    #[serde(default)]
    messages: Option<Vec<String>>,
    says: String,
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/cases")
}

/// A message: who sent it, its name, and the worst that is wrong with it.
type Met = (Direction, &'static str, Option<Severity>);

/// The messages of a file, those of all connections in one row, and what was told of the input.
fn read_out(file: &Path) -> (Vec<Met>, Vec<String>) {
    let capture = read(&std::fs::read(file).expect("it is there"), &Options::default());
    let told = capture.problems.iter().map(ToString::to_string).collect();
    let mut all = Vec::new();
    for exchange in capture.exchanges {
        let indexed = Indexed::new(exchange);
        let mut tree = Tree::new();
        let opened = (0..indexed.index.len()).filter_map(|number| indexed.open(number, &mut tree));
        all.extend(
            opened.map(|(entry, problems)| (entry.direction, entry.message.name(), pgscope_session::worst(&problems))),
        );
    }
    (all, told)
}

/// Whether the messages come in this order within each direction; others may stand between them.
fn in_order(wanted: &[String], met: &[Met]) -> bool {
    Direction::BOTH.into_iter().all(|side| {
        let mut names = met.iter().filter(|(direction, ..)| *direction == side).map(|(_, name, _)| *name);
        let mut own = wanted.iter().filter_map(|one| one.strip_prefix(side.letter()));
        own.all(|name| names.any(|met| met == name.trim()))
    })
}

fn complaint(case: &Case) -> Option<String> {
    let (met, told) = read_out(&folder().join(&case.file));
    let found: Vec<Option<Severity>> = met.iter().map(|(.., worst)| *worst).collect();
    let least = if case.severity.as_deref() == Some("error") { Severity::Error } else { Severity::Warning };
    let is_right = match (case.kind.as_str(), &case.messages) {
        ("finding", _) => case.at.iter().any(|at| found.get(at - 1).copied().flatten() >= Some(least)),
        ("names", _) => met.is_empty() && told.len() == 1 && told.iter().all(|words| words.contains("no bytes")),
        ("reads", Some(wanted)) => in_order(wanted, &met),
        _ => !found.is_empty() && found.iter().all(|worst| *worst <= Some(Severity::Note)),
    };
    (!is_right).then(|| format!("{} ({} at {:?}): {}: {met:?} {told:?}", case.file, case.kind, case.at, case.says))
}

#[test]
fn what_people_reported_is_found_and_what_is_healthy_is_not_blamed() {
    let cases = std::fs::read_to_string(folder().join("cases.json")).expect("it is there");
    let cases: Vec<Case> = serde_json::from_str(&cases).expect("a list of cases");
    assert!(cases.len() >= 47, "only {}", cases.len());
    let wrong: Vec<String> = cases.iter().filter_map(complaint).collect();
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), cases.len(), wrong.join("\n"));
}
