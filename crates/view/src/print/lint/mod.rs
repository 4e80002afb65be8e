//! What is wrong with an exchange, finding by finding, as a compiler tells of mistakes: for people, and for programs as JSON
//! and as SARIF.
//!
//! It knows which findings there are and how each is told, not where the bytes were read from.

mod json;
mod levels;
mod sarif;
#[cfg(test)]
mod tests;
mod text;

pub use json::{Reason, Record, record};
pub use levels::{Levels, Unknown};
pub use sarif::{Log, Outcome, log, result};
pub use text::Text;

use pgscope_proto::schema::Section;
use pgscope_proto::{Because, Direction, Problem, Severity, Span, Tree};
use pgscope_session::Entry;
use pgscope_session::rules::{Rule, by_id};

use crate::exchange::Indexed;

/// A connection, and where it was read from.
#[derive(Clone, Copy, Debug)]
pub struct Connection<'a> {
    /// Its bytes and frames.
    pub indexed: &'a Indexed,
    /// The file that each end's bytes come from: mostly the same.
    pub files: [&'a str; 2],
    /// Which connection of the file it is, from 1, and how many there are.
    pub number: (usize, usize),
}

/// Something wrong with a message.
#[derive(Clone, Debug)]
pub struct Finding<'a> {
    /// Where the message stands.
    pub connection: Connection<'a>,
    /// The message.
    pub entry: Entry,
    /// What is wrong, with the severity that was asked for.
    pub problem: Problem,
}

impl<'a> Connection<'a> {
    /// Calls `each` with everything that is wrong, message by message, until it says that this is enough. `is_told` says
    /// whether a finding is told in full: then how to mend it is searched for.
    pub fn findings(
        self,
        levels: &Levels,
        mut is_told: impl FnMut(&Problem) -> bool,
        mut each: impl FnMut(Finding<'a>) -> bool,
    ) {
        let mut tree = Tree::new();
        for number in 0..self.indexed.index.len() {
            let Some((entry, mut problems)) = self.indexed.check(number, &mut tree) else { return };
            levels.apply(&mut problems);
            if problems.iter().any(&mut is_told) {
                problems = self.indexed.open(number, &mut tree).map(|(_, problems)| problems).unwrap_or_default();
                levels.apply(&mut problems);
            }
            if !problems.into_iter().all(|problem| each(Finding { connection: self, entry, problem })) {
                return;
            }
        }
    }

    fn file(&self, direction: Direction) -> &'a str {
        self.files.get(direction.index()).copied().unwrap_or_default()
    }

    /// What another message is, and what it says.
    fn message(&self, number: usize) -> Option<(Entry, String)> {
        let mut tree = Tree::new();
        let entry = self.indexed.index.entry(number)?;
        self.indexed.index.tree(&self.indexed.exchange, number, &mut tree);
        Some((entry, self.indexed.says(&entry, &tree)))
    }

    /// Everything from the first to the last place of the file that these bytes of a stream were read from.
    fn source(&self, direction: Direction, span: Span) -> Option<Span> {
        let map = &self.indexed.exchange.stream(direction).map;
        let (first, last) = (map.source(span.start)?, map.source(span.end.max(span.start + 1) - 1)?);
        Some(Span::new(first.start.min(last.start), first.end.max(last.end)))
    }
}

impl Finding<'_> {
    /// The file of its message.
    pub fn file(&self) -> &str {
        self.connection.file(self.entry.direction)
    }

    /// The rule, where the catalogue has it.
    pub fn rule(&self) -> Option<&'static Rule> {
        by_id(self.problem.rule)
    }

    /// Where the manual says how it should be.
    fn section(&self) -> Section {
        let of_rule = self.rule().map(|rule| rule.section);
        self.problem.section.or(of_rule).unwrap_or(self.entry.message.section)
    }

    /// What that is called: sections of messages have the message in their name.
    fn section_title(&self) -> String {
        let message = self.entry.message;
        if self.section() == message.section { message.section_title() } else { self.section().title.to_owned() }
    }

    /// The bytes of the message.
    fn bytes(&self) -> &[u8] {
        self.connection.indexed.bytes(&self.entry)
    }

    /// The messages that explain it: each with what it says.
    fn reasons(&self) -> impl Iterator<Item = (&Because, Entry, String)> {
        self.problem.because.iter().filter_map(|because| {
            let (entry, says) = self.connection.message(because.number)?;
            Some((because, entry, says))
        })
    }
}

/// How many findings there are of each severity.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Errors.
    pub errors: usize,
    /// Warnings.
    pub warnings: usize,
    /// Notes.
    pub notes: usize,
}

impl Counts {
    /// One more.
    pub fn add(&mut self, severity: Severity) {
        match severity {
            Severity::Error => self.errors += 1,
            Severity::Warning => self.warnings += 1,
            Severity::Note => self.notes += 1,
        }
    }

    /// Whether there is anything above a note.
    pub fn is_bad(&self) -> bool {
        self.errors + self.warnings > 0
    }

    /// `2 errors and 1 note in 40 messages of 3 connections`.
    pub fn summary(&self, messages: usize, connections: usize) -> String {
        let found = [(self.errors, "error"), (self.warnings, "warning"), (self.notes, "note")];
        let found: Vec<String> =
            found.into_iter().filter(|(count, _)| *count > 0).map(|(count, word)| counted(count, word)).collect();
        let found = match found.as_slice() {
            [] => "nothing is wrong".to_owned(),
            [one] => one.clone(),
            [first @ .., last] => format!("{} and {last}", first.join(", ")),
        };
        let of = if connections == 1 { String::new() } else { format!(" of {}", counted(connections, "connection")) };
        format!("{found} in {}{of}", counted(messages, "message"))
    }
}

fn counted(count: usize, word: &str) -> String {
    if count == 1 { format!("1 {word}") } else { format!("{count} {word}s") }
}
