//! `pgscope`: the microscope for the PostgreSQL wire protocol, on the command line.
//!
//! Exit status: 0 all is well, 1 problems were found, 2 the input or the arguments cannot be used.

mod check;
mod decode;
mod explain;
mod input;
mod lint;
mod mdbook;
mod messages;
mod password;
mod render;
mod scenarios;
mod simulate;
mod talk;

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
    /// Decode bytes, from a dump in any usual form, to messages and fields
    Decode(decode::Arguments),
    /// Say what a rule, a message, a state, an SQLSTATE or the words of a program mean
    Explain(explain::Arguments),
    /// Look for mistakes: each with its bytes, why it is one, and how to mend it
    Lint(lint::Arguments),
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
    /// Be one end yourself, against the simulated other
    Talk(talk::Arguments),
}

const UNUSABLE: u8 = 2;

fn main() -> ExitCode {
    let done = match Arguments::parse().command {
        Command::Check(arguments) => check::run(&arguments),
        Command::Decode(arguments) => decode::run(&arguments),
        Command::Explain(arguments) => explain::run(&arguments),
        Command::Lint(arguments) => lint::run(&arguments),
        Command::Mdbook(arguments) => mdbook::run(&arguments),
        Command::Messages(arguments) => messages::run(&arguments),
        Command::Render(arguments) => render::run(&arguments),
        Command::Scenarios(arguments) => scenarios::run(&arguments),
        Command::Simulate(arguments) => simulate::run(&arguments),
        Command::Talk(arguments) => talk::run(&arguments),
    };
    done.unwrap_or_else(|error| {
        eprintln!("pgscope: {error}");
        ExitCode::from(UNUSABLE)
    })
}
