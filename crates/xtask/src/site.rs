//! Building the site into `dist/` with Trunk. Trunk.toml says how; its hook calls `finish-site` (hashes.rs).

use std::path::{Path, PathBuf};

use crate::run::{Outcome, Problem, Run, plain};
use crate::setup;

/// Where the built site lies.
pub(crate) const DIST: &str = "dist";

/// What the page may load and do. index.html says the same, for hosts that send no headers of their own.
pub(crate) const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; \
     style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; worker-src 'self'; \
     manifest-src 'self'; base-uri 'none'; form-action 'none'";

/// Sets up what is missing and builds the site.
pub(crate) fn build() -> Outcome {
    let tools = setup::site_tools()?;
    let trunk = setup::program(&tools, "trunk")?;
    eprintln!("Building the site into {DIST}/. The first time takes some minutes.");
    let mut run = Run::new(trunk).args(["build", "--skip-version-check"]);
    if plain() || std::env::var_os("NO_COLOR").is_some() {
        // Trunk wants this word, where other programs take any.
        run = run.env("NO_COLOR", "true");
    }
    if let Some(flags) = short_paths() {
        // For this target alone: the hook builds this very program again where its flags are others.
        run = run.env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS", flags);
    }
    run.with_tools(&tools)?.run()?;
    if !Path::new(DIST).join("index.html").is_file() {
        return Err(Problem(format!("Trunk left no {DIST}/index.html.")));
    }
    Ok(())
}

/// Flags by which the places of panics in libraries are told without where these lie on this machine: that is shorter, and
/// the same on each. Nothing where a path has blanks, which divide flags.
fn short_paths() -> Option<String> {
    let home = std::env::home_dir().map(|home| home.join(".cargo"));
    let cargo = std::env::var_os("CARGO_HOME").map(PathBuf::from).or(home)?;
    let libraries = std::fs::read_dir(cargo.join("registry/src")).ok()?.flatten().map(|index| index.path());
    let sysroot = Run::new("rustc").args(["--print", "sysroot"]).asked()?;
    let sources = Path::new(sysroot.trim()).join("lib/rustlib/src/rust");
    let without = |path: PathBuf| format!("--remap-path-prefix={}=", path.display());
    let flags: Vec<String> = libraries.chain([sources]).map(without).collect();
    let is_whole = flags.iter().all(|flag| !flag.contains(char::is_whitespace));
    is_whole.then(|| flags.join(" "))
}

/// A site must be there already.
pub(crate) fn built() -> Outcome {
    if Path::new(DIST).join("index.html").is_file() {
        return Ok(());
    }
    Err(Problem(format!("There is no site in {DIST}/ yet: run `cargo xtask build`.")))
}
