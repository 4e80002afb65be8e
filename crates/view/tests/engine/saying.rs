//! A field as text, as it is shown whole and as it is copied.

use pgscope_view::engine::*;
use pgscope_view::print::json;
use pgscope_view::proto::Tree;
use pgscope_view::{Indexed, proto};
use serde_json::Value;

use crate::{Asked, text};

fn said(asked: &mut Asked, node: usize, form: Saying) -> String {
    match asked.ask(Request::Said { number: 0, node, form }) {
        Reply::Text(text) => text,
        other => panic!("{other:?}"),
    }
}

fn fields(asked: &mut Asked) -> Vec<FieldRow> {
    let Reply::Fields(rows) = asked.ask(Request::Fields { number: 0, from: 0, to: 500 }) else { panic!("no fields") };
    rows
}

const ROW: &str = "B: 44 0000001d 0003 ffffffff 00000003 61220a 00000004 01020304";

#[test]
fn a_field_as_json_is_the_one_of_the_whole_message() {
    let bytes = b"D\0\0\0\x1d\0\x03\xff\xff\xff\xff\0\0\0\x03a\"\n\0\0\0\x04\x01\x02\x03\x04".to_vec();
    let exchange =
        proto::Exchange::one_sided(proto::Direction::Backend, proto::Stream::raw(bytes), proto::Sides::Given);
    let indexed = Indexed::new(exchange);
    let mut tree = Tree::new();
    let (entry, problems) = indexed.open(0, &mut tree).expect("it is there");
    let whole = serde_json::to_value(json::message(&indexed, &entry, &tree, problems)).expect("it is JSON");
    let mut asked = text(ROW);
    for (nth, node) in tree.children(0).enumerate() {
        let own: Value = serde_json::from_str(&said(&mut asked, node, Saying::Json)).expect("it is JSON");
        assert_eq!(own, whole["fields"][nth]);
    }
    let column = tree.nodes.iter().position(|node| node.ordinal == Some(1)).expect("it is there");
    let own: Value = serde_json::from_str(&said(&mut asked, column, Saying::Json)).expect("it is JSON");
    assert_eq!(own, whole["fields"][2]["children"][2]);
}

#[test]
fn what_is_known_of_values_is_in_both() {
    let text = "B: 54 0000002d 0002 6e00 00000000 0000 00000017 0004 ffffffff 0001 7400 00000000 0000 00000019 ffff ffffffff 0000\n\
                B: 44 00000015 0002 00000004 31323334 00000003 61e922\nB: 53 00000009 61e90062 00";
    let capture = pgscope_view::capture::read_text(text, &Default::default());
    let indexed = Indexed::new(capture.exchanges.into_iter().next().expect("a connection"));
    let mut asked = crate::text(text);
    let mut tree = Tree::new();
    for number in 0..3 {
        let (entry, problems) = indexed.open(number, &mut tree).expect("it is there");
        let whole = serde_json::to_value(json::message(&indexed, &entry, &tree, problems)).expect("it is JSON");
        for (nth, node) in tree.children(0).enumerate() {
            let Reply::Text(own) = asked.ask(Request::Said { number, node, form: Saying::Json }) else { panic!() };
            assert_eq!(serde_json::from_str::<Value>(&own).expect("it is JSON"), whole["fields"][nth]);
        }
        let text = whole.to_string();
        let known = [&["\"column\"", "\"oid\":23", "825373492", "61e922"][..], &["61e9\""]];
        assert!(number == 0 || known[number - 1].iter().all(|part| text.contains(part)), "{text}");
    }
}

#[test]
fn a_value_is_copied_bare_and_a_list_as_lines() {
    let mut asked = text(ROW);
    let rows = fields(&mut asked);
    let node = |name: &str| rows.iter().find(|row| row.name == name).expect("it is there").node;
    assert_eq!(said(&mut asked, node("column count"), Saying::Value), "3");
    let second = node("column 2");
    assert_eq!(said(&mut asked, second + 2, Saying::Value), "a\"\n");
    assert_eq!(said(&mut asked, second, Saying::Value), "column 2\n  length: 3\n  value: “a\"⏎”\n");
}

#[test]
fn a_long_value_is_cut_in_its_row_and_whole_when_it_is_asked_for() {
    let sql = "x".repeat(1000);
    let hex: String = sql.bytes().map(|byte| format!("{byte:02x}")).collect();
    let mut asked = text(&format!("51 {:08x} {hex}00", sql.len() + 5));
    let row = fields(&mut asked).pop().expect("the query");
    assert!(row.cut && row.value.len() < 500);
    assert_eq!(said(&mut asked, row.node, Saying::Row), format!("“{sql}”"));
}

#[test]
fn a_field_that_could_not_be_read_says_why() {
    let mut asked = text("B: 44 0000000b 0002 00000009 31");
    let rows = fields(&mut asked);
    let wrong: Vec<_> = rows.iter().filter(|row| !row.problem.is_empty()).collect();
    assert!(wrong.iter().any(|row| row.problem.contains("9 bytes")), "{wrong:?}");
}
