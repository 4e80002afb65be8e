//! One string of SQL in, results out; and what every cycle of queries ends with.

use super::common::*;
use crate::privacy::{Privacy, Secret};
use crate::schema::*;

/// Run this SQL.
pub static QUERY: Message = Message {
    field: message(
        "query",
        "Query",
        "Runs a string of SQL: one statement, several with semicolons between them, or none. Several statements run as one transaction unless they say otherwise. Each gives its own results; one ReadyForQuery ends them all. All values come back as text.",
    ),
    sender: Sender::Frontend,
    head: Head::Tag(b'Q'),
    chapter: Chapter::SimpleQuery,
    since: "protocol 3.0",
    section: formats("protocol-message-formats.html#PROTOCOL-MESSAGE-FORMATS-QUERY"),
    fields: &[
        TAG,
        LENGTH,
        string(
            "query",
            "query",
            "The SQL, in the client's encoding, ended by a zero byte. Forgetting to count that zero in the length is a classic.",
        ).is(Privacy::Sql),
    ],
    sample: sample(b"Q\0\0\0\x0eSELECT 1;\0"),
};

const COLUMN_NAME: Field =
    string("name", "name", "The column's name, or ?column? where the query gave none.").hides(Secret::Name);
const COLUMN_TABLE: Field = int(
    "table",
    "table oid",
    Width::Four,
    Show::Oid,
    "If the column is a column of a table: that table's object id in pg_class. Otherwise zero.",
);
const COLUMN_ATTRIBUTE: Field = int(
    "attribute",
    "attribute number",
    Width::Two,
    Show::Signed,
    "The column's number in that table (pg_attribute.attnum), from 1. Otherwise zero.",
);
const COLUMN_TYPE: Field = int(
    "type",
    "type oid",
    Width::Four,
    Show::Oid,
    "The object id of the data type in pg_type: 23 is int4, 25 is text. It tells how to read the values.",
);
const COLUMN_SIZE: Field = int(
    "size",
    "type size",
    Width::Two,
    Show::Signed,
    "How many bytes the type has inside the server (pg_type.typlen). Negative means it varies: -1 for most, -2 for a C string. Not the length on the wire.",
);
const COLUMN_MODIFIER: Field = int(
    "modifier",
    "type modifier",
    Width::Four,
    Show::Signed,
    "What stands in brackets behind the type, in the type's own code: varchar(10) has 14, numeric(10,2) has 655366. -1 means none.",
);
const COLUMN_FORMAT: Field = coded(
    "format",
    "format",
    Width::Two,
    FORMATS,
    Unlisted::Wrong,
    "The form in which the values will come. In the answer to a Describe of a statement the formats are not yet chosen, and this is always 0.",
);

/// The shape of the rows to come.
pub static ROW_DESCRIPTION: Message = Message {
    field: message(
        "rowdescription",
        "RowDescription",
        "Describes the columns of the rows that follow: DataRow carries bare values, and only this message tells their names, types and formats.",
    ),
    sender: Sender::Backend,
    head: Head::Tag(b'T'),
    chapter: Chapter::SimpleQuery,
    since: "protocol 3.0",
    section: formats("protocol-message-formats.html#PROTOCOL-MESSAGE-FORMATS-ROWDESCRIPTION"),
    fields: &[
        TAG,
        LENGTH,
        counted(
            "columns",
            "columns",
            &count(
                "column count",
                Width::Two,
                "How many columns a row has. Zero is legal: SELECT without a list gives rows without columns.",
            ),
            &group(
                "column",
                "column",
                &[
                    COLUMN_NAME,
                    COLUMN_TABLE,
                    COLUMN_ATTRIBUTE,
                    COLUMN_TYPE,
                    COLUMN_SIZE,
                    COLUMN_MODIFIER,
                    COLUMN_FORMAT,
                ],
                "The description of one column: what it is called, where it comes from, and how to read its values.",
            ),
            "One entry a column, in the order of the values in a DataRow.",
        ),
    ],
    sample: sample(b"T\0\0\0\x1b\0\x01id\0\0\0\x40\x01\0\x01\0\0\0\x17\0\x04\xff\xff\xff\xff\0\0"),
};

/// A RowDescription as Amazon Redshift sends it to a client that announced `client_protocol_version` 1 or higher in its StartupMessage:
/// each column with its names and flags. It is none of PostgreSQL's messages, and none of the table.
///
/// Redshift's own drivers read it so: `handle_ROW_DESCRIPTION` of amazon-redshift-python-driver.
pub static REDSHIFT_ROW_DESCRIPTION: Message = Message {
    field: documented("rowdescription", "RowDescription", Kind::Group(&[]), Role::Value, ""),
    sender: Sender::Backend,
    head: Head::Tag(b'T'),
    chapter: Chapter::SimpleQuery,
    since: "Amazon Redshift",
    section: formats("protocol-message-formats.html#PROTOCOL-MESSAGE-FORMATS-ROWDESCRIPTION"),
    fields: &[
        TAG,
        LENGTH,
        documented(
            "columns",
            "columns",
            Kind::Counted {
                count: &documented("count", "column count", Kind::Int(Width::Two, Show::Unsigned), Role::Count, ""),
                of: &documented("column", "column", Kind::Group(REDSHIFT_COLUMN), Role::Value, ""),
            },
            Role::Value,
            "",
        ),
    ],
    sample: b"",
};

