//! Follows a conversation over the table of it: which request is answered, what is awaited, what is wrong.
//!
//! The server answers in the order of the requests. So the requests are a log, and the follower knows the first that is not
//! answered and the places in the grammar of its answer at which the next message may stand. It never looks back: it is a
//! checkpoint by being copied, and what it leaves behind ([`Log`]) only grows. What cannot be known, from the middle of a
//! recording or behind bytes that cannot be read, is a wider set; only what is known may be called an error.

mod answer;
mod ask;
mod current;
mod log;
mod names;
mod noted;
mod outstanding;
mod recover;
mod sketch;
mod transaction;

use pgscope_proto::conversation::{Asks, END, GRAMMAR};
use pgscope_proto::messages::{authentication, simple_query};
use pgscope_proto::{CopyContent, Direction, Message};

pub(crate) use answer::is_final;
pub use log::Described;
pub(crate) use log::{Asked, Log};
pub(crate) use names::{Names, Statement};
pub(crate) use noted::{Broken, Noted};
pub(crate) use outstanding::{before_startup, outstanding};
pub(crate) use sketch::Sketch;
pub(crate) use transaction::Letters;

/// What stands for no frame, no request, no version.
pub(crate) const NONE: u32 = u32::MAX;

/// Marks the frame of a description that says that there are no rows.
pub(crate) const NO_DATA: u32 = 1 << 31;

/// A message that was said, as the follower looks at it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Said<'a> {
    pub(crate) number: u32,
    pub(crate) direction: Direction,
    pub(crate) message: &'static Message,
    pub(crate) bytes: &'a [u8],
}

/// Where a conversation is.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Follower {
    /// What is awaited of the first request that is not answered: positions of the grammar. Nothing if all is answered.
    front: u64,
    /// The first request that is not answered.
    first: u32,
    /// How many requests there were.
    asked: u32,
    /// Requests before this one were pushed by a Sync, a Flush or their own nature: the server must answer them.
    pushed: u32,
    /// How many rounds are asked and not answered.
    rounds: u32,
    /// So many messages of the server answer requests that were made before the recording.
    unseen: u32,
    /// After bytes that cannot be read: nothing is certain before the next quiet point.
    is_lost: bool,
    /// Behind a gap: until a round went as it may, from one quiet point to the next, nothing is certain either.
    is_doubted: bool,
    /// How many findings were doubted when the last quiet point came.
    doubts: u32,
    /// Whether the connection's beginning was seen.
    is_begun: bool,
    /// Whether the client asked the next round before the last was answered: where the beginning was not seen, that makes it
    /// uncertain which request is answered.
    is_pipelined: bool,
    is_let_in: bool,
    /// The client has proved once who it is: it does so again only when it is asked.
    has_proved: bool,
    /// A failed round of the extended protocol goes on to the next Sync.
    is_skipping: bool,
    /// Whether the request that is being answered failed.
    has_failed: bool,
    /// Whether the last round did, and was ended by Sync.
    round_failed: bool,
    /// Something of the extended protocol was answered behind the last Sync: a transaction is open that no letter tells.
    is_unsynced: bool,
    /// The last thing that was said was a ReadyForQuery, and all is answered.
    is_quiet: bool,
    /// Something ended the connection: its frame.
    ended: u32,
    /// It was the client's Terminate.
    has_terminated: bool,
    /// What stood here before a ReadyForQuery that came too early, or may have: what was awaited, and whose it was.
    rewind: Option<(u64, u32)>,
    /// Whether that was noted.
    is_early: bool,
    /// Requests that the COPY overlooks that reads now: they were sent before it began, and are Syncs, and the one message at
    /// which it fails if that is no part of it.
    overlooked: u32,
    /// Whether it is certain that they are overlooked.
    is_overlooked: bool,
    /// Syncs that a COPY which failed may have overlooked: so many ReadyForQuery may come, or may not.
    spare: u32,
    /// So many portals were dropped with their transactions.
    gone: u32,
    /// Whether this request has begun a COPY.
    has_begun_copy: bool,
    /// The last RowDescription of the Query that is being answered.
    described: u32,
    /// How many results the Query has given.
    results: u32,
    /// How many rows this result has, and how many it may have.
    rows: u32,
    limit: u32,
    letters: Letters,
    /// Whether the client is on a connection for replication, if that is known.
    replication: Option<bool>,
    is_one_sided: bool,
    is_order_known: bool,
    /// Whether messages may be missing that a trace does not print.
    is_partial: bool,
    /// The server's last message.
    last_answer: u32,
}

