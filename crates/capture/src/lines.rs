//! Lines that know where they stand, and problems that are located in them.
//!
//! All offsets count UTF-8 bytes of the whole text; lines and columns are found at the end, in one walk over the text.

use std::fmt;

use pgscope_proto::Span;

/// How many problems are told one by one.
const TOLD: usize = 100;

/// Something in the input that could not be read, and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InputProblem {
    /// The bytes of the text that are meant.
    pub span: Span,
    /// The line, from 1; 0 where the input has no lines.
    pub line: usize,
    /// The column in characters, from 1; where the input has no lines, the byte in it, from 0.
    pub column: usize,
    /// What stands there.
    pub met: String,
    /// What would have been read.
    pub expected: String,
}

impl InputProblem {
    /// The same where the file that it is in begins with this byte of the input.
    pub fn counted_from(&self, begin: usize) -> Self {
        let span = Span::new(self.span.start.saturating_sub(begin), self.span.end.saturating_sub(begin));
        let column = if self.line == 0 { self.column.saturating_sub(begin) } else { self.column };
        Self { span, column, ..self.clone() }
    }
}

impl fmt::Display for InputProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            0 => write!(f, "byte {}", self.column)?,
            line => write!(f, "line {line}, column {}", self.column)?,
        }
        write!(f, ": met {}, expected {}", self.met, self.expected)
    }
}

/// Whether a character separates and means nothing: white space, and what word processors and web pages put in its place.
pub(crate) fn is_blank(c: char) -> bool {
    c.is_whitespace() || matches!(c, '\u{feff}' | '\u{200b}' | '\u{200e}' | '\u{2060}')
}

/// A part of the text within one line.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Line<'a> {
    /// Its characters, without the line's end.
    pub text: &'a str,
    /// Where it begins in the whole text.
    pub start: usize,
}

impl<'a> Line<'a> {
    /// What stands from byte `from` on.
    pub(crate) fn rest(self, from: usize) -> Line<'a> {
        let from = from.min(self.text.len());
        Line { text: self.text.get(from..).unwrap_or_default(), start: self.start + from }
    }

    /// The bytes `from..to` of it.
    pub(crate) fn part(self, from: usize, to: usize) -> Line<'a> {
        Line { text: self.text.get(from..to).unwrap_or_default(), start: self.start + from }
    }

    /// Without blanks at both ends.
    pub(crate) fn trimmed(self) -> Line<'a> {
        let text = self.text.trim_start_matches(is_blank);
        let start = self.start + (self.text.len() - text.len());
        Line { text: text.trim_end_matches(is_blank), start }
    }

    /// Its bytes in the whole text.
    pub(crate) fn span(self) -> Span {
        Span::new(self.start, self.start + self.text.len())
    }
}

/// The lines of `text`, without their ends.
pub(crate) fn lines(text: &str) -> impl Iterator<Item = Line<'_>> {
    lines_from(text, 0)
}

/// The lines of `text` from byte `start` on, at which one begins.
pub(crate) fn lines_from(text: &str, mut start: usize) -> impl Iterator<Item = Line<'_>> {
    text.get(start..).unwrap_or_default().split_inclusive('\n').map(move |whole| {
        let line = Line { text: whole.trim_end_matches(['\n', '\r']), start };
        start += whole.len();
        line
    })
}

/// Problems as they are met: the first hundred, and how many more there were.
#[derive(Debug, Default)]
pub(crate) struct Problems {
    told: Vec<(Span, String, String)>,
    untold: usize,
    first_untold: Span,
}

impl Problems {
    /// One more problem.
    pub(crate) fn add(&mut self, span: Span, met: impl Into<String>, expected: impl Into<String>) {
        if self.told.len() < TOLD {
            return self.told.push((span, met.into(), expected.into()));
        }
        if self.untold == 0 {
            self.first_untold = span;
        }
        self.untold += 1;
    }

    /// One more problem, with the text there as what was met.
    pub(crate) fn met(&mut self, what: Line<'_>, expected: &str) {
        self.add(what.span(), quoted(what.text), expected);
    }

    /// All of `other` too.
    pub(crate) fn append(&mut self, other: Problems) {
        for (span, met, expected) in other.told {
            self.add(span, met, expected);
        }
        self.untold += other.untold;
    }

    /// Whether there was none.
    pub(crate) fn is_empty(&self) -> bool {
        self.told.is_empty()
    }

    /// The problems of a file that has no lines, with their places in it.
    pub(crate) fn in_file(self) -> Vec<InputProblem> {
        let mut located = self.located("");
        located.iter_mut().for_each(|problem| (problem.line, problem.column) = (0, problem.span.start));
        located
    }

    /// The problems in the order of the text, with lines and columns.
    pub(crate) fn located(mut self, text: &str) -> Vec<InputProblem> {
        self.told.sort_by_key(|(span, _, _)| span.start);
        if self.untold > 0 {
            let met = format!("{} more problems", self.untold);
            self.told.push((self.first_untold, met, "that the first ones are mended".to_owned()));
        }
        let mut place = Place { at: 0, line: 1, column: 1 };
        self.told
            .into_iter()
            .map(|(span, met, expected)| {
                place = place.walked_to(span.start, text);
                InputProblem { span, line: place.line, column: place.column, met, expected }
            })
            .collect()
    }
}

/// A place in the text by offset, line and column.
#[derive(Clone, Copy)]
struct Place {
    at: usize,
    line: usize,
    column: usize,
}

impl Place {
    fn walked_to(self, to: usize, text: &str) -> Place {
        let from = if to < self.at { Place { at: 0, line: 1, column: 1 } } else { self };
        let passed = text.get(from.at..to.min(text.len())).unwrap_or_default();
        let (at, line) = (from.at + passed.len(), from.line + passed.bytes().filter(|byte| *byte == b'\n').count());
        let column = match passed.rsplit_once('\n') {
            Some((_, last)) => last.chars().count() + 1,
            None => from.column + passed.chars().count(),
        };
        Place { at, line, column }
    }
}

/// `text` in quotes, cut where it is long, its control characters named.
pub(crate) fn quoted(text: &str) -> String {
    if text.is_empty() {
        return "the end of the line".to_owned();
    }
    let mut shown: String = text.chars().take(24).flat_map(shown).collect();
    if text.chars().nth(24).is_some() {
        shown.push('…');
    }
    format!("“{shown}”")
}

fn shown(c: char) -> Vec<char> {
    if c.is_control() { c.escape_default().collect() } else { vec![c] }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_count_characters_and_spans_count_bytes() {
        let mut problems = Problems::default();
        let text = "51\nünï g\n";
        problems.met(Line { text: "g", start: text.find('g').unwrap() }, "a hex digit");
        let located = problems.located(text);
        assert_eq!(located[0].to_string(), "line 2, column 5: met “g”, expected a hex digit");
    }

    #[test]
    fn many_problems_are_counted() {
        let mut problems = Problems::default();
        (0..1000).for_each(|at| problems.add(Span::new(at, at + 1), "x", "y"));
        let located = problems.located(&"x".repeat(1000));
        assert_eq!(located.len(), 101);
        assert_eq!(located[100].met, "900 more problems");
    }
}
