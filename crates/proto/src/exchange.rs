//! What two ends said to each other: the one form in which pasted, captured, simulated and typed bytes travel.
//!
//! An [`Exchange`] is one connection: a [`Stream`] for each direction, and the [`Segment`]s in which they arrived. It
//! knows no messages, and of states only in which one it begins, if somebody says it.

use std::sync::{Arc, PoisonError, RwLock};

use crate::{SourceMap, Span, Stream};

/// Who sent the bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum Direction {
    /// The client, to the server.
    Frontend,
    /// The server, to the client.
    Backend,
}

impl Direction {
    /// Both, the frontend first.
    pub const BOTH: [Direction; 2] = [Direction::Frontend, Direction::Backend];

    /// The other end.
    pub const fn other(self) -> Self {
        match self {
            Direction::Frontend => Direction::Backend,
            Direction::Backend => Direction::Frontend,
        }
    }

    /// 0 for the frontend, 1 for the backend.
    pub const fn index(self) -> usize {
        self as usize
    }

    /// `frontend` or `backend`.
    pub const fn name(self) -> &'static str {
        match self {
            Direction::Frontend => "frontend",
            Direction::Backend => "backend",
        }
    }

    /// The end that sends so: `client` or `server`.
    pub const fn end(self) -> &'static str {
        match self {
            Direction::Frontend => "client",
            Direction::Backend => "server",
        }
    }

    /// `F` or `B`, as PQtrace writes it.
    pub const fn letter(self) -> char {
        match self {
            Direction::Frontend => 'F',
            Direction::Backend => 'B',
        }
    }
}

/// Bytes that arrived together: one `read()`, one TCP segment, one block of a dump.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Segment {
    /// Who sent them.
    pub direction: Direction,
    /// Which bytes of that direction's stream they are.
    pub span: Span,
    /// When they were seen, in microseconds since 1970 or since the start of the recording.
    pub at_us: Option<i64>,
    /// How it is known who sent them.
    pub origin: Origin,
    /// What the input calls who sent them: a number in [`Exchange::labels`].
    pub label: Option<u16>,
    /// Whether a person turns them round: what was guessed, or what the input says, is the other way.
    pub is_turned: bool,
}

/// Bytes that were sent and are not in the recording.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Gap {
    /// Before which byte of the stream they belong.
    pub at: usize,
    /// Behind how many segments of the exchange.
    pub behind: usize,
    /// How many they were.
    pub bytes: u64,
}

/// How it is known who sent a piece.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Origin {
    /// The input says it.
    #[default]
    Given,
    /// A person said it.
    Said,
    /// The input tells two ends apart and does not say which is whose: all such pieces are turned round together.
    Peer,
    /// The input does not say it: it is a guess of this piece.
    Unknown,
}

/// How the order of segments across the two directions is known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Order {
    /// Segments are in the order in which they were seen.
    #[default]
    Recorded,
    /// Two streams without a common clock: a causal order has to be inferred, and said to be.
    Unknown,
}

/// How it is known who sent the bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Sides {
    /// The input says it.
    #[default]
    Given,
    /// A person said it, of an input that does not.
    Said,
    /// The input does not say of all pieces whose they are: as they stand is a first guess.
    Unknown,
}

/// Where in a connection's life its first bytes stand.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Beginning {
    /// Nobody said it: the first bytes are read as what they look like.
    #[default]
    Unknown,
    /// With the connection itself: start-up and the requests before it.
    Start,
    /// While the client logs in, or is told the settings.
    Login,
    /// Between queries, or in one.
    Queries,
    /// In a COPY.
    Copy,
    /// In a stream of replication.
    Replication,
}

impl Beginning {
    /// All that can be said, what is most usual first.
    pub const ALL: [Beginning; 5] =
        [Beginning::Queries, Beginning::Start, Beginning::Login, Beginning::Copy, Beginning::Replication];

    /// How it is written in options and links.
    pub const fn id(self) -> &'static str {
        match self {
            Beginning::Unknown => "unknown",
            Beginning::Start => "start",
            Beginning::Login => "login",
            Beginning::Queries => "queries",
            Beginning::Copy => "copy",
            Beginning::Replication => "replication",
        }
    }

    /// The beginning that is written so.
    pub fn from_id(id: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|beginning| beginning.id() == id)
    }
}

/// One connection: what each end sent, and in which pieces it arrived.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Exchange {
    /// The bytes of each direction, by [`Direction::index`].
    pub streams: [Stream; 2],
    /// The pieces in which they arrived. Spans of one direction are adjacent and cover its stream.
    pub segments: Vec<Segment>,
    /// How the order of the segments is known.
    pub order: Order,
    /// How it is known who sent what.
    pub sides: Sides,
    /// Where in the connection's life it begins.
    pub beginning: Beginning,
    /// Whether the input leaves out some messages, as libpq's trace does: that one is missing says nothing then.
    pub is_partial: bool,
    /// What the input calls who sent its pieces, each once.
    pub labels: Vec<String>,
    /// What a recording tells besides; nothing where it tells nothing.
    pub recorded: Option<Box<Recorded>>,
}

