//! What the site has of compiled code: the page's WebAssembly, split into what the first look needs and parts that the page
//! fetches when they are first wanted; the simulator; the docs and the reference, as the command writes them.
//!
//! ```text
//! pgscope-ui.wasm ──pgscope-bind──▶ pgscope-ui.js, pgscope-ui_bg.wasm ──wasm-opt──▶ smaller
//!  (with relocations)            ├▶ split_….wasm, chunk_….wasm ─────────wasm-opt──▶ smaller
//!                                └▶ pgscope-later.js, which fetches those
//! ```
//!
//! Where the page is split, `crates/ui/src/later.rs` says. Each part is kept with a note of what it was made of, and made
//! anew only where that has changed.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use flate2::Compression;
use flate2::write::GzEncoder;

use crate::hashes::{digest, plain_name};
use crate::imports::shortened;
use crate::run::{Outcome, Problem, Run, about, joined, target_dir};
use crate::setup;
use crate::site::short_paths;
use crate::stage::copy_folder;

/// The modules as the compiler leaves them, below the target folder.
pub(crate) const PAGE: &str = "wasm32-unknown-unknown/site/pgscope-ui.wasm";
pub(crate) const SIMULATOR: &str = "wasm32-unknown-unknown/site/pgscope_play.wasm";
const API: &str = "wasm32-unknown-unknown/site/pgscope_wasm.wasm";
const LEAN_API: &str = "wasm32-unknown-unknown/parts/pgscope_wasm.wasm";
/// The elements for other pages.
const ELEMENTS: &str = "web/elements";
const EMBED: &str = "web/embed";
/// The sheet of what is rendered, and what the loader adds to it.
const SHEET: &str = "pgscope.css";
const LIVE: &str = "live.css";
/// The programs for this machine, below it, and what builds them.
pub(crate) const BINDER: &str = "debug/pgscope-bind";
const BINDER_BY: &str = "build --package pgscope-bind";
pub(crate) const COMMAND: &str = "debug/pgscope";
const COMMAND_BY: &str = "build --package pgscope-cli --no-default-features";
/// Where the parts are kept, below the target folder, and what they are called there.
const KEPT: &str = "site-parts";
pub(crate) const PAGE_PART: &str = "page";
pub(crate) const SIMULATOR_PART: &str = "simulator";
pub(crate) const TEXTS_PART: &str = "texts";
pub(crate) const ELEMENTS_PART: &str = "elements";
const LEAN_PART: &str = "lean";

/// The API in parts, as it is called among the elements, and what fetches its parts.
const LEAN: &str = "lean";
const LEAN_FETCHER: &str = "lean-later.js";
/// The docs of what texts stand for, those of what programs say, and what stands in a line that says where the manual describes a message.
const MEANINGS: [&str; 3] = ["commands.txt", "settings.txt", "sqlstates.txt"];
const SAID: &str = "said.txt";
const MANUAL: &str = "#manual";

/// What fetches the page's parts: as the tool calls it, by which name WebAssembly imports from it, and as the site does.
const TOOLS_FETCHER: &str = "__wasm_split.js";
const FETCHER: &str = "pgscope-later.js";
/// How wasm-opt makes a module small; over and over for the one that everybody fetches first: that is 2 in a thousand. Of what this and
/// [`EVEN`] make of a large one, the one is kept that is shorter as it is sent; of a small one it is always the first, and each run takes a second.
const SMALL: [&str; 3] = ["-Oz", "--low-memory-unused", "--reorder-functions-by-name"];
const OVER_AND_OVER: &str = "--converge";
const LARGE: u64 = 60_000;
/// How it leaves more as the compiler wrote it, which is longer and often shorter when it is compressed.
const EVEN: [&str; 4] = ["-O1", "--shrink-level=2", "--low-memory-unused", "--reorder-functions-by-name"];
/// What is done to modules, and by what: this file, that of the binder, and the versions of its libraries.
const METHODS: [&str; 5] = [
    include_str!("parts.rs"),
    include_str!("imports.rs"),
    include_str!("../../bind/src/main.rs"),
    include_str!("../../bind/src/panics.rs"),
    include_str!("../../../Cargo.lock"),
];

