//! Settings that a client may change, and what a server takes for them.

use crate::Edition;
use crate::report::Report;

/// What a setting takes.
enum Takes {
    /// Any text.
    Text,
    /// On or off.
    Bool,
    /// One of these words.
    Word(&'static [&'static str]),
    /// A whole number in these limits, of this unit.
    Number(i64, i64, &'static str),
    /// A style and an order of dates.
    Dates,
    /// A zone of the world, or an offset.
    Zone,
    /// UTF8, which is all that the simulated server speaks.
    Encoding,
    /// A name, of which the server keeps so many bytes.
    Name,
    /// Nothing: it is what the server was started with.
    Nothing,
}

const MOST: i64 = 2_147_483_647;

static SETTINGS: &[(&str, Takes)] = &[
    ("application_name", Takes::Name),
    ("bytea_output", Takes::Word(&["escape", "hex"])),
    ("client_encoding", Takes::Encoding),
    (
        "client_min_messages",
        Takes::Word(&[
            "debug5", "debug4", "debug3", "debug2", "debug1", "debug", "log", "info", "notice", "warning", "error",
        ]),
    ),
    ("datestyle", Takes::Dates),
    ("default_transaction_read_only", Takes::Bool),
    ("extra_float_digits", Takes::Number(-15, 3, "")),
    ("geqo", Takes::Bool),
    ("idle_in_transaction_session_timeout", Takes::Number(0, MOST, "ms")),
    ("in_hot_standby", Takes::Nothing),
    ("integer_datetimes", Takes::Nothing),
    ("intervalstyle", Takes::Word(&["postgres", "postgres_verbose", "sql_standard", "iso_8601"])),
    ("jit", Takes::Bool),
    ("lock_timeout", Takes::Number(0, MOST, "ms")),
    ("search_path", Takes::Text),
    ("server_encoding", Takes::Nothing),
    ("server_version", Takes::Nothing),
    ("standard_conforming_strings", Takes::Bool),
    ("statement_timeout", Takes::Number(0, MOST, "ms")),
    ("timezone", Takes::Zone),
    ("work_mem", Takes::Number(64, MOST, "kB")),
];

/// How many bytes of a name a server keeps.
const NAME: usize = 63;

/// The beginning of a name that a server keeps.
pub(super) fn kept(name: &str) -> &str {
    let end = (0..=NAME.min(name.len())).rev().find(|end| name.is_char_boundary(*end)).unwrap_or(0);
    name.get(..end).unwrap_or(name)
}

/// Whether there is such a setting.
pub(super) fn is_known(name: &str) -> bool {
    SETTINGS.iter().any(|(known, _)| known.eq_ignore_ascii_case(name))
}

/// The value as the server keeps it, or what it says of it; a setting that is not known takes anything.
pub(super) fn taken(edition: Edition, name: &str, value: &str) -> Result<String, Report> {
    let invalid = || Report::error("22023", format!("invalid value for parameter \"{name}\": \"{value}\""));
    let Some((_, takes)) = SETTINGS.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)) else {
        return Ok(value.to_owned());
    };
    match takes {
        Takes::Text => Ok(value.to_owned()),
        Takes::Name => Ok(kept(value).to_owned()),
        Takes::Nothing => Err(Report::error("55P02", format!("parameter \"{name}\" cannot be changed"))),
        Takes::Bool => is_true(value)
            .map(|is_on| (if is_on { "on" } else { "off" }).to_owned())
            .ok_or_else(|| Report::error("22023", format!("parameter \"{name}\" requires a Boolean value"))),
        Takes::Word(words) => {
            let word = words.iter().find(|word| word.eq_ignore_ascii_case(value));
            word.map(|word| (*word).to_owned()).ok_or_else(invalid)
        }
        Takes::Number(least, most, unit) => {
            let number = number(value, unit).ok_or_else(invalid)?;
            if (*least..=*most).contains(&number) {
                return Ok(value.to_owned());
            }
            Err(Report::error("22023", outside(edition, name, number, (*least, *most, unit))))
        }
        Takes::Dates => dates(value).ok_or_else(invalid),
        Takes::Zone => {
            if is_zone(value) {
                Ok(value.to_owned())
            } else {
                Err(invalid())
            }
        }
        Takes::Encoding => {
            let plain = value.to_ascii_uppercase().replace(['-', '_', '\''], "");
            if matches!(plain.as_str(), "UTF8" | "UNICODE") { Ok("UTF8".to_owned()) } else { Err(invalid()) }
        }
    }
}

