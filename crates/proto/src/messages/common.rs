//! Fields that many messages share.

use crate::privacy::Secret;
use crate::schema::*;

pub(crate) const TAG: Field = field(
    "tag",
    "tag",
    Kind::Tag,
    Role::Tag,
    "The message type: one ASCII letter or digit. The same letter can name one message from the client and another from the server, so a reader needs to know the direction.",
);

/// The one byte that is a whole answer. Its id is that of a tag: it is read in the same way.
pub(crate) const ANSWER: Field = field(
    "tag",
    "answer",
    Kind::Tag,
    Role::Tag,
    "The whole answer: one bare byte. It is no tag, and no length comes behind it.",
);

pub(crate) const LENGTH: Field = field(
    "length",
    "length",
    Kind::Length,
    Role::Length,
    "How many bytes follow the tag, these four included and the tag not. To read the body, read this number minus four bytes. Counting the tag too, or leaving out the four, is the commonest mistake on this wire: the peer then reads the next header from the wrong place.",
);

/// The length of a packet that has no tag.
pub(crate) const PACKET_LENGTH: Field = field(
    "length",
    "length",
    Kind::Length,
    Role::Length,
    "How long the whole packet is, these four bytes included. Packets of the start-up family have no tag, because version 2 of the protocol had none and a server must be able to tell both apart. A server closes the connection without a word below 8 or above 10004.",
);

pub(crate) const VALUE_LENGTH: Field = field(
    "length",
    "length",
    Kind::Int(Width::Four, Show::Signed),
    Role::Length,
    "How many bytes the value has, these four not included. -1 means NULL, and then no bytes follow; 0 is an empty value, which is not NULL. Any other negative number is an error.",
);

pub(crate) const FORMATS: &[Code] = &[
    code(0, "text", "The form that psql prints: what the type's output function gives."),
    code(1, "binary", "The type's own binary form, big-endian: what its send function gives."),
];

const VALUE_BYTES: Field = field(
    "value",
    "value",
    Kind::Rest(Inside::Value),
    Role::Value,
    "The value itself, without a zero byte at its end: the length says where it ends. Its type is not in these bytes; it was told earlier.",
);

/// A nullable value of a table after its length word.
pub(crate) const fn value(id: &'static str, name: &'static str, doc: &'static str) -> Field {
    const BYTES: Field = VALUE_BYTES.hides(Secret::Column);
    field(id, name, Kind::Sized { length: &VALUE_LENGTH, value: &BYTES, nullable: true }, Role::Value, doc)
}

/// The same for a value that goes with a request.
pub(crate) const fn parameter(id: &'static str, name: &'static str, doc: &'static str) -> Field {
    const BYTES: Field = VALUE_BYTES.hides(Secret::Parameter);
    field(id, name, Kind::Sized { length: &VALUE_LENGTH, value: &BYTES, nullable: true }, Role::Value, doc)
}

pub(crate) const END_OF_LIST: Field = field(
    "end",
    "terminator",
    Kind::Int(Width::One, Show::Unsigned),
    Role::Length,
    "A zero byte where the next entry would begin: the list ends here. Forgetting it leaves the reader hunting in the next message.",
);

pub(crate) const LSN_DOC: &str = "A position in the write-ahead log, as a byte count since the cluster was made. It is written as two hexadecimal halves with a slash between them.";

pub(crate) const fn lsn(id: &'static str, name: &'static str, doc: &'static str) -> Field {
    int(id, name, Width::Eight, Show::Lsn, doc)
}

pub(crate) const fn timestamp(id: &'static str, name: &'static str, doc: &'static str) -> Field {
    int(id, name, Width::Eight, Show::Timestamp, doc)
}

pub(crate) const CLOCK_DOC: &str = "The sender's clock when it sent this, in microseconds since 2000-01-01 00:00 UTC. Writing Unix time here is a known mistake: it is thirty years off.";

pub(crate) const MESSAGE_FORMATS: &str = "Message Formats";

/// The entry of a message in the manual's list of formats.
pub(crate) const fn formats(path: &'static str) -> Section {
    Section::new(MESSAGE_FORMATS, path)
}
