//! Inputs that were looked through once, whose connections are given out one after the other. What a plain capture file holds is not
//! held meanwhile: the bytes of a connection are read again when it is its turn.
//!
//! ```text
//! file ── Recording, piece by piece ──▶ where each connection's bytes stand ── read again, some at a time ──▶ Exchange
//! ```

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use pgscope_view::capture::{self, Capture, News, Options, Shelved};
use pgscope_view::proto::{Exchange, Span};

use crate::cores::Give;
use crate::input::Source;
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
    file: Plain,
    connections: Vec<Shelved>,
}

impl From<Source> for Opened {
    fn from(source: Source) -> Self {
        Self { source, kept: None }
    }
}

impl Opened {
    /// Looks through a capture file that can be read again; nothing for any other, and for one in which nothing is found.
    pub(crate) fn of_recording(paths: &[&Path], options: &Options) -> Option<Self> {
        let mut file = Plain::open(paths)?;
        let mut piece = file.next(HEADER)?;
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
            let before = file.open.0;
            piece = file.next(PIECE)?;
            if file.open.0 != before {
                recording.begin_file();
            }
        }
        let (news, capture) = recording.finish_news();
        note(news);
        let connections: Vec<Shelved> = places.into_values().collect();
        let source = Source { files: file.begins(), ..Source::of(paths.first()?, capture) };
        (!connections.is_empty()).then_some(Self { source, kept: Some(Kept { file, connections }) })
    }

    /// How many connections it has.
    pub(crate) fn count(&self) -> usize {
        self.kept.as_ref().map_or(self.source.capture.exchanges.len(), |kept| kept.connections.len())
    }

    /// Gives out its connections, until no more is wanted; says whether more is.
    pub(crate) fn each(self, give: &mut Give<'_, Exchange>) -> Result<bool, String> {
        let Self { source: Source { names: [name, _], capture: Capture { exchanges, .. }, .. }, kept } = self;
        let Some(Kept { mut file, connections }) = kept else { return Ok(exchanges.into_iter().all(give)) };
        let mut rest = connections.as_slice();
        while !rest.is_empty() {
            let mut bytes = 0;
            let small = rest.iter().take_while(|one| {
                bytes += one.len();
                bytes <= TOGETHER
            });
            let (now, then) = rest.split_at(small.count().max(1));
            let again = Shelved::fetch(&now.iter().collect::<Vec<_>>(), &mut |span| file.read_at(span));
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

/// Plain files, one behind the other: where each begins. One of them is open at a time, since a recording may have thousands.
struct Plain {
    files: Vec<(u64, PathBuf)>,
    open: (usize, File),
}

impl Plain {
    /// Nothing where one of them cannot be read again, or is packed where others are not.
    fn open(paths: &[&Path]) -> Option<Self> {
        let (mut files, mut end) = (Vec::new(), 0);
        for path in paths {
            let length = std::fs::metadata(path).ok().filter(std::fs::Metadata::is_file)?.len();
            files.push((end, path.to_path_buf()));
            end += length;
        }
        let is_recording = |path: &&Path| {
            let head = File::open(path).ok().and_then(|mut file| read_of(&mut file, HEADER as u64));
            head.is_some_and(|head| capture::recording(&head, &Options::default()).is_some())
        };
        let is_plain = paths.len() == 1 || paths.iter().all(is_recording);
        let open = File::open(paths.first()?).ok()?;
        is_plain.then_some(Self { files, open: (0, open) })
    }

    /// The next bytes, at most so many; none at the end.
    fn next(&mut self, most: usize) -> Option<Vec<u8>> {
        loop {
            let (nth, file) = &mut self.open;
            let (piece, next) = (read_of(file, most as u64)?, *nth + 1);
            if !piece.is_empty() || next == self.files.len() {
                return Some(piece);
            }
            self.turn_to(next)?;
        }
    }

    /// Where each file begins, and what it is called.
    fn begins(&self) -> Vec<(usize, String)> {
        self.files.iter().map(|(begin, path)| (*begin as usize, path.display().to_string())).collect()
    }

    fn turn_to(&mut self, nth: usize) -> Option<&mut File> {
        if self.open.0 != nth {
            self.open = (nth, File::open(&self.files.get(nth)?.1).ok()?);
        }
        Some(&mut self.open.1)
    }

    fn read_at(&mut self, span: Span) -> Option<Vec<u8>> {
        let mut bytes = Vec::with_capacity(span.len());
        // A packet that was put together from fragments may stand in two of them.
        while bytes.len() < span.len() {
            let at = span.start as u64 + bytes.len() as u64;
            let nth = self.files.partition_point(|(begin, _)| *begin <= at).checked_sub(1)?;
            let begin = self.files.get(nth)?.0;
            let file = self.turn_to(nth)?;
            file.seek(SeekFrom::Start(at - begin)).ok()?;
            let more = read_of(file, (span.len() - bytes.len()) as u64)?;
            if more.is_empty() {
                return None;
            }
            bytes.extend(more);
        }
        Some(bytes)
    }
}

fn read_of(file: &mut File, most: u64) -> Option<Vec<u8>> {
    let mut piece = Vec::with_capacity(most as usize);
    file.take(most).read_to_end(&mut piece).ok()?;
    Some(piece)
}
