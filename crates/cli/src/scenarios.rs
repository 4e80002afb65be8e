//! `pgscope scenarios`: what there is to simulate.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use pgscope_view::sim::{Choices, Scenario, shipped};

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Print knobs, what each scenario shows, and its place in the course, too
    #[arg(long)]
    long: bool,
    /// Write what each scenario is played to into this folder instead, as base64, as the page fetches it
    #[arg(long, value_name = "FOLDER", conflicts_with = "long")]
    played: Option<PathBuf>,
}

pub(crate) fn run(arguments: &Arguments) -> Result<ExitCode, String> {
    if let Some(folder) = &arguments.played {
        return write_played(folder);
    }
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

fn write_played(folder: &Path) -> Result<ExitCode, String> {
    let failed = |error: std::io::Error| format!("{} cannot be written: {error}", folder.display());
    fs::create_dir_all(folder).map_err(failed)?;
    for shipped in shipped::ALL {
        let performance = pgscope_view::play(shipped.text, shipped.narration, Vec::new())?;
        let text = STANDARD.encode(performance.to_bytes());
        fs::write(folder.join(shipped.name).with_extension("played"), text).map_err(failed)?;
    }
    Ok(ExitCode::SUCCESS)
}
