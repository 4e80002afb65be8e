//! What is published: the package for npm, with the elements, the API and the command as WebAssembly; and the crates.

use std::fs;
use std::path::{Path, PathBuf};

use crate::run::{Outcome, Problem, Run, about, target_dir};
use crate::{Arguments, parts, setup, stage};

/// Where the packages are put together, below the target folder.
const PACKAGES: &str = "packages";
pub(crate) const NPM_FOLDER: &str = "packages/npm";
/// What of npm's package is written by hand.
const NPM: &str = "web/npm";
/// The command, as the compiler leaves it and as the package has it.
const COMMAND: &str = "wasm32-wasip1/site/pgscope.wasm";
const COMMAND_IN_PACKAGE: &str = "pgscope-command.wasm";
const LICENSES: [&str; 2] = ["LICENSE-MIT", "LICENSE-APACHE"];
/// The crates in the order in which they are published.
const CRATES: [&str; 6] =
    ["pgscope-proto", "pgscope-capture", "pgscope-session", "pgscope-sim", "pgscope-view", "pgscope-cli"];

/// Makes all packages, or one kind of them.
pub(crate) fn command(mut arguments: Arguments) -> Outcome {
    let only = arguments.option("--only")?;
    arguments.end()?;
    match only.as_deref() {
        None => npm(true).and_then(|_| crates()),
        Some("npm") => npm(true).map(drop),
        Some("crates") => crates(),
        Some(_) => Err(Problem("--only takes one of: npm, crates.".to_owned())),
    }
}

/// Puts the package for npm together, and packs it: gives the archive. Where Rust's library for WASI cannot be had, a package that is
/// only tried may lack the command.
pub(crate) fn npm(is_for_all: bool) -> Outcome<PathBuf> {
    setup::wasm_target()?;
    setup::node()?;
    let wasi = setup::wasi_target();
    let packages = target_dir().join(PACKAGES);
    let folder = target_dir().join(NPM_FOLDER);
    if folder.exists() {
        about(&folder, fs::remove_dir_all(&folder))?;
    }
    stage::copy_folder(Path::new(NPM), &folder)?;
    stage::copy_folder(&parts::elements()?, &folder.join("elements"))?;
    for license in LICENSES {
        about(Path::new(license), fs::copy(license, folder.join(license)))?;
    }
    match wasi {
        Err(problem) if !is_for_all => eprintln!("The package is tried without its command: {problem}"),
        there => there.and_then(|()| command_in(&folder))?,
    }
    Run::new("node").args(["crates/xtask/src/integrity.mjs"]).args([&folder]).run()?;
    setup::npm("pack").args(["--silent", "--pack-destination", ".."]).within(&folder).run()?;
    let archive = packages.join(format!("pgscope-{}.tgz", env!("CARGO_PKG_VERSION")));
    about(&archive, fs::metadata(&archive))?;
    println!("The package for npm: {}", archive.display());
    Ok(archive)
}

/// The command as WebAssembly. What draws pixels is left out, with its fonts.
fn command_in(folder: &Path) -> Outcome {
    Run::cargo("build --profile site --package pgscope-cli --no-default-features --target")
        .args([setup::WASI_TARGET])
        .beside_others()
        .run()?;
    Run::new(setup::wasm_opt()?.join("wasm-opt"))
        .args(["-O2"])
        .args([target_dir().join(COMMAND)])
        .args(["-o"])
        .args([folder.join(COMMAND_IN_PACKAGE)])
        .run()
}

/// Packs the crates, and builds each from what was packed.
fn crates() -> Outcome {
    let chosen = CRATES.iter().flat_map(|name| ["--package", name]);
    Run::cargo("package --allow-dirty").args(chosen).run()?;
    println!("The crates: {}", target_dir().join("package").display());
    Ok(())
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_package_for_npm_has_the_version_of_the_crates() {
        let manifest = include_str!("../../../web/npm/package.json");
        assert!(manifest.contains(&format!("\"version\": \"{}\"", env!("CARGO_PKG_VERSION"))));
    }
}
