//! The door Learn: a scenario is chosen, played by the simulator, and stepped through in the exchange like any other.
//!
//! What is played stands in the address: `#learn=handshake&segments=7&step=3`.

use pgscope_signal::signal::RwSignal;
use pgscope_signal::traits::*;
use pgscope_view::elsewhere::Elsewhere;
use pgscope_view::engine::{Lesson, Moment, Reply, Request, Sheet, Stop};
use pgscope_view::markdown::{Style, paragraphs};
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::spawn_local;

use crate::ask::ask;
use crate::course::{self, Entry};
use crate::dom::{El, effect, el, window};
use crate::page::{Page, Then};
use crate::samples::fetched;
use crate::shared::Shared;
use crate::simulator;

/// The scenario that a learner meets first.
const FIRST: &str = "first-hour";

/// What is told, and what was chosen.
pub(crate) type Learn = Shared<LearnState>;

pub(crate) struct LearnState {
    pub(crate) page: Page,
    /// As in [`Page`].
    pub(crate) scenario: RwSignal<String>,
    /// All scenarios, part by part.
    pub(crate) course: RwSignal<Vec<Entry>>,
    pub(crate) lesson: RwSignal<Lesson>,
    /// The steps of it.
    pub(crate) stops: RwSignal<Vec<Stop>>,
    moment: RwSignal<Moment>,
    problem: RwSignal<String>,
    /// Grows with everything that is asked for: what arrives for an earlier wish is stale.
    asked: RwSignal<usize>,
}

impl Learn {
    pub(crate) fn new(page: Page) -> Self {
        let learn = Self::of(LearnState {
            page,
            scenario: page.scenario,
            course: RwSignal::default(),
            lesson: RwSignal::default(),
            stops: RwSignal::default(),
            moment: RwSignal::default(),
            problem: RwSignal::default(),
            asked: RwSignal::default(),
        });
        learn.follow_selection();
        learn
    }

    /// Another door is opened.
    pub(crate) fn close(self) {
        if self.is_open_untracked() {
            self.scenario.set(String::new());
        }
    }

    pub(crate) fn is_open_untracked(self) -> bool {
        self.scenario.with_untracked(|name| !name.is_empty())
    }

    pub(crate) fn is_open(self) -> bool {
        self.scenario.with(|name| !name.is_empty())
    }

