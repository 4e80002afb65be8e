//! Typed views over the messages that a state machine looks into.
//!
//! Each takes the bytes of one whole message and gives what it needs of them, or nothing if they do not have the form.

use crate::cursor::Cursor;

/// The body of a tagged message.
fn body(message: &[u8]) -> Option<Cursor<'_>> {
    Some(Cursor::new(message.get(5..)?))
}

/// The version or request code of a packet of the start-up family.
pub fn startup_code(packet: &[u8]) -> Option<u32> {
    Cursor::new(packet.get(4..)?).u32()
}

/// The pairs of a StartupMessage, up to where they can be read.
pub fn startup_parameters(packet: &[u8]) -> impl Iterator<Item = (&[u8], &[u8])> {
    let mut cursor = Cursor::new(packet.get(8..).unwrap_or_default());
    std::iter::from_fn(move || {
        let name = cursor.text().filter(|name| !name.is_empty())?;
        Some((name, cursor.text()?))
    })
}

/// The value of one setting of a StartupMessage.
pub fn startup_parameter<'a>(packet: &'a [u8], name: &str) -> Option<&'a [u8]> {
    startup_parameters(packet).find(|(its, _)| *its == name.as_bytes()).map(|(_, value)| value)
}

/// The code of an authentication request.
pub fn authentication_code(message: &[u8]) -> Option<u32> {
    body(message)?.u32()
}

/// The first text of a message: the SQL of Query, the tag of CommandComplete, the statement of Parse.
pub fn first_text(message: &[u8]) -> Option<&[u8]> {
    body(message)?.text()
}

/// The second text of a message: the SQL of Parse, the value of ParameterStatus, the statement of Bind.
pub fn second_text(message: &[u8]) -> Option<&[u8]> {
    let mut body = body(message)?;
    body.text()?;
    body.text()
}

/// The first byte of the body: the transaction status of ReadyForQuery, the overall format of a COPY response.
pub fn first_byte(message: &[u8]) -> Option<u8> {
    body(message)?.peek()
}

/// The version word of NegotiateProtocolVersion.
pub fn negotiated_version(message: &[u8]) -> Option<u32> {
    body(message)?.u32()
}

/// A field of an ErrorResponse or NoticeResponse.
pub fn error_field(message: &[u8], letter: u8) -> Option<&[u8]> {
    let mut body = body(message)?;
    loop {
        let code = *body.take(1)?.first()?;
        if code == 0 {
            return None;
        }
        let text = body.text()?;
        if code == letter {
            return Some(text);
        }
    }
}
