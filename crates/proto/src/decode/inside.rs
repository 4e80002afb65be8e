//! Bytes that have a structure of their own: SASL data, COPY data, and messages inside these.

use super::*;

impl Walk<'_, '_> {
    pub(super) fn rest(&mut self, field: &'static Field, ordinal: Option<u32>, depth: u8, inside: Inside) -> Step {
        self.open_ended = true;
        match inside {
            Inside::Sasl => self.sasl(field, ordinal, depth),
            Inside::CopyData => self.copy_data(field, ordinal, depth),
            Inside::Wal if self.context.copy == CopyContent::Logical => {
                self.inner(field, ordinal, depth, Carrier::LogicalReplication);
            }
            Inside::Wal if self.context.copy == CopyContent::OtherPlugin => {
                let output = messages::replication::plugin_output(self.cursor.rest()).unwrap_or(field);
                self.leaf(output, ordinal, depth, self.cursor.left(), Reading::Whole);
            }
            _ => self.leaf(field, ordinal, depth, self.cursor.left(), Reading::Whole),
        }
        Ok(())
    }

    pub(super) fn sasl(&mut self, field: &'static Field, ordinal: Option<u32>, depth: u8) {
        let node = self.open(field, ordinal, depth);
        let start = self.cursor.at();
        for part in sasl_text::parts(self.cursor.rest()) {
            let span = part.span.shifted(start);
            let (start, end) = (span.start as u32, span.end as u32);
            let depth = depth + 1 + part.depth;
            self.tree.nodes.push(Node { field: part.field, start, end, ordinal: None, depth, reading: Reading::Whole });
        }
        self.cursor.take(self.cursor.left());
        self.close(node);
    }

    fn copy_data(&mut self, field: &'static Field, ordinal: Option<u32>, depth: u8) {
        match self.context.copy {
            CopyContent::Physical | CopyContent::Logical | CopyContent::OtherPlugin => {
                self.inner(field, ordinal, depth, Carrier::Replication);
            }
            CopyContent::BaseBackup => self.inner(field, ordinal, depth, Carrier::BaseBackup),
            CopyContent::Text => self.lines(field, ordinal, depth),
            CopyContent::Unknown | CopyContent::Binary => {
                self.leaf(field, ordinal, depth, self.cursor.left(), Reading::Whole);
            }
        }
    }

    /// A message inside the bytes that are left.
    fn inner(&mut self, field: &'static Field, ordinal: Option<u32>, depth: u8, carrier: Carrier) {
        let node = self.open(field, ordinal, depth);
        if let Some(tag) = self.cursor.peek() {
            let known = messages::inner(carrier, self.context.direction, tag);
            if known.is_none() {
                let at = self.cursor.at();
                self.problem("D01", Span::new(at, at + 1), &|| {
                    (
                        format!("no message inside CopyData has the type {}", shown(i64::from(tag))),
                        "a known type".to_owned(),
                    )
                });
            }
            self.message(known.unwrap_or(&unknown::UNKNOWN_INNER), depth + 1);
        }
        self.close(node);
    }

    /// The lines of a COPY in text or CSV.
    fn lines(&mut self, field: &'static Field, ordinal: Option<u32>, depth: u8) {
        let Some(line) = messages::copy::COPY_TEXT_LINE.fields.first() else { return };
        let node = self.open(field, ordinal, depth);
        let mut number = 0;
        while !self.cursor.is_at_end() {
            let length = memchr::memchr(b'\n', self.cursor.rest()).map_or(self.cursor.left(), |at| at + 1);
            if self.is_full(depth + 1).is_err() {
                break;
            }
            self.leaf(line, Some(number), depth + 1, length, Reading::Whole);
            number += 1;
        }
        self.close(node);
    }
}
