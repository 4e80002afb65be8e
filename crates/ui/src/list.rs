//! The list of messages, windowed: which lines are shown, which of them the keyboard is on, and what is folded.
//!
//! It is a tree to assistive software, because lines open and fold; it is one tab stop.

use std::cell::Cell;

use pgscope_signal::computed::Memo;
use pgscope_signal::owner::StoredValue;
use pgscope_signal::signal::RwSignal;
use pgscope_signal::traits::*;
use pgscope_view::Window;
use pgscope_view::engine::{Fold, Folding, Kind, Line, Listed, Pair, Reply, Request, Spot};
use web_sys::{KeyboardEvent, MouseEvent};

use crate::ask::{ask, ask_newest};
use crate::dom::{El, Shown, effect, el, grouped, key_of, number_at, px, sync};
use crate::later::{self, Action, Pane, act};
use crate::line::{bands, id, one_line};
use crate::page::Page;
use crate::print;
use crate::scroll::Scroll;
use crate::shared::Shared;

/// How tall a line is, as in exchange.css.
pub(crate) const ROW: f64 = 34.0;

/// The keys that do something in it, see rows.rs.
const KEYS: [&str; 13] = [
    "ArrowDown",
    "ArrowUp",
    "PageDown",
    "PageUp",
    "Home",
    "End",
    "ArrowRight",
    "ArrowLeft",
    "[",
    "]",
    " ",
    "Enter",
    "Escape",
];

/// What the list shows.
pub(crate) type List = Shared<ListState>;

pub(crate) struct ListState {
    pub(crate) page: Page,
    pub(crate) listed: RwSignal<Listed>,
    /// Grows whenever lines have changed.
    pub(crate) shape: RwSignal<usize>,
    /// The first line that is seen.
    seen: StoredValue<usize>,
    /// The line that the keyboard is on.
    pub(crate) cursor: RwSignal<(Spot, usize)>,
    /// The lines that are selected together: where that began, and where it is now.
    pub(crate) chosen: RwSignal<Option<(usize, usize)>>,
    /// The request and the answers that the selected message belongs to.
    pub(crate) pair: RwSignal<Option<Pair>>,
    /// The words that are looked for, in small letters: they are marked where they are seen.
    pub(crate) words: RwSignal<String>,
    /// How many messages have it.
    pub(crate) hits: RwSignal<usize>,
}

impl List {
    pub(crate) fn new(page: Page) -> Self {
        let list = Self::of(ListState {
            page,
            listed: RwSignal::default(),
            shape: RwSignal::default(),
            seen: StoredValue::new(0),
            cursor: RwSignal::default(),
            chosen: RwSignal::default(),
            pair: RwSignal::default(),
            words: RwSignal::default(),
            hits: RwSignal::default(),
        });
        effect(move || {
            page.revision.track();
            let number = page.message.get();
            if page.loaded.with_untracked(|loaded| loaded.messages) == 0 {
                // Not what was there before, while a large input is read.
                list.listed.set(Listed::default());
            }
            list.ask_for(Spot { number: number.unwrap_or(0), kind: Kind::Message }, Folding::Reveal);
            list.pair.set(None);
            let Some(number) = number else { return };
            ask(Request::Pair(number), move |reply| {
                if let Reply::Pair(pair) = reply
                    && page.message.get_untracked() == Some(number)
                {
                    list.pair.set(Some(*pair));
                }
            });
        });
        // Folded lines tell how many problems are in them.
        let problems = Memo::new(move |_| page.checked.get().problems);
        effect(move || {
            problems.track();
            list.mark();
        });
        list
    }

    /// What lines say about their messages is told anew.
    pub(crate) fn mark(self) {
        self.shape.update(|shape| *shape += 1);
    }

    pub(crate) fn ask_for(self, spot: Spot, folding: Folding) {
        ask(Request::Fold { spot, folding }, move |reply| {
            let Reply::Listed(listed) = reply else { return };
            if let Some(at) = listed.at {
                self.cursor.set((listed.spot, at));
            }
            // Other lines stand there now.
            if self.listed.get_untracked().lines != listed.lines {
                self.chosen.set(None);
            }
            self.listed.set(listed);
            self.shape.update(|shape| *shape += 1);
        });
    }

    /// The lines are others now.
    pub(crate) fn refresh(self) {
        self.ask_for(self.cursor.get_untracked().0, Folding::Nothing);
    }

    /// The line that the keyboard is on.
    pub(crate) fn line(self) -> usize {
        self.cursor.get_untracked().1
    }

