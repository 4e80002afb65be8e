//! The command as its users run it: what goes in, what comes out, and the exit status.

#![allow(clippy::expect_used, clippy::unwrap_used, reason = "a test may fail")]

mod explain;
mod export;
mod folders;
mod json;
mod lint;
mod live;
mod mask;
mod mdbook;
mod overview;
mod password;
mod render;
mod simulate;
mod talk;

use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

use serde_json::Value;

fn run(arguments: &[&str], input: &[u8]) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_pgscope"))
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("it starts");
    // A command that refuses its arguments ends without reading.
    let _ = child.stdin.take().unwrap().write_all(input);
    child.wait_with_output().expect("it ends")
}

fn out(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn err(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn fixture(name: &str) -> String {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tests/fixtures/captures").join(name).display().to_string()
}

const SHORT: &[u8] = b"51 00 00 00 0D 53 45 4C 45 43 54 20 31 3B 00";
const CLEAN: &[u8] = b"51 00 00 00 0E 53 45 4C 45 43 54 20 31 3B 00";

#[test]
fn the_exit_status_tells_clean_from_wrong_from_unusable() {
    for (input, status) in [
        (CLEAN, 0),
        (SHORT, 1),
        (b"51 00 00 00 0", 1),
        (b"", 2),
        (b"what is this", 2),
        (b"HTTP/1.1 400 Bad Request\r\n", 1),
    ] {
        assert_eq!(run(&["decode"], input).status.code(), Some(status), "{}", String::from_utf8_lossy(input));
    }
    assert_eq!(run(&["decode", "no/such/file"], b"").status.code(), Some(2));
    assert_eq!(run(&["decode", "--from", "nonsense"], CLEAN).status.code(), Some(2));
    assert_eq!(run(&["nonsense"], b"").status.code(), Some(2));
}

#[test]
fn a_wrong_length_comes_with_its_mend_and_the_query_is_still_shown() {
    for format in ["tree", "list"] {
        let shown = out(&run(&["decode", "--format", format], SHORT));
        assert!(shown.contains("SELECT 1;") && shown.contains("one short") && shown.contains("00 00 00 0e"), "{shown}");
    }
}

#[test]
fn half_a_byte_is_located_and_what_can_be_read_is_read() {
    let output = run(&["decode", "--format", "list"], b"51 0000000e 53454c4543542031\n3b 0");
    assert!(err(&output).contains("line 2, column 4"), "{}", err(&output));
    assert!(out(&output).contains("Query"), "{}", out(&output));
}

/// The leaves of a field, in order.
fn leaves(field: &Value, into: &mut Vec<(u64, u64)>) {
    let children = field["children"].as_array().expect("a list");
    if children.is_empty() {
        into.push((field["start"].as_u64().unwrap(), field["end"].as_u64().unwrap()));
    }
    children.iter().for_each(|child| leaves(child, into));
}

#[test]
fn the_json_has_its_documented_keys_and_its_leaves_tile() {
    let (client, server) = (fixture("psql/copy_out_binary.client.bin"), fixture("psql/copy_out_binary.server.bin"));
    let output = run(&["decode", "--frontend", &client, "--backend", &server, "--format", "json"], b"");
    assert_eq!(output.status.code(), Some(0));
    let messages: Value = serde_json::from_str(&out(&output)).expect("JSON");
    let messages = messages.as_array().unwrap();
    assert!(messages.len() > 40);
    for (number, message) in messages.iter().enumerate() {
        let keys: Vec<&String> = message.as_object().unwrap().keys().collect();
        // These may be left out; all others are always there.
        let ties = ["answers", "statement", "portal", "described_by", "describes", "checked"];
        let always = keys.iter().filter(|key| !ties.contains(&key.as_str())).count();
        assert_eq!(always, 9, "{keys:?}");
        assert_eq!(message["index"], number);
        let mut found = Vec::new();
        message["fields"].as_array().unwrap().iter().for_each(|field| leaves(field, &mut found));
        let mut at = message["offset"].as_u64().unwrap();
        for (start, end) in found {
            assert_eq!(start, at, "{}", message["name"]);
            at = end;
        }
        assert_eq!(at, message["offset"].as_u64().unwrap() + message["length"].as_u64().unwrap());
    }
}

#[test]
fn json_values_are_exact() {
    let keepalive = "B: 57 00000007 000000 64 00000016 6b 0000000001500028 0002f35a31c46e80 00";
    let messages: Value =
        serde_json::from_str(&out(&run(&["decode", "--format", "json"], keepalive.as_bytes()))).unwrap();
    assert_eq!(messages[0]["tag"], "W");
    let key = b"B: 4b 0000000c 00001092 ff119a7a";
    let messages: Value = serde_json::from_str(&out(&run(&["decode", "--format", "json"], key))).unwrap();
    assert_eq!(messages[0]["fields"][2]["value"], 4242);
    assert_eq!(messages[0]["fields"][3]["value"]["hex"], "ff119a7a");
    assert_eq!(messages[0]["fields"][3]["id"], "backendkeydata.key");
    let null = b"B: 44 0000000a 0001 ffffffff";
    let messages: Value = serde_json::from_str(&out(&run(&["decode", "--format", "json"], null))).unwrap();
    assert_eq!(messages[0]["fields"][2]["children"][1]["value"], Value::Null);
}

#[test]
fn eight_byte_integers_are_strings_of_digits() {
    let (client, server) = (fixture("libpqtrace/replication.client.bin"), fixture("libpqtrace/replication.server.bin"));
    let output = out(&run(&["decode", "--frontend", &client, "--backend", &server, "--format", "json"], b""));
    let messages: Value = serde_json::from_str(&output).unwrap();
    let mut clocks = Vec::new();
    find(&messages, "clock", &mut clocks);
    assert!(!clocks.is_empty());
    for clock in clocks {
        assert!(clock.as_str().is_some_and(|digits| digits.parse::<i64>().is_ok()), "{clock}");
    }
}

/// The values of all fields whose path ends so.
fn find(value: &Value, id: &str, into: &mut Vec<Value>) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| find(item, id, into)),
        Value::Object(object) => {
            if object.get("id").and_then(Value::as_str).is_some_and(|path| path.ends_with(id)) {
                into.push(object["value"].clone());
            }
            object.values().for_each(|value| find(value, id, into));
        }
        _ => {}
    }
}

