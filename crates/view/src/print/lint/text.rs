//! For people: each finding with its place, its bytes, what was expected, why, and how to mend it.

use std::collections::BTreeMap;
use std::fmt::Write;

use pgscope_proto::{Direction, Problem, Severity, Span};

use super::Finding;
use crate::manual;
use crate::print::{Colour, Ink};

const PER_LINE: usize = 16;
/// How many lines of bytes are shown of what is wrong.
const MOST_LINES: usize = 4;

/// Tells findings, those of one rule that repeat once in full. They are counted for each file.
#[derive(Clone, Debug)]
pub struct Text {
    colour: Colour,
    /// Whether every finding is told in full.
    is_all: bool,
    told: BTreeMap<(&'static str, Severity), usize>,
}

impl Text {
    /// Nothing was told yet.
    pub fn new(colour: Colour, is_all: bool) -> Self {
        Self { colour, is_all, told: BTreeMap::new() }
    }

    /// Whether a finding with this problem is told in full, if it comes next; then it counts as told.
    pub fn tells(&mut self, problem: &Problem) -> bool {
        let count = self.told.entry((problem.rule, problem.severity)).or_default();
        *count += 1;
        self.is_all || *count == 1
    }

    /// A finding in full; nothing if one like it was told before.
    pub fn finding(&mut self, finding: &Finding) -> String {
        if self.tells(&finding.problem) { in_full(finding, self.colour) } else { String::new() }
    }

