//! Framing where some bytes are not in the recording: no message goes on over a gap as if nothing was missing.

use pgscope_proto::frame::{Fault, Frame, Framer, Next, Shape};
use pgscope_proto::{Direction, Exchange, Span};

use super::building::{Building, Pass};

/// Where the pass is among what is missing.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Missed {
    /// Where in each direction the rest of a message stands behind a gap, and how many bytes it has.
    rests: [(usize, usize); 2],
    /// How many gaps of each direction are behind the pass.
    gaps: [usize; 2],
}

impl Missed {
    /// The same in what stands behind these places of both streams.
    pub(super) fn behind(self, ends: [usize; 2]) -> Self {
        let mut rests = self.rests;
        for ((at, length), end) in rests.iter_mut().zip(ends) {
            (*at, *length) = at.checked_sub(end).map_or((0, 0), |at| (at, *length));
        }
        Missed { rests, gaps: [0, 0] }
    }
}

/// What a framer looks at: whose bytes, of which shape, from its position on, and whether no more of them come.
pub(crate) struct Bytes<'a> {
    pub(crate) direction: Direction,
    pub(crate) shape: Shape,
    pub(crate) bytes: &'a [u8],
    pub(crate) is_all: bool,
}

/// Where the pass has come behind another gap, nobody knows what was asked or answered.
pub(crate) fn pass_gaps(pass: &mut Pass<'_>) {
    let Building { missed, segment, follower, connection, .. } = &mut *pass.at;
    let mut is_behind = false;
    for (direction, noted) in Direction::BOTH.into_iter().zip(&mut missed.gaps) {
        let gaps = pass.exchange.gaps(direction);
        while gaps.get(*noted).is_some_and(|gap| gap.behind <= *segment) {
            *noted += 1;
            is_behind = true;
        }
    }
    if is_behind {
        follower.miss(&mut pass.index.log, pass.index.starts.len() as u32);
        connection.miss();
        pass.index.runs.last_mut().into_iter().for_each(|run| run.copy.lose());
    }
}

/// The next frame, which ends at the next gap at the latest. Of a message that goes on behind one, the rest is passed over there, as far
/// as its length tells.
pub(crate) fn next_before_gap(
    exchange: &Exchange,
    missed: &mut Missed,
    framer: &mut Framer,
    Bytes { direction, shape, bytes, is_all }: Bytes<'_>,
) -> Next {
    let position = framer.position();
    let next = exchange.gap_from(direction, position + 1);
    let here = next.and_then(|gap| bytes.get(..gap.at - position)).unwrap_or(bytes);
    let Some(rest) = missed.rests.get_mut(direction.index()) else { return Next::End };
    if rest.0 == position && rest.1 > 0 {
        let span = Span::new(position, position + rest.1.min(here.len()));
        framer.move_to(span.end);
        return Next::Frame(Frame { span, shape: Shape::Tagged, fault: Some(Fault::Unreadable) });
    }
    let found = framer.next(shape, here, is_all || next.is_some());
    if let (Some(gap), Next::Frame(Frame { span, fault: Some(Fault::Cut { missing }), .. })) = (next, found)
        && span.end == gap.at
    {
        *rest = (gap.at, (missing as u64).saturating_sub(gap.bytes) as usize);
    }
    found
}
