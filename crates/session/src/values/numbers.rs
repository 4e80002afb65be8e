//! Numbers: floating point as the server's shortest form, numeric digit by digit, money, bit strings, snapshots.

use super::reader::Reader;

pub(super) fn float4(number: f32) -> String {
    float(f64::from(number), &format!("{number:e}"), 6)
}

pub(super) fn float8(number: f64) -> String {
    float(number, &format!("{number:e}"), 15)
}

/// The shortest digits that read back as the same number, with an exponent outside the range in which C prints none.
fn float(number: f64, scientific: &str, digits: i32) -> String {
    if number.is_nan() {
        return "NaN".to_owned();
    }
    if number.is_infinite() {
        return if number > 0.0 { "Infinity" } else { "-Infinity" }.to_owned();
    }
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    if (-4..digits).contains(&exponent) {
        return plain(mantissa, exponent);
    }
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{mantissa}e{sign}{:02}", exponent.abs())
}

/// `1.5` and exponent 3 to `1500`.
fn plain(mantissa: &str, exponent: i32) -> String {
    let (sign, mantissa) = mantissa.strip_prefix('-').map_or(("", mantissa), |rest| ("-", rest));
    let digits: String = mantissa.chars().filter(|letter| *letter != '.').collect();
    let whole = exponent + 1;
    if whole <= 0 {
        let zeros = "0".repeat(whole.unsigned_abs() as usize);
        return if digits == "0" { format!("{sign}0") } else { format!("{sign}0.{zeros}{digits}") };
    }
    let whole = whole as usize;
    match digits.split_at_checked(whole) {
        Some((before, "")) => format!("{sign}{before}"),
        Some((before, after)) => format!("{sign}{before}.{after}"),
        None => format!("{sign}{digits}{}", "0".repeat(whole - digits.len())),
    }
}

const NEGATIVE: u16 = 0x4000;
const NAN: u16 = 0xc000;
const INFINITY: u16 = 0xd000;
const NEGATIVE_INFINITY: u16 = 0xf000;
const DIGITS_IN_GROUP: usize = 4;

/// Groups of four decimal digits: how many, the weight of the first, the sign, how many digits behind the point.
pub(super) fn numeric(reader: &mut Reader<'_>) -> Option<String> {
    let (count, weight) = (reader.i16()?, reader.i16()?);
    let (sign, scale) = (reader.u16()?, reader.u16()? as usize);
    match sign {
        NAN => return Some("NaN".to_owned()),
        INFINITY => return Some("Infinity".to_owned()),
        NEGATIVE_INFINITY => return Some("-Infinity".to_owned()),
        _ => {}
    }
    let groups: Vec<u16> = (0..count).map(|_| reader.u16()).collect::<Option<_>>()?;
    let group = |at: i32| usize::try_from(at).ok().and_then(|at| groups.get(at)).copied().unwrap_or(0);
    let mut text = if sign == NEGATIVE { "-".to_owned() } else { String::new() };
    let weight = i32::from(weight);
    if weight < 0 {
        text.push('0');
    } else {
        text.push_str(&group(0).to_string());
        (1..=weight).for_each(|at| text.push_str(&format!("{:04}", group(at))));
    }
    if scale > 0 {
        let groups_behind = scale.div_ceil(DIGITS_IN_GROUP) as i32;
        let behind: String = (weight + 1..=weight + groups_behind).map(|at| format!("{:04}", group(at))).collect();
        text.push('.');
        text.push_str(behind.get(..scale)?);
    }
    Some(text)
}

const CENTS: u64 = 100;

/// As a server prints it whose lc_monetary is that of the United States.
pub(super) fn money(cents: i64) -> String {
    let (whole, rest) = (cents.unsigned_abs() / CENTS, cents.unsigned_abs() % CENTS);
    let digits = whole.to_string();
    let mut grouped = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    format!("{}${grouped}.{rest:02}", if cents < 0 { "-" } else { "" })
}

pub(super) fn bits(reader: &mut Reader<'_>) -> Option<String> {
    let count = usize::try_from(reader.i32()?).ok()?;
    let bytes = reader.take(count.div_ceil(8))?;
    Some(
        (0..count)
            .filter_map(|bit| Some(if bytes.get(bit / 8)? >> (7 - bit % 8) & 1 == 1 { '1' } else { '0' }))
            .collect(),
    )
}

/// `xmin:xmax:` and the transactions that are running between them.
pub(super) fn snapshot(reader: &mut Reader<'_>) -> Option<String> {
    let count = reader.i32()?;
    let (xmin, xmax) = (reader.u64()?, reader.u64()?);
    let running: Vec<String> = (0..count).map(|_| reader.u64().map(|xid| xid.to_string())).collect::<Option<_>>()?;
    Some(format!("{xmin}:{xmax}:{}", running.join(",")))
}
