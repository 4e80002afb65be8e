//! Capture files, pcap and pcapng, in either order of bytes: the TCP connections in them.

use std::collections::BTreeMap;

use pcap_parser::{
    Block, parse_block_be, parse_block_le, parse_pcap_frame, parse_pcap_frame_be, parse_pcap_frame_modified,
    parse_pcap_header,
};
use pgscope_proto::{Exchange, SourceMap, Span, Stream, foreign};

use crate::frames::{self, Fragment};
use crate::lines::Problems;
use crate::tcp::{Connections, Packet, part};
use crate::{Capture, Form, Options};

const MICROSECONDS: u64 = 1_000_000;
/// How many packets wait for the rest of their fragments at most.
const MOST_FRAGMENTED: usize = 1024;
/// In how many fragments a packet comes at most.
const MOST_FRAGMENTS: usize = 1024;
/// How much of a connection's beginning is searched for what it asks TLS for.
const GREETING: usize = 2048;

/// Reads a capture file; `magic` says in words which kind it is.
pub(crate) fn read(input: &[u8], magic: &str, options: &Options) -> Capture {
    let mut packets = Packets { input, ..Packets::default() };
    let stopped = if input.starts_with(&[0x0a, 0x0d, 0x0d, 0x0a]) { packets.of_pcapng() } else { packets.of_pcap() };
    let Packets { connections, mut problems, count, tcp, .. } = packets;
    if let Some(at) = stopped {
        problems.add(Span::new(at, input.len()), "a record that is not whole", "the file's end, or one more record");
    }
    let (exchanges, others) = ours(connections.into_told(options.direction, &mut problems));
    if exchanges.is_empty() && stopped.is_none() {
        let met = format!("{count} packets, {tcp} of TCP, and no connection with bytes in it");
        problems.add(Span::new(0, input.len()), met, "packets of a connection to a server");
    }
    let left_out = if others == 0 { String::new() } else { format!("; {others} of other protocols left out") };
    let reason = format!("{}: {magic}, {count} packets{left_out}", Form::Pcap.name());
    let exchanges = exchanges.into_iter().map(|one| Exchange { beginning: options.beginning, ..one }).collect();
    Capture { form: Form::Pcap, reason, guessed: options.form.is_none(), exchanges, problems: problems.in_file() }
}

/// Those that are on PostgreSQL's port or do not begin as another protocol does, and how many others there are; all, where
/// there is no other.
fn ours(told: Vec<(bool, Exchange)>) -> (Vec<Exchange>, usize) {
    let all = told.len();
    let (ours, others): (Vec<_>, Vec<_>) = told.into_iter().partition(|(on_port, one)| *on_port || !is_other(one));
    let taken = if ours.is_empty() { others } else { ours };
    let left_out = all - taken.len();
    (taken.into_iter().map(|(_, one)| one).collect(), left_out)
}

/// Whether it begins as another protocol does. A client that begins with TLS at once says there what for.
fn is_other(exchange: &Exchange) -> bool {
    let asks_for_ours = |bytes: &[u8]| {
        let greeting = bytes.get(..GREETING).unwrap_or(bytes);
        greeting.windows(ALPN.len()).any(|part| part == ALPN)
    };
    let [one, two] = &exchange.streams;
    let is_foreign = [one, two].iter().any(|stream| foreign::recognise(&stream.bytes).is_some());
    is_foreign && !asks_for_ours(&one.bytes) && !asks_for_ours(&two.bytes)
}

/// The protocol's name, as TLS is asked for it.
const ALPN: &[u8] = b"postgresql";

/// How an interface counts time: units a second, and seconds to be added.
#[derive(Clone, Copy)]
struct Clock {
    resolution: u64,
    offset: i64,
}

impl Clock {
    fn read(self, high: u32, low: u32) -> i64 {
        let units = u128::from(u64::from(high) << 32 | u64::from(low));
        let since = units * u128::from(MICROSECONDS) / u128::from(self.resolution.max(1));
        let offset = i128::from(self.offset) * i128::from(MICROSECONDS);
        i64::try_from(since as i128 + offset).unwrap_or_default()
    }
}

