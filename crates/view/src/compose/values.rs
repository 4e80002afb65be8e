//! The values of a form: the least that fields can say, and what becomes of them when somebody says something.

use pgscope_proto::encode::Value;
use pgscope_proto::schema::{Choice, Code, Field, Head, Kind, Message, Show, Times, Unless, Width};

use super::{Change, is_computed};

/// The least that these fields can say.
pub(super) fn blanks(message: &'static Message, fields: &'static [Field]) -> Vec<Value> {
    fields.iter().filter(|field| !is_computed(field)).map(|field| blank(message, field)).collect()
}

fn blank(message: &'static Message, field: &'static Field) -> Value {
    match &field.kind {
        Kind::Int(_, Show::Version) => Value::Int(3 << 16),
        Kind::Code(_, codes, _) => Value::Int(
            head_code(message)
                .filter(|code| is_known(codes, *code))
                .unwrap_or_else(|| codes.first().map_or(0, |code| code.value)),
        ),
        Kind::Int(..) => Value::Int(head_code(message).filter(|_| field.id == "code").unwrap_or(0)),
        Kind::Fixed(count, _) => Value::Bytes(vec![0; *count]),
        Kind::Counted { .. } | Kind::UntilZero { .. } | Kind::Repeat(_) | Kind::Times(_) => Value::List(Vec::new()),
        Kind::Group(fields) | Kind::Unless(Unless { fields, .. }) => Value::List(blanks(message, fields)),
        Kind::Choice(choices) => choices.first().map_or(Value::Absent, |choice| chosen(message, choice)),
        Kind::When(..) => Value::Absent,
        Kind::Str | Kind::Rest(_) | Kind::Sized { .. } | Kind::Tag | Kind::Length | Kind::Following => {
            Value::Bytes(Vec::new())
        }
    }
}

fn chosen(message: &'static Message, choice: &'static Choice) -> Value {
    Value::Choice(choice.code.value as u8, blanks(message, choice.fields))
}

fn is_known(codes: &[Code], value: i64) -> bool {
    codes.iter().any(|code| code.value == value)
}

/// The code by which a message is told from others that begin alike.
fn head_code(message: &Message) -> Option<i64> {
    match message.head {
        Head::Authentication(_, code) | Head::Startup(code) => Some(i64::from(code)),
        Head::Reply(byte) => Some(i64::from(byte)),
        _ => None,
    }
}

/// Makes a change at a path.
pub(super) fn changed(
    message: &'static Message,
    fields: &'static [Field],
    values: &mut [Value],
    path: &[usize],
    change: Change,
) -> Result<(), String> {
    let [first, rest @ ..] = path else { return Ok(()) };
    let mut own = fields.iter().filter(|field| !is_computed(field));
    let found = own.nth(*first).zip(values.get_mut(*first));
    found.map_or(Ok(()), |(field, value)| changed_in(message, field, value, rest, change))
}

fn changed_in(
    message: &'static Message,
    field: &'static Field,
    value: &mut Value,
    path: &[usize],
    change: Change,
) -> Result<(), String> {
    let Some((first, rest)) = path.split_first() else { return set(message, field, value, change) };
    match (&field.kind, value) {
        (
            Kind::Counted { of, .. } | Kind::UntilZero { of, .. } | Kind::Repeat(of) | Kind::Times(Times { of, .. }),
            Value::List(entries),
        ) => {
            if rest.is_empty() && change == Change::Remove {
                if *first < entries.len() {
                    entries.remove(*first);
                }
                return Ok(());
            }
            entries.get_mut(*first).map_or(Ok(()), |entry| changed_in(message, of, entry, rest, change))
        }
        (Kind::Group(fields) | Kind::When(_, fields) | Kind::Unless(Unless { fields, .. }), Value::List(values)) => {
            changed(message, fields, values, path, change)
        }
        (Kind::Choice(choices), Value::Choice(letter, values)) => {
            let choice = choices.iter().find(|choice| choice.code.value == i64::from(*letter));
            choice.map_or(Ok(()), |choice| changed(message, choice.fields, values, path, change))
        }
        _ => Ok(()),
    }
}

