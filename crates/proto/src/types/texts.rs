//! Texts, bytes, JSON and what full text search makes of texts.

use crate::schema::*;

const CHARACTER: Section = Section::new("Character Types", "datatype-character.html");
const JSON_TYPES: Section = Section::new("JSON Types", "datatype-json.html");

/// All texts.
pub static TEXT: Message = value_type(
    message(
        "text",
        "text",
        "A text: text, varchar, char(n), xml and others are written alike. Text and binary format are the same bytes, so that asking for one or the other makes no difference.",
    ),
    "always",
    CHARACTER,
    &[rest(
        "value",
        "text",
        Inside::Text,
        "The text in the client's encoding (client_encoding), without a zero byte at its end and with none in it. Its length was told before it; nothing is padded on the wire but char(n), with blanks.",
    )],
    b"apple",
);

/// Names of things in the catalogue.
pub static NAME: Message = value_type(
    message(
        "name",
        "name",
        "A name of the system catalogue: of a table, column, role. In the server it takes 64 bytes, on the wire only those that it has.",
    ),
    "always",
    CHARACTER,
    &[rest("value", "name", Inside::Text, "The name, at most 63 bytes of the client's encoding, without a zero byte.")],
    b"pg_class",
);

/// A byte that is a letter.
pub static CHAR: Message = value_type(
    message(
        "char",
        "\"char\"",
        "One byte, written with quotation marks in SQL: a type of the catalogue, which uses its letters as codes. It is not char(1).",
    ),
    "always",
    CHARACTER,
    &[field(
        "value",
        "letter",
        Kind::Fixed(1, Inside::Text),
        Role::Value,
        "A single byte, whatever the encoding. A zero byte is the empty text.",
    )],
    b"r",
);

/// Bytes.
pub static BYTEA: Message = value_type(
    message(
        "bytea",
        "bytea",
        "Bytes without a meaning. In binary they are themselves; in text each takes two digits behind \\x, twice as much. It is what the binary format saves most on.",
    ),
    "always",
    Section::new("Binary Data Types", "datatype-binary.html"),
    &[rest("value", "bytes", Inside::Opaque, "The bytes, any at all, as many as the length said.")],
    b"\xde\xad\xbe\xef",
);

/// Unique identifiers.
pub static UUID: Message = value_type(
    message(
        "uuid",
        "uuid",
        "A universally unique identifier. Text has 36 letters with dashes; in binary it is the sixteen bytes that these digits write.",
    ),
    "PostgreSQL 8.3",
    Section::new("UUID Type", "datatype-uuid.html"),
    &[field(
        "value",
        "identifier",
        Kind::Fixed(16, Inside::Opaque),
        Role::Value,
        "Sixteen bytes in the order of the digits. Microsoft's GUIDs keep the first three groups the other way round, and are read wrong if that is forgotten.",
    )],
    b"\x55\x0e\x84\0\xe2\x9b\x41\xd4\xa7\x16\x44\x66\x55\x44\0\0",
);

/// JSON as it was written.
pub static JSON: Message = value_type(
    message(
        "json",
        "json",
        "JSON as the text that somebody wrote, blanks and repeated keys included. Text and binary format are the same bytes, unlike those of jsonb.",
    ),
    "PostgreSQL 9.2",
    JSON_TYPES,
    &[rest(
        "value",
        "JSON",
        Inside::Text,
        "The text. A server that receives it parses it, and refuses what is no JSON with “invalid input syntax for type json”.",
    )],
    b"{\"a\":1}",
);

const VERSION: &[Code] = &[code(1, "version 1", "The text follows. There is no other version.")];

const fn versioned(name: &'static str, doc: &'static str) -> Field {
    coded("version", name, Width::One, VERSION, Unlisted::Wrong, doc)
}

/// JSON taken apart.
pub static JSONB: Message = value_type(
    message(
        "jsonb",
        "jsonb",
        "JSON that the server keeps taken apart. On the wire that form never appears: binary is a version byte and the same text, as if somebody had promised to do better later.",
    ),
    "PostgreSQL 9.4",
    JSON_TYPES,
    &[
        versioned(
            "version",
            "1. Forgetting this byte is the commonest mistake with jsonb: the server then takes the first letter for a version, and says “unsupported jsonb version number 123” for a {.",
        ),
        rest(
            "text",
            "JSON",
            Inside::Text,
            "The value as JSON text. Keys come in the server's order, of length first, and each only once.",
        ),
    ],
    b"\x01{\"a\": 1}",
);

