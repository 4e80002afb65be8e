//! Where readers put what they read: bytes with their sources, in blocks with a side, and problems.

use pgscope_proto::{Direction, Exchange, Sides, Span, Stream};

use crate::lines::{Line, Problems, lines};
use crate::{logs, marks};

/// What is known of who sent a block.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Side {
    /// Nothing.
    #[default]
    Unknown,
    /// The text says it.
    Given(Direction),
    /// The first or the second of two ends, which are not named.
    Peer(bool),
}

/// Bytes that stand together in the text.
#[derive(Debug, Default)]
pub(crate) struct Block {
    pub side: Side,
    pub stream: Stream,
    pub at_us: Option<i64>,
}

/// Collects blocks of one connection.
#[derive(Debug, Default)]
pub(crate) struct Sink {
    pub blocks: Vec<Block>,
    pub problems: Problems,
    side: Side,
    at_us: Option<i64>,
    begin: bool,
    /// The exchange of the blocks before the last, where none of them is needed by itself.
    folded: Option<Folded>,
}

#[derive(Debug)]
struct Folded {
    exchange: Exchange,
    /// Who sent what has no side.
    first: Direction,
    is_given: bool,
}

impl Folded {
    fn add(&mut self, block: Block) {
        let side = match block.side {
            Side::Given(side) => {
                self.is_given = true;
                side
            }
            Side::Peer(true) => self.first.other(),
            Side::Peer(false) | Side::Unknown => self.first,
        };
        self.exchange.push(side, &block.stream, block.at_us);
    }
}

impl Sink {
    /// One that keeps no more than the last block by itself: a text may have a million.
    pub(crate) fn folding(direction: Option<Direction>) -> Self {
        let folded =
            Folded { exchange: Exchange::default(), first: direction.unwrap_or(Direction::Frontend), is_given: false };
        Self { folded: Some(folded), ..Self::default() }
    }

    /// What follows is a new block, sent by `side`.
    pub(crate) fn turn(&mut self, side: Side, at_us: Option<i64>) {
        (self.side, self.at_us, self.begin) = (side, at_us, true);
    }

    /// What follows is a new block of the same side.
    pub(crate) fn split(&mut self) {
        self.begin = true;
    }

    /// One byte, which was read from `source`.
    pub(crate) fn byte(&mut self, byte: u8, source: Span) {
        if let Some(stream) = self.stream() {
            stream.push(byte, source);
        }
    }

    fn stream(&mut self) -> Option<&mut Stream> {
        if self.begin || self.blocks.is_empty() {
            self.begin = false;
            if let Some(folded) = &mut self.folded {
                self.blocks.drain(..).for_each(|block| folded.add(block));
            }
            self.blocks.push(Block { side: self.side, stream: Stream::default(), at_us: self.at_us });
        }
        self.blocks.last_mut().map(|block| &mut block.stream)
    }

    /// All blocks as one connection; `direction` is what the person says of blocks whose side is not given.
    pub(crate) fn into_exchange(self, direction: Option<Direction>) -> (Exchange, Problems) {
        let first = direction.unwrap_or(Direction::Frontend);
        let mut folded = self.folded.unwrap_or(Folded { exchange: Exchange::default(), first, is_given: false });
        self.blocks.into_iter().for_each(|block| folded.add(block));
        let sides = match direction {
            _ if folded.is_given => Sides::Given,
            Some(_) => Sides::Said,
            None => Sides::Unknown,
        };
        let exchange = Exchange { sides, ..folded.exchange };
        (exchange, self.problems)
    }
}

/// What takes the lines of a text that hold bytes.
pub(crate) trait Reader {
    /// The next line, without the mark that gives its direction.
    fn line(&mut self, line: Line<'_>, sink: &mut Sink);

    /// The direction is about to change, or the text ends: gives what it still holds.
    fn turn(&mut self, sink: &mut Sink) {
        let _ = sink;
    }

    /// Whether a line that looks like a comment is data.
    fn is_data(&self, around: Around<'_>) -> bool {
        let _ = around;
        false
    }
}

/// Hands each line of a text that holds bytes to `reader`; comments are passed over.
pub(crate) fn each_line(text: &str, sink: &mut Sink, reader: &mut (impl Reader + ?Sized)) {
    let mut before = "";
    let mut all = lines(text).peekable();
    while let Some(whole) = all.next() {
        let behind = all.peek().map_or("", |behind| behind.trimmed().text);
        one_line(whole, (before, behind), sink, reader);
        before = whole.trimmed().text;
    }
    reader.turn(sink);
}

/// Hands over one line, with those around it.
pub(crate) fn one_line(
    whole: Line<'_>,
    (before, behind): (&str, &str),
    sink: &mut Sink,
    reader: &mut (impl Reader + ?Sized),
) {
    let head = logs::head(whole.text);
    if let Some(side) = marks::spoken(head.words).or_else(|| marks::logged(whole.text)) {
        reader.turn(sink);
        sink.turn(side, None);
    }
    let whole = whole.rest(head.end);
    let line = whole.trimmed();
    let is_data = || reader.is_data(Around { before, line: line.text, behind });
    if let Some(comment) = marks::comment(line.text).filter(|_| !is_data()) {
        if let Some(direction) = marks::named(comment) {
            reader.turn(sink);
            sink.turn(Side::Given(direction), None);
        }
        return;
    }
    match marks::prefix(line.text) {
        Some((direction, length)) => {
            reader.turn(sink);
            sink.turn(Side::Given(direction), None);
            let rest = line.rest(length).trimmed();
            if !rest.text.is_empty() {
                reader.line(rest, sink);
            }
        }
        None if line.text.is_empty() => {}
        None => reader.line(whole, sink),
    }
}

/// A line and those around it, without blanks at both ends; empty where there is none.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Around<'a> {
    pub before: &'a str,
    pub line: &'a str,
    pub behind: &'a str,
}
