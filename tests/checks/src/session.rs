//! Any two streams, in any pieces, give an index of frames that tile, and a tree for each.

use pgscope_view::Indexed;
use pgscope_view::proto::{Direction, Exchange, Order, Sides, Stream, Tree};

/// How many frames a check opens as somebody does who looks at them, with all that is searched for; spread over the exchange.
const OPENED: usize = 6;

/// Follows a connection.
///
/// The lowest bit of the first byte says that the order of the two directions is unknown, the next that the directions
/// are. Segments follow: two bytes with the direction (the highest bit) and the length, then so many bytes.
pub fn session(input: &[u8]) {
    let Some((bits, mut rest)) = input.split_first() else { return };
    let order = if bits & 1 == 0 { Order::Recorded } else { Order::Unknown };
    let sides = if bits & 2 == 0 { Sides::Given } else { Sides::Unknown };
    let mut exchange = Exchange { order, sides, ..Exchange::default() };
    while let [high, low, behind @ ..] = rest {
        let length = usize::from(u16::from_be_bytes([high & 0x7f, *low]));
        let (segment, left) = behind.split_at(length.min(behind.len()));
        exchange.push(crate::direction(high >> 7), &Stream::raw(segment.to_vec()), None);
        rest = left;
    }
    indexed(&Indexed::new(exchange));
}

/// The promises of an index.
pub(crate) fn indexed(indexed: &Indexed) {
    let mut ends = [0; 2];
    for number in 0..indexed.index.len() {
        let entry = indexed.index.entry(number).expect("the index has it");
        let end = &mut ends[entry.direction.index()];
        assert_eq!(entry.span.start, *end, "{entry:?} leaves a gap or overlaps");
        assert!(!entry.span.is_empty(), "{entry:?} is empty");
        *end = entry.span.end;
        assert_eq!(indexed.index.frame_at(entry.direction, entry.span.start).map(|at| at.number), Some(number));
    }
    for direction in Direction::BOTH {
        assert_eq!(ends[direction.index()], indexed.exchange.stream(direction).len(), "frames cover the stream");
    }
    let mut tree = Tree::new();
    for number in some(indexed.index.len(), OPENED) {
        let (entry, problems) = indexed.open(number, &mut tree).expect("the index has it");
        crate::assert_tiles(&tree, entry.span.len());
        for problem in problems {
            assert!(problem.span.end <= entry.span.len(), "{problem:?} leaves {entry:?}");
            let mut at = 0;
            for edit in problem.fix.into_iter().flat_map(|fix| fix.edits) {
                assert!(at <= edit.span.start && edit.span.end <= entry.span.len(), "the mend leaves {entry:?}");
                at = edit.span.end;
            }
        }
    }
    // From the checkpoint before it, over all that lies between.
    if let Some(last) = indexed.index.len().checked_sub(1) {
        indexed.index.connection_before(&indexed.exchange, last);
    }
}

/// Numbers below `length`, evenly spread: all, if they are no more than `most`.
pub(crate) fn some(length: usize, most: usize) -> impl Iterator<Item = usize> {
    (0..length).step_by(length.div_ceil(most).max(1))
}
