//! Fences of a document that hold an exchange: what they say of themselves, what they show, and whether it holds.
//!
//! ````text
//! ```pgscope
//! scenario: handshake
//! step: Query
//! expect: …, Query, RowDescription, DataRow × 3, CommandComplete, ReadyForQuery, …
//! ```
//! ````
//!
//! Lines of a name and a value stand first; what follows them is bytes, in any form that can be read. It knows texts, and
//! nothing of files.

mod expect;
mod find;
#[cfg(test)]
mod tests;

use pgscope_capture as capture;
use pgscope_proto::{Severity, Tree};
use pgscope_sim::{Choices, Scenario, shipped};

use crate::Indexed;
use crate::print::sequence::Panes;
use crate::sequence::{Choice, Sequence, Step, ranges};

pub use find::{Fence, find};

/// What a fence says of itself.
#[derive(Clone, Debug, Default)]
pub struct Header {
    /// The scenario that is played, by its name; none if bytes follow.
    pub scenario: Option<String>,
    /// Its knobs.
    pub set: Vec<(String, String)>,
    /// What is shown, and what is lit.
    pub choice: Choice,
    /// What of each message is shown.
    pub panes: Panes,
    /// What it is called.
    pub title: Option<String>,
    /// The messages that must be there.
    expect: Option<expect::Expected>,
    /// The rules that must be broken; none said: nothing above a note may be wrong.
    findings: Option<Vec<String>>,
}

/// What does not hold, and in which line of the document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wrong {
    /// The line, from 1.
    pub line: usize,
    /// What does not hold.
    pub message: String,
}

/// A fence that was read: its connections, and what it says of itself.
#[derive(Debug)]
pub struct Read {
    /// What it says of itself.
    pub header: Header,
    /// Its connections, as they are read.
    pub connections: Vec<Indexed>,
}

/// The names that a header may have.
const NAMES: [&str; 9] = ["scenario", "set", "step", "messages", "hide", "panes", "title", "expect", "finding"];

impl Fence {
    /// Reads the fence, and finds what does not hold.
    pub fn read(&self) -> Result<Read, Vec<Wrong>> {
        let wrong = |line: usize, message: String| vec![Wrong { line, message }];
        let (header, body_from) = self.header()?;
        let body: String = self.lines.iter().skip(body_from).map(|line| format!("{line}\n")).collect();
        let exchanges = match &header.scenario {
            Some(name) => {
                if !body.trim().is_empty() {
                    let line = self.line + 1 + body_from;
                    return Err(wrong(line, format!("the scenario {name} is played: bytes below it are too many")));
                }
                self.played(name, &header)?
            }
            None if body.trim().is_empty() => {
                return Err(wrong(self.line, "there is nothing in it: a scenario or bytes are wanted".to_owned()));
            }
            None => {
                let read = capture::read(body.as_bytes(), &capture::Options::default());
                if let Some(problem) = read.problems.first() {
                    return Err(wrong(self.line + 1 + body_from, problem.to_string()));
                }
                read.exchanges
            }
        };
        let connections: Vec<Indexed> = exchanges.into_iter().map(Indexed::new).collect();
        let read = Read { header, connections };
        let all = self.checked(&read);
        if all.is_empty() { Ok(read) } else { Err(all) }
    }

    /// What it says of itself, and after how many lines the bytes begin.
    fn header(&self) -> Result<(Header, usize), Vec<Wrong>> {
        let mut header = Header::default();
        let mut wrong = Vec::new();
        let mut count = 0;
        for (nth, line) in self.lines.iter().enumerate() {
            let pair = line.split_once(':').map(|(name, value)| (name.trim(), value.trim()));
            let Some((name, value)) = pair.filter(|(name, _)| NAMES.contains(name)) else { break };
            count = nth + 1;
            if let Err(message) = header.take(name, value) {
                wrong.push(Wrong { line: self.line + count, message });
            }
        }
        if wrong.is_empty() { Ok((header, count)) } else { Err(wrong) }
    }

