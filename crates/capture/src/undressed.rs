//! What programs, pages and people put around bytes: colours of a terminal, tags and entities of HTML, boxes, a symbol behind an address, what was
//! typed at a prompt, remarks behind each line. Each is one way to leave it out: the same text with blanks in its place, so that all that is left
//! stands where it stood.

use crate::lines::{Line, is_blank};

/// The text without what stands around its bytes, in each way in which something does, and in two at once; and whether what is left out is surely no byte.
pub(crate) fn all(text: &str) -> impl Iterator<Item = (String, bool)> {
    let ways = || SURE.into_iter().map(|way| (way, true)).chain(LIKELY.into_iter().map(|way| (way, false)));
    let typed = move || {
        let bare = Some(text).filter(|text| text.len() <= LONGEST_TYPED).and_then(typed);
        bare.into_iter().flat_map(move |bare| ways().filter_map(move |(way, _)| way(&bare)).map(|bare| (bare, false)))
    };
    ways().filter_map(|(way, is_sure)| Some((way(text)?, is_sure))).chain(std::iter::once_with(typed).flatten())
}

type Way = fn(&str) -> Option<String>;

/// Nobody pastes more from a prompt.
const LONGEST_TYPED: usize = 1 << 16;

/// Each way, which gives nothing if there is nothing to leave out: what tools put around bytes, and what people do.
const SURE: [Way; 3] = [html, boxes, addresses];
const LIKELY: [Way; 3] = [typed, items, remarks];

/// Writes a text anew, in as many bytes.
struct Blanked {
    text: String,
    is_changed: bool,
}

impl Blanked {
    fn new(text: &str) -> Self {
        Self { text: String::with_capacity(text.len()), is_changed: false }
    }

    /// Keeps a part.
    fn keep(&mut self, part: &str) {
        self.text.push_str(part);
    }

    /// Puts blanks in the place of a part; lines stay lines.
    fn blank(&mut self, part: &str) {
        self.is_changed |= !part.trim().is_empty();
        self.text.extend(part.bytes().map(|byte| if byte == b'\n' { '\n' } else { ' ' }));
    }

    /// Puts a letter in the place of a part, behind blanks.
    fn put(&mut self, letter: char, part: &str) {
        self.text.extend(std::iter::repeat_n(' ', part.len().saturating_sub(letter.len_utf8())));
        self.text.push(letter);
        self.is_changed = true;
    }

    fn changed(self) -> Option<String> {
        self.is_changed.then_some(self.text)
    }
}

const ESCAPE: char = '\u{1b}';

/// Whether a text has colours of a terminal in it.
pub(crate) fn has_colours(text: &str) -> bool {
    text.contains("\u{1b}[")
}

/// The parts of a text between what tells a terminal how to show it, with where each stands.
pub(crate) fn parts_without_colours(text: &str) -> impl Iterator<Item = (&str, usize)> {
    let mut at = 0;
    std::iter::from_fn(move || {
        let rest = text.get(at..).filter(|rest| !rest.is_empty())?;
        let skipped = if rest.starts_with(ESCAPE) { sequence(rest) } else { 0 };
        let rest = rest.get(skipped..)?;
        let part = rest.split(ESCAPE).next()?;
        let start = at + skipped;
        at = start + part.len();
        Some((part, start))
    })
}

/// How long a sequence is that begins with an escape.
fn sequence(text: &str) -> usize {
    let is_parameter = |byte: &u8| (b' '..=b'?').contains(byte);
    match text.as_bytes() {
        [_, b'[', rest @ ..] => {
            let parameters = rest.iter().take_while(|byte| is_parameter(byte)).count();
            2 + parameters + usize::from(rest.get(parameters).is_some_and(u8::is_ascii))
        }
        // Up to a bell, or to an escape and a backslash.
        [_, b']', rest @ ..] => {
            let length = rest.iter().take_while(|byte| !matches!(byte, 7 | 0x1b | b'\n')).count();
            match rest.get(length..) {
                Some([7, ..]) => 3 + length,
                Some([0x1b, b'\\', ..]) => 4 + length,
                _ => 2 + length,
            }
        }
        [_, b'(' | b')', set, ..] if set.is_ascii() => 3,
        _ => 1,
    }
}

/// Entities of HTML that stand beside bytes.
const ENTITIES: [(&str, char); 8] = [
    ("&nbsp;", ' '),
    ("&#160;", ' '),
    ("&lt;", '<'),
    ("&gt;", '>'),
    ("&amp;", '&'),
    ("&quot;", '"'),
    ("&#39;", '\''),
    ("&apos;", '\''),
];

/// Elements of HTML that stand around bytes.
const ELEMENTS: [&str; 10] = ["pre", "code", "br", "span", "p", "div", "samp", "tt", "html", "body"];

