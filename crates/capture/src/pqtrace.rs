//! The trace of libpq's `PQtrace` and of pgx's `pgproto3`, from which the bytes of messages are built again.
//!
//! ```text
//! F  27  Parse        "s" "SELECT $1" 1 23        libpq: the length does not count the tag
//! F  Parse  28        "s" "SELECT $1" 1 23        pgx: it does
//! ```
//!
//! The source of each byte is the token that it was printed as; those of the length are the number, that of the tag is the
//! name. What a trace leaves out is filled with zeros, so that what follows stays in step, and is told.

mod body;
pub(crate) mod old;

use pgscope_proto::Direction::{self, Backend, Frontend};
use pgscope_proto::Span;

use crate::cells::Sourced;
use crate::clock::{self, Clock};
use crate::lines::Line;
use crate::sink::{Side, Sink};
use body::Body;

/// How a message is printed: its name, who sends it, its tag, the code that its name stands for, and its fields.
///
/// Fields: `c` a character, `h` and `i` integers of 16 and 32 bits, `s` a string, `v` a length and bytes, `b` bytes to the
/// end, `k` a key, `l` strings to the end, `e` fields of an error, `z` a closing zero, `H(…)` and `I(…)` counted groups.
struct Message {
    name: &'static str,
    direction: Direction,
    tag: Option<u8>,
    code: Option<u32>,
    fields: &'static str,
}

const fn message(direction: Direction, name: &'static str, tag: u8, fields: &'static str) -> Message {
    let tag = if tag == 0 { None } else { Some(tag) };
    Message { name, direction, tag, code: None, fields }
}

const fn authentication(name: &'static str, code: u32, fields: &'static str) -> Message {
    Message { name, direction: Backend, tag: Some(b'R'), code: Some(code), fields }
}

const MESSAGES: [Message; 56] = [
    message(Frontend, "StartupMessage", 0, "hhlz"),
    message(Frontend, "SSLRequest", 0, "hh"),
    message(Frontend, "GSSENCRequest", 0, "hh"),
    message(Frontend, "GSSEncRequest", 0, "hh"),
    message(Frontend, "CancelRequest", 0, "hhik"),
    message(Frontend, "Query", b'Q', "s"),
    message(Frontend, "Parse", b'P', "ssH(i)"),
    message(Frontend, "Bind", b'B', "ssH(h)H(v)H(h)"),
    message(Frontend, "Describe", b'D', "cs"),
    message(Frontend, "Execute", b'E', "si"),
    message(Frontend, "Close", b'C', "cs"),
    message(Frontend, "Sync", b'S', ""),
    message(Frontend, "Flush", b'H', ""),
    message(Frontend, "Terminate", b'X', ""),
    message(Frontend, "CopyData", b'd', "b"),
    message(Frontend, "CopyDone", b'c', ""),
    message(Frontend, "CopyFail", b'f', "s"),
    message(Frontend, "FunctionCall", b'F', "iH(h)H(v)h"),
    message(Frontend, "PasswordMessage", b'p', "s"),
    message(Frontend, "SASLInitialResponse", b'p', "sv"),
    message(Frontend, "SASLResponse", b'p', "b"),
    message(Frontend, "GSSResponse", b'p', "b"),
    authentication("AuthenticationOk", 0, ""),
    authentication("AuthenticationKerberosV5", 2, ""),
    authentication("AuthenticationCleartextPassword", 3, ""),
    authentication("AuthenticationMD5Password", 5, "b"),
    authentication("AuthenticationGSS", 7, ""),
    authentication("AuthenticationGSSContinue", 8, "b"),
    authentication("AuthenticationSSPI", 9, ""),
    authentication("AuthenticationSASL", 10, "l"),
    authentication("AuthenticationSASLContinue", 11, "b"),
    authentication("AuthenticationSASLFinal", 12, "b"),
    message(Backend, "BackendKeyData", b'K', "ik"),
    message(Backend, "NegotiateProtocolVersion", b'v', "iI(s)"),
    message(Backend, "ParameterStatus", b'S', "ss"),
    message(Backend, "ReadyForQuery", b'Z', "c"),
    message(Backend, "RowDescription", b'T', "H(sihihih)"),
    message(Backend, "DataRow", b'D', "H(v)"),
    message(Backend, "CommandComplete", b'C', "s"),
    message(Backend, "ErrorResponse", b'E', "e"),
    message(Backend, "NoticeResponse", b'N', "e"),
    message(Backend, "EmptyQueryResponse", b'I', ""),
    message(Backend, "ParseComplete", b'1', ""),
    message(Backend, "BindComplete", b'2', ""),
    message(Backend, "CloseComplete", b'3', ""),
    message(Backend, "NoData", b'n', ""),
    message(Backend, "PortalSuspended", b's', ""),
    message(Backend, "ParameterDescription", b't', "H(i)"),
    message(Backend, "NotificationResponse", b'A', "iss"),
    message(Backend, "CopyInResponse", b'G', "cH(h)"),
    message(Backend, "CopyOutResponse", b'H', "cH(h)"),
    message(Backend, "CopyBothResponse", b'W', "cH(h)"),
    message(Backend, "CopyData", b'd', "b"),
    message(Backend, "CopyDone", b'c', ""),
    message(Backend, "FunctionCallResponse", b'V', "v"),
    message(Backend, "Unknown", 0, ""),
];

