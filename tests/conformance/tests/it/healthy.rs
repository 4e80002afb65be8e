//! No recorded exchange that went well gives an error or a warning, in whatever way it is read.

use std::ops::Range;

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
    ("raw/scram_malformed", "L60"),
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

/// Some messages of an exchange, in the order in which they were recorded, `less` bytes of the last left out.
pub(crate) fn part(indexed: &Indexed, numbers: Range<usize>, less: usize) -> Exchange {
    part_from(indexed, numbers, 0, less)
}

/// The same, and the first so many bytes left out.
fn part_from(indexed: &Indexed, numbers: Range<usize>, first: usize, less: usize) -> Exchange {
    let mut exchange = Exchange { sides: Sides::Given, ..Exchange::default() };
    for entry in numbers.clone().filter_map(|number| indexed.index.entry(number)) {
        let bytes = indexed.bytes(&entry);
        let from = if entry.number == numbers.start { first } else { 0 };
        let to = bytes.len() - if entry.number + 1 == numbers.end { less } else { 0 };
        exchange.push(entry.direction, &Stream::raw(bytes[from..to].to_vec()), None);
    }
    exchange
}

/// Parts of all recordings but these, each read by itself: a long one is cut at some of its messages, a short one at each.
fn check_parts(left_out: &[&str], mut parts: impl FnMut(&Indexed, usize) -> Vec<Exchange>) {
    const EACH: usize = 40;
    let mut cuts = 0;
    check(|recording| {
        let whole = recording.indexed();
        let count = whole.index.len();
        let is_left_out = left_out.iter().chain(&["tls", "ssl"]).any(|part| recording.name.contains(part));
        if count > 2000 || is_left_out {
            return Vec::new();
        }
        let numbers = (1..count).step_by((count / EACH).max(1));
        let parts: Vec<Indexed> = numbers.flat_map(|number| parts(&whole, number)).map(Indexed::new).collect();
        cuts += parts.len();
        parts
    });
    assert!(cuts > 3000, "only {cuts}");
}

#[test]
fn from_any_message_on() {
    check_parts(&[], |whole, number| vec![part(whole, number..whole.index.len(), 0)]);
}

#[test]
fn up_to_any_message() {
    check_parts(&[], |whole, number| vec![part(whole, 0..number, 0)]);
}

/// Some messages in the middle, as people paste them. Of clients that ask the next round before they have heard of the last,
/// so few do not show it, and then the answers are too many.
#[test]
fn a_part_in_the_middle() {
    let pipelined = ["/pipelined", "/raw_pipeline", "/two_queries_no_wait", "postgres/errors_tx"];
    check_parts(&pipelined, |whole, number| vec![part(whole, number..whole.index.len().min(number + 9), 0)]);
}

/// The last message is cut: that is no fault of anybody who spoke.
#[test]
fn up_to_any_byte() {
    check_parts(&[], |whole, number| {
        let length = whole.index.entry(number).map_or(0, |entry| entry.span.len());
        let mut cuts = vec![1, length / 2, length.saturating_sub(1)];
        cuts.retain(|less| (1..length).contains(less));
        cuts.dedup();
        cuts.into_iter().map(|less| part(whole, 0..number + 1, less)).collect()
    });
}

/// The recording begins inside a message: what stands before the first that can be read is more than a note only where it
/// happens to read as a message itself. Where no whole message follows there is nothing that tells so.
#[test]
fn from_any_byte_on() {
    let (mut parts, mut blamed) = (0, Vec::new());
    let healthy = |recording: &Recording| {
        let is_left_out = |(name, _): &(&str, &str)| *name == recording.name;
        !NOT_HEALTHY.iter().any(is_left_out) && !recording.name.contains("tls") && !recording.name.contains("ssl")
    };
    for recording in all().into_iter().filter(healthy) {
        let whole = recording.indexed();
        let count = whole.index.len();
        for number in (1..count.saturating_sub(2)).step_by((count / 20).max(1)) {
            let length = whole.index.entry(number).map_or(0, |entry| entry.span.len());
            let cut = [1, 5, length / 2, length.saturating_sub(1)][number % 4];
            if (1..length).contains(&cut) {
                parts += 1;
                let part = Indexed::new(part_from(&whole, number..count.min(number + 60), cut, 0));
                blamed.extend(complaints(&recording.name, &part).into_iter().next());
            }
        }
    }
    eprintln!("{} of {parts} parts are blamed", blamed.len());
    assert!(blamed.len() * 40 < parts, "{} of {parts}:\n{}", blamed.len(), blamed[..20].join("\n"));
    assert!(parts > 2000, "only {parts}");
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
