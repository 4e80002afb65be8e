//! What a link to the page says, in its fragment: the input, what a person overruled, and what is selected.
//!
//! Two forms, both kept readable for ever. By hand:
//!
//! ```text
//! #hex=510000000d53454c45435420313b00&step=1
//! ```
//!
//! and as the page writes it, with a version in front, the text in base64 so that nothing in it needs escaping:
//!
//! ```text
//! #v=1&in=NTEgMDAg…&form=hex&from=frontend&step=1&field=query.length
//! ```
//!
//! A link that was cut off, or comes from a later version, is read as far as it can be, and says so.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// The version that the page writes.
const VERSION: u32 = 1;
/// Beyond this a link is no comfort any more: a file is.
pub const LONGEST: usize = 32 * 1024;

/// What a link holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Link {
    /// The text to decode.
    pub text: Option<String>,
    /// The id of the form, where it is not to be recognised.
    pub form: Option<String>,
    /// `frontend` or `backend`, where it is said who sent the bytes.
    pub direction: Option<String>,
    /// The number of the message that is selected, from 1.
    pub step: Option<usize>,
    /// The path of the field that is selected.
    pub field: Option<String>,
    /// What could not be understood, in words for a person.
    pub trouble: Option<String>,
}

impl Link {
    /// Reads a fragment, with or without its `#`.
    pub fn read(fragment: &str) -> Link {
        let mut link = Link::default();
        for pair in fragment.trim_start_matches('#').split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            link.take(name, value);
        }
        link
    }

    fn take(&mut self, name: &str, value: &str) {
        match name {
            "hex" => self.text = Some(unescaped(value)),
            "in" => self.take_text(value),
            "form" => self.form = Some(unescaped(value)),
            "from" => self.take_direction(value),
            "step" => self.take_step(value),
            "field" => self.field = Some(unescaped(value)),
            "v" => self.check_version(value),
            _ => self.say(format!("the link has a part that this page does not know: {name}")),
        }
    }

    /// The first trouble is the one to tell: the others follow from it.
    fn say(&mut self, trouble: String) {
        self.trouble.get_or_insert(trouble);
    }

    fn check_version(&mut self, value: &str) {
        if value.parse::<u32>().is_ok_and(|version| version > VERSION) {
            self.say(format!("the link was made by a later version of this page ({value}): what it can, it shows"));
        }
    }

    fn take_direction(&mut self, value: &str) {
        if matches!(value, "frontend" | "backend") {
            self.direction = Some(value.to_owned());
        } else {
            self.say(format!("the link says that the bytes are from “{value}”: frontend or backend was expected"));
        }
    }

    fn take_step(&mut self, value: &str) {
        match value.parse() {
            Ok(step) if step > 0 => self.step = Some(step),
            _ => self.say(format!("the link points at message “{value}”: a number from 1 was expected")),
        }
    }

    /// Base64 that was cut off is read up to its last whole group.
    fn take_text(&mut self, value: &str) {
        let good = value.len() - value.bytes().rev().take_while(|byte| !is_base64(*byte)).count();
        let letters = value.get(..good).unwrap_or_default();
        let whole = letters.len() - usize::from(letters.len() % 4 == 1);
        let bytes = letters.get(..whole).map(|letters| URL_SAFE_NO_PAD.decode(letters));
        match bytes {
            Some(Ok(bytes)) => {
                let text = String::from_utf8_lossy(&bytes).trim_end_matches('\u{fffd}').to_owned();
                if whole < value.len() {
                    self.say("the link was cut off: the last bytes are missing".to_owned());
                }
                self.text = Some(text);
            }
            _ => self.say("the text in the link is damaged and cannot be read".to_owned()),
        }
    }

    /// The fragment, without its `#`.
    pub fn write(&self) -> String {
        let text = self.text.as_deref().map(|text| ("in", URL_SAFE_NO_PAD.encode(text)));
        let plain = [("form", &self.form), ("from", &self.direction)];
        let plain = plain.into_iter().filter_map(|(name, value)| Some((name, escaped(value.as_deref()?))));
        let step = self.step.map(|step| ("step", step.to_string()));
        let field = self.field.as_deref().map(|field| ("field", escaped(field)));
        let pairs = std::iter::once(("v", VERSION.to_string())).chain(text).chain(plain).chain(step).chain(field);
        pairs.map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("&")
    }
}

fn is_base64(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_'
}

/// `%20` and `+` to a blank; what is no escape stays.
fn unescaped(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, behind)) = rest.split_first() {
        let (byte, behind) = match (first, behind) {
            (b'+', _) => (b' ', behind),
            (b'%', [high, low, after @ ..]) => match (digit(*high), digit(*low)) {
                (Some(high), Some(low)) => (high * 16 + low, after),
                _ => (b'%', behind),
            },
            _ => (*first, behind),
        };
        bytes.push(byte);
        rest = behind;
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn digit(letter: u8) -> Option<u8> {
    (letter as char).to_digit(16).map(|digit| digit as u8)
}

fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => out.push(byte as char),
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_written_by_hand_is_read() {
        let link = Link::read("#hex=51+00%2000 0d&step=3&from=frontend");
        assert_eq!(link.text.as_deref(), Some("51 00 00 0d"));
        assert_eq!((link.step, link.direction.as_deref(), link.trouble), (Some(3), Some("frontend"), None));
    }

    #[test]
    fn what_is_written_is_read_again() {
        let link = Link {
            text: Some("F: 51 00\n# süß & klein = 1%\n".to_owned()),
            form: Some("hex".to_owned()),
            direction: Some("backend".to_owned()),
            step: Some(2),
            field: Some("query.query".to_owned()),
            trouble: None,
        };
        assert_eq!(Link::read(&link.write()), link);
        assert!(link.write().bytes().all(|byte| byte.is_ascii_graphic()));
        assert_eq!(Link::read(""), Link::default());
    }

    #[test]
    fn a_link_cut_anywhere_keeps_what_it_can() {
        let whole = Link { text: Some("51 00 00 00 0d 53 45".to_owned()), step: Some(1), ..Link::default() }.write();
        for cut in 0..whole.len() {
            let link = Link::read(&whole[..cut]);
            assert!("51 00 00 00 0d 53 45".starts_with(link.text.as_deref().unwrap_or_default()), "{cut}");
        }
    }

    #[test]
    fn what_is_not_understood_is_said() {
        for (fragment, words) in [
            ("v=2&in=NTE", "later version"),
            ("step=0", "number from 1"),
            ("step=x", "number from 1"),
            ("from=me", "frontend or backend"),
            ("in=N*E", "damaged"),
            ("in=NTE%", "cut off"),
            ("colour=red", "does not know"),
        ] {
            let link = Link::read(fragment);
            assert!(
                link.trouble.as_deref().is_some_and(|trouble| trouble.contains(words)),
                "{fragment}: {:?}",
                link.trouble
            );
        }
        assert_eq!(Link::read("v=2&in=NTE").text.as_deref(), Some("51"), "what can be shown is shown");
    }
}
