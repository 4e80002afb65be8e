//! Finding messages and showing only some of them: two bars above the list, searched for in slices.

use pgscope_signal::computed::Memo;
use pgscope_signal::signal::RwSignal;
use pgscope_signal::traits::*;
use pgscope_view::engine::{Elsewhere, Hit, Progress, Reply, Request, Sought};
use pgscope_view::filter::completions;
use wasm_bindgen_futures::spawn_local;
use web_sys::{Event, HtmlInputElement, HtmlSelectElement, KeyboardEvent};

use crate::ask::{ask, soon};
use crate::dom::{El, by_id, counted, effect, el, grouped, on_window};
use crate::list::List;
use crate::page::slice;
use crate::shared::Shared;

/// How many other connections are named.
const MOST_OTHERS: usize = 8;

/// What is looked for, and what is shown.
pub(crate) type Seek = Shared<SeekState>;

pub(crate) struct SeekState {
    pub(crate) list: List,
    pub(crate) finding: RwSignal<bool>,
    pub(crate) filtering: RwSignal<bool>,
    text: RwSignal<String>,
    /// Direction, name and text of what is shown.
    filter: RwSignal<[String; 3]>,
    pub(crate) sought: RwSignal<Sought>,
    hit: RwSignal<Option<Hit>>,
    /// Which of the other connections have it.
    elsewhere: RwSignal<Elsewhere>,
    /// Where the search began: while one types, it begins there again.
    origin: RwSignal<usize>,
    /// Whether a person stopped it.
    stopped: RwSignal<bool>,
    /// Grows with every search: slices of older ones end.
    round: RwSignal<usize>,
}

impl Seek {
    pub(crate) fn new(list: List) -> Self {
        Self::of(SeekState {
            list,
            finding: RwSignal::default(),
            filtering: RwSignal::default(),
            text: RwSignal::default(),
            filter: RwSignal::default(),
            sought: RwSignal::default(),
            hit: RwSignal::default(),
            elsewhere: RwSignal::default(),
            origin: RwSignal::default(),
            stopped: RwSignal::default(),
            round: RwSignal::default(),
        })
    }

    /// Opens the bar in which one types what to find.
    pub(crate) fn open_find(self) {
        self.origin.set(self.now());
        self.finding.set(true);
        focus("find-text");
    }

    /// Opens the bar in which one says what to show, or shows everything again.
    pub(crate) fn turn_filter(self) {
        match self.filtering.get_untracked() {
            true => self.close_filter(),
            false => self.filtering.set(true),
        }
    }

    /// Which messages are shown, in words; nothing where all are.
    pub(crate) fn told_filter(self) -> String {
        let Some(Progress { hits, .. }) = self.sought.with_untracked(|sought| sought.filter.clone()) else {
            return String::new();
        };
        let parts: Vec<String> = self.filter.get_untracked().into_iter().filter(|part| !part.is_empty()).collect();
        let all = self.list.page.loaded.with_untracked(|loaded| loaded.messages);
        format!("Only what the filter shows, {} of {}: {}.", grouped(hits), counted(all, "message"), parts.join(", "))
    }

    fn close_filter(self) {
        self.filtering.set(false);
        focus("messages");
    }

    fn now(self) -> usize {
        self.list.page.message.get_untracked().unwrap_or(0)
    }

    fn close_find(self) {
        self.finding.set(false);
        self.text.set(String::new());
        self.begin_find(None);
        focus("messages");
    }

    fn show_all(self) {
        self.filter.set(Default::default());
        self.begin_filter();
    }

    /// Looks for what is typed, and turns to the first of it behind message `from`.
    fn begin_find(self, from: Option<usize>) {
        self.hit.set(None);
        self.elsewhere.set(Elsewhere::default());
        ask(Request::Find(self.text.get_untracked()), move |reply| self.begin(reply, from));
    }

    fn begin_filter(self) {
        let [direction, name, text] = self.filter.get_untracked();
        ask(Request::Filter { direction, name, text }, move |reply| self.begin(reply, None));
        self.list.refresh();
    }

    fn begin(self, reply: Reply, from: Option<usize>) {
        self.round.update(|round| *round += 1);
        self.stopped.set(false);
        self.show(reply);
        self.list.mark();
        self.look(self.round.get_untracked(), from);
    }

