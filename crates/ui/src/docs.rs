//! What messages and fields mean: fetched a chapter at a time, when something of that chapter is first looked at; of the very first message
//! alone, where no more is needed for it.

use std::cell::RefCell;

use pgscope_signal::traits::*;
use pgscope_view::engine::{FieldRow, Sheet};
use pgscope_view::{ALONE, Docs};
use wasm_bindgen_futures::spawn_local;

use crate::page::Page;
use crate::samples::fetched;

const MISSING: &str = "What this means could not be fetched. Select it again when the network is back.";

#[derive(Default)]
struct Known {
    docs: Docs,
    /// The chapters that are here.
    chapters: Vec<String>,
    /// Whether anything was looked at.
    is_begun: bool,
}

thread_local! {
    static KNOWN: RefCell<Known> = RefCell::default();
}

/// Shows a sheet, and what it means as soon as that is known.
pub(crate) fn tell(page: Page, mut sheet: Sheet) {
    let is_here = |chapter: &&str| KNOWN.with_borrow(|known| known.chapters.iter().any(|here| here == chapter));
    let missing = sheet.doc_chapters.iter().map(|chapter| &**chapter).filter(|chapter| !is_here(chapter));
    let mut missing: Vec<String> = missing.map(str::to_owned).collect();
    let is_first = KNOWN.with_borrow_mut(|known| !std::mem::replace(&mut known.is_begun, true));
    if missing.len() == 1 && sheet.flow_name.is_empty() {
        let alone = [ALONE, "/", &sheet.doc_name].concat();
        match is_here(&alone.as_str()) {
            true => missing.clear(),
            false if is_first => missing = vec![alone],
            false => {}
        }
    }
    tell_sheet(&mut sheet);
    let chapters: Vec<String> = sheet.doc_chapters.iter().map(|chapter| (**chapter).to_owned()).collect();
    let (number, revision) = (sheet.row.number, page.revision.get_untracked());
    page.sheet.set(Some(sheet));
    if missing.is_empty() {
        return;
    }
    spawn_local(async move {
        let mut is_whole = true;
        for file in missing {
            // What is known of a message alone stands in its chapter, too, which may be kept by the browser.
            let chapter = if file.starts_with(ALONE) { chapters.first() } else { None };
            let mut has_come = false;
            for name in std::iter::once(&file).chain(chapter) {
                if let Ok(text) = fetched(&format!("docs/{name}.txt")).await {
                    keep(name.clone(), &text);
                    has_come = true;
                    break;
                }
            }
            is_whole &= has_come;
        }
        // Meanwhile somebody may have turned to another message, or read another input.
        let is_shown = page.revision.get_untracked() == revision
            && page.sheet.with_untracked(|shown| shown.as_ref().is_some_and(|shown| shown.row.number == number));
        if is_shown {
            page.sheet.update(|shown| {
                if let Some(sheet) = shown {
                    tell_sheet(sheet);
                    if !is_whole && sheet.doc.is_empty() {
                        sheet.doc = MISSING.into();
                    }
                }
            });
        }
    });
}

/// Fetches what a chapter's fields mean, unless that is here; `then` runs when it is.
pub(crate) fn fetch(chapter: String, then: impl FnOnce() + 'static) {
    spawn_local(async move {
        let is_here = KNOWN.with_borrow(|known| known.chapters.contains(&chapter));
        if !is_here && let Ok(file) = fetched(&format!("docs/{chapter}.txt")).await {
            keep(chapter, &file);
        }
        then();
    });
}

/// What this name means; nothing where that is not here.
pub(crate) fn of(name: &str) -> String {
    KNOWN.with_borrow(|known| known.docs.of(name))
}

fn keep(chapter: String, file: &str) {
    KNOWN.with_borrow_mut(|known| {
        if !known.chapters.contains(&chapter) {
            known.docs.add(file);
            known.chapters.push(chapter);
        }
    });
}

fn tell_sheet(sheet: &mut Sheet) {
    KNOWN.with_borrow(|known| known.docs.tell_sheet(sheet));
}

/// Fills in what fields mean, as far as that is here.
pub(crate) fn tell_rows(rows: &mut [FieldRow]) {
    KNOWN.with_borrow(|known| known.docs.tell_rows(rows));
}
