//! What is asked for as a figure: options as a caller writes them, fences, and scenarios by their names.

use js_sys::{Error, Number, Object, Reflect, TypeError};
use pgscope_view::capture;
use pgscope_view::fence::{self, Header};
use pgscope_view::figure::{Figure, Makers};
use pgscope_view::print::layout;
use pgscope_view::print::sequence::Theme;
use pgscope_view::proto::messages;
use pgscope_view::sim::{Choices, Scenario, shipped};
use serde::Serialize;
use wasm_bindgen::prelude::{JsCast, JsValue};

use crate::{bytes, failed};

/// An input, if there is one.
pub(crate) fn input(input: &JsValue) -> Result<Option<Vec<u8>>, JsValue> {
    let is_there = !(input.is_null() || input.is_undefined());
    is_there.then(|| bytes(input)).transpose()
}

/// The figure of an input, or of a scenario.
pub(crate) fn figure(header: &Header, input: Option<&[u8]>, makers: Makers) -> Result<Figure, JsValue> {
    let Some(input) = input else { return header.figure_by("", makers).map_err(failed) };
    if header.scenario.is_some() {
        return Err(failed("a scenario is played: an input beside it is too much".to_owned()));
    }
    let read = (makers.read)(input, &capture::Options::default());
    let mut figure = Figure::of_read(read).map_err(failed)?;
    figure.title = header.title.clone().unwrap_or(figure.title);
    (figure.choice, figure.panes) = (header.choice.clone(), header.panes);
    Ok(figure)
}

/// The figure that a fence of a document shows. An error has the `line`, from 1.
pub(crate) fn fenced(text: &str, makers: Makers) -> Result<Figure, JsValue> {
    let lines: Vec<String> = text.lines().map(str::to_owned).collect();
    let fence = fence::Fence { line: 0, last: lines.len(), lines };
    fence.figure_by(makers).map_err(|wrong| {
        let first = wrong.into_iter().next();
        let error = Error::new(&first.as_ref().map_or(String::new(), |wrong| wrong.message.clone()));
        let line = first.map_or(1, |wrong| wrong.line.max(1));
        let _ = Reflect::set(&error, &"line".into(), &(line as u32).into());
        JsValue::from(error)
    })
}

/// The layout of a message as a figure.
pub(crate) fn layout(message: &str, site: Option<&str>) -> Result<String, JsValue> {
    let known = messages::by_name(message).ok_or_else(|| failed(format!("there is no message {message}")))?;
    Ok(layout::figure(known, &format!("{} on the wire", known.name()), site))
}

/// Every scenario that can be played, with its knobs.
pub(crate) fn shipped_scenarios() -> Vec<ScenarioEntry> {
    let entry = |shipped: &shipped::Shipped| -> Option<ScenarioEntry> {
        let scenario = Scenario::read(shipped.text, &Choices::default()).ok()?;
        let knobs = scenario.knobs.into_iter();
        Some(ScenarioEntry {
            name: shipped.name,
            title: scenario.title,
            summary: scenario.summary,
            knobs: knobs.map(|knob| Knob { name: knob.name, label: knob.label, choices: knob.choices }).collect(),
        })
    };
    shipped::ALL.iter().filter_map(entry).collect()
}

#[derive(Serialize)]
pub(crate) struct ScenarioEntry {
    name: &'static str,
    title: String,
    summary: String,
    knobs: Vec<Knob>,
}

#[derive(Serialize)]
pub(crate) struct Knob {
    name: String,
    label: String,
    choices: Vec<String>,
}

/// Names and values of an object, in its order.
pub(crate) fn pairs(object: &JsValue) -> Result<Vec<(String, String)>, JsValue> {
    if object.is_undefined() || object.is_null() {
        return Ok(Vec::new());
    }
    let object =
        object.dyn_ref::<Object>().ok_or_else(|| JsValue::from(TypeError::new("an object of texts is wanted")))?;
    // JavaScript writes its numbers itself: what would do it here is 10 KB.
    let number = |value: JsValue| value.dyn_into::<Number>().ok()?.to_string_with_radix(10).ok().map(String::from);
    let word = |value: JsValue| value.as_string().or_else(|| number(value));
    let keys = Object::keys(object);
    let pair = |key: JsValue| {
        let value = Reflect::get(object, &key)?;
        let name = key.as_string().unwrap_or_default();
        let value = word(value).ok_or_else(|| failed(format!("{name} is to be a text")))?;
        Ok((name, value))
    };
    keys.iter().map(pair).collect()
}

/// What is said of a figure.
pub(crate) struct Options {
    pub(crate) header: Header,
    pub(crate) to: String,
    pub(crate) theme: Theme,
    pub(crate) site: Option<String>,
}

impl Options {
    /// Names are those of a fence, and `to`, `theme`, `site`; `set` may be an object.
    pub(crate) fn read(options: &JsValue) -> Result<Self, JsValue> {
        let mut read = Self { header: Header::default(), to: "html".to_owned(), theme: Theme::Auto, site: None };
        if options.is_undefined() || options.is_null() {
            return Ok(read);
        }
        let key = JsValue::from_str("set");
        let knobs = Reflect::get(options, &key).ok().filter(|set| set.is_object());
        let plain = Object::assign(&Object::new(), options.unchecked_ref());
        let _ = Reflect::delete_property(&plain, &key).ok().filter(|_| knobs.is_some());
        let mut of_fence = Vec::new();
        for (name, value) in pairs(&plain)? {
            match name.as_str() {
                "to" => read.to = value,
                "site" => read.site = Some(value).filter(|site| !site.is_empty()),
                "theme" => read.theme = theme(&value)?,
                _ => of_fence.push((name, value)),
            }
        }
        let pairs_of_fence = of_fence.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        read.header = Header::of(pairs_of_fence).map_err(failed)?;
        if let Some(knobs) = knobs {
            read.header.set = pairs(&knobs)?;
        }
        Ok(read)
    }
}

fn theme(name: &str) -> Result<Theme, JsValue> {
    match name {
        "auto" => Ok(Theme::Auto),
        "light" => Ok(Theme::Light),
        "dark" => Ok(Theme::Dark),
        other => Err(failed(format!("there is no theme {other}; known are auto, light, dark"))),
    }
}
