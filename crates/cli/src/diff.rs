//! `pgscope diff`: what two exchanges say differently.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::ValueEnum;
use pgscope_view::Indexed;
use pgscope_view::capture;
use pgscope_view::diff::{Change, Diff, Ignore, Item, Said, Value};

use crate::input::{Reading, remark};
use crate::pieces;
use crate::stdout;

/// Messages are aligned by what they say, not by where they stand, and what differs is told down to the field. What always
/// differs is not looked at, unless --ignore says otherwise: `keys` (process ids and cancel keys), `nonces` (of logins, with
/// salts and proofs, and what is encrypted), `oids` (from 16384 on), `times` (clocks in messages) and `positions` (in the
/// write-ahead log, and transaction ids).
///
/// Exit status: 0 nothing differs, 1 something does, 2 there is trouble.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// The one input
    left: PathBuf,
    /// The other; `-` reads standard input
    right: PathBuf,
    /// What is not looked at, with commas between; `none` looks at each byte
    #[arg(long, value_name = "WHAT", value_delimiter = ',', default_value = "keys,nonces,oids,times,positions")]
    ignore: Vec<String>,
    /// How to print
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    #[command(flatten)]
    reading: Reading,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people: `-` only the first, `+` only the second, `~` both and not alike
    Text,
    /// For programs
    Json,
}

pub(crate) fn run(arguments: &Arguments) -> Result<ExitCode, String> {
    let ignore = Ignore::named(arguments.ignore.iter().map(String::as_str))?;
    let (left, right) = (read(&arguments.left, &arguments.reading)?, read(&arguments.right, &arguments.reading)?);
    let (left, right): (Vec<&Indexed>, Vec<&Indexed>) = (left.iter().collect(), right.iter().collect());
    let diff = Diff::of(&left, &right, ignore);
    let text = match arguments.format {
        Format::Text => text(&diff),
        Format::Json => serde_json::to_string_pretty(&diff).map_err(|error| error.to_string())? + "\n",
    };
    stdout::print(text)?;
    Ok(ExitCode::from(u8::from(!diff.is_empty())))
}

fn read(file: &std::path::Path, reading: &Reading) -> Result<Vec<Indexed>, String> {
    let mut capture = capture::read(&pieces::read(file)?, &reading.options()?);
    reading.turn(&mut capture.exchanges)?;
    for problem in &capture.problems {
        eprintln!("pgscope: {}: {problem}", file.display());
    }
    let connections = capture.exchanges.into_iter().map(Indexed::new).filter(|indexed| !indexed.is_empty());
    let connections: Vec<Indexed> = connections.collect();
    connections.iter().for_each(|indexed| remark(indexed, None));
    if connections.is_empty() {
        return Err(format!("{}: there are no bytes in it", file.display()));
    }
    Ok(connections)
}

fn text(diff: &Diff) -> String {
    let mut out = String::new();
    for (nth, connection) in diff.connections.iter().enumerate() {
        if diff.connections.len() > 1 {
            out += &format!("connection {}\n", nth + 1);
        }
        connection.items.iter().for_each(|item| out += &lines(item));
    }
    out
}

fn lines(item: &Item) -> String {
    match item {
        Item::Same { left, right, count } => {
            let range = |from: usize| {
                if *count == 1 { format!("{}", from + 1) } else { format!("{}-{}", from + 1, from + count) }
            };
            let messages = if *count == 1 { "message is the same" } else { "messages are the same" };
            format!("  {} = {}: {count} {messages}\n", range(*left), range(*right))
        }
        Item::Left { left } => format!("- {}\n", message(left)),
        Item::Right { right } => format!("+ {}\n", message(right)),
        Item::Changed { left, right, fields } => {
            let own = format!("~ {}/{} {} {}\n", left.index + 1, right.index + 1, letter(left), left.name);
            fields.iter().fold(own, |out, change| out + &field(change))
        }
    }
}

fn letter(said: &Said) -> &'static str {
    if said.direction == "frontend" { "F" } else { "B" }
}

fn message(said: &Said) -> String {
    format!("{} {} {} {}", said.index + 1, letter(said), said.name, said.says).trim_end().to_owned()
}

/// `    protocol version: 3.0 → 3.2`, and lengths where they differ.
fn field(change: &Change) -> String {
    let shown =
        |value: &Option<Value>| value.as_ref().map_or("(not there)".to_owned(), |value| shortened(&value.shown));
    let length = |value: &Value| value.end - value.start;
    let lengths = change.left.as_ref().zip(change.right.as_ref()).map(|(left, right)| (length(left), length(right)));
    let lengths = lengths.filter(|(left, right)| left != right);
    let lengths = lengths.map_or(String::new(), |(left, right)| format!(" ({left} → {right} bytes)"));
    format!("    {}: {} → {}{lengths}\n", change.name, shown(&change.left), shown(&change.right))
}

const LONGEST: usize = 100;

fn shortened(text: &str) -> String {
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}
