//! HTML as text: elements, escaped text, and prose with code in it.

use pgscope_proto::Tree;

/// Text as text, whatever is in it.
pub(crate) fn text(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            letter => out.push(letter),
        }
    }
    out
}

/// An element: its name, its attributes, and what is inside it, which is HTML already.
pub(crate) fn element(name: &str, attributes: &[(&str, &str)], inside: &str) -> String {
    let attributes: String = attributes.iter().map(|(name, value)| format!(" {name}=\"{}\"", text(value))).collect();
    format!("<{name}{attributes}>{inside}</{name}>")
}

/// A sentence of the table: what stands between backticks is code.
pub(crate) fn prose(words: &str) -> String {
    let pieces = words.split('`').enumerate();
    pieces.map(|(nth, piece)| if nth % 2 == 1 { element("code", &[], &text(piece)) } else { text(piece) }).collect()
}

#[cfg(all(feature = "docs", feature = "sim"))]
/// A link, to an address of this site or of another.
pub(crate) fn link(address: &str, words: &str) -> String {
    let is_away = address.starts_with("https://");
    let away = [("href", address), ("rel", "noreferrer"), ("target", "_blank")];
    element("a", if is_away { &away } else { away.get(..1).unwrap_or_default() }, &text(words))
}

const PER_LINE: usize = 16;

/// The first bytes of a message, a line each, and a run for each field. Classes begin with `of`; that of a run is told by its node.
pub(crate) fn hex_lines(tree: &Tree, bytes: &[u8], of: &str, class: impl Fn(usize) -> String) -> String {
    let span = |name: &str, inside: &str| element("span", &[("class", &format!("{of}-{name}"))], inside);
    let mut lines = String::new();
    for (nth, line) in bytes.chunks(PER_LINE).enumerate() {
        let (start, end) = (nth * PER_LINE, nth * PER_LINE + line.len());
        let mut runs = String::new();
        for (index, node) in tree.leaves() {
            let (from, to) = ((node.start as usize).max(start), (node.end as usize).min(end));
            if from < to {
                let digits: Vec<String> =
                    bytes.get(from..to).unwrap_or_default().iter().map(|byte| format!("{byte:02x}")).collect();
                let class = class(index);
                let attributes =
                    [("class", class.as_str()), ("data-role", node.field.role.name()), ("title", node.field.name)];
                runs.push_str(&element("span", &attributes, &digits.join(" ")));
            }
        }
        let ascii: String =
            line.iter().map(|byte| if matches!(byte, 0x20..0x7f) { *byte as char } else { '·' }).collect();
        let parts = [span("offset", &format!("{start:04x}")), span("runs", &runs), span("ascii", &text(&ascii))];
        lines.push_str(&element("div", &[], &parts.concat()));
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_never_markup() {
        assert_eq!(element("b", &[("title", "\"<")], &text("<i>&")), "<b title=\"&quot;&lt;\">&lt;i&gt;&amp;</b>");
        assert_eq!(prose("a `<b>` c"), "a <code>&lt;b&gt;</code> c");
    }
}
