//! The words of some SQL, as far as an option of COPY needs them: names and texts without their quotes, and marks.

use super::value::unescaped;
use crate::sql::{Kind, tokens};

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

/// All words of some SQL.
pub(super) fn words(sql: &[u8]) -> Vec<Word> {
    let word = |kind: Kind, whole: &[u8]| match kind {
        Kind::Word => Word::Bare(text(whole).to_ascii_lowercase()),
        Kind::Name => Word::Name(text(&unquoted(whole, false))),
        Kind::Text { has_escapes } => {
            Word::Text(unquoted(whole.get(has_escapes.into()..).unwrap_or_default(), has_escapes))
        }
        Kind::Dollar { tag } => {
            let (tag, inside) = whole.split_at_checked(tag).unwrap_or((whole, &[]));
            Word::Text(inside.strip_suffix(tag).unwrap_or(inside).to_vec())
        }
        Kind::Parameter(_) => Word::Mark(b'$'),
        Kind::Mark => Word::Mark(whole.first().copied().unwrap_or_default()),
    };
    tokens(sql).map(|token| word(token.kind, token.span.of(sql))).collect()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// What stands between two marks like the first byte; one that is doubled stands for itself.
fn unquoted(whole: &[u8], has_escapes: bool) -> Vec<u8> {
    let Some((mark, mut rest)) = whole.split_first() else { return Vec::new() };
    let mut made = Vec::with_capacity(rest.len());
    while let Some(first) = rest.first() {
        let (byte, length) = match rest.get(1) {
            Some(_) if has_escapes && *first == b'\\' => unescaped(rest),
            Some(second) if first == mark && second == mark => (*mark, 2),
            _ if first == mark => return made,
            _ => (*first, 1),
        };
        made.push(byte);
        rest = rest.get(length..).unwrap_or_default();
    }
    made
}
