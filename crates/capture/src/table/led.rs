//! Lines of which each has words that say who sent the bytes behind them, as a log has: a table of two columns that nobody drew.
//!
//! ```text
//! time=10:00:00Z level=debug msg="sent" data="b'Q\\x00\\x00…'"       {"level":"debug","msg":"received [90 0 0 0 5 73]"}
//! └────────── lead ───────────────┘     └──── bytes ────┘                                └ lead ┘ └─── bytes ────┘
//! ```
//!
//! Words that stand in all leads say nothing: what tells one from the other is what is left. Such a reading is held only where all
//! lines with bytes say who sent them, and most of the bytes are whole messages.

use std::cmp::Reverse;
use std::collections::HashMap;

use pgscope_proto::Direction;

use super::cell::{self, Kind};
use super::{Cells, Row, Sender, TRIED, Table, groups};
use crate::lines::{Line, is_blank, lines};
use crate::sink::Side;
use crate::{base64, marks, quotes, readable, words};

/// No log has longer lines, and more words before the bytes say nothing of them.
const LONGEST: usize = 64 << 10;
const LONGEST_LEAD: usize = 400;
/// So many words that happen to be digits stand before bytes at most.
const MOST_WORDS: usize = 4;
/// Fewer lines are no log.
const FEWEST: usize = 2;

/// The best reading of a text as such lines.
pub(super) fn table(text: &str) -> Option<Table<'_>> {
    let all: Vec<Line<'_>> = lines(text).map(Line::trimmed).filter(|line| !line.text.is_empty()).collect();
    if all.iter().any(|line| line.text.len() > LONGEST) {
        return None;
    }
    // What stands in a string has the string's escapes before its own.
    let mut sources = vec![(all, false)];
    if let Some(objects) = groups::objects(text) {
        for column in 0..objects.width() {
            let cells = (0..objects.rows.len()).filter_map(|row| objects.cell(row, column));
            sources.push((cells.map(cell::between_quotes).collect(), true));
        }
    }
    // Of two that are as good, the one that is more usual.
    let kinds = || Kind::ALL.into_iter().rev();
    let tables =
        sources.iter().flat_map(|(lines, is_inside)| kinds().filter_map(|kind| Led::of(lines, kind, *is_inside)));
    tables.max_by_key(|led| (led.explained, Reverse(led.rest))).map(Led::table)
}

/// Lines with bytes of one kind.
struct Led<'a> {
    kind: Kind,
    rows: Vec<Row<'a>>,
    sender: Sender,
    /// How many bytes of the first rows are whole messages.
    explained: usize,
    /// How many are not.
    rest: usize,
}

impl<'a> Led<'a> {
    fn of(lines: &[Line<'a>], kind: Kind, is_inside: bool) -> Option<Self> {
        let parts = |line: Line<'a>| parts(line, kind, is_inside);
        let tried = lines.iter().take(TRIED);
        let is_any = tried.clone().any(|line| parts(*line).is_some_and(|(_, bytes)| kind.fits(bytes)));
        if !is_any {
            return None;
        }
        let mut rows = Vec::new();
        for line in lines {
            match parts(*line) {
                Some((lead, bytes)) => rows.push(Row { cells: vec![lead, bytes], heading: None }),
                // Bytes of which this reading knows nothing.
                None if words::has_runs(line.text) => return None,
                None => {}
            }
        }
        if rows.len() < FEWEST {
            return None;
        }
        let common = common(&rows);
        let sides = || rows.iter().map(|row| row.cells.first().and_then(|lead| spoken(lead.text, &common)));
        let sender = if sides().all(|side| side.is_some()) { Sender::Led(common) } else { pair(&rows, common)? };
        let led = Led { kind, rows, sender, explained: 0, rest: 0 };
        let (explained, all) = led.explained();
        (explained * 2 >= all && explained > 0).then_some(Led { explained, rest: all - explained, ..led })
    }

    /// How many bytes of the first rows are whole messages, and how many there are.
    fn explained(&self) -> (usize, usize) {
        let mut streams: [Vec<u8>; 2] = Default::default();
        for row in self.rows.iter().take(TRIED) {
            let [lead, bytes] = row.cells.as_slice() else { continue };
            let is_second =
                matches!(self.sender.of_lead(*lead), Some(Side::Peer(true) | Side::Given(Direction::Backend)));
            if let Some(stream) = streams.get_mut(usize::from(is_second)) {
                stream.extend(self.kind.bytes(*bytes));
            }
        }
        (readable::worth(streams.each_ref().map(Vec::as_slice), false), streams.iter().map(Vec::len).sum())
    }

    fn table(self) -> Table<'a> {
        let cells = Cells { names: Vec::new(), rows: self.rows, is_long: false };
        Table { cells, kind: self.kind, bytes: 1..2, ends: None, sender: Some(self.sender), offsets: None }
    }
}

