//! The layout of a message as a picture of bytes: its fields as boxes in their order, from the table.
//!
//! Plain data for two renderers: the page draws elements, the reference pages are text. A list is flat: parts in
//! pre-order with a depth, as in a [`Tree`]. What a message really holds can be filled in.

use std::borrow::Cow;

use pgscope_proto::messages::ALL;
use pgscope_proto::schema::{Choice, Code, Condition, Field, Kind, Show};
use pgscope_proto::{Message, Tree};
use serde::{Deserialize, Serialize};

use crate::value::value;

/// How a part stands to what is in it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Shape {
    /// Nothing is in it: a box.
    #[default]
    Box,
    /// Its parts follow one another: a bracket.
    Bracket,
    /// One of its parts follows: a switch.
    Switch,
    /// One case of a switch.
    Case,
    /// Its parts are there only under a condition.
    Optional,
}

impl Shape {
    /// Its word in style sheets.
    pub const fn name(self) -> &'static str {
        match self {
            Shape::Box => "box",
            Shape::Bracket => "bracket",
            Shape::Switch => "switch",
            Shape::Case => "case",
            Shape::Optional => "optional",
        }
    }
}

/// A box or bracket of the picture.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Part {
    /// In how many brackets it stands.
    pub depth: usize,
    /// The stable path of its field, as [`Tree::path`] has it; empty for a case of a switch.
    pub id: String,
    /// What a person calls it.
    pub name: Cow<'static, str>,
    /// The kind of field as the manual writes it: `Int32`, `String`; empty for a bracket.
    pub kind: Cow<'static, str>,
    /// How many bytes: `4`, `n`, `n + 1`; empty for a bracket.
    pub size: Cow<'static, str>,
    /// What it is for: one of the eight roles.
    pub role: Cow<'static, str>,
    /// How it stands to its parts.
    pub shape: Shape,
    /// How often it is there, or when: `× column count`; empty if it is there once.
    pub times: String,
    /// How many entries of it a real message has, if it is an entry of a list.
    pub count: Option<usize>,
    /// The first field of a real message that it stands for.
    pub node: Option<usize>,
    /// What that field says.
    pub value: String,
}

/// The layout of a message, from the table alone.
pub fn layout(message: &'static Message) -> Vec<Part> {
    let mut parts = Vec::new();
    Draw { parts: &mut parts, tag: message.tag() }.fields(message.fields, message.field.id, 0);
    parts
}

/// The layout of a message with what it holds: which of its fields each part stands for, and what they say.
pub fn filled(message: &'static Message, tree: &Tree, bytes: &[u8]) -> Vec<Part> {
    let mut parts = layout(message);
    // The paths of the fields around the present one.
    let mut around: Vec<String> = Vec::new();
    let mut skipped = None;
    for (index, node) in tree.nodes.iter().enumerate() {
        let depth = node.depth as usize;
        if skipped.is_some_and(|skipped| depth > skipped) {
            continue;
        }
        skipped = node.ordinal.filter(|ordinal| *ordinal >= ENTRIES).map(|_| depth);
        around.truncate(depth);
        let outer = around.last().map_or("", String::as_str);
        let id = joined(outer, node.field.id);
        if node.ordinal.is_none() && index > 0 {
            carry(&mut parts, node.field, outer, &id);
        }
        if let Some(part) = parts.iter_mut().find(|part| part.id == id) {
            part.count = part.count.max(node.ordinal.map(|ordinal| ordinal as usize + 1));
            if part.node.is_none() {
                part.node = Some(index);
                part.value = value(tree, index, bytes);
            }
        }
        // Entries of a list add nothing to the paths of what they hold.
        around.push(if node.ordinal.is_some() { outer.to_owned() } else { id });
    }
    parts
}

/// How many entries of a list are looked into: they are alike, but for the cases of a switch.
const ENTRIES: u32 = 20;

