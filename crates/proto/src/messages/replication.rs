//! Streaming replication: what CopyData carries after CopyBothResponse.

use super::common::*;
use crate::schema::*;

const fn section(anchor: &'static str) -> Section {
    Section::new("Streaming Replication Protocol", anchor)
}

const XLOG: Section = section("protocol-replication.html#PROTOCOL-REPLICATION-XLOGDATA");

/// What a plugin of logical decoding other than pgoutput wrote as text: the form is its own.
static PLUGIN_TEXT: Field = field("data", "text", Kind::Rest(Inside::Text), Role::Value, DATA_DOC);

/// The same where it is JSON.
static PLUGIN_JSON: Field = field("data", "JSON", Kind::Rest(Inside::Text), Role::Value, DATA_DOC);

const DATA_DOC: &str = "Write-ahead log as it is on disk, which may be cut anywhere; or one whole message of the plugin, whose form is its own: test_decoding writes text, wal2json JSON.";

/// The field that the output of such a plugin is, if it is text.
pub(crate) fn plugin_output(output: &[u8]) -> Option<&'static Field> {
    is_plugin_text(output)
        .then(|| if matches!(output.first(), Some(b'{' | b'[')) { &PLUGIN_JSON } else { &PLUGIN_TEXT })
}

/// Whether the output of a plugin is text: pgoutput and others that write bytes have some that no text has.
pub fn is_plugin_text(output: &[u8]) -> bool {
    let is_letter = |byte: &u8| *byte >= b' ' || matches!(byte, b'\n' | b'\r' | b'\t');
    !output.is_empty() && output.iter().all(is_letter) && std::str::from_utf8(output).is_ok()
}

/// A piece of write-ahead log, or of decoded changes.
pub static XLOG_DATA: Message = Message {
    field: message(
        "xlogdata",
        "XLogData",
        "A piece of the stream: write-ahead log in physical replication, a message of the decoding plugin in logical replication. PostgreSQL's source calls it WALData.",
    ),
    sender: Sender::Backend,
    head: Head::Inner(Carrier::Replication, b'w'),
    chapter: Chapter::Replication,
    since: "PostgreSQL 9.0",
    section: XLOG,
    fields: &[
        TAG,
        lsn(
            "start",
            "start of this data",
            "Where in the write-ahead log these data begin. In logical replication it may be 0 for messages that have no place of their own.",
        ),
        lsn(
            "end",
            "end of WAL on the server",
            "How far the server's write-ahead log reaches now: with the start it tells how far behind the receiver is.",
        ),
        timestamp("clock", "server clock", CLOCK_DOC),
        rest("data", "data", Inside::Wal, DATA_DOC),
    ],
    sample: sample(b"w\0\0\0\0\x01\x50\0\x28\0\0\0\0\x01\x50\0\x28\0\x02\xf3\x5a\x31\xc4\x6e\x80wal"),
};

/// Still there.
pub static PRIMARY_KEEPALIVE: Message = Message {
    field: message(
        "keepalive",
        "Primary keepalive",
        "The server says that it is still there and how far its log reaches. If it asks for a reply and none comes in time, it closes the connection (wal_sender_timeout).",
    ),
    sender: Sender::Backend,
    head: Head::Inner(Carrier::Replication, b'k'),
    chapter: Chapter::Replication,
    since: "PostgreSQL 9.1",
    section: section("protocol-replication.html#PROTOCOL-REPLICATION-PRIMARY-KEEPALIVE-MESSAGE"),
    fields: &[
        TAG,
        lsn("end", "end of WAL on the server", LSN_DOC),
        timestamp("clock", "server clock", CLOCK_DOC),
        coded(
            "reply",
            "reply at once",
            Width::One,
            REPLY,
            Unlisted::Future,
            "1: send a standby status update at once, or be disconnected. 0: no hurry.",
        ),
    ],
    sample: sample(b"k\0\0\0\0\x01\x50\0\x28\0\x02\xf3\x5a\x31\xc4\x6e\x80\x01"),
};

const REPLY: &[Code] =
    &[code(0, "no", "No answer is needed."), code(1, "yes", "The other end wants an answer at once.")];

/// What transactions the primary is at.
pub static PRIMARY_STATUS_UPDATE: Message = Message {
    field: message(
        "primarystatus",
        "Primary status update",
        "Answers a primary status request: how far the write-ahead log reaches and which transactions are still being committed. A subscriber needs it to know when dead rows kept for conflict detection may go.",
    ),
    sender: Sender::Backend,
    head: Head::Inner(Carrier::Replication, b's'),
    chapter: Chapter::Replication,
    since: "PostgreSQL 19",
    section: section("protocol-replication.html#PROTOCOL-REPLICATION-PRIMARY-STATUS-UPDATE"),
    fields: &[
        TAG,
        lsn("lsn", "latest WAL position", LSN_DOC),
        int(
            "oldest",
            "oldest committing transaction",
            Width::Eight,
            Show::FullXid,
            "The oldest transaction that is being committed, with its epoch in the upper 32 bits.",
        ),
        int(
            "next",
            "next transaction",
            Width::Eight,
            Show::FullXid,
            "The next transaction id to be given out, with its epoch in the upper 32 bits.",
        ),
        timestamp("clock", "server clock", CLOCK_DOC),
    ],
    sample: sample(b"s\0\0\0\0\x01\x50\0\x28\0\0\0\0\0\0\x02\xe6\0\0\0\0\0\0\x02\xe7\0\x02\xf3\x5a\x31\xc4\x6e\x80"),
};

