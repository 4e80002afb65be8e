//! A recording from the middle: which of the server's first messages answer what was asked before it.
//!
//! Each number of them that leaves whole answers is tried on the head of the exchange. The smallest that explains everything is
//! taken; if none does, the exchange is wrong, and what the client says first is the beginning.

use pgscope_proto::conversation::{ANYTIME, Asks, END, GRAMMAR, REQUESTS};
use pgscope_proto::messages::{errors, simple_query};
use pgscope_proto::{Direction, Message};

use super::{Follower, Log, Said};

/// It is not known what answers what before the client asks when all was answered.
pub(crate) const UNKNOWN: u32 = u32::MAX;

/// How many numbers are tried.
const MOST: usize = 200;

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

/// How many messages of the server stand before the client's start, where that shows at once: with it the connection begins.
pub(crate) fn before_startup(said: &[Said]) -> Option<u32> {
    let is_startup = |said: &Said| Asks::of(said.message, said.bytes) == Some(Asks::Startup);
    let before = said.get(..said.iter().position(is_startup)?)?;
    let is_ready = |said: &Said| *said.message == simple_query::READY_FOR_QUERY;
    (!before.iter().any(is_ready)).then(|| leading(before))
}

/// How many messages of the server stand before any of the client's.
fn leading(said: &[Said]) -> u32 {
    said.iter().take_while(|said| said.direction == Direction::Backend).count() as u32
}

/// How many of the server's messages answer what was not seen; [`UNKNOWN`] if that shows only later.
pub(crate) fn outstanding(mut said: &[Said], is_order_known: bool, is_cut: bool) -> u32 {
    // Where the head of an exchange ends, much waits for an answer that comes.
    let last_ready = said.iter().rposition(|said| *said.message == simple_query::READY_FOR_QUERY);
    if let Some(last) = last_ready.filter(|_| is_cut) {
        said = said.get(..=last).unwrap_or(said);
    }
    let leading = leading(said);
    let plain = trial(said, is_order_known, 0);
    let begins = said.iter().any(|said| Asks::of(said.message, said.bytes) == Some(Asks::Startup));
    let first = said.iter().find(|said| said.direction == Direction::Frontend);
    let first = first.and_then(|said| Asks::of(said.message, said.bytes));
    let is_request = first.is_some();
    if begins || (leading == 0 && plain.is_clean && is_request) {
        return leading;
    }
    let ends = ends(said);
    let is_taken =
        leading == 0 && ends.len() <= MOST && first.is_some_and(|first| !is_cut_off(first, said, plain.is_pipelined));
    let else_taken = if is_taken { 0 } else { UNKNOWN };
    let fits = |unseen: &u32| {
        let trial = trial(said, is_order_known, *unseen);
        // That the client still waits at the end would explain any mistake, but for one that never waits.
        trial.is_clean && (!trial.is_open || plain.is_pipelined)
    };
    ends.into_iter().take(MOST).find(fits).unwrap_or(else_taken)
}

/// Whether what comes first answers something else than the first request, and that may well be: because no round begins with
/// that request, or because this client asks without waiting.
fn is_cut_off(first: Asks, said: &[Said], is_pipelined: bool) -> bool {
    let mut answers = said.iter().filter(|said| said.direction == Direction::Backend);
    let answer = answers.find(|said| !ANYTIME.contains(&said.message)).map(|said| said.message);
    let is_its = |answer: &'static Message| GRAMMAR.takes(Direction::Backend, answer) & GRAMMAR.start(first) != 0;
    let is_inside = first == Asks::Sync || (first.may_wait() && first != Asks::Parse);
    (is_inside || is_pipelined) && answer.is_some_and(|answer| *answer != errors::ERROR_RESPONSE && !is_its(answer))
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
            // The ReadyForQuery behind it may answer a Sync that was seen.
            wide = ready;
            ends.push(nth as u32 + 1);
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
