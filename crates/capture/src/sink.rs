//! Where readers put what they read: bytes with their sources, in blocks with a side, and problems.

use pgscope_proto::{Direction, Exchange, Origin, Sides, Span, Stream};

use crate::frames::End;
use crate::labels::Pair;
use crate::lines::{Line, Problems, lines};
use crate::packets::{ends, ends_at};
use crate::{logs, marks, words};

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

/// Notes that so many bytes of an end are missing.
type Miss = fn(&mut Exchange, Direction, u64);

/// Bytes that stand together in the text.
#[derive(Debug, Default)]
pub(crate) struct Block {
    pub side: Side,
    /// What the text calls who sent it: a number in [`Sink::labels`].
    pub label: Option<u16>,
    pub stream: Stream,
    pub at_us: Option<i64>,
    /// How many bytes that were behind it the text leaves out, and what notes them: who reads what leaves out nothing needs none of it.
    pub missing: Option<(u64, Miss)>,
    /// The two ends, where the text gives their addresses: a number in [`Sink::ends`].
    pub ends: Option<usize>,
}

/// So many lines of which nobody says who sent them are pieces of their own: a person pastes fewer, and what a program
/// printed in more is one piece.
const MOST_LINES: usize = 4096;
/// How many labels are kept.
const MOST_LABELS: usize = 256;

/// Collects blocks of one connection.
#[derive(Debug, Default)]
pub(crate) struct Sink {
    pub blocks: Vec<Block>,
    pub problems: Problems,
    side: Side,
    label: Option<u16>,
    labels: Vec<String>,
    /// What the text calls the two ends, where it calls them neither client nor server.
    pub pair: Pair,
    /// Addresses of ends, as sender and receiver.
    pub ends: Vec<(End, End)>,
    now: Option<usize>,
    /// Whether each line has the sign of a quoted letter before it.
    pub is_quoted: bool,
    /// Whether lines of prose hold no bytes.
    pub passes_talk: bool,
    at_us: Option<i64>,
    begin: bool,
    /// How many lines were pieces of their own.
    lines: usize,
    /// The exchange of the blocks before the last, where none of them is needed by itself.
    folded: Option<Folded>,
}

#[derive(Debug)]
struct Folded {
    exchange: Exchange,
    /// Who sent what has no side.
    first: Direction,
    /// Whether the text says of each block who sent it, and of any.
    is_given: bool,
}

impl Folded {
    fn new(direction: Option<Direction>) -> Self {
        let first = direction.unwrap_or(Direction::Frontend);
        Self { exchange: Exchange::default(), first, is_given: true }
    }

    fn add(&mut self, block: Block) {
        let (side, origin) = match block.side {
            Side::Given(side) => (side, Origin::Given),
            Side::Peer(true) => (self.first.other(), Origin::Peer),
            Side::Peer(false) => (self.first, Origin::Peer),
            Side::Unknown => (self.first, Origin::Unknown),
        };
        self.is_given &= origin == Origin::Given || block.stream.is_empty();
        self.exchange.push_from(side, &block.stream, block.at_us, origin, block.label);
        if let Some((bytes, miss)) = block.missing {
            miss(&mut self.exchange, side, bytes);
        }
    }
}

impl Sink {
    /// One that keeps no more than the last block by itself: a text may have a million.
    pub(crate) fn folding(direction: Option<Direction>) -> Self {
        Self { folded: Some(Folded::new(direction)), ..Self::default() }
    }

    /// The same, told what the text calls the two ends.
    pub(crate) fn knowing(self, pair: Pair) -> Self {
        Self { pair, ..self }
    }

    /// What follows is a new block, sent by `side`.
    pub(crate) fn turn(&mut self, side: Side, at_us: Option<i64>) {
        (self.side, self.at_us, self.begin, self.label, self.now) = (side, at_us, true, None, None);
    }

