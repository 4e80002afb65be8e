//! What *this* message says, in one line: the SQL of a Query, the values of a DataRow, the SQLSTATE of an error.

pub(crate) mod rare;

use pgscope_proto::schema::Kind;
use pgscope_proto::{Message, Reads, Tree};

use crate::typing::{Typed, type_in_words};
use crate::value::{push_visible, quote, unread, value, visible};

/// A decoded message, and its bytes.
#[derive(Clone, Copy)]
pub struct Decoded<'a> {
    /// Which it is.
    pub message: &'static Message,
    /// Its tree.
    pub tree: &'a Tree,
    /// Its bytes.
    pub bytes: &'a [u8],
    /// What is known of the values that it carries.
    pub typed: &'a [Typed],
}

pub(crate) type Says = fn(Decoded<'_>) -> String;

/// How many entries of a list a row shows.
pub(crate) const MOST_ENTRIES: usize = 12;

/// Functions by the message's id.
pub(crate) type Table = &'static [(&'static str, Says)];

/// Of those messages with which connections begin and simple queries are answered.
const COMMON: Table = &[
    ("startup", startup),
    ("sslrequest", |_| "may we speak TLS?".to_owned()),
    ("gssencrequest", |_| "may we speak GSSAPI encryption?".to_owned()),
    ("sslaccepted", |_| "one byte: yes, go on with TLS".to_owned()),
    ("gssaccepted", |_| "one byte: yes, go on with GSSAPI".to_owned()),
    ("encryptionrefused", |_| "one byte: no".to_owned()),
    ("authenticationok", |_| "let in".to_owned()),
    ("parameterstatus", |d| format!("{} = {}", d.bare("name"), seen(d.bare("value")))),
    ("backendkeydata", |d| format!("pid {}, key of {} bytes", d.field("pid"), d.length_of("key"))),
    ("readyforquery", |d| d.code("status")),
    ("query", |d| squeezed(&d.bare("query"))),
    ("rowdescription", row_description),
    ("datarow", data_row),
    ("commandcomplete", |d| d.bare("command")),
    ("terminate", |_| String::new()),
];

/// The one line.
pub fn says(decoded: Decoded<'_>) -> String {
    let of = |table: Table| table.iter().find(|(id, _)| *id == decoded.message.field.id).map(|(_, says)| says(decoded));
    of(COMMON).or_else(|| of(rare())).unwrap_or_default()
}

/// Of all others.
fn rare() -> Table {
    #[cfg(feature = "whole")]
    return rare::TABLE;
    #[cfg(not(feature = "whole"))]
    crate::later::rare_says()
}

impl<'a> Decoded<'a> {
    fn node(&self, id: &str) -> Option<usize> {
        self.tree.nodes.iter().position(|node| node.field.id == id && node.depth > 0)
    }

    /// The value of a field as a person sees it.
    fn field(&self, id: &str) -> String {
        self.node(id).map(|node| value(self.tree, node, self.bytes)).unwrap_or_default()
    }

    /// The text of a field without quotation marks.
    fn bare(&self, id: &str) -> String {
        self.node(id).map(|node| self.bare_at(node)).unwrap_or_default()
    }

    fn bare_at(&self, node: usize) -> String {
        match self.tree.reads(node, self.bytes) {
            Reads::Text(text) => visible(text),
            _ => value(self.tree, node, self.bytes),
        }
    }

    fn code(&self, id: &str) -> String {
        let Some(node) = self.node(id) else { return String::new() };
        let known = self.tree.code(node, self.bytes);
        known.map_or_else(|| value(self.tree, node, self.bytes), |code| code.name.to_owned())
    }

    fn length_of(&self, id: &str) -> usize {
        self.node(id).and_then(|node| self.tree.nodes.get(node)).map_or(0, |node| node.span().len())
    }

    fn children(&self, id: &str) -> Vec<usize> {
        self.node(id).map(|node| self.tree.children(node).collect()).unwrap_or_default()
    }

    fn ordinal(&self, node: usize) -> bool {
        self.tree.nodes.get(node).is_some_and(|node| node.ordinal.is_some())
    }

    /// The nullable values of a list, under their names where these are known.
    fn values(&self, id: &str) -> String {
        let Some(list) = self.node(id) else { return String::new() };
        let mut out = String::new();
        for (nth, node) in self.tree.children(list).filter(|node| self.ordinal(*node)).enumerate() {
            if !self.push_nullable(nth, node, &mut out) {
                break;
            }
        }
        out
    }

