//! Base backups as streams in a stream: which archive a CopyData belongs to, and which files of a tar archive it carries.
//!
//! The frames are followed once, as far as somebody asks, and of an archive only the headers of its members are read: 512 bytes
//! before each, wherever the borders of CopyData are. It does not know how anything is shown.

use pgscope_proto::{CopyContent, Direction, Exchange};

use crate::index::{Entry, Index};

/// What a piece of a base backup belongs to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Piece<'a> {
    /// The archive's file name; nothing for the manifest.
    pub archive: Option<&'a str>,
    /// Where the piece begins in it.
    pub offset: u64,
    /// The members of the archive of which it carries something.
    pub members: &'a [Member],
}

/// A file of a tar archive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// Its path in the archive.
    pub name: String,
    /// Where its header begins in the archive.
    pub start: u64,
    /// How many bytes it has, without the header.
    pub size: u64,
}

/// The base backups of an exchange, as far as it was followed.
#[derive(Clone, Debug, Default)]
pub struct Backups {
    archives: Vec<Archive>,
    reached: usize,
}

/// An archive, or the manifest.
#[derive(Clone, Debug)]
struct Archive {
    /// The frame with which it begins.
    from: usize,
    name: Option<String>,
    /// Each piece: its frame, and where its data begin.
    pieces: Vec<(usize, u64)>,
    length: u64,
    members: Vec<Member>,
    /// What is read of a tar archive next; nothing where it is no such archive.
    wants: Option<Wants>,
}

#[derive(Clone, Debug)]
enum Wants {
    /// A header, of which this was read.
    Header(Vec<u8>),
    /// So many bytes that are no header.
    Skip(u64),
}

/// Where the payload of CopyData begins, and the data behind its type.
const PAYLOAD: usize = 5;
const DATA: usize = PAYLOAD + 1;
/// Tar is made of blocks of so many bytes.
const BLOCK: usize = 512;

impl Backups {
    /// What a CopyData with data of a base backup belongs to.
    pub fn piece(&mut self, exchange: &Exchange, index: &Index, number: usize) -> Option<Piece<'_>> {
        self.follow(exchange, index, number);
        let after = self.archives.partition_point(|archive| archive.from < number);
        let archive = self.archives.get(after.checked_sub(1)?)?;
        let at = archive.pieces.binary_search_by_key(&number, |(frame, _)| *frame).ok()?;
        let (_, offset) = *archive.pieces.get(at)?;
        let end = archive.pieces.get(at + 1).map_or(archive.length, |(_, next)| *next);
        let first = archive.members.partition_point(|member| member.end() <= offset);
        let last = archive.members.partition_point(|member| member.start < end).max(first);
        Some(Piece { archive: archive.name.as_deref(), offset, members: archive.members.get(first..last)? })
    }

    /// How many frames were followed.
    pub fn reached(&self) -> usize {
        self.reached
    }

    fn follow(&mut self, exchange: &Exchange, index: &Index, to: usize) {
        for entry in (self.reached..=to).map_while(|number| index.entry(number)) {
            if is_of_backup(&entry) {
                self.hear(entry.number, entry.span.of(&exchange.stream(entry.direction).bytes));
            }
            self.reached = entry.number + 1;
        }
    }

    fn hear(&mut self, number: usize, bytes: &[u8]) {
        match bytes.get(PAYLOAD) {
            Some(b'n') => {
                let name = bytes.get(DATA..).and_then(|name| name.split(|byte| *byte == 0).next()).unwrap_or_default();
                let name = String::from_utf8_lossy(name).into_owned();
                let wants = name.ends_with(".tar").then(|| Wants::Header(Vec::new()));
                self.begin(number, Some(name), wants);
            }
            Some(b'm') => self.begin(number, None, None),
            Some(b'd') => {
                if let Some(archive) = self.archives.last_mut() {
                    archive.pieces.push((number, archive.length));
                    archive.read(bytes.get(DATA..).unwrap_or_default());
                }
            }
            _ => {}
        }
    }

    fn begin(&mut self, from: usize, name: Option<String>, wants: Option<Wants>) {
        self.archives.push(Archive { from, name, pieces: Vec::new(), length: 0, members: Vec::new(), wants });
    }
}

fn is_of_backup(entry: &Entry) -> bool {
    let is_data = entry.direction == Direction::Backend && entry.message.field.id == "copydata";
    is_data && entry.context().copy == CopyContent::BaseBackup
}

