//! Type modifiers in words: what stands in brackets behind a type.

/// Bytes of the server's own that the modifiers of some types count too.
const HEADER: i32 = 4;
/// An interval that holds any fields has these bits, and one of any precision those.
const ANY_FIELDS: i32 = 0x7fff;
const ANY_PRECISION: i32 = 0xffff;

/// The built-in type `oid` with its modifier, as SQL writes both; nothing if it has none, or none that is known.
///
/// ```
/// use pgscope_proto::types::modified;
/// assert_eq!(modified(1700, 655366).as_deref(), Some("numeric(10,2)"));
/// assert_eq!(modified(1043, 44).as_deref(), Some("varchar(40)"));
/// assert_eq!(modified(1043, -1), None);
/// ```
pub fn modified(oid: u32, modifier: i32) -> Option<String> {
    if modifier < 0 {
        return None;
    }
    let known = super::known(oid)?;
    let of_type = if known.is_array { known.inside } else { oid };
    let (word, behind) = match of_type {
        BPCHAR | VARCHAR => (known.name, format!("({})", modifier.checked_sub(HEADER).filter(|length| *length > 0)?)),
        BIT | VARBIT => (known.name, format!("({modifier})")),
        TIME | TIMETZ | TIMESTAMP | TIMESTAMPTZ => (known.name, format!("({modifier})")),
        NUMERIC => (known.name, numeric(modifier)?),
        INTERVAL => (known.name, interval(modifier)?),
        _ => return None,
    };
    Some(format!("{word}{behind}{}", if known.is_array { "[]" } else { "" }))
}

const BPCHAR: u32 = 1042;
const VARCHAR: u32 = 1043;
const TIME: u32 = 1083;
const TIMESTAMP: u32 = 1114;
const TIMESTAMPTZ: u32 = 1184;
const INTERVAL: u32 = 1186;
const TIMETZ: u32 = 1266;
const BIT: u32 = 1560;
const VARBIT: u32 = 1562;
const NUMERIC: u32 = 1700;

/// Precision in the upper half, scale in eleven bits with a sign.
fn numeric(modifier: i32) -> Option<String> {
    let modifier = modifier.checked_sub(HEADER).filter(|modifier| *modifier >= 0)?;
    let (precision, scale) = (modifier >> 16, ((modifier & 0x7ff) ^ 0x400) - 0x400);
    Some(format!("({precision},{scale})"))
}

const MONTH: i32 = 1 << 1;
const YEAR: i32 = 1 << 2;
const DAY: i32 = 1 << 3;
const HOUR: i32 = 1 << 10;
const MINUTE: i32 = 1 << 11;
const SECOND: i32 = 1 << 12;

/// Fields in the upper half, a bit each, and the precision of seconds in the lower.
fn interval(modifier: i32) -> Option<String> {
    let (fields, precision) = (modifier >> 16 & ANY_FIELDS, modifier & ANY_PRECISION);
    let words = match fields {
        ANY_FIELDS => "",
        _ => {
            let found = FIELDS.iter().find(|(bits, _)| *bits == fields)?;
            found.1
        }
    };
    Some(if precision == ANY_PRECISION { words.to_owned() } else { format!("{words}({precision})") })
        .filter(|behind| !behind.is_empty())
}

const FIELDS: &[(i32, &str)] = &[
    (YEAR, " year"),
    (MONTH, " month"),
    (DAY, " day"),
    (HOUR, " hour"),
    (MINUTE, " minute"),
    (SECOND, " second"),
    (YEAR | MONTH, " year to month"),
    (DAY | HOUR, " day to hour"),
    (DAY | HOUR | MINUTE, " day to minute"),
    (DAY | HOUR | MINUTE | SECOND, " day to second"),
    (HOUR | MINUTE, " hour to minute"),
    (HOUR | MINUTE | SECOND, " hour to second"),
    (MINUTE | SECOND, " minute to second"),
];

#[cfg(test)]
mod tests {
    use super::*;

    /// Modifiers as `pg_attribute.atttypmod` and `format_type` of PostgreSQL 15 have them, with pg_type's names.
    #[test]
    fn modifiers_are_told_as_the_server_writes_them() {
        for (oid, modifier, told) in [
            (1700, 655366, "numeric(10,2)"),
            (1700, 327684 + 2046, "numeric(5,-2)"),
            (1043, 44, "varchar(40)"),
            (1015, 44, "varchar(40)[]"),
            (1042, 5, "bpchar(1)"),
            (1560, 8, "bit(8)"),
            (1114, 3, "timestamp(3)"),
            (1184, 0, "timestamptz(0)"),
            (1186, 0x1c08_0002, "interval day to second(2)"),
            (1186, 0x7fff_0003, "interval(3)"),
            (1186, 0x0006_ffff, "interval year to month"),
        ] {
            assert_eq!(modified(oid, modifier).as_deref(), Some(told), "{oid} {modifier}");
        }
        for (oid, modifier) in [(1700, -1), (23, 4), (1043, 3), (1186, 0x7fff_ffff), (16_400, 5)] {
            assert_eq!(modified(oid, modifier), None);
        }
    }
}
