//! A language for choosing messages: `tag == "E" && sqlstate ~ "^23"`, `query contains "update"`, `duration > 100ms`.
//!
//! ```text
//! choice      = and { ("||" | "or") and }
//! and         = not { ("&&" | "and") not }
//! not         = ("!" | "not") not | "(" choice ")" | comparison
//! comparison  = field [ operator value ]        a field alone: it is there, and neither zero nor empty
//! operator    = "==" | "!=" | "<" | "<=" | ">" | ">=" | "~" | "!~" | "contains" | "in"
//! value       = "text" | 'text' | word | number [unit] | "{" value { "," value } "}"
//! ```
//!
//! Texts are compared whatever the case of their letters. What cannot be read is told with its place and what was expected there.

use pgscope_proto::messages::{errors, extended_query, simple_query};
use pgscope_proto::{Direction, Severity, Tree, read};
use pgscope_session::Entry;
use pgscope_session::survey::{Asked, NEVER, Survey};
use regex_lite::{Regex, RegexBuilder};

use crate::exchange::Indexed;
use crate::find::Pattern;
use crate::sequence::tag;

/// Something that a message has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Field {
    /// How it is written.
    pub name: &'static str,
    /// What it is.
    pub doc: &'static str,
    kind: Kind,
    what: What,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Text,
    Number,
    /// In microseconds.
    Time,
    Yes,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum What {
    Tag,
    Name,
    Direction,
    Connection,
    Number,
    Length,
    Query,
    Sqlstate,
    Severity,
    Error,
    Duration,
    First,
    Rows,
    Failed,
    Time,
    User,
    Database,
    Application,
    Finding,
    Text,
    Bytes,
}

const fn field(name: &'static str, kind: Kind, what: What, doc: &'static str) -> Field {
    Field { name, doc, kind, what }
}

/// All fields.
pub const FIELDS: [Field; 21] = [
    field("tag", Kind::Text, What::Tag, "the message’s first byte, as a letter"),
    field("name", Kind::Text, What::Name, "the message’s name: Query, DataRow, …"),
    field("direction", Kind::Text, What::Direction, "frontend or backend: who sent it"),
    field("connection", Kind::Number, What::Connection, "the number of its connection, from 1"),
    field("number", Kind::Number, What::Number, "its number on its connection, from 1"),
    field("length", Kind::Number, What::Length, "how many bytes it has"),
    field("query", Kind::Text, What::Query, "the SQL that it asks, prepares, binds or runs"),
    field("sqlstate", Kind::Text, What::Sqlstate, "the SQLSTATE of an error or notice"),
    field("severity", Kind::Text, What::Severity, "ERROR, FATAL, NOTICE, …"),
    field("error", Kind::Text, What::Error, "the message of an error or notice"),
    field("duration", Kind::Time, What::Duration, "of a query or an execution: until all of its answer had come"),
    field("first", Kind::Time, What::First, "the same until the first row"),
    field("rows", Kind::Number, What::Rows, "of a query or an execution: how many rows its answer has"),
    field("failed", Kind::Yes, What::Failed, "of a query or an execution: whether it failed"),
    field("time", Kind::Time, What::Time, "when it was seen, since the connection began"),
    field("user", Kind::Text, What::User, "who came in on its connection"),
    field("database", Kind::Text, What::Database, "which database they wanted"),
    field("application", Kind::Text, What::Application, "what their program calls itself"),
    field("finding", Kind::Text, What::Finding, "the rule that it breaks: L25, …"),
    field("text", Kind::Text, What::Text, "all that its line says"),
    field("bytes", Kind::Text, What::Bytes, "its bytes: contains \"00 51\""),
];

