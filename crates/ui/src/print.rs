//! What is printed: the whole list and all bytes of the message, where the screen shows a window of them.
//!
//! Places for it stand in the page, empty until somebody prints; print.css shows them in the stead of the windows.

use pgscope_view::engine::Request;
use web_sys::{Event, KeyboardEvent};

use crate::ask::{ask, is_away};
use crate::dom::{El, counted, el, key_of, on_window, window};

/// How many lines of a list are printed.
pub(crate) const LINES: usize = 1000;

/// A place that `fill` fills when the page is printed.
pub(crate) fn place(fill: impl Fn(El) + 'static) -> El {
    let place = el("div").class("printed").attr("aria-hidden", "true");
    let (filled, cleared) = (place.clone(), place.clone());
    on_window("beforeprint", move |_: Event| {
        // It may have been filled for this.
        if filled.is_empty() {
            fill(filled.clone());
        }
    });
    on_window("afterprint", move |_: Event| cleared.clear());
    place
}

/// Fills a place with lines; so many are left out.
pub(crate) fn fill(place: &El, lines: Vec<El>, left: usize) {
    // They are there a second time.
    lines.iter().for_each(|line| line.set("id", None));
    let rest =
        (left > 0).then(|| el("p").class("printed-rest").text(&format!("{} more, not printed", counted(left, "line"))));
    place.clone().children(lines).children(rest.into_iter().collect());
}

/// An engine in a worker answers later than a browser prints: it is asked first.
pub(crate) fn key(event: &KeyboardEvent) {
    let is_print =
        key_of(event) == "p" && (event.ctrl_key() || event.meta_key()) && !event.shift_key() && !event.alt_key();
    if !is_print || !is_away() {
        return;
    }
    event.prevent_default();
    let Some(window) = window() else { return };
    if let Ok(event) = Event::new("beforeprint") {
        let _ = window.dispatch_event(&event);
    }
    // Answers come in the order of what was asked.
    ask(Request::Names, move |_| {
        let _ = window.print();
    });
}
