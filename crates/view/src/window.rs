//! The part of a long list that is on the screen.
//!
//! A list may have more rows than a browser can make an element tall: then the scroll bar stands for the list at a smaller
//! scale, and rows are placed beside the present position. It knows pixels, and nothing of what the rows are.

use std::ops::Range;

/// The tallest element that every browser draws rightly (Firefox ends near 17 million pixels).
const TALLEST: f64 = 16_000_000.0;
/// How many rows beyond the edges are kept, so that scrolling meets them.
const BEYOND: usize = 6;

/// A list of rows of equal height, and the height of the screen that it is seen through.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Window {
    /// How many rows there are.
    pub count: usize,
    /// How tall a row is.
    pub row: f64,
    /// How tall the view is.
    pub view: f64,
}

impl Window {
    /// How tall all rows are.
    fn whole(&self) -> f64 {
        self.count as f64 * self.row
    }

    /// How tall the element is that is scrolled.
    pub fn track(&self) -> f64 {
        self.whole().min(TALLEST)
    }

    /// How many pixels of the list one pixel of the scroll bar stands for.
    pub fn scale(&self) -> f64 {
        let (inside, track) = (self.whole() - self.view, self.track() - self.view);
        if inside > track && track > 0.0 { inside / track } else { 1.0 }
    }

    /// The rows to draw where the list is scrolled to `top`.
    pub fn rows(&self, top: f64) -> Range<usize> {
        if self.row <= 0.0 {
            return 0..0;
        }
        let first = (top.max(0.0) * self.scale() / self.row) as usize;
        let seen = (self.view / self.row) as usize + 2;
        first.saturating_sub(BEYOND).min(self.count)..(first + seen + BEYOND).min(self.count)
    }

    /// Where a row is drawn, from the top of the track.
    pub fn place(&self, top: f64, row: usize) -> f64 {
        row as f64 * self.row - top * (self.scale() - 1.0)
    }

    /// How far to scroll so that a row is seen; as far as now if it is seen already.
    pub fn reveal(&self, top: f64, row: usize) -> f64 {
        let (above, scale) = (row as f64 * self.row, self.scale());
        let inside = top * scale;
        let wanted = if above < inside {
            above
        } else if above + self.row > inside + self.view {
            above + self.row - self.view
        } else {
            return top;
        };
        (wanted / scale).max(0.0).min((self.track() - self.view).max(0.0))
    }
}
