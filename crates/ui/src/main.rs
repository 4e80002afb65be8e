//! The page: puts its panes in place of the notice that index.html shows while they load.
//!
//! Panes show what an engine answers and hold no more than that. What a field or a message is, they do not know.
//!
//! The same module is the engine's own thread, where there is no page around it ([`worker`]).
//!
//! State is in signals (`pgscope_signal`); elements are made by [`dom`], which is small: views that are types of their own
//! cost two thirds of the module.

mod address;
mod ask;
mod borders;
mod candidates;
mod compare;
mod compose;
mod course;
mod deflate;
mod dialog;
mod docs;
mod dom;
mod editor;
mod embed;
mod exchange;
mod experiments;
mod explain;
mod export;
mod failure;
mod field_menu;
mod fields;
mod files;
mod find;
mod folders;
mod gallery;
mod goto;
mod header;
mod hex;
mod hexbar;
mod input;
mod inspector;
mod jump;
mod language;
#[allow(unsafe_code, reason = "the macro that splits makes extern functions")]
mod later;
mod layout;
mod learn;
mod learn_address;
mod legend;
mod line;
mod list;
mod load;
mod long_text;
mod machine;
mod map;
mod masking;
mod menu;
mod more;
mod overview;
mod own;
mod page;
mod past;
mod paste;
mod pieces;
mod player;
mod predict;
mod print;
mod problems;
mod programs;
mod progress;
mod proof;
mod remembered;
mod rows;
mod said;
mod samples;
mod scroll;
mod share;
mod shared;
mod simulator;
mod source;
mod story;
mod tabs;
mod talk;
mod timeline;
mod times;
mod together;
mod told;
mod unpack;
mod work;
mod worker;

/// Smaller than the one that comes with WebAssembly.
#[cfg(target_arch = "wasm32")]
#[global_allocator]
static ALLOCATOR: talc::wasm::WasmDynamicTalc = talc::wasm::new_wasm_dynamic_allocator();

fn main() {
    console_error_panic_hook::set_once();
    if dom::window().is_none() {
        return wasm_bindgen_futures::spawn_local(async {
            let _ = later::serve().await;
        });
    }
    pgscope_signal::begin(|| wasm_bindgen_futures::spawn_local(async { pgscope_signal::flush() }));
    let Some(app) = dom::by_id("app") else { return };
    app.replace(&page::app());
    language::begin();
    dom::begin_in("bytes");
}
