//! The messages of all connections in one order of time, those that are like something. It looks at no more of them than somebody
//! wants to see, and at a slice at a time.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};

use pgscope_proto::{Severity, Tree};
use pgscope_session::survey::TimesRead;

use super::Engine;
use super::seek::SLICE;
use super::shelf::LOST;
use super::{Said, Survey};
use crate::filter::{Expression, Mistake, Subject, is_meant};
use crate::find::{Looking, Pattern};
use crate::units::seconds;

/// So many of those found are kept, the first ones in time; all are counted.
const KEPT: usize = if cfg!(test) { 20 } else { 100_000 };

/// What they are to be like.
#[derive(Debug)]
enum Like {
    All,
    Pattern(Box<Looking>),
    Expression(Result<Expression, Mistake>),
}

impl Like {
    fn has(&mut self, subject: Subject<'_>, tree: &mut Tree) -> bool {
        match self {
            Like::All => true,
            Like::Pattern(pattern) => pattern.finds(subject.indexed, subject.number, tree),
            Like::Expression(expression) => expression.as_ref().is_ok_and(|expression| expression.holds(subject, tree)),
        }
    }

    /// What it took to look at a message of this length.
    fn cost(&self, length: usize) -> usize {
        match self {
            Like::All => 0,
            Like::Pattern(pattern) => length + pattern.cost(),
            Like::Expression(expression) => expression.as_ref().map_or(0, |expression| expression.cost(length)),
        }
    }
}

/// How far it is looked, and what was found.
#[derive(Debug)]
pub(super) struct Interleaved {
    text: String,
    like: Like,
    /// From when to when they were seen.
    span: Option<(i64, i64)>,
    /// The next message of each connection: when it was seen, the connection, its number.
    next: BinaryHeap<Reverse<(i64, u32, u32)>>,
    /// How far the times of each were read, of connections that are not held.
    read: Vec<TimesRead>,
    /// Where those are looked through one after the other: which it is, its next message, when the one before was seen.
    through: Option<(u32, u32, i64)>,
    /// What was found, and when it was seen: the first of them, in order to where they are `sorted`.
    found: Vec<(i64, u32, u32)>,
    sorted: usize,
    kept: usize,
    count: usize,
    looked: usize,
    /// The rows that were told last.
    told: HashMap<(u32, u32), Said>,
    /// Whether the file could not be read again.
    is_lost: bool,
}

impl Interleaved {
    /// Whether it is this that is looked for, and whether so many rows of it are kept.
    fn is_of(&self, text: &str, span: Option<(i64, i64)>, rows: usize) -> bool {
        self.text == text && self.span == span && (rows <= self.kept || self.is_all())
    }

    fn is_all(&self) -> bool {
        matches!(self.like, Like::All) && self.span.is_none()
    }

    fn is_then(&self, at: i64) -> bool {
        self.span.is_none_or(|(from, to)| (from..=to).contains(&at))
    }

    /// Puts what was found in order, when that is worth it, and keeps no more of it than is shown.
    fn sort(&mut self, is_through: bool) {
        if self.through.is_some() && (is_through || self.found.len() - self.sorted > self.sorted / 4) {
            self.found.sort();
        } else if self.through.is_some() {
            return;
        }
        if !self.is_all() {
            self.found.truncate(self.kept);
        }
        self.sorted = self.found.len();
    }
}

impl Engine {
    /// Messages of all connections in one order of time: looks on, and tells these rows.
    pub(super) fn interleaved(
        &mut self,
        like: &str,
        span: Option<(i64, i64)>,
        rows: (usize, usize),
        messages: usize,
    ) -> Survey {
        let Some(known) = self.overview.as_mut().map(|overview| overview.interleaved().take()) else {
            return Survey::Nothing;
        };
        let mut now = known
            .filter(|now| now.is_of(like, span, rows.1))
            .unwrap_or_else(|| self.begin_interleaved(like, span, rows.1));
        self.look_for(&mut now, messages, rows.1);
        let told = self.told_interleaved(&mut now, rows);
        if let Some(overview) = &mut self.overview {
            *overview.interleaved() = Some(now);
        }
        told
    }