/// What the recording of a connection tells besides what was said.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Recorded {
    /// What is missing in the streams, by [`Direction::index`], in order.
    pub gaps: [Vec<Gap>; 2],
    /// The addresses of client and server, with their ports; empty where the input does not say them.
    pub ends: [String; 2],
    /// How it ended.
    pub closing: Closing,
    /// What stands in the file beside its packets, whatever connection it is of; all exchanges of a file share it.
    pub kept: Option<Beside>,
}

/// What stands in a file beside its packets: all exchanges of the file share it, and it grows while the file is read. Behind a trait, so that
/// who only drops it need not have what it is made of.
#[derive(Clone, Debug)]
pub struct Beside(Arc<dyn IsKept>);

trait IsKept: std::fmt::Debug + Send + Sync {
    fn kept(&self) -> Kept;
    /// What is remarked at packets whose first bytes these of a stream are.
    fn remarks(&self, map: &SourceMap, span: Span) -> Vec<String>;
}

impl IsKept for RwLock<Kept> {
    fn kept(&self) -> Kept {
        self.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn remarks(&self, map: &SourceMap, span: Span) -> Vec<String> {
        let all = &self.read().unwrap_or_else(PoisonError::into_inner).remarks;
        if all.is_empty() {
            return Vec::new();
        }
        let of = |source: Span| {
            let first = all.partition_point(|remark| remark.place.start < source.start);
            let rest = all.get(first..).unwrap_or_default().iter();
            rest.take_while(move |remark| remark.place.start < source.end).map(|remark| remark.text.clone())
        };
        map.sources(span).into_iter().flat_map(of).collect()
    }
}

impl Beside {
    /// A copy of it, as it is by now.
    pub fn kept(&self) -> Kept {
        self.0.kept()
    }

    /// Whether it is of the same file.
    pub fn is_shared_with(&self, other: &Beside) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl From<Arc<RwLock<Kept>>> for Beside {
    fn from(kept: Arc<RwLock<Kept>>) -> Self {
        Self(kept)
    }
}

impl PartialEq for Beside {
    fn eq(&self, other: &Self) -> bool {
        self.is_shared_with(other) || self.kept() == other.kept()
    }
}

impl Eq for Beside {}

/// What stands in a capture file beside its packets.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Kept {
    /// What people remarked at packets, in the order of the file.
    pub remarks: Vec<Remark>,
    /// What encrypted bytes can be read with.
    pub secrets: Vec<Secrets>,
}

/// What somebody remarked at a packet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remark {
    /// Where the packet's payload stands in the file.
    pub place: Span,
    /// In their words.
    pub text: String,
}

/// A block of a file with what encrypted bytes can be read with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Secrets {
    /// In which form they are: `TLSK` as a number for the key log of a TLS library.
    pub kind: u32,
    /// As they stand in the file.
    pub bytes: Vec<u8>,
}

/// How a recorded connection ended: what TCP says of it, whatever was said on it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Closing {
    /// Who said first that nothing more comes from there.
    pub first: Option<Direction>,
    /// Who broke it off.
    pub reset: Option<Direction>,
    /// Whether both ends closed it, or one broke it off.
    pub is_over: bool,
    /// When the first of them did, or else when the recording of it ends, in microseconds since 1970, where that is known.
    pub at_us: Option<i64>,
}

impl Closing {
    /// What was seen of it later.
    pub fn and(self, later: Self) -> Self {
        let Self { first, reset, is_over, at_us } = later;
        Self {
            first: self.first.or(first),
            reset: self.reset.or(reset),
            is_over: self.is_over || is_over,
            at_us: self.at_us.or(at_us),
        }
    }

    fn swapped(self) -> Self {
        Self { first: self.first.map(Direction::other), reset: self.reset.map(Direction::other), ..self }
    }
}

impl Exchange {
    /// The bytes that `direction` sent.
    pub fn stream(&self, direction: Direction) -> &Stream {
        let [frontend, backend] = &self.streams;
        match direction {
            Direction::Frontend => frontend,
            Direction::Backend => backend,
        }
    }

    fn stream_mut(&mut self, direction: Direction) -> &mut Stream {
        let [frontend, backend] = &mut self.streams;
        match direction {
            Direction::Frontend => frontend,
            Direction::Backend => backend,
        }
    }

