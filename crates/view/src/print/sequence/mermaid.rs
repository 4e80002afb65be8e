//! As a sequence diagram of Mermaid.

use std::fmt::Write;

use super::named;
use crate::sequence::{Row, Sequence};

/// How many characters of what a message says stand at its arrow.
const MOST: i32 = 80;

/// The diagram in Mermaid's words.
pub fn mermaid(sequence: &Sequence) -> String {
    let mut out = String::from("sequenceDiagram\n");
    for (nth, lifeline) in sequence.lifelines.iter().enumerate() {
        let _ = writeln!(out, "    participant E{nth} as {}", escaped(&lifeline.name));
    }
    let last = sequence.lifelines.len().saturating_sub(1);
    let mut phase = "";
    for (at, row) in sequence.rows.iter().enumerate() {
        if row.phase != phase {
            phase = row.phase;
            let _ = writeln!(out, "    Note over E0,E{last}: {}", escaped(phase));
        }
        let is_lit = sequence.lit == Some(at);
        if is_lit {
            out.push_str("    rect rgba(127, 127, 127, 0.2)\n");
        }
        let arrow = if row.direction == "frontend" { "->>" } else { "-->>" };
        let _ = writeln!(out, "    E{}{arrow}E{}: {}", row.from, row.to, label(row));
        for finding in &row.findings {
            let words = format!("{} {}: {}", finding.severity, finding.rule, finding.message);
            let _ = writeln!(out, "    Note over E0,E{last}: {}", escaped(&words));
        }
        if is_lit {
            out.push_str("    end\n");
        }
    }
    out
}

fn label(row: &Row) -> String {
    let says = crate::sequence::cut(&row.says_all, MOST);
    let says = if says.is_empty() { says } else { format!("<br/>{}", escaped(&says)) };
    format!("{} {}{says}", row.number, escaped(&named(row)))
}

/// A text that is nothing but text: what ends a line or begins an entity there is written as its number.
fn escaped(text: &str) -> String {
    let mut out = String::new();
    for letter in text.chars() {
        match letter {
            '#' | ';' | '<' | '>' | '&' | ':' | '%' | '{' | '}' | '"' | '`' | '\\' => {
                let _ = write!(out, "#{};", letter as u32);
            }
            letter if letter.is_control() => out.push(' '),
            letter => out.push(letter),
        }
    }
    out
}
