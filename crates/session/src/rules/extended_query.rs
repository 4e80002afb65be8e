//! Parse, Bind, Describe, Execute, Close and Sync: which answer comes when, and what an error skips.

use pgscope_proto::Direction::{Backend, Frontend};
use pgscope_proto::Severity::{Error, Warning};
use pgscope_proto::messages::extended_query;
use pgscope_proto::schema::Chapter;

use super::Evidence::{Manual, Refused};
use super::Program::*;
use super::{Rule, WAITS, heard, read, refused};

pub(super) static RULES: &[Rule] = &[
    Rule {
        id: "L22",
        title: "ReadyForQuery or more answers before the Sync after an error",
        by: Backend,
        severity: Error,
        evidence: Refused("libpq in pipeline mode takes the early ReadyForQuery for the answer to the next Sync."),
        doc: "When a message of the extended protocol fails, the server sends one ErrorResponse, reads on to the next Sync without doing or answering anything, and then sends one ReadyForQuery. A server that sends ReadyForQuery at once sends another one for the Sync, and from then on is one answer ahead of its client. A server that goes on with the messages behind the failed one does what its client believes to be undone.",
        mend: "After an error in the extended protocol throw away every message up to Sync unanswered, and send ReadyForQuery for the Sync alone.",
        record: "Both directions from the Parse to the second request behind the error.",
        seen: &["pgwire PR 146", "rrdb 279", "psql-wire 129", "cockroach 103936", "pgcat PR 132"],
        says: &[
            heard(Libpq, "message type {} arrived from server while idle"),
            heard(Libpq, "cannot exit pipeline mode while busy"),
            read(
                Npgsql,
                "Received backend message RowDescription while expecting ParseCompleteMessage. Please file a bug.",
            ),
        ],
        wrong: r#"
(started)
F Parse "" "SELECT 1/0 AS n"
F Bind
F Describe portal
F Execute
F Sync
B ParseComplete
B ErrorResponse [("S" "ERROR") ("V" "ERROR") ("C" "22012") ("M" "division by zero")]
B ReadyForQuery idle
B ReadyForQuery idle
"#,
        right: r#"
(started)
F Parse "" "SELECT 1/0 AS n"
F Bind
F Describe portal
F Execute
F Sync
B ParseComplete
B ErrorResponse [("S" "ERROR") ("V" "ERROR") ("C" "22012") ("M" "division by zero")]
B ReadyForQuery idle
"#,
        section: Chapter::ExtendedQuery.flow(),
    },
    Rule {
        id: "L23",
        title: "Two ReadyForQuery for one Sync",
        by: Backend,
        severity: Error,
        evidence: Refused("libpq in pipeline mode takes the second one for the answer to the next Sync."),
        doc: "Each Sync and each Query is answered by exactly one ReadyForQuery. A second one is read as the end of the next request, before that request was even sent, and from then on every answer is taken for the answer to the request behind it. Servers that send one after Close or Execute as well make this mistake, and so do proxies that answer a Sync themselves and pass it on.",
        mend: "Count: as many ReadyForQuery as there were Sync and Query messages, and one at the end of the start-up.",
        record: "Both directions from the Sync to the answer of the request behind it.",
        seen: &["ClickHouse PR 108469", "pglite 958"],
        says: &[
            heard(Libpq, "message type {} arrived from server while idle"),
            heard(Libpq, "cannot exit pipeline mode while busy"),
            read(Npgsql, "Received backend message ReadyForQuery while expecting {}. Please file a bug."),
        ],
        wrong: r#"
(started)
F Parse "s" "SELECT 1 AS n"
F Sync
B ParseComplete
B ReadyForQuery idle
B ReadyForQuery idle
"#,
        right: r#"
(started)
F Parse "s" "SELECT 1 AS n"
F Sync
B ParseComplete
B ReadyForQuery idle
"#,
        section: extended_query::SYNC.section,
    },
    Rule {
        id: "L24",
        title: "A Flush that is not obeyed",
        by: Backend,
        severity: Error,
        evidence: Refused("libpq waits for the answer for ever."),
        doc: "A server may keep the answers to extended messages in its buffer until Sync. A Flush tells it to send what it has now, without ending anything: there is no ReadyForQuery for it. A server that ignores Flush, or a proxy that forwards answers only when it sees a ReadyForQuery, lets a client wait that will send its Sync only after it has seen the answer. Asyncpg sends Flush, and so does libpq in pipeline mode where its program asks for it.",
        mend: "Send everything that waits in the buffer when a Flush is read; in a proxy, pass on what comes, whatever it is.",
        record: "Both directions with times, up to the moment at which both ends are silent.",
        seen: &["crate PR 9370", "pgcat 761", "pgcat 951", "pgcat 953", "multigres PR 924"],
        says: &[heard(Libpq, WAITS)],
        wrong: r#"
(started)
F Parse "s" "SELECT 1 AS n"
F Flush
"#,
        right: r#"
(started)
F Parse "s" "SELECT 1 AS n"
F Flush
B ParseComplete
F Sync
B ReadyForQuery idle
"#,
        section: extended_query::FLUSH.section,
    },
    Rule {
        id: "L25",
        title: "Rows without a description",
        by: Backend,
        severity: Error,
        evidence: Refused("libpq refuses the rows."),
        doc: "DataRow holds values without names and types; RowDescription gives them, in answer to a Query or a Describe. A server that answers Describe with NoData, because it does not yet know what the statement returns, has promised that there will be no rows. A client that gets them all the same cannot tell what they are, and refuses them. Statements such as SHOW, EXPLAIN, CALL and anything with RETURNING give rows, too.",
        mend: "Answer Describe with the RowDescription of the statement, even if you must plan it for that.",
        record: "Both directions from the Parse to the rows.",
        seen: &["duckgres PR 15", "duckgres PR 16", "duckgres PR 24", "risingwave 8089", "crate 14778"],
        says: &[
            heard(Libpq, "server sent data (\"D\" message) without prior row description (\"T\" message)"),
            read(Pgjdbc, "Received resultset tuples, but no field structure for them"),
            read(Pgx, "unexpected DataRow message without preceding RowDescription"),
        ],
        wrong: r#"
(started)
F Parse "" "SELECT 1 AS n"
F Bind
F Describe portal
F Execute
F Sync
B ParseComplete
B BindComplete
B NoData
B DataRow ["1"]
B CommandComplete "SELECT 1"
B ReadyForQuery idle
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
        section: Chapter::ExtendedQuery.flow(),
    },
    Rule {
        id: "L26",
        title: "A RowDescription in answer to Execute",
        by: Backend,
        severity: Error,
        evidence: Refused("libpq ends the result at the second description and refuses the rows behind it."),
        doc: "In the simple protocol a RowDescription goes before the rows. In the extended protocol it answers Describe, once, and Execute gives nothing but the rows and their end. A server that uses the same code for both describes the rows a second time, or describes them to a client that did not ask. libpq ends the result there and refuses the rows that follow; Npgsql and pgjdbc end with an error as well.",
        mend: "Send RowDescription in answer to Describe only, and not for statements without rows.",
        record: "Both directions from the Parse to the ReadyForQuery.",
        seen: &["doltgresql PR 255", "doltgresql PR 273", "readyset 1035", "proxysql 5082"],
        says: &[
            heard(Libpq, "server sent data (\"D\" message) without prior row description (\"T\" message)"),
            read(Npgsql, "Received unexpected backend message RowDescription"),
        ],
        wrong: r#"
(started)
F Parse "" "SELECT 1 AS n"
F Bind
F Describe portal
F Execute
F Sync
B ParseComplete
B BindComplete
B RowDescription [("n" 0 0 23 4 -1 text)]
B RowDescription [("n" 0 0 23 4 -1 text)]
B DataRow ["1"]
B CommandComplete "SELECT 1"
B ReadyForQuery idle
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
        section: extended_query::EXECUTE.section,
    },
    Rule {
        id: "L27",
        title: "ParameterDescription missing, misplaced or for a portal",
        by: Backend,
        severity: Error,
        evidence: Refused(
            "libpq forgets the columns of a portal whose description begins with its parameters, and refuses its rows.",
        ),
        doc: "Describe of a statement has two answers: ParameterDescription, even if there are no parameters, and then RowDescription or NoData. Describe of a portal has only the second, since its parameters are bound already. A client that waits for two messages and gets one takes the next answer for it, and one that reads them in the wrong order refuses them. libpq puts up with a missing ParameterDescription, and its program then believes that there are no parameters.",
        mend: "Send ParameterDescription first for S, and never for P.",
        record: "The Describe with its letter, and everything up to the ReadyForQuery.",
        seen: &["questdb PR 5615", "pgwire PR 145", "h2 PR 348"],
        says: &[
            heard(Libpq, "server sent data (\"D\" message) without prior row description (\"T\" message)"),
            read(TokioPostgres, "unexpected message from server"),
        ],
        wrong: r#"
(started)
F Parse "" "SELECT 1 AS n"
F Bind
F Describe portal
F Execute
F Sync
B ParseComplete
B BindComplete
B ParameterDescription []
B RowDescription [("n" 0 0 23 4 -1 text)]
B DataRow ["1"]
B CommandComplete "SELECT 1"
B ReadyForQuery idle
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
        section: extended_query::DESCRIBE.section,
    },
    Rule {
        id: "L34",
        title: "A PortalSuspended that suspends nothing",
        by: Backend,
        severity: Error,
        evidence: Refused("libpq, which never sets a limit, drops the answer as unknown."),
        doc: "PortalSuspended ends an Execute whose limit of rows was reached. It comes behind the rows, in the place of CommandComplete and never together with it, and only if Execute had a limit. The portal then lives on until it is closed or the transaction ends; without a block that is the next Sync. A server that suspends without a limit cuts results short, and one that keeps portals over a Sync hides a mistake that a real server would show with 34000.",
        mend: "End each Execute with one message: PortalSuspended if its limit was reached, CommandComplete if not.",
        record: "Both directions from the Bind to the ReadyForQuery.",
        seen: &["arcadedb 6458", "arcadedb 8212", "pgwire PR 424", "metabase 76873"],
        says: &[
            heard(Libpq, "unexpected response from server; first received character was \"s\""),
            refused("34000", "portal \"{}\" does not exist"),
        ],
        wrong: r#"
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
B PortalSuspended
B CommandComplete "SELECT 1"
B ReadyForQuery idle
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
        section: extended_query::PORTAL_SUSPENDED.section,
    },
    Rule {
        id: "L35",
        title: "Success for a statement or portal that does not exist",
        by: Backend,
        severity: Warning,
        evidence: Manual(
            "Message Flow, Extended Query: Bind names a statement that was prepared, and Execute a portal that was bound; anything else is an error.",
        ),
        doc: "A Bind to a statement that was never prepared fails with 26000, and an Execute of a portal that is not there with 34000. A server that says yes all the same leaves the client with rows of some other statement, or none, and without a reason to doubt them. Behind a pooler this also hides that the statement was prepared on another connection.",
        mend: "Answer with an ErrorResponse of SQLSTATE 26000 for a statement, 34000 for a portal.",
        record: "Both directions from the start of the connection, since the Parse may be far before.",
        seen: &["arcadedb 8211"],
        says: &[
            read(PostgreSQL, "prepared statement \"{}\" does not exist"),
            read(PostgreSQL, "portal \"{}\" does not exist"),
        ],
        wrong: r#"
(started)
F Bind "" "nowhere"
F Describe portal
F Execute
F Sync
B BindComplete
B RowDescription [("n" 0 0 23 4 -1 text)]
B DataRow ["1"]
B CommandComplete "SELECT 1"
B ReadyForQuery idle
"#,
        right: r#"
(started)
F Bind "" "nowhere"
F Describe portal
F Execute
F Sync
B ErrorResponse [("S" "ERROR") ("V" "ERROR") ("C" "26000") ("M" "prepared statement \"nowhere\" does not exist")]
B ReadyForQuery idle
"#,
        section: extended_query::BIND.section,
    },
    Rule {
        id: "L48",
        title: "An error for closing what does not exist",
        by: Backend,
        severity: Warning,
        evidence: Manual(
            "Message Flow, Extended Query: closing a statement or portal that does not exist is not an error.",
        ),
        doc: "Close makes sure that a name is free. If there is nothing under it, that is already so, and the answer is CloseComplete. A client sends Close without looking, often in one batch with what it wants next; an error there makes the server skip the rest of the batch and fails a transaction that had done nothing wrong.",
        mend: "Answer Close with CloseComplete whether or not the name exists.",
        record: "The Close and everything up to the ReadyForQuery.",
        seen: &["odyssey 1361"],
        says: &[],
        wrong: r#"
(started)
F Close statement "nowhere"
F Sync
B ErrorResponse [("S" "ERROR") ("V" "ERROR") ("C" "26000") ("M" "prepared statement \"nowhere\" does not exist")]
B ReadyForQuery idle
"#,
        right: r#"
(started)
F Close statement "nowhere"
F Sync
B CloseComplete
B ReadyForQuery idle
"#,
        section: extended_query::CLOSE.section,
    },
    Rule {
        id: "L53",
        title: "A name that is prepared already",
        by: Frontend,
        severity: Error,
        evidence: Refused("PostgreSQL refuses the Parse."),
        doc: "A statement with a name lives until it is closed or the connection ends, and its name cannot be given again before that. Only the unnamed statement may be replaced at will. Behind a pooler the connection to the server outlives the client, and the next client's s1 meets the s1 of the one before it.",
        mend: "Close the name first or choose one that was never used; in a pooler, keep a map of names for each client or run DISCARD ALL between them.",
        record: "Both directions from the start of the connection; of a pooler, on its server's side.",
        seen: &["pgdog 677"],
        says: &[refused("42P05", "prepared statement \"{}\" already exists")],
        wrong: r#"
(started)
F Parse "s" "SELECT 1 AS n"
F Sync
B ParseComplete
B ReadyForQuery idle
F Parse "s" "SELECT 2 AS n"
F Sync
B ErrorResponse [("S" "ERROR") ("V" "ERROR") ("C" "42P05") ("M" "prepared statement \"s\" already exists")]
B ReadyForQuery idle
"#,
        right: r#"
(started)
F Parse "s" "SELECT 1 AS n"
F Sync
B ParseComplete
B ReadyForQuery idle
F Close statement "s"
F Sync
B CloseComplete
B ReadyForQuery idle
F Parse "s" "SELECT 2 AS n"
F Sync
B ParseComplete
B ReadyForQuery idle
"#,
        section: extended_query::PARSE.section,
    },
    Rule {
        id: "L68",
        title: "Several statements in one Parse",
        by: Frontend,
        severity: Error,
        evidence: Refused("PostgreSQL refuses the Parse, and throws away everything up to Sync."),
        doc: "A prepared statement is one statement: it has one list of parameters and one set of columns. Texts with several statements are for Query, which takes no parameters. A semicolon at the end is allowed, and so are empty statements.",
        mend: "Prepare each statement by itself, or send the text as a Query.",
        record: "The Parse and the answer to it.",
        seen: &[],
        says: &[refused("42601", "cannot insert multiple commands into a prepared statement")],
        wrong: r#"
(started)
F Parse "" "SELECT 1 AS n; SELECT 2 AS n"
F Bind
F Describe portal
F Execute
F Sync
"#,
        right: r#"
(started)
F Parse "" "SELECT 1 AS n;"
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
        section: extended_query::PARSE.section,
    },
    Rule {
        id: "L54",
        title: "A batch without Sync or Flush",
        by: Frontend,
        severity: Error,
        evidence: Refused("PostgreSQL keeps its answer and waits."),
        doc: "The server may keep what it answers to Parse, Bind, Describe and Execute until a Sync, a Flush or a full buffer. A client that sends them and then waits has asked for nothing to be sent, and both ends wait for ever. Whether it works by chance depends on how much the answer has to say: a large result fills the buffer.",
        mend: "Send Sync behind the batch, or Flush if it is not at its end.",
        record: "Both directions with times, up to the moment at which both ends are silent.",
        seen: &[],
        says: &[heard(PostgreSQL, WAITS)],
        wrong: r#"
(started)
F Parse "" "SELECT 1 AS n"
F Bind
F Describe portal
F Execute
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
        section: extended_query::SYNC.section,
    },
    Rule {
        id: "L55",
        title: "An Execute that ends twice, or not where its limit says",
        by: Backend,
        severity: Warning,
        evidence: Manual(
            "Message Flow, Extended Query: an Execute ends with exactly one of CommandComplete, EmptyQueryResponse, ErrorResponse and PortalSuspended.",
        ),
        doc: "An Execute has one end: CommandComplete, EmptyQueryResponse, PortalSuspended or an error. Its limit is the largest number of rows before that end; where it was reached the end is PortalSuspended, even if no further row will come. A client that reads a cursor in parts takes a CommandComplete for the end of all rows, and a second end for the end of the next request.",
        mend: "Count the rows of each Execute, and send one end for it.",
        record: "Both directions from the Bind to the ReadyForQuery.",
        seen: &["shardingsphere PR 5178", "proxysql 5900", "duckgres PR 1038"],
        says: &[],
        wrong: r#"
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
B CommandComplete "SELECT 1"
B ReadyForQuery idle
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
        section: extended_query::EXECUTE.section,
    },
    Rule {
        id: "L57",
        title: "An answer that is left out or comes in another's place",
        by: Backend,
        severity: Error,
        evidence: Refused(
            "libpq in pipeline mode waits for an answer that was left out, and outside it loses the rows.",
        ),
        doc: "The server answers in the order of the requests, each in full: ParseComplete, BindComplete, a description, the rows and their end, and ReadyForQuery behind all of them. A driver that pipelines has a queue of what it awaits and looks at the first of it. If one answer is left out every later one is off by one, and a ReadyForQuery before its time makes it believe that the rest was skipped.",
        mend: "Keep a queue of the requests and answer them one by one; in a proxy, do not answer on the server's behalf before what came earlier is answered.",
        record: "Both directions from the first message of the batch to the ReadyForQuery behind the next.",
        seen: &["pg-gateway 12", "pgbouncer 759"],
        says: &[
            heard(Libpq, "cannot exit pipeline mode while busy"),
            read(Npgsql, "Received backend message {} while expecting {}. Please file a bug."),
            read(Asyncpg, "got result for unknown protocol state {}"),
        ],
        wrong: r#"
(started)
F Parse "" "SELECT 1 AS n"
F Bind
F Describe portal
F Execute
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
        right: r#"
(started)
F Parse "" "SELECT 1 AS n"
F Bind
F Describe portal
F Execute
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
B ParseComplete
B BindComplete
B RowDescription [("n" 0 0 23 4 -1 text)]
B DataRow ["1"]
B CommandComplete "SELECT 1"
B ReadyForQuery idle
"#,
        section: Chapter::ExtendedQuery.flow(),
    },
];
