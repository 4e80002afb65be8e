//! The elements of arrays in source code: `{0x51, 0, 'S'}`, `[81, 0]`, `new byte[] {(byte)0xff, -1}`, `<<81, 0>>`,
//! `[_]u8{ 81 }`, `new Uint8Array([81])`, with the declarations around them.
//!
//! Where a text has lists of numbers, what stands outside of them is passed over. Identifiers are too, and strings that are no elements. A number that says a length, as in `packet[14]`, `[u8; 14]` or `len = 14`, is
//! known by its neighbours and passed over too.

use pgscope_proto::Span;

use crate::escape::escape;
use crate::hex::nibble;
use crate::lines::{Line, is_blank};
use crate::lists::lists;
use crate::literal;
use crate::sink::{Lead, Reader, Sink};

/// Reads the elements of all arrays in a text.
#[derive(Debug)]
pub(crate) struct Array {
    lists: Vec<Span>,
    /// Where those begin that are binaries of Erlang or Elixir, `<<…>>`.
    binaries: Vec<usize>,
    /// Whether the elements are hex without a prefix, as Rust's `{:x?}` writes them.
    is_hex: bool,
    in_comment: bool,
    /// How much of the line is the end of a number that the line before began.
    taken: usize,
    /// The last character that is no blank, with what stood before a bracket where it is one.
    before: Option<char>,
}

/// The array and its whole text: what follows a number may stand in the next line.
pub(crate) struct In<'a>(pub &'a mut Array, pub &'a str);

impl Reader for In<'_> {
    fn line(&mut self, line: Line<'_>, sink: &mut Sink) {
        let In(array, text) = self;
        let mut rest = line.rest(std::mem::take(&mut array.taken));
        while let Some(c) = rest.text.chars().next() {
            let taken = if array.in_comment { array.comment(rest) } else { array.token(c, rest, text, sink) };
            let taken = taken.max(c.len_utf8());
            array.remember(rest.part(0, taken));
            rest = rest.rest(taken);
        }
    }

    fn is_between(&self, at: usize) -> bool {
        self.0.is_between_lists(at)
    }

    fn lead(&self, line: Line<'_>) -> Lead {
        let end = line.span().end;
        match self.0.list_at(line.start) {
            _ if self.0.lists.is_empty() || self.0.in_comment => Lead::Unknown,
            Some(list) if list.start <= line.start => Lead::Unknown,
            // The brackets belong to the list.
            Some(list) if list.start <= end => {
                let before = line.part(0, list.start - line.start).text;
                Lead::At(before.trim_end_matches(['[', '{', '(', '<']).len())
            }
            _ => Lead::Nothing,
        }
    }
}

impl Array {
    /// The first list that ends behind `at`.
    fn list_at(&self, at: usize) -> Option<&Span> {
        self.lists.get(self.lists.partition_point(|list| list.end <= at))
    }

    /// Whether no list is open where a line begins.
    fn is_between_lists(&self, at: usize) -> bool {
        self.list_at(at).is_none_or(|list| list.start > at)
    }

    pub(crate) fn new(text: &str) -> Self {
        let lists = lists(text);
        let inside = || lists.iter().filter_map(|list| text.get(list.start..list.end));
        let is_hex =
            !lists.is_empty() && inside().all(is_bare_hex) && inside().any(|list| list.contains(is_hex_letter));
        // A letter that stands for its byte is no digit.
        let is_hex = is_hex && !inside().any(|list| list.contains(['?', '$', ':']));
        let is_binary = |list: &&Span| text.get(..list.start).is_some_and(|before| before.ends_with("<<"));
        let binaries = lists.iter().filter(is_binary).map(|list| list.start).collect();
        Array { lists, binaries, is_hex, in_comment: false, taken: 0, before: None }
    }

    fn remember(&mut self, token: Line<'_>) {
        if !self.in_comment
            && let Some(last) = token.text.chars().rev().find(|c| !is_blank(*c))
        {
            // An index or a call: `packet[` and `Uint8Array(` are remembered as `f`, a plain bracket as itself.
            let called = matches!(last, '[' | '(') && self.before.is_some_and(|c| c.is_alphanumeric() || c == '_');
            self.before = Some(if called { CALLED } else { last });
        }
    }

