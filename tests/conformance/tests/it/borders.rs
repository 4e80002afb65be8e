//! Random values of every built-in type, given to real servers: what these print of them is what is read from their bytes.
//!
//! `PGSCOPE_VALUES` says how many of each type, `PGSCOPE_WALK_SEED` from which seed on.

use std::collections::BTreeMap;

use pgscope_proto::types;
use pgscope_session::values::text_of;
use pgscope_sim::{Edition, Random};

use crate::postgres::Postgres;
use crate::refused::{Asked, damaged};
use crate::socket::message;
use crate::values::{FROM_THE_CATALOGUE, recorded};
use crate::walks::given;

/// How many values are made of each type that has a generator.
const VALUES: u64 = 60;
const SEED: u64 = 4_000;

/// Asks a server for a value as text and in binary format.
fn asking(oid: u32, value: &[u8]) -> Vec<u8> {
    let parse = [b"\0SELECT $1, $1\0\0\x01".as_slice(), &oid.to_be_bytes()].concat();
    let length = (value.len() as u32).to_be_bytes();
    let bind = [b"\0\0\0\x01\0\x01\0\x01".as_slice(), &length, value, b"\0\x02\0\0\0\x01"].concat();
    let execute = message(b'E', b"\0\0\0\0\0");
    [message(b'P', &parse), message(b'B', &bind), execute, message(b'S', b"")].concat()
}

struct Made(Random);

impl Made {
    fn below(&mut self, most: u64) -> u64 {
        self.0.number() % most
    }

    fn bytes(&mut self, count: usize) -> Vec<u8> {
        (0..count).map(|_| self.0.number() as u8).collect()
    }

    fn sized(bytes: &[u8]) -> Vec<u8> {
        [&(bytes.len() as u32).to_be_bytes(), bytes].concat()
    }

    fn text(&mut self) -> Vec<u8> {
        const LETTERS: &[char] =
            &['a', 'Z', '0', ' ', '"', '\\', ',', '{', '}', '(', ')', '\'', 'é', '😀', '\t', '\n', ':', 'N', 'U', 'L'];
        let count = self.below(7);
        (0..count).map(|_| LETTERS[self.below(LETTERS.len() as u64) as usize]).collect::<String>().into_bytes()
    }

    /// Digits that lie on borders as often as anywhere.
    fn float(&mut self) -> f64 {
        match self.below(6) {
            0 => f64::from_bits(self.0.number()),
            1 => self.below(1 << 60) as f64,
            2 => (self.below(1 << 54) as f64) * 2f64.powi(self.below(60) as i32),
            3 => self.below(100_000) as f64 / 10f64.powi(self.below(8) as i32),
            4 => f64::from_bits(self.below(1 << 11) << 52),
            _ => -(10f64.powi(self.below(40) as i32 - 20)),
        }
    }

    fn numeric(&mut self) -> Vec<u8> {
        let count = self.below(6);
        let weight = self.below(8) as i16 - 4;
        let sign: u16 = [0, 0x4000, 0, 0x4000, 0xc000, 0xd000, 0xf000][self.below(7) as usize];
        let scale = if sign >= 0xc000 { 0 } else { self.below(24) as u16 };
        let mut bytes =
            [(count as u16).to_be_bytes(), weight.to_be_bytes(), sign.to_be_bytes(), scale.to_be_bytes()].concat();
        for _ in 0..count {
            bytes.extend((self.below(10_000) as u16).to_be_bytes());
        }
        bytes
    }

    fn address(&mut self, is_cidr: bool) -> Vec<u8> {
        let is_six = self.below(2) == 0;
        let count = if is_six { 16 } else { 4 };
        let mut bytes = self.bytes(count);
        // Words of zeros are what is written short.
        let zeros = self.below(9) as usize * 2;
        let at = self.below(9) as usize * 2;
        bytes.iter_mut().skip(at).take(zeros).for_each(|byte| *byte = 0);
        let most = count as u64 * 8;
        let mask = if is_cidr || self.below(2) == 0 { most } else { self.below(most + 1) };
        [vec![if is_six { 3 } else { 2 }, mask as u8, u8::from(is_cidr), count as u8], bytes].concat()
    }

