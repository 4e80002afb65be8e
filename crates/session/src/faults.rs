//! What is wrong with a frame as a whole: its length, its type, its limits.

use pgscope_proto::conversation::{ANYTIME, Phase};
use pgscope_proto::foreign;
use pgscope_proto::frame::{self, Fault};
use pgscope_proto::schema::{Chapter, Head, Sender};
use pgscope_proto::{Direction, Exchange, Problem, Span, Tree, decode, messages, read};

use crate::index::{Entry, Index};
use crate::mend::UNFIT;

/// The ids of what stands for messages that nobody should send.
pub(crate) const STRANGE: [&str; 4] = ["unknown", "authenticationunknown", "startupunknown", "startup2"];

/// Everything that is wrong with the frame as a whole.
pub(crate) fn of_frame(index: &Index, exchange: &Exchange, entry: &Entry, tree: &Tree) -> Vec<Problem> {
    let bytes = entry.span.of(&exchange.stream(entry.direction).bytes);
    if is_doubtful(entry, bytes) && is_rest_of_message(index, entry) && foreign::recognise(bytes).is_none() {
        return vec![rest_of_message(bytes)];
    }
    if let Some(gap) = of_gap(exchange, entry, bytes) {
        return vec![gap];
    }
    if is_doubtful(entry, bytes) && is_behind_gap(index, exchange, entry) && foreign::recognise(bytes).is_none() {
        return vec![rest_behind_gap(bytes)];
    }
    let fault = entry.fault.map(|fault| of_fault(index, exchange, entry, fault, tree));
    fault.into_iter().chain(of_type(entry, bytes)).chain(of_limit(entry, bytes)).collect()
}

/// What is said of bytes that are not in the recording: nobody is to blame for them but who recorded.
fn of_gap(exchange: &Exchange, entry: &Entry, bytes: &[u8]) -> Option<Problem> {
    let is_cut = matches!(entry.fault, Some(Fault::Cut { .. }));
    let at = if is_cut { entry.span.end } else { entry.span.start };
    let gap = exchange.gap_from(entry.direction, at).filter(|gap| gap.at == at)?;
    let count = if gap.bytes == 1 { "1 byte is".to_owned() } else { format!("{} bytes are", gap.bytes) };
    let (span, place) = match entry.fault {
        Some(Fault::Cut { .. }) => (Span::new(bytes.len().saturating_sub(1), bytes.len()), "behind this byte"),
        Some(Fault::Unreadable) => (Span::new(0, bytes.len()), "before this rest of a message"),
        _ => (Span::new(0, 1.min(bytes.len())), "before this message"),
    };
    let expected = "every packet of the connection: the recorder missed some, or cut them off".to_owned();
    Some(Problem::error("D03", span, format!("{count} not in the recording, {place}"), expected).note())
}

/// So many pieces that cannot be read are looked through for the gap that is to blame.
const MOST_PIECES: usize = 64;

/// Whether nothing could be read since a gap.
fn is_behind_gap(index: &Index, exchange: &Exchange, entry: &Entry) -> bool {
    if !exchange.has_gaps() {
        return false;
    }
    let is_gap = |at: usize| exchange.gap_from(entry.direction, at).is_some_and(|gap| gap.at == at);
    let mut start = entry.span.start;
    for _ in 0..MOST_PIECES {
        if is_gap(start) {
            return true;
        }
        let before = start.checked_sub(1).and_then(|at| index.frame_at(entry.direction, at));
        match before.filter(|before| before.fault.is_some()) {
            Some(before) => start = before.span.start,
            None => return false,
        }
    }
    false
}

fn rest_behind_gap(bytes: &[u8]) -> Problem {
    let count = bytes.len();
    let message =
        format!("{count} more bytes behind what is not in the recording: no message is seen to begin in them");
    Problem::error("D04", Span::new(0, count), message, "a message type and a length").note()
}

fn of_fault(index: &Index, exchange: &Exchange, entry: &Entry, fault: Fault, tree: &Tree) -> Problem {
    let of = |entry: &Entry| entry.span.of(&exchange.stream(entry.direction).bytes);
    let bytes = of(entry);
    match fault {
        Fault::WrongLength { right, proven } => {
            let off = off_by(entry, bytes, right);
            let is_same = |other: Entry| match other.fault {
                Some(Fault::WrongLength { right, .. }) => off_by(&other, of(&other), right) == off,
                _ => false,
            };
            wrong_length(entry, bytes, (right, proven), index.neighbours(entry).any(is_same))
        }
        Fault::Lacking { count } => lacking(entry, bytes, count, tree),
        Fault::Cut { missing } => {
            let problem = cut(entry, bytes, missing);
            if is_end_of_recording(index, entry) { problem.note() } else { problem }
        }
        Fault::Unreadable => unreadable(index, entry, bytes),
        Fault::ImpossiblePacket => impossible_packet(bytes),
    }
}

