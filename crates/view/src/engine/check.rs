//! The search for problems, a slice at a time: it decodes every message, and a screen must not wait for that.
//!
//! Of each problem that was found, its message and its rule are kept; the rest is asked of the message when somebody looks.

use pgscope_proto::{Severity, Tree};

use super::finding::findings;
use super::{Checked, Engine, Finding, RuleCount, Sift};

/// How many bytes a slice decodes at most, whatever their number of messages.
const SLICE: usize = 512 * 1024;
/// And how many messages, whatever their number of bytes.
const MOST_AT_ONCE: usize = 20_000;
/// How many problems are given at once.
const MOST: usize = 500;

/// What was found so far.
#[derive(Debug, Default)]
pub(super) struct Check {
    checked: Checked,
    /// All problems, in order.
    found: Vec<Found>,
    rules: Vec<Rule>,
}

/// A problem.
#[derive(Clone, Copy, Debug)]
struct Found {
    message: u32,
    /// Which of the message's problems it is.
    nth: u16,
    rule: u16,
}

/// A rule that was broken.
#[derive(Clone, Copy, Debug)]
struct Rule {
    id: &'static str,
    severity: Severity,
    count: usize,
    /// The first problem.
    first: usize,
}

impl Check {
    /// The nearest message with a problem, behind `number` or before it.
    pub(super) fn next(&self, number: usize, forward: bool) -> Option<usize> {
        let at = match forward {
            true => self.before(number + 1),
            false => self.before(number).checked_sub(1)?,
        };
        self.found.get(at).map(|found| found.message as usize)
    }

    /// How many problems there are in the messages before one.
    fn before(&self, message: usize) -> usize {
        self.found.partition_point(|found| (found.message as usize) < message)
    }

    /// In how many messages they were looked for.
    pub(super) fn looked(&self) -> usize {
        self.checked.messages
    }

    /// How many problems the messages `from..to` have, and the first that has one.
    pub(super) fn between(&self, from: usize, to: usize) -> (usize, Option<usize>) {
        let (before, after) = (self.before(from), self.before(to));
        let first = self.found.get(before).filter(|_| after > before);
        (after - before, first.map(|found| found.message as usize))
    }

    fn note(&mut self, message: usize, nth: usize, id: &'static str, severity: Severity) {
        let is_it = |rule: &Rule| rule.id == id && rule.severity == severity;
        let at = self.rules.iter().position(is_it).unwrap_or_else(|| {
            self.rules.push(Rule { id, severity, count: 0, first: self.found.len() });
            self.rules.len() - 1
        });
        self.rules.get_mut(at).into_iter().for_each(|rule| rule.count += 1);
        self.found.push(Found { message: message as u32, nth: nth as u16, rule: at as u16 });
    }

    /// The problems that are wanted.
    fn sifted<'a>(&'a self, sift: &'a Sift) -> impl Iterator<Item = &'a Found> {
        let wanted: Vec<bool> = self.rules.iter().map(|rule| rule.is(sift)).collect();
        self.found.iter().filter(move |found| wanted.get(found.rule as usize) == Some(&true))
    }
}

impl Rule {
    fn is(&self, sift: &Sift) -> bool {
        (sift.rule.is_empty() || sift.rule == self.id)
            && (sift.severity.is_empty() || sift.severity == self.severity.name())
    }
}

impl Engine {
    /// The nearest message with a problem, or an error, behind `number` or before it.
    pub(super) fn next_problem(&self, number: usize, forward: bool) -> Option<usize> {
        let (problem, errors) = (self.check.next(number, forward), self.list.outline.errors());
        let before = |number: usize| errors.partition_point(|error| (*error as usize) < number);
        let at = if forward { Some(before(number + 1)) } else { before(number).checked_sub(1) };
        let error = at.and_then(|at| errors.get(at)).map(|error| *error as usize);
        if forward { problem.into_iter().chain(error).min() } else { problem.into_iter().chain(error).max() }
    }

    /// The nearest error behind `number`, round the end if need be.
    pub(super) fn next_error(&self, number: usize) -> Option<usize> {
        let errors = self.list.outline.errors();
        let behind = errors.partition_point(|error| (*error as usize) <= number);
        errors.get(behind).or(errors.first()).map(|error| *error as usize)
    }

    pub(super) fn check(&mut self, messages: usize) -> Checked {
        let Some(indexed) = self.connections.get(self.connection) else { return Checked::default() };
        let check = &mut self.check;
        let mut tree = Tree::new();
        let mut bytes = 0;
        for number in (check.checked.messages..).take(messages.min(MOST_AT_ONCE)) {
            let Some((entry, problems)) = indexed.check(number, &mut tree) else { break };
            check.checked.messages = number + 1;
            for (nth, problem) in problems.iter().enumerate() {
                check.note(number, nth, problem.rule, problem.severity);
            }
            check.checked.problems += problems.len();
            check.checked.faulty += usize::from(!problems.is_empty());
            bytes += entry.span.len();
            if bytes > SLICE {
                break;
            }
        }
        check.checked
    }

    pub(super) fn problems(&self, from: usize, to: usize, sift: &Sift) -> Vec<Finding> {
        let Some(indexed) = self.indexed() else { return Vec::new() };
        let wanted = self.check.sifted(sift).skip(from).take(to.saturating_sub(from).min(MOST));
        let mut tree = Tree::new();
        wanted
            .filter_map(|found| {
                let (entry, problems) = indexed.open(found.message as usize, &mut tree)?;
                findings(indexed, &entry, &tree, &problems).into_iter().nth(found.nth as usize)
            })
            .collect()
    }

    /// The rules that were broken, in the order in which they were met.
    pub(super) fn rules(&self) -> Vec<RuleCount> {
        let Some(indexed) = self.indexed() else { return Vec::new() };
        let mut tree = Tree::new();
        let counts = self.check.rules.iter().filter_map(|rule| {
            let first = self.check.found.get(rule.first)?;
            let (entry, problems) = indexed.open(first.message as usize, &mut tree)?;
            let first = findings(indexed, &entry, &tree, &problems).into_iter().nth(first.nth as usize)?;
            Some(RuleCount { rule: rule.id.into(), severity: rule.severity.name().into(), count: rule.count, first })
        });
        counts.collect()
    }

    /// Where the first problem of a message stands among those that are wanted, and how many these are.
    pub(super) fn problem_place(&self, message: usize, sift: &Sift) -> (Option<usize>, usize) {
        let (mut at, mut count) = (None, 0);
        for found in self.check.sifted(sift) {
            if found.message as usize == message && at.is_none() {
                at = Some(count);
            }
            count += 1;
        }
        (at, count)
    }
}
