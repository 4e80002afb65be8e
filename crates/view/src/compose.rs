//! A message as a form: what its description in the table asks for, field by field, with its bytes as one fills it in.
//!
//! Types, lengths and counts are computed, unless somebody says them otherwise: a message can be made that is wrong on purpose.

use pgscope_proto::encode::{EncodeError, Value, encode, values};
use pgscope_proto::schema::{Choice, Code, Field, Head, Kind, Message, Show, Times, Unless, Width};
use pgscope_proto::{Context, Direction, Tree, decode, messages};
use serde::{Deserialize, Serialize};

use crate::engine::Words;
use crate::says::{Decoded, says};

/// A message that somebody makes.
#[derive(Clone, Debug)]
pub struct Draft {
    message: &'static Message,
    values: Vec<Value>,
    /// What is said in the place of something that is computed: by its place in the form.
    said: Vec<(String, i64)>,
}

/// A message as a form.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Form {
    /// Its name.
    pub name: Words,
    /// `frontend` or `backend`: who says it.
    pub direction: Words,
    /// The chapter whose docs tell what its fields mean.
    pub chapter: Words,
    /// Its fields in the order of its bytes.
    pub rows: Vec<Row>,
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// What it says, in a line.
    pub says: String,
    /// What is wrong with it.
    pub problems: Vec<String>,
}

/// A field of it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Row {
    /// Which it is: numbers with dots between them; of what is computed, behind its parent's, its id.
    pub place: String,
    /// In how many others it lies.
    pub depth: usize,
    /// What a person calls it.
    pub name: String,
    /// Whether it is an entry of a list.
    pub is_entry: bool,
    /// The name of its doc.
    pub doc_name: String,
    /// What can be said of it.
    pub ask: Ask,
    /// What it is.
    pub value: String,
    /// Its first byte.
    pub start: usize,
    /// One past its last.
    pub end: usize,
}

/// What can be said of a field.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Ask {
    /// Nothing.
    #[default]
    Nothing,
    /// It is computed; a number overrides that, and nothing takes that back. Whether it was.
    Computed(bool),
    /// A number.
    Number,
    /// One of these values, or a number.
    Code(Vec<(String, String)>),
    /// Text without a zero byte.
    Text,
    /// Bytes: text, or behind `\x` hex.
    Bytes {
        /// Whether it may be NULL.
        nullable: bool,
        /// Whether it is.
        is_null: bool,
    },
    /// A list, to which an entry can be added.
    List,
    /// One of these, and with it what follows.
    Choice(Vec<(String, String)>),
    /// Fields that may be there or not; whether they are.
    Optional(bool),
}

/// A change of a form.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Change {
    /// The field says this.
    Say(String),
    /// NULL, or a value again.
    Null(bool),
    /// One more entry of a list, at its end.
    Add,
    /// The entry goes.
    Remove,
    /// Fields are there, or are not.
    Have(bool),
}

/// The messages that can be made, by chapter, each with who may say it.
pub fn known() -> impl Iterator<Item = &'static Message> {
    let is_whole = |message: &Message| {
        !matches!(message.head, Head::Inner(..) | Head::Structure(_) | Head::Any)
            && !message.fields.iter().any(|field| matches!(field.kind, Kind::When(..)) && message.tag().is_none())
    };
    messages::ALL.iter().copied().filter(move |message| is_whole(message))
}

impl Draft {
    /// A message of this name, with nothing in it that need not be.
    pub fn new(name: &str) -> Option<Self> {
        let message = messages::by_name(name)?;
        let values = blanks(message, message.fields);
        Some(Self { message, values, said: Vec::new() })
    }

    /// A message that was read; nothing if it is not whole and sound.
    pub fn of(message: &'static Message, tree: &Tree, bytes: &[u8]) -> Option<Self> {
        let values = values(message, tree, bytes)?;
        let draft = Self { message, values, said: Vec::new() };
        (draft.bytes().is_ok_and(|written| written == bytes)).then_some(draft)
    }

