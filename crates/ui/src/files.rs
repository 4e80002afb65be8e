//! Files that are opened or dropped.

use js_sys::Uint8Array;
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{DataTransfer, File, FileList};

use crate::dom::grouped;

/// More than this is not shown as text that can be edited: whole, or on one line.
const MOST_TEXT: usize = 4 << 20;
const LONGEST_LINE: usize = 200_000;
/// More than this is not read at all: it is held in memory.
const MOST_BYTES: f64 = (400 << 20) as f64;

/// What a file held.
pub(crate) enum Content {
    /// Text that is short enough to be edited.
    Text(String),
    /// Everything else.
    Bytes { name: String, bytes: Vec<u8> },
}

/// The first file of a list, if there is one.
pub(crate) fn first(files: Option<FileList>) -> Option<File> {
    files?.item(0)
}

/// Whether files are dragged.
pub(crate) fn holds_files(transfer: Option<DataTransfer>) -> bool {
    transfer.is_some_and(|transfer| transfer.types().iter().any(|kind| kind.as_string().as_deref() == Some("Files")))
}

/// Reads a file; `then` gets what it held, or why it could not be read.
pub(crate) fn read(file: File, then: impl FnOnce(Result<Content, String>) + 'static) {
    spawn_local(async move {
        let name = file.name();
        if file.size() > MOST_BYTES {
            let size = grouped((file.size() / 1e6) as usize);
            return then(Err(format!("{name} has {size} MB: more than 400 MB do not fit into a tab.")));
        }
        let Ok(buffer) = JsFuture::from(file.array_buffer()).await else {
            return then(Err(format!("{name} could not be read.")));
        };
        then(Ok(content(name, Uint8Array::new(&buffer).to_vec())));
    });
}

fn content(name: String, bytes: Vec<u8>) -> Content {
    if bytes.contains(&0) {
        return Content::Bytes { name, bytes };
    }
    match String::from_utf8(bytes) {
        Ok(text) if can_be_edited(&text) => Content::Text(text),
        Ok(text) => Content::Bytes { name, bytes: text.into_bytes() },
        Err(error) => Content::Bytes { name, bytes: error.into_bytes() },
    }
}

/// Whether a text area stays quick with this text in it.
pub(crate) fn can_be_edited(text: &str) -> bool {
    text.len() <= MOST_TEXT && text.split('\n').all(|line| line.len() <= LONGEST_LINE)
}
