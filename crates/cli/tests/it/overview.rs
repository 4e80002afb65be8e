//! `pgscope connections`, `statements`, `stats` and `filter`.

use serde_json::Value;

use super::{err, out, run};

/// A query with a row, one that fails, and one more like the first.
const TALK: &[u8] = b"F: 51 0000000d 53454c454354203100\nB: 44 0000000b 0001 00000001 31\nB: 43 0000000d 53454c454354203100\nB: 5a 00000005 49
F: 51 00000009 6e6f210a00\nB: 45 0000001c 534552524f5200 43343236303100 4d73796e7461782e00 00\nB: 5a 00000005 49
F: 51 0000000d 53454c454354203200\nB: 43 0000000d 53454c454354203000\nB: 5a 00000005 49\n";

/// A ReadyForQuery with a letter that is none: its borders and its place are well.
const ODD: &[u8] = b"F: 51 0000000d 53454c454354203100\nB: 43 0000000d 53454c454354203100\nB: 5a 00000005 51\n";

/// What is cut out of a capture keeps its addresses, and what is masked does not.
#[test]
fn what_is_cut_out_is_between_the_same_ends_unless_it_is_masked() {
    let recorded = super::fixture("../drivers/tokio-postgres/cancel.pcap");
    let clients = |file: &str| {
        let json: Value =
            serde_json::from_str(&out(&run(&["connections", "--format", "json", file], b""))).expect("JSON");
        json.as_array().expect("rows").iter().map(|row| row["client"].to_string()).collect::<Vec<_>>()
    };
    let cut = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("cut.pcapng").display().to_string();
    assert!(run(&["filter", "length > 0", &recorded, "--force", "--write", &cut], b"").status.success());
    assert_eq!(clients(&cut), clients(&recorded));
    assert!(run(&["filter", "length > 0", &recorded, "--mask", "--force", "--write", &cut], b"").status.success());
    assert_eq!(clients(&cut), ["\"127.0.0.1:50000\"", "\"127.0.0.1:50001\""]);
}

#[test]
fn what_is_missing_in_a_capture_is_missing_in_what_is_cut_out() {
    // Where a note says what is missing is a place in the file.
    let told = |file: &str| {
        let list = out(&run(&["decode", "--format", "list", file], b""));
        list.lines().map(|line| line.split(" at byte").next().unwrap_or_default().to_owned()).collect::<Vec<_>>()
    };
    let cut = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("gaps.pcapng").display().to_string();
    for name in ["lost_segment_client", "snaplen96", "ended_early"] {
        let recorded = super::fixture(&format!("../captures/pcap-odd/{name}.pcap"));
        assert!(run(&["filter", "length > 0", &recorded, "--force", "--write", &cut], b"").status.success());
        assert_eq!(told(&cut), told(&recorded), "{name}");
    }
}

#[test]
fn what_is_cut_out_overwrites_nothing_unasked_and_never_what_is_read() {
    let recorded = super::fixture("../captures/pcap-odd/base.pcap");
    let copy = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("own.pcap");
    std::fs::copy(&recorded, &copy).expect("it is copied");
    let path = copy.display().to_string();
    let (before, all) = (std::fs::read(&copy).expect("it is there"), "length > 0");
    let onto_itself = run(&["filter", all, &path, "--force", "--write", &path], b"");
    assert!(err(&onto_itself).contains("is what is read"), "{}", err(&onto_itself));
    let unasked = run(&["filter", all, &recorded, "--write", &path], b"");
    assert!(err(&unasked).contains("is there already: --force overwrites it"), "{}", err(&unasked));
    let nothing = run(&["filter", "tag == \"?\"", &recorded, "--force", "--write", &path], b"");
    assert!(err(&nothing).contains("was not written") && nothing.status.code() == Some(1), "{}", err(&nothing));
    assert_eq!(std::fs::read(&copy).expect("it is there"), before);
    let none = run(&["filter", all, &recorded, "--connection", "9"], b"");
    assert!(err(&none).contains("there is no connection 9: there are 1") && none.status.code() == Some(2));
}

