//! Whether numbers at the beginning of lines are offsets, whatever the first one is.
//!
//! An offset agrees with the row before it: it is that row's, and as many more as it has bytes. A row that stands alone is
//! known by its column of characters, which repeats its bytes, or by an offset that cannot be bytes.

use crate::cells;
use crate::dump::{DumpLine, Shape, marked, shape, split};
use crate::lines::{Line, is_blank, lines};
use crate::{packets, readable};

/// Rows that begin with what may be an offset.
pub(crate) struct Rows<'a> {
    rows: Vec<Row<'a>>,
    pub shape: Shape,
    /// How many rows stand indented, with offsets of eight digits.
    pub indented: usize,
    /// Lines that are no rows, and no comments.
    others: usize,
    /// Whether anything shows in which order the bytes of a word stand.
    pub is_order_known: bool,
}

/// So many rows, and so many of their bytes, show the order of bytes in words.
const TRIED: usize = 64;
const MOST_TRIED: usize = 4096;

struct Row<'a> {
    parts: DumpLine<'a>,
    at: Option<usize>,
    bytes: usize,
    /// Whether a column of characters repeats the bytes.
    agreed: bool,
    /// Whether anything was in the way of its bytes.
    is_odd: bool,
}

impl<'a> Rows<'a> {
    pub(crate) fn of(sample: &'a str) -> Self {
        let shape = shape(sample);
        let mut all = Rows { rows: Vec::new(), shape, indented: 0, others: 0, is_order_known: true };
        let mut offset_ends = None;
        for line in lines(sample) {
            if is_under(line, offset_ends) {
                continue;
            }
            let bare = marked(line).trimmed();
            offset_ends = split(bare).filter(is_offset).map(|parts| parts.offset.span().end - line.start);
            match split(bare).filter(is_offset) {
                Some(parts) => {
                    let is_indented = line.text.starts_with(['\t', ' ']) && parts.offset.text.len() == 8;
                    all.indented += usize::from(is_indented);
                    let cells = cells::read(shape.unit, parts.body, parts.colon);
                    let (bytes, agreed, is_odd) = (cells.bytes.len(), cells.agreed, cells.stopped.is_some());
                    all.rows.push(Row { parts, at: parts.at(shape.radix), bytes, agreed, is_odd });
                }
                None if bare.text.is_empty() || bare.text == "*" || crate::marks::comment(bare.text).is_some() => {}
                None => all.others += 1,
            }
        }
        (all.shape.is_big, all.is_order_known) = all.order();
        all
    }

    /// Whether words have their high byte first, and whether anything shows it: the bytes are read in both ways, and the right one
    /// has messages one behind the other.
    fn order(&self) -> (bool, bool) {
        // What prints a colon prints characters beside the words, and these in the order of its machine.
        if !self.shape.unit.is_of_words() || self.first().is_none_or(|row| row.colon) {
            return (false, true);
        }
        let [little, big] = [false, true].map(|is_big| {
            let shape = Shape { is_big, ..self.shape };
            let rows = self.rows.iter().filter(|row| row.parts.body.text.len() < MOST_TRIED);
            let bytes = rows.take(TRIED).flat_map(|row| shape.read(row.parts).bytes);
            let bytes: Vec<u8> = bytes.map(|(byte, _)| byte).take(MOST_TRIED).collect();
            let is_cut = bytes.len() == MOST_TRIED || self.rows.len() > TRIED;
            readable::explained(&bytes, if is_cut { packets::begins_packet } else { packets::is_packet })
        });
        (big > little, big != little)
    }

