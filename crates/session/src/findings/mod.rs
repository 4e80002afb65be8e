//! What is wrong with the conversation, in words: what stands where it may not, what is missing, what contradicts what was
//! said before.
//!
//! What the follower noted in its pass is told here, with what was awaited from the table of the conversation. What two
//! messages say against each other is found when one of them is looked at ([`links`]). A rule is one row or one short function.

mod links;
mod misplaced;
mod said;

use pgscope_proto::conversation::{Asks, GRAMMAR};
use pgscope_proto::{Exchange, Message, Problem, Severity, Span, Tree};

use crate::follow::{NONE, Noted};
use crate::index::{Entry, Index};
use crate::rules;

/// What a rule looks at: a message, and the exchange that it stands in.
#[derive(Clone, Copy)]
pub(crate) struct Case<'a> {
    pub(crate) index: &'a Index,
    pub(crate) exchange: &'a Exchange,
    pub(crate) entry: Entry,
    pub(crate) bytes: &'a [u8],
    pub(crate) tree: &'a Tree,
}

/// Everything that is wrong with the message in its conversation.
#[cfg(any(feature = "whole", not(feature = "strict")))]
pub(crate) fn of_conversation(index: &Index, exchange: &Exchange, entry: &Entry, tree: &Tree) -> Vec<Problem> {
    let mut found = of_noted(index, exchange, entry, tree);
    let of_links = if links::begins(entry.message) { of_start } else { of_talk };
    found.extend(of_links(index, exchange, entry, tree));
    found
}

/// What the follower noted.
pub(crate) fn of_noted(index: &Index, exchange: &Exchange, entry: &Entry, tree: &Tree) -> Vec<Problem> {
    let case = Case::new(index, exchange, entry, tree);
    index.noted_in(entry.number).map(|noted| said::told(&case, noted)).map(|problem| case.weighed(problem)).collect()
}

/// What two messages say against each other once a connection is begun.
pub(crate) fn of_talk(index: &Index, exchange: &Exchange, entry: &Entry, tree: &Tree) -> Vec<Problem> {
    of_links(Case::new(index, exchange, entry, tree), links::TALK)
}

/// What two messages say against each other while it begins.
pub(crate) fn of_start(index: &Index, exchange: &Exchange, entry: &Entry, tree: &Tree) -> Vec<Problem> {
    of_links(Case::new(index, exchange, entry, tree), links::START)
}

/// What is wrong with a message that looks odd at a glance.
#[cfg(feature = "strict")]
pub(crate) fn of_odd(index: &Index, exchange: &Exchange, entry: &Entry, tree: &Tree) -> Option<Problem> {
    links::of_odd(&Case::new(index, exchange, entry, tree))
}

fn of_links(case: Case, rules: links::Rules) -> Vec<Problem> {
    links::of(&case, rules).into_iter().map(|problem| case.weighed(problem)).collect()
}

/// Whether something is looked for at such a message that several messages say, talking.
#[cfg(all(feature = "strict", not(feature = "whole")))]
pub(crate) fn look_at_talk(message: &Message) -> bool {
    const IDS: [&str; links::TALK.len()] = links::looked_at(links::TALK);
    IDS.contains(&message.field.id)
}

/// The same while a connection begins.
#[cfg(all(feature = "strict", not(feature = "whole")))]
pub(crate) fn look_at_start(message: &Message) -> bool {
    const IDS: [&str; links::START.len()] = links::looked_at(links::START);
    IDS.contains(&message.field.id)
}

impl<'a> Case<'a> {
    fn new(index: &'a Index, exchange: &'a Exchange, entry: &Entry, tree: &'a Tree) -> Self {
        let bytes = entry.span.of(&exchange.stream(entry.direction).bytes);
        Self { index, exchange, entry: *entry, bytes, tree }
    }

    /// As bad as the catalogue says, unless it is not certain; and where the manual tells of it.
    fn weighed(&self, problem: Problem) -> Problem {
        let known = rules::severity_of(problem.rule);
        let severity = known.filter(|_| problem.severity != Severity::Note).unwrap_or(problem.severity);
        Problem { severity, section: problem.section.or(Some(self.entry.message.section)), ..problem }
    }

    /// Another message of the exchange.
    pub(crate) fn other(&self, number: usize) -> Option<(Entry, &'a [u8])> {
        let own = self.entry.number;
        if self.index.is_gap_between(own.min(number), own.max(number)) {
            return None;
        }
        let entry = self.index.entry(number)?;
        Some((entry, entry.span.of(&self.exchange.stream(entry.direction).bytes)))
    }

    /// Its tree.
    pub(crate) fn tree_of(&self, number: usize) -> Tree {
        let mut tree = Tree::new();
        self.index.tree(self.exchange, number, &mut tree);
        tree
    }

    /// Where a field of the message is.
    pub(crate) fn span(&self, id: &str) -> Option<Span> {
        let node = self.tree.find(id)?;
        self.tree.nodes.get(node).map(|node| node.span())
    }

    /// `message 7`, as lists count.
    pub(crate) fn name_of(&self, number: usize) -> String {
        match self.index.entry(number) {
            Some(entry) => format!("{} of message {}", entry.message.name(), number + 1),
            None => format!("message {}", number + 1),
        }
    }
}

/// The type byte of a message, or all of it if it has none.
pub(crate) fn head(bytes: &[u8]) -> Span {
    Span::new(0, bytes.len().min(1))
}

/// `A`, `A or B`, `A, B or C`.
pub(crate) fn listed(messages: &[&'static Message]) -> String {
    let names: Vec<&str> = messages.iter().map(|message| message.name()).collect();
    match names.as_slice() {
        [] => "nothing".to_owned(),
        [one] => (*one).to_owned(),
        [first @ .., last] => format!("{} or {last}", first.join(", ")),
    }
}

/// What was awaited, from the table, with the message that asked for it.
pub(crate) fn awaited(case: &Case, noted: &Noted) -> String {
    let messages = GRAMMAR.messages(noted.awaited);
    if messages.is_empty() {
        return "nothing, until the client asks".to_owned();
    }
    let asked = case.index.asked(noted.because as usize);
    let whose = match asked {
        Some(asks) => format!("in the answer to {} of message {}", asks.request().name, noted.because + 1),
        None => "here".to_owned(),
    };
    let behind = behind(case, noted);
    format!("{whose}{behind}: {}", listed(&messages))
}

/// What stands before it in the same answer: `, after BindComplete`.
fn behind(case: &Case, noted: &Noted) -> String {
    let before = (noted.because as usize + 1..case.entry.number).rev().take(16).filter_map(|number| {
        case.index.entry(number).filter(|_| case.index.request(number) == Some(noted.because as usize))
    });
    let last = before.into_iter().next();
    last.map_or(String::new(), |entry| format!(", after {}", entry.message.name()))
}

/// The request that made it so, as a link.
pub(crate) fn linked(problem: Problem, case: &Case, noted: &Noted) -> Problem {
    if noted.because == NONE || noted.because as usize == case.entry.number {
        return problem;
    }
    let number = noted.because as usize;
    problem.because(number, case.name_of(number))
}

/// In the answer to any request.
pub(crate) const ANY: &[Asks] = &[];
