//! `pgscope scenarios`: what there is to simulate.

use std::io::Write;
use std::process::ExitCode;

use pgscope_view::sim::{Choices, Scenario, shipped};

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Print knobs, what each scenario shows, and its place in the course, too
    #[arg(long)]
    long: bool,
}

pub(crate) fn run(arguments: &Arguments) -> Result<ExitCode, String> {
    let mut out = std::io::stdout().lock();
    for shipped in shipped::ALL {
        let scenario = Scenario::read(shipped.text, &Choices::default()).map_err(|error| error.to_string())?;
        let mut text = format!("{:<22} {}: {}\n", shipped.name, scenario.title, scenario.summary);
        if arguments.long {
            text.push_str(&format!("{:<22} shows {}\n", "", scenario.shows));
            let part = format!("{:<22} {}: you can {}", "", scenario.part, scenario.teaches);
            let needs = if scenario.needs.is_empty() {
                String::new()
            } else {
                format!("; needs {}", scenario.needs.join(", "))
            };
            text.push_str(&format!("{part}{needs}\n"));
            for knob in &scenario.knobs {
                text.push_str(&format!("{:<22} {} = {} ({})\n", "", knob.name, knob.choices.join("|"), knob.label));
            }
        }
        // A closed pipe is how `head` says that it has seen enough.
        if out.write_all(text.as_bytes()).is_err() {
            break;
        }
    }
    Ok(ExitCode::SUCCESS)
}
