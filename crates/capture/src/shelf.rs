//! Exchanges whose bytes stand in a file, without them: what is needed to put them together again.
//!
//! A piece is noted in some seven bytes: who sent it, how long it is, where it stands and when it was seen, as the differences to the
//! piece before.
//!
//! ```text
//! Exchange ── of, put ──▶ Shelved ── fetch, which reads the places of several in the order of the file ──▶ Exchange
//! ```

use integer_encoding::VarInt;
use pgscope_proto::{Direction, Exchange, Origin, Segment, Span, Stream};

/// Places that are no farther apart than this are read together,
const NEAR: usize = 64 << 10;
/// up to so many bytes.
const MOST_READ: usize = 16 << 20;

/// An exchange that was read from a file byte for byte, without its bytes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Shelved {
    /// All of it but its bytes and segments.
    shell: Exchange,
    /// How it is known who sent its pieces.
    origin: Origin,
    noted: Vec<u8>,
    segments: usize,
    lengths: [usize; 2],
    last: Piece,
}

/// Some bytes of a segment, one behind the other in the file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Piece {
    direction: Option<Direction>,
    /// Whether it goes on with the segment of the one before.
    goes_on: bool,
    at_us: Option<i64>,
    source: Span,
}

const SECOND: u64 = 1;
const GOES_ON: u64 = 2;
const IS_TIMED: u64 = 4;
const FLAGS: u32 = 3;

impl Shelved {
    /// An exchange without its bytes. It has to be of a file that holds them as they are, and of no labels.
    pub fn of(exchange: &Exchange) -> Self {
        let mut shelved = Self::default();
        shelved.put(exchange);
        let Exchange { order, sides, beginning, is_partial, .. } = *exchange;
        let recorded = shelved.shell.recorded.take();
        shelved.shell = Exchange { order, sides, beginning, is_partial, recorded, ..Exchange::default() };
        shelved.origin = exchange.segments.first().map(|first| first.origin).unwrap_or_default();
        shelved
    }

    /// Puts behind it what was said then.
    pub fn put(&mut self, exchange: &Exchange) {
        self.put_recorded(exchange);
        for segment in &exchange.segments {
            let sources = exchange.stream(segment.direction).map.sources(segment.span);
            for (nth, source) in sources.into_iter().enumerate() {
                let (direction, at_us) = (Some(segment.direction), segment.at_us);
                self.note(Piece { direction, goes_on: nth > 0, at_us, source });
            }
        }
        self.segments += exchange.segments.len();
        for (length, stream) in self.lengths.iter_mut().zip(&exchange.streams) {
            *length += stream.len();
        }
    }

    fn put_recorded(&mut self, exchange: &Exchange) {
        let Some(recorded) = &exchange.recorded else { return };
        let (segments, lengths) = (self.segments, self.lengths);
        let own = self.shell.recorded.get_or_insert_default();
        own.closing = own.closing.and(recorded.closing);
        if own.ends.iter().all(String::is_empty) {
            own.ends.clone_from(&recorded.ends);
        }
        if recorded.kept.is_some() {
            // What was kept by then is kept still.
            own.kept.clone_from(&recorded.kept);
        }
        for ((gaps, more), length) in own.gaps.iter_mut().zip(&recorded.gaps).zip(lengths) {
            for gap in more {
                let (at, behind) = (gap.at + length, gap.behind + segments);
                match gaps.last_mut().filter(|last| last.at == at) {
                    Some(last) => last.bytes = last.bytes.saturating_add(gap.bytes),
                    None => gaps.push(pgscope_proto::Gap { at, behind, bytes: gap.bytes }),
                }
            }
        }
    }

    fn note(&mut self, piece: Piece) {
        let flag = |is: bool, flag: u64| if is { flag } else { 0 };
        let flags = flag(piece.direction == Some(Direction::Backend), SECOND)
            | flag(piece.goes_on, GOES_ON)
            | flag(piece.at_us.is_some() && !piece.goes_on, IS_TIMED);
        self.write((piece.source.len() as u64) << FLAGS | flags);
        self.write(piece.source.start as i64 - self.last.source.end as i64);
        let before = self.last.at_us;
        if let Some(at) = piece.at_us.filter(|_| !piece.goes_on) {
            self.write(at.wrapping_sub(before.unwrap_or_default()));
        }
        self.last = Piece { at_us: piece.at_us.or(before), ..piece };
    }

