//! What runs again when what it read has changed.

use std::cell::RefCell;
use std::rc::Rc;

use crate::graph;

/// Runs `run` now, and again a little later whenever something that it read has changed.
///
/// What is made while it runs, signals and effects, goes when it runs again.
pub fn effect(run: Box<dyn FnMut()>) {
    let run = RefCell::new(run);
    graph::add_effect(Rc::new(move || {
        run.borrow_mut()();
        false
    }));
}
