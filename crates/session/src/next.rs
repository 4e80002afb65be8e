//! What may come next, behind any message: read off the grammar of the answer that is under way.

use pgscope_proto::conversation::{ANYTIME, Asks, END, Failure, GRAMMAR, REQUESTS, UNANSWERED};
use pgscope_proto::messages::{errors, simple_query};
use pgscope_proto::{Direction, Message};

use crate::connection::Phase;
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
        let under_way = self.log().first_behind(number);
        let front = under_way.map_or(0, |asked| self.front_after(asked.asks(), asked.from, number));
        if front & !END == 0 {
            return Some(Next { client: requests(), ..Next::default() });
        }
        let server = GRAMMAR.messages(GRAMMAR.said_by(Direction::Backend, front));
        let fails = (!server.is_empty()).then_some(&errors::ERROR_RESPONSE);
        Some(Next {
            answering: under_way.map(|asked| asked.frame as usize),
            server: server.into_iter().chain(fails).collect(),
            client: GRAMMAR.messages(GRAMMAR.said_by(Direction::Frontend, front)),
        })
    }

    /// What is awaited of an answer that may come from one frame on, behind another.
    fn front_after(&self, asks: Asks, from: u32, number: usize) -> u64 {
        let mut front = GRAMMAR.start(asks);
        for entry in (from as usize..=number).filter_map(|number| self.entry(number)) {
            if *entry.message == errors::ERROR_RESPONSE {
                front = match asks.request().fails {
                    Failure::Ready => {
                        GRAMMAR.of(asks) & GRAMMAR.takes(Direction::Backend, &simple_query::READY_FOR_QUERY)
                    }
                    Failure::SkipToSync | Failure::Close => END,
                };
                continue;
            }
            let hit = GRAMMAR.takes(entry.direction, entry.message) & front;
            let is_own = entry.direction == Direction::Frontend || self.request(entry.number).is_some();
            if hit != 0 && is_own {
                front = GRAMMAR.behind(hit);
            }
        }
        front
    }
}

/// What a client may ask when nothing is asked.
fn requests() -> Vec<&'static Message> {
    let asks = REQUESTS.iter().filter(|request| !matches!(request.asks, Asks::Startup | Asks::Tls | Asks::Gss | Asks::Cancel));
    let mut messages: Vec<&'static Message> = Vec::new();
    let flush = UNANSWERED.iter().map(|(message, _)| *message).filter(|message| message.tag().is_some_and(|tag| tag != b'p'));
    for message in asks.map(|request| request.by).chain(flush) {
        if !messages.contains(&message) && !ANYTIME.contains(&message) {
            messages.push(message);
        }
    }
    messages
}