    /// The line of the document in which the header says this.
    fn line_of(&self, name: &str) -> usize {
        let is_it = |line: &String| line.split_once(':').is_some_and(|(one, _)| one.trim() == name);
        self.line + self.lines.iter().position(is_it).map_or(0, |at| at + 1)
    }

    fn played(&self, name: &str, header: &Header) -> Result<Vec<pgscope_proto::Exchange>, Vec<Wrong>> {
        let wrong = |line: usize, message: String| vec![Wrong { line, message }];
        let known = shipped::find(name)
            .ok_or_else(|| wrong(self.line_of("scenario"), format!("there is no scenario {name}")))?;
        let scenario = Scenario::read(known.text, &Choices(header.set.clone()))
            .map_err(|error| wrong(self.line_of("set"), error.message))?;
        Ok(scenario.play().connections.into_iter().map(|connection| connection.exchange).collect())
    }

    /// What does not hold of what was read.
    fn checked(&self, read: &Read) -> Vec<Wrong> {
        let connections: Vec<&Indexed> = read.connections.iter().filter(|indexed| !indexed.is_empty()).collect();
        let Some(first) = connections.first() else {
            return vec![Wrong { line: self.line, message: "there is no message in it".to_owned() }];
        };
        let mut all = Vec::new();
        if let Err(error) = Sequence::of(&connections, &read.header.choice) {
            all.push(Wrong { line: self.line_of("step"), message: error.to_string() });
        }
        let names: Vec<&'static str> = (0..first.index.len())
            .filter_map(|at| first.index.entry(at))
            .map(|entry| first.named(&entry).name())
            .collect();
        let unmet = read.header.expect.as_ref().and_then(|expected| expected.unmet(&names));
        all.extend(unmet.map(|message| Wrong { line: self.line_of("expect"), message }));
        all.extend(self.findings(read, &connections));
        all
    }

    fn findings(&self, read: &Read, connections: &[&Indexed]) -> Vec<Wrong> {
        let mut tree = Tree::new();
        let mut found: Vec<(&'static str, Severity, String)> = Vec::new();
        for indexed in connections {
            for number in 0..indexed.index.len() {
                let Some((entry, problems)) = indexed.check(number, &mut tree) else { break };
                let told =
                    |message: &str| format!("message {}, {}: {message}", number + 1, indexed.named(&entry).name());
                found.extend(problems.iter().map(|problem| (problem.rule, problem.severity, told(&problem.message))));
            }
        }
        let expected = read.header.findings.clone().unwrap_or_default();
        let line = self.line_of("finding");
        let missing = expected.iter().filter(|rule| !found.iter().any(|(known, ..)| known == rule));
        let missing = missing.map(|rule| Wrong { line, message: format!("{rule} is not found in it") });
        let unexpected = found
            .iter()
            .filter(|(rule, severity, _)| *severity > Severity::Note && !expected.iter().any(|known| known == rule));
        let unexpected = unexpected
            .map(|(rule, severity, told)| Wrong { line, message: format!("{} {rule} in {told}", severity.name()) });
        missing.chain(unexpected).collect()
    }
}

impl Header {
    fn take(&mut self, name: &str, value: &str) -> Result<(), String> {
        match name {
            "scenario" => self.scenario = Some(value.to_owned()),
            "title" => self.title = Some(value.to_owned()),
            "step" => self.choice.step = value.parse::<Step>().ok(),
            "messages" => self.choice.messages = ranges(value)?,
            "hide" => self.choice.hidden = value.split(',').map(|name| name.trim().to_owned()).collect(),
            "panes" => self.panes = Panes::read(value)?,
            "expect" => self.expect = Some(expect::Expected::read(value)?),
            "finding" if value == "none" => self.findings = Some(Vec::new()),
            "finding" => self.findings = Some(value.split(',').map(|rule| rule.trim().to_owned()).collect()),
            _ => {
                for pair in value.split_whitespace() {
                    let (knob, choice) = pair.split_once('=').ok_or_else(|| format!("{pair} is not KNOB=VALUE"))?;
                    self.set.push((knob.to_owned(), choice.to_owned()));
                }
            }
        }
        Ok(())
    }
}
