//! A frame as a tree, and what is wrong with it.

use pgscope_proto::foreign;
use pgscope_proto::frame::{self, Fault};
use pgscope_proto::messages::{copy, unknown};
use pgscope_proto::schema::Sender;
use pgscope_proto::{CopyContent, Direction, Exchange, Node, Problem, Reading, Severity, Span, Tree, decode, messages};

use crate::binary_copy::Item;
use crate::index::{CopyRun, Entry, Index};
use crate::{checks, mend};

const COPY_HEADER: usize = 5;

impl Index {
    /// Decodes the frame with this number into `tree`.
    pub fn tree(&self, exchange: &Exchange, number: usize, tree: &mut Tree) {
        let Some(entry) = self.entry(number) else { return };
        let bytes = entry.span.of(&exchange.stream(entry.direction).bytes);
        decode(entry.message, bytes, entry.context(), tree);
        if *entry.message == copy::COPY_DATA && entry.context().copy == CopyContent::Binary {
            self.graft_binary(exchange, &entry, tree);
        }
    }

    /// Everything that is wrong with the frame, spans counted from its start, and how to mend it where that is near
    /// certain. `tree` must be its own.
    ///
    /// It tries ways to read the frame: for all frames of an exchange, [`Index::problems`] gives the same without.
    pub fn problems_with_mends(&self, exchange: &Exchange, number: usize, tree: &Tree) -> Vec<Problem> {
        let mut problems = self.problems(exchange, number, tree);
        if !problems.is_empty() {
            #[cfg(feature = "whole")]
            mend(self, exchange, number, tree, &mut problems);
            #[cfg(not(feature = "whole"))]
            crate::later::mend(self, exchange, number, tree, &mut problems);
        }
        problems
    }

    /// Everything that is wrong with the frame, with those mends that cost nothing to find.
    pub fn problems(&self, exchange: &Exchange, number: usize, tree: &Tree) -> Vec<Problem> {
        let Some(entry) = self.entry(number) else { return Vec::new() };
        let bytes = entry.span.of(&exchange.stream(entry.direction).bytes);
        let mut problems: Vec<Problem> =
            entry.fault.map(|fault| self.of_fault(exchange, &entry, fault, tree)).into_iter().collect();
        problems.extend(of_type(&entry, bytes));
        problems.extend(of_limit(&entry, bytes));
        problems.extend(tree.problems.iter().cloned());
        problems.extend(checks::of_values(entry.message, tree, bytes));
        problems.extend(self.binary_problem(number));
        problems
    }

    fn of_fault(&self, exchange: &Exchange, entry: &Entry, fault: Fault, tree: &Tree) -> Problem {
        let of = |entry: &Entry| entry.span.of(&exchange.stream(entry.direction).bytes);
        let bytes = of(entry);
        match fault {
            Fault::WrongLength { right, proven } => {
                let off = off_by(entry, bytes, right);
                let is_same = |other: Entry| match other.fault {
                    Some(Fault::WrongLength { right, .. }) => off_by(&other, of(&other), right) == off,
                    _ => false,
                };
                wrong_length(entry, bytes, (right, proven), self.neighbours(entry).any(is_same))
            }
            Fault::Lacking { count } => lacking(entry, bytes, count, tree),
            Fault::Cut { missing } => cut(entry, bytes, missing),
            Fault::Unreadable => unreadable(entry, bytes),
            Fault::ImpossiblePacket => impossible_packet(bytes),
        }
    }

    /// The messages that carry the field of a binary COPY that byte `at` of this frame belongs to; none for other fields.
    pub fn carriers(&self, exchange: &Exchange, number: usize, at: usize) -> Vec<usize> {
        let Some((run, from)) = self.run_of(number) else { return Vec::new() };
        let Some(at) = at.checked_sub(COPY_HEADER).map(|at| from + at) else { return Vec::new() };
        let after = run.copy.items.partition_point(|item| item.start <= at);
        let Some(item) = after.checked_sub(1).and_then(|nth| run.copy.items.get(nth)) else { return Vec::new() };
        let stop = run.copy.problem.as_ref().map_or(run.copy.len(), |problem| problem.span.start);
        let end = run.copy.items.get(after).map_or(stop, |next| next.start).max(item.start);
        let inner = self.item_tree(exchange, run, item, end);
        let field = inner.at(at - item.start).and_then(|leaf| inner.nodes.get(leaf));
        let Some(span) = field.map(|field| field.span().shifted(item.start)) else { return Vec::new() };
        let first = run.carriers.partition_point(|(_, start)| *start <= span.start).saturating_sub(1);
        let carriers = run.carriers.iter().skip(first).take_while(|(_, start)| *start < span.end);
        carriers.map(|(frame, _)| *frame as usize).collect()
    }

