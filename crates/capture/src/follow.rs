//! Wireshark's "Follow TCP stream": both directions of one connection, told apart by indentation or by name.

use pgscope_proto::Direction;

use crate::dump::{Dump, shape, split};
use crate::lines::Line;
use crate::sink::{Reader, Side, Sink};

/// Reads a stream as hex dump, raw hex, C arrays or YAML.
#[derive(Debug)]
pub(crate) struct Follow {
    dump: Dump,
    /// What the first end is, where the ports of both say it.
    first: Option<Direction>,
    /// What the two ends are called.
    names: [String; 2],
    /// Whether the last bytes were the second end's.
    last: Option<bool>,
    base64: Option<crate::base64::Quad>,
    /// Whether it is the stream as text, which has lost its bytes.
    is_text: bool,
}

impl Follow {
    pub(crate) fn new(text: &str) -> Self {
        // The nodes of hex and raw, the peers of YAML.
        let node = |nth: usize| {
            let head = format!("Node {nth}: ");
            let port = || text.lines().filter_map(|line| line.trim().strip_prefix("port: ")).nth(nth);
            let named = text.lines().find_map(|line| line.strip_prefix(&head));
            named.map(str::to_owned).or_else(|| port().map(|port| format!("peer {nth}: {port}"))).unwrap_or(head)
        };
        let names = [node(0), node(1)].map(|name| name.trim_end().to_owned());
        let is_server = |name: &String| name.ends_with(":5432") || name.ends_with(": 5432");
        let first = match names.each_ref().map(is_server) {
            [true, false] => Some(Direction::Backend),
            [false, true] => Some(Direction::Frontend),
            _ => None,
        };
        Follow { dump: Dump::new(shape(text)), first, names, last: None, base64: None, is_text: false }
    }

    pub(crate) fn line(&mut self, line: Line<'_>, sink: &mut Sink) {
        if ["Follow: tcp,ascii", "Follow: tcp,ebcdic", "Follow: tcp,utf-8"]
            .iter()
            .any(|head| line.text.starts_with(head))
        {
            self.is_text = true;
            sink.problems.met(line, "the stream as Hex Dump, C Arrays, YAML or Raw: as text it has lost its bytes");
        }
        if !self.is_text && !line.text.trim().is_empty() {
            self.full_line(line, sink);
        }
    }

    fn full_line(&mut self, line: Line<'_>, sink: &mut Sink) {
        let text = line.trimmed().text;
        if is_frame_of_follow(text) {
            return;
        }
        if let Some(peer) = peer_of(text) {
            self.finish(sink);
            sink.turn_to(self.side(peer), self.name(peer));
            if text.contains('{') || text.ends_with(':') || text.contains("!!binary") {
                self.base64 = text.contains("!!binary").then(Default::default);
            }
            return;
        }
        if text.ends_with("!!binary |") {
            self.base64 = Some(Default::default());
            return;
        }
        if text.contains("timestamp:") || text.starts_with("- packet:") || text == "packets:" || text == "peers:" {
            return self.finish(sink);
        }
        match &mut self.base64 {
            Some(quad) => quad.line(line, sink),
            None if text.contains("0x") && !is_row(line) => crate::hex::read_line(without_comment(line), sink),
            None => self.hex(line, sink),
        }
    }

    fn hex(&mut self, line: Line<'_>, sink: &mut Sink) {
        if split(line).is_none() && !crate::words::is_all(line) {
            return;
        }
        let is_second = line.text.starts_with(['\t', ' ']);
        if self.last != Some(is_second) {
            self.dump.finish(sink);
            sink.turn_to(self.side(is_second), self.name(is_second));
            self.last = Some(is_second);
        }
        if is_row(line) {
            self.dump.take(line, sink);
        } else if crate::words::is_all(line) {
            sink.split();
            crate::hex::read_line(line, sink);
        }
    }

    fn side(&self, is_second: bool) -> Side {
        match self.first {
            Some(first) => Side::Given(if is_second { first.other() } else { first }),
            None => Side::Peer(is_second),
        }
    }

    fn name(&self, is_second: bool) -> &str {
        let [first, second] = &self.names;
        if is_second { second } else { first }
    }

    pub(crate) fn finish(&mut self, sink: &mut Sink) {
        self.dump.finish(sink);
        if let Some(mut quad) = self.base64.take() {
            quad.finish(sink);
        }
        self.last = None;
    }
}

/// Whether a line is one of a dump: an offset of eight digits, and bytes.
fn is_row(line: Line<'_>) -> bool {
    split(line).is_some_and(|parts| parts.offset.text.len() == 8 && !parts.body.text.is_empty())
}

fn without_comment(line: Line<'_>) -> Line<'_> {
    let end = line.text.find("/*").or_else(|| line.text.find("//")).unwrap_or(line.text.len());
    line.part(0, end)
}

fn is_frame_of_follow(text: &str) -> bool {
    let heads = ["====", "Follow: ", "Filter: ", "Node 0: ", "Node 1: ", "host:", "port:", "- peer:", "#", "};", "}"];
    heads.iter().any(|head| text.starts_with(head))
}

/// Which end a line names: `char peer1_0[] = {`, `peer: 1`, `peer1_0: !!binary |`.
fn peer_of(text: &str) -> Option<bool> {
    let rest = text.find("peer").and_then(|at| text.get(at + 4..))?;
    let digit = rest.trim_start_matches([':', ' ']).chars().next()?;
    matches!(digit, '0' | '1').then_some(digit == '1')
}
