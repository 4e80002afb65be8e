//! For each request the grammar of its answer, and what a failure leaves behind.

use crate::messages::{
    asynchronous, authentication, base_backup, copy, errors, extended_query, function_call, pgoutput,
};
use crate::messages::{replication, simple_query, startup, unknown};
use crate::schema::{Chapter, Section, built_in};
use crate::{Direction, Message};

/// What the client asks for, and the server answers in the order in which it was asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(missing_docs, reason = "each is described in REQUESTS")]
#[repr(u8)]
pub enum Asks {
    Startup,
    Tls,
    Gss,
    Query,
    FunctionCall,
    Parse,
    Bind,
    DescribeStatement,
    DescribePortal,
    Execute,
    Close,
    Sync,
    Cancel,
}

impl Asks {
    /// What a message of the client asks for; nothing if the server does not answer it. Describe names what it means in its
    /// first byte.
    pub fn of(message: &'static Message, bytes: &[u8]) -> Option<Self> {
        use crate::schema::Head;
        Some(match message.head {
            Head::Tag(b'Q') => Asks::Query,
            Head::Tag(b'P') => Asks::Parse,
            Head::Tag(b'B') => Asks::Bind,
            Head::Tag(b'D') if crate::read::first_byte(bytes) == Some(b'S') => Asks::DescribeStatement,
            Head::Tag(b'D') => Asks::DescribePortal,
            Head::Tag(b'E') => Asks::Execute,
            Head::Tag(b'C') => Asks::Close,
            Head::Tag(b'S') => Asks::Sync,
            Head::Tag(b'F') => Asks::FunctionCall,
            Head::Startup(_) if *message == startup::SSL_REQUEST => Asks::Tls,
            Head::Startup(_) if *message == startup::GSSENC_REQUEST => Asks::Gss,
            Head::Startup(_) if *message == startup::CANCEL_REQUEST => Asks::Cancel,
            Head::Startup(_) => Asks::Startup,
            _ if *message == startup::STARTUP_MESSAGE => Asks::Startup,
            _ => return None,
        })
    }

    /// Its row of the table.
    #[allow(clippy::indexing_slicing, reason = "there is a row for each, in order: a test holds it")]
    pub fn request(self) -> &'static Request {
        &REQUESTS[self as usize]
    }

    /// Whether its answer ends with ReadyForQuery, and so a round.
    pub const fn ends_round(self) -> bool {
        matches!(self, Asks::Startup | Asks::Query | Asks::FunctionCall | Asks::Sync)
    }

    /// Whether the server may keep its answer until a Sync or a Flush pushes it.
    pub fn may_wait(self) -> bool {
        matches!(self.request().fails, Failure::SkipToSync)
    }
}

impl Asks {
    /// The request with this number, the first row of the table being 0.
    pub fn from_number(number: u8) -> Option<Self> {
        REQUESTS.get(number as usize).map(|request| request.asks)
    }
}

/// A request: the grammar of its answer, and what its failure does.
#[derive(Debug)]
pub struct Request {
    /// Which.
    pub asks: Asks,
    /// Its name in links, stable for ever: `execute`.
    pub id: &'static str,
    /// What a person calls it: `Execute`, `Describe of a statement`.
    pub name: &'static str,
    /// The message that asks.
    pub by: &'static Message,
    /// What is answered, in order.
    pub answer: Answer,
    /// What is left to say, and to read, after an ErrorResponse.
    pub fails: Failure,
    /// What is asked, what comes back, and what goes wrong.
    pub doc: &'static str,
    /// Where the manual tells it.
    pub section: Section,
}

