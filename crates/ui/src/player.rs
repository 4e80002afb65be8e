//! The player of a scenario: steps by buttons, keys and a slider, and by themselves at the pace at which one reads.

use std::cell::Cell;
use std::rc::Rc;

use pgscope_signal::computed::Memo;
use pgscope_signal::signal::RwSignal;
use pgscope_signal::traits::*;
use pgscope_signal::untrack;
use pgscope_view::Performance;
use pgscope_view::engine::{Further, KnobRow, Stop};
use wasm_bindgen_futures::spawn_local;
use web_sys::{Event, HtmlInputElement, HtmlSelectElement, KeyboardEvent, TouchEvent};

use crate::dom::{El, after, aria, effect, el, grouped, is_in, is_typing, key_of, on_window, stop};
use crate::find::focus;
use crate::learn::Learn;
use crate::learn_address::OWN;
use crate::predict::Predict;
use crate::remembered;
use crate::simulator::{self, Told};
use crate::{compare, embed};

/// How long a step stands that tells nothing, and how long each word of one that does, in milliseconds.
const GLANCE: f64 = 1400.0;
const WORD: f64 = 270.0;
const SPEEDS: [(&str, &str, f64); 4] = [
    ("slow", "half the speed", 0.5),
    ("", "reading pace", 1.0),
    ("fast", "twice as fast", 2.0),
    ("faster", "four times as fast", 4.0),
];

/// Where it can pause by itself.
type Pauses = fn(&Stop) -> bool;
const PAUSES: [(&str, &str, Pauses); 4] = [
    ("", "no break points", |_| false),
    ("errors", "pauses at errors", |stop| stop.fails),
    ("states", "pauses where a state changes", |stop| stop.turns),
    ("texts", "pauses where something is told", |stop| stop.words > 0),
];
/// The id of the button for a step forward.
const FORWARD: &str = "step-forward";
/// How far a finger goes that swipes, in pixels.
const SWIPE: i32 = 48;
/// Where it is remembered whether what comes is veiled.
const VEILED: &str = "pgscope.veil";

/// Where one is, and whether it plays.
#[derive(Clone, Copy)]
struct Player {
    learn: Learn,
    /// Which of the stops the selected message belongs to.
    now: Memo<usize>,
    /// The timer of the next step, while it plays.
    playing: RwSignal<Option<i32>>,
    speed: RwSignal<usize>,
    /// Where it pauses by itself: one of [`PAUSES`].
    pauses: RwSignal<usize>,
    predict: Predict,
}

