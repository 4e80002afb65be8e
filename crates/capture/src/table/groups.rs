//! Lists of tuples, lists or objects in code and in JSON, on one line or on many: each of them is a row.
//!
//! It understands brackets, strings, commas and names before a colon, as all these languages have them, and nothing else.

use super::{Cells, MOST_COLUMNS, Row};
use crate::lines::{Line, is_blank};

/// Brackets inside brackets, of which nobody has more.
const DEEPEST: usize = 32;

/// An element of a list.
#[derive(Debug)]
struct Node<'a> {
    name: &'a str,
    /// All of it behind its name.
    whole: Line<'a>,
    /// What stands between its brackets, if it has any.
    children: Vec<Node<'a>>,
    /// How many lists stand in it one behind the other: `[alice] [81, 0]` is two, and no row.
    lists: usize,
}

/// The rows of the first list of rows.
pub(super) fn cells(text: &str) -> Option<Cells<'_>> {
    let top = top(text)?;
    match top.as_slice() {
        [one] if is_code(one) => rows(&one.children),
        [_] => None,
        _ if top.iter().all(is_bare) => of_lists(&top),
        _ => None,
    }
}

/// The objects that a text is, one behind the other, whatever their values are.
pub(super) fn objects(text: &str) -> Option<Cells<'_>> {
    let top = top(text)?;
    let inside: &[Node<'_>] = if let [one] = top.as_slice() { &one.children } else { &top };
    let are_objects = |nodes: &[Node<'_>]| {
        nodes.len() > 1 && nodes.iter().all(|node| node.lists == 1 && node.whole.text.starts_with('{'))
    };
    [&top, inside].into_iter().find(|nodes| are_objects(nodes)).and_then(|nodes| of_rows(nodes.iter()))
}

/// What stands at the top: lists, calls, and what is between them.
fn top(text: &str) -> Option<Vec<Node<'_>>> {
    if !text.contains(['[', '(', '{']) {
        return None;
    }
    let mut scan = Scan { text, at: 0, unclosed: 0 };
    let mut top = Vec::new();
    while scan.at < text.len() {
        top.extend(scan.element(0));
        scan.at += scan.next().map_or(0, char::len_utf8);
    }
    // What closes a list or a call is an element without anything in it.
    top.retain(|node| node.whole.text.contains(char::is_alphanumeric));
    Some(top)
}

/// Whether nothing but a name and a few words of code stand before a list.
fn is_code(node: &Node<'_>) -> bool {
    let head = node.whole.text.find(['[', '(', '{']);
    !node.children.is_empty() && head.is_some_and(|length| length < LONGEST_HEAD)
}

/// Whether it is nothing but a list.
fn is_bare(node: &Node<'_>) -> bool {
    node.name.is_empty() && node.lists == 1 && node.children.len() > 1 && node.whole.text.starts_with(['[', '(', '{'])
}

const LONGEST_HEAD: usize = 48;

fn rows<'a>(nodes: &[Node<'a>]) -> Option<Cells<'a>> {
    if let Some(found) = of_lists(nodes) {
        return Some(found);
    }
    // Elements that are the bytes themselves.
    let may_be = nodes.len() > 1 && nodes.iter().take(super::TRIED).all(|node| node.whole.text.len() > 4);
    let each = || nodes.iter().map(|node| Row { cells: vec![node.whole], heading: None }).collect();
    let alone = may_be.then(|| Cells { rows: each(), ..Cells::default() });
    if let Some(alone) = alone.filter(|cells| super::what(cells).is_some()) {
        return Some(alone);
    }
    nodes.iter().find_map(|node| rows(&node.children))
}

/// The rows that lists are, each of a few cells.
fn of_lists<'a>(nodes: &[Node<'a>]) -> Option<Cells<'a>> {
    let lists = || nodes.iter().filter(|node| !node.children.is_empty());
    let are_rows = lists().next().is_some()
        && lists().all(|node| node.lists == 1 && (2..=MOST_COLUMNS).contains(&node.children.len()));
    let cells = if are_rows { of_rows(lists())? } else { return None };
    super::what(&cells).is_some().then_some(cells)
}

