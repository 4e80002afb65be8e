//! A whole file in numbers: its connections, the statements that were run on them, where the time went.
//!
//! ```text
//! Survey of each connection ──▶ Overview ──▶ Connection, Statement, Statistics, Stretch: rows for screens and for printers
//! ```
//!
//! It holds what [`Survey`] found, and no bytes. Times are microseconds; those of day since 1970, or since the recording began.

mod advice;
mod ending;
mod parts;
mod poolers;
mod statements;

use std::collections::{BTreeMap, BTreeSet};

use pgscope_proto::{Closing, Exchange};
use pgscope_session::Index;
use pgscope_session::survey::{About, End, Key, Spent, Survey, Texts, Times, Turn};
use serde::{Deserialize, Serialize};

use crate::units::decimal;
use poolers::{Side, Sides};

pub use ending::{Await, Ending, How};
pub use parts::Part;
pub use statements::{Durations, Occurrence, Statement, Within};

/// What is known of a file.
#[derive(Clone, Debug, Default)]
pub struct Overview {
    connections: Vec<One>,
    texts: Texts,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
struct One {
    /// Where it is in the file, among all connections.
    place: usize,
    ends: [String; 2],
    survey: Survey,
    findings: usize,
    /// Whether these are all.
    is_checked: bool,
    /// How many of its messages that are not kept stand where they may not.
    misplaced: usize,
    /// Whether the recording tells that it is over.
    closing: Closing,
}

/// A connection in numbers.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Connection {
    /// Its number in the file, from 1.
    pub number: usize,
    /// The client's address and port; empty where nothing says it.
    pub client: String,
    /// The server's.
    pub server: String,
    /// Who came in.
    pub user: String,
    /// Which database they wanted.
    pub database: String,
    /// What their program calls itself.
    pub application: String,
    /// The server's version.
    pub version: String,
    /// When its first message was seen.
    pub begin_us: Option<i64>,
    /// How long after the beginning of the file that was.
    pub since_us: Option<u64>,
    /// How long it was there: until it was closed, or else until its last message.
    pub lasted_us: Option<u64>,
    /// How many messages there were.
    pub messages: usize,
    /// How many bytes the client sent, and the server.
    pub bytes: [u64; 2],
    /// How often the client waited for the server.
    pub round_trips: usize,
    /// How many queries and executions.
    pub queries: usize,
    /// How often the server said that something failed.
    pub errors: usize,
    /// How many problems its messages have that are more than notes. Before they were looked for ([`Overview::found`]): how many messages
    /// stand where they may not, or cannot be read.
    pub findings: usize,
    /// How long the slowest answer took.
    pub slowest_us: Option<u32>,
    /// The message that asked for it, from 1.
    pub slowest_message: Option<usize>,
    /// How it ended, in words.
    pub end: String,
    /// The same as data.
    pub ending: Ending,
    /// The connection of which it cancels a query.
    pub cancels: Option<usize>,
    /// The connections on which a pooler carries on what is asked here, by their numbers.
    pub carried_by: Vec<usize>,
    /// The connections whose queries a pooler carries on here.
    pub carries: Vec<usize>,
}

/// What a file has, in all or on one connection.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Statistics {
    /// How many connections.
    pub connections: usize,
    /// When the first message was seen.
    pub begin_us: Option<i64>,
    /// How long after that the last one, or the last connection was closed.
    pub lasted_us: Option<u64>,
    /// How many messages the clients sent, and the servers.
    pub messages: [usize; 2],
    /// How many bytes.
    pub bytes: [u64; 2],
    /// How often a client waited for a server.
    pub round_trips: usize,
    /// How many queries and executions.
    pub queries: usize,
    /// How many of them failed, each once.
    pub failed: usize,
    /// How many of them a pooler carries on, so that they are here twice.
    pub carried: usize,
    /// How many Parse messages, and how many of them had a text that was prepared on the same connection before.
    pub parses: [usize; 2],
    /// How many Bind messages.
    pub binds: usize,
    /// How many rows, each once.
    pub rows: u64,
    /// How often a server said that something failed.
    pub errors: usize,
    /// How often a server had something to remark.
    pub notices: usize,
    /// For how long a server had something to answer, all connections together; a pooler is none.
    pub server_us: u64,
    /// How much longer than that a pooler's clients waited.
    pub pooler_us: u64,
    /// For how long a client had the word.
    pub client_us: u64,
    /// For how long a client had the word while its transaction was open.
    pub in_transaction_us: u64,
    /// How many bytes of values servers sent as text, and in binary format.
    pub values: [u64; 2],
    /// Which messages there are.
    pub kinds: Vec<Kind>,
    /// What could be spared, in sentences.
    pub advice: Vec<String>,
}

