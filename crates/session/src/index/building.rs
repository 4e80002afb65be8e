//! The pass that finds the frames: both directions, step by step, in slices.

use pgscope_proto::conversation::Phase;
use pgscope_proto::frame::{Fault, Frame, Framer, Header, Next, Shape, header};
use pgscope_proto::messages::copy;
use pgscope_proto::schema::Head;
use pgscope_proto::{CopyContent, Direction, Exchange, Message, Order};

#[cfg(feature = "whole")]
use super::missing;
use super::missing::{Bytes, Missed};
use super::{CHECKPOINT, COPY_HEADER, CopyRun, Index, Note};
use crate::binary_copy::BinaryCopy;
use crate::connection::Connection;
use crate::follow::{Follower, Said};
#[cfg(not(feature = "whole"))]
use crate::later as missing;

/// Behind which part of the exchange it is estimated how many frames the whole has.
const ESTIMATED: usize = 16;

/// Where the pass is. What it found is in the index.
#[derive(Clone, Debug)]
pub(crate) struct Building {
    pub(super) connection: Connection,
    framers: [Framer; 2],
    /// The next frame of each direction, and the generation of the connection that it was found in.
    pending: [Option<(u32, Frame)>; 2],
    /// Where it is among what is missing.
    pub(super) missed: Missed,
    /// How many bytes the frames have that are in the index.
    reached: usize,
    /// The segment that is being walked, where their order was recorded.
    pub(super) segment: usize,
    /// What is asked and answered.
    pub(super) follower: Follower,
    is_estimated: bool,
    /// Whether more may come than there is.
    is_open: bool,
}

/// What one slice of the pass works with.
pub(crate) struct Pass<'a> {
    pub(super) exchange: &'a Exchange,
    pub(super) index: &'a mut Index,
    pub(super) at: &'a mut Building,
}

impl Building {
    /// `unseen` messages of the server answer what was asked before.
    pub(super) fn new(exchange: &Exchange, unseen: u32) -> Self {
        let is_one_sided = exchange.streams.iter().any(|stream| stream.is_empty());
        Self {
            connection: Connection::before(exchange),
            framers: Direction::BOTH.map(Framer::new),
            pending: [None, None],
            missed: Missed::default(),
            reached: 0,
            segment: 0,
            follower: Follower::new(is_one_sided, exchange.order == Order::Recorded, unseen)
                .partial(exchange.is_partial),
            is_estimated: false,
            is_open: false,
        }
    }

    /// The same for an exchange that goes on.
    pub(super) fn open(self) -> Self {
        let is_one_sided = self.follower.is_one_sided();
        let connection = if is_one_sided { self.connection } else { self.connection.with_both_ends() };
        Self { connection, is_open: true, ..self }
    }

    /// Nothing more will come: what waited for that is found where each direction ends.
    pub(super) fn close(&mut self, exchange: &Exchange) {
        let last = |side: Direction| exchange.segments.iter().rposition(|segment| segment.direction == side);
        let ends = Direction::BOTH.into_iter().filter_map(last).min().unwrap_or_default();
        (self.is_open, self.segment) = (false, self.segment.min(ends));
    }

    /// What goes on where the frames end that were found, there in each stream.
    pub(super) fn anew(&self, is_one_sided: bool, ends: [usize; 2]) -> Self {
        Self {
            connection: self.connection.clone(),
            framers: Direction::BOTH.map(Framer::new),
            pending: [None, None],
            missed: self.missed.behind(ends),
            reached: 0,
            segment: 0,
            follower: self.follower.anew(is_one_sided),
            is_estimated: true,
            is_open: self.is_open,
        }
    }

    pub(super) fn is_at_rest(&self) -> bool {
        self.follower.is_quiet()
    }

    /// How many bytes are behind it.
    pub(super) fn reached(&self) -> usize {
        self.reached
    }

    /// Walks over some `bytes` more; says whether there is more.
    pub(super) fn go_on(&mut self, index: &mut Index, exchange: &Exchange, bytes: usize) -> bool {
        let until = Until {
            bytes: self.reached().saturating_add(bytes),
            frames: index.len().saturating_add(bytes / BYTES_A_FRAME),
        };
        let mut pass = Pass { exchange, index, at: self };
        let goes_on = match exchange.order {
            Order::Recorded => pass.in_recorded_order(until),
            Order::Unknown => pass.in_causal_order(until),
        };
        match index.len().checked_sub(1) {
            _ if self.is_open => return true,
            _ if goes_on => self.estimate(index, exchange),
            Some(last) => self.follower.close(&mut index.log, last as u32),
            None => {}
        }
        goes_on
    }

