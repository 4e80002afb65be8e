//! What the words of some SQL say of the conversation, in 32 bits. This is no parser of SQL: the first word of each statement
//! is read, and where quotes or comments hide a border the answer is wider, never narrower.

use pgscope_proto::CopyContent;

use crate::command;

/// What is known of a text of SQL.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Sketch(u32);

impl Sketch {
    const STATEMENTS: u32 = 0xff;
    const BEGINS: u32 = 1 << 8;
    const ENDS: u32 = 1 << 9;
    const GOES_ON: u32 = 1 << 10;
    const NAMES: u32 = 1 << 11;
    const UNKNOWN: u32 = 1 << 12;
    const MORE: u32 = 1 << 13;
    const CONTENT: u32 = 16;

    /// Of SQL that was not seen.
    pub(crate) const UNSEEN: Self =
        Self(Self::UNKNOWN | Self::BEGINS | Self::ENDS | Self::GOES_ON | Self::NAMES | Self::STATEMENTS);

    /// Of SQL. On a connection for replication it may be one of its commands.
    pub(crate) fn of(sql: &[u8], may_replicate: bool) -> Self {
        let content = if may_replicate { command::content_of(sql) } else { CopyContent::Unknown };
        let mut sketch = Self((content as u32) << Self::CONTENT);
        let mut rest = sql;
        loop {
            let end = memchr::memchr(b';', rest);
            let (statement, behind) = match end {
                Some(end) => (rest.get(..end).unwrap_or_default(), rest.get(end + 1..).unwrap_or_default()),
                None => (rest, [].as_slice()),
            };
            sketch.statement(statement);
            if end.is_none() {
                return sketch;
            }
            rest = behind;
        }
    }

    fn statement(&mut self, text: &[u8]) {
        let text = trimmed(text);
        let Some(first) = text.first() else { return };
        self.0 = if self.statements() < Self::STATEMENTS { self.0 + 1 } else { self.0 };
        self.0 |= match first.to_ascii_lowercase() {
            b'b' if is(text, b"begin") => Self::BEGINS,
            b's' if is(text, b"start") => Self::BEGINS,
            b'c' if is(text, b"commit") => Self::ENDS | goes_on(text),
            b'e' if is(text, b"end") => Self::ENDS | goes_on(text),
            b'r' if is(text, b"rollback") => Self::ENDS | goes_on(text),
            b'a' if is(text, b"abort") => Self::ENDS | goes_on(text),
            // Of a transaction, or of a statement: its name may be any.
            b'p' if is(text, b"prepare") => Self::ENDS | Self::NAMES,
            b'd' if [b"deallocate".as_slice(), b"declare", b"discard", b"do"].iter().any(|word| is(text, word)) => {
                Self::NAMES
            }
            // These run what cannot be seen here, and a statement under `explain` or `with` may be any, too.
            b'c' if is(text, b"call") => Self::NAMES | Self::BEGINS | Self::ENDS | Self::GOES_ON,
            b'e' if is(text, b"execute") => Self::NAMES | Self::BEGINS | Self::ENDS | Self::GOES_ON,
            // A command of replication may give several results, and so may what a comment or a bracket hides.
            b'/' | b'-' | b'(' => Self::BEGINS | Self::ENDS | Self::GOES_ON | Self::NAMES,
            b'i' | b's' | b't' | b'r' | b'u' if self.content() != CopyContent::Unknown => Self::MORE,
            b'b' if is(text, b"base_backup") => Self::MORE,
            _ => 0,
        };
        if self.content() != CopyContent::Unknown {
            self.0 |= Self::MORE;
        }
    }

    /// How many statements it has, at most.
    pub(crate) fn statements(self) -> u32 {
        self.0 & Self::STATEMENTS
    }

    /// How many results it gives at most; nothing where that cannot be known.
    pub(crate) fn most_results(self) -> Option<u32> {
        let is_known = self.0 & (Self::UNKNOWN | Self::MORE) == 0 && self.statements() < Self::STATEMENTS;
        is_known.then(|| self.statements())
    }