    /// Changes a field.
    ///
    /// # Errors
    ///
    /// What is wrong with the change, as a person is told. Nothing is changed then.
    pub fn change(&mut self, place: &str, change: Change) -> Result<(), String> {
        let mut next = self.clone();
        if place.split('.').any(|step| step.parse::<usize>().is_err()) {
            next.override_computed(place, change)?;
        } else {
            let path: Vec<usize> = place.split('.').map_while(|step| step.parse().ok()).collect();
            changed(self.message, self.message.fields, &mut next.values, &path, change)?;
        }
        next.bytes().map_err(|error| error.to_string())?;
        *self = next;
        Ok(())
    }

    fn override_computed(&mut self, place: &str, change: Change) -> Result<(), String> {
        let Change::Say(text) = change else { return Ok(()) };
        self.said.retain(|(known, _)| known != place);
        if !text.trim().is_empty() {
            self.said.push((place.to_owned(), number(&text)?));
        }
        Ok(())
    }

    /// Its bytes, with what is computed.
    fn bytes(&self) -> Result<Vec<u8>, EncodeError> {
        let mut bytes = Vec::new();
        encode(self.message, &self.values, &mut bytes)?;
        Ok(bytes)
    }

    fn direction(&self) -> Direction {
        if self.message.sender.allows(Direction::Frontend) { Direction::Frontend } else { Direction::Backend }
    }

    /// The form. `direction` says who says what both ends may say.
    pub fn form(&self, direction: Direction) -> Form {
        let direction = if self.message.sender.allows(direction) { direction } else { self.direction() };
        let mut bytes = self.bytes().unwrap_or_default();
        let mut tree = Tree::new();
        decode(self.message, &bytes, Context::new(direction), &mut tree);
        let mut rows = Rows { draft: self, tree: &tree, bytes: &bytes, at: 1, rows: Vec::new() };
        rows.fields(self.message.fields, &self.values, "");
        let rows = rows.rows;
        let mut problems = Vec::new();
        for row in &rows {
            let said = self.said.iter().find(|(place, _)| *place == row.place);
            if let (Some((_, number)), Some(place)) = (said, bytes.get_mut(row.start..row.end)) {
                let computed = unsigned(place);
                let word = number.to_be_bytes();
                place.copy_from_slice(word.get(8 - place.len()..).unwrap_or(&word));
                if unsigned(place) != computed {
                    problems.push(format!("{} says {number}: {computed} is right", row.name));
                }
            }
        }
        decode(self.message, &bytes, Context::new(direction), &mut tree);
        Form {
            name: self.message.name().into(),
            direction: if direction == Direction::Frontend { "frontend" } else { "backend" }.into(),
            chapter: self.message.chapter.id().into(),
            says: says(Decoded { message: self.message, tree: &tree, bytes: &bytes, typed: &[] }),
            problems: problems
                .into_iter()
                .chain(tree.problems.iter().map(|problem| problem.message.to_string()))
                .collect(),
            rows,
            bytes,
        }
    }
}

