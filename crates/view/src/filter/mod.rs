//! A language for choosing messages: `tag == "E" && sqlstate ~ "^23"`, `query contains "update"`, `duration > 100ms`.
//!
//! ```text
//! choice      = and { ("||" | "or") and }
//! and         = not { ("&&" | "and") not }
//! not         = ("!" | "not") not | "(" choice ")" | comparison
//! comparison  = field [ operator value ]        a field alone: it is there, and neither zero nor empty
//! operator    = "==" | "!=" | "<" | "<=" | ">" | ">=" | "~" | "!~" | "contains" | "in"
//! value       = "text" | 'text' | word | number [unit] | "{" value { "," value } "}"      parentheses will do
//! ```
//!
//! Texts are compared whatever the case of their letters. What cannot be read is told with its place and what was expected there.

mod met;
mod reader;

use pgscope_proto::Tree;
use pgscope_proto::messages::extended_query;
use pgscope_session::survey::{NEVER, Survey};
use regex_lite::Regex;

use crate::exchange::Indexed;
use crate::find::{Caseless, Pattern, WORDS};
use met::Met;
use reader::Reader;

/// How many bytes one goes through in the time in which a message is compared with a value.
const COMPARED: usize = 100;

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
    Comment,
    Text,
    Bytes,
}

const fn field(name: &'static str, kind: Kind, what: What, doc: &'static str) -> Field {
    Field { name, doc, kind, what }
}

/// All fields.
pub const FIELDS: [Field; 22] = [
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
    field("comment", Kind::Text, What::Comment, "what the capture file remarks at its packet"),
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
    Contains(What, Vec<Caseless>),
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

/// What a message runs, and how long that took.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ran {
    /// Its SQL; nothing where that is not in the recording.
    pub query: Option<String>,
    /// Until all of its answer had come, in microseconds.
    pub duration_us: Option<u32>,
    /// Whether the message itself does not say the SQL.
    pub is_elsewhere: bool,
}

impl Subject<'_> {
    /// What it runs, if it is a Query, an Execute or a FunctionCall, or a Parse that failed.
    pub fn ran(self) -> Option<Ran> {
        let entry = self.indexed.index.entry(self.number)?;
        let met = Met::new(self, entry);
        let asked = met.asked()?;
        let query = met.query().map(|query| query.into_owned());
        let is_elsewhere = *entry.message == extended_query::EXECUTE;
        Some(Ran { query, duration_us: (asked.done != NEVER).then_some(asked.done), is_elsewhere })
    }
}

/// Whether a text is meant as an expression, and not as words to be looked for: it begins with a field, or with what is nearly one, and goes on like
/// one.
pub fn is_meant(text: &str) -> bool {
    let text = text.trim_start_matches(['(', '!', ' ']).trim_start_matches("not ");
    let word: String = text.chars().take_while(|letter| letter.is_ascii_alphabetic()).collect();
    let rest = text.get(word.len()..).unwrap_or_default().trim_start();
    // SQL that is looked for has `=`, and words as short as the shortest names.
    let is_slip =
        word.len() > 4 && (rest.starts_with("==") || !rest.starts_with('=')) && reader::nearly(&word).is_some();
    let is_field = is_slip || FIELDS.iter().any(|field| field.name == word);
    // Alone most of them are words that one may look for, too.
    let is_alone = rest.is_empty() && word == "finding";
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
        Reader::new(text).whole().map(Expression)
    }

    /// Whether it asks for the number of a connection.
    pub fn asks_for_connection(&self) -> bool {
        self.0.asks_for(What::Connection)
    }

    /// What it takes to hold a message of this length against it at most, in bytes that one could go through meanwhile.
    pub(crate) fn cost(&self, length: usize) -> usize {
        let asked = |what| usize::from(self.0.asks_for(what));
        // Words, mends that are searched for, two letters for each byte.
        length / 8
            + COMPARED
            + WORDS * asked(What::Text)
            + 4 * WORDS * asked(What::Finding)
            + 8 * length * asked(What::Bytes)
    }

    /// Whether a message is like that; `tree` is a buffer.
    pub fn holds(&self, subject: Subject<'_>, tree: &mut Tree) -> bool {
        let Some(entry) = subject.indexed.index.entry(subject.number) else { return false };
        self.0.holds(&Met::new(subject, entry), tree)
    }
}

