//! From values to bytes: the second walker over the table.
//!
//! Values are given for the fields in the order of the table; tag and lengths are filled in. So
//! `encode(decode(b)) = b` for every clean `b`, and `decode(encode(x)) = x`.

use crate::cursor::{signed, unsigned};
use crate::schema::*;
use crate::tree::{Node, Tree, code_value};

/// The value of a field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// An integer or a code.
    Int(i64),
    /// Text without its zero byte, or bytes.
    Bytes(Vec<u8>),
    /// NULL.
    Null,
    /// The entries of a list, or the fields of a group.
    List(Vec<Value>),
    /// The letter of a choice and the values of its fields.
    Choice(u8, Vec<Value>),
    /// A field that is not there, of those that need not be.
    Absent,
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Value::Bytes(text.as_bytes().to_vec())
    }
}

/// Why values cannot be written as a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EncodeError {
    /// The field needs another kind of value.
    Mismatch(&'static str),
    /// The value does not fit into the field: too large an integer, a zero byte in a text, too long a list.
    DoesNotFit(&'static str),
    /// There are fewer or more values than fields.
    Count(&'static str),
}

impl std::fmt::Display for EncodeError {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            EncodeError::Mismatch(field) => write!(formatter, "{field} needs another kind of value"),
            EncodeError::DoesNotFit(field) => write!(formatter, "the value does not fit into {field}"),
            EncodeError::Count(field) => write!(formatter, "{field} has another number of fields"),
        }
    }
}

impl std::error::Error for EncodeError {}

/// Writes `message` with these values behind what is in `out`.
///
/// `values` has one entry for each field of the table but tag and lengths.
pub fn encode(message: &'static Message, values: &[Value], out: &mut Vec<u8>) -> Result<(), EncodeError> {
    let start = out.len();
    let written = Writer { message, out }.message(values);
    if written.is_err() {
        out.truncate(start);
    }
    written
}

struct Writer<'a> {
    message: &'static Message,
    out: &'a mut Vec<u8>,
}

