//! What the simulated ends play is in order, in every scenario and with every knob, unless the scenario is about a mistake.

use std::collections::BTreeSet;

use pgscope_proto::conversation::{Asks, GRAMMAR};
use pgscope_proto::{Direction, Severity, Tree};
use pgscope_sim::{Choices, Scenario, shipped};
use pgscope_view::Indexed;

use crate::captures;
use crate::real::variants;

/// Scenarios that are about a mistake or about a wire that makes one: all of them, or with this value of a knob.
const ABOUT_A_MISTAKE: &[(&str, &str)] = &[
    ("copy-in-wrong-message", ""),
    ("damaged-length", ""),
    ("first-loop", "short"),
    ("first-loop", "long"),
    ("two-readers", "nothing"),
    ("unflushed", "byte"),
    ("unflushed", "start-up"),
    ("unflushed", "answer"),
    ("pooling", "rollback"),
    ("pooling", "nothing"),
    ("versions", "4.0"),
    ("binary", "short"),
    ("binary", "long"),
    ("shutdown", "cut"),
];

fn is_about_a_mistake(name: &str, choices: &Choices) -> bool {
    let has = |value: &str| value.is_empty() || choices.0.iter().any(|(_, chosen)| chosen == value);
    ABOUT_A_MISTAKE.iter().any(|(scenario, value)| *scenario == name && has(value))
}

#[test]
fn every_scenario_with_every_knob_is_in_order() {
    let (mut plays, mut found) = (0, Vec::new());
    for shipped in shipped::ALL {
        for choices in variants(shipped.text).into_iter().filter(|choices| !is_about_a_mistake(shipped.name, choices)) {
            let played = Scenario::read(shipped.text, &choices).expect("a scenario").play();
            for (number, connected) in played.connections.iter().enumerate() {
                plays += 1;
                let indexed = Indexed::new(connected.exchange.clone());
                let mut tree = Tree::new();
                for message in 0..indexed.index.len() {
                    let (entry, problems) = indexed.open(message, &mut tree).expect("it is there");
                    let bad = problems.into_iter().filter(|problem| problem.severity >= Severity::Warning);
                    found.extend(bad.map(|problem| {
                        let place = format!("{} {:?} #{number}: {message}", shipped.name, choices.0);
                        format!("{place} {}: {} {}", entry.message.name(), problem.rule, problem.message)
                    }));
                }
            }
        }
    }
    eprintln!("{plays} plays");
    assert!(found.is_empty(), "{} of {plays}:\n{}", found.len(), found[..found.len().min(40)].join("\n"));
    assert!(plays > 80, "only {plays}");
}

/// What no recording and no scenario shows: other ways to prove who one is, which need another machine, and what only old
/// servers ask.
const NEVER_SEEN: &[&str] = &[
    "AuthenticationKerberosV4",
    "AuthenticationKerberosV5",
    "AuthenticationCryptPassword",
    "AuthenticationSCMCredential",
    "AuthenticationSSPI",
];

/// Adds what answers which request in an exchange, and what the client says in it.
fn add(indexed: &Indexed, seen: &mut BTreeSet<(Option<Asks>, &'static str)>) {
    for entry in (0..indexed.index.len()).filter_map(|number| indexed.index.entry(number)) {
        let name = entry.message.name();
        if entry.direction == Direction::Frontend {
            seen.insert((None, name));
        } else if let Some(request) = indexed.index.request(entry.number).and_then(|number| indexed.index.entry(number))
        {
            seen.insert((Asks::of(request.message, indexed.bytes(&request)), name));
        }
    }
}

#[test]
fn every_rule_of_the_table_is_played_or_recorded() {
    let mut seen = BTreeSet::new();
    for recording in captures::all() {
        add(&recording.indexed(), &mut seen);
    }
    for shipped in shipped::ALL {
        for choices in variants(shipped.text) {
            let played = Scenario::read(shipped.text, &choices).expect("a scenario").play();
            for connected in &played.connections {
                let inner = connected.inner.iter().chain([&connected.exchange]);
                inner.for_each(|exchange| add(&Indexed::new(exchange.clone()), &mut seen));
            }
        }
    }
    let mut missing = Vec::new();
    for (_, position) in GRAMMAR.all() {
        let asks = (position.by == Direction::Backend).then_some(position.asks);
        for message in position.messages.iter().filter(|message| !NEVER_SEEN.contains(&message.name())) {
            if !seen.contains(&(asks, message.name())) {
                missing.push(format!("{} in the answer to {}", message.name(), position.asks.request().name));
            }
        }
    }
    assert!(missing.is_empty(), "{}", missing.join("\n"));
    let seen_after_all: Vec<_> = NEVER_SEEN.iter().filter(|name| seen.iter().any(|(_, one)| one == *name)).collect();
    assert!(seen_after_all.is_empty(), "{seen_after_all:?}");
    let statements = pgscope_proto::conversation::UNANSWERED.iter().map(|(message, _)| message.name());
    let unseen: Vec<_> = statements.filter(|name| !seen.contains(&(None, name))).collect();
    assert_eq!(unseen, ["Authentication response"]);
}