/// Their cells by names; nothing where there are more of these than a table has columns.
fn of_rows<'a: 'b, 'b>(nodes: impl Iterator<Item = &'b Node<'a>>) -> Option<Cells<'a>> {
    let mut cells = Cells::default();
    for node in nodes {
        let mut row: Vec<Line<'a>> = Vec::new();
        for (nth, child) in node.children.iter().enumerate() {
            let column = match child.name {
                "" => nth,
                name => cells.names.iter().position(|known| *known == name).unwrap_or_else(|| {
                    cells.names.push(name);
                    cells.names.len() - 1
                }),
            };
            if column >= MOST_COLUMNS {
                return None;
            }
            while row.len() <= column {
                row.push(Line { text: "", start: child.whole.start });
            }
            if let Some(cell) = row.get_mut(column) {
                *cell = child.whole;
            }
        }
        cells.rows.push(Row { cells: row, heading: None });
    }
    Some(cells)
}

struct Scan<'a> {
    text: &'a str,
    at: usize,
    /// Up to where no string is closed.
    unclosed: usize,
}

impl<'a> Scan<'a> {
    fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn next(&self) -> Option<char> {
        self.rest().chars().next()
    }

    /// The next element, up to a comma or a bracket that closes; at the top a line ends it, too.
    fn element(&mut self, depth: usize) -> Option<Node<'a>> {
        let mut start = self.at;
        let mut name = "";
        let (mut children, mut lists) = (Vec::new(), 0);
        while let Some(c) = self.next() {
            if is_blank(c) && self.at == start {
                self.at += c.len_utf8();
                start = self.at;
                continue;
            }
            let so_far = self.text.get(start..self.at).unwrap_or_default();
            match c {
                ',' | ';' | ']' | ')' | '}' => break,
                '\n' if depth == 0 && !so_far.is_empty() => break,
                '[' | '(' | '{' if depth < DEEPEST => {
                    self.at += 1;
                    lists += 1;
                    children.extend(self.list(depth + 1));
                }
                '"' | '\'' | '`' => self.string(c),
                '<' if self.rest().starts_with("<Buffer ") => self.at += self.rest().find('>').map_or(1, |end| end + 1),
                ':' | '=' if name.is_empty() && children.is_empty() && is_name(so_far.trim_end_matches(is_blank)) => {
                    let signs = self.rest().len() - self.rest().trim_start_matches([':', '=', '>']).len();
                    self.at += signs;
                    (name, start) = (unquoted(so_far.trim_end_matches(is_blank)), self.at);
                }
                _ => self.at += c.len_utf8(),
            }
        }
        let whole = Line { text: self.text.get(start..self.at)?, start }.trimmed();
        (!whole.text.is_empty()).then_some(Node { name, whole, children, lists })
    }

    /// The elements up to the bracket that closes.
    fn list(&mut self, depth: usize) -> Vec<Node<'a>> {
        let mut nodes = Vec::new();
        loop {
            nodes.extend(self.element(depth));
            match self.next() {
                Some(',' | ';') => self.at += 1,
                Some(_) => {
                    self.at += 1;
                    return nodes;
                }
                None => return nodes,
            }
        }
    }

    /// Passes over a string; an apostrophe that nothing closes in its line is none, and no other behind it is looked at there.
    fn string(&mut self, quote: char) {
        self.at += quote.len_utf8();
        if self.at < self.unclosed {
            return;
        }
        let mut is_escaped = false;
        for (length, c) in self.rest().char_indices() {
            match c {
                '\n' => {
                    self.unclosed = self.at + length;
                    return;
                }
                _ if c == quote && !is_escaped => {
                    self.at += length + 1;
                    return;
                }
                _ => is_escaped = c == '\\' && !is_escaped,
            }
        }
        self.unclosed = self.text.len();
    }
}

/// Whether what stands before a colon is a name.
fn is_name(text: &str) -> bool {
    let bare = unquoted(text);
    bare.len() < 40
        && bare.starts_with(|c: char| c.is_alphabetic() || c == '_')
        && bare.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | ' ' | '.' | '>' | '$'))
}

fn unquoted(text: &str) -> &str {
    text.trim_matches(|c| matches!(c, '"' | '\'' | '`'))
}