/// Messages of one sort.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Kind {
    /// `frontend` or `backend`.
    pub direction: String,
    /// Their name in the manual.
    pub name: String,
    /// How many there are.
    pub count: usize,
    /// How many bytes they have together.
    pub bytes: u64,
}

/// A stretch of a time line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stretch {
    /// For how long servers had something to answer in it.
    pub server_us: u64,
    /// For how long clients had the word while their transactions were open.
    pub in_transaction_us: u64,
    /// How many connections were there.
    pub connections: usize,
    /// How often a server said that something failed.
    pub errors: usize,
}

impl Overview {
    /// An overview of so many connections, of which nothing is known yet.
    pub fn begin<'a>(exchanges: impl Iterator<Item = &'a Exchange>) -> Self {
        let one = |exchange: &Exchange| One::of(exchange, 0);
        Self { connections: exchanges.map(one).collect(), texts: Texts::default() }
    }

    /// Goes on with what the index of a connection has found since.
    pub fn more(&mut self, connection: usize, exchange: &Exchange, index: &Index) {
        let Some(one) = self.connections.get_mut(connection) else { return };
        one.survey.more(exchange, index, &mut self.texts);
        if !one.is_checked {
            one.findings = one.misplaced + index.misplaced() + one.survey.about.faults;
        }
    }

    /// All problems of a connection were looked for: so many were found.
    pub fn found(&mut self, connection: usize, findings: usize) {
        if let Some(one) = self.connections.get_mut(connection) {
            (one.findings, one.is_checked) = (findings, true);
        }
    }

    /// One more connection, of which all is here; `place` orders it among the others.
    /// Gives its number among all that are here.
    pub fn add(&mut self, place: usize, exchange: &Exchange, index: &Index) -> usize {
        let at = self.connections.partition_point(|one| one.place <= place);
        self.connections.insert(at, One::of(exchange, place));
        self.more(at, exchange, index);
        at
    }

    /// One more connection, which is looked at piece by piece. Gives its number among all that are here.
    pub fn watch(&mut self, place: usize, exchange: &Exchange) -> usize {
        let at = self.connections.partition_point(|one| one.place <= place);
        let mut one = One::of(exchange, place);
        one.survey.watch();
        self.connections.insert(at, one);
        at
    }

    /// What was looked at of a connection is not kept ([`Survey::forget`]).
    pub fn forget(&mut self, connection: usize, index: &Index, segments: usize) {
        if let Some(one) = self.connections.get_mut(connection) {
            one.misplaced += index.misplaced();
            one.survey.forget(index, segments);
        }
    }

    /// All of a connection is known: when its messages were seen.
    pub fn settle(&mut self, connection: usize, closing: Closing) -> Times {
        let Some(one) = self.connections.get_mut(connection) else { return Times::default() };
        one.closing = closing;
        one.survey.settle()
    }

    /// How many connections there are.
    pub fn len(&self) -> usize {
        self.connections.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.connections.is_empty()
    }

    /// What was found of a connection.
    pub fn survey(&self, connection: usize) -> Option<&Survey> {
        self.connections.get(connection).map(|one| &one.survey)
    }

    /// The SQL with this number.
    pub fn text(&self, number: u32) -> &str {
        self.texts.get(number)
    }

    /// When the first message of all was seen.
    pub fn begin_us(&self) -> Option<i64> {
        self.seen().map(|(begin, _)| begin)
    }

    fn seen(&self) -> Option<(i64, i64)> {
        let seen = self.connections.iter().filter_map(One::there_us);
        seen.reduce(|(begin, end), (other, other_end)| (begin.min(other), end.max(other_end)))
    }

    /// All connections, in the order in which they began.
    pub fn connections(&self) -> Vec<Connection> {
        let begin = self.begin_us();
        let sides = self.sides(None);
        let numbers = |of: &[BTreeSet<usize>], nth: usize| {
            of.get(nth).into_iter().flatten().map(|other| other + 1).collect::<Vec<_>>()
        };
        let rows = self.connections.iter().enumerate().map(|(nth, one)| {
            let cancels =
                one.survey.about.cancels.as_ref().and_then(|key| self.with_key(key, one)).map(|other| other + 1);
            let since = one.survey.about.seen_us.zip(begin).map(|((at, _), begin)| at.saturating_sub(begin));
            Connection {
                since_us: since.and_then(|since| u64::try_from(since).ok()),
                carried_by: numbers(&sides.carried_by, nth),
                carries: numbers(&sides.carries, nth),
                ..one.row(nth, cancels)
            }
        });
        rows.collect()
    }

    /// The connection that has this key: of several the last that was there before this one.
    fn with_key(&self, key: &Key, cancelling: &One) -> Option<usize> {
        let begun = |one: &One| one.survey.about.seen_us.map(|(begun, _)| begun);
        let of_key = self.connections.iter().enumerate().filter(|(_, one)| one.survey.about.key.as_ref() == Some(key));
        let all: Vec<(usize, &One)> = of_key.collect();
        let before = all.iter().filter(|(_, one)| begun(one) <= begun(cancelling)).max_by_key(|(_, one)| begun(one));
        before.or(all.first()).map(|(nth, _)| *nth)
    }

    /// Which connections are a pooler's two sides: of one alone that is not asked.
    fn sides(&self, connection: Option<usize>) -> Sides {
        if connection.is_some() { Sides::default() } else { poolers::sides(&self.connections) }
    }

    /// What all connections have together, or one has.
    pub fn statistics(&self, connection: Option<usize>) -> Statistics {
        let chosen = || self.connections.iter().enumerate().filter(|(nth, _)| connection.is_none_or(|one| one == *nth));
        let mut all = Statistics::default();
        let sides = self.sides(connection);
        all.carried = (0..self.connections.len()).map(|nth| sides.repeated(nth)).sum();
        // For how long clients waited for a pooler, and that for its server.
        let mut pooled = [0; 2];
        let mut kinds: BTreeMap<(&str, &str), (usize, u64)> = BTreeMap::new();
        let (mut begin, mut end) = (None::<i64>, None::<i64>);
        for (nth, one) in chosen() {
            let about = &one.survey.about;
            all.connections += 1;
            if let Some((from, to)) = one.there_us() {
                begin = Some(begin.map_or(from, |begin| begin.min(from)));
                end = Some(end.map_or(to, |end| end.max(to)));
            }
            for side in 0..2 {
                all.messages[side] += about.messages[side];
                all.bytes[side] += about.bytes[side];
                all.parses[side] += about.parses[side];
                all.values[side] += about.values[side];
            }
            all.round_trips += about.round_trips;
            all.queries += about.queries;
            all.binds += about.binds;
            all.errors += about.errors;
            all.notices += about.notices;
            let spent = one.spent();
            match sides.of(nth) {
                // What stands between two poolers waits within what their clients wait.
                Side::Client if sides.carries_none(nth) => pooled[0] += spent.server,
                Side::Server => pooled[1] += spent.server,
                Side::Client | Side::Neither => {}
            }
            if sides.of(nth) != Side::Client {
                all.server_us += spent.server;
            }
            if sides.of(nth) != Side::Server {
                all.client_us += spent.client + spent.in_transaction;
                all.in_transaction_us += spent.in_transaction;
            }
            let once = one.survey.asked.iter().enumerate().filter(|(query, _)| !sides.is_repeated(nth, *query));
            for (_, asked) in once {
                all.failed += usize::from(asked.failed);
                all.rows += u64::from(asked.rows);
            }
            for (direction, message, count, bytes) in &one.survey.kinds {
                let entry = kinds.entry((direction.name(), message.name())).or_default();
                *entry = (entry.0 + count, entry.1 + bytes);
            }
        }
        all.pooler_us = pooled[0].saturating_sub(pooled[1]);
        all.begin_us = begin;
        all.lasted_us = begin.zip(end).and_then(|(begin, end)| u64::try_from(end.saturating_sub(begin)).ok());
        let kind = |((direction, name), (count, bytes)): ((&str, &str), (usize, u64))| Kind {
            direction: direction.to_owned(),
            name: name.to_owned(),
            count,
            bytes,
        };
        all.kinds = kinds.into_iter().map(kind).collect();
        all.kinds.sort_by_key(|kind| std::cmp::Reverse(kind.count));
        all.advice = advice::of(&all, chosen().map(|(_, one)| &one.survey), &self.texts);
        all
    }

    /// What happened between two times, in so many stretches; of all connections, or of one.
    pub fn time_line(&self, (from, to): (i64, i64), stretches: usize, connection: Option<usize>) -> Vec<Stretch> {
        let mut line = vec![Stretch::default(); stretches];
        let (from, to) = (from.min(to), to.max(from));
        let length = to.saturating_sub(from).max(1);
        let place = |at: i64| {
            let part = i128::from(at.clamp(from, to).saturating_sub(from)) * stretches as i128 / i128::from(length);
            (part as usize).min(stretches.saturating_sub(1))
        };
        let begins =
            |nth: usize| from.saturating_add((i128::from(length) * nth as i128 / stretches.max(1) as i128) as i64);
        let sides = self.sides(connection);
        let chosen = self.connections.iter().enumerate().filter(|(nth, _)| connection.is_none_or(|one| one == *nth));
        for (nth, one) in chosen {
            let counts = |turn| match turn {
                Turn::Client => false,
                Turn::Server => sides.of(nth) != Side::Client,
                Turn::InTransaction => sides.of(nth) != Side::Server,
            };
            let survey = &one.survey;
            let Some((begun, ended)) = one.there_us() else { continue };
            if stretches == 0 || ended < from || begun > to {
                continue;
            }
            for stretch in line.iter_mut().take(place(ended) + 1).skip(place(begun)) {
                stretch.connections += 1;
            }
            let first = survey.turns.partition_point(|(at, _)| *at < from).saturating_sub(1);
            let turns = survey.turns.get(first..).unwrap_or_default();
            let ends = turns.iter().skip(1).map(|(at, _)| *at).chain(one.turned_until());
            for ((at, turn), end) in turns.iter().zip(ends).take_while(|((at, _), _)| *at <= to) {
                if !counts(*turn) || end < from {
                    continue;
                }
                for nth in place(*at)..=place(end) {
                    let (ends, begins) = (end.min(begins(nth + 1)).min(to), (*at).max(begins(nth)).max(from));
                    let within = u64::try_from(ends.saturating_sub(begins)).unwrap_or(0);
                    let Some(stretch) = line.get_mut(nth) else { break };
                    match turn {
                        Turn::Server => stretch.server_us += within,
                        _ => stretch.in_transaction_us += within,
                    }
                }
            }
            for at in survey.failures.iter().filter_map(|(_, at)| *at).filter(|at| (from..=to).contains(at)) {
                line.get_mut(place(at)).into_iter().for_each(|stretch| stretch.errors += 1);
            }
        }
        line
    }

    /// What is to be seen at a stretch of the time line, on this connection or on any: a connection and its message, from 0. That is the first
    /// error in it, first of the connection that is shown; or the connection that is shown, if it was there (no message: whatever it said
    /// then); or what was asked last on the one of the others that came last.
    pub fn moment(&self, (from, to): (i64, i64), shown: usize, only: Option<usize>) -> Option<(usize, Option<usize>)> {
        let chosen = || self.connections.iter().enumerate().filter(|(nth, _)| only.is_none_or(|only| only == *nth));
        let failure = |(nth, one): (usize, &One)| {
            let in_it = one.survey.failures.iter().filter_map(|(message, at)| Some((*message as usize, (*at)?)));
            let first = in_it.filter(|(_, at)| (from..=to).contains(at)).min_by_key(|(_, at)| *at)?;
            Some((nth != shown, first.1, nth, first.0))
        };
        if let Some((.., nth, message)) = chosen().filter_map(failure).min() {
            return Some((nth, Some(message)));
        }
        let there = |one: &One| one.there_us().is_some_and(|(begun, ended)| begun < to && from <= ended);
        if only.is_none_or(|only| only == shown) && self.connections.get(shown).is_some_and(there) {
            return Some((shown, None));
        }
        let begun = |one: &One| one.there_us().map(|(begun, _)| begun);
        let other = chosen().filter(|(_, one)| there(one)).max_by_key(|(_, one)| begun(one));
        // Where nobody was there: who came next, or last.
        let next = || chosen().filter(|(_, one)| begun(one) >= Some(to)).min_by_key(|(_, one)| begun(one));
        let (nth, one) = other.or_else(next).or_else(|| chosen().next_back())?;
        let asked = one.survey.asked.iter().take_while(|asked| asked.at_us < to).last();
        Some((nth, Some(asked.map_or(0, |asked| asked.message as usize))))
    }

    /// From when to when anything was seen.
    pub fn whole(&self) -> Option<(i64, i64)> {
        self.seen()
    }
}

