//! A body without its type and its length, as who logs messages behind the framing has it.
//!
//! It is recognised where nothing can be read as it stands, and the bytes are all of one message's fields.

use pgscope_proto::frame::{Frame, Shape, limits, message_of};
use pgscope_proto::messages::{authentication, startup};
use pgscope_proto::{Context, Direction, Exchange, Message, Origin, Sides, Span, Stream, Tree, decode};

use super::{ENOUGH, score};

/// Shorter ones may be anything.
const LEAST: usize = 6;
/// What reads no worse than that needs nothing.
const READABLE: f64 = 0.1;
/// Types whose bodies are told by their fields, the most telling first: who sends them, and the letter.
const TELLING: [(Direction, u8); 8] = [
    (Direction::Backend, b'E'),
    (Direction::Backend, b'T'),
    (Direction::Frontend, b'B'),
    (Direction::Frontend, b'P'),
    (Direction::Backend, b'D'),
    (Direction::Backend, b'S'),
    (Direction::Backend, b'R'),
    (Direction::Frontend, b'Q'),
];

/// The message and the exchange with its type and length before it.
pub(super) fn completed(exchange: &Exchange) -> Option<(&'static Message, Exchange)> {
    let [segment] = exchange.segments.as_slice() else { return None };
    let stream = exchange.stream(segment.direction);
    if !(LEAST..ENOUGH).contains(&stream.len()) {
        return None;
    }
    let is_readable = Direction::BOTH.into_iter().any(|direction| score(exchange, direction) > READABLE);
    if is_readable {
        return None;
    }
    let (direction, tag, message) = message(&stream.bytes)?;
    let mut whole = Stream::default();
    let source = stream.map.source(0)?;
    head(tag, stream.len()).into_iter().for_each(|byte| whole.push(byte, source));
    whole.append(stream);
    let mut out = Exchange { beginning: exchange.beginning, labels: exchange.labels.clone(), ..Exchange::default() };
    out.sides = Sides::Given;
    out.push_from(direction, &whole, segment.at_us, Origin::Unknown, segment.label);
    Some((message, out))
}

/// Whose body the bytes are.
fn message(body: &[u8]) -> Option<(Direction, Option<u8>, &'static Message)> {
    if body.starts_with(&[0, 3, 0]) && fits(Direction::Frontend, None, body) == Some(&startup::STARTUP_MESSAGE) {
        return Some((Direction::Frontend, None, &startup::STARTUP_MESSAGE));
    }
    TELLING.into_iter().find_map(|(direction, tag)| {
        let is_text = tag != b'Q' || is_text(body);
        let found = fits(direction, Some(tag), body).filter(|_| is_text)?;
        Some((direction, Some(tag), found))
    })
}

/// Letters and a zero byte behind them.
fn is_text(body: &[u8]) -> bool {
    let words = body.strip_suffix(&[0]).and_then(|words| std::str::from_utf8(words).ok());
    // Not `words.contains(' ')`: that leads to the search for text in text.
    words.is_some_and(|words| body.contains(&b' ') && !words.contains(|c: char| c.is_control() && !c.is_whitespace()))
}

fn head(tag: Option<u8>, body: usize) -> Vec<u8> {
    let length = (body as u32).wrapping_add(4);
    tag.into_iter().chain(length.to_be_bytes()).collect()
}

/// The message, if nothing of it is wrong.
fn fits(direction: Direction, tag: Option<u8>, body: &[u8]) -> Option<&'static Message> {
    let length = body.len() as u32 + 4;
    if tag.is_some_and(|tag| !(limits(direction, tag).0..=limits(direction, tag).1).contains(&length)) {
        return None;
    }
    let bytes = [head(tag, body.len()), body.to_vec()].concat();
    let shape = if tag.is_some() { Shape::Tagged } else { Shape::Packet };
    let frame = Frame { span: Span::new(0, bytes.len()), shape, fault: None };
    let message = message_of(&frame, direction, &bytes);
    let mut tree = Tree::new();
    decode(message, &bytes, Context::new(direction), &mut tree);
    let is_known = *message != authentication::AUTHENTICATION_UNKNOWN;
    (is_known && tree.problems.is_empty()).then_some(message)
}
