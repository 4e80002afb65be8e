//! ErrorResponse and NoticeResponse: lists of lettered fields.

use super::common::*;
use crate::privacy::Privacy;
use crate::schema::*;

const FIELDS: Section = Section::new("Error and Notice Message Fields", "protocol-error-fields.html");

/// The letters of error and notice fields.
pub const ERROR_FIELDS: &[Code] = &[
    letter(
        b'S',
        "severity",
        "ERROR, FATAL or PANIC; in a notice WARNING, NOTICE, DEBUG, INFO or LOG. In the server's language: do not compare it.",
    ),
    letter(b'V', "severity, not translated", "As S but always in English, for programs to read. Since PostgreSQL 9.6."),
    letter(b'C', "SQLSTATE", "The five characters that name the kind of error: the thing to test for in programs."),
    letter(
        b'M',
        "message",
        "What went wrong, usually in one line, in the language of lc_messages. For people: a program should look at the SQLSTATE.",
    ),
    letter(
        b'D',
        "detail",
        "More about it: often the values that did it, such as the key that exists already. It may hold data that do not belong in a log.",
    ),
    letter(b'H', "hint", "What might help. Unlike the detail it may be wrong."),
    letter(b'P', "position", "Where in the query, counted in characters from 1, not in bytes."),
    letter(
        b'p',
        "internal position",
        "As P, but in the internal query: it counts in the text of the field q, not in the one that the client sent.",
    ),
    letter(b'q', "internal query", "The text of a query that the server made itself, in a function for instance."),
    letter(
        b'W',
        "where",
        "The context: a stack of calls, one a line, the innermost first. For an error inside a function it is the only way to find the place.",
    ),
    letter(
        b's',
        "schema",
        "The schema of the table or type that the error is about. Since PostgreSQL 9.3, and only for errors about such things.",
    ),
    letter(
        b't',
        "table",
        "The table that the error is about, without its schema. A program can use it in place of picking names out of the message.",
    ),
    letter(b'c', "column", "The column that the error is about, such as the one that must not be NULL."),
    letter(b'd', "data type", "The data type that the error is about, such as the domain whose check failed."),
    letter(b'n', "constraint", "The constraint that was violated. An index counts as one."),
    letter(
        b'F',
        "file",
        "The file in the server's source that reported it: the quickest way to what the server was doing.",
    ),
    letter(b'L', "line", "The line in that file. It differs from version to version: no program should look at it."),
    letter(b'R', "routine", "The C function that reported it. It changes less often than the line."),
];

const LIST: Field = field(
    "fields",
    "fields",
    Kind::UntilZero {
        of: &group(
            "field",
            "field",
            &[
                coded(
                    "code",
                    "field type",
                    Width::One,
                    ERROR_FIELDS,
                    Unlisted::Future,
                    "A letter that says what the text is. Unknown letters are to be skipped, so that new ones can be added.",
                ),
                string(
                    "value",
                    "value",
                    "The text of this field, ended by a zero byte; it may hold newlines. In an error before start-up is over it is in no agreed encoding, so a careful client expects bytes that are not UTF-8.",
                ).is(Privacy::ErrorText),
            ],
            "A letter that says what the text is, then the text.",
        ),
        end: &END_OF_LIST,
    },
    Role::Value,
    "Entries of a letter and a text, in any order, and a zero byte where the next letter would stand. S, C and M are always there, and V since 9.6.",
);

/// It failed.
pub static ERROR_RESPONSE: Message = Message {
    field: message(
        "errorresponse",
        "ErrorResponse",
        "Something failed. ERROR ends the command, and in the extended protocol everything up to the next Sync is skipped; ReadyForQuery still follows. After FATAL or PANIC the server closes the connection.",
    ),
    sender: Sender::Backend,
    head: Head::Tag(b'E'),
    chapter: Chapter::Errors,
    since: "protocol 3.0",
    section: FIELDS,
    fields: &[TAG, LENGTH, LIST],
    sample: sample(b"E\0\0\0\x38SERROR\0VERROR\0C42601\0Msyntax error at end of input\0\0"),
};

/// By the way.
pub static NOTICE_RESPONSE: Message = Message {
    field: message(
        "noticeresponse",
        "NoticeResponse",
        "A warning or a remark, with the same fields as an error. It changes nothing and may arrive between any two messages; a client shows it or not.",
    ),
    sender: Sender::Backend,
    head: Head::Tag(b'N'),
    chapter: Chapter::Errors,
    since: "protocol 3.0",
    section: FIELDS,
    fields: &[TAG, LENGTH, LIST],
    sample: sample(b"N\0\0\0\x38SWARNING\0VWARNING\0C01000\0Mthat is an odd idea, but\0\0"),
};

/// An error without a length, for clients of long ago.
pub static LEGACY_ERROR: Message = Message {
    field: message(
        "legacyerror",
        "ErrorResponse (protocol 2.0)",
        "An error in the form of version 2: an E and a text, without a length. Servers before 14 send it when they fail before they know the client's version, and any server answers a version 2 start-up so. libpq tells it from a real ErrorResponse by the length: below 8 or above 30000 cannot be one. As an answer to an SSLRequest it must not be shown to the user: anybody on the way could have written it (CVE-2024-10977).",
    ),
    sender: Sender::Backend,
    head: Head::Any,
    chapter: Chapter::Errors,
    since: "protocol 2.0",
    section: Chapter::Startup.flow(),
    fields: &[
        TAG,
        string("message", "message", "The whole error as one text, with newlines in it, ended by a zero byte."),
    ],
    sample: sample(b"Eunsupported frontend protocol\n\0"),
};
