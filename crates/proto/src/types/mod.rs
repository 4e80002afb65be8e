//! The binary formats of PostgreSQL's built-in types, described like messages: what each send function writes and each
//! receive function reads.
//!
//! A value does not say what it is: its type was told by a RowDescription, a ParameterDescription or a Parse. [`decode()`] reads
//! one value, [`open_values`] those of a message. A type whose only field is called `value` is one of one part: nothing of it is
//! shown below the value itself.

mod catalogue;
pub(crate) mod check;
pub mod containers;
mod modifier;
pub mod numbers;
pub mod places;
pub mod system;
pub mod texts;
pub mod times;
mod written;

pub use modifier::modified;
pub use written::{Misfit, has_text_form, misfit};

pub use crate::decode::{decode_value as decode, open_values, open_values_at};
use crate::schema::Message;

/// The types, in the order in which a reader meets them. Types that are written alike share one.
pub static ALL: &[&Message] = &[
    &numbers::BOOL,
    &numbers::INT2,
    &numbers::INT4,
    &numbers::INT8,
    &numbers::FLOAT4,
    &numbers::FLOAT8,
    &numbers::NUMERIC,
    &numbers::MONEY,
    &numbers::BIT,
    &texts::TEXT,
    &texts::NAME,
    &texts::CHAR,
    &texts::BYTEA,
    &texts::UUID,
    &texts::JSON,
    &texts::JSONB,
    &texts::JSONPATH,
    &texts::TSVECTOR,
    &texts::TSQUERY,
    &times::DATE,
    &times::TIME,
    &times::TIMETZ,
    &times::TIMESTAMP,
    &times::TIMESTAMPTZ,
    &times::INTERVAL,
    &places::INET,
    &places::MACADDR,
    &places::MACADDR8,
    &places::POINT,
    &places::LINE,
    &places::LSEG,
    &places::BOX,
    &places::PATH,
    &places::POLYGON,
    &places::CIRCLE,
    &containers::ARRAY,
    &containers::INT2VECTOR,
    &containers::OIDVECTOR,
    &containers::RANGE,
    &containers::MULTIRANGE,
    &containers::RECORD,
    &system::OID,
    &system::XID,
    &system::XID8,
    &system::TID,
    &system::PG_LSN,
    &system::SNAPSHOT,
    &system::VOID,
];

/// The binary format of the built-in type `oid`, if it is known.
///
/// ```
/// use pgscope_proto::types::structure;
/// assert_eq!(structure(1700).unwrap().name(), "numeric");
/// assert_eq!(structure(1007).unwrap().name(), "array");
/// assert!(structure(16_384).is_none());
/// ```
pub fn structure(oid: u32) -> Option<&'static Message> {
    known(oid).map(|known| known.message)
}

/// The type with this name, whatever its case. Types that are written alike go by one of their names.
pub fn by_name(name: &str) -> Option<&'static Message> {
    let shared = catalogue::TYPES.iter().filter(|known| known.name.eq_ignore_ascii_case(name));
    let own = ALL.iter().copied().find(|message| message.name().eq_ignore_ascii_case(name));
    own.or_else(|| shared.map(|known| known.message).next())
}

/// The name of the built-in type `oid`, if it is known: `numeric`, `int4[]`.
pub fn name(oid: u32) -> Option<String> {
    known(oid).map(|known| known.name())
}

/// A type of the catalogue.
#[derive(Debug)]
struct Type {
    oid: u32,
    /// The type of arrays of it; 0 if there is none.
    array: u32,
    name: &'static str,
    message: &'static Message,
    /// The type of the values inside, where that follows from this one.
    inside: u32,
}

/// A type that is known.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Known {
    pub(crate) oid: u32,
    pub(crate) message: &'static Message,
    /// The type of the values inside, where that follows from this one; else 0.
    pub(crate) inside: u32,
    /// Its own name, or that of its elements.
    name: &'static str,
    is_array: bool,
}

impl Known {
    pub(crate) fn name(&self) -> String {
        format!("{}{}", self.name, if self.is_array { "[]" } else { "" })
    }
}

pub(crate) fn known(oid: u32) -> Option<Known> {
    let of = |found: &'static Type| Known {
        oid,
        message: found.message,
        inside: found.inside,
        name: found.name,
        is_array: false,
    };
    if let Ok(at) = catalogue::TYPES.binary_search_by_key(&oid, |found| found.oid) {
        return catalogue::TYPES.get(at).map(of);
    }
    let element = catalogue::TYPES.iter().find(|found| found.array == oid && oid != 0)?;
    Some(Known { message: &containers::ARRAY, inside: element.oid, is_array: true, ..of(element) })
}

impl Message {
    /// Whether a value of this type has one part, which is the value itself.
    pub(crate) fn is_simple_type(&self) -> bool {
        matches!(self.fields, []) || matches!(self.fields, [only] if only.id == "value")
    }
}

/// At which node of an array the type of its elements stands, counted from the node of the array.
pub(crate) const ELEMENT_TYPE: usize = 3;
/// Among how many nodes all dimensions of an array are: its own, three, the list, and each dimension's three.
pub(crate) const ARRAY_HEAD: usize = 5 + 6 * 3;

/// Oids of `pg_type.dat` that somebody needs by name.
pub(crate) mod oid {
    pub(crate) const INT8: u32 = 20;
    pub(crate) const INT4: u32 = 23;
    pub(crate) const CIDR: u32 = 650;
    pub(crate) const DATE: u32 = 1082;
    pub(crate) const TIMESTAMP: u32 = 1114;
    pub(crate) const TIMESTAMPTZ: u32 = 1184;
    /// From here on oids are given when a database is made: they differ between servers.
    pub(crate) const FIRST_OF_CATALOGUE: u32 = 10_000;
}
