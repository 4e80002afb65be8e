//! Dumps with offsets: `xxd`, `hexdump`, `od`, Wireshark's hex dump, and the packets of `tcpdump -x`.
//!
//! Which way of writing bytes a dump uses is found by trying all of them: the right one gives as many bytes for each line
//! as the offsets say.

use crate::cells::{self, Cells, Sourced, Unit};
use crate::lines::{Line, is_blank, lines};
use crate::offsets::{Rows, Tracks, is_under};
use crate::sink::{Lead, Reader, Side, Sink};
use crate::words;

/// How many bytes lines folded into `*` may unfold to.
const UNFOLDED: usize = 16 << 20;
/// How many lines are tried to find how a dump is written.
const TRIED: usize = 64;

/// How a dump is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Shape {
    pub radix: u32,
    pub unit: Unit,
    /// Whether the high byte of a word is the first.
    pub is_big: bool,
}

impl Shape {
    pub(crate) fn new(radix: u32, unit: Unit) -> Self {
        Shape { radix, unit, is_big: false }
    }

    /// The bytes of a row, in order.
    pub(crate) fn read(self, row: DumpLine<'_>) -> Cells<'_> {
        cells::read_in(self.unit, self.is_big, row.body, row.colon)
    }
}

/// A line with an offset.
#[derive(Clone, Copy, Debug)]
pub(crate) struct DumpLine<'a> {
    /// The digits of the offset.
    pub offset: Line<'a>,
    /// Whether a colon follows it.
    pub colon: bool,
    /// What stands behind it.
    pub body: Line<'a>,
}

impl DumpLine<'_> {
    pub(crate) fn at(&self, radix: u32) -> Option<usize> {
        usize::from_str_radix(self.offset.text, radix).ok()
    }
}