/// Without tags, and with what entities stand for.
pub(crate) fn html(text: &str) -> Option<String> {
    if !text.contains('<') && !text.contains('&') {
        return None;
    }
    let mut out = Blanked::new(text);
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let entity = ENTITIES.iter().find(|(name, _)| first == '&' && rest.starts_with(name));
        let length = match (entity, tag(rest)) {
            (Some((name, letter)), _) => {
                out.put(*letter, name);
                name.len()
            }
            (None, Some(length)) => {
                out.blank(rest.get(..length)?);
                length
            }
            (None, None) => {
                let end = rest.get(1..).and_then(|rest| rest.find(['<', '&'])).map_or(rest.len(), |at| at + 1);
                let end = if first.len_utf8() > 1 { first.len_utf8() } else { end };
                out.keep(rest.get(..end)?);
                end
            }
        };
        rest = rest.get(length..)?;
    }
    out.changed()
}

/// A longer tag is none.
const LONGEST_TAG: usize = 400;

/// How long the tag is with which a text begins.
fn tag(text: &str) -> Option<usize> {
    let name = text.strip_prefix("</").or_else(|| text.strip_prefix('<'))?;
    let length = name.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(name.len());
    let is_element =
        ELEMENTS.iter().any(|element| name.get(..length).is_some_and(|name| name.eq_ignore_ascii_case(element)));
    let head = if is_element { text.get(..text.floor_char_boundary(LONGEST_TAG))? } else { return None };
    Some(head.find('>')? + 1)
}

/// Without the lines of a box around the columns of a dump, as hexyl draws it.
pub(crate) fn boxes(text: &str) -> Option<String> {
    if !text.contains('│') {
        return None;
    }
    let mut out = Blanked::new(text);
    for line in text.split_inclusive('\n') {
        let walls: Vec<usize> = line.match_indices('│').map(|(at, _)| at).collect();
        // Behind the last wall but one stand letters.
        let letters = walls.len().checked_sub(2).and_then(|nth| walls.get(nth)).copied().filter(|_| walls.len() > 2);
        let (bytes, letters) = line.split_at(letters.unwrap_or(line.len()));
        for c in bytes.chars() {
            let part = c.len_utf8();
            if ('\u{2500}'..'\u{2580}').contains(&c) {
                out.is_changed = true;
                out.text.extend(std::iter::repeat_n(' ', part));
            } else {
                out.text.push(c);
            }
        }
        out.blank(letters);
    }
    out.changed()
}

/// Without symbols behind addresses, as gdb prints them, without the upper half of an address, and without what WinDbg puts between eight bytes
/// and eight.
pub(crate) fn addresses(text: &str) -> Option<String> {
    let mut out = Blanked::new(text);
    for line in text.split_inclusive('\n') {
        let from = line.len() - line.trim_start_matches(is_blank).len();
        let digits = |text: &str| text.bytes().take_while(u8::is_ascii_hexdigit).count();
        let rest = line.get(from..)?;
        let hex = rest.strip_prefix("0x").unwrap_or(rest);
        let (marks, address) = (rest.len() - hex.len(), digits(hex));
        let behind = hex.get(address..)?;
        let symbol = behind.strip_prefix(" <").and_then(|symbol| symbol.find(">:")).map(|end| end + 4);
        if address >= 4 && marks == 2 && (symbol.is_some() || behind.starts_with(':')) {
            let end = from + marks + address + symbol.unwrap_or(1);
            out.blank(line.get(..end)?);
            out.keep(line.get(end..)?);
        } else if address == 8 && behind.starts_with('`') && digits(behind.get(1..)?) == 8 {
            let at = from + 2 * 8 + 1;
            let bytes = line.get(at..)?;
            let dash = bytes.as_bytes().windows(5).position(is_dash_between_bytes).map(|dash| dash + 2);
            // Behind the sixteenth byte stand letters.
            let letters = bytes.char_indices().skip(2).find(|(at, _)| bytes.get(at - 2..*at) == Some("  ") && *at > 3);
            let letters = letters.map_or(bytes.len(), |(at, _)| at);
            out.blank(line.get(..at)?);
            for (nth, c) in bytes.get(..letters)?.char_indices() {
                if dash == Some(nth) { out.blank("-") } else { out.text.push(c) }
            }
            out.blank(bytes.get(letters..)?);
        } else {
            out.keep(line);
        }
    }
    out.changed()
}

fn is_dash_between_bytes(five: &[u8]) -> bool {
    matches!(five, [a, b, b'-', c, d] if [a, b, c, d].iter().all(|byte| byte.is_ascii_hexdigit()))
}

