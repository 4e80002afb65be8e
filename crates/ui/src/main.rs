//! The page: mounts the components in place of the notice that index.html shows while they load.
use leptos::prelude::*;
use wasm_bindgen::JsCast;

fn main() {
    console_error_panic_hook::set_once();
    let Some(app) = document().get_element_by_id("app") else { return };
    app.set_text_content(None);
    leptos::mount::mount_to(app.unchecked_into(), || view! { <main><h1>"Pgscope"</h1></main> }).forget();
}
