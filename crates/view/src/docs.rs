//! The docs of messages and fields for a page that is built without them: as text, a file a chapter, a doc a line.

#[cfg(feature = "docs")]
use pgscope_proto::{docs, messages::ALL};

use crate::engine::{FieldRow, Sheet};

/// The file of a chapter: names and docs with a tab between them, in the order of the names.
#[cfg(feature = "docs")]
pub fn docs_of(chapter: pgscope_proto::schema::Chapter) -> String {
    let mut lines = Vec::new();
    for message in ALL.iter().filter(|message| message.chapter == chapter) {
        docs::of_message(message, &mut |name, doc| lines.push(format!("{name}\t{doc}\n")));
    }
    lines.sort();
    lines.dedup();
    lines.concat()
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

    /// Fills in what a sheet's message is for.
    pub fn tell_sheet(&self, sheet: &mut Sheet) {
        let Sheet { doc, doc_name, .. } = sheet;
        if doc.is_empty() {
            *doc = self.of(doc_name).into();
        }
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
    fn of(&self, name: &str) -> String {
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
        for message in ALL {
            let mut fetched = Docs::default();
            fetched.add(&docs_of(message.chapter));
            let mut count = 0;
            docs::of_message(message, &mut |name, doc| {
                assert_eq!(fetched.of(name), doc, "{name}");
                count += 1;
            });
            assert!(count > 1, "{}", message.name());
        }
    }
}