    pub(crate) fn turn(self, line: &Line) {
        if let Some(fold) = &line.fold {
            self.ask_for(spot(line), Folding::Set(!fold.open));
        }
    }

    fn key(self, window: Window, event: &KeyboardEvent) {
        let (key, shift) = (key_of(event), event.shift_key());
        let is_ours = match event.ctrl_key() || event.meta_key() {
            true => !shift && matches!(&*key, "a" | "c"),
            false => KEYS.contains(&&*key),
        };
        if !is_ours || event.alt_key() || window.count == 0 {
            return;
        }
        // What is pinned is released by that, too.
        if key != "Escape" {
            event.prevent_default();
        }
        act(Action::ListKey(self, window, key, shift));
    }

    fn click(self, lines: &[Line], event: &MouseEvent) {
        if let Some(number) = number_at(event, "data-problem") {
            self.page.select(Some(number));
            return self.page.show_message();
        }
        let row = number_at(event, "data-row");
        let clicked = lines.iter().find(|line| match row {
            Some(number) => spot(line) == Spot { number, kind: Kind::Message },
            None => number_at(event, "data-line") == Some(line.line),
        });
        let Some(line) = clicked else { return };
        if event.shift_key() {
            return act(Action::SelectTo(self, line.line));
        }
        self.chosen.set(None);
        match row {
            Some(_) => {
                self.page.select(row);
                self.page.show_message();
            }
            None => self.turn(line),
        }
    }
}

pub(crate) fn spot(line: &Line) -> Spot {
    Spot { number: line.row.number, kind: line.fold.as_ref().map_or(Kind::Message, |fold| fold.kind) }
}

/// The list itself; `nothing` says why it is empty.
pub(crate) fn tree(list: List, nothing: El) -> El {
    let page = list.page;
    let element = el("div")
        .class("rows")
        .attr("id", "messages")
        .attr("role", "tree")
        .attr("aria-label", "Messages")
        .attr("aria-multiselectable", "true")
        .attr("tabindex", "0");
    let scroll = Scroll::new(&element);
    let window = Memo::new(move |_| scroll.window(list.listed.get().lines, ROW));
    let range = Memo::new(move |_| window.get().rows(scroll.top()));
    let found = RwSignal::new(Vec::<Line>::new());
    effect(move || {
        page.revision.track();
        list.shape.track();
        let range = range.get();
        list.seen.set_value((scroll.top() * window.get().scale() / ROW) as usize);
        if range.is_empty() {
            return found.set(Vec::new());
        }
        ask_newest("lines", Request::Lines { from: range.start, to: range.end }, move |reply| {
            if let Reply::Lines(lines) = reply {
                found.set(lines);
            }
        });
    });
    // Also when the list gets a height.
    effect(move || scroll.reveal(window.get(), list.cursor.get().1));
    let bands = el("div").class("bands").attr("aria-hidden", "true").live(move || found.with(|lines| bands(lines)));
    let slab = el("div").class("slab").attr("role", "presentation").child(bands);
    draw(list, &slab, found);
    let placed = slab.clone();
    effect(move || {
        let drawn =
            found.with(|lines| lines.first().map_or(0, |line| line.line)..lines.last().map_or(0, |line| line.line + 1));
        placed.set_style("top", &px(scroll.slab_top(window.get(), drawn)));
    });
    let track = scroll.track().child(slab);
    effect(move || scroll.grow(window.get()));
    let is_marked = move || {
        let all = page.loaded.with(|loaded| loaded.errors) + page.checked.get().problems + list.hits.get();
        page.begun.get() && all > 0
    };
    let active = move || {
        let (cursor, _) = list.cursor.get();
        let is_drawn = found.with(|lines| lines.iter().any(|line| spot(line) == cursor));
        is_drawn.then(|| id(cursor))
    };
    let element = element
        .child(track)
        .child(nothing.live_flag("hidden", move || list.listed.get().lines > 0))
        .live_attr("aria-activedescendant", active)
        .on("click", move |event: MouseEvent| found.with_untracked(|lines| list.click(lines, &event)))
        .on("keydown", move |event: KeyboardEvent| list.key(window.get_untracked(), &event));
    el("div").class("list").child(element).child(later::pane(Pane::Map(list), is_marked))
}

