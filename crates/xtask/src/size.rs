//! What the first load fetches: raw, and as hosts send it, compressed with gzip or brotli.

use std::collections::BTreeMap;
use std::path::Path;

use crate::hashes::plain_name;
use crate::run::{Outcome, Problem, Run, about};
use crate::site::{self, DIST};
use crate::{Arguments, setup};

const RECORD: &str = "crates/xtask/size.txt";
/// What the first load has at most, in bytes of gzip.
const AIM: u64 = 200_000;
/// What `decode` by itself has at most of a query.
const DECODE_AIM: u64 = 110_000;
/// What the page fetches before it shows a lesson, beside its first load: 400 KB together.
const LESSON_AIM: u64 = 200_000;
/// Files that only later clicks fetch.
const LATER: [&str; 10] = [
    "pgscope-play",
    "pgscope-later.css",
    "pgscope-rest.css",
    "split_",
    "chunk",
    "docs/",
    "worker.js",
    "idle.js",
    "rest.txt",
    "embed.",
];
/// Style sheets that only the pages of the reference have.
const OF_REFERENCE: [&str; 4] = ["tokens.css", "page.css", "layout.css", "parts.css"];
/// What the first screen fetches of them: what the message means that it explains.
const AT_ONCE: [&str; 1] = ["docs/one/query.txt"];

/// Builds the site and prints the table; `--record` keeps the figures for the next comparison.
pub(crate) fn command(mut arguments: Arguments) -> Outcome {
    let record = arguments.flag("--record");
    let is_built = arguments.flag("--no-build");
    arguments.end()?;
    if is_built {
        site::built()?
    } else {
        site::build()?
    }
    let now = measure()?;
    let verdict = tell(&now).and(tell_entries());
    if record {
        about(Path::new(RECORD), std::fs::write(RECORD, write(&now)))?;
        println!("Recorded in {RECORD}.");
    }
    verdict
}

/// Measures the site that is built; it must not be larger than it is to be.
pub(crate) fn check() -> Outcome {
    site::built()?;
    tell(&measure()?).and(tell_entries())
}

/// What others fetch who have elements or `decode` on their pages, and what this one fetches for a lesson: by its name in entries.mjs, in words, how many bytes of gzip it is to
/// have, and how many it may have until it does.
const ENTRIES: [(&str, &str, Option<u64>, u64); 7] = [
    ("loader", "the loader", Some(6_000), 6_000),
    ("live", "an element with its figure", Some(25_000), 15_000),
    // Binaries of Erlang and Elixir, PHP's arrays and rows behind F and B weigh 0.5 KB; the rest is how functions fall into parts. It is to be saved again.
    ("bytes", "the engine draws bytes", Some(200_000), 201_000),
    // With what is wrong in a conversation: values in text, tags of other commands, names of nothing, what SCRAM's messages are made of.
    ("scenario", "the engine plays", None, 374_000),
    ("decode", "decode, of a query", Some(DECODE_AIM), DECODE_AIM),
    ("conversation", "decode, of a conversation", None, 175_000),
    ("lesson", "a lesson, after the page", Some(LESSON_AIM), LESSON_AIM),
];

/// Prints what these entries fetch.
fn tell_entries() -> Outcome {
    let elements = Path::new(DIST).join("elements");
    let lines = Run::new("node").args(["crates/xtask/src/entries.mjs"]).args([elements]).asked();
    let lines = lines.ok_or_else(|| Problem("Node.js could not try the elements of the site.".to_owned()))?;
    let (table, missed) = entries(&lines);
    print!("\n{table}");
    match missed.as_slice() {
        [] => Ok(()),
        missed => Err(Problem(format!("More is fetched than may be for: {}.", missed.join(", ")))),
    }
}

/// The table of entries, and those that fetch more than they may.
fn entries(lines: &str) -> (String, Vec<&'static str>) {
    let mut table =
        format!("{:<28}{:>12}{:>12}{:>12}{:>14}\n", "fetched for", "raw", "gzip -9", "brotli 11", "aim, gzip");
    let mut missed = Vec::new();
    for (id, name, aim, most) in ENTRIES {
        let files = lines.lines().filter_map(read_line).filter(|(entry, _)| entry == id);
        let size = sum(files.map(|(_, size)| size));
        let told =
            aim.map_or(String::new(), |aim| format!("{aim} {}", if size.gzip <= aim { "met" } else { "MISSED" }));
        table.push_str(&format!("{name:<28}{:>12}{:>12}{:>12}{told:>14}\n", size.raw, size.gzip, size.brotli));
        if size.gzip > most {
            missed.push(name);
        }
    }
    (table, missed)
}

/// Prints the table.
fn tell(now: &Sizes) -> Outcome {
    let before = read(&std::fs::read_to_string(RECORD).unwrap_or_default());
    let (table, first) = table(now, &before);
    print!("{table}");
    if first.gzip < AIM {
        return Ok(());
    }
    Err(Problem(
        "The first load is larger than it is to be: what a first look does not need can come later.".to_owned(),
    ))
}

