//! `pgscope messages`: the reference, printed from the table.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use pgscope_view::docs_of;
use pgscope_view::print::{message_page, message_table};
use pgscope_view::proto::messages::{ALL, by_name};

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// A message's name as in PostgreSQL's manual, such as `Bind`; without it all messages are listed
    name: Vec<String>,
    /// Write the docs of all messages into this folder instead, a file a chapter, as the page fetches them
    #[arg(long, value_name = "FOLDER", conflicts_with = "name")]
    docs: Option<PathBuf>,
}

pub(crate) fn run(arguments: &Arguments) -> Result<ExitCode, String> {
    if let Some(folder) = &arguments.docs {
        return write_docs(folder).map_err(|error| format!("{} cannot be written: {error}", folder.display()));
    }
    let name = arguments.name.join(" ");
    let text =
        if name.is_empty() { message_table() } else { message_page(by_name(&name).ok_or_else(|| unknown(&name))?) };
    // A closed pipe is how `head` says that it has seen enough.
    let _ = std::io::stdout().write_all(text.as_bytes());
    Ok(ExitCode::SUCCESS)
}

fn write_docs(folder: &Path) -> std::io::Result<ExitCode> {
    std::fs::create_dir_all(folder)?;
    for message in ALL {
        std::fs::write(folder.join(message.chapter.id()).with_extension("txt"), docs_of(message.chapter))?;
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
