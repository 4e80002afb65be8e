//! A scrolled element, and which part of its list it shows.

use pgscope_view::Window;
use reactive_graph::owner::{LocalStorage, StoredValue};
use reactive_graph::signal::RwSignal;
use reactive_graph::traits::*;
use web_sys::{Element, Event};

use crate::dom::{El, on_resize};

/// Where an element is scrolled to, and its size.
#[derive(Clone, Copy)]
pub(crate) struct Scroll {
    element: StoredValue<El, LocalStorage>,
    top: RwSignal<f64>,
    size: RwSignal<(f64, f64)>,
}

impl Scroll {
    pub(crate) fn new(element: &El) -> Self {
        let scroll = Self {
            element: StoredValue::new_local(element.clone()),
            top: RwSignal::new(0.0),
            size: RwSignal::new((0.0, 0.0)),
        };
        element.clone().on("scroll", move |_: Event| scroll.scrolled());
        on_resize(element, move || scroll.measure());
        scroll
    }

    fn with<T>(self, read: impl FnOnce(&Element) -> T) -> T {
        self.element.with_value(|element| read(element.of()))
    }

    fn measure(self) {
        let size = self.with(|element| (f64::from(element.client_width()), f64::from(element.client_height())));
        if self.size.get_untracked() != size {
            self.size.set(size);
        }
        self.scrolled();
    }

    fn scrolled(self) {
        let top = self.with(|element| f64::from(element.scroll_top()));
        if self.top.get_untracked() != top {
            self.top.set(top);
        }
    }

    pub(crate) fn top(self) -> f64 {
        self.top.get()
    }

    pub(crate) fn width(self) -> f64 {
        self.size.get().0
    }

    /// The window on `count` rows.
    pub(crate) fn window(self, count: usize, row: f64) -> Window {
        Window { count, row, view: self.size.get().1 }
    }

    /// Scrolls so far that a row is seen.
    pub(crate) fn reveal(self, window: Window, row: usize) {
        let now = self.with(|element| f64::from(element.scroll_top()));
        let wanted = window.reveal(now, row);
        if wanted != now {
            self.with(|element| element.set_scroll_top(wanted.round() as i32));
            self.scrolled();
        }
    }
}
