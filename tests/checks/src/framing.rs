//! Framing terminates, tiles, and does not depend on how a stream is cut.

use pgscope_view::proto::frame::{Frame, Framer, Next, Shape};
use pgscope_view::proto::{Direction, Span};

const SHAPES: [Shape; 6] =
    [Shape::Tagged, Shape::Packet, Shape::Reply, Shape::LegacyError, Shape::GssPacket, Shape::TlsRecord];

/// How many chunks a stream comes in, at most: each is a new look at what is not framed yet.
const MOST_CHUNKS: usize = 24;

/// Frames the stream at once and in chunks.
///
/// The first byte says the direction (lowest bit) and the shape of the first frame (the bits above), the second how long
/// the chunks are, where that makes no more than two dozen of them; the stream follows.
pub fn framing(input: &[u8]) {
    let [bits, chunk, stream @ ..] = input else { return };
    let direction = crate::direction(*bits);
    let first = SHAPES[usize::from(bits >> 1) % SHAPES.len()];
    let whole = frames(direction, first, stream, stream.len().max(1));
    assert_tiles(&whole, stream.len());
    let chunk = usize::from(*chunk).max(stream.len() / MOST_CHUNKS).max(1);
    assert_eq!(frames(direction, first, stream, chunk), whole, "in chunks of {chunk}");
    assert_eq!(forgetful(direction, first, stream), whole, "by a framer that keeps nothing of what it saw ahead");
}

/// The frames of a stream that is there, each found by a framer of its own.
fn forgetful(direction: Direction, first: Shape, stream: &[u8]) -> Vec<Frame> {
    let mut found: Vec<Frame> = Vec::new();
    let mut at = 0;
    loop {
        let mut framer = Framer::new(direction);
        framer.move_to(at);
        let shape = if found.is_empty() { first } else { Shape::Tagged };
        let Next::Frame(frame) = framer.next(shape, stream.get(at..).unwrap_or_default(), true) else { return found };
        at = frame.span.end;
        found.push(frame);
    }
}

fn frames(direction: Direction, first: Shape, stream: &[u8], chunk: usize) -> Vec<Frame> {
    let mut framer = Framer::new(direction);
    let mut found: Vec<Frame> = Vec::new();
    let mut have = 0;
    loop {
        let shape = if found.is_empty() { first } else { Shape::Tagged };
        let bytes = Span::new(framer.position(), have).of(stream);
        match framer.next(shape, bytes, have == stream.len()) {
            Next::Frame(frame) => found.push(frame),
            Next::More => {
                assert!(have < stream.len(), "more is wanted of a stream that has ended");
                have = (have + chunk).min(stream.len());
            }
            Next::End => return found,
        }
    }
}

fn assert_tiles(frames: &[Frame], length: usize) {
    let mut at = 0;
    for frame in frames {
        assert_eq!(frame.span.start, at, "{frame:?} leaves a gap or overlaps");
        assert!(!frame.span.is_empty(), "{frame:?} is empty: framing would never end");
        at = frame.span.end;
    }
    assert_eq!(at, length, "the frames end where the stream does");
}
