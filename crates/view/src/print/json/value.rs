//! What the JSON says of one field: its value, and what is known of it beside.
//!
//! Whether a value is a string or hex follows from what the field is, its format and its type, and never from what its bytes
//! happen to be: a program that reads a column must not meet another form in one row of a million.

use std::rc::Rc;

use pgscope_proto::schema::{Code, Inside, Kind, Show, Width};
use pgscope_proto::{CopyContent, Node, Reading as Extent, Reads, Tree, types};
use pgscope_session::{Entry, values};
use serde::Serialize;

use super::hex;
use crate::carried;
use crate::copied::{self, Column};
use crate::exchange::Indexed;
use crate::meaning::meaning;
use crate::typing::{Typed, entry_of, type_in_words};
use crate::value::float;

/// What is said of a field.
#[derive(Debug, Serialize)]
pub struct Told {
    /// What it says.
    pub value: Value,
    /// All its bytes, where the value is a text that is not UTF-8.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hex: Option<String>,
    /// What is known of a value from elsewhere.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reading: Option<Reading>,
    /// What that stands for, where it is a text that stands for something.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub meaning: Option<Meaning>,
    /// The name of the column that it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub column: Option<String>,
    /// Whether it is a column that goes on in other messages.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub in_part: bool,
}

/// What a field says.
#[derive(Debug, PartialEq, Eq, Serialize)]
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

/// What is known of a value from elsewhere.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub struct Reading {
    /// Its type as SQL writes it.
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// The oid of its type.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub oid: Option<u32>,
    /// `text` or `binary`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub format: Option<&'static str>,
    /// What the server would print, where the value is bytes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
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

/// A decoded message, with what is known of its values.
#[derive(Debug)]
pub(crate) struct Of<'a> {
    pub(crate) indexed: &'a Indexed,
    pub(crate) entry: &'a Entry,
    pub(crate) tree: &'a Tree,
    bytes: &'a [u8],
    typing: Rc<[Typed]>,
}

impl<'a> Of<'a> {
    /// Looks up once what is known of its values.
    pub(crate) fn new(indexed: &'a Indexed, entry: &'a Entry, tree: &'a Tree) -> Self {
        Self { indexed, entry, tree, bytes: indexed.bytes(entry), typing: indexed.typing(entry) }
    }

    /// What is said of the field at this node.
    pub(crate) fn told(&self, index: usize) -> Told {
        let node = self.tree.nodes.get(index);
        let copied = copied::column(self.indexed, self.entry, self.tree, index);
        let column = self.column(index, copied.as_ref());
        let in_part = copied.is_some() && node.is_some_and(|node| node.reading == Extent::Part);
        let typed = self.typed(index);
        let (value, hex) = match copied {
            Some(column) => column.value.map_or((Value::Null, None), |text| text_or_hex(&text)),
            None => self.value(index, typed.as_ref()),
        };
        let own = node.map(|node| node.span().of(self.bytes)).unwrap_or_default();
        let reading = typed.and_then(|typed| reading(&typed, own, &value));
        let meaning = meaning(self.indexed, self.entry, self.tree, index);
        let meaning = meaning.map(|known| Meaning { doc: sentence(&known), name: known.name });
        Told { value, hex, reading, meaning, column, in_part }
    }

    /// The name of the column that a field is.
    fn column(&self, index: usize, copied: Option<&Column>) -> Option<String> {
        self.tree.nodes.get(index)?.ordinal?;
        let typed = || match entry_of(self.tree, index) {
            Some(nth) => self.typing.get(nth).map(|typed| typed.name.clone()),
            None => carried::column(self.indexed, self.entry, self.tree, index).map(|typed| typed.name),
        };
        copied.map(|column| column.name.clone()).or_else(typed).filter(|name| !name.is_empty())
    }

    /// Type and format of a node that is a value, as far as they are known.
    fn typed(&self, index: usize) -> Option<Typed> {
        let node = self.tree.nodes.get(index)?;
        if !matches!(node.field.kind, Kind::Rest(Inside::Value)) {
            return None;
        }
        let of_entry = entry_of(self.tree, index).and_then(|nth| self.typing.get(nth).cloned());
        let known = of_entry.or_else(|| carried::column(self.indexed, self.entry, self.tree, index));
        let mut typed = known.unwrap_or_default();
        let opened = self.tree.type_of(index);
        if typed.oid == 0 {
            typed.oid = opened.unwrap_or(0);
        }
        typed.is_binary = typed.is_binary.or(opened.map(|_| true)).or_else(|| self.says_format(index));
        Some(typed)
    }

    /// Whether a value inside CopyData is in binary format, as the message itself says it.
    fn says_format(&self, index: usize) -> Option<bool> {
        if self.entry.message.field.id != "copydata" {
            return None;
        }
        if self.entry.context().copy == CopyContent::Binary {
            return Some(true);
        }
        let column = self.tree.parent(self.tree.parent(index)?)?;
        self.tree.code(column, self.bytes).map(|code| code.name == "binary")
    }

