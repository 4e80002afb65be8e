//! What runs again when what it read has changed.

use std::cell::RefCell;
use std::rc::Rc;

use crate::graph;

/// What can be run again and again.
///
/// Not `FnMut()`: a boxed one brings along, for each closure, code that would call it once.
pub trait Act {
    /// Runs it.
    fn act(&mut self);
}

impl<F: FnMut()> Act for F {
    fn act(&mut self) {
        self();
    }
}

struct Effect(RefCell<Box<dyn Act>>);

impl graph::Run for Effect {
    fn run(&self) -> bool {
        self.0.borrow_mut().act();
        false
    }
}

/// Runs `run` now, and again a little later whenever something that it read has changed.
///
/// What is made while it runs, signals and effects, goes when it runs again.
pub fn effect(run: Box<dyn Act>) {
    graph::add_effect(Rc::new(Effect(RefCell::new(run))));
}
