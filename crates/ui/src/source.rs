//! The characters that the lit bytes were read from, marked behind the text that is edited.
//!
//! A text area cannot mark ranges. Behind it lie the marked lines alone, in the same type at the same place, their
//! characters invisible.

use leptos::html::{Span, Textarea};
use leptos::prelude::*;
use pgscope_view::engine::{MarkedLine, Place, Reply, Request};
use web_sys::MouseEvent;

use crate::ask::ask;
use crate::dom::{on_resize, px};
use crate::page::Page;

/// As in input.css.
const LINE: f64 = 20.0;
const PADDING: (f64, f64) = (16.0, 12.0);
/// How many characters the measure has.
const MEASURED: f64 = 50.0;

/// What is seen of the text.
#[derive(Clone, Copy, Default, PartialEq)]
struct View {
    top: f64,
    left: f64,
    height: f64,
}

/// What is seen of the text, and what the pointer and the caret point at in it.
#[derive(Clone, Copy)]
pub(crate) struct Source {
    page: Page,
    area: NodeRef<Textarea>,
    measure: NodeRef<Span>,
    seen: RwSignal<View>,
    last: StoredValue<Option<(usize, usize)>>,
}

impl Source {
    pub(crate) fn new(page: Page, area: NodeRef<Textarea>) -> Self {
        let source =
            Self { page, area, measure: NodeRef::new(), seen: RwSignal::default(), last: StoredValue::new(None) };
        Effect::new(move || {
            if let Some(area) = area.get() {
                on_resize(&area, move || source.scrolled());
            }
        });
        source.follow();
        source
    }

    /// To be called when the text was scrolled.
    pub(crate) fn scrolled(self) {
        let Some(area) = self.area.get_untracked() else { return };
        let (top, left) = (f64::from(area.scroll_top()), f64::from(area.scroll_left()));
        let now = View { top, left, height: f64::from(area.client_height()) };
        if now != self.seen.get_untracked() {
            self.seen.set(now);
        }
    }

    /// Lights what was read from the characters under the pointer.
    pub(crate) fn hover(self, event: &MouseEvent) {
        let cell = self.cell(event);
        if self.last.get_value() == cell {
            return;
        }
        self.last.set_value(cell);
        match cell {
            Some((line, column)) => self.page.hover(Request::AtPlace { line, column }),
            None => self.page.unhover(),
        }
    }

    pub(crate) fn leave(self) {
        self.last.set_value(None);
        self.page.unhover();
    }

    /// Pins what was read from the characters at the caret.
    pub(crate) fn caret(self) {
        let Some(area) = self.area.get_untracked() else { return };
        let (start, end) = (area.selection_start().ok().flatten(), area.selection_end().ok().flatten());
        if let Some(at) = start.filter(|_| start == end) {
            self.page.pin(Request::AtText(at as usize));
        }
    }

    /// The line and column under the pointer.
    fn cell(self, event: &MouseEvent) -> Option<(usize, usize)> {
        let area = self.area.get_untracked()?;
        let width = self.measure.get_untracked()?.get_bounding_client_rect().width() / MEASURED;
        let bounds = area.get_bounding_client_rect();
        let x = f64::from(event.client_x()) - bounds.left() - PADDING.0 + f64::from(area.scroll_left());
        let y = f64::from(event.client_y()) - bounds.top() - PADDING.1 + f64::from(area.scroll_top());
        (x >= 0.0 && y >= 0.0 && width > 0.0).then_some(((y / LINE) as usize, (x / width) as usize))
    }

    /// Scrolls the text to what was selected elsewhere.
    fn follow(self) {
        Effect::new(move || {
            let line = match self.page.pinned.get() {
                Some(place) => place.line,
                None => self.page.sheet.with(|sheet| sheet.as_ref().and_then(|sheet| sheet.line)),
            };
            let (Some(line), Some(area)) = (line, self.area.get_untracked()) else { return };
            let (above, height) = (line as f64 * LINE, f64::from(area.client_height()));
            let top = f64::from(area.scroll_top());
            if above < top || above + LINE + PADDING.1 > top + height {
                area.set_scroll_top((above - height / 3.0).max(0.0) as i32);
            }
        });
    }
}

#[component]
pub(crate) fn Marks(source: Source) -> impl IntoView {
    let Source { page, seen, .. } = source;
    let marks = marked(page, seen);
    let lines = move || {
        let View { top, left, .. } = seen.get();
        marks.get().into_iter().map(|line| one_line(line, top, left)).collect_view()
    };
    view! {
        <div class="marks" aria-hidden="true" data-whole=move || page.lit().is_none().then_some("")>
            <span class="measure" node_ref=source.measure>{"0".repeat(MEASURED as usize)}</span>
            {lines}
        </div>
    }
}

fn one_line(line: MarkedLine, top: f64, left: f64) -> impl IntoView {
    let pieces =
        line.pieces.into_iter().enumerate().map(|(nth, piece)| {
            if nth % 2 == 1 { view! { <mark>{piece}</mark> }.into_any() } else { piece.into_any() }
        });
    let top = px(line.line as f64 * LINE + PADDING.1 - top);
    view! { <div class="marked-line" style:top=top style:left=px(PADDING.0 - left)>{pieces.collect_view()}</div> }
}

/// The marks for what is lit, or else for the whole message, in the lines that are seen.
fn marked(page: Page, seen: RwSignal<View>) -> RwSignal<Vec<MarkedLine>> {
    let marks = RwSignal::new(Vec::new());
    let wanted = Memo::new(move |_| {
        page.revision.get();
        let (number, start, end) = match page.lit() {
            Some(Place { number, start, end, .. }) => (number, start, end),
            None => (page.message.get()?, 0, page.sheet.get()?.row.length),
        };
        Some((number, start, end))
    });
    Effect::new(move || {
        page.revision.get();
        let View { top, height, .. } = seen.get();
        let Some((number, start, end)) = wanted.get() else { return marks.set(Vec::new()) };
        let from_line = ((top - PADDING.1) / LINE).max(0.0) as usize;
        let to_line = from_line + (height / LINE) as usize + 2;
        ask(Request::Marks { number, start, end, from_line, to_line }, move |reply| {
            marks.set(if let Reply::Marks(lines) = reply { lines } else { Vec::new() });
        });
    });
    marks
}
