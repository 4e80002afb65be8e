//! What the bytes of a value mean, once its type is known: the text that the server's output function would print.
//!
//! Binary forms only; a value in text format is its own text. Settings are those of a fresh server: TimeZone UTC, DateStyle
//! ISO, IntervalStyle postgres. A value that does not have its type's form gives nothing: it is shown as bytes.

mod containers;
mod geometry;
mod network;
mod numbers;
mod reader;
mod shortest;
mod text_search;
mod times;

use reader::Reader;

/// How deep arrays, records and ranges may lie in each other.
const DEEPEST: usize = 8;

/// The text of a binary value of the built-in type `oid`, or nothing if the type is not known or the bytes do not fit.
///
/// ```
/// use pgscope_session::values::text_of;
/// assert_eq!(text_of(23, &[0, 0, 0, 42]).as_deref(), Some("42"));
/// assert_eq!(text_of(23, &[0]), None);
/// ```
pub fn text_of(oid: u32, bytes: &[u8]) -> Option<String> {
    #[cfg(feature = "whole")]
    return read(oid, bytes);
    #[cfg(not(feature = "whole"))]
    crate::later::text_of(oid, bytes)
}

pub(crate) fn read(oid: u32, bytes: &[u8]) -> Option<String> {
    text_at(oid, bytes, DEEPEST)
}

/// How many bytes a value of the built-in type `oid` has inside the server, as a RowDescription says it: -1 if that varies,
/// -2 for a C string. Nothing if the type is not known.
pub(crate) fn size_of(oid: u32) -> Option<i16> {
    Some(match oid {
        oid::BOOL | oid::CHAR => 1,
        oid::INT2 => 2,
        oid::INT4 | oid::OID | oid::XID | oid::CID | oid::FLOAT4 | oid::DATE | oid::VOID => 4,
        oid::TID | oid::MACADDR => 6,
        oid::INT8 | oid::XID8 | oid::FLOAT8 | oid::MONEY | oid::PG_LSN | oid::MACADDR8 => 8,
        oid::TIME | oid::TIMESTAMP | oid::TIMESTAMPTZ => 8,
        oid::TIMETZ => 12,
        oid::INTERVAL | oid::UUID | oid::POINT => 16,
        oid::LINE | oid::CIRCLE => 24,
        oid::LSEG | oid::BOX => 32,
        oid::NAME => 64,
        oid::UNKNOWN | oid::CSTRING => -2,
        oid::BYTEA | oid::TEXT | oid::JSON | oid::JSONB | oid::XML | oid::BPCHAR | oid::VARCHAR => -1,
        oid::BIT | oid::VARBIT | oid::NUMERIC | oid::INET | oid::CIDR => -1,
        _ if containers::is_array(oid) => -1,
        _ => return None,
    })
}

fn text_at(oid: u32, bytes: &[u8], depth: usize) -> Option<String> {
    let depth = depth.checked_sub(1)?;
    let mut reader = Reader::new(bytes);
    let text = match oid {
        oid::BOOL => bool_text(reader.u8()?),
        oid::CHAR => char_text(reader.u8()?),
        oid::BYTEA => format!("\\x{}", hex(reader.rest())),
        oid::TEXT
        | oid::NAME
        | oid::BPCHAR
        | oid::VARCHAR
        | oid::JSON
        | oid::XML
        | oid::UNKNOWN
        | oid::REFCURSOR
        | oid::CSTRING => utf8(reader.rest())?,
        oid::JSONB | oid::JSONPATH => versioned(&mut reader)?,
        oid::UUID => uuid(reader.take(16)?),
        oid::VOID => String::new(),
        oid::INT2 => reader.i16()?.to_string(),
        oid::INT4 => reader.i32()?.to_string(),
        oid::INT8 => reader.i64()?.to_string(),
        oid::OID | oid::XID | oid::CID => reader.u32()?.to_string(),
        oid::XID8 => reader.u64()?.to_string(),
        oid::TID => format!("({},{})", reader.u32()?, reader.u16()?),
        oid::PG_LSN => format!("{:X}/{:X}", reader.u32()?, reader.u32()?),
        oid::FLOAT4 => numbers::float4(f32::from_bits(reader.u32()?)),
        oid::FLOAT8 => numbers::float8(f64::from_bits(reader.u64()?)),
        oid::NUMERIC => numbers::numeric(&mut reader)?,
        oid::MONEY => numbers::money(reader.i64()?),
        oid::BIT | oid::VARBIT => numbers::bits(&mut reader)?,
        oid::DATE => times::date(reader.i32()?)?,
        oid::TIME => times::time(reader.i64()?)?,
        oid::TIMETZ => times::time_with_zone(reader.i64()?, reader.i32()?)?,
        oid::TIMESTAMP => times::timestamp(reader.i64()?, "")?,
        oid::TIMESTAMPTZ => times::timestamp(reader.i64()?, "+00")?,
        oid::INTERVAL => times::interval(reader.i64()?, reader.i32()?, reader.i32()?),
        oid::INET => network::inet(&mut reader, false)?,
        oid::CIDR => network::inet(&mut reader, true)?,
        oid::MACADDR => network::mac(reader.take(6)?),
        oid::MACADDR8 => network::mac(reader.take(8)?),
        oid::POINT | oid::LSEG | oid::BOX | oid::LINE | oid::CIRCLE | oid::PATH | oid::POLYGON => {
            geometry::shape(oid, &mut reader)?
        }
        oid::TSVECTOR => text_search::vector(&mut reader)?,
        oid::TSQUERY => text_search::query(&mut reader)?,
        oid::PG_SNAPSHOT | oid::TXID_SNAPSHOT => numbers::snapshot(&mut reader)?,
        oid::RECORD => containers::record(&mut reader, depth)?,
        oid::INT2VECTOR | oid::OIDVECTOR => containers::vector(&mut reader, depth)?,
        _ => match containers::range_element(oid) {
            Some((element, false)) => containers::range(&mut reader, element, depth)?,
            Some((element, true)) => containers::multirange(&mut reader, element, depth)?,
            None if containers::is_array(oid) => containers::array(&mut reader, depth)?,
            None => return None,
        },
    };
    reader.is_at_end().then_some(text)
}

