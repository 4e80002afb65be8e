//! Who sent each piece of an input that does not say it: lines, literals, blocks of a dump.
//!
//! A piece is read from its first byte as either end would say it, message by message, until one ends where a piece ends:
//! so a message that was wrapped holds its lines together. Of all ways to cut the pieces into such parts the one is taken
//! that explains most bytes; and it must read better than one end saying all.

use pgscope_proto::frame::{Frame, Header, Shape, header, message_of};
use pgscope_proto::messages::extended_query;
use pgscope_proto::{Context, Direction, Exchange, Origin, Severity, Span, Tree, decode, read};

use super::{ENOUGH, is_command_tag, sample_by, score_of};

/// How much better than one end saying all it must read.
const MARGIN: f64 = 0.02;
/// How many bytes are decoded for each byte of the pieces, and at least: what is framed wrongly may be decoded again and again.
const AGAIN: usize = 16;
const LEAST: usize = 1 << 16;
/// What a byte of a message is worth that is cut off by the end of its piece, or of the input.
const CUT_BY_PIECE: f64 = 0.3;
const CUT_BY_END: f64 = 0.5;
/// Where nothing tells, who spoke goes on.
const GOES_ON: f64 = 0.01;

/// Who sent each segment, and how well it reads where one end said all that is loose: the frontend, the backend.
pub(super) struct ByPiece {
    pub(super) directions: Vec<Direction>,
    pub(super) alone: [f64; 2],
}

/// A direction for each segment, where some are to be guessed one by one and that reads better than one end saying all.
pub(super) fn directions(exchange: &Exchange) -> Option<ByPiece> {
    let is_loose: Vec<bool> = exchange.segments.iter().map(|segment| segment.origin == Origin::Unknown).collect();
    if exchange.segments.len() < 2 || !is_loose.contains(&true) {
        return None;
    }
    let as_is: Vec<Direction> = exchange.segments.iter().map(|segment| segment.direction).collect();
    let all = |side: Direction| {
        let one = |(direction, loose): (&Direction, &bool)| if *loose { side } else { *direction };
        as_is.iter().zip(&is_loose).map(one).collect::<Vec<_>>()
    };
    let fits = |directions: &Vec<Direction>| score_of(sample_by(exchange, directions.iter().copied(), ENOUGH));
    let own = each(exchange, &is_loose, as_is.clone());
    let [frontend, backend] = Direction::BOTH.map(|side| (fits(&all(side)), all(side)));
    let alone = [frontend.0, backend.0];
    let (best, one) = if backend.0 > frontend.0 { backend } else { frontend };
    if own != one && fits(&own) > best + MARGIN {
        return Some(ByPiece { directions: own, alone });
    }
    // Where all are loose, one end says all: which one is the next question.
    is_loose.contains(&false).then_some(ByPiece { directions: one, alone })
}

/// What is best for each run of loose pieces.
fn each(exchange: &Exchange, is_loose: &[bool], mut directions: Vec<Direction>) -> Vec<Direction> {
    let mut at = 0;
    while at < is_loose.len() {
        let count = is_loose.iter().skip(at).take_while(|loose| **loose).count();
        if count > 0 {
            let run = Run::new(exchange, at, count);
            directions.splice(at..at + count, run.directions());
        }
        at += count.max(1);
    }
    directions
}

/// Loose pieces one behind the other.
struct Run {
    bytes: Vec<u8>,
    /// Where each piece begins, and the end.
    borders: Vec<usize>,
}

/// The best way to a border.
#[derive(Clone, Copy)]
struct Way {
    score: f64,
    /// Who said the part that ends there, and where it begins.
    by: Direction,
    from: usize,
    /// Who sends COPY data, if anybody does.
    copying: Option<Direction>,
}

/// A part that one end said: whole messages up to a border.
struct Part {
    /// The border at which it ends.
    to: usize,
    score: f64,
    /// How many bytes of COPY data are in it.
    copied: usize,
    /// Who sends COPY data behind it, if it says so.
    turns: Option<Option<Direction>>,
}

impl Run {
    fn new(exchange: &Exchange, at: usize, count: usize) -> Self {
        let (mut bytes, mut borders) = (Vec::new(), vec![0]);
        for segment in exchange.segments.iter().skip(at).take(count) {
            bytes.extend_from_slice(segment.span.of(&exchange.stream(segment.direction).bytes));
            borders.push(bytes.len());
        }
        Run { bytes, borders }
    }

    fn directions(&self) -> Vec<Direction> {
        let last = self.borders.len() - 1;
        let mut ways: Vec<Option<Way>> = vec![None; self.borders.len()];
        let mut budget = self.bytes.len().saturating_mul(AGAIN).max(LEAST);
        let mut tree = Tree::new();
        for from in 0..last {
            let before = ways.get(from).copied().flatten();
            if from > 0 && before.is_none() {
                continue;
            }
            for by in Direction::BOTH {
                for part in self.parts(from, by, &mut budget, &mut tree) {
                    let way = joined(before, from, by, &part);
                    if let Some(best) = ways.get_mut(part.to)
                        && best.is_none_or(|best| best.score < way.score)
                    {
                        *best = Some(way);
                    }
                }
            }
        }
        let mut directions = vec![Direction::Frontend; last];
        let mut to = last;
        while let Some(way) = ways.get(to).copied().flatten().filter(|_| to > 0) {
            directions.iter_mut().take(to).skip(way.from).for_each(|direction| *direction = way.by);
            to = way.from;
        }
        directions
    }

