//! Hex digits with any separator: `51 00`, `5100`, `51:00`, `51-00`, `0x51, 0x00`, `\x51\x00`, `<Buffer 51 00>`.
//!
//! A token is a run of letters and digits. Its bytes are pairs of digits; a digit without a partner is an error, unless
//! unseparated digits were wrapped at an odd column and the next line goes on with the partner.

use pgscope_proto::Span;

use crate::cells::{self, Sourced, Unit};
use crate::lines::{Line, is_blank, quoted};
use crate::sink::{Lead, Reader, Sink};
use crate::words;

/// What is told of half a byte at the end of many digits that nothing separates.
pub const ODD: &str = "two hex digits for each byte: one is missing, here or anywhere before";

/// A label is shorter than this.
const LABEL: usize = 32;

/// In so many digits that nothing separates, one is missed easily.
const RUN: usize = 8;

/// Reads one line of hex without comments or marks.
pub(crate) fn read_line(line: Line<'_>, sink: &mut Sink) {
    let mut reader = Hex::default();
    reader.digits(line, sink);
    reader.lose_half(sink);
}

/// Reads hex.
#[derive(Debug, Default)]
pub(crate) struct Hex {
    in_comment: bool,
    /// Whether bytes stand in `<Buffer …>` alone; and whether one is open.
    buffers: Option<bool>,
    /// Whether bytes stand among words everywhere: what else is there is passed over.
    is_among_words: bool,
    /// Whether the line before ended with bytes: what is nothing but digits goes on with them.
    is_open: bool,
    /// The value and place of the last digit of a line, which waits for its partner.
    half: Option<(u8, Span)>,
    /// Whether that digit ends many that nothing separates.
    ends_run: bool,
}

impl Reader for Hex {
    fn line(&mut self, line: Line<'_>, sink: &mut Sink) {
        if let Some(is_open) = self.buffers {
            return self.in_buffers(line, is_open, sink);
        }
        if let Some(cell) = cell_of_table(line) {
            self.lose_half(sink);
            return self.digits(cell, sink);
        }
        if !self.in_comment && (self.is_among_words || words::is_mixed(line.text)) {
            return self.runs(line, sink);
        }
        self.is_open = true;
        if let Some(cells) = with_characters(line) {
            self.lose_half(sink);
            return cells.iter().for_each(|(byte, source)| sink.byte(*byte, *source));
        }
        let (line, missing) = self.before_omission(behind_label(line), sink);
        let mut rest = line;
        loop {
            let border = if self.in_comment { rest.text.find("*/") } else { find_comment(rest.text) };
            let end = border.unwrap_or(rest.text.len());
            if !self.in_comment {
                self.digits(rest.part(0, end), sink);
            }
            let opens = rest.rest(end).text.starts_with("/*");
            match border {
                Some(_) if self.in_comment || opens => self.in_comment = opens,
                _ => break,
            }
            rest = rest.rest(end + 2);
        }
        self.miss(missing, sink);
    }

    fn turn(&mut self, sink: &mut Sink) {
        self.lose_half(sink);
    }

    fn is_between(&self, _: usize) -> bool {
        self.half.is_none()
    }

    fn lead(&self, line: Line<'_>) -> Lead {
        if let Some(is_open) = self.buffers {
            return match line.text.find("<Buffer ") {
                _ if is_open => Lead::Unknown,
                Some(at) => Lead::At(at),
                None => Lead::Nothing,
            };
        }
        if let Some(cell) = cell_of_table(line) {
            return Lead::At(cell.start - line.start);
        }
        if self.in_comment || words::is_all(line) || !(self.is_among_words || words::is_mixed(line.text)) {
            return Lead::Unknown;
        }
        let first = words::runs(line).next().or_else(|| words::tail(line));
        first.map_or(Lead::Nothing, |run| Lead::At(run.start - line.start))
    }
}

impl Hex {
    /// Reads bytes that stand among words.
    pub(crate) fn among_words() -> Self {
        Hex { is_among_words: true, ..Hex::default() }
    }

    /// One for a text; what Node.js prints of a buffer says where its bytes begin and end.
    pub(crate) fn of(sample: &str) -> Self {
        Hex { buffers: sample.contains("<Buffer ").then_some(false), ..Hex::default() }
    }

    /// The buffers of a line.
    fn in_buffers(&mut self, line: Line<'_>, is_open: bool, sink: &mut Sink) {
        let (mut rest, mut is_open) = (line, is_open);
        loop {
            if !is_open {
                let Some(at) = rest.text.find("<Buffer ") else { break };
                rest = rest.rest(at + "<Buffer ".len());
            }
            let end = rest.text.find('>');
            let inner = rest.part(0, end.map_or(rest.text.len(), |end| end + 1));
            let (inner, missing) = self.before_omission(inner, sink);
            self.digits(inner, sink);
            self.miss(missing, sink);
            is_open = end.is_none();
            match end {
                Some(end) => rest = rest.rest(end + 1),
                None => break,
            }
        }
        self.buffers = Some(is_open);
    }

