//! Below the bytes: which are chosen, copies of them, and a row to change them without typing into the grid.

use pgscope_signal::computed::Memo;
use pgscope_signal::signal::RwSignal;
use pgscope_signal::traits::*;
use pgscope_view::copy::FORMS;
use pgscope_view::engine::{Reply, Request};
use web_sys::{Event, HtmlInputElement, HtmlSelectElement, KeyboardEvent};

use crate::ask::ask;
use crate::dom::{El, aria, by_id, copy, counted, effect, el, save};
use crate::find::focus;
use crate::later::{self, Action, Pane, act};
use crate::page::{Chosen, Page};

/// More bytes than this are not put into the field to be edited.
const MOST_EDITED: usize = 2048;
/// The id of the field in which bytes are written.
const FIELD: &str = "hex-bytes";

pub(crate) fn bar(page: Page) -> El {
    let chosen = Memo::new(move |_| page.chosen());
    let open = page.edits;
    let about = move || {
        chosen.with(|chosen| {
            let Some(Chosen { start, end, what, .. }) = chosen else { return Vec::new() };
            let range = format!("0x{start:02x}–0x{:02x}", end.saturating_sub(1).max(*start));
            let length = el("span").text(&counted(end - start, "byte"));
            let words = el("span").child(length).text(", ").child(el("span").text(what));
            vec![el("b").text(&range), words]
        })
    };
    let edit = el("button")
        .class("button")
        .live_text(move || if open.get() { "Done" } else { "Edit" }.to_owned())
        .attr("title", "Change, insert or delete bytes; so does Enter on a byte. Esc ends it.")
        .attr("aria-controls", "hex-edit")
        .live_attr("aria-expanded", move || aria(open.get()))
        .on_click(move || {
            open.update(|open| *open = !*open);
            if !open.get_untracked() {
                focus("hex");
            }
        });
    let save = el("button").class("button").text("Save").attr("title", "Save these bytes as a file");
    let line = el("div")
        .class("hexbar-line")
        .child(el("span").class("hexbar-about").live(about))
        .child(el("span").class("spacer"))
        .child(copies(page))
        .child(save.on_click(move || act(Action::SaveBytes(page))))
        .child(edit);
    el("div").class("hexbar").child(line).child(later::pane(Pane::HexEdit(page, chosen, open), move || open.get()))
}

/// A list that copies in the form that is chosen.
fn copies(page: Page) -> El {
    let list = el("select").class("button").attr("aria-label", "Copy these bytes as");
    let chosen = list.clone();
    let forms = FORMS.iter().map(|form| el("option").attr("value", form.id).text(form.name)).collect();
    list.child(el("option").attr("value", "").text("Copy").flag("disabled", true).flag("selected", true))
        .children(forms)
        .on("change", move |_: Event| {
            let list = chosen.of::<HtmlSelectElement>();
            act(Action::CopyBytes(page, list.value()));
            list.set_selected_index(0);
        })
}

/// Copies what is chosen in one of the forms.
pub(crate) fn copy_chosen(page: Page, form: &str) {
    let Some(Chosen { number, start, end, .. }) = page.chosen() else { return };
    let name = FORMS.iter().find(|known| known.id == form).map_or("", |known| known.name);
    let what = format!("{} as {name}", counted(end - start, "byte"));
    ask(Request::Copy { number, start, end, form: form.to_owned() }, move |reply| match reply {
        Reply::Text(text) => copy(text, &what),
        Reply::Refused(reason) => page.refuse(reason),
        _ => {}
    });
}

pub(crate) fn save_chosen(page: Page) {
    let Some(Chosen { number, start, end, .. }) = page.chosen() else { return };
    let name = page.sheet.with_untracked(|sheet| sheet.as_ref().map(|sheet| sheet.row.name.to_string()));
    let name = format!("{}-{}.bin", name.unwrap_or_default().to_ascii_lowercase(), number + 1);
    ask(Request::Bytes { number, start, end }, move |reply| {
        if let Reply::Bytes(bytes) = reply {
            save(&name, &bytes);
        }
    });
}

