//! Values that are set by hand.

use std::cell::RefCell;
use std::marker::PhantomData;
use std::rc::Rc;

use crate::graph::{self, Id};
use crate::traits::{Cell, Read, Write};

/// A value that can be read and set from everywhere.
#[derive(Debug)]
pub struct RwSignal<T> {
    id: Id,
    of: PhantomData<fn() -> T>,
}

impl<T> Clone for RwSignal<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for RwSignal<T> {}

impl<T: 'static> RwSignal<T> {
    /// A signal that has this value at first.
    pub fn new(value: T) -> Self {
        Self { id: graph::add_value(Rc::new(RefCell::new(Some(value)))), of: PhantomData }
    }
}

impl<T: Default + 'static> Default for RwSignal<T> {
    fn default() -> Self {
        Self::new(T::default())
    }
}

impl<T: 'static> Read for RwSignal<T> {
    type Value = T;

    fn cell(&self, is_tracked: bool) -> Option<Cell<T>> {
        graph::read(self.id, is_tracked)?.downcast().ok()
    }
}

impl<T: 'static> Write for RwSignal<T> {
    fn notify(&self) {
        graph::changed(self.id);
    }
}
