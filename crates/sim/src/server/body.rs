//! Reads the body of a message as PostgreSQL's `pqformat.c` does, with its complaints.

use crate::report::Report;
use crate::types::utf8;

/// The body of a message, and how far it was read.
pub(crate) struct Body<'a> {
    rest: &'a [u8],
}

impl<'a> Body<'a> {
    /// The body of a whole tagged message.
    pub(crate) fn of(message: &'a [u8]) -> Self {
        Self { rest: message.get(5..).unwrap_or_default() }
    }

    pub(crate) fn bytes(&mut self, count: usize) -> Result<&'a [u8], Report> {
        let taken = self.rest.get(..count).ok_or_else(|| protocol("insufficient data left in message"))?;
        self.rest = self.rest.get(count..).unwrap_or_default();
        Ok(taken)
    }

    pub(crate) fn byte(&mut self) -> Result<u8, Report> {
        let byte = self.rest.first().copied().ok_or_else(|| protocol("no data left in message"))?;
        self.bytes(1)?;
        Ok(byte)
    }

    pub(crate) fn u16(&mut self) -> Result<usize, Report> {
        Ok(self.bytes(2)?.iter().fold(0, |number, byte| (number << 8) | usize::from(*byte)))
    }

    pub(crate) fn u32(&mut self) -> Result<u32, Report> {
        Ok(self.bytes(4)?.iter().fold(0, |number, byte| (number << 8) | u32::from(*byte)))
    }

    /// Text up to its zero byte, which must be valid in the client's encoding.
    pub(crate) fn text(&mut self) -> Result<String, Report> {
        utf8(self.raw_text()?)
    }

    pub(crate) fn raw_text(&mut self) -> Result<&'a [u8], Report> {
        let zero = self.rest.iter().position(|byte| *byte == 0);
        let text = self.bytes(zero.ok_or_else(|| protocol("invalid string in message"))?)?;
        self.bytes(1)?;
        Ok(text)
    }

    /// A length and so many bytes; -1 is NULL.
    pub(crate) fn value(&mut self) -> Result<Option<&'a [u8]>, Report> {
        self.value_or(|_| protocol("insufficient data left in message"))
    }

    /// The same, with another complaint about a length below -1.
    pub(crate) fn value_or(&mut self, complaint: impl FnOnce(i32) -> Report) -> Result<Option<&'a [u8]>, Report> {
        match self.u32()? as i32 {
            -1 => Ok(None),
            length => match usize::try_from(length) {
                Ok(count) => self.bytes(count).map(Some),
                Err(_) => Err(complaint(length)),
            },
        }
    }

    pub(crate) fn formats(&mut self) -> Result<Vec<usize>, Report> {
        (0..self.u16()?).map(|_| self.u16()).collect()
    }

    /// Nothing may be left.
    pub(crate) fn end(&self) -> Result<(), Report> {
        if self.rest.is_empty() { Ok(()) } else { Err(protocol("invalid message format")) }
    }
}

pub(crate) fn protocol(message: impl Into<String>) -> Report {
    Report::error("08P01", message)
}

/// The format of the value with this number: no code means text, one code holds for all.
pub(crate) fn format_of(formats: &[usize], number: usize) -> usize {
    match formats {
        [] => 0,
        [all] => *all,
        _ => formats.get(number).copied().unwrap_or_default(),
    }
}
