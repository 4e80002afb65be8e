//! A script of lines, played to a simulated peer on a clock of its own.

use pgscope_proto::written::WrittenError;
use pgscope_sim::{Choices, Random, Scenario, Talk};

use super::{Said, said};
use crate::engine::Lesson;
use crate::performance::Performance;

/// How much later each line is said than the one before, in microseconds.
const STEP_US: u64 = 1000;

/// What came of a script.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ran {
    /// What the peer told its user.
    pub told: Vec<String>,
    /// When it is then, in microseconds.
    pub now_us: u64,
    /// The lines that reached nobody, counted from 1: the peer had closed the connection.
    pub unheard: Vec<usize>,
}

/// Says the lines of a script, each a moment after the other; `helps` is told what help is wanted.
///
/// # Errors
///
/// The number of a line that says nothing, counted from 1, the line, and what is wrong with it.
pub fn run(talk: &mut Talk, script: &str, helps: impl Fn(&str)) -> Result<Ran, (usize, String, WrittenError)> {
    let side = talk.side().other();
    let mut heard = talk.connect(0);
    let (mut now, mut told, mut unheard) = (0, std::mem::take(&mut heard.told), Vec::new());
    for (number, line) in script.lines().enumerate() {
        let until = match said(side, line).map_err(|error| (number + 1, line.to_owned(), error))? {
            Said::Bytes(bytes) => {
                now += STEP_US;
                if talk.is_closed() {
                    unheard.push(number + 1);
                }
                heard = talk.give(&bytes, now);
                told.append(&mut heard.told);
                now
            }
            Said::Beside(bytes) => {
                now += STEP_US;
                heard = talk.beside(&bytes, now);
                told.append(&mut heard.told);
                now
            }
            Said::Wait(us) => now.saturating_add(us),
            Said::End => break,
            Said::Help(name) => {
                helps(&name);
                now
            }
            Said::Nothing => now,
        };
        while let Some(at) = heard.wake_at_us.filter(|at| *at <= until && !heard.closed) {
            heard = talk.wake(at);
            told.append(&mut heard.told);
        }
        now = until;
    }
    Ok(Ran { told, now_us: now, unheard })
}

/// Plays a script to the peer of a scenario: its server if one `is_client`, else its client. What is said of it as a lesson:
/// its title, and what the peer told its user.
///
/// # Errors
///
/// The scenario or a line is wrong: `line 3: …`.
pub fn talk(scenario: &str, is_client: bool, script: &str) -> Result<Performance, String> {
    let scenario = Scenario::read(scenario, &Choices::default()).map_err(|error| error.to_string())?;
    let random = Random::seeded(scenario.seed);
    let mut talk = match is_client {
        true => Talk::with_server(scenario.world, 4711, random),
        false => Talk::with_client(scenario.settings, scenario.actions, random),
    };
    let ran = run(&mut talk, script, |_| {});
    let told = ran.map_err(|(number, _, error)| format!("line {number}: {}", error.message))?.told;
    let lesson =
        Lesson { title: scenario.title, summary: scenario.summary, shows: told.join("\n"), ..Lesson::default() };
    let exchange = talk.exchange().clone();
    // Of the person's own end nobody knows more than its bytes.
    let peer = talk.state().to_owned();
    let rests = if is_client { [String::new(), peer] } else { [peer, String::new()] };
    let others = talk.others().iter();
    let others = others.map(|(exchange, state)| (exchange.clone(), [String::new(), (*state).to_owned()]));
    let (exchanges, rests) = std::iter::once((exchange, rests)).chain(others).unzip();
    Ok(Performance { exchanges, rests, lesson, ..Performance::default() })
}
