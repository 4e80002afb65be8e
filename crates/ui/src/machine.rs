//! The whole state machine of an end, on demand: drawn from the table, with the present state lit and the way just taken marked.

use pgscope_signal::computed::Memo;
use pgscope_signal::signal::RwSignal;
use pgscope_signal::traits::*;
use pgscope_view::programs::{self, Machine, Program, Way};
use pgscope_view::proto::Direction;
use wasm_bindgen_futures::spawn_local;
use web_sys::{Event, HtmlDetailsElement};

use crate::dom::{El, el, svg};
use crate::samples::fetched;

/// How high a state's row is and how wide its box, and how far apart arcs are.
const ROW: usize = 30;
const BOX: (usize, usize) = (158, 22);
const LANE: usize = 10;

/// Below the part in use: all of it.
pub(crate) fn whole(own: Memo<Program>, side: Direction) -> El {
    let machine = RwSignal::<Machine>::default();
    let details = el("details").class("program-machine");
    let opened = details.clone();
    let drawn = move || {
        machine.with(|machine| {
            own.with(|own| if machine.states.is_empty() { Vec::new() } else { vec![picture(machine, own)] })
        })
    };
    details
        .child(el("summary").text("All states"))
        .child(
            el("div")
                .class("machine")
                .attr("tabindex", "0")
                .attr("role", "group")
                .attr("aria-label", "All states")
                .live(drawn),
        )
        .on("toggle", move |_: Event| {
            if !opened.of::<HtmlDetailsElement>().open() || machine.with_untracked(|machine| !machine.states.is_empty())
            {
                return;
            }
            spawn_local(async move {
                if let Ok(ways) = fetched("code/ways.txt").await {
                    machine.set(programs::machine(side, &ways));
                }
            });
        })
}

fn picture(machine: &Machine, own: &Program) -> El {
    let now = machine.states.iter().position(|state| state.page == own.page);
    let before = machine.states.iter().position(|state| state.name == own.before).filter(|_| !own.by.is_empty());
    let is_taken = |way: &Way| Some(way.from) == before && Some(way.to) == now;
    let ways: Vec<&Way> = machine.ways.iter().collect();
    let lanes = |forward: bool| ways.iter().filter(|way| (way.from < way.to) == forward).map(|way| way.lane + 1).max();
    let left = (lanes(false).unwrap_or(0) + 1) * LANE;
    let width = left + BOX.0 + (lanes(true).unwrap_or(0) + 1) * LANE;
    let height = machine.states.len() * ROW;
    let mut told = format!("Now it is in the state {}.", own.state);
    if before.is_some() {
        told += &format!(" It came from {}, when it {}.", own.before, own.by);
    }
    let mut picture = svg("svg")
        .attr("viewBox", &format!("0 0 {width} {height}"))
        .attr("width", &width.to_string())
        .attr("height", &height.to_string())
        .attr("role", "img")
        .attr("aria-label", &told);
    // What is lit lies on what is not.
    let (lit, plain): (Vec<&Way>, Vec<&Way>) = ways.into_iter().partition(|way| is_taken(way) || Some(way.from) == now);
    for way in plain.into_iter().chain(lit) {
        let words = format!("{} → {}: {}", name(machine, way.from), name(machine, way.to), way.on);
        let arc = svg("g")
            .class("machine-way")
            .flag("data-out", Some(way.from) == now)
            .flag("data-taken", is_taken(way))
            .child(svg("title").text(&words))
            .children(arc(way, left));
        picture = picture.child(arc);
    }
    for (nth, state) in machine.states.iter().enumerate() {
        let top = nth * ROW + (ROW - BOX.1) / 2;
        let rect = svg("rect")
            .attr("x", &left.to_string())
            .attr("y", &top.to_string())
            .attr("width", &BOX.0.to_string())
            .attr("height", &BOX.1.to_string())
            .attr("rx", "4");
        let words = svg("text")
            .attr("x", &(left + BOX.0 / 2).to_string())
            .attr("y", &(top + 15).to_string())
            .attr("text-anchor", "middle")
            .text(state.name);
        picture = picture.child(
            svg("g")
                .class("machine-state")
                .flag("data-now", Some(nth) == now)
                .flag("data-before", Some(nth) == before)
                .child(rect)
                .child(words),
        );
    }
    picture
}

fn name(machine: &Machine, nth: usize) -> &str {
    machine.states.get(nth).map_or("", |state| state.name)
}

/// From one box to the other and around those between, with an arrow's head: ways forward on the right, ways back on the left.
fn arc(way: &Way, left: usize) -> Vec<El> {
    let out = (way.lane + 1) * LANE;
    let forward = way.from < way.to;
    let (edge, far, head) = match forward {
        true => (left + BOX.0, left + BOX.0 + out, 6_i32),
        false => (left, left - out, -6),
    };
    // Ways begin below the middle of a box and end above it, so that those in and out are apart.
    let (from, to) = (way.from * ROW + ROW / 2, way.to * ROW + ROW / 2);
    let (from, to) = if forward { (from + 4, to - 4) } else { (from - 4, to + 4) };
    let line = svg("path").attr("d", &format!("M{edge} {from}H{far}V{to}H{edge}"));
    let point = svg("path").class("machine-head").attr("d", &format!("M{edge} {to}l{head} -4v8z"));
    vec![line, point]
}
