//! Answers who looks at a whole file: its connections, its statements, its time line.

use pgscope_proto::{Closing, Tree};
use pgscope_session::survey::{NEVER, Times};

use super::interleaved::Interleaved;
use super::{Engine, Since, Survey, Surveyed, Wanted};
use crate::Indexed;
use crate::overview::{Connection, Occurrence, Overview, Part, Statement, Within, duration};
use crate::units::{seconds, time_of_day};

/// So many runs of a statement are told at once.
const MOST_RUNS: usize = 500;

/// What surveys connections while they are indexed. Behind a trait, so that who only drops it need not have what does it.
pub(super) trait Surveys: std::fmt::Debug {
    fn more(&mut self, connection: usize, exchange: &pgscope_proto::Exchange, index: &pgscope_session::Index);
    /// One more connection, which is surveyed piece by piece.
    fn watch(&mut self, place: usize, exchange: &pgscope_proto::Exchange);
    /// What was surveyed of it is not kept.
    fn forget(&mut self, connection: usize, index: &pgscope_session::Index, segments: usize);
    /// Whether its client has the word, outside transactions.
    fn is_idle(&self, connection: usize) -> bool;
    /// All of it is known: when its messages were seen.
    fn settle(&mut self, connection: usize, closing: Closing) -> Times;
    fn overview(&self) -> &Overview;
    /// What was found of so many connections, for who puts it together with what others found.
    fn take_part(&mut self, connections: usize) -> Part;
    /// What others found takes its place.
    fn adopt(&mut self, part: Part);
    /// Numbers its texts in an order of their own.
    fn number_in_order(&mut self);
    /// Its messages in one order of time, as far as somebody wanted them.
    fn interleaved(&mut self) -> &mut Option<Interleaved>;
    /// In which connection problems are looked for now.
    fn at(&self) -> usize;
    /// Looks for them in so many messages more of that connection; says in how many that was done. At its end the next one is its turn.
    fn find(&mut self, indexed: &Indexed, messages: usize) -> usize;
    /// In how many messages they were looked for.
    fn looked(&self) -> usize;
}

#[derive(Debug, Default)]
struct Surveyor {
    overview: Overview,
    interleaved: Option<Interleaved>,
    finding: Finding,
}

/// How far the search for problems is.
#[derive(Debug, Default)]
struct Finding {
    connection: usize,
    message: usize,
    found: usize,
    looked: usize,
}

impl Surveys for Surveyor {
    fn more(&mut self, connection: usize, exchange: &pgscope_proto::Exchange, index: &pgscope_session::Index) {
        self.overview.more(connection, exchange, index);
    }

    fn overview(&self) -> &Overview {
        &self.overview
    }

    fn take_part(&mut self, connections: usize) -> Part {
        self.overview.take_part(connections)
    }

    fn adopt(&mut self, part: Part) {
        self.overview.adopt(part);
    }

    fn number_in_order(&mut self) {
        self.overview.number_in_order();
    }

    fn interleaved(&mut self) -> &mut Option<Interleaved> {
        &mut self.interleaved
    }

    fn watch(&mut self, place: usize, exchange: &pgscope_proto::Exchange) {
        self.overview.watch(place, exchange);
    }

    fn forget(&mut self, connection: usize, index: &pgscope_session::Index, segments: usize) {
        self.overview.forget(connection, index, segments);
    }

    fn is_idle(&self, connection: usize) -> bool {
        self.overview.survey(connection).is_some_and(|survey| survey.is_idle())
    }

    fn settle(&mut self, connection: usize, closing: Closing) -> Times {
        self.overview.settle(connection, closing)
    }

    fn at(&self) -> usize {
        self.finding.connection
    }

    fn find(&mut self, indexed: &Indexed, messages: usize) -> usize {
        let at = &mut self.finding;
        let all = indexed.index.len();
        let to = all.min(at.message + messages);
        let looked = to.saturating_sub(at.message);
        at.found += indexed.findings(at.message..to, &mut Tree::new());
        at.looked += looked;
        at.message = to;
        if to >= all {
            self.overview.found(at.connection, at.found);
            (at.connection, at.message, at.found) = (at.connection + 1, 0, 0);
        }
        looked
    }

    fn looked(&self) -> usize {
        self.finding.looked
    }
}

