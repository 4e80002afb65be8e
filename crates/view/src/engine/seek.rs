//! Finding and filtering, a slice of messages at a time: text may have to be looked for in what every row says.

use pgscope_proto::{Direction, Tree};

use super::{Elsewhere, Engine, Hit, Progress, Sought, Words};
use crate::filter::{Expression, Mistake, Subject, is_meant};
use crate::find::{Found, Looking, Pattern};

/// How many bytes a slice looks through at most, or does in the time that takes.
pub(super) const SLICE: usize = 4 << 20;

/// What is found, and what is filtered.
#[derive(Debug, Default)]
pub(super) struct Seek {
    find: Option<Search>,
    filter: Option<Search>,
    others: Others,
}

/// How far the other connections were looked through: each only until it is known whether it has something.
#[derive(Debug, Default)]
struct Others {
    connection: usize,
    looked: usize,
    found: Vec<usize>,
}

/// The messages that are looked for, and those found so far.
#[derive(Debug, Default)]
struct Search {
    pattern: Option<Looking>,
    /// What they are to be like.
    expression: Option<Box<dyn Chooses>>,
    direction: Option<Direction>,
    name: String,
    looked: usize,
    hits: Vec<u32>,
}

/// What chooses messages. Behind a trait, so that who only drops it need not have what it is made of.
trait Chooses: std::fmt::Debug {
    fn cost(&self, length: usize) -> usize;
    fn chooses(&self, subject: Subject<'_>, tree: &mut Tree) -> bool;
    /// What of it cannot be read.
    fn mistake(&self) -> Option<&Mistake>;
}

impl Chooses for Result<Expression, Mistake> {
    fn cost(&self, length: usize) -> usize {
        self.as_ref().map_or(0, |expression| expression.cost(length))
    }

    fn chooses(&self, subject: Subject<'_>, tree: &mut Tree) -> bool {
        self.as_ref().is_ok_and(|expression| expression.holds(subject, tree))
    }

    fn mistake(&self) -> Option<&Mistake> {
        self.as_ref().err()
    }
}

impl Search {
    fn has(&mut self, subject: Subject<'_>, tree: &mut Tree) -> bool {
        let Subject { indexed, number, .. } = subject;
        let Some(entry) = indexed.index.entry(number) else { return false };
        self.direction.is_none_or(|direction| entry.direction == direction)
            && (self.name.is_empty() || indexed.named(&entry).name() == self.name)
            && self.pattern.as_mut().is_none_or(|pattern| pattern.finds(indexed, number, tree))
            && self.expression.as_ref().is_none_or(|expression| expression.chooses(subject, tree))
    }

    /// Looks on in at most so many messages; those that `within` does not have are passed over.
    fn look(&mut self, of: Subject<'_>, messages: usize, mut within: Option<&mut Search>) {
        let (mut tree, mut cost, indexed) = (Tree::new(), 0, of.indexed);
        for number in (self.looked..indexed.index.len()).take(messages) {
            let subject = Subject { number, ..of };
            let has = self.has(subject, &mut tree);
            cost += self.cost(subject);
            let within = within.as_deref_mut().filter(|_| has);
            let is_within = within.is_none_or(|within| {
                let is = within.has(subject, &mut tree);
                cost += within.cost(subject);
                is
            });
            if has && is_within {
                self.hits.push(number as u32);
            }
            self.looked = number + 1;
            if cost > SLICE {
                break;
            }
        }
    }

    /// What it took to look at a message, in bytes.
    fn cost(&self, subject: Subject<'_>) -> usize {
        let length = || subject.indexed.index.entry(subject.number).map_or(0, |entry| entry.span.len());
        match (&self.pattern, &self.expression) {
            (Some(pattern), _) => length() + pattern.cost(),
            (_, Some(expression)) => expression.cost(length()),
            _ => 0,
        }
    }

    fn begin_again(&mut self) {
        self.looked = 0;
        self.hits.clear();
    }

    fn progress(&self) -> Progress {
        let understood = match (self.pattern.as_ref().map(Looking::pattern), &self.expression) {
            (_, Some(expression)) => match expression.mistake() {
                Some(Mistake { at, message }) => Words::from(format!("letter {}: {message}", at + 1)),
                None => Words::from("expression"),
            },
            (Some(Pattern::Bytes(_)), _) => Words::from("bytes"),
            (Some(Pattern::Text(_)), _) => Words::from("text"),
            _ => Words::from(""),
        };
        Progress { understood, looked: self.looked, hits: self.hits.len() }
    }
}

impl Seek {
    /// The messages that the list shows; nothing where it shows all.
    pub(super) fn filtered(&self) -> Option<&[u32]> {
        self.filter.as_ref().map(|filter| filter.hits.as_slice())
    }

    /// How many of the messages `from..to` were found.
    pub(super) fn found(&self, from: usize, to: usize) -> usize {
        self.hits_between(from, to).0
    }

