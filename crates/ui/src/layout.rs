//! The layout of the selected message as a picture: boxes and brackets with what they hold, lit like everything else.
//! It is made when it is first opened.

use pgscope_signal::signal::RwSignal;
use pgscope_signal::traits::*;
use pgscope_view::engine::{Reply, Request};
use pgscope_view::layout::{Part, Shape};
use web_sys::{Event, MouseEvent};

use crate::ask::ask_newest;
use crate::dom::{El, effect, el, number_at, window};
use crate::later::{self, Pane};
use crate::page::Page;

/// Below this height the picture would leave too little room for the fields.
const TALL: f64 = 1000.0;

/// Whether the picture is open once the parts of the page are fetched.
fn is_roomy() -> bool {
    window().and_then(|window| window.inner_height().ok()?.as_f64()).is_some_and(|height| height >= TALL)
}

/// The place of the picture under its own heading, open or closed as it was left.
pub(crate) fn details(page: Page) -> El {
    let open = RwSignal::new(false);
    let details = el("details").class("layout");
    let now = details.clone();
    // The picture is not worth a fetch of its own: it opens when somebody has begun to do something.
    let roomy = details.clone();
    effect(move || {
        if page.begun.get() && is_roomy() {
            roomy.set("open", Some(""));
        }
    });
    details
        .child(el("summary").text("Layout"))
        .child(later::pane(Pane::Layout(page, open), move || open.get()))
        .on("toggle", move |_: Event| open.set(now.of::<web_sys::HtmlDetailsElement>().open()))
}

/// The picture.
pub(crate) fn pane(page: Page, open: RwSignal<bool>) -> El {
    let parts = RwSignal::<Vec<Part>>::default();
    effect(move || {
        let number = page.sheet.with(|sheet| sheet.as_ref().map(|sheet| sheet.row.number));
        let Some(number) = number.filter(|_| open.get()) else { return };
        ask_newest("layout", Request::Layout(number), move |reply| {
            if let Reply::Layout(layout) = reply {
                parts.set(layout);
            }
        });
    });
    el("div").live(move || parts.with(|parts| vec![picture(page, parts)]))
}

fn picture(page: Page, parts: &[Part]) -> El {
    let mut boxes = Vec::new();
    let list = list(parts, &mut 0, 0, &mut boxes).attr("aria-label", "Layout of the message");
    light(page, boxes);
    let field = move |event: &Event| {
        Some(Request::Field { number: page.message.get_untracked()?, node: number_at(event, "data-node")? })
    };
    list.on("mouseover", move |event: MouseEvent| match field(&event) {
        Some(request) => page.hover(request),
        None => page.unhover(),
    })
    .on("mouseleave", move |_: Event| page.unhover())
    .on("click", move |event: MouseEvent| field(&event).into_iter().for_each(|request| page.pin(request)))
}

/// The parts from `at` on that are as deep as `depth`, with what is in them; each that has a field is noted by its path.
fn list(parts: &[Part], at: &mut usize, depth: usize, boxes: &mut Vec<(String, El)>) -> El {
    let mut list = el("ol").class("parts");
    while let Some(part) = parts.get(*at).filter(|part| part.depth >= depth) {
        *at += 1;
        let mut item = one(part);
        boxes.push((part.id.clone(), item.clone()));
        if parts.get(*at).is_some_and(|next| next.depth > depth) {
            item = item.child(self::list(parts, at, depth + 1, boxes));
        }
        list = list.child(item);
    }
    list
}

fn one(part: &Part) -> El {
    let item = el("li").class("part").attr("data-shape", part.shape.name());
    item.set("data-node", part.node.map(|node| node.to_string()).as_deref());
    let times = match part.count {
        Some(count) if !part.times.is_empty() => format!("{} = {count}", part.times),
        _ => part.times.clone(),
    };
    let times = el("span").class("part-times").flag("hidden", times.is_empty()).text(&times);
    let item = item
        // What the message does not have is drawn, but faintly.
        .flag("data-absent", part.node.is_none() && !part.id.is_empty())
        .child(el("span").class("part-name").text(&part.name))
        .child(times);
    if part.shape != Shape::Box {
        return item;
    }
    item.attr("data-role", &part.role)
        .attr("data-size", &part.size)
        .child(el("span").class("part-kind").text(&part.kind))
        .child(el("span").class("part-size").text(&part.size))
        .child(el("span").class("part-value").text(&part.value).flag("hidden", part.value.is_empty()))
}

fn light(page: Page, boxes: Vec<(String, El)>) {
    effect(move || {
        let (pinned, hovered) = page.lights();
        let is = |place: &Option<_>, id: &str| {
            place.as_ref().is_some_and(|place: &pgscope_view::engine::Place| place.id == id)
        };
        for (id, item) in &boxes {
            let lit = match () {
                () if is(&pinned, id) => Some("pinned"),
                () if is(&hovered, id) => Some("hovered"),
                () => None,
            };
            item.set("data-lit", lit);
        }
    });
}
