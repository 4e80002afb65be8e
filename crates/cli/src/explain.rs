//! `pgscope explain`: what a rule, a message, a state, an SQLSTATE or the words of a program mean.

use std::path::Path;
use std::process::ExitCode;

use pgscope_view::print::explain;

use crate::input::Colours;
use crate::pieces::read;
use crate::stdout;

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// A rule (`L25`), a message (`Execute`), a state (`skipping`, `server copy in`), an SQLSTATE (`42P05`), or words that a
    /// program said; `-` reads these from standard input; `rules`, `requests` and `states` list what there is
    #[arg(required = true, value_name = "WHAT")]
    what: Vec<String>,
    #[command(flatten)]
    colours: Colours,
}

pub(crate) fn run(arguments: &Arguments) -> Result<ExitCode, String> {
    let what = match arguments.what.as_slice() {
        [one] if one == "-" => String::from_utf8_lossy(&read(Path::new("-"))?).into_owned(),
        words => words.join(" "),
    };
    let text = explain(&what, arguments.colours.colour()).map_err(|error| error.to_string())?;
    stdout::print(text)?;
    Ok(ExitCode::SUCCESS)
}
