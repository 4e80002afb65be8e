//! Folders that were dropped: all files in them, by their names.

use std::pin::Pin;

use js_sys::{Array, Function, Promise};
use pgscope_signal::traits::*;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{File, FileSystemDirectoryEntry, FileSystemEntry, FileSystemFileEntry};

use crate::editor::Editor;

/// No more files are opened at once: each has a tab.
const MOST: usize = 100;
/// So many folders may lie in each other.
const DEEPEST: usize = 32;

impl Editor {
    /// Opens files and what is in folders.
    pub(crate) fn read_folders(self, entries: Vec<FileSystemEntry>) {
        spawn_local(async move {
            let mut files = Vec::new();
            let is_read = gathered(entries, DEEPEST, &mut files).await.is_some();
            let told = match (is_read, files.len()) {
                (_, 0) => "There is no file in the folder that can be read.".to_owned(),
                (_, MOST..) => format!("Of the folder the first {MOST} files are opened."),
                (false, _) => "Not all of the folder could be read.".to_owned(),
                (true, _) => String::new(),
            };
            match files.is_empty() {
                true => self.page.notice.set(told),
                false => self.read_files_and(files, told),
            }
        });
    }
}

type Gathering<'a> = Pin<Box<dyn Future<Output = Option<()>> + 'a>>;

/// Nothing where some could not be read.
fn gathered(mut entries: Vec<FileSystemEntry>, deep: usize, files: &mut Vec<File>) -> Gathering<'_> {
    Box::pin(async move {
        entries.sort_by_key(FileSystemEntry::name);
        for entry in entries {
            // What hides itself is no recording.
            if files.len() >= MOST || entry.name().starts_with('.') {
                continue;
            }
            if !entry.is_directory() {
                files.push(file(entry.unchecked_into()).await?);
            } else if deep > 0 {
                gathered(inside(&entry.unchecked_into()).await?, deep - 1, files).await?;
            }
        }
        Some(())
    })
}

async fn file(entry: FileSystemFileEntry) -> Option<File> {
    let file = called(|done, failed| entry.file_with_callback_and_callback(done, failed)).await?;
    Some(file.unchecked_into())
}

/// What is in a folder: a browser gives it in parts.
async fn inside(folder: &FileSystemDirectoryEntry) -> Option<Vec<FileSystemEntry>> {
    let reader = folder.create_reader();
    let mut all = Vec::new();
    loop {
        let some = called(|done, failed| reader.read_entries_with_callback_and_callback(done, failed).is_ok()).await?;
        let some: Array = some.unchecked_into();
        if some.length() == 0 {
            return Some(all);
        }
        all.extend(some.iter().map(JsCast::unchecked_into::<FileSystemEntry>));
    }
}

/// What is given to the first of two functions; nothing if the second is called.
async fn called<T>(mut ask: impl FnMut(&Function, &Function) -> T) -> Option<JsValue> {
    let promise = Promise::new(&mut |done, failed| drop(ask(&done, &failed)));
    JsFuture::from(promise).await.ok()
}
