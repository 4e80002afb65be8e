//! The second pane: what was said, one arrow a message between two lifelines.

use std::cell::Cell;

use pgscope_signal::computed::Memo;
use pgscope_signal::signal::RwSignal;
use pgscope_signal::traits::*;
use pgscope_view::engine::{Named, Reply, Request};
use web_sys::{Element, Event, HtmlInputElement, HtmlSelectElement, KeyboardEvent};

use crate::ask::ask;
use crate::dom::{El, counted, effect, el, grouped, is_in, is_typing, key_of, on_window, svg};
use crate::find::{self, Seek};
use crate::gallery::Gallery;
use crate::goto::{self, Goto};
use crate::later::{self, Action, Lesson, Pane, act};
use crate::learn::Learn;
use crate::list::{List, tree};
use crate::page::Page;
use crate::{print, problems};

pub(crate) fn pane(page: Page, learn: Learn, gallery: Gallery) -> El {
    let open = RwSignal::new(false);
    let more = RwSignal::new(false);
    let list = List::new(page);
    let seek = Seek::new(list);
    let goto = Goto::new("messages");
    on_window("keydown", move |event: KeyboardEvent| key(seek, goto, &event));
    // A link says what is shown.
    effect(move || {
        if page.filter.with(|filter| filter.iter().any(|part| !part.is_empty())) {
            seek.filtering.set(true);
        }
    });
    let count = move || page.loaded.with(|loaded| loaded.messages);
    let named = move |side: &str, nth: usize| match page.loaded.with(|loaded| loaded.ends.get(nth).cloned()) {
        Some(name) if !name.is_empty() => format!("{side} · {name}"),
        _ => side.to_owned(),
    };
    let head = el("div")
        .class("pane-head exchange-head")
        .child(el("h2").attr("id", "exchange-title").text("Exchange"))
        .child(el("span").class("chip").live_text(move || counted(count(), "message")))
        .child(problems::chips(page, open))
        .child(el("span").class("spacer"))
        .child(later::pane(Pane::Connections(page), move || is_of_many(page)))
        .child(tools(list, seek, goto, more))
        .child(later::pane(Pane::More(seek, gallery, more), move || more.get()));
    let lanes = el("div")
        .class("lanes")
        .child(el("b").class("frontend").live_text(move || named("frontend", 0)))
        .child(el("b").class("backend").live_text(move || named("backend", 1)));
    let pane = el("section").class("pane exchange").attr("aria-labelledby", "exchange-title");
    // Room for the largest number.
    let wide = pane.clone();
    effect(move || wide.set_style("--digits", &grouped(count()).len().max(3).to_string()));
    pane.child(head)
        .child(later::pane(Pane::Learn(Lesson::Player, learn), move || learn.is_open()))
        .child(later::pane(Pane::Find(seek), move || seek.finding.get()))
        .child(later::pane(Pane::Filter(seek), move || seek.filtering.get()))
        .child(later::pane(Pane::GoTo(page, goto), move || goto.open.get()))
        .child(later::pane(Pane::Problems(page, open), move || open.get()))
        .child(lanes)
        .child(tree(list, find::nothing(seek)))
        .child(print::place(move |place| act(Action::PrintList(seek, place))))
        .child(later::pane(Pane::Learn(Lesson::Experiments, learn), move || learn.is_open()))
        .child(foot(list))
}

/// Keys that work wherever nothing is typed, and in the bars themselves.
fn key(seek: Seek, goto: Goto, event: &KeyboardEvent) {
    let control = (event.ctrl_key() || event.meta_key()) && !event.alt_key() && !event.shift_key();
    match key_of(event).as_str() {
        "f" if control && (!is_typing(event) || is_in(event, ".bar")) => seek.open_find(),
        "g" if control && is_in(event, ".exchange") => goto.open.set(true),
        _ => return,
    }
    event.prevent_default();
}

