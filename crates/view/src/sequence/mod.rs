//! An exchange as a sequence diagram, as data: who says what to whom, and where in the picture each thing stands.
//!
//! A picture is laid out once, in whole pixels. What draws it, on a screen or into a file, takes the places as they are; what
//! prints it as text takes the order. A message is an arrow in a row of its own; where many of one name follow each other they
//! are one row. Each further connection has a lifeline of its own, for the server's process that serves it.

mod choice;
mod lay;
#[cfg(test)]
pub(crate) mod tests;

use pgscope_proto::conversation::Server;
use pgscope_proto::{Direction, Problem, Segment, Span, Tree};
use pgscope_session::{Course, Ends, Entry, Waits};
use serde::Serialize;

use crate::Indexed;
use crate::carried::inner_tag;

pub use choice::{Choice, NotThere, Step, ranges};
pub(crate) use lay::{ARROW, CLIENT, FINDING, HEAD, ROW, TEXT, TIE, cut};

/// How many rows a picture has at most. What is left out is said.
pub const MOST_ROWS: usize = 2000;
/// How many messages are looked at.
const MOST_MESSAGES: usize = 50_000;
/// So many messages of one name in a row are folded, or more.
const FOLDS: usize = 3;

/// A sequence diagram.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Sequence {
    /// How wide it is, and how high, in pixels.
    pub size: (i32, i32),
    /// The ends, from left to right: the client, the server, and a process of the server for each further connection.
    pub lifelines: Vec<Lifeline>,
    /// The phases, from top to bottom.
    pub bands: Vec<Band>,
    /// The messages, from top to bottom.
    pub rows: Vec<Row>,
    /// What answers what.
    pub ties: Vec<Tie>,
    /// The row that is lit.
    pub lit: Option<usize>,
    /// How many messages are not in the picture, by choice or because there are too many.
    pub left_out: usize,
    /// What is left at the end, in words: who waits for whom.
    pub ending: String,
}

/// An end, from top to bottom.
#[derive(Clone, Debug, Serialize)]
pub struct Lifeline {
    /// What it is called.
    pub name: String,
    /// Which end it is.
    pub side: &'static str,
    /// Where it stands.
    pub x: i32,
    /// What it is doing, stretch by stretch.
    pub stretches: Vec<Stretch>,
}

/// What an end is doing for some rows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Stretch {
    /// From where to where.
    pub y: (i32, i32),
    /// Its state by name: `ready`, `copy in`.
    pub state: &'static str,
    /// What the read is for in which it is blocked; none if it works.
    pub waits_for: Option<&'static str>,
}

/// Rows that are said in one phase.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Band {
    /// From where to where.
    pub y: (i32, i32),
    /// What it is called.
    pub name: &'static str,
}

/// A message, or several of one name.
#[derive(Clone, Debug, Serialize)]
pub struct Row {
    /// Where the row begins, and how high it is.
    pub y: (i32, i32),
    /// The lifelines that the arrow leads from and to.
    pub from: usize,
    /// See `from`.
    pub to: usize,
    /// The number of the message in the picture, from 1; of the first of several.
    pub number: usize,
    /// How many messages it is.
    pub count: usize,
    /// Which connection it is of, from 0.
    pub connection: usize,
    /// The message's index in its connection, from 0.
    pub index: usize,
    /// Who says it.
    pub direction: &'static str,
    /// Its type byte, or a dot.
    pub tag: String,
    /// What it is called.
    pub name: &'static str,
    /// What it says, as much as there is room for in the picture.
    pub says: String,
    /// The same, whole.
    pub says_all: String,
    /// How many bytes it has, all of them together.
    pub bytes: usize,
    /// When its last byte arrived, in microseconds since the beginning.
    pub at_us: Option<i64>,
    /// In which phase it is said.
    pub phase: &'static str,
    /// How many bytes of it came in each segment, where that is shown and there are several.
    pub segments: Vec<usize>,
    /// What both ends do behind it: the client and the server.
    pub behind: [Doing; 2],
    /// What is wrong with it.
    pub findings: Vec<Finding>,
}

/// What an end is doing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Doing {
    /// Its state by name.
    pub state: &'static str,
    /// What the read is for in which it is blocked; none if it works.
    pub waits_for: Option<&'static str>,
}

/// Something that is wrong, in short.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// Its rule.
    pub rule: &'static str,
    /// `error`, `warning` or `note`.
    pub severity: &'static str,
    /// What is wrong.
    pub message: String,
}

/// A request, and the last row of what answers it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Tie {
    /// The row of the request.
    pub request: usize,
    /// The last row of its answer.
    pub answer: usize,
    /// How far out it is drawn: what stands inside it is farther in.
    pub depth: usize,
}

/// A message before it has its place.
struct Said {
    connection: usize,
    entry: Entry,
    at_us: Option<i64>,
}

