//! What colours and marks mean, each beside a piece of what it looks like.

use pgscope_signal::traits::*;
use web_sys::{Event, HtmlDialogElement};

use crate::dom::{El, effect, el, show_modal};
use crate::page::Page;

/// A sign as style sheets know it, what is written in it, what it is called, and what it means.
type Sign = (&'static str, &'static str, &'static str, &'static str);

/// By place.
const SIGNS: [(&str, &[Sign]); 4] = [
    (
        "Who says it",
        &[
            ("frontend", "→", "blue, to the right", "The frontend says it: the client, such as psql or a driver."),
            ("backend", "←", "amber, to the left", "The backend says it: the server."),
            ("runs", "", "solid line", "This end says the message: it is at work."),
            ("waits", "", "hatched line", "This end is blocked in a read: it waits for what the arrow brings."),
        ],
    ),
    (
        "Rows of the list",
        &[
            ("fails", "", "red row", "An error of the server. n and p stop at it."),
            (
                "problem",
                "▲",
                "triangle",
                "A problem: red breaks the protocol, amber is a warning, grey a note. Behind it the bytes that mend it.",
            ),
            ("selected", "", "blue bar", "The selected message, or a folded row that holds it."),
            ("pair", "", "bracket", "From a request to its answers."),
            ("found", "", "yellow row", "What you look for is in it."),
            ("count", "8", "number at the end", "How many messages a folded row stands for."),
            ("sight-error", "", "red beside the scroll bar", "An error of the server is there; a click goes to it."),
            ("sight-problem", "", "amber, on the left of it", "A problem is there."),
            ("sight-hit", "", "yellow, on the right of it", "What you look for is there."),
        ],
    ),
    (
        "Kinds of field",
        &[
            ("tag", "", "tag", "The byte that says which message it is."),
            (
                "length",
                "",
                "length",
                "How many bytes there are; of a message its own four are counted, the tag is not.",
            ),
            ("count", "", "count", "How many entries follow."),
            ("integer", "", "integer", "A number, such as an object’s id or a process’s."),
            ("code", "", "code", "A number or letter with a fixed meaning, such as a format or a status."),
            ("string", "", "string", "Text that a zero byte ends."),
            ("value", "", "value", "Data: a parameter, a column of a row, a piece of COPY."),
            ("secret", "", "secret", "A password, a proof, or a key."),
        ],
    ),
    (
        "Lines around things",
        &[
            ("pinned", "00", "blue frame", "The field that a click has pinned; Esc lets go."),
            ("hovered", "00", "grey frame", "The field under the pointer."),
            ("around", "00", "dashed frame", "What is in the same field as that."),
            ("bad", "00", "wavy line", "A problem is about these bytes, or this place in the SQL."),
            ("guess", "guess", "dashed chip", "It was guessed, and can be overruled there."),
        ],
    ),
];

/// The list of them.
pub(crate) fn dialog(page: Page) -> El {
    let dialog = el("dialog").class("help legend-help").attr("aria-labelledby", "legend-title");
    let groups = SIGNS.iter().map(|(place, signs)| {
        let are_fields = *place == "Kinds of field";
        let list = signs.iter().fold(el("dl"), |list, sign| one(list, sign, are_fields));
        el("section").child(el("h3").text(place)).child(list)
    });
    let (close, shown) = (dialog.clone(), dialog.clone());
    effect(move || {
        if page.legend.get() {
            show_modal(&shown);
        }
    });
    let close = el("button").class("button").text("Close").on_click(move || close.of::<HtmlDialogElement>().close());
    let title = el("h2").attr("id", "legend-title").text("Colours and marks");
    dialog
        // Above, so that what is shown first is the beginning.
        .child(el("div").class("legend-head").child(title).child(el("span").class("spacer")).child(close))
        .child(el("div").class("legend-groups").children(groups.collect()))
        .on("close", move |_: Event| page.legend.set(false))
}

fn one(list: El, (sign, written, name, means): &Sign, is_field: bool) -> El {
    let drawn = match is_field {
        true => el("span").class("dot").attr("data-role", sign),
        false => el("span").class("sign").attr("data-sign", sign).text(written),
    };
    let name = el("dt").child(drawn.attr("aria-hidden", "true")).child(el("b").text(name));
    list.child(name).child(el("dd").text(means))
}
