//! Running other programs, with each command shown before it starts and its output passed through.

use std::ffi::OsStr;
use std::fmt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread::ScopedJoinHandle;

pub(crate) type Outcome<T = ()> = Result<T, Problem>;

/// What went wrong, in words for the person at the terminal.
#[derive(Debug)]
pub(crate) struct Problem(pub(crate) String);

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<std::io::Error> for Problem {
    fn from(error: std::io::Error) -> Self {
        Problem(error.to_string())
    }
}

/// Says which file an error is about.
pub(crate) fn about<T>(path: &Path, result: std::io::Result<T>) -> Outcome<T> {
    result.map_err(|error| Problem(format!("{}: {error}", path.display())))
}

/// A program that is about to run.
pub(crate) struct Run {
    command: Command,
    shown: String,
}

impl Run {
    pub(crate) fn new(program: impl AsRef<Path>) -> Self {
        let program = program.as_ref();
        let shown = program.file_name().unwrap_or(program.as_os_str()).to_string_lossy().into_owned();
        let mut command = Command::new(program);
        if plain() {
            command.env("NO_COLOR", "1").env("CARGO_TERM_COLOR", "never").env("CARGO_TERM_PROGRESS_WHEN", "never");
        }
        Run { command, shown }
    }

    /// Cargo with a line of arguments, split at blanks.
    pub(crate) fn cargo(line: &str) -> Self {
        Run::new("cargo").args(line.split_whitespace())
    }

    pub(crate) fn args<S: AsRef<OsStr>>(mut self, arguments: impl IntoIterator<Item = S>) -> Self {
        for argument in arguments {
            self.shown.push(' ');
            self.shown.push_str(&argument.as_ref().to_string_lossy());
            self.command.arg(argument);
        }
        self
    }

    /// An option with a path: `--outdir=…`.
    pub(crate) fn arg_path(self, option: &str, path: &Path) -> Self {
        let mut argument = std::ffi::OsString::from(option);
        argument.push(path);
        self.args([argument])
    }

    pub(crate) fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.command.env(name, value);
        self
    }

    pub(crate) fn within(mut self, folder: impl AsRef<Path>) -> Self {
        self.command.current_dir(folder);
        self
    }

    /// Cargo's moving bar would stand in the way of what another prints at the same time.
    pub(crate) fn beside_others(self) -> Self {
        self.env("CARGO_TERM_PROGRESS_WHEN", "never")
    }

    /// Runs it to its end, its output passed through.
    pub(crate) fn run(mut self) -> Outcome {
        eprintln!("$ {}", self.shown);
        let status =
            self.command.status().map_err(|error| Problem(format!("{} did not start: {error}", self.shown)))?;
        if status.success() { Ok(()) } else { Err(Problem(format!("`{}` failed ({status}).", self.shown))) }
    }

    /// Runs it with what it tells going into a file, and gives whether it was content.
    pub(crate) fn told_to(mut self, file: &Path) -> Outcome<bool> {
        eprintln!("$ {}", self.shown);
        let told = about(file, std::fs::File::create(file))?;
        let status = self.command.stdin(Stdio::null()).stdout(about(file, told.try_clone())?).stderr(told).status();
        status.map(|status| status.success()).map_err(|error| Problem(format!("{} did not start: {error}", self.shown)))
    }

    /// Runs it unseen and gives what it prints, or nothing if it fails.
    pub(crate) fn asked(mut self) -> Option<String> {
        let output = self.command.stdin(Stdio::null()).stderr(Stdio::null()).output().ok()?;
        output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
    }
}

/// What a thread came to.
pub(crate) fn joined<T>(thread: ScopedJoinHandle<'_, Outcome<T>>) -> Outcome<T> {
    thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
}

/// Whether somebody reads this in a log and not at a terminal.
pub(crate) fn plain() -> bool {
    std::env::var_os("CI").is_some_and(|value| !value.is_empty() && value != "false")
}

/// The repository's root: the nearest folder upwards that holds Trunk.toml.
pub(crate) fn root() -> Outcome<PathBuf> {
    let here = std::env::current_dir()?;
    let found = here.ancestors().find(|folder| folder.join("Trunk.toml").is_file());
    found.map(Path::to_owned).ok_or_else(|| Problem("Run this inside the repository.".to_owned()))
}

/// Where cargo puts what it builds.
pub(crate) fn target_dir() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| "target".into(), PathBuf::from)
}
