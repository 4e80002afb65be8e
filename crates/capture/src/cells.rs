//! The cells of one line of a dump: how `xxd`, `hexdump`, `od` and their kin print some bytes behind an offset.
//!
//! The column of characters at the end of a line may look like hex. It is known by its content: it repeats the bytes.

use pgscope_proto::Span;

use crate::hex::nibble;
use crate::lines::{Line, is_blank};

/// A byte and the text it was read from.
pub(crate) type Sourced = (u8, Span);

/// How a dump writes its bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unit {
    /// Pairs of hex digits in the order of the bytes, grouped as one likes.
    HexBytes,
    /// Hex words whose last digits are the first byte.
    HexWords,
    /// Three octal digits a byte.
    OctalBytes,
    /// Six octal digits for two bytes, the low byte first.
    OctalWords,
    /// A decimal number a byte.
    DecimalBytes,
    /// A decimal number for two bytes, the low byte first.
    DecimalWords,
    /// A decimal number for four bytes, the low byte first.
    DecimalDoubles,
    /// A decimal number for eight bytes, the low byte first.
    DecimalQuads,
    /// Eight binary digits a byte.
    Bits,
    /// Characters and C escapes in columns of four.
    Characters,
    /// Characters, and the names of those that cannot be seen, as `od -a` prints them.
    Names,
}

impl Unit {
    /// All, the most usual first.
    pub(crate) const ALL: [Unit; 11] = [
        Unit::HexBytes,
        Unit::HexWords,
        Unit::OctalWords,
        Unit::OctalBytes,
        Unit::DecimalBytes,
        Unit::Bits,
        Unit::Characters,
        Unit::DecimalWords,
        Unit::DecimalDoubles,
        Unit::DecimalQuads,
        Unit::Names,
    ];

    /// Whether its numbers are of several bytes, whose order nothing in a dump says.
    pub(crate) const fn is_of_words(self) -> bool {
        self.pads() > 0
    }

    /// How many bytes the last of its numbers may have that the input has not.
    pub(crate) const fn pads(self) -> usize {
        match self {
            Unit::HexWords | Unit::OctalWords | Unit::DecimalWords => 1,
            Unit::DecimalDoubles => 3,
            Unit::DecimalQuads => 7,
            Unit::HexBytes | Unit::OctalBytes | Unit::DecimalBytes => 0,
            Unit::Bits | Unit::Characters | Unit::Names => 0,
        }
    }
}

/// What a line gave: its bytes, and the cell at which reading stopped if that was no column of characters.
#[derive(Debug, Default)]
pub(crate) struct Cells<'a> {
    pub bytes: Vec<Sourced>,
    pub stopped: Option<Line<'a>>,
    /// Whether a column of characters was there and agreed.
    pub agreed: bool,
}

