//! The declarations of what goes out, for TypeScript. `tests/web.rs` holds them against the objects.

use wasm_bindgen::prelude::wasm_bindgen;

#[wasm_bindgen(typescript_custom_section)]
const DECLARATIONS: &str = include_str!("types.d.ts");