    /// How many findings of each rule were not told, at the end of a file.
    pub fn rest(&mut self) -> String {
        let mut out = String::new();
        for ((rule, severity), count) in std::mem::take(&mut self.told) {
            if count > 1 && !self.is_all {
                let word = self.colour.paint(ink(severity), &format!("{}[{rule}]", severity.name()));
                let _ = writeln!(out, "{word} … and {} more of {rule}", count - 1);
            }
        }
        if !out.is_empty() {
            out.push('\n');
        }
        out
    }
}

fn ink(severity: Severity) -> Ink {
    match severity {
        Severity::Error => Ink::Bad,
        Severity::Warning => Ink::Warning,
        Severity::Note => Ink::Bold,
    }
}

fn in_full(finding: &Finding, colour: Colour) -> String {
    let Finding { problem, .. } = finding;
    let mut out = String::new();
    let word = colour.paint(ink(problem.severity), &format!("{}[{}]", problem.severity.name(), problem.rule));
    let _ = writeln!(out, "{word}: {}", colour.paint(Ink::Bold, &problem.message));
    let _ = writeln!(out, "  {} {}", colour.paint(Ink::Faint, "-->"), place(finding));
    bytes(finding, colour, &mut out);
    let mut told = |name: &str, words: &str| {
        if !words.is_empty() {
            let _ = writeln!(out, "   {} {}", colour.paint(Ink::Faint, &format!("= {name}:")), words);
        }
    };
    told("expected", &problem.expected);
    for (because, entry, says) in finding.reasons() {
        let (number, name) = (because.number + 1, entry.message.name());
        let words = plain(&because.words, number);
        let words = if words == name { String::new() } else { format!(", {words}") };
        let says = if says.is_empty() { says } else { format!(": {says}") };
        told("because", &format!("message {number} {name}{words}{says}"));
    }
    let mend = problem.fix.as_ref().map(|fix| fix.words.as_str()).or(finding.rule().map(|rule| rule.mend));
    told("mend", mend.unwrap_or_default());
    told("manual", &format!("{}, {}", finding.section_title(), manual(finding.section())));
    out.push('\n');
    out
}

/// `RowDescription of message 7` without the number, which stands before it.
fn plain(words: &str, number: usize) -> String {
    words.replace(&format!(" of message {number}"), "")
}

/// `dump.txt, connection 2 of 3, message 12, F → Query, at byte 0x51 of the client's stream`.
fn place(finding: &Finding) -> String {
    let Finding { connection, entry, problem } = finding;
    let (number, count) = connection.number;
    let of = if count == 1 { String::new() } else { format!(" connection {number} of {count},") };
    let (arrow, whose) = match entry.direction {
        Direction::Frontend => ("F →", "client"),
        Direction::Backend => ("B ←", "server"),
    };
    let at = entry.span.start + problem.span.start;
    let name = entry.message.name();
    format!(
        "{},{of} message {}, {arrow} {name}, at byte {at} of the {whose}'s stream",
        finding.file(),
        entry.number + 1
    )
}

/// The lines that hold what is wrong and what gave its length, each with what is wrong underlined.
fn bytes(finding: &Finding, colour: Colour, out: &mut String) {
    let bytes = finding.bytes();
    let wrong = finding.problem.span;
    let given = finding.problem.supplied_by;
    let mut lines: Vec<usize> = given.into_iter().flat_map(lines_of).chain(lines_of(wrong)).collect();
    lines.sort_unstable();
    lines.dedup();
    let (shown, left) = lines.split_at(lines.len().min(MOST_LINES));
    for (nth, line) in shown.iter().enumerate() {
        let is_behind_gap =
            nth.checked_sub(1).and_then(|before| shown.get(before)).is_some_and(|before| before + 1 < *line);
        if is_behind_gap {
            let _ = writeln!(out, "   {} …", colour.paint(Ink::Faint, "|"));
        }
        let start = line * PER_LINE;
        let run = bytes.get(start..(start + PER_LINE).min(bytes.len())).unwrap_or_default();
        let (bar, offset) = (
            colour.paint(Ink::Faint, "|"),
            colour.paint(Ink::Faint, &format!("{:08x}", finding.entry.span.start + start)),
        );
        let _ = writeln!(out, "   {bar} {offset}  {}  {}", digits(run), ascii(run));
        let _ = writeln!(
            out,
            "   {bar} {:8}  {}",
            "",
            colour.paint(ink(finding.problem.severity), &underline(start, wrong, given))
        );
    }
    if !left.is_empty() {
        let _ = writeln!(
            out,
            "   {} … {} more bytes",
            colour.paint(Ink::Faint, "|"),
            wrong.end.saturating_sub(shown.len() * PER_LINE)
        );
    }
}

/// The numbers of the lines on which a span stands: of an empty one, the line of its place. No more than are shown.
fn lines_of(span: Span) -> impl Iterator<Item = usize> {
    let first = span.start / PER_LINE;
    let last = span.end.max(span.start + 1).div_ceil(PER_LINE);
    first..last.min(first + MOST_LINES + 1)
}

/// Where the digits of the byte at `at` of a line begin.
fn column(at: usize) -> usize {
    at * 3 + usize::from(at >= PER_LINE / 2)
}

fn digits(line: &[u8]) -> String {
    let mut shown = String::new();
    for (at, byte) in line.iter().enumerate() {
        let blanks = column(at) - shown.len();
        let _ = write!(shown, "{:blanks$}{byte:02x}", "");
    }
    format!("{shown:width$}", width = column(PER_LINE - 1) + 2)
}

fn ascii(line: &[u8]) -> String {
    line.iter().map(|byte| if byte.is_ascii_graphic() || *byte == b' ' { *byte as char } else { '·' }).collect()
}

/// `^^` below what is wrong, `--` below what gave its length.
fn underline(start: usize, wrong: Span, given: Option<Span>) -> String {
    let mut marks = vec![' '; column(PER_LINE) + 2];
    let mut mark = |span: Span, sign: char| {
        let (from, to) = (span.start.max(start), span.end.max(span.start + 1).min(start + PER_LINE));
        if from < to {
            let columns = column(from - start)..column(to - 1 - start) + 2;
            marks.get_mut(columns).into_iter().flatten().for_each(|place| *place = sign);
        }
    };
    given.into_iter().for_each(|span| mark(span, '-'));
    mark(wrong, '^');
    marks.into_iter().collect::<String>().trim_end().to_owned()
}
