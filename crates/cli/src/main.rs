//! `pgscope`: the microscope for the PostgreSQL wire protocol, on the command line.
//!
//! Exit status: 0 all is well, 1 problems were found, 2 the input or the arguments cannot be used.

mod check;
mod cores;
mod cut;
mod decode;
mod diff;
mod explain;
mod export;
mod filter;
mod input;
mod lint;
mod mask;
mod mdbook;
mod messages;
mod opened;
mod overview;
mod parts;
mod password;
mod pieces;
mod render;
mod scenarios;
mod simulate;
mod since;
mod stdout;
mod talk;
mod written;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// A microscope for the PostgreSQL wire protocol.
#[derive(Parser)]
#[command(name = "pgscope", version, about, max_term_width = 100)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Check whether what documents show in fences still holds
    Check(check::Arguments),
    /// List the connections of a capture: who, when, how much, errors, the slowest answer, how it ended
    Connections(overview::Arguments),
    /// Decode bytes, from a dump in any usual form, to messages and fields
    Decode(decode::Arguments),
    /// Show what two inputs say differently, message by message and field by field
    Diff(diff::Arguments),
    /// Say what a rule, a message, a state, an SQLSTATE or the words of a program mean
    Explain(explain::Arguments),
    /// Export messages: bytes in a programming language, a capture file, a test in a file of its own
    Export(export::Arguments),
    /// Choose messages by an expression: list them, or cut them out into a capture file
    Filter(filter::Arguments),
    /// Look for mistakes: each with its bytes, why it is one, and how to mend it
    Lint(lint::Arguments),
    /// Mask what an input says of those who spoke, so that it can be shown to strangers
    Mask(mask::Arguments),
    /// A preprocessor for mdBook: fences of Pgscope become figures
    Mdbook(mdbook::Arguments),
    /// Print the reference: all messages, or one
    Messages(messages::Arguments),
    /// Draw an exchange or a scenario, for documentation: HTML, SVG, PNG, Mermaid, PlantUML, Markdown
    Render(Box<render::Arguments>),
    /// List the scenarios that can be simulated
    Scenarios(scenarios::Arguments),
    /// Let a simulated client and server play a scenario
    Simulate(simulate::Arguments),
    /// List the statements of a capture, each once: how often it was run, and how long that took
    Statements(overview::Arguments),
    /// Count what is in a capture: messages, round trips, where the time went, what could be spared
    Stats(overview::Arguments),
    /// Be one end yourself, against the simulated other
    Talk(talk::Arguments),
}

const UNUSABLE: u8 = 2;

fn main() -> ExitCode {
    let done = match Arguments::parse().command {
        Command::Check(arguments) => check::run(&arguments),
        Command::Connections(arguments) => overview::connections(&arguments),
        Command::Statements(arguments) => overview::statements(&arguments),
        Command::Stats(arguments) => overview::stats(&arguments),
        Command::Decode(arguments) => decode::run(&arguments),
        Command::Diff(arguments) => diff::run(&arguments),
        Command::Explain(arguments) => explain::run(&arguments),
        Command::Export(arguments) => export::run(&arguments),
        Command::Filter(arguments) => filter::run(&arguments),
        Command::Lint(arguments) => lint::run(&arguments),
        Command::Mask(arguments) => mask::run(&arguments),
        Command::Mdbook(arguments) => mdbook::run(&arguments),
        Command::Messages(arguments) => messages::run(&arguments),
        Command::Render(arguments) => render::run(&arguments),
        Command::Scenarios(arguments) => scenarios::run(&arguments),
        Command::Simulate(arguments) => simulate::run(&arguments),
        Command::Talk(arguments) => talk::run(&arguments),
    };
    input::say_rest();
    let done = done.map(|code| if input::are_some_unread() { ExitCode::from(UNUSABLE) } else { code });
    done.unwrap_or_else(|error| {
        eprintln!("pgscope: {error}");
        ExitCode::from(UNUSABLE)
    })
}
