//! All frames of an exchange, in the order in which they were said, found in one pass.
//!
//! The index is columnar and small: where a frame is, which message it is, and what must be known to read it. Trees are
//! built when somebody looks. It keeps no bytes. The pass may be made in slices, and what was found so far can be asked for.

pub(crate) mod building;
pub(crate) mod missing;

use std::ops::Range;

use building::Building;
pub(crate) use building::is_all;
use pgscope_proto::conversation::{Asks, Phase};
use pgscope_proto::frame::Fault;
use pgscope_proto::messages::{extended_query, simple_query};
use pgscope_proto::{Context, CopyContent, Direction, Exchange, Message, Order, Problem, Span};

use crate::binary_copy::BinaryCopy;
use crate::connection::Connection;
use crate::follow::{Described, Log, NONE, Noted, Said, Statement, before_startup, outstanding};

/// How often the state of the connection is kept, in frames.
const CHECKPOINT: usize = 4096;
const COPY_HEADER: usize = 5;
/// How much of an exchange shows whether it begins in the middle of something.
const HEAD: usize = 64 << 10;
const HEAD_FRAMES: usize = 500;
/// In so many bytes it mostly shows whether a connection begins.
const FIRST_WORDS: usize = 256;

/// What must be known of a frame to read it, in 32 bits.
#[derive(Clone, Copy, Debug)]
struct Note(u8);

impl Note {
    const BACKEND: u8 = 1;
    const STREAMED: u8 = 2;
    const FAULTY: u8 = 4;

    fn new(direction: Direction, connection: &Connection, faulty: bool) -> Self {
        let content = (connection.content_from(direction) as u8) << 4;
        let backend = if direction == Direction::Backend { Self::BACKEND } else { 0 };
        let streamed = if connection.streamed { Self::STREAMED } else { 0 };
        let faulty = if faulty { Self::FAULTY } else { 0 };
        Self(content | backend | streamed | faulty)
    }

    fn has(self, bit: u8) -> bool {
        self.0 & bit != 0
    }

    fn content(self) -> CopyContent {
        match self.0 >> 4 {
            1 => CopyContent::Text,
            2 => CopyContent::Binary,
            3 => CopyContent::Physical,
            4 => CopyContent::Logical,
            5 => CopyContent::OtherPlugin,
            6 => CopyContent::BaseBackup,
            _ => CopyContent::Unknown,
        }
    }
}

/// A binary COPY in one direction, and the messages that carry it.
#[derive(Clone, Debug)]
pub(crate) struct CopyRun {
    /// The frame of the response with which it began.
    pub(crate) from: usize,
    pub(crate) direction: Direction,
    pub(crate) copy: BinaryCopy,
    /// For each CopyData of the run: its frame, and where its data begin in the COPY data.
    pub(crate) carriers: Vec<(u32, usize)>,
}

/// One frame of the index.
#[derive(Clone, Copy, Debug)]
pub struct Entry {
    /// Its number in the exchange, from 0.
    pub number: usize,
    /// Who sent it.
    pub direction: Direction,
    /// Where it is in the stream of that direction.
    pub span: Span,
    /// Which message it is.
    pub message: &'static Message,
    /// What is wrong with its borders.
    pub fault: Option<Fault>,
    note: Note,
}

impl Entry {
    /// What the decoder must know to read it.
    pub fn context(&self) -> Context {
        Context {
            direction: self.direction,
            copy: self.note.content(),
            streamed: self.note.has(Note::STREAMED),
            incomplete: matches!(self.fault, Some(Fault::Cut { .. })),
        }
    }

    /// Where its length stands: behind its type, if it has one.
    pub fn length_word(&self) -> Span {
        let has_tag = || self.message.fields.first().is_some_and(|field| field.id == "tag");
        let start = usize::from(self.message.tag().is_some() || self.message.field.id == "unknown" || has_tag());
        Span::new(start, start + 4)
    }
}

