//! Tables of which one column holds bytes: rows of Markdown, of psql or of CSV, and lists of tuples or objects in code and in JSON.
//!
//! ```text
//! | offset | hex         | text  |      [(b'Q\x00\x00\x00\x04', 'F'), …]      time,direction,data
//! |--------|-------------|-------|      [{"dir": "in", "data": "5a00…"}, …]    10:00:01,client,51000000…
//! | 0000   | 51 00 00 00 | Q...  |
//! ```
//!
//! Which column is what is found in its cells, with its name as a hint: bytes begin as messages do, another column says who sent
//! them, and numbers that grow by as many as a row has bytes are offsets. All other columns are passed over.

mod cell;
mod groups;
mod led;
mod rows;

use pgscope_proto::{Direction, Exchange, messages};

use crate::form::Form;
use crate::frames::End;
use crate::lines::{Line, Problems};
use crate::recognise::SAMPLE;
use crate::sink::{Side, Sink};
use crate::{marks, packets, readable, reading, words};
use cell::Kind;

/// So many rows show what the columns are.
const TRIED: usize = 64;
/// A row of more cells is a list of numbers.
const MOST_COLUMNS: usize = 48;
/// A column that is as narrow as this is one of several that are bytes together.
const WIDE: usize = 4;

/// The cells of a text, by rows.
#[derive(Debug, Default)]
struct Cells<'a> {
    /// What the columns are called; empty where nothing says it.
    names: Vec<&'a str>,
    rows: Vec<Row<'a>>,
    /// Whether the text is as long as a sample of one.
    is_long: bool,
}

#[derive(Debug, Default)]
struct Row<'a> {
    cells: Vec<Line<'a>>,
    /// A line that stands above the rows.
    heading: Option<Line<'a>>,
}

impl<'a> Cells<'a> {
    fn cell(&self, row: usize, column: usize) -> Option<Line<'a>> {
        self.rows.get(row)?.cells.get(column).copied().filter(|cell| !cell::is_empty(*cell))
    }

    fn column(&self, column: usize) -> impl Iterator<Item = Line<'a>> {
        (0..self.tried()).filter_map(move |row| self.cell(row, column))
    }

    /// How many rows are looked at: not the last one of a text that is long, which may be cut there.
    fn tried(&self) -> usize {
        let is_cut = self.rows.len() > 1 && self.is_long;
        (self.rows.len() - usize::from(is_cut)).min(TRIED)
    }

    fn name(&self, column: usize) -> &'a str {
        self.names.get(column).copied().unwrap_or_default()
    }

    fn width(&self) -> usize {
        self.rows.iter().take(self.tried()).map(|row| row.cells.len()).max().unwrap_or(0)
    }
}

/// A table, and what its columns are.
#[derive(Debug)]
pub(crate) struct Table<'a> {
    cells: Cells<'a>,
    kind: Kind,
    /// The columns that hold the bytes of a row: one, or several that stand side by side with a byte or a word each.
    bytes: std::ops::Range<usize>,
    /// Where the columns are the two ends: each has the bytes that its end sent.
    ends: Option<[(usize, Side); 2]>,
    sender: Option<Sender>,
    /// The column of offsets, and their radix.
    offsets: Option<(usize, u32)>,
}

/// The columns that say who sent a row.
#[derive(Debug)]
enum Sender {
    /// A word or an arrow.
    Named(usize),
    /// Whether it was this side.
    IsIt(usize, Side),
    /// Two names of which nobody knows whose they are; the first of them.
    Pair(usize, String),
    /// From where it was sent, and to where.
    Addresses(Place, Place),
    /// The words before the bytes, but for those that stand in all rows.
    Led(Vec<String>),
    /// The same, where they are two names of which nobody knows whose they are; the first of them.
    LedBy(Vec<String>, String),
}

