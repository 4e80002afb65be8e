//! What is masked: every recording, in several forms. The same messages with the same findings come out, and no value that
//! is anybody's, wherever it is looked for.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::{Path, PathBuf};

use pgscope_proto::schema::Kind;
use pgscope_proto::{Direction, Exchange, Span, Tree};
use pgscope_session::sql;
use pgscope_view::Indexed;
use pgscope_view::capture::{self, Options};
use pgscope_view::mask::{self, Key, Kinds};
use pgscope_view::print::{hex_of, pcapng, pqtrace};

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
            let is_value =
                matches!(node.field.kind, Kind::Str | Kind::Fixed(..) | Kind::Rest(_)) && tree.is_leaf(index);
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
    // A numeric that is no number has no digits, only what says so; in text a word of its type.
    let is_named = ["NaN", "infinity", "empty"].iter().any(|name| {
        let text = text.strip_prefix(b"-").unwrap_or(text);
        text.eq_ignore_ascii_case(name.as_bytes())
    });
    let is_bare = is_named || text.len() == 8 && text.starts_with(&[0; 4]) && matches!(text[4], 0xc0 | 0xd0 | 0xf0);
    let text = String::from_utf8_lossy(text);
    let ends = |end: &str| path.ends_with(end);
    match path {
        // Words of the language, whose list is looked at by hand; texts, numbers and comments are never shown.
        "query.query" | "parse.query" => !text.starts_with(['\'', '$']) || text.len() < 6 || is_option_value(&text),
        "rowdescription.columns.name" => text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_?".contains(&byte)),
        "commandcomplete.command" => {
            text.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || b" _".contains(&byte))
        }
        "unreadable.bytes" => text.len() <= 5,
        "startup.parameters.name" | "parameterstatus.name" | "negotiateprotocolversion.options" => true,
        "startup.parameters.value" | "parameterstatus.value" => !text.contains('@') && !text.starts_with("pgscope"),
        "errorresponse.fields.value" | "noticeresponse.fields.value" => !text.contains(['"', ' ']),
        _ if ends("mechanisms") || ends("mechanism") => text.starts_with("SCRAM-") || text == "OAUTHBEARER",
        _ if ends("signature") && path.contains("header") => true,
        _ if ends("gs2_flag") || ends("binding.value") => true,
        _ if ends("iterations.value") => true,
        _ if ends("name") && (path.contains("response") || path.contains("sasl")) => true,
        _ if ends("archive.file") => text.ends_with(".tar") || text.contains(".tar."),
        _ => text.bytes().all(|byte| byte == 0) || is_bare,
    }
}

fn is_option_value(text: &str) -> bool {
    let inside = text.trim_matches('\'');
    ["binary", "csv", "text", "true", "false", "on", "off", "parallel", "null", "utf8", "utf-8", "iso"]
        .contains(&inside.to_ascii_lowercase().as_str())
}

/// Values are looked for by their first bytes.
const KEY: usize = 4;

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
            // A number of few digits comes again by chance, and a small one in binary stands in lengths and oids.
            let is_word = was.len() > 5 || was.iter().all(u8::is_ascii_graphic);
            if was.len() >= KEY
                && is_word
                && (has_letters || was.len() > 8)
                && !contains(&hidden.shown, &was)
                && hidden.seen.insert(was.clone())
            {
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

/// A form of text, and what some bytes are in it.
type Writer = fn(&[u8]) -> String;

const FORMS: [(&str, Writer); 6] = [
    ("xxd", |bytes| lines(bytes, |at, line| format!("{at:08x}: {}  {}\n", pairs(line, 2, 39), letters(line)))),
    ("hexdump -C", |bytes| {
        lines(bytes, |at, line| format!("{at:08x}  {}  |{}|\n", pairs(line, 1, 48), letters(line)))
            + &format!("{:08x}\n", bytes.len())
    }),
    ("hex", |bytes| lines(bytes, |_, line| pairs(line, 1, 0) + "\n")),
    ("array", |bytes| {
        lines(bytes, |_, line| line.iter().map(|byte| format!("0x{byte:02x}, ")).collect::<String>() + "\n")
    }),
    ("JSON", |bytes| format!("{{\"type\":\"Buffer\",\"data\":{bytes:?}}}\n").replace(", ", ",")),
    ("base64", |bytes| base64::Engine::encode(&base64::engine::general_purpose::STANDARD, bytes)),
];

fn lines(bytes: &[u8], line: fn(usize, &[u8]) -> String) -> String {
    bytes.chunks(16).enumerate().map(|(nth, part)| line(nth * 16, part)).collect()
}

fn pairs(bytes: &[u8], group: usize, width: usize) -> String {
    let groups: Vec<String> =
        bytes.chunks(group).map(|group| group.iter().map(|byte| format!("{byte:02x}")).collect()).collect();
    format!("{:<width$}", groups.join(" "))
}

fn letters(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| if byte.is_ascii_graphic() || *byte == b' ' { *byte as char } else { '.' }).collect()
}

