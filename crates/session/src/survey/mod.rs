//! What happened on a connection, in numbers: who spoke and for how long, what was asked how often, how long the answers took, how it
//! ended. It is found in one pass over the index, which may be made in slices; no message is decoded.
//!
//! ```text
//! Index, times of the segments ──▶ Survey ──▶ About, the queries with their times, what each stretch of time was spent on
//! ```
//!
//! It knows nothing of other connections but the texts that they share ([`Texts`]), and no words.

mod answers;
mod sort;
mod texts;
mod times;
mod watched;
#[cfg(feature = "serde")]
mod written;

pub use texts::{Texts, lifted};
pub use times::{Times, TimesRead};

use std::collections::{HashMap, VecDeque};

use pgscope_proto::conversation::Asks;
use pgscope_proto::{CopyContent, Direction, Exchange, Message, read};

use crate::index::{Entry, Index};
use answers::{Formats, Lost};
use sort::Sort;
use watched::{Said, Watched};

/// The two numbers by which a server knows whose queries to cancel.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Key(Vec<u8>);

/// How a connection ended, as far as the recording tells.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum End {
    /// It goes on.
    #[default]
    Open,
    /// The client took its leave.
    Terminated,
    /// It did before it was answered.
    Left,
    /// The server ended it; the SQLSTATE says why.
    Ended(String),
    /// It was only there to cancel a query of another.
    Cancelled,
}

/// By its name.
pub type Hides = &'static str;

/// What is known of a connection.
#[derive(Clone, Debug, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
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
    #[cfg_attr(feature = "serde", serde(deserialize_with = "written::hidden"))]
    pub hidden: Option<Hides>,
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
    /// The SQLSTATE of a warning that the server is about to end it.
    pub warned: Option<String>,
    /// The query whose answer took longest, and how long, in microseconds.
    pub slowest: Option<(usize, u32)>,
    /// How the time was spent.
    pub spent: Spent,
    /// How many bytes of values the server sent as text, and in binary format.
    pub values: [u64; 2],
}

/// On what time was spent, in microseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Spent {
    /// The server had something to answer.
    pub server: u64,
    /// The client had the word, outside a transaction.
    pub client: u64,
    /// The client had the word, and a transaction was open.
    pub in_transaction: u64,
}

impl Spent {
    /// So long somebody had the word.
    pub fn add(&mut self, turn: Turn, passed_us: u64) {
        match turn {
            Turn::Server => self.server += passed_us,
            Turn::Client => self.client += passed_us,
            Turn::InTransaction => self.in_transaction += passed_us,
        }
    }
}

/// What is awaited where nothing more is said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum Awaited {
    /// The server's answer, of which nothing has come.
    Answer,
    /// The rest of it.
    Rest,
    /// A Sync or a Flush of the client.
    Push,
    /// What the client logs in with.
    Login,
    /// The client's data, in a COPY.
    Data,
    /// What the client wants to do next in its transaction.
    InTransaction,
}

/// Who had the word.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
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
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Asked {
    /// The message that asked: Query, Execute or FunctionCall.
    pub message: u32,
    /// Its SQL, in [`Texts`].
    pub text: u32,
    /// When it was asked, in microseconds; the least there is where nothing says it.
    pub at_us: i64,
    /// How long it took until the first row came, in microseconds; none where there was no row. Where the answer to something else was
    /// still awaited when it was asked, as in a pipeline, that is counted from the end of that.
    pub first: u32,
    /// The same until all of it had come.
    pub done: u32,
    /// How many rows it gave; of what changes or copies rows, how many, as its CommandComplete says.
    pub rows: u32,
    /// How many bytes the answer has.
    pub bytes: u32,
    /// Whether it failed.
    pub failed: bool,
    /// Whether it was not run, since something before it in the same pipeline had failed.
    pub skipped: bool,
}

impl Asked {
    /// One more row, after so long.
    fn has_row(&mut self, passed: u32) {
        self.rows = self.rows.saturating_add(1);
        if self.first == NEVER {
            self.first = passed;
        }
    }
}

/// What stands for no time.
pub const NEVER: u32 = u32::MAX;

