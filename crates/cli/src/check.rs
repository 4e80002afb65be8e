//! `pgscope check`: whether what documents show of the protocol still holds.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use pgscope_view::fence::find;

use crate::pieces::read;

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Documents in Markdown, AsciiDoc or reStructuredText, or folders of them
    #[arg(required = true)]
    files: Vec<PathBuf>,
}

/// What documents are called.
const DOCUMENTS: [&str; 9] = ["md", "markdown", "mdx", "mdoc", "adoc", "asciidoc", "rst", "txt", "qmd"];

pub(crate) fn run(arguments: &Arguments) -> Result<ExitCode, String> {
    let mut documents = Vec::new();
    for file in &arguments.files {
        collect(file, true, &mut documents)?;
    }
    let (mut fences, mut wrong) = (0, 0);
    let mut out = std::io::stdout().lock();
    for document in &documents {
        let text = String::from_utf8_lossy(&read(document)?).into_owned();
        for fence in find(&text) {
            fences += 1;
            for problem in fence.read().err().unwrap_or_default() {
                wrong += 1;
                // A closed pipe is how `head` says that it has seen enough.
                let _ = writeln!(out, "{}:{}: {}", document.display(), problem.line, problem.message);
            }
        }
    }
    let counted = |count: usize, what: &str| format!("{count} {what}{}", if count == 1 { "" } else { "s" });
    let of = format!("{} in {}", counted(fences, "block"), counted(documents.len(), "document"));
    if wrong == 0 {
        eprintln!("pgscope: {of}: all hold");
        return Ok(ExitCode::SUCCESS);
    }
    eprintln!("pgscope: {of}: {} wrong", counted(wrong, "thing"));
    Ok(ExitCode::FAILURE)
}

/// A file as it is named, and of a folder what is a document, in order.
fn collect(path: &Path, is_named: bool, documents: &mut Vec<PathBuf>) -> Result<(), String> {
    if !path.is_dir() {
        let is_document =
            path.extension().and_then(|ending| ending.to_str()).is_some_and(|ending| DOCUMENTS.contains(&ending));
        if is_named || is_document {
            documents.push(path.to_owned());
        }
        return Ok(());
    }
    let failed = |error: std::io::Error| format!("{} cannot be read: {error}", path.display());
    let mut inside: Vec<PathBuf> =
        std::fs::read_dir(path).map_err(failed)?.flatten().map(|entry| entry.path()).collect();
    inside.sort();
    let is_hidden = |path: &PathBuf| {
        path.file_name()
            .and_then(|name| name.to_str())
            .is_some_and(|name| name.starts_with('.') || name == "node_modules")
    };
    inside.iter().filter(|path| !is_hidden(path)).try_for_each(|path| collect(path, false, documents))
}
