//! One message: in words, as hex with its fields, as a tree.

use pgscope_proto::codes::{Meaning, file_of};
use pgscope_proto::docs::{Names, is_message, of_code};
use pgscope_proto::frame::Fault;
use pgscope_proto::messages::ALL;
use pgscope_proto::schema::Chapter;
use pgscope_proto::{Message, Node, Problem, Reading, Span, Tree};

use pgscope_session::Entry;

use super::{Engine, FieldRow, HexLine, Open, Place, Run, Sheet, Words};
use crate::Indexed;
use crate::belongs::{chapter, flow};
use crate::carried::{column, tell_column};
use crate::copied;
use crate::docs::manual_of;
use crate::layout::{Part, filled};
use crate::meaning::meaning;
use crate::print::page_name;
use crate::typing::{Typed, entry_of};
use crate::value::{is_cut, joined, kind, name, unread, value};

#[cfg(feature = "whole")]
use super::finding::findings;
#[cfg(not(feature = "whole"))]
use crate::later::findings;

/// How many fields and how many lines are given at once.
const MOST_FIELDS: usize = 500;
const MOST_LINES: usize = 500;

impl Engine {
    pub(super) fn sheet(&mut self, number: usize) -> Option<Sheet> {
        self.open(number)?;
        let (open, indexed) = (self.open.as_ref()?, self.indexed()?);
        let (outer, message) = (open.entry.message, indexed.named(&open.entry));
        let flow = flow(indexed, &open.entry);
        // Most messages have none.
        let problems = match open.problems.is_empty() {
            true => Vec::new(),
            false => findings(indexed, &open.entry, &open.tree, &open.problems),
        };
        Some(Sheet {
            row: open.row(indexed),
            doc: message.field.doc.into(),
            doc_name: message.field.id.into(),
            doc_chapters: chapters(&open.tree, [Some(message), Some(outer), flow]),
            since: message.since.into(),
            chapter: chapter(indexed, &open.entry).into(),
            flow_name: flow.map_or("", |request| request.field.id).into(),
            manual: manual_of(message, flow),
            page: page_name(message),
            extent: extent(&open.entry),
            fields: open.tree.nodes.len().saturating_sub(1),
            line: self.line_of(&open.entry, 0),
            column: self.column_of(&open.entry, 0).unwrap_or(0),
            answers: answered(indexed, number),
            is_login: matches!(message.chapter, Chapter::Authentication),
            problems,
        })
    }

    /// The layout of all bytes of a message.
    pub(super) fn layout(&mut self, number: usize) -> Option<Vec<Part>> {
        self.open(number)?;
        let (open, indexed) = (self.open.as_ref()?, self.indexed()?);
        Some(filled(open.entry.message, &open.tree, indexed.bytes(&open.entry)))
    }

    pub(super) fn fields(&mut self, number: usize, from: usize, to: usize) -> Option<Vec<FieldRow>> {
        self.open(number)?;
        let (open, indexed) = (self.open.as_ref()?, self.indexed()?);
        let bytes = indexed.bytes(&open.entry);
        // Node 0 is the message itself.
        let (from, to) = (from + 1, to.min(from + MOST_FIELDS) + 1);
        let nodes = open.tree.nodes.iter().enumerate().skip(from).take(to.saturating_sub(from));
        let typing = indexed.typing(&open.entry);
        let mut names = Names::from(&open.tree, from);
        let row = |(index, node)| {
            let mut row = field_row(&open.tree, index, node, bytes, names.next(node));
            row.add_problem(&open.problems);
            if let Some(meaning) = meaning(indexed, &open.entry, &open.tree, index) {
                row.add_meaning(meaning);
            }
            if let Some(typed) = entry_of(&open.tree, index).and_then(|nth| typing.get(nth)) {
                row.add_type(typed, node, bytes);
            } else if !open.tree.types.is_empty() {
                tell(&mut row, &open.tree, bytes);
            }
            if let Some(typed) = column(indexed, &open.entry, &open.tree, index) {
                row.add_type(&typed, node, bytes);
            }
            tell_column(&mut row, indexed, &open.entry, &open.tree);
            row
        };
        Some(nodes.map(row).collect())
    }

    pub(super) fn hex(&mut self, number: usize, from: usize, to: usize, per_line: usize) -> Option<Vec<HexLine>> {
        self.open(number)?;
        let (open, indexed) = (self.open.as_ref()?, self.indexed()?);
        let per_line = per_line.max(1);
        let lines = indexed.bytes(&open.entry).chunks(per_line).enumerate();
        let shown = lines.skip(from).take(to.saturating_sub(from).min(MOST_LINES));
        Some(shown.map(|(nth, bytes)| open.hex_line(nth * per_line, bytes)).collect())
    }

    pub(super) fn field(&mut self, number: usize, node: usize) -> Option<Place> {
        let at = self.open(number)?.tree.nodes.get(node)?.start as usize;
        self.place(number, node, at)
    }

