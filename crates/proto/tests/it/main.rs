//! The crate as its users see it: the table held against the protocol's list, and the consumers against each other.

#![allow(clippy::expect_used, reason = "a test may fail")]

mod conversation;
mod docs;
mod framing;
mod properties;
mod sources;
mod support;
mod table;
mod types;
mod written;
