//! What a message has to do with others: what it refers to, what may come next, its SQL with parameters.

use pgscope_view::engine::*;
use pgscope_view::print::json;
use pgscope_view::proto::{Direction, Tree};
use pgscope_view::{Indexed, session};
use serde_json::{Value, json};

use crate::{Asked, text};

/// Messages 6 to 18 of it, from 0.
const EXTENDED: &str = r#"(started)
F Parse "s" "SELECT name, '$1' FROM fruit WHERE id = $1 AND name <> $2" [23 25]
F Describe statement "s"
F Sync
B ParseComplete
B ParameterDescription [23 25]
B RowDescription [("name" 0 0 25 -1 -1 text) ("b" 0 0 25 -1 -1 text)]
B ReadyForQuery idle
F Bind "" "s" [binary text] [\x00000007 "O'Neil"] []
F Execute
F Sync
B BindComplete
B DataRow ["pear" "x"]
B CommandComplete "SELECT 1"
B ReadyForQuery idle
"#;
const PARSE: usize = 6;
const DESCRIBE: usize = 7;
const PARAMETERS: usize = 10;
const COLUMNS: usize = 11;
const BIND: usize = 13;
const EXECUTE: usize = 14;
const ROW: usize = 17;
const READY: usize = 19;

/// The exchange as hex that says who sent it.
pub(crate) fn loaded(written: &str) -> Asked {
    let exchange = session::rules::exchange(written).expect("it is an exchange");
    let indexed = Indexed::new(exchange);
    let line = |number: usize| {
        let entry = indexed.index.entry(number).expect("it is there");
        let side = if entry.direction == Direction::Frontend { "F" } else { "B" };
        let hex: String = indexed.bytes(&entry).iter().map(|byte| format!("{byte:02x}")).collect();
        format!("{side}: {hex}\n")
    };
    text(&(0..indexed.index.len()).map(line).collect::<String>())
}

fn ties(asked: &mut Asked, number: usize) -> Ties {
    match asked.ask(Request::Ties(number)) {
        Reply::Ties(ties) => *ties,
        other => panic!("{other:?}"),
    }
}

fn refers(asked: &mut Asked, number: usize) -> Vec<(String, usize)> {
    ties(asked, number).refers.into_iter().map(|one| (one.words.into_owned(), one.number)).collect()
}

fn to(words: &str, number: usize) -> (String, usize) {
    (words.to_owned(), number)
}

#[test]
fn messages_refer_to_what_they_are_about() {
    let mut asked = loaded(EXTENDED);
    assert_eq!(refers(&mut asked, BIND), [to("statement", PARSE), to("described by", PARAMETERS)]);
    assert_eq!(refers(&mut asked, EXECUTE), [to("statement", PARSE), to("portal", BIND)]);
    assert_eq!(refers(&mut asked, ROW), [to("portal", BIND), to("described by", COLUMNS)]);
    assert_eq!(refers(&mut asked, DESCRIBE), [to("statement", PARSE)]);
    assert_eq!(refers(&mut asked, COLUMNS), [to("describes", PARSE)]);
    assert_eq!(refers(&mut asked, PARSE), []);
    let parse = ties(&mut asked, BIND).refers.remove(0);
    assert!(parse.name == "Parse" && parse.says.contains("SELECT name"), "{parse:?}");
}

#[test]
fn a_password_refers_to_what_asked_for_it_and_a_cancel_to_nothing() {
    let mut asked = loaded(
        "F StartupMessage 3.0 [(user alice)]\nB AuthenticationMD5Password \\x01020304\nF PasswordMessage \"md5x\"\nB AuthenticationOk",
    );
    assert_eq!(refers(&mut asked, 2), [to("asked for by", 1)]);
    let mut asked = loaded("F CancelRequest 7 \\x01020304");
    assert_eq!(ties(&mut asked, 0), Ties::default());
}

