//! What the client says: requests go to the end of the queue, and data and proofs into the answer that is under way.

use pgscope_proto::conversation::{Asks, GRAMMAR};
use pgscope_proto::messages::{authentication, copy, extended_query, simple_query};
use pgscope_proto::{Direction, Span, read};

use super::{Broken, Follower, Log, NONE, Said, Sketch};
use crate::command;

impl Follower {
    pub(super) fn client_says(&mut self, log: &mut Log, said: Said) {
        self.is_quiet_point(log);
        if self.has_terminated && !self.is_one_sided {
            // Two processes that share a connection, such as those of pg_basebackup, take their leave one after the other.
            if *said.message != simple_query::TERMINATE {
                self.note_because(log, said.number, Broken::BehindEnd, self.ended, 0);
            }
            return;
        }
        self.rewind = None;
        let message = said.message;
        if let Some(asks) = Asks::of(message, said.bytes) {
            self.ask(log, said, asks);
        } else if *message == extended_query::FLUSH {
            self.pushed = self.asked;
        } else if *message == simple_query::TERMINATE {
            self.is_out_of_turn_in_login(log, said);
            (self.ended, self.has_terminated) = (said.number, true);
        } else if message.tag() == Some(b'p') || *message == authentication::AUTHENTICATION_RESPONSE {
            self.prove(log, said);
        } else {
            self.copy(log, said);
        }
    }

    /// Everything was answered, and the client speaks: from here on it is known again what is asked.
    fn is_quiet_point(&mut self, log: &Log) {
        if self.is_quiet && self.is_doubted {
            self.is_doubted = self.is_lost || self.doubts != log.doubts();
            self.doubts = log.doubts();
        }
        if self.is_quiet && self.is_lost {
            self.is_lost = false;
            self.first = log.len();
            (self.front, self.rounds, self.is_skipping) = (0, 0, false);
        }
        if self.is_quiet {
            self.spare = 0;
        }
        self.is_quiet = false;
    }

    fn ask(&mut self, log: &mut Log, said: Said, asks: Asks) {
        if self.is_out_of_turn(log, said, asks) || (self.is_skipping && asks != Asks::Sync && !self.is_one_sided) {
            return;
        }
        if matches!(asks, Asks::Startup | Asks::Cancel) {
            self.begin(log, said, asks);
        }
        if self.is_one_sided {
            return self.ask_nobody(log, asks, said);
        }
        let means = self.meaning(log, asks, said);
        let at = log.push(asks, said.number, means);
        self.asked = at + 1;
        self.outlived(log, said, asks, means);
        if asks == Asks::Execute
            && let Some(rows) = rows_wanted(said.bytes).filter(|rows| *rows > 0)
        {
            log.limit(at, rows);
        }
        // Who waits only for a ReadyForQuery that never came does not pipeline.
        self.is_pipelined |= self.rounds > 1 || (self.rounds == 1 && !self.awaits_only_ready());
        if asks.ends_round() {
            self.rounds += 1;
        }
        if !asks.may_wait() {
            self.pushed = self.asked;
        }
        if self.first == at {
            self.is_skipping = false;
            self.turn_to(log, at, said.number + 1);
        }
    }

    /// Of a client alone only what Bind refers to is kept.
    fn ask_nobody(&mut self, log: &mut Log, asks: Asks, said: Said) {
        let first = || read::first_text(said.bytes).unwrap_or_default();
        let second = || read::second_text(said.bytes).unwrap_or_default();
        match asks {
            Asks::Parse => drop(log.names.parse(first(), said.number, Sketch::UNSEEN)),
            Asks::Bind => {
                let statement = log.names.find(second());
                if log.names.statement(statement).is_some() {
                    log.push(asks, said.number, statement);
                }
            }
            _ => {}
        }
    }

    /// Says what is wrong if the client may not ask now; whether the server will not take it for a request.
    fn is_out_of_turn(&mut self, log: &mut Log, said: Said, asks: Asks) -> bool {
        if self.is_one_sided {
            return false;
        }
        let pending = self.front_asks(log);
        if matches!(pending, Some(Asks::Tls | Asks::Gss)) && self.is_order_known {
            self.note(log, said.number, Broken::Stuffed, 0);
            return false;
        }
        if self.is_out_of_turn_in_login(log, said) {
            return false;
        }
        if !self.takes_copy_data() {
            return false;
        }
        let is_overlooked = asks == Asks::Sync && self.takes_copy_fail();
        if !is_overlooked && self.is_order_known {
            self.note(log, said.number, Broken::InCopy, 0);
        }
        true
    }

