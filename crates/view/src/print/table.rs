//! The table of messages as plain data, for programs: what the reference prints.

use pgscope_proto::messages::ALL;
use pgscope_proto::schema::{Code, Field, Kind, Sender};
use serde::Serialize;

use super::reference::shape;

/// A message as the table describes it.
#[derive(Debug, Serialize)]
pub struct Entry {
    /// Its name in PostgreSQL's manual.
    pub name: &'static str,
    /// The type byte as one character, where it has one.
    pub tag: Option<String>,
    /// `frontend`, `backend` or `both`.
    pub sender: &'static str,
    /// What it is for.
    pub doc: &'static str,
    /// The first protocol or server version that has it.
    pub since: &'static str,
    /// Where the manual describes it.
    pub section: Section,
    /// All its fields, tag and length among them.
    pub fields: Vec<Described>,
}

/// A section of the manual.
#[derive(Debug, Serialize)]
pub struct Section {
    /// Its title.
    pub title: &'static str,
    /// Its address.
    pub url: String,
}

/// A field as the table describes it.
#[derive(Debug, Serialize)]
pub struct Described {
    /// Its segment of a path such as `bind.parameters.length`.
    pub id: &'static str,
    /// What a person calls it.
    pub name: &'static str,
    /// How it is read, in the words of the manual: `Int32`, `String`.
    pub shape: String,
    /// What it is for: `tag`, `length`, `count`, `integer`, `code`, `string`, `value` or `secret`.
    pub role: &'static str,
    /// What its value means.
    pub doc: &'static str,
    /// The values that have names.
    pub codes: Vec<Named>,
    /// The fields inside it.
    pub fields: Vec<Described>,
}

/// A value that has a name, and what follows where it stands.
#[derive(Debug, Serialize)]
pub struct Named {
    /// The value on the wire.
    pub value: i64,
    /// What it is called.
    pub name: &'static str,
    /// What it means.
    pub doc: &'static str,
    /// The fields that follow it.
    pub fields: Vec<Described>,
}

/// Every message, in the order in which a reader meets them.
pub fn table() -> Vec<Entry> {
    let entries = ALL.iter().map(|message| Entry {
        name: message.name(),
        tag: message.tag().map(|tag| (tag as char).to_string()),
        sender: match message.sender {
            Sender::Frontend => "frontend",
            Sender::Backend => "backend",
            Sender::Both => "both",
        },
        doc: message.field.doc,
        since: message.since,
        section: Section {
            title: message.section.title,
            url: format!("https://www.postgresql.org/docs/current/{}", message.section.path),
        },
        fields: described(message.fields),
    });
    entries.collect()
}

fn described<'a>(fields: impl IntoIterator<Item = &'a Field>) -> Vec<Described> {
    let fields = fields.into_iter().map(|field| Described {
        id: field.id,
        name: field.name,
        shape: shape(&field.kind),
        role: field.role.name(),
        doc: field.doc,
        codes: codes(&field.kind),
        fields: inside(&field.kind),
    });
    fields.collect()
}

fn inside(kind: &Kind) -> Vec<Described> {
    match kind {
        Kind::Sized { length, value, .. } => described([*length, *value]),
        Kind::Counted { count, of } => described([*count, *of]),
        Kind::UntilZero { of, end } => described([*of, *end]),
        Kind::Repeat(of) => described([*of]),
        Kind::Times(times) => described([times.of]),
        Kind::Unless(unless) => described(unless.fields),
        Kind::Group(fields) | Kind::When(_, fields) => described(*fields),
        _ => Vec::new(),
    }
}

fn codes(kind: &Kind) -> Vec<Named> {
    match kind {
        Kind::Code(_, codes, _) => codes.iter().map(|code| named(code, &[])).collect(),
        Kind::Choice(choices) => choices.iter().map(|choice| named(&choice.code, choice.fields)).collect(),
        _ => Vec::new(),
    }
}

fn named(code: &Code, fields: &[Field]) -> Named {
    Named { value: code.value, name: code.name, doc: code.doc, fields: described(fields) }
}