#[test]
fn findings_are_all_that_is_wrong() {
    let csv = out(&run(&["connections", "--format", "json"], ODD));
    let json: Value = serde_json::from_str(&csv).expect("JSON");
    assert_eq!(json[0]["findings"].as_u64(), Some(1), "{csv}");
}

#[test]
fn a_file_is_told_in_numbers_as_text_json_and_csv() {
    let text = out(&run(&["connections"], TALK));
    assert!(text.lines().count() == 2 && text.contains("queries"), "{text}");
    let json: Value = serde_json::from_str(&out(&run(&["statements", "--format", "json"], TALK))).expect("JSON");
    let found: Vec<_> =
        json.as_array().expect("an array").iter().map(|one| (one["text"].as_str(), one["count"].as_u64())).collect();
    assert_eq!(found, [(Some("SELECT ?"), Some(2)), (Some("no!"), Some(1))]);
    let csv = out(&run(&["statements", "--format", "csv"], TALK));
    assert!(csv.starts_with("statement,runs,connections,errors,rows,") && csv.contains("SELECT ?,2,1,0,1,"), "{csv}");
    let stats: Value = serde_json::from_str(&out(&run(&["stats", "--format", "json"], TALK))).expect("JSON");
    assert_eq!(
        (stats["queries"].as_u64(), stats["errors"].as_u64(), stats["round_trips"].as_u64()),
        (Some(3), Some(1), Some(3))
    );
    assert!(out(&run(&["stats"], TALK)).contains("ReadyForQuery"));
    // Who closed what is data, too, and what was awaited then.
    let gone = super::fixture("../captures/pcap-odd/client_gone.pcap");
    let text = out(&run(&["connections", &gone], b""));
    assert!(text.contains("closed, then reset, by the client, 1.33 s before its answer ended"), "{text}");
    let rows: Value = serde_json::from_str(&out(&run(&["connections", "--format", "json", &gone], b""))).expect("JSON");
    let ending = &rows[0]["ending"];
    assert_eq!(
        [&ending["how"], &ending["by"], &ending["awaited"]].map(|field| field.as_str().unwrap_or_default()),
        ["closed_then_reset", "frontend", "late_answer"]
    );
    let ends = |file: &str| {
        let csv = out(&run(&["connections", "--format", "csv", file], b""));
        assert!(csv.trim_end().ends_with(",closed_then_reset,frontend,,late_answer,1327221"), "{csv}");
    };
    ends(&gone);
    let cut = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("gone.pcapng").display().to_string();
    assert!(run(&["filter", "length > 0", &gone, "--force", "--write", &cut], b"").status.success());
    ends(&cut);
    assert_eq!(run(&["connections"], b"").status.code(), Some(2));
    assert!(err(&run(&["stats", "--connection", "2"], TALK)).contains("there is no connection 2: there are 1"));
}

#[test]
fn messages_are_chosen_and_what_cannot_be_read_is_pointed_at() {
    let chosen = out(&run(&["filter", "sqlstate ~ '^42' || rows > 0"], TALK));
    assert_eq!(chosen.lines().count(), 2, "{chosen}");
    assert_eq!(run(&["filter", "tag == X"], TALK).status.code(), Some(1));
    let wrong = run(&["filter", "rows > few"], TALK);
    assert_eq!(wrong.status.code(), Some(2));
    assert!(err(&wrong).contains("met “few”, expected a whole number\n  rows > few\n         ^"), "{}", err(&wrong));
    let file = std::env::temp_dir().join(format!("pgscope-cut-{}.pcapng", std::process::id()));
    let path = file.to_str().expect("a path");
    assert_eq!(run(&["filter", "name == Query", "--write", path], TALK).status.code(), Some(0));
    let again = out(&run(&["decode", "--format", "list", path], b""));
    let _ = std::fs::remove_file(&file);
    assert_eq!(again.lines().filter(|line| line.contains(" Query ")).count(), 3, "{again}");
}