/// The frames of an exchange.
#[derive(Clone, Debug, Default)]
pub struct Index {
    starts: Vec<usize>,
    lengths: Vec<u32>,
    messages: Vec<&'static Message>,
    notes: Vec<Note>,
    faults: Vec<(u32, Fault)>,
    /// The frames of each direction; nothing where only one end is heard, whose frames are all.
    by_direction: [Vec<u32>; 2],
    is_one_sided: bool,
    phases: Vec<(u32, Phase)>,
    pub(crate) runs: Vec<CopyRun>,
    checkpoints: Vec<Connection>,
    log: Log,
    /// What goes on with the pass, until it is done.
    building: Option<Box<Building>>,
    /// Whether the order across the directions was inferred from cause and effect.
    pub order_is_inferred: bool,
}

/// So many rows behind their description are looked at of a server that is heard alone.
const MOST_ROWS: usize = 64;

impl Index {
    /// Finds all frames of `exchange`.
    pub fn new(exchange: &Exchange) -> Self {
        let mut index = Self::begin(exchange);
        index.more(exchange, usize::MAX);
        index
    }

    /// The index of an exchange of which nothing has been looked at yet.
    pub fn begin(exchange: &Exchange) -> Self {
        let is_one_sided = exchange.streams.iter().any(|stream| stream.is_empty());
        let unseen = if is_one_sided { 0 } else { Self::outstanding(exchange, false) };
        Self { building: Some(Box::new(Building::new(exchange, unseen))), is_one_sided, ..Self::default() }
    }

    /// The index of an exchange that goes on, of which this is the beginning. [`Index::more`] finds the frames that are whole, until
    /// [`Index::end`] is called.
    pub fn begin_open(exchange: &Exchange) -> Self {
        let is_one_sided = exchange.streams.iter().any(|stream| stream.is_empty());
        let unseen = if is_one_sided { 0 } else { Self::outstanding(exchange, true) };
        let building = Building::new(exchange, unseen).open();
        Self { building: Some(Box::new(building)), is_one_sided, ..Self::default() }
    }

    /// Nothing more will come: what is left is looked at as it is.
    pub fn end(&mut self, exchange: &Exchange) {
        if let Some(building) = &mut self.building {
            building.close(exchange);
        }
        self.more(exchange, usize::MAX);
    }

    /// Where the frames end that were found, in the stream of each direction.
    pub fn ends(&self) -> [usize; 2] {
        let last = |direction: Direction| {
            let of_all = self.by_direction.get(direction.index()).and_then(|numbers| numbers.last().copied());
            let number =
                if self.is_one_sided { self.len().checked_sub(1) } else { of_all.map(|number| number as usize) };
            number.and_then(|number| self.entry(number)).filter(|entry| entry.direction == direction)
        };
        Direction::BOTH.map(|direction| last(direction).map_or(0, |entry| entry.span.end))
    }

    /// The index of an exchange that goes on where the frames of this one end ([`Exchange::behind`] their [`Index::ends`]). It knows the
    /// phase; what was asked and described before is unknown to it. None where this one is not open.
    pub fn anew(&self, is_one_sided: bool) -> Option<Self> {
        let building = self.building.as_ref()?.anew(is_one_sided, self.ends());
        Some(Self { building: Some(Box::new(building)), is_one_sided, ..Self::default() })
    }

    /// Whether the last that was said is that the server waits for a query, and nothing is owed.
    pub fn is_at_rest(&self) -> bool {
        self.building.as_ref().is_some_and(|building| building.is_at_rest())
    }

    /// How many of the server's first messages answer what was asked before the recording.
    fn outstanding(exchange: &Exchange, is_open: bool) -> u32 {
        let begins = Index { building: Some(Box::new(Building::new(exchange, 0))), ..Self::default() };
        begins.outstanding_in(exchange, is_open)
    }

    fn outstanding_in(mut self, exchange: &Exchange, is_open: bool) -> u32 {
        self.more(exchange, FIRST_WORDS);
        if let Some(leading) = before_startup(&self.head(exchange)) {
            return leading;
        }
        self.more(exchange, HEAD);
        let is_cut = is_open || self.building.is_some() || self.len() > HEAD_FRAMES;
        outstanding(&self.head(exchange), exchange.order == Order::Recorded, is_cut)
    }

