//! For people: every message with its hex and fields, or one line each.

use std::fmt::Write;

use pgscope_proto::{Direction, Problem, Severity, Tree};
use pgscope_session::Entry;

use super::{Colour, Ink};
use crate::carried::column;
use crate::copied;
use crate::exchange::Indexed;
use crate::meaning::meaning;
use crate::typing::{Typed, entry_of, text_at};
use crate::value::{kind, unread, value, visible};

const PER_LINE: usize = 16;
const MOST_HEX_LINES: usize = 32;
const NAME_WIDTH: usize = 34;

/// A message in one line: number, direction, offset, length, type, name, what it says; and its problems below.
pub fn list_of(indexed: &Indexed, entry: &Entry, tree: &Tree, problems: &[Problem], colour: Colour) -> String {
    let mut out = String::new();
    list_into(indexed, entry, tree, problems, colour, &mut out);
    out
}

/// The same, behind what stands there: for who has many of them.
pub fn list_into(
    indexed: &Indexed,
    entry: &Entry,
    tree: &Tree,
    problems: &[Problem],
    colour: Colour,
    out: &mut String,
) {
    headline(indexed, entry, tree, colour, out);
    remarks(indexed, entry, colour, out);
    problems.iter().for_each(|problem| explain(problem, indexed.offset_of(entry), colour, out));
}

/// A message with its bytes, fields and problems, and an empty line.
pub fn tree_of(indexed: &Indexed, entry: &Entry, tree: &Tree, problems: &[Problem], colour: Colour) -> String {
    let mut out = String::new();
    headline(indexed, entry, tree, colour, &mut out);
    remarks(indexed, entry, colour, &mut out);
    hex_lines(indexed.bytes(entry), indexed.offset_of(entry), colour, &mut out);
    fields(indexed, entry, tree, colour, &mut out);
    problems.iter().for_each(|problem| explain(problem, indexed.offset_of(entry), colour, &mut out));
    out.push('\n');
    out
}

fn headline(indexed: &Indexed, entry: &Entry, tree: &Tree, colour: Colour, out: &mut String) {
    let (ink, arrow) = match entry.direction {
        Direction::Frontend => (Ink::Frontend, "F →"),
        Direction::Backend => (Ink::Backend, "B ←"),
    };
    let tag = entry.message.tag().map_or('·', char::from);
    number_into(indexed.number_of(entry) + 1, 5, out);
    out.push(' ');
    colour.begin(ink, out);
    out.push_str(arrow);
    colour.end(out);
    out.push(' ');
    colour.begin(Ink::Faint, out);
    offset_into(indexed.offset_of(entry), out);
    out.push(' ');
    number_into(entry.span.len(), 6, out);
    colour.end(out);
    out.push(' ');
    colour.begin(ink, out);
    out.push(tag);
    colour.end(out);
    out.push(' ');
    colour.begin(Ink::Bold, out);
    out.push_str(entry.message.name());
    colour.end(out);
    out.push_str("  ");
    indexed.say_into(entry, tree, out);
    out.push('\n');
}

/// What the capture file remarks at the message's packets.
fn remarks(indexed: &Indexed, entry: &Entry, colour: Colour, out: &mut String) {
    for line in indexed.exchange.remarks(entry.direction, entry.span).iter().flat_map(|remark| remark.lines()) {
        let _ = writeln!(out, "        {}", colour.paint(Ink::Faint, &format!("# {}", visible(line))));
    }
}

/// A number at the right of so many columns. Of a list of millions of lines, what formats numbers of any kind was an eighth, and
/// what proves that digits are UTF-8 a twentieth.
fn number_into(number: usize, columns: usize, out: &mut String) {
    let (mut room, mut rest, mut begin) = ([b' '; 24], number, 24);
    for (at, digit) in room.iter_mut().enumerate().rev() {
        (*digit, rest, begin) = (b'0' + (rest % 10) as u8, rest / 10, at);
        if rest == 0 {
            break;
        }
    }
    let shown = room.get(begin.min(room.len().saturating_sub(columns))..).unwrap_or_default();
    shown.iter().for_each(|digit| out.push(char::from(*digit)));
}

/// An offset, with six digits or more.
fn offset_into(offset: usize, out: &mut String) {
    let digits = (usize::BITS - offset.leading_zeros()).div_ceil(4).max(6);
    out.push_str("0x");
    for place in (0..digits).rev() {
        out.push(char::from(b"0123456789abcdef".get(offset >> (4 * place) & 0xf).copied().unwrap_or_default()));
    }
}

