//! What people pasted or reported: what is wrong is found where it stands, and what is healthy is not blamed.

use std::path::{Path, PathBuf};

use pgscope_proto::{Severity, Tree};
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
    says: String,
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/cases")
}

/// The worst of each message, those of all connections in one row.
fn worst(file: &Path) -> Vec<Option<Severity>> {
    let capture = read(&std::fs::read(file).expect("it is there"), &Options::default());
    let mut all = Vec::new();
    for exchange in capture.exchanges {
        let indexed = Indexed::new(exchange);
        let mut tree = Tree::new();
        let opened = (0..indexed.index.len()).filter_map(|number| indexed.open(number, &mut tree));
        all.extend(opened.map(|(_, problems)| pgscope_session::worst(&problems)));
    }
    all
}

fn complaint(case: &Case) -> Option<String> {
    let found = worst(&folder().join(&case.file));
    let least = if case.severity.as_deref() == Some("error") { Severity::Error } else { Severity::Warning };
    let is_right = match case.kind.as_str() {
        "finding" => case.at.iter().any(|at| found.get(at - 1).copied().flatten() >= Some(least)),
        _ => !found.is_empty() && found.iter().all(|worst| *worst <= Some(Severity::Note)),
    };
    (!is_right).then(|| format!("{} ({} at {:?}): {}: {found:?}", case.file, case.kind, case.at, case.says))
}

#[test]
fn what_people_reported_is_found_and_what_is_healthy_is_not_blamed() {
    let cases = std::fs::read_to_string(folder().join("cases.json")).expect("it is there");
    let cases: Vec<Case> = serde_json::from_str(&cases).expect("a list of cases");
    assert!(cases.len() >= 30, "only {}", cases.len());
    let wrong: Vec<String> = cases.iter().filter_map(complaint).collect();
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), cases.len(), wrong.join("\n"));
}
