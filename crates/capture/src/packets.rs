//! Packets as `tcpdump`, `ngrep` and Wireshark print them, and blocks as `socat` prints them.

use std::collections::BTreeMap;

use pgscope_proto::{Direction, Exchange};

use crate::cells::Unit;
use crate::clock;
use crate::dump::{Dump, Shape, bare, split, turn};
use crate::flows;
use crate::frames::{self, End};
use crate::gathered::Together;
use crate::lines::{Line, Problems, is_blank, lines};
use crate::marks;
use crate::sink::{Block, Reader, Side, Sink, each_line};
use crate::tcp::{Packet, part, unnumbered};

/// Reads what `tcpdump -x`, `-xx`, `-X`, `-XX` print.
#[derive(Debug)]
pub(crate) struct Tcpdump {
    dump: Dump,
    sink: Sink,
    /// For each block, the ends that the line above it names.
    ends: BTreeMap<usize, Option<(End, End)>>,
    header: Header,
    clock: clock::Clock,
    /// Whether no packet has begun yet that is here from its beginning, though one does.
    waits: bool,
}

impl Tcpdump {
    pub(crate) fn new(text: &str) -> Self {
        Self {
            waits: lines(text).filter_map(offset).any(is_zero),
            dump: Dump::new(Shape::new(16, Unit::HexBytes)),
            sink: Sink::default(),
            ends: BTreeMap::new(),
            header: Header::default(),
            clock: clock::Clock::default(),
        }
    }

    pub(crate) fn line(&mut self, line: Line<'_>) {
        let Some(at) = offset(line) else { return self.header.read(line.text) };
        if self.waits && !is_zero(at) {
            return self.pass_over(at);
        }
        self.waits = false;
        if is_zero(at) {
            let at_us = self.clock.read(self.header.time.as_deref());
            turn(&mut self.dump, Side::Unknown, at_us, &mut self.sink);
            self.ends.insert(self.sink.blocks.len(), self.header.ends.take());
        }
        self.dump.take(line, &mut self.sink);
    }

    /// The end of a packet whose beginning is not in the text: who sent it to whom is not known.
    fn pass_over(&mut self, offset: Line<'_>) {
        if self.sink.problems.is_empty() {
            let met = format!("offset {}: the packet's beginning is missing", offset.text);
            self.sink.problems.add(offset.span(), met, "offset 0000; this packet is passed over");
        }
    }

    pub(crate) fn finish(mut self, direction: Option<Direction>, problems: &mut Problems) -> Vec<Exchange> {
        self.dump.finish(&mut self.sink);
        problems.append(std::mem::take(&mut self.sink.problems));
        connect(self.sink.blocks, &self.ends, direction, problems)
    }
}

