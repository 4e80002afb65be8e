//! Reads what real tools print, tables of small inputs, and random bytes in every form.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests say so by failing")]

mod dressed;
mod fixtures;
mod forms;
mod labels;
mod logs;
mod packets;
mod properties;
mod tools;
mod traces;

use pgscope_capture::{Capture, Options, read_text};
use pgscope_proto::Direction;

/// Reads with nothing said about the input.
fn plain(text: &str) -> Capture {
    read_text(text, &Options::default())
}

/// The bytes that the only connection has for each direction.
fn both(capture: &Capture) -> [Vec<u8>; 2] {
    let [exchange] = capture.exchanges.as_slice() else {
        panic!("{} connections: {:?}", capture.exchanges.len(), capture)
    };
    Direction::BOTH.map(|direction| exchange.stream(direction).bytes.clone())
}

/// Bytes as hex, the two directions parted by a bar.
fn hex(capture: &Capture) -> String {
    let shown = capture.exchanges.iter().map(|exchange| {
        let sides = exchange.streams.iter().filter(|stream| !stream.is_empty());
        sides
            .map(|stream| stream.bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>())
            .collect::<Vec<_>>()
            .join("|")
    });
    shown.collect::<Vec<_>>().join(" + ")
}
