//! A connection as it comes: bytes go in, piece by piece, and whole messages come out. Nothing of what was read is kept.
//!
//! For programs that look at traffic while it flows, or at more than there is memory for. What needs the whole, such as what
//! answers what and what several messages say against each other, is [`Index`](crate::Index)'s.

use pgscope_proto::frame::{Fault, Framer, Next};
use pgscope_proto::{Beginning, Context, CopyContent, Direction, Exchange, Message};

use crate::Connection;
use crate::index::is_all;

/// A message that is there to its end, or what cannot be read.
#[derive(Clone, Copy, Debug)]
pub struct Whole<'a> {
    /// Who said it.
    pub direction: Direction,
    /// Its first byte in what that end said.
    pub offset: usize,
    /// Which message it is.
    pub message: &'static Message,
    /// Its bytes.
    pub bytes: &'a [u8],
    /// What the decoder must know to read it.
    pub context: Context,
    /// Why it is no whole message, if it is none.
    pub fault: Option<Fault>,
}

/// A connection that is read while it comes. A message is given out as soon as its bytes are there. Where its length does not fit to
/// what stands behind it, that is found as far as it has come.
#[derive(Clone, Debug)]
pub struct Flow {
    connection: Connection,
    framers: [Framer; 2],
    /// What has come of each end and is not given out.
    rests: [Vec<u8>; 2],
}

impl Default for Flow {
    fn default() -> Self {
        Self::new(Beginning::default())
    }
}

impl Flow {
    /// A connection that begins there.
    pub fn new(beginning: Beginning) -> Self {
        Self {
            connection: Connection::before(&Exchange { beginning, ..Exchange::default() }).with_both_ends(),
            framers: Direction::BOTH.map(Framer::new),
            rests: [Vec::new(), Vec::new()],
        }
    }

    /// More bytes of one end. Calls `each` with what became whole by them, of either end.
    pub fn push(&mut self, direction: Direction, bytes: &[u8], each: &mut dyn FnMut(Whole<'_>)) {
        if let Some(rest) = self.rests.get_mut(direction.index()) {
            rest.extend_from_slice(bytes);
        }
        self.go_on(direction, false, each);
    }

    /// Nothing more will come: calls `each` with what is left.
    pub fn end(&mut self, each: &mut dyn FnMut(Whole<'_>)) {
        self.go_on(Direction::Frontend, true, each);
    }

    /// How many bytes of each end wait for more.
    pub fn waiting(&self) -> [usize; 2] {
        [0, 1].map(|end| self.rests.get(end).map_or(0, Vec::len))
    }

    /// What one end said may tell how the other's bytes are read: both are looked at until neither goes on.
    fn go_on(&mut self, first: Direction, has_ended: bool, each: &mut dyn FnMut(Whole<'_>)) {
        let second = if first == Direction::Frontend { Direction::Backend } else { Direction::Frontend };
        while self.walk(first, has_ended, each) | self.walk(second, has_ended, each) {}
    }

    /// Gives out what is whole of one end; says whether there was something.
    fn walk(&mut self, direction: Direction, has_ended: bool, each: &mut dyn FnMut(Whole<'_>)) -> bool {
        let at = direction.index();
        let Some(rest) = self.rests.get_mut(at).map(std::mem::take) else { return false };
        let mut behind = 0;
        while let Some(bytes) = rest.get(behind..).filter(|bytes| !bytes.is_empty())
            && let Some(framer) = self.framers.get_mut(at)
        {
            let begin = framer.position();
            let shape = self.connection.shape(direction, bytes);
            let is_all = has_ended || is_all(shape, direction, bytes);
            let Next::Frame(frame) = framer.next(shape, bytes, is_all) else { break };
            let bytes = bytes.get(frame.span.start - begin..frame.span.end - begin).unwrap_or_default();
            let message = self.connection.message(direction, &frame, bytes);
            self.connection.step(direction, message, bytes, CopyContent::Unknown);
            let context = self.connection.context(direction);
            each(Whole { direction, offset: frame.span.start, message, bytes, context, fault: frame.fault });
            behind += frame.span.end - begin;
        }
        if let Some(left) = self.rests.get_mut(at) {
            *left = rest.get(behind..).unwrap_or_default().to_vec();
        }
        behind > 0
    }
}
