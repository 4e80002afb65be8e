//! Figures as text: a table for people, whose lines are also read again by the comparison with a browser.

use std::fmt::Write;

use crate::measure::{Clock, Figure, measure, own};
use crate::{Load, index_bytes};

/// How often each contender runs; the median counts.
pub const ROUNDS: usize = 7;

/// Measures Pgscope alone on a load.
pub fn report(clock: Clock<'_>, load: &Load) -> String {
    table(load, &measure(clock, ROUNDS, &mut own(load)))
}

/// A heading with what the load is, and a line for each figure: its name, ns and messages, bytes by time.
pub fn table(load: &Load, figures: &[Figure]) -> String {
    let (messages, megabytes) = (load.messages as f64, load.megabytes());
    let mut out = String::new();
    let _ = writeln!(out, "{}: {messages} messages, {megabytes:.1} MB", load.name);
    for Figure { name, seconds } in figures {
        let nanoseconds = seconds * 1e9 / messages;
        let (rate, throughput) = (messages / seconds / 1e6, megabytes / seconds);
        let _ = writeln!(
            out,
            "  {name:<32} {nanoseconds:>8.1} ns/message {rate:>9.2} M messages/s {throughput:>10.0} MB/s"
        );
    }
    let _ = writeln!(out, "  memory of the index: {:.1} bytes a frame", index_bytes(load) as f64 / messages);
    out
}
