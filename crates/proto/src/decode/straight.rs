//! The straight way through a message with which all is well, as nearly all are: the same table and the same nodes as the walk's,
//! without what the walk keeps for messages that are not as they should be.
//!
//! It takes field after field as long as each is whole, stands where it may and has no structure but those that many messages
//! have: lists of numbers, of values and of groups of both. At the first field that is another it stops, and the walk goes on
//! from there. So it needs no words for what is wrong, and cannot tell anything that the walk would tell otherwise.

use super::{Context, CopyContent};
use crate::Span;
use crate::schema::*;
use crate::tree::{Node, Reading};

/// How far the straight way led.
pub(super) struct Reached {
    /// So many fields of the message have their nodes.
    pub(super) fields: usize,
    /// Where the next begins.
    pub(super) at: usize,
}

const HEADER: usize = 5;
/// A count has two bytes.
const COUNT: usize = 2;
/// Where the length of a message stands that was begun.
pub(super) const LENGTH: Span = Span::new(1, HEADER);

/// The nodes of a message, its own first, as far as all is well.
#[inline]
pub(super) fn begin(message: &'static Message, bytes: &[u8], context: Context, nodes: &mut Vec<Node>) -> Reached {
    let root = whole(&message.field, 0, bytes.len(), None, 0);
    let ([tag @ Field { kind: Kind::Tag, .. }, length @ Field { kind: Kind::Length, .. }, fields @ ..], true) =
        (message.fields, bytes.len() >= HEADER)
    else {
        nodes.push(root);
        return Reached { fields: 0, at: 0 };
    };
    let header = [root, whole(tag, 0, 1, None, 1), whole(length, 1, HEADER, None, 1)];
    if let [list @ Field { kind: Kind::Counted { count, of }, .. }] = fields
        && let Some((entry, number)) = counted_values(count, of).zip(number_at(bytes, HEADER))
    {
        row(header, list, count, number, entry, bytes, nodes)
    } else {
        nodes.extend(header);
        if fields.is_empty() { Reached { fields: 2, at: HEADER } } else { go_on(fields, bytes, context, nodes) }
    }
}

