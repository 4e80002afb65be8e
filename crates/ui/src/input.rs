//! The first pane: what a person brought, in which form it was recognised, and what of it could not be read.

use pgscope_signal::computed::Memo;
use pgscope_signal::traits::*;
use pgscope_view::engine::InputProblem;
use web_sys::{ClipboardEvent, DragEvent, Event, HtmlInputElement, HtmlTextAreaElement, InputEvent};

use crate::address::Address;
use crate::dom::{El, aria, counted, effect, el, grouped, on_window};
use crate::editor::Editor;
use crate::gallery::{self, Gallery};
use crate::later::{self, Action, Pane, act};
use crate::learn::{self, Learn};
use crate::page::Page;
use crate::share::Share;
use crate::together::Together;
use crate::work::Fate;
use crate::{candidates, files, header, said, source};

pub(crate) fn pane(page: Page, learn: Learn, area: El, address: Address, gallery: Gallery) -> El {
    let editor = page.editor();
    let area = area
        .attr("aria-label", "Bytes in any form")
        .attr("placeholder", "Paste hex, a dump, an escaped string, base64, a trace … or drop a file.")
        .attr("wrap", "off")
        .attr("spellcheck", "false")
        .attr("autocomplete", "off")
        .attr("id", "bytes");
    area.of::<HtmlTextAreaElement>().set_value(&editor.text());
    on_window("paste", move |event: ClipboardEvent| editor.pasted_anywhere(&event));
    let marks = source::marks(page, &area);
    let area = area
        .on("input", move |event: InputEvent| editor.changed(&event))
        .on("beforeinput", move |event: InputEvent| editor.before_change(&event))
        .on("paste", move |event: ClipboardEvent| editor.pasting(&event));
    let share = Share::new(address);
    let head = el("div")
        .class("pane-head")
        .child(el("h2").attr("id", "input-title").text("Your bytes"))
        .child(el("span").class("spacer"))
        .child(open_button(editor))
        .child(gallery::button(gallery))
        .child(share.button());
    let pane = el("section")
        .class("pane input")
        .attr("aria-labelledby", "input-title")
        .child(head)
        .child(later::pane(Pane::Share(share), move || share.has_outcome()))
        .child(later::pane(Pane::Pasted(editor), move || editor.can_append()))
        .child(later::pane(Pane::Together(editor), move || editor.page.editing.together.with(Together::are_several)))
        .child(welcome(address))
        .child(candidates::readings(page))
        .child(
            el("div")
                .class("paste")
                .child(marks)
                .child(area)
                .live_flag("hidden", move || page.opened.with(Option::is_some)),
        )
        .child(later::pane(Pane::OpenedFile(editor), move || page.opened.with(Option::is_some)))
        .child(later::pane(Pane::LongText(page), move || page.loaded.with(|loaded| loaded.is_long_text)))
        .child(later::pane(Pane::Progress(page), move || page.progress.with(Option::is_some)))
        .child(note(editor, address))
        .child(later::pane(Pane::Said(editor), move || said::is_wanted(editor)));
    drops(editor, &pane);
    pane.live_flag("hidden", move || learn.is_open())
}

/// What this is, and what one does with it; until somebody does.
fn welcome(address: Address) -> El {
    let words = " psql logs in and runs a query. For your own, paste over it, in any form, or drop a file. New to the protocol? ";
    let learn = el("a").attr("href", &learn::address()).text("Learn it step by step.");
    el("div")
        .class("welcome")
        .child(el("p").class("welcome-what").text(header::WHAT))
        .child(el("p").child(el("b").text("An example:")).text(words).child(learn))
        .live_flag("hidden", move || !address.is_first())
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
            let entries = transfer.as_ref().map(files::with_folders).unwrap_or_default();
            if !entries.is_empty() {
                return act(Action::OpenFolders(editor, entries));
            }
            editor.open_files(files::all(transfer.and_then(|transfer| transfer.files())));
        }
    });
}

