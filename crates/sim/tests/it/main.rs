//! The two ends and the wire between them.

#![allow(clippy::expect_used, clippy::unwrap_used, reason = "a test may fail")]

mod scenarios;