    pub(super) fn byte(&mut self, number: usize, at: usize) -> Option<Place> {
        let open = self.open(number)?;
        let at = at.min(open.entry.span.len().checked_sub(1)?);
        let node = leaf_at(&open.tree, at)?;
        self.place(number, node, at)
    }

    pub(super) fn named(&mut self, number: usize, path: &str, at: Option<usize>) -> Option<Place> {
        let tree = &self.open(number)?.tree;
        let last = path.rsplit('.').next();
        let holds = |span: Span| at.is_none_or(|at| span.contains(at) || span.start == at);
        let is_it =
            |node: usize, found: &Node| Some(found.field.id) == last && holds(found.span()) && tree.path(node) == path;
        let node = tree.nodes.iter().enumerate().find(|(node, found)| is_it(*node, found)).map(|(node, _)| node)?;
        let start = tree.nodes.get(node)?.start as usize;
        self.place(number, node, at.unwrap_or(start))
    }

    fn place(&mut self, number: usize, node: usize, at: usize) -> Option<Place> {
        self.open(number)?;
        let (open, indexed) = (self.open.as_ref()?, self.indexed()?);
        let found = open.tree.nodes.get(node)?;
        let parent = open.tree.parent(node).and_then(|parent| open.tree.nodes.get(parent)).unwrap_or(found);
        let path = path(&open.tree, node);
        Some(Place {
            number,
            node,
            at,
            start: found.start as usize,
            end: found.end as usize,
            around: (parent.start as usize, parent.end as usize),
            offset: open.entry.span.start,
            line: self.line_of(&open.entry, at),
            column: self.column_of(&open.entry, at).unwrap_or(0),
            carriers: carriers(indexed, open, node, at),
            told: told(at, indexed.bytes(&open.entry), &path, indexed.named(&open.entry).name()),
            path,
            id: open.tree.path(node),
        })
    }
}

