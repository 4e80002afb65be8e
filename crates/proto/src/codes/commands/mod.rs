//! The tag of CommandComplete: which command it was, and how many rows it is about.
//!
//! ```
//! use pgscope_proto::codes::commands::{CommandTag, Wrong, rows_by_libpq};
//!
//! let tag = CommandTag::read("INSERT 0 3");
//! assert_eq!(tag.map(|tag| (tag.name, tag.oid, tag.rows)), Ok(("INSERT", Some(0), Some(3))));
//! assert_eq!(CommandTag::read("INSERT 3"), Err(Wrong::Missing("INSERT", "an oid and a number of rows")));
//! // libpq takes it for an INSERT whose number of rows is missing.
//! assert_eq!(rows_by_libpq("INSERT 3"), None);
//! ```

mod table;

use std::fmt;

pub use table::COMMANDS;

use super::Meaning;
use crate::schema::built_in;

/// The file of its docs.
pub const FILE: &str = "commands";

/// A command.
#[derive(Debug)]
pub struct Command {
    /// Its tag, without numbers.
    pub name: &'static str,
    /// Whether a number of rows stands behind the name.
    pub has_rows: bool,
    /// What befell the rows, in a word: `updated`; empty where they are just there.
    pub befell: &'static str,
    /// What it means that the command is complete, and what its numbers count. Empty for what the name says, and without
    /// the feature `docs`.
    pub doc: &'static str,
}

const fn command(name: &'static str, doc: &'static str) -> Command {
    Command { name, has_rows: false, befell: "", doc: built_in(doc) }
}

const fn counting(name: &'static str, befell: &'static str, doc: &'static str) -> Command {
    Command { name, has_rows: true, befell, doc: built_in(doc) }
}

/// The command with this name.
pub fn command_of(name: &str) -> Option<&'static Command> {
    COMMANDS.binary_search_by(|known| known.name.cmp(name)).ok().and_then(|at| COMMANDS.get(at))
}

/// A tag, taken apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CommandTag {
    /// The command.
    pub name: &'static str,
    /// The first number behind INSERT: the row's oid, as long as rows had one.
    pub oid: Option<u32>,
    /// How many rows it is about, where that is counted.
    pub rows: Option<u64>,
}

/// What is wrong with a tag.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wrong {
    /// No command of PostgreSQL is called so; another server may have it.
    Unknown,
    /// Of this command, this should stand behind the name.
    Missing(&'static str, &'static str),
    /// Behind this command's name stands something that is no number, or too great for one.
    NoNumber(&'static str),
    /// Nothing stands behind this command's name, and something does.
    Extra(&'static str),
}

impl fmt::Display for Wrong {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown => out.write_str("PostgreSQL has no command of this name"),
            Self::Missing(name, what) => write!(out, "{name} has {what} behind its name"),
            Self::NoNumber(name) => write!(out, "what stands behind {name} is not a number that it could be"),
            Self::Extra(name) => write!(out, "{name} has nothing behind its name"),
        }
    }
}

impl CommandTag {
    /// Takes a tag apart as PostgreSQL makes it: the name, of INSERT an oid, and the number of rows where rows are counted.
    pub fn read(text: &str) -> Result<Self, Wrong> {
        let (command, behind) = split(text).ok_or(Wrong::Unknown)?;
        let name = command.name;
        let mut numbers = behind.map(|behind| behind.split(' '));
        let mut next = || numbers.as_mut().and_then(Iterator::next);
        let number = |word: &str| number(word).ok_or(Wrong::NoNumber(name));
        let (first, second, third) = (next(), next(), next());
        match (command.has_rows, first, second, third) {
            (false, None, ..) => Ok(Self { name, oid: None, rows: None }),
            (true, Some(oid), Some(rows), None) if name == INSERT => {
                let oid = u32::try_from(number(oid)?).map_err(|_| Wrong::NoNumber(name))?;
                Ok(Self { name, oid: Some(oid), rows: Some(number(rows)?) })
            }
            (true, _, None, _) if name == INSERT => Err(Wrong::Missing(name, "an oid and a number of rows")),
            (true, None, ..) => Err(Wrong::Missing(name, "a number of rows")),
            (true, Some(rows), None, _) => Ok(Self { name, oid: None, rows: Some(number(rows)?) }),
            (true, Some(rows), ..) => number(rows).and(Err(Wrong::Extra(name))),
            (false, Some(_), ..) => Err(Wrong::Extra(name)),
        }
    }
}

