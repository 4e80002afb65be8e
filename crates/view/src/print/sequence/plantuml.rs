//! As a sequence diagram of PlantUML.

use std::fmt::Write;

use super::named;
use crate::sequence::{Row, Sequence};

/// How many characters of what a message says stand at its arrow.
const MOST: i32 = 80;

/// The diagram in PlantUML's words.
pub fn plantuml(sequence: &Sequence) -> String {
    let mut out = String::from("@startuml\nhide footbox\n");
    for (nth, lifeline) in sequence.lifelines.iter().enumerate() {
        let _ = writeln!(out, "participant \"{}\" as E{nth}", escaped(&lifeline.name));
    }
    let mut phase = "";
    for (at, row) in sequence.rows.iter().enumerate() {
        if row.phase != phase {
            phase = row.phase;
            let _ = writeln!(out, "== {} ==", escaped(phase));
        }
        let arrow = match (sequence.lit == Some(at), row.direction) {
            (false, "frontend") => "->",
            (false, _) => "-->",
            (true, "frontend") => "-[bold]>",
            (true, _) => "-[bold]->",
        };
        let _ = writeln!(out, "E{} {arrow} E{} : {}", row.from, row.to, label(row));
        for finding in &row.findings {
            let words = format!("{} {}: {}", finding.severity, finding.rule, finding.message);
            let _ = writeln!(out, "note right : {}", escaped(&words));
        }
    }
    out.push_str("@enduml\n");
    out
}

fn label(row: &Row) -> String {
    let says = crate::sequence::cut(&row.says_all, MOST);
    let says = if says.is_empty() { says } else { format!("\\n{}", escaped(&says)) };
    format!("{} {}{says}", row.number, escaped(&named(row)))
}

/// A text that is nothing but text: every sign that could be markup is written as its number.
fn escaped(text: &str) -> String {
    let mut out = String::new();
    for letter in text.chars() {
        match letter {
            letter if letter.is_control() => out.push(' '),
            letter if letter.is_alphanumeric() || " ,.()'×…".contains(letter) => out.push(letter),
            letter => {
                let _ = write!(out, "<U+{:04X}>", letter as u32);
            }
        }
    }
    out
}
