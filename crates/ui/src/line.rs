//! One line of the list of messages, and the bands beside the lines.

use pgscope_view::engine::{Fold, Kind, Line, Row, Spot};

use crate::dom::{El, counted, el, grouped, px};
use crate::list::{ROW, spot};

/// The id of a line's element.
pub(crate) fn id(spot: Spot) -> String {
    let kind = match spot.kind {
        Kind::Message => "row",
        Kind::Run => "run",
        Kind::Cycle => "cycle",
    };
    format!("{kind}-{}", spot.number)
}

/// A line. `words` are those that are looked for.
pub(crate) fn one_line(line: &Line, words: &str) -> El {
    let words = if line.found > 0 { words } else { "" };
    let element = match &line.fold {
        None => message(&line.row, words),
        Some(fold) => folding(line, fold, words),
    };
    element
        .attr("role", "treeitem")
        .attr("id", &id(spot(line)))
        .attr("data-level", &line.level.to_string())
        .attr("aria-level", &line.level.to_string())
        .attr("aria-posinset", &line.position.to_string())
        .attr("aria-setsize", &line.siblings.to_string())
        .flag("data-begins", line.row.begins)
        .flag("data-found", line.found > 0)
}

/// A text in which words are marked, whatever the case of their letters.
fn marked(element: El, text: &str, words: &str) -> El {
    if words.is_empty() {
        return element.text(text);
    }
    let (small, mut from, mut element) = (text.to_ascii_lowercase().into_bytes(), 0, element);
    // Bytes: what searches in text weighs as much as this file.
    let found = |rest: &[u8]| rest.windows(words.len()).position(|part| part == words.as_bytes());
    while let Some(at) = small.get(from..).and_then(found) {
        let (start, end) = (from + at, from + at + words.len());
        let piece = |from, to| text.get(from..to).unwrap_or_default();
        element = element.text(piece(from, start)).child(el("mark").text(piece(start, end)));
        from = end;
    }
    element.text(text.get(from..).unwrap_or_default())
}

fn message(row: &Row, words: &str) -> El {
    let length = counted(row.length, "byte");
    let problem = row.severity.as_ref().map(|severity| {
        let mend = if row.mend.is_empty() { severity } else { row.mend.as_str() };
        el("span").class("row-problem").attr("data-severity", severity).text("▲ ").text(mend)
    });
    let mut title = format!("{} offset {} (0x{:x}), {length}", row.direction, grouped(row.offset), row.offset);
    if !row.carrier.is_empty() {
        title += &format!(", carried by {}", row.carrier);
    }
    if row.waits {
        title += "; the other end was waiting for it";
    }
    let arrow = el("span")
        .class("arrow")
        .child(el("span").class("visually-hidden").text(&row.direction).text(" sends "))
        .child(tag(row))
        .child(marked(el("span").class("name"), &row.name, words))
        .child(marked(el("span").class("says"), &row.says, words))
        .children(problem.into_iter().collect());
    lanes(row, arrow).attr("data-row", &row.number.to_string()).attr("title", &title).flag("data-waits", row.waits)
}

fn tag(row: &Row) -> El {
    el("span").class("tag").child(el("i").text(&row.tag))
}

/// A line between the two lifelines.
fn lanes(row: &Row, arrow: El) -> El {
    el("div")
        .class("row")
        .attr("data-side", &row.direction)
        .flag("data-fails", row.fails)
        .child(el("span").class("row-number").text(&grouped(row.number + 1)))
        .child(el("span").class("life").attr("data-end", "frontend"))
        .child(arrow)
        .child(el("span").class("life").attr("data-end", "backend"))
}

/// A line that folds others.
fn folding(line: &Line, fold: &Fold, words: &str) -> El {
    let open = if fold.open { "true" } else { "false" };
    let mark = (fold.problems > 0).then(|| {
        let problem = fold.first_problem.unwrap_or_default().to_string();
        el("span")
            .class("row-problem")
            .attr("data-problem", &problem)
            .text("▲ ")
            .text(&counted(fold.problems, "problem"))
    });
    let count = fold.to - line.row.number;
    let found = (line.found > 0).then(|| el("span").class("chip found").text(&grouped(line.found)).text(" found"));
    let marks = mark.into_iter().chain(found).collect();
    let element = match fold.kind {
        Kind::Cycle => cycle(&line.row, fold, words, marks),
        _ => run(&line.row, fold, count, words, marks),
    };
    let mut numbers = format!("messages {} to {}", grouped(line.row.number + 1), grouped(fold.to));
    if fold.bytes > 0 {
        numbers += &format!(", {}", counted(fold.bytes, "byte"));
    }
    element.attr("data-line", &line.line.to_string()).attr("aria-expanded", open).attr("title", &numbers)
}

fn cycle(row: &Row, fold: &Fold, words: &str, marks: Vec<El>) -> El {
    let came = el("span").class("came").flag("data-failed", fold.failed).flag("hidden", fold.came.is_empty());
    // The title says what it counts.
    let count = grouped(fold.to - row.number);
    el("div")
        .class("row cycle")
        .child(el("span").class("toggle"))
        .child(marked(el("span").class("says"), &fold.says, words))
        .child(came.text("→ ").text(&fold.came))
        .children(marks)
        .child(el("span").class("cycle-name").text(&fold.name))
        .child(el("span").class("cycle-count").text(&count).flag("hidden", fold.open))
}

fn run(row: &Row, fold: &Fold, count: usize, words: &str, marks: Vec<El>) -> El {
    let says = match fold.came.is_empty() || fold.open {
        true => row.says.clone(),
        false => format!("{} … {}", row.says, fold.came),
    };
    let arrow = el("span")
        .class("arrow")
        .child(el("span").class("toggle"))
        .child(el("span").class("visually-hidden").text(&row.direction).text(" sends "))
        .child(tag(row))
        .child(el("span").class("name").text(&fold.name).text(" × ").text(&grouped(count)))
        .child(marked(el("span").class("says"), if fold.open { "" } else { &says }, words))
        .children(marks)
        .child(el("span").class("chip several-bytes").text(&counted(fold.bytes, "byte")));
    lanes(row, arrow).class("row several")
}

/// The bands of some lines; the first and the last may go on outside.
pub(crate) fn bands(lines: &[Line]) -> Vec<El> {
    let mut bands = Vec::new();
    let mut from = 0;
    for to in 1..=lines.len() {
        if lines.get(to).is_none_or(|line| line.row.begins) {
            bands.extend(lines.get(from).map(|first| band(&first.row, from, to - from)));
            from = to;
        }
    }
    bands
}

fn band(first: &Row, from: usize, count: usize) -> El {
    let height = count as f64 * ROW;
    // Upright where the word has room.
    let upright = height > 4.0 + 7.8 * first.phase.len() as f64;
    el("div")
        .class("band")
        .flag("data-begins", first.begins)
        .flag("data-upright", upright)
        .style("top", &px(from as f64 * ROW))
        .style("height", &px(height))
        .child(el("span").text(&first.phase))
}
