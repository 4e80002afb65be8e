//! The first pane: what a person brought, in which form it was recognised, and what of it could not be read.

use pgscope_view::engine::{Input, InputProblem};
use reactive_graph::computed::Memo;
use reactive_graph::owner::{LocalStorage, StoredValue};
use reactive_graph::signal::RwSignal;
use reactive_graph::traits::*;
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::spawn_local;
use web_sys::{
    ClipboardEvent, DragEvent, Event, File, HtmlInputElement, HtmlSelectElement, HtmlTextAreaElement, InputEvent,
};

use crate::dom::{El, after, counted, el, is_typing, on_window, stop};
use crate::files::{self, Content};
use crate::learn::{self, Learn};
use crate::page::{Opened, Page, Then};
use crate::{candidates, samples, source};

/// How long typing rests before it is read, in milliseconds.
const REST: i32 = 150;

/// The text as a person edits it.
#[derive(Clone, Copy)]
struct Editor {
    page: Page,
    area: StoredValue<El, LocalStorage>,
    /// Whether the text is a sample that nobody has touched: then a paste replaces it.
    untouched: RwSignal<bool>,
    /// What was there before a sample or a file took its place.
    before: RwSignal<Option<String>>,
    resting: RwSignal<i32>,
}

impl Editor {
    fn with<T>(self, read: impl FnOnce(&HtmlTextAreaElement) -> T) -> T {
        self.area.with_value(|area| read(area.of()))
    }

    fn value(self) -> String {
        self.with(HtmlTextAreaElement::value)
    }

    /// Shows a text in the place of what was there, and keeps that.
    fn replace(self, text: String, is_sample: bool) {
        self.keep();
        self.page.opened.set(None);
        self.with(|area| {
            area.set_value(&text);
            area.set_scroll_top(0);
            area.set_scroll_left(0);
        });
        self.untouched.set(is_sample);
        self.page.load_afresh(Input::Text(text));
    }

    fn keep(self) {
        let text = self.value();
        if !self.untouched.get_untracked()
            && !text.trim().is_empty()
            && self.page.opened.with_untracked(Option::is_none)
        {
            self.before.set(Some(text));
        }
    }

    fn back(self) {
        let text = self.before.get_untracked().unwrap_or_else(|| self.value());
        self.before.set(None);
        self.untouched.set(true);
        self.replace(text, false);
    }

    fn open(self, content: Content) {
        match content {
            Content::Text(text) => self.replace(text, false),
            Content::Bytes { name, bytes } => {
                self.keep();
                self.page.opened.set(Some(Opened { name, bytes: bytes.len() }));
                self.page.load_afresh(Input::Bytes(bytes));
            }
        }
    }

    fn open_text(self, text: String) {
        match files::can_be_edited(&text) {
            true => self.replace(text, false),
            false => self.open(Content::Bytes { name: "Pasted text".to_owned(), bytes: text.into_bytes() }),
        }
    }

    fn open_file(self, file: Option<File>) {
        let Some(file) = file else { return };
        files::read(file, move |read| match read {
            Ok(content) => self.open(content),
            Err(reason) => self.page.notice.set(reason),
        });
    }

    fn open_sample(self, file: String) {
        spawn_local(async move {
            match samples::fetch(&file).await {
                Ok(text) => self.replace(text, true),
                Err(reason) => self.page.notice.set(reason),
            }
        });
    }

    /// A paste is read at once, typing when it rests.
    fn changed(self, event: &InputEvent) {
        self.untouched.set(false);
        stop(self.resting.get_untracked());
        // An event of a script's making has no type.
        let kind = if event.has_type::<InputEvent>() { event.input_type() } else { String::new() };
        if kind.is_empty() || kind.starts_with("insertFrom") {
            return self.page.load_afresh(Input::Text(self.value()));
        }
        self.resting.set(after(REST, move || self.page.load(Input::Text(self.value()), Then::Stay)));
    }