    fn comment(&mut self, rest: Line<'_>) -> usize {
        let end = rest.text.find("*/");
        self.in_comment = end.is_none();
        end.map_or(rest.text.len(), |end| end + 2)
    }

    fn token(&mut self, c: char, rest: Line<'_>, text: &str, sink: &mut Sink) -> usize {
        match c {
            '#' => rest.text.len(),
            '/' if rest.text.starts_with("//") => rest.text.len(),
            '/' if rest.text.starts_with("/*") => {
                self.in_comment = true;
                2
            }
            _ if !self.is_inside(rest.start) => {
                rest.text.find(|c: char| !c.is_alphanumeric()).unwrap_or(rest.text.len())
            }
            '?' | '$' if self.is_binary(rest.start) && matches!(self.before, Some(',' | '<')) => {
                self.letter(rest, sink)
            }
            '"' | '\'' if rest.rest(1).text.starts_with("0x") => 1,
            '"' => self.string(rest, text, sink),
            _ if self.is_hex && c.is_ascii_hexdigit() => hex_digits(rest, sink),
            '\'' => self.character(rest, sink),
            'b' if rest.text.starts_with("b'") => 1 + self.character(rest.rest(1), sink),
            '0'..='9' => self.number(rest, text, sink),
            '-' if rest.rest(1).text.starts_with(|c: char| c.is_ascii_digit()) => self.number(rest, text, sink),
            _ if c.is_alphabetic() || c == '_' => self.word(rest, sink),
            _ => c.len_utf8(),
        }
    }

    /// Whether what stands there may be an element.
    fn is_inside(&self, at: usize) -> bool {
        let next = self.lists.partition_point(|list| list.end <= at);
        self.lists.is_empty() || self.lists.get(next).is_some_and(|list| list.start <= at)
    }

    /// A string is an element where one is expected: `<<81, "SELECT 1", 0>>`.
    fn string(&mut self, rest: Line<'_>, text: &str, sink: &mut Sink) -> usize {
        let length = string_len(rest.text, '"');
        let after = text.get(rest.start + length..).unwrap_or_default();
        let after = if self.is_binary(rest.start) { behind_type(after) } else { after }.trim_start_matches(is_blank);
        let opens = self.before.is_some_and(|before| matches!(before, ',' | '[' | '{' | '<'));
        if opens && after.starts_with([',', ']', '}', '>']) && !self.lists.is_empty() {
            literal::content(rest.part(1, length.saturating_sub(1)), sink);
        }
        length
    }

