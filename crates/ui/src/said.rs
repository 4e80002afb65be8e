//! Where somebody pasted what a program said instead of bytes: the mistakes that it comes from, each with its page.

use std::cell::RefCell;

use pgscope_signal::signal::RwSignal;
use pgscope_signal::traits::*;
use pgscope_view::said::{Explained, FILE, explained};
use wasm_bindgen_futures::spawn_local;

use crate::dom::{El, counted, effect, el};
use crate::editor::Editor;
use crate::samples::fetched;

/// So few bytes may be numbers in a sentence.
const FEW: usize = 16;

/// Whether what was pasted may be a sentence.
pub(crate) fn is_wanted(editor: Editor) -> bool {
    editor.page.loaded.with(|loaded| loaded.form_guessed && loaded.bytes < FEW)
}

thread_local! {
    /// What programs say, when it has come.
    static WORDS: RefCell<Option<String>> = const { RefCell::new(None) };
}

pub(crate) fn pane(editor: Editor) -> El {
    let found = RwSignal::<Vec<Explained>>::default();
    effect(move || {
        if !is_wanted(editor) {
            return found.set(Vec::new());
        }
        spawn_local(async move {
            if WORDS.with_borrow(Option::is_none) {
                // What cannot be fetched is tried again with the next text.
                let words = fetched(&format!("docs/{FILE}.txt")).await.ok();
                WORDS.set(words);
            }
            let text = if is_wanted(editor) { editor.text() } else { String::new() };
            found.set(WORDS.with_borrow(|words| explained(words.as_deref().unwrap_or_default(), &text)));
        });
    });
    let told = move || {
        let all = found.get();
        if all.is_empty() {
            return Vec::new();
        }
        let from = counted(all.len(), "mistake");
        let order = if all.len() > 1 { ", the most likely first" } else { "" };
        let head = el("h3").text("This is what a program says");
        let lead = el("p").text(&format!("These are no bytes, but words that come from {from}{order}:"));
        vec![head, lead, el("ol").class("sheet-problems").children(all.iter().map(one).collect())]
    };
    el("section")
        .class("explained")
        .attr("aria-label", "What a program says")
        .attr("aria-live", "polite")
        .live_flag("hidden", move || found.with(Vec::is_empty))
        .live(told)
}

fn one(explained: &Explained) -> El {
    let title = format!("{} {}", explained.rule, explained.title);
    let link = el("a").attr("href", &format!("messages/{}", explained.page)).text(&title);
    el("li")
        .attr("data-severity", "note")
        .child(el("p").child(link))
        .child(el("p").text(&explained.says).text("."))
        .child(el("p").text("Mend: ").text(&explained.mend))
        .child(el("p").text("To be sure, record: ").text(&explained.record))
}
