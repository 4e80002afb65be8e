//! COPY: a protocol in the protocol. The messages that carry it, and the binary format inside.

use super::common::*;
use crate::privacy::{Privacy, Secret};
use crate::schema::*;

const BINARY_FORMAT: Section = Section::new("COPY, Binary Format", "sql-copy.html#SQL-COPY-BINARY-FORMAT");

const OVERALL: Field = coded(
    "format",
    "overall format",
    Width::One,
    &[
        code(0, "text", "Lines of text: the text or CSV format, rows ended by newlines."),
        code(1, "binary", "The binary COPY format, with a header and a trailer."),
    ],
    Unlisted::Wrong,
    "Whether the data is text (CSV too) or binary. One byte here, two in the list below.",
);

const COLUMN_FORMATS: Field = counted(
    "columns",
    "column formats",
    &count(
        "column count",
        Width::Two,
        "How many format codes follow, one for each column of the data. In replication it is 0: the data have no columns.",
    ),
    &coded(
        "format",
        "format",
        Width::Two,
        FORMATS,
        Unlisted::Wrong,
        "The format of this column: all are 0 if the overall format is text. Writing them as single bytes is a known mistake.",
    ),
    "A format code for each column. They say nothing that the overall format does not.",
);

macro_rules! copy_response {
    ($static:ident, $doc_line:literal, $tag:literal, $id:literal, $name:literal, $since:literal, $path:literal, $doc:literal, $sample:literal) => {
        #[doc = $doc_line]
        pub static $static: Message = Message {
            field: message($id, $name, $doc),
            sender: Sender::Backend,
            head: Head::Tag($tag),
            chapter: Chapter::Copy,
            since: $since,
            section: formats(concat!("protocol-message-formats.html#PROTOCOL-MESSAGE-FORMATS-", $path)),
            fields: &[TAG, LENGTH, OVERALL, COLUMN_FORMATS],
            sample: sample($sample),
        };
    };
}

copy_response!(
    COPY_IN_RESPONSE,
    "Send me the data.",
    b'G',
    "copyinresponse",
    "CopyInResponse",
    "protocol 3.0",
    "COPYINRESPONSE",
    "The server is ready for the data of a COPY FROM STDIN. The client sends CopyData, then CopyDone or CopyFail; any other message but Sync and Flush makes the COPY fail.",
    b"G\0\0\0\x0b\0\0\x02\0\0\0\0"
);
copy_response!(
    COPY_OUT_RESPONSE,
    "Here comes the data.",
    b'H',
    "copyoutresponse",
    "CopyOutResponse",
    "protocol 3.0",
    "COPYOUTRESPONSE",
    "The data of a COPY TO STDOUT follows in CopyData messages, then CopyDone and CommandComplete. A base backup comes this way too.",
    b"H\0\0\0\x09\x01\0\x01\0\x01"
);
copy_response!(
    COPY_BOTH_RESPONSE,
    "Data in both directions.",
    b'W',
    "copybothresponse",
    "CopyBothResponse",
    "PostgreSQL 9.1",
    "COPYBOTHRESPONSE",
    "Streaming replication begins: from now on both ends send CopyData whenever they like, until each has sent CopyDone. Only START_REPLICATION is answered so.",
    b"W\0\0\0\x07\0\0\0"
);

/// Data of a COPY.
pub static COPY_DATA: Message = Message {
    field: message(
        "copydata",
        "CopyData",
        "A piece of the data stream of a COPY, a base backup or a replication. From the server each piece is one row or one message; from a client the pieces may be cut anywhere, even inside a number.",
    ),
    sender: Sender::Both,
    head: Head::Tag(b'd'),
    chapter: Chapter::Copy,
    since: "protocol 3.0",
    section: formats("protocol-message-formats.html#PROTOCOL-MESSAGE-FORMATS-COPYDATA"),
    fields: &[
        TAG,
        LENGTH,
        rest(
            "data",
            "data",
            Inside::CopyData,
            "A piece of the stream. What it means was said by the COPY command and its response; the borders between pieces mean nothing for a COPY, and everything in replication.",
        ).hides(Secret::Column),
    ],
    sample: sample(b"d\0\0\0\x0a1\tone\n"),
};

