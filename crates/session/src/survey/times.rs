//! When each message of a connection was seen, in some bytes a segment: for who puts messages of several in one order and holds none.

use integer_encoding::VarInt;

/// The times of messages, one after the other.
#[derive(Clone, Debug, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Times {
    /// Of each run of messages that were seen at one time how much later that is, and how many they are.
    noted: Vec<u8>,
    last: i64,
    run: u64,
    /// The time of the run that is not noted yet.
    now: i64,
}

/// How far times were read.
#[derive(Clone, Debug, Default)]
pub struct TimesRead {
    reached: usize,
    at: i64,
    left: u64,
    is_at_end: bool,
}

impl Times {
    /// One more message. One of which nobody knows when it was seen was seen with the one before it.
    pub(super) fn note(&mut self, at: Option<i64>) {
        let at = at.unwrap_or(self.now);
        if at != self.now {
            self.end_run();
            self.now = at;
        }
        self.run += 1;
    }

    fn end_run(&mut self) {
        if self.run > 0 {
            self.write(self.now.wrapping_sub(self.last));
            self.write(self.run);
            (self.last, self.run) = (self.now, 0);
        }
    }

    fn write(&mut self, number: impl VarInt) {
        let mut bytes = [0; 10];
        let used = number.encode_var(&mut bytes);
        self.noted.extend_from_slice(bytes.get(..used).unwrap_or_default());
    }

    fn read<T: VarInt>(&self, reached: &mut usize) -> Option<T> {
        let (number, used) = T::decode_var(self.noted.get(*reached..)?)?;
        *reached += used;
        Some(number)
    }

    /// The time of the next message.
    pub fn next(&self, read: &mut TimesRead) -> Option<i64> {
        if read.left == 0 {
            match self.read::<i64>(&mut read.reached) {
                Some(later) => {
                    read.at = read.at.wrapping_add(later);
                    read.left = self.read(&mut read.reached)?;
                }
                None if read.is_at_end => return None,
                None => (read.at, read.left, read.is_at_end) = (self.now, self.run, true),
            }
        }
        read.left = read.left.checked_sub(1)?;
        Some(read.at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_come_back() {
        let seen = [None, None, Some(5), Some(5), Some(4), None, Some(i64::MAX), Some(i64::MIN), Some(7), None];
        let mut times = Times::default();
        assert_eq!(times.next(&mut TimesRead::default()), None);
        seen.iter().for_each(|at| times.note(*at));
        let mut read = TimesRead::default();
        let back: Vec<i64> = std::iter::from_fn(|| times.next(&mut read)).collect();
        assert_eq!(back, [0, 0, 5, 5, 4, 4, i64::MAX, i64::MIN, 7, 7]);
        assert_eq!(times.next(&mut read), None);
    }
}