    /// A value, and its bytes where it is a text that does not give them.
    fn value(&self, index: usize, typed: Option<&Typed>) -> (Value, Option<String>) {
        let Some(node) = self.tree.nodes.get(index) else { return (Value::Null, None) };
        let own = node.span().of(self.bytes);
        let value = match self.tree.reads(index, self.bytes) {
            Reads::Children | Reads::Null => Value::Null,
            Reads::Signed(_) if has_letters(node) => Value::Text(letter(own)),
            Reads::Signed(number) if is_wide(node) => Value::Text(number.to_string()),
            Reads::Unsigned(number) if is_float(node) => Value::Text(float(number, Width::Eight)),
            Reads::Unsigned(number) if is_wide(node) => Value::Text(number.to_string()),
            Reads::Signed(number) => Value::Number(number),
            Reads::Unsigned(number) => Value::Number(number as i64),
            Reads::Text(_) | Reads::Bytes(_) if matches!(node.field.kind, Kind::Tag | Kind::Choice(_)) => {
                Value::Text(letter(own))
            }
            Reads::Text(_) | Reads::Bytes(_) if self.is_text(node, typed) => {
                return text_or_hex(without_end(node, own));
            }
            Reads::Text(_) | Reads::Bytes(_) => Value::Bytes { hex: hex(own) },
        };
        (value, None)
    }

    /// Whether the bytes of a field are a text, by what the field is.
    fn is_text(&self, node: &Node, typed: Option<&Typed>) -> bool {
        match node.field.kind {
            Kind::Str => true,
            Kind::Fixed(_, inside) | Kind::Rest(inside) => match inside {
                Inside::Text | Inside::PaddedText | Inside::Sasl => true,
                Inside::Value => typed.is_some_and(is_text_format),
                Inside::CopyData => self.entry.context().copy == CopyContent::Text,
                Inside::Opaque | Inside::Wal => false,
            },
            _ => false,
        }
    }
}

/// Whether a value is its own text: in text format, or of a type that is written alike in both.
fn is_text_format(typed: &Typed) -> bool {
    let is_alike =
        |kind: &pgscope_proto::Message| matches!(kind.fields, [only] if matches!(only.kind, Kind::Rest(Inside::Text)));
    match typed.is_binary {
        Some(false) => true,
        Some(true) => types::structure(typed.oid).is_some_and(is_alike),
        None => false,
    }
}

/// What is known of a value, if there is anything that the value does not say itself.
fn reading(typed: &Typed, own: &[u8], value: &Value) -> Option<Reading> {
    let is_bytes = matches!(value, Value::Bytes { .. });
    let text = match typed.is_binary {
        _ if !is_bytes => None,
        Some(_) => values::text_of(typed.oid, own),
        None => plain_text(own),
    };
    let format = typed.is_binary.map(|is_binary| if is_binary { "binary" } else { "text" });
    let oid = Some(typed.oid).filter(|oid| *oid != 0);
    let kind = oid.and_then(|oid| type_in_words(oid, typed.modifier).or_else(|| types::name(oid)));
    let is_known = oid.is_some() || is_bytes && (format.is_some() || text.is_some());
    is_known.then_some(Reading { kind, oid, format, text })
}

/// Bytes that a person would take for text.
fn plain_text(bytes: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(bytes).ok()?;
    let is_plain = |letter: char| !letter.is_control() || matches!(letter, '\n' | '\r' | '\t');
    text.chars().all(is_plain).then(|| text.to_owned())
}

/// A text, and all its bytes where it is not UTF-8.
fn text_or_hex(bytes: &[u8]) -> (Value, Option<String>) {
    let text = String::from_utf8_lossy(bytes);
    let is_other = matches!(text, std::borrow::Cow::Owned(_));
    (Value::Text(text.into_owned()), is_other.then(|| hex(bytes)))
}

/// A text without the zero bytes that end it.
fn without_end<'a>(node: &Node, bytes: &'a [u8]) -> &'a [u8] {
    match node.field.kind {
        Kind::Str => bytes.strip_suffix(b"\0").unwrap_or(bytes),
        Kind::Fixed(_, Inside::PaddedText) => bytes.split(|byte| *byte == 0).next().unwrap_or_default(),
        _ => bytes,
    }
}

/// A byte as the character with its number.
fn letter(bytes: &[u8]) -> String {
    bytes.first().map(|byte| char::from(*byte).to_string()).unwrap_or_default()
}

fn is_wide(node: &Node) -> bool {
    matches!(node.field.kind, Kind::Int(Width::Eight, _) | Kind::Code(Width::Eight, ..))
}

fn is_float(node: &Node) -> bool {
    matches!(node.field.kind, Kind::Int(Width::Eight, Show::Float))
}

/// Whether the values that the table knows of a code are letters.
fn has_letters(node: &Node) -> bool {
    let is_letter = |code: &Code| u8::try_from(code.value).is_ok_and(|byte| byte.is_ascii_graphic());
    matches!(node.field.kind, Kind::Code(Width::One, codes, _) if codes.iter().all(is_letter))
}

/// What a text stands for, as a sentence.
fn sentence(known: &pgscope_proto::codes::Meaning) -> String {
    #[cfg(not(feature = "docs"))]
    if !known.doc_name.is_empty() {
        return crate::docs::MEANINGS.of(&known.doc_name);
    }
    known.doc.clone()
}
