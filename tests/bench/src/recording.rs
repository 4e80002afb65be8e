//! A capture file, made: connections that ask and are answered, the same at every run.

use std::collections::VecDeque;

/// How many rows an answer of a usual recording has at most, and one of short answers.
pub const ROWS: u64 = 24;
/// The same where each query asks for one row.
pub const ROW: u64 = 1;

/// A capture file of about so many bytes with so many connections at a time; where one ends, another begins. An answer has at most so many rows.
///
/// Each connection logs in, prepares statements, runs them and simple queries, gets rows, and now and then an error.
pub fn recording(bytes: usize, connections: usize, rows: u64) -> Vec<u8> {
    let mut file = [0xa1b2_c3d4_u32, 0x0004_0002, 0, 0, 0x0004_0000, 1].map(u32::to_le_bytes).concat();
    // The version is two halves.
    file[4..8].copy_from_slice(&[2, 0, 4, 0]);
    let mut chance = Chance(7);
    let mut open: VecDeque<Connection> = (0..connections).map(|number| Connection::new(number, rows)).collect();
    let mut next = connections;
    let mut now_us = 1_700_000_000_000_000_u64;
    while file.len() < bytes {
        let Some(mut one) = open.pop_front() else { break };
        now_us += 20 + chance.below(60);
        one.go_on(&mut file, &mut now_us, &mut chance);
        if one.is_over {
            one = Connection::new(next, rows);
            next += 1;
        }
        open.push_back(one);
    }
    file
}

struct Chance(u64);

impl Chance {
    fn below(&mut self, below: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % below
    }
}

struct Connection {
    number: usize,
    most_rows: u64,
    /// The next sequence number of client and server.
    next: [u32; 2],
    rounds: u64,
    is_prepared: bool,
    is_over: bool,
}

const FLAG_SYN: u8 = 2;
const FLAG_ACK: u8 = 0x10;
const FLAG_FIN: u8 = 1;

impl Connection {
    fn new(number: usize, most_rows: u64) -> Self {
        Connection { number, most_rows, next: [1000, 5000], rounds: 0, is_prepared: false, is_over: false }
    }

    fn go_on(&mut self, file: &mut Vec<u8>, now_us: &mut u64, chance: &mut Chance) {
        if self.rounds == 0 {
            self.packet(file, *now_us, 0, FLAG_SYN, &[]);
            self.packet(file, *now_us, 1, FLAG_SYN | FLAG_ACK, &[]);
            self.packet(file, *now_us, 0, FLAG_ACK, &[]);
            let user = format!(
                "user\0app{}\0database\0shop\0application_name\0worker {}\0\0",
                self.number % 5,
                self.number % 3
            );
            let startup = [&(user.len() as u32 + 8).to_be_bytes()[..], &[0, 3, 0, 0], user.as_bytes()].concat();
            self.packet(file, *now_us, 0, FLAG_ACK, &startup);
            let key = [&(self.number as u32).to_be_bytes()[..], &[1, 2, 3, 4]].concat();
            let hello = [
                message(b'R', &[0, 0, 0, 0]),
                message(b'S', b"server_version\x0018.0\0"),
                message(b'K', &key),
                message(b'Z', b"I"),
            ];
            self.packet(file, *now_us, 1, FLAG_ACK, &hello.concat());
        }
        self.rounds += 1;
        *now_us += 5 + chance.below(30);
        match chance.below(40) {
            0 if self.rounds > 20 => {
                self.packet(file, *now_us, 0, FLAG_ACK, &message(b'X', &[]));
                self.packet(file, *now_us, 0, FLAG_ACK | FLAG_FIN, &[]);
                self.packet(file, *now_us, 1, FLAG_ACK | FLAG_FIN, &[]);
                self.is_over = true;
            }
            1 => {
                self.packet(file, *now_us, 0, FLAG_ACK, &message(b'Q', b"SELECT 1/0\0"));
                *now_us += 100;
                let error = message(b'E', b"SERROR\0VERROR\0C22012\0Mdivision by zero\0\0");
                self.packet(file, *now_us, 1, FLAG_ACK, &[error, message(b'Z', b"I")].concat());
            }
            2..10 => {
                let sql = format!("SELECT id, name FROM fruit WHERE id = {}\0", chance.below(100_000));
                self.packet(file, *now_us, 0, FLAG_ACK, &message(b'Q', sql.as_bytes()));
                *now_us += 50 + chance.below(3000);
                let columns = b"\0\x02id\0\0\0\0\0\0\0\0\0\0\x17\0\x04\xff\xff\xff\xff\0\0name\0\0\0\0\0\0\0\0\0\0\x19\xff\xff\xff\xff\xff\xff\0\0";
                self.answer(file, now_us, chance, message(b'T', columns));
            }
            _ => {
                let parse = message(b'P', b"s1\0UPDATE stock SET n = n - $1 WHERE fruit = $2 RETURNING id, n\0\0\0");
                let mut asks = if self.is_prepared { Vec::new() } else { parse };
                let fruit = format!("{:05}", chance.below(100_000));
                let bind = [b"\0s1\0\0\0\0\x02\0\0\0\x011\0\0\0\x05".as_slice(), fruit.as_bytes(), b"\0\0"];
                asks.extend(message(b'B', &bind.concat()));
                asks.extend(message(b'E', b"\0\0\0\0\0"));
                asks.extend(message(b'S', &[]));
                self.packet(file, *now_us, 0, FLAG_ACK, &asks);
                *now_us += 30 + chance.below(900);
                let begins = if self.is_prepared { Vec::new() } else { message(b'1', &[]) };
                self.is_prepared = true;
                self.answer(file, now_us, chance, [begins, message(b'2', &[])].concat());
            }
        }
    }

