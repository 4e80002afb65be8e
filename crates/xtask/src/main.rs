//! Pgscope: xtask.
fn main() {}
