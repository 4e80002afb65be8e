//! The PostgreSQL frontend/backend protocol, described once.
//!
//! [`messages::ALL`] is a table of every message as plain data, in the shape of [`schema`]. Its consumers are here: framing
//! ([`frame`]), decoding to a [`Tree`] with spans ([`decode()`]), encoding ([`encode()`](encode::encode)), typed views and constructors
//! ([`read`], [`make`]), and messages as a person writes them ([`written`]). Beside them are the forms in which bytes travel through Pgscope: [`Stream`] and [`Exchange`].
//!
//! It knows no clock, no randomness, no input or output, and nothing of how a message is shown.

#![cfg_attr(not(test), deny(clippy::indexing_slicing, clippy::panic))]

pub mod codes;
pub mod conversation;
mod cursor;
mod decode;
pub mod docs;
pub mod encode;
mod exchange;
pub mod foreign;
pub mod frame;
pub mod make;
pub mod messages;
pub mod privacy;
mod problem;
pub mod read;
mod sasl_text;
pub mod schema;
mod span;
mod stream;
mod tree;
pub mod types;
pub mod written;

pub use decode::{Context, CopyContent, decode, natural_length, walk};
pub use exchange::{
    Beginning, Beside, Closing, Direction, Exchange, Gap, Kept, Order, Origin, Recorded, Remark, Secrets, Segment,
    Sides,
};
pub use problem::{Because, Edit, Fix, Problem, Severity};
pub use schema::{Field, Message};
pub use span::Span;
pub use stream::{SourceMap, Stream};
pub use tree::{Node, Reading, Reads, Tree};

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