impl One {
    fn of(exchange: &Exchange, place: usize) -> Self {
        let ends = exchange.ends().map(str::to_owned);
        One { place, ends, closing: exchange.closing(), ..One::default() }
    }

    /// From when to when it was there: from its first message until it was closed, or else until its last one.
    fn there_us(&self) -> Option<(i64, i64)> {
        let (begin, end) = self.survey.about.seen_us?;
        let is_closed = self.closing.is_over || self.closing.first.is_some() || self.closing.reset.is_some();
        let closed = self.closing.at_us.filter(|_| is_closed);
        Some((begin, closed.map_or(end, |closed| closed.max(end))))
    }

    /// How its time was spent: until it was over, also where nothing more was said.
    fn spent(&self) -> Spent {
        let mut spent = self.survey.about.spent;
        if let (Some(ended), Some((from, turn))) = (self.turned_until(), self.survey.turns.last()) {
            spent.add(*turn, u64::try_from(ended.saturating_sub(*from)).unwrap_or(0));
        }
        spent
    }

    /// Until when the last turn lasted: nothing is known of it where what was said is hidden, where no server is in the recording, and on a
    /// connection that only cancels.
    fn turned_until(&self) -> Option<i64> {
        let about = &self.survey.about;
        let is_known = about.hidden.is_none() && about.messages[1] > 0 && about.end != End::Cancelled;
        self.there_us().map(|(_, ended)| ended).filter(|_| is_known)
    }

