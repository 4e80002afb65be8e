//! Two programs at work: in which state each end of a connection is, at which read, what lies before it, and which line of its
//! code runs, at a moment of any exchange.
//!
//! All of it is read off the table of the conversation and the bytes; it knows no scenario.

mod facts;
mod faults;
pub(crate) mod few;
mod listing;
mod machine;
mod places;
mod question;

use pgscope_proto::conversation::states::{CLIENT_HEARS, CLIENT_SAYS, SERVER_READS, SERVER_SAYS};
use pgscope_proto::conversation::{CLIENT, Client, Move, On, Reads, SERVER, Server, State};
use pgscope_proto::schema::{Chapter, Head};
use pgscope_proto::{Direction, Message, Order};
use pgscope_session::{Ahead, Course, Ends, Entry, Inbox, Instant, Piece, ahead, instant_after};
use serde::{Deserialize, Serialize};

use crate::Indexed;
use crate::engine::Words;

pub use facts::Fact;
pub use faults::{Fault, FaultKind, Offered, sent};
pub use listing::{Listed, listing};
pub use machine::{Machine, Node, Way, machine};
pub use places::{CLIENT_PLACES, Mark, SERVER_PLACES};
pub(crate) use question::possible;
pub use question::{Choice, Question, Verdict, how_many, what_comes};

/// How many bytes of an inbox are shown.
const MOST_BYTES: usize = 48;
/// What is said of two that wait for each other.
const FOR_EVER: &str = ": for ever";
/// How long a server waits for somebody to log in.
const PATIENCE: &str = "after authentication_timeout, a minute";
/// How many messages a way out of a state names.
const MOST_NAMED: usize = 4;

/// Both programs at a moment.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Both {
    /// The client.
    pub client: Program,
    /// The server.
    pub server: Program,
    /// What both know.
    pub facts: Vec<Fact>,
    /// Whether both read and nothing is under way: neither will ever go on.
    pub is_stuck: bool,
    /// When it is, in microseconds since the first bytes arrived, where times are known.
    pub at_us: Option<i64>,
    /// How long nothing had arrived before.
    pub after_us: Option<i64>,
    /// What can be broken at this message.
    pub offered: Vec<Offered>,
}

impl Both {
    /// When all is over: in which states those who played are, where the bytes tell otherwise. Nothing is said of one that nobody
    /// knows.
    pub(crate) fn rest(&mut self, client: &str, server: &str) {
        let client_state = CLIENT.iter().find(|(one, _)| one.name() == client).map(|(_, state)| state);
        let server_state = SERVER.iter().find(|(one, _)| one.name() == server).map(|(_, state)| state);
        self.tell_of_patience(server);
        for (program, state) in [(&mut self.client, client_state), (&mut self.server, server_state)] {
            program.does = program.does.replace(FOR_EVER, "");
            let Some(state) = state.filter(|state| state.name != program.state) else { continue };
            program.state = state.name.into();
            program.page = page_of(state, false);
            (program.before, program.by) = ("".into(), String::new());
            if state.name == "closed" {
                program.does = match program.does.as_str() {
                    "works" => "worked until the connection ended".to_owned(),
                    does if does.contains(PATIENCE) => does.to_owned(),
                    does => format!("was {does}, until the connection ended"),
                };
                program.is_blocked = false;
                program.exits.clear();
                continue;
            }
            let Some((wants, place)) = first_read(state.reads) else { continue };
            program.is_blocked = true;
            program.does = format!("blocked in read({wants}), has 0");
            program.marks = places::at_read(&program.marks, place);
        }
        let is_known = client_state.is_some() && server_state.is_some();
        let is_open = self.client.state != "closed" && self.server.state != "closed";
        self.is_stuck = is_known && is_open && self.client.is_blocked && self.server.is_blocked;
        if self.is_stuck {
            self.client.does += FOR_EVER;
            self.server.does += FOR_EVER;
        }
    }

    /// A server that lets nobody in for a minute closes: until then both sit in a read, whatever it was that did not come.
    fn tell_of_patience(&mut self, server: &str) {
        let state = SERVER.iter().find(|(_, state)| state.name == self.server.state);
        let Some((wants, place)) = state.and_then(|(_, state)| first_read(state.reads)) else { return };
        if server == "closed" && self.client.is_blocked && BEFORE.contains(&&*self.server.state) {
            let client = self.client.does.replace(FOR_EVER, "");
            self.client.does = format!("was {client}, until the server closed: {PATIENCE}");
            if self.server.is_blocked {
                let server = self.server.does.replace(FOR_EVER, "");
                self.server.does = format!("was {server}, until it gave up: {PATIENCE}");
                return;
            }
            self.server.does = format!("was blocked in read({wants}), until it gave up: {PATIENCE}");
            self.server.marks = places::at_read(&self.server.marks, place);
        }
    }

