//! The door Learn: a scenario is chosen, played by the simulator, and stepped through in the exchange like any other.
//!
//! Its address is read and written in `learn_address`; what is broken, written or said by a person, in `experiments`, `own` and `talk`.

use std::cell::OnceCell;
use std::ops::Deref;

use pgscope_signal::signal::RwSignal;
use pgscope_signal::traits::*;
use pgscope_signal::{unowned, untrack};
use pgscope_view::engine::{Folding, Kind, Lesson, Lessons, Moment, Reply, Request, Spot, Stop, Taught};
use pgscope_view::programs::Fault;
use wasm_bindgen_futures::spawn_local;

use crate::ask::{ask, ask_lessons};
use crate::course::{self, Entry};
use crate::dom::{El, effect};
use crate::later::Missing;
use crate::learn_address::{OWN, size};
use crate::page::{Page, Then};
use crate::predict::Predict;
use crate::rows::also_mark;
use crate::samples::{begin_to_fetch, fetched};
use crate::simulator::{self, Told};

/// The scenario that a learner meets first.
const FIRST: &str = "first-hour";
/// What is said while it comes.
const COMING: &str = "The scenario is being fetched …";

/// What is told, and what was chosen: a handle. What the page needs to know of it before anybody learns is in [`Page`], the
/// rest is made when somebody does.
#[derive(Clone, Copy)]
pub(crate) struct Learn {
    pub(crate) page: Page,
}

pub(crate) struct LearnState {
    /// All scenarios, part by part.
    pub(crate) course: RwSignal<Vec<Entry>>,
    /// The languages that one can learn in, a line each.
    pub(crate) languages: RwSignal<String>,
    pub(crate) lesson: RwSignal<Lesson>,
    /// The steps of it, message by message.
    pub(crate) stops: RwSignal<Vec<Stop>>,
    /// The same, read by read.
    pub(crate) reads: RwSignal<Vec<Stop>>,
    /// The message with which the steps begin: behind the start-up, until one goes into it.
    pub(crate) begins: RwSignal<usize>,
    /// Whether one steps by reads, and the read at which one is then.
    pub(crate) is_by_reads: RwSignal<bool>,
    pub(crate) read: RwSignal<Option<usize>>,
    /// The message of another connection at which one is: behind which one of this, and the how-manieth there.
    pub(crate) aside: RwSignal<Option<(usize, usize)>>,
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
    /// Which messages are not as they were, because something was broken on purpose.
    pub(crate) changed: RwSignal<Vec<usize>>,
    /// Whether bytes and fields are shown below the story, and not both programs.
    pub(crate) shows_bytes: RwSignal<bool>,
    /// Whether what comes behind the selected message is veiled.
    pub(crate) is_veiled: RwSignal<bool>,
    /// What is wrong with the address.
    pub(crate) warning: RwSignal<String>,
    /// Grows with everything that is asked for: what arrives for an earlier wish is stale.
    pub(crate) asked: RwSignal<usize>,
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
        unowned(|| self.mark_lines());
        state
    }
}

