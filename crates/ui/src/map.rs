//! Beside the scroll bar of the list: where in all of it errors, problems, and what is looked for are.
//!
//! The engine says it for as many places as there is room for, so that it costs the same however long the list is. It is for
//! the pointer: keys go from one to the next with `n` and `p`, and with F3.

use pgscope_signal::computed::Memo;
use pgscope_signal::signal::RwSignal;
use pgscope_signal::traits::*;
use pgscope_view::engine::{Reply, Request, Sight, SightKind};
use web_sys::{Element, MouseEvent};

use crate::ask::ask_newest;
use crate::dom::{El, by_id, counted, effect, el, grouped, on_resize, px};
use crate::list::{List, ROW};
use crate::rows::go;

/// How tall a place is, in pixels.
const PLACE: f64 = 4.0;
/// How far from a mark a click still means it, in places.
const NEAR: usize = 3;

/// How the map is seen.
#[derive(Clone, Copy, Default, PartialEq)]
struct View {
    height: f64,
    places: usize,
}

pub(crate) fn pane(list: List) -> El {
    let (size, sights) = (RwSignal::new((0.0, 0.0)), RwSignal::<Vec<Sight>>::default());
    let map = el("div").class("map").attr("aria-hidden", "true");
    if let Some(rows) = by_id("messages") {
        let rows_now = rows.clone();
        on_resize(&rows, move || {
            let (rows, frame) = (rows_now.of::<Element>(), rows_now.of::<web_sys::HtmlElement>());
            let bar = f64::from(frame.offset_width() - rows.client_width());
            size.set((f64::from(rows.client_height()), bar));
        });
    }
    let placed = map.clone();
    effect(move || placed.set_style("right", &px(size.get().1)));
    let view = Memo::new(move |_| {
        // No longer than the list: then each place is beside its line.
        let height = size.get().0.min(list.listed.get().lines as f64 * ROW);
        View { height, places: (height / PLACE) as usize }
    });
    effect(move || {
        list.page.revision.track();
        list.shape.track();
        let places = view.get().places;
        ask_newest("map", Request::Map { places }, move |reply| {
            if let Reply::Map(found) = reply {
                sights.set(found);
            }
        });
    });
    let marks = move || {
        let View { height, places } = view.get();
        let lines = list.listed.get().lines;
        // A short list has a place for each line.
        let tall = height / places.min(lines).max(1) as f64;
        sights.with(|sights| sights.iter().map(|sight| mark(sight, tall)).collect())
    };
    let click = move |event: MouseEvent| {
        let View { height, places } = view.get_untracked();
        let lines = list.listed.get_untracked().lines;
        let places = places.min(lines).max(1);
        let at = (f64::from(event.offset_y()) / height.max(1.0) * places as f64) as usize;
        let near = sights.with_untracked(|sights| {
            let near = sights.iter().filter(|sight| sight.place.abs_diff(at) <= NEAR);
            near.min_by_key(|sight| sight.place.abs_diff(at)).copied()
        });
        match near {
            Some(sight) => list.page.select(Some(sight.number)),
            None => go(list, (at * lines / places).min(lines.saturating_sub(1))),
        }
    };
    map.live(marks).on("click", click)
}

fn mark(sight: &Sight, tall: f64) -> El {
    let (kind, what) = match sight.kind {
        SightKind::Error => ("error", counted(sight.count, "error")),
        SightKind::Problem => ("problem", counted(sight.count, "problem")),
        SightKind::Hit => ("hit", format!("{} found", grouped(sight.count))),
    };
    el("i")
        .class("sight")
        .attr("data-kind", kind)
        .attr("title", &format!("{what}: message {}", grouped(sight.number + 1)))
        .style("top", &px(sight.place as f64 * tall))
}