    /// What follows is a new block, sent from the first address to the second.
    pub(crate) fn turn_to_ends(&mut self, ends: (End, End)) {
        let label = format!("{}:{} -> {}:{}", ends.0.0, ends.0.1, ends.1.0, ends.1.1);
        self.turn_to(Side::Peer(false), &label);
        let known = self.ends.iter().position(|known| *known == ends);
        self.now = known.or_else(|| {
            let is_room = self.ends.len() < MOST_LABELS;
            is_room.then(|| self.ends.push(ends))?;
            Some(self.ends.len() - 1)
        });
    }

    /// The same, where the text calls who sent it by a name.
    pub(crate) fn turn_to(&mut self, side: Side, label: &str) {
        self.turn(side, None);
        let known = self.labels.iter().position(|known| known == label);
        let number = known.unwrap_or(self.labels.len());
        if known.is_none() && number < MOST_LABELS {
            self.labels.push(label.to_owned());
        }
        self.label = u16::try_from(number).ok().filter(|_| number < MOST_LABELS);
    }

    /// What follows is a new block, sent by `side` unless the text names who sent it.
    pub(crate) fn turn_if_unknown(&mut self, side: Side) {
        if self.label.is_none() && !matches!(self.side, Side::Given(_)) {
            self.turn(side, None);
        }
    }

    /// What follows is a new block of the same side.
    pub(crate) fn split(&mut self) {
        self.begin = true;
    }

    /// A line begins: a block of its own, where nobody says who sent it.
    pub(crate) fn begin_line(&mut self) {
        if self.side == Side::Unknown && self.lines < MOST_LINES {
            self.lines += 1;
            self.begin = true;
        }
    }

    /// One byte, which was read from `source`.
    pub(crate) fn byte(&mut self, byte: u8, source: Span) {
        if let Some(stream) = self.stream() {
            stream.push(byte, source);
        }
    }

    /// The text leaves out so many bytes behind the last one. What follows is a new block.
    pub(crate) fn miss(&mut self, bytes: usize) {
        if let Some(block) = self.blocks.last_mut().filter(|_| bytes > 0 && !self.begin) {
            block.missing = Some((bytes as u64, Exchange::miss));
            self.begin = true;
        }
    }

    fn stream(&mut self) -> Option<&mut Stream> {
        if self.begin || self.blocks.is_empty() {
            self.begin = false;
            if let Some(folded) = &mut self.folded {
                self.blocks.drain(..).for_each(|block| folded.add(block));
            }
            let (side, label, at_us, ends) = (self.side, self.label, self.at_us, self.now);
            self.blocks.push(Block { side, label, stream: Stream::default(), at_us, ends, ..Block::default() });
        }
        self.blocks.last_mut().map(|block| &mut block.stream)
    }

