//! Parse once, bind and execute often: statements and portals.

use super::common::*;
use crate::privacy::{Privacy, Secret};
use crate::schema::*;

const STATEMENT_OR_PORTAL: &[Code] = &[
    letter(b'S', "statement", "A prepared statement: parsed SQL that waits for parameters."),
    letter(b'P', "portal", "A portal: a statement with its parameters bound, ready to run."),
];

const fn kind(doc: &'static str) -> Field {
    coded("kind", "kind", Width::One, STATEMENT_OR_PORTAL, Unlisted::Wrong, doc)
}

const FORMAT: Field = coded(
    "format",
    "format",
    Width::Two,
    FORMATS,
    Unlisted::Wrong,
    "0 for text, 1 for binary. No other format exists.",
);

const STATEMENT: &str = "The name of the prepared statement. Empty means the unnamed one, which lives until the next Parse without a name, or the next simple Query.";
const PORTAL: &str = "The name of the portal. Empty means the unnamed one. A portal lives until the end of its transaction, and outside a transaction block that is the next Sync.";

macro_rules! bare {
    ($static:ident, $doc_line:literal, $sender:ident, $tag:literal, $id:literal, $name:literal, $path:literal, $doc:literal, $sample:literal) => {
        #[doc = $doc_line]
        pub static $static: Message = Message {
            field: message($id, $name, $doc),
            sender: Sender::$sender,
            head: Head::Tag($tag),
            chapter: Chapter::ExtendedQuery,
            since: "protocol 3.0",
            section: formats(concat!("protocol-message-formats.html#PROTOCOL-MESSAGE-FORMATS-", $path)),
            fields: &[TAG, LENGTH],
            sample: sample($sample),
        };
    };
}

/// Prepare a statement.
pub static PARSE: Message = Message {
    field: message(
        "parse",
        "Parse",
        "Makes a prepared statement from SQL with placeholders $1, $2 … One statement only. ParseComplete answers; but nothing is sent back before a Sync or Flush, so drivers send Parse, Bind, Describe, Execute and Sync in one go.",
    ),
    sender: Sender::Frontend,
    head: Head::Tag(b'P'),
    chapter: Chapter::ExtendedQuery,
    since: "protocol 3.0",
    section: formats("protocol-message-formats.html#PROTOCOL-MESSAGE-FORMATS-PARSE"),
    fields: &[
        TAG,
        LENGTH,
        string(
            "statement",
            "statement",
            "The name that the statement gets. A named one lives until it is closed and must not exist yet; empty means the unnamed one, which is simply replaced.",
        ).hides(Secret::Name),
        string(
            "query",
            "query",
            "The SQL, with $1, $2 … where parameters go. A single statement: a second one behind a semicolon is an error (42601), unlike in a simple Query. An empty string is allowed, and Execute then gives EmptyQueryResponse.",
        ).is(Privacy::Sql),
        counted(
            "types",
            "parameter types",
            &count(
                "type count",
                Width::Two,
                "How many parameter types are given: not the number of placeholders. Zero lets the server infer them all.",
            ),
            &int(
                "type",
                "type oid",
                Width::Four,
                Show::Oid,
                "The data type of this parameter, as its oid in pg_type. 0 lets the server infer it from the place where the parameter stands. A wrong one shows late: as an error in Bind, or as a value that is misread in binary.",
            ),
            "The types of the first parameters, as far as the client wants to say them; the server infers the rest. A Describe of the statement tells what it came to.",
        ),
    ],
    sample: sample(b"P\0\0\0\x15\0SELECT $1\0\0\x01\0\0\0\x17"),
};