/// Messages of one kind: who sends them, which they are, how many, and how many bytes they have.
pub type Kind = (Direction, &'static Message, usize, u64);

/// What was found of a connection so far. Written down, it is what is known when all of it is ([`Survey::settle`]).
#[derive(Clone, Debug, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Survey {
    /// What is known of it.
    pub about: About,
    /// What was asked, in order.
    pub asked: Vec<Asked>,
    /// Which messages there are, by who sends them: how many, and how many bytes.
    #[cfg_attr(feature = "serde", serde(with = "written"))]
    pub kinds: Vec<Kind>,
    /// What each of them is here.
    #[cfg_attr(feature = "serde", serde(skip))]
    sorts: Vec<Sort>,
    /// From when on who had the word.
    pub turns: Vec<(i64, Turn)>,
    /// The messages that failed.
    pub failures: Vec<(u32, Option<i64>)>,
    reached: usize,
    clock: Clock,
    /// Those that are not answered, by the message that asked.
    #[cfg_attr(feature = "serde", serde(skip))]
    waiting: VecDeque<u32>,
    /// The same, when all of it is known.
    open: Vec<u32>,
    /// When the last answer ended, or a part of it that is one by itself.
    answered_at: Option<i64>,
    /// When the answer ended that came before the one that is awaited first.
    #[cfg_attr(feature = "serde", serde(skip))]
    awaited_from: Option<i64>,
    /// The request that is answered now, counted among all.
    #[cfg_attr(feature = "serde", serde(skip))]
    answering: usize,
    /// How many gaps in what the server said are passed, and what is not known since.
    #[cfg_attr(feature = "serde", serde(skip))]
    gaps: usize,
    #[cfg_attr(feature = "serde", serde(skip))]
    lost: Lost,
    was_lost: bool,
    /// Whether something that the server said is not there, and whether the last message is not whole.
    has_gaps: bool,
    is_cut: bool,
    /// Whether the client has pushed what it asked: behind a step without Sync or Flush a server may keep its answers.
    is_pushed: bool,
    /// Whether it was a Flush that did.
    is_flushed: bool,
    /// What the server has asked of the client.
    owed: Option<Awaited>,
    spoke: Option<Direction>,
    turn: Turn,
    /// The text of each Parse.
    #[cfg_attr(feature = "serde", serde(skip))]
    parsed: HashMap<u32, u32>,
    #[cfg_attr(feature = "serde", serde(skip))]
    prepared: HashMap<u32, usize>,
    #[cfg_attr(feature = "serde", serde(skip))]
    formats: Formats,
    /// How many messages were heard that are not kept.
    forgotten: u32,
    #[cfg_attr(feature = "serde", serde(skip))]
    watched: Option<Watched>,
    /// What names mean as long as nothing of the server is here.
    #[cfg_attr(feature = "serde", serde(skip))]
    said: Said,
}

/// A message, when it was seen, and what it stands in.
struct Heard<'a> {
    index: &'a Index,
    exchange: &'a Exchange,
    entry: Entry,
    bytes: &'a [u8],
    at: Option<i64>,
    sort: Sort,
}

impl<'a> Heard<'a> {
    /// Whether what is copied are rows of a table, and not a log or a backup.
    fn is_of_table(&self) -> bool {
        let copy = self.entry.context().copy;
        matches!(copy, CopyContent::Text | CopyContent::Binary | CopyContent::Unknown)
    }

    /// The bytes of another message of the same exchange.
    fn bytes_of(&self, number: usize) -> &'a [u8] {
        let entry = self.index.entry(number);
        entry.map(|entry| entry.span.of(&self.exchange.stream(entry.direction).bytes)).unwrap_or_default()
    }
}

/// What hides what is said.
const TLS: &str = "TLS";
const GSSAPI: &str = "GSSAPI";

/// A type and a length.
const HEADER: usize = 5;

/// How the SQLSTATEs begin of a server that ends connections: “operator intervention”.
const ENDS: &[u8] = b"57P";

/// For so many messages one place is kept.
const BLOCK: usize = 64;

/// In which segments messages end. Where their order was recorded, that only goes on, whoever sends them.
#[derive(Clone, Debug, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
struct Clock {
    /// How many segments are not kept.
    forgotten: usize,
    segment: usize,
    /// Of each block of messages: where it begins.
    blocks: Vec<u32>,
}

/// When each message was seen, in microseconds, one after the other: nothing of those of which that is not known.
pub fn times<'a>(exchange: &'a Exchange, index: &'a Index) -> impl Iterator<Item = Option<i64>> + 'a {
    let mut segment = 0;
    (0..index.len()).map_while(|number| index.entry(number)).map(move |entry| {
        let (ends_in, at) = seen(exchange, &entry, segment);
        segment = ends_in;
        at
    })
}

