//! The words of a screen in another language: a list of texts and what they are called there.
//!
//! A line is a text, a tab, and what stands in its place; `#` begins a remark. `{}` stands for something that the screen puts in, `{#}` for a
//! number, `{=}` for what is nobody's words, such as a name or a value: in the other language `{}` stands for the same things in their order, or `{2}` for the second of them. What was put in is looked for
//! too, since sentences are made of sentences. What is not in the list stays as it is. The line for `1,234.5` says how numbers are written.
//!
//! It knows no screen: who shows texts hands each over and shows what comes back.

use std::collections::HashMap;

/// A number with all signs that numbers have.
const NUMBER: &str = "1,234.5";
/// So many sentences in sentences are looked for.
const DEEPEST: usize = 4;

/// What texts are called in a language.
#[derive(Debug, Default)]
pub struct Words {
    whole: HashMap<String, String>,
    /// Those with places, longest first, as what is said with most words is meant.
    forms: Vec<Form>,
    /// What stands between thousands, and before a fraction, where that is other than in English.
    signs: Option<[String; 2]>,
}

/// A text with places.
#[derive(Debug)]
struct Form {
    /// What stands before the first place, between two of them, and behind the last; and what may stand at each.
    around: Vec<String>,
    kinds: Vec<Place>,
    /// The same in the other language; which place stands behind each but the last.
    said: Vec<String>,
    places: Vec<usize>,
}

impl Words {
    /// Reads a list.
    ///
    /// # Errors
    ///
    /// The first line that cannot be read, counted from 1, and why.
    pub fn read(list: &str) -> Result<Self, (usize, &'static str)> {
        let mut words = Self::default();
        for (nth, line) in list.lines().enumerate() {
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let wrong = |why| (nth + 1, why);
            let (text, said) = line.split_once('\t').ok_or(wrong("there is no tab"))?;
            if text == NUMBER {
                words.signs = Some(signs(said).ok_or(wrong("the digits of 1,234.5 have to stand there"))?);
                continue;
            }
            if text.trim().is_empty() || said.trim().is_empty() {
                return Err(wrong("one of both is empty"));
            }
            let (around, told) = divided(text).map_err(wrong)?;
            if told.iter().any(|place| matches!(place, Place::Named(_))) {
                return Err(wrong("places of the text itself are {}, {#} or {=}"));
            }
            let kinds = told;
            let (said, told) = divided(said).map_err(wrong)?;
            let place = |(nth, place): (usize, &Place)| if let Place::Named(named) = place { *named } else { nth };
            let places: Vec<usize> = told.iter().enumerate().map(place).collect();
            if places.iter().any(|place| *place >= around.len() - 1) {
                return Err(wrong("there is no such place in the text"));
            }
            let is_new = match around.len() {
                1 => words.whole.insert(text.to_owned(), said.concat()).is_none(),
                _ => words.put(Form { around, kinds, said, places }),
            };
            if !is_new {
                return Err(wrong("this text was there before"));
            }
        }
        words.forms.sort_by_key(|form| std::cmp::Reverse(form.around.iter().map(String::len).sum::<usize>()));
        Ok(words)
    }

    fn put(&mut self, form: Form) -> bool {
        let is_new = self.forms.iter().all(|known| known.around != form.around || known.kinds != form.kinds);
        self.forms.push(form);
        is_new
    }

    /// All texts in the list, all their places as `{}`.
    pub fn texts(&self) -> impl Iterator<Item = String> {
        self.whole.keys().cloned().chain(self.forms.iter().map(|form| form.around.join("{}")))
    }

    /// What this text is called, if that is in the list. Blanks around it stay.
    pub fn say(&self, text: &str) -> Option<String> {
        let inner = text.trim();
        let (before, behind) = text.split_once(inner).filter(|_| !inner.is_empty())?;
        Some([before, &self.say_within(inner, DEEPEST)?, behind].concat())
    }

