//! A text that is too long to be edited: read-only, only the lines that are seen, the lit bytes marked.

use pgscope_signal::computed::Memo;
use pgscope_signal::owner::{LocalStorage, StoredValue};
use pgscope_signal::signal::RwSignal;
use pgscope_signal::traits::*;
use pgscope_view::engine::{MarkedLine, Place, Reply, Request};
use web_sys::{Element, MouseEvent};

use crate::ask::ask_newest;
use crate::dom::{El, effect, el, px};
use crate::page::Page;
use crate::scroll::Scroll;

/// As in input.css.
const LINE: f64 = 20.0;
const MEASURED: usize = 50;

/// What shows the text.
#[derive(Clone, Copy)]
struct Text {
    page: Page,
    list: StoredValue<El, LocalStorage>,
    measure: StoredValue<El, LocalStorage>,
    /// The cell under the pointer.
    last: RwSignal<Option<(usize, usize)>>,
}

/// The text, and what the pointer lights in it. It goes to the page's `row` when that changes.
pub(crate) fn pane(page: Page) -> El {
    let list = el("div")
        .class("long-text")
        .attr("role", "region")
        .attr("aria-label", "The text, read only")
        .attr("tabindex", "0")
        .live_flag("hidden", move || !page.loaded.with(|loaded| loaded.is_long_text));
    let measure = el("span").class("measure").attr("aria-hidden", "true").text(&"0".repeat(MEASURED));
    let scroll = Scroll::new(&list);
    let text = Text {
        page,
        list: StoredValue::new_local(list.clone()),
        measure: StoredValue::new_local(measure.clone()),
        last: RwSignal::default(),
    };
    let count = move || page.loaded.with(|loaded| if loaded.is_long_text { loaded.lines } else { 0 });
    let window = Memo::new(move |_| scroll.window(count(), LINE));
    let range = Memo::new(move |_| window.get().rows(scroll.top()));
    let found = RwSignal::new(Vec::<MarkedLine>::new());
    effect(move || {
        page.revision.track();
        let (range, lit) = (range.get(), text.lit());
        if range.is_empty() {
            return found.set(Vec::new());
        }
        ask_newest("source", Request::TextLines { from: range.start, to: range.end, lit }, move |reply| {
            if let Reply::Marks(lines) = reply {
                found.set(lines);
            }
        });
    });
    effect(move || {
        if let Some(line) = text.page.line() {
            scroll.reveal(window.get(), line);
        }
    });
    effect(move || page.row.get().into_iter().for_each(|row| scroll.reveal(window.get_untracked(), row)));
    let slab = el("div").class("slab").live(move || found.with(|lines| lines.iter().map(one_line).collect()));
    let placed = slab.clone();
    effect(move || {
        let drawn =
            found.with(|lines| lines.first().map_or(0, |line| line.line)..lines.last().map_or(0, |line| line.line + 1));
        placed.set_style("top", &px(scroll.slab_top(window.get(), drawn)));
    });
    let track = scroll.track().child(slab).child(measure);
    effect(move || scroll.grow(window.get()));
    list.child(track)
        .on("mousemove", move |event: MouseEvent| text.hover(&event))
        .on("mouseleave", move |_: MouseEvent| {
            text.last.set(None);
            page.unhover();
        })
        .on("click", move |event: MouseEvent| {
            if let Some((line, column)) = text.cell(&event) {
                page.pin(Request::AtPlace { line, column });
            }
        })
}

impl Text {
    /// What is to be marked: what is lit, or else the whole message.
    fn lit(self) -> Option<(usize, usize, usize)> {
        match self.page.lit() {
            Some(Place { number, start, end, .. }) => Some((number, start, end)),
            None => self.page.sheet.with(|sheet| sheet.as_ref().map(|sheet| (sheet.row.number, 0, sheet.row.length))),
        }
    }

    fn hover(self, event: &MouseEvent) {
        self.page.hover_cell(self.last, self.cell(event));
    }

    /// The line and column under the pointer.
    fn cell(self, event: &MouseEvent) -> Option<(usize, usize)> {
        let line = crate::dom::number_at(event, "data-line")?;
        let width = self.measure.with_value(|measure| measure.of::<Element>().get_bounding_client_rect().width());
        let left = self.list.with_value(|list| {
            let list = list.of::<Element>();
            list.get_bounding_client_rect().left() - f64::from(list.scroll_left())
        });
        let x = f64::from(event.client_x()) - left - crate::source::PADDING.0;
        (x >= 0.0 && width > 0.0).then_some((line, (x / width * MEASURED as f64) as usize))
    }
}

fn one_line(line: &MarkedLine) -> El {
    let made = el("div").class("long-line").attr("data-line", &line.line.to_string());
    line.pieces.iter().enumerate().fold(made, |made, (nth, piece)| match nth % 2 {
        1 => made.child(el("mark").text(piece)),
        _ => made.text(piece),
    })
}
