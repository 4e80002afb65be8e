//! `pgscope export`: messages as something that is used elsewhere.

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::LazyLock;

use clap::ValueEnum;
use clap::builder::PossibleValue;
use pgscope_view::Indexed;
use pgscope_view::export::{self, Form, Kind, Run};
use pgscope_view::proto::Direction;
use pgscope_view::sequence::ranges;

use crate::input::{Input, remark};
use crate::render::found;
use crate::{stdout, written};

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Files, the name of a scenario, or bytes as hex; `-` or nothing reads standard input
    #[command(flatten)]
    input: Input,
    /// What to make of it
    #[arg(long, value_enum, default_value = "hex")]
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

/// A form, as the library names it. Pictures are what `render` makes.
#[derive(Clone, Copy)]
struct To(&'static Form);

impl ValueEnum for To {
    fn value_variants<'a>() -> &'a [Self] {
        static FORMS: LazyLock<Vec<To>> =
            LazyLock::new(|| export::FORMS.iter().filter(|form| form.kind != Kind::Picture).map(To).collect());
        &FORMS
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        Some(PossibleValue::new(self.0.id).help(self.0.about))
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
    remark(&indexed, None);
    let runs = runs(arguments, &indexed)?;
    let made = export::made(&indexed, &runs, arguments.to.0.id, arguments.field.as_deref())?;
    match &arguments.output {
        Some(path) => written::file(path, &made)?,
        // A closed pipe is how `head` says that it has seen enough.
        None => stdout::print(&made)?,
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
