//! A small menu beside what it is about, with the keys of one.

use wasm_bindgen_futures::spawn_local;
use web_sys::{Element, FocusEvent, KeyboardEvent};

use crate::dom::{El, effect, el, px, window};

/// The menu: it is open beside the element that `beside` gives, and `leave` is called when it is to close, by a key or not.
pub(crate) fn menu(
    label: &str,
    items: Vec<El>,
    beside: impl Fn() -> Option<El> + Copy + 'static,
    leave: impl Fn(bool) + Copy + 'static,
) -> El {
    let items: Vec<El> = items.into_iter().map(|item| item.attr("role", "menuitem").attr("tabindex", "-1")).collect();
    let first = items.first().cloned();
    let menu = el("div").class("menu").attr("role", "menu").attr("aria-label", label).children(items.clone());
    let shown = menu.clone();
    effect(move || {
        if let Some(place) = beside() {
            let (menu, first) = (shown.clone(), first.clone());
            // As soon as it has its place on the page, and before the next key is pressed.
            spawn_local(async move {
                show_beside(&menu, &place);
                first.iter().for_each(El::focus);
            });
        }
    });
    menu.live_flag("hidden", move || beside().is_none())
        .on("keydown", move |event: KeyboardEvent| {
            let now = items.iter().position(El::has_focus).unwrap_or(0);
            let to = match event.key().as_str() {
                "ArrowDown" => (now + 1) % items.len().max(1),
                "ArrowUp" => (now + items.len()).saturating_sub(1) % items.len().max(1),
                "Home" => 0,
                "End" => items.len().saturating_sub(1),
                "Escape" | "Tab" => {
                    leave(true);
                    event.prevent_default();
                    return event.stop_propagation();
                }
                _ => return,
            };
            items.get(to).into_iter().for_each(El::focus);
            event.prevent_default();
            event.stop_propagation();
        })
        .on("focusout", move |event: FocusEvent| {
            if event.related_target().is_none() {
                leave(false);
            }
        })
}

fn show_beside(menu: &El, place: &El) {
    let place = place.of::<Element>().get_bounding_client_rect();
    let own = menu.of::<Element>().get_bounding_client_rect();
    let right = place.right() - own.width() - 8.0;
    let below = place.top() + 28.0;
    let bottom = window().and_then(|window| window.inner_height().ok()?.as_f64()).unwrap_or(below);
    let top = if below + own.height() > bottom { place.top() - own.height() } else { below };
    menu.set_style("left", &px(right.max(8.0)));
    menu.set_style("top", &px(top.max(8.0)));
}
