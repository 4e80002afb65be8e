//! The lines of a scenario: comments, conditions, knobs, and what all sections have in common.

use pgscope_proto::Direction;

use super::{Choices, Knob, ScenarioError};
use crate::wire::Damage;

/// One line, with the knobs put in.
#[derive(Clone, Debug)]
pub(super) struct Line {
    number: usize,
    /// The line without spaces around it.
    pub(super) text: String,
    /// As it stands.
    pub(super) raw: String,
}

impl Line {
    pub(super) fn is_indented(&self) -> bool {
        self.raw.starts_with([' ', '\t'])
    }

    pub(super) fn wrong(&self, message: impl Into<String>) -> ScenarioError {
        let column = self.raw.len() - self.raw.trim_start().len() + 1;
        ScenarioError { line: self.number, column, message: message.into() }
    }

    /// A complaint about a part of the line.
    pub(super) fn wrong_at(&self, part: &str, message: impl Into<String>) -> ScenarioError {
        let column = self.raw.find(part).unwrap_or_default() + 1;
        ScenarioError { line: self.number, column, message: message.into() }
    }

    pub(super) fn after(&self, word: &str) -> Option<&str> {
        self.text.strip_prefix(word).map(str::trim)
    }

    /// `name = value`.
    pub(super) fn setting(&self) -> Result<(&str, &str), ScenarioError> {
        let (name, value) = self.text.split_once('=').ok_or_else(|| self.wrong("expected `name = value`"))?;
        Ok((name.trim(), value.trim()))
    }

    pub(super) fn number(&self, text: &str) -> Result<u64, ScenarioError> {
        text.trim().parse().map_err(|_| self.wrong_at(text, format!("`{text}` is no number")))
    }

    /// `10ms`, `2s`, `500us`.
    pub(super) fn duration(&self, text: &str) -> Result<u64, ScenarioError> {
        let text = text.trim();
        let units = [("ms", 1000), ("us", 1), ("s", 1_000_000)];
        let found = units.iter().find_map(|(unit, factor)| Some((text.strip_suffix(unit)?, factor)));
        let (digits, factor) = found.ok_or_else(|| self.wrong_at(text, "a time is such as 10ms, 2s or 500us"))?;
        Ok(self.number(digits)?.saturating_mul(*factor))
    }

    pub(super) fn hex(&self, text: &str) -> Result<Vec<u8>, ScenarioError> {
        let digits: String = text.chars().filter(|letter| !letter.is_whitespace()).collect();
        let (pairs, rest) = digits.as_bytes().as_chunks::<2>();
        let byte = |pair: &[u8; 2]| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok();
        let bytes: Option<Vec<u8>> = pairs.iter().map(byte).collect();
        bytes.filter(|_| rest.is_empty()).ok_or_else(|| self.wrong_at(text, "expected hexadecimal digits, two a byte"))
    }
}

/// Values between ` | `; `\N` is NULL, `""` is empty.
pub(super) fn values(text: &str) -> Vec<Option<String>> {
    if text.trim().is_empty() {
        return Vec::new();
    }
    let value = |text: &str| match text.trim() {
        "\\N" => None,
        "\"\"" => Some(String::new()),
        value => Some(value.to_owned()),
    };
    text.split('|').map(value).collect()
}

/// All knobs that a text declares: `knob NAME = CHOICE, CHOICE : label`.
pub(super) fn knobs(text: &str) -> Result<Vec<Knob>, ScenarioError> {
    let mut knobs = Vec::new();
    for (number, raw) in text.lines().enumerate() {
        let Some(rest) = raw.strip_prefix("knob ") else { continue };
        let wrong = || ScenarioError {
            line: number + 1,
            column: 1,
            message: "a knob is `knob NAME = CHOICE, CHOICE : what it is for`".to_owned(),
        };
        let (name, rest) = rest.split_once('=').ok_or_else(wrong)?;
        let (choices, label) = rest.split_once(" : ").ok_or_else(wrong)?;
        let choices: Vec<String> = choices.split(',').map(|choice| choice.trim().to_owned()).collect();
        if choices.iter().any(String::is_empty) {
            return Err(wrong());
        }
        knobs.push(Knob { name: name.trim().to_owned(), label: label.trim().to_owned(), choices });
    }
    Ok(knobs)
}