impl<'a> Table<'a> {
    /// The table that a text is, if one of its columns holds bytes.
    pub(crate) fn of(text: &'a str) -> Option<Self> {
        [rows::drawn, rows::separated, groups::cells].into_iter().find_map(|read| {
            let cells = read(text)?;
            Self::with(Cells { is_long: text.len() + 4 > SAMPLE, ..cells })
        })
    }

    /// The table that the lines of a log are.
    pub(crate) fn of_log(text: &'a str) -> Option<Self> {
        led::table(text)
    }

    fn with(cells: Cells<'a>) -> Option<Self> {
        let What { kind, bytes, ends, sender, offsets } = what(&cells)?;
        Some(Table { cells, kind, bytes, ends, sender, offsets })
    }

    /// Whether cells are written in this form.
    pub(crate) fn reads(form: Form) -> bool {
        Kind::ALL.into_iter().any(|kind| kind.form() == form)
    }

    /// The form of its bytes.
    pub(crate) fn form(&self) -> Form {
        self.kind.form()
    }

    /// What it is, in words.
    pub(crate) fn reason(&self) -> String {
        if matches!(self.sender, Some(Sender::Led(_) | Sender::LedBy(..))) {
            return format!("the ends of {} lines whose other words say who sent them", self.cells.rows.len());
        }
        let name = match self.cells.name(self.bytes.start) {
            _ if self.ends.is_some() => " of two columns".to_owned(),
            "" => String::new(),
            name if self.bytes.len() == 1 => format!(" of the column “{name}”"),
            _ => format!(" of {} columns", self.bytes.len()),
        };
        format!("the cells{name} of a table with {} rows", self.cells.rows.len())
    }

    /// Reads its bytes.
    pub(crate) fn read(&self, direction: Option<Direction>, problems: &mut Problems) -> Vec<Exchange> {
        let mut sink = if self.is_addressed() { Sink::default() } else { Sink::folding(direction) };
        let mut next = None;
        let mut heading = None;
        for (nth, row) in self.cells.rows.iter().enumerate() {
            let at = self.offset(nth);
            let goes_on = at.is_some() && at == next;
            let above = row.heading.map(|line| line.start);
            if !goes_on || above != heading {
                heading = above;
                self.turn(nth, row, &mut sink);
            }
            self.row(nth, &mut sink);
            next = at.map(|at| at + self.length(nth));
        }
        reading::single(sink, direction, problems)
    }

    fn is_addressed(&self) -> bool {
        matches!(self.sender, Some(Sender::Addresses(..)))
    }

    /// The bytes of a row.
    fn row(&self, nth: usize, sink: &mut Sink) {
        if let Some(ends) = &self.ends {
            for (column, side) in ends {
                if let Some(cell) = self.cells.cell(nth, *column) {
                    sink.turn_to(*side, &marks::label(self.cells.name(*column)));
                    self.kind.read(cell, sink);
                }
            }
            return;
        }
        let cells = self.bytes.clone().filter_map(|column| self.cells.cell(nth, column));
        cells.for_each(|cell| self.kind.read(cell, sink));
    }

    fn length(&self, row: usize) -> usize {
        let cells = self.bytes.clone().filter_map(|column| self.cells.cell(row, column));
        cells.map(|cell| self.kind.bytes(cell).len()).sum()
    }

    fn offset(&self, row: usize) -> Option<usize> {
        let (column, radix) = self.offsets?;
        number(self.cells.cell(row, column)?, radix)
    }

