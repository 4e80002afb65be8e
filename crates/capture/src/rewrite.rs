//! A capture file written again with other bytes in the payloads of its connections, and without everything that is no part of
//! them: other packets, comments, names, secrets, options of headers, what fills packets up. Addresses become others, ports
//! stay. What was sent twice is the same twice, and sums are right.

use std::collections::{BTreeMap, BTreeSet};

use pcap_parser::{
    Block, InterfaceDescriptionBlock, OptionCode, parse_block_be, parse_block_le, parse_pcap_frame,
    parse_pcap_frame_be, parse_pcap_frame_modified, parse_pcap_header,
};

use crate::frames::{self, End, Tcp};
use crate::pcap::{captured, start};

/// Bytes of an input that are known, each in its place.
#[derive(Clone, Debug, Default)]
pub struct Placed {
    /// As many as the input has.
    pub bytes: Vec<u8>,
    /// Which of them are known; what the others are is not looked at.
    pub is_known: Vec<bool>,
}

impl Placed {
    fn byte(&self, at: usize) -> Option<u8> {
        let is_known = self.is_known.get(at).copied().unwrap_or_default();
        self.bytes.get(at).copied().filter(|_| is_known)
    }
}

/// The capture file `input` with these bytes; nothing if it is none.
pub fn rewritten(input: &[u8], placed: &Placed) -> Option<Vec<u8>> {
    let mut flows = Flows::default();
    walk(input, &mut |record| flows.look(input, placed, &record))?;
    let mut out = Vec::with_capacity(input.len());
    let mut addresses = Addresses::default();
    walk(input, &mut |record| match record {
        Record::Head(bytes) => out.extend(bytes),
        Record::Packet { head, data, frame } => {
            let source = start(input, data);
            if let Some(packet) = flows.packet(data, source, placed, &mut addresses) {
                out.extend(frame.written(&head, &packet));
            }
        }
    })?;
    Some(out)
}

/// A record of a capture file.
enum Record<'a> {
    /// What stands before packets, written anew.
    Head(Vec<u8>),
    /// A packet, what stands before its bytes, and what is put around both.
    Packet { head: Vec<u8>, data: &'a [u8], frame: Frame },
}

/// What is put around a packet.
#[derive(Clone, Copy)]
enum Frame {
    Pcap,
    /// A block with this type, in this order of bytes.
    Pcapng {
        kind: u32,
        is_big_endian: bool,
    },
}

impl Frame {
    fn written(self, head: &[u8], packet: &[u8]) -> Vec<u8> {
        match self {
            Frame::Pcap => [head, packet].concat(),
            Frame::Pcapng { kind, is_big_endian } => block(kind, &[head, packet].concat(), is_big_endian),
        }
    }
}

fn word(value: u32, is_big_endian: bool) -> [u8; 4] {
    if is_big_endian { value.to_be_bytes() } else { value.to_le_bytes() }
}

fn half(value: u16, is_big_endian: bool) -> [u8; 2] {
    if is_big_endian { value.to_be_bytes() } else { value.to_le_bytes() }
}

fn block(kind: u32, body: &[u8], is_big_endian: bool) -> Vec<u8> {
    let padding = body.len().next_multiple_of(4) - body.len();
    let length = word((body.len() + padding + 12) as u32, is_big_endian);
    [&word(kind, is_big_endian)[..], &length, body, &vec![0; padding], &length].concat()
}

fn walk<'a>(input: &'a [u8], each: &mut dyn FnMut(Record<'a>)) -> Option<()> {
    if input.starts_with(&[0x0a, 0x0d, 0x0d, 0x0a]) { walk_pcapng(input, each) } else { walk_pcap(input, each) }
}

fn walk_pcap<'a>(input: &'a [u8], each: &mut dyn FnMut(Record<'a>)) -> Option<()> {
    let (mut rest, header) = parse_pcap_header(input).ok()?;
    let record = match (header.is_modified_format(), header.is_bigendian()) {
        (true, _) => parse_pcap_frame_modified,
        (_, true) => parse_pcap_frame_be,
        (_, false) => parse_pcap_frame,
    };
    // Behind magic number and version stand a time zone and a precision, which nobody sets.
    let mut head = input.get(..24)?.to_vec();
    head.get_mut(8..16)?.fill(0);
    each(Record::Head(head));
    while !rest.is_empty() {
        let Ok((behind, record)) = record(rest) else { break };
        let before = start(input, record.data).checked_sub(start(input, rest))?;
        each(Record::Packet { head: rest.get(..before)?.to_vec(), data: record.data, frame: Frame::Pcap });
        rest = behind;
    }
    Some(())
}

