//! The catalogue of the mistakes that people make on this wire: each rule described once, as data.
//!
//! A finding names its rule by id; this says what the rule is about, how sure it is that something breaks, who made the
//! mistake, what well-known programs say to it, and how an exchange looks with it and without. What programs say was
//! provoked from them with these very exchanges where [`Says::provoked`] says so: `tests/conformance` holds it to that.
//! It knows nothing of how findings are found. Nothing that a first look at the page needs leads here.
//!
//! ```
//! use pgscope_session::rules;
//! assert_eq!(rules::by_id("L25").unwrap().title, "Rows without a description");
//! let (rule, _) = rules::matching("psql: error: server sent data (\"D\" message) without prior row description (\"T\" message)")[0];
//! assert_eq!(rule.id, "L25");
//! ```

mod authentication;
mod copy;
mod exchange;
mod extended_query;
mod framing;
mod matching;
mod replication;
mod simple_query;
mod startup;
#[cfg(test)]
mod tests;
mod values;

pub use exchange::{ExchangeError, exchange};
pub use matching::{fits, holds, matching};
use pgscope_proto::schema::Section;
use pgscope_proto::{Direction, Severity};

/// A mistake that can be made, or a habit that leads to one.
#[derive(Debug)]
pub struct Rule {
    /// Its id for ever, as findings name it: `L25`.
    pub id: &'static str,
    /// What it is called.
    pub title: &'static str,
    /// Whose bytes are wrong in [`Rule::wrong`].
    pub by: Direction,
    /// How bad it is where it is certain.
    pub severity: Severity,
    /// Why it is that bad.
    pub evidence: Evidence,
    /// What is wrong, what breaks and why it is so, for somebody who writes a client or a server.
    pub doc: &'static str,
    /// How to mend it.
    pub mend: &'static str,
    /// What to record to be sure of it.
    pub record: &'static str,
    /// Who is known to have met it.
    pub seen: &'static [&'static str],
    /// What well-known programs say to it.
    pub says: &'static [Says],
    /// An exchange with this mistake and no other: see [`exchange()`] for its form.
    pub wrong: &'static str,
    /// The same without it.
    pub right: &'static str,
    /// Where the manual says how it should be.
    pub section: Section,
}

/// Why a rule is an error, a warning or a note.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Evidence {
    /// A program refuses it or breaks: which, and how. Errors have this, and it was provoked.
    Refused(&'static str),
    /// The manual forbids it though programs put up with it: what it says, in our words. Warnings have this.
    Manual(&'static str),
    /// Neither. Notes have this.
    None,
}

/// What a program says to a mistake.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Says {
    /// Who says it.
    pub program: Program,
    /// Its words, `{}` for what is different each time; or [`WAITS`] or [`CLOSES`] if it says nothing.
    pub text: &'static str,
    /// The SQLSTATE that comes with the words; empty if there is none.
    pub sqlstate: &'static str,
    /// Whether it was provoked with the exchange of the rule, or else only read in the program or in somebody's report.
    pub provoked: bool,
}

/// What stands for the words of a program that says nothing and waits.
pub const WAITS: &str = "(waits for ever)";
/// What stands for the words of a program that says nothing and closes.
pub const CLOSES: &str = "(closes without a word)";

/// A program whose words are known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs, reason = "names say it")]
pub enum Program {
    Libpq,
    Psql,
    PostgreSQL,
    /// What the server says in its log alone.
    PostgreSQLLog,
    Pgjdbc,
    Npgsql,
    NodePostgres,
    Pgx,
    TokioPostgres,
    Asyncpg,
    LibPq,
    Psycopg3,
    Pg8000,
    Pgwire,
    Pgbouncer,
    CockroachDb,
}

impl Program {
    /// Its name as its authors write it.
    pub const fn name(self) -> &'static str {
        match self {
            Program::Libpq => "libpq",
            Program::Psql => "psql",
            Program::PostgreSQL => "PostgreSQL",
            Program::PostgreSQLLog => "PostgreSQL's log",
            Program::Pgjdbc => "pgjdbc",
            Program::Npgsql => "Npgsql",
            Program::NodePostgres => "node-postgres",
            Program::Pgx => "pgx",
            Program::TokioPostgres => "tokio-postgres",
            Program::Asyncpg => "asyncpg",
            Program::LibPq => "lib/pq",
            Program::Psycopg3 => "psycopg",
            Program::Pg8000 => "pg8000",
            Program::Pgwire => "pgwire",
            Program::Pgbouncer => "PgBouncer",
            Program::CockroachDb => "CockroachDB",
        }
    }
}

/// Words that the exchange of the rule provoked.
const fn heard(program: Program, text: &'static str) -> Says {
    Says { program, text, sqlstate: "", provoked: true }
}

/// Words of PostgreSQL that the exchange of the rule provoked, with their SQLSTATE.
const fn refused(sqlstate: &'static str, text: &'static str) -> Says {
    Says { program: Program::PostgreSQL, text, sqlstate, provoked: true }
}

/// Words that were read, not heard.
const fn read(program: Program, text: &'static str) -> Says {
    Says { program, text, sqlstate: "", provoked: false }
}

/// All rules, in the order of their ids within a chapter.
pub static ALL: &[&[Rule]] = &[
    framing::RULES,
    startup::RULES,
    authentication::RULES,
    simple_query::RULES,
    extended_query::RULES,
    values::RULES,
    copy::RULES,
    replication::RULES,
];

/// Every rule, chapter by chapter.
pub fn all() -> impl Iterator<Item = &'static Rule> {
    ALL.iter().flat_map(|chapter| chapter.iter())
}

/// The rule with this id, in whatever case it is written.
pub fn by_id(id: &str) -> Option<&'static Rule> {
    all().find(|rule| rule.id.eq_ignore_ascii_case(id))
}

/// How bad it is where the rule with this id is broken for certain.
pub(crate) fn severity_of(id: &str) -> Option<Severity> {
    SEVERITIES.iter().find(|(known, _)| *known == id).map(|(_, severity)| *severity)
}

/// Ids and severities alone, made while this is compiled: what weighs a finding need not fetch what is told of it.
#[allow(clippy::indexing_slicing, reason = "a wrong index does not compile")]
static SEVERITIES: [(&str, Severity); COUNT] = {
    let mut severities = [("", Severity::Note); COUNT];
    let (mut chapter, mut done) = (0, 0);
    while chapter < ALL.len() {
        let mut at = 0;
        while at < ALL[chapter].len() {
            let rule = &ALL[chapter][at];
            severities[done] = (rule.id, rule.severity);
            (at, done) = (at + 1, done + 1);
        }
        chapter += 1;
    }
    severities
};

#[allow(clippy::indexing_slicing, reason = "a wrong index does not compile")]
const COUNT: usize = {
    let (mut chapter, mut count) = (0, 0);
    while chapter < ALL.len() {
        count += ALL[chapter].len();
        chapter += 1;
    }
    count
};