/// Puts all parts into the site at `folder`.
pub(crate) fn put_into(folder: &Path) -> Outcome {
    [page()?, simulator()?, texts()?].iter().try_for_each(|part| copy_folder(part, folder))
}

/// The page's modules and scripts.
pub(crate) fn page() -> Outcome<PathBuf> {
    let module = target_dir().join(PAGE);
    let note = note_of_module(&module)?;
    part(PAGE_PART, &note, |folder| {
        split("--split", &module, "pgscope-ui", FETCHER, tolerant, folder)?;
        pack(folder, FETCHER, 1600, |name| format!("\"./{name}\""), ["[", "]", "\"./chunks.bin\""])
    })
}

/// Splits a module, and makes its parts small. What fetches them is called `fetcher`, and changed by `change`.
fn split(
    how: &str,
    module: &Path,
    name: &str,
    fetcher: &str,
    change: impl Fn(&str) -> Outcome<String>,
    folder: &Path,
) -> Outcome {
    bind(&[how], module, name, folder)?;
    shorten(folder, name)?;
    shrink(folder, Some(name))?;
    rewrite(&folder.join(TOOLS_FETCHER), &folder.join(fetcher), change)?;
    let script = folder.join(name).with_extension("js");
    rewrite(&script, &script, |text| {
        replaced(text, &format!("from \"./{TOOLS_FETCHER}\""), &format!("from \"./{fetcher}\""))
    })
}

/// The simulator's module and script.
pub(crate) fn simulator() -> Outcome<PathBuf> {
    let module = target_dir().join(SIMULATOR);
    let note = note_of_module(&module)?;
    part(SIMULATOR_PART, &note, |folder| {
        bind(&[], &module, "pgscope-play", folder)?;
        shrink(folder, None)
    })
}

/// The docs that the page fetches, what scenarios are played to, and the pages of the reference.
pub(crate) fn texts() -> Outcome<PathBuf> {
    let command = command()?;
    let file = about(&command, fs::metadata(&command))?;
    let note = format!("{:?} {} {}", file.modified()?, file.len(), digest(include_bytes!("parts.rs")));
    part(TEXTS_PART, &note, |folder| {
        let write = |what: &[&str], to: &str| Run::new(&command).args(what).args([folder.join(to)]).run();
        write(&["messages", "--docs"], "docs")?;
        write(&["scenarios", "--played"], "scenarios")?;
        write(&["messages", "--format", "html", "--out"], "messages")
    })
}

/// What elements draw and `decode` reads by itself: a first module, and the parts that are fetched when they are wanted, one of them
/// the docs.
fn lean() -> Outcome<PathBuf> {
    let build = "build --profile parts --package pgscope-wasm --no-default-features --features parts --target";
    let run = Run::cargo(build).args([setup::WASM_TARGET]).beside_others();
    match short_paths() {
        Some(flags) => run.env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS", flags).run()?,
        None => run.run()?,
    }
    let (module, docs) = (target_dir().join(LEAN_API), texts()?.join("docs"));
    let (words, meanings) = (docs_but(&docs, &MEANINGS)?, docs_of(&docs, &MEANINGS)?);
    let note = format!("{} {}", note_of_module(&module)?, digest([words.as_str(), &meanings].concat().as_bytes()));
    part(LEAN_PART, &note, |folder| {
        split("--split-and-trap", &module, LEAN, LEAN_FETCHER, by_parts, folder)?;
        let is_fetched = |name: &str| format!("part(new URL(\"./{name}\", import.meta.url))");
        pack(folder, LEAN_FETCHER, 3000, is_fetched, ["small(", ")", "new URL(\"./chunks.bin\", import.meta.url)"])?;
        fs::write(folder.join("words.txt"), words)?;
        fs::write(folder.join("meanings.txt"), meanings)?;
        Ok(())
    })
}

