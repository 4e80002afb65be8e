//! The figures of `cargo xtask bench`, measured where people run Pgscope.

use js_sys::{Function, Reflect};
use pgscope_bench::{ALL, report};
use wasm_bindgen::prelude::{JsCast, JsValue, wasm_bindgen};

/// Measures and gives a table.
#[wasm_bindgen]
pub fn bench() -> Result<String, JsValue> {
    let performance = Reflect::get(&js_sys::global(), &"performance".into())?;
    let now: Function = Reflect::get(&performance, &"now".into())?.dyn_into()?;
    let clock = || now.call0(&performance).ok().and_then(|at| at.as_f64()).unwrap_or_default() / 1e3;
    Ok(ALL.into_iter().map(|load| report(&clock, &load())).collect())
}
