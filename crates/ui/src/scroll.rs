//! A scrolled element, and which part of its list it shows.

use leptos::html::Div;
use leptos::prelude::*;
use pgscope_view::Window;

use crate::dom::on_resize;

/// Where an element is scrolled to, and its size.
#[derive(Clone, Copy)]
pub(crate) struct Scroll {
    pub(crate) node: NodeRef<Div>,
    top: RwSignal<f64>,
    size: RwSignal<(f64, f64)>,
}

impl Scroll {
    pub(crate) fn new() -> Self {
        let scroll = Self { node: NodeRef::new(), top: RwSignal::new(0.0), size: RwSignal::new((0.0, 0.0)) };
        Effect::new(move || {
            let Some(element) = scroll.node.get() else { return };
            on_resize(&element, move || scroll.measure());
        });
        scroll
    }

    fn measure(self) {
        let Some(element) = self.node.get_untracked() else { return };
        let size = (f64::from(element.client_width()), f64::from(element.client_height()));
        if self.size.get_untracked() != size {
            self.size.set(size);
        }
        self.scrolled();
    }

    /// To be called when the element was scrolled.
    pub(crate) fn scrolled(self) {
        let Some(element) = self.node.get_untracked() else { return };
        self.top.set(f64::from(element.scroll_top()));
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
        let Some(element) = self.node.get_untracked() else { return };
        let now = f64::from(element.scroll_top());
        let wanted = window.reveal(now, row);
        if wanted != now {
            element.set_scroll_top(wanted.round() as i32);
            self.scrolled();
        }
    }
}
