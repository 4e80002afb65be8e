//! A connection followed: tables of what is said, and which messages that is.

#![allow(clippy::expect_used, clippy::unwrap_used, reason = "a test may fail")]

mod flow;
mod phases;
mod properties;
mod relations;
mod wrong;

use pgscope_proto::{Direction, Exchange, Problem, Stream, Tree};
use pgscope_session::Index;

/// `"F 0000000804d2162f"` and the like, one a line, to an exchange in that order. A quoted part is text.
pub(crate) fn exchange(lines: &str) -> Exchange {
    let mut exchange = Exchange::default();
    for line in lines.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let (side, rest) = line.split_once(' ').unwrap_or((line, ""));
        let direction = if side == "F" { Direction::Frontend } else { Direction::Backend };
        exchange.push(direction, &Stream::raw(bytes(rest)), None);
    }
    exchange
}

pub(crate) fn bytes(text: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    for (nth, part) in text.split('\'').enumerate() {
        if nth % 2 == 1 {
            bytes.extend_from_slice(part.as_bytes());
            continue;
        }
        let digits: Vec<u8> = part.bytes().filter(u8::is_ascii_hexdigit).collect();
        for pair in digits.chunks(2) {
            bytes.push(u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap());
        }
    }
    bytes
}

/// `F SSLRequest`, one a line.
pub(crate) fn names(exchange: &Exchange) -> String {
    let index = Index::new(exchange);
    let entries = (0..index.len()).map(|number| index.entry(number).unwrap());
    entries.map(|entry| format!("{} {}", entry.direction.letter(), entry.message.name())).collect::<Vec<_>>().join("\n")
}

/// All problems, with the number of their message.
pub(crate) fn problems(exchange: &Exchange) -> Vec<(usize, Problem)> {
    let index = Index::new(exchange);
    let mut tree = Tree::new();
    let mut found = Vec::new();
    for number in 0..index.len() {
        index.tree(exchange, number, &mut tree);
        found.extend(index.problems(exchange, number, &tree).into_iter().map(|problem| (number, problem)));
    }
    found
}
