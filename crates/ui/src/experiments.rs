//! Experiments in a lesson: its bytes in other pieces, and things that go wrong on the way. The rest is played again by both ends.

use pgscope_signal::computed::Memo;
use pgscope_signal::traits::*;
use pgscope_signal::untrack;
use pgscope_view::engine::{Lesson, Lessons, Request, Taught};
use pgscope_view::programs::{self, Fault, FaultKind, Offered};
use web_sys::{Event, HtmlInputElement};

use crate::ask::ask_lessons;
use crate::dom::{El, counted, effect, el};
use crate::learn::Learn;
use crate::learn_address::{OWN, PIECES as PIECES_NAME, size};

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
        .live_flag("hidden", move || {
            // Where nothing is said any more, what was broken can still be taken back.
            !learn.is_lesson() || learn.stops.with(Vec::is_empty) && learn.faults.with(Vec::is_empty)
        })
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
        .live_flag("hidden", move || offered.with(Vec::is_empty))
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
            let lesson = fault.lesson().map(|lesson| el("p").class("lesson").text(lesson));
            el("li").text(&fault.words()).text(" ").child(undo).children(lesson.into_iter().collect())
        };
        faults.iter().enumerate().map(one).collect()
    };
    let what = move || {
        let (changed, missing) = (learn.changed.with(Vec::len), learn.missing.get());
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

impl Learn {
    /// Where both ends are when all is over, where something was broken.
    pub(crate) fn tell_outcome(self, last: usize) {
        if self.faults.with_untracked(Vec::is_empty) {
            return self.outcome.set(String::new());
        }
        ask_lessons(&Lessons::Moment { number: last, read: None, aside: None }, move |taught| {
            let Some(Taught::Moment(moment)) = taught else { return };
            let both = moment.both;
            let end = |name: &str, does: &str| format!("the {name}: {does}");
            let (client, server) = (end("client", &both.client.does), end("server", &both.server.does));
            let stuck = if both.is_stuck { "Nothing will ever move again. " } else { "At the end, " };
            self.outcome.set(format!("{stuck}{client}; {server}."));
        });
    }

    /// What is written into bytes of a lesson breaks them on the way.
    pub(crate) fn write(self, request: Request) {
        let Request::Write { number, start, end, bytes } = request else { return };
        let sheet = self.page.sheet.with_untracked(|sheet| {
            sheet.as_ref().map(|sheet| (sheet.row.number, sheet.row.offset, sheet.row.direction == "frontend"))
        });
        let Some((_, offset, is_frontend)) = sheet.filter(|(own, ..)| *own == number) else { return };
        let mut faults = self.faults.get_untracked();
        let at = |place: usize| programs::sent(&self.faults.get_untracked(), is_frontend, offset + place);
        let fault = |at, kind| Fault { is_frontend, at, kind };
        if bytes.len() == end - start {
            let byte = |(nth, value): (usize, &u8)| fault(at(start + nth), FaultKind::Byte(*value));
            faults.extend(bytes.iter().enumerate().map(byte));
        } else {
            faults.extend((end > start).then(|| fault(at(start), FaultKind::Lost(end - start))));
            let behind = if end > start { end - 1 } else { start.saturating_sub(1) };
            faults.extend((!bytes.is_empty()).then(|| fault(at(behind), FaultKind::Added(bytes))));
        }
        self.break_as(faults);
    }

    /// Whether a scenario of the course is played as it is told, but for its knobs.
    pub(crate) fn is_as_told(self) -> bool {
        let is_own = self.page.scenario.with(|name| name == OWN);
        let pieces = self.pieces.get().map(size);
        let is_choice = |size: &String| {
            self.lesson
                .with(|lesson| lesson.knobs.iter().any(|knob| knob.name == PIECES_NAME && knob.choices.contains(size)))
        };
        self.is_lesson() && !is_own && self.faults.with(Vec::is_empty) && pieces.as_ref().is_none_or(is_choice)
    }

    /// Breaks something at bytes that have arrived there.
    pub(crate) fn break_it(self, fault: Fault) {
        let mut faults = self.faults.get_untracked();
        let at = programs::sent(&faults, fault.is_frontend, fault.at);
        faults.push(Fault { at, ..fault });
        self.break_as(faults);
    }

    /// Takes one of the faults back.
    pub(crate) fn undo(self, nth: usize) {
        let mut faults = self.faults.get_untracked();
        if nth < faults.len() {
            faults.remove(nth);
        }
        self.break_as(faults);
    }

    fn break_as(self, faults: Vec<Fault>) {
        self.faults.set(faults);
        self.again();
    }

    /// In which pieces bytes arrive in the scenario as it is written.
    fn own_pieces(self) -> usize {
        let of = |lesson: &Lesson| lesson.knobs.iter().find(|knob| knob.name == PIECES_NAME)?.chosen.parse().ok();
        self.lesson.with(of).unwrap_or(0)
    }

    /// In which pieces bytes arrive.
    pub(crate) fn pieces_now(self) -> usize {
        self.pieces.get().unwrap_or_else(|| self.own_pieces())
    }

    /// Cuts the streams into pieces of that size.
    pub(crate) fn cut(self, pieces: usize) {
        self.pieces.set(Some(pieces).filter(|pieces| *pieces != untrack(|| self.own_pieces())));
        self.is_by_reads.set(pieces > 0);
        self.again();
    }

    /// Plays once more, and stays at the step.
    pub(crate) fn again(self) {
        let step = self.page.message.get_untracked().unwrap_or(0) + 1;
        self.open(self.page.scenario.get_untracked(), self.choices(), step);
    }
}