/// When a message was seen of which a segment is known that is not behind it; and in which segment it ends.
fn seen(exchange: &Exchange, entry: &Entry, from: usize) -> (usize, Option<i64>) {
    let ends_in = exchange.arrived_with(entry.direction, entry.span.end, from);
    let at = ends_in.and_then(|nth| exchange.segments.get(nth)).and_then(|segment| segment.at_us);
    (ends_in.unwrap_or(exchange.segments.len().max(from)), at)
}

impl Survey {
    /// Goes on with the messages that the index has found since.
    pub fn more(&mut self, exchange: &Exchange, index: &Index, texts: &mut Texts) {
        if self.sorts.len() != self.kinds.len() {
            // It was written down and read.
            self.sorts = self.kinds.iter().map(|(_, message, ..)| Sort::of(message)).collect();
        }
        while let Some(entry) = index.entry(self.reached) {
            if (self.forgotten as usize + self.reached).is_multiple_of(BLOCK) {
                self.clock.blocks.push((self.clock.forgotten + self.clock.segment) as u32);
            }
            self.reached += 1;
            let (segment, at) = seen(exchange, &entry, self.clock.segment);
            self.clock.segment = segment;
            if let Some(watched) = &mut self.watched {
                watched.note(at);
            }
            let bytes = entry.span.of(&exchange.stream(entry.direction).bytes);
            let sort = self.count(&entry, bytes.len());
            self.hear(&Heard { index, exchange, entry, bytes, at, sort }, texts);
        }
        self.has_gaps |= !exchange.gaps(Direction::Backend).is_empty();
    }

    /// It will be looked at piece by piece ([`Survey::forget`]): called before the first message. Then it is kept when each message was seen.
    pub fn watch(&mut self) {
        self.watched = Some(Watched::default());
    }

    /// What was looked at, with this index, is not kept: what goes on begins with a new exchange and index. So many segments of this
    /// exchange are none of that one.
    pub fn forget(&mut self, index: &Index, segments: usize) {
        if let Some(watched) = &mut self.watched {
            watched.forget(&index.log().names, &self.parsed, self.turn == Turn::Client);
        }
        self.forgotten += self.reached as u32;
        self.clock.forgotten += segments;
        (self.reached, self.clock.segment, self.answering, self.gaps) = (0, 0, 0, 0);
        self.parsed.clear();
        // What is under way goes on in its formats; whatever is asked then has its own.
        (self.formats.bind, self.formats.request) = (Some(usize::MAX), None);
    }

    /// Whether the client was let in: it got its key, or was answered.
    pub fn was_let_in(&self) -> bool {
        self.about.key.is_some() || self.answered_at.is_some()
    }

    /// Whether the client has the word, and no transaction is open.
    pub fn is_idle(&self) -> bool {
        self.turn == Turn::Client
    }

    /// Whether nothing of the server is here.
    fn is_client_alone(&self) -> bool {
        let [_, server] = self.about.messages;
        server == 0
    }

    /// Whether a server that says nothing is in the recording: nobody asks on and on who was never let in.
    fn is_both_sided(&self) -> bool {
        let [_, server] = self.about.messages;
        server > 0 || self.about.queries == 0
    }

    /// What is awaited behind the last message, and since when, in microseconds: not where something hides what was said, where something
    /// that the server said is not in the recording, or where the last message is not whole.
    pub fn awaits(&self) -> Option<(Awaited, i64)> {
        let is_known = self.about.hidden.is_none() && !self.has_gaps && !self.is_cut && self.is_both_sided();
        let (_, last) = self.about.seen_us.filter(|_| is_known)?;
        let awaited = match (self.turn, self.spoke) {
            (Turn::Server, Some(Direction::Frontend)) if self.is_pushed => Awaited::Answer,
            (Turn::Server, Some(Direction::Frontend)) => Awaited::Push,
            // Behind a Flush no message says that this was all.
            (Turn::Server, _) if self.is_flushed => return None,
            (Turn::Server, _) => Awaited::Rest,
            (Turn::InTransaction, _) => Awaited::InTransaction,
            // What the client said has to be here for that.
            (Turn::Client, _) => self.owed.filter(|_| self.about.messages.first().is_some_and(|said| *said > 0))?,
        };
        Some((awaited, last))
    }