/// If the field is a whole message that another carries, its layout is put inside.
fn carry(parts: &mut Vec<Part>, field: &'static Field, outer: &str, id: &str) {
    let Some(message) = ALL.iter().find(|message| std::ptr::eq(&message.field, field)) else { return };
    let Some(at) = parts.iter().position(|part| part.id == outer) else { return };
    if parts.iter().all(|part| part.id != id) {
        let depth = parts.get(at).map_or(0, |part| part.depth) + 1;
        let mut inner = vec![bracket(field, Shape::Bracket, id.to_owned(), depth)];
        Draw { parts: &mut inner, tag: message.tag() }.fields(message.fields, id, depth + 1);
        let behind = parts.iter().skip(at + 1).take_while(|part| part.depth >= depth).count();
        if let Some(part) = parts.get_mut(at) {
            part.shape = Shape::Bracket;
        }
        parts.splice(at + 1 + behind..at + 1 + behind, inner);
    }
}

fn joined(outer: &str, id: &str) -> String {
    if outer.is_empty() { id.to_owned() } else { format!("{outer}.{id}") }
}

fn bracket(field: &'static Field, shape: Shape, id: String, depth: usize) -> Part {
    Part { depth, id, name: field.name.into(), role: field.role.name().into(), shape, ..Part::default() }
}

struct Draw<'a> {
    parts: &'a mut Vec<Part>,
    tag: Option<u8>,
}

impl Draw<'_> {
    fn fields(&mut self, fields: &'static [Field], outer: &str, depth: usize) {
        fields.iter().for_each(|field| self.field(field, outer, depth, None));
    }

    /// A field; `times` if it is an entry of a list.
    fn field(&mut self, field: &'static Field, outer: &str, depth: usize, times: Option<String>) {
        let id = joined(outer, field.id);
        // Entries of a list add nothing to the paths of what they hold.
        let inner = if times.is_some() { outer.to_owned() } else { id.clone() };
        let times = times.unwrap_or_default();
        let shape = match &field.kind {
            Kind::Choice(_) => Shape::Switch,
            Kind::When(..) | Kind::Unless(_) => Shape::Optional,
            kind if size(kind).is_empty() => Shape::Bracket,
            _ => Shape::Box,
        };
        let condition = if let Kind::When(condition, _) = field.kind { when(condition).to_owned() } else { times };
        let mut part = Part { times: condition, ..bracket(field, shape, id, depth) };
        if shape == Shape::Box {
            (part.kind, part.size) = (kind(&field.kind).into(), size(&field.kind));
        }
        if let (Kind::Tag, Some(tag)) = (&field.kind, self.tag) {
            part.value = format!("‘{}’", tag as char);
        }
        self.parts.push(part);
        self.inside(field, &inner, depth + 1);
    }

    fn inside(&mut self, field: &'static Field, outer: &str, depth: usize) {
        match &field.kind {
            Kind::Sized { length, value, nullable } => {
                self.field(length, outer, depth, None);
                self.field(value, outer, depth, None);
                if let Some(value) = self.parts.last_mut() {
                    value.size = length.name.into();
                    value.times = if *nullable { "none if NULL".to_owned() } else { String::new() };
                }
            }
            Kind::Counted { count, of } => {
                self.field(count, outer, depth, None);
                self.field(of, outer, depth, Some(format!("× {}", count.name)));
            }
            Kind::UntilZero { of, end } => {
                self.field(of, outer, depth, Some("× until 00".to_owned()));
                self.field(end, outer, depth, None);
            }
            Kind::Repeat(of) => self.field(of, outer, depth, Some("× to the end".to_owned())),
            Kind::Times(times) => {
                self.field(times.of, outer, depth, Some(format!("× {}", times.by.replace('_', " "))));
            }
            Kind::Unless(unless) => self.fields(unless.fields, outer, depth),
            Kind::Group(fields) | Kind::When(_, fields) => self.fields(fields, outer, depth),
            Kind::Choice(choices) => {
                self.parts.push(Part {
                    depth,
                    id: joined(outer, "kind"),
                    name: "kind".into(),
                    kind: "Byte1".into(),
                    size: "1".into(),
                    role: "code".into(),
                    ..Part::default()
                });
                cases(choices).iter().for_each(|(codes, fields)| self.case(codes, fields, outer, depth));
            }
            _ => {}
        }
    }

    fn case(&mut self, codes: &[&'static Code], fields: &'static [Field], outer: &str, depth: usize) {
        let names: Vec<String> = codes.iter().map(|code| format!("{} {}", letter(code), code.name)).collect();
        let name = names.join(", ").into();
        let times = if fields.is_empty() { "nothing follows".to_owned() } else { String::new() };
        self.parts.push(Part { depth, name, role: "code".into(), shape: Shape::Case, times, ..Part::default() });
        self.fields(fields, outer, depth + 1);
    }
}

