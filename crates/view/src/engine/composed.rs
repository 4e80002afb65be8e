//! A message that is made by a form, and where it goes in the exchange.

use pgscope_proto::{Direction, Exchange, Stream, Tree};

use super::{Compose, Engine, Reply, Written};
use crate::Indexed;
use crate::compose::{Draft, Form};
use crate::edit::written;
use crate::export::runs;

/// More than this is not written anew for one message.
const MOST: usize = 4 << 20;

fn side(name: &str) -> Direction {
    if name == "backend" { Direction::Backend } else { Direction::Frontend }
}

impl Engine {
    /// The form of a message, begun or changed; why not, if that cannot be.
    pub(super) fn composed(&mut self, compose: Compose) -> Result<Form, String> {
        const GONE: &str = "The form is gone with the input that it was begun in: begin it again";
        match compose {
            Compose::New { name, direction, is_blank } => {
                let direction = side(&direction);
                // What was filled in before is there again.
                let known = self.drafts.iter().position(|(draft, own)| draft.name() == name && *own == direction);
                let known = known.map(|at| self.drafts.remove(at)).filter(|_| !is_blank);
                let draft = known.or_else(|| Some((Draft::new(&name)?, direction)));
                self.drafts.push(draft.ok_or_else(|| format!("there is no message {name}"))?);
            }
            Compose::Of(number) => {
                let mut tree = Tree::new();
                let indexed = self.connections.get(self.connection);
                let found = indexed.and_then(|indexed| Some((indexed, indexed.open(number, &mut tree)?.0)));
                let (indexed, entry) = found.ok_or("there is no such message")?;
                let draft = Draft::of(entry.message, &tree, indexed.bytes(&entry));
                let why = "This message is not whole, or something is wrong with it: mend it first, or begin one anew";
                let draft = draft.ok_or(why)?;
                self.drafts.retain(|(own, said_by)| own.name() != draft.name() || *said_by != entry.direction);
                self.drafts.push((draft, entry.direction));
            }
            Compose::Change { place, change } => self.drafts.last_mut().ok_or(GONE)?.0.change(&place, change)?,
        }
        self.drafts.last().map(|(draft, direction)| draft.form(*direction)).ok_or_else(|| GONE.to_owned())
    }

    /// How to put bytes beside a message.
    pub(super) fn insert(&self, number: usize, behind: bool, direction: &str, bytes: Vec<u8>) -> Reply {
        let direction = side(direction);
        let nothing = Indexed::default();
        let indexed = self.indexed().unwrap_or(&nothing);
        let entry = indexed.index.entry(number);
        if let Some(entry) = entry.filter(|entry| entry.direction == direction) {
            let at = if behind { entry.span.len() } else { 0 };
            return self.write(number, at, at, &bytes);
        }
        if self.connections.len() > 1 || indexed.len() > MOST {
            return Reply::Refused(
                "This input holds several connections, or is too long to be written anew for that: select a message of \
                 the same end, or copy the bytes."
                    .to_owned(),
            );
        }
        // What the other end says next stands in no bytes of this one: all is written in its order.
        let place = number + usize::from(behind);
        let mut exchange = Exchange::default();
        let mut say = |direction, bytes| exchange.push(direction, &Stream::raw(bytes), None);
        runs(indexed, &|other| other < place).into_iter().for_each(|run| say(run.direction, run.bytes));
        say(direction, bytes);
        runs(indexed, &|other| other >= place).into_iter().for_each(|run| say(run.direction, run.bytes));
        Reply::Written(Written::Anew(written(&exchange)))
    }
}

#[cfg(test)]
mod tests {
    use crate::compose::{Change, Form};
    use crate::engine::{Apart, ApartReply, Compose, Engine, Input, Load, Reply, Request, Written};

    const SAID: &str = "F: 51 00 00 00 0e 53 45 4c 45 43 54 20 31 3b 00\nB: 5a 00 00 00 05 49\n";

    fn engine() -> Engine {
        let mut engine = Engine::default();
        engine.answer(Request::Load(Load { input: Input::Text(SAID.to_owned()), ..Load::default() }));
        engine
    }

