//! The table: every message of the protocol, described once, by chapter of the manual.
//!
//! What is here is data. To know what a message means, look here; to know what is done with it, look at its consumers.

pub mod asynchronous;
pub mod authentication;
pub mod base_backup;
pub(crate) mod common;
pub mod copy;
pub mod errors;
pub mod extended_query;
pub mod function_call;
pub mod pgoutput;
pub mod replication;
pub(crate) mod sasl;
pub mod simple_query;
pub mod startup;
pub mod unknown;

use crate::Direction;
use crate::schema::{Carrier, Head, Message};

/// Every message, in the order in which a reader meets them.
pub static ALL: &[&Message] = &[
    &startup::STARTUP_MESSAGE,
    &startup::SSL_REQUEST,
    &startup::SSL_ACCEPTED,
    &startup::ENCRYPTION_REFUSED,
    &startup::GSSENC_REQUEST,
    &startup::GSS_ACCEPTED,
    &startup::CANCEL_REQUEST,
    &asynchronous::NEGOTIATE_PROTOCOL_VERSION,
    &startup::STARTUP_PACKET_2,
    &startup::UNKNOWN_STARTUP,
    &startup::GSS_PACKET,
    &startup::TLS_RECORD,
    &authentication::AUTHENTICATION_OK,
    &authentication::AUTHENTICATION_KERBEROS_V4,
    &authentication::AUTHENTICATION_KERBEROS_V5,
    &authentication::AUTHENTICATION_CLEARTEXT_PASSWORD,
    &authentication::AUTHENTICATION_CRYPT_PASSWORD,
    &authentication::AUTHENTICATION_MD5_PASSWORD,
    &authentication::AUTHENTICATION_SCM_CREDENTIAL,
    &authentication::AUTHENTICATION_GSS,
    &authentication::AUTHENTICATION_GSS_CONTINUE,
    &authentication::AUTHENTICATION_SSPI,
    &authentication::AUTHENTICATION_SASL,
    &authentication::AUTHENTICATION_SASL_CONTINUE,
    &authentication::AUTHENTICATION_SASL_FINAL,
    &authentication::AUTHENTICATION_UNKNOWN,
    &authentication::PASSWORD_MESSAGE,
    &authentication::SASL_INITIAL_RESPONSE,
    &authentication::SASL_RESPONSE,
    &authentication::GSS_RESPONSE,
    &authentication::AUTHENTICATION_RESPONSE,
    &asynchronous::PARAMETER_STATUS,
    &asynchronous::BACKEND_KEY_DATA,
    &simple_query::READY_FOR_QUERY,
    &simple_query::QUERY,
    &simple_query::ROW_DESCRIPTION,
    &simple_query::DATA_ROW,
    &simple_query::COMMAND_COMPLETE,
    &simple_query::EMPTY_QUERY_RESPONSE,
    &simple_query::TERMINATE,
    &extended_query::PARSE,
    &extended_query::PARSE_COMPLETE,
    &extended_query::BIND,
    &extended_query::BIND_COMPLETE,
    &extended_query::DESCRIBE,
    &extended_query::PARAMETER_DESCRIPTION,
    &extended_query::NO_DATA,
    &extended_query::EXECUTE,
    &extended_query::PORTAL_SUSPENDED,
    &extended_query::CLOSE,
    &extended_query::CLOSE_COMPLETE,
    &extended_query::FLUSH,
    &extended_query::SYNC,
    &function_call::FUNCTION_CALL,
    &function_call::FUNCTION_CALL_RESPONSE,
    &errors::ERROR_RESPONSE,
    &errors::NOTICE_RESPONSE,
    &errors::LEGACY_ERROR,
    &asynchronous::NOTIFICATION_RESPONSE,
    &copy::COPY_IN_RESPONSE,
    &copy::COPY_OUT_RESPONSE,
    &copy::COPY_BOTH_RESPONSE,
    &copy::COPY_DATA,
    &copy::COPY_DONE,
    &copy::COPY_FAIL,
    &copy::COPY_BINARY_HEADER,
    &copy::COPY_BINARY_TUPLE,
    &copy::COPY_BINARY_TRAILER,
    &copy::COPY_TEXT_LINE,
    &replication::XLOG_DATA,
    &replication::PRIMARY_KEEPALIVE,
    &replication::PRIMARY_STATUS_UPDATE,
    &replication::STANDBY_STATUS_UPDATE,
    &replication::HOT_STANDBY_FEEDBACK,
    &replication::PRIMARY_STATUS_REQUEST,
    &base_backup::NEW_ARCHIVE,
    &base_backup::BACKUP_DATA,
    &base_backup::MANIFEST,
    &base_backup::PROGRESS,
    &pgoutput::BEGIN,
    &pgoutput::RELATION,
    &pgoutput::TYPE,
    &pgoutput::INSERT,
    &pgoutput::UPDATE,
    &pgoutput::DELETE,
    &pgoutput::TRUNCATE,
    &pgoutput::MESSAGE,
    &pgoutput::ORIGIN,
    &pgoutput::COMMIT,
    &pgoutput::STREAM_START,
    &pgoutput::STREAM_STOP,
    &pgoutput::STREAM_COMMIT,
    &pgoutput::STREAM_ABORT,
    &pgoutput::BEGIN_PREPARE,
    &pgoutput::PREPARE,
    &pgoutput::COMMIT_PREPARED,
    &pgoutput::ROLLBACK_PREPARED,
    &pgoutput::STREAM_PREPARE,
    &unknown::UNKNOWN_MESSAGE,
    &unknown::UNKNOWN_INNER,
    &unknown::UNREADABLE,
];

