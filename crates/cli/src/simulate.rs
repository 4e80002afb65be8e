//! `pgscope simulate`: a scenario, played and printed.

use std::io::IsTerminal;
use std::process::ExitCode;

use clap::ValueEnum;
use pgscope_view::print::sequence::terminal;
use pgscope_view::print::steps::{Step, steps};
use pgscope_view::print::{self, Colour, pcapng};
use pgscope_view::proto::{Direction, Exchange, Tree};
use pgscope_view::sequence::{Choice, Sequence};
use pgscope_view::sim::{Choices, Damage, Scenario, shipped};
use pgscope_view::{Indexed, STOPPED};

use crate::stdout;

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// The scenario's name, or a file that holds one
    scenario: String,
    /// Set a knob
    #[arg(long, value_name = "KNOB=VALUE", num_args = 1..)]
    set: Vec<String>,
    /// Let a byte arrive as another: OFFSET=HEX in what the server says, or F:OFFSET=HEX in what the client says
    #[arg(long, value_name = "OFFSET=BYTE", num_args = 1..)]
    damage: Vec<String>,
    /// How many bytes arrive together at most
    #[arg(long, value_name = "N")]
    segments: Option<usize>,
    /// How to print
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// One line a message
    List,
    /// A sequence diagram, with who waits for whom
    Text,
    /// For programs: messages as `decode` gives them, with times and states
    Json,
    /// The bytes of each segment, as `decode` reads them
    Hex,
    /// A capture file
    Pcapng,
}

pub(crate) fn run(arguments: &Arguments) -> Result<ExitCode, String> {
    let mut scenario = scenario(&arguments.scenario, &arguments.set)?;
    for damage in &arguments.damage {
        scenario.wire.damages.push(self::damage(damage)?);
    }
    if arguments.segments == Some(0) {
        return Err("--segments needs at least one byte".to_owned());
    }
    scenario.wire.segment = arguments.segments.or(scenario.wire.segment);
    let played = scenario.play();
    let mut told = Vec::new();
    for (number, connection) in played.connections.iter().enumerate() {
        told.push(Told { number, inside_tls: false, exchange: &connection.exchange });
        told.extend(connection.inner.as_ref().map(|exchange| Told { number, inside_tls: true, exchange }));
    }
    print(&told, arguments.format)?;
    for damage in &scenario.wire.damages {
        if let Damage::Byte { direction, offset, .. } = damage
            && *offset >= played.main().exchange.stream(*direction).len()
        {
            eprintln!("the {} never said a byte {offset}: nothing was damaged there", end_name(*direction));
        }
    }
    if !played.at_rest {
        eprintln!("pgscope: {STOPPED}");
    }
    for (at, text) in &played.told {
        eprintln!("{:>11} the client says: {text}", format!("{:.3} ms", *at as f64 / 1000.0));
    }
    Ok(ExitCode::SUCCESS)
}

/// Knobs as they are written on a command line.
pub(crate) fn pairs(set: &[String]) -> Result<Vec<(String, String)>, String> {
    let pair = |text: &String| {
        let (name, value) = text.split_once('=').ok_or_else(|| format!("--set {text} is not KNOB=VALUE"))?;
        Ok((name.to_owned(), value.to_owned()))
    };
    set.iter().map(pair).collect()
}

/// A shipped scenario, or one in a file, with its knobs set.
pub(crate) fn scenario(name: &str, set: &[String]) -> Result<Scenario, String> {
    if let Some(shipped) = shipped::find(name) {
        return read(shipped.text, set);
    }
    let choices = Choices(pairs(set)?);
    let text = std::fs::read_to_string(name)
        .map_err(|error| format!("there is no scenario {name}{}, and no such file can be read: {error}", near(name)))?;
    Scenario::read(&text, &choices).map_err(|error| format!("{name}: {error}"))
}

/// A scenario that comes along.
pub(crate) fn read(text: &str, set: &[String]) -> Result<Scenario, String> {
    Scenario::read(text, &Choices(pairs(set)?)).map_err(|error| error.message)
}

