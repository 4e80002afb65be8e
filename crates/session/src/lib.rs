//! Meaning over time: what a connection is doing, and so which message each frame is.
//!
//! [`Connection`] follows both directions as far as it decides how the next bytes are read. [`Index`] finds all frames of
//! an [`Exchange`](pgscope_proto::Exchange) in one pass and builds trees and problems when asked. [`settle`] says who sent
//! bytes that came without a direction. It does not know how anything is shown.

#![cfg_attr(not(test), deny(clippy::indexing_slicing, clippy::panic))]

#[cfg(feature = "authentication")]
pub mod authentication;
pub mod backups;
mod binary_copy;
mod checks;
mod command;
mod connection;
pub mod copy_text;
mod dialects;
mod ends;
mod faults;
mod findings;
pub mod flow;
mod follow;
mod guess;
mod index;
#[cfg(not(feature = "whole"))]
pub mod later;
mod mend;
mod next;
mod reading;
pub mod relations;
pub mod rules;
pub mod sql;
pub mod survey;
pub mod values;

pub use connection::Connection;
pub use ends::{Ahead, Course, Ends, Inbox, Instant, Piece, Read, Request, Waits, ahead, instant_after, instants};
pub use follow::Described;
pub use guess::{Guess, Guessed, is_settled, settle};
pub use index::{Entry, Index};
pub use next::Next;
pub use reading::worst;

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
