//! A message that was read while it came, as data: what it shows by itself, without the rest of its connection.

use pgscope_proto::{Tree, decode};
use pgscope_session::flow::Whole;
use serde::Serialize;

use crate::value::{kind, name, value};

/// A message.
#[derive(Debug, Serialize)]
pub struct Streamed {
    /// `frontend` or `backend`.
    pub direction: &'static str,
    /// Its first byte in what that end said.
    pub offset: usize,
    /// How many bytes it has.
    pub length: usize,
    /// Its name in the manual.
    pub name: &'static str,
    /// Whether it is a whole message that can be read.
    pub whole: bool,
    /// Its fields in pre-order.
    pub fields: Vec<Field>,
    /// What is wrong with it by itself.
    pub problems: Vec<Problem>,
}

/// A field.
#[derive(Debug, Serialize)]
pub struct Field {
    /// Its stable path, such as `bind.parameters.length`.
    pub id: String,
    /// What a person calls it.
    pub name: String,
    /// In how many others it stands.
    pub depth: usize,
    /// What it says, for a person.
    pub value: String,
    /// What kind of field it is.
    pub kind: String,
    /// Its bytes in what that end said.
    pub start: usize,
    /// One past the last.
    pub end: usize,
}

/// A problem.
#[derive(Debug, Serialize)]
pub struct Problem {
    /// The rule's stable id.
    pub rule: &'static str,
    /// `error`, `warning` or `note`.
    pub severity: &'static str,
    /// What is wrong.
    pub message: String,
}

/// A message as data; `tree` is for use again and again.
pub fn streamed(whole: &Whole<'_>, tree: &mut Tree) -> Streamed {
    decode(whole.message, whole.bytes, whole.context, tree);
    let field = |index: usize| {
        let node = tree.nodes.get(index)?;
        Some(Field {
            id: tree.path(index),
            name: name(node),
            depth: node.depth.into(),
            value: value(tree, index, whole.bytes),
            kind: kind(node).to_string(),
            start: whole.offset + node.start as usize,
            end: whole.offset + node.end as usize,
        })
    };
    let problem = |problem: &pgscope_proto::Problem| Problem {
        rule: problem.rule,
        severity: problem.severity.name(),
        message: problem.message.clone(),
    };
    Streamed {
        direction: whole.direction.name(),
        offset: whole.offset,
        length: whole.bytes.len(),
        name: whole.message.name(),
        whole: whole.fault.is_none(),
        fields: (1..tree.nodes.len()).filter_map(field).collect(),
        problems: tree.problems.iter().map(problem).collect(),
    }
}