fn outside(edition: Edition, name: &str, number: i64, (least, most, unit): (i64, i64, &str)) -> String {
    let space = if unit.is_empty() { "" } else { " " };
    // Since 16 the limits have their unit, too.
    let of_limits = if edition >= Edition::Eighteen { format!("{space}{unit}") } else { String::new() };
    format!(
        "{number}{space}{unit} is outside the valid range for parameter \"{name}\" ({least}{of_limits} .. {most}{of_limits})"
    )
}

/// Any beginning of the words that only one of them has.
pub(super) fn is_true(value: &str) -> Option<bool> {
    let value = value.to_ascii_lowercase();
    let begins = |word: &str| !value.is_empty() && word.starts_with(&value);
    match value.as_str() {
        "on" | "1" => Some(true),
        "off" | "of" | "0" => Some(false),
        _ if begins("true") || begins("yes") => Some(true),
        _ if begins("false") || begins("no") => Some(false),
        _ => None,
    }
}

/// A number with a unit behind it, in the setting's own unit.
fn number(value: &str, unit: &str) -> Option<i64> {
    const UNITS: &[(&str, &str, i64)] = &[
        ("ms", "ms", 1),
        ("ms", "s", 1000),
        ("ms", "min", 60_000),
        ("ms", "h", 3_600_000),
        ("ms", "d", 86_400_000),
        ("kB", "kB", 1),
        ("kB", "MB", 1 << 10),
        ("kB", "GB", 1 << 20),
        ("kB", "TB", 1 << 30),
    ];
    let value = value.trim();
    let end = value.find(|letter: char| letter.is_ascii_alphabetic()).unwrap_or(value.len());
    let (digits, word) = value.split_at(end);
    let number: i64 = digits.trim().parse().ok()?;
    if word.is_empty() {
        return Some(number);
    }
    let factor = UNITS.iter().find(|(of, name, _)| *of == unit && *name == word)?.2;
    number.checked_mul(factor)
}

/// `ISO, MDY`: a style and an order, each once and in any order.
fn dates(value: &str) -> Option<String> {
    let (mut style, mut order) = (None, None);
    for word in value.split(',').map(|word| word.trim().to_ascii_uppercase()) {
        let (place, named) = match word.as_str() {
            "ISO" => (&mut style, "ISO"),
            "SQL" => (&mut style, "SQL"),
            "GERMAN" => (&mut style, "German"),
            _ if word.starts_with("POSTGRES") => (&mut style, "Postgres"),
            "YMD" => (&mut order, "YMD"),
            "DMY" => (&mut order, "DMY"),
            "MDY" | "US" => (&mut order, "MDY"),
            _ if word.starts_with("EURO") => (&mut order, "DMY"),
            _ if word.starts_with("NONEURO") => (&mut order, "MDY"),
            _ => return None,
        };
        if place.is_some_and(|before| before != named) {
            return None;
        }
        *place = Some(named);
    }
    let style = style.unwrap_or("ISO");
    let order = order.unwrap_or(if style == "German" { "DMY" } else { "MDY" });
    Some(format!("{style}, {order}"))
}

/// Areas of the world that zones are named by. Which places are in them only a server's own table knows.
const AREAS: &[&str] = &[
    "africa",
    "america",
    "antarctica",
    "arctic",
    "asia",
    "atlantic",
    "australia",
    "brazil",
    "canada",
    "chile",
    "etc",
    "europe",
    "indian",
    "mexico",
    "pacific",
    "us",
];

fn is_zone(value: &str) -> bool {
    match value.split_once('/') {
        Some((area, place)) => AREAS.contains(&area.to_ascii_lowercase().as_str()) && !place.is_empty(),
        None => !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-:.".contains(&byte)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_kept_as_the_server_keeps_it() {
        for (name, value, kept) in [
            ("DateStyle", "iso", "ISO, MDY"),
            ("DateStyle", "DMY, SQL", "SQL, DMY"),
            ("datestyle", "German", "German, DMY"),
            ("jit", "TR", "on"),
            ("IntervalStyle", "ISO_8601", "iso_8601"),
            ("statement_timeout", "5min", "5min"),
            ("client_encoding", "utf-8", "UTF8"),
            ("TimeZone", "Europe/Berlin", "Europe/Berlin"),
            ("of.somebody", "anything", "anything"),
        ] {
            assert_eq!(taken(Edition::Eighteen, name, value).as_deref(), Ok(kept), "{name} {value}");
        }
        assert!(taken(Edition::Eighteen, "jit", "o").is_err() && taken(Edition::Eighteen, "work_mem", "1ms").is_err());
        assert_eq!(kept(&"é".repeat(40)).len(), 62);
    }
}
