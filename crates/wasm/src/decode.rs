//! Bytes to objects, and lines to bytes.

use js_sys::{Error, Reflect, Uint8Array};
use pgscope_view::Indexed;
use pgscope_view::capture::{self, Form};
use pgscope_view::print::lint::{self as found, Connection, Levels, Record};
use pgscope_view::print::streamed::streamed;
use pgscope_view::print::table;
use pgscope_view::proto::{Tree, written};
use pgscope_view::session::flow::Flow;
use serde::Serialize;
use wasm_bindgen::prelude::{JsValue, wasm_bindgen};

use crate::decoded::objects;
use crate::{bytes, options, to_js};

/// Decodes what somebody has of a connection: its bytes, or text that holds them in any usual form.
#[wasm_bindgen(unchecked_return_type = "Decoded")]
pub fn decode(
    #[wasm_bindgen(unchecked_param_type = "Uint8Array | string")] input: &JsValue,
    #[wasm_bindgen(unchecked_optional_param_type = "DecodeOptions")] options: &JsValue,
) -> Result<JsValue, JsValue> {
    objects(capture::read(&bytes(input)?, &options::read(options)?))
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

/// What is wrong with an exchange, message by message: by which rule, why, and how to mend it.
#[wasm_bindgen(unchecked_return_type = "Finding[]")]
pub fn lint(
    #[wasm_bindgen(unchecked_param_type = "Uint8Array | string")] input: &JsValue,
    #[wasm_bindgen(unchecked_optional_param_type = "DecodeOptions")] options: &JsValue,
) -> Result<JsValue, JsValue> {
    let capture = capture::read(&bytes(input)?, &options::read(options)?);
    let count = capture.exchanges.len();
    let mut records: Vec<Record> = Vec::new();
    for (nth, exchange) in capture.exchanges.into_iter().enumerate() {
        let indexed = Indexed::new(exchange);
        let connection = Connection { indexed: &indexed, files: ["input"; 2], number: (nth + 1, count) };
        connection.findings(
            &Levels::default(),
            |_| true,
            |finding| {
                records.push(found::record(&finding));
                true
            },
        );
    }
    to_js(&records)
}

/// The bytes of a message that is written as a line, such as `Query "SELECT 1"`. An error has `start` and `end`: which letters
/// of the line are wrong.
#[wasm_bindgen]
pub fn encode(
    line: &str,
    #[wasm_bindgen(unchecked_param_type = "Direction")] direction: &str,
) -> Result<Uint8Array, JsValue> {
    let made = written::bytes(options::side(direction)?, line).map_err(|error| {
        let thrown = Error::new(&error.message);
        for (name, at) in [("start", error.span.start), ("end", error.span.end)] {
            let letters = line.get(..at).map_or(at, |before| before.encode_utf16().count());
            let _ = Reflect::set(&thrown, &name.into(), &(letters as u32).into());
        }
        JsValue::from(thrown)
    })?;
    Ok(Uint8Array::from(made.as_slice()))
}

#[derive(Serialize)]
struct FormEntry {
    id: &'static str,
    name: &'static str,
    doc: &'static str,
}

/// Reads a connection while it comes, or a larger one than there is memory for: bytes go in, whole messages come out, and nothing is
/// kept. What needs the whole, such as what several messages say against each other, `decode` and `lint` tell.
#[wasm_bindgen]
#[derive(Debug, Default)]
pub struct Decoder {
    flow: Flow,
    tree: Tree,
}

#[wasm_bindgen]
impl Decoder {
    /// Of a connection from its beginning.
    #[wasm_bindgen(constructor)]
    pub fn new() -> Self {
        Self::default()
    }

    /// More bytes of one end, in the order in which they came: the messages that became whole by them.
    #[wasm_bindgen(unchecked_return_type = "StreamedMessage[]")]
    pub fn push(
        &mut self,
        #[wasm_bindgen(unchecked_param_type = "Direction")] direction: &str,
        #[wasm_bindgen(unchecked_param_type = "Uint8Array")] piece: &JsValue,
    ) -> Result<JsValue, JsValue> {
        let (direction, piece) = (options::side(direction)?, bytes(piece)?);
        let (mut met, tree) = (Vec::new(), &mut self.tree);
        self.flow.push(direction, &piece, &mut |whole| met.push(streamed(&whole, tree)));
        to_js(&met)
    }

    /// Nothing more will come: what is left.
    #[wasm_bindgen(unchecked_return_type = "StreamedMessage[]")]
    pub fn end(&mut self) -> Result<JsValue, JsValue> {
        let (mut met, tree) = (Vec::new(), &mut self.tree);
        self.flow.end(&mut |whole| met.push(streamed(&whole, tree)));
        to_js(&met)
    }
}
