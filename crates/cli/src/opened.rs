//! Inputs that were looked through once, whose connections are given out one after the other. What a plain capture file holds is not
//! held meanwhile: the bytes of a connection are read again when it is its turn.
//!
//! ```text
//! file ── Recording, piece by piece ──▶ where each connection's bytes stand ── read again, some at a time ──▶ Exchange
//! ```

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::Path;

use pgscope_view::capture::{self, Capture, News, Options, Shelved};
use pgscope_view::proto::{Exchange, Span};

use crate::cores::Give;
use crate::input::{Source, named};
use crate::pieces::{HEADER, PIECE};

/// Connections that say no more together are read again at once.
const TOGETHER: usize = 4 << 20;

/// An input whose connections are to be given out.
pub(crate) struct Opened {
    /// All of it, or all but what is said.
    pub(crate) source: Source,
    kept: Option<Kept>,
}

/// What is not held of a capture file.
struct Kept {
    file: File,
    connections: Vec<Shelved>,
}

impl From<Source> for Opened {
    fn from(source: Source) -> Self {
        Self { source, kept: None }
    }
}

impl Opened {
    /// Looks through a capture file that can be read again; nothing for any other, and for one in which nothing is found.
    pub(crate) fn of_recording(path: &Path, options: &Options) -> Option<Self> {
        std::fs::metadata(path).ok().filter(std::fs::Metadata::is_file)?;
        let mut file = File::open(path).ok()?;
        let mut piece = piece_of(&mut file, HEADER)?;
        let mut recording = capture::recording(&piece, options)?;
        recording.gives_news();
        let mut places: BTreeMap<usize, Shelved> = BTreeMap::new();
        let mut note = |news: Vec<News>| {
            for News { connection, exchange, .. } in news {
                let known = places.entry(connection).and_modify(|shelved| shelved.put(&exchange));
                known.or_insert_with(|| Shelved::of(&exchange));
            }
        };
        while !piece.is_empty() {
            recording.more(&piece);
            note(recording.news());
            piece = piece_of(&mut file, PIECE)?;
        }
        let (news, capture) = recording.finish_news();
        note(news);
        let connections: Vec<Shelved> = places.into_values().collect();
        let source = Source { names: named(path), capture };
        (!connections.is_empty()).then_some(Self { source, kept: Some(Kept { file, connections }) })
    }

    /// How many connections it has.
    pub(crate) fn count(&self) -> usize {
        self.kept.as_ref().map_or(self.source.capture.exchanges.len(), |kept| kept.connections.len())
    }

    /// Gives out its connections, until no more is wanted; says whether more is.
    pub(crate) fn each(self, give: &mut Give<'_, Exchange>) -> Result<bool, String> {
        let Self { source: Source { names: [name, _], capture: Capture { exchanges, .. } }, kept } = self;
        let Some(Kept { mut file, connections }) = kept else { return Ok(exchanges.into_iter().all(give)) };
        let mut rest = connections.as_slice();
        while !rest.is_empty() {
            let mut bytes = 0;
            let small = rest.iter().take_while(|one| {
                bytes += one.len();
                bytes <= TOGETHER
            });
            let (now, then) = rest.split_at(small.count().max(1));
            let again = Shelved::fetch(&now.iter().collect::<Vec<_>>(), &mut |span| read_at(&mut file, span));
            let again = again.ok_or_else(|| format!("{name} changed while it was read"))?;
            if !again.into_iter().all(&mut *give) {
                return Ok(false);
            }
            rest = then;
        }
        Ok(true)
    }
}

/// Gives out the connections of all, with their numbers, from 0, until no more is wanted.
pub(crate) fn each_in_order(all: Vec<Opened>, give: &mut Give<'_, (usize, Exchange)>) -> Result<(), String> {
    let mut numbers = 0..;
    for opened in all {
        if !opened.each(&mut |exchange| numbers.next().is_some_and(|nth| give((nth, exchange))))? {
            break;
        }
    }
    Ok(())
}

fn piece_of(file: &mut File, most: usize) -> Option<Vec<u8>> {
    let mut piece = Vec::with_capacity(most);
    file.take(most as u64).read_to_end(&mut piece).ok()?;
    Some(piece)
}

fn read_at(file: &mut File, span: Span) -> Option<Vec<u8>> {
    let mut bytes = vec![0; span.len()];
    file.seek(SeekFrom::Start(span.start as u64)).ok()?;
    file.read_exact(&mut bytes).ok()?;
    Some(bytes)
}
