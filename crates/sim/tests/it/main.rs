//! The two ends and the wire between them.

#![allow(clippy::expect_used, clippy::unwrap_used, clippy::panic, reason = "a test may fail")]

mod properties;
mod scenarios;
mod scram;
