//! A scenario: a conversation as data. The form is described in `crates/sim/scenarios/README.md`.
//!
//! A scenario is read with [`Choices`] for its knobs: what the knobs say is put in its place before anything else is
//! understood, so that every choice is a whole scenario of its own.

mod client;
mod lines;
mod narration;
mod server;
mod stream;

use pgscope_proto::Direction;

use crate::client::{Action, Settings};
use crate::end::Event;
use crate::random::Random;
use crate::simulation::{Played, Raw, Simulation};
use crate::wire::Wire;
use crate::world::World;
use lines::Line;

pub use narration::{Anchor, Narration, Question, Step};

/// A mistake in the text of a scenario, and where it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScenarioError {
    /// The line, from 1.
    pub line: usize,
    /// The column, from 1.
    pub column: usize,
    /// What is wrong.
    pub message: String,
}

impl std::fmt::Display for ScenarioError {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "line {}, column {}: {}", self.line, self.column, self.message)
    }
}

impl std::error::Error for ScenarioError {}

/// Something that can be chosen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Knob {
    /// Its name.
    pub name: String,
    /// What it is for, in a few words.
    pub label: String,
    /// What it can be set to; the first is the default.
    pub choices: Vec<String>,
}

/// Knobs and what they are set to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Choices(pub Vec<(String, String)>);