fn hex_lines(bytes: &[u8], start: usize, colour: Colour, out: &mut String) {
    for (nth, line) in bytes.chunks(PER_LINE).enumerate() {
        if nth == MOST_HEX_LINES {
            let _ = writeln!(out, "        … {} more bytes", bytes.len() - nth * PER_LINE);
            return;
        }
        let offset = colour.paint(Ink::Faint, &format!("{:08x}", start + nth * PER_LINE));
        let _ = writeln!(out, "        {offset}  {}  {}", hex_of(line), ascii(line));
    }
}

fn hex_of(line: &[u8]) -> String {
    (0..PER_LINE)
        .map(|at| {
            let gap = if at == PER_LINE / 2 { " " } else { "" };
            line.get(at).map_or(format!("{gap}   "), |byte| format!("{gap}{byte:02x} "))
        })
        .collect()
}

fn ascii(line: &[u8]) -> String {
    line.iter().map(|byte| if byte.is_ascii_graphic() || *byte == b' ' { *byte as char } else { '·' }).collect()
}

fn fields(indexed: &Indexed, entry: &Entry, tree: &Tree, colour: Colour, out: &mut String) {
    let bytes = indexed.bytes(entry);
    let typing = indexed.typing(entry);
    for (index, node) in tree.nodes.iter().enumerate().skip(1) {
        let indent = "  ".repeat(node.depth as usize - 1);
        let ordinal = node.ordinal.map(|ordinal| format!(" {}", ordinal + 1)).unwrap_or_default();
        let of_change = column(indexed, entry, tree, index);
        let typed = entry_of(tree, index).and_then(|nth| typing.get(nth)).or(of_change.as_ref());
        let column = copied::column(indexed, entry, tree, index);
        let known = typed.map(|typed| &typed.name).or(column.as_ref().map(|column| &column.name));
        let named = known.filter(|_| node.ordinal.is_some()).map(|name| format!(" {name}")).unwrap_or_default();
        let name = format!("{indent}{}{ordinal}{named}", node.field.name);
        let meaning = meaning(indexed, entry, tree, index).unwrap_or_default();
        let shown = match text_at(tree, index, bytes) {
            _ if column.is_some() => column.map(|column| column.shown).unwrap_or_default(),
            Some(text) => format!("{} = {text}", unread(node.span().of(bytes))),
            None if meaning.name.is_empty() => value(tree, index, bytes),
            None => format!("{} = {}", value(tree, index, bytes), meaning.name),
        };
        let of_type = tree.type_of(index).map(|oid| Typed { oid, ..Typed::default() }.kind());
        let pad = " ".repeat(NAME_WIDTH.saturating_sub(name.chars().count()));
        let place = format!("{:>5}..{:<5}", node.start, node.end);
        let _ = writeln!(
            out,
            "        {} {name}{pad} {}  {}",
            colour.paint(Ink::Faint, &place),
            shown,
            colour.paint(Ink::Faint, &of_type.unwrap_or_else(|| kind(node))),
        );
        if !meaning.doc.is_empty() {
            let _ = writeln!(out, "        {:12} {indent}  {}", "", colour.paint(Ink::Faint, &meaning.doc));
        }
    }
}

/// A problem of the message that begins at this byte.
fn explain(problem: &Problem, begin: usize, colour: Colour, out: &mut String) {
    let ink = if problem.severity == Severity::Error { Ink::Bad } else { Ink::Warning };
    let word = format!("▲ {} {}", problem.severity.name(), problem.rule);
    let at = begin + problem.span.start;
    let _ = writeln!(out, "        {} at byte {at}: {}", colour.paint(ink, &word), problem.message);
    let _ = writeln!(out, "          expected: {}", problem.expected);
    if let Some(fix) = &problem.fix {
        let _ = writeln!(out, "          mend:     {}", fix.words);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_as_they_are_formatted() {
        for number in [0, 1, 9, 10, 99_999, 100_000, 999_999, 1_000_000, 0xff_ffff, 0x100_0000, usize::MAX] {
            let mut written = String::new();
            number_into(number, 5, &mut written);
            written.push(' ');
            offset_into(number, &mut written);
            assert_eq!(written, format!("{number:>5} {number:#08x}"));
        }
    }
}
