//! A message as a form: what its description in the table asks for, field by field, with its bytes as one fills it in.
//!
//! Types, lengths and counts are computed, unless somebody says them otherwise: a message can be made that is wrong on purpose.

mod rows;
mod values;

use pgscope_proto::encode::{self, EncodeError, Value, encode};
use pgscope_proto::schema::{Field, Head, Kind, Message};
use pgscope_proto::{Context, Direction, Tree, decode, messages};
use serde::{Deserialize, Serialize};

use self::values::{blanks, changed, number};
use crate::engine::Words;
use crate::says::{Decoded, says};
use rows::rows;

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
    /// The name of the message.
    pub fn name(&self) -> &'static str {
        self.message.name()
    }

    /// A message of this name, with nothing in it that need not be.
    pub fn new(name: &str) -> Option<Self> {
        let message = messages::by_name(name)?;
        let values = blanks(message, message.fields);
        Some(Self { message, values, said: Vec::new() })
    }

    /// A message that was read; nothing if it is not whole and sound.
    pub fn of(message: &'static Message, tree: &Tree, bytes: &[u8]) -> Option<Self> {
        let values = encode::values(message, tree, bytes)?;
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
        let rows = rows(self, &tree, &bytes);
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

fn is_computed(field: &Field) -> bool {
    matches!(field.kind, Kind::Tag | Kind::Length | Kind::Following)
}

fn unsigned(bytes: &[u8]) -> i64 {
    bytes.iter().fold(0, |number, byte| number << 8 | i64::from(*byte))
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
