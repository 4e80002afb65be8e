//! `pgscope decode`: bytes in, messages out.

use std::io::Write;
use std::process::ExitCode;

use clap::ValueEnum;
use pgscope_view::Indexed;
use pgscope_view::overview::Overview;
use pgscope_view::print::messages::{csv_head, csv_line};
use pgscope_view::print::{self, Colour, json, pqtrace};
use pgscope_view::proto::{Severity, Tree};

use crate::input::{Colours, Input, list_forms, remark};

use crate::password::{Given, Password};

#[derive(clap::Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    input: Input,
    /// How to print
    #[arg(long, value_enum, default_value_t = Format::Tree)]
    format: Format,
    /// Whose dialect of PQtrace, for --format pqtrace
    #[arg(long, value_enum, default_value_t = Dialect::V18)]
    libpq: Dialect,
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
    let mut found = Found::default();
    let sources = arguments.input.read()?;
    let mut out = Output::new(arguments, arguments.password.read()?);
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
        Self { format: arguments.format, libpq, colour, is_first: true, connection: 0, printed: 0, password }
    }

    /// Prints an exchange and counts its problems.
    fn exchange(&mut self, indexed: &Indexed) -> usize {
        remark(indexed);
        let mut stdout = std::io::BufWriter::new(std::io::stdout().lock());
        let mut tree = Tree::new();
        let mut text = String::new();
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
            problems += found.iter().filter(|problem| problem.severity > Severity::Note).count();
            let ended = checked.iter().find(|checked| checked.last() == Some(number));
            let proof = ended.map(|checked| print::proof_of(checked, self.colour)).unwrap_or_default();
            text.clear();
            match self.format {
                Format::Tree => {
                    text = print::tree_of(indexed, &entry, &tree, &found, self.colour);
                    // Before the empty line at its end.
                    text.pop();
                    text += &proof;
                    text.push('\n');
                }
                Format::List => {
                    print::list_into(indexed, &entry, &tree, &found, self.colour, &mut text);
                    text += &proof;
                }
                Format::Json | Format::Jsonl => {
                    let checked = ended.map(|checked| json::checked(indexed, checked));
                    let message = json::message(indexed, &entry, &tree, found);
                    text =
                        self.json(&json::Message { checked, ..message }.of_connection(self.connection, self.printed));
                }
                Format::Csv => {
                    if self.is_first {
                        text = csv_head();
                    }
                    let seen = survey.as_ref().and_then(|of| of.survey(0));
                    let seen = seen.and_then(|survey| survey.seen_us(&indexed.exchange, &indexed.index, number));
                    let line = csv_line(indexed, seen, &entry, &tree, &found);
                    text += &format!("{},{line}", self.connection + 1);
                }
                Format::Pqtrace => {
                    let phase = indexed.index.phase(number);
                    text = pqtrace::line(&entry, phase, &tree, indexed.bytes(&entry), self.libpq) + "\n";
                }
            };
            self.is_first = false;
            // A closed pipe is how `head` says that it has seen enough.
            if stdout.write_all(text.as_bytes()).is_err() {
                break;
            }
        }
        self.printed += indexed.index.len();
        self.connection += 1;
        problems
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
