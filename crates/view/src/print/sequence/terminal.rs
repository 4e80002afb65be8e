//! As a diagram for a terminal. Times and states stand where they change.
//!
//! ```text
//!   2.500 ms  authentication ⏸ │ ◀── AuthenticationOk ─ │   starting
//! ```

use std::fmt::Write;

use super::named;
use crate::print::{Colour, Ink};
use crate::sequence::{Doing, Row, Sequence, cut};

const STATE_WIDTH: usize = 22;
const ARROW_WIDTH: usize = 44;
const MOST_SAID: i32 = 72;

/// The diagram: one line a message and one for what it says, the client on the left, the servers on the right.
pub fn terminal(sequence: &Sequence, colour: Colour) -> String {
    let mut out = String::new();
    let _ = writeln!(out, "{:>11}  {:>STATE_WIDTH$} │ {:<ARROW_WIDTH$} │ server", "", "client", "");
    let (mut time, mut states, mut connection) = (String::new(), [String::new(), String::new()], 0);
    for row in &sequence.rows {
        if row.connection != connection {
            connection = row.connection;
            let whose = sequence.lifelines.get(connection + 1).map_or("", |lifeline| lifeline.name.as_str());
            let _ = writeln!(out, "{:>11}  {:>STATE_WIDTH$} │ {:<ARROW_WIDTH$} │ {whose}", "", "", "");
            states = Default::default();
        }
        let [client, server] = row.behind;
        let now = row.at_us.map(|at| format!("{:.3} ms", at as f64 / 1000.0)).unwrap_or_default();
        let at = changed(&mut time, now);
        let [client_was, server_was] = &mut states;
        let client = changed(client_was, format!("{} {}", client.state, mark(client)));
        let server = changed(server_was, format!("{} {}", mark(server), server.state));
        let (ink, arrow) = arrow(row);
        let _ =
            writeln!(out, "{at:>11}  {client:>STATE_WIDTH$} │ {} │ {}", colour.paint(ink, &arrow), server.trim_end());
        let says = cut(&row.says_all, MOST_SAID);
        let findings = row.findings.iter().map(|finding| (Ink::Bad, format!("▲ {} {}", finding.rule, finding.message)));
        let below = Some((Ink::Faint, says)).filter(|(_, says)| !says.is_empty()).into_iter().chain(findings);
        for (ink, words) in below {
            let _ = writeln!(out, "{:>11}  {:>STATE_WIDTH$} │   {}", "", "", colour.paint(ink, &words));
        }
    }
    out.push_str(&sequence.ending);
    out.push('\n');
    out
}

/// What is written now: nothing where it is what was written last.
fn changed(last: &mut String, now: String) -> String {
    if *last == now {
        return String::new();
    }
    last.clone_from(&now);
    now
}

/// Stands beside an end that is blocked in a read.
fn mark(doing: Doing) -> char {
    if doing.waits_for.is_some() { '⏸' } else { ' ' }
}

fn arrow(row: &Row) -> (Ink, String) {
    let name = format!(" {} ", named(row));
    let line = "─".repeat((ARROW_WIDTH - 2).saturating_sub(name.chars().count()));
    match row.direction {
        "frontend" => (Ink::Frontend, format!("─{name}{line}▶")),
        _ => (Ink::Backend, format!("◀{line}{name}─")),
    }
}