/// Puts parts of up to `largest` bytes into one file: a request for each would cost more than it brings, and each has a name in the
/// script. Where that fetches one, it has its place in the file instead, in two words.
fn pack(
    folder: &Path,
    fetcher: &str,
    largest: usize,
    is_fetched: impl Fn(&str) -> String,
    [before, behind, file]: [&str; 3],
) -> Outcome {
    let fetcher = folder.join(fetcher);
    let (mut script, mut all) = (about(&fetcher, fs::read_to_string(&fetcher))?, Vec::new());
    for name in names(folder)?.into_iter().filter(|name| name.starts_with("chunk_")) {
        let path = folder.join(&name);
        let content = about(&path, fs::read(&path))?;
        if content.len() > largest {
            continue;
        }
        let from = all.len();
        all.extend(content);
        script = replaced(&script, &is_fetched(&name), &format!("{before}{from}, {}{behind}", all.len()))?;
        about(&path, fs::remove_file(&path))?;
    }
    let packed = folder.join("chunks.bin");
    about(&packed, fs::write(&packed, all))?;
    about(&fetcher, fs::write(&fetcher, script + &SMALL_PARTS.replace("FILE", file)))
}

/// What takes a part out of that file.
const SMALL_PARTS: &str = "let chunks;
async function small(from, to) {
    chunks ??= part(FILE).catch((error) => {
        chunks = undefined;
        throw error;
    });
    return (await chunks).slice(from, to);
}
";

/// Docs of these files as one.
fn docs_of(folder: &Path, files: &[&str]) -> Outcome<String> {
    let mut lines = Vec::new();
    for file in files {
        let path = folder.join(file);
        let text = about(&path, fs::read_to_string(&path))?;
        lines.extend(text.lines().filter(|line| !line.contains(MANUAL)).map(str::to_owned));
    }
    // In the order of the names: a blank would stand before what goes on with a point.
    lines.sort_by(|a, b| a.split('\t').next().cmp(&b.split('\t').next()));
    lines.dedup();
    Ok(lines.into_iter().flat_map(|line| [line, "\n".to_owned()]).collect())
}

/// Docs of all other files; what stands in a folder there stands in these, too.
fn docs_but(folder: &Path, files: &[&str]) -> Outcome<String> {
    let names = names(folder)?;
    let is_other = |name: &&str| name.ends_with(".txt") && !files.contains(name) && *name != SAID;
    let others: Vec<&str> = names.iter().map(String::as_str).filter(is_other).collect();
    docs_of(folder, &others)
}

/// The elements for other pages: the loader, the engine that it fetches with what it is made of, the whole API for JavaScript's
/// programmers, and the sheet of what is rendered.
pub(crate) fn elements() -> Outcome<PathBuf> {
    Run::cargo("build --profile site --package pgscope-wasm --target")
        .args([setup::WASM_TARGET])
        .beside_others()
        .run()?;
    let (module, command, lean) = (target_dir().join(API), command()?, lean()?);
    let sources = about(Path::new(ELEMENTS), sources_of(Path::new(ELEMENTS)))?;
    let sheet = Run::new(&command).args(["render", "--to", "sheet"]).asked();
    let sheet = sheet.ok_or_else(|| Problem("The command could not write the sheet of figures.".to_owned()))?;
    let made_of = about(&note_of(&lean), fs::read_to_string(note_of(&lean)))?;
    let note = format!("{} {made_of} {}", note_of_module(&module)?, digest((sources + &sheet).as_bytes()));
    part(ELEMENTS_PART, &note, |folder| {
        bind(&["--types"], &module, "api", folder)?;
        // Not every TypeScript knows it, and nobody needs it.
        let types = folder.join("api.d.ts");
        rewrite(&types, &types, |text| replaced(text, "    [Symbol.dispose](): void;\n", ""))?;
        shrink(folder, None)?;
        copy_folder(&lean, folder)?;
        copy_folder(Path::new(ELEMENTS), folder)?;
        let live = fs::read_to_string(folder.join(LIVE))?;
        fs::write(folder.join(SHEET), sheet + "\n" + &live)?;
        Run::new(setup::esbuild()?.join("esbuild"))
            .args(["--bundle", "--format=esm", "--minify", "--log-level=error", "--allow-overwrite"])
            .args([
                "--external:./engine.js",
                "--external:./parts.js",
                "--external:./lean.js",
                "--external:./lean-later.js",
            ])
            .arg_path("--outdir=", folder)
            .args(
                ["loader.js", "engine.js", "parts.js", "lean.js", LEAN_FETCHER, "api.js", SHEET]
                    .map(|name| folder.join(name)),
            )
            .run()?;
        ["blocks.js", LIVE, "api_bg.wasm.d.ts"].iter().try_for_each(|name| Ok(fs::remove_file(folder.join(name))?))
    })
}

