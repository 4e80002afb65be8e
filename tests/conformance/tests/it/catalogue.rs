//! What the catalogue of mistakes describes is what the linter finds: each wrong exchange gives its rule and nothing worse that
//! is not a consequence, each right one gives nothing.

use pgscope_proto::{Exchange, Severity, Tree};
use pgscope_session::rules::{self, Rule, exchange};
use pgscope_view::Indexed;

/// Everything that is found, as rule, severity and message.
fn found(exchange: Exchange) -> Vec<(&'static str, Severity, usize)> {
    let indexed = Indexed::new(exchange);
    let mut tree = Tree::new();
    let opened = (0..indexed.index.len()).filter_map(|number| Some((number, indexed.open(number, &mut tree)?.1)));
    let opened: Vec<_> = opened.collect();
    let told = |(number, problems): (usize, Vec<pgscope_proto::Problem>)| {
        problems.into_iter().map(move |problem| (problem.rule, problem.severity, number)).collect::<Vec<_>>()
    };
    opened.into_iter().flat_map(told).collect()
}

/// Habits of programs, which bytes do not show but by their consequence, and what needs two connections.
const NOT_SHOWN: &[&str] = &["L07", "L08", "L20", "L24", "L39", "L40", "L48", "L54"];

/// Mistakes that bytes do not tell apart from another, and under which rule they are told.
const TOLD_AS: &[(&str, &str)] = &[
    // What follows a wrong border is read as what it is not.
    ("L41", "L04"),
    ("L32", "L04"),
    ("D01", "D04"),
    ("L52", "D04"),
];

fn wrong(rule: &Rule) -> Vec<(&'static str, Severity, usize)> {
    found(exchange(rule.wrong).expect("it is an exchange"))
}

#[test]
fn each_wrong_exchange_gives_its_rule() {
    let mut missed = Vec::new();
    for rule in rules::all().filter(|rule| !NOT_SHOWN.contains(&rule.id)) {
        let found = wrong(rule);
        let told_as = TOLD_AS.iter().find(|(id, _)| *id == rule.id).map_or(rule.id, |(_, told)| told);
        let own = found.iter().filter(|(id, ..)| *id == told_as).map(|(_, severity, _)| *severity).max();
        // That nothing more comes may be the recorder's doing.
        let is_right = own == Some(rule.severity) || (rule.id == "L21" && own == Some(Severity::Note));
        if !is_right {
            missed.push(format!("{} ({:?}) {}: {found:?}", rule.id, rule.severity, rule.title));
        }
    }
    assert!(missed.is_empty(), "{} missed:\n{}", missed.len(), missed.join("\n"));
}

#[test]
fn each_right_exchange_gives_nothing() {
    for rule in rules::all() {
        let found = found(exchange(rule.right).expect("it is an exchange"));
        let bad: Vec<_> = found.into_iter().filter(|(_, severity, _)| *severity > Severity::Note).collect();
        assert!(bad.is_empty(), "{}: {bad:?}", rule.id);
    }
}
