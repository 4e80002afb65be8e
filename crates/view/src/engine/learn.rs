//! A scenario that was played: its exchange is read like any other, and each message has its place in the story.

use pgscope_proto::Direction;
use pgscope_proto::conversation::Phase;
use pgscope_session::Ends;

use super::{Engine, Kept, Loaded, Moment, Played};
use crate::Indexed;
use crate::performance::{Performance, Step};

impl Engine {
    /// Reads what a simulator made of a scenario.
    pub(super) fn play(&mut self, performance: &[u8]) -> Option<Played> {
        let mut told = Performance::from_bytes(performance)?;
        self.input = Kept::Nothing;
        self.text = Default::default();
        self.about = Loaded {
            form_name: "simulated".into(),
            reason: told.lesson.summary.clone(),
            sides_given: true,
            ..Loaded::default()
        };
        self.read_at_once(std::mem::take(&mut told.exchanges));
        let lesson = told.lesson.clone();
        self.told = told;
        let mut loaded = self.connect(0);
        loaded.first = 0;
        Some(Played { loaded, lesson })
    }

    /// What is told about a message, and where both ends are behind it.
    pub(super) fn moment(&self, number: usize) -> Option<Moment> {
        let indexed = self.indexed()?;
        let ends = self.ends_after(indexed, number);
        let (about, step) = self.last_told(indexed, number).unzip();
        Some(Moment {
            chapter: step.map(|step| step.chapter.clone()).unwrap_or_default(),
            text: step.map(|step| step.text.clone()).unwrap_or_default(),
            about,
            client: in_words(ends.client.name(), ends.client_waits().words()),
            server: in_words(ends.server.name(), ends.server_waits().words()),
            transaction: self.transaction(indexed, number, &ends).into(),
        })
    }

    /// Before the first ReadyForQuery there is none.
    fn transaction(&self, indexed: &Indexed, number: usize, ends: &Ends) -> &'static str {
        match indexed.index.phase(number) {
            Phase::Ready | Phase::Copying(_) => transaction(ends),
            _ => "none yet",
        }
    }

    /// The last message up to this one that something is told about, and what. The narration names a message by who sends
    /// it, its name, and which of that name it is.
    fn last_told(&self, indexed: &Indexed, number: usize) -> Option<(usize, &Step)> {
        let mut counts: Vec<(Direction, &'static str, usize)> = Vec::new();
        let mut last = None;
        for entry in (0..=number).filter_map(|number| indexed.index.entry(number)) {
            let (direction, name) = (entry.direction, entry.message.name());
            let known = counts.iter_mut().find(|(of, its, _)| (*of, *its) == (direction, name));
            let nth = match known {
                Some((.., count)) => {
                    *count += 1;
                    *count
                }
                None => {
                    counts.push((direction, name, 1));
                    1
                }
            };
            last = self.told.step(direction, name, nth).map(|step| (entry.number, step)).or(last);
        }
        last
    }
}

/// `ready; blocked in read(): waits for a message`.
fn in_words(state: &str, waits: Option<&str>) -> String {
    match waits {
        Some(what) => format!("{state}; blocked in read(), waits for {what}"),
        None => state.to_owned(),
    }
}

fn transaction(ends: &Ends) -> &'static str {
    match ends.transaction {
        b'I' => "idle",
        b'T' => "in a transaction",
        b'E' => "in a failed transaction",
        _ => "none yet",
    }
}