/// The data is complete.
pub static COPY_DONE: Message = Message {
    field: message(
        "copydone",
        "CopyDone",
        "The end of the data, sent by the end that sent it. The server then says CommandComplete. In replication each end says it once, in either order.",
    ),
    sender: Sender::Both,
    head: Head::Tag(b'c'),
    chapter: Chapter::Copy,
    since: "protocol 3.0",
    section: formats("protocol-message-formats.html#PROTOCOL-MESSAGE-FORMATS-COPYDONE"),
    fields: &[TAG, LENGTH],
    sample: sample(b"c\0\0\0\x04"),
};

/// The client gives up.
pub static COPY_FAIL: Message = Message {
    field: message(
        "copyfail",
        "CopyFail",
        "The client cannot go on with a COPY FROM STDIN: it makes the command fail. The server answers with an ErrorResponse, and nothing of the data stays.",
    ),
    sender: Sender::Frontend,
    head: Head::Tag(b'f'),
    chapter: Chapter::Copy,
    since: "protocol 3.0",
    section: formats("protocol-message-formats.html#PROTOCOL-MESSAGE-FORMATS-COPYFAIL"),
    fields: &[
        TAG,
        LENGTH,
        string(
            "reason",
            "reason",
            "Why, for people to read. It comes back inside the server's ErrorResponse (COPY from stdin failed: …, SQLSTATE 57014), and so into the server's log.",
        ),
    ],
    sample: sample(b"f\0\0\0\x11no more data\0"),
};

/// How a binary COPY begins.
pub static COPY_BINARY_HEADER: Message = Message {
    field: message(
        "header",
        "COPY binary header",
        "Begins a COPY in the binary format. It is part of the data stream: the server sends it in the same CopyData as the first row.",
    ),
    sender: Sender::Both,
    head: Head::Structure(Carrier::CopyBinary),
    chapter: Chapter::Copy,
    since: "PostgreSQL 7.1",
    section: BINARY_FORMAT,
    fields: &[
        field(
            "signature",
            "signature",
            Kind::Fixed(11, Inside::Opaque),
            Role::Tag,
            "PGCOPY, a newline, the byte ff, a carriage return, a newline and a zero byte: chosen so that every usual way of mangling a file on its way changes it.",
        ).is(Privacy::Public),
        int(
            "flags",
            "flags",
            Width::Four,
            Show::Bits,
            "Bits 16 to 31 are critical: a reader that does not know one must give up. Bit 16 meant that rows have oids, until PostgreSQL 12. Bits 0 to 15 may be ignored.",
        ),
        field(
            "extension",
            "header extension",
            Kind::Sized {
                length: &field(
                    "length",
                    "length",
                    Kind::Int(Width::Four, Show::Unsigned),
                    Role::Length,
                    "How many bytes the extension has: always 0 so far. A reader must skip as many as it says, or a file of a future version is read from the wrong place.",
                ),
                value: &rest(
                    "data",
                    "data",
                    Inside::Opaque,
                    "Bytes for a format of the future. A reader that does not know them skips them; what must not be skipped would be told by the flags.",
                ),
                nullable: false,
            },
            Role::Value,
            "Room for what a later version may add, with its length in front so that old readers can step over it. Nobody has needed it in twenty years.",
        ),
    ],
    sample: sample(b"PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0"),
};

