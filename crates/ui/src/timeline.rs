//! A whole file as a picture of its time: when servers were at work, when clients kept transactions open, when something failed.
//!
//! The engine says it for as many stretches as there is room for. A click goes to the message that was said then, dragging shows a
//! stretch alone; a mark does both by keys.

use pgscope_signal::computed::Memo;
use pgscope_signal::signal::RwSignal;
use pgscope_signal::traits::*;
use pgscope_view::engine::{Survey, Surveyed};
use pgscope_view::overview::{Stretch, duration};
use web_sys::{Element, KeyboardEvent, PointerEvent};

use crate::ask::ask_survey;
use crate::dom::{El, counted, effect, el, key_of, on_resize, px, svg};
use crate::page::Page;

/// How wide a stretch is, in pixels.
const STRETCH: f64 = 6.0;
/// How much room there is beside it.
const BESIDE: f64 = 32.0;
/// How many stretches a step by key is.
const STEP: usize = 1;
const LEAP: usize = 10;

/// What the engine said.
#[derive(Clone, PartialEq)]
struct Told {
    span: (i64, i64),
    begin_us: i64,
    line: Vec<Stretch>,
}

impl Told {
    /// The time at a place, in stretches from the beginning.
    fn time(&self, place: f64) -> i64 {
        let (from, to) = self.span;
        let part = (place / self.line.len().max(1) as f64).clamp(0.0, 1.0);
        from.saturating_add((to.saturating_sub(from) as f64 * part) as i64)
    }

    /// What happened in a stretch, in words.
    fn says(&self, stretch: usize) -> String {
        let Some(told) = self.line.get(stretch) else { return String::new() };
        let at = self.time(stretch as f64).saturating_sub(self.begin_us);
        let mut words = vec![
            format!("at {}", duration(at.unsigned_abs())),
            counted(told.connections, "connection"),
            format!("servers at work {}", duration(told.server_us)),
        ];
        if told.errors > 0 {
            words.push(counted(told.errors, "error"));
        }
        words.join(", ")
    }
}

/// What is shown: a handle.
#[derive(Clone, Copy)]
struct Line {
    page: Page,
    reading: Memo<(usize, usize)>,
    connection: Memo<Option<usize>>,
    /// The part of the time that is shown; all where it is nothing.
    span: RwSignal<Option<(i64, i64)>>,
    told: RwSignal<Option<Told>>,
    stretches: RwSignal<usize>,
    /// The stretch at which the mark is.
    mark: RwSignal<usize>,
}

/// The time line of what is read so, or of a connection of it, as wide as the pane `inside` which it is.
pub(crate) fn line(
    page: Page,
    reading: Memo<(usize, usize)>,
    connection: Memo<Option<usize>>,
    span: RwSignal<Option<(i64, i64)>>,
    inside: &El,
) -> El {
    let line = Line {
        page,
        reading,
        connection,
        span,
        told: RwSignal::new(None),
        stretches: RwSignal::new(0),
        mark: RwSignal::new(0),
    };
    let measured = inside.clone();
    on_resize(inside, move || {
        let width = f64::from(measured.of::<Element>().client_width()) - BESIDE;
        line.stretches.set((width / STRETCH).max(0.0) as usize);
    });
    // Another input: no stretch of the one before.
    effect(move || {
        line.reading.track();
        line.span.set(None);
        line.mark.set(0);
    });
    effect(move || line.ask());
    let whole = el("button")
        .class("button")
        .text("Show all of the time")
        .live_flag("hidden", move || line.span.get().is_none())
        .on_click(move || line.span.set(None));
    let scale = move || line.told.with(|told| told.as_ref().map(scale).unwrap_or_default());
    el("div")
        .class("timeline-box")
        .live_flag("hidden", move || line.told.with(Option::is_none))
        .child(line.picture())
        .child(el("div").class("timeline-scale").attr("aria-hidden", "true").live(scale))
        .child(el("div").class("timeline-foot").child(legend()).child(el("span").class("spacer")).child(whole))
}