    /// Turns to who sent a row.
    fn turn(&self, nth: usize, row: &Row<'_>, sink: &mut Sink) {
        let cell = |column: usize| self.cells.cell(nth, column).map(cell::bare);
        match &self.sender {
            Some(Sender::Addresses(from, to)) => {
                let end = |place: &Place| place.end(|column| self.cells.cell(nth, column));
                if let (Some(from), Some(to)) = (end(from), end(to)) {
                    return sink.turn_to_ends((from, to));
                }
            }
            Some(Sender::Named(column)) => {
                if let Some((words, side)) = cell(*column).and_then(|cell| spoken(self.cells.name(*column), cell)) {
                    return sink.turn_to(side, &marks::label(&words));
                }
            }
            Some(Sender::IsIt(column, side)) => {
                if let Some(is_it) = cell(*column).and_then(truth) {
                    let name = self.cells.name(*column);
                    let label = if is_it { name.to_owned() } else { format!("not {name}") };
                    return sink.turn_to(if is_it { *side } else { other(*side) }, &label);
                }
            }
            Some(Sender::Pair(column, first)) => {
                if let Some(cell) = cell(*column) {
                    return sink.turn_to(Side::Peer(cell.text != first), cell.text);
                }
            }
            Some(sender @ (Sender::Led(_) | Sender::LedBy(..))) => {
                if let Some((lead, side)) = cell(0).and_then(|lead| Some((lead, sender.of_lead(lead)?))) {
                    return sink.turn_to(side, &sender.label_of_lead(lead));
                }
            }
            None => {
                if let Some((line, side)) = row.heading.and_then(|line| Some((line, marks::heading(line.text)?))) {
                    return sink.turn_to(side, &marks::label(line.text));
                }
            }
        }
        sink.turn(Side::Unknown, None);
    }
}

/// What the columns of a table are.
struct What {
    kind: Kind,
    bytes: std::ops::Range<usize>,
    ends: Option<[(usize, Side); 2]>,
    sender: Option<Sender>,
    offsets: Option<(usize, u32)>,
}

fn what(cells: &Cells<'_>) -> Option<What> {
    let width = cells.width();
    if width > MOST_COLUMNS {
        return None;
    }
    if let Some(ends) = ends(cells, width) {
        let (kind, bytes) = (kind(cells, ends[0].0)?, ends[0].0..ends[0].0 + 1);
        return Some(What { kind, bytes, ends: Some(ends), sender: None, offsets: None });
    }
    let (kind, bytes) = best(cells, width).or_else(|| narrow(cells, width))?;
    let others = || (0..width).filter(|column| !bytes.contains(column));
    let offsets = others().find_map(|column| Some((column, radix(cells, column, kind, &bytes)?)));
    let mut senders = others().filter(|column| offsets.is_none_or(|(offset, _)| offset != *column));
    let sender = addresses(cells, width).or_else(|| senders.find_map(|column| sender(cells, column, kind, &bytes)));
    let is_enough = cells.rows.len() > 1 || sender.is_some() || offsets.is_some();
    is_enough.then_some(What { kind, bytes, ends: None, sender, offsets })
}

/// How the cells of a column write bytes, if all of them do: of several ways the one that reads best.
fn kind(cells: &Cells<'_>, column: usize) -> Option<Kind> {
    // What has nothing to tell by is bytes where most of the others are.
    let fits = |kind: &Kind| {
        let (count, fitting) = cells
            .column(column)
            .fold((0, 0), |(count, fitting), cell| (count + 1, fitting + usize::from(kind.fits(cell))));
        fitting * 2 > count && cells.column(column).all(|cell| kind.fits(cell) || kind.may_fit(cell))
    };
    let reads = |kind: Kind| {
        let all = sample(cells, column, kind);
        let explained: usize = all.iter().map(|bytes| readable::explained(bytes, packets::begins_one).0).sum();
        (explained, std::cmp::Reverse(all.iter().map(Vec::len).sum::<usize>()))
    };
    let mut all = Kind::ALL.into_iter().filter(fits);
    let first = all.next()?;
    let (best, _) = all.fold((first, None), |(best, worth), kind| {
        let (worth, own) = (worth.unwrap_or_else(|| reads(best)), reads(kind));
        if own > worth { (kind, Some(own)) } else { (best, Some(worth)) }
    });
    Some(best)
}