/// Above the exchange: first, back, play, forward, last, what matters next, a slider, and the knobs.
pub(crate) fn player(learn: Learn) -> El {
    let now = Memo::new(move |_| learn.now());
    let player = Player {
        learn,
        now,
        playing: RwSignal::default(),
        speed: RwSignal::new(1),
        pauses: RwSignal::new(0),
        predict: learn.predict,
    };
    on_window("keydown", move |event: KeyboardEvent| player.key(&event));
    // Whoever chooses another scenario, or leaves, does not go on listening to this one.
    effect(move || {
        learn.page.scenario.track();
        learn.lesson.track();
        player.pause();
        player.predict.close();
    });
    let button = |label: &'static str, sign: &'static str| {
        el("button").class("button").attr("aria-label", label).attr("title", label).text(sign)
    };
    let play = el("button")
        .class("button main")
        .live_attr("aria-label", move || Some(player.play_label().to_owned()))
        .live_attr("title", move || Some(player.play_label().to_owned()))
        .live_text(move || if player.playing.get().is_some() { "❚❚" } else { "▶" }.to_owned())
        .on_click(move || player.turn_play());
    let keys = el("div")
        .class("player-keys")
        .attr("role", "group")
        .attr("aria-label", "Steps")
        .child(button("First step (Home)", "|←").on_click(move || player.go(|_, _| 0)))
        .child(button("Step back (←)", "←").on_click(move || player.back()))
        .child(play)
        .child(
            button("Step forward (→)", "→").attr("id", FORWARD).class("button main").on_click(move || player.forward()),
        )
        .child(button("Last step (End)", "→|").on_click(move || player.go(|_, last| last)))
        .child(button("Next that matters (])", "⇥").on_click(move || player.to_what_matters(true)));
    let knobs = Memo::new(move |_| learn.lesson.with(|lesson| lesson.knobs.clone()));
    let given = RwSignal::default();
    let other = RwSignal::default();
    let embed = el("button")
        .class("chip")
        .text("On a page of yours …")
        .attr("aria-haspopup", "dialog")
        // What is broken, cut, written or said here is not what an element would play.
        .live_flag("hidden", move || !learn.is_as_told())
        .on_click(move || given.set(Some(learn.given())));
    let more = el("div")
        .class("player-more")
        .child(by_reads(learn))
        .child(player.predict.switch())
        .child(player.speeds())
        .child(player.break_points())
        .child(veils(learn))
        .child(el("div").class("knobs").live(move || {
            // In which pieces bytes arrive is an experiment of every scenario.
            knobs.with(|all| all.iter().filter(|one| one.name != "segments").map(|one| knob(learn, one)).collect())
        }))
        .child(beside(learn, other))
        .child(embed);
    let bar = el("div")
        .class("player")
        .child(keys)
        .child(player.slider())
        .child(el("span").class("chip").live_text(move || player.position()))
        .child(more)
        .child(embed::pane("embed-scenario", given))
        .child(compare::beside(learn.page, other));
    player.swipes();
    el("div")
        .class("player-place")
        .live_flag("data-asking", move || player.predict.question.with(Option::is_some))
        .child(player.predict.pane(learn.states(), move || {
            player.forward();
            // The question goes, and with it the button that was pressed.
            focus(FORWARD);
        }))
        .child(bar)
        .live_flag("hidden", move || !learn.is_open() || learn.stops.with(Vec::is_empty))
}

impl Player {
    fn position(self) -> String {
        let all = self.learn.page.loaded.with(|loaded| loaded.messages);
        let now = self.now.get();
        let elsewhere = self.learn.moment.with(|moment| {
            let is_it = |further: &&Further| Some(further.connection) == moment.elsewhere;
            let further = moment.further.iter().find(is_it)?;
            Some(format!("{}: message {}", further.name, further.rows.last()?.number + 1))
        });
        self.learn.with_steps(|steps| {
            let Some(number) = steps.get(now).map(|step| step.number) else { return String::new() };
            if let Some(elsewhere) = elsewhere.filter(|_| steps.get(now).is_some_and(|step| step.aside.is_some())) {
                return elsewhere;
            }
            if self.learn.is_by_reads.get() {
                let first = steps.partition_point(|step| step.number < number);
                let own = |step: &&Stop| step.number == number && step.aside.is_none();
                let reads = steps.iter().filter(own).count();
                return format!(
                    "message {} of {}, read {} of {reads}",
                    grouped(number + 1),
                    grouped(all),
                    now - first + 1
                );
            }
            // A run of equal messages is one step.
            let next = steps.iter().skip(now + 1).find(|step| step.number > number);
            match next.map_or(all, |next| next.number) {
                to if to > number + 1 => {
                    format!("messages {} to {} of {}", grouped(number + 1), grouped(to), grouped(all))
                }
                _ => format!("message {} of {}", grouped(number + 1), grouped(all)),
            }
        })
    }

