//! What the client does: what it says, and what it makes of what it hears.

use pgscope_proto::Message;
use pgscope_proto::conversation::states::ASKED;
use pgscope_proto::conversation::{Client, STEPS};
use pgscope_proto::messages::{errors, extended_query, simple_query, startup};

use super::Ends;
use super::receiver::MOST_WAITING;
use crate::follow::is_final;

/// How many messages may come while COPY data is sent.
const MOST_HELD: usize = 1 << 10;
/// The bytes of a ReadyForQuery.
const READY: usize = 6;

/// What answers one step of the extended protocol for good.
const ANSWERS: &[&Message] = &[
    &extended_query::PARSE_COMPLETE,
    &extended_query::BIND_COMPLETE,
    &extended_query::CLOSE_COMPLETE,
    &simple_query::COMMAND_COMPLETE,
    &simple_query::EMPTY_QUERY_RESPONSE,
    &extended_query::PORTAL_SUSPENDED,
    &extended_query::NO_DATA,
];

impl Ends {
    pub(super) fn client_says(&mut self, message: &'static Message) {
        self.is_refused = false;
        if ASKED.contains(&message) && self.asked.len() < MOST_WAITING {
            self.asked.push_back(message);
        }
        let sent_data = self.client == Client::CopyIn;
        self.client = self.client.says(message).and_then(|row| row.to).unwrap_or(self.client);
        if sent_data && self.client == Client::Busy {
            // It looks at what has come.
            for (message, bytes) in std::mem::take(&mut self.held) {
                self.client_hears(message, &bytes);
            }
        }
    }

    pub(super) fn client_hears(&mut self, message: &'static Message, bytes: &[u8]) {
        self.is_refused |= *message == startup::ENCRYPTION_REFUSED;
        if self.client.leaves(message) {
            self.held.push_back((message, bytes.to_vec()));
            // So many come only if the end of the data was not seen.
            if self.held.len() > MOST_HELD {
                self.held.clear();
                self.client = Client::Busy;
            }
            return;
        }
        let is_error = *message == errors::ERROR_RESPONSE || *message == errors::LEGACY_ERROR;
        let is_fatal = is_error && is_final(message, bytes);
        self.client = self.client.hears(message, is_fatal).and_then(|row| row.to).unwrap_or(self.client);
        if self.client == Client::Closed {
            return;
        }
        let is_answered = self.is_answered(message);
        if is_error {
            while self.is_step_asked() {
                self.asked.pop_front();
            }
        } else if *message == simple_query::READY_FOR_QUERY {
            while self.asked.pop_front().is_some_and(|asked| STEPS.contains(&asked)) {}
            // libpq does not believe one of another length: it waits for the next.
            if bytes.len() != READY {
                self.asked.push_front(&simple_query::QUERY);
            }
        } else if is_answered && self.is_step_asked() {
            self.asked.pop_front();
        }
        match self.client {
            Client::Ready if !self.asked.is_empty() => self.client = Client::Busy,
            Client::Busy if self.asked.is_empty() && (is_error || is_answered) => self.client = Client::Ready,
            _ => {}
        }
    }

    fn is_step_asked(&self) -> bool {
        self.asked.front().is_some_and(|asked| STEPS.contains(asked))
    }

    /// Whether the message is the last of an answer to a step.
    fn is_answered(&self, message: &'static Message) -> bool {
        let is_of_describe = || self.asked.front().is_some_and(|asked| **asked == extended_query::DESCRIBE);
        ANSWERS.contains(&message) || (*message == simple_query::ROW_DESCRIPTION && is_of_describe())
    }
}
