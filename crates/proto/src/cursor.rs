//! The one reader through which all input passes: it cannot leave its bytes, and it cannot panic.

use crate::Span;

/// A place in a message, and where the message ends.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cursor<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Cursor<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0 }
    }

    pub(crate) fn at(&self) -> usize {
        self.at
    }

    /// All bytes, those that were taken too.
    pub(crate) fn all(&self) -> &'a [u8] {
        self.bytes
    }

    pub(crate) fn end(&self) -> usize {
        self.bytes.len()
    }

    pub(crate) fn left(&self) -> usize {
        self.bytes.len() - self.at
    }

    pub(crate) fn is_at_end(&self) -> bool {
        self.left() == 0
    }

    /// All bytes that are left, without taking them.
    pub(crate) fn rest(&self) -> &'a [u8] {
        self.bytes.get(self.at..).unwrap_or_default()
    }

    /// The next byte, without taking it.
    pub(crate) fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    /// The next `count` bytes, or none of them.
    #[inline]
    pub(crate) fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let end = self.at.checked_add(count)?;
        let taken = self.bytes.get(self.at..end)?;
        self.at = end;
        Some(taken)
    }

    /// Text up to a zero byte, and past it; the text without the zero.
    #[inline]
    pub(crate) fn text(&mut self) -> Option<&'a [u8]> {
        let length = memchr::memchr(0, self.rest())?;
        let text = self.take(length);
        self.at += 1;
        text
    }

    #[inline]
    pub(crate) fn u32(&mut self) -> Option<u32> {
        let bytes = self.take(4)?;
        Some(u32::from_be_bytes(bytes.try_into().ok()?))
    }

    /// A cursor over the next `count` bytes alone, at the same offsets.
    pub(crate) fn limited(&self, count: usize) -> Cursor<'a> {
        let end = self.at.saturating_add(count).min(self.bytes.len());
        Cursor { bytes: self.bytes.get(..end).unwrap_or_default(), at: self.at }
    }

    pub(crate) fn span_from(&self, start: usize) -> Span {
        Span::new(start, self.at)
    }
}

/// The big-endian integer that `bytes` hold, without a sign. More than eight bytes give the last eight.
#[inline]
pub(crate) fn unsigned(bytes: &[u8]) -> u64 {
    match *bytes {
        [a] => u64::from(a),
        [a, b] => u64::from(u16::from_be_bytes([a, b])),
        [a, b, c, d] => u64::from(u32::from_be_bytes([a, b, c, d])),
        _ => bytes.iter().fold(0, |number, byte| (number << 8) | u64::from(*byte)),
    }
}

/// The big-endian integer that `bytes` hold, with a sign.
#[inline]
pub(crate) fn signed(bytes: &[u8]) -> i64 {
    match *bytes {
        [a] => i64::from(a as i8),
        [a, b] => i64::from(i16::from_be_bytes([a, b])),
        [a, b, c, d] => i64::from(i32::from_be_bytes([a, b, c, d])),
        _ => unsigned(bytes) as i64,
    }
}
