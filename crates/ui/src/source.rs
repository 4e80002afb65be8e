//! The characters that the lit bytes were read from, marked behind the text that is edited.
//!
//! A text area cannot mark ranges. Behind it lie the marked lines alone, in the same type at the same place, their
//! characters invisible.

use pgscope_signal::computed::Memo;
use pgscope_signal::owner::{LocalStorage, StoredValue};
use pgscope_signal::signal::RwSignal;
use pgscope_signal::traits::*;
use pgscope_view::engine::{InputProblem, MarkedLine, Place, Reply, Request};
use web_sys::{Element, Event, HtmlTextAreaElement, MouseEvent};

use crate::ask::ask_newest;
use crate::dom::{El, effect, el, on_resize, px};
use crate::later::{self, Pane};
use crate::page::Page;
use crate::shared::Shared;

/// As in input.css.
const LINE: f64 = 20.0;
pub(crate) const PADDING: (f64, f64) = (16.0, 12.0);
/// How many characters the measure has.
const MEASURED: usize = 50;

/// What is seen of the text.
#[derive(Clone, Copy, Default, PartialEq)]
struct View {
    top: f64,
    left: f64,
    height: f64,
}

/// What is seen of the text, and what the pointer and the caret point at in it.
pub(crate) type Source = Shared<SourceState>;

pub(crate) struct SourceState {
    page: Page,
    area: StoredValue<El, LocalStorage>,
    measure: StoredValue<El, LocalStorage>,
    seen: RwSignal<View>,
    /// Whether the text was pasted, and not touched since: the caret is at its end, where nobody looks.
    is_pasted: RwSignal<bool>,
    last: RwSignal<Option<(usize, usize)>>,
}

/// The layer of marks for a text area.
pub(crate) fn marks(page: Page, area: &El) -> El {
    let measure = el("span").class("measure").text(&"0".repeat(MEASURED));
    let source = Source::of(SourceState {
        page,
        area: StoredValue::new_local(area.clone()),
        measure: StoredValue::new_local(measure.clone()),
        seen: RwSignal::default(),
        is_pasted: RwSignal::default(),
        last: RwSignal::default(),
    });
    on_resize(area, move || source.scrolled());
    area.clone()
        .on("scroll", move |_: Event| source.scrolled())
        .on("mousemove", move |event: MouseEvent| source.hover(&event))
        .on("mouseleave", move |_: Event| source.leave())
        .on("click", move |_: Event| source.caret())
        .on("paste", move |_: Event| source.is_pasted.set(true))
        .on("keydown", move |_: Event| source.is_pasted.set(false))
        .on("mousedown", move |_: Event| source.is_pasted.set(false));
    source.follow();
    let found = source.marked();
    let lines = move || {
        let View { top, left, .. } = source.seen.get();
        found.with(|lines| lines.iter().map(|line| one_line(line, top, left)).collect())
    };
    el("div")
        .class("marks")
        .attr("aria-hidden", "true")
        .live_flag("data-whole", move || page.lit().is_none())
        .child(measure)
        .child(el("div").live(lines))
        .child(later::pane(Pane::Unread(source), move || page.loaded.with(|loaded| !loaded.problems.is_empty())))
}

/// The marks of what could not be read.
pub(crate) fn unread(source: Source) -> El {
    let page = source.page;
    let wrong = move || {
        let View { top, left, height } = source.seen.get();
        page.revision.track();
        page.loaded.with(|loaded| {
            let problems = loaded.problems.iter();
            let seen = problems.filter(|problem| {
                let at = problem.row as f64 * LINE - top;
                (-2.0 * LINE..height).contains(&at)
            });
            seen.map(|problem| one_line(&source.wrong(problem), top, left)).collect()
        })
    };
    el("div").class("wrong").live(wrong)
}

impl Source {
    fn view(self) -> View {
        self.area.with_value(|area| {
            let area = area.of::<Element>();
            let (top, left) = (f64::from(area.scroll_top()), f64::from(area.scroll_left()));
            View { top, left, height: f64::from(area.client_height()) }
        })
    }

    fn scrolled(self) {
        let now = self.view();
        if now != self.seen.get_untracked() {
            self.seen.set(now);
        }
    }

    /// Lights what was read from the characters under the pointer.
    fn hover(self, event: &MouseEvent) {
        self.page.hover_cell(self.last, self.cell(event));
    }

    fn leave(self) {
        self.last.set(None);
        self.page.unhover();
    }

