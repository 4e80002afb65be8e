//! `pgscope decode`: bytes in, messages out.

use std::fmt::Write as _;
use std::io::Write;
use std::process::ExitCode;

use clap::ValueEnum;
use pgscope_view::live::{Live, Seen};
use pgscope_view::overview::Overview;
use pgscope_view::print::messages::{csv_head, csv_line};
use pgscope_view::print::{self, Colour, json, pqtrace};
use pgscope_view::proto::{Problem, Tree};
use pgscope_view::session::Entry;
use pgscope_view::session::authentication::Checked;
use pgscope_view::{Indexed, bad};

use crate::input::{Colours, Input, list_forms, remark};

use crate::password::{Given, Password};

#[derive(clap::Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    input: Input,
    /// How to print
    #[arg(long, value_enum, default_value_t = Format::Tree, default_value_if("live", "true", "list"))]
    format: Format,
    /// Whose dialect of PQtrace, for --format pqtrace
    #[arg(long, value_enum, default_value_t = Dialect::V18)]
    libpq: Dialect,
    /// Print each message of a capture file as soon as it is whole, those of all connections as they come, and keep none:
    /// `tcpdump -i any -U -w - port 5432 | pgscope decode --live`. With its connection and the time of day (UTC) before it. What is told
    /// of a message is what is known by then
    #[arg(long, conflicts_with = "password_file")]
    live: bool,
    #[command(flatten)]
    colours: Colours,
    #[command(flatten)]
    password: Given,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// Every message with its bytes and fields, for people
    Tree,
    /// One line a message
    List,
    /// For programs: an array of messages, in version 2 of its schema
    Json,
    /// The same objects, one on each line
    Jsonl,
    /// For spreadsheets: one line a message
    Csv,
    /// The grammar of libpq's PQtrace, without timestamps
    Pqtrace,
}

#[derive(Clone, Copy, ValueEnum)]
enum Dialect {
    #[value(name = "15")]
    V15,
    #[value(name = "18")]
    V18,
}

pub(crate) fn run(arguments: &Arguments) -> Result<ExitCode, String> {
    if arguments.input.asks_for_forms() {
        list_forms();
        return Ok(ExitCode::SUCCESS);
    }
    if arguments.live {
        return live(arguments);
    }
    let mut found = Found::default();
    let sources = arguments.input.read()?;
    let mut out = Output::new(arguments, arguments.password.read()?);
    out.has_several = sources.iter().map(|source| source.capture.exchanges.len()).sum::<usize>() > 1;
    for capture in sources.into_iter().map(|source| source.capture) {
        found.input_problems += capture.problems.len();
        for exchange in capture.exchanges {
            let indexed = Indexed::new(exchange);
            found.problems += out.exchange(&indexed);
            found.messages += indexed.index.len();
        }
    }
    out.finish();
    out.password.as_ref().inspect(|password| password.finish());
    found.status()
}

/// Prints messages while they come. Those that come together are printed in the order of their times.
fn live(arguments: &Arguments) -> Result<ExitCode, String> {
    let (mut found, mut live) = (Found::default(), Live::default());
    let mut out = Output::new(arguments, None);
    let mut stdout = std::io::BufWriter::new(std::io::stdout().lock());
    let mut lines: Vec<(i64, String)> = Vec::new();
    arguments.input.live(&mut |news| {
        for one in news {
            // What has no time of its own stands behind what was said before it.
            let mut last = i64::MIN;
            live.take(one, &mut |seen| {
                found.messages += 1;
                found.problems += bad(&seen.problems);
                last = seen.seen_us.map_or(last, |at| at.max(last));
                lines.push((last, out.live(seen)));
            });
        }
        lines.sort_by_key(|(at, _)| *at);
        let printed = lines.drain(..).try_for_each(|(_, line)| stdout.write_all(line.as_bytes()));
        printed.and_then(|()| stdout.flush()).is_ok()
    })?;
    drop(stdout);
    out.finish();
    found.status()
}

/// Between whom it is, where that is known.
fn of_ends(indexed: &Indexed) -> String {
    let [client, server] = indexed.exchange.ends();
    if client.is_empty() || server.is_empty() { String::new() } else { format!(": {client} to {server}") }
}

/// The time of day, as UTC has it.
fn time_of_day(us: i64) -> String {
    let us = us.rem_euclid(24 * 60 * 60 * 1_000_000);
    let (seconds, us) = (us / 1_000_000, us % 1_000_000);
    format!("{:02}:{:02}:{:02}.{us:06}", seconds / 3600, seconds / 60 % 60, seconds % 60)
}

/// A message, and what is known of it.
struct Shown<'a> {
    indexed: &'a Indexed,
    entry: Entry,
    tree: &'a Tree,
    problems: Vec<Problem>,
    checked: Option<&'a Checked>,
    seen_us: Option<i64>,
}

#[derive(Default)]
struct Found {
    messages: usize,
    problems: usize,
    input_problems: usize,
}

impl Found {
    fn status(&self) -> Result<ExitCode, String> {
        match self {
            Found { messages: 0, .. } => Err("there are no bytes in the input".to_owned()),
            Found { problems: 0, input_problems: 0, .. } => Ok(ExitCode::SUCCESS),
            _ => Ok(ExitCode::from(1)),
        }
    }
}

