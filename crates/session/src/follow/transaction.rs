//! Which letter ReadyForQuery can have: I outside a transaction block, T in one, E in one that failed.

use super::Sketch;

/// The letters that are possible.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Letters(u8);

const I: u8 = 1;
const T: u8 = 2;
const E: u8 = 4;

impl Letters {
    pub(crate) const ANY: Self = Self(I | T | E);

    /// The one that was told.
    pub(crate) fn told(letter: u8) -> Self {
        match letter {
            b'I' => Self(I),
            b'T' => Self(T),
            b'E' => Self(E),
            _ => Self::ANY,
        }
    }

    /// Whether it may be this one. What is no letter at all is not judged here.
    pub(crate) fn allow(self, letter: u8) -> bool {
        Self::told(letter).0 & self.0 != 0
    }

    /// The letters in words, from the bits of [`Self::bits`].
    pub(crate) fn named(bits: u32) -> &'static str {
        match bits as u8 {
            I => "I",
            T => "T",
            E => "E",
            _ => "I or T",
        }
    }

    /// These, and T beside I if a transaction may have been opened that no letter told.
    pub(crate) fn or_open(self, may_be: bool) -> Self {
        Self(self.0 | if may_be { (self.0 & I) << 1 } else { 0 })
    }

    /// These, and I beside T if the transaction may end without a word.
    pub(crate) fn or_closed(self, may_be: bool) -> Self {
        Self(self.0 | if may_be { (self.0 & T) >> 1 } else { 0 })
    }

    pub(crate) fn bits(self) -> u32 {
        u32::from(self.0)
    }

    /// Behind a command with this tag. ROLLBACK TO and AND CHAIN have the same tags and leave a transaction open.
    pub(crate) fn completed(self, tag: &[u8], sketch: Sketch) -> Self {
        match tag {
            b"BEGIN" | b"START TRANSACTION" => Self(T),
            b"COMMIT" | b"ROLLBACK" if sketch.may_go_on() => Self(I | T),
            b"COMMIT" | b"ROLLBACK" | b"PREPARE TRANSACTION" => Self(I),
            _ => self,
        }
    }

    /// Behind an error. A command that ends a transaction may fail and end it all the same.
    pub(crate) fn failed(self, sketch: Sketch) -> Self {
        let was = |letter: u8| self.0 & letter != 0;
        let mut now = 0;
        if was(I) {
            now |= I | if sketch.may_begin() { E } else { 0 };
        }
        if was(T | E) {
            now |= E | if sketch.may_end() { I } else { 0 };
        }
        Self(now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_letter_is_judged_where_only_one_is_possible() {
        let sketch = |sql: &str| Sketch::of(sql.as_bytes(), false);
        let idle = Letters::told(b'I');
        let open = idle.completed(b"BEGIN", sketch("BEGIN"));
        assert!(open.allow(b'T') && !open.allow(b'I') && !open.allow(b'E'));
        assert_eq!(open.completed(b"SELECT 1", sketch("SELECT 1")), open);
        assert_eq!(open.failed(sketch("SELECT 1/0")), Letters::told(b'E'));
        assert!(open.failed(sketch("COMMIT")).allow(b'I'));
        let to = sketch("ROLLBACK TO a");
        assert!(open.completed(b"ROLLBACK", to).allow(b'T') && open.completed(b"ROLLBACK", to).allow(b'I'));
        assert_eq!(open.completed(b"COMMIT", sketch("COMMIT")), idle);
        assert_eq!(idle.failed(sketch("SELECT 1/0")), idle);
        assert!(idle.failed(sketch("BEGIN; SELECT 1/0")).allow(b'E'));
        assert!(Letters::ANY.allow(b'E') && Letters::ANY.allow(b'x'));
    }
}