/// What stands before the bytes of a line, and the bytes.
fn parts(line: Line<'_>, kind: Kind, is_inside: bool) -> Option<(Line<'_>, Line<'_>)> {
    let bytes = match kind {
        Kind::Numbers => list(line),
        Kind::Hex => digits(line),
        Kind::Escaped => string(line, kind),
        Kind::Nested if is_inside => cell::find_inside(line, |inside| string(inside, Kind::Escaped).map(Line::span)),
        Kind::Nested => string(line, kind),
        Kind::Base64 => last_word(line),
    }?;
    let lead = line.part(0, bytes.start - line.start).trimmed();
    let is_lead = (1..=LONGEST_LEAD).contains(&lead.text.len());
    (is_lead && (kind.fits(bytes) || kind.may_fit(bytes))).then_some((lead, bytes))
}

/// Signs that close what stands around bytes.
const CLOSERS: [char; 9] = ['"', '\'', '`', ')', ']', '}', '>', ';', ','];

/// The last list of numbers, with its brackets.
fn list(line: Line<'_>) -> Option<Line<'_>> {
    let closing = line.text.rfind([']', '}', ')', '>'])?;
    let inner = line.text.get(..closing)?.trim_end_matches([']', '}', ')', '>', '"', '\'', ' ']);
    let open = inner.rfind(['[', '{', '(', '<'])?;
    let open = if inner.get(..open)?.ends_with('<') { open - 1 } else { open };
    let close = inner.len() + line.text.get(inner.len()..)?.find([']', '}', ')', '>'])? + 1;
    let close = if line.text.get(open..)?.starts_with("<<") { close + 1 } else { close };
    Some(line.part(open, close.min(line.text.len())))
}

/// The digits at the end of a line: all that is nothing but bytes, behind a sign or several of them.
fn digits(line: Line<'_>) -> Option<Line<'_>> {
    let text = line.text.trim_end_matches(|c: char| is_blank(c) || CLOSERS.contains(&c));
    let is_sign = |c: char| matches!(c, 'x' | 'X' | ',' | ':' | '-' | '\\');
    let mut digits = words::ending(line.part(0, text.len()), is_sign)?;
    // Signs in front, and words that happen to be digits, or count the bytes: `dead: 51 00`, `14: 51 00`.
    for _ in 0..MOST_WORDS {
        let signs = digits.text.len() - digits.text.trim_start_matches([':', '-', ',', '\\', ' ', '\t']).len();
        let bare = digits.rest(signs);
        let count = bare.text.len() - bare.text.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        if count > 0 && bare.rest(count).text.starts_with(": ") {
            digits = bare.rest(count + 1);
            continue;
        }
        let is_escape = digits.text.get(..signs)?.ends_with('\\');
        if words::is_all(bare) && (is_escape || !bare.text.starts_with('x')) || is_escape && words::is_all(digits) {
            let lead = line.text.get(..bare.start - line.start)?.trim_end();
            // A short number behind a word is a length, a port or an id.
            let is_sure = bare.text.len() > 4
                || bare.text.bytes().any(|c| c.is_ascii_alphabetic())
                || lead.ends_with(|c: char| !c.is_alphanumeric());
            return is_sure.then_some(bare.rest(usize::from(is_escape && bare.text.starts_with('x'))));
        }
        let word = digits.text.find(|c: char| is_blank(c) || c == ':')?;
        digits = digits.rest(word + 1);
    }
    None
}

/// The last string that holds bytes, with its quotes and what belongs to them; the last one, where none does.
fn string(line: Line<'_>, kind: Kind) -> Option<Line<'_>> {
    let (mut from, mut last, mut found) = (0, None, None);
    while let Some((at, quote)) = quotes::next(line.text, from) {
        let inner = at + quote.len_utf8();
        let Some(length) = quotes::content(line.text.get(inner..)?, quote) else { break };
        let end = inner + length + quote.len_utf8();
        let whole = line.part(quotes::with_prefix(line.text, at), end);
        last = Some(whole);
        if kind.fits(whole) {
            found = Some(whole);
        }
        from = end;
    }
    found.or(last)
}

/// The last word, if it is base64.
fn last_word(line: Line<'_>) -> Option<Line<'_>> {
    let text = line.text.trim_end_matches(|c: char| is_blank(c) || CLOSERS.contains(&c));
    let is_letter = |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '/' | '-' | '_' | '=');
    let start = text.char_indices().rev().find(|(_, c)| !is_letter(*c)).map_or(0, |(at, c)| at + c.len_utf8());
    let word = line.part(start, text.len());
    // The name of what it is the value of: `data=UQAA`.
    let named =
        word.text.find('=').filter(|at| word.text.get(at + 1..).is_some_and(|rest| !rest.trim_matches('=').is_empty()));
    let word = named.map_or(word, |at| word.rest(at + 1));
    base64::is_letters(word.text).then_some(word)
}

/// The words that stand in all leads, each with how often it does.
fn common(rows: &[Row<'_>]) -> Vec<String> {
    let mut counts: HashMap<&str, usize> = HashMap::new();
    for row in rows {
        let mut own: Vec<&str> = row.cells.first().map(|lead| lead.text.split(is_blank).collect()).unwrap_or_default();
        own.sort_unstable();
        own.dedup();
        own.into_iter().for_each(|word| *counts.entry(word).or_default() += 1);
    }
    let in_all = counts.into_iter().filter(|(_, count)| *count == rows.len());
    in_all.map(|(word, _)| word.to_owned()).collect()
}

/// The words of a lead that not all leads have.
fn own_words(lead: &str, common: &[String]) -> String {
    lead.split(is_blank).filter(|word| !common.iter().any(|known| known == word)).collect::<Vec<_>>().join(" ")
}

/// What a lead says of who sent what is behind it: by what it has of its own, or, where it has nothing, by all of it.
pub(super) fn spoken(lead: &str, common: &[String]) -> Option<Side> {
    let own = own_words(lead, common);
    marks::spoken(if own.is_empty() { lead } else { &own })
}

/// Two names that all leads come down to.
fn pair(rows: &[Row<'_>], common: Vec<String>) -> Option<Sender> {
    let mut names = rows.iter().filter_map(|row| Some(marks::label(&own_words(row.cells.first()?.text, &common))));
    let first = names.next().filter(|name| name.starts_with(char::is_alphabetic))?;
    let second = names.clone().find(|name| *name != first).filter(|name| name.starts_with(char::is_alphabetic))?;
    names.all(|name| name == first || name == second).then_some(Sender::LedBy(common, first))
}

impl Sender {
    /// Who sent what is behind a lead.
    pub(super) fn of_lead(&self, lead: Line<'_>) -> Option<Side> {
        match self {
            Sender::Led(common) => spoken(lead.text, common),
            Sender::LedBy(common, first) => Some(Side::Peer(marks::label(&own_words(lead.text, common)) != *first)),
            _ => None,
        }
    }

    /// What a lead calls who sent it.
    pub(super) fn label_of_lead(&self, lead: Line<'_>) -> String {
        let (Sender::Led(common) | Sender::LedBy(common, _)) = self else { return String::new() };
        let own = marks::label(&own_words(lead.text, common));
        if own.is_empty() { marks::label(lead.text) } else { own }
    }
}
