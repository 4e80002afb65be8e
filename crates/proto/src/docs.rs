//! Docs under names, so that a program can be built without them and fetch them as text.
//!
//! Without the feature `docs` the docs of the table are empty, but for a few: those of tags and lengths, which every message
//! has, and of fields that belong to no message's description. A name is the path of ids from the message on, and a code's
//! is that of its field with the value behind it: `rowdescription.columns.column.format=1`.

use crate::schema::{Code, Field, Kind};
use crate::{Message, Node, Tree};

/// Calls `each` with the name and the doc of a message, its fields and their codes.
pub fn of_message(message: &'static Message, each: &mut dyn FnMut(&str, &'static str)) {
    each(message.field.id, message.field.doc);
    of_fields(message.field.id, message.fields, each);
}

fn of_fields(path: &str, fields: &'static [Field], each: &mut dyn FnMut(&str, &'static str)) {
    for field in fields {
        of_field(path, field, each);
    }
}

fn of_field(path: &str, field: &'static Field, each: &mut dyn FnMut(&str, &'static str)) {
    let path = format!("{path}.{}", field.id);
    each(&path, field.doc);
    match &field.kind {
        Kind::Code(_, codes, _) => codes.iter().for_each(|code| each(&of_code(&path, code), code.doc)),
        Kind::Sized { length: first, value: second, .. }
        | Kind::Counted { count: first, of: second }
        | Kind::UntilZero { of: second, end: first } => {
            of_field(&path, first, each);
            of_field(&path, second, each);
        }
        Kind::Repeat(of) => of_field(&path, of, each),
        Kind::Times(times) => of_field(&path, times.of, each),
        Kind::Unless(unless) => of_fields(&path, unless.fields, each),
        Kind::Group(fields) | Kind::When(_, fields) => of_fields(&path, fields, each),
        Kind::Choice(choices) => {
            for choice in *choices {
                each(&of_code(&path, &choice.code), choice.code.doc);
                of_fields(&path, choice.fields, each);
            }
        }
        Kind::Tag | Kind::Length | Kind::Following | Kind::Int(..) | Kind::Str | Kind::Fixed(..) | Kind::Rest(_) => {}
    }
}

/// The name of a code's doc, `path` being that of its field's.
pub fn of_code(path: &str, code: &Code) -> String {
    format!("{path}={}", code.value)
}

/// Gives the names of the docs of a tree's nodes, one node after the other.
#[derive(Debug)]
pub struct Names {
    /// The fields that the last node lies in, and its own.
    open: Vec<&'static Field>,
}

impl Names {
    /// Begins with the node at `index`.
    pub fn from(tree: &Tree, index: usize) -> Self {
        let mut open = Vec::new();
        let mut next = tree.parent(index);
        while let Some((at, node)) = next.and_then(|at| Some((at, tree.nodes.get(at)?))) {
            open.push(node.field);
            next = tree.parent(at);
        }
        open.reverse();
        Self { open }
    }

    /// The name of the doc of the next node.
    pub fn next(&mut self, node: &Node) -> String {
        self.open.truncate(node.depth as usize);
        self.open.push(node.field);
        let message = self.open.iter().rposition(|field| is_message(field)).unwrap_or(0);
        let ids: Vec<&str> = self.open.iter().skip(message).map(|field| field.id).collect();
        ids.join(".")
    }
}

/// Whether it stands for a message: then its fields are told by the message.
pub fn is_message(field: &Field) -> bool {
    matches!(field.kind, Kind::Group([]))
}
