//! Values that are kept, and not followed.

use std::cell::RefCell;
use std::marker::PhantomData;
use std::rc::Rc;

use crate::graph::{self, Id};
use crate::traits::{Cell, Keep};

/// Where values are kept: in this thread. There is no other place.
#[derive(Debug)]
pub struct LocalStorage;

/// A value for which there is a handle that can be copied. Nobody hears that it changes.
#[derive(Debug)]
pub struct StoredValue<T, S = LocalStorage> {
    id: Id,
    of: PhantomData<fn() -> (T, S)>,
}

impl<T, S> Clone for StoredValue<T, S> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T, S> Copy for StoredValue<T, S> {}

impl<T: 'static> StoredValue<T> {
    /// Keeps a value.
    pub fn new(value: T) -> Self {
        Self { id: graph::add_value(Rc::new(RefCell::new(Some(value)))), of: PhantomData }
    }

    /// Keeps a value, in this thread.
    pub fn new_local(value: T) -> Self {
        Self::new(value)
    }
}

impl<T: 'static> Keep for StoredValue<T> {
    type Value = T;

    fn kept(&self) -> Option<Cell<T>> {
        graph::read(self.id, false)?.downcast().ok()
    }
}