fn walk_pcapng<'a>(input: &'a [u8], each: &mut dyn FnMut(Record<'a>)) -> Option<()> {
    let mut rest = input;
    let mut big = false;
    while !rest.is_empty() {
        let parse = if big { parse_block_be } else { parse_block_le };
        let Ok((behind, found)) = parse(rest) else { break };
        match found {
            Block::SectionHeader(header) => {
                big = header.big_endian();
                let body = [&word(0x1a2b_3c4d, big)[..], &half(1, big), &half(0, big), &[0xff; 8]].concat();
                each(Record::Head(block(0x0a0d_0d0a, &body, big)));
            }
            Block::InterfaceDescription(interface) => each(Record::Head(block(1, &described(&interface, big), big))),
            Block::EnhancedPacket(packet) => {
                let numbers = [packet.if_id, packet.ts_high, packet.ts_low, packet.caplen, packet.origlen];
                let head = numbers.iter().flat_map(|number| word(*number, big)).collect();
                let data = captured(packet.data, packet.caplen);
                each(Record::Packet { head, data, frame: Frame::Pcapng { kind: 6, is_big_endian: big } });
            }
            Block::SimplePacket(packet) => {
                let data = captured(packet.data, packet.origlen);
                let head = word(packet.origlen, big).to_vec();
                each(Record::Packet { head, data, frame: Frame::Pcapng { kind: 3, is_big_endian: big } });
            }
            _ => {}
        }
        rest = behind;
    }
    Some(())
}

/// An interface: its link, how much of a packet is kept, and of its options those that say how it counts time.
fn described(interface: &InterfaceDescriptionBlock<'_>, big: bool) -> Vec<u8> {
    let mut body = [&half(interface.linktype.0 as u16, big)[..], &[0, 0], &word(interface.snaplen, big)].concat();
    let times =
        interface.options.iter().filter(|option| matches!(option.code, OptionCode::IfTsresol | OptionCode::IfTsoffset));
    let before = body.len();
    for option in times {
        let length = usize::from(option.len).min(option.value.len());
        body.extend(half(option.code.0, big));
        body.extend(half(length as u16, big));
        body.extend_from_slice(option.value.get(..length).unwrap_or_default());
        body.resize(body.len().next_multiple_of(4), 0);
    }
    if body.len() > before {
        body.extend([0; 4]);
    }
    body
}

/// Known bytes of one end of a connection: by the sequence number of the first, where they stand and how many they are.
type Runs = BTreeMap<u32, (usize, usize)>;

/// So many runs before a number are looked at: those that were sent again may lie inside one another.
const NEAR: usize = 16;

/// The connections of which bytes are known.
#[derive(Default)]
struct Flows {
    ends: BTreeSet<(End, End)>,
    sent: BTreeMap<(End, End), Runs>,
}

fn first_byte(tcp: &Tcp) -> u32 {
    if tcp.syn { tcp.seq.wrapping_add(1) } else { tcp.seq }
}

impl Flows {
    fn look(&mut self, input: &[u8], placed: &Placed, record: &Record<'_>) {
        let Record::Packet { data, .. } = record else { return };
        let Some(tcp) = frames::parse(data) else { return };
        let source = start(input, data) + tcp.payload.start;
        let is_known = |at: &usize| placed.byte(*at).is_some();
        let Some(first) = (source..source + tcp.payload.len()).position(|at| is_known(&at)) else { return };
        let count = (source + first..source + tcp.payload.len()).take_while(is_known).count();
        self.ends.insert((tcp.from.clone(), tcp.to.clone()));
        self.ends.insert((tcp.to.clone(), tcp.from.clone()));
        let seq = first_byte(&tcp).wrapping_add(first as u32);
        self.sent.entry((tcp.from, tcp.to)).or_default().insert(seq, (source + first, count));
    }

