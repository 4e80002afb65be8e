//! The rows of a form: the table, the values and the tree of what they were written as, walked side by side.

use pgscope_proto::Tree;
use pgscope_proto::encode::Value;
use pgscope_proto::schema::{Code, Field, Kind, Show, Times, Unless};

use super::{Ask, Draft, Row, is_computed, unsigned};

/// The rows of a draft; `tree` is what its `bytes` are decoded to.
pub(super) fn rows(draft: &Draft, tree: &Tree, bytes: &[u8]) -> Vec<Row> {
    let mut rows = Rows { draft, tree, bytes, at: 1, rows: Vec::new() };
    rows.fields(draft.message.fields, &draft.values, "");
    rows.rows
}

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

/// Bytes as they are spelled in a form.
fn spelling(bytes: &[u8]) -> String {
    match std::str::from_utf8(bytes) {
        Ok(text) if !text.starts_with("\\x") && !text.chars().any(|letter| letter.is_control() && letter != '\n') => {
            text.to_owned()
        }
        _ => bytes.iter().fold("\\x".to_owned(), |out, byte| out + &format!("{byte:02x}")),
    }
}
