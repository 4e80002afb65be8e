//! What both ends of a connection know at a moment: the transaction, what is owed, settings, statements and portals.

use pgscope_proto::read;
use pgscope_session::{Course, Entry};
use serde::{Deserialize, Serialize};

use super::few::Named;
use crate::Indexed;
use crate::engine::Words;

/// How many messages are walked for it at most: behind so many, what was made before is not told.
const MOST_WALKED: usize = 20_000;
/// How many names are told.
const MOST_NAMES: usize = 6;

/// Something that both ends know.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fact {
    /// What it is.
    pub name: Words,
    /// How it is.
    pub value: String,
    /// Whether this message has changed it.
    pub is_new: bool,
}

/// What is known behind a message; before it, if it is still being read.
pub(super) fn at(indexed: &Indexed, course: &Course, number: usize, is_partial: bool) -> Vec<Fact> {
    let before = number.checked_sub(1).map(|before| known(indexed, course, before)).unwrap_or_default();
    if is_partial && number > 0 {
        return before;
    }
    let mut facts = known(indexed, course, number);
    for fact in &mut facts {
        let was = before.iter().find(|other| other.name == fact.name);
        fact.is_new = number > 0 && was.map_or("", |was| &was.value) != fact.value;
    }
    facts
}

fn known(indexed: &Indexed, course: &Course, number: usize) -> Vec<Fact> {
    let ends = course.after(&indexed.exchange, &indexed.index, number);
    let mut made = Made::default();
    let from = (number + 1).saturating_sub(MOST_WALKED);
    (from..=number).filter_map(|number| indexed.index.entry(number)).for_each(|entry| made.step(indexed, &entry));
    let mut owed: Vec<&str> = ends.asked().take(MOST_NAMES * 2).map(|message| message.name()).collect();
    owed.dedup();
    let facts = [
        ("transaction", transaction(made.status).to_owned()),
        ("owed", if owed.is_empty() { "nothing".to_owned() } else { format!("the answer to {}", listed(owed)) }),
        ("settings", made.settings_in_words()),
        ("statements", listed(made.statements.names().map(shown))),
        ("portals", listed(made.portals.names().map(shown))),
    ];
    let told = facts.into_iter().filter(|(_, value)| !value.is_empty());
    told.map(|(name, value)| Fact { name: name.into(), value, is_new: false }).collect()
}

/// What the last ReadyForQuery says. Before the first one there is none.
fn transaction(status: Option<u8>) -> &'static str {
    match status {
        Some(b'I') => "idle",
        Some(b'T') => "in a transaction",
        Some(b'E') => "in a failed transaction",
        _ => "none yet",
    }
}

/// What was made and is still there.
#[derive(Default)]
struct Made {
    status: Option<u8>,
    settings: Named<Vec<u8>>,
    last: Option<Vec<u8>>,
    statements: Named<()>,
    portals: Named<()>,
}

impl Made {
    fn step(&mut self, indexed: &Indexed, entry: &Entry) {
        let bytes = indexed.bytes(entry);
        self.last = None;
        match entry.message.field.id {
            "parameterstatus" => {
                let (name, value) = (read::first_text(bytes), read::second_text(bytes));
                if let (Some(name), Some(value)) = (name, value) {
                    self.settings.put(name, value.to_vec());
                    self.last = Some(name.to_vec());
                }
            }
            "parsecomplete" | "bindcomplete" | "closecomplete" => self.answered(indexed, entry),
            // A Query has no use for what has no name.
            "query" => {
                self.statements.remove(b"");
                self.portals.remove(b"");
            }
            "commandcomplete" => match read::first_text(bytes) {
                Some(b"DISCARD ALL") => (self.statements, self.portals) = Default::default(),
                Some(b"DEALLOCATE ALL") => self.statements.clear(),
                _ => {}
            },
            // Portals end with their transaction.
            "readyforquery" => {
                self.status = read::first_byte(bytes);
                if self.status == Some(b'I') {
                    self.portals.clear();
                }
            }
            _ => {}
        }
    }

    /// What a request asked for is made, or gone.
    fn answered(&mut self, indexed: &Indexed, entry: &Entry) {
        let Some(request) = indexed.index.request(entry.number).and_then(|request| indexed.index.entry(request)) else {
            return;
        };
        let bytes = indexed.bytes(&request);
        let kind = bytes.get(5).copied();
        let name = read::first_text(bytes);
        let closed = bytes.get(6..).and_then(|rest| rest.split(|byte| *byte == 0).next()).unwrap_or_default();
        match (request.message.field.id, name) {
            ("parse", Some(name)) => self.statements.put(name, ()),
            ("bind", Some(name)) => self.portals.put(name, ()),
            ("close", _) if kind == Some(b'S') => self.statements.remove(closed),
            ("close", _) => self.portals.remove(closed),
            _ => {}
        }
    }

    fn settings_in_words(&self) -> String {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let last = self.last.as_ref().and_then(|name| Some((name, self.settings.get(name)?)));
        match (self.settings.len(), last) {
            (0, _) => String::new(),
            (count, None) => format!("{count} reported"),
            (count, Some((name, value))) => format!("{count} reported, now {} = {}", text(name), text(value)),
        }
    }
}

fn shown(name: &[u8]) -> String {
    if name.is_empty() { "unnamed".to_owned() } else { String::from_utf8_lossy(name).into_owned() }
}

fn listed<Name: AsRef<str>>(names: impl IntoIterator<Item = Name>) -> String {
    let names: Vec<Name> = names.into_iter().collect();
    let shown: Vec<&str> = names.iter().take(MOST_NAMES).map(AsRef::as_ref).collect();
    let more = names.len().saturating_sub(MOST_NAMES);
    let rest = if more > 0 { format!(" and {more} more") } else { String::new() };
    shown.join(", ") + &rest
}