    fn row(&self, nth: usize, cancels: Option<usize>) -> Connection {
        let About { seen_us, messages, bytes, slowest, .. } = &self.survey.about;
        let about = &self.survey.about;
        let [client, server] = self.ends.clone();
        let ending = Ending::of(self);
        let said = |text: &Option<String>| text.clone().unwrap_or_default();
        let message = |nth: usize| self.survey.asked.get(nth).map(|asked| asked.message as usize + 1);
        Connection {
            number: nth + 1,
            client,
            server,
            user: said(&about.user),
            database: said(&about.database),
            application: said(&about.application),
            version: said(&about.version),
            begin_us: seen_us.map(|(begin, _)| begin),
            since_us: None,
            lasted_us: self.there_us().and_then(|(begin, end)| u64::try_from(end.saturating_sub(begin)).ok()),
            messages: messages.iter().sum(),
            bytes: *bytes,
            round_trips: about.round_trips,
            queries: about.queries,
            errors: about.errors,
            findings: self.findings,
            slowest_us: slowest.map(|(_, slowest)| slowest),
            slowest_message: slowest.and_then(|(nth, _)| message(nth)),
            end: ending.words(self.closing, cancels),
            ending,
            cancels,
            carried_by: Vec::new(),
            carries: Vec::new(),
        }
    }
}