impl Line {
    fn ask(self) {
        let ((connections, _), stretches) = (self.reading.get(), self.stretches.get());
        let (span, connection) = (self.span.get(), self.connection.get());
        if connections == 0 || stretches == 0 {
            return self.told.set(None);
        }
        ask_survey(&Surveyed::TimeLine { span, stretches, connection }, move |survey| {
            let told = match survey {
                Some(Survey::TimeLine { span, begin_us, line }) => Some(Told { span, begin_us, line }),
                _ => None,
            };
            self.told.set(told);
        });
    }

    /// The time at a place, in stretches.
    fn time(self, place: f64) -> Option<i64> {
        self.told.with_untracked(|told| told.as_ref().map(|told| told.time(place)))
    }

    /// Turns the page to what is to be seen there: an error first, and else what the connection that is shown said then or next, or another
    /// one. What is drawn as one pixel is one place.
    fn go(self, place: f64) {
        let place = place.floor();
        let (Some(from), Some(to)) = (self.time(place), self.time(place + 1.0)) else { return };
        let asked =
            Surveyed::At { from, to: to.max(from.saturating_add(1)), connection: self.connection.get_untracked() };
        ask_survey(&asked, move |survey| {
            if let Some(Survey::At { connection, message }) = survey {
                self.page.turn_to_either(connection, message);
            }
        });
    }

    /// Shows what is between two places alone.
    fn zoom(self, from: f64, to: f64) {
        if let (Some(first), Some(last)) = (self.time(from), self.time(to)) {
            self.span.set(Some((first, last.max(first.saturating_add(1)))));
            self.mark.set(0);
        }
    }

    fn key(self, event: &KeyboardEvent) {
        let last = self.stretches.get_untracked().saturating_sub(1);
        let mark = self.mark.get_untracked();
        match key_of(event).as_str() {
            "ArrowLeft" => self.mark.set(mark.saturating_sub(STEP)),
            "ArrowRight" => self.mark.set((mark + STEP).min(last)),
            "PageDown" => self.mark.set(mark.saturating_sub(LEAP)),
            "PageUp" => self.mark.set((mark + LEAP).min(last)),
            "Home" => self.mark.set(0),
            "End" => self.mark.set(last),
            "Enter" => self.go(mark as f64),
            "+" => {
                let around = last as f64 / 8.0;
                self.zoom((mark as f64 - around).max(0.0), mark as f64 + around);
            }
            "-" => self.span.set(None),
            _ => return,
        }
        event.prevent_default();
        event.stop_propagation();
    }

    fn picture(self) -> El {
        let dragged = RwSignal::new(None::<(f64, f64)>);
        let at = move |event: &PointerEvent| f64::from(event.offset_x()) / STRETCH;
        let down = move |event: PointerEvent| dragged.set(Some((at(&event), at(&event))));
        let moves = move |event: PointerEvent| {
            dragged.update(|dragged| {
                if let Some((_, to)) = dragged {
                    *to = at(&event);
                }
            });
        };
        let up = move |event: PointerEvent| {
            let Some((from, _)) = dragged.get_untracked() else { return };
            dragged.set(None);
            let to = at(&event);
            if is_drag((from, to)) {
                return self.zoom(from.min(to), from.max(to));
            }
            self.mark.set(from as usize);
            self.go(from);
        };
        let says = move || self.told.with(|told| told.as_ref().map(|told| told.says(self.mark.get())));
        let name = move || {
            self.told.with(|told| {
                let told = told.as_ref()?;
                let errors: usize = told.line.iter().map(|stretch| stretch.errors).sum();
                let length = told.span.1.saturating_sub(told.span.0);
                Some(format!("Time line: {}, {}", duration(length.unsigned_abs()), counted(errors, "error")))
            })
        };
        let picture = el("div")
            .class("timeline")
            .attr("role", "slider")
            .attr("tabindex", "0")
            .attr("aria-valuemin", "0")
            .live_attr("aria-valuemax", move || Some(self.stretches.get().saturating_sub(1).to_string()))
            .live_attr("aria-valuenow", move || Some(self.mark.get().to_string()))
            .live_attr("aria-valuetext", says)
            .live_attr("aria-label", name)
            .live(move || self.told.with(|told| told.as_ref().map(|told| vec![drawn(told)]).unwrap_or_default()))
            .on("pointerdown", down)
            .on("pointermove", moves)
            .on("pointerup", up)
            .on("pointerleave", move |_: PointerEvent| dragged.set(None))
            .on("keydown", move |event: KeyboardEvent| self.key(&event));
        let veil = |class: &str, place: Box<dyn Fn() -> (f64, f64)>| {
            let veil = el("div").class(class).attr("aria-hidden", "true");
            let veiled = veil.clone();
            effect(move || {
                let (left, width) = place();
                veiled.set_style("left", &px(left * STRETCH));
                veiled.set_style("width", &px(width * STRETCH));
            });
            veil
        };
        let over = move || dragged.get().filter(|drag| is_drag(*drag)).unwrap_or_default();
        el("div")
            .class("timeline-frame")
            .child(picture)
            .child(veil("timeline-veil", Box::new(move || (over().0.min(over().1), (over().0 - over().1).abs()))))
            .child(veil("timeline-mark", Box::new(move || (self.mark.get() as f64, 1.0))))
    }
}

