//! The course: all scenarios in their order, which of them were gone through to the end, and where one was last. What was done is
//! kept in this browser alone.

use pgscope_signal::computed::Memo;
use pgscope_signal::signal::RwSignal;
use pgscope_signal::traits::*;
use web_sys::Storage;

use crate::dom::{El, effect, el, window};
use crate::learn::Learn;

const REMEMBERED: &str = "pgscope.course";

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
        let (name, message) = (learn.scenario.get(), learn.page.message.get().unwrap_or(0));
        let Some(end) = learn.stops.with(|stops| stops.last().map(|stop| stop.number)) else { return };
        if name.is_empty() {
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
        let now = learn.scenario.get();
        let done = done.get();
        learn.course.with(|course| {
            course.iter().map(|entry| course_entry(entry, &now, done.names.contains(&entry[0]))).collect()
        })
    };
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
        .child(el("nav").class("course").attr("aria-label", "Scenarios").attr("tabindex", "-1").live(entries))
        .child(forget)
        .live_flag("hidden", move || !learn.is_open())
}

/// Back to where one was at the last visit, for who comes in at the door.
fn resume(learn: Learn, before: String) -> El {
    let name = before.strip_prefix("learn=").and_then(|rest| rest.split('&').next()).unwrap_or_default().to_owned();
    let address = format!("#{before}");
    let is_wanted = Memo::new(move |_| {
        let is_elsewhere = learn.scenario.with(|now| *now != name);
        !name.is_empty() && is_elsewhere && learn.page.message.get().unwrap_or(0) == 0
    });
    el("a")
        .class("course-resume")
        .attr("href", &address)
        .text("Go on where you were")
        .live_flag("hidden", move || !is_wanted.get())
}

fn course_entry([name, title, summary]: &[String; 3], now: &str, is_done: bool) -> El {
    let link = el("a").attr("href", &format!("#learn={name}"));
    link.set("aria-current", (name == now).then_some("true"));
    let tick = match is_done {
        true => el("span").class("course-done").attr("role", "img").attr("aria-label", "done").text("✓"),
        false => el("span"),
    };
    link.child(el("span").class("course-title").text(title)).child(tick).child(el("small").text(summary))
}

/// At the end of a scenario: the way to the next one.
pub(crate) fn next(learn: Learn) -> El {
    let next = Memo::new(move |_| {
        let (name, message) = (learn.scenario.get(), learn.page.message.get()?);
        let end = learn.stops.with(|stops| stops.last().map(|stop| stop.number))?;
        let next = learn.course.with(|course| {
            let at = course.iter().position(|[own, ..]| *own == name)?;
            course.get(at + 1).map(|[name, title, _]| (name.clone(), title.clone()))
        })?;
        (message >= end).then_some(next)
    });
    let link = move || {
        next.with(|next| {
            let link = |(name, title): &(String, String)| {
                el("a").attr("href", &format!("#learn={name}")).text(&format!("Next: {title}"))
            };
            next.iter().map(link).collect()
        })
    };
    el("p").class("story-next").live(link).live_flag("hidden", move || next.with(Option::is_none))
}
