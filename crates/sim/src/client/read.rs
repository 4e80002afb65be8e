//! Reads a server's messages as libpq does, and prints its reports.

use crate::report::Report;

/// A message's body, and how far it was read. libpq looks for the end of a text in all that it has received, not only in the
/// message: `beyond` is what lies behind it.
pub(super) struct Reader<'a> {
    body: &'a [u8],
    beyond: &'a [u8],
    at: usize,
}

impl<'a> Reader<'a> {
    pub(super) fn of(message: &'a [u8]) -> Self {
        Self::with(message, &[])
    }

    pub(super) fn with(message: &'a [u8], beyond: &'a [u8]) -> Self {
        Self { body: message.get(5..).unwrap_or_default(), beyond, at: 0 }
    }

    fn byte_at(&self, at: usize) -> Option<u8> {
        self.body.get(at).or_else(|| self.beyond.get(at.checked_sub(self.body.len())?)).copied()
    }

    pub(super) fn bytes(&mut self, count: usize) -> Option<Vec<u8>> {
        if count > (self.body.len() + self.beyond.len()).checked_sub(self.at)? {
            return None;
        }
        let bytes = (self.at..self.at + count).filter_map(|at| self.byte_at(at)).collect();
        self.at += count;
        Some(bytes)
    }

    pub(super) fn byte(&mut self) -> Option<u8> {
        self.bytes(1)?.first().copied()
    }

    pub(super) fn u16(&mut self) -> Option<u16> {
        Some(self.bytes(2)?.iter().fold(0, |number, byte| (number << 8) | u16::from(*byte)))
    }

    pub(super) fn u32(&mut self) -> Option<u32> {
        Some(self.bytes(4)?.iter().fold(0, |number, byte| (number << 8) | u32::from(*byte)))
    }

    pub(super) fn text(&mut self) -> Option<String> {
        let mut text = Vec::new();
        let mut at = self.at;
        loop {
            match self.byte_at(at)? {
                0 => break,
                byte => text.push(byte),
            }
            at += 1;
        }
        self.at = at + 1;
        Some(String::from_utf8_lossy(&text).into_owned())
    }

    pub(super) fn rest(&self) -> &'a [u8] {
        self.body.get(self.at..).unwrap_or_default()
    }

    pub(super) fn skip_rest(&mut self) {
        self.at = self.body.len();
    }

    /// Whether exactly the message was read.
    pub(super) fn agrees(&self) -> bool {
        self.at == self.body.len()
    }
}

/// The fields of an ErrorResponse or NoticeResponse, if it has their form.
pub(super) fn report(message: &[u8]) -> Option<Report> {
    let mut reader = Reader::of(message);
    let mut report = Report::default();
    loop {
        let letter = reader.byte()?;
        if letter == 0 {
            return Some(report);
        }
        let text = reader.text()?;
        match letter {
            b'S' => report.severity = text,
            b'C' => report.code = text,
            b'M' => report.message = text,
            b'D' => report.detail = Some(text),
            b'H' => report.hint = Some(text),
            b'W' => report.context = Some(text),
            b'P' => report.position = text.parse().ok(),
            _ => {}
        }
    }
}

/// A report as libpq prints it with its usual verbosity.
pub(super) fn printed(report: &Report) -> String {
    let mut text = format!("{}:  {}", report.severity, report.message);
    for (name, part) in [("DETAIL", &report.detail), ("HINT", &report.hint), ("CONTEXT", &report.context)] {
        if let Some(part) = part {
            text.push_str(&format!("\n{name}:  {part}"));
        }
    }
    text
}
