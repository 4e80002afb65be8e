//! The engine answers as a screen would ask: the tests are conversations, and what is said is data.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs, reason = "tests say what they expect")]

mod carried;
mod copied;
mod docs;
mod glance;
mod large;
mod meaning;
mod places;
mod proofs;
mod reading;
mod saying;
mod sides;
mod ties;
mod types;
mod window;
mod writing;

use pgscope_view::engine::*;

/// `Query("SELECT 1;")` with a length that is one short.
pub(crate) const ONE_SHORT: &str = "51 00 00 00 0D 53 45 4C 45 43 54 20 31 3B 00";

pub(crate) struct Asked {
    pub(crate) engine: Engine,
    pub(crate) loaded: Loaded,
}

pub(crate) fn text(text: &str) -> Asked {
    load(Input::Text(text.to_owned()), None, None)
}

pub(crate) fn load(input: Input, form: Option<&str>, direction: Option<&str>) -> Asked {
    let mut engine = Engine::default();
    let load =
        Load { input, form: form.map(str::to_owned), direction: direction.map(str::to_owned), ..Load::default() };
    let Reply::Loaded(loaded) = ask(&mut engine, Request::Load(load)) else { panic!("not loaded") };
    Asked { engine, loaded: *loaded }
}

/// Asks as if the engine lived in a worker: what goes there and back is serialised.
pub(crate) fn ask(engine: &mut Engine, request: Request) -> Reply {
    let sent: Request = serde_json::from_str(&serde_json::to_string(&request).unwrap()).unwrap();
    assert_eq!(sent, request);
    let reply = engine.answer(sent);
    let received: Reply = serde_json::from_str(&serde_json::to_string(&reply).unwrap()).unwrap();
    assert_eq!(received, reply);
    received
}

impl Asked {
    /// Asks what a screen that teaches asks, as it travels to a worker.
    pub(crate) fn teach(&mut self, lessons: Lessons) -> Taught {
        let sent: Lessons = serde_json::from_str(&serde_json::to_string(&lessons).unwrap()).unwrap();
        assert_eq!(sent, lessons);
        let taught = self.engine.teach(sent);
        let received: Taught = serde_json::from_str(&serde_json::to_string(&taught).unwrap()).unwrap();
        assert_eq!(received, taught);
        received
    }

    pub(crate) fn ask(&mut self, request: Request) -> Reply {
        ask(&mut self.engine, request)
    }

    pub(crate) fn rows(&mut self, from: usize, to: usize) -> Vec<Row> {
        let Reply::Rows(rows) = self.ask(Request::Rows { from, to }) else { panic!("no rows") };
        rows
    }

    pub(crate) fn sheet(&mut self, number: usize) -> Sheet {
        let Reply::Message(sheet) = self.ask(Request::Message(number)) else { panic!("no message {number}") };
        *sheet
    }

    pub(crate) fn place(&mut self, request: Request) -> Option<Place> {
        match self.ask(request) {
            Reply::Place(place) => Some(*place),
            Reply::Nothing => None,
            other => panic!("{other:?}"),
        }
    }

    /// What of the text is marked for some bytes: `line: plain[marked]plain[marked]`.
    pub(crate) fn marks(&mut self, number: usize, start: usize, end: usize) -> Vec<String> {
        let Reply::Marks(lines) = self.ask(Request::Marks { number, start, end, from_line: 0, to_line: 100 }) else {
            panic!("no marks")
        };
        let show = |(nth, piece): (usize, &String)| if nth % 2 == 1 { format!("[{piece}]") } else { piece.clone() };
        lines
            .iter()
            .map(|line| format!("{}: {}", line.line, line.pieces.iter().enumerate().map(show).collect::<String>()))
            .collect()
    }
}
