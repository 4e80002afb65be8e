//! Recorded pieces as a capture file: each is a segment of TCP, each connection begins and ends as TCP's do. Addresses are
//! those of loopback, the server's port is 5432, and the clock begins with the year 2026.

use pgscope_proto::Direction;

use super::proxy::Piece;

const SERVER_PORT: u16 = 5432;
const FIRST_CLIENT_PORT: u16 = 40_001;
const BEGINNING_S: u64 = 1_767_225_600;
/// Raw IP.
const LINK: u32 = 101;

const FIN: u8 = 0x01;
const SYN: u8 = 0x02;
const PUSH: u8 = 0x08;
const ACK: u8 = 0x10;

/// What both ends of a connection will number next.
#[derive(Clone, Copy)]
struct Ends {
    port: u16,
    next: [u32; 2],
}

/// A capture file with what was recorded.
pub(crate) fn written(pieces: &[Piece]) -> Vec<u8> {
    let mut file = Vec::new();
    for word in [0xa1b2_c3d4_u32, 0x0004_0002, 0, 0, 65_535, LINK] {
        file.extend(word.to_le_bytes());
    }
    let mut connections: Vec<Ends> = Vec::new();
    for piece in pieces {
        while connections.len() <= piece.connection {
            let mut ends = Ends { port: FIRST_CLIENT_PORT + connections.len() as u16, next: [0; 2] };
            ends.packet(&mut file, piece.at_us, Direction::Frontend, SYN, &[]);
            ends.packet(&mut file, piece.at_us, Direction::Backend, SYN | ACK, &[]);
            ends.packet(&mut file, piece.at_us, Direction::Frontend, ACK, &[]);
            connections.push(ends);
        }
        let flags = if piece.bytes.is_empty() { FIN | ACK } else { PUSH | ACK };
        connections[piece.connection].packet(&mut file, piece.at_us, piece.direction, flags, &piece.bytes);
    }
    file
}

impl Ends {
    fn packet(&mut self, file: &mut Vec<u8>, at_us: u64, direction: Direction, flags: u8, data: &[u8]) {
        let (from, to) = (direction.index(), 1 - direction.index());
        let ports = [self.port, SERVER_PORT];
        let mut tcp = Vec::new();
        tcp.extend(ports[from].to_be_bytes());
        tcp.extend(ports[to].to_be_bytes());
        tcp.extend(self.next[from].to_be_bytes());
        tcp.extend(if flags & ACK == 0 { 0 } else { self.next[to] }.to_be_bytes());
        tcp.extend([0x50, flags, 0xff, 0xff, 0, 0, 0, 0]);
        tcp.extend(data);
        let addresses = [127, 0, 0, 1, 127, 0, 0, 1];
        let length = tcp.len() as u16;
        let sum = checksum(&[addresses.as_slice(), &[0, 6], &length.to_be_bytes(), &tcp].concat());
        tcp[16..18].copy_from_slice(&sum.to_be_bytes());
        let mut ip = vec![0x45, 0];
        ip.extend((length + 20).to_be_bytes());
        ip.extend([0, 0, 0x40, 0, 64, 6, 0, 0]);
        ip.extend(addresses);
        let sum = checksum(&ip);
        ip[10..12].copy_from_slice(&sum.to_be_bytes());
        let size = u32::from(length) + 20;
        let second = (BEGINNING_S + at_us / 1_000_000) as u32;
        for word in [second, (at_us % 1_000_000) as u32, size, size] {
            file.extend(word.to_le_bytes());
        }
        file.extend(ip);
        file.extend(tcp);
        let numbered = data.len() as u32 + u32::from(flags & (SYN | FIN) != 0);
        self.next[from] = self.next[from].wrapping_add(numbered);
    }
}

fn checksum(bytes: &[u8]) -> u16 {
    let words = bytes.chunks(2).map(|pair| u32::from(pair[0]) << 8 | u32::from(pair.get(1).copied().unwrap_or(0)));
    let sum: u32 = words.sum();
    let folded = (sum & 0xffff) + (sum >> 16);
    !((folded & 0xffff) + (folded >> 16)) as u16
}