    fn play_label(self) -> &'static str {
        if self.playing.get().is_some() { "Pause (Space)" } else { "Play at reading pace (Space)" }
    }

    /// To another stop. Whoever steps by hand stops what plays.
    fn go(self, to: impl FnOnce(usize, usize) -> usize) {
        self.pause();
        self.predict.close();
        self.show(to);
    }

    fn show(self, to: impl FnOnce(usize, usize) -> usize) {
        let last = self.last();
        self.learn.go(to(self.now.get_untracked(), last).min(last));
    }

    fn last(self) -> usize {
        untrack(|| self.learn.with_steps(<[Stop]>::len)).saturating_sub(1)
    }

    /// To the next step; where one wants to be asked before, first the question.
    fn forward(self) {
        let is_last = self.now.get_untracked() >= self.last();
        let now = self.now.get_untracked();
        // What another connection says is told.
        let is_aside =
            untrack(|| self.learn.with_steps(|steps| steps.get(now + 1).is_some_and(|next| next.aside.is_some())));
        if !self.predict.is_on.get_untracked() || self.predict.is_asking() || is_aside || (is_last && !self.is_at_end())
        {
            return self.go(|now, _| now + 1);
        }
        self.pause();
        self.predict.ask(self.learn, move || self.go(|now, _| now + 1));
    }

    /// Whether the last message is shown, behind which it can still be asked who speaks.
    fn is_at_end(self) -> bool {
        let page = self.learn.page;
        let last = page.loaded.with_untracked(|loaded| loaded.messages.saturating_sub(1));
        page.message.get_untracked() == Some(last) && !self.learn.is_by_reads.get_untracked()
    }

    fn back(self) {
        self.go(|now, _| now.saturating_sub(1));
    }

    /// To the next stop that matters, or the one before; to the end of all where there is none.
    fn to_what_matters(self, forward: bool) {
        let now = self.now.get_untracked();
        let matters = |stop: &Stop| stop.matters || stop.begins;
        let find = |stops: &[Stop]| match forward {
            true => stops.iter().enumerate().skip(now + 1).find(|(_, stop)| matters(stop)).map(|(nth, _)| nth),
            false => stops.iter().enumerate().take(now).rfind(|(_, stop)| matters(stop)).map(|(nth, _)| nth),
        };
        let to = untrack(|| self.learn.with_steps(find));
        self.go(|_, last| to.unwrap_or(if forward { last } else { 0 }));
    }

    fn turn_play(self) {
        if self.playing.get_untracked().is_some() {
            return self.pause();
        }
        // At its end it begins again.
        if self.now.get_untracked() >= self.last() {
            self.show(|_, _| 0);
        }
        self.wait();
    }

    fn pause(self) {
        if let Some(timer) = self.playing.get_untracked() {
            stop(timer);
            self.playing.set(None);
        }
    }

    /// Waits as long as the present step takes to be read, and goes on.
    fn wait(self) {
        let now = self.now.get_untracked();
        let words = untrack(|| self.learn.with_steps(|steps| steps.get(now).map_or(0, |stop| stop.words)));
        // The first step has the introduction, too.
        let introduced = self.learn.lesson.with_untracked(|lesson| lesson.introduction.split_whitespace().count());
        let words = words + if now == 0 { introduced } else { 0 };
        let speed = SPEEDS.get(self.speed.get_untracked()).map_or(1.0, |(.., speed)| *speed);
        let rest = ((GLANCE + WORD * words as f64) / speed) as i32;
        let own = Rc::new(Cell::new(None));
        let mine = own.clone();
        let timer = after(rest, move || {
            // Where a page's timers cannot be stopped, one that was stopped says nothing.
            if self.playing.get_untracked() != mine.get() {
                return;
            }
            if self.now.get_untracked() >= self.last() {
                return self.playing.set(None);
            }
            self.show(|now, _| now + 1);
            if self.is_break_point() { self.playing.set(None) } else { self.wait() }
        });
        own.set(Some(timer));
        self.playing.set(Some(timer));
    }

    /// Whether it pauses at the step to which it has just gone.
    fn is_break_point(self) -> bool {
        let (_, _, pauses) = PAUSES[self.pauses.get_untracked().min(PAUSES.len() - 1)];
        let now = untrack(|| self.learn.now());
        untrack(|| self.learn.with_steps(|steps| steps.get(now).is_some_and(pauses)))
    }

    /// Where it pauses by itself.
    fn break_points(self) -> El {
        let list =
            el("select").class("chip").attr("aria-label", "Break points").attr("title", "Where it pauses by itself");
        let chosen = list.clone();
        let choices = PAUSES.iter().map(|(id, words, _)| el("option").attr("value", id).text(words));
        list.children(choices.collect()).on("change", move |_: Event| {
            self.pauses.set(chosen.of::<HtmlSelectElement>().selected_index().max(0) as usize);
        })
    }

    /// All steps on one line, with marks where a phase begins.
    fn slider(self) -> El {
        let slider =
            el("input").attr("type", "range").attr("min", "1").attr("aria-label", "Step").attr("list", "chapters");
        let (shown, moved) = (slider.clone(), slider.clone());
        let learn = self.learn;
        effect(move || {
            let all = learn.with_steps(<[Stop]>::len);
            shown.set("max", Some(&all.to_string()));
            shown.of::<HtmlInputElement>().set_value(&(self.now.get() + 1).to_string());
            let row = learn.page.sheet.with(|sheet| sheet.as_ref().map(|sheet| format!(": {}", sheet.row.name)));
            shown.set("aria-valuetext", Some(&(self.position() + &row.unwrap_or_default())));
        });
        let marks = move || {
            learn.with_steps(|stops| {
                let begins = stops.iter().enumerate().filter(|(_, stop)| stop.begins);
                begins.map(|(nth, _)| el("option").attr("value", &(nth + 1).to_string())).collect()
            })
        };
        let slider = slider.on("input", move |_: Event| {
            let to = moved.of::<HtmlInputElement>().value_as_number() as usize;
            self.go(|_, _| to.saturating_sub(1));
        });
        el("span").class("player-slider").child(slider).child(el("datalist").attr("id", "chapters").live(marks))
    }

    fn speeds(self) -> El {
        let list = el("select").class("chip").attr("aria-label", "Speed").attr("title", "How fast it plays");
        let chosen = list.clone();
        let choices = SPEEDS.iter().enumerate().map(|(nth, (id, words, _))| {
            el("option").attr("value", id).text(words).flag("selected", nth == self.speed.get_untracked())
        });
        list.children(choices.collect()).on("change", move |_: Event| {
            self.speed.set(chosen.of::<HtmlSelectElement>().selected_index().max(0) as usize);
        })
    }

    /// A swipe over the story or both programs steps.
    fn swipes(self) {
        let from = RwSignal::<Option<(i32, i32)>>::default();
        let place = |event: &TouchEvent| {
            let touch = event.changed_touches().get(0)?;
            Some((touch.client_x(), touch.client_y()))
        };
        on_window("touchstart", move |event: TouchEvent| {
            let is_here = self.learn.is_open_untracked() && is_in(&event, ".story, .programs, .inbox");
            from.set(place(&event).filter(|_| is_here && event.touches().length() == 1));
        });
        on_window("touchend", move |event: TouchEvent| {
            let (Some((x, y)), Some((to_x, to_y))) = (from.get_untracked(), place(&event)) else { return };
            from.set(None);
            let (across, down) = (to_x - x, to_y - y);
            if across.abs() > SWIPE && across.abs() > 2 * down.abs() {
                if across < 0 { self.forward() } else { self.back() }
            }
        });
    }

    /// Keys that work anywhere in Learn, but where one types, or among bytes and fields, which have these keys themselves.
    fn key(self, event: &KeyboardEvent) {
        let is_other = event.default_prevented() || event.ctrl_key() || event.meta_key() || event.alt_key();
        let has_own = is_typing(event) || is_in(event, "dialog, select, [role=grid], #fields, input[type=range]");
        if !self.learn.is_open_untracked() || is_other || has_own {
            return;
        }
        match key_of(event).as_str() {
            "ArrowRight" => self.forward(),
            "ArrowLeft" => self.back(),
            "Home" => self.go(|_, _| 0),
            "End" => self.go(|_, last| last),
            "]" => self.to_what_matters(true),
            "[" => self.to_what_matters(false),
            // A button has this key itself.
            " " if !is_in(event, "button, a, summary") => self.turn_play(),
            digit if self.predict.is_asking() => match digit.parse::<usize>() {
                Ok(nth @ 1..) => self.predict.choose(nth - 1),
                _ => return,
            },
            digit => match digit.parse::<usize>() {
                Ok(tenth @ 0..=9) => self.go(|_, last| last * tenth / 10),
                _ => return,
            },
        }
        event.prevent_default();
    }
}

