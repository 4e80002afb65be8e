//! What a message belongs to: a row under an Execute is one of the extended query protocol, and one under a Query is not.
//!
//! A phase of `session` decides how bytes are read, and does not tell the two apart; the request that is answered does.

use pgscope_proto::conversation::Phase;
use pgscope_proto::schema::Chapter;
use pgscope_proto::{CopyContent, Direction, Message};
use pgscope_session::Entry;

use crate::exchange::Indexed;

/// The request that an answer belongs to, where that is of another chapter than the answer's own: what answers queries is
/// described with the simple ones.
pub(crate) fn flow(indexed: &Indexed, entry: &Entry) -> Option<&'static Message> {
    let is_shared = entry.direction == Direction::Backend && entry.message.chapter == Chapter::SimpleQuery;
    let request = indexed.index.entry(indexed.index.request(entry.number).filter(|_| is_shared)?)?.message;
    (request.chapter != Chapter::SimpleQuery).then_some(request)
}

/// The chapter of the protocol in which a message is said, in words.
pub(crate) fn chapter(indexed: &Indexed, entry: &Entry) -> &'static str {
    let own = indexed.named(entry);
    if own.field.id == "terminate" {
        return "End of the connection";
    }
    let own = own.chapter;
    let is_answer = entry.direction == Direction::Backend && own == Chapter::SimpleQuery;
    match flow(indexed, entry) {
        Some(request) => request.chapter.title(),
        None if is_answer && indexed.index.request(entry.number).is_none() => "Simple or extended query",
        None => own.title(),
    }
}

/// What a band of messages is called in which this one stands.
pub(crate) fn band(indexed: &Indexed, number: usize) -> &'static str {
    let phase = indexed.index.phase(number);
    match phase {
        Phase::Ready => indexed.index.entry(number).map_or("query", |entry| asked(indexed, &entry)),
        Phase::Copying(_) => indexed.index.entry(number).map_or("copy", |entry| copied(entry.context().copy)),
        // A word that fits beside its band.
        Phase::Authenticating(_) => "auth",
        phase => phase.name(),
    }
}

fn asked(indexed: &Indexed, entry: &Entry) -> &'static str {
    if entry.message.field.id == "terminate" {
        return "end";
    }
    let chapter = match indexed.index.request(entry.number).and_then(|request| indexed.index.entry(request)) {
        Some(request) => request.message.chapter,
        None => entry.message.chapter,
    };
    match chapter {
        Chapter::ExtendedQuery => "extended",
        Chapter::FunctionCall => "function",
        _ => "query",
    }
}

fn copied(content: CopyContent) -> &'static str {
    match content {
        CopyContent::Physical | CopyContent::Logical | CopyContent::OtherPlugin => "replication",
        CopyContent::BaseBackup => "backup",
        CopyContent::Unknown | CopyContent::Binary | CopyContent::Text => "copy",
    }
}

fn is_answer(entry: &Entry) -> bool {
    entry.direction == Direction::Backend && entry.message.field.id != "noticeresponse"
}

/// What a cycle is called that begins with this message.
pub(crate) fn cycle(indexed: &Indexed, from: usize) -> &'static str {
    let Some(first) = indexed.index.entry(from) else { return "Cycle" };
    match (indexed.named(&first).chapter, indexed.index.phase(from)) {
        (_, Phase::Encrypted(_)) => "Encrypted",
        (_, Phase::Cancelling) => "Cancelling",
        (Chapter::Startup | Chapter::Authentication, _) => "Start-up",
        // What was asked is not known.
        (Chapter::SimpleQuery | Chapter::Errors, _) if is_answer(&first) && indexed.index.request(from).is_none() => {
            "Answer"
        }
        (Chapter::SimpleQuery, _) => chapter(indexed, &first),
        (Chapter::ExtendedQuery, _) => "Extended query",
        (Chapter::FunctionCall, _) => "Function call",
        (Chapter::Copy, _) => "COPY",
        (Chapter::Asynchronous | Chapter::Errors, _) => "Unasked",
        (Chapter::Replication | Chapter::LogicalReplication, _) => "Replication",
        (Chapter::BaseBackup, _) => "Base backup",
        (Chapter::Values | Chapter::Unknown, _) => "Cycle",
    }
}
