//! What two messages of one kind say differently, field by field. Entries of a list belong together by what they say, then by their
//! first field (a parameter's name, an error field's letter), and else by their place.

use pgscope_proto::schema::{Kind, Role, Show};
use pgscope_proto::{Reads, Span, Tree};

use super::align::align;
use super::{Change, Hash, Ignore, Value};
use crate::Indexed;
use crate::value::{lsn, quoted, unread};

/// A message with its fields.
struct Side<'a> {
    tree: Tree,
    bytes: &'a [u8],
}

impl<'a> Side<'a> {
    fn of(indexed: &'a Indexed, number: usize) -> Option<Self> {
        let mut tree = Tree::new();
        let (entry, _) = indexed.check(number, &mut tree)?;
        Some(Self { tree, bytes: indexed.bytes(&entry) })
    }

    fn span(&self, index: usize) -> Span {
        self.tree.nodes.get(index).map(|node| node.span()).unwrap_or_default()
    }

    fn says(&self, index: usize) -> &[u8] {
        self.span(index).of(self.bytes)
    }

    fn children(&self, index: usize) -> Vec<usize> {
        self.tree.children(index).collect()
    }

    fn id(&self, index: usize) -> &'static str {
        self.tree.nodes.get(index).map_or("", |node| node.field.id)
    }

    fn is_entry(&self, index: usize) -> bool {
        self.tree.nodes.get(index).is_some_and(|node| node.ordinal.is_some())
    }

    fn passes(&self, index: usize, ignore: Ignore) -> bool {
        self.tree.nodes.get(index).is_some_and(|node| ignore.passes(node, self.bytes))
    }

    /// What tells an entry of a list from the others: its field's id and what its first part says.
    fn key(&self, index: usize) -> u64 {
        let first = self.children(index).first().copied().unwrap_or(index);
        hash(self.id(index), self.says(first))
    }

    fn value(&self, index: usize) -> Value {
        let span = self.span(index);
        let parts = self.children(index);
        let shown = match self.tree.reads(index, self.bytes) {
            // What is made of others says what they say, but for their lengths.
            Reads::Children if !parts.is_empty() => {
                let is_said =
                    |part: &usize| self.tree.nodes.get(*part).is_some_and(|node| node.field.role != Role::Length);
                let said: Vec<String> = parts.into_iter().filter(is_said).map(|part| self.value(part).shown).collect();
                said.join(" ")
            }
            Reads::Children => unread(span.of(self.bytes)),
            Reads::Null => "NULL".to_owned(),
            Reads::Unsigned(number) => self.number(index, number as i64),
            Reads::Signed(number) => self.number(index, number),
            Reads::Text(text) => quoted(text),
            Reads::Bytes(bytes) => unread(bytes),
        };
        let shown = self.tree.code(index, self.bytes).map_or(shown.clone(), |code| format!("{shown} ({})", code.name));
        Value { shown, start: span.start, end: span.end }
    }

    /// A version as a person says it, a position in the log as the server prints it.
    fn number(&self, index: usize, number: i64) -> String {
        match self.tree.nodes.get(index).map(|node| &node.field.kind) {
            Some(Kind::Int(_, Show::Version)) => format!("{}.{}", number >> 16, number & 0xffff),
            Some(Kind::Int(_, Show::Lsn)) => lsn(number as u64),
            _ => number.to_string(),
        }
    }

    fn name(&self, index: usize) -> String {
        let own = |index: usize| {
            let node = self.tree.nodes.get(index)?;
            Some(node.ordinal.map_or(node.field.name.to_owned(), |nth| format!("{} {}", node.field.name, nth + 1)))
        };
        let mut names = Vec::new();
        let mut at = Some(index);
        while let Some(index) = at.filter(|index| *index > 0) {
            names.extend(own(index));
            at = self.tree.parent(index);
        }
        names.reverse();
        names.join(", ")
    }
}

fn hash(id: &str, says: &[u8]) -> u64 {
    let mut hash = Hash::new();
    hash.add(id.as_bytes());
    hash.add(says);
    hash.0
}

/// The fields that differ.
pub(super) fn changes(left: &Indexed, one: usize, right: &Indexed, other: usize, ignore: Ignore) -> Vec<Change> {
    let (Some(left), Some(right)) = (Side::of(left, one), Side::of(right, other)) else { return Vec::new() };
    let mut comparing = Comparing { left: &left, right: &right, ignore, changes: Vec::new() };
    comparing.both(0, 0);
    comparing.changes
}

struct Comparing<'a> {
    left: &'a Side<'a>,
    right: &'a Side<'a>,
    ignore: Ignore,
    changes: Vec<Change>,
}

impl Comparing<'_> {
    fn both(&mut self, one: usize, other: usize) {
        let (Self { left, right, ignore, .. }, changes) = (&*self, self.changes.len());
        if left.says(one) == right.says(other) || left.passes(one, *ignore) && right.passes(other, *ignore) {
            return;
        }
        let (mut ones, mut others) = (left.children(one), right.children(other));
        if ones.is_empty() || others.is_empty() {
            return self.change(Some(one), Some(other));
        }
        let pairs = self.pairs(&ones, &others);
        for (one, other) in pairs.into_iter().rev() {
            for one in ones.drain(one + 1..).collect::<Vec<_>>() {
                self.change(Some(one), None);
            }
            for other in others.drain(other + 1..).collect::<Vec<_>>() {
                self.change(None, Some(other));
            }
            if let (Some(one), Some(other)) = (ones.pop(), others.pop()) {
                self.both(one, other);
            }
        }
        ones.into_iter().for_each(|one| self.change(Some(one), None));
        others.into_iter().for_each(|other| self.change(None, Some(other)));
        // They were found from the last on.
        if let Some(new) = self.changes.get_mut(changes..) {
            new.sort_by_key(|change| {
                let start = |value: &Option<Value>| value.as_ref().map_or(usize::MAX, |value| value.start);
                start(&change.left).min(start(&change.right))
            });
        }
    }

    /// Which children belong together, by their places among them.
    fn pairs(&self, ones: &[usize], others: &[usize]) -> Vec<(usize, usize)> {
        let Self { left, right, .. } = self;
        let keys = |side: &Side<'_>, all: &[usize], key: fn(&Side<'_>, usize) -> u64| -> Vec<u64> {
            all.iter().map(|index| key(side, *index)).collect()
        };
        let whole = |side: &Side<'_>, index: usize| hash(side.id(index), side.says(index));
        let id = |side: &Side<'_>, index: usize| hash(side.id(index), b"");
        let is_list = ones.iter().any(|one| left.is_entry(*one));
        // The parts of a group, and the entries of a list of as many, belong together by their place.
        if !is_list || ones.len() == others.len() {
            return align(&keys(left, ones, id), &keys(right, others, id));
        }
        let mut pairs = align(&keys(left, ones, whole), &keys(right, others, whole));
        let first: fn(&Side<'_>, usize) -> u64 = |side, index| side.key(index);
        for key in [first, id] {
            pairs = super::refined(&pairs, &keys(left, ones, key), &keys(right, others, key));
        }
        pairs
    }

    fn change(&mut self, one: Option<usize>, other: Option<usize>) {
        let (side, index) = match (one, other) {
            (Some(one), _) => (self.left, one),
            (None, Some(other)) => (self.right, other),
            (None, None) => return,
        };
        self.changes.push(Change {
            id: side.tree.path(index),
            name: side.name(index),
            left: one.map(|one| self.left.value(one)),
            right: other.map(|other| self.right.value(other)),
        });
    }
}