impl Engine {
    /// Answers who looks at a whole file.
    pub fn survey(&mut self, asked: Surveyed) -> Survey {
        if self.work.is_some() {
            return Survey::Nothing;
        }
        self.survey_all();
        if let Surveyed::Messages { like, span, from, to, messages } = asked {
            return self.interleaved(&like, span, (from, to), messages);
        }
        if let Surveyed::Findings { messages } = asked {
            return self.findings(messages);
        }
        let Some(overview) = self.overview.as_deref().map(Surveys::overview) else { return Survey::Nothing };
        match asked {
            Surveyed::Connections(wanted) => {
                let mut rows = overview.connections();
                rows.retain(|row| was_there(row, wanted.span));
                let (count, rows) = chosen(rows, &wanted, connection_key, connection_texts);
                Survey::Connections { count, rows }
            }
            Surveyed::Statements { connection, wanted } => {
                let within = Within { connection, span: wanted.span };
                let (count, rows) = chosen(overview.statements(within), &wanted, statement_key, statement_texts);
                Survey::Statements { count, rows }
            }
            Surveyed::Runs { id, connection, span } => {
                let mut runs: Vec<Occurrence> = overview.occurrences(id, Within { connection, span }).collect();
                // Of more than one looks at, the slowest.
                runs.sort_by_key(|run| std::cmp::Reverse(run.done_us));
                runs.truncate(MOST_RUNS);
                Survey::Runs(runs)
            }
            Surveyed::Statistics { connection } => Survey::Statistics(Box::new(overview.statistics(connection))),
            Surveyed::TimeLine { span, stretches, connection } => {
                let Some(whole) = overview.whole() else { return Survey::Nothing };
                let span = span.unwrap_or(whole);
                let line = overview.time_line(span, stretches.min(4096), connection);
                Survey::TimeLine { span, begin_us: whole.0, line }
            }
            // Answered above.
            Surveyed::Messages { .. } | Surveyed::Findings { .. } => Survey::Nothing,
            Surveyed::Times { from, to, since } => Survey::Times(self.times(from..to, since)),
            Surveyed::At { from, to, connection } => match overview.moment((from, to), self.connection, connection) {
                Some((connection, Some(message))) => Survey::At { connection, message },
                Some((connection, None)) => {
                    self.seen_at(from).map_or(Survey::Nothing, |message| Survey::At { connection, message })
                }
                None => Survey::Nothing,
            },
            Surveyed::Nearest { number, landmark, forward } => self.nearest(number, landmark, forward),
            Surveyed::Bad { forward } => self.next_bad(forward),
        }
    }

    /// Looks for problems in so many messages more.
    fn findings(&mut self, mut messages: usize) -> Survey {
        let all = self.messages();
        while messages > 0
            && let Some(nth) = self.overview.as_ref().map(|overview| overview.at())
            && nth < self.connections.len()
        {
            if !self.bring_next(nth) {
                // Of what cannot be read again nothing more is found.
                return Survey::Findings { looked: all, all };
            }
            let Some((overview, indexed)) = self.overview.as_mut().zip(self.connections.get(nth)) else { break };
            messages -= overview.find(indexed, messages);
        }
        let at = self.overview.as_ref().filter(|overview| overview.at() < self.connections.len());
        Survey::Findings { looked: at.map_or(all, |overview| overview.looked().min(all.saturating_sub(1))), all }
    }

    /// How many messages all connections have.
    pub(super) fn messages(&self) -> usize {
        let here = || self.connections.iter().map(|indexed| indexed.index.len()).sum();
        self.shelf.as_ref().map_or_else(here, |shelf| shelf.found())
    }

    /// Goes on with the survey of a connection, as far as its messages are found.
    pub(super) fn survey_one(&mut self, nth: usize) {
        let connections = &self.connections;
        let begin = || -> Box<dyn Surveys> {
            let overview = Overview::begin(connections.iter().map(|one| &one.exchange));
            Box::new(Surveyor { overview, ..Surveyor::default() })
        };
        let overview = self.overview.get_or_insert_with(begin);
        if let Some(indexed) = self.connections.get(nth) {
            overview.more(nth, &indexed.exchange, &indexed.index);
        }
    }

    pub(super) fn survey_all(&mut self) {
        // What is on a shelf was surveyed before.
        if !self.shelf.is_some() {
            (0..self.connections.len()).for_each(|nth| self.survey_one(nth));
        }
    }

