//! What an input does not say: who sent it, and where in a connection's life it begins. Guessed from cuts out of recordings,
//! and from single messages of each kind.
//!
//! Some cannot be known: a lone CopyDone or CopyData of text is the same from both ends; a ParameterStatus or ErrorResponse
//! may come at any time; AuthenticationOk is the first that a server says where it trusts. Such misses are counted, not
//! left out.

use std::collections::BTreeMap;

use pgscope_proto::conversation::{Authentication, CopyMode, Phase};
use pgscope_proto::messages::simple_query;
use pgscope_proto::{Beginning, CopyContent, Direction, Exchange, Message, Sides, Stream};
use pgscope_session::settle;
use pgscope_view::Indexed;

use crate::captures::{Recording, all};

/// Where a cut before a message in this phase begins, by the state that the whole recording tells. The ReadyForQuery with
/// which a login ends is also what queries begin with.
fn truth(message: &Message, phase: Phase, content: CopyContent) -> Option<Beginning> {
    Some(match phase {
        Phase::Starting if *message == simple_query::READY_FOR_QUERY => Beginning::Queries,
        Phase::Startup => Beginning::Start,
        Phase::Authenticating(Authentication::Unseen) => return None,
        Phase::Authenticating(_) | Phase::Starting => Beginning::Login,
        Phase::Ready => Beginning::Queries,
        Phase::Copying(CopyMode::Both) if content != CopyContent::BaseBackup => Beginning::Replication,
        Phase::Copying(_) => Beginning::Copy,
        Phase::Asked(_) | Phase::Encrypted(_) | Phase::Cancelling => return None,
    })
}

fn guessed(bytes: &[u8]) -> (Direction, Beginning) {
    let (_, guess) = settle(Exchange::one_sided(Direction::Frontend, Stream::raw(bytes.to_vec()), Sides::Unknown));
    let side = guess.sides.expect("nobody said who sent it").taken;
    (side, guess.beginning.map_or(Beginning::Start, |guessed| guessed.taken))
}

#[derive(Default)]
struct Tally {
    sides: usize,
    beginnings: usize,
    all: usize,
    misses: BTreeMap<String, usize>,
}

impl Tally {
    fn note(&mut self, kind: &str, truth: (Direction, Beginning), guess: (Direction, Beginning)) {
        self.all += 1;
        self.sides += usize::from(truth.0 == guess.0);
        self.beginnings += usize::from(truth.1 == guess.1);
        if truth != guess {
            let miss = format!(
                "{kind} ({}, {}) taken for ({}, {})",
                truth.0.name(),
                truth.1.id(),
                guess.0.name(),
                guess.1.id()
            );
            *self.misses.entry(miss).or_default() += 1;
        }
    }

    /// Shares in hundredths, and the misses, the most frequent first.
    fn told(&self) -> (usize, usize, String) {
        let mut misses: Vec<_> = self.misses.iter().map(|(miss, times)| (*times, miss)).collect();
        misses.sort_by_key(|(times, _)| std::cmp::Reverse(*times));
        let lines: Vec<String> = misses.iter().map(|(times, miss)| format!("{times:5} {miss}")).collect();
        (self.sides * 100 / self.all, self.beginnings * 100 / self.all, lines.join("\n"))
    }
}

/// Recordings whose bytes can be read, and are not wrong on purpose.
fn readable() -> impl Iterator<Item = Recording> {
    let odd = ["gss/", "tls", "ssl", "raw/", "huge", "pgbench/", "grease", "startup_"];
    all().into_iter().filter(move |recording| !odd.iter().any(|part| recording.name.contains(part)))
}

#[test]
fn one_direction_cut_between_messages_is_guessed() {
    let mut tally = Tally::default();
    for recording in readable() {
        let indexed = Indexed::new(recording.exchange().unwrap_or_else(|| recording.two_streams()));
        let mut taken = [0; 2];
        for entry in (0..indexed.index.len().min(400)).filter_map(|number| indexed.index.entry(number)) {
            // Every third message of a direction: more would take long and tell no more.
            taken[entry.direction.index()] += 1;
            if taken[entry.direction.index()] % 3 != 1 || entry.fault.is_some() {
                continue;
            }
            let state = indexed.index.connection_before(&indexed.exchange, entry.number);
            let Some(beginning) = truth(entry.message, state.phase, state.content) else { continue };
            let behind = &indexed.exchange.stream(entry.direction).bytes[entry.span.start..];
            let cut = &behind[..behind.len().min(2000)];
            let kind = entry.message.name();
            tally.note(kind, (entry.direction, beginning), guessed(cut));
        }
    }
    let (sides, beginnings, misses) = tally.told();
    println!("{} cuts: {sides} % of the directions, {beginnings} % of the beginnings\n{misses}", tally.all);
    assert!(tally.all > 3000, "{} cuts", tally.all);
    assert!(sides >= 98 && beginnings >= 98, "{sides} %, {beginnings} %:\n{misses}");
}

#[test]
fn a_single_message_of_each_kind_is_guessed() {
    let mut tally = Tally::default();
    let mut seen: BTreeMap<(Direction, &str, &str), usize> = BTreeMap::new();
    for recording in readable() {
        let indexed = Indexed::new(recording.exchange().unwrap_or_else(|| recording.two_streams()));
        for entry in (0..indexed.index.len().min(400)).filter_map(|number| indexed.index.entry(number)) {
            let state = indexed.index.connection_before(&indexed.exchange, entry.number);
            let Some(beginning) = truth(entry.message, state.phase, state.content) else { continue };
            let times = seen.entry((entry.direction, entry.message.name(), beginning.id())).or_default();
            *times += 1;
            if *times > 20 || entry.fault.is_some() || entry.span.len() > 4000 {
                continue;
            }
            let bytes = indexed.bytes(&entry);
            tally.note(entry.message.name(), (entry.direction, beginning), guessed(bytes));
        }
    }
    let (sides, beginnings, misses) = tally.told();
    println!("{} messages: {sides} % of the directions, {beginnings} % of the beginnings\n{misses}", tally.all);
    assert!(tally.all > 500, "{} messages", tally.all);
    assert!(sides >= 92 && beginnings >= 85, "{sides} %, {beginnings} %:\n{misses}");
}