/// The shipped scenarios whose names begin like this one, or how to list all.
fn near(name: &str) -> String {
    let begins = |known: &&str| name.len() > 2 && name.get(..3).is_some_and(|three| known.starts_with(three));
    match shipped::ALL.iter().map(|shipped| shipped.name).filter(begins).collect::<Vec<_>>().as_slice() {
        [] => " (`pgscope scenarios` lists them)".to_owned(),
        near => format!(" (near it are {})", near.join(", ")),
    }
}

fn damage(text: &str) -> Result<Damage, String> {
    let wrong = || format!("--damage {text} is not OFFSET=BYTE, such as 12=ff or F:4=00");
    let (direction, rest) = match text.split_once(':') {
        Some(("F" | "frontend", rest)) => (Direction::Frontend, rest),
        Some(("B" | "backend", rest)) => (Direction::Backend, rest),
        Some(_) => return Err(wrong()),
        None => (Direction::Backend, text),
    };
    let (offset, value) = rest.split_once('=').ok_or_else(wrong)?;
    let offset = offset.parse().map_err(|_| wrong())?;
    let value = u8::from_str_radix(value.trim_start_matches("0x"), 16).map_err(|_| wrong())?;
    Ok(Damage::Byte { direction, offset, value })
}

/// A connection that is printed, or what was said inside its TLS.
pub(crate) struct Told<'a> {
    number: usize,
    inside_tls: bool,
    exchange: &'a Exchange,
}

impl<'a> Told<'a> {
    /// The only connection.
    pub(crate) const fn new(exchange: &'a Exchange) -> Self {
        Self { number: 0, inside_tls: false, exchange }
    }

    /// What stands above it where there are several.
    fn name(&self) -> String {
        format!("connection {}{}", self.number + 1, if self.inside_tls { ", inside TLS" } else { "" })
    }
}

/// How a person calls an end.
pub(crate) const fn end_name(side: Direction) -> &'static str {
    match side {
        Direction::Frontend => "client",
        Direction::Backend => "server",
    }
}

/// Prints some connections.
pub(crate) fn print(told: &[Told], format: Format) -> Result<(), String> {
    let colour = match std::io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none() {
        true => Colour::Ansi,
        false => Colour::Never,
    };
    let exchanges: Vec<&Exchange> = told.iter().map(|told| told.exchange).collect();
    let mut out = Vec::new();
    match format {
        Format::Pcapng => out = pcapng::file(&exchanges),
        Format::Json => out = json(told)?,
        _ => {
            for one in told {
                if told.len() > 1 {
                    out.extend(format!("# {}\n", one.name()).into_bytes());
                }
                out.extend(text(one.exchange, format, colour).into_bytes());
            }
        }
    }
    stdout::print(out)
}

/// One array of messages, as `decode` has it, with times and states.
fn json(told: &[Told]) -> Result<Vec<u8>, String> {
    let mut all: Vec<Step> = Vec::new();
    for Told { number, inside_tls, exchange } in told {
        let indexed = Indexed::new((*exchange).clone());
        let others = all.len();
        let steps = steps(&indexed);
        all.extend(steps.into_iter().map(|step| step.of_connection(*number, *inside_tls, others)));
    }
    let mut text = serde_json::to_vec_pretty(&all).map_err(|error| error.to_string())?;
    text.push(b'\n');
    Ok(text)
}

fn text(exchange: &Exchange, format: Format, colour: Colour) -> String {
    if format == Format::Hex {
        return print::hex_of(exchange);
    }
    let indexed = Indexed::new(exchange.clone());
    if format == Format::Text {
        return Sequence::of(&[&indexed], &Choice::default())
            .map_or_else(|error| error.to_string(), |one| terminal(&one, colour));
    }
    let mut tree = Tree::new();
    let line = |number| {
        let (entry, problems) = indexed.open(number, &mut tree)?;
        Some(print::list_of(&indexed, &entry, &tree, &problems, colour))
    };
    (0..indexed.index.len()).filter_map(line).collect()
}
