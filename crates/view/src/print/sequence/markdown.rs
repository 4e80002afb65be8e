//! As a narration in Markdown: who says what, in order, phase by phase.

use std::fmt::Write;

use super::{named, time};
use crate::sequence::{Row, Sequence};

/// The exchange as numbered sentences.
pub fn markdown(sequence: &Sequence) -> String {
    let mut out = String::new();
    let mut phase = "";
    for (at, row) in sequence.rows.iter().enumerate() {
        if row.phase != phase {
            let gap = if phase.is_empty() { "" } else { "\n" };
            phase = row.phase;
            let _ = writeln!(out, "{gap}### {phase}\n");
        }
        let line = line(sequence, row);
        let line = if sequence.lit == Some(at) { format!("**→** {line}") } else { line };
        let _ = writeln!(out, "{}. {line}", row.number);
        for finding in &row.findings {
            let _ = writeln!(out, "   - **{} {}**: {}", finding.severity, finding.rule, escaped(&finding.message));
        }
    }
    if sequence.left_out > 0 {
        let _ = writeln!(out, "\n{}", left_out(sequence.left_out));
    }
    let _ = writeln!(out, "\n{}.", escaped(&capital(&sequence.ending)));
    out
}

/// How many messages are not shown, in a sentence.
pub(super) fn left_out(count: usize) -> String {
    if count == 1 { "1 message is left out.".to_owned() } else { format!("{count} messages are left out.") }
}

fn line(sequence: &Sequence, row: &Row) -> String {
    let end = |at: usize| sequence.lifelines.get(at).map_or("", |lifeline| lifeline.name.as_str());
    let says = if row.says_all.is_empty() { String::new() } else { format!(": {}", code(&row.says_all)) };
    let at = row.at_us.map(|at| format!(", {}", time(at))).unwrap_or_default();
    let bytes = if row.bytes == 1 { "1 byte".to_owned() } else { format!("{} bytes", row.bytes) };
    format!("{} → {} **{}**{says} ({bytes}{at})", end(row.from), end(row.to), escaped(&named(row)))
}

pub(super) fn capital(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().map(|first| first.to_ascii_uppercase());
    first.into_iter().chain(letters).collect()
}

/// A text as code, whatever backticks are in it.
fn code(text: &str) -> String {
    let runs = text.split(|letter| letter != '`').map(str::len).max().unwrap_or_default();
    let fence = "`".repeat(runs + 1);
    let pad = if text.starts_with('`') || text.ends_with('`') { " " } else { "" };
    format!("{fence}{pad}{text}{pad}{fence}")
}

/// A text that is no markup.
fn escaped(text: &str) -> String {
    let mut out = String::new();
    for letter in text.chars() {
        if "\\`*_{}[]<>#|&".contains(letter) {
            out.push('\\');
        }
        out.push(letter);
    }
    out
}
