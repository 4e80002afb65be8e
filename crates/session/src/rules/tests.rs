//! The catalogue as data: whole, unique, and each exchange what it says it is.

use std::collections::HashSet;

use pgscope_proto::{Exchange, Problem, Severity, Tree, messages};

use super::*;
use crate::Index;

/// Every id of the code and of the catalogue of findings.
fn expected_ids() -> Vec<String> {
    let of_catalogue = (1..=68).map(|number| format!("L{number:02}"));
    of_catalogue.chain((1..=7).map(|number| format!("D{number:02}"))).collect()
}

#[test]
fn each_rule_is_here_once() {
    let mut ids: Vec<&str> = all().map(|rule| rule.id).collect();
    ids.sort_unstable();
    let mut expected = expected_ids();
    expected.sort_unstable();
    assert_eq!(ids, expected);
    assert_eq!(by_id("l25").map(|rule| rule.id), Some("L25"));
    assert!(by_id("L99").is_none());
    assert!(all().all(|rule| severity_of(rule.id) == Some(rule.severity)));
    assert_eq!((SEVERITIES.len(), severity_of("L99")), (ids.len(), None));
    let titles: HashSet<&str> = all().map(|rule| rule.title).collect();
    assert_eq!(titles.len(), ids.len());
}

#[test]
fn everything_that_is_told_is_told_in_sentences() {
    for rule in all() {
        let Rule { id, doc, mend, record, title, .. } = rule;
        let evidence = match rule.evidence {
            Evidence::Refused(why) | Evidence::Manual(why) => why,
            Evidence::None => "Nothing.",
        };
        for text in [doc, mend, record, evidence] {
            assert!(text.ends_with('.') && !text.contains("  "), "{id}: {text}");
        }
        assert!(!title.ends_with('.') && title.chars().next().is_some_and(char::is_uppercase), "{id}: {title}");
        let sentences = doc.split_inclusive(['.', '?']).filter(|part| part.ends_with('.')).count();
        assert!(sentences >= 2, "{id} tells too little");
        assert!(doc.len() > 150 && doc.len() < 800, "{id}: {}", doc.len());
    }
}

#[test]
fn an_error_was_provoked_and_a_warning_is_forbidden() {
    for rule in all() {
        let provoked = rule.says.iter().any(|says| says.provoked);
        match rule.evidence {
            Evidence::Refused(_) => assert!(rule.severity == Severity::Error && provoked, "{}", rule.id),
            Evidence::Manual(_) => assert_eq!(rule.severity, Severity::Warning, "{}", rule.id),
            Evidence::None => assert_eq!(rule.severity, Severity::Note, "{}", rule.id),
        }
    }
}

#[test]
fn words_are_long_enough_to_be_told_from_others() {
    for rule in all() {
        for says in rule.says {
            let known = says.text.replace("{}", "");
            assert!(known.trim().len() >= 12, "{}: {}", rule.id, says.text);
            assert!(says.text == WAITS || says.text == CLOSES || !matching(says.text).is_empty(), "{}", says.text);
        }
    }
}

#[test]
fn every_section_is_one_of_the_manual() {
    let known: HashSet<&str> = messages::ALL
        .iter()
        .flat_map(|message| [message.section, message.chapter.flow()])
        .map(|section| section.path)
        .collect();
    for rule in all() {
        assert!(known.contains(rule.section.path) && !rule.section.title.is_empty(), "{}", rule.id);
    }
}

fn problems(exchange: &Exchange) -> Vec<Problem> {
    let index = Index::new(exchange);
    let mut tree = Tree::new();
    let mut found = Vec::new();
    for number in 0..index.len() {
        index.tree(exchange, number, &mut tree);
        found.extend(index.problems(exchange, number, &tree));
    }
    found
}

#[test]
fn what_is_right_is_right() {
    for rule in all() {
        let right = exchange(rule.right).unwrap_or_else(|error| panic!("{}: {error}", rule.id));
        let bad: Vec<Problem> =
            problems(&right).into_iter().filter(|problem| problem.severity > Severity::Note).collect();
        assert!(bad.is_empty(), "{}: {bad:#?}", rule.id);
    }
}

/// What is wrong may be found today or later, but nothing else may be found in it.
#[test]
fn what_is_wrong_is_another_exchange_and_can_be_read() {
    for rule in all() {
        let wrong = exchange(rule.wrong).unwrap_or_else(|error| panic!("{}: {error}", rule.id));
        let right = exchange(rule.right).unwrap_or_default();
        assert_ne!(wrong, right, "{}", rule.id);
        assert!(!Index::new(&wrong).is_empty(), "{}", rule.id);
        let other = Direction::other(rule.by);
        let in_other: Vec<Problem> = {
            let index = Index::new(&wrong);
            let mut tree = Tree::new();
            let entries =
                (0..index.len()).filter(|number| index.entry(*number).is_some_and(|entry| entry.direction == other));
            entries
                .flat_map(|number| {
                    index.tree(&wrong, number, &mut tree);
                    index.problems(&wrong, number, &tree)
                })
                .filter(|problem| problem.severity > Severity::Note)
                .collect()
        };
        assert!(in_other.is_empty(), "{}: {in_other:#?}", rule.id);
    }
}
