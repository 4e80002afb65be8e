//! A scenario of one's own: written in the place of the course, played while one writes, with its first mistake located. A link
//! holds it, and this browser keeps it.

use pgscope_signal::signal::RwSignal;
use pgscope_signal::traits::*;
use wasm_bindgen_futures::spawn_local;
use web_sys::{Event, HtmlTextAreaElement};

use crate::dom::{El, after, copy, effect, el, save, stop, window};
use crate::learn::Learn;
use crate::learn_address::OWN;
use crate::remembered;
use crate::samples::fetched;

const REMEMBERED: &str = "pgscope.scenario";
/// How long one has not typed when it is played, in milliseconds.
const PAUSE: i32 = 400;

/// What somebody begins with.
pub(crate) const TEMPLATE: &str = "title   = My scenario
summary = What happens, in one line

[client]
user = alice
database = shop
query SELECT id, name FROM fruit
terminate

[server]
role alice trust
database shop
answer SELECT id, name FROM fruit
  columns id int4, name text
  row 1 | apple
  row 2 | \\N

[wire]
latency = 500us
";

/// Lines that can be written in each section.
const LINES: &[(&str, &[&str])] = &[
    ("", &["seed = 1", "knob NAME = ONE, TWO : label", "[client]", "[server]", "[wire]", "[events]"]),
    (
        "[client]",
        &[
            "tls = prefer",
            "password = secret",
            "query SELECT 1",
            "parse s SELECT name FROM fruit WHERE id = $1",
            "bind - s : 1",
            "describe portal -",
            "execute -",
            "sync",
            "flush",
            "await",
            "data 1\\tapple",
            "done",
            "cancel",
            "raw 51 00 00 00 04",
            "sleep 10ms",
            "terminate",
        ],
    ),
    (
        "[server]",
        &[
            "edition = 15",
            "tls = N",
            "role alice scram secret",
            "answer SELECT 1",
            "  columns id int4, name text",
            "  row 1 | apple",
            "  error 22012 division by zero",
            "  notice 01000 something worth saying",
            "  takes 2s",
            "  copy in fruit text",
            "refuse 53300 sorry, too many clients already",
        ],
    ),
    (
        "[wire]",
        &[
            "latency = 20ms",
            "segments = 7",
            "damage frontend 4=0e",
            "damage backend drop 9 6",
            "damage backend delay 9 50ms",
        ],
    ),
    ("[events]", &["at 5ms notify channel payload", "at 5ms terminate", "at 5ms crash", "at 5ms reload work_mem 8MB"]),
];

/// Whether a text that was opened is a scenario.
pub(crate) fn is_scenario(text: &str) -> bool {
    let mut lines = text.lines().map(str::trim);
    let is_titled =
        lines.clone().any(|line| line.strip_prefix("title").is_some_and(|rest| rest.trim_start().starts_with('=')));
    is_titled && lines.any(|line| line == "[client]" || line == "[server]")
}

/// Opens a text as a scenario of one's own: a place of its own in the browser's history, so that Back leads to what was there.
pub(crate) fn go(text: &str) {
    let text = String::from(js_sys::encode_uri_component(text));
    window().into_iter().for_each(|window| drop(window.location().set_hash(&format!("learn={OWN}&text={text}"))));
}

/// What this browser keeps of it.
pub(crate) fn kept() -> String {
    remembered::get(REMEMBERED).filter(|text| !text.trim().is_empty()).unwrap_or_else(|| TEMPLATE.to_owned())
}

fn keep(text: &str) {
    remembered::set(REMEMBERED, text);
}

