//! What one line of a talk says: a message by its name and fields, or one of a few short words.

use pgscope_view::print::message_page;
use pgscope_view::proto::messages::{ALL, authentication, startup};
use pgscope_view::proto::written::{self, WrittenError, show, word};
use pgscope_view::proto::{Direction, Span, make};

/// What a line asks for.
pub(super) enum Said {
    /// These bytes.
    Bytes(Vec<u8>),
    /// Nothing, for so many microseconds.
    Wait(u64),
    /// To close this side.
    End,
    /// To be helped: this text.
    Help(String),
    /// Nothing: the line is empty, or a comment.
    Nothing,
}

pub(super) const LONG_HELP: &str = "\
A line says a message, by its name and its fields:

  Query \"SELECT 1\"
  Bind portal=c statement=find parameters=[\"2\" NULL \\x0007] result_formats=[binary]
  StartupMessage 3.0 [(user alice) (database shop)]
  ErrorResponse [(S ERROR) (C 42601) (M \"syntax error\")]
  CopyData StandbyStatusUpdate(0/16B3748 0/16B3748 0/16B3748 0 1)

Fields stand in their order or have a name. A value is a word, a \"quoted text\" (\\n \\t \\\" \\\\ \\x00), bytes as \\x and
digits, a number, a code by its name or letter, NULL, a [list], or (fields that belong together). What is left out is
empty or 0; lengths are filled in. Shorter, and for what is no message:

  startup USER DATABASE   a StartupMessage of version 3.0
  sql STATEMENT           a Query
  password TEXT           a PasswordMessage
  hex 51 00 …             bytes as they are, right or wrong, whole or in pieces
  wait 2s                 nothing, for so long (10ms, 500us)
  end                     close your side
  help, help MESSAGE      the messages that you can say; the fields of one
  # …                     a comment";

/// What this line says, if `side` says it.
pub(super) fn said(side: Direction, line: &str) -> Result<Said, WrittenError> {
    let begin = line.len() - line.trim_start().len();
    let (first, rest) = line.trim().split_once(char::is_whitespace).unwrap_or((line.trim(), ""));
    let rest = rest.trim();
    let whole = Span::new(begin, line.trim_end().len().max(begin));
    let wrong = |message: &str| WrittenError { span: whole, message: message.to_owned() };
    let made = |made: Result<Vec<u8>, pgscope_view::proto::encode::EncodeError>| {
        made.map(Said::Bytes).map_err(|error| wrong(&error.to_string()))
    };
    match (first, side) {
        ("", _) => Ok(Said::Nothing),
        _ if first.starts_with('#') => Ok(Said::Nothing),
        ("end", _) => Ok(Said::End),
        ("help", _) => help(side, rest).map(Said::Help).map_err(|message| wrong(&message)),
        ("wait", _) => duration(rest).map(Said::Wait).ok_or_else(|| wrong("a time is such as 2s, 10ms or 500us")),
        ("hex", _) => hex(rest).map(Said::Bytes).ok_or_else(|| wrong("two hexadecimal digits make a byte")),
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

fn help(side: Direction, name: &str) -> Result<String, String> {
    if name.is_empty() {
        return Ok(overview(side));
    }
    let wanted = name.replace([' ', '-', '_'], "");
    let is_it = |word: String| word.eq_ignore_ascii_case(&wanted);
    let message = ALL.iter().find(|message| message.sender.allows(side) && is_it(word(&message.field)));
    let message = message.ok_or_else(|| format!("there is no message {name} to help with; help lists them"))?;
    let example = show(message, message.sample).map(|line| format!("As a line\n  {line}\n")).unwrap_or_default();
    Ok(format!("{}{example}", message_page(message)))
}

/// All messages of a side, with the first sentence about each.
fn overview(side: Direction) -> String {
    let mut text = format!("{LONG_HELP}\n\nThe messages:\n\n");
    for message in written::said_by(side) {
        let doc = message.field.doc;
        let first = doc.split_once(". ").map_or(doc, |(first, _)| first).trim_end_matches('.');
        text.push_str(&format!("  {:<32} {first}.\n", word(&message.field)));
    }
    text
}

/// The line, and below it what is wrong where.
pub(super) fn pointed(line: &str, error: &WrittenError) -> String {
    let before = line.get(..error.span.start).unwrap_or_default().chars().count();
    let marked = error.span.of(line.as_bytes());
    let count = String::from_utf8_lossy(marked).chars().count().max(1);
    format!("{line}\n{}{} {}", " ".repeat(before), "^".repeat(count), error.message)
}
