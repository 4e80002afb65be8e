//! What must hold for any input at all.
//!
//! Each check takes bytes that nobody chose and panics where a promise is broken. The fuzz targets in `fuzz/` call them
//! with what the fuzzer makes up; `tests/replay.rs` calls them with the corpora, on stable Rust. How a check reads its
//! input is told beside it, so that an input can be written by hand.

#![allow(clippy::expect_used, reason = "a check that fails is to panic")]

mod decode;
mod forms;
mod framing;
mod mask;
mod mends;
mod recording;
mod session;
mod simulation;
mod text;
mod types;
mod words;

pub use decode::decode;
pub use forms::forms;
pub use framing::framing;
pub use mask::mask;
pub use mends::mends;
pub use recording::capture_file;
pub use session::session;
pub use simulation::simulation;
pub use text::text;
pub use types::types;
pub use words::words;

use pgscope_view::proto::{Direction, Tree};

/// A check.
pub type Check = fn(&[u8]);

/// All checks, by the names of their fuzz targets and corpora.
pub const ALL: [(&str, Check); 11] = [
    ("framing", framing),
    ("decode", decode),
    ("types", types),
    ("recording", capture_file),
    ("session", session),
    ("mends", mends),
    ("text", text),
    ("forms", forms),
    ("words", words),
    ("simulation", simulation),
    ("mask", mask),
];

/// The backend if the lowest bit is set.
fn direction(bits: u8) -> Direction {
    if bits & 1 == 0 { Direction::Frontend } else { Direction::Backend }
}

/// The leaves tile the bytes, children lie inside their parents, and the nodes are linear in the bytes.
fn assert_tiles(tree: &Tree, length: usize) {
    let mut at = 0;
    for (index, leaf) in tree.leaves() {
        assert_eq!(leaf.start as usize, at, "{} leaves a gap or overlaps", tree.path(index));
        at = leaf.end as usize;
    }
    assert_eq!(at, length, "the leaves end where the message does");
    let mut open: Vec<_> = Vec::new();
    for node in &tree.nodes {
        assert!(usize::from(node.depth) <= open.len(), "{} skips a depth", node.field.id);
        open.truncate(node.depth.into());
        assert!(open.last().is_none_or(|parent| node.span().len() <= length && covers(parent, node)), "{node:?}");
        open.push(*node);
    }
    assert!(tree.nodes.len() <= 3 * length + 20, "{} nodes for {length} bytes", tree.nodes.len());
}

fn covers(parent: &pgscope_view::proto::Node, node: &pgscope_view::proto::Node) -> bool {
    parent.span().covers(node.span())
}