    /// What was asked and had no answer yet, or not all of it, where the connection or its recording ended: not where nothing is awaited.
    /// What failed was answered, also where no ReadyForQuery follows.
    pub fn unanswered(&self) -> impl Iterator<Item = &Asked> {
        let is_owed =
            self.about.end == End::Left || matches!(self.awaits(), Some((Awaited::Answer | Awaited::Rest, _)));
        let waiting = self.waiting.iter().chain(&self.open).filter(move |_| is_owed);
        waiting.filter_map(|at| self.asked.get(*at as usize)).filter(|asked| !asked.failed && !asked.skipped)
    }

    /// When the last answer ended, in microseconds.
    pub fn answered_us(&self) -> Option<i64> {
        self.answered_at
    }

    /// Nothing more will be said: what is needed for that alone is given up. What is given is when each message was seen.
    pub fn settle(&mut self) -> Times {
        self.open = std::mem::take(&mut self.waiting).into();
        self.formats = Default::default();
        (self.parsed, self.prepared, self.said) = Default::default();
        self.asked.shrink_to_fit();
        self.turns.shrink_to_fit();
        self.failures.shrink_to_fit();
        self.clock.blocks.shrink_to_fit();
        self.watched.take().map(Watched::into_times).unwrap_or_default()
    }

    /// When a message was seen, in microseconds, where that is known.
    pub fn seen_us(&self, exchange: &Exchange, index: &Index, number: usize) -> Option<i64> {
        let from = *self.clock.blocks.get(number / BLOCK)?;
        seen(exchange, &index.entry(number)?, from as usize).1
    }

    fn hear(&mut self, heard: &Heard<'_>, texts: &mut Texts) {
        let Heard { entry, bytes, at, sort, .. } = heard;
        let side = entry.direction.index();
        let about = &mut self.about;
        if let Some(at) = *at {
            let (begun, _) = *about.seen_us.get_or_insert((at, at));
            about.seen_us = Some((begun, at));
        }
        about.messages.get_mut(side).into_iter().for_each(|count| *count += 1);
        about.bytes.get_mut(side).into_iter().for_each(|count| *count += bytes.len() as u64);
        about.faults += usize::from(entry.fault.is_some());
        // What comes at any time answers nothing.
        if !matches!(sort, Sort::Notice | Sort::Setting | Sort::Notification) {
            if entry.direction == Direction::Backend && self.spoke == Some(Direction::Frontend) {
                about.round_trips += 1;
            }
            self.spoke = Some(entry.direction);
        }
        self.is_cut = entry.fault.is_some();
        let is_whole = heard.exchange.gaps(Direction::Frontend).is_empty();
        self.owed = match sort {
            _ if !is_whole => None,
            Sort::CopyIn => Some(Awaited::Data),
            // What says nothing of it.
            Sort::CopyData | Sort::Flush | Sort::Sync | Sort::Notice | Sort::Setting | Sort::Notification => self.owed,
            Sort::AsksForLogin => Some(Awaited::Login),
            _ => None,
        };
        if entry.direction == Direction::Frontend && *sort != Sort::Terminate && self.owed.is_none() {
            self.is_flushed = *sort == Sort::Flush;
            self.is_pushed = !matches!(sort, Sort::Parse | Sort::Bind | Sort::Describe | Sort::Execute | Sort::Close);
        }
        match entry.direction {
            Direction::Frontend => self.hear_client(heard, texts),
            Direction::Backend => self.hear_server(heard),
        }
    }

    /// The one that was last counted is mostly near the beginning of the list.
    fn count(&mut self, entry: &Entry, bytes: usize) -> Sort {
        let is_it =
            |(direction, message, ..): &Kind| std::ptr::eq(*message, entry.message) && *direction == entry.direction;
        let Some(at) = self.kinds.iter().position(is_it) else {
            let sort = Sort::of(entry.message);
            self.kinds.push((entry.direction, entry.message, 1, bytes as u64));
            self.sorts.push(sort);
            return sort;
        };
        if let Some((_, _, count, all)) = self.kinds.get_mut(at) {
            *count += 1;
            *all += bytes as u64;
        }
        let sort = self.sorts.get(at).copied().unwrap_or_default();
        self.kinds.swap(at, at / 2);
        self.sorts.swap(at, at / 2);
        sort
    }