/// The first line of a message.
struct Head<'a> {
    time: Option<String>,
    direction: Direction,
    length: Line<'a>,
    name: Line<'a>,
    body: Line<'a>,
    pgx: bool,
}

/// Takes the first line of a message apart.
fn head(line: Line<'_>) -> Option<Head<'_>> {
    let (first, rest) = word(line)?;
    let dated = clock::date(first.text).is_some();
    let (time, (side, rest)) = if dated {
        let (time, rest) = word(rest)?;
        (Some(format!("{} {}", first.text, time.text)), word(rest)?)
    } else {
        (None, (first, rest))
    };
    let direction = match side.text {
        "F" => Frontend,
        "B" => Backend,
        _ => return None,
    };
    let (one, rest) = word(rest)?;
    let (two, body) = word(rest)?;
    let pgx = !is_length(one.text);
    let (length, name) = if pgx { (two, one) } else { (one, two) };
    let named = name.text == "Unknown" || entry(name.text, direction).is_some() || name.text.ends_with("Response");
    (is_length(length.text) && named).then_some(Head { time, direction, length, name, body, pgx })
}

fn word(line: Line<'_>) -> Option<(Line<'_>, Line<'_>)> {
    let text = line.text.trim_start_matches(crate::lines::is_blank);
    let line = line.rest(line.text.len() - text.len());
    let end = text.find(crate::lines::is_blank).unwrap_or(text.len());
    (end > 0).then(|| (line.part(0, end), line.rest(end)))
}

fn is_length(text: &str) -> bool {
    text == "NN" || (!text.is_empty() && text.len() < 11 && text.bytes().all(|c| c.is_ascii_digit()))
}

fn entry(name: &str, direction: Direction) -> Option<&'static Message> {
    MESSAGES.iter().find(|message| message.name == name && message.direction == direction)
}

/// Whether a line begins a message of a trace.
pub(crate) fn is_message(line: &str) -> bool {
    head(Line { text: line, start: 0 }).is_some()
}

/// Reads a trace.
#[derive(Debug, Default)]
pub(crate) struct Trace {
    clock: Clock,
    /// The first line of a message, and the end of what belongs to it.
    open: Option<(Span, usize)>,
}

