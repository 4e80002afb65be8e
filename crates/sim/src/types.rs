//! The data types that a simulated server knows: their OIDs, and their two forms on the wire.

use crate::report::Report;

/// A data type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Type {
    /// The name by which scenarios call it.
    pub name: &'static str,
    /// Its OID.
    pub oid: u32,
    /// How many bytes a value has in memory; -1 if it varies.
    pub size: i16,
}

const fn of(name: &'static str, oid: u32, size: i16) -> Type {
    Type { name, oid, size }
}

/// All types that scenarios may use.
pub(crate) const TYPES: &[Type] = &[
    of("bool", 16, 1),
    of("bytea", 17, -1),
    of("name", 19, 64),
    of("int8", 20, 8),
    of("int2", 21, 2),
    of("int4", 23, 4),
    of("text", 25, -1),
    of("oid", 26, 4),
    of("json", 114, -1),
    of("pg_lsn", 3220, 8),
    of("float4", 700, 4),
    of("float8", 701, 8),
    of("unknown", 705, -2),
    of("varchar", 1043, -1),
    of("date", 1082, 4),
    of("timestamptz", 1184, 8),
    of("interval", 1186, 16),
    of("numeric", 1700, -1),
    of("void", 2278, 4),
    of("uuid", 2950, 16),
    of("jsonb", 3802, -1),
];

impl Type {
    /// The type of this name.
    pub fn named(name: &str) -> Option<Self> {
        TYPES.iter().copied().find(|known| known.name == name)
    }

    /// The type with this OID.
    pub fn with_oid(oid: u32) -> Option<Self> {
        TYPES.iter().copied().find(|known| known.oid == oid)
    }

    /// The binary form of a value that is given as text.
    pub fn to_binary(self, text: &str) -> Result<Vec<u8>, Report> {
        let number = |text: &str| text.parse::<i64>().ok();
        let bytes = match self.name {
            "bool" => Some(vec![u8::from(matches!(text, "t" | "true"))]),
            "int2" => number(text).map(|value| (value as i16).to_be_bytes().to_vec()),
            "int4" | "oid" => number(text).map(|value| (value as i32).to_be_bytes().to_vec()),
            "int8" => number(text).map(|value| value.to_be_bytes().to_vec()),
            "float4" => text.parse::<f32>().ok().map(|value| value.to_be_bytes().to_vec()),
            "float8" => text.parse::<f64>().ok().map(|value| value.to_be_bytes().to_vec()),
            "bytea" => text.strip_prefix("\\x").and_then(bytes_of_hex),
            "uuid" => bytes_of_hex(&text.replace('-', "")),
            "jsonb" => Some([b"\x01", text.as_bytes()].concat()),
            "text" | "varchar" | "name" | "json" | "unknown" => Some(text.as_bytes().to_vec()),
            "void" => Some(Vec::new()),
            _ => None,
        };
        bytes.ok_or_else(|| {
            let message = format!("this is a simulated server: it does not know the binary form of type {}", self.name);
            Report::error("0A000", message)
        })
    }

    /// The text of a value that came in binary. A value that is too short or too long is refused as a server does.
    pub fn of_binary(self, bytes: &[u8], too_long: impl FnOnce() -> Report) -> Result<String, Report> {
        if let Ok(size) = usize::try_from(self.size)
            && !matches!(self.name, "name" | "void")
        {
            if bytes.len() < size {
                return Err(Report::error("08P01", "insufficient data left in message"));
            }
            if bytes.len() > size {
                return Err(too_long());
            }
        }
        let integer = bytes.iter().fold(0i64, |number, byte| (number << 8) | i64::from(*byte));
        Ok(match self.name {
            "bool" => (if integer == 0 { "f" } else { "t" }).to_owned(),
            "int2" => (integer as i16).to_string(),
            "int4" => (integer as i32).to_string(),
            "oid" => (integer as u32).to_string(),
            "int8" => integer.to_string(),
            "float4" => f32::from_bits(integer as u32).to_string(),
            "float8" => f64::from_bits(integer as u64).to_string(),
            "text" | "varchar" | "name" | "json" | "unknown" => utf8(bytes)?,
            "bytea" => format!("\\x{}", hex(bytes)),
            "uuid" => uuid(&hex(bytes)),
            "jsonb" => utf8(bytes.get(1..).unwrap_or_default())?,
            _ => {
                let message = format!("this is a simulated server: it cannot read binary values of type {}", self.name);
                return Err(Report::error("0A000", message));
            }
        })
    }

