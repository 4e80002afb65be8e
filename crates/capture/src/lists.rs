//! Where the lists stand in a text: the elements of arrays among the words of a log, a prompt or a declaration.
//!
//! `2026/11/21 got []byte{0x51, 0x0}` holds one list. What stands outside of all lists is passed over.

use pgscope_proto::Span;

use crate::array::is_bare_hex;
use crate::lines::is_blank;
use crate::marks;

/// A bracket that is open.
struct Open {
    bracket: char,
    /// Whether it is a binary of Erlang or Elixir: `<<` that `>>` closes, with no other brackets between.
    is_binary: bool,
    start: usize,
    /// Whether nothing stands before it in its line but a mark such as `F:`.
    leads: bool,
    numbers: usize,
    others: usize,
}

impl Open {
    fn is_list(&self) -> bool {
        self.numbers > self.others && (self.numbers > 1 || self.leads)
    }
}

/// The spans between brackets that hold little but numbers, in the order of the text; none inside another.
///
/// Nothing, if there is no list of two numbers: then a reader takes what it finds.
pub(crate) fn lists(text: &str) -> Vec<Span> {
    let mut found = Found { text, ..Found::default() };
    let mut at = 0;
    while let Some(c) = text.get(at..).and_then(|rest| rest.chars().next()) {
        at += found.token(c, at).max(c.len_utf8());
    }
    // A list that was cut off ends with the text.
    while let Some(open) = found.open.pop() {
        found.close(&open, text.len());
    }
    found.lists.sort_by_key(|(span, _)| (span.start, std::cmp::Reverse(span.end)));
    let is_any = found.lists.iter().any(|(_, numbers)| *numbers > 1);
    let mut end = 0;
    let outer = found.lists.into_iter().map(|(span, _)| span).filter(|span| {
        let is_outer = span.start >= end;
        end = end.max(span.end);
        is_any && is_outer
    });
    outer.collect()
}

/// So far the end of a binary is looked for.
const NEAR: usize = 4096;

fn is_closed(text: &str) -> bool {
    let near = text.get(2..text.floor_char_boundary(NEAR)).or(text.get(2..)).unwrap_or_default();
    near.split_once(">>").is_some_and(|(inner, _)| !inner.contains(['[', '{']) && !inner.contains("<<"))
}

#[derive(Default)]
struct Found<'a> {
    text: &'a str,
    open: Vec<Open>,
    /// Each with how many numbers it has.
    lists: Vec<(Span, usize)>,
    line_start: usize,
}

/// Brackets inside brackets, of which nobody has more.
const DEEPEST: usize = 64;

