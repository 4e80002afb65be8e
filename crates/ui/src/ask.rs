//! The one way to the engine.
//!
//! Today it lives in this thread and answers at once. Callers must not count on that: an answer may come later, when what
//! it was asked for is no longer wanted.

use std::cell::RefCell;

use pgscope_view::engine::{Engine, Reply, Request};

thread_local! {
    static ENGINE: RefCell<Engine> = RefCell::default();
}

/// Asks the engine; `then` gets the answer.
pub(crate) fn ask(request: Request, then: impl FnOnce(Reply) + 'static) {
    let reply = ENGINE.with_borrow_mut(|engine| engine.answer(request));
    then(reply);
}