const INSERT: &str = "INSERT";

/// The longest command that the text begins with, and what stands behind it and a blank.
fn split(text: &str) -> Option<(&'static Command, Option<&str>)> {
    let ends = text.match_indices(' ').map(|(at, _)| at).chain([text.len()]);
    let known = ends.take(MOST_WORDS).filter_map(|end| Some((command_of(text.get(..end)?)?, text.get(end + 1..))));
    known.last()
}

/// No command has more words than this.
const MOST_WORDS: usize = 8;

fn number(word: &str) -> Option<u64> {
    let is_number = !word.is_empty() && word.bytes().all(|digit| digit.is_ascii_digit());
    is_number.then(|| word.parse().ok())?
}

/// What libpq's PQcmdTuples makes of a tag: the digits, nothing where it expects none, `None` where it complains that it
/// “could not interpret result from server”. It knows eight names by their beginnings and does not mind how great a number is; to a
/// server's own tag, such as `REFRESH 5`, it finds no number of rows, but takes whatever word follows INSERT for an oid.
pub fn rows_by_libpq(text: &str) -> Option<&str> {
    let after = |name: &str| text.strip_prefix(name)?.strip_prefix(' ');
    let digits = match after(INSERT) {
        Some(rest) => rest.split_once(' ').map(|(_, digits)| digits)?,
        None => match COUNTED.iter().find_map(|name| after(name)) {
            Some(digits) => digits,
            None => return Some(""),
        },
    };
    let is_number = !digits.is_empty() && digits.bytes().all(|digit| digit.is_ascii_digit());
    is_number.then_some(digits)
}

/// Those behind which libpq looks for a number of rows, besides INSERT.
const COUNTED: [&str; 7] = ["SELECT", "DELETE", "UPDATE", "FETCH", "MERGE", "MOVE", "COPY"];

impl Command {
    /// The name of its doc.
    pub fn doc_name(&self) -> String {
        format!("command={}", self.name)
    }

    /// Its doc.
    pub fn told(&self) -> String {
        self.doc.to_owned()
    }
}

/// What a tag stands for: how many rows it is about, or what is wrong with it.
pub fn meaning(text: &str) -> Option<Meaning> {
    let (command, _) = split(text)?;
    let name = CommandTag::read(text).map_or_else(|wrong| wrong.to_string(), |tag| numbers(&tag, command.befell));
    Some(Meaning { name, doc: command.told(), doc_name: command.doc_name() })
}

