//! What one line of a talk says: a message by its name and fields, or one of a few short words.

use pgscope_proto::messages::{authentication, startup};
use pgscope_proto::written::{self, WrittenError};
use pgscope_proto::{Direction, Span, make};

/// What a line asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Said {
    /// These bytes.
    Bytes(Vec<u8>),
    /// The same on a further connection.
    Beside(Vec<u8>),
    /// Nothing, for so many microseconds.
    Wait(u64),
    /// To close this side.
    End,
    /// To be helped, with all or with the message of this name.
    Help(String),
    /// Nothing: the line is empty, or a comment.
    Nothing,
}

/// What this line says, if `side` says it.
pub fn said(side: Direction, line: &str) -> Result<Said, WrittenError> {
    let begin = line.len() - line.trim_start().len();
    let (first, rest) = line.trim().split_once(char::is_whitespace).unwrap_or((line.trim(), ""));
    let rest = rest.trim();
    let whole = Span::new(begin, line.trim_end().len().max(begin));
    let wrong = |message: &str| WrittenError { span: whole, message: message.to_owned() };
    let made = |made: Result<Vec<u8>, pgscope_proto::encode::EncodeError>| {
        made.map(Said::Bytes).map_err(|error| wrong(&error.to_string()))
    };
    match (first, side) {
        ("", _) => Ok(Said::Nothing),
        _ if first.starts_with('#') => Ok(Said::Nothing),
        ("end", _) => Ok(Said::End),
        ("help", _) => Ok(Said::Help(rest.to_owned())),
        ("wait", _) => duration(rest).map(Said::Wait).ok_or_else(|| wrong("a time is such as 2s, 10ms or 500us")),
        ("hex", _) => hex(rest).map(Said::Bytes).ok_or_else(|| wrong("two hexadecimal digits make a byte")),
        ("beside", Direction::Frontend) => {
            // Where the line goes on.
            let behind = line.len() - line.trim_start().trim_start_matches("beside").len();
            let moved = |error: WrittenError| WrittenError {
                span: Span::new(error.span.start + behind, error.span.end + behind),
                ..error
            };
            match said(side, line.get(behind..).unwrap_or_default()).map_err(moved)? {
                Said::Bytes(bytes) => Ok(Said::Beside(bytes)),
                _ => Err(wrong("expected beside and a message: beside CancelRequest …")),
            }
        }
        ("startup", Direction::Frontend) => match rest.split_whitespace().collect::<Vec<_>>().as_slice() {
            [user] => made(make::startup(startup::VERSION_3_0, &[("user", user)])),
            [user, database] => made(make::startup(startup::VERSION_3_0, &[("user", user), ("database", database)])),
            _ => Err(wrong("expected startup USER DATABASE")),
        },
        ("sql", Direction::Frontend) => made(make::query(rest)),
        ("password", Direction::Frontend) => made(make::message(&authentication::PASSWORD_MESSAGE, &[rest.into()])),
        _ => written::bytes(side, line).map(Said::Bytes),
    }
}

fn hex(text: &str) -> Option<Vec<u8>> {
    let digits: Vec<char> = text.chars().filter(|letter| !letter.is_whitespace()).collect();
    let byte = |pair: &[char]| match pair {
        [high, low] => Some((high.to_digit(16)? * 16 + low.to_digit(16)?) as u8),
        _ => None,
    };
    digits.chunks(2).map(byte).collect::<Option<Vec<u8>>>().filter(|bytes| !bytes.is_empty())
}

/// Microseconds.
fn duration(text: &str) -> Option<u64> {
    let digits = text.trim_end_matches(|letter: char| letter.is_ascii_alphabetic());
    let unit = match text.get(digits.len()..)? {
        "s" => 1_000_000,
        "ms" => 1000,
        "us" => 1,
        _ => return None,
    };
    digits.trim().parse::<u64>().ok()?.checked_mul(unit)
}

/// The line, and below it what is wrong where.
pub fn pointed(line: &str, error: &WrittenError) -> String {
    let before = line.get(..error.span.start).unwrap_or_default().chars().count();
    let marked = error.span.of(line.as_bytes());
    let count = String::from_utf8_lossy(marked).chars().count().max(1);
    format!("{line}\n{}{} {}", " ".repeat(before), "^".repeat(count), error.message)
}
