//! Small helpers for the DOM.

use leptos::prelude::*;
use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::Closure;
use web_sys::{Element, Event, HtmlElement};

/// A length as style sheets write it.
pub(crate) fn px(length: f64) -> String {
    format!("{length}px")
}

/// The number that the nearest element around the event's target carries in a `data-` attribute.
pub(crate) fn number_at(event: &Event, attribute: &str) -> Option<usize> {
    let element = event.target()?.dyn_into::<Element>().ok()?;
    let around = element.closest(&format!("[{attribute}]")).ok()??;
    around.get_attribute(attribute)?.parse().ok()
}

/// Whether the event's target is something that one types into.
pub(crate) fn is_typing(event: &Event) -> bool {
    let element = event.target().and_then(|target| target.dyn_into::<Element>().ok());
    element.is_some_and(|element| matches!(element.tag_name().as_str(), "TEXTAREA" | "INPUT" | "SELECT"))
}

/// Scrolls `container`, and nothing around it, so far that the element with this id is seen.
pub(crate) fn keep_in_view(container: &HtmlElement, id: &str) {
    let Some(element) = document().get_element_by_id(id) else { return };
    let (outer, inner) = (container.get_bounding_client_rect(), element.get_bounding_client_rect());
    let (above, below) = (outer.top() - inner.top(), inner.bottom() - outer.bottom());
    if above > 0.0 {
        container.set_scroll_top(container.scroll_top() - above.ceil() as i32);
    } else if below > 0.0 {
        container.set_scroll_top(container.scroll_top() + below.ceil() as i32);
    }
}

/// Calls `changed` whenever the element's size changes, and once at first.
pub(crate) fn on_resize(element: &Element, changed: impl Fn() + 'static) {
    let closure = Closure::<dyn Fn()>::new(changed);
    if let Ok(observer) = web_sys::ResizeObserver::new(closure.as_ref().unchecked_ref()) {
        observer.observe(element);
    }
    // Panes live as long as the page.
    closure.forget();
}

/// A number with separators, so that large ones can be read.
pub(crate) fn grouped(number: usize) -> String {
    let digits = number.to_string();
    let mut shown = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at) % 3 == 0 {
            shown.push(',');
        }
        shown.push(digit);
    }
    shown
}

/// `1 byte`, `2 bytes`.
pub(crate) fn counted(number: usize, one: &str) -> String {
    format!("{} {one}{}", grouped(number), if number == 1 { "" } else { "s" })
}