    /// Puts the parts of the binary COPY that this CopyData carries below its data.
    fn graft_binary(&self, exchange: &Exchange, entry: &Entry, tree: &mut Tree) {
        let Some((run, from)) = self.run_of(entry.number) else { return };
        let Some(data) = tree.nodes.last().copied().filter(|node| node.field.id == "data") else { return };
        let part = Span::new(from, from + data.span().len());
        let first = run.copy.items.partition_point(|item| item.start <= part.start).saturating_sub(1);
        let stop = run.copy.problem.as_ref().map_or(run.copy.len(), |problem| problem.span.start);
        for (nth, item) in run.copy.items.iter().enumerate().skip(first).take_while(|(_, item)| item.start < part.end) {
            let end = run.copy.items.get(nth + 1).map_or(stop, |next| next.start).max(item.start);
            let overlap = Span::new(item.start, end).intersection(part);
            if overlap.is_empty() {
                continue;
            }
            let inner = self.item_tree(exchange, run, item, end);
            let at = data.start + (overlap.start - part.start) as u32;
            let within = Span::new(overlap.start - item.start, overlap.end - item.start);
            tree.graft(&inner, within, at, data.depth + 1);
        }
        fill_up(tree, data);
    }

    /// The tree of a header, row or trailer, which may lie in several messages.
    fn item_tree(&self, exchange: &Exchange, run: &CopyRun, item: &Item, end: usize) -> Tree {
        let bytes = self.gather(exchange, run, Span::new(item.start, end));
        let mut tree = Tree::new();
        let is_last_and_cut = end == run.copy.len() && !run.copy.is_complete();
        let context =
            pgscope_proto::Context { incomplete: is_last_and_cut, ..pgscope_proto::Context::new(run.direction) };
        decode(item.message, &bytes, context, &mut tree);
        tree
    }

    /// Bytes of the COPY data, from all messages that carry them.
    fn gather(&self, exchange: &Exchange, run: &CopyRun, span: Span) -> Vec<u8> {
        let stream = &exchange.stream(run.direction).bytes;
        let first = run.carriers.partition_point(|(_, start)| *start <= span.start).saturating_sub(1);
        let mut bytes = Vec::with_capacity(span.len());
        for (frame, start) in run.carriers.iter().skip(first).take_while(|(_, start)| *start < span.end) {
            let Some(carrier) = self.entry(*frame as usize) else { break };
            let payload = Span::new(carrier.span.start + COPY_HEADER, carrier.span.end);
            let from = payload.start + span.start.saturating_sub(*start);
            let to = payload.start + (span.end - start).min(payload.len());
            bytes.extend_from_slice(Span::new(from, to).of(stream));
        }
        bytes
    }
}

/// Offers a mend to one of the problems, where that is near certain.
pub(crate) fn mend(index: &Index, exchange: &Exchange, number: usize, tree: &Tree, problems: &mut [Problem]) {
    let Some(entry) = index.entry(number) else { return };
    let told = mend::Told::of(index, exchange, &entry);
    let case = mend::Case {
        message: entry.message,
        context: entry.context(),
        fault: entry.fault,
        bytes: entry.span.of(&exchange.stream(entry.direction).bytes),
        tree,
        word: length_word(&entry),
        told: told.as_ref(),
    };
    mend::offer(case, problems);
}

/// Data that belong to no structure of the COPY, so that the leaves still tile.
fn fill_up(tree: &mut Tree, data: Node) {
    let covered =
        tree.nodes.last().map_or(data.start, |node| if node.depth > data.depth { node.end } else { data.start });
    if covered < data.end && covered > data.start {
        let Some(field) = unknown::UNREADABLE.fields.first() else { return };
        tree.nodes.push(Node {
            field,
            start: covered,
            end: data.end,
            ordinal: None,
            depth: data.depth + 1,
            reading: Reading::Wrong,
        });
    }
}

const OURS: &str = "a message of PostgreSQL's protocol";

/// Where the length word of a message is.
fn length_word(entry: &Entry) -> Span {
    if entry.message.tag().is_some()
        || entry.message.field.id == "unknown"
        || entry.message.fields.first().is_some_and(|field| field.id == "tag")
    {
        Span::new(1, 5)
    } else {
        Span::new(0, 4)
    }
}

/// What the length word says.
fn stated(entry: &Entry, bytes: &[u8]) -> u32 {
    length_word(entry).of(bytes).iter().fold(0, |number, byte| (number << 8) | u32::from(*byte))
}

/// By how much the length word says more than it should.
fn off_by(entry: &Entry, bytes: &[u8], right: u32) -> i64 {
    i64::from(stated(entry, bytes)) - i64::from(right)
}