/// The cases of a switch: the codes behind which the same fields follow are one.
pub(crate) fn cases(choices: &'static [Choice]) -> Vec<(Vec<&'static Code>, &'static [Field])> {
    let mut cases: Vec<(Vec<&'static Code>, &'static [Field])> = Vec::new();
    for choice in choices {
        let ids = |fields: &'static [Field]| fields.iter().map(|field| field.id);
        match cases.iter_mut().find(|(_, fields)| ids(fields).eq(ids(choice.fields))) {
            Some((codes, _)) => codes.push(&choice.code),
            None => cases.push((vec![&choice.code], choice.fields)),
        }
    }
    cases
}

fn when(condition: Condition) -> &'static str {
    match condition {
        Condition::MoreBytes => "only if bytes are left",
        Condition::InStreamedTransaction => "only in a streamed transaction",
    }
}

/// A code as a person writes it: a letter in quotation marks, or a number.
pub(crate) fn letter(code: &Code) -> String {
    match u8::try_from(code.value) {
        Ok(letter) if letter.is_ascii_graphic() => format!("‘{}’", letter as char),
        _ => code.value.to_string(),
    }
}

/// The kind of a field as the manual writes it.
pub(crate) fn kind(kind: &Kind) -> String {
    match kind {
        Kind::Tag | Kind::Choice(_) => "Byte1".to_owned(),
        Kind::Length | Kind::Following => "Int32".to_owned(),
        Kind::Int(width, Show::Float) => format!("Float{}", 8 * width.bytes()),
        Kind::Int(width, _) | Kind::Code(width, ..) => format!("Int{}", 8 * width.bytes()),
        Kind::Str => "String".to_owned(),
        Kind::Fixed(count, _) => format!("Byte{count}"),
        Kind::Rest(_) => "Byte n".to_owned(),
        _ => String::new(),
    }
}

/// How many bytes a field has, in words; empty for one that has parts.
fn size(kind: &Kind) -> Cow<'static, str> {
    match kind {
        Kind::Tag => "1".into(),
        Kind::Length | Kind::Following => "4".into(),
        Kind::Int(width, _) | Kind::Code(width, ..) => width.bytes().to_string().into(),
        Kind::Str => "n + 00".into(),
        Kind::Fixed(count, _) => count.to_string().into(),
        Kind::Rest(_) => "all left".into(),
        _ => "".into(),
    }
}

#[cfg(test)]
mod tests {
    use pgscope_proto::messages::{copy, extended_query, pgoutput, simple_query, startup};
    use pgscope_proto::schema::{Carrier, Head, Sender};
    use pgscope_proto::{Context, CopyContent, Direction, decode};

    use super::*;

    fn outline(parts: &[Part]) -> Vec<String> {
        let line = |part: &Part| {
            let words = [&*part.name, &*part.kind, &*part.size, &*part.times].join(" ");
            format!("{}{} {words}", "  ".repeat(part.depth), part.shape.name())
                .split("  ")
                .collect::<Vec<_>>()
                .join("  ")
                .trim_end()
                .to_owned()
        };
        parts.iter().map(line).collect()
    }

