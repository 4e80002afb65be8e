//! All automation of the project: `cargo xtask help` lists it.
//!
//! One file per concern. Nothing here knows what the product does, and nothing here needs a crate from elsewhere, so that
//! the first command on a fresh machine starts in seconds.

mod bench;
mod browser;
mod captures;
mod fuzz;
mod hashes;
mod hosts;
mod imports;
mod package;
mod parts;
mod progress;
mod record;
mod run;
mod serve;
mod setup;
mod shrink;
mod site;
mod size;
mod stage;
mod test;

use std::process::ExitCode;

use run::{Outcome, Problem};

const HELP: &str = "\
Automation of Pgscope. Each command sets up what it needs and says so.

  cargo xtask serve [--port N]         build the site and serve it on this machine (default port 8432): the first time
                                       minutes, then seconds
  cargo xtask build                    build the site into dist/
  cargo xtask test [--only PART]       run everything: lint, unit, wasm, e2e, hosts; or one of these
                   [-- ARGUMENTS]      with e2e and hosts: handed to Playwright, such as a spec's name; only when named:
                                       hosts-large (Docusaurus and Starlight, whose first set-up takes minutes)
  cargo xtask bench [--only PART]      measure: native, captures [--large], browser, page [--large]
  cargo xtask size [--record]          what the page weighs, and what it fetches later: raw, gzip, brotli, against the record
  cargo xtask package [--only KIND]    what is published, ready to be: npm, crates
  cargo xtask fuzz [TARGET] [--seconds N] [--keep]
                                       run the fuzz targets, each for N seconds (default 60), and sum up; --keep puts what
                                       reaches more into the corpora, and makes these as small as they can be
  cargo xtask record [--only NAMES] [--rows N] [--keep]
                                       let many drivers speak to real servers, and check what they say; NAMES are those of
                                       tests/drivers/drivers.txt, with commas; --keep makes fixtures of what is small
  cargo xtask help                     this text

Environment:
  PGSCOPE_CHROMIUM   the browser for the tests (default: chromium or chrome on the PATH)
  CHROMEDRIVER       its driver (default: chromedriver on the PATH)
  CI=true            plain output
";

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let command = arguments.next().unwrap_or_default();
    match dispatch(&command, Arguments(arguments.collect())) {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            eprintln!("{problem}");
            ExitCode::FAILURE
        }
    }
}

fn dispatch(command: &str, mut arguments: Arguments) -> Outcome {
    std::env::set_current_dir(run::root()?)?;
    match command {
        "" | "help" | "--help" | "-h" => print!("{HELP}"),
        "serve" => return serve::command(arguments),
        "build" => return arguments.end().and_then(|()| site::build()),
        "test" => return test::command(arguments),
        "bench" => return bench::command(arguments),
        "size" => return size::command(arguments),
        "fuzz" => return fuzz::command(arguments),
        "package" => return package::command(arguments),
        "record" => return record::command(arguments),
        // For Trunk's hook and for the end-to-end tests.
        "finish-site" => {
            let folder = arguments.next().or_else(|| std::env::var("TRUNK_STAGING_DIR").ok());
            return site::finish_whole(folder.as_deref().unwrap_or("dist").as_ref());
        }
        other => return Err(Problem(format!("There is no command {other:?}.\n\n{HELP}"))),
    }
    Ok(())
}

/// What follows the command's name.
struct Arguments(Vec<String>);

impl Arguments {
    /// Takes `--name VALUE`.
    fn option(&mut self, name: &str) -> Outcome<Option<String>> {
        let Some(at) = self.0.iter().position(|argument| argument == name) else { return Ok(None) };
        self.0.remove(at);
        if at == self.0.len() {
            return Err(Problem(format!("{name} needs a value.")));
        }
        Ok(Some(self.0.remove(at)))
    }

    /// Takes `--name N`.
    fn number<T: std::str::FromStr>(&mut self, name: &str, default: T) -> Outcome<T> {
        let Some(value) = self.option(name)? else { return Ok(default) };
        value.parse().map_err(|_| Problem(format!("{name} needs a number, not {value:?}.")))
    }

    /// Takes `--name`.
    fn flag(&mut self, name: &str) -> bool {
        let before = self.0.len();
        self.0.retain(|argument| argument != name);
        self.0.len() < before
    }

    /// Takes what stands behind `--`.
    fn rest(&mut self) -> Vec<String> {
        let Some(at) = self.0.iter().position(|argument| argument == "--") else { return Vec::new() };
        self.0.split_off(at).split_off(1)
    }

    /// Takes the next word.
    fn next(&mut self) -> Option<String> {
        (!self.0.is_empty()).then(|| self.0.remove(0))
    }

    /// Nothing may be left.
    fn end(&self) -> Outcome {
        match self.0.first() {
            None => Ok(()),
            Some(argument) => Err(Problem(format!("What is {argument:?} here? See `cargo xtask help`."))),
        }
    }
}
