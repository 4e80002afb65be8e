//! The list at a glance: what a message is to a reader, what it belongs to, where something failed, and rows as text.

use pgscope_view::engine::*;
use pgscope_view::proto::schema::Chapter;
use pgscope_view::{Docs, docs_of};

use crate::carried::recording;
use crate::ties::loaded;
use crate::{Asked, text};

fn fold(asked: &mut Asked, folding: Folding) -> Listed {
    let Reply::Listed(listed) = asked.ask(Request::Fold { spot: Spot::default(), folding }) else { panic!("no list") };
    listed
}

/// The cycles of an exchange, folded: `name: what was asked → what came`.
fn cycles(asked: &mut Asked) -> Vec<String> {
    let listed = fold(asked, Folding::All(false));
    let Reply::Lines(lines) = asked.ask(Request::Lines { from: 0, to: listed.lines }) else { panic!("no lines") };
    let folds = lines.into_iter().filter_map(|line| line.fold).filter(|fold| fold.kind == Kind::Cycle);
    folds.map(|fold| format!("{}: {} → {}", fold.name, fold.says, fold.came)).collect()
}

fn map(asked: &mut Asked, places: usize) -> Vec<(usize, SightKind, usize, usize)> {
    let Reply::Map(sights) = asked.ask(Request::Map { places }) else { panic!("no map") };
    sights.into_iter().map(|sight| (sight.place, sight.kind, sight.number, sight.count)).collect()
}

fn look(asked: &mut Asked) {
    let messages = asked.loaded.messages;
    asked.ask(Request::Check { messages });
    asked.ask(Request::Look { messages });
}

const ERROR: &str = r#"B ErrorResponse [("S" "ERROR") ("C" "42601") ("M" "wrong") ("P" "1")]"#;

#[test]
fn what_copy_data_carries_is_the_message() {
    let mut asked = recording("pg18/repl_v1");
    let rows = asked.rows(0, asked.loaded.messages);
    let insert = rows.iter().find(|row| row.name == "Insert").expect("there are some");
    assert_eq!((&*insert.tag, &*insert.carrier), ("I", "XLogData in CopyData"));
    let alive = rows.iter().find(|row| row.name == "Primary keepalive").expect("there are some");
    assert_eq!((&*alive.tag, &*alive.carrier, &*alive.phase), ("k", "CopyData", "replication"));
    let sheet = asked.sheet(insert.number);
    assert_eq!((&*sheet.row.name, &*sheet.page, &*sheet.doc_name), ("Insert", "insert.html", "insert"));
    let Reply::Layout(layout) = asked.ask(Request::Layout(insert.number)) else { panic!("no layout") };
    assert!(layout.iter().any(|part| part.id.starts_with("copydata.")), "the layout is of all bytes");
    let byte = asked.place(Request::Byte { number: insert.number, at: 40 }).expect("it has so many");
    assert!(byte.told.ends_with(", Insert"), "{}", byte.told);
    // In names and in the filter.
    let Reply::Names(names) = asked.ask(Request::Names) else { panic!("no names") };
    let count = rows.iter().filter(|row| row.name == "Insert").count();
    assert!(
        names.iter().any(|(side, name, known)| side == "backend" && name == "Insert" && *known == count),
        "{names:?}"
    );
    assert!(names.iter().all(|(_, name, _)| name != "CopyData"), "{names:?}");
    let (direction, text) = (String::new(), String::new());
    asked.ask(Request::Filter { direction, name: "Insert".to_owned(), text });
    look(&mut asked);
    assert_eq!(fold(&mut asked, Folding::Nothing).lines, count);
}

#[test]
fn lines_of_a_copy_stay_copy_data() {
    let mut asked = loaded(
        "(started)\nF Query \"COPY t FROM STDIN\"\nB CopyInResponse text [text]\nF CopyData \"1\\n\"\nF CopyDone\nB CommandComplete \"COPY 1\"\nB ReadyForQuery idle",
    );
    let rows = asked.rows(6, 12);
    assert_eq!(rows.iter().map(|row| &*row.name).collect::<Vec<_>>()[2], "CopyData");
    assert_eq!((&*rows[2].tag, &*rows[2].carrier, &*rows[2].phase), ("d", "", "copy"));
    assert_eq!(cycles(&mut asked)[1], "COPY: COPY t FROM STDIN → COPY 1");
}

