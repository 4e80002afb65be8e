//! What an author takes to show the same on a page of their own: a link in Markdown, an element, a fence, a frame; with a look at it.

use pgscope_signal::signal::RwSignal;
use pgscope_signal::traits::*;
use pgscope_view::elsewhere::{Elsewhere, Way};
use web_sys::{Event, HtmlTextAreaElement};

use crate::dialog::dialog;
use crate::dom::{El, aria, copy, effect, el, window};

const WAYS: [(Way, &str, &str); 4] = [
    (
        Way::Element,
        "Element",
        "For pages that have the loader. Rendered before (pgscope render), it is shown without scripts, too.",
    ),
    (
        Way::Fence,
        "Fence",
        "A block of code: the loader, mdBook and plug-ins make a figure of it, and pgscope check tells when it no longer holds.",
    ),
    (Way::Frame, "Frame", "For any page. It tells its height by postMessage: { type: \"pgscope-height\", height }."),
    (Way::Markdown, "Markdown", "A link."),
];
/// The folder of this page.
fn site() -> String {
    let page = window().and_then(|window| window.location().href().ok()).unwrap_or_default();
    let page = page.split(['#', '?']).next().unwrap_or_default();
    page.rsplit_once('/').map_or(String::new(), |(folder, _)| format!("{folder}/"))
}

/// The dialog of this id; it is open while there is something to show.
pub(crate) fn pane(id: &str, given: RwSignal<Option<Elsewhere>>) -> El {
    let way = RwSignal::new(Way::Element);
    let is_open = RwSignal::new(false);
    effect(move || is_open.set(given.with(Option::is_some)));
    let text =
        move || given.with(|given| given.as_ref().map(|given| given.text(way.get(), &site())).unwrap_or_default());
    let area = el("textarea").attr("readonly", "").attr("rows", "8").attr("aria-label", "What to put into your page");
    let filled = area.clone();
    effect(move || filled.of::<HtmlTextAreaElement>().set_value(&text()));
    let about = move || WAYS.iter().find(|(one, ..)| *one == way.get()).map_or("", |(.., about)| *about).to_owned();
    let choose = |(one, name, _): &(Way, &'static str, &'static str)| {
        let one = *one;
        el("button")
            .class("button")
            .text(name)
            .live_attr("aria-pressed", move || aria(way.get() == one))
            .on_click(move || way.set(one))
    };
    let ways = el("div")
        .class("embed-ways")
        .attr("role", "group")
        .attr("aria-label", "Way")
        .children(WAYS.iter().map(choose).collect());
    let picture = move || {
        let source = given.with(|given| given.as_ref().map(|given| given.frame_address(&site())));
        let frame = |source: String| el("iframe").attr("src", &source).attr("title", "How it will look");
        source.map(frame).into_iter().collect()
    };
    let copied = el("button").class("button main").text("Copy").on_click(move || copy(text(), "what your page needs"));
    let inside = vec![
        ways,
        el("p").class("embed-about").live_text(about),
        area,
        el("div").class("embed-ways").child(copied),
        el("div").class("embed-look").live(picture),
    ];
    dialog(id, "On a page of yours", is_open, inside).on("close", move |_: Event| given.set(None))
}