/// A row of a binary COPY.
pub static COPY_BINARY_TUPLE: Message = Message {
    field: message(
        "tuple",
        "COPY binary row",
        "One row in the binary COPY format: a count of fields, then each as length and bytes. It may be cut anywhere by the borders of CopyData messages.",
    ),
    sender: Sender::Both,
    head: Head::Structure(Carrier::CopyBinary),
    chapter: Chapter::Copy,
    since: "PostgreSQL 7.1",
    section: BINARY_FORMAT,
    fields: &[counted(
        "fields",
        "fields",
        &count(
            "field count",
            Width::Two,
            "How many fields the row has: the same in every row, though it is said each time. -1 would be the trailer. A reader that finds another number has lost its place.",
        ),
        &value(
            "field",
            "field",
            "One field of the row, in its type's binary form: what the type's send function gives. There is no type here; a wrong one shows only as “incorrect binary data format” when the server reads it.",
        ),
        "The fields of the row, in the order of the columns that COPY names, or of the table.",
    )],
    sample: sample(b"\0\x02\0\0\0\x04\0\0\0\x01\xff\xff\xff\xff"),
};

/// How a binary COPY ends.
pub static COPY_BINARY_TRAILER: Message = Message {
    field: message(
        "trailer",
        "COPY binary trailer",
        "Ends a COPY in the binary format: -1 where the next row's field count would stand. Without it the server says unexpected EOF in COPY data.",
    ),
    sender: Sender::Both,
    head: Head::Structure(Carrier::CopyBinary),
    chapter: Chapter::Copy,
    since: "PostgreSQL 7.1",
    section: BINARY_FORMAT,
    fields: &[field("end", "end mark", Kind::Int(Width::Two, Show::Signed), Role::Length, "-1: no more rows.")],
    sample: sample(b"\xff\xff"),
};

/// A line of a COPY in text or CSV.
pub static COPY_TEXT_LINE: Message = Message {
    field: message(
        "line",
        "COPY text line",
        "A line of the text or CSV format. In the text format tabs part the columns, backslash-N is NULL, and backslashes escape; in CSV commas and quotes do, and a line may end inside quotes.",
    ),
    sender: Sender::Both,
    head: Head::Structure(Carrier::CopyBinary),
    chapter: Chapter::Copy,
    since: "always",
    section: Section::new("COPY, File Formats", "sql-copy.html#SQL-COPY-FILE-FORMATS"),
    fields: &[documented(
        "line",
        "line",
        Kind::Rest(Inside::Text),
        Role::Value,
        "The text of the line with its newline. In the text format \\N is NULL and \\. alone on a line once ended the data; in CSV an empty field without quotes is NULL.",
    ).hides(Secret::Column)],
    sample: sample(b"1\tone\n"),
};

// The parts of such a line: a line of the table has none, since only the COPY's SQL tells where one ends.

/// A column of a line.
pub static TEXT_COLUMN: Field = documented(
    "column",
    "column",
    Kind::Rest(Inside::Text),
    Role::Value,
    "A value as it is written here: escaped in the text format, between quotes if need be in CSV. In the order of the columns that COPY names, or of the table.",
).hides(Secret::Column);

/// What parts two columns.
pub static TEXT_DELIMITER: Field = documented(
    "delimiter",
    "delimiter",
    Kind::Fixed(1, Inside::Text),
    Role::Code,
    "Parts two columns: a tab in the text format, a comma in CSV, unless DELIMITER says another character.",
)
.is(Privacy::Public);

/// What ends a line.
pub static TEXT_END: Field = documented(
    "end",
    "end of line",
    Kind::Rest(Inside::Text),
    Role::Code,
    "Ends the line: a newline, or a carriage return and a newline if the first line ended so.",
)
.is(Privacy::Public);

/// What ends the data.
pub static TEXT_END_MARK: Field = documented(
    "end_mark",
    "end of data",
    Kind::Fixed(2, Inside::Text),
    Role::Code,
    "A backslash and a period alone on a line: nothing behind it is read. CopyDone has taken its place since protocol 3.0.",
).is(Privacy::Public);

/// What nobody reads.
pub static TEXT_BEHIND: Field = documented(
    "behind",
    "behind the end",
    Kind::Rest(Inside::Text),
    Role::Value,
    "Stands behind the mark that ends the data: the server throws it away.",
)
.hides(Secret::Column);