    /// Begins to look; as the filter does, for an expression, or for words or bytes.
    fn begin_interleaved(&self, text: &str, span: Option<(i64, i64)>, rows: usize) -> Interleaved {
        let like = match Pattern::parse(text) {
            None => Like::All,
            Some(_) if is_meant(text) => Like::Expression(Expression::parse(text)),
            Some(pattern) => Like::Pattern(Box::new(Looking::new(pattern))),
        };
        let is_all = matches!(like, Like::All) && span.is_none();
        let mut now = Interleaved {
            text: text.to_owned(),
            like,
            span,
            next: BinaryHeap::new(),
            read: Vec::new(),
            // What is not held is read once, not back and forth.
            through: (self.shelf.is_some() && !is_all).then_some((0, 0, i64::MIN)),
            found: Vec::new(),
            sorted: 0,
            kept: KEPT.max(rows * 2),
            count: 0,
            looked: 0,
            told: HashMap::new(),
            is_lost: false,
        };
        if self.shelf.is_some() {
            now.read.resize(self.connections.len(), TimesRead::default());
        }
        if now.through.is_none() {
            (0..self.connections.len()).for_each(|nth| self.push_next(&mut now, nth, 0, i64::MIN));
        }
        now
    }

    /// A message of a connection is to come, if there is one with this number. What has no time of its own stands behind what was said
    /// before it.
    fn push_next(&self, now: &mut Interleaved, nth: usize, number: usize, before: i64) {
        if number < self.count_of(nth) {
            let at = self.seen(now, nth, number).map_or(before, |at| at.max(before));
            now.next.push(Reverse((at, nth as u32, number as u32)));
        }
    }

    fn count_of(&self, nth: usize) -> usize {
        match self.shelf.as_ref() {
            Some(shelf) => shelf.messages(nth),
            None => self.connections.get(nth).map_or(0, |indexed| indexed.index.len()),
        }
    }

    /// When a message was seen. Of connections that are not held, they are asked for in their order.
    fn seen(&self, now: &mut Interleaved, nth: usize, number: usize) -> Option<i64> {
        match self.shelf.as_ref() {
            Some(shelf) => shelf.times(nth)?.next(now.read.get_mut(nth)?),
            None => {
                let (indexed, overview) = (self.connections.get(nth)?, self.overview.as_deref()?.overview());
                overview.survey(nth)?.seen_us(&indexed.exchange, &indexed.index, number)
            }
        }
    }

    fn next_of(&self, now: &mut Interleaved) -> Option<(i64, u32, u32)> {
        let Some((mut nth, mut number, mut before)) = now.through else {
            let Reverse((at, connection, number)) = now.next.pop()?;
            self.push_next(now, connection as usize, number as usize + 1, at);
            return Some((at, connection, number));
        };
        while number as usize >= self.count_of(nth as usize) {
            (nth, number, before) = (nth + 1, 0, i64::MIN);
            if nth as usize >= self.connections.len() {
                now.through = Some((nth, 0, before));
                return None;
            }
        }
        let at = self.seen(now, nth as usize, number as usize).map_or(before, |at| at.max(before));
        now.through = Some((nth, number + 1, at));
        Some((at, nth, number))
    }