/// The same scenario with something else, to be held beside this one.
fn beside(learn: Learn, other: RwSignal<Option<(String, Vec<u8>)>>) -> El {
    let list = el("select").class("chip").attr("aria-label", "Side by side with another setting");
    let chosen = list.clone();
    let options = move || {
        let option = |value: &str, words: &str| el("option").attr("value", value).text(words);
        let mut options = vec![option("", "side by side …")];
        options.extend(learn.faults.with(|faults| (!faults.is_empty()).then(|| option("=", "nothing broken"))));
        learn.lesson.with(|lesson| {
            for knob in lesson.knobs.iter().filter(|knob| knob.name != "segments") {
                let others = knob.choices.iter().filter(|choice| **choice != knob.chosen);
                options.extend(others.map(|choice| {
                    let words = format!("{} = {choice}", knob.name);
                    option(&words.replace(" = ", "="), &words)
                }));
            }
        });
        options
    };
    let is_alone = move || {
        let has_others = learn.lesson.with(|lesson| lesson.knobs.iter().any(|knob| knob.name != "segments"));
        !has_others && learn.faults.with(Vec::is_empty)
    };
    list.live(options).live_flag("hidden", is_alone).on("change", move |_: Event| {
        let list: &HtmlSelectElement = chosen.of();
        let value = list.value();
        list.set_selected_index(0);
        let Some((knob, choice)) = value.split_once('=') else { return };
        let mut choices = learn.choices();
        if !knob.is_empty() {
            choices.retain(|(name, _)| name != knob);
            choices.push((knob.to_owned(), choice.to_owned()));
        }
        let name = if knob.is_empty() { "nothing broken".to_owned() } else { format!("{knob} = {choice}") };
        let scenario = learn.page.scenario.get_untracked();
        spawn_local(async move {
            let own = (scenario == OWN).then(|| learn.own.get_untracked());
            match simulator::play(Told { name: &scenario, own: own.as_deref() }, &choices, "").await {
                Ok(bytes) => other.set(Some((name, as_text(&bytes)))),
                Err(problem) => learn.problem.set(problem),
            }
        });
    })
}

