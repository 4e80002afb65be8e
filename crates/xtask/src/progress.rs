//! Says how far a long piece of work is: what is done, what is under way, what is next, and about how long that takes.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::run::Outcome;

/// What is not worth a line.
const SHORT: Duration = Duration::from_secs(2);

/// A step of the work.
pub(crate) struct Step {
    pub(crate) name: &'static str,
    /// What it adds to the whole when all is done for the first time on two idle cores, in seconds.
    pub(crate) seconds: u64,
    /// Whether it was never done here; else it takes as long as what changed.
    pub(crate) is_first: bool,
}

/// Steps, some of which run side by side.
pub(crate) struct Progress {
    begun: Instant,
    steps: Vec<Step>,
    states: Mutex<Vec<State>>,
}

#[derive(Clone, Copy, PartialEq)]
enum State {
    Waiting,
    Running,
    Done,
}

impl Progress {
    /// Says what is to be done, if much is.
    pub(crate) fn new(what: &str, steps: Vec<Step>) -> Self {
        let names: Vec<&str> = steps.iter().filter(|step| step.is_first).map(|step| step.name).collect();
        if !names.is_empty() {
            let seconds = steps.iter().filter(|step| step.is_first).map(|step| step.seconds).sum();
            eprintln!("{what}, for the first time: {} on two idle cores. Later it takes seconds.", about(seconds));
            eprintln!("To do: {}.", names.join(", "));
        }
        Progress { begun: Instant::now(), states: Mutex::new(vec![State::Waiting; steps.len()]), steps }
    }

    /// Does the step of this name, and says how far that leads.
    pub(crate) fn step<T>(&self, name: &str, work: impl FnOnce() -> Outcome<T>) -> Outcome<T> {
        let begun = Instant::now();
        self.now(name, State::Running);
        let done = work()?;
        let states = self.now(name, State::Done);
        if begun.elapsed() >= SHORT {
            eprintln!("{}", told(&self.steps, &states, name, begun.elapsed(), self.begun.elapsed()));
        }
        Ok(done)
    }

    fn now(&self, name: &str, state: State) -> Vec<State> {
        let mut states = self.states.lock().unwrap_or_else(PoisonError::into_inner);
        for (_, known) in self.steps.iter().zip(states.iter_mut()).filter(|(step, _)| step.name == name) {
            *known = state;
        }
        states.clone()
    }
}

/// What is said when a step is done that took so long, and the whole so far.
fn told(steps: &[Step], states: &[State], name: &str, took: Duration, elapsed: Duration) -> String {
    let those = |state: State| {
        let first = steps.iter().zip(states).filter(move |(step, now)| step.is_first && **now == state);
        first.map(|(step, _)| step)
    };
    let mut line = format!("Done in {} s: {name}.", took.as_secs());
    for (word, state) in [("Under way", State::Running), ("Next", State::Waiting)] {
        let names: Vec<&str> = those(state).map(|step| step.name).collect();
        if !names.is_empty() {
            line.push_str(&format!(" {word}: {}.", names.join(", ")));
        }
    }
    let seconds = |state: State| those(state).map(|step| step.seconds).sum::<u64>();
    let (done, left) = (seconds(State::Done), seconds(State::Waiting) + seconds(State::Running) / 2);
    if left > 0 && done > 0 {
        // As fast or as slow as it went so far.
        line.push_str(&format!(
            " Left: {}.",
            about(left * elapsed.as_secs().max(1) / (done + seconds(State::Running) / 2))
        ));
    }
    line
}

/// A duration in words that promise no more than is known.
fn about(seconds: u64) -> String {
    match seconds {
        0..=50 => format!("about {} s", seconds.div_ceil(10).max(1) * 10),
        _ => match seconds.div_ceil(30) {
            halves if halves % 2 == 0 => format!("about {} min", halves / 2),
            halves => format!("about {}½ min", halves / 2),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_is_told_at_the_pace_so_far() {
        let step = |name, seconds| Step { name, seconds, is_first: true };
        let steps = [step("a", 60), step("b", 40), step("c", 40), Step { name: "d", seconds: 90, is_first: false }];
        let states = [State::Done, State::Running, State::Waiting, State::Waiting];
        let told = |states: &[State]| told(&steps, states, "a", Duration::from_secs(70), Duration::from_secs(160));
        // 20 + 40 of 80 that took 160.
        assert_eq!(told(&states), "Done in 70 s: a. Under way: b. Next: c. Left: about 2 min.");
        assert_eq!(told(&[State::Done; 4]), "Done in 70 s: a.");
    }

    #[test]
    fn durations_are_rounded_up() {
        let told: Vec<String> = [0, 11, 51, 61, 91, 240].into_iter().map(about).collect();
        assert_eq!(told, ["about 10 s", "about 20 s", "about 1 min", "about 1½ min", "about 2 min", "about 4 min"]);
    }
}
