//! What a picture shows: which messages, which step, and what beside them.

use std::ops::RangeInclusive;
use std::str::FromStr;

/// What is shown.
#[derive(Clone, Debug)]
pub struct Choice {
    /// Which messages, by their numbers from 1; all if there is none.
    pub messages: Vec<RangeInclusive<usize>>,
    /// The names of messages that are left out, in any case.
    pub hidden: Vec<String>,
    /// The message that is lit. It is shown in any case.
    pub step: Option<Step>,
    /// Whether messages of one name that follow each other are one row.
    pub folds: bool,
    /// Whether it is shown in how many segments a message came.
    pub segments: bool,
    /// Whether it is shown what is wrong.
    pub findings: bool,
}

impl Default for Choice {
    fn default() -> Self {
        Self { messages: Vec::new(), hidden: Vec::new(), step: None, folds: true, segments: false, findings: true }
    }
}

impl Choice {
    /// Whether it shows the message with this number and name.
    pub(super) fn shows(&self, number: usize, name: &str) -> bool {
        let is_chosen = self.messages.is_empty() || self.messages.iter().any(|range| range.contains(&number));
        is_chosen && !self.hidden.iter().any(|hidden| hidden.eq_ignore_ascii_case(name))
    }
}

/// Reads `3-9`, `3`, `3-` and `-9`, several of them with commas between.
pub fn ranges(text: &str) -> Result<Vec<RangeInclusive<usize>>, String> {
    let wrong = |part: &str| format!("{part} is no range of messages, such as 3-9, 3- or 7");
    let one = |part: &str| {
        let part = part.trim();
        let number = |text: &str| text.trim().parse::<usize>().map_err(|_| wrong(part));
        let (from, to) = match part.split_once('-') {
            None => (number(part)?, number(part)?),
            Some((from, "")) => (number(from)?, usize::MAX),
            Some(("", to)) => (1, number(to)?),
            Some((from, to)) => (number(from)?, number(to)?),
        };
        if from == 0 || to < from { Err(wrong(part)) } else { Ok(from..=to) }
    };
    text.split(',').map(one).collect()
}

/// A message, by its number or, so that it survives changes of the exchange, by its name: `5`, `BindComplete`, `Query 2`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// The message with this number, from 1.
    Number(usize),
    /// The message that is the nth of this name, from 1.
    Named(String, usize),
}

impl FromStr for Step {
    type Err = std::convert::Infallible;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let text = text.trim();
        if let Ok(number) = text.parse() {
            return Ok(Step::Number(number));
        }
        let nth = text.rsplit_once(' ').and_then(|(name, nth)| Some((name, nth.parse().ok()?)));
        let (name, nth) = nth.unwrap_or((text, 1));
        Ok(Step::Named(name.trim().to_owned(), nth))
    }
}

/// A step that is not there, and what is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotThere(pub String);

impl std::fmt::Display for NotThere {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for NotThere {}

impl Step {
    /// Which of these messages it is, from 0.
    pub fn among(&self, names: &[&str]) -> Result<usize, NotThere> {
        match self {
            Step::Number(number) => {
                let at = number.checked_sub(1).filter(|at| *at < names.len());
                at.ok_or_else(|| NotThere(format!("there is no message {number}: they are 1 to {}", names.len())))
            }
            Step::Named(wanted, nth) => {
                let is_it = |name: &str| name.eq_ignore_ascii_case(wanted);
                let of_name = names.iter().enumerate().filter(|(_, name)| is_it(name));
                let found: Vec<usize> = of_name.map(|(at, _)| at).collect();
                let at = nth.checked_sub(1).and_then(|nth| found.get(nth)).copied();
                at.ok_or_else(|| NotThere(missing(wanted, *nth, found.len(), names)))
            }
        }
    }
}

fn missing(wanted: &str, nth: usize, found: usize, names: &[&str]) -> String {
    if found > 0 {
        return format!("there is no {wanted} {nth}: there are {found} of that name");
    }
    let mut known: Vec<&str> = Vec::new();
    for name in names {
        if !known.contains(name) {
            known.push(name);
        }
    }
    format!("there is no message {wanted}; there are {}", known.join(", "))
}
