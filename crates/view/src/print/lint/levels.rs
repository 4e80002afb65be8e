//! Which findings count, and as what: a person may take one rule for an error, and leave another out.

use pgscope_proto::{Problem, Severity};
use pgscope_session::rules::{Rule, all, by_id};

/// What was asked for.
#[derive(Clone, Debug, Default)]
pub struct Levels {
    /// Everything that is at least so bad counts as an error.
    least: Option<Severity>,
    errors: Vec<&'static str>,
    left_out: Vec<&'static str>,
}

/// A name that is no rule's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unknown {
    /// As it was given.
    pub given: String,
    /// Ids of rules that it may have meant.
    pub near: Vec<&'static str>,
}

impl std::fmt::Display for Unknown {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "there is no rule {}", self.given)?;
        match self.near.as_slice() {
            [] => write!(formatter, "; `pgscope explain rules` lists them"),
            near => write!(formatter, "; near it are {}", near.join(", ")),
        }
    }
}

impl std::error::Error for Unknown {}

impl Levels {
    /// What this names counts as an error: a rule, or a severity and all above it.
    pub fn deny(&mut self, name: &str) -> Result<(), Unknown> {
        let severity = [Severity::Note, Severity::Warning, Severity::Error].into_iter().find(|one| one.name() == name);
        match severity {
            Some(severity) => self.least = Some(self.least.map_or(severity, |least| least.min(severity))),
            None => self.errors.push(rule(name)?.id),
        }
        Ok(())
    }

    /// Findings of this rule are left out.
    pub fn allow(&mut self, name: &str) -> Result<(), Unknown> {
        self.left_out.push(rule(name)?.id);
        Ok(())
    }

    /// Leaves out what is allowed, and makes errors of what is denied.
    pub(super) fn apply(&self, problems: &mut Vec<Problem>) {
        problems.retain(|problem| !self.left_out.contains(&problem.rule));
        for problem in problems {
            let is_denied = self.least.is_some_and(|least| problem.severity >= least);
            if is_denied || self.errors.contains(&problem.rule) {
                problem.severity = Severity::Error;
            }
        }
    }
}

fn rule(name: &str) -> Result<&'static Rule, Unknown> {
    by_id(name).ok_or_else(|| Unknown { given: name.to_owned(), near: near(name) })
}

/// Ids with the same digits (`25` for L25), or of which one letter is another.
fn near(name: &str) -> Vec<&'static str> {
    let name = name.to_ascii_uppercase();
    let digits = |text: &str| text.chars().filter(char::is_ascii_digit).collect::<String>();
    let (mine, number) = (digits(&name), digits(&name).parse::<u32>().ok());
    let same_digits = |id: &str| number.is_some() && digits(id).parse::<u32>().ok() == number;
    let one_off = |id: &str| {
        let differing = id.chars().zip(name.chars()).filter(|(one, other)| one != other).count();
        id.len() == name.len() && differing == 1 && !mine.is_empty()
    };
    let ids = || all().map(|rule| rule.id);
    let same: Vec<&str> = ids().filter(|id| same_digits(id)).collect();
    let mut near = if same.is_empty() { ids().filter(|id| one_off(id)).collect() } else { same };
    near.sort_unstable();
    near.truncate(5);
    near
}
