//! What Zstandard has packed, frame by frame: a file may have several, and such as hold nothing of it.

use std::io::{Error, ErrorKind, Read, Result};

use ruzstd::decoding::errors::{FrameDecoderError, ReadFrameHeaderError};
use ruzstd::decoding::{BlockDecodingStrategy, FrameDecoder};

/// How a file begins that Zstandard has packed.
pub const MAGIC: [u8; 4] = [0x28, 0xb5, 0x2f, 0xfd];

/// An empty block that is the last of its frame, with room for a checksum. Behind what was cut off it makes the decoder give out what it keeps
/// back for blocks to come.
const LAST_BLOCK: [u8; 7] = [1, 0, 0, 0, 0, 0, 0];

/// Reads what was packed. Of what is cut off it gives all whole blocks before the error.
///
/// ```
/// use std::io::Read;
/// use pgscope_capture::zstandard::Zstandard;
///
/// // "hello" in a frame with one block that is not compressed, twice.
/// let frame = b"\x28\xb5\x2f\xfd\x20\x05\x29\0\0hello";
/// let mut unpacked = String::new();
/// Zstandard::new(frame.repeat(2).as_slice()).read_to_string(&mut unpacked).unwrap();
/// assert_eq!(unpacked, "hellohello");
/// ```
pub struct Zstandard<R> {
    source: R,
    decoder: FrameDecoder,
    is_in_frame: bool,
    /// Whether the file ended in the midst of a frame.
    is_cut: bool,
}

impl<R: Read> Zstandard<R> {
    /// Of a file from its beginning on.
    pub fn new(source: R) -> Self {
        Self { source, decoder: FrameDecoder::new(), is_in_frame: false, is_cut: false }
    }

    /// Decodes some more. A block that is not whole ends what there is.
    fn decode(&mut self, most: usize) -> Result<()> {
        if self.decoder.decode_blocks(&mut self.source, BlockDecodingStrategy::UptoBytes(most)).is_ok() {
            return Ok(());
        }
        let is_at_end = match (&mut self.source).take(1).read_to_end(&mut Vec::with_capacity(1)) {
            Ok(read) => read == 0,
            // What it is packed in is cut off, too.
            Err(error) => error.kind() == ErrorKind::UnexpectedEof,
        };
        let ended = is_at_end && self.decoder.decode_blocks(LAST_BLOCK.as_slice(), BlockDecodingStrategy::All).is_ok();
        self.is_cut = true;
        if ended { Ok(()) } else { Err(damaged()) }
    }

    /// Begins the next frame that holds something; says whether there is one.
    fn begin(&mut self) -> Result<bool> {
        loop {
            let mut first = Vec::with_capacity(1);
            if (&mut self.source).take(1).read_to_end(&mut first)? == 0 {
                return Ok(false);
            }
            match self.decoder.init(first.as_slice().chain(&mut self.source)) {
                Ok(()) => return Ok(true),
                Err(FrameDecoderError::ReadFrameHeaderError(ReadFrameHeaderError::SkipFrame { length, .. })) => {
                    std::io::copy(&mut (&mut self.source).take(u64::from(length)), &mut std::io::sink())?;
                }
                Err(_) => return Err(damaged()),
            }
        }
    }
}

fn damaged() -> Error {
    Error::new(ErrorKind::InvalidData, "what Zstandard has packed is cut off or damaged")
}

impl<R: Read> Read for Zstandard<R> {
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize> {
        while !buffer.is_empty() {
            if !self.is_in_frame && !self.begin()? {
                break;
            }
            self.is_in_frame = true;
            while self.decoder.can_collect() == 0 && !self.decoder.is_finished() {
                self.decode(buffer.len())?;
            }
            match self.decoder.read(buffer)? {
                0 if self.is_cut => return Err(damaged()),
                0 => self.is_in_frame = false,
                read => return Ok(read),
            }
        }
        Ok(0)
    }
}

impl<R> std::fmt::Debug for Zstandard<R> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Zstandard").field("is_in_frame", &self.is_in_frame).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A frame with one block that is not compressed.
    fn frame(bytes: &[u8]) -> Vec<u8> {
        let header = (bytes.len() as u32) << 3 | 1;
        [&MAGIC[..], &[0x20, bytes.len() as u8], &header.to_le_bytes()[..3], bytes].concat()
    }

    fn unpacked(packed: &[u8]) -> Result<Vec<u8>> {
        let mut bytes = Vec::new();
        Zstandard::new(packed).read_to_end(&mut bytes).map(|_| bytes)
    }

    #[test]
    fn several_frames_are_one_file_and_those_that_hold_nothing_are_passed_over() {
        let skipped = [&[0x5a, 0x2a, 0x4d, 0x18, 3, 0, 0, 0][..], b"abc"].concat();
        let packed = [frame(b"one "), skipped.clone(), frame(b""), frame(b"two"), skipped].concat();
        assert_eq!(unpacked(&packed).unwrap(), b"one two");
        assert_eq!(unpacked(b"").unwrap(), b"");
    }

    /// As `zstd` cuts it: blocks that lean on what stood before them, which is kept for them.
    #[test]
    fn of_what_is_cut_off_all_whole_blocks_are_given() {
        let block = |bytes: &[u8], is_last: bool| {
            let header = (bytes.len() as u32) << 3 | u32::from(is_last);
            [&header.to_le_bytes()[..3], bytes].concat()
        };
        let (one, two) = ([7_u8; 300], [8_u8; 200]);
        // A window of a kilobyte, and a checksum.
        let packed =
            [&MAGIC[..], &[0x04, 0], &block(&one, false), &block(&two, false), &block(b"end", true), &[0; 4]].concat();
        assert_eq!(unpacked(&packed).unwrap().len(), 503);
        let behind_one = 6 + 3 + one.len();
        for (end, whole) in [(behind_one - 1, 0), (behind_one, 300), (behind_one + 100, 300), (packed.len() - 8, 500)] {
            let mut bytes = Vec::new();
            assert!(Zstandard::new(&packed[..end]).read_to_end(&mut bytes).is_err(), "{end}");
            assert_eq!(bytes.len(), whole, "{end}");
        }
        // A block of a kind that there is not.
        let damaged = [&packed[..behind_one], &[6, 0, 0, 1]].concat();
        let mut bytes = Vec::new();
        assert!(Zstandard::new(damaged.as_slice()).read_to_end(&mut bytes).is_err());
    }

    #[test]
    fn what_is_cut_or_none_is_an_error() {
        let whole = frame(b"some bytes");
        for end in 1..whole.len() {
            assert!(unpacked(&whole[..end]).is_err(), "{end}");
        }
        assert!(unpacked(&[whole, b"behind".to_vec()].concat()).is_err());
    }
}
