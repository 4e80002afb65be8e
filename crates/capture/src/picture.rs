//! A picture that was drawn of an exchange: SVG that keeps what it was made from in an element `pgscope` of its metadata.

/// The text of the picture's source, with everything around it blank: each byte stands where it stood. Nothing if the text is
/// no such picture.
pub(crate) fn source(text: &str) -> Option<String> {
    let is_svg =
        text.trim_start().starts_with("<svg") || (text.trim_start().starts_with("<?xml") && text.contains("<svg"));
    if !is_svg {
        return None;
    }
    let opening = text.find("<pgscope ")?;
    let from = opening + text.get(opening..)?.find('>')? + 1;
    let to = from + text.get(from..)?.find("</pgscope>")?;
    let blank = |part: &str| part.bytes().map(|byte| if byte == b'\n' { '\n' } else { ' ' }).collect::<String>();
    Some([blank(text.get(..from)?).as_str(), text.get(from..to)?, &blank(text.get(to..)?)].concat())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_source_is_left_where_it_stood() {
        let text = "<svg>\n<text>51 00 é</text><metadata><pgscope xmlns=\"x\">\nF: 58 00 00 00 04\n</pgscope></metadata></svg>";
        let source = source(text).expect("a picture");
        assert_eq!(source.len(), text.len());
        assert_eq!(source.trim(), "F: 58 00 00 00 04");
        assert_eq!(source.find("F:"), text.find("F:"));
    }

    #[test]
    fn other_texts_are_none() {
        for text in ["", "<svg></svg>", "F: <pgscope xmlns=\"x\">51</pgscope>", "<svg><pgscope xmlns=\"x\">51"] {
            assert_eq!(source(text), None, "{text}");
        }
    }
}