/// In the place of the course, while one writes.
pub(crate) fn pane(learn: Learn) -> El {
    let area = el("textarea")
        .class("own-text")
        .attr("id", "own-text")
        .attr("spellcheck", "false")
        .attr("wrap", "off")
        .attr("aria-label", "The scenario")
        .attr("aria-describedby", "own-trouble");
    let shown = area.clone();
    effect(move || {
        let text = learn.own.get();
        let area: &HtmlTextAreaElement = shown.of();
        if area.value() != text {
            area.set_value(&text);
        }
    });
    let timer = RwSignal::<Option<i32>>::default();
    let typed = area.clone();
    let changed = move || {
        timer.get_untracked().into_iter().for_each(stop);
        let typed = typed.clone();
        timer.set(Some(after(PAUSE, move || {
            let text = typed.of::<HtmlTextAreaElement>().value();
            keep(&text);
            learn.own.set(text);
            learn.open_own();
        })));
    };
    let section = RwSignal::new(0);
    let moved = area.clone();
    // Which section the caret is in.
    let look = move || {
        let area: &HtmlTextAreaElement = moved.of();
        let caret = area.selection_start().ok().flatten().unwrap_or_default() as usize;
        let before: String = area.value().chars().take(caret).collect();
        let heads = before.lines().rev().map(str::trim).find(|line| line.starts_with('['));
        let at = heads.and_then(|head| LINES.iter().position(|(name, _)| *name == head)).unwrap_or_default();
        section.set(at);
    };
    let (on_key, on_click, on_input) = (look.clone(), look.clone(), changed.clone());
    let area = area
        .on("input", move |_: Event| on_input())
        .on("keyup", move |_: Event| on_key())
        .on("click", move |_: Event| on_click());
    let into = area.clone();
    let insert = move |line: &str| {
        let area: &HtmlTextAreaElement = into.of();
        let text = area.value();
        // Behind the line of the caret.
        let caret = area.selection_start().ok().flatten().unwrap_or_default() as usize;
        let at = text.encode_utf16().take(caret).collect::<Vec<_>>();
        let before = String::from_utf16_lossy(&at).len();
        let end = text.get(before..).and_then(|rest| rest.find('\n')).map_or(text.len(), |more| before + more);
        let (head, tail) = text.split_at(end);
        let new = format!("{head}\n{line}{tail}");
        let caret = format!("{head}\n{line}").encode_utf16().count() as u32;
        area.set_value(&new);
        let _ = area.set_selection_range(caret, caret);
        into.focus();
        changed();
    };
    let chips = move || {
        let (_, lines) = LINES.get(section.get()).copied().unwrap_or(("", &[]));
        let chip = |line: &&'static str| {
            let (insert, line) = (insert.clone(), *line);
            el("button").class("chip offer").text(line.trim()).on_click(move || insert(line))
        };
        lines.iter().map(chip).collect()
    };
    let is_own = move || learn.page.scenario.with(|name| name == OWN);
    let trouble = move || if is_own() { learn.problem.get() } else { String::new() };
    let head = el("div")
        .class("pane-head")
        .child(el("h2").attr("id", "own-title").text("Your scenario"))
        .child(el("span").class("spacer"))
        .child(el("a").attr("href", "#learn=first-hour").text("Back to the course"));
    let tools = el("div")
        .class("talk-tools")
        .child(el("button").class("button").text("Copy the link").on_click(move || {
            let here = window().and_then(|window| window.location().href().ok()).unwrap_or_default();
            let site = here.split('#').next().unwrap_or_default();
            let step = learn.page.message.get_untracked().unwrap_or(0) + 1;
            copy(format!("{site}#{}", learn.fragment(step)), "the link");
        }))
        .child(el("button").class("button").text("Save as a file").on_click(move || {
            save("my.scenario", learn.own.get_untracked().as_bytes());
        }))
        .child(anew(learn));
    el("section")
        .class("pane learn own")
        .attr("aria-labelledby", "own-title")
        .child(head)
        .child(
            el("div")
                .class("talk-body")
                .child(area)
                .child(
                    el("p")
                        .class("bad")
                        .attr("id", "own-trouble")
                        .attr("role", "alert")
                        .live_text(trouble)
                        .live_flag("hidden", move || trouble().is_empty()),
                )
                .child(
                    el("div")
                        .class("offers")
                        .attr("role", "group")
                        .attr("aria-label", "Lines for this section")
                        .child(el("span").class("offers-label").text("Put in:"))
                        .child(el("span").class("contents").live(chips)),
                )
                .child(tools),
        )
        .live_flag("hidden", move || learn.page.scenario.with(|name| name != OWN))
}

/// Begins with the template again, and brings back what was there as long as nothing new was written.
fn anew(learn: Learn) -> El {
    let before = RwSignal::new(String::new());
    effect(move || {
        if learn.own.with(|own| own != TEMPLATE) {
            before.set(String::new());
        }
    });
    let name = move || if before.with(String::is_empty) { "Begin anew" } else { "Bring it back" }.to_owned();
    el("button").class("button").live_text(name).on_click(move || {
        let kept = before.get_untracked();
        let is_back = !kept.is_empty();
        let next = if is_back { kept } else { TEMPLATE.to_owned() };
        let was = learn.own.get_untracked();
        keep(&next);
        learn.own.set(next);
        if !is_back && was != TEMPLATE {
            before.set(was);
        }
        learn.open_own();
    })
}

impl Learn {
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
}
