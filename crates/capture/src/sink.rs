//! Where readers put what they read: bytes with their sources, in blocks with a side, and problems.

use pgscope_proto::{Direction, Exchange, Sides, Span, Stream};

use crate::lines::{Line, Problems, lines};
use crate::marks;

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
}

impl Sink {
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
            self.blocks.push(Block { side: self.side, stream: Stream::default(), at_us: self.at_us });
        }
        self.blocks.last_mut().map(|block| &mut block.stream)
    }

    /// All blocks as one connection; `direction` is what the person says of blocks whose side is not given.
    pub(crate) fn into_exchange(self, direction: Option<Direction>) -> (Exchange, Problems) {
        let given = self.blocks.iter().any(|block| matches!(block.side, Side::Given(_)));
        let sides = match direction {
            _ if given => Sides::Given,
            Some(_) => Sides::Said,
            None => Sides::Unknown,
        };
        let mut exchange = Exchange { sides, ..Exchange::default() };
        let first = direction.unwrap_or(Direction::Frontend);
        for block in self.blocks {
            let side = match block.side {
                Side::Given(side) => side,
                Side::Peer(true) => first.other(),
                Side::Peer(false) | Side::Unknown => first,
            };
            exchange.push(side, &block.stream, block.at_us);
        }
        (exchange, self.problems)
    }
}

/// Hands each line that holds bytes to `read`, without the mark that gives its direction; comments are passed over.
/// Where the direction is about to change, and at the end, `read` is handed nothing, to give what it still holds.
pub(crate) fn each_line(text: &str, sink: &mut Sink, read: impl FnMut(Option<Line<'_>>, &mut Sink)) {
    each_line_but(text, sink, |_| false, read);
}

/// The same, where a line that looks like a comment may be data: `is_data` is asked about it, with the lines around it.
pub(crate) fn each_line_but(
    text: &str,
    sink: &mut Sink,
    is_data: impl Fn(Around<'_>) -> bool,
    mut read: impl FnMut(Option<Line<'_>>, &mut Sink),
) {
    let mut all = lines(text).map(|whole| (whole, whole.trimmed())).peekable();
    let mut before = "";
    while let Some((whole, line)) = all.next() {
        let behind = all.peek().map_or("", |(_, behind)| behind.text);
        let around = Around { before, line: line.text, behind };
        before = line.text;
        if let Some(comment) = marks::comment(line.text).filter(|_| !is_data(around)) {
            if let Some(direction) = marks::named(comment) {
                read(None, sink);
                sink.turn(Side::Given(direction), None);
            }
            continue;
        }
        match marks::prefix(line.text) {
            Some((direction, length)) => {
                read(None, sink);
                sink.turn(Side::Given(direction), None);
                let rest = line.rest(length).trimmed();
                read((!rest.text.is_empty()).then_some(rest), sink);
            }
            None if line.text.is_empty() => {}
            None => read(Some(whole), sink),
        }
    }
    read(None, sink);
}

/// A line and those around it, without blanks at both ends; empty where there is none.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Around<'a> {
    pub before: &'a str,
    pub line: &'a str,
    pub behind: &'a str,
}
