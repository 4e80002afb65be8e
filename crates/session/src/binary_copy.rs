//! The binary COPY format as a stream in a stream: where its header, rows and trailer begin.
//!
//! The borders of CopyData messages mean nothing to it, so it is followed byte by byte across them, and remembers only
//! where each structure begins. It holds no data.

use pgscope_proto::messages::copy;
use pgscope_proto::{Message, Problem, Span};

/// A structure of the stream.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Item {
    /// Where it begins in the COPY data.
    pub(crate) start: usize,
    /// What it is.
    pub(crate) message: &'static Message,
}

const SIGNATURE: &[u8] = b"PGCOPY\n\xff\r\n\0";

/// What is read next.
#[derive(Clone, Copy, Debug)]
enum Wants {
    Signature,
    Flags,
    ExtensionLength,
    Count,
    FieldLength { fields: u16 },
    Skip { bytes: usize, fields: u16 },
    Nothing,
}

/// Follows the COPY data of one direction.
#[derive(Clone, Debug)]
pub(crate) struct BinaryCopy {
    wants: Wants,
    /// How many columns the server has announced, if that is known.
    columns: Option<u16>,
    /// Bytes of a number or signature that is not complete yet.
    held: Vec<u8>,
    /// How much of the stream was read.
    at: usize,
    pub(crate) items: Vec<Item>,
    /// What made it stop, with its place in the COPY data.
    pub(crate) problem: Option<Problem>,
}

impl BinaryCopy {
    /// `columns` are those of the server's response.
    pub(crate) fn new(columns: Option<u16>) -> Self {
        let header = Item { start: 0, message: &copy::COPY_BINARY_HEADER };
        Self { wants: Wants::Signature, columns, held: Vec::new(), at: 0, items: vec![header], problem: None }
    }

    /// How long the stream is so far.
    pub(crate) fn len(&self) -> usize {
        self.at
    }

    /// Something is missing: where the next row begins is not known any more.
    pub(crate) fn lose(&mut self) {
        self.wants = Wants::Nothing;
        self.held.clear();
    }

    /// Whether the trailer was seen.
    pub(crate) fn is_complete(&self) -> bool {
        self.items.last().is_some_and(|item| *item.message == copy::COPY_BINARY_TRAILER)
    }

    /// Whether it stands inside a structure.
    pub(crate) fn is_cut(&self) -> bool {
        !(matches!(self.wants, Wants::Count | Wants::Nothing) && self.held.is_empty())
    }

    pub(crate) fn push(&mut self, mut bytes: &[u8]) {
        while !bytes.is_empty() {
            let wanted = self.wanted();
            let taken = bytes.len().min(wanted);
            let (part, rest) = bytes.split_at_checked(taken).unwrap_or((bytes, &[]));
            self.take(part, wanted);
            bytes = rest;
        }
    }

    fn wanted(&self) -> usize {
        let whole = match self.wants {
            Wants::Signature => SIGNATURE.len(),
            Wants::Flags | Wants::ExtensionLength | Wants::FieldLength { .. } => 4,
            Wants::Count => 2,
            Wants::Skip { bytes, .. } => return bytes,
            Wants::Nothing => return usize::MAX,
        };
        whole - self.held.len()
    }

    fn take(&mut self, part: &[u8], wanted: usize) {
        let at = self.at;
        self.at += part.len();
        match self.wants {
            Wants::Nothing => {}
            Wants::Skip { bytes, fields } => self.wants = after_skip(bytes - part.len(), fields),
            _ => {
                self.held.extend_from_slice(part);
                if part.len() == wanted {
                    let held = std::mem::take(&mut self.held);
                    self.number(&held, at + part.len() - held.len());
                }
            }
        }
        if matches!(self.wants, Wants::Count) && self.held.is_empty() && self.at > at {
            self.row_begins();
        }
    }

    /// The start of a row is known as soon as what is before it was read.
    fn row_begins(&mut self) {
        if self.items.last().is_none_or(|item| item.start < self.at) {
            self.items.push(Item { start: self.at, message: &copy::COPY_BINARY_TUPLE });
        }
    }