    /// Whether a proof is awaited and this is none.
    fn is_out_of_turn_in_login(&self, log: &mut Log, said: Said) -> bool {
        let awaits_proof =
            self.front_asks(log) == Some(Asks::Startup) && GRAMMAR.said_by(Direction::Frontend, self.front) != 0;
        if awaits_proof && self.is_order_known && GRAMMAR.said_by(Direction::Backend, self.front) == 0 {
            self.note(log, said.number, Broken::NoProof, 0);
        }
        awaits_proof
    }

    fn takes_copy_data(&self) -> bool {
        GRAMMAR.takes(Direction::Frontend, &copy::COPY_DATA) & self.front != 0
    }

    /// Whether a COPY from the client goes on, which alone CopyFail may end.
    fn takes_copy_fail(&self) -> bool {
        GRAMMAR.takes(Direction::Frontend, &copy::COPY_FAIL) & self.front != 0
    }

    fn begin(&mut self, log: &mut Log, said: Said, asks: Asks) {
        // Only what asks for encryption may come before.
        if self.last_answer == NONE || !self.is_let_in {
            self.is_begun = true;
            log.names_are_known(said.number, true);
        }
        if asks == Asks::Startup {
            let replication = read::startup_parameter(said.bytes, "replication");
            self.replication = Some(replication.is_some_and(command::asks_for_replication));
        }
    }

    /// The version, portal or SQL that a request means; names are made and dropped in the order in which that is asked.
    fn meaning(&mut self, log: &mut Log, asks: Asks, said: Said) -> u32 {
        let (bytes, number) = (said.bytes, said.number);
        let first = || read::first_text(bytes).unwrap_or_default();
        let second = || read::second_text(bytes).unwrap_or_default();
        match asks {
            Asks::Query => {
                let sketch = self.sketch(log, number, first());
                let dropped = (log.names.close_statement(b""), log.names.close_portal(b""));
                log.drops(dropped);
                sketch.bits()
            }
            Asks::Parse => {
                let sketch = self.sketch(log, number, second());
                log.names.parse(first(), number, sketch)
            }
            Asks::Bind => {
                let statement = log.names.assume(second());
                log.names.bind(first(), number, statement)
            }
            Asks::DescribeStatement => log.names.assume(target(bytes)),
            Asks::DescribePortal => log.names.portal(target(bytes)),
            Asks::Execute => log.names.portal(first()),
            Asks::Close => {
                let is_portal = read::first_byte(bytes) == Some(b'P');
                let name = target(bytes);
                let version = if is_portal { log.names.close_portal(name) } else { log.names.close_statement(name) };
                if version == NONE { NONE } else { version << 1 | u32::from(is_portal) }
            }
            _ => NONE,
        }
    }

    fn sketch(&self, log: &mut Log, number: u32, sql: &[u8]) -> Sketch {
        let sketch = Sketch::of(sql, self.replication != Some(false));
        if sketch.may_name() {
            log.names_are_known(number, false);
        }
        sketch
    }

    /// A portal whose transaction ended before it was asked for.
    fn outlived(&self, log: &mut Log, said: Said, asks: Asks, means: u32) {
        let is_of_portal = matches!(asks, Asks::Execute | Asks::DescribePortal);
        if is_of_portal && self.is_order_known && log.knows_names(said.number) && log.names.is_among(means, self.gone) {
            let (bind, _) = log.names.bound(means);
            self.note_because(log, said.number, Broken::Outlived, bind, 0);
        }
    }

    /// A password, a token, or what cannot be told apart from one.
    fn prove(&mut self, log: &mut Log, said: Said) {
        let hit = GRAMMAR.takes(said.direction, said.message) & self.front;
        if hit != 0 {
            self.front = GRAMMAR.behind(hit);
            self.has_proved = true;
        } else if (self.is_let_in || (self.has_proved && self.is_order_known)) && said.message.tag() == Some(b'p') {
            self.note(log, said.number, Broken::UnaskedProof, 0);
        }
    }

    /// COPY data, or the end of it. What comes outside a COPY is overlooked: so it may after one that failed.
    fn copy(&mut self, log: &mut Log, said: Said) {
        let hit = GRAMMAR.takes(said.direction, said.message) & self.front;
        let ends = *said.message == copy::COPY_DONE || *said.message == copy::COPY_FAIL;
        if hit != 0 {
            self.front = GRAMMAR.behind(hit);
        } else if self.takes_copy_data() && self.is_order_known {
            self.note(log, said.number, Broken::InCopy, 0);
        } else if ends {
            log.copy_ended();
        }
    }
}

/// The name in Describe and Close, behind the letter.
fn target(bytes: &[u8]) -> &[u8] {
    Span::new(6, bytes.len().saturating_sub(1)).of(bytes)
}

/// The limit in Execute: its last four bytes.
fn rows_wanted(bytes: &[u8]) -> Option<u32> {
    let (_, last) = bytes.split_last_chunk::<4>()?;
    Some(u32::from_be_bytes(*last)).filter(|rows| *rows <= i32::MAX as u32)
}
