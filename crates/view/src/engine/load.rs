//! Reading an input, and saying in words what it was taken for.

use pgscope_capture::{Capture, Form};
use pgscope_proto::messages::{asynchronous, extended_query, simple_query, startup};
use pgscope_proto::{Beginning, Direction, Exchange, Severity, Sides, Stream, Tree, read};

use super::lines::List;
use super::pieces;
use super::{Candidate, Engine, Input, InputProblem, Kept, Loaded, Words};
use pgscope_session::{Guess, Guessed, settle, worst};

use crate::Indexed;
use crate::value::visible;

/// How many messages are searched for the names of both ends and for one that is worth a look.
const GREETING: usize = 60;
const LONGEST_NAME: usize = 24;
/// What is asked for where each piece is to be guessed by itself: nothing is said of who sent all.
const BY_PIECE: &str = "";

/// A form that can be asked for.
#[derive(Clone, Copy, Debug)]
pub struct FormChoice {
    /// What to ask for.
    pub id: &'static str,
    /// What it is called.
    pub name: &'static str,
}

/// All forms that can be asked for.
pub fn forms() -> impl Iterator<Item = FormChoice> {
    Form::ALL.into_iter().map(|form| FormChoice { id: form.id(), name: form.name() })
}

/// What the form with this id looks like.
pub fn form_doc(id: &str) -> &'static str {
    Form::from_id(id).map_or("", Form::doc)
}

impl Engine {
    /// What is known before the messages are.
    pub(super) fn about(&self, capture: &Capture) -> Loaded {
        let problems = capture.problems.iter().map(|problem| {
            let [start, end] = [problem.span.start, problem.span.end].map(|at| self.text.to_utf16(self.source(), at));
            let (met, expected) = (problem.met.clone(), problem.expected.clone());
            let row = self.text.line_at(problem.span.start);
            InputProblem { line: problem.line, column: problem.column, met, expected, start, end, row }
        });
        Loaded {
            form: capture.form.id().into(),
            form_name: capture.form.name().into(),
            form_guessed: capture.guessed,
            reason: capture.reason.clone(),
            left_out: capture.left_out.clone(),
            lines: self.text.lines(),
            is_long_text: self.is_long,
            problems: if self.is_empty_input() { Vec::new() } else { problems.collect() },
            ..Loaded::default()
        }
    }

    fn is_empty_input(&self) -> bool {
        match &self.input {
            Kept::Nothing => true,
            Kept::Text(text) => text.trim().is_empty(),
            Kept::Bytes(bytes) => bytes.is_empty(),
            Kept::InExchange | Kept::Elsewhere(_) => false,
        }
    }

    /// The input, unless it is longer; what is not shown in the text area as bytes.
    pub(super) fn source_up_to(&self, most: usize) -> Option<Input> {
        match &self.input {
            Kept::Nothing | Kept::Elsewhere(_) => None,
            _ if self.kept().len() > most => None,
            Kept::Text(text) if !self.is_long => Some(Input::Text(text.clone())),
            _ => Some(Input::Bytes(self.kept().to_vec())),
        }
    }

    /// The text that the bytes were read from.
    pub(super) fn source(&self) -> &str {
        match &self.input {
            Kept::Text(text) => text,
            _ => "",
        }
    }

    /// Forgets what is known of the connection that is shown.
    pub(super) fn forget(&mut self) {
        self.connection = 0;
        self.check = Default::default();
        self.seek = Default::default();
        self.list = Default::default();
        self.open = None;
    }

    /// Turns to one of the connections, and finds where one begins to look at it.
    pub(super) fn connect(&mut self, connection: usize) -> Loaded {
        let mut about = self.turn_to(connection);
        about.first = self.indexed().map(worth_a_look).unwrap_or_default();
        about
    }

    /// Turns to one of the connections.
    pub(super) fn turn_to(&mut self, connection: usize) -> Loaded {
        self.forget();
        self.connection = connection.min(self.connections.len().saturating_sub(1));
        self.list = self.outlines.get(self.connection).map(List::new).unwrap_or_default();
        let mut about = self.about.clone();
        about.connection = self.connection;
        about.connections = self.connections.len();
        about.errors = self.list.outline.errors().len();
        if let Some(indexed) = self.indexed() {
            describe(indexed, &mut about);
            about.split = self.options.split;
            self.tells_guesses.into_iter().for_each(|tell| tell(indexed, &mut about));
        }
        about
    }
}

fn describe(indexed: &Indexed, about: &mut Loaded) {
    about.bytes = indexed.reached();
    about.messages = indexed.index.len();
    about.order_inferred = indexed.index.order_is_inferred;
    about.sides = sides(indexed);
    about.ends = ends(indexed);
}

/// What was guessed, and what else it could be.
pub(super) fn tell_guesses(indexed: &Indexed, about: &mut Loaded) {
    about.sides_guessed = indexed.guess.sides.is_some_and(|sides| !sides.said);
    about.senders = senders(&indexed.guess);
    about.pieces = pieces::count(&indexed.exchange);
    about.labels = pieces::labels(&indexed.exchange);
    about.beginnings = beginnings(&indexed.guess);
}

