//! What happened on a connection, in numbers: who spoke and for how long, what was asked how often, how long the answers took, how it
//! ended. It is found in one pass over the index, which may be made in slices; no message is decoded.
//!
//! ```text
//! Index, times of the segments ──▶ Survey ──▶ About, the queries with their times, what each stretch of time was spent on
//! ```
//!
//! It knows nothing of other connections but the texts that they share ([`Texts`]), and no words.

mod texts;

pub use texts::{Texts, lifted};

use std::collections::{HashMap, VecDeque};

use pgscope_proto::conversation::Asks;
use pgscope_proto::{Direction, Exchange, Message, read};

use crate::index::{Entry, Index};

/// The two numbers by which a server knows whose queries to cancel.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Key(Vec<u8>);

/// How a connection ended, as far as the recording tells.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum End {
    /// It goes on.
    #[default]
    Open,
    /// The client took its leave.
    Terminated,
    /// The server ended it; the SQLSTATE says why.
    Ended(String),
    /// It was only there to cancel a query of another.
    Cancelled,
}

/// What is known of a connection.
#[derive(Clone, Debug, Default)]
pub struct About {
    /// Who came in.
    pub user: Option<String>,
    /// Which database they wanted.
    pub database: Option<String>,
    /// What their program calls itself.
    pub application: Option<String>,
    /// Of the server.
    pub version: Option<String>,
    /// Whether what was said is hidden, and by what.
    pub hidden: Option<&'static str>,
    /// When its first and its last message were seen, in microseconds.
    pub seen_us: Option<(i64, i64)>,
    /// How many messages each end sent.
    pub messages: [usize; 2],
    /// How many bytes.
    pub bytes: [u64; 2],
    /// How often the client waited for the server.
    pub round_trips: usize,
    /// How many queries and executions.
    pub queries: usize,
    /// How many Parse messages, and of them those whose text was prepared before on this connection.
    pub parses: [usize; 2],
    /// How many Bind messages.
    pub binds: usize,
    /// How often the server said that something failed.
    pub errors: usize,
    /// How often it had something to remark.
    pub notices: usize,
    /// How many answers were cut short, unreadable or not in the recording.
    pub faults: usize,
    /// What it can be cancelled by.
    pub key: Option<Key>,
    /// What it cancels.
    pub cancels: Option<Key>,
    /// How it ended.
    pub end: End,
    /// The query whose answer took longest, and how long, in microseconds.
    pub slowest: Option<(usize, u32)>,
    /// How the time was spent.
    pub spent: Spent,
    /// How many bytes of values the server sent as text, and in binary format.
    pub values: [u64; 2],
}

/// On what time was spent, in microseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Spent {
    /// The server had something to answer.
    pub server: u64,
    /// The client had the word, outside a transaction.
    pub client: u64,
    /// The client had the word, and a transaction was open.
    pub in_transaction: u64,
}

/// Who had the word.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Turn {
    /// The client, and no transaction was open.
    #[default]
    Client,
    /// The client, in a transaction.
    InTransaction,
    /// The server.
    Server,
}

/// A query or an execution, and what came of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Asked {
    /// The message that asked: Query, Execute or FunctionCall.
    pub message: u32,
    /// Its SQL, in [`Texts`].
    pub text: u32,
    /// When it was asked, in microseconds; the least there is where nothing says it.
    pub at_us: i64,
    /// How long it took until the first row came, in microseconds; none where there was no row.
    pub first: u32,
    /// The same until all of it had come.
    pub done: u32,
    /// How many rows there were.
    pub rows: u32,
    /// How many bytes the answer has.
    pub bytes: u32,
    /// Whether it failed.
    pub failed: bool,
}

/// What stands for no time.
pub const NEVER: u32 = u32::MAX;

