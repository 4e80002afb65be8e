//! No recorded exchange that went well gives an error or a warning, in whatever way it is read.

use pgscope_proto::{Direction, Exchange, Severity, Sides, Stream, Tree};
use pgscope_view::Indexed;

use crate::captures::{Recording, all};

/// Recordings in which the client did something wrong on purpose, and the rule that says so.
const NOT_HEALTHY: &[(&str, &str)] = &[
    ("asyncpg/copy", "L64"),
    ("libpqtrace/copy", "L64"),
    ("pg18/startup_2_0", "L14"),
    ("pg18/startup_4_0", "L14"),
    ("pg18/tls_requirebuffered", "L10"),
    ("pg18/tls_requirebuffered_to_pg15", "L10"),
    ("pg18/trace_prepared", "L53"),
    ("psql/copy_in_server_error", "L64"),
    ("raw/bad_length", "L02"),
    ("raw/copy_in_wrong_message", "L52"),
    ("raw/password_when_trust", "L63"),
    ("raw/query_garbage", "L04"),
    ("raw/ssl_injection", "L10"),
    ("raw/sslrequest_twice", "L14"),
    ("raw/startup_4_0", "L14"),
    ("raw/startup_bad_length", "L12"),
    ("raw/startup_partial", "D03"),
];

fn complaints(name: &str, indexed: &Indexed) -> Vec<String> {
    let mut tree = Tree::new();
    let mut found = Vec::new();
    for number in 0..indexed.index.len() {
        let (entry, problems) = indexed.open(number, &mut tree).expect("it is there");
        let mut at = 0;
        for (_, leaf) in tree.leaves() {
            assert_eq!(leaf.start as usize, at, "{name} {number} {}: leaves tile", entry.message.name());
            at = leaf.end as usize;
        }
        assert_eq!(at, entry.span.len(), "{name} {number} {}: leaves tile", entry.message.name());
        let bad = problems.iter().filter(|problem| problem.severity >= Severity::Warning);
        found.extend(bad.map(|problem| {
            format!(
                "{name}: {} {} {}: {} {}",
                entry.direction.letter(),
                number,
                entry.message.name(),
                problem.rule,
                problem.message
            )
        }));
    }
    found
}

fn check(mut read: impl FnMut(&Recording) -> Vec<Indexed>) {
    let mut found = Vec::new();
    for recording in all() {
        if NOT_HEALTHY.iter().any(|(name, _)| *name == recording.name) {
            continue;
        }
        for indexed in read(&recording) {
            found.extend(complaints(&recording.name, &indexed));
        }
    }
    assert!(found.is_empty(), "{} complaints:\n{}", found.len(), found.join("\n"));
}

#[test]
fn in_the_order_in_which_it_was_received() {
    check(|recording| vec![recording.indexed()]);
}

#[test]
fn as_two_streams_without_a_clock() {
    check(|recording| vec![Indexed::new(recording.two_streams())]);
}

/// The names of what a direction said, in order.
fn names(indexed: &Indexed, side: Direction) -> Vec<&'static str> {
    let entries = (0..indexed.index.len()).filter_map(|number| indexed.index.entry(number));
    entries.filter(|entry| entry.direction == side).map(|entry| entry.message.name()).collect()
}

#[test]
fn an_inferred_order_gives_every_message_the_name_that_the_recorded_one_does() {
    for recording in all() {
        let (recorded, inferred) = (recording.indexed(), Indexed::new(recording.two_streams()));
        for side in Direction::BOTH {
            assert_eq!(names(&inferred, side), names(&recorded, side), "{}", recording.name);
        }
    }
}

#[test]
fn what_is_wrong_on_purpose_is_said() {
    for (name, rule) in NOT_HEALTHY {
        let recording = all().into_iter().find(|recording| recording.name == *name).expect("it is there");
        let found = complaints(name, &recording.indexed());
        assert!(found.iter().any(|complaint| complaint.contains(rule)), "{name}: {found:?}");
    }
}

/// The exchange from a message on, in the order in which it was recorded.
fn from(indexed: &Indexed, number: usize) -> Exchange {
    let mut exchange = Exchange { sides: Sides::Given, ..Exchange::default() };
    for entry in (number..indexed.index.len()).filter_map(|number| indexed.index.entry(number)) {
        exchange.push(entry.direction, &Stream::raw(indexed.bytes(&entry).to_vec()), None);
    }
    exchange
}

#[test]
fn from_any_message_on() {
    const EACH: usize = 24;
    let mut cuts = 0;
    check(|recording| {
        let whole = recording.indexed();
        let count = whole.index.len();
        if count > 2000 || recording.name.contains("tls") || recording.name.contains("ssl") {
            return Vec::new();
        }
        let step = (count / EACH).max(1);
        let from: Vec<Indexed> = (1..count).step_by(step).map(|number| Indexed::new(from(&whole, number))).collect();
        cuts += from.len();
        from
    });
    assert!(cuts > 2000, "only {cuts}");
}

#[test]
fn one_direction_alone() {
    check(|recording| {
        Direction::BOTH
            .into_iter()
            .map(|side| Indexed::new(Exchange::one_sided(side, Stream::raw(recording.bytes(side)), Sides::Given)))
            .collect()
    });
}
