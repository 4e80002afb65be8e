//! The crate as its users see it: the table held against the protocol's list, and the consumers against each other.

mod framing;
mod properties;
mod support;
mod table;
