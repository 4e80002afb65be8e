//! Where the program that receives a message believes that it ends.
//!
//! The index finds its way back behind a wrong length, because it sees the whole stream. The programs do not: each goes by
//! the length as it stands, and has its own opinion of which types and lengths may come.

use pgscope_proto::conversation::{Client, Server};
use pgscope_proto::frame::{Frame, Header, Shape, header, length_word, message_of};
use pgscope_proto::messages::{self, extended_query, unknown};
use pgscope_proto::{Context, Direction, Message, Span, Tree, natural_length};

use super::{Ends, Request};
use crate::index::Entry;

/// The lengths that a server reads of what may be long, and of what may not.
const LARGE: u32 = 0x3fff_ffff;
const SMALL: u32 = 10_000;
/// What libpq reads of messages that need not be longer.
const SHORT: u32 = 30_000;
/// What libpq reads of an authentication request.
const REQUEST: u32 = 2000;

/// How many messages are kept that an end has not read. What is sent beyond that, with no answer, is not followed.
pub(super) const MOST_WAITING: usize = 1 << 12;

/// The bytes of a Flush.
const FLUSH: usize = 5;
/// Where a receiver reads on that has given up.
const NOWHERE: usize = usize::MAX;

/// What a receiver makes of the next bytes.
enum Next {
    /// A message of so many bytes.
    Message(usize),
    /// Not enough of one: it waits.
    More,
    /// A type that may not come now.
    WrongType,
    /// A length that cannot be.
    WrongLength,
}

impl Ends {
    /// Lets the receiver read what is there, now that this message has come. While it has lost its place, it reads by the
    /// lengths that it believes in, and may find its place again.
    pub(super) fn receive(&mut self, entry: &Entry, stream: &[u8]) {
        let direction = entry.direction;
        let lost = self.place.get(direction.index()).copied().flatten();
        if lost.is_none() && entry.fault.is_none() && !self.is_doubtful(entry, stream) {
            return self.hear(direction, entry.number, entry.message, entry.span.of(stream));
        }
        let mut at = lost.unwrap_or(entry.span.start);
        while let Some(bytes) = stream.get(at..).filter(|bytes| !bytes.is_empty()) {
            if direction == Direction::Backend && self.is_refused {
                // It lies there until the client has introduced itself, and is read as an answer to that.
                break;
            }
            let found = match direction {
                Direction::Frontend => next_read_by_server(self.server, bytes),
                Direction::Backend => next_read_by_client(self.client, bytes),
            };
            match found {
                None => {
                    at = entry.span.end;
                    self.hear(direction, entry.number, entry.message, entry.span.of(stream));
                }
                Some(Next::Message(length)) => {
                    let span = Span::new(at, at + length);
                    let is_packet = direction == Direction::Frontend && self.server == Server::StartUp;
                    let shape = if is_packet { Shape::Packet } else { Shape::Tagged };
                    let frame = Frame { span, shape, fault: None };
                    let piece = span.of(stream);
                    let is_it = span == entry.span;
                    let message = if is_it { entry.message } else { message_of(&frame, direction, piece) };
                    self.hear(direction, entry.number, message, piece);
                    at += length;
                }
                Some(Next::More) => break,
                Some(Next::WrongType) => at = self.give_up(entry, &unknown::UNKNOWN_MESSAGE),
                Some(Next::WrongLength) => at = self.give_up(entry, &unknown::UNREADABLE),
            }
        }
        if let Some(place) = self.place.get_mut(direction.index()) {
            *place = (at != entry.span.end).then_some(at);
        }
    }

    /// Whether the message must be looked at although its borders are right: libpq reads little before it is let in, and
    /// waits for more where the fields of a message need more than its length.
    fn is_doubtful(&self, entry: &Entry, stream: &[u8]) -> bool {
        let rare = matches!(entry.span.of(stream).first(), Some(b'A' | b'G' | b'H' | b'W' | b'V'));
        entry.direction == Direction::Backend
            && (matches!(self.client, Client::Authentication | Client::Starting) || rare)
    }

    /// Whether an end complains of the type with which these bytes begin.
    pub(super) fn refuses(&self, side: Direction, bytes: &[u8]) -> bool {
        let next = match side {
            Direction::Backend => next_read_by_server(self.server, bytes),
            Direction::Frontend => next_read_by_client(self.client, bytes),
        };
        matches!(next, Some(Next::WrongType))
    }

    fn give_up(&mut self, entry: &Entry, what: &'static Message) -> usize {
        match entry.direction {
            Direction::Frontend => self.hear(entry.direction, entry.number, what, &[]),
            Direction::Backend => self.client = Client::Closed,
        }
        NOWHERE
    }

    fn hear(&mut self, direction: Direction, number: usize, message: &'static Message, bytes: &[u8]) {
        match direction {
            Direction::Frontend => {
                // A Flush with a body is complained of.
                let is_wrong = *message == extended_query::FLUSH && bytes.len() != FLUSH;
                let message = if is_wrong { &unknown::UNKNOWN_MESSAGE } else { message };
                if self.unread.len() < MOST_WAITING {
                    self.unread.push_back(Request { number, message });
                }
                self.server_reads();
            }
            Direction::Backend => {
                if self.client != Client::Closed {
                    self.client_hears(message, bytes);
                }
                self.server_reads();
            }
        }
    }
}