    /// Selects what a paste is to replace. Text that would make the page slow is read, but not shown as text.
    fn pasting(self, event: &ClipboardEvent) {
        let text = event.clipboard_data().and_then(|data| data.get_data("text/plain").ok()).unwrap_or_default();
        if !files::can_be_edited(&text) {
            event.prevent_default();
            return self.open_text(text);
        }
        if self.untouched.get_untracked() {
            self.with(|area| area.select());
        }
    }

    /// A paste outside of any text is meant for the input.
    fn pasted_anywhere(self, event: &ClipboardEvent) {
        let Some(data) = event.clipboard_data().filter(|_| !is_typing(event)) else { return };
        event.prevent_default();
        match files::first(data.files()) {
            Some(file) => self.open_file(Some(file)),
            None => self.open_text(data.get_data("text/plain").unwrap_or_default()),
        }
    }

    fn select(self, problem: &InputProblem) {
        let (start, end) = (problem.start as u32, problem.end.max(problem.start + 1) as u32);
        self.with(|area| {
            let _ = area.focus();
            let _ = area.set_selection_range(start, end);
        });
    }
}

pub(crate) fn pane(page: Page, learn: Learn) -> El {
    let area = el("textarea")
        .attr("aria-label", "Bytes in any form")
        .attr("placeholder", "Paste hex, a dump, an escaped string, base64, a trace … or drop a file.")
        .attr("wrap", "off")
        .attr("spellcheck", "false")
        .attr("autocomplete", "off")
        .attr("id", "bytes");
    area.of::<HtmlTextAreaElement>().set_value(samples::FIRST);
    let editor = Editor {
        page,
        area: StoredValue::new_local(area.clone()),
        untouched: RwSignal::new(true),
        before: RwSignal::new(None),
        resting: RwSignal::new(0),
    };
    on_window("paste", move |event: ClipboardEvent| editor.pasted_anywhere(&event));
    let marks = source::marks(page, &area);
    let area = area
        .on("input", move |event: InputEvent| editor.changed(&event))
        .on("paste", move |event: ClipboardEvent| editor.pasting(&event));
    let head = el("div")
        .class("pane-head")
        .child(el("h2").attr("id", "input-title").text("Your bytes"))
        .child(el("span").class("spacer"))
        .child(open_button(editor))
        .child(sample_list(editor));
    let pane = el("section")
        .class("pane input")
        .attr("aria-labelledby", "input-title")
        .child(head)
        .child(candidates::readings(page))
        .child(
            el("div")
                .class("paste")
                .child(marks)
                .child(area)
                .live_flag("hidden", move || page.opened.with(Option::is_some)),
        )
        .child(opened_file(editor))
        .child(note(editor));
    drops(editor, &pane);
    learn::follow_address(learn, move || editor.page.load_afresh(Input::Text(editor.value())));
    pane.live_flag("hidden", move || learn.is_open())
}

/// Files may be dropped anywhere on the page.
fn drops(editor: Editor, pane: &El) {
    let (over, left, dropped) = (pane.clone(), pane.clone(), pane.clone());
    on_window("dragover", move |event: DragEvent| {
        if files::holds_files(event.data_transfer()) {
            event.prevent_default();
            over.set("data-dropping", Some(""));
        }
    });
    on_window("dragleave", move |event: DragEvent| {
        if event.related_target().is_none() {
            left.set("data-dropping", None);
        }
    });
    on_window("drop", move |event: DragEvent| {
        dropped.set("data-dropping", None);
        let transfer = event.data_transfer();
        if files::holds_files(transfer.clone()) {
            event.prevent_default();
            editor.open_file(files::first(transfer.and_then(|transfer| transfer.files())));
        }
    });
}

fn open_button(editor: Editor) -> El {
    let chooser = el("input").attr("type", "file").attr("aria-label", "A file to decode").flag("hidden", true);
    let (opened, chosen) = (chooser.clone(), chooser.clone());
    let chooser = chooser.on("change", move |_: Event| {
        let input = chosen.of::<HtmlInputElement>();
        editor.open_file(files::first(input.files()));
        // So that the same file can be chosen again.
        input.set_value("");
    });
    let button = el("button").class("button").text("Open").on_click(move || opened.of::<HtmlInputElement>().click());
    el("span").child(button).child(chooser)
}

