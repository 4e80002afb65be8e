//! The second pane: what was said, one arrow a message between two lifelines.

use pgscope_view::Window;
use pgscope_view::engine::{Reply, Request, Row};
use reactive_graph::computed::Memo;
use reactive_graph::signal::RwSignal;
use reactive_graph::traits::*;
use web_sys::{Event, HtmlSelectElement, KeyboardEvent, MouseEvent};

use crate::ask::ask;
use crate::dom::{El, Shown, by_id, counted, effect, el, grouped, number_at, px, sync};
use crate::learn::{self, Learn};
use crate::page::Page;
use crate::problems;
use crate::scroll::Scroll;

/// As in exchange.css.
const ROW: f64 = 34.0;

pub(crate) fn pane(page: Page, learn: Learn) -> El {
    let open = RwSignal::new(false);
    let count = move || page.loaded.with(|loaded| loaded.messages);
    let named = move |side: &str, nth: usize| match page.loaded.with(|loaded| loaded.ends.get(nth).cloned()) {
        Some(name) if !name.is_empty() => format!("{side} · {name}"),
        _ => side.to_owned(),
    };
    let head = el("div")
        .class("pane-head")
        .child(el("h2").attr("id", "exchange-title").text("Exchange"))
        .child(el("span").class("chip").live_text(move || counted(count(), "message")))
        .child(problems::chips(page, open))
        .child(el("span").class("spacer"))
        .child(connections(page));
    let lanes = el("div")
        .class("lanes")
        .child(el("b").class("frontend").live_text(move || named("frontend", 0)))
        .child(el("b").class("backend").live_text(move || named("backend", 1)));
    el("section")
        .class("pane exchange")
        .attr("aria-labelledby", "exchange-title")
        .child(head)
        .child(learn::player(learn))
        .child(problems::list(page, open))
        .child(lanes)
        .child(rows(page))
}

/// A choice where the input holds more than one connection.
fn connections(page: Page) -> El {
    let count = Memo::new(move |_| page.loaded.with(|loaded| loaded.connections));
    let choices = move || {
        let count = count.get();
        (0..count)
            .map(|nth| el("option").attr("value", &nth.to_string()).text(&format!("connection {} of {count}", nth + 1)))
            .collect()
    };
    let list = el("select").class("button").attr("aria-label", "Connection").live(choices);
    let chosen = list.clone();
    list.live_flag("hidden", move || count.get() < 2)
        .on("change", move |_: Event| page.connect(chosen.of::<HtmlSelectElement>().selected_index().max(0) as usize))
}

fn rows(page: Page) -> El {
    let list = el("div").class("rows").attr("role", "listbox").attr("aria-label", "Messages").attr("tabindex", "0");
    let scroll = Scroll::new(&list);
    let window = Memo::new(move |_| scroll.window(page.loaded.with(|loaded| loaded.messages), ROW));
    let range = Memo::new(move |_| window.get().rows(scroll.top()));
    let found = RwSignal::new((0, Vec::<Row>::new()));
    effect(move || {
        page.revision.track();
        let range = range.get();
        ask(Request::Rows { from: range.start, to: range.end }, move |reply| {
            if let Reply::Rows(rows) = reply {
                found.set((page.revision.get_untracked(), rows));
            }
        });
    });
    effect(move || {
        // Also when the list gets a height.
        let window = window.get();
        if let Some(number) = page.message.get() {
            scroll.reveal(window, number);
        }
    });
    let bands = el("div").class("bands").attr("aria-hidden", "true").live(move || found.with(|(_, rows)| bands(rows)));
    let slab = el("div").class("slab").attr("role", "presentation").child(bands);
    draw(page, &slab, found);
    let placed = slab.clone();
    effect(move || {
        let first = found.with(|(_, rows)| rows.first().map_or(0, |row| row.number));
        placed.set_style("top", &px(window.get().place(scroll.top(), first)));
    });
    let track = el("div").class("track").attr("role", "presentation").child(slab);
    let tall = track.clone();
    effect(move || tall.set_style("height", &px(window.get().track())));
    let active =
        move || page.message.get().filter(|number| range.get().contains(number)).map(|number| format!("row-{number}"));
    let nothing =
        el("p").class("nothing").attr("role", "option").attr("aria-disabled", "true").attr("aria-selected", "false");
    list.child(track)
        .child(
            nothing.text("No message yet.").live_flag("hidden", move || page.loaded.with(|loaded| loaded.messages > 0)),
        )
        .live_attr("aria-activedescendant", active)
        .on("click", move |event: MouseEvent| {
            number_at(&event, "data-row").into_iter().for_each(|number| page.select(Some(number)))
        })
        .on("keydown", move |event: KeyboardEvent| key(page, window.get_untracked(), &event))
}