const REDSHIFT_COLUMN: &[Field] = &[
    COLUMN_NAME,
    COLUMN_TABLE,
    COLUMN_ATTRIBUTE,
    COLUMN_TYPE,
    COLUMN_SIZE,
    COLUMN_MODIFIER,
    COLUMN_FORMAT,
    documented(
        "schema",
        "schema",
        Kind::Str,
        Role::String,
        "Redshift: the schema of the column's table; empty if there is none.",
    )
    .hides(Secret::Name),
    documented(
        "base_table",
        "base table",
        Kind::Str,
        Role::String,
        "Redshift: the name of the column's table; empty if there is none.",
    )
    .hides(Secret::Name),
    documented(
        "base_column",
        "base column",
        Kind::Str,
        Role::String,
        "Redshift: the column's own name, whatever the query calls it.",
    )
    .hides(Secret::Name),
    documented("catalog", "catalog", Kind::Str, Role::String, "Redshift: the database of the column's table.")
        .hides(Secret::Name),
    documented(
        "flags",
        "flags",
        Kind::Int(Width::Two, Show::Bits),
        Role::Code,
        "Redshift: bit 0 says that the column may be NULL, bit 4 that it counts by itself, bit 8 that it can only be read, bit 12 that it can stand in a condition.",
    ),
];

/// One row.
pub static DATA_ROW: Message = Message {
    field: message(
        "datarow",
        "DataRow",
        "One row of the result. The columns have no names here: they are those of the RowDescription before it, in the same order. A NULL is the length -1 and no bytes.",
    ),
    sender: Sender::Backend,
    head: Head::Tag(b'D'),
    chapter: Chapter::SimpleQuery,
    since: "protocol 3.0",
    section: formats("protocol-message-formats.html#PROTOCOL-MESSAGE-FORMATS-DATAROW"),
    fields: &[
        TAG,
        LENGTH,
        counted(
            "columns",
            "columns",
            &count(
                "column count",
                Width::Two,
                "How many values follow. It must be the number of columns of the RowDescription; libpq gives up on the result otherwise.",
            ),
            &value(
                "column",
                "column",
                "One value of the row: its length, then its bytes, in the column's format. Neither name nor type is here.",
            ),
            "The values of the row, in the order of the RowDescription.",
        ),
    ],
    sample: sample(b"D\0\0\0\x10\0\x02\0\0\0\x0242\xff\xff\xff\xff"),
};

/// A command is done.
pub static COMMAND_COMPLETE: Message = Message {
    field: message(
        "commandcomplete",
        "CommandComplete",
        "One SQL command ended well. Its tag says which, and how many rows it touched.",
    ),
    sender: Sender::Backend,
    head: Head::Tag(b'C'),
    chapter: Chapter::SimpleQuery,
    since: "protocol 3.0",
    section: formats("protocol-message-formats.html#PROTOCOL-MESSAGE-FORMATS-COMMANDCOMPLETE"),
    fields: &[
        TAG,
        LENGTH,
        string(
            "command",
            "command tag",
            "Usually one word: CREATE TABLE, BEGIN. With a row count behind: SELECT 2, UPDATE 1, COPY 3. INSERT has two numbers, `INSERT 0 1`: the first was once the row's oid and is always zero now.",
        ).is(Privacy::CommandTag),
    ],
    sample: sample(b"C\0\0\0\x0dSELECT 1\0"),
};

/// There was no command.
pub static EMPTY_QUERY_RESPONSE: Message = Message {
    field: message(
        "emptyqueryresponse",
        "EmptyQueryResponse",
        "The query string held nothing but white space or comments. It stands in place of CommandComplete; a driver that does not know it hangs or fails on an empty query.",
    ),
    sender: Sender::Backend,
    head: Head::Tag(b'I'),
    chapter: Chapter::SimpleQuery,
    since: "protocol 3.0",
    section: formats("protocol-message-formats.html#PROTOCOL-MESSAGE-FORMATS-EMPTYQUERYRESPONSE"),
    fields: &[TAG, LENGTH],
    sample: sample(b"I\0\0\0\x04"),
};

/// Your turn.
pub static READY_FOR_QUERY: Message = Message {
    field: message(
        "readyforquery",
        "ReadyForQuery",
        "The server waits for the next command. It ends start-up, every simple Query and every Sync, after an error too: exactly one each. A client that does not wait for it takes the answers of one query for those of the next.",
    ),
    sender: Sender::Backend,
    head: Head::Tag(b'Z'),
    chapter: Chapter::SimpleQuery,
    since: "protocol 3.0",
    section: formats("protocol-message-formats.html#PROTOCOL-MESSAGE-FORMATS-READYFORQUERY"),
    fields: &[
        TAG,
        LENGTH,
        coded(
            "status",
            "transaction status",
            Width::One,
            &[
                letter(b'I', "idle", "Not in a transaction block: each statement commits by itself."),
                letter(b'T', "in transaction", "Inside a transaction block: nothing is final until COMMIT."),
                letter(
                    b'E',
                    "failed transaction",
                    "Inside a transaction block that failed: everything is refused until ROLLBACK.",
                ),
            ],
            Unlisted::Wrong,
            "Whether a transaction block is open. Poolers use it to know when a connection may be given to another client.",
        ),
    ],
    sample: sample(b"Z\0\0\0\x05I"),
};

/// Goodbye.
pub static TERMINATE: Message = Message {
    field: message(
        "terminate",
        "Terminate",
        "The client is done; both close the connection. The server does not answer. Closing without it works too, but leaves a complaint in the server's log.",
    ),
    sender: Sender::Frontend,
    head: Head::Tag(b'X'),
    chapter: Chapter::SimpleQuery,
    since: "protocol 3.0",
    section: formats("protocol-message-formats.html#PROTOCOL-MESSAGE-FORMATS-TERMINATE"),
    fields: &[TAG, LENGTH],
    sample: sample(b"X\0\0\0\x04"),
};
