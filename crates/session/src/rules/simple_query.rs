//! Queries in one message, how an answer ends, and what comes without being asked for.

use pgscope_proto::Direction::{Backend, Frontend};
use pgscope_proto::Severity::{Error, Note, Warning};
use pgscope_proto::messages::{errors, simple_query};
use pgscope_proto::schema::Chapter;

use super::Evidence::{self, Manual, Refused};
use super::Program::*;
use super::{Rule, WAITS, heard, read};

pub(super) static RULES: &[Rule] = &[
    Rule {
        id: "L21",
        title: "No ReadyForQuery after an error",
        by: Backend,
        severity: Error,
        evidence: Refused("libpq and psql wait for it for ever."),
        doc: "An ErrorResponse ends a statement, not the answer. The answer to a Query, or to a Sync, ends with ReadyForQuery whether things went well or not, and until then the client may not ask anything new. A server that returns from its function on an error and forgets the rest leaves its client waiting. Only after a FATAL error nothing comes: then the server closes.",
        mend: "Send ReadyForQuery after the ErrorResponse, with the status of the transaction.",
        record: "Both directions from the query to the moment at which the client hangs, with times.",
        seen: &["pgwire PR 148", "proxysql 5079"],
        says: &[heard(Libpq, WAITS), heard(Psql, WAITS)],
        wrong: r#"
(started)
F Query "SELECT 1/0"
B ErrorResponse [("S" "ERROR") ("V" "ERROR") ("C" "22012") ("M" "division by zero")]
"#,
        right: r#"
(started)
F Query "SELECT 1/0"
B ErrorResponse [("S" "ERROR") ("V" "ERROR") ("C" "22012") ("M" "division by zero")]
B ReadyForQuery idle
"#,
        section: Chapter::SimpleQuery.flow(),
    },
    Rule {
        id: "L36",
        title: "An empty query without EmptyQueryResponse",
        by: Backend,
        severity: Warning,
        evidence: Manual(
            "EmptyQueryResponse (Message Formats): it takes the place of CommandComplete where the text of a query holds no statement.",
        ),
        doc: "A query of spaces, semicolons or comments alone has no statement and so no command tag. Its answer is EmptyQueryResponse, a message of its own, and then ReadyForQuery. Programs send such queries to see whether the connection lives. A CommandComplete with an empty tag passes libpq in silence; some clients stumble over it, and some over the EmptyQueryResponse if they have never met one.",
        mend: "Answer with EmptyQueryResponse instead of CommandComplete.",
        record: "The query and its whole answer.",
        seen: &["pg8000 74", "jackc/pgx PR 39"],
        says: &[read(Pg8000, "KeyError: {}'I'")],
        wrong: r#"
(started)
F Query ""
B CommandComplete ""
B ReadyForQuery idle
"#,
        right: r#"
(started)
F Query ""
B EmptyQueryResponse
B ReadyForQuery idle
"#,
        section: simple_query::EMPTY_QUERY_RESPONSE.section,
    },
    Rule {
        id: "L39",
        title: "A notice, a setting or a notification taken for an answer",
        by: Frontend,
        severity: Note,
        evidence: Evidence::None,
        doc: "NoticeResponse, ParameterStatus and NotificationResponse may come before any message of an answer, between the rows as well, and while nothing is asked. They answer nothing. A client that takes the next message for the answer it expects, without passing over these three, works until somebody raises a warning or reloads the server's configuration. The trace shows the consequence only: a client that gives up, here by a Terminate in the middle of an answer.",
        mend: "Handle these three in the one place where messages are read, before anything looks for an answer.",
        record: "Both directions up to the moment at which the client gives up, and what it told its user.",
        seen: &["gel PR 8202"],
        says: &[],
        wrong: r#"
(started)
F Query "SELECT warn() AS n"
B RowDescription [("n" 0 0 23 4 -1 text)]
B NoticeResponse [("S" "WARNING") ("V" "WARNING") ("C" "01000") ("M" "careful")]
F Terminate
"#,
        right: r#"
(started)
F Query "SELECT warn() AS n"
B RowDescription [("n" 0 0 23 4 -1 text)]
B NoticeResponse [("S" "WARNING") ("V" "WARNING") ("C" "01000") ("M" "careful")]
B DataRow ["1"]
B CommandComplete "SELECT 1"
B ReadyForQuery idle
F Terminate
"#,
        section: Chapter::Asynchronous.flow(),
    },
    Rule {
        id: "L43",
        title: "A ReadyForQuery with an impossible status",
        by: Backend,
        severity: Warning,
        evidence: Manual(
            "ReadyForQuery (Message Formats): I outside a transaction block, T inside one, E inside one that has failed.",
        ),
        doc: "The letter of ReadyForQuery tells client and pooler whether a transaction block is open. After a BEGIN as the last command it is T, and after an error inside a block E, unless the command ended the block. A server that always says I makes clients commit into nothing and poolers hand a connection on in the middle of a transaction. libpq believes whatever it is told, so nobody notices until data is missing.",
        mend: "Keep the state of the block, and write T after BEGIN, E after an error inside it, I after COMMIT or ROLLBACK.",
        record: "Both directions from the BEGIN to the ReadyForQuery behind the COMMIT.",
        seen: &["readyset 1037", "duckgres PR 21"],
        says: &[],
        wrong: r#"
(started)
F Query "BEGIN"
B CommandComplete "BEGIN"
B ReadyForQuery idle
"#,
        right: r#"
(started)
F Query "BEGIN"
B CommandComplete "BEGIN"
B ReadyForQuery in_transaction
"#,
        section: simple_query::READY_FOR_QUERY.section,
    },
    Rule {
        id: "L44",
        title: "A command tag that clients cannot read",
        by: Backend,
        severity: Error,
        evidence: Refused("libpq cannot say how many rows there were, and psql complains to its user."),
        doc: "The text of CommandComplete is not for people. Drivers take the command and the number of rows from it: SELECT 5, UPDATE 2, and INSERT 0 3, where the first number was an oid once and has been 0 since. An INSERT with one number, a tag of another command, a whole sentence, or no number where one belongs make them report a wrong number of rows or none.",
        mend: "Write the command in capitals and the number of rows, and for INSERT a 0 between them.",
        record: "The query and its CommandComplete.",
        seen: &["pgwire PR 211", "readyset 1038", "crate 20085"],
        says: &[heard(Libpq, "could not interpret result from server: {}")],
        wrong: r#"
(started)
F Query "INSERT INTO fruit VALUES (1, 'fig')"
B CommandComplete "INSERT 1"
B ReadyForQuery idle
"#,
        right: r#"
(started)
F Query "INSERT INTO fruit VALUES (1, 'fig')"
B CommandComplete "INSERT 0 1"
B ReadyForQuery idle
"#,
        section: simple_query::COMMAND_COMPLETE.section,
    },
    Rule {
        id: "L66",
        title: "The tag of another command",
        by: Backend,
        severity: Warning,
        evidence: Manual("Message Formats, CommandComplete: the tag says which command was completed."),
        doc: "The tag of CommandComplete names the command that was run, and programs go by it: they show it, count the rows of an INSERT or UPDATE by it, and know from it whether a transaction has begun or ended. A COMMIT of a transaction that has failed is answered by ROLLBACK, since that is what it does: a program that hears COMMIT believes that its changes are stored.",
        mend: "Write the name of the command that was run, with the numbers that belong to it; answer COMMIT with ROLLBACK where the status was E.",
        record: "The Query, or the Parse of the statement, and everything up to ReadyForQuery.",
        seen: &[],
        says: &[],
        wrong: r#"
(started)
F Query "UPDATE fruit SET name = 'fig' WHERE id = 1"
B CommandComplete "INSERT 0 1"
B ReadyForQuery idle
"#,
        right: r#"
(started)
F Query "UPDATE fruit SET name = 'fig' WHERE id = 1"
B CommandComplete "UPDATE 1"
B ReadyForQuery idle
"#,
        section: simple_query::COMMAND_COMPLETE.section,
    },
    Rule {
        id: "L67",
        title: "A command that is run in a failed transaction",
        by: Backend,
        severity: Warning,
        evidence: Manual(
            "Message Formats, ReadyForQuery: E says that queries are rejected until the failed transaction block is ended.",
        ),
        doc: "An error in a transaction block fails the block, and ReadyForQuery says E from then on. Until COMMIT or ROLLBACK ends it, or ROLLBACK TO goes back to a savepoint, a server refuses every command. A program relies on that: what it sends behind the error it did not look at must not be done.",
        mend: "Answer with ErrorResponse, SQLSTATE 25P02, to all that does not end the block, and end it without storing anything.",
        record: "Everything from the error to the command, with the ReadyForQuery between.",
        seen: &[],
        says: &[],
        wrong: r#"
(started)
F Query "BEGIN"
B CommandComplete "BEGIN"
B ReadyForQuery intransaction
F Query "SELEC"
B ErrorResponse [("S" "ERROR") ("V" "ERROR") ("C" "42601") ("M" "syntax error at or near \"SELEC\"")]
B ReadyForQuery failedtransaction
F Query "UPDATE fruit SET name = 'fig'"
B CommandComplete "UPDATE 2"
B ReadyForQuery failedtransaction
"#,
        right: r#"
(started)
F Query "BEGIN"
B CommandComplete "BEGIN"
B ReadyForQuery intransaction
F Query "SELEC"
B ErrorResponse [("S" "ERROR") ("V" "ERROR") ("C" "42601") ("M" "syntax error at or near \"SELEC\"")]
B ReadyForQuery failedtransaction
F Query "UPDATE fruit SET name = 'fig'"
B ErrorResponse [("S" "ERROR") ("V" "ERROR") ("C" "25P02") ("M" "current transaction is aborted, commands ignored until end of transaction block")]
B ReadyForQuery failedtransaction
"#,
        section: simple_query::READY_FOR_QUERY.section,
    },
    Rule {
        id: "L45",
        title: "An error or notice without severity, SQLSTATE or text",
        by: Backend,
        severity: Warning,
        evidence: Manual("Error and Notice Message Fields: S, C and M are always present."),
        doc: "Three fields are in every ErrorResponse and NoticeResponse: S, the severity, C, the SQLSTATE, and M, the text. Programs decide by the SQLSTATE whether to try again, and many read it without looking whether it is there. V, the severity in English, is in all messages of servers since 9.6. libpq shows what it gets and leaves out what it does not get.",
        mend: "Send S, V, C and M in every error and notice; XX000 is the SQLSTATE of what has no better one.",
        record: "The ErrorResponse or NoticeResponse whole.",
        seen: &["crate PR 3855"],
        says: &[heard(Libpq, "no error message available")],
        wrong: r#"
(started)
F Query "SELECT 1/0"
B ErrorResponse [("S" "ERROR") ("V" "ERROR") ("M" "division by zero")]
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
        id: "L46",
        title: "Values in a format that was not asked for",
        by: Backend,
        severity: Warning,
        evidence: Manual(
            "Message Flow, Simple Query: values come as text, except where FETCH reads a cursor that was declared BINARY.",
        ),
        doc: "A simple Query cannot ask for a format, so that its values are text; the one exception is FETCH from a cursor that was declared BINARY. In the extended protocol Bind says which format each column shall have, and RowDescription for a portal repeats it. A client that asked for text reads what comes as text, and most do not look at the format at all: psql shows nothing for the four bytes of a number.",
        mend: "Send text in answer to a Query, and exactly the formats of Bind in answer to an Execute.",
        record: "The query or Bind, the RowDescription and one row.",
        seen: &["questdb 7566", "risingwave 11419"],
        says: &[],
        wrong: r#"
(started)
F Query "SELECT 1 AS n"
B RowDescription [("n" 0 0 23 4 -1 binary)]
B DataRow [\x00000001]
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
    Rule {
        id: "L56",
        title: "An answer while nothing is asked",
        by: Backend,
        severity: Warning,
        evidence: Manual(
            "Message Flow, Asynchronous Operations: unasked come only notices, settings, notifications, and an error before the server closes.",
        ),
        doc: "After ReadyForQuery the server waits, and says nothing of its own but notices, settings, notifications and, before it closes, an error. Anything else is an answer that came too late or twice. libpq drops it with a notice; clients that send the next request before they look take it for that request's answer, and everything is shifted by one from there. Poolers make this mistake when they give a connection to the next client too early.",
        mend: "Send ReadyForQuery last; in a pooler, wait for the ReadyForQuery of every Sync before the connection is used again.",
        record: "Both directions from the request before; of a pooler, on both of its sides.",
        seen: &["pgbouncer 822"],
        says: &[
            heard(Libpq, "message type {} arrived from server while idle"),
            read(NodePostgres, "Received unexpected {} message from backend."),
        ],
        wrong: r#"
(started)
F Query "SELECT 1 AS n"
B RowDescription [("n" 0 0 23 4 -1 text)]
B DataRow ["1"]
B CommandComplete "SELECT 1"
B ReadyForQuery idle
B ParseComplete
"#,
        right: r#"
(started)
F Query "SELECT 1 AS n"
B RowDescription [("n" 0 0 23 4 -1 text)]
B DataRow ["1"]
B CommandComplete "SELECT 1"
B ReadyForQuery idle
"#,
        section: Chapter::Asynchronous.flow(),
    },
];