    pub(crate) fn first(&self) -> Option<&DumpLine<'a>> {
        self.rows.iter().map(|row| &row.parts).find(|parts| !parts.body.text.is_empty())
    }

    pub(crate) fn count(&self) -> usize {
        self.rows.len()
    }

    pub(crate) fn count_of(&self, fits: impl Fn(&DumpLine<'_>) -> bool) -> usize {
        self.rows.iter().filter(|row| fits(&row.parts)).count()
    }

    /// Whether the numbers are offsets.
    pub(crate) fn are_a_dump(&self) -> bool {
        if self.first().is_none() {
            return false;
        }
        let (sure, likely, rises) = self.agreeing();
        let count = self.rows.len();
        let is_sure = sure * 2 > count || sure > 1 && (sure + likely) * 2 > count;
        let is_alone = count == 1 && self.rows.iter().all(|row| row.is_alone());
        is_sure || is_alone || self.others <= count + super::recognise::FEW && (sure + likely > 0) && rises + 1 >= count
    }

    /// How many rows agree for sure, how many begin at zero, and how many are behind the one before.
    fn agreeing(&self) -> (usize, usize, usize) {
        let pads = self.shape.unit.pads();
        let (mut sure, mut likely, mut rises) = (0, 0, 0);
        // Where rows may go on: the last few, since directions take turns.
        let mut tracks = Tracks::default();
        let mut last = None;
        for row in &self.rows {
            let Some(at) = row.at else { continue };
            let continues = tracks.take(at, row.bytes, pads);
            let is_rest = row.bytes > 0 || continues;
            sure += usize::from((row.agreed || continues) && is_rest);
            likely += usize::from(!row.agreed && !continues && at == 0);
            rises += usize::from(last.is_some_and(|last| at == 0 || last < at && at - last <= 4096));
            last = Some(at);
        }
        (sure, likely, rises)
    }

    /// Whether rows of two directions take turns, each at offsets of its own that go on.
    pub(crate) fn take_turns(&self) -> bool {
        let mut tracks = Tracks::default();
        let mut returns = 0;
        for row in &self.rows {
            if let Some(at) = row.at {
                let before = tracks.now;
                let is_known = tracks.take(at, row.bytes, 0);
                returns += usize::from(is_known && tracks.now != before);
            }
        }
        returns > 0 && tracks.made == 2
    }
}

impl Row<'_> {
    /// Whether an only row shows by itself that it begins with an offset.
    fn is_alone(&self) -> bool {
        let digits = self.parts.offset.text.len();
        let gap = self.parts.body.text.len() - self.parts.body.text.trim_start_matches(is_blank).len();
        let is_number = self.at == Some(0) || self.parts.colon || digits % 2 == 1 || gap > 1;
        self.agreed || self.bytes > 0 && !self.is_odd && is_number
    }
}

/// Where the rows of each direction go on.
#[derive(Debug, Default)]
pub(crate) struct Tracks {
    next: Vec<usize>,
    /// Which is the last row's.
    pub now: usize,
    /// How many there were.
    made: usize,
}

/// So many directions, or blocks, are remembered.
const MOST: usize = 4;

impl Tracks {
    /// The next row; says whether it goes on where one of them stopped.
    pub(crate) fn take(&mut self, at: usize, bytes: usize, pads: usize) -> bool {
        let fits = |next: &usize| (at..=at.saturating_add(pads)).contains(next);
        let own = self.next.get(self.now).is_some_and(fits);
        let known = if own { Some(self.now) } else { self.next.iter().position(fits) };
        self.now = match known {
            Some(known) => known,
            None => {
                self.made += 1;
                if self.next.len() == MOST {
                    self.next.remove(0);
                }
                self.next.push(0);
                self.next.len() - 1
            }
        };
        if let Some(next) = self.next.get_mut(self.now) {
            *next = at.saturating_add(bytes);
        }
        known.is_some()
    }
}

/// Whether a line stands below the bytes of the row above, whose offset ends there: `od` with several types writes the same bytes once
/// more, without an offset.
pub(crate) fn is_under(line: Line<'_>, offset_ends: Option<usize>) -> bool {
    let blanks = line.text.len() - line.text.trim_start_matches(' ').len();
    offset_ends.is_some_and(|ends| blanks > ends && blanks < line.text.len())
}

/// Whether what a line begins with may be an offset.
fn is_offset(parts: &DumpLine<'_>) -> bool {
    parts.colon || parts.offset.text.len() >= 6 || parts.offset.text.len() >= 4 && parts.body.text.starts_with("  ")
}
