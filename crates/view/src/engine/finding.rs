//! What is wrong with a message, as a screen shows it: with the messages that make it so, and the page of its rule.

use pgscope_proto::{Problem, Tree};
use pgscope_session::Entry;

use super::inspect::leaf_at;
use super::mending::mend;
use super::ties::reference;
use super::{Finding, Reference};
use crate::Indexed;
use crate::print::rule_page_name;

pub(crate) fn findings(indexed: &Indexed, entry: &Entry, tree: &Tree, problems: &[Problem]) -> Vec<Finding> {
    let numbered = problems.iter().enumerate();
    numbered.map(|(nth, problem)| Finding { nth, ..finding(indexed, entry, tree, problem) }).collect()
}

fn finding(indexed: &Indexed, entry: &Entry, tree: &Tree, problem: &Problem) -> Finding {
    let fix = problem.fix.as_ref();
    Finding {
        number: entry.number,
        name: indexed.named(entry).name().into(),
        nth: 0,
        node: leaf_at(tree, problem.span.start).unwrap_or(0),
        rule: problem.rule.into(),
        page: rule_page_name(problem.rule),
        severity: problem.severity.name().into(),
        message: problem.message.clone(),
        expected: problem.expected.clone(),
        start: problem.span.start,
        end: problem.span.end,
        fix: fix.map(|fix| fix.words.clone()).unwrap_or_default(),
        mend: fix.map(|fix| mend(fix, indexed.bytes(entry))).unwrap_or_default(),
        because: chain(indexed, problem),
    }
}

/// The messages that make it so, in the order in which they were said.
fn chain(indexed: &Indexed, problem: &Problem) -> Vec<Reference> {
    let told = problem.because.iter();
    let mut chain: Vec<Reference> =
        told.filter_map(|because| reference(indexed, because.number, because.words.clone())).collect();
    chain.sort_by_key(|reference| reference.number);
    chain
}
