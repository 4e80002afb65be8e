//! What texts stand for: SQLSTATEs, settings, command tags, positions.

use pgscope_view::engine::*;
use pgscope_view::print::{Colour, json, tree_of};
use pgscope_view::proto::{Direction, Exchange, Stream, Tree, written};
use pgscope_view::{Docs, Indexed, docs_files};

use crate::{Asked, text};

/// Messages as text, one a line, with who says it before.
pub(crate) fn hex(lines: &[&str]) -> String {
    let line = |line: &&str| {
        let side = if line.starts_with('F') { Direction::Frontend } else { Direction::Backend };
        let bytes = written::bytes(side, &line[3..]).expect("a message");
        format!("{}{}\n", &line[..3], bytes.iter().map(|byte| format!("{byte:02x} ")).collect::<String>())
    };
    lines.iter().map(line).collect()
}

const FAILED: [&str; 5] = [
    "F: Query \"SELECT *\\nFROM nothing\"",
    "B: ErrorResponse [(S ERROR) (V ERROR) (C 42P01) (M \"relation \\\"nothing\\\" does not exist\") (P 15)]",
    "B: ParameterStatus client_encoding UTF8",
    "B: CommandComplete \"INSERT 0 3\"",
    "B: ErrorResponse [(S ERROR) (C 42ZZZ) (M new) (p 3) (q \"x y z\")]",
];

fn fields(asked: &mut Asked, number: usize) -> Vec<FieldRow> {
    let Reply::Fields(rows) = asked.ask(Request::Fields { number, from: 0, to: 500 }) else { panic!("no fields") };
    rows
}

/// The rows that say more than their text: the value, and the beginning of what it means.
fn told(asked: &mut Asked, number: usize) -> Vec<String> {
    let rows = fields(asked, number).into_iter().filter(|row| row.value.contains(" = ") || !row.code_doc.is_empty());
    let rows = rows.filter(|row| row.kind == "string");
    rows.map(|row| format!("{}: {}", row.value, row.code_doc.chars().take(20).collect::<String>())).collect()
}

#[test]
fn a_field_is_told_with_what_its_text_stands_for() {
    let mut asked = text(&hex(&FAILED));
    assert_eq!(
        told(&mut asked, 1),
        ["“42P01” = undefined_table: No table, view or se", "“15” = line 2, before “nothing”: "]
    );
    assert_eq!(told(&mut asked, 2), ["“client_encoding”: The encoding of ever"]);
    assert_eq!(told(&mut asked, 3), ["“INSERT 0 3” = 3 rows inserted: Two numbers: first a"]);
    let unknown = "“42ZZZ” = of class 42, syntax error or access rule violation: The statement cannot";
    assert_eq!(told(&mut asked, 4), [unknown, "“3” = before “y z”: "]);
}

#[test]
fn a_row_names_the_condition() {
    let mut asked = text(&hex(&FAILED));
    let says: Vec<String> = asked.rows(0, 5).into_iter().map(|row| row.says).collect();
    assert_eq!(says[1], "ERROR 42P01 undefined_table: relation \"nothing\" does not exist");
    assert_eq!(says[4], "ERROR 42ZZZ new");
}

#[test]
fn the_sheet_names_the_file_that_explains_its_texts() {
    let mut asked = text(&hex(&FAILED));
    for (number, file) in [(1, "sqlstates"), (2, "settings"), (3, "commands")] {
        let names = asked.sheet(number).doc_chapters;
        assert!(names.contains(&file.into()), "{names:?}");
        let mut docs = Docs::default();
        let (_, content) = docs_files().into_iter().find(|(name, _)| **name == *file).expect("a file");
        docs.add(&content);
        let rows = fields(&mut asked, number);
        let row = rows.into_iter().find(|row| row.kind == "string" && !row.code_doc.is_empty()).expect("explained");
        let mut without = FieldRow { code_doc: "".into(), ..row.clone() };
        docs.tell_rows(std::slice::from_mut(&mut without));
        assert_eq!(without, row);
    }
    assert_eq!(asked.sheet(0).doc_chapters.len(), 1);
}

#[test]
fn a_statement_that_was_prepared_is_where_the_position_counts() {
    let mut asked = text(&hex(&[
        "F: Parse query=\"SELECT $1 FROM nothing\"",
        "F: Bind parameters=[\"2\"]",
        "F: Sync",
        "B: ErrorResponse [(S ERROR) (C 42P01) (M no) (P 16)]",
    ]));
    assert_eq!(told(&mut asked, 3)[1], "“16” = before “nothing”: ");
}

/// Everything as one exchange.
fn indexed(lines: &[&str]) -> Indexed {
    let mut exchange = Exchange::default();
    for line in lines {
        let side = if line.starts_with('F') { Direction::Frontend } else { Direction::Backend };
        exchange.push(side, &Stream::raw(written::bytes(side, &line[3..]).expect("a message")), None);
    }
    Indexed::new(exchange)
}

#[test]
fn json_and_tree_have_the_same_meaning() {
    let indexed = indexed(&FAILED);
    let mut tree = Tree::new();
    let (entry, problems) = indexed.open(3, &mut tree).expect("it is there");
    let printed = tree_of(&indexed, &entry, &tree, &problems, Colour::Never);
    assert!(printed.contains("“INSERT 0 3” = 3 rows inserted"), "{printed}");
    assert!(printed.contains("\n                       Two numbers: first an oid"), "{printed}");
    let json = serde_json::to_value(json::message(&indexed, &entry, &tree, problems)).expect("it is JSON");
    assert_eq!(json["fields"][2]["meaning"]["name"], "3 rows inserted");
    assert!(json["fields"][2]["meaning"]["doc"].as_str().is_some_and(|doc| doc.starts_with("Two numbers")));
    assert!(json["fields"][1].get("meaning").is_none());
}

#[test]
fn a_field_as_json_has_its_meaning_too() {
    let mut asked = text(&hex(&["B: ParameterStatus search_path public"]));
    let node = fields(&mut asked, 0).iter().find(|row| row.name == "name").expect("it is there").node;
    let Reply::Text(own) = asked.ask(Request::Said { number: 0, node, form: Saying::Json }) else { panic!("no text") };
    let indexed = indexed(&["B: ParameterStatus search_path public"]);
    let mut tree = Tree::new();
    let (entry, problems) = indexed.open(0, &mut tree).expect("it is there");
    let whole = serde_json::to_value(json::message(&indexed, &entry, &tree, problems)).expect("it is JSON");
    let own: serde_json::Value = serde_json::from_str(&own).expect("it is JSON");
    assert_eq!(own, whole["fields"][2]);
}
