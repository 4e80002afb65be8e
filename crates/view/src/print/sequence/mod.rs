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

/// The name of a row, with how many messages it is.
fn named(row: &Row) -> String {
    if row.count > 1 { format!("{} × {}", row.name, row.count) } else { row.name.to_owned() }
}

/// A time as a person reads it.
fn time(at_us: i64) -> String {
    match at_us {
        ..=999 => format!("{at_us} µs"),
        1_000..=999_999 => decimal(at_us, 1000, 1, "ms"),
        _ => decimal(at_us, 1_000_000, 2, "s"),
    }
}

/// So many microseconds in a larger unit, with so many digits behind the point. What writes a fraction of any size would be a tenth of
/// what draws a figure.
fn decimal(at_us: i64, unit: i64, digits: u32, name: &str) -> String {
    let scale = 10_i64.pow(digits);
    let step = unit / scale;
    let parts = at_us / step + i64::from(at_us % step * 2 >= step);
    format!("{}.{:0width$} {name}", parts / scale, parts % scale, width = digits as usize)
}