    /// An end whose peer has closed waits for nothing: what it reads is what lies there, and then the end.
    pub(crate) fn tell_of_closed(&mut self) {
        let is_closed = |program: &Program| program.state == "closed";
        let (client, server) = (is_closed(&self.client), is_closed(&self.server));
        if client != server {
            let (left, gone) = if client { (&mut self.server, "client") } else { (&mut self.client, "server") };
            left.find_closed(gone);
        }
    }
}

/// One program.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Program {
    /// Its state.
    pub state: Words,
    /// The page of the state, without its folder.
    pub page: String,
    /// The state in which it was before this message; empty if it was the same.
    pub before: Words,
    /// What led from there: empty if nothing did.
    pub by: String,
    /// Where it can go from here.
    pub exits: Vec<Exit>,
    /// Whether it can do nothing but wait.
    pub is_blocked: bool,
    /// What it does, in words: `blocked in read(4), has 0`.
    pub does: String,
    /// What it takes this message for, if by a wrong length that is not what was meant; empty otherwise.
    pub takes: String,
    /// What lies before it.
    pub inbox: Cells,
    /// What it has said into its buffer and not sent: the requests that are answered there.
    pub holds: Vec<Words>,
    /// The places of its code that matter now.
    pub marks: Vec<(Words, Mark)>,
}

impl Program {
    fn find_closed(&mut self, gone: &str) {
        let words = format!("the {gone} has closed");
        if self.does.contains(&words) || self.state.is_empty() {
            return;
        }
        self.does = match &self.does {
            _ if self.is_blocked => format!("its read() gives the end: {words}"),
            does if does.starts_with("its turn") => format!("{words}: nobody reads what it says"),
            does => format!("{does}, and {words}"),
        };
        self.is_blocked = false;
    }
}

/// A way out of a state.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Exit {
    /// What leads there: `reads Query, FunctionCall`.
    pub on: String,
    /// The state that it leads to.
    pub to: Words,
}

/// Bytes before an end.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Cells {
    /// Those of the present message that it has taken.
    pub taken: Vec<u8>,
    /// The first of those that it has not.
    pub unread: Vec<u8>,
    /// How many more of these there are.
    pub more: usize,
    /// How many bytes its read waits for.
    pub missing: usize,
    /// How many bytes of the message that is under way have not arrived.
    pub under_way: usize,
}

/// Both programs at this moment.
pub fn both(indexed: &Indexed, course: &Course, at: &Instant) -> Both {
    let Some(scene) = Scene::new(indexed, course, at) else { return Both::default() };
    let before = at.number.checked_sub(1).and_then(|number| indexed.index.entry(number));
    let before = before.map(|entry| instant_after(&indexed.exchange, &entry));
    let before = before.as_ref().and_then(|at| Scene::new(indexed, course, at));
    let mut both = Both {
        client: scene.program(Direction::Frontend, before.as_ref()),
        server: scene.program(Direction::Backend, before.as_ref()),
        facts: facts::at(indexed, course, at.number, scene.is_partial),
        offered: faults::offered(indexed, at.number),
        ..Both::default()
    };
    both.is_stuck = both.client.is_blocked && both.server.is_blocked && scene.is_last();
    if both.is_stuck {
        both.client.does += FOR_EVER;
        both.server.does += FOR_EVER;
    }
    let times = |nth: usize| indexed.exchange.segments.get(nth).and_then(|segment| segment.at_us);
    let now = times(at.segment);
    both.at_us = now.zip(times(0)).map(|(now, first)| now - first);
    both.after_us = now.zip(at.segment.checked_sub(1).and_then(times)).map(|(now, last)| now - last);
    both
}

/// What the programs are looked at in.
struct Scene<'a> {
    indexed: &'a Indexed,
    course: &'a Course,
    at: &'a Instant,
    /// The message that is read.
    entry: Entry,
    /// Whether it was not read to its end.
    is_partial: bool,
    /// The last message that its sender has said: what has arrived with this one was said with it.
    said: Entry,
    /// Whether that has not arrived to its end.
    is_coming: bool,
}

