//! Options of `decode`, as a caller writes them.

use js_sys::{Error, JSON, Object, Reflect, TypeError};
use pgscope_view::capture::{Form, Options};
use pgscope_view::proto::{Beginning, Direction};
use wasm_bindgen::prelude::{JsCast, JsValue};

const KEYS: [&str; 3] = ["form", "direction", "beginning"];

/// Reads them; what is not there has its default, what does not exist is an error with the names that do.
pub(crate) fn read(options: &JsValue) -> Result<Options, JsValue> {
    if options.is_undefined() || options.is_null() {
        return Ok(Options::default());
    }
    let Some(object) = options.dyn_ref::<Object>() else {
        return Err(TypeError::new("the options of decode() are an object").into());
    };
    for key in Object::keys(object).iter().filter_map(|key| key.as_string()) {
        if !KEYS.contains(&key.as_str()) {
            return Err(unknown("option", &key, &KEYS));
        }
    }
    Ok(Options {
        form: choice(object, "form", Form::from_id, &Form::ALL.map(Form::id))?,
        direction: direction(object)?,
        beginning: choice(object, "beginning", Beginning::from_id, &Beginning::ALL.map(Beginning::id))?
            .unwrap_or_default(),
        ..Options::default()
    })
}

fn direction(options: &Object) -> Result<Option<Direction>, JsValue> {
    let by_name = |name: &str| Direction::BOTH.into_iter().find(|direction| direction.name() == name);
    choice(options, "direction", by_name, &Direction::BOTH.map(Direction::name))
}

/// A direction by its name.
#[cfg(feature = "decode")]
pub(crate) fn side(name: &str) -> Result<Direction, JsValue> {
    let known = Direction::BOTH.into_iter().find(|direction| direction.name() == name);
    known.ok_or_else(|| unknown("direction", name, &Direction::BOTH.map(Direction::name)))
}

/// The value of an option that has a list of names.
fn choice<T>(
    options: &Object,
    key: &str,
    by_name: impl Fn(&str) -> Option<T>,
    names: &[&str],
) -> Result<Option<T>, JsValue> {
    let value = Reflect::get(options, &key.into())?;
    if value.is_undefined() || value.is_null() {
        return Ok(None);
    }
    let given = value.as_string();
    match given.as_deref().and_then(by_name) {
        Some(known) => Ok(Some(known)),
        None => Err(unknown(key, &given.unwrap_or_else(|| written(&value)), names)),
    }
}

/// A value that is no text, as JSON has it.
fn written(value: &JsValue) -> String {
    JSON::stringify(value).map(String::from).unwrap_or_default()
}

// Not `{given:?}`: that leads to tables of all letters that cannot be seen.
fn unknown(what: &str, given: &str, names: &[&str]) -> JsValue {
    Error::new(&format!("there is no {what} \"{given}\"; known are {}", names.join(", "))).into()
}
