//! `pgscope filter`: those messages of an input that are like an expression, as lines, or cut out into a file.

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use pgscope_view::Indexed;
use pgscope_view::filter::{Expression, FIELDS, Subject};
use pgscope_view::overview::Overview;
use pgscope_view::print;
use pgscope_view::proto::{Exchange, Tree};

use crate::input::{Colours, Input, list_forms};

#[derive(clap::Args)]
#[command(after_long_help = fields())]
pub(crate) struct Arguments {
    /// What the messages are to be like: tag == "E" && sqlstate ~ "^23"
    expression: String,
    #[command(flatten)]
    input: Input,
    /// Only the connection with this number
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u32).range(1..))]
    connection: Option<u32>,
    /// Write the messages into a capture file in place of listing them
    #[arg(long, value_name = "OUT.pcapng")]
    write: Option<PathBuf>,
    #[command(flatten)]
    colours: Colours,
}

fn fields() -> String {
    let lines = FIELDS.iter().map(|field| format!("  {:<12} {}\n", field.name, field.doc));
    let head = "Fields:\n".to_owned();
    head + &lines.collect::<String>()
        + "\nOperators: == != < <= > >= ~ !~ contains in; && || ! and parentheses. Durations: 100ms, 1.5s, 20us.\n"
}

pub(crate) fn run(arguments: &Arguments) -> Result<ExitCode, String> {
    if arguments.input.asks_for_forms() {
        list_forms();
        return Ok(ExitCode::SUCCESS);
    }
    let text = &arguments.expression;
    let expression = Expression::parse(text).map_err(|mistake| {
        let before = text.get(..mistake.at).unwrap_or_default().chars().count();
        format!("{}\n  {text}\n  {}^", mistake.message, " ".repeat(before))
    })?;
    let mut found = 0;
    let mut cut: Vec<(usize, Exchange)> = Vec::new();
    let mut number = 0;
    arguments.input.each(&mut |place, exchange| {
        number += 1;
        let connection = place + 1;
        if arguments.connection.is_some_and(|only| only as usize != connection) {
            return;
        }
        let indexed = Indexed::new(exchange);
        let chosen = chosen(&expression, &indexed, place);
        found += chosen.len();
        match arguments.write {
            Some(_) => cut.push((place, parts(&indexed, &chosen))),
            None => list(&indexed, &chosen, connection, arguments),
        }
    })?;
    if number == 0 {
        return Err("there are no bytes in the input".to_owned());
    }
    if let Some(path) = &arguments.write {
        cut.sort_by_key(|(place, _)| *place);
        let exchanges: Vec<Exchange> =
            cut.into_iter().map(|(_, exchange)| exchange).filter(|one| !one.is_empty()).collect();
        let written = print::pcapng::file(&exchanges.iter().collect::<Vec<_>>());
        std::fs::write(path, written).map_err(|error| format!("{} cannot be written: {error}", path.display()))?;
        let messages = if found == 1 { "1 message".to_owned() } else { format!("{found} messages") };
        eprintln!("pgscope: {messages} of {} connections written to {}", exchanges.len(), path.display());
    }
    Ok(if found == 0 { ExitCode::from(1) } else { ExitCode::SUCCESS })
}

/// The numbers of those messages that are like the expression, from 0.
fn chosen(expression: &Expression, indexed: &Indexed, place: usize) -> Vec<usize> {
    let mut overview = Overview::default();
    overview.add(place, &indexed.exchange, &indexed.index);
    let mut tree = Tree::new();
    let survey = overview.survey(0);
    let holds =
        |number: &usize| expression.holds(Subject { indexed, connection: place, survey, number: *number }, &mut tree);
    (0..indexed.index.len()).filter(holds).collect()
}

/// These messages alone, each a piece.
fn parts(indexed: &Indexed, chosen: &[usize]) -> Exchange {
    let mut cut = Exchange { is_partial: true, ..Exchange::default() };
    for entry in chosen.iter().filter_map(|number| indexed.index.entry(*number)) {
        let part = indexed.exchange.stream(entry.direction).part(entry.span);
        cut.push(entry.direction, &part, indexed.time_of(entry.number));
    }
    cut
}

fn list(indexed: &Indexed, chosen: &[usize], connection: usize, arguments: &Arguments) {
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    let mut tree = Tree::new();
    for number in chosen {
        let Some((entry, found)) = indexed.open(*number, &mut tree) else { break };
        let line = print::list_of(indexed, &entry, &tree, &found, arguments.colours.colour());
        // A closed pipe is how `head` says that it has seen enough.
        if write!(out, "{connection:>4} {line}").is_err() {
            break;
        }
    }
}
