//! Docs under names, so that a program can be built without them and fetch them as text.
//!
//! Without the feature `docs` the docs of the table are empty, but for a few: those of tags and lengths, which every message
//! has, and of fields that belong to no message's description. A name is the path of ids from the message on, and a code's
//! is that of its field with the value behind it: `rowdescription.columns.column.format=1`.

use crate::messages::sasl;
use crate::schema::{Code, Field, Inside, Kind};
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
        Kind::Rest(Inside::Sasl) => {
            for (part, inner) in sasl::all_parts() {
                of_field(&path, part, each);
                inner.into_iter().flatten().for_each(|inner| of_field(&format!("{path}.{}", part.id), inner, each));
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

#[cfg(all(test, feature = "docs"))]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::messages::ALL;
    use crate::{Context, Direction, decode};

    #[test]
    fn parts_of_a_payload_have_their_docs_by_name() {
        let mut docs = BTreeMap::new();
        for message in ALL {
            of_message(message, &mut |name, doc| {
                docs.insert(name.to_owned(), doc);
            });
        }
        let payloads =
            ["n,,n=,r=ab", "r=abc,s=QQ==,i=4096", "c=biws,r=abc,p=QQ==", "v=QQ==", "e=no,m=1,x=2", "oops,", "{}"];
        let bearer = ["n,a=me,\u{1}auth=Bearer t\u{1}host=h\u{1}port=1\u{1}else=2\u{1}no\u{1}\u{1}"];
        let mut checked = 0;
        let response = ALL.iter().find(|message| message.field.id == "saslresponse").expect("it is there");
        for payload in payloads.into_iter().chain(bearer) {
            let (length, mut tree) = (payload.len() as u32 + 4, Tree::new());
            let bytes = [b"p", &length.to_be_bytes()[..], payload.as_bytes()].concat();
            decode(response, &bytes, Context::new(Direction::Frontend), &mut tree);
            let mut names = Names::from(&tree, 0);
            for node in &tree.nodes {
                let name = names.next(node);
                if !matches!(node.field.kind, Kind::Tag | Kind::Length) && node.depth > 0 {
                    assert_eq!(docs.get(&name), Some(&node.field.doc), "{name}");
                    checked += 1;
                }
            }
        }
        assert!(checked > 60, "{checked}");
    }
}
