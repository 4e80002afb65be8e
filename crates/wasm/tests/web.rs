//! The JavaScript API in a real browser: `cargo xtask test --only wasm`.
#![cfg(target_arch = "wasm32")]

use pgscope_wasm as _;
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

wasm_bindgen_test_configure!(run_in_browser);

#[wasm_bindgen_test]
fn the_module_loads() {}