/// Give a statement its parameters.
pub static BIND: Message = Message {
    field: message(
        "bind",
        "Bind",
        "Makes a portal from a prepared statement and the values of its parameters. It also chooses the format of each parameter and of each result column. BindComplete answers.",
    ),
    sender: Sender::Frontend,
    head: Head::Tag(b'B'),
    chapter: Chapter::ExtendedQuery,
    since: "protocol 3.0",
    section: formats("protocol-message-formats.html#PROTOCOL-MESSAGE-FORMATS-BIND"),
    fields: &[
        TAG,
        LENGTH,
        string(
            "portal",
            "portal",
            "The name that the portal gets. Empty means the unnamed one, which is simply replaced; a named one must not exist yet. Names pay only where several cursors are read in turns.",
        ).hides(Secret::Name),
        string("statement", "statement", STATEMENT).hides(Secret::Name),
        counted(
            "parameter_formats",
            "parameter formats",
            &count(
                "format count",
                Width::Two,
                "0: all parameters are text. 1: the one format stands for all. Otherwise exactly one for each parameter. Writing the formats without this count is a known mistake.",
            ),
            &FORMAT,
            "The formats of the parameters: one for each, one for all, or none, which means text. Text is easier to write; binary saves parsing, and needs the type to be known for certain.",
        ),
        counted(
            "parameters",
            "parameters",
            &count(
                "parameter count",
                Width::Two,
                "How many values follow: exactly as many as the statement has parameters. The two bytes are unsigned, so 65535 is the limit.",
            ),
            &parameter(
                "parameter",
                "parameter",
                "The value of one parameter: its length, then its bytes in the format that was chosen for it. It is never pasted into the SQL, so nothing in it can become SQL.",
            ),
            "The values of $1, $2 … in order. All must be there: there is no default.",
        ),
        counted(
            "result_formats",
            "result formats",
            &count(
                "format count",
                Width::Two,
                "0: all columns as text. 1: the one format stands for all. Otherwise exactly one for each column.",
            ),
            &FORMAT,
            "The formats in which the client wants the columns: one for each, one for all, or none, which means text. This is where a driver asks for binary results; a simple Query cannot.",
        ),
    ],
    sample: sample(b"B\0\0\0\x16\0\0\0\x01\0\x01\0\x01\0\0\0\x04\0\0\0\x07\0\0"),
};

/// What does it give?
pub static DESCRIBE: Message = Message {
    field: message(
        "describe",
        "Describe",
        "Asks what a statement or portal takes and gives. For a statement the answer is ParameterDescription and then RowDescription or NoData; for a portal RowDescription or NoData alone.",
    ),
    sender: Sender::Frontend,
    head: Head::Tag(b'D'),
    chapter: Chapter::ExtendedQuery,
    since: "protocol 3.0",
    section: formats("protocol-message-formats.html#PROTOCOL-MESSAGE-FORMATS-DESCRIBE"),
    fields: &[
        TAG,
        LENGTH,
        kind(
            "S for a statement, P for a portal. The two have separate names: s1 may be both. Taking one letter for the other ends in “does not exist” (26000 or 34000).",
        ),
        string(
            "name",
            "name",
            "The name of the statement or portal; empty for the unnamed one. The letter before it says which of the two is meant.",
        ).hides(Secret::Name),
    ],
    sample: sample(b"D\0\0\0\x06P\0"),
};

/// Run a portal.
pub static EXECUTE: Message = Message {
    field: message(
        "execute",
        "Execute",
        "Runs a portal, or goes on with one that was suspended. Unlike a simple Query it never sends a RowDescription: who wants one asks with Describe. It ends in CommandComplete, EmptyQueryResponse, PortalSuspended or ErrorResponse.",
    ),
    sender: Sender::Frontend,
    head: Head::Tag(b'E'),
    chapter: Chapter::ExtendedQuery,
    since: "protocol 3.0",
    section: formats("protocol-message-formats.html#PROTOCOL-MESSAGE-FORMATS-EXECUTE"),
    fields: &[
        TAG,
        LENGTH,
        string("portal", "portal", PORTAL).hides(Secret::Name),
        int(
            "max_rows",
            "row limit",
            Width::Four,
            Show::Signed,
            "At most so many rows, then PortalSuspended, and another Execute goes on. 0 means all of them.",
        ),
    ],
    sample: sample(b"E\0\0\0\x09\0\0\0\0\0"),
};

/// Forget a statement or portal.
pub static CLOSE: Message = Message {
    field: message(
        "close",
        "Close",
        "Frees a prepared statement, with its portals, or a portal. Closing one that does not exist is no error. CloseComplete answers.",
    ),
    sender: Sender::Frontend,
    head: Head::Tag(b'C'),
    chapter: Chapter::ExtendedQuery,
    since: "protocol 3.0",
    section: formats("protocol-message-formats.html#PROTOCOL-MESSAGE-FORMATS-CLOSE"),
    fields: &[
        TAG,
        LENGTH,
        kind(
            "S for a statement, P for a portal. The two have separate names: s1 may be both. Taking one letter for the other closes nothing, and no error tells.",
        ),
        string(
            "name",
            "name",
            "The name of the statement or portal; empty for the unnamed one. The letter before it says which of the two is meant.",
        ).hides(Secret::Name),
    ],
    sample: sample(b"C\0\0\0\x09Sst1\0"),
};

