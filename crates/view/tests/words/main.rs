//! The words of other languages stand for texts that the page says: each is looked up in the sources.

#![allow(clippy::expect_used, clippy::panic, reason = "a test may fail")]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use pgscope_view::words::Words;

fn crates() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    let mut entries: Vec<PathBuf> =
        fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path()).collect();
    entries.sort();
    for path in entries {
        if path.is_dir() { files(&path, found) } else { found.push(path) }
    }
}

/// What stands between quotes in a source, its places as `{}`; a line that goes on behind a backslash is one.
fn literals(source: &str, found: &mut BTreeSet<String>) {
    let mut letters = source.chars().peekable();
    let (mut now, mut is_in): (String, bool) = (String::new(), false);
    while let Some(letter) = letters.next() {
        match (is_in, letter) {
            (true, '\\') => match letters.next() {
                Some('\n') => while letters.next_if(|next| next.is_whitespace()).is_some() {},
                Some('n') => now.push('\n'),
                Some(other) => now.push(other),
                None => {}
            },
            (true, '{') => {
                while letters.next_if(|next| *next != '}').is_some() {}
                letters.next();
                now.push_str("{}");
            }
            (_, '"') => {
                is_in = !is_in;
                if !is_in {
                    found.insert(std::mem::take(&mut now));
                }
            }
            (true, letter) => now.push(letter),
            // A quote in quotes of its own is none.
            (false, '\'') if letters.peek() == Some(&'"') => {
                letters.nth(1);
            }
            (false, _) => {}
        }
    }
}

/// All that is said: by the page, by what is shown on it and by forms of input, by the table of the conversation and in scenarios.
fn said() -> BTreeSet<String> {
    let (mut sources, mut said) = (Vec::new(), BTreeSet::new());
    for folder in ["ui/src", "view/src", "capture/src", "proto/src/conversation"] {
        files(&crates().join(folder), &mut sources);
    }
    for source in sources {
        literals(&fs::read_to_string(&source).expect("a source"), &mut said);
    }
    let mut scenarios = Vec::new();
    files(&crates().join("sim/scenarios"), &mut scenarios);
    for scenario in scenarios.iter().filter(|path| path.extension().is_some_and(|end| end == "scenario")) {
        let text = fs::read_to_string(scenario).expect("a scenario");
        said.extend(text.lines().filter_map(|line| Some(line.split_once(" : ")?.1.to_owned())));
    }
    said
}

/// How long what is put in may be.
const LONGEST: usize = 40;
/// So many letters of its own has a form that says something.
const LEAST: usize = 2;

/// Whether somebody says it: as it stands, with other words in the places of a form, or one piece behind the other.
fn is_said(text: &str, said: &BTreeSet<String>) -> bool {
    let text = text.trim();
    // What is put in at the beginning may be anything.
    let behind = text.trim_start_matches("{}").trim();
    behind.len() < LEAST
        || said.iter().any(|form| {
            let form = form.trim();
            let own: usize = form.split("{}").map(|part| part.trim().len()).sum();
            let goes_on = |end: usize| end == text.len() || is_said(&text[end..], said);
            form.contains(behind) || own >= LEAST && ends_of(form, text).into_iter().any(goes_on)
        })
}

/// Where this form may end in a text that begins with it.
fn ends_of(form: &str, text: &str) -> Vec<usize> {
    let Some((before, behind)) = form.split_once("{}") else {
        return if text.starts_with(form) { vec![form.len()] } else { Vec::new() };
    };
    let Some(rest) = text.strip_prefix(before) else { return Vec::new() };
    let places = rest.char_indices().map(|(at, _)| at).chain([rest.len()]).take(LONGEST);
    places.flat_map(|at| ends_of(behind, &rest[at..]).into_iter().map(move |end| before.len() + at + end)).collect()
}

#[test]
fn what_is_said_in_other_words_is_said() {
    let said = said();
    let mut lists = 0;
    let scenarios = crates().join("sim/scenarios");
    for entry in fs::read_dir(scenarios).expect("the scenarios") {
        let path = entry.expect("an entry").path().join("words.txt");
        let Ok(list) = fs::read_to_string(&path) else { continue };
        let words = Words::read(&list).unwrap_or_else(|(line, why)| panic!("{}:{line}: {why}", path.display()));
        assert!(words.say("English").is_some(), "{}: what the language calls itself", path.display());
        let unsaid: Vec<String> = words.texts().filter(|text| !is_said(text, &said)).collect();
        assert!(unsaid.is_empty(), "{}: nobody says {unsaid:#?}", path.display());
        lists += 1;
    }
    assert!(lists > 0);
}
