//! Before anything else: packets without a tag, and the single bytes that answer two of them.

use super::common::*;
use crate::privacy::{Privacy, Secret};
use crate::schema::*;

/// The code of an SSLRequest: 1234 in the upper half, 5679 in the lower.
pub const SSL_REQUEST_CODE: u32 = 80_877_103;
/// The code of a GSSENCRequest.
pub const GSSENC_REQUEST_CODE: u32 = 80_877_104;
/// The code of a CancelRequest.
pub const CANCEL_REQUEST_CODE: u32 = 80_877_102;
/// Protocol 3.0 as its version word.
pub const VERSION_3_0: u32 = 3 << 16;
/// Protocol 3.2 as its version word.
pub const VERSION_3_2: u32 = (3 << 16) | 2;
/// Protocol 2.0 as its version word.
pub const VERSION_2_0: u32 = 2 << 16;

const FLOW: Section = Chapter::Startup.flow();
const SSL: Section = Section::new("SSL Session Encryption", "protocol-flow.html#PROTOCOL-FLOW-SSL");
const GSS: Section = Section::new("GSSAPI Session Encryption", "protocol-flow.html#PROTOCOL-FLOW-GSSAPI");

const fn request(doc: &'static str) -> Field {
    int("code", "request code", Width::Four, Show::Request, doc)
}

/// The client's first words.
pub static STARTUP_MESSAGE: Message = Message {
    field: message(
        "startup",
        "StartupMessage",
        "The client introduces itself: which version of the protocol it speaks, who wants in, to which database, and with which settings. The server answers with an authentication request, or an error. Nothing may be sent after it until the server has spoken.",
    ),
    sender: Sender::Frontend,
    head: Head::Startup(VERSION_3_0),
    chapter: Chapter::Startup,
    since: "protocol 3.0 (PostgreSQL 7.4); minor version 2 since PostgreSQL 18",
    section: formats("protocol-message-formats.html#PROTOCOL-MESSAGE-FORMATS-STARTUPMESSAGE"),
    fields: &[
        PACKET_LENGTH,
        int(
            "version",
            "protocol version",
            Width::Four,
            Show::Version,
            "Major version in the upper 16 bits, minor in the lower: 196608 is 3.0, 196610 is 3.2. It stands where the other packets without a tag have their request code; 1234 as a major version will never exist, which is how they are told apart.",
        ),
        field(
            "parameters",
            "parameters",
            Kind::UntilZero {
                of: &group(
                    "parameter",
                    "parameter",
                    &[
                        string(
                            "name",
                            "name",
                            "`user` must be there. `database` defaults to the user's name; `options` carries command-line switches; `replication` asks for a replication connection; a name that begins with `_pq_.` asks for a protocol extension. Every other name is a setting of the session, as SET would make it.",
                        ).is(Privacy::Setting),
                        string(
                            "value",
                            "value",
                            "The value as text. A name without a value breaks the pairing of all that follows.",
                        ).is(Privacy::SettingValue),
                    ],
                    "A setting: its name, then its value, each ended by a zero byte.",
                ),
                end: &END_OF_LIST,
            },
            Role::Value,
            "Pairs of name and value, each ended by a zero byte, and one more zero byte at the end. The server insists that this zero is the very last byte of the packet.",
        ),
    ],
    sample: sample(b"\0\0\0\x22\0\x03\0\0user\0alice\0database\0shop\0\0"),
};

/// The fixed layout of version 2.
pub static STARTUP_PACKET_2: Message = Message {
    field: message(
        "startup2",
        "StartupPacket (protocol 2.0)",
        "The first packet of version 2 of the protocol, which servers stopped speaking in PostgreSQL 14. All its fields have a fixed width. A server of today answers with an E and a text without a length, so that even a client this old can show it.",
    ),
    sender: Sender::Frontend,
    head: Head::Startup(VERSION_2_0),
    chapter: Chapter::Startup,
    since: "protocol 2.0 (PostgreSQL 6.4), gone since PostgreSQL 14",
    section: FLOW,
    fields: &[
        PACKET_LENGTH,
        int("version", "protocol version", Width::Four, Show::Version, "131072: major 2, minor 0."),
        field(
            "database",
            "database",
            Kind::Fixed(64, Inside::PaddedText),
            Role::String,
            "The database, in 64 bytes padded with zeros. Empty means the one named as the user.",
        ),
        field(
            "user",
            "user",
            Kind::Fixed(32, Inside::PaddedText),
            Role::String,
            "The user, in 32 bytes padded with zeros. Longer names could not be sent: one reason for version 3.",
        ),
        field(
            "options",
            "options",
            Kind::Fixed(64, Inside::PaddedText),
            Role::String,
            "Command-line switches for the server process, in 64 bytes padded with zeros. Version 3 still takes them, as the parameter `options`.",
        ),
        field(
            "unused",
            "unused",
            Kind::Fixed(64, Inside::PaddedText),
            Role::String,
            "Kept free for what might come; zeros. Nothing came: version 3 has names and values in place of fixed fields.",
        ),
        field(
            "tty",
            "debug terminal",
            Kind::Fixed(64, Inside::PaddedText),
            Role::String,
            "The terminal to which the server should have written its debugging output. Servers had long stopped looking at it.",
        ),
    ],
    sample: &{
        let mut packet = [0; 296];
        packet[2] = 1;
        packet[3] = 0x28;
        packet[5] = 2;
        packet[8] = b's';
        packet[72] = b'a';
        packet
    },
};

