//! Figures as text: a table for people, whose lines are also read again by the comparison with a browser.

use std::fmt::Write;

use crate::measure::{Clock, Figure, Spread, measure, own};
use crate::{Load, index_bytes};

/// How often each contender runs; the median counts.
pub const ROUNDS: usize = 9;

/// Measures Pgscope alone on a load.
pub fn report(clock: Clock<'_>, load: &Load) -> String {
    table(load, &measure(clock, ROUNDS, &mut own(load)))
}

/// A heading with what the load is, and a line for each figure: its name, ns and messages, bytes by time.
pub fn table(load: &Load, figures: &[Figure]) -> String {
    let (messages, megabytes) = (load.messages as f64, load.megabytes());
    let mut out = String::new();
    let _ = writeln!(out, "{}: {messages} messages, {megabytes:.1} MB", load.name);
    for figure in figures {
        let seconds = figure.median();
        let nanoseconds = seconds * 1e9 / messages;
        let (rate, throughput) = (messages / seconds / 1e6, megabytes / seconds);
        let _ = writeln!(
            out,
            "  {:<36} {nanoseconds:>8.1} ns/message {rate:>9.2} M messages/s {throughput:>10.0} MB/s",
            figure.name
        );
    }
    let _ = writeln!(out, "  memory of the index: {:.1} bytes a frame", index_bytes(load) as f64 / messages);
    out
}

/// A ratio as one line says it: `1.08 times (1.05 to 1.12)`.
pub fn times(Spread { least, median, most }: Spread) -> String {
    format!("{median:.2} times ({least:.2} to {most:.2})")
}
