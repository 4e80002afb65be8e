//! What was read, as objects.

use pgscope_view::Indexed;
use pgscope_view::capture::{self, Capture};
use pgscope_view::print::json;
use pgscope_view::print::times::Column;
use pgscope_view::proto::{Exchange, Tree};
use serde::Serialize;
use wasm_bindgen::prelude::JsValue;

use crate::to_js;

/// All messages of what was read, and what could not be read.
pub(crate) fn objects(capture: Capture) -> Result<JsValue, JsValue> {
    let Capture { form, reason, guessed, exchanges, problems, .. } = capture;
    let decoded = Decoded {
        form: form.id(),
        reason,
        guessed,
        messages: exchanges.into_iter().enumerate().flat_map(messages_of).collect(),
        problems: problems.into_iter().map(InputProblem::from).collect(),
    };
    to_js(&decoded)
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

fn messages_of((connection, exchange): (usize, Exchange)) -> Vec<json::Message> {
    let indexed = Indexed::new(exchange);
    let (times, mut tree) = (Column::of(&indexed), Tree::new());
    let messages = (0..indexed.index.len()).filter_map(|number| {
        let (entry, problems) = indexed.open(number, &mut tree)?;
        let time_us = times.seen_us(number);
        Some(json::Message { connection, time_us, ..json::message(&indexed, &entry, &tree, problems) })
    });
    messages.collect()
}