impl Writer<'_> {
    fn message(&mut self, values: &[Value]) -> Result<(), EncodeError> {
        let start = self.out.len();
        self.fields(self.message.field.name, self.message.fields, values)?;
        self.patch_length(start)
    }

    fn patch_length(&mut self, start: usize) -> Result<(), EncodeError> {
        let mut at = start;
        for field in self.message.fields {
            let uncounted = match field.kind {
                Kind::Tag => 1,
                Kind::Length => at,
                Kind::Following => at + 4,
                _ => return Ok(()),
            };
            if matches!(field.kind, Kind::Tag) {
                at += 1;
                continue;
            }
            let length = u32::try_from(self.out.len() - uncounted).map_err(|_| EncodeError::DoesNotFit(field.name))?;
            if let Some(word) = self.out.get_mut(at..at + 4) {
                word.copy_from_slice(&length.to_be_bytes());
            }
            return Ok(());
        }
        Ok(())
    }

    fn fields(&mut self, name: &'static str, fields: &'static [Field], values: &[Value]) -> Result<(), EncodeError> {
        let mut values = values.iter();
        for field in fields {
            if is_computed(field) {
                self.computed(field);
            } else {
                self.field(field, values.next().ok_or(EncodeError::Count(name))?)?;
            }
        }
        if values.next().is_some() { Err(EncodeError::Count(name)) } else { Ok(()) }
    }

    fn computed(&mut self, field: &'static Field) {
        match field.kind {
            Kind::Tag => self.out.push(self.message.tag().unwrap_or(b'E')),
            _ => self.out.extend_from_slice(&[0; 4]),
        }
    }

    fn field(&mut self, field: &'static Field, value: &Value) -> Result<(), EncodeError> {
        match (&field.kind, value) {
            (Kind::Int(width, _) | Kind::Code(width, ..), Value::Int(number)) => self.int(field, *width, *number),
            (Kind::Str, Value::Bytes(text)) => self.string(field, text),
            (Kind::Fixed(count, inside), Value::Bytes(bytes)) => self.fixed(field, *count, *inside, bytes),
            (Kind::Rest(_), Value::Bytes(bytes)) => {
                self.out.extend_from_slice(bytes);
                Ok(())
            }
            (Kind::Sized { nullable: true, .. }, Value::Null) => {
                self.out.extend_from_slice(&(-1i32).to_be_bytes());
                Ok(())
            }
            (Kind::Sized { .. }, Value::Bytes(bytes)) => {
                let length = i32::try_from(bytes.len()).map_err(|_| EncodeError::DoesNotFit(field.name))?;
                self.out.extend_from_slice(&length.to_be_bytes());
                self.out.extend_from_slice(bytes);
                Ok(())
            }
            (Kind::Counted { count, of }, Value::List(entries)) => self.counted(count, of, entries),
            (Kind::UntilZero { of, .. }, Value::List(entries)) => {
                entries.iter().try_for_each(|entry| self.field_not_zero(of, entry))?;
                self.out.push(0);
                Ok(())
            }
            (Kind::Repeat(of) | Kind::Times(Times { of, .. }), Value::List(entries)) => {
                entries.iter().try_for_each(|entry| self.field(of, entry))
            }
            (Kind::Group(fields), Value::List(values)) => self.fields(field.name, fields, values),
            (Kind::Choice(choices), Value::Choice(letter, values)) => self.choice(field, choices, *letter, values),
            (Kind::When(..) | Kind::Unless(_), Value::Absent) => Ok(()),
            (Kind::When(_, fields) | Kind::Unless(Unless { fields, .. }), Value::List(values)) => {
                self.fields(field.name, fields, values)
            }
            _ => Err(EncodeError::Mismatch(field.name)),
        }
    }

    fn int(&mut self, field: &'static Field, width: Width, number: i64) -> Result<(), EncodeError> {
        let bytes = number.to_be_bytes();
        let kept = bytes.get(8 - width.bytes()..).unwrap_or_default();
        if signed(kept) != number && unsigned(kept) as i64 != number {
            return Err(EncodeError::DoesNotFit(field.name));
        }
        self.out.extend_from_slice(kept);
        Ok(())
    }

    fn string(&mut self, field: &'static Field, text: &[u8]) -> Result<(), EncodeError> {
        if text.contains(&0) {
            return Err(EncodeError::DoesNotFit(field.name));
        }
        self.out.extend_from_slice(text);
        self.out.push(0);
        Ok(())
    }

    fn fixed(&mut self, field: &'static Field, count: usize, inside: Inside, bytes: &[u8]) -> Result<(), EncodeError> {
        let may_pad = matches!(inside, Inside::PaddedText);
        if bytes.len() > count || (bytes.len() < count && !may_pad) {
            return Err(EncodeError::DoesNotFit(field.name));
        }
        self.out.extend_from_slice(bytes);
        self.out.resize(self.out.len() + count - bytes.len(), 0);
        Ok(())
    }

    fn counted(&mut self, count: &'static Field, of: &'static Field, entries: &[Value]) -> Result<(), EncodeError> {
        let Kind::Int(width, _) = count.kind else { return Err(EncodeError::Mismatch(count.name)) };
        self.int(count, width, entries.len() as i64)?;
        entries.iter().try_for_each(|entry| self.field(of, entry))
    }

    /// An entry of a list that a zero byte ends must not begin with one.
    fn field_not_zero(&mut self, of: &'static Field, entry: &Value) -> Result<(), EncodeError> {
        let start = self.out.len();
        self.field(of, entry)?;
        if self.out.get(start) == Some(&0) { Err(EncodeError::DoesNotFit(of.name)) } else { Ok(()) }
    }

    fn choice(
        &mut self,
        field: &'static Field,
        choices: &'static [Choice],
        letter: u8,
        values: &[Value],
    ) -> Result<(), EncodeError> {
        let choice = choices
            .iter()
            .find(|choice| choice.code.value == i64::from(letter))
            .ok_or(EncodeError::DoesNotFit(field.name))?;
        self.out.push(letter);
        self.fields(field.name, choice.fields, values)
    }
}

fn is_computed(field: &Field) -> bool {
    matches!(field.kind, Kind::Tag | Kind::Length | Kind::Following)
}

