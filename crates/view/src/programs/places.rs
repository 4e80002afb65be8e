//! Places in the code of both programs: which line has just run, which one runs or blocks.

use pgscope_proto::Message;
use pgscope_proto::conversation::{Client, Server};
use pgscope_proto::messages::extended_query;
use pgscope_session::{Ends, Inbox, Piece};
use serde::{Deserialize, Serialize};

use crate::engine::Words;

/// The places of a client: every listing of its code has each once.
pub const CLIENT_PLACES: &[&str] = &[
    "connect",
    "ask",
    "byte",
    "tls",
    "startup",
    "message",
    "tag",
    "length",
    "body",
    "dispatch",
    "proof",
    "next",
    "request",
    "data",
    "report",
    "handle",
    "terminate",
    "close",
];

/// The places of a server.
pub const SERVER_PLACES: &[&str] = &[
    "accept",
    "packet_length",
    "packet",
    "answer",
    "tls",
    "challenge",
    "proof",
    "welcome",
    "message",
    "tag",
    "length",
    "body",
    "dispatch",
    "query",
    "step",
    "copy",
    "flush",
    "sync",
    "error",
    "skip",
    "close",
];

/// What is at a place of the code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Mark {
    /// It has just run.
    Ran,
    /// It has called what runs.
    Calls,
    /// It runs, or blocks.
    Now,
}

/// The place inside `read_message` of a read, or outside of it.
fn of_read(piece: Piece) -> &'static str {
    match piece {
        Piece::PacketLength => "packet_length",
        Piece::Packet => "packet",
        Piece::Byte => "byte",
        Piece::Tag => "tag",
        Piece::Length => "length",
        Piece::Body => "body",
        Piece::RecordHead | Piece::Record => "tls",
        Piece::End => "close",
    }
}

/// Where a client is. `last` is what it has just said or read, and `next` what it says next.
pub(super) fn of_client(
    ends: &Ends,
    inbox: &Inbox,
    last: Option<(&'static Message, bool)>,
    next: Option<&'static Message>,
) -> Vec<(Words, Mark)> {
    let ran = last.map(|(message, is_said)| if is_said { client_says(message) } else { client_heard(message) });
    let now = match (inbox.read, ends.client, next) {
        (Some((piece, _)), ..) => of_read(piece),
        (None, Client::Closed, _) => "close",
        (None, _, Some(message)) => client_says(message),
        (None, Client::Ready, None) => "next",
        (None, _, None) => "message",
    };
    marks(ran, "message", now)
}

/// Where a server is.
pub(super) fn of_server(
    ends: &Ends,
    said_in: Server,
    inbox: &Inbox,
    last: Option<(&'static Message, bool)>,
    next: Option<&'static Message>,
) -> Vec<(Words, Mark)> {
    let caller = if matches!(ends.server, Server::Password | Server::Sasl) { "proof" } else { "message" };
    let ran = last.map(|(message, is_said)| match (is_said, message.tag()) {
        (true, _) => server_says(said_in, message),
        (false, None) => "packet",
        (false, Some(b'p')) => "proof",
        (false, Some(_)) => "dispatch",
    });
    let now = match (inbox.read, ends.server, next) {
        (Some((piece, _)), ..) => of_read(piece),
        (None, Server::Closed, _) => "close",
        (None, Server::Query | Server::FunctionCall, _) => "query",
        (None, Server::Sync, _) => "sync",
        (None, Server::Starting, _) => "welcome",
        (None, Server::Skipping, _) => "skip",
        // What it has to say was written before: this sends it.
        (None, Server::Extended, _) if last.is_some_and(|(message, is_said)| !is_said && is_flush(message)) => "flush",
        (None, Server::StartUp, _) if last.is_some_and(|(message, _)| asks_encryption(message)) => "answer",
        (None, Server::StartUp, Some(message)) => server_says(Server::StartUp, message),
        (None, Server::StartUp, None) => "welcome",
        (None, state, Some(message)) => server_says(state, message),
        (None, Server::Extended, None) => "step",
        (None, _, None) => "message",
    };
    marks(ran, caller, now)
}

/// The same lines when what ran there is over and the next read blocks, at this place.
pub(super) fn at_read(marks: &[(Words, Mark)], place: &'static str) -> Vec<(Words, Mark)> {
    let ran =
        marks.iter().find(|(now, mark)| *mark == Mark::Now && *now != place).map(|(now, _)| (now.clone(), Mark::Ran));
    let calls = (place == "tag").then(|| ("message".into(), Mark::Calls));
    ran.into_iter().chain(calls).chain([(place.into(), Mark::Now)]).collect()
}

/// The lines: what ran, what is called from where, what runs.
fn marks(ran: Option<&'static str>, caller: &'static str, now: &'static str) -> Vec<(Words, Mark)> {
    let is_inside = matches!(now, "tag" | "length" | "body");
    let ran = ran.filter(|ran| *ran != now).map(|ran| (ran.into(), Mark::Ran));
    let calls = is_inside.then(|| (caller.into(), Mark::Calls));
    ran.into_iter().chain(calls).chain([(now.into(), Mark::Now)]).collect()
}

fn client_says(message: &'static Message) -> &'static str {
    match message.field.id {
        "sslrequest" | "gssencrequest" => "ask",
        "startup" | "startup2" | "unknownstartup" => "startup",
        "tlsrecord" | "gsspacket" => "tls",
        "terminate" => "terminate",
        "copydata" | "copydone" | "copyfail" => "data",
        _ if message.tag() == Some(b'p') => "proof",
        _ => "request",
    }
}

fn client_heard(message: &'static Message) -> &'static str {
    match message.field.id {
        "sslaccepted" | "gssaccepted" => "byte",
        "encryptionrefused" => "byte",
        "tlsrecord" | "gsspacket" => "tls",
        "readyforquery" => "next",
        "copyinresponse" => "data",
        "errorresponse" | "legacyerror" => "report",
        id if id.starts_with("authentication") && !matches!(id, "authenticationok" | "authenticationsaslfinal") => {
            "proof"
        }
        _ => "handle",
    }
}

fn asks_encryption(message: &Message) -> bool {
    matches!(message.field.id, "sslrequest" | "gssencrequest")
}

fn is_flush(message: &Message) -> bool {
    *message == extended_query::FLUSH
}

fn server_says(state: Server, message: &'static Message) -> &'static str {
    match message.field.id {
        "encryptionrefused" => "answer",
        "sslaccepted" | "gssaccepted" => "answer",
        "tlsrecord" | "gsspacket" => "tls",
        "authenticationok" | "authenticationsaslfinal" | "negotiateprotocolversion" => "welcome",
        id if id.starts_with("authentication") => "challenge",
        "errorresponse" if matches!(state, Server::Extended | Server::Skipping | Server::CopyInExtended) => "error",
        "parsecomplete" | "bindcomplete" | "closecomplete" | "nodata" | "parameterdescription" | "portalsuspended" => {
            "step"
        }
        "backendkeydata" => "welcome",
        "parameterstatus" | "readyforquery" | "errorresponse" if is_before_queries(state) => "welcome",
        "readyforquery" if state == Server::Sync => "sync",
        _ if matches!(state, Server::Extended) => "step",
        _ => "query",
    }
}

fn is_before_queries(state: Server) -> bool {
    matches!(state, Server::StartUp | Server::Starting | Server::Password | Server::Sasl)
}
