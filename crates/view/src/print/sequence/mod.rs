//! A sequence diagram, written down: as a picture, for the tools of documentation, and as words.

mod html;
mod markdown;
mod mermaid;
mod plantuml;
mod svg;
mod terminal;
#[cfg(test)]
mod tests;

pub use html::{Frame, Panes, html, html_page, sheet};
pub use markdown::markdown;
pub use mermaid::mermaid;
pub use plantuml::plantuml;
pub use svg::{Theme, svg};
pub use terminal::terminal;

use crate::sequence::Row;
use crate::units::decimal;

/// The name of a row, with how many messages it is.
fn named(row: &Row) -> String {
    if row.count > 1 { format!("{} × {}", row.name, row.count) } else { row.name.to_owned() }
}

/// A time as a person reads it.
fn time(at_us: i64) -> String {
    match u64::try_from(at_us) {
        Ok(at @ 1_000..=999_999) => format!("{} ms", decimal(at, 1_000, 1)),
        Ok(at @ 1_000_000..) => format!("{} s", decimal(at, 1_000_000, 2)),
        _ => format!("{at_us} µs"),
    }
}
