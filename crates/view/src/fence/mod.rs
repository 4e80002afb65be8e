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

use crate::Indexed;
use crate::figure::{Figure, Makers};
use crate::print::sequence::Panes;
use crate::sequence::{Choice, Step, ranges};

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

/// The names that a header may have.
const NAMES: [&str; 9] = ["scenario", "set", "step", "messages", "hide", "panes", "title", "expect", "finding"];

impl Fence {
    /// Reads the fence, and finds what does not hold.
    pub fn read(&self) -> Result<Figure, Vec<Wrong>> {
        let (header, figure) = self.parts(Makers::WHOLE)?;
        let all = self.checked(&header, &figure);
        if all.is_empty() { Ok(figure) } else { Err(all) }
    }

    /// What it shows, whether that is as expected or not.
    pub fn figure(&self) -> Result<Figure, Vec<Wrong>> {
        self.figure_by(Makers::WHOLE)
    }

    /// The same, made with these.
    pub fn figure_by(&self, makers: Makers) -> Result<Figure, Vec<Wrong>> {
        Ok(self.parts(makers)?.1)
    }

    fn parts(&self, makers: Makers) -> Result<(Header, Figure), Vec<Wrong>> {
        let (header, body_from) = self.header()?;
        let body: String = self.lines.iter().skip(body_from).map(|line| format!("{line}\n")).collect();
        let at_body = self.line + 1 + body_from;
        let line = match &header.scenario {
            Some(_) if body.trim().is_empty() => self.line_of("scenario"),
            None if body.trim().is_empty() => self.line,
            _ => at_body,
        };
        let figure = header.figure_by(&body, makers).map_err(|message| vec![Wrong { line, message }])?;
        Ok((header, figure))
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

    /// What does not hold of what was read.
    fn checked(&self, header: &Header, figure: &Figure) -> Vec<Wrong> {
        let Some(first) = figure.connections.first() else {
            return vec![Wrong { line: self.line, message: "there is no message in it".to_owned() }];
        };
        let mut all = Vec::new();
        if let Err(message) = figure.sequence() {
            all.push(Wrong { line: self.line_of("step"), message });
        }
        let names: Vec<&'static str> = (0..first.index.len())
            .filter_map(|at| first.index.entry(at))
            .map(|entry| first.named(&entry).name())
            .collect();
        let unmet = header.expect.as_ref().and_then(|expected| expected.unmet(&names));
        all.extend(unmet.map(|message| Wrong { line: self.line_of("expect"), message }));
        all.extend(self.findings(header, &figure.connections));
        all
    }

    fn findings(&self, header: &Header, connections: &[Indexed]) -> Vec<Wrong> {
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
        let expected = header.findings.clone().unwrap_or_default();
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
    /// What these names and values say; an error is about the first that says nothing that can be.
    pub fn of<'a>(pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> Result<Self, String> {
        let mut header = Self::default();
        for (name, value) in pairs {
            if !NAMES.contains(&name) {
                return Err(format!("there is no {name}; known are {}", NAMES.join(", ")));
            }
            header.take(name, value)?;
        }
        Ok(header)
    }

    /// The figure of that, with what stands below it: bytes in any form, or nothing if it is a scenario.
    pub fn figure(&self, body: &str) -> Result<Figure, String> {
        self.figure_by(body, Makers::WHOLE)
    }

    /// The same, made with these.
    pub fn figure_by(&self, body: &str, makers: Makers) -> Result<Figure, String> {
        let mut figure = match &self.scenario {
            Some(name) if !body.trim().is_empty() => {
                return Err(format!("the scenario {name} is played: bytes below it are too many"));
            }
            Some(name) => (makers.play)(name, &self.set)?,
            None if body.trim().is_empty() => {
                return Err("there is nothing in it: a scenario or bytes are wanted".to_owned());
            }
            None => {
                let read = (makers.read)(body.as_bytes(), &capture::Options::default());
                match read.problems.first() {
                    Some(problem) => return Err(problem.to_string()),
                    None => Figure::of("an exchange", read.exchanges),
                }
            }
        };
        figure.title = self.title.clone().unwrap_or(figure.title);
        (figure.choice, figure.panes) = (self.choice.clone(), self.panes);
        Ok(figure)
    }

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