/// What was said in a performance, as one pastes it: a line for each piece.
fn as_text(performance: &[u8]) -> Vec<u8> {
    let Some(performance) = Performance::from_bytes(performance) else { return Vec::new() };
    let mut text = String::new();
    for exchange in performance.exchanges.iter().take(1) {
        for segment in &exchange.segments {
            let bytes = segment.span.of(&exchange.stream(segment.direction).bytes);
            let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
            text.push_str(&format!("{}: {hex}\n", segment.direction.letter()));
        }
    }
    text.into_bytes()
}

/// Whether one steps by messages or by reads.
fn by_reads(learn: Learn) -> El {
    el("button")
        .class("chip")
        .attr("title", "One step for each read() of the end that receives, and for each piece that arrives")
        .live_attr("aria-pressed", move || aria(learn.is_by_reads.get()))
        .text("by read()")
        .on_click(move || learn.is_by_reads.update(|is| *is = !*is))
}

/// Whether what has not happened yet is veiled. It is remembered.
fn veils(learn: Learn) -> El {
    let veiled = RwSignal::new(remembered::get(VEILED).as_deref() != Some("no"));
    let is_asked = move || learn.predict.question.with(Option::is_some);
    effect(move || learn.is_veiled.set((veiled.get() || is_asked()) && learn.is_open()));
    el("button")
        .class("chip")
        .attr("title", "What comes behind this step is pale, until it has happened")
        .live_attr("aria-pressed", move || aria(veiled.get()))
        .text("veil what comes")
        .on_click(move || {
            veiled.update(|is| *is = !*is);
            remembered::set(VEILED, if veiled.get_untracked() { "yes" } else { "no" });
        })
}

fn knob(learn: Learn, knob: &KnobRow) -> El {
    let list = el("select").class("chip").attr("aria-label", &knob.label).attr("title", &knob.label);
    let chosen = list.clone();
    let name = knob.name.clone();
    let choices = knob.choices.iter().map(|choice| {
        // What one chooses is what stands in links.
        let option = el("option").attr("value", choice).attr("translate", "no").text(choice);
        option.flag("selected", *choice == knob.chosen)
    });
    let list = list.children(choices.collect()).on("change", move |_: Event| {
        learn.turn(&name, chosen.of::<HtmlSelectElement>().value());
    });
    el("label").class("knob").child(el("span").text(&knob.label).text(":")).child(list)
}
