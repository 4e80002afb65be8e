//! The door Talk: one is one end oneself, and says messages, SQL or bytes to the simulated other. What was said is a script of
//! lines, played again whenever one more is said: taking one back is a step back in time, and a link holds all of it.

use pgscope_signal::computed::Memo;
use pgscope_signal::signal::RwSignal;
use pgscope_signal::traits::*;
use pgscope_view::engine::{Lessons, Practice, Talked, Taught};
use pgscope_view::proto::Direction;
use pgscope_view::talk::{Mission, Said, Sayable, pointed, said, scenario};
use wasm_bindgen_futures::spawn_local;
use web_sys::{Event, HtmlInputElement, HtmlSelectElement, KeyboardEvent};

use crate::ask::ask_practice;
use crate::compose;
use crate::dom::{El, aria, copy, effect, el, key_of, save};
use crate::learn::Learn;
use crate::learn_address::OWN;
use crate::remembered;
use crate::samples::fetched;
use crate::simulator;

const REMEMBERED: &str = "pgscope.missions";
/// Who one is at first.
pub(crate) const CLIENT: &str = "client";

/// In the place of the course: what one says, what may be said, and what one can try.
pub(crate) fn pane(learn: Learn) -> El {
    let talked = RwSignal::<Talked>::default();
    effect(move || {
        learn.page.revision.track();
        // Of the exchange that has come, not of the one before.
        let side = learn.page.talk.get_untracked();
        if side.is_empty() {
            return;
        }
        let is_client = side == CLIENT;
        ask_practice(&Practice::Talk { is_client }, move |found| {
            if let Some(Taught::Talked(found)) = found {
                remember(&found.missions);
                talked.set(found);
            }
        });
    });
    let side = |is_client: bool, words: &str| {
        el("button")
            .class("button")
            .live_attr("aria-pressed", move || aria(learn.page.talk.with(|side| (side == CLIENT) == is_client)))
            .text(words)
            .on_click(move || learn.talk_as(is_client, Vec::new()))
    };
    let sides = el("div")
        .class("talk-sides")
        .attr("role", "group")
        .attr("aria-label", "Who you are")
        .child(el("span").text("You are the"))
        .child(side(true, "client"))
        .child(side(false, "server"));
    let head = el("div").class("pane-head").child(el("h2").attr("id", "talk-title").text("Talk"));
    el("section")
        .class("pane learn talk")
        .attr("aria-labelledby", "talk-title")
        .child(head)
        .child(
            el("div")
                .class("talk-body")
                .child(sides)
                .child(say(learn, talked))
                .child(script(learn, talked))
                .child(missions(talked)),
        )
        .live_flag("hidden", move || learn.page.talk.with(String::is_empty))
}

