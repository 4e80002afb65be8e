//! A scrolled element, and which part of its list it shows.
//!
//! Browsers scroll by whole pixels. Where a pixel of the scroll bar stands for many pixels of a long list, that would be too
//! coarse: what was wanted is kept beside what the browser made of it, and the wheel is taken down to the list's scale.

use std::ops::Range;

use pgscope_signal::owner::{LocalStorage, StoredValue};
use pgscope_signal::signal::RwSignal;
use pgscope_signal::traits::*;
use pgscope_view::Window;
use web_sys::{Element, Event, WheelEvent};

use crate::dom::{El, el, on_resize, px};
use crate::shared::Shared;

/// Where an element is scrolled to, and its size.
pub(crate) type Scroll = Shared<ScrollState>;

pub(crate) struct ScrollState {
    element: StoredValue<El, LocalStorage>,
    track: StoredValue<El, LocalStorage>,
    top: RwSignal<f64>,
    size: RwSignal<(f64, f64)>,
    /// Where the browser was told to scroll to, and where that was to be.
    wanted: StoredValue<(f64, f64)>,
    scale: StoredValue<f64>,
    /// How far below the top of the view the rows begin that are drawn.
    drawn: StoredValue<f64>,
}

impl Scroll {
    pub(crate) fn new(element: &El) -> Self {
        let scroll = Self::of(ScrollState {
            element: StoredValue::new_local(element.clone()),
            track: StoredValue::new_local(el("div").class("track").attr("role", "presentation")),
            top: RwSignal::new(0.0),
            size: RwSignal::new((0.0, 0.0)),
            wanted: StoredValue::new((0.0, 0.0)),
            scale: StoredValue::new(1.0),
            drawn: StoredValue::new(0.0),
        });
        element
            .clone()
            .on("scroll", move |_: Event| scroll.scrolled())
            .on("wheel", move |event: WheelEvent| scroll.wheeled(&event));
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
        let now = self.with(|element| f64::from(element.scroll_top()));
        let (told, wanted) = self.wanted.get_value();
        let top = if told == now { wanted } else { now };
        if self.top.get_untracked() != top {
            self.top.set(top);
        }
    }

    /// Scrolls to a place between two pixels, if need be.
    fn to(self, wanted: f64) {
        let told = self.with(|element| {
            element.set_scroll_top(wanted.round() as i32);
            f64::from(element.scroll_top())
        });
        // Where the list is not so tall (yet), it stays where the browser left it.
        let is_there = (told - wanted).abs() < 1.0;
        self.wanted.set_value((told, if is_there { wanted } else { told }));
        self.scrolled();
    }

    /// The wheel moves the list, not the scroll bar.
    fn wheeled(self, event: &WheelEvent) {
        let scale = self.scale.get_value();
        if scale > 1.0 && event.delta_mode() == WheelEvent::DOM_DELTA_PIXEL && !event.ctrl_key() {
            event.prevent_default();
            let most = self.with(|element| f64::from(element.scroll_height() - element.client_height()));
            // Not `clamp`: what it has to say of NaN weighs as much as this whole file.
            self.to((self.top.get_untracked() + event.delta_y() / scale).max(0.0).min(most));
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
        let window = Window { count, row, view: self.size.get().1 };
        self.scale.set_value(window.scale());
        window
    }

    /// What is scrolled: as tall as the whole list.
    pub(crate) fn track(self) -> El {
        self.track.get_value()
    }

    /// Makes it so tall.
    pub(crate) fn grow(self, window: Window) {
        self.track.with_value(|track| track.set_style("height", &px(window.track())));
    }

    /// Where the rows that are drawn begin, from the top of the track. If none of them is to be seen, because the list was
    /// scrolled on before the others came, they stay where they were on the screen: a list is never blank.
    pub(crate) fn slab_top(self, window: Window, drawn: Range<usize>) -> f64 {
        let (top, seen) = (self.top.get(), window.rows(self.top.get()));
        if drawn.start < seen.end && seen.start < drawn.end {
            let place = window.place(top, drawn.start);
            self.drawn.set_value(place - top);
            return place;
        }
        top + self.drawn.get_value()
    }

    /// Scrolls so far that a row is seen.
    pub(crate) fn reveal(self, window: Window, row: usize) {
        let now = self.top.get_untracked();
        let wanted = window.reveal(now, row);
        if wanted != now {
            self.grow(window);
            self.to(wanted);
        }
    }
}