    fn estimate(&mut self, index: &mut Index, exchange: &Exchange) {
        let all: usize = exchange.streams.iter().map(|stream| stream.len()).sum();
        let times = all / self.reached().max(1) + 1;
        if !self.is_estimated && times <= ESTIMATED {
            self.is_estimated = true;
            index.reserve(times);
        }
    }
}

/// Where a slice ends: behind so many bytes or frames, whatever comes first. Small frames cost more than their bytes.
#[derive(Clone, Copy)]
struct Until {
    bytes: usize,
    frames: usize,
}

/// What a frame costs at least, in bytes.
const BYTES_A_FRAME: usize = 16;

impl Pass<'_> {
    fn is_at(&self, until: Until) -> bool {
        self.at.reached() >= until.bytes || self.index.len() >= until.frames
    }

    fn in_recorded_order(&mut self, until: Until) -> bool {
        while let Some(segment) = self.exchange.segments.get(self.at.segment) {
            if self.exchange.has_gaps() {
                missing::pass_gaps(self);
            }
            while let Some(frame) = self.find(segment.direction) {
                if frame.span.end > segment.span.end {
                    self.wait(segment.direction, frame);
                    break;
                }
                self.emit(segment.direction, frame);
                if self.is_at(until) {
                    return true;
                }
            }
            self.at.segment += 1;
        }
        false
    }

    fn in_causal_order(&mut self, until: Until) -> bool {
        self.index.order_is_inferred = Direction::BOTH.iter().all(|side| !self.exchange.stream(*side).is_empty());
        loop {
            let backend = self.peek(Direction::Backend);
            let frontend = self.peek(Direction::Frontend);
            let (direction, frame) = match (frontend, backend) {
                // Of one end alone nothing need be weighed.
                (None, Some(frame)) => (Direction::Backend, frame),
                (Some(frame), Some(_)) if self.proves(&frame) => (Direction::Frontend, frame),
                (_, Some(frame)) if self.at.follower.server_may_say(self.message_of(&frame)) => {
                    (Direction::Backend, frame)
                }
                (Some(frame), _) => (Direction::Frontend, frame),
                (None, None) => return false,
            };
            if let Some(pending) = self.at.pending.get_mut(direction.index()) {
                *pending = None;
            }
            self.emit(direction, frame);
            if self.is_at(until) {
                return true;
            }
        }
    }

    /// Which message of the server a frame is.
    fn message_of(&self, frame: &Frame) -> &'static Message {
        let bytes = frame.span.of(&self.exchange.stream(Direction::Backend).bytes);
        self.at.connection.message(Direction::Backend, frame, bytes)
    }

    /// Whether the client's next message is the proof that is awaited.
    fn proves(&self, frame: &Frame) -> bool {
        let bytes = frame.span.of(&self.exchange.stream(Direction::Frontend).bytes);
        self.at.follower.awaits_proof() && bytes.first() == Some(&b'p')
    }

    /// The next frame of a direction, which stays the next. It is looked for again only if the connection has changed in between.
    fn peek(&mut self, direction: Direction) -> Option<Frame> {
        let frame = self.find(direction)?;
        self.wait(direction, frame);
        Some(frame)
    }

    /// Keeps a frame that was found until its turn comes.
    fn wait(&mut self, direction: Direction, frame: Frame) {
        if let Some(pending) = self.at.pending.get_mut(direction.index()) {
            *pending = Some((self.at.connection.generation, frame));
        }
    }

    /// The next frame of a direction, which is behind the framer from now on.
    #[inline]
    fn find(&mut self, direction: Direction) -> Option<Frame> {
        let framer = self.at.framers.get_mut(direction.index())?;
        if let Some((found_in, frame)) = self.at.pending.get_mut(direction.index())?.take() {
            if found_in == self.at.connection.generation {
                return Some(frame);
            }
            framer.move_to(frame.span.start);
        }
        let bytes = self.exchange.stream(direction).bytes.get(framer.position()..)?;
        if bytes.is_empty() {
            return None;
        }
        let shape = self.at.connection.shape(direction, bytes);
        let is_all = !self.at.is_open || is_all(shape, direction, bytes);
        let next = match self.exchange.has_gaps() {
            true => {
                let seen = Bytes { direction, shape, bytes, is_all };
                missing::next_before_gap(self.exchange, &mut self.at.missed, framer, seen)
            }
            false => framer.next(shape, bytes, is_all),
        };
        match next {
            Next::Frame(frame) => Some(frame),
            Next::More | Next::End => None,
        }
    }

    fn emit(&mut self, direction: Direction, frame: Frame) {
        self.at.reached += frame.span.len();
        let bytes = frame.span.of(&self.exchange.stream(direction).bytes);
        let message = self.at.connection.message(direction, &frame, bytes);
        self.record(direction, &frame, message, bytes);
    }

    fn record(&mut self, direction: Direction, frame: &Frame, message: &'static Message, bytes: &[u8]) {
        if frame.fault == Some(Fault::Unreadable) && self.index.extend_unreadable(direction, frame.span) {
            return;
        }
        let index = &mut *self.index;
        let number = index.len();
        if number.is_multiple_of(CHECKPOINT) {
            keep(&mut index.checkpoints, &self.at.connection);
        }
        // A CopyData that reveals what it carries is read accordingly: step first. A phase begins with the message that
        // asks for it and ends behind the one that ends it.
        let before = self.at.connection.phase;
        let streamed = self.at.connection.streamed;
        // Only what begins a COPY asks for that.
        let asked = match message.head {
            Head::Tag(b'G' | b'H' | b'W') => self.at.follower.copies(&index.log),
            _ => CopyContent::Unknown,
        };
        self.at.connection.step(direction, message, bytes, asked);
        let phase = band(before, self.at.connection.phase);
        if index.phases.last().is_none_or(|(_, last)| *last != phase) {
            index.phases.push((number as u32, phase));
        }
        let mut noted = Note::new(direction, &self.at.connection, frame.fault.is_some());
        if streamed {
            noted = Note(noted.0 | Note::STREAMED);
        }
        index.starts.push(frame.span.start);
        index.lengths.push(frame.span.len() as u32);
        index.messages.push(message);
        index.notes.push(noted);
        if let Some(fault) = frame.fault {
            index.faults.push((number as u32, fault));
        }
        if let Some(numbers) = index.by_direction.get_mut(direction.index()).filter(|_| !index.is_one_sided) {
            numbers.push(number as u32);
        }
        match frame.fault {
            Some(Fault::Unreadable | Fault::ImpossiblePacket | Fault::Cut { .. }) => {
                self.at.follower.lose(&mut index.log, number as u32);
            }
            _ => {
                let said = Said { number: number as u32, direction, message, bytes };
                self.at.follower.step(&mut index.log, said);
            }
        }
        if self.at.connection.content_from(direction) == CopyContent::Binary {
            self.follow_copy(direction, message, number, bytes);
        }
    }

    #[inline(never)]
    fn follow_copy(&mut self, direction: Direction, message: &'static Message, number: usize, bytes: &[u8]) {
        if *message == copy::COPY_IN_RESPONSE || *message == copy::COPY_OUT_RESPONSE {
            let sender = if *message == copy::COPY_IN_RESPONSE { Direction::Frontend } else { Direction::Backend };
            self.index.runs.push(CopyRun {
                from: number,
                direction: sender,
                copy: BinaryCopy::new(columns(bytes)),
                carriers: Vec::new(),
            });
        }
        if *message == copy::COPY_DATA
            && let Some(run) = self.index.runs.last_mut().filter(|run| run.direction == direction)
        {
            run.carriers.push((number as u32, run.copy.len()));
            run.copy.push(bytes.get(COPY_HEADER..).unwrap_or_default());
        }
    }
}

