//! Numbers with a point, as a person reads them.
//!
//! They are made of whole numbers: what writes a fraction of any size weighs a tenth of what draws a figure, and nothing here needs it.

/// A number in a unit `unit` times as large, with `digits` digits behind the point: `decimal(1_250, 1_000, 1)` is `1.3`.
pub fn decimal(number: u64, unit: u64, digits: u32) -> String {
    let scale = 10_u64.pow(digits);
    let step = (unit / scale).max(1);
    let parts = number / step + u64::from(number % step >= step - step / 2);
    if digits == 0 {
        return parts.to_string();
    }
    format!("{}.{:0width$}", parts / scale, parts % scale, width = digits as usize)
}

/// The time of day of a time in microseconds since 1970, as UTC has it.
pub fn time_of_day(at_us: i64) -> String {
    let of_day = at_us.rem_euclid(86_400_000_000);
    let seconds = of_day / 1_000_000;
    format!("{:02}:{:02}:{:02}.{:06}", seconds / 3600, seconds / 60 % 60, seconds % 60, of_day % 1_000_000)
}

/// Microseconds as seconds with six digits behind the point.
pub fn seconds(microseconds: i64) -> String {
    let sign = if microseconds < 0 { "-" } else { "" };
    let microseconds = microseconds.unsigned_abs();
    format!("{sign}{}.{:06}", microseconds / 1_000_000, microseconds % 1_000_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_digit_is_rounded() {
        let known = [
            (decimal(0, 1_000, 1), "0.0"),
            (decimal(1_049, 1_000, 1), "1.0"),
            (decimal(1_050, 1_000, 1), "1.1"),
            (decimal(999_949, 1_000, 1), "999.9"),
            (decimal(61_234_999, 1_000_000, 2), "61.23"),
            (decimal(61_235_000, 1_000_000, 2), "61.24"),
            (decimal(1_007, 1_000, 3), "1.007"),
            (decimal(123_499, 1_000, 0), "123"),
            (decimal(123_500, 1_000, 0), "124"),
            (decimal(u64::MAX, 1_000_000_000, 2), "18446744073.71"),
        ];
        for (written, words) in known {
            assert_eq!(written, words);
        }
    }
}
