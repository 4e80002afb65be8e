//! A dialog: its head with a way out, a click beside it that closes it, and what is in it.

use pgscope_signal::signal::RwSignal;
use pgscope_signal::traits::*;
use web_sys::{Event, HtmlDialogElement, HtmlInputElement, HtmlSelectElement};

use crate::dom::{El, effect, el, show_modal};

/// The dialog of this id; it is open while `is_open` says so.
pub(crate) fn dialog(id: &str, title: &str, is_open: RwSignal<bool>, inside: Vec<El>) -> El {
    let named = [id, "-title"].concat();
    let dialog = el("dialog").class("help tall").attr("id", id).attr("aria-labelledby", &named);
    let (shown, beside) = (dialog.clone(), dialog.clone());
    effect(move || match is_open.get() {
        true => show_modal(&shown),
        false => shown.of::<HtmlDialogElement>().close(),
    });
    let close = el("button").class("button").attr("aria-label", "Close").text("✕");
    let head = el("div")
        .class("help-head")
        .child(el("h2").attr("id", &named).text(title))
        .child(el("span").class("spacer"))
        .child(close.on_click(move || is_open.set(false)));
    dialog
        .child(head)
        .children(inside)
        // The dialog itself is hit only beside what is in it.
        .on("mousedown", move |event: Event| {
            if event.target().as_ref() == Some(beside.of()) {
                is_open.set(false);
            }
        })
        .on("close", move |_: Event| is_open.set(false))
}

/// A list to choose from, under a name.
pub(crate) fn choice(label: &str, chosen: RwSignal<String>, choices: impl Fn() -> Vec<El> + 'static) -> El {
    let list = el("select").class("button").attr("aria-label", label);
    let (filled, shown, changed) = (list.clone(), list.clone(), list.clone());
    effect(move || {
        filled.clear();
        choices().iter().for_each(|choice| filled.insert(choice, None));
        filled.of::<HtmlSelectElement>().set_value(&chosen.get_untracked());
    });
    effect(move || shown.of::<HtmlSelectElement>().set_value(&chosen.get()));
    let list = list.on("change", move |_: Event| chosen.set(changed.of::<HtmlSelectElement>().value()));
    el("label").class("choice").child(el("span").text(label)).child(list)
}

/// Something to choose.
pub(crate) fn option(value: &str, words: &str) -> El {
    el("option").attr("value", value).text(words)
}

/// Several things of which each is chosen or not, folded away under what is said of them.
pub(crate) fn checks(
    sum: impl Fn() -> String + 'static,
    choices: &[(&'static str, &'static str)],
    chosen: RwSignal<Vec<&'static str>>,
) -> El {
    let one = |(id, words): &(&'static str, &'static str)| {
        let id = *id;
        let field = el("input").attr("type", "checkbox");
        field.of::<HtmlInputElement>().set_checked(chosen.with_untracked(|all| all.contains(&id)));
        let changed = field.clone();
        let field = field.on("change", move |_: Event| {
            let is_chosen = changed.of::<HtmlInputElement>().checked();
            chosen.update(|all| {
                all.retain(|other| *other != id);
                if is_chosen {
                    all.push(id);
                }
            });
        });
        el("label").child(field).child(el("span").text(words))
    };
    el("details").class("checks").child(el("summary").live_text(sum)).children(choices.iter().map(one).collect())
}
