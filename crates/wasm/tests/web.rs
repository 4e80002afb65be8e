//! The JavaScript API in a real browser: `cargo xtask test --only wasm`.
#![cfg(target_arch = "wasm32")]
#![allow(clippy::expect_used, reason = "clippy does not know these as tests")]

use js_sys::{Array, Error, Object, Reflect, Uint8Array};
use pgscope_wasm::{decode, forms, messages, version};
use wasm_bindgen::prelude::{JsCast, JsValue};
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

wasm_bindgen_test_configure!(run_in_browser);

const PUBLISHED: &str = "51 00 00 00 0D 53 45 4C 45 43 54 20 31 3B 00";

/// What stands at a path such as `messages.0.name`, as text.
fn at(value: &JsValue, path: &str) -> String {
    let found = path.split('.').fold(value.clone(), |value, key| Reflect::get(&value, &key.into()).expect(key));
    js_sys::JSON::stringify(&found).ok().and_then(|text| text.as_string()).unwrap_or("undefined".to_owned())
}

fn options(pairs: &[(&str, &str)]) -> JsValue {
    let options = Object::new();
    for (key, value) in pairs {
        Reflect::set(&options, &(*key).into(), &(*value).into()).expect("an object takes keys");
    }
    options.into()
}

fn read(input: impl Into<JsValue>, pairs: &[(&str, &str)]) -> JsValue {
    decode(&input.into(), &options(pairs)).expect("input never throws")
}

fn thrown(input: impl Into<JsValue>, options: &JsValue) -> String {
    let error: Error = decode(&input.into(), options).expect_err("it throws").dyn_into().expect("an Error");
    error.message().into()
}

