//! Which version each name stands for now: a tree that branches where two names first differ in a bit.
//!
//! A step costs no more than the name is long, whatever names an input has, and nothing is hashed: a table with a hash that
//! nobody can foresee would weigh two kilobytes of the page's first part.

use super::NONE;

/// The versions of names.
#[derive(Clone, Debug)]
pub(super) struct Current {
    /// Of the name that is used most.
    nameless: u32,
    /// All names, one behind the other.
    bytes: Vec<u8>,
    leaves: Vec<Leaf>,
    forks: Vec<Fork>,
    /// The first branch: a leaf, or a fork with this bit set; [`NONE`] if there are no names.
    root: u32,
}

#[derive(Clone, Copy, Debug)]
struct Leaf {
    start: u32,
    end: u32,
    version: u32,
}

/// Where names differ first, and what leads to those without and with the bit.
#[derive(Clone, Copy, Debug)]
struct Fork {
    place: Place,
    branches: [u32; 2],
}

/// A bit of a name: those before it come first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Place {
    byte: u32,
    /// How many bits of the byte stand before it.
    bit: u32,
}

const FORK: u32 = 1 << 31;

impl Place {
    /// Which branch the name takes. No name has a zero byte, and behind its end it has nothing else.
    fn of(self, name: &[u8]) -> usize {
        let byte = name.get(self.byte as usize).copied().unwrap_or(0);
        usize::from(byte << self.bit >> 7)
    }

    /// Where two names differ first, if they do.
    fn between(one: &[u8], other: &[u8]) -> Option<Self> {
        let at = |name: &[u8], byte: usize| name.get(byte).copied().unwrap_or(0);
        let byte = (0..one.len().max(other.len())).find(|byte| at(one, *byte) != at(other, *byte))?;
        let bit = (at(one, byte) ^ at(other, byte)).leading_zeros();
        Some(Self { byte: byte as u32, bit })
    }
}

impl Default for Current {
    fn default() -> Self {
        Self { nameless: NONE, bytes: Vec::new(), leaves: Vec::new(), forks: Vec::new(), root: NONE }
    }
}

impl Current {
    /// The version that the name stands for; [`NONE`] if it never stood for any.
    pub(super) fn get(&self, name: &[u8]) -> u32 {
        if name.is_empty() {
            return self.nameless;
        }
        let leaf = self.leaves.get(self.nearest(name)).filter(|leaf| self.name(leaf) == name);
        leaf.map_or(NONE, |leaf| leaf.version)
    }

    /// The name stands for this version from now on.
    pub(super) fn set(&mut self, name: &[u8], version: u32) {
        if name.is_empty() {
            self.nameless = version;
            return;
        }
        let nearest = self.nearest(name);
        let Some(place) = self.leaves.get(nearest).map(|leaf| Place::between(self.name(leaf), name)) else {
            self.root = self.leaf(name, version);
            return;
        };
        match place {
            None => self.leaves.get_mut(nearest).into_iter().for_each(|leaf| leaf.version = version),
            Some(place) => {
                let leaf = self.leaf(name, version);
                self.branch(place, name, leaf);
            }
        }
    }

    fn name(&self, leaf: &Leaf) -> &[u8] {
        self.bytes.get(leaf.start as usize..leaf.end as usize).unwrap_or_default()
    }

    fn fork(&self, at: u32) -> Option<&Fork> {
        (at & FORK != 0 && at != NONE).then(|| self.forks.get((at & !FORK) as usize))?
    }

    /// The leaf that the name's own bits lead to.
    fn nearest(&self, name: &[u8]) -> usize {
        let mut at = self.root;
        while let Some(fork) = self.fork(at) {
            at = if fork.place.of(name) == 0 { fork.branches[0] } else { fork.branches[1] };
        }
        at as usize
    }

    fn leaf(&mut self, name: &[u8], version: u32) -> u32 {
        let start = self.bytes.len() as u32;
        self.bytes.extend_from_slice(name);
        self.leaves.push(Leaf { start, end: self.bytes.len() as u32, version });
        self.leaves.len() as u32 - 1
    }

    /// Puts a fork where all before it have the same bits, and what stood there on its other side.
    fn branch(&mut self, place: Place, name: &[u8], leaf: u32) {
        let new = self.forks.len() as u32 | FORK;
        let (mut at, mut above) = (self.root, None);
        while let Some(fork) = self.fork(at).filter(|fork| fork.place < place) {
            let side = fork.place.of(name);
            above = Some((at & !FORK, side));
            at = if side == 0 { fork.branches[0] } else { fork.branches[1] };
        }
        let branches = if place.of(name) == 0 { [leaf, at] } else { [at, leaf] };
        self.forks.push(Fork { place, branches });
        let link = match above {
            Some((fork, side)) => self.forks.get_mut(fork as usize).and_then(|fork| fork.branches.get_mut(side)),
            None => Some(&mut self.root),
        };
        link.into_iter().for_each(|link| *link = new);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::HashMap;

    proptest! {
        #[test]
        fn each_name_has_what_was_set_last(names in prop::collection::vec("[a-c\u{e9}]{0,5}", 0..200)) {
            let (mut ours, mut theirs) = (Current::default(), HashMap::new());
            for (version, name) in names.iter().enumerate() {
                prop_assert_eq!(ours.get(name.as_bytes()), theirs.get(name).copied().unwrap_or(NONE));
                ours.set(name.as_bytes(), version as u32);
                theirs.insert(name, version as u32);
            }
            for (name, version) in theirs {
                prop_assert_eq!(ours.get(name.as_bytes()), version);
            }
        }
    }
}
