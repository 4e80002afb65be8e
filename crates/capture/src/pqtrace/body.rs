//! The tokens of a message in a trace: numbers, characters, `"strings"` and `'bytes'`, of which nothing is escaped but
//! what cannot be printed.

use pgscope_proto::Span;

use crate::cells::Sourced;
use crate::lines::{Line, Problems};

/// What is left of a message's text, and the bytes that were read.
pub(super) struct Body<'a> {
    pub rest: Line<'a>,
    pub bytes: Vec<Sourced>,
    /// The length of the body, where the trace tells it.
    pub told: Option<usize>,
    pub pgx: bool,
    /// The source of bytes that are not printed.
    pub name: Span,
}

type Read<'a> = Result<(), Line<'a>>;

impl<'a> Body<'a> {
    /// Reads fields as [`super::Message::fields`] lists them.
    pub(super) fn fields(&mut self, fields: &str, problems: &mut Problems) -> Read<'a> {
        let mut left = fields;
        while let Some(kind) = left.chars().next() {
            left = left.get(1..).unwrap_or_default();
            match kind {
                'H' | 'I' => {
                    let (group, after) = left.get(1..).and_then(|inner| inner.split_once(')')).unwrap_or_default();
                    self.group(kind, group, problems)?;
                    left = after;
                }
                _ => self.field(kind, left.is_empty(), problems)?,
            }
        }
        Ok(())
    }

    fn group(&mut self, kind: char, group: &str, problems: &mut Problems) -> Read<'a> {
        let count = self.number(if kind == 'H' { 2 } else { 4 }, problems)?;
        for _ in 0..count.max(0) {
            if self.is_done() {
                return Ok(());
            }
            for kind in group.chars() {
                self.field(kind, false, problems)?;
            }
        }
        Ok(())
    }

    fn field(&mut self, kind: char, last: bool, problems: &mut Problems) -> Read<'a> {
        match kind {
            'c' => self.character(),
            'h' => self.number(2, problems).map(drop),
            'i' => self.number(4, problems).map(drop),
            's' => self.string(last),
            'v' => self.value(problems),
            'b' => self.rest_of_bytes(),
            'k' => self.key(problems),
            'l' => self.strings(),
            'e' => self.error_fields(),
            _ => {
                self.bytes.push((0, self.name));
                Ok(())
            }
        }
    }

    fn skip_blanks(&mut self) {
        let text = self.rest.text.trim_start_matches([' ', '\t', '\r', '\n']);
        self.rest = self.rest.rest(self.rest.text.len() - text.len());
    }

    fn is_done(&mut self) -> bool {
        self.skip_blanks();
        self.rest.text.is_empty()
    }

    fn token(&mut self) -> Line<'a> {
        self.skip_blanks();
        let end = self.rest.text.find([' ', '\t', '\r', '\n']).unwrap_or(self.rest.text.len());
        let token = self.rest.part(0, end);
        self.rest = self.rest.rest(end);
        token
    }

    /// An integer of `width` bytes; `NNNN` stands for one that was hidden.
    fn number(&mut self, width: usize, problems: &mut Problems) -> Result<i64, Line<'a>> {
        if self.is_done() {
            return Err(self.rest);
        }
        let before = self.rest;
        let token = self.token();
        let hidden = token.text == "NNNN";
        if hidden {
            problems.met(token, "a number: the trace hides it");
        }
        let value = if hidden { Some(0) } else { token.text.parse::<i64>().ok() };
        let Some(value) = value else {
            self.rest = before;
            return Err(token);
        };
        let bytes = value.to_be_bytes();
        self.bytes.extend(bytes.iter().skip(8 - width).map(|byte| (*byte, token.span())));
        Ok(value)
    }

    /// A character as itself or as `\x00`.
    fn character(&mut self) -> Read<'a> {
        let token = self.token();
        let hex = token.text.strip_prefix("\\x").and_then(|hex| u8::from_str_radix(hex, 16).ok());
        let byte = hex.or_else(|| token.text.bytes().next()).ok_or(token)?;
        self.bytes.push((byte, token.span()));
        Ok(())
    }

    /// A string: it ends at a quote with a token behind it, or at the last quote if it is the last field.
    fn string(&mut self, last: bool) -> Read<'a> {
        self.skip_blanks();
        let inner = self.rest.text.strip_prefix('"').ok_or(self.rest)?;
        let end = if last {
            inner.rfind('"')
        } else {
            inner.match_indices('"').map(|(at, _)| at).find(|at| closes(inner, *at))
        };
        let end = end.ok_or(self.rest)?;
        for (at, c) in inner.get(..end).unwrap_or_default().char_indices() {
            let source = self.rest.part(1 + at, 1 + at + c.len_utf8());
            self.bytes.extend(source.text.bytes().map(|byte| (byte, source.span())));
        }
        self.bytes.push((0, self.rest.part(end + 1, end + 2).span()));
        self.rest = self.rest.rest(end + 2);
        Ok(())
    }

    /// A length and as many bytes, -1 for NULL. The parameters of pgx have no length.
    fn value(&mut self, problems: &mut Problems) -> Read<'a> {
        self.skip_blanks();
        if self.pgx && self.rest.text.starts_with('\'') {
            let source = self.rest.part(0, 1).span();
            let at = self.bytes.len();
            self.quoted(None)?;
            let count = (self.bytes.len() - at) as u32;
            let length = count.to_be_bytes().map(|byte| (byte, source));
            self.bytes.splice(at..at, length);
            return Ok(());
        }
        let count = self.number(4, problems)?;
        match usize::try_from(count) {
            Ok(count) => self.quoted(Some(count)),
            Err(_) => Ok(()),
        }
    }

    /// Bytes that fill what is left of the message.
    fn rest_of_bytes(&mut self) -> Read<'a> {
        if self.is_done() {
            return Ok(());
        }
        let left = self.told.map(|told| told.saturating_sub(self.bytes.len()));
        self.quoted(left)
    }

    /// `'…'`: `count` bytes, each itself or `\x00`; without a count, all up to the last quote of the token.
    ///
    /// A backslash is printed as it is, so that `\x00` may be four bytes too: the count tells which.
    fn quoted(&mut self, count: Option<usize>) -> Read<'a> {
        self.skip_blanks();
        if !self.rest.text.starts_with('\'') {
            return if count == Some(0) { Ok(()) } else { Err(self.rest) };
        }
        let (kept, inner) = (self.bytes.len(), self.rest.rest(1));
        let mut after = self.characters(inner, count, true);
        let fits =
            |read: usize, after: Line<'_>| after.text.starts_with('\'') && count.is_none_or(|count| count == read);
        if !fits(self.bytes.len() - kept, after) {
            let escaped = self.bytes.split_off(kept);
            let plain = self.characters(inner, count, false);
            if fits(self.bytes.len() - kept, plain) {
                after = plain;
            } else {
                self.bytes.truncate(kept);
                self.bytes.extend(escaped);
            }
        }
        self.rest = after.rest(1);
        if after.text.starts_with('\'') { Ok(()) } else { Err(after) }
    }

    /// Reads `count` bytes, or all up to a quote that ends its token; gives what follows.
    fn characters(&mut self, inner: Line<'a>, count: Option<usize>, escapes: bool) -> Line<'a> {
        let mut rest = inner;
        let mut taken = 0;
        while count.is_none_or(|count| taken < count)
            && let Some(c) = rest.text.chars().next()
            && !(c == '\'' && ends(rest.rest(1).text, count.is_none()))
        {
            let digits = rest.text.strip_prefix("\\x").filter(|_| escapes).map_or(0, |digits| self.digits(digits));
            let length = if digits > 0 { digits + 2 } else { c.len_utf8() };
            let source = rest.part(0, length);
            match digits {
                0 => self.bytes.extend(source.text.bytes().map(|byte| (byte, source.span()))),
                _ => self.bytes.push((hex(source.rest(2).text), source.span())),
            }
            taken += if digits > 0 { 1 } else { length };
            rest = rest.rest(length);
        }
        rest
    }

    /// How many digits an escape has: two, or in pgx one for bytes below 16. What can be printed is never escaped.
    fn digits(&self, text: &str) -> usize {
        let count = text.bytes().take(2).take_while(u8::is_ascii_hexdigit).count();
        let printed = matches!(hex(text.get(..count).unwrap_or_default()), b' '..=b'~');
        match count {
            2 if !printed && (!self.pgx || !text.starts_with('0')) => 2,
            1 | 2 if self.pgx => 1,
            _ => 0,
        }
    }

    /// A cancel key: a number, or bytes from libpq 18.6 on.
    fn key(&mut self, problems: &mut Problems) -> Read<'a> {
        self.skip_blanks();
        if self.rest.text.starts_with('\'') { self.rest_of_bytes() } else { self.number(4, problems).map(drop) }
    }

    fn strings(&mut self) -> Read<'a> {
        while !self.is_done() {
            self.string(false)?;
        }
        Ok(())
    }

    /// `S "ERROR" C "42601" \x00`
    fn error_fields(&mut self) -> Read<'a> {
        while !self.is_done() {
            let ends = self.rest.text.starts_with("\\x00");
            self.character()?;
            if ends {
                return Ok(());
            }
            self.string(false)?;
        }
        Ok(())
    }
}

/// Whether a quote with `after` behind it ends its bytes: where it ends the message, or if `early` any token.
fn ends(after: &str, early: bool) -> bool {
    match after.chars().next() {
        Some(' ') => early,
        Some('\r' | '\n') => after.trim_start_matches(['\r', '\n']).is_empty(),
        Some(_) => false,
        None => true,
    }
}

/// Whether the quote at `at` ends its string: behind it comes nothing, or a blank and what begins a token.
fn closes(text: &str, at: usize) -> bool {
    let after = text.get(at + 1..).unwrap_or_default();
    let Some(next) = after.strip_prefix(' ') else { return after.trim_start_matches(['\r', '\n']).is_empty() };
    let mut next = next.chars();
    match (next.next(), next.next()) {
        (Some('"' | '\'' | '-' | '\\' | '0'..='9' | 'N'), _) => true,
        (Some(letter), Some(' ')) => letter.is_ascii_alphabetic(),
        _ => false,
    }
}

fn hex(digits: &str) -> u8 {
    u8::from_str_radix(digits, 16).unwrap_or(0)
}
