//! Messages as a person writes them, in a line: the name, then fields by name or in the order of the table.
//!
//! ```text
//! Query "SELECT 1"
//! Bind portal=c statement=find parameters=["2" NULL \x0007] result_formats=[binary]
//! StartupMessage 3.0 [(user alice) (database shop)]
//! CopyData StandbyStatusUpdate(0/16B3748 0/16B3748 0/16B3748 0 1)
//! ```
//!
//! A value is a word, a "quoted text" with the escapes `\n`, `\t`, `\"`, `\\` and `\x00`, bytes as `\x` and digits, a
//! number, a code by its name, `NULL`, a `[list]`, fields that belong together in `(parentheses)`, or what is chosen with
//! its fields behind it: `text(apple)`. What is left out is empty, 0 or not there; tag and lengths are filled in.

mod make;
mod parse;
mod show;

pub use show::show;

use crate::encode::encode;
use crate::messages::ALL;
use crate::schema::{Field, Head, Message};
use crate::{Direction, Span};

/// Why a line is no message, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WrittenError {
    /// Which bytes of the line are wrong.
    pub span: Span,
    /// What is wrong with them.
    pub message: String,
}

impl std::fmt::Display for WrittenError {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "column {}: {}", self.span.start + 1, self.message)
    }
}

impl std::error::Error for WrittenError {}

type Made<T> = Result<T, WrittenError>;

fn wrong<T>(span: Span, message: impl Into<String>) -> Made<T> {
    Err(WrittenError { span, message: message.into() })
}

/// The bytes of the message that this line writes, as `side` says it.
///
/// ```
/// use pgscope_proto::{Direction, written::bytes};
/// assert_eq!(bytes(Direction::Frontend, "Query \"SELECT 1\"").unwrap(), b"Q\0\0\0\x0dSELECT 1\0");
/// assert_eq!(bytes(Direction::Backend, "ReadyForQuery idle").unwrap(), b"Z\0\0\0\x05I");
/// ```
pub fn bytes(side: Direction, line: &str) -> Made<Vec<u8>> {
    let (name, fields) = parse::line(line)?;
    let Some(message) = said_by(side).find(|message| is_named(&message.field, &name.text)) else {
        return wrong(name.span, unknown(side, &name.text));
    };
    let whole = Span::new(name.span.start, line.len());
    let values = make::values(message, &fields, whole)?;
    let mut bytes = Vec::new();
    match encode(message, &values, &mut bytes) {
        Ok(()) => Ok(bytes),
        Err(error) => wrong(whole, error.to_string()),
    }
}

/// The messages that can be written for one side: those of the connection, not those inside CopyData.
pub fn said_by(side: Direction) -> impl Iterator<Item = &'static Message> {
    let is_whole = |message: &&&Message| {
        matches!(message.head, Head::Tag(_) | Head::Authentication(..) | Head::Startup(_) | Head::Reply(_))
    };
    ALL.iter().filter(is_whole).filter(move |message| message.sender.allows(side)).copied()
}

/// How a field or a message is called in a line: its name without what a word cannot have.
pub fn word(field: &Field) -> String {
    let parts = field.name.split(|letter: char| !letter.is_ascii_alphanumeric()).filter(|part| !part.is_empty());
    if !field.name.starts_with(|letter: char| letter.is_ascii_uppercase()) {
        return parts.collect::<Vec<_>>().join("_");
    }
    let capital = |part: &str| {
        let (first, rest) = part.split_at_checked(1).unwrap_or((part, ""));
        first.to_ascii_uppercase() + rest
    };
    parts.map(capital).collect()
}

fn plain(name: &str) -> String {
    name.chars().filter(char::is_ascii_alphanumeric).map(|letter| letter.to_ascii_lowercase()).collect()
}

/// Whether a person means this field or message: capitals, spaces and dashes do not matter.
fn is_named(field: &Field, name: &str) -> bool {
    let name = plain(name);
    !name.is_empty() && (plain(field.name) == name || plain(field.id) == name)
}

fn unknown(side: Direction, name: &str) -> String {
    let wanted = plain(name);
    if said_by(side.other()).any(|message| plain(message.name()) == wanted) {
        return format!("{name} is what a {} says", side.other().end());
    }
    let is_near = |known: &String| {
        let known = plain(known);
        !wanted.is_empty() && (known.contains(&wanted) || wanted.contains(&known))
    };
    let near: Vec<String> = said_by(side).map(|message| word(&message.field)).filter(is_near).collect();
    match near.as_slice() {
        [] => format!("no message of a {} is called {name}", side.end()),
        near => format!("no message of a {} is called {name}; near it are {}", side.end(), near.join(", ")),
    }
}
