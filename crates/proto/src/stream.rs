//! Bytes that know where they came from.
//!
//! A [`Stream`] is bytes with a run-length [`SourceMap`] to its parent: the pasted text for the bytes that were read from
//! it, TCP segments for a direction, CopyData messages for the COPY data inside them. It does not know what its bytes
//! mean. Bytes whose sources are equally wide and equally far apart are a run, and equal runs that lie equally far apart
//! cost one piece together, whatever their number:
//!
//! ```text
//! text    5 1 _ 0 0 _ 0 0 _ 0 0 _ 0 d       one run of five bytes: width 2, stride 3
//!         └─┘   └─┘   └─┘   └─┘   └─┘
//! text    5 1 0 0 _ 0 0 0 0 _ 0 d 5 3       three runs of two bytes: width 2, stride 2, every 5
//!         └─┘ └─┘   └─┘ └─┘   └─┘ └─┘
//! ```

use crate::Span;

/// Equal runs of bytes, equally far apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Piece {
    /// Where the first run begins in this stream.
    at: usize,
    /// Where the source of its first byte begins in the parent.
    source: usize,
    /// How many bytes one run has.
    count: usize,
    /// How many units of the parent one byte came from.
    width: u32,
    /// How far the sources of two neighbouring bytes of a run lie apart.
    stride: u32,
    /// How many runs there are.
    times: usize,
    /// How far the sources of two neighbouring runs lie apart.
    every: usize,
}

impl Piece {
    fn run(at: usize, source: usize, count: usize, width: u32, stride: u32) -> Self {
        Self { at, source, count, width, stride, times: 1, every: 0 }
    }

    fn end(&self) -> usize {
        self.at + self.count * self.times
    }

    fn source_of(&self, at: usize) -> Span {
        let nth = at - self.at;
        let start = self.source + nth / self.count * self.every + nth % self.count * self.stride as usize;
        Span::new(start, start + self.width as usize)
    }

    /// Everything from the first source to the last.
    fn hull(&self) -> Span {
        let run = (self.count - 1) * self.stride as usize + self.width as usize;
        Span::new(self.source, self.source + (self.times - 1) * self.every + run)
    }

    /// Whether `next` is one more run of these.
    fn repeats(&self, next: &Piece) -> bool {
        if next.times > 1 || (next.count, next.width, next.stride) != (self.count, self.width, self.stride) {
            return false;
        }
        match next.source.checked_sub(self.source + (self.times - 1) * self.every) {
            // Runs of a single byte are still to grow, and runs that lie inside one another are not told apart.
            Some(every) if self.times == 1 => self.count > 1 && (every == 0 || every >= self.hull().len()),
            Some(every) => every == self.every,
            None => false,
        }
    }

    /// The byte whose source holds the unit `source`.
    fn byte_at(&self, source: usize) -> Option<usize> {
        let distance = source.checked_sub(self.source)?;
        let run = distance.checked_div(self.every).unwrap_or(0).min(self.times - 1);
        let within = (distance - run * self.every).checked_div(self.stride as usize).unwrap_or(0);
        let at = self.at + run * self.count + within.min(self.count - 1);
        self.source_of(at).contains(source).then_some(at)
    }

