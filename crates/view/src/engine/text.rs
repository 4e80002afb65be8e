//! The pasted text: lines, and the two ways of counting in it.
//!
//! Spans count UTF-8 bytes, the DOM counts UTF-16 units. Both are known for the start of each line, so that a place is
//! found without a walk over the whole text.

use pgscope_proto::{Direction, Span};
use pgscope_session::Entry;

use super::{Engine, MarkedLine, Place};

/// How wide a tab is shown.
const TAB: usize = 8;
/// How much of one line is shown with marks.
const LONGEST_LINE: usize = 20_000;
/// Lines longer than this are broken where the text is not edited, and into parts of how many bytes.
const LONG: usize = 256;
const PART: usize = 96;
/// How many lines are given at once.
const MOST_LINES: usize = 500;

/// Where the lines of a text begin.
#[derive(Debug, Default)]
pub(super) struct Text {
    /// In bytes and in UTF-16 units.
    starts: Vec<(u32, u32)>,
    length: usize,
    is_ascii: bool,
}

impl Text {
    /// `breaks` says whether long lines are shown as several.
    pub(super) fn new(text: &str, breaks: bool) -> Self {
        let is_ascii = text.is_ascii();
        let mut starts = Vec::new();
        let (mut at, mut units) = (0, 0);
        for line in text.split_inclusive('\n') {
            let most = if breaks && line.len() > LONG { PART } else { usize::MAX };
            for part in parts(line, most) {
                starts.push((at as u32, units as u32));
                at += part.len();
                units += if is_ascii { part.len() } else { part.encode_utf16().count() };
            }
        }
        if text.is_empty() || text.ends_with('\n') {
            starts.push((at as u32, units as u32));
        }
        Self { starts, length: text.len(), is_ascii }
    }

    /// How many lines there are; none where there is no text.
    pub(super) fn lines(&self) -> usize {
        self.starts.len()
    }

    /// The bytes of a line, its end included.
    fn line(&self, line: usize) -> Option<Span> {
        let (start, _) = self.starts.get(line)?;
        let end = self.starts.get(line + 1).map_or(self.length, |(end, _)| *end as usize);
        Some(Span::new(*start as usize, end))
    }

    pub(super) fn line_at(&self, byte: usize) -> usize {
        self.starts.partition_point(|(start, _)| *start as usize <= byte).saturating_sub(1)
    }

    /// A place in bytes as a place in UTF-16 units.
    pub(super) fn to_utf16(&self, text: &str, byte: usize) -> usize {
        let Some((start, units)) = self.starts.get(self.line_at(byte)).filter(|_| !self.is_ascii) else { return byte };
        let before = text.get(*start as usize..byte).unwrap_or_default();
        *units as usize + before.encode_utf16().count()
    }

    /// A place in UTF-16 units as a place in bytes.
    fn to_bytes(&self, text: &str, unit: usize) -> usize {
        if self.is_ascii {
            return unit;
        }
        let line = self.starts.partition_point(|(_, units)| *units as usize <= unit).saturating_sub(1);
        let Some((start, units)) = self.starts.get(line) else { return 0 };
        let mut left = unit.saturating_sub(*units as usize);
        let mut at = *start as usize;
        for letter in text.get(at..).unwrap_or_default().chars() {
            let Some(rest) = left.checked_sub(letter.len_utf16()) else { break };
            left = rest;
            at += letter.len_utf8();
        }
        at
    }

    /// The byte at a line and a column as it is shown.
    fn at_place(&self, text: &str, line: usize, column: usize) -> Option<usize> {
        let span = self.line(line)?;
        let mut shown = 0;
        for (at, letter) in text.get(span.start..span.end)?.char_indices() {
            shown += if letter == '\t' { TAB - shown % TAB } else { 1 };
            if shown > column {
                return (letter != '\n').then_some(span.start + at);
            }
        }
        None
    }
}

/// A line in parts of at most so many bytes, or a character more.
fn parts(line: &str, most: usize) -> impl Iterator<Item = &str> {
    let mut rest = line;
    std::iter::from_fn(move || {
        let end = (most.min(rest.len())..=rest.len()).find(|at| rest.is_char_boundary(*at))?;
        let (part, behind) = rest.split_at_checked(end)?;
        rest = behind;
        (!part.is_empty()).then_some(part)
    })
}

impl Engine {
    /// What was read from the text at a UTF-16 offset.
    pub(super) fn at_text(&mut self, unit: usize) -> Option<Place> {
        self.at_source(self.text.to_bytes(self.source(), unit))
    }

    /// What was read from the text at a line and a column.
    pub(super) fn at_place(&mut self, line: usize, column: usize) -> Option<Place> {
        self.at_source(self.text.at_place(self.source(), line, column)?)
    }

