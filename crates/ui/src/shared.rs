//! State of the page that many closures share.

use std::ops::Deref;

/// A handle to state, of one word: closures that hold it stay small. The state stays as long as the page, so it is made
/// once for each pane, and not again and again.
pub(crate) struct Shared<T: 'static>(&'static T);

impl<T> Shared<T> {
    pub(crate) fn of(state: T) -> Self {
        Self(Box::leak(Box::new(state)))
    }
}

impl<T> Clone for Shared<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Shared<T> {}

impl<T> Deref for Shared<T> {
    type Target = T;

    fn deref(&self) -> &T {
        self.0
    }
}