/// The numbers of a tag in words: `3 rows updated`.
fn numbers(tag: &CommandTag, befell: &str) -> String {
    let rows = match tag.rows {
        None => return String::new(),
        Some(1) => "1 row".to_owned(),
        Some(rows) => format!("{rows} rows"),
    };
    let rows = if befell.is_empty() { rows } else { format!("{rows} {befell}") };
    // Since PostgreSQL 12 no row has an oid, and the number is always zero.
    match tag.oid {
        None | Some(0) => rows,
        Some(oid) => format!("{rows}, with oid {oid}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_is_sorted_and_each_name_is_read_with_its_numbers() {
        assert!(COMMANDS.is_sorted_by(|a, b| a.name < b.name));
        for Command { name, has_rows, .. } in COMMANDS {
            let text = match *name {
                INSERT => "INSERT 0 7".to_owned(),
                _ if *has_rows => format!("{name} 7"),
                _ => (*name).to_owned(),
            };
            let (oid, rows) = ((*name == INSERT).then_some(0), has_rows.then_some(7));
            assert_eq!(CommandTag::read(&text), Ok(CommandTag { name, oid, rows }), "{text}");
            assert!(name.split(' ').count() <= MOST_WORDS);
        }
    }

    #[cfg(feature = "docs")]
    #[test]
    fn every_doc_is_a_sentence_and_what_counts_rows_says_what_they_are() {
        for Command { name, has_rows, doc, .. } in COMMANDS {
            assert!(doc.is_empty() || doc.ends_with('.') && !doc.contains(['\t', '\n']), "{name}");
            assert!(!doc.starts_with(name), "{name}");
            let is_sent = !name.ends_with(" RULE");
            assert!(!has_rows || !is_sent || doc.contains("number"), "{name}");
        }
    }

    #[test]
    fn what_is_wrong_with_a_tag_is_told() {
        let wrong = |text| CommandTag::read(text).err();
        assert_eq!(wrong(""), Some(Wrong::Unknown));
        assert_eq!(wrong("select 1"), Some(Wrong::Unknown));
        assert_eq!(wrong("REFRESH 5"), Some(Wrong::Unknown));
        assert_eq!(wrong("SELECT"), Some(Wrong::Missing("SELECT", "a number of rows")));
        assert_eq!(wrong("SELECT "), Some(Wrong::NoNumber("SELECT")));
        assert_eq!(wrong("SELECT  1"), Some(Wrong::NoNumber("SELECT")));
        assert_eq!(wrong("SELECT -1"), Some(Wrong::NoNumber("SELECT")));
        assert_eq!(wrong("SELECT 18446744073709551616"), Some(Wrong::NoNumber("SELECT")));
        assert_eq!(wrong("UPDATE 1 2"), Some(Wrong::Extra("UPDATE")));
        assert_eq!(wrong("INSERT 1"), Some(Wrong::Missing("INSERT", "an oid and a number of rows")));
        assert_eq!(wrong("INSERT 4294967296 1"), Some(Wrong::NoNumber("INSERT")));
        assert_eq!(wrong("INSERT 0 1 2"), Some(Wrong::Extra("INSERT")));
        assert_eq!(wrong("CREATE TABLE 1"), Some(Wrong::Extra("CREATE TABLE")));
        assert_eq!(wrong("SELECT FOR UPDATE"), None);
    }

    #[test]
    fn libpq_takes_more_and_less_than_servers_send() {
        assert_eq!(rows_by_libpq("SELECT 3"), Some("3"));
        assert_eq!(rows_by_libpq("INSERT 0 3"), Some("3"));
        assert_eq!(rows_by_libpq("INSERT a 3"), Some("3"));
        assert_eq!(rows_by_libpq("MERGE 99999999999999999999"), Some("99999999999999999999"));
        for nothing in ["SELECT", "BEGIN", "REFRESH 5", ""] {
            assert_eq!(rows_by_libpq(nothing), Some(""), "{nothing}");
        }
        for refused in ["SELECT ", "SELECT -1", "UPDATE 1 2", "INSERT 1", "INSERT 0 1 2"] {
            assert_eq!(rows_by_libpq(refused), None, "{refused}");
        }
    }

    #[test]
    fn numbers_are_told_in_words() {
        let told = |text| meaning(text).map(|meaning| meaning.name).unwrap_or_default();
        assert_eq!(told("INSERT 0 1"), "1 row inserted");
        assert_eq!(told("INSERT 16385 1"), "1 row inserted, with oid 16385");
        assert_eq!(told("SELECT 0"), "0 rows");
        assert_eq!(told("MOVE 2"), "2 rows passed over");
        assert_eq!(told("BEGIN"), "");
        assert_eq!(told("SELECT"), "SELECT has a number of rows behind its name");
        assert_eq!(meaning("FLUSH"), None);
    }
}