const OPERATORS: [(&str, Operator); 11] = [
    ("==", Operator::Is),
    ("!=", Operator::IsNot),
    ("<=", Operator::AtMost),
    (">=", Operator::AtLeast),
    ("!~", Operator::NoMatch),
    ("=", Operator::Is),
    ("<", Operator::Less),
    (">", Operator::More),
    ("~", Operator::Matches),
    ("contains", Operator::Contains),
    ("in", Operator::In),
];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Operator {
    Is,
    IsNot,
    Less,
    AtMost,
    More,
    AtLeast,
    Matches,
    NoMatch,
    Contains,
    In,
}

/// What cannot be read of an expression.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistake {
    /// Where, in bytes of the text.
    pub at: usize,
    /// What was met there, and what was expected.
    pub message: String,
}

/// What messages are to be like.
#[derive(Clone, Debug)]
pub struct Expression(Node);

#[derive(Clone, Debug)]
enum Node {
    Or(Vec<Node>),
    And(Vec<Node>),
    Not(Box<Node>),
    Has(What),
    Numbers(What, Operator, Vec<i64>),
    Texts(What, Operator, Vec<String>),
    Regex(What, bool, Box<Regex>),
    Bytes(Pattern),
}

/// A message, and what is known around it.
#[derive(Clone, Copy)]
pub struct Subject<'a> {
    /// Its exchange.
    pub indexed: &'a Indexed,
    /// Its connection, from 0.
    pub connection: usize,
    /// What was found of that.
    pub survey: Option<&'a Survey>,
    /// Its number, from 0.
    pub number: usize,
}

/// Whether a text is meant as an expression, and not as words to be looked for: it begins with a field and goes on like one.
pub fn is_meant(text: &str) -> bool {
    let text = text.trim_start_matches(['(', '!', ' ']).trim_start_matches("not ");
    let word: String = text.chars().take_while(|letter| letter.is_ascii_alphabetic()).collect();
    let rest = text.get(word.len()..).unwrap_or_default().trim_start();
    let is_field = FIELDS.iter().any(|field| field.name == word);
    let is_alone = rest.is_empty() && matches!(word.as_str(), "failed" | "finding");
    let goes_on =
        OPERATORS.iter().any(|(sign, _)| rest.starts_with(sign)) || rest.starts_with("&&") || rest.starts_with("||");
    is_field && (is_alone || goes_on)
}

impl Expression {
    /// Reads an expression.
    ///
    /// # Errors
    ///
    /// The first thing that cannot be read, with its place.
    pub fn parse(text: &str) -> Result<Expression, Mistake> {
        let mut reader = Reader { text, at: 0, depth: 0 };
        let node = reader.choice()?;
        reader.pass_blanks();
        match reader.rest() {
            "" => Ok(Expression(node)),
            _ => Err(reader.mistake("“&&”, “||” or the end")),
        }
    }

    /// Whether a message is like that; `tree` is a buffer.
    pub fn holds(&self, subject: Subject<'_>, tree: &mut Tree) -> bool {
        let Some(entry) = subject.indexed.index.entry(subject.number) else { return false };
        self.0.holds(&Met { subject, entry }, tree)
    }
}

/// How deep expressions may stand in one another.
const DEEPEST: usize = 64;

struct Reader<'a> {
    text: &'a str,
    at: usize,
    depth: usize,
}

impl<'a> Reader<'a> {
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
            return Err(self.mistake(&format!("one of {}", names.join(", "))));
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
        if !self.takes("{") {
            return Err(self.mistake("“{”, values with commas between them, and “}”"));
        }
        let mut values = vec![self.value()?];
        while self.takes(",") {
            values.push(self.value()?);
        }
        if self.takes("}") { Ok(values) } else { Err(self.mistake("“,” or “}”")) }
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
                    _ => size(value).ok_or_else(|| wrong(*at, value, "a number")),
                };
                Ok(Node::Numbers(what, operator, values.iter().map(number).collect::<Result<_, _>>()?))
            }
            (_, Operator::Matches | Operator::NoMatch) => {
                let Some((at, value)) = values.first() else { return Err(self.mistake("a regular expression")) };
                let built = RegexBuilder::new(value).case_insensitive(true).build();
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
                _ => Err(self.mistake("true or false")),
            },
            _ => {
                let texts = values.into_iter().map(|(_, value)| folded(what, &value)).collect();
                Ok(Node::Texts(what, operator, texts))
            }
        }
    }
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
    Some((number * unit) as i64)
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
    Some((number * unit) as i64)
}

