//! Splits the page's WebAssembly: what the first look needs, and parts that the page fetches when they are first wanted.
//!
//! ```text
//! pgscope-ui.wasm ──wasm-split-cli──▶ the main module ──wasm-bindgen──▶ pgscope-ui.js, pgscope-ui_bg.wasm
//!  (with relocations)               ├▶ split_….wasm, chunk_….wasm
//!                                   └▶ pgscope-later.js, which fetches those
//! ```
//!
//! Where it is split, `crates/ui/src/later.rs` says. Trunk does not know of this: what it made of the whole module is
//! replaced.

use std::fs;
use std::path::{Path, PathBuf};

use crate::hashes::plain_name;
use crate::imports::shortened;
use crate::run::{Outcome, Problem, Run, about, target_dir};
use crate::setup;

/// The module as the compiler leaves it, below the target folder.
const BUILT: &str = "wasm32-unknown-unknown/site/pgscope-ui.wasm";
const NAME: &str = "pgscope-ui";
/// What fetches the parts: as the tool calls it, by which name WebAssembly imports from it, and as the site does.
const TOOLS_FETCHER: &str = "__wasm_split.js";
const FETCHER: &str = "pgscope-later.js";
/// How wasm-opt makes a module small.
const SMALL: [&str; 4] = ["-Oz", "--converge", "--low-memory-unused", "--reorder-functions-by-name"];

/// Puts the split module in the place of the whole one, in the site at `folder`, unless that was done.
pub(crate) fn split(folder: &Path) -> Outcome {
    if is_split(folder)? {
        return Ok(());
    }
    let tools = setup::site_tools()?;
    let tool = |name: &str| Run::new(setup::program(&tools, name)?).with_tools(&tools);
    let main = folder.join(NAME).with_extension("wasm");
    tool("wasm-split-cli")?
        .args([&target_dir().join(BUILT), folder])
        .args(["--out-name", NAME, "--target", "web"])
        .run()?;
    tool("wasm-bindgen")?
        .args(["--target", "web", "--no-typescript", "--keep-lld-exports", "--out-name", NAME, "--out-dir"])
        .args([folder, &main])
        .run()?;
    about(&main, fs::remove_file(&main))?;
    shorten(folder)?;
    for module in modules(folder)? {
        tool("wasm-opt")?.args(SMALL).args([&module]).args(["-o"]).args([&module]).run()?;
    }
    rewrite(&folder.join(TOOLS_FETCHER), &folder.join(FETCHER), tolerant)?;
    let script = folder.join(NAME).with_extension("js");
    rewrite(&script, &script, |text| {
        replaced(text, &format!("from \"./{TOOLS_FETCHER}\""), &format!("from \"./{FETCHER}\""))
    })
}

fn shorten(folder: &Path) -> Outcome {
    let (module, script) = (folder.join(format!("{NAME}_bg.wasm")), folder.join(format!("{NAME}.js")));
    let (short_module, short_script) =
        shortened(&about(&module, fs::read(&module))?, &about(&script, fs::read_to_string(&script))?)?;
    about(&module, fs::write(&module, short_module))?;
    about(&script, fs::write(&script, short_script))
}

fn rewrite(from: &Path, to: &Path, change: impl Fn(&str) -> Outcome<String>) -> Outcome {
    let text = change(&about(from, fs::read_to_string(from))?)?;
    about(from, fs::remove_file(from))?;
    about(to, fs::write(to, text))
}

/// What a tool has written, with something else in the place of what it is known to write.
fn replaced(text: &str, known: &str, new: &str) -> Outcome<String> {
    match text.contains(known) {
        true => Ok(text.replace(known, new)),
        false => Err(Problem(format!("A tool does not write “{known}” any more: see crates/xtask/src/split.rs."))),
    }
}

fn is_split(folder: &Path) -> Outcome<bool> {
    Ok(names(folder)?.iter().any(|name| plain_name(name) == FETCHER))
}

/// All modules of the page: the first one and its parts.
fn modules(folder: &Path) -> Outcome<Vec<PathBuf>> {
    let is_part = |name: &str| ["pgscope-ui_bg", "split_", "chunk_"].iter().any(|part| name.starts_with(part));
    let names = names(folder)?.into_iter().filter(|name| name.ends_with(".wasm") && is_part(name));
    Ok(names.map(|name| folder.join(name)).collect())
}

/// The names of what is in a folder.
pub(crate) fn names(folder: &Path) -> Outcome<Vec<String>> {
    let entries = about(folder, fs::read_dir(folder))?.collect::<Result<Vec<_>, _>>()?;
    let mut names: Vec<String> = entries.iter().map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    Ok(names)
}

/// Hosts that give WebAssembly another type serve the parts too; what a host says instead of a part is told as an error.
fn tolerant(fetcher: &str) -> Outcome<String> {
    const STRICT: &str = "WebAssembly.instantiateStreaming(src, imports)";
    const TOLERANT: &str = "instantiate(await src, imports)";
    const INSTANTIATE: &str = "async function instantiate(response, imports) {
    if (!response.ok) throw new Error(`${response.url} answered ${response.status}`);
    return WebAssembly.instantiate(await response.arrayBuffer(), imports);
}
";
    Ok(replaced(fetcher, STRICT, TOLERANT)? + INSTANTIATE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_come_from_any_host() {
        let fetcher = "async (imports) => (WebAssembly.instantiateStreaming(src, imports));\n";
        let tolerant = tolerant(fetcher).unwrap();
        assert!(tolerant.starts_with("async (imports) => (instantiate(await src, imports));\nasync function"));
        assert!(super::tolerant("").is_err());
    }
}
