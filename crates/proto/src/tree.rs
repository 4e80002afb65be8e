//! A decoded message: fields with spans, in the order of the wire.
//!
//! A [`Tree`] is flat: nodes in pre-order with a depth, so that decoding allocates nothing once its buffers have grown.
//! A node knows its [`Field`] and its bytes; what the bytes say is read when somebody asks. Leaves tile the message.

use crate::cursor::{signed, unsigned};
use crate::problem::Problem;
use crate::schema::*;
use crate::{Message, Span};

/// How far a node could be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reading {
    /// As the table says.
    Whole,
    /// Read, but its value is one that it must not have.
    Wrong,
    /// The message ends inside it.
    Cut,
    /// Only a part of it is in this message: the rest is in the messages before or after.
    Part,
}

/// A field of a decoded message.
#[derive(Clone, Copy, Debug)]
pub struct Node {
    /// Its description.
    pub field: &'static Field,
    /// Its first byte, counted from the start of the message.
    pub start: u32,
    /// One past its last byte.
    pub end: u32,
    /// Its place in a list, from 0, if it is an entry of one.
    pub ordinal: Option<u32>,
    /// How many nodes it lies inside.
    pub depth: u8,
    /// How far it could be read.
    pub reading: Reading,
}

impl PartialEq for Node {
    fn eq(&self, other: &Self) -> bool {
        let parts = |node: &Node| (node.start, node.end, node.ordinal, node.depth, node.reading);
        std::ptr::eq(self.field, other.field) && parts(self) == parts(other)
    }
}

impl Eq for Node {}

impl Node {
    /// Its bytes, counted from the start of the message.
    pub fn span(&self) -> Span {
        Span::new(self.start as usize, self.end as usize)
    }
}

/// What the bytes of a node say.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Reads<'a> {
    /// Nothing of its own: its children do.
    Children,
    /// NULL.
    Null,
    /// A number that cannot be negative.
    Unsigned(u64),
    /// A number.
    Signed(i64),
    /// Text, as far as it is UTF-8.
    Text(&'a str),
    /// Bytes that are no text.
    Bytes(&'a [u8]),
}

/// A decoded message.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tree {
    /// The fields in pre-order; the first is the message itself.
    pub nodes: Vec<Node>,
    /// What is wrong with it.
    pub problems: Vec<Problem>,
    /// The nodes that are values of a known type in binary format, in order, each with the oid of its type.
    pub types: Vec<(u32, u32)>,
}

impl Tree {
    /// An empty tree to decode into.
    pub const fn new() -> Self {
        Self { nodes: Vec::new(), problems: Vec::new(), types: Vec::new() }
    }

    pub(crate) fn clear(&mut self) {
        self.nodes.clear();
        self.problems.clear();
        self.types.clear();
    }

    /// The type of the node at `index`, if that is a value in binary format whose type is known.
    pub fn type_of(&self, index: usize) -> Option<u32> {
        let at = self.types.binary_search_by_key(&index, |(node, _)| *node as usize).ok()?;
        self.types.get(at).map(|(_, oid)| *oid)
    }

    /// Whether the node at `index` has children.
    pub fn is_leaf(&self, index: usize) -> bool {
        match (self.nodes.get(index), self.nodes.get(index + 1)) {
            (Some(node), Some(next)) => next.depth <= node.depth,
            _ => true,
        }
    }

    /// The nodes without children, in the order of the bytes: they tile the message.
    pub fn leaves(&self) -> impl Iterator<Item = (usize, &Node)> {
        self.nodes.iter().enumerate().filter(|(index, _)| self.is_leaf(*index))
    }