    /// Whoever selects a message, the story goes there, and the address with it.
    fn follow_selection(self) {
        effect(move || {
            let number = self.page.message.get();
            let Some(number) = number.filter(|_| self.is_open()) else { return };
            ask(Request::Moment(number), move |reply| {
                if let Reply::Moment(moment) = reply {
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
        let Some(scenario) = of("learn") else {
            self.ask_anew();
            return false;
        };
        let step = of("step").and_then(|step| step.parse().ok()).unwrap_or(1);
        let choices = pairs.into_iter().filter(|(name, _)| name != "learn" && name != "step").collect();
        self.open(scenario, choices, step);
        true
    }

    /// The knobs that are not as they are at first.
    fn turned(self) -> Vec<(String, String)> {
        self.lesson.with_untracked(|lesson| {
            let turned = lesson.knobs.iter().filter(|knob| knob.choices.first() != Some(&knob.chosen));
            turned.map(|knob| (knob.name.clone(), knob.chosen.clone())).collect()
        })
    }

    pub(crate) fn fragment(self, step: usize) -> String {
        let knobs: String = self.turned().into_iter().map(|(name, value)| format!("&{name}={value}")).collect();
        format!("learn={}{knobs}&step={step}", self.scenario.get_untracked())
    }

    /// What an author takes to show this on another page.
    pub(crate) fn given(self) -> Elsewhere {
        let step = self.page.message.get_untracked().unwrap_or(0) + 1;
        let own = [("scenario", self.scenario.get_untracked()), ("step", step.to_string())];
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
        self.load_course();
        let asked = self.ask_anew();
        self.page.notice.set(if simulator::is_here() { String::new() } else { simulator::COMING.to_owned() });
        spawn_local(async move {
            let has_choices = !choices.is_empty();
            let mut played = simulator::play(&name, choices).await;
            let mut trouble = String::new();
            if has_choices && let Err(problem) = &played {
                // What can be played is played.
                trouble.clone_from(problem);
                played = simulator::play(&name, Vec::new()).await;
            }
            if self.asked.get_untracked() != asked {
                return;
            }
            self.page.notice.set(String::new());
            match played {
                Ok(performance) => self.show(name, performance, step, trouble),
                Err(problem) => {
                    self.scenario.set(name);
                    self.lesson.set(Lesson::default());
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

    fn show(self, name: String, performance: Vec<u8>, step: usize, trouble: String) {
        self.page.leave_input();
        ask(Request::Play(performance), move |reply| {
            let Reply::Played(played) = reply else { return };
            let last = played.loaded.messages.saturating_sub(1);
            // Steps and messages of two scenarios are never seen together.
            self.stops.set(Vec::new());
            self.scenario.set(name);
            self.problem.set(trouble);
            self.lesson.set(played.lesson);
            self.page.opened.set(None);
            self.page.show(Reply::Loaded(Box::new(played.loaded)), Then::Look);
            self.page.select(Some(step.saturating_sub(1).min(last)));
            self.stops.set(played.stops);
        });
    }

    fn load_course(self) {
        if self.course.with_untracked(|course| !course.is_empty()) {
            return;
        }
        spawn_local(async move {
            let Ok(list) = fetched("scenarios/index.txt").await else { return };
            self.course.set(list.lines().filter_map(Entry::read).collect());
        });
    }

    fn choices(self) -> Vec<(String, String)> {
        self.lesson
            .with_untracked(|lesson| lesson.knobs.iter().map(|knob| (knob.name.clone(), knob.chosen.clone())).collect())
    }

    /// Turns a knob: the scenario is played again.
    pub(crate) fn turn(self, name: &str, choice: String) {
        let mut choices = self.choices();
        choices.retain(|(known, _)| known != name);
        choices.push((name.to_owned(), choice));
        let step = self.page.message.get_untracked().unwrap_or(0) + 1;
        self.open(self.scenario.get_untracked(), choices, step);
    }
}

/// Where the doors lead.
pub(crate) fn address() -> String {
    format!("#learn={FIRST}")
}

/// Above the explanation: what is told about this step, and where both ends are.
pub(crate) fn story(learn: Learn) -> El {
    let told = move || {
        let problem = learn.problem.get();
        let mut told = Vec::new();
        if !problem.is_empty() {
            told.push(el("p").class("bad").attr("role", "alert").text(&problem));
        }
        let is_first = learn.page.message.get() == Some(0);
        if learn.lesson.with(|lesson| !lesson.title.is_empty()) {
            let sheet = learn.page.sheet.get();
            let telling =
                |moment: &Moment| learn.lesson.with(|lesson| telling(lesson, moment, sheet.as_ref(), is_first));
            told.extend(learn.moment.with(telling));
        }
        told
    };
    let ends = move || {
        learn.moment.with(|moment| {
            let end = |side: &str, words: &str| {
                let name = el("dt").class("end-name").attr("data-side", side).text(side);
                vec![name, el("dd").text(words)]
            };
            let mut list = end("frontend", &moment.client);
            list.extend(end("backend", &moment.server));
            list.extend([el("dt").text("transaction"), el("dd").text(&moment.transaction)]);
            list
        })
    };
    el("div")
        .class("story")
        .attr("role", "region")
        .attr("aria-label", "The story")
        .attr("tabindex", "0")
        .child(el("div").class("story-text").attr("aria-live", "polite").live(told))
        .child(course::next(learn))
        .child(
            el("dl")
                .class("ends")
                .attr("aria-label", "Where both ends are behind this step")
                .live(ends)
                .live_flag("hidden", move || learn.stops.with(Vec::is_empty)),
        )
        .live_flag("hidden", move || !learn.is_open())
}

/// What is told at a step: of the scenario at its beginning, of the message where there is something to tell, and else who says what.
fn telling(lesson: &Lesson, moment: &Moment, sheet: Option<&Sheet>, is_first: bool) -> Vec<El> {
    let title = match moment.chapter.as_str() {
        "" => lesson.title.clone(),
        chapter => format!("{}: {chapter}", lesson.title),
    };
    let mut told = vec![el("h2").class("story-title").text(&title)];
    if is_first {
        told.extend(markdown(&lesson.introduction));
    }
    told.extend(markdown(&moment.text));
    if let Some(Sheet { row, .. }) = sheet.filter(|_| moment.text.is_empty()) {
        let who = if row.direction == "frontend" { "The client" } else { "The server" };
        let says = if row.says.is_empty() { String::new() } else { format!(": {}", row.says) };
        told.push(
            el("p").class("story-says").text(who).text(" says ").child(el("b").text(&row.name)).text(&says).text("."),
        );
    }
    told
}

fn markdown(text: &str) -> Vec<El> {
    let piece = |paragraph: El, (style, text): &(Style, String)| match style {
        Style::Plain => paragraph.text(text),
        Style::Emphasis => paragraph.child(el("em").text(text)),
        Style::Strong => paragraph.child(el("strong").text(text)),
        Style::Code => paragraph.child(el("code").text(text)),
    };
    paragraphs(text).iter().map(|pieces| pieces.iter().fold(el("p"), piece)).collect()
}
