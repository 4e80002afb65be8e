//! What the server says out of place: which rule that breaks, and how the conversation goes on behind it.

use pgscope_proto::conversation::{Asks, GRAMMAR};
use pgscope_proto::messages::{self, authentication, copy, simple_query};
use pgscope_proto::schema::Head;
use pgscope_proto::{Direction, Message};

use super::{Broken, Follower, Log, NONE, Said};

/// How many requests are looked through for one that the message answers.
pub(super) const MOST: u32 = 1 << 8;

impl Follower {
    pub(super) fn misplaced(&mut self, log: &mut Log, said: Said) {
        let takes = GRAMMAR.takes(Direction::Backend, said.message);
        if takes == 0 {
            // No message of a conversation: what it is, its frame tells.
            return log.is_unasked(said.number);
        }
        self.is_quiet = false;
        if self.is_partial && self.is_untraced(takes) {
            return self.goes_on(log, said, takes & self.front);
        }
        // What was on its way when the client said Terminate is answered as usual.
        if self.ended != NONE && log.asked(self.first).is_none() {
            self.behind_end(log, said);
        } else if self.is_back(log, takes) {
            self.goes_on(log, said, takes & self.front);
        } else if *said.message == simple_query::READY_FOR_QUERY {
            self.ready_out_of_place(log, said, takes);
        } else if let Some(hit) = self.elsewhere_in_answer(log, takes) {
            // A description of a COPY is what is wrong, not the COPY behind it.
            let begins_copy: [&Message; 3] =
                [&copy::COPY_IN_RESPONSE, &copy::COPY_OUT_RESPONSE, &copy::COPY_BOTH_RESPONSE];
            if !(begins_copy.contains(&said.message) && self.described != NONE && self.rows == 0) {
                self.note(log, said.number, Broken::Misplaced, 0);
            }
            self.goes_on(log, said, hit);
        } else if let Some(request) = self.later_request(log, takes) {
            self.skip_to(log, said, request);
            self.goes_on(log, said, takes & self.front);
        } else {
            self.unasked(log, said);
        }
    }

    /// Whether only messages are missing that libpq's trace does not print; goes on behind them.
    fn is_untraced(&mut self, takes: u64) -> bool {
        let untraced = untraced();
        let mut front = self.front;
        loop {
            let more = front | GRAMMAR.behind(front & untraced);
            if more & takes != 0 {
                self.is_let_in |= more & GRAMMAR.takes(Direction::Backend, &simple_query::READY_FOR_QUERY) != 0;
                self.front = more;
                return true;
            }
            if more == front {
                return false;
            }
            front = more;
        }
    }

    fn behind_end(&self, log: &mut Log, said: Said) {
        self.note_because(log, said.number, Broken::BehindEnd, self.ended, 1);
        log.is_unasked(said.number);
    }

    /// A ReadyForQuery came too early, and now the answers go on as if it had not. Of one between two results of a Query only that shows it.
    fn is_back(&mut self, log: &mut Log, takes: u64) -> bool {
        let Some((front, first)) = self.rewind.filter(|(front, _)| front & takes != 0) else { return false };
        if self.front & takes != 0 {
            return false;
        }
        if !self.is_early {
            let asked = log.asked(first).map_or(NONE, |asked| asked.frame);
            self.note_because(log, self.last_answer, Broken::ReadyBetween, asked, 0);
        }
        let between = (first..self.first).filter_map(|at| log.asked(at));
        self.rounds += between.filter(|asked| asked.asks().ends_round()).count() as u32;
        (self.front, self.first, self.rewind) = (front, first, None);
        true
    }

