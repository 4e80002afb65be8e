//! Playing a scenario, for whoever has the simulator: it becomes a [`Performance`].

use pgscope_sim::scenario::Knob;
use pgscope_sim::scenario::{Narration, Question as Asked, Step as Told};
use pgscope_sim::{Choices, Scenario};

use crate::engine::{KnobRow, Lesson};
use crate::performance::{Performance, Question, Step};

/// What is said where a scenario has more events than [`pgscope_sim::MOST_EVENTS`].
pub const STOPPED: &str = "The simulator stopped after 200,000 pieces: what would be said later is missing, and the last message may be cut. \
     Larger segments, or fewer rows, make it whole.";

/// Plays a scenario, with these knobs set, or says where its text is wrong.
///
/// ```
/// use pgscope_view::sim::shipped;
/// let handshake = shipped::find("handshake").unwrap();
/// let performance = pgscope_view::play(handshake.text, handshake.narration, Vec::new()).unwrap();
/// assert_eq!(pgscope_view::Performance::from_bytes(&performance.to_bytes()), Some(performance));
/// ```
pub fn play(text: &str, narration: &str, choices: Vec<(String, String)>) -> Result<Performance, String> {
    let choices = Choices(choices);
    let scenario = Scenario::read(text, &choices).map_err(|error| error.to_string())?;
    let set = |knob: &Knob| {
        let set = chosen(&choices, &knob.name).or(knob.choices.first().cloned());
        (knob.name.clone(), set.unwrap_or_default())
    };
    let set: Vec<(String, String)> = scenario.knobs.iter().map(set).collect();
    let narration = Narration::read(narration).map_err(|error| error.to_string())?.told(&set)?;
    // What was said inside TLS stands behind the records that hide it, as a connection of its own.
    let played = scenario.play();
    let connections = played.connections.into_iter();
    let (exchanges, rests) = connections
        .flat_map(|connection| {
            let states = connection.states.map(str::to_owned);
            [Some(connection.exchange), connection.inner]
                .map(|exchange| exchange.map(|exchange| (exchange, states.clone())))
        })
        .flatten()
        .unzip();
    let knobs = scenario.knobs.into_iter().zip(set).map(|(knob, (_, chosen))| KnobRow {
        chosen,
        name: knob.name,
        label: knob.label,
        choices: knob.choices,
    });
    let lesson = Lesson {
        title: scenario.title,
        summary: scenario.summary,
        shows: scenario.shows,
        introduction: narration.introduction,
        stopped: if played.at_rest { String::new() } else { STOPPED.to_owned() },
        knobs: knobs.collect(),
        questions: Vec::new(),
    };
    let steps = narration.steps.into_iter().map(step).collect();
    let questions = narration.questions.into_iter().map(question).collect();
    Ok(Performance { exchanges, rests, lesson, steps, questions })
}

fn chosen(choices: &Choices, name: &str) -> Option<String> {
    choices.0.iter().rev().find(|(known, _)| known == name).map(|(_, value)| value.clone())
}

fn step(told: Told) -> Step {
    Step {
        direction: told.anchor.direction,
        message: told.anchor.message,
        nth: told.anchor.nth,
        chapter: told.chapter.unwrap_or_default(),
        text: told.text,
    }
}

fn question(asked: Asked) -> Question {
    Question {
        direction: asked.anchor.direction,
        message: asked.anchor.message,
        nth: asked.anchor.nth,
        question: asked.question,
        answer: asked.answer,
    }
}