    /// Stops looking, or goes on.
    fn stop(self) {
        let goes_on = self.stopped.get_untracked();
        self.stopped.set(!goes_on);
        if goes_on {
            // Slices that were under way end.
            self.round.update(|round| *round += 1);
            self.look(self.round.get_untracked(), None);
        }
    }

    /// What stops a search, as long as there is something to be stopped.
    fn stopper(self, search: fn(&Sought) -> &Option<Progress>) -> El {
        let looking = Memo::new(move |_| {
            let all = self.list.page.loaded.with(|loaded| loaded.messages);
            self.sought.with(|sought| search(sought).as_ref().is_some_and(|search| search.looked < all))
        });
        el("button")
            .class("button")
            .live_text(move || if self.stopped.get() { "Go on" } else { "Stop" }.to_owned())
            .on_click(move || self.stop())
            .live_flag("hidden", move || !looking.get())
    }

    fn look(self, round: usize, from: Option<usize>) {
        if self.round.get_untracked() != round || self.stopped.get_untracked() {
            return;
        }
        if !self.is_looking() {
            return self.look_elsewhere(round);
        }
        ask(Request::Look { messages: slice() }, move |reply| {
            if self.round.get_untracked() != round {
                return;
            }
            self.show(reply);
            let found = self.sought.with_untracked(|sought| sought.find.as_ref().is_some_and(|find| find.hits > 0));
            let from = match from {
                Some(from) if found => {
                    // Those before it are found first: wait until it was passed.
                    let passed = self
                        .sought
                        .with_untracked(|sought| sought.find.as_ref().is_some_and(|find| find.looked > from));
                    if passed || !self.is_looking() {
                        self.turn(from, true, true);
                        None
                    } else {
                        Some(from)
                    }
                }
                from => from,
            };
            soon(move || self.look(round, from));
        });
    }

    /// Looks whether other connections have it, when this one was looked through.
    fn look_elsewhere(self, round: usize) {
        let is_alone = self.list.page.loaded.with_untracked(|loaded| loaded.connections < 2);
        let is_done = self.elsewhere.with_untracked(|elsewhere| elsewhere.is_done);
        let finds = self.sought.with_untracked(|sought| sought.find.is_some());
        if is_alone || is_done || !finds || self.round.get_untracked() != round || self.stopped.get_untracked() {
            return;
        }
        ask(Request::Elsewhere { messages: slice() }, move |reply| {
            if let (Reply::Elsewhere(elsewhere), true) = (reply, self.round.get_untracked() == round) {
                self.elsewhere.set(elsewhere);
                soon(move || self.look_elsewhere(round));
            }
        });
    }

    /// In which connection was looked, and which others have it: a click goes there.
    fn others(self) -> Vec<El> {
        let page = self.list.page;
        let (own, all) = page.loaded.with(|loaded| (loaded.connection, loaded.connections));
        if all < 2 || self.sought.with(|sought| sought.find.is_none()) {
            return Vec::new();
        }
        let here = el("span").text(&format!("in connection {} of {}; ", grouped(own + 1), grouped(all)));
        let link = |nth: &usize| {
            let nth = *nth;
            el("button").class("link").text(&grouped(nth + 1)).on_click(move || page.connect(nth))
        };
        let told = self.elsewhere.with(|Elsewhere { connections, is_done }| match connections.len() {
            0 if *is_done => vec![el("span").text("no other has it")],
            0 => vec![el("span").text("looking in the others …")],
            count => {
                let mut told = vec![el("span").text("also in ")];
                for nth in connections.iter().take(MOST_OTHERS) {
                    told.extend([link(nth), el("span").text(" ")]);
                }
                let more = count.saturating_sub(MOST_OTHERS);
                let rest = match (more, is_done) {
                    (0, true) => String::new(),
                    (0, false) => "…".to_owned(),
                    (more, _) => format!("and {} more", grouped(more)),
                };
                told.push(el("span").text(&rest));
                told
            }
        });
        std::iter::once(here).chain(told).collect()
    }

