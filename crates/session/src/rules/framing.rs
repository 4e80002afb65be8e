//! Where messages end: lengths, types, texts without an end, and what a program does with the pieces that TCP gives it.

use pgscope_proto::Direction::{Backend, Frontend};
use pgscope_proto::Severity::Error;
use pgscope_proto::messages::{errors, extended_query, simple_query};
use pgscope_proto::schema::Chapter;

use super::Evidence::Refused;
use super::Program::*;
use super::{CLOSES, Rule, WAITS, heard, read, refused};

pub(super) static RULES: &[Rule] = &[
    Rule {
        id: "L01",
        title: "A length that is off by one or by four",
        by: Backend,
        severity: Error,
        evidence: Refused("libpq takes the next message's first byte for the end of this one and cannot go on."),
        doc: "The length of a message counts its own four bytes and never the type before them. Who counts the type is one too long, and who leaves the length out is four too short. The reader then stands at a wrong place, takes some byte of the next message for a type and four others for a length, and either gives up or waits for bytes that nobody sends. The mistake often shows two messages later, so look at the first length that does not lead to a type.",
        mend: "Write the number of bytes from the length itself to the end of the message: what follows the length, and four.",
        record: "The bytes of the direction that is complained about, from the start of the connection.",
        seen: &["pgagroal PR 996", "oven-sh/bun PR 35114"],
        says: &[
            heard(Libpq, "message contents do not agree with length in message type \"{}\""),
            heard(Libpq, WAITS),
            heard(Libpq, "received invalid authentication request"),
            heard(
                Libpq,
                "received invalid BackendKeyData message: cancel key with length {} not allowed in protocol version {} (must be 4 bytes)",
            ),
            heard(Psql, "expected authentication request from server, but received {}"),
            read(Libpq, "lost synchronization with server: got message type \"{}\", length {}"),
            read(TokioPostgres, "invalid message length: expected buffer to be empty"),
        ],
        wrong: r#"
(started)
F Query "SELECT 1 AS n"
B RowDescription [("n" 0 0 23 4 -1 text)]
B DataRow ["1"]
B CommandComplete "SELECT 1" {length 14}
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
        section: Chapter::Unknown.flow(),
    },
    Rule {
        id: "L02",
        title: "A length below four",
        by: Backend,
        severity: Error,
        evidence: Refused("libpq gives the connection up."),
        doc: "A length counts its own four bytes, so that no message has a length of less than four, and one without fields has exactly four. A smaller number cannot be skipped by: a reader that subtracted four from it would go backwards. Every reader gives the connection up, a server without a word to the client.",
        mend: "Add the four bytes of the length itself; a message without fields has length 4.",
        record: "The bytes of the direction that is complained about, from the start of the connection.",
        seen: &["oven-sh/bun PR 32769", "jackc/pgx pgproto3"],
        says: &[
            heard(Libpq, "lost synchronization with server: got message type \"{}\", length {}"),
            heard(PostgreSQL, CLOSES),
            heard(PostgreSQLLog, "invalid message length"),
            read(Pgx, "invalid message length: {}"),
            read(TokioPostgres, "invalid message length: header length < 4"),
        ],
        wrong: r#"
(started)
F Query "SELECT 1 AS n"
B RowDescription [("n" 0 0 23 4 -1 text)]
B DataRow ["1"]
B CommandComplete "SELECT 1" {length 3}
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
        section: Chapter::Unknown.flow(),
    },
    Rule {
        id: "L03",
        title: "A length that its receiver does not allow",
        by: Backend,
        severity: Error,
        evidence: Refused("libpq takes no more than 30000 bytes of most messages and gives the connection up."),
        doc: "Readers refuse lengths that cannot be meant, so that a wrong one does not make them wait for a gigabyte. libpq lets only rows, descriptions, COPY data, errors, notices, notifications and results of functions be longer than 30000 bytes. A server takes 10000 bytes of the short messages of a client and 1024 of an answer to SASL. Such a length is nearly always one that was read at a wrong place, or written with its bytes in the wrong order.",
        mend: "Look whether the length was written with the most significant byte first, and whether the message before it ended where its own length said.",
        record: "The bytes of the direction that is complained about, from some messages before.",
        seen: &["lib/pq PR 1327"],
        says: &[
            heard(Libpq, "lost synchronization with server: got message type \"{}\", length {}"),
            heard(PostgreSQL, CLOSES),
            heard(PostgreSQLLog, "invalid message length"),
        ],
        wrong: r#"
(started)
F Query "SELECT 1 AS n"
B RowDescription [("n" 0 0 23 4 -1 text)]
B DataRow ["1"]
B CommandComplete "SELECT 1" {length 2130706432}
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
        section: Chapter::Unknown.flow(),
    },
    Rule {
        id: "L04",
        title: "A message with more or fewer bytes than its fields",
        by: Backend,
        severity: Error,
        evidence: Refused("libpq says that the contents do not agree with the length."),
        doc: "The fields of a message must end exactly where its length says. A byte that is left over, or one that lacks, tells the reader that the two ends do not mean the same fields, and it stops believing either. Typical are a text that was cut together with its zero byte, a field of a newer version, or a zero byte that was written twice.",
        mend: "Build the body first, count it, and write its length last; do not cut a text without ending it again.",
        record: "The message that is named, whole, with the one behind it.",
        seen: &["psycopg 303", "pgbouncer 718", "pgpool2 148"],
        says: &[
            heard(Libpq, "message contents do not agree with length in message type \"{}\""),
            heard(Libpq, "received invalid authentication request"),
            heard(Psql, "expected authentication request from server, but received {}"),
            refused("08P01", "invalid message format"),
        ],
        wrong: r#"
(started)
F Query "SELECT 1 AS n"
B RowDescription [("n" 0 0 23 4 -1 text)]
B DataRow ["1"]
B CommandComplete "SELECT 1" {more 78}
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
        section: Chapter::Unknown.flow(),
    },
    Rule {
        id: "L05",
        title: "A text without its zero byte",
        by: Frontend,
        severity: Error,
        evidence: Refused("PostgreSQL refuses the message."),
        doc: "A text of the protocol ends with a zero byte, which the length counts. Without it a reader that trusts the message looks past its end, and one that does not refuses it. libpq searches on in what it has received, and waits for more if there is no zero at all. Values in rows and parameters are different: they have a length and no zero.",
        mend: "Write a zero byte behind the text and count it in the length.",
        record: "The message whole, with the one behind it.",
        seen: &["oven-sh/bun PR 35114", "jackc/pgx pgproto3"],
        says: &[
            refused("08P01", "invalid string in message"),
            heard(Libpq, "message contents do not agree with length in message type \"{}\""),
            read(Pgx, "invalid message format"),
        ],
        wrong: r#"
(started)
F Query "SELECT 1 AS n" {less 1}
B ErrorResponse [("S" "ERROR") ("V" "ERROR") ("C" "08P01") ("M" "invalid string in message")]
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
        section: simple_query::QUERY.section,
    },
    Rule {
        id: "L06",
        title: "An error or notice without the zero byte that ends its fields",
        by: Backend,
        severity: Error,
        evidence: Refused("libpq goes on reading fields into the next message."),
        doc: "An ErrorResponse is a list of fields, each a letter and a text, and a zero byte stands where the next letter would be. It is a byte of its own behind the zero that ends the last text, so that the message ends in two zeros. If it lacks, the reader takes the next message's type for a letter. A field may also be empty, which is two zeros with a letter before them: only a zero in the place of a letter ends the list.",
        mend: "End the list with one more zero byte, and count it.",
        record: "The ErrorResponse or NoticeResponse whole, with the message behind it.",
        seen: &["oven-sh/bun PR 35114", "wireshark PR 66"],
        says: &[heard(Libpq, "message contents do not agree with length in message type \"{}\"")],
        wrong: r#"
(started)
F Query "SELECT 1/0"
B ErrorResponse [("S" "ERROR") ("V" "ERROR") ("C" "22012") ("M" "division by zero")] {less 1}
B ReadyForQuery idle
"#,
        right: r#"
(started)
F Query "SELECT 1/0"
B ErrorResponse [("S" "ERROR") ("V" "ERROR") ("C" "22012") ("M" "division by zero")]
B ReadyForQuery idle
"#,
        section: errors::ERROR_RESPONSE.section,
    },
    Rule {
        id: "L07",
        title: "One read taken for one message",
        by: Backend,
        severity: Error,
        evidence: Refused("libpq waits for the answers to the messages that were overlooked."),
        doc: "TCP carries bytes, not messages. What a client wrote as five messages may arrive in one read, and one message may arrive in several. A program that takes each read for a message overlooks all but the first of them, or reads half of one and fails. It seems to work on a developer's machine, where each write is read alone, and breaks under load or behind a proxy.",
        mend: "Append what is read to a buffer and take whole messages from it by their lengths, as many as there are, keeping the rest for the next read.",
        record: "Both directions with times and with the pieces in which they arrived, as a capture file has them.",
        seen: &["pglite PR 775", "pgagroal 973", "pgagroal PR 996"],
        says: &[heard(Libpq, WAITS)],
        wrong: r#"
(started)
F Parse "" "SELECT 1 AS n"
F Bind
F Describe portal
F Execute
F Sync
B ParseComplete
"#,
        right: r#"
(started)
F Parse "" "SELECT 1 AS n"
F Bind
F Describe portal
F Execute
F Sync
B ParseComplete
B BindComplete
B RowDescription [("n" 0 0 23 4 -1 text)]
B DataRow ["1"]
B CommandComplete "SELECT 1"
B ReadyForQuery idle
"#,
        section: Chapter::Unknown.flow(),
    },
    Rule {
        id: "L41",
        title: "A length that has overflowed",
        by: Frontend,
        severity: Error,
        evidence: Refused("PostgreSQL reads the rest of the message as messages and closes."),
        doc: "A length has four bytes. If a program counts more than they can hold, or converts a wider number without looking, what it writes is the remainder: a small length before a large body. The server takes what lies behind that end for further messages, and somebody who chose the text can choose these messages. So this is a hole in the client's defences, not just a wrong number.",
        mend: "Count in a wider type and refuse to send a message that the length cannot hold.",
        record: "The client's direction, from the message whose value was large.",
        seen: &["lib/pq PR 1161", "lib/pq PR 1209"],
        says: &[refused("08P01", "invalid string in message"), refused("08P01", "invalid frontend message type {}")],
        wrong: r#"
(started)
F Query "SELECT 'pear' AS fruit" {length 9}
"#,
        right: r#"
(started)
F Query "SELECT 'pear' AS fruit"
B RowDescription [("fruit" 0 0 25 -1 -1 text)]
B DataRow ["pear"]
B CommandComplete "SELECT 1"
B ReadyForQuery idle
"#,
        section: Chapter::Unknown.flow(),
    },
    Rule {
        id: "D01",
        title: "A message type that does not exist",
        by: Backend,
        severity: Error,
        evidence: Refused("libpq drops what it was reading and skips to the next answer."),
        doc: "Each message begins with a letter that says which one it is, and each end has its own letters. One that the other end does not know may be a message of the wrong end, of a newer version, or a byte at which no message begins because a length before it was wrong. Nothing may be sent that the other end has not been told of: a new message needs a new version or an option of the protocol.",
        mend: "Look first whether the message before it ends where its length says; then whether the letter is one of this end.",
        record: "The bytes from the message before, in both directions.",
        seen: &[],
        says: &[
            heard(Libpq, "unexpected response from server; first received character was \"{}\""),
            refused("08P01", "invalid frontend message type {}"),
        ],
        wrong: r#"
(started)
F Query "SELECT 1 AS n"
B \x21 00000005 78
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
        section: Chapter::Unknown.flow(),
    },
    Rule {
        id: "D02",
        title: "A value that this field does not have",
        by: Frontend,
        severity: Error,
        evidence: Refused("PostgreSQL refuses the message."),
        doc: "Some fields are one of a few letters or numbers: the kind of a Describe is S or P, the status of a ReadyForQuery is I, T or E, a format is 0 or 1. Other values have no meaning, and there is none that a reader could assume. Servers refuse them. libpq takes a status that it does not know for an unknown state of the transaction and says nothing.",
        mend: "Write one of the values that the field has.",
        record: "The message whole.",
        seen: &[],
        says: &[
            refused("08P01", "invalid DESCRIBE message subtype {}"),
            refused("08P01", "invalid CLOSE message subtype {}"),
        ],
        wrong: r#"
(started)
F Parse "" "SELECT 1 AS n"
F Describe "x"
F Sync
"#,
        right: r#"
(started)
F Parse "" "SELECT 1 AS n"
F Describe statement
F Sync
B ParseComplete
B ParameterDescription []
B RowDescription [("n" 0 0 23 4 -1 text)]
B ReadyForQuery idle
"#,
        section: extended_query::DESCRIBE.section,
    },
    Rule {
        id: "D03",
        title: "The input ends inside a message",
        by: Backend,
        severity: Error,
        evidence: Refused("libpq waits for the rest."),
        doc: "The length announced more bytes than there are. Either the recording was cut, as many logs cut long lines, or the sender stopped, or the length is too large and the message was whole. A reader cannot tell these apart: it waits for the rest until the connection is closed or something else ends its patience. Where a recording ends so and all before is whole, that is no more than a note.",
        mend: "Record the whole message; if this is all that was sent, the length is wrong.",
        record: "The same direction for longer, without a limit of bytes for each packet or line.",
        seen: &[],
        says: &[heard(Libpq, WAITS)],
        wrong: r#"
(started)
F Query "SELECT 1 AS n"
B RowDescription [("n" 0 0 23 4 -1 text)]
B DataRow ["1"]
B CommandComplete "SELECT 1"
B \x5a 00000005
F Terminate
"#,
        right: r#"
(started)
F Query "SELECT 1 AS n"
B RowDescription [("n" 0 0 23 4 -1 text)]
B DataRow ["1"]
B CommandComplete "SELECT 1"
B ReadyForQuery idle
F Terminate
"#,
        section: Chapter::Unknown.flow(),
    },
    Rule {
        id: "D07",
        title: "The recording ends in the middle",
        by: Backend,
        severity: pgscope_proto::Severity::Note,
        evidence: super::Evidence::None,
        doc: "Something was asked and is not answered where the recording ends. That is no mistake of either end: the recording may have been cut, or the answer was still to come. Where it is the last that ever came, whoever's turn it was is the one to look at: what it waits for, and whether the other end believes to have said it.",
        mend: "Record for longer; if nothing more ever comes, look at the end whose turn it is.",
        record: "Both directions, until one of them closes.",
        seen: &[],
        says: &[heard(Libpq, WAITS)],
        wrong: r#"
(started)
F Query "SELECT 1 AS n"
B RowDescription [("n" 0 0 23 4 -1 text)]
B DataRow ["1"]
"#,
        right: r#"
(started)
F Query "SELECT 1 AS n"
B RowDescription [("n" 0 0 23 4 -1 text)]
B DataRow ["1"]
B CommandComplete "SELECT 1"
B ReadyForQuery idle
"#,
        section: Chapter::SimpleQuery.flow(),
    },
    Rule {
        id: "D04",
        title: "Bytes at which no message begins",
        by: Backend,
        severity: Error,
        evidence: Refused("libpq gives the connection up."),
        doc: "Behind the last message come bytes that are no type and no length. What stands there may belong to the message before, whose length was too small, to another protocol, or to something that a program printed into the connection. Reading on is guesswork: Pgscope looks for the next place where several messages follow each other, and a client closes.",
        mend: "Look at the length of the message before; if that is right, look for who else writes into this connection.",
        record: "Both directions from the start, as bytes and not as a log's text.",
        seen: &[],
        says: &[heard(Libpq, "lost synchronization with server: got message type \"{}\", length {}")],
        wrong: r#"
(started)
F Query "SELECT 1 AS n"
B \x 70616e69633a20696e646578206f7574206f662072616e67650a
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
        section: Chapter::Unknown.flow(),
    },
    Rule {
        id: "D05",
        title: "A count that the message has no room for",
        by: Backend,
        severity: Error,
        evidence: Refused("libpq refuses the description, and with it all its rows."),
        doc: "A count says how many entries follow, and each has at least one byte. A count that is larger than the bytes that are left is written in the wrong order, stands at a wrong place, or was not changed when entries were left out. A reader must compare the two before it makes room for the entries.",
        mend: "Write the number of entries that follow, with the most significant byte first.",
        record: "The message whole.",
        seen: &[],
        says: &[
            heard(Libpq, "insufficient data in \"{}\" message"),
            heard(Libpq, "unexpected field count in \"D\" message"),
        ],
        wrong: r#"
(started)
F Query "SELECT 1 AS n"
B \x54 0000001a 0100 6e00 00000000 0000 00000017 0004 ffffffff 0000
B DataRow ["1"]
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
        section: simple_query::ROW_DESCRIPTION.section,
    },
];
