//! Figures for pages: bytes, scenarios and the layout of messages, as HTML, pictures and text.

use pgscope_view::Indexed;
use pgscope_view::figure::{Figure, Makers};
use pgscope_view::performance::Performance;
use pgscope_view::print::Colour;
use pgscope_view::print::sequence::{self as print, Theme};
use pgscope_view::print::steps::{Step, steps};
use pgscope_view::sim::shipped;
use serde::Serialize;
use wasm_bindgen::prelude::{JsValue, wasm_bindgen};

use crate::asked::{self, pairs, shipped_scenarios};
use crate::{failed, to_js};

/// Draws bytes, text that holds them, or a scenario: as a figure in HTML, a picture, a diagram or sentences.
#[wasm_bindgen]
pub fn render(
    #[wasm_bindgen(unchecked_param_type = "Uint8Array | string | null")] input: &JsValue,
    #[wasm_bindgen(unchecked_optional_param_type = "RenderOptions")] options: &JsValue,
) -> Result<String, JsValue> {
    let asked::Options { header, to, theme, site } = asked::Options::read(options)?;
    let input = asked::input(input)?;
    drawn(&asked::figure(&header, input.as_deref(), Makers::WHOLE)?, &to, theme, site.as_deref())
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
    drawn(&asked::fenced(text, Makers::WHOLE)?, "html", Theme::Auto, site.as_deref())
}

/// The layout of a message as a figure.
#[wasm_bindgen]
pub fn reference(message: &str, site: Option<String>) -> Result<String, JsValue> {
    asked::layout(message, site.as_deref())
}

/// The style sheet that figures need.
#[wasm_bindgen]
pub fn sheet() -> String {
    print::sheet()
}

/// Every scenario that can be played, with its knobs.
#[wasm_bindgen(unchecked_return_type = "ScenarioEntry[]")]
pub fn scenarios() -> Result<JsValue, JsValue> {
    to_js(&shipped_scenarios())
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
struct Simulated {
    title: String,
    summary: String,
    messages: Vec<Step>,
}
