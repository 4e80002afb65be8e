//! What the server may say at any moment, and what it tells once at start-up.

use super::common::*;
use crate::privacy::{Privacy, Secret};
use crate::schema::*;

/// Settings of the session.
pub static PARAMETER_STATUS: Message = Message {
    field: message(
        "parameterstatus",
        "ParameterStatus",
        "Tells the value of a setting that clients care about, such as client_encoding or TimeZone: all of them at start-up, and each one again whenever it changes. It may arrive between any two messages. No answer is expected.",
    ),
    sender: Sender::Backend,
    head: Head::Tag(b'S'),
    chapter: Chapter::Asynchronous,
    since: "protocol 3.0",
    section: formats("protocol-message-formats.html#PROTOCOL-MESSAGE-FORMATS-PARAMETERSTATUS"),
    fields: &[
        TAG,
        LENGTH,
        string(
            "name",
            "name",
            "The setting. Which ones are reported is fixed in the server: 13 in PostgreSQL 15, 15 in 18, where search_path and scram_iterations came in.",
        ).is(Privacy::Setting),
        string(
            "value",
            "value",
            "Its value now, as SHOW would print it. Drivers live by some of them: client_encoding says how to read every text that follows, standard_conforming_strings how to escape one, and DateStyle how dates in text format look.",
        ).is(Privacy::SettingValue),
    ],
    sample: sample(b"S\0\0\0\x19client_encoding\0UTF8\0"),
};

/// What a cancel will need.
pub static BACKEND_KEY_DATA: Message = Message {
    field: message(
        "backendkeydata",
        "BackendKeyData",
        "The process id and secret with which this connection's queries can be cancelled, from another connection. The client keeps both and does not answer.",
    ),
    sender: Sender::Backend,
    head: Head::Tag(b'K'),
    chapter: Chapter::Asynchronous,
    since: "protocol 3.0; keys longer than four bytes since 3.2 (PostgreSQL 18)",
    section: formats("protocol-message-formats.html#PROTOCOL-MESSAGE-FORMATS-BACKENDKEYDATA"),
    fields: &[
        TAG,
        LENGTH,
        int(
            "pid",
            "process id",
            Width::Four,
            Show::Signed,
            "The server process that serves this connection, as in pg_stat_activity. A pooler may tell any number that it can find again.",
        ),
        field(
            "key",
            "secret key",
            Kind::Rest(Inside::Opaque),
            Role::Secret,
            "What a CancelRequest must carry. Four bytes in protocol 3.0; in 3.2 up to 256, and PostgreSQL 18 sends 32. It fills the rest of the message, so its length is the message's.",
        ).hides(Secret::Key),
    ],
    sample: sample(b"K\0\0\0\x0c\0\0\x10\x92\x3e\x11\x9a\x7a"),
};

/// Another version, then.
pub static NEGOTIATE_PROTOCOL_VERSION: Message = Message {
    field: message(
        "negotiateprotocolversion",
        "NegotiateProtocolVersion",
        "The server does not know the minor version, or some of the protocol options, that the client asked for, and says what it will speak instead. The client goes on with that, or closes. It comes before the authentication request.",
    ),
    sender: Sender::Backend,
    head: Head::Tag(b'v'),
    chapter: Chapter::Startup,
    since: "PostgreSQL 11 (and back to 9.3 in minor releases)",
    section: formats("protocol-message-formats.html#PROTOCOL-MESSAGE-FORMATS-NEGOTIATEPROTOCOLVERSION"),
    fields: &[
        TAG,
        LENGTH,
        int(
            "version",
            "protocol version",
            Width::Four,
            Show::Version,
            "The version that the server will speak, as a whole version word: 196608 is 3.0, 196610 is 3.2. The manual calls it the newest minor version; servers that send the bare minor number are refused by libpq.",
        ),
        counted(
            "options",
            "unknown options",
            &count(
                "option count",
                Width::Four,
                "How many names follow: the `_pq_.` options of the StartupMessage that the server does not know. 0 if only the minor version was too new. Four bytes, where the counts of other messages have two.",
            ),
            &string(
                "option",
                "option",
                "The name of an option that the client asked for and the server does not know; it begins with `_pq_.`.",
            )
            .is(Privacy::Setting),
            "The options that were asked for in vain. The client must go on without them, or close: there is no second try on this connection.",
        ),
    ],
    sample: sample(b"v\0\0\0\x13\0\x03\0\0\0\0\0\x01_pq_.x\0"),
};

/// Somebody said NOTIFY.
pub static NOTIFICATION_RESPONSE: Message = Message {
    field: message(
        "notificationresponse",
        "NotificationResponse",
        "Somebody said NOTIFY on a channel that this session LISTENs to. It arrives outside transactions, often while the client sends nothing: a client that reads only after it has sent will find it late.",
    ),
    sender: Sender::Backend,
    head: Head::Tag(b'A'),
    chapter: Chapter::Asynchronous,
    since: "protocol 3.0",
    section: formats("protocol-message-formats.html#PROTOCOL-MESSAGE-FORMATS-NOTIFICATIONRESPONSE"),
    fields: &[
        TAG,
        LENGTH,
        int(
            "pid",
            "process id",
            Width::Four,
            Show::Signed,
            "The server process that said NOTIFY; it may be this session's own.",
        ),
        string(
            "channel",
            "channel",
            "The channel, as LISTEN named it. One connection may listen to many, so this is what tells them apart. A name that was not quoted in LISTEN arrives in lower case.",
        ).hides(Secret::Name),
        string("payload", "payload", "The text that came with NOTIFY, up to 7999 bytes; empty if there was none."),
    ],
    sample: sample(b"A\0\0\0\x11\0\0\x10\x92jobs\0new\0"),
};
