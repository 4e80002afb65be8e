//! Exchanges of real programs to begin with. All but the first are fetched when wanted.

use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;

use crate::dom::window;

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

/// Gets the text of a file of the site.
pub(crate) async fn fetched(file: &str) -> Result<String, JsValue> {
    let answer = JsFuture::from(window().ok_or(JsValue::NULL)?.fetch_with_str(&format!("./{file}"))).await?;
    let response: web_sys::Response = answer.dyn_into()?;
    if !response.ok() {
        return Err(JsValue::NULL);
    }
    let text = JsFuture::from(response.text()?).await?;
    text.as_string().ok_or(JsValue::NULL)
}
