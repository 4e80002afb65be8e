//! Fuzzing: libFuzzer over the checks in tests/checks, each a target. `cargo xtask test` needs none of this: the crates' own
//! tests replay the corpora.
//!
//! The targets are built with stable Rust, as `cargo fuzz` builds them, but without a sanitizer of memory: nothing here is
//! unsafe, and without it a check runs several times as often.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use crate::Arguments;
use crate::parts::names;
use crate::run::{Outcome, Problem, Run, about, target_dir};

const SECONDS: u32 = 60;
const MANIFEST: &str = "fuzz/Cargo.toml";
/// What is given to all targets, by the name of each: a dictionary of what such inputs are made of.
const DICTIONARIES: &str = "fuzz/dictionaries";
const CORPORA: &str = "fuzz/corpus";
/// The compiler counts which edges run, and tells libFuzzer what is compared with what.
const INSTRUMENTED: &str = "-Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
     -Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table \
     -Cllvm-args=-sanitizer-coverage-trace-compares --cfg fuzzing";
/// The longest input, in bytes. Faults need few; what only long inputs show is tested by itself.
const LONGEST: u32 = 512;
/// What takes longer than so many seconds is a fault.
const SLOW: u32 = 5;

/// Runs one target, or all of them, each for the given time; sums up at the end.
pub(crate) fn command(mut arguments: Arguments) -> Outcome {
    let seconds = arguments.number("--seconds", SECONDS)?;
    let keep = arguments.flag("--keep");
    let only = arguments.next();
    arguments.end()?;
    let manifest = about(Path::new(MANIFEST), fs::read_to_string(MANIFEST))?;
    let targets = targets(&manifest);
    let chosen: Vec<&String> = targets.iter().filter(|name| only.as_ref().is_none_or(|only| only == *name)).collect();
    if chosen.is_empty() {
        return Err(Problem(format!("The targets in {MANIFEST} are: {}.", targets.join(", "))));
    }
    let programs = build()?;
    let mut found = Vec::new();
    for name in chosen {
        let target = Target::new(&programs, name)?;
        eprintln!("Fuzzing {name} for {seconds} s.");
        found.push(target.run(seconds)?);
        if keep {
            target.keep()?;
        }
    }
    summed_up(&found)
}

/// Builds all targets, and gives the folder of their programs.
fn build() -> Outcome<PathBuf> {
    let host = Run::new("rustc").args(["--print", "host-tuple"]).asked();
    let host = host.ok_or_else(|| Problem("Rust is needed: https://rustup.rs".to_owned()))?;
    let folder = std::path::absolute(target_dir().join("fuzz-build"))?;
    // With a target named, the flags are not for what runs while it is built.
    Run::cargo("build --release --bins --manifest-path")
        .args([MANIFEST, "--target", &host, "--target-dir"])
        .args([&folder])
        .env("RUSTFLAGS", INSTRUMENTED)
        // What is compiled piece by piece runs slower.
        .env("CARGO_INCREMENTAL", "0")
        .run()?;
    Ok(folder.join(host).join("release"))
}

/// The names of the manifest's `[[bin]]` entries.
fn targets(manifest: &str) -> Vec<String> {
    let entries = manifest.split("\n[[bin]]\n").skip(1);
    let name = |entry: &str| Some(entry.split_once("name = \"")?.1.split('"').next()?.to_owned());
    entries.filter_map(name).collect()
}

struct Target {
    name: String,
    program: PathBuf,
    /// The inputs in the repository.
    corpus: PathBuf,
    /// What was found on this machine: inputs that reach more, those that fail, and what libFuzzer printed.
    found: PathBuf,
    failed: PathBuf,
    told: PathBuf,
}

impl Target {
    fn new(programs: &Path, name: &str) -> Outcome<Self> {
        let place = std::path::absolute(target_dir().join("fuzz").join(name))?;
        let (found, failed) = (place.join("found"), place.join("failed"));
        for folder in [&found, &failed] {
            about(folder, fs::create_dir_all(folder))?;
        }
        let program = programs.join(name).with_extension(std::env::consts::EXE_EXTENSION);
        let corpus = std::path::absolute(Path::new(CORPORA).join(name))?;
        Ok(Target { name: name.to_owned(), program, corpus, found, failed, told: place.join("told.txt") })
    }

    fn fuzzer(&self) -> Run {
        let run = Run::new(&self.program).args([
            format!("-max_len={LONGEST}"),
            format!("-timeout={SLOW}"),
            "-print_final_stats=1".to_owned(),
        ]);
        let dictionary = Path::new(DICTIONARIES).join(&self.name).with_extension("txt");
        let run = if dictionary.is_file() { run.arg_path("-dict=", &dictionary) } else { run };
        run.arg_path("-artifact_prefix=", &self.failed.join(""))
    }

    /// What is found goes to a folder of this machine; the corpus in the repository is only read.
    fn run(&self, seconds: u32) -> Outcome<Found> {
        let run = self.fuzzer().args([format!("-max_total_time={seconds}")]).args([&self.found, &self.corpus]);
        let has_passed = run.told_to(&self.told)?;
        let told = String::from_utf8_lossy(&about(&self.told, fs::read(&self.told))?).into_owned();
        if !has_passed {
            eprintln!("{}\n{} failed: {}", last(&told, 30), self.name, self.told.display());
        }
        Ok(Found { name: self.name.clone(), has_passed, ..figures(&told) })
    }