/// What a server in this state makes of the next bytes; None where it does not go by messages.
fn next_read_by_server(state: Server, bytes: &[u8]) -> Option<Next> {
    let tag = *bytes.first()?;
    match state {
        Server::Encryption | Server::Closed => None,
        Server::StartUp => Some(packet(bytes)),
        _ => Some(match server_takes(state, tag) {
            Some(most) => within(bytes, 4, most).unwrap_or_else(Next::Message),
            None => Next::WrongType,
        }),
    }
}

/// What a client in this state makes of the next bytes; None where it does not go by messages.
fn next_read_by_client(state: Client, bytes: &[u8]) -> Option<Next> {
    let tag = *bytes.first()?;
    let limits = match (state, tag) {
        (Client::Encryption | Client::AskedForEncryption | Client::New | Client::Closed, _) => return None,
        (Client::Authentication, b'R' | b'v') => Some((8, REQUEST)),
        (Client::Authentication, b'E') => Some((8, SHORT)),
        (Client::Authentication, _) => None,
        _ => Some((4, client_takes(tag))),
    };
    let Some((least, most)) = limits else { return Some(Next::WrongType) };
    let whole = match within(bytes, least, most) {
        Ok(next) => return Some(next),
        Err(whole) => whole,
    };
    Some(match state {
        Client::Authentication => Next::Message(whole),
        _ if !has_all(tag, bytes) => Next::More,
        Client::Starting if has_more(tag, bytes, whole) => Next::WrongLength,
        _ => Next::Message(whole),
    })
}

/// What is wrong with the length, or that the message is not all there; else how long it is.
fn within(bytes: &[u8], least: u32, most: u32) -> Result<Next, usize> {
    let Some(length) = length_word(bytes) else { return Ok(Next::More) };
    let whole = length as usize + 1;
    match length {
        _ if !(least..=most).contains(&length) => Ok(Next::WrongLength),
        _ if whole > bytes.len() => Ok(Next::More),
        _ => Err(whole),
    }
}

fn packet(bytes: &[u8]) -> Next {
    match header(Shape::Packet, Direction::Frontend, bytes) {
        Header::Length(length) if length <= bytes.len() => Next::Message(length),
        Header::Impossible => Next::WrongLength,
        _ => Next::More,
    }
}

/// How long a message of this type may be; None if none may come.
fn server_takes(state: Server, tag: u8) -> Option<u32> {
    use Server::{CopyBoth, CopyIn, CopyInExtended, Password, Sasl};
    match (state, tag) {
        (Password, b'p') => Some(65_535),
        (Sasl, b'p') => Some(1024),
        (Password | Sasl, _) => None,
        (CopyIn | CopyInExtended | CopyBoth, b'd') => Some(LARGE),
        (CopyIn | CopyInExtended, b'c' | b'f' | b'H' | b'S') | (CopyBoth, b'c' | b'X') => Some(SMALL),
        (CopyIn | CopyInExtended | CopyBoth, _) => None,
        (_, b'Q' | b'F' | b'B' | b'P' | b'd') => Some(LARGE),
        (_, b'X' | b'C' | b'D' | b'E' | b'H' | b'S' | b'c' | b'f') => Some(SMALL),
        _ => None,
    }
}

fn client_takes(tag: u8) -> u32 {
    if matches!(tag, b'd' | b'D' | b'E' | b'V' | b'N' | b'A' | b'T') { i32::MAX as u32 } else { SHORT }
}

/// Whether the fields of what may come at any time end before its length does: at start-up libpq gives up over that.
fn has_more(tag: u8, bytes: &[u8], whole: usize) -> bool {
    let may_come = messages::by_tag(Direction::Backend, tag).filter(|_| matches!(tag, b'S' | b'N' | b'A'));
    let context = Context::new(Direction::Backend);
    let natural = may_come.and_then(|message| natural_length(message, bytes, context, &mut Tree::new()));
    natural.is_some_and(|natural| natural < whole)
}

/// Whether what has come is enough for the fields of a message: libpq reads them without a look at the length, and waits
/// for more where they need more.
fn has_all(tag: u8, bytes: &[u8]) -> bool {
    let body = bytes.get(5..).unwrap_or_default();
    let texts = |from: usize, count: usize| {
        body.get(from..).is_some_and(|rest| rest.iter().filter(|byte| **byte == 0).count() >= count)
    };
    match tag {
        b'A' => texts(4, 2),
        b'S' => texts(0, 2),
        b'C' => texts(0, 1),
        b'Z' => !body.is_empty(),
        b'G' | b'H' | b'W' => match body {
            [_, high, low, codes @ ..] => codes.len() >= usize::from(u16::from_be_bytes([*high, *low])) * 2,
            _ => false,
        },
        b'V' => match body {
            [a, b, c, d, value @ ..] => i64::from(i32::from_be_bytes([*a, *b, *c, *d])) <= value.len() as i64,
            _ => false,
        },
        _ => true,
    }
}