impl Follower {
    /// Of a conversation of which nothing was said; `unseen` messages of the server will answer what was asked before.
    pub(crate) fn new(is_one_sided: bool, is_order_known: bool, unseen: u32) -> Self {
        Self {
            front: 0,
            first: 0,
            asked: 0,
            pushed: 0,
            rounds: 0,
            unseen: if unseen == outstanding::UNKNOWN { 0 } else { unseen },
            is_lost: unseen == outstanding::UNKNOWN,
            is_doubted: false,
            doubts: 0,
            is_begun: false,
            is_pipelined: false,
            is_let_in: false,
            has_proved: false,
            is_skipping: false,
            has_failed: false,
            round_failed: false,
            is_unsynced: false,
            is_quiet: false,
            ended: NONE,
            has_terminated: false,
            rewind: None,
            is_early: false,
            overlooked: 0,
            is_overlooked: false,
            spare: 0,
            gone: 0,
            has_begun_copy: false,
            described: NONE,
            results: 0,
            rows: 0,
            limit: 0,
            letters: Letters::ANY,
            replication: None,
            is_one_sided,
            is_order_known,
            is_partial: false,
            last_answer: NONE,
        }
    }

    /// The same of a trace that leaves messages out.
    pub(crate) fn partial(self, is_partial: bool) -> Self {
        Self { is_partial, ..self }
    }

    /// A follower of what comes next, which knows nothing of what was said before. If nothing is owed, it knows that.
    pub(crate) fn anew(&self, is_one_sided: bool) -> Self {
        let unseen = if self.is_quiet { 0 } else { outstanding::UNKNOWN };
        Self { replication: self.replication, ..Self::new(is_one_sided, self.is_order_known, unseen) }
            .partial(self.is_partial)
    }

    /// Whether the last that was said is that the server waits for a query, and nothing is owed.
    pub(crate) fn is_quiet(&self) -> bool {
        self.is_quiet
    }

    pub(crate) fn is_one_sided(&self) -> bool {
        self.is_one_sided
    }

    /// The conversation after one more message.
    pub(crate) fn step(&mut self, log: &mut Log, said: Said) {
        log.sure_from(said.number, self.is_certain());
        match said.direction {
            Direction::Frontend => self.client_says(log, said),
            Direction::Backend if self.is_one_sided => self.server_alone(log, said),
            Direction::Backend => self.server_says(log, said),
        }
    }

    /// Bytes came that cannot be read, or a message that was cut: what was said there nobody knows.
    pub(crate) fn lose(&mut self, log: &mut Log, number: u32) {
        if self.first >= log.len() {
            log.is_unasked(number);
        }
        self.is_lost = true;
        log.names_are_known(number, false);
        // What began or ended a transaction may be lost, too.
        self.letters = Letters::ANY;
    }

    /// Something is not in the recording here. What was asked there may be answered at any time, so that even one who waits for
    /// nothing does not know it; and what has a name may be something else now.
    pub(crate) fn miss(&mut self, log: &mut Log, number: u32) {
        self.lose(log, number);
        (self.is_quiet, self.is_begun, self.is_doubted) = (false, false, true);
        log.miss(number);
    }

    /// Whether the server may say something now: it owes an answer, and it is not the client's turn.
    /// If what it says next is not awaited, and the client may speak, too, then that goes first.
    pub(crate) fn server_may_say(&self, next: &'static Message) -> bool {
        let is_awaited = GRAMMAR.takes(Direction::Backend, next) & self.front != 0;
        let is_clients_turn = GRAMMAR.said_by(Direction::Frontend, self.front) != 0;
        self.server_may_speak() && (is_awaited || !is_clients_turn || self.unseen > 0)
    }

    fn server_may_speak(&self) -> bool {
        self.unseen > 0 || (self.first < self.pushed && GRAMMAR.said_by(Direction::Backend, self.front) != 0)
    }