bare!(
    FLUSH,
    "Send what you have.",
    Frontend,
    b'H',
    "flush",
    "Flush",
    "FLUSH",
    "Asks the server to send the answers that it has so far, without ending the transaction as Sync does. No ReadyForQuery follows; a client that waits for one waits for ever.",
    b"H\0\0\0\x04"
);
bare!(
    SYNC,
    "End of this round.",
    Frontend,
    b'S',
    "sync",
    "Sync",
    "SYNC",
    "Ends a round of extended queries: outside a transaction block it commits, or rolls back if something failed. The server answers with ReadyForQuery. After an error it throws away everything up to here, so Sync is also where both ends agree again on where they are.",
    b"S\0\0\0\x04"
);
bare!(
    PARSE_COMPLETE,
    "The statement is ready.",
    Backend,
    b'1',
    "parsecomplete",
    "ParseComplete",
    "PARSECOMPLETE",
    "The Parse succeeded: the statement can be bound. It has no body: which Parse it answers is told by the order alone, so a driver keeps a queue of what it sent.",
    b"1\0\0\0\x04"
);
bare!(
    BIND_COMPLETE,
    "The portal is ready.",
    Backend,
    b'2',
    "bindcomplete",
    "BindComplete",
    "BINDCOMPLETE",
    "The Bind succeeded: the portal can be executed. Every value was accepted, so an error that comes later is not about the form of a parameter.",
    b"2\0\0\0\x04"
);
bare!(
    CLOSE_COMPLETE,
    "It is forgotten.",
    Backend,
    b'3',
    "closecomplete",
    "CloseComplete",
    "CLOSECOMPLETE",
    "The Close is done, whether or not there was something to close. It has no body: the order tells which Close it answers.",
    b"3\0\0\0\x04"
);
bare!(
    NO_DATA,
    "It gives no rows.",
    Backend,
    b'n',
    "nodata",
    "NoData",
    "NODATA",
    "The answer to Describe in place of RowDescription: this statement or portal gives no rows.",
    b"n\0\0\0\x04"
);
bare!(
    PORTAL_SUSPENDED,
    "More rows are there.",
    Backend,
    b's',
    "portalsuspended",
    "PortalSuspended",
    "PORTALSUSPENDED",
    "Execute reached its row limit before the portal was at its end. It stands in place of CommandComplete; another Execute of the same portal goes on.",
    b"s\0\0\0\x04"
);

/// What parameters does it take?
pub static PARAMETER_DESCRIPTION: Message = Message {
    field: message(
        "parameterdescription",
        "ParameterDescription",
        "The first half of the answer to a Describe of a statement: the types of its parameters, also of those that the server inferred. RowDescription or NoData follows.",
    ),
    sender: Sender::Backend,
    head: Head::Tag(b't'),
    chapter: Chapter::ExtendedQuery,
    since: "protocol 3.0",
    section: formats("protocol-message-formats.html#PROTOCOL-MESSAGE-FORMATS-PARAMETERDESCRIPTION"),
    fields: &[
        TAG,
        LENGTH,
        counted(
            "types",
            "parameter types",
            &count(
                "parameter count",
                Width::Two,
                "How many parameters the statement has: the highest number behind a $ in its SQL, or more if Parse gave more types. Unsigned, up to 65535; a reader that takes it for signed fails beyond 32767.",
            ),
            &int(
                "type",
                "type oid",
                Width::Four,
                Show::Oid,
                "The data type of this parameter, as its oid in pg_type: as Parse said, or as the server inferred it. A driver needs it to write the value in binary.",
            ),
            "One type for each parameter, in the order of $1, $2 … A driver that caches them must forget them when the statement is prepared anew.",
        ),
    ],
    sample: sample(b"t\0\0\0\x0a\0\x01\0\0\0\x17"),
};
