//! Connections, statements and statistics as text for a terminal, as CSV and as JSON.
//!
//! In text a value is as a person says it (`1.50 ms`), elsewhere a number in the unit that its column names.

use crate::overview::{Await, Connection, Durations, Kind, Statement, Statistics, duration, size};
use crate::separated;
use crate::units::decimal;

/// What a table has.
pub trait Rows {
    /// The names of its columns, and whether numbers stand in them.
    const COLUMNS: &'static [(&'static str, bool)];

    /// A row as a person reads it.
    fn told(&self) -> Vec<String>;

    /// The names of the columns for programs.
    const FIELDS: &'static [&'static str];

    /// A row for programs.
    fn fields(&self) -> Vec<String>;
}

fn number(number: usize) -> String {
    separated(&number.to_string())
}

fn where_some(count: usize) -> String {
    if count > 0 { number(count) } else { String::new() }
}

fn or_dash(text: &str) -> String {
    if text.is_empty() { "–".to_owned() } else { text.to_owned() }
}

fn told<T>(value: Option<T>, tell: impl FnOnce(T) -> String) -> String {
    value.map_or_else(|| "–".to_owned(), tell)
}

fn field<T: ToString>(value: Option<T>) -> String {
    value.map_or_else(String::new, |value| value.to_string())
}

/// The column of the two sides of a pooler.
pub const POOLED: &str = "pooled";
/// The column of answers that did not come, or not whole.
pub const UNANSWERED: &str = "unanswered";
/// The column of what was not run, since something before it had failed.
pub const SKIPPED: &str = "skipped";
/// Columns that are there where some row has something in them.
pub const RARE: [&str; 3] = [POOLED, UNANSWERED, SKIPPED];

fn pooled(row: &Connection) -> String {
    match (row.carried_by.as_slice(), row.carries.as_slice()) {
        ([], []) => String::new(),
        (by, []) => format!("on {}", numbers(by)),
        (_, of) => format!("for {}", numbers(of)),
    }
}

/// How long after the beginning of a file: in seconds, or from an hour on as a clock shows it, behind days.
fn since(us: u64) -> String {
    const HOUR: u64 = 3_600_000_000;
    if us < HOUR {
        return decimal(us, 1_000_000, 3) + " s";
    }
    let us = us + 500;
    let (days, hours, minutes) = (us / (24 * HOUR), us / HOUR % 24, us / 60_000_000 % 60);
    let clock = format!("{hours:02}:{minutes:02}:{:02}.{:03}", us / 1_000_000 % 60, us / 1000 % 1000);
    if days > 0 { format!("{days} d {clock}") } else { clock }
}

fn numbers(numbers: &[usize]) -> String {
    numbers.iter().map(usize::to_string).collect::<Vec<_>>().join(" ")
}

impl Rows for Connection {
    const COLUMNS: &'static [(&'static str, bool)] = &[
        ("", true),
        ("client", false),
        ("user", false),
        ("database", false),
        ("application", false),
        ("begin", true),
        ("lasted", true),
        ("messages", true),
        ("bytes", true),
        ("queries", true),
        ("errors", true),
        ("findings", true),
        ("slowest", true),
        ("end", false),
        (POOLED, false),
    ];
    const FIELDS: &'static [&'static str] = &[
        "number",
        "client",
        "server",
        "user",
        "database",
        "application",
        "version",
        "begin_us",
        "since_us",
        "lasted_us",
        "messages",
        "bytes_frontend",
        "bytes_backend",
        "round_trips",
        "queries",
        "errors",
        "findings",
        "slowest_us",
        "slowest_message",
        "end",
        "carried_by",
        "carries",
        "end_how",
        "end_by",
        "end_sqlstate",
        "awaited",
        "awaited_us",
    ];

    fn told(&self) -> Vec<String> {
        vec![
            self.number.to_string(),
            or_dash(&self.client),
            or_dash(&self.user),
            or_dash(&self.database),
            or_dash(&self.application),
            told(self.since_us, since),
            told(self.lasted_us, duration),
            number(self.messages),
            size(self.bytes.iter().sum()),
            number(self.queries),
            number(self.errors),
            number(self.findings),
            told(self.slowest_us, |slowest| duration(slowest.into())),
            self.end.clone(),
            pooled(self),
        ]
    }

    fn fields(&self) -> Vec<String> {
        let [frontend, backend] = self.bytes;
        vec![
            self.number.to_string(),
            self.client.clone(),
            self.server.clone(),
            self.user.clone(),
            self.database.clone(),
            self.application.clone(),
            self.version.clone(),
            field(self.begin_us),
            field(self.since_us),
            field(self.lasted_us),
            self.messages.to_string(),
            frontend.to_string(),
            backend.to_string(),
            self.round_trips.to_string(),
            self.queries.to_string(),
            self.errors.to_string(),
            self.findings.to_string(),
            field(self.slowest_us),
            field(self.slowest_message),
            self.end.clone(),
            numbers(&self.carried_by),
            numbers(&self.carries),
            self.ending.how.id().to_owned(),
            self.ending.by.clone(),
            self.ending.sqlstate.clone(),
            self.ending.awaited.map_or("", Await::id).to_owned(),
            field(self.ending.awaited_us),
        ]
    }
}

