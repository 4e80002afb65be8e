//! Bytes, fields and the pasted text lead to each other.

use pgscope_view::engine::*;

use crate::{ONE_SHORT, text};

/// A DataRow with an int4 in binary and a NULL.
const ROW: &str = "B: 44 00000012 0002 00000004 00000001 ffffffff";

fn fields(asked: &mut crate::Asked, from: usize, to: usize) -> Vec<FieldRow> {
    let Reply::Fields(rows) = asked.ask(Request::Fields { number: 0, from, to }) else { panic!("no fields") };
    rows
}

#[test]
fn fields_stand_in_the_order_of_the_bytes() {
    let rows = fields(&mut text(ROW), 0, 100);
    let told: Vec<String> = rows
        .iter()
        .map(|row| {
            format!("{}{} {} {}..{} {}", "  ".repeat(row.depth - 1), row.name, row.value, row.start, row.end, row.role)
        })
        .collect();
    let expected = [
        "tag ‘D’ 0..1 tag",
        "length 18 1..5 length",
        "columns  5..19 value",
        "  column count 2 5..7 count",
        "  column 1  7..15 value",
        "    length 4 7..11 length",
        "    value \\x00000001 11..15 value",
        "  column 2 NULL 15..19 value",
        "    length -1 15..19 length",
    ];
    assert_eq!(told, expected);
    assert!(rows.iter().all(|row| row.node > row.parent && !row.doc.is_empty()));
    assert_eq!(fields(&mut text(ROW), 3, 5).iter().map(|row| row.node).collect::<Vec<_>>(), [4, 5]);
}

#[test]
fn hex_runs_tile_each_line_and_say_where_they_are_open() {
    let mut asked = text(ROW);
    let Reply::Hex(lines) = asked.ask(Request::Hex { number: 0, from: 0, to: 9, per_line: 8 }) else { panic!() };
    let told: Vec<String> = lines
        .iter()
        .map(|line| {
            let runs = line.runs.iter().map(|run| {
                let (open, close) = (if run.from_before { '…' } else { '[' }, if run.goes_on { '…' } else { ']' });
                format!("{open}{}..{}{close}", run.start, run.end)
            });
            format!("{} {}", line.at, runs.collect::<String>())
        })
        .collect();
    assert_eq!(told, ["0 [0..1][1..5][5..7][7..8…", "8 …8..11][11..15][15..16…", "16 …16..19]"]);
    let Reply::Hex(second) = asked.ask(Request::Hex { number: 0, from: 1, to: 2, per_line: 8 }) else { panic!() };
    assert_eq!(second, lines[1..2]);
}

#[test]
fn a_byte_is_told_with_its_field_and_the_field_with_its_path() {
    let place = text(ROW).place(Request::Byte { number: 0, at: 12 }).unwrap();
    assert_eq!((place.start, place.end, place.around), (11, 15, (7, 15)));
    assert_eq!(place.path, "columns › column 1 › value");
    assert_eq!(place.id, "datarow.columns.value");
    let query = text("51 00 00 00 06 41 00").place(Request::Byte { number: 0, at: 0 }).unwrap();
    assert_eq!(query.told, "offset 0x00, 51, ‘Q’, tag, Query");
    let last = text(ONE_SHORT).place(Request::Byte { number: 0, at: 1000 }).unwrap();
    assert_eq!(last.at, 14, "a byte behind the end is the last");
}

#[test]
fn bytes_lead_to_the_characters_they_came_from() {
    let cases = [
        ("51 00 00 00 06 41 00", (1, 5), vec!["0: 51 [00 00 00 06]"]),
        ("F: 51 00 00\n   00 06 41 00", (1, 5), vec!["0: F: 51 [00 00]", "1:    [00 06]"]),
        ("ÿ😀 // no\nb\"Q\\0\\0\\0\\x06A\\0\"", (4, 6), vec!["1: b\"Q\\0\\0\\0[\\x06A]"]),
        ("00000000: 5100 0000 0641 00  Q....A.", (0, 2), vec!["0: 00000000: [5100]"]),
    ];
    for (input, (start, end), expected) in cases {
        assert_eq!(text(input).marks(0, start, end), expected, "{input}");
    }
}

