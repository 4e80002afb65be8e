//! Values in binary format whose type is known: the walk goes on into them, and into the values that they are made of.
//!
//! A value of one part stays a leaf. Below any other stands the description of its type, as below the data of CopyData stands
//! the message that is carried.

use super::*;
use crate::types::check::{self, Verdict};
use crate::types::{self, Known};

/// How deep arrays, records and ranges may lie in each other; what is deeper stays closed.
const DEEPEST: u8 = 8;

/// The value whose parts are being read.
#[derive(Clone, Copy)]
pub(super) struct Open {
    known: Option<Known>,
    /// The node of its type.
    node: usize,
    /// In how many values it lies.
    level: u8,
}

impl Open {
    pub(super) const NONE: Open = Open { known: None, node: 0, level: 0 };
}

/// Decodes `bytes`, which are one value of the type `oid` in binary format, into `tree`, whose former content is thrown
/// away. The root is the type. Says whether the type is known; if not, the tree is empty.
///
/// ```
/// use pgscope_proto::{Tree, types};
///
/// let mut tree = Tree::new();
/// assert!(types::decode(1114, &[0; 8], &mut tree));
/// assert_eq!(tree.path(1), "timestamp.microseconds");
/// ```
pub fn decode_value(oid: u32, bytes: &[u8], tree: &mut Tree) -> bool {
    tree.clear();
    let Some(known) = types::known(oid) else { return false };
    let mut walk = Walk::of_values(bytes, tree);
    walk.parts(known, 0);
    true
}

/// Opens the values of a message: those of its fields of unknown type whose type and binary format `oid_of` knows, by their
/// place in its list. `tree` is that of the message with these bytes.
pub fn open_values(tree: &mut Tree, bytes: &[u8], oid_of: &dyn Fn(usize) -> Option<u32>) {
    let is_value = |node: &Node| node.depth == DEPTH_OF_VALUES && matches!(node.field.kind, Kind::Rest(Inside::Value));
    if !tree.nodes.iter().any(is_value) {
        return;
    }
    let closed = std::mem::take(&mut tree.nodes);
    tree.nodes.reserve(closed.len());
    let mut nth = None;
    for node in closed {
        if node.depth < DEPTH_OF_VALUES {
            nth = node.ordinal;
        }
        let oid = nth.filter(|_| is_value(&node) && node.reading == Reading::Whole);
        match oid.and_then(|nth| oid_of(nth as usize)) {
            Some(oid) => Walk::of_values(bytes, tree).place(node, oid),
            None => tree.nodes.push(node),
        }
    }
}

/// The same for values anywhere in the message: `places` are nodes of its tree, in order, and the oids of their types.
pub fn open_values_at(tree: &mut Tree, bytes: &[u8], places: &[(usize, u32)]) {
    let mut places = places.iter().peekable();
    if places.peek().is_none() {
        return;
    }
    let closed = std::mem::take(&mut tree.nodes);
    tree.nodes.reserve(closed.len());
    for (index, node) in closed.into_iter().enumerate() {
        match places.next_if(|(place, _)| *place == index) {
            Some((_, oid)) if node.reading == Reading::Whole => Walk::of_values(bytes, tree).place(node, *oid),
            _ => tree.nodes.push(node),
        }
    }
}

/// Message, list, entry, value.
const DEPTH_OF_VALUES: u8 = 3;

impl<'a, 't> Walk<'a, 't> {
    fn of_values(bytes: &'a [u8], tree: &'t mut Tree) -> Self {
        // What carries the value does not matter.
        let context = Context::new(Direction::Backend);
        let walk = Walk::new(&unknown::UNKNOWN_INNER, bytes, context, tree, MOST_NODES);
        Walk { by_type: Some(by_type), ..walk }
    }

    /// The value at a node that was a leaf.
    fn place(&mut self, node: Node, oid: u32) {
        self.cursor.take(node.start as usize);
        self.typed(node.field, node.ordinal, node.depth, node.span().len(), oid);
    }

    /// A value of `count` bytes: a leaf if its type is not known or has one part, else with its parts.
    fn typed(&mut self, field: &'static Field, ordinal: Option<u32>, depth: u8, count: usize, oid: u32) {
        let is_room = self.tree.nodes.len() < self.most_nodes && self.value.level < DEEPEST;
        let Some(known) = types::known(oid).filter(|_| is_room) else {
            self.leaf(field, ordinal, depth, count, Reading::Whole);
            return;
        };
        let node = self.open(field, ordinal, depth);
        self.tree.types.push((node as u32, oid));
        let outer = self.cursor;
        self.cursor = outer.limited(count);
        let is_right = self.parts(known, depth + 1);
        self.cursor = outer;
        self.cursor.take(count);
        if known.message.is_simple_type() {
            self.tree.nodes.truncate(node + 1);
        }
        if let Some(node) = self.tree.nodes.get_mut(node).filter(|_| !is_right) {
            node.reading = Reading::Wrong;
        }
        self.close(node);
    }

