//! Values of known type: their parts on the way from text through bytes to fields, and what is wrong with them.

use pgscope_view::Docs;
use pgscope_view::Indexed;
use pgscope_view::docs_of;
use pgscope_view::engine::*;
use pgscope_view::print::{Colour, json, tree_of};
use pgscope_view::proto::schema::Chapter;
use pgscope_view::proto::{Direction, Exchange, Sides, Stream, Tree};

use crate::{Asked, load};

fn message(tag: u8, body: &[u8]) -> Vec<u8> {
    [&[tag], (body.len() as u32 + 4).to_be_bytes().as_slice(), body].concat()
}

/// A column of this type, in binary.
fn column(name: &str, oid: u32, modifier: i32) -> Vec<u8> {
    let of_type = [oid.to_be_bytes(), [0xff, 0xff, 0, 0]].concat();
    let rest = [&of_type[..6], &modifier.to_be_bytes(), b"\0\x01"].concat();
    [name.as_bytes(), b"\0\0\0\0\0\0\0", &rest].concat()
}

/// A RowDescription and a row of it.
fn described(columns: &[(u32, i32, &[u8])]) -> Vec<u8> {
    let count = (columns.len() as u16).to_be_bytes().to_vec();
    let (mut description, mut row) = (count.clone(), count);
    for (oid, modifier, value) in columns {
        description.extend(column("c", *oid, *modifier));
        row.extend_from_slice(&(value.len() as u32).to_be_bytes());
        row.extend_from_slice(value);
    }
    [message(b'T', &description), message(b'D', &row)].concat()
}

fn asked(bytes: &[u8]) -> Asked {
    let text: String = bytes.iter().map(|byte| format!("{byte:02x} ")).collect();
    load(Input::Text(text), Some("hex"), Some("backend"))
}

fn fields(asked: &mut Asked, number: usize) -> Vec<FieldRow> {
    let Reply::Fields(rows) = asked.ask(Request::Fields { number, from: 0, to: 500 }) else { panic!("no fields") };
    rows
}

const ARRAY: &[u8] = b"\0\0\0\x01\0\0\0\x01\0\0\0\x17\0\0\0\x02\0\0\0\x01\0\0\0\x04\0\0\0\x07\xff\xff\xff\xff";
const NUMERIC: &[u8] = b"\0\x03\0\x01\0\0\0\x03\0\x01\x09\x29\x1a\x7c";

#[test]
fn parts_of_values_are_fields_with_values_and_docs() {
    let bytes = described(&[(1007, -1, ARRAY), (1700, 655_366, NUMERIC), (23, -1, b"\0\0\0\x2a")]);
    let mut asked = asked(&bytes);
    let rows = fields(&mut asked, 1);
    let shown: Vec<String> = rows
        .iter()
        .skip(3)
        .map(|row| format!("{}{} | {} | {}", "  ".repeat(row.depth - 1), row.name, row.value, row.kind))
        .collect();
    for line in ["  column 1 c | “{7,NULL}” | int4[], binary", "  column 2 c | 12345.678 | numeric(10,2), binary"] {
        assert!(shown.iter().any(|row| row == line), "{line}: {shown:#?}");
    }
    let part = |name: &str| shown.iter().find(|row| row.trim_start().starts_with(name)).cloned().unwrap_or_default();
    assert_eq!(part("dimension count").trim_start(), "dimension count | 1 | int32");
    assert_eq!(part("element type oid").trim_start(), "element type oid | 23 (int4) | int32");
    assert_eq!(part("element 1").trim_start(), "element 1 | 7 | ");
    assert!(shown.iter().any(|row| row.ends_with("value | \\x00000007 = 7 | int4")), "{shown:#?}");
    assert_eq!(part("display scale").trim_start(), "display scale | 3 | int16");
    // A value of one part has none below it.
    assert_eq!(rows.last().map(|row| row.name.as_str()), Some("value"));

    let sheet = asked.sheet(1);
    assert!(sheet.doc_chapters.iter().any(|chapter| chapter == "values"), "{:?}", sheet.doc_chapters);
    let mut docs = Docs::default();
    docs.add(&docs_of(Chapter::Values));
    let mut without: Vec<FieldRow> = rows.iter().filter(|row| row.doc_name.starts_with("numeric")).cloned().collect();
    let with = without.clone();
    without.iter_mut().for_each(|row| (row.doc, row.code_doc) = ("".into(), "".into()));
    docs.tell_rows(&mut without);
    assert!(with.len() > 8 && without == with);
}

