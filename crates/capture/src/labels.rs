//! What a text calls the two ends, where it calls them neither client nor server: learned from the text itself.
//!
//! Two names that stand in front of bytes and take turns are two sides: `alice: 51 …`, `[B] 5a …`. Which is whose is a guess.

use crate::base64;
use crate::lines::{Line, is_blank, lines};
use crate::marks;
use crate::sink::Side;
use crate::words;
use pgscope_proto::{Direction, messages};

/// A name has no more words than that.
const MOST_WORDS: usize = 4;
/// So many pieces at least have a name: two names in front of two pieces may be anything.
const FEWEST: usize = 3;

/// The two names, as words in small letters, and what they stand for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Pair {
    names: Option<[(String, Side); 2]>,
    /// Whether every line of bytes begins with `F` or `B`, the letters that this program writes, and a blank.
    is_lettered: bool,
}

impl Pair {
    /// The names that a text gives two ends, if it gives two and no more.
    pub(crate) fn learn(sample: &str) -> Self {
        let names = [false, true].into_iter().find_map(|numbers| Names::of(sample, numbers).two());
        let mut rows =
            lines(sample).map(|line| line.text).filter(|text| !text.trim().is_empty() && !text.starts_with('#'));
        let first = rows.next().and_then(lettered);
        Pair { names, is_lettered: first.is_some() && rows.all(|row| is_cut(row) || lettered(row).is_some()) }
    }

    /// Which of the two these words are.
    pub(crate) fn is(&self, words: &str) -> Option<Side> {
        let names = self.names.as_ref()?;
        [false, true].into_iter().find_map(|numbers| {
            let name = marks::name(words, numbers);
            names.iter().find(|(known, _)| *known == name).map(|(_, side)| *side)
        })
    }

    /// Which of the two a line names at its beginning, and where what follows begins.
    pub(crate) fn find(&self, line: &str) -> Option<(Side, usize)> {
        if self.is_lettered {
            return lettered(line).map(|side| (side, "F ".len()));
        }
        self.names.as_ref()?;
        let (at, _) = leading(line)?;
        let rest = Line { text: line.get(at..)?, start: at };
        let is_bytes = is_code(rest.text)
            || base64::is_string(rest.text.trim())
            || words::is_all(rest)
            || words::runs(rest).next().is_some();
        self.is(line.get(..at)?).map(|side| (side, at)).filter(|_| is_bytes)
    }
}

/// Whose a row is that begins with a letter and goes on with pairs of digits: `B 5a 00`. The letter would be half a byte.
fn lettered(row: &str) -> Option<Side> {
    let side = match row.get(..2)? {
        "F " => Direction::Frontend,
        "B " => Direction::Backend,
        _ => return None,
    };
    let mut pairs = row.get(2..)?.split_ascii_whitespace();
    let is_hex = |word: &str| word.bytes().all(|digit| digit.is_ascii_hexdigit());
    let first = pairs.next().filter(|word| word.len() == 2);
    let is_row = first.is_some_and(is_hex) && pairs.all(|word| word.len() <= 2 && is_hex(word));
    is_row.then_some(Side::Given(side))
}

/// Whether it may be a row that the end of a sample has cut.
fn is_cut(row: &str) -> bool {
    let rest = row.strip_prefix(['F', 'B']).filter(|rest| rest.is_empty() || rest.starts_with(' '));
    rest.is_some_and(|rest| rest.trim().len() < 2)
}

/// The names in a text.
#[derive(Default)]
struct Names {
    /// Each with what the vocabulary knows of it.
    all: Vec<(String, Option<Side>)>,
    count: usize,
    turns: usize,
}

impl Names {
    fn of(sample: &str, numbers: bool) -> Names {
        let mut names = Names::default();
        let mut last = usize::MAX;
        for line in lines(sample).filter(|line| !line.text.is_empty()) {
            let Some((name, known)) = candidate(line, numbers) else { continue };
            let nth = names.all.iter().position(|(other, _)| *other == name).unwrap_or(names.all.len());
            if nth == names.all.len() {
                names.all.push((name, known));
            }
            if names.all.len() > 2 {
                return names;
            }
            names.count += 1;
            names.turns += usize::from(nth != last);
            last = nth;
        }
        names
    }

    /// Two names that take turns, and are no names of messages.
    fn two(self) -> Option<[(String, Side); 2]> {
        let is_one_message = |(name, _): &(String, Option<Side>)| messages::by_name(name).is_some();
        let is_enough = self.count >= FEWEST && self.turns >= FEWEST && !self.all.iter().any(is_one_message);
        let [(one, first), (two, second)] = <[(String, Option<Side>); 2]>::try_from(self.all).ok()?;
        // Where only the arrows differ, they say it.
        if words_of(&one).eq(words_of(&two)) {
            return None;
        }
        // A letter may be the name of an end, or count: A and B.
        let is_letter = one.len() == 1 && two.len() == 1;
        let other = |side: Side| match side {
            Side::Given(side) => Side::Given(side.other()),
            Side::Peer(second) => Side::Peer(!second),
            Side::Unknown => Side::Unknown,
        };
        let sides = match (first, second) {
            // What both names have says nothing: `alice >` and `bob >`.
            (Some(first), Some(second)) if first != second => return None,
            (Some(side), None) if !is_letter => [side, other(side)],
            (None, Some(side)) if !is_letter => [other(side), side],
            _ => [Side::Peer(false), Side::Peer(true)],
        };
        let [first, second] = sides;
        is_enough.then_some([(one, first), (two, second)])
    }
}

