//! COPY in text and CSV as a stream in a stream: lines and columns across the borders of CopyData, under the names of the columns.
//!
//! How the data are written only the SQL tells ([`commands`]). The frames are followed once, as far as somebody asks; where a CopyData
//! begins inside a line it is noted in which state, so that each can be opened by itself. It does not know how anything is shown.

mod command;
mod scan;
mod value;
mod words;

use std::borrow::Cow;

use pgscope_proto::messages::{copy, unknown};
use pgscope_proto::schema::Field;
use pgscope_proto::{CopyContent, Direction, Exchange, Node, Problem, Reading, Span, Tree, read};

use crate::index::{Entry, Index};
pub use command::{Command, Form, Which, commands};
use scan::{Part, State, What};
pub use value::Said;

/// A line of this ends the data.
const MARK: &[u8] = b"\\.";

/// Where the data of CopyData begin.
const COPY_HEADER: usize = 5;
/// Parts that a CopyData is taken apart into: it may have a gigabyte.
const MOST_PARTS: usize = 1 << 19;
/// How much of a value, or of a line with names, is put together from several messages, and from how many.
const MOST_TOGETHER: usize = 16 << 10;
const MOST_PIECES: usize = 256;
/// How many messages are looked at to see whether the data go on.
const MOST_BETWEEN: usize = 64;

/// The COPYs of an exchange whose data are lines, as far as it was followed.
#[derive(Clone, Debug, Default)]
pub struct TextCopies {
    runs: Vec<Run>,
    reached: usize,
}

/// One of them.
#[derive(Clone, Debug)]
struct Run {
    /// The response with which it began.
    from: usize,
    /// The request that it answers.
    request: usize,
    /// How many COPYs came before it in the answer to the request.
    nth: usize,
    direction: Direction,
    /// What the SQL says of it; nothing where it was not seen, or says something else.
    command: Option<Command>,
    /// How many columns the response announces.
    columns: usize,
    /// The names of the columns, as far as they are known.
    names: Vec<String>,
    /// The first line, while it is read for its names.
    header: Vec<u8>,
    /// Where the pieces begin that do not begin with a line.
    begins: Vec<(usize, Begin)>,
    /// Where the next piece begins.
    next: Begin,
    /// The first message with a line that ends the data in CSV, as servers before 18 read it.
    mark: Option<usize>,
    /// The frame behind which no more data count.
    end: Option<usize>,
}

/// Where a piece of the data begins.
#[derive(Clone, Copy, Debug)]
struct Begin {
    state: State,
    /// Where the column began that goes on here: its frame, and the place in the data of that.
    column: (usize, usize),
}

/// What is known of a column of a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told<'a> {
    /// Its name; empty if it is not known.
    pub name: String,
    /// What it says.
    pub said: Said<'a>,
    /// Whether only the beginning of it was put together.
    pub is_cut: bool,
    /// The messages that carry it, where they are several.
    pub pieces: Vec<usize>,
}

impl TextCopies {
    /// Puts the columns of a CopyData below its lines, and gives what is wrong with their number. `tree` is that of the frame.
    pub fn open(&mut self, exchange: &Exchange, index: &Index, entry: &Entry, tree: &mut Tree) -> Vec<Problem> {
        self.follow(exchange, index, entry.number);
        let Some((run, command)) = self.run_of(entry) else { return Vec::new() };
        let Some(at) = tree.nodes.iter().rposition(|node| node.field.id == "data") else { return Vec::new() };
        let Some(data) = tree.nodes.get(at).copied() else { return Vec::new() };
        let begin = run.begin(entry.number).state;
        let payload = data.span().of(entry.span.of(&exchange.stream(entry.direction).bytes));
        let (mut parts, mut state) = (Vec::new(), begin);
        state.read(command, payload, &mut |part| {
            if parts.len() < MOST_PARTS {
                parts.push(part);
            }
        });
        let goes_on = state.is_begun && next_piece(index, entry).is_some();
        if goes_on && parts.last().is_some_and(|last| last.what == What::Column && last.start == last.end) {
            parts.pop();
        }
        tree.nodes.truncate(at + 1);
        let behind = if state.is_over { &copy::TEXT_BEHIND } else { &unknown::MORE };
        let mut lines = Lines { tree, data, number: 0 };
        let mut problems = Vec::new();
        let mut rest = parts.as_slice();
        let is_mark = |part: &Part| payload.get(part.start..part.end) == Some(MARK);
        // Behind a line that may have ended the data nobody knows whether anything counts.
        let mut may_be_over = run.mark.is_some_and(|mark| mark < entry.number);
        while !rest.is_empty() {
            let length = rest.iter().position(|part| part.what == What::End).map_or(rest.len(), |at| at + 1);
            let (line, behind) = rest.split_at_checked(length).unwrap_or((rest, &[]));
            let from_before = lines.number == 0 && begin.is_begun;
            let is_open = behind.is_empty() && goes_on;
            problems.extend(run.count(command, line, &data, payload).filter(|_| {
                let is_header = command.has_header && begin.is_first && lines.number == 0;
                !is_open && !is_header && !may_be_over && index.is_sure(run.from)
            }));
            may_be_over |= line.iter().any(is_mark);
            lines.add(line, from_before, is_open);
            rest = behind;
        }
        lines.fill_up(behind);
        problems
    }

