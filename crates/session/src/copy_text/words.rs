//! SQL as words, as far as an option of COPY needs it: names, texts without their quotes, and marks. It knows no grammar.

/// A word of SQL.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Word {
    /// A key word, a name or a number, in lower case.
    Bare(String),
    /// A name that stood between double quotes.
    Name(String),
    /// A text.
    Text(Vec<u8>),
    /// Any other character.
    Mark(u8),
}

impl Word {
    /// Whether it is this key word.
    pub(super) fn is(&self, word: &str) -> bool {
        matches!(self, Word::Bare(bare) if bare == word)
    }

    /// The name that it is.
    pub(super) fn name(&self) -> Option<&str> {
        match self {
            Word::Bare(name) | Word::Name(name) => Some(name),
            Word::Text(_) | Word::Mark(_) => None,
        }
    }
}

/// All words of some SQL, without white space and comments.
pub(super) fn words(sql: &[u8]) -> Vec<Word> {
    let mut reader = Reader { rest: sql };
    std::iter::from_fn(|| reader.word()).collect()
}

struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    fn word(&mut self) -> Option<Word> {
        self.pass();
        let first = *self.rest.first()?;
        Some(match (first, self.rest.get(1)) {
            (b'\'', _) => Word::Text(self.quoted(false)),
            (b'e' | b'E', Some(b'\'')) => {
                self.skip(1);
                Word::Text(self.quoted(true))
            }
            (b'"', _) => Word::Name(text(&self.quoted(false))),
            (b'$', _) => self.dollar(),
            (byte, _) if is_word(byte) => {
                let length = self.rest.iter().take_while(|byte| is_word(**byte) || **byte == b'$').count();
                Word::Bare(text(self.skip(length)).to_ascii_lowercase())
            }
            (byte, _) => {
                self.skip(1);
                Word::Mark(byte)
            }
        })
    }

    fn skip(&mut self, count: usize) -> &'a [u8] {
        let (head, rest) = self.rest.split_at_checked(count).unwrap_or((self.rest, &[]));
        self.rest = rest;
        head
    }

    /// White space and comments.
    fn pass(&mut self) {
        loop {
            match self.rest {
                [first, ..] if first.is_ascii_whitespace() || *first == b'\x0b' => drop(self.skip(1)),
                [b'-', b'-', ..] => drop(self.skip(until(self.rest, b"\n"))),
                [b'/', b'*', ..] => drop(self.skip(comment(self.rest))),
                _ => return,
            }
        }
    }

    /// What stands between two marks like the first byte; one that is doubled stands for itself.
    fn quoted(&mut self, has_escapes: bool) -> Vec<u8> {
        let mark = self.skip(1);
        let mut made = Vec::new();
        loop {
            match self.rest {
                [] => return made,
                [b'\\', _, ..] if has_escapes => {
                    let (byte, length) = super::value::unescaped(self.rest);
                    made.push(byte);
                    self.skip(length);
                }
                [first, second, ..] if mark == [*first] && first == second => {
                    made.push(*first);
                    self.skip(2);
                }
                [first, ..] => {
                    self.skip(1);
                    if mark == [*first] {
                        return made;
                    }
                    made.push(*first);
                }
            }
        }
    }

    /// `$tag$ … $tag$`, or the sign of a parameter.
    fn dollar(&mut self) -> Word {
        let inside = self.rest.iter().skip(1).take_while(|byte| is_word(**byte)).count();
        let Some(tag) = self.rest.get(..inside + 2).filter(|tag| tag.last() == Some(&b'$')) else {
            self.skip(1);
            return Word::Mark(b'$');
        };
        self.skip(tag.len());
        let whole = self.skip(until(self.rest, tag));
        Word::Text(whole.strip_suffix(tag).unwrap_or(whole).to_vec())
    }
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte >= 0x80
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// The length up to the end of `what`, or of everything.
fn until(rest: &[u8], what: &[u8]) -> usize {
    memchr::memmem::find(rest, what).map_or(rest.len(), |at| at + what.len())
}

/// The length of a comment; comments lie in each other.
fn comment(rest: &[u8]) -> usize {
    let (mut at, mut depth) = (2, 1);
    while depth > 0 {
        let Some(two) = rest.get(at..at + 2) else { return rest.len() };
        (at, depth) = match two {
            b"/*" => (at + 2, depth + 1),
            b"*/" => (at + 2, depth - 1),
            _ => (at + 1, depth),
        };
    }
    at
}