    fn push_nullable(&self, nth: usize, node: usize, out: &mut String) -> bool {
        push_value(nth, self.nullable(node), self.typed.get(nth), out)
    }

    /// What a node that holds a length and a value reads as.
    fn nullable(&self, node: usize) -> Nullable<'a> {
        let last = self.tree.children(node).last().and_then(|child| self.tree.nodes.get(child));
        match last.filter(|child| !matches!(child.field.kind, Kind::Int(..))) {
            _ if self.tree.reads(node, self.bytes) == Reads::Null => Nullable::Null,
            Some(value) => Nullable::Bytes(value.span().of(self.bytes)),
            None => Nullable::Cut,
        }
    }

    fn sized_text(&self, node: usize) -> String {
        let mut out = String::new();
        self.nullable(node).push(&mut out);
        out
    }

    fn type_at(&self, node: usize, modifier: i32) -> String {
        match self.tree.reads(node, self.bytes) {
            Reads::Unsigned(oid) => type_in_words(oid as u32, modifier).unwrap_or_else(|| format!("oid {oid}")),
            _ => String::new(),
        }
    }

    fn child(&self, node: usize, id: &str) -> Option<usize> {
        self.tree.children(node).find(|child| self.tree.nodes.get(*child).is_some_and(|child| child.field.id == id))
    }
}

/// A value behind its length.
#[derive(Clone, Copy)]
pub(crate) enum Nullable<'a> {
    Null,
    /// It could not be read.
    Cut,
    Bytes(&'a [u8]),
}

impl<'a> Nullable<'a> {
    /// The value, if it is there.
    pub(crate) fn bytes(self) -> Option<&'a [u8]> {
        if let Nullable::Bytes(value) = self { Some(value) } else { None }
    }

    fn push(self, out: &mut String) {
        let start = out.len();
        match self {
            Nullable::Null => out.push_str("NULL"),
            Nullable::Cut => out.push('…'),
            Nullable::Bytes(value) => {
                show_value(value, out);
                shorten(start, out);
            }
        }
    }
}

/// A value of a row, behind those before it; says whether one more may follow.
fn push_value(nth: usize, value: Nullable<'_>, typed: Option<&Typed>, out: &mut String) -> bool {
    if nth > 0 {
        out.push_str(", ");
    }
    if nth == MOST_ENTRIES {
        out.push('…');
        return false;
    }
    let Some(typed) = typed else {
        value.push(out);
        return true;
    };
    if !typed.name.is_empty() {
        push_visible(&typed.name, out);
        out.push('=');
    }
    let start = out.len();
    match value {
        Nullable::Bytes(bytes) if typed.show(bytes, out) => shorten(start, out),
        _ => value.push(out),
    }
    true
}

/// The same of a DataRow without its tree: most of what servers say. Nothing if it is not whole.
pub(crate) fn row(bytes: &[u8], typed: &[Typed]) -> Option<String> {
    let mut out = String::with_capacity(bytes.len() * 2);
    row_into(bytes, typed, &mut out).then_some(out)
}

/// The same, behind what stands there; says whether it is whole.
pub(crate) fn row_into(bytes: &[u8], typed: &[Typed], out: &mut String) -> bool {
    let (before, mut is_more) = (out.len(), true);
    let is_whole = each_value(bytes, &mut |nth, value| {
        is_more = is_more && push_value(nth, value, typed.get(nth), out);
        true
    });
    if !is_whole {
        out.truncate(before);
    }
    is_whole
}

/// Whether a short text, or one in quotation marks, is shown as it stands in the bytes: what is longer is only cut.
pub(crate) fn is_shown_as_it_stands(text: &[u8]) -> bool {
    text.iter().all(|byte| (b' '..0x7f).contains(byte))
}

/// Gives the values of a DataRow, with their numbers, until one is not liked; says whether all were and the message is whole.
pub(crate) fn each_value<'a>(bytes: &'a [u8], takes: &mut dyn FnMut(usize, Nullable<'a>) -> bool) -> bool {
    bytes.get(5..).and_then(|list| each_of(list, takes)).is_some_and(<[u8]>::is_empty)
}