/// The line that one says, and what it can be.
fn say(learn: Learn, talked: RwSignal<Talked>) -> El {
    let trouble = RwSignal::new(String::new());
    let line = el("input")
        .class("field-input")
        .attr("id", "talk-line")
        .attr("autocomplete", "off")
        .attr("spellcheck", "false")
        .attr("aria-describedby", "talk-trouble")
        .live_attr("placeholder", move || {
            let words = if learn.page.talk.with(|side| side == CLIENT) { "startup alice shop" } else { "hex 4e" };
            Some(words.to_owned())
        });
    let (typed, filled, entered) = (line.clone(), line.clone(), line.clone());
    let say_it = move || {
        let field: &HtmlInputElement = typed.of();
        let text = field.value();
        let side = if learn.page.talk.with_untracked(|side| side == CLIENT) {
            Direction::Frontend
        } else {
            Direction::Backend
        };
        match said(side, &text) {
            _ if text.trim().is_empty() => {
                trouble.set("Write a message, SQL behind sql, or bytes behind hex.".to_owned())
            }
            Err(error) => trouble.set(pointed(&text, &error)),
            Ok(Said::Bytes(_)) if talked.with_untracked(|talked| talked.is_closed) => {
                let other = if side == Direction::Frontend { "server" } else { "client" };
                trouble.set(format!(
                    "The {other} has closed this connection, so nothing more reaches it. Take the last one back, or begin anew."
                ));
            }
            Ok(_) => {
                trouble.set(String::new());
                field.set_value("");
                learn.say(text);
            }
        }
        typed.focus();
    };
    let by_key = say_it.clone();
    let line = line.on("keydown", move |event: KeyboardEvent| {
        if key_of(&event) == "Enter" {
            event.prevent_default();
            by_key();
        }
    });
    let fill = move |text: &str| {
        filled.of::<HtmlInputElement>().set_value(text);
        filled.focus();
    };
    let samples = RwSignal::<Vec<[String; 3]>>::default();
    effect(move || {
        // Whoever only learns says none.
        if learn.page.talk.with(String::is_empty) || !samples.with_untracked(Vec::is_empty) {
            return;
        }
        spawn_local(async move {
            let Ok(list) = fetched("talk/lines.txt").await else { return };
            let line = |line: &str| {
                let mut parts = line.splitn(3, '\t').map(str::to_owned);
                Some([parts.next()?, parts.next()?, parts.next()?])
            };
            samples.set(list.lines().filter_map(line).collect());
        });
    });
    // The line that says one: where there is no sample of it, its name alone.
    let line_of = move |name: &str| {
        let side = if learn.page.talk.with(|side| side == CLIENT) { "frontend" } else { "backend" };
        let of = |all: &Vec<[String; 3]>| {
            all.iter().find(|[own, known, _]| own == side && known == name).map(|[.., line]| line.clone())
        };
        samples.with(of).unwrap_or_else(|| name.to_owned())
    };
    let of_chip = fill.clone();
    let chip = move |sayable: &Sayable| {
        let (fill, line) = (of_chip.clone(), line_of(&sayable.name));
        el("button").class("chip offer").attr("title", &line).text(&sayable.name).on_click(move || fill(&line))
    };
    let may = move || talked.with(|talked| talked.sayable.iter().filter(|one| one.may).map(&chip).collect());
    let other = el("select").class("chip").attr("aria-label", "Any other message");
    let chosen = other.clone();
    let options = move || {
        let first = el("option").attr("value", "").text("any other …");
        talked.with(|talked| {
            let others =
                talked.sayable.iter().map(|one| el("option").attr("value", &line_of(&one.name)).text(&one.name));
            std::iter::once(first).chain(others).collect()
        })
    };
    let other = other.live(options).on("change", move |_: Event| {
        let list: &HtmlSelectElement = chosen.of();
        let line = list.value();
        list.set_selected_index(0);
        if !line.is_empty() {
            fill(&line);
        }
    });
    let (is_composed, begun) = (RwSignal::new(false), RwSignal::new(String::new()));
    let said_by = RwSignal::new(String::new());
    let by_form =
        el("button").class("button").text("Fill in a form …").attr("aria-haspopup", "dialog").on_click(move || {
            let side = if learn.page.talk.with_untracked(|side| side == CLIENT) { "frontend" } else { "backend" };
            said_by.set(side.to_owned());
            // What is begun with may be said now.
            let may =
                talked.with_untracked(|talked| talked.sayable.iter().find(|one| one.may).map(|one| one.name.clone()));
            begun.set(may.unwrap_or_default());
            is_composed.set(true);
        });
    entered.focus();
    el("div")
        .class("talk-say")
        .child(
            el("label")
                .attr("for", "talk-line")
                .text("Say a message, or sql …, or hex …, or beside … on a new connection"),
        )
        .child(
            el("div")
                .class("talk-line")
                .child(line)
                .child(el("button").class("button main").text("Say it").on_click(say_it)),
        )
        .child(el("div").class("talk-by-form").child(by_form))
        .child(compose::to_say(learn, is_composed, begun, said_by))
        .child(
            el("pre")
                .class("bad talk-trouble")
                .attr("id", "talk-trouble")
                .attr("role", "alert")
                .live_text(move || trouble.get())
                // Whatever points at a place keeps its lines.
                .live_flag("data-prose", move || !trouble.with(|trouble| trouble.contains('\n')))
                .live_flag("hidden", move || trouble.with(String::is_empty)),
        )
        .child(
            el("div")
                .class("offers")
                .attr("role", "group")
                .attr("aria-label", "What may be said now")
                .child(el("span").class("offers-label").text("May be said now:"))
                .child(el("span").class("contents").live(may))
                .child(other),
        )
}

