//! Pgscope for programs in JavaScript: bytes in, small typed objects out.
//!
//! It translates and does nothing else: what a message holds and what is wrong with it is known elsewhere. Nothing that a
//! caller passes as *input* throws; an option that does not exist does.
//!
//! ```js
//! import init, { decode } from "./pgscope_wasm.js";
//! await init();
//! const { messages } = decode("51 00 00 00 0d 53 45 4c 45 43 54 20 31 3b 00");
//! messages[0].problems[0].fix.edits[0].hex; // "0000000e"
//! ```

#[cfg(any(feature = "figure", feature = "parts"))]
mod asked;
#[cfg(feature = "bench")]
mod bench;
#[cfg(feature = "decode")]
mod decode;
#[cfg(any(feature = "decode", feature = "parts"))]
mod decoded;
#[cfg(feature = "figure")]
mod figure;
#[cfg(any(feature = "decode", feature = "parts"))]
mod options;
#[cfg(feature = "parts")]
#[allow(unsafe_code, reason = "the macro that splits makes extern functions")]
mod parts;
#[cfg(feature = "decode")]
mod types;

#[cfg(feature = "bench")]
pub use bench::bench;
#[cfg(feature = "decode")]
pub use decode::{Decoder, decode, encode, forms, lint, messages};
#[cfg(feature = "figure")]
pub use figure::{fence, reference, render, scenarios, sheet, simulate};
#[cfg(feature = "parts")]
pub use parts::{bring, decode, fence, lacked, learn, reference, render, scenarios};

use js_sys::{Error, JsString, TypeError, Uint8Array};
use serde::Serialize;
use wasm_bindgen::prelude::{JsCast, JsValue, wasm_bindgen};

/// Smaller than the one that comes with WebAssembly.
#[cfg(all(feature = "parts", target_arch = "wasm32"))]
#[global_allocator]
static ALLOCATOR: talc::wasm::WasmDynamicTalc = talc::wasm::new_wasm_dynamic_allocator();

/// Makes a panic, which none should be, readable in the browser's console. Where each kilobyte counts it is a trap.
#[cfg(not(feature = "parts"))]
#[wasm_bindgen(start)]
pub fn start() {
    console_error_panic_hook::set_once();
}

/// The version of Pgscope.
#[wasm_bindgen]
pub fn version() -> String {
    env!("CARGO_PKG_VERSION").to_owned()
}

fn bytes(input: &JsValue) -> Result<Vec<u8>, JsValue> {
    if let Some(text) = input.dyn_ref::<JsString>() {
        return Ok(String::from(text).into_bytes());
    }
    match input.dyn_ref::<Uint8Array>() {
        Some(bytes) => Ok(bytes.to_vec()),
        None => Err(TypeError::new("the input is a Uint8Array or a string").into()),
    }
}

/// Objects, arrays and null, as JSON has them. The browser makes them of a text: what would make them here is more than what writes that.
#[cfg(feature = "parts")]
fn to_js(value: &impl Serialize) -> Result<JsValue, JsValue> {
    let text = serde_json::to_string(value).map_err(|error| failed(error.to_string()))?;
    js_sys::JSON::parse(&text)
}

/// Objects, arrays and null, as JSON has them.
#[cfg(not(feature = "parts"))]
fn to_js(value: &impl Serialize) -> Result<JsValue, JsValue> {
    value
        .serialize(&serde_wasm_bindgen::Serializer::json_compatible())
        .map_err(|error| Error::new(&error.to_string()).into())
}

/// An error with these words.
fn failed(words: String) -> JsValue {
    Error::new(&words).into()
}