impl Found<'_> {
    /// Takes what begins at `at`; gives how long it is.
    fn token(&mut self, c: char, at: usize) -> usize {
        let rest = self.text.get(at..).unwrap_or_default();
        match c {
            '\n' => self.line_start = at + 1,
            '<' if !rest.starts_with("<<") => {}
            '[' | '{' | '(' | '<' if self.open.len() < DEEPEST => {
                let length = 1 + usize::from(c == '<');
                let leads = self.leads(at);
                let is_binary = c == '<' && is_closed(rest);
                self.open.push(Open { bracket: c, is_binary, start: at + length, leads, numbers: 0, others: 0 });
                return length;
            }
            ']' => self.closes('[', at),
            '}' => self.closes('{', at),
            ')' => self.closes('(', at),
            '>' if rest.starts_with(">>") => self.closes('<', at),
            // In a binary of Erlang or Elixir a letter is a number, and a size or a type, as in `<<?Q, 13:32>>`, belongs to what stands before.
            '?' | '$' if self.is_in_binary() => {
                self.count(true);
                return 1 + rest.chars().nth(1).map_or(0, char::len_utf8);
            }
            ':' | '/' if self.is_in_binary() => return rest.find([',', '>', '\n']).unwrap_or(rest.len()),
            // A time, as in `[12:00:01.5]`.
            ':' | '.' if self.is_between_digits(at) => (0..2).for_each(|_| self.count(false)),
            '"' => return string(rest),
            '\'' => return self.character(rest),
            '/' if rest.starts_with("//") => return rest.find('\n').unwrap_or(rest.len()),
            '/' if rest.starts_with("/*") => return rest.find("*/").map_or(rest.len(), |end| end + 2),
            _ if c.is_alphanumeric() || c == '_' => return self.word(rest),
            _ => {}
        }
        c.len_utf8()
    }

    fn is_in_binary(&self) -> bool {
        self.open.last().is_some_and(|open| open.is_binary)
    }

    fn is_between_digits(&self, at: usize) -> bool {
        let digit = |at: Option<usize>| at.and_then(|at| self.text.as_bytes().get(at)).is_some_and(u8::is_ascii_digit);
        digit(at.checked_sub(1)) && digit(at.checked_add(1))
    }

    fn leads(&self, at: usize) -> bool {
        // A mark is short, a line may not be.
        let Some(before) = self.text.get(self.line_start..at).filter(|before| before.len() < 64) else { return false };
        let before = before.trim_matches(is_blank);
        before.is_empty() || marks::prefix(before).is_some_and(|(_, length)| length == before.len())
    }

    fn closes(&mut self, bracket: char, end: usize) {
        if let Some(nth) = self.open.iter().rposition(|open| open.bracket == bracket) {
            let open = self.open.swap_remove(nth);
            self.open.truncate(nth);
            self.close(&open, end);
        }
    }

    fn close(&mut self, open: &Open, end: usize) {
        if open.is_list() {
            self.lists.push((Span::new(open.start, end), open.numbers));
        } else if open.numbers == 1 && open.others == 0 && self.ends_line(open, end) {
            self.lists.push((Span::new(open.start, end), 1));
        }
    }

    /// Whether a bracket with one number ends a line, as data do, and stands apart from what is before it.
    fn ends_line(&self, open: &Open, end: usize) -> bool {
        let before = self.text.get(..open.start).unwrap_or_default().trim_end_matches(['[', '{', '(', '<', '}', ']']);
        let before = before.strip_suffix("byte").map_or(before, |before| before.trim_end_matches(['[', ']']));
        let after = self.text.get(end..).unwrap_or_default().trim_start_matches([']', '}', ')', '>']);
        let is_byte =
            self.text.get(open.start..end).is_some_and(|inner| inner.trim().trim_start_matches("0x").len() <= 3);
        (before.is_empty() || before.ends_with([' ', '=', ':', '\t', '\n']))
            && is_byte
            && (after.is_empty() || after.starts_with(['\n', '\r']))
    }

    fn count(&mut self, is_number: bool) {
        if let Some(open) = self.open.last_mut() {
            open.numbers += usize::from(is_number);
            open.others += usize::from(!is_number);
        }
    }

    fn word(&mut self, rest: &str) -> usize {
        let end = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
        // The letter of `b'Q'` is counted with the character.
        if !rest.starts_with("b'") {
            let word = rest.get(..end).unwrap_or_default();
            self.count(rest.starts_with(|c: char| c.is_ascii_digit()) || end <= 2 && is_bare_hex(word));
        }
        end
    }

    /// `'Q'`, `'\n'`, `'\x51'`: a number. Any other apostrophe means nothing.
    fn character(&mut self, rest: &str) -> usize {
        let quotes = rest.char_indices().skip(2).take(8).filter(|(_, c)| *c == '\'');
        let is_escape = rest.starts_with("'\\");
        // The first quote of `'\''` is the character.
        let end = quotes.map(|(at, _)| at + 1).find(|end| *end > 3 || rest.get(..*end) != Some("'\\'"));
        let Some(end) = end.filter(|end| is_escape || *end <= 6) else { return 1 };
        self.count(true);
        end
    }
}

/// The length of a string, which ends with its line at the latest.
fn string(rest: &str) -> usize {
    let mut is_escaped = false;
    for (at, c) in rest.char_indices().skip(1) {
        match c {
            '\n' => return at,
            '"' if !is_escaped => return at + 1,
            _ => is_escaped = c == '\\' && !is_escaped,
        }
    }
    rest.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_told_from_what_stands_around_them() {
        let cases: [(&str, &[&str]); 13] = [
            ("got []byte{0x51, 0x0} from [4312]", &["0x51, 0x0"]),
            ("[src/main.rs:42] &buf[..n] = [\n    81,\n    0,\n]", &["\n    81,\n    0,\n"]),
            ("read 3 bytes (of 300): [81, 0, 0", &["81, 0, 0"]),
            ("new byte[] {(byte) 0x90, -1, 'Q'}", &["(byte) 0x90, -1, 'Q'"]),
            ("[u8; 5] = [81, 0, 0]", &["81, 0, 0"]),
            ("F: [81]\nB: [90, 0]", &["81", "90, 0"]),
            ("[81]\n[90, 0]", &["81", "90, 0"]),
            ("<<81,0,\"SELECT 1\",0>>", &["81,0,\"SELECT 1\",0"]),
            ("{\"type\":\"Buffer\",\"data\":[81,0]}", &["81,0"]),
            ("[81]", &[]),
            ("81, 0, 0", &[]),
            ("[12:00:01.123] got [81 0]", &["81 0"]),
            ("[4312] LOG: a (b) c", &[]),
        ];
        for (text, expected) in cases {
            let found: Vec<&str> = lists(text).iter().map(|span| &text[span.start..span.end]).collect();
            assert_eq!(found, expected, "{text}");
        }
    }
}
