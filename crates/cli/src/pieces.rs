//! The bytes of files and of standard input, piece by piece, unpacked.

use std::collections::VecDeque;
use std::io::Read;
use std::path::{Path, PathBuf};

use flate2::read::MultiGzDecoder;
use pgscope_view::capture::zstandard::{self, Zstandard};

/// A file, or standard input for `-`, unpacked.
pub(crate) fn read(file: &Path) -> Result<Vec<u8>, String> {
    Pieces::open([file])?.rest(Vec::new())
}

/// By so many bytes a capture file is recognised.
pub(crate) const HEADER: usize = 32;
/// So many bytes of a file are read at once.
pub(crate) const PIECE: usize = 256 << 10;

/// Files one behind the other, or standard input, piece by piece.
pub(crate) struct Pieces {
    name: String,
    from: Box<dyn Read>,
    /// What follows it, and whether the last piece begins one of these.
    rest: VecDeque<PathBuf>,
    has_turned: bool,
    /// Where each file begins.
    begins: Vec<(usize, String)>,
    read: usize,
    /// Whether something of it was read, and whether it cannot be read on.
    is_begun: bool,
    is_broken: bool,
}

impl Pieces {
    pub(crate) fn open<'a>(files: impl IntoIterator<Item = &'a Path>) -> Result<Self, String> {
        let mut files = files.into_iter();
        let mut first = Self::open_one(files.next().ok_or("there is no file")?)?;
        first.rest = files.map(Path::to_path_buf).collect();
        Ok(first)
    }

    /// Whether the last piece begins a file that is not the first.
    pub(crate) fn has_turned(&self) -> bool {
        self.has_turned
    }

    /// Where each file begins that was read, and what it is called.
    pub(crate) fn begins(&self) -> Vec<(usize, String)> {
        self.begins.clone()
    }

    /// Goes on with the next file; says whether there is one.
    fn turn(&mut self) -> Result<bool, String> {
        let Some(next) = self.rest.pop_front() else { return Ok(false) };
        let Self { name, from, .. } = Self::open_one(&next)?;
        self.begins.push((self.read, name.clone()));
        (self.name, self.from, self.is_begun, self.is_broken) = (name, from, false, false);
        self.has_turned = true;
        Ok(true)
    }

    fn open_one(file: &Path) -> Result<Self, String> {
        let name = file.display().to_string();
        let from: Box<dyn Read> = match file == Path::new("-") {
            true => Box::new(std::io::stdin().lock()),
            false => Box::new(std::fs::File::open(file).map_err(|error| format!("{name} cannot be read: {error}"))?),
        };
        let begins = vec![(0, name.clone())];
        let (rest, has_turned) = (VecDeque::new(), false);
        let mut pieces = Pieces { name, from, rest, has_turned, begins, read: 0, is_begun: false, is_broken: false };
        pieces.unpack()?;
        Ok(pieces)
    }

    /// What is packed is read as what was packed, as often as it was.
    fn unpack(&mut self) -> Result<(), String> {
        for _ in 0..MOST_PACKED {
            let mut magic = Vec::with_capacity(MAGIC);
            (&mut self.from).take(MAGIC as u64).read_to_end(&mut magic).map_err(|error| self.unreadable(&error))?;
            let packed = Packed::of(&magic);
            let rest = std::mem::replace(&mut self.from, Box::new(std::io::empty()));
            let whole = std::io::Cursor::new(magic).chain(rest);
            self.from = match packed {
                None => {
                    self.from = Box::new(whole);
                    return Ok(());
                }
                Some(Packed::Gzip) => Box::new(MultiGzDecoder::new(whole)),
                Some(Packed::Zstandard) => Box::new(Zstandard::new(whole)),
            };
        }
        Err(format!("{} was packed more than {MOST_PACKED} times", self.name))
    }

    fn unreadable(&self, error: &std::io::Error) -> String {
        format!("{} cannot be read: {error}", self.name)
    }

    /// The next piece; empty at the end.
    pub(crate) fn next(&mut self) -> Result<Vec<u8>, String> {
        self.has_turned = false;
        loop {
            let piece = self.read(PIECE as u64, Vec::with_capacity(PIECE))?;
            self.read += piece.len();
            if !piece.is_empty() || !self.turn()? {
                return Ok(piece);
            }
        }
    }

    /// What is there now, at least so many bytes; less at the end.
    pub(crate) fn some(&mut self, least: usize) -> Result<Vec<u8>, String> {
        self.has_turned = false;
        loop {
            let piece = self.some_of_file(least)?;
            self.read += piece.len();
            if !piece.is_empty() || !self.turn()? {
                return Ok(piece);
            }
        }
    }

    fn some_of_file(&mut self, least: usize) -> Result<Vec<u8>, String> {
        let mut bytes = vec![0; PIECE];
        let mut here = 0;
        while here < least && !self.is_broken {
            match self.from.read(bytes.get_mut(here..).unwrap_or_default()) {
                Ok(0) => break,
                Ok(read) => here += read,
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                Err(error) if here == 0 && !self.is_begun => return Err(self.unreadable(&error)),
                Err(error) => self.break_off(&error),
            }
        }
        bytes.truncate(here);
        self.is_begun |= here > 0;
        Ok(bytes)
    }

    fn break_off(&mut self, error: &std::io::Error) {
        self.is_broken = true;
        eprintln!("pgscope: {} cannot be read to its end: {error}; what comes before is read", self.name);
    }

    pub(crate) fn rest(&mut self, bytes: Vec<u8>) -> Result<Vec<u8>, String> {
        self.read(u64::MAX, bytes)
    }

    /// So many bytes more, behind those that are here. Where it cannot be read on, what came before is read, and that is said.
    fn read(&mut self, most: u64, mut bytes: Vec<u8>) -> Result<Vec<u8>, String> {
        if self.is_broken {
            return Ok(bytes);
        }
        match (&mut self.from).take(most).read_to_end(&mut bytes) {
            Ok(_) => {}
            Err(error) if bytes.is_empty() && !self.is_begun => return Err(self.unreadable(&error)),
            Err(error) => self.break_off(&error),
        }
        self.is_begun |= !bytes.is_empty();
        Ok(bytes)
    }
}

/// How a file is packed, as its first bytes tell.
enum Packed {
    Gzip,
    Zstandard,
}

const MAGIC: usize = 4;
/// So often a file may be packed.
const MOST_PACKED: usize = 4;

impl Packed {
    fn of(magic: &[u8]) -> Option<Self> {
        match magic {
            [0x1f, 0x8b, 8, ..] => Some(Packed::Gzip),
            magic if magic == zstandard::MAGIC => Some(Packed::Zstandard),
            _ => None,
        }
    }
}