impl Sequence {
    /// The picture of these connections, in the order in which their messages were said if the times tell it, else one after
    /// the other.
    pub fn of(connections: &[&Indexed], choice: &Choice) -> Result<Self, NotThere> {
        let followed: Vec<Followed> =
            connections.iter().map(|indexed| Followed::new(indexed, choice.segments)).collect();
        let said = in_order(connections);
        let names: Vec<&'static str> = said.iter().filter_map(|said| named(connections, said)).collect();
        let lit = choice.step.as_ref().map(|step| step.among(&names)).transpose()?;
        let is_shown = |at: &usize| lit == Some(*at) || names.get(*at).is_some_and(|name| choice.shows(at + 1, name));
        let shown: Vec<usize> = (0..said.len()).filter(is_shown).take(MOST_MESSAGES).collect();
        let mut tree = Tree::new();
        let row = |at: &usize| {
            let said = said.get(*at)?;
            row(connections.get(said.connection)?, followed.get(said.connection)?, said, *at + 1, &mut tree, choice)
        };
        let rows: Vec<Row> = shown.iter().filter_map(row).collect();
        let lit = lit.map(|lit| lit + 1);
        let mut rows = if choice.folds { folded(rows, lit) } else { rows };
        rows.truncate(MOST_ROWS);
        let shown: usize = rows.iter().map(|row| row.count).sum();
        let mut sequence = Self { left_out: said.len() - shown, ..Self::default() };
        sequence.lit = lit.and_then(|lit| rows.iter().position(|row| row.number == lit));
        sequence.rows = rows;
        sequence.ending = followed.first().map_or(NOBODY.to_owned(), |first| first.ending.clone());
        sequence.ties = ties(&sequence.rows, connections);
        lay::lay_out(&mut sequence, connections.len());
        Ok(sequence)
    }
}

const NOBODY: &str = "nobody said anything";

/// All messages of all connections.
fn in_order(connections: &[&Indexed]) -> Vec<Said> {
    let mut all: Vec<Said> = Vec::new();
    for (connection, indexed) in connections.iter().enumerate() {
        let mut segments = [0usize; 2];
        for entry in (0..indexed.index.len()).map_while(|number| indexed.index.entry(number)) {
            let at_us = segments.get_mut(entry.direction.index()).and_then(|from| arrived(indexed, &entry, from));
            all.push(Said { connection, entry, at_us });
        }
    }
    if connections.len() > 1 && all.iter().all(|said| said.at_us.is_some()) {
        all.sort_by_key(|said| said.at_us);
    }
    all
}

/// When its last byte arrived; `from` is the segment from which on it is looked for.
pub(crate) fn arrived(indexed: &Indexed, entry: &Entry, from: &mut usize) -> Option<i64> {
    let segments = indexed.exchange.segments.get(*from..)?;
    let holds = |segment: &Segment| segment.direction == entry.direction && segment.span.end >= entry.span.end;
    let at = segments.iter().position(holds)?;
    *from += at;
    segments.get(at)?.at_us
}

fn row(
    indexed: &Indexed,
    followed: &Followed,
    said: &Said,
    number: usize,
    tree: &mut Tree,
    choice: &Choice,
) -> Option<Row> {
    let (entry, problems) = indexed.check(said.entry.number, tree)?;
    let process = said.connection + 1;
    let (from, to) = if entry.direction == Direction::Frontend { (0, process) } else { (process, 0) };
    let says = indexed.says_named(&entry, tree);
    Some(Row {
        y: (0, 0),
        from,
        to,
        number,
        count: 1,
        connection: said.connection,
        index: entry.number,
        direction: entry.direction.name(),
        tag: tag(indexed, &entry),
        name: indexed.named(&entry).name(),
        says: says.clone(),
        says_all: says,
        bytes: entry.span.len(),
        at_us: said.at_us,
        phase: indexed.index.phase(entry.number).name(),
        segments: followed.segments.get(entry.direction.index()).map_or_else(Vec::new, |own| segments(own, &entry)),
        behind: followed.behind.get(entry.number).copied().unwrap_or_default(),
        findings: if choice.findings { problems.iter().map(finding).collect() } else { Vec::new() },
    })
}

/// What a message is called.
fn named(connections: &[&Indexed], said: &Said) -> Option<&'static str> {
    Some(connections.get(said.connection)?.named(&said.entry).name())
}

/// The type byte as a character, if the message has one that can be seen; that of what it carries comes first.
pub(crate) fn tag(indexed: &Indexed, entry: &Entry) -> String {
    if let Some(tag) = inner_tag(&indexed.exchange, entry).filter(u8::is_ascii_graphic) {
        return (tag as char).to_string();
    }
    let first = indexed.bytes(entry).first().copied().unwrap_or_default();
    let has_tag = entry.message.fields.first().is_some_and(|field| field.id == "tag") || entry.message.tag().is_some();
    if has_tag && first.is_ascii_graphic() { (first as char).to_string() } else { "·".to_owned() }
}

