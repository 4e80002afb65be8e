//! What replication carries, in recordings of real servers, is told with what was said before.

use std::fmt::Write;
use std::path::Path;

use pgscope_view::engine::*;

use crate::meaning::hex;
use crate::{Asked, text};

/// A recording as text: hex with who said it.
pub(crate) fn recording(name: &str) -> Asked {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/fixtures/captures").join(name);
    let file = |ending: &str| std::fs::read(format!("{}.{ending}", path.display())).expect("it is there");
    let (client, server) = (file("client.bin"), file("server.bin"));
    let mut hex = String::new();
    for line in String::from_utf8(file("jsonl")).expect("text").lines() {
        let line: serde_json::Value = serde_json::from_str(line).expect("JSON");
        let (Some(side), Some(start), Some(length)) =
            (line["dir"].as_str(), line["off"].as_u64(), line["len"].as_u64())
        else {
            continue;
        };
        let bytes = if side == "F" { &client } else { &server };
        let _ = write!(hex, "{side}: ");
        for byte in &bytes[start as usize..][..length as usize] {
            let _ = write!(hex, "{byte:02x}");
        }
        hex.push('\n');
    }
    text(&hex)
}

/// What the messages say that begin with this.
fn said(asked: &mut Asked, begins: &str) -> Vec<String> {
    let rows = asked.rows(0, asked.loaded.messages).into_iter().map(|row| format!("{} {}", row.name, row.says));
    rows.filter(|says| says.starts_with(begins)).collect()
}

#[test]
fn changes_are_told_under_the_names_of_their_columns() {
    let mut asked = recording("pg18/repl_v1");
    let relation = said(&mut asked, "Relation public.r1");
    assert_eq!(relation[0], "Relation public.r1 (id int4 key, s text, m public.mood, n numeric)");
    assert_eq!(said(&mut asked, "Insert public.r1")[1], "Insert public.r1 (id=2, s=NULL, m=“sad”, n=NULL)");
    let updates = said(&mut asked, "Update ");
    assert_eq!(updates[0], "Update public.r1 (id=1, s=“uno”, m=“ok”, n=1.5)");
    assert_eq!(updates[1], "Update public.r1 key (id=2) → (id=20, s=NULL, m=“sad”, n=NULL)");
    assert_eq!(updates[2], "Update public.r2 old (a=1, b=“x”, p=“(1,a)”) → (a=1, b=“y”, p=“(1,a)”)");
    assert_eq!(said(&mut asked, "Delete public.r1")[0], "Delete public.r1 key (id=3)");
    assert!(updates.iter().any(|update| update.contains("big=unchanged")), "{updates:?}");
    assert_eq!(said(&mut asked, "Type ")[0], "Type public.mood, oid 16915");
}

#[test]
fn a_commit_names_the_transaction_that_began() {
    let mut asked = recording("pg18/repl_v1");
    let (begins, commits) = (said(&mut asked, "Begin "), said(&mut asked, "Commit "));
    assert_eq!(begins.len(), commits.len());
    for (begin, commit) in begins.iter().zip(&commits) {
        assert_eq!(begin.replace("Begin", "Commit").replace(", committed", ""), *commit);
    }
}

#[test]
fn binary_and_streamed_changes_are_read_by_their_types() {
    let mut asked = recording("pg18/repl_v4_parallel_binary");
    let inserts = said(&mut asked, "Insert ");
    assert_eq!(inserts[0], "Insert public.r1 (id=1000, s=“stream row 1000”, m=“ok”, n=1000) in 1043");
}

#[test]
fn binary_values_of_changes_open_into_their_parts() {
    let mut asked = recording("replication/pgoutput_v1_binary");
    let rows = asked.rows(0, asked.loaded.messages);
    let insert = rows.iter().find(|row| row.name == "Insert" && row.says == "public.r1 (id=1, s=“one”, m=“ok”, n=1.5)");
    let number = insert.expect("an insert").number;
    let Reply::Fields(fields) = asked.ask(Request::Fields { number, from: 0, to: 500 }) else { panic!("no fields") };
    let told: Vec<String> =
        fields.iter().map(|field| format!("{} {} {}", field.name, field.value, field.kind)).collect();
    for expected in ["value \\x00000001 = 1 int4, binary", "display scale 1 int16", "digit 2 5000 int16"] {
        assert!(told.iter().any(|field| field == expected), "{expected} in {told:#?}");
    }
    assert!(rows.iter().all(|row| row.problems == 0));
}

