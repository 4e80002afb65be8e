//! What is printed: the list from what is seen of it on, and the bytes of the message, as far as paper is patient; where the
//! screen shows a window of them.
//!
//! Places for it stand in the page, empty until somebody prints; print.css shows them in the stead of the windows.

use pgscope_view::engine::Request;
use web_sys::{Event, KeyboardEvent};

use crate::ask::{ask, is_away};
use crate::dom::{El, counted, el, key_of, on_window, window};
use crate::later::is_rest_here;

/// How many lines of a list are printed.
pub(crate) const LINES: usize = 1000;

/// What stands on the paper where the engine has not answered when the browser printed.
const LATE: &str = "This was not ready when the browser printed. Print with Ctrl+P in the page: it waits for that.";

/// A place that `fill` fills when the page is printed.
pub(crate) fn place(fill: impl Fn(El) + 'static) -> El {
    let place = el("div").class("printed").attr("aria-hidden", "true");
    let (filled, cleared) = (place.clone(), place.clone());
    on_window("beforeprint", move |_: Event| {
        // It may have been filled for this.
        if filled.is_empty() {
            filled.set(PRINTS, Some(""));
            if is_late() {
                filled.replace(&el("p").class("printed-rest").text(LATE));
            }
            fill(filled.clone());
        }
    });
    on_window("afterprint", move |_: Event| {
        cleared.clear();
        cleared.set(PRINTS, None);
    });
    place
}

/// What a place has while it is printed.
const PRINTS: &str = "data-prints";

/// Fills a place: what is to be said of the whole, some lines, and how many are left out behind them.
pub(crate) fn fill(place: &El, head: &str, lines: Vec<El>, left: usize) {
    // An answer may come when the paper is there.
    if !place.has(PRINTS) {
        return;
    }
    place.clear();
    // They are there a second time.
    lines.iter().for_each(|line| line.set("id", None));
    let head = (!head.is_empty()).then(|| el("p").class("printed-rest").text(head));
    let rest =
        (left > 0).then(|| el("p").class("printed-rest").text(&format!("{} more, not printed", counted(left, "line"))));
    place.clone().children(head.into_iter().collect()).children(lines).children(rest.into_iter().collect());
}

/// Whether what is printed comes later than a browser prints: from an engine in a worker, or by a part that is not here.
fn is_late() -> bool {
    is_away() || !is_rest_here()
}

/// What comes later than a browser prints is asked first.
pub(crate) fn key(event: &KeyboardEvent) {
    let is_print =
        key_of(event) == "p" && (event.ctrl_key() || event.meta_key()) && !event.shift_key() && !event.alt_key();
    if !is_print || !is_late() {
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
