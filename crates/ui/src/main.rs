//! The page: mounts the components in place of the notice that index.html shows while they load.
//!
//! Components show what an engine answers and hold no more than that. What a field or a message is, they do not know.

#![allow(unreachable_pub, reason = "what the component macro makes is public")]

mod ask;
mod dom;
mod exchange;
mod fields;
mod files;
mod header;
mod hex;
mod input;
mod inspector;
mod page;
mod problems;
mod samples;
mod scroll;
mod source;

use leptos::prelude::*;
use wasm_bindgen::JsCast;

fn main() {
    console_error_panic_hook::set_once();
    let Some(app) = document().get_element_by_id("app") else { return };
    app.set_text_content(None);
    leptos::mount::mount_to(app.unchecked_into(), page::App).forget();
}
