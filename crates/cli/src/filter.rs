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
    let mut chosen: Vec<Chosen> = Vec::new();
    let each = &mut |place: usize, exchange: Exchange| chosen.push(choose(&expression, place, exchange, arguments));
    if expression.asks_for_connection() {
        // Which number a connection has is known when all are.
        arguments.input.each_in_order(each)?;
    } else {
        arguments.input.each(each)?;
    }
    if chosen.is_empty() {
        return Err("there are no bytes in the input".to_owned());
    }
    chosen.sort_by_key(|one| one.place);
    if let Some(only) = arguments.connection {
        chosen = chosen.into_iter().skip(only as usize - 1).take(1).collect();
    }
    let found: usize = chosen.iter().map(|one| one.messages).sum();
    if let Some(path) = &arguments.write {
        let exchanges: Vec<&Exchange> = chosen.iter().map(|one| &one.cut).filter(|cut| !cut.is_empty()).collect();
        let written = print::pcapng::file(&exchanges);
        std::fs::write(path, written).map_err(|error| format!("{} cannot be written: {error}", path.display()))?;
        let messages = if found == 1 { "1 message".to_owned() } else { format!("{found} messages") };
        eprintln!("pgscope: {messages} of {} connections written to {}", exchanges.len(), path.display());
    } else {
        let first = arguments.connection.map_or(0, |only| only as usize - 1);
        print(&chosen, first);
    }
    Ok(if found == 0 { ExitCode::from(1) } else { ExitCode::SUCCESS })
}

/// What was chosen of a connection: as lines, or as an exchange of nothing else.
struct Chosen {
    place: usize,
    messages: usize,
    lines: Vec<String>,
    cut: Exchange,
}

fn choose(expression: &Expression, place: usize, exchange: Exchange, arguments: &Arguments) -> Chosen {
    let indexed = &Indexed::new(exchange);
    let mut overview = Overview::default();
    overview.add(place, &indexed.exchange, &indexed.index);
    let survey = overview.survey(0);
    let (mut tree, mut lines) = (Tree::new(), Vec::new());
    let mut cut = Exchange { is_partial: true, ..Exchange::default() };
    let mut messages = 0;
    for number in 0..indexed.index.len() {
        if !expression.holds(Subject { indexed, connection: place, survey, number }, &mut tree) {
            continue;
        }
        messages += 1;
        if arguments.write.is_none() {
            let Some((entry, found)) = indexed.open(number, &mut tree) else { continue };
            lines.push(print::list_of(indexed, &entry, &tree, &found, arguments.colours.colour()));
        } else if let Some(entry) = indexed.index.entry(number) {
            let part = indexed.exchange.stream(entry.direction).part(entry.span);
            let at = survey.and_then(|survey| survey.seen_us(&indexed.exchange, &indexed.index, number));
            cut.push(entry.direction, &part, at);
        }
    }
    Chosen { place, messages, lines, cut }
}

/// The first connection has this number, from 0.
fn print(chosen: &[Chosen], first: usize) {
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    for (nth, line) in chosen.iter().enumerate().flat_map(|(nth, one)| one.lines.iter().map(move |line| (nth, line))) {
        // A closed pipe is how `head` says that it has seen enough.
        if write!(out, "{:>4} {line}", first + nth + 1).is_err() {
            break;
        }
    }
}