    /// A line of words: its rows of bytes.
    fn runs(&mut self, line: Line<'_>, sink: &mut Sink) {
        let mut runs: Vec<Line<'_>> = words::runs(line).collect();
        if runs.is_empty() {
            runs.extend(words::tail(line));
        }
        if self.is_open && words::is_all(line) {
            runs = vec![line];
        }
        self.is_open = runs.last().is_some_and(|run| words::is_all(line.rest(run.start - line.start)));
        runs.into_iter().for_each(|run| self.digits(run, sink));
    }

    /// A line up to `... 12 more bytes`, with which Node.js cuts a buffer short, and how many these are.
    fn before_omission<'a>(&self, line: Line<'a>, sink: &mut Sink) -> (Line<'a>, usize) {
        let omission = line.text.find("... ").filter(|_| line.text.contains(" more byte") && !self.in_comment);
        let Some(at) = omission else { return (line, 0) };
        let told = line.rest(at + 4);
        let end = told.text.find(['>', '\n']).unwrap_or(told.text.len());
        let met = format!("{}, which are not here", told.part(0, end).text);
        sink.problems.add(told.part(0, end).span(), met, "all bytes: print buffer.toString('hex')");
        let count = told.text.split(' ').next().and_then(|count| count.parse().ok());
        (line.part(0, at), count.unwrap_or(0))
    }

    fn miss(&mut self, bytes: usize, sink: &mut Sink) {
        if bytes > 0 {
            self.lose_half(sink);
            sink.miss(bytes);
        }
    }

    fn digits(&mut self, line: Line<'_>, sink: &mut Sink) {
        let mut rest = line;
        let mut is_first = true;
        while let Some(at) = rest.text.find(|c: char| !separates(c)) {
            if !std::mem::take(&mut is_first) {
                tell_omission(rest.part(0, at), sink);
            }
            rest = rest.rest(at);
            let end =
                rest.text.find(|c: char| !c.is_alphanumeric()).unwrap_or(rest.text.len()).max(first_len(rest.text));
            let token = rest.part(0, end);
            rest = rest.rest(end);
            let last = rest.text.chars().all(separates);
            self.token(token, last, sink);
        }
    }

    fn token(&mut self, token: Line<'_>, last: bool, sink: &mut Sink) {
        if token.text.eq_ignore_ascii_case("buffer") || token.text == "\\x" {
            return;
        }
        let prefixed = token.text.starts_with("0x") || token.text.starts_with("0X");
        let digits = if prefixed { token.rest(2) } else { token.rest(usize::from(token.text.starts_with(['x', 'X']))) };
        let valid = digits.text.bytes().take_while(u8::is_ascii_hexdigit).count();
        if valid < digits.text.len() || valid == 0 {
            self.lose_half(sink);
            self.pairs(digits.part(0, valid - valid % 2), sink);
            let wrong = first_char(digits.rest(valid));
            let is_letter = wrong.text.eq_ignore_ascii_case("o");
            let expected = if is_letter { "a hex digit: a zero, not the letter" } else { "a hex digit" };
            return sink.problems.met(wrong, expected);
        }
        if prefixed && valid == 1 {
            return sink.byte(value(digits.text), token.span());
        }
        let digits = self.complete_half(digits, sink);
        let even = digits.text.len() - digits.text.len() % 2;
        self.pairs(digits.part(0, even), sink);
        let odd = digits.rest(even);
        if !odd.text.is_empty() {
            self.half = Some((value(odd.text), odd.span()));
            self.ends_run = digits.text.len() > RUN;
            if !last || (even == 0 && digits.start == token.start) {
                self.lose_half(sink);
            }
        }
    }

    /// Takes the first digit to the one that waits, if the token would else have a half byte itself.
    fn complete_half<'a>(&mut self, digits: Line<'a>, sink: &mut Sink) -> Line<'a> {
        let Some((high, span)) = self.half else { return digits };
        if digits.text.len().is_multiple_of(2) {
            self.lose_half(sink);
            return digits;
        }
        self.half = None;
        sink.byte(high << 4 | value(digits.part(0, 1).text), Span::new(span.start, digits.start + 1));
        digits.rest(1)
    }

    fn pairs(&mut self, digits: Line<'_>, sink: &mut Sink) {
        for (nth, pair) in digits.text.as_bytes().chunks_exact(2).enumerate() {
            let byte = pair.iter().fold(0, |byte, digit| byte << 4 | nibble(*digit));
            let start = digits.start + nth * 2;
            sink.byte(byte, Span::new(start, start + 2));
        }
    }

    fn lose_half(&mut self, sink: &mut Sink) {
        if let Some((digit, span)) = self.half.take() {
            let digit = char::from_digit(u32::from(digit), 16).unwrap_or('?');
            let expected = match self.ends_run {
                true => ODD,
                false => "two hex digits for each byte",
            };
            sink.problems.add(span, format!("half a byte, {}", quoted(&digit.to_string())), expected);
        }
    }
}