/// Whether no more bytes are awaited before a message is believed. Whoever waits for an answer says no more, so one that ends where all
/// ends that has come has the length that it says; and so has a packet without a tag, behind which something quite different may come.
pub(crate) fn is_all(shape: Shape, direction: Direction, bytes: &[u8]) -> bool {
    match header(shape, direction, bytes) {
        Header::Length(length) if shape == Shape::Packet => length <= bytes.len(),
        Header::Length(length) => length == bytes.len(),
        _ => false,
    }
}

// What happens once in thousands of frames stands apart from what happens at each.

#[cold]
#[inline(never)]
fn keep(checkpoints: &mut Vec<Connection>, connection: &Connection) {
    checkpoints.push(connection.clone());
}

/// How many columns a response to a COPY announces.
fn columns(bytes: &[u8]) -> Option<u16> {
    let count = bytes.get(COPY_HEADER + 1..COPY_HEADER + 3)?;
    count.try_into().ok().map(u16::from_be_bytes)
}

/// In which band a message is drawn that takes the connection from one phase to another.
fn band(before: Phase, after: Phase) -> Phase {
    match (before, after) {
        (_, Phase::Copying(_)) | (Phase::Startup, _) | (Phase::Authenticating(_), Phase::Ready) => after,
        _ => before,
    }
}
