//! All problems of the exchange, as far as it was searched, with a way to each.

use pgscope_view::engine::{Finding, Reply, Request};
use reactive_graph::computed::Memo;
use reactive_graph::signal::RwSignal;
use reactive_graph::traits::*;

use crate::ask::ask;
use crate::dom::{El, aria, counted, effect, el, grouped};
use crate::page::Page;

/// How many problems are shown at a time.
const CHUNK: usize = 100;

/// How many problems there are; opens the list of them.
pub(crate) fn chips(page: Page, open: RwSignal<bool>) -> El {
    let count = Memo::new(move |_| page.checked.get().problems);
    let button = el("button")
        .class("chip bad")
        .attr("aria-controls", "problems")
        .live_attr("aria-expanded", move || aria(open.get()))
        .live_flag("hidden", move || count.get() == 0)
        .live_text(move || counted(count.get(), "problem"))
        .on_click(move || open.update(|open| *open = !*open));
    let left = move || {
        let (checked, all) = (page.checked.get().messages, page.loaded.with(|loaded| loaded.messages));
        (checked < all).then(|| format!("{} % searched", checked * 100 / all))
    };
    let searched = el("button")
        .class("chip")
        .attr("title", "Search the rest for problems")
        .live_flag("hidden", move || left().is_none())
        .live_text(move || left().unwrap_or_default())
        .on_click(move || page.check(usize::MAX));
    el("span").class("chips").child(button).child(searched)
}

/// The list.
pub(crate) fn list(page: Page, open: RwSignal<bool>) -> El {
    let limit = RwSignal::new(CHUNK);
    let found = RwSignal::new(Vec::<Finding>::new());
    let count = Memo::new(move |_| page.checked.get().problems);
    effect(move || {
        page.revision.track();
        limit.set(CHUNK);
    });
    effect(move || {
        page.revision.track();
        let to = limit.get().min(count.get());
        if open.get() {
            ask(Request::Problems { from: 0, to }, move |reply| {
                if let Reply::Problems(problems) = reply {
                    found.set(problems);
                }
            });
        }
    });
    let left = move || count.get().saturating_sub(found.with(Vec::len));
    let step =
        |text: &str, forward| el("button").class("button").text(text).on_click(move || page.next_problem(forward));
    el("div")
        .class("problems")
        .attr("id", "problems")
        .live_flag("hidden", move || !open.get() || count.get() == 0)
        .child(el("div").class("problems-head").child(step("◂ previous", false)).child(step("next ▸", true)))
        .child(el("ul").live(move || found.get().into_iter().map(|problem| one(page, &problem)).collect()))
        .child(
            el("button")
                .class("link")
                .live_flag("hidden", move || left() == 0)
                .live_text(move || format!("show more: {} left", grouped(left())))
                .on_click(move || limit.update(|limit| *limit += CHUNK)),
        )
}

fn one(page: Page, problem: &Finding) -> El {
    let (number, at) = (problem.number, problem.start);
    let words = el("span").child(el("b").text(&problem.name)).text(" ").text(&problem.message);
    let button = el("button")
        .class("problem")
        .attr("data-severity", &problem.severity)
        .child(el("span").class("problem-number").text(&grouped(number + 1)))
        .child(words)
        .child(el("span").class("mend").text(&problem.mend))
        .on_click(move || page.pin(Request::Byte { number, at }));
    let actions = el("span").class("problem-actions");
    let actions = if problem.fix.is_empty() { actions } else { actions.child(page.editor().mend(problem)) };
    el("li").child(button).child(actions)
}
