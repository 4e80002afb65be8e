//! An exchange as a sequence diagram for a terminal, and as JSON: with times, and what each end is doing.
//!
//! ```text
//!   2.500 ms  authentication ⏸ │── R AuthenticationOk ◀ …
//! ```

use std::fmt::Write;

use pgscope_proto::{Direction, Tree};
use pgscope_session::{Course, Ends, Waits};
use serde::Serialize;

use super::json;
use super::{Colour, Ink};
use crate::exchange::Indexed;
use crate::sequence::ending;

/// An exchange with everything that a step of it shows.
#[derive(Debug)]
pub struct Played<'a> {
    indexed: &'a Indexed,
    course: Course,
}

/// A message with its time, and what both ends are doing after it.
#[derive(Debug, Serialize)]
pub struct Step {
    /// The message, as `decode` gives it.
    #[serde(flatten)]
    pub message: json::Message,
    /// When its last byte arrived, in microseconds since the beginning.
    pub at_us: Option<i64>,
    /// The client.
    pub client: End,
    /// The server.
    pub server: End,
    /// The transaction's status: I, T or E.
    pub transaction: char,
}

/// What an end is doing.
#[derive(Debug, Serialize)]
pub struct End {
    /// Its state.
    pub state: &'static str,
    /// What the read is for in which it is blocked, if it is.
    pub waits_for: Option<&'static str>,
}

impl Step {
    /// The same as one of several connections, before which so many steps of others come.
    pub fn of_connection(self, connection: usize, inside_tls: bool, others: usize) -> Self {
        let message = json::Message { inside_tls, ..self.message.of_connection(connection, others) };
        Self { message, ..self }
    }
}

const STATE_WIDTH: usize = 22;
const MOST_SAID: usize = 72;

impl<'a> Played<'a> {
    /// Follows an exchange.
    pub fn new(indexed: &'a Indexed) -> Self {
        Self { indexed, course: Course::new(&indexed.exchange, &indexed.index) }
    }

    /// When the last byte of a message arrived.
    fn at_us(&self, direction: Direction, end: usize) -> Option<i64> {
        let segments = self.indexed.exchange.segments.iter();
        let holds = |segment: &&pgscope_proto::Segment| segment.direction == direction && segment.span.end >= end;
        segments.filter(|segment| segment.direction == direction).find(holds)?.at_us
    }

    fn ends(&self, number: usize) -> Ends {
        self.course.after(&self.indexed.exchange, &self.indexed.index, number)
    }

    /// All messages as JSON.
    pub fn steps(&self) -> Vec<Step> {
        let mut tree = Tree::new();
        let numbers = 0..self.indexed.index.len();
        let step = |number| {
            let (entry, problems) = self.indexed.open(number, &mut tree)?;
            let ends = self.ends(number);
            Some(Step {
                message: json::message(self.indexed, &entry, &tree, problems),
                at_us: self.at_us(entry.direction, entry.span.end),
                client: End { state: ends.client.name(), waits_for: ends.client_waits().words() },
                server: End { state: ends.server.name(), waits_for: ends.server_waits().words() },
                transaction: char::from(ends.transaction),
            })
        };
        numbers.filter_map(step).collect()
    }

    /// The diagram: one line a message, the client on the left, the server on the right.
    pub fn text(&self, colour: Colour) -> String {
        let mut out = String::new();
        let _ = writeln!(out, "{:>11}  {:>STATE_WIDTH$} │ {:<44} │ server", "", "client", "");
        let mut tree = Tree::new();
        for number in 0..self.indexed.index.len() {
            let Some((entry, problems)) = self.indexed.open(number, &mut tree) else { break };
            let ends = self.ends(number);
            let at = self.at_us(entry.direction, entry.span.end);
            let time = at.map(|at| format!("{:.3} ms", at as f64 / 1000.0)).unwrap_or_default();
            let (ink, arrow) = match entry.direction {
                Direction::Frontend => (Ink::Frontend, named("─", entry.message.name(), "▶")),
                Direction::Backend => (Ink::Backend, named("◀", entry.message.name(), "─")),
            };
            let client = state(ends.client.name(), ends.client_waits(), true);
            let server = state(ends.server.name(), ends.server_waits(), false);
            let _ = writeln!(out, "{time:>11}  {client} │ {} │ {server}", colour.paint(ink, &arrow));
            let says = short(&self.indexed.says(&entry, &tree));
            if !says.is_empty() {
                let _ = writeln!(out, "{:>11}  {:>STATE_WIDTH$} │   {}", "", "", colour.paint(Ink::Faint, &says));
            }
            for problem in problems {
                let text = format!("▲ {} {}", problem.rule, problem.message);
                let _ = writeln!(out, "{:>11}  {:>STATE_WIDTH$} │   {}", "", "", colour.paint(Ink::Bad, &text));
            }
        }
        out.push_str(&ending(self.indexed, &self.course));
        out.push('\n');
        out
    }
}

/// ⏸ stands beside an end that is blocked in a read.
fn state(state: &str, waits: Waits, left: bool) -> String {
    let mark = if waits == Waits::Not { " " } else { "⏸" };
    if left { format!("{:>width$} {mark}", state, width = STATE_WIDTH - 2) } else { format!("{mark} {state}") }
}

fn named(before: &str, name: &str, after: &str) -> String {
    let name = format!(" {name} ");
    let line = "─".repeat(42usize.saturating_sub(name.chars().count()));
    if before == "─" { format!("─{name}{line}{after}") } else { format!("{before}{line}{name}{after}") }
}

fn short(text: &str) -> String {
    match text.char_indices().nth(MOST_SAID) {
        Some((at, _)) => format!("{}…", text.get(..at).unwrap_or_default()),
        None => text.to_owned(),
    }
}
