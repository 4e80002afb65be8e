//! Other people's reading of a backend's messages: the libraries that programs in Rust read them with.
//!
//! Each does what it is compared with and no less: whoever gives the values of a row only when asked is asked for all of them.

use std::hint::black_box;

use bytes::{Buf, BytesMut};
use fallible_iterator::FallibleIterator;
use pgscope_bench::PIECE;
use pgwire::messages::{DecodeContext, PgWireBackendMessage, ProtocolVersion};
use postgres_protocol::message::backend::{Header, Message};

/// The header of each message, and on to the next.
pub(crate) fn headers(bytes: &[u8]) -> usize {
    headers_behind(bytes).0
}

/// The same of a stream that comes in pieces.
pub(crate) fn headers_in_pieces(bytes: &[u8]) -> usize {
    let mut buffer = Vec::with_capacity(2 * PIECE);
    let mut met = 0;
    for piece in bytes.chunks(PIECE) {
        buffer.extend_from_slice(piece);
        let (more, behind) = headers_behind(&buffer);
        buffer.drain(..behind);
        met += more;
    }
    met
}

/// How many whole messages there are, and where the last ends.
fn headers_behind(bytes: &[u8]) -> (usize, usize) {
    let (mut met, mut at) = (0, 0);
    while let Some(header) = Header::parse(bytes.get(at..).unwrap_or_default()).expect("well-formed messages") {
        let end = at + header.len() as usize + 1;
        if end > bytes.len() {
            break;
        }
        black_box(&header);
        (met, at) = (met + 1, end);
    }
    (met, at)
}

/// Parses each message and looks at each of its fields.
pub(crate) fn parsed(bytes: &mut BytesMut) -> usize {
    let mut met = 0;
    while let Some(message) = Message::parse(bytes).expect("well-formed messages") {
        walk(&message).expect("well-formed messages");
        black_box(&message);
        met += 1;
    }
    met
}

fn walk(message: &Message) -> std::io::Result<()> {
    match message {
        Message::DataRow(row) => row.ranges().for_each(|range| {
            black_box(range);
            Ok(())
        }),
        Message::RowDescription(description) => description.fields().for_each(|field| {
            black_box(&field);
            Ok(())
        }),
        Message::ErrorResponse(error) => error.fields().for_each(|field| {
            black_box(&field);
            Ok(())
        }),
        Message::NoticeResponse(notice) => notice.fields().for_each(|field| {
            black_box(&field);
            Ok(())
        }),
        // The borders of their fields are found when they are parsed.
        _ => Ok(()),
    }
}

/// The same with `pgwire`.
pub(crate) fn pgwire(bytes: &mut BytesMut) -> usize {
    let mut context = DecodeContext::new(ProtocolVersion::PROTOCOL3_0);
    (context.awaiting_frontend_ssl, context.awaiting_frontend_startup) = (false, false);
    let mut met = 0;
    while let Some(message) = PgWireBackendMessage::decode(bytes, &context).expect("well-formed messages") {
        if let PgWireBackendMessage::DataRow(row) = &message {
            columns(&row.data);
        }
        black_box(&message);
        met += 1;
    }
    met
}

/// `pgwire` leaves the columns of a row to who reads them.
fn columns(mut data: &[u8]) {
    while data.len() >= 4 {
        let length = usize::try_from(data.get_i32()).ok();
        let value = length.and_then(|length| data.split_at_checked(length));
        black_box(value.map(|(value, _)| value));
        data = value.map_or(data, |(_, behind)| behind);
    }
}

/// Lets bytes come in pieces.
pub(crate) fn in_pieces(bytes: &[u8], read: impl Fn(&mut BytesMut) -> usize) -> usize {
    let mut buffer = BytesMut::with_capacity(2 * PIECE);
    let pieces = bytes.chunks(PIECE).map(|piece| {
        buffer.extend_from_slice(piece);
        read(&mut buffer)
    });
    pieces.sum()
}