/// The bytes of the first rows.
fn sample(cells: &Cells<'_>, column: usize, kind: Kind) -> Vec<Vec<u8>> {
    cells.column(column).map(|cell| kind.bytes(cell)).collect()
}

/// Whether the name of a column says that it holds bytes.
fn is_told(name: &str) -> bool {
    const NAMES: [&str; 11] =
        ["hex", "byte", "data", "payload", "packet", "raw", "buf", "dump", "message", "content", "body"];
    NAMES.iter().any(|known| name.to_ascii_lowercase().contains(known))
}

/// How well a column reads as bytes: in how many of its cells a message begins, and how many bytes it has.
fn worth(cells: &Cells<'_>, column: usize, kind: Kind) -> Option<(usize, usize)> {
    let bytes = sample(cells, column, kind);
    let begins = bytes.iter().filter(|bytes| readable::begins(bytes)).count();
    let total = bytes.iter().map(Vec::len).sum();
    let may_be = || is_told(cells.name(column)) && readable::explained(&bytes.concat(), packets::begins_one).0 > 0;
    (begins > 0 && (kind.is_sure() || begins * 2 >= bytes.len() || may_be()) || may_be()).then_some((begins, total))
}

/// The column that holds the bytes.
fn best(cells: &Cells<'_>, width: usize) -> Option<(Kind, std::ops::Range<usize>)> {
    let columns = (0..width).filter_map(|column| Some((column, kind(cells, column)?)));
    let continued = |column: usize, kind: Kind| {
        // The rows of a dump begin anywhere in a message.
        let range = column..column + 1;
        let is_dump = (0..width).any(|other| other != column && radix(cells, other, kind, &range).is_some());
        let bytes = || sample(cells, column, kind).concat();
        (is_dump && readable::explained(&bytes(), packets::begins_one) != (0, false)).then(|| (1, bytes().len()))
    };
    let with_worth = columns.filter_map(|(column, kind)| {
        Some((worth(cells, column, kind).or_else(|| continued(column, kind))?, column, kind))
    });
    // Of two that have the same bytes, the first.
    let best = with_worth.max_by_key(|(worth, column, _)| (*worth, std::cmp::Reverse(*column)));
    best.map(|(_, column, kind)| (kind, column..column + 1))
}

/// Columns side by side that hold a byte or a word each.
fn narrow(cells: &Cells<'_>, width: usize) -> Option<(Kind, std::ops::Range<usize>)> {
    let is_narrow = |column: usize| {
        let fits = |cell: Line<'_>| Kind::Hex.fits(cell) && matches!(cell::bare(cell).text.len(), 2 | 4 | 8);
        cells.column(column).next().is_some() && cells.column(column).all(fits)
    };
    let from = (0..width).find(|from| {
        let columns = *from..from + WIDE;
        columns.end <= width && columns.clone().all(is_narrow)
    })?;
    let range = |from: usize| from..(from..width).find(|column| !is_narrow(*column)).unwrap_or(width);
    // The first may be the offset.
    let is_dump = |range: &std::ops::Range<usize>| {
        (0..width).any(|other| !range.contains(&other) && radix(cells, other, Kind::Hex, range).is_some())
    };
    let found = [range(from), range(from + 1)].into_iter().find(is_dump)?;
    let bytes: Vec<u8> = (0..cells.tried())
        .flat_map(|row| found.clone().filter_map(move |column| cells.cell(row, column)))
        .flat_map(|cell| Kind::Hex.bytes(cell))
        .collect();
    readable::may_be(&bytes).then_some((Kind::Hex, found))
}

/// Two columns that are called by the two ends, of which a row fills one or both.
fn ends(cells: &Cells<'_>, width: usize) -> Option<[(usize, Side); 2]> {
    let named = (0..width).filter_map(|column| {
        let side = marks::spoken(cells.name(column))?;
        let kind = kind(cells, column)?;
        worth(cells, column, kind).map(|_| (column, side, kind))
    });
    let [one, two] = <[_; 2]>::try_from(named.collect::<Vec<_>>()).ok()?;
    (one.1 == other(two.1) && one.2 == two.2).then_some([(one.0, one.1), (two.0, two.1)])
}