#[test]
fn calls_of_functions_are_told_by_name_with_their_arguments() {
    let mut asked = recording("psql/large_object");
    let rows = asked.rows(0, asked.loaded.messages);
    let told: Vec<&str> =
        rows.iter().filter(|row| row.name.starts_with("FunctionCall")).map(|row| &*row.says).collect();
    assert_eq!(told[0], "lo_creat(mode=393216)");
    assert_eq!(told[2], "lo_open(loid=17553, mode=131072)");
    assert_eq!(told[1], "17553");
    assert!(told[4].starts_with("lowrite(fd=0, data=“\\x436f7079"), "{}", told[4]);
    assert_eq!(told[5], "1499");
    let number = rows.iter().find(|row| row.name == "FunctionCall").expect("a call").number;
    let Reply::Fields(fields) = asked.ask(Request::Fields { number, from: 0, to: 50 }) else { panic!("no fields") };
    let told: Vec<String> = fields.iter().map(|field| format!("{}: {}", field.name, field.value)).collect();
    assert!(told.contains(&"function oid: 957 = lo_creat".to_owned()), "{told:?}");
    assert!(told.contains(&"argument 1 mode: 393216".to_owned()), "{told:?}");
}

#[test]
fn every_change_of_every_recording_of_pgoutput_knows_its_relation() {
    for name in ["pg18/repl_v2", "pg18/repl_v4", "pg18/repl_v4_rowfilter", "replication/pgoutput_v1_binary"] {
        let mut asked = recording(name);
        for kind in ["Insert ", "Update ", "Delete ", "Truncate "] {
            let unknown = said(&mut asked, kind).into_iter().find(|says| !says[kind.len()..].starts_with("public."));
            assert_eq!(unknown, None, "{name}");
        }
    }
}

#[test]
fn the_fields_of_a_change_have_their_columns_names_and_types() {
    let mut asked = recording("pg18/repl_v1");
    let rows = asked.rows(0, asked.loaded.messages);
    let number =
        rows.iter().find(|row| row.name == "Insert" && row.says.starts_with("public.r1")).expect("an insert").number;
    let Reply::Fields(fields) = asked.ask(Request::Fields { number, from: 0, to: 500 }) else { panic!("no fields") };
    let told = |field: &FieldRow| format!("{}: {} {}", field.name, field.value, field.kind);
    let told: Vec<String> = fields.iter().map(told).collect();
    for expected in ["column 1 id: text int4", "value: “1” int4", "column 3 m: text type 16915"] {
        assert!(told.iter().any(|field| field.trim_end() == expected), "{expected} in {told:#?}");
    }
    assert!(
        told.iter().any(|field| field.starts_with("relation oid: ") && field.contains(" = public.r1")),
        "{told:#?}"
    );
}

#[test]
fn a_standby_is_told_with_how_far_it_is_behind() {
    let mut asked = recording("replication/subscription.c2");
    let told = said(&mut asked, "Standby status update written");
    assert!(told.iter().any(|says| says.ends_with("applied 0/1203A1D8: all that the server has told")), "{told:?}");
}

#[test]
fn what_a_standby_lacks_is_counted_in_bytes() {
    let mut asked = text(&hex(&[
        "F: Query \"START_REPLICATION SLOT s LOGICAL 0/0 (proto_version '1', publication_names 'p')\"",
        "B: CopyBothResponse text []",
        "B: CopyData PrimaryKeepalive(0/1000 0 0)",
        "F: CopyData StandbyStatusUpdate(0/F00 0/E00 0/D00 0 0)",
        "F: CopyData StandbyStatusUpdate(0/1000 0/1000 0/0 0 0)",
    ]));
    let says: Vec<String> = asked.rows(3, 5).into_iter().map(|row| row.says).collect();
    assert!(says[0].ends_with(": 512 bytes behind 0/1000, 768 to apply"), "{says:?}");
    assert!(says[1].ends_with(": all that the server has told"), "{says:?}");
}