/// Reads the cells of `body`, which is a line behind its offset; of words, the low byte is the first.
pub(crate) fn read(unit: Unit, body: Line<'_>, grouped: bool) -> Cells<'_> {
    read_in(unit, false, body, grouped)
}

/// The same in either order of the bytes in a word.
pub(crate) fn read_in(unit: Unit, is_big: bool, body: Line<'_>, grouped: bool) -> Cells<'_> {
    match unit {
        Unit::Characters => characters(body),
        _ => words(unit, is_big, body, grouped),
    }
}

fn words(unit: Unit, is_big: bool, body: Line<'_>, grouped: bool) -> Cells<'_> {
    let mut cells = Cells::default();
    let mut rest = Line { text: body.text.trim_end_matches(is_blank), start: body.start };
    loop {
        let blanks = rest.text.len() - rest.text.trim_start_matches(is_blank).len();
        let gap = blanks > 1 || rest.text.starts_with('\t') || rest.rest(blanks).text.starts_with('|');
        rest = rest.rest(blanks);
        if rest.text.is_empty() {
            return cells;
        }
        if gap && !cells.bytes.is_empty() && repeats(&cells.bytes, rest.text) {
            cells.agreed = true;
            return cells;
        }
        let end = rest.text.find(is_blank).unwrap_or(rest.text.len());
        let word = rest.part(0, end);
        let before = cells.bytes.len();
        if !take(unit, word, grouped, &mut cells.bytes) {
            // Letters behind a single blank, as `tcpflow -D` puts them, are the bytes once more where they can be nothing else.
            if !gap && !cells.bytes.is_empty() && shows(&cells.bytes, 0, rest.text) {
                cells.agreed = true;
                return cells;
            }
            let column = gap && !cells.bytes.is_empty();
            let wrong = before_half(unit, word, &mut cells.bytes);
            cells.stopped = (!column || word.text.len() == 1 && all_hex(word.text)).then_some(wrong);
            return cells;
        }
        if is_big {
            cells.bytes.get_mut(before..).into_iter().for_each(<[Sourced]>::reverse);
        }
        rest = rest.rest(end);
    }
}

/// Takes the whole bytes of a word with half a byte at its end; gives what was not taken.
fn before_half<'a>(unit: Unit, word: Line<'a>, bytes: &mut Vec<Sourced>) -> Line<'a> {
    if unit != Unit::HexBytes || !all_hex(word.text) || word.text.len().is_multiple_of(2) {
        return word;
    }
    let whole = word.text.len() - 1;
    bytes.extend(pairs(word.part(0, whole)));
    word.rest(whole)
}

/// Whether `column` shows `bytes` as characters: itself or a dot for each, between bars or brackets or bare.
fn repeats(bytes: &[Sourced], column: &str) -> bool {
    if bytes.len() > 4096 || column.len() > bytes.len() * 4 + 8 {
        return false;
    }
    let framed = column.starts_with('|') || (column.starts_with('>') && column.ends_with('<'));
    if framed && column.len() > 1 {
        return true;
    }
    let spaces = bytes.iter().take_while(|(byte, _)| *byte == b' ').count();
    shows(bytes, 0, column) || (spaces > 0 && shows(bytes, spaces, column))
}

/// Whether a column shows the bytes behind so many, which were blanks: with a blank behind each eight, or without.
fn shows(bytes: &[Sourced], spaces: usize, column: &str) -> bool {
    [false, true].into_iter().any(|is_parted| shows_in(bytes, spaces, column, is_parted))
}

fn shows_in(bytes: &[Sourced], spaces: usize, column: &str, is_parted: bool) -> bool {
    let mut left = bytes.iter().skip(spaces).map(|(byte, _)| *byte);
    let mut shown = spaces;
    let mut is_gap = false;
    for c in column.chars() {
        let may_part = c == ' ' && shown.is_multiple_of(8) && shown > 0 && !is_gap;
        is_gap = may_part && (is_parted || left.clone().next() != Some(b' '));
        if is_gap {
            continue;
        }
        let Some(byte) = left.next() else { return false };
        if c != '.' && c != char::from(byte) && byte < 0x80 {
            return false;
        }
        shown += 1;
    }
    left.all(|byte| byte == b' ')
}

fn take(unit: Unit, word: Line<'_>, grouped: bool, bytes: &mut Vec<Sourced>) -> bool {
    match unit {
        Unit::HexBytes => hex_pairs(word, grouped, bytes),
        Unit::HexWords => hex_word(word, grouped, bytes),
        Unit::OctalBytes => number(word, 8, 3..=3, 1, bytes),
        Unit::OctalWords => number(word, 8, 6..=6, 2, bytes) || number(word, 8, 11..=11, 4, bytes),
        Unit::DecimalBytes => number(word, 10, 1..=4, 1, bytes),
        Unit::DecimalWords => number(word, 10, 1..=6, 2, bytes),
        Unit::DecimalDoubles => number(word, 10, 1..=11, 4, bytes),
        Unit::DecimalQuads => number(word, 10, 1..=20, 8, bytes),
        Unit::Bits => number(word, 2, 8..=8, 1, bytes),
        Unit::Names => named(word, bytes),
        Unit::Characters => false,
    }
}

/// What ASCII calls its first characters.
const NAMES: [&str; 33] = [
    "nul", "soh", "stx", "etx", "eot", "enq", "ack", "bel", "bs", "ht", "nl", "vt", "ff", "cr", "so", "si", "dle",
    "dc1", "dc2", "dc3", "dc4", "nak", "syn", "etb", "can", "em", "sub", "esc", "fs", "gs", "rs", "us", "sp",
];

fn named(word: Line<'_>, bytes: &mut Vec<Sourced>) -> bool {
    let name = NAMES.iter().position(|name| *name == word.text).and_then(|nth| u8::try_from(nth).ok());
    let byte = match word.text {
        "del" => Some(0x7f),
        "lf" => Some(b'\n'),
        one if one.len() == 1 => one.bytes().next(),
        _ => name,
    };
    bytes.extend(byte.map(|byte| (byte, word.span())));
    byte.is_some()
}

fn all_hex(text: &str) -> bool {
    text.bytes().all(|c| c.is_ascii_hexdigit())
}

/// Pairs of digits, as a debugger prints them with `0x`; without `grouped` one pair a word, or two joined by a dash as in the middle of a line.
fn hex_pairs(word: Line<'_>, grouped: bool, bytes: &mut Vec<Sourced>) -> bool {
    if word.text.len() == 4 && word.text.starts_with("0x") {
        return hex_pairs(word.rest(2), false, bytes);
    }
    let dashed = word.text.len() == 5 && word.text.get(2..3) == Some("-");
    if dashed {
        return hex_pairs(word.part(0, 2), false, bytes) && hex_pairs(word.rest(3), false, bytes);
    }
    let fits = word.text.len() == 2 || (grouped && word.text.len().is_multiple_of(2));
    if !fits || !all_hex(word.text) {
        return false;
    }
    bytes.extend(pairs(word));
    true
}

fn hex_word(word: Line<'_>, grouped: bool, bytes: &mut Vec<Sourced>) -> bool {
    let fits = matches!(word.text.len(), 4 | 8 | 16) || (grouped && word.text.len().is_multiple_of(2));
    if !fits || !all_hex(word.text) {
        return false;
    }
    bytes.extend(pairs(word).rev());
    true
}

fn pairs(word: Line<'_>) -> impl DoubleEndedIterator<Item = Sourced> {
    word.text.as_bytes().chunks_exact(2).enumerate().map(move |(nth, pair)| {
        let start = word.start + nth * 2;
        (pair.iter().fold(0, |byte, digit| byte << 4 | nibble(*digit)), Span::new(start, start + 2))
    })
}

fn number(
    word: Line<'_>,
    radix: u32,
    lengths: std::ops::RangeInclusive<usize>,
    width: usize,
    bytes: &mut Vec<Sourced>,
) -> bool {
    let bits = 8 * width as u32;
    let lowest = if radix == 10 { -(1i128 << (bits - 1)) } else { 0 };
    let value = i128::from_str_radix(word.text, radix).ok();
    let Some(value) = value.filter(|value| (lowest..1 << bits).contains(value)) else { return false };
    let fits = lengths.contains(&word.text.len()) && !word.text.starts_with('+');
    if fits {
        bytes.extend(value.to_le_bytes().iter().take(width).map(|byte| (*byte, word.span())));
    }
    fits
}

/// Columns of four characters, of which the last are the character, its escape or its octal number.
fn characters(body: Line<'_>) -> Cells<'_> {
    let mut cells = Cells::default();
    let mut rest = body;
    while !rest.text.is_empty() {
        let end = rest.text.char_indices().nth(4).map_or(rest.text.len(), |(at, _)| at);
        let cell = rest.part(0, end);
        rest = rest.rest(end);
        let trimmed = cell.trimmed();
        if trimmed.text.is_empty() && cell.text.len() < 4 {
            return cells;
        }
        let (Some(byte), true) = (character(trimmed.text), cell.text.starts_with(' ')) else {
            cells.stopped = Some(cell);
            return cells;
        };
        let source = if trimmed.text.is_empty() { cell.rest(3) } else { trimmed };
        cells.bytes.push((byte, source.span()));
    }
    cells
}

fn character(cell: &str) -> Option<u8> {
    match cell {
        "" => Some(b' '),
        "\\0" => Some(0),
        "\\a" => Some(7),
        "\\b" => Some(8),
        "\\t" => Some(9),
        "\\n" => Some(10),
        "\\v" => Some(11),
        "\\f" => Some(12),
        "\\r" => Some(13),
        _ if cell.len() == 3 => u8::from_str_radix(cell, 8).ok(),
        _ => cell.bytes().next().filter(|_| cell.len() == 1),
    }
}
