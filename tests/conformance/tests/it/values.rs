//! Typed values: the server's own text of each binary value.

use std::path::Path;

use pgscope_proto::{Tree, types};
use pgscope_session::values::text_of;
use serde::Deserialize;

#[derive(Deserialize)]
pub(crate) struct Sample {
    #[serde(rename = "type")]
    of_type: String,
    pub(crate) oid: u32,
    expr: String,
    binary_hex: Option<String>,
    text: Option<String>,
}

/// Types whose text needs the catalogue of that very server, or that an extension made.
pub(crate) const FROM_THE_CATALOGUE: &[&str] = &[
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

/// Every recorded value in binary format of a type that comes with the server.
pub(crate) fn recorded() -> impl Iterator<Item = (Sample, Vec<u8>)> {
    samples("types.json").into_iter().chain(samples("types18.json")).filter(|sample| sample.oid < 16_384).filter_map(
        |sample| {
            let bytes = bytes(sample.binary_hex.as_deref()?);
            Some((sample, bytes))
        },
    )
}

/// The tree of a value, if its type is known; its leaves tile it.
fn opened(oid: u32, bytes: &[u8]) -> Option<Tree> {
    let mut tree = Tree::new();
    types::decode(oid, bytes, &mut tree).then_some(())?;
    let mut at = 0;
    for (index, leaf) in tree.leaves() {
        assert_eq!(leaf.start as usize, at, "{oid} {bytes:02x?}: {}", tree.path(index));
        at = leaf.end as usize;
    }
    assert_eq!(at, bytes.len(), "{oid} {bytes:02x?}");
    Some(tree)
}

#[test]
fn what_a_server_sent_opens_without_a_problem() {
    let (mut count, mut unknown) = (0, Vec::new());
    for (sample, bytes) in recorded() {
        let Some(tree) = opened(sample.oid, &bytes) else {
            unknown.push(sample.of_type);
            continue;
        };
        assert_eq!(tree.problems, [], "{} {} {bytes:02x?}", sample.of_type, sample.expr);
        count += 1;
    }
    assert_eq!(unknown, Vec::<String>::new());
    assert!(count > 200, "only {count}");
}

#[test]
fn parts_and_bytes_of_what_a_server_sent_never_do_harm() {
    // The same in each run: a step of a linear congruential generator.
    let mut state = 1u32;
    let mut chance = move |below: usize| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 8) as usize % below.max(1)
    };
    for (sample, bytes) in recorded() {
        for end in 0..bytes.len() {
            opened(sample.oid, &bytes[..end]);
        }
        for _ in 0..50 {
            let mut damaged = bytes.clone();
            for _ in 0..=chance(3) {
                let at = chance(damaged.len());
                damaged.iter_mut().skip(at).take(1).for_each(|byte| *byte = chance(256) as u8);
            }
            opened(sample.oid, &damaged);
        }
    }
}

/// What a server refuses is a problem, and what it takes none.
#[test]
fn a_numeric_has_a_problem_where_the_server_refuses_it() {
    for line in fixture("numerics.txt").lines() {
        let Some((hex, theirs)) = line.split_once(' ') else { continue };
        let tree = opened(1700, &bytes(hex)).expect("it is known");
        assert_eq!(tree.problems.is_empty(), theirs != "!", "{hex} {theirs} {:?}", tree.problems);
    }
}