/// The words of a name, without arrows.
fn words_of(name: &str) -> impl Iterator<Item = &str> {
    name.split(' ').filter(|word| word.contains(char::is_alphanumeric))
}

/// The name that stands in front of the bytes of a line, and what the vocabulary knows of it.
fn candidate(line: Line<'_>, numbers: bool) -> Option<(String, Option<Side>)> {
    let line = line.rest(crate::logs::time(line.text)).trimmed();
    let (at, _) = leading(line.text)?;
    let lead = line.text.get(..at)?;
    let is_bytes = is_code(line.rest(at).text)
        || base64::is_string(line.rest(at).text.trim())
        || words::runs(line.rest(at)).next().is_some();
    let name = marks::name(lead, numbers);
    let known = marks::spoken(lead);
    (is_bytes && !name.is_empty()).then_some((name, known))
}

/// Whether bytes begin as code writes them.
fn is_code(text: &str) -> bool {
    text.starts_with(['"', '\'', '“', '‘', '[', '{', '<', '\\', '('])
        || text.starts_with("b'")
        || text.starts_with("b\"")
}

/// Where the bytes of a line begin behind some words, and how many words there are.
fn leading(line: &str) -> Option<(usize, usize)> {
    let mut words = 0;
    let mut at = 0;
    while words <= MOST_WORDS {
        let rest = line.get(at..)?;
        let skip = rest.find(|c: char| c.is_alphanumeric() || "\"'“‘[{<\\".contains(c))?;
        let rest = rest.get(skip..)?;
        at += skip;
        if words == 0 && in_brackets(rest) {
            at += 1;
            continue;
        }
        let length = rest.find(|c: char| !c.is_alphanumeric()).unwrap_or(rest.len());
        let word = rest.get(..length)?;
        let mut after = rest.get(length..)?.chars();
        let is_named = matches!(after.next(), Some(':' | ']' | ')' | '>' | '|')) && after.next().is_none_or(is_blank);
        let is_first_name = is_named && word.len() < 3 || is_at_arrow(line.get(..at)?, rest.get(length..)?);
        if marks::begins_data(rest) && !is_first_name {
            return (words > 0).then_some((at, words));
        }
        if length == 0 {
            at += rest.chars().next().map_or(1, char::len_utf8);
            continue;
        }
        words += 1;
        at += length;
    }
    None
}

/// Whether an arrow stands right before a word, or right behind it.
fn is_at_arrow(before: &str, after: &str) -> bool {
    let is_shaft = |text: &str| ["->", "=>", "<-", "→", "←", "> ", "--"].iter().any(|sign| text.starts_with(sign));
    before.trim_end_matches(is_blank).ends_with(['>', '→']) && after.starts_with(':')
        || is_shaft(after.trim_start_matches(is_blank))
}

/// Whether it begins with one word in brackets, as in `[alice] 51 00`.
fn in_brackets(text: &str) -> bool {
    let close = match text.chars().next() {
        Some('[') => ']',
        Some('(') => ')',
        Some('<') => '>',
        _ => return false,
    };
    let inner = text.get(1..).and_then(|rest| rest.split_once(close)).map_or("", |(inner, _)| inner);
    inner.starts_with(char::is_alphabetic) && inner.len() < 24 && inner.chars().all(char::is_alphanumeric)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_names_that_take_turns_are_two_sides() {
        let cases = [
            ("alice: 5800000004\nbob: 5a00000005\nalice: 5800000004", true),
            ("[A] 51 00 00 00 04\n[B] 5a 00 00 00 05\n[A] 58 00 00 00 04", true),
            ("peer 0: 51 00 00 00 04\npeer 1: 5a 00 00 00 05\npeer 0: 58 00 00 00 04", true),
            ("packet 1: 51 00 00 00 04\npacket 2: 5a 00 00 00 05\npacket 3: 58 00 00 00 04", false),
            ("Parse: 51 00 00 00 04\nBind: 5a 00 00 00 05\nParse: 58 00 00 00 04", false),
            ("alice -> bob: 51 00 00 00 04\nbob -> alice: 5a 00 00 00 05\nalice -> bob: 58 00 00 00 04", true),
            ("client: 51 00 00 00 04\npooler: 5a 00 00 00 05\nclient: 58 00 00 00 04", true),
            ("client: 51 00 00 00 04\nserver: 5a 00 00 00 05\nclient: 58 00 00 00 04", false),
            ("one: 51 00 00 00 04\ntwo: 51 00 00 00 04\nthree: 51 00 00 00 04", false),
            ("51 00 00 00 04\n5a 00 00 00 05\n58 00 00 00 04", false),
        ];
        for (text, expected) in cases {
            assert_eq!(Pair::learn(text).names.is_some(), expected, "{text}");
        }
        for (text, expected) in
            [("B 31 00\nB 5a", true), ("B 31 00\n5a", false), ("B 31 00\nB 3", true), ("B 3", false), ("F 31\nF", true)]
        {
            let found = Pair::learn(text).find("B 5a 00 00 00 05 49");
            assert_eq!(found, expected.then_some((Side::Given(Direction::Backend), 2)), "{text}");
        }
        assert_eq!(Pair::learn(cases[0].0).find("bob: 5a 00 00 00 05"), Some((Side::Peer(true), 5)));
    }
}