/// Keeps the rows, and says which is selected and which is pointed at.
fn draw(page: Page, slab: &El, found: RwSignal<(usize, Vec<Row>)>) {
    let mut shown: Shown<(usize, usize)> = Vec::new();
    let slab = slab.clone();
    effect(move || {
        let (selected, hovered) =
            (page.message.get(), page.hovered.with(|place| place.as_ref().map(|place| place.number)));
        found.with(|(revision, rows)| {
            let all = page.loaded.with_untracked(|loaded| loaded.messages);
            let keys: Vec<_> = rows.iter().map(|row| (*revision, row.number)).collect();
            sync(&slab, &mut shown, &keys, |at| rows.get(at).map_or_else(|| el("div"), |row| one_row(row, all)));
        });
        for ((_, number), row) in &shown {
            row.set("aria-selected", Some(if selected == Some(*number) { "true" } else { "false" }));
            row.set("data-hovered", (hovered == Some(*number) && hovered != selected).then_some(""));
        }
    });
}

fn one_row(row: &Row, all: usize) -> El {
    let number = row.number;
    let length = counted(row.length, "byte");
    let problem = row.severity.as_ref().map(|severity| {
        let mend = if row.mend.is_empty() { severity } else { row.mend.as_str() };
        el("span").class("row-problem").attr("data-severity", severity).text("▲ ").text(mend)
    });
    let arrow = el("span")
        .class("arrow")
        .child(el("span").class("visually-hidden").text(&row.direction).text(" sends "))
        .child(el("span").class("tag").child(el("i").text(&row.tag)))
        .child(el("span").class("name").text(&row.name))
        .child(el("span").class("says").text(&row.says))
        .children(problem.into_iter().collect());
    el("div")
        .class("row")
        .attr("role", "option")
        .attr("id", &format!("row-{number}"))
        .attr("data-row", &number.to_string())
        .attr("data-side", &row.direction)
        .flag("data-begins", row.begins)
        .flag("data-waits", row.waits)
        .attr("aria-posinset", &(number + 1).to_string())
        .attr("aria-setsize", &all.to_string())
        .attr("title", &format!("{} offset {} (0x{:x}), {length}", row.direction, grouped(row.offset), row.offset))
        .child(el("span").class("row-number").text(&grouped(number + 1)))
        .child(el("span").class("life").attr("data-end", "frontend"))
        .child(arrow)
        .child(el("span").class("life").attr("data-end", "backend"))
}

/// The bands of some rows; the first and the last may go on outside.
fn bands(rows: &[Row]) -> Vec<El> {
    let mut bands = Vec::new();
    let mut from = 0;
    for to in 1..=rows.len() {
        if rows.get(to).is_none_or(|row| row.begins) {
            bands.extend(rows.get(from).map(|first| band(first, from, to - from)));
            from = to;
        }
    }
    bands
}

fn band(first: &Row, from: usize, count: usize) -> El {
    let height = count as f64 * ROW;
    // Upright where the word has room.
    let upright = height > 16.0 + 8.0 * first.phase.len() as f64;
    el("div")
        .class("band")
        .flag("data-begins", first.begins)
        .flag("data-upright", upright)
        .style("top", &px(from as f64 * ROW))
        .style("height", &px(height))
        .child(el("span").text(&first.phase))
}

fn key(page: Page, window: Window, event: &KeyboardEvent) {
    let (Some(last), now) = (window.count.checked_sub(1), page.message.get_untracked().unwrap_or(0)) else { return };
    let screen = ((window.view / window.row) as usize).saturating_sub(1).max(1);
    let wanted = match event.key().as_str() {
        "ArrowDown" => now + 1,
        "ArrowUp" => now.saturating_sub(1),
        "PageDown" => now + screen,
        "PageUp" => now.saturating_sub(screen),
        "Home" => 0,
        "End" => last,
        "Enter" => {
            by_id("hex").into_iter().for_each(|grid| grid.focus());
            return event.prevent_default();
        }
        _ => return,
    };
    event.prevent_default();
    page.turn_to(wanted.min(last));
}