    fn show(self, reply: Reply) {
        let Reply::Sought(sought) = reply else { return };
        let hits = |search: &Option<Progress>| search.as_ref().map(|search| search.hits);
        let before = self.sought.with_untracked(|sought| [&sought.filter, &sought.find].map(hits));
        let now = [&sought.filter, &sought.find].map(hits);
        let is_text = sought.find.as_ref().is_some_and(|find| find.understood == "text");
        let words = self.text.with_untracked(|text| if is_text { text.trim().to_lowercase() } else { String::new() });
        if self.list.words.with_untracked(|old| *old != words) {
            self.list.words.set(words);
        }
        self.list.hits.set(sought.find.as_ref().map_or(0, |find| find.hits));
        self.sought.set(sought);
        match () {
            () if before[0] != now[0] => self.list.refresh(),
            () if before[1] != now[1] => self.list.mark(),
            () => {}
        }
    }

    fn is_looking(self) -> bool {
        let all = self.list.page.loaded.with_untracked(|loaded| loaded.messages);
        self.sought.with_untracked(|sought| {
            [&sought.find, &sought.filter].into_iter().flatten().any(|search| search.looked < all)
        })
    }

    /// Turns to the next of what was found, or to the last.
    pub(crate) fn step(self, forward: bool) {
        self.turn(self.now(), forward, self.hit.with_untracked(Option::is_none));
    }

    fn turn(self, number: usize, forward: bool, here: bool) {
        let page = self.list.page;
        ask(Request::Hit { number, forward, here }, move |reply| {
            let Reply::Hit(hit) = reply else { return };
            self.hit.set(Some(hit));
            page.turn_to(hit.number);
            let Some((start, end)) = hit.bytes else { return };
            ask(Request::Byte { number: hit.number, at: start }, move |reply| {
                if let Reply::Place(mut place) = reply {
                    (place.start, place.end) = (start, end);
                    page.pinned.set(Some(*place));
                    // A part of a field, too, is seen among the bytes.
                    page.range.set(Some((start, end.saturating_sub(1))));
                }
            });
        });
    }
}

/// What is just being shown has the focus once it is shown, and before the next key.
pub(crate) fn focus(id: &'static str) {
    // Behind the effects that show it, which wait in the same queue.
    spawn_local(async move { by_id(id).into_iter().for_each(|element| element.focus()) });
}

fn input(id: &str, label: &str, hint: &str) -> El {
    el("input")
        .class("field-input")
        .attr("id", id)
        .attr("type", "search")
        .attr("aria-label", label)
        .attr("placeholder", hint)
        .attr("autocomplete", "off")
        .attr("spellcheck", "false")
}

pub(crate) fn icon(label: &str, sign: &str) -> El {
    el("button").class("button icon").attr("aria-label", label).attr("title", label).text(sign)
}

/// How far a search is, where that is worth saying.
fn so_far(looked: usize, all: usize) -> String {
    if looked < all { format!(", {} % searched", looked * 100 / all.max(1)) } else { String::new() }
}