/// A message that is one list of values: nearly all messages are rows, and are worth a way of their own.
#[inline(always)]
fn row(
    [root, tag, length]: [Node; 3],
    list: &'static Field,
    count: &'static Field,
    number: u16,
    entry: [&'static Field; 3],
    bytes: &[u8],
    nodes: &mut Vec<Node>,
) -> Reached {
    let begin = nodes.len();
    let at = HEADER + COUNT;
    nodes.extend([root, tag, length, whole(list, HEADER, bytes.len(), None, 1), whole(count, HEADER, at, None, 2)]);
    match values(number, entry, bytes, at, nodes) {
        Some(end) if end == bytes.len() => Reached { fields: 3, at: end },
        _ => {
            nodes.truncate(begin + 3);
            Reached { fields: 2, at: HEADER }
        }
    }
}

/// The fields behind the header. Apart, since many messages have none.
#[inline(never)]
fn go_on(fields: &'static [Field], bytes: &[u8], context: Context, nodes: &mut Vec<Node>) -> Reached {
    let mut at = HEADER;
    let mut read = 2;
    for field in fields {
        let before = nodes.len();
        let end = match &field.kind {
            Kind::Counted { count, of } => counted(field, count, of, bytes, at, nodes),
            Kind::Rest(Inside::CopyData) if !matches!(context.copy, CopyContent::Unknown | CopyContent::Binary) => None,
            Kind::Rest(Inside::Sasl | Inside::Wal) => None,
            Kind::Rest(_) => {
                nodes.push(whole(field, at, bytes.len(), None, 1));
                Some(bytes.len())
            }
            _ => leaf(field, None, 1, bytes, at, nodes),
        };
        let Some(end) = end else {
            nodes.truncate(before);
            break;
        };
        (at, read) = (end, read + 1);
    }
    Reached { fields: read, at }
}

#[inline(always)]
fn whole(field: &'static Field, start: usize, end: usize, ordinal: Option<u32>, depth: u8) -> Node {
    Node { field, start: start as u32, end: end as u32, ordinal, depth, reading: Reading::Whole }
}

// Each gives the end of what it has read, which begins at `at`.

/// A number, a code or a text.
#[inline(always)]
fn leaf(
    field: &'static Field,
    ordinal: Option<u32>,
    depth: u8,
    bytes: &[u8],
    at: usize,
    nodes: &mut Vec<Node>,
) -> Option<usize> {
    let left = bytes.get(at..)?;
    let length = match &field.kind {
        Kind::Int(width, _) => width.bytes(),
        Kind::Str => memchr::memchr(0, left)? + 1,
        Kind::Code(width, codes, unlisted) => {
            let value = match width {
                Width::One => i64::from(*left.first()?),
                Width::Two => i64::from(i16::from_be_bytes(*left.first_chunk()?)),
                Width::Four => i64::from(i32::from_be_bytes(*left.first_chunk()?)),
                Width::Eight => return None,
            };
            if *unlisted == Unlisted::Wrong && codes.iter().all(|code| code.value != value) {
                return None;
            }
            width.bytes()
        }
        _ => return None,
    };
    if length > left.len() {
        return None;
    }
    nodes.push(whole(field, at, at + length, ordinal, depth));
    Some(at + length)
}

/// A count of two bytes, and what it counts.
#[inline(always)]
fn counted(
    field: &'static Field,
    count: &'static Field,
    of: &'static Field,
    bytes: &[u8],
    start: usize,
    nodes: &mut Vec<Node>,
) -> Option<usize> {
    let number = number_at(bytes, start).filter(|_| matches!(count.kind, Kind::Int(Width::Two, _)))?;
    let (node, at) = (nodes.len(), start + COUNT);
    nodes.extend([whole(field, start, start, None, 1), whole(count, start, at, None, 2)]);
    let end = match (&of.kind, counted_values(count, of)) {
        (_, Some(entry)) => values(number, entry, bytes, at, nodes),
        (Kind::Group(fields), _) => groups(number, of, fields, bytes, at, nodes),
        _ => (0..number).try_fold(at, |at, nth| leaf(of, Some(nth.into()), 2, bytes, at, nodes)),
    }?;
    nodes.get_mut(node)?.end = end as u32;
    Some(end)
}

/// Values behind their lengths, or NULL. Apart, so that all that it needs has room in registers.
#[inline(never)]
fn values(
    number: u16,
    [of, length, value]: [&'static Field; 3],
    bytes: &[u8],
    mut at: usize,
    nodes: &mut Vec<Node>,
) -> Option<usize> {
    for nth in 0..number {
        let nth = Some(nth.into());
        let word = *bytes.get(at..)?.first_chunk()?;
        let begin = at + word.len();
        let size = i32::from_be_bytes(word);
        if size == -1 {
            nodes.extend([whole(of, at, begin, nth, 2), whole(length, at, begin, None, 3)]);
            at = begin;
            continue;
        }
        let end = begin + usize::try_from(size).ok()?;
        if end > bytes.len() {
            return None;
        }
        nodes.extend([
            whole(of, at, end, nth, 2),
            whole(length, at, begin, None, 3),
            whole(value, begin, end, None, 3),
        ]);
        at = end;
    }
    Some(at)
}

/// Groups of numbers, codes and texts.
fn groups(
    number: u16,
    of: &'static Field,
    fields: &'static [Field],
    bytes: &[u8],
    mut at: usize,
    nodes: &mut Vec<Node>,
) -> Option<usize> {
    for nth in 0..number {
        let (start, node) = (at, nodes.len());
        nodes.push(whole(of, start, start, Some(nth.into()), 2));
        at = fields.iter().try_fold(at, |at, field| leaf(field, None, 3, bytes, at, nodes))?;
        nodes.get_mut(node)?.end = at as u32;
    }
    Some(at)
}

/// A count that can be right: no entry has no bytes.
#[inline(always)]
fn number_at(bytes: &[u8], at: usize) -> Option<u16> {
    let (number, behind) = bytes.get(at..)?.split_first_chunk()?;
    let number = u16::from_be_bytes(*number);
    (usize::from(number) <= behind.len()).then_some(number)
}

/// The value, its length and its bytes, if that is what is counted, and the bytes are one leaf.
#[inline(always)]
fn counted_values(count: &'static Field, of: &'static Field) -> Option<[&'static Field; 3]> {
    match (&count.kind, &of.kind) {
        (Kind::Int(Width::Two, _), Kind::Sized { length, value, nullable: true })
            if !matches!(value.kind, Kind::Rest(Inside::Sasl)) =>
        {
            Some([of, length, value])
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::messages::ALL;

    /// The most nodes that the straight way gives an entry of a list.
    fn entry(of: &Field) -> usize {
        match &of.kind {
            Kind::Sized { .. } => 3,
            Kind::Group(fields) => 1 + fields.len(),
            _ => 1,
        }
    }

    #[test]
    fn no_message_has_more_nodes_than_a_tree_may_have() {
        let of_list = |field: &Field| match &field.kind {
            Kind::Counted { of, .. } => 2 + usize::from(u16::MAX) * entry(of),
            _ => 1,
        };
        for message in ALL {
            let most = 1 + message.fields.iter().map(of_list).sum::<usize>();
            assert!(most < super::super::MOST_NODES, "{}: {most}", message.name());
        }
    }
}