/// Who may have sent it, where the input does not say it.
fn senders(guess: &Guess) -> Vec<Candidate> {
    let Some(sides) = guess.sides else { return Vec::new() };
    if guess.is_by_piece {
        return by_piece(guess, sides);
    }
    let candidate = |(direction, score): (Direction, f64)| Candidate {
        id: direction.name().into(),
        name: direction.name().into(),
        percent: percent(score),
        taken: direction == sides.taken,
        said: sides.said,
    };
    Direction::BOTH.into_iter().zip(sides.scores).map(candidate).collect()
}

/// Who may have sent these bytes, if they are an end's.
pub(super) fn sender(bytes: Vec<u8>) -> Option<String> {
    let exchange = Exchange::one_sided(Direction::Frontend, Stream::raw(bytes), Sides::Unknown);
    let (_, guess) = settle(exchange);
    let sides = guess.sides.filter(|sides| guess.body_of.is_none() && sides.scores.iter().any(|score| *score > 0.0))?;
    Some(sides.taken.name().to_owned())
}

/// Whether it is each piece by itself that is taken, or one end may have sent all of them.
fn by_piece(guess: &Guess, sides: Guessed<Direction, 2>) -> Vec<Candidate> {
    let fits = Direction::BOTH.into_iter().zip(sides.scores).find(|(direction, _)| *direction == sides.taken);
    let each = Candidate {
        id: BY_PIECE.into(),
        name: "both, piece by piece".into(),
        percent: percent(fits.map_or(0.0, |(_, score)| score)),
        taken: true,
        said: false,
    };
    let alone = Direction::BOTH.into_iter().zip(guess.alone).map(|(direction, score)| Candidate {
        id: direction.name().into(),
        name: if direction == Direction::Frontend { "all by the frontend" } else { "all by the backend" }.into(),
        percent: percent(score),
        taken: false,
        said: false,
    });
    std::iter::once(each).chain(alone).collect()
}

/// Where it may begin, where the input does not say it.
fn beginnings(guess: &Guess) -> Vec<Candidate> {
    let Some(guessed) = guess.beginning else { return Vec::new() };
    let candidate = |(beginning, score): (Beginning, f64)| Candidate {
        id: beginning.id().into(),
        name: named(beginning).into(),
        percent: percent(score),
        taken: beginning == guessed.taken,
        said: guessed.said,
    };
    Beginning::ALL.into_iter().zip(guessed.scores).map(candidate).collect()
}

fn named(beginning: Beginning) -> &'static str {
    match beginning {
        Beginning::Unknown => "unknown",
        Beginning::Start => "start of a connection",
        Beginning::Login => "login and settings",
        Beginning::Queries => "queries",
        Beginning::Copy => "COPY",
        Beginning::Replication => "replication",
    }
}

fn percent(score: f64) -> u32 {
    (score * 100.0 + 0.5) as u32
}

fn sides(indexed: &Indexed) -> Words {
    let is_silent = |side| indexed.exchange.stream(side).is_empty();
    match (is_silent(Direction::Frontend), is_silent(Direction::Backend)) {
        (true, true) => "nobody".into(),
        (false, true) => "frontend".into(),
        (true, false) => "backend".into(),
        (false, false) => "both directions".into(),
    }
}

/// The client's program and the server's version, where the exchange begins early enough to tell them.
fn ends(indexed: &Indexed) -> [String; 2] {
    let mut ends = [String::new(), String::new()];
    let [frontend, backend] = &mut ends;
    for entry in (0..GREETING).map_while(|number| indexed.index.entry(number)) {
        let bytes = indexed.bytes(&entry);
        if *entry.message == startup::STARTUP_MESSAGE {
            let named = ["application_name", "user"].iter().find_map(|name| read::startup_parameter(bytes, name));
            *frontend = shown(named.unwrap_or_default());
        } else if *entry.message == asynchronous::PARAMETER_STATUS {
            let value = read::second_text(bytes).unwrap_or_default();
            match read::first_text(bytes) {
                // `15.18 (Debian 15.18-0+deb12u1)`: the packager's word is no news here.
                Some(b"server_version") => {
                    *backend = shown(value.split(|byte| *byte == b' ').next().unwrap_or_default())
                }
                Some(b"application_name") if !value.is_empty() => *frontend = shown(value),
                _ => {}
            }
        }
    }
    ends
}

fn shown(name: &[u8]) -> String {
    visible(&String::from_utf8_lossy(name)).chars().take(LONGEST_NAME).collect()
}

/// The first message that is wrong, or that asks for something.
fn worth_a_look(indexed: &Indexed) -> usize {
    let asks = |number: &usize| {
        indexed
            .index
            .entry(*number)
            .is_some_and(|entry| *entry.message == simple_query::QUERY || *entry.message == extended_query::PARSE)
    };
    let mut tree = Tree::new();
    let is_faulty = |number: &usize| {
        let opened = indexed.open(*number, &mut tree);
        opened.is_some_and(|(_, problems)| worst(&problems) == Some(Severity::Error))
    };
    let mut first = 0..GREETING.min(indexed.index.len());
    first.clone().find(is_faulty).or_else(|| first.find(asks)).unwrap_or(0)
}
