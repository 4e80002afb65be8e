//! The door Learn: a scenario is chosen, played by the simulator, and stepped through in the exchange like any other.
//!
//! What is played stands in the address: `#learn=handshake&segments=7&step=3`.

use std::cell::OnceCell;
use std::ops::Deref;

use pgscope_signal::signal::RwSignal;
use pgscope_signal::traits::*;
use pgscope_signal::{unowned, untrack};
use pgscope_view::elsewhere::Elsewhere;
use pgscope_view::engine::{Lesson, Lessons, Moment, Reply, Request, Stop, Taught};
use pgscope_view::programs::{self, Fault, FaultKind};
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::spawn_local;

use crate::ask::ask_lessons;
use crate::course::{self, Entry};
use crate::dom::{effect, window};
use crate::later::Missing;
use crate::own;
use crate::page::{Page, Then};
use crate::predict::Predict;
use crate::samples::{begin_to_fetch, fetched};
use crate::simulator::{self, Told};

/// Names in the address: how many bytes arrive together, and what is broken.
const PIECES: &str = "segments";
const FAULTS: &str = "fault";
const TEXT: &str = "text";
/// The name of a scenario of one's own.
pub(crate) const OWN: &str = "own";
const WHOLE: &str = "whole";

fn size(pieces: usize) -> String {
    if pieces == 0 { WHOLE.to_owned() } else { pieces.to_string() }
}

/// The scenario that a learner meets first.
const FIRST: &str = "first-hour";

/// What is shown below the story.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Shows {
    Programs,
    Bytes,
}

/// What is told, and what was chosen: a handle. What the page needs to know of it before anybody learns is in [`Page`], the
/// rest is made when somebody does.
#[derive(Clone, Copy)]
pub(crate) struct Learn {
    pub(crate) page: Page,
}

pub(crate) struct LearnState {
    /// All scenarios, part by part.
    pub(crate) course: RwSignal<Vec<Entry>>,
    pub(crate) lesson: RwSignal<Lesson>,
    /// The steps of it, message by message.
    pub(crate) stops: RwSignal<Vec<Stop>>,
    /// The same, read by read.
    pub(crate) reads: RwSignal<Vec<Stop>>,
    /// Whether one steps by reads, and the read at which one is then.
    pub(crate) is_by_reads: RwSignal<bool>,
    pub(crate) read: RwSignal<Option<usize>>,
    pub(crate) moment: RwSignal<Moment>,
    pub(crate) problem: RwSignal<String>,
    /// The scenario of one's own.
    pub(crate) own: RwSignal<String>,
    /// What one has said where one talks, line by line.
    pub(crate) script: RwSignal<Vec<String>>,
    pub(crate) predict: Predict,
    /// What all states are, fetched when first wanted.
    states: RwSignal<String>,
    /// How many bytes arrive together at most, where that is not left to the scenario: 0 stands for all that are sent together.
    pub(crate) pieces: RwSignal<Option<usize>>,
    /// What is broken on purpose, what becomes of it, and how many messages are not said any more.
    pub(crate) faults: RwSignal<Vec<Fault>>,
    pub(crate) outcome: RwSignal<String>,
    pub(crate) missing: RwSignal<usize>,
    /// Grows with everything that is asked for: what arrives for an earlier wish is stale.
    asked: RwSignal<usize>,
}

thread_local! {
    static STATE: OnceCell<&'static LearnState> = const { OnceCell::new() };
}

impl Deref for Learn {
    type Target = LearnState;

    fn deref(&self) -> &LearnState {
        if let Some(state) = STATE.with(|state| state.get().copied()) {
            return state;
        }
        let state: &LearnState = unowned(|| Box::leak(Box::new(LearnState::new())));
        STATE.with(|kept| {
            let _ = kept.set(state);
        });
        unowned(|| self.follow_selection());
        state
    }
}

impl LearnState {
    fn new() -> Self {
        Self {
            course: RwSignal::default(),
            lesson: RwSignal::default(),
            stops: RwSignal::default(),
            reads: RwSignal::default(),
            is_by_reads: RwSignal::default(),
            read: RwSignal::default(),
            moment: RwSignal::default(),
            problem: RwSignal::default(),
            own: RwSignal::default(),
            script: RwSignal::default(),
            predict: Predict::new(),
            states: RwSignal::default(),
            pieces: RwSignal::default(),
            faults: RwSignal::default(),
            outcome: RwSignal::default(),
            missing: RwSignal::default(),
            asked: RwSignal::default(),
        }
    }
}