#[test]
fn a_byte_of_a_value_leads_to_its_part_and_back_to_the_text() {
    let bytes = described(&[(1700, -1, NUMERIC)]);
    let mut asked = asked(&bytes);
    // Message, length, count, length of the value; then digit count, weight, sign.
    let place = asked.place(Request::Byte { number: 1, at: 1 + 4 + 2 + 4 + 4 }).expect("a place");
    assert_eq!(place.id, "datarow.columns.value.numeric.sign");
    assert_eq!((place.start, place.end), (15, 17));
    let Reply::Hex(lines) = asked.ask(Request::Hex { number: 1, from: 0, to: 9, per_line: 16 }) else {
        panic!("no hex")
    };
    assert!(lines[0].runs.iter().any(|run| run.start == 15 && run.node == place.node), "{:?}", lines[0].runs);
    let named = asked.place(Request::Named { number: 1, path: place.id.clone(), at: None }).expect("found again");
    assert_eq!(named.node, place.node);
    let marked = asked.marks(1, 15, 17);
    assert!(marked.iter().any(|line| line.contains("[00 00]")), "{marked:?}");
}

#[test]
fn values_that_do_not_fit_are_problems_of_their_message() {
    let bytes = described(&[(23, -1, b"\0\0\0\0\0\0\0\x2a"), (3802, -1, b"{}")]);
    let mut asked = asked(&bytes);
    let sheet = asked.sheet(1);
    let rules: Vec<&str> = sheet.problems.iter().map(|problem| &*problem.rule).collect();
    assert_eq!(rules, ["L33", "L33"]);
    assert!(sheet.problems[0].message.contains("no int4"), "{:?}", sheet.problems[0]);
    assert!(sheet.problems[1].message.contains("no jsonb"), "{:?}", sheet.problems[1]);
    let Reply::Checked(checked) = asked.ask(Request::Check { messages: 10 }) else { panic!("not checked") };
    assert_eq!(checked.problems, 2);
    let row = fields(&mut asked, 1).into_iter().find(|row| row.name == "value").expect("a value");
    assert_eq!((&*row.reading, row.problem.is_empty()), ("wrong", false));
}

#[test]
fn types_are_told_with_their_modifiers() {
    let mut asked = asked(&described(&[(1700, 655_366, NUMERIC), (1043, 44, b"apple"), (23, -1, b"\0\0\0\x2a")]));
    assert_eq!(asked.rows(0, 1)[0].says, "c numeric(10,2), c varchar(40), c int4");
    let modifiers: Vec<String> =
        fields(&mut asked, 0).into_iter().filter(|row| row.name == "type modifier").map(|row| row.value).collect();
    assert_eq!(modifiers, ["655366 (numeric(10,2))", "44 (varchar(40))", "-1"]);
}

#[test]
fn printed_trees_and_json_have_the_parts() {
    let bytes = described(&[(1007, -1, ARRAY), (600, -1, &[0x3f, 0xf8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0])]);
    let exchange = Exchange::one_sided(Direction::Backend, Stream::raw(bytes), Sides::Given);
    let indexed = Indexed::new(exchange);
    let mut tree = Tree::new();
    let (entry, problems) = indexed.open(1, &mut tree).expect("a row");
    assert_eq!(problems, []);
    let printed = tree_of(&indexed, &entry, &tree, &problems, Colour::Never);
    assert!(printed.contains("\\x00000007 = 7  int4"), "{printed}");
    assert!(printed.contains("1.5  float8"), "{printed}");
    let json = serde_json::to_string(&json::message(&indexed, &entry, &tree, problems)).unwrap();
    assert!(json.contains(r#""id":"datarow.columns.value.array.dimensions.dimension_length""#), "{json}");
    assert!(json.contains(r#""id":"datarow.columns.value.point.x","#) && json.contains(r#""value":"1.5""#), "{json}");
    // The value itself says what it said before it was opened.
    assert!(json.contains(r#""id":"datarow.columns.value","name":"value","value":{"hex":"3ff8"#), "{json}");
}