/// The bar in which one types what to find.
pub(crate) fn bar(seek: Seek) -> El {
    let page = seek.list.page;
    let text = input("find-text", "Find in the exchange", "name, text, value or hex: ?? 00 51");
    let typed = text.clone();
    let text = text
        .on("input", move |_: Event| {
            seek.text.set(typed.of::<HtmlInputElement>().value());
            seek.begin_find(Some(seek.origin.get_untracked()));
        })
        .on("keydown", move |event: KeyboardEvent| match event.key().as_str() {
            "Enter" => {
                event.prevent_default();
                seek.step(!event.shift_key());
            }
            "Escape" => seek.close_find(),
            _ => {}
        });
    effect(move || {
        if seek.finding.get() {
            focus("find-text");
        }
    });
    on_window("keydown", move |event: KeyboardEvent| {
        if event.key() == "F3" && seek.finding.get_untracked() {
            event.prevent_default();
            seek.step(!event.shift_key());
        }
    });
    // Another input is searched afresh.
    effect(move || {
        page.revision.track();
        if seek.text.with_untracked(|text| !text.is_empty()) {
            seek.begin_find(None);
        }
    });
    // The field shows what is looked for.
    let shown = text.clone();
    effect(move || {
        let text = seek.text.get();
        if shown.of::<HtmlInputElement>().value() != text {
            shown.of::<HtmlInputElement>().set_value(&text);
        }
    });
    let all = move || page.loaded.with(|loaded| loaded.messages);
    let count = move || {
        seek.sought.with(|sought| {
            let Some(find) = &sought.find else { return String::new() };
            let so_far = so_far(find.looked, all());
            match seek.hit.get() {
                _ if find.hits == 0 && so_far.is_empty() => "not found".to_owned(),
                Some(hit) => format!("{} of {}{so_far}", grouped(hit.nth + 1), grouped(find.hits)),
                None => format!("{} found{so_far}", grouped(find.hits)),
            }
        })
    };
    let understood = move || match seek.sought.with(|sought| sought.find.as_ref().map(|find| find.understood.clone())) {
        Some(understood) => format!("as {understood}"),
        None => String::new(),
    };
    el("div")
        .class("bar")
        .attr("role", "search")
        .attr("aria-label", "Find")
        .child(text)
        .child(
            el("span")
                .class("chip")
                .live_text(understood)
                .live_flag("hidden", move || seek.sought.with(|sought| sought.find.is_none())),
        )
        .child(el("span").class("bar-count").attr("role", "status").live_text(count))
        .child(seek.stopper(|sought| &sought.find))
        .child(icon("The one before (Shift+Enter)", "↑").on_click(move || seek.step(false)))
        .child(icon("The next (Enter)", "↓").on_click(move || seek.step(true)))
        .child(icon("Close (Esc)", "✕").on_click(move || seek.close_find()))
        .child(el("p").class("bar-note bar-others").attr("role", "status").live(move || seek.others()))
        .live_flag("hidden", move || !seek.finding.get())
}

