//! `pgscope filter`: those messages of an input that are like an expression, as lines, or cut out into a file.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::ValueEnum;
use pgscope_view::Indexed;
use pgscope_view::filter::{Expression, FIELDS, Ran, Subject};
use pgscope_view::mask::{self, Key};
use pgscope_view::overview::{Overview, duration};
use pgscope_view::print::messages::{csv_head_with_runs, csv_line_with_run};
use pgscope_view::print::times::Column;
use pgscope_view::print::{self, json};
use pgscope_view::proto::{Exchange, Tree};

use crate::cores;
use crate::cut::Cut;
use crate::input::{Colours, Input, known, list_forms};
use crate::mask::Choice;
use crate::since::Since;
use crate::stdout::Stdout;
use crate::written;

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
    /// Overwrite OUT.pcapng where it is there already
    #[arg(long, requires = "write")]
    force: bool,
    /// How to print the messages
    #[arg(long, value_enum, default_value_t = Format::List, conflicts_with = "write")]
    format: Format,
    /// Print when each message was seen, before it, as `pgscope decode --times` does
    #[arg(long, value_enum, value_name = "SINCE", conflicts_with = "write")]
    times: Option<Since>,
    /// Print the messages of all connections in one order of time, not connection by connection
    #[arg(long, conflicts_with = "write")]
    interleave: bool,
    /// Mask what is printed or written, as `pgscope mask` does; what a message is like is asked of what was read
    #[arg(long)]
    mask: bool,
    #[command(flatten)]
    choice: Choice,
    #[command(flatten)]
    colours: Colours,
}

#[derive(Clone, Copy, PartialEq, ValueEnum)]
enum Format {
    /// One line a message, for people
    List,
    /// For programs: an object of `decode --format json` on each line
    Jsonl,
    /// For spreadsheets
    Csv,
}

fn fields() -> String {
    let lines = FIELDS.iter().map(|field| format!("  {:<12} {}\n", field.name, field.doc));
    let head = "Fields:\n".to_owned();
    head + &lines.collect::<String>()
        + "\nOperators: == != < <= > >= ~ !~ contains in; && || ! and parentheses. Lists: tag in {\"Q\", \"P\"}.\nDurations: 100ms, 1.5s, 20us; a number alone is milliseconds.\n\nExit status: 0 where messages were chosen, 1 where none was, 2 where the expression or the input cannot be used.\n"
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
    if let Some(path) = &arguments.write {
        may_write(path, arguments)?;
    }
    let is_masked = arguments.mask || arguments.choice.is_made();
    let key = is_masked.then(|| arguments.choice.key()).transpose()?;
    let (mut chosen, mut refused): (Vec<Chosen>, _) = (Vec::new(), None);
    // Of one connection alone the others need not be masked, and may be such that they cannot.
    let is_of = |place: usize| arguments.connection.is_none_or(|only| only as usize == place + 1);
    // Which number a connection has is known when all are.
    let is_numbered = expression.asks_for_connection() || is_masked && arguments.connection.is_some();
    cores::in_order(
        |give| if is_numbered { arguments.input.each_in_order(give) } else { arguments.input.each(give) },
        |(place, exchange): (usize, Exchange), say| {
            say(choose(&expression, place, exchange, arguments, key.as_ref().filter(|_| is_of(place))));
        },
        |one| match one {
            Ok(one) => {
                chosen.push(one);
                true
            }
            Err(why) => {
                refused = Some(why);
                false
            }
        },
    )?;
    if let Some(why) = refused {
        return Err(format!("it cannot be masked: {why}"));
    }
    if chosen.is_empty() {
        return Err("there are no bytes in the input".to_owned());
    }
    chosen.sort_by_key(|one| one.place);
    let first = arguments.connection.map_or(0, |only| only as usize - 1);
    let before = chosen.iter().take(first).map(|one| one.all).sum();
    known(arguments.connection, chosen.len())?;
    if arguments.connection.is_some() {
        chosen = chosen.into_iter().skip(first).take(1).collect();
    }
    let found: usize = chosen.iter().map(|one| one.messages).sum();
    if let Some(path) = arguments.write.as_ref().filter(|_| found == 0) {
        eprintln!("pgscope: no message is like that; {} was not written", path.display());
    } else if let Some(path) = &arguments.write {
        let exchanges: Vec<&Exchange> = chosen.iter().map(|one| &one.cut).filter(|cut| !cut.is_empty()).collect();
        let made = print::pcapng::file(&exchanges);
        if path == Path::new("-") {
            crate::stdout::print(made)?
        } else {
            written::file(path, &made)?
        }
        let counted = |count: usize, one: &str| format!("{count} {one}{}", if count == 1 { "" } else { "s" });
        let (messages, connections) = (counted(found, "message"), counted(exchanges.len(), "connection"));
        eprintln!("pgscope: {messages} of {connections} written to {}", path.display());
    } else {
        print(chosen, (first, before), arguments)?;
    }
    Ok(if found == 0 { ExitCode::from(1) } else { ExitCode::SUCCESS })
}

/// What is there already is written over only by who says so, and what is read never.
fn may_write(path: &Path, arguments: &Arguments) -> Result<(), String> {
    let written = std::fs::canonicalize(path).ok();
    let is_read = |file: &PathBuf| written.is_some() && std::fs::canonicalize(file).ok() == written;
    match arguments.input.files().iter().any(is_read) {
        true => Err(format!("{} is what is read: write into another file", path.display())),
        false if !arguments.force && path.exists() => {
            Err(format!("{} is there already: --force overwrites it", path.display()))
        }
        false => Ok(()),
    }
}