#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Size {
    raw: u64,
    gzip: u64,
    brotli: u64,
}

/// By name, without the hash.
type Sizes = BTreeMap<String, Size>;

fn measure() -> Outcome<Sizes> {
    setup::node()?;
    // Node.js has both compressions at hand and is needed for the build anyhow.
    let lines = Run::new("node").args(["crates/xtask/src/compress.mjs", DIST, "docs", "docs/one"]).asked();
    let lines = lines.ok_or_else(|| Problem("Node.js could not compress the site's files.".to_owned()))?;
    Ok(read(&lines))
}

/// Lines of name, raw, gzip, brotli. What messages mean stands in the files of their chapters, too: of those alone only what is fetched at once
/// counts.
fn read(lines: &str) -> Sizes {
    let all = lines.lines().filter_map(read_line);
    all.filter(|(name, _)| !name.starts_with("docs/one/") || AT_ONCE.contains(&name.as_str())).collect()
}

fn read_line(line: &str) -> Option<(String, Size)> {
    let mut words = line.split_whitespace();
    let name = plain_name(words.next()?);
    let mut number = || words.next()?.parse().ok();
    Some((name, Size { raw: number()?, gzip: number()?, brotli: number()? }))
}

fn write(sizes: &Sizes) -> String {
    let head =
        "# name, raw, gzip -9, brotli 11, in bytes: the files of the site when `cargo xtask size --record` last ran.\n";
    let lines = sizes.iter().map(|(name, size)| format!("{name} {} {} {}\n", size.raw, size.gzip, size.brotli));
    std::iter::once(head.to_owned()).chain(lines).collect()
}

/// The table, and what the first load is.
fn table(now: &Sizes, before: &Sizes) -> (String, Size) {
    let is_later = |name: &str| {
        let starts = LATER.iter().any(|later| name.starts_with(later)) || OF_REFERENCE.contains(&name);
        starts && !AT_ONCE.contains(&name)
    };
    let (first, size) = part("first load", now, before, |name| !is_later(name));
    let (later, _) = part("fetched later", now, before, is_later);
    let verdict = if size.gzip < AIM { "met" } else { "MISSED" };
    let [aim, is] = [AIM, size.gzip].map(|bytes| bytes as f64 / 1000.0);
    (format!("{first}\n{later}\nAim: a first load below {aim} KB gzip. It is {is:.1} KB: {verdict}.\n"), size)
}

/// The table of some files, and what they are together.
fn part(title: &str, now: &Sizes, before: &Sizes, is_in: impl Fn(&str) -> bool) -> (String, Size) {
    let of = |sizes: &Sizes| -> Sizes {
        sizes.iter().filter(|(name, _)| is_in(name)).map(|(name, size)| (name.clone(), *size)).collect()
    };
    let (now, before) = (of(now), of(before));
    let mut lines = format!("{title:<28}{:>12}{:>12}{:>12}{:>14}\n", "raw", "gzip -9", "brotli 11", "gzip, change");
    for (name, size) in &now {
        lines.push_str(&row(name, *size, before.get(name).copied()));
    }
    let (total, recorded) = (sum(now.values().copied()), (!before.is_empty()).then(|| sum(before.values().copied())));
    lines.push_str(&row("together", total, recorded));
    (lines, total)
}

fn row(name: &str, size: Size, before: Option<Size>) -> String {
    let change = match before {
        None => "new".to_owned(),
        Some(before) => format!("{:+}", size.gzip as i64 - before.gzip as i64),
    };
    format!("{name:<28}{:>12}{:>12}{:>12}{change:>14}\n", size.raw, size.gzip, size.brotli)
}

fn sum(sizes: impl IntoIterator<Item = Size>) -> Size {
    sizes.into_iter().fold(Size::default(), |sum, size| Size {
        raw: sum.raw + size.raw,
        gzip: sum.gzip + size.gzip,
        brotli: sum.brotli + size.brotli,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_recorded_is_read_again() {
        let sizes = read("a-0123456789abcdef.css 30 20 10\nindex.html 3 2 1\n");
        assert_eq!(sizes.get("a.css"), Some(&Size { raw: 30, gzip: 20, brotli: 10 }));
        assert_eq!(read(&write(&sizes)), sizes);
    }

    #[test]
    fn what_entries_fetch_is_held_to_what_it_may_be() {
        let (table, missed) = entries("decode 9 100000 1 a.js\ndecode 9 10001 1 b.wasm\nloader 9 50000 1 loader.js\n");
        assert_eq!(missed, ["the loader", "decode, of a query"]);
        assert!(table.contains("110001") && table.contains("110000 MISSED") && table.contains("200000 met"), "{table}");
    }

    #[test]
    fn the_table_tells_the_change_and_the_verdict() {
        let now = read("a.js 400000 210000 9\npgscope-play.js 5 4 3\n");
        let (table, first) = table(&now, &read("a.js 400000 209990 9"));
        assert!(table.contains("+10\n"), "{table}");
        assert!(table.contains("210.0 KB: MISSED"), "{table}");
        assert_eq!(first.gzip, 210_000);
    }
}