    /// Pins what was read from the characters at the caret.
    fn caret(self) {
        let (start, end) = self.area.with_value(|area| {
            let area = area.of::<HtmlTextAreaElement>();
            (area.selection_start().ok().flatten(), area.selection_end().ok().flatten())
        });
        if let Some(at) = start.filter(|_| start == end) {
            self.page.pin(Request::AtText(at as usize));
        }
    }

    /// What could not be read, in its line.
    fn wrong(self, problem: &InputProblem) -> MarkedLine {
        let line = self.page.editor().line(problem.row);
        let letters = |from: usize, count: usize| line.chars().skip(from).take(count).collect::<String>();
        let before = problem.column.saturating_sub(1);
        let pieces = vec![letters(0, before), letters(before, problem.end.saturating_sub(problem.start).max(1))];
        MarkedLine { line: problem.row, pieces }
    }

    /// The line and column under the pointer.
    fn cell(self, event: &MouseEvent) -> Option<(usize, usize)> {
        let width = self.letter();
        let bounds = self.area.with_value(|area| area.of::<Element>().get_bounding_client_rect());
        let View { top, left, .. } = self.view();
        let x = f64::from(event.client_x()) - bounds.left() - PADDING.0 + left;
        let y = f64::from(event.client_y()) - bounds.top() - PADDING.1 + top;
        (x >= 0.0 && y >= 0.0 && width > 0.0).then_some(((y / LINE) as usize, (x / width) as usize))
    }

    /// How wide a letter is.
    fn letter(self) -> f64 {
        let width = self.measure.with_value(|measure| measure.of::<Element>().get_bounding_client_rect().width());
        width / MEASURED as f64
    }

    /// Scrolls sideways to a column that is not seen; `anew` as if nothing were seen yet.
    fn show_column(self, column: usize, anew: bool) {
        self.area.with_value(|area| {
            let area = area.of::<Element>();
            let (letter, width) = (self.letter(), f64::from(area.client_width()));
            let left = if anew { 0.0 } else { self.view().left };
            let at = PADDING.0 + column as f64 * letter;
            if at < left || at + 3.0 * letter > left + width {
                area.set_scroll_left((at - width / 2.0).max(0.0) as i32);
            } else if anew {
                area.set_scroll_left(0);
            }
        });
    }

    /// Scrolls the text to what was selected elsewhere, once it has a height.
    fn follow(self) {
        let page = self.page;
        let height = Memo::new(move |_| self.seen.get().height);
        effect(move || {
            let (Some(line), height) = (page.line(), height.get()) else { return };
            let (above, top) = (line as f64 * LINE, self.view().top);
            if height > 0.0 && (above < top || above + LINE + PADDING.1 > top + height) {
                let wanted = (above - height / 3.0).max(0.0) as i32;
                self.area.with_value(|area| area.of::<Element>().set_scroll_top(wanted));
            }
            let column = page.pinned.with(|place| place.as_ref().map(|place| place.column));
            column.into_iter().for_each(|column| self.show_column(column, false));
            if column.is_none() && self.is_pasted.get_untracked() {
                let column = page.sheet.with(|sheet| sheet.as_ref().map_or(0, |sheet| sheet.column));
                self.show_column(column, true);
            }
        });
    }

    /// The marks for what is lit, or else for the whole message, in the lines that are seen.
    fn marked(self) -> RwSignal<Vec<MarkedLine>> {
        let page = self.page;
        let marks = RwSignal::new(Vec::new());
        let wanted = Memo::new(move |_| match page.lit() {
            Some(Place { number, start, end, .. }) => Some((number, start, end)),
            None => page.sheet.with(|sheet| sheet.as_ref().map(|sheet| (sheet.row.number, 0, sheet.row.length))),
        });
        effect(move || {
            page.revision.track();
            let View { top, height, .. } = self.seen.get();
            let Some((number, start, end)) = wanted.get() else { return marks.set(Vec::new()) };
            let from_line = ((top - PADDING.1) / LINE).max(0.0) as usize;
            let to_line = from_line + (height / LINE) as usize + 2;
            ask_newest("marks", Request::Marks { number, start, end, from_line, to_line }, move |reply| {
                marks.set(if let Reply::Marks(lines) = reply { lines } else { Vec::new() });
            });
        });
        marks
    }
}

fn one_line(line: &MarkedLine, top: f64, left: f64) -> El {
    let made = el("div")
        .class("marked-line")
        .style("top", &px(line.line as f64 * LINE + PADDING.1 - top))
        .style("left", &px(PADDING.0 - left));
    line.pieces.iter().enumerate().fold(made, |made, (nth, piece)| match nth % 2 {
        1 => made.child(el("mark").text(piece)),
        _ => made.text(piece),
    })
}