/// Takes a line apart if it begins with an offset of four or more digits.
pub(crate) fn split(line: Line<'_>) -> Option<DumpLine<'_>> {
    // Netty draws bars around the offset.
    let text = line.text.trim_start_matches(|c| crate::lines::is_blank(c) || c == '|');
    let line = line.rest(line.text.len() - text.len());
    let prefix = if text.starts_with("0x") { 2 } else { 0 };
    let digits = line.rest(prefix);
    let count = digits.text.bytes().take_while(u8::is_ascii_hexdigit).count();
    let colon = digits.rest(count).text.starts_with(':');
    let bar = digits.rest(count).text.starts_with("| ");
    let body = digits.rest(count + usize::from(colon || bar));
    let border = body.text.is_empty() || body.text.starts_with(crate::lines::is_blank);
    ((4..=16).contains(&count) && border).then_some(DumpLine { offset: digits.part(0, count), colon, body })
}

/// The shape that fits most of the first lines of `text`.
pub(crate) fn shape(text: &str) -> Shape {
    let mut offset_ends = None;
    let tried: Vec<Option<DumpLine<'_>>> = lines(text)
        .filter(|line| {
            let is_under = is_under(*line, offset_ends);
            if !is_under {
                offset_ends = split(marked(*line)).map(|parts| parts.offset.span().end - line.start);
            }
            !is_under
        })
        .map(|line| if line.text.trim() == "*" { None } else { split(marked(line)) })
        .take(TRIED * 4)
        .filter(|line| line.is_none_or(|line| line.offset.text.len() <= 16 && line.body.text.len() < 4096))
        .take(TRIED)
        .collect();
    let mut best = (0, Shape::new(16, Unit::HexBytes));
    for unit in Unit::ALL {
        for radix in [16, 8, 10] {
            let score = score(Shape::new(radix, unit), &tried);
            if score > best.0 {
                best = (score, Shape::new(radix, unit));
            }
        }
    }
    best.1
}

/// A line behind the mark that says who sent it.
pub(crate) fn marked(line: Line<'_>) -> Line<'_> {
    crate::marks::prefix(line.trimmed().text).map_or(line, |(_, length)| line.trimmed().rest(length))
}

/// Lines that can be read count one, offsets that agree two, columns of characters that agree two.
fn score(shape: Shape, tried: &[Option<DumpLine<'_>>]) -> usize {
    let mut score = 0;
    let mut expected: Option<usize> = None;
    let padded = shape.unit.pads();
    for line in tried {
        let Some(line) = line else {
            expected = None;
            continue;
        };
        let Some(at) = line.at(shape.radix) else {
            expected = None;
            continue;
        };
        let agrees = expected.is_some_and(|expected| (at..=at.saturating_add(padded)).contains(&expected));
        let cells = cells::read(shape.unit, line.body, line.colon);
        let is_number = matches!(shape.unit, Unit::DecimalWords | Unit::DecimalDoubles | Unit::DecimalQuads);
        // What prints a colon prints the bytes in their order.
        let swapped = line.colon && !cells.agreed && (is_number || shape.unit == Unit::HexWords);
        // Almost anything may be decimal numbers: only the offsets show that it is.
        let is_sure = agrees || !is_number;
        if !cells.bytes.is_empty() && cells.stopped.is_none() && !swapped && is_sure {
            score += 1 + 2 * usize::from(cells.agreed);
        }
        score += 2 * usize::from(agrees && !swapped);
        expected = at.checked_add(cells.bytes.len()).filter(|_| !cells.bytes.is_empty());
    }
    score
}

/// Every line that holds bytes must be one of the dump.
impl Reader for Dump {
    fn line(&mut self, line: Line<'_>, sink: &mut Sink) {
        if !self.take(line, sink) && words::is_all(line) && words::runs(line).next().is_some() {
            sink.problems.met(line.trimmed(), "a line of the dump: an offset and bytes");
        }
    }

    fn turn(&mut self, sink: &mut Sink) {
        self.finish(sink);
    }

    fn lead(&self, line: Line<'_>) -> Lead {
        if split(line).is_some() || line.text == "*" { Lead::Unknown } else { Lead::Nothing }
    }

    /// A piece of a dump is a block, whose lines belong together.
    fn is_between(&self, _: usize) -> bool {
        false
    }
}

/// Reads lines of a dump, each when the offset of the next tells how many bytes it has.
#[derive(Debug)]
pub(crate) struct Dump {
    shape: Shape,
    held: Option<Held>,
    folded: bool,
    unfolded: usize,
    /// Where the next line has to begin.
    next: Option<usize>,
    /// Where each direction goes on, where their rows take turns.
    tracks: Option<Tracks>,
    /// Whether blocks come twice, before they are encrypted and behind it; and whether one is passed over now.
    is_twice: bool,
    passes: bool,
    /// Where in its line the offset of the last row ends.
    offset_ends: Option<usize>,
    /// Whether another line stood between the last row and the next.
    is_parted: bool,
}

#[derive(Debug)]
struct Held {
    at: usize,
    bytes: Vec<Sourced>,
    agreed: bool,
}

impl Dump {
    pub(crate) fn new(shape: Shape) -> Self {
        Dump {
            shape,
            held: None,
            folded: false,
            unfolded: 0,
            next: None,
            tracks: None,
            is_twice: false,
            passes: false,
            offset_ends: None,
            is_parted: false,
        }
    }

    /// One for a text whose rows may be those of two directions that take turns.
    pub(crate) fn of(sample: &str) -> Self {
        let rows = Rows::of(sample);
        let tracks = rows.take_turns().then(Tracks::default);
        let is_twice = sample.contains("laintext before ENCRYPTION") || sample.contains("laintext after DECRYPTION");
        Dump { tracks, is_twice, ..Dump::new(rows.shape) }
    }

    /// Whether a whole line of the text stands below the bytes of the row above, and writes them once more.
    pub(crate) fn is_repeated(&mut self, line: Line<'_>) -> bool {
        let is_under = self.held.is_some() && is_under(line, self.offset_ends);
        if !is_under {
            self.offset_ends = split(marked(line)).map(|parts| parts.offset.span().end - line.start);
        }
        is_under
    }

    /// Takes a line if it is one of a dump.
    pub(crate) fn take(&mut self, line: Line<'_>, sink: &mut Sink) -> bool {
        if line.text.trim() == "*" {
            self.folded = self.held.is_some();
            return self.folded;
        }
        let Some((parts, at)) = split(line).and_then(|parts| Some((parts, parts.at(self.shape.radix)?))) else {
            self.is_parted |= !line.text.trim().is_empty();
            self.pass(line.text);
            return false;
        };
        if self.passes {
            return true;
        }
        let Cells { bytes, stopped, agreed } = self.shape.read(parts);
        // The bits of a field, as Wireshark lists them: `0100 .... = Version: 4`.
        if bytes.is_empty() && stopped.is_some_and(|stopped| stopped.text.contains("..")) {
            return false;
        }
        let is_parted = std::mem::take(&mut self.is_parted) && !self.folded;
        let is_other = self.turns(at, bytes.len());
        self.flush(Some((at, parts.offset)).filter(|_| !is_other && !is_parted), sink);
        if self.next.is_some_and(|next| next != at) || is_other || (at == 0 && !sink.blocks.is_empty()) {
            sink.split();
        }
        if let Some(tracks) = self.tracks.as_ref().filter(|_| is_other) {
            sink.turn_if_unknown(Side::Peer(tracks.now == 1));
        }
        if let Some(stopped) = stopped {
            report(self.shape.unit, stopped, sink);
        }
        self.next = Some(at.saturating_add(bytes.len()));
        self.held = Some(Held { at, bytes, agreed });
        true
    }

    /// JSSE shows what it sends and gets in the clear, and again as records of TLS.
    fn pass(&mut self, heading: &str) {
        let has = |word: &str| heading.contains(word);
        if self.is_twice && (has("Raw read") || has("Raw write")) {
            self.passes = true;
        } else if has("laintext ") {
            self.passes = false;
        }
    }

    /// Whether a row is the other direction's.
    fn turns(&mut self, at: usize, bytes: usize) -> bool {
        let Some(tracks) = &mut self.tracks else { return false };
        let before = tracks.now;
        tracks.take(at, bytes, 0);
        tracks.now != before || self.held.is_none()
    }

    /// The last line has no next.
    pub(crate) fn finish(&mut self, sink: &mut Sink) {
        self.flush(None, sink);
        self.next = None;
    }

    fn flush(&mut self, next: Option<(usize, Line<'_>)>, sink: &mut Sink) {
        let Some(held) = self.held.take() else { return };
        let folded = std::mem::take(&mut self.folded);
        let advance = next.and_then(|(at, _)| at.checked_sub(held.at)).filter(|advance| *advance > 0);
        let count = match advance {
            Some(advance) if !held.agreed => held.bytes.len().min(advance),
            _ => held.bytes.len(),
        };
        let line = held.bytes.get(..count).unwrap_or_default();
        line.iter().for_each(|(byte, source)| sink.byte(*byte, *source));
        let (Some(advance), Some((at, offset))) = (advance, next) else { return };
        self.next = Some(at);
        if folded {
            // Where letters agree, a line may be longer than the next offset says.
            self.unfold(line, advance.saturating_sub(count), offset, sink);
        } else if advance > count {
            let expected = format!("offset {}", self.number(held.at.saturating_add(count)));
            sink.problems.add(offset.span(), format!("offset {}: bytes are missing", offset.text), expected);
        }
    }

    /// Repeats a line as often as the offset behind `*` says.
    fn unfold(&mut self, line: &[Sourced], missing: usize, offset: Line<'_>, sink: &mut Sink) {
        let allowed = missing.min(UNFOLDED.saturating_sub(self.unfolded));
        self.unfolded += allowed;
        for (byte, source) in line.iter().cycle().take(if line.is_empty() { 0 } else { allowed }) {
            sink.byte(*byte, *source);
        }
        if allowed < missing {
            sink.problems.met(offset, "an offset at most 16 MiB behind the line that is repeated");
        }
    }

    fn number(&self, at: usize) -> String {
        match self.shape.radix {
            8 => format!("{at:o}"),
            10 => at.to_string(),
            _ => format!("{at:x}"),
        }
    }
}

/// Reads a line of hex cells without an offset, as `socat -x` and `ngrep -x` print it.
pub(crate) fn bare(line: Line<'_>, sink: &mut Sink) {
    let cells = cells::read(Unit::HexBytes, line, false);
    cells.bytes.iter().for_each(|(byte, source)| sink.byte(*byte, *source));
    if let Some(stopped) = cells.stopped {
        report(Unit::HexBytes, stopped, sink);
    }
}

/// How rows without offsets are written, if it is in one of the ways that nothing else is: names of characters, columns of characters
/// and their escapes, or octal numbers of three digits, as `od -An` prints them.
pub(crate) fn bare_unit(sample: &str) -> Option<Unit> {
    let rows: Vec<Line<'_>> = lines(sample).filter(|line| !line.text.trim().is_empty()).take(TRIED).collect();
    let is_whole = |unit: Unit| {
        let whole = |line: &Line<'_>| {
            let cells = cells::read(unit, *line, false);
            cells.stopped.is_none() && !cells.bytes.is_empty()
        };
        !rows.is_empty() && rows.iter().all(whole)
    };
    let words = || rows.iter().flat_map(|row| row.text.split(is_blank)).filter(|word| !word.is_empty());
    let (count, long) = (words().count(), words().filter(|word| word.len() > 1).count());
    let is_octal = || words().any(|word| word.starts_with('0')) && words().all(|word| word.len() == 3);
    match count {
        4.. if long * 8 > count && words().any(|word| word == "nul") && is_whole(Unit::Names) => Some(Unit::Names),
        4.. if words().any(|word| word == "\\0") && is_whole(Unit::Characters) => Some(Unit::Characters),
        4.. if is_octal() && is_whole(Unit::OctalBytes) => Some(Unit::OctalBytes),
        _ => None,
    }
}

/// Reads a text whose rows have no offsets.
pub(crate) fn bare_rows(text: &str, unit: Unit, sink: &mut Sink) {
    for line in lines(text).filter(|line| !line.text.trim().is_empty()) {
        let cells = cells::read(unit, line, false);
        cells.bytes.iter().for_each(|(byte, source)| sink.byte(*byte, *source));
        if let Some(stopped) = cells.stopped {
            report(unit, stopped, sink);
        }
    }
}

fn report(unit: Unit, cell: Line<'_>, sink: &mut Sink) {
    let hex = cell.text.bytes().all(|c| c.is_ascii_hexdigit());
    if unit == Unit::HexBytes && hex && cell.text.len() == 1 {
        let met = format!("half a byte, {}", crate::lines::quoted(cell.text));
        return sink.problems.add(cell.span(), met, "two hex digits for each byte");
    }
    let wrong = cell.text.find(|c: char| !c.is_ascii_hexdigit());
    match unit {
        Unit::HexBytes | Unit::HexWords => match wrong {
            Some(wrong) => sink.problems.met(crate::hex::first_char(cell.rest(wrong)), "a hex digit"),
            None => sink.problems.met(cell, "as many hex digits as the other groups have"),
        },
        Unit::OctalBytes | Unit::OctalWords => sink.problems.met(cell, "octal digits"),
        Unit::DecimalBytes => sink.problems.met(cell, "a decimal number of a byte"),
        Unit::DecimalWords | Unit::DecimalDoubles | Unit::DecimalQuads => sink.problems.met(cell, "a decimal number"),
        Unit::Bits => sink.problems.met(cell, "eight binary digits"),
        Unit::Names => sink.problems.met(cell, "a character or the name of one"),
        Unit::Characters => sink.problems.met(cell, "a character, an escape or three octal digits"),
    }
}

/// Begins a new block for what follows.
pub(crate) fn turn(dump: &mut Dump, side: Side, at_us: Option<i64>, sink: &mut Sink) {
    dump.finish(sink);
    sink.turn(side, at_us);
}