    /// A value of a type that has no parts of other types; nothing if none is made of it.
    fn scalar(&mut self, oid: u32) -> Option<Vec<u8>> {
        let near = |made: &mut Self, most: u64| (made.below(most) as i64).wrapping_sub(most as i64 / 2);
        Some(match oid {
            16 => vec![self.below(2) as u8],
            18 => vec![self.0.number() as u8],
            20 | 790 | 3220 | 5069 => self.bytes(8),
            21 => self.bytes(2),
            23 | 26 | 28 | 29 => self.bytes(4),
            27 | 829 => self.bytes(6),
            17 => self.bytes(5),
            25 | 1042 | 1043 => self.text(),
            700 => (self.float() as f32).to_be_bytes().to_vec(),
            701 => self.float().to_be_bytes().to_vec(),
            774 => self.bytes(8),
            869 => self.address(false),
            650 => self.address(true),
            1700 => self.numeric(),
            2950 => self.bytes(16),
            1082 => (near(self, 4_000_000) as i32).to_be_bytes().to_vec(),
            1083 => (self.below(86_400_000_001) as i64).to_be_bytes().to_vec(),
            1114 | 1184 => near(self, 400_000_000_000_000_000).to_be_bytes().to_vec(),
            1266 => [
                (self.below(86_400_000_001) as i64).to_be_bytes().to_vec(),
                (near(self, 100_000) as i32).to_be_bytes().to_vec(),
            ]
            .concat(),
            1186 => [
                near(self, 1 << 50).to_be_bytes().to_vec(),
                (near(self, 100_000) as i32).to_be_bytes().to_vec(),
                (near(self, 100_000) as i32).to_be_bytes().to_vec(),
            ]
            .concat(),
            1560 | 1562 => {
                let bits = self.below(20) as u32;
                let mut bytes = self.bytes(bits.div_ceil(8) as usize);
                if let Some(last) = bytes.last_mut().filter(|_| !bits.is_multiple_of(8)) {
                    *last &= 0xff << (8 - bits % 8);
                }
                [bits.to_be_bytes().to_vec(), bytes].concat()
            }
            600 | 601 | 603 | 718 => {
                let count = match oid {
                    600 => 2,
                    718 => 3,
                    _ => 4,
                };
                let mut numbers: Vec<f64> = (0..count).map(|_| self.float()).collect();
                numbers[count - 1] = if oid == 718 { numbers[2].abs() } else { numbers[count - 1] };
                numbers.iter().flat_map(|number| number.to_be_bytes()).collect()
            }
            _ => return None,
        })
    }

    /// An array of such values, with several dimensions, NULLs and other lower bounds.
    fn array(&mut self, element: u32) -> Option<Vec<u8>> {
        let dimensions = self.below(3);
        let lengths: Vec<u64> = (0..dimensions).map(|_| 1 + self.below(3)).collect();
        let mut bytes = [(dimensions as u32).to_be_bytes(), [0; 4], element.to_be_bytes()].concat();
        for length in &lengths {
            let lower = if self.below(3) == 0 { self.below(5) as i32 - 2 } else { 1 };
            bytes.extend([(*length as u32).to_be_bytes(), lower.to_be_bytes()].concat());
        }
        let count = if dimensions == 0 { 0 } else { lengths.iter().product() };
        for _ in 0..count {
            match self.below(6) {
                0 => {
                    bytes[7] = 1;
                    bytes.extend((-1i32).to_be_bytes());
                }
                _ => bytes.extend(Self::sized(&self.scalar(element)?)),
            }
        }
        Some(bytes)
    }

    fn range(&mut self, element: u32) -> Option<Vec<u8>> {
        let flags = [0x01, 0x02, 0x04, 0x06, 0x08, 0x10, 0x18, 0x0a, 0x14][self.below(9) as usize];
        let mut bytes = vec![flags];
        if flags == 1 {
            return Some(bytes);
        }
        let bounds = [0x08, 0x10].into_iter().filter(|infinite| flags & infinite == 0).count();
        let mut values = (0..bounds).map(|_| self.scalar(element)).collect::<Option<Vec<_>>>()?;
        values.sort();
        values.iter().for_each(|value| bytes.extend(Self::sized(value)));
        Some(bytes)
    }

    fn vector(&mut self, element: u32, size: usize) -> Vec<u8> {
        let count = self.below(4) as u32;
        let mut bytes = [1u32.to_be_bytes(), [0; 4], element.to_be_bytes(), count.to_be_bytes(), [0; 4]].concat();
        for _ in 0..count {
            let value = self.bytes(size);
            bytes.extend(Self::sized(&value));
        }
        bytes
    }
}

