//! An exchange as a capture file: what Wireshark would have recorded, between the addresses that the exchange knows, or else made-up
//! ones on loopback. What people remarked at its packets goes along, and of the secrets in the file it came from those that it can be read
//! with.

use std::collections::{BTreeSet, HashSet};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use pgscope_capture::checksum;
use pgscope_proto::{Beside, Closing, Direction, Exchange, Gap, Secrets, Span};

const RAW_IP: u16 = 101;
const SERVER_PORT: u16 = 5432;
const FIRST_CLIENT_PORT: u16 = 50_000;
const SYN: u8 = 2;
const ACK: u8 = 16;
const PUSH: u8 = 8;
const FIN: u8 = 1;
const RESET: u8 = 4;
/// So far apart are the first numbers of two connections.
const STEP: u32 = 0x0a00_0101;
/// As much as one packet of ours carries.
const MOST: usize = 60_000;
/// A key log of TLS among secrets, and by what each of its lines names the connection: the random number with which its client begins.
const KEY_LOG: u32 = 0x544c_534b;
const RANDOM: usize = 32;
/// How much of what a client says first is searched for that.
const GREETING: usize = 1024;
/// The option of a block that is a remark.
const COMMENT: u16 = 1;

/// All connections in one file, in one order of time.
pub fn file(exchanges: &[&Exchange]) -> Vec<u8> {
    let mut out = block(0x0a0d_0d0a, &[&0x1a2b_3c4du32.to_le_bytes()[..], &[1, 0, 0, 0], &[0xff; 8]].concat());
    out.extend(block(1, &[&RAW_IP.to_le_bytes()[..], &[0, 0], &0u32.to_le_bytes()].concat()));
    out.extend(keys(exchanges));
    let mut packets = Vec::new();
    for (number, exchange) in exchanges.iter().enumerate() {
        Flow::of(exchange, number).write(exchange, &mut packets);
    }
    // What has the same time stands as it was said, connection by connection.
    packets.sort_by_key(|(at, _)| *at);
    packets.into_iter().for_each(|(_, packet)| out.extend(packet));
    out
}

fn block(kind: u32, body: &[u8]) -> Vec<u8> {
    let padding = body.len().next_multiple_of(4) - body.len();
    let length = ((body.len() + padding + 12) as u32).to_le_bytes();
    [&kind.to_le_bytes()[..], &length, body, &vec![0; padding], &length].concat()
}

/// The secrets that these exchanges can be read with, as a block; nothing where there are none.
fn keys(exchanges: &[&Exchange]) -> Vec<u8> {
    let mut files: Vec<&Beside> = Vec::new();
    for beside in exchanges.iter().filter_map(|exchange| exchange.kept()) {
        // Those of one file mostly stand together.
        if !files.iter().rev().take(2).any(|file| file.is_shared_with(beside)) {
            files.push(beside);
        }
    }
    let secrets: BTreeSet<Vec<u8>> =
        files.iter().flat_map(|file| file.kept().secrets).filter(is_key_log).map(|log| log.bytes).collect();
    let lines: Vec<(&[u8], Vec<u8>)> = secrets
        .iter()
        .flat_map(|log| log.split(|byte| *byte == b'\n'))
        .filter_map(|line| Some((line, line.split(|byte| *byte == b' ').nth(1).and_then(from_hex)?)))
        .collect();
    if lines.is_empty() {
        return Vec::new();
    }
    let named: HashSet<&[u8]> = lines.iter().map(|(_, random)| random.as_slice()).collect();
    let mut said: HashSet<&[u8]> = HashSet::new();
    for exchange in exchanges {
        let greeting = &exchange.stream(Direction::Frontend).bytes;
        let windows = greeting.get(..GREETING).unwrap_or(greeting).windows(RANDOM);
        said.extend(windows.filter(|window| named.contains(window)));
    }
    let ours = lines.iter().filter(|(_, random)| said.contains(random.as_slice()));
    let ours = ours.flat_map(|(line, _)| [*line, b"\n"]).collect::<Vec<_>>().concat();
    match ours.len() as u32 {
        0 => Vec::new(),
        length => block(10, &[&KEY_LOG.to_le_bytes()[..], &length.to_le_bytes(), &ours].concat()),
    }
}

