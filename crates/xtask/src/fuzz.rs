//! Fuzzing with cargo-fuzz on nightly Rust. `cargo xtask test` needs none of this: the crates' own tests replay the
//! corpora on stable.

use std::path::Path;

use crate::Arguments;
use crate::run::{Outcome, Problem, Run, about, target_dir};
use crate::setup;

const SECONDS: u32 = 60;
const MANIFEST: &str = "fuzz/Cargo.toml";

/// Runs one target, or all of them, each for the given time.
pub(crate) fn command(mut arguments: Arguments) -> Outcome {
    let seconds = arguments.number("--seconds", SECONDS)?;
    let only = arguments.next();
    arguments.end()?;
    let manifest = about(Path::new(MANIFEST), std::fs::read_to_string(MANIFEST))?;
    let targets = targets(&manifest);
    let chosen: Vec<&String> = targets.iter().filter(|name| only.as_ref().is_none_or(|only| only == *name)).collect();
    if chosen.is_empty() {
        return Err(Problem(format!("The targets in {MANIFEST} are: {}.", targets.join(", "))));
    }
    if Run::new("rustup").args(["run", "nightly", "rustc", "--version"]).asked().is_none() {
        return Err(Problem(
            "Fuzzing needs nightly Rust: rustup toolchain install nightly --profile minimal".to_owned(),
        ));
    }
    let tools = [setup::cargo_fuzz()?];
    for target in chosen {
        eprintln!("Fuzzing {target} for {seconds} s.");
        // What is found goes to the first folder; the corpus in the repository is only read.
        let found = target_dir().join("fuzz").join(target);
        let corpus = Path::new("fuzz/corpus").join(target);
        about(&found, std::fs::create_dir_all(&found))?;
        let run =
            Run::new("cargo").args(["fuzz", "run", target]).args([&found]).args(corpus.is_dir().then_some(&corpus));
        let run = run.args(["--", &format!("-max_total_time={seconds}")]);
        run.env("RUSTUP_TOOLCHAIN", "nightly").with_tools(&tools)?.run()?;
    }
    Ok(())
}

/// The names of the manifest's `[[bin]]` entries.
fn targets(manifest: &str) -> Vec<String> {
    let entries = manifest.split("\n[[bin]]\n").skip(1);
    let name = |entry: &str| Some(entry.split_once("name = \"")?.1.split('"').next()?.to_owned());
    entries.filter_map(name).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn targets_are_the_binaries_of_the_manifest() {
        let manifest = "# A [[bin]] each.\n[package]\nname = \"x\"\n\n[[bin]]\nname = \"a\"\npath = \"a.rs\"\n\n[[bin]]\nname = \"b\"\n";
        assert_eq!(targets(manifest), ["a", "b"]);
    }
}
