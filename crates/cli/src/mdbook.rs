//! `pgscope mdbook`: a preprocessor for mdBook. Fences of Pgscope become figures in the chapters.
//!
//! mdBook calls it twice: with `supports RENDERER`, to which it answers by its exit status, and with the book on standard
//! input, which it writes with its chapters changed. Of the book it knows no more than that chapters have content.

use std::io::{Read, Write};
use std::path::Path;
use std::process::ExitCode;

use pgscope_view::fence::{Fence, find};
use pgscope_view::print::sequence::sheet;
use serde_json::Value;

#[derive(clap::Args)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    what: Option<What>,
}

#[derive(clap::Subcommand)]
enum What {
    /// Say by the exit status whether a renderer is supported: html is
    Supports {
        /// Its name
        renderer: String,
    },
    /// Write the style sheet into the book at this folder, and say which lines of book.toml use both
    Install {
        /// Where book.toml lies
        #[arg(default_value = ".")]
        book: std::path::PathBuf,
    },
}

const SHEET: &str = "pgscope.css";

pub(crate) fn run(arguments: &Arguments) -> Result<ExitCode, String> {
    match &arguments.what {
        None => preprocess(),
        Some(What::Supports { renderer }) if renderer == "html" => Ok(ExitCode::SUCCESS),
        Some(What::Supports { .. }) => Ok(ExitCode::FAILURE),
        Some(What::Install { book }) => install(book),
    }
}

fn install(book: &Path) -> Result<ExitCode, String> {
    if !book.join("book.toml").is_file() {
        return Err(format!("there is no book.toml in {}", book.display()));
    }
    let path = book.join(SHEET);
    std::fs::write(&path, sheet()).map_err(|error| format!("{} cannot be written: {error}", path.display()))?;
    eprintln!("pgscope: {} is written. What book.toml needs:", path.display());
    println!(
        "[preprocessor.pgscope]\ncommand = \"pgscope mdbook\"\n# site = \"where Pgscope is: figures lead there\"\n"
    );
    println!("[output.html]\nadditional-css = [\"{SHEET}\"]");
    Ok(ExitCode::SUCCESS)
}

fn preprocess() -> Result<ExitCode, String> {
    let mut text = String::new();
    std::io::stdin().read_to_string(&mut text).map_err(|error| format!("the book cannot be read: {error}"))?;
    let not_a_book = "standard input holds no book: mdBook calls this command by itself, with its book";
    let mut input: Value = serde_json::from_str(&text).map_err(|error| format!("{not_a_book} ({error})"))?;
    let site = input.pointer("/0/config/preprocessor/pgscope/site").and_then(Value::as_str).map(str::to_owned);
    let book = input.get_mut(1).ok_or(not_a_book)?;
    let mut wrong = Vec::new();
    chapters(book, site.as_deref(), &mut wrong);
    if !wrong.is_empty() {
        return Err(wrong.join("\npgscope: "));
    }
    let book = serde_json::to_string(book).map_err(|error| error.to_string())?;
    std::io::stdout().write_all(book.as_bytes()).map_err(|error| format!("the book cannot be written: {error}"))?;
    Ok(ExitCode::SUCCESS)
}

/// Draws the fences of all chapters, wherever in the book they stand.
fn chapters(value: &mut Value, site: Option<&str>, wrong: &mut Vec<String>) {
    match value {
        Value::Array(all) => all.iter_mut().for_each(|one| chapters(one, site, wrong)),
        Value::Object(fields) => {
            let path = fields.get("path").and_then(Value::as_str).unwrap_or("a chapter").to_owned();
            if let Some(Value::String(content)) = fields.get_mut("content") {
                match drawn(content, site) {
                    Ok(new) => *content = new,
                    Err(problems) => wrong.extend(problems.into_iter().map(|problem| format!("{path}:{problem}"))),
                }
            }
            fields.values_mut().for_each(|one| chapters(one, site, wrong));
        }
        _ => {}
    }
}

/// A document with figures in the place of its fences.
fn drawn(document: &str, site: Option<&str>) -> Result<String, Vec<String>> {
    let (mut out, mut wrong) = (String::with_capacity(document.len()), Vec::new());
    let lines: Vec<&str> = document.split_inclusive('\n').collect();
    let mut from = 0;
    for fence in find(document) {
        // The fence opens in the line before its first one.
        let before = lines.get(from..fence.line - 1).unwrap_or_default();
        out.extend(before.iter().copied());
        match figure(&fence, site) {
            Ok(figure) => out.push_str(&format!("\n<pgscope-exchange>{figure}</pgscope-exchange>\n\n")),
            Err(problem) => wrong.push(problem),
        }
        from = fence.last;
    }
    out.extend(lines.get(from..).unwrap_or_default().iter().copied());
    if wrong.is_empty() { Ok(out) } else { Err(wrong) }
}

fn figure(fence: &Fence, site: Option<&str>) -> Result<String, String> {
    let figure = fence.read().map_err(|wrong| {
        let told: Vec<String> = wrong.iter().map(|one| format!("{}: {}", one.line, one.message)).collect();
        told.join("; ")
    })?;
    let sequence = figure.sequence()?;
    Ok(figure.html(&sequence, site))
}