fn is_key_log(secrets: &Secrets) -> bool {
    secrets.kind == KEY_LOG
}

fn from_hex(digits: &[u8]) -> Option<Vec<u8>> {
    let (pairs, rest) = digits.as_chunks();
    let byte = |[high, low]: &[u8; 2]| {
        let [high, low] = [high, low].map(|digit| char::from(*digit).to_digit(16));
        Some((high? << 4 | low?) as u8)
    };
    pairs.iter().map(byte).collect::<Option<Vec<u8>>>().filter(|_| rest.is_empty())
}

/// Writes remarks into a block that has no options yet.
fn remarked(packet: &mut Vec<u8>, remarks: &[String]) {
    const HEAD: usize = 8;
    const END: usize = 4;
    if !remarks.is_empty()
        && let Some(body) = packet.get(HEAD..packet.len() - END)
    {
        *packet = block(6, &[body, &options(remarks)].concat());
    }
}

/// Remarks as a block's options.
fn options(remarks: &[String]) -> Vec<u8> {
    let mut options = Vec::new();
    for remark in remarks {
        // An option is no longer; what was read as one is not, but for what no letter was.
        let cut = remark.floor_char_boundary(usize::from(u16::MAX));
        let text = remark.get(..cut).unwrap_or_default().as_bytes();
        options.extend(COMMENT.to_le_bytes());
        options.extend((text.len() as u16).to_le_bytes());
        options.extend_from_slice(text);
        options.resize(options.len().next_multiple_of(4), 0);
    }
    if !options.is_empty() {
        options.extend([0; 4]);
    }
    options
}

/// Blocks, with their times.
type Packets = Vec<(i64, Vec<u8>)>;

struct Flow {
    /// The addresses of client and server.
    ends: [SocketAddr; 2],
    /// The next sequence number of each direction.
    next: [u32; 2],
}

