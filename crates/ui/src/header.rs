//! The head of the page: its name, its doors, the theme, and the list of keys.

use pgscope_signal::signal::RwSignal;
use pgscope_signal::traits::*;
use web_sys::{Event, HtmlDialogElement};

use crate::dom::{El, effect, el, root, show_modal, svg};
use crate::learn::{self, Learn};
use crate::page::Page;
use crate::remembered;

/// Where the theme is remembered. The loader reads it too, before anything is drawn.
const REMEMBERED: &str = "pgscope.theme";
const THEMES: [(&str, &str); 3] = [("auto", "Auto"), ("dark", "Dark"), ("light", "Light")];

/// What this is, in a line.
pub(crate) const WHAT: &str = "A microscope for the PostgreSQL wire protocol";

pub(crate) fn bar(page: Page, learn: Learn) -> El {
    let door = |name: &str, address: &str, is_open: fn(Learn) -> bool| {
        let current = move || is_open(learn).then(|| "page".to_owned());
        el("a").attr("href", address).text(name).live_attr("aria-current", current)
    };
    let messages = el("a").attr("href", "messages/").text("Messages");
    let doors = [
        door("Decode", "#", |learn| !learn.is_open()),
        door("Learn", &learn::address(), Learn::is_lesson),
        door("Talk", learn::TALK, |learn| !learn.page.talk.with(String::is_empty)),
        messages,
    ];
    let keys = el("button").class("button").attr("aria-label", "Keys").attr("aria-haspopup", "dialog").text("?");
    el("header")
        .class("head-bar")
        .child(el("h1").class("brand").child(lens()).child(el("span").text("Pgscope")))
        .child(el("nav").class("doors").attr("aria-label", "Doors").children(doors.into()))
        .child(el("span").class("head-what").text(WHAT))
        .child(el("span").class("spacer"))
        .child(el("span").class("chip hide-narrow").text("everything stays in this tab"))
        .child(theme())
        .child(keys.on_click(move || page.help.set(true)))
}

fn lens() -> El {
    let beat = "M13 13l5 5M5 8.5h2l1-2.5 1.5 5 1-2.5h1.5";
    svg("svg")
        .attr("width", "20")
        .attr("height", "20")
        .attr("viewBox", "0 0 20 20")
        .attr("aria-hidden", "true")
        .child(svg("circle").attr("cx", "8.5").attr("cy", "8.5").attr("r", "6"))
        .child(svg("path").attr("d", beat))
}

fn theme() -> El {
    let kept = remembered::get(REMEMBERED).unwrap_or_default();
    let theme = RwSignal::new(THEMES.iter().position(|(id, _)| *id == kept).unwrap_or(0));
    effect(move || {
        let (id, _) = THEMES.get(theme.get()).copied().unwrap_or_default();
        let chosen = Some(id).filter(|id| *id != "auto");
        if let Some(root) = root() {
            root.set("data-theme", chosen);
        }
        remembered::set(REMEMBERED, chosen.unwrap_or_default());
    });
    el("button")
        .class("button")
        .attr("title", "Light or dark: as the system has it, dark, light")
        .child(el("span").class("visually-hidden").text("Theme: "))
        .child(
            el("span").live_text(move || THEMES.get(theme.get()).map(|(_, name)| *name).unwrap_or_default().to_owned()),
        )
        .on_click(move || theme.set((theme.get_untracked() + 1) % THEMES.len()))
}

/// Keys and what they do, by place.
const KEYS: &[(&str, &[(&str, &str)])] = &[
    (
        "Exchange",
        &[
            ("↑ ↓", "the line before, the next"),
            ("PgUp PgDn", "a screen up, down"),
            ("Home End", "the first line, the last"),
            ("→ ←", "open, fold or to what it is in; with Shift all"),
            ("Enter", "to the bytes of a message; opens and folds a line"),
            ("[ ]", "to the request, to its next answer"),
            ("Shift + …", "with arrows, PgUp, PgDn, Home, End: select rows from here to there; Ctrl+A all"),
            ("Ctrl+C", "copy the selected rows as text"),
            ("Ctrl+F", "find; then Enter, Shift+Enter, F3"),
            ("Ctrl+G", "go to a message or an offset"),
        ],
    ),
    (
        "Bytes",
        &[
            ("← →", "the byte before, the next"),
            ("↑ ↓", "a line up, down"),
            ("PgUp PgDn", "a screen up, down"),
            ("Home End", "the first byte of the line, the last; with Ctrl of the message"),
            ("Shift + …", "with any of these: select from here to there; Ctrl+A all"),
            ("Enter", "begin to edit; Esc ends it"),
            ("0 … 9, a … f", "while editing: change the byte; its second digit writes it"),
            ("Ins Del", "while editing: insert a zero byte before this one; delete what is selected"),
            ("Ctrl+C", "copy as hex what is selected"),
            ("Ctrl+G", "go to an offset in the message"),
        ],
    ),
    (
        "Fields",
        &[
            ("↑ ↓", "the field before, the next"),
            ("← →", "close or to the parent, open or to the child"),
            ("Home End", "the first field, the last"),
            ("a … z", "the next field whose name begins so"),
            ("Enter", "show all of a long value"),
            ("Ctrl+C", "copy the value"),
            ("Menu Shift+F10", "copy as text, as JSON, the path"),
        ],
    ),
    (
        "Learn, but among bytes and fields",
        &[
            ("→ ←", "a step forward, back"),
            ("Space", "play at reading pace, and pause"),
            ("Home End", "the first step, the last"),
            ("] [", "to what matters next, and before"),
            ("0 … 9", "so many tenths of the way"),
        ],
    ),
    (
        "Everywhere but in text",
        &[
            (
                "Ctrl+Z",
                "take back what was changed, by whatever way; with Shift do it again. Twice to take back an opening",
            ),
            ("n p", "the next problem or error of the server, the one before"),
            ("s S", "what was answered next as slowly as one in twenty is, and before"),
            ("t T", "what opens the next transaction, and the one before"),
            ("Esc", "release what is pinned"),
            ("Ctrl+P", "print all messages, and the selected one with its bytes and fields"),
            ("?", "this list"),
        ],
    ),
];

/// The list of keys.
pub(crate) fn help(page: Page) -> El {
    let dialog = el("dialog").class("help").attr("aria-labelledby", "help-title");
    let groups = KEYS.iter().map(|(place, keys)| {
        let list = keys.iter().fold(el("dl"), |list, (key, action)| {
            list.child(el("dt").child(el("kbd").text(key))).child(el("dd").text(action))
        });
        el("section").child(el("h3").text(place)).child(list)
    });
    let close = dialog.clone();
    let to_legend = dialog.clone();
    let shown = dialog.clone();
    effect(move || {
        if page.help.get() {
            show_modal(&shown);
        }
    });
    dialog
        .child(el("h2").attr("id", "help-title").text("Keys"))
        .child(el("p").text("Tab goes from pane to pane. Hover shows where a byte, a field and the text belong together; a click pins it."))
        .child(el("div").class("help-groups").children(groups.collect()))
        .child(el("button").class("button").text("Close").on_click(move || close.of::<HtmlDialogElement>().close()))
        .child(el("button").class("button").text("Colours and marks").on_click(move || {
            to_legend.of::<HtmlDialogElement>().close();
            page.legend.set(true);
        }))
        .on("close", move |_: Event| page.help.set(false))
}