const SCALARS: &[u32] = &[
    16, 17, 18, 20, 21, 23, 25, 26, 27, 28, 29, 600, 601, 603, 650, 700, 701, 718, 774, 790, 829, 869, 1042, 1043,
    1082, 1083, 1114, 1184, 1186, 1266, 1560, 1562, 1700, 2950, 3220, 5069,
];
/// Array types, and what they are of.
const ARRAYS: &[(u32, u32)] = &[
    (1000, 16),
    (1001, 17),
    (1002, 18),
    (1005, 21),
    (1007, 23),
    (1016, 20),
    (1009, 25),
    (1015, 1043),
    (1014, 1042),
    (1021, 700),
    (1022, 701),
    (1231, 1700),
    (1041, 869),
    (651, 650),
    (1115, 1114),
    (1185, 1184),
    (1182, 1082),
    (1183, 1083),
    (1187, 1186),
    (1270, 1266),
    (2951, 2950),
    (1020, 603),
    (1017, 600),
    (791, 790),
    (1561, 1560),
    (1040, 829),
];
const RANGES: &[(u32, u32)] = &[(3904, 23), (3926, 20), (3906, 1700), (3908, 1114), (3910, 1184), (3912, 1082)];

fn made(seed: u64, each: usize) -> Vec<(u32, Vec<u8>)> {
    let mut made = Made(Random::seeded(seed));
    let mut cases = Vec::new();
    for _ in 0..each {
        for oid in SCALARS {
            cases.extend(made.scalar(*oid).map(|bytes| (*oid, bytes)));
        }
        for (oid, element) in ARRAYS {
            cases.extend(made.array(*element).map(|bytes| (*oid, bytes)));
        }
        for (oid, element) in RANGES {
            cases.extend(made.range(*element).map(|bytes| (*oid, bytes)));
        }
        cases.push((22, made.vector(21, 2)));
        cases.push((30, made.vector(26, 4)));
    }
    cases
}

fn held_against(edition: Edition) {
    let seed = given("PGSCOPE_WALK_SEED", SEED);
    let each = given("PGSCOPE_VALUES", VALUES) as usize;
    let Some(server) = Postgres::start(edition) else { return };
    let mut asked = Asked::new(server.port);
    let mut cases = made(seed, each);
    let is_of_catalogue = |oid: u32| types::name(oid).is_some_and(|name| FROM_THE_CATALOGUE.contains(&name.as_str()));
    // What servers sent once, and each in some other form.
    let mut random = Random::seeded(seed);
    for (sample, bytes) in recorded().filter(|(sample, bytes)| sample.oid != 2249 && bytes.len() < 200) {
        if !is_of_catalogue(sample.oid) {
            let others = damaged(&bytes);
            let some = (0..each.min(others.len())).map(|_| others[random.number() as usize % others.len()].clone());
            cases.extend(some.map(|bytes| (sample.oid, bytes)));
            cases.push((sample.oid, bytes));
        }
    }
    let (mut equal, mut differing) = (BTreeMap::<u32, usize>::new(), Vec::new());
    for batch in cases.chunks(100) {
        let questions: Vec<u8> = batch.iter().flat_map(|(oid, bytes)| asking(*oid, bytes)).collect();
        asked.ask(&questions);
        for (oid, bytes) in batch {
            let Ok(row) = asked.row() else { continue };
            let [text, binary] = row.as_slice() else { panic!("two values of {oid} {bytes:02x?}") };
            let text = String::from_utf8_lossy(text);
            let ours = text_of(*oid, binary);
            // Servers before 17 know no infinite interval.
            let is_infinite = edition == Edition::Fifteen && matches!(oid, 1186 | 1187);
            if is_infinite && ours.as_ref().is_some_and(|ours| ours.contains("infinity")) {
                continue;
            }
            if ours.as_deref() == Some(&text) {
                *equal.entry(*oid).or_default() += 1;
            } else {
                let name = types::name(*oid).unwrap_or_default();
                differing.push(format!("{name} {binary:02x?}\n  server {text:?}\n  ours   {ours:?}"));
            }
        }
    }
    let count: usize = equal.values().sum();
    eprintln!(
        "{count} values of {} types from seed {seed} are printed alike, {} are not",
        equal.len(),
        differing.len()
    );
    assert!(
        differing.is_empty(),
        "{} differ, {count} do not:\n{}",
        differing.len(),
        differing[..differing.len().min(60)].join("\n")
    );
    assert!(count > 3000 && equal.len() > 80, "{count} values of {} types", equal.len());
}

#[test]
fn values_are_read_as_postgresql_15_prints_them() {
    held_against(Edition::Fifteen);
}

#[test]
fn values_are_read_as_postgresql_18_prints_them() {
    held_against(Edition::Eighteen);
}