/// The values of a decoded message without problems: what [`encode()`] needs to write it again.
pub fn values(message: &'static Message, tree: &Tree, bytes: &[u8]) -> Option<Vec<Value>> {
    let mut reader = Reader { tree, bytes, at: 1 };
    let values = reader.fields(message.fields, 1)?;
    (reader.at == tree.nodes.len()).then_some(values)
}

struct Reader<'a> {
    tree: &'a Tree,
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Reader<'a> {
    fn peek(&self, field: &'static Field, depth: u8) -> Option<&'a Node> {
        let node = self.tree.nodes.get(self.at)?;
        (node.depth == depth && std::ptr::eq(node.field, field)).then_some(node)
    }

    fn next(&mut self, field: &'static Field, depth: u8) -> Option<&'a Node> {
        let node = self.peek(field, depth)?;
        self.at += 1;
        Some(node)
    }

    fn bytes_of(&self, node: &Node) -> &'a [u8] {
        node.span().of(self.bytes)
    }

    fn skip_children(&mut self, depth: u8) {
        while self.tree.nodes.get(self.at).is_some_and(|node| node.depth > depth) {
            self.at += 1;
        }
    }

    fn fields(&mut self, fields: &'static [Field], depth: u8) -> Option<Vec<Value>> {
        let mut values = Vec::new();
        for field in fields {
            if is_computed(field) {
                self.next(field, depth)?;
            } else {
                values.push(self.field(field, depth)?);
            }
        }
        Some(values)
    }

    fn field(&mut self, field: &'static Field, depth: u8) -> Option<Value> {
        if let Kind::When(_, fields) | Kind::Unless(Unless { fields, .. }) = &field.kind {
            return match self.next(field, depth) {
                Some(_) => self.fields(fields, depth + 1).map(Value::List),
                None => Some(Value::Absent),
            };
        }
        let node = self.next(field, depth)?;
        let bytes = self.bytes_of(node);
        Some(match &field.kind {
            Kind::Int(_, Show::Signed) => Value::Int(signed(bytes)),
            Kind::Int(..) => Value::Int(unsigned(bytes) as i64),
            Kind::Code(..) => Value::Int(code_value(bytes)),
            Kind::Str => Value::Bytes(bytes.strip_suffix(b"\0")?.to_vec()),
            Kind::Fixed(..) => Value::Bytes(bytes.to_vec()),
            Kind::Rest(_) => {
                self.skip_children(depth);
                Value::Bytes(bytes.to_vec())
            }
            Kind::Sized { length, .. } => {
                let word = self.next(length, depth + 1)?;
                self.skip_children(depth);
                let is_null = word.end == node.end && signed(self.bytes_of(word)) == -1;
                if is_null { Value::Null } else { Value::Bytes(bytes.get(4..)?.to_vec()) }
            }
            Kind::Counted { count, of } => {
                self.next(count, depth + 1)?;
                self.entries(of, depth + 1)?
            }
            Kind::UntilZero { of, end } => {
                let entries = self.entries(of, depth + 1)?;
                self.next(end, depth + 1)?;
                entries
            }
            Kind::Repeat(of) | Kind::Times(Times { of, .. }) => self.entries(of, depth + 1)?,
            Kind::Group(fields) => Value::List(self.fields(fields, depth + 1)?),
            Kind::Choice(choices) => self.choice(choices, node, depth)?,
            Kind::Tag | Kind::Length | Kind::Following | Kind::When(..) | Kind::Unless(_) => return None,
        })
    }

    fn entries(&mut self, of: &'static Field, depth: u8) -> Option<Value> {
        let mut entries = Vec::new();
        while self.peek(of, depth).is_some() {
            entries.push(self.field(of, depth)?);
        }
        Some(Value::List(entries))
    }

    fn choice(&mut self, choices: &'static [Choice], node: &Node, depth: u8) -> Option<Value> {
        let letter = *self.bytes_of(node).first()?;
        let choice = choices.iter().find(|choice| choice.code.value == i64::from(letter))?;
        if choice.fields.is_empty() {
            return Some(Value::Choice(letter, Vec::new()));
        }
        self.at += 1;
        Some(Value::Choice(letter, self.fields(choice.fields, depth + 1)?))
    }
}