#[test]
fn an_answer_belongs_to_what_was_asked() {
    let row = "B RowDescription [(\"a\" 0 0 25 -1 -1 text)]\nB DataRow [\"1\"]\nB CommandComplete \"SELECT 1\"\nB ReadyForQuery idle";
    let simple = format!("(started)\nF Query \"SELECT 1\"\n{row}");
    let extended = format!(
        "(started)\nF Parse \"\" \"SELECT 1\"\nF Bind\nF Describe portal \"\"\nF Execute\nF Sync\nB ParseComplete\nB BindComplete\n{row}"
    );
    let check = |exchange: &str, chapter: &str, band: &str, cycle: &str| {
        let mut asked = loaded(exchange);
        let rows = asked.rows(0, asked.loaded.messages);
        for name in ["RowDescription", "DataRow", "CommandComplete"] {
            let row = rows.iter().find(|row| row.name == name).expect("it is there");
            assert_eq!((&*asked.sheet(row.number).chapter, &*row.phase), (chapter, band), "{name}");
        }
        let last = rows.len() - 1;
        assert_eq!((&*asked.sheet(last).chapter, &*rows[last].phase), (chapter, band));
        assert_eq!(cycles(&mut asked)[1], format!("{cycle}: SELECT 1 → 1 row"));
    };
    check(&simple, "Simple query", "query", "Simple query");
    check(&extended, "Extended query", "extended", "Extended query");
    // Of what was asked nothing is known.
    assert_eq!(text("B: 44 00000014 0002 00000001 31 00000001 32").sheet(0).chapter, "Simple or extended query");
    let mut login = loaded("(started)");
    let ready = login.loaded.messages - 1;
    assert_eq!(login.sheet(ready).chapter, "Start-up");
}

#[test]
fn the_manual_tells_the_flow_of_what_was_asked() {
    let mut asked = loaded(
        "(started)\nF Parse \"\" \"SELECT 1\"\nF Bind\nF Execute\nF Sync\nB ParseComplete\nB BindComplete\nB DataRow [\"1\"]\nB CommandComplete \"SELECT 1\"\nB ReadyForQuery idle",
    );
    let sheet = asked.sheet(12);
    let titles: Vec<&str> = sheet.manual.iter().map(|(title, _)| &**title).collect();
    assert_eq!(titles, ["Message Formats: DataRow (B)", "Message Flow: Extended Query"]);
    // The page fetches the same.
    let mut docs = Docs::default();
    for chapter in [Chapter::SimpleQuery, Chapter::ExtendedQuery] {
        assert!(sheet.doc_chapters.iter().any(|known| *known == chapter.id()), "{:?}", sheet.doc_chapters);
        docs.add(&docs_of(chapter));
    }
    let mut bare = Sheet { doc: "".into(), manual: Vec::new(), ..sheet.clone() };
    docs.tell_sheet(&mut bare);
    assert_eq!(bare.manual, sheet.manual);
}

#[test]
fn a_cycle_that_failed_shows_the_statement_that_did() {
    let parse = |name: &str, sql: &str| format!("F Parse {name} \"{sql}\"\n");
    let requests = format!("{}{}{}F Sync", parse("a", "SELECT 1"), parse("b", "SELEC 2"), parse("c", "SELECT 3"));
    let mut asked = loaded(&format!("(started)\n{requests}\nB ParseComplete\n{ERROR}\nB ReadyForQuery idle"));
    assert_eq!(cycles(&mut asked)[1], "Extended query: SELEC 2 → 42601 wrong");
    // Of several in one text the one in which the place is, or the one behind the results.
    let one = |sql: &str, answers: &str| {
        let mut asked = loaded(&format!("(started)\nF Query \"{sql}\"\n{answers}\nB ReadyForQuery idle"));
        cycles(&mut asked).remove(1)
    };
    let second = ERROR.replace("\"1\"", "\"11\"");
    assert_eq!(one("SELECT 1; SELEC 2; SELECT 3", &second), "Simple query: SELEC 2; → 42601 wrong");
    let nowhere = ERROR.replace(" (\"P\" \"1\")", "");
    let behind = format!("B CommandComplete BEGIN\n{nowhere}");
    assert_eq!(one("BEGIN; SELECT 1/0; COMMIT", &behind), "Simple query: SELECT 1/0; → BEGIN, 42601 wrong");
    assert_eq!(one("SELECT 1; SELECT 2", &nowhere), "Simple query: SELECT 1; SELECT 2 → 42601 wrong");
}