/// Makes a change of a field itself.
fn set(message: &'static Message, field: &'static Field, value: &mut Value, change: Change) -> Result<(), String> {
    match (&field.kind, change) {
        (Kind::Int(width, _) | Kind::Code(width, ..), Change::Say(text)) => {
            *value = Value::Int(fitting(&text, *width)?)
        }
        (Kind::Str, Change::Say(text)) => {
            let bytes = spelled(&text)?;
            if bytes.contains(&0) {
                return Err("a zero byte ends this text: it cannot have one inside".to_owned());
            }
            *value = Value::Bytes(bytes);
        }
        (Kind::Fixed(count, _), Change::Say(text)) => {
            let bytes = spelled(&text)?;
            if bytes.len() > *count {
                return Err(format!("these are {} bytes: there is room for {count}", bytes.len()));
            }
            *value = Value::Bytes([bytes.as_slice(), &vec![0; count - bytes.len()]].concat());
        }
        (Kind::Rest(_) | Kind::Sized { .. }, Change::Say(text)) => *value = Value::Bytes(spelled(&text)?),
        (Kind::Sized { nullable: true, .. }, Change::Null(is_null)) => {
            *value = if is_null { Value::Null } else { Value::Bytes(Vec::new()) };
        }
        (
            Kind::Counted { of, .. } | Kind::UntilZero { of, .. } | Kind::Repeat(of) | Kind::Times(Times { of, .. }),
            Change::Add,
        ) => {
            if let Value::List(entries) = value {
                let blank = blank(message, of);
                entries.push(if matches!(field.kind, Kind::UntilZero { .. }) { begun(of, blank) } else { blank });
            }
        }
        (Kind::Choice(choices), Change::Say(text)) => {
            let wanted = number(&text)?;
            let choice = choices.iter().find(|choice| choice.code.value == wanted);
            *value = choice.map(|choice| chosen(message, choice)).ok_or("there is no such choice")?;
        }
        (Kind::When(_, fields) | Kind::Unless(Unless { fields, .. }), Change::Have(has)) => {
            *value = if has { Value::List(blanks(message, fields)) } else { Value::Absent };
        }
        _ => {}
    }
    Ok(())
}

/// An entry of a list that a zero byte ends must not begin with one: what is nothing gets a letter.
fn begun(of: &'static Field, blank: Value) -> Value {
    match (&of.kind, blank) {
        (Kind::Str, Value::Bytes(text)) if text.is_empty() => Value::from("x"),
        (Kind::Group(fields), Value::List(mut values)) => {
            let first = fields.iter().find(|field| !is_computed(field)).zip(values.first().cloned());
            if let (Some((field, value)), Some(place)) = (first, values.first_mut()) {
                *place = begun(field, value);
            }
            Value::List(values)
        }
        (_, blank) => blank,
    }
}

pub(super) fn number(text: &str) -> Result<i64, String> {
    let text = text.trim();
    let (sign, digits) = text.strip_prefix('-').map_or((1, text), |digits| (-1, digits));
    let read = match digits.strip_prefix("0x") {
        Some(hex) => i64::from_str_radix(hex, 16),
        None => digits.parse(),
    };
    read.map(|number: i64| sign * number).map_err(|_| format!("“{text}” is no number: digits, or 0x and hex digits"))
}

fn fitting(text: &str, width: Width) -> Result<i64, String> {
    let number = number(text)?;
    let bits = width.bytes() * 8;
    let fits = bits == 64 || (-(1_i64 << (bits - 1))..1_i64 << bits).contains(&number);
    if fits { Ok(number) } else { Err(format!("{number} does not fit into {} bytes", width.bytes())) }
}

/// Text as it is; behind `\x`, hex digits.
fn spelled(text: &str) -> Result<Vec<u8>, String> {
    let Some(hex) = text.strip_prefix("\\x") else { return Ok(text.as_bytes().to_vec()) };
    let digits: Vec<u32> = hex
        .chars()
        .filter(|letter| !letter.is_whitespace())
        .map(|letter| {
            letter.to_digit(16).ok_or_else(|| format!("“{letter}” is no hex digit: behind \\x stand only those"))
        })
        .collect::<Result<_, _>>()?;
    let pairs = digits.chunks_exact(2);
    match pairs.remainder() {
        [] => Ok(pairs.map(|pair| pair.iter().fold(0, |byte, digit| byte << 4 | *digit) as u8).collect()),
        _ => Err("half a byte: each has two hex digits".to_owned()),
    }
}
