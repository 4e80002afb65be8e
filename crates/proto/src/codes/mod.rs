//! What the texts inside messages stand for: the SQLSTATE of an error, the name of a setting, the tag of a command. They are
//! not parts of the protocol's table, since to framing and decoding they are texts like any other.
//!
//! Their sentences are docs like those of the table: without the feature `docs` they are empty, and a program fetches them
//! as a file each, by the names that [`Meaning::doc_name`] gives. See [`crate::docs`].

pub mod commands;
pub mod functions;
pub mod settings;
pub mod sqlstate;

use crate::{Field, Message};

/// What a text stands for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Meaning {
    /// In a few words, to stand beside the text: `undefined_table`, `2 rows`; empty where a sentence alone explains it.
    pub name: String,
    /// A sentence or two; empty without the feature `docs`.
    pub doc: String,
    /// The name of that in its file; empty if there is none.
    pub doc_name: String,
}

/// The files of docs that are no chapter's.
pub const FILES: [&str; 3] = [sqlstate::FILE, settings::FILE, commands::FILE];

/// Where texts of a message are explained: the file that has the docs.
pub fn file_of(message: &Message) -> Option<&'static str> {
    match message.field.id {
        "errorresponse" | "noticeresponse" => Some(sqlstate::FILE),
        "parameterstatus" => Some(settings::FILE),
        "commandcomplete" => Some(commands::FILE),
        _ => None,
    }
}

/// Calls `each` with the names and the docs of a file.
pub fn of_file(file: &str, each: &mut dyn FnMut(String, String)) {
    match file {
        sqlstate::FILE => {
            sqlstate::all().for_each(|condition| each(condition.doc_name(), condition.told()));
        }
        settings::FILE => settings::SETTINGS.iter().for_each(|setting| each(setting.doc_name(), setting.told())),
        commands::FILE => commands::COMMANDS.iter().for_each(|command| each(command.doc_name(), command.told())),
        _ => {}
    }
}

/// What the text of a field stands for, `message` being the one that it is in. `letter` is the field type of an error's field.
pub fn meaning(message: &Message, field: &Field, letter: Option<u8>, text: &str) -> Option<Meaning> {
    match (file_of(message)?, field.id, letter) {
        (sqlstate::FILE, "value", Some(b'C')) => sqlstate::sqlstate(text.as_bytes()).map(|known| known.meaning()),
        (settings::FILE, "name", _) => settings::setting_of(text).map(|known| known.meaning()),
        (commands::FILE, "command", _) => commands::meaning(text),
        _ => None,
    }
}