/// How far I am.
pub static STANDBY_STATUS_UPDATE: Message = Message {
    field: message(
        "standbystatus",
        "Standby status update",
        "The receiver tells how far it is. The flushed position lets the server remove old log: a receiver that never moves it fills the server's disk.",
    ),
    sender: Sender::Frontend,
    head: Head::Inner(Carrier::Replication, b'r'),
    chapter: Chapter::Replication,
    since: "PostgreSQL 9.1",
    section: section("protocol-replication.html#PROTOCOL-REPLICATION-STANDBY-STATUS-UPDATE"),
    fields: &[
        TAG,
        lsn(
            "written",
            "written up to",
            "How far the log was received and handed to the operating system: the position of the next byte, not of the last. It may still be lost if the machine loses power.",
        ),
        lsn(
            "flushed",
            "flushed up to",
            "The last position plus one that is safe on disk. Synchronous replication waits for it, and the slot's log is freed up to it.",
        ),
        lsn(
            "applied",
            "applied up to",
            "How far the log was replayed, so that queries on the standby see it: the position of the next byte. With synchronous_commit = remote_apply commits on the primary wait for it. 0 from receivers that replay nothing.",
        ),
        timestamp("clock", "client clock", CLOCK_DOC),
        coded(
            "reply",
            "reply at once",
            Width::One,
            REPLY,
            Unlisted::Future,
            "1: the server should answer at once with a keepalive. A way to test the connection.",
        ),
    ],
    sample: sample(b"r\0\0\0\0\x01\x50\0\x28\0\0\0\0\x01\x50\0\x28\0\0\0\0\0\0\0\0\0\x02\xf3\x5a\x31\xc4\x6e\x80\0"),
};

/// Do not clean these rows up.
pub static HOT_STANDBY_FEEDBACK: Message = Message {
    field: message(
        "feedback",
        "Hot standby feedback",
        "A standby that answers queries tells which old rows they may still see, so that the primary does not clean them up. Without it long queries on a standby get cancelled; with it tables on the primary may bloat.",
    ),
    sender: Sender::Frontend,
    head: Head::Inner(Carrier::Replication, b'h'),
    chapter: Chapter::Replication,
    since: "PostgreSQL 9.1; the catalogue pair since 10",
    section: section("protocol-replication.html#PROTOCOL-REPLICATION-HOT-STANDBY-FEEDBACK-MESSAGE"),
    fields: &[
        TAG,
        timestamp("clock", "client clock", CLOCK_DOC),
        int(
            "xmin",
            "xmin",
            Width::Four,
            Show::Unsigned,
            "The oldest transaction that a query on the standby may still see. 0 with the other 0 means: no more feedback.",
        ),
        int(
            "xmin_epoch",
            "xmin epoch",
            Width::Four,
            Show::Unsigned,
            "How often the 32-bit transaction counter had wrapped around, for xmin. Without it an id from before the last round could not be told from one of this round.",
        ),
        field(
            "catalog",
            "catalogue",
            Kind::When(
                Condition::MoreBytes,
                &[
                    int(
                        "xmin",
                        "catalogue xmin",
                        Width::Four,
                        Show::Unsigned,
                        "As xmin, for the catalogue rows that logical replication slots of the standby need. Kept apart, so that a slot does not stop the clean-up of every table.",
                    ),
                    int(
                        "epoch",
                        "catalogue xmin epoch",
                        Width::Four,
                        Show::Unsigned,
                        "How often the transaction counter has wrapped around, for the catalogue xmin.",
                    ),
                ],
            ),
            Role::Value,
            "Standbys before version 10 do not send this pair: their message has 17 bytes in place of 25.",
        ),
    ],
    sample: sample(b"h\0\x02\xf3\x5a\x31\xc4\x6e\x80\0\0\x02\xe6\0\0\0\0\0\0\0\0\0\0\0\0"),
};

/// Where are you?
pub static PRIMARY_STATUS_REQUEST: Message = Message {
    field: message(
        "primarystatusrequest",
        "Primary status request",
        "Asks the primary for a primary status update: how far its log reaches and which transactions are still committing. Only a subscription that keeps dead rows for conflict detection (retain_dead_tuples) sends it.",
    ),
    sender: Sender::Frontend,
    head: Head::Inner(Carrier::Replication, b'p'),
    chapter: Chapter::Replication,
    since: "PostgreSQL 19",
    section: section("protocol-replication.html#PROTOCOL-REPLICATION-REQUEST-PRIMARY-STATUS-UPDATE"),
    fields: &[TAG, timestamp("clock", "client clock", CLOCK_DOC)],
    sample: sample(b"p\0\x02\xf3\x5a\x31\xc4\x6e\x80"),
};
