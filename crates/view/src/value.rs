//! What a value looks like to a person: one line of text for a node of a tree.

use pgscope_proto::schema::{Inside, Kind, Role, Show, Width};
use pgscope_proto::{Node, Reads, Tree};
use pgscope_session::values;

/// Text of a value longer than this is cut in rows; the full value is in the bytes.
const LONGEST: usize = 400;

/// The value of a node, cut if it is long; empty for one that only has children.
pub(crate) fn value(tree: &Tree, index: usize, bytes: &[u8]) -> String {
    value_within(tree, index, bytes, LONGEST)
}

/// The value of a node, cut behind so many characters.
pub(crate) fn value_within(tree: &Tree, index: usize, bytes: &[u8], longest: usize) -> String {
    let Some(node) = tree.nodes.get(index) else { return String::new() };
    let shown = match tree.reads(index, bytes) {
        Reads::Children => String::new(),
        Reads::Null => "NULL".to_owned(),
        Reads::Signed(number) if number >= 0 && node.field.id == "modifier" => modifier(tree, index, bytes, number),
        Reads::Signed(number) => number.to_string(),
        Reads::Unsigned(number) => integer(node, number),
        Reads::Text(text) => text_value(node, text, longest),
        Reads::Bytes(bytes) => unread_within(bytes, longest / 4),
    };
    match tree.code(index, bytes) {
        Some(code) if matches!(node.field.kind, Kind::Code(..)) => coded(node, bytes, code.value, code.name),
        Some(code) if !shown.is_empty() => format!("{shown} {}", code.name),
        Some(code) => code.name.to_owned(),
        None => shown,
    }
}

/// A type modifier, with the type that it belongs to.
fn modifier(tree: &Tree, index: usize, bytes: &[u8], number: i64) -> String {
    #[cfg(feature = "whole")]
    return crate::values::modifier(tree, index, bytes, number);
    #[cfg(not(feature = "whole"))]
    crate::later::part().map(|part| (part.modifier)(tree, index, bytes, number)).unwrap_or_default()
}

fn coded(node: &Node, bytes: &[u8], value: i64, name: &str) -> String {
    match node.span().of(bytes) {
        [letter] if letter.is_ascii_graphic() => format!("‘{}’ {name}", *letter as char),
        _ => format!("{value} {name}"),
    }
}

fn text_value(node: &Node, text: &str, longest: usize) -> String {
    // A value in binary format is often UTF-8 by accident: control characters give it away.
    let is_binary = text.chars().any(|letter| letter.is_control() && !matches!(letter, '\n' | '\r' | '\t'));
    match node.field.role {
        Role::Value if is_binary => unread_within(text.as_bytes(), longest / 4),
        Role::Tag if text.len() == 1 => format!("‘{text}’"),
        _ => format!("“{}”", visible_within(text, longest)),
    }
}

/// Whether a value that is shown is not all of it.
pub(crate) fn is_cut(shown: &str) -> bool {
    shown.len() > LONGEST / 4 && shown.trim_end_matches('”').ends_with('…')
}

/// Text between quotation marks, with what cannot be seen made visible.
pub(crate) fn quoted(text: &str) -> String {
    let mut shown = String::with_capacity(text.len().min(LONGEST) + 8);
    quote(text, &mut shown);
    shown
}

/// The same, behind what stands there.
pub(crate) fn quote(text: &str, out: &mut String) {
    out.push('“');
    show(text, LONGEST, out);
    out.push('”');
}

/// Text as [`visible`] makes it, behind what stands there.
pub(crate) fn push_visible(text: &str, out: &mut String) {
    show(text, LONGEST, out);
}

/// Texts with something between. What the standard library has for it is made anew for each type, 4 KB of the page's first module.
pub(crate) fn joined(parts: &mut dyn Iterator<Item = &str>, between: &str) -> String {
    let mut out = String::new();
    for (nth, part) in parts.enumerate() {
        if nth > 0 {
            out.push_str(between);
        }
        out.push_str(part);
    }
    out
}