    fn write(&mut self, number: impl VarInt) {
        let mut bytes = [0; 10];
        let used = number.encode_var(&mut bytes);
        self.noted.extend_from_slice(bytes.get(..used).unwrap_or_default());
    }

    /// How many bytes both ends said.
    pub fn len(&self) -> usize {
        self.lengths.iter().sum()
    }

    /// Whether nothing was said.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// All of it but its bytes and segments.
    pub fn shell(&self) -> &Exchange {
        &self.shell
    }

    fn pieces(&self) -> Pieces<'_> {
        Pieces { noted: &self.noted, last: Piece::default() }
    }

    /// Puts exchanges together again. `read` gives the bytes of a span of the file; nothing comes of it where it cannot give all.
    pub fn fetch(all: &[&Shelved], read: &mut dyn FnMut(Span) -> Option<Vec<u8>>) -> Option<Vec<Exchange>> {
        let mut exchanges: Vec<Exchange> = all.iter().map(|one| one.without_bytes()).collect();
        let mut places: Vec<Place> = Vec::new();
        for (which, one) in all.iter().enumerate() {
            let mut lengths = [0_usize; 2];
            for Piece { direction, source, .. } in one.pieces() {
                let direction = direction.unwrap_or(Direction::Frontend);
                let length = lengths.get_mut(direction.index())?;
                places.push(Place { source, which, direction, at: *length });
                *length += source.len();
            }
        }
        places.sort_unstable_by_key(|place| place.source.start);
        let mut rest = places.as_slice();
        while let Some(first) = rest.first() {
            let mut span = first.source;
            let is_near = |place: &&Place| {
                let near = place.source.start <= span.end.saturating_add(NEAR)
                    && place.source.end <= first.source.start.saturating_add(MOST_READ);
                if near {
                    span.end = span.end.max(place.source.end);
                }
                near
            };
            let near = rest.iter().skip(1).take_while(is_near).count() + 1;
            let bytes = read(span).filter(|bytes| bytes.len() == span.len())?;
            let (now, then) = rest.split_at_checked(near)?;
            for place in now {
                let from = place.source.start - span.start;
                let piece = bytes.get(from..from + place.source.len())?;
                let stream = exchanges.get_mut(place.which)?.streams.get_mut(place.direction.index())?;
                stream.bytes.get_mut(place.at..place.at + piece.len())?.copy_from_slice(piece);
            }
            rest = then;
        }
        Some(exchanges)
    }

    /// It with its segments, and zeros in the place of its bytes.
    fn without_bytes(&self) -> Exchange {
        let mut exchange = self.shell.clone();
        exchange.segments.reserve_exact(self.segments);
        exchange.streams = self.lengths.map(|length| Stream { bytes: vec![0; length], ..Stream::default() });
        let mut lengths = [0; 2];
        for Piece { direction, goes_on, at_us, source } in self.pieces() {
            let direction = direction.unwrap_or(Direction::Frontend);
            let (Some(stream), Some(length)) =
                (exchange.streams.get_mut(direction.index()), lengths.get_mut(direction.index()))
            else {
                continue;
            };
            stream.map.push_run(source.len(), source.start, 1, 1);
            let span = Span::new(*length, *length + source.len());
            *length = span.end;
            match exchange.segments.last_mut().filter(|_| goes_on) {
                Some(last) => last.span.end = span.end,
                None => {
                    let origin = self.origin;
                    exchange.segments.push(Segment { direction, span, at_us, origin, label: None, is_turned: false });
                }
            }
        }
        exchange
    }
}

/// Bytes of the file, and where they belong.
struct Place {
    source: Span,
    which: usize,
    direction: Direction,
    at: usize,
}

/// What is noted, piece by piece.
struct Pieces<'a> {
    noted: &'a [u8],
    last: Piece,
}

impl Pieces<'_> {
    fn read<T: VarInt>(&mut self) -> Option<T> {
        let (number, used) = T::decode_var(self.noted)?;
        self.noted = self.noted.get(used..)?;
        Some(number)
    }
}

