//! Recordings whose packets are sent through other links, twice, late, or in pieces: what was said stays what it was, or what is missing is told.

use std::path::Path;

use pgscope_proto::{Direction, Exchange};
use pgscope_view::Indexed;
use pgscope_view::capture::{Capture, Options, read, recording};
use pgscope_view::overview::{Overview, Within};

/// Recordings of Ethernet in files of the usual order of bytes.
const RECORDINGS: [&str; 3] = ["pcap-odd/base.pcap", "pcap-odd/ipv6.pcap", "pgbench/tpcb_prepared_c2.pcap"];
const HEADER: usize = 24;
const ETHERNET: u32 = 1;

fn file(name: &str) -> Vec<u8> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/captures").join(name);
    std::fs::read(&path).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// A packet with the time that the file gives it.
#[derive(Clone)]
struct Packet {
    time: [u8; 8],
    bytes: Vec<u8>,
}

fn packets(file: &[u8]) -> Vec<Packet> {
    let mut packets = Vec::new();
    let mut at = HEADER;
    while at < file.len() {
        let length = u32::from_le_bytes(file[at + 8..at + 12].try_into().expect("four bytes")) as usize;
        let time = file[at..at + 8].try_into().expect("eight bytes");
        packets.push(Packet { time, bytes: file[at + 16..at + 16 + length].to_vec() });
        at += 16 + length;
    }
    packets
}

fn written(link: u32, packets: &[Packet]) -> Vec<u8> {
    let mut file = [0xa1b2_c3d4_u32, 0x0004_0002, 0, 0, 0x0004_0000, link].map(u32::to_le_bytes).concat();
    for Packet { time, bytes } in packets {
        file.extend(time);
        file.extend([bytes.len() as u32; 2].map(u32::to_le_bytes).concat());
        file.extend(bytes);
    }
    file
}

fn read_plainly(file: &[u8]) -> Capture {
    read(file, &Options::default())
}

/// What was said, by whom and in which order, without where it stands in the file.
fn said(exchange: &Exchange) -> Vec<(bool, Vec<u8>)> {
    let mut pieces: Vec<(bool, Vec<u8>)> = Vec::new();
    for segment in &exchange.segments {
        let of_server = segment.direction == Direction::Backend;
        let bytes = segment.span.of(&exchange.stream(segment.direction).bytes);
        match pieces.last_mut() {
            Some((last, all)) if *last == of_server => all.extend(bytes),
            _ => pieces.push((of_server, bytes.to_vec())),
        }
    }
    pieces
}

fn all_said(capture: &Capture) -> Vec<Vec<(bool, Vec<u8>)>> {
    capture.exchanges.iter().map(said).collect()
}

/// What stands before IP in another link, and what comes before all.
type Around = fn(ip: &[u8]) -> Vec<u8>;

fn ether_type(ip: &[u8]) -> [u8; 2] {
    if ip[0] >> 4 == 6 { [0x86, 0xdd] } else { [8, 0] }
}

fn ethernet(kind: [u8; 2]) -> Vec<u8> {
    [&[2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2][..], &kind].concat()
}

fn framed(ip: &[u8]) -> Vec<u8> {
    [ethernet(ether_type(ip)), ip.to_vec()].concat()
}

/// An IPv4 header before something that it carries.
fn ipv4(protocol: u8, inside: &[u8]) -> Vec<u8> {
    let length = (20 + inside.len()) as u16;
    let [high, low] = length.to_be_bytes();
    [&[0x45, 0, high, low, 0, 9, 0, 0, 64, protocol, 0, 0, 192, 0, 2, 1, 192, 0, 2, 2][..], inside].concat()
}

fn udp(port: u16, inside: &[u8]) -> Vec<u8> {
    let length = (8 + inside.len()) as u16;
    [&[0x30, 0x39][..], &port.to_be_bytes(), &length.to_be_bytes(), &[0, 0], inside].concat()
}