    /// The first frames that were found.
    fn head<'a>(&self, exchange: &'a Exchange) -> Vec<Said<'a>> {
        let said = |number: usize| {
            let entry = self.entry(number)?;
            let (direction, message) = (entry.direction, entry.message);
            let bytes = entry.span.of(&exchange.stream(direction).bytes);
            Some(Said { number: number as u32, direction, message, bytes })
        };
        (0..self.len().min(HEAD_FRAMES)).filter_map(said).collect()
    }

    /// Finds the frames of some `bytes` more of the same exchange; says whether there is still more.
    pub fn more(&mut self, exchange: &Exchange, bytes: usize) -> bool {
        let Some(mut building) = self.building.take() else { return false };
        if building.go_on(self, exchange, bytes) {
            self.building = Some(building);
        }
        self.building.is_some()
    }

    /// How many bytes of the exchange the pass has behind it; nothing where it is done.
    pub fn reached(&self) -> Option<usize> {
        self.building.as_ref().map(|building| building.reached())
    }

    /// How many frames there are.
    pub fn len(&self) -> usize {
        self.starts.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.starts.is_empty()
    }

    /// How much memory it takes for its frames, reserves left out.
    pub fn size_in_bytes(&self) -> usize {
        let columns = size_of_val(self.starts.as_slice())
            + size_of_val(self.lengths.as_slice())
            + size_of_val(self.messages.as_slice())
            + size_of_val(self.notes.as_slice())
            + self.by_direction.iter().map(|numbers| size_of_val(numbers.as_slice())).sum::<usize>();
        let carriers: usize = self.runs.iter().map(|run| size_of_val(run.carriers.as_slice())).sum();
        columns
            + carriers
            + size_of_val(self.faults.as_slice())
            + size_of_val(self.phases.as_slice())
            + size_of_val(self.checkpoints.as_slice())
            + self.log.size_in_bytes()
    }

    /// The frame with this number.
    pub fn entry(&self, number: usize) -> Option<Entry> {
        let note = *self.notes.get(number)?;
        let start = *self.starts.get(number)?;
        let fault = if note.has(Note::FAULTY) { self.fault(number) } else { None };
        Some(Entry {
            number,
            direction: if note.has(Note::BACKEND) { Direction::Backend } else { Direction::Frontend },
            span: Span::new(start, start + *self.lengths.get(number)? as usize),
            message: self.messages.get(number)?,
            fault,
            note,
        })
    }

    /// Makes room for `times` as many frames, so that the columns need not be copied while they grow.
    fn reserve(&mut self, times: usize) {
        fn grow<T>(column: &mut Vec<T>, times: usize) {
            column.reserve_exact(column.len().saturating_mul(times.saturating_sub(1)));
        }
        grow(&mut self.starts, times);
        grow(&mut self.lengths, times);
        grow(&mut self.messages, times);
        grow(&mut self.notes, times);
        self.by_direction.iter_mut().for_each(|numbers| grow(numbers, times));
    }

    /// Joins unreadable bytes to those right before them: the framer gives long runs in pieces.
    #[cold]
    #[inline(never)]
    fn extend_unreadable(&mut self, direction: Direction, span: Span) -> bool {
        let last = self.len().checked_sub(1).and_then(|number| self.entry(number));
        let joins = last.is_some_and(|last| {
            last.fault == Some(Fault::Unreadable) && last.direction == direction && last.span.end == span.start
        });
        if joins && let Some(length) = self.lengths.last_mut() {
            *length += span.len() as u32;
        }
        joins
    }

    fn fault(&self, number: usize) -> Option<Fault> {
        let at = self.faults.binary_search_by_key(&(number as u32), |(frame, _)| *frame).ok()?;
        self.faults.get(at).map(|(_, fault)| *fault)
    }

    /// The frame that holds the byte at `offset` of a direction's stream.
    pub fn frame_at(&self, direction: Direction, offset: usize) -> Option<Entry> {
        let last = if self.is_one_sided {
            self.starts.partition_point(|start| *start <= offset).checked_sub(1)?
        } else {
            let numbers = self.by_direction.get(direction.index())?;
            let begins = |number: &u32| self.starts.get(*number as usize).is_some_and(|start| *start <= offset);
            *numbers.get(numbers.partition_point(begins).checked_sub(1)?)? as usize
        };
        let entry = self.entry(last).filter(|entry| entry.direction == direction)?;
        entry.span.contains(offset).then_some(entry)
    }

    /// What the follower found in the frame with this number.
    pub(crate) fn noted_in(&self, number: usize) -> impl Iterator<Item = &Noted> {
        self.log.noted_in(number)
    }

    /// How many messages stand where they may not, as far as that is certain.
    pub fn misplaced(&self) -> usize {
        self.log.noted().iter().filter(|noted| noted.is_certain).count()
    }

    pub(crate) fn log(&self) -> &Log {
        &self.log
    }

    /// Whether only one end is heard.
    pub fn is_one_sided(&self) -> bool {
        self.is_one_sided
    }

    /// Whether it is sure which request the frame with this number answers, or is.
    pub(crate) fn is_sure(&self, number: usize) -> bool {
        !self.is_one_sided && self.log.is_sure(number)
    }

    /// Whether something is not in the recording between two messages: the one may be about something else than the other.
    pub fn is_gap_between(&self, from: usize, to: usize) -> bool {
        self.log.is_gap_between(from, to)
    }

    /// What the client asks with the frame of this number.
    pub(crate) fn asked(&self, number: usize) -> Option<Asks> {
        self.log.asked_by(number).map(|(_, asked)| asked.asks())
    }

    /// The frames that the same end said right before and right behind one.
    pub(crate) fn neighbours(&self, entry: &Entry) -> impl Iterator<Item = Entry> {
        let before = entry.span.start.checked_sub(1).and_then(|at| self.frame_at(entry.direction, at));
        before.into_iter().chain(self.frame_at(entry.direction, entry.span.end))
    }

    /// The phase in which the frame was said.
    pub fn phase(&self, number: usize) -> Phase {
        let after = self.phases.partition_point(|(from, _)| *from as usize <= number);
        after.checked_sub(1).and_then(|at| self.phases.get(at)).map_or(Phase::Startup, |(_, phase)| *phase)
    }

    /// The request that the frame answers, if it answers one.
    pub fn request(&self, number: usize) -> Option<usize> {
        let entry = self.entry(number).filter(|entry| entry.direction == Direction::Backend && !self.is_one_sided)?;
        self.log.answered_by(entry.number).map(|asked| asked.frame as usize)
    }

    /// What describes the columns of the DataRow with this number.
    pub fn row_description(&self, number: usize) -> Option<Described> {
        self.log.description(number)
    }

    /// Whether it is known in which formats the values of this row are: a statement is described before that is asked for. Of a server that is heard alone
    /// what is described and followed by its rows at once is no statement.
    pub fn are_formats_known(&self, row: usize, described: Described) -> bool {
        let by = described.by as usize;
        let asks = |number: usize| self.request(number).and_then(|request| self.asked(request));
        if self.is_sure(row) {
            return described.bind.is_some() || asks(by) == Some(Asks::Query);
        }
        let is = |number: usize, message: &Message| self.entry(number).is_some_and(|entry| entry.message == message);
        let is_of_statement =
            by.checked_sub(1).is_some_and(|before| is(before, &extended_query::PARAMETER_DESCRIPTION));
        let is_followed =
            || row.saturating_sub(by) <= MOST_ROWS && (by + 1..=row).all(|number| is(number, &simple_query::DATA_ROW));
        self.is_one_sided && !is_of_statement && is_followed()
    }

    /// The same, and of which messages all this is so.
    pub fn row_description_of(&self, number: usize) -> Option<(Described, Range<usize>)> {
        self.log.description_of_rows(number)
    }

    /// The ParameterDescription or Parse that gives the types of a Bind's parameters.
    pub fn parameter_description(&self, number: usize) -> Option<usize> {
        let statement = self.statement_of(number)?;
        let by = if statement.parameters == NONE { statement.parse } else { statement.parameters };
        (by != NONE).then_some(by as usize)
    }

    /// The Parse of the statement that a Bind is for.
    pub fn parse_of(&self, number: usize) -> Option<usize> {
        self.statement_of(number)
            .map(|statement| statement.parse)
            .filter(|parse| *parse != NONE)
            .map(|parse| parse as usize)
    }

    /// The RowDescription that is known of the statement of a Bind.
    pub(crate) fn described_by(&self, bind: usize) -> Option<usize> {
        self.statement_of(bind).map(|statement| statement.described).filter(|by| *by != NONE).map(|by| by as usize)
    }

    /// The Bind of the portal that an Execute or a Describe names.
    pub fn bind_of(&self, request: usize) -> Option<usize> {
        let (_, asked) = self.log.asked_by(request)?;
        let is_of_portal = matches!(asked.asks(), Asks::Execute | Asks::DescribePortal) && !self.is_one_sided;
        let (bind, _) = if is_of_portal { self.log.names.bound(asked.means()) } else { (NONE, NONE) };
        // One that has failed is meant all the same by what was thrown away with it.
        let own = self.log.names.made_by(asked.means());
        let is_own = own != bind && is_of_portal && self.log.is_one_round(own, request);
        let bind = if is_own { own } else { bind };
        (bind != NONE).then_some(bind as usize)
    }

    /// The Parse of the statement that a Describe names.
    pub fn parse_described(&self, request: usize) -> Option<usize> {
        let (_, asked) = self.log.asked_by(request).filter(|(_, asked)| asked.asks() == Asks::DescribeStatement)?;
        let statement = self.log.names.statement(asked.means())?;
        (statement.parse != NONE).then_some(statement.parse as usize)
    }

    /// The statement that a Bind is for.
    fn statement_of(&self, number: usize) -> Option<&Statement> {
        let (_, asked) = self.log.asked_by(number).filter(|(_, asked)| asked.asks() == Asks::Bind)?;
        if self.is_one_sided {
            return self.log.names.statement(asked.means());
        }
        let own = self.log.names.named_and_failed(asked.means());
        let own = own.filter(|own| self.log.is_one_round(own.parse, number));
        own.or_else(|| self.log.names.named_by(asked.means()))
    }

    /// The state of the connection before frame `number`: from the nearest checkpoint, not from the beginning.
    pub fn connection_before(&self, exchange: &Exchange, number: usize) -> Connection {
        let checkpoint = number / CHECKPOINT;
        let mut connection = self.checkpoints.get(checkpoint).cloned().unwrap_or_default();
        for entry in (checkpoint * CHECKPOINT..number).filter_map(|frame| self.entry(frame)) {
            let bytes = entry.span.of(&exchange.stream(entry.direction).bytes);
            connection.step(entry.direction, entry.message, bytes, entry.note.content());
        }
        connection
    }

    /// The binary COPY that a CopyData belongs to, and where its data begin in it.
    pub(crate) fn run_of(&self, number: usize) -> Option<(&CopyRun, usize)> {
        let after = self.runs.partition_point(|run| run.from <= number);
        let run = self.runs.get(after.checked_sub(1)?)?;
        let at = run.carriers.binary_search_by_key(&(number as u32), |(frame, _)| *frame).ok()?;
        run.carriers.get(at).map(|(_, start)| (run, *start))
    }

    /// Whether the binary COPY that ends with this frame ends inside one of its structures; and its last piece.
    pub(crate) fn binary_cut(&self, number: usize) -> Option<usize> {
        let after = self.runs.partition_point(|run| run.from <= number);
        let run = self.runs.get(after.checked_sub(1)?)?;
        let (last, _) = *run.carriers.last()?;
        let is_its_end = (last as usize + 1..number)
            .all(|between| self.entry(between).is_some_and(|one| one.direction != run.direction));
        (run.copy.is_cut() && is_its_end && (last as usize) < number).then_some(last as usize)
    }

    /// What stopped the reading of a binary COPY in this frame, with its place in the frame's bytes.
    pub(crate) fn binary_problem(&self, number: usize) -> Option<Problem> {
        let (run, start) = self.run_of(number)?;
        let problem = run.copy.problem.as_ref()?;
        let next = run.carriers.partition_point(|(frame, _)| *frame as usize <= number);
        let end = run.carriers.get(next).map_or(run.copy.len(), |(_, start)| *start);
        let at = problem.span.end.checked_sub(1).filter(|at| (start..end).contains(at))?;
        let first = problem.span.start.max(start);
        let mut problem = problem.clone();
        problem.span = Span::new(COPY_HEADER + first - start, COPY_HEADER + at + 1 - start);
        Some(problem)
    }
}
