//! Bytes that know where they came from.
//!
//! A [`Stream`] is bytes with a run-length [`SourceMap`] to its parent: the pasted text for the bytes that were read from
//! it, TCP segments for a direction, CopyData messages for the COPY data inside them. It does not know what its bytes
//! mean. A run of bytes whose sources are equally wide and equally far apart costs one piece, whatever its length:
//!
//! ```text
//! text    5 1 _ 0 0 _ 0 0 _ 0 0 _ 0 d       five bytes: one piece, width 2, stride 3
//!         └─┘   └─┘   └─┘   └─┘   └─┘
//! ```

use crate::Span;

/// A run of bytes whose sources are equally wide and equally far apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Piece {
    /// Where the run begins in this stream.
    at: usize,
    /// How many bytes it has.
    count: usize,
    /// Where the source of its first byte begins in the parent.
    source: usize,
    /// How many units of the parent one byte came from.
    width: u32,
    /// How far the sources of two neighbouring bytes lie apart.
    stride: u32,
}

impl Piece {
    fn source_of(&self, at: usize) -> Span {
        let start = self.source + (at - self.at) * self.stride as usize;
        Span::new(start, start + self.width as usize)
    }

    fn end(&self) -> usize {
        self.at + self.count
    }
}

/// For each byte of a stream, the span of its parent that it came from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SourceMap {
    pieces: Vec<Piece>,
}

impl SourceMap {
    /// The map of a stream that is its parent from `source` on, byte for byte.
    pub fn identity(source: usize, count: usize) -> Self {
        let mut map = Self::default();
        map.push_run(count, source, 1, 1);
        map
    }

    /// How many bytes have a source.
    pub fn len(&self) -> usize {
        self.pieces.last().map_or(0, Piece::end)
    }

    /// Whether no byte has a source.
    pub fn is_empty(&self) -> bool {
        self.pieces.is_empty()
    }

    /// How many runs the map holds: what it costs.
    pub fn pieces(&self) -> usize {
        self.pieces.len()
    }

    /// One more byte, which came from `source`.
    pub fn push(&mut self, source: Span) {
        let at = self.len();
        let width = source.len() as u32;
        if let Some(last) = self.pieces.last_mut()
            && last.width == width
        {
            let last_start = last.source + (last.count - 1) * last.stride as usize;
            let Some(step) = source.start.checked_sub(last_start) else {
                return self.pieces.push(Piece { at, count: 1, source: source.start, width, stride: width });
            };
            if last.count == 1 && step <= u32::MAX as usize {
                last.stride = step as u32;
            }
            if last.stride as usize == step {
                last.count += 1;
                return;
            }
        }
        self.pieces.push(Piece { at, count: 1, source: source.start, width, stride: width });
    }

    /// `count` more bytes, the first from `source`, each `width` wide and `stride` after the one before.
    pub fn push_run(&mut self, count: usize, source: usize, width: u32, stride: u32) {
        if count == 0 {
            return;
        }
        let at = self.len();
        if let Some(last) = self.pieces.last_mut()
            && (last.width, last.stride) == (width, stride)
            && last.source + last.count * stride as usize == source
        {
            last.count += count;
            return;
        }
        self.pieces.push(Piece { at, count, source, width, stride });
    }

    /// All of `other`, behind what is here.
    pub fn append(&mut self, other: &SourceMap) {
        for piece in &other.pieces {
            self.push_run(piece.count, piece.source, piece.width, piece.stride);
        }
    }

    /// Where the byte at `at` came from.
    pub fn source(&self, at: usize) -> Option<Span> {
        let index = self.pieces.partition_point(|piece| piece.end() <= at);
        self.pieces.get(index).map(|piece| piece.source_of(at))
    }

    /// Where the bytes of `span` came from: one span a run, neighbours joined, in the order of the bytes.
    pub fn sources(&self, span: Span) -> Vec<Span> {
        let first = self.pieces.partition_point(|piece| piece.end() <= span.start);
        let mut found: Vec<Span> = Vec::new();
        for piece in self.pieces.iter().skip(first).take_while(|piece| piece.at < span.end) {
            let from = piece.source_of(span.start.max(piece.at));
            let to = piece.source_of(span.end.min(piece.end()).max(piece.at + 1) - 1);
            match found.last_mut() {
                Some(last) if last.end == from.start => last.end = to.end,
                _ => found.push(Span::new(from.start, to.end)),
            }
        }
        found
    }

    /// The byte that came from the unit at `source` of the parent, if one did.
    pub fn byte_at_source(&self, source: usize) -> Option<usize> {
        self.pieces.iter().find_map(|piece| {
            let distance = source.checked_sub(piece.source)?;
            let nth = (distance / (piece.stride as usize).max(1)).min(piece.count - 1);
            let at = piece.at + nth;
            piece.source_of(at).contains(source).then_some(at)
        })
    }
}

/// Bytes, and for each of them its place in the parent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stream {
    /// The bytes themselves.
    pub bytes: Vec<u8>,
    /// Where each came from.
    pub map: SourceMap,
}

impl Stream {
    /// A stream that is its parent, byte for byte.
    pub fn raw(bytes: Vec<u8>) -> Self {
        let map = SourceMap::identity(0, bytes.len());
        Self { bytes, map }
    }

    /// One more byte, which came from `source`.
    pub fn push(&mut self, byte: u8, source: Span) {
        self.bytes.push(byte);
        self.map.push(source);
    }

    /// All of `other`, behind what is here.
    pub fn append(&mut self, other: &Stream) {
        self.bytes.extend_from_slice(&other.bytes);
        self.map.append(&other.map);
    }

    /// The number of bytes.
    pub fn len(&self) -> usize {
        self.bytes.len()
    }

    /// Whether there is no byte.
    pub fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_steps_cost_one_piece() {
        let mut map = SourceMap::default();
        for byte in 0..1000 {
            map.push(Span::new(byte * 3, byte * 3 + 2));
        }
        assert_eq!(map.pieces(), 1);
        assert_eq!(map.source(999), Some(Span::new(2997, 2999)));
        assert_eq!(map.sources(Span::new(1, 3)), [Span::new(3, 8)]);
        assert_eq!(map.byte_at_source(4), Some(1));
        assert_eq!(map.byte_at_source(5), None, "the blank between two bytes belongs to none");
    }

    #[test]
    fn mixed_widths_and_steps_back_keep_every_source() {
        let sources =
            [Span::new(0, 1), Span::new(1, 3), Span::new(3, 5), Span::new(9, 10), Span::new(2, 4), Span::new(2, 4)];
        let mut map = SourceMap::default();
        sources.iter().for_each(|source| map.push(*source));
        let back: Vec<_> = (0..sources.len()).filter_map(|at| map.source(at)).collect();
        assert_eq!(back, sources);
        assert_eq!(map.source(sources.len()), None);
    }

    #[test]
    fn runs_join_and_append() {
        let mut map = SourceMap::identity(10, 5);
        map.push_run(5, 15, 1, 1);
        assert_eq!(map.pieces(), 1);
        map.append(&SourceMap::identity(100, 2));
        assert_eq!(map.sources(Span::new(8, 12)), [Span::new(18, 20), Span::new(100, 102)]);
    }
}
