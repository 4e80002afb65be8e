//! What the server numbers: objects, transactions, rows, places in its log.

use crate::schema::*;

const OIDS: Section = Section::new("Object Identifier Types", "datatype-oid.html");

/// Object identifiers.
pub static OID: Message = value_type(
    message(
        "oid",
        "oid",
        "The object identifier of a row in a system catalogue. regclass, regtype and their like are the same number; only their text is a name.",
    ),
    "always",
    OIDS,
    &[int(
        "value",
        "oid",
        Width::Four,
        Show::Oid,
        "Up to 4294967295: it has no sign. 0 means no object. Oids below 16384 come with the server and are the same everywhere; those above differ.",
    )],
    b"\0\0\x04\xeb",
);

/// Transactions.
pub static XID: Message = value_type(
    message(
        "xid",
        "xid",
        "The number of a transaction (xid), or of a command in one (cid). Transaction numbers come round again after four thousand million, and so cannot be put in order.",
    ),
    "always",
    OIDS,
    &[int(
        "value",
        "number",
        Width::Four,
        Show::Unsigned,
        "A number without a sign. 0 is no transaction; 1 and 2 are the server's own.",
    )],
    b"\0\0\x02\xe7",
);

/// Transactions that never come round.
pub static XID8: Message = value_type(
    message(
        "xid8",
        "xid8",
        "The number of a transaction with its epoch: it never comes round, and so tells which of two is older.",
    ),
    "PostgreSQL 13",
    OIDS,
    &[int("value", "number", Width::Eight, Show::Unsigned, "The epoch in the upper four bytes, the xid in the lower.")],
    b"\0\0\0\0\0\0\x02\xe7",
);

/// Places of rows.
pub static TID: Message = value_type(
    message(
        "tid",
        "tid",
        "Where a row is in its table (ctid). It changes when the row is updated, or the table is rewritten.",
    ),
    "always",
    OIDS,
    &[
        int(
            "block",
            "block",
            Width::Four,
            Show::Unsigned,
            "The number of the block of the table's file, from 0. A block has 8192 bytes.",
        ),
        int("offset", "item", Width::Two, Show::Unsigned, "The number of the row in that block, from 1."),
    ],
    b"\0\0\0\x2a\0\x01",
);

/// Positions in the log.
pub static PG_LSN: Message = value_type(
    message("pg_lsn", "pg_lsn", "A position in the write-ahead log, as replication counts it."),
    "PostgreSQL 9.4",
    Section::new("pg_lsn Type", "datatype-pg-lsn.html"),
    &[int(
        "value",
        "position",
        Width::Eight,
        Show::Lsn,
        "A byte count since the cluster was made. Its text is two hexadecimal halves with a slash between them.",
    )],
    b"\0\0\0\0\x16\xb3\x74\x48",
);

/// Which transactions are seen.
pub static SNAPSHOT: Message = value_type(
    message(
        "snapshot",
        "pg_snapshot",
        "Which transactions a query sees (pg_snapshot, formerly txid_snapshot): all before xmin, none from xmax on, and of those between all that are not listed.",
    ),
    "PostgreSQL 8.3",
    Section::new("Transaction ID and Snapshot Information Functions", "functions-info.html#FUNCTIONS-PG-SNAPSHOT"),
    &[
        count_as(
            "xip_count",
            "running count",
            Width::Four,
            Show::Signed,
            "How many transactions are listed at the end. It comes first, though xmin and xmax stand between.",
        ),
        int(
            "xmin",
            "xmin",
            Width::Eight,
            Show::Unsigned,
            "The oldest transaction that still ran. What is older is over: seen, or undone.",
        ),
        int(
            "xmax",
            "xmax",
            Width::Eight,
            Show::Unsigned,
            "The first transaction that had not begun. It and all behind it are not seen.",
        ),
        times(
            "running",
            "running transactions",
            &Times {
                by: "xip_count",
                of: &int(
                    "xip",
                    "transaction",
                    Width::Eight,
                    Show::Unsigned,
                    "A transaction that still ran: from xmin on, before xmax, and in ascending order.",
                ),
            },
            "The transactions between both that were not over.",
        ),
    ],
    b"\0\0\0\x01\0\0\0\0\0\0\x02\xe0\0\0\0\0\0\0\x02\xe7\0\0\0\0\0\0\x02\xe3",
);

/// No value.
pub static VOID: Message = value_type(
    message(
        "void",
        "void",
        "What a function gives that gives nothing, such as pg_sleep. It is no NULL, but a value without bytes.",
    ),
    "always",
    Section::new("Pseudo-Types", "datatype-pseudo.html"),
    &[],
    b"",
);
