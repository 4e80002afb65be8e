//! Exchanges as a person reads them: a line a message, `F` or `B` before it.
//!
//! ```text
//! (started)
//! F Query "SELECT 1"
//! B CommandComplete "SELECT 1" {length 13}
//! B \x5a 00000005 49
//! # a comment
//! ```
//!
//! `(started)` stands for the shortest start-up. A message is written as [`pgscope_proto::written`] reads it, or as `\x` and
//! digits. What stands in braces is done to its bytes: `{less 1}` takes bytes from its end and `{more 00}` puts some there,
//! and the length counts what is left; `{length 13}` writes a length that is not its own.

use pgscope_proto::{Direction, Exchange, Stream, written};

/// The shortest start-up: what `(started)` stands for.
const STARTED: &str = "\
F StartupMessage 3.0 [(user alice) (database shop)]
B AuthenticationOk
B ParameterStatus server_version \"18.0\"
B ParameterStatus client_encoding \"UTF8\"
B BackendKeyData 4242 \\x3e119a7a
B ReadyForQuery idle
";

/// Why a text is no exchange.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExchangeError {
    /// Which line, from 1.
    pub line: usize,
    /// What is wrong with it.
    pub message: String,
}

impl std::fmt::Display for ExchangeError {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "line {}: {}", self.line, self.message)
    }
}

impl std::error::Error for ExchangeError {}

/// The exchange that this text writes, in recorded order, each message a segment.
///
/// ```
/// use pgscope_proto::Direction;
/// use pgscope_session::rules::exchange;
/// let written = exchange("(started)\nF Query \"SELECT 1\"").unwrap();
/// assert!(written.stream(Direction::Frontend).bytes.ends_with(b"Q\0\0\0\x0dSELECT 1\0"));
/// ```
pub fn exchange(text: &str) -> Result<Exchange, ExchangeError> {
    let mut exchange = Exchange::default();
    add(text, &mut exchange)?;
    Ok(exchange)
}

fn add(text: &str, exchange: &mut Exchange) -> Result<(), ExchangeError> {
    for (number, line) in text.lines().enumerate() {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        if line == "(started)" {
            add(STARTED, exchange)?;
            continue;
        }
        let at_line = |message| ExchangeError { line: number + 1, message };
        let (side, rest) = side(line).ok_or_else(|| at_line("it begins with F or B".to_owned()))?;
        let bytes = message(side, rest).map_err(at_line)?;
        exchange.push(side, &Stream::raw(bytes), None);
    }
    Ok(())
}

fn side(line: &str) -> Option<(Direction, &str)> {
    let side = |letter| Direction::BOTH.into_iter().find(|side| side.letter() == letter);
    let (letter, rest) = line.split_once(' ')?;
    let mut letters = letter.chars();
    let found = side(letters.next()?)?;
    letters.next().is_none().then_some((found, rest.trim()))
}

fn message(side: Direction, text: &str) -> Result<Vec<u8>, String> {
    let (text, changes) = match text.strip_suffix('}').and_then(|text| text.rsplit_once('{')) {
        Some((text, changes)) => (text.trim(), changes),
        None => (text, ""),
    };
    let bytes = match text.strip_prefix("\\x") {
        Some(digits) => hex(digits)?,
        None => written::bytes(side, text).map_err(|error| error.to_string())?,
    };
    changes.split(',').map(str::trim).filter(|change| !change.is_empty()).try_fold(bytes, changed)
}

fn hex(digits: &str) -> Result<Vec<u8>, String> {
    let digits: String = digits.chars().filter(|letter| !letter.is_whitespace()).collect();
    let byte = |at| digits.get(at..at + 2).and_then(|two| u8::from_str_radix(two, 16).ok());
    let bytes: Option<Vec<u8>> = (0..digits.len()).step_by(2).map(byte).collect();
    bytes.ok_or_else(|| "two hexadecimal digits make a byte".to_owned())
}

fn changed(mut bytes: Vec<u8>, change: &str) -> Result<Vec<u8>, String> {
    let wrong = || format!("{change} is no change: length, less or more");
    let (what, given) = change.split_once(' ').ok_or_else(wrong)?;
    match what {
        "length" => {
            let length = given.parse::<u32>().map_err(|_| wrong())?;
            write_length(&mut bytes, length);
            return Ok(bytes);
        }
        "less" => {
            let count = given.parse::<usize>().map_err(|_| wrong())?;
            bytes.truncate(bytes.len().saturating_sub(count));
        }
        "more" => bytes.extend(hex(given)?),
        _ => return Err(wrong()),
    }
    let counted = bytes.len() - length_at(&bytes);
    write_length(&mut bytes, counted as u32);
    Ok(bytes)
}

/// A packet of start-up begins with its length, whose first byte is 0.
fn length_at(bytes: &[u8]) -> usize {
    usize::from(bytes.first().is_some_and(|first| *first != 0))
}

fn write_length(bytes: &mut [u8], length: u32) {
    let at = length_at(bytes);
    if let Some(word) = bytes.get_mut(at..at + 4) {
        word.copy_from_slice(&length.to_be_bytes());
    }
}
