//! The JSON, as a program reads it: one array, connections told apart, and values whose form does not depend on their bytes.

use serde_json::{Value, json};

use crate::{out, run};

fn decoded(arguments: &[&str], input: &str) -> Vec<Value> {
    let output = run(&[&["decode", "--format", "json"], arguments].concat(), input.as_bytes());
    match serde_json::from_str(&out(&output)).expect("JSON") {
        Value::Array(messages) => messages,
        other => panic!("{other}"),
    }
}

/// The fields with this path, in order.
fn fields<'a>(message: &'a Value, id: &str) -> Vec<&'a Value> {
    let mut found = Vec::new();
    let mut waiting: Vec<&Value> = message["fields"].as_array().expect("a list").iter().rev().collect();
    while let Some(field) = waiting.pop() {
        if field["id"] == id {
            found.push(field);
        }
        waiting.extend(field["children"].as_array().expect("a list").iter().rev());
    }
    found
}

const VALUE: &str = "datarow.columns.value";

/// A RowDescription of one column of this type and format, and rows of the values.
fn rows(oid: u32, format: u16, values: &[&str]) -> String {
    let mut text = format!("B: 54 0000001a 0001 7800 00000000 0000 {oid:08x} ffff ffffffff {format:04x}\n");
    for value in values {
        let length = value.len() / 2;
        text += &format!("   44 {:08x} 0001 {length:08x} {value}\n", 10 + length);
    }
    text
}

#[test]
fn the_form_of_a_value_follows_from_type_and_format() {
    let hex = |digits: &str| json!({ "hex": digits });
    // Type, format, bytes, value, hex beside it, reading.
    let cases = [
        (
            23,
            1,
            "31323334",
            hex("31323334"),
            Value::Null,
            json!({"type": "int4", "oid": 23, "format": "binary", "text": "825373492"}),
        ),
        (
            23,
            1,
            "ff000001",
            hex("ff000001"),
            Value::Null,
            json!({"type": "int4", "oid": 23, "format": "binary", "text": "-16777215"}),
        ),
        (23, 0, "3132", json!("12"), Value::Null, json!({"type": "int4", "oid": 23, "format": "text"})),
        (25, 0, "e9", json!("\u{fffd}"), json!("e9"), json!({"type": "text", "oid": 25, "format": "text"})),
        (25, 1, "c3a9", json!("é"), Value::Null, json!({"type": "text", "oid": 25, "format": "binary"})),
        (25, 1, "e9", json!("\u{fffd}"), json!("e9"), json!({"type": "text", "oid": 25, "format": "binary"})),
        (
            17,
            1,
            "6869",
            hex("6869"),
            Value::Null,
            json!({"type": "bytea", "oid": 17, "format": "binary", "text": "\\x6869"}),
        ),
        (70_000, 1, "6869", hex("6869"), Value::Null, json!({"oid": 70_000, "format": "binary"})),
        (
            3802,
            1,
            "017b7d",
            hex("017b7d"),
            Value::Null,
            json!({"type": "jsonb", "oid": 3802, "format": "binary", "text": "{}"}),
        ),
    ];
    for (oid, format, bytes, value, beside, reading) in cases {
        let messages = decoded(&[], &rows(oid, format, &[bytes]));
        let found = fields(&messages[1], VALUE);
        let [field] = found.as_slice() else { panic!("{messages:?}") };
        assert_eq!(field["value"], value, "{oid} {format} {bytes}");
        assert_eq!((&field["hex"], &field["reading"]), (&beside, &reading), "{oid} {format} {bytes}");
    }
}

#[test]
fn of_a_row_that_nothing_describes_the_bytes_are_told() {
    let messages = decoded(&["--direction", "backend"], "44 00000013 0002 00000002 6869 00000003 ff0001");
    let found = fields(&messages[0], VALUE);
    assert_eq!(found[0]["value"], json!({"hex": "6869"}));
    assert_eq!(found[0]["reading"], json!({"text": "hi"}));
    assert_eq!((&found[1]["value"], &found[1]["reading"]), (&json!({"hex": "ff0001"}), &Value::Null));
}

#[test]
fn letters_are_letters_and_texts_are_texts_whatever_they_say() {
    let kind = |byte: &str| {
        let messages = decoded(&["--direction", "frontend"], &format!("44 00000006 {byte} 00"));
        fields(&messages[0], "describe.kind")[0]["value"].clone()
    };
    assert_eq!((kind("53"), kind("01")), (json!("S"), json!("\u{1}")));
    let query = decoded(&[], "51 00000008 61e962 00");
    let field = fields(&query[0], "query.query")[0];
    assert_eq!((&field["value"], &field["hex"]), (&json!("a\u{fffd}b"), &json!("61e962")));
}

#[test]
fn messages_of_several_connections_are_one_array() {
    let file = std::env::temp_dir().join(format!("pgscope-json-{}.txt", std::process::id()));
    std::fs::write(&file, "F: 51 00000007 4e4f 00\nB: 43 00000007 4e4f 00 5a 00000005 49\n").expect("it is written");
    let path = file.display().to_string();
    let twice = decoded(&[&path, &path], "");
    std::fs::remove_file(&file).expect("it is ours");
    let told = |key: &str| twice.iter().map(|message| message[key].clone()).collect::<Vec<_>>();
    assert_eq!(told("connection"), [0, 0, 0, 1, 1, 1].map(Value::from));
    assert_eq!(told("index"), [0, 1, 2, 3, 4, 5].map(Value::from));
    assert_eq!(told("answers")[4..], [json!(3), json!(3)]);
}

#[test]
fn what_is_simulated_is_told_in_the_same_way() {
    let simulated = |arguments: &[&str]| -> Vec<Value> {
        let output = run(&[&["simulate", "--format", "json"], arguments].concat(), b"");
        serde_json::from_str(&out(&output)).expect("an array")
    };
    let cancel = simulated(&["cancel"]);
    let last = cancel.last().expect("a message");
    assert_eq!((&last["connection"], &last["name"]), (&json!(1), &json!("CancelRequest")));
    assert_eq!(last["index"], cancel.len() - 1);
    let numbers = |key: &str, messages: &[Value]| messages.iter().filter(|message| message[key] == true).count();
    let tls = simulated(&["direct-tls"]);
    assert!(numbers("inside_tls", &tls) > 3 && tls.iter().all(|message| message["connection"] == 0));
    // The same bytes as `decode` tells them, but for times and states.
    let hex = out(&run(&["simulate", "handshake", "--format", "hex"], b""));
    let read = decoded(&["--begins", "start"], &hex);
    for (mut played, read) in simulated(&["handshake"]).into_iter().zip(read) {
        let keys = played.as_object_mut().expect("an object");
        ["at_us", "client", "server", "transaction"].iter().for_each(|key| drop(keys.remove(*key)));
        assert_eq!(played, read);
    }
}
