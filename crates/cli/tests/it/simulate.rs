//! The sub-commands that simulate, run as a person runs them.

use std::process::{Command, Output};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

fn pgscope(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_pgscope")).args(arguments).output().expect("it runs")
}

fn printed(arguments: &[&str]) -> String {
    let output = pgscope(arguments);
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("text")
}

#[test]
fn scenarios_are_one_a_line_with_the_name_first() {
    let names: Vec<String> =
        printed(&["scenarios"]).lines().map(|line| line.split(' ').next().unwrap().into()).collect();
    assert_eq!(names.first().map(String::as_str), Some("first-hour"));
    assert!(names.len() >= 36);
}

#[test]
fn a_scenario_is_printed_in_each_form() {
    let list = printed(&["simulate", "handshake", "--format", "list"]);
    assert_eq!(list.lines().count(), 29);
    let text = printed(&["simulate", "handshake", "--segments", "3"]);
    assert!(text.contains("⏸") && text.contains("SELECT id, name FROM fruit"));
    let json: serde_json::Value =
        serde_json::from_str(&printed(&["simulate", "handshake", "--format", "json"])).unwrap();
    assert_eq!(json[0]["name"], "SSLRequest");
    assert_eq!(json[0]["client"]["waits_for"], "one byte");
    assert_eq!(json[28]["server"]["state"], "closed");
    assert!(printed(&["simulate", "handshake", "--format", "hex"]).starts_with("F: 00 00 00 08 04 d2 16 2f\nB: 4e\n"));
    let capture = pgscope(&["simulate", "cancel", "--set", "version=3.2", "--format", "pcapng"]).stdout;
    assert!(capture.starts_with(&[0x0a, 0x0d, 0x0d, 0x0a]));
}

#[test]
fn what_the_page_fetches_is_what_each_scenario_is_played_to() {
    let folder = std::env::temp_dir().join(format!("pgscope-played-{}", std::process::id()));
    printed(&["scenarios", "--played", folder.to_str().unwrap()]);
    for shipped in pgscope_view::sim::shipped::ALL {
        let text = std::fs::read_to_string(folder.join(shipped.name).with_extension("played")).unwrap();
        let performance = pgscope_view::Performance::from_bytes(&STANDARD.decode(text).unwrap()).expect(shipped.name);
        assert_eq!(Ok(performance), pgscope_view::play(shipped.text, shipped.narration, Vec::new()));
    }
    std::fs::remove_dir_all(&folder).unwrap();
}

#[test]
fn a_damaged_byte_has_its_effect() {
    let text = printed(&["simulate", "handshake", "--damage", "F:9=ff", "--format", "text"]);
    assert!(text.contains("StartupMessage"), "{text}");
    assert!(!text.contains("AuthenticationOk"), "{text}");
}

#[test]
fn what_is_sent_from_a_file_is_answered() {
    let file = std::env::temp_dir().join(format!("pgscope-talk-{}.bin", std::process::id()));
    std::fs::write(&file, b"\0\0\0\x22\0\x03\0\0user\0alice\0database\0shop\0\0S\0\0\0\x03").unwrap();
    let path = file.to_str().unwrap();
    let json = printed(&["talk", "--as", "client", "--send", path, "--format", "json"]);
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json[1]["name"], "Sync", "both were sent at once");
    std::fs::write(&file, b"H").unwrap();
    let output = pgscope(&["talk", "--as", "server", "--send", path]);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(said.contains("received invalid response to SSL negotiation: H"), "{said}");
    std::fs::remove_file(&file).unwrap();
}

#[test]
fn what_cannot_be_is_said() {
    for (arguments, part) in [
        (["simulate", "nowhere"].as_slice(), "no scenario nowhere"),
        (&["simulate", "handshake", "--set", "x=1"], "no knob x"),
        (&["simulate", "handshake", "--damage", "x"], "not OFFSET=BYTE"),
        (&["talk", "--as", "server", "--listen", "1"], "goes with --as client"),
    ] {
        let output = pgscope(arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert!(String::from_utf8_lossy(&output.stderr).contains(part), "{arguments:?}");
    }
}
