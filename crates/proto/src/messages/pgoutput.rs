//! Logical replication: the messages of the pgoutput plugin, versions 1 to 4, inside XLogData.

use super::common::*;
use crate::privacy::Secret;
use crate::schema::*;

macro_rules! section {
    ($anchor:literal) => {
        Section::new(
            "Logical Replication Message Formats",
            concat!("protocol-logicalrep-message-formats.html#PROTOCOL-LOGICALREP-MESSAGE-FORMATS-", $anchor),
        )
    };
}

macro_rules! pgoutput {
    ($static:ident, $doc_line:literal, $tag:literal, $id:literal, $name:literal, $since:literal, $anchor:literal, $doc:literal, [$($field:expr),* $(,)?], $sample:expr) => {
        #[doc = $doc_line]
        pub static $static: Message = Message {
            field: message($id, $name, $doc),
            sender: Sender::Backend,
            head: Head::Inner(Carrier::LogicalReplication, $tag),
            chapter: Chapter::LogicalReplication,
            since: $since,
            section: section!($anchor),
            fields: &[TAG, $($field),*],
            sample: sample($sample),
        };
    };
}

const STREAMED_XID: Field = field(
    "streamed",
    "streamed transaction",
    Kind::When(
        Condition::InStreamedTransaction,
        &[int(
            "xid",
            "transaction id",
            Width::Four,
            Show::Unsigned,
            "The transaction, or subtransaction, that made this change. It is there only between Stream Start and Stream Stop, since protocol version 2: nothing in the message says so, the reader must know.",
        )],
    ),
    Role::Value,
    "The id of the transaction that made the change, in messages of a streamed block only. A reader that forgets whether a block is open reads every field behind it four bytes off.",
);

const fn xid(doc: &'static str) -> Field {
    int("xid", "transaction id", Width::Four, Show::Unsigned, doc)
}

const XID: Field = xid(
    "The transaction's id, 32 bits that wrap around. It names the transaction only until its end: it is not a key to keep.",
);
const FLAGS: Field = int(
    "flags",
    "flags",
    Width::One,
    Show::Bits,
    "Not used yet: 0. A byte kept for later; a reader should not fail on another value.",
);
const END_LSN: Field = lsn(
    "end_lsn",
    "end of the transaction",
    "Where the transaction ends in the write-ahead log: the position to confirm once all of it is applied.",
);
const COMMIT_LSN: Field = lsn(
    "commit_lsn",
    "commit position",
    "Where the commit stands in the write-ahead log. Commits arrive in the order of this position, so it is a safe mark of progress; the end of the transaction is what to confirm.",
);
const PREPARE_LSN: Field = lsn(
    "prepare_lsn",
    "prepare position",
    "Where the prepare stands in the write-ahead log: where PREPARE TRANSACTION was written.",
);
const COMMIT_TIME: Field =
    timestamp("commit_time", "commit time", "When it was committed, in microseconds since 2000-01-01 00:00 UTC.");
const PREPARE_TIME: Field =
    timestamp("prepare_time", "prepare time", "When it was prepared, in microseconds since 2000-01-01 00:00 UTC.");
const GID: Field = string(
    "gid",
    "global id",
    "The name that PREPARE TRANSACTION gave it, up to 199 bytes. It is how COMMIT PREPARED and ROLLBACK PREPARED find the transaction again, perhaps days later and from another session.",
).hides(Secret::Name);
const RELATION_OID: Field = int(
    "relation",
    "relation oid",
    Width::Four,
    Show::Oid,
    "The table, as the last Relation message with this oid described it. It is the publisher's oid: the subscriber's table has another.",
);
const NAMESPACE: Field = string(
    "namespace",
    "schema",
    "The schema's name; empty stands for pg_catalog, to save bytes for built-in types. The subscriber looks for its table under the same schema and name.",
).hides(Secret::Name);

const COLUMN_LENGTH: Field = field(
    "length",
    "length",
    Kind::Int(Width::Four, Show::Unsigned),
    Role::Length,
    "How many bytes the value has. NULL is not said here, as -1 in a DataRow, but by the letter before: a negative length is a mistake.",
);
const COLUMN_BYTES: Field = field(
    "value",
    "value",
    Kind::Rest(Inside::Value),
    Role::Value,
    "The value, of the type that the Relation message gave this column.",
)
.hides(Secret::Column);
const COLUMN_VALUE: &[Field] = &[field(
    "data",
    "data",
    Kind::Sized { length: &COLUMN_LENGTH, value: &COLUMN_BYTES, nullable: false },
    Role::Value,
    "The length of the value, then the value. It is there only behind the letters t and b.",
)];