/// The bar in which one says what is to be shown.
pub(crate) fn filter(seek: Seek) -> El {
    let page = seek.list.page;
    let set = move |part: usize, value: String| {
        seek.filter.update(|filter| filter.get_mut(part).into_iter().for_each(|old| old.clone_from(&value)));
        seek.begin_filter();
    };
    let names = RwSignal::new(Vec::new());
    effect(move || {
        page.revision.track();
        if seek.filtering.get() {
            ask(Request::Names, move |reply| {
                if let Reply::Names(found) = reply {
                    names.set(found);
                }
            });
        }
    });
    let is_set = |filter: &[String; 3]| filter.iter().any(|part| !part.is_empty());
    effect(move || match seek.filtering.get() {
        true if !page.filter.with_untracked(is_set) => focus("filter-text"),
        true => {}
        false => seek.show_all(),
    });
    // What a link says is shown; and links say what is shown.
    effect(move || {
        let filter = page.filter.get();
        if seek.filter.with_untracked(|shown| *shown != filter) {
            seek.filter.set(filter);
            seek.begin_filter();
        }
    });
    effect(move || {
        let filter = seek.filter.get();
        if page.filter.with_untracked(|said| *said != filter) {
            page.filter.set(filter);
        }
    });
    // What is shown of one input says nothing of another.
    let of = page.inputs.get_untracked();
    effect(move || {
        if page.inputs.get() != of {
            seek.filtering.set(false);
        }
    });
    effect(move || {
        page.revision.track();
        if seek.filter.with_untracked(|filter| filter.iter().any(|part| !part.is_empty())) {
            seek.begin_filter();
        }
    });
    let choice = |value: &str, text: &str, is_chosen: bool| {
        el("option").attr("value", value).text(text).flag("selected", is_chosen)
    };
    let side = Memo::new(move |_| seek.filter.with(|filter| filter[0].clone()));
    let sides = move || {
        let chosen = side.get();
        let both = [("", "both ends"), ("frontend", "frontend"), ("backend", "backend")];
        both.into_iter().map(|(value, text)| choice(value, text, value == chosen)).collect()
    };
    let messages = move || {
        let chosen = seek.filter.with(|filter| filter.clone());
        let [side, chosen, _] = chosen;
        let mut choices = vec![choice("", "all messages", chosen.is_empty())];
        names.with(|names| {
            let of_side = names.iter().filter(|(direction, ..)| side.is_empty() || *direction == side);
            choices.extend(
                of_side.map(|(_, name, count)| choice(name, &format!("{name} ({})", grouped(*count)), *name == chosen)),
            );
        });
        choices
    };
    let select = |id: &str, label: &str, part: usize| {
        let list = el("select").class("button").attr("id", id).attr("aria-label", label);
        let chosen = list.clone();
        list.on("change", move |_: Event| set(part, chosen.of::<HtmlSelectElement>().value()))
    };
    let text = input("filter-text", "Show only messages with", "text, hex, or tag == \"E\" && sqlstate ~ \"^23\"");
    let text = text.attr("list", "filter-next");
    let next = move || {
        let text = seek.filter.with(|filter| filter[2].clone());
        completions(&text).iter().map(|next| el("option").attr("value", next)).collect()
    };
    let next = el("datalist").attr("id", "filter-next").live(next);
    let typed = text.clone();
    let shown = text.clone();
    effect(move || {
        let text = seek.filter.with(|filter| filter[2].clone());
        if shown.of::<HtmlInputElement>().value() != text {
            shown.of::<HtmlInputElement>().set_value(&text);
        }
    });
    let text = text.on("input", move |_: Event| set(2, typed.of::<HtmlInputElement>().value()));
    let count = move || {
        let all = page.loaded.with(|loaded| loaded.messages);
        seek.sought.with(|sought| match &sought.filter {
            Some(filter) if filter.understood.starts_with("letter ") => String::new(),
            Some(filter) => format!("{} of {}{}", grouped(filter.hits), grouped(all), so_far(filter.looked, all)),
            None => "all shown".to_owned(),
        })
    };
    // What of an expression cannot be read, and where.
    let mistake = move || {
        let understood = seek.sought.with(|sought| sought.filter.as_ref().map(|filter| filter.understood.to_string()));
        understood.filter(|understood| understood.starts_with("letter "))
    };
    let is_hidden = move || {
        let filters = seek.sought.with(|sought| sought.filter.is_some());
        let listed = seek.list.listed.get();
        filters && listed.at.is_none() && listed.lines > 0 && page.message.with(Option::is_some)
    };
    el("div")
        .class("bar")
        .attr("role", "search")
        .attr("aria-label", "Filter")
        .child(
            el("div")
                .class("bar-part")
                .child(select("filter-side", "Who sent it, in the list", 0).live(sides))
                .child(select("filter-name", "Which messages", 1).live(messages)),
        )
        .child(
            el("div")
                .class("bar-part")
                .child(text)
                .child(el("span").class("bar-count").attr("role", "status").live_text(count))
                .child(seek.stopper(|sought| &sought.filter))
                .child(icon("Show all (Esc)", "✕").on_click(move || seek.close_filter())),
        )
        .child(
            el("p")
                .class("bar-note")
                .text("The selected message is not among them.")
                .live_flag("hidden", move || !is_hidden() || mistake().is_some()),
        )
        .child(
            el("p")
                .class("bar-note bad")
                .attr("role", "status")
                .live_text(move || mistake().unwrap_or_default())
                .live_flag("hidden", move || mistake().is_none()),
        )
        .child(next)
        .on("keydown", move |event: KeyboardEvent| {
            if event.key() == "Escape" {
                event.stop_propagation();
                seek.close_filter();
            }
        })
        .live_flag("hidden", move || !seek.filtering.get())
}

/// Why the list is empty.
pub(crate) fn nothing(seek: Seek) -> El {
    let page = seek.list.page;
    let is_reading = move || page.progress.with(Option::is_some);
    let words = move || {
        let all = page.loaded.with(|loaded| loaded.messages);
        seek.sought.with(|sought| match &sought.filter {
            Some(filter) if filter.looked < all => "Looking …",
            Some(_) => "No message is like that. Esc in the filter shows all again.",
            None if page.scenario.with(|scenario| !scenario.is_empty()) => "What is played or said stands here.",
            None if is_reading() => "The messages appear here when all is read, or when you stop.",
            None if page.loaded.with(|loaded| !loaded.problems.is_empty()) => {
                "No message could be read. What is in the way is told beside the bytes."
            }
            None => "No message yet: paste bytes, drop a file, or take a sample.",
        })
    };
    // A tree has items only.
    el("p")
        .class("nothing")
        .attr("role", "treeitem")
        .attr("aria-disabled", "true")
        .attr("aria-selected", "false")
        .live_text(move || words().to_owned())
}