/// Whether the pointer went far enough to mean a stretch.
fn is_drag((from, to): (f64, f64)) -> bool {
    (from - to).abs() > 1.0
}

fn legend() -> El {
    let sign = |kind: &str, words: &str| {
        el("span").class("timeline-sign").child(el("i").attr("data-kind", kind).attr("aria-hidden", "true")).text(words)
    };
    el("span")
        .class("chips")
        .child(sign("server", "servers at work"))
        .child(sign("transaction", "idle in a transaction"))
        .child(sign("error", "errors"))
        .child(
            el("span")
                .class("timeline-hint")
                .text("A click, or Enter at the mark, goes there; dragging, or +, shows a stretch."),
        )
}

/// How tall the time line is drawn.
const TALL: f64 = 48.0;

fn drawn(told: &Told) -> El {
    let Told { span: (from, to), line, .. } = told;
    let width = line.len() as f64 * STRETCH;
    let length = (to.saturating_sub(*from) as f64 / line.len().max(1) as f64).max(1.0);
    let most = line.iter().map(|stretch| stretch.server_us + stretch.in_transaction_us).max().unwrap_or(0) as f64;
    let tall = |microseconds: u64| (microseconds as f64 / most.max(length / 20.0).max(1.0) * TALL).min(TALL);
    let box_of = |kind: &str, x: f64, bottom: f64, height: f64| {
        svg("rect")
            .attr("data-kind", kind)
            .attr("x", &format!("{x:.1}"))
            .attr("y", &format!("{:.1}", TALL - bottom - height))
            .attr("width", &format!("{:.1}", STRETCH - 1.0))
            .attr("height", &format!("{height:.1}"))
    };
    let mut bars = Vec::new();
    for (nth, stretch) in line.iter().enumerate() {
        let x = nth as f64 * STRETCH;
        let (server, open) = (tall(stretch.server_us), tall(stretch.in_transaction_us));
        if stretch.connections > 0 {
            bars.push(box_of("here", x, 0.0, 1.5));
        }
        if server > 0.0 {
            bars.push(box_of("server", x, 0.0, server.max(1.5)));
        }
        if open > 0.0 {
            bars.push(box_of("transaction", x, server, open));
        }
        if stretch.errors > 0 {
            bars.push(box_of("error", x, 0.0, TALL).attr("width", "2"));
        }
    }
    svg("svg")
        .attr("viewBox", &format!("0 0 {width:.0} {TALL}"))
        .attr("width", &format!("{width:.0}"))
        .attr("height", &format!("{TALL}"))
        .children(bars)
}

/// Some times below the time line.
fn scale(line: &Told) -> Vec<El> {
    let (from, to) = line.span;
    let places = 5;
    let at = |nth: i64| {
        let time = from.saturating_add(to.saturating_sub(from) / (places - 1) * nth);
        el("span").text(&duration(time.saturating_sub(line.begin_us).unsigned_abs()))
    };
    (0..places).map(at).collect()
}
