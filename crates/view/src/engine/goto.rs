//! To a message or an offset that a person typed.

use pgscope_proto::Direction;

use super::{Engine, Reply};

/// What may be typed.
const HOW: &str = "A message is a number, as 12 or #12; an offset begins with 0x or @, as 0x1c or @28.";
const HOW_WITHIN: &str = "An offset is a number, as 28 or 0x1c.";

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Target {
    /// From 1.
    Message(usize),
    Offset(usize),
}

fn target(text: &str) -> Option<Target> {
    let text = text.to_lowercase().replace("message", "#").replace("offset", "@").replace([',', '_', ' '], "");
    if let Some(digits) = text.strip_prefix("0x").or_else(|| text.strip_prefix("@0x")) {
        return usize::from_str_radix(digits, 16).ok().map(Target::Offset);
    }
    match text.strip_prefix('@') {
        Some(digits) => digits.parse().ok().map(Target::Offset),
        None => text.strip_prefix('#').unwrap_or(&text).parse().ok().map(Target::Message),
    }
}

impl Engine {
    /// The message, or the byte; in words why there is none.
    pub(super) fn go_to(&mut self, text: &str, direction: &str, within: Option<usize>) -> Reply {
        match (target(text), within) {
            (None, None) => Reply::Refused(HOW.to_owned()),
            (None, Some(_)) => Reply::Refused(HOW_WITHIN.to_owned()),
            (Some(Target::Message(at) | Target::Offset(at)), Some(number)) => self.go_to_byte(number, at),
            (Some(Target::Message(number)), None) => self.go_to_message(number),
            (Some(Target::Offset(offset)), None) => self.go_to_offset(offset, direction),
        }
    }

    fn go_to_byte(&mut self, number: usize, at: usize) -> Reply {
        let length = self.open(number).map_or(0, |open| open.entry.span.len());
        let last = length.saturating_sub(1);
        match self.byte(number, at) {
            Some(place) if at <= last => Reply::Place(Box::new(place)),
            Some(_) => {
                Reply::Refused(format!("The message has {length} bytes: the last offset is 0x{last:x} ({last})."))
            }
            None => Reply::Nothing,
        }
    }

    fn go_to_message(&self, number: usize) -> Reply {
        let count = self.indexed().map_or(0, |indexed| indexed.index.len());
        match number.checked_sub(1).filter(|number| *number < count) {
            Some(number) => Reply::Number(number),
            None => Reply::Refused(format!("There is no message {number}: they are numbered from 1 to {count}.")),
        }
    }

    fn go_to_offset(&mut self, offset: usize, direction: &str) -> Reply {
        let Some(indexed) = self.indexed() else { return Reply::Nothing };
        let direction = if direction == "backend" { Direction::Backend } else { Direction::Frontend };
        let (name, length) = (direction.name(), indexed.exchange.stream(direction).len());
        let entry = indexed.index.frame_at(direction, offset);
        let place = entry.and_then(|entry| self.byte(entry.number, offset - entry.span.start));
        match (place, length.checked_sub(1)) {
            (Some(place), _) => Reply::Place(Box::new(place)),
            (None, Some(last)) => {
                Reply::Refused(format!("The {name} said {length} bytes: the last offset is 0x{last:x} (@{last})."))
            }
            (None, None) => Reply::Refused(format!("The {name} said nothing.")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_and_offsets_are_told_apart() {
        for (text, expected) in [
            ("12", Some(Target::Message(12))),
            (" #1,204 ", Some(Target::Message(1204))),
            ("0x1C", Some(Target::Offset(28))),
            ("@28", Some(Target::Offset(28))),
            ("@0x1c", Some(Target::Offset(28))),
            ("Message 12", Some(Target::Message(12))),
            ("offset 0x1c", Some(Target::Offset(28))),
            ("", None),
            ("1c", None),
            ("-1", None),
            ("0x", None),
        ] {
            assert_eq!(target(text), expected, "{text}");
        }
    }
}
