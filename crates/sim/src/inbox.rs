//! What an end has received and not read yet.

use pgscope_proto::frame;

/// Received bytes, and how many of all that ever came were read.
#[derive(Clone, Debug, Default)]
pub(crate) struct Inbox {
    bytes: Vec<u8>,
    at: usize,
    read: usize,
    ended: bool,
}

/// The unread bytes of an inbox whose owner looks at them and changes meanwhile.
pub(crate) struct Lent {
    bytes: Vec<u8>,
    at: usize,
}

impl Lent {
    pub(crate) fn unread(&self) -> &[u8] {
        self.bytes.get(self.at..).unwrap_or_default()
    }
}

impl Inbox {
    pub(crate) fn push(&mut self, bytes: &[u8]) {
        if self.at > 0 {
            self.bytes.drain(..self.at);
            self.at = 0;
        }
        self.bytes.extend_from_slice(bytes);
    }

    /// The other end will send no more.
    pub(crate) fn end(&mut self) {
        self.ended = true;
    }

    pub(crate) fn is_ended(&self) -> bool {
        self.ended
    }

    /// The bytes that are there and not read.
    pub(crate) fn unread(&self) -> &[u8] {
        self.bytes.get(self.at..).unwrap_or_default()
    }

    pub(crate) fn take(&mut self, count: usize) -> Option<Vec<u8>> {
        let taken = self.unread().get(..count)?.to_vec();
        self.at += count;
        self.read += count;
        Some(taken)
    }

    /// Puts back what was taken last, of so many bytes.
    pub(crate) fn put_back(&mut self, count: usize) {
        self.at -= count;
        self.read -= count;
    }

    /// Lends out the bytes that are there and not read, until they are given back.
    pub(crate) fn lend(&mut self) -> Lent {
        Lent { bytes: std::mem::take(&mut self.bytes), at: self.at }
    }

    pub(crate) fn take_back(&mut self, lent: Lent) {
        self.bytes = lent.bytes;
    }

    /// Gives all that is there to the layer below: it is no message, and does not count as read.
    pub(crate) fn give_back(&mut self) -> Vec<u8> {
        self.bytes.split_off(self.at)
    }

    /// How many bytes of messages were read since the connection began.
    pub(crate) fn read_so_far(&self) -> usize {
        self.read
    }

    /// The type byte, if one is there.
    pub(crate) fn tag(&self) -> Option<u8> {
        self.unread().first().copied()
    }

    /// The length word behind the type byte.
    pub(crate) fn length(&self) -> Option<u32> {
        frame::length_word(self.unread())
    }
}
