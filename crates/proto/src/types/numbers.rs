//! Truth values, numbers and bits.

use crate::schema::*;

const NUMERIC_TYPES: Section = Section::new("Numeric Types", "datatype-numeric.html");

/// True or false.
pub static BOOL: Message = value_type(
    message(
        "bool",
        "bool",
        "True or false, in one byte. The text format has the letters t and f instead, and a reader that mixes up the formats takes both for true.",
    ),
    "always",
    Section::new("Boolean Type", "datatype-boolean.html"),
    &[coded(
        "value",
        "truth value",
        Width::One,
        &[code(0, "false", "Not true."), code(1, "true", "True.")],
        Unlisted::Future,
        "0 for false, 1 for true. A server that receives another byte takes it for true; it never sends one.",
    )],
    b"\x01",
);

/// Two bytes.
pub static INT2: Message = value_type(
    message(
        "int2",
        "int2",
        "A whole number in two bytes (smallint). A driver that sends an int4 where a smallint is declared gets “incorrect binary data format in bind parameter”: in binary the widths must agree.",
    ),
    "always",
    NUMERIC_TYPES,
    &[int("value", "number", Width::Two, Show::Signed, "From -32768 to 32767, big-endian, as two's complement.")],
    b"\0\x2a",
);

/// Four bytes.
pub static INT4: Message = value_type(
    message(
        "int4",
        "int4",
        "A whole number in four bytes (integer). Its bytes are in network order: a reader that forgets to swap them sees 42 as 704643072.",
    ),
    "always",
    NUMERIC_TYPES,
    &[int(
        "value",
        "number",
        Width::Four,
        Show::Signed,
        "From -2147483648 to 2147483647, big-endian, as two's complement.",
    )],
    b"\0\0\0\x2a",
);

/// Eight bytes.
pub static INT8: Message = value_type(
    message(
        "int8",
        "int8",
        "A whole number in eight bytes (bigint): what count(*) gives. JavaScript's numbers cannot hold all of them, and so drivers give them as text or BigInt.",
    ),
    "always",
    NUMERIC_TYPES,
    &[int(
        "value",
        "number",
        Width::Eight,
        Show::Signed,
        "Any whole number of 64 bits, big-endian, as two's complement.",
    )],
    b"\0\0\0\0\0\0\0\x2a",
);

/// Single precision.
pub static FLOAT4: Message = value_type(
    message("float4", "float4", "A floating-point number of single precision (real), with some six decimal digits."),
    "always",
    NUMERIC_TYPES,
    &[int(
        "value",
        "number",
        Width::Four,
        Show::Float,
        "IEEE 754, big-endian: sign, eight bits of exponent, 23 of fraction. Infinities and NaN are values too.",
    )],
    b"\x3f\xc0\0\0",
);

/// Double precision.
pub static FLOAT8: Message = value_type(
    message(
        "float8",
        "float8",
        "A floating-point number of double precision, with some fifteen decimal digits. In binary nothing of it is lost, which the text format only promises since PostgreSQL 12.",
    ),
    "always",
    NUMERIC_TYPES,
    &[int(
        "value",
        "number",
        Width::Eight,
        Show::Float,
        "IEEE 754, big-endian: sign, eleven bits of exponent, 52 of fraction. Infinities and NaN are values too.",
    )],
    b"\x3f\xf8\0\0\0\0\0\0",
);

/// Exact decimal numbers.
pub static NUMERIC: Message = value_type(
    message(
        "numeric",
        "numeric",
        "An exact decimal number, in digits of base 10000: each digit holds four decimal ones. 12345.678 has the digits 1, 2345 and 6780, and the first one counts ten-thousands.",
    ),
    "PostgreSQL 7.4",
    Section::new("Arbitrary Precision Numbers", "datatype-numeric.html#DATATYPE-NUMERIC-DECIMAL"),
    &[
        count_as(
            "digit_count",
            "digit count",
            Width::Two,
            Show::Unsigned,
            "How many digits of base 10000 follow. Zeros at either end are left out, so that 0 has none.",
        ),
        int(
            "weight",
            "weight",
            Width::Two,
            Show::Signed,
            "The power of 10000 that the first digit counts: 0 for units, 1 for ten-thousands, -1 for ten-thousandths. The decimal point stands behind the digit of weight 0.",
        ),
        coded(
            "sign",
            "sign",
            Width::Two,
            &[
                code(0x0000, "+", "Positive, or zero."),
                code(0x4000, "-", "Negative."),
                code(NAN, "NaN", "Not a number. It has no digits; a server passes over any that are sent."),
                code(INFINITY, "Infinity", "Larger than any number, since PostgreSQL 14."),
                code(NEGATIVE_INFINITY, "-Infinity", "Smaller than any number, since PostgreSQL 14."),
            ],
            Unlisted::Wrong,
            "Whether it is negative, or no number at all. A server answers any other code with “invalid sign in external \"numeric\" value”.",
        ),
        int(
            "scale",
            "display scale",
            Width::Two,
            Show::Unsigned,
            "How many decimal digits are printed behind the point: 2 makes 1.50 of 1.5. It may be more than the digits hold; digits that are more than it says are cut off by the receiver. At most 16383.",
        ),
        times(
            "digits",
            "digits",
            &Times {
                by: "digit_count",
                of: &int(
                    "digit",
                    "digit",
                    Width::Two,
                    Show::Signed,
                    "A digit of base 10000, 0 to 9999: four decimal digits. Writing decimal digits here, one each, makes a number that is far too large.",
                ),
            },
            "The digits, the one that counts most first.",
        ),
    ],
    b"\0\x03\0\x01\0\0\0\x03\0\x01\x09\x29\x1a\x7c",
);

// As numbers of two bytes with a sign, which codes are.
const NAN: i64 = 0xc000 - 0x1_0000;
const INFINITY: i64 = 0xd000 - 0x1_0000;
const NEGATIVE_INFINITY: i64 = 0xf000 - 0x1_0000;

/// Amounts of money.
pub static MONEY: Message = value_type(
    message(
        "money",
        "money",
        "An amount of money, in the smallest unit of a currency that is not told: lc_monetary of the server decides how it is printed, and how many digits stand behind the point.",
    ),
    "always",
    Section::new("Monetary Types", "datatype-money.html"),
    &[int(
        "units",
        "smallest units",
        Width::Eight,
        Show::Signed,
        "Cents, where the currency has them: 12345 is $123.45. A reader must know the server's lc_monetary to tell.",
    )],
    b"\0\0\0\0\0\0\x30\x39",
);

/// Strings of bits.
pub static BIT: Message = value_type(
    message(
        "bit",
        "bit",
        "A string of bits, for bit and bit varying. The count is of bits, since the last byte may be used in part.",
    ),
    "PostgreSQL 7.4",
    Section::new("Bit String Types", "datatype-bit.html"),
    &[
        count_as(
            "bit_count",
            "bit count",
            Width::Four,
            Show::Signed,
            "How many bits it has. They take an eighth as many bytes, rounded up.",
        ),
        rest(
            "bits",
            "bits",
            Inside::Opaque,
            "The bits, the first one as the highest bit of the first byte. What is left of the last byte is zero.",
        ),
    ],
    b"\0\0\0\x05\xa8",
);
