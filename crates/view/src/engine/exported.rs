//! Messages in a form in which they are used elsewhere.

use pgscope_proto::Direction;

use super::{ApartReply, Engine, Export, Exported, Masking, Which};
use crate::export::scenario::is_said_again;
use crate::export::{Form, made, runs};
use crate::{Indexed, Performance};

/// More than this is for the command.
const MOST: usize = 16 << 20;

impl Engine {
    /// The messages that are wanted, or why they cannot be had. What is to be played is handed on with what it was played to.
    pub(super) fn exported(&self, export: &Export, performance: Option<&[u8]>) -> Result<ApartReply, String> {
        let shown = self.connections.get(self.connection).ok_or("there is nothing to hand on")?;
        let wanted = self.wanted(export.which);
        let is_taken = |number: usize| {
            let says = || shown.index.entry(number).map(|entry| entry.direction);
            wanted.as_ref().is_none_or(|wanted| wanted.binary_search(&number).is_ok())
                && match export.side.as_str() {
                    "frontend" => says() == Some(Direction::Frontend),
                    "backend" => says() == Some(Direction::Backend),
                    _ => true,
                }
        };
        let all: usize = shown.exchange.streams.iter().map(|stream| stream.bytes.len()).sum();
        if all > MOST && wanted.is_none() {
            return Err("this is too much to be handed on by a page: pgscope export does it".to_owned());
        }
        let masked = export.masking.as_ref().map(|masking| self.masked_connection(masking)).transpose()?;
        let indexed = masked.as_ref().unwrap_or(shown);
        let runs = runs(indexed, &is_taken);
        if runs.is_empty() {
            return Err("no message is left".to_owned());
        }
        let messages = runs.iter().map(|run| run.messages.len()).sum();
        let bytes = made(indexed, &runs, &export.form, None)?;
        let is_played = Form::of(&export.form).is_some_and(Form::is_played);
        match performance {
            None if is_played && !cfg!(feature = "sim") => {
                return Ok(ApartReply::ToBePlayed(String::from_utf8_lossy(&bytes).into_owned()));
            }
            Some(performance) if is_played => {
                let performance = Performance::from_bytes(performance).ok_or("the simulator said nothing")?;
                let played = performance.exchanges.first().ok_or("the simulator played nothing")?;
                is_said_again(indexed, played)?;
            }
            _ => {}
        }
        Ok(ApartReply::Exported(Exported { messages, bytes }))
    }

    /// The numbers of the messages that are wanted, in their order; nothing where all are.
    fn wanted(&self, which: Which) -> Option<Vec<usize>> {
        let mut wanted: Vec<usize> = match which {
            Which::All => return None,
            Which::Message(number) => vec![number],
            Which::Lines(from, to) => (from..to.min(self.lines_count()))
                .flat_map(|line| {
                    let (first, end) = self.messages_of(line);
                    first..end
                })
                .collect(),
        };
        wanted.sort_unstable();
        wanted.dedup();
        Some(wanted)
    }

    /// The connection that is shown, masked.
    #[cfg(feature = "mask")]
    fn masked_connection(&self, masking: &Masking) -> Result<Indexed, String> {
        let key = crate::mask::Key::new(masking.random);
        // Of a file that is not held, nothing that hides in others is looked for.
        let (first, all) = match self.shelf.is_some() {
            true => (self.connection, self.connection + 1),
            false => (0, self.connections.len()),
        };
        let connections = self.connections.get(first..all).unwrap_or_default();
        let masked = crate::mask::exchanges(connections, masking.kinds(), &key);
        let exchange = masked.map_err(|refusal| refusal.to_string())?.into_iter().nth(self.connection - first);
        exchange.map(Indexed::new).ok_or_else(|| "there is nothing to mask".to_owned())
    }

    #[cfg(not(feature = "mask"))]
    fn masked_connection(&self, _: &Masking) -> Result<Indexed, String> {
        Err("this was built without what masks".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use crate::engine::{Apart, ApartReply, Engine, Export, Input, Lessons, Load, Masking, Request, Which};

    const SAID: &str = "F: 70 00 00 00 0b 68 75 6e 74 65 72 00\nB: 52 00 00 00 08 00 00 00 00\nB: 5a 00 00 00 05 49\n";

    fn exported(which: Which, side: &str, form: &str, masking: Option<Masking>) -> (usize, String) {
        let mut engine = Engine::default();
        engine.answer(Request::Load(Load { input: Input::Text(SAID.to_owned()), ..Load::default() }));
        let wanted = Export { which, side: side.to_owned(), form: form.to_owned(), masking };
        match engine.answer_apart(Apart::Export(wanted)) {
            ApartReply::Exported(made) => (made.messages, String::from_utf8(made.bytes).unwrap()),
            ApartReply::Refused(why) => (0, why),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn all_a_line_a_message_and_one_end_are_handed_on() {
        assert_eq!(exported(Which::All, "", "hex", None), (3, SAID.replace("00\nB: 5a", "00 5a")));
        assert_eq!(exported(Which::Message(2), "", "escaped", None), (1, "\"Z\\x00\\x00\\x00\\x05I\"\n".to_owned()));
        assert_eq!(exported(Which::All, "frontend", "base64", None), (1, "cAAAAAtodW50ZXIA\n".to_owned()));
        assert_eq!(exported(Which::Message(2), "frontend", "hex", None), (0, "no message is left".to_owned()));
        assert_eq!(exported(Which::Lines(0, 1), "", "text", None).0, 1);
    }

    #[test]
    fn a_scenario_is_handed_on_when_the_same_was_played() {
        let shipped = |name| pgscope_sim::shipped::find(name).unwrap();
        let played = |text| crate::play(text, "", Vec::new()).unwrap().to_bytes();
        let of = |name| played(shipped(name).text);
        let mut engine = Engine::default();
        engine.teach(Lessons::Play { performance: of("simple-query"), undamaged: None });
        let wanted = Export { form: "scenario".to_owned(), which: Which::All, side: String::new(), masking: None };
        let ApartReply::Exported(made) = engine.answer_apart(Apart::Export(wanted.clone())) else { panic!() };
        let again = played(std::str::from_utf8(&made.bytes).unwrap());
        assert_eq!(engine.answer_apart(Apart::Played(wanted.clone(), again)), ApartReply::Exported(made.clone()));
        for (performance, why) in [(of("error"), "would say"), (vec![1, 2, 3], "said nothing")] {
            let reply = engine.answer_apart(Apart::Played(wanted.clone(), performance));
            assert!(matches!(&reply, ApartReply::Refused(told) if told.contains(why)), "{reply:?}");
        }
    }

    #[test]
    fn what_is_masked_before_says_nothing_in_any_form() {
        for form in crate::export::FORMS.iter().filter(|form| !matches!(form.id, "raw" | "pcapng" | "scenario")) {
            let masking = || Some(Masking { random: [7; 32], ..Masking::default() });
            let of = |masking| {
                exported(
                    Which::All,
                    if ["base64", "xxd", "escaped"].contains(&form.id) { "frontend" } else { "" },
                    form.id,
                    masking,
                )
                .1
            };
            let (plain, masked) = (of(None), of(masking()));
            assert_ne!(plain, masked, "{}", form.id);
            assert!(!masked.contains("hunter") && !masked.contains("68 75 6e 74 65 72"), "{}: {masked}", form.id);
            let kept = of(Some(Masking { kept: vec!["passwords".to_owned()], ..masking().unwrap() }));
            assert_eq!(kept, plain, "{}", form.id);
        }
    }
}