/// Where the result goes.
struct Output {
    format: Format,
    libpq: pqtrace::Libpq,
    colour: Colour,
    is_first: bool,
    /// Whether people are told which connection follows.
    has_several: bool,
    /// The number of the connection that is printed.
    connection: usize,
    /// How many messages of earlier connections were printed: in JSON all are numbered in one row.
    printed: usize,
    /// What logins are computed anew with.
    password: Option<Password>,
}

impl Output {
    fn new(arguments: &Arguments, password: Option<Password>) -> Self {
        let libpq = match arguments.libpq {
            Dialect::V15 => pqtrace::Libpq::V15,
            Dialect::V18 => pqtrace::Libpq::V18,
        };
        let colour = arguments.colours.colour();
        Self {
            format: arguments.format,
            libpq,
            colour,
            is_first: true,
            has_several: false,
            connection: 0,
            printed: 0,
            password,
        }
    }

    /// Prints an exchange and counts its problems.
    fn exchange(&mut self, indexed: &Indexed) -> usize {
        remark(indexed);
        let mut stdout = std::io::BufWriter::new(std::io::stdout().lock());
        let mut tree = Tree::new();
        let mut text = String::new();
        if self.has_several && self.is_for_people() {
            let gap = if self.is_first || self.format == Format::Tree { "" } else { "\n" };
            let _ = writeln!(stdout, "{gap}connection {}{}", self.connection + 1, of_ends(indexed));
        }
        // Times are found by it.
        let survey = (self.format == Format::Csv).then(|| {
            let mut overview = Overview::default();
            overview.add(0, &indexed.exchange, &indexed.index);
            overview
        });
        let checked = self.password.as_mut().map(|password| password.check(indexed)).unwrap_or_default();
        let mut problems = checked.iter().filter(|checked| checked.is_wrong()).count();
        for number in 0..indexed.index.len() {
            let Some((entry, found)) = indexed.open(number, &mut tree) else { break };
            problems += bad(&found);
            let ended = checked.iter().find(|checked| checked.last() == Some(number));
            let seen = survey.as_ref().and_then(|of| of.survey(0));
            let seen_us = seen.and_then(|survey| survey.seen_us(&indexed.exchange, &indexed.index, number));
            text.clear();
            self.message(Shown { indexed, entry, tree: &tree, problems: found, checked: ended, seen_us }, &mut text);
            // A closed pipe is how `head` says that it has seen enough.
            if stdout.write_all(text.as_bytes()).is_err() {
                break;
            }
        }
        self.printed += indexed.index.len();
        self.connection += 1;
        problems
    }

    fn is_for_people(&self) -> bool {
        matches!(self.format, Format::List | Format::Tree)
    }

    /// A message that has just become whole; the first of a connection behind a line that says whose it is.
    fn live(&mut self, seen: Seen<'_>) -> String {
        let Seen { connection, indexed, entry, tree, problems, seen_us } = seen;
        let mut text = String::new();
        if self.is_for_people() && indexed.number_of(&entry) == 0 {
            remark(indexed);
            let _ = writeln!(text, "{:>4} connection {}{}", connection + 1, connection + 1, of_ends(indexed));
        }
        if self.is_for_people() {
            let time = seen_us.map_or_else(|| " ".repeat(15), time_of_day);
            let _ = write!(text, "{:>4} {time} ", connection + 1);
        }
        (self.connection, self.printed) = (connection, 0);
        self.message(Shown { indexed, entry, tree, problems, checked: None, seen_us }, &mut text);
        text
    }

    /// One message, as it is printed.
    fn message(&mut self, shown: Shown<'_>, text: &mut String) {
        let Shown { indexed, entry, tree, problems, checked, seen_us } = shown;
        let proof = checked.map(|checked| print::proof_of(checked, self.colour)).unwrap_or_default();
        match self.format {
            Format::Tree => {
                *text += &print::tree_of(indexed, &entry, tree, &problems, self.colour);
                // Before the empty line at its end.
                text.pop();
                *text += &proof;
                text.push('\n');
            }
            Format::List => {
                print::list_into(indexed, &entry, tree, &problems, self.colour, text);
                *text += &proof;
            }
            Format::Json | Format::Jsonl => {
                let checked = checked.map(|checked| json::checked(indexed, checked));
                let message = json::message(indexed, &entry, tree, problems);
                *text += &self.json(&json::Message { checked, ..message }.of_connection(self.connection, self.printed));
            }
            Format::Csv => {
                if self.is_first {
                    *text += &csv_head();
                }
                let line = csv_line(indexed, seen_us, &entry, tree, &problems);
                *text += &format!("{},{line}", self.connection + 1);
            }
            Format::Pqtrace => {
                let phase = indexed.index.phase(entry.number);
                *text += &pqtrace::line(&entry, phase, tree, indexed.bytes(&entry), self.libpq);
                text.push('\n');
            }
        }
        self.is_first = false;
    }

    fn json(&self, message: &json::Message) -> String {
        let text = serde_json::to_string(message).unwrap_or_default();
        match (self.format, self.is_first) {
            (Format::Jsonl, _) => text + "\n",
            (_, true) => format!("[\n{text}"),
            (_, false) => format!(",\n{text}"),
        }
    }

    fn finish(&self) {
        if self.format == Format::Json {
            println!("{}", if self.is_first { "[]" } else { "\n]" });
        }
    }
}