/// May we speak TLS?
pub static SSL_REQUEST: Message = Message {
    field: message(
        "sslrequest",
        "SSLRequest",
        "The client asks, before the StartupMessage, whether the connection may be encrypted with TLS. The answer is a single byte without tag or length: S (go on with a TLS handshake) or N (no). After N the client may send its StartupMessage in the clear on the same connection. It must not send anything before the answer.",
    ),
    sender: Sender::Frontend,
    head: Head::Startup(SSL_REQUEST_CODE),
    chapter: Chapter::Startup,
    since: "PostgreSQL 7.1",
    section: formats("protocol-message-formats.html#PROTOCOL-MESSAGE-FORMATS-SSLREQUEST"),
    fields: &[
        PACKET_LENGTH,
        request(
            "80877103: 1234 in the upper 16 bits and 5679 in the lower. It is chosen so that no protocol version will ever equal it.",
        ),
    ],
    sample: sample(b"\0\0\0\x08\x04\xd2\x16\x2f"),
};

/// May we speak GSSAPI encryption?
pub static GSSENC_REQUEST: Message = Message {
    field: message(
        "gssencrequest",
        "GSSENCRequest",
        "The client asks whether the connection may be encrypted with GSSAPI (Kerberos). The answer is a single byte: G (go on with the GSSAPI handshake) or N (no). After N the client may still ask for TLS, or send its StartupMessage.",
    ),
    sender: Sender::Frontend,
    head: Head::Startup(GSSENC_REQUEST_CODE),
    chapter: Chapter::Startup,
    since: "PostgreSQL 12",
    section: formats("protocol-message-formats.html#PROTOCOL-MESSAGE-FORMATS-GSSENCREQUEST"),
    fields: &[PACKET_LENGTH, request("80877104: 1234 in the upper 16 bits and 5680 in the lower.")],
    sample: sample(b"\0\0\0\x08\x04\xd2\x16\x30"),
};

/// Stop what that other connection is doing.
pub static CANCEL_REQUEST: Message = Message {
    field: message(
        "cancelrequest",
        "CancelRequest",
        "Asks the server to interrupt the query of another connection. It is sent on a connection of its own, in place of the StartupMessage, because the busy one cannot be spoken to. The server never answers: it closes. Whether the cancel worked shows only on the other connection, as an error 57014 or not at all.",
    ),
    sender: Sender::Frontend,
    head: Head::Startup(CANCEL_REQUEST_CODE),
    chapter: Chapter::Startup,
    since: "protocol 3.0; keys longer than four bytes since 3.2 (PostgreSQL 18)",
    section: formats("protocol-message-formats.html#PROTOCOL-MESSAGE-FORMATS-CANCELREQUEST"),
    fields: &[
        PACKET_LENGTH,
        request("80877102: 1234 in the upper 16 bits and 5678 in the lower."),
        int(
            "pid",
            "process id",
            Width::Four,
            Show::Signed,
            "The process id of the connection to interrupt, as its BackendKeyData told it. It is not secret and easily guessed; the key behind it is what proves the right.",
        ),
        field(
            "key",
            "secret key",
            Kind::Rest(Inside::Opaque),
            Role::Secret,
            "The secret from that connection's BackendKeyData, byte for byte: 4 bytes in protocol 3.0, up to 256 in 3.2. With a wrong key the server just closes.",
        ).hides(Secret::Key),
    ],
    sample: sample(b"\0\0\0\x10\x04\xd2\x16\x2e\0\0\x10\x92\x3e\x11\x9a\x7a"),
};

/// Yes, speak TLS.
pub static SSL_ACCEPTED: Message = Message {
    field: message(
        "sslaccepted",
        "SSLResponse S",
        "One byte, no length: the server is willing to speak TLS. The next bytes are the client's TLS handshake, and all that follows is encrypted. A client must refuse any byte that came together with this one: they were sent unencrypted, perhaps by somebody in between (CVE-2021-23222).",
    ),
    sender: Sender::Backend,
    head: Head::Reply(b'S'),
    chapter: Chapter::Startup,
    since: "PostgreSQL 7.1",
    section: SSL,
    fields: &[ANSWER],
    sample: sample(b"S"),
};

