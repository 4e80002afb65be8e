//! Plain hex: pairs of digits with blanks between them, at most with `F:` and `B:` before them. What most people type and
//! every sample is made of, read without a look at all the other forms.

use pgscope_proto::{Direction, Span};

use crate::hex::nibble;
use crate::lines::{Line, lines};
use crate::sink::{Side, Sink};

/// Longer texts are recognised by their beginning alone; these are looked at as a whole.
const LONGEST: usize = 256 << 10;

/// Reads a text that is nothing but plain hex, and says how many pairs it has.
pub(crate) fn read(text: &str) -> Option<(Sink, usize)> {
    if text.len() > LONGEST {
        return None;
    }
    let (mut sink, mut pairs) = (Sink::default(), 0);
    for line in lines(text) {
        let rest = match line.text.get(..2) {
            Some("F:") => turned(line, Direction::Frontend, "f", &mut sink),
            Some("B:") => turned(line, Direction::Backend, "b", &mut sink),
            _ => line,
        };
        sink.begin_line();
        pairs += line_of_pairs(rest, &mut sink)?;
    }
    (pairs > 0).then_some((sink, pairs))
}

fn turned<'a>(line: Line<'a>, side: Direction, label: &str, sink: &mut Sink) -> Line<'a> {
    sink.turn_to(Side::Given(side), label);
    line.rest(2)
}

fn line_of_pairs(line: Line<'_>, sink: &mut Sink) -> Option<usize> {
    let (mut pairs, mut at) = (0, 0);
    let bytes = line.text.as_bytes();
    while let Some(letter) = bytes.get(at) {
        if *letter == b' ' {
            at += 1;
            continue;
        }
        let &[high, low] = bytes.get(at..at + 2)? else { return None };
        let ends = bytes.get(at + 2).is_none_or(|next| *next == b' ');
        if !(high.is_ascii_hexdigit() && low.is_ascii_hexdigit() && ends) {
            return None;
        }
        sink.byte(nibble(high) << 4 | nibble(low), Span::new(line.start + at, line.start + at + 2));
        pairs += 1;
        at += 2;
    }
    Some(pairs)
}
