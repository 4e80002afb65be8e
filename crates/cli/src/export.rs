//! `pgscope export`: messages as something that is used elsewhere.

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::ValueEnum;
use pgscope_view::Indexed;
use pgscope_view::export::{self, Run};
use pgscope_view::print::{self, Colour, json, pcapng};
use pgscope_view::proto::{Direction, Tree};
use pgscope_view::sequence::ranges;

use crate::input::{Input, remark};
use crate::render::found;

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Files, the name of a scenario, or bytes as hex; `-` or nothing reads standard input
    #[command(flatten)]
    input: Input,
    /// What to make of it
    #[arg(long, value_enum, default_value_t = To::Hex)]
    to: To,
    /// Where to write it, instead of standard output
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Set a knob of a scenario
    #[arg(long, value_name = "KNOB=VALUE", num_args = 1..)]
    set: Vec<String>,
    /// Which messages, by their numbers: `3-9`, `1,4-`
    #[arg(long, value_name = "RANGES")]
    messages: Option<String>,
    /// Only what one end said
    #[arg(long, value_enum)]
    side: Option<Side>,
    /// Which connection of several, from 1
    #[arg(long, value_name = "NUMBER", default_value_t = 1)]
    connection: usize,
    /// Which part of the messages, by its path, for --to markdown: `bind.parameters`
    #[arg(long, value_name = "PATH")]
    field: Option<String>,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Side {
    Client,
    Server,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum To {
    /// Hex digits; what both ends say with F: and B: before it
    Hex,
    /// Base64
    Base64,
    /// As xxd prints it
    Xxd,
    /// A string with escapes
    Escaped,
    /// A literal of SQL's bytea
    Bytea,
    /// An array in C
    C,
    /// A constant in Rust
    Rust,
    /// A slice in Go
    Go,
    /// A bytes literal in Python
    Python,
    /// An array in Java
    Java,
    /// A Uint8Array in JavaScript
    Javascript,
    /// An array in C#
    Csharp,
    /// An array in Zig
    Zig,
    /// The bytes themselves
    Raw,
    /// Every message with its bytes and fields, as decode prints it
    Text,
    /// Every message as a table of its fields
    Markdown,
    /// Every message for programs, as decode prints it
    Json,
    /// A capture file, which Wireshark opens
    Pcapng,
    /// A scenario, which `simulate` plays to the same messages
    Scenario,
    /// A test in Rust that says the client's bytes to a server and expects the server's messages
    FixtureRust,
    /// The same in Go
    FixtureGo,
    /// The same in Python
    FixturePython,
    /// The same in JavaScript, for Node
    FixtureJavascript,
}

impl To {
    fn id(self) -> String {
        self.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default()
    }
}

pub(crate) fn run(arguments: &Arguments) -> Result<ExitCode, String> {
    let connections = found(&arguments.input, &arguments.set)?.connections;
    let count = connections.len();
    let Some(indexed) = arguments.connection.checked_sub(1).and_then(|nth| connections.into_iter().nth(nth)) else {
        return Err(format!("there is no connection {}: there are {count}", arguments.connection));
    };
    if count > 1 {
        eprintln!("pgscope: this is connection {} of {count}; --connection takes another", arguments.connection);
    }
    remark(&indexed);
    let runs = runs(arguments, &indexed)?;
    let made = made(arguments, &indexed, &runs)?;
    match &arguments.output {
        Some(path) => {
            std::fs::write(path, made).map_err(|error| format!("{} cannot be written: {error}", path.display()))?
        }
        // A closed pipe is how `head` says that it has seen enough.
        None => drop(std::io::stdout().write_all(&made)),
    }
    Ok(ExitCode::SUCCESS)
}

fn runs(arguments: &Arguments, indexed: &Indexed) -> Result<Vec<Run>, String> {
    let ranges = arguments.messages.as_deref().map(ranges).transpose()?.unwrap_or_default();
    let side = arguments.side.map(|side| match side {
        Side::Client => Direction::Frontend,
        Side::Server => Direction::Backend,
    });
    let is_said = |number: usize| {
        let direction = indexed.index.entry(number).map(|entry| entry.direction);
        side.is_none() || direction == side
    };
    let is_in = |number: usize| ranges.is_empty() || ranges.iter().any(|range| range.contains(&(number + 1)));
    let runs = export::runs(indexed, &|number| is_in(number) && is_said(number));
    if runs.is_empty() {
        Err("no message is left: --messages and --side leave out all of them".to_owned())
    } else {
        Ok(runs)
    }
}

fn made(arguments: &Arguments, indexed: &Indexed, runs: &[Run]) -> Result<Vec<u8>, String> {
    let numbers = || runs.iter().flat_map(|run| run.messages.iter().copied());
    let text = match arguments.to {
        To::Raw => return Ok(runs.iter().flat_map(|run| run.bytes.clone()).collect()),
        To::Pcapng => return Ok(pcapng::file(&[&export::exchange(indexed, runs)])),
        To::Scenario if arguments.messages.is_some() || arguments.side.is_some() => {
            return Err("a scenario is of a whole exchange: --messages and --side cannot be given".to_owned());
        }
        To::Scenario => export::scenario(indexed)?,
        To::FixtureRust => export::fixture(indexed, runs, "rust")?,
        To::FixtureGo => export::fixture(indexed, runs, "go")?,
        To::FixturePython => export::fixture(indexed, runs, "python")?,
        To::FixtureJavascript => export::fixture(indexed, runs, "javascript")?,
        To::Markdown => {
            let field = arguments.field.as_deref();
            let tables: Vec<String> = numbers().filter_map(|number| export::markdown(indexed, number, field)).collect();
            if tables.is_empty() {
                return Err(format!("no message has a field {}", field.unwrap_or_default()));
            }
            tables.join("\n")
        }
        To::Text | To::Json => decoded(indexed, numbers(), arguments.to == To::Json),
        to => export::bytes(indexed, runs, &to.id())?,
    };
    Ok(text.into_bytes())
}

fn decoded(indexed: &Indexed, numbers: impl Iterator<Item = usize>, as_json: bool) -> String {
    let mut tree = Tree::new();
    let mut all = Vec::new();
    for number in numbers {
        let Some((entry, problems)) = indexed.open(number, &mut tree) else { break };
        all.push(match as_json {
            true => serde_json::to_string(&json::message(indexed, &entry, &tree, problems)).unwrap_or_default(),
            false => print::tree_of(indexed, &entry, &tree, &problems, Colour::Never),
        });
    }
    if as_json { format!("[\n{}\n]\n", all.join(",\n")) } else { all.concat() }
}
