//! Reading an expression, and saying where it cannot be read.

use pgscope_proto::messages::ALL;
use regex_lite::RegexBuilder;

use super::{FIELDS, Field, Kind, Mistake, Node, OPERATORS, Operator, What};
use crate::find::{Caseless, Pattern};

/// How deep expressions may stand in one another.
const DEEPEST: usize = 64;

pub(super) struct Reader<'a> {
    text: &'a str,
    at: usize,
    depth: usize,
}

impl<'a> Reader<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Reader { text, at: 0, depth: 0 }
    }

    /// All of it.
    pub(super) fn whole(mut self) -> Result<Node, Mistake> {
        let node = self.choice()?;
        self.pass_blanks();
        if self.rest().is_empty() { Ok(node) } else { Err(self.mistake("“&&”, “||” or the end")) }
    }

    fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn pass_blanks(&mut self) {
        self.at = self.text.len() - self.rest().trim_start().len();
    }

    fn mistake(&self, expected: &str) -> Mistake {
        let met: String = self.rest().chars().take_while(|letter| !letter.is_whitespace()).take(24).collect();
        let met = if met.is_empty() { "the end".to_owned() } else { format!("“{met}”") };
        Mistake { at: self.at, message: format!("met {met}, expected {expected}") }
    }

    /// A sign, or a word that ends where it ends.
    fn takes(&mut self, sign: &str) -> bool {
        self.pass_blanks();
        let is_word = sign.starts_with(|letter: char| letter.is_ascii_alphabetic());
        let Some(rest) = self.rest().strip_prefix(sign) else { return false };
        if is_word && rest.starts_with(|letter: char| letter.is_ascii_alphanumeric() || letter == '_') {
            return false;
        }
        self.at += sign.len();
        true
    }

    fn choice(&mut self) -> Result<Node, Mistake> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err(self.mistake("fewer parentheses in one another"));
        }
        let mut parts = vec![self.and()?];
        while self.takes("||") || self.takes("or") {
            parts.push(self.and()?);
        }
        self.depth -= 1;
        Ok(if parts.len() == 1 { parts.remove(0) } else { Node::Or(parts) })
    }

    fn and(&mut self) -> Result<Node, Mistake> {
        let mut parts = vec![self.not()?];
        while self.takes("&&") || self.takes("and") {
            parts.push(self.not()?);
        }
        Ok(if parts.len() == 1 { parts.remove(0) } else { Node::And(parts) })
    }

    fn not(&mut self) -> Result<Node, Mistake> {
        let mut turns = 0;
        while self.takes("!") || self.takes("not") {
            turns += 1;
        }
        let node = if self.takes("(") {
            let node = self.choice()?;
            if !self.takes(")") {
                return Err(self.mistake("“)”"));
            }
            node
        } else {
            self.comparison()?
        };
        Ok(if turns % 2 == 1 { Node::Not(Box::new(node)) } else { node })
    }

    fn comparison(&mut self) -> Result<Node, Mistake> {
        self.pass_blanks();
        let name: String =
            self.rest().chars().take_while(|letter| letter.is_ascii_alphabetic() || *letter == '_').collect();
        let known = FIELDS.iter().find(|field| field.name.eq_ignore_ascii_case(&name));
        let Some(field) = known else {
            let names: Vec<&str> = FIELDS.iter().map(|field| field.name).collect();
            let near = nearly(&name).map_or(String::new(), |name| format!("{name}, or "));
            return Err(self.mistake(&format!("{near}one of {}", names.join(", "))));
        };
        self.at += name.len();
        self.pass_blanks();
        let before = self.at;
        let Some((_, operator)) = OPERATORS.into_iter().find(|(sign, _)| self.takes(sign)) else {
            return Ok(Node::Has(field.what));
        };
        let is_order = matches!(operator, Operator::Less | Operator::AtMost | Operator::More | Operator::AtLeast);
        if is_order && !matches!(field.kind, Kind::Number | Kind::Time) {
            self.at = before;
            return Err(self.mistake(&format!("==, !=, ~, contains or in: {} is no number", field.name)));
        }
        if !is_order
            && matches!(operator, Operator::Matches | Operator::NoMatch | Operator::Contains)
            && field.kind != Kind::Text
        {
            self.at = before;
            return Err(self.mistake(&format!("==, !=, < or >: {} is no text", field.name)));
        }
        let values = if operator == Operator::In { self.values()? } else { vec![self.value()?] };
        self.node(field, operator, values)
    }

    fn values(&mut self) -> Result<Vec<(usize, String)>, Mistake> {
        let end = match (self.takes("{"), self.takes("(")) {
            (true, _) => "}",
            (_, true) => ")",
            _ => return Err(self.mistake("a list such as {\"Q\", \"P\"}")),
        };
        let mut values = vec![self.value()?];
        while self.takes(",") {
            values.push(self.value()?);
        }
        if self.takes(end) { Ok(values) } else { Err(self.mistake(&format!("“,” or “{end}”"))) }
    }

    fn value(&mut self) -> Result<(usize, String), Mistake> {
        self.pass_blanks();
        let at = self.at;
        let rest = self.rest();
        if let Some(quote) = rest.chars().next().filter(|first| matches!(first, '"' | '\'')) {
            let inside = rest.get(1..).unwrap_or_default();
            let Some(end) = inside.find(quote) else {
                return Err(self.mistake("a text that ends with the sign it begins with"));
            };
            self.at += end + 2;
            return Ok((at, inside.get(..end).unwrap_or_default().to_owned()));
        }
        let ends = |letter: char| letter.is_whitespace() || matches!(letter, '&' | '|' | ')' | ',' | '}' | '(');
        let word = rest.split(ends).next().unwrap_or_default();
        if word.is_empty() {
            return Err(self.mistake("a text in quotation marks, a word or a number"));
        }
        self.at += word.len();
        Ok((at, word.to_owned()))
    }

    fn node(&mut self, field: &Field, operator: Operator, values: Vec<(usize, String)>) -> Result<Node, Mistake> {
        let what = field.what;
        let wrong = |at: usize, value: &str, expected: &str| Mistake {
            at,
            message: format!("met “{value}”, expected {expected}"),
        };
        match (field.kind, operator) {
            (Kind::Number | Kind::Time, _) => {
                let number = |(at, value): &(usize, String)| match field.kind {
                    Kind::Time => {
                        duration(value).ok_or_else(|| wrong(*at, value, "a duration such as 100ms, 1.5s or 20us"))
                    }
                    _ => size(value).ok_or_else(|| wrong(*at, value, "a whole number")),
                };
                Ok(Node::Numbers(what, operator, values.iter().map(number).collect::<Result<_, _>>()?))
            }
            (_, Operator::Matches | Operator::NoMatch) => {
                let Some((at, value)) = values.first() else { return Err(self.mistake("a regular expression")) };
                let built = RegexBuilder::new(value).case_insensitive(what != What::Tag).build();
                let regex = built.map_err(|error| wrong(*at, value, &format!("a regular expression: {error}")))?;
                Ok(Node::Regex(what, operator == Operator::Matches, Box::new(regex)))
            }
            (_, Operator::Contains) if what == What::Bytes => {
                let Some((at, value)) = values.first() else { return Err(self.mistake("bytes")) };
                match Pattern::parse(&format!("0x{}", value.trim_start_matches("0x"))) {
                    Some(pattern @ Pattern::Bytes(_)) => Ok(Node::Bytes(pattern)),
                    _ => Err(wrong(*at, value, "pairs of hexadecimal digits, or ??")),
                }
            }
            (Kind::Yes, _) => match values.first() {
                Some((_, value)) if ["true", "yes", "1"].contains(&value.as_str()) => Ok(yes(what, operator, true)),
                Some((_, value)) if ["false", "no", "0"].contains(&value.as_str()) => Ok(yes(what, operator, false)),
                Some((at, value)) => Err(wrong(*at, value, "true or false")),
                None => Err(self.mistake("true or false")),
            },
            (_, Operator::Contains) => {
                let texts = values.into_iter().map(|(_, value)| Caseless::new(&folded(what, &value))).collect();
                Ok(Node::Contains(what, texts))
            }
            // Of what is never empty, that asks whether there is one.
            (_, Operator::Is | Operator::IsNot)
                if matches!(what, What::Name | What::Direction | What::Tag | What::Sqlstate | What::Finding)
                    && values.iter().all(|(_, value)| value.is_empty()) =>
            {
                let has = Node::Has(what);
                Ok(if operator == Operator::IsNot { has } else { Node::Not(Box::new(has)) })
            }
            _ => {
                // What no message has is a slip of the pen.
                for (at, value) in &values {
                    match what {
                        What::Name if !is_name(value) => {
                            return Err(wrong(
                                *at,
                                value,
                                "the name of a message, such as Query, or ~ and a part of it",
                            ));
                        }
                        What::Direction if !matches!(&*folded(what, value), "frontend" | "backend") => {
                            return Err(wrong(*at, value, "frontend or backend"));
                        }
                        What::Tag if value.chars().count() > 1 => {
                            return Err(wrong(*at, value, "one letter: the first byte of a message"));
                        }
                        What::Sqlstate if value.len() != 5 => {
                            return Err(wrong(
                                *at,
                                value,
                                "five letters and digits such as 23505, or ~ \"^23\" for a class",
                            ));
                        }
                        What::Finding if !is_rule(value) => {
                            return Err(wrong(*at, value, "the name of a rule, such as L25 or D04"));
                        }
                        _ => {}
                    }
                }
                let texts = values.into_iter().map(|(_, value)| folded(what, &value)).collect();
                Ok(Node::Texts(what, operator, texts))
            }
        }
    }
}