impl Choices {
    fn of(&self, name: &str) -> Option<&str> {
        self.0.iter().rev().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

/// A conversation as data.
#[derive(Clone, Debug, PartialEq)]
pub struct Scenario {
    /// Its title.
    pub title: String,
    /// What happens, in one line.
    pub summary: String,
    /// What it exists to show.
    pub shows: String,
    /// The part of the course that it belongs to, one of [`PARTS`]; empty if it belongs to none.
    pub part: String,
    /// What one can do when one has gone through it, in one line.
    pub teaches: String,
    /// The names of scenarios that one should know before.
    pub needs: Vec<String>,
    /// Why a real server cannot play it, if it cannot.
    pub not_real: Option<String>,
    /// Its knobs.
    pub knobs: Vec<Knob>,
    /// How the client connects.
    pub settings: Settings,
    /// What the client does.
    pub actions: Vec<Action>,
    /// What either end says in place of all that, and how long after the piece before, in microseconds: the client's pieces first.
    pub says: [Vec<(u64, Vec<u8>)>; 2],
    /// What the client says on further connections, and when.
    pub beside: Vec<(u64, Vec<u8>)>,
    /// When it is over.
    pub until_us: u64,
    /// What the server knows.
    pub world: World,
    /// The wire.
    pub wire: Wire,
    /// What happens from outside, and when.
    pub events: Vec<(u64, Event)>,
    /// SQL that makes a real server play it.
    pub setup: String,
    /// The seed of all randomness.
    pub seed: u64,
}

impl Scenario {
    /// Reads the text of a scenario with these choices.
    pub fn read(text: &str, choices: &Choices) -> Result<Self, ScenarioError> {
        let knobs = lines::knobs(text)?;
        lines::check(&knobs, choices)?;
        let lines = lines::chosen(text, &knobs, choices)?;
        let mut scenario = Self::empty(knobs);
        let mut section = Section::Top;
        let mut blocks: Vec<(Line, Vec<Line>)> = Vec::new();
        for line in lines {
            if let Some(next) = Section::opened_by(&line)? {
                scenario.take_blocks(section, std::mem::take(&mut blocks))?;
                section = next;
            } else if section == Section::Setup {
                scenario.setup.push_str(&line.raw);
                scenario.setup.push('\n');
            } else if line.is_indented() {
                let owner =
                    blocks.last_mut().ok_or_else(|| line.wrong("there is nothing that this line belongs to"))?;
                owner.1.push(line);
            } else {
                blocks.push((line, Vec::new()));
            }
        }
        scenario.take_blocks(section, blocks)?;
        scenario.complete()
    }

    fn empty(knobs: Vec<Knob>) -> Self {
        Self {
            title: String::new(),
            summary: String::new(),
            shows: String::new(),
            part: String::new(),
            teaches: String::new(),
            needs: Vec::new(),
            not_real: None,
            knobs,
            settings: Settings::default(),
            actions: Vec::new(),
            says: [Vec::new(), Vec::new()],
            beside: Vec::new(),
            until_us: LONGEST_US,
            world: World::default(),
            wire: Wire::default(),
            events: Vec::new(),
            setup: String::new(),
            seed: 1,
        }
    }

    fn complete(self) -> Result<Self, ScenarioError> {
        let missing =
            [("title", &self.title), ("summary", &self.summary)].into_iter().find(|(_, text)| text.is_empty());
        match missing {
            Some((name, _)) => {
                Err(ScenarioError { line: 1, column: 1, message: format!("the scenario has no {name}") })
            }
            None => Ok(self),
        }
    }

    fn take_blocks(&mut self, section: Section, blocks: Vec<(Line, Vec<Line>)>) -> Result<(), ScenarioError> {
        for (line, inside) in blocks {
            let takes_inside = section == Section::Server;
            if let Some(extra) = inside.first().filter(|_| !takes_inside) {
                return Err(extra.wrong("only lines below an answer or a function of the server are indented"));
            }
            match section {
                Section::Top => self.top(&line)?,
                Section::Client => self.client(&line)?,
                Section::Server => self.server(&line, &inside)?,
                Section::Wire => self.wire(&line)?,
                Section::Events => self.event(&line)?,
                Section::Setup => {}
            }
        }
        Ok(())
    }

    fn top(&mut self, line: &Line) -> Result<(), ScenarioError> {
        let (name, value) = line.setting()?;
        match name {
            "title" => self.title = value.to_owned(),
            "summary" => self.summary = value.to_owned(),
            "shows" => self.shows = value.to_owned(),
            "part" if PARTS.contains(&value) => self.part = value.to_owned(),
            "part" => return Err(line.wrong_at(value, format!("the parts are {}", PARTS.join(", ")))),
            "teaches" => self.teaches = value.to_owned(),
            "needs" => self.needs = needs(line, value)?,
            "seed" => self.seed = line.number(value)?,
            "until" => self.until_us = line.duration(value)?.min(LONGEST_US),
            "not real" => self.not_real = Some(value.to_owned()),
            _ => {
                return Err(line.wrong(
                    "known here are title, summary, shows, part, teaches, needs, seed, until, not real and knob",
                ));
            }
        }
        Ok(())
    }

    fn wire(&mut self, line: &Line) -> Result<(), ScenarioError> {
        if let Some(rest) = line.after("damage ") {
            let damage = lines::damage(line, rest)?;
            self.wire.damages.push(damage);
            return Ok(());
        }
        let (name, value) = line.setting()?;
        match name {
            "latency" => self.wire.latency_us = line.duration(value)?,
            "segments" if value == "whole" => self.wire.segment = None,
            "segments" => self.wire.segment = Some(line.number(value)? as usize),
            _ => return Err(line.wrong("known here are latency, segments and damage")),
        }
        Ok(())
    }

    fn event(&mut self, line: &Line) -> Result<(), ScenarioError> {
        let expected = "an event is `at TIME terminate`, `crash`, `notify CHANNEL PAYLOAD` or `reload NAME VALUE`";
        let rest = line.after("at ").ok_or_else(|| line.wrong(expected))?;
        let (time, what) = rest.split_once(' ').ok_or_else(|| line.wrong(expected))?;
        let at = line.duration(time)?;
        let words: Vec<&str> = what.splitn(3, ' ').collect();
        let event = match words.as_slice() {
            ["terminate"] => Event::Terminate,
            ["crash"] => Event::Crash,
            ["notify", channel, rest @ ..] => {
                let payload = rest.first().copied().unwrap_or_default().to_owned();
                Event::Notify { pid: 4242, channel: (*channel).to_owned(), payload }
            }
            ["reload", name, value] => Event::Reload { name: (*name).to_owned(), value: (*value).to_owned() },
            _ => return Err(line.wrong(expected)),
        };
        self.events.push((at, event));
        Ok(())
    }

    /// A simulation that is about to begin.
    pub fn simulation(&self) -> Simulation {
        let mut simulation = Simulation::new(self.world.clone(), self.wire.clone(), Random::seeded(self.seed));
        for (at, event) in &self.events {
            simulation.plan(*at, event.clone());
        }
        simulation
    }

    /// Plays it to the end.
    pub fn play(&self) -> Played {
        let mut simulation = self.simulation();
        let raw = |side: Direction| {
            let says = self.says.get(side.index()).filter(|says| !says.is_empty())?;
            Some(Raw::new(side, says.clone(), false))
        };
        match (raw(Direction::Frontend), raw(Direction::Backend)) {
            (Some(client), _) => simulation.connect_said(client),
            (None, Some(server)) => simulation.connect_to_said(self.settings.clone(), self.actions.clone(), server),
            (None, None) => simulation.connect(self.settings.clone(), self.actions.clone()),
        }
        for piece in &self.beside {
            simulation.connect_raw(Raw::new(Direction::Frontend, vec![piece.clone()], false));
        }
        simulation.run_until(self.until_us)
    }

    /// `says 1ms 51 00 …`.
    fn say(&mut self, line: &Line, rest: &str, side: Direction) -> Result<(), ScenarioError> {
        let piece = piece(line, rest)?;
        self.says.get_mut(side.index()).into_iter().for_each(|says| says.push(piece.clone()));
        Ok(())
    }
}

/// A time, and bytes.
fn piece(line: &Line, rest: &str) -> Result<(u64, Vec<u8>), ScenarioError> {
    let (time, hex) = rest.split_once(' ').ok_or_else(|| line.wrong("expected a time and bytes: `1ms 51 00 …`"))?;
    Ok((line.duration(time)?, line.hex(hex)?))
}

/// The parts of the course, in their order.
pub const PARTS: &[&str] =
    &["First contact", "Let in", "Prepared", "In bulk", "By themselves", "When it breaks", "Replication"];

/// Names of scenarios, with commas between them; there may be none.
fn needs(line: &Line, list: &str) -> Result<Vec<String>, ScenarioError> {
    let is_name =
        |name: &str| name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
    let one = |name: &str| match name {
        "" => Err(line.wrong("expected `needs = NAME, NAME`")),
        name if is_name(name) => Ok(name.to_owned()),
        name => Err(line.wrong_at(name, format!("`{name}` is no name of a scenario"))),
    };
    if list.is_empty() { Ok(Vec::new()) } else { list.split(',').map(str::trim).map(one).collect() }
}

/// How long a scenario goes on: longer than any timeout in it.
const LONGEST_US: u64 = 600_000_000;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Section {
    Top,
    Client,
    Server,
    Wire,
    Events,
    Setup,
}

impl Section {
    fn opened_by(line: &Line) -> Result<Option<Self>, ScenarioError> {
        let Some(name) = line.text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) else { return Ok(None) };
        Ok(Some(match name {
            "client" => Section::Client,
            "server" => Section::Server,
            "wire" => Section::Wire,
            "events" => Section::Events,
            "setup" => Section::Setup,
            _ => return Err(line.wrong("sections are [client], [server], [wire], [events] and [setup]")),
        }))
    }
}