/// `is_habit` says that another message of the same end is wrong by as much.
fn wrong_length(entry: &Entry, bytes: &[u8], (right, proven): (u32, bool), is_habit: bool) -> Problem {
    let word = length_word(entry);
    let (stated, off) = (stated(entry, bytes), off_by(entry, bytes, right));
    let why = match off {
        -1 => "one short".to_owned(),
        1 if is_habit => "one long, as others are: it seems to count the tag".to_owned(),
        1 => "one long: it counts the tag, or a byte was left out".to_owned(),
        -4 if is_habit => "four short, as others are: it seems to leave out its own four bytes".to_owned(),
        -4 => "four short: it leaves out its own four bytes, or four bytes too many stand in the message".to_owned(),
        4 => "four long".to_owned(),
        _ if off < 0 => format!("{} short", -off),
        _ => format!("{off} long"),
    };
    let rule = match (stated, off) {
        (0..4, _) => "L02",
        (_, -4..=4) => "L01",
        (0x4000_0000.., _) => "L03",
        _ => "L04",
    };
    let is_packet = word.start == 0;
    let what = if proven { "its fields end" } else { "another message seems to begin" };
    let at = bytes.len();
    let digits: Vec<String> = right.to_be_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
    let problem = Problem::error(
        if is_packet { "L12" } else { rule },
        word,
        format!("the length of {} says {stated}, but {what} at byte {at}: the length is {why}", entry.message.name()),
        format!("{right} ({})", digits.join(" ")),
    );
    let section = Some(entry.message.section);
    Problem { section, ..problem }.supplied_by(Some(word)).fix(
        format!("write {} for the length", digits.join(" ")),
        word,
        right.to_be_bytes(),
    )
}

/// The next message begins too early. A text that only lacks its zero byte can be mended.
fn lacking(entry: &Entry, bytes: &[u8], count: usize, tree: &Tree) -> Problem {
    let (word, end) = (length_word(entry), bytes.len());
    let missing = if count == 1 { "1 byte is".to_owned() } else { format!("{count} bytes are") };
    let message = format!(
        "the length of {} says that it ends at byte {}, but the next message begins at byte {end}: {missing} missing",
        entry.message.name(),
        end + count,
    );
    let problem = Problem::error("L04", Span::new(end.saturating_sub(1), end), message, more(count));
    let problem = Problem { section: Some(entry.message.section), ..problem }.supplied_by(Some(word));
    let is_unended = tree.problems.iter().any(|problem| problem.rule == "L05" && problem.span.end == end);
    match (count, is_unended) {
        (1, true) => problem.fix("end the text with a zero byte", Span::new(end, end), [0]),
        _ => problem,
    }
}

fn cut(entry: &Entry, bytes: &[u8], missing: usize) -> Problem {
    let end = bytes.len();
    let message = if end < length_word(entry).end {
        "the input ends inside the header of a message".to_owned()
    } else {
        format!(
            "the input ends inside {}: {missing} more bytes were announced, and a reader would wait for them",
            entry.message.name()
        )
    };
    let expected =
        if end < length_word(entry).end { "the rest of its type and length".to_owned() } else { more(missing) };
    Problem::error("D03", Span::new(end.saturating_sub(1), end), message, expected)
        .supplied_by((end >= length_word(entry).end).then(|| length_word(entry)))
}

fn more(missing: usize) -> String {
    if missing == 1 { "1 more byte".to_owned() } else { format!("{missing} more bytes") }
}

fn impossible_packet(bytes: &[u8]) -> Problem {
    if let Some(known) = foreign::recognise(bytes) {
        return Problem::error("L09", Span::new(0, bytes.len()), known, OURS);
    }
    let word = Span::new(0, 4.min(bytes.len()));
    let stated = word.of(bytes).iter().fold(0u32, |number, byte| (number << 8) | u32::from(*byte));
    let message = format!(
        "a connection begins with a packet whose first four bytes are its length: here {stated}. A server closes without a word"
    );
    let least = format!("8 to {}", frame::MAX_STARTUP_PACKET_LENGTH);
    Problem { section: Some(messages::startup::STARTUP_MESSAGE.section), ..Problem::error("L12", word, message, least) }
}

fn unreadable(entry: &Entry, bytes: &[u8]) -> Problem {
    let span = Span::new(0, bytes.len());
    if let Some(known) = foreign::recognise(bytes) {
        return Problem::error("L09", span, known, OURS);
    }
    let count = bytes.len();
    let first = bytes.first().copied().unwrap_or_default();
    let header = frame::header(frame::Shape::Tagged, entry.direction, bytes);
    if header == frame::Header::Impossible && frame::limits(entry.direction, first).1 > 0 {
        return impossible_length(entry, bytes);
    }
    let message = match header {
        _ if messages::by_tag(entry.direction.other(), first).is_some() => format!(
            "no {} message begins with {}; a {} message does: are the directions swapped?",
            entry.direction.name(),
            shown(first),
            entry.direction.other().name(),
        ),
        _ => format!("no {} message begins with the byte {first:02x}", entry.direction.name()),
    };
    Problem::error("D04", span, format!("{message} ({count} bytes skipped)"), "a message type and a length".to_owned())
}

