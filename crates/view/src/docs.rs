//! The docs of messages and fields for a page that is built without them: as text, a file a chapter, a doc a line. Where the
//! manual describes a message stands there too, under its name and `#manual`: titles and addresses with tabs between them.
//! What texts stand for ([`pgscope_proto::codes`]) and what programs say ([`crate::said`]) have files of their own.

#[cfg(not(feature = "docs"))]
use std::sync::OnceLock;
#[cfg(not(feature = "docs"))]
use std::sync::atomic::{AtomicBool, Ordering};

use pgscope_proto::Message;
#[cfg(feature = "docs")]
use pgscope_proto::{codes, docs, messages::ALL, types};

use crate::engine::{FieldRow, Sheet, Words};

/// The folder of the files of messages alone.
pub const ALONE: &str = "one";

/// What comes behind the name of a message where the manual describes it.
const MANUAL: &str = "#manual";

/// The sections of the manual about a message, and where these are: its own, and that on how such messages follow one
/// another, as the request has it that it answers; one where both are the same. None where docs are fetched.
#[cfg(feature = "docs")]
pub(crate) fn manual_of(message: &Message, request: Option<&Message>) -> Vec<(Words, String)> {
    let flow = request.unwrap_or(message).chapter.flow();
    let own = (message.section_title().into(), crate::manual(message.section));
    let flow = (flow.title.into(), crate::manual(flow));
    if own == flow { vec![own] } else { vec![own, flow] }
}

#[cfg(not(feature = "docs"))]
pub(crate) fn manual_of(_: &Message, _: Option<&Message>) -> Vec<(Words, String)> {
    Vec::new()
}

/// The file of a chapter: names and docs with a tab between them, in the order of the names.
#[cfg(feature = "docs")]
pub fn docs_of(chapter: pgscope_proto::schema::Chapter) -> String {
    lines_of(ALL.iter().chain(types::ALL).copied().filter(|message| message.chapter == chapter))
}

/// The same of a message alone.
#[cfg(feature = "docs")]
fn docs_of_one(message: &'static Message) -> String {
    lines_of(std::iter::once(message))
}

#[cfg(feature = "docs")]
fn lines_of(messages: impl Iterator<Item = &'static Message>) -> String {
    let mut lines = Vec::new();
    for message in messages {
        docs::of_message(message, &mut |name, doc| lines.push(format!("{name}\t{doc}\n")));
        let places: String =
            manual_of(message, None).iter().map(|(title, link)| format!("\t{title}\t{link}")).collect();
        lines.push(format!("{}{MANUAL}{places}\n", message.field.id));
    }
    lines.sort();
    lines.dedup();
    lines.concat()
}

/// All files: their names, without an ending, and what is in them. Beside those of the chapters, in a folder, stand those of the messages
/// alone: what is looked at first needs no more.
#[cfg(feature = "docs")]
pub fn docs_files() -> Vec<(String, String)> {
    let mut files: Vec<(String, String)> = Vec::new();
    for message in ALL.iter().chain(types::ALL) {
        if files.iter().all(|(name, _)| *name != message.chapter.id()) {
            files.push((message.chapter.id().to_owned(), docs_of(message.chapter)));
        }
    }
    files.extend(ALL.iter().map(|message| (format!("{ALONE}/{}", message.field.id), docs_of_one(message))));
    files.extend(codes::FILES.map(|file| (file.to_owned(), meanings_of(file))));
    files.push((crate::said::FILE.to_owned(), crate::said::file()));
    files
}

/// A file of what texts stand for, in the same form as a chapter.
#[cfg(feature = "docs")]
fn meanings_of(file: &str) -> String {
    let mut lines = Vec::new();
    codes::of_file(file, &mut |name, doc| lines.push(format!("{name}\t{doc}\n")));
    lines.sort();
    lines.concat()
}

/// Texts that a program which is built without docs is to fetch before it answers: files of docs as one, in the order of their names.
#[cfg(not(feature = "docs"))]
#[derive(Debug)]
pub struct Texts {
    docs: OnceLock<Docs>,
    is_lacked: AtomicBool,
}

/// What messages and fields are for.
#[cfg(not(feature = "docs"))]
pub static WORDS: Texts = Texts::new();
/// What texts stand for.
#[cfg(not(feature = "docs"))]
pub static MEANINGS: Texts = Texts::new();

