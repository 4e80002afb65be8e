//! Lines of COPY are told as rows, whatever the messages are that carry them.

use pgscope_view::engine::*;

use crate::meaning::hex;
use crate::{Asked, text};

fn copy(sql: &str, columns: usize, pieces: &[&str]) -> Asked {
    let formats = vec!["text"; columns].join(" ");
    let mut lines = vec![format!("F: Query \"{sql}\""), format!("B: CopyInResponse text [{formats}]")];
    lines.extend(pieces.iter().map(|piece| format!("F: CopyData \"{piece}\"")));
    lines.push("F: CopyDone".to_owned());
    text(&hex(&lines.iter().map(String::as_str).collect::<Vec<_>>()))
}

fn check(sql: &str, columns: usize, pieces: &[&str], expected: &[&str]) {
    let mut asked = copy(sql, columns, pieces);
    let says: Vec<String> = asked.rows(2, 2 + pieces.len()).into_iter().map(|row| row.says).collect();
    assert_eq!(says, expected, "{sql}");
}

#[test]
fn lines_are_told_as_rows_under_the_names_that_the_sql_has() {
    let sql = "COPY fruit (id, name) FROM STDIN";
    check(sql, 2, &["1\\tapple\\n2\\t\\\\N\\n"], &["(id=1, name=“apple”), (id=2, name=NULL)"]);
    check("COPY fruit FROM STDIN", 2, &["1\\ta\\\\tb\\n", "\\\\.\\n"], &["(1, “a⇥b”)", "\\."]);
    let sql = "COPY fruit FROM STDIN (FORMAT csv, HEADER, DELIMITER ';')";
    let told = ["(“id”, “name”)", "(id=1, name=“say \"it\"; now”), (id=2, name=NULL)"];
    check(
        sql,
        2,
        &["id;name\\n", "1;\"say \"\"it\"\"; now\"\\n2;\\n"]
            .map(|piece| piece.replace('"', "\\\""))
            .each_ref()
            .map(String::as_str),
        &told,
    );
}

#[test]
fn a_line_in_several_messages_is_told_in_each() {
    let sql = "COPY fruit (id, name, note) FROM STDIN";
    let pieces = ["1\\tap", "p", "le\\tx\\n2\\tfig\\t", "\\\\N"];
    let expected = [
        "(id=1, name=“apple”, …)",
        "(…, name=“apple”, …)",
        "(…, name=“apple”, note=“x”), (id=2, name=“fig”, …)",
        "(…, note=NULL)",
    ];
    check(sql, 3, &pieces, &expected);
    let mut asked = copy(sql, 3, &pieces);
    let place = asked.place(Request::Byte { number: 3, at: 5 }).expect("a place");
    assert_eq!((place.id.as_str(), place.carriers), ("copydata.data.column", vec![2, 3, 4]));
    assert!(place.path.ends_with("column 2"), "{}", place.path);
}

#[test]
fn the_fields_of_a_line_have_names_values_and_exact_places() {
    let mut asked = copy("COPY fruit (id, name) FROM STDIN", 2, &["7\\t\\\\x41\\\\\\\\\\n"]);
    let Reply::Fields(fields) = asked.ask(Request::Fields { number: 2, from: 0, to: 50 }) else { panic!("no fields") };
    let told: Vec<String> = fields
        .iter()
        .filter(|field| field.depth > 1)
        .map(|field| format!("{} {} {}..{}", field.name, field.value, field.start, field.end))
        .collect();
    let expected = [
        "line 1 “7⇥\\x41\\\\⏎” 5..14",
        "column 1 id 7 5..6",
        "delimiter “⇥” 6..7",
        "column 2 name “A\\” 7..13",
        "end of line “⏎” 13..14",
    ];
    assert_eq!(told, expected);
}

fn rules(sql: &str, columns: usize, pieces: &[&str]) -> Vec<(usize, String)> {
    let mut asked = copy(sql, columns, pieces);
    let mut found = Vec::new();
    for number in 2..2 + pieces.len() {
        let problems = asked.sheet(number).problems;
        found.extend(problems.iter().map(|problem| (number, format!("{} {}", problem.rule, problem.message))));
    }
    found
}

#[test]
fn a_line_with_other_columns_than_announced_is_wrong_where_it_ends() {
    let found = rules("COPY fruit FROM STDIN", 2, &["1\\tfig\\n2", "\\n3\\ta\\tb", "\\n"]);
    let told: Vec<(usize, &str)> =
        found.iter().map(|(number, said)| (*number, said.split(',').next().unwrap())).collect();
    assert_eq!(told, [(3, "L64 the line has 1 column"), (4, "L64 the line has 3 columns")], "{found:?}");
}

#[test]
fn nothing_is_said_where_it_is_not_certain_what_a_column_is() {
    for (sql, data) in [
        ("COPY fruit FROM STDIN (FORMAT csv, HEADER)", "id\\n1,fig\\n"),
        ("COPY fruit FROM STDIN", "1\\tfig\\n\\\\.\\nrest\\n"),
        ("COPY fruit FROM '/x'", "1\\n"),
        ("SELECT 1", "1\\n"),
        ("COPY fruit FROM STDIN (FORMAT csv)", "1,\\\"a\\n,b,c\\\"\\n"),
    ] {
        assert_eq!(rules(sql, 2, &[data]), [], "{sql}");
    }
}