/// Takes packets as they come.
#[derive(Default)]
struct Packets<'a> {
    input: &'a [u8],
    connections: Connections,
    fragmented: BTreeMap<frames::Datagram, Vec<(Fragment, Stream)>>,
    problems: Problems,
    count: usize,
    tcp: usize,
}

impl<'a> Packets<'a> {
    /// Gives where a record begins that cannot be read.
    fn of_pcap(&mut self) -> Option<usize> {
        let Ok((mut rest, header)) = parse_pcap_header(self.input) else { return Some(0) };
        let record = match (header.is_modified_format(), header.is_bigendian()) {
            (true, _) => parse_pcap_frame_modified,
            (_, true) => parse_pcap_frame_be,
            (_, false) => parse_pcap_frame,
        };
        let per_microsecond = if header.is_nanosecond_precision() { 1000 } else { 1 };
        while !rest.is_empty() {
            let Ok((behind, record)) = record(rest) else { return Some(self.input.len() - rest.len()) };
            let at_us = i64::from(record.ts_sec) * MICROSECONDS as i64 + i64::from(record.ts_usec / per_microsecond);
            self.take(record.data, Some(at_us));
            rest = behind;
        }
        None
    }

    /// The same for pcapng.
    fn of_pcapng(&mut self) -> Option<usize> {
        let mut rest = self.input;
        let mut is_big_endian = false;
        let mut clocks: Vec<Clock> = Vec::new();
        while !rest.is_empty() {
            let block = if is_big_endian { parse_block_be } else { parse_block_le };
            let Ok((behind, block)) = block(rest) else { return Some(self.input.len() - rest.len()) };
            match block {
                Block::SectionHeader(header) => {
                    is_big_endian = header.big_endian();
                    clocks.clear();
                }
                Block::InterfaceDescription(interface) => clocks.push(Clock {
                    resolution: interface.ts_resolution().unwrap_or(MICROSECONDS),
                    offset: interface.ts_offset(),
                }),
                Block::EnhancedPacket(packet) => {
                    let clock = clocks.get(packet.if_id as usize);
                    let at_us = clock.map(|clock| clock.read(packet.ts_high, packet.ts_low));
                    self.take(captured(packet.data, packet.caplen), at_us);
                }
                Block::SimplePacket(packet) => self.take(captured(packet.data, packet.origlen), None),
                _ => {}
            }
            rest = behind;
        }
        None
    }

    /// One packet, which is a part of the input.
    fn take(&mut self, data: &'a [u8], at_us: Option<i64>) {
        self.count += 1;
        let source = start(self.input, data);
        if let Some(fragment) = frames::fragment(data) {
            let piece = taken(data, source, 0..data.len());
            self.take_fragment(fragment, piece, at_us);
        } else if let Some(tcp) = frames::parse(data) {
            let payload = taken(data, source, tcp.payload.clone());
            self.tcp += 1;
            self.connections.add(Packet { tcp, payload, at_us, numbered: true });
        }
    }

    /// A part of a packet: the packet is taken when all of it is there.
    fn take_fragment(&mut self, fragment: Fragment, piece: Stream, at_us: Option<i64>) {
        if self.fragmented.len() >= MOST_FRAGMENTED {
            self.fragmented.clear();
        }
        let key = fragment.of;
        let pieces = self.fragmented.entry(key).or_default();
        if pieces.len() >= MOST_FRAGMENTS {
            pieces.clear();
        }
        pieces.push((fragment, piece));
        let Some(whole) = frames::joined(pieces) else { return };
        self.fragmented.remove(&key);
        if let Some(tcp) = frames::parse(&whole.bytes) {
            let payload = part(&whole, tcp.payload.clone());
            self.tcp += 1;
            self.connections.add(Packet { tcp, payload, at_us, numbered: true });
        }
    }
}