    fn hear_client(&mut self, heard: &Heard<'_>, texts: &mut Texts) {
        let Heard { index, entry, bytes, at, .. } = *heard;
        match heard.sort {
            Sort::Startup => self.come_in(bytes),
            Sort::CancelRequest => {
                self.about.cancels = bytes.get(8..).map(|key| Key(key.to_vec()));
                self.about.end = End::Cancelled;
            }
            Sort::Tls => self.about.hidden = Some(TLS),
            Sort::Gss => self.about.hidden = Some(GSSAPI),
            Sort::Terminate => {
                let is_known = self.is_both_sided() && heard.exchange.gaps(Direction::Backend).is_empty();
                let is_owed = self.turn == Turn::Server && self.is_pushed && is_known;
                // Whom the server has put out needs not take leave.
                if !matches!(self.about.end, End::Ended(_)) {
                    self.about.end = if is_owed { End::Left } else { End::Terminated };
                }
                return self.turn(at, Turn::Client);
            }
            Sort::Query => {
                let text = match read::first_text(bytes) {
                    Some(sql) => texts.add(sql),
                    None => texts.cut_off(bytes.get(HEADER..).unwrap_or_default()),
                };
                self.ask(entry.number, text, at);
            }
            Sort::FunctionCall => {
                let text = texts.add(b"function call");
                self.ask(entry.number, text, at);
            }
            Sort::Parse => {
                let text = match read::second_text(bytes) {
                    Some(sql) => texts.add(sql),
                    None => {
                        let sql = read::first_text(bytes).and_then(|name| bytes.get(HEADER + name.len() + 1..));
                        texts.cut_off(sql.unwrap_or_default())
                    }
                };
                if self.is_client_alone() {
                    self.said.prepares(bytes, text);
                }
                self.parsed.insert(entry.number as u32, text);
                if let Some(watched) = &mut self.watched {
                    watched.prepares(bytes);
                }
                let before = self.prepared.entry(text).or_default();
                *before += 1;
                let again = usize::from(*before > 1);
                let [all, repeated] = &mut self.about.parses;
                *all += 1;
                *repeated += again;
            }
            Sort::Bind => {
                self.about.binds += 1;
                if self.is_client_alone() {
                    self.said.binds(bytes);
                }
                if self.watched.is_some() {
                    let text = self.text_of(heard, Some(entry.number));
                    self.watched.iter_mut().for_each(|watched| watched.binds(bytes, text));
                }
            }
            // The server reads on.
            Sort::CopyData => return,
            Sort::Flush | Sort::Sync if self.owed == Some(Awaited::Data) => return,
            Sort::Execute => {
                let bind = index.bind_of(entry.number);
                let portal = || self.watched.as_ref().filter(|_| bind.is_none())?.text_of_portal(bytes);
                let said = || self.said.text_of_portal(bytes).filter(|_| self.is_client_alone());
                let text = self.text_of(heard, bind).or_else(portal).or_else(said).unwrap_or_else(|| match bind {
                    Some(bind) => texts.unknown(read::second_text(heard.bytes_of(bind)).unwrap_or_default()),
                    None => texts.unknown(b""),
                });
                self.ask(entry.number, text, at);
            }
            _ => {}
        }
        self.turn(at, Turn::Server);
    }

    /// The text of the statement that a Bind names, where its Parse was heard.
    fn text_of(&self, heard: &Heard<'_>, bind: Option<usize>) -> Option<u32> {
        let parse = heard.index.parse_of(bind?);
        let known = parse.and_then(|parse| self.parsed.get(&(parse as u32)).copied());
        let before = || self.watched.as_ref()?.text_of_bind(heard.bytes_of(bind?));
        known.or_else(before)
    }

    fn come_in(&mut self, bytes: &[u8]) {
        let value = |name: &str| {
            let value = read::startup_parameter(bytes, name).filter(|value| !value.is_empty())?;
            Some(String::from_utf8_lossy(value).into_owned())
        };
        let about = &mut self.about;
        about.user = value("user");
        // The user's name stands for it, but not where the rest of the packet is not here.
        let is_whole = bytes.first_chunk().is_some_and(|length| u32::from_be_bytes(*length) as usize == bytes.len());
        about.database = value("database").or_else(|| about.user.clone().filter(|_| is_whole));
        about.application = value("application_name");
    }

