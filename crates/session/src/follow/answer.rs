//! What the server says: it goes on in the answer to the first request, or begins the next.

use pgscope_proto::conversation::{ANYTIME, Asks, END, GRAMMAR};
use pgscope_proto::messages::{authentication, copy, errors, extended_query, simple_query};
use pgscope_proto::{Direction, Message, read};

use super::recover::MOST;
use super::{Asked, Broken, Follower, Letters, Log, NO_DATA, NONE, Said, Sketch};

impl Follower {
    pub(super) fn server_says(&mut self, log: &mut Log, said: Said) {
        if *said.message == errors::ERROR_RESPONSE || *said.message == errors::LEGACY_ERROR {
            return self.fails(log, said);
        }
        let hit = GRAMMAR.takes(Direction::Backend, said.message) & self.front;
        if hit != 0 && self.unseen == 0 {
            return self.goes_on(log, said, hit);
        }
        if ANYTIME.contains(&said.message) && !(self.is_partial && self.front_asks(log) == Some(Asks::Startup)) {
            return self.by_itself(log, said);
        }
        if self.unseen > 0 {
            return self.answers_unseen(log, said);
        }
        self.misplaced(log, said);
    }

    /// What may come at any time; before the client was let in nothing may.
    fn by_itself(&mut self, log: &mut Log, said: Said) {
        if self.front_asks(log) == Some(Asks::Startup) && !self.is_let_in {
            self.note(log, said.number, Broken::BeforeLetIn, 0);
        }
        // A notice belongs to what is being done.
        if *said.message != errors::NOTICE_RESPONSE || self.front == 0 {
            log.is_unasked(said.number);
        }
    }

    /// An answer to what was asked before the recording.
    fn answers_unseen(&mut self, log: &mut Log, said: Said) {
        self.unseen -= 1;
        self.last_answer = said.number;
        if *said.message == copy::COPY_IN_RESPONSE {
            self.overlook_all(log, said.number);
        }
        if *said.message == simple_query::ROW_DESCRIPTION {
            self.described = said.number;
        } else if *said.message == simple_query::DATA_ROW {
            log.row(said.number, self.described, NONE);
        } else if *said.message == simple_query::READY_FOR_QUERY {
            self.letters = Letters::told(read::first_byte(said.bytes).unwrap_or_default());
            self.is_quiet = self.front == 0;
        }
        log.is_unasked(said.number);
        if self.unseen == 0 {
            self.described = NONE;
            self.turn_to(log, self.first, said.number + 1);
        }
    }

    /// A COPY that was asked for before the recording overlooks each Sync that was sent before it began.
    fn overlook_all(&mut self, log: &Log, number: u32) {
        let is_sync = |at: &u32| log.asked(*at).is_some_and(|asked| asked.asks() == Asks::Sync && asked.frame < number);
        let overlooked = (self.first..log.len()).take_while(is_sync).count() as u32;
        self.first += overlooked;
        self.rounds = self.rounds.saturating_sub(overlooked);
        self.front = 0;
    }

    /// The message stands where it may.
    pub(super) fn goes_on(&mut self, log: &mut Log, said: Said, hit: u64) {
        let next = GRAMMAR.behind(hit);
        self.last_answer = said.number;
        if *said.message == simple_query::DATA_ROW {
            self.row(log, said);
            self.front = next;
            return;
        }
        let Some(asked) = log.asked(self.first) else { return };
        self.front = next;
        self.effect(log, said, asked);
        if next & END != 0 {
            self.done(log, said.number);
        }
        if *said.message == simple_query::READY_FOR_QUERY {
            self.is_quiet = self.front == 0;
        }
    }

    fn row(&mut self, log: &mut Log, said: Said) {
        if self.rows == 0 {
            self.describe_rows(log, said.number);
        }
        self.rows += 1;
        if self.limit > 0 && self.rows == self.limit + 1 {
            self.note(log, said.number, Broken::BeyondLimit, self.limit);
        }
    }

    /// Finds what describes the rows that begin here.
    fn describe_rows(&self, log: &mut Log, number: u32) {
        let Some(asked) = log.asked(self.first).filter(|asked| asked.asks() == Asks::Execute) else {
            return log.row(number, self.described, NONE);
        };
        let by = log.names.description_of(asked.means());
        if by != NONE && by & NO_DATA != 0 {
            self.note_because(log, number, Broken::RowsWithoutData, by & !NO_DATA, 0);
            return log.row(number, NONE, NONE);
        }
        let (bind, _) = log.names.bound(asked.means());
        log.row(number, by, if by == NONE { NONE } else { bind });
    }