/// The offset of a line of bytes.
fn offset(line: Line<'_>) -> Option<Line<'_>> {
    let is_dump = line.text.trim_start().starts_with("0x");
    split(line).filter(|_| is_dump).map(|parts| parts.offset)
}

fn is_zero(offset: Line<'_>) -> bool {
    offset.text.bytes().all(|c| c == b'0')
}

/// What the line above a packet says.
#[derive(Debug, Default)]
struct Header {
    time: Option<String>,
    ends: Option<(End, End)>,
}

impl Header {
    fn read(&mut self, text: &str) {
        if let Some(time) =
            text.split(is_blank).take(4).find(|word| word.contains(':') && clock::of_day(word).is_some())
            && !text.starts_with(is_blank)
        {
            let date = text.split(is_blank).take(3).find(|word| clock::date(word).is_some()).unwrap_or_default();
            self.time = Some(format!("{date} {time}"));
        }
        if let Some(ends) = ends(text) {
            self.ends = Some(ends);
        }
    }
}

/// The two ends of `a.b.c.d.port > a.b.c.d.port:` or `a.b.c.d:port -> a.b.c.d:port`, or of the line that tcpflow writes above bytes.
pub(crate) fn ends(text: &str) -> Option<(End, End)> {
    ends_at(text).map(|(ends, _)| ends)
}

/// The same, and where they stop.
pub(crate) fn ends_at(text: &str) -> Option<((End, End), usize)> {
    if !text.contains(['>', '→', '⇒']) {
        return flows::heading(text).map(|ends| (ends, text.len()));
    }
    const ARROWS: [&str; 7] = [" -> ", " > ", " => ", " --> ", " → ", " ⇒ ", "->"];
    let (arrow, length) = ARROWS.iter().find_map(|arrow| text.find(arrow).map(|at| (at, arrow.len())))?;
    let from = text.get(..arrow)?.rsplit(is_blank).next()?;
    let to = text.get(arrow + length..)?.split(is_blank).next()?;
    let bare = |c: char| matches!(c, '[' | '(' | ']' | ')' | ':' | ',' | ';' | '/' | '"' | '=');
    let ends = (end(from.trim_matches(bare))?, end(to.trim_matches(bare))?);
    Some((ends, arrow + length + to.len()))
}

pub(crate) fn end(text: &str) -> Option<End> {
    let (address, port) = text.rsplit_once([':', '.'])?;
    let port = if port == "postgresql" { Some(5432) } else { port.parse().ok() };
    Some((address.into(), port?))
}

/// Puts blocks together to connections: by the headers in their bytes, or else by what the text says of their ends.
fn connect(
    blocks: Vec<Block>,
    ends: &BTreeMap<usize, Option<(End, End)>>,
    direction: Option<Direction>,
    problems: &mut Problems,
) -> Vec<Exchange> {
    let mut connections = Together::new(direction, problems);
    for (nth, block) in blocks.into_iter().enumerate() {
        let from_text = ends.get(&nth).cloned().flatten();
        let packet = match frames::parse(&block.stream.bytes) {
            Some(tcp) => {
                let payload = part(&block.stream, tcp.payload.clone()).into();
                Packet { payload, tcp, at_us: block.at_us, numbered: true }
            }
            None => {
                let (from, to) = from_text.unwrap_or_default();
                unnumbered(from, to, block.stream, block.at_us)
            }
        };
        connections.add(packet);
    }
    connections.into_exchanges()
}

/// What was read of a text: where it gives the addresses of the ends of each block, the connections put together.
pub(crate) fn addressed(mut sink: Sink, direction: Option<Direction>, problems: &mut Problems) -> Vec<Exchange> {
    problems.append(std::mem::take(&mut sink.problems));
    let mut connections = Together::new(direction, problems);
    for block in sink.blocks.drain(..) {
        let ends = block.ends.and_then(|nth| sink.ends.get(nth)).cloned().unwrap_or_default();
        connections.add(unnumbered(ends.0, ends.1, block.stream, block.at_us));
    }
    connections.into_exchanges()
}

/// What was read of a dump with offsets: where its blocks are packets of TCP, the connections put together.
pub(crate) fn dumped(mut sink: Sink, direction: Option<Direction>, problems: &mut Problems) -> Vec<Exchange> {
    let packets = sink.blocks.iter().filter(|block| is_packet(&block.stream.bytes)).count();
    let (exchange, found) = if packets * 2 > sink.blocks.len() {
        problems.append(std::mem::take(&mut sink.problems));
        return connect(sink.blocks, &BTreeMap::new(), direction, problems);
    } else if !sink.ends.is_empty() {
        return addressed(sink, direction, problems);
    } else {
        sink.into_exchange(direction)
    };
    problems.append(found);
    vec![exchange]
}

/// What a network card may add behind a packet: it fills up short ones, and puts a checksum there.
const PADDING: usize = 10;

/// Whether bytes of which nobody says so are a packet: their headers fit, and say how many they are.
pub(crate) fn is_packet(bytes: &[u8]) -> bool {
    frames::parse(bytes).is_some_and(|tcp| tcp.payload.len() == tcp.length && is_all(&tcp, bytes))
}

/// Whether bytes of which more may follow begin like a packet that is all of them.
pub(crate) fn begins_packet(bytes: &[u8]) -> bool {
    frames::parse(bytes).is_some_and(|tcp| is_all(&tcp, bytes))
}

/// Whether they begin with a packet, behind which others may stand.
pub(crate) fn begins_one(bytes: &[u8]) -> bool {
    frames::parse(bytes).is_some()
}

fn is_all(tcp: &frames::Tcp, bytes: &[u8]) -> bool {
    bytes.len() <= tcp.payload.start + tcp.length + PADDING
}

/// Reads what `socat -x` prints: blocks whose first line says the direction.
pub(crate) fn socat(text: &str, sink: &mut Sink) {
    for line in lines(text) {
        let trimmed = line.trimmed();
        if let Some(direction) = socat_header(trimmed.text) {
            sink.turn(Side::Given(direction), clock::socat(trimmed.text));
        } else if !trimmed.text.is_empty() && trimmed.text != "--" && marks::comment(trimmed.text).is_none() {
            bare(line, sink);
        }
    }
}

/// `> 2026/11/21 11:11:55.000358709  length=8 from=0 to=7`
pub(crate) fn socat_header(text: &str) -> Option<Direction> {
    let told = text.contains("length=") && text.contains("from=") && text.contains("to=");
    match text.chars().next().filter(|_| told)? {
        '>' => Some(Direction::Frontend),
        '<' => Some(Direction::Backend),
        _ => None,
    }
}

/// Reads what `ngrep -x` prints: blocks whose first line names the ends.
pub(crate) fn ngrep(text: &str, direction: Option<Direction>, problems: &mut Problems) -> Vec<Exchange> {
    let mut connections = Together::new(direction, problems);
    let mut sink = Sink::default();
    let mut header = Header::default();
    let mut clock = clock::Clock::default();
    for line in lines(text) {
        if ngrep_header(line.text) {
            close(&mut header, &mut sink, &mut connections);
            header.time = None;
            header.read(line.text);
            sink.turn(Side::Unknown, clock.read(header.time.as_deref()));
        } else if line.text.starts_with(' ') && header.ends.is_some() {
            bare(line, &mut sink);
        }
    }
    close(&mut header, &mut sink, &mut connections);
    let exchanges = connections.into_exchanges();
    problems.append(sink.problems);
    exchanges
}

fn close(header: &mut Header, sink: &mut Sink, connections: &mut Together<'_>) {
    let Some((from, to)) = header.ends.take() else { return };
    for block in sink.blocks.drain(..) {
        connections.add(unnumbered(from.clone(), to.clone(), block.stream, block.at_us));
    }
}

/// `T 127.0.0.1:40846 -> 127.0.0.1:5432 [AP] #4`
pub(crate) fn ngrep_header(text: &str) -> bool {
    (text.starts_with("T ") || text.starts_with("T(")) && text.contains(" -> ") && ends(text).is_some()
}

/// Whether a text has lines that hold something.
pub(crate) fn has_content(text: &str) -> bool {
    let mut any = Any(false);
    each_line(text, &mut Sink::default(), &mut any);
    any.0
}

struct Any(bool);

impl Reader for Any {
    fn line(&mut self, _: Line<'_>, _: &mut Sink) {
        self.0 = true;
    }
}
