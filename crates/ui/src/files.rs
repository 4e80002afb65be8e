//! Files that are opened or dropped.

use std::cell::RefCell;

use js_sys::Uint8Array;
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{Blob, DataTransfer, File, FileList};

use crate::dom::grouped;

/// More than this is not shown as text that can be edited: whole, or on one line.
const MOST_TEXT: usize = 4 << 20;
const LONGEST_LINE: usize = 200_000;
/// More than this is not read at all: it is held in memory.
const MOST_BYTES: f64 = (400 << 20) as f64;

thread_local! {
    /// What was opened, so that it can be read again. The browser holds the bytes.
    static OPENED: RefCell<Vec<Blob>> = RefCell::default();
}

/// A file that is not shown as text.
#[derive(Clone, PartialEq)]
pub(crate) struct Opened {
    pub(crate) name: String,
    /// How many bytes it had when it was opened.
    pub(crate) bytes: usize,
    at: usize,
}

impl Opened {
    fn keep(name: &str, blob: &Blob) -> Self {
        let at = OPENED.with_borrow_mut(|all| {
            all.push(blob.clone());
            all.len() - 1
        });
        Self { name: name.to_owned(), bytes: blob.size() as usize, at }
    }

    fn blob(&self) -> Option<Blob> {
        OPENED.with_borrow(|all| all.get(self.at).cloned())
    }
}

/// What a file held.
pub(crate) enum Content {
    /// Text that is short enough to be edited.
    Text(String),
    /// Everything else.
    Bytes { opened: Opened, bytes: Vec<u8> },
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
        let Some(bytes) = bytes(&file).await else { return then(Err(unreadable(&name))) };
        then(Ok(content(&name, &file, bytes)));
    });
}

/// Reads what was opened before once more.
pub(crate) fn reread(opened: Opened, then: impl FnOnce(Result<Vec<u8>, String>) + 'static) {
    spawn_local(async move {
        let read = match opened.blob() {
            Some(blob) => bytes(&blob).await,
            None => None,
        };
        then(read.ok_or_else(|| unreadable(&opened.name)));
    });
}

async fn bytes(blob: &Blob) -> Option<Vec<u8>> {
    let buffer = JsFuture::from(blob.array_buffer()).await.ok()?;
    Some(Uint8Array::new(&buffer).to_vec())
}

fn unreadable(name: &str) -> String {
    format!("{name} could not be read. If it was moved or changed since it was opened, open it again.")
}

fn content(name: &str, blob: &Blob, bytes: Vec<u8>) -> Content {
    let bytes = match String::from_utf8(bytes) {
        Ok(text) if !text.contains('\0') && can_be_edited(&text) => return Content::Text(text),
        Ok(text) => text.into_bytes(),
        Err(error) => error.into_bytes(),
    };
    Content::Bytes { opened: Opened::keep(name, blob), bytes }
}

/// Bytes that came in another way than as a file.
pub(crate) fn from_bytes(name: &str, bytes: Vec<u8>) -> Content {
    let parts = js_sys::Array::of1(&Uint8Array::from(bytes.as_slice()));
    match Blob::new_with_u8_array_sequence(&parts) {
        Ok(blob) => Content::Bytes { opened: Opened::keep(name, &blob), bytes },
        Err(_) => Content::Text(String::new()),
    }
}

/// A text that is too long to be edited.
pub(crate) fn from_text(text: String) -> Content {
    let parts = js_sys::Array::of1(&text.as_str().into());
    match Blob::new_with_str_sequence(&parts) {
        Ok(blob) => Content::Bytes { opened: Opened::keep("Pasted text", &blob), bytes: text.into_bytes() },
        Err(_) => Content::Text(text),
    }
}

/// Whether a text area stays quick with this text in it.
pub(crate) fn can_be_edited(text: &str) -> bool {
    text.len() <= MOST_TEXT && text.split('\n').all(|line| line.len() <= LONGEST_LINE)
}
