//! What is masked: every recording, in several forms. The same messages with the same findings come out, and no value that
//! is anybody's, wherever it is looked for.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use pgscope_proto::schema::Kind;
use pgscope_proto::{Direction, Exchange, Span, Tree};
use pgscope_session::sql;
use pgscope_view::mask::{self, Key, Kinds};
use pgscope_view::Indexed;

use crate::captures;

/// A value of an exchange, and the path of its field.
struct Value {
    path: String,
    direction: Direction,
    span: Span,
}

/// All that an exchange says in texts and bytes, as it is decoded: of SQL word by word, for words are judged one by one.
fn values(indexed: &Indexed) -> Vec<Value> {
    let mut values = Vec::new();
    let mut tree = Tree::new();
    for number in 0..indexed.index.len() {
        let (entry, _) = indexed.check(number, &mut tree).expect("the index has it");
        let bytes = indexed.bytes(&entry);
        for index in 0..tree.nodes.len() {
            let node = &tree.nodes[index];
            let is_value = matches!(node.field.kind, Kind::Str | Kind::Fixed(..) | Kind::Rest(_)) && tree.is_leaf(index);
            if !is_value && tree.type_of(index).is_none() {
                continue;
            }
            let path = tree.path(index);
            let mut span = node.span();
            if matches!(node.field.kind, Kind::Str) && bytes[span.start..span.end].ends_with(b"\0") {
                span.end -= 1;
            }
            let place = |span: Span| Span::new(entry.span.start + span.start, entry.span.start + span.end);
            let direction = entry.direction;
            if matches!(path.as_str(), "query.query" | "parse.query") {
                for token in sql::tokens(span.of(bytes)) {
                    let inner = Span::new(span.start + token.span.start, span.start + token.span.end);
                    values.push(Value { path: path.clone(), direction, span: place(inner) });
                }
            } else {
                values.push(Value { path, direction, span: place(span) });
            }
        }
    }
    values
}

/// What may be shown, by its field.
fn may_be_shown(path: &str, text: &[u8]) -> bool {
    let text = String::from_utf8_lossy(text);
    let ends = |end: &str| path.ends_with(end);
    match path {
        // Words of the language, whose list is looked at by hand; texts, numbers and comments are never shown.
        "query.query" | "parse.query" => !text.starts_with(['\'', '$']) || is_option_value(&text),
        "rowdescription.columns.name" => text.bytes().all(|byte| byte.is_ascii_lowercase() || b"_?0123456789".contains(&byte)),
        "commandcomplete.command" => text.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || b" _".contains(&byte)),
        "startup.parameters.name" | "parameterstatus.name" | "negotiateprotocolversion.options" => true,
        "startup.parameters.value" | "parameterstatus.value" => !text.contains('@') && !text.starts_with("pgscope"),
        "errorresponse.fields.value" | "noticeresponse.fields.value" => !text.contains(['"', ' ']),
        _ if ends("mechanisms") || ends("mechanism") => text.starts_with("SCRAM-") || text == "OAUTHBEARER",
        _ if ends("signature") && path.contains("header") => true,
        _ if ends("gs2_flag") || ends("binding.value") => true,
        _ if ends("iterations.value") => true,
        _ if ends("name") && (path.contains("response") || path.contains("sasl")) => true,
        _ if ends("archive.file") => text.ends_with(".tar") || text.contains(".tar."),
        _ => text.bytes().all(|byte| byte == 0),
    }
}

fn is_option_value(text: &str) -> bool {
    let inside = text.trim_matches('\'');
    ["binary", "csv", "text", "true", "false", "on", "off", "parallel", "null", "utf8", "utf-8", "iso"]
        .contains(&inside.to_ascii_lowercase().as_str())
}

/// Values are looked for by their first bytes.
const KEY: usize = 6;

#[derive(Default)]
struct Hidden {
    by_key: HashMap<[u8; KEY], Vec<(Vec<u8>, String)>>,
    /// What is shown of the same exchange: a value that is a part of it is no secret.
    shown: Vec<u8>,
    seen: BTreeSet<Vec<u8>>,
}

impl Hidden {
    /// What an exchange and its mask say: each value is another one, or may be shown.
    fn of(indexed: &Indexed, masked: &Exchange, wrong: &mut BTreeMap<String, BTreeSet<String>>) -> Self {
        let mut hidden = Hidden::default();
        let mut all = Vec::new();
        for Value { path, direction, span } in values(indexed) {
            let was = span.of(&indexed.exchange.stream(direction).bytes);
            let now = span.of(&masked.stream(direction).bytes);
            if was.len() < 4 {
                continue;
            }
            if was != now {
                all.push((was.to_vec(), path));
                continue;
            }
            hidden.shown.extend_from_slice(was);
            hidden.shown.push(0xff);
            let has_letters = was.iter().any(u8::is_ascii_alphanumeric) || was.iter().any(|byte| *byte >= 0x80);
            if has_letters && !may_be_shown(&path, was) {
                wrong.entry(path).or_default().insert(String::from_utf8_lossy(was).into_owned());
            }
        }
        for (was, path) in all {
            let has_letters = was.iter().any(|byte| byte.is_ascii_alphabetic() || *byte >= 0x80);
            if was.len() >= KEY && has_letters && !contains(&hidden.shown, &was) && hidden.seen.insert(was.clone()) {
                let key: [u8; KEY] = was[..KEY].try_into().expect("so many");
                hidden.by_key.entry(key).or_default().push((was, path));
            }
        }
        hidden
    }

    /// Where one of them stands in these bytes, in words.
    fn found_in(&self, bytes: &[u8], name: &str) -> Vec<String> {
        let mut found = Vec::new();
        for at in 0..bytes.len().saturating_sub(KEY - 1) {
            let key: [u8; KEY] = bytes[at..at + KEY].try_into().expect("so many");
            for (value, path) in self.by_key.get(&key).into_iter().flatten() {
                if bytes[at..].starts_with(value) {
                    found.push(format!("{name}: {path} at {at}: {:?}", String::from_utf8_lossy(value)));
                }
            }
        }
        found
    }
}

fn contains(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}

fn key() -> Key {
    Key::of_seed("conformance")
}

#[test]
fn no_recording_says_anything_of_its_people_when_it_is_masked() {
    let (mut refused, mut leaks, mut shown) = (Vec::new(), Vec::new(), BTreeMap::new());
    let mut values = 0;
    for recording in captures::all() {
        let indexed = [recording.indexed()];
        let masked = match mask::exchanges(&indexed, Kinds::ALL, &key()) {
            Ok(masked) => masked,
            Err(refusal) => {
                refused.push(format!("{}: {refusal}", recording.name));
                continue;
            }
        };
        let hidden = Hidden::of(&indexed[0], &masked[0], &mut shown);
        values += hidden.seen.len();
        for direction in Direction::BOTH {
            leaks.extend(hidden.found_in(&masked[0].stream(direction).bytes, &recording.name));
        }
    }
    assert!(shown.is_empty(), "shown: {shown:#?}");
    assert!(leaks.is_empty(), "{} leaks: {:#?}", leaks.len(), leaks.get(..20.min(leaks.len())));
    assert!(refused.is_empty(), "{} refused: {refused:#?}", refused.len());
    assert!(values > 10_000, "only {values} values were hidden");
}
