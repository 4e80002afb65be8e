//! What can be done with the whole exchange: a menu at the end of the list's tools, and the dialogs that it opens.

use pgscope_signal::signal::RwSignal;
use pgscope_signal::traits::*;

use crate::dom::{El, by_id, el};
use crate::exchange::show_overview;
use crate::find::{Seek, focus};
use crate::gallery::Gallery;
use crate::menu::menu;
use crate::{compare, compose, export};

/// The id of the button that opens the menu.
pub(crate) const BUTTON: &str = "more";

/// The menu, and what it opens.
pub(crate) fn pane(seek: Seek, gallery: Gallery, is_open: RwSignal<bool>) -> El {
    let [exporting, comparing, composing] = std::array::from_fn(|_| RwSignal::new(false));
    let item = |words: &str, opens: RwSignal<bool>| {
        el("button").attr("aria-haspopup", "dialog").text(words).on_click(move || {
            is_open.set(false);
            focus(BUTTON);
            opens.set(true);
        })
    };
    let beside = move || is_open.get().then(|| by_id(BUTTON)).flatten();
    let leave = move |by_key| {
        is_open.set(false);
        if by_key {
            focus(BUTTON);
        }
    };
    el("div")
        .class("more")
        .child(menu(
            "The exchange",
            vec![
                item("Export …", exporting),
                item("Compare with another …", comparing),
                item("Compose a message …", composing),
                el("button").text("Times, statements, time line").on_click(move || {
                    is_open.set(false);
                    show_overview(seek.list.page, true);
                }),
            ],
            beside,
            leave,
        ))
        .child(export::pane(seek, exporting))
        .child(compare::pane(seek.list.page, gallery, comparing))
        .child(compose::pane(seek.list.page, composing))
}
