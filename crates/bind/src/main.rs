//! Makes of WebAssembly, as the compiler leaves it, what a browser loads: the script around a module (wasm-bindgen), and
//! the parts of one that is split (wasm-split).
//!
//! ```text
//! a module ──────────────────────────────────────wasm-bindgen──▶ NAME.js, NAME_bg.wasm
//!
//! a module with relocations ──wasm-split──▶ main ──wasm-bindgen──▶ NAME.js, NAME_bg.wasm
//!                                        ├▶ split_….wasm, chunk_….wasm
//!                                        └▶ __wasm_split.js, which fetches those
//! ```
//!
//! The libraries of both tools as one small program, in the versions of Cargo.lock: that is built in a fraction of the
//! time of their command lines. `cargo xtask` calls it; it knows neither the page nor its files.

use std::error::Error;
use std::fs;
use std::path::Path;
use std::process::ExitCode;

use wasm_bindgen_cli_support::Bindgen;
use wasm_split_cli_support::Options;

mod panics;

const HELP: &str = "pgscope-bind [--split | --split-and-trap | --types] MODULE NAME FOLDER";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let done = match words.as_slice() {
        ["--split", module, name, folder] => split(module.as_ref(), name, folder.as_ref()),
        ["--split-and-trap", module, name, folder] => {
            split(module.as_ref(), name, folder.as_ref()).and_then(|()| panics::trap_in(folder.as_ref()))
        }
        ["--types", module, name, folder] => bind(module.as_ref(), name, folder.as_ref(), Kind::Api),
        [module, name, folder] => bind(module.as_ref(), name, folder.as_ref(), Kind::Whole),
        _ => Err(HELP.into()),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

/// Takes a module apart, and binds its main part.
fn split(module: &Path, name: &str, folder: &Path) -> Result<(), Box<dyn Error>> {
    let main = folder.join(name).with_extension("wasm");
    let input = fs::read(module)?;
    let script = format!("./{name}.js");
    let mut options = Options::new(&input);
    options.output_dir = folder;
    options.main_out_path = &main;
    options.main_module = &script;
    options.target.web();
    wasm_split_cli_support::transform(options).map_err(|error| format!("{error:#}"))?;
    bind(&main, name, folder, Kind::Split)?;
    Ok(fs::remove_file(main)?)
}

/// What a module is to become.
#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Whole,
    /// The main part of several, which keeps what the linker exports: they need it.
    Split,
    /// With declarations for TypeScript.
    Api,
}

/// Writes the script by which a page and a module call each other, and the module that belongs to it.
fn bind(module: &Path, name: &str, folder: &Path, kind: Kind) -> Result<(), Box<dyn Error>> {
    let mut bindgen = Bindgen::new();
    bindgen.web(true)?.typescript(kind == Kind::Api).keep_lld_exports(kind == Kind::Split);
    bindgen.out_name(name).input_path(module);
    bindgen.generate(folder).map_err(|error| format!("{error:#}").into())
}