impl<'a> Scene<'a> {
    fn new(indexed: &'a Indexed, course: &'a Course, at: &'a Instant) -> Option<Self> {
        let index = &indexed.index;
        let entry = index.entry(at.number)?;
        let arrived = at.arrived.get(entry.direction.index()).copied().unwrap_or_default();
        let is_recorded = indexed.exchange.order == Order::Recorded;
        let begun = |next: &Entry| is_recorded && next.direction == entry.direction && next.span.start < arrived;
        let behind = (at.number + 1..index.len()).filter_map(|number| index.entry(number));
        let said = behind.take_while(begun).last().unwrap_or(entry);
        let is_coming = said.span.end > arrived;
        let is_partial = at.taken < entry.span.len();
        Some(Self { indexed, course, at, entry, is_partial, said, is_coming })
    }

    /// Whether nothing is said behind it.
    fn is_last(&self) -> bool {
        !self.is_coming && self.said.number + 1 == self.indexed.index.len()
    }

    /// What an end says next that has not been said.
    fn next(&self, side: Direction) -> Option<Entry> {
        let index = &self.indexed.index;
        let behind = if self.entry.direction == side { self.said.number } else { self.at.number };
        (behind + 1..index.len()).filter_map(|number| index.entry(number)).find(|entry| entry.direction == side)
    }

    /// What comes next behind a message, as far as that tells what has happened.
    fn ahead(&self, number: usize) -> Ahead {
        let is_of_client = self.entry.direction == Direction::Frontend;
        let is_later = number < self.at.number;
        Ahead { is_later, ..ahead(&self.indexed.index, number, if is_of_client { self.said.number } else { number }) }
    }

    /// Where this end is: its sender where it has said what has arrived, its reader where it has read so far.
    fn ends(&self, side: Direction) -> Ends {
        let (exchange, index) = (&self.indexed.exchange, &self.indexed.index);
        let after = |number: usize| self.course.just_after(exchange, index, number).given(&self.ahead(number));
        match (side == self.entry.direction, self.is_coming, self.is_partial) {
            (true, true, _) => self.course.said(exchange, index, self.said.number),
            (true, false, _) => after(self.said.number),
            (false, _, false) => after(self.at.number),
            (false, _, true) => {
                let before = self.at.number.checked_sub(1);
                before.map(after).unwrap_or_default()
            }
        }
    }

    fn program(&self, side: Direction, before: Option<&Self>) -> Program {
        let ends = self.ends(side);
        let was = before.map(|before| before.ends(side)).unwrap_or_default();
        let inbox = ends.inbox(side, &self.indexed.exchange, &self.indexed.index, self.at);
        let (state, was) = match side {
            Direction::Frontend => (ends.client.state(), was.client.state()),
            Direction::Backend => (ends.server.state(), was.server.state()),
        };
        let moved = !std::ptr::eq(state, was);
        let is_said = self.entry.direction == side;
        let by = match is_said {
            true => format!("says {}", self.indexed.named(&self.said).name()),
            false => format!("reads {}", self.indexed.named(&self.entry).name()),
        };
        // Some of it may lie there unread: its reader goes by a length, or does not read now.
        let is_read = !self.is_partial && inbox.unread.start >= self.entry.span.end;
        let last = match is_said {
            true => Some((self.said.message, true)),
            false => is_read.then_some((self.entry.message, false)),
        };
        let next = self.next(side).map(|entry| entry.message);
        let said_in = match self.said.number.checked_sub(1) {
            Some(before) => self.course.just_after(&self.indexed.exchange, &self.indexed.index, before).server,
            None => Server::default(),
        };
        let kept = match side == Direction::Backend && !is_said && !self.is_partial {
            true => {
                let after = self.course.just_after(&self.indexed.exchange, &self.indexed.index, self.at.number);
                after.kept_back(&self.ahead(self.at.number))
            }
            false => Vec::new(),
        };
        Program {
            state: state.name.into(),
            page: page_of(state, ends.server == Server::CopyInExtended),
            before: if moved { was.name.into() } else { "".into() },
            by: if moved { by } else { String::new() },
            exits: match side {
                Direction::Frontend => exits(ends.client, state, &[CLIENT_SAYS, CLIENT_HEARS], Client::name),
                Direction::Backend => exits(ends.server, state, &[SERVER_SAYS, SERVER_READS], Server::name),
            },
            is_blocked: inbox.is_blocked(),
            does: match does(state, &inbox, side == Direction::Frontend && ends.client == Client::Ready) {
                // What has arrived with this message was said with it.
                does if is_said && self.said.number > self.at.number => {
                    format!("has sent on to {}; {does}", self.indexed.named(&self.said).name())
                }
                does => does,
            },
            takes: if is_said { String::new() } else { self.takes() },
            inbox: self.cells(side, &inbox),
            holds: kept.iter().map(|request| request.message.name().into()).collect(),
            marks: match side {
                Direction::Frontend => places::of_client(&ends, &inbox, last, next),
                Direction::Backend => places::of_server(&ends, said_in, &inbox, last, next),
            },
        }
    }