const LINKS: [(&str, u32, Around); 18] = [
    ("VLAN", ETHERNET, |ip| [ethernet([0x81, 0]), vec![0, 5], ether_type(ip).to_vec(), ip.to_vec()].concat()),
    ("QinQ", ETHERNET, |ip| {
        [ethernet([0x88, 0xa8]), vec![0, 5, 0x81, 0, 0, 6], ether_type(ip).to_vec(), ip.to_vec()].concat()
    }),
    ("PPPoE", ETHERNET, |ip| {
        let protocol = if ip[0] >> 4 == 6 { 0x57 } else { 0x21 };
        let length = (ip.len() + 2) as u16;
        [ethernet([0x88, 0x64]), vec![0x11, 0, 0, 1], length.to_be_bytes().to_vec(), vec![0, protocol], ip.to_vec()]
            .concat()
    }),
    ("MPLS", ETHERNET, |ip| [ethernet([0x88, 0x47]), vec![0, 1, 0, 64, 0, 2, 1, 64], ip.to_vec()].concat()),
    ("GRE", ETHERNET, |ip| framed(&ipv4(47, &[&[0, 0][..], &ether_type(ip), ip].concat()))),
    ("GRE with a key", ETHERNET, |ip| {
        framed(&ipv4(47, &[&[0x20, 0][..], &ether_type(ip), &[0, 0, 0, 7], ip].concat()))
    }),
    ("ERSPAN", ETHERNET, |ip| {
        framed(&ipv4(47, &[&[0x10, 0, 0x88, 0xbe, 0, 0, 0, 1][..], &[0; 8], &framed(ip)].concat()))
    }),
    ("VXLAN", ETHERNET, |ip| framed(&ipv4(17, &udp(4789, &[&[8, 0, 0, 0, 0, 0, 1, 0][..], &framed(ip)].concat())))),
    ("Geneve", ETHERNET, |ip| {
        framed(&ipv4(17, &udp(6081, &[&[1, 0, 0x65, 0x58, 0, 0, 1, 0, 1, 2, 3, 4][..], &framed(ip)].concat())))
    }),
    ("IP in IP", ETHERNET, |ip| framed(&ipv4(if ip[0] >> 4 == 6 { 41 } else { 4 }, ip))),
    ("raw IP", 101, <[u8]>::to_vec),
    ("null, as a little-endian machine writes it", 0, |ip| {
        [vec![if ip[0] >> 4 == 6 { 30 } else { 2 }, 0, 0, 0], ip.to_vec()].concat()
    }),
    ("null, as a big-endian machine writes it", 0, |ip| {
        [vec![0, 0, 0, if ip[0] >> 4 == 6 { 30 } else { 2 }], ip.to_vec()].concat()
    }),
    ("loopback", 108, |ip| [vec![0, 0, 0, if ip[0] >> 4 == 6 { 24 } else { 2 }], ip.to_vec()].concat()),
    ("PPP", 9, |ip| [vec![0xff, 3, 0, if ip[0] >> 4 == 6 { 0x57 } else { 0x21 }], ip.to_vec()].concat()),
    ("Linux cooked", 113, |ip| [vec![0; 14], ether_type(ip).to_vec(), ip.to_vec()].concat()),
    ("Linux cooked, second version", 276, |ip| [ether_type(ip).to_vec(), vec![0; 18], ip.to_vec()].concat()),
    ("a number that nobody knows", 147, framed),
];

#[test]
fn whatever_the_link_is_the_same_was_said() {
    for name in RECORDINGS {
        let file = file(name);
        let (plain, all) = (all_said(&read_plainly(&file)), packets(&file));
        assert!(plain.iter().map(Vec::len).sum::<usize>() > 10, "{name}");
        for (link, number, around) in LINKS {
            let other: Vec<Packet> =
                all.iter().map(|packet| Packet { bytes: around(&packet.bytes[14..]), ..packet.clone() }).collect();
            let capture = read_plainly(&written(number, &other));
            assert_eq!(all_said(&capture), plain, "{name} through {link}");
            assert!(capture.problems.is_empty(), "{name} through {link}: {:?}", capture.problems);
        }
    }
}

struct Chance(u64);

impl Chance {
    fn below(&mut self, below: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % below
    }
}