    /// What the message does apart from going on.
    fn effect(&mut self, log: &mut Log, said: Said, asked: Asked) {
        let message = said.message;
        if *message == simple_query::ROW_DESCRIPTION {
            self.described(log, asked, said.number);
        } else if *message == extended_query::NO_DATA {
            self.described(log, asked, said.number | NO_DATA);
        } else if *message == simple_query::COMMAND_COMPLETE {
            self.completed(log, said, asked);
        } else if *message == simple_query::READY_FOR_QUERY {
            self.is_ready(log, said);
        } else if *message == extended_query::PARAMETER_DESCRIPTION {
            // Behind a gap it may be the answer to another request.
            let statement = log.names.statement_mut(asked.means()).filter(|_| !self.is_doubted);
            statement.into_iter().for_each(|statement| statement.parameters = said.number);
        } else if *message == extended_query::PORTAL_SUSPENDED {
            self.suspended(log, said);
        } else if *message == copy::COPY_IN_RESPONSE {
            self.has_begun_copy = true;
            self.copy_in(log);
        } else if *message == authentication::AUTHENTICATION_OK {
            self.is_let_in = true;
        }
    }

    fn described(&mut self, log: &mut Log, asked: Asked, number: u32) {
        self.rows = 0;
        match asked.asks() {
            Asks::DescribeStatement => {
                let statement = log.names.statement_mut(asked.means()).filter(|_| !self.is_doubted);
                statement.into_iter().for_each(|statement| statement.described = number);
            }
            Asks::DescribePortal if asked.means() != NONE => log.names.portal_described(asked.means(), number),
            _ if number & NO_DATA == 0 => self.described = number,
            _ => {}
        }
    }

    /// The SQL that is run in answer to this request, as far as it was seen.
    pub(super) fn sketch_of(log: &Log, asked: Asked) -> Sketch {
        match asked.asks() {
            Asks::Query => asked.sketch(),
            Asks::Execute | Asks::DescribePortal => {
                let (_, statement) = log.names.bound(asked.means());
                log.names.statement(statement).map_or(Sketch::UNSEEN, |statement| statement.sketch)
            }
            // What fails before it is run changes no transaction but for the worse.
            Asks::Parse | Asks::Bind | Asks::DescribeStatement | Asks::Close => Sketch::from_bits(1),
            _ => Sketch::UNSEEN,
        }
    }

    fn completed(&mut self, log: &mut Log, said: Said, asked: Asked) {
        let sketch = Self::sketch_of(log, asked);
        let tag = read::first_text(said.bytes).unwrap_or_default();
        self.letters = self.letters.completed(tag, sketch);
        let is_query = asked.asks() == Asks::Query;
        if !self.has_begun_copy && tag.starts_with(b"COPY ") && self.has_copied_ahead(log) {
            self.note(log, said.number, Broken::NoCopyResponse, 0);
        } else if !is_query && self.limit > 0 && self.rows == self.limit {
            self.note(log, said.number, Broken::NotSuspended, self.limit);
        }
        let told = tag.strip_prefix(b"SELECT ").and_then(|count| std::str::from_utf8(count).ok()?.parse().ok());
        let is_told_wrong = |count: u64| count != u64::from(self.rows);
        if (self.rows > 0 || self.described != NONE) && told.is_some_and(is_told_wrong) {
            self.note(log, said.number, Broken::CountOfRows, self.rows);
        }
        self.results += 1;
        (self.rows, self.described) = (0, NONE);
        let is_full = sketch.most_results().is_some_and(|most| self.results >= most.max(1));
        if is_query && is_full {
            // Nothing but ReadyForQuery is left.
            self.front &= GRAMMAR.takes(Direction::Backend, &simple_query::READY_FOR_QUERY);
        }
    }

    /// Whether the client ended a COPY right behind this request, but for Syncs.
    fn has_copied_ahead(&self, log: &Log) -> bool {
        let is_sync = |at: u32| log.asked(at).is_some_and(|asked| asked.asks() == Asks::Sync);
        log.copy_end_behind(self.first)
            .is_some_and(|behind| behind - self.first <= MOST && (self.first + 1..behind).all(is_sync))
    }

    fn suspended(&mut self, log: &mut Log, said: Said) {
        if self.limit == 0 || self.rows < self.limit {
            self.note(log, said.number, Broken::Suspended, self.limit);
        }
    }

    fn is_ready(&mut self, log: &mut Log, said: Said) {
        let letter = read::first_byte(said.bytes).unwrap_or_default();
        let most = log
            .asked(self.first)
            .filter(|asked| asked.asks() == Asks::Query)
            .and_then(|asked| asked.sketch().most_results());
        let is_short = !self.has_failed && most.is_some_and(|most| self.results < most);
        (self.rewind, self.is_early) = (is_short.then(|| (GRAMMAR.start(Asks::Query), self.first)), false);
        // A Query among requests that no Sync has ended runs in their transaction, which may end with it.
        let is_among_unsynced = self.is_unsynced && self.front_asks(log) != Some(Asks::Sync);
        let possible = self.letters.or_open(is_among_unsynced);
        if !possible.allow(letter) {
            self.note(log, said.number, Broken::Status, possible.bits());
        }
        self.letters = Letters::told(letter).or_closed(is_among_unsynced);
        self.is_let_in = true;
        // With its transaction each portal goes, unless another was asked for meanwhile.
        if letter == b'I' && self.first + 1 == log.len() {
            self.gone = log.names.portals();
        }
    }

