//! `pgscope decode`: bytes in, messages out.

use std::fmt::Write as _;
use std::process::ExitCode;

use clap::ValueEnum;
use pgscope_view::live::{Live, Seen};
use pgscope_view::print::messages::{csv_head, csv_line};
use pgscope_view::print::{self, Colour, json, pqtrace, times};
use pgscope_view::proto::{Exchange, Problem, Tree};
use pgscope_view::session::Entry;
use pgscope_view::session::authentication::Checked;
use pgscope_view::units::time_of_day;
use pgscope_view::{Indexed, bad};

use crate::cores::{self, Counts};
use crate::input::{Colours, Input, known, list_forms, remark, remarks, say_remarks};
use crate::opened::{Opened, each_in_order};
use crate::password::{Given, Password};
use crate::since::Since;
use crate::stdout::Stdout;

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
    /// `tcpdump -i any -U -w - port 5432 | pgscope decode --live`. Its connection and the time of day (UTC) stand before it in a list (the
    /// default then) and in trees; numbers are those of its connection. What is told of a message is what is known by then
    #[arg(long, conflicts_with = "password_file")]
    live: bool,
    /// Print when each message was seen, before it: the time of day (UTC), with its date or without, or seconds since the first message of
    /// its connection, the message before, or the one that asked. JSON and CSV always have times
    #[arg(long, value_enum, value_name = "SINCE", conflicts_with = "live")]
    times: Option<Since>,
    /// Only the connection with this number
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u32).range(1..))]
    connection: Option<u32>,
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
    let (mut found, opened) = (Found::default(), arguments.input.open()?);
    found.input_problems = opened.iter().map(|one| one.source.capture.problems.len()).sum();
    let count = opened.iter().map(Opened::count).sum();
    known(arguments.connection, count)?;
    let has_several = count > 1;
    let printer = Printer { has_several, ..Printer::new(arguments, arguments.password.read()?) };
    let mut out = Output::new(arguments.format);
    cores::in_order(
        |give| each_in_order(opened, give),
        |(nth, exchange), say| printer.exchange(nth, exchange, say),
        |piece: Piece| {
            say_remarks(&piece.remarks, piece.number);
            (found.messages, found.problems) = (found.messages + piece.messages, found.problems + piece.problems);
            // A closed pipe is how `head` says that it has seen enough.
            out.print(&piece.text)
        },
    )?;
    out.finish()?;
    printer.password.as_ref().inspect(|password| password.finish());
    found.status()
}

/// Prints messages while they come. Those that come together are printed in the order of their times.
fn live(arguments: &Arguments) -> Result<ExitCode, String> {
    let (mut found, mut live) = (Found::default(), Live::default());
    let (printer, mut out) = (Printer::new(arguments, None), Output::new(arguments.format));
    let (mut lines, mut count): (Vec<(i64, String)>, _) = (Vec::new(), 0);
    let input_problems = arguments.input.live(&mut |news| {
        for one in news {
            // What has no time of its own stands behind what was said before it.
            let mut last = i64::MIN;
            live.take(one, &mut |seen| {
                count = count.max(seen.connection + 1);
                if printer.only.is_some_and(|only| only != seen.connection) {
                    return;
                }
                found.messages += 1;
                found.problems += bad(&seen.problems);
                last = seen.seen_us.map_or(last, |at| at.max(last));
                lines.push((last, printer.live(seen)));
            });
        }
        lines.sort_by_key(|(at, _)| *at);
        lines.drain(..).all(|(_, line)| out.print(&line)) && out.out.flush()
    })?;
    out.finish()?;
    known(arguments.connection, count)?;
    Found { input_problems, ..found }.status()
}

/// Between whom it is, where that is known.
fn of_ends(indexed: &Indexed) -> String {
    let [client, server] = indexed.exchange.ends();
    if client.is_empty() || server.is_empty() { String::new() } else { format!(": {client} to {server}") }
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
    out: Stdout,
    is_first: bool,
}

impl Output {
    fn new(format: Format) -> Self {
        Self { format, out: Stdout::new(), is_first: true }
    }

    /// Prints some messages; says whether somebody reads them.
    fn print(&mut self, text: &str) -> bool {
        if text.is_empty() {
            return true;
        }
        let is_first = std::mem::replace(&mut self.is_first, false);
        match self.format {
            Format::Csv if is_first => self.out.print(csv_head()) && self.out.print(text),
            // What stands between two of them has nothing before it.
            Format::Json if is_first => {
                self.out.print("[\n") && self.out.print(text.get(BETWEEN.len()..).unwrap_or_default())
            }
            _ => self.out.print(text),
        }
    }

    fn finish(mut self) -> Result<(), String> {
        if self.format == Format::Json {
            self.out.print(if self.is_first { "[]\n" } else { "\n]\n" });
        }
        self.out.end()
    }
}

/// Before an object of an array.
const BETWEEN: &str = ",\n";
/// So much text is handed on at once.
const ENOUGH: usize = 64 << 10;