/// The messages that a bare tag names, for one direction: `p` and `R` need more than the tag.
#[inline]
pub fn by_tag(direction: Direction, tag: u8) -> Option<&'static Message> {
    TAGS.get(direction.index())?.get(tag as usize).copied().flatten()
}

/// The authentication request with this code.
pub fn authentication_request(code: u32) -> &'static Message {
    ALL.iter()
        .find(|message| matches!(message.head, Head::Authentication(_, its) if its == code))
        .copied()
        .unwrap_or(&authentication::AUTHENTICATION_UNKNOWN)
}

/// The packet of the start-up family with this code, or with this version.
pub fn startup_packet(code: u32) -> &'static Message {
    match code {
        startup::SSL_REQUEST_CODE => &startup::SSL_REQUEST,
        startup::GSSENC_REQUEST_CODE => &startup::GSSENC_REQUEST,
        startup::CANCEL_REQUEST_CODE => &startup::CANCEL_REQUEST,
        startup::VERSION_2_0 => &startup::STARTUP_PACKET_2,
        version if version >> 16 == 3 => &startup::STARTUP_MESSAGE,
        _ => &startup::UNKNOWN_STARTUP,
    }
}

/// The message of a stream inside CopyData that begins with this tag.
pub fn inner(carrier: Carrier, direction: Direction, tag: u8) -> Option<&'static Message> {
    ALL.iter().copied().find(|message| message.head == Head::Inner(carrier, tag) && message.sender.allows(direction))
}

/// The message with this name, whatever its case.
pub fn by_name(name: &str) -> Option<&'static Message> {
    ALL.iter().copied().find(|message| message.name().eq_ignore_ascii_case(name))
}

const TAG_COUNT: usize = 128;
static TAGS: [[Option<&Message>; TAG_COUNT]; 2] = [tags(Direction::Frontend), tags(Direction::Backend)];

#[allow(clippy::indexing_slicing, reason = "the compiler runs it: a wrong index does not compile")]
const fn tags(direction: Direction) -> [Option<&'static Message>; TAG_COUNT] {
    let mut table = [None; TAG_COUNT];
    let mut index = 0;
    while index < ALL.len() {
        let message = ALL[index];
        if message.sender.allows(direction) {
            match message.head {
                Head::Tag(b'p') => table[b'p' as usize] = Some(&authentication::AUTHENTICATION_RESPONSE),
                Head::Tag(tag) => table[tag as usize] = Some(message),
                Head::Authentication(tag, _) => table[tag as usize] = Some(&authentication::AUTHENTICATION_UNKNOWN),
                _ => {}
            }
        }
        index += 1;
    }
    table
}