impl Learn {
    pub(crate) fn new(page: Page) -> Self {
        Self { page }
    }

    /// Another door is opened.
    pub(crate) fn close(self) {
        if self.is_open_untracked() {
            self.page.scenario.set(String::new());
            self.page.talk.set(None);
        }
    }

    pub(crate) fn is_open_untracked(self) -> bool {
        self.page.scenario.with_untracked(|name| !name.is_empty())
    }

    pub(crate) fn is_open(self) -> bool {
        self.page.scenario.with(|name| !name.is_empty())
    }

    /// Whether a scenario is played, and one does not talk oneself.
    pub(crate) fn is_lesson(self) -> bool {
        self.is_open() && self.page.talk.get().is_none()
    }

    /// Whoever selects a message, the story goes there, and the address with it.
    fn follow_selection(self) {
        effect(move || {
            let number = self.page.message.get();
            let read = self.read.get().filter(|_| self.is_by_reads.get());
            let Some(number) = number.filter(|_| self.is_open()) else { return };
            ask_lessons(&Lessons::Moment { number, read }, move |taught| {
                if let Some(Taught::Moment(moment)) = taught
                    && self.page.message.get_untracked() == Some(number)
                {
                    self.moment.set(*moment);
                }
            });
            self.write_address(number + 1);
        });
    }

    /// Goes where the address says. Gives whether that is here.
    pub(crate) fn read_address(self) -> bool {
        let fragment = window().and_then(|window| window.location().hash().ok()).unwrap_or_default();
        let pairs: Vec<(String, String)> = fragment
            .trim_start_matches('#')
            .split('&')
            .filter_map(|pair| pair.split_once('='))
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect();
        let of = |wanted: &str| pairs.iter().find(|(name, _)| name == wanted).map(|(_, value)| value.clone());
        if let Some(side) = of("talk") {
            let decoded = |said: String| js_sys::decode_uri_component(&said).map(String::from).unwrap_or_default();
            let script = of("said").map(decoded).unwrap_or_default();
            self.talk_as(side != "server", script.lines().map(str::to_owned).collect());
            return true;
        }
        let Some(scenario) = of("learn") else {
            // What is still fetched is not wanted any more.
            if STATE.with(|state| state.get().is_some()) {
                self.ask_anew();
            }
            return false;
        };
        self.page.talk.set(None);
        let step = of("step").and_then(|step| step.parse().ok()).unwrap_or(1);
        self.pieces.set(of(PIECES).and_then(|pieces| if pieces == WHOLE { Some(0) } else { pieces.parse().ok() }));
        let faults = of(FAULTS).unwrap_or_default();
        let (faults, unknown): (Vec<_>, Vec<_>) = faults
            .split(',')
            .filter(|text| !text.is_empty())
            .map(|text| Fault::from_link(text).ok_or(text.to_owned()))
            .partition(Result::is_ok);
        self.faults.set(faults.into_iter().flatten().collect());
        if let Some(Err(text)) = unknown.into_iter().next() {
            self.page.notice.set(format!("The address has a fault that is none: {text}"));
        }
        if scenario == OWN {
            let decoded = |text: String| js_sys::decode_uri_component(&text).map(String::from).ok();
            match of(TEXT).and_then(decoded) {
                Some(text) => self.own.set(text),
                None if self.own.with_untracked(String::is_empty) => self.own.set(own::kept()),
                None => {}
            }
        }
        let own = ["learn", "step", PIECES, FAULTS, TEXT];
        let choices = pairs.into_iter().filter(|(name, _)| !own.contains(&name.as_str())).collect();
        self.open(scenario, choices, step);
        true
    }

    /// What the inspector shows behind this door.
    pub(crate) fn shown(self) -> Option<String> {
        let shown = if self.page.shows.get() == Shows::Programs { "programs" } else { "bytes" };
        self.is_open().then(|| shown.to_owned())
    }

    /// The knobs that are not as they are at first.
    fn turned(self) -> Vec<(String, String)> {
        self.lesson.with_untracked(|lesson| {
            let turned = lesson.knobs.iter().filter(|knob| knob.choices.first() != Some(&knob.chosen));
            turned.map(|knob| (knob.name.clone(), knob.chosen.clone())).collect()
        })
    }