    /// Looks on in at most so many messages. Where all are wanted, no further than to `enough` of them.
    fn look_for(&mut self, now: &mut Interleaved, messages: usize, enough: usize) {
        let (mut tree, mut cost) = (Tree::new(), 0);
        let is_searched = !now.is_all();
        for _ in 0..messages {
            if now.is_lost || cost > SLICE || !is_searched && now.found.len() >= enough {
                break;
            }
            let Some((at, connection, number)) = self.next_of(now) else { break };
            now.looked += 1;
            if !now.is_then(at) {
                continue;
            }
            if !is_searched {
                now.found.push((at, connection, number));
                continue;
            }
            let (nth, message) = (connection as usize, number as usize);
            // What is brought is enough for once.
            cost += if self.is_away(nth) { SLICE } else { 0 };
            now.is_lost = !self.bring_next(nth);
            let (Some(indexed), Some(overview)) = (self.connections.get(nth), self.overview.as_deref()) else {
                continue;
            };
            let length = indexed.index.entry(message).map_or(0, |entry| entry.span.len());
            let survey = overview.overview().survey(nth);
            let subject = Subject { indexed, connection: nth, survey, number: message };
            let has = now.like.has(subject, &mut tree);
            cost += now.like.cost(length);
            if has {
                now.found.push((at, connection, number));
                now.count += 1;
            }
        }
        now.sort(self.is_through(now));
    }

    fn is_through(&self, now: &Interleaved) -> bool {
        match now.through {
            Some((nth, ..)) => nth as usize >= self.connections.len(),
            None => now.next.is_empty(),
        }
    }

    fn told_interleaved(&mut self, now: &mut Interleaved, (from, to): (usize, usize)) -> Survey {
        let wanted = now.found.get(from..to.min(now.sorted)).unwrap_or_default();
        let mut before = std::mem::take(&mut now.told);
        let mut group: Vec<usize> = Vec::new();
        for (_, connection, number) in wanted {
            match before.remove(&(*connection, *number)) {
                Some(said) => drop(now.told.insert((*connection, *number), said)),
                None => group.push(*connection as usize),
            }
        }
        group.sort_unstable();
        group.dedup();
        let mut rest = group.as_slice();
        while !rest.is_empty() && !now.is_lost {
            let at_once = self.at_once(rest);
            now.is_lost = !self.bring_all(at_once);
            for (at, connection, number) in wanted {
                let place = (*connection, *number);
                if at_once.binary_search(&(*connection as usize)).is_ok()
                    && !now.told.contains_key(&place)
                    && let Some(said) = self.row_of(*at, *connection as usize, *number as usize)
                {
                    now.told.insert(place, said);
                }
            }
            rest = rest.get(at_once.len()..).unwrap_or_default();
        }
        let row = |(_, connection, number): &(i64, u32, u32)| now.told.get(&(*connection, *number)).cloned();
        let rows = wanted.iter().filter_map(row).collect();
        let all = self.messages();
        let mistake = match &now.like {
            Like::Expression(Err(Mistake { at, message })) => format!("letter {}: {message}", at + 1),
            _ if now.is_lost => LOST.to_owned(),
            _ => String::new(),
        };
        let is_all = now.is_all();
        let is_through = self.is_through(now);
        Survey::Messages {
            count: if is_all { all } else { now.count },
            looked: now.looked,
            all,
            is_done: is_through || is_all && now.found.len() >= to || !mistake.is_empty(),
            mistake,
            rows,
        }
    }

    /// A message as a row; it is here.
    fn row_of(&self, at: i64, nth: usize, message: usize) -> Option<Said> {
        let begin = self.overview.as_deref().and_then(|overview| overview.overview().begin_us());
        let begin = begin.filter(|_| at > i64::MIN);
        let indexed = self.connections.get(nth)?;
        let mut tree = Tree::new();
        let (entry, problems) = indexed.check(message, &mut tree)?;
        Some(Said {
            connection: nth + 1,
            message: message + 1,
            time: begin.map(|begin| seconds(at.saturating_sub(begin))).unwrap_or_default(),
            direction: entry.direction.name().to_owned(),
            name: indexed.named(&entry).name().to_owned(),
            says: indexed.says_named(&entry, &tree),
            is_bad: problems.iter().any(|problem| problem.severity > Severity::Note),
        })
    }
}
