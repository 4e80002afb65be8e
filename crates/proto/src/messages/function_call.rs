//! The fast path: a function called by its oid.

use super::common::*;
use crate::schema::*;

const FORMAT: Field = coded("format", "format", Width::Two, FORMATS, Unlisted::Wrong, "0 for text, 1 for binary.");

/// Call a function by its oid.
pub static FUNCTION_CALL: Message = Message {
    field: message(
        "functioncall",
        "FunctionCall",
        "Calls a function of the server by its object id, past the SQL parser. A relic: a prepared SELECT does the same. libpq still uses it for large objects.",
    ),
    sender: Sender::Frontend,
    head: Head::Tag(b'F'),
    chapter: Chapter::FunctionCall,
    since: "protocol 3.0",
    section: formats("protocol-message-formats.html#PROTOCOL-MESSAGE-FORMATS-FUNCTIONCALL"),
    fields: &[
        TAG,
        LENGTH,
        int(
            "function",
            "function oid",
            Width::Four,
            Show::Oid,
            "The object id of the function in pg_proc: 952 is lo_open, 955 is lowrite.",
        ),
        counted(
            "argument_formats",
            "argument formats",
            &count(
                "format count",
                Width::Two,
                "0: all arguments are text. 1: the one format stands for all. Otherwise one for each argument.",
            ),
            &FORMAT,
            "The formats of the arguments: one for each, one for all, or none, which means text. libpq always says binary.",
        ),
        counted(
            "arguments",
            "arguments",
            &count(
                "argument count",
                Width::Two,
                "How many arguments follow: as many as the function has. There are no defaults here, as SQL would fill them in.",
            ),
            &parameter(
                "argument",
                "argument",
                "One argument: its length, then its bytes. -1 is NULL; a strict function then gives NULL without being called.",
            ),
            "The arguments, in the order of the function's definition.",
        ),
        coded(
            "result_format",
            "result format",
            Width::Two,
            FORMATS,
            Unlisted::Wrong,
            "The format in which the client wants the result. One code, not a list: a function called so gives one value.",
        ),
    ],
    sample: sample(b"F\0\0\0\x18\0\0\x03\xb8\0\x01\0\x01\0\x01\0\0\0\x04\0\0\0\x05\0\x01"),
};

/// The function's result.
pub static FUNCTION_CALL_RESPONSE: Message = Message {
    field: message(
        "functioncallresponse",
        "FunctionCallResponse",
        "The result of a FunctionCall. ReadyForQuery follows, as after a Query: no Sync is needed.",
    ),
    sender: Sender::Backend,
    head: Head::Tag(b'V'),
    chapter: Chapter::FunctionCall,
    since: "protocol 3.0",
    section: formats("protocol-message-formats.html#PROTOCOL-MESSAGE-FORMATS-FUNCTIONCALLRESPONSE"),
    fields: &[
        TAG,
        LENGTH,
        value(
            "result",
            "result",
            "The value that the function gave. A function without a result gives an empty value.",
        ),
    ],
    sample: sample(b"V\0\0\0\x0c\0\0\0\x04\0\0\0\x2a"),
};
