//! What was read, as objects.

use pgscope_view::Indexed;
use pgscope_view::capture::{self, Capture};
use pgscope_view::print::json;
use pgscope_view::proto::{Exchange, Problem, Tree};
use pgscope_view::session::Entry;
use serde::Serialize;
use wasm_bindgen::prelude::JsValue;

use crate::to_js;

/// What makes objects, which may come later than what reads.
#[derive(Clone, Copy)]
pub(crate) struct Objects {
    message: fn(&Indexed, &Entry, &Tree, Vec<Problem>) -> json::Message,
    given: fn(&Decoded) -> Result<JsValue, JsValue>,
}

impl Objects {
    pub(crate) const WHOLE: Self = Self { message: json::message, given: to_js };

    /// All messages of what was read, and what could not be read.
    pub(crate) fn of(self, capture: Capture) -> Result<JsValue, JsValue> {
        let Capture { form, reason, guessed, exchanges, problems } = capture;
        let messages = exchanges.into_iter().enumerate();
        (self.given)(&Decoded {
            form: form.id(),
            reason,
            guessed,
            messages: messages.flat_map(|(connection, exchange)| self.messages(connection, exchange)).collect(),
            problems: problems.into_iter().map(InputProblem::from).collect(),
        })
    }

    fn messages(self, connection: usize, exchange: Exchange) -> Vec<json::Message> {
        let indexed = Indexed::new(exchange);
        let mut tree = Tree::new();
        let messages = (0..indexed.index.len()).filter_map(|number| {
            let (entry, problems) = indexed.open(number, &mut tree)?;
            Some(json::Message { connection, ..(self.message)(&indexed, &entry, &tree, problems) })
        });
        messages.collect()
    }
}

#[derive(Serialize)]
pub(crate) struct Decoded {
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