impl Trace {
    pub(crate) fn line(&mut self, text: &str, line: Line<'_>, sink: &mut Sink) {
        let end = line.span().end;
        match head(line) {
            Some(_) => {
                self.close(text, sink);
                self.open = Some((line.span(), end));
            }
            None if line.text.trim_start().starts_with("mismatched message length") => {}
            None => match &mut self.open {
                // A string may go on in the next line; blank lines at the end of the trace belong to nothing.
                Some((_, known)) if !line.text.trim().is_empty() => *known = end,
                Some(_) => {}
                None if crate::marks::comment(line.text.trim()).is_some() || line.text.trim().is_empty() => {}
                None => sink.problems.met(line.trimmed(), "F or B, a length and the name of a message"),
            },
        }
    }

    /// No more of the message that is open comes.
    pub(crate) fn close(&mut self, text: &str, sink: &mut Sink) {
        let Some((first, end)) = self.open.take() else { return };
        let first = Line { text: text.get(first.start..first.end).unwrap_or_default(), start: first.start };
        let Some(head) = head(first) else { return };
        let body = Line { text: text.get(head.body.start..end).unwrap_or_default(), start: head.body.start };
        sink.turn(Side::Given(head.direction), self.clock.read(head.time.as_deref()));
        if head.length.text == "1" && matches!(head.name.text, "SSLResponse" | "GSSENCResponse") {
            return answer(body, sink);
        }
        match entry(head.name.text, head.direction).filter(|message| message.name != "Unknown") {
            Some(message) => build(&head, message, body, sink),
            None => sink.problems.met(head.name, "a message whose bytes the trace shows"),
        }
    }
}

/// The one byte that answers SSLRequest and GSSENCRequest.
fn answer(body: Line<'_>, sink: &mut Sink) {
    let letter = body.trimmed();
    letter.text.bytes().take(1).for_each(|byte| sink.byte(byte, letter.part(0, 1).span()));
}

fn build(head: &Head<'_>, message: &Message, body: Line<'_>, sink: &mut Sink) {
    let counted = if head.pgx && message.tag.is_some() { 5 } else { 4 };
    let told = head.length.text.parse::<usize>().ok().and_then(|length| length.checked_sub(counted));
    let mut bytes: Vec<Sourced> = Vec::new();
    let code = message.code.into_iter().flat_map(u32::to_be_bytes);
    bytes.extend(code.map(|byte| (byte, head.name.span())));
    let mut reader = Body { rest: body, bytes, told, pgx: head.pgx, name: head.name.span() };
    if let Err(stopped) = reader.fields(message.fields, &mut sink.problems) {
        sink.problems.add(
            stopped.span(),
            crate::lines::quoted(stopped.text.trim_end()),
            format!("a field of {}", message.name),
        );
    }
    let mut bytes = reader.bytes;
    if !fill(head, told, &mut bytes, body, sink) {
        return;
    }
    let length = (bytes.len() as u32).wrapping_add(4);
    message.tag.into_iter().for_each(|tag| sink.byte(tag, head.name.span()));
    length.to_be_bytes().into_iter().for_each(|byte| sink.byte(byte, head.length.span()));
    bytes.into_iter().for_each(|(byte, source)| sink.byte(byte, source));
}

/// Gives the body the length that the trace tells; false if nothing of the body is known.
fn fill(head: &Head<'_>, told: Option<usize>, bytes: &mut Vec<Sourced>, body: Line<'_>, sink: &mut Sink) -> bool {
    let Some(told) = told.filter(|told| *told != bytes.len()) else { return true };
    let met = format!("{} bytes of a body of {told}", bytes.len());
    sink.problems.add(head.length.span(), met, "a trace that shows the whole message");
    if bytes.is_empty() {
        return false;
    }
    // More zeros than that cannot be meant, and a trace must not make memory out of a number.
    let filled = told.min(bytes.len() + body.text.len() + 64);
    bytes.resize(filled, (0, head.name.span()));
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique_in_their_direction() {
        for (at, message) in MESSAGES.iter().enumerate() {
            let again = MESSAGES
                .iter()
                .skip(at + 1)
                .any(|other| (other.name, other.direction) == (message.name, message.direction));
            assert!(!again, "{}", message.name);
        }
    }
}
