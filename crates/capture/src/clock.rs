//! Times as tools print them, in microseconds.

const SECOND: i64 = 1_000_000;
const DAY: i64 = 86_400 * SECOND;

/// Times of one recording: since 1970 where a date stands by, else since the first.
#[derive(Debug, Default)]
pub(crate) struct Clock {
    first: Option<i64>,
}

impl Clock {
    /// Reads `date time` or `time`.
    pub(crate) fn read(&mut self, text: Option<&str>) -> Option<i64> {
        let (date_text, time) = text?.rsplit_once(' ')?;
        let time = of_day(time)?;
        if let Some(days) = date(date_text) {
            return Some(days * DAY + time);
        }
        let since = time - *self.first.get_or_insert(time);
        Some(if since < 0 { since + DAY } else { since })
    }
}

/// `11:11:55.358709`
pub(crate) fn of_day(text: &str) -> Option<i64> {
    let (clock, fraction) = text.split_once('.').unwrap_or((text, ""));
    let digits: String = fraction.chars().chain("000000".chars()).take(6).collect();
    Some(seconds(clock)? * SECOND + digits.parse::<u32>().ok().map(i64::from)?)
}

fn seconds(clock: &str) -> Option<i64> {
    let mut parts = clock.split(':').map(|part| part.parse::<u32>().ok().filter(|part| *part < 100).map(i64::from));
    let (hour, minute, second) = (parts.next()??, parts.next()??, parts.next()??);
    parts.next().is_none().then_some((hour * 60 + minute) * 60 + second)
}

/// Days since 1970 of `2026/11/21` or `2026-11-21`.
pub(crate) fn date(text: &str) -> Option<i64> {
    let mut parts = text.split(['/', '-']).map(|part| part.parse::<u16>().ok().map(i64::from));
    let (year, month, day) = (parts.next()??, parts.next()??, parts.next()??);
    let real = year >= 1970 && (1..=12).contains(&month) && (1..=31).contains(&day) && parts.next().is_none();
    real.then(|| days(year, month, day))
}

/// Years begin in March, so that the leap day is the last of its year.
fn days(year: i64, month: i64, day: i64) -> i64 {
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    year * 365 + year / 4 - year / 100 + year / 400 + (month * 153 + 2) / 5 + day - 1 - 719_468
}

/// The time in a header of `socat`, whose fraction is a count of microseconds, not a decimal fraction.
pub(crate) fn socat(header: &str) -> Option<i64> {
    let mut words = header.split_whitespace().skip(1);
    let (day, time) = (words.next()?, words.next()?);
    let (clock, micros) = time.split_once('.')?;
    Some(date(day)? * DAY + seconds(clock)? * SECOND + micros.parse::<u32>().ok().map(i64::from)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_and_dates() {
        assert_eq!(of_day("00:00:01.5"), Some(1_500_000));
        assert_eq!(date("1970/01/01"), Some(0));
        assert_eq!(date("2000-03-01"), Some(11_017));
        assert_eq!(socat("> 1970/01/02 00:00:00.000000007  length=8 from=0 to=7"), Some(DAY + 7));
        assert_eq!(of_day("127.0.0.1.5432"), None);
    }
}