/// Dots between bytes, as people write them for what they leave out.
fn tell_omission(between: Line<'_>, sink: &mut Sink) {
    let dots = between.text.trim_matches(is_blank);
    let is_apart = between.text.starts_with(is_blank) && between.text.ends_with(is_blank);
    if is_apart && matches!(dots, "..." | "…" | "[...]" | "[…]") {
        let at = between.text.find(dots).unwrap_or(0);
        let met = format!("{}: bytes that are left out", quoted(dots));
        sink.problems.add(
            between.part(at, dots.len()).span(),
            met,
            "all bytes: what follows is read as if none were missing",
        );
    }
}

/// The bytes of a line that shows them as characters, too: `51 00 00 00 04  Q....`.
fn with_characters(line: Line<'_>) -> Option<Vec<Sourced>> {
    if words::is_all(line) {
        return None;
    }
    let cells = cells::read(Unit::HexBytes, line, true);
    (cells.agreed && cells.bytes.len() > 1).then_some(cells.bytes)
}

/// The cell of a table's row that is bytes, where the others are not: `| 1 | client | 51 00 |`.
fn cell_of_table(line: Line<'_>) -> Option<Line<'_>> {
    let text = line.text.trim_matches(is_blank);
    if !text.starts_with('|') || !text.ends_with('|') {
        return None;
    }
    let mut at = 0;
    let mut best: Option<Line<'_>> = None;
    let mut others = 0;
    for cell in line.text.split('|') {
        let cell = line.part(at, at + cell.len());
        at += cell.text.len() + 1;
        let bare = cell.trimmed();
        let quotes = bare.text.len() - bare.text.trim_start_matches('`').len();
        let bare = bare.part(quotes, bare.text.trim_end_matches('`').len().max(quotes));
        if bare.text.is_empty() {
            continue;
        }
        let is_longer = best.is_none_or(|best| best.text.len() < bare.text.len());
        if words::is_all(bare) && is_longer && (bare.text.len() > 2 || best.is_none()) {
            others += usize::from(best.is_some());
            best = Some(bare);
        } else {
            others += 1;
        }
    }
    let is_lone = |best: &Line<'_>| {
        let digits = best.text.bytes().filter(u8::is_ascii_hexdigit).count();
        digits > 2 || others > 0 && text.contains(|c: char| c.is_alphabetic() && !c.is_ascii_hexdigit())
    };
    best.filter(is_lone).filter(|_| others > 0)
}

/// What stands behind a word with a colon at the beginning of a line, as in `sent: 51 00` and `payload (5): 51 00`.
fn behind_label(line: Line<'_>) -> Line<'_> {
    let text = line.trimmed();
    let word = text.text.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(text.text.len());
    let is_hex = text.part(0, word).text.bytes().all(|c| c.is_ascii_hexdigit());
    let colon = text.text.find(':').filter(|colon| *colon < LABEL);
    match colon.filter(|_| word > 1 && !is_hex) {
        Some(colon) if text.rest(colon + 1).text.starts_with(is_blank) => text.rest(colon + 1),
        _ => line,
    }
}

/// The value of a hex digit.
pub(crate) fn nibble(digit: u8) -> u8 {
    char::from(digit).to_digit(16).map_or(0, |value| value as u8)
}

/// The value of up to two hex digits.
fn value(digits: &str) -> u8 {
    digits.bytes().fold(0, |value, digit| value << 4 | nibble(digit))
}

fn separates(c: char) -> bool {
    crate::lines::is_blank(c) || c.is_ascii_punctuation() || matches!(c, '“' | '”' | '‘' | '’' | '–' | '—' | '·')
}

fn find_comment(text: &str) -> Option<usize> {
    let slashes = text.match_indices('/').find(|(at, _)| {
        let next = text.as_bytes().get(at + 1);
        matches!(next, Some(b'/' | b'*'))
    });
    let sharp = text.find('#');
    match (slashes, sharp) {
        (Some((slash, _)), Some(sharp)) => Some(slash.min(sharp)),
        (slash, sharp) => slash.map(|(at, _)| at).or(sharp),
    }
}

fn first_len(text: &str) -> usize {
    text.chars().next().map_or(0, char::len_utf8)
}

/// The first character of what is left.
pub(crate) fn first_char(line: Line<'_>) -> Line<'_> {
    line.part(0, first_len(line.text))
}