    fn number(&mut self, held: &[u8], at: usize) {
        let number = held.iter().fold(0u32, |number, byte| (number << 8) | u32::from(*byte));
        self.wants = match self.wants {
            Wants::Signature if held == SIGNATURE => Wants::Flags,
            Wants::Signature => {
                let message =
                    "this is not the signature of a binary COPY: the server says “COPY file signature not recognized”";
                self.stop(at, held.len(), message, "PGCOPY\\n\\xff\\r\\n\\0")
            }
            Wants::Flags => Wants::ExtensionLength,
            Wants::ExtensionLength => after_skip(number as usize, 0),
            Wants::Count if number == 0xffff => self.trailer(at),
            Wants::Count if self.columns.is_some_and(|columns| u32::from(columns) != number) => {
                let columns = self.columns.unwrap_or_default();
                let message = format!(
                    "the row has {number} fields, and the COPY has {columns} columns: the server says “row field count is {number}, expected {columns}”"
                );
                self.stop(at, 2, &message, &columns.to_string())
            }
            Wants::Count => fields_left(number as u16),
            Wants::FieldLength { fields } if number == u32::MAX => fields_left(fields - 1),
            Wants::FieldLength { fields } if number <= i32::MAX as u32 => after_skip(number as usize, fields - 1),
            Wants::FieldLength { .. } => {
                self.stop(at, 4, &format!("{} is no length of the field", number as i32), "0 or more, or -1 for NULL")
            }
            wants @ (Wants::Skip { .. } | Wants::Nothing) => wants,
        };
    }

    fn trailer(&mut self, at: usize) -> Wants {
        if let Some(row) = self.items.last_mut().filter(|row| row.start == at) {
            row.message = &copy::COPY_BINARY_TRAILER;
        }
        Wants::Nothing
    }

    fn stop(&mut self, at: usize, length: usize, message: &str, expected: &str) -> Wants {
        self.problem = Some(Problem::error("L38", Span::new(at, at + length), message, expected));
        Wants::Nothing
    }
}

fn after_skip(bytes: usize, fields: u16) -> Wants {
    if bytes > 0 { Wants::Skip { bytes, fields } } else { fields_left(fields) }
}

fn fields_left(fields: u16) -> Wants {
    if fields > 0 { Wants::FieldLength { fields } } else { Wants::Count }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stream() -> Vec<u8> {
        let mut bytes = [SIGNATURE, &[0; 8]].concat();
        bytes.extend_from_slice(&[0, 2, 0, 0, 0, 1, 7, 0xff, 0xff, 0xff, 0xff]);
        bytes.extend_from_slice(&[0, 0]);
        bytes.extend_from_slice(&[0, 1, 0, 0, 0, 0]);
        bytes.extend_from_slice(&[0xff, 0xff]);
        bytes
    }

    #[test]
    fn rows_begin_at_the_same_places_however_the_stream_is_cut() {
        for chunk in 1..stream().len() + 1 {
            let mut copy = BinaryCopy::new(None);
            stream().chunks(chunk).for_each(|part| copy.push(part));
            let starts: Vec<_> = copy.items.iter().map(|item| (item.start, item.message.field.id)).collect();
            assert_eq!(
                starts,
                [(0, "header"), (19, "tuple"), (30, "tuple"), (32, "tuple"), (38, "trailer")],
                "{chunk}"
            );
            assert!(copy.is_complete() && copy.problem.is_none());
        }
    }

    #[test]
    fn a_bad_signature_or_length_stops_it() {
        let mut copy = BinaryCopy::new(None);
        copy.push(b"1\tone\n2\ttwo\n3\tthree\n");
        assert_eq!(copy.problem.map(|problem| problem.rule), Some("L38"));
        let mut copy = BinaryCopy::new(None);
        copy.push(&[&stream()[..19], &[0, 1, 0xff, 0xff, 0xff, 0xfe]].concat());
        assert_eq!(copy.problem.map(|problem| problem.span), Some(Span::new(21, 25)));
    }
}