pub(crate) fn doing(ends: &Ends) -> [Doing; 2] {
    [
        Doing { state: ends.client.name(), waits_for: ends.client_waits().words() },
        Doing { state: ends.server.name(), waits_for: ends.server_waits().words() },
    ]
}

fn finding(problem: &Problem) -> Finding {
    Finding { rule: problem.rule, severity: problem.severity.name(), message: problem.message.clone() }
}

/// How many bytes of the message came in each segment; nothing if it came in one. `of_end` are the segments of its end.
fn segments(of_end: &[Span], entry: &Entry) -> Vec<usize> {
    let from = of_end.partition_point(|segment| segment.end <= entry.span.start);
    let inside = |segment: &Span| segment.end.min(entry.span.end) - segment.start.max(entry.span.start);
    let own = of_end.get(from..).unwrap_or_default().iter().take_while(|segment| segment.start < entry.span.end);
    let pieces: Vec<usize> = own.map(inside).collect();
    if pieces.len() > 1 { pieces } else { Vec::new() }
}

/// Lets three rows or more of one name be one.
fn folded(rows: Vec<Row>, lit: Option<usize>) -> Vec<Row> {
    let is_alike = |one: &Row, next: &Row| {
        let key = |row: &Row| (row.connection, row.direction, row.name);
        let is_plain = |row: &Row| row.findings.is_empty() && lit != Some(row.number);
        key(one) == key(next) && next.number == one.number + 1 && is_plain(one) && is_plain(next)
    };
    let mut out: Vec<Row> = Vec::new();
    for alike in rows.chunk_by(is_alike) {
        let (Some(first), Some(last), true) = (alike.first(), alike.last(), alike.len() >= FOLDS) else {
            out.extend_from_slice(alike);
            continue;
        };
        let bytes = alike.iter().map(|row| row.bytes).sum();
        let says = format!("{} … {}", first.says, last.says);
        out.push(Row {
            count: alike.len(),
            bytes,
            says_all: says.clone(),
            says,
            segments: Vec::new(),
            ..first.clone()
        });
        // What both ends do is what they do behind the last.
        out.last_mut().into_iter().for_each(|row| (row.behind, row.at_us) = (last.behind, last.at_us));
    }
    out
}

/// Which rows answer which.
fn ties(rows: &[Row], connections: &[&Indexed]) -> Vec<Tie> {
    let mut ties: Vec<Tie> = Vec::new();
    for (at, row) in rows.iter().enumerate() {
        let Some(indexed) = connections.get(row.connection) else { continue };
        let last = row.index + row.count - 1;
        let Some(request) = indexed.index.request(last) else { continue };
        let holds = |other: &Row| {
            other.connection == row.connection && (other.index..other.index + other.count).contains(&request)
        };
        let Some(asked) = rows.iter().position(holds).filter(|asked| *asked < at) else { continue };
        match ties.iter_mut().find(|tie| tie.request == asked) {
            Some(tie) => tie.answer = at,
            None => {
                // In the order of their requests, one by one: rows are few, and what sorts is large.
                let place = ties.partition_point(|tie| tie.request < asked);
                ties.insert(place, Tie { request: asked, answer: at, depth: 0 });
            }
        }
    }
    ties
}

/// A connection, followed from end to end.
pub(crate) struct Followed {
    /// What both ends do behind each message.
    pub(crate) behind: Vec<[Doing; 2]>,
    /// Who is left waiting.
    ending: String,
    /// The segments of each end, where they are shown.
    segments: [Vec<Span>; 2],
}

impl Followed {
    pub(crate) fn new(indexed: &Indexed, shows_segments: bool) -> Self {
        let mut behind = Vec::with_capacity(indexed.index.len());
        let mut last = None;
        Course::along(&indexed.exchange, &indexed.index, |ends| {
            behind.push(doing(ends));
            if behind.len() == indexed.index.len() {
                last = Some(ending(ends));
            }
        });
        let own = |side: Direction| {
            let segments =
                indexed.exchange.segments.iter().filter(|segment| shows_segments && segment.direction == side);
            segments.map(|segment| segment.span).collect()
        };
        Self { behind, ending: last.unwrap_or_else(|| NOBODY.to_owned()), segments: Direction::BOTH.map(own) }
    }
}

fn ending(ends: &Ends) -> String {
    let one = |who: &str, state: &str, waits: Waits| match waits.words() {
        _ if state == "closed" => format!("the {who} is done"),
        Some(what) => format!("the {who} ({state}) waits for {what}"),
        None => format!("the {who} is left {state}"),
    };
    // A server that has closed keeps nobody waiting for the end.
    let has_ended = ends.server == Server::Closed && ends.client_waits() == Waits::End;
    let client = one("client", if has_ended { "closed" } else { ends.client.name() }, ends.client_waits());
    let server = one("server", ends.server.name(), ends.server_waits());
    format!("at the end {client}, {server}")
}
