//! From one message to another that explains it, and back with the browser's own Back.
//!
//! Other selections add nothing to the browser's history. A jump does, since who follows a link wants to return. Each of its
//! entries has the number of its message.

use std::cell::Cell;

use js_sys::Reflect;
use pgscope_signal::traits::*;
use wasm_bindgen::JsValue;
use web_sys::Event;

use crate::dom::{after, by_id, on_window, window};
use crate::page::Page;

thread_local! {
    static IS_LISTENING: Cell<bool> = const { Cell::new(false) };
}

/// Turns to a message that another one refers to.
pub(crate) fn jump(page: Page, number: usize) {
    let Some(from) = page.message.get_untracked().filter(|from| *from != number) else { return };
    if !IS_LISTENING.replace(true) {
        on_window("popstate", move |event: Event| come_back(page, &event));
    }
    if let Some(history) = window().and_then(|window| window.history().ok()) {
        let _ = history.replace_state(&JsValue::from(from as u32), "");
        let _ = history.push_state(&JsValue::from(number as u32), "");
    }
    arrive(page, number);
}

fn come_back(page: Page, event: &Event) {
    let state = Reflect::get(event, &"state".into()).ok().and_then(|state| state.as_f64());
    let messages = page.loaded.with_untracked(|loaded| loaded.messages);
    let number = state.map(|number| number as usize).filter(|number| *number < messages);
    // An address that says where to go is followed behind this.
    if let Some(number) = number.filter(|number| page.message.get_untracked() != Some(*number)) {
        arrive(page, number);
    }
}

/// The button that was pressed goes with its message: reading goes on at the title of the other one.
fn arrive(page: Page, number: usize) {
    page.select(Some(number));
    page.show_message();
    after(0, || {
        if let Some(title) = by_id("inspector-title") {
            title.set("tabindex", Some("-1"));
            title.focus();
        }
    });
}