    fn say_within(&self, text: &str, deepest: usize) -> Option<String> {
        if let Some(said) = self.whole.get(text) {
            return Some(said.clone());
        }
        let deeper = deepest.checked_sub(1)?;
        self.forms.iter().find_map(|form| {
            let found = form.found_in(text)?;
            let put_in = |place: &usize| {
                let found = found.get(*place).copied().unwrap_or_default();
                let said = match form.kinds.get(*place) {
                    Some(Place::Any) => self.say_within(found, deeper),
                    Some(Place::Number) => self.number(found),
                    _ => None,
                };
                said.unwrap_or_else(|| found.to_owned())
            };
            let mut said = form.said.first().cloned().unwrap_or_default();
            for (place, next) in form.places.iter().zip(form.said.iter().skip(1)) {
                said += &put_in(place);
                said += next;
            }
            Some(said)
        })
    }

    fn number(&self, number: &str) -> Option<String> {
        let [thousands, fraction] = self.signs.as_ref()?;
        let written = |letter: char| match letter {
            ',' => thousands.clone(),
            '.' => fraction.clone(),
            digit => digit.to_string(),
        };
        Some(number.chars().map(written).collect())
    }
}

/// What stands between the digits of that number.
fn signs(number: &str) -> Option<[String; 2]> {
    let (thousands, behind) = number.strip_prefix('1')?.split_once("234")?;
    Some([thousands.to_owned(), behind.strip_suffix('5')?.to_owned()])
}

impl Form {
    /// What stands at its places in this text, if it has this form. A place ends where what stands behind it begins for the first time.
    fn found_in<'a>(&self, text: &'a str) -> Option<Vec<&'a str>> {
        let (first, others) = self.around.split_first()?;
        let mut rest = text.strip_prefix(first.as_str())?;
        let mut found = Vec::new();
        let (last, between) = others.split_last()?;
        for next in between {
            let (place, behind) = rest.split_once(next.as_str())?;
            found.push(place);
            rest = behind;
        }
        found.push(rest.strip_suffix(last.as_str())?);
        let fits = |(found, kind): (&&str, &Place)| *kind != Place::Number || is_number_like(found);
        found.iter().zip(&self.kinds).all(fits).then_some(found)
    }
}

/// `12`, `1,234`, `0.5`.
fn is_number_like(text: &str) -> bool {
    text.starts_with(|letter: char| letter.is_ascii_digit())
        && text.chars().all(|letter| letter.is_ascii_digit() || matches!(letter, ',' | '.'))
}

/// What may stand at a place of a text, or what stands there.
#[derive(Debug, PartialEq)]
enum Place {
    Any,
    Number,
    /// What is not looked for.
    Data,
    /// What stood at the place with this number, from 0.
    Named(usize),
}

