//! SQL as PostgreSQL's scanner takes it apart: where each word, name, text and parameter stands. It knows no grammar.

use pgscope_proto::Span;

/// A piece of SQL that is neither white space nor a comment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Token {
    /// What it is.
    pub kind: Kind,
    /// Where it stands, quotes and all.
    pub span: Span,
}

/// What a piece of SQL is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A key word, a name without quotes, or a number.
    Word,
    /// A name between double quotes.
    Name,
    /// A text between single quotes: behind an E, which is part of it, backslashes escape.
    Text {
        /// Whether they do.
        has_escapes: bool,
    },
    /// A text between `$tag$` and `$tag$`.
    Dollar {
        /// How long each is, both signs counted.
        tag: usize,
    },
    /// `$12`: its number.
    Parameter(usize),
    /// Any other character.
    Mark,
}

/// All pieces of some SQL. What is not ended goes to the end.
pub fn tokens(sql: &[u8]) -> impl Iterator<Item = Token> + '_ {
    let mut at = 0;
    std::iter::from_fn(move || {
        at += passed(sql.get(at..)?);
        let (kind, length) = token(sql.get(at..)?)?;
        let span = Span::new(at, (at + length).min(sql.len()));
        at = span.end;
        Some(Token { kind, span })
    })
}

fn token(rest: &[u8]) -> Option<(Kind, usize)> {
    Some(match rest {
        [] => return None,
        [b'\'', ..] => (Kind::Text { has_escapes: false }, string(rest, false)),
        [b'e' | b'E', b'\'', ..] => (Kind::Text { has_escapes: true }, 1 + string(rest.get(1..)?, true)),
        [b'"', ..] => (Kind::Name, string(rest, false)),
        [b'$', ..] => parameter(rest).or_else(|| dollar(rest)).unwrap_or((Kind::Mark, 1)),
        [byte, ..] if is_word(*byte) => {
            (Kind::Word, rest.iter().take_while(|byte| is_word(**byte) || **byte == b'$').count())
        }
        _ => (Kind::Mark, 1),
    })
}

/// The length of white space and comments.
fn passed(rest: &[u8]) -> usize {
    let mut at = 0;
    loop {
        let rest = rest.get(at..).unwrap_or_default();
        at += match rest {
            [first, ..] if first.is_ascii_whitespace() || *first == b'\x0b' => 1,
            [b'-', b'-', ..] => until(rest, b"\n"),
            [b'/', b'*', ..] => comment(rest),
            _ => return at,
        };
    }
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte >= 0x80
}

fn parameter(rest: &[u8]) -> Option<(Kind, usize)> {
    let digits = rest.get(1..)?.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let number = std::str::from_utf8(rest.get(1..=digits)?).ok()?.parse().ok()?;
    Some((Kind::Parameter(number), 1 + digits))
}

fn dollar(rest: &[u8]) -> Option<(Kind, usize)> {
    let inside = rest.iter().skip(1).take_while(|byte| is_word(**byte)).count();
    let tag = rest.get(..inside + 2).filter(|tag| tag.last() == Some(&b'$'))?;
    Some((Kind::Dollar { tag: tag.len() }, tag.len() + until(rest.get(tag.len()..)?, tag)))
}

/// The length of what stands between two marks like the first byte; one that is doubled is none.
fn string(rest: &[u8], has_escapes: bool) -> usize {
    let Some(mark) = rest.first() else { return 0 };
    let mut at = 1;
    while let Some(byte) = rest.get(at) {
        at += match byte {
            b'\\' if has_escapes => 2,
            byte if byte == mark && rest.get(at + 1) == Some(mark) => 2,
            byte if byte == mark => return at + 1,
            _ => 1,
        };
    }
    rest.len()
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_are_those_of_the_scanner() {
        let sql = br#"-- a
            SELECT e'\'', note'x' /* /* */ */ "a""b", $1, $t$ $$ $t$, $"#;
        let told: Vec<(Kind, &[u8])> = tokens(sql).map(|token| (token.kind, token.span.of(sql))).collect();
        let expected: &[(Kind, &[u8])] = &[
            (Kind::Word, b"SELECT"),
            (Kind::Text { has_escapes: true }, b"e'\\''"),
            (Kind::Mark, b","),
            (Kind::Word, b"note"),
            (Kind::Text { has_escapes: false }, b"'x'"),
            (Kind::Name, b"\"a\"\"b\""),
            (Kind::Mark, b","),
            (Kind::Parameter(1), b"$1"),
            (Kind::Mark, b","),
            (Kind::Dollar { tag: 3 }, b"$t$ $$ $t$"),
            (Kind::Mark, b","),
            (Kind::Mark, b"$"),
        ];
        assert_eq!(told, expected);
        for open in ["'a", "\"a", "/* a", "-- a", "$$ a", "e'a\\", "", "$"] {
            assert!(tokens(open.as_bytes()).all(|token| token.span.end <= open.len()), "{open}");
        }
    }
}
