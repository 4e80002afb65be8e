//! A field as text: to be shown whole, or to be copied.

use pgscope_proto::{Reads, Tree};
use pgscope_session::values::text_of;

use super::{Engine, Open, Saying};
use crate::exchange::Indexed;
use crate::print::json::{Meaning, Of, Reading, Told, Value};
use crate::typing::{entry_of, text_at, text_inside};
use crate::value::{name, value_within};

/// How many characters of a value are shown when all of it is asked for.
const WHOLE: usize = 200_000;
/// How many fields are said at once.
const MOST_FIELDS: usize = 50_000;

impl Engine {
    /// A field as text; nothing if it is not there, or has too many parts.
    pub(super) fn said(&mut self, number: usize, node: usize, form: Saying) -> Option<String> {
        self.open(number)?;
        let (open, indexed) = (self.open.as_ref()?, self.indexed()?);
        let (tree, bytes) = (&open.tree, indexed.bytes(&open.entry));
        let own = tree.nodes.get(node)?.span().of(bytes);
        let parts = node..node + 1 + parts(tree, node);
        if parts.len() > MOST_FIELDS {
            return None;
        }
        let typing = indexed.typing(&open.entry);
        let typed = entry_of(tree, node).and_then(|nth| typing.get(nth));
        Some(match form {
            Saying::Row => value_within(tree, node, bytes, WHOLE),
            Saying::Json => json(indexed, open, parts),
            Saying::Value if tree.is_leaf(node) || is_value(tree, node) => match tree.reads(node, bytes) {
                _ if let Some(oid) = tree.type_of(node)
                    && let Some(text) = text_of(oid, own) =>
                {
                    text
                }
                _ if let Some(text) = typed.filter(|_| is_value(tree, node)).and_then(|typed| typed.text(own)) => text,
                Reads::Text(text) => text.to_owned(),
                Reads::Bytes(_) => own.iter().map(|byte| format!("{byte:02x}")).collect(),
                Reads::Unsigned(number) => number.to_string(),
                Reads::Signed(number) => number.to_string(),
                Reads::Children | Reads::Null => String::new(),
            },
            Saying::Value | Saying::Text => text(tree, parts, bytes),
        })
    }
}

/// How many fields are in a field.
fn parts(tree: &Tree, node: usize) -> usize {
    let depth = tree.nodes.get(node).map_or(0, |node| node.depth);
    tree.nodes.iter().skip(node + 1).take_while(|inner| inner.depth > depth).count()
}

fn is_value(tree: &Tree, node: usize) -> bool {
    tree.nodes.get(node).is_some_and(|node| node.field.id == "value")
}

/// One field a line, those inside indented.
fn text(tree: &Tree, parts: std::ops::Range<usize>, bytes: &[u8]) -> String {
    let outer = tree.nodes.get(parts.start).map_or(0, |node| node.depth);
    let line = |index: usize| {
        let node = tree.nodes.get(index)?;
        let indent = "  ".repeat((node.depth - outer) as usize);
        let typed = text_at(tree, index, bytes).or_else(|| text_inside(tree, index, bytes));
        let said = typed.unwrap_or_else(|| value_within(tree, index, bytes, WHOLE));
        Some(format!("{indent}{}{}{said}\n", name(node), if said.is_empty() { "" } else { ": " }))
    };
    parts.filter_map(line).collect()
}

/// The same schema as the fields of [`crate::print::json`], written in one walk.
fn json(indexed: &Indexed, open: &Open, parts: std::ops::Range<usize>) -> String {
    let Open { entry, tree, .. } = open;
    let (of, offset) = (Of::new(indexed, entry, tree), entry.span.start);
    let mut out = String::new();
    // The fields that are open: how deep they are, and the path of what they hold.
    let mut open: Vec<(u8, String)> = Vec::new();
    let first = parts.start;
    for index in parts {
        let Some(node) = tree.nodes.get(index) else { break };
        while open.pop_if(|(depth, _)| *depth >= node.depth).is_some() {
            out.push_str("]}");
        }
        if out.ends_with('}') {
            out.push(',');
        }
        let id = match open.last() {
            Some((_, path)) => format!("{path}.{}", node.field.id),
            None => tree.path(first),
        };
        let held = match (node.ordinal, open.last()) {
            (Some(_), Some((_, path))) => path.clone(),
            (Some(_), None) => id.rsplit_once('.').map_or(String::new(), |(outer, _)| outer.to_owned()),
            (None, _) => id.clone(),
        };
        out.push_str("{\"id\":");
        quote(&id, &mut out);
        out.push_str(",\"name\":");
        quote(node.field.name, &mut out);
        quote_told(&of.told(index), &mut out);
        let (start, end) = (offset + node.start as usize, offset + node.end as usize);
        out.push_str(&format!(",\"start\":{start},\"end\":{end},\"children\":["));
        open.push((node.depth, held));
    }
    open.iter().for_each(|_| out.push_str("]}"));
    out
}

fn quote_told(told: &Told, out: &mut String) {
    let Told { value, hex, reading, meaning, column, in_part } = told;
    out.push_str(",\"value\":");
    match value {
        Value::Null => out.push_str("null"),
        Value::Number(number) => out.push_str(&number.to_string()),
        Value::Text(text) => quote(text, out),
        Value::Bytes { hex } => out.push_str(&format!("{{\"hex\":\"{hex}\"}}")),
    }
    quote_keys([("hex", hex.as_deref())], out);
    if let Some(Reading { kind, oid, format, text }) = reading {
        out.push_str(",\"reading\":{");
        quote_keys([("type", kind.as_deref()), ("format", *format), ("text", text.as_deref())], out);
        if let Some(oid) = oid {
            begin_key("oid", out);
            out.push_str(&oid.to_string());
        }
        out.push('}');
    }
    if let Some(Meaning { name, doc }) = meaning {
        out.push_str(",\"meaning\":{");
        quote_keys([("name", known(name)), ("doc", known(doc))], out);
        out.push('}');
    }
    quote_keys([("column", column.as_deref())], out);
    if *in_part {
        out.push_str(",\"in_part\":true");
    }
}

fn known(text: &str) -> Option<&str> {
    Some(text).filter(|text| !text.is_empty())
}

/// Those keys of an object that have a text.
fn quote_keys<const N: usize>(keys: [(&str, Option<&str>); N], out: &mut String) {
    for (key, text) in keys {
        if let Some(text) = text {
            begin_key(key, out);
            quote(text, out);
        }
    }
}

/// The next key of an object.
fn begin_key(key: &str, out: &mut String) {
    if !out.ends_with('{') {
        out.push(',');
    }
    quote(key, out);
    out.push(':');
}

fn quote(text: &str, out: &mut String) {
    out.push('"');
    for letter in text.chars() {
        match letter {
            '"' | '\\' => out.extend(['\\', letter]),
            '\n' => out.push_str("\\n"),
            letter if letter.is_ascii_control() => out.push_str(&format!("\\u00{:02x}", letter as u8)),
            letter => out.push(letter),
        }
    }
    out.push('"');
}