#[test]
fn pieces_of_transactions_are_told_in_their_messages() {
    let mut asked = recording("pg18/repl_v4_parallel_binary");
    let (starts, stops) = (said(&mut asked, "Stream Start"), said(&mut asked, "Stream Stop"));
    assert_eq!(starts[0], "Stream Start of transaction 1043, piece 1");
    assert_eq!(starts[1], "Stream Start of transaction 1043, piece 2");
    // Of the last piece that is looked at, only the beginning.
    assert_eq!(stops.len(), 3);
    for (start, stop) in starts.iter().zip(&stops) {
        assert_eq!(start.replace("Start", "Stop"), *stop);
    }
    let mut asked = recording("replication/pgoutput_v3_two_phase");
    assert!(said(&mut asked, "Begin Prepare 1808 as “gid-1” at 0/D359050, 2026-11-21").len() == 1);
    assert!(said(&mut asked, "Rollback Prepared 1809 as “gid-2” at 0/D3593E0").len() == 1);
}

#[test]
fn a_piece_of_a_backup_is_told_with_its_file() {
    let mut asked = text(&hex(&[
        "F: Query \"BASE_BACKUP (PROGRESS true)\"",
        "B: CopyOutResponse text []",
        "B: CopyData NewArchive(base.tar \"\")",
        "B: CopyData ArchiveOrManifestData(\"abc\")",
        "B: CopyData Manifest()",
        "B: CopyData ArchiveOrManifestData(\"{}\")",
    ]));
    let says: Vec<String> = asked.rows(0, 6).into_iter().map(|row| row.says).collect();
    assert_eq!(says[3], "base.tar, 3 bytes", "{says:?}");
    assert_eq!(says[5], "backup_manifest, 2 bytes", "{says:?}");
}

/// CopyData with XLogData of this content.
fn decoded(content: &[u8]) -> String {
    let body = [b"w".as_slice(), &[0; 24], content].concat();
    let bytes = [b"d".as_slice(), &(body.len() as u32 + 4).to_be_bytes(), &body].concat();
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn what_other_plugins_write_is_shown_as_their_text() {
    let sql = b"START_REPLICATION SLOT s LOGICAL 0/0 (\"pretty-print\" '0')\0";
    let query: String = sql.iter().map(|byte| format!("{byte:02x}")).collect();
    let begun = format!("F: 51 {:08x} {query}\nB: 57 00000007 000000\n", sql.len() + 4);
    let contents: [&[u8]; 4] =
        [b"BEGIN 693", "table public.t: INSERT: a[text]:'\u{e9}'".as_bytes(), b"{\"change\":[]}", b"\x08\x01\xff\xfe"];
    let data: String = contents.iter().map(|content| format!("B: {}\n", decoded(content))).collect();
    for (text, from) in [(format!("{begun}{data}"), 2), (data, 0)] {
        let capture = pgscope_view::capture::read_text(&text, &Default::default());
        let indexed = pgscope_view::Indexed::new(capture.exchanges.into_iter().next().expect("a connection"));
        let mut tree = pgscope_view::proto::Tree::new();
        let told: Vec<(String, &str)> = (from..from + 4)
            .map(|number| {
                let (entry, _) = indexed.open(number, &mut tree).expect("it is there");
                (indexed.says(&entry, &tree), tree.nodes.last().expect("its data").field.name)
            })
            .collect();
        assert_eq!(told[0], ("XLogData BEGIN 693".to_owned(), "text"));
        assert_eq!(told[1], ("XLogData table public.t: INSERT: a[text]:'é'".to_owned(), "text"));
        assert_eq!(told[2], ("XLogData {\"change\":[]}".to_owned(), "JSON"));
        assert!(told[3].0.ends_with("0801fffe") && told[3].1 == "data", "{told:?}");
    }
}