    /// One more segment, with the sources of its bytes.
    pub fn push(&mut self, direction: Direction, part: &Stream, at_us: Option<i64>) {
        self.push_from(direction, part, at_us, Origin::Given, None);
    }

    /// One more segment, and how it is known who sent it.
    pub fn push_from(
        &mut self,
        direction: Direction,
        part: &Stream,
        at_us: Option<i64>,
        origin: Origin,
        label: Option<u16>,
    ) {
        if part.is_empty() {
            return;
        }
        let stream = self.stream_mut(direction);
        let start = stream.len();
        stream.append(part);
        let span = Span::new(start, stream.len());
        self.segments.push(Segment { direction, span, at_us, origin, label, is_turned: false });
    }

    /// One more segment, whose bytes stand one behind the other in the input, from `source` on.
    pub fn push_run(&mut self, direction: Direction, bytes: &[u8], source: usize, at_us: Option<i64>) {
        if bytes.is_empty() {
            return;
        }
        let stream = self.stream_mut(direction);
        let start = stream.len();
        stream.push_run(bytes, source);
        let span = Span::new(start, stream.len());
        let origin = Origin::Given;
        self.segments.push(Segment { direction, span, at_us, origin, label: None, is_turned: false });
    }

    /// So many bytes of one end are missing behind those that are here.
    pub fn miss(&mut self, direction: Direction, bytes: u64) {
        let (at, behind) = (self.stream(direction).len(), self.segments.len());
        let [frontend, backend] = &mut self.recorded.get_or_insert_default().gaps;
        let gaps = if direction == Direction::Frontend { frontend } else { backend };
        match gaps.last_mut() {
            Some(last) if last.at == at => last.bytes = last.bytes.saturating_add(bytes),
            _ => gaps.push(Gap { at, behind, bytes }),
        }
    }

    /// Whether something of it is not in the recording.
    pub fn has_gaps(&self) -> bool {
        self.recorded.as_ref().is_some_and(|recorded| recorded.gaps.iter().any(|gaps| !gaps.is_empty()))
    }

    /// What is not in the recording of what one end said, in order.
    pub fn gaps(&self, direction: Direction) -> &[Gap] {
        let gaps = self.recorded.as_ref().and_then(|recorded| recorded.gaps.get(direction.index()));
        gaps.map_or(&[], Vec::as_slice)
    }

    /// The addresses of client and server, where they are known.
    pub fn ends(&self) -> [&str; 2] {
        self.recorded.as_ref().map_or(["", ""], |recorded| recorded.ends.each_ref().map(String::as_str))
    }

    /// Says between whom it is: client and server. Nothing where one of them is not known.
    pub fn between(&mut self, ends: [&str; 2]) {
        if ends.iter().all(|end| !end.is_empty()) {
            self.recorded.get_or_insert_default().ends = ends.map(str::to_owned);
        }
    }

    /// How it ended, if it was recorded.
    pub fn closing(&self) -> Closing {
        self.recorded.as_ref().map(|recorded| recorded.closing).unwrap_or_default()
    }

    /// Whether the recording tells that it is over.
    pub fn is_closed(&self) -> bool {
        self.closing().is_over
    }

    /// What stands in its file beside the packets.
    pub fn kept(&self) -> Option<&Beside> {
        self.recorded.as_ref()?.kept.as_ref()
    }

    /// What people remarked at the packets whose first bytes these of a direction's stream are, in order.
    pub fn remarks(&self, direction: Direction, span: Span) -> Vec<String> {
        self.kept().map(|beside| beside.0.remarks(&self.stream(direction).map, span)).unwrap_or_default()
    }

    /// The first gap that is not before this byte of an end's stream.
    pub fn gap_from(&self, direction: Direction, at: usize) -> Option<Gap> {
        let gaps = self.gaps(direction);
        gaps.get(gaps.partition_point(|gap| gap.at < at)).copied()
    }

    /// An exchange of one direction alone.
    pub fn one_sided(direction: Direction, stream: Stream, sides: Sides) -> Self {
        let span = Span::new(0, stream.len());
        let mut exchange = Exchange { sides, ..Exchange::default() };
        if !stream.is_empty() {
            let origin = if sides == Sides::Given { Origin::Given } else { Origin::Unknown };
            exchange.segments.push(Segment { direction, span, at_us: None, origin, label: None, is_turned: false });
        }
        *exchange.stream_mut(direction) = stream;
        exchange
    }

    /// An exchange of two recorded streams whose common order is not known.
    pub fn two_streams(frontend: Stream, backend: Stream) -> Self {
        let mut exchange = Exchange { order: Order::Unknown, ..Exchange::default() };
        exchange.push(Direction::Frontend, &frontend, None);
        exchange.push(Direction::Backend, &backend, None);
        exchange
    }

