//! Values made of values: arrays, ranges, records.

use crate::messages::common::VALUE_LENGTH;
use crate::schema::*;

const ARRAYS: Section = Section::new("Arrays", "arrays.html");
const RANGES: Section = Section::new("Range Types", "rangetypes.html");

/// A value inside another: what it is made of is told where the type is known.
const fn inside(id: &'static str, doc: &'static str) -> Field {
    rest(id, "value", Inside::Value, doc)
}

const DIMENSION_COUNT: Field = count_as(
    "dimension_count",
    "dimension count",
    Width::Four,
    Show::Signed,
    "How many dimensions it has: 1 for a plain list, 0 for an empty array, 6 at most. There are no arrays of arrays: what SQL writes as one is an array of more dimensions.",
);

const HAS_NULL: Field = coded(
    "has_null",
    "has a NULL",
    Width::Four,
    &[code(0, "no", "No element is NULL."), code(1, "yes", "An element is NULL, or was.")],
    Unlisted::Wrong,
    "Whether an element is NULL. A receiver looks for itself, and refuses only what is neither 0 nor 1: “invalid array flags”.",
);

const ELEMENT_TYPE: Field = int(
    "element_type",
    "element type oid",
    Width::Four,
    Show::Oid,
    "The type of the elements, which tells how to read them. A server refuses another one than it expects: an int8[] for an int4[] parameter is a “binary data has array element type 20 (bigint) instead of expected 23 (integer)”.",
);

const DIMENSIONS: Field = times(
    "dimensions",
    "dimensions",
    &Times {
        by: "dimension_count",
        of: &group(
            "dimension",
            "dimension",
            &[
                field(
                    "dimension_length",
                    "length",
                    Kind::Int(Width::Four, Show::Signed),
                    Role::Count,
                    "How many elements it has in this direction. The lengths of all dimensions, multiplied, give the number of elements.",
                ),
                int(
                    "lower_bound",
                    "lower bound",
                    Width::Four,
                    Show::Signed,
                    "The number of the first element: 1, unless somebody asked for another. Readers whose arrays begin at 0 pass over it; writers must send 1.",
                ),
            ],
            "One direction of the array.",
        ),
    },
    "Length and lower bound of each dimension, the outermost first.",
);

const ELEMENTS: Field = field(
    "elements",
    "elements",
    Kind::Repeat(&field(
        "element",
        "element",
        Kind::Sized {
            length: &VALUE_LENGTH,
            value: &inside("value", "The element in the binary format of its type, whatever its neighbours are."),
            nullable: true,
        },
        Role::Value,
        "One element: its length, then its bytes. -1 is NULL.",
    )),
    Role::Value,
    "All elements, one after the other, the last dimension running fastest. Nothing parts the rows.",
);

/// Lists, and tables of more dimensions.
pub static ARRAY: Message = value_type(
    message(
        "array",
        "array",
        "An array of any type: its dimensions, the type of its elements, then each element with its length. It says of itself what it holds, which few values on this wire do.",
    ),
    "PostgreSQL 7.4",
    ARRAYS,
    &[DIMENSION_COUNT, HAS_NULL, ELEMENT_TYPE, DIMENSIONS, ELEMENTS],
    b"\0\0\0\x01\0\0\0\x01\0\0\0\x17\0\0\0\x02\0\0\0\x01\0\0\0\x04\0\0\0\x07\xff\xff\xff\xff",
);

/// Small integers of the catalogue.
pub static INT2VECTOR: Message = value_type(
    message(
        "int2vector",
        "int2vector",
        "A list of small integers of the catalogue, such as the columns of an index. It is an array of one dimension that begins at 0 and has no NULL, though its text has blanks and no braces.",
    ),
    "always",
    ARRAYS,
    &[DIMENSION_COUNT, HAS_NULL, ELEMENT_TYPE, DIMENSIONS, ELEMENTS],
    b"\0\0\0\x01\0\0\0\0\0\0\0\x15\0\0\0\x01\0\0\0\0\0\0\0\x02\0\x01",
);

/// Object identifiers of the catalogue.
pub static OIDVECTOR: Message = value_type(
    message(
        "oidvector",
        "oidvector",
        "A list of object identifiers of the catalogue, such as the types of a function's arguments. It is an array of one dimension that begins at 0 and has no NULL.",
    ),
    "always",
    ARRAYS,
    &[DIMENSION_COUNT, HAS_NULL, ELEMENT_TYPE, DIMENSIONS, ELEMENTS],
    b"\0\0\0\x01\0\0\0\0\0\0\0\x1a\0\0\0\x01\0\0\0\0\0\0\0\x04\0\0\0\x17",
);

const BOUND_LENGTH: Field = field(
    "length",
    "length",
    Kind::Int(Width::Four, Show::Signed),
    Role::Length,
    "How many bytes the value has. It is never NULL: what has no bound says so in the flags.",
);

