//! What an end has said and not sent yet.

use pgscope_proto::Message;
use pgscope_proto::encode::{Value, encode};

/// How many bytes a server collects before it sends some of them unasked.
const SERVER_BUFFER: usize = 8192;

/// Bytes on their way out, and how many there ever were.
#[derive(Clone, Debug, Default)]
pub(crate) struct Outbox {
    bytes: Vec<u8>,
    said: usize,
}

impl Outbox {
    /// Appends a message. Values come from this crate and fit; a text with a zero byte inside is the one that does not,
    /// and is left out.
    pub(crate) fn message(&mut self, message: &'static Message, values: &[Value]) {
        let before = self.bytes.len();
        let written = encode(message, values, &mut self.bytes);
        debug_assert!(written.is_ok(), "{}: {written:?}", message.name());
        self.said += self.bytes.len() - before;
    }

    pub(crate) fn raw(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
        self.said += bytes.len();
    }

    /// How many bytes were said since the connection began, sent or not.
    pub(crate) fn said_so_far(&self) -> usize {
        self.said
    }

    pub(crate) fn flush(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.bytes)
    }

    /// What a full buffer sends unasked.
    pub(crate) fn overflow(&mut self) -> Vec<u8> {
        let full = self.bytes.len() / SERVER_BUFFER * SERVER_BUFFER;
        self.bytes.drain(..full).collect()
    }
}
