//! A scenario, played: its exchange is read like any other, and each message has its place in the story.

use pgscope_session::{Ends, Phase};
use pgscope_sim::scenario::{Narration, Step};
use pgscope_sim::{Choices, Scenario};

use super::{Engine, Kept, KnobRow, Lesson, Loaded, Moment, Played};
use crate::Indexed;

/// The lesson that is being told.
#[derive(Debug, Default)]
pub(super) struct Told {
    narration: Narration,
}

impl Engine {
    /// Plays a scenario with these choices, or says where its text is wrong.
    pub(super) fn play(&mut self, text: &str, narration: &str, choices: Vec<(String, String)>) -> Played {
        match self.try_play(text, narration, choices) {
            Ok(played) => played,
            Err(reason) => Played { problem: reason, ..Played::default() },
        }
    }

    fn try_play(&mut self, text: &str, narration: &str, choices: Vec<(String, String)>) -> Result<Played, String> {
        let choices = Choices(choices);
        let scenario = Scenario::read(text, &choices).map_err(|error| error.to_string())?;
        let narration = Narration::read(narration).map_err(|error| error.to_string())?;
        let played = scenario.play();
        self.input = Kept::Nothing;
        self.text = Default::default();
        self.about = Loaded {
            form_name: "simulated".into(),
            reason: scenario.summary.clone(),
            sides_given: true,
            ..Loaded::default()
        };
        self.connections = played.connections.into_iter().map(|connection| Indexed::new(connection.exchange)).collect();
        let knobs = scenario.knobs.iter().map(|knob| KnobRow {
            name: knob.name.clone(),
            label: knob.label.clone(),
            choices: knob.choices.clone(),
            chosen: chosen(&choices, &knob.name).or(knob.choices.first().cloned()).unwrap_or_default(),
        });
        let lesson = Lesson {
            title: scenario.title.clone(),
            summary: scenario.summary.clone(),
            shows: scenario.shows.clone(),
            introduction: narration.introduction.clone(),
            knobs: knobs.collect(),
        };
        self.told = Told { narration };
        let mut loaded = self.connect(0);
        loaded.first = 0;
        Ok(Played { loaded, lesson, problem: String::new() })
    }

    /// What is told about a message, and where both ends are behind it.
    pub(super) fn moment(&self, number: usize) -> Option<Moment> {
        let indexed = self.indexed()?;
        let ends = self.course.after(&indexed.exchange, &indexed.index, number);
        let step = self.step_of(indexed, number);
        Some(Moment {
            chapter: step.and_then(|step| step.chapter.clone()).unwrap_or_default(),
            text: step.map(|step| step.text.clone()).unwrap_or_default(),
            client: in_words(ends.client, ends.client_waits().words()),
            server: in_words(ends.server, ends.server_waits().words()),
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

    /// The narration names a message by who sends it, its name, and which of that name it is.
    fn step_of(&self, indexed: &Indexed, number: usize) -> Option<&Step> {
        let entry = indexed.index.entry(number)?;
        let name = entry.message.name();
        let is_like_it = |other: usize| {
            let earlier = indexed.index.entry(other);
            earlier.is_some_and(|earlier| earlier.direction == entry.direction && earlier.message == entry.message)
        };
        let nth = (0..=number).filter(|other| is_like_it(*other)).count();
        self.told.narration.step(entry.direction, name, nth)
    }
}

fn chosen(choices: &Choices, name: &str) -> Option<String> {
    choices.0.iter().rev().find(|(known, _)| known == name).map(|(_, value)| value.clone())
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