fn other(side: Side) -> Side {
    match side {
        Side::Given(side) => Side::Given(side.other()),
        Side::Peer(second) => Side::Peer(!second),
        Side::Unknown => Side::Unknown,
    }
}

/// The radix in which a column is offsets, if it is: they grow by as many as there are bytes.
fn radix(cells: &Cells<'_>, column: usize, kind: Kind, bytes: &std::ops::Range<usize>) -> Option<u32> {
    [16, 10, 8].into_iter().find(|radix| {
        let (mut agree, mut rows, mut next) = (0, 0, None);
        for row in 0..cells.tried() {
            let Some(at) = cells.cell(row, column).and_then(|cell| number(cell, *radix)) else { return false };
            agree += usize::from(next == Some(at));
            rows += 1;
            let row = bytes.clone().filter_map(|column| cells.cell(row, column));
            next = Some(at + row.map(|cell| kind.bytes(cell).len()).sum::<usize>());
        }
        agree > 0 && (agree + 1) * 2 > rows
    })
}

fn number(cell: Line<'_>, radix: u32) -> Option<usize> {
    let text = cell::bare(cell).text.trim_end_matches([':', 'h']);
    usize::from_str_radix(text.strip_prefix("0x").unwrap_or(text), radix).ok().filter(|at| *at < usize::MAX / 2)
}

/// Who sent a row, where this column says it.
fn sender(cells: &Cells<'_>, column: usize, kind: Kind, bytes: &std::ops::Range<usize>) -> Option<Sender> {
    let name = cells.name(column);
    let all = || cells.column(column).map(cell::bare);
    all().next()?;
    // The types of the messages are letters, too.
    let types = sample(cells, bytes.start, kind);
    if all().zip(&types).all(|(cell, bytes)| cell.text.as_bytes() == bytes.get(..1).unwrap_or_default()) {
        return None;
    }
    if all().all(|cell| spoken(name, cell).is_some()) {
        return Some(Sender::Named(column));
    }
    if let Some(side) = marks::spoken(name).filter(|_| all().all(|cell| truth(cell).is_some())) {
        return Some(Sender::IsIt(column, side));
    }
    let first = all().next()?.text;
    let second = all().find(|cell| cell.text != first)?.text;
    let is_name = |name: &str| name.starts_with(char::is_alphabetic) && messages::by_name(name).is_none();
    // In a column without a name, names in front of the bytes: two of them are two sides, as they are without a table.
    let may_be = is_side(name) || name.is_empty() && column < bytes.start && [first, second].into_iter().all(is_name);
    let is_pair = may_be && all().all(|cell| [first, second].contains(&cell.text));
    is_pair.then(|| Sender::Pair(column, first.to_owned()))
}

/// Whether a column is called as one is that says who sent something.
fn is_side(name: &str) -> bool {
    const NAMES: [&str; 13] = [
        "dir",
        "side",
        "peer",
        "who",
        "end",
        "from",
        "src",
        "source",
        "sender",
        "direction",
        "origin",
        "role",
        "endpoint",
    ];
    NAMES.iter().any(|known| name.eq_ignore_ascii_case(known))
}

/// What a cell says of who sent something, with the name of its column, and the words that say it.
fn spoken(name: &str, cell: Line<'_>) -> Option<(String, Side)> {
    const RECEIVERS: [&str; 8] = ["to", "dst", "dest", "destination", "target", "receiver", "recipient", "sink"];
    // More than a few words are prose.
    if cell.text.is_empty() || cell.text.len() > 40 {
        return None;
    }
    let is_receiver = RECEIVERS.iter().any(|known| name.eq_ignore_ascii_case(known));
    let words = if is_receiver { format!("to {}", cell.text) } else { cell.text.to_owned() };
    marks::spoken(&words).map(|side| (words, side))
}

