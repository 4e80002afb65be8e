//! Which rule a message breaks that stands where another was awaited: a row a kind of mistake, the first that fits.

use pgscope_proto::Message;
use pgscope_proto::conversation::Asks;
use pgscope_proto::messages::{
    asynchronous, authentication, copy, extended_query, function_call, simple_query, startup,
};

use super::ANY;

/// A kind of mistake.
pub(super) struct Row {
    /// The message that stands where it may not.
    message: &'static Message,
    /// In the answer to which requests; none stands for all.
    asks: &'static [Asks],
    /// The rule.
    pub(super) rule: &'static str,
    /// Why it may not.
    pub(super) words: &'static str,
}

const fn row(message: &'static Message, asks: &'static [Asks], rule: &'static str, words: &'static str) -> Row {
    Row { message, asks, rule, words }
}

static ROWS: &[Row] = &[
    row(
        &simple_query::DATA_ROW,
        &[Asks::Query],
        "L25",
        "a row of a Query comes behind a RowDescription: without it a client does not know its columns",
    ),
    row(&simple_query::DATA_ROW, ANY, "L25", "rows come in answer to Execute or Query, and only while it runs"),
    row(
        &simple_query::ROW_DESCRIPTION,
        &[Asks::Execute],
        "L26",
        "Execute is answered by rows alone: what they are is told to who asks with Describe",
    ),
    row(
        &simple_query::ROW_DESCRIPTION,
        &[Asks::DescribeStatement],
        "L27",
        "Describe of a statement is answered by ParameterDescription first, also if it takes no parameters",
    ),
    row(&simple_query::ROW_DESCRIPTION, ANY, "L26", "nothing that is being answered has columns to describe here"),
    row(
        &extended_query::NO_DATA,
        &[Asks::DescribeStatement],
        "L27",
        "Describe of a statement is answered by ParameterDescription first, also if it takes no parameters",
    ),
    row(
        &extended_query::NO_DATA,
        &[Asks::Execute],
        "L35",
        "NoData answers Describe: an Execute without rows ends with CommandComplete",
    ),
    row(&extended_query::NO_DATA, ANY, "L57", "NoData answers nothing but Describe"),
    row(
        &extended_query::PARAMETER_DESCRIPTION,
        ANY,
        "L27",
        "ParameterDescription answers Describe of a statement, and nothing else: the parameters of a portal are bound already",
    ),
    row(
        &extended_query::PORTAL_SUSPENDED,
        ANY,
        "L34",
        "PortalSuspended ends an Execute whose limit was reached, and nothing else",
    ),
    row(
        &simple_query::EMPTY_QUERY_RESPONSE,
        ANY,
        "L36",
        "EmptyQueryResponse stands in place of CommandComplete where the text has no statement",
    ),
    row(
        &simple_query::COMMAND_COMPLETE,
        &[Asks::Sync],
        "L55",
        "an Execute ends once, with CommandComplete or PortalSuspended, and all of them have ended",
    ),
    row(
        &simple_query::COMMAND_COMPLETE,
        ANY,
        "L57",
        "CommandComplete ends one statement of a Query, or an Execute, once",
    ),
    row(&copy::COPY_IN_RESPONSE, ANY, "L57", "a COPY begins with this in answer to Query or Execute, and only there"),
    row(&copy::COPY_OUT_RESPONSE, ANY, "L57", "a COPY begins with this in answer to Query or Execute, and only there"),
    row(&copy::COPY_BOTH_RESPONSE, ANY, "L57", "this begins a replication stream, in answer to a Query"),
    row(&copy::COPY_DATA, ANY, "L57", "no COPY is under way in which the server would send data"),
    row(&copy::COPY_DONE, ANY, "L57", "no COPY is under way that the server could end"),
    row(
        &asynchronous::NEGOTIATE_PROTOCOL_VERSION,
        ANY,
        "L58",
        "the version is negotiated once, before the authentication",
    ),
    row(
        &startup::SSL_ACCEPTED,
        &[Asks::Gss],
        "L59",
        "a GSSENCRequest is answered by G or N; S is an answer to SSLRequest",
    ),
    row(
        &startup::GSS_ACCEPTED,
        &[Asks::Tls],
        "L59",
        "an SSLRequest is answered by S or N; G is an answer to GSSENCRequest",
    ),
    row(&startup::ENCRYPTION_REFUSED, ANY, "L59", "nothing was asked that is answered by a bare byte"),
    row(&asynchronous::BACKEND_KEY_DATA, ANY, "L57", "the key is told once, behind AuthenticationOk"),
    row(&function_call::FUNCTION_CALL_RESPONSE, ANY, "L57", "this answers FunctionCall, and nothing else"),
    row(&authentication::AUTHENTICATION_OK, ANY, "L19", "the steps of the authentication are out of order"),
    row(&authentication::AUTHENTICATION_SASL_CONTINUE, ANY, "L19", "the steps of the authentication are out of order"),
    row(&authentication::AUTHENTICATION_SASL_FINAL, ANY, "L19", "the steps of the authentication are out of order"),
];

/// Behind all rows.
static OTHER: Row = row(&simple_query::READY_FOR_QUERY, ANY, "L57", "it answers nothing that was asked");

/// The row for a message in the answer to a request.
pub(super) fn of(message: &'static Message, asks: Option<Asks>) -> &'static Row {
    let fits = |row: &&Row| {
        *row.message == *message && (row.asks.is_empty() || asks.is_some_and(|asks| row.asks.contains(&asks)))
    };
    ROWS.iter().find(fits).unwrap_or(&OTHER)
}
