//! The packets that `tshark -T json -x` and its kin write among fields: `"frame_raw": ["4500…", 0, 77, 0, 1]`; and without them what
//! each segment of TCP carries, as JSON, as lines for Elasticsearch and as PDML have it.

use std::collections::HashSet;

use crate::frames::End;
use crate::lines::{Line, is_blank};
use crate::sink::{Side, Sink};
use crate::{hex, literal, words};

/// The name of the field that has all bytes of a packet.
const NAME: &str = "frame_raw\"";
/// So far behind its name its value stands.
const NEAR: usize = 64;

/// How many packets there are.
pub(crate) fn count(text: &str) -> usize {
    packets(text).count()
}

/// How many segments there are of which only what they carry is there.
pub(crate) fn count_segments(text: &str) -> usize {
    segments(text).count()
}

/// Reads them, each as a block.
pub(crate) fn read(text: &str, sink: &mut Sink) {
    let mut is_any = false;
    for digits in packets(text) {
        is_any = true;
        sink.turn(Side::Unknown, None);
        hex::read_line(digits, sink);
    }
    if is_any {
        return;
    }
    let mut seen = HashSet::new();
    for Segment { digits, ends, number } in segments(text) {
        // What was sent once more.
        if number.is_some_and(|number| !seen.insert((ends.clone(), number))) {
            continue;
        }
        match ends {
            Some(ends) => sink.turn_to_ends(ends),
            None => sink.turn(Side::Unknown, None),
        }
        hex::read_line(digits, sink);
    }
}

/// What a segment carries, with what its headers say.
struct Segment<'a> {
    digits: Line<'a>,
    ends: Option<(End, End)>,
    /// Its sequence number.
    number: Option<&'a str>,
}

/// What the fields are called in JSON and PDML, and in the lines for Elasticsearch: what a segment carries, and its headers.
const PAYLOAD: [&str; 2] = ["tcp.payload\"", "tcp_tcp_payload\""];
const NUMBER: [&str; 2] = ["tcp.seq_raw\"", "tcp_tcp_seq_raw\""];
const PORTS: [[&str; 2]; 2] = [["tcp.srcport\"", "tcp_tcp_srcport\""], ["tcp.dstport\"", "tcp_tcp_dstport\""]];
const HOSTS: [[&str; 4]; 2] = [
    ["ip.src\"", "ipv6.src\"", "ip_ip_src\"", "ipv6_ipv6_src\""],
    ["ip.dst\"", "ipv6.dst\"", "ip_ip_dst\"", "ipv6_ipv6_dst\""],
];

/// The segments of a text, each with the fields that stand between it and the one before.
fn segments(text: &str) -> impl Iterator<Item = Segment<'_>> {
    let mut from = 0;
    std::iter::from_fn(move || {
        loop {
            let rest = text.get(from..)?;
            let (at, name) = PAYLOAD.iter().filter_map(|name| Some((rest.find(name)?, name))).min()?;
            let before = rest.get(..at)?;
            let start = from + at + name.len();
            let digits = value(text.get(start..)?, "value").map(|(at, value)| Line { text: value, start: start + at });
            from = start;
            let Some(digits) = digits.filter(|digits| words::is_all(*digits)) else { continue };
            let field = |names: &[&str]| {
                let (at, name) = names.iter().filter_map(|name| Some((before.rfind(name)?, name))).max()?;
                value(before.get(at + name.len()..)?, "show").map(|(_, value)| value)
            };
            let end = |nth: usize| -> Option<End> {
                Some((field(HOSTS.get(nth)?)?.into(), field(PORTS.get(nth)?)?.parse().ok()?))
            };
            return Some(Segment { digits, ends: end(0).zip(end(1)), number: field(&NUMBER) });
        }
    })
}

/// The value behind the name of a field, and where it stands: the next string, or an attribute of the same element of XML.
fn value<'a>(behind: &'a str, attribute: &str) -> Option<(usize, &'a str)> {
    let colon = behind.find(|c: char| !is_blank(c))?;
    let start = if behind.get(colon..)?.starts_with(':') {
        let value = behind.get(colon + 1..)?;
        let quote = value.find(|c: char| !is_blank(c) && c != '[')?;
        value.get(quote..).filter(|value| value.starts_with('"'))?;
        colon + quote + 2
    } else {
        let element = behind.get(..behind.find('>')?)?;
        let opening = [" ", attribute, "=\""].concat();
        element.find(&opening)? + opening.len()
    };
    let length = behind.get(start..)?.find('"')?;
    Some((start, behind.get(start..start + length)?))
}

/// The digits of each packet.
fn packets(text: &str) -> impl Iterator<Item = Line<'_>> {
    text.match_indices(NAME).filter_map(move |(at, name)| {
        let start = at + name.len();
        let quote = text.get(start..)?.find('"').filter(|near| *near < NEAR)?;
        let string = Line { text: text.get(start + quote..)?, start: start + quote };
        let span = literal::strings(string.text).next()?;
        Some(string.part(span.start, span.end)).filter(|digits| words::is_all(*digits))
    })
}