    fn form(engine: &mut Engine, compose: Compose) -> Form {
        match engine.answer_apart(Apart::Compose(compose)) {
            ApartReply::Composed(form) => form,
            other => panic!("{other:?}"),
        }
    }

    fn new(name: &str, direction: &str, is_blank: bool) -> Compose {
        Compose::New { name: name.to_owned(), direction: direction.to_owned(), is_blank }
    }

    #[test]
    fn what_was_filled_in_is_there_again() {
        let mut engine = engine();
        let query = form(&mut engine, new("Query", "frontend", false));
        let place = query.rows.iter().find(|row| row.name == "query").unwrap().place.clone();
        form(&mut engine, Compose::Change { place, change: Change::Say("SELECT 7".to_owned()) });
        form(&mut engine, new("Sync", "frontend", false));
        // Also when more was said meanwhile.
        engine.answer(Request::Load(Load { input: Input::Text(SAID.to_owned()), ..Load::default() }));
        assert_eq!(form(&mut engine, new("Query", "frontend", false)).says, "SELECT 7");
        assert_eq!(form(&mut engine, new("Query", "frontend", true)).says, query.says);
        assert_eq!(form(&mut engine, new("CopyDone", "backend", false)).direction, "backend");
        assert_eq!(form(&mut engine, new("CopyDone", "frontend", false)).direction, "frontend");
    }

    #[test]
    fn a_message_of_the_exchange_is_a_form_and_is_replaced() {
        let mut engine = engine();
        let query = form(&mut engine, Compose::Of(0));
        assert_eq!((&*query.name, &*query.says), ("Query", "SELECT 1;"));
        let place = query.rows.iter().find(|row| row.name == "query").unwrap().place.clone();
        let changed = form(&mut engine, Compose::Change { place, change: Change::Say("SELECT 22;".to_owned()) });
        let write = Request::Write { number: 0, start: 0, end: query.bytes.len(), bytes: changed.bytes };
        let Reply::Written(Written::Change(change)) = engine.answer(write) else { panic!("it has its place") };
        let mut text = SAID.as_bytes().to_vec();
        assert!(change.apply(&mut text));
        assert!(String::from_utf8(text).unwrap().starts_with("F: 51 00 00 00 0f 53 45 4c 45 43 54 20 32 32 3b 00\n"));
    }

    #[test]
    fn a_new_message_goes_where_its_end_speaks() {
        let mut engine = engine();
        let sync = form(&mut engine, new("Sync", "frontend", false));
        let insert = |number, behind| Request::Insert {
            number,
            behind,
            direction: sync.direction.to_string(),
            bytes: sync.bytes.clone(),
        };
        assert!(matches!(engine.answer(insert(0, true)), Reply::Written(Written::Change(_))));
        let Reply::Written(Written::Anew(text)) = engine.answer(insert(1, true)) else { panic!("it is written anew") };
        assert_eq!(text, format!("{SAID}F: 53 00 00 00 04\n"));
        let Reply::Written(Written::Anew(text)) = engine.answer(insert(1, false)) else { panic!("it is written anew") };
        assert_eq!(text.lines().nth(1), Some("F: 53 00 00 00 04"), "{text}");
    }

    #[test]
    fn the_first_message_of_all_is_an_input() {
        let insert = Request::Insert {
            number: 0,
            behind: true,
            direction: "frontend".to_owned(),
            bytes: vec![0x58, 0, 0, 0, 4],
        };
        let Reply::Written(Written::Anew(text)) = Engine::default().answer(insert) else { panic!("it is written") };
        assert_eq!(text, "F: 58 00 00 00 04\n");
    }

    #[test]
    fn what_is_not_there_is_refused() {
        let mut engine = engine();
        for compose in
            [Compose::Of(9), new("Nothing", "", false), Compose::Change { place: "0".to_owned(), change: Change::Add }]
        {
            assert!(matches!(engine.answer_apart(Apart::Compose(compose)), ApartReply::Refused(_)));
        }
    }
}