impl Rows for Statement {
    const COLUMNS: &'static [(&'static str, bool)] = &[
        ("runs", true),
        ("errors", true),
        (UNANSWERED, true),
        (SKIPPED, true),
        ("rows", true),
        ("total", true),
        ("median", true),
        ("p95", true),
        ("worst", true),
        ("first row", true),
        ("statement", false),
    ];
    const FIELDS: &'static [&'static str] = &[
        "statement",
        "runs",
        "connections",
        "errors",
        "rows",
        "bytes",
        "total_us",
        "first_median_us",
        "first_p95_us",
        "first_worst_us",
        "done_median_us",
        "done_p95_us",
        "done_worst_us",
        "worst_connection",
        "worst_message",
        "unanswered",
        "skipped",
    ];

    fn told(&self) -> Vec<String> {
        let took = |of: fn(&Durations) -> u32| told(self.done.as_ref(), |done| duration(of(done).into()));
        vec![
            number(self.count),
            number(self.errors),
            where_some(self.unanswered),
            where_some(self.skipped),
            separated(&self.rows.to_string()),
            self.done.map_or_else(|| "–".to_owned(), |_| duration(self.total_us)),
            took(|done| done.median),
            took(|done| done.p95),
            took(|done| done.worst),
            told(self.first, |first| duration(first.median.into())),
            self.text.clone(),
        ]
    }

    fn fields(&self) -> Vec<String> {
        let all = |durations: Option<Durations>| {
            [durations.map(|one| one.median), durations.map(|one| one.p95), durations.map(|one| one.worst)].map(field)
        };
        let mut fields = vec![
            self.text.clone(),
            self.count.to_string(),
            self.connections.to_string(),
            self.errors.to_string(),
            self.rows.to_string(),
            self.bytes.to_string(),
            self.total_us.to_string(),
        ];
        fields.extend(all(self.first).into_iter().chain(all(self.done)));
        let numbers = [self.worst.connection, self.worst.message, self.unanswered, self.skipped];
        fields.extend(numbers.map(|number| number.to_string()));
        fields
    }
}

impl Rows for Kind {
    const COLUMNS: &'static [(&'static str, bool)] =
        &[("sent by", false), ("message", false), ("count", true), ("bytes", true)];
    const FIELDS: &'static [&'static str] = &["direction", "message", "count", "bytes"];

    fn told(&self) -> Vec<String> {
        vec![self.direction.clone(), self.name.clone(), number(self.count), size(self.bytes)]
    }

    fn fields(&self) -> Vec<String> {
        vec![self.direction.clone(), self.name.clone(), self.count.to_string(), self.bytes.to_string()]
    }
}

/// Rows under the names of their columns, in columns.
pub fn table<T: Rows>(rows: &[T]) -> String {
    let mut lines = vec![T::COLUMNS.iter().map(|(name, _)| (*name).to_owned()).collect::<Vec<_>>()];
    lines.extend(rows.iter().map(Rows::told));
    let width = |nth: usize| lines.iter().filter_map(|line| line.get(nth)).map(|cell| cell.chars().count()).max();
    let widths: Vec<usize> = (0..T::COLUMNS.len()).map(|nth| width(nth).unwrap_or(0)).collect();
    let mut text = String::new();
    let is_shown = |name: &str, nth: usize| {
        !RARE.contains(&name) || lines.iter().skip(1).any(|line| line.get(nth).is_some_and(|cell| !cell.is_empty()))
    };
    let shown: Vec<bool> = T::COLUMNS.iter().enumerate().map(|(nth, (name, _))| is_shown(name, nth)).collect();
    for line in &lines {
        let cells = line.iter().zip(&widths).zip(T::COLUMNS).zip(&shown).filter(|(_, is_shown)| **is_shown);
        let cells = cells.map(|(cell, _)| cell).map(|((cell, width), (_, is_number))| {
            if *is_number { format!("{cell:>width$}") } else { format!("{cell:<width$}") }
        });
        text += cells.collect::<Vec<_>>().join("  ").trim_end();
        text.push('\n');
    }
    text
}

