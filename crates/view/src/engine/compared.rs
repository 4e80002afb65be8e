//! What is held beside another input: what both say, and what they say differently.

use pgscope_capture as capture;

use super::{Beside, Compared, Comparison, Differing, Engine, Told};
use crate::Indexed;
use crate::diff::{Change, Diff, Ignore, Item, Said, Value};

/// More stretches are not told: they are for the command.
const MOST: usize = 2_000;
/// Larger inputs are for the command, too.
const LARGEST: usize = 16 << 20;

impl Engine {
    /// The connections that are held beside those of another input; why not, if there are none in that.
    pub(super) fn compared(&self, comparison: &Comparison) -> Result<Compared, String> {
        let ignore = Ignore::named(comparison.ignore.iter().map(String::as_str))?;
        let own: usize = self.connections.iter().flat_map(|one| &one.exchange.streams).map(|one| one.bytes.len()).sum();
        if own.max(comparison.other.len()) > LARGEST || self.shelf.is_some() {
            return Err("this is too much to be compared in a page: pgscope diff does it".to_owned());
        }
        let read = capture::read(&comparison.other, &capture::Options::default());
        let problem = read.problems.first().map(ToString::to_string).unwrap_or_default();
        let connections = read.exchanges.into_iter().map(Indexed::new).filter(|indexed| !indexed.is_empty());
        let others: Vec<Indexed> = connections.collect();
        if others.is_empty() {
            let why = if problem.is_empty() { "there are no bytes in it" } else { &problem };
            return Err(format!("The other exchange cannot be read: {why}"));
        }
        let (here, there): (Vec<&Indexed>, Vec<&Indexed>) =
            (self.connections.iter().collect(), others.iter().collect());
        let mut left = MOST;
        let mut more = 0;
        let mut connections = Vec::new();
        for connection in Diff::of(&here, &there, ignore).connections {
            let taken = connection.items.len().min(left);
            left -= taken;
            more += connection.items.len() - taken;
            connections.push(connection.items.into_iter().take(taken).map(beside).collect());
        }
        Ok(Compared { connections, more, problem })
    }
}

fn beside(item: Item) -> Beside {
    match item {
        Item::Same { left, right, count } => Beside::Same { here: left, there: right, count },
        Item::Left { left } => Beside::Differ { here: Some(told(left)), there: None, fields: Vec::new() },
        Item::Right { right } => Beside::Differ { here: None, there: Some(told(right)), fields: Vec::new() },
        Item::Changed { left, right, fields } => Beside::Differ {
            here: Some(told(left)),
            there: Some(told(right)),
            fields: fields.into_iter().map(differing).collect(),
        },
    }
}

fn told(said: Said) -> Told {
    Told { number: said.index, direction: said.direction.into(), name: said.name.into(), says: said.says }
}

fn differing(change: Change) -> Differing {
    let value = |value: Value| (value.shown, value.start);
    Differing { name: change.name, here: change.left.map(value), there: change.right.map(value) }
}

#[cfg(test)]
mod tests {
    use crate::diff::IGNORED;
    use crate::engine::{Apart, ApartReply, Beside, Comparison, Engine, Input, Load, Request};

    const SAID: &str = "F: 51 00 00 00 0e 53 45 4c 45 43 54 20 31 3b 00\nB: 5a 00 00 00 05 49\n";

    fn compared(other: &str) -> ApartReply {
        let mut engine = Engine::default();
        engine.answer(Request::Load(Load { input: Input::Text(SAID.to_owned()), ..Load::default() }));
        let ignore = IGNORED.map(|(name, _)| name.to_owned()).to_vec();
        engine.answer_apart(Apart::Compare(Comparison { other: other.as_bytes().to_vec(), ignore }))
    }

    #[test]
    fn what_differs_is_told_to_the_field_and_what_does_not_in_a_line() {
        let ApartReply::Compared(same) = compared(SAID) else { panic!("it is compared") };
        assert_eq!(same.connections, [[Beside::Same { here: 0, there: 0, count: 2 }]]);
        let ApartReply::Compared(other) = compared(&SAID.replace("31 3b", "32 3b")) else { panic!("it is compared") };
        let [Beside::Differ { here: Some(here), there: Some(there), fields }, Beside::Same { here: 1, .. }] =
            other.connections[0].as_slice()
        else {
            panic!("{other:?}")
        };
        assert_eq!((&*here.says, &*there.says), ("SELECT 1;", "SELECT 2;"));
        assert_eq!(fields[0].name, "query");
        let ApartReply::Compared(one) = compared(&SAID[..SAID.find('B').unwrap()]) else { panic!("it is compared") };
        assert!(matches!(&one.connections[0][1], Beside::Differ { here: Some(_), there: None, .. }), "{one:?}");
    }

    #[test]
    fn what_is_no_exchange_is_refused() {
        assert!(
            matches!(compared("no bytes at all"), ApartReply::Refused(why) if why.starts_with("The other exchange cannot be read"))
        );
        assert!(matches!(compared(""), ApartReply::Refused(_)));
    }
}