/// The field whose name is this one but for a letter that was left out, added, mistaken or changed places with the next.
pub(super) fn nearly(name: &str) -> Option<&'static str> {
    let name = name.to_ascii_lowercase();
    let is_near =
        |field: &&Field| field.name.len() > 3 && name.len() > 2 && is_one_off(field.name.as_bytes(), name.as_bytes());
    FIELDS.iter().find(is_near).map(|field| field.name)
}

fn is_one_off(one: &[u8], two: &[u8]) -> bool {
    let same = one.iter().zip(two).take_while(|(one, two)| one == two).count();
    let (one, two) = (one.get(same..).unwrap_or_default(), two.get(same..).unwrap_or_default());
    match (one, two) {
        ([_, rest @ ..], two) if rest == two => true,
        (one, [_, rest @ ..]) if rest == one => true,
        ([_, one @ ..], [_, two @ ..]) if one == two => true,
        ([a, b, one @ ..], [c, d, two @ ..]) => (a, b) == (d, c) && one == two,
        _ => false,
    }
}

fn is_name(value: &str) -> bool {
    ALL.iter().any(|message| message.name().eq_ignore_ascii_case(value))
}

/// Whether a rule may be called so: a letter and two digits.
fn is_rule(value: &str) -> bool {
    matches!(value.as_bytes(), [b'L' | b'D' | b'l' | b'd', rest @ ..] if rest.len() == 2 && rest.iter().all(u8::is_ascii_digit))
}

