//! A text of bytes written again in its own form: each byte as it was written, the column of letters beside it, offsets and marks.
//! Of everything else only the shape stays: a word that no form has is blotted out.

use pgscope_proto::Span;
use pgscope_proto::messages::ALL;

use crate::edit::{letter, rewritten};

/// A byte, where it is written, what it was and what it is.
#[derive(Clone, Copy, Debug)]
pub(super) struct Token {
    pub(super) span: Span,
    pub(super) was: u8,
    pub(super) now: u8,
}

/// The text with these bytes, in the order of their places; nothing if one has no place of its own.
pub(super) fn rewritten_text(text: &str, tokens: &[Token]) -> Option<String> {
    let mut out = String::with_capacity(text.len());
    let mut rest = tokens;
    let mut before = 0;
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let end = start + line.len();
        let count = rest.iter().take_while(|token| token.span.end <= end).count();
        let (own, behind) = rest.split_at_checked(count)?;
        let head_end = own.first().map_or(end, |first| first.span.start);
        let offset = Offset::of(text.get(start..head_end)?);
        // A dump begins anew.
        if offset.as_ref().is_some_and(Offset::is_zero) {
            before = 0;
        }
        let kept = offset.filter(|offset| offset.says(before)).map_or(0, |offset| offset.end);
        out.push_str(text.get(start..start + kept)?);
        write_line(text, Span::new(start + kept, end), own, &mut out)?;
        before += own.len();
        (rest, start) = (behind, end);
    }
    rest.is_empty().then_some(out)
}

/// A line that holds these bytes, behind its offset.
fn write_line(text: &str, line: Span, tokens: &[Token], out: &mut String) -> Option<()> {
    let (Some(first), Some(last)) = (tokens.first(), tokens.last()) else {
        out.push_str(&blotted(text.get(line.start..line.end)?));
        return Some(());
    };
    out.push_str(&blotted(text.get(line.start..first.span.start)?));
    let mut at = first.span.start;
    for token in tokens {
        out.push_str(&blotted(text.get(at..token.span.start)?));
        out.push_str(&rewritten(text.get(token.span.start..token.span.end)?, token.was, token.now)?);
        at = token.span.end;
    }
    out.push_str(&tail(text.get(last.span.end..line.end)?, tokens));
    Some(())
}

/// The first word of a line, if it may say how many bytes stand before them.
struct Offset<'a> {
    digits: &'a str,
    /// Where it ends in the line.
    end: usize,
}

impl<'a> Offset<'a> {
    fn of(head: &'a str) -> Option<Self> {
        let start = head.find(|c: char| c.is_ascii_hexdigit())?;
        let is_frame = |c: char| matches!(c, ' ' | '\t' | '|' | '[' | '(' | '<');
        let rest =
            head.get(start..).filter(|_| head.get(..start).is_some_and(|before| before.chars().all(is_frame)))?;
        let prefix = if rest.starts_with("0x") { 2 } else { 0 };
        let digits = rest.get(prefix..)?;
        let digits = digits.get(..digits.find(|c: char| !c.is_ascii_hexdigit()).unwrap_or(digits.len()))?;
        let offset = Offset { digits, end: start + prefix + digits.len() };
        let is_word = head.get(offset.end..)?.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_');
        (digits.len() >= SHORTEST_OFFSET && !is_word).then_some(offset)
    }

    fn is_zero(&self) -> bool {
        self.digits.bytes().all(|digit| digit == b'0')
    }

    /// Whether that many bytes stand before it, in one of the ways in which offsets are written.
    fn says(&self, before: usize) -> bool {
        [16, 8, 10].iter().any(|radix| usize::from_str_radix(self.digits, *radix) == Ok(before))
    }
}

/// An offset has so many digits at least.
const SHORTEST_OFFSET: usize = 2;

/// What stands behind the bytes of a line: maybe the letters that they are.
fn tail(text: &str, tokens: &[Token]) -> String {
    let column = text.trim_end_matches(['\n', '\r']).strip_suffix('|').unwrap_or(text.trim_end_matches(['\n', '\r']));
    let shown = |byte: u8| letter(byte);
    let was: String = tokens.iter().map(|token| shown(token.was)).collect();
    let is_column = |text: &str| text.ends_with([' ', '|', '\t']);
    match column.strip_suffix(was.as_str()).filter(|before| is_column(before)) {
        Some(before) => {
            let now: String = tokens.iter().map(|token| shown(token.now)).collect();
            format!("{}{now}{}", blotted(before), text.get(column.len()..).unwrap_or_default())
        }
        None => blotted(text),
    }
}

/// A text of which only words that belong to a form stay, and marks.
fn blotted(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_' || !c.is_ascii();
        if !is_word(first) {
            out.push(first);
            rest = rest.get(1..).unwrap_or_default();
            continue;
        }
        let word = rest.get(..rest.find(|c| !is_word(c)).unwrap_or(rest.len())).unwrap_or_default();
        let is_message = || ALL.iter().any(|message| message.name() == word);
        if WORDS.iter().any(|known| known.eq_ignore_ascii_case(word)) || is_message() {
            out.push_str(word);
        } else {
            out.extend(word.chars().map(blot));
        }
        rest = rest.get(word.len()..).unwrap_or_default();
    }
    out
}

fn blot(letter: char) -> char {
    match letter {
        '→' | '←' | '⇒' | '⇐' | '…' | '│' | '·' | '_' => letter,
        '0'..='9' => '0',
        _ => 'x',
    }
}

/// Words that stand around bytes in dumps and in programs, and who speaks.
const WORDS: [&str; 46] = [
    "0x",
    "b",
    "backend",
    "buffer",
    "byte",
    "bytes",
    "c",
    "char",
    "client",
    "const",
    "data",
    "e",
    "f",
    "frontend",
    "hex",
    "int8",
    "let",
    "mut",
    "new",
    "read",
    "received",
    "recv",
    "recvfrom",
    "recvmsg",
    "rust",
    "send",
    "sendmsg",
    "sendto",
    "sent",
    "server",
    "static",
    "to",
    "type",
    "u",
    "u8",
    "uint8",
    "uint8_t",
    "uint8array",
    "unsigned",
    "var",
    "vec",
    "write",
    "writev",
    "x",
    "go",
    "go_bytes",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_no_form_has_is_blotted_out() {
        assert_eq!(blotted("alice@db1 → server: 0x, \"Q\""), "xxxxx@xx0 → server: 0x, \"x\"");
        assert!(Offset::of("|00000010| ").is_some_and(|offset| offset.says(16)));
        assert!(Offset::of("deadbeef: ").is_some_and(|offset| !offset.says(16)));
        assert!(Offset::of("log 00000010: ").is_none());
    }
}