    fn word(&mut self, rest: Line<'_>, sink: &mut Sink) -> usize {
        let end = rest.text.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.text.len());
        let next = rest.rest(end).text.trim_start_matches(is_blank).chars().next();
        if self.before == Some(',') && matches!(next, Some(',' | '}' | ']')) {
            sink.problems.met(rest.part(0, end), "a number");
        }
        end
    }

    /// `'Q'`, `'\0'`, `'\x51'`; anything longer is a string and passed over.
    fn character(&mut self, rest: Line<'_>, sink: &mut Sink) -> usize {
        let inner = rest.rest(1);
        let Some(length) = character_len(inner.text) else { return 1 };
        if !inner.rest(length).text.starts_with('\'') {
            return string_len(rest.text, '\'');
        }
        put_character(inner.part(0, length), rest.part(0, length + 2).span(), sink);
        length + 2
    }

    fn number(&mut self, rest: Line<'_>, text: &str, sink: &mut Sink) -> usize {
        let negative = usize::from(rest.text.starts_with('-'));
        let (radix, from) = radix(rest.rest(negative).text);
        let digits = rest.rest(negative + from);
        let count = digits.text.find(|c: char| !c.is_digit(radix)).unwrap_or(digits.text.len());
        let suffix = suffix_len(digits.rest(count).text);
        let length = negative + from + count + suffix;
        let after = text.get(rest.start + length..).unwrap_or_default();
        let wrong = digits.rest(count + suffix).text.starts_with(|c: char| c.is_alphanumeric()) || count == 0;
        if wrong {
            let end = rest.text.find(|c: char| !c.is_alphanumeric() && c != '-').unwrap_or(rest.text.len());
            sink.problems.met(rest.part(0, end), "a number from -128 to 255");
            return end;
        }
        let is_plain = radix == 10 && negative == 0 && suffix == 0;
        if after.starts_with(':') && self.is_binary(rest.start) {
            let spec = after.find([',', '>', '\n']).unwrap_or(after.len());
            let token = rest.part(0, (length + spec).min(rest.text.len()));
            let value = u64::from_str_radix(digits.part(0, count).text, radix).ok();
            let value = value.map(|value| if negative == 1 { value.wrapping_neg() } else { value });
            match value.zip(sized(after.get(..spec).unwrap_or_default())) {
                Some((value, bytes)) => {
                    let bytes = value.to_be_bytes().get(8 - bytes..).unwrap_or_default().to_vec();
                    bytes.iter().for_each(|byte| sink.byte(*byte, token.span()));
                }
                None => sink.problems.met(token, "a number with a size of whole bytes, at most 64 bits"),
            }
            return token.text.len();
        }
        if is_index(self.before, after) {
            return length;
        }
        if let Some((value, more, end)) = wrapped(digits.part(0, count), after).filter(|_| is_plain) {
            self.taken = more;
            sink.byte(value, Span::new(rest.start, end));
        } else if !self.is_length(after) {
            element(rest.part(0, length), digits.part(0, count), radix, negative == 1, sink);
        }
        length
    }

    /// Whether it stands in a binary of Erlang or Elixir.
    fn is_binary(&self, at: usize) -> bool {
        self.list_at(at).is_some_and(|list| list.start <= at && self.binaries.binary_search(&list.start).is_ok())
    }

    /// A letter that stands for its byte there: `?Q` and `$Q`.
    fn letter(&mut self, rest: Line<'_>, sink: &mut Sink) -> usize {
        let inner = rest.rest(1);
        let Some(length) = character_len(inner.text) else { return 1 };
        put_character(inner.part(0, length), rest.part(0, 1 + length).span(), sink);
        1 + length
    }

    /// Whether a number says how many elements there are: by what stands before and after it.
    fn is_length(&self, after: &str) -> bool {
        let mut after = after.trim_start_matches(is_blank).chars();
        let closes = after.next().is_some_and(|c| matches!(c, ']' | ')'));
        let then = after.next();
        let typed = then.is_some_and(|c| c.is_alphabetic() || matches!(c, '{' | '_'));
        match self.before {
            Some(';') => closes,
            Some('=') => true,
            Some(CALLED) => closes && self.lists.is_empty(),
            Some('[') => closes && typed,
            _ => false,
        }
    }
}

/// How long the character or the escape is with which this begins.
fn character_len(text: &str) -> Option<usize> {
    match text.chars().next()? {
        '\\' => Some(escape(text, true).map_or(1, |escape| escape.length)),
        c => Some(c.len_utf8()),
    }
}

/// The bytes of a character, or of an escape.
fn put_character(token: Line<'_>, source: Span, sink: &mut Sink) {
    match escape(token.text, true) {
        Some(escape) => escape.bytes().iter().for_each(|byte| sink.byte(*byte, source)),
        None => token.text.bytes().for_each(|byte| sink.byte(byte, source)),
    }
}

/// How many bytes a number in a binary has by what stands behind it: `:32`, `::16`, `::size(32)`, `::big-32`, `:4/unit:8`.
fn sized(spec: &str) -> Option<usize> {
    let number = |text: &str| -> Option<usize> {
        let digits = text.trim_start_matches(|c: char| !c.is_ascii_digit());
        digits.get(..digits.find(|c: char| !c.is_ascii_digit()).unwrap_or(digits.len()))?.parse().ok()
    };
    let (size, unit) = spec.split_once("unit").unwrap_or((spec, "1"));
    let bits = number(size).unwrap_or(8).checked_mul(number(unit)?)?;
    (bits.is_multiple_of(8) && (8..=64).contains(&bits)).then_some(bits / 8)
}

