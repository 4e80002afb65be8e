//! Marks that say who sent the bytes: `F:`, `>`, `client → server`, `# backend`, `sent 5 bytes:`, `to the server`.
//!
//! Words and arrows fall into a few classes, and what a row of them says follows from the classes: who is named, in front of
//! an arrow or behind it, behind *to* or *from*, as the one who sends or receives. Where a program speaks of itself alone
//! (`sent`, `received`), it is one of two ends, and which is not said.

use pgscope_proto::Direction::{self, Backend, Frontend};

use crate::lines::is_blank;
use crate::sink::Side;

/// Whether a text names who sent its bytes in full, or with the letters that this program writes.
pub(crate) fn are_ends_named(text: &str) -> bool {
    const NAMES: [&str; 4] = ["client", "server", "frontend", "backend"];
    let sample = text.get(..text.floor_char_boundary(SAMPLE)).unwrap_or(text).to_ascii_lowercase();
    let is_lettered = |line: &str| {
        let line = line.trim_start();
        ["f", "b", "c", "s"]
            .iter()
            .any(|letter| line.strip_prefix(letter).is_some_and(|rest| rest.starts_with([':', ' ', '>'])))
    };
    NAMES.iter().any(|name| sample.contains(name)) || sample.lines().any(is_lettered)
}

/// How much of a text is looked at.
const SAMPLE: usize = 4096;

/// What a word or an arrow tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Class {
    /// One of the two ends.
    End(Direction),
    /// Something that only one end says: a request, an answer.
    Says(Direction),
    /// Sending, or receiving.
    Act(bool),
    To,
    From,
    Forth,
    Back,
    /// A word that stands between and means nothing.
    Article,
    Other,
}

/// Words that mean something wherever they stand.
const WORDS: [(&str, Class); 65] = [
    ("client", Class::End(Frontend)),
    ("clients", Class::End(Frontend)),
    ("frontend", Class::End(Frontend)),
    ("psql", Class::End(Frontend)),
    ("libpq", Class::End(Frontend)),
    ("driver", Class::End(Frontend)),
    ("downstream", Class::End(Frontend)),
    ("server", Class::End(Backend)),
    ("servers", Class::End(Backend)),
    ("backend", Class::End(Backend)),
    ("postgres", Class::End(Backend)),
    ("postgresql", Class::End(Backend)),
    ("upstream", Class::End(Backend)),
    ("request", Class::Says(Frontend)),
    ("requests", Class::Says(Frontend)),
    ("serverbound", Class::Says(Frontend)),
    ("response", Class::Says(Backend)),
    ("responses", Class::Says(Backend)),
    ("reply", Class::Says(Backend)),
    ("replies", Class::Says(Backend)),
    ("answer", Class::Says(Backend)),
    ("answers", Class::Says(Backend)),
    ("clientbound", Class::Says(Backend)),
    ("sent", Class::Act(false)),
    ("send", Class::Act(false)),
    ("sends", Class::Act(false)),
    ("sending", Class::Act(false)),
    ("write", Class::Act(false)),
    ("writes", Class::Act(false)),
    ("writing", Class::Act(false)),
    ("wrote", Class::Act(false)),
    ("written", Class::Act(false)),
    ("tx", Class::Act(false)),
    ("outgoing", Class::Act(false)),
    ("outbound", Class::Act(false)),
    ("egress", Class::Act(false)),
    ("transmit", Class::Act(false)),
    ("transmitted", Class::Act(false)),
    ("encryption", Class::Act(false)),
    ("received", Class::Act(true)),
    ("receive", Class::Act(true)),
    ("receives", Class::Act(true)),
    ("receiving", Class::Act(true)),
    ("recv", Class::Act(true)),
    ("recvd", Class::Act(true)),
    ("rcvd", Class::Act(true)),
    ("read", Class::Act(true)),
    ("reads", Class::Act(true)),
    ("reading", Class::Act(true)),
    ("rx", Class::Act(true)),
    ("got", Class::Act(true)),
    ("incoming", Class::Act(true)),
    ("inbound", Class::Act(true)),
    ("ingress", Class::Act(true)),
    ("decryption", Class::Act(true)),
    ("to", Class::To),
    ("towards", Class::To),
    ("from", Class::From),
    ("by", Class::From),
    ("the", Class::Article),
    ("a", Class::Article),
    ("an", Class::Article),
    ("our", Class::Article),
    ("my", Class::Article),
    ("your", Class::Article),
];

