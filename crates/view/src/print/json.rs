//! The JSON of `decode`, `simulate` and `talk`: a stable schema for programs, version 2.
//!
//! One array of messages, those of one connection after those of another, each with
//!
//! | key | what |
//! | --- | --- |
//! | `connection` | the number of its connection, from 0: over all files, in the order in which they are printed |
//! | `connection_number`, `number` | the numbers of its connection and of the message on it, from 1, as `--connection`, `connections` and `lint` count; only in `filter` |
//! | `query`, `duration_us` | the SQL that it runs, and how long its answer took; only in `filter`, of what asks |
//! | `inside_tls` | true of what was said inside the TLS of that connection, where it is known; left out else |
//! | `index` | its number in the array, from 0 |
//! | `direction` | `frontend` or `backend` |
//! | `direction_guessed` | true where the input does not say who sent it; left out where it does |
//! | `offset`, `length` | where it is in its direction's stream, the tag included |
//! | `tag` | the type byte as a string of one character, or null |
//! | `name` | as in PostgreSQL's manual |
//! | `time_us` | when its last byte was seen, in microseconds since 1970; left out where the input does not tell it |
//! | `comments` | what the capture file remarks at its packets; left out where there is nothing |
//! | `fields` | its fields: `id`, `name`, `value`, `start`, `end`, `children`, and `hex`, `reading`, `meaning`, `column` and `in_part` where there is one; the leaves tile the message |
//! | `problems` | `rule`, `severity`, `message`, `start`, `end`, `expected`, `fix`, and `because` where other messages make it so |
//! | `checked` | what a password says, at the last message of a login: only where a password was given |
//! | `answers` | the request that it answers |
//! | `statement` | of a Bind, a Describe or an Execute: the Parse of the statement |
//! | `portal` | of a Describe or an Execute, and of a row that answers one: the Bind of the portal |
//! | `described_by` | of a row: the RowDescription; of a Bind: the ParameterDescription |
//! | `lag` | of a standby's status: how far it is behind |
//! | `describes` | of a RowDescription, a ParameterDescription or a NoData: the Parse, the Bind or the Query that it describes |
//!
//! Numbers of messages are left out where there is none or it is not known. `lag` has `server`, the end of the log that the server told
//! last as a position (`0/16B3748`), and `written`, `flushed` and `applied`: how many bytes before that these are, as strings of digits; null where
//! the standby told no such position. `because` is a list of `index`, the
//! number of a message, and `words`, what it has to do with the problem.
//!
//! `start` and `end` are half-open, within the direction's stream. `value` is null for NULL and for a field that only has children. Integers of
//! eight bytes are strings of decimal digits, because JavaScript's numbers cannot hold them. `fix` is null, or `words`
//! and `edits`: changes made together, each with `start`, `end` and the `hex` that takes their place.
//!
//! Whether a `value` is a string or `{"hex": "…"}` depends on what the field is, never on what its bytes happen to be. A string are SQL, names and all else that
//! the protocol calls a string, values in text format, values in binary format of the types that are written alike in both formats (text, varchar, name, json and
//! their kin), lines of COPY in text format, and what a plugin of logical decoding writes as text. Where the bytes of such a field are no UTF-8, the string has U+FFFD in
//! place of those that are none, and `hex` beside it has all of them. `{"hex": "…"}` are all other values in binary format, values whose format nothing tells, and bytes without a meaning of their
//! own; so is a field that is cut off, unless it is one of the protocol's strings.
//!
//! `reading` is there where something is known of a value beside its bytes. It has `type`, as SQL writes it (`numeric(10,2)`; left out where no type was told or
//! it is none of the built-in ones), `oid`, the type's (left out where none was told), `format` (`text` or `binary`; left out where nothing tells it) and `text`: what the server would print, beside a value
//! that is `{"hex": "…"}`, where that can be said. Of a value whose format nothing tells, `text` is what its bytes are as plain text.
//!
//! Version 2 (since 0.1) differs from the one before it in this: `simulate` prints one array where it printed an array of arrays for a scenario with several connections, and
//! `connection` tells them apart; numbers of messages count in the array, as `index` does, and not in the connection; the form of `value` follows the paragraph above, where it depended on
//! whether the bytes were UTF-8. `connection`, `inside_tls`, `hex` and `reading` were added. A version that only adds keys is no new one.
//!
//! `meaning` is there where a text stands for something: an SQLSTATE, the name of a setting that is reported, a command tag, the
//! position of an error, the oid of a table or type in logical replication. It has `name`, such as `undefined_table` or `2 rows`, and `doc`, a sentence for people that may change
//! from version to version; one of them may be missing.
//!
//! `column` is the name of the column that a value belongs to: of a row, of a change in logical replication, of a line of COPY. The
//! `value` of a column of COPY text is without escapes and quotes, and null for NULL; `in_part` is true where it lies in several messages,
//! and then the value is the whole in each of them, or its first 16 KB.
//!
//! `checked` has `mechanism` (`cleartext password`, `MD5`, `SCRAM-SHA-256`, `SCRAM-SHA-256-PLUS`), `conclusion` (a sentence for
//! people) and `steps`, the computation in its order. A step has `name` (`salt`, `SaltedPassword`, `ClientKey`, `StoredKey`, `AuthMessage`,
//! `ClientSignature`, `ClientProof`, `ServerKey`, `ServerSignature`; `salt`, `inner hash`, `outer hash`, `response`; `password`),
//! `formula`, and where there is one: `hex`, the bytes that were computed; `text`, the same where they are plain text; `note`, for people; `at`, the
//! place where the bytes were read or those that they are compared with (`index` of the message, `start`, `end`); `sent`, the bytes that
//! they were compared with, decoded, as hex; `verdict` (`right`, `wrong`, `cannot be told`) and `why` it cannot be told.

