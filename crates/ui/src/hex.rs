//! The bytes of the selected message: one grid, one tab stop, windowed. Enter on a byte begins to change them: digits that
//! are typed do it then, until Esc ends it.

use pgscope_signal::computed::Memo;
use pgscope_signal::signal::RwSignal;
use pgscope_signal::traits::*;
use pgscope_view::Window;
use pgscope_view::engine::{HexLine, Reply, Request, Run};
use web_sys::{Event, KeyboardEvent, MouseEvent};

use crate::ask::{ask, ask_newest};
use crate::dom::{El, Shown, aria, by_id, effect, el, key_of, number_at, px, say, sync};
use crate::goto::{self, Goto};
use crate::hexbar;
use crate::later::{self, Action, Pane, act};
use crate::page::Page;
use crate::print;
use crate::scroll::Scroll;
use crate::shared::Shared;

/// As in inspector.css.
const LINE: f64 = 26.0;
/// The narrowest pane that shows 16 bytes on a line.
const WIDE: f64 = 525.0;

/// What a key says that would change bytes.
const READ_ONLY: &str = "Nothing was changed. Enter on a byte begins to edit, Esc ends it.";

/// Lines, and of what: how often something was loaded, and which message.
#[derive(Clone, Default)]
struct Lines {
    of: (usize, usize),
    lines: Vec<HexLine>,
}

/// What the grid shows.
pub(crate) type Grid = Shared<GridState>;

pub(crate) struct GridState {
    page: Page,
    scroll: Scroll,
    per_line: Memo<usize>,
    length: Memo<usize>,
    window: Memo<Window>,
    lines: RwSignal<Lines>,
    /// The byte that has the focus.
    at: Memo<usize>,
    /// The first digit of a byte that is being typed.
    half: RwSignal<Option<u8>>,
    goto: Goto,
}

pub(crate) fn grid(page: Page) -> El {
    let scroller = el("div").class("hex-scroll").attr("id", "hex").attr("role", "grid").attr("tabindex", "0");
    let scroll = Scroll::new(&scroller);
    let per_line = Memo::new(move |_| if scroll.width() >= WIDE { 16 } else { 8 });
    let length = Memo::new(move |_| page.sheet.with(|sheet| sheet.as_ref().map_or(0, |sheet| sheet.row.length)));
    let window = Memo::new(move |_| scroll.window(length.get().div_ceil(per_line.get()), LINE));
    let at = Memo::new(move |_| page.pinned.with(|place| place.as_ref().map_or(0, |place| place.at)));
    let half = RwSignal::new(None);
    effect(move || {
        if !page.edits.get() {
            half.set(None);
        }
    });
    let goto = Goto::new("hex");
    let grid =
        Grid::of(GridState { page, scroll, per_line, length, window, lines: RwSignal::default(), at, half, goto });
    effect(move || {
        at.track();
        page.revision.track();
        half.set(None);
    });
    let range = Memo::new(move |_| window.get().rows(scroll.top()));
    effect(move || {
        let Some(number) = page.sheet.with(|sheet| sheet.as_ref().map(|sheet| sheet.row.number)) else { return };
        let (range, per_line) = (range.get(), per_line.get());
        ask_newest("hex", Request::Hex { number, from: range.start, to: range.end, per_line }, move |reply| {
            if let Reply::Hex(lines) = reply {
                grid.lines.set(Lines { of: (page.revision.get_untracked(), number), lines });
            }
        });
    });
    effect(move || {
        if let Some(place) = page.pinned.get() {
            scroll.reveal(window.get_untracked(), place.at / per_line.get_untracked());
        }
    });
    let active = move || range.get().contains(&(at.get() / per_line.get())).then(|| format!("byte-{}", at.get()));
    let scroller = scroller
        .attr("aria-label", "Bytes of the message")
        .live_attr("aria-readonly", move || aria(!page.edits.get()))
        .live_attr("aria-rowcount", move || Some(window.get().count.to_string()))
        .live_attr("aria-activedescendant", active)
        .child(track(grid));
    let ruler = el("div").class("hex-ruler").attr("aria-hidden", "true").live(move || ruler(per_line.get()));
    el("div")
        .class("hex")
        .live_flag("data-narrow", move || per_line.get() == 8)
        .live_flag("data-edits", move || page.edits.get())
        .child(ruler)
        .child(listening(grid, scroller))
        .child(print::place(move |place| act(Action::PrintBytes(grid, place))))
        .child(later::pane(Pane::GoToByte(page, goto), move || goto.open.get()))
        .child(hexbar::bar(page))
}