/// Paths into JSON.
pub static JSONPATH: Message = value_type(
    message("jsonpath", "jsonpath", "A path of SQL/JSON, such as $.a[*]. Like jsonb it is a version byte and text."),
    "PostgreSQL 12",
    Section::new("jsonpath Type", "datatype-json.html#DATATYPE-JSONPATH"),
    &[
        versioned(
            "version",
            "1. A server says “unsupported jsonpath version number” of any other byte, and takes a forgotten one from the text.",
        ),
        rest("text", "path", Inside::Text, "The path as text, with quotation marks around its keys."),
    ],
    b"\x01$.\"a\"",
);

const SEARCH_TYPES: Section = Section::new("Text Search Types", "datatype-textsearch.html");

/// Words with positions.
pub static TSVECTOR: Message = value_type(
    message(
        "tsvector",
        "tsvector",
        "The words of a text for full text search: each lexeme once, in order, with the places where it stands.",
    ),
    "PostgreSQL 8.3",
    SEARCH_TYPES,
    &[counted(
        "lexemes",
        "lexemes",
        &count("lexeme count", Width::Four, "How many lexemes follow."),
        &group(
            "lexeme",
            "lexeme",
            &[
                string(
                    "word",
                    "word",
                    "The lexeme, a word in its basic form, and a zero byte: one of the few values on this wire that has one. At most 2047 bytes.",
                ),
                counted(
                    "positions",
                    "positions",
                    &count(
                        "position count",
                        Width::Two,
                        "How many positions follow, at most 256. A vector may have been stripped of them: then 0.",
                    ),
                    &int(
                        "position",
                        "position",
                        Width::Two,
                        Show::Bits,
                        "Where the word stands in the text, counted from 1, in the lower fourteen bits. The upper two are its weight: 3 is A, 2 is B, 1 is C, 0 is D. 16383 stands for all places that are further on.",
                    ),
                    "Where the word stands, in ascending order: a server says “position information is misordered” otherwise.",
                ),
            ],
            "A word and where it stands.",
        ),
        "The lexemes. Those from a server are sorted by length and bytes; a server that receives them sorts them if need be.",
    )],
    b"\0\0\0\x01cat\0\0\x01\0\x03",
);

/// What is looked for.
pub static TSQUERY: Message = value_type(
    message(
        "tsquery",
        "tsquery",
        "What full text search looks for: words and operators, in prefix notation. Each operator stands before what it joins, the right side before the left.",
    ),
    "PostgreSQL 8.3",
    SEARCH_TYPES,
    &[counted(
        "items",
        "items",
        &count(
            "item count",
            Width::Four,
            "How many words and operators follow. An empty query has 0, and finds nothing.",
        ),
        &field(
            "item",
            "item",
            Kind::Choice(&[
                Choice {
                    code: code(1, "word", "A word that is looked for."),
                    fields: &[
                        int(
                            "weights",
                            "weights",
                            Width::One,
                            Show::Bits,
                            "In which weights it is looked for: bit 3 is A, bit 0 is D. 0 means in all.",
                        ),
                        int(
                            "prefix",
                            "prefix",
                            Width::One,
                            Show::Unsigned,
                            "1 if words that begin with it count too, as cat:* says; else 0.",
                        ),
                        string("word", "word", "The word and a zero byte."),
                    ],
                },
                Choice {
                    code: code(2, "operator", "An operator: what it joins follows behind it."),
                    fields: &[field(
                        "operator",
                        "operator",
                        Kind::Choice(&[
                            Choice { code: code(1, "not", "Its one operand must not be found: !."), fields: &[] },
                            Choice { code: code(2, "and", "Both must be found: &."), fields: &[] },
                            Choice { code: code(3, "or", "One of both must be found: |."), fields: &[] },
                            Choice {
                                code: code(4, "phrase", "One must follow the other at a distance: <->."),
                                fields: &[int(
                                    "distance",
                                    "distance",
                                    Width::Two,
                                    Show::Unsigned,
                                    "How many places behind the left word the right one stands: 1 is next to it.",
                                )],
                            },
                        ]),
                        Role::Code,
                        "Which operator. Only a phrase has more to say.",
                    )],
                },
            ]),
            Role::Code,
            "A word, or an operator.",
        ),
        "Words and operators. A query whose operators lack an operand is refused as malformed.",
    )],
    b"\0\0\0\x03\x02\x02\x01\0\0dog\0\x01\0\0cat\0",
);