const OURS: &str = "a message of PostgreSQL's protocol";

/// What the length word says.
fn stated(entry: &Entry, bytes: &[u8]) -> u32 {
    entry.length_word().of(bytes).iter().fold(0, |number, byte| (number << 8) | u32::from(*byte))
}

/// By how much the length word says more than it should.
fn off_by(entry: &Entry, bytes: &[u8], right: u32) -> i64 {
    i64::from(stated(entry, bytes)) - i64::from(right)
}

/// `is_habit` says that another message of the same end is wrong by as much.
fn wrong_length(entry: &Entry, bytes: &[u8], (right, proven): (u32, bool), is_habit: bool) -> Problem {
    let word = entry.length_word();
    let (stated, off) = (stated(entry, bytes), off_by(entry, bytes, right));
    let why = match off {
        _ if stated.swap_bytes() == right => "written backwards: the byte that counts most comes first".to_owned(),
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
    let problem = Problem { section, ..problem }.supplied_by(Some(word));
    // No message of this type is as short, or as long: bytes are missing, or too many, too.
    let (least, most) = entry.message.tag().map_or((0, u32::MAX), |tag| frame::limits(entry.direction, tag));
    match (least..=most).contains(&right) {
        true => problem.fix(format!("write {} for the length", digits.join(" ")), word, right.to_be_bytes()),
        false => problem,
    }
}

/// The next message begins too early. A text that only lacks its zero byte can be mended.
fn lacking(entry: &Entry, bytes: &[u8], count: usize, tree: &Tree) -> Problem {
    let (word, end) = (entry.length_word(), bytes.len());
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
        (1, true) if is_whole_with(entry, bytes, 0) => {
            problem.fix("end the text with a zero byte", Span::new(end, end), [0])
        }
        _ => problem,
    }
}

/// Whether a message can be read with this byte behind it: a list of texts may lack its own end, too.
fn is_whole_with(entry: &Entry, bytes: &[u8], byte: u8) -> bool {
    let mut tree = Tree::new();
    decode(entry.message, &[bytes, &[byte]].concat(), entry.context(), &mut tree);
    !tree.problems.iter().any(|problem| UNFIT.contains(&problem.rule))
}

fn cut(entry: &Entry, bytes: &[u8], missing: usize) -> Problem {
    let end = bytes.len();
    let message = if end < entry.length_word().end {
        "the input ends inside the header of a message".to_owned()
    } else {
        format!(
            "the input ends inside {}: {} announced, and a reader would wait",
            entry.message.name(),
            if missing == 1 { "1 more byte was".to_owned() } else { format!("{missing} more bytes were") }
        )
    };
    let expected =
        if end < entry.length_word().end { "the rest of its type and length".to_owned() } else { more(missing) };
    Problem::error("D03", Span::new(end.saturating_sub(1), end), message, expected)
        .supplied_by((end >= entry.length_word().end).then(|| entry.length_word()))
}