/// Masks an input, and gives where it still says something. Panics where it does not read as the same.
fn mask_input(input: &[u8], name: &str, written: &mut BTreeMap<String, usize>) -> Vec<String> {
    let options = Options::default();
    let read = capture::read(input, &options);
    let before: Vec<Indexed> = read.exchanges.iter().cloned().map(Indexed::new).collect();
    if before.iter().all(Indexed::is_empty) {
        return Vec::new();
    }
    let output = mask::input(input, read, &options, Kinds::ALL, &key());
    let output = output.unwrap_or_else(|refusal| panic!("{name}: {refusal}"));
    *written.entry(format!("{:?}", output.written)).or_default() += 1;
    let after = capture::read(&output.bytes, &options).exchanges;
    let mut leaks = Vec::new();
    let mut shown = BTreeMap::new();
    let full = before.iter().filter(|one| !one.is_empty());
    for (indexed, masked) in full.zip(after.into_iter().filter(|one| !one.is_empty())) {
        let masked = Indexed::new(masked).exchange;
        let hidden = Hidden::of(indexed, &masked, &mut shown);
        leaks.extend(hidden.found_in(&output.bytes, name));
    }
    assert!(shown.is_empty(), "{name} shows {shown:?}");
    leaks
}

#[test]
fn forms_of_text_say_nothing_in_their_columns_either() {
    let (mut leaks, mut written) = (Vec::new(), BTreeMap::new());
    for recording in captures::all().into_iter().step_by(9) {
        let bytes = recording.bytes(Direction::Frontend);
        if bytes.len() > 20_000 {
            continue;
        }
        for (form, write) in FORMS {
            leaks.extend(mask_input(write(&bytes).as_bytes(), &format!("{} as {form}", recording.name), &mut written));
        }
        leaks.extend(mask_input(&bytes, &format!("{} raw", recording.name), &mut written));
        let exchange = recording.exchange().expect("in order");
        leaks.extend(mask_input(
            hex_of(&exchange).as_bytes(),
            &format!("{} as marked hex", recording.name),
            &mut written,
        ));
        leaks.extend(mask_input(&pcapng::file(&[&exchange]), &format!("{} as pcapng", recording.name), &mut written));
    }
    assert!(leaks.is_empty(), "{} leaks: {leaks:#?}", leaks.len());
    assert!(written["InPlace"] > 150, "{written:?}");
}

#[test]
fn capture_files_are_masked_with_all_that_is_in_them() {
    let (mut leaks, mut written) = (Vec::new(), BTreeMap::new());
    for path in capture_files() {
        let name = path.display().to_string();
        leaks.extend(mask_input(&std::fs::read(&path).expect("it is there"), &name, &mut written));
    }
    assert!(leaks.is_empty(), "{} leaks: {leaks:#?}", leaks.len());
    assert!(written["InPlace"] > 60 && written.len() <= 2, "{written:?}");
}

/// All odd ones, and one in eight of those of drivers.
fn capture_files() -> Vec<PathBuf> {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures");
    let below = |folder: &Path| -> Vec<PathBuf> {
        std::fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path()).collect()
    };
    let is_capture = |path: &PathBuf| path.extension().is_some_and(|end| end == "pcap" || end == "pcapng");
    let groups =
        |name: &str| below(&fixtures.join(name)).iter().flat_map(|group| below(group)).filter(is_capture).collect();
    let mut drivers: Vec<PathBuf> = groups("drivers");
    drivers.sort();
    let mut all: Vec<PathBuf> = groups("captures");
    all.extend(drivers.into_iter().step_by(8));
    all
}

#[test]
fn pasted_cases_are_masked_or_refused_with_a_reason() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/cases");
    let (mut leaks, mut written) = (Vec::new(), BTreeMap::new());
    for path in std::fs::read_dir(folder).expect("it is there").flatten().map(|entry| entry.path()) {
        if path.extension().is_some_and(|end| end == "txt") {
            let name = path.display().to_string();
            leaks.extend(mask_input(&std::fs::read(&path).expect("it is there"), &name, &mut written));
        }
    }
    assert!(leaks.is_empty(), "{} leaks: {leaks:#?}", leaks.len());
    assert!(written.values().sum::<usize>() > 40, "{written:?}");
}

#[test]
fn a_trace_is_printed_anew_as_a_trace() {
    let recording = captures::all().into_iter().find(|recording| recording.name == "psql/errors").expect("it is there");
    let indexed = recording.indexed();
    let mut tree = Tree::new();
    let mut text = String::new();
    for number in 0..indexed.index.len() {
        let (entry, _) = indexed.check(number, &mut tree).expect("the index has it");
        let phase = indexed.index.phase(number);
        text += &(pqtrace::line(&entry, phase, &tree, indexed.bytes(&entry), pqtrace::Libpq::V18) + "\n");
    }
    let mut written = BTreeMap::new();
    assert_eq!(mask_input(text.as_bytes(), "a trace", &mut written), Vec::<String>::new());
    assert_eq!(written.keys().collect::<Vec<_>>(), ["Anew"]);
}
