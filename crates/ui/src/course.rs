//! The course: all scenarios in their order, part by part, which of them were gone through to the end, and where one was last. What
//! was done is kept in this browser alone.

use pgscope_signal::computed::Memo;
use pgscope_signal::signal::RwSignal;
use pgscope_signal::traits::*;
use web_sys::Storage;

use crate::dom::{El, after, effect, el, keep_in_view, window};
use crate::learn::{Learn, OWN};

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
}

impl Entry {
    /// A line of `scenarios/index.txt`.
    pub(crate) fn read(line: &str) -> Option<Self> {
        let mut columns = line.split('\t');
        let mut next = || columns.next().map(str::to_owned);
        let [name, title, summary, part, teaches, needs] = [next()?, next()?, next()?, next()?, next()?, next()?];
        let needs = needs.split(", ").filter(|name| !name.is_empty()).map(str::to_owned).collect();
        Some(Self { name, title, summary, part, teaches, needs })
    }

    fn address(&self) -> String {
        format!("#learn={}", self.name)
    }
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
        let kept = storage().and_then(|storage| storage.get_item(REMEMBERED).ok().flatten()).unwrap_or_default();
        let (names, last) = kept.split_once('\n').unwrap_or_default();
        Self {
            names: names.split(' ').filter(|name| !name.is_empty()).map(str::to_owned).collect(),
            last: last.to_owned(),
        }
    }

    fn keep(&self) {
        if let Some(storage) = storage() {
            let _ = match self.names.is_empty() && self.last.is_empty() {
                true => storage.remove_item(REMEMBERED),
                false => storage.set_item(REMEMBERED, &[&self.names.join(" "), "\n", &self.last].concat()),
            };
        }
    }
}

fn storage() -> Option<Storage> {
    window()?.local_storage().ok().flatten()
}

/// In the place of the input: the scenarios, each with a tick if it was gone through, and the way back to where one was.
pub(crate) fn pane(learn: Learn) -> El {
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
        let count = el("span").class("course-count").text(&format!("{gone} of {}", entries.len()));
        let head = el("h3").text(entries.first().map_or("", |entry| &entry.part)).text(" ").child(count);
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
    let tick = match is_done {
        true => el("span").class("course-done").attr("role", "img").attr("aria-label", "done").text("✓"),
        false => el("span"),
    };
    link.child(el("span").class("course-title").text(&entry.title)).child(tick).child(el("small").text(&entry.summary))
}

/// Below the chosen one: what one can do afterwards, and the ways to what one should know before.
fn about(entry: &Entry, course: &[Entry]) -> El {
    let about = el("div").class("course-about");
    let about = about.child(el("p").text(&format!("Afterwards you can {}.", entry.teaches)));
    let needed = course.iter().filter(|other| entry.needs.contains(&other.name));
    let links = needed.map(|other| el("a").attr("href", &other.address()).text(&other.title));
    let line = links.enumerate().fold(el("p").text("Good to know before: "), |line, (nth, link)| {
        line.text(if nth == 0 { "" } else { ", " }).child(link)
    });
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
        (message >= end).then_some(next)
    });
    let link = move || {
        next.with(|next| {
            let link = |entry: &Entry| el("a").attr("href", &entry.address()).text(&format!("Next: {}", entry.title));
            next.iter().map(link).collect()
        })
    };
    el("p").class("story-next").live(link).live_flag("hidden", move || next.with(Option::is_none))
}
