//! What the shipped scenarios show of each message: in which phases it is said, what it answers, and where to see it.
//!
//! Nobody wrote this down: the scenarios are played and read like any other exchange.

use pgscope_proto::messages::ALL;
use pgscope_proto::{Message, Tree};
use pgscope_sim::{Choices, Scenario, shipped};

use crate::Indexed;

/// What was seen of one message.
#[derive(Debug, Default)]
pub(super) struct Seen {
    /// The phases in which it was said, and how often.
    phases: Vec<(&'static str, usize)>,
    /// The requests that it answered.
    pub(super) answers: Vec<&'static Message>,
    /// The messages that answered it.
    pub(super) answered_by: Vec<&'static Message>,
    /// The scenarios in which it was said: name and title.
    pub(super) scenarios: Vec<(&'static str, String)>,
}

impl Seen {
    fn count_phase(&mut self, phase: &'static str) {
        match self.phases.iter_mut().find(|(known, _)| *known == phase) {
            Some((_, count)) => *count += 1,
            None => self.phases.push((phase, 1)),
        }
    }

    /// The phases in which it is said; not those where a scenario shows what comes of saying it there.
    pub(super) fn phases(&self) -> Vec<&'static str> {
        let all: usize = self.phases.iter().map(|(_, count)| count).sum();
        self.phases.iter().filter(|(_, count)| count * 20 > all).map(|(phase, _)| *phase).collect()
    }
}

/// What was seen of every message, in the order of the table.
pub(super) fn seen() -> Vec<Seen> {
    let mut all: Vec<Seen> = ALL.iter().map(|_| Seen::default()).collect();
    for shipped in shipped::ALL {
        let Ok(scenario) = Scenario::read(shipped.text, &Choices::default()) else { continue };
        let title = scenario.title.clone();
        for connection in scenario.play().connections {
            watch(&Indexed::new(connection.exchange), (shipped.name, &title), &mut all);
        }
    }
    all
}

fn watch(indexed: &Indexed, (name, title): (&'static str, &str), all: &mut [Seen]) {
    let mut tree = Tree::new();
    for number in 0..indexed.index.len() {
        let Some(entry) = indexed.index.entry(number) else { continue };
        let request = indexed.index.request(number).and_then(|request| indexed.index.entry(request));
        indexed.index.tree(&indexed.exchange, number, &mut tree);
        for message in ALL.iter().filter(|message| is_in(&tree, message)) {
            note(all, message, |seen| {
                seen.count_phase(indexed.index.phase(number).name());
                add(&mut seen.scenarios, (name, title.to_owned()));
                if let Some(request) = request.filter(|_| *entry.message == **message) {
                    add(&mut seen.answers, request.message);
                }
            });
        }
        if let Some(request) = request {
            note(all, request.message, |seen| add(&mut seen.answered_by, entry.message));
        }
    }
}

/// Whether it is the message itself, or one that it carries.
fn is_in(tree: &Tree, message: &Message) -> bool {
    tree.nodes.iter().any(|node| std::ptr::eq(node.field, &message.field))
}

fn note(all: &mut [Seen], message: &Message, what: impl FnOnce(&mut Seen)) {
    let at = ALL.iter().position(|known| *known == message);
    if let Some(seen) = at.and_then(|at| all.get_mut(at)) {
        what(seen);
    }
}

fn add<T: PartialEq>(list: &mut Vec<T>, item: T) {
    if !list.contains(&item) {
        list.push(item);
    }
}

#[cfg(test)]
mod tests {
    use pgscope_proto::messages::{extended_query, simple_query};

    use super::*;

    #[test]
    fn the_scenarios_tell_what_answers_what() {
        let all = seen();
        let of = |message: &Message| &all[ALL.iter().position(|known| *known == message).expect("it is in the table")];
        let names = |list: &[&'static Message]| list.iter().map(|message| message.name()).collect::<Vec<_>>();
        assert_eq!(names(&of(&extended_query::BIND_COMPLETE).answers), ["Bind"]);
        assert!(names(&of(&simple_query::QUERY).answered_by).contains(&"CommandComplete"));
        assert_eq!(of(&simple_query::QUERY).phases(), ["query"]);
        assert!(!of(&simple_query::QUERY).scenarios.is_empty());
    }
}