impl LearnState {
    fn new() -> Self {
        Self {
            course: RwSignal::default(),
            languages: RwSignal::default(),
            lesson: RwSignal::default(),
            stops: RwSignal::default(),
            reads: RwSignal::default(),
            begins: RwSignal::default(),
            is_by_reads: RwSignal::default(),
            read: RwSignal::default(),
            aside: RwSignal::default(),
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
            changed: RwSignal::default(),
            shows_bytes: RwSignal::default(),
            is_veiled: RwSignal::default(),
            warning: RwSignal::default(),
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
            self.page.talk.set(String::new());
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
        self.is_open() && self.page.talk.with(String::is_empty)
    }

    /// Lines of the list tell what comes and what is not as it was.
    fn mark_lines(self) {
        also_mark(|page, line, number| {
            let learn = Self::new(page);
            let is_ahead =
                learn.is_veiled.get_untracked() && page.message.get_untracked().is_some_and(|now| number > now);
            line.set("data-ahead", is_ahead.then_some(""));
            let is_changed =
                learn.is_lesson_untracked() && learn.changed.with_untracked(|changed| changed.contains(&number));
            line.set("data-changed", is_changed.then_some(""));
            learn.name_start_up(line, number);
        });
        effect(move || {
            self.is_veiled.track();
            self.changed.track();
            self.page.scenario.track();
            self.page.marked.update(|marked| *marked += 1);
        });
    }

    /// The line into which the start-up is folded says so.
    fn name_start_up(self, line: &El, number: usize) {
        let begins = self.begins.get_untracked();
        let element = line.of::<web_sys::Element>();
        let is_it = number == 0 && begins > 0 && element.get_attribute("aria-expanded").as_deref() == Some("false");
        if let Some(says) = element.query_selector(".says").ok().flatten().filter(|_| is_it) {
            says.set_text_content(Some(&format!("start-up, {begins} messages")));
        }
    }

    fn is_lesson_untracked(self) -> bool {
        self.is_open_untracked() && self.page.talk.with_untracked(String::is_empty)
    }

    /// Whoever selects a message, the story goes there, and the address with it.
    fn follow_selection(self) {
        effect(move || {
            let number = self.page.message.get();
            let read = self.read.get().filter(|_| self.is_by_reads.get());
            let aside = self.aside_of(number.unwrap_or(0));
            let Some(number) = number.filter(|_| self.is_open()) else { return };
            if number < self.begins.get_untracked() {
                self.begins.set(0);
            }
            ask_lessons(&Lessons::Moment { number, read, aside }, move |taught| {
                if let Some(Taught::Moment(moment)) = taught
                    && self.page.message.get_untracked() == Some(number)
                {
                    self.moment.set(*moment);
                }
            });
            self.write_address(number + 1);
        });
    }

    /// Fetches a scenario and plays it, with message `step`, counted from 1, selected: 0 is where the story begins.
    pub(crate) fn open(self, name: String, choices: Vec<(String, String)>, step: usize) {
        // The course, whose pane comes with the scenario, reads it.
        begin_to_fetch(course::LIST);
        let asked = self.ask_anew();
        let is_changed = !choices.is_empty() || self.pieces.with_untracked(Option::is_some);
        let coming = if is_changed || name == OWN { simulator::COMING } else { COMING };
        self.page.notice.set(if simulator::is_here() { String::new() } else { coming.to_owned() });
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
            let mut trouble = self.warning.get_untracked();
            self.warning.set(String::new());
            if !(choices.is_empty() && wire.is_empty() && pieces.is_empty())
                && let Err(problem) = &played
            {
                // What can be played is played, and knobs show that.
                trouble.clone_from(problem);
                self.lesson.set(Lesson::default());
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

    /// What was asked for before is no longer wanted.
    pub(crate) fn ask_anew(self) -> usize {
        self.asked.update(|asked| *asked += 1);
        self.asked.get_untracked()
    }

    pub(crate) fn show(self, name: String, play: Lessons, step: usize, trouble: String) {
        self.page.leave_input();
        ask_lessons(&play, move |taught| {
            let Some(Taught::Played(played)) = taught else { return self.page.notice.set(Missing::WORDS.to_owned()) };
            let last = played.loaded.messages.saturating_sub(1);
            // Steps and messages of two scenarios are never seen together.
            self.stops.set(Vec::new());
            self.read.set(None);
            self.aside.set(None);
            self.page.scenario.set(name);
            self.problem.set(trouble);
            self.lesson.set(played.lesson);
            self.page.opened.set(None);
            self.page.show(Reply::Loaded(Box::new(played.loaded)), Then::Look);
            if played.begins > 0 {
                // What is selected inside opens it.
                let spot = Spot { number: 0, kind: Kind::Cycle };
                ask(Request::Fold { spot, folding: Folding::Set(false) }, |_| {});
            }
            self.begins.set(played.begins);
            let first = step.checked_sub(1).unwrap_or(played.begins);
            let is_empty = self.page.loaded.with_untracked(|loaded| loaded.messages == 0);
            self.page.select(Some(first.min(last)).filter(|_| !is_empty));
            self.stops.set(played.stops);
            self.reads.set(played.reads);
            self.missing.set(played.missing);
            self.changed.set(played.changed);
            self.tell_outcome(last);
            // Whoever turns a knob wants it.
            simulator::begin_to_fetch();
        });
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
    /// Whether somebody has learned.
    pub(crate) fn is_begun() -> bool {
        STATE.with(|state| state.get().is_some())
    }

    /// The steps that one goes by.
    pub(crate) fn with_steps<T>(self, with: impl FnOnce(&[Stop]) -> T) -> T {
        let steps = if self.is_by_reads.get() { self.reads } else { self.stops };
        let begins = self.begins.get();
        let first = |steps: &[Stop]| steps.partition_point(|stop| stop.number < begins);
        steps.with(|steps| with(steps.get(first(steps)..).unwrap_or_default()))
    }

    /// Which of them is the present one.
    pub(crate) fn now(self) -> usize {
        let message = self.page.message.get().unwrap_or(0);
        let (read, aside) = (self.read.get(), self.aside_of(message));
        self.with_steps(|steps| {
            let is_it =
                |stop: &Stop| stop.number == message && stop.aside == aside && (aside.is_some() || stop.read == read);
            let last = || steps.iter().rposition(|stop| stop.number <= message && stop.aside.is_none());
            steps.iter().position(is_it).or_else(last).unwrap_or(0)
        })
    }

    /// The message of another connection at which one is, behind this one.
    fn aside_of(self, message: usize) -> Option<usize> {
        self.aside.get().filter(|(behind, _)| *behind == message).map(|(_, nth)| nth)
    }

    /// Goes to one of them.
    pub(crate) fn go(self, to: usize) {
        let Some(stop) = untrack(|| self.with_steps(|steps| steps.get(to).copied())) else { return };
        self.read.set(stop.read);
        self.aside.set(stop.aside.map(|nth| (stop.number, nth)));
        self.page.turn_to(stop.number);
    }
}

/// Where the door Talk leads.
pub(crate) const TALK: &str = "#talk=client";

/// Where the doors lead.
pub(crate) fn address() -> String {
    format!("#learn={FIRST}")
}
