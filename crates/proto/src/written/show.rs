//! A message's bytes as the line that writes them.

use super::word;
use crate::encode::{Value, values};
use crate::schema::{Code, Field, Kind, Message, Show};
use crate::{Context, Direction, Tree, decode};

/// The line that writes this message again; None if it has problems.
///
/// ```
/// use pgscope_proto::{Direction, messages, written::show};
/// assert_eq!(show(&messages::simple_query::QUERY, b"Q\0\0\0\x0dSELECT 1\0").unwrap(), "Query query=\"SELECT 1\"");
/// ```
pub fn show(message: &'static Message, bytes: &[u8]) -> Option<String> {
    let direction = if message.sender.allows(Direction::Backend) { Direction::Backend } else { Direction::Frontend };
    let mut tree = Tree::new();
    decode(message, bytes, Context::new(direction), &mut tree);
    let values = values(message, &tree, bytes).filter(|_| tree.problems.is_empty())?;
    let fields = fields(message.fields, &values);
    Some(format!("{} {fields}", word(&message.field)).trim_end().to_owned())
}

fn fields(fields: &'static [Field], values: &[Value]) -> String {
    let given = fields.iter().filter(|field| !matches!(field.kind, Kind::Tag | Kind::Length | Kind::Following));
    let one = |(field, given): (&'static Field, &Value)| match given {
        Value::Absent => None,
        _ => Some(format!("{}={}", word(field), value(field, given))),
    };
    given.zip(values).filter_map(one).collect::<Vec<_>>().join(" ")
}

fn value(field: &'static Field, given: &Value) -> String {
    match (&field.kind, given) {
        (Kind::Code(_, codes, _), Value::Int(number)) => code(codes, *number),
        (Kind::Int(_, Show::Version), Value::Int(number)) => format!("{}.{}", number >> 16, number & 0xffff),
        (Kind::Int(_, Show::Lsn), Value::Int(number)) => {
            format!("{:X}/{:X}", (*number as u64) >> 32, *number as u64 & 0xffff_ffff)
        }
        (_, Value::Int(number)) => number.to_string(),
        (_, Value::Bytes(bytes)) => text(bytes),
        (_, Value::Null) => "NULL".to_owned(),
        (Kind::Counted { of, .. } | Kind::UntilZero { of, .. } | Kind::Repeat(of), Value::List(entries)) => {
            let entries: Vec<String> = entries.iter().map(|entry| value(of, entry)).collect();
            format!("[{}]", entries.join(" "))
        }
        (Kind::Group(inside) | Kind::When(_, inside), Value::List(values)) => format!("({})", fields(inside, values)),
        (Kind::Choice(choices), Value::Choice(letter, values)) => {
            let chosen = choices.iter().find(|choice| choice.code.value == i64::from(*letter));
            chosen.map_or(String::new(), |choice| match choice.fields {
                [] => code_name(&choice.code),
                inside => format!("{}({})", code_name(&choice.code), fields(inside, values)),
            })
        }
        _ => String::new(),
    }
}

fn code_name(code: &Code) -> String {
    code.name.split(|letter: char| !letter.is_ascii_alphanumeric()).collect::<Vec<_>>().join("_")
}

fn code(codes: &[Code], number: i64) -> String {
    let known = codes.iter().find(|code| code.value == number);
    known.map_or_else(|| number.to_string(), code_name)
}

/// In quotes if it is text, in digits if not.
fn text(bytes: &[u8]) -> String {
    let is_text = |text: &&str| !text.chars().any(|letter| letter.is_control() && !"\n\t\r".contains(letter));
    let Some(text) = std::str::from_utf8(bytes).ok().filter(is_text) else {
        return bytes.iter().fold("\\x".to_owned(), |digits, byte| format!("{digits}{byte:02x}"));
    };
    let escaped = text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n").replace('\t', "\\t");
    format!("\"{}\"", escaped.replace('\r', "\\r"))
}