/// Where a part of the input begins in it.
pub(crate) fn start(input: &[u8], part: &[u8]) -> usize {
    part.as_ptr().addr().saturating_sub(input.as_ptr().addr())
}

/// What was captured of a packet: without what fills its block up, and never more than there is.
pub(crate) fn captured(data: &[u8], length: u32) -> &[u8] {
    data.get(..length as usize).unwrap_or(data)
}

/// Some bytes of a packet that begins at `source` in the file.
fn taken(data: &[u8], source: usize, range: std::ops::Range<usize>) -> Stream {
    let bytes = data.get(range.clone()).unwrap_or_default().to_vec();
    let map = SourceMap::identity(source + range.start, bytes.len());
    Stream { bytes, map }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A record of raw IPv4 for each packet: source port, what the fragment field says, and what follows the IP header.
    fn file(packets: &[(u16, Vec<u8>)]) -> Vec<u8> {
        let mut file = [0xa1b2_c3d4_u32, 0x0002_0004, 0, 0, 65_535, 101].map(u32::to_be_bytes).concat();
        for (nth, (fragment, data)) in packets.iter().enumerate() {
            let length = 20 + data.len() as u16;
            let ip = [0x4500, length, 7, *fragment, 0x4006, 0, 0x7f00, 1, 0x7f00, 1].map(u16::to_be_bytes).concat();
            file.extend([nth as u32, 0, u32::from(length), u32::from(length)].map(u32::to_be_bytes).concat());
            file.extend(ip);
            file.extend(data);
        }
        file
    }

    fn tcp(from: u16, to: u16, seq: u32, payload: &[u8]) -> Vec<u8> {
        let ports = [from, to].map(u16::to_be_bytes).concat();
        [ports, [seq, 0].map(u32::to_be_bytes).concat(), vec![0x50, 0x18, 1, 0, 0, 0, 0, 0], payload.to_vec()].concat()
    }

    const HELLO: &[u8] = b"\x16\x03\x01\x00\x20\x01\x00\x00\x1c\x03\x03........";

    #[test]
    fn connections_of_other_protocols_are_left_out_but_not_ours_in_tls() {
        let query = b"Q\0\0\0\x0eSELECT 1;\0";
        let asks_for_ours = [HELLO, b"\x0apostgresql"].concat();
        let packets = [
            tcp(4001, 6432, 1, query),
            tcp(4002, 80, 1, b"GET / HTTP/1.1\r\n\r\n"),
            tcp(4003, 443, 1, HELLO),
            tcp(4004, 6432, 1, &asks_for_ours),
            tcp(4005, 5432, 1, HELLO),
        ];
        let capture = read(&file(&packets.map(|packet| (0, packet))), "a pcap file", &Options::default());
        let firsts: Vec<&[u8]> = capture.exchanges.iter().map(|one| one.streams[0].bytes.as_slice()).collect();
        assert_eq!(firsts, [query.as_slice(), &asks_for_ours, HELLO]);
        assert_eq!(capture.reason, "capture file: a pcap file, 5 packets; 2 of other protocols left out");
        let only = read(&file(&[(0, tcp(4002, 80, 1, b"GET / HTTP/1.1\r\n\r\n"))]), "", &Options::default());
        assert_eq!(only.exchanges.len(), 1);
    }

    #[test]
    fn fragments_that_never_become_a_packet_cost_little() {
        let packets = vec![(0x2000, tcp(4001, 5432, 1, b"never whole.")); 200_000];
        let capture = read(&file(&packets), "a pcap file", &Options::default());
        assert!(capture.exchanges.is_empty());
        let last = (0x0004, b"end.".to_vec());
        let mut packets = vec![(0x2000, tcp(4001, 5432, 1, b"begins, and ")); 3];
        packets.push(last);
        let capture = read(&file(&packets), "a pcap file", &Options::default());
        assert_eq!(capture.exchanges[0].streams[0].bytes, b"begins, and end.");
    }
}