/// The bar for an offset in the message.
pub(crate) fn go_to(page: Page, goto: Goto) -> El {
    goto::bar(goto, "hex-goto-text", "offset in this message: 28 or 0x1c", Vec::new(), move |to| {
        let within = page.message.get_untracked();
        ask(Request::Goto { to, direction: String::new(), within }, move |reply| match reply {
            Reply::Refused(why) => goto.problem.set(why),
            Reply::Place(place) => {
                page.pinned.set(Some(*place));
                goto.close();
            }
            _ => {}
        });
    })
}

/// All lines, as far as paper is patient.
pub(crate) fn print(grid: Grid, place: El) {
    let (Some(number), per_line) = (grid.page.message.get_untracked(), grid.per_line.get_untracked()) else { return };
    let left = grid.window.get_untracked().count.saturating_sub(print::LINES);
    ask(Request::Hex { number, from: 0, to: print::LINES, per_line }, move |reply| {
        if let Reply::Hex(lines) = reply {
            print::fill(&place, "", lines.iter().map(|line| one_line(line, per_line, &mut Vec::new())).collect(), left);
        }
    });
}

fn listening(grid: Grid, scroller: El) -> El {
    let page = grid.page;
    let byte = move |event: &Event| {
        Some(Request::Byte { number: page.message.get_untracked()?, at: number_at(event, "data-at")? })
    };
    scroller
        .on("mouseover", move |event: MouseEvent| match byte(&event) {
            Some(Request::Byte { number, at }) if event.buttons() == 1 => page.extend(number, grid.anchor(), at),
            Some(request) => page.hover(request),
            None => page.unhover(),
        })
        .on("mousedown", move |event: MouseEvent| {
            if let Some(Request::Byte { number, at }) = byte(&event).filter(|_| event.button() == 0) {
                match event.shift_key() {
                    true => page.extend(number, grid.anchor(), at),
                    false => page.pin(Request::Byte { number, at }),
                }
            }
        })
        .on("mouseleave", move |_: Event| page.unhover())
        .on("keydown", move |event: KeyboardEvent| key(grid, &event))
}

fn track(grid: Grid) -> El {
    let GridState { page, scroll, per_line, window, lines, at, .. } = *grid;
    let slab = el("div").class("slab").attr("role", "presentation");
    let cursor = el("div")
        .class("hex-cursor")
        .attr("role", "presentation")
        .live_flag("hidden", move || page.pinned.with(Option::is_none))
        .live_text(move || grid.half.get().map(|half| format!("{half:x}_")).unwrap_or_default())
        .live_flag("data-half", move || grid.half.get().is_some())
        .live_flag("data-second", move || at.get() % per_line.get() >= 8);
    let track = scroll.track().child(slab.clone()).child(cursor.clone());
    draw(grid, &slab);
    mark(grid);
    effect(move || {
        let (window, top, per_line, at) = (window.get(), scroll.top(), per_line.get(), at.get());
        let line = |line: Option<&HexLine>| line.map_or(0, |line| line.at / per_line);
        let drawn = lines.with(|shown| line(shown.lines.first())..line(shown.lines.last()) + 1);
        scroll.grow(window);
        slab.set_style("top", &px(scroll.slab_top(window, drawn)));
        cursor.set_style("top", &px(window.place(top, at / per_line)));
        cursor.set_style("--column", &(at % per_line).to_string());
    });
    track
}

fn ruler(per_line: usize) -> Vec<El> {
    let cells =
        (0..per_line).map(|at| el("span").class("cell").flag("data-second", at == 8).text(&format!("{at:02x}")));
    std::iter::once(el("span").class("hex-offset")).chain(cells).collect()
}

/// A run that is drawn, and which bytes it has.
type Drawn = (usize, usize, El);

