//! What can be done with signals and memos.

use std::cell::RefCell;
use std::rc::Rc;

/// Where a value lies; empty while it was never computed.
pub type Cell<T> = Rc<RefCell<Option<T>>>;

/// What can be read.
pub trait Read {
    /// Of which type.
    type Value: 'static;

    /// Where the value lies, up to date; whatever runs at the moment runs again when it changes, if `is_tracked`.
    fn cell(&self, is_tracked: bool) -> Option<Cell<Self::Value>>;

    /// Reads the value.
    fn with<U>(&self, read: impl FnOnce(&Self::Value) -> U) -> U {
        borrowed(self.cell(true), read)
    }

    /// Reads the value; who runs does not run again when it changes.
    fn with_untracked<U>(&self, read: impl FnOnce(&Self::Value) -> U) -> U {
        borrowed(self.cell(false), read)
    }

    /// A copy of the value.
    fn get(&self) -> Self::Value
    where
        Self::Value: Clone,
    {
        self.with(Self::Value::clone)
    }

    /// A copy of the value; who runs does not run again when it changes.
    fn get_untracked(&self) -> Self::Value
    where
        Self::Value: Clone,
    {
        self.with_untracked(Self::Value::clone)
    }

    /// Who runs runs again when the value changes.
    fn track(&self) {
        self.cell(true);
    }
}

/// What can be set.
pub trait Write: Read {
    /// Tells whoever read the value that it is another.
    fn notify(&self);

    /// Gives it another value.
    fn set(&self, value: Self::Value) {
        if let Some(cell) = self.cell(false) {
            // The value before goes when nothing is borrowed.
            drop(cell.replace(Some(value)));
            self.notify();
        }
    }

    /// Changes the value.
    fn update(&self, change: impl FnOnce(&mut Self::Value)) {
        if let Some(cell) = self.cell(false) {
            cell.borrow_mut().as_mut().map(change);
            self.notify();
        }
    }
}

/// What is kept.
pub trait Keep {
    /// Of which type.
    type Value: 'static;

    /// Where the value lies.
    fn kept(&self) -> Option<Cell<Self::Value>>;

    /// Reads the value.
    fn with_value<U>(&self, read: impl FnOnce(&Self::Value) -> U) -> U {
        borrowed(self.kept(), read)
    }

    /// A copy of the value.
    fn get_value(&self) -> Self::Value
    where
        Self::Value: Clone,
    {
        self.with_value(Self::Value::clone)
    }

    /// Keeps another value.
    fn set_value(&self, value: Self::Value) {
        drop(self.kept().and_then(|cell| cell.replace(Some(value))));
    }

    /// Changes the value, and gives what that gives.
    fn try_update_value<U>(&self, change: impl FnOnce(&mut Self::Value) -> U) -> Option<U> {
        self.kept()?.borrow_mut().as_mut().map(change)
    }

    /// Changes the value.
    fn update_value(&self, change: impl FnOnce(&mut Self::Value)) {
        self.try_update_value(change);
    }
}

fn borrowed<T, U>(cell: Option<Cell<T>>, read: impl FnOnce(&T) -> U) -> U {
    match cell.as_ref().map(|cell| cell.borrow()).as_deref() {
        Some(Some(value)) => read(value),
        _ => gone(),
    }
}

#[cold]
fn gone() -> ! {
    panic!("what is read was made by an effect that has run again since")
}