/// Words that mean it where few stand beside them: in prose they are anything.
const SHORT: [(&str, Class); 20] = [
    ("c", Class::End(Frontend)),
    ("f", Class::End(Frontend)),
    ("fe", Class::End(Frontend)),
    ("cli", Class::End(Frontend)),
    ("app", Class::End(Frontend)),
    ("application", Class::End(Frontend)),
    ("s", Class::End(Backend)),
    ("b", Class::End(Backend)),
    ("be", Class::End(Backend)),
    ("srv", Class::End(Backend)),
    ("pg", Class::End(Backend)),
    ("db", Class::End(Backend)),
    ("database", Class::End(Backend)),
    ("out", Class::Act(false)),
    ("in", Class::Act(true)),
    ("output", Class::Act(false)),
    ("input", Class::Act(true)),
    ("c2s", Class::Says(Frontend)),
    ("s2c", Class::Says(Backend)),
    ("o", Class::Other),
];

/// A label has no more words than that, where they do not say who is who.
const FEW: usize = 5;
/// A line of more words is prose, and says nothing of the bytes below it, unless it is the head of an entry of a log.
const PROSE: usize = 14;

/// A word or an arrow, where it stands.
#[derive(Clone, Copy, Debug)]
struct Token<'a> {
    text: &'a str,
    end: usize,
    class: Class,
}

fn class_of(word: &str) -> Class {
    let known = |list: &[(&str, Class)]| {
        list.iter().find(|(known, _)| word.eq_ignore_ascii_case(known)).map(|(_, class)| *class)
    };
    known(&WORDS).or_else(|| known(&SHORT)).unwrap_or(Class::Other)
}

fn is_short(word: &str) -> bool {
    SHORT.iter().any(|(known, _)| word.eq_ignore_ascii_case(known))
}

/// The words and arrows of a text.
fn tokens(text: &str) -> impl Iterator<Item = Token<'_>> {
    let mut at = 0;
    std::iter::from_fn(move || {
        loop {
            let rest = text.get(at..)?;
            let c = rest.chars().next()?;
            let length = if c.is_alphanumeric() {
                rest.find(|c: char| !c.is_alphanumeric()).unwrap_or(rest.len())
            } else if is_shaft(c) {
                rest.find(|c: char| !is_shaft(c)).unwrap_or(rest.len())
            } else {
                at += c.len_utf8();
                continue;
            };
            let token = rest.get(..length)?;
            let class = if is_shaft(c) { arrow(token) } else { Some(class_of(token)) };
            // A part of an address of a card, or of a time.
            let is_part = is_short(token)
                && text.get(..at)?.trim_end_matches([':', '-', '.']).len() + 1 == at
                && text.get(..at)?.trim_end_matches([':', '-', '.']).ends_with(char::is_alphanumeric);
            let class = if is_part { Some(Class::Other) } else { class };
            let is_inner = is_bracket(text, at, length);
            at += length;
            if let Some(class) = class.filter(|_| !is_inner) {
                return Some(Token { text: token, end: at, class });
            }
        }
    })
}