/// The chapters of some messages and of those in a tree, and the file of what their texts stand for.
fn chapters(tree: &Tree, messages: [Option<&'static Message>; 3]) -> Vec<Words> {
    let mut chapters: Vec<Words> = Vec::new();
    for message in messages.into_iter().flatten() {
        for file in file_of(message).into_iter().chain([message.chapter.id()]) {
            if !chapters.iter().any(|known| *known == file) {
                chapters.push(file.into());
            }
        }
    }
    for node in tree.nodes.iter().take(MOST_FIELDS).filter(|node| is_message(node.field)) {
        let message = ALL.iter().find(|message| std::ptr::eq(&message.field, node.field));
        // What is no message is the type of a value.
        let chapter = Words::from(message.map_or(Chapter::Values, |message| message.chapter).id());
        if !chapters.contains(&chapter) {
            chapters.push(chapter);
        }
    }
    chapters
}

/// The messages that carry the field at a byte, if they are several.
fn carriers(indexed: &Indexed, open: &Open, node: usize, at: usize) -> Vec<usize> {
    if let Some(column) = copied::column(indexed, &open.entry, &open.tree, node) {
        return column.pieces;
    }
    let carriers = indexed.index.carriers(&indexed.exchange, open.entry.number, at);
    if carriers.len() > 1 { carriers } else { Vec::new() }
}

/// The request that the message answers: its number and name.
fn answered(indexed: &Indexed, number: usize) -> Option<(usize, Words)> {
    let request = indexed.index.entry(indexed.index.request(number)?)?;
    Some((request.number, indexed.named(&request).name().into()))
}

impl Open {
    fn hex_line(&self, at: usize, bytes: &[u8]) -> HexLine {
        let mut line = HexLine { at, bytes: bytes.to_vec(), runs: Vec::new() };
        let end = at + bytes.len();
        let mut next = at;
        while next < end {
            let Some(node) = leaf_at(&self.tree, next) else { break };
            let Some(run) = self.run(node, next, end) else { break };
            next = run.end;
            line.runs.push(run);
        }
        line
    }

    fn run(&self, index: usize, start: usize, line_end: usize) -> Option<Run> {
        let node = self.tree.nodes.get(index)?;
        let whole = node.span();
        let end = whole.end.min(line_end).max(start + 1);
        let is_wrong = |problem: &Problem| problem.span.start < end && start < problem.span.end;
        Some(Run {
            node: index,
            role: node.field.role.name().into(),
            start,
            end,
            from_before: whole.start < start,
            goes_on: whole.end > end,
            bad: self.problems.iter().any(is_wrong),
        })
    }
}

/// The first leaves of a message's fields, of any connection.
pub(super) fn leaves(indexed: &Indexed, number: usize, most: usize) -> Vec<FieldRow> {
    let mut tree = Tree::new();
    let Some((entry, _)) = indexed.open(number, &mut tree) else { return Vec::new() };
    let bytes = indexed.bytes(&entry);
    let mut names = Names::from(&tree, 1);
    let rows = tree.nodes.iter().enumerate().skip(1);
    let rows = rows.map(|(index, node)| field_row(&tree, index, node, bytes, names.next(node)));
    rows.filter(|row| row.leaf && row.end > row.start).take(most).collect()
}

/// The innermost field that holds a byte. Fields begin one after the other, so that the last one that does not begin
/// behind the byte is it, unless it is empty.
pub(super) fn leaf_at(tree: &Tree, at: usize) -> Option<usize> {
    let after = tree.nodes.partition_point(|node| node.start as usize <= at);
    (0..after).rev().find(|index| tree.nodes.get(*index).is_some_and(|node| node.span().contains(at)))
}

fn field_row(tree: &Tree, index: usize, node: &Node, bytes: &[u8], doc_name: String) -> FieldRow {
    let code = tree.code(index, bytes);
    let value = value(tree, index, bytes);
    FieldRow {
        node: index,
        parent: tree.parent(index).unwrap_or(0),
        depth: node.depth as usize,
        name: name(node),
        cut: is_cut(&value),
        value,
        kind: kind(node),
        doc: node.field.doc.into(),
        code_doc: code.map_or("", |code| code.doc).into(),
        code_doc_name: code.map(|code| of_code(&doc_name, code)).unwrap_or_default(),
        doc_name,
        role: node.field.role.name().into(),
        reading: reading(node.reading),
        problem: String::new(),
        start: node.start as usize,
        end: node.end as usize,
        leaf: tree.is_leaf(index),
    }
}

/// How long the length word of a value is.
const VALUE_LENGTH: usize = 4;

impl FieldRow {
    /// Why it could not be read, or what its bytes should not say.
    fn add_problem(&mut self, problems: &[Problem]) {
        let is_own = |problem: &&Problem| problem.span.start < self.end && self.start < problem.span.end;
        if let Some(problem) = problems.iter().find(is_own).filter(|_| self.leaf) {
            self.problem = problem.message.clone();
        }
    }

    /// What its text stands for.
    fn add_meaning(&mut self, meaning: Meaning) {
        if !meaning.name.is_empty() {
            self.value = format!("{} = {}", self.value, meaning.name);
        }
        self.code_doc = meaning.doc.into();
        self.code_doc_name = meaning.doc_name;
    }

    /// What is known of a value from elsewhere: its column's name, its type, and what it is in that type.
    fn add_type(&mut self, typed: &Typed, node: &Node, bytes: &[u8]) {
        let own = node.span().of(bytes);
        let (is_entry, is_value) = (node.ordinal.is_some(), node.field.id == "value");
        if is_entry && !typed.name.is_empty() {
            self.name = format!("{} {}", self.name, typed.name);
        }
        if is_entry || is_value {
            self.kind = typed.kind();
        }
        let value = if is_entry { own.get(VALUE_LENGTH..).unwrap_or_default() } else { own };
        match typed.shown(value) {
            Some(text) if is_entry && self.value.is_empty() => self.value = text,
            Some(text) if is_value && typed.is_binary == Some(true) => self.value = format!("{} = {text}", unread(own)),
            _ => {}
        }
    }
}

/// The same for a value inside another one.
fn tell(row: &mut FieldRow, tree: &Tree, bytes: &[u8]) {
    #[cfg(feature = "whole")]
    crate::values::tell(row, tree, bytes);
    #[cfg(not(feature = "whole"))]
    if let Some(part) = crate::later::part() {
        (part.tell)(row, tree, bytes);
    }
}

/// How much of a message is there.
fn extent(entry: &Entry) -> String {
    let length = entry.span.len();
    match entry.fault {
        Some(Fault::Cut { .. }) if length < entry.length_word().end => "the beginning of a message".to_owned(),
        Some(Fault::Cut { missing: count } | Fault::Lacking { count }) => {
            format!("of {} that were announced", crate::separated(&(length + count).to_string()))
        }
        Some(Fault::Unreadable | Fault::ImpossiblePacket) => "no message".to_owned(),
        _ => "whole message".to_owned(),
    }
}

fn reading(reading: Reading) -> Words {
    match reading {
        Reading::Whole => "",
        Reading::Wrong => "wrong",
        Reading::Cut => "cut off",
        Reading::Part => "in part: it goes on in another message",
    }
    .into()
}

/// The path of a field in words: `column 1 › value`.
fn path(tree: &Tree, index: usize) -> String {
    let mut names = Vec::new();
    let mut next = Some(index);
    while let Some((at, node)) = next.and_then(|at| Some((at, tree.nodes.get(at)?))) {
        if at > 0 || names.is_empty() {
            names.push(name(node));
        }
        next = tree.parent(at);
    }
    names.reverse();
    joined(&mut names.iter().map(AsRef::as_ref), " › ")
}

/// A byte as it is told to somebody who does not see it.
fn told(at: usize, bytes: &[u8], path: &str, message: &str) -> String {
    let Some(byte) = bytes.get(at) else { return format!("{path}, {message}") };
    let letter = if byte.is_ascii_graphic() { format!(" ‘{}’,", *byte as char) } else { String::new() };
    format!("offset 0x{at:02x}, {byte:02x},{letter} {path}, {message}")
}