/// What is said in answer, as a grammar.
#[derive(Debug)]
pub enum Answer {
    /// The server says one of these.
    Say(&'static [&'static Message]),
    /// The client says one of these: it is its turn in the middle of the answer.
    Hear(&'static [&'static Message]),
    /// One after the other.
    Then(&'static [Answer]),
    /// One of them.
    Any(&'static [Answer]),
    /// Any number of times, or not at all.
    Many(&'static Answer),
    /// Once or more often.
    Some(&'static Answer),
    /// Once or not at all.
    Maybe(&'static Answer),
    /// Nothing at all.
    Nothing,
}

/// What an ErrorResponse in an answer leaves behind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failure {
    /// The server throws away what it reads, requests of the simple protocol among it, up to the next Sync.
    SkipToSync,
    /// ReadyForQuery ends the answer at once.
    Ready,
    /// The server closes the connection.
    Close,
}

use Answer::{Any, Hear, Many, Maybe, Nothing, Say, Some as AtLeastOnce, Then};

/// COPY from the client: what it sends, and the end of it. Behind CopyFail comes an error, and nothing that says that it was done.
const COPIED_IN: Answer = Then(&[
    Say(&[&copy::COPY_IN_RESPONSE]),
    Many(&Hear(&[&copy::COPY_DATA])),
    Any(&[Hear(&[&copy::COPY_DONE]), Then(&[Hear(&[&copy::COPY_FAIL]), Say(&[&errors::ERROR_RESPONSE])])]),
]);

/// What the server copies. BASE_BACKUP goes on with the next archive, or with its last result, without a CommandComplete.
const COPIED_OUT: Answer =
    Then(&[Say(&[&copy::COPY_OUT_RESPONSE]), Many(&Say(&[&copy::COPY_DATA])), Say(&[&copy::COPY_DONE])]);

/// The same in answer to a Query: behind a base backup comes a row, which says where it ended.
const COPIED_OUT_OF_QUERY: Answer = Then(&[
    AtLeastOnce(&COPIED_OUT),
    Maybe(&Then(&[Say(&[&simple_query::ROW_DESCRIPTION]), Say(&[&simple_query::DATA_ROW])])),
]);

/// Replication: both send, and each ends its own direction. Behind it come the next timeline, if this one ended, and CommandComplete, mostly twice. A
/// server of any version may still say a keepalive behind its own CopyDone.
const COPY_BOTH: Answer = Then(&[
    Say(&[&copy::COPY_BOTH_RESPONSE]),
    Many(&Any(&[Say(&[&copy::COPY_DATA]), Hear(&[&copy::COPY_DATA])])),
    Any(&[
        Then(&[
            Say(&[&copy::COPY_DONE]),
            Many(&Any(&[Say(&[&copy::COPY_DATA]), Hear(&[&copy::COPY_DATA])])),
            Hear(&[&copy::COPY_DONE]),
        ]),
        Then(&[Hear(&[&copy::COPY_DONE]), Many(&Say(&[&copy::COPY_DATA])), Say(&[&copy::COPY_DONE])]),
    ]),
    Many(&Say(&[&copy::COPY_DATA])),
]);

/// One result of a Query. A command may end without columns (CREATE TABLE AS says `SELECT 3`), and rows may come under any
/// tag (INSERT with RETURNING, or with a rule).
const RESULT: Answer = Then(&[
    Any(&[
        Maybe(&Then(&[Say(&[&simple_query::ROW_DESCRIPTION]), Many(&Say(&[&simple_query::DATA_ROW]))])),
        COPIED_IN,
        COPIED_OUT_OF_QUERY,
    ]),
    Say(&[&simple_query::COMMAND_COMPLETE]),
]);

const AUTHENTICATION: Answer = Then(&[
    Maybe(&Any(&[
        Then(&[
            Say(&[
                &authentication::AUTHENTICATION_CLEARTEXT_PASSWORD,
                &authentication::AUTHENTICATION_MD5_PASSWORD,
                &authentication::AUTHENTICATION_CRYPT_PASSWORD,
                &authentication::AUTHENTICATION_KERBEROS_V4,
                &authentication::AUTHENTICATION_KERBEROS_V5,
                &authentication::AUTHENTICATION_SCM_CREDENTIAL,
            ]),
            Hear(&[&authentication::PASSWORD_MESSAGE]),
        ]),
        Then(&[
            Say(&[&authentication::AUTHENTICATION_SASL]),
            Hear(&[&authentication::SASL_INITIAL_RESPONSE]),
            // SCRAM has two steps and a last word of the server; OAUTHBEARER has neither if the token is right.
            Maybe(&Then(&[
                AtLeastOnce(&Then(&[
                    Say(&[&authentication::AUTHENTICATION_SASL_CONTINUE]),
                    Hear(&[&authentication::SASL_RESPONSE]),
                ])),
                Maybe(&Say(&[&authentication::AUTHENTICATION_SASL_FINAL])),
            ])),
        ]),
        Then(&[
            Say(&[&authentication::AUTHENTICATION_GSS, &authentication::AUTHENTICATION_SSPI]),
            Hear(&[&authentication::GSS_RESPONSE]),
            Many(&Then(&[
                Say(&[&authentication::AUTHENTICATION_GSS_CONTINUE]),
                Maybe(&Hear(&[&authentication::GSS_RESPONSE])),
            ])),
        ]),
    ])),
    Say(&[&authentication::AUTHENTICATION_OK]),
]);

/// Every request, in the order of [`Asks`].
pub static REQUESTS: [Request; 13] = [
    Request {
        asks: Asks::Startup,
        id: "startup",
        name: "StartupMessage",
        by: &startup::STARTUP_MESSAGE,
        answer: Then(&[
            Maybe(&Say(&[&asynchronous::NEGOTIATE_PROTOCOL_VERSION])),
            AUTHENTICATION,
            Many(&Say(&[&asynchronous::PARAMETER_STATUS, &asynchronous::BACKEND_KEY_DATA])),
            Say(&[&simple_query::READY_FOR_QUERY]),
        ]),
        fails: Failure::Close,
        doc: built_in(
            "Asks to be let in. The server may first say which version it speaks, then asks for a proof of who the client is, or for none. Behind AuthenticationOk come the settings, the key for cancel requests, and the first ReadyForQuery. An ErrorResponse on the way is the end: the server closes.",
        ),
        section: Chapter::Startup.flow(),
    },
    Request {
        asks: Asks::Tls,
        id: "sslrequest",
        name: "SSLRequest",
        by: &startup::SSL_REQUEST,
        answer: Say(&[&startup::SSL_ACCEPTED, &startup::ENCRYPTION_REFUSED]),
        fails: Failure::Close,
        doc: built_in(
            "Asks whether TLS may begin. The answer is one bare byte, S or N, without a length; a server that does not know the request says ErrorResponse and closes. Behind N the client may still send its StartupMessage in the clear.",
        ),
        section: Section::new("SSL Session Encryption", "protocol-flow.html#PROTOCOL-FLOW-SSL"),
    },
    Request {
        asks: Asks::Gss,
        id: "gssencrequest",
        name: "GSSENCRequest",
        by: &startup::GSSENC_REQUEST,
        answer: Say(&[&startup::GSS_ACCEPTED, &startup::ENCRYPTION_REFUSED]),
        fails: Failure::Close,
        doc: built_in(
            "Asks whether GSSAPI encryption may begin. The answer is one bare byte, G or N. Behind N the client may ask for TLS, or begin in the clear.",
        ),
        section: Section::new("GSSAPI Session Encryption", "protocol-flow.html#PROTOCOL-FLOW-GSSAPI"),
    },
    Request {
        asks: Asks::Query,
        id: "query",
        name: "Query",
        by: &simple_query::QUERY,
        answer: Then(&[
            Any(&[Say(&[&simple_query::EMPTY_QUERY_RESPONSE]), AtLeastOnce(&Then(&[Maybe(&COPY_BOTH), RESULT]))]),
            Say(&[&simple_query::READY_FOR_QUERY]),
        ]),
        fails: Failure::Ready,
        doc: built_in(
            "Runs a text of SQL. Each statement in it gives a result: a RowDescription and rows if it has any, then CommandComplete; COPY has a dialogue of its own. A text without a statement gives EmptyQueryResponse. At the end, whatever happened, comes ReadyForQuery: exactly one for each Query. After an ErrorResponse the rest of the text is not run.",
        ),
        section: Chapter::SimpleQuery.flow(),
    },
    Request {
        asks: Asks::FunctionCall,
        id: "functioncall",
        name: "FunctionCall",
        by: &function_call::FUNCTION_CALL,
        answer: Then(&[Say(&[&function_call::FUNCTION_CALL_RESPONSE]), Say(&[&simple_query::READY_FOR_QUERY])]),
        fails: Failure::Ready,
        doc: built_in(
            "Calls a function by its oid. The value comes back in FunctionCallResponse, then ReadyForQuery. It is a relic: SELECT of the function does the same.",
        ),
        section: Chapter::FunctionCall.flow(),
    },
    Request {
        asks: Asks::Parse,
        id: "parse",
        name: "Parse",
        by: &extended_query::PARSE,
        answer: Say(&[&extended_query::PARSE_COMPLETE]),
        fails: Failure::SkipToSync,
        doc: built_in(
            "Makes a prepared statement of SQL. A name stays until Close or the end of the connection, and cannot be made twice; the nameless statement is replaced by the next Parse or Query.",
        ),
        section: Chapter::ExtendedQuery.flow(),
    },
    Request {
        asks: Asks::Bind,
        id: "bind",
        name: "Bind",
        by: &extended_query::BIND,
        answer: Say(&[&extended_query::BIND_COMPLETE]),
        fails: Failure::SkipToSync,
        doc: built_in(
            "Makes a portal: a statement with its parameters, ready to run, and the formats in which its columns are wanted. A portal lives until it is closed or its transaction ends.",
        ),
        section: Chapter::ExtendedQuery.flow(),
    },
    Request {
        asks: Asks::DescribeStatement,
        id: "describe-statement",
        name: "Describe of a statement",
        by: &extended_query::DESCRIBE,
        answer: Then(&[
            Say(&[&extended_query::PARAMETER_DESCRIPTION]),
            Say(&[&simple_query::ROW_DESCRIPTION, &extended_query::NO_DATA]),
        ]),
        fails: Failure::SkipToSync,
        doc: built_in(
            "Asks what a statement takes and gives: always ParameterDescription first, then RowDescription, or NoData where it gives no rows. The formats are not known yet, so they are 0.",
        ),
        section: Chapter::ExtendedQuery.flow(),
    },
    Request {
        asks: Asks::DescribePortal,
        id: "describe-portal",
        name: "Describe of a portal",
        by: &extended_query::DESCRIBE,
        answer: Say(&[&simple_query::ROW_DESCRIPTION, &extended_query::NO_DATA]),
        fails: Failure::SkipToSync,
        doc: built_in(
            "Asks which columns a portal gives: RowDescription, with the formats that Bind asked for, or NoData. No ParameterDescription: the parameters are bound already.",
        ),
        section: Chapter::ExtendedQuery.flow(),
    },
    Request {
        asks: Asks::Execute,
        id: "execute",
        name: "Execute",
        by: &extended_query::EXECUTE,
        answer: Any(&[
            Then(&[
                Many(&Say(&[&simple_query::DATA_ROW])),
                Say(&[
                    &simple_query::COMMAND_COMPLETE,
                    &extended_query::PORTAL_SUSPENDED,
                    &simple_query::EMPTY_QUERY_RESPONSE,
                ]),
            ]),
            Then(&[Any(&[COPIED_IN, COPIED_OUT]), Say(&[&simple_query::COMMAND_COMPLETE])]),
        ]),
        fails: Failure::SkipToSync,
        doc: built_in(
            "Runs a portal. Its rows come without a RowDescription: who wants one asks with Describe. At the end stands exactly one of CommandComplete, EmptyQueryResponse, or PortalSuspended where the limit of rows was reached before the portal's end. No ReadyForQuery: that is the answer to Sync.",
        ),
        section: Chapter::ExtendedQuery.flow(),
    },
    Request {
        asks: Asks::Close,
        id: "close",
        name: "Close",
        by: &extended_query::CLOSE,
        answer: Say(&[&extended_query::CLOSE_COMPLETE]),
        fails: Failure::SkipToSync,
        doc: built_in(
            "Drops a statement or a portal. It is no error if there is none of that name. Closing a statement leaves its portals alone.",
        ),
        section: Chapter::ExtendedQuery.flow(),
    },
    Request {
        asks: Asks::Sync,
        id: "sync",
        name: "Sync",
        by: &extended_query::SYNC,
        answer: Say(&[&simple_query::READY_FOR_QUERY]),
        fails: Failure::Ready,
        doc: built_in(
            "Ends a round of the extended protocol. Each Sync is answered by exactly one ReadyForQuery, and by nothing else, whether the round failed or not. A transaction that no BEGIN opened ends here; an error at its commit comes before the ReadyForQuery.",
        ),
        section: Chapter::ExtendedQuery.flow(),
    },
    Request {
        asks: Asks::Cancel,
        id: "cancelrequest",
        name: "CancelRequest",
        by: &startup::CANCEL_REQUEST,
        answer: Nothing,
        fails: Failure::Close,
        doc: built_in(
            "Asks, on a connection of its own, to stop what another connection is doing. Nothing is answered, whether the key was right or not: the server closes. What came of it shows on the other connection.",
        ),
        section: Section::new("Canceling Requests in Progress", "protocol-flow.html#PROTOCOL-FLOW-CANCELING-REQUESTS"),
    },
];

/// What the server may say between any two messages, once the client was let in.
pub static ANYTIME: [&Message; 3] =
    [&errors::NOTICE_RESPONSE, &asynchronous::PARAMETER_STATUS, &asynchronous::NOTIFICATION_RESPONSE];

/// What the client says and the server does not answer, with the reason.
pub static UNANSWERED: [(&Message, &str); 3] = [
    (&extended_query::FLUSH, "Pushes out what was answered so far; there is no answer of its own."),
    (&simple_query::TERMINATE, "Ends the connection: the server closes without a word."),
    (&authentication::AUTHENTICATION_RESPONSE, "A proof whose kind only the request before it tells."),
];

/// What stands in no rule of the conversation: what is no message of it, what stands inside another message, and what comes
/// after encryption began.
pub static NEVER: &[&Message] = &[
    &startup::STARTUP_PACKET_2,
    &startup::UNKNOWN_STARTUP,
    &startup::GSS_PACKET,
    &startup::TLS_RECORD,
    &authentication::AUTHENTICATION_UNKNOWN,
    &errors::LEGACY_ERROR,
    &copy::COPY_BINARY_HEADER,
    &copy::COPY_BINARY_TUPLE,
    &copy::COPY_BINARY_TRAILER,
    &copy::COPY_TEXT_LINE,
    &replication::XLOG_DATA,
    &replication::PRIMARY_KEEPALIVE,
    &replication::PRIMARY_STATUS_UPDATE,
    &replication::STANDBY_STATUS_UPDATE,
    &replication::HOT_STANDBY_FEEDBACK,
    &replication::PRIMARY_STATUS_REQUEST,
    &base_backup::NEW_ARCHIVE,
    &base_backup::BACKUP_DATA,
    &base_backup::MANIFEST,
    &base_backup::PROGRESS,
    &pgoutput::BEGIN,
    &pgoutput::RELATION,
    &pgoutput::TYPE,
    &pgoutput::INSERT,
    &pgoutput::UPDATE,
    &pgoutput::DELETE,
    &pgoutput::TRUNCATE,
    &pgoutput::MESSAGE,
    &pgoutput::ORIGIN,
    &pgoutput::COMMIT,
    &pgoutput::STREAM_START,
    &pgoutput::STREAM_STOP,
    &pgoutput::STREAM_COMMIT,
    &pgoutput::STREAM_ABORT,
    &pgoutput::BEGIN_PREPARE,
    &pgoutput::PREPARE,
    &pgoutput::COMMIT_PREPARED,
    &pgoutput::ROLLBACK_PREPARED,
    &pgoutput::STREAM_PREPARE,
    &unknown::UNKNOWN_MESSAGE,
    &unknown::UNKNOWN_INNER,
    &unknown::UNREADABLE,
];

impl Answer {
    /// Who says what stands here, if it is one message.
    pub const fn said(&self) -> Option<(Direction, &'static [&'static Message])> {
        match self {
            Say(messages) => Option::Some((Direction::Backend, messages)),
            Hear(messages) => Option::Some((Direction::Frontend, messages)),
            _ => None,
        }
    }
}