fn yes(what: What, operator: Operator, is: bool) -> Node {
    let has = Node::Has(what);
    if is == (operator != Operator::IsNot) { has } else { Node::Not(Box::new(has)) }
}

/// A value as it is compared. Both ends have several names.
fn folded(what: What, value: &str) -> String {
    let small = value.to_lowercase();
    match (what, small.as_str()) {
        (What::Direction, "f" | "client") => "frontend".to_owned(),
        (What::Direction, "b" | "server") => "backend".to_owned(),
        // Tags differ in the case of their letters alone.
        (What::Tag, _) => value.to_owned(),
        _ => small,
    }
}

/// Microseconds of `100ms`; a number alone is milliseconds.
fn duration(text: &str) -> Option<i64> {
    let digits = text.trim_end_matches(|letter: char| letter.is_alphabetic());
    let number: f64 = digits.parse().ok()?;
    let unit = match text.get(digits.len()..)?.to_lowercase().as_str() {
        "us" | "µs" | "μs" => 1.0,
        "ms" | "" => 1e3,
        "s" | "sec" => 1e6,
        "m" | "min" => 60e6,
        "h" => 3600e6,
        _ => return None,
    };
    Some((number * unit).round() as i64)
}

fn size(text: &str) -> Option<i64> {
    let digits = text.trim_end_matches(|letter: char| letter.is_alphabetic()).replace('_', "");
    let number: f64 = digits.parse().ok()?;
    let unit = match text.trim_start_matches(|letter: char| !letter.is_alphabetic()).to_lowercase().as_str() {
        "" | "b" => 1.0,
        "k" | "kb" => 1e3,
        "m" | "mb" => 1e6,
        _ => return None,
    };
    // Nothing has half of one; `1.1kb` is a little more than it says.
    let all = number * unit;
    ((all - all.round()).abs() < 1e-6).then_some(all.round() as i64)
}