/// Only known knobs, only known choices.
pub(super) fn check(knobs: &[Knob], choices: &Choices) -> Result<(), ScenarioError> {
    for (name, value) in &choices.0 {
        let message = match knobs.iter().find(|knob| knob.name == *name) {
            None if knobs.is_empty() => format!("there is no knob {name}: this scenario has none"),
            None => {
                let names: Vec<_> = knobs.iter().map(|knob| knob.name.as_str()).collect();
                format!("there is no knob {name}; there are {}", names.join(", "))
            }
            Some(knob) if !knob.choices.contains(value) => {
                format!("the knob {name} cannot be {value}; it can be {}", knob.choices.join(", "))
            }
            Some(_) => continue,
        };
        return Err(ScenarioError { line: 1, column: 1, message });
    }
    Ok(())
}

/// The lines that hold for these choices, with the choices put in.
pub(super) fn chosen(text: &str, knobs: &[Knob], choices: &Choices) -> Result<Vec<Line>, ScenarioError> {
    let set = |knob: &Knob| {
        let first = knob.choices.first().cloned().unwrap_or_default();
        (knob.name.clone(), choices.of(&knob.name).map_or(first, str::to_owned))
    };
    let set: Vec<(String, String)> = knobs.iter().map(set).collect();
    let mut lines = Vec::new();
    for (number, raw) in text.lines().enumerate() {
        if raw.trim().is_empty() || raw.trim_start().starts_with('#') || raw.starts_with("knob ") {
            continue;
        }
        let mut raw = raw.to_owned();
        for (name, value) in &set {
            raw = raw.replace(&format!("{{{name}}}"), value);
        }
        let line = Line { number: number + 1, text: raw.trim().to_owned(), raw };
        lines.extend(conditions(line, &set)?);
    }
    Ok(lines)
}

/// Takes off conditions such as `?auth=scram`; nothing is left of a line whose condition does not hold.
fn conditions(mut line: Line, set: &[(String, String)]) -> Result<Option<Line>, ScenarioError> {
    while let Some(rest) = line.text.strip_prefix('?') {
        let (condition, rest) = rest.split_once(' ').unwrap_or((rest, ""));
        if !holds(condition, set).map_err(|why| line.wrong(why))? {
            return Ok(None);
        }
        let indent = if line.is_indented() { "    " } else { "" };
        line.raw = format!("{indent}{}", rest.trim());
        line.text = rest.trim().to_owned();
    }
    Ok(Some(line))
}

pub(super) const CONDITION: &str = "a condition is `?knob=choice` or `?knob!=choice`";

/// Whether a condition, without its question mark, holds where knobs are set so.
pub(super) fn holds(condition: &str, set: &[(String, String)]) -> Result<bool, String> {
    let (name, value, wants) = match (condition.split_once("!="), condition.split_once('=')) {
        (Some((name, value)), _) => (name, value, false),
        (None, Some((name, value))) => (name, value, true),
        _ => return Err(CONDITION.to_owned()),
    };
    let known = set.iter().find(|(known, _)| known == name);
    let (_, is) = known.ok_or_else(|| format!("there is no knob {name}"))?;
    Ok(value.split('/').any(|value| value == is) == wants)
}

/// `frontend OFFSET=HEX`, `backend cut OFFSET`, `backend drop OFFSET COUNT`, `frontend delay OFFSET TIME`.
pub(super) fn damage(line: &Line, rest: &str) -> Result<Damage, ScenarioError> {
    let expected = "damage is `frontend|backend OFFSET=BYTE`, `cut OFFSET`, `drop OFFSET COUNT`, `delay OFFSET TIME` or `insert OFFSET HEX`";
    let words: Vec<&str> = rest.split_whitespace().collect();
    let (side, words) = words.split_first().ok_or_else(|| line.wrong(expected))?;
    let direction = match *side {
        "frontend" => Direction::Frontend,
        "backend" => Direction::Backend,
        _ => return Err(line.wrong_at(side, expected)),
    };
    let offset = |text: &str| line.number(text).map(|offset| offset as usize);
    Ok(match words {
        ["cut", at] => Damage::Cut { direction, offset: offset(at)? },
        ["drop", at, count] => Damage::Drop { direction, offset: offset(at)?, count: offset(count)? },
        ["delay", at, by] => Damage::Delay { direction, offset: offset(at)?, by_us: line.duration(by)? },
        ["insert", at, hex] => Damage::Insert { direction, offset: offset(at)?, bytes: line.hex(hex)? },
        [byte] => {
            let (at, value) = byte.split_once('=').ok_or_else(|| line.wrong(expected))?;
            let value = line.hex(value)?.first().copied().ok_or_else(|| line.wrong(expected))?;
            Damage::Byte { direction, offset: offset(at)?, value }
        }
        _ => return Err(line.wrong(expected)),
    })
}