#[test]
fn characters_lead_to_the_byte_that_was_read_from_them() {
    let input = "// ÿ😀\nF: 51 00 00 00 06 41 00\nB:\t5a 00 00 00 05 49";
    let mut asked = text(input);
    let unit = |needle: &str| input.split(needle).next().unwrap().encode_utf16().count();
    let at = asked.place(Request::AtText(unit("41"))).unwrap();
    assert_eq!((at.number, at.at, at.path.as_str()), (0, 5, "query"));
    let ready = asked.place(Request::AtText(unit("49") + 1)).unwrap();
    assert_eq!((ready.number, ready.at), (1, 5));
    // The tab takes the text to column 8.
    let shown = asked.place(Request::AtPlace { line: 2, column: 8 }).unwrap();
    assert_eq!((shown.number, shown.at), (1, 0));
    assert_eq!(asked.place(Request::AtPlace { line: 2, column: 5 }), None, "inside the tab");
    assert_eq!(asked.place(Request::AtPlace { line: 1, column: 90 }), None, "behind the line");
}

#[test]
fn every_byte_of_every_field_leads_back_to_its_own_characters() {
    let input = format!("F: {ONE_SHORT}\n{ROW}\nB: 5a00000005 49");
    let mut asked = text(&input);
    for row in asked.rows(0, 9) {
        for at in 0..row.length {
            let marks = asked.marks(row.number, at, at + 1);
            assert_eq!(marks.len(), 1, "message {} byte {at}", row.number);
            let (line, column) = marks[0].split_once(": ").unwrap();
            let place = Request::AtPlace { line: line.parse().unwrap(), column: column.find('[').unwrap() };
            let back = asked.place(place).unwrap();
            assert_eq!((back.number, back.at), (row.number, at));
        }
    }
}

/// A row of an int4 in binary and a text, with the description before it.
const TYPED: &str = "F: 51 0000000e 53454c454354 2031 3b00
B: 54 00000030 0002 696400 00004001 0001 00000017 0004 ffffffff 0001 6e616d6500 00004001 0002 00000019 ffff ffffffff 0000
B: 44 00000015 0002 00000004 00000001 00000003 416461";

#[test]
fn values_have_the_names_and_types_that_were_told_earlier() {
    let mut asked = crate::text(TYPED);
    assert_eq!(asked.rows(2, 3)[0].says, "id=1, name=“Ada”");
    let Reply::Fields(fields) = asked.ask(Request::Fields { number: 2, from: 0, to: 99 }) else { panic!("fields") };
    let shown: Vec<String> =
        fields.iter().map(|field| format!("{} | {} | {}", field.name, field.value, field.kind)).collect();
    assert!(shown.contains(&"column 1 id | 1 | int4, binary".to_owned()), "{shown:#?}");
    assert!(shown.contains(&"value | \\x00000001 = 1 | int4, binary".to_owned()), "{shown:#?}");
    assert!(shown.contains(&"column 2 name | “Ada” | text".to_owned()), "{shown:#?}");
    assert_eq!(asked.sheet(2).answers, Some((0, "Query".into())));
    assert_eq!(asked.sheet(0).answers, None);
}

#[test]
fn an_offset_within_a_message_is_gone_to() {
    let mut asked = text("B: 5a 00000005 49\nB: 44 00000012 0002 00000004 00000001 ffffffff");
    let mut go = |to: &str| asked.ask(Request::Goto { to: to.to_owned(), direction: String::new(), within: Some(1) });
    for (typed, at) in [("11", 11), ("0xb", 11), ("@11", 11), ("offset 0", 0), ("18", 18)] {
        let Reply::Place(place) = go(typed) else { panic!("{typed}") };
        assert_eq!((place.number, place.at), (1, at), "{typed}");
    }
    let Reply::Refused(why) = go("0x13") else { panic!("it has 19 bytes") };
    assert_eq!(why, "The message has 19 bytes: the last offset is 0x12 (18).");
    assert!(matches!(go("there"), Reply::Refused(_)));
}

#[test]
fn each_line_says_how_much_of_what_it_stands_for_was_found() {
    // Rows of which two have it, and what ends them.
    let row = |letters: &str| format!("B: 44 0000000c 0001 00000002 {letters}\n");
    let query = "F: 51 00000006 41 00\n";
    let input = format!("{query}{}{}{}B: 5a 00000005 49\nF: 58 00000004", row("6162"), row("6263"), row("6162"));
    let mut asked = text(&input);
    asked.ask(Request::Find("ab".to_owned()));
    let found = |asked: &mut crate::Asked, open: bool| {
        asked.ask(Request::Fold { spot: Spot::default(), folding: Folding::All(open) });
        let Reply::Lines(lines) = asked.ask(Request::Lines { from: 0, to: 99 }) else { panic!("no lines") };
        lines.iter().map(|line| line.found).collect::<Vec<_>>()
    };
    assert_eq!(found(&mut asked, true).iter().sum::<usize>(), 0, "nothing was looked at yet");
    asked.ask(Request::Look { messages: 99 });
    assert_eq!(found(&mut asked, false), [2, 0]);
    assert_eq!(found(&mut asked, true), [0, 0, 1, 0, 1, 0, 0]);
}