impl Archive {
    fn read(&mut self, mut bytes: &[u8]) {
        while !bytes.is_empty() {
            let taken = match &mut self.wants {
                None => bytes.len(),
                Some(Wants::Skip(left)) => {
                    let taken = usize::try_from(*left).unwrap_or(usize::MAX).min(bytes.len());
                    *left -= taken as u64;
                    taken
                }
                Some(Wants::Header(held)) => {
                    let taken = (BLOCK - held.len()).min(bytes.len());
                    held.extend_from_slice(bytes.get(..taken).unwrap_or_default());
                    taken
                }
            };
            self.length += taken as u64;
            bytes = bytes.get(taken..).unwrap_or_default();
            self.turn();
        }
    }

    /// A header is complete, or what stands between two of them was passed.
    fn turn(&mut self) {
        match &self.wants {
            Some(Wants::Skip(0)) => self.wants = Some(Wants::Header(Vec::new())),
            Some(Wants::Header(held)) if held.len() == BLOCK => {
                let start = self.length - BLOCK as u64;
                self.wants = match header(held) {
                    Header::Member { name, size } => {
                        self.members.push(Member { name, start, size });
                        Some(Wants::Skip(padded(size)))
                    }
                    Header::Empty => Some(Wants::Header(Vec::new())),
                    Header::Unknown => None,
                };
                self.turn();
            }
            _ => {}
        }
    }
}

impl Member {
    /// Where it ends in the archive, without what fills its last block.
    pub fn end(&self) -> u64 {
        self.start.saturating_add(BLOCK as u64).saturating_add(self.size)
    }
}

fn padded(size: u64) -> u64 {
    size.checked_next_multiple_of(BLOCK as u64).unwrap_or(u64::MAX)
}

enum Header {
    Member {
        name: String,
        size: u64,
    },
    /// Only zeros: two of these end the archive.
    Empty,
    Unknown,
}

/// Reads a header of the ustar format.
fn header(block: &[u8]) -> Header {
    if block.iter().all(|byte| *byte == 0) {
        return Header::Empty;
    }
    let text = |at: usize, length: usize| {
        let field = block.get(at..at + length).unwrap_or_default();
        String::from_utf8_lossy(field.split(|byte| *byte == 0).next().unwrap_or_default()).into_owned()
    };
    let is_ustar = block.get(257..262) == Some(b"ustar");
    let (Some(size), true) = (number(block.get(124..136).unwrap_or_default()), is_ustar) else {
        return Header::Unknown;
    };
    let (name, prefix) = (text(0, 100), text(345, 155));
    // Only files have data: directories and links have a size that counts nothing.
    let has_data = matches!(block.get(156), Some(b'0' | 0 | b'7'));
    let name = if prefix.is_empty() { name } else { format!("{prefix}/{name}") };
    Header::Member { name, size: if has_data { size } else { 0 } }
}

/// A number of a header: octal digits, or binary behind a set bit where it is larger than they could say.
fn number(field: &[u8]) -> Option<u64> {
    let (first, rest) = field.split_first()?;
    if *first == 0x80 {
        return rest.iter().try_fold(0u64, |number, byte| Some(number.checked_mul(256)? + u64::from(*byte)));
    }
    let digits = field.iter().skip_while(|byte| **byte == b' ').take_while(|byte| !matches!(**byte, 0 | b' '));
    digits.copied().try_fold(0u64, |number, digit| {
        let digit = char::from(digit).to_digit(8)?;
        number.checked_mul(8)?.checked_add(u64::from(digit))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_octal_or_binary() {
        assert_eq!(number(b"00000000020\0"), Some(16));
        assert_eq!(number(b"   20 \0\0\0\0\0\0"), Some(16));
        assert_eq!(number(b"\x80\0\0\0\0\0\0\x02\0\0\0\0"), Some(1 << 33));
        assert_eq!(number(b"\x80\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"), None);
        assert_eq!(number(b"0000000002x\0"), None);
    }

    #[test]
    fn bytes_that_are_no_archive_are_passed_over() {
        let wants = Some(Wants::Header(Vec::new()));
        let mut archive = Archive { from: 0, name: None, pieces: Vec::new(), length: 0, members: Vec::new(), wants };
        archive.read(&[7; 3000]);
        assert_eq!((archive.length, archive.members.len()), (3000, 0));
    }
}
