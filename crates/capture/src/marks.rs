//! Marks that say who sent the bytes: `F:`, `>`, `client → server`, `# backend`.

use pgscope_proto::Direction::{self, Backend, Frontend};

use crate::lines::is_blank;
use crate::sink::Side;

/// What a line may begin with, longest first where one begins like another. A word needs a border behind it.
const PREFIXES: [(&str, Direction); 33] = [
    ("client -> server", Frontend),
    ("server -> client", Backend),
    ("client → server", Frontend),
    ("server → client", Backend),
    ("client->server", Frontend),
    ("server->client", Backend),
    ("client to server", Frontend),
    ("server to client", Backend),
    ("frontend", Frontend),
    ("backend", Backend),
    ("client", Frontend),
    ("server", Backend),
    ("c -> s", Frontend),
    ("s -> c", Backend),
    ("c->s", Frontend),
    ("s->c", Backend),
    ("f->b", Frontend),
    ("b->f", Backend),
    ("c→s", Frontend),
    ("s→c", Backend),
    ("f:", Frontend),
    ("b:", Backend),
    ("c:", Frontend),
    ("s:", Backend),
    ("-->", Frontend),
    ("<--", Backend),
    ("->", Frontend),
    ("<-", Backend),
    ("=>", Frontend),
    ("→", Frontend),
    ("←", Backend),
    (">", Frontend),
    ("<", Backend),
];

/// The direction that a trimmed line begins with, and how many bytes say it.
pub(crate) fn prefix(line: &str) -> Option<(Direction, usize)> {
    if [">>", "<<", "<Buffer", "<buffer"].iter().any(|not| line.starts_with(not)) {
        return None;
    }
    let (mark, direction) = PREFIXES.iter().find(|(mark, _)| begins(line, mark))?;
    let colon = line.get(mark.len()..)?.trim_start_matches(is_blank);
    let end = if colon.starts_with(':') && !mark.ends_with(':') { line.len() - colon.len() + 1 } else { mark.len() };
    Some((*direction, end))
}

fn begins(line: &str, mark: &str) -> bool {
    let Some(start) = line.get(..mark.len()) else { return false };
    let next = line.get(mark.len()..).and_then(|rest| rest.chars().next());
    let border = !mark.ends_with(char::is_alphabetic) || next.is_none_or(|c| is_blank(c) || c == ':');
    start.eq_ignore_ascii_case(mark) && border
}

/// What a line that is a comment as a whole says.
pub(crate) fn comment(line: &str) -> Option<&str> {
    let dashes = line.strip_prefix("--").filter(|rest| !rest.starts_with('>'));
    let block = || line.strip_prefix("/*").and_then(|rest| rest.strip_suffix("*/")).filter(|text| !text.contains("*/"));
    line.strip_prefix('#').or_else(|| line.strip_prefix("//")).or(dashes).or_else(block)
}

/// The direction that a comment names: `psql → server`, `from the server to the client`, `backend`.
pub(crate) fn named(comment: &str) -> Option<Direction> {
    let spaced: String =
        comment.to_ascii_lowercase().chars().take(200).flat_map(spaced).filter(|c| *c != NOTHING).collect();
    let words: Vec<&str> = spaced.split_whitespace().collect();
    let mut sides = words.iter().filter_map(|word| side(word));
    let first = sides.next()?;
    let Some(second) = sides.find(|side| *side != first) else {
        return (words.len() <= 4).then_some(first);
    };
    let back = words.iter().any(|word| matches!(*word, "<" | "←" | "⇐"));
    let forth = words.iter().any(|word| matches!(*word, ">" | "→" | "⇒" | "to"));
    match (forth, back) {
        (true, _) => Some(first),
        (false, true) => Some(second),
        (false, false) => None,
    }
}

/// Who sent what a line of a log is about: `client -> server`; or, where it speaks of itself alone, which of two ends it is.
pub(crate) fn spoken(words: &str) -> Option<Side> {
    if words.is_empty() {
        return None;
    }
    let sides = || words.split(|c: char| !c.is_ascii_alphabetic()).filter_map(own);
    let is_one = |first: bool| sides().all(|is_second| is_second == first);
    named(words).map(Side::Given).or_else(|| sides().next().filter(|first| is_one(*first)).map(Side::Peer))
}

/// What netty says above a dump: `[id: 0x1, L:/… - R:/…] WRITE: 20B`.
pub(crate) fn logged(line: &str) -> Option<Side> {
    let size = line.strip_suffix('B')?.rsplit(is_blank).next()?;
    let verb = line.get(..line.len() - size.len() - 1)?.trim_end_matches(is_blank);
    let is_size = !size.is_empty() && size.bytes().all(|c| c.is_ascii_digit());
    let is_read = verb.ends_with("] READ:");
    (is_size && (is_read || verb.ends_with("] WRITE:"))).then_some(Side::Peer(is_read))
}

/// Whether a word says that what follows was received, or sent.
fn own(word: &str) -> Option<bool> {
    let is = |words: &[&str]| words.iter().any(|known| word.eq_ignore_ascii_case(known));
    match () {
        () if is(&["sent", "send", "sending", "write", "writing", "wrote", "tx"]) => Some(false),
        () if is(&["received", "receive", "receiving", "recv", "read", "reading", "rx"]) => Some(true),
        () => None,
    }
}

const NOTHING: char = '\u{0}';

fn spaced(c: char) -> [char; 3] {
    match c {
        '<' | '>' | '→' | '←' | '⇒' | '⇐' => [' ', c, ' '],
        _ if c.is_alphanumeric() => [c, NOTHING, NOTHING],
        _ => [' ', ' ', ' '],
    }
}

fn side(word: &str) -> Option<Direction> {
    match word {
        "client" | "frontend" | "psql" | "libpq" | "driver" | "c" | "f" => Some(Frontend),
        "server" | "backend" | "postgres" | "postgresql" | "s" | "b" => Some(Backend),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_at_the_start_of_a_line() {
        let cases: [(&str, Option<(Direction, usize)>); 14] = [
            ("F: 51", Some((Frontend, 2))),
            ("b: 52", Some((Backend, 2))),
            ("> 51", Some((Frontend, 1))),
            ("<51", Some((Backend, 1))),
            ("<- 51", Some((Backend, 2))),
            ("C->S: 51", Some((Frontend, 5))),
            ("server : 51", Some((Backend, 8))),
            ("backend 51", Some((Backend, 7))),
            ("client → server", Some((Frontend, 17))),
            ("<<81, 0>>", None),
            ("<Buffer 51>", None),
            (">>> b'Q'", None),
            ("backends", None),
            ("b5", None),
        ];
        for (line, expected) in cases {
            assert_eq!(prefix(line), expected, "{line}");
        }
    }

    #[test]
    fn comments_name_a_direction() {
        let cases = [
            (" psql → server", Some(Frontend)),
            (" client to server", Some(Frontend)),
            (" from server to client", Some(Backend)),
            (" client <- server", Some(Backend)),
            (" backend", Some(Backend)),
            (" C->S", Some(Frontend)),
            (" a long story in which the server is told of", None),
            (" Query", None),
        ];
        for (comment, expected) in cases {
            assert_eq!(named(comment), expected, "{comment}");
        }
    }
}
