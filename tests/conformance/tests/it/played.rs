//! What the simulated ends play is in order, in every scenario and with every knob, unless the scenario is about a mistake.

use pgscope_proto::{Severity, Tree};
use pgscope_sim::{Choices, Scenario, shipped};
use pgscope_view::Indexed;

use crate::real::variants;

/// Scenarios that are about a mistake or about a wire that makes one: all of them, or with this value of a knob.
const ABOUT_A_MISTAKE: &[(&str, &str)] = &[
    ("copy-in-wrong-message", ""),
    ("damaged-length", ""),
    ("ssl-request", "E"),
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
