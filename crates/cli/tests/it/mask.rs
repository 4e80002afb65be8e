//! `pgscope mask`: what comes out is the same without what is anybody's, in the form in which it came.

use std::path::PathBuf;

use crate::{err, out, run};

const LOGIN: &str =
    "F: 0000001b 00030000 75736572 00 616c6963650000 0000\nB: 52000000 08 00000000\nB: 5a 00000005 49\n";

fn pcap(name: &str) -> String {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tests/fixtures/drivers").join(name).display().to_string()
}

#[test]
fn a_dump_is_masked_in_place_with_its_letters() {
    let dump = "00000000: 5100 0000 1a53 454c 4543 5420 2761 6c69  Q....SELECT 'ali\n00000010: 6365 2773 2068 6f75 7365 00              ce's house.\n";
    let dump = dump
        .replace("1a", "1b")
        .replace("2773 2068 6f75 7365 00  ", "2720 6173 206e 616d 6500")
        .replace("ce's house.", "ce' as name.");
    let masked = out(&run(&["mask", "-", "--seed", "x"], dump.as_bytes()));
    assert!(masked.contains("Q....SELECT '") && masked.contains("' as name."), "{masked}");
    assert!(!masked.contains("ali") && masked.lines().count() == 2 && masked.len() == dump.len(), "{masked}");
}

#[test]
fn the_same_seed_gives_the_same_and_none_another() {
    let masked = |seed: &[&str]| out(&run(&[&["mask", "-"], seed].concat(), LOGIN.as_bytes()));
    assert_eq!(masked(&["--seed", "a"]), masked(&["--seed", "a"]));
    assert_ne!(masked(&["--seed", "a"]), masked(&["--seed", "b"]));
    assert_ne!(masked(&[]), masked(&[]));
    assert!(!masked(&[]).contains("616c696365"));
}

#[test]
fn kinds_are_kept_or_masked_alone() {
    let query = b"F: 51 00000024 53454c454354 20 2768656c6c6f27 2046524f4d20 637573746f6d657273 3b2000";
    let query = String::from_utf8_lossy(query).replace("00000024", "00000022");
    let masked = |options: &[&str]| {
        let output = run(&[&["mask", "-", "--seed", "x"], options].concat(), query.as_bytes());
        out(&output) + &err(&output)
    };
    let (hello, customers) = ("68656c6c6f", "637573746f6d657273");
    let shows = |text: &str| (text.contains(hello), text.contains(customers));
    assert_eq!(shows(&masked(&[])), (false, false), "{}", masked(&[]));
    assert_eq!(shows(&masked(&["--keep", "literals"])), (true, false));
    assert_eq!(shows(&masked(&["--only", "literals"])), (false, true));
    assert_eq!(run(&["mask", "-", "--keep", "everything"], query.as_bytes()).status.code(), Some(2));
    assert_eq!(run(&["mask", "-", "--keep", "names", "--only", "names"], query.as_bytes()).status.code(), Some(2));
}

#[test]
fn a_capture_file_is_one_afterwards_and_decodes_alike() {
    let file = std::env::temp_dir().join(format!("pgscope-mask-{}.pcap", std::process::id()));
    let path = file.display().to_string();
    let own = pcap("psycopg2/parameters.pcap");
    assert_eq!(run(&["mask", &own, &path], b"").status.code(), Some(0));
    let names = |path: &str| {
        let list = out(&run(&["decode", "--format", "json", path], b""));
        let messages: Vec<serde_json::Value> = serde_json::from_str(&list).expect("JSON");
        messages.iter().map(|message| (message["name"].clone(), message["offset"].clone())).collect::<Vec<_>>()
    };
    assert_eq!(names(&own), names(&path));
    // Nothing differs in length, and what differs are values.
    let diff = run(&["diff", &own, &path], b"");
    assert_eq!(diff.status.code(), Some(1));
    assert!(!out(&diff).contains("(not there)") && !out(&diff).contains("bytes)"), "{}", out(&diff));
    std::fs::remove_file(&file).expect("it is ours");
}

#[test]
fn what_cannot_be_masked_is_refused_with_a_reason() {
    let keys = b"CLIENT_RANDOM 0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef 0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\n";
    for input in [&keys[..], b"", b"hello, is anybody there"] {
        let output = run(&["mask", "-"], input);
        assert_eq!(output.status.code(), Some(2), "{}", out(&output));
        assert!(output.stdout.is_empty() && err(&output).contains("nothing to mask"), "{}", err(&output));
    }
}