mod value;

use pgscope_proto::schema::Kind;
use pgscope_proto::{Direction, Node, Origin, Problem, Segment, Tree};
use pgscope_session::Entry;
#[cfg(feature = "authentication")]
use pgscope_session::authentication;
use serde::Serialize;

use crate::Forgotten;
use crate::carried;
use crate::exchange::Indexed;
use crate::ties;
use crate::value::lsn;

pub(crate) use value::Of;
pub use value::{Meaning, Reading, Told, Value};

/// One message.
#[derive(Debug, Serialize)]
pub struct Message {
    /// The number of its connection, from 0.
    pub connection: usize,
    /// Whether it was said inside the TLS of that connection.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub inside_tls: bool,
    /// Its number among all messages, from 0.
    pub index: usize,
    /// `frontend` or `backend`.
    pub direction: &'static str,
    /// Whether the input does not say who sent it: the direction is a guess.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub direction_guessed: bool,
    /// Its first byte in its direction's stream.
    pub offset: usize,
    /// How many bytes it has, the tag included.
    pub length: usize,
    /// The type byte.
    pub tag: Option<String>,
    /// Its name in the manual.
    pub name: &'static str,
    /// The number of its connection from 1, as `--connection` counts it: told by `filter`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub connection_number: Option<usize>,
    /// Its number on its connection from 1: told by `filter`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub number: Option<usize>,
    /// The SQL that it runs: told by `filter` of a Query or an Execute.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub query: Option<String>,
    /// How long that took until all of its answer had come, in microseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub duration_us: Option<u32>,
    /// When its last byte was seen, in microseconds since 1970: told by who looks at the whole connection.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub time_us: Option<i64>,
    /// What the capture file remarks at its packets.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub comments: Vec<String>,
    /// Its fields.
    pub fields: Vec<Field>,
    /// What is wrong with it.
    pub problems: Vec<Finding>,
    /// What a password says of the login that ends here.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub checked: Option<Checked>,
    /// The request that it answers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub answers: Option<usize>,
    /// The Parse of its statement.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub statement: Option<usize>,
    /// The Bind of its portal.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub portal: Option<usize>,
    /// What describes its values.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub described_by: Option<usize>,
    /// What it describes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub describes: Option<usize>,
    /// How far a standby is behind.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lag: Option<Lag>,
}

/// How far a standby is behind.
#[derive(Debug, Serialize)]
pub struct Lag {
    /// Where the server's log ends, as it told last.
    pub server: String,
    /// How many bytes before that the standby has written to.
    pub written: Option<String>,
    /// The same for what is safe on its disk.
    pub flushed: Option<String>,
    /// The same for what is applied.
    pub applied: Option<String>,
}

/// Whether the piece in which a message begins does not say who sent it.
fn is_guessed(indexed: &Indexed, entry: &Entry) -> bool {
    let is_open = indexed.guess.sides.is_some_and(|sides| !sides.said);
    let segments = &indexed.exchange.segments;
    // Of more pieces nobody wants to know each.
    if !is_open || !indexed.guess.is_by_piece || segments.len() > MOST_PIECES {
        return is_open;
    }
    let holds = |segment: &&Segment| segment.direction == entry.direction && segment.span.contains(entry.span.start);
    let segment = segments.iter().find(holds);
    segment.is_some_and(|segment| matches!(segment.origin, Origin::Unknown | Origin::Peer))
}