    /// The byte with this sequence number, as it was sent the first time.
    fn sent_before(&self, flow: &(End, End), seq: u32, placed: &Placed) -> Option<u8> {
        let runs = self.sent.get(flow)?;
        runs.range(..=seq).rev().take(NEAR).find_map(|(first, (source, count))| {
            let nth = seq.wrapping_sub(*first) as usize;
            placed.byte(source + nth).filter(|_| nth < *count)
        })
    }

    /// A packet of one of the connections, with what is known of it and nothing else.
    fn packet(&self, data: &[u8], source: usize, placed: &Placed, addresses: &mut Addresses) -> Option<Vec<u8>> {
        if let Some(fragment) = frames::fragment(data) {
            return fragmented(data, source, &fragment, placed, addresses);
        }
        let tcp = frames::parse(data)?;
        let flow = (tcp.from.clone(), tcp.to.clone());
        self.ends.get(&flow)?;
        let mut packet = vec![0; data.len()];
        headers(data, &tcp, &mut packet, addresses)?;
        for at in tcp.payload.clone() {
            let seq = first_byte(&tcp).wrapping_add((at - tcp.payload.start) as u32);
            let byte = placed.byte(source + at).or_else(|| self.sent_before(&flow, seq, placed));
            *packet.get_mut(at)? = byte.unwrap_or_default();
        }
        sums(&mut packet, &tcp);
        Some(packet)
    }
}

/// A part of a packet that was sent in several: the header of IP, that of TCP if it is the first, and the bytes that are known.
fn fragmented(
    data: &[u8],
    source: usize,
    fragment: &frames::Fragment,
    placed: &Placed,
    addresses: &mut Addresses,
) -> Option<Vec<u8>> {
    let mut packet: Vec<u8> = (source..source + data.len()).map(|at| placed.byte(at).unwrap_or_default()).collect();
    if !(source..source + data.len()).any(|at| placed.byte(at).is_some()) {
        return None;
    }
    let header = fragment.header();
    link(data, header.start, &mut packet);
    ip(data, header.start, header.end, &mut packet, addresses)?;
    if fragment.is_first() {
        let tcp = frames::parse(data)?;
        tcp_header(data, &tcp, &mut packet)?;
    }
    ip_sum(&mut packet, header.start, header.end);
    Some(packet)
}

fn copy(from: &[u8], range: std::ops::Range<usize>, to: &mut [u8]) {
    if let (Some(was), Some(place)) = (from.get(range.clone()), to.get_mut(range)) {
        place.copy_from_slice(was);
    }
}

/// Of the header before IP: which link it is, and what follows. Addresses of cards are left out.
fn link(data: &[u8], ip: usize, packet: &mut [u8]) {
    let kept: &[(usize, usize)] = match ip {
        4 => &[(0, 4)],
        14 => &[(12, 14)],
        16 => &[(0, 6), (14, 16)],
        18 => &[(12, 14), (16, 18)],
        20 => &[(0, 2), (8, 12)],
        22 => &[(12, 14), (16, 18), (20, 22)],
        _ => &[],
    };
    kept.iter().for_each(|(from, to)| copy(data, *from..*to, packet));
}

/// The header of IP with other addresses and without options.
fn ip(data: &[u8], start: usize, end: usize, packet: &mut [u8], addresses: &mut Addresses) -> Option<()> {
    let (fixed, size, from, to) = if data.get(start)? >> 4 == 6 { (40, 16, 8, 24) } else { (20, 4, 12, 16) };
    packet.get_mut(start..end)?.fill(0);
    copy(data, start..start + fixed, packet);
    for at in [start + from, start + to] {
        let other = addresses.of(data.get(at..at + size)?);
        packet.get_mut(at..at + size)?.copy_from_slice(&other);
    }
    Some(())
}

/// The header of TCP, its options replaced by ones that say nothing.
fn tcp_header(data: &[u8], tcp: &Tcp, packet: &mut [u8]) -> Option<()> {
    packet.get_mut(tcp.tcp_at..tcp.payload.start)?.fill(1);
    copy(data, tcp.tcp_at..tcp.tcp_at + 20, packet);
    packet.get_mut(tcp.tcp_at + 16..tcp.tcp_at + 18)?.fill(0);
    Some(())
}

