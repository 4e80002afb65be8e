//! All statements of a file, grouped by their text: how often each was run, and how long its answers took.

use std::collections::HashMap;

use pgscope_session::survey::{Asked, NEVER};
use serde::{Deserialize, Serialize};

use super::Overview;

/// A statement that was run, with what is written in it lifted out.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Statement {
    /// Its number in the overview.
    pub id: u32,
    /// Its SQL.
    pub text: String,
    /// How often it was run.
    pub count: usize,
    /// How often it was not run, since something before it in the same pipeline had failed: that is not counted as a run.
    pub skipped: usize,
    /// On how many connections.
    pub connections: usize,
    /// How often it failed.
    pub errors: usize,
    /// How often its answer, or the rest of it, was still awaited when the connection or its recording ended.
    pub unanswered: usize,
    /// How many rows its answers had together.
    pub rows: u64,
    /// How many bytes.
    pub bytes: u64,
    /// How long all its answers took together.
    pub total_us: u64,
    /// Until the first row.
    pub first: Option<Durations>,
    /// Until all had come.
    pub done: Option<Durations>,
    /// The run that took longest.
    pub worst: Occurrence,
}

/// How long something took that was done often, in microseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Durations {
    /// Half took less.
    pub median: u32,
    /// 95 of 100 took less.
    pub p95: u32,
    /// The longest.
    pub worst: u32,
}

/// One run of a statement.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Occurrence {
    /// On which connection, from 1.
    pub connection: usize,
    /// The message that asked for it, from 1.
    pub message: usize,
    /// When that was.
    pub at_us: Option<i64>,
    /// How long it took until the first row.
    pub first_us: Option<u32>,
    /// How long until all had come.
    pub done_us: Option<u32>,
    /// How many rows there were.
    pub rows: u32,
    /// Whether it failed.
    pub failed: bool,
}

/// What of a file counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Within {
    /// This connection alone, counted from 0.
    pub connection: Option<usize>,
    /// What was asked from one time to another, in microseconds.
    pub span: Option<(i64, i64)>,
}

impl Within {
    fn has(&self, connection: usize) -> bool {
        self.connection.is_none_or(|only| only == connection)
    }

    fn is_then(&self, asked: &Asked) -> bool {
        self.span.is_none_or(|(from, to)| (from..=to).contains(&asked.at_us))
    }
}

#[derive(Default)]
struct Group {
    statement: Statement,
    first: Vec<u32>,
    done: Vec<u32>,
    last_connection: usize,
}

impl Overview {
    /// All statements, those that took longest together first. What a pooler carries on counts once, where its client asks it.
    pub fn statements(&self, within: Within) -> Vec<Statement> {
        let mut groups: HashMap<u32, Group> = HashMap::new();
        for (nth, asked) in self.asked(within) {
            groups.entry(asked.text).or_default().add(nth, asked);
        }
        for asked in self.unanswered(within) {
            groups.entry(asked.text).or_default().statement.unanswered += 1;
        }
        let told = groups.into_iter().map(|(id, group)| group.told(id, self.text(id)));
        let mut statements: Vec<Statement> = told.collect();
        statements.sort_by(|one, other| {
            (other.total_us, other.count, &one.text).cmp(&(one.total_us, one.count, &other.text))
        });
        statements
    }

    /// The runs of a statement, in order.
    pub fn occurrences(&self, id: u32, within: Within) -> impl Iterator<Item = Occurrence> {
        let runs = self.asked(within).filter(move |(_, asked)| asked.text == id);
        runs.map(|(nth, asked)| occurrence(nth, asked))
    }

    /// What was asked and had no answer, or not all of it, when the connection or its recording ended: but for what a pooler carries on.
    fn unanswered(&self, within: Within) -> impl Iterator<Item = &Asked> {
        let sides = self.sides(within.connection);
        let chosen = self.connections.iter().enumerate().filter(move |(nth, _)| within.has(*nth));
        let asked = chosen.flat_map(|(nth, one)| one.survey.unanswered().map(move |asked| (nth, one, asked)));
        let counted = asked.filter(move |(nth, one, asked)| {
            let query = one.survey.asked.iter().position(|one| one.message == asked.message);
            within.is_then(asked) && !query.is_some_and(|query| sides.is_repeated(*nth, query))
        });
        counted.map(|(.., asked)| asked)
    }

    /// What was asked, and on which connection: of all, but for what a pooler carries on, or of one.
    fn asked(&self, within: Within) -> impl Iterator<Item = (usize, &Asked)> {
        let sides = self.sides(within.connection);
        let all = self.connections.iter().enumerate();
        let chosen = all.filter(move |(nth, _)| within.has(*nth));
        let queries = chosen.flat_map(|(nth, one)| one.survey.asked.iter().enumerate().map(move |asked| (nth, asked)));
        let counted =
            queries.filter(move |(nth, (query, asked))| within.is_then(asked) && !sides.is_repeated(*nth, *query));
        counted.map(|(nth, (_, asked))| (nth, asked))
    }
}

fn known(duration: u32) -> Option<u32> {
    (duration != NEVER).then_some(duration)
}

pub(super) fn occurrence(connection: usize, asked: &Asked) -> Occurrence {
    Occurrence {
        connection: connection + 1,
        message: asked.message as usize + 1,
        at_us: (asked.at_us != i64::MIN).then_some(asked.at_us),
        first_us: known(asked.first),
        done_us: known(asked.done),
        rows: asked.rows,
        failed: asked.failed,
    }
}

impl Group {
    fn add(&mut self, connection: usize, asked: &Asked) {
        let statement = &mut self.statement;
        let is_first = statement.count + statement.skipped == 0;
        *if asked.skipped { &mut statement.skipped } else { &mut statement.count } += 1;
        statement.errors += usize::from(asked.failed);
        statement.rows += u64::from(asked.rows);
        statement.bytes += u64::from(asked.bytes);
        if self.last_connection != connection + 1 {
            self.last_connection = connection + 1;
            statement.connections += 1;
        }
        let is_worse = known(asked.done) > statement.worst.done_us;
        if is_worse || is_first {
            statement.worst = occurrence(connection, asked);
        }
        statement.total_us += u64::from(known(asked.done).unwrap_or(0));
        self.first.extend(known(asked.first));
        self.done.extend(known(asked.done));
    }

    fn told(self, id: u32, text: &str) -> Statement {
        let Group { statement, mut first, mut done, .. } = self;
        let (first, done) = (durations(&mut first), durations(&mut done));
        Statement { id, text: text.to_owned(), first, done, ..statement }
    }
}

fn durations(all: &mut [u32]) -> Option<Durations> {
    let last = all.len().checked_sub(1)?;
    all.sort_unstable();
    let at = |nth: usize| all.get(nth).copied().unwrap_or_default();
    // The least that so many of them do not exceed.
    Some(Durations { median: at(last / 2), p95: at((all.len() * 95).div_ceil(100) - 1), worst: at(last) })
}
