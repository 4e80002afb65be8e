//! What is not a message, or not one that anybody knows.

use super::common::*;
use crate::schema::*;

const OVERVIEW: Section = Section::new("Overview", "protocol-overview.html");

/// A well-formed message with a type nobody knows.
pub static UNKNOWN_MESSAGE: Message = Message {
    field: message(
        "unknown",
        "Unknown message",
        "A message whose type is not known for this direction. Its length makes it possible to step over it.",
    ),
    sender: Sender::Both,
    head: Head::Any,
    chapter: Chapter::Unknown,
    since: "always",
    section: formats("protocol-message-formats.html"),
    fields: &[
        TAG,
        LENGTH,
        rest(
            "body",
            "body",
            Inside::Opaque,
            "What it means cannot be told: the type is not known. The length alone says where it ends, and so keeps the place of what follows.",
        ),
    ],
    sample: sample(b"y\0\0\0\x05!"),
};

/// Bytes in which no message could be found.
pub static UNREADABLE: Message = Message {
    field: message(
        "unreadable",
        "Unreadable bytes",
        "Bytes in which no message begins: the reader lost its place, or this is not PostgreSQL's protocol.",
    ),
    sender: Sender::Both,
    head: Head::Any,
    chapter: Chapter::Unknown,
    since: "always",
    section: OVERVIEW,
    fields: &[rest("bytes", "bytes", Inside::Opaque, "Skipped, up to where a message plausibly begins.")],
    sample: sample(b"GET / HTTP/1.1\r\n"),
};

/// A payload inside CopyData that is not known.
pub static UNKNOWN_INNER: Message = Message {
    field: message(
        "inner",
        "Unknown message",
        "A message inside CopyData whose type is not known: of a newer version, of another plugin, or a sign that the stream inside is not what its command asked for.",
    ),
    sender: Sender::Both,
    head: Head::Any,
    chapter: Chapter::Unknown,
    since: "always",
    section: Section::new("Streaming Replication Protocol", "protocol-replication.html"),
    fields: &[
        TAG,
        rest(
            "body",
            "body",
            Inside::Opaque,
            "All bytes up to the end of the CopyData that carries it: it has no length of its own.",
        ),
    ],
    sample: sample(b"?x"),
};

/// The bytes behind the last field of a message.
pub(crate) static EXTRA: Field = documented(
    "extra",
    "extra bytes",
    Kind::Rest(Inside::Opaque),
    Role::Value,
    "The message has more bytes than its fields: a wrong length, or a field too many.",
);

/// The bytes of a field that ended too early.
pub(crate) static CUT: Field =
    documented("cut", "cut off", Kind::Rest(Inside::Opaque), Role::Value, "The message ends inside this field.");

/// The bytes of a message that has more fields than anybody can look at.
pub static MORE: Field = documented(
    "more",
    "more",
    Kind::Rest(Inside::Opaque),
    Role::Value,
    "More entries: so many that they are not taken apart.",
);