const TUPLE: Field = counted(
    "tuple",
    "tuple",
    &count(
        "column count",
        Width::Two,
        "How many columns follow: as many as the Relation message listed. A reader that keeps an old Relation message notices it here.",
    ),
    &field(
        "column",
        "column",
        Kind::Choice(&[
            Choice { code: letter(b'n', "null", "The value is NULL. No length and no bytes follow."), fields: &[] },
            Choice {
                code: letter(
                    b'u',
                    "unchanged",
                    "A large value that is stored out of line (TOAST) and was not changed: it is not sent, and the subscriber keeps what it has.",
                ),
                fields: &[],
            },
            Choice {
                code: letter(b't', "text", "The value follows as text, as its type's output function gives it."),
                fields: COLUMN_VALUE,
            },
            Choice {
                code: letter(b'b', "binary", "The value in binary follows; only with the option `binary`."),
                fields: COLUMN_VALUE,
            },
        ]),
        Role::Code,
        "A letter that says how the column's value is sent, and the value if one is. Mind the u: to take it for NULL loses large values on each update.",
    ),
    "One row: its columns in the order of the Relation message, without generated and unpublished ones.",
);

const TUPLES: Field = field(
    "tuples",
    "tuples",
    Kind::Repeat(&field(
        "part",
        "part",
        Kind::Choice(&[
            Choice {
                code: letter(b'K', "key", "The old values of the replica identity's columns; the others are NULL."),
                fields: &[TUPLE],
            },
            Choice {
                code: letter(b'O', "old", "The whole old row: the table has REPLICA IDENTITY FULL."),
                fields: &[TUPLE],
            },
            Choice { code: letter(b'N', "new", "The new row, as it is after the change."), fields: &[TUPLE] },
        ]),
        Role::Code,
        "A letter that says which row this is, and the row. A reader must look at it: an Update may begin with the old row or with the new one.",
    )),
    Role::Value,
    "One or two rows: the old one, if it is needed to find the row, and the new one.",
);

