//! A client and a server that behave as libpq and PostgreSQL do, on real bytes, and the wire between them.
//!
//! [`Server`] and [`Client`] are state machines without a socket, a clock or chance: bytes and times go in, bytes and wishes
//! come out. Each finds messages in what it *received*, so a damaged length makes it wait or lose its place as the real
//! program would. [`Simulation`] lets them speak over a [`Wire`] that delays, cuts, damages and drops, on a virtual clock, and
//! gives an [`Exchange`](pgscope_proto::Exchange) for each connection and the [`Log`] of each end. A [`Scenario`] is the data
//! that such a conversation is made from. Nothing here knows how anything is shown.
//!
//! ```
//! use pgscope_sim::{Choices, Scenario, shipped};
//! let handshake = shipped::find("handshake").unwrap();
//! let scenario = Scenario::read(handshake.text, &Choices::default()).unwrap();
//! let played = scenario.play();
//! assert!(played.main().exchange.stream(pgscope_proto::Direction::Backend).len() > 300);
//! ```

#![cfg_attr(not(test), deny(clippy::indexing_slicing, clippy::panic))]
#![allow(clippy::result_large_err, reason = "a report is made once, where a statement or a connection ends")]

mod binary_copy;
pub mod client;
mod end;
mod inbox;
mod md5;
mod outbox;
mod random;
mod report;
pub mod scenario;
mod scram;
pub mod server;
pub mod shipped;
mod simulation;
mod sql;
mod talk;
mod tls;
mod types;
mod wire;
mod world;

pub use client::{Action, Client};
pub use end::{Awaits, Event, Input, Log, Logged, Output, What};
pub use random::Random;
pub use report::Report;
pub use scenario::{Choices, Knob, Scenario, ScenarioError};
pub use scram::{ClientScram, ServerScram, Verifier};
pub use server::Server;
pub use simulation::{Connected, MOST_EVENTS, Played, Raw, Simulation};
pub use talk::{Heard, Talk};
pub use types::Type;
pub use wire::{Damage, Wire};
pub use world::{Answer, Asks, Column, CopyForm, Does, Edition, Encryption, Forgets, Function, Role, World};

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