#[test]
fn one_direction_alone_and_two_files_are_read() {
    let (client, server) = (fixture("psql/errors.client.bin"), fixture("psql/errors.server.bin"));
    let both = out(&run(&["decode", "--frontend", &client, "--backend", &server, "--format", "pqtrace"], b""));
    let alone = out(&run(&["decode", "--backend", &server, "--format", "pqtrace"], b""));
    let backend: Vec<&str> = both.lines().filter(|line| line.starts_with("B\t")).collect();
    assert_eq!(alone.lines().filter(|line| line.starts_with("B\t")).collect::<Vec<_>>(), backend);
    let inferred = err(&run(&["decode", "--frontend", &client, "--backend", &server], b""));
    assert!(inferred.contains("inferred"), "{inferred}");
}

#[test]
fn where_two_files_begin_can_be_said() {
    let file = std::env::temp_dir().join(format!("pgscope-begins-{}.bin", std::process::id()));
    // CopyData of a COPY whose beginning was not recorded; what it carries looks like a message of replication.
    std::fs::write(&file, b"d\0\0\0\x0akhello").unwrap();
    let path = file.display().to_string();
    let shown = |begins: &str| out(&run(&["decode", "--backend", &path, "--begins", begins], b""));
    assert!(shown("replication").contains("Primary keepalive"), "{}", shown("replication"));
    assert!(!shown("copy").contains("Primary keepalive"), "{}", shown("copy"));
    std::fs::remove_file(&file).unwrap();
}

#[test]
fn the_dialects_differ_in_the_key() {
    let key = b"B: 4b 0000000c 00001092 3e119a7a";
    assert_eq!(out(&run(&["decode", "--format", "pqtrace"], key)), "B\t12\tBackendKeyData\t 4242 '>\\x11\\x9az'\n");
    assert_eq!(
        out(&run(&["decode", "--format", "pqtrace", "--libpq", "15"], key)),
        "B\t12\tBackendKeyData\t 4242 1041341050\n"
    );
}

#[test]
fn direction_and_form_can_be_said() {
    let ambiguous = b"44 00000006 50 00";
    assert!(out(&run(&["decode", "--format", "list", "--direction", "frontend"], ambiguous)).contains("Describe"));
    assert!(out(&run(&["decode", "--format", "list", "--direction", "backend"], ambiguous)).contains("DataRow"));
    let raw = run(&["decode", "--from", "raw", "--format", "list"], CLEAN);
    assert!(out(&raw).contains("Unreadable"), "{}", out(&raw));
    let forms = out(&run(&["decode", "--from", "list"], b""));
    assert!(forms.contains("xxd") && forms.lines().count() > 10, "{forms}");
}

#[test]
fn colour_is_only_where_it_is_asked_for() {
    assert!(!out(&run(&["decode"], CLEAN)).contains('\u{1b}'));
    assert!(out(&run(&["decode", "--color", "always"], CLEAN)).contains("\u{1b}["));
}

#[test]
fn the_reference_is_printed_from_the_table() {
    let all = out(&run(&["messages"], b""));
    assert!(all.contains("StartupMessage") && all.contains("Stream Prepare"), "{all}");
    let bind = out(&run(&["messages", "bind"], b""));
    assert!(bind.contains("parameter formats") && bind.contains("https://www.postgresql.org/docs/current/"), "{bind}");
    let output = run(&["messages", "Copy"], b"");
    assert_eq!(output.status.code(), Some(2));
    assert!(err(&output).contains("CopyData"), "{}", err(&output));
}

#[test]
fn the_reference_is_written_as_pages_and_only_into_a_folder() {
    let folder = std::env::temp_dir().join(format!("pgscope-pages-{}", std::process::id()));
    let path = folder.display().to_string();
    assert_eq!(run(&["messages", "--format", "html", "--out", &path], b"").status.code(), Some(0));
    let page = std::fs::read_to_string(folder.join("bind.html")).expect("it is written");
    assert!(page.contains("Message Formats: Bind (F)") && page.contains("id=\"bind.parameters.length\""));
    assert!(std::fs::read_to_string(folder.join("index.html")).expect("it is written").contains("href=\"bind.html\""));
    std::fs::remove_dir_all(folder).expect("it is ours");
    for wrong in [&["messages", "--format", "html"][..], &["messages", "Bind", "--format", "html", "--out", &path]] {
        assert_eq!(run(wrong, b"").status.code(), Some(2), "{wrong:?}");
    }
}