    /// The same, and the first of them.
    pub(super) fn hits_between(&self, from: usize, to: usize) -> (usize, Option<usize>) {
        let Some(find) = &self.find else { return (0, None) };
        let before = |number: usize| find.hits.partition_point(|hit| (*hit as usize) < number);
        let (first, last) = (before(from), before(to));
        (last.saturating_sub(first), find.hits.get(first).filter(|_| first < last).map(|hit| *hit as usize))
    }
}

impl Engine {
    /// Begins to look for something else.
    pub(super) fn find(&mut self, text: &str) -> Sought {
        self.seek.others = Others::default();
        self.seek.find =
            Pattern::parse(text).map(|pattern| Search { pattern: Some(Looking::new(pattern)), ..Search::default() });
        self.sought()
    }

    /// Begins to show something else.
    pub(super) fn filter(&mut self, direction: &str, name: String, text: &str) -> Sought {
        let direction = Direction::BOTH.into_iter().find(|known| known.name() == direction);
        let expression = is_meant(text).then(|| -> Box<dyn Chooses> { Box::new(Expression::parse(text)) });
        let pattern = Pattern::parse(text).filter(|_| expression.is_none()).map(Looking::new);
        let filters = direction.is_some() || pattern.is_some() || expression.is_some() || !name.is_empty();
        if expression.is_some() {
            self.survey_all();
        }
        self.seek.filter = filters.then(|| Search { pattern, expression, direction, name, ..Search::default() });
        self.seek.find.iter_mut().for_each(Search::begin_again);
        self.sought()
    }

    /// Looks on.
    pub(super) fn look(&mut self, messages: usize) -> Sought {
        let Some(indexed) = self.connections.get(self.connection) else { return Sought::default() };
        let survey = self.overview.as_deref().and_then(|overview| overview.overview().survey(self.connection));
        let of = Subject { indexed, connection: self.connection, survey, number: 0 };
        let Seek { find, filter, .. } = &mut self.seek;
        filter.iter_mut().for_each(|filter| filter.look(of, messages, None));
        find.iter_mut().for_each(|find| find.look(of, messages, filter.as_mut()));
        self.sought()
    }

    /// Looks on in the other connections.
    pub(super) fn elsewhere(&mut self, messages: usize) -> Elsewhere {
        let (mut tree, mut left, mut cost) = (Tree::new(), messages, 0);
        while left > 0 && cost < SLICE {
            let nth = self.seek.others.connection;
            let is_away = nth < self.connections.len() && nth != self.connection && self.is_away(nth);
            if is_away && !self.bring_next(nth) {
                // It cannot be read again, and no other.
                self.seek.others.connection = self.connections.len();
            }
            // That was enough for once.
            cost += if is_away { SLICE } else { 0 };
            let nth = self.seek.others.connection;
            let Seek { find: Some(find), others, .. } = &mut self.seek else { return Elsewhere::default() };
            let Some(indexed) = self.connections.get(nth) else { break };
            let entry = indexed.index.entry(others.looked).filter(|_| nth != self.connection);
            let subject = Subject { indexed, connection: nth, survey: None, number: others.looked };
            let has = entry.is_some() && find.has(subject, &mut tree);
            cost += find.cost(subject);
            if has {
                others.found.push(nth);
            }
            match &entry {
                Some(_) if !has => (others.looked, left) = (others.looked + 1, left - 1),
                _ => (others.connection, others.looked, left) = (nth + 1, 0, left - 1),
            }
        }
        let others = &self.seek.others;
        Elsewhere { connections: others.found.clone(), is_done: others.connection >= self.connections.len() }
    }

    fn sought(&self) -> Sought {
        let progress = |search: &Option<Search>| search.as_ref().map(Search::progress);
        Sought { find: progress(&self.seek.find), filter: progress(&self.seek.filter) }
    }

    /// The nearest message that was found: this one if it is `here` to stay, else behind it or before it, and round the end.
    pub(super) fn hit(&self, number: usize, forward: bool, here: bool) -> Option<Hit> {
        let (indexed, find) = (self.indexed()?, self.seek.find.as_ref()?);
        let last = find.hits.len().checked_sub(1)?;
        let before = find.hits.partition_point(|hit| (*hit as usize) < number);
        let is_hit = find.hits.get(before).is_some_and(|hit| *hit as usize == number);
        let nth = match forward {
            true if is_hit && !here => before + 1,
            true => before,
            false => before.checked_sub(1).unwrap_or(last),
        };
        let nth = if nth > last { 0 } else { nth };
        let number = *find.hits.get(nth)? as usize;
        let found = find.pattern.as_ref()?.pattern().find(indexed, number, &mut Tree::new())?;
        let bytes = match found {
            Found::InBytes(span) => Some((span.start, span.end)),
            Found::InWords => None,
        };
        Some(Hit { number, nth, bytes })
    }
}
