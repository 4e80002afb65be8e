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

/// What computes a value; it gets the one before. (A trait of its own for the reason that [`Act`](crate::effect::Act) has.)
trait Compute<T> {
    fn compute(&self, before: Option<&T>) -> T;
}

impl<T, F: Fn(Option<&T>) -> T> Compute<T> for F {
    fn compute(&self, before: Option<&T>) -> T {
        self(before)
    }
}

struct Computed<T> {
    value: Cell<T>,
    by: Box<dyn Compute<T>>,
}

impl<T: PartialEq> graph::Run for Computed<T> {
    fn run(&self) -> bool {
        let new = self.by.compute(self.value.borrow().as_ref());
        let is_other = self.value.borrow().as_ref() != Some(&new);
        if is_other {
            self.value.replace(Some(new));
        }
        is_other
    }
}

impl<T: PartialEq + 'static> Memo<T> {
    /// A memo of what `compute` gives, which gets the value before.
    pub fn new(compute: impl Fn(Option<&T>) -> T + 'static) -> Self {
        Self::of(Box::new(compute))
    }

    fn of(by: Box<dyn Compute<T>>) -> Self {
        let value = Cell::<T>::default();
        let run = Computed { value: value.clone(), by };
        Self { id: graph::add_memo(value, Rc::new(run)), of: PhantomData }
    }
}

impl<T: 'static> Read for Memo<T> {
    type Value = T;

    fn cell(&self, is_tracked: bool) -> Option<Cell<T>> {
        graph::read(self.id, is_tracked)?.downcast().ok()
    }
}