/// What was found of a connection so far.
#[derive(Clone, Debug, Default)]
pub struct Survey {
    /// What is known of it.
    pub about: About,
    /// What was asked, in order.
    pub asked: Vec<Asked>,
    /// Which messages there are, by who sends them: how many, and how many bytes.
    pub kinds: Vec<(Direction, &'static Message, usize, u64)>,
    /// From when on who had the word.
    pub turns: Vec<(i64, Turn)>,
    /// The messages that failed.
    pub failures: Vec<(u32, Option<i64>)>,
    reached: usize,
    clock: Clock,
    /// Those that are not answered, by the message that asked.
    waiting: VecDeque<u32>,
    /// The request that is answered now, counted among all.
    answering: usize,
    spoke: Option<Direction>,
    turn: Turn,
    /// The text of each Parse.
    parsed: HashMap<u32, u32>,
    prepared: HashMap<u32, usize>,
    format: Format,
}

/// In which format the rows of an answer come.
#[derive(Clone, Copy, Debug, Default)]
struct Format {
    /// The Bind that chose it.
    bind: Option<u32>,
    is_binary: bool,
}

/// When bytes were seen: two places in the segments, which only go on.
#[derive(Clone, Debug, Default)]
struct Clock {
    at: [usize; 2],
}

impl Clock {
    /// When the byte before `end` of this direction was seen.
    fn at(&mut self, exchange: &Exchange, direction: Direction, end: usize) -> Option<i64> {
        let at = self.at.get_mut(direction.index())?;
        while let Some(segment) = exchange.segments.get(*at) {
            if segment.direction == direction && segment.span.end >= end {
                return segment.at_us;
            }
            *at += 1;
        }
        None
    }
}

impl Survey {
    /// Goes on with the messages that the index has found since.
    pub fn more(&mut self, exchange: &Exchange, index: &Index, texts: &mut Texts) {
        while let Some(entry) = index.entry(self.reached) {
            self.reached += 1;
            let at = self.clock.at(exchange, entry.direction, entry.span.end);
            let bytes = entry.span.of(&exchange.stream(entry.direction).bytes);
            self.hear(index, exchange, &entry, bytes, at, texts);
        }
    }

    fn hear(
        &mut self,
        index: &Index,
        exchange: &Exchange,
        entry: &Entry,
        bytes: &[u8],
        at: Option<i64>,
        texts: &mut Texts,
    ) {
        let side = entry.direction.index();
        self.count(entry, bytes.len());
        let about = &mut self.about;
        if let Some(at) = at {
            let (begun, _) = *about.seen_us.get_or_insert((at, at));
            about.seen_us = Some((begun, at));
        }
        about.messages.get_mut(side).into_iter().for_each(|count| *count += 1);
        about.bytes.get_mut(side).into_iter().for_each(|count| *count += bytes.len() as u64);
        about.faults += usize::from(entry.fault.is_some());
        if entry.direction == Direction::Backend && self.spoke == Some(Direction::Frontend) {
            about.round_trips += 1;
        }
        self.spoke = Some(entry.direction);
        match entry.direction {
            Direction::Frontend => self.hear_client(index, exchange, entry, bytes, at, texts),
            Direction::Backend => self.hear_server(index, exchange, entry, bytes, at),
        }
    }

    /// The one that was last counted is mostly near the beginning of the list.
    fn count(&mut self, entry: &Entry, bytes: usize) {
        let is_it = |(direction, message, ..): &(Direction, &Message, usize, u64)| {
            std::ptr::eq(*message, entry.message) && *direction == entry.direction
        };
        match self.kinds.iter().position(is_it) {
            Some(at) => {
                if let Some((_, _, count, all)) = self.kinds.get_mut(at) {
                    *count += 1;
                    *all += bytes as u64;
                }
                self.kinds.swap(at, at / 2);
            }
            None => self.kinds.push((entry.direction, entry.message, 1, bytes as u64)),
        }
    }

