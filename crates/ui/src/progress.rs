//! How far a large input is, and what stops it.

use pgscope_signal::computed::Memo;
use pgscope_signal::traits::*;
use web_sys::HtmlElement;

use crate::dom::{El, counted, el, grouped};
use crate::load::AGAIN;
use crate::page::Page;

pub(crate) fn pane(page: Page) -> El {
    let is_idle = move || page.progress.with(Option::is_none);
    let what = Memo::new(move |_| {
        page.progress.with(|progress| progress.as_ref().map(|progress| progress.what.to_string()).unwrap_or_default())
    });
    let part =
        Memo::new(move |_| page.progress.with(|progress| progress.as_ref().and_then(|now| part(now.done, now.all))));
    let far = move || {
        page.progress.with(|progress| match progress {
            Some(now) if now.messages > 0 => counted(now.messages, "message"),
            Some(now) if now.all > 0 => format!("{} of {} KB", grouped(now.done / 1000), grouped(now.all / 1000)),
            _ => String::new(),
        })
    };
    // A few words for those who listen: what is done, and each quarter of it.
    let told = Memo::new(move |_| match (what.get(), part.get().map(|part| part / 25 * 25)) {
        (what, Some(part)) if part > 0 && part < 100 => format!("{what}: {part} %"),
        (what, _) => what,
    });
    let stop = el("button").class("button").text("Stop").attr("title", "Show what was read by now");
    let stop = stop.live_flag("disabled", move || page.stopping.get()).on_click(move || page.stopping.set(true));
    let stop = stop.live_flag("hidden", move || what.get() == AGAIN);
    let bar = el("div").class("progress-bar").live_flag("data-unknown", move || part.get().is_none());
    let filled = el("i");
    let done = filled.clone();
    crate::dom::effect(move || {
        let width = part.get().unwrap_or(100);
        let _ = done.of::<HtmlElement>().style().set_property("width", &format!("{width}%"));
    });
    let bar = bar
        .attr("role", "progressbar")
        .attr("aria-label", "Reading the input")
        .live_attr("aria-valuenow", move || part.get().map(|part| part.to_string()))
        .child(filled);
    let shown = el("div")
        .class("progress")
        .live_flag("hidden", is_idle)
        .child(el("p").class("progress-what").live_text(move || what.get()))
        .child(el("p").class("progress-far").live_text(far))
        .child(stop)
        .child(bar);
    let status = el("p").class("visually-hidden").attr("role", "status").attr("id", "progress-told");
    el("div").class("contents").child(shown).child(status.live_text(move || told.get()))
}

/// Per cent, where the whole is known.
fn part(done: usize, all: usize) -> Option<usize> {
    (done as f64 / all as f64 * 100.0).is_finite().then(|| (done as f64 / all as f64 * 100.0) as usize)
}