/// A message that was chosen: when it was seen, and what is printed of it.
struct Line {
    seen_us: Option<i64>,
    text: Text,
}

enum Text {
    /// What stands behind the number of its connection.
    Words(String),
    Object(Box<json::Message>),
}

/// What was chosen of a connection: as lines, or as an exchange of nothing else.
struct Chosen {
    place: usize,
    messages: usize,
    lines: Vec<Line>,
    /// How many messages the connection has.
    all: usize,
    cut: Exchange,
}

fn choose(
    expression: &Expression,
    place: usize,
    exchange: Exchange,
    arguments: &Arguments,
    key: Option<&Key>,
) -> Result<Chosen, String> {
    let indexed = &Indexed::new(exchange);
    let masked = key.map(|key| mask::exchanges(std::slice::from_ref(indexed), arguments.choice.kinds(), key));
    let masked =
        masked.transpose().map_err(|refusal| refusal.to_string())?.and_then(|masked| masked.into_iter().next());
    let masked = masked.map(Indexed::new);
    // What is shown of it: every message is in the same place.
    let shown = masked.as_ref().unwrap_or(indexed);
    let mut overview = Overview::default();
    overview.add(place, &indexed.exchange, &indexed.index);
    let survey = overview.survey(0);
    let times = arguments.times.map(|_| Column::of(indexed)).unwrap_or_default();
    let (mut tree, mut lines) = (Tree::new(), Vec::new());
    let mut cut = Cut::of(&shown.exchange);
    let mut messages = 0;
    for number in 0..indexed.index.len() {
        if !expression.holds(Subject { indexed, connection: place, survey, number }, &mut tree) {
            continue;
        }
        messages += 1;
        let seen = || survey.and_then(|survey| survey.seen_us(&indexed.exchange, &indexed.index, number));
        if arguments.write.is_some() {
            let Some(entry) = shown.index.entry(number) else { continue };
            cut.put(&entry, seen());
            continue;
        }
        let Some((entry, found)) = shown.open(number, &mut tree) else { continue };
        let seen_us = if arguments.interleave || arguments.format != Format::List { seen() } else { None };
        let ran = Subject { indexed: shown, connection: place, survey, number }.ran();
        let text = match arguments.format {
            Format::List => {
                let time = arguments.times.map(|since| since.told(&times, indexed, number)).unwrap_or_default();
                let line = print::list_of(shown, &entry, &tree, &found, arguments.colours.colour());
                Text::Words(time + &with_run(line, ran.as_ref()))
            }
            Format::Csv => Text::Words(csv_line_with_run(shown, seen_us, &entry, &tree, &found, ran.as_ref())),
            Format::Jsonl => {
                let message = json::message(shown, &entry, &tree, found);
                let Ran { query, duration_us, .. } = ran.unwrap_or_default();
                let number = Some(number + 1);
                Text::Object(Box::new(json::Message { time_us: seen_us, number, query, duration_us, ..message }))
            }
        };
        lines.push(Line { seen_us, text });
    }
    Ok(Chosen { place, messages, lines, all: indexed.index.len(), cut: cut.finish() })
}

/// So much of a statement stands in a line.
const LONGEST: usize = 100;

/// The lines of a message, the first with what it runs, where it does not say that itself, and how long that took.
fn with_run(lines: String, ran: Option<&Ran>) -> String {
    let Some(ran) = ran else { return lines };
    let query = ran.query.as_ref().filter(|_| ran.is_elsewhere).map(|query| {
        let text = query.split_whitespace().collect::<Vec<_>>().join(" ");
        let mut cut: String = text.chars().take(LONGEST).collect();
        if cut.len() < text.len() {
            cut.push('…');
        }
        // A terminal obeys what a capture may hold.
        let shown = |c: char| if c.is_control() { c.escape_unicode().to_string() } else { c.to_string() };
        cut.chars().map(shown).collect::<String>()
    });
    let took = ran.duration_us.map(|us| duration(us.into()));
    let (first, rest) = lines.split_once('\n').unwrap_or((&lines, ""));
    let said: String = query.into_iter().chain(took).map(|part| format!(" · {part}")).collect();
    format!("{first}{said}\n{rest}")
}

/// The first connection has this number, from 0, and so many messages of others come before its own.
fn print(chosen: Vec<Chosen>, (first, mut before): (usize, usize), arguments: &Arguments) -> Result<(), String> {
    let mut out = Stdout::new();
    let head = (arguments.format == Format::Csv).then(csv_head_with_runs);
    let lines = chosen.into_iter().enumerate().flat_map(|(nth, one)| {
        let (connection, others) = (first + nth, before);
        before += one.all;
        // What has no time of its own stands behind what was said before it.
        let mut last = i64::MIN;
        one.lines.into_iter().map(move |line| {
            last = line.seen_us.map_or(last, |at| at.max(last));
            let text = match line.text {
                Text::Words(words) if arguments.format == Format::List => format!("{:>4} {words}", connection + 1),
                Text::Words(words) => format!("{},{words}", connection + 1),
                Text::Object(message) => {
                    let message = message.of_connection(connection, others);
                    let message = json::Message { connection_number: Some(connection + 1), ..message };
                    serde_json::to_string(&message).unwrap_or_default() + "\n"
                }
            };
            (last, text)
        })
    });
    let lines: Box<dyn Iterator<Item = (i64, String)>> = if arguments.interleave {
        let mut lines: Vec<_> = lines.collect();
        lines.sort_by_key(|(at, _)| *at);
        Box::new(lines.into_iter())
    } else {
        Box::new(lines)
    };
    head.into_iter().chain(lines.map(|(_, text)| text)).all(|line| out.print(line));
    out.end()
}
