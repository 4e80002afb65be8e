//! `pgscope messages`: the reference, printed from the table, or as pages.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use pgscope_view::print::{message_page, message_table, pages};
use pgscope_view::proto::messages::{ALL, by_name};
use pgscope_view::proto::types;
use pgscope_view::{ALONE, docs_files};

use crate::stdout;

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// A message's name as in PostgreSQL's manual, such as `Bind`, or a type's, such as `numeric`; without it all messages are listed
    name: Vec<String>,
    /// How it is printed: html makes a page of each message and an index, in the folder `--out`
    #[arg(long, value_enum, default_value = "text", requires_if("html", "out"))]
    format: Format,
    /// The folder for the pages; those in it are replaced
    #[arg(long, value_name = "FOLDER")]
    out: Option<PathBuf>,
    /// Write the docs of all messages into this folder instead, a file a chapter, and what texts stand for, as the page fetches them
    #[arg(long, value_name = "FOLDER", conflicts_with_all = ["name", "format", "out"])]
    docs: Option<PathBuf>,
}

#[derive(Clone, Copy, clap::ValueEnum)]
enum Format {
    Text,
    Html,
}

pub(crate) fn run(arguments: &Arguments) -> Result<ExitCode, String> {
    if let Some(folder) = &arguments.docs {
        return write_docs(folder).map_err(|error| format!("{} cannot be written: {error}", folder.display()));
    }
    match (arguments.format, &arguments.out) {
        (Format::Html, Some(folder)) if arguments.name.is_empty() => write_pages(folder),
        (Format::Html, _) => Err("pages are made of all messages: leave the name out".to_owned()),
        (Format::Text, Some(_)) => Err("--out is for pages: add --format html".to_owned()),
        (Format::Text, None) => print(arguments),
    }
}

fn write_pages(folder: &Path) -> Result<ExitCode, String> {
    let failed = |error: std::io::Error| format!("{} cannot be written: {error}", folder.display());
    fs::create_dir_all(folder).map_err(failed)?;
    let pages = pages();
    for page in &pages {
        fs::write(folder.join(&page.name), &page.content).map_err(failed)?;
    }
    println!("{} pages in {}", pages.len(), folder.display());
    Ok(ExitCode::SUCCESS)
}

fn print(arguments: &Arguments) -> Result<ExitCode, String> {
    let name = arguments.name.join(" ");
    let text = if name.is_empty() {
        message_table()
    } else {
        message_page(by_name(&name).or_else(|| types::by_name(&name)).ok_or_else(|| unknown(&name))?)
    };
    stdout::print(text)?;
    Ok(ExitCode::SUCCESS)
}

fn write_docs(folder: &Path) -> std::io::Result<ExitCode> {
    fs::create_dir_all(folder)?;
    fs::create_dir_all(folder.join(ALONE))?;
    for (name, content) in docs_files() {
        fs::write(folder.join(name).with_extension("txt"), content)?;
    }
    Ok(ExitCode::SUCCESS)
}

fn unknown(name: &str) -> String {
    let lower = name.to_lowercase();
    let near: Vec<&str> =
        ALL.iter().map(|message| message.name()).filter(|known| known.to_lowercase().contains(&lower)).collect();
    match near.as_slice() {
        [] => format!("no message is called {name}; `pgscope messages` lists them"),
        near => format!("no message is called {name}; near it are {}", near.join(", ")),
    }
}
