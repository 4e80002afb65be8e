//! Dates, times and intervals: counted from 2000-01-01, in days and microseconds.

const SECOND: i64 = 1_000_000;
const MINUTE: i64 = 60 * SECOND;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

pub(super) fn date(days: i32) -> Option<String> {
    match days {
        i32::MAX => Some("infinity".to_owned()),
        i32::MIN => Some("-infinity".to_owned()),
        _ => {
            let (text, era) = day_text(i64::from(days));
            Some(text + era)
        }
    }
}

/// A day counted from 2000-01-01, and ` BC` if it is before the year 1.
fn day_text(days: i64) -> (String, &'static str) {
    let (year, month, day) = civil(days);
    let (year, era) = if year > 0 { (year, "") } else { (1 - year, " BC") };
    (format!("{year:04}-{month:02}-{day:02}"), era)
}

/// From 0000-03-01 to 2000-01-01.
const DAYS_TO_2000: i64 = 730_425;

/// Year, month and day in the Gregorian calendar. Years are counted from March here, so that the leap day is the last.
pub(crate) fn civil(days_from_2000: i64) -> (i64, i64, i64) {
    let days = days_from_2000 + DAYS_TO_2000;
    let (era, day_of_era) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    (era * 400 + year_of_era + i64::from(month <= 2), month, day)
}

pub(super) fn time(microseconds: i64) -> Option<String> {
    (0..=DAY).contains(&microseconds).then(|| clock(microseconds))
}

/// `12:34:56.7`: the fraction without its last zeros.
fn clock(microseconds: i64) -> String {
    let (hour, minute) = (microseconds / HOUR, microseconds / MINUTE % 60);
    let (second, fraction) = (microseconds / SECOND % 60, microseconds % SECOND);
    format!("{hour:02}:{minute:02}:{second:02}{}", fraction_text(fraction))
}

fn fraction_text(fraction: i64) -> String {
    match fraction {
        0 => String::new(),
        _ => format!(".{fraction:06}").trim_end_matches('0').to_owned(),
    }
}

/// The zone is in seconds west of Greenwich, and shown east of it.
pub(super) fn time_with_zone(microseconds: i64, west: i32) -> Option<String> {
    let east = west.checked_neg()?;
    let (sign, offset) = (if east < 0 { '-' } else { '+' }, east.unsigned_abs());
    let (hour, minute, second) = (offset / 3600, offset / 60 % 60, offset % 60);
    let mut zone = format!("{sign}{hour:02}");
    if minute > 0 || second > 0 {
        zone.push_str(&format!(":{minute:02}"));
    }
    if second > 0 {
        zone.push_str(&format!(":{second:02}"));
    }
    Some(time(microseconds)? + &zone)
}

pub(super) fn timestamp(microseconds: i64, zone: &str) -> Option<String> {
    match microseconds {
        i64::MAX => Some("infinity".to_owned()),
        i64::MIN => Some("-infinity".to_owned()),
        _ => {
            let (day, era) = day_text(microseconds.div_euclid(DAY));
            Some(format!("{day} {}{zone}{era}", clock(microseconds.rem_euclid(DAY))))
        }
    }
}

/// As IntervalStyle postgres prints it: `-1 years +2 mons -3 days +04:05:06`.
pub(super) fn interval(microseconds: i64, days: i32, months: i32) -> String {
    match (microseconds, days, months) {
        (i64::MAX, i32::MAX, i32::MAX) => return "infinity".to_owned(),
        (i64::MIN, i32::MIN, i32::MIN) => return "-infinity".to_owned(),
        _ => {}
    }
    let mut parts = Vec::new();
    let mut before_is_negative = false;
    for (count, unit) in [(months / 12, "year"), (months % 12, "mon"), (days, "day")] {
        if count != 0 {
            let plus = if before_is_negative && count > 0 { "+" } else { "" };
            parts.push(format!("{plus}{count} {unit}{}", if count == 1 { "" } else { "s" }));
            before_is_negative = count < 0;
        }
    }
    if microseconds != 0 || parts.is_empty() {
        parts.push(signed_clock(microseconds, before_is_negative));
    }
    parts.join(" ")
}

fn signed_clock(microseconds: i64, after_negative: bool) -> String {
    let sign = match microseconds {
        ..0 => "-",
        _ if after_negative => "+",
        _ => "",
    };
    let length = microseconds.unsigned_abs();
    let (hour, minute) = (length / HOUR as u64, length / MINUTE as u64 % 60);
    let (second, fraction) = (length / SECOND as u64 % 60, length % SECOND as u64);
    format!("{sign}{hour:02}:{minute:02}:{second:02}{}", fraction_text(fraction as i64))
}