/// A known message whose length cannot be, and whose end cannot be told by its fields.
fn impossible_length(entry: &Entry, bytes: &[u8]) -> Problem {
    let word = Span::new(1, 5.min(bytes.len()));
    let stated = word.of(bytes).iter().fold(0u32, |number, byte| (number << 8) | u32::from(*byte));
    let (least, most) = frame::limits(entry.direction, bytes.first().copied().unwrap_or_default());
    let name = messages::by_tag(entry.direction, bytes.first().copied().unwrap_or_default())
        .map_or("this message", |message| message.name());
    let (rule, why) = match stated {
        0..4 => ("L02", "less than the four bytes of the length itself"),
        _ if stated < least => ("L04", "less than its fields need"),
        _ => ("L03", "more than its receiver allows"),
    };
    let message =
        format!("the length of {name} says {stated}, {why}: a receiver closes the connection or loses its place");
    Problem::error(rule, word, message, format!("{least} to {most}")).supplied_by(Some(word))
}

fn of_type(entry: &Entry, bytes: &[u8]) -> Option<Problem> {
    let first = bytes.first().copied().unwrap_or_default();
    match entry.message.field.id {
        "unknown" => {
            let other = messages::by_tag(entry.direction.other(), first);
            let hint = other.map_or(String::new(), |message| {
                format!("; a {} sends it as {}", entry.direction.other().name(), message.name())
            });
            let message = format!("no {} message has the type {}{hint}", entry.direction.name(), shown(first));
            Some(Problem::error("D01", Span::new(0, 1), message, "a known message type"))
        }
        "authenticationunknown" => Some(Problem::error(
            "L20",
            Span::new(5, 9.min(bytes.len())),
            "no authentication request has this code: the server now waits for an answer that nobody can give",
            "0, 2, 3, 5 or 7 to 12",
        )),
        "startupunknown" if bytes.len() >= 8 => Some(Problem::error(
            "L14",
            Span::new(4, 8.min(bytes.len())),
            "this is no version of the protocol that a server knows, and no request code",
            "00 03 00 00 (3.0) or 00 03 00 02 (3.2)",
        )),
        "startup2" => Some(
            Problem::error(
                "L14",
                Span::new(4, 8.min(bytes.len())),
                "this start-up is in version 2.0 of the protocol, which servers since PostgreSQL 14 refuse",
                "00 03 00 00 (3.0) or 00 03 00 02 (3.2)",
            )
            .warning(),
        ),
        _ => None,
    }
}

/// A message that is well formed but longer than the other end reads.
fn of_limit(entry: &Entry, bytes: &[u8]) -> Option<Problem> {
    if length_word(entry).start == 0
        && entry.fault.is_none()
        && bytes.len() > frame::MAX_STARTUP_PACKET_LENGTH as usize
        && entry.message.sender == Sender::Frontend
    {
        let most = frame::MAX_STARTUP_PACKET_LENGTH;
        let message = format!(
            "the packet has {} bytes, and a server reads at most {most} of one: it closes without a word",
            bytes.len()
        );
        return Some(Problem::error("L12", Span::new(0, 4), message, format!("at most {most}")));
    }
    let (_, most) = frame::limits(entry.direction, *bytes.first()?);
    let is_tagged = entry.fault.is_none() && length_word(entry).start == 1 && most > 0 && entry.message.tag().is_some();
    let stated = (bytes.len() as u64).checked_sub(1)?;
    if !is_tagged || bytes.len() < 5 || stated <= u64::from(most) {
        return None;
    }
    let whose = match entry.direction {
        Direction::Frontend => "a server closes the connection",
        Direction::Backend => "libpq says “lost synchronization with server”",
    };
    let name = entry.message.name();
    let message = if most <= 5 {
        format!("{name} has no body, but its length says {stated}")
    } else {
        format!("{name} is longer than its receiver allows ({most}): {whose}")
    };
    // What a fixed message has too much is an extra field, and said there.
    (most > 5).then(|| Problem::error("L03", Span::new(1, 5), message, format!("at most {most}")))
}

fn shown(byte: u8) -> String {
    if byte.is_ascii_graphic() { format!("‘{}’", byte as char) } else { format!("{byte:02x}") }
}

/// The worst of some problems.
pub fn worst(problems: &[Problem]) -> Option<Severity> {
    problems.iter().map(|problem| problem.severity).max()
}
