//! What may come next, behind any message: read off the grammar of the answer that is under way.

use pgscope_proto::conversation::{ANYTIME, Asks, END, Failure, GRAMMAR, Phase, REQUESTS, UNANSWERED};
use pgscope_proto::messages::{errors, extended_query, simple_query, startup};
use pgscope_proto::{Direction, Message};

use crate::follow::Asked;
use crate::index::Index;

/// What either end may say next.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Next {
    /// The request whose answer is under way, if there is one.
    pub answering: Option<usize>,
    /// What the server may say; what may come at any time is left out.
    pub server: Vec<&'static Message>,
    /// What the client may say in the middle of that answer; where nothing is asked, its requests.
    pub client: Vec<&'static Message>,
}

impl Index {
    /// What may come behind the message with this number, and what is answered then. Nothing where that is not sure.
    pub fn next_after(&self, number: usize) -> Option<Next> {
        if !self.is_sure(number) || matches!(self.phase(number), Phase::Encrypted(_) | Phase::Startup) {
            return None;
        }
        let message = self.entry(number)?.message;
        if *message == startup::ENCRYPTION_REFUSED {
            return Some(Next { client: vec![&startup::STARTUP_MESSAGE], ..Next::default() });
        }
        // Behind these nothing comes that has a tag, or nothing at all.
        if [&startup::SSL_ACCEPTED, &startup::GSS_ACCEPTED, &simple_query::TERMINATE].contains(&message) {
            return None;
        }
        let under_way = self.log().first_behind(number);
        if self.is_skipping(number) {
            return Some(Next { client: vec![&extended_query::SYNC], ..Next::default() });
        }
        let front = under_way.map_or(0, |asked| self.front_after(asked, number));
        if front & !END == 0 {
            return Some(Next { client: requests(), ..Next::default() });
        }
        let server = GRAMMAR.messages(GRAMMAR.said_by(Direction::Backend, front));
        let fails = (!server.is_empty()).then_some(&errors::ERROR_RESPONSE);
        // Behind CopyFail it is what is awaited.
        let fails = fails.filter(|fails| !server.contains(fails));
        Some(Next {
            answering: under_way.map(|asked| asked.frame as usize),
            server: server.into_iter().chain(fails).collect(),
            client: match GRAMMAR.messages(GRAMMAR.said_by(Direction::Frontend, front)) {
                // A round goes on until Sync, whether anything of it is answered or not.
                said if said.is_empty() && under_way.is_some_and(|asked| asked.asks().may_wait()) => steps(),
                said => said,
            },
        })
    }

    /// Whether the server throws away what it reads, behind an error that no Sync has followed.
    fn is_skipping(&self, number: usize) -> bool {
        let mut before = (0..=number).rev().take(NEAR).filter_map(|number| self.entry(number));
        let Some(last) = before.find(|entry| {
            [&errors::ERROR_RESPONSE, &simple_query::READY_FOR_QUERY, &extended_query::SYNC].contains(&entry.message)
        }) else {
            return false;
        };
        let request = self.request(last.number).filter(|_| *last.message == errors::ERROR_RESPONSE);
        let Some(request) = request.filter(|request| self.asked(*request).is_some_and(Asks::may_wait)) else {
            return false;
        };
        let mut since = (request..last.number).filter_map(|number| self.entry(number));
        !since.any(|entry| *entry.message == extended_query::SYNC)
    }

    /// What is awaited of an answer that may come from one frame on, behind another.
    fn front_after(&self, asked: Asked, number: usize) -> u64 {
        let asks = asked.asks();
        let ready = GRAMMAR.takes(Direction::Backend, &simple_query::READY_FOR_QUERY);
        let most = if asks == Asks::Query { asked.sketch().most_results() } else { None };
        let mut front = GRAMMAR.start(asks);
        let mut results = 0;
        for entry in (asked.from as usize..=number).filter_map(|number| self.entry(number)) {
            if *entry.message == errors::ERROR_RESPONSE {
                front = match asks.request().fails {
                    Failure::Ready => GRAMMAR.of(asks) & ready,
                    Failure::SkipToSync | Failure::Close => END,
                };
                continue;
            }
            let hit = GRAMMAR.takes(entry.direction, entry.message) & front;
            let is_own = entry.direction == Direction::Frontend || self.request(entry.number).is_some();
            if hit != 0 && is_own {
                front = GRAMMAR.behind(hit);
                results += u32::from(*entry.message == simple_query::COMMAND_COMPLETE);
                if most.is_some_and(|most| results >= most.max(1)) {
                    front &= ready;
                }
            }
        }
        front
    }
}

/// So many messages behind an error it is known that the server throws away what it reads.
const NEAR: usize = 64;

/// What a round of the extended protocol is made of, its end included.
fn steps() -> Vec<&'static Message> {
    let mut steps = requests();
    steps.retain(|message| matches!(message.tag(), Some(b'P' | b'B' | b'D' | b'E' | b'C' | b'S' | b'H')));
    steps
}

/// What a client may ask when nothing is asked.
fn requests() -> Vec<&'static Message> {
    let asks =
        REQUESTS.iter().filter(|request| !matches!(request.asks, Asks::Startup | Asks::Tls | Asks::Gss | Asks::Cancel));
    let mut messages: Vec<&'static Message> = Vec::new();
    let flush =
        UNANSWERED.iter().map(|(message, _)| *message).filter(|message| message.tag().is_some_and(|tag| tag != b'p'));
    for message in asks.map(|request| request.by).chain(flush) {
        if !messages.contains(&message) && !ANYTIME.contains(&message) {
            messages.push(message);
        }
    }
    messages
}