impl Flow {
    fn of(exchange: &Exchange, number: usize) -> Self {
        let port = FIRST_CLIENT_PORT.wrapping_add(number as u16);
        let known = exchange.ends().map(|end| end.parse::<SocketAddr>().ok());
        let ends = match known {
            // One packet has addresses of one kind.
            [Some(client), Some(server)] if client.is_ipv4() == server.is_ipv4() => [client, server],
            _ => [port, SERVER_PORT].map(|port| SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), port)),
        };
        // Connections between the same ports begin with other numbers each, as they do on a wire.
        let begin = (number as u32).wrapping_mul(STEP);
        Self { ends, next: [begin.wrapping_add(1000), begin.wrapping_add(2000)] }
    }

    fn write(&mut self, exchange: &Exchange, out: &mut Packets) {
        let first = exchange.segments.first().and_then(|segment| segment.at_us).unwrap_or_default();
        self.packet(Direction::Frontend, SYN, &[], first, out);
        self.packet(Direction::Backend, SYN | ACK, &[], first, out);
        self.packet(Direction::Frontend, ACK, &[], first, out);
        let mut last = first;
        let mut gaps = Direction::BOTH.map(|direction| exchange.gaps(direction));
        let gone = gone(exchange);
        for (nth, segment) in exchange.segments.iter().enumerate() {
            if let Some((_, direction, at)) = gone.filter(|(behind, ..)| *behind == nth) {
                self.packet(direction, FIN | ACK, &[], at.max(last), out);
            }
            // A clock that was set back sets back no order.
            last = segment.at_us.map_or(last, |at| at.max(last));
            // What was missing by then has been seen by the other end, which says so.
            for (direction, gaps) in Direction::BOTH.into_iter().zip(&mut gaps) {
                self.pass_over(gaps, direction, |gap| gap.behind <= nth);
            }
            let (direction, mut at) = (segment.direction, segment.span.start);
            let Some(gaps) = gaps.get_mut(direction.index()) else { continue };
            while at < segment.span.end {
                self.pass_over(gaps, direction, |gap| gap.at <= at);
                let next = gaps.first().map_or(segment.span.end, |gap| gap.at.min(segment.span.end));
                let part = Span::new(at, next.min(at + MOST));
                self.packet(direction, PUSH | ACK, part.of(&exchange.stream(direction).bytes), last, out);
                if let Some((_, packet)) = out.last_mut() {
                    remarked(packet, &exchange.remarks(direction, part));
                }
                at = part.end;
            }
        }
        for (direction, gaps) in Direction::BOTH.into_iter().zip(&mut gaps) {
            self.pass_over(gaps, direction, |_| true);
        }
        self.close(exchange, gone.map(|(_, direction, _)| direction), last, out);
    }

    /// Ends it as it was ended, if it was recorded: the end that is `gone` has said so. What was not ends when all is said.
    fn close(&mut self, exchange: &Exchange, gone: Option<Direction>, last: i64, out: &mut Packets) {
        let Closing { first, reset, is_over, at_us } = exchange.closing();
        let is_told = exchange.recorded.is_some() && exchange.closing() != Closing::default();
        let at = at_us.unwrap_or(last).max(last);
        let ends = |direction| first == Some(direction) || is_over && reset.is_none();
        let begins = first.unwrap_or(Direction::Frontend);
        let ends = [begins, begins.other()].into_iter().filter(|direction| !is_told || ends(*direction));
        for direction in ends.filter(|direction| gone != Some(*direction)) {
            self.packet(direction, FIN | ACK, &[], at, out);
        }
        if let Some(direction) = reset {
            self.packet(direction, RESET | ACK, &[], at, out);
        }
    }

    /// What is missing by then has its place in the numbers.
    fn pass_over(&mut self, gaps: &mut &[Gap], direction: Direction, is_by_then: impl Fn(&Gap) -> bool) {
        while let Some((gap, rest)) = gaps.split_first().filter(|(gap, _)| is_by_then(gap)) {
            if let Some(next) = self.next.get_mut(direction.index()) {
                *next = next.wrapping_add(gap.bytes as u32);
            }
            *gaps = rest;
        }
    }

    fn packet(&mut self, from: Direction, flags: u8, payload: &[u8], at_us: i64, out: &mut Packets) {
        let ([client, server], [one, two]) = (self.next, self.ends);
        let (ends, sequence, acknowledged) = match from {
            Direction::Frontend => ([one, two], client, server),
            Direction::Backend => ([two, one], server, client),
        };
        let acknowledged = if flags & ACK == 0 { 0 } else { acknowledged };
        let mut tcp = ends.iter().flat_map(|end| end.port().to_be_bytes()).collect::<Vec<u8>>();
        tcp.extend(sequence.to_be_bytes());
        tcp.extend(acknowledged.to_be_bytes());
        tcp.extend([5 << 4, flags, 0xff, 0xff, 0, 0, 0, 0]);
        tcp.extend_from_slice(payload);
        let addresses = ends.iter().flat_map(|end| octets(end.ip())).collect::<Vec<u8>>();
        let pseudo = [&addresses, &[0, 6][..], &(tcp.len() as u16).to_be_bytes(), &tcp].concat();
        patch(&mut tcp, 16, checksum(&pseudo));
        let mut packet = ip(&addresses, tcp.len() as u16);
        packet.extend(tcp);
        let time = at_us as u64;
        let length = (packet.len() as u32).to_le_bytes();
        let head = [0u32, (time >> 32) as u32, time as u32].map(u32::to_le_bytes).concat();
        let padding = vec![0; packet.len().next_multiple_of(4) - packet.len()];
        out.push((at_us, block(6, &[&head[..], &length, &length, &packet, &padding].concat())));
        let used = payload.len() as u32 + u32::from(flags & (SYN | FIN) != 0);
        if let Some(next) = self.next.get_mut(from.index()) {
            *next = next.wrapping_add(used);
        }
    }
}

