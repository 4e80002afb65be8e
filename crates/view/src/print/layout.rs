//! The layout of a message as nested lists of boxes and brackets. Style sheets draw them; without any it is an outline.

use crate::docs::of_message;
use crate::layout::{Part, Shape, layout};
use crate::print::html::{element, prose, text};
use crate::print::reference::{first_sentence, page_name};
use crate::proto::Message;

/// The layout; the classes of its elements begin with `of`.
pub(super) fn picture(message: &'static Message, of: &str) -> String {
    let parts = layout(message);
    let inside = Lists { parts: &parts, at: 0, of }.list(0);
    element("div", &[("class", &format!("{of}layout"))], &inside)
}

/// The same as a figure for anybody's page, in the sheet that rendered exchanges have. It leads to the message's page at `site`.
pub fn figure(message: &'static Message, title: &str, site: Option<&str>) -> String {
    let name = element("b", &[("class", "pgscope-name")], &text(message.name()));
    let head = element("div", &[("class", "pgscope-line")], &name);
    let link = site.map(|site| format!("{}/messages/{}", site.trim_end_matches('/'), page_name(message)));
    let open = link.map(|link| element("a", &[("class", "pgscope-open"), ("href", &link)], "All of its fields"));
    let words = element("span", &[], &prose(first_sentence(&of_message(message))));
    let foot = element("figcaption", &[("class", "pgscope-foot")], &format!("{words}{}", open.unwrap_or_default()));
    let attributes = [("class", "pgscope"), ("aria-label", title), ("data-message", message.name())];
    element("figure", &attributes, &format!("{head}{}{foot}", picture(message, "pgscope-")))
}

struct Lists<'a> {
    parts: &'a [Part],
    at: usize,
    of: &'a str,
}

impl Lists<'_> {
    /// The parts from here on that are as deep as `depth`, with what is in them.
    fn list(&mut self, depth: usize) -> String {
        let class = |name: &str| format!("{}{name}", self.of);
        let (parts, own) = (class("parts"), class("part"));
        let mut items = String::new();
        while let Some(part) = self.parts.get(self.at).filter(|part| part.depth >= depth) {
            self.at += 1;
            let mut inside = words(part, self.of);
            if self.parts.get(self.at).is_some_and(|next| next.depth > depth) {
                inside.push_str(&self.list(depth + 1));
            }
            let attributes = [
                ("class", own.as_str()),
                ("data-shape", part.shape.name()),
                ("data-role", &*part.role),
                ("data-size", &*part.size),
            ];
            let shown = if part.shape == Shape::Box { 4 } else { 2 };
            items.push_str(&element("li", attributes.get(..shown).unwrap_or_default(), &inside));
        }
        element("ol", &[("class", &parts)], &items)
    }
}

fn words(part: &Part, of: &str) -> String {
    let word = |name: &str, words: &str| element("span", &[("class", &format!("{of}part-{name}"))], &text(words));
    let mut words = word("name", &part.name);
    if !part.times.is_empty() {
        words.push_str(&word("times", &part.times));
    }
    if part.shape == Shape::Box {
        words.push_str(&word("kind", &part.kind));
        words.push_str(&word("size", &part.size));
    }
    words
}