/// Keeps the lines, and lights their runs.
fn draw(grid: Grid, slab: &El) {
    let GridState { page, per_line, lines, .. } = *grid;
    let mut shown: Shown<(usize, usize, usize, usize)> = Vec::new();
    let mut runs: Vec<Drawn> = Vec::new();
    let slab = slab.clone();
    effect(move || {
        let (pinned, hovered) = page.lights();
        lines.with(|Lines { of, lines }| {
            let (revision, number) = *of;
            let per_line = per_line.get_untracked();
            let keys: Vec<_> = lines.iter().map(|line| (revision, number, line.at, line.bytes.len())).collect();
            let (first, end) =
                (lines.first().map_or(0, |line| line.at), lines.last().map_or(0, |line| line.at + line.bytes.len()));
            let is_same = shown.first().is_some_and(|(key, _)| (key.0, key.1) == (revision, number));
            runs.retain(|(start, to, _)| is_same && *start >= first && *to <= end);
            sync(&slab, &mut shown, &keys, |at| {
                lines.get(at).map_or_else(|| el("div"), |line| one_line(line, per_line, &mut runs))
            });
        });
        for (start, end, run) in &runs {
            let is_in = |place: &Option<_>| is_between((*start, *end), place, |place| (place.start, place.end));
            let lit = match () {
                () if is_in(&pinned) => Some("pinned"),
                () if is_in(&hovered) => Some("hovered"),
                () if is_between((*start, *end), &hovered, |place| place.around) => Some("around"),
                () => None,
            };
            run.set("data-lit", lit);
        }
    });
}

/// Marks the cells that are selected.
fn mark(grid: Grid) {
    let mut marked: Vec<El> = Vec::new();
    effect(move || {
        let shown = grid.lines.with(|Lines { lines, .. }| {
            let (first, last) = (lines.first()?, lines.last()?);
            Some(first.at..last.at + last.bytes.len())
        });
        marked.drain(..).for_each(|cell| cell.set("aria-selected", None));
        let (Some(shown), Some((from, at))) = (shown, grid.page.range.get()) else { return };
        let (first, last) = (from.min(at).max(shown.start), from.max(at).min(shown.end));
        marked = (first..=last).filter_map(|at| by_id(&format!("byte-{at}"))).collect();
        marked.iter().for_each(|cell| cell.set("aria-selected", Some("true")));
    });
}

impl Grid {
    /// Where a selection begins.
    fn anchor(self) -> usize {
        self.page.range.get_untracked().map_or_else(|| self.at.get_untracked(), |(from, _)| from)
    }

    /// A digit of the byte that has the focus: the second writes it.
    fn digit(self, number: usize, digit: u8) {
        let at = self.at.get_untracked();
        let Some(half) = self.half.get_untracked() else { return self.half.set(Some(digit)) };
        self.half.set(None);
        let byte = half * 16 + digit;
        let request = Request::Write { number, start: at, end: at + 1, bytes: vec![byte] };
        let said = format!("Byte 0x{at:02x} is {byte:02x} now");
        act(Action::Write(self.page.editor(), request, said, (number, at + 1)));
    }

    /// Keys that change bytes. Gives whether this was one.
    fn edit(self, number: usize, event: &KeyboardEvent) -> bool {
        let key = event.key();
        let is_digit = digit(&key).is_some();
        let page = self.page;
        if page.pinned.with_untracked(Option::is_none) {
            return false;
        }
        match key.as_str() {
            "Enter" => page.edits.update(|edits| *edits = !*edits),
            "Escape" if page.edits.get_untracked() => match self.half.get_untracked() {
                Some(_) => self.half.set(None),
                None => page.edits.set(false),
            },
            "Delete" | "Backspace" | "Insert" => self.type_key(number, key),
            _ if is_digit => self.type_key(number, key),
            _ => return false,
        }
        true
    }

    fn type_key(self, number: usize, key: String) {
        match self.page.edits.get_untracked() {
            true => act(Action::ChangeBytes(self, number, key)),
            false => say(READ_ONLY),
        }
    }

    /// What a key does that changes bytes.
    pub(crate) fn change(self, number: usize, key: &str) {
        let (page, at) = (self.page, self.at.get_untracked());
        match (key, digit(key)) {
            (_, Some(digit)) => self.digit(number, digit as u8),
            ("Delete", _) => hexbar::delete(page, number, self.selected()),
            ("Backspace", _) if self.half.get_untracked().is_some() => self.half.set(None),
            ("Backspace", _) if page.range.get_untracked().is_some() => hexbar::delete(page, number, self.selected()),
            ("Backspace", _) => {
                if let Some(before) = at.checked_sub(1) {
                    hexbar::delete(page, number, (before, at));
                }
            }
            ("Insert", _) => hexbar::insert(page, number, at, vec![0]),
            _ => {}
        }
    }

    fn selected(self) -> (usize, usize) {
        let at = self.at.get_untracked();
        self.page.range.get_untracked().map_or((at, at + 1), |(from, at)| (from.min(at), from.max(at) + 1))
    }
}

fn digit(key: &str) -> Option<u32> {
    key.chars().next().filter(|_| key.len() == 1).and_then(|letter| letter.to_digit(16))
}