/// Whether a single sign is a bracket around a word, as in `<Buffer` and `<0.55.0>`, and no arrow.
fn is_bracket(text: &str, at: usize, length: usize) -> bool {
    let sign = text.get(at..at + length).unwrap_or_default();
    let before = text.get(..at).and_then(|before| before.chars().next_back());
    let after = text.get(at + length..).and_then(|after| after.chars().next());
    match sign {
        // A binary of Erlang.
        "<<" => after.is_some_and(|c| c.is_ascii_digit() || c == '"'),
        ">>" => before.is_some_and(|c| c.is_ascii_digit() || c == '"'),
        "<" => {
            let word = text.get(at + length..).unwrap_or_default().split(is_blank).next().unwrap_or_default();
            after.is_some_and(|c| c.is_ascii_alphabetic())
                || after.is_some_and(|c| c.is_ascii_digit()) && word.contains('>')
                || before.is_some_and(char::is_alphanumeric) && after.is_some_and(char::is_alphanumeric)
        }
        ">" => before.is_some_and(|c| c.is_alphanumeric()) && !after.is_some_and(char::is_alphanumeric),
        _ => false,
    }
}

fn is_shaft(c: char) -> bool {
    matches!(c, '-' | '=' | '<' | '>' | '→' | '←' | '⇒' | '⇐' | '⟶' | '⟵' | '»' | '«' | '►' | '◄' | '▶' | '◀')
}

/// Which way an arrow points.
fn arrow(sign: &str) -> Option<Class> {
    let forth = sign.contains(['>', '→', '⇒', '⟶', '»', '►', '▶']);
    let back = sign.contains(['<', '←', '⇐', '⟵', '«', '◄', '◀']);
    match (forth, back) {
        (true, false) => Some(Class::Forth),
        (false, true) => Some(Class::Back),
        _ => None,
    }
}

