//! The Markdown of narration: paragraphs, and in them emphasis and code. It becomes plain data, never markup.

/// How a piece of text is set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// As it is.
    Plain,
    /// `*so*`
    Emphasis,
    /// `**so**`
    Strong,
    /// Between backticks.
    Code,
}

/// A piece of a paragraph.
pub type Piece = (Style, String);

/// The paragraphs of a text.
pub fn paragraphs(text: &str) -> Vec<Vec<Piece>> {
    text.split("\n\n").map(str::trim).filter(|paragraph| !paragraph.is_empty()).map(pieces).collect()
}

fn pieces(paragraph: &str) -> Vec<Piece> {
    let joined = paragraph.lines().map(str::trim).collect::<Vec<_>>().join(" ");
    let mut rest = joined.as_str();
    let mut pieces: Vec<Piece> = Vec::new();
    while !rest.is_empty() {
        let (style, text, behind) = next(rest);
        match pieces.last_mut() {
            Some((Style::Plain, before)) if style == Style::Plain => before.push_str(text),
            _ => pieces.push((style, text.to_owned())),
        }
        rest = behind;
    }
    pieces
}

/// The next piece and what is behind it. A mark that nothing closes is a character like others.
fn next(text: &str) -> (Style, &str, &str) {
    for (mark, style) in [("**", Style::Strong), ("*", Style::Emphasis), ("`", Style::Code)] {
        if let Some((inside, behind)) = text.strip_prefix(mark).and_then(|inside| inside.split_once(mark))
            && !inside.is_empty()
        {
            return (style, inside, behind);
        }
    }
    let first = text.chars().next().map_or(0, char::len_utf8);
    let end = text.get(first..).and_then(|rest| rest.find(['*', '`'])).map_or(text.len(), |at| at + first);
    let (plain, behind) = text.split_at_checked(end).unwrap_or((text, ""));
    (Style::Plain, plain, behind)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_become_styles_and_stray_ones_stay() {
        let told = |text: &str| {
            let all: Vec<String> = paragraphs(text)
                .iter()
                .map(|pieces| pieces.iter().map(|(style, text)| format!("{style:?}[{text}]")).collect())
                .collect();
            all.join("|")
        };
        assert_eq!(
            told("Read **one\nsocket**, *then* `read()`."),
            "Plain[Read ]Strong[one socket]Plain[, ]Emphasis[then]Plain[ ]Code[read()]Plain[.]"
        );
        assert_eq!(told("a\n\nb"), "Plain[a]|Plain[b]");
        assert_eq!(told("2 * 3 = `x"), "Plain[2 * 3 = `x]");
        assert_eq!(told("<b>no markup</b>"), "Plain[<b>no markup</b>]");
        assert_eq!(told(""), "");
    }
}
