//! What an author writes to show something on a page of their own: a link, an element, a fence, a frame.

use crate::print::html::{element, text};

/// What is shown elsewhere.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Elsewhere {
    /// What it is called.
    pub title: String,
    /// What stands behind `#` in its address.
    pub fragment: String,
    /// What says it in an element and in a fence: names and values.
    pub pairs: Vec<(String, String)>,
    /// The bytes, as text; nothing if it is a scenario, or too much for a text.
    pub body: Option<String>,
}

/// A way to show it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// A link, in Markdown.
    Markdown,
    /// An element, for pages with the loader.
    Element,
    /// A block of code.
    Fence,
    /// A frame, for any page.
    Frame,
}

/// How large a frame is before it has told its own height.
const SIZE: (i32, i32) = (770, 420);
/// What a fence calls by itself; everything else is a knob.
const OF_FENCE: [&str; 2] = ["scenario", "step"];

impl Elsewhere {
    /// The text; `site` is the folder where Pgscope is.
    pub fn text(&self, way: Way, site: &str) -> String {
        match way {
            Way::Markdown => format!("[{} in Pgscope]({site}#{})", self.title, self.fragment),
            Way::Frame => frame(&self.frame_address(site), &self.title, SIZE),
            Way::Element => {
                let attributes: Vec<_> =
                    self.pairs.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
                let body = self.body.as_ref().map(|body| format!("<pre>\n{}\n</pre>", text(body.trim_end())));
                element("pgscope-exchange", &attributes, &body.unwrap_or_default())
            }
            Way::Fence => self.fence(),
        }
    }

    fn fence(&self) -> String {
        let (own, knobs): (Vec<_>, Vec<_>) = self.pairs.iter().partition(|(name, _)| OF_FENCE.contains(&name.as_str()));
        let mut lines: Vec<String> = own.iter().map(|(name, value)| format!("{name}: {value}")).collect();
        if !knobs.is_empty() {
            let knobs: Vec<String> = knobs.iter().map(|(name, value)| format!("{name}={value}")).collect();
            lines.push(format!("set: {}", knobs.join(" ")));
        }
        lines.extend(self.body.as_ref().map(|body| body.trim_end().to_owned()));
        format!("```pgscope\n{}\n```\n", lines.join("\n"))
    }

    /// The address of the frame's page.
    pub fn frame_address(&self, site: &str) -> String {
        format!("{site}embed.html#{}", self.fragment)
    }
}

/// A frame of this size.
pub(crate) fn frame(address: &str, title: &str, (width, height): (i32, i32)) -> String {
    let [width, height] = [width, height].map(|length| length.to_string());
    let attributes = [("src", address), ("title", title), ("width", &width), ("height", &height), ("loading", "lazy")];
    element("iframe", &attributes, "")
}

#[cfg(all(test, feature = "sim"))]
mod tests {
    use super::*;
    use crate::fence::find;

    fn pairs(all: &[(&str, &str)]) -> Vec<(String, String)> {
        all.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn a_fence_reads_as_what_was_shown() {
        let scenario = Elsewhere {
            pairs: pairs(&[("scenario", "handshake"), ("step", "3"), ("segments", "7")]),
            ..Elsewhere::default()
        };
        let text = scenario.text(Way::Fence, "");
        let figure = find(&text)[0].read().expect("it holds");
        let sequence = figure.sequence().expect("the step is there");
        assert_eq!(figure.fragment(&sequence).as_deref(), Some("learn=handshake&segments=7&step=3"));
        let bytes = "F: 51 00 00 00 0e 53 45 4c 45 43 54 20 31 3b 00\nB: 5a 00 00 00 05 49\n";
        let shown = Elsewhere { pairs: pairs(&[("step", "1")]), body: Some(bytes.to_owned()), ..Elsewhere::default() };
        let figure = find(&shown.text(Way::Fence, ""))[0].figure().expect("it reads");
        assert_eq!(figure.sequence().expect("a step").lit, Some(0));
    }

    #[test]
    fn what_is_shown_is_text_in_html() {
        let shown = Elsewhere {
            title: "a \"<b>\"".to_owned(),
            fragment: "in=a&step=1".to_owned(),
            pairs: pairs(&[("step", "\"><script>")]),
            body: Some("</pre><script>".to_owned()),
        };
        let element = shown.text(Way::Element, "");
        assert!(!element.contains("<script>") && element.matches("</pre>").count() == 1, "{element}");
        assert_eq!(
            shown.text(Way::Frame, "https://example.org/p/"),
            "<iframe src=\"https://example.org/p/embed.html#in=a&amp;step=1\" title=\"a &quot;&lt;b&gt;&quot;\" \
             width=\"770\" height=\"420\" loading=\"lazy\"></iframe>"
        );
    }
}