    /// What its reader takes the message for, where it goes by a length that is wrong.
    fn takes(&self) -> String {
        let (entry, exchange, index) = (&self.entry, &self.indexed.exchange, &self.indexed.index);
        let astray = |number| self.course.just_after(exchange, index, number).astray(entry.direction);
        let (name, all) = (self.indexed.named(entry).name(), entry.span.len());
        let before = entry.number.checked_sub(1).and_then(astray).filter(|place| *place < entry.span.start);
        // Where in this message it reads on, if it does.
        let within = astray(entry.number).and_then(|place| place.checked_sub(entry.span.start));
        let within = within.filter(|bytes| (1..all).contains(bytes));
        match (before.map(|place| entry.span.start - place), within) {
            (Some(ago), Some(bytes)) => format!(
                "To it this is no {name}: the first {} to what begins {ago} bytes before, by the length that stands there; it \
                 reads the rest as the next message.",
                if bytes == 1 { "byte belongs".to_owned() } else { format!("{bytes} bytes belong") }
            ),
            (Some(ago), None) => {
                format!(
                    "To it this is no {name}: it reads what begins {ago} bytes before, by the length that stands there."
                )
            }
            (None, Some(bytes)) => {
                format!("To it {name} ends after {bytes} bytes, by its length; it reads the rest as the next message.")
            }
            (None, None) => String::new(),
        }
    }

    fn cells(&self, side: Direction, inbox: &Inbox) -> Cells {
        let stream = &self.indexed.exchange.stream(side.other()).bytes;
        let of = |from: usize, to: usize| stream.get(from..to).unwrap_or_default();
        let unread = inbox.unread.of(stream);
        let taken = of(inbox.begins, inbox.unread.start);
        let shown = unread.len().min(MOST_BYTES);
        let wants = inbox.read.map_or(0, |(piece, wants)| if piece == Piece::End { 0 } else { wants });
        let is_to_it = self.is_coming && self.entry.direction == side.other();
        Cells {
            taken: taken.get(taken.len().saturating_sub(MOST_BYTES / 4)..).unwrap_or_default().to_vec(),
            unread: unread.get(..shown).unwrap_or_default().to_vec(),
            more: unread.len() - shown,
            missing: wants.saturating_sub(unread.len()),
            under_way: if is_to_it { self.said.span.end.saturating_sub(inbox.unread.end) } else { 0 },
        }
    }
}

/// What each state is, behind the name of its page: a page that is built without docs fetches this.
pub fn states() -> String {
    let client = pgscope_proto::conversation::CLIENT.iter().map(|(_, state)| (state, false));
    let server = pgscope_proto::conversation::SERVER.iter().map(|(one, state)| (state, *one == Server::CopyInExtended));
    let line = |(state, of_execute): (&State, bool)| format!("{}\t{}\n", page_of(state, of_execute), state.doc);
    client.chain(server).map(line).collect()
}

/// What an end does, in words.
fn does(state: &State, inbox: &Inbox, is_its_turn: bool) -> String {
    match inbox.read {
        Some((Piece::End, _)) => "blocked in read(), waits for the end of the connection".to_owned(),
        Some((_, wants)) if inbox.is_blocked() => {
            let has = inbox.has();
            let to_come = if has > 0 { format!(", {} to come", wants - has) } else { String::new() };
            format!("blocked in read({wants}), has {has}{to_come}")
        }
        Some(_) => format!("reads on: {} bytes lie in its inbox", inbox.unread.len()),
        None if state.name == "closed" => "closed".to_owned(),
        None if is_its_turn => "its turn: nothing is asked".to_owned(),
        None if state.end == Direction::Frontend => "its turn".to_owned(),
        None => "works".to_owned(),
    }
}

/// The page of a state among those of the reference.
fn page_of(state: &State, is_of_execute: bool) -> String {
    let end = state.end.end();
    let of = if is_of_execute && end == "server" { "-of-an-execute" } else { "" };
    format!("state-{end}-{}{of}.html", state.name.to_ascii_lowercase().replace(' ', "-"))
}

