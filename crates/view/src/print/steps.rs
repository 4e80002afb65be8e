//! An exchange as JSON, message by message: with times, and what each end is doing.

use pgscope_proto::{Direction, Tree};
use pgscope_session::Course;
use serde::Serialize;

use super::json;
use crate::exchange::Indexed;
use crate::sequence::{Doing, arrived, doing};

/// A message with its time, and what both ends are doing after it.
#[derive(Debug, Serialize)]
pub struct Step {
    /// The message, as `decode` gives it.
    #[serde(flatten)]
    pub message: json::Message,
    /// When its last byte arrived, in microseconds since the beginning.
    pub at_us: Option<i64>,
    /// The client.
    pub client: Doing,
    /// The server.
    pub server: Doing,
    /// The transaction's status: I, T or E.
    pub transaction: char,
}

impl Step {
    /// The same as one of several connections, before which so many steps of others come.
    pub fn of_connection(self, connection: usize, inside_tls: bool, others: usize) -> Self {
        let message = json::Message { inside_tls, ..self.message.of_connection(connection, others) };
        Self { message, ..self }
    }
}

/// All messages of an exchange.
pub fn steps(indexed: &Indexed) -> Vec<Step> {
    let mut tree = Tree::new();
    let mut segments = Direction::BOTH.map(|_| 0);
    let mut steps = Vec::new();
    Course::along(&indexed.exchange, &indexed.index, |ends| {
        let Some((entry, problems)) = indexed.open(steps.len(), &mut tree) else { return };
        let at_us = segments.get_mut(entry.direction.index()).and_then(|from| arrived(indexed, &entry, from));
        let [client, server] = doing(ends);
        let message = json::message(indexed, &entry, &tree, problems);
        steps.push(Step { message, at_us, client, server, transaction: char::from(ends.transaction) });
    });
    steps
}