    /// Whether a text is a value of the type, and how the server would print it.
    pub fn of_text(self, text: &str) -> Result<String, Report> {
        let trimmed = text.trim();
        let (name, range) = match self.name {
            "int2" => ("smallint", i64::from(i16::MIN)..=i64::from(i16::MAX)),
            "int4" => ("integer", i64::from(i32::MIN)..=i64::from(i32::MAX)),
            "int8" => ("bigint", i64::MIN..=i64::MAX),
            "oid" => ("oid", 0..=i64::from(u32::MAX)),
            "bool" => return boolean(text),
            "uuid" => {
                let digits = trimmed.replace(['-', '{', '}'], "");
                return match bytes_of_hex(&digits) {
                    Some(bytes) if bytes.len() == 16 => Ok(uuid(&digits.to_ascii_lowercase())),
                    _ => Err(invalid("uuid", text)),
                };
            }
            "float4" | "float8" if trimmed.parse::<f64>().is_err() => {
                let name = if self.name == "float4" { "real" } else { "double precision" };
                return Err(invalid(name, text));
            }
            _ => return Ok(text.to_owned()),
        };
        let is_number = |digits: &str| !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
        if !is_number(trimmed.strip_prefix(['-', '+']).unwrap_or(trimmed)) {
            return Err(invalid(name, text));
        }
        match trimmed.parse::<i64>().ok().filter(|value| range.contains(value)) {
            Some(value) => Ok(value.to_string()),
            None => Err(Report::error("22003", format!("value \"{text}\" is out of range for type {name}"))),
        }
    }
}

fn invalid(name: &str, text: &str) -> Report {
    Report::error("22P02", format!("invalid input syntax for type {name}: \"{text}\""))
}

fn boolean(text: &str) -> Result<String, Report> {
    let lower = text.trim().to_ascii_lowercase();
    let begins = |word: &str| !lower.is_empty() && word.starts_with(&lower);
    if begins("true") || begins("yes") || lower == "on" || lower == "1" {
        return Ok("t".to_owned());
    }
    if begins("false") || begins("no") || lower == "off" || lower == "of" || lower == "0" {
        return Ok("f".to_owned());
    }
    Err(invalid("boolean", text))
}

/// The text that bytes are in UTF-8, or the server's complaint.
pub(crate) fn utf8(bytes: &[u8]) -> Result<String, Report> {
    let bad = match std::str::from_utf8(bytes) {
        Ok(text) => match text.find('\0') {
            None => return Ok(text.to_owned()),
            Some(_) => vec![0],
        },
        Err(error) => invalid_sequence(bytes.get(error.valid_up_to()..).unwrap_or_default()),
    };
    let shown: Vec<_> = bad.iter().map(|byte| format!("0x{byte:02x}")).collect();
    Err(Report::error("22021", format!("invalid byte sequence for encoding \"UTF8\": {}", shown.join(" "))))
}

/// As many bytes as the first one announces, as a server prints them.
fn invalid_sequence(bytes: &[u8]) -> Vec<u8> {
    let announced = match bytes.first() {
        Some(0xc0..=0xdf) => 2,
        Some(0xe0..=0xef) => 3,
        Some(0xf0..=0xf7) => 4,
        _ => 1,
    };
    bytes.iter().copied().take(announced).collect()
}

fn bytes_of_hex(digits: &str) -> Option<Vec<u8>> {
    let digits = digits.as_bytes();
    let (pairs, rest) = digits.as_chunks::<2>();
    let byte = |pair: &[u8; 2]| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok();
    if rest.is_empty() { pairs.iter().map(byte).collect() } else { None }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn uuid(digits: &str) -> String {
    let part = |from: usize, to: usize| digits.get(from..to).unwrap_or_default();
    [part(0, 8), part(8, 12), part(12, 16), part(16, 20), part(20, 32)].join("-")
}