/// What is guessed of many connections is said of one, and of how many more.
#[test]
fn a_guess_is_said_once() {
    let odd = super::fixture("../captures/pcap-odd/no_syn.pcap");
    for command in [&["decode"][..], &["decode", "--live"], &["lint"]] {
        let said = err(&run(&[command, &[&odd]].concat(), b""));
        assert_eq!(said.matches("who sent this is a guess").count(), 1, "{said}");
        assert!(said.contains("connection 1: who sent") && said.contains("guessed 2 times more"), "{said}");
    }
    let one = err(&run(&["decode", "--connection", "3", &odd], b""));
    assert!(one.contains("connection 3: who sent this is a guess") && !one.contains("more;"), "{one}");
}

/// One connection of several is looked at alone, with the numbers that it has among all.
#[test]
fn one_connection_is_looked_at_alone() {
    let two = super::fixture("../captures/pgbench/tpcb_prepared_c2.pcap");
    let decode = |more: &[&str]| out(&run(&[&["decode", two.as_str()], more].concat(), b""));
    let whole = decode(&["--format", "jsonl"]);
    let second: Vec<&str> = whole.lines().filter(|line| line.starts_with("{\"connection\":1,")).collect();
    let alone = decode(&["--format", "jsonl", "--connection", "2"]);
    assert!(!second.is_empty() && alone.lines().eq(second), "{alone}");
    let list = decode(&["--format", "list", "--connection", "2"]);
    assert!(list.starts_with("connection 2: ") && !list.contains("connection 1"), "{list}");
    let live = decode(&["--live", "--connection", "2"]);
    assert!(!live.is_empty() && live.lines().all(|line| line.trim_start().starts_with("2 ")), "{live}");
    for command in [&["decode"][..], &["decode", "--live"], &["lint"], &["stats"]] {
        let none = run(&[command, &["--connection", "4", &two]].concat(), b"");
        assert!(err(&none).contains("there is no connection 4: there are 3"), "{}", err(&none));
        assert_eq!(none.status.code(), Some(2));
    }
    let all = out(&run(&["lint", &two], b""));
    let told = out(&run(&["lint", &two, "--connection", "1"], b""));
    assert!(all.contains("of 3 connections") && !told.contains("connections"), "{all}{told}");
}

/// `gzip` of [`TALK`], in one stored block.
fn packed() -> Vec<u8> {
    let length = TALK.len() as u16;
    let stored = [&[1][..], &length.to_le_bytes(), &(!length).to_le_bytes(), TALK].concat();
    let sum = TALK.iter().fold(!0_u32, |sum, byte| {
        (0..8).fold(sum ^ u32::from(*byte), |sum, _| if sum & 1 == 1 { sum >> 1 ^ 0xedb8_8320 } else { sum >> 1 })
    });
    let foot = [(!sum).to_le_bytes(), (TALK.len() as u32).to_le_bytes()].concat();
    [&[0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3][..], &stored, &foot].concat()
}

#[test]
fn what_is_packed_is_read_as_far_as_it_goes() {
    let whole = packed();
    assert_eq!(out(&run(&["stats"], &whole)), out(&run(&["stats"], TALK)));
    assert_eq!(out(&run(&["decode", "--format", "list"], &whole)), out(&run(&["decode", "--format", "list"], TALK)));
    let cut = run(&["stats"], &whole[..whole.len() - 60]);
    assert!(cut.status.success() && err(&cut).contains("cannot be read to its end"), "{}", err(&cut));
}