    pub(crate) fn fragment(self, step: usize) -> String {
        if let Some(is_client) = self.page.talk.get_untracked() {
            let side = if is_client { "client" } else { "server" };
            let script = self.script.with_untracked(|script| script.join("\n"));
            let said = js_sys::encode_uri_component(&script);
            return format!("talk={side}&said={said}");
        }
        let knobs: String = self.turned().into_iter().map(|(name, value)| format!("&{name}={value}")).collect();
        let pieces =
            self.pieces.get_untracked().map(|pieces| format!("&{PIECES}={}", size(pieces))).unwrap_or_default();
        let faults: Vec<String> = self.faults.with_untracked(|faults| faults.iter().map(Fault::to_link).collect());
        let faults = if faults.is_empty() { String::new() } else { format!("&{FAULTS}={}", faults.join(",")) };
        let name = self.page.scenario.get_untracked();
        let text = (name == OWN).then(|| self.own.with_untracked(|own| js_sys::encode_uri_component(own)));
        let text = text.map(|text| format!("&{TEXT}={text}")).unwrap_or_default();
        format!("learn={name}{knobs}{pieces}{faults}{text}&step={step}")
    }

    /// What an author takes to show this on another page.
    pub(crate) fn given(self) -> Elsewhere {
        let step = self.page.message.get_untracked().unwrap_or(0) + 1;
        let own = [("scenario", self.page.scenario.get_untracked()), ("step", step.to_string())];
        let pairs = own.map(|(name, value)| (name.to_owned(), value)).into_iter().chain(self.turned()).collect();
        let title = self.lesson.with_untracked(|lesson| lesson.title.clone());
        Elsewhere { title, fragment: self.fragment(step), pairs, body: None }
    }

    fn write_address(self, step: usize) {
        let address = format!("#{}", self.fragment(step));
        if let Some(history) = window().and_then(|window| window.history().ok()) {
            let _ = history.replace_state_with_url(&JsValue::NULL, "", Some(&address));
        }
    }

    /// Fetches a scenario and plays it, with message `step`, counted from 1, selected.
    fn open(self, name: String, choices: Vec<(String, String)>, step: usize) {
        // The course, whose pane comes with the scenario, reads it.
        begin_to_fetch(course::LIST);
        let asked = self.ask_anew();
        self.page.notice.set(if simulator::is_here() { String::new() } else { simulator::COMING.to_owned() });
        spawn_local(async move {
            let pieces = self.pieces.get_untracked().map(|pieces| format!("segments = {}\n", size(pieces)));
            let pieces = pieces.unwrap_or_default();
            let faults = self.faults.get_untracked();
            let wire: String = faults.iter().map(|fault| fault.line() + "\n").collect();
            let own = (name == OWN).then(|| self.own.get_untracked());
            let of = Told { name: &name, own: own.as_deref() };
            let mut played = simulator::play(of, &choices, &[pieces.as_str(), &wire].concat()).await;
            let mut undamaged = None;
            if !faults.is_empty() {
                undamaged = simulator::play(of, &choices, &pieces).await.ok();
            }
            let mut trouble = String::new();
            if !(choices.is_empty() && wire.is_empty() && pieces.is_empty())
                && let Err(problem) = &played
            {
                // What can be played is played.
                trouble.clone_from(problem);
                self.pieces.set(None);
                self.faults.set(Vec::new());
                played = simulator::play(of, &[], "").await;
            }
            if self.asked.get_untracked() != asked {
                return;
            }
            self.page.notice.set(String::new());
            match played {
                Ok(performance) => self.show(name, Lessons::Play { performance, undamaged }, step, trouble),
                // What one writes is seldom whole while one writes: what was played last stays.
                Err(problem) if self.page.scenario.with_untracked(|now| *now == name && name == OWN) => {
                    self.problem.set(problem);
                }
                Err(problem) => {
                    self.page.scenario.set(name);
                    self.lesson.set(Lesson::default());
                    self.problem.set(problem);
                }
            }
        });
    }

    /// Plays what one has written.
    pub(crate) fn open_own(self) {
        self.faults.set(Vec::new());
        self.open(OWN.to_owned(), Vec::new(), self.page.message.get_untracked().unwrap_or(0) + 1);
    }

    /// Writes on at the present scenario.
    pub(crate) fn write_on(self) {
        let name = self.page.scenario.get_untracked();
        spawn_local(async move {
            if let Ok(text) = fetched(&format!("scenarios/{name}.scenario")).await {
                self.own.set(text);
                self.open_own();
            }
        });
    }

