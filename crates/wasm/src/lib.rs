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

#[cfg(feature = "bench")]
mod bench;
mod options;
mod types;

#[cfg(feature = "bench")]
pub use bench::bench;

use js_sys::{Error, JsString, TypeError, Uint8Array};
use pgscope_view::Indexed;
use pgscope_view::capture::{self, Capture, Form};
use pgscope_view::print::{json, table};
use pgscope_view::proto::{Exchange, Tree};
use serde::Serialize;
use wasm_bindgen::prelude::{JsCast, JsValue, wasm_bindgen};

/// Makes a panic, which none should be, readable in the browser's console.
#[wasm_bindgen(start)]
pub fn start() {
    console_error_panic_hook::set_once();
}

/// Decodes what somebody has of a connection: its bytes, or text that holds them in any usual form.
#[wasm_bindgen(unchecked_return_type = "Decoded")]
pub fn decode(
    #[wasm_bindgen(unchecked_param_type = "Uint8Array | string")] input: &JsValue,
    #[wasm_bindgen(unchecked_optional_param_type = "DecodeOptions")] options: &JsValue,
) -> Result<JsValue, JsValue> {
    let options = options::read(options)?;
    let Capture { form, reason, guessed, exchanges, problems } = capture::read(&bytes(input)?, &options);
    let decoded = Decoded {
        form: form.id(),
        reason,
        guessed,
        messages: exchanges.into_iter().enumerate().flat_map(messages_of).collect(),
        problems: problems.into_iter().map(InputProblem::from).collect(),
    };
    to_js(&decoded)
}

/// Every message of the protocol, with its fields and what they mean.
#[wasm_bindgen(unchecked_return_type = "MessageType[]")]
pub fn messages() -> Result<JsValue, JsValue> {
    to_js(&table::table())
}

/// The forms of input that `decode` reads.
#[wasm_bindgen(unchecked_return_type = "Form[]")]
pub fn forms() -> Result<JsValue, JsValue> {
    let forms = Form::ALL.map(|form| FormEntry { id: form.id(), name: form.name(), doc: form.doc() });
    to_js(&forms.as_slice())
}

/// The version of Pgscope.
#[wasm_bindgen]
pub fn version() -> String {
    env!("CARGO_PKG_VERSION").to_owned()
}

#[derive(Serialize)]
struct Decoded {
    form: &'static str,
    reason: String,
    guessed: bool,
    messages: Vec<json::Message>,
    problems: Vec<InputProblem>,
}

#[derive(Serialize)]
struct InputProblem {
    line: usize,
    column: usize,
    start: usize,
    end: usize,
    met: String,
    expected: String,
}

impl From<capture::InputProblem> for InputProblem {
    fn from(problem: capture::InputProblem) -> Self {
        let capture::InputProblem { span, line, column, met, expected } = problem;
        Self { line, column, start: span.start, end: span.end, met, expected }
    }
}

#[derive(Serialize)]
struct FormEntry {
    id: &'static str,
    name: &'static str,
    doc: &'static str,
}

fn bytes(input: &JsValue) -> Result<Vec<u8>, JsValue> {
    if let Some(text) = input.dyn_ref::<JsString>() {
        return Ok(String::from(text).into_bytes());
    }
    match input.dyn_ref::<Uint8Array>() {
        Some(bytes) => Ok(bytes.to_vec()),
        None => Err(TypeError::new("decode() takes a Uint8Array or a string").into()),
    }
}

fn messages_of((connection, exchange): (usize, Exchange)) -> Vec<json::Message> {
    let indexed = Indexed::new(exchange);
    let mut tree = Tree::new();
    let messages = (0..indexed.index.len()).filter_map(|number| {
        let (entry, problems) = indexed.open(number, &mut tree)?;
        Some(json::Message { connection, ..json::message(&indexed, &entry, &tree, problems) })
    });
    messages.collect()
}

/// Objects, arrays and null, as JSON has them.
fn to_js(value: &impl Serialize) -> Result<JsValue, JsValue> {
    value
        .serialize(&serde_wasm_bindgen::Serializer::json_compatible())
        .map_err(|error| Error::new(&error.to_string()).into())
}