struct Met<'a> {
    subject: Subject<'a>,
    entry: Entry,
}

impl Node {
    fn holds(&self, met: &Met<'_>, tree: &mut Tree) -> bool {
        match self {
            Node::Or(parts) => parts.iter().any(|part| part.holds(met, tree)),
            Node::And(parts) => parts.iter().all(|part| part.holds(met, tree)),
            Node::Not(part) => !part.holds(met, tree),
            Node::Has(what) => match met.number(*what) {
                Some(number) => number != 0,
                None => met.text(*what, tree).is_some_and(|text| !text.is_empty()),
            },
            Node::Numbers(what, operator, values) => met.number(*what).is_some_and(|number| {
                values.iter().any(|value| match operator {
                    Operator::Less => number < *value,
                    Operator::AtMost => number <= *value,
                    Operator::More => number > *value,
                    Operator::AtLeast => number >= *value,
                    Operator::IsNot => number != *value,
                    _ => number == *value,
                })
            }),
            Node::Texts(what, operator, values) => {
                let Some(text) = met.text(*what, tree) else { return false };
                let text = if *what == What::Tag { text } else { text.to_lowercase() };
                match operator {
                    Operator::Contains => values.iter().any(|value| text.contains(value)),
                    Operator::IsNot => values.iter().all(|value| text != *value),
                    _ => values.contains(&text),
                }
            }
            Node::Regex(what, is_to_match, regex) => {
                met.text(*what, tree).is_some_and(|text| regex.is_match(&text) == *is_to_match)
            }
            Node::Bytes(pattern) => pattern.find(met.subject.indexed, met.subject.number, tree).is_some(),
        }
    }
}