/// Text on one line: control characters as escapes, cut where it gets too long.
pub(crate) fn visible(text: &str) -> String {
    visible_within(text, LONGEST)
}

fn visible_within(text: &str, longest: usize) -> String {
    let mut shown = String::with_capacity(text.len().min(longest) + 2);
    show(text, longest, &mut shown);
    shown
}

fn show(text: &str, longest: usize, out: &mut String) {
    // Most texts have nothing that is hidden.
    if text.len() <= longest && text.bytes().all(|byte| matches!(byte, b' '..=b'~')) {
        return out.push_str(text);
    }
    for (count, letter) in text.chars().enumerate() {
        if count == longest {
            out.push('…');
            break;
        }
        match letter {
            '\n' => out.push('⏎'),
            '\t' => out.push('⇥'),
            letter if letter.is_control() => out.extend(letter.escape_default()),
            letter => out.push(letter),
        }
    }
}

/// Bytes that nobody reads, cut where it gets too long: as PostgreSQL writes a bytea, wherever they are shown.
pub(crate) fn unread(bytes: &[u8]) -> String {
    unread_within(bytes, LONGEST / 4)
}

fn unread_within(bytes: &[u8], longest: usize) -> String {
    let mut shown = String::from("\\x");
    bytes.iter().take(longest).for_each(|byte| shown.push_str(&format!("{byte:02x}")));
    if bytes.len() > longest {
        shown.push('…');
    }
    shown
}

fn integer(node: &Node, number: u64) -> String {
    match node.field.kind {
        Kind::Int(_, Show::Lsn) => lsn(number),
        Kind::Int(_, Show::Timestamp) => format!("{} ({})", number as i64, timestamp(number as i64)),
        Kind::Int(_, Show::Version) => version(number, node.span().len()),
        Kind::Int(_, Show::Request) => format!("{number} ({} {})", number >> 16, number & 0xffff),
        Kind::Int(_, Show::Oid) => match type_name(number as u32) {
            Some(name) if node.field.id.ends_with("type") => format!("{number} ({name})"),
            _ => number.to_string(),
        },
        Kind::Int(_, Show::FullXid) => format!("{} (epoch {})", number & 0xffff_ffff, number >> 32),
        Kind::Int(width, Show::Float) => float(number, width),
        Kind::Int(_, Show::Bits) if number > 9 => format!("{number} (0x{number:x})"),
        _ => number.to_string(),
    }
}

/// A position in the write-ahead log, as the server prints it.
pub(crate) fn lsn(number: u64) -> String {
    format!("{:X}/{:X}", number >> 32, number & 0xffff_ffff)
}

/// A protocol version, or one of TLS.
fn version(number: u64, width: usize) -> String {
    let half = 8 * width as u32 / 2;
    format!("{number} ({}.{})", number >> half, number & ((1 << half) - 1))
}

/// Microseconds since 2000 as a date and time in UTC.
fn timestamp(microseconds: i64) -> String {
    values::text_of(TIMESTAMPTZ, &microseconds.to_be_bytes()).unwrap_or_default()
}

const TIMESTAMPTZ: u32 = 1184;

/// A floating-point number, given as its bits.
pub(crate) fn float(bits: u64, width: Width) -> String {
    #[cfg(feature = "whole")]
    return crate::values::float(bits, width);
    #[cfg(not(feature = "whole"))]
    crate::later::part().map(|part| (part.float)(bits, width)).unwrap_or_default()
}

/// What a person calls a field, with its place in a list: `column 2`.
pub(crate) fn name(node: &Node) -> String {
    match node.ordinal {
        Some(ordinal) => format!("{} {}", node.field.name, ordinal + 1),
        None => node.field.name.to_owned(),
    }
}