#[test]
fn sql_is_filled_in_for_a_bind_and_its_execute() {
    let mut asked = loaded(EXTENDED);
    let filled = "SELECT name, '$1' FROM fruit WHERE id = 7 AND name <> 'O''Neil'";
    for number in [BIND, EXECUTE] {
        let sql = ties(&mut asked, number).sql.expect("its SQL is known");
        assert_eq!((sql.of, sql.is_marked, &*sql.before), (PARSE, false, filled));
        assert_eq!(asked.ask(Request::Filled(number)), Reply::Text(filled.to_owned()));
    }
    assert_eq!(ties(&mut asked, PARSE).sql, None);
    assert_eq!(asked.ask(Request::Filled(PARSE)), Reply::Nothing);
}

#[test]
fn values_are_written_as_what_they_are() {
    let check = |types: &str, formats: &str, values: &str, expected: &str| {
        let written = format!(
            "(started)\nF Parse \"\" \"SELECT $1, $2\" {types}\nF Bind \"\" \"\" {formats} {values} []\nF Sync"
        );
        assert_eq!(loaded(&written).ask(Request::Filled(7)), Reply::Text(expected.to_owned()));
    };
    check("[]", "[]", r#"["a" NULL]"#, "SELECT 'a', NULL");
    check("[1114 16]", "[binary]", r"[\x0000000000000000 \x01]", "SELECT '2000-01-01 00:00:00'::timestamp, TRUE");
    // Nobody knows what it is, but everybody sees it.
    check("[]", "[binary]", r"[\x0000002a \x]", r"SELECT $1 /* \x0000002a */, $2 /* empty */");
    check("[]", "[]", r#"["a"]"#, "SELECT 'a', $2");
}

#[test]
fn what_may_come_next_is_told_where_it_is_sure() {
    let mut asked = loaded(EXTENDED);
    let names = |links: &[Link]| links.iter().map(|link| link.name.to_string()).collect::<Vec<_>>();
    let next = ties(&mut asked, ROW).next.expect("it is sure");
    assert!(next.is_answer && names(&next.server).contains(&"CommandComplete".to_owned()), "{next:?}");
    assert_eq!(next.server[0].page, "datarow.html");
    let next = ties(&mut asked, READY).next.expect("it is sure");
    assert!(!next.is_answer && names(&next.client).contains(&"Query".to_owned()), "{next:?}");
    let mut alone = text("B: 5a 00000005 49");
    assert_eq!(ties(&mut alone, 0).next, None);
}

#[test]
fn an_error_shows_its_place_in_the_sql() {
    let error = r#"B ErrorResponse [("S" "ERROR") ("V" "ERROR") ("C" "42P01") ("M" "no such table") ("P" "15")]"#;
    let mut asked =
        loaded(&format!("(started)\nF Query \"SELECT * FROM nothing WHERE a\"\n{error}\nB ReadyForQuery idle"));
    let sql = failure(&mut asked, 7).sql.expect("it is known");
    assert_eq!((&*sql.before, &*sql.marked, &*sql.behind), ("SELECT * FROM ", "nothing", " WHERE a"));
    assert!(sql.is_marked && sql.of == 6);
    assert_eq!(ties(&mut asked, 7).refers[0].number, 6);
    // Of the extended protocol, the Parse has the SQL.
    let mut asked = loaded(&format!(
        "(started)\nF Parse \"\" \"SELECT * FROM nothing WHERE a\"\nF Bind\nF Execute\nF Sync\nB ParseComplete\n{error}\nB ReadyForQuery idle"
    ));
    let told = refers(&mut asked, 11);
    assert_eq!(told, [to("answers", 7), to("statement", 6)]);
    assert_eq!(failure(&mut asked, 11).sql.expect("the Parse has it").marked, "nothing");
}

fn failure(asked: &mut Asked, number: usize) -> Failure {
    let Reply::Failure(failure) = asked.ask(Request::Failure(number)) else { panic!("no failure") };
    *failure
}

#[test]
fn an_error_says_all_that_it_says_for_a_person() {
    let fields = r#"("S" "FEHLER") ("V" "ERROR") ("C" "23505") ("M" "a key\nis there") ("D" "Key (a)=(1).") ("H" "Take another.") ("W" "line 3")"#;
    let mut asked = loaded(&format!(
        "(started)\nF Query \"INSERT INTO t VALUES (1)\"\nB ErrorResponse [{fields}]\nB ReadyForQuery idle"
    ));
    let told = failure(&mut asked, 7);
    assert_eq!((&*told.severity, &*told.code, &*told.says), ("ERROR", "23505 unique_violation", "a key\nis there"));
    let more: Vec<_> = told.more.iter().map(|(name, text)| (&**name, &**text)).collect();
    assert_eq!(more, [("Detail", "Key (a)=(1)."), ("Hint", "Take another."), ("Context", "line 3")]);
    // No place is told: the whole statement.
    let sql = told.sql.expect("it is known");
    assert_eq!((&*sql.before, sql.is_marked, told.is_internal), ("INSERT INTO t VALUES (1)", false, false));
    assert_eq!(asked.ask(Request::Failure(6)), Reply::Nothing, "it is no error");
}

#[test]
fn what_a_function_ran_is_marked_in_its_own_sql() {
    let fields = r#"("S" "ERROR") ("C" "42P01") ("M" "no such table") ("p" "15") ("q" "SELECT 1 FROM nothing") ("W" "PL/pgSQL function f() line 1")"#;
    let mut asked =
        loaded(&format!("(started)\nF Query \"SELECT f()\"\nB ErrorResponse [{fields}]\nB ReadyForQuery idle"));
    let told = failure(&mut asked, 7);
    let sql = told.sql.expect("the error has it");
    assert_eq!((&*sql.before, &*sql.marked, told.is_internal), ("SELECT 1 FROM ", "nothing", true));
}

#[test]
fn of_several_statements_the_one_that_failed_is_shown() {
    let error = r#"B ErrorResponse [("S" "ERROR") ("C" "22012") ("M" "division by zero")]"#;
    let mut asked = loaded(&format!(
        "(started)\nF Query \"BEGIN; SELECT 1/0; SELECT 2\"\nB CommandComplete BEGIN\n{error}\nB ReadyForQuery failedtransaction"
    ));
    assert_eq!(failure(&mut asked, 8).sql.expect("it is known").before, "SELECT 1/0;");
}

#[test]
fn a_finding_tells_what_makes_it_so_and_where_its_rule_is() {
    let mut asked = loaded(&EXTENDED.replace("DataRow [\"pear\" \"x\"]", "DataRow [\"pear\"]"));
    let finding = asked.sheet(ROW).problems.remove(0);
    assert_eq!(finding.page, format!("rule-{}.html", finding.rule));
    assert!(finding.because.iter().any(|one| one.number == COLUMNS && one.name == "RowDescription"), "{finding:?}");
    assert!(finding.because.iter().all(|one| !one.says.is_empty()), "{finding:?}");
    asked.ask(Request::Check { messages: 1000 });
    let Reply::Rules(rules) = asked.ask(Request::Rules) else { panic!("no rules") };
    assert!(rules.iter().any(|rule| rule.first == finding && rule.count == 1), "{rules:?}");
}

#[test]
fn json_has_the_numbers() {
    let exchange = session::rules::exchange(EXTENDED).expect("it is an exchange");
    let indexed = Indexed::new(exchange);
    let value = |number: usize, keys: &[&str]| -> Vec<Value> {
        let mut tree = Tree::new();
        let (entry, problems) = indexed.open(number, &mut tree).expect("it is there");
        let whole = serde_json::to_value(json::message(&indexed, &entry, &tree, problems)).expect("it is JSON");
        keys.iter().map(|key| whole.get(key).cloned().unwrap_or_default()).collect()
    };
    let keys = ["answers", "statement", "portal", "described_by", "describes"];
    assert_eq!(json!(value(BIND, &keys)), json!([null, PARSE, null, PARAMETERS, null]));
    assert_eq!(json!(value(EXECUTE, &keys)), json!([null, PARSE, BIND, null, null]));
    assert_eq!(json!(value(ROW, &keys)), json!([EXECUTE, null, BIND, COLUMNS, null]));
    assert_eq!(json!(value(COLUMNS, &keys)), json!([DESCRIBE, null, null, null, PARSE]));
}