    /// One more connection, which is surveyed piece by piece.
    pub(super) fn watch(&mut self, place: usize, exchange: &pgscope_proto::Exchange) {
        let begin = || -> Box<dyn Surveys> { Box::<Surveyor>::default() };
        self.overview.get_or_insert_with(begin).watch(place, exchange);
    }

    /// When a message of the connection that is shown was seen.
    fn time_of(&self, number: usize) -> Option<i64> {
        let indexed = self.indexed()?;
        let survey = self.overview.as_deref()?.overview().survey(self.connection)?;
        survey.seen_us(&indexed.exchange, &indexed.index, number)
    }

    fn times(&self, numbers: std::ops::Range<usize>, since: Since) -> Vec<String> {
        let begin = self.overview.as_deref().and_then(|overview| overview.overview().begin_us());
        let mut before = numbers.start.checked_sub(1).and_then(|number| self.time_of(number));
        let told = numbers.take(4096).map(|number| {
            let at = self.time_of(number);
            let from = match since {
                Since::File => begin,
                Since::Before => before,
                Since::Request => self
                    .indexed()
                    .and_then(|indexed| indexed.index.request(number))
                    .and_then(|request| self.time_of(request)),
                Since::Day => None,
            };
            before = at.or(before);
            let time = match (since, at, from) {
                (Since::Day, Some(at), _) => time_of_day(at),
                (_, Some(at), Some(from)) => seconds(at.saturating_sub(from)),
                _ => String::new(),
            };
            match self.took(number) {
                Some(took) => format!("{time} ⟶ {}", duration(took.into())).trim_start().to_owned(),
                None => time,
            }
        });
        told.collect()
    }

    /// How long the answer took to what a message asks, or the slowest of the cycle that begins with it.
    fn took(&self, number: usize) -> Option<u32> {
        let survey = self.overview.as_deref()?.overview().survey(self.connection)?;
        let cycle = self.list.outline.cycle(self.list.outline.cycle_of(number));
        let to = if cycle.0 == number { cycle.1 } else { number + 1 };
        let first = survey.asked.partition_point(|asked| (asked.message as usize) < number);
        let asked = survey.asked.iter().skip(first).take_while(|asked| (asked.message as usize) < to);
        asked.map(|asked| asked.done).filter(|done| *done != NEVER).max()
    }

    fn seen_at(&self, at: i64) -> Option<usize> {
        let all = self.indexed()?.index.len();
        let (mut low, mut high) = (0, all);
        while low < high {
            let middle = low + (high - low) / 2;
            match self.time_of(middle) {
                Some(time) if time < at => low = middle + 1,
                _ => high = middle,
            }
        }
        Some(low.min(all.checked_sub(1)?))
    }
}

/// What rows are ordered by: a number, or a text.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum SortKey {
    Number(i64),
    Text(String),
}

fn chosen<T>(
    mut rows: Vec<T>,
    wanted: &Wanted,
    key: fn(&T, &str) -> SortKey,
    texts: fn(&T) -> Vec<&str>,
) -> (usize, Vec<T>) {
    // Each word is looked for by itself: a user, and a part of an address.
    let words: Vec<String> = wanted.has.split_whitespace().map(str::to_lowercase).collect();
    rows.retain(|row| {
        if words.is_empty() {
            return true;
        }
        let texts: Vec<String> = texts(row).into_iter().map(str::to_lowercase).collect();
        words.iter().all(|word| texts.iter().any(|text| text.contains(word)))
    });
    if !wanted.by.is_empty() {
        rows.sort_by_cached_key(|row| key(row, &wanted.by));
        if wanted.descending {
            rows.reverse();
        }
    }
    let count = rows.len();
    (count, rows.into_iter().skip(wanted.from).take(wanted.to.saturating_sub(wanted.from)).collect())
}

fn count(number: impl TryInto<i64>) -> SortKey {
    SortKey::Number(number.try_into().unwrap_or(i64::MAX))
}

fn known(number: Option<impl TryInto<i64>>) -> SortKey {
    number.map_or(SortKey::Number(-1), count)
}

/// Whether a connection was there at any time of a span.
fn was_there(row: &Connection, span: Option<(i64, i64)>) -> bool {
    let (Some((from, to)), Some(begin)) = (span, row.begin_us) else { return span.is_none() };
    begin <= to && from <= begin.saturating_add_unsigned(row.lasted_us.unwrap_or(0))
}