/// No, no encryption.
pub static ENCRYPTION_REFUSED: Message = Message {
    field: message(
        "encryptionrefused",
        "SSLResponse N",
        "One byte, no length: the server does not offer the encryption that was asked for. The connection stays open and unencrypted; the client decides whether to go on with a StartupMessage or to close. Treating this byte as the start of a message is a common mistake of new drivers.",
    ),
    sender: Sender::Backend,
    head: Head::Reply(b'N'),
    chapter: Chapter::Startup,
    since: "PostgreSQL 7.1",
    section: SSL,
    fields: &[ANSWER],
    sample: sample(b"N"),
};

/// Yes, speak GSSAPI.
pub static GSS_ACCEPTED: Message = Message {
    field: message(
        "gssaccepted",
        "GSSResponse G",
        "One byte, no length: the server is willing to encrypt with GSSAPI. From here on both sides send packets of a length and a token.",
    ),
    sender: Sender::Backend,
    head: Head::Reply(b'G'),
    chapter: Chapter::Startup,
    since: "PostgreSQL 12",
    section: GSS,
    fields: &[ANSWER],
    sample: sample(b"G"),
};

/// A packet of an encrypted GSSAPI session.
pub static GSS_PACKET: Message = Message {
    field: message(
        "gsspacket",
        "GSSAPI packet",
        "A packet of a GSSAPI-encrypted connection: during the handshake a token, afterwards encrypted messages. What is inside cannot be read without the keys of the session.",
    ),
    sender: Sender::Both,
    head: Head::Any,
    chapter: Chapter::Startup,
    since: "PostgreSQL 12",
    section: GSS,
    fields: &[
        field(
            "length",
            "length",
            Kind::Following,
            Role::Length,
            "How many bytes the token has. Unlike everywhere else in this protocol the four bytes of the length are not counted. At most 16384 with them; during the handshake up to 65536.",
        ),
        field(
            "token",
            "token",
            Kind::Rest(Inside::Opaque),
            Role::Secret,
            "Opaque to everybody but the GSSAPI libraries at both ends.",
        )
        .hides(Secret::Proof),
    ],
    sample: sample(b"\0\0\0\x04\x60\x02\x06\x00"),
};

/// A record of TLS.
pub static TLS_RECORD: Message = Message {
    field: message(
        "tlsrecord",
        "TLS record",
        "A record of the TLS session that now carries the connection. PostgreSQL's messages are inside, encrypted; without the session's keys only the record's own header can be read.",
    ),
    sender: Sender::Both,
    head: Head::Any,
    chapter: Chapter::Startup,
    since: "PostgreSQL 7.1; without SSLRequest (direct) since PostgreSQL 17",
    section: SSL,
    fields: &[
        coded(
            "type",
            "content type",
            Width::One,
            &[
                code(20, "change cipher spec", "Older TLS: from now on with the new keys."),
                code(21, "alert", "Something is wrong, or the session is being closed."),
                code(22, "handshake", "The two ends agree on version, cipher and keys."),
                code(
                    23,
                    "application data",
                    "Encrypted PostgreSQL messages, or in TLS 1.3 an encrypted part of the handshake.",
                ),
            ],
            Unlisted::Future,
            "What kind of record it is. 22 as the very first byte of a connection means direct TLS: the client did not ask with an SSLRequest.",
        ),
        int(
            "version",
            "record version",
            Width::Two,
            Show::Version,
            "0x0301 in a first ClientHello, 0x0303 afterwards, whatever version is really spoken.",
        ),
        field(
            "length",
            "length",
            Kind::Int(Width::Two, Show::Unsigned),
            Role::Length,
            "How many bytes follow, these two not counted: at most 16384, and some more for the cipher. Nothing to do with the length of PostgreSQL's messages inside, which may run across records.",
        ),
        field(
            "payload",
            "payload",
            Kind::Rest(Inside::Opaque),
            Role::Secret,
            "Encrypted, but for the first messages of the handshake.",
        )
        .hides(Secret::Proof),
    ],
    sample: sample(b"\x16\x03\x01\0\x02\x01\0"),
};

/// A start-up packet with a code that nobody knows.
pub static UNKNOWN_STARTUP: Message = Message {
    field: message(
        "startupunknown",
        "Unknown start-up packet",
        "A packet without a tag whose code is neither a version 2 or 3 of the protocol nor one of the requests. A server answers FATAL 0A000, \"unsupported frontend protocol\", with the versions that it knows.",
    ),
    sender: Sender::Frontend,
    head: Head::Any,
    chapter: Chapter::Startup,
    since: "always",
    section: FLOW,
    fields: &[
        PACKET_LENGTH,
        int(
            "version",
            "protocol version",
            Width::Four,
            Show::Version,
            "Major version in the upper 16 bits, minor in the lower. This major version is not known.",
        ),
        rest("body", "body", Inside::Opaque, "What it means depends on the version, so it cannot be told."),
    ],
    sample: sample(b"\0\0\0\x09\0\x04\0\0\0"),
};