    /// Talks as that end, and says these lines.
    pub(crate) fn talk_as(self, is_client: bool, script: Vec<String>) {
        self.page.talk.set(Some(is_client));
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
        let Some(is_client) = self.page.talk.get_untracked() else { return };
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

    /// What was asked for before is no longer wanted.
    fn ask_anew(self) -> usize {
        self.asked.update(|asked| *asked += 1);
        self.asked.get_untracked()
    }

    fn show(self, name: String, play: Lessons, step: usize, trouble: String) {
        self.page.leave_input();
        ask_lessons(&play, move |taught| {
            let Some(Taught::Played(played)) = taught else { return self.page.notice.set(Missing::WORDS.to_owned()) };
            let last = played.loaded.messages.saturating_sub(1);
            // Steps and messages of two scenarios are never seen together.
            self.stops.set(Vec::new());
            self.read.set(None);
            self.page.scenario.set(name);
            self.problem.set(trouble);
            self.lesson.set(played.lesson);
            self.page.opened.set(None);
            self.page.show(Reply::Loaded(Box::new(played.loaded)), Then::Look);
            let is_empty = self.page.loaded.with_untracked(|loaded| loaded.messages == 0);
            self.page.select(Some(step.saturating_sub(1).min(last)).filter(|_| !is_empty));
            self.stops.set(played.stops);
            self.reads.set(played.reads);
            self.missing.set(played.missing);
            self.page.changed.set(played.changed);
            self.tell_outcome(last);
        });
    }

    /// Where both ends are when all is over, where something was broken.
    fn tell_outcome(self, last: usize) {
        if self.faults.with_untracked(Vec::is_empty) {
            return self.outcome.set(String::new());
        }
        ask_lessons(&Lessons::Moment { number: last, read: None }, move |taught| {
            let Some(Taught::Moment(moment)) = taught else { return };
            let both = moment.both;
            let end = |name: &str, does: &str| format!("the {name} is {does}");
            let (client, server) = (end("client", &both.client.does), end("server", &both.server.does));
            let stuck = if both.is_stuck { "Nothing will ever move again: " } else { "At the end " };
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
        let of = |lesson: &Lesson| lesson.knobs.iter().find(|knob| knob.name == PIECES)?.chosen.parse().ok();
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

    /// What all states are: a line each, behind the name of its page.
    pub(crate) fn states(self) -> RwSignal<String> {
        let states = self.states;
        if states.with_untracked(String::is_empty) {
            spawn_local(async move {
                if let Ok(text) = fetched("code/states.txt").await {
                    states.set(text);
                }
            });
        }
        states
    }

    pub(crate) fn choices(self) -> Vec<(String, String)> {
        self.lesson
            .with_untracked(|lesson| lesson.knobs.iter().map(|knob| (knob.name.clone(), knob.chosen.clone())).collect())
    }

    /// Turns a knob: the scenario is played again.
    pub(crate) fn turn(self, name: &str, choice: String) {
        let mut choices = self.choices();
        choices.retain(|(known, _)| known != name);
        choices.push((name.to_owned(), choice));
        let step = self.page.message.get_untracked().unwrap_or(0) + 1;
        // Bytes have other places there.
        self.faults.set(Vec::new());
        self.open(self.page.scenario.get_untracked(), choices, step);
    }
}

impl Learn {
    /// The steps that one goes by.
    pub(crate) fn with_steps<T>(self, with: impl FnOnce(&[Stop]) -> T) -> T {
        let steps = if self.is_by_reads.get() { self.reads } else { self.stops };
        steps.with(|steps| with(steps))
    }

    /// Which of them is the present one.
    pub(crate) fn now(self) -> usize {
        let message = self.page.message.get().unwrap_or(0);
        let read = self.read.get();
        self.with_steps(|steps| {
            let is_it = |nth: &usize| steps.get(*nth).is_some_and(|stop| stop.read.is_some() && stop.number == message);
            let last = steps.partition_point(|stop| stop.number <= message).saturating_sub(1);
            read.filter(is_it).unwrap_or(last)
        })
    }

    /// Goes to one of them.
    pub(crate) fn go(self, to: usize) {
        let Some(stop) = untrack(|| self.with_steps(|steps| steps.get(to).copied())) else { return };
        self.read.set(stop.read);
        self.page.turn_to(stop.number);
    }
}

/// Where the door Talk leads.
pub(crate) const TALK: &str = "#talk=client";

/// Where the doors lead.
pub(crate) fn address() -> String {
    format!("#learn={FIRST}")
}
