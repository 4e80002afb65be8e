//! The reads and writes that `strace` prints: `read(3, "N", 8192) = 1`, `sendto(...)`, `recvmsg({msg_iov=[...]})`.
//!
//! truss of BSD prints the same with other escapes, and ktrace what was read and written below its calls. Where strace prints a
//! full dump under a call (`-e read`, `-e write`), it stands for a string that was cut.
//!
//! A descriptor is a connection until it is closed. `connect` makes its program the client, `accept` the server; where
//! neither was seen, the end that begins with a start-up packet is the client.

use std::collections::BTreeMap;

use pgscope_proto::{Direction, Exchange, Span};

use crate::cells::{self, Sourced, Unit};
use crate::dump::split;
use crate::escape::escape;
use crate::lines::{Line, Problems, is_blank};
use crate::sink::{Side, Sink};

/// A call as far as it is on this line.
struct Call<'a> {
    process: &'a str,
    name: &'a str,
    args: Line<'a>,
    resumed: bool,
}

/// Takes a line apart: `[pid 12] 11:11:55.1 name(args`.
fn call(line: Line<'_>) -> Option<Call<'_>> {
    let resumed = line.text.find("<... ");
    let (name_at, open) = match resumed {
        Some(at) => (at + 5, at + line.text.get(at..)?.find(" resumed>")? + 8),
        None => {
            let open = line.text.find('(')?;
            let head = line.text.get(..open)?;
            (head.rfind(|c: char| !c.is_ascii_alphanumeric() && c != '_').map_or(0, |at| at + 1), open)
        }
    };
    let head = line.text.get(..name_at)?;
    let process = head.split(|c: char| !c.is_ascii_digit()).find(|word| !word.is_empty()).unwrap_or_default();
    let name = line.text.get(name_at..open)?.trim_end_matches(" resumed").trim();
    Some(Call { process, name, args: line.rest(open + 1), resumed: resumed.is_some() })
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    In,
    Out,
}

fn way(name: &str) -> Option<Way> {
    match name {
        "read" | "recv" | "recvfrom" | "recvmsg" | "readv" => Some(Way::In),
        "write" | "send" | "sendto" | "sendmsg" | "writev" => Some(Way::Out),
        _ => None,
    }
}

/// Whether a line is a call that moves bytes, as `strace` prints it.
pub(crate) fn is_call(text: &str) -> bool {
    if gio(Line { text, start: 0 }).is_some() {
        return true;
    }
    let call = call(Line { text, start: 0 });
    call.is_some_and(|call| way(call.name).is_some() && (call.resumed || descriptor(call.args.text).is_some()))
        && (text.contains('"') || text.contains(") = ") || text.contains("unfinished"))
}

fn descriptor(args: &str) -> Option<u32> {
    let digits = args.bytes().take_while(u8::is_ascii_digit).count();
    let border = args.get(digits..)?.starts_with([',', ')', '<', ' ']);
    args.get(..digits)?.parse().ok().filter(|_| border)
}

/// What `kdump` prints above bytes: `4312 psql GIO   fd 3 wrote 21 bytes`.
fn gio(line: Line<'_>) -> Option<(u32, Way, usize)> {
    let (_, rest) = line.text.split_once(" GIO ")?;
    let mut words = rest.split_whitespace();
    let number = (words.next()? == "fd").then(|| words.next()?.parse().ok()).flatten()?;
    let way = match words.next()? {
        "wrote" => Way::Out,
        "read" => Way::In,
        _ => return None,
    };
    Some((number, way, words.next()?.parse().ok()?))
}

/// What a call moved, until it is known whether a full dump stands below it.
#[derive(Debug)]
struct Held {
    connection: usize,
    bytes: Vec<Sourced>,
    /// Where a string was cut short, and how to get it whole.
    cut: Option<(Span, &'static str)>,
    dump: Vec<Sourced>,
    /// How many bytes the call says it moved.
    moved: usize,
    /// How many bytes ktrace says there are, where they stand below it.
    announced: Option<usize>,
    /// Whether a string is open.
    is_open: bool,
}

/// Reads calls, line by line.
#[derive(Debug, Default)]
pub(crate) struct Trace {
    held: Option<Held>,
    connections: Vec<Connection>,
    open: BTreeMap<u32, usize>,
    unfinished: BTreeMap<(String, String), u32>,
}

#[derive(Debug, Default)]
struct Connection {
    sink: Sink,
    client: Option<bool>,
    network: bool,
    last: Option<Way>,
    ways: [bool; 2],
}

impl Trace {
    pub(crate) fn line(&mut self, line: Line<'_>, problems: &mut Problems) {
        if self.below(line) {
            return;
        }
        if let Some((number, way, count)) = gio(line) {
            self.flush(problems);
            return self.announce(number, way, count);
        }
        let Some(call) = call(line) else { return };
        self.flush(problems);
        match (way(call.name), call.name) {
            (Some(way), _) => self.transfer(way, &call, problems),
            (None, "close" | "socket") => {
                descriptor(call.args.text).and_then(|number| self.open.remove(&number));
            }
            (None, "connect") => self.role(descriptor(call.args.text), true),
            (None, "accept" | "accept4") => {
                self.role(result(call.args.text).and_then(|fd| u32::try_from(fd).ok()), false)
            }
            _ => {}
        }
    }

    /// Whether a line belongs to the call above it: a line of a full dump, or of what ktrace shows.
    fn below(&mut self, line: Line<'_>) -> bool {
        let Some(held) = &mut self.held else { return false };
        let bare = line.trimmed();
        let dumped = bare.text.strip_prefix('|').map_or(bare, |_| bare.rest(1));
        let is_row = held.announced.is_some() && bare.text.starts_with("0x") || bare.text.starts_with("| ");
        if let Some(row) = split(dumped.trimmed()).filter(|_| is_row && !held.is_open) {
            held.dump.extend(cells::read(Unit::HexBytes, row.body, true).bytes);
            return true;
        }
        let Some(most) = held.announced else { return false };
        if !held.is_open && !bare.text.starts_with('"') {
            return false;
        }
        let inner = if held.is_open { bare } else { bare.rest(1) };
        held.is_open = true;
        let continued = inner
            .text
            .strip_suffix('\\')
            .filter(|text| !text.ends_with('\\'))
            .map_or(inner, |text| inner.part(0, text.len()));
        let left = most.saturating_sub(held.bytes.len());
        let (after, _) = read_string(continued, left, &mut held.bytes);
        held.is_open = after.text.is_empty() && held.bytes.len() < most && !bare.text.ends_with('"');
        true
    }

    fn announce(&mut self, number: u32, way: Way, count: usize) {
        let Some(connection) = self.connection(number) else { return };
        connection.turn(way);
        let index = self.open.get(&number).copied().unwrap_or_default();
        self.held = Some(Held { announced: Some(count), ..Held::of(index) });
    }

    /// What was held belongs to its connection: the full dump where there is one and the string was cut.
    fn flush(&mut self, problems: &mut Problems) {
        let Some(held) = self.held.take() else { return };
        let Some(connection) = self.connections.get_mut(held.connection) else { return };
        let is_dumped = held.dump.len() > held.bytes.len() || held.cut.is_some() && !held.dump.is_empty();
        let (bytes, cut) = if is_dumped { (held.dump, None) } else { (held.bytes, held.cut) };
        let missing = held.moved.saturating_sub(bytes.len());
        bytes.into_iter().for_each(|(byte, source)| connection.sink.byte(byte, source));
        if let Some((span, expected)) = cut {
            connection.sink.miss(missing);
            problems.add(span, format!("“...”: a string that was cut short: {missing} bytes are not here"), expected);
        }
    }

    fn role(&mut self, number: Option<u32>, client: bool) {
        let Some(number) = number else { return };
        self.open.remove(&number);
        if let Some(connection) = self.connection(number) {
            (connection.client, connection.network) = (Some(client), true);
        }
    }

    fn connection(&mut self, number: u32) -> Option<&mut Connection> {
        let last = self.connections.len();
        let index = *self.open.entry(number).or_insert(last);
        if index == last {
            self.connections.push(Connection::default());
        }
        self.connections.get_mut(index)
    }

    fn transfer(&mut self, way: Way, call: &Call<'_>, problems: &mut Problems) {
        let key = (call.process.to_owned(), call.name.to_owned());
        let number = if call.resumed { self.unfinished.remove(&key) } else { descriptor(call.args.text) };
        let Some(number) = number else { return };
        if call.args.text.contains("<unfinished") {
            self.unfinished.insert(key, number);
        }
        if result(call.args.text).is_some_and(|count| count < 0) {
            return;
        }
        let Some(connection) = self.connection(number) else { return };
        connection.network |= call.name.starts_with("send") || call.name.starts_with("recv");
        connection.turn(way);
        let index = self.open.get(&number).copied().unwrap_or_default();
        let mut held = Held::of(index);
        let vector = call.args.text.contains("iov_base=");
        let mut most =
            if vector { result(call.args.text).map_or(usize::MAX, |count| count as usize) } else { usize::MAX };
        let mut rest = call.args;
        while most > 0
            && let Some(string) = next_string(rest, vector)
        {
            let (after, count) = read_string(string, most, &mut held.bytes);
            if after.text.is_empty() && !string.text.ends_with('"') {
                problems.met(after, "a closing quote");
            } else if after.text.starts_with("...") {
                let is_truss = call.args.text.contains(" (0x");
                let expected = if is_truss {
                    "whole strings: record with truss -s 65535"
                } else {
                    "whole strings: record with strace -s 65535"
                };
                held.cut = Some((after.part(0, 3).span(), expected));
            }
            most -= count.min(most);
            rest = after;
            if !vector {
                break;
            }
        }
        held.moved = result(call.args.text).and_then(|count| usize::try_from(count).ok()).unwrap_or(0);
        self.held = Some(held);
    }

    pub(crate) fn finish(mut self, direction: Option<Direction>, problems: &mut Problems) -> Vec<Exchange> {
        self.flush(problems);
        let network = self.connections.iter().any(|connection| connection.network || connection.starts().is_some());
        let both = self.connections.iter().any(|connection| connection.ways == [true, true]);
        let wanted = |connection: &Connection| match (network, both) {
            (true, _) => connection.network || connection.starts().is_some(),
            (false, true) => connection.ways == [true, true],
            (false, false) => true,
        };
        let kept = self.connections.into_iter().filter(wanted);
        kept.map(|connection| connection.into_exchange(direction, problems))
            .filter(|exchange| !exchange.is_empty())
            .collect()
    }
}

impl Connection {
    fn turn(&mut self, way: Way) {
        if let Some(seen) = self.ways.get_mut(way as usize) {
            *seen = true;
        }
        self.last = Some(way);
        // The program that was traced is the first peer: what it writes, it sends.
        self.sink.turn(Side::Peer(way == Way::In), None);
    }

    /// Whether the program that was traced is the client, by who begins with a start-up packet.
    fn starts(&self) -> Option<bool> {
        let first = self.sink.blocks.first()?;
        first_of_client(&first.stream.bytes).then_some(first.side == Side::Peer(false))
    }

    fn into_exchange(mut self, direction: Option<Direction>, problems: &mut Problems) -> Exchange {
        let client = self.starts().or(self.client);
        if let Some(client) = client {
            for block in &mut self.sink.blocks {
                let out = block.side == Side::Peer(false);
                block.side = Side::Given(if out == client { Direction::Frontend } else { Direction::Backend });
            }
        }
        let (exchange, found) = self.sink.into_exchange(direction);
        problems.append(found);
        exchange
    }
}

/// Whether bytes begin as only the first bytes of a client do: a length and a version 3 or a request code.
fn first_of_client(bytes: &[u8]) -> bool {
    matches!(bytes, [0, 0, _, _, 0, 3, 0, _, ..] | [0, 0, 0, _, 4, 0xd2, 0x16, 0x2e..=0x30, ..])
}

/// What the call returned.
fn result(args: &str) -> Option<i64> {
    let at = args.rfind(" = ")?;
    let text = args.get(at + 3..)?.split(is_blank).next()?;
    text.parse().ok()
}

fn next_string(rest: Line<'_>, vector: bool) -> Option<Line<'_>> {
    let mark = if vector { "iov_base=\"" } else { "\"" };
    rest.text.find(mark).map(|at| rest.rest(at + mark.len()))
}

/// Reads up to the closing quote, at most `most` bytes; gives what follows and how many bytes there were.
fn read_string<'a>(string: Line<'a>, most: usize, read: &mut Vec<Sourced>) -> (Line<'a>, usize) {
    let mut rest = string;
    let mut count = 0;
    while let Some(c) = rest.text.chars().next().filter(|c| *c != '"') {
        let escape = escape(rest.text, true);
        let length = escape.map_or(c.len_utf8(), |escape| escape.length);
        let source = rest.part(0, length);
        let bytes = escape.map_or_else(|| source.text.as_bytes().to_vec(), |escape| escape.bytes());
        for byte in bytes.into_iter().take(most - count) {
            read.push((byte, source.span()));
            count += 1;
        }
        rest = rest.rest(length);
    }
    (rest.rest(1), count)
}

impl Held {
    fn of(connection: usize) -> Self {
        Held { connection, bytes: Vec::new(), cut: None, dump: Vec::new(), moved: 0, announced: None, is_open: false }
    }
}