    /// The children of the node at `index`.
    pub fn children(&self, index: usize) -> impl Iterator<Item = usize> + '_ {
        let depth = self.nodes.get(index).map_or(0, |node| node.depth);
        self.nodes
            .iter()
            .enumerate()
            .skip(index + 1)
            .take_while(move |(_, node)| node.depth > depth)
            .filter(move |(_, node)| node.depth == depth + 1)
            .map(|(child, _)| child)
    }

    /// The node in which the one at `index` lies.
    pub fn parent(&self, index: usize) -> Option<usize> {
        let depth = self.nodes.get(index)?.depth.checked_sub(1)?;
        self.nodes.get(..index)?.iter().rposition(|node| node.depth == depth)
    }

    /// The innermost node that holds the byte at `offset` of the message.
    pub fn at(&self, offset: usize) -> Option<usize> {
        self.leaves().find(|(_, node)| node.span().contains(offset)).map(|(index, _)| index)
    }

    /// The first node with this id, at any depth.
    pub fn find(&self, id: &str) -> Option<usize> {
        self.nodes.iter().position(|node| node.field.id == id)
    }

    /// The stable path of a node, such as `bind.parameters.length`: entries of a list add nothing to the paths of what
    /// they hold.
    pub fn path(&self, index: usize) -> String {
        let mut segments = Vec::new();
        let mut next = Some(index);
        while let Some((at, node)) = next.and_then(|at| Some((at, self.nodes.get(at)?))) {
            if at == index || node.ordinal.is_none() {
                segments.push(node.field.id);
            }
            next = self.parent(at);
        }
        segments.reverse();
        segments.join(".")
    }

    /// What the node at `index` says, `bytes` being those of the message.
    pub fn reads<'a>(&self, index: usize, bytes: &'a [u8]) -> Reads<'a> {
        let Some(node) = self.nodes.get(index) else { return Reads::Children };
        let bytes = node.span().of(bytes);
        // A value or a line says what it says, whether it is opened or not.
        if !self.is_leaf(index) && !matches!(node.field.kind, Kind::Rest(Inside::Value | Inside::Text)) {
            return self.reads_null(index, node, bytes);
        }
        if matches!(node.reading, Reading::Cut | Reading::Part) {
            // The beginning of a text is still text.
            return if matches!(node.field.kind, Kind::Str) { text(bytes) } else { Reads::Bytes(bytes) };
        }
        match &node.field.kind {
            Kind::Int(_, Show::Signed) | Kind::Code(..) => Reads::Signed(signed(bytes)),
            Kind::Int(..) | Kind::Length | Kind::Following => Reads::Unsigned(unsigned(bytes)),
            Kind::Tag | Kind::Str => text(bytes.strip_suffix(b"\0").unwrap_or(bytes)),
            Kind::Fixed(_, Inside::PaddedText) => text(bytes.split(|byte| *byte == 0).next().unwrap_or_default()),
            Kind::Choice(_) => text(bytes),
            Kind::Fixed(_, inside) | Kind::Rest(inside) => match inside {
                Inside::Opaque | Inside::Wal => Reads::Bytes(bytes),
                _ => text(bytes),
            },
            Kind::Sized { .. }
            | Kind::Counted { .. }
            | Kind::UntilZero { .. }
            | Kind::Repeat(_)
            | Kind::Times(_)
            | Kind::Unless(_)
            | Kind::Group(_)
            | Kind::When(..) => Reads::Children,
        }
    }

    /// A nullable value whose length is -1.
    fn reads_null<'a>(&self, index: usize, node: &Node, bytes: &'a [u8]) -> Reads<'a> {
        let is_null = matches!(node.field.kind, Kind::Sized { nullable: true, .. })
            && bytes == [0xff; 4]
            && self.nodes.get(index + 1).is_some_and(|length| length.reading == Reading::Whole);
        if is_null { Reads::Null } else { Reads::Children }
    }

    /// The name and doc of a coded value, if the table has it.
    pub fn code(&self, index: usize, bytes: &[u8]) -> Option<&'static Code> {
        let node = self.nodes.get(index)?;
        let first = node.span().of(bytes);
        match &node.field.kind {
            Kind::Code(_, codes, _) => {
                let value = code_value(first);
                codes.iter().find(|code| code.value == value)
            }
            Kind::Choice(choices) => {
                let value = i64::from(*first.first()?);
                choices.iter().map(|choice| &choice.code).find(|code| code.value == value)
            }
            _ => None,
        }
    }

    /// Puts the part of `inner` that lies in `part` of its bytes below the last node, whose own bytes that part is.
    ///
    /// It is how a structure that runs across messages is shown in each of them: nodes that lie elsewhere are left out,
    /// nodes that lie here in part are cut and marked.
    pub fn graft(&mut self, inner: &Tree, part: Span, at: u32, depth: u8) {
        for node in &inner.nodes {
            let here = node.span().intersection(part);
            let elsewhere = here.is_empty() && !(node.span().is_empty() && part.contains(node.start as usize));
            if elsewhere {
                continue;
            }
            let reading = if here == node.span() { node.reading } else { Reading::Part };
            let (start, end) = (at + (here.start - part.start) as u32, at + (here.end - part.start) as u32);
            self.nodes.push(Node { start, end, depth: depth + node.depth, reading, ..*node });
        }
    }

    /// The message that the tree is of: the field of its first node.
    pub fn is_of(&self, message: &'static Message) -> bool {
        self.nodes.first().is_some_and(|root| std::ptr::eq(root.field, &message.field))
    }
}

fn text(bytes: &[u8]) -> Reads<'_> {
    std::str::from_utf8(bytes).map_or(Reads::Bytes(bytes), Reads::Text)
}

/// Letters are unsigned, wider codes signed.
pub(crate) fn code_value(bytes: &[u8]) -> i64 {
    match bytes {
        [letter] => i64::from(*letter),
        _ => signed(bytes),
    }
}
