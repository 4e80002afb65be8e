//! Any two streams, in any pieces, give an index of frames that tile, and a tree for each.

use pgscope_view::Indexed;
use pgscope_view::proto::{Direction, Exchange, Order, Sides, Stream, Tree};

/// How many frames a check looks at in its slower parts.
const EVERY: usize = 97;

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
    let mut tree = Tree::new();
    for number in 0..indexed.index.len() {
        let (entry, problems) = indexed.open(number, &mut tree).expect("the index has it");
        let end = &mut ends[entry.direction.index()];
        assert_eq!(entry.span.start, *end, "{entry:?} leaves a gap or overlaps");
        assert!(!entry.span.is_empty(), "{entry:?} is empty");
        *end = entry.span.end;
        crate::assert_tiles(&tree, entry.span.len());
        for problem in problems {
            assert!(problem.span.end <= entry.span.len(), "{problem:?} leaves {entry:?}");
            let mut at = 0;
            for edit in problem.fix.into_iter().flat_map(|fix| fix.edits) {
                assert!(at <= edit.span.start && edit.span.end <= entry.span.len(), "the mend leaves {entry:?}");
                at = edit.span.end;
            }
        }
        assert_eq!(indexed.index.frame_at(entry.direction, entry.span.start).map(|at| at.number), Some(number));
        if number % EVERY == 0 {
            indexed.index.connection_before(&indexed.exchange, number);
        }
    }
    for direction in Direction::BOTH {
        assert_eq!(ends[direction.index()], indexed.exchange.stream(direction).len(), "frames cover the stream");
    }
}
