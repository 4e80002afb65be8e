//! The conversation, described once: what may be said, what must come back, and what a failure leaves behind.
//!
//! Messages are described in [`crate::messages`]; here is what they are to one another. [`REQUESTS`] has, for each request of
//! the client, the grammar of its answer; [`states`] has what each end is doing, what it reads, and where a message leads it; [`phases`]
//! how the next bytes are read; [`versions`] what depends on the version of the protocol or of the server.
//! All of it is const data that a learner can read. [`Grammar`] is the same, compiled: a position is a place in some answer at
//! which a message may stand, and a set of positions is 64 bits. `session` follows an exchange over it; pages and pictures
//! print it. The simulator's ends do not use it: they were written down independently, and are its judges.

mod grammar;
pub mod phases;
mod requests;
pub mod states;
pub mod versions;

pub use grammar::{END, GRAMMAR, Grammar, Position, Positions};
pub use phases::{Authentication, CopyMode, Encryption, Phase, Turns};
pub use requests::{ANYTIME, Answer, Asks, Failure, NEVER, REQUESTS, Request, UNANSWERED};
pub use states::{CLIENT, Client, Move, On, Reads, SERVER, STEPS, Server, State};
