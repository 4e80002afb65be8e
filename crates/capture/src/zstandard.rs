//! What Zstandard has packed, frame by frame: a file may have several, and such as hold nothing of it.

use std::io::{Error, ErrorKind, Read, Result};

use ruzstd::decoding::errors::{FrameDecoderError, ReadFrameHeaderError};
use ruzstd::decoding::{BlockDecodingStrategy, FrameDecoder};

/// How a file begins that Zstandard has packed.
pub const MAGIC: [u8; 4] = [0x28, 0xb5, 0x2f, 0xfd];

/// Reads what was packed.
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
}

impl<R: Read> Zstandard<R> {
    /// Of a file from its beginning on.
    pub fn new(source: R) -> Self {
        Self { source, decoder: FrameDecoder::new(), is_in_frame: false }
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
                let some = BlockDecodingStrategy::UptoBytes(buffer.len());
                let decoded = self.decoder.decode_blocks(&mut self.source, some);
                decoded.map_err(|_| damaged())?;
            }
            match self.decoder.read(buffer)? {
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

    #[test]
    fn what_is_cut_or_none_is_an_error() {
        let whole = frame(b"some bytes");
        for end in 1..whole.len() {
            assert!(unpacked(&whole[..end]).is_err(), "{end}");
        }
        assert!(unpacked(&[whole, b"behind".to_vec()].concat()).is_err());
    }
}