/// Some messages of a connection, printed.
#[derive(Default)]
struct Piece {
    /// What was guessed, and of which connection, where there are several.
    remarks: Vec<String>,
    number: Option<usize>,
    text: String,
    messages: usize,
    problems: usize,
}

/// How messages are printed.
struct Printer {
    format: Format,
    libpq: pqtrace::Libpq,
    colour: Colour,
    /// Whether people are told which connection follows.
    has_several: bool,
    /// The one that is printed, from 0; nothing for all.
    only: Option<usize>,
    /// How many messages there were before: in JSON all are numbered in one row.
    counts: Counts,
    /// How times are told to people.
    since: Option<Since>,
    /// What logins are computed anew with.
    password: Option<Password>,
}

impl Printer {
    fn new(arguments: &Arguments, password: Option<Password>) -> Self {
        let libpq = match arguments.libpq {
            Dialect::V15 => pqtrace::Libpq::V15,
            Dialect::V18 => pqtrace::Libpq::V18,
        };
        let (format, colour) = (arguments.format, arguments.colours.colour());
        let only = arguments.connection.map(|only| only as usize - 1);
        let (since, counts) = (arguments.times, Counts::default());
        Self { format, libpq, colour, has_several: false, only, counts, since, password }
    }

    /// Prints a connection, piece by piece, as long as somebody reads that.
    fn exchange(&self, nth: usize, exchange: Exchange, say: &mut dyn FnMut(Piece) -> bool) {
        let indexed = &Indexed::new(exchange);
        let number = (nth, self.counts.before(nth, indexed.index.len()));
        if self.only.is_some_and(|only| only != nth) {
            return;
        }
        let number_of_several = self.has_several.then_some(nth + 1);
        let mut piece = Piece { remarks: remarks(indexed), number: number_of_several, ..Piece::default() };
        if self.has_several && self.is_for_people() {
            let gap = if nth == self.only.unwrap_or(0) || self.format == Format::Tree { "" } else { "\n" };
            let _ = writeln!(piece.text, "{gap}connection {}{}", nth + 1, of_ends(indexed));
        }
        let times = match (self.is_for_people(), self.since) {
            (true, None) => times::Column::default(),
            _ => times::Column::of(indexed),
        };
        let checked = self.password.as_ref().map(|password| password.check(indexed)).unwrap_or_default();
        piece.problems = checked.iter().filter(|checked| checked.is_wrong()).count();
        let mut tree = Tree::new();
        for message in 0..indexed.index.len() {
            let Some((entry, problems)) = indexed.open(message, &mut tree) else { break };
            (piece.messages, piece.problems) = (piece.messages + 1, piece.problems + bad(&problems));
            let ended = checked.iter().find(|checked| checked.last() == Some(message));
            let seen_us = times.seen_us(message);
            if let Some(since) = self.since.filter(|_| self.is_for_people()) {
                piece.text += &since.told(&times, indexed, message);
            }
            let shown = Shown { indexed, entry, tree: &tree, problems, checked: ended, seen_us };
            self.message(number, shown, &mut piece.text);
            if piece.text.len() >= ENOUGH && !say(std::mem::take(&mut piece)) {
                return;
            }
        }
        say(piece);
    }

    fn is_for_people(&self) -> bool {
        matches!(self.format, Format::List | Format::Tree)
    }

    /// A message that has just become whole; the first of a connection behind a line that says whose it is.
    fn live(&self, seen: Seen<'_>) -> String {
        let Seen { connection, indexed, entry, tree, problems, seen_us } = seen;
        let mut text = String::new();
        let is_first = indexed.number_of(&entry) == 0;
        if is_first {
            remark(indexed, Some(connection + 1));
        }
        if self.is_for_people() && is_first {
            let _ = writeln!(text, "{:>4} connection {}{}", connection + 1, connection + 1, of_ends(indexed));
        }
        if self.is_for_people() {
            let time = seen_us.map_or_else(|| " ".repeat(15), time_of_day);
            let _ = write!(text, "{:>4} {time} ", connection + 1);
        }
        self.message((connection, 0), Shown { indexed, entry, tree, problems, checked: None, seen_us }, &mut text);
        text
    }

    /// One message, as it is printed: of the connection with this number, before which there were so many messages.
    fn message(&self, (connection, before): (usize, usize), shown: Shown<'_>, text: &mut String) {
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
                let message =
                    json::Message { checked, time_us: seen_us, ..json::message(indexed, &entry, tree, problems) };
                let message = serde_json::to_string(&message.of_connection(connection, before)).unwrap_or_default();
                let is_line = self.format == Format::Jsonl;
                let (front, end) = if is_line { ("", "\n") } else { (BETWEEN, "") };
                *text += &format!("{front}{message}{end}");
            }
            Format::Csv => {
                let line = csv_line(indexed, seen_us, &entry, tree, &problems);
                *text += &format!("{},{line}", connection + 1);
            }
            Format::Pqtrace => {
                let phase = indexed.index.phase(entry.number);
                *text += &pqtrace::line(&entry, phase, tree, indexed.bytes(&entry), self.libpq);
                text.push('\n');
            }
        }
    }
}
