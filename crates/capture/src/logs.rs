//! What a log writes at the beginning of a line: the time, and the names behind it.

use crate::clock;
use crate::lines::is_blank;

/// So many numbers at the end of a line are data; fewer may be words of the log.
const FEWEST: usize = 5;
/// A label ends before this.
const LABEL: usize = 32;

const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// What stands before the data of a line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Head<'a> {
    /// What is said of the data, without the time.
    pub words: &'a str,
    /// Where the data begin.
    pub end: usize,
}

/// The head of a line that begins with a time or a label: `2026-11-21T10:22:31Z DEBUG net: `, `10:22:31.002 `,
/// `Nov 21 10:22:31 web-1 app[2231]: `, `DEBUG: sent 15 bytes: `.
///
/// It is empty where a line begins otherwise. Where no numbers end the line, only the time is taken: names mean nothing to
/// who reads strings.
pub(crate) fn head(line: &str) -> Head<'_> {
    let time = time(line);
    if time == 0 && !has_label(line) {
        return Head::default();
    }
    let end = time.max(data(line));
    Head { words: line.get(time..end).unwrap_or_default(), end }
}

/// Whether a line begins with a word that is no hex, and a colon comes soon.
fn has_label(line: &str) -> bool {
    let line = line.trim_start_matches(is_blank);
    let word = line.split(|c: char| !c.is_ascii_alphabetic()).next().unwrap_or_default();
    let begin = line.char_indices().nth(LABEL).map_or(line, |(end, _)| line.get(..end).unwrap_or_default());
    word.len() > 1 && !word.bytes().all(|c| c.is_ascii_hexdigit()) && begin.contains(": ")
}

/// Whether a line begins as an entry of a log does.
pub(crate) fn is_entry(line: &str) -> bool {
    time(line) > 0 || line.contains(['|', '['])
}

/// The length of the time that a line begins with.
pub(crate) fn time(line: &str) -> usize {
    let open = line.len() - line.trim_start_matches(|c| is_blank(c) || c == '[').len();
    let rest = line.get(open..).unwrap_or_default();
    let is_month = MONTHS.iter().any(|month| rest.starts_with(month));
    if !is_month && !rest.starts_with(|c: char| c.is_ascii_digit()) {
        return 0;
    }
    let Some((first, at)) = word(line, open) else { return 0 };
    if first.contains('.') && clock::of_day(first).is_some() {
        return at;
    }
    let (has_date, at) = match is_month {
        true => match word(line, at) {
            Some((day, at)) => (day.parse::<u8>().is_ok_and(|day| day <= 31), at),
            None => return 0,
        },
        false => (clock::date(first).is_some(), at),
    };
    let Some((last, at)) = word(line, at).filter(|_| has_date) else { return 0 };
    // `10:22:31,002`, `10:22:31.002+01:00`
    let time = last.replace(',', ".");
    let time = time.split(['+', '-', 'Z', ']']).next().unwrap_or_default();
    if clock::of_day(time).is_some() { at } else { 0 }
}

/// The next word from `at` on, and where it ends; a `T` parts the day from the time.
fn word(line: &str, at: usize) -> Option<(&str, usize)> {
    let ends = |c: char| is_blank(c) || c == 'T';
    let rest = line.get(at..)?;
    let start = at + rest.find(|c| !ends(c))?;
    let rest = line.get(start..)?;
    let length = rest.find(ends).unwrap_or(rest.len());
    Some((rest.get(..length)?, start + length))
}

/// Where the numbers begin that end a line.
fn data(line: &str) -> usize {
    let is_data = |c: char| c.is_ascii_hexdigit() || is_blank(c) || "xX,;[](){}<>-\\".contains(c);
    let border = line.char_indices().rev().find(|(_, c)| !is_data(*c)).map_or(0, |(at, c)| at + c.len_utf8());
    let is_joined = line.get(..border).is_some_and(|before| before.ends_with(|c: char| c.is_alphanumeric()));
    let rest = line.get(border..).unwrap_or_default();
    // What is left of a word of the log.
    let part = if is_joined { rest.find(|c: char| !c.is_alphanumeric()).unwrap_or(rest.len()) } else { 0 };
    let rest = rest.get(part..).unwrap_or_default();
    let numbers = rest.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    let digits: usize = numbers.map(|word| word.trim_start_matches("0x").len().div_ceil(2)).sum();
    let blanks = rest.len() - rest.trim_start_matches(is_blank).len();
    if digits >= FEWEST { border + part + blanks } else { 0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn heads_of_logs_are_told_from_data() {
        let cases = [
            ("2026-11-21T10:22:31.002Z DEBUG app::net: read 300 bytes: [0, 0, 0, 56, 0", "[0, 0, 0, 56, 0"),
            ("Nov 21 10:22:31 web-1 app[2231]: 110, 101, 116, 0]", "110, 101, 116, 0]"),
            ("Nov  1 10:22:31 web-1 app[2231]: 51 00 00 00 0e", "51 00 00 00 0e"),
            ("[2026-11-21 10:22:31,002] 5100000004", "5100000004"),
            ("2026-11-21 10:22:31.5+01:00 sent 51 00 00 00 04", "51 00 00 00 04"),
            ("2026/11/21 10:00:00 got [81 0 0 0 4 83]", "[81 0 0 0 4 83]"),
            ("2026-11-21 10:00:01.123 UTC [4312] LOG:  statement: SELECT 1;", "UTC [4312] LOG:  statement: SELECT 1;"),
            ("2026-11-21 10:00:01 ERROR:  bytes: 0xc3 0x28", "ERROR:  bytes: 0xc3 0x28"),
            ("2026-11-21 10:00:01 sent b'Q\\x00'", "sent b'Q\\x00'"),
            ("10:22:31.002 --> 5100000004", "--> 5100000004"),
            ("DEBUG: sending 5 bytes: 51 00 00 00 04", "51 00 00 00 04"),
            ("Error: no\\x00", "Error: no\\x00"),
            ("20 26 11 21", "20 26 11 21"),
            ("51:00:00:00:04", "51:00:00:00:04"),
            ("2026-11-21 51 00 00 00 04", "2026-11-21 51 00 00 00 04"),
            ("", ""),
        ];
        for (line, expected) in cases {
            assert_eq!(line[head(line).end..].trim_start(), expected, "{line}");
        }
    }
}