#[test]
fn errors_are_stops_between_problems() {
    let mut asked = loaded(&format!(
        "(started)\nF Query \"x\"\n{ERROR}\nB ReadyForQuery idle\nF Query \"y\"\n{ERROR}\nB ReadyForQuery idle"
    ));
    assert_eq!(asked.loaded.errors, 2);
    assert!(asked.rows(7, 8)[0].fails && !asked.rows(6, 7)[0].fails);
    let mut next = |number, forward| match asked.ask(Request::NextProblem { number, forward }) {
        Reply::Number(number) => Some(number),
        _ => None,
    };
    // Nothing was searched yet.
    assert_eq!([next(0, true), next(7, true), next(10, true)], [Some(7), Some(10), None]);
    assert_eq!([next(99, false), next(10, false), next(7, false)], [Some(10), Some(7), None]);
    let errors = [0, 7, 10].map(|number| asked.ask(Request::NextError(number)));
    assert_eq!(errors, [7, 10, 7].map(Reply::Number), "round the end");
}

#[test]
fn the_map_shows_errors_problems_and_hits_where_they_are() {
    let query = "51 00000006 78 00";
    let ready = "B: 5a 00000005 49\n";
    let mut lines = format!("F: {query}\n{ready}").repeat(40);
    // A status that does not exist.
    lines += &format!("F: {query}\nB: 5a 00000005 51\n");
    let mut asked = text(&lines);
    fold(&mut asked, Folding::All(true));
    let count = fold(&mut asked, Folding::Nothing).lines;
    assert!(map(&mut asked, 100).iter().all(|(_, kind, ..)| *kind == SightKind::Error), "nothing was searched");
    look(&mut asked);
    let problems: Vec<_> = map(&mut asked, 1000).into_iter().filter(|sight| sight.1 == SightKind::Problem).collect();
    assert_eq!(problems.last().map(|sight| (sight.0, sight.2)), Some((count - 1, 81)), "one place a line");
    asked.ask(Request::Find("ReadyForQuery".to_owned()));
    look(&mut asked);
    let hits: Vec<_> = map(&mut asked, 10).into_iter().filter(|sight| sight.1 == SightKind::Hit).collect();
    assert_eq!((hits.len(), hits.iter().map(|hit| hit.3).sum::<usize>()), (10, 41), "{hits:?}");
    // Folded, each cycle's are on its line.
    fold(&mut asked, Folding::All(false));
    let hits: Vec<_> = map(&mut asked, 1000).into_iter().filter(|sight| sight.1 == SightKind::Hit).collect();
    assert_eq!(hits.len(), fold(&mut asked, Folding::Nothing).lines);
    // What a filter hides is not on the map.
    let (name, text) = (String::new(), String::new());
    asked.ask(Request::Filter { direction: "frontend".to_owned(), name, text });
    look(&mut asked);
    assert!(map(&mut asked, 1000).iter().all(|(_, kind, ..)| *kind != SightKind::Problem));
}

#[test]
fn a_map_of_many_messages_costs_some_searches_a_place() {
    let mut asked = text(&"B: 5a 00000005 51\n".repeat(20_000));
    fold(&mut asked, Folding::All(true));
    while let Reply::Checked(checked) = asked.ask(Request::Check { messages: 2000 }) {
        if checked.messages == 20_000 {
            break;
        }
    }
    let sights = map(&mut asked, 200);
    assert_eq!((sights.len(), sights.iter().map(|sight| sight.3).sum::<usize>() >= 20_000), (200, true));
}

#[test]
fn rows_are_copied_as_they_say_it_whether_folded_or_not() {
    let mut asked = loaded("(started)\nF Query \"SELECT 1\"\nB CommandComplete \"SELECT 0\"\nB ReadyForQuery idle");
    let messages = asked.loaded.messages;
    let copied = |asked: &mut Asked, from: usize, to: usize| match asked.ask(Request::Copied { from, to }) {
        Reply::Rowed(text, count, left) => (text, count, left),
        other => panic!("{other:?}"),
    };
    let lines = fold(&mut asked, Folding::All(true)).lines;
    let (open, count, left) = copied(&mut asked, 0, lines);
    assert_eq!((open.lines().count(), count, left), (messages, messages, 0));
    assert!(open.contains("\n7\tfrontend\tQ\tQuery\tSELECT 1\n"), "{open}");
    let lines = fold(&mut asked, Folding::All(false)).lines;
    assert_eq!(copied(&mut asked, 0, lines), (open.clone(), messages, 0));
    assert_eq!(copied(&mut asked, lines - 1, lines).1, 3);
    asked.ask(Request::Filter { direction: "frontend".to_owned(), name: String::new(), text: String::new() });
    look(&mut asked);
    let (filtered, ..) = copied(&mut asked, 0, 99);
    assert!(filtered.lines().all(|line| line.contains("\tfrontend\t")) && filtered.lines().count() == 2, "{filtered}");
}