    /// Makes the corpus in the repository the smallest that reaches what it and the inputs found here reach.
    fn keep(&self) -> Outcome {
        let merged = self.found.with_file_name("merged");
        if merged.exists() {
            about(&merged, fs::remove_dir_all(&merged))?;
        }
        about(&merged, fs::create_dir_all(&merged))?;
        let run = self.fuzzer().args(["-merge=1"]).args([&merged, &self.corpus, &self.found]);
        if !run.told_to(&self.told)? {
            return Err(Problem(format!("The corpus of {} was not made smaller: {}", self.name, self.told.display())));
        }
        replace(&merged, &self.corpus)
    }
}

/// Lets a folder hold the contents that another has, under the names that it has for them already.
fn replace(merged: &Path, corpus: &Path) -> Outcome {
    let contents = |folder: &Path| -> Outcome<Vec<(PathBuf, Vec<u8>)>> {
        let files = names(folder)?.into_iter().map(|name| folder.join(name));
        files.map(|file| about(&file, fs::read(&file)).map(|content| (file, content))).collect()
    };
    let (wanted, known) = (contents(merged)?, contents(corpus)?);
    let has = |files: &[(PathBuf, Vec<u8>)], content: &[u8]| files.iter().any(|(_, known)| known == content);
    for (file, _) in known.iter().filter(|(_, content)| !has(&wanted, content)) {
        about(file, fs::remove_file(file))?;
    }
    for (file, content) in wanted.iter().filter(|(_, content)| !has(&known, content)) {
        let short: String = file.file_name().unwrap_or_default().to_string_lossy().chars().take(12).collect();
        let file = corpus.join(format!("found-{short}"));
        about(&file, fs::write(&file, content))?;
    }
    Ok(())
}

/// What became of a target.
#[derive(Debug, Default, PartialEq)]
struct Found {
    name: String,
    has_passed: bool,
    executions: u64,
    each_second: u64,
    /// How many edges of the compiled code ran.
    edges: u64,
    inputs: u64,
}

/// What libFuzzer tells: `#524288 pulse  cov: 1830 ft: 5409 corp: 512/19Kb exec/s: 87381`, and counts at the end.
fn figures(told: &str) -> Found {
    let number = |text: &str| text.trim().split(|c: char| !c.is_ascii_digit()).next()?.parse().ok();
    let last = |name: &str| told.lines().rev().find_map(|line| number(line.split_once(name)?.1)).unwrap_or(0);
    // A target that fails tells no counts: the last line does.
    let counted = told.lines().rev().find_map(|line| number(line.strip_prefix('#')?)).unwrap_or(0);
    Found {
        executions: last("stat::number_of_executed_units:").max(counted),
        each_second: last("exec/s: ").max(last("stat::average_exec_per_sec:")),
        edges: last(" cov: "),
        inputs: last(" corp: "),
        ..Found::default()
    }
}

fn last(text: &str, count: usize) -> String {
    let lines: Vec<&str> = text.lines().collect();
    lines.get(lines.len().saturating_sub(count)..).unwrap_or_default().join("\n")
}

fn summed_up(found: &[Found]) -> Outcome {
    let mut table = format!("{:<14}{:>14}{:>12}{:>10}{:>10}\n", "target", "executions", "a second", "edges", "inputs");
    for one in found {
        let end = if one.has_passed { "" } else { "  FAILED" };
        let Found { name, executions, each_second, edges, inputs, .. } = one;
        let written = writeln!(table, "{name:<14}{executions:>14}{each_second:>12}{edges:>10}{inputs:>10}{end}");
        written.map_err(|error| Problem(error.to_string()))?;
    }
    print!("{table}");
    let failed: Vec<&str> = found.iter().filter(|one| !one.has_passed).map(|one| one.name.as_str()).collect();
    if failed.is_empty() {
        return Ok(());
    }
    let place = target_dir().join("fuzz");
    Err(Problem(format!(
        "These failed: {}. The inputs are in {}, in TARGET/failed, and run again by `target/fuzz-build/…/TARGET INPUT`.",
        failed.join(", "),
        place.display()
    )))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn targets_are_the_binaries_of_the_manifest() {
        let manifest = "# A [[bin]] each.\n[package]\nname = \"x\"\n\n[[bin]]\nname = \"a\"\npath = \"a.rs\"\n\n[[bin]]\nname = \"b\"\n";
        assert_eq!(targets(manifest), ["a", "b"]);
    }

    #[test]
    fn figures_are_those_that_were_told_last() {
        let running = "#2\tINITED cov: 90 ft: 95 corp: 3/6b exec/s: 0 rss: 34Mb\n\
            #4096\tpulse  cov: 120 ft: 300 corp: 17/400b lim: 40 exec/s: 2048 rss: 35Mb\n";
        let figures_at = |text: &str| {
            let Found { executions, each_second, edges, inputs, .. } = figures(text);
            (executions, each_second, edges, inputs)
        };
        assert_eq!(figures_at(&format!("{running}==7== ERROR: libFuzzer: deadly signal\n")), (4096, 2048, 120, 17));
        let done = "stat::number_of_executed_units: 9000\nstat::average_exec_per_sec:     3000\n";
        assert_eq!(figures_at(&format!("{running}{done}")), (9000, 3000, 120, 17));
    }

    #[test]
    fn a_corpus_keeps_the_names_of_what_it_keeps() {
        let place = std::env::temp_dir().join(format!("pgscope-corpus-{}", std::process::id()));
        let (merged, corpus) = (place.join("merged"), place.join("corpus"));
        for (folder, files) in
            [(&merged, [("0123456789abcdef", "a"), ("x", "new")]), (&corpus, [("named", "a"), ("old", "b")])]
        {
            fs::create_dir_all(folder).unwrap();
            files.iter().for_each(|(name, content)| fs::write(folder.join(name), content).unwrap());
        }
        replace(&merged, &corpus).unwrap();
        assert_eq!(names(&corpus).unwrap(), ["found-x", "named"]);
        fs::remove_dir_all(place).unwrap();
    }
}
