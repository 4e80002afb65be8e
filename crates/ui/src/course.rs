//! The course: all scenarios in their order, part by part, which of them were gone through to the end, and where one was last. What
//! was done is kept in this browser alone, as is the language in which scenarios are told.

use pgscope_signal::computed::Memo;
use pgscope_signal::signal::RwSignal;
use pgscope_signal::traits::*;
use wasm_bindgen_futures::spawn_local;
use web_sys::{Event, HtmlSelectElement};

use crate::dom::{El, after, effect, el, keep_in_view};
use crate::language::{self, ENGLISH};
use crate::learn::Learn;
use crate::learn_address::OWN;
use crate::remembered;
use crate::samples::fetched;

/// The list of all scenarios.
pub(crate) const LIST: &str = "scenarios/index.txt";

/// A scenario in the list that is fetched.
#[derive(Clone, PartialEq)]
pub(crate) struct Entry {
    name: String,
    title: String,
    summary: String,
    /// The part of the course that it belongs to.
    part: String,
    /// What one can do when one has gone through it.
    teaches: String,
    /// The names of those that one should know before.
    needs: Vec<String>,
    /// The language of all this, if it is not the page's.
    lang: Option<String>,
}

impl Entry {
    /// A line of a list.
    fn read(line: &str, lang: Option<&str>) -> Option<Self> {
        let mut columns = line.split('\t');
        let mut next = || columns.next().map(str::to_owned);
        let [name, title, summary, part, teaches, needs] = [next()?, next()?, next()?, next()?, next()?, next()?];
        let needs = needs.split(", ").filter(|name| !name.is_empty()).map(str::to_owned).collect();
        Some(Self { name, title, summary, part, teaches, needs, lang: lang.map(str::to_owned) })
    }

    fn address(&self) -> String {
        format!("#learn={}", self.name)
    }
}

/// Fetches the list of all scenarios, and of those that are told in the chosen language.
fn load(learn: Learn) {
    spawn_local(async move {
        let chosen = language::chosen();
        let lang = chosen.as_deref();
        let Ok(list) = fetched(LIST).await else { return };
        let own = match lang {
            Some(lang) => fetched(&language::list_of(lang)).await.unwrap_or_default(),
            None => String::new(),
        };
        if language::chosen() != chosen {
            return;
        }
        learn.languages.set(fetched(language::LIST).await.unwrap_or_default());
        let own: Vec<Entry> = own.lines().filter_map(|line| Entry::read(line, lang)).collect();
        let told = |entry: Entry| own.iter().find(|own| own.name == entry.name).cloned().unwrap_or(entry);
        learn.course.set(list.lines().filter_map(|line| Entry::read(line, None)).map(told).collect());
    });
}

/// How the chosen scenario is called in another language, and in which.
pub(crate) struct ToldAs {
    pub(crate) title: String,
    pub(crate) lang: String,
}

/// The same, if it is told in one.
pub(crate) fn told_as(learn: Learn) -> Option<ToldAs> {
    let now = learn.page.scenario.get();
    learn.course.with(|course| {
        let entry = course.iter().find(|entry| entry.name == now)?;
        Some(ToldAs { title: entry.title.clone(), lang: entry.lang.clone()? })
    })
}

/// In which language one learns.
fn languages(learn: Learn) -> El {
    let options = move || {
        let chosen = language::chosen();
        let option = |line: &str| {
            let (lang, own) = line.split_once('\t').unwrap_or_default();
            let is_chosen = chosen.as_deref().unwrap_or(ENGLISH) == lang;
            // Each language says its own name.
            let option = el("option").attr("value", lang).attr("lang", lang).attr("translate", "no");
            option.text(own).flag("selected", is_chosen)
        };
        learn.languages.with(|others| ["en\tEnglish"].into_iter().chain(others.lines()).map(option).collect())
    };
    let list = el("select").class("button course-words").attr("aria-label", "Language").live(options);
    let chosen = list.clone();
    list.on("change", move |_: Event| {
        language::choose(&chosen.of::<HtmlSelectElement>().value());
        load(learn);
        learn.again();
    })
}