/// The kind of a field in a word: `int32`, `string`.
pub(crate) fn kind(node: &Node) -> String {
    let bytes = node.span().len();
    match &node.field.kind {
        Kind::Tag => "1 byte".to_owned(),
        Kind::Length | Kind::Following => "int32".to_owned(),
        Kind::Int(width, Show::Float) => format!("float{}", width.bytes()),
        Kind::Int(width, _) | Kind::Code(width, ..) if width.bytes() > 1 => format!("int{}", 8 * width.bytes()),
        Kind::Int(..) | Kind::Code(..) => "int8".to_owned(),
        Kind::Str => "string".to_owned(),
        Kind::Rest(Inside::Value) => String::new(),
        Kind::Fixed(1, _) => "1 byte".to_owned(),
        Kind::Fixed(count, _) => format!("{count} bytes"),
        Kind::Rest(_) if bytes == 1 => "1 byte".to_owned(),
        Kind::Rest(_) => format!("{bytes} bytes"),
        _ => String::new(),
    }
}

/// The name of a built-in type.
pub(crate) fn type_name(oid: u32) -> Option<&'static str> {
    let at = TYPES.binary_search_by_key(&oid, |(oid, _)| *oid).ok()?;
    TYPES.get(at).map(|(_, name)| *name)
}

/// The types that traffic is full of, by the oids of `pg_type.dat`.
const TYPES: &[(u32, &str)] = &[
    (16, "bool"),
    (17, "bytea"),
    (18, "\"char\""),
    (19, "name"),
    (20, "int8"),
    (21, "int2"),
    (22, "int2vector"),
    (23, "int4"),
    (24, "regproc"),
    (25, "text"),
    (26, "oid"),
    (27, "tid"),
    (28, "xid"),
    (29, "cid"),
    (30, "oidvector"),
    (114, "json"),
    (142, "xml"),
    (194, "pg_node_tree"),
    (600, "point"),
    (601, "lseg"),
    (602, "path"),
    (603, "box"),
    (604, "polygon"),
    (628, "line"),
    (650, "cidr"),
    (700, "float4"),
    (701, "float8"),
    (705, "unknown"),
    (718, "circle"),
    (774, "macaddr8"),
    (790, "money"),
    (829, "macaddr"),
    (869, "inet"),
    (1000, "bool[]"),
    (1001, "bytea[]"),
    (1005, "int2[]"),
    (1007, "int4[]"),
    (1009, "text[]"),
    (1014, "bpchar[]"),
    (1015, "varchar[]"),
    (1016, "int8[]"),
    (1021, "float4[]"),
    (1022, "float8[]"),
    (1028, "oid[]"),
    (1033, "aclitem"),
    (1042, "bpchar"),
    (1043, "varchar"),
    (1082, "date"),
    (1083, "time"),
    (1114, "timestamp"),
    (1184, "timestamptz"),
    (1186, "interval"),
    (1231, "numeric[]"),
    (1266, "timetz"),
    (1560, "bit"),
    (1562, "varbit"),
    (1700, "numeric"),
    (1790, "refcursor"),
    (2205, "regclass"),
    (2206, "regtype"),
    (2249, "record"),
    (2278, "void"),
    (2950, "uuid"),
    (2951, "uuid[]"),
    (3220, "pg_lsn"),
    (3614, "tsvector"),
    (3615, "tsquery"),
    (3802, "jsonb"),
    (3904, "int4range"),
    (3906, "numrange"),
    (3908, "tsrange"),
    (3910, "tstzrange"),
    (3912, "daterange"),
    (3926, "int8range"),
    (4072, "jsonpath"),
    (5069, "xid8"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_are_two_halves_in_hexadecimal() {
        assert_eq!(lsn(0x1_0150_0028), "1/1500028");
    }

    #[test]
    fn types_are_sorted_so_that_they_can_be_found() {
        assert!(TYPES.is_sorted());
        assert_eq!(type_name(23), Some("int4"));
        assert_eq!(type_name(24_000), None);
    }
}