    /// Whether it may begin a transaction block.
    pub(crate) fn may_begin(self) -> bool {
        self.0 & Self::BEGINS != 0
    }

    /// Whether it may end one.
    pub(crate) fn may_end(self) -> bool {
        self.0 & Self::ENDS != 0
    }

    /// Whether a transaction may go on behind a command that ends one: ROLLBACK TO, AND CHAIN.
    pub(crate) fn may_go_on(self) -> bool {
        self.0 & Self::GOES_ON != 0
    }

    /// Whether it may make or drop names of statements and portals.
    pub(crate) fn may_name(self) -> bool {
        self.0 & Self::NAMES != 0
    }

    /// What CopyData carries in answer to it.
    pub(crate) fn content(self) -> CopyContent {
        match (self.0 >> Self::CONTENT) & 7 {
            1 => CopyContent::Text,
            2 => CopyContent::Binary,
            3 => CopyContent::Physical,
            4 => CopyContent::Logical,
            5 => CopyContent::OtherPlugin,
            6 => CopyContent::BaseBackup,
            _ => CopyContent::Unknown,
        }
    }

    pub(crate) fn bits(self) -> u32 {
        self.0
    }

    pub(crate) fn from_bits(bits: u32) -> Self {
        Self(bits)
    }
}

fn trimmed(mut text: &[u8]) -> &[u8] {
    while let [b' ' | b'\t' | b'\n' | b'\r' | b'\x0c' | b'\x0b', rest @ ..] = text {
        text = rest;
    }
    text
}

/// Whether the text begins with this word.
fn is(text: &[u8], word: &[u8]) -> bool {
    let begins = text.get(..word.len()).is_some_and(|head| head.eq_ignore_ascii_case(word));
    begins && !text.get(word.len()).is_some_and(|next| next.is_ascii_alphanumeric() || *next == b'_')
}

/// Whether the command may leave a transaction open: `TO` a savepoint, `AND CHAIN`, or anything that hides them.
fn goes_on(text: &[u8]) -> u32 {
    let words = text.split(|byte| !byte.is_ascii_alphabetic()).filter(|word| !word.is_empty()).skip(1);
    let harmless: [&[u8]; 5] = [b"work", b"transaction", b"and", b"no", b"prepared"];
    let mut words = words.map(<[u8]>::to_ascii_lowercase).map(|word| harmless.contains(&word.as_slice()));
    if words.all(|is_harmless| is_harmless) { 0 } else { Sketch::GOES_ON }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statements_are_counted_and_the_words_that_matter_are_seen() {
        let sketch = |sql: &str| Sketch::of(sql.as_bytes(), false);
        for (sql, most) in [("", 0), (" ;; ", 0), ("SELECT 1", 1), ("SELECT 1;", 1), ("a; b;c", 3), ("SELECT ';'", 2)] {
            assert_eq!(sketch(sql).most_results(), Some(most), "{sql}");
        }
        assert!(sketch("begin").may_begin() && sketch("x; START TRANSACTION").may_begin());
        assert!(!sketch("beginning").may_begin() && !sketch("SELECT 1").may_begin());
        assert!(sketch("COMMIT").may_end() && !sketch("commit work").may_go_on());
        assert!(sketch("ROLLBACK TO a").may_go_on() && sketch("COMMIT AND CHAIN").may_go_on());
        assert!(sketch("PREPARE TRANSACTION 'x'").may_end() && sketch("DECLARE c CURSOR FOR SELECT 1").may_name());
        assert!(sketch("/* BEGIN */ begin").may_begin());
        let backup = Sketch::of(b"BASE_BACKUP", true);
        assert_eq!((backup.most_results(), backup.content()), (None, CopyContent::BaseBackup));
        assert!(Sketch::UNSEEN.most_results().is_none());
    }
}
