//! Values that are computed from others.

use std::marker::PhantomData;
use std::rc::Rc;

use crate::graph::{self, Id};
use crate::traits::{Cell, Read};

/// A value that is computed anew when something that it was computed from has changed, and only then.
#[derive(Debug)]
pub struct Memo<T> {
    id: Id,
    of: PhantomData<fn() -> T>,
}

impl<T> Clone for Memo<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Memo<T> {}

impl<T: PartialEq + 'static> Memo<T> {
    /// A memo of what `compute` gives, which gets the value before.
    pub fn new(compute: impl Fn(Option<&T>) -> T + 'static) -> Self {
        let value = Cell::<T>::default();
        let kept = value.clone();
        let run = move || {
            let new = compute(kept.borrow().as_ref());
            let is_other = kept.borrow().as_ref() != Some(&new);
            if is_other {
                kept.replace(Some(new));
            }
            is_other
        };
        Self { id: graph::add_memo(value, Rc::new(run)), of: PhantomData }
    }
}

impl<T: 'static> Read for Memo<T> {
    type Value = T;

    fn cell(&self, is_tracked: bool) -> Option<Cell<T>> {
        graph::read(self.id, is_tracked)?.downcast().ok()
    }
}