fn tools(list: List, seek: Seek, goto: Goto, more: RwSignal<bool>) -> El {
    let tool = |label: &str, path: &str| {
        let drawing = svg("svg").attr("viewBox", "0 0 16 16").attr("aria-hidden", "true");
        el("button")
            .class("button icon")
            .attr("aria-label", label)
            .attr("title", label)
            .child(drawing.child(svg("path").attr("d", path)))
    };
    let pressed = |is: bool| Some(is.to_string());
    let nothing_folds = move || !list.listed.get().folds;
    el("div")
        .class("tools")
        .attr("role", "group")
        .attr("aria-label", "The list")
        .child(
            tool("Find (Ctrl+F)", "M11 11l3.5 3.5M7 12A5 5 0 1 1 7 2a5 5 0 0 1 0 10z")
                .live_attr("aria-pressed", move || pressed(seek.finding.get()))
                .on_click(move || seek.open_find()),
        )
        .child(
            tool("Filter", "M2 3h12L9.5 8.5v4.5l-3-1.5v-3z")
                .live_attr("aria-pressed", move || pressed(seek.filtering.get()))
                .on_click(move || seek.turn_filter()),
        )
        .child(
            tool("Go to a message or an offset (Ctrl+G)", "M2 8h8M7 4.5L10.5 8 7 11.5M14 3v10")
                .live_attr("aria-pressed", move || pressed(goto.open.get()))
                .on_click(move || goto.open.set(true)),
        )
        .child(
            tool("Fold all (Shift+←)", "M4 2l4 4 4-4M4 14l4-4 4 4")
                .live_flag("disabled", nothing_folds)
                .on_click(move || act(Action::FoldAll(list, false))),
        )
        .child(
            tool("Open all (Shift+→)", "M4 6l4-4 4 4M4 10l4 4 4-4")
                .live_flag("disabled", nothing_folds)
                .on_click(move || act(Action::FoldAll(list, true))),
        )
        .child(
            tool("More: export, compare, compose", "M3 7h2v2H3zM7 7h2v2H7zM11 7h2v2h-2z")
                .attr("id", "more")
                .attr("aria-haspopup", "menu")
                .on_click(move || more.set(true)),
        )
}

/// The bar for a message's number, or an offset in one of the streams.
pub(crate) fn go_to(page: Page, goto: Goto) -> El {
    let side = |value: &str| el("option").attr("value", value).text(&format!("offset of the {value}"));
    let sides = el("select")
        .class("button")
        .attr("aria-label", "In whose stream")
        .child(side("frontend"))
        .child(side("backend"));
    let chosen = sides.clone();
    let shown = sides.clone();
    effect(move || {
        if goto.open.get() {
            let side = page.sheet.with_untracked(|sheet| sheet.as_ref().map(|sheet| sheet.row.direction.to_string()));
            side.into_iter().for_each(|side| shown.of::<HtmlSelectElement>().set_value(&side));
        }
    });
    goto::bar(goto, "goto-text", "message 12 or offset 0x1c", vec![sides], move |to| {
        let direction = chosen.of::<HtmlSelectElement>().value();
        ask(Request::Goto { to, direction, within: None }, move |reply| match reply {
            Reply::Refused(why) => goto.problem.set(why),
            Reply::Number(number) => {
                page.turn_to(number);
                goto.close();
            }
            Reply::Place(place) => {
                page.turn_to(place.number);
                page.pinned.set(Some(*place));
                goto.close();
            }
            _ => {}
        });
    })
}

/// Below the list: what the selected message answers or is answered by, and what the drawing means.
fn foot(list: List) -> El {
    let page = list.page;
    let chip =
        move |words: String, to: usize| el("button").class("chip").text(&words).on_click(move || page.turn_to(to));
    let told = |named: &Named| format!("{} {}", grouped(named.number + 1), named.name);
    let chips = move || {
        let Some(now) = page.message.get() else { return Vec::new() };
        list.pair.with(|pair| {
            let Some(pair) = pair else { return Vec::new() };
            if now != pair.request.number {
                return vec![chip(format!("answers {}", told(&pair.request)), pair.request.number)];
            }
            let first = chip(format!("answered by {}", told(&pair.first)), pair.first.number);
            let last = chip(format!("… {}", told(&pair.last)), pair.last.number);
            if pair.count > 1 { vec![first, last] } else { vec![first] }
        })
    };
    let waits = el("button")
        .class("chip legend")
        .attr("title", "What colours and marks mean")
        .attr("aria-haspopup", "dialog")
        .child(el("i").class("hatch").attr("aria-hidden", "true"))
        .text("Legend")
        .on_click(move || page.legend.set(true));
    el("div")
        .class("exchange-foot")
        .child(el("span").class("chips").live(chips))
        .child(el("span").class("spacer"))
        .child(waits)
}

