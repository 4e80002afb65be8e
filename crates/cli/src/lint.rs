//! `pgscope lint`: what is wrong with the bytes, told as a compiler tells of mistakes.

use std::process::ExitCode;

use clap::ValueEnum;
use pgscope_view::Indexed;
use pgscope_view::print::lint::{Connection, Counts, Finding, Levels, Outcome, Text, log, record, result};

use crate::input::{Colours, Input, known, list_forms, remark};
use crate::opened::Opened;
use crate::stdout::Stdout;

#[derive(clap::Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    input: Input,
    /// Only the connection with this number, counted through all files
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u32).range(1..))]
    connection: Option<u32>,
    /// Tell every finding in full, also those of one rule that repeat
    #[arg(long)]
    all: bool,
    /// How to print
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    /// Count this rule as an error, or everything from this severity on: note, warning or error
    #[arg(long, value_name = "RULE|SEVERITY")]
    deny: Vec<String>,
    /// Leave the findings of this rule out
    #[arg(long, value_name = "RULE")]
    allow: Vec<String>,
    #[command(flatten)]
    colours: Colours,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// Each finding with its bytes, why it is one, and how to mend it
    Text,
    /// For programs: an array of findings
    Json,
    /// For editors and code hosts: SARIF 2.1.0
    Sarif,
}

pub(crate) fn run(arguments: &Arguments) -> Result<ExitCode, String> {
    if arguments.input.asks_for_forms() {
        list_forms();
        return Ok(ExitCode::SUCCESS);
    }
    let levels = levels(arguments).map_err(|unknown| unknown.to_string())?;
    let mut output = Output::new(arguments);
    let all = arguments.input.open()?;
    known(arguments.connection, all.iter().map(Opened::count).sum())?;
    for opened in all {
        output.source(opened, &levels)?;
    }
    output.finish()
}

fn levels(arguments: &Arguments) -> Result<Levels, pgscope_view::print::lint::Unknown> {
    let mut levels = Levels::default();
    arguments.deny.iter().try_for_each(|name| levels.deny(name))?;
    arguments.allow.iter().try_for_each(|name| levels.allow(name))?;
    Ok(levels)
}

/// Where findings go.
struct Output {
    format: Format,
    text: Text,
    stdout: Stdout,
    results: Vec<Outcome>,
    counts: Counts,
    messages: usize,
    connections: usize,
    /// The one that is looked at, from 0; nothing for all.
    only: Option<usize>,
    /// Whether something of the input could not be read.
    is_cut: bool,
}

impl Output {
    fn new(arguments: &Arguments) -> Self {
        Self {
            format: arguments.format,
            text: Text::new(arguments.colours.colour(), arguments.all),
            stdout: Stdout::new(),
            results: Vec::new(),
            counts: Counts::default(),
            messages: 0,
            connections: 0,
            only: arguments.connection.map(|only| only as usize - 1),
            is_cut: false,
        }
    }

    fn source(&mut self, opened: Opened, levels: &Levels) -> Result<(), String> {
        self.is_cut |= !opened.source.capture.problems.is_empty();
        let (count, names, mut nth) = (opened.count(), opened.source.names.clone(), 0);
        opened.each(&mut |exchange| {
            nth += 1;
            if self.only.is_some_and(|only| only + 1 != self.connections + nth) {
                return true;
            }
            let indexed = Indexed::new(exchange);
            remark(&indexed, (count > 1).then_some(self.connections + nth));
            let files = names.each_ref().map(String::as_str);
            self.connection(Connection { indexed: &indexed, files, number: (nth, count) }, levels);
            self.messages += indexed.index.len();
            true
        })?;
        self.connections += count;
        let rest = self.text.rest();
        self.stdout.print(rest);
        Ok(())
    }

    fn connection(&mut self, connection: Connection, levels: &Levels) {
        let is_for_people = self.format == Format::Text;
        // What of it will be told is known before the mends are searched for.
        let mut text = self.text.clone();
        connection.findings(levels, |problem| !is_for_people || text.tells(problem), |finding| self.finding(&finding));
    }

    /// Whether there may be more: a closed pipe is how `head` says that it has seen enough.
    fn finding(&mut self, finding: &Finding) -> bool {
        let is_first = self.counts == Counts::default();
        self.counts.add(finding.problem.severity);
        let text = match self.format {
            Format::Text => self.text.finding(finding),
            Format::Json => {
                let record = serde_json::to_string(&record(finding)).unwrap_or_default();
                format!("{}\n{record}", if is_first { "[" } else { "," })
            }
            Format::Sarif => {
                self.results.push(result(finding));
                return true;
            }
        };
        self.stdout.print(text)
    }

    fn finish(mut self) -> Result<ExitCode, String> {
        if self.messages == 0 {
            return Err("there are no bytes in the input".to_owned());
        }
        let end = match self.format {
            Format::Text => self.counts.summary(self.messages, self.only.map_or(self.connections, |_| 1)),
            Format::Json if self.counts == Counts::default() => "[]".to_owned(),
            Format::Json => "\n]".to_owned(),
            Format::Sarif => serde_json::to_string_pretty(&log(self.results)).map_err(|error| error.to_string())?,
        };
        self.stdout.print(end + "\n");
        self.stdout.end()?;
        if self.is_cut && !self.counts.is_bad() {
            eprintln!("pgscope: the exit status is 1 since not all of the input could be read, as told above");
        }
        Ok(ExitCode::from(u8::from(self.counts.is_bad() || self.is_cut)))
    }
}