const REMEMBERED: &str = "pgscope.course";
/// The id of the entry where one is.
const NOW: &str = "course-now";

/// What is remembered: the names of what was gone through, and the address where one was last.
#[derive(Clone, Default, PartialEq)]
struct Done {
    names: Vec<String>,
    last: String,
}

impl Done {
    /// As it was kept: names with blanks between them, and behind the end of the line the address.
    fn read() -> Self {
        let kept = remembered::get(REMEMBERED).unwrap_or_default();
        let (names, last) = kept.split_once('\n').unwrap_or_default();
        Self {
            names: names.split(' ').filter(|name| !name.is_empty()).map(str::to_owned).collect(),
            last: last.to_owned(),
        }
    }

    fn keep(&self) {
        let is_empty = self.names.is_empty() && self.last.is_empty();
        let kept = if is_empty { String::new() } else { [&self.names.join(" "), "\n", &self.last].concat() };
        remembered::set(REMEMBERED, &kept);
    }
}

/// In the place of the input: the scenarios, each with a tick if it was gone through, and the way back to where one was.
pub(crate) fn pane(learn: Learn) -> El {
    effect(move || {
        if learn.is_open() && learn.course.with_untracked(Vec::is_empty) {
            load(learn);
        }
    });
    let done = RwSignal::new(Done::read());
    // Where one was before this visit.
    let before = done.with_untracked(|done| done.last.clone());
    effect(move || {
        let (name, message) = (learn.page.scenario.get(), learn.page.message.get().unwrap_or(0));
        let Some(end) = learn.stops.with(|stops| stops.last().map(|stop| stop.number)) else { return };
        if !learn.is_lesson() || name == OWN {
            return;
        }
        done.update(|done| {
            done.last = learn.fragment(message + 1);
            if message >= end && !done.names.contains(&name) {
                done.names.push(name);
            }
        });
        done.with_untracked(Done::keep);
    });
    let counts = move || {
        let (all, gone) = (learn.course.with(Vec::len), done.with(|done| done.names.len()));
        if all == 0 { String::new() } else { format!("{gone} of {all} done") }
    };
    let head = el("div")
        .class("pane-head")
        .child(el("h2").attr("id", "learn-title").text("Scenarios"))
        .child(el("span").class("spacer"))
        .child(languages(learn))
        .child(el("span").class("chip").live_text(counts));
    let entries = move || {
        let now = learn.page.scenario.get();
        let done = done.get();
        learn.course.with(|course| parts(course, &now, &done))
    };
    let list = el("nav").class("course").attr("aria-label", "Scenarios").attr("tabindex", "-1").live(entries);
    // Where one is stays in sight.
    let shown = list.clone();
    effect(move || {
        learn.page.scenario.track();
        learn.course.track();
        let shown = shown.clone();
        after(0, move || keep_in_view(&shown, NOW));
    });
    let forget = el("button")
        .class("link course-forget")
        .text("Forget what I did")
        .live_flag("hidden", move || done.with(|done| done.names.is_empty()))
        .on_click(move || {
            done.update(|done| done.names.clear());
            done.with_untracked(Done::keep);
        });
    el("section")
        .class("pane learn")
        .attr("aria-labelledby", "learn-title")
        .child(head)
        .child(resume(learn, before))
        .child(list)
        .child(forget)
        .child(el("a").class("course-own").attr("href", "#learn=own").text("Write a scenario of your own"))
        .live_flag("hidden", move || !learn.is_lesson() || learn.page.scenario.with(|name| name == OWN))
}