/// How long the type of an element is: `/utf8`, `::binary`, `-big`.
fn type_len(after: &str) -> usize {
    let is_type = ["/", "::", "-"].iter().any(|sign| after.starts_with(sign));
    let end = after.find([',', '>', '\n', ' ']).unwrap_or(after.len());
    if is_type { end } else { 0 }
}

/// What stands behind the type of an element.
fn behind_type(after: &str) -> &str {
    after.get(type_len(after)..).unwrap_or_default()
}

/// Whether a number is the index of an element, as PHP prints it: `[1] => 81`.
fn is_index(before: Option<char>, after: &str) -> bool {
    let behind = after.trim_start_matches(is_blank).strip_prefix(']');
    matches!(before, Some('[' | CALLED))
        && behind.is_some_and(|rest| rest.trim_start_matches(is_blank).starts_with("=>"))
}

/// Whether all elements are one or two hex digits.
pub(crate) fn is_bare_hex(list: &str) -> bool {
    let mut words = list.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    !list.contains('\'') && words.all(|word| word.len() <= 2 && word.bytes().all(|c| c.is_ascii_hexdigit()))
}

fn is_hex_letter(c: char) -> bool {
    c.is_ascii_hexdigit() && !c.is_ascii_digit()
}

fn hex_digits(rest: Line<'_>, sink: &mut Sink) -> usize {
    let count = rest.text.bytes().take(2).take_while(u8::is_ascii_hexdigit).count();
    let digits = rest.part(0, count);
    sink.byte(digits.text.bytes().fold(0, |byte, digit| byte << 4 | nibble(digit)), digits.span());
    count
}

/// The value of a number that goes on in the next line, in a list with commas: with how many digits, and where it ends.
fn wrapped(digits: Line<'_>, after: &str) -> Option<(u8, usize, usize)> {
    let next = after.strip_prefix("\r\n").or_else(|| after.strip_prefix('\n'))?;
    let count = next.bytes().take(3).take_while(u8::is_ascii_digit).count();
    let is_between = next.get(count..)?.starts_with([',', ']', '}', ')']) && count > 0;
    let value = format!("{}{}", digits.text, next.get(..count)?).parse().ok().filter(|_| is_between)?;
    Some((value, count, digits.span().end + (after.len() - next.len()) + count))
}

const CALLED: char = 'f';

fn element(token: Line<'_>, digits: Line<'_>, radix: u32, negative: bool, sink: &mut Sink) {
    let long = radix == 16 && digits.text.len() > 2 && digits.text.len().is_multiple_of(2);
    if long {
        for (nth, pair) in digits.text.as_bytes().chunks_exact(2).enumerate() {
            let start = digits.start + nth * 2;
            sink.byte(pair.iter().fold(0, |byte, digit| byte << 4 | nibble(*digit)), Span::new(start, start + 2));
        }
        return;
    }
    let value = i64::from_str_radix(digits.text, radix).ok().map(|value| if negative { -value } else { value });
    match value {
        Some(value @ -128..=255) => sink.byte(value as u8, token.span()),
        _ => sink.problems.met(token, "a number from -128 to 255"),
    }
}

fn radix(text: &str) -> (u32, usize) {
    let prefix = text.get(..2).unwrap_or_default();
    match prefix {
        "0x" | "0X" => (16, 2),
        "0b" | "0B" => (2, 2),
        "0o" | "0O" => (8, 2),
        _ => (10, 0),
    }
}

/// The length of a type behind a number: `u8`, `_u8`, `i8`, `U`, `L`.
fn suffix_len(text: &str) -> usize {
    let suffixes = ["_u8", "_i8", "u8", "i8", "UL", "U", "u", "L", "l"];
    suffixes.iter().find(|suffix| text.starts_with(**suffix)).map_or(0, |suffix| suffix.len())
}

/// The length of a string that begins with `quote`, both quotes included.
fn string_len(text: &str, quote: char) -> usize {
    let mut escaped = false;
    // A lifetime of Rust opens no string, so an apostrophe is given up soon.
    let most = if quote == '"' { usize::MAX } else { 64 };
    for (at, c) in text.char_indices().skip(1).take(most) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            _ if c == quote => return at + 1,
            _ => {}
        }
    }
    if quote == '"' { text.len() } else { 1 }
}
