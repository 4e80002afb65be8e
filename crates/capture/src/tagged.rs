//! Traces of the parts of messages: the type, perhaps the length, and the body as a string: `type=R msg="\x00…"`,
//! `> P 30 "\000select…"`. The messages are built again as they were on the wire.

use pgscope_proto::Span;
use pgscope_proto::frame::limits;
use pgscope_proto::{Direction, Stream};

use crate::lines::{Line, is_blank};
use crate::literal;
use crate::quotes;
use crate::sink::{Lead, Reader, Sink};

/// The parts of a message in a line.
struct Parts<'a> {
    /// What stands before the type.
    lead: usize,
    tag: Line<'a>,
    /// What the line says of the length.
    length: Option<Line<'a>>,
    /// What stands between the quotes of the body.
    body: Line<'a>,
}

/// What the type of a message is called.
const NAMES: [&str; 9] = ["type", "tag", "kind", "msgtype", "msg_type", "message_type", "pkt", "code", "id"];

fn parts(line: Line<'_>) -> Option<Parts<'_>> {
    let (lead, tag) = tag(line)?;
    let behind = tag.span().end - line.start;
    let mut from = behind;
    // The quote that closes that of the type.
    if line.rest(from).text.starts_with(['\'', '"']) {
        from += 1;
    }
    let (mut quote, mut inner, mut end);
    loop {
        let (at, mark) = quotes::next(line.text, from)?;
        (quote, inner) = (at, line.rest(at + mark.len_utf8()));
        end = quotes::content(inner.text, literal::closing(mark)).unwrap_or(inner.text.len());
        let behind = inner.rest(end + mark.len_utf8());
        // The name of the body.
        if !behind.text.trim_start_matches(is_blank).starts_with(':') {
            break;
        }
        from = behind.start - line.start;
    }
    let between = line.part(from, quote);
    let between = line.part(behind, between.span().end - line.start);
    let is_near = between.text.split(is_blank).filter(|word| !word.is_empty()).count() <= FEW;
    is_near.then(|| Parts { lead, tag, length: number(between), body: inner.part(0, end) })
}

/// So many words may stand between the type and the body.
const FEW: usize = 4;

/// The type: a letter with its name, or one that stands by itself before a number or a string.
fn tag(line: Line<'_>) -> Option<(usize, Line<'_>)> {
    let is_type = |letter: &str| letter.bytes().all(|tag| Direction::BOTH.iter().any(|side| limits(*side, tag).1 > 0));
    let mut at = 0;
    let mut name_before = "";
    for word in line.text.split(is_blank) {
        let start = at;
        at += word.len() + 1;
        if word.is_empty() {
            continue;
        }
        let (name, value) = word.split_once(['=', ':']).unwrap_or((name_before, word));
        // A value may stand apart from its name.
        name_before = "";
        if value.is_empty() {
            name_before = name;
            continue;
        }
        let is_named = NAMES.iter().any(|known| name.trim_matches(['"', '{', '(']).eq_ignore_ascii_case(known));
        if !name.is_empty() && !is_named {
            // A body in front of the type is another form.
            if value.contains('\\') {
                return None;
            }
            continue;
        }
        let bare = value.trim_matches(['\'', '"', ',', '(', ')', '[', ']', ':', '{', '}']);
        let follows = line.text.get(at..).unwrap_or_default().trim_start_matches(is_blank);
        let is_told = ["len", "length", "size", "b'", "b\""].iter().any(|head| follows.starts_with(head));
        let begins_body =
            is_told || follows.starts_with(['"', '\'', '(', '[']) || follows.starts_with(|c: char| c.is_ascii_digit());
        let is_letter = bare.len() == 1 && is_type(bare);
        if is_letter && (is_named || begins_body && value.len() <= 4) {
            let within = word.rfind(bare)?;
            return Some((start, line.part(start + within, start + within + 1)));
        }
    }
    None
}

/// The first number of a text.
fn number(text: Line<'_>) -> Option<Line<'_>> {
    let start = text.text.find(|c: char| c.is_ascii_digit())?;
    let rest = text.rest(start);
    let end = rest.text.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.text.len());
    Some(rest.part(0, end))
}

/// Whether a line has the parts of a message: its type with its name, or with a length.
pub(crate) fn is_message(text: &str) -> bool {
    let line = Line { text, start: 0 };
    let line = line.rest(crate::logs::time(text));
    parts(line).is_some_and(|parts| {
        let before = line.text.get(..parts.tag.start - line.start).unwrap_or_default();
        let is_named = before.trim_end_matches(|c| is_blank(c) || matches!(c, '"' | '\'')).ends_with(['=', ':']);
        let body = built(&parts);
        let claims = parts.length.and_then(|length| length.text.parse::<usize>().ok());
        let fits = claims.is_some_and(|claims| (body.len()..=body.len() + 5).contains(&claims));
        let is_cut = claims.is_some_and(|claims| claims > body.len()) && text.trim_end().ends_with("...");
        // A type alone stands right before its length and body: in libpq's trace a name does.
        let between =
            line.text.get(parts.tag.span().end - line.start..parts.body.start - line.start).unwrap_or_default();
        let known = ["len", "length", "size", "byte", "bytes"];
        let is_near = between
            .split(|c: char| !c.is_ascii_alphabetic())
            .all(|word| word.len() < 2 || known.iter().any(|known| word.eq_ignore_ascii_case(known)));
        is_named || is_near && (fits || is_cut)
    })
}

/// The bytes of the body.
fn built(parts: &Parts<'_>) -> Stream {
    let mut sink = Sink::default();
    literal::content(parts.body, &mut sink);
    sink.blocks.into_iter().next().map(|block| block.stream).unwrap_or_default()
}

/// Reads a trace, line by line.
#[derive(Debug, Default)]
pub(crate) struct Tagged;

impl Reader for Tagged {
    fn line(&mut self, line: Line<'_>, sink: &mut Sink) {
        let Some(parts) = parts(line) else { return };
        let body = built(&parts);
        let tag = parts.tag.text.bytes().next().unwrap_or_default();
        let word = |at: usize| body.bytes.get(at..at + 4).and_then(|four| four.try_into().ok()).map(u32::from_be_bytes);
        let is_whole = body.bytes.first() == Some(&tag) && word(1).is_some_and(|word| word as usize + 1 == body.len());
        let has_length = word(0).is_some_and(|word| word as usize == body.len() && body.len() > 4);
        sink.split();
        if !is_whole {
            sink.byte(tag, parts.tag.span());
        }
        if !is_whole && !has_length {
            let claims = parts.length.and_then(|length| length.text.parse::<usize>().ok());
            // The length may count itself, and the type too.
            let missing = claims.map_or(0, |claims| claims.saturating_sub(body.len() + 5).min(body.len() + 64));
            let length = (body.len() + missing) as u32 + 4;
            let span = parts.length.map_or(parts.tag.span(), Line::span);
            length.to_be_bytes().into_iter().for_each(|byte| sink.byte(byte, span));
            push(&body, sink);
            if missing > 0 {
                let end = Span::new(parts.body.span().end, parts.body.span().end + 1);
                sink.problems.add(
                    end,
                    format!("{} bytes of a body, and {missing} more announced", body.len()),
                    "whole bodies",
                );
                (0..missing).for_each(|_| sink.byte(0, end));
            }
            return;
        }
        push(&body, sink);
    }

    fn lead(&self, line: Line<'_>) -> Lead {
        parts(line).map_or(Lead::Nothing, |parts| Lead::At(parts.lead))
    }
}

fn push(body: &Stream, sink: &mut Sink) {
    for (at, byte) in body.bytes.iter().enumerate() {
        sink.byte(*byte, body.map.source(at).unwrap_or_default());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_of_messages_are_found_in_a_line() {
        let cases = [
            (r#"INFO <<- type=R msg="\x00\x00\x00\x00""#, Some(("R", None, r"\x00\x00\x00\x00"))),
            (r#"> P 30 "\000select 1\000\000\000""#, Some(("P", Some("30"), r"\000select 1\000\000\000"))),
            (r#"recv tag='Z' len=5 body="I""#, Some(("Z", Some("5"), "I"))),
            (r#"Q (13): "select 1\0""#, Some(("Q", Some("13"), r"select 1\0"))),
            (r#"{"dir": "out", "type": "Q", "body": "x\u0000"}"#, Some(("Q", None, r"x\u0000"))),
            (r#"send 'Q' len=2 b'x\x00'"#, Some(("Q", Some("2"), r"x\x00"))),
            (r#"I said "Q""#, None),
            (r#"data="Q\x00\x00\x00\x04" type=Q"#, None),
        ];
        for (text, expected) in cases {
            let found = parts(Line { text, start: 0 });
            let shown =
                found.as_ref().map(|parts| (parts.tag.text, parts.length.map(|length| length.text), parts.body.text));
            assert_eq!(shown, expected, "{text}");
        }
    }
}
