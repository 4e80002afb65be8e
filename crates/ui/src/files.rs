//! Files that are opened or dropped.

use std::cell::RefCell;

use js_sys::{Array, JsString, Uint8Array};
use pgscope_view::capture::zstandard::MAGIC;
use pgscope_view::capture::{Kind, kind, utf16_text};
use pgscope_view::change::Change;
use serde::{Deserialize, Serialize};
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{Blob, DataTransfer, File, FileList, FileSystemEntry};

use crate::dom::grouped;
use crate::{deflate, unpack};

/// More than this is not shown as text that can be edited: whole, or on one line.
const MOST_TEXT: usize = 4 << 20;
const LONGEST_LINE: usize = 200_000;
/// In so many bytes of a capture file there is a packet.
const MOST_PACKET: f64 = 300_000.0;
/// How many bytes tell whether a file is text.
const LOOKED_AT: f64 = 4096.0;
/// More than this is not read at all: it is held in memory.
pub(crate) const MOST_BYTES: f64 = (1_u64 << 30) as f64;
/// Of a capture file only what one looks at is held; its places are counted in 32 bits.
pub(crate) const MOST_RECORDED: f64 = 4.2e9;

thread_local! {
    /// What was opened, so that it can be read again. The browser holds the bytes.
    static OPENED: RefCell<Vec<Blob>> = RefCell::default();
}

/// A file that is not shown as text.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
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

    pub(crate) fn blob(&self) -> Option<Blob> {
        OPENED.with_borrow(|all| all.get(self.at).cloned())
    }

    /// The same with some changes made, as a file of its own.
    pub(crate) fn as_changed(&self, changes: &[Change]) -> Option<Opened> {
        self.changed(changes).map(|blob| Self::keep(&self.name, &blob))
    }

    /// The file as it is after some changes. No byte of it is copied.
    pub(crate) fn changed(&self, changes: &[Change]) -> Option<Blob> {
        changes.iter().try_fold(self.blob()?, |blob, change| {
            let (start, end) = (change.start as f64, (change.start + change.was.len()) as f64);
            let before = blob.slice_with_f64_and_f64(0.0, start).ok()?;
            let behind = blob.slice_with_f64(end).ok()?;
            let new = Uint8Array::from(change.new.as_slice());
            Blob::new_with_blob_sequence(&Array::of3(&before, &new, &behind)).ok()
        })
    }
}

/// How a file begins that gzip has packed.
const GZIP: [u8; 3] = [0x1f, 0x8b, 8];

/// What a file held, or was pasted.
pub(crate) enum Content {
    /// Text that is short enough to be edited.
    Text(String),
    /// Everything else.
    File(Opened),
}

/// The files of a list.
pub(crate) fn all(files: Option<FileList>) -> Vec<File> {
    files.map_or_else(Vec::new, |files| (0..files.length()).filter_map(|at| files.item(at)).collect())
}

/// What each of some files is, as far as its beginning tells, with the bytes of that; nothing of one that cannot be read.
pub(crate) async fn kinds(files: &[File], looked_at: usize) -> Vec<Option<(Kind, Vec<u8>)>> {
    let mut kinds = Vec::new();
    for file in files {
        let begin = match file.slice_with_f64_and_f64(0.0, looked_at as f64) {
            Ok(begin) => bytes(&begin).await.ok(),
            Err(_) => None,
        };
        kinds.push(begin.map(|begin| (kind(&begin), begin)));
    }
    kinds
}

/// Some files as one, each behind the one before.
pub(crate) fn joined(name: &str, files: &[&Blob]) -> Option<Opened> {
    let all: Array = files.iter().map(|file| JsValue::from(*file)).collect();
    Some(Opened::keep(name, &Blob::new_with_blob_sequence(&all).ok()?))
}

/// When the first packet of a capture file was recorded.
pub(crate) async fn recorded_at(file: &Opened) -> Option<i64> {
    let begin = file.blob()?.slice_with_f64_and_f64(0.0, MOST_PACKET).ok()?;
    pgscope_view::capture::recorded_at(&bytes(&begin).await.ok()?)
}

/// What was dropped, where that is not files alone: folders tell what is in them later.
pub(crate) fn with_folders(transfer: &DataTransfer) -> Vec<FileSystemEntry> {
    let items = transfer.items();
    let entry = |at| items.get(at)?.webkit_get_as_entry().ok().flatten();
    let entries: Vec<FileSystemEntry> = (0..items.length()).filter_map(entry).collect();
    if entries.iter().any(FileSystemEntry::is_directory) { entries } else { Vec::new() }
}

/// Whether files are dragged.
pub(crate) fn holds_files(transfer: Option<DataTransfer>) -> bool {
    transfer.is_some_and(|transfer| transfer.types().iter().any(|kind| kind.as_string().as_deref() == Some("Files")))
}

/// Looks into a file; `then` gets what it is, or why it could not be read.
pub(crate) fn read(file: File, then: impl FnOnce(Result<Content, String>) + 'static) {
    spawn_local(async move { then(content(file).await) });
}

