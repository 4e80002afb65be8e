//! From what a person wrote to the values that a message needs.

use super::parse::{Given, Item, Word};
use super::{Made, is_named, plain, word, wrong};
use crate::Span;
use crate::encode::{Value, encode};
use crate::messages::ALL;
use crate::schema::{Code, Field, Head, Kind, Message, Show, Width};

/// The values of a message's fields.
pub(super) fn values(message: &'static Message, given: &[Given], whole: Span) -> Made<Vec<Value>> {
    let implied = match message.head {
        Head::Authentication(_, code) | Head::Startup(code) => Some(code),
        _ => None,
    };
    arrange(&word(&message.field), message.fields, given, whole, implied)
}

/// Puts what was given in the order of the fields. Without a name it goes to the next field that has nothing yet. A code
/// that tells the message from others is implied.
fn arrange(
    name: &str,
    fields: &'static [Field],
    given: &[Given],
    whole: Span,
    implied: Option<u32>,
) -> Made<Vec<Value>> {
    let fields: Vec<&'static Field> = fields.iter().filter(|field| !is_computed(field)).collect();
    let is_code = |field: &Field| {
        matches!(field.kind, Kind::Int(Width::Four, Show::Version | Show::Request) | Kind::Code(Width::Four, ..))
    };
    let implied = implied.filter(|_| fields.first().is_some_and(|field| is_code(field)));
    let mut values: Vec<Option<Value>> = fields.iter().map(|_| None).collect();
    for one in given {
        let at = match &one.name {
            Some(named) => named_field(name, &fields, named)?,
            None => next_field(name, &fields, &values, implied, one)?,
        };
        let (Some(field), Some(slot)) = (fields.get(at), values.get_mut(at)) else { continue };
        if slot.is_some() {
            return wrong(one.item.span(), format!("{} was given already", word(field)));
        }
        *slot = Some(value(field, &one.item)?);
    }
    let first = implied.map(|code| Value::Int(i64::from(code)));
    let or_empty = |(at, (field, value)): (usize, (&&'static Field, Option<Value>))| match (value, &first) {
        (Some(value), _) => Ok(value),
        (None, Some(first)) if at == 0 => Ok(first.clone()),
        _ => empty(name, field, whole),
    };
    fields.iter().zip(values).enumerate().map(or_empty).collect()
}

fn is_computed(field: &Field) -> bool {
    matches!(field.kind, Kind::Tag | Kind::Length | Kind::Following)
}

fn known(fields: &[&'static Field]) -> String {
    match fields {
        [] => "it has none".to_owned(),
        _ => format!("it has {}", fields.iter().map(|field| word(field)).collect::<Vec<_>>().join(", ")),
    }
}

fn named_field(name: &str, fields: &[&'static Field], named: &Word) -> Made<usize> {
    match fields.iter().position(|field| is_named(field, &named.text)) {
        Some(at) => Ok(at),
        None => wrong(named.span, format!("{name} has no field {}: {}", named.text, known(fields))),
    }
}

/// The first field that has nothing yet. A code that is implied needs its name, but for a version such as 3.2.
fn next_field(
    name: &str,
    fields: &[&'static Field],
    values: &[Option<Value>],
    implied: Option<u32>,
    one: &Given,
) -> Made<usize> {
    let is_version = matches!(fields.first(), Some(Field { kind: Kind::Int(_, Show::Version), .. }))
        && matches!(&one.item, Item::Word(word) if word.text.contains('.'));
    let from = usize::from(implied.is_some() && !is_version);
    let is_free = |(at, slot): &(usize, &Option<Value>)| *at >= from && slot.is_none();
    match values.iter().enumerate().find(is_free) {
        Some((at, _)) => Ok(at),
        None => {
            let hint = if matches!(one.item, Item::Word(_)) { "; a text with spaces stands in \"quotes\"" } else { "" };
            wrong(one.item.span(), format!("{name} takes no more: {}{hint}", known(fields)))
        }
    }
}

/// What a field holds that was not given.
fn empty(name: &str, field: &'static Field, whole: Span) -> Made<Value> {
    Ok(match &field.kind {
        Kind::Int(..) => Value::Int(0),
        Kind::Str | Kind::Rest(_) | Kind::Sized { .. } => Value::Bytes(Vec::new()),
        Kind::Fixed(count, _) => Value::Bytes(vec![0; *count]),
        Kind::Counted { .. } | Kind::UntilZero { .. } | Kind::Repeat(_) => Value::List(Vec::new()),
        Kind::When(..) => Value::Absent,
        Kind::Group(fields) => Value::List(arrange(&word(field), fields, &[], whole, None)?),
        Kind::Code(_, codes, _) if codes.iter().any(|code| code.value == 0) => Value::Int(0),
        _ => return wrong(whole, format!("{name} needs {}: {}", word(field), expected(field))),
    })
}

/// What a person can write for a field.
pub(super) fn expected(field: &Field) -> String {
    let names = |codes: &[Code]| codes.iter().map(|code| plain(code.name)).collect::<Vec<_>>().join(", ");
    match &field.kind {
        Kind::Code(_, codes, _) => format!("one of {}, or a number", names(codes)),
        Kind::Int(_, Show::Version) => "a version such as 3.0".to_owned(),
        Kind::Int(_, Show::Lsn) => "a position such as 0/16B3748".to_owned(),
        Kind::Int(..) => "a number".to_owned(),
        Kind::Sized { nullable: true, .. } => "a \"text\", bytes such as \\x0007, or NULL".to_owned(),
        Kind::Counted { .. } | Kind::UntilZero { .. } | Kind::Repeat(_) => "a list in [brackets]".to_owned(),
        Kind::Group(_) | Kind::When(..) => "its fields in (parentheses)".to_owned(),
        Kind::Choice(choices) => {
            let names: Vec<String> = choices.iter().map(|choice| format!("{}(…)", plain(choice.code.name))).collect();
            format!("one of {}", names.join(", "))
        }
        _ => "a \"text\", or bytes such as \\x0007".to_owned(),
    }
}

fn mismatch<T>(field: &Field, item: &Item) -> Made<T> {
    wrong(item.span(), format!("{} needs {}", word(field), expected(field)))
}

fn value(field: &'static Field, item: &Item) -> Made<Value> {
    let list = |of: &'static Field, given: &[Given]| {
        let entry = |one: &Given| match &one.name {
            Some(named) => wrong(named.span, format!("the entries of {} have no names", word(field))),
            None => value(of, &one.item),
        };
        given.iter().map(entry).collect::<Made<Vec<_>>>().map(Value::List)
    };
    match (&field.kind, item) {
        (Kind::Int(_, show), Item::Word(word)) => match number(*show, &word.text) {
            Some(number) => Ok(Value::Int(number)),
            None => mismatch(field, item),
        },
        (Kind::Code(_, codes, _), Item::Word(word)) => match code(codes, &word.text) {
            Some(code) => Ok(Value::Int(code)),
            None => mismatch(field, item),
        },
        (Kind::Code(Width::One, ..), Item::Bytes(bytes, _)) if bytes.len() == 1 => {
            Ok(Value::Int(bytes.iter().map(|byte| i64::from(*byte)).sum()))
        }
        (Kind::Sized { nullable: true, .. }, Item::Word(word)) if word.text.eq_ignore_ascii_case("null") => {
            Ok(Value::Null)
        }
        (Kind::Str | Kind::Fixed(..) | Kind::Rest(_) | Kind::Sized { .. }, _) => bytes(field, item),
        (Kind::Counted { of, .. } | Kind::UntilZero { of, .. } | Kind::Repeat(of), Item::List(given, _)) => {
            list(of, given)
        }
        (Kind::Group(fields) | Kind::When(_, fields), Item::Group(given, span)) => {
            arrange(&word(field), fields, given, *span, None).map(Value::List)
        }
        (Kind::Choice(choices), Item::Word(_) | Item::Choice(..)) => {
            let (chosen, given) = match item {
                Item::Choice(chosen, given, _) => (chosen, given.as_slice()),
                Item::Word(chosen) => (chosen, [].as_slice()),
                _ => return mismatch(field, item),
            };
            let is_it = |code: &Code| is_code(code, &chosen.text);
            match choices.iter().find(|choice| is_it(&choice.code)) {
                Some(choice) => {
                    let values = arrange(choice.code.name, choice.fields, given, item.span(), None)?;
                    Ok(Value::Choice(choice.code.value as u8, values))
                }
                None => mismatch(field, item),
            }
        }
        _ => mismatch(field, item),
    }
}

/// Text, bytes, or a message that travels inside.
fn bytes(field: &'static Field, item: &Item) -> Made<Value> {
    match item {
        Item::Word(word) => Ok(Value::Bytes(word.text.as_bytes().to_vec())),
        Item::Bytes(bytes, _) => Ok(Value::Bytes(bytes.clone())),
        Item::Choice(name, given, span) if matches!(field.kind, Kind::Rest(_)) => {
            let is_inside = |message: &&&'static Message| {
                matches!(message.head, Head::Inner(..) | Head::Structure(_)) && is_named(&message.field, &name.text)
            };
            let Some(message) = ALL.iter().find(is_inside) else {
                return wrong(name.span, format!("no message inside CopyData is called {}", name.text));
            };
            let mut inside = Vec::new();
            match encode(message, &values(message, given, *span)?, &mut inside) {
                Ok(()) => Ok(Value::Bytes(inside)),
                Err(error) => wrong(*span, error.to_string()),
            }
        }
        _ => mismatch(field, item),
    }
}

fn is_code(code: &Code, text: &str) -> bool {
    let is_letter = matches!(text.as_bytes(), [letter] if i64::from(*letter) == code.value);
    is_letter || plain(code.name) == plain(text)
}

fn code(codes: &[Code], text: &str) -> Option<i64> {
    let found = codes.iter().find(|code| is_code(code, text)).map(|code| code.value);
    let letter = match text.as_bytes() {
        [letter] if letter.is_ascii_alphabetic() => Some(i64::from(*letter)),
        _ => None,
    };
    found.or(letter).or_else(|| number(Show::Signed, text))
}

fn number(show: Show, text: &str) -> Option<i64> {
    let halves = |separator, shift: u32, radix| {
        let (high, low) = text.split_once(separator)?;
        let low = u64::from_str_radix(low, radix).ok().filter(|low| low >> shift == 0)?;
        let high = u64::from_str_radix(high, radix).ok().filter(|high| high >> shift == 0)?;
        Some(((high << shift) | low) as i64)
    };
    match (show, text.strip_prefix("0x")) {
        (_, Some(digits)) => u64::from_str_radix(digits, 16).ok().map(|number| number as i64),
        (Show::Version, _) if text.contains('.') => halves('.', 16, 10),
        (Show::Lsn, _) if text.contains('/') => halves('/', 32, 16),
        _ => text.parse().ok(),
    }
}