/// A text at its places, and what these are.
fn divided(text: &str) -> Result<(Vec<String>, Vec<Place>), &'static str> {
    let (mut around, mut places) = (Vec::new(), Vec::new());
    let mut rest = text;
    while let Some((before, behind)) = rest.split_once('{') {
        let (place, behind) = behind.split_once('}').ok_or("a { has no }")?;
        places.push(match place {
            "" => Place::Any,
            "#" => Place::Number,
            "=" => Place::Data,
            number => {
                let number: usize = number.parse().map_err(|_| "in { } stands a number, #, =, or nothing")?;
                Place::Named(number.checked_sub(1).ok_or("places are counted from 1")?)
            }
        });
        around.push(before.to_owned());
        rest = behind;
    }
    around.push(rest.to_owned());
    Ok((around, places))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(list: &str) -> Words {
        Words::read(list).expect("a list")
    }

    #[test]
    fn what_is_put_in_is_said_too() {
        let words = words(
            "# a remark\n\nSteps\tSchritte\n{} and {}\t{} und {}\nblocked in read({}), has {}\tblockiert in read({}), hat {}\nwas {}, until it gave up: {}\twar {2} lang {1}\nan hour\teine Stunde\n",
        );
        for (text, said) in [
            ("Steps", Some("Schritte")),
            (" Steps ", Some(" Schritte ")),
            ("steps", None),
            ("", None),
            ("  ", None),
            ("blocked in read(4), has 0", Some("blockiert in read(4), hat 0")),
            (
                "was blocked in read(4), has 0, until it gave up: an hour",
                Some("war eine Stunde lang blockiert in read(4), hat 0"),
            ),
            ("Steps and stones", Some("Schritte und stones")),
        ] {
            assert_eq!(words.say(text).as_deref(), said, "{text}");
        }
    }

    #[test]
    fn the_longest_form_is_meant() {
        let words = words("{} bytes\t{} Bytes\n{}: {} bytes\t{}: {} Bytes zusammen\n");
        assert_eq!(words.say("all: 3 bytes").as_deref(), Some("all: 3 Bytes zusammen"));
        assert_eq!(words.say("3 bytes").as_deref(), Some("3 Bytes"));
    }

    #[test]
    fn numbers_are_no_words() {
        let words = words("{#} of {#}\t{} von {}\n{#} bytes\t{} Bytes\n");
        for (text, said) in [
            ("3 of 1,024", Some("3 von 1,024")),
            ("each of them", None),
            ("3 of them", None),
            (" of 3", None),
            ("0.5 bytes", Some("0.5 Bytes")),
            ("no bytes", None),
        ] {
            assert_eq!(words.say(text).as_deref(), said, "{text}");
        }
    }

    #[test]
    fn numbers_are_written_as_the_list_says() {
        let list = words("1,234.5\t1.234,5\n{#} bytes\t{} Bytes\nhas {=}: {}\that {}: {}\n");
        assert_eq!(list.say("1,234,567.8 bytes").as_deref(), Some("1.234.567,8 Bytes"));
        assert_eq!(list.say("has 1,234: 1,234 bytes").as_deref(), Some("hat 1,234: 1.234 Bytes"));
        assert_eq!(list.texts().count(), 2);
        assert_eq!(words("1,234.5\t1234.5\n{#} a\t{} b\n").say("1,234 a").as_deref(), Some("1234 b"));
        assert!(Words::read("1,234.5\tabc\n").is_err());
    }

    #[test]
    fn data_stay() {
        let words = words(
            "none\tkeine\nsays {=}\tsagt {}\n{#} reported, now {=} = {=}\t{} gemeldet, jetzt {} = {}\n{} and after it {}\t{} und danach {}\n",
        );
        assert_eq!(words.say("says none").as_deref(), Some("sagt none"));
        assert_eq!(words.say("3 reported, now a = none").as_deref(), Some("3 gemeldet, jetzt a = none"));
        assert_eq!(words.say("says none and after it none").as_deref(), Some("sagt none und danach keine"));
    }

    #[test]
    fn sentences_in_sentences_end() {
        let words = words("{} and {}\t{} und {}\n");
        let long = vec!["x"; 50].join(" and ");
        assert!(words.say(&long).is_some_and(|said| said.starts_with("x und x und")));
    }

    #[test]
    fn what_cannot_be_read_is_told() {
        for (list, line, why) in [
            ("no tab", 1, "no tab"),
            ("a\tb\n\tx", 2, "empty"),
            ("a\t ", 1, "empty"),
            ("{}\t{2}", 1, "no such place"),
            ("{1}\t{1}", 1, "are {}, {#} or {=}"),
            ("{}\t{0}", 1, "from 1"),
            ("{}\t{x}", 1, "a number"),
            ("{}\t{", 1, "has no }"),
            ("a\tb\na\tc", 2, "before"),
            ("{} a\tb\n{} a\tc", 2, "before"),
        ] {
            let (at, told) = Words::read(list).expect_err(list);
            assert_eq!(at, line, "{list}");
            assert!(told.contains(why), "{list}: {told}");
        }
    }
}
