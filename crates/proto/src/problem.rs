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

/// Bytes to write instead of those in a span.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fix {
    /// What to do, in one sentence.
    pub words: String,
    /// What is replaced; empty to insert.
    pub span: Span,
    /// What takes its place.
    pub bytes: Vec<u8>,
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
        }
    }

    /// The same as a warning.
    pub fn warning(self) -> Self {
        Self { severity: Severity::Warning, ..self }
    }

    /// The same, with the field that gave the length.
    pub fn supplied_by(self, span: Option<Span>) -> Self {
        Self { supplied_by: span, ..self }
    }

    /// The same, with its mend.
    pub fn fix(self, words: impl Into<String>, span: Span, bytes: impl Into<Vec<u8>>) -> Self {
        Self { fix: Some(Fix { words: words.into(), span, bytes: bytes.into() }), ..self }
    }

    /// The same problem in a stream in which the message begins at `by`.
    pub fn shifted(mut self, by: usize) -> Self {
        self.span = self.span.shifted(by);
        self.supplied_by = self.supplied_by.map(|span| span.shifted(by));
        if let Some(fix) = &mut self.fix {
            fix.span = fix.span.shifted(by);
        }
        self
    }
}

/// `1 byte`, `2 bytes`.
pub(crate) fn bytes(count: usize) -> String {
    if count == 1 { "1 byte".to_owned() } else { format!("{count} bytes") }
}