fn sample_list(editor: Editor) -> El {
    let choices =
        |samples: &[samples::Sample]| samples.iter().map(|one| choice(one.file, one.title)).collect::<Vec<_>>();
    let list = el("select").class("button samples").attr("aria-label", "Samples");
    let chosen = list.clone();
    list.child(choice("", "Samples").flag("disabled", true).flag("selected", true))
        .children(choices(samples::GOOD))
        .child(el("optgroup").attr("label", "Broken").children(choices(samples::BROKEN)))
        .on("change", move |_: Event| {
            let list = chosen.of::<HtmlSelectElement>();
            let file = list.value();
            list.set_selected_index(0);
            editor.open_sample(file);
        })
}

fn choice(value: &str, text: &str) -> El {
    el("option").attr("value", value).text(text)
}

/// In the place of the text: a file that is not text.
fn opened_file(editor: Editor) -> El {
    let page = editor.page;
    let about = move || {
        let Some(file) = page.opened.get() else { return Vec::new() };
        let words = format!(
            "{}, read from the file as they are: they are no text, or too long to be edited.",
            counted(file.bytes, "byte")
        );
        let back = el("button").class("button").text("Back to text").on_click(move || editor.back());
        vec![el("p").class("file-name").text(&file.name), el("p").text(&words), back]
    };
    el("div").class("file").live_flag("hidden", move || page.opened.with(Option::is_none)).live(about)
}

/// What was read, in a sentence, and what was not.
fn note(editor: Editor) -> El {
    let page = editor.page;
    let sentence = move || {
        page.loaded.with(|loaded| {
            if loaded.bytes == 0 {
                let hint = "Nothing to read yet: paste bytes in any form, drop a file, or take a sample.";
                return if loaded.problems.is_empty() { vec![el("span").text(hint)] } else { Vec::new() };
            }
            let asked = if loaded.form_guessed { "" } else { ", as you say" };
            let who = if loaded.sides_guessed { "probably by the " } else { "by " };
            let the = if loaded.sides_guessed || loaded.sides.starts_with("both") { "" } else { "the " };
            let inferred = if loaded.order_inferred { "; their order is inferred" } else { "" };
            let sides = if loaded.sides.starts_with("both") { "both ends" } else { loaded.sides.as_ref() };
            let rest = format!("{asked}: {}, {who}{the}{sides}{inferred}.", counted(loaded.bytes, "byte"));
            vec![el("span").text("Read as ").child(el("b").text(&loaded.form_name)).text(&rest)]
        })
    };
    let problems = Memo::new(move |_| page.loaded.with(|loaded| loaded.problems.clone()));
    let has_before = move || editor.before.with(Option::is_some) && page.opened.with(Option::is_none);
    el("div")
        .class("note")
        .attr("aria-live", "polite")
        .child(
            el("p")
                .class("bad")
                .live_text(move || page.notice.get())
                .live_flag("hidden", move || page.notice.with(String::is_empty)),
        )
        .child(el("p").live(sentence))
        .child(
            el("ul")
                .class("input-problems")
                .live(move || problems.with(|all| all.iter().map(|one| input_problem(editor, one)).collect())),
        )
        .child(
            el("button")
                .class("link")
                .text("Back to what I had")
                .live_flag("hidden", move || !has_before())
                .on_click(move || editor.back()),
        )
        .child(el("p").class("only-narrow").text("Everything stays in this tab."))
}

fn input_problem(editor: Editor, problem: &InputProblem) -> El {
    let place = format!("line {}, column {}", problem.line, problem.column);
    let words = format!(": met {}, expected {}", problem.met, problem.expected);
    let problem = problem.clone();
    let button = el("button").class("link").text(&place).on_click(move || editor.select(&problem));
    el("li").child(button).text(&words)
}
