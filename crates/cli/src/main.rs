//! Pgscope: cli.
fn main() {}
