//! Small pictures as SVG inside a page: lines, arrows and boxes with text, in a grid of whole pixels. Style sheets colour them.

use std::fmt::Write;

use pgscope_proto::Direction;

use crate::print::html::{element, text};

/// How wide a letter of the pictures is, in tenths of a pixel: of a monospaced font of 12 pixels.
const LETTER: i32 = 73;
/// How high a line of text is.
pub(super) const LINE: i32 = 18;

/// A picture, or a part of one that is still to find its place.
#[derive(Clone, Debug, Default)]
pub(super) struct Picture {
    pub(super) width: i32,
    pub(super) height: i32,
    marks: Vec<Mark>,
}

#[derive(Clone, Debug)]
enum Mark {
    Line(Vec<(i32, i32)>),
    /// The head of an arrow: its tip, and where it points to.
    Head(i32, i32, Points),
    Box {
        at: (i32, i32),
        size: (i32, i32),
        lines: Vec<String>,
        side: &'static str,
    },
    Text {
        at: (i32, i32),
        words: String,
    },
}

/// Where an arrow points to.
#[derive(Clone, Copy, Debug)]
pub(super) enum Points {
    Up,
    Down,
    Right,
}

/// How wide a text is.
pub(super) fn width(words: &str) -> i32 {
    (words.chars().count() as i32 * LETTER + 9) / 10
}

/// The word of a side in style sheets.
pub(super) fn side(by: Direction) -> &'static str {
    by.name()
}

impl Picture {
    /// An empty picture of a size.
    pub(super) fn sized(width: i32, height: i32) -> Self {
        Self { width, height, marks: Vec::new() }
    }

    /// A line through these points.
    pub(super) fn line(&mut self, points: &[(i32, i32)]) {
        self.marks.push(Mark::Line(points.to_vec()));
    }

    /// A line, and an arrow at its end.
    pub(super) fn arrow(&mut self, points: &[(i32, i32)], to: Points) {
        self.line(points);
        self.marks.extend(points.last().map(|(x, y)| Mark::Head(*x, *y, to)));
    }

    /// The head of an arrow alone.
    pub(super) fn head(&mut self, x: i32, y: i32, to: Points) {
        self.marks.push(Mark::Head(x, y, to));
    }

    /// A box with a line of text for each.
    pub(super) fn boxed(&mut self, at: (i32, i32), size: (i32, i32), lines: Vec<String>, side: &'static str) {
        self.marks.push(Mark::Box { at, size, lines, side });
    }

    /// A text around a place.
    pub(super) fn words(&mut self, at: (i32, i32), words: &str) {
        self.marks.push(Mark::Text { at, words: words.to_owned() });
    }

    /// Puts another picture here.
    pub(super) fn place(&mut self, other: Picture, x: i32, y: i32) {
        self.marks.extend(other.marks.into_iter().map(|mark| mark.moved(x, y)));
    }

    /// The picture as an element, with words for those who do not see it.
    pub(super) fn element(&self, id: &str, title: &str, description: &str) -> String {
        let (title_id, description_id) = (format!("{id}-title"), format!("{id}-description"));
        let mut inside = element("title", &[("id", &title_id)], &text(title));
        inside += &element("desc", &[("id", &description_id)], &text(description));
        // Lines first: boxes stand on them.
        let is_box = |mark: &&Mark| matches!(mark, Mark::Box { .. });
        self.marks.iter().filter(|mark| !is_box(mark)).for_each(|mark| inside += &mark.element());
        self.marks.iter().filter(is_box).for_each(|mark| inside += &mark.element());
        let (width, height) = (self.width.to_string(), self.height.to_string());
        let view = format!("0 0 {width} {height}");
        let named = format!("{title_id} {description_id}");
        let attributes = [
            ("class", "ref-picture"),
            ("viewBox", &*view),
            ("width", &width),
            ("height", &height),
            ("role", "img"),
            ("aria-labelledby", &named),
        ];
        let picture = element("svg", &attributes, &inside);
        element(
            "div",
            &[("class", "ref-picture-frame"), ("tabindex", "0"), ("role", "group"), ("aria-label", title)],
            &picture,
        )
    }
}

impl Mark {
    fn moved(self, x: i32, y: i32) -> Self {
        let by = |at: (i32, i32)| (at.0 + x, at.1 + y);
        match self {
            Mark::Line(points) => Mark::Line(points.into_iter().map(by).collect()),
            Mark::Head(at_x, at_y, to) => Mark::Head(at_x + x, at_y + y, to),
            Mark::Box { at, size, lines, side } => Mark::Box { at: by(at), size, lines, side },
            Mark::Text { at, words } => Mark::Text { at: by(at), words },
        }
    }

    fn element(&self) -> String {
        match self {
            Mark::Line(points) => {
                let path = path(points);
                element("path", &[("class", "ref-line-of"), ("d", &path)], "")
            }
            Mark::Head(x, y, to) => {
                let corners = match to {
                    Points::Up => [(-4, 7), (8, 0)],
                    Points::Down => [(-4, -7), (8, 0)],
                    Points::Right => [(-7, -4), (0, 8)],
                };
                let path = format!("M{x} {y}{}z", corners.map(|(dx, dy)| format!("l{dx} {dy}")).concat());
                element("path", &[("class", "ref-head-of"), ("d", &path)], "")
            }
            Mark::Box { at, size, lines, side } => boxed(*at, *size, lines, side),
            Mark::Text { at: (x, y), words } => one_line("ref-word-of", *x, *y, words),
        }
    }
}

fn path(points: &[(i32, i32)]) -> String {
    let mut path = String::new();
    for (nth, (x, y)) in points.iter().enumerate() {
        let _ = write!(path, "{}{x} {y}", if nth == 0 { "M" } else { "L" });
    }
    path
}

fn boxed(at: (i32, i32), size: (i32, i32), lines: &[String], side: &str) -> String {
    let [x, y, wide, high] = [at.0, at.1, size.0, size.1].map(|number| number.to_string());
    let attributes = [("x", &*x), ("y", &*y), ("width", &wide), ("height", &high), ("rx", "4")];
    let mut inside = element("rect", &attributes, "");
    for (nth, words) in (0_i32..).zip(lines) {
        let top = at.1 + (size.1 - LINE * lines.len() as i32) / 2;
        inside += &one_line("ref-name-of", at.0 + size.0 / 2, top + LINE * nth + 13, words);
    }
    element("g", &[("class", "ref-box-of"), ("data-side", side)], &inside)
}

/// Text around a place. Its length is said, so that it fits in whatever font.
fn one_line(class: &str, x: i32, y: i32, words: &str) -> String {
    let (x, y, length) = (x.to_string(), y.to_string(), width(words).to_string());
    let attributes = [("class", class), ("x", &*x), ("y", &y), ("text-anchor", "middle"), ("textLength", &length)];
    element("text", &attributes, &text(words))
}
