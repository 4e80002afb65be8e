//! Building the site into `dist/`: what is compiled (parts.rs), what is static (stage.rs), and what is done to both at the end.

use std::fs;
use std::path::{Path, PathBuf};

use crate::progress::{Progress, Step};
use crate::run::{Outcome, Problem, Run, about, joined, target_dir};
use crate::shrink::shrink;
use crate::{hashes, parts, setup, stage};

/// Where the built site lies.
pub(crate) const DIST: &str = "dist";

/// What the page may load and do. index.html says the same, for hosts that send no headers of their own.
pub(crate) const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; \
     style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; worker-src 'self'; \
     frame-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'none'";

/// Where the static files of the site come from.
const WEB: &str = "web";
/// Where the site is put together, below the target folder.
const STAGE: &str = "site-stage";

const LIBRARIES: &str = "Rust's libraries fetched";
const TOOLS: &str = "npm's tools fetched";
const BINDER: &str = "what binds WebAssembly compiled";
const MODULES: &str = "the page and the simulator compiled";
const PARTS: &str = "both split and made small";
const TEXTS: &str = "docs and reference written";

/// Sets up what is missing, builds what has changed, and puts the site together.
///
/// What is for this machine is built beside what is for the browser: the optimisation of a module as a whole takes one core.
pub(crate) fn build() -> Outcome {
    page()?;
    elements()
}

/// What other pages have of the site.
pub(crate) fn elements() -> Outcome {
    parts::put_elements(Path::new(DIST))
}

/// The same, but for what only other pages have of it.
pub(crate) fn page() -> Outcome {
    setup::wasm_target()?;
    let progress = Progress::new(&format!("Building the site into {DIST}/"), steps());
    progress.step(LIBRARIES, libraries)?;
    std::thread::scope(|scope| {
        let tools = scope.spawn(|| progress.step(TOOLS, setup::site_tools));
        let binder = scope.spawn(|| progress.step(BINDER, parts::binder));
        let modules = progress.step(MODULES, modules);
        joined(tools)?;
        joined(binder)?;
        modules?;
        let texts = scope.spawn(|| progress.step(TEXTS, parts::texts));
        progress.step(PARTS, || parts::page().and_then(|_| parts::simulator()))?;
        joined(texts)
    })?;
    put_together()
}

/// What a first build takes, step by step.
fn steps() -> Vec<Step> {
    let first = |name, seconds, is_there: bool| Step { name, seconds, is_first: !is_there };
    let built = |what: &str| target_dir().join(what).exists();
    vec![
        first(LIBRARIES, 10, built(parts::PAGE)),
        first(TOOLS, 5, setup::are_site_tools_there()),
        first(BINDER, 40, built(parts::BINDER)),
        first(MODULES, 80, built(parts::PAGE) && built(parts::SIMULATOR)),
        first(PARTS, 45, parts::is_kept(parts::PAGE_PART) && parts::is_kept(parts::SIMULATOR_PART)),
        first(TEXTS, 25, parts::is_kept(parts::TEXTS_PART)),
    ]
}

/// Fetches what the page is compiled with. That comes first: where it lies is left out of what is compiled.
fn libraries() -> Outcome {
    Run::cargo("fetch --quiet --locked --target").args([setup::WASM_TARGET]).run()
}

/// Compiles the page and the simulator in one go, so that what is below both is compiled once. What only one of them uses
/// is not left in the other.
fn modules() -> Outcome {
    let run = Run::cargo("build --profile site --package pgscope-ui --package pgscope-play --target")
        .args([setup::WASM_TARGET])
        .beside_others();
    // For this target alone: programs for this machine would be built again where their flags are others.
    match short_paths() {
        Some(flags) => run.env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS", flags).run(),
        None => run.run(),
    }
}

/// Puts the site together beside the one that is there, and then in its place.
fn put_together() -> Outcome {
    let stage = target_dir().join(STAGE);
    emptied(&stage)?;
    stage::stage(Path::new(WEB), &stage)?;
    finish(&stage)?;
    emptied(Path::new(DIST))?;
    stage::copy_folder(&stage, Path::new(DIST))
}

/// Puts what is made of compiled code into the site at `folder`, unless it is there; names what the page fetches later; shrinks scripts and styles; gives
/// all files names after their content.
///
/// Trunk's hook calls this too. What Trunk made of the modules is replaced: it does not know how to split them.
pub(crate) fn finish(folder: &Path) -> Outcome {
    if !parts::are_in(folder)? {
        parts::put_into(folder)?;
    }
    list_languages(&folder.join("scenarios"))?;
    list_rest(folder)?;
    shrink(folder)?;
    hashes::rename(folder)
}

/// What Trunk's hook does.
pub(crate) fn finish_whole(folder: &Path) -> Outcome {
    let is_new = !parts::are_in(folder)?;
    finish(folder)?;
    if is_new { parts::put_elements(folder) } else { Ok(()) }
}

/// The folders of texts that the page fetches when they are wanted, and the file that names all of these: the page fetches
/// them when it is idle.
const FETCHED: [&str; 5] = ["code", "docs", "samples", "scenarios", "talk"];
const REST: &str = "rest.txt";

fn list_rest(folder: &Path) -> Outcome {
    let mut names = Vec::new();
    for part in FETCHED {
        for entry in about(&folder.join(part), fs::read_dir(folder.join(part)))? {
            let entry = entry?;
            let name = entry.file_name().to_string_lossy().into_owned();
            // A folder in there holds translations: they come when somebody wants them.
            if !name.starts_with("README") && entry.path().is_file() {
                names.push(format!("./{part}/{name}\n"));
            }
        }
    }
    names.sort();
    let path = folder.join(REST);
    about(&path, fs::write(&path, names.concat()))
}

/// The languages in which the page can speak, by the folders of them: a line each with the folder's name and what the language calls
/// itself, which is what its words put in the place of `English`.
fn list_languages(scenarios: &Path) -> Outcome {
    let mut lines = Vec::new();
    for entry in about(scenarios, fs::read_dir(scenarios))? {
        let words = entry?.path().join("words.txt");
        let Some(name) = words.parent().and_then(Path::file_name).filter(|_| words.is_file()) else { continue };
        let list = about(&words, fs::read_to_string(&words))?;
        let own = list.lines().find_map(|line| line.strip_prefix("English\t"));
        let own =
            own.ok_or_else(|| Problem(format!("{} does not say how the language calls itself.", words.display())))?;
        lines.push(format!("{}\t{own}\n", name.to_string_lossy()));
    }
    lines.sort();
    let path = scenarios.join("languages.txt");
    about(&path, fs::write(&path, lines.concat()))
}

/// A folder with nothing in it.
fn emptied(folder: &Path) -> Outcome {
    if folder.exists() {
        about(folder, std::fs::remove_dir_all(folder))?;
    }
    about(folder, std::fs::create_dir_all(folder))
}

/// Flags by which the places of panics in libraries are told without where these lie on this machine: that is shorter, and
/// the same on each. Nothing where a path has blanks, which divide flags.
pub(crate) fn short_paths() -> Option<String> {
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
