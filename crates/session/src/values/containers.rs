//! Values made of values: arrays, vectors, records, ranges and multiranges.

use super::reader::Reader;
use super::{oid, text_at};

/// Array types of built-in types.
const ARRAYS: &[u32] = &[
    143, 199, 271, 629, 651, 719, 775, 791, 1000, 1001, 1002, 1003, 1005, 1006, 1007, 1008, 1009, 1010, 1011, 1012,
    1013, 1014, 1015, 1016, 1017, 1018, 1019, 1020, 1021, 1022, 1027, 1028, 1040, 1041, 1115, 1182, 1183, 1185, 1187,
    1231, 1270, 1561, 1563, 2201, 2207, 2210, 2211, 2287, 2949, 2951, 3221, 3643, 3645, 3807, 3905, 3907, 3909, 3911,
    3913, 3927, 4073, 4090, 4192, 5039, 6150, 6151, 6152, 6153, 6155, 6157,
];

pub(super) fn is_array(oid: u32) -> bool {
    ARRAYS.binary_search(&oid).is_ok()
}

/// The type of a range's bounds, and whether it is a multirange.
pub(super) fn range_element(range: u32) -> Option<(u32, bool)> {
    Some(match range {
        3904 => (oid::INT4, false),
        3906 => (oid::NUMERIC, false),
        3908 => (oid::TIMESTAMP, false),
        3910 => (oid::TIMESTAMPTZ, false),
        3912 => (oid::DATE, false),
        3926 => (oid::INT8, false),
        4451 => (oid::INT4, true),
        4532 => (oid::NUMERIC, true),
        4533 => (oid::TIMESTAMP, true),
        4534 => (oid::TIMESTAMPTZ, true),
        4535 => (oid::DATE, true),
        4536 => (oid::INT8, true),
        _ => return None,
    })
}

/// Letters that the parts of a value may have, apart from a number for each of its bytes.
const ROOM: usize = 1 << 20;
const ROOM_FOR_A_BYTE: usize = 64;

/// The texts of `count` parts of `bytes` bytes. Ten bytes of numeric can be a hundred thousand zeros: what grows out of all
/// proportion is no text.
fn all(bytes: usize, count: usize, mut part: impl FnMut() -> Option<String>) -> Option<Vec<String>> {
    let mut room = ROOM + bytes.saturating_mul(ROOM_FOR_A_BYTE);
    let mut bounded = |text: String| {
        room = room.checked_sub(text.len())?;
        Some(text)
    };
    std::iter::repeat_with(&mut part).take(count).map(|text| text.and_then(&mut bounded)).collect()
}

const MOST_DIMENSIONS: i32 = 6;

struct Dimension {
    length: usize,
    lower: i32,
}

/// Dimensions, whether there are NULLs, the element's type, then the elements.
pub(super) fn array(reader: &mut Reader<'_>, depth: usize) -> Option<String> {
    let count = reader.i32().filter(|count| (0..=MOST_DIMENSIONS).contains(count))?;
    let (_has_nulls, element) = (reader.i32()?, reader.u32()?);
    let dimension = |reader: &mut Reader<'_>| {
        Some(Dimension { length: usize::try_from(reader.i32()?).ok()?, lower: reader.i32()? })
    };
    let dimensions: Vec<Dimension> = (0..count).map(|_| dimension(reader)).collect::<Option<_>>()?;
    // An empty array has no dimension; an empty vector has one, of no elements.
    if dimensions.iter().all(|dimension| dimension.length == 0) && count <= 1 {
        return Some("{}".to_owned());
    }
    // Each element has at least its length word: a larger number is a lie.
    let elements = dimensions.iter().try_fold(1usize, |product, dimension| product.checked_mul(dimension.length))?;
    if elements == 0 || elements > reader.left() / 4 {
        return None;
    }
    let text = level(reader, &dimensions, element, depth)?;
    Some(bounds(&dimensions) + &text)
}

/// `[0:2]=`, where a dimension does not begin at 1.
fn bounds(dimensions: &[Dimension]) -> String {
    if dimensions.iter().all(|dimension| dimension.lower == 1) {
        return String::new();
    }
    let bound = |dimension: &Dimension| {
        let upper = i64::from(dimension.lower) + dimension.length as i64 - 1;
        format!("[{}:{upper}]", dimension.lower)
    };
    dimensions.iter().map(bound).collect::<String>() + "="
}

