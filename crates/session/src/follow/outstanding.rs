//! A recording from the middle: which of the server's first messages answer what was asked before it.
//!
//! Each number of them that leaves whole answers is tried on the head of the exchange. The smallest that explains everything is
//! taken; if none does, the exchange is wrong, and what the client says first is the beginning.

use pgscope_proto::Direction;
use pgscope_proto::conversation::{ANYTIME, END, GRAMMAR, REQUESTS};
use pgscope_proto::messages::{errors, simple_query};

use super::{Follower, Log, Said};

/// How many numbers are tried.
const MOST: usize = 40;

/// How an attempt went.
struct Trial {
    is_clean: bool,
    is_open: bool,
    is_pipelined: bool,
}

fn trial(said: &[Said], is_order_known: bool, unseen: u32) -> Trial {
    let mut log = Log::default();
    let mut follower = Follower::new(false, is_order_known, unseen);
    said.iter().for_each(|said| follower.step(&mut log, *said));
    let is_clean = log.noted().is_empty() && follower.unseen == 0;
    Trial { is_clean, is_open: follower.first < log.len(), is_pipelined: follower.is_pipelined }
}

/// How many of the server's messages answer what was not seen.
pub(crate) fn outstanding(said: &[Said], is_order_known: bool) -> u32 {
    let leading = said.iter().take_while(|said| said.direction == Direction::Backend).count() as u32;
    let plain = trial(said, is_order_known, 0);
    if leading == 0 && plain.is_clean {
        return 0;
    }
    let fits = |unseen: &u32| {
        let trial = trial(said, is_order_known, *unseen);
        // That the client still waits at the end would explain any mistake, but for one that never waits.
        trial.is_clean && (leading > 0 || !trial.is_open || plain.is_pipelined)
    };
    ends(said).into_iter().take(MOST).find(fits).unwrap_or(leading)
}

/// After how many messages of the server an answer may be whole, whatever was asked.
fn ends(said: &[Said]) -> Vec<u32> {
    let starts = REQUESTS.iter().fold(0, |set, request| set | GRAMMAR.start(request.asks)) & !END;
    let ready = GRAMMAR.takes(Direction::Backend, &simple_query::READY_FOR_QUERY);
    let mut wide = !END;
    let mut ends = Vec::new();
    let answers = said.iter().filter(|said| said.direction == Direction::Backend);
    for (nth, said) in answers.filter(|said| !ANYTIME.contains(&said.message)).enumerate() {
        if *said.message == errors::ERROR_RESPONSE {
            wide = ready;
            continue;
        }
        let next = GRAMMAR.behind(GRAMMAR.takes(Direction::Backend, said.message) & heard(wide));
        if next == 0 {
            break;
        }
        wide = next;
        if next & END != 0 {
            wide |= starts;
            ends.push(nth as u32 + 1);
        }
    }
    ends
}

/// What is awaited, whatever the client says in between.
fn heard(mut awaited: u64) -> u64 {
    loop {
        let more = awaited | GRAMMAR.behind(GRAMMAR.said_by(Direction::Frontend, awaited));
        if more == awaited {
            return awaited;
        }
        awaited = more;
    }
}