impl Met<'_> {
    fn bytes(&self) -> &[u8] {
        self.subject.indexed.bytes(&self.entry)
    }

    fn asked(&self) -> Option<&Asked> {
        let asked = &self.subject.survey?.asked;
        let at = asked.binary_search_by_key(&(self.subject.number as u32), |asked| asked.message).ok()?;
        asked.get(at)
    }

    fn number(&self, what: What) -> Option<i64> {
        let known = |duration: u32| (duration != NEVER).then_some(i64::from(duration));
        match what {
            What::Connection => Some(self.subject.connection as i64 + 1),
            What::Number => Some(self.subject.number as i64 + 1),
            What::Length => Some(self.entry.span.len() as i64),
            What::Duration => known(self.asked()?.done),
            What::First => known(self.asked()?.first),
            What::Rows => Some(i64::from(self.asked()?.rows)),
            What::Failed => Some(i64::from(self.asked()?.failed)),
            What::Time => {
                let (begin, _) = self.subject.survey?.about.seen_us?;
                Some(self.subject.indexed.time_of(self.subject.number)? - begin)
            }
            _ => None,
        }
    }

    fn text(&self, what: What, tree: &mut Tree) -> Option<String> {
        let Subject { indexed, survey, number, .. } = self.subject;
        let bytes = self.bytes();
        let lossy = |text: &[u8]| String::from_utf8_lossy(text).into_owned();
        let is_said = *self.entry.message == errors::ERROR_RESPONSE || *self.entry.message == errors::NOTICE_RESPONSE;
        let part = |letter: u8| is_said.then(|| read::error_field(bytes, letter)).flatten().map(lossy);
        match what {
            What::Tag => self.entry.message.tag().map(|tag| char::from(tag).to_string()),
            What::Name => Some(indexed.named(&self.entry).name().to_owned()),
            What::Direction => Some(self.entry.direction.name().to_owned()),
            What::Sqlstate => part(b'C'),
            What::Severity => part(b'V').or_else(|| part(b'S')),
            What::Error => part(b'M'),
            What::Query => self.query(),
            What::User => survey?.about.user.clone(),
            What::Database => survey?.about.database.clone(),
            What::Application => survey?.about.application.clone(),
            What::Finding => {
                let (_, problems) = indexed.open(number, tree)?;
                let rules =
                    problems.iter().filter(|problem| problem.severity > Severity::Note).map(|problem| problem.rule);
                rules.min().map(str::to_owned)
            }
            What::Text => {
                indexed.index.tree(&indexed.exchange, number, tree);
                let row = [
                    &tag(indexed, &self.entry),
                    indexed.named(&self.entry).name(),
                    &indexed.says_named(&self.entry, tree),
                ];
                Some(row.join(" "))
            }
            What::Bytes => Some(bytes.iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().join(" ")),
            _ => None,
        }
    }

    /// The SQL that a request is about.
    fn query(&self) -> Option<String> {
        let Subject { indexed, number, .. } = self.subject;
        if self.entry.direction == Direction::Backend {
            return None;
        }
        let text_of = |parse: usize| {
            let parse = indexed.index.entry(parse)?;
            read::second_text(indexed.bytes(&parse)).map(|text| String::from_utf8_lossy(text).into_owned())
        };
        let message = self.entry.message;
        if *message == simple_query::QUERY {
            return read::first_text(self.bytes()).map(|text| String::from_utf8_lossy(text).into_owned());
        }
        if *message == extended_query::PARSE {
            return text_of(number);
        }
        let bind = if *message == extended_query::BIND { Some(number) } else { indexed.index.bind_of(number) };
        bind.and_then(|bind| indexed.index.parse_of(bind))
            .or_else(|| indexed.index.parse_described(number))
            .and_then(text_of)
    }
}