    /// What is known of the column at a node of a CopyData that was opened.
    pub fn told<'a>(
        &mut self,
        exchange: &'a Exchange,
        index: &Index,
        entry: &Entry,
        tree: &Tree,
        node: usize,
    ) -> Option<Told<'a>> {
        let column = tree.nodes.get(node).filter(|node| std::ptr::eq(node.field, &copy::TEXT_COLUMN))?;
        self.follow(exchange, index, entry.number);
        let (run, command) = self.run_of(entry)?;
        let nth = column.ordinal? as usize;
        let is_first = tree.parent(node).and_then(|line| tree.nodes.get(line)?.ordinal) == Some(0);
        let begin = run.begin(entry.number);
        let bytes = entry.span.of(&exchange.stream(entry.direction).bytes);
        let is_header = is_first && begin.state.is_first && command.has_header;
        let name = run.names.get(nth).filter(|_| !is_header).cloned().unwrap_or_default();
        let named = Some(name.as_str()).filter(|name| !name.is_empty());
        if column.reading != Reading::Part {
            let said = command.said(column.span().of(bytes), named);
            return Some(Told { said, name, is_cut: false, pieces: Vec::new() });
        }
        let from_before = is_first && begin.state.is_begun && begin.state.column as usize == nth;
        let from = if from_before { begin.column } else { (entry.number, column.start as usize - COPY_HEADER) };
        let mut whole = Together::default();
        whole.gather(exchange, index, command, begin.state.inside(nth), (entry.direction, from));
        let said = match command.said(&whole.raw, named) {
            Said::Null => Said::Null,
            Said::Default => Said::Default,
            Said::Value(value) => Said::Value(Cow::Owned(value.into_owned())),
        };
        Some(Told { said, name, is_cut: whole.is_cut, pieces: whole.pieces })
    }

    /// How many frames were followed.
    pub fn reached(&self) -> usize {
        self.reached
    }

    /// The COPY that a CopyData belongs to, if it is known how its data are written.
    fn run_of(&self, entry: &Entry) -> Option<(&Run, &Command)> {
        let after = self.runs.partition_point(|run| run.from < entry.number);
        let run = self.runs.get(after.checked_sub(1)?)?;
        let is_its = run.direction == entry.direction && run.begins_before(entry.number);
        Some((run, run.command.as_ref().filter(|_| is_its && entry.message.field.id == "copydata")?))
    }

    fn follow(&mut self, exchange: &Exchange, index: &Index, to: usize) {
        for entry in (self.reached..=to).map_while(|number| index.entry(number)) {
            let bytes = entry.span.of(&exchange.stream(entry.direction).bytes);
            // Behind what is not in the recording nobody knows where a line begins.
            let gap = exchange.gap_from(entry.direction, entry.span.start);
            if let Some(run) = self.runs.last_mut()
                && gap.is_some_and(|gap| gap.at <= entry.span.end)
                && entry.direction == run.direction
            {
                run.end_at(entry.number);
            }
            match entry.message.field.id {
                "copyinresponse" | "copyoutresponse" => self.begin(exchange, index, &entry, bytes),
                id => {
                    if let Some(run) = self.runs.last_mut() {
                        run.hear(&entry, id, bytes);
                    }
                }
            }
            self.reached = entry.number + 1;
        }
    }

    /// A COPY begins. Of a binary one, and one that cannot be read, it is noted that there is nothing to read.
    fn begin(&mut self, exchange: &Exchange, index: &Index, entry: &Entry, bytes: &[u8]) {
        let is_in = entry.message.field.id == "copyinresponse";
        let request = index.request(entry.number).unwrap_or(usize::MAX);
        let before = self.runs.last().filter(|last| last.request == request);
        let nth = before.map_or(0, |last| last.nth + 1);
        let is_text = entry.context().copy == CopyContent::Text;
        let command = sql(exchange, index, request).and_then(|sql| commands(sql).into_iter().nth(nth));
        let command =
            command.filter(|copy| copy.is_from == is_in && matches!(copy.form, Form::Text | Form::Csv) && is_text);
        let next = Begin { state: State::new(is_in), column: (entry.number, 0) };
        self.runs.push(Run {
            from: entry.number,
            request,
            nth,
            direction: if is_in { Direction::Frontend } else { Direction::Backend },
            columns: bytes.get(6..8).map_or(0, |count| count.iter().fold(0, |sum, byte| sum << 8 | usize::from(*byte))),
            names: command.as_ref().map(|copy| copy.columns.clone()).unwrap_or_default(),
            command,
            header: Vec::new(),
            begins: Vec::new(),
            next,
            mark: None,
            end: None,
        });
    }
}

