//! Experiments in a lesson: its bytes in other pieces, and things that go wrong on the way. The rest is played again by both ends.

use pgscope_signal::computed::Memo;
use pgscope_signal::traits::*;
use pgscope_view::programs::{Fault, Offered};
use web_sys::{Event, HtmlInputElement};

use crate::dom::{El, counted, effect, el};
use crate::learn::{Learn, OWN};

/// How many bytes arrive together at most; 0 stands for all that are sent together. As in [`LearnState::pieces`](crate::learn).
const PIECES: [usize; 8] = [1, 2, 3, 5, 7, 16, 64, 0];

/// Below the exchange.
pub(crate) fn pane(learn: Learn) -> El {
    el("section")
        .class("experiments")
        .attr("aria-label", "Experiments")
        .child(lens(learn))
        .child(offers(learn))
        .child(broken(learn))
        .child(
            el("button")
                .class("link write-on")
                .text("Write on at this scenario")
                .live_flag("hidden", move || learn.page.scenario.with(|name| name == OWN))
                .on_click(move || learn.write_on()),
        )
        .live_flag("hidden", move || !learn.is_lesson() || learn.stops.with(Vec::is_empty))
}

/// How the streams are cut into pieces.
fn lens(learn: Learn) -> El {
    let words = move || match learn.pieces_now() {
        0 => "as they are sent".to_owned(),
        1 => "one by one".to_owned(),
        count => format!("at most {} together", counted(count, "byte")),
    };
    let last = (PIECES.len() - 1).to_string();
    let slider = el("input")
        .attr("type", "range")
        .attr("min", "0")
        .attr("max", &last)
        .attr("aria-label", "In which pieces bytes arrive");
    let (shown, moved) = (slider.clone(), slider.clone());
    effect(move || {
        let pieces = learn.pieces_now();
        let nearest = PIECES.iter().position(|most| *most == 0 || (pieces > 0 && *most >= pieces));
        let at = if pieces == 0 { PIECES.len() - 1 } else { nearest.unwrap_or_default() };
        shown.of::<HtmlInputElement>().set_value(&at.to_string());
        shown.set("aria-valuetext", Some(&words()));
    });
    // Not while it moves: each place of it is a whole play.
    let slider = slider.on("change", move |_: Event| {
        let at = moved.of::<HtmlInputElement>().value_as_number() as usize;
        PIECES.get(at).copied().into_iter().for_each(|pieces| learn.cut(pieces));
    });
    el("label").class("lens").child(el("span").text("Bytes arrive")).child(slider).child(el("b").live_text(words))
}

/// What can be broken at this message.
fn offers(learn: Learn) -> El {
    let offered = Memo::new(move |_| learn.moment.with(|moment| moment.both.offered.clone()));
    let chips = move || offered.with(|offered| offered.iter().map(|one| offer(learn, one)).collect());
    let name = move || learn.page.sheet.with(|sheet| sheet.as_ref().map(|sheet| sheet.row.name.to_string()));
    el("div")
        .class("offers")
        .attr("role", "group")
        .attr("aria-label", "Break something here")
        .child(
            el("span").class("offers-label").live_text(move || format!("Break it at {}:", name().unwrap_or_default())),
        )
        .child(el("span").class("contents").live(chips))
}

fn offer(learn: Learn, offered: &Offered) -> El {
    let fault = offered.fault.clone();
    el("button").class("chip offer").text(&offered.label).on_click(move || learn.break_it(fault.clone()))
}

/// What is broken, and what becomes of it.
fn broken(learn: Learn) -> El {
    let list = move || {
        let faults = learn.faults.get();
        let one = |(nth, fault): (usize, &Fault)| {
            let undo = el("button")
                .class("link")
                .attr("aria-label", &format!("Undo: {}", fault.words()))
                .text("undo")
                .on_click(move || learn.undo(nth));
            el("li").text(&fault.words()).text(" ").child(undo)
        };
        faults.iter().enumerate().map(one).collect()
    };
    let what = move || {
        let (changed, missing) = (learn.page.changed.with(Vec::len), learn.missing.get());
        let says = match (changed, missing) {
            (0, 0) => "Every message is said as before. ".to_owned(),
            (0, missing) => format!("{} less than before. ", counted(missing, "message")),
            (changed, 0) => format!("{} is new or another than before. ", counted(changed, "message")),
            (changed, missing) => {
                format!("{} new or another than before, {missing} less. ", counted(changed, "message"))
            }
        };
        says + &learn.outcome.get()
    };
    let last = el("button").class("link").text("Go to the end").on_click(move || {
        learn.page.turn_to(learn.page.loaded.with_untracked(|loaded| loaded.messages.saturating_sub(1)));
    });
    el("div")
        .class("broken")
        .attr("role", "status")
        .child(el("b").text("Broken on purpose"))
        .child(el("ul").live(list))
        .child(el("p").child(el("span").live_text(what)).text(" ").child(last))
        .live_flag("hidden", move || learn.faults.with(Vec::is_empty))
}