/// What a row of words says of who sent the bytes.
fn said(tokens: &[Token<'_>]) -> Option<Side> {
    let words = tokens.iter().filter(|token| !matches!(token.class, Class::Forth | Class::Back)).count();
    let has_arrow = tokens.iter().any(|token| matches!(token.class, Class::Forth | Class::Back | Class::To));
    let befores = std::iter::once("").chain(tokens.iter().map(|token| token.text));
    let row: Vec<Class> = tokens
        .iter()
        .zip(befores)
        .map(|(token, before)| {
            let is_named = ["dir", "direction", "way", "flow"].iter().any(|name| before.eq_ignore_ascii_case(name));
            let is_prose = is_short(token.text) && words > FEW && !has_arrow && !is_named;
            if is_prose { Class::Other } else { token.class }
        })
        .filter(|class| *class != Class::Article)
        .collect();
    between(&row).or_else(|| one_answer(&row, prepositions)).or_else(|| one_answer(&row, deeds)).or_else(|| {
        let is_few = words <= FEW;
        one_answer(&row, |class, _, _| match class {
            Class::Says(side) => Some(Side::Given(side)),
            _ => None,
        })
        .or_else(|| {
            one_answer(&row, |class, _, _| if let Class::End(side) = class { Some(Side::Given(side)) } else { None })
                .filter(|_| is_few)
        })
        .or_else(|| {
            one_answer(
                &row,
                |class, _, _| if let Class::Act(receives) = class { Some(Side::Peer(receives)) } else { None },
            )
        })
        .or_else(|| lone_arrow(&row).filter(|_| is_few))
    })
}

/// The two ends with an arrow between them.
fn between(row: &[Class]) -> Option<Side> {
    let mut ends = row.iter().enumerate().filter_map(|(at, class)| match class {
        Class::End(side) => Some((at, *side)),
        _ => None,
    });
    let (first, one) = ends.next()?;
    let (second, _) = ends.find(|(_, side)| *side != one)?;
    let inner = row.get(first..second)?;
    let has = |wanted: &[Class]| inner.iter().any(|class| wanted.contains(class));
    match (has(&[Class::Forth, Class::To]), has(&[Class::Back, Class::From])) {
        (true, false) => Some(Side::Given(one)),
        (false, true) => Some(Side::Given(one.other())),
        _ => None,
    }
}

/// What each word with its neighbours answers, if none contradicts.
fn one_answer(row: &[Class], answer: impl Fn(Class, Option<Class>, Option<Class>) -> Option<Side>) -> Option<Side> {
    let near = |at: Option<usize>| at.and_then(|at| row.get(at)).copied();
    let mut answers = row
        .iter()
        .enumerate()
        .filter_map(|(at, class)| answer(*class, near(at.checked_sub(1)), near(at.checked_add(1))));
    let first = answers.next()?;
    answers.all(|other| other == first).then_some(first)
}

/// `to the server`, `from the client`, `-> backend`, `upstream <-`.
fn prepositions(class: Class, before: Option<Class>, after: Option<Class>) -> Option<Side> {
    let Class::End(side) = class else { return None };
    match (before, after) {
        (Some(Class::From | Class::Back), _) => Some(Side::Given(side)),
        (Some(Class::To | Class::Forth), _) => Some(Side::Given(side.other())),
        (_, Some(Class::Forth)) => Some(Side::Given(side)),
        (_, Some(Class::Back)) => Some(Side::Given(side.other())),
        _ => None,
    }
}

/// `client sent`, `server received`, `received server`.
fn deeds(class: Class, before: Option<Class>, after: Option<Class>) -> Option<Side> {
    let Class::End(side) = class else { return None };
    match (before, after) {
        (_, Some(Class::Act(receives))) => Some(Side::Given(if receives { side.other() } else { side })),
        (Some(Class::Act(receives)), _) => Some(Side::Given(if receives { side } else { side.other() })),
        _ => None,
    }
}

/// An arrow, and none that points the other way.
fn lone_arrow(row: &[Class]) -> Option<Side> {
    one_answer(row, |class, _, _| match class {
        Class::Forth => Some(Side::Given(Frontend)),
        Class::Back => Some(Side::Given(Backend)),
        _ => None,
    })
}

/// Who sent what, as far as the words in front of bytes say it, or those of a line above them.
pub(crate) fn spoken(words: &str) -> Option<Side> {
    if words.len() > 400 {
        return None;
    }
    let tokens: Vec<Token<'_>> = tokens(words).filter(|token| !is_number(token.text)).collect();
    said(&tokens)
}

/// The same of a line that stands by itself above bytes, where it is a heading and no prose.
pub(crate) fn heading(line: &str) -> Option<Side> {
    let text = line.trim_matches(is_blank);
    let words = text.split(is_blank).count();
    let is_head = text.ends_with([':', '(', '{', '[', '=', '>', ']']) || words <= FEW || crate::logs::is_entry(text);
    // The name of an end alone says nothing in a sentence: *the server terminates*.
    let named: Vec<Token<'_>> = tokens(text).take(PROSE).filter(|token| !is_number(token.text)).collect();
    let is_name = named.iter().all(|token| matches!(token.class, Class::End(_) | Class::Article | Class::Other));
    let is_told = !is_name || text.ends_with(':') || named.len() <= 2;
    (is_head && is_told && words <= PROSE).then(|| spoken(text)).flatten()
}

/// Whether a word says nothing of an end: it has a digit, and is none of ours.
fn is_number(word: &str) -> bool {
    word.bytes().any(|c| c.is_ascii_digit()) && class_of(word) == Class::Other
}

/// What a label is called: its words without numbers.
pub(crate) fn label(words: &str) -> String {
    name(words, false)
}

/// The words and arrows of a text in small letters, with numbers or without.
pub(crate) fn name(words: &str, numbers: bool) -> String {
    let kept = tokens(words).filter(|token| numbers || !is_number(token.text)).map(|token| token.text).take(8);
    kept.collect::<Vec<_>>().join(" ").to_lowercase()
}

/// Whether bytes begin here, in any form.
pub(crate) fn begins_data(text: &str) -> bool {
    !text.is_empty() && begins_bytes(text)
}

/// The side that a trimmed line begins with, and how many bytes say it.
pub(crate) fn prefix(line: &str) -> Option<(Side, usize)> {
    if [">>", "<<", "<Buffer", "<buffer", "<["].iter().any(|not| line.starts_with(not)) {
        return None;
    }
    let mut run: Vec<Token<'_>> = Vec::new();
    let mut end = 0;
    for token in tokens(line).take(FEW + 4) {
        let start = token.end - token.text.len();
        let gap = line.get(end..start)?;
        let is_joined = gap.chars().all(|c| is_blank(c) || matches!(c, '[' | '(' | ']' | ')' | '*' | '_' | ':'));
        let has_colon = line.get(token.end..).is_some_and(|rest| rest.starts_with(':'));
        // Behind a colon only another name with a colon belongs to the mark, as in `app: read: 51`.
        let is_other = gap.contains(':') && !has_colon;
        if token.class == Class::Other || !is_joined || is_other {
            break;
        }
        run.push(token);
        end = token.end;
    }
    // What looks like a byte is one, unless a colon says otherwise.
    while let Some(last) = run.last().copied() {
        let rest = line.get(last.end..)?;
        let bare = rest.trim_start_matches(|c| is_blank(c) || matches!(c, ']' | ')' | '*'));
        let bare = behind_count(bare).unwrap_or(bare);
        let has_colon = bare.starts_with(':');
        let is_word = last.text.starts_with(|c: char| c.is_alphanumeric());
        let is_hex = is_word && last.text.bytes().all(|c| c.is_ascii_hexdigit());
        let is_apart = !is_word || rest.is_empty() || rest.starts_with(|c: char| is_blank(c) || ":])*|".contains(c));
        let is_joined = run.len() > 1 && line.get(..last.end - last.text.len())?.ends_with(['>', '-', '=', '→', '←']);
        let may_end = if is_joined {
            is_apart
        } else if is_hex || is_word && last.text.len() == 1 {
            has_colon || run.len() > 2 && is_apart
        } else {
            is_apart
        };
        let after = if has_colon { bare.get(1..)? } else { bare };
        if may_end && (has_colon || begins_bytes(after)) {
            return said(&run).map(|side| (side, line.len() - after.len()));
        }
        run.pop();
    }
    None
}

/// What stands behind `(6 bytes)` or `6 bytes`, where a colon does, or nothing.
fn behind_count(text: &str) -> Option<&str> {
    let inner = text.trim_start_matches(['(', '[']);
    let digits = inner.trim_start_matches(|c: char| c.is_ascii_digit());
    let word = digits.trim_start_matches(is_blank);
    let unit = ["bytes", "byte", "octets", "B"].iter().find_map(|unit| word.strip_prefix(unit)).unwrap_or(digits);
    let after = unit.trim_start_matches([')', ']']);
    let is_alone = after.is_empty() && unit.len() < digits.len();
    (digits.len() < inner.len() && (after.starts_with(':') || is_alone)).then_some(after)
}

/// Whether what stands behind a mark is nothing, or begins as bytes do in any form.
fn begins_bytes(text: &str) -> bool {
    let text = text.trim_start_matches(is_blank);
    let word = text.split(|c: char| !c.is_alphanumeric()).next().unwrap_or_default();
    let is_hex = !word.is_empty() && word.trim_start_matches("0x").bytes().all(|c| c.is_ascii_hexdigit());
    let is_code = text.starts_with(|c: char| "\"'“‘[{(<\\|+&".contains(c));
    let is_literal = matches!(word, "b" | "B" | "E" | "x" | "X" | "new" | "byte" | "bytes" | "bytearray" | "vec");
    // Base64 is one word to the end of its line.
    let is_base64 = text.len() >= 6 && !text.contains(is_blank) && text.contains(|c: char| c.is_ascii_uppercase());
    text.is_empty() || is_hex || is_code || is_literal || is_base64
}

/// What a line that is a comment as a whole says.
pub(crate) fn comment(line: &str) -> Option<&str> {
    let dashes = line.strip_prefix("--").filter(|rest| !rest.trim_start_matches('-').starts_with('>'));
    let block = || line.strip_prefix("/*").and_then(|rest| rest.strip_suffix("*/")).filter(|text| !text.contains("*/"));
    line.strip_prefix('#').or_else(|| line.strip_prefix("//")).or(dashes).or_else(block)
}

/// Who sent what follows, as a comment says it: `psql → server`, `from the server to the client`, `backend`.
pub(crate) fn named(comment: &str) -> Option<Direction> {
    match spoken(comment.get(..200).unwrap_or(comment))? {
        Side::Given(side) => Some(side),
        _ => None,
    }
}

/// What netty says above a dump: `[id: 0x1, L:/… - R:/…] WRITE: 20B`.
pub(crate) fn logged(line: &str) -> Option<Side> {
    let size = line.strip_suffix('B')?.rsplit(is_blank).next()?;
    let verb = line.get(..line.len() - size.len() - 1)?.trim_end_matches(is_blank);
    let is_size = !size.is_empty() && size.bytes().all(|c| c.is_ascii_digit());
    let is_read = verb.ends_with("] READ:");
    (is_size && (is_read || verb.ends_with("] WRITE:"))).then_some(Side::Peer(is_read))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_at_the_start_of_a_line() {
        let cases: [(&str, Option<(Direction, usize)>); 23] = [
            ("<=BE 4e", Some((Backend, 5))),
            ("F: 51", Some((Frontend, 2))),
            ("b: 52", Some((Backend, 2))),
            ("> 51", Some((Frontend, 2))),
            ("<51", Some((Backend, 1))),
            ("<- 51", Some((Backend, 3))),
            ("C->S: 51", Some((Frontend, 5))),
            ("server : 51", Some((Backend, 8))),
            ("backend 51", Some((Backend, 8))),
            ("client → server", Some((Frontend, 17))),
            ("[client] 51", Some((Frontend, 9))),
            ("FE: 51", Some((Frontend, 3))),
            ("to server: 51", Some((Frontend, 10))),
            ("from the backend: 51", Some((Backend, 17))),
            ("response: 51", Some((Backend, 9))),
            ("<<81, 0>>", None),
            ("<Buffer 51>", None),
            (">>> b'Q'", None),
            ("backends", None),
            ("be 51 00", None),
            ("server hangs after this:", None),
            ("b5", None),
            ("--> 5100", Some((Frontend, 4))),
        ];
        for (line, expected) in cases {
            let found = prefix(line);
            assert_eq!(found, expected.map(|(side, length)| (Side::Given(side), length)), "{line}");
        }
    }

    #[test]
    fn words_say_who_sent_the_bytes() {
        let (f, b) = (Some(Side::Given(Frontend)), Some(Side::Given(Backend)));
        let cases = [
            (" psql → server", f),
            (" client to server", f),
            (" from server to client", b),
            (" client <- server", b),
            (" backend", b),
            (" C->S", f),
            ("client received 12 bytes", b),
            ("server received 12 bytes:", f),
            ("Read from client a50c6f34 :", f),
            ("write to upstream", f),
            ("got from downstream:", f),
            ("To backend>", f),
            ("FE=>", f),
            ("<=BE", b),
            ("[app] upstream <-", f),
            ("upstream ->", b),
            ("-> server", f),
            ("ts level=debug msg=x conn=7 dir=out n=12 data=", Some(Side::Peer(false))),
            ("INFO <<- ", b),
            ("->>", f),
            ("<<-", b),
            ("sent 15 bytes:", Some(Side::Peer(false))),
            ("null:-1|Plaintext before ENCRYPTION (", Some(Side::Peer(false))),
            ("null:-1|Plaintext after DECRYPTION (", Some(Side::Peer(true))),
            ("TX:", Some(Side::Peer(false))),
            ("in", Some(Side::Peer(true))),
            ("Well, a0:00:00:00:00:be", None),
            (" a long story in which the server is told of", None),
            (" Query", None),
            ("it was read and then sent", None),
        ];
        for (words, expected) in cases {
            assert_eq!(spoken(words), expected, "{words}");
        }
    }
}