    /// The runs that may have a source in `shown`.
    fn runs_in(&self, shown: Span) -> std::ops::Range<usize> {
        let run = (self.count - 1) * self.stride as usize + self.width as usize;
        let nth = |distance: usize| distance.checked_div(self.every).unwrap_or(0).min(self.times);
        let from = nth(shown.start.saturating_sub(self.source + run));
        let to = if self.every == 0 { self.times } else { nth(shown.end.saturating_sub(self.source)) + 1 };
        from..to.min(self.times)
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

    /// How many pieces the map holds: what it costs.
    pub fn pieces(&self) -> usize {
        self.pieces.len()
    }

    /// One more byte, which came from `source`.
    pub fn push(&mut self, source: Span) {
        let (at, width) = (self.len(), source.len() as u32);
        let fresh = Piece::run(at, source.start, 1, width, width);
        let Some(last) = self.pieces.last_mut().filter(|last| last.width == width && last.times == 1) else {
            return self.pieces.push(fresh);
        };
        let end = last.source + (last.count - 1) * last.stride as usize;
        match source.start.checked_sub(end) {
            Some(step) if last.count == 1 && step <= u32::MAX as usize => last.stride = step as u32,
            Some(step) if last.stride as usize == step => {}
            _ => return self.pieces.push(fresh),
        }
        last.count += 1;
        self.join();
    }

    /// Joins the last piece to the one before if it repeats it.
    fn join(&mut self) {
        let [.., before, last] = self.pieces.as_mut_slice() else { return };
        if before.repeats(last) {
            if before.times == 1 {
                before.every = last.source - before.source;
            }
            before.times += 1;
            self.pieces.pop();
        }
    }

    /// `count` more bytes, the first from `source`, each `width` wide and `stride` after the one before.
    pub fn push_run(&mut self, count: usize, source: usize, width: u32, stride: u32) {
        self.push_piece(Piece::run(0, source, count, width, stride));
    }

    fn push_piece(&mut self, mut piece: Piece) {
        if piece.count == 0 {
            return;
        }
        piece.at = self.len();
        if let Some(last) = self.pieces.last_mut()
            && (last.times, piece.times) == (1, 1)
            && (last.width, last.stride) == (piece.width, piece.stride)
            && last.source + last.count * last.stride as usize == piece.source
        {
            last.count += piece.count;
            return;
        }
        self.pieces.push(piece);
        self.join();
    }

    /// All of `other`, behind what is here.
    pub fn append(&mut self, other: &SourceMap) {
        other.pieces.iter().for_each(|piece| self.push_piece(*piece));
    }

    /// The map of these bytes alone.
    fn part(&self, span: Span) -> SourceMap {
        let mut part = SourceMap::default();
        let first = self.pieces.partition_point(|piece| piece.end() <= span.start);
        for piece in self.pieces.iter().skip(first).take_while(|piece| piece.at < span.end) {
            let runs = (span.start.saturating_sub(piece.at) / piece.count)..(span.end - piece.at).div_ceil(piece.count);
            for run in runs.start..runs.end.min(piece.times) {
                let at = piece.at + run * piece.count;
                let (from, to) = (span.start.max(at), span.end.min(at + piece.count));
                part.push_run(to - from, piece.source_of(from).start, piece.width, piece.stride);
            }
        }
        part
    }

    /// Where the byte at `at` came from.
    pub fn source(&self, at: usize) -> Option<Span> {
        let index = self.pieces.partition_point(|piece| piece.end() <= at);
        self.pieces.get(index).map(|piece| piece.source_of(at))
    }

    /// Where the bytes of `span` came from: one span a run, neighbours joined, in the order of the bytes.
    pub fn sources(&self, span: Span) -> Vec<Span> {
        self.sources_in(span, Span::new(0, usize::MAX))
    }

    /// Those of [`SourceMap::sources`] that meet `shown`, and perhaps some beside it: found without a walk over all runs.
    pub fn sources_in(&self, span: Span, shown: Span) -> Vec<Span> {
        let first = self.pieces.partition_point(|piece| piece.end() <= span.start);
        let mut found: Vec<Span> = Vec::new();
        for piece in self.pieces.iter().skip(first).take_while(|piece| piece.at < span.end) {
            if piece.hull().intersection(shown).is_empty() {
                continue;
            }
            let wanted =
                (span.start.saturating_sub(piece.at) / piece.count)..(span.end - piece.at).div_ceil(piece.count);
            let seen = piece.runs_in(shown);
            for run in wanted.start.max(seen.start)..wanted.end.min(seen.end) {
                let start = piece.at + run * piece.count;
                let from = piece.source_of(span.start.max(start));
                let to = piece.source_of(span.end.min(start + piece.count) - 1);
                match found.last_mut() {
                    Some(last) if last.end == from.start => last.end = to.end,
                    _ => found.push(Span::new(from.start, to.end)),
                }
            }
        }
        found
    }

    /// The byte that came from the unit at `source` of the parent, if one did.
    pub fn byte_at_source(&self, source: usize) -> Option<usize> {
        self.pieces.iter().find_map(|piece| piece.byte_at(source))
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

    /// More bytes, which stand one behind the other in the parent, from `source` on.
    pub fn push_run(&mut self, bytes: &[u8], source: usize) {
        self.bytes.extend_from_slice(bytes);
        self.map.push_run(bytes.len(), source, 1, 1);
    }

    /// All of `other`, behind what is here.
    pub fn append(&mut self, other: &Stream) {
        self.bytes.extend_from_slice(&other.bytes);
        self.map.append(&other.map);
    }

    /// The bytes of `span`, with their sources.
    pub fn part(&self, span: Span) -> Stream {
        let bytes = span.of(&self.bytes).to_vec();
        Stream { map: self.map.part(Span::new(span.start, span.start + bytes.len())), bytes }
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
    fn a_part_has_the_sources_of_its_bytes() {
        let mut stream = Stream::default();
        (0..9).for_each(|byte| stream.push(byte, Span::new(byte as usize * 3, byte as usize * 3 + 2)));
        stream.push(9, Span::new(90, 93));
        (0..40).for_each(|byte| stream.push(byte, Span::new(100 + byte as usize / 4 * 10 + byte as usize % 4, 101)));
        stream.push_run(b"abc", 7);
        for (start, end) in [(0, 53), (0, 0), (3, 4), (5, 17), (9, 11), (12, 30), (48, 53), (51, 60)] {
            let part = stream.part(Span::new(start, end));
            let sources = |stream: &Stream, from: usize, to: usize| {
                (from..to).map(|at| stream.map.source(at).map(|source| source.start)).collect::<Vec<_>>()
            };
            let end = end.min(stream.len());
            assert_eq!(part.bytes, stream.bytes[start..end]);
            assert_eq!(sources(&part, 0, end - start), sources(&stream, start, end), "{start}..{end}");
        }
    }

    #[test]
    fn runs_join_and_append() {
        let mut map = SourceMap::identity(10, 5);
        map.push_run(5, 15, 1, 1);
        assert_eq!(map.pieces(), 1);
        map.append(&SourceMap::identity(100, 2));
        assert_eq!(map.sources(Span::new(8, 12)), [Span::new(18, 20), Span::new(100, 102)]);
    }

    #[test]
    fn grouped_digits_and_base64_cost_a_piece_a_line() {
        let mut map = SourceMap::default();
        (0..16).for_each(|byte| map.push(Span::new(byte * 2 + byte / 2, byte * 2 + byte / 2 + 2)));
        assert_eq!(map.pieces(), 1, "51 00 in groups of two");
        assert_eq!(map.source(15), Some(Span::new(37, 39)));
        assert_eq!(map.byte_at_source(38), Some(15));
        assert_eq!(map.byte_at_source(4), None, "the blank between two groups belongs to none");
        assert_eq!(map.sources_in(Span::new(0, 16), Span::new(20, 24)), [Span::new(15, 19), Span::new(20, 24)]);
        let mut map = SourceMap::default();
        (0..3000).for_each(|byte| map.push(Span::new(byte / 3 * 4 + byte % 3, byte / 3 * 4 + byte % 3 + 2)));
        assert_eq!(map.pieces(), 1, "three bytes in four characters");
        assert_eq!(map.byte_at_source(4 * 999), Some(2997));
    }
}