    /// The line of the text that a byte of a message was read from.
    pub(super) fn line_of(&self, entry: &Entry, at: usize) -> Option<usize> {
        let source = self.indexed()?.exchange.stream(entry.direction).map.source(entry.span.start + at)?;
        (self.text.lines() > 0).then(|| self.text.line_at(source.start))
    }

    /// The column of the text that a byte of a message was read from.
    pub(super) fn column_of(&self, entry: &Entry, at: usize) -> Option<usize> {
        let source = self.indexed()?.exchange.stream(entry.direction).map.source(entry.span.start + at)?;
        let line = self.text.line(self.text.line_at(source.start))?;
        Some(self.source().get(line.start..source.start)?.chars().count())
    }

    fn at_source(&mut self, source: usize) -> Option<Place> {
        if self.text.lines() == 0 {
            return None;
        }
        let indexed = self.indexed()?;
        let (number, at) = Direction::BOTH.into_iter().find_map(|side| {
            let offset = indexed.exchange.stream(side).map.byte_at_source(source)?;
            let entry = indexed.index.frame_at(side, offset)?;
            Some((entry.number, offset - entry.span.start))
        })?;
        self.byte(number, at)
    }

    /// The parts of some lines of the text that bytes `start..end` of a message came from.
    pub(super) fn marks(
        &self,
        number: usize,
        (start, end): (usize, usize),
        (from_line, to_line): (usize, usize),
    ) -> Option<Vec<MarkedLine>> {
        let first = self.text.line(from_line)?.start;
        let last = self.text.line(to_line.min(self.text.lines()).checked_sub(1)?)?.end;
        let lines = self.marked_lines((number, start, end), Span::new(first, last))?;
        let text = self.source();
        Some(lines.into_iter().filter_map(|(line, spans)| marked(text, self.text.line(line)?, line, &spans)).collect())
    }

    /// The lines of a long text, with what `lit` bytes of a message came from marked.
    pub(super) fn marked_source(
        &self,
        (from, to): (usize, usize),
        lit: Option<(usize, usize, usize)>,
    ) -> Vec<MarkedLine> {
        let lines = from..to.min(self.text.lines()).min(from.saturating_add(MOST_LINES));
        let border = |line: usize| self.text.line(line).map_or(self.text.length, |span| span.start);
        let shown = Span::new(border(lines.start), border(lines.end));
        let marks = lit.and_then(|lit| self.marked_lines(lit, shown)).unwrap_or_default();
        let text = self.source();
        let line = |line: usize| {
            let whole = self.text.line(line)?;
            let spans = marks.iter().find(|(known, _)| *known == line).map_or(&[][..], |(_, spans)| spans);
            let mut made = marked(text, whole, line, spans)?;
            let at = spans.iter().map(|span| span.end).max().unwrap_or(whole.start);
            made.pieces.push(text.get(at..whole.end)?.trim_end_matches(['\n', '\r']).to_owned());
            Some(made)
        };
        lines.filter_map(line).collect()
    }

    /// Where in the shown part of the text bytes `start..end` of a message came from, line by line.
    fn marked_lines(
        &self,
        (number, start, end): (usize, usize, usize),
        shown: Span,
    ) -> Option<Vec<(usize, Vec<Span>)>> {
        let indexed = self.indexed()?;
        let entry = indexed.index.entry(number)?;
        let span = Span::new(start, end.min(entry.span.len())).shifted(entry.span.start);
        let map = &indexed.exchange.stream(entry.direction).map;
        let mut lines: Vec<(usize, Vec<Span>)> = Vec::new();
        let sources = map.sources_in(span, shown).into_iter().map(|source| source.intersection(shown));
        for source in sources.filter(|source| !source.is_empty()) {
            self.by_line(source, &mut lines);
        }
        Some(lines)
    }

    /// Cuts a part of the text at the ends of lines.
    fn by_line(&self, source: Span, lines: &mut Vec<(usize, Vec<Span>)>) {
        let mut line = self.text.line_at(source.start);
        while let Some(whole) = self.text.line(line).filter(|whole| whole.start < source.end) {
            let part = whole.intersection(source);
            match lines.iter_mut().find(|(known, _)| *known == line) {
                _ if part.is_empty() => {}
                Some((_, parts)) => parts.push(part),
                None => lines.push((line, vec![part])),
            }
            line += 1;
        }
    }
}

fn marked(text: &str, whole: Span, line: usize, spans: &[Span]) -> Option<MarkedLine> {
    let mut pieces = Vec::new();
    let mut at = whole.start;
    for span in spans.iter().take_while(|span| span.end < whole.start + LONGEST_LINE) {
        let start = span.start.max(at);
        pieces.push(text.get(at..start)?.to_owned());
        pieces.push(text.get(start..span.end.max(start))?.trim_end_matches(['\n', '\r']).to_owned());
        at = span.end.max(start);
    }
    Some(MarkedLine { line, pieces })
}