#[test]
fn what_is_sent_twice_or_late_is_where_it_was() {
    for name in RECORDINGS {
        let file = file(name);
        let (plain, all) = (all_said(&read_plainly(&file)), packets(&file));
        for seed in 0..60 {
            let mut chance = Chance(seed);
            let mut mixed: Vec<(usize, Packet)> = all.iter().cloned().enumerate().collect();
            // Some come again, some later than others that were behind them.
            for (nth, packet) in all.iter().enumerate() {
                if chance.below(5) == 0 {
                    mixed.push((nth + chance.below(12), packet.clone()));
                }
            }
            let late = |(place, packet): (usize, Packet)| (place * 4 + chance.below(14), packet);
            let mut mixed: Vec<(usize, Packet)> = mixed.into_iter().map(late).collect();
            mixed.sort_by_key(|(place, _)| *place);
            let mixed: Vec<Packet> = mixed.into_iter().map(|(_, packet)| packet).collect();
            let capture = read_plainly(&written(ETHERNET, &mixed));
            let mut other = all_said(&capture);
            // Which connection comes first may have changed.
            let mut plain = plain.clone();
            other.sort();
            plain.sort();
            assert!(capture.problems.is_empty(), "{name}, {seed}: {:?}", capture.problems);
            let streams = |all: &[Vec<(bool, Vec<u8>)>]| -> Vec<[Vec<u8>; 2]> {
                let of = |one: &Vec<(bool, Vec<u8>)>, side| {
                    one.iter().filter(|(server, _)| *server == side).flat_map(|(_, bytes)| bytes.clone()).collect()
                };
                let mut streams: Vec<_> = all.iter().map(|one| [of(one, false), of(one, true)]).collect();
                streams.sort();
                streams
            };
            assert_eq!(streams(&other), streams(&plain), "{name}, {seed}");
        }
    }
}

#[test]
fn what_is_lost_is_told_and_nobody_is_blamed() {
    let mut told = 0;
    for name in RECORDINGS {
        let file = file(name);
        let all = packets(&file);
        let whole: usize = read_plainly(&file).exchanges.iter().flat_map(|one| &one.streams).map(|one| one.len()).sum();
        for lost in 0..all.len() {
            let mut rest = all.clone();
            rest.remove(lost);
            let capture = read_plainly(&written(ETHERNET, &rest));
            let here: usize = capture.exchanges.iter().flat_map(|one| &one.streams).map(|one| one.len()).sum();
            let missing: u64 = capture
                .exchanges
                .iter()
                .flat_map(|one| Direction::BOTH.map(|side| one.gaps(side)))
                .flatten()
                .map(|gap| gap.bytes)
                .sum();
            // What was lost at an end nobody can miss.
            assert!(missing == 0 || missing as usize + here == whole, "{name} without packet {lost}");
            told += usize::from(missing > 0);
            for exchange in capture.exchanges {
                let indexed = Indexed::new(exchange);
                let mut tree = pgscope_proto::Tree::new();
                for number in 0..indexed.index.len() {
                    let (entry, problems) = indexed.open(number, &mut tree).expect("a message");
                    let blamed = problems.iter().find(|one| one.severity > pgscope_proto::Severity::Note);
                    assert!(blamed.is_none(), "{name} without packet {lost}: {} {blamed:?}", entry.message.name());
                }
            }
        }
    }
    assert!(told > 100, "{told}");
}

#[test]
fn a_file_that_comes_in_pieces_is_the_same_file() {
    for name in RECORDINGS {
        let file = file(name);
        let whole = read_plainly(&file);
        for size in [1, 7, 100, 4096] {
            let mut recording = recording(&file, &Options::default()).expect("a capture file");
            file.chunks(size).for_each(|piece| recording.more(piece));
            assert_eq!(recording.finish(), whole, "{name} in pieces of {size}");
        }
    }
}

#[test]
fn connections_that_are_taken_when_they_are_over_are_those_of_the_whole() {
    for name in RECORDINGS {
        let file = file(name);
        let whole = read_plainly(&file);
        let mut at_once = Overview::default();
        for (place, exchange) in whole.exchanges.iter().enumerate() {
            let Indexed { exchange, index, .. } = Indexed::new(exchange.clone());
            at_once.add(place, &exchange, &index);
        }
        let mut recording = recording(&file, &Options::default()).expect("a capture file");
        let mut taken = Vec::new();
        for piece in file.chunks(512) {
            recording.more(piece);
            taken.extend(recording.closed());
        }
        let (numbers, rest) = recording.finish_numbered();
        taken.extend(numbers.into_iter().zip(rest.exchanges));
        let mut later = Overview::default();
        for (place, exchange) in taken {
            let Indexed { exchange, index, .. } = Indexed::new(exchange);
            later.add(place, &exchange, &index);
        }
        assert_eq!(later.connections(), at_once.connections(), "{name}");
        assert_eq!(later.statistics(None), at_once.statistics(None), "{name}");
        let statements = |overview: &Overview| {
            let mut all: Vec<_> =
                overview.statements(Within::default()).into_iter().map(|one| (one.text, one.count, one.rows)).collect();
            all.sort();
            all
        };
        assert_eq!(statements(&later), statements(&at_once), "{name}");
    }
}