/// What a file holds, or why it could not be read.
pub(crate) async fn content(file: File) -> Result<Content, String> {
    let name = file.name();
    if file.size() == 0.0 {
        return Err(format!("{name} is empty: it has no bytes."));
    }
    if file.size() > MOST_BYTES && !(file.size() < MOST_RECORDED && is_recorded(&file).await) {
        let size = grouped((file.size() / 1e6) as usize);
        return Err(format!(
            "{name} has {size} MB. More than 1,000 MB do not fit into a tab, of a capture file 4,200 MB. Take a part of it."
        ));
    }
    let unread =
        || format!("{name} could not be read. If it was moved or changed since it was chosen, choose it again.");
    let content = match text_in(&file).await {
        Ok(Held::Packed(by)) => {
            let (whole, end, tool) = match by {
                Packer::Gzip => (deflate::unpacked(&file, MOST_BYTES).await, ".gz", "gunzip -t"),
                Packer::Zstandard => (unpack::zstandard(&file, MOST_BYTES).await, ".zst", "zstd -t"),
            };
            let whole = whole.ok_or_else(|| {
                format!("{name} could not be unpacked to its end, or is too large for a tab. {tool} says more of it.")
            })?;
            let inner = name.strip_suffix(end).unwrap_or(&name);
            text_in(&whole).await.map(|held| held.or_file(inner, &whole))
        }
        held => held.map(|held| held.or_file(&name, &file)),
    };
    content.map_err(|_| unread())
}

/// Whether it is a capture file that is not packed.
async fn is_recorded(file: &File) -> bool {
    matches!(kinds(std::slice::from_ref(file), LOOKED_AT as usize).await.as_slice(), [Some((Kind::Capture, _))])
}

/// Bytes that came in another way than as a file.
pub(crate) fn from_bytes(name: &str, bytes: Vec<u8>) -> Content {
    opened(name, &bytes).map_or_else(|| Content::Text(String::new()), Content::File)
}

/// Bytes as if they were a file.
pub(crate) fn opened(name: &str, bytes: &[u8]) -> Option<Opened> {
    let parts = Array::of1(&Uint8Array::from(bytes));
    Blob::new_with_u8_array_sequence(&parts).ok().map(|blob| Opened::keep(name, &blob))
}

/// A text that may be too long to be edited.
pub(crate) fn from_text(text: String) -> Content {
    match can_be_edited(&text) {
        true => Content::Text(text),
        false => long_text(&text.into()),
    }
}

/// What is in a file, as far as a look tells.
enum Held {
    /// Text that can be edited, or is not written as UTF-8.
    Text(Content),
    /// What was packed.
    Packed(Packer),
    Other,
}

/// What packs files.
#[derive(Clone, Copy)]
enum Packer {
    Gzip,
    Zstandard,
}

impl Held {
    fn or_file(self, name: &str, blob: &Blob) -> Content {
        match self {
            Held::Text(content) => content,
            Held::Packed(_) | Held::Other => Content::File(Opened::keep(name, blob)),
        }
    }
}

async fn text_in(file: &Blob) -> Result<Held, JsValue> {
    let begin = bytes(&file.slice_with_f64_and_f64(0.0, LOOKED_AT)?).await?;
    if begin.starts_with(&GZIP) {
        return Ok(Held::Packed(Packer::Gzip));
    }
    if begin.starts_with(&MAGIC) {
        return Ok(Held::Packed(Packer::Zstandard));
    }
    if utf16_text(&begin).is_some() {
        let text = utf16_text(&bytes(file).await?).map(from_text);
        return Ok(text.map_or(Held::Other, Held::Text));
    }
    // What is named for what it is need not be seen as letters.
    if file.size() > MOST_TEXT as f64 || begin.contains(&0) || matches!(kind(&begin), Kind::Other(_)) {
        return Ok(Held::Other);
    }
    let text = String::from_utf8(bytes(file).await?).ok();
    let text = text.filter(|text| !text.contains('\0') && can_be_edited(text)).map(Content::Text);
    Ok(text.map_or(Held::Other, Held::Text))
}

pub(crate) async fn bytes(blob: &Blob) -> Result<Vec<u8>, JsValue> {
    Ok(Uint8Array::new(&JsFuture::from(blob.array_buffer()).await?).to_vec())
}

/// What was pasted. A long text is never copied into this thread's memory.
pub(crate) fn pasted(data: &DataTransfer) -> Content {
    let text = data.unchecked_ref::<Pasted>().text("text/plain");
    if text.length() as usize <= MOST_TEXT {
        let short = String::from(&text);
        if can_be_edited(&short) {
            return Content::Text(short);
        }
    }
    long_text(&text)
}

fn long_text(text: &JsString) -> Content {
    match Blob::new_with_str_sequence(&Array::of1(text)) {
        Ok(blob) => Content::File(Opened::keep("Pasted text", &blob)),
        Err(_) => Content::Text(text.into()),
    }
}

#[wasm_bindgen]
extern "C" {
    /// A DataTransfer whose text stays where it is.
    type Pasted;

    #[wasm_bindgen(method, js_name = getData)]
    fn text(this: &Pasted, format: &str) -> JsString;
}

/// Whether a text area stays quick with this text in it.
pub(crate) fn can_be_edited(text: &str) -> bool {
    text.len() <= MOST_TEXT && text.split('\n').all(|line| line.len() <= LONGEST_LINE)
}