/// So many pieces are looked at for each message.
const MOST_PIECES: usize = 8192;

/// A login that was computed anew with a password.
#[derive(Debug, Serialize)]
pub struct Checked {
    /// How the password is proved.
    pub mechanism: &'static str,
    /// The computation.
    pub steps: Vec<Step>,
    /// What comes out of it.
    pub conclusion: String,
}

/// A step of the computation.
#[derive(Debug, Serialize)]
pub struct Step {
    /// What its bytes are called.
    pub name: &'static str,
    /// How they are computed.
    pub formula: String,
    /// What is special in this case.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub note: String,
    /// Their hexadecimal digits.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub hex: String,
    /// The bytes, where they are plain text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// Where they, or those that they are compared with, stand.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at: Option<At>,
    /// What they are compared with.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sent: Option<String>,
    /// What the comparison says.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub verdict: Option<&'static str>,
    /// Why it says nothing.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub why: String,
}

/// Bytes of a message.
#[derive(Debug, Serialize)]
pub struct At {
    /// The message's number in the exchange, from 0.
    pub index: usize,
    /// The first byte in the stream.
    pub start: usize,
    /// One past the last.
    pub end: usize,
}

/// One field.
#[derive(Debug, Serialize)]
pub struct Field {
    /// Its stable path, such as `bind.parameters.length`.
    pub id: String,
    /// What a person calls it.
    pub name: &'static str,
    /// What is said of it.
    #[serde(flatten)]
    pub told: Told,
    /// Its first byte in the stream.
    pub start: usize,
    /// One past its last byte.
    pub end: usize,
    /// What is inside it.
    pub children: Vec<Field>,
}

/// A problem.
#[derive(Debug, Serialize)]
pub struct Finding {
    /// The rule's stable id.
    pub rule: &'static str,
    /// `error`, `warning` or `note`.
    pub severity: &'static str,
    /// What is wrong.
    pub message: String,
    /// What was expected.
    pub expected: String,
    /// The first byte that is wrong, in the stream.
    pub start: usize,
    /// One past the last.
    pub end: usize,
    /// How to mend it.
    pub fix: Option<Fix>,
    /// The other messages that make it so.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub because: Vec<Because>,
}

/// A message that a problem follows from.
#[derive(Debug, Serialize)]
pub struct Because {
    /// Its number in the exchange, from 0.
    pub index: usize,
    /// What it has to do with it.
    pub words: String,
}

/// How to mend it.
#[derive(Debug, Serialize)]
pub struct Fix {
    /// What to do.
    pub words: String,
    /// The changes that are made together, in the order of the stream.
    pub edits: Vec<Edit>,
}

/// Bytes to write in place of others.
#[derive(Debug, Serialize)]
pub struct Edit {
    /// The first byte that is replaced, in the stream.
    pub start: usize,
    /// One past the last.
    pub end: usize,
    /// What takes their place.
    pub hex: String,
}

/// One message of an exchange.
pub fn message(indexed: &Indexed, entry: &Entry, tree: &Tree, problems: Vec<Problem>) -> Message {
    let (bytes, ties) = (indexed.bytes(entry), ties::of(indexed, entry));
    let (outer, of) = (tree.path(0), Of::new(indexed, entry, tree));
    let message = Message {
        connection: 0,
        inside_tls: false,
        connection_number: None,
        number: None,
        query: None,
        duration_us: None,
        index: entry.number,
        direction: entry.direction.name(),
        direction_guessed: is_guessed(indexed, entry),
        offset: entry.span.start,
        length: entry.span.len(),
        tag: tag(entry, bytes),
        name: entry.message.name(),
        time_us: None,
        comments: indexed.exchange.remarks(entry.direction, entry.span),
        fields: tree.children(0).map(|child| field(&of, child, &outer)).collect(),
        problems: problems.into_iter().map(|problem| finding(problem.shifted(entry.span.start))).collect(),
        checked: None,
        answers: ties.answers,
        statement: ties.statement,
        portal: ties.portal,
        described_by: ties.described_by,
        describes: ties.describes,
        lag: carried::lag(indexed, entry, tree).map(lag),
    };
    message.behind(indexed.forgotten, entry.direction)
}

/// A login that was computed anew.
#[cfg(feature = "authentication")]
pub fn checked(indexed: &Indexed, checked: &authentication::Checked) -> Checked {
    Checked {
        mechanism: checked.mechanism,
        steps: checked.steps.iter().map(|one| step(indexed, one)).collect(),
        conclusion: checked.conclusion.clone(),
    }
}