pgoutput!(
    BEGIN,
    "A transaction begins.",
    b'B',
    "begin",
    "Begin",
    "PostgreSQL 10",
    "BEGIN",
    "A transaction begins. Transactions come whole and in the order of their commits, so its commit is already known.",
    [
        lsn(
            "final_lsn",
            "commit position",
            "Where the transaction's commit stands in the write-ahead log. The Commit at its end says the same: a receiver that compares them notices a lost message."
        ),
        COMMIT_TIME,
        XID,
    ],
    b"B\0\0\0\0\x01\x50\0\x28\0\x02\xf3\x5a\x31\xc4\x6e\x80\0\0\x02\xe6"
);
pgoutput!(
    MESSAGE,
    "A message of pg_logical_emit_message.",
    b'M',
    "message",
    "Message",
    "PostgreSQL 14, with the option messages",
    "MESSAGE",
    "What somebody gave to pg_logical_emit_message: a way to put one's own words into the stream.",
    [
        STREAMED_XID,
        int(
            "flags",
            "flags",
            Width::One,
            Show::Bits,
            "1 if the message belongs to a transaction; 0 if it is sent at once, whatever becomes of the transaction."
        ),
        lsn(
            "lsn",
            "position",
            "Where the message stands in the write-ahead log. A message outside a transaction has nothing else by which to tell whether it was seen before."
        ),
        string(
            "prefix",
            "prefix",
            "Who the message is for, by agreement between those who write it and those who read it: a program should pass over prefixes that it does not know."
        ).hides(Secret::Name),
        field(
            "content",
            "content",
            Kind::Sized {
                length: &COLUMN_LENGTH,
                value: &rest(
                    "data",
                    "data",
                    Inside::Text,
                    "The message: any bytes, though text is usual. Its length ends it, not a zero byte."
                ),
                nullable: false,
            },
            Role::Value,
            "The message after its length. NULL cannot be sent."
        ),
    ],
    b"M\x01\0\0\0\0\x01\x50\0\x28app\0\0\0\0\x02hi"
);
pgoutput!(
    COMMIT,
    "The transaction is complete.",
    b'C',
    "commit",
    "Commit",
    "PostgreSQL 10",
    "COMMIT",
    "The transaction is complete: now it may be applied, and then confirmed in a Standby status update. To confirm before it is safely stored loses changes when the receiver falls over.",
    [FLAGS, COMMIT_LSN, END_LSN, COMMIT_TIME],
    b"C\0\0\0\0\0\x01\x50\0\x28\0\0\0\0\x01\x50\0\x58\0\x02\xf3\x5a\x31\xc4\x6e\x80"
);
pgoutput!(
    ORIGIN,
    "It came from elsewhere.",
    b'O',
    "origin",
    "Origin",
    "PostgreSQL 10",
    "ORIGIN",
    "The transaction was itself replicated to the publisher from this origin. It lets two servers that subscribe to each other avoid sending a change in circles.",
    [
        lsn(
            "lsn",
            "commit position at the origin",
            "Where the commit stands in the origin's log, not in the publisher's: how far the publisher had come when it replicated this itself."
        ),
        string(
            "name",
            "name",
            "The origin's name, as pg_replication_origin has it. A subscription with origin = none asks the publisher to leave such transactions out."
        ).hides(Secret::Name)
    ],
    b"O\0\0\0\0\x01\x50\0\x28node_a\0"
);
pgoutput!(
    RELATION,
    "What a table looks like.",
    b'R',
    "relation",
    "Relation",
    "PostgreSQL 10",
    "RELATION",
    "Describes a table before its first change, and again when its definition has changed. The changes name only its oid.",
    [
        STREAMED_XID,
        RELATION_OID,
        NAMESPACE,
        string(
            "name",
            "name",
            "The table's name, without its schema. The subscriber finds its own table by name, never by oid."
        )
        .hides(Secret::Name),
        coded(
            "identity",
            "replica identity",
            Width::One,
            &[
                letter(
                    b'd',
                    "default",
                    "The primary key, if there is one. Without one, updates and deletes of the published table fail at the publisher."
                ),
                letter(b'n', "nothing", "None: updates and deletes cannot be published."),
                letter(b'f', "full", "The whole old row."),
                letter(b'i', "index", "The columns of a chosen unique index."),
            ],
            Unlisted::Future,
            "How an old row is told from others (pg_class.relreplident)."
        ),
        counted(
            "columns",
            "columns",
            &count(
                "column count",
                Width::Two,
                "How many columns are published: fewer than the table has, if the publication lists columns or some are generated."
            ),
            &group(
                "column",
                "column",
                &[
                    int("flags", "flags", Width::One, Show::Bits, "1 if the column belongs to the key."),
                    string("name", "name", "The column's name; the subscriber matches columns by it.")
                        .hides(Secret::Name),
                    int(
                        "type",
                        "type oid",
                        Width::Four,
                        Show::Oid,
                        "The object id of the column's type at the publisher. Types that users made are described by a Type message."
                    ),
                    int(
                        "modifier",
                        "type modifier",
                        Width::Four,
                        Show::Signed,
                        "What stands in brackets behind the type, in the type's own code (pg_attribute.atttypmod): varchar(10) has 14. -1 for none."
                    ),
                ],
                "One published column: what it is called, its type, and whether old rows are found by it."
            ),
            "The columns in the order in which tuples carry them."
        ),
    ],
    b"R\0\0\x40\x01public\0t\0d\0\x01\x01id\0\0\0\0\x17\xff\xff\xff\xff"
);
pgoutput!(
    TYPE,
    "A type that a user made.",
    b'Y',
    "type",
    "Type",
    "PostgreSQL 10",
    "TYPE",
    "Names a type that is not built in, before a Relation message that uses it. The oids of such types are the publisher's own, so the name is all that a receiver can look up.",
    [
        STREAMED_XID,
        int(
            "type",
            "type oid",
            Width::Four,
            Show::Oid,
            "The type's object id at the publisher, as the Relation messages that follow use it. At the subscriber the same type has another."
        ),
        NAMESPACE,
        string(
            "name",
            "name",
            "The type's name, without its schema. What kind of type it is, an enum or a domain, is not told."
        )
        .hides(Secret::Name)
    ],
    b"Y\0\0\x40\x0apublic\0mood\0"
);
pgoutput!(
    INSERT,
    "A new row.",
    b'I',
    "insert",
    "Insert",
    "PostgreSQL 10",
    "INSERT",
    "A row was inserted. There is no old row, so only a new one follows; columns whose value a trigger or default made are in it as they came out.",
    [STREAMED_XID, RELATION_OID, TUPLES],
    b"I\0\0\x40\x01N\0\x02t\0\0\0\x011n"
);
pgoutput!(
    UPDATE,
    "A changed row.",
    b'U',
    "update",
    "Update",
    "PostgreSQL 10",
    "UPDATE",
    "A row was changed. The old row, or its key, comes first if the key changed or the replica identity is full; otherwise the new row alone, whose key finds the old one.",
    [STREAMED_XID, RELATION_OID, TUPLES],
    b"U\0\0\x40\x01K\0\x01t\0\0\0\x011N\0\x01t\0\0\0\x012"
);
pgoutput!(
    DELETE,
    "A row is gone.",
    b'D',
    "delete",
    "Delete",
    "PostgreSQL 10",
    "DELETE",
    "A row was deleted. What follows is enough to find it: its key, or all of it with REPLICA IDENTITY FULL. A subscriber that has no such row passes it over.",
    [STREAMED_XID, RELATION_OID, TUPLES],
    b"D\0\0\x40\x01K\0\x01t\0\0\0\x011"
);
pgoutput!(
    TRUNCATE,
    "Tables were emptied.",
    b'T',
    "truncate",
    "Truncate",
    "PostgreSQL 11",
    "TRUNCATE",
    "Tables were emptied by one TRUNCATE. It is one message for all of them, because foreign keys may allow it only together; with CASCADE the tables that were reached are listed too, if they are published.",
    [
        STREAMED_XID,
        int(
            "relation_count",
            "relation count",
            Width::Four,
            Show::Unsigned,
            "How many tables. The options stand between this count and the list that it counts."
        ),
        int("options", "options", Width::One, Show::Bits, "1: CASCADE. 2: RESTART IDENTITY. 3: both."),
        field(
            "relations",
            "relations",
            Kind::Repeat(&RELATION_OID),
            Role::Value,
            "The tables by oid, as many as the count before the options said. Each was described by a Relation message."
        ),
    ],
    b"T\0\0\0\x01\0\0\0\x40\x01"
);
pgoutput!(
    STREAM_START,
    "A piece of a running transaction.",
    b'S',
    "streamstart",
    "Stream Start",
    "protocol version 2 (PostgreSQL 14)",
    "STREAM-START",
    "A piece of a large transaction that is still running follows, up to Stream Stop. Inside, each message carries a transaction id. The transaction may still be aborted.",
    [
        xid(
            "The transaction whose changes follow, up to Stream Stop. The pieces of several large transactions may alternate: this is what keeps them apart."
        ),
        coded(
            "first",
            "first segment",
            Width::One,
            &[code(0, "no", "A later piece."), code(1, "yes", "The first piece of this transaction.")],
            Unlisted::Future,
            "1 for the first piece of this transaction."
        ),
    ],
    b"S\0\0\x02\xe6\x01"
);
pgoutput!(
    STREAM_STOP,
    "The piece ends.",
    b'E',
    "streamstop",
    "Stream Stop",
    "protocol version 2 (PostgreSQL 14)",
    "STREAM-STOP",
    "The piece of the streamed transaction ends. Another transaction may be spoken of next.",
    [],
    b"E"
);
pgoutput!(
    STREAM_COMMIT,
    "The streamed transaction is complete.",
    b'c',
    "streamcommit",
    "Stream Commit",
    "protocol version 2 (PostgreSQL 14)",
    "STREAM-COMMIT",
    "A transaction that was streamed in pieces is committed: now all of them may be applied.",
    [XID, FLAGS, COMMIT_LSN, END_LSN, COMMIT_TIME],
    b"c\0\0\x02\xe6\0\0\0\0\0\x01\x50\0\x28\0\0\0\0\x01\x50\0\x58\0\x02\xf3\x5a\x31\xc4\x6e\x80"
);
pgoutput!(
    STREAM_ABORT,
    "The streamed transaction is void.",
    b'A',
    "streamabort",
    "Stream Abort",
    "protocol version 2 (PostgreSQL 14); position and time since 4 (16)",
    "STREAM-ABORT",
    "A streamed transaction, or one of its subtransactions, was rolled back: its changes must be thrown away.",
    [
        XID,
        int(
            "subxid",
            "subtransaction id",
            Width::Four,
            Show::Unsigned,
            "The subtransaction that was rolled back; the same as the transaction if all of it was."
        ),
        field(
            "parallel",
            "parallel",
            Kind::When(
                Condition::MoreBytes,
                &[
                    lsn(
                        "abort_lsn",
                        "abort position",
                        "Where the abort stands in the write-ahead log. It lets a parallel worker of the subscriber note how far it has come."
                    ),
                    timestamp(
                        "abort_time",
                        "abort time",
                        "When it was rolled back, in microseconds since 2000-01-01 00:00 UTC."
                    ),
                ]
            ),
            Role::Value,
            "Only with streaming = parallel, since protocol version 4. Whether it is there is told by the length alone."
        ),
    ],
    b"A\0\0\x02\xe6\0\0\x02\xe7"
);
pgoutput!(
    BEGIN_PREPARE,
    "A prepared transaction begins.",
    b'b',
    "beginprepare",
    "Begin Prepare",
    "protocol version 3 (PostgreSQL 15)",
    "BEGIN-PREPARE",
    "A transaction begins that ends in PREPARE TRANSACTION, the first half of a two-phase commit.",
    [PREPARE_LSN, END_LSN, PREPARE_TIME, XID, GID],
    b"b\0\0\0\0\x01\x50\0\x28\0\0\0\0\x01\x50\0\x58\0\x02\xf3\x5a\x31\xc4\x6e\x80\0\0\x02\xe6gid-1\0"
);
pgoutput!(
    PREPARE,
    "It is prepared.",
    b'P',
    "prepare",
    "Prepare",
    "protocol version 3 (PostgreSQL 15)",
    "PREPARE",
    "The transaction is prepared: it will survive a crash, and waits for COMMIT PREPARED or ROLLBACK PREPARED.",
    [FLAGS, PREPARE_LSN, END_LSN, PREPARE_TIME, XID, GID],
    b"P\0\0\0\0\0\x01\x50\0\x28\0\0\0\0\x01\x50\0\x58\0\x02\xf3\x5a\x31\xc4\x6e\x80\0\0\x02\xe6gid-1\0"
);
pgoutput!(
    COMMIT_PREPARED,
    "It is committed after all.",
    b'K',
    "commitprepared",
    "Commit Prepared",
    "protocol version 3 (PostgreSQL 15)",
    "COMMIT-PREPARED",
    "A transaction that was prepared before is committed: the second half of a two-phase commit. Its changes were sent with the Prepare, so nothing but its name is needed now.",
    [FLAGS, COMMIT_LSN, END_LSN, COMMIT_TIME, XID, GID],
    b"K\0\0\0\0\0\x01\x50\0\x28\0\0\0\0\x01\x50\0\x58\0\x02\xf3\x5a\x31\xc4\x6e\x80\0\0\x02\xe6gid-1\0"
);
pgoutput!(ROLLBACK_PREPARED, "It is void after all.", b'r', "rollbackprepared", "Rollback Prepared", "protocol version 3 (PostgreSQL 15)", "ROLLBACK-PREPARED",
    "A transaction that was prepared before is rolled back: what was sent with the Prepare must be undone. The position and time of the prepare tell a subscriber whether it ever got that far.",
    [
        FLAGS,
        lsn("prepare_end_lsn", "end of the prepared transaction", "Where the prepared transaction ends in the write-ahead log: together with the time it tells whether the subscriber has prepared this very transaction, or another of the same name."),
        lsn("rollback_end_lsn", "end of the rollback", "Where the rollback ends in the write-ahead log: the position to confirm once it is done."),
        PREPARE_TIME,
        timestamp("rollback_time", "rollback time", "When it was rolled back, in microseconds since 2000-01-01 00:00 UTC."),
        XID,
        GID,
    ],
    b"r\0\0\0\0\0\x01\x50\0\x28\0\0\0\0\x01\x50\0\x58\0\x02\xf3\x5a\x31\xc4\x6e\x80\0\x02\xf3\x5a\x31\xc4\x6e\x81\0\0\x02\xe6gid-1\0");
pgoutput!(
    STREAM_PREPARE,
    "The streamed transaction is prepared.",
    b'p',
    "streamprepare",
    "Stream Prepare",
    "protocol version 3 (PostgreSQL 15)",
    "STREAM-PREPARE",
    "A transaction that was streamed in pieces is prepared: all its pieces may be applied, and the subscriber prepares it, too.",
    [FLAGS, PREPARE_LSN, END_LSN, PREPARE_TIME, XID, GID],
    b"p\0\0\0\0\0\x01\x50\0\x28\0\0\0\0\x01\x50\0\x58\0\x02\xf3\x5a\x31\xc4\x6e\x80\0\0\x02\xe6gid-1\0"
);
