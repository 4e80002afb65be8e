//! The grammar of a line: words, quoted text, lists and groups. It knows no message.

use super::{Made, wrong};
use crate::Span;

/// A word and where it stands.
#[derive(Clone, Debug)]
pub(super) struct Word {
    pub(super) text: String,
    pub(super) span: Span,
}

/// What stands for a value.
#[derive(Clone, Debug)]
pub(super) enum Item {
    /// A bare word.
    Word(Word),
    /// Quoted text, or bytes in digits.
    Bytes(Vec<u8>, Span),
    /// `[…]`.
    List(Vec<Given>, Span),
    /// `(…)`.
    Group(Vec<Given>, Span),
    /// `word(…)`.
    Choice(Word, Vec<Given>, Span),
}

impl Item {
    pub(super) fn span(&self) -> Span {
        match self {
            Item::Word(word) => word.span,
            Item::Bytes(_, span) | Item::List(_, span) | Item::Group(_, span) | Item::Choice(_, _, span) => *span,
        }
    }
}

/// A value, and the name that it was given to.
#[derive(Clone, Debug)]
pub(super) struct Given {
    pub(super) name: Option<Word>,
    pub(super) item: Item,
}

/// A name, and what is given behind it.
pub(super) fn line(text: &str) -> Made<(Word, Vec<Given>)> {
    let mut parser = Parser { text, at: 0, depth: 0 };
    parser.skip_space();
    let name = parser.word();
    if name.text.is_empty() {
        return wrong(name.span, "a line begins with the name of a message");
    }
    let given = parser.given(None)?;
    Ok((name, given))
}

/// Nobody writes deeper by hand, and no message is deeper.
const DEEPEST: usize = 32;

struct Parser<'a> {
    text: &'a str,
    at: usize,
    depth: usize,
}

impl Parser<'_> {
    fn rest(&self) -> &str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn take(&mut self) -> Option<char> {
        let letter = self.peek()?;
        self.at += letter.len_utf8();
        Some(letter)
    }

    fn skip_space(&mut self) {
        while self.peek().is_some_and(|letter| letter.is_whitespace() || letter == ',') {
            self.take();
        }
    }

    /// Up to something that a bare word cannot have.
    fn word(&mut self) -> Word {
        let start = self.at;
        while self.peek().is_some_and(|letter| !letter.is_whitespace() && !"[](),=\"".contains(letter)) {
            self.take();
        }
        Word { text: self.text.get(start..self.at).unwrap_or_default().to_owned(), span: Span::new(start, self.at) }
    }

    /// Values up to `close`, or to the end of the line.
    fn given(&mut self, close: Option<char>) -> Made<Vec<Given>> {
        let opened = self.at.saturating_sub(1);
        let mut given = Vec::new();
        loop {
            self.skip_space();
            match (self.peek(), close) {
                (None, None) => return Ok(given),
                (None, Some(close)) => return wrong(Span::new(opened, self.at), format!("its {close} is missing")),
                (Some(letter), Some(close)) if letter == close => {
                    self.take();
                    return Ok(given);
                }
                _ => given.push(self.one()?),
            }
        }
    }

    fn one(&mut self) -> Made<Given> {
        let start = self.at;
        if matches!(self.peek(), Some('"' | '[' | '(' | '\\')) {
            return Ok(Given { name: None, item: self.item()? });
        }
        let word = self.word();
        match self.peek() {
            Some('=') if !word.text.is_empty() => {
                self.take();
                self.skip_space();
                if self.peek().is_none_or(|letter| ")]".contains(letter)) {
                    return wrong(word.span, format!("{} is given nothing: an empty text is \"\"", word.text));
                }
                Ok(Given { name: Some(word), item: self.item()? })
            }
            Some('(') if !word.text.is_empty() => Ok(Given { name: None, item: self.choice(word, start)? }),
            Some(letter) if word.text.is_empty() => {
                wrong(Span::new(start, start + 1), format!("{letter} stands alone"))
            }
            _ => Ok(Given { name: None, item: Item::Word(word) }),
        }
    }

    fn item(&mut self) -> Made<Item> {
        let start = self.at;
        match self.peek() {
            Some('"') => self.quoted(),
            Some('\\') => self.digits(),
            Some('[') => {
                let given = self.nested(']')?;
                Ok(Item::List(given, Span::new(start, self.at)))
            }
            Some('(') => {
                let given = self.nested(')')?;
                Ok(Item::Group(given, Span::new(start, self.at)))
            }
            Some(letter @ ('=' | ')' | ']')) => wrong(Span::new(start, start + 1), format!("{letter} stands alone")),
            _ => {
                let word = self.word();
                if self.peek() == Some('(') { self.choice(word, start) } else { Ok(Item::Word(word)) }
            }
        }
    }

    fn choice(&mut self, word: Word, start: usize) -> Made<Item> {
        let given = self.nested(')')?;
        Ok(Item::Choice(word, given, Span::new(start, self.at)))
    }

    fn nested(&mut self, close: char) -> Made<Vec<Given>> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return wrong(Span::new(self.at, self.at + 1), "nothing goes so deep");
        }
        self.take();
        let given = self.given(Some(close))?;
        self.depth -= 1;
        Ok(given)
    }

    fn quoted(&mut self) -> Made<Item> {
        let start = self.at;
        self.take();
        let mut bytes = Vec::new();
        loop {
            let at = self.at;
            match self.take() {
                None => return wrong(Span::new(start, self.at), "its closing \" is missing"),
                Some('"') => return Ok(Item::Bytes(bytes, Span::new(start, self.at))),
                Some('\\') => match self.take() {
                    Some('n') => bytes.push(b'\n'),
                    Some('t') => bytes.push(b'\t'),
                    Some('r') => bytes.push(b'\r'),
                    Some(letter @ ('"' | '\\')) => bytes.push(letter as u8),
                    Some('x') => bytes.push(self.byte()?),
                    _ => {
                        let known = "behind \\ stands n, t, r, \", \\ or x with two digits";
                        return wrong(Span::new(at, self.at), known);
                    }
                },
                Some(letter) => bytes.extend_from_slice(letter.encode_utf8(&mut [0; 4]).as_bytes()),
            }
        }
    }

    /// Two hexadecimal digits.
    fn byte(&mut self) -> Made<u8> {
        let digits = self.rest().get(..2).filter(|two| two.bytes().all(|digit| digit.is_ascii_hexdigit()));
        match digits.and_then(|two| u8::from_str_radix(two, 16).ok()) {
            Some(byte) => {
                self.at += 2;
                Ok(byte)
            }
            None => wrong(Span::new(self.at, (self.at + 1).min(self.text.len())), "two hexadecimal digits make a byte"),
        }
    }

    /// `\x` and digits.
    fn digits(&mut self) -> Made<Item> {
        let start = self.at;
        if !self.rest().starts_with("\\x") {
            return wrong(Span::new(start, start + 1), "bytes are written as \\x and hexadecimal digits");
        }
        self.at += 2;
        let mut bytes = Vec::new();
        while self.peek().is_some_and(|letter| !letter.is_whitespace() && !",)]".contains(letter)) {
            bytes.push(self.byte()?);
        }
        Ok(Item::Bytes(bytes, Span::new(start, self.at)))
    }
}
