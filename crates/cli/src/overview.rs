//! `pgscope connections`, `statements`, `stats`: a whole file in numbers.

use std::process::ExitCode;

use clap::ValueEnum;
use pgscope_view::Indexed;
use pgscope_view::overview::{Overview, Within};
use pgscope_view::print::overview::{Rows, csv, statistics, table};
use pgscope_view::proto::{Exchange, Tree};
use serde::Serialize;

use crate::cores;
use crate::input::{Input, known, list_forms, status};
use crate::stdout;

#[derive(clap::Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    input: Input,
    /// How to print
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    /// Only the connection with this number
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u32).range(1..))]
    connection: Option<u32>,
}

#[derive(Clone, Copy, ValueEnum)]
enum Format {
    /// In columns, for people
    Text,
    /// For programs; times in microseconds
    Json,
    /// The same, an object on each line
    Jsonl,
    /// For spreadsheets; times in microseconds
    Csv,
}

impl Arguments {
    /// With all problems of the messages, where that is asked: looking for them takes as long as all else.
    fn overview(&self, with_findings: bool) -> Result<Option<Overview>, String> {
        if self.input.asks_for_forms() {
            list_forms();
            return Ok(None);
        }
        let mut overview = Overview::default();
        cores::in_order(
            |give| self.input.each(give),
            |(place, exchange): (usize, Exchange), say| {
                let indexed = Indexed::new(exchange);
                let all = 0..indexed.index.len();
                let findings = with_findings.then(|| indexed.findings(all, &mut Tree::new()));
                let Indexed { exchange, index, .. } = indexed;
                say((place, exchange, index, findings));
            },
            |(place, exchange, index, findings)| {
                let at = overview.add(place, &exchange, &index);
                findings.into_iter().for_each(|findings| overview.found(at, findings));
                true
            },
        )?;
        if overview.is_empty() {
            return Err("there are no bytes in the input".to_owned());
        }
        known(self.connection, overview.len())?;
        Ok(Some(overview))
    }

    fn connection(&self) -> Option<usize> {
        self.connection.map(|number| number as usize - 1)
    }

    fn print<T: Rows + Serialize>(&self, rows: &[T]) -> Result<(), String> {
        stdout::print(match self.format {
            Format::Text => table(rows),
            Format::Json => json(&rows),
            Format::Jsonl => rows.iter().map(json_line).collect::<String>(),
            Format::Csv => csv(rows),
        })
    }
}

fn json(what: &impl Serialize) -> String {
    serde_json::to_string_pretty(what).unwrap_or_default() + "\n"
}

fn json_line(what: &impl Serialize) -> String {
    serde_json::to_string(what).unwrap_or_default() + "\n"
}

pub(crate) fn connections(arguments: &Arguments) -> Result<ExitCode, String> {
    if let Some(overview) = arguments.overview(true)? {
        let rows = overview.connections();
        let chosen = rows.into_iter().filter(|row| arguments.connection().is_none_or(|one| one + 1 == row.number));
        arguments.print(&chosen.collect::<Vec<_>>())?;
    }
    Ok(status())
}

pub(crate) fn statements(arguments: &Arguments) -> Result<ExitCode, String> {
    if let Some(overview) = arguments.overview(false)? {
        arguments.print(&overview.statements(Within { connection: arguments.connection(), span: None }))?;
    }
    Ok(status())
}

pub(crate) fn stats(arguments: &Arguments) -> Result<ExitCode, String> {
    if let Some(overview) = arguments.overview(false)? {
        let all = overview.statistics(arguments.connection());
        stdout::print(match arguments.format {
            Format::Text => statistics(&all),
            Format::Json => json(&all),
            Format::Jsonl => json_line(&all),
            Format::Csv => csv(&all.kinds),
        })?;
    }
    Ok(status())
}