impl Iterator for Pieces<'_> {
    type Item = Piece;

    fn next(&mut self) -> Option<Piece> {
        let head: u64 = self.read()?;
        let start = (self.last.source.end as i64 + self.read::<i64>()?) as usize;
        let source = Span::new(start, start + (head >> FLAGS) as usize);
        let before = self.last.at_us;
        let is_timed = head & IS_TIMED > 0;
        let at_us = match is_timed {
            true => Some(before.unwrap_or_default().wrapping_add(self.read()?)),
            false => None,
        };
        let direction = Some(if head & SECOND > 0 { Direction::Backend } else { Direction::Frontend });
        self.last = Piece { direction, goes_on: head & GOES_ON > 0, at_us: at_us.or(before), source };
        Some(Piece { at_us, ..self.last })
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::Options;

    fn recordings(folder: &std::path::Path, found: &mut Vec<std::path::PathBuf>) {
        for entry in std::fs::read_dir(folder).expect("the folder is there").flatten() {
            let path = entry.path();
            match path.extension().and_then(|extension| extension.to_str()) {
                _ if path.is_dir() => recordings(&path, found),
                Some("pcap" | "pcapng") => found.push(path),
                _ => {}
            }
        }
    }

    /// Two maps that say the same may have other pieces.
    fn plain(mut exchange: Exchange) -> Exchange {
        for stream in &mut exchange.streams {
            let sources = stream.map.sources(Span::new(0, stream.len()));
            stream.map = Default::default();
            sources.into_iter().for_each(|source| stream.map.push_run(source.len(), source.start, 1, 1));
        }
        exchange
    }

    /// What is read with nothing held is what is read at once.
    #[test]
    fn what_is_not_held_is_put_together_again() {
        let mut paths = Vec::new();
        recordings(concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/fixtures").as_ref(), &mut paths);
        let (mut shelved_in_all, mut gaps) = (0, 0);
        for path in paths {
            let file = std::fs::read(&path).expect("it is there");
            let Some(mut recording) = crate::recording(&file, &Options::default()) else { continue };
            recording.more(&file);
            let (numbers, whole) = recording.finish_numbered();
            let mut whole: Vec<(usize, Exchange)> = numbers.into_iter().zip(whole.exchanges).collect();

            let mut recording = crate::recording(&file, &Options::default()).expect("it is a recording");
            recording.gives_news();
            let mut shelved: BTreeMap<usize, Shelved> = BTreeMap::new();
            let mut put = |news: Vec<crate::News>| {
                for one in news {
                    let is_new = !shelved.contains_key(&one.connection);
                    let own = shelved.entry(one.connection).or_insert_with(|| Shelved::of(&one.exchange));
                    if !is_new {
                        own.put(&one.exchange);
                    }
                }
            };
            for piece in file.chunks(4000) {
                recording.more(piece);
                put(recording.news());
            }
            put(recording.finish_news().0);
            let (numbers, shelved): (Vec<usize>, Vec<Shelved>) = shelved.into_iter().unzip();
            shelved_in_all += shelved.len();
            let all: Vec<&Shelved> = shelved.iter().collect();
            let mut read = |span: Span| file.get(span.start..span.end).map(<[u8]>::to_vec);
            let fetched = Shelved::fetch(&all, &mut read).expect("all is there");
            let found: Vec<(usize, Exchange)> = numbers.into_iter().zip(fetched).collect();
            // What stays of other protocols is shown only where there is nothing else.
            whole.retain(|(number, _)| found.iter().any(|(known, _)| known == number) || !found.is_empty());
            let found: Vec<_> = found.into_iter().map(|(number, one)| (number, plain(one))).collect();
            let whole: Vec<_> = whole.into_iter().map(|(number, one)| (number, plain(one))).collect();
            assert!(found == whole, "{}", path.display());

            // And each of them goes and comes.
            for (_, exchange) in &whole {
                gaps += usize::from(exchange.has_gaps());
                let fetched = Shelved::fetch(&[&Shelved::of(exchange)], &mut read).expect("all is there");
                assert!(fetched.into_iter().map(plain).eq([exchange.clone()]), "{}", path.display());
            }
        }
        assert!(shelved_in_all > 100 && gaps > 0, "{shelved_in_all} of them, {gaps} with gaps");
    }

    #[test]
    fn a_file_that_has_changed_gives_nothing() {
        let mut exchange = Exchange::default();
        exchange.push_run(Direction::Frontend, b"X\0\0\0\x04", 100, Some(7));
        let shelved = Shelved::of(&exchange);
        assert_eq!(Shelved::fetch(&[&shelved], &mut |_| None), None);
        assert_eq!(Shelved::fetch(&[&shelved], &mut |_| Some(vec![1, 2])), None);
    }
}