    /// What the client said before it heard that the COPY began is read by it: data and their end, Syncs, which it overlooks,
    /// and anything else, at which it fails.
    fn copy_in(&mut self, log: &mut Log) {
        let end = log.copy_end_behind(self.first);
        let until = end.unwrap_or(log.len());
        let is_sync = |at: &u32| log.asked(*at).is_some_and(|asked| asked.asks() == Asks::Sync);
        let syncs = (self.first + 1..until).take(MOST as usize).take_while(is_sync).count() as u32;
        let stranger = log.asked(self.first + 1 + syncs).filter(|_| self.first + 1 + syncs < until);
        self.overlooked = syncs + u32::from(stranger.is_some());
        self.is_overlooked = stranger.is_some();
        if let Some(stranger) = stranger {
            let because = log.asked(self.first).map_or(NONE, |asked| asked.frame);
            self.note_because(log, stranger.frame, Broken::InCopy, because, 0);
        } else if end.is_some() {
            let ends = GRAMMAR.takes(Direction::Frontend, &copy::COPY_DONE) & self.front;
            self.front = GRAMMAR.behind(ends);
        }
    }

    /// An ErrorResponse: the answer to the first request ends, and what it leaves behind is in the table.
    fn fails(&mut self, log: &mut Log, said: Said) {
        let is_final = is_final(said.message, said.bytes);
        if self.unseen > 0 && !is_final {
            return self.answers_unseen(log, said);
        }
        self.last_answer = said.number;
        self.is_quiet = false;
        let Some(asked) = log.asked(self.first) else {
            if !is_final && !self.is_skipping {
                self.unasked(log, said);
            }
            log.is_unasked(said.number);
            self.ended = if is_final { said.number } else { self.ended };
            return;
        };
        if is_final {
            self.ended = said.number;
            (self.first, self.front) = (log.len(), 0);
            return;
        }
        self.letters = self.letters.failed(Self::sketch_of(log, asked));
        if asked.asks() == Asks::Cancel {
            self.note(log, said.number, Broken::Misplaced, 0);
        }
        if self.has_failed && asked.asks() != Asks::Startup {
            self.note(log, said.number, Broken::BehindError, 1);
        }
        self.leave(log, said, asked);
    }

    fn leave(&mut self, log: &mut Log, said: Said, asked: Asked) {
        use pgscope_proto::conversation::Failure;
        match asked.asks().request().fails {
            Failure::Close => {
                self.ended = said.number;
                (self.first, self.front) = (log.len(), 0);
            }
            Failure::Ready => {
                self.spare += self.doubtful();
                let ready = GRAMMAR.takes(Direction::Backend, &simple_query::READY_FOR_QUERY);
                self.front = GRAMMAR.of(asked.asks()) & ready;
                self.has_failed = true;
            }
            Failure::SkipToSync => self.skip_to_sync(log, said),
        }
    }

    /// How many Syncs a COPY that failed may have overlooked, or not.
    fn doubtful(&self) -> u32 {
        if self.is_overlooked { 0 } else { self.overlooked }
    }

    /// What was asked is thrown away up to the next Sync, Query and FunctionCall too.
    fn skip_to_sync(&mut self, log: &mut Log, said: Said) {
        let mut at = self.first;
        // Nobody can tell whether it has overlooked them before it failed.
        self.spare += self.doubtful();
        at = match self.overlooked {
            0 => at,
            _ => self.behind_overlooked(log, at + 1, said.number + 1),
        };
        let since = log.asked(at).map_or(NONE, |asked| asked.frame);
        while let Some(asked) = log.asked(at).filter(|asked| asked.asks() != Asks::Sync) {
            undo(log, at, asked, since);
            if asked.asks().ends_round() {
                self.rounds = self.rounds.saturating_sub(1);
            }
            if at > self.first {
                log.is_first_from(at, said.number + 1);
            }
            at += 1;
        }
        self.is_skipping = at == log.len();
        self.turn_to(log, at, said.number + 1);
        self.has_failed = true;
    }

    /// A server that is heard alone: each message must go on in some answer, whatever was asked.
    pub(super) fn server_alone(&mut self, log: &mut Log, said: Said) {
        if *said.message == simple_query::ROW_DESCRIPTION {
            self.described = said.number;
        } else if *said.message == simple_query::DATA_ROW {
            log.row(said.number, self.described, NONE);
        }
    }
}

/// Names that a failed request was to make or drop are as before.
fn undo(log: &mut Log, at: u32, asked: Asked, since: u32) {
    match asked.asks() {
        Asks::Query => log.keeps(at),
        Asks::Parse => log.names.statement_failed(asked.means()),
        Asks::Bind => log.names.portal_failed(asked.means(), since),
        Asks::Close => match asked.closes() {
            (true, portal) => log.names.portal_failed(portal, since),
            (false, statement) => log.names.statement_failed(statement),
        },
        _ => {}
    }
}

/// Whether the server closes behind this error.
pub(crate) fn is_final(message: &'static Message, bytes: &[u8]) -> bool {
    let severity = read::error_field(bytes, b'V').or_else(|| read::error_field(bytes, b'S'));
    *message == errors::LEGACY_ERROR || matches!(severity, Some(b"FATAL" | b"PANIC"))
}
