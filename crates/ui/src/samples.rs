//! Exchanges of real programs to begin with. All but the first are fetched when wanted.

use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;

use crate::dom::window;

/// What the page opens on.
pub(crate) const FIRST: &str = include_str!("../../../web/samples/psql.txt");

/// A sample: its file, and its title.
pub(crate) struct Sample {
    pub(crate) file: &'static str,
    pub(crate) title: &'static str,
}

/// Good ones, then broken ones.
pub(crate) const GOOD: &[Sample] = &[
    Sample { file: "psql.txt", title: "psql: a simple query (hex, F and B)" },
    Sample { file: "tokio-postgres.txt", title: "tokio-postgres: an extended query (xxd)" },
    Sample { file: "asyncpg.txt", title: "asyncpg: parameters, binary rows (Wireshark follow)" },
    Sample { file: "error.txt", title: "psql: an error, and on (tcpdump -X)" },
    Sample { file: "copy-in.txt", title: "psql: COPY in (strace)" },
    Sample { file: "copy-binary.txt", title: "COPY out in binary (C arrays)" },
    Sample { file: "scram.txt", title: "A login by SCRAM-SHA-256 (PQtrace)" },
    Sample { file: "notify.txt", title: "LISTEN and NOTIFY (socat -x)" },
    Sample { file: "replication.txt", title: "Logical replication (hex, F and B)" },
    Sample { file: "cancel.txt", title: "A cancel request (base64)" },
];

pub(crate) const BROKEN: &[Sample] = &[
    Sample { file: "broken-length.txt", title: "A length that is one short" },
    Sample { file: "broken-http.txt", title: "HTTP on the port" },
];

/// Gets the text of a sample.
pub(crate) async fn fetch(file: &str) -> Result<String, String> {
    if file == "psql.txt" {
        return Ok(FIRST.to_owned());
    }
    fetched(&format!("samples/{file}")).await.map_err(|_| format!("The sample {file} could not be fetched."))
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