/// What stands before what was typed.
const PROMPTS: [&str; 12] =
    [">>> ", "... ", "ghci> ", "> ", "(gdb) ", "(lldb) ", "scala> ", "jshell> ", "user=> ", "$ ", "# ", "julia> "];

/// What stands before a result.
const RESULTS: [&str; 4] = ["=> ", "==> ", "-> ", "= "];

/// Without what was typed at a prompt, and without the sign before what came of it.
pub(crate) fn typed(text: &str) -> Option<String> {
    let mut out = Blanked::new(text);
    for line in text.split_inclusive('\n') {
        let from = line.len() - line.trim_start_matches(is_blank).len();
        let rest = line.get(from..)?;
        let is_numbered = rest.split_once("> ").is_some_and(|(prompt, _)| {
            let name = prompt.trim_end_matches(|c: char| c.is_ascii_digit() || "():".contains(c));
            let is_thread = prompt.contains(':') && prompt.bytes().all(|byte| byte.is_ascii_digit() || byte == b':');
            is_thread || matches!(name, "irb" | "irb(main" | "iex" | "pry") && !prompt.contains(' ')
        });
        let result = RESULTS.iter().find_map(|sign| result(rest, sign));
        let is_prompt = |prompt: &&str| rest.strip_prefix(*prompt).is_some_and(|typed| !has_bytes(typed));
        if PROMPTS.iter().any(is_prompt) || is_numbered || is_code(rest) {
            out.blank(line);
        } else if let Some(end) = result {
            out.blank(line.get(..from + end)?);
            out.keep(line.get(from + end..)?);
        } else if let Some((at, inside)) = bracketed(rest.trim_end()) {
            let (before, behind) = (from + at, from + at + inside);
            out.blank(line.get(..before)?);
            out.keep(line.get(before..behind)?);
            out.blank(line.get(behind..)?);
        } else {
            out.keep(line);
        }
    }
    out.changed()
}

/// Whether bytes may stand in what follows a prompt: then it is a sign of who sent them.
fn has_bytes(typed: &str) -> bool {
    let is_run = |word: &str| word.len() >= LONG_RUN && word.bytes().all(|byte| byte.is_ascii_hexdigit());
    bytes_of(typed) > 0
        || ["\\x", "\\0", "\\u00"].iter().any(|escape| typed.contains(escape))
        || typed.split(|c: char| !c.is_ascii_alphanumeric()).any(is_run)
        || crate::words::has_runs(typed)
}

/// So many hexadecimal digits are no word.
const LONG_RUN: usize = 10;

/// Where a result begins, behind its sign and at most a name before that.
fn result(line: &str, sign: &str) -> Option<usize> {
    let at = line.find(sign).filter(|at| *at < LONGEST_NAME)?;
    let name = line.get(..at)?.trim();
    let is_name = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'$'));
    (is_name && (at == 0 || sign != "-> ")).then_some(at + sign.len())
}

const LONGEST_NAME: usize = 24;

/// A line of a program that calls something and ends there.
fn is_code(line: &str) -> bool {
    let code = line.trim_end().trim_end_matches(';');
    let is_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.');
    let name = code.find(|c| !is_name(c)).unwrap_or(0);
    let is_call = code.get(name..).is_some_and(|rest| rest.starts_with('(')) && name > 2 && code.ends_with(')');
    is_call && code.contains('.') && !code.contains("\\x") && !crate::words::has_runs(line)
}

/// Where the digits of `<51000000 1f53>` or `{length = 6, bytes = 0x510000001f53}` begin, and how long they are: angles are no arrow there.
fn bracketed(line: &str) -> Option<(usize, usize)> {
    let inside = line.strip_prefix('<').and_then(|line| line.strip_suffix('>'));
    let after = |sign: &str| line.find(sign).map(|at| at + sign.len());
    let data = after("bytes = 0x").filter(|_| line.starts_with("{length = "));
    let (at, digits) = match (inside, data) {
        (Some(inside), _) => (1, inside),
        (None, Some(at)) => (at, line.get(at..)?.strip_suffix('}')?),
        (None, None) => return None,
    };
    let is_digit = |c: char| c.is_ascii_hexdigit() || is_blank(c);
    (digits.len() > 8 && digits.chars().all(is_digit)).then_some((at, digits.len()))
}

/// Without the hyphens of a list that has a number in each line, and without the lines above it.
pub(crate) fn items(text: &str) -> Option<String> {
    let item = |line: &str| {
        let rest = line.trim_start_matches(is_blank).strip_prefix("- ")?;
        rest.trim().parse::<u8>().ok().map(|_| line.len() - rest.len())
    };
    let mut out = Blanked::new(text);
    let (mut is_list, mut count) = (false, 0);
    for line in text.split_inclusive('\n') {
        match item(line) {
            Some(at) => {
                (is_list, count) = (true, count + 1);
                out.blank(line.get(..at)?);
                out.keep(line.get(at..)?);
            }
            None if is_list && !line.trim().is_empty() => return None,
            None => out.blank(line),
        }
    }
    out.changed().filter(|_| count >= FEWEST)
}