/// The SQL that a request runs.
fn sql<'a>(exchange: &'a Exchange, index: &Index, request: usize) -> Option<&'a [u8]> {
    let bytes = |number: usize| {
        let entry = index.entry(number)?;
        Some(entry.span.of(&exchange.stream(entry.direction).bytes))
    };
    match index.entry(request)?.message.field.id {
        "query" => read::first_text(bytes(request)?),
        "execute" => read::second_text(bytes(index.parse_of(index.bind_of(request)?)?)?),
        _ => None,
    }
}

impl Run {
    fn hear(&mut self, entry: &Entry, id: &str, bytes: &[u8]) {
        match id {
            "copydata" if entry.direction == self.direction && self.end.is_none() => self.read(entry.number, bytes),
            "copydone" | "copyfail" if entry.direction == self.direction => self.end_at(entry.number),
            "errorresponse" | "readyforquery" => self.end_at(entry.number),
            _ => {}
        }
    }

    fn end_at(&mut self, number: usize) {
        self.end = self.end.or(Some(number));
    }

    fn read(&mut self, number: usize, bytes: &[u8]) {
        let Some(command) = &self.command else { return };
        if !self.next.state.is_fresh() {
            self.begins.push((number, self.next));
        }
        let payload = bytes.get(COPY_HEADER..).unwrap_or_default();
        let was_first = self.next.state.is_first;
        if was_first && command.has_header && self.names.is_empty() {
            let room = MOST_TOGETHER.saturating_sub(self.header.len());
            self.header.extend_from_slice(payload.get(..room).unwrap_or(payload));
        }
        let begin = &mut self.next;
        let is_open = begin.state.is_begun;
        let (mut last, mut has_mark) = (None, false);
        begin.state.read(command, payload, &mut |part| {
            has_mark |= payload.get(part.start..part.end) == Some(MARK);
            last = Some(part);
        });
        if has_mark {
            self.mark = self.mark.or(Some(number));
        }
        // Where a column begins that does not end here.
        let starts = |part: &Part| part.start > 0 || !is_open;
        if let Some(part) = last.filter(|part| part.what != What::Delimiter && starts(part)) {
            begin.column = (number, part.start);
        }
        if was_first && !begin.state.is_first && !self.header.is_empty() {
            self.names = names(command, &std::mem::take(&mut self.header));
        }
    }

    /// Where a piece of the data begins.
    fn begin(&self, number: usize) -> Begin {
        match self.begins.binary_search_by_key(&number, |(frame, _)| *frame) {
            Ok(at) => self.begins.get(at).map_or(self.next, |(_, begin)| *begin),
            Err(_) => Begin { state: self.next.state.fresh(), column: (number, 0) },
        }
    }

    fn begins_before(&self, number: usize) -> bool {
        self.from < number && self.end.is_none_or(|end| number < end)
    }

    /// Whether a line has another number of columns than the response announced. `line` is all of it that is in this piece.
    fn count(&self, command: &Command, line: &[Part], data: &Node, payload: &[u8]) -> Option<Problem> {
        let (first, last) = (line.first()?, line.last()?);
        let count = last.column as usize + 1;
        // In CSV it ended the data until PostgreSQL 18.
        let is_mark = line.iter().any(|part| payload.get(part.start..part.end) == Some(MARK));
        if count == self.columns || self.columns == 0 || is_mark {
            return None;
        }
        // In some encodings of clients a delimiter may be a part of a character.
        std::str::from_utf8(payload.get(first.start..last.end)?).ok()?;
        let at = data.start as usize;
        let span = Span::new(at + first.start, at + last.end.max(first.start + 1)).intersection(data.span());
        let expected = columns_in_words(self.columns);
        let problem = |says: &str| {
            let message = format!("the line has {}, and the COPY has {expected}{says}", columns_in_words(count));
            Problem::error("L64", span, message, expected.clone()).because(self.from, "the response that says how many")
        };
        Some(match (command.is_from, count < self.columns) {
            (false, _) => problem("").warning(),
            (true, true) => {
                problem(": the server refuses it, with “missing data for column” if not for a value before")
            }
            (true, false) => problem(": the server refuses it with “extra data after last expected column”"),
        })
    }
}

fn columns_in_words(count: usize) -> String {
    if count == 1 { "1 column".to_owned() } else { format!("{count} columns") }
}

