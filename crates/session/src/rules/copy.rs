//! COPY: how it begins, what carries its data, and what the data hold.

use pgscope_proto::Direction::{Backend, Frontend};
use pgscope_proto::Severity::{Error, Warning};
use pgscope_proto::messages::copy;
use pgscope_proto::schema::Chapter;

use super::Evidence::{Manual, Refused};
use super::{Rule, refused};

pub(super) static RULES: &[Rule] = &[
    Rule {
        id: "L37",
        title: "Formats of columns that do not fit the COPY",
        by: Backend,
        severity: Warning,
        evidence: Manual(
            "CopyInResponse (Message Formats): if the whole COPY is text, the format of every column must be 0.",
        ),
        doc: "The responses that begin a COPY hold one byte for the whole and two bytes for each column. A COPY in text has columns in text, and a binary one binary columns. A server that writes the formats of the columns as single bytes writes a count that does not fit, or a format of 257 or 256. libpq passes the numbers on without looking; psycopg and others refuse them.",
        mend: "Write two bytes for each column, all of them the overall format.",
        record: "The CopyInResponse or CopyOutResponse whole.",
        seen: &["pgadapter PR 633"],
        says: &[],
        wrong: r#"
(started)
F Query "COPY fruit FROM STDIN"
B CopyInResponse text [binary binary]
F CopyData "1\tfig\n"
F CopyDone
B CommandComplete "COPY 1"
B ReadyForQuery idle
"#,
        right: r#"
(started)
F Query "COPY fruit FROM STDIN"
B CopyInResponse text [text text]
F CopyData "1\tfig\n"
F CopyDone
B CommandComplete "COPY 1"
B ReadyForQuery idle
"#,
        section: copy::COPY_IN_RESPONSE.section,
    },
    Rule {
        id: "L38",
        title: "Binary COPY data that are no binary COPY data",
        by: Frontend,
        severity: Error,
        evidence: Refused("PostgreSQL refuses the data."),
        doc: "A binary COPY begins with a signature of eleven bytes, flags and the length of a header extension. Then come rows, each with a count of two bytes and values with lengths, and a count of -1 ends them. The signature holds a byte above 7f, both kinds of line ends and a zero, so that it breaks if something treats the data as text. Without the trailer the server takes the end of the data for one that was cut.",
        mend: "Send the signature once, before the first row, and ff ff behind the last; keep the data away from anything that decodes text.",
        record: "The COPY statement, its response, and the first and last CopyData.",
        seen: &["pg-copy-streams 147", "postgres-x2 311", "psycopg 1359"],
        says: &[
            refused("22P04", "COPY file signature not recognized"),
            refused("22P04", "unexpected EOF in COPY data"),
            refused("22P04", "row field count is {}, expected {}"),
        ],
        wrong: r#"
(started)
F Query "COPY fruit FROM STDIN (FORMAT binary)"
B CopyInResponse binary [binary binary]
F CopyData \x0002000000040000000100000003666967ffff
F CopyDone
B ErrorResponse [("S" "ERROR") ("V" "ERROR") ("C" "22P04") ("M" "COPY file signature not recognized")]
B ReadyForQuery idle
"#,
        right: r#"
(started)
F Query "COPY fruit FROM STDIN (FORMAT binary)"
B CopyInResponse binary [binary binary]
F CopyData \x5047434f50590aff0d0a0000000000000000000002000000040000000100000003666967ffff
F CopyDone
B CommandComplete "COPY 1"
B ReadyForQuery idle
"#,
        section: copy::COPY_BINARY_HEADER.section,
    },
    Rule {
        id: "L47",
        title: "A RowDescription before a COPY",
        by: Backend,
        severity: Warning,
        evidence: Manual(
            "Message Flow, Simple Query: COPY begins with CopyInResponse or CopyOutResponse; RowDescription announces rows.",
        ),
        doc: "The answer to COPY begins with CopyInResponse or CopyOutResponse. These say how many columns there are and need no description. A RowDescription before them announces rows, and a client that has begun to read a result does not expect a COPY inside it.",
        mend: "Leave the RowDescription out.",
        record: "The COPY statement and everything up to the first CopyData.",
        seen: &["psql-wire PR 150"],
        says: &[],
        wrong: r#"
(started)
F Query "COPY fruit FROM STDIN"
B RowDescription [("id" 0 0 23 4 -1 text) ("name" 0 0 25 -1 -1 text)]
B CopyInResponse text [text text]
F CopyData "1\tfig\n"
F CopyDone
B CommandComplete "COPY 1"
B ReadyForQuery idle
"#,
        right: r#"
(started)
F Query "COPY fruit FROM STDIN"
B CopyInResponse text [text text]
F CopyData "1\tfig\n"
F CopyDone
B CommandComplete "COPY 1"
B ReadyForQuery idle
"#,
        section: Chapter::Copy.flow(),
    },
    Rule {
        id: "L52",
        title: "COPY data without CopyData around them",
        by: Frontend,
        severity: Error,
        evidence: Refused("PostgreSQL reads the data as messages and ends the connection."),
        doc: "During a COPY the connection still carries messages. The data go into the bodies of CopyData messages, cut wherever it suits, and a CopyDone ends them. A program that writes the lines of a file straight into the socket makes the server take their first letter for a type and the next four for a length.",
        mend: "Put each piece of data into a CopyData message, with its type d and its length.",
        record: "Both directions from the COPY statement on.",
        seen: &["sqlx 2614"],
        says: &[
            refused("08P01", "unexpected message type {} during COPY from stdin"),
            refused("08P01", "terminating connection because protocol synchronization was lost"),
        ],
        wrong: r#"
(started)
F Query "COPY fruit FROM STDIN"
B CopyInResponse text [text text]
F \x 3109 6669670a 3209 706c756d0a
"#,
        right: r#"
(started)
F Query "COPY fruit FROM STDIN"
B CopyInResponse text [text text]
F CopyData "1\tfig\n2\tplum\n"
F CopyDone
B CommandComplete "COPY 2"
B ReadyForQuery idle
"#,
        section: copy::COPY_DATA.section,
    },
    Rule {
        id: "L64",
        title: "A line of COPY data with more or fewer columns",
        by: Frontend,
        severity: Error,
        evidence: Refused("PostgreSQL refuses the line, and with it the whole COPY."),
        doc: "Every line of a COPY in the text or CSV format has as many columns as the COPY names, or as the table has where it names none: NULL is a value too, written \\N or as nothing. A delimiter, a newline or a backslash that stands in a value unescaped makes two columns or lines of it, and so does a delimiter other than the one that the COPY was told. The response to the COPY says how many columns there are.",
        mend: "Escape tabs, newlines and backslashes of values in the text format, put values between quotes in CSV, and write NULL where a value is missing.",
        record: "The COPY statement, its response, and the CopyData up to the line; the CONTEXT of the error names that.",
        seen: &["RPostgreSQL 59", "flyway 1945"],
        says: &[
            refused("22P04", "missing data for column \"{}\""),
            refused("22P04", "extra data after last expected column"),
        ],
        wrong: r#"
(started)
F Query "COPY fruit FROM STDIN"
B CopyInResponse text [text text]
F CopyData "1\n2\tplum\n"
F CopyDone
"#,
        right: r#"
(started)
F Query "COPY fruit FROM STDIN"
B CopyInResponse text [text text]
F CopyData "1\t\\N\n2\tplum\n"
F CopyDone
B CommandComplete "COPY 2"
B ReadyForQuery idle
"#,
        section: copy::COPY_TEXT_LINE.section,
    },
    Rule {
        id: "L65",
        title: "A COPY that was given up, and is answered as done",
        by: Backend,
        severity: Warning,
        evidence: Manual(
            "Message Flow, COPY Operations: CopyFail makes the COPY fail with an error, and the answer is ErrorResponse.",
        ),
        doc: "A client that cannot go on with its data says CopyFail. The server throws away what it has read of them, and answers with an ErrorResponse whose text holds the client's reason; in the extended protocol it then waits for Sync. CommandComplete in its place says that rows were stored, be they none: a program goes on as if its data were there.",
        mend: "Answer CopyFail with ErrorResponse, SQLSTATE 57014, undo the COPY, and let the transaction fail as with any error.",
        record: "The COPY statement, the CopyFail, and everything up to ReadyForQuery.",
        seen: &[],
        says: &[],
        wrong: r#"
(started)
F Query "COPY fruit FROM STDIN"
B CopyInResponse text [text text]
F CopyData "1\tfig\n"
F CopyFail "no more figs"
B CommandComplete "COPY 0"
B ReadyForQuery idle
"#,
        right: r#"
(started)
F Query "COPY fruit FROM STDIN"
B CopyInResponse text [text text]
F CopyData "1\tfig\n"
F CopyFail "no more figs"
B ErrorResponse [("S" "ERROR") ("V" "ERROR") ("C" "57014") ("M" "COPY from stdin failed: no more figs")]
B ReadyForQuery idle
"#,
        section: Chapter::Copy.flow(),
    },
];
