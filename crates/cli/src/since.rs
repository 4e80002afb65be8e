//! How times of messages are counted where people read them.

use clap::ValueEnum;
use pgscope_view::Indexed;
use pgscope_view::print::times;

/// From when on times are counted.
#[derive(Clone, Copy, ValueEnum)]
pub(crate) enum Since {
    /// The time of day, in UTC
    Day,
    /// The same with its date
    Date,
    /// Seconds since the first message of its connection
    Beginning,
    /// Seconds since the message before
    Before,
    /// Seconds since the message that asked
    Request,
}

impl Since {
    fn of(self) -> times::Since {
        match self {
            Self::Day => times::Since::Day,
            Self::Date => times::Since::Date,
            Self::Beginning => times::Since::Beginning,
            Self::Before => times::Since::Before,
            Self::Request => times::Since::Request,
        }
    }

    /// A message's time as it stands before the message.
    pub(crate) fn told(self, times: &times::Column, indexed: &Indexed, number: usize) -> String {
        let width = if matches!(self, Self::Date) { 26 } else { 15 };
        format!("{:>width$} ", times.told(indexed, number, self.of()))
    }
}
