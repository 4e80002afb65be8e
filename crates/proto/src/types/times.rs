//! Dates, times and what lies between them.

use crate::schema::*;

const DATES: Section = Section::new("Date/Time Types", "datatype-datetime.html");

/// A day.
pub static DATE: Message = value_type(
    message(
        "date",
        "date",
        "A day of the Gregorian calendar, as a number of days. The text format depends on DateStyle; the binary one never does.",
    ),
    "always",
    DATES,
    &[int(
        "days",
        "days since 2000",
        Width::Four,
        Show::Signed,
        "Days since 2000-01-01, negative before it. Days since 1970 are a known mistake: they are thirty years off, 10957 days. The largest and the smallest number stand for infinity and -infinity.",
    )],
    b"\0\0\x22\x3e",
);

const TIME_OF_DAY: Field = int(
    "microseconds",
    "microseconds since midnight",
    Width::Eight,
    Show::Signed,
    "Microseconds since midnight, from 0 to 86400000000, which is 24:00. Servers before PostgreSQL 10 that were built without integer_datetimes sent a floating-point number of seconds here.",
);

/// A time of day.
pub static TIME: Message = value_type(
    message("time", "time", "A time of day without a zone, to the microsecond."),
    "always",
    DATES,
    &[TIME_OF_DAY],
    b"\0\0\0\x0a\x8e\x8a\x66\x40",
);

/// A time of day somewhere.
pub static TIMETZ: Message = value_type(
    message(
        "timetz",
        "timetz",
        "A time of day with its distance from UTC (time with time zone). The manual advises against it: without a date nobody knows whether it is summer.",
    ),
    "always",
    DATES,
    &[
        TIME_OF_DAY,
        int(
            "zone",
            "seconds west of UTC",
            Width::Four,
            Show::Signed,
            "How far the zone is from UTC, in seconds to the west: +02:00 is -7200. The sign is the other way round than in the text, as in POSIX, and drivers get it wrong.",
        ),
    ],
    b"\0\0\0\x0a\x8e\x8a\x66\x40\xff\xff\xe3\xe0",
);

const SINCE_2000: &str = "Microseconds since 2000-01-01 00:00, negative before it. Writing Unix time here is a known mistake: it is 946684800 seconds off. The largest and the smallest number stand for infinity and -infinity.";

/// Day and time.
pub static TIMESTAMP: Message = value_type(
    message(
        "timestamp",
        "timestamp",
        "A day and a time of day without a zone: what a clock on some wall shows. Who reads it must know which wall.",
    ),
    "always",
    DATES,
    &[int("microseconds", "microseconds since 2000", Width::Eight, Show::Timestamp, SINCE_2000)],
    b"\0\x02\xb1\xa9\x06\x6c\x40\0",
);

/// A moment.
pub static TIMESTAMPTZ: Message = value_type(
    message(
        "timestamptz",
        "timestamptz",
        "A moment in time (timestamp with time zone). It holds no zone: the text format shows it in the session's TimeZone, the binary one always counts in UTC.",
    ),
    "always",
    DATES,
    &[int("microseconds", "microseconds since 2000", Width::Eight, Show::Timestamp, SINCE_2000)],
    b"\0\x02\xb1\xa9\x06\x6c\x40\0",
);

/// A span of time.
pub static INTERVAL: Message = value_type(
    message(
        "interval",
        "interval",
        "A span of time in three parts that are not counted against each other, since a month has no fixed number of days, nor a day of hours. “1 day” and “24 hours” are different values.",
    ),
    "always",
    Section::new("Interval Input", "datatype-datetime.html#DATATYPE-INTERVAL-INPUT"),
    &[
        int(
            "microseconds",
            "microseconds",
            Width::Eight,
            Show::Signed,
            "Hours, minutes and seconds together, in microseconds. It may be more than a day, and have another sign than the days.",
        ),
        int(
            "days",
            "days",
            Width::Four,
            Show::Signed,
            "Whole days, weeks among them. They are added as days of the calendar, which in summer time may have 23 or 25 hours.",
        ),
        int(
            "months",
            "months",
            Width::Four,
            Show::Signed,
            "Months, twelve of them a year. It comes last on the wire, though it counts most. All three parts at their largest mean infinity, since PostgreSQL 17.",
        ),
    ],
    b"\0\0\0\0\xd6\x93\xa4\0\0\0\0\x03\0\0\0\x0e",
);