/// Puts the elements into the site at `folder`, with the page that frames have. Other pages name these files: they keep their names.
pub(crate) fn put_elements(folder: &Path) -> Outcome {
    copy_folder(&elements()?, &folder.join("elements"))?;
    copy_folder(Path::new(EMBED), folder)
}

/// Builds the command, and gives the program.
pub(crate) fn command() -> Outcome<PathBuf> {
    Run::cargo(COMMAND_BY).beside_others().run()?;
    Ok(built(COMMAND))
}

/// All that stands in the files of a folder; not in the folders within it.
fn sources_of(folder: &Path) -> std::io::Result<String> {
    let mut files: Vec<PathBuf> =
        fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect::<std::io::Result<_>>()?;
    files.retain(|file| file.is_file());
    files.sort();
    files.iter().map(|file| Ok(fs::read_to_string(file)? + "\0")).collect()
}

/// Builds what binds and splits WebAssembly, and gives the program.
pub(crate) fn binder() -> Outcome<PathBuf> {
    Run::cargo(BINDER_BY).beside_others().run()?;
    Ok(built(BINDER))
}

/// Whether all parts are in the site at `folder`: it was finished before, and is only to get new names.
pub(crate) fn are_in(folder: &Path) -> Outcome<bool> {
    Ok(names(folder)?.iter().any(|name| plain_name(name) == FETCHER))
}

/// Whether a part was ever made here.
pub(crate) fn is_kept(name: &str) -> bool {
    note_of(&target_dir().join(KEPT).join(name)).is_file()
}

/// A part, from where it is kept, or made anew if the note is another.
fn part(name: &str, note: &str, make: impl FnOnce(&Path) -> Outcome) -> Outcome<PathBuf> {
    part_in(&std::path::absolute(target_dir().join(KEPT))?, name, note, make)
}

fn part_in(kept: &Path, name: &str, note: &str, make: impl FnOnce(&Path) -> Outcome) -> Outcome<PathBuf> {
    let folder = kept.join(name);
    let place = note_of(&folder);
    if folder.is_dir() && fs::read_to_string(&place).is_ok_and(|known| known == note) {
        return Ok(folder);
    }
    for stale in [fs::remove_file(&place), fs::remove_dir_all(&folder)] {
        // Where nothing is, nothing is stale.
        drop(stale);
    }
    about(&folder, fs::create_dir_all(&folder))?;
    make(&folder)?;
    about(&place, fs::write(&place, note))?;
    Ok(folder)
}

/// Where it stands what a part was made of.
fn note_of(folder: &Path) -> PathBuf {
    folder.with_extension("made-of")
}

fn note_of_module(module: &Path) -> Outcome<String> {
    let content = about(module, fs::read(module))?;
    Ok(format!("{} {} binaryen {}", digest(&content), digest(METHODS.concat().as_bytes()), setup::BINARYEN))
}