const BOUND: Kind = Kind::Sized {
    length: &BOUND_LENGTH,
    value: &inside(
        "bound_value",
        "The bound in the binary format of the type that the range is over: four bytes for an int4range.",
    ),
    nullable: false,
};

const EMPTY: u8 = 1;
const LOWER_INFINITE: u8 = 8;
const UPPER_INFINITE: u8 = 16;

/// From one value to another.
pub static RANGE: Message = value_type(
    message(
        "range",
        "range",
        "All values between two bounds: a byte of flags, then the bounds that there are. Ranges over whole numbers and dates always come as [lower, upper), however they were written.",
    ),
    "PostgreSQL 9.2",
    RANGES,
    &[
        coded(
            "flags",
            "flags",
            Width::One,
            &[
                code(0, "(lower, upper)", "Neither bound belongs to it."),
                code(1, "empty", "It holds nothing, and no bounds follow."),
                code(2, "[lower, upper)", "The lower bound belongs to it."),
                code(4, "(lower, upper]", "The upper bound belongs to it."),
                code(6, "[lower, upper]", "Both bounds belong to it."),
                code(8, "(, upper)", "It has no lower bound, and its upper one does not belong to it."),
                code(12, "(, upper]", "It has no lower bound, and its upper one belongs to it."),
                code(16, "(lower, )", "It has no upper bound, and its lower one does not belong to it."),
                code(18, "[lower, )", "It has no upper bound, and its lower one belongs to it."),
                code(24, "(, )", "It has no bounds: it holds everything."),
            ],
            Unlisted::Future,
            "A bit each: 1 for empty, 2 for a lower bound that belongs to it, 4 for such an upper bound, 8 for no lower bound, 16 for no upper bound. They tell which bounds follow.",
        ),
        field(
            "lower",
            "lower bound",
            Kind::Unless(&Unless {
                by: "flags",
                bits: EMPTY | LOWER_INFINITE,
                fields: &[field("bound", "bound", BOUND, Role::Value, "The bound with its length.")],
            }),
            Role::Value,
            "Where it begins. It is left out where the range is empty or has no lower bound.",
        ),
        field(
            "upper",
            "upper bound",
            Kind::Unless(&Unless {
                by: "flags",
                bits: EMPTY | UPPER_INFINITE,
                fields: &[field("bound", "bound", BOUND, Role::Value, "The bound with its length.")],
            }),
            Role::Value,
            "Where it ends: not below the lower bound, or the server refuses it.",
        ),
    ],
    b"\x02\0\0\0\x04\0\0\0\x01\0\0\0\x04\0\0\0\x0a",
);

/// Several ranges.
pub static MULTIRANGE: Message = value_type(
    message(
        "multirange",
        "multirange",
        "Several ranges of one type, in order and without overlap: a server puts those that it receives into this form.",
    ),
    "PostgreSQL 14",
    RANGES,
    &[counted(
        "ranges",
        "ranges",
        &count("range count", Width::Four, "How many ranges follow. 0 is the empty multirange."),
        &field(
            "range",
            "range",
            Kind::Sized {
                length: &BOUND_LENGTH,
                value: &inside("range_value", "The range, written as if it stood alone."),
                nullable: false,
            },
            Role::Value,
            "One range with its length.",
        ),
        "The ranges, one after the other.",
    )],
    b"\0\0\0\x01\0\0\0\x11\x02\0\0\0\x04\0\0\0\x01\0\0\0\x04\0\0\0\x0a",
);

/// Rows as values.
pub static RECORD: Message = value_type(
    message(
        "record",
        "record",
        "A row as a value (composite types too): a count, then each column with its type and length. A server sends records of any kind, but receives only those whose type has a name.",
    ),
    "PostgreSQL 7.4",
    Section::new("Composite Types", "rowtypes.html"),
    &[counted(
        "members",
        "columns",
        &count(
            "column count",
            Width::Four,
            "How many columns follow. A server refuses another number than the type has: “wrong number of columns”.",
        ),
        &group(
            "member",
            "column",
            &[
                int(
                    "member_type",
                    "type oid",
                    Width::Four,
                    Show::Oid,
                    "The type of this column, which tells how to read it. Types that were made in a database have oids that differ from server to server.",
                ),
                field(
                    "member_value",
                    "value",
                    Kind::Sized {
                        length: &VALUE_LENGTH,
                        value: &inside("value", "The value in the binary format of its type."),
                        nullable: true,
                    },
                    Role::Value,
                    "The column with its length. -1 is NULL.",
                ),
            ],
            "One column of the row. Its name is not told.",
        ),
        "The columns, in the order of the type. Columns that were dropped are left out.",
    )],
    b"\0\0\0\x02\0\0\0\x17\0\0\0\x04\0\0\0\x01\0\0\0\x19\xff\xff\xff\xff",
);