    fn hear_client(
        &mut self,
        index: &Index,
        exchange: &Exchange,
        entry: &Entry,
        bytes: &[u8],
        at: Option<i64>,
        texts: &mut Texts,
    ) {
        match entry.message.field.id {
            "startup" => self.come_in(bytes),
            "cancelrequest" => {
                self.about.cancels = bytes.get(8..).map(|key| Key(key.to_vec()));
                self.about.end = End::Cancelled;
            }
            "tlsrecord" => self.about.hidden = Some("TLS"),
            "gsspacket" => self.about.hidden = Some("GSSAPI"),
            "terminate" => {
                self.about.end = End::Terminated;
                return self.turn(at, Turn::Client);
            }
            "query" => {
                let text = texts.add(read::first_text(bytes).unwrap_or_default());
                self.ask(entry, text, at);
            }
            "functioncall" => {
                let text = texts.add(b"function call");
                self.ask(entry, text, at);
            }
            "parse" => {
                let text = texts.add(read::second_text(bytes).unwrap_or_default());
                self.parsed.insert(entry.number as u32, text);
                let before = self.prepared.entry(text).or_default();
                *before += 1;
                let again = usize::from(*before > 1);
                let [all, repeated] = &mut self.about.parses;
                *all += 1;
                *repeated += again;
            }
            "bind" => self.about.binds += 1,
            // The server reads on.
            "copydata" => return,
            "execute" => {
                let parse = index.bind_of(entry.number).map(|bind| (bind, index.parse_of(bind)));
                let known = parse.and_then(|(_, parse)| self.parsed.get(&(parse? as u32)).copied());
                let text = known.unwrap_or_else(|| match parse {
                    Some((bind, _)) => texts.unknown(bound(index, exchange, bind)),
                    None => texts.unknown(b""),
                });
                self.ask(entry, text, at);
            }
            _ => {}
        }
        self.turn(at, Turn::Server);
    }

    fn come_in(&mut self, bytes: &[u8]) {
        let value = |name: &str| {
            let value = read::startup_parameter(bytes, name).filter(|value| !value.is_empty())?;
            Some(String::from_utf8_lossy(value).into_owned())
        };
        let about = &mut self.about;
        about.user = value("user");
        about.database = value("database").or_else(|| about.user.clone());
        about.application = value("application_name");
    }

    fn ask(&mut self, entry: &Entry, text: u32, at: Option<i64>) {
        self.about.queries += 1;
        self.waiting.push_back(self.asked.len() as u32);
        self.asked.push(Asked {
            message: entry.number as u32,
            text,
            at_us: at.unwrap_or(i64::MIN),
            first: NEVER,
            done: NEVER,
            rows: 0,
            bytes: 0,
            failed: false,
        });
    }

    fn hear_server(&mut self, index: &Index, exchange: &Exchange, entry: &Entry, bytes: &[u8], at: Option<i64>) {
        let log = index.log();
        while let Some(next) = log.request(self.answering + 1)
            && next.from as usize <= entry.number
        {
            self.answering += 1;
        }
        let request = log.request(self.answering).filter(|asked| (asked.frame as usize) < entry.number);
        if let Some(request) = request {
            self.answer(index, exchange, request.frame, entry, bytes, at);
        }
        match entry.message.field.id {
            "parameterstatus" => self.note_setting(bytes),
            "backendkeydata" => self.about.key = bytes.get(5..).map(|key| Key(key.to_vec())),
            "tlsrecord" => self.about.hidden = Some("TLS"),
            "noticeresponse" => self.about.notices += 1,
            "errorresponse" => self.fail(entry, bytes, at),
            "readyforquery" => {
                let is_owed = log
                    .request(self.answering + 1)
                    .is_some_and(|next| (next.frame as usize) < entry.number && next.asks() != Asks::Cancel);
                let idle = match read::first_byte(bytes) {
                    Some(b'T' | b'E') => Turn::InTransaction,
                    _ => Turn::Client,
                };
                self.turn(at, if is_owed { Turn::Server } else { idle });
            }
            "copyinresponse" | "copybothresponse" => {
                let turn = if self.turn == Turn::InTransaction { Turn::InTransaction } else { Turn::Client };
                self.turn(at, turn);
            }
            id if id.starts_with("authentication") && !matches!(id, "authenticationok" | "authenticationsaslfinal") => {
                self.turn(at, Turn::Client);
            }
            _ => {}
        }
    }

