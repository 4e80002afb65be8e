//! The layout of a message as nested lists of boxes and brackets. Style sheets draw them; without any it is an outline.

use crate::layout::{Part, Shape, layout};
use crate::print::html::{element, text};
use crate::proto::Message;

pub(super) fn picture(message: &'static Message) -> String {
    let parts = layout(message);
    let inside = list(&parts, &mut 0, 0);
    element("div", &[("class", "layout")], &inside)
}

/// The parts from `at` on that are as deep as `depth`, with what is in them.
fn list(parts: &[Part], at: &mut usize, depth: usize) -> String {
    let mut items = String::new();
    while let Some(part) = parts.get(*at).filter(|part| part.depth >= depth) {
        *at += 1;
        let mut inside = words(part);
        if parts.get(*at).is_some_and(|next| next.depth > depth) {
            inside.push_str(&list(parts, at, depth + 1));
        }
        let attributes = [
            ("class", "part"),
            ("data-shape", part.shape.name()),
            ("data-role", &*part.role),
            ("data-size", &*part.size),
        ];
        let shown = if part.shape == Shape::Box { 4 } else { 2 };
        items.push_str(&element("li", attributes.get(..shown).unwrap_or_default(), &inside));
    }
    element("ol", &[("class", "parts")], &items)
}

fn words(part: &Part) -> String {
    let mut words = element("span", &[("class", "part-name")], &text(&part.name));
    if !part.times.is_empty() {
        words.push_str(&element("span", &[("class", "part-times")], &text(&part.times)));
    }
    if part.shape == Shape::Box {
        words.push_str(&element("span", &[("class", "part-kind")], &text(&part.kind)));
        words.push_str(&element("span", &[("class", "part-size")], &text(&part.size)));
    }
    words
}
