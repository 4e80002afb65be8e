//! What a password says of a login, as text below the last message of the dialogue.

use std::fmt::Write;

use pgscope_session::authentication::{Checked, Verdict};

use super::{Colour, Ink};
use crate::engine::ProofStep;
use crate::proof::proof;

/// The steps of the computation, and what comes out of them.
pub fn proof_of(checked: &Checked, colour: Colour) -> String {
    let proof = proof(checked);
    let mut out = String::new();
    let _ = writeln!(out, "        {} {}", colour.paint(Ink::Bold, "checked"), proof.mechanism);
    proof.steps.iter().for_each(|step| one(step, colour, &mut out));
    let _ = writeln!(out, "        {}", proof.conclusion);
    out
}

fn one(step: &ProofStep, colour: Colour, out: &mut String) {
    let formula = colour.paint(Ink::Faint, &format!("= {}", step.formula));
    let _ = writeln!(out, "          {} {formula}", step.name);
    if !step.value.is_empty() {
        let _ = writeln!(out, "            {}", step.value);
    }
    if !step.note.is_empty() {
        let _ = writeln!(out, "            {}", step.note);
    }
    let place = step.place.map(|(number, start, end)| format!("message {}, bytes {start}..{end}", number + 1));
    let place = place.unwrap_or_default();
    if step.verdict.is_empty() {
        if !place.is_empty() {
            let _ = writeln!(out, "            {}", colour.paint(Ink::Faint, &place));
        }
        return;
    }
    let is_wrong = step.verdict == Verdict::Wrong.name();
    let verdict = colour.paint(if is_wrong { Ink::Bad } else { Ink::Bold }, &step.verdict);
    let more = [&step.why, &place].map(String::as_str).into_iter().filter(|words| !words.is_empty());
    let _ = writeln!(out, "            {verdict}: {}", more.collect::<Vec<_>>().join("; "));
    if is_wrong && !step.sent.is_empty() {
        let _ = writeln!(out, "            sent: {}", step.sent);
    }
}