fn open_button(editor: Editor) -> El {
    let chooser = el("input").attr("type", "file").attr("aria-label", "A file to decode");
    let chooser = chooser.flag("multiple", true).flag("hidden", true);
    let (opened, chosen) = (chooser.clone(), chooser.clone());
    let chooser = chooser.on("change", move |_: Event| {
        let input = chosen.of::<HtmlInputElement>();
        editor.open_files(files::all(input.files()));
        // So that the same file can be chosen again.
        input.set_value("");
    });
    let button = el("button").class("button").text("Open").on_click(move || opened.of::<HtmlInputElement>().click());
    el("span").child(button).child(chooser)
}

/// In the place of the text: a file that is not text.
pub(crate) fn opened_file(editor: Editor) -> El {
    let page = editor.page;
    let is_text = Memo::new(move |_| page.loaded.with(|loaded| loaded.is_long_text));
    // There is nothing to be seen of what is no text.
    let is_read = move || page.opened.with(Option::is_some) && page.progress.with(Option::is_none);
    let has_nothing = Memo::new(move |_| is_read() && !is_text.get());
    effect(move || page.folded.set(has_nothing.get()));
    let about = move || {
        let Some(file) = page.opened.get() else { return Vec::new() };
        let why = match page.loaded.with(|loaded| loaded.form == "pcap") {
            true => "of which those are shown that TCP connections carried",
            false if page.said().split.is_some() => "the bytes of one end, and behind them those of the other",
            false if is_text.get() => "too long to be edited as text",
            false => "read as they are: they are no text",
        };
        let words = format!("{}, {why}.", counted(file.bytes, "byte"));
        let back = el("button").class("button").text("Back to text").on_click(move || editor.close_file());
        let fold = el("button")
            .class("button")
            .attr("aria-controls", "pane-bytes")
            .live_text(move || if page.folded.get() { "Show this pane" } else { "Fold this pane away" }.to_owned())
            .live_attr("aria-expanded", move || aria(!page.folded.get()))
            .on_click(move || page.folded.update(|folded| *folded = !*folded));
        vec![el("p").class("file-name").text(&file.name), el("p").text(&words), back, fold]
    };
    el("div")
        .class("file")
        .live_flag("data-text", move || is_text.get())
        .live_flag("hidden", move || page.opened.with(Option::is_none))
        .live(about)
}

/// Takes back and does again: the buttons say what.
fn past(editor: Editor) -> Vec<El> {
    let can = editor.page.editing.can;
    let button = |sign: &str, key: &'static str, nth: usize| {
        let next = move || can.with(|can| can.get(nth).cloned().flatten());
        let label = move || Some(next().map_or_else(|| key.to_owned(), |name| [key, ": ", &name].concat()));
        el("button")
            .class("button sign")
            .live_attr("aria-label", label)
            .live_attr("title", label)
            .live_flag("disabled", move || next().is_none())
            .text(sign)
    };
    let undo = button("↶", "Undo (Ctrl+Z)", 0).on_click(move || act(Action::Undo(editor)));
    vec![undo, button("↷", "Redo (Ctrl+Shift+Z)", 1).on_click(move || act(Action::Redo(editor)))]
}

