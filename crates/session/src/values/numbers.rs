//! Numbers: floating point as the server's shortest form, numeric digit by digit, money, bit strings, snapshots.

use super::reader::Reader;
use super::shortest::{Binary, shortest};

pub(super) fn float4(number: f32) -> String {
    let (bits, exponent) = (number.to_bits() & 0x7f_ffff, (number.to_bits() >> 23 & 0xff) as i32);
    let binary = binary(u64::from(bits), exponent, (23, 127));
    float(f64::from(number), binary, 6)
}

pub(super) fn float8(number: f64) -> String {
    let (bits, exponent) = (number.to_bits() & 0xf_ffff_ffff_ffff, (number.to_bits() >> 52 & 0x7ff) as i32);
    float(number, binary(bits, exponent, (52, 1023)), 15)
}

/// What the bits of a floating-point number mean, where its form has this many bits of mantissa and this bias.
fn binary(bits: u64, exponent: i32, (width, bias): (i32, i32)) -> Binary {
    if exponent == 0 {
        return Binary { mantissa: bits, exponent: 1 - bias - width, is_power: false };
    }
    Binary { mantissa: bits | 1 << width, exponent: exponent - bias - width, is_power: bits == 0 && exponent > 1 }
}

/// The shortest digits that read back as the same number, with an exponent outside the range in which C prints none.
fn float(number: f64, binary: Binary, most: i32) -> String {
    if number.is_nan() {
        return "NaN".to_owned();
    }
    let sign = if number.is_sign_negative() { "-" } else { "" };
    if number.is_infinite() {
        return format!("{sign}Infinity");
    }
    if binary.mantissa == 0 {
        return format!("{sign}0");
    }
    let (digits, exponent) = shortest(binary);
    let digits: String = digits.iter().map(|digit| (b'0' + digit) as char).collect();
    if (-4..most).contains(&exponent) {
        return plain(sign, &digits, exponent);
    }
    let (first, rest) = digits.split_at(1);
    let point = if rest.is_empty() { "" } else { "." };
    let below = if exponent < 0 { '-' } else { '+' };
    format!("{sign}{first}{point}{rest}e{below}{:02}", exponent.abs())
}