/// The next message with data of the same COPY, if there is one.
fn next_piece(index: &Index, entry: &Entry) -> Option<Entry> {
    let mut at = *entry;
    for _ in 0..MOST_BETWEEN {
        at = index.frame_at(at.direction, at.span.end)?;
        match at.message.field.id {
            "copydata" => return Some(at),
            "noticeresponse" | "parameterstatus" | "notificationresponse" | "flush" | "sync" => {}
            _ => return None,
        }
    }
    None
}

/// A column that lies in several messages, put together.
#[derive(Debug, Default)]
struct Together {
    raw: Vec<u8>,
    /// Whether it is longer than that.
    is_cut: bool,
    pieces: Vec<usize>,
}

impl Together {
    /// From the place on where it begins: a frame of this direction, and an offset in its data.
    fn gather(
        &mut self,
        exchange: &Exchange,
        index: &Index,
        command: &Command,
        mut state: State,
        (direction, (frame, offset)): (Direction, (usize, usize)),
    ) {
        let (mut piece, mut offset) = (index.entry(frame), COPY_HEADER + offset);
        while let Some(entry) = piece {
            let room = MOST_TOGETHER.saturating_sub(self.raw.len());
            if room == 0 || self.pieces.len() == MOST_PIECES {
                self.is_cut = true;
                return;
            }
            let bytes = entry.span.of(&exchange.stream(direction).bytes).get(offset..).unwrap_or_default();
            let some = bytes.get(..room).unwrap_or(bytes);
            self.pieces.push(entry.number);
            if self.read(command, &mut state, some) {
                return;
            }
            (piece, offset) = (next_piece(index, &entry), COPY_HEADER);
        }
    }

    /// Reads a piece; says whether the column ends in it.
    fn read(&mut self, command: &Command, state: &mut State, bytes: &[u8]) -> bool {
        let mut is_ended = false;
        state.read(command, bytes, &mut |part| {
            if !is_ended && matches!(part.what, What::Column | What::Mark) {
                self.raw.extend_from_slice(bytes.get(part.start..part.end).unwrap_or_default());
            }
            is_ended |= matches!(part.what, What::Delimiter | What::End);
        });
        is_ended
    }
}

/// The names in a first line.
fn names(command: &Command, line: &[u8]) -> Vec<String> {
    let (mut names, mut is_over) = (Vec::new(), false);
    State::new(true).read(command, line, &mut |part| {
        if part.what == What::Column && !is_over {
            names.push(match command.said(line.get(part.start..part.end).unwrap_or_default(), None) {
                Said::Value(name) => String::from_utf8_lossy(&name).into_owned(),
                Said::Null | Said::Default => String::new(),
            });
        }
        is_over |= part.what == What::End;
    });
    names
}

/// Lines, as they are put into the tree.
struct Lines<'t> {
    tree: &'t mut Tree,
    data: Node,
    number: u32,
}

impl Lines<'_> {
    fn add(&mut self, parts: &[Part], from_before: bool, goes_on: bool) {
        let (Some(first), Some(last)) = (parts.first(), parts.last()) else { return };
        let Some(line) = copy::COPY_TEXT_LINE.fields.first() else { return };
        let is_part = from_before || goes_on;
        self.push(line, (first.start, last.end), Some(self.number), 1, is_part);
        self.number += 1;
        for (nth, part) in parts.iter().enumerate() {
            let (field, ordinal) = match part.what {
                What::Column => (&copy::TEXT_COLUMN, Some(part.column)),
                What::Delimiter => (&copy::TEXT_DELIMITER, None),
                What::End => (&copy::TEXT_END, None),
                What::Mark => (&copy::TEXT_END_MARK, None),
            };
            let is_last = nth + 1 == parts.len();
            let is_part = (from_before && nth == 0) || (goes_on && is_last);
            self.push(field, (part.start, part.end), ordinal, 2, is_part && ordinal.is_some());
        }
    }

    fn push(
        &mut self,
        field: &'static Field,
        (start, end): (usize, usize),
        ordinal: Option<u32>,
        below: u8,
        is_part: bool,
    ) {
        let reading = if is_part { Reading::Part } else { Reading::Whole };
        let (start, end) = (self.data.start + start as u32, self.data.start + end as u32);
        self.tree.nodes.push(Node { field, start, end, ordinal, depth: self.data.depth + below, reading });
    }

    /// What stands behind the mark that ends the data, or is too much, so that the leaves still tile.
    fn fill_up(self, field: &'static Field) {
        let covered = self.tree.nodes.last().map_or(self.data.start, |node| node.end);
        let covered = if self.number == 0 { self.data.start } else { covered };
        if covered < self.data.end {
            self.tree.nodes.push(Node {
                field,
                start: covered,
                end: self.data.end,
                ordinal: None,
                depth: self.data.depth + 1,
                reading: Reading::Whole,
            });
        }
    }
}
