//! The wire: how long bytes travel, in which pieces they arrive, and what goes wrong on the way.

use pgscope_proto::Direction;

/// Something that goes wrong, at a byte of one direction's stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Damage {
    /// The byte there becomes another.
    Byte {
        /// Whose byte.
        direction: Direction,
        /// Which.
        offset: usize,
        /// What it becomes.
        value: u8,
    },
    /// The connection breaks before the byte there: both ends see a reset.
    Cut {
        /// Whose byte.
        direction: Direction,
        /// Which.
        offset: usize,
    },
    /// So many bytes from there on never arrive, and nobody is told.
    Drop {
        /// Whose bytes.
        direction: Direction,
        /// The first of them.
        offset: usize,
        /// How many.
        count: usize,
    },
    /// The bytes from there on arrive so much later.
    Delay {
        /// Whose bytes.
        direction: Direction,
        /// The first of them.
        offset: usize,
        /// How much later, in microseconds.
        by_us: u64,
    },
    /// Bytes arrive behind the byte there that nobody sent.
    Insert {
        /// In whose bytes.
        direction: Direction,
        /// Behind which of them.
        offset: usize,
        /// What arrives.
        bytes: Vec<u8>,
    },
}

/// A wire.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wire {
    /// How long a byte travels, in microseconds.
    pub latency_us: u64,
    /// How many bytes arrive together at most.
    pub segment: Option<usize>,
    /// What goes wrong.
    pub damages: Vec<Damage>,
}

impl Default for Wire {
    fn default() -> Self {
        Self { latency_us: 500, segment: None, damages: Vec::new() }
    }
}

/// What arrives of bytes that were sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Arrival {
    /// Bytes, so long after they could have come at the earliest.
    Bytes(Vec<u8>, u64),
    /// The connection is broken.
    Reset,
}

/// How far apart pieces of one message arrive.
const BETWEEN_PIECES_US: u64 = 20;

impl Wire {
    /// What arrives of `bytes`, which begin at `offset` of what `direction` says.
    pub(crate) fn carry(&self, direction: Direction, offset: usize, bytes: &[u8]) -> Vec<Arrival> {
        let mut bytes = bytes.to_vec();
        let mut dropped: Vec<std::ops::Range<usize>> = Vec::new();
        let mut cut = None;
        let mut delays = Vec::new();
        let mut inserted = Vec::new();
        for damage in &self.damages {
            match *damage {
                Damage::Insert { direction: of, offset: at, bytes: ref more } if of == direction => {
                    inserted.extend(at.checked_sub(offset).map(|at| (at, more.as_slice())));
                }
                Damage::Byte { direction: of, offset: at, value } if of == direction => {
                    let byte = at.checked_sub(offset).and_then(|at| bytes.get_mut(at));
                    byte.into_iter().for_each(|byte| *byte = value);
                }
                Damage::Cut { direction: of, offset: at } if of == direction => {
                    cut = at.checked_sub(offset).filter(|at| *at < bytes.len());
                }
                Damage::Drop { direction: of, offset: at, count } if of == direction => {
                    let from = at.saturating_sub(offset);
                    let to = at.saturating_add(count).saturating_sub(offset);
                    dropped.push(from..to);
                }
                Damage::Delay { direction: of, offset: at, by_us } if of == direction => {
                    delays.extend(at.checked_sub(offset).filter(|at| *at < bytes.len()).map(|at| (at, by_us)));
                }
                _ => {}
            }
        }
        let reset = cut.map(|at| bytes.truncate(at)).is_some();
        let mut arrivals = self.pieces(&bytes, &dropped, &delays, &inserted);
        arrivals.extend(reset.then_some(Arrival::Reset));
        arrivals
    }

    fn pieces(
        &self,
        bytes: &[u8],
        dropped: &[std::ops::Range<usize>],
        delays: &[(usize, u64)],
        inserted: &[(usize, &[u8])],
    ) -> Vec<Arrival> {
        let mut arrivals = Vec::new();
        let mut piece = Vec::new();
        let mut wait = 0;
        for (at, byte) in bytes.iter().enumerate() {
            let delay = delays.iter().find(|(from, _)| *from == at).map(|(_, by)| *by);
            let more = inserted.iter().filter(|(behind, _)| *behind == at).flat_map(|(_, more)| more.iter().copied());
            let own = (!dropped.iter().any(|range| range.contains(&at))).then_some(*byte);
            let is_first = std::iter::once(true).chain(std::iter::repeat(false));
            for (byte, delay) in own.into_iter().chain(more).zip(is_first.map(|first| delay.filter(|_| first))) {
                let full = self.segment.is_some_and(|most| piece.len() >= most.max(1));
                if (delay.is_some() || full) && !piece.is_empty() {
                    arrivals.push(Arrival::Bytes(std::mem::take(&mut piece), wait));
                    wait = BETWEEN_PIECES_US;
                }
                wait += delay.unwrap_or_default();
                piece.push(byte);
            }
        }
        if !piece.is_empty() {
            arrivals.push(Arrival::Bytes(piece, wait));
        }
        arrivals
    }
}