    /// What the answer to a query says.
    fn answer(
        &mut self,
        index: &Index,
        exchange: &Exchange,
        request: u32,
        entry: &Entry,
        bytes: &[u8],
        at: Option<i64>,
    ) {
        while let Some(first) = self.waiting.front().and_then(|at| self.asked.get(*at as usize))
            && first.message < request
        {
            self.waiting.pop_front();
        }
        let Some(number) = self.waiting.front().copied() else { return };
        let Some(asked) = self.asked.get_mut(number as usize).filter(|asked| asked.message == request) else { return };
        let since = |at: Option<i64>| match at {
            Some(at) if asked.at_us != i64::MIN => u32::try_from(at - asked.at_us).unwrap_or(0),
            _ => NEVER,
        };
        let passed = since(at);
        asked.bytes = asked.bytes.saturating_add(bytes.len() as u32);
        match entry.message.field.id {
            "datarow" | "copydata" => {
                asked.rows = asked.rows.saturating_add(1);
                if asked.first == NEVER {
                    asked.first = passed;
                }
                if entry.message.field.id == "datarow" {
                    let bind = index.bind_of(request as usize).map(|bind| bind as u32);
                    if self.format.bind != bind {
                        self.format =
                            Format { bind, is_binary: bind.is_some_and(|bind| is_binary(index, exchange, bind)) };
                    }
                    let values = self.about.values.get_mut(usize::from(self.format.is_binary));
                    values.into_iter().for_each(|all| *all += (bytes.len() as u64).saturating_sub(7));
                }
            }
            "commandcomplete" | "emptyqueryresponse" | "portalsuspended" | "functioncallresponse" | "errorresponse" => {
                asked.done = passed;
                asked.failed |= entry.message.field.id == "errorresponse";
                if passed != NEVER && self.about.slowest.is_none_or(|(_, slowest)| passed > slowest) {
                    self.about.slowest = Some((number as usize, passed));
                }
            }
            _ => {}
        }
    }

    fn note_setting(&mut self, bytes: &[u8]) {
        let value = || Some(String::from_utf8_lossy(read::second_text(bytes)?).into_owned());
        match read::first_text(bytes) {
            Some(b"server_version") => self.about.version = value(),
            Some(b"application_name") => {
                self.about.application = value().filter(|name| !name.is_empty()).or(self.about.application.take());
            }
            _ => {}
        }
    }

    fn fail(&mut self, entry: &Entry, bytes: &[u8], at: Option<i64>) {
        self.about.errors += 1;
        self.failures.push((entry.number as u32, at));
        let severity = read::error_field(bytes, b'V').or_else(|| read::error_field(bytes, b'S'));
        if matches!(severity, Some(b"FATAL" | b"PANIC")) {
            let code = read::error_field(bytes, b'C').unwrap_or_default();
            self.about.end = End::Ended(String::from_utf8_lossy(code).into_owned());
        }
    }

    /// From now on this end has the word.
    fn turn(&mut self, at: Option<i64>, turn: Turn) {
        if turn == self.turn && !self.turns.is_empty() {
            return;
        }
        self.turn = turn;
        let Some(at) = at else { return };
        if let Some((from, before)) = self.turns.last() {
            let passed = u64::try_from(at - from).unwrap_or(0);
            let spent = &mut self.about.spent;
            match before {
                Turn::Server => spent.server += passed,
                Turn::Client => spent.client += passed,
                Turn::InTransaction => spent.in_transaction += passed,
            }
        }
        self.turns.push((at, turn));
    }
}

/// The name of the statement that a Bind is for.
fn bound<'a>(index: &Index, exchange: &'a Exchange, bind: usize) -> &'a [u8] {
    let bytes = index.entry(bind).map(|entry| entry.span.of(&exchange.stream(entry.direction).bytes));
    bytes.and_then(read::second_text).unwrap_or_default()
}

/// Whether a Bind asks for all its results in binary format.
fn is_binary(index: &Index, exchange: &Exchange, bind: u32) -> bool {
    let entry = index.entry(bind as usize);
    let bytes = entry.map(|entry| entry.span.of(&exchange.stream(entry.direction).bytes)).unwrap_or_default();
    // The formats of results are the last: how many, and each in two bytes.
    matches!(bytes, [.., 0, 1, 0, 1])
}