#[test]
fn messages_are_rows_and_objects_too() {
    let objects = |text: &str| -> Vec<Value> {
        text.lines().map(|line| serde_json::from_str(line).expect("an object on each line")).collect()
    };
    let all: Vec<Value> = serde_json::from_str(&out(&run(&["decode", "--format", "json"], TALK))).expect("an array");
    assert_eq!(objects(&out(&run(&["decode", "--format", "jsonl"], TALK))), all);
    let errors = objects(&out(&run(&["filter", "tag == \"E\"", "--format", "jsonl"], TALK)));
    let known: Vec<Value> = all.into_iter().filter(|message| message["name"] == "ErrorResponse").collect();
    // With the numbers that it has elsewhere, from 1.
    let numbered = |mut message: Value| {
        message["connection_number"] = (message["connection"].as_u64().expect("a number") + 1).into();
        message["number"] = (message["index"].as_u64().expect("a number") + 1).into();
        message
    };
    let known: Vec<Value> = known.into_iter().map(numbered).collect();
    assert!(known.len() == 1 && errors == known, "{errors:?}");
    let asked = objects(&out(&run(&["filter", "duration >= 0", "--format", "jsonl"], TALK)));
    assert!(asked.iter().all(|message| message["query"].is_string()), "{asked:?}");
    let csv = out(&run(&["decode", "--format", "csv"], TALK));
    let lines: Vec<&str> = csv.split("\r\n").collect();
    assert_eq!(lines[0], "connection,message,time_us,direction,offset,length,type,name,says,severity,rules");
    assert!(lines.len() == 12 && lines[1].starts_with("1,1,,frontend,0,14,Q,Query,SELECT 1,"), "{csv}");
    let chosen = out(&run(&["filter", "tag == \"E\"", "--format", "csv"], TALK));
    let line = lines.iter().find(|line| line.contains("ErrorResponse")).expect("the error");
    let with_runs = [format!("{},query,duration_us", lines[0]), format!("{line},,"), String::new()];
    assert_eq!(chosen.split("\r\n").collect::<Vec<_>>(), with_runs);
    let asked = out(&run(&["filter", "query contains SELECT", "--format", "csv"], TALK));
    assert!(asked.lines().nth(1).is_some_and(|line| line.contains(",SELECT 1,")), "{asked}");
    let lines = out(&run(&["statements", "--format", "jsonl"], TALK));
    assert_eq!(
        objects(&lines).iter().map(|one| one["text"].as_str().unwrap()).collect::<Vec<_>>(),
        ["SELECT ?", "no!"]
    );
}

#[test]
fn what_is_chosen_can_be_masked_on_the_way() {
    const SAID: &[u8] = b"F: 51 00000019 53454c4543542027746f702d73656372657427003b00\nB: 44 00000014 0001 0000000a 746f702d7365637265\n";
    let plain = out(&run(&["filter", "query contains \"secret\""], SAID));
    assert!(plain.contains("top-secret"), "{plain}");
    for format in ["list", "csv", "jsonl"] {
        let said = out(&run(&["filter", "query contains \"secret\"", "--mask", "--format", format], SAID));
        assert!(said.contains("SELECT") && !said.contains("secret"), "{said}");
    }
    let seeded = || out(&run(&["filter", "query contains \"secret\"", "--seed", "a"], SAID));
    assert_eq!(seeded(), seeded());
    assert!(!seeded().contains("secret"));
    let kept = out(&run(&["filter", "query contains \"secret\"", "--mask", "--keep", "literals"], SAID));
    assert_eq!(kept, plain);
    let file = std::env::temp_dir().join(format!("pgscope-masked-{}.pcapng", std::process::id()));
    let path = file.to_str().expect("a path");
    run(&["filter", "tag == \"Q\"", "--mask", "--write", path], SAID);
    let written = std::fs::read(&file).expect("it was written");
    std::fs::remove_file(&file).expect("it is removed");
    assert!(!String::from_utf8_lossy(&written).contains("secret"));
    assert!(out(&run(&["decode", "--format", "list"], &written)).contains("SELECT"));
}

#[test]
fn connections_are_interleaved_by_their_times() {
    let capture = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/fixtures/captures/pgbench/tpcb_prepared_c2.pcap");
    let said = |arguments: &[&str]| {
        out(&run(&[&["filter", "tag == \"Z\"", capture, "--format", "csv"], arguments].concat(), b""))
    };
    let rows = |text: &str| -> Vec<(u32, u32, i64)> {
        let cells = text.lines().skip(1).map(|line| line.split(',').map(str::to_owned).collect::<Vec<_>>());
        cells.map(|row| (row[0].parse().unwrap(), row[1].parse().unwrap(), row[2].parse().unwrap())).collect()
    };
    let (apart, together) = (rows(&said(&[])), rows(&said(&["--interleave"])));
    assert!(apart.len() > 10 && !apart.is_sorted_by_key(|row| row.2), "{apart:?}");
    assert!(together.is_sorted_by_key(|row| row.2), "{together:?}");
    let sorted = |mut rows: Vec<(u32, u32, i64)>| {
        rows.sort_unstable();
        rows
    };
    assert_eq!(sorted(together), sorted(apart));
}