    fn hear_server(&mut self, heard: &Heard<'_>) {
        let Heard { index, entry, bytes, at, .. } = *heard;
        // It was said before all was heard, as in a pipeline.
        if self.about.end == End::Left {
            self.about.end = End::Terminated;
        }
        if heard.exchange.has_gaps() {
            self.pass_gaps(heard);
        }
        let log = index.log();
        while let Some(next) = log.request(self.answering + 1)
            && next.from as usize <= entry.number
        {
            self.answering += 1;
        }
        let request = log.request(self.answering).filter(|asked| (asked.frame as usize) < entry.number);
        // What was asked before the rest was forgotten is answered on, until something that is here is.
        let under_way = self.first_waiting().map(|asked| asked.message).filter(|asked| *asked < self.forgotten);
        let is_told = match (under_way, request) {
            (Some(before), request) if request.is_none_or(|asked| asked.from as usize > entry.number) => {
                self.answer(heard, before, None)
            }
            (_, Some(request)) => self.answer(heard, self.forgotten + request.frame, Some(request.frame)),
            _ => true,
        };
        if heard.sort == Sort::Row {
            return;
        }
        let is_sure = self.lost == Lost::Nothing;
        if let Some(request) = request.filter(|_| !is_told && is_sure && heard.sort == Sort::Error)
            && let Some(text) = self.parsed.get(&request.frame).copied()
        {
            self.fail_parse(heard, request.frame, text);
        }
        match heard.sort {
            Sort::Setting => self.note_setting(bytes),
            Sort::Key => self.about.key = bytes.get(5..).map(|key| Key(key.to_vec())),
            Sort::Tls => self.about.hidden = Some(TLS),
            Sort::Notice => {
                self.about.notices += 1;
                let code = read::error_field(bytes, b'C').filter(|code| code.starts_with(ENDS));
                let code = code.map(|code| String::from_utf8_lossy(code).into_owned());
                self.about.warned = code.or(self.about.warned.take());
            }
            Sort::Error => self.fail(entry.number, bytes, at),
            Sort::Ready => {
                if self.lost == Lost::Answers {
                    self.lost = Lost::UntilAsked;
                }
                let is_owed = log
                    .request(self.answering + 1)
                    .is_some_and(|next| (next.frame as usize) < entry.number && next.asks() != Asks::Cancel);
                let idle = match read::first_byte(bytes) {
                    Some(b'T' | b'E') => Turn::InTransaction,
                    _ => Turn::Client,
                };
                self.turn(at, if is_owed { Turn::Server } else { idle });
            }
            Sort::CopyIn | Sort::CopyBoth | Sort::Encryption | Sort::AsksForLogin => self.turn(at, Turn::Client),
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

    fn fail(&mut self, number: usize, bytes: &[u8], at: Option<i64>) {
        self.about.errors += 1;
        self.failures.push((self.forgotten + number as u32, at));
        let severity = read::error_field(bytes, b'V').or_else(|| read::error_field(bytes, b'S'));
        if matches!(severity, Some(b"FATAL" | b"PANIC")) {
            let code = read::error_field(bytes, b'C').unwrap_or_default();
            self.about.end = End::Ended(String::from_utf8_lossy(code).into_owned());
            // It says nothing more.
            self.turn(at, Turn::Client);
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
            let passed = u64::try_from(at.saturating_sub(*from)).unwrap_or(0);
            self.about.spent.add(*before, passed);
        }
        self.turns.push((at, turn));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use pgscope_proto::Stream;

    fn message(tag: u8, body: &[u8]) -> Vec<u8> {
        [&[tag][..], &(body.len() as u32 + 4).to_be_bytes(), body].concat()
    }

    fn bind(formats: &[u8]) -> Vec<u8> {
        let count = [0, formats.len() as u8];
        let codes = formats.iter().flat_map(|format| [0, *format]).collect::<Vec<_>>();
        message(b'B', &[b"\0s\0\0\0\0\x01\0\0\0\x02hi".as_slice(), &count, &codes].concat())
    }

    fn survey(pieces: &[(Direction, Vec<u8>)]) -> (Exchange, Index, Survey) {
        let mut exchange = Exchange::default();
        for (nth, (direction, bytes)) in pieces.iter().enumerate() {
            exchange.push(*direction, &Stream::raw(bytes.clone()), Some(nth as i64 * 100));
        }
        let (index, mut survey) = (Index::new(&exchange), Survey::default());
        survey.more(&exchange, &index, &mut Texts::default());
        (exchange, index, survey)
    }

    /// Queries, answers and gaps, one behind the other; what was asked: how many rows, and after how long it was answered.
    fn with_gaps(pieces: &[(Direction, &[u8])]) -> Vec<(u32, u32)> {
        let mut exchange = Exchange { order: pgscope_proto::Order::Recorded, ..Exchange::default() };
        for (nth, (direction, bytes)) in pieces.iter().enumerate() {
            match bytes.is_empty() {
                true => exchange.miss(*direction, 20),
                false => exchange.push(*direction, &Stream::raw(bytes.to_vec()), Some(nth as i64 * 100)),
            }
        }
        let (index, mut survey) = (Index::new(&exchange), Survey::default());
        survey.more(&exchange, &index, &mut Texts::default());
        survey.asked.iter().map(|asked| (asked.rows, asked.done)).collect()
    }

    #[test]
    fn what_is_missing_is_no_other_querys_answer() {
        use Direction::{Backend, Frontend};
        let query = message(b'Q', b"SELECT 1\0");
        let row = [message(b'D', b"\0\0"), message(b'C', b"SELECT 1\0"), message(b'Z', b"I")].concat();
        let (asks, says) = ((Frontend, query.as_slice()), (Backend, row.as_slice()));
        let missing = |side| (side, &[][..]);
        let whole = with_gaps(&[asks, says, asks, says]);
        assert_eq!(whole, [(1, 100), (1, 100)]);
        // A query is missing: its answer is nobody's.
        assert_eq!(with_gaps(&[asks, says, missing(Frontend), says, asks, says]), [(1, 100), (1, 100)]);
        // An answer is missing: what comes may be that of either, and what is asked behind it is sure again.
        let unsure = with_gaps(&[asks, missing(Backend), asks, says, asks, says]);
        assert_eq!(unsure, [(0, NEVER), (0, NEVER), (1, 100)]);
        // Part of the one answer that is awaited.
        let part = with_gaps(&[asks, (Backend, &row[..7]), missing(Backend), (Backend, &row[7..]), asks, says]);
        assert_eq!(part, [(1, 300), (1, 100)]);
    }

    #[test]
    fn values_are_weighed_by_the_format_of_their_column() {
        for (formats, text_and_binary) in
            [(&[][..], [7, 0]), (&[0], [7, 0]), (&[1], [0, 7]), (&[0, 1], [3, 4]), (&[1, 0], [4, 3])]
        {
            let asks =
                [message(b'P', b"s\0SELECT\0\0\0"), bind(formats), message(b'E', b"\0\0\0\0\0"), message(b'S', b"")];
            let row = message(b'D', b"\0\x02\0\0\0\x03abc\0\0\0\x04\0\0\0\x07");
            let ends = [message(b'C', b"SELECT 1\0"), message(b'Z', b"I")].concat();
            let answers = [message(b'1', b""), message(b'2', b""), row, ends];
            let (.., survey) = survey(&[(Direction::Frontend, asks.concat()), (Direction::Backend, answers.concat())]);
            assert_eq!(survey.about.values, text_and_binary, "{formats:?}");
        }
    }

    #[test]
    fn what_fails_before_it_is_run_has_failed() {
        let round = [message(b'P', b"\0SELEC\0\0\0"), bind(&[]), message(b'E', b"\0\0\0\0\0"), message(b'S', b"")];
        let error = [message(b'E', b"SERROR\0C42601\0\0"), message(b'Z', b"I")].concat();
        let (.., survey) = survey(&[
            (Direction::Frontend, round.concat()),
            (Direction::Backend, error.clone()),
            // Only what stands before the Sync is skipped.
            (Direction::Frontend, [message(b'P', b"\0X\0\0\0"), message(b'S', b""), round.concat()].concat()),
            (Direction::Backend, error.clone()),
            (Direction::Backend, error),
        ]);
        let told: Vec<_> = survey.asked.iter().map(|asked| (asked.failed, asked.done)).collect();
        // What was to be prepared, and no more, has failed at its Parse.
        assert_eq!(told, [(true, 100), (true, 100), (true, 100)]);
        let messages: Vec<_> = survey.asked.iter().map(|asked| asked.message).collect();
        assert_eq!((messages, survey.about.queries), (vec![2, 6, 10], 3));
    }

    #[test]
    fn a_query_of_several_statements_lasts_until_its_last_and_notices_are_no_answer() {
        use Direction::{Backend, Frontend};
        let query = |sql: &str| (Frontend, message(b'Q', format!("{sql}\0").as_bytes()));
        let done = || message(b'C', b"SELECT 1\0");
        let notice = || (Backend, message(b'N', b"SNOTICE\0\0"));
        let (.., found) = survey(&[
            query("SELECT 1; SELECT 2"),
            notice(),
            notice(),
            (Backend, done()),
            (Backend, [done(), message(b'Z', b"I")].concat()),
            query("SELECT 3"),
            (Backend, [done(), message(b'Z', b"I")].concat()),
        ]);
        assert_eq!(found.asked.iter().map(|asked| asked.done).collect::<Vec<_>>(), [400, 100]);
        assert_eq!(found.about.round_trips, 2);
    }

    #[test]
    fn what_stands_behind_an_error_in_a_pipeline_is_skipped_up_to_its_sync() {
        use Direction::{Backend, Frontend};
        let run = || [message(b'P', b"\0SELECT 1\0\0\0"), bind(&[]), message(b'E', b"\0\0\0\0\0")].concat();
        let error = || message(b'E', b"SERROR\0C22012\0\0");
        let round = [run(), run(), message(b'S', b""), run(), message(b'S', b"")].concat();
        let (.., found) = survey(&[(Frontend, round), (Backend, [error(), message(b'Z', b"I")].concat())]);
        let told: Vec<_> = found.asked.iter().map(|asked| (asked.failed, asked.skipped)).collect();
        assert_eq!(told, [(true, false), (false, true), (false, false)]);
        // Behind a simple Query that fails the next one is run.
        let queries = [message(b'Q', b"a\0"), message(b'Q', b"b\0")].concat();
        let (.., found) = survey(&[(Frontend, queries), (Backend, [error(), message(b'Z', b"I")].concat())]);
        assert_eq!(found.asked.iter().map(|asked| asked.skipped).collect::<Vec<_>>(), [false, false]);
    }

    /// What failed with its Parse was asked for all the same: it is no run of what had the name before.
    #[test]
    fn what_fails_is_no_run_of_what_was_there_before() {
        let round = |sql: &[u8]| {
            let parse = message(b'P', &[b"\0", sql, b"\0\0\0"].concat());
            let bind = message(b'B', b"\0\0\0\0\0\0\0\0");
            [parse, bind, message(b'E', b"\0\0\0\0\0"), message(b'S', b"")].concat()
        };
        let went_well = [message(b'1', b""), message(b'2', b""), message(b'C', b"INSERT 0 1\0"), message(b'Z', b"I")];
        let failed = [message(b'E', b"SERROR\0C42601\0\0"), message(b'Z', b"I")].concat();
        let pieces = [
            (Direction::Frontend, round(b"INSERT")),
            (Direction::Backend, went_well.concat()),
            (Direction::Frontend, round(b"SELEC")),
            (Direction::Backend, failed),
        ];
        let mut exchange = Exchange::default();
        pieces.iter().for_each(|(direction, bytes)| exchange.push(*direction, &Stream::raw(bytes.clone()), None));
        let (index, mut survey, mut texts) = (Index::new(&exchange), Survey::default(), Texts::default());
        survey.more(&exchange, &index, &mut texts);
        let told: Vec<_> = survey.asked.iter().map(|asked| (texts.get(asked.text), asked.failed)).collect();
        assert_eq!(told, [("INSERT", false), ("SELEC", true)]);
        let binds: Vec<_> = [2, 10].map(|execute| index.bind_of(execute)).to_vec();
        assert_eq!(binds, [Some(1), Some(9)]);
    }

    #[test]
    fn each_message_was_seen_with_the_segment_that_it_ends_in() {
        let mut pieces = Vec::new();
        for nth in 0..200_u8 {
            let whole = message(b'd', &[nth]);
            let (one, two) = whole.split_at(3);
            pieces.extend([(Direction::Backend, one.to_vec()), (Direction::Frontend, message(b'd', &[nth]))]);
            pieces.push((Direction::Backend, two.to_vec()));
        }
        let (exchange, index, survey) = survey(&pieces);
        assert_eq!(index.len(), 400);
        for number in 0..400 {
            let segment = number / 2 * 3 + 1 + number % 2;
            assert_eq!(survey.seen_us(&exchange, &index, number), Some(segment as i64 * 100), "{number}");
        }
    }
}