/// Before which segment one end said that it says nothing more, while the other went on: who, and when.
fn gone(exchange: &Exchange) -> Option<(usize, Direction, i64)> {
    let Closing { first, at_us, .. } = exchange.closing();
    let (direction, at) = first.zip(at_us)?;
    let behind = exchange.segments.iter().position(|segment| segment.at_us.is_some_and(|said| said > at))?;
    let rest = exchange.segments.get(behind..).unwrap_or_default();
    let is_whole = exchange.gaps(direction).iter().all(|gap| gap.behind < behind);
    (is_whole && rest.iter().all(|segment| segment.direction != direction)).then_some((behind, direction, at))
}

fn octets(address: IpAddr) -> Vec<u8> {
    match address {
        IpAddr::V4(address) => address.octets().to_vec(),
        IpAddr::V6(address) => address.octets().to_vec(),
    }
}

/// The header of a packet with so many bytes of TCP; both addresses are of IPv4, or both of IPv6.
fn ip(addresses: &[u8], length: u16) -> Vec<u8> {
    if addresses.len() > 8 {
        return [&[0x60, 0, 0, 0][..], &length.to_be_bytes(), &[6, 64], addresses].concat();
    }
    let total = (length + 20).to_be_bytes();
    let mut header = [&[0x45, 0, total[0], total[1], 0, 0, 0x40, 0, 64, 6, 0, 0][..], addresses].concat();
    let sum = checksum(&header);
    patch(&mut header, 10, sum);
    header
}