/// What was said so far, with the way back.
fn script(learn: Learn, talked: RwSignal<Talked>) -> El {
    let lines =
        move || learn.script.with(|script| script.iter().map(|line| el("li").child(el("code").text(line))).collect());
    let is_empty = move || learn.script.with(Vec::is_empty);
    let undo = el("button").class("button").text("Take the last one back").on_click(move || {
        let mut script = learn.script.get_untracked();
        script.pop();
        learn.script.set(script);
        learn.talk_again();
    });
    let anew = el("button").class("button").text("Begin anew").on_click(move || {
        learn.script.set(Vec::new());
        learn.talk_again();
    });
    let copied = el("button").class("button").text("Copy the script").attr("title", "For pgscope talk --say").on_click(
        move || {
            let side = learn.page.talk.get_untracked();
            let how = format!("# pgscope talk --scenario talk --as {side} --say FILE\n");
            let said = learn.script.with_untracked(|script| script.join("\n") + "\n");
            copy(how + &said, "the script for pgscope talk");
        },
    );
    // It plays again to the same bytes.
    let as_scenario = move |then: fn(Learn, String)| {
        spawn_local(async move {
            let Ok(world) = fetched("talk/peer.scenario").await else { return };
            let is_client = learn.page.talk.with_untracked(|side| side == CLIENT);
            then(learn, talked.with_untracked(|talked| scenario(&world, is_client, &talked.says)));
        })
    };
    let saved = el("button")
        .class("button")
        .text("Save as a scenario")
        .on_click(move || as_scenario(|_, text| save("talk.scenario", text.as_bytes())));
    let written = el("button").class("button").text("Write on as a scenario").on_click(move || {
        as_scenario(|learn, text| {
            learn.page.talk.set(String::new());
            learn.own.set(text);
            learn.open(OWN.to_owned(), Vec::new(), 0);
        });
    });
    el("div")
        .class("talk-script")
        .child(el("h3").text("You said"))
        .child(el("ol").attr("tabindex", "0").attr("aria-label", "What you said").live(lines))
        .child(
            el("p")
                .class("talk-told")
                .attr("translate", "no")
                .live_text(move || learn.lesson.with(|lesson| lesson.shows.clone())),
        )
        .child(el("div").class("talk-tools").child(undo).child(anew).child(copied).child(saved).child(written))
        .live_flag("hidden", is_empty)
}

/// What one can try, with ticks for what is done, now or at an earlier visit.
fn missions(talked: RwSignal<Talked>) -> El {
    let all = Memo::new(move |_| talked.with(|talked| talked.missions.clone()));
    let list = move || {
        let before = done_before();
        all.with(|all| all.iter().map(|mission| entry(mission, before.contains(&mission.id))).collect())
    };
    el("div").class("missions").child(el("h3").text("Can you …")).child(el("ul").live(list))
}

fn entry(mission: &Mission, was_done: bool) -> El {
    let is_done = mission.is_done || was_done;
    let tick = if is_done { "✓" } else { "○" };
    let tick = el("span")
        .class("mission-tick")
        .attr("role", "img")
        .attr("aria-label", if is_done { "done" } else { "not yet" })
        .text(tick);
    el("li")
        .flag("data-done", is_done)
        .flag("data-now", mission.is_done)
        .child(tick)
        .child(el("div").child(el("b").text(&mission.title)).child(el("small").text(&mission.hint)))
}

fn done_before() -> Vec<String> {
    remembered::get(REMEMBERED).unwrap_or_default().split(' ').map(str::to_owned).collect()
}

fn remember(missions: &[Mission]) {
    let mut done = done_before();
    let new = missions.iter().filter(|mission| mission.is_done && !done.contains(&mission.id));
    let new: Vec<String> = new.map(|mission| mission.id.clone()).collect();
    if !new.is_empty() {
        done.extend(new);
        remembered::set(REMEMBERED, done.join(" ").trim());
    }
}

impl Learn {
    /// Talks as that end, and says these lines.
    pub(crate) fn talk_as(self, is_client: bool, script: Vec<String>) {
        self.page.talk.set(if is_client { CLIENT } else { "server" }.to_owned());
        self.script.set(script);
        self.talk_again();
    }

    /// Says one more line.
    pub(crate) fn say(self, line: String) {
        self.script.update(|script| script.push(line));
        self.talk_again();
    }

    /// Plays all that is said once more.
    pub(crate) fn talk_again(self) {
        let is_client = self.page.talk.with_untracked(|side| side == CLIENT);
        let asked = self.ask_anew();
        self.page.notice.set(if simulator::is_here() { String::new() } else { simulator::COMING.to_owned() });
        self.pieces.set(None);
        self.faults.set(Vec::new());
        spawn_local(async move {
            let script = self.script.with_untracked(|script| script.join("\n"));
            let played = simulator::talk(is_client, &script).await;
            if self.asked.get_untracked() != asked {
                return;
            }
            self.page.notice.set(String::new());
            match played {
                Ok(performance) => {
                    let play = Lessons::Play { performance, undamaged: None };
                    self.show("talk".to_owned(), play, usize::MAX, String::new());
                    self.write_address(0);
                }
                Err(problem) => {
                    self.page.scenario.set("talk".to_owned());
                    self.problem.set(problem);
                }
            }
        });
    }
}