/// What may come next in an expression that ends there: whole texts, each with what comes added.
pub fn completions(text: &str) -> Vec<String> {
    let word_at = text
        .rfind(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_')
        .map_or(0, |at| at + text.get(at..).and_then(|rest| rest.chars().next()).map_or(0, char::len_utf8));
    let (before, word) = text.split_at(word_at);
    let of_words = |words: &mut dyn Iterator<Item = &str>| -> Vec<String> {
        words.filter(|known| known.starts_with(word)).map(|known| format!("{before}{known}")).collect()
    };
    // Behind a field an operator, behind a comparison a connective, else a field.
    let expects = match Expression::parse(before) {
        Ok(_) if !before.trim().is_empty() => &["&&", "||"][..],
        Err(mistake) if mistake.message.contains("expected one of tag") => {
            return of_words(&mut FIELDS.iter().map(|field| field.name));
        }
        _ => &[][..],
    };
    let last = before.trim_end().rsplit([' ', '(', '!']).next().unwrap_or_default();
    if FIELDS.iter().any(|field| field.name == last) {
        let field = FIELDS.iter().find(|field| field.name == last);
        let signs: &[&str] = match field.map(|field| field.kind) {
            Some(Kind::Text) => &["== \"", "~ \"", "contains \"", "!= \"", "in {\""],
            Some(Kind::Yes) => &["&&", "||"],
            _ => &["> ", "< ", "== ", ">= ", "<= "],
        };
        return signs.iter().map(|sign| format!("{} {sign}", before.trim_end())).collect();
    }
    expects.iter().map(|sign| format!("{} {sign} ", before.trim_end())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use pgscope_session::survey::Texts;

    const TALK: &str = "\
F: 51 00 00 00 0d 53 45 4c 45 43 54 20 31 00
B: 44 00 00 00 0b 00 01 00 00 00 01 31
B: 43 00 00 00 0d 53 45 4c 45 43 54 20 31 00
B: 5a 00 00 00 05 49
F: 51 00 00 00 09 6e 6f 21 0a 00
B: 45 00 00 00 1c 53 45 52 52 4f 52 00 43 34 32 36 30 31 00 4d 73 79 6e 74 61 78 2e 00 00
B: 5a 00 00 00 05 49
";

    fn chosen(text: &str) -> Vec<usize> {
        let capture = crate::capture::read_text(TALK, &Default::default());
        let indexed = Indexed::new(capture.exchanges.into_iter().next().expect("one"));
        let mut survey = Survey::default();
        survey.more(&indexed.exchange, &indexed.index, &mut Texts::default());
        let expression = Expression::parse(text).unwrap_or_else(|mistake| panic!("{text}: {mistake:?}"));
        let subject = |number| Subject { indexed: &indexed, connection: 1, survey: Some(&survey), number };
        (0..indexed.index.len())
            .filter(|number| expression.holds(subject(*number), &mut Tree::new()))
            .map(|number| number + 1)
            .collect()
    }

    #[test]
    fn messages_are_chosen() {
        assert_eq!(chosen("tag == \"Z\""), [4, 7]);
        assert_eq!(chosen("tag == E && sqlstate ~ \"^42\""), [6]);
        assert_eq!(chosen("query contains 'select'"), [1]);
        assert_eq!(chosen("direction == frontend && !(number < 2)"), [5]);
        assert_eq!(chosen("direction == F or sqlstate"), [1, 5, 6]);
        assert_eq!(chosen("rows > 0"), [1]);
        assert_eq!(chosen("failed"), [5]);
        assert_eq!(chosen("not failed == false and name == query"), [5]);
        assert_eq!(chosen("name in {DataRow, CommandComplete}"), [2, 3]);
        assert_eq!(chosen("connection == 2 && length >= 29"), [6]);
        assert_eq!(chosen("bytes contains \"49\" && name ~ ready"), [4, 7]);
        assert_eq!(chosen("error contains \"syntax\""), [6]);
        assert_eq!(chosen("duration > 1ms"), [0; 0]);
    }

    #[test]
    fn what_cannot_be_read_is_told_with_its_place() {
        let check = |text: &str, at: usize, words: &str| {
            let mistake = Expression::parse(text).expect_err(text);
            assert!(mistake.at == at && mistake.message.contains(words), "{text}: {mistake:?}");
        };
        check("tga == \"E\"", 0, "met “tga”, expected one of tag");
        check("tag == ", 7, "met the end, expected a text");
        check("tag == \"E", 7, "a text that ends");
        check("duration > fast", 11, "a duration such as 100ms");
        check("tag > E", 4, "tag is no number");
        check("duration ~ \"1\"", 9, "duration is no text");
        check("(tag == E", 9, "expected “)”");
        check("tag == E tag", 9, "“&&”, “||” or the end");
        check("name ~ \"(\"", 7, "a regular expression");
        check(&"(".repeat(100), 64, "fewer parentheses");
        check("", 0, "met the end");
    }

    #[test]
    fn words_are_words_and_expressions_are_meant() {
        for text in ["tag == E", "!failed", "failed", "(query contains x)", "duration>1s", "query ~ \"a", "not finding"]
        {
            assert!(is_meant(text), "{text}");
        }
        for text in ["SELECT 1", "error", "query", "text", "name of the game", "51 00", ""] {
            assert!(!is_meant(text), "{text}");
        }
    }

    #[test]
    fn what_may_come_next_is_offered() {
        assert!(completions("").contains(&"duration".to_owned()));
        assert_eq!(completions("tag == \"E\" && sq"), ["tag == \"E\" && sqlstate"]);
        assert!(completions("duration ").contains(&"duration > ".to_owned()));
        assert!(completions("failed ").iter().any(|next| next.contains("&&")));
    }
}
