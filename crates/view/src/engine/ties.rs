//! What one message has to do with others: what it refers to, what may come behind it, the SQL that it is about.

use pgscope_proto::schema::Kind;
use pgscope_proto::{Message, Node, Tree};
use pgscope_session::Entry;

use super::{Engine, Link, Next, Reference, Sql, Ties, Words};
use crate::Indexed;
use crate::filled::{filled, literal};
use crate::print::page_name;
use crate::ties::{self, of, with_sql};
use crate::typing::Typed;
use crate::value::{type_name, unread};

/// How much SQL is shown, in characters.
const SHOWN: usize = 2000;

impl Engine {
    pub(super) fn ties(&mut self, number: usize) -> Option<Ties> {
        self.open(number)?;
        let (open, indexed) = (self.open.as_ref()?, self.indexed()?);
        Some(Ties {
            number,
            refers: refers(indexed, &open.entry),
            next: next(indexed, number),
            sql: aid(indexed, &open.entry),
            remarks: indexed.exchange.remarks(open.entry.direction, open.entry.span),
        })
    }

    /// The SQL of a Bind or an Execute with its parameters filled in, all of it.
    pub(super) fn filled(&self, number: usize) -> Option<String> {
        let indexed = self.indexed()?;
        Some(filled_in(indexed, &indexed.index.entry(number)?)?.1)
    }
}

/// A message that another one refers to.
pub(super) fn reference(indexed: &Indexed, number: usize, words: impl Into<Words>) -> Option<Reference> {
    let entry = indexed.index.entry(number)?;
    let mut tree = Tree::new();
    indexed.index.tree(&indexed.exchange, number, &mut tree);
    let says = cut(&indexed.says_named(&entry, &tree), 160);
    Some(Reference { number, name: indexed.named(&entry).name().into(), says, words: words.into() })
}

fn refers(indexed: &Indexed, entry: &Entry) -> Vec<Reference> {
    let ties = of(indexed, entry);
    let is_error = entry.message.field.id == "errorresponse";
    let own_request = ties.answers.filter(|_| is_error);
    let statement = own_request.and_then(|request| with_sql(indexed, request)).filter(|by| Some(*by) != own_request);
    let all = [
        (own_request, "answers"),
        (ties.statement.or(statement), "statement"),
        (ties.portal, "portal"),
        (ties.described_by, "described by"),
        (ties.describes, "describes"),
        (ties.asked_by, "asked for by"),
    ];
    all.into_iter().filter_map(|(number, words)| reference(indexed, number?, words)).collect()
}

fn next(indexed: &Indexed, number: usize) -> Option<Next> {
    let next = indexed.index.next_after(number)?;
    let links = |messages: Vec<&'static Message>| messages.into_iter().map(link).collect::<Vec<_>>();
    let next = Next { is_answer: next.answering.is_some(), server: links(next.server), client: links(next.client) };
    (!next.server.is_empty() || !next.client.is_empty()).then_some(next)
}

fn link(message: &'static Message) -> Link {
    Link { name: message.name().into(), page: page_name(message) }
}

/// The SQL with its parameters, where there are any.
fn aid(indexed: &Indexed, entry: &Entry) -> Option<Sql> {
    let (of, whole) = filled_in(indexed, entry)?;
    let before = cut(&whole, SHOWN);
    Some(Sql { of, before, ..Sql::default() })
}

fn filled_in(indexed: &Indexed, entry: &Entry) -> Option<(usize, String)> {
    let bind = match entry.message.field.id {
        "bind" => entry.number,
        "execute" => indexed.index.bind_of(entry.number)?,
        _ => return None,
    };
    let parse = indexed.index.parse_of(bind)?;
    let literals = literals(indexed, &indexed.index.entry(bind)?);
    let sql = ties::sql(indexed, parse)?;
    (!literals.is_empty()).then(|| (parse, filled(&sql, &literals)))
}

/// The values of a Bind as SQL writes them.
fn literals(indexed: &Indexed, bind: &Entry) -> Vec<String> {
    let Some((tree, bytes)) = indexed.decoded(bind.number) else { return Vec::new() };
    let Some(list) = tree.find("parameters") else { return Vec::new() };
    let values = tree.children(list).filter(|child| is_entry(&tree, *child));
    let typing = indexed.typing(bind);
    values.enumerate().map(|(nth, node)| one(&tree, bytes, node, nth, typing.get(nth))).collect()
}

fn is_entry(tree: &Tree, node: usize) -> bool {
    tree.nodes.get(node).is_some_and(|node| node.ordinal.is_some())
}

fn one(tree: &Tree, bytes: &[u8], node: usize, nth: usize, typed: Option<&Typed>) -> String {
    let is_value = |node: &&Node| !matches!(node.field.kind, Kind::Int(..));
    let value = tree.children(node).last().and_then(|child| tree.nodes.get(child)).filter(is_value);
    // A NULL has a length and nothing else.
    let Some(value) = value.map(|value| value.span().of(bytes)) else { return "NULL".to_owned() };
    let known = typed.map(|typed| typed.oid).filter(|oid| *oid != 0);
    match typed.and_then(|typed| typed.text(value)) {
        Some(text) => literal(&text, known.and_then(type_name)),
        None if value.is_empty() => format!("${} /* empty */", nth + 1),
        None => format!("${} /* {} */", nth + 1, unread(value)),
    }
}

/// So many characters of a text.
pub(super) fn cut(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        Some((at, _)) => format!("{}…", text.get(..at).unwrap_or_default()),
        None => text.to_owned(),
    }
}