/// A duration as a person says it: three digits or so, and a unit.
pub fn duration(microseconds: u64) -> String {
    let (milliseconds, seconds) = (
        |digits| decimal(microseconds, 1_000, digits) + " ms",
        |digits| decimal(microseconds, 1_000_000, digits) + " s",
    );
    match microseconds {
        0..1_000 => format!("{microseconds} µs"),
        1_000..10_000 => milliseconds(2),
        10_000..100_000 => milliseconds(1),
        100_000..1_000_000 => milliseconds(0),
        1_000_000..10_000_000 => seconds(2),
        10_000_000..60_000_000 => seconds(1),
        _ => {
            let (minutes, seconds) = (microseconds / 60_000_000, microseconds / 1_000_000 % 60);
            let (hours, minutes) = (minutes / 60, minutes % 60);
            if hours > 0 { format!("{hours} h {minutes:02} m") } else { format!("{minutes} m {seconds:02} s") }
        }
    }
}

/// A number of bytes as a person says it.
pub fn size(bytes: u64) -> String {
    match bytes {
        0..1_000 => format!("{bytes} B"),
        1_000..1_000_000 => decimal(bytes, 1_000, 1) + " KB",
        1_000_000..1_000_000_000 => decimal(bytes, 1_000_000, 1) + " MB",
        _ => decimal(bytes, 1_000_000_000, 2) + " GB",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Indexed;
    use pgscope_proto::{Direction, Stream};

    /// A query each second that takes a tenth of one; the second opens a transaction, the third fails in it, the fourth ends it.
    fn exchange() -> Exchange {
        let message = |tag: u8, body: &[u8]| [&[tag][..], &(body.len() as u32 + 4).to_be_bytes(), body].concat();
        let done = |tag: &[u8], status: &[u8]| [message(b'C', tag), message(b'Z', status)].concat();
        let error = [message(b'E', b"SERROR\0VERROR\0C22012\0M/ 0\0\0"), message(b'Z', b"E")].concat();
        let rounds: [(&[u8], Vec<u8>); 4] = [
            (b"SELECT 7\0", [message(b'D', &[0, 1, 0, 0, 0, 1, b'7']), done(b"SELECT 1\0", b"I")].concat()),
            (b"BEGIN\0", done(b"BEGIN\0", b"T")),
            (b"SELECT 1/0\0", error),
            (b"ROLLBACK\0", done(b"ROLLBACK\0", b"I")),
        ];
        let mut exchange = Exchange::default();
        for (nth, (query, answer)) in rounds.into_iter().enumerate() {
            let at = nth as i64 * 1_000_000;
            exchange.push(Direction::Frontend, &Stream::raw(message(b'Q', query)), Some(at));
            exchange.push(Direction::Backend, &Stream::raw(answer), Some(at + 100_000));
        }
        exchange
    }

    fn overview() -> Overview {
        let mut overview = Overview::default();
        let Indexed { exchange, index, .. } = Indexed::new(exchange());
        overview.add(0, &exchange, &index);
        overview
    }

    #[test]
    fn a_connection_is_told_in_numbers() {
        let overview = overview();
        let [one] = overview.connections().try_into().expect("one connection");
        assert_eq!((one.queries, one.errors, one.round_trips, one.messages), (4, 1, 4, 13));
        assert_eq!((one.lasted_us, one.slowest_us, one.end.as_str()), (Some(3_100_000), Some(100_000), "open"));
        let all = overview.statistics(None);
        assert_eq!((all.server_us, all.in_transaction_us, all.client_us), (400_000, 1_800_000, 2_700_000));
        assert!(all.advice.iter().any(|said| said.contains("58 % of the time (1.80 s)")), "{:?}", all.advice);
    }

    #[test]
    fn who_waits_in_vain_and_who_ends_it_is_told() {
        let ask = |exchange: &mut Exchange| {
            let query = Stream::raw(b"Q\0\0\0\x0dSELECT 7\0".to_vec());
            exchange.push(Direction::Frontend, &query, Some(10_000_000));
        };
        let close = |exchange: &mut Exchange, closing: Closing| {
            exchange.recorded.get_or_insert_default().closing = closing;
        };
        let end = |change: &dyn Fn(&mut Exchange)| {
            let mut changed = exchange();
            // Where the recording ends.
            close(&mut changed, Closing { at_us: Some(12_000_000), ..Closing::default() });
            change(&mut changed);
            let mut overview = Overview::default();
            let Indexed { exchange: changed, index, .. } = Indexed::new(changed);
            overview.add(0, &changed, &index);
            overview.connections().remove(0).end
        };
        let (client, server) = (Some(Direction::Frontend), Some(Direction::Backend));
        assert_eq!(end(&|_| {}), "open");
        assert_eq!(end(&ask), "open, unanswered for 2.00 s");
        let gave_up = Closing { first: client, is_over: true, at_us: Some(11_500_000), reset: None };
        let whole = |exchange: &mut Exchange| close(exchange, gave_up);
        assert_eq!(end(&whole), "closed by the client");
        let asked = |exchange: &mut Exchange| (ask(exchange), close(exchange, gave_up)).1;
        assert_eq!(end(&asked), "closed by the client, unanswered for 1.50 s");
        let broke = Closing { reset: server, ..gave_up };
        assert_eq!(end(&|exchange| close(exchange, broke)), "closed by the client, then reset by the server");
        let broke = Closing { first: None, ..broke };
        assert_eq!(end(&|exchange| close(exchange, broke)), "reset by the server");
        // Within an answer, behind a step that nobody pushed, half a request, in a transaction, and behind a Terminate.
        let say = |bytes: &'static [u8], from: Direction| {
            move |exchange: &mut Exchange| exchange.push(from, &Stream::raw(bytes.to_vec()), Some(10_500_000))
        };
        let complete = say(b"C\0\0\0\x0dSELECT 1\0", Direction::Backend);
        let within = |exchange: &mut Exchange| (ask(exchange), complete(exchange)).1;
        let flush = say(b"P\0\0\0\x10\0SELECT 1\0\0\0H\0\0\0\x04", Direction::Frontend);
        let parsed = say(b"1\0\0\0\x04", Direction::Backend);
        assert_eq!(end(&|exchange| (flush(exchange), parsed(exchange)).1), "open");
        assert_eq!(end(&within), "open, silent for 1.50 s within an answer");
        assert_eq!(end(&say(b"H\0\0\0\x04", Direction::Frontend)), "open, unanswered for 1.50 s");
        assert_eq!(end(&say(b"P\0\0\0\x10\0SELECT 1\0\0\0", Direction::Frontend)), "open, without Sync for 1.50 s");
        assert_eq!(end(&say(b"Q\0\0\0\x0dSELE", Direction::Frontend)), "open");
        let open = say(b"C\0\0\0\x0aBEGIN\0Z\0\0\0\x05T", Direction::Backend);
        let begun = |exchange: &mut Exchange| (ask(exchange), open(exchange)).1;
        assert_eq!(end(&begun), "open, idle in a transaction for 1.50 s");
        let salted = say(b"R\0\0\0\x0c\0\0\0\x05salt", Direction::Backend);
        assert_eq!(end(&salted), "open, the login unanswered for 1.50 s");
        let copies = say(b"G\0\0\0\x07\0\0\0", Direction::Backend);
        let copy = |exchange: &mut Exchange| (ask(exchange), copies(exchange)).1;
        assert_eq!(end(&copy), "open, without data for its COPY for 1.50 s");
        let row = say(b"d\0\0\0\x06a\n", Direction::Frontend);
        assert_eq!(end(&|exchange| (copy(exchange), row(exchange)).1), "open, without data for its COPY for 1.50 s");
        let pushed = say(b"S\0\0\0\x04", Direction::Frontend);
        let overlooked = |exchange: &mut Exchange| (copy(exchange), pushed(exchange)).1;
        assert_eq!(end(&overlooked), "open, without data for its COPY for 1.50 s");
        let lost = |exchange: &mut Exchange| (copy(exchange), exchange.miss(Direction::Frontend, 100)).1;
        assert_eq!(end(&|exchange| (lost(exchange), row(exchange)).1), "open");
        // Of a client of whom nothing is here it is not told that it keeps quiet.
        let alone = |exchange: &mut Exchange| {
            let server = exchange.clone();
            *exchange = Exchange::default();
            exchange.push(Direction::Backend, server.stream(Direction::Backend), Some(9_000_000));
            salted(exchange);
            close(exchange, Closing { at_us: Some(12_000_000), ..Closing::default() });
        };
        assert_eq!(end(&alone), "open");
        let done = say(b"c\0\0\0\x04", Direction::Frontend);
        assert_eq!(end(&|exchange| (copy(exchange), done(exchange)).1), "open, unanswered for 1.50 s");
        let leave = say(b"X\0\0\0\x04", Direction::Frontend);
        assert_eq!(end(&leave), "Terminate");
        assert_eq!(end(&|exchange| (ask(exchange), leave(exchange)).1), "Terminate, before the answer");
        assert_eq!(
            end(&|exchange| close(exchange, Closing { is_over: false, ..gave_up })),
            "half closed, by the client"
        );
        // What the server said last is not in the recording: it may have answered.
        let lost = |exchange: &mut Exchange| (ask(exchange), exchange.miss(Direction::Backend, 100)).1;
        assert_eq!(end(&lost), "open");
    }

    #[test]
    fn a_statement_is_told_with_its_times() {
        let statements = overview().statements(Within::default());
        let texts: Vec<&str> = statements.iter().map(|one| one.text.as_str()).collect();
        assert_eq!(texts, ["BEGIN", "ROLLBACK", "SELECT ?", "SELECT ?/?"]);
        let select = &statements[2];
        let within = Within { span: Some((500_000, 2_500_000)), ..Within::default() };
        let then: Vec<String> = overview().statements(within).into_iter().map(|one| one.text).collect();
        assert_eq!(then, ["BEGIN", "SELECT ?/?"]);
        assert_eq!((select.count, select.rows, select.first.map(|first| first.median)), (1, 1, Some(100_000)));
        assert_eq!((statements[3].errors, statements[3].worst.message), (1, 8));
        assert!(statements.iter().all(|one| one.unanswered == 0));
    }

    #[test]
    fn a_statement_whose_answer_does_not_come_is_counted() {
        let mut unanswered = exchange();
        let query = Stream::raw(b"Q\0\0\0\x0dSELECT 7\0".to_vec());
        unanswered.push(Direction::Frontend, &query, Some(10_000_000));
        let mut overview = Overview::default();
        let Indexed { exchange, index, .. } = Indexed::new(unanswered);
        overview.add(0, &exchange, &index);
        let select = overview.statements(Within::default()).into_iter().find(|one| one.text == "SELECT ?");
        assert_eq!(select.map(|one| (one.count, one.unanswered)), Some((2, 1)));
    }

    #[test]
    fn a_time_line_adds_up_to_what_was_spent() {
        let overview = overview();
        for stretches in [1, 7, 31, 400] {
            let line = overview.time_line((0, 3_100_000), stretches, None);
            let server: u64 = line.iter().map(|stretch| stretch.server_us).sum();
            let open: u64 = line.iter().map(|stretch| stretch.in_transaction_us).sum();
            assert!(server.abs_diff(400_000) <= stretches as u64 && open.abs_diff(1_800_000) <= stretches as u64);
            assert_eq!(line.iter().map(|stretch| stretch.errors).sum::<usize>(), 1);
        }
        let part = overview.time_line((1_000_000, 1_100_000), 10, None);
        assert!(part.iter().all(|stretch| stretch.server_us == 10_000 && stretch.connections == 1), "{part:?}");
    }

    #[test]
    fn a_place_of_the_time_line_leads_to_its_error_or_to_who_was_there() {
        let mut overview = overview();
        let Indexed { exchange, index, .. } = Indexed::new(exchange());
        overview.add(1, &exchange, &index);
        // The third query fails at 2.1 s, on both.
        let at = |span, shown, only| overview.moment(span, shown, only);
        assert_eq!(at((2_050_000, 2_150_000), 1, None), Some((1, Some(8))));
        assert_eq!(at((2_050_000, 2_150_000), 1, Some(0)), Some((0, Some(8))));
        assert_eq!(at((1_000_000, 1_050_000), 0, None), Some((0, None)));
        assert_eq!(at((1_000_000, 1_050_000), 7, None), Some((1, Some(4))));
        assert_eq!(at((9_000_000, 9_050_000), 0, None), Some((1, Some(10))));
        assert_eq!(Overview::default().moment((0, 1), 0, None), None);
    }

    #[test]
    fn durations_and_sizes_are_as_a_person_says_them() {
        let said = [0, 999, 1_500, 45_600, 120_000, 8_400_000, 42_000_000, 252_000_000, 7_500_000_000].map(duration);
        assert_eq!(
            said,
            ["0 µs", "999 µs", "1.50 ms", "45.6 ms", "120 ms", "8.40 s", "42.0 s", "4 m 12 s", "2 h 05 m"]
        );
        assert_eq!([7, 1_500, 41_200_000, 1_040_000_000].map(size), ["7 B", "1.5 KB", "41.2 MB", "1.04 GB"]);
    }
}
