//! The JSON of `lint`: a stable schema for programs.
//!
//! An array of findings, each with
//!
//! | key | what |
//! | --- | --- |
//! | `file`, `connection` | where it was read from; connections of a file are counted from 1 |
//! | `index` | the number of the message in its connection, from 0, as in the JSON of `decode` |
//! | `direction`, `name` | `frontend` or `backend`, and the message's name in PostgreSQL's manual |
//! | `offset`, `length` | where the message is in its direction's stream |
//! | `rule`, `title` | the rule's stable id, and what it is called |
//! | `severity` | `error`, `warning` or `note`, as what was denied makes it |
//! | `message`, `expected` | what is wrong, and what was expected |
//! | `start`, `end`, `hex` | the bytes that are wrong, in the stream, and what they are: the first 64 |
//! | `source` | `start` and `end` of them in the file, or null |
//! | `because` | the messages that explain it: `index`, `name`, `words` and what it `says` |
//! | `fix` | null, or `words` and `edits` as in the JSON of `decode` |
//! | `mend` | how one mends this, in general |
//! | `section` | `title` and `url` of the manual's section |

use serde::Serialize;

use super::Finding;
use crate::manual;
use crate::print::json::{Fix, fix, hex};

const MOST_BYTES: usize = 64;

/// One finding.
#[derive(Debug, Serialize)]
#[allow(missing_docs, reason = "the table above describes them")]
pub struct Record {
    pub file: String,
    pub connection: usize,
    pub index: usize,
    pub direction: &'static str,
    pub name: &'static str,
    pub offset: usize,
    pub length: usize,
    pub rule: &'static str,
    pub title: &'static str,
    pub severity: &'static str,
    pub message: String,
    pub expected: String,
    pub start: usize,
    pub end: usize,
    pub hex: String,
    pub source: Option<Source>,
    pub because: Vec<Reason>,
    pub fix: Option<Fix>,
    pub mend: &'static str,
    pub section: Manual,
}

/// A section of the manual.
#[derive(Debug, Serialize)]
#[allow(missing_docs, reason = "names say it")]
pub struct Manual {
    pub title: String,
    pub url: String,
}

/// Bytes of a file.
#[derive(Debug, Serialize)]
#[allow(missing_docs, reason = "names say it")]
pub struct Source {
    pub start: usize,
    pub end: usize,
}

/// A message that explains a finding.
#[derive(Debug, Serialize)]
#[allow(missing_docs, reason = "the table above describes them")]
pub struct Reason {
    pub index: usize,
    pub name: &'static str,
    pub words: String,
    pub says: String,
}

/// One finding as data.
pub fn record(finding: &Finding) -> Record {
    let Finding { connection, entry, problem } = finding;
    let wrong = problem.span.of(finding.bytes());
    let span = problem.span.shifted(entry.span.start);
    let because = finding.reasons().map(|(because, entry, says)| Reason {
        index: because.number,
        name: entry.message.name(),
        words: because.words.clone(),
        says,
    });
    Record {
        file: finding.file().to_owned(),
        connection: connection.number.0,
        index: entry.number,
        direction: entry.direction.name(),
        name: entry.message.name(),
        offset: entry.span.start,
        length: entry.span.len(),
        rule: problem.rule,
        title: finding.rule().map_or("", |rule| rule.title),
        severity: problem.severity.name(),
        message: problem.message.clone(),
        expected: problem.expected.clone(),
        start: span.start,
        end: span.end,
        hex: hex(wrong.get(..MOST_BYTES).unwrap_or(wrong)),
        source: connection.source(entry.direction, span).map(|span| Source { start: span.start, end: span.end }),
        because: because.collect(),
        fix: problem.clone().shifted(entry.span.start).fix.map(fix),
        mend: finding.rule().map_or("", |rule| rule.mend),
        section: Manual { title: finding.section_title(), url: manual(finding.section()) },
    }
}
