//! Where masks are drawn from: a keyed function of what is masked, so that the same value gives the same mask, and nobody
//! without the key can try values until one fits.

use std::collections::HashSet;

use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};

/// The key of a run. Without it nothing can be said of what was masked.
#[derive(Clone)]
pub struct Key(Hmac<Sha256>);

impl std::fmt::Debug for Key {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("Key(…)")
    }
}

impl Key {
    /// A key of chance; where that comes from is the caller's.
    pub fn new(random: [u8; 32]) -> Self {
        // A block of the hash, as which a shorter key counts with zeros behind it.
        let mut block = [0; 64];
        block.iter_mut().zip(random).for_each(|(place, byte)| *place = byte);
        Self(Hmac::new(&block.into()))
    }

    /// The key of a seed: whoever knows the seed can try values.
    pub fn of_seed(seed: &str) -> Self {
        Self::new(Sha256::digest(seed.as_bytes()).into())
    }

    /// Numbers that depend on the key and on these parts alone.
    pub(super) fn draw(&self, class: &str, attempt: u32, parts: &[&[u8]]) -> Draw {
        let mut mac = self.0.clone();
        mac.update(class.as_bytes());
        mac.update(&attempt.to_be_bytes());
        for part in parts {
            mac.update(&(part.len() as u64).to_be_bytes());
            mac.update(part);
        }
        Draw { block: mac.finalize().into_bytes().into(), at: 0 }
    }
}

/// A row of numbers of chance.
pub(super) struct Draw {
    block: [u8; 32],
    at: usize,
}

impl Draw {
    pub(super) fn byte(&mut self) -> u8 {
        if self.at == self.block.len() {
            self.block = Sha256::digest(self.block).into();
            self.at = 0;
        }
        self.at += 1;
        self.block.get(self.at - 1).copied().unwrap_or_default()
    }

    pub(super) fn number(&mut self) -> u64 {
        (0..8).fold(0, |number, _| number << 8 | u64::from(self.byte()))
    }

    /// A number from `from` to below `to`.
    pub(super) fn between(&mut self, from: u64, to: u64) -> u64 {
        from + self.number() % (to.saturating_sub(from)).max(1)
    }

    /// A byte from `from` to `to`, and another one than `was` if there is another.
    pub(super) fn other(&mut self, was: u8, from: u8, to: u8) -> u8 {
        let count = u64::from(to - from) + 1;
        if !(from..=to).contains(&was) {
            return from + self.between(0, count) as u8;
        }
        if count == 1 {
            return from;
        }
        let drawn = from + self.between(0, count - 1) as u8;
        if drawn >= was { drawn + 1 } else { drawn }
    }
}

/// What must not be seen again: the values that are masked, by their hashes.
#[derive(Default)]
pub(super) struct Originals {
    hashes: HashSet<u64>,
    /// Which lengths there are, a bit each.
    lengths: u32,
}

/// What is shorter than this says nothing.
const SHORTEST: usize = 4;
/// What is longer than this never comes again by chance.
const LONGEST: usize = 12;
/// In a longer mask nothing is looked for.
const LONGEST_MASK: usize = 4096;

impl Originals {
    pub(super) fn add(&mut self, value: &[u8]) {
        // Small numbers stand everywhere: lengths and counts are such.
        let says_something = value.iter().filter(|byte| **byte != 0).count() > 1;
        if (SHORTEST..=LONGEST).contains(&value.len()) && says_something {
            self.hashes.insert(hash(value));
            self.lengths |= 1 << value.len();
        }
    }

    /// Whether one of them stands in this mask, by chance.
    pub(super) fn show_in(&self, mask: &[u8]) -> bool {
        let lengths = (SHORTEST..=LONGEST).filter(|length| self.lengths & 1 << length != 0);
        let is_in = |length: usize| mask.windows(length).any(|part| self.hashes.contains(&hash(part)));
        mask.len() <= LONGEST_MASK && lengths.into_iter().any(is_in)
    }
}

/// FNV-1a: it only has to be quick, for nothing depends on what it gives.
fn hash(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x100_0000_01b3))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_gives_the_same_and_another_key_another() {
        let numbers = |key: &Key, class: &str| (0..9).map(|_| key.draw(class, 0, &[b"x"]).number()).collect::<Vec<_>>();
        let (one, two) = (Key::of_seed("one"), Key::of_seed("two"));
        assert_eq!(numbers(&one, "text"), numbers(&one, "text"));
        assert_ne!(numbers(&one, "text"), numbers(&two, "text"));
        assert_ne!(numbers(&one, "text"), numbers(&one, "name"));
    }

    #[test]
    fn another_byte_is_drawn() {
        let mut draw = Key::of_seed("x").draw("", 0, &[]);
        for was in [b'a', b'm', b'z', b'!'] {
            assert!((0..200).all(|_| {
                let byte = draw.other(was, b'a', b'z');
                byte != was && byte.is_ascii_lowercase()
            }));
        }
    }

    #[test]
    fn what_was_there_is_found_again() {
        let mut originals = Originals::default();
        originals.add(b"1234");
        originals.add(b"abc");
        assert!(originals.show_in(b"x1234y") && !originals.show_in(b"abcx123y4"));
    }
}