    /// The border at or behind a byte.
    fn border(&self, at: usize) -> usize {
        self.borders.partition_point(|border| *border < at).min(self.borders.len() - 1)
    }

    /// What `by` may have said from a border on: whole messages; and, where one is cut, only the piece that it is cut in.
    fn parts(&self, from: usize, by: Direction, budget: &mut usize, tree: &mut Tree) -> Vec<Part> {
        let mut at = self.borders.get(from).copied().unwrap_or(0);
        let mut part = Part { to: from, score: 0.0, copied: 0, turns: None };
        let mut parts = Vec::new();
        loop {
            let rest = self.bytes.get(at..).unwrap_or_default();
            let next = self.border(at + 1);
            let piece = self.borders.get(next).map_or(0, |end| end - at);
            let length = match claimed(by, rest, piece) {
                Some(length) if length <= rest.len() => length,
                claimed => {
                    let rate = if claimed.is_some() { CUT_BY_PIECE } else { 0.0 };
                    if claimed.is_some() {
                        let whole = part.score + CUT_BY_END * rest.len() as f64;
                        let to = self.borders.len() - 1;
                        parts.push(Part { to, score: whole, copied: part.copied, turns: part.turns });
                    }
                    part.score += rate * piece as f64;
                    part.to = next;
                    parts.push(part);
                    return parts;
                }
            };
            if length > piece {
                let score = part.score + CUT_BY_PIECE * piece as f64;
                parts.push(Part { to: next, score, copied: part.copied, turns: part.turns });
            }
            let message = rest.get(..length).unwrap_or_default();
            part.score += length as f64 * quality(by, message, budget, tree);
            part.note(by, message);
            at += length;
            let border = self.border(at);
            if self.borders.get(border) == Some(&at) {
                part.to = border;
                parts.push(part);
                return parts;
            }
        }
    }
}

impl Part {
    fn note(&mut self, by: Direction, message: &[u8]) {
        match (by, message.first()) {
            (_, Some(b'd' | b'c')) => self.copied += message.len(),
            (Direction::Backend, Some(b'G')) => self.turns = Some(Some(Direction::Frontend)),
            (Direction::Backend, Some(b'H')) => self.turns = Some(Some(Direction::Backend)),
            (Direction::Backend, Some(b'C' | b'E' | b'Z' | b'W')) => self.turns = Some(None),
            _ => {}
        }
    }
}

fn joined(before: Option<Way>, from: usize, by: Direction, part: &Part) -> Way {
    let copying = before.and_then(|way| way.copying);
    let is_odd = copying.is_some_and(|sender| sender != by);
    let odd = if is_odd { part.copied as f64 * 0.5 } else { 0.0 };
    let goes_on = if before.is_none_or(|way| way.by == by) { GOES_ON } else { 0.0 };
    let score = before.map_or(0.0, |way| way.score) + part.score + goes_on - odd;
    Way { score, by, from, copying: part.turns.unwrap_or(copying) }
}

/// How long the message claims to be that `by` would begin here; `piece` bytes are left of the piece.
fn claimed(by: Direction, bytes: &[u8], piece: usize) -> Option<usize> {
    if by == Direction::Backend && piece == 1 && matches!(bytes, [b'S' | b'N' | b'G', ..]) {
        return Some(1);
    }
    match header(Shape::Tagged, by, bytes) {
        Header::Length(length) => return Some(length),
        Header::More if bytes.len() < 5 && !bytes.is_empty() => return Some(5),
        _ => {}
    }
    let code = read::startup_code(bytes).filter(|_| by == Direction::Frontend)?;
    let is_known = code >> 16 == 3 || (80_877_102..=80_877_104).contains(&code);
    match header(Shape::Packet, by, bytes) {
        Header::Length(length) if is_known => Some(length),
        _ => None,
    }
}

fn quality(by: Direction, bytes: &[u8], budget: &mut usize, tree: &mut Tree) -> f64 {
    if bytes.len() == 1 {
        return 1.0;
    }
    let Some(left) = budget.checked_sub(bytes.len()) else { return 0.5 };
    *budget = left;
    let shape = if bytes.first() == Some(&0) { Shape::Packet } else { Shape::Tagged };
    let frame = Frame { span: Span::new(0, bytes.len()), shape, fault: None };
    let message = message_of(&frame, by, bytes);
    decode(message, bytes, Context::new(by), tree);
    let worst = tree.problems.iter().map(|problem| problem.severity).max();
    match worst {
        Some(Severity::Error) => 0.4,
        _ if *message == extended_query::CLOSE && is_command_tag(bytes) => 0.5,
        _ => 1.0,
    }
}