fn level(reader: &mut Reader<'_>, dimensions: &[Dimension], element: u32, depth: usize) -> Option<String> {
    let (first, rest) = dimensions.split_first()?;
    let parts = all(reader.left(), first.length, || match rest {
        [] => element_text(reader, element, depth),
        _ => level(reader, rest, element, depth),
    })?;
    let separator = if element == oid::BOX { ";" } else { "," };
    Some(format!("{{{}}}", parts.join(separator)))
}

/// What C calls a space.
fn is_space(letter: char) -> bool {
    letter.is_ascii_whitespace() || letter == '\x0b'
}

fn element_text(reader: &mut Reader<'_>, element: u32, depth: usize) -> Option<String> {
    let Some(bytes) = reader.sized()? else { return Some("NULL".to_owned()) };
    let text = text_at(element, bytes, depth)?;
    let separator = if element == oid::BOX { ';' } else { ',' };
    let needs_quotes = text.is_empty()
        || text.eq_ignore_ascii_case("null")
        || text.contains(|letter: char| is_space(letter) || letter == separator || "{}\"\\".contains(letter));
    Some(if needs_quotes { format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\"")) } else { text })
}

/// int2vector and oidvector: arrays that print without braces.
pub(super) fn vector(reader: &mut Reader<'_>, depth: usize) -> Option<String> {
    let text = array(reader, depth)?;
    let inside = text.rsplit('=').next()?.trim_start_matches('{').trim_end_matches('}');
    Some(inside.replace(',', " "))
}

pub(super) fn record(reader: &mut Reader<'_>, depth: usize) -> Option<String> {
    let count = usize::try_from(reader.i32()?).ok()?;
    let fields = all(reader.left(), count, || field(reader, depth))?;
    Some(format!("({})", fields.join(",")))
}

fn field(reader: &mut Reader<'_>, depth: usize) -> Option<String> {
    let of_type = reader.u32()?;
    let Some(bytes) = reader.sized()? else { return Some(String::new()) };
    let text = text_at(of_type, bytes, depth)?;
    let needs_quotes = text.is_empty() || text.contains(|letter: char| is_space(letter) || "(),\"\\".contains(letter));
    Some(if needs_quotes { format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\"\"")) } else { text })
}

const EMPTY: u8 = 0x01;
const LOWER_INCLUSIVE: u8 = 0x02;
const UPPER_INCLUSIVE: u8 = 0x04;
const LOWER_INFINITE: u8 = 0x08;
const UPPER_INFINITE: u8 = 0x10;

pub(super) fn range(reader: &mut Reader<'_>, element: u32, depth: usize) -> Option<String> {
    let flags = reader.u8()?;
    if flags & EMPTY != 0 {
        return Some("empty".to_owned());
    }
    let mut bound = |infinite: u8| {
        if flags & infinite != 0 {
            return Some(String::new());
        }
        let text = text_at(element, reader.sized()??, depth)?;
        let needs_quotes =
            text.is_empty() || text.contains(|letter: char| is_space(letter) || "()[],\"\\".contains(letter));
        Some(if needs_quotes { format!("\"{}\"", text.replace('"', "\"\"")) } else { text })
    };
    let (lower, upper) = (bound(LOWER_INFINITE)?, bound(UPPER_INFINITE)?);
    let open = if flags & LOWER_INCLUSIVE != 0 { '[' } else { '(' };
    let close = if flags & UPPER_INCLUSIVE != 0 { ']' } else { ')' };
    Some(format!("{open}{lower},{upper}{close}"))
}

pub(super) fn multirange(reader: &mut Reader<'_>, element: u32, depth: usize) -> Option<String> {
    let count = usize::try_from(reader.i32()?).ok()?;
    let ranges = all(reader.left(), count, || range(&mut Reader::new(reader.sized()??), element, depth))?;
    Some(format!("{{{}}}", ranges.join(",")))
}

#[cfg(test)]
mod tests {
    use super::super::{oid, text_of};

    #[test]
    fn an_empty_vector_has_a_dimension_of_nothing() {
        for (vector, element) in [(oid::INT2VECTOR, oid::INT2), (oid::OIDVECTOR, oid::OID)] {
            let bytes = [1u32, 0, element, 0, 0].map(u32::to_be_bytes).concat();
            assert_eq!(text_of(vector, &bytes).as_deref(), Some(""));
        }
    }
}