/// Deletes bytes of a message.
pub(crate) fn delete(page: Page, number: usize, (start, end): (usize, usize)) {
    let said = format!("Deleted {}", counted(end - start, "byte"));
    let request = Request::Write { number, start, end, bytes: Vec::new() };
    act(Action::Write(page.editor(), request, said, (number, start)));
}

/// Inserts bytes in front of one of a message.
pub(crate) fn insert(page: Page, number: usize, at: usize, bytes: Vec<u8>) {
    let said = format!("Inserted {}", counted(bytes.len(), "byte"));
    let request = Request::Write { number, start: at, end: at, bytes };
    act(Action::Write(page.editor(), request, said, (number, at)));
}

/// The row in which bytes are written in any form.
pub(crate) fn editing(page: Page, chosen: Memo<Option<Chosen>>, open: RwSignal<bool>) -> El {
    let input = el("input").attr("type", "text").attr("aria-label", "New bytes").attr("spellcheck", "false");
    let input = input.attr("autocomplete", "off").attr("placeholder", "bytes in any form").attr("id", FIELD);
    let wrong = RwSignal::new(String::new());
    let field = input.clone();
    effect(move || {
        wrong.set(String::new());
        let Some(Chosen { number, start, end, .. }) = chosen.get().filter(|_| open.get()) else { return };
        page.revision.track();
        let field = field.clone();
        ask(Request::Copy { number, start, end: end.min(start + MOST_EDITED), form: "hex".to_owned() }, move |reply| {
            let text = if let Reply::Text(text) = reply { text.replace('\n', " ") } else { String::new() };
            field.of::<HtmlInputElement>().set_value(if end - start > MOST_EDITED { "" } else { &text });
        });
    });
    effect(move || {
        // Not where somebody is among the bytes already.
        if open.get() && !by_id("hex").is_some_and(|grid| grid.has_focus()) {
            focus(FIELD);
        }
    });
    let typed = input.clone();
    // What was typed goes where it is wanted: in place of the chosen bytes, or in front of them.
    let write = move |in_place: bool| {
        let Some(Chosen { number, start, end, .. }) = page.chosen() else { return };
        let text = typed.of::<HtmlInputElement>().value();
        ask(Request::Typed(text), move |reply| match reply {
            Reply::Refused(reason) => wrong.set(reason),
            Reply::Bytes(bytes) if !in_place => insert(page, number, start, bytes),
            Reply::Bytes(bytes) if bytes.is_empty() => delete(page, number, (start, end)),
            Reply::Bytes(bytes) => {
                let said = format!("Replaced {}", counted(end - start, "byte"));
                page.editor().write(Request::Write { number, start, end, bytes }, said, number, start);
            }
            _ => {}
        });
    };
    let (replace, before) = (write.clone(), write.clone());
    let input = input.on("keydown", move |event: KeyboardEvent| match event.key().as_str() {
        "Enter" => write(true),
        "Escape" => {
            event.stop_propagation();
            open.set(false);
            focus("hex");
        }
        _ => {}
    });
    let button = |text: &str, title: &str| el("button").class("button").attr("title", title).text(text);
    let remove = move || {
        if let Some(Chosen { number, start, end, .. }) = page.chosen() {
            delete(page, number, (start, end));
        }
    };
    el("div")
        .class("hex-edit")
        .attr("id", "hex-edit")
        .attr("role", "group")
        .attr("aria-label", "Change these bytes")
        .live_flag("hidden", move || !open.get())
        .child(el("p").class("hex-mode").attr("role", "status").text("Editing. ").child(
            el("span").text("Among the bytes, two digits write one, Ins inserts, Del deletes, Esc ends. Or here:"),
        ))
        .child(input)
        .child(
            button("Replace", "In place of the chosen bytes (Enter)")
                .class("button main")
                .on_click(move || replace(true)),
        )
        .child(button("Insert before", "In front of the chosen bytes").on_click(move || before(false)))
        .child(button("Delete", "The chosen bytes").on_click(remove))
        .child(
            el("p")
                .class("bad")
                .attr("role", "alert")
                .live_text(move || wrong.get())
                .live_flag("hidden", move || wrong.with(String::is_empty)),
        )
}