fn headers(data: &[u8], tcp: &Tcp, packet: &mut [u8], addresses: &mut Addresses) -> Option<()> {
    link(data, tcp.ip_at, packet);
    ip(data, tcp.ip_at, tcp.tcp_at, packet, addresses)?;
    tcp_header(data, tcp, packet)
}

/// The sum of the internet: sixteen bits each, carries added, inverted.
pub fn checksum(bytes: &[u8]) -> u16 {
    let words = bytes.chunks(2).map(|pair| {
        let low = pair.get(1).copied().unwrap_or_default();
        u32::from(u16::from_be_bytes([pair.first().copied().unwrap_or_default(), low]))
    });
    let folded = |sum: u32| (sum & 0xffff) + (sum >> 16);
    let sum = words.fold(0, |sum, word| folded(sum + word));
    !(folded(sum) as u16)
}

fn ip_sum(packet: &mut [u8], start: usize, end: usize) {
    if packet.get(start).is_some_and(|first| first >> 4 == 4) {
        put(packet, start + 10, 0);
        let sum = checksum(packet.get(start..end).unwrap_or_default());
        put(packet, start + 10, sum);
    }
}

fn put(packet: &mut [u8], at: usize, value: u16) {
    if let Some(place) = packet.get_mut(at..at + 2) {
        place.copy_from_slice(&value.to_be_bytes());
    }
}

/// Both sums of a packet. Where some of it was not recorded, that of TCP cannot be known and stays zero.
fn sums(packet: &mut [u8], tcp: &Tcp) {
    ip_sum(packet, tcp.ip_at, tcp.tcp_at);
    if tcp.payload.len() != tcp.length {
        return;
    }
    let segment = packet.get(tcp.tcp_at..tcp.payload.end).unwrap_or_default();
    let addresses = if tcp.tcp_at - tcp.ip_at == 40 && packet.get(tcp.ip_at).is_some_and(|first| first >> 4 == 6) {
        packet.get(tcp.ip_at + 8..tcp.ip_at + 40)
    } else {
        packet.get(tcp.ip_at + 12..tcp.ip_at + 20)
    };
    let length = (segment.len() as u32).to_be_bytes();
    let sum = checksum(&[addresses.unwrap_or_default(), &length, &[0, 0, 0, 6], segment].concat());
    put(packet, tcp.tcp_at + 16, sum);
}

/// Which address stands for which: each gets another in the order in which they are met; those of the machine itself stay.
#[derive(Default)]
struct Addresses(BTreeMap<Vec<u8>, u32>);

impl Addresses {
    fn of(&mut self, address: &[u8]) -> Vec<u8> {
        let is_own = address.first() == Some(&127) && address.len() == 4 || address.len() == 16 && is_loopback(address);
        if is_own {
            return address.to_vec();
        }
        let next = self.0.len() as u32 + 1;
        let number = self.0.entry(address.to_vec()).or_insert(next).to_be_bytes();
        let mut other = vec![0; address.len()];
        if let (Some(first), true) = (other.first_mut(), !address.is_empty()) {
            *first = if address.len() == 4 { 10 } else { 0xfd };
        }
        let tail = address.len().saturating_sub(3);
        if let (Some(place), Some(number)) = (other.get_mut(tail..), number.get(1..)) {
            place.copy_from_slice(number);
        }
        other
    }
}

fn is_loopback(address: &[u8]) -> bool {
    address.split_last().is_some_and(|(last, rest)| *last == 1 && rest.iter().all(|byte| *byte == 0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sum_is_that_of_rfc_1071() {
        assert_eq!(!checksum(&[0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7]), 0xddf2);
    }

    #[test]
    fn each_address_has_one_other() {
        let mut addresses = Addresses::default();
        let one = addresses.of(&[192, 168, 0, 7]);
        assert_eq!(
            (one.as_slice(), addresses.of(&[192, 168, 0, 8]).as_slice()),
            ([10, 0, 0, 1].as_slice(), [10, 0, 0, 2].as_slice())
        );
        assert_eq!(addresses.of(&[192, 168, 0, 7]), one);
        assert_eq!(addresses.of(&[127, 0, 0, 1]), [127, 0, 0, 1]);
    }
}
