//! Signals: values that tell whoever read them that they changed.
//!
//! A [`RwSignal`](signal::RwSignal) is set by hand, a [`Memo`](computed::Memo) is computed from others, and an effect runs
//! again when what it read has changed. All are handles to one graph, which is not generic: a type of value costs little code.
//! Names and behaviour are those of Leptos's `reactive_graph`; its generality would weigh twenty kilobytes of the page.
//!
//! Nothing here knows a browser: whoever uses it says how something is done later ([`begin`]).
//!
//! ```
//! use pgscope_signal::{begin, effect::effect, flush, signal::RwSignal, traits::*};
//! use std::{cell::RefCell, rc::Rc};
//!
//! begin(|| {}); // This example flushes by hand.
//! let (name, told) = (RwSignal::new("a"), Rc::new(RefCell::new(Vec::new())));
//! let telling = told.clone();
//! effect(Box::new(move || telling.borrow_mut().push(name.get())));
//! name.set("b");
//! name.set("c");
//! flush();
//! assert_eq!(*told.borrow(), ["a", "c"]);
//! ```

pub mod computed;
pub mod effect;
mod graph;
pub mod owner;
pub mod signal;
pub mod traits;

pub use graph::{begin, flush, unowned, untrack};