fn truth(cell: Line<'_>) -> Option<bool> {
    match cell.text {
        "true" | "True" | "TRUE" | "t" | "yes" => Some(true),
        "false" | "False" | "FALSE" | "f" | "no" => Some(false),
        _ => None,
    }
}

/// The columns of an end: of its address and port together, or of each.
#[derive(Clone, Copy, Debug)]
enum Place {
    Address(usize),
    Port { host: Option<usize>, port: usize },
}

impl Place {
    fn end<'a>(self, cell: impl Fn(usize) -> Option<Line<'a>>) -> Option<End> {
        let text = |column: usize| cell(column).map(|cell| cell::bare(cell).text);
        match self {
            Place::Address(column) => address(text(column)?),
            Place::Port { host, port } => {
                Some((host.and_then(text).unwrap_or_default().into(), text(port)?.parse().ok()?))
            }
        }
    }
}

/// From where rows were sent and to where, if two columns say it.
fn addresses(cells: &Cells<'_>, width: usize) -> Option<Sender> {
    let two = |fits: fn(&str) -> bool| {
        let all = |column: &usize| {
            let mut texts = cells.column(*column).map(|cell| cell::bare(cell).text).peekable();
            texts.peek().is_some() && texts.all(fits)
        };
        <[usize; 2]>::try_from((0..width).filter(all).collect::<Vec<_>>()).ok()
    };
    let [one, other] = match two(|text| address(text).is_some()) {
        Some(columns) => columns.map(Place::Address),
        None => {
            let ports = two(|text| text.parse::<u16>().is_ok_and(|port| port >= LEAST_PORT))?;
            let texts = ports.map(|column| cells.column(column).map(|cell| cell::bare(cell).text).collect::<Vec<_>>());
            // The same two ends, by turns; or the server's port in one of them.
            let [ones, others] = &texts;
            let is_known = ones.iter().zip(others).all(|pair| *pair.0 == SERVER || *pair.1 == SERVER);
            if !is_known && !ones.iter().all(|port| others.contains(port)) {
                return None;
            }
            let hosts = two(|text| text.parse::<std::net::IpAddr>().is_ok());
            let host = |nth: usize| hosts.and_then(|hosts| hosts.get(nth).copied());
            [Place::Port { host: host(0), port: ports[0] }, Place::Port { host: host(1), port: ports[1] }]
        }
    };
    let first = match one {
        Place::Address(column) | Place::Port { port: column, .. } => cells.name(column).to_ascii_lowercase(),
    };
    let is_receiver = first == "to" || ["dst", "dest", "to_"].iter().any(|known| first.contains(known));
    Some(if is_receiver { Sender::Addresses(other, one) } else { Sender::Addresses(one, other) })
}

/// The usual port of a server.
const SERVER: &str = "5432";
/// Smaller numbers count something.
const LEAST_PORT: u16 = 1024;

/// An address with a port.
fn address(text: &str) -> Option<End> {
    let is_host = |host: &str| host.parse::<std::net::IpAddr>().is_ok() || host == "localhost" || text.contains(':');
    packets::end(text).filter(|(host, _)| {
        let host = &host.to_string();
        is_host(host.trim_matches(['[', ']'])) && host.contains(char::is_alphabetic) | host.contains(['.', ':'])
    })
}

/// Whether a text is rows of values, as COPY and others write them as CSV, and not of bytes one by one.
pub(crate) fn is_of_values(text: &str) -> bool {
    let is_bytes = |cell: &Line<'_>| cell.text.trim().is_empty() || words::is_all(*cell);
    rows::separated(text).is_some_and(|cells| {
        cells.rows.len() > 1 && !cells.rows.iter().take(TRIED).all(|row| row.cells.iter().all(is_bytes))
    })
}
