//! The JSON of `decode`: a stable schema for programs.
//!
//! An array of messages, each with
//!
//! | key | what |
//! | --- | --- |
//! | `index` | its number in the exchange, from 0 |
//! | `direction` | `frontend` or `backend` |
//! | `direction_guessed` | true where the input does not say who sent it; left out where it does |
//! | `offset`, `length` | where it is in its direction's stream, the tag included |
//! | `tag` | the type byte as a string of one character, or null |
//! | `name` | as in PostgreSQL's manual |
//! | `fields` | its fields: `id`, `name`, `value`, `start`, `end`, `children`, and `meaning`, `column` and `in_part` where there is one; the leaves tile the message |
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
//! `start` and `end` are half-open, within the direction's stream. Integers of eight bytes are strings of decimal digits,
//! because JavaScript's numbers cannot hold them. Bytes that are no UTF-8 are `{"hex": "…"}`, and so are the bytes that have
//! no meaning as text. `value` is null for NULL and for a field that only has children. `fix` is null, or `words`
//! and `edits`: changes made together, each with `start`, `end` and the `hex` that takes their place.
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

use pgscope_proto::schema::{Kind, Show, Width};
use pgscope_proto::{Node, Origin, Problem, Reading, Reads, Segment, Tree};
use pgscope_session::Entry;
#[cfg(feature = "authentication")]
use pgscope_session::authentication;
use serde::Serialize;

use crate::carried;
use crate::copied::{self, Column};
use crate::exchange::Indexed;
use crate::meaning::meaning as meaning_of;
use crate::ties;
use crate::typing::entry_of;
use crate::value::{float, lsn};

/// One message.
#[derive(Debug, Serialize)]
pub struct Message {
    /// Its number in the exchange, from 0.
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
    /// What it says.
    pub value: Value,
    /// What that stands for, where it is a text that stands for something.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub meaning: Option<Meaning>,
    /// The name of the column that it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub column: Option<String>,
    /// Whether it is a column that goes on in other messages.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub in_part: bool,
    /// Its first byte in the stream.
    pub start: usize,
    /// One past its last byte.
    pub end: usize,
    /// What is inside it.
    pub children: Vec<Field>,
}

/// What a field says.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub enum Value {
    /// NULL, or nothing of its own.
    Null,
    /// A number of at most four bytes.
    Number(i64),
    /// Text, or a number of eight bytes.
    Text(String),
    /// Bytes that are no text.
    Bytes {
        /// Their hexadecimal digits.
        hex: String,
    },
}

/// What a text stands for.
#[derive(Debug, Serialize)]
pub struct Meaning {
    /// In a few words.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// A sentence or two.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub doc: String,
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
    let outer = tree.path(0);
    Message {
        index: entry.number,
        direction: entry.direction.name(),
        direction_guessed: is_guessed(indexed, entry),
        offset: entry.span.start,
        length: entry.span.len(),
        tag: tag(entry, bytes),
        name: entry.message.name(),
        fields: tree.children(0).map(|child| field((indexed, entry, tree), child, &outer)).collect(),
        problems: problems.into_iter().map(|problem| finding(problem.shifted(entry.span.start))).collect(),
        checked: None,
        answers: ties.answers,
        statement: ties.statement,
        portal: ties.portal,
        described_by: ties.described_by,
        describes: ties.describes,
        lag: carried::lag(indexed, entry, tree).map(lag),
    }
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
    /// The same where so many messages of other connections come first.
    pub fn behind(mut self, others: usize) -> Self {
        self.index += others;
        let steps = self.checked.iter_mut().flat_map(|checked| &mut checked.steps);
        steps.filter_map(|step| step.at.as_mut()).for_each(|at| at.index += others);
        self
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
fn field(of: (&Indexed, &Entry, &Tree), index: usize, outer: &str) -> Field {
    let (indexed, entry, tree) = of;
    let node = tree.nodes.get(index);
    let span = node.map(Node::span).unwrap_or_default().shifted(entry.span.start);
    let id = format!("{outer}.{}", node.map_or("", |node| node.field.id));
    // Entries of a list add nothing to the paths of what they hold.
    let inner = if node.is_some_and(|node| node.ordinal.is_some()) { outer } else { &id };
    let children = tree.children(index).map(|child| field(of, child, inner)).collect();
    let copied = copied::column(indexed, entry, tree, index);
    Field {
        name: node.map_or("", |node| node.field.name),
        column: column(of, index, copied.as_ref()),
        in_part: copied.is_some() && node.is_some_and(|node| node.reading == Reading::Part),
        value: copied.map_or_else(|| value(tree, index, indexed.bytes(entry)), value_of),
        meaning: meaning(indexed, entry, tree, index),
        start: span.start,
        end: span.end,
        children,
        id,
    }
}

/// The name of the column that a field is.
fn column((indexed, entry, tree): (&Indexed, &Entry, &Tree), index: usize, copied: Option<&Column>) -> Option<String> {
    tree.nodes.get(index)?.ordinal?;
    let typed = || match entry_of(tree, index) {
        Some(nth) => indexed.typing(entry).get(nth).map(|typed| typed.name.clone()),
        None => carried::column(indexed, entry, tree, index).map(|typed| typed.name),
    };
    copied.map(|column| column.name.clone()).or_else(typed).filter(|name| !name.is_empty())
}

/// What a column of COPY says.
fn value_of(column: Column) -> Value {
    match column.value.map(String::from_utf8) {
        None => Value::Null,
        Some(Ok(text)) => Value::Text(text),
        Some(Err(error)) => Value::Bytes { hex: hex(error.as_bytes()) },
    }
}

pub(crate) fn meaning(indexed: &Indexed, entry: &Entry, tree: &Tree, index: usize) -> Option<Meaning> {
    meaning_of(indexed, entry, tree, index).map(|known| Meaning { name: known.name, doc: known.doc })
}

pub(crate) fn value(tree: &Tree, index: usize, bytes: &[u8]) -> Value {
    let Some(node) = tree.nodes.get(index) else { return Value::Null };
    let own = node.span().of(bytes);
    match tree.reads(index, bytes) {
        Reads::Children | Reads::Null => Value::Null,
        Reads::Signed(number) if is_wide(node) => Value::Text(number.to_string()),
        Reads::Unsigned(number) if is_float(node) => Value::Text(float(number, Width::Eight)),
        Reads::Unsigned(number) if is_wide(node) => Value::Text(number.to_string()),
        Reads::Signed(_) if is_letter(node, own) => Value::Text(String::from_utf8_lossy(own).into_owned()),
        Reads::Signed(number) => Value::Number(number),
        Reads::Unsigned(number) => Value::Number(number as i64),
        Reads::Text(text) => Value::Text(text.to_owned()),
        Reads::Bytes(bytes) => Value::Bytes { hex: hex(bytes) },
    }
}

fn is_wide(node: &Node) -> bool {
    matches!(node.field.kind, Kind::Int(Width::Eight, _) | Kind::Code(Width::Eight, ..))
}

fn is_float(node: &Node) -> bool {
    matches!(node.field.kind, Kind::Int(Width::Eight, Show::Float))
}

fn is_letter(node: &Node, own: &[u8]) -> bool {
    matches!(node.field.kind, Kind::Code(Width::One, ..)) && own.first().is_some_and(u8::is_ascii_graphic)
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