fn connection_texts(row: &Connection) -> Vec<&str> {
    vec![&row.client, &row.server, &row.user, &row.database, &row.application, &row.end]
}

fn connection_key(row: &Connection, by: &str) -> SortKey {
    match by {
        "client" => SortKey::Text(row.client.clone()),
        "user" => SortKey::Text(row.user.clone()),
        "database" => SortKey::Text(row.database.clone()),
        "application" => SortKey::Text(row.application.clone()),
        "begin" => known(row.begin_us),
        "lasted" => known(row.lasted_us),
        "messages" => count(row.messages),
        "bytes" => count(row.bytes.iter().sum::<u64>()),
        "queries" => count(row.queries),
        "errors" => count(row.errors),
        "findings" => count(row.findings),
        "slowest" => known(row.slowest_us),
        "end" => SortKey::Text(row.end.clone()),
        _ => count(row.number),
    }
}

fn statement_texts(row: &Statement) -> Vec<&str> {
    vec![&row.text]
}

fn statement_key(row: &Statement, by: &str) -> SortKey {
    match by {
        "runs" => count(row.count),
        "errors" => count(row.errors),
        "unanswered" => count(row.unanswered),
        "skipped" => count(row.skipped),
        "rows" => count(row.rows),
        "total" => count(row.total_us),
        "median" => known(row.done.map(|done| done.median)),
        "p95" => known(row.done.map(|done| done.p95)),
        "worst" => known(row.done.map(|done| done.worst)),
        "first row" => known(row.first.map(|first| first.median)),
        _ => SortKey::Text(row.text.clone()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::{Input, Load, Request};
    use crate::print::pcapng;
    use pgscope_proto::{Direction, Exchange, Stream};

    const TWO: &str = "\
F: 51 00 00 00 0d 53 45 4c 45 43 54 20 31 00
B: 44 00 00 00 0b 00 01 00 00 00 01 31
B: 43 00 00 00 0d 53 45 4c 45 43 54 20 31 00
B: 5a 00 00 00 05 49
F: 51 00 00 00 0d 53 45 4c 45 43 54 20 32 00
B: 43 00 00 00 0d 53 45 4c 45 43 54 20 30 00
B: 5a 00 00 00 05 49
";

    #[test]
    fn statements_are_those_that_were_run() {
        let mut engine = Engine::default();
        engine.answer(Request::Load(Load { input: Input::Text(TWO.to_owned()), ..Load::default() }));
        let wanted = Wanted { to: 10, ..Wanted::default() };
        let Survey::Statements { count, rows } = engine.survey(Surveyed::Statements { connection: None, wanted })
        else {
            panic!("statements")
        };
        assert_eq!((count, rows[0].text.as_str(), rows[0].count, rows[0].rows), (1, "SELECT ?", 2, 1));
        let Survey::Connections { rows, .. } =
            engine.survey(Surveyed::Connections(Wanted { to: 10, by: "queries".into(), ..Wanted::default() }))
        else {
            panic!("connections")
        };
        assert_eq!((rows.len(), rows[0].queries, rows[0].round_trips), (1, 2, 2));
        let of_text = Wanted { to: 10, has: "nobody".into(), ..Wanted::default() };
        assert!(
            matches!(engine.survey(Surveyed::Connections(of_text)), Survey::Connections { rows, .. } if rows.is_empty())
        );
    }

    /// A ReadyForQuery with a letter that is none: its borders and its place are well.
    const ONLY_FIELDS: &str = "F: 51 00 00 00 0d 53 45 4c 45 43 54 20 31 00\nB: 43 00 00 00 0d 53 45 4c 45 43 54 20 31 00\n\
        B: 5a 00 00 00 05 51\nF: 58 00 00 00 04\n";

    #[test]
    fn what_is_wrong_is_looked_for_in_slices_and_then_counts() {
        let mut engine = Engine::default();
        engine.answer(Request::Load(Load { input: Input::Text(ONLY_FIELDS.to_owned()), ..Load::default() }));
        let findings = |engine: &mut Engine| {
            let asked = Surveyed::Connections(Wanted { to: 1, ..Wanted::default() });
            let Survey::Connections { rows, .. } = engine.survey(asked) else { panic!("connections") };
            rows[0].findings
        };
        assert_eq!(findings(&mut engine), 0);
        for looked in [3, 4, 4] {
            assert_eq!(engine.survey(Surveyed::Findings { messages: 3 }), Survey::Findings { looked, all: 4 });
        }
        assert_eq!(findings(&mut engine), 1);
    }

    fn interleaved(
        engine: &mut Engine,
        like: &str,
        to: usize,
        messages: usize,
    ) -> (usize, bool, String, Vec<crate::engine::Said>) {
        let asked = Surveyed::Messages { like: like.to_owned(), span: None, from: 0, to, messages };
        match engine.survey(asked) {
            Survey::Messages { count, is_done, mistake, rows, .. } => (count, is_done, mistake, rows),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn messages_of_all_connections_stand_in_one_order_of_time() {
        let query = |sql: &str| [b"Q", &(sql.len() as u32 + 5).to_be_bytes()[..], sql.as_bytes(), &[0]].concat();
        let one = |at: i64, sql: &str| {
            let mut exchange = Exchange { is_partial: true, ..Exchange::default() };
            exchange.push(Direction::Frontend, &Stream::raw(query(sql)), Some(at));
            exchange.push(Direction::Backend, &Stream::raw(b"C\0\0\0\x0dSELECT 1\0".to_vec()), Some(at + 2_000_000));
            exchange.push(Direction::Backend, &Stream::raw(b"Z\0\0\0\x05I".to_vec()), Some(at + 2_000_000));
            exchange
        };
        let file = pcapng::file(&[
            &one(5_000_000, "SELECT 'b'"),
            &one(4_000_000, "SELECT 'a'"),
            &one(6_500_000, "SELECT 'c'"),
        ]);
        let mut engine = Engine::default();
        engine.answer(Request::Load(Load { input: Input::Bytes(file), ..Load::default() }));
        let (count, is_done, _, rows) = interleaved(&mut engine, "", 100, 1000);
        let told: Vec<_> =
            rows.iter().map(|row| (row.connection, row.message, row.time.as_str(), row.says.as_str())).collect();
        assert_eq!((count, is_done), (9, true));
        assert_eq!(
            told[..3],
            [(1, 1, "0.000000", "SELECT 'a'"), (2, 1, "1.000000", "SELECT 'b'"), (1, 2, "2.000000", "SELECT 1")]
        );
        let order: Vec<(usize, usize)> = rows.iter().map(|row| (row.connection, row.message)).collect();
        assert_eq!(order, [(1, 1), (2, 1), (1, 2), (1, 3), (3, 1), (2, 2), (2, 3), (3, 2), (3, 3)]);
        // No more is looked at than is wanted, and a slice at a time.
        let (count, is_done, _, rows) = interleaved(&mut engine, "query contains \"select\"", 100, 2);
        assert_eq!((count, is_done, rows.len()), (2, false, 2));
        let (count, is_done, _, rows) = interleaved(&mut engine, "query contains \"select\"", 2, 100);
        assert_eq!((count, is_done, rows.len()), (3, true, 2));
        assert_eq!(interleaved(&mut engine, "'C'", 9, 100).3[0].connection, 3);
        let (count, is_done, mistake, _) = interleaved(&mut engine, "query contains", 9, 100);
        assert!(count == 0 && is_done && mistake.starts_with("letter "), "{mistake}");
        assert_eq!(interleaved(&mut engine, "duration > 1s", 9, 100).0, 3);
        // A part of the time.
        let span = Some((5_000_000, 6_400_000));
        let asked = Surveyed::Messages { like: String::new(), span, from: 0, to: 9, messages: 100 };
        let Survey::Messages { count, is_done, rows, .. } = engine.survey(asked) else { panic!("messages") };
        let then: Vec<(usize, usize)> = rows.iter().map(|row| (row.connection, row.message)).collect();
        assert_eq!((count, is_done, then), (3, true, vec![(2, 1), (1, 2), (1, 3)]));
        let wanted = Wanted { to: 9, span: Some((6_100_000, 6_400_000)), ..Wanted::default() };
        let Survey::Connections { count, rows } = engine.survey(Surveyed::Connections(wanted)) else { panic!("rows") };
        assert_eq!((count, rows[0].number), (1, 2));
    }

    #[test]
    fn times_are_told_as_they_are_wanted() {
        assert_eq!((seconds(1_500_000), seconds(-7)), ("1.500000".to_owned(), "-0.000007".to_owned()));
        assert_eq!(time_of_day(1_700_000_000_123_456), "22:13:20.123456");
    }
}
