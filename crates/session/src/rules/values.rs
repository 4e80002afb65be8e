//! Values of rows and parameters: their number, their lengths, their formats.

use pgscope_proto::Direction::{Backend, Frontend};
use pgscope_proto::Severity::Error;
use pgscope_proto::messages::{extended_query, simple_query};
use pgscope_proto::schema::Chapter;

use super::Evidence::Refused;
use super::Program::*;
use super::{Rule, heard, read, refused};

pub(super) static RULES: &[Rule] = &[
    Rule {
        id: "L28",
        title: "A row of more or fewer values than its description",
        by: Backend,
        severity: Error,
        evidence: Refused("libpq refuses the rows."),
        doc: "Every DataRow has as many values as the last RowDescription has columns, NULL included, which is a value of length -1 and not a missing one. A proxy that adds or hides a column must change both messages. So must a server whose table was altered between Describe and Execute: there it says cached plan must not change result type instead.",
        mend: "Send one value for each described column.",
        record: "The RowDescription and the rows behind it; in the extended protocol from the Describe on.",
        seen: &["Meziantou PR 2972"],
        says: &[
            heard(Libpq, "unexpected field count in \"D\" message"),
            read(Npgsql, "Row's number of columns ({}) differs from the row description's ({})"),
        ],
        wrong: r#"
(started)
F Query "SELECT 1 AS n"
B RowDescription [("n" 0 0 23 4 -1 text)]
B DataRow ["1" "2"]
B CommandComplete "SELECT 1"
B ReadyForQuery idle
"#,
        right: r#"
(started)
F Query "SELECT 1 AS n"
B RowDescription [("n" 0 0 23 4 -1 text)]
B DataRow ["1"]
B CommandComplete "SELECT 1"
B ReadyForQuery idle
"#,
        section: simple_query::DATA_ROW.section,
    },
    Rule {
        id: "L29",
        title: "A value whose length is wrong",
        by: Backend,
        severity: Error,
        evidence: Refused("libpq refuses the rows."),
        doc: "Each value of a row or a Bind has four bytes of length before it, which count the value alone and not themselves. -1 stands for NULL and has no bytes; no other number below 0 means anything. A length that counts itself, counts letters instead of bytes, or was written for the value before it was converted, runs past the end of the message.",
        mend: "Convert the value first, count its bytes, and write that number before it; write -1 for NULL.",
        record: "The DataRow or Bind whole.",
        seen: &["node-postgres 39", "jackc/pgx pgproto3", "arcadedb 5923"],
        says: &[
            heard(Libpq, "message contents do not agree with length in message type \"D\""),
            heard(Libpq, "insufficient data in \"D\" message"),
            refused("08P01", "insufficient data left in message"),
            read(Pgx, "invalid message format"),
        ],
        wrong: r#"
(started)
F Query "SELECT 1 AS n"
B RowDescription [("n" 0 0 23 4 -1 text)]
B \x44 0000000b 0001 00000005 31
B CommandComplete "SELECT 1"
B ReadyForQuery idle
"#,
        right: r#"
(started)
F Query "SELECT 1 AS n"
B RowDescription [("n" 0 0 23 4 -1 text)]
B DataRow ["1"]
B CommandComplete "SELECT 1"
B ReadyForQuery idle
"#,
        section: simple_query::DATA_ROW.section,
    },
    Rule {
        id: "L30",
        title: "Bind with another number of formats",
        by: Frontend,
        severity: Error,
        evidence: Refused("PostgreSQL refuses the Bind."),
        doc: "Bind has a list of formats for its parameters and one for the columns of the result. Each may have no entry, which means text for all, one, which holds for all, or as many as there are values. Other numbers are refused. A format that is written without the count before it shifts everything behind it, and a proxy that reads one entry as the format of the first value alone gets the others wrong.",
        mend: "Write no format, one, or one for each value, with their number before them.",
        record: "The Parse and the Bind whole.",
        seen: &["proxysql 5273", "proxysql PR 5955", "node-postgres 3487", "ClickHouse PR 118461"],
        says: &[
            refused("08P01", "bind message has {} parameter formats but {} parameters"),
            refused("08P01", "bind message has {} result formats but query has {} columns"),
            refused("22023", "unsupported format code: {}"),
        ],
        wrong: r#"
(started)
F Parse "" "SELECT $1::int4 AS n"
F Bind "" "" [text text] ["7"] []
F Describe portal
F Execute
F Sync
"#,
        right: r#"
(started)
F Parse "" "SELECT $1::int4 AS n"
F Bind "" "" [text] ["7"] []
F Describe portal
F Execute
F Sync
B ParseComplete
B BindComplete
B RowDescription [("n" 0 0 23 4 -1 text)]
B DataRow ["7"]
B CommandComplete "SELECT 1"
B ReadyForQuery idle
"#,
        section: extended_query::BIND.section,
    },
    Rule {
        id: "L31",
        title: "Bind with another number of parameters",
        by: Frontend,
        severity: Error,
        evidence: Refused("PostgreSQL refuses the Bind."),
        doc: "Bind must supply exactly as many values as the statement has parameters, which is the highest number behind a dollar sign in its text. Where an unnamed statement is named in the complaint, another Parse may have replaced it in between; a pooler that mixes clients does that.",
        mend: "Supply one value for each parameter that ParameterDescription names.",
        record: "The Parse and the Bind, with everything between them.",
        seen: &["rails 22148", "perry 10330"],
        says: &[refused("08P01", "bind message supplies {} parameters, but prepared statement \"{}\" requires {}")],
        wrong: r#"
(started)
F Parse "" "SELECT $1::int4 AS n"
F Bind "" "" [] ["7" "8"] []
F Describe portal
F Execute
F Sync
"#,
        right: r#"
(started)
F Parse "" "SELECT $1::int4 AS n"
F Bind "" "" [] ["7"] []
F Describe portal
F Execute
F Sync
B ParseComplete
B BindComplete
B RowDescription [("n" 0 0 23 4 -1 text)]
B DataRow ["7"]
B CommandComplete "SELECT 1"
B ReadyForQuery idle
"#,
        section: extended_query::BIND.section,
    },
    Rule {
        id: "L32",
        title: "A count that its two bytes cannot hold",
        by: Frontend,
        severity: Error,
        evidence: Refused("PostgreSQL refuses the Bind."),
        doc: "Parameters and columns are counted in two bytes without a sign, so that there can be 65535 of them. A program that reads the count with a sign fails from 32768 on, and one that writes 90000 writes 24464, and the values that are too many are read as something else. Insert many rows with arrays, with COPY or in several batches.",
        mend: "Refuse more than 65535 parameters before writing, and read counts without a sign.",
        record: "The Bind from its beginning; its first and last bytes are enough.",
        seen: &["pgwire PR 192", "asyncpg 127", "sqlx 3464", "rust-postgres PR 1309"],
        says: &[
            refused("08P01", "invalid message format"),
            read(PostgreSQL, "insufficient data left in message"),
            read(Asyncpg, "the number of query arguments cannot exceed {}"),
        ],
        wrong: r#"
(started)
F Parse "" "SELECT $1::int4 AS n"
F \x42 00000016 00 00 0000 0001 0000000137 0000000138 0000
F Describe portal
F Execute
F Sync
"#,
        right: r#"
(started)
F Parse "" "SELECT $1::int4 AS n"
F Bind "" "" [] ["7"] []
F Describe portal
F Execute
F Sync
B ParseComplete
B BindComplete
B RowDescription [("n" 0 0 23 4 -1 text)]
B DataRow ["7"]
B CommandComplete "SELECT 1"
B ReadyForQuery idle
"#,
        section: extended_query::BIND.section,
    },
    Rule {
        id: "L33",
        title: "Bytes that are not in the format they are said to have",
        by: Frontend,
        severity: Error,
        evidence: Refused("PostgreSQL refuses the value."),
        doc: "Format 1 means the binary form of exactly the type that Parse or the server has chosen: an int4 has four bytes, a timestamp eight, a jsonb a version byte first. Text under format 1, or the eight bytes of a client's own integer under an int4, is refused where the number of bytes shows it. Where the number happens to fit, nobody notices and a wrong value is stored. Of a result in text format each type has its form, too: a bool is `t` or `f`, a timestamp has a blank before its time, a bytea begins with `\\x`. A driver that reads the type fails at anything else.",
        mend: "Send text with format 0, or the binary form of the type that ParameterDescription names. Describe a column by the type whose form its values have: 25, text, fits all.",
        record: "The Parse, the ParameterDescription if there is one, and the Bind.",
        seen: &["shardingsphere 10773", "pg-datahike PR 63", "h2 PR 2432", "arcadedb 6929"],
        says: &[
            refused("08P01", "insufficient data left in message"),
            refused("22P03", "incorrect binary data format in bind parameter {}"),
            refused("XX000", "unsupported jsonb version number {}"),
            read(Pgjdbc, "ArrayIndexOutOfBoundsException{}ByteConverter.int4"),
        ],
        wrong: r#"
(started)
F Parse "" "SELECT $1::int4 AS n" [23]
F Bind "" "" [binary] ["7"] []
F Describe portal
F Execute
F Sync
"#,
        right: r#"
(started)
F Parse "" "SELECT $1::int4 AS n" [23]
F Bind "" "" [binary] [\x00000007] []
F Describe portal
F Execute
F Sync
B ParseComplete
B BindComplete
B RowDescription [("n" 0 0 23 4 -1 text)]
B DataRow ["7"]
B CommandComplete "SELECT 1"
B ReadyForQuery idle
"#,
        section: Chapter::ExtendedQuery.flow(),
    },
    Rule {
        id: "L51",
        title: "A zero byte inside a text",
        by: Frontend,
        severity: Error,
        evidence: Refused("PostgreSQL refuses the value."),
        doc: "No text of PostgreSQL can hold a zero byte. In SQL and in names it ends the text, so that what stands behind it is read as the next field or is left over. In a value, which has a length, the server reads all of it and refuses it. Bytes that may hold zeros belong into a bytea.",
        mend: "Take zero bytes out of texts before they are sent, or use bytea.",
        record: "The Query, Parse or Bind whole.",
        seen: &["node-postgres 1121"],
        says: &[
            refused("22021", "invalid byte sequence for encoding \"UTF8\": 0x00"),
            refused("08P01", "invalid message format"),
        ],
        wrong: r#"
(started)
F Parse "" "SELECT $1::text AS fruit"
F Bind "" "" [] ["pe\x00ar"] []
F Describe portal
F Execute
F Sync
"#,
        right: r#"
(started)
F Parse "" "SELECT $1::text AS fruit"
F Bind "" "" [] ["pear"] []
F Describe portal
F Execute
F Sync
B ParseComplete
B BindComplete
B RowDescription [("fruit" 0 0 25 -1 -1 text)]
B DataRow ["pear"]
B CommandComplete "SELECT 1"
B ReadyForQuery idle
"#,
        section: extended_query::BIND.section,
    },
];