/// A program that cargo has built.
fn built(program: &str) -> PathBuf {
    target_dir().join(program).with_extension(std::env::consts::EXE_EXTENSION)
}

fn bind(how: &[&str], module: &Path, name: &str, folder: &Path) -> Outcome {
    Run::new(binder()?).args(how).args([module]).args([name]).args([folder]).run()
}

fn shorten(folder: &Path, name: &str) -> Outcome {
    let (module, script) = (folder.join(format!("{name}_bg.wasm")), folder.join(format!("{name}.js")));
    let (short_module, short_script) =
        shortened(name, &about(&module, fs::read(&module))?, &about(&script, fs::read_to_string(&script))?)?;
    about(&module, fs::write(&module, short_module))?;
    about(&script, fs::write(&script, short_script))
}

/// Lets wasm-opt shrink all modules in a folder, as many side by side as there are cores: each takes one. The largest come first.
fn shrink(folder: &Path, first: Option<&str>) -> Outcome {
    let optimiser = setup::wasm_opt()?.join("wasm-opt");
    let first = first.map(|name| folder.join(format!("{name}_bg.wasm")));
    let length = |module: &PathBuf| fs::metadata(module).map_or(0, |about| about.len());
    let mut modules: Vec<PathBuf> =
        names(folder)?.into_iter().filter(|name| name.ends_with(".wasm")).map(|name| folder.join(name)).collect();
    modules.sort_by_key(length);
    let left = Mutex::new(modules);
    let next = || left.lock().ok()?.pop();
    let work = || {
        while let Some(module) = next() {
            let optimise =
                |how: &[&str], to: &Path| Run::new(&optimiser).args(how).args([&module]).args(["-o"]).args([to]).run();
            let even = (length(&module) >= LARGE).then(|| module.with_extension("even"));
            even.iter().try_for_each(|even| optimise(&EVEN, even))?;
            let more = first.iter().filter(|first| **first == module).map(|_| OVER_AND_OVER);
            optimise(&SMALL.into_iter().chain(more).collect::<Vec<_>>(), &module)?;
            let Some(even) = even else { continue };
            if compressed(&even)? < compressed(&module)? {
                about(&module, fs::copy(&even, &module))?;
            }
            about(&even, fs::remove_file(&even))?;
        }
        Ok(())
    };
    let cores = std::thread::available_parallelism().map_or(1, |cores| cores.get());
    std::thread::scope(|scope| {
        let workers: Vec<_> = (0..cores).map(|_| scope.spawn(work)).collect();
        workers.into_iter().try_for_each(joined)
    })
}

/// How long a file is as it is sent.
fn compressed(file: &Path) -> Outcome<usize> {
    let mut all = GzEncoder::new(Vec::new(), Compression::best());
    about(file, fs::read(file).and_then(|content| all.write_all(&content)))?;
    Ok(about(file, all.finish())?.len())
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
        false => Err(Problem(format!("A tool does not write “{known}” any more: see crates/xtask/src/parts.rs."))),
    }
}

/// The names of what is in a folder.
pub(crate) fn names(folder: &Path) -> Outcome<Vec<String>> {
    let entries = about(folder, fs::read_dir(folder))?.collect::<Result<Vec<_>, _>>()?;
    let mut names: Vec<String> = entries.iter().map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    Ok(names)
}

