//! Rows of cells on a line each: between bars, as Markdown and psql draw tables, or with a sign between them, as in CSV.

use super::{Cells, Row, cell};
use crate::lines::{Line, is_blank, lines};

/// A table that is drawn: its head, a line below that, and rows with bars between their cells.
pub(super) fn drawn(text: &str) -> Option<Cells<'_>> {
    if !text.contains('|') {
        return None;
    }
    let mut cells = Cells::default();
    let (mut head, mut heading): (Option<Line<'_>>, Option<Line<'_>>) = (None, None);
    let mut is_open = false;
    for line in lines(text).map(Line::trimmed) {
        if is_rule(line.text) {
            if let Some(head) = head.take().filter(|_| !is_open) {
                let names: Vec<&str> = between_bars(head).into_iter().map(|cell| cell::bare(cell).text).collect();
                is_open = cells.names.is_empty() || cells.names == names;
                cells.names = names;
            }
        } else if is_open && line.text.contains('|') {
            cells.rows.push(Row { cells: between_bars(line), heading });
        } else {
            is_open = false;
            if line.text.contains('|') {
                head = Some(line);
            } else if !line.text.is_empty() {
                heading = Some(line);
            }
        }
    }
    (!cells.rows.is_empty()).then_some(cells)
}

/// The line below the head: nothing but strokes.
fn is_rule(line: &str) -> bool {
    line.contains("--") && line.contains(['|', '+', '-']) && line.chars().all(|c| is_blank(c) || "|+-:".contains(c))
        || line.contains("|-") && line.chars().all(|c| is_blank(c) || "|+-:".contains(c))
}

fn between_bars(line: Line<'_>) -> Vec<Line<'_>> {
    let line = line.trimmed();
    let from = usize::from(line.text.starts_with('|'));
    let to = line.text.len() - usize::from(line.text.len() > 1 && line.text.ends_with('|'));
    split(line.part(from, to), '|', |_, _| false)
}

/// Splits a line at a sign, but for those that stand between quotes.
fn split<'a>(line: Line<'a>, sign: char, quotes: fn(char, bool) -> bool) -> Vec<Line<'a>> {
    let (mut cells, mut from, mut is_quoted, mut begins, mut closed) = (Vec::new(), 0, false, true, false);
    for (at, c) in line.text.char_indices() {
        // A quote that is doubled closes and opens.
        let is_quote = quotes(c, begins || is_quoted || closed);
        closed = is_quote && is_quoted;
        if is_quote {
            is_quoted = !is_quoted;
        } else if c == sign && !is_quoted {
            cells.push(line.part(from, at));
            from = at + c.len_utf8();
        }
        begins = c == sign && !is_quoted || begins && is_blank(c);
    }
    cells.push(line.rest(from));
    cells
}

/// Rows with as many cells each, and a sign between them; the first names the columns, if none of its cells looks as the ones
/// below it do.
pub(super) fn separated(text: &str) -> Option<Cells<'_>> {
    [',', ';', '\t', '|'].into_iter().find_map(|sign| by_sign(text, sign))
}

fn by_sign(text: &str, sign: char) -> Option<Cells<'_>> {
    let mut cells = Cells::default();
    let mut count = 0;
    for line in lines(text).filter(|line| !line.text.trim().is_empty()) {
        let row = split(line, sign, |c, may_be| c == '"' && may_be);
        if count == 0 {
            count = row.len();
        }
        if row.len() != count || count < 2 {
            return None;
        }
        cells.rows.push(Row { cells: row, heading: None });
    }
    let is_head =
        cells.rows.len() > 1 && cells.rows.first().is_some_and(|row| row.cells.iter().all(|cell| is_name(*cell)));
    if is_head {
        cells.names = cells.rows.remove(0).cells.into_iter().map(|cell| cell::bare(cell).text).collect();
    }
    (cells.rows.len() > usize::from(!is_head)).then_some(cells)
}

/// Whether a cell may be the name of a column.
fn is_name(cell: Line<'_>) -> bool {
    let name = cell::bare(cell).text;
    name.len() < 40
        && name.starts_with(|c: char| c.is_alphabetic() || c == '_' || c == '#')
        && name.chars().all(|c| c.is_alphanumeric() || is_blank(c) || "_.-#()/".contains(c))
}