/// The same of a list of values that begins with its count; gives what stands behind it.
pub(crate) fn each_of<'a>(list: &'a [u8], takes: &mut dyn FnMut(usize, Nullable<'a>) -> bool) -> Option<&'a [u8]> {
    let (count, mut rest) = list.split_first_chunk()?;
    for nth in 0..usize::from(u16::from_be_bytes(*count)) {
        let (length, behind) = rest.split_first_chunk()?;
        let length = i32::from_be_bytes(*length);
        let end = if length == -1 { 0 } else { usize::try_from(length).unwrap_or(usize::MAX) };
        let (value, behind) = behind.split_at_checked(end)?;
        rest = behind;
        if !takes(nth, if length == -1 { Nullable::Null } else { Nullable::Bytes(value) }) {
            return None;
        }
    }
    Some(rest)
}

/// Text in quotation marks; bytes that are no text, or hold control characters, in hexadecimal.
fn show_value(bytes: &[u8], out: &mut String) {
    match std::str::from_utf8(bytes) {
        Ok(text) if !text.chars().any(|letter| letter.is_control() && !matches!(letter, '\n' | '\t' | '\r')) => {
            quote(text, out);
        }
        _ => out.push_str(&unread(bytes)),
    }
}

fn startup(decoded: Decoded<'_>) -> String {
    let version = match decoded.node("version").map(|node| decoded.tree.reads(node, decoded.bytes)) {
        Some(Reads::Unsigned(version)) => format!("{}.{}", version >> 16, version & 0xffff),
        _ => String::new(),
    };
    let (mut out, mut place, mut rest) = (version, String::new(), String::new());
    // Who and where come first, in whatever order they were sent.
    for pair in decoded.children("parameters") {
        let part = |id| decoded.child(pair, id).map(|node| decoded.bare_at(node));
        let (Some(name), Some(value)) = (part("name"), part("value")) else { continue };
        let to = match name.as_str() {
            "user" => &mut out,
            "database" => &mut place,
            _ => &mut rest,
        };
        [" ", &name, "=", &value].iter().for_each(|part| to.push_str(part));
    }
    out + &place + &rest
}

fn data_row(decoded: Decoded<'_>) -> String {
    #[cfg(feature = "whole")]
    if let Some(row) = row(decoded.bytes, decoded.typed) {
        return row;
    }
    decoded.values("columns")
}

fn row_description(decoded: Decoded<'_>) -> String {
    let columns = decoded.children("columns").into_iter().filter(|node| decoded.ordinal(*node));
    let shown = columns.take(MOST_ENTRIES + 1).map(|column| {
        let name = decoded.child(column, "name").map(|node| decoded.bare_at(node)).unwrap_or_default();
        let modifier = decoded.child(column, "modifier").map(|node| decoded.tree.reads(node, decoded.bytes));
        let modifier = if let Some(Reads::Signed(modifier)) = modifier { modifier as i32 } else { -1 };
        let of_type = decoded.child(column, "type").map(|node| decoded.type_at(node, modifier)).unwrap_or_default();
        format!("{name} {of_type}")
    });
    or(listed(shown), "no columns")
}

pub(crate) fn listed(entries: impl IntoIterator<Item = String>) -> String {
    let mut out = String::new();
    for (nth, entry) in entries.into_iter().enumerate() {
        if nth > 0 {
            out.push_str(", ");
        }
        if nth == MOST_ENTRIES {
            out.push('…');
            break;
        }
        out.push_str(&entry);
    }
    out
}

fn or(text: String, otherwise: &str) -> String {
    if text.is_empty() { otherwise.to_owned() } else { text }
}

/// Something, even where there is nothing to see.
fn seen(text: String) -> String {
    or(text, "“”")
}

/// With one blank wherever there is white space, made visible or not.
pub(crate) fn squeezed(text: &str) -> String {
    let words = text.split(|letter: char| letter.is_whitespace() || letter == '⏎' || letter == '⇥');
    let mut out = String::with_capacity(text.len());
    for word in words.filter(|word| !word.is_empty()) {
        if !out.is_empty() {
            out.push(' ');
        }
        out.push_str(word);
    }
    out
}

pub(crate) const SHORT: usize = 60;

pub(crate) fn short(text: &str) -> String {
    let mut out = text.to_owned();
    shorten(0, &mut out);
    out
}

/// Shortens what stands behind `start`.
fn shorten(start: usize, out: &mut String) {
    let written = out.get(start..).unwrap_or_default();
    let end = if written.len() <= SHORT { None } else { written.char_indices().nth(SHORT) };
    if let Some((end, _)) = end {
        out.truncate(start + end);
        out.push('…');
    }
}
