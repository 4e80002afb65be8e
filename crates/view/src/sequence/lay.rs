//! Gives everything in a picture its place.

use super::{Band, Doing, Lifeline, Row, Sequence, Stretch};

/// How wide a picture is without further connections.
pub(crate) const WIDTH: i32 = 770;
/// How high the line with the names of the ends is.
pub(crate) const HEAD: i32 = 36;
/// How high a row is: a line of text, and the arrow below it.
pub(crate) const ROW: i32 = 34;
/// How much higher for each finding.
pub(crate) const FINDING: i32 = 18;
/// Where the client stands.
pub(crate) const CLIENT: i32 = 104;
/// How far the server is from the right edge: the ties are between.
pub(super) const MARGIN: i32 = 44;
/// How far apart further connections are.
const APART: i32 = 64;
/// Where a row's text begins.
pub(crate) const TEXT: i32 = CLIENT + 32;
/// How far below its row's top an arrow is.
pub(crate) const ARROW: i32 = 28;
/// How far apart ties are that stand in each other, and how many there is room for.
pub(crate) const TIE: i32 = 7;
const MOST_DEPTH: usize = 4;
/// How wide a letter is, in tenths of a pixel: of a name in 13 pixels, which is no wider, and of what it says in 12.
const NAME_LETTER: i32 = 88;
const LETTER: i32 = 74;

pub(super) fn lay_out(sequence: &mut Sequence, connections: usize) {
    let mut y = HEAD;
    for row in &mut sequence.rows {
        let height = ROW + FINDING * row.findings.len() as i32;
        row.y = (y, height);
        row.says = fitting(row);
        y += height;
    }
    let further = connections.saturating_sub(1) as i32;
    sequence.size = (WIDTH + further * APART, y + 8);
    sequence.lifelines = lifelines(&sequence.rows, connections);
    sequence.bands = bands(&sequence.rows);
    deepen(sequence);
}

/// Where the process that serves a connection stands.
fn process(connection: usize) -> i32 {
    WIDTH - MARGIN + connection as i32 * APART
}

fn lifelines(rows: &[Row], connections: usize) -> Vec<Lifeline> {
    let client = Lifeline {
        name: "client".to_owned(),
        side: "frontend",
        x: CLIENT,
        stretches: stretches(rows.iter().map(|row| (row.y, before(rows, row, 0)))),
    };
    let server = |connection: usize| Lifeline {
        name: if connection == 0 { "server".to_owned() } else { format!("server {}", connection + 1) },
        side: "backend",
        x: process(connection),
        stretches: stretches(
            rows.iter().filter(|row| row.connection == connection).map(|row| (row.y, before(rows, row, 1))),
        ),
    };
    std::iter::once(client).chain((0..connections).map(server)).collect()
}

/// What an end does while a row's message is on its way: what it did behind the one before. Who says it works.
fn before(rows: &[Row], row: &Row, end: usize) -> Doing {
    let says_it = (end == 0) == (row.direction == "frontend");
    let earlier = rows.iter().take_while(|other| other.number < row.number);
    let last = earlier.filter(|other| other.connection == row.connection).last();
    let doing = last.and_then(|last| last.behind.get(end)).copied();
    let doing = doing.unwrap_or(Doing { state: "", waits_for: (!says_it).then_some("") });
    Doing { waits_for: doing.waits_for.filter(|_| !says_it), ..doing }
}

/// Rows in which an end does the same are one stretch.
fn stretches(rows: impl Iterator<Item = ((i32, i32), Doing)>) -> Vec<Stretch> {
    let mut out: Vec<Stretch> = Vec::new();
    for ((y, height), doing) in rows {
        let same =
            |last: &&mut Stretch| last.y.1 == y && (last.state, last.waits_for) == (doing.state, doing.waits_for);
        match out.last_mut().filter(same) {
            Some(last) => last.y.1 = y + height,
            None => out.push(Stretch { y: (y, y + height), state: doing.state, waits_for: doing.waits_for }),
        }
    }
    out
}

fn bands(rows: &[Row]) -> Vec<Band> {
    let same = |one: &Row, next: &Row| one.phase == next.phase && one.connection == next.connection;
    let band = |rows: &[Row]| {
        let (first, last) = (rows.first()?, rows.last()?);
        Some(Band { y: (first.y.0, last.y.0 + last.y.1), name: first.phase })
    };
    rows.chunk_by(same).filter_map(band).collect()
}

/// A tie that another crosses or holds stands farther in.
fn deepen(sequence: &mut Sequence) {
    let mut ends: Vec<usize> = Vec::new();
    for tie in &mut sequence.ties {
        let free = ends.iter().position(|end| *end < tie.request).unwrap_or(ends.len());
        match ends.get_mut(free) {
            Some(end) => *end = tie.answer,
            None => ends.push(tie.answer),
        }
        tie.depth = free.min(MOST_DEPTH);
    }
}

/// What the row says, as much as there is room for between the ends.
fn fitting(row: &Row) -> String {
    let count = if row.count > 1 { format!(" × {}", row.count) } else { String::new() };
    let name = NAME_LETTER * wide(&format!("{}{count}", row.name)) / 10;
    let room = WIDTH - MARGIN - TEXT - 24 - name - 16;
    cut(&row.says_all, room * 10 / LETTER)
}

/// How many columns a text takes: letters outside the common scripts take two.
pub(crate) fn wide(text: &str) -> i32 {
    text.chars().map(|letter| if (letter as u32) < 0x1100 { 1 } else { 2 }).sum()
}

/// A text of at most so many columns.
pub(crate) fn cut(text: &str, most: i32) -> String {
    if wide(text) <= most {
        return text.to_owned();
    }
    let mut out = String::new();
    let mut columns = 1;
    for letter in text.chars() {
        columns += if (letter as u32) < 0x1100 { 1 } else { 2 };
        if columns > most {
            break;
        }
        out.push(letter);
    }
    out.push('…');
    out
}