    fn answer(&mut self, file: &mut Vec<u8>, now_us: &mut u64, chance: &mut Chance, begins: Vec<u8>) {
        let rows = 1 + chance.below(self.most_rows);
        let mut answer = begins;
        for row in 0..rows {
            let id = format!("{:06}", chance.below(1_000_000));
            let name = format!("name {row}");
            let columns =
                [id.as_bytes(), name.as_bytes()].map(|value| [&(value.len() as u32).to_be_bytes()[..], value].concat());
            answer.extend(message(b'D', &[&[0, 2][..], &columns.concat()].concat()));
        }
        answer.extend(message(b'C', format!("SELECT {rows}\0").as_bytes()));
        answer.extend(message(b'Z', b"I"));
        for piece in answer.chunks(1448) {
            self.packet(file, *now_us, 1, FLAG_ACK, piece);
            *now_us += 3;
        }
    }

    /// A record with a packet: Ethernet, IPv4, TCP.
    fn packet(&mut self, file: &mut Vec<u8>, at_us: u64, sender: usize, flags: u8, payload: &[u8]) {
        let client = (0x0a00_0002 + (self.number / 20_000) as u32, 30_000 + (self.number % 20_000) as u16);
        let server = (0x0a00_0001, 5432);
        let (from, to) = if sender == 0 { (client, server) } else { (server, client) };
        let length = 40 + payload.len();
        let record = [(at_us / 1_000_000) as u32, (at_us % 1_000_000) as u32, length as u32 + 14, length as u32 + 14];
        file.extend(record.map(u32::to_le_bytes).concat());
        file.extend([2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 8, 0]);
        file.extend([0x45, 0]);
        file.extend((length as u16).to_be_bytes());
        file.extend([0, 1, 0x40, 0, 64, 6, 0, 0]);
        file.extend(from.0.to_be_bytes());
        file.extend(to.0.to_be_bytes());
        file.extend(from.1.to_be_bytes());
        file.extend(to.1.to_be_bytes());
        file.extend(self.next[sender].to_be_bytes());
        let ack = if flags & FLAG_ACK == 0 { 0 } else { self.next[1 - sender] };
        file.extend(ack.to_be_bytes());
        file.extend([0x50, flags | if payload.is_empty() { 0 } else { 8 }, 0x20, 0, 0, 0, 0, 0]);
        file.extend(payload);
        let counted = payload.len() as u32 + u32::from(flags & (FLAG_SYN | FLAG_FIN) != 0);
        self.next[sender] = self.next[sender].wrapping_add(counted);
    }
}

fn message(tag: u8, body: &[u8]) -> Vec<u8> {
    [&[tag][..], &(body.len() as u32 + 4).to_be_bytes(), body].concat()
}