thread_local! {
    /// Whether the whole file is looked at though it is one connection, and whether there is a place for that.
    static OVERVIEW: Cell<Option<RwSignal<bool>>> = const { Cell::new(None) };
}

/// Whether a file has more than what is shown: other connections, or what is none of ours.
fn is_of_many(page: Page) -> bool {
    page.loaded.with(|loaded| loaded.connections > 1 || !loaded.left_out.is_empty())
}

/// Shows the tables of the whole file above its messages.
pub(crate) fn show_overview(page: Page, is_asked: bool) {
    let wanted = OVERVIEW.get().unwrap_or_else(|| {
        let wanted = RwSignal::new(false);
        OVERVIEW.set(Some(wanted));
        let is_lesson = move || !page.scenario.with(String::is_empty);
        let is_seen = move || (wanted.get() || is_of_many(page)) && !is_lesson();
        let place = el("div").class("contents").live_flag("hidden", move || !is_seen());
        let place = place.child(later::pane(Pane::Overview(page), is_seen));
        if let Some(main) = crate::dom::root().and_then(|root| root.of::<Element>().query_selector("main").ok()?) {
            let _ = main.before_with_node_1(place.of());
        }
        wanted
    });
    wanted.set(is_asked);
}

/// More connections than this are no list to choose from: one says a number.
const MOST_CHOICES: usize = 200;

/// A choice where the input holds more than one connection.
pub(crate) fn connections(page: Page) -> El {
    show_overview(page, false);
    let count = Memo::new(move |_| page.loaded.with(|loaded| loaded.connections));
    let choices = move || {
        let count = Some(count.get()).filter(|count| *count <= MOST_CHOICES).unwrap_or_default();
        (0..count)
            .map(|nth| el("option").attr("value", &nth.to_string()).text(&format!("connection {} of {count}", nth + 1)))
            .collect()
    };
    let list = el("select").class("button").attr("aria-label", "Connection").live(choices);
    let (chosen, shown) = (list.clone(), list.clone());
    effect(move || {
        count.track();
        shown.of::<HtmlSelectElement>().set_selected_index(page.loaded.with(|loaded| loaded.connection) as i32);
    });
    let list = list
        .live_flag("hidden", move || !(2..=MOST_CHOICES).contains(&count.get()))
        .on("change", move |_: Event| page.connect(chosen.of::<HtmlSelectElement>().selected_index().max(0) as usize));
    let number = move || if count.get() > MOST_CHOICES { vec![numbered(page, count)] } else { Vec::new() };
    el("span").class("contents").child(list).child(el("span").class("contents").live(number))
}

/// Where there are more than a list is good for: its number.
fn numbered(page: Page, count: Memo<usize>) -> El {
    let field = el("input")
        .class("button connection-number")
        .attr("type", "number")
        .attr("min", "1")
        .live_attr("max", move || Some(count.get().to_string()))
        .attr("aria-label", "Connection");
    let (typed, shown) = (field.clone(), field.clone());
    effect(move || {
        let number = page.loaded.with(|loaded| loaded.connection) + 1;
        shown.of::<HtmlInputElement>().set_value(&number.to_string());
    });
    let field = field.on("change", move |_: Event| {
        let field = typed.of::<HtmlInputElement>();
        let number = field.value_as_number().clamp(1.0, count.get_untracked() as f64);
        let number = if number.is_finite() { number as usize } else { 1 };
        field.set_value(&number.to_string());
        page.connect(number - 1);
    });
    el("label")
        .class("connection-choice")
        .text("connection ")
        .child(field)
        .child(el("span").live_text(move || format!(" of {}", grouped(count.get()))))
}