    /// Whether the client may now say who it is.
    pub(crate) fn awaits_proof(&self) -> bool {
        GRAMMAR.takes(Direction::Frontend, &authentication::AUTHENTICATION_RESPONSE) & self.front != 0
    }

    /// What CopyData would carry in answer to what is being answered.
    pub(crate) fn copies(&self, log: &Log) -> CopyContent {
        match log.asked(self.first) {
            Some(asked) if asked.asks() == Asks::Query => asked.sketch().content(),
            _ => CopyContent::Unknown,
        }
    }

    fn awaits_only_ready(&self) -> bool {
        self.front & GRAMMAR.takes(Direction::Backend, &simple_query::READY_FOR_QUERY) == self.front
    }

    fn front_asks(&self, log: &Log) -> Option<Asks> {
        log.asked(self.first).map(|asked| asked.asks())
    }

    /// Whether what is found is more than a guess.
    fn is_certain(&self) -> bool {
        !self.is_lost && !self.is_doubted && self.unseen == 0 && (self.is_begun || !self.is_pipelined)
    }

    fn note(&self, log: &mut Log, number: u32, broken: Broken, detail: u32) {
        let because = log.asked(self.first).map_or(NONE, |asked| asked.frame);
        self.note_because(log, number, broken, because, detail);
    }

    fn note_because(&self, log: &mut Log, number: u32, broken: Broken, because: u32, detail: u32) {
        if self.is_one_sided || self.is_lost || self.unseen > 0 {
            return;
        }
        if self.is_doubted {
            return log.doubt();
        }
        let is_certain = self.is_certain();
        log.note(Noted { frame: number, broken, is_certain, awaited: self.front, because, detail });
    }

    /// Nothing more was recorded behind this frame.
    pub(crate) fn close(&self, log: &mut Log, last: u32) {
        let is_open = self.front & !END != 0 && self.ended == NONE;
        if is_open && !self.is_one_sided && !self.is_lost && !self.is_doubted && self.unseen == 0 && !self.is_partial {
            let because = log.asked(self.first).map_or(NONE, |asked| asked.frame);
            let is_pushed = u32::from(self.first < self.pushed);
            let noted = Noted {
                frame: last,
                broken: Broken::Unfinished,
                is_certain: false,
                awaited: self.front,
                because,
                detail: is_pushed,
            };
            log.note(noted);
        }
    }

    /// Goes on to the request with this number, from this frame on.
    fn turn_to(&mut self, log: &mut Log, request: u32, from: u32) {
        self.first = request;
        (self.has_failed, self.has_begun_copy) = (false, false);
        self.described = NONE;
        (self.results, self.rows, self.limit) = (0, 0, 0);
        match log.asked(request) {
            Some(asked) => {
                self.front = GRAMMAR.start(asked.asks());
                log.is_first_from(request, from);
                if asked.asks() == Asks::Execute {
                    self.limit = log.limit_of(request);
                }
            }
            None => self.front = 0,
        }
    }

    /// The first request is answered, or was given up, with this message.
    fn done(&mut self, log: &mut Log, number: u32) {
        let asks = self.front_asks(log);
        if asks.is_some_and(Asks::ends_round) {
            self.rounds = self.rounds.saturating_sub(1);
            self.round_failed = self.has_failed && asks == Some(Asks::Sync);
        }
        self.is_unsynced = match asks {
            Some(Asks::Sync) => false,
            Some(asks) => self.is_unsynced || asks.may_wait(),
            None => self.is_unsynced,
        };
        let next = self.behind_overlooked(log, self.first + 1, number + 1);
        self.turn_to(log, next, number + 1);
    }

    /// The first request from this one on that no COPY has overlooked.
    fn behind_overlooked(&mut self, log: &mut Log, mut at: u32, from: u32) -> u32 {
        while self.overlooked > 0
            && let Some(asked) = log.asked(at)
        {
            self.overlooked -= 1;
            if asked.asks().ends_round() {
                self.rounds = self.rounds.saturating_sub(1);
            }
            log.is_first_from(at, from);
            at += 1;
        }
        self.overlooked = 0;
        at
    }
}