/// Digits `15` and exponent 3 to `1500`.
fn plain(sign: &str, digits: &str, exponent: i32) -> String {
    let whole = exponent + 1;
    if whole <= 0 {
        let zeros = "0".repeat(whole.unsigned_abs() as usize);
        return format!("{sign}0.{zeros}{digits}");
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
const GROUP_END: u16 = 10_000;
/// A server refuses more digits behind the point than these bits can count.
const SCALE_MAX: u16 = 0x3fff;

/// Groups of four decimal digits: how many, the weight of the first, the sign, how many digits behind the point.
///
/// Read as a server reads it: what it refuses is no value, digits behind the scale and zeros in front do not count.
pub(super) fn numeric(reader: &mut Reader<'_>) -> Option<String> {
    let (count, weight) = (reader.u16()?, reader.i16()?);
    let (sign, scale) = (reader.u16()?, reader.u16()?);
    if scale > SCALE_MAX {
        return None;
    }
    let groups: Vec<u16> =
        (0..count).map(|_| reader.u16().filter(|group| *group < GROUP_END)).collect::<Option<_>>()?;
    match sign {
        0 | NEGATIVE => {}
        NAN => return Some("NaN".to_owned()),
        INFINITY => return Some("Infinity".to_owned()),
        NEGATIVE_INFINITY => return Some("-Infinity".to_owned()),
        _ => return None,
    }
    let weight = i32::from(weight);
    let group = |power: i32| usize::try_from(weight - power).ok().and_then(|at| groups.get(at)).copied().unwrap_or(0);
    let highest = (0..=weight).rev().find(|power| group(*power) != 0).unwrap_or(0);
    let mut text = group(highest).to_string();
    (0..highest).rev().for_each(|power| text.push_str(&format!("{:04}", group(power))));
    if scale > 0 {
        let scale = usize::from(scale);
        let groups_behind = scale.div_ceil(DIGITS_IN_GROUP) as i32;
        let behind: String = (1..=groups_behind).map(|power| format!("{:04}", group(-power))).collect();
        text.push('.');
        text.push_str(behind.get(..scale)?);
    }
    let is_zero = text.bytes().all(|digit| matches!(digit, b'0' | b'.'));
    Some(if sign == NEGATIVE && !is_zero { format!("-{text}") } else { text })
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

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// `1.5e3` as the standard library writes it, in the server's form.
    fn expected(scientific: &str, most: i32) -> String {
        let (mantissa, exponent) = scientific.split_once('e').expect("it has an exponent");
        let exponent: i32 = exponent.parse().expect("a number");
        let (sign, digits) = mantissa.strip_prefix('-').map_or(("", mantissa), |rest| ("-", rest));
        if (-4..most).contains(&exponent) {
            return plain(sign, &digits.replace('.', ""), exponent);
        }
        format!("{mantissa}e{}{:02}", if exponent < 0 { '-' } else { '+' }, exponent.abs())
    }

    /// How many digits say what the number is.
    fn digits(text: &str) -> usize {
        let mantissa = text.split('e').next().unwrap_or_default().replace(['.', '-'], "");
        mantissa.trim_start_matches('0').len()
    }

    #[test]
    fn floats_at_the_edges() {
        // As PostgreSQL 18 prints them.
        let eight = [
            (0.0, "0"),
            (-0.0, "-0"),
            (0.1, "0.1"),
            (1e15, "1e+15"),
            (123456789012345.0, "123456789012345"),
            (0.0001, "0.0001"),
            (0.00001, "1e-05"),
            (f64::MAX, "1.7976931348623157e+308"),
            (f64::MIN_POSITIVE, "2.2250738585072014e-308"),
            (5e-324, "5e-324"),
            (9007199254740993.0, "9.007199254740992e+15"),
            (f64::NEG_INFINITY, "-Infinity"),
            (f64::NAN, "NaN"),
            (f64::from_bits(0xc354_f992_2dde_89a4), "-2.3615623057254032e+16"),
            (f64::from_bits(0x4038_0001_0000_0000), "24.000015258789062"),
            // Fifteen digits would do, half-way to the next number.
            (55_108_959_382_350_704.0, "5.5108959382350704e+16"),
        ];
        for (number, text) in eight {
            assert_eq!(float8(number), text);
        }
        for (number, text) in [
            (1e6, "1e+06"),
            (0.3, "0.3"),
            (f32::MAX, "3.4028235e+38"),
            (1e-45, "1e-45"),
            (f32::from_bits(0xcc3d_0634), "-4.9551568e+07"),
        ] {
            assert_eq!(float4(number), text);
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(1000))]

        #[test]
        fn floats_read_back_and_are_nearly_those_of_the_standard_library(bits in any::<u64>(), small in any::<u16>(), power in 0..2047u64) {
            for number in [bits, u64::from(small), power << 52, (power << 52).wrapping_add(1), (power << 52).wrapping_sub(1)] {
                let number = f64::from_bits(number);
                if number.is_finite() && number != 0.0 {
                    let (ours, theirs) = (float8(number), expected(&format!("{number:e}"), 15));
                    prop_assert_eq!(ours.parse::<f64>(), Ok(number));
                    // The server takes no decimal half-way between two numbers, but the next one that has digits enough: zeros
                    // at the end of the shorter one are not written.
                    prop_assert!(ours == theirs || ours.len() >= theirs.len(), "{} {}", ours, theirs);
                    prop_assert!(digits(&ours) <= 17, "{} {}", ours, theirs);
                }
            }
            let number = f32::from_bits(bits as u32);
            if number.is_finite() && number != 0.0 {
                prop_assert_eq!(float4(number).parse::<f32>(), Ok(number));
            }
        }
    }
}