#[cfg(not(feature = "docs"))]
impl Texts {
    const fn new() -> Self {
        Self { docs: OnceLock::new(), is_lacked: AtomicBool::new(false) }
    }

    /// They have come.
    pub fn come(&self, file: &str) {
        let mut docs = Docs::default();
        docs.add(file);
        let _ = self.docs.set(docs);
    }

    /// Whether they were lacked since this was last asked.
    pub fn were_lacked(&self) -> bool {
        self.is_lacked.swap(false, Ordering::Relaxed)
    }

    /// The doc of this name; nothing before they have come.
    pub(crate) fn of(&self, name: &str) -> String {
        let docs = self.docs.get();
        if docs.is_none() {
            self.is_lacked.store(true, Ordering::Relaxed);
        }
        docs.map(|docs| docs.of(name)).unwrap_or_default()
    }
}

/// What a message is for.
pub(crate) fn of_message(message: &'static Message) -> Words {
    #[cfg(feature = "docs")]
    return message.field.doc.into();
    #[cfg(not(feature = "docs"))]
    WORDS.of(message.field.id).into()
}

/// Docs that were fetched.
#[derive(Clone, Debug, Default)]
pub struct Docs {
    /// A list for each chapter: by name, in order.
    known: Vec<Vec<(String, String)>>,
}

impl Docs {
    /// Adds the file of a chapter.
    pub fn add(&mut self, file: &str) {
        let lines = file.lines().filter_map(|line| line.split_once('\t'));
        self.known.push(lines.map(|(name, doc)| (name.to_owned(), doc.to_owned())).collect());
    }

    /// Fills in what a sheet's message is for, and where the manual describes it.
    pub fn tell_sheet(&self, sheet: &mut Sheet) {
        let Sheet { doc, doc_name, flow_name, manual, .. } = sheet;
        if doc.is_empty() {
            *doc = self.of(doc_name).into();
        }
        // That of the request may come later.
        if manual.is_empty() || !flow_name.is_empty() {
            *manual = self.manual(doc_name);
            let flow = self.manual(flow_name).pop();
            if let (Some(flow), Some(own)) = (flow, manual.last_mut()) {
                *own = flow;
            }
        }
    }

    /// The sections of the manual about the message of this name.
    fn manual(&self, name: &str) -> Vec<(Words, String)> {
        let places = self.of(&format!("{name}{MANUAL}"));
        let (mut places, mut manual) = (places.split('\t'), Vec::new());
        while let (Some(title), Some(link)) = (places.next(), places.next()) {
            manual.push((title.to_owned().into(), link.to_owned()));
        }
        manual
    }

    /// Fills in what fields and their values mean.
    pub fn tell_rows(&self, rows: &mut [FieldRow]) {
        for FieldRow { doc, doc_name, code_doc, code_doc_name, .. } in rows {
            if doc.is_empty() {
                *doc = self.of(doc_name).into();
            }
            if code_doc.is_empty() {
                *code_doc = self.of(code_doc_name).into();
            }
        }
    }

    /// The doc of this name; empty where it did not come.
    pub fn of(&self, name: &str) -> String {
        let found = |chapter: &Vec<(String, String)>| {
            let at = chapter.binary_search_by(|(known, _)| known.as_str().cmp(name)).ok()?;
            chapter.get(at).map(|(_, doc)| doc.clone())
        };
        self.known.iter().find_map(found).unwrap_or_default()
    }
}

#[cfg(all(test, feature = "docs"))]
mod tests {
    use super::*;

    #[test]
    fn every_doc_comes_back_from_its_chapters_file() {
        for message in ALL.iter().chain(types::ALL) {
            let mut fetched = Docs::default();
            fetched.add(&docs_of(message.chapter));
            let mut count = 0;
            docs::of_message(message, &mut |name, doc| {
                assert_eq!(fetched.of(name), doc, "{name}");
                count += 1;
            });
            assert!(count > 1 || message.fields.is_empty(), "{}", message.name());
        }
    }

    #[test]
    fn every_meaning_comes_back_from_its_file() {
        for file in codes::FILES {
            let mut fetched = Docs::default();
            fetched.add(&meanings_of(file));
            let mut count = 0;
            codes::of_file(file, &mut |name, doc| {
                assert_eq!(fetched.of(&name), doc, "{name}");
                count += 1;
            });
            assert!(count > 10, "{file}");
        }
    }
}