/// Hosts that give WebAssembly another type serve the parts too; what a host says instead of a part is told as an error. How one is
/// fetched stands there once, which the tool writes for each: every page fetches this script.
fn tolerant(fetcher: &str) -> Outcome<String> {
    const BEFORE: &str = "makeLoad(() => {
    const src = fetch(new URL(";
    const BEHIND: &str = ", import.meta.url));
    src.catch(() => {});
    return async (imports) => (WebAssembly.instantiateStreaming(src, imports));
}
, [";
    const FETCH: &str = "const instantiate = fetcher();";
    const FETCH_TOLERANTLY: &str = "const coming = part(fetcher);
        coming.catch(() => {});
        const instantiate = async (imports) => WebAssembly.instantiate(await coming, imports);";
    const PART: &str = "async function part(name) {
    if (typeof name != \"string\") return small(...name);
    const response = await fetch(new URL(name, import.meta.url));
    if (!response.ok) throw new Error(`${response.url} answered ${response.status}`);
    return response.arrayBuffer();
}
";
    let fetcher = replaced(fetcher, FETCH, FETCH_TOLERANTLY)?;
    let fetcher = replaced(&replaced(&fetcher, BEFORE, "makeLoad(")?, BEHIND, ", [")?;
    Ok(fetcher + PART)
}

/// What is fetched for elements is fetched by one script, which waits for it and tells what did not come.
fn by_parts(fetcher: &str) -> Outcome<String> {
    const LOAD: &str = ";
    src.catch(() => {});
    return async (imports) => (WebAssembly.instantiateStreaming(src, imports));";
    let told = || Problem("A tool writes another script than crates/xtask/src/parts.rs knows.".to_owned());
    let (before, rest) = fetcher.split_once("function wrapAsyncCb").ok_or_else(told)?;
    let (_, after) = rest.split_once("function makeLoad").ok_or_else(told)?;
    let fetcher = [FETCHED_BY_PARTS, before, "function makeLoad", after].concat();
    let fetcher = replaced(&fetcher, "const src = fetch(new URL(", "return instance(part(new URL(")?;
    replaced(&fetcher, LOAD, ");")
}

const FETCHED_BY_PARTS: &str = "import { part } from \"./parts.js\";
// What comes is told as missing by who waits for it.
const instance = (coming) => {
    coming.catch(() => {});
    return async (imports) => WebAssembly.instantiate(await coming, imports);
};
let coming = Promise.resolve();
// Waits for all that is on its way.
export const loaded = () => coming;
function wrapAsyncCb(callee) {
    return (callback, data) => {
        const tell = (success) => getSharedImports().__wasm_split.__indirect_function_table.get(callback)(data, success);
        coming = Promise.all([coming, callee().then(() => tell(true), () => tell(false))]);
    };
}
";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_come_from_any_host() {
        let fetcher = "const instantiate = fetcher();
const __chunk_6 = makeLoad(() => {
    const src = fetch(new URL(\"./chunk_6.wasm\", import.meta.url));
    src.catch(() => {});
    return async (imports) => (WebAssembly.instantiateStreaming(src, imports));
}
, []);
";
        let tolerant = tolerant(fetcher).unwrap();
        assert!(
            tolerant.contains("\nconst __chunk_6 = makeLoad(\"./chunk_6.wasm\", []);\nasync function"),
            "{tolerant}"
        );
        assert!(tolerant.contains("const coming = part(fetcher);"), "{tolerant}");
        assert!(super::tolerant("").is_err());
    }

    #[test]
    fn a_part_is_made_once_of_the_same_and_anew_of_something_else_or_after_a_failure() {
        let kept = std::env::temp_dir().join(format!("pgscope-parts-{}", std::process::id()));
        let file = |text: &'static str| move |folder: &Path| about(folder, fs::write(folder.join("a"), text));
        let content = |folder: PathBuf| fs::read_to_string(folder.join("a")).unwrap();
        let part = |note: &str, text| part_in(&kept, "x", note, file(text));
        assert_eq!(content(part("1", "first").unwrap()), "first");
        assert_eq!(content(part("1", "not made").unwrap()), "first");
        assert_eq!(content(part("2", "second").unwrap()), "second");
        assert!(part_in(&kept, "x", "3", |_| Err(Problem(String::new()))).is_err());
        assert_eq!(content(part("2", "third").unwrap()), "third");
        fs::remove_dir_all(kept).unwrap();
    }
}