impl Node {
    fn asks_for(&self, wanted: What) -> bool {
        match self {
            Node::Or(parts) | Node::And(parts) => parts.iter().any(|part| part.asks_for(wanted)),
            Node::Not(part) => part.asks_for(wanted),
            Node::Has(what)
            | Node::Numbers(what, ..)
            | Node::Texts(what, ..)
            | Node::Contains(what, _)
            | Node::Regex(what, ..) => *what == wanted,
            Node::Bytes(_) => wanted == What::Bytes,
        }
    }

    fn holds(&self, met: &Met<'_>, tree: &mut Tree) -> bool {
        match self {
            Node::Or(parts) => parts.iter().any(|part| part.holds(met, tree)),
            Node::And(parts) => parts.iter().all(|part| part.holds(met, tree)),
            Node::Not(part) => !part.holds(met, tree),
            Node::Has(what) => match met.number(*what) {
                Some(number) => number != 0,
                None => met.meets(*what, tree, &mut |text| !text.is_empty()).is_some_and(|has| has),
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
            // What has none is not unlike: it is not meant.
            Node::Texts(what, operator, values) => met
                .meets(*what, tree, &mut |text| values.iter().any(|value| same(*what, text, value)))
                .is_some_and(|is_one| is_one == (*operator != Operator::IsNot)),
            Node::Contains(what, values) => {
                met.meets(*what, tree, &mut |text| values.iter().any(|value| value.is_in(text))).is_some_and(|has| has)
            }
            Node::Regex(what, is_to_match, regex) => {
                met.meets(*what, tree, &mut |text| regex.is_match(text)) == Some(*is_to_match)
            }
            Node::Bytes(pattern) => pattern.find(met.subject.indexed, met.subject.number, tree).is_some(),
        }
    }
}

/// Whether a text is a value, which is written in small letters. Tags differ in the case of their letters alone.
fn same(what: What, text: &str, value: &str) -> bool {
    match what {
        What::Tag => text == value,
        _ if text.is_ascii() => text.eq_ignore_ascii_case(value),
        _ => text.to_lowercase() == value,
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
        assert_eq!((chosen("sqlstate != \"\""), chosen("tag == \"\"")), (vec![6], vec![]));
        assert_eq!(chosen("rows > 0"), [1]);
        assert_eq!(chosen("failed"), [5]);
        assert_eq!(chosen("not failed == false and name == query"), [5]);
        assert_eq!(chosen("name in {DataRow, CommandComplete}"), [2, 3]);
        assert_eq!(chosen("tag in (\"D\", 'C')"), [2, 3]);
        // D and d are two messages.
        assert_eq!((chosen("tag ~ \"D\""), chosen("tag ~ \"d\"")), (vec![2], vec![]));
        assert_eq!(chosen("connection == 2 && length >= 29"), [6]);
        assert_eq!(chosen("bytes contains \"49\" && name ~ ready"), [4, 7]);
        assert_eq!(chosen("error contains \"syntax\""), [6]);
        for odd in ["duration > 1ms", "duration > 1.005s", "duration > 0.0003ms", "length > 1.1kb"] {
            assert_eq!(chosen(odd), [0; 0], "{odd}");
        }
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
        check("number == 7.5", 10, "met “7.5”, expected a whole number");
        check("failed == maybe", 10, "met “maybe”, expected true or false");
        check("name == Querry", 8, "the name of a message, such as Query");
        check("name in {Query, Sink}", 16, "the name of a message");
        check("finding == L1", 11, "the name of a rule");
        check("tag in Q", 7, "a list such as {");
        check("sqlstat == 23505", 0, "expected sqlstate, or one of tag");
        check("qurey contains x", 0, "expected query, or one of");
        check("direction == fronted", 13, "frontend or backend");
        check("tag == Error", 7, "one letter");
        check("sqlstate == 235", 12, "five letters and digits");
    }

    #[test]
    fn words_are_words_and_expressions_are_meant() {
        for text in [
            "tag == E",
            "!finding",
            "failed == true",
            "(query contains x)",
            "duration>1s",
            "query ~ \"a",
            "not finding",
            // Nearly one.
            "sqlstat == 23505",
            "durations > 5ms",
        ] {
            assert!(is_meant(text), "{text}");
        }
        for text in [
            "SELECT 1",
            "error",
            "failed",
            "query",
            "text",
            "name of the game",
            "51 00",
            "",
            "total > 5",
            "quarry",
            "test = 1",
            "used == true",
        ] {
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
