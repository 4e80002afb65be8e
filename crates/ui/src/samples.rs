//! Exchanges of real programs to begin with. All but the first are fetched when wanted.

use js_sys::Promise;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen_futures::JsFuture;

/// What the page opens on.
pub(crate) const FIRST: &str = include_str!("../../../web/samples/psql.txt");

/// Its name in the gallery.
const FIRST_NAME: &str = "psql";

/// Gets the text of a sample.
pub(crate) async fn fetch(name: &str) -> Result<String, String> {
    if name == FIRST_NAME {
        return Ok(FIRST.to_owned());
    }
    // A name is no path: an address leads nowhere else.
    let is_name = name.chars().all(|letter| letter.is_ascii_alphanumeric() || "-.".contains(letter));
    let text = if is_name { fetched(&format!("samples/{name}.txt")).await } else { Err(JsValue::NULL) };
    text.map_err(|_| format!("There is no sample called “{name}”, or it could not be fetched."))
}

/// Gets the text of a file of the site. The loader keeps it: what was fetched once is there without a network.
pub(crate) async fn fetched(file: &str) -> Result<String, JsValue> {
    let text = JsFuture::from(text(&format!("./{file}"))?).await?;
    text.as_string().ok_or(JsValue::NULL)
}

/// Begins to get it, for who will want it soon.
pub(crate) fn begin_to_fetch(file: &str) {
    drop(text(&format!("./{file}")));
}

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_name = pgscopeText, catch)]
    fn text(file: &str) -> Result<Promise, JsValue>;
}
