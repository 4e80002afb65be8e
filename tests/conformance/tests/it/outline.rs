//! The outline of recorded exchanges: cycles, runs, what each came to, and that no message is lost in any folding.

use pgscope_proto::Direction;
use pgscope_view::engine::{Engine, Folding, Input, Kind, Line, Listed, Load, Reply, Request, Spot};

use crate::captures::{Recording, all};

/// A recording in the order in which it was received, as text.
fn text(recording: &Recording, sides: &[Direction]) -> String {
    let exchange = recording.exchange().unwrap_or_else(|| recording.two_streams());
    let mut text = String::new();
    for segment in exchange.segments.iter().filter(|segment| sides.contains(&segment.direction)) {
        let bytes = segment.span.of(&exchange.stream(segment.direction).bytes);
        let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        text += &format!("{}: {hex}\n", segment.direction.letter());
    }
    text
}

fn engine(text: String) -> (Engine, usize) {
    let mut engine = Engine::default();
    let reply = engine.answer(Request::Load(Load { input: Input::Text(text), ..Load::default() }));
    let Reply::Loaded(loaded) = reply else { panic!("not loaded") };
    (engine, loaded.messages)
}

fn fold(engine: &mut Engine, number: usize, kind: Kind, folding: Folding) -> Listed {
    match engine.answer(Request::Fold { spot: Spot { number, kind }, folding }) {
        Reply::Listed(listed) => listed,
        other => panic!("{other:?}"),
    }
}

fn lines(engine: &mut Engine) -> Vec<Line> {
    let count = fold(engine, 0, Kind::Message, Folding::Nothing).lines;
    let mut lines = Vec::new();
    while lines.len() < count {
        let Reply::Lines(some) = engine.answer(Request::Lines { from: lines.len(), to: count }) else { panic!() };
        assert!(!some.is_empty(), "{} of {count} lines", lines.len());
        lines.extend(some);
    }
    lines
}

fn told(line: &Line) -> String {
    let indent = "  ".repeat(line.level - 1);
    match &line.fold {
        None => format!("{indent}{} {}", line.row.name, line.row.says),
        Some(fold) if fold.kind == Kind::Cycle => {
            format!("{indent}{}: {} → {}", fold.name, fold.says, fold.came)
        }
        Some(fold) => {
            format!("{indent}{} × {}: {} … {}", fold.name, fold.to - line.row.number, line.row.says, fold.came)
        }
    }
}

/// The lines of a recording, folded.
fn folded(name: &str, sides: &[Direction]) -> Vec<String> {
    let recording = all().into_iter().find(|recording| recording.name == name).expect("it was recorded");
    let (mut engine, _) = engine(text(&recording, sides));
    fold(&mut engine, 0, Kind::Message, Folding::All(false));
    lines(&mut engine).iter().map(told).collect()
}

#[test]
fn no_message_is_lost_and_every_line_is_found_again() {
    for recording in all() {
        for sides in [Direction::BOTH.as_slice(), &[Direction::Frontend], &[Direction::Backend]] {
            let (mut engine, messages) = engine(text(&recording, sides));
            for folding in [Folding::Nothing, Folding::All(true), Folding::All(false)] {
                fold(&mut engine, 0, Kind::Message, folding);
                let lines = lines(&mut engine);
                // Each line begins where the one before it ended, or inside what that opens.
                let mut next = 0;
                for (nth, line) in lines.iter().enumerate() {
                    let name = &recording.name;
                    assert_eq!(line.row.number, next, "{name}: line {nth} of {folding:?}");
                    assert!((1..=line.siblings).contains(&line.position), "{name}: {line:?}");
                    let kind = line.fold.as_ref().map_or(Kind::Message, |fold| fold.kind);
                    let at = fold(&mut engine, line.row.number, kind, Folding::Nothing).at;
                    assert_eq!(at, Some(nth), "{name}: {line:?}");
                    next = match &line.fold {
                        None => next + 1,
                        Some(fold) if fold.open => next,
                        Some(fold) => fold.to,
                    };
                }
                assert_eq!(next, messages, "{}", recording.name);
            }
            // Whatever is folded, a message is revealed.
            for number in (0..messages).step_by(61) {
                fold(&mut engine, 0, Kind::Message, Folding::All(false));
                let at = fold(&mut engine, number, Kind::Message, Folding::Reveal).at.expect("it has a line");
                let Reply::Lines(shown) = engine.answer(Request::Lines { from: at, to: at + 1 }) else { panic!() };
                assert_eq!((shown[0].row.number, shown[0].fold.is_none()), (number, true), "{}", recording.name);
            }
        }
    }
}