/// Where an end can go from a state, and by what: from the tables of the conversation.
fn exits<One>(from: One, state: &State, tables: &[&'static [Move<One>]], name: fn(One) -> &'static str) -> Vec<Exit>
where
    One: Copy + PartialEq + 'static,
{
    let is_from = |row: &&Move<One>| row.from.is_empty() || row.from.contains(&from);
    // The first row that fits counts: behind what is said of any message the table says nothing more of this state.
    let up_to_any = |rows: &&'static [Move<One>]| {
        let any = rows.iter().position(|row| is_from(&row) && matches!(row.on, On::ReadsAny));
        rows.get(..any.map_or(rows.len(), |any| any + 1)).unwrap_or_default()
    };
    let rows = tables.iter().flat_map(up_to_any).filter(is_from);
    rows.filter(|row| !row.from.is_empty() || is_in_order(state, &row.on))
        .filter_map(|row| Some((row, row.to.filter(|to| *to != from)?)))
        .filter_map(|(row, to)| Some(Exit { on: on(&row.on, state.reads)?, to: name(to).into() }))
        .collect()
}

/// How many bytes the first read of this kind wants, and its place in the code.
fn first_read(reads: Reads) -> Option<(usize, &'static str)> {
    match reads {
        Reads::Packet => Some((4, "packet_length")),
        Reads::Byte => Some((1, "byte")),
        Reads::Message => Some((1, "tag")),
        Reads::Nothing | Reads::Opaque | Reads::End => None,
    }
}

/// Whether a read of this kind can give the message: who reads a bare byte meets no tag.
fn can_give(reads: Reads, message: &Message) -> bool {
    match reads {
        Reads::Packet => matches!(message.head, Head::Startup(_) | Head::Any),
        Reads::Byte => matches!(message.head, Head::Reply(_) | Head::Any),
        Reads::Message => !matches!(message.head, Head::Startup(_) | Head::Reply(_)),
        Reads::Nothing | Reads::Opaque | Reads::End => true,
    }
}

/// The states in which an end is not let in, or has not let in. By their names: the page has no places in the manual.
const BEFORE: [&str; 9] = [
    "new",
    "asked for encryption",
    "encryption",
    "authentication",
    "starting",
    "cancelling",
    "start-up",
    "password",
    "sasl",
];

/// Whether what the table holds for all states is in order in this one: nobody logs in in the middle of a query, and only who reads
/// reads.
fn is_in_order(state: &State, on: &On) -> bool {
    let is_login = |message: &&Message| matches!(message.chapter, Chapter::Startup | Chapter::Authentication);
    let is_before = BEFORE.contains(&state.name);
    match on {
        On::Says(messages) => messages.iter().any(is_login) == is_before,
        On::Reads(_) | On::ReadsAny => state.reads != Reads::Nothing,
        On::SaysFatal | On::ReadsFatal => state.name != "new",
    }
}

fn on(on: &On, reads: Reads) -> Option<String> {
    let named = |verb: &str, messages: &[&Message]| {
        let names: Vec<&str> = messages.iter().take(MOST_NAMED).map(|message| message.name()).collect();
        let more = if messages.len() > MOST_NAMED { ", …" } else { "" };
        (!names.is_empty()).then(|| format!("{verb} {}{more}", names.join(", ")))
    };
    match on {
        On::Says(messages) => named("says", messages),
        On::Reads(messages) => {
            let met: Vec<&Message> = messages.iter().copied().filter(|message| can_give(reads, message)).collect();
            named("reads", &met)
        }
        On::SaysFatal => Some("says that the session ends".to_owned()),
        On::ReadsFatal => Some("reads that the session ends".to_owned()),
        On::ReadsAny => Some("reads anything else".to_owned()),
    }
}

#[cfg(all(test, feature = "docs"))]
mod tests {
    /// The states that are named by hand are those of which the manual tells where it tells of start-up and authentication.
    #[test]
    fn the_states_before_one_is_let_in_are_all_named() {
        use super::{BEFORE, CLIENT, Chapter, SERVER};
        let before = [Chapter::Startup, Chapter::Authentication].map(|chapter| chapter.flow().title);
        let states = CLIENT.iter().map(|(_, state)| state).chain(SERVER.iter().map(|(_, state)| state));
        for state in states {
            assert_eq!(before.contains(&state.section.title), BEFORE.contains(&state.name), "{}", state.name);
        }
    }

    #[test]
    fn what_states_are_stands_in_a_file() {
        expect_test::expect_file!["../../../../web/code/states.txt"].assert_eq(&super::states());
    }
}