    /// The same bytes with the two ends swapped.
    pub fn swapped(mut self) -> Self {
        self.streams.reverse();
        self.segments.iter_mut().for_each(|segment| segment.direction = segment.direction.other());
        if let Some(recorded) = &mut self.recorded {
            recorded.ends.reverse();
            recorded.gaps.reverse();
            recorded.closing = recorded.closing.swapped();
        }
        self
    }

    /// The same pieces, each sent by whom `directions` says.
    pub fn directed(&self, directions: &[Direction]) -> Self {
        let (order, sides, beginning) = (self.order, self.sides, self.beginning);
        let labels = self.labels.clone();
        let mut out = Self { order, sides, beginning, is_partial: self.is_partial, labels, ..Self::default() };
        out.recorded = self.recorded_of_all();
        for (segment, direction) in self.segments.iter().zip(directions) {
            let gap = self.gap_from(segment.direction, segment.span.start);
            if let Some(gap) = gap.filter(|gap| gap.at == segment.span.start) {
                out.miss(*direction, gap.bytes);
            }
            let part = self.stream(segment.direction).part(segment.span);
            out.push_from(*direction, &part, segment.at_us, segment.origin, segment.label);
            if let Some(last) = out.segments.last_mut() {
                last.is_turned = segment.is_turned;
            }
        }
        out
    }

    /// The segment, `from` one on, with which all bytes before `end` of a direction had arrived.
    pub fn arrived_with(&self, direction: Direction, end: usize, from: usize) -> Option<usize> {
        let rest = self.segments.get(from..).unwrap_or_default();
        let ends_in = rest.iter().position(|one| one.direction == direction && one.span.end >= end);
        ends_in.map(|nth| from + nth)
    }

    /// Puts behind it what was said then on the same connection.
    pub fn append(&mut self, then: &Exchange) {
        if let Some(kept) = then.kept() {
            self.recorded.get_or_insert_default().kept = Some(kept.clone());
        }
        self.append_behind(then, [0, 0]);
    }

    /// What stands behind these places of both streams, by [`Direction::index`].
    pub fn behind(&self, ends: [usize; 2]) -> Self {
        let (order, sides, labels, is_partial) = (self.order, self.sides, self.labels.clone(), self.is_partial);
        let mut out = Self { order, sides, labels, is_partial, ..Self::default() };
        out.recorded = self.recorded_of_all();
        out.append_behind(self, ends);
        out
    }

    fn append_behind(&mut self, then: &Exchange, ends: [usize; 2]) {
        let end = |direction: Direction| ends.get(direction.index()).copied().unwrap_or_default();
        for (nth, segment) in then.segments.iter().enumerate() {
            self.miss_of(then, nth, ends);
            let span = Span::new(segment.span.start.max(end(segment.direction)), segment.span.end);
            if span.start < span.end {
                let part = then.stream(segment.direction).part(span);
                self.push_from(segment.direction, &part, segment.at_us, segment.origin, segment.label);
            }
        }
        self.miss_of(then, then.segments.len(), ends);
    }

    /// What the recording tells of the whole connection.
    fn recorded_of_all(&self) -> Option<Box<Recorded>> {
        self.recorded.as_ref().map(|all| Box::new(Recorded { gaps: Default::default(), ..Recorded::clone(all) }))
    }

    /// What is missing in another behind so many of its segments.
    fn miss_of(&mut self, then: &Exchange, segments: usize, ends: [usize; 2]) {
        if !then.has_gaps() {
            return;
        }
        for (direction, end) in Direction::BOTH.into_iter().zip(ends) {
            let here = then.gaps(direction).iter().filter(|gap| gap.behind == segments && gap.at >= end);
            here.for_each(|gap| self.miss(direction, gap.bytes));
        }
    }

    /// Turns pieces round, against what is guessed of them or what the input says: those that the input calls `which`, or
    /// the one with that number, counted from 1. Says how many there were.
    pub fn turn(&mut self, which: &str) -> usize {
        let label = self.labels.iter().position(|label| label.eq_ignore_ascii_case(which));
        let number = which.parse::<usize>().ok().filter(|_| label.is_none());
        let mut turned = 0;
        for (nth, segment) in self.segments.iter_mut().enumerate() {
            if label.is_some_and(|label| segment.label.map(usize::from) == Some(label)) || number == Some(nth + 1) {
                segment.is_turned = !segment.is_turned;
                turned += 1;
            }
        }
        if turned > 0 && self.sides == Sides::Given {
            self.sides = Sides::Unknown;
        }
        turned
    }

    /// Whether nobody said anything.
    pub fn is_empty(&self) -> bool {
        self.segments.is_empty()
    }
}