/// What was read, in a sentence, and what was not.
fn note(editor: Editor, address: Address) -> El {
    let page = editor.page;
    let sentence = move || {
        if page.progress.with(Option::is_some) {
            return Vec::new();
        }
        page.loaded.with(|loaded| {
            if loaded.bytes == 0 {
                let hint = "Nothing to read yet: paste bytes in any form, drop a file, or take a sample.";
                let words = match (loaded.partial, loaded.problems.is_empty()) {
                    (Some(_), _) => "Nothing was read.",
                    (_, false) => "Nothing of this could be read:",
                    _ => hint,
                };
                return vec![el("span").text(words)];
            }
            let asked = if loaded.form_guessed { "" } else { ", as you say" };
            let both = loaded.sides.starts_with("both");
            let inferred = if loaded.order_inferred { "; their order is inferred" } else { "" };
            let who = match (loaded.sides_guessed, both) {
                _ if loaded.senders.iter().any(|one| one.taken && one.percent == 0) => {
                    "and who sent them cannot be told".to_owned()
                }
                (true, true) => "by both ends, whose is whose is a guess".to_owned(),
                (false, true) => "by both ends".to_owned(),
                (true, false) => format!("probably by the {}", loaded.sides),
                (false, false) => format!("by the {}", loaded.sides),
            };
            let rest = format!("{asked}: {}, {who}{inferred}.", counted(loaded.bytes, "byte"));
            vec![el("span").text("Read as ").child(el("b").text(&loaded.form_name)).text(&rest)]
        })
    };
    el("div")
        .class("note")
        .attr("aria-live", "polite")
        .child(
            el("p")
                .class("bad")
                .live_text(move || page.notice.get())
                .live_flag("hidden", move || page.notice.with(String::is_empty)),
        )
        .child(
            el("p")
                .class("bad")
                .live_text(move || address.trouble.get())
                .live_flag("hidden", move || address.trouble.with(String::is_empty)),
        )
        .child(el("div").class("note-line").child(el("p").live(sentence)).children(past(editor)))
        .child(later::pane(Pane::Partial(editor), move || page.loaded.with(|loaded| loaded.partial.is_some())))
        .child(later::pane(Pane::InputProblems(editor), move || page.loaded.with(|loaded| !loaded.problems.is_empty())))
        .child(later::pane(Pane::Kept(address), move || address.fate.get() != Fate::Nothing))
        .child(el("p").class("only-narrow").text("Everything stays in this tab."))
}

/// What became of the work, and what can be done about that.
pub(crate) fn kept(address: Address) -> El {
    let action = |label: &'static str, when: fn(Fate) -> bool, run: fn(Address)| {
        el("button")
            .class("link")
            .text(label)
            .live_flag("hidden", move || !when(address.fate.get()))
            .on_click(move || run(address))
    };
    el("div")
        .class("kept")
        .child(
            el("span")
                .live_text(move || address.fate.get().words().to_owned())
                .live_attr("title", move || Some(address.fate.get().words().to_owned())),
        )
        .child(
            el("a")
                .attr("href", "#")
                .text("back to them")
                .live_flag("hidden", move || address.fate.get() != Fate::Waits),
        )
        .child(action("Start afresh", |fate| fate == Fate::CameBack, Address::start_afresh))
        .child(action("Clear what is kept", |fate| matches!(fate, Fate::Kept | Fate::CameBack), Address::forget))
        .child(action("Keep this instead", |fate| fate == Fate::Displaced, Address::keep_instead))
        .live_flag("hidden", move || address.fate.get() == Fate::Nothing)
}

/// What was left out because a person stopped the reading.
pub(crate) fn partial(editor: Editor) -> El {
    let part = Memo::new(move |_| editor.page.loaded.with(|loaded| loaded.partial));
    let words = move || {
        let Some((read, all)) = part.get() else { return Vec::new() };
        let words = format!("Stopped: this is only the first {} of {}. ", grouped(read), counted(all, "byte"));
        let again = el("button").class("link").text("Read all of it").on_click(move || act(Action::ReadAgain(editor)));
        vec![el("span").text(&words), again]
    };
    el("p").class("partial").live_flag("hidden", move || part.get().is_none()).live(words)
}

/// What could not be read, each with its place.
pub(crate) fn problems(editor: Editor) -> El {
    let problems = Memo::new(move |_| editor.page.loaded.with(|loaded| loaded.problems.clone()));
    el("ul")
        .class("input-problems")
        .live(move || problems.with(|all| all.iter().map(|one| input_problem(editor, one)).collect()))
}

fn input_problem(editor: Editor, problem: &InputProblem) -> El {
    let place = match problem.line {
        0 => format!("byte {} of the file", grouped(problem.column)),
        line => format!("line {line}, column {}", problem.column),
    };
    let words = format!(": met {}, expected {}", problem.met, problem.expected);
    let problem = problem.clone();
    if problem.line == 0 {
        return el("li").text(&place).text(&words);
    }
    let button = el("button").class("link").text(&place).on_click(move || editor.select(&problem));
    el("li").child(button).text(&words)
}