    /// ReadyForQuery ends the round of the first request, or no round at all.
    fn ready_out_of_place(&mut self, log: &mut Log, said: Said, takes: u64) {
        if self.spare > 0 {
            self.spare -= 1;
            log.is_unasked(said.number);
            return;
        }
        let ends = (self.first..log.len().min(self.first + MOST))
            .find(|at| log.asked(*at).is_some_and(|asked| asked.asks().ends_round()));
        let Some(ends) = ends else {
            let broken = match () {
                () if self.is_skipping || self.round_failed => Broken::ReadyWithoutSync,
                () if self.first < log.len() => Broken::EarlyReady,
                () => Broken::ReadyAgain,
            };
            let because = if broken == Broken::ReadyAgain { self.last_answer } else { NONE };
            match because {
                NONE => self.note(log, said.number, broken, 0),
                because => self.note_because(log, said.number, broken, because, 0),
            }
            self.is_quiet = self.first >= log.len();
            return log.is_unasked(said.number);
        };
        let before = (self.front, self.first);
        self.note(log, said.number, Broken::EarlyReady, ends - self.first);
        for at in self.first + 1..=ends {
            log.is_first_from(at, said.number);
        }
        self.turn_to(log, ends, said.number);
        let hit = GRAMMAR.of(log.asked(ends).map_or(Asks::Sync, |asked| asked.asks())) & takes;
        self.goes_on(log, said, hit);
        (self.rewind, self.is_early) = (Some(before), true);
    }

    /// Where else in the answer to the same request the message may stand.
    fn elsewhere_in_answer(&self, log: &Log, takes: u64) -> Option<u64> {
        let asks = self.front_asks(log)?;
        let mut hit = GRAMMAR.of(asks) & takes;
        // Of a request that awaits nothing but its ReadyForQuery, all else was said.
        let is_only_ready =
            self.front & GRAMMAR.takes(Direction::Backend, &simple_query::READY_FOR_QUERY) == self.front;
        if is_only_ready || asks == Asks::Startup && self.is_let_in {
            hit = 0;
        }
        // The first of several.
        (hit != 0).then(|| hit & hit.wrapping_neg())
    }

    /// A later request that the message may answer: what stands between was left out.
    fn later_request(&self, log: &Log, takes: u64) -> Option<u32> {
        let last = log.len().min(self.first.saturating_add(MOST));
        (self.first + 1..last).find(|at| log.asked(*at).is_some_and(|asked| GRAMMAR.start(asked.asks()) & takes != 0))
    }

    fn skip_to(&mut self, log: &mut Log, said: Said, request: u32) {
        let skipped: Vec<_> = (self.first..request).filter_map(|at| log.asked(at)).collect();
        let rounds = skipped.iter().filter(|asked| asked.asks().ends_round()).count() as u32;
        let broken = match () {
            () if rounds > 0 && self.has_failed => Broken::BehindError,
            () if rounds > 0 => Broken::NotReady,
            () => Broken::LeftOut,
        };
        self.note(log, said.number, broken, (request - self.first) | self.letters.bits() << 16);
        self.rounds = self.rounds.saturating_sub(rounds);
        for at in self.first + 1..request {
            log.is_first_from(at, said.number);
        }
        self.turn_to(log, request, said.number);
    }

    /// Nothing that was asked is answered by this.
    pub(super) fn unasked(&mut self, log: &mut Log, said: Said) {
        let broken = match self.front_asks(log) {
            Some(Asks::Sync) if self.has_failed => Broken::BehindError,
            Some(_) => Broken::Misplaced,
            None if self.has_failed || self.is_skipping => Broken::BehindError,
            None => Broken::Unasked,
        };
        self.note(log, said.number, broken, 0);
        log.is_unasked(said.number);
        if matches!(self.front_asks(log), Some(Asks::Tls | Asks::Gss)) {
            // Who takes that for something else goes on as if it had been: it is one mistake.
            self.lose(log, said.number);
        }
        if *said.message == simple_query::ROW_DESCRIPTION {
            self.described = said.number;
        } else if *said.message == simple_query::DATA_ROW {
            log.row(said.number, self.described, NONE);
        }
    }
}

/// What libpq's trace leaves out: most of the authentication, what a server copies, and the end of a FunctionCall.
fn untraced() -> u64 {
    let ready = GRAMMAR.takes(Direction::Backend, &simple_query::READY_FOR_QUERY) & GRAMMAR.of(Asks::FunctionCall);
    let copied: [&'static Message; 2] = [&copy::COPY_DATA, &copy::COPY_DONE];
    let asked = messages::ALL.iter().filter(|message| matches!(message.head, Head::Authentication(..)));
    let both = copied.into_iter().chain(asked.copied());
    let proofs = GRAMMAR.takes(Direction::Frontend, &authentication::AUTHENTICATION_RESPONSE);
    both.fold(ready | proofs, |set, message| set | GRAMMAR.takes(Direction::Backend, message))
}