/// Rows as CSV with a line of names, as RFC 4180 says it.
pub fn csv<T: Rows>(rows: &[T]) -> String {
    let names = T::FIELDS.iter().map(|name| (*name).to_owned()).collect();
    let lines = std::iter::once(names).chain(rows.iter().map(Rows::fields));
    lines.map(|line: Vec<String>| line_of_csv(line)).collect()
}

/// Cells with commas between and the end of the line.
pub(super) fn line_of_csv(cells: impl IntoIterator<Item = String>) -> String {
    cells.into_iter().map(|cell| cell_of_csv(&cell)).collect::<Vec<_>>().join(",") + "\r\n"
}

fn cell_of_csv(text: &str) -> String {
    match text.contains([',', '"', '\r', '\n']) {
        true => format!("\"{}\"", text.replace('"', "\"\"")),
        false => text.to_owned(),
    }
}

/// Statistics, each with its name.
pub fn facts(all: &Statistics) -> Vec<(&'static str, String)> {
    let [frontend, backend] = all.messages;
    let [sent, received] = all.bytes;
    let [parses, again] = all.parses;
    let [text, binary] = all.values;
    vec![
        ("connections", number(all.connections)),
        ("lasted", told(all.lasted_us, duration)),
        ("messages", format!("{} by clients, {} by servers", number(frontend), number(backend))),
        ("bytes", format!("{} by clients, {} by servers", size(sent), size(received))),
        ("queries", queries(all)),
        ("round trips", number(all.round_trips)),
        (
            "Parse and Bind",
            format!("{} and {}; {} prepared again", number(parses), number(all.binds), some(again, "text")),
        ),
        ("values", format!("{} as text, {} in binary format", size(text), size(binary))),
        ("errors", format!("{}, and {}", number(all.errors), some(all.notices, "notice"))),
        ("servers at work", duration(all.server_us) + &pooler(all)),
        (
            "clients’ turn",
            format!("{}, {} of that in a transaction", duration(all.client_us), duration(all.in_transaction_us)),
        ),
    ]
}

fn pooler(all: &Statistics) -> String {
    match all.pooler_us {
        0 => String::new(),
        waited => format!(", and {} until a pooler had carried on what its clients asked", duration(waited)),
    }
}

fn some(count: usize, one: &str) -> String {
    format!("{} {one}{}", number(count), if count == 1 { "" } else { "s" })
}

fn queries(all: &Statistics) -> String {
    let failed = if all.failed > 0 { format!(", {} failed", number(all.failed)) } else { String::new() };
    let carried = match all.carried {
        0 => String::new(),
        carried => format!("; {} of them are here twice, as a pooler carries them on", number(carried)),
    };
    let rows = separated(&all.rows.to_string());
    format!("{}{failed}, {rows} row{}{carried}", number(all.queries), if all.rows == 1 { "" } else { "s" })
}

/// Statistics in lines, and the messages by their sort.
pub fn statistics(all: &Statistics) -> String {
    let mut said: String = facts(all).iter().map(|(name, value)| format!("{name:<18}{value}\n")).collect();
    if !all.advice.is_empty() {
        said += "\nWhat could be spared\n";
        said.extend(all.advice.iter().map(|advice| format!("- {advice}\n")));
    }
    said.push('\n');
    said + &table(&all.kinds)
}

#[cfg(test)]
mod tests {
    use super::since;

    #[test]
    fn when_something_began_is_read_off_a_clock_in_long_files() {
        let told = [0, 12_345_678, 3_599_999_999, 3_600_000_000, 93_784_005_000].map(since);
        assert_eq!(told, ["0.000 s", "12.346 s", "3600.000 s", "01:00:00.000", "1 d 02:03:04.005"]);
    }
}
