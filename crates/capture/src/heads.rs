//! Where a capture file begins behind another, or behind a record that is cut: recorders write a new one when the last is full, and people
//! put several into one.

use crate::pcap::LONGEST;

pub(crate) const PCAPNG: [u8; 4] = [0x0a, 0x0d, 0x0d, 0x0a];
/// How long the beginning of a pcap file is.
pub(crate) const HEAD: usize = 24;
/// In a second.
const NANOSECONDS: u32 = 1_000_000_000;
/// In seconds.
const DAY: u32 = 86_400;

/// Whether a file begins here, and no record; nothing where these are too few bytes to tell: a record that begins so would be of the year 1975, 2055 or 2080, and empty or too long.
pub(crate) fn is_head(rest: &[u8]) -> Option<bool> {
    let magic = rest.first_chunk()?;
    let (version, order): (&[u8], &[&[u8]]) = match magic {
        &PCAPNG => (&[], &[&[0x1a, 0x2b, 0x3c, 0x4d], &[0x4d, 0x3c, 0x2b, 0x1a]]),
        [0xa1, 0xb2, 0xc3, 0xd4] | [0xa1, 0xb2, 0x3c, 0x4d] => (&[0, 2, 0, 4], &[&[0; 4]]),
        [0xd4, 0xc3, 0xb2, 0xa1] | [0x4d, 0x3c, 0xb2, 0xa1] => (&[2, 0, 4, 0], &[&[0; 4]]),
        _ => return Some(false),
    };
    let (told, behind) = rest.get(4..12)?.split_at_checked(4)?;
    Some((version.is_empty() || told == version) && order.contains(&behind))
}

/// At which of the first so many bytes a file begins.
pub(crate) fn head_in(bytes: &[u8], most: usize) -> Option<usize> {
    (0..bytes.len().min(most)).find(|at| bytes.get(*at..).and_then(is_head) == Some(true))
}

/// Whether the file that begins with these bytes has a record that ends behind so many of them: one that somebody carries in a packet is
/// over within it.
pub(crate) fn goes_on_behind(file: &[u8], bytes: usize) -> bool {
    let word = |at: usize, is_big: bool| {
        let bytes = *file.get(at..)?.first_chunk()?;
        Some(if is_big { u32::from_be_bytes(bytes) } else { u32::from_le_bytes(bytes) } as usize)
    };
    let is_blocks = file.starts_with(&PCAPNG);
    let is_big = if is_blocks { file.get(8) == Some(&0x1a) } else { file.first() == Some(&0xa1) };
    let mut at = if is_blocks { 0 } else { HEAD };
    while at < bytes {
        // A block says how long all of it is, a record how long what follows its header is.
        let length = if is_blocks { word(at + 4, is_big) } else { word(at + 8, is_big).map(|length| length + 16) };
        match length {
            Some(length) if (12..=LONGEST).contains(&length) => at += length,
            Some(_) => return false,
            None => return true,
        }
    }
    at > bytes
}

/// Whether the next record of a pcap file may begin so: not long before or behind this one, and not too long. Too few bytes may be anything.
pub(crate) fn may_be_next(behind: &[u8], seconds: u32, is_big_endian: bool) -> bool {
    let word = |at: usize| {
        let bytes = *behind.get(at..)?.first_chunk()?;
        Some(if is_big_endian { u32::from_be_bytes(bytes) } else { u32::from_le_bytes(bytes) })
    };
    let is_then =
        word(0).is_none_or(|next| next.abs_diff(seconds) < DAY) && word(4).is_none_or(|part| part < NANOSECONDS);
    is_then && word(8).is_none_or(|length| length as usize <= LONGEST) || is_head(behind) == Some(true)
}
