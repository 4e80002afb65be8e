//! The lists of a message, read entry by entry in the way in which they may have been meant.

use pgscope_proto::schema::{Field, Kind};
use pgscope_proto::{Edit, Span};

use super::Case;
use super::trial::insert;

/// How the entries of a list may have been written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Meant {
    AsItIs,
    /// With NULL as -1 in two bytes; `all` of them, or only those that cannot be one of four.
    ShortNulls {
        all: bool,
    },
    /// With lengths of two bytes.
    ShortLengths,
    /// With lengths that are so much too large.
    LongLengths {
        by: i32,
    },
    /// Without these of their fields.
    Without {
        from: usize,
        to: usize,
    },
    /// With so many bytes too much before one of their fields, or behind the last.
    With {
        before: usize,
        bytes: usize,
    },
}

/// A count and its entries.
#[derive(Clone, Copy, Debug)]
pub(super) struct List<'a> {
    bytes: &'a [u8],
    pub(super) count: &'static Field,
    pub(super) of: &'static Field,
    /// Where the count is.
    pub(super) word: Span,
    /// What it says.
    pub(super) number: usize,
    /// Whether nothing stands behind it.
    pub(super) is_last: bool,
}

impl<'a> List<'a> {
    /// Those of a message as far as it could be read.
    pub(super) fn all(case: Case<'a>) -> Vec<List<'a>> {
        let nodes = case.tree.nodes.iter().enumerate().filter(|(_, node)| node.depth == 1);
        let list = |(at, node): (usize, &pgscope_proto::Node)| {
            let Kind::Counted { count, of } = node.field.kind else { return None };
            let word = case.tree.nodes.get(at + 1).filter(|word| std::ptr::eq(word.field, count))?.span();
            let number = word.of(case.bytes).iter().fold(0usize, |number, byte| (number << 8) | usize::from(*byte));
            let is_last = case.message.fields.last().is_some_and(|last| std::ptr::eq(last, node.field));
            Some(List { bytes: case.bytes, count, of, word, number, is_last })
        };
        nodes.filter_map(list).collect()
    }

    /// The fields of an entry.
    pub(super) fn fields(&self) -> &'static [Field] {
        if let Kind::Group(fields) = self.of.kind { fields } else { std::slice::from_ref(self.of) }
    }

    /// Whether its entries are values that say their length.
    pub(super) fn is_of_values(&self) -> bool {
        matches!(self.of.kind, Kind::Sized { .. })
    }

    /// Where the entry at `at` ends, and what is to be changed in it so that it is as it should be.
    pub(super) fn entry(&self, mut at: usize, meant: Meant, edits: &mut Vec<Edit>) -> Option<usize> {
        for (nth, field) in self.fields().iter().enumerate() {
            at = self.extra(at, nth, meant, edits)?;
            at = match meant {
                Meant::Without { from, to } if (from..to).contains(&nth) => {
                    insert(edits, at, usual(field)?);
                    at
                }
                _ => self.field(field, at, meant, edits)?,
            };
        }
        self.extra(at, self.fields().len(), meant, edits)
    }

    /// Where some entries end that begin at `at`.
    pub(super) fn entries(&self, at: usize, number: usize, meant: Meant, edits: &mut Vec<Edit>) -> Option<usize> {
        (0..number).try_fold(at, |at, _| self.entry(at, meant, edits))
    }

    /// Whether what stands from there on may follow the list.
    pub(super) fn may_end(&self, at: usize) -> bool {
        !self.is_last || at == self.bytes.len()
    }

    fn extra(&self, at: usize, nth: usize, meant: Meant, edits: &mut Vec<Edit>) -> Option<usize> {
        match meant {
            Meant::With { before, bytes } if before == nth => {
                edits.push(Edit::new(Span::new(at, at + bytes), []));
                self.up_to(at + bytes)
            }
            _ => Some(at),
        }
    }

    fn up_to(&self, end: usize) -> Option<usize> {
        (end <= self.bytes.len()).then_some(end)
    }

    fn field(&self, field: &Field, at: usize, meant: Meant, edits: &mut Vec<Edit>) -> Option<usize> {
        match field.kind {
            Kind::Int(width, _) | Kind::Code(width, ..) => self.up_to(at + width.bytes()),
            Kind::Fixed(width, _) => self.up_to(at + width),
            Kind::Str => Some(at + self.bytes.get(at..)?.iter().position(|byte| *byte == 0)? + 1),
            Kind::Sized { nullable, .. } => self.sized(at, nullable, meant, edits),
            _ => None,
        }
    }

    fn sized(&self, at: usize, nullable: bool, meant: Meant, edits: &mut Vec<Edit>) -> Option<usize> {
        let short: [u8; 2] = self.bytes.get(at..at + 2)?.try_into().ok()?;
        let is_short = match meant {
            Meant::ShortLengths => true,
            Meant::ShortNulls { all } => short == NULL && (all || self.length(at) != Some(-1)),
            _ => false,
        };
        if is_short && short == NULL && nullable {
            insert(edits, at, &NULL);
            return Some(at + 2);
        }
        if is_short {
            insert(edits, at, &[0, 0]);
            return self.up_to(at + 2 + usize::try_from(i16::from_be_bytes(short)).ok()?);
        }
        let length = self.length(at)?;
        if let Meant::LongLengths { by } = meant
            && length != -1
        {
            let right = length.checked_sub(by)?;
            edits.push(Edit::new(Span::new(at, at + 4), right.to_be_bytes()));
            return self.up_to((at + 4).checked_add(usize::try_from(right).ok()?)?);
        }
        match length {
            -1 if nullable => Some(at + 4),
            length => self.up_to(at.checked_add(4)?.checked_add(usize::try_from(length).ok()?)?),
        }
    }

    /// How many bytes the message has behind a length at `at`.
    pub(super) fn left(&self, at: usize) -> usize {
        self.bytes.len().saturating_sub(at + 4)
    }

    /// The length that stands at `at`.
    pub(super) fn length(&self, at: usize) -> Option<i32> {
        Some(i32::from_be_bytes(self.bytes.get(at..at + 4)?.try_into().ok()?))
    }
}

/// Half of the length that says NULL.
const NULL: [u8; 2] = [0xff, 0xff];

/// What a field says when it has nothing to say, if there is such a value.
fn usual(field: &Field) -> Option<&'static [u8]> {
    match field.id {
        "modifier" => Some(&[0xff; 4]),
        "table" => Some(&[0; 4]),
        "attribute" | "format" => Some(&[0; 2]),
        _ => None,
    }
}