/// Back to where one was at the last visit, for who comes in at the door.
fn resume(learn: Learn, before: String) -> El {
    let name = before.strip_prefix("learn=").and_then(|rest| rest.split('&').next()).unwrap_or_default().to_owned();
    let address = format!("#{before}");
    let is_wanted = Memo::new(move |_| {
        let is_elsewhere = learn.page.scenario.with(|now| *now != name);
        !name.is_empty() && is_elsewhere && learn.page.message.get().unwrap_or(0) == 0
    });
    el("a")
        .class("course-resume")
        .attr("href", &address)
        .text("Go on where you were")
        .live_flag("hidden", move || !is_wanted.get())
}

/// The parts, each a heading that counts what was done of it, and a list.
fn parts(course: &[Entry], now: &str, done: &Done) -> Vec<El> {
    let part = |entries: &[Entry]| {
        let gone = entries.iter().filter(|entry| done.names.contains(&entry.name)).count();
        let first = entries.first();
        let count = el("span").class("course-count").text(&format!("{gone} of {}", entries.len()));
        let name = el("span").text(first.map_or("", |entry| &entry.part));
        name.set("lang", first.and_then(|entry| entry.lang.as_deref()));
        let head = el("h3").child(name).text(" ").child(count);
        let item = |entry: &Entry| {
            let is_now = entry.name == now;
            let link = link_to(entry, is_now, done.names.contains(&entry.name));
            let item = el("li").child(link);
            if is_now { item.child(about(entry, course)) } else { item }
        };
        [head, el("ul").children(entries.iter().map(item).collect())]
    };
    course.chunk_by(|one, next| one.part == next.part).flat_map(part).collect()
}

fn link_to(entry: &Entry, is_now: bool, is_done: bool) -> El {
    let link = el("a").class("course-entry").attr("href", &entry.address());
    link.set("aria-current", is_now.then_some("true"));
    link.set("id", is_now.then_some(NOW));
    link.set("lang", entry.lang.as_deref());
    let tick = match is_done {
        true => el("span").class("course-done").attr("role", "img").attr("aria-label", "done").text("✓"),
        false => el("span"),
    };
    link.child(el("span").class("course-title").text(&entry.title)).child(tick).child(el("small").text(&entry.summary))
}

/// Below the chosen one: what one can do afterwards, and the ways to what one should know before.
fn about(entry: &Entry, course: &[Entry]) -> El {
    let about = el("div").class("course-about");
    about.set("lang", entry.lang.as_deref());
    let about = about.child(el("p").text("Afterwards you can ").text(&entry.teaches).text("."));
    let needed = course.iter().filter(|other| entry.needs.contains(&other.name));
    let links = needed.map(|other| {
        let link = el("a").attr("href", &other.address()).text(&other.title);
        link.set("lang", Some(other.lang.as_deref().unwrap_or(ENGLISH)).filter(|_| entry.lang != other.lang));
        link
    });
    let before = "Good to know before: ";
    let line = links
        .enumerate()
        .fold(el("p").text(before), |line, (nth, link)| line.text(if nth == 0 { "" } else { ", " }).child(link));
    if entry.needs.is_empty() { about } else { about.child(line) }
}

/// At the end of a scenario: the way to the next one.
pub(crate) fn next(learn: Learn) -> El {
    let next = Memo::new(move |_| {
        let (name, message) = (learn.page.scenario.get(), learn.page.message.get()?);
        let end = learn.stops.with(|stops| stops.last().map(|stop| stop.number))?;
        let next = learn.course.with(|course| {
            let at = course.iter().position(|entry| entry.name == name)?;
            course.get(at + 1).cloned()
        })?;
        (message >= end && learn.faults.with(Vec::is_empty)).then_some(next)
    });
    let link = move || {
        next.with(|next| {
            let link = |entry: &Entry| {
                let title = el("span").text(&entry.title);
                title.set("lang", entry.lang.as_deref());
                el("a").attr("href", &entry.address()).text("Next: ").child(title)
            };
            next.iter().map(link).collect()
        })
    };
    el("p").class("story-next").live(link).live_flag("hidden", move || next.with(Option::is_none))
}