    #[test]
    fn a_list_is_a_count_and_a_bracket() {
        assert_eq!(
            outline(&layout(&simple_query::DATA_ROW)),
            [
                "box tag Byte1 1",
                "box length Int32 4",
                "bracket columns",
                "  box column count Int16 2",
                "  bracket column   × column count",
                "    box length Int32 4",
                "    box value Byte n length none if NULL",
            ]
        );
    }

    #[test]
    fn a_condition_and_a_switch_are_drawn_as_such() {
        let parts = outline(&layout(&pgoutput::INSERT));
        assert!(parts.contains(&"optional streamed transaction   only in a streamed transaction".to_owned()));
        assert!(parts.contains(&"  switch part   × to the end".to_owned()), "{parts:#?}");
        assert!(parts.contains(&"    case ‘K’ key, ‘O’ old, ‘N’ new".to_owned()), "{parts:#?}");
        let parts = outline(&layout(&startup::STARTUP_MESSAGE));
        assert!(parts.contains(&"  bracket parameter   × until 00".to_owned()), "{parts:#?}");
    }

    fn context(message: &Message) -> Context {
        let direction = if message.sender == Sender::Frontend { Direction::Frontend } else { Direction::Backend };
        let copy = match message.head {
            Head::Inner(Carrier::LogicalReplication, _) => CopyContent::Logical,
            _ => CopyContent::Unknown,
        };
        Context { copy, ..Context::new(direction) }
    }

    /// What a field of a SASL payload lies in.
    const TEXT_WITH_PARTS: &[&str] = &["data", "response"];

    #[test]
    fn every_field_of_every_sample_has_its_part() {
        for message in ALL {
            let mut tree = Tree::new();
            decode(message, message.sample, context(message), &mut tree);
            let parts = filled(message, &tree, message.sample);
            for (index, node) in tree.nodes.iter().enumerate().skip(1) {
                let path = tree.path(index);
                let is_text = path.split('.').any(|segment| TEXT_WITH_PARTS.contains(&segment));
                let part = parts.iter().find(|part| part.id == path);
                assert!(part.is_some() || is_text, "{} has no part for {path}", message.name());
                let first = part.and_then(|part| part.node).is_some_and(|first| first <= index);
                assert!(first || is_text, "{}: {path} {:?}", message.name(), node);
            }
        }
    }

    #[test]
    fn a_part_of_a_list_knows_its_first_field_and_how_many_there_are() {
        let bytes = b"D\0\0\0\x14\0\x02\0\0\0\x0242\0\0\0\x0417.5";
        let mut tree = Tree::new();
        decode(&simple_query::DATA_ROW, bytes, Context::new(Direction::Backend), &mut tree);
        let parts = filled(&simple_query::DATA_ROW, &tree, bytes);
        let column = parts.iter().find(|part| part.id == "datarow.columns.column").expect("it is there");
        assert_eq!((column.count, column.node.map(|node| tree.path(node))), (Some(2), Some(column.id.clone())));
        let value = parts.iter().find(|part| part.id == "datarow.columns.value").expect("it is there");
        assert_eq!(value.value, "“42”");
    }

    #[test]
    fn what_a_message_carries_is_drawn_inside_it() {
        let bytes = b"d\0\0\0\x16k\0\0\0\0\x01\x50\0\x28\0\x02\xf3\x5a\x31\xc4\x6e\x80\x01";
        let mut tree = Tree::new();
        let context = Context { copy: CopyContent::Logical, ..Context::new(Direction::Backend) };
        decode(&copy::COPY_DATA, bytes, context, &mut tree);
        let parts = filled(&copy::COPY_DATA, &tree, bytes);
        let reply = parts.iter().find(|part| part.id == "copydata.data.keepalive.reply").expect("it is there");
        assert_eq!((reply.depth, &*reply.value), (2, "1 yes"));
    }

    #[test]
    fn a_message_without_a_body_is_tag_and_length() {
        assert_eq!(layout(&extended_query::SYNC).len(), 2);
    }
}