#[test]
fn a_pipeline_with_an_error_is_one_cycle() {
    assert_eq!(
        folded("libpqtrace/pipeline_error", &Direction::BOTH),
        [
            "Start-up: user=postgres database=cap → let in",
            "Extended query: SELECT 1/0 (and 3 more) → INSERT 0 1, 1 row, 22012 division by zero",
            "Simple query: SELECT 'after' → 1 row",
            "Terminate ",
        ]
    );
}

#[test]
fn a_copy_is_one_cycle_even_where_the_client_goes_on_after_an_error() {
    let told = folded("asyncpg/copy", &Direction::BOTH);
    assert!(told.contains(&"COPY: COPY \"q\" FROM STDIN (FORMAT 'csv') → COPY 1".to_owned()), "{told:#?}");
    let failed = "COPY: COPY \"q\" FROM STDIN (FORMAT 'csv') → 22P02 invalid input syntax for type integer: \"bad\"";
    assert!(told.contains(&failed.to_owned()), "{told:#?}");
    assert!(!told.iter().any(|line| line.starts_with("Cycle")), "{told:#?}");
}

#[test]
fn transactions_of_logical_replication_are_cycles() {
    let told = folded("pg18/repl_v4_two_phase", &Direction::BOTH);
    let from = told.iter().position(|line| line.starts_with("Transaction")).expect("a transaction");
    assert_eq!(
        told[from..from + 5].iter().map(|line| line.split(" at ").next().unwrap()).collect::<Vec<_>>(),
        [
            "Transaction: 1051 as “gid-1”: 2 changes, public.r1 → prepared",
            "Commit Prepared 1051 as “gid-1”",
            "Transaction: 1052 as “gid-2”: 2 changes, public.r1 → prepared",
            "Rollback Prepared 1052 as “gid-2”",
            "Transaction: 1053: 1 change, public.r1 → committed",
        ],
        "{told:#?}"
    );
}

#[test]
fn pieces_of_a_streamed_transaction_are_cycles_that_say_which_they_are() {
    let told = folded("pg18/repl_v4_parallel_binary", &Direction::BOTH);
    let pieces: Vec<&String> = told.iter().filter(|line| line.starts_with("Transaction: 1043")).collect();
    assert!(pieces.len() > 1, "{told:#?}");
    for (nth, piece) in pieces.iter().enumerate() {
        assert!(piece.starts_with(&format!("Transaction: 1043, piece {}: ", nth + 1)), "{pieces:#?}");
    }
    let commit = format!("Stream Commit 1043, {} pieces, at ", pieces.len());
    assert!(told.iter().any(|line| line.starts_with(&commit)), "{commit}: {told:#?}");
}

#[test]
fn one_side_alone_has_cycles_too() {
    let backend = folded("psql/errors", &[Direction::Backend]);
    assert_eq!(backend[1], "Answer:  → 42601 syntax error at or near \"SELEC\"");
    // A Query alone is a line by itself.
    let frontend = folded("psql/errors", &[Direction::Frontend]);
    assert_eq!(frontend[1..3], ["Query SELEC 1;", "Query SELECT * FROM nosuch;"]);
}

#[test]
fn a_recording_that_begins_in_the_middle_ends_its_first_cycle_at_ready_for_query() {
    let recording = all().into_iter().find(|recording| recording.name == "psql/select1").expect("it was recorded");
    let whole = text(&recording, &Direction::BOTH);
    // Without the start-up and the Query: the server's answer comes first.
    let (_, rest) = whole.split_once("F: 51").expect("a Query");
    let (_, answer) = rest.split_once('\n').expect("an answer");
    let (mut engine, _) = engine(answer.to_owned());
    let lines = lines(&mut engine);
    let told: Vec<String> = lines.iter().map(told).collect();
    assert!(told[0].starts_with("Answer:  → 1 row"), "{told:#?}");
    assert_eq!(told.last().map(String::as_str), Some("Terminate "), "{told:#?}");
}
