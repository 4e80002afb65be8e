//! What a screen asks of a whole file, and the plain data that it gets: its connections, its statements, its time line.

use serde::{Deserialize, Serialize};

use crate::overview::{Connection, Occurrence, Statement, Statistics, Stretch};

/// What is asked of a whole file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Surveyed {
    /// Its connections. The answer is [`Survey::Connections`].
    Connections(Wanted),
    /// Its statements. The answer is [`Survey::Statements`].
    Statements {
        /// Of this connection alone, counted from 0.
        connection: Option<usize>,
        /// Which.
        wanted: Wanted,
    },
    /// The runs of a statement. The answer is [`Survey::Runs`].
    Runs {
        /// [`Statement::id`].
        id: u32,
        /// Of this connection alone, counted from 0.
        connection: Option<usize>,
        /// Those that were asked from one time to another; all where nothing is said.
        span: Option<(i64, i64)>,
    },
    /// What it has in all. The answer is [`Survey::Statistics`].
    Statistics {
        /// Of this connection alone, counted from 0.
        connection: Option<usize>,
    },
    /// A time line. The answer is [`Survey::TimeLine`].
    TimeLine {
        /// From when to when; the whole where nothing is said.
        span: Option<(i64, i64)>,
        /// In how many stretches.
        stretches: usize,
        /// Of this connection alone, counted from 0.
        connection: Option<usize>,
    },
    /// Messages of all connections in one order of time. The answer is [`Survey::Messages`].
    Messages {
        /// What they are like: an expression, words or bytes, as in the filter; all where it is empty.
        like: String,
        /// Those that were seen from one time to another; all where nothing is said.
        span: Option<(i64, i64)>,
        /// The first row, from 0.
        from: usize,
        /// One past the last.
        to: usize,
        /// How many more are looked at, at most.
        messages: usize,
    },
    /// Looks for problems in some more messages, in the order of the connections. The answer is [`Survey::Findings`].
    Findings {
        /// In how many, at most.
        messages: usize,
    },
    /// The times of these messages of the connection that is shown. The answer is [`Survey::Times`].
    Times {
        /// The first, from 0.
        from: usize,
        /// One past the last.
        to: usize,
        /// Counted from when.
        since: Since,
    },
    /// What is to be seen at a stretch of the time line: its first error; without one, what the connection that is shown said then or next,
    /// or another one that was there. The answer is [`Survey::At`].
    At {
        /// Where it begins, in microseconds.
        from: i64,
        /// Where it ends.
        to: i64,
        /// Only of this connection.
        connection: Option<usize>,
    },
    /// The nearest of the connection that is shown, behind a message or before it. The answer is [`Survey::Nearest`].
    Nearest {
        /// The message.
        number: usize,
        /// What is looked for.
        landmark: Landmark,
        /// Whether it stands behind it.
        forward: bool,
    },
    /// The next connection with an error or a problem, behind the one that is shown or before it. The answer is [`Survey::Bad`].
    Bad {
        /// Whether it stands behind it.
        forward: bool,
    },
}

/// What one goes to from one to the next.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Landmark {
    /// What was asked, and answered as slowly as one in twenty is.
    Slow,
    /// What opens a transaction.
    Transaction,
}

/// Which rows are wanted, and in which order.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wanted {
    /// The column by which they are ordered: its name in the table. Their own order where it is empty.
    pub by: String,
    /// Whether what is most comes first.
    pub descending: bool,
    /// Words that stand in their texts, in letters of any case.
    pub has: String,
    /// What was there from one time to another; all where nothing is said.
    pub span: Option<(i64, i64)>,
    /// The first row, from 0.
    pub from: usize,
    /// One past the last.
    pub to: usize,
}

/// From when on a time is counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Since {
    /// From the first message of the file.
    #[default]
    File,
    /// From the message before.
    Before,
    /// From the message that asked.
    Request,
    /// It is the time of day, in UTC.
    Day,
}

/// What is answered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Survey {
    /// To [`Surveyed::Connections`].
    Connections {
        /// How many there are that have what is wanted.
        count: usize,
        /// Those that are wanted.
        rows: Vec<Connection>,
    },
    /// To [`Surveyed::Statements`].
    Statements {
        /// How many there are that have what is wanted.
        count: usize,
        /// Those that are wanted.
        rows: Vec<Statement>,
    },
    /// To [`Surveyed::Runs`].
    Runs(Vec<Occurrence>),
    /// To [`Surveyed::Statistics`].
    Statistics(Box<Statistics>),
    /// To [`Surveyed::TimeLine`].
    TimeLine {
        /// From when to when.
        span: (i64, i64),
        /// When the file begins.
        begin_us: i64,
        /// What happened.
        line: Vec<Stretch>,
    },
    /// To [`Surveyed::Messages`].
    Messages {
        /// How many were found so far.
        count: usize,
        /// How many were looked at.
        looked: usize,
        /// How many there are.
        all: usize,
        /// Whether nothing is left to look at for these rows.
        is_done: bool,
        /// What of the expression cannot be read.
        mistake: String,
        /// Those that are wanted, as far as they were found.
        rows: Vec<Said>,
    },
    /// To [`Surveyed::Findings`].
    Findings {
        /// In how many messages they were looked for.
        looked: usize,
        /// How many there are.
        all: usize,
    },
    /// To [`Surveyed::Times`]: in words, one each.
    Times(Vec<String>),
    /// To [`Surveyed::At`].
    At {
        /// The connection, from 0.
        connection: usize,
        /// Its message, from 0.
        message: usize,
    },
    /// To [`Surveyed::Nearest`].
    Nearest {
        /// The message, if there is one.
        number: Option<usize>,
        /// What it is, or that there is none.
        words: String,
    },
    /// To [`Surveyed::Bad`].
    Bad {
        /// The connection, if there is one, and its last message; both counted from 0.
        found: Option<(usize, usize)>,
        /// That it is the next, or that there is none.
        words: String,
    },
    /// Nothing is known of it.
    Nothing,
}

/// A message of some connection.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Said {
    /// The number of its connection, from 1.
    pub connection: usize,
    /// Its number there, from 1.
    pub message: usize,
    /// When it was seen, in seconds since the first message of the file; empty where that is not known.
    pub time: String,
    /// `frontend` or `backend`.
    pub direction: String,
    /// Its name.
    pub name: String,
    /// What it says.
    pub says: String,
    /// Whether something is wrong with it.
    pub is_bad: bool,
}