/// The least that these fields can say.
fn blanks(message: &'static Message, fields: &'static [Field]) -> Vec<Value> {
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

fn is_computed(field: &Field) -> bool {
    matches!(field.kind, Kind::Tag | Kind::Length | Kind::Following)
}

/// Makes a change at a path.
fn changed(
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

fn unsigned(bytes: &[u8]) -> i64 {
    bytes.iter().fold(0, |number, byte| number << 8 | i64::from(*byte))
}

fn number(text: &str) -> Result<i64, String> {
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

/// Bytes as they are spelled in a form.
fn spelling(bytes: &[u8]) -> String {
    match std::str::from_utf8(bytes) {
        Ok(text) if !text.starts_with("\\x") && !text.chars().any(|letter| letter.is_control() && letter != '\n') => {
            text.to_owned()
        }
        _ => bytes.iter().fold("\\x".to_owned(), |out, byte| out + &format!("{byte:02x}")),
    }
}

/// Walks the table, the values and the tree of what they were written as.
struct Rows<'a> {
    draft: &'a Draft,
    tree: &'a Tree,
    bytes: &'a [u8],
    at: usize,
    rows: Vec<Row>,
}

impl Rows<'_> {
    fn fields(&mut self, fields: &'static [Field], values: &[Value], parent: &str) {
        let mut values = values.iter().enumerate();
        for field in fields {
            if is_computed(field) {
                self.computed(field, parent);
            } else if let Some((nth, value)) = values.next() {
                self.field(field, value, &joined(parent, nth));
            }
        }
    }

    /// The row of the node that comes next.
    fn row(&mut self, field: &'static Field, place: String, ask: Ask, value: String) {
        let Some(node) = self.tree.nodes.get(self.at) else { return };
        let (span, depth) = (node.span(), usize::from(node.depth.saturating_sub(1)));
        let name = match node.ordinal {
            Some(ordinal) => format!("{} {}", field.name, ordinal + 1),
            None => field.name.to_owned(),
        };
        let doc_name = self.tree.path(self.at);
        let is_entry = node.ordinal.is_some();
        self.rows.push(Row { place, depth, name, is_entry, doc_name, ask, value, start: span.start, end: span.end });
        self.at += 1;
    }

    /// Type, length or count: what it is computed to be, or what is said in its place.
    fn computed(&mut self, field: &'static Field, parent: &str) {
        let place = joined(parent, field.id);
        let Some(node) = self.tree.nodes.get(self.at) else { return };
        let own = node.span().of(self.bytes);
        let said = self.draft.said.iter().find(|(known, _)| *known == place).map(|(_, number)| *number);
        let computed = match &field.kind {
            Kind::Int(_, Show::Signed) => own.first().map_or(0, |first| {
                // NULL has the length -1.
                let is_negative = first & 0x80 != 0;
                unsigned(own) - if is_negative { 1 << (own.len() * 8) } else { 0 }
            }),
            _ => unsigned(own),
        };
        let value = match (&field.kind, said) {
            (Kind::Tag, None) => char::from(own.first().copied().unwrap_or_default()).to_string(),
            (_, said) => said.unwrap_or(computed).to_string(),
        };
        let ask = if matches!(field.kind, Kind::Tag) { Ask::Nothing } else { Ask::Computed(said.is_some()) };
        self.row(field, place, ask, value);
    }

    fn field(&mut self, field: &'static Field, value: &Value, place: &str) {
        let own = place.to_owned();
        match (&field.kind, value) {
            (Kind::Int(..), Value::Int(number)) => self.row(field, own, Ask::Number, number.to_string()),
            (Kind::Code(_, codes, _), Value::Int(number)) => {
                self.row(field, own, Ask::Code(named(codes.iter())), number.to_string());
            }
            (Kind::Str, Value::Bytes(text)) => self.row(field, own, Ask::Text, spelling(text)),
            (Kind::Fixed(..), Value::Bytes(bytes)) => {
                self.row(field, own, Ask::Bytes { nullable: false, is_null: false }, spelling(bytes));
            }
            (Kind::Rest(_), Value::Bytes(bytes)) => {
                let depth = self.depth();
                self.row(field, own, Ask::Bytes { nullable: false, is_null: false }, spelling(bytes));
                self.pass_deeper(depth);
            }
            (Kind::Sized { nullable, length, .. }, value) => {
                let bytes = if let Value::Bytes(bytes) = value { spelling(bytes) } else { String::new() };
                let ask = Ask::Bytes { nullable: *nullable, is_null: *value == Value::Null };
                let depth = self.depth();
                self.row(field, own, ask, bytes);
                self.computed(length, place);
                self.pass_deeper(depth);
            }
            (Kind::Counted { count, of }, Value::List(entries)) => {
                self.row(field, own, Ask::List, String::new());
                self.computed(count, place);
                self.entries(of, entries, place);
            }
            (Kind::UntilZero { of, .. }, Value::List(entries)) => {
                self.row(field, own, Ask::List, String::new());
                self.entries(of, entries, place);
                self.at += 1;
            }
            (Kind::Repeat(of) | Kind::Times(Times { of, .. }), Value::List(entries)) => {
                self.row(field, own, Ask::List, String::new());
                self.entries(of, entries, place);
            }
            (Kind::Group(fields), Value::List(values)) => {
                self.row(field, own, Ask::Nothing, String::new());
                self.fields(fields, values, place);
            }
            (Kind::When(_, fields) | Kind::Unless(Unless { fields, .. }), Value::List(values)) => {
                self.row(field, own, Ask::Optional(true), String::new());
                self.fields(fields, values, place);
            }
            (Kind::When(..) | Kind::Unless(_), _) => self.absent(field, own),
            (Kind::Choice(choices), Value::Choice(letter, values)) => {
                let ask = Ask::Choice(named(choices.iter().map(|choice| &choice.code)));
                self.row(field, own, ask, letter.to_string());
                let choice = choices.iter().find(|choice| choice.code.value == i64::from(*letter));
                if let Some(choice) = choice.filter(|choice| !choice.fields.is_empty()) {
                    self.at += 1;
                    self.fields(choice.fields, values, place);
                }
            }
            _ => {}
        }
    }

    fn entries(&mut self, of: &'static Field, entries: &[Value], place: &str) {
        for (nth, entry) in entries.iter().enumerate() {
            self.field(of, entry, &joined(place, nth));
        }
    }

    /// What could be there has no node.
    fn absent(&mut self, field: &'static Field, place: String) {
        let at = self.rows.last().map_or(0, |row| row.end);
        let depth = place.split('.').count() - 1;
        let name = field.name.to_owned();
        let (ask, value) = (Ask::Optional(false), String::new());
        self.rows.push(Row {
            place,
            depth,
            name,
            is_entry: false,
            doc_name: String::new(),
            ask,
            value,
            start: at,
            end: at,
        });
    }

    /// How deep the node lies that comes next.
    fn depth(&self) -> u8 {
        self.tree.nodes.get(self.at).map_or(0, |node| node.depth)
    }

    /// Passes what is in a field that is not asked for by itself.
    fn pass_deeper(&mut self, depth: u8) {
        while self.at < self.tree.nodes.len() && self.depth() > depth {
            self.at += 1;
        }
    }
}

fn joined(parent: &str, own: impl std::fmt::Display) -> String {
    if parent.is_empty() { own.to_string() } else { format!("{parent}.{own}") }
}

fn named<'a>(codes: impl Iterator<Item = &'a Code>) -> Vec<(String, String)> {
    codes
        .map(|code| {
            let letter = u8::try_from(code.value).ok().filter(u8::is_ascii_graphic).map(char::from);
            let sign =
                letter.filter(char::is_ascii_alphabetic).map_or(code.value.to_string(), |letter| letter.to_string());
            (code.value.to_string(), format!("{sign} {}", code.name))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn say(draft: &mut Draft, place: &str, text: &str) {
        draft.change(place, Change::Say(text.to_owned())).unwrap();
    }

    fn hex(form: &Form) -> String {
        form.bytes.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// Every message that can be made is whole and sound when nothing is said, has a row for each of its bytes, and comes back
    /// from its own bytes as the same form.
    #[test]
    fn every_message_is_a_form() {
        for message in known() {
            let draft = Draft::new(message.name()).unwrap();
            let form = draft.form(Direction::Frontend);
            assert_eq!(form.name, message.name());
            assert!(!form.bytes.is_empty(), "{}", form.name);
            let covered = form.rows.iter().map(|row| row.end).max();
            assert!(covered.unwrap_or(0) + 1 >= form.bytes.len(), "{}: {form:?}", form.name);
            if !message.sample.is_empty() {
                let direction = if form.direction == "frontend" { Direction::Frontend } else { Direction::Backend };
                let mut tree = Tree::new();
                decode(message, message.sample, Context::new(direction), &mut tree);
                let Some(read) = Draft::of(message, &tree, message.sample) else { continue };
                let again = read.form(direction);
                assert_eq!(again.bytes, message.sample, "{}", form.name);
                assert_eq!(again.problems, Vec::<String>::new(), "{}", form.name);
                for row in &again.rows {
                    let own =
                        tree.nodes.iter().any(|node| node.span().start == row.start && node.span().end == row.end);
                    assert!(own || row.ask == Ask::Optional(false), "{}: {row:?}", form.name);
                }
                // Each field that says something says it again, to the same bytes.
                for row in &again.rows {
                    let mut same = read.clone();
                    let is_said = matches!(row.ask, Ask::Number | Ask::Code(_) | Ask::Text);
                    let is_value = matches!(row.ask, Ask::Bytes { is_null: false, .. });
                    if is_said || is_value {
                        say(&mut same, &row.place, &row.value);
                        assert_eq!(same.form(direction).bytes, message.sample, "{}: {row:?}", form.name);
                    }
                }
            }
        }
    }

    #[test]
    fn lengths_and_counts_follow_and_can_be_said() {
        let mut draft = Draft::new("Query").unwrap();
        say(&mut draft, "0", "SELECT 1;");
        let form = draft.form(Direction::Frontend);
        assert_eq!((hex(&form).as_str(), form.says.as_str()), ("510000000e53454c45435420313b00", "SELECT 1;"));
        assert_eq!(form.rows[1].ask, Ask::Computed(false));
        say(&mut draft, "length", "0x0d");
        let form = draft.form(Direction::Frontend);
        assert_eq!(hex(&form), "510000000d53454c45435420313b00");
        assert_eq!((&form.rows[1].ask, form.rows[1].value.as_str()), (&Ask::Computed(true), "13"));
        assert_eq!(form.problems[0], "length says 13: 14 is right");
        say(&mut draft, "length", "");
        assert_eq!(hex(&draft.form(Direction::Frontend)), "510000000e53454c45435420313b00");
    }

    #[test]
    fn lists_grow_and_shrink_and_values_may_be_null() {
        let mut draft = Draft::new("DataRow").unwrap();
        draft.change("0", Change::Add).unwrap();
        draft.change("0", Change::Add).unwrap();
        say(&mut draft, "0.0", "ab");
        draft.change("0.1", Change::Null(true)).unwrap();
        let form = draft.form(Direction::Backend);
        assert_eq!(hex(&form), "44000000100002000000026162ffffffff");
        assert_eq!(form.rows.last().map(|row| (row.name.as_str(), row.value.as_str())), Some(("length", "-1")));
        draft.change("0.0", Change::Remove).unwrap();
        assert_eq!(hex(&draft.form(Direction::Backend)), "440000000a0001ffffffff");
        let mut startup = Draft::new("StartupMessage").unwrap();
        let list =
            startup.form(Direction::Frontend).rows.iter().find(|row| row.ask == Ask::List).unwrap().place.clone();
        startup.change(&list, Change::Add).unwrap();
        assert_eq!(startup.form(Direction::Frontend).problems, Vec::<String>::new());
    }

    #[test]
    fn what_cannot_be_is_refused_and_changes_nothing() {
        let mut draft = Draft::new("Bind").unwrap();
        let before = draft.form(Direction::Frontend);
        for (place, text) in [("0", r"\x6100"), ("0", r"\x6"), ("0", r"\xzz"), ("length", "much")] {
            assert!(draft.change(place, Change::Say(text.to_owned())).is_err(), "{place} {text}");
        }
        say(&mut draft, "0", "");
        assert_eq!(draft.form(Direction::Frontend), before);
        let mut execute = Draft::new("Execute").unwrap();
        assert!(execute.change("1", Change::Say("4294967296".to_owned())).is_err());
        assert!(execute.change("9.9", Change::Add).is_ok());
    }
}
