//! Whose turn it is, where two streams were recorded without a common clock.
//!
//! The server speaks when it owes something: an answer to start-up, to a Query or Sync, to what a Flush pushed. It owes
//! nothing while it waits for a password or for COPY data. Where both may speak, as in replication, the server goes first.

use pgscope_proto::messages::{copy, extended_query, function_call, simple_query, startup};
use pgscope_proto::{Direction, Message};

use crate::connection::{CopyMode, Phase, ends_cycle, ends_step};

#[derive(Clone, Debug, Default)]
pub(crate) struct Turn {
    /// Start-up, queries and Syncs that are not answered by ReadyForQuery.
    cycles: usize,
    /// Requests of the extended protocol that are not answered.
    steps: usize,
    /// How many of those a Flush has pushed.
    flushed: usize,
    /// The server said something that only the client can answer.
    waits_for_frontend: bool,
}

impl Turn {
    /// Whether the server may say `next` now.
    pub(crate) fn backend_may_speak(&self, phase: Phase) -> bool {
        match phase {
            Phase::Asked(_) => true,
            Phase::Startup | Phase::Cancelling | Phase::Encrypted(_) => false,
            Phase::Copying(CopyMode::In) => false,
            Phase::Copying(_) => true,
            _ => !self.waits_for_frontend && (self.cycles > 0 || self.flushed > 0),
        }
    }

    pub(crate) fn step(&mut self, direction: Direction, message: &'static Message, phase: Phase) {
        match direction {
            Direction::Frontend => self.frontend_said(message),
            Direction::Backend => self.backend_said(message, phase),
        }
    }

    fn frontend_said(&mut self, message: &'static Message) {
        self.waits_for_frontend = false;
        let begins_cycle =
            [&startup::STARTUP_MESSAGE, &simple_query::QUERY, &extended_query::SYNC, &function_call::FUNCTION_CALL];
        let asks = [
            &extended_query::PARSE,
            &extended_query::BIND,
            &extended_query::DESCRIBE,
            &extended_query::EXECUTE,
            &extended_query::CLOSE,
        ];
        if begins_cycle.contains(&message) {
            self.cycles += 1;
        } else if asks.contains(&message) {
            self.steps += 1;
        } else if *message == extended_query::FLUSH {
            self.flushed = self.steps;
        }
    }

    fn backend_said(&mut self, message: &'static Message, phase: Phase) {
        if ends_cycle(message) {
            self.cycles = self.cycles.saturating_sub(1);
        } else if ends_step(message) {
            self.steps = self.steps.saturating_sub(1);
            self.flushed = self.flushed.saturating_sub(1);
        } else if message.field.id == "errorresponse" {
            (self.steps, self.flushed) = (0, 0);
        }
        let is_challenge = matches!(phase, Phase::Authenticating(_)) && message.tag() == Some(b'R');
        let is_final = message.field.id == "authenticationsaslfinal";
        self.waits_for_frontend = (is_challenge && !is_final) || *message == copy::COPY_IN_RESPONSE;
    }
}