#[wasm_bindgen_test]
fn a_wrong_length_is_told_with_its_mend() {
    let decoded = decode(&PUBLISHED.into(), &JsValue::UNDEFINED).expect("it reads");
    assert_eq!(at(&decoded, "form"), r#""hex""#);
    assert_eq!(at(&decoded, "guessed"), "true");
    assert_eq!(at(&decoded, "reason"), r#""hex: 15 pairs of hex digits""#);
    assert_eq!(at(&decoded, "problems"), "[]");
    assert_eq!(at(&decoded, "messages.length"), "1");
    let message = "messages.0";
    assert_eq!(at(&decoded, &format!("{message}.name")), r#""Query""#);
    assert_eq!(at(&decoded, &format!("{message}.tag")), r#""Q""#);
    assert_eq!(at(&decoded, &format!("{message}.direction")), r#""frontend""#);
    assert_eq!(at(&decoded, &format!("{message}.fields.2.value")), r#""SELECT 1;""#);
    assert_eq!(at(&decoded, &format!("{message}.problems.0.rule")), r#""L01""#);
    assert_eq!(at(&decoded, &format!("{message}.problems.0.fix.edits.0.hex")), r#""0000000e""#);
    assert_eq!(at(&decoded, &format!("{message}.problems.0.fix.edits.0.start")), "1");
}

#[wasm_bindgen_test]
fn bytes_are_read_as_they_are() {
    let decoded = read(Uint8Array::from([b'Z', 0, 0, 0, 5, b'I'].as_slice()), &[]);
    assert_eq!(at(&decoded, "form"), r#""raw""#);
    assert_eq!(at(&decoded, "messages.0.name"), r#""ReadyForQuery""#);
    assert_eq!(at(&decoded, "messages.0.direction"), r#""backend""#);
    assert_eq!(
        at(&decoded, "messages.0.fields.2"),
        r#"{"id":"readyforquery.status","name":"transaction status","value":"I","start":5,"end":6,"children":[]}"#
    );
}

#[wasm_bindgen_test]
fn values_are_those_of_the_json_schema() {
    // XLogData: its positions have eight bytes, too many for a number.
    let log = "57 00000007 00 0000  64 0000001f 77 00000000016b3748 00000000016b3748 0002d5b4c5a0f0f0 d101";
    let log = at(&read(log, &[("direction", "backend")]), "messages.1.fields");
    assert!(log.contains(r#""value":"23803720""#) && log.contains(r#""value":{"hex":"d101"}"#), "{log}");
    // NULL is null, bytes that are no text are an object.
    let row = read("44 00000010 0002 ffffffff 00000002 ff00", &[("direction", "backend")]);
    let row = at(&row, "messages.0.fields");
    assert!(row.contains(r#""value":null"#) && row.contains(r#""value":{"hex":"ff00"}"#), "{row}");
}

#[wasm_bindgen_test]
fn options_choose_form_and_direction() {
    assert_eq!(at(&read("5100000004", &[("form", "base64")]), "form"), r#""base64""#);
    assert_eq!(at(&read("5100000004", &[("form", "base64")]), "guessed"), "false");
    let bytes = "53 00000004";
    assert_eq!(at(&read(bytes, &[("direction", "frontend")]), "messages.0.name"), r#""Sync""#);
    assert_eq!(at(&read(bytes, &[("direction", "backend")]), "messages.0.direction"), r#""backend""#);
    assert!(decode(&bytes.into(), &JsValue::NULL).is_ok(), "null stands for no options");
}

#[wasm_bindgen_test]
fn bad_input_gives_problems_and_does_not_throw() {
    let odd = read("51 00 zz 0", &[("form", "hex")]);
    assert_eq!(at(&odd, "problems.0.line"), "1");
    assert_eq!(at(&odd, "problems.0.column"), "7");
    for input in ["", "\0", "no bytes at all", "\u{feff}", "💥"] {
        let read = read(input, &[]);
        assert!(at(&read, "messages").starts_with('['), "{input:?}");
    }
    read(Uint8Array::new_with_length(0), &[]);
    read(Uint8Array::new_with_length(1 << 20), &[]);
}

#[wasm_bindgen_test]
fn what_does_not_exist_throws_a_readable_error() {
    assert!(
        thrown(PUBLISHED, &options(&[("form", "hexx")]))
            .starts_with("there is no form \"hexx\"; known are hex, array,")
    );
    assert_eq!(
        thrown(PUBLISHED, &options(&[("direction", "sideways")])),
        "there is no direction \"sideways\"; known are frontend, backend"
    );
    assert_eq!(
        thrown(PUBLISHED, &options(&[("from", "hex")])),
        "there is no option \"from\"; known are form, direction, beginning"
    );
    assert_eq!(thrown(PUBLISHED, &7.into()), "the options of decode() are an object");
    assert_eq!(thrown(7, &JsValue::UNDEFINED), "the input is a Uint8Array or a string");
}

#[wasm_bindgen_test]
fn the_table_is_there() {
    let table = messages().expect("the table");
    let bind = Array::from(&table).iter().find(|entry| at(entry, "name") == r#""Bind""#).expect("it has Bind");
    assert_eq!(at(&bind, "tag"), r#""B""#);
    assert_eq!(at(&bind, "sender"), r#""frontend""#);
    assert_eq!(at(&bind, "fields.0.role"), r#""tag""#);
    assert_eq!(at(&bind, "fields.1.shape"), r#""Int32""#);
    assert!(at(&bind, "section.url").contains("https://www.postgresql.org/docs/current/protocol-"));
    assert!(at(&bind, "doc").len() > 20 && at(&bind, "since").len() > 2);
    let query = Array::from(&table).iter().find(|entry| at(entry, "name") == r#""ReadyForQuery""#).expect("it has it");
    assert_eq!(at(&query, "fields.2.codes.length"), "3");
}

#[wasm_bindgen_test]
fn forms_are_those_that_the_option_takes() {
    let forms = Array::from(&forms().expect("the forms"));
    assert!(forms.length() > 10);
    for form in forms.iter() {
        let id = Reflect::get(&form, &"id".into()).ok().and_then(|id| id.as_string()).expect("an id");
        read("51 00", &[("form", &id)]);
    }
    assert!(version().split('.').count() == 3);
}
