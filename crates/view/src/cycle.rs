//! What a cycle was, in a line: what was asked, and what came of it.
//!
//! Only the messages at both ends of a long cycle are looked at.

use pgscope_proto::read;
use pgscope_session::Entry;

use crate::carried;
use crate::exchange::Indexed;
use crate::outline::Outline;
use crate::says::squeezed;
use crate::value::{joined, visible};

/// How many messages at each end are looked at.
const LOOK: usize = 200;
/// How many results are told one by one.
const MOST_RESULTS: usize = 3;

/// A cycle in words.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Summary {
    /// What it is called, where its first message does not say that.
    pub(crate) name: &'static str,
    /// What was asked: the SQL that failed or else the first, or who came in.
    pub(crate) asked: String,
    /// What came of it: `3 rows`, or the SQLSTATE and the message of an error.
    pub(crate) came: String,
    /// Whether that is an error.
    pub(crate) failed: bool,
}

/// What the cycle of these messages was.
pub(crate) fn summary(indexed: &Indexed, outline: &Outline, (from, to): (usize, usize)) -> Summary {
    if let Some(told) = carried::cycle(indexed, (from, to)) {
        return told;
    }
    let mut telling = Telling::default();
    let mut number = from;
    let mut looked = 0;
    while number < to {
        let Some(entry) = indexed.index.entry(number) else { break };
        telling.hear(indexed, &entry);
        looked += 1;
        let run = outline.run_of(number).and_then(|run| outline.runs().get(run));
        let is_dull = run.is_some_and(|run| !run.mixed);
        number = if is_dull { run.map_or(to, |run| run.to as usize) } else { number + 1 };
        if looked == LOOK {
            number = number.max(to.saturating_sub(LOOK));
        }
    }
    if let Some(error) = outline.errors_between(from, to).1.and_then(|error| indexed.index.entry(error)) {
        telling.fail(indexed, &error);
    }
    telling.summary()
}

#[derive(Default)]
struct Telling {
    asked: String,
    requests: usize,
    results: Vec<String>,
    more: usize,
    error: Option<String>,
    prepared: bool,
    name: &'static str,
}

impl Telling {
    fn hear(&mut self, indexed: &Indexed, entry: &Entry) {
        let bytes = indexed.bytes(entry);
        match entry.message.field.id {
            "startup" => self.ask(startup(bytes)),
            "query" => {
                // What was only prepared before says less.
                if self.requests == 0 {
                    self.asked.clear();
                }
                self.requests += 1;
                self.ask(text(read::first_text(bytes)));
            }
            "parse" => self.ask(text(read::second_text(bytes))),
            "bind" => self.ask(statement(indexed, entry, bytes)),
            "functioncall" | "execute" => self.requests += 1,
            "commandcomplete" => self.result(result(&text(read::first_text(bytes)))),
            "emptyqueryresponse" => self.result("nothing to run".to_owned()),
            "portalsuspended" => self.result("suspended".to_owned()),
            "functioncallresponse" => self.result("a value".to_owned()),
            "copyinresponse" | "copyoutresponse" => self.name = "COPY",
            "copybothresponse" => self.name = "Replication",
            "sslaccepted" => self.result("TLS".to_owned()),
            "gssaccepted" => self.result("GSSAPI encryption".to_owned()),
            "authenticationok" => self.result("let in".to_owned()),
            "parsecomplete" => self.prepared = true,
            _ => {}
        }
    }

    /// The first error, wherever in the cycle it is, and the statement that it is about.
    fn fail(&mut self, indexed: &Indexed, error: &Entry) {
        self.error = Some(self::error(indexed.bytes(error)));
        if let Some(failed) = failed(indexed, error) {
            self.asked = failed;
        }
    }

    fn ask(&mut self, what: String) {
        if self.asked.is_empty() {
            self.asked = what;
        }
    }

    fn result(&mut self, result: String) {
        if self.results.len() < MOST_RESULTS { self.results.push(result) } else { self.more += 1 }
    }

    fn summary(self) -> Summary {
        let mut asked = self.asked;
        if self.requests > 1 {
            asked = format!("{asked} (and {} more)", self.requests - 1);
        }
        let failed = self.error.is_some();
        let mut told = self.results;
        if told.is_empty() && self.prepared && !failed {
            told.push("prepared".to_owned());
        }
        if self.more > 0 {
            told.push(format!("{} more", self.more));
        }
        told.extend(self.error);
        // Of several requests none gives all of them its name.
        let name = if self.requests > 1 { "" } else { self.name };
        Summary { name, asked, came: joined(&mut told.iter().map(String::as_str), ", "), failed }
    }
}

/// The statement that failed. Whoever shows a healthy exchange need not have what finds it.
fn failed(indexed: &Indexed, error: &Entry) -> Option<String> {
    #[cfg(feature = "whole")]
    return crate::engine::failure::failed(indexed, error);
    #[cfg(not(feature = "whole"))]
    crate::later::failed(indexed, error)
}

fn text(bytes: Option<&[u8]>) -> String {
    squeezed(&visible(&String::from_utf8_lossy(bytes.unwrap_or_default())))
}

fn startup(bytes: &[u8]) -> String {
    let named = |name: &str| read::startup_parameter(bytes, name).map(|value| format!("{name}={}", text(Some(value))));
    let told: Vec<String> = ["user", "database", "replication"].iter().filter_map(|name| named(name)).collect();
    joined(&mut told.iter().map(String::as_str), " ")
}

/// The SQL of the statement that is bound, if it was seen; else its name.
fn statement(indexed: &Indexed, entry: &Entry, bytes: &[u8]) -> String {
    match indexed.index.parse_of(entry.number).and_then(|parse| indexed.index.entry(parse)) {
        Some(parse) => text(read::second_text(indexed.bytes(&parse))),
        None => format!("statement {}", text(read::second_text(bytes))),
    }
}

/// A command's tag; of a SELECT, how many rows it gave.
fn result(tag: &str) -> String {
    match tag.strip_prefix("SELECT ") {
        Some("1") => "1 row".to_owned(),
        Some(rows) => format!("{} rows", separated(rows)),
        None => tag.to_owned(),
    }
}

/// The digits of a number with separators, so that a large one can be read.
pub fn separated(digits: &str) -> String {
    let mut shown = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            shown.push(',');
        }
        shown.push(digit);
    }
    shown
}

fn error(bytes: &[u8]) -> String {
    let told = [b'C', b'M'].map(|letter| text(read::error_field(bytes, letter)));
    joined(&mut told.iter().map(String::as_str), " ").trim().to_owned()
}