fn patch(bytes: &mut [u8], at: usize, value: u16) {
    if let Some(place) = bytes.get_mut(at..at + 2) {
        place.copy_from_slice(&value.to_be_bytes());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use pgscope_proto::Stream;

    /// The bodies of all blocks; each length stands before and behind its block.
    fn blocks(mut file: &[u8]) -> Vec<(u32, Vec<u8>)> {
        let word = |bytes: &[u8]| u32::from_le_bytes(bytes.try_into().unwrap());
        let mut blocks = Vec::new();
        while !file.is_empty() {
            let length = word(&file[4..8]) as usize;
            assert_eq!(word(&file[length - 4..length]) as usize, length);
            blocks.push((word(&file[..4]), file[8..length - 4].to_vec()));
            file = &file[length..];
        }
        blocks
    }

    /// Connections between the same ports are told apart, and end as they ended.
    #[test]
    fn what_is_written_is_read_as_it_was() {
        let (client, server) = (Some(Direction::Frontend), Some(Direction::Backend));
        let endings = [
            Closing { at_us: Some(9_000), ..Closing::default() },
            Closing { first: client, is_over: true, at_us: Some(9_000), reset: None },
            Closing { first: server, is_over: true, at_us: Some(9_000), reset: None },
            Closing { first: server, is_over: false, at_us: Some(9_000), reset: None },
            Closing { reset: server, is_over: true, at_us: Some(9_000), first: None },
            Closing { first: client, reset: server, is_over: true, at_us: Some(9_000) },
        ];
        let written: Vec<Exchange> = endings
            .iter()
            .enumerate()
            .map(|(nth, closing)| {
                let mut exchange = Exchange::default();
                let query = format!("Q\0\0\0\x0dSELECT {nth}\0");
                let at = 10_000 * nth as i64;
                exchange.push(Direction::Frontend, &Stream::raw(query.into_bytes()), Some(at + 1_000));
                exchange.push(Direction::Backend, &Stream::raw(b"Z\0\0\0\x05I".to_vec()), Some(at + 2_000));
                exchange.between(["10.0.0.1:40000", "10.0.0.2:5432"]);
                let closing = Closing { at_us: closing.at_us.map(|closed| closed + at), ..*closing };
                exchange.recorded.get_or_insert_default().closing = closing;
                exchange
            })
            .collect();
        let file = file(&written.iter().collect::<Vec<_>>());
        let read = pgscope_capture::read(&file, &pgscope_capture::Options::default()).exchanges;
        assert_eq!(read.len(), written.len());
        for (read, written) in read.iter().zip(&written) {
            assert_eq!(
                read.streams.each_ref().map(|stream| stream.bytes.clone()),
                written.streams.each_ref().map(|stream| stream.bytes.clone())
            );
            let ended = |closing: Closing| Closing { at_us: None, ..closing };
            assert_eq!(ended(read.closing()), ended(written.closing()));
        }
    }

    /// Secrets of other connections are nobody's who gets this one.
    #[test]
    fn remarks_and_the_secrets_of_these_connections_go_along() {
        use pgscope_proto::{Kept, Recorded, Remark};
        use std::sync::{Arc, RwLock};
        let (ours, others) = ([0x1f_u8; RANDOM], [0x2e_u8; RANDOM]);
        let digits = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
        let line = |random: &[u8], secret: &str| format!("CLIENT_RANDOM {} {secret}\n", digits(random));
        let log = [line(&ours, "aa"), "# a comment\n".to_owned(), line(&others, "bb")].concat();
        let remark = |at: usize, text: &str| Remark { place: Span::new(at, at + 1), text: text.to_owned() };
        let kept = Kept {
            remarks: vec![
                remark(0, "says hello ✓"),
                remark(50, "nobody’s"),
                remark(100, "a"),
                remark(100, "second one"),
            ],
            secrets: vec![Secrets { kind: KEY_LOG, bytes: log.into_bytes() }, Secrets { kind: 1, bytes: vec![7] }],
        };
        let mut exchange = Exchange::default();
        let hello = [b"\x16\x03\x01\x00\x2a\x01\x00\x00\x26\x03\x03".as_slice(), &ours, b"..."].concat();
        exchange.push_run(Direction::Frontend, &hello, 0, Some(1_000));
        exchange.push_run(Direction::Backend, b"Z\0\0\0\x05I", 100, Some(2_000));
        exchange.recorded =
            Some(Box::new(Recorded { kept: Some(Arc::new(RwLock::new(kept)).into()), ..Recorded::default() }));
        let read = pgscope_capture::read(&file(&[&exchange]), &pgscope_capture::Options::default());
        assert!(read.problems.is_empty(), "{:?}", read.problems);
        let [back] = read.exchanges.as_slice() else { panic!("{}", read.exchanges.len()) };
        assert_eq!(back.remarks(Direction::Frontend, Span::new(0, hello.len())), ["says hello ✓"]);
        assert_eq!(back.remarks(Direction::Backend, Span::new(0, 6)), ["a", "second one"]);
        let secrets = back.kept().expect("it is kept").kept().secrets;
        assert_eq!(secrets, [Secrets { kind: KEY_LOG, bytes: line(&ours, "aa").into_bytes() }]);
        let masked = Exchange { recorded: None, ..exchange };
        assert!(
            pgscope_capture::read(&file(&[&masked]), &pgscope_capture::Options::default()).exchanges[0]
                .kept()
                .is_none()
        );
    }

    #[test]
    fn each_segment_is_a_packet_with_sums_that_hold() {
        let mut exchange = Exchange::default();
        exchange.push(Direction::Frontend, &Stream::raw(b"\0\0\0\x08\x04\xd2\x16\x2f".to_vec()), Some(1000));
        exchange.push(Direction::Backend, &Stream::raw(b"N".to_vec()), Some(2000));
        let blocks = blocks(&file(&[&exchange]));
        assert_eq!(blocks.iter().map(|(kind, _)| *kind).collect::<Vec<_>>(), [0x0a0d_0d0a, 1, 6, 6, 6, 6, 6, 6, 6]);
        for (_, body) in &blocks[2..] {
            let length = u32::from_le_bytes(body[12..16].try_into().unwrap()) as usize;
            let packet = &body[20..20 + length];
            assert_eq!(checksum(&packet[..20]), 0);
            let tcp = &packet[20..];
            let pseudo = [&packet[12..20], &[0, 6], &(tcp.len() as u16).to_be_bytes(), tcp].concat();
            assert_eq!(checksum(&pseudo), 0);
        }
        assert!(blocks[5].1.windows(8).any(|window| window == b"\0\0\0\x08\x04\xd2\x16\x2f"));
        assert_eq!(blocks[6].1[60], b'N');
        assert_eq!(blocks[6].1[8..12], 2000u32.to_le_bytes());
    }
}