fn bool_text(byte: u8) -> String {
    if byte == 0 { "f" } else { "t" }.to_owned()
}

fn char_text(byte: u8) -> String {
    match byte {
        0 => String::new(),
        0x80.. => format!("\\{byte:03o}"),
        _ => (byte as char).to_string(),
    }
}

/// Types whose binary form is a version byte, 1, and the text.
fn versioned(reader: &mut Reader<'_>) -> Option<String> {
    (reader.u8()? == 1).then(|| utf8(reader.rest()))?
}

fn uuid(bytes: &[u8]) -> String {
    let digits = hex(bytes);
    let group = |from: usize, to: usize| digits.get(from..to).unwrap_or_default();
    [group(0, 8), group(8, 12), group(12, 16), group(16, 20), group(20, 32)].join("-")
}

fn utf8(bytes: &[u8]) -> Option<String> {
    std::str::from_utf8(bytes).ok().map(str::to_owned)
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The oids of `pg_type.dat`.
#[allow(missing_docs, reason = "they are the names of the types")]
pub(crate) mod oid {
    pub(crate) const BOOL: u32 = 16;
    pub(crate) const BYTEA: u32 = 17;
    pub(crate) const CHAR: u32 = 18;
    pub(crate) const NAME: u32 = 19;
    pub(crate) const INT8: u32 = 20;
    pub(crate) const INT2: u32 = 21;
    pub(crate) const INT2VECTOR: u32 = 22;
    pub(crate) const INT4: u32 = 23;
    pub(crate) const TEXT: u32 = 25;
    pub(crate) const OID: u32 = 26;
    pub(crate) const TID: u32 = 27;
    pub(crate) const XID: u32 = 28;
    pub(crate) const CID: u32 = 29;
    pub(crate) const OIDVECTOR: u32 = 30;
    pub(crate) const JSON: u32 = 114;
    pub(crate) const XML: u32 = 142;
    pub(crate) const POINT: u32 = 600;
    pub(crate) const LSEG: u32 = 601;
    pub(crate) const PATH: u32 = 602;
    pub(crate) const BOX: u32 = 603;
    pub(crate) const POLYGON: u32 = 604;
    pub(crate) const LINE: u32 = 628;
    pub(crate) const CIDR: u32 = 650;
    pub(crate) const FLOAT4: u32 = 700;
    pub(crate) const FLOAT8: u32 = 701;
    pub(crate) const UNKNOWN: u32 = 705;
    pub(crate) const CIRCLE: u32 = 718;
    pub(crate) const MACADDR8: u32 = 774;
    pub(crate) const MONEY: u32 = 790;
    pub(crate) const MACADDR: u32 = 829;
    pub(crate) const INET: u32 = 869;
    pub(crate) const BPCHAR: u32 = 1042;
    pub(crate) const VARCHAR: u32 = 1043;
    pub(crate) const DATE: u32 = 1082;
    pub(crate) const TIME: u32 = 1083;
    pub(crate) const TIMESTAMP: u32 = 1114;
    pub(crate) const TIMESTAMPTZ: u32 = 1184;
    pub(crate) const INTERVAL: u32 = 1186;
    pub(crate) const TIMETZ: u32 = 1266;
    pub(crate) const BIT: u32 = 1560;
    pub(crate) const VARBIT: u32 = 1562;
    pub(crate) const NUMERIC: u32 = 1700;
    pub(crate) const REFCURSOR: u32 = 1790;
    pub(crate) const RECORD: u32 = 2249;
    pub(crate) const CSTRING: u32 = 2275;
    pub(crate) const VOID: u32 = 2278;
    pub(crate) const UUID: u32 = 2950;
    pub(crate) const TXID_SNAPSHOT: u32 = 2970;
    pub(crate) const PG_LSN: u32 = 3220;
    pub(crate) const TSVECTOR: u32 = 3614;
    pub(crate) const TSQUERY: u32 = 3615;
    pub(crate) const JSONB: u32 = 3802;
    pub(crate) const JSONPATH: u32 = 4072;
    pub(crate) const PG_SNAPSHOT: u32 = 5038;
    pub(crate) const XID8: u32 = 5069;
}