#[cfg(feature = "authentication")]
fn step(indexed: &Indexed, step: &authentication::Step) -> Step {
    let at = step.place.and_then(|place| {
        let span = place.span.shifted(indexed.index.entry(place.number)?.span.start);
        Some(At { index: place.number, start: span.start, end: span.end })
    });
    Step {
        name: step.name,
        formula: step.formula.clone(),
        note: step.note.clone(),
        hex: hex(&step.bytes),
        text: crate::proof::text(&step.bytes).map(str::to_owned),
        at,
        sent: step.sent.as_deref().map(hex),
        verdict: step.verdict.as_ref().map(|verdict| verdict.name()),
        why: step.verdict.as_ref().map_or("", |verdict| verdict.why()).to_owned(),
    }
}

impl Message {
    /// The same as one of several connections, before which so many messages of others come.
    pub fn of_connection(self, connection: usize, others: usize) -> Self {
        Self { connection, ..self.numbered_behind(others) }
    }

    /// The same behind what is not kept.
    fn behind(mut self, forgotten: Forgotten, direction: Direction) -> Self {
        let bytes = forgotten.bytes.get(direction.index()).copied().unwrap_or_default();
        if bytes > 0 {
            self.offset += bytes;
            self.fields.iter_mut().for_each(|field| field.shift(bytes));
            for problem in &mut self.problems {
                (problem.start, problem.end) = (problem.start + bytes, problem.end + bytes);
                let edits = problem.fix.iter_mut().flat_map(|fix| &mut fix.edits);
                edits.for_each(|edit| (edit.start, edit.end) = (edit.start + bytes, edit.end + bytes));
            }
        }
        self.numbered_behind(forgotten.messages)
    }

    fn numbered_behind(mut self, others: usize) -> Self {
        self.index += others;
        let ties =
            [&mut self.answers, &mut self.statement, &mut self.portal, &mut self.described_by, &mut self.describes];
        ties.into_iter().flatten().for_each(|number| *number += others);
        self.problems.iter_mut().flat_map(|problem| &mut problem.because).for_each(|because| because.index += others);
        let steps = self.checked.iter_mut().flat_map(|checked| &mut checked.steps);
        steps.filter_map(|step| step.at.as_mut()).for_each(|at| at.index += others);
        self
    }
}

impl Field {
    fn shift(&mut self, bytes: usize) {
        (self.start, self.end) = (self.start + bytes, self.end + bytes);
        self.children.iter_mut().for_each(|child| child.shift(bytes));
    }
}

fn lag(lag: carried::Lag) -> Lag {
    let digits = |bytes: Option<u64>| bytes.map(|bytes| bytes.to_string());
    Lag {
        server: lsn(lag.server),
        written: digits(lag.written),
        flushed: digits(lag.flushed),
        applied: digits(lag.applied),
    }
}

fn tag(entry: &Entry, bytes: &[u8]) -> Option<String> {
    let has_tag = entry.message.fields.first().is_some_and(|field| matches!(field.kind, Kind::Tag));
    let first = bytes.first().filter(|_| has_tag)?;
    Some((*first as char).to_string())
}

/// A field, `outer` being the path of what it lies in: finding that again for each entry of a long list would take for ever.
fn field(of: &Of<'_>, index: usize, outer: &str) -> Field {
    let (entry, tree) = (of.entry, of.tree);
    let node = tree.nodes.get(index);
    let span = node.map(Node::span).unwrap_or_default().shifted(entry.span.start);
    let id = format!("{outer}.{}", node.map_or("", |node| node.field.id));
    // Entries of a list add nothing to the paths of what they hold.
    let inner = if node.is_some_and(|node| node.ordinal.is_some()) { outer } else { &id };
    Field {
        name: node.map_or("", |node| node.field.name),
        told: of.told(index),
        start: span.start,
        end: span.end,
        children: tree.children(index).map(|child| field(of, child, inner)).collect(),
        id,
    }
}

fn finding(problem: Problem) -> Finding {
    Finding {
        rule: problem.rule,
        severity: problem.severity.name(),
        message: problem.message,
        expected: problem.expected,
        start: problem.span.start,
        end: problem.span.end,
        fix: problem.fix.map(fix),
        because: problem.because.into_iter().map(|other| Because { index: other.number, words: other.words }).collect(),
    }
}

pub(super) fn fix(fix: pgscope_proto::Fix) -> Fix {
    Fix { words: fix.words, edits: fix.edits.iter().map(edit).collect() }
}

fn edit(edit: &pgscope_proto::Edit) -> Edit {
    Edit { start: edit.span.start, end: edit.span.end, hex: hex(&edit.bytes) }
}

pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
