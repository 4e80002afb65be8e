//! What a password says of a login, as plain data: each step of the computation, and what comes out of it.

use pgscope_session::authentication::{self, Checked, Step};

use crate::Indexed;
use crate::engine::{Proof, ProofStep};

impl Indexed {
    /// Computes all logins anew with this password, which is not kept.
    pub fn check_password(&self, password: &[u8]) -> Vec<Checked> {
        authentication::check(&self.exchange, &self.index, password)
    }
}

/// A login as a screen shows it.
pub(crate) fn proof(checked: &Checked) -> Proof {
    Proof {
        mechanism: checked.mechanism.into(),
        messages: checked.messages.clone(),
        steps: checked.steps.iter().map(step).collect(),
        conclusion: checked.conclusion.clone(),
    }
}

fn step(step: &Step) -> ProofStep {
    ProofStep {
        name: step.name.into(),
        formula: step.formula.clone(),
        note: step.note.clone(),
        value: shown(&step.bytes),
        sent: step.sent.as_deref().map(shown).unwrap_or_default(),
        place: step.place.map(|place| (place.number, place.span.start, place.span.end)),
        verdict: step.verdict.as_ref().map_or("", |verdict| verdict.name()).into(),
        why: step.verdict.as_ref().map_or("", |verdict| verdict.why()).to_owned(),
    }
}

/// Text as text, in quotation marks, and other bytes as hex.
fn shown(bytes: &[u8]) -> String {
    match text(bytes) {
        Some(text) => format!("\"{text}\""),
        None => hex(bytes),
    }
}

/// Bytes that are plain text.
pub(crate) fn text(bytes: &[u8]) -> Option<&str> {
    let is_text = !bytes.is_empty() && bytes.iter().all(|byte| byte.is_ascii_graphic() || *byte == b' ');
    std::str::from_utf8(bytes).ok().filter(|_| is_text)
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
