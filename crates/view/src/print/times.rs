//! When messages were seen, as a person wants it counted, beside what is printed of them.

use pgscope_session::values;

use crate::exchange::Indexed;
use crate::units::{seconds, time_of_day};

/// From when on a time is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Since {
    /// It is the time of day, in UTC.
    Day,
    /// The same with its date.
    Date,
    /// From the first message of the connection.
    Beginning,
    /// From the message before.
    Before,
    /// From the message that asked.
    Request,
}

/// The oid of the type `date`, and how many days lie between 1970 and the day from which it counts.
const DATE: u32 = 1082;
const DAYS: i64 = 10_957;

fn date(at_us: i64) -> String {
    let days = i32::try_from(at_us.div_euclid(86_400_000_000) - DAYS).unwrap_or_default();
    values::text_of(DATE, &days.to_be_bytes()).unwrap_or_default()
}

/// When the messages of a connection were seen.
#[derive(Debug, Default)]
pub struct Column(Vec<Option<i64>>);

impl Column {
    /// Looks at all of them.
    pub fn of(indexed: &Indexed) -> Self {
        Self(pgscope_session::survey::times(&indexed.exchange, &indexed.index).collect())
    }

    /// When a message was seen, in microseconds since 1970, where that is known.
    pub fn seen_us(&self, number: usize) -> Option<i64> {
        self.0.get(number).copied().flatten()
    }

    /// The same as a person reads it: the time of day, or seconds with six digits behind the point; empty where it is not known.
    pub fn told(&self, indexed: &Indexed, number: usize, since: Since) -> String {
        let Some(at) = self.seen_us(number) else { return String::new() };
        let from = match since {
            Since::Day => return time_of_day(at),
            Since::Date => return format!("{} {}", date(at), time_of_day(at)),
            Since::Beginning => self.0.iter().find_map(|at| *at),
            Since::Before => self.0.get(..number).and_then(|before| before.iter().rev().find_map(|at| *at)),
            Since::Request => indexed.index.request(number).and_then(|request| self.seen_us(request)),
        };
        from.map(|from| seconds(at.saturating_sub(from))).unwrap_or_default()
    }
}
