//! Plain data that a screen can show, and the same as text.
//!
//! It knows what a reader wants to see of an exchange, and nothing of the screen: no DOM, no JavaScript, no files.

mod backup;
mod belongs;
mod carried;
pub mod change;
pub mod compose;
mod copied;
pub mod copy;
mod cycle;
pub mod diff;
pub mod docs;
pub mod edit;
pub mod elsewhere;
pub mod engine;
mod exchange;
pub mod export;
#[cfg(feature = "sim")]
pub mod fence;
pub mod figure;
mod filled;
pub mod filter;
pub mod find;
mod functions;
mod given;
#[cfg(not(feature = "whole"))]
pub mod later;
pub mod layout;
pub mod link;
pub mod live;
pub mod markdown;
#[cfg(feature = "mask")]
pub mod mask;
mod meaning;
mod missing;
mod outline;
pub mod overview;
pub mod performance;
#[cfg(feature = "sim")]
mod play;
pub mod print;
pub mod programs;
#[cfg(feature = "authentication")]
mod proof;
pub mod said;
mod says;
pub mod sequence;
pub mod talk;
mod ties;
mod transactions;
mod typing;
pub mod units;
mod value;
mod values;
mod window;
pub mod words;

pub use cycle::separated;
pub use docs::{ALONE, Docs};
#[cfg(feature = "docs")]
pub use docs::{docs_files, docs_of};
pub use exchange::{Forgotten, Indexed, bad};
pub use performance::Performance;
pub use pgscope_capture as capture;
pub use pgscope_proto as proto;
pub use pgscope_session as session;
#[cfg(feature = "sim")]
pub use pgscope_sim as sim;
#[cfg(feature = "sim")]
pub use play::{STOPPED, play};
pub use says::{Decoded, says};
pub use typing::Typed;
pub use window::Window;

/// Where a section of PostgreSQL's manual is.
pub(crate) fn manual(section: proto::schema::Section) -> String {
    format!("https://www.postgresql.org/docs/current/{}", section.path)
}

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
