//! What the project says of a recorded connection.

use std::collections::BTreeMap;

use pgscope_proto::{Direction, Exchange, Severity, Sides, Stream, Tree};
use pgscope_view::capture;
use pgscope_view::{Indexed, Typed};

/// What was found in one recording or several.
#[derive(Default)]
pub(crate) struct Findings {
    pub(crate) connections: usize,
    /// Of the client, of the server.
    pub(crate) messages: [usize; 2],
    /// Rows of which every column has a name and a type, and those of which not.
    pub(crate) named: usize,
    pub(crate) unnamed: Vec<String>,
    /// Errors and warnings.
    pub(crate) bad: Vec<String>,
    pub(crate) notes: BTreeMap<&'static str, usize>,
}

impl Findings {
    pub(crate) fn add(&mut self, other: Findings) {
        self.connections += other.connections;
        self.messages = [0, 1].map(|side| self.messages[side] + other.messages[side]);
        self.named += other.named;
        self.unnamed.extend(other.unnamed);
        self.bad.extend(other.bad);
        for (rule, count) in other.notes {
            *self.notes.entry(rule).or_default() += count;
        }
    }
}

/// Rows that nobody described: the driver asks for a FETCH without a Describe, since it knows the columns of its cursor from
/// the statement behind it.
const NOT_DESCRIBED: &[&str] = &["py-postgresql/cursor"];

/// The connections of a capture file.
pub(crate) fn connections(name: &str, file: &[u8]) -> Vec<Exchange> {
    let capture = capture::read(file, &capture::Options::default());
    assert!(capture.problems.is_empty(), "{name}: {:?}", capture.problems);
    capture.exchanges
}

/// Reads a connection as it was recorded.
pub(crate) fn of(name: &str, exchange: Exchange) -> Findings {
    let indexed = Indexed::new(exchange);
    let mut findings = Findings { connections: 1, ..Findings::default() };
    let mut tree = Tree::new();
    for number in 0..indexed.index.len() {
        let (entry, problems) = indexed.check(number, &mut tree).expect("it is there");
        findings.messages[entry.direction.index()] += 1;
        let place = || format!("{name}: {} {} {}", entry.direction.letter(), number + 1, entry.message.name());
        for problem in problems {
            if problem.severity >= Severity::Warning {
                findings.bad.push(format!("{}: {} {}", place(), problem.rule, problem.message));
            } else {
                *findings.notes.entry(problem.rule).or_default() += 1;
            }
        }
        if entry.message.field.id == "datarow" {
            match is_named(&indexed.typing(&entry), indexed.bytes(&entry)) {
                true => findings.named += 1,
                false if NOT_DESCRIBED.iter().any(|described| name.starts_with(described)) => {}
                false => findings.unnamed.push(place()),
            }
        }
    }
    findings
}

/// Whether each of its columns has a name, a type and a format.
fn is_named(columns: &[Typed], row: &[u8]) -> bool {
    let count = row.get(5..7).map_or(0, |count| usize::from(u16::from_be_bytes([count[0], count[1]])));
    let known = |column: &Typed| !column.name.is_empty() && column.oid != 0 && column.is_binary.is_some();
    columns.len() == count && columns.iter().all(known)
}

/// The same as two streams without a clock.
pub(crate) fn two_streams(exchange: &Exchange) -> Exchange {
    let [frontend, backend] = Direction::BOTH.map(|side| Stream::raw(exchange.stream(side).bytes.clone()));
    Exchange::two_streams(frontend, backend)
}

/// What one end said, alone.
pub(crate) fn one_direction(exchange: &Exchange, side: Direction) -> Exchange {
    Exchange::one_sided(side, Stream::raw(exchange.stream(side).bytes.clone()), Sides::Given)
}