/// Whether the recording ends here and all before is whole: then somebody stopped recording, and nobody said anything wrong.
fn is_end_of_recording(index: &Index, entry: &Entry) -> bool {
    let is_whole = |number| index.entry(number).is_some_and(|entry| entry.fault.is_none());
    let is_last = entry.number + 1 == index.len();
    entry.number > 0 && is_last && (0..entry.number).all(is_whole)
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

/// Whether it reads so badly that it may be no message at all.
fn is_doubtful(entry: &Entry, bytes: &[u8]) -> bool {
    match entry.fault {
        Some(Fault::Unreadable | Fault::ImpossiblePacket) => true,
        Some(Fault::Cut { .. }) => bytes.len() < entry.length_word().end,
        // A length that is only believed to be wrong, and by so much that no slip explains it.
        Some(Fault::WrongLength { right, proven: false }) => off_by(entry, bytes, right) > i64::from(u16::MAX),
        _ => entry.message.field.id == "startupunknown",
    }
}

/// Whether the recording began inside a message: of a stream whose beginning was not seen, what stands before the first
/// message that can be read.
fn is_rest_of_message(index: &Index, entry: &Entry) -> bool {
    let is_begun = || index.entry(0).is_some_and(|first| first.message.chapter == Chapter::Startup);
    let later = || (entry.number + 1..index.len()).filter_map(|number| index.entry(number));
    let next = || later().find(|next| next.direction == entry.direction);
    let is_alone = index.len() == 1;
    let is_later = || !is_begun() || begins_later(index);
    entry.span.start == 0 && !is_alone && is_later() && next().is_none_or(|next| next.fault.is_none())
}

/// Whether what the server says first is said by none who was just spoken to.
fn begins_later(index: &Index) -> bool {
    let entries = (0..index.len().min(FIRST)).map_while(|number| index.entry(number));
    let says_something = |entry: &Entry| {
        entry.direction == Direction::Backend && entry.fault.is_none() && !ANYTIME.contains(&entry.message)
    };
    let first = entries.into_iter().find(says_something);
    first.is_some_and(|first| !Phase::Startup.says(Direction::Backend, first.message))
}

/// Among how many messages that is looked for.
const FIRST: usize = 64;

fn rest_of_message(bytes: &[u8]) -> Problem {
    let count = bytes.len();
    let what = if count == 1 { "1 byte stands".to_owned() } else { format!("{count} bytes stand") };
    let message = format!("{what} before the first message: the recording may have begun inside the one before it");
    Problem::error("D04", Span::new(0, count), message, "a message type and a length").note()
}

fn unreadable(index: &Index, entry: &Entry, bytes: &[u8]) -> Problem {
    let span = Span::new(0, bytes.len());
    if let Some(known) = foreign::recognise(bytes) {
        return Problem::error("L09", span, known, OURS);
    }
    if let Some(problem) = packet_in_the_middle(entry, bytes).or_else(|| length_of_a_byte(index, entry, bytes)) {
        return problem;
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

/// A packet that begins a connection, in one that has begun.
fn packet_in_the_middle(entry: &Entry, bytes: &[u8]) -> Option<Problem> {
    let length = u32::from_be_bytes(*bytes.first_chunk()?) as usize;
    let packet = messages::startup_packet(read::startup_code(bytes).filter(|_| length == bytes.len())?);
    let (why, expected) = match packet.field.id {
        "cancelrequest" => (
            "a cancel request goes over a connection of its own, since the server does not read this one while it runs a query",
            "a new connection, which says this and nothing else",
        ),
        "sslrequest" | "gssencrequest" => ("encryption is asked for before anything else", "this first, or not at all"),
        "startup" => ("a connection is begun once", "a new connection, or a message with a type and a length"),
        _ => return None,
    };
    let (name, span) = (packet.name(), Span::new(0, bytes.len()));
    let is_of_client = entry.direction == Direction::Frontend;
    let message = format!("{name} stands in a connection that has begun: {why}");
    is_of_client.then(|| Problem { section: Some(packet.section), ..Problem::error("D04", span, message, expected) })
}

/// A length behind the byte that answers a request for encryption.
fn length_of_a_byte(index: &Index, entry: &Entry, bytes: &[u8]) -> Option<Problem> {
    let before = index.frame_at(entry.direction, entry.span.start.checked_sub(1)?)?;
    if !matches!(before.message.head, Head::Reply(_)) || bytes != [0, 0, 0, 4] {
        return None;
    }
    let message = "a length behind the answer to a request for encryption: that is one bare byte, and a client takes these four for the beginning of the next message";
    let problem = Problem::error("L09", Span::new(0, bytes.len()), message, "nothing behind the byte");
    let problem = Problem { section: Some(before.message.section), ..problem };
    Some(problem.fix("take the length out", Span::new(0, bytes.len()), []))
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
    let limits = if least == most { least.to_string() } else { format!("{least} to {most}") };
    Problem::error(rule, word, message, limits).supplied_by(Some(word))
}

fn of_type(entry: &Entry, bytes: &[u8]) -> Option<Problem> {
    let first = bytes.first().copied().unwrap_or_default();
    let is_request_for_proof = |entry: &Entry| entry.direction == Direction::Backend && first == b'R';
    match entry.message.field.id {
        // Which request for authentication it is stands behind the length.
        "unknown" if matches!(entry.fault, Some(Fault::Cut { .. })) && frame::limits(entry.direction, first).1 > 0 => {
            None
        }
        // How long it is is wrong, and told.
        "unknown" if matches!(entry.fault, Some(Fault::Lacking { .. })) && is_request_for_proof(entry) => None,
        "unknown" if is_request_for_proof(entry) => {
            let message = "an authentication request ends before its code, the four bytes behind the length, which say what is asked for";
            Some(Problem::error(
                "L04",
                Span::new(1, bytes.len()),
                message,
                "00 00 00 08 and a code: 00 00 00 00 is AuthenticationOk",
            ))
        }
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
    if entry.length_word().start == 0
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
    let is_tagged =
        entry.fault.is_none() && entry.length_word().start == 1 && most > 0 && entry.message.tag().is_some();
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
