//! The settings that a server reports with ParameterStatus: those of PostgreSQL, and those by which other servers make
//! themselves known.

use super::Meaning;
use crate::schema::built_in;

/// The file of its docs.
pub const FILE: &str = "settings";

/// A setting that is reported.
#[derive(Debug)]
pub struct Setting {
    /// Its name as the server writes it.
    pub name: &'static str,
    /// The first version that reports it, or the server that does: `PostgreSQL 14`, `CockroachDB`.
    pub since: &'static str,
    /// What it means and what drivers do with it. Empty without the feature `docs`.
    pub doc: &'static str,
}

const fn setting(name: &'static str, since: &'static str, doc: &'static str) -> Setting {
    Setting { name, since: built_in(since), doc: built_in(doc) }
}

/// All of them, sorted by name. Servers older than 14 report fewer; PgBouncer passes on what it has from its server.
pub const SETTINGS: &[Setting] = &[
    setting(
        "DateStyle",
        "protocol 3.0",
        "How dates and times in text format look, and in which order day and month are read, such as `ISO, MDY`. Drivers that read text need ISO, and many set it in the StartupMessage or refuse anything else.",
    ),
    setting(
        "IntervalStyle",
        "PostgreSQL 8.4",
        "How spans of time in text format look, such as `postgres` or `iso_8601`. A driver that reads them as text must follow it; the binary format does not depend on it.",
    ),
    setting(
        "TimeZone",
        "PostgreSQL 8.0",
        "The zone in which timestamptz is written as text, and in which times without a zone are read. Drivers keep it to convert, and some set it to that of the client's machine.",
    ),
    setting(
        "application_name",
        "PostgreSQL 9.0",
        "What the client called itself, for pg_stat_activity and the log. The server shows it and does nothing else with it; it is reported back since a pooler may change it.",
    ),
    setting(
        "client_encoding",
        "protocol 3.0",
        "The encoding of every text that follows, in both directions. Most drivers ask for UTF8 in the StartupMessage and fail or convert when it changes; `SQL_ASCII` promises nothing.",
    ),
    setting(
        "crdb_version",
        "CockroachDB",
        "The version of CockroachDB, beside a server_version of the PostgreSQL that it stands in for. Drivers and their tests recognise it by this and leave out what it lacks.",
    ),
    setting(
        "default_transaction_read_only",
        "PostgreSQL 14",
        "Whether transactions begin as READ ONLY. With in_hot_standby it lets a client that looks for target_session_attrs=read-write or primary pick a server without a query.",
    ),
    setting(
        "in_hot_standby",
        "PostgreSQL 14",
        "Whether the server is a standby now. It turns off, with a further message, when the standby is promoted; libpq chooses among several hosts by it.",
    ),
    setting(
        "integer_datetimes",
        "PostgreSQL 8.0",
        "Whether binary dates and times are integers of microseconds. Always on since PostgreSQL 10, where floating point went away; drivers that speak binary refuse off, or ask for text.",
    ),
    setting(
        "is_superuser",
        "protocol 3.0",
        "Whether the present user is one. It follows SET ROLE; psql chooses `#` or `>` for its prompt by it.",
    ),
    setting(
        "mz_version",
        "Materialize",
        "The version of Materialize, beside a server_version of the PostgreSQL that it resembles. Clients recognise it by this.",
    ),
    setting(
        "padb_version",
        "Amazon Redshift",
        "The version of Redshift, whose server_version is that of a PostgreSQL of long ago. Drivers recognise it by this and avoid what it lacks.",
    ),
    setting(
        "scram_iterations",
        "PostgreSQL 16",
        "How often a new SCRAM password is hashed. libpq's PQchangePassword, with which psql sets one, computes the hash itself and must know it.",
    ),
    setting(
        "search_path",
        "PostgreSQL 18",
        "The schemas in which names without one are looked for. Poolers need it, to give a client a server session in which the same names mean the same; others need not look.",
    ),
    setting(
        "server_encoding",
        "PostgreSQL 8.0",
        "The encoding in which the database keeps texts. It cannot change while the connection lasts, and a client seldom needs it: what travels is in client_encoding.",
    ),
    setting(
        "server_version",
        "protocol 3.0",
        "The server's version as text, such as `18.4 (Debian 18.4-1)`. Drivers decide by it which catalogs and commands there are; libpq makes a number of it. Poolers and other servers tell one that clients can live with.",
    ),
    setting(
        "session_authorization",
        "protocol 3.0",
        "The user in whose name the session runs. SET SESSION AUTHORIZATION changes it, SET ROLE does not.",
    ),
    setting(
        "standard_conforming_strings",
        "PostgreSQL 8.1",
        "Whether a backslash in an ordinary text constant is just that. Whatever escapes values into SQL must know it, or else quoting can be broken out of; it is on unless somebody turned it off.",
    ),
];

/// The setting of this name.
pub fn setting_of(name: &str) -> Option<&'static Setting> {
    SETTINGS.binary_search_by(|known| known.name.cmp(name)).ok().and_then(|at| SETTINGS.get(at))
}

impl Setting {
    /// Whether PostgreSQL reports it.
    pub fn is_postgres(&self) -> bool {
        self.since.starts_with("PostgreSQL") || self.since.starts_with("protocol")
    }

    /// The name of its doc.
    pub fn doc_name(&self) -> String {
        format!("setting={}", self.name)
    }

    /// Its doc, and since when or by whom it is reported.
    pub fn told(&self) -> String {
        match self.since {
            "" => String::new(),
            since if self.is_postgres() => format!("{} Reported since {since}.", self.doc),
            server => format!("{} Reported by {server} alone.", self.doc),
        }
    }

    /// What its name stands for: a sentence, for it is its own short name.
    pub fn meaning(&self) -> Meaning {
        Meaning { name: String::new(), doc: self.told(), doc_name: self.doc_name() }
    }
}

#[cfg(all(test, feature = "docs"))]
mod tests {
    use super::*;

    #[test]
    fn the_list_is_sorted_and_every_doc_a_sentence() {
        assert!(SETTINGS.is_sorted_by(|a, b| a.name < b.name));
        for Setting { name, doc, since } in SETTINGS {
            assert!(doc.ends_with('.') && !doc.contains(['\t', '\n']), "{name}");
            assert!(!doc.starts_with(name) && !since.is_empty(), "{name}");
            assert_eq!(setting_of(name).map(|known| known.name), Some(*name));
        }
        assert!(setting_of("datestyle").is_none());
    }

    #[test]
    fn postgresql_18_reports_fifteen() {
        assert_eq!(SETTINGS.iter().filter(|setting| setting.is_postgres()).count(), 15);
        let later = |setting: &&Setting| setting.since == "PostgreSQL 16" || setting.since == "PostgreSQL 18";
        assert_eq!(SETTINGS.iter().filter(later).count(), 2);
    }
}