/// A message has no fewer bytes.
const FEWEST: usize = 5;

/// What begins a remark.
const REMARKS: [&str; 9] = ["//", "#", ";", "--", "<-", "/*", "|", "(", "="];

/// Without what is said of the bytes of each line, behind them.
pub(crate) fn remarks(text: &str) -> Option<String> {
    let mut out = Blanked::new(text);
    let (mut with, mut without) = (0, 0);
    for line in text.split_inclusive('\n') {
        let own = Line { text: line, start: 0 }.trimmed();
        let bytes = bytes_of(own.text);
        let (from, until) = (own.start, own.start + bytes);
        let behind = own.text.get(bytes..)?;
        let said = behind.trim_start_matches(is_blank);
        let gap = behind.len() - said.len();
        let is_remark =
            gap > 0 && (REMARKS.iter().any(|sign| said.starts_with(sign)) || gap > 1 || behind.starts_with('\t'));
        if bytes == 0 || said.is_empty() {
            without += usize::from(bytes > 0);
            out.keep(line);
        } else if is_remark {
            with += 1;
            out.blank(line.get(..from)?);
            out.keep(line.get(from..until)?);
            out.blank(line.get(until..)?);
        } else {
            return None;
        }
    }
    out.changed().filter(|_| with > without)
}

/// How much of a line is bytes in hex, two digits each, that stand at its beginning one by one.
fn bytes_of(line: &str) -> usize {
    let mut end = 0;
    let mut at = 0;
    while let Some(rest) = line.get(at..) {
        let digits = rest.strip_prefix("0x").or_else(|| rest.strip_prefix("\\x")).unwrap_or(rest);
        let length = digits.bytes().take_while(u8::is_ascii_alphanumeric).count();
        let is_byte = length == 2 && digits.bytes().take(2).all(|byte| byte.is_ascii_hexdigit());
        if !is_byte {
            break;
        }
        end = at + rest.len() - digits.len() + length;
        let behind = line.get(end..).unwrap_or_default();
        let comma = behind.strip_prefix(',').unwrap_or(behind);
        end += behind.len() - comma.len();
        // More than a blank parts bytes from what is said of them.
        let gap = comma.len() - comma.trim_start_matches(is_blank).len();
        if gap != 1 || comma.starts_with('\t') {
            break;
        }
        at = end + gap;
    }
    end
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_stands_where_it_stood() {
        let cases: [(Way, &str, &str); 8] = [
            (html, "<pre>51&nbsp;00</pre>", "     51      00      "),
            (html, "&lt;Buffer 51&gt;<br>\n", "   <Buffer 51   >    \n"),
            (boxes, "│00000000│ 51 00 ┊ 00 │Q⋄┊⋄│\n", "   00000000    51 00     00                 \n"),
            (addresses, "0x7ffe1000 <buf+8>:\t0x51\t0x00\n", "                   \t0x51\t0x00\n"),
            (addresses, "000001f4`0001f4a0  51 00-00 00  Q...\n", "                   51 00 00 00      \n"),
            (typed, ">>> data.hex()\n51 00\n", "              \n51 00\n"),
            (items, "data:\n- 81\n- 0\n- 0\n- 0\n- 4\n", "     \n  81\n  0\n  0\n  0\n  4\n"),
            (remarks, "51 00  // a Query\n00 00 1f  // its length\n", "51 00            \n00 00 1f               \n"),
        ];
        for (way, text, wanted) in cases {
            let bare = way(text).expect(text);
            assert_eq!((bare.as_str(), bare.len()), (wanted, text.len()), "{text}");
        }
    }

    #[test]
    fn colours_are_no_part_of_a_text() {
        let text = "\u{1b}[31m51\u{1b}[0m 00\u{1b}]0;title\u{7}\n";
        let parts: Vec<(&str, usize)> = parts_without_colours(text).collect();
        assert_eq!(parts, [("51", 5), (" 00", 11), ("\n", 24)]);
        let linked: String =
            parts_without_colours("\u{1b}]8;;x\u{1b}\\51\u{1b}[\u{e9} 00").map(|(part, _)| part).collect();
        assert_eq!(linked, "51\u{e9} 00");
    }

    #[test]
    fn what_is_not_dressed_is_left_alone() {
        for text in
            ["51 00 00 00 04\n", "51 00 00 00 04 and more words\n", "- 300\n- 2\n- 3\n- 4\n- 5\n", "a < b & c\n"]
        {
            assert_eq!(all(text).next(), None, "{text}");
        }
    }
}