    /// All blocks as one connection; `direction` is what the person says of blocks whose side is not given.
    pub(crate) fn into_exchange(self, direction: Option<Direction>) -> (Exchange, Problems) {
        let mut folded = self.folded.unwrap_or_else(|| Folded::new(direction));
        self.blocks.into_iter().for_each(|block| folded.add(block));
        let is_any = !folded.exchange.is_empty();
        let sides = match direction {
            _ if folded.is_given && is_any => Sides::Given,
            Some(_) => Sides::Said,
            None => Sides::Unknown,
        };
        let exchange = Exchange { sides, labels: self.labels, ..folded.exchange };
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

    /// Whether a piece may end where the line at `at` begins: nothing is held that it completes.
    fn is_between(&self, at: usize) -> bool {
        let _ = at;
        true
    }

    /// Where the bytes of a line begin: what stands before them may say who sent them.
    fn lead(&self, line: Line<'_>) -> Lead {
        let _ = line;
        Lead::Unknown
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

/// Whether a text is quoted as in a letter: each line behind `>`, and prose among them.
pub(crate) fn is_quoted(sample: &str) -> bool {
    let mut all = lines(sample).map(Line::trimmed).filter(|line| !line.text.is_empty()).peekable();
    let is_prose = |line: Line<'_>| {
        let rest = line.rest(1).trimmed();
        rest.text.is_empty() || words::is_talk(rest.text)
    };
    let has_prose = lines(sample).map(Line::trimmed).any(|line| line.text.starts_with('>') && is_prose(line));
    all.peek().is_some() && has_prose && all.all(|line| line.text.starts_with('>') && !line.text.starts_with(">>>"))
}

fn without_quote(line: Line<'_>) -> Line<'_> {
    let trimmed = line.trimmed();
    if trimmed.text.starts_with('>') { trimmed.rest(1) } else { line }
}

/// What stands before bytes is shorter.
const LONGEST_LEAD: usize = 200;

/// Hands over one line, with those around it.
pub(crate) fn one_line(
    whole: Line<'_>,
    (before, behind): (&str, &str),
    sink: &mut Sink,
    reader: &mut (impl Reader + ?Sized),
) {
    if let Some(side) = marks::logged(whole.text) {
        reader.turn(sink);
        sink.turn(side, None);
    }
    let whole = if sink.is_quoted { without_quote(whole) } else { whole };
    let line = whole.rest(logs::time(whole.text)).trimmed();
    if line.text.is_empty() {
        return;
    }
    let is_data = || reader.is_data(Around { before, line: line.text, behind });
    if let Some(comment) = marks::comment(line.text).filter(|_| !is_data()) {
        if let Some(direction) = marks::named(comment) {
            reader.turn(sink);
            sink.turn_to(Side::Given(direction), &marks::label(comment));
        }
        return;
    }
    if let Some((ends, at)) = ends_at(line.text).filter(|(_, at)| *at < LONGEST_LEAD) {
        reader.turn(sink);
        sink.turn_to_ends(ends);
        return reader.line(line.rest(at), sink);
    }
    let is_open = reader.lead(line) == Lead::Unknown;
    let labelled = sink.pair.find(line.text).or_else(|| marks::prefix(line.text));
    if let Some((side, length)) = labelled {
        reader.turn(sink);
        sink.turn_to(side, &marks::label(line.part(0, length).text));
        let rest = line.rest(length).trimmed();
        if !rest.text.is_empty() {
            reader.line(rest, sink);
        }
        return;
    }
    let head = if is_open { logs::head(whole.text) } else { logs::Head::default() };
    name(head.words, sink, reader);
    let (whole, line) = if is_open { (whole.rest(head.end), whole.rest(head.end).trimmed()) } else { (line, line) };
    if line.text.is_empty() {
        return;
    }
    let is_talk = sink.passes_talk && reader.is_between(whole.start) && words::is_talk(line.text);
    match reader.lead(line) {
        _ if is_talk => return heading(line.text, sink, reader),
        Lead::Unknown => {}
        Lead::At(at) => name(line.part(0, at).text, sink, reader),
        Lead::Nothing => heading(line.text, sink, reader),
    }
    if reader.is_between(whole.start) {
        sink.begin_line();
    }
    reader.line(whole, sink);
}

/// Turns to whom a line names that has no bytes.
fn heading(line: &str, sink: &mut Sink, reader: &mut (impl Reader + ?Sized)) {
    if let Some(ends) = ends(line) {
        reader.turn(sink);
        sink.turn_to_ends(ends);
    } else if let Some(side) = marks::heading(line) {
        reader.turn(sink);
        sink.turn_to(side, &marks::label(line));
    }
}

/// Turns to whom the words in front of bytes name.
fn name(words: &str, sink: &mut Sink, reader: &mut (impl Reader + ?Sized)) {
    // The brackets of an Erlang binary are no arrow.
    let words = words.trim().strip_suffix("<<").filter(|words| !words.ends_with('<')).unwrap_or(words);
    if words.trim().is_empty() {
        return;
    }
    if let Some(ends) = ends(words) {
        reader.turn(sink);
        sink.turn_to_ends(ends);
    } else if let Some(side) = sink.pair.is(words).or_else(|| marks::spoken(words)) {
        reader.turn(sink);
        sink.turn_to(side, &marks::label(words));
    }
}

/// Where the bytes of a line begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Lead {
    /// The reader does not know it before it reads.
    Unknown,
    /// There.
    At(usize),
    /// The line has none.
    Nothing,
}

/// A line and those around it, without blanks at both ends; empty where there is none.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Around<'a> {
    pub before: &'a str,
    pub line: &'a str,
    pub behind: &'a str,
}
