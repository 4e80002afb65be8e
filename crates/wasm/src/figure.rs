//! Figures for pages: bytes, scenarios and the layout of messages, as HTML, pictures and text.

use js_sys::{Error, Object, Reflect, TypeError};
use pgscope_view::fence::{self, Header};
use pgscope_view::figure::Figure;
use pgscope_view::performance::Performance;
use pgscope_view::print::sequence::{self as print, Theme};
use pgscope_view::print::steps::{Step, steps};
use pgscope_view::print::{Colour, layout};
use pgscope_view::proto::messages;
use pgscope_view::sim::{Choices, Scenario, shipped};
use pgscope_view::{Indexed, capture};
use serde::Serialize;
use wasm_bindgen::prelude::{JsCast, JsValue, wasm_bindgen};

use crate::{bytes, failed, to_js};

/// Draws bytes, text that holds them, or a scenario: as a figure in HTML, a picture, a diagram or sentences.
#[wasm_bindgen]
pub fn render(
    #[wasm_bindgen(unchecked_param_type = "Uint8Array | string | null")] input: &JsValue,
    #[wasm_bindgen(unchecked_optional_param_type = "RenderOptions")] options: &JsValue,
) -> Result<String, JsValue> {
    let Options { header, to, theme, site } = Options::read(options)?;
    let figure = match input.is_null() || input.is_undefined() {
        true => header.figure("").map_err(failed)?,
        false => of_input(&header, input)?,
    };
    drawn(&figure, &to, theme, site.as_deref())
}

fn of_input(header: &Header, input: &JsValue) -> Result<Figure, JsValue> {
    if header.scenario.is_some() {
        return Err(failed("a scenario is played: an input beside it is too much".to_owned()));
    }
    let mut figure = Figure::of_bytes(&bytes(input)?, &capture::Options::default()).map_err(failed)?;
    figure.title = header.title.clone().unwrap_or(figure.title);
    (figure.choice, figure.panes) = (header.choice.clone(), header.panes);
    Ok(figure)
}

fn drawn(figure: &Figure, to: &str, theme: Theme, site: Option<&str>) -> Result<String, JsValue> {
    let sequence = figure.sequence().map_err(failed)?;
    Ok(match to {
        "html" => figure.html(&sequence, site),
        "page" => print::html_page(&figure.html(&sequence, site), &figure.title),
        "svg" => print::svg(&sequence, &figure.title, &figure.source(), theme),
        "mermaid" => print::mermaid(&sequence),
        "plantuml" => print::plantuml(&sequence),
        "markdown" => print::markdown(&sequence),
        "text" => print::terminal(&sequence, Colour::Never),
        other => {
            let known = "html, page, svg, mermaid, plantuml, markdown, text";
            return Err(failed(format!("there is no form {other}; known are {known}")));
        }
    })
}

/// The figure that a fence of a document shows: lines of names and values, and bytes below them. An error has the `line`, from 1.
#[wasm_bindgen]
pub fn fence(text: &str, site: Option<String>) -> Result<String, JsValue> {
    let lines: Vec<String> = text.lines().map(str::to_owned).collect();
    let fence = fence::Fence { line: 0, last: lines.len(), lines };
    let figure = fence.figure().map_err(|wrong| {
        let first = wrong.into_iter().next();
        let error = Error::new(&first.as_ref().map_or(String::new(), |wrong| wrong.message.clone()));
        let line = first.map_or(1, |wrong| wrong.line.max(1));
        let _ = Reflect::set(&error, &"line".into(), &(line as u32).into());
        JsValue::from(error)
    })?;
    drawn(&figure, "html", Theme::Auto, site.as_deref())
}

/// The layout of a message as a figure.
#[wasm_bindgen]
pub fn reference(message: &str, site: Option<String>) -> Result<String, JsValue> {
    let known = messages::by_name(message).ok_or_else(|| failed(format!("there is no message {message}")))?;
    Ok(layout::figure(known, &format!("{} on the wire", known.name()), site.as_deref()))
}

/// The style sheet that figures need.
#[wasm_bindgen]
pub fn sheet() -> String {
    print::sheet()
}

/// Every scenario that can be played, with its knobs.
#[wasm_bindgen(unchecked_return_type = "ScenarioEntry[]")]
pub fn scenarios() -> Result<JsValue, JsValue> {
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
    to_js(&shipped::ALL.iter().filter_map(entry).collect::<Vec<_>>())
}

/// Lets a simulated client and server play a scenario: every message, with its time and what both ends do behind it.
#[wasm_bindgen(unchecked_return_type = "Simulated")]
pub fn simulate(
    scenario: &str,
    #[wasm_bindgen(unchecked_optional_param_type = "Record<string, string>")] knobs: &JsValue,
) -> Result<JsValue, JsValue> {
    let known = shipped::find(scenario);
    let (text, narration) = known.map_or((scenario, ""), |known| (known.text, known.narration));
    if known.is_none() && !scenario.contains('\n') {
        let names: Vec<&str> = shipped::ALL.iter().map(|known| known.name).collect();
        return Err(failed(format!("there is no scenario {scenario}; known are {}", names.join(", "))));
    }
    let Performance { exchanges, lesson, .. } = pgscope_view::play(text, narration, pairs(knobs)?).map_err(failed)?;
    let mut messages: Vec<Step> = Vec::new();
    for (connection, exchange) in exchanges.into_iter().enumerate() {
        let others = messages.len();
        let own = steps(&Indexed::new(exchange)).into_iter();
        messages.extend(own.map(|step| step.of_connection(connection, false, others)));
    }
    to_js(&Simulated { title: lesson.title, summary: lesson.summary, messages })
}

#[derive(Serialize)]
struct ScenarioEntry {
    name: &'static str,
    title: String,
    summary: String,
    knobs: Vec<Knob>,
}

#[derive(Serialize)]
struct Knob {
    name: String,
    label: String,
    choices: Vec<String>,
}

#[derive(Serialize)]
struct Simulated {
    title: String,
    summary: String,
    messages: Vec<Step>,
}

/// Names and values of an object, in its order.
fn pairs(object: &JsValue) -> Result<Vec<(String, String)>, JsValue> {
    if object.is_undefined() || object.is_null() {
        return Ok(Vec::new());
    }
    let object =
        object.dyn_ref::<Object>().ok_or_else(|| JsValue::from(TypeError::new("an object of texts is wanted")))?;
    let word = |value: JsValue| value.as_string().or_else(|| value.as_f64().map(|number| number.to_string()));
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
struct Options {
    header: Header,
    to: String,
    theme: Theme,
    site: Option<String>,
}

impl Options {
    /// Names are those of a fence, and `to`, `theme`, `site`; `set` may be an object.
    fn read(options: &JsValue) -> Result<Self, JsValue> {
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