    /// The type, and the parts of its value: all bytes up to where the cursor ends. Says whether they are such a value.
    fn parts(&mut self, known: Known, depth: u8) -> bool {
        let value = Open { known: Some(known), node: self.tree.nodes.len(), level: self.value.level + 1 };
        let outer = std::mem::replace(&mut self.value, value);
        let around = (self.context, self.length.take(), self.tree.problems.len());
        self.message(known.message, depth);
        let is_bound = outer.known.is_some_and(|outer| outer.message.field.id == "range");
        let is_right = self.abridged || self.judge(known, value.node, around.2, is_bound);
        (self.context, self.length) = (around.0, around.1);
        self.value = outer;
        is_right
    }

    /// Says one sentence of a value that does not fit its type, whatever was met in it.
    fn judge(&mut self, known: Known, node: usize, before: usize, is_bound: bool) -> bool {
        let bytes = self.cursor.all();
        let parts = check::Parts::new(self.tree.nodes.get(node..).unwrap_or_default(), bytes);
        let found = check::of_value(known, parts);
        let met = self.tree.problems.iter().skip(before).position(|problem| problem.rule != check::RULE);
        let met = || met.and_then(|at| self.tree.problems.get(before + at)).map(check::as_met);
        let error = found.as_ref().is_some_and(Verdict::is_error);
        let verdict = if error { found } else { met().or(found) };
        let Some(verdict) = verdict.map(|verdict| if is_bound { verdict.of_bound() } else { verdict }) else {
            return true;
        };
        let mut nth = 0;
        self.tree.problems.retain(|problem| {
            nth += 1;
            nth <= before || problem.rule == check::RULE
        });
        if self.tree.problems.len() < MOST_PROBLEMS {
            self.tree.problems.push(check::problem(known, parts_span(&self.tree.nodes, node), bytes, verdict));
        }
        false
    }

    /// The type of the value that is about to be read inside another one.
    fn type_inside(&self) -> Option<u32> {
        let known = self.value.known?;
        let number = |node: Option<&Node>| {
            let node = node.filter(|node| matches!(node.field.kind, Kind::Int(Width::Four, Show::Oid)))?;
            Some(unsigned(node.span().of(self.cursor.all())) as u32)
        };
        let nodes = &self.tree.nodes;
        match known.message.field.id {
            "array" | "int2vector" | "oidvector" => number(nodes.get(self.value.node + types::ELEMENT_TYPE)),
            // The type, the value with its length, the length.
            "record" => number(nodes.len().checked_sub(3).and_then(|at| nodes.get(at))),
            _ => Some(known.inside),
        }
    }

    /// The number that an earlier field of the value holds.
    fn earlier(&self, id: &str) -> Option<(Node, u64)> {
        let parts = self.tree.nodes.get(self.value.node..)?;
        let node = parts.iter().take(MOST_HEAD).find(|node| node.field.id == id)?;
        Some((*node, unsigned(node.span().of(self.cursor.all()))))
    }
}

/// The type of a value and the fields that say what follows stand among the first nodes.
const MOST_HEAD: usize = 8;

fn parts_span(nodes: &[Node], node: usize) -> Span {
    nodes.get(node).map(Node::span).unwrap_or_default()
}

/// See [`ByType`].
fn by_type(walk: &mut Walk<'_, '_>, field: &'static Field, ordinal: Option<u32>, depth: u8, count: usize) -> Step {
    match &field.kind {
        Kind::Times(Times { by, of }) => {
            let Some((count, number)) = walk.earlier(by) else { return Ok(()) };
            let node = walk.open(field, ordinal, depth);
            let step = walk.entries(count.field, count.span(), number as usize, of, depth);
            walk.close_with(node, step)
        }
        Kind::Unless(Unless { by, bits, fields }) => {
            let has = |(_, number): (Node, u64)| number & u64::from(*bits) != 0;
            if walk.earlier(by).is_none_or(has) {
                return Ok(());
            }
            let node = walk.open(field, ordinal, depth);
            let step = walk.fields(fields, depth + 1);
            walk.close_with(node, step)
        }
        _ => {
            let oid = walk.type_inside().unwrap_or_default();
            walk.typed(field, ordinal, depth, count, oid);
            Ok(())
        }
    }
}