fn is_between(
    (start, end): (usize, usize),
    place: &Option<pgscope_view::engine::Place>,
    which: fn(&pgscope_view::engine::Place) -> (usize, usize),
) -> bool {
    // What is around everything is no news.
    place.as_ref().map(which).is_some_and(|(from, to)| from <= start && end <= to && (from > 0 || to == end))
}

fn one_line(line: &HexLine, per_line: usize, runs: &mut Vec<Drawn>) -> El {
    let at = line.at;
    let text: String =
        line.bytes.iter().map(|byte| if matches!(byte, 0x20..0x7f) { *byte as char } else { '·' }).collect();
    let rest = per_line.saturating_sub(line.bytes.len());
    let drawn: Vec<El> = line.runs.iter().map(|run| one_run(run, line)).collect();
    runs.extend(line.runs.iter().zip(&drawn).map(|(run, element)| (run.start, run.end, element.clone())));
    let blank = el("span")
        .class("hex-rest")
        .attr("role", "presentation")
        .flag("data-second", rest >= 8 && per_line == 16)
        .style("--rest", &rest.to_string());
    el("div")
        .class("hex-line")
        .attr("role", "row")
        .attr("aria-rowindex", &(at / per_line + 1).to_string())
        .child(el("span").class("hex-offset").attr("role", "rowheader").text(&format!("{at:04x}")))
        .children(drawn)
        .child(blank)
        .child(el("span").class("hex-text").attr("role", "presentation").text(&text))
}

/// The bytes of one field on one line. Where they run across the middle of the line, the gap is theirs.
fn one_run(run: &Run, line: &HexLine) -> El {
    let cells = (run.start..run.end).map(|at| {
        let byte = line.bytes.get(at - line.at).copied().unwrap_or_default();
        let second = (at - line.at == 8).then_some(if at > run.start { "inside" } else { "" });
        let cell = el("span").class("cell").attr("role", "gridcell").attr("id", &format!("byte-{at}"));
        cell.set("data-second", second);
        cell.attr("data-at", &at.to_string()).text(&format!("{byte:02x}"))
    });
    el("span")
        .class("run")
        .attr("role", "presentation")
        .attr("data-role", &run.role)
        .flag("data-from-before", run.from_before)
        .flag("data-goes-on", run.goes_on)
        .flag("data-bad", run.bad)
        .children(cells.collect())
}

fn key(grid: Grid, event: &KeyboardEvent) {
    let GridState { page, per_line, window, length, .. } = *grid;
    let (per_line, window) = (per_line.get_untracked(), window.get_untracked());
    let (Some(number), Some(last)) = (page.message.get_untracked(), length.get_untracked().checked_sub(1)) else {
        return;
    };
    let command = event.ctrl_key() || event.meta_key();
    match key_of(event).as_str() {
        "a" if command => {
            event.prevent_default();
            return page.extend(number, 0, last);
        }
        "c" if command => {
            event.prevent_default();
            return act(Action::CopyBytes(page, "hex".to_owned()));
        }
        "g" if command => {
            event.prevent_default();
            return grid.goto.open.set(true);
        }
        _ if !command && !event.alt_key() && grid.edit(number, event) => {
            // Not what is pinned is to be released.
            event.stop_propagation();
            return event.prevent_default();
        }
        _ => {}
    }
    let now = page.pinned.with_untracked(|place| place.as_ref().map(|place| place.at));
    let screen = per_line * ((window.view / window.row) as usize).max(1);
    let at = now.unwrap_or(0);
    let wanted = match (event.key().as_str(), command) {
        ("ArrowRight", _) if now.is_none() => 0,
        ("ArrowRight", _) => at + 1,
        ("ArrowLeft", _) => at.saturating_sub(1),
        ("ArrowDown", _) if at + per_line > last => at,
        ("ArrowDown", _) => at + per_line,
        ("ArrowUp", _) => at.checked_sub(per_line).unwrap_or(at),
        ("PageDown", _) => at + screen,
        ("PageUp", _) => at.saturating_sub(screen),
        ("Home", true) => 0,
        ("End", true) => last,
        ("Home", false) => at - at % per_line,
        ("End", false) => at - at % per_line + per_line - 1,
        _ => return,
    };
    event.prevent_default();
    match event.shift_key() && now.is_some() {
        true => page.extend(number, grid.anchor(), wanted.min(last)),
        false => page.pin(Request::Byte { number, at: wanted.min(last) }),
    }
}
