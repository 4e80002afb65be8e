//! The borders between panes: dragged, moved by keys, and remembered. The loader puts them where they were left, before
//! anything is drawn (pgscope.js); how far each may go is a matter of style sheets (page.css).

use pgscope_signal::signal::RwSignal;
use pgscope_signal::traits::*;
use web_sys::{Element, Event, KeyboardEvent, MouseEvent, PointerEvent};

use crate::dom::{El, after, by_id, effect, el, on_window, px, root, window};
use crate::page::Page;
use crate::remembered;
use crate::tabs::Tab;

/// Where the sizes are remembered: those of [`BORDERS`], with blanks between them; a line for one that was not moved.
const REMEMBERED: &str = "pgscope.borders";
/// How far a key moves a border, in pixels.
const STEP: f64 = 16.0;

/// A border, and the pane whose size it changes.
#[derive(Clone, Copy)]
struct Border {
    label: &'static str,
    /// The part of the page's style that holds the size.
    style: &'static str,
    pane: Tab,
    /// Whether it goes across, below its pane.
    lies: bool,
    /// Whether the pane is behind it.
    is_behind: bool,
}

const BORDERS: [Border; 3] = [
    Border { label: "Width of the bytes", style: "--own-first", pane: Tab::Bytes, lies: false, is_behind: false },
    Border { label: "Width of the message", style: "--own-third", pane: Tab::Message, lies: false, is_behind: true },
    Border { label: "Height of the bytes", style: "--own-top", pane: Tab::Bytes, lies: true, is_behind: false },
];

/// All of them; style sheets show those that there are.
pub(crate) fn borders(page: Page) -> El {
    let moved = RwSignal::new(0_usize);
    on_window("resize", move |_: Event| moved.update(|moved| *moved += 1));
    el("div").class("contents").children(BORDERS.iter().map(|border| one(page, *border, moved)).collect())
}

fn one(page: Page, border: Border, moved: RwSignal<usize>) -> El {
    let separator = el("div")
        .class("border")
        .attr("role", "separator")
        .attr("tabindex", "0")
        .attr("aria-label", border.label)
        .attr("aria-controls", border.pane.pane())
        .attr("aria-orientation", if border.lies { "horizontal" } else { "vertical" })
        .attr("data-border", border.style.trim_start_matches("--own-"))
        .attr("title", "Drag, or use arrow keys; a double click puts it back");
    let told = separator.clone();
    effect(move || {
        moved.track();
        page.folded.track();
        page.revision.track();
        let told = told.clone();
        // When it is laid out.
        after(0, move || {
            let (now, all) = (size(border).unwrap_or(0.0), whole(border));
            let percent = if all > 0.0 { (now / all * 100.0).round().min(100.0) } else { 0.0 };
            told.set("aria-valuenow", Some(&percent.to_string()));
            told.set("aria-valuetext", Some(&format!("{percent} %")));
        });
    });
    let (held, of) = (RwSignal::new(false), separator.clone());
    let drag = move |event: PointerEvent| {
        if held.get_untracked() {
            set(border, Some(at(border, &event)));
            moved.update(|moved| *moved += 1);
        }
    };
    let down = move |event: PointerEvent| {
        event.prevent_default();
        let _ = of.of::<Element>().set_pointer_capture(event.pointer_id());
        of.focus();
        held.set(true);
    };
    let up = move |_: PointerEvent| {
        held.set(false);
        remember();
    };
    let key = move |event: KeyboardEvent| {
        let Some(now) = size(border) else { return };
        let grows = if border.is_behind { -STEP } else { STEP };
        let wanted = match event.key().as_str() {
            "ArrowRight" if !border.lies => Some(now + grows),
            "ArrowLeft" if !border.lies => Some(now - grows),
            "ArrowDown" if border.lies => Some(now + grows),
            "ArrowUp" if border.lies => Some(now - grows),
            "Home" => Some(0.0),
            "End" => Some(whole(border)),
            "Enter" => None,
            _ => return,
        };
        event.prevent_default();
        set(border, wanted);
        // Not beyond what it may be.
        set(border, wanted.and_then(|_| size(border)));
        remember();
        moved.update(|moved| *moved += 1);
    };
    separator
        .attr("aria-valuemin", "0")
        .attr("aria-valuemax", "100")
        .on("pointerdown", down)
        .on("pointermove", drag)
        .on("pointerup", up)
        .on("keydown", key)
        .on("dblclick", move |_: MouseEvent| {
            set(border, None);
            remember();
            moved.update(|moved| *moved += 1);
        })
}

/// Where the pointer would have the border: how large its pane is then.
fn at(border: Border, event: &PointerEvent) -> f64 {
    let Some(pane) = by_id(border.pane.pane()) else { return 0.0 };
    let pane = pane.of::<Element>().get_bounding_client_rect();
    let (x, y) = (f64::from(event.client_x()), f64::from(event.client_y()));
    match border {
        Border { lies: true, .. } => y - pane.top(),
        Border { is_behind: true, .. } => pane.right() - x,
        _ => x - pane.left(),
    }
}

/// How large its pane is.
fn size(border: Border) -> Option<f64> {
    let pane = by_id(border.pane.pane())?;
    let pane = pane.of::<Element>().get_bounding_client_rect();
    Some(if border.lies { pane.height() } else { pane.width() })
}

/// How large all panes together are.
fn whole(border: Border) -> f64 {
    let size = |window: web_sys::Window| {
        let size = if border.lies { window.inner_height() } else { window.inner_width() };
        size.ok()?.as_f64()
    };
    window().and_then(size).unwrap_or_default()
}

fn set(border: Border, size: Option<f64>) {
    let size = size.map(|size| px(size.max(0.0))).unwrap_or_default();
    root().into_iter().for_each(|root| root.set_style(border.style, &size));
}

/// Keeps the sizes, where the browser lets the page keep anything.
fn remember() {
    let sizes = BORDERS.map(|border| {
        let style = root().map(|root| root.style_of(border.style)).unwrap_or_default();
        if style.is_empty() { "-".to_owned() } else { style }
    });
    let is_as_ever = sizes.iter().all(|size| size == "-");
    remembered::set(REMEMBERED, &if is_as_ever { String::new() } else { sizes.join(" ") });
}
