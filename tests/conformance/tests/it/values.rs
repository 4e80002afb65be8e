//! Typed values: the server's own text of each binary value.

use std::path::Path;

use pgscope_session::values::text_of;
use serde::Deserialize;

#[derive(Deserialize)]
struct Sample {
    #[serde(rename = "type")]
    of_type: String,
    oid: u32,
    expr: String,
    binary_hex: Option<String>,
    text: Option<String>,
}

/// Types whose text needs the catalogue of that very server, or that an extension made.
const FROM_THE_CATALOGUE: &[&str] = &[
    "regclass",
    "regtype",
    "regproc",
    "regprocedure",
    "regnamespace",
    "regrole",
    "regconfig",
    "regdictionary",
    "regcollation",
    "regoper",
    "regoperator",
];

fn fixture(file: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/types").join(file);
    std::fs::read_to_string(path).expect("the fixture is there")
}

fn samples(file: &str) -> Vec<Sample> {
    serde_json::from_str(&fixture(file)).expect("samples")
}

fn bytes(hex: &str) -> Vec<u8> {
    (0..hex.len() / 2).map(|at| u8::from_str_radix(&hex[2 * at..2 * at + 2], 16).unwrap()).collect()
}

#[test]
fn binary_values_read_as_the_server_prints_them() {
    let (mut compared, mut wrong) = (0, Vec::new());
    for sample in samples("types.json").into_iter().chain(samples("types18.json")) {
        let (Some(hex), is_ours) = (&sample.binary_hex, sample.oid < 16_384) else { continue };
        if !is_ours || FROM_THE_CATALOGUE.contains(&sample.of_type.as_str()) {
            continue;
        }
        let ours = text_of(sample.oid, &bytes(hex));
        let theirs = sample.text.clone().unwrap_or_default();
        if ours.as_deref() == Some(theirs.as_str()) {
            compared += 1;
        } else {
            wrong.push(format!(
                "{} {} {}: {hex}\n  server {theirs}\n  ours   {ours:?}",
                sample.of_type, sample.oid, sample.expr
            ));
        }
    }
    assert!(wrong.is_empty(), "{} differ, {compared} are equal:\n{}", wrong.len(), wrong.join("\n"));
    assert!(compared > 150, "only {compared}");
}

/// Numerics in every kind of disorder, sent to a server as parameters: what it made of them, or `!` where it refused.
#[test]
fn a_numeric_is_read_as_the_server_reads_it() {
    const REFUSED: &str = "!";
    let numerics = fixture("numerics.txt");
    let pairs: Vec<(&str, &str)> = numerics.lines().filter_map(|line| line.split_once(' ')).collect();
    assert!(pairs.len() > 100 && pairs.iter().any(|(_, theirs)| *theirs == REFUSED), "{}", pairs.len());
    for (hex, theirs) in pairs {
        let ours = text_of(1700, &bytes(hex));
        assert_eq!(ours.as_deref().unwrap_or(REFUSED), theirs, "{hex}");
    }
}