/// Prints the list, folded and filtered as it is on the screen: as many lines as paper is patient for, from the first that
/// is seen on. `filter` says which messages are shown, where these are not all.
pub(crate) fn print(list: List, filter: &str, place: El) {
    let all = list.listed.get_untracked().lines;
    let from = list.seen.get_value().min(all.saturating_sub(print::LINES));
    let to = all.min(from + print::LINES);
    let cut = if to - from < all {
        let [from, to, all] = [from + 1, to, all].map(grouped);
        format!("Lines {from} to {to} of {all}, folded as on the screen, from the first that is seen there on. ")
    } else {
        String::new()
    };
    let head = [&cut, filter].concat();
    ask(Request::Lines { from, to }, move |reply| {
        if let Reply::Lines(lines) = reply {
            print::fill(&place, &head, lines.iter().map(|line| one_line(line, "")).collect(), all - to);
        }
    });
}

/// Marks a line whose message has this number.
pub(crate) type Mark = fn(Page, &El, usize);

thread_local! {
    /// What else is marked: see `rows::also_mark`.
    pub(crate) static MARKS: Cell<Option<Mark>> = const { Cell::new(None) };
}

/// Keeps the lines, and says which is selected, pointed at, and paired.
fn draw(list: List, slab: &El, found: RwSignal<Vec<Line>>) {
    let page = list.page;
    let mut shown: Shown<(usize, Spot, [usize; 7])> = Vec::new();
    let slab = slab.clone();
    // Where something was found, it is drawn anew when something else is looked for.
    let mut marked = (0, String::new());
    effect(move || {
        let selected = page.message.get();
        let hovered = page.hovered.with(|place| place.as_ref().map(|place| place.number));
        let (cursor, pair) = (list.cursor.get().0, list.pair.get());
        let chosen = list.chosen.get().map(|(from, to)| from.min(to)..=from.max(to));
        let words = list.words.get();
        page.marked.track();
        let marks = MARKS.get();
        if marked.1 != words {
            marked = (marked.0 + 1, words);
        }
        found.with(|lines| {
            let revision = page.revision.get_untracked();
            let keys: Vec<_> = lines.iter().map(|line| (revision, spot(line), about(line, marked.0))).collect();
            sync(&slab, &mut shown, &keys, |at| {
                lines.get(at).map_or_else(|| el("div"), |line| one_line(line, &marked.1))
            });
            for (line, (_, element)) in lines.iter().zip(&shown) {
                let spot = spot(line);
                let is_selected = spot.kind == Kind::Message && selected == Some(spot.number);
                let is_chosen = chosen.as_ref().is_some_and(|chosen| chosen.contains(&line.line));
                let is_selected = is_selected || is_chosen;
                if let Some(mark) = marks {
                    mark(page, element, spot.number);
                }
                element.set("data-chosen", is_chosen.then_some(""));
                element.set("aria-selected", Some(if is_selected { "true" } else { "false" }));
                element.set("data-cursor", (spot == cursor).then_some(""));
                let holds =
                    |fold: &Fold| !fold.open && selected.is_some_and(|number| (spot.number..fold.to).contains(&number));
                element.set("data-holds", line.fold.as_ref().is_some_and(holds).then_some(""));
                element.set("data-hovered", (hovered == Some(spot.number) && !is_selected).then_some(""));
                let part = pair.as_ref().and_then(|pair| part(line, pair));
                element.set("data-pair", part);
            }
        });
    });
}

/// What of a line may change while it stays the same.
fn about(line: &Line, search: usize) -> [usize; 7] {
    let fold = line.fold.as_ref().map_or((0, 0), |fold| (1 + usize::from(fold.open), fold.problems));
    // Which search, and how much of it.
    let found = if line.found > 0 { line.found + (search << 16) } else { 0 };
    [line.line, line.position, line.siblings, fold.0, fold.1, usize::from(line.row.begins), found]
}

/// Which part of the bracket between a request and its answers a line has.
fn part(line: &Line, pair: &Pair) -> Option<&'static str> {
    let (from, to) = (line.row.number, line.fold.as_ref().map_or(line.row.number + 1, |fold| fold.to));
    let (request, last) = (pair.request.number, pair.last.number);
    if line.fold.as_ref().is_some_and(|fold| fold.open) {
        return (from > request && from <= last).then_some("through");
    }
    match () {
        // All of it is folded here.
        () if from == request && last < to => None,
        () if from == request => Some("request"),
        () if (from..to).contains(&last) => Some("last"),
        () if from < request || from > last => None,
        () if line.row.answers == Some(request) => Some("answer"),
        () => Some("through"),
    }
}
