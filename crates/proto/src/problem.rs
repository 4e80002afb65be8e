//! What is wrong, where, what was expected, and how to mend it.
//!
//! A problem is a sentence for the person whose bytes do not work, with the places it speaks of. Rules have the ids of the
//! catalogue of findings (`L01` …); `D` rules are mistakes that only a decoder meets.

use crate::Span;
use crate::schema::Section;

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Worth knowing.
    Note,
    /// Legal but harmful, or suspicious.
    Warning,
    /// The other end will fail.
    Error,
}

impl Severity {
    /// The word for it.
    pub const fn name(self) -> &'static str {
        match self {
            Severity::Note => "note",
            Severity::Warning => "warning",
            Severity::Error => "error",
        }
    }
}

/// How to mend a message: changes that belong together, made as one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fix {
    /// What to do, in one sentence.
    pub words: String,
    /// The changes, in the order of the bytes. They do not overlap.
    pub edits: Vec<Edit>,
}

/// Bytes to write instead of those in a span.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edit {
    /// What is replaced; empty to insert.
    pub span: Span,
    /// What takes its place.
    pub bytes: Vec<u8>,
}

impl Edit {
    /// Writes `bytes` in place of those in `span`.
    pub fn new(span: Span, bytes: impl Into<Vec<u8>>) -> Self {
        Self { span, bytes: bytes.into() }
    }

    /// What `bytes` are with all these changes made.
    pub fn all_made(edits: &[Edit], bytes: &[u8]) -> Vec<u8> {
        let mut made = Vec::with_capacity(bytes.len());
        let mut at = 0;
        for edit in edits {
            made.extend_from_slice(Span::new(at, edit.span.start.max(at)).of(bytes));
            made.extend_from_slice(&edit.bytes);
            at = edit.span.end.max(at);
        }
        made.extend_from_slice(bytes.get(at..).unwrap_or_default());
        made
    }
}

/// A mistake in the bytes. Spans count from the start of the message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The stable id of the rule.
    pub rule: &'static str,
    /// How bad it is.
    pub severity: Severity,
    /// Which bytes are wrong.
    pub span: Span,
    /// What is wrong, in one sentence.
    pub message: String,
    /// What was expected there.
    pub expected: String,
    /// The field that gave the length or count which does not fit.
    pub supplied_by: Option<Span>,
    /// How to mend it, where that can be computed.
    pub fix: Option<Fix>,
    /// Where the manual says how it should be.
    pub section: Option<Section>,
    /// The other messages that make it so.
    pub because: Vec<Because>,
}

/// A message of the same exchange that a problem follows from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Because {
    /// Its number in the exchange, from 0.
    pub number: usize,
    /// What it has to do with it: `Bind of this portal`.
    pub words: String,
}

impl Problem {
    /// An error at `span`.
    pub fn error(rule: &'static str, span: Span, message: impl Into<String>, expected: impl Into<String>) -> Self {
        Self {
            rule,
            severity: Severity::Error,
            span,
            message: message.into(),
            expected: expected.into(),
            supplied_by: None,
            fix: None,
            section: None,
            because: Vec::new(),
        }
    }

    /// The same as a warning.
    pub fn warning(self) -> Self {
        Self { severity: Severity::Warning, ..self }
    }

    /// The same as a note.
    pub fn note(self) -> Self {
        Self { severity: Severity::Note, ..self }
    }

    /// The same, with a message that makes it so.
    pub fn because(mut self, number: usize, words: impl Into<String>) -> Self {
        self.because.push(Because { number, words: words.into() });
        self
    }

    /// The same, with the field that gave the length.
    pub fn supplied_by(self, span: Option<Span>) -> Self {
        Self { supplied_by: span, ..self }
    }

    /// The same, with its mend: one change.
    pub fn fix(self, words: impl Into<String>, span: Span, bytes: impl Into<Vec<u8>>) -> Self {
        Self { fix: Some(Fix { words: words.into(), edits: vec![Edit::new(span, bytes)] }), ..self }
    }

    /// The same problem in a stream in which the message begins at `by`.
    pub fn shifted(mut self, by: usize) -> Self {
        self.span = self.span.shifted(by);
        self.supplied_by = self.supplied_by.map(|span| span.shifted(by));
        if let Some(fix) = &mut self.fix {
            fix.edits.iter_mut().for_each(|edit| edit.span = edit.span.shifted(by));
        }
        self
    }
}

/// `1 byte`, `2 bytes`.
pub(crate) fn bytes(count: usize) -> String {
    if count == 1 { "1 byte".to_owned() } else { format!("{count} bytes") }
}
