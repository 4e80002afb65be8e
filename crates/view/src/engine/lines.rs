//! The lines of the list of messages: cycles and runs that fold, and messages.

use std::rc::Rc;

use super::{Engine, Fold, Folding, Kind, Line, Listed, Named, Pair, Spot, Words};
use crate::Indexed;
use crate::belongs::{self, band};
use crate::cycle::summary;
use crate::outline::{Folds, Item, Lines, Outline, What};
use crate::value::joined;

/// How many lines are given at once.
const MOST: usize = 1000;
/// How far the answers to a request are looked for.
const FARTHEST: usize = 1_000_000;

/// What belongs together, what of it is folded, and the lines that this gives.
#[derive(Debug, Default)]
pub(super) struct List {
    pub(super) outline: Rc<Outline>,
    folds: Folds,
    lines: Lines,
}

impl List {
    pub(super) fn new(outline: &Rc<Outline>) -> Self {
        let mut list = List { outline: Rc::clone(outline), ..List::default() };
        list.lay_out();
        list
    }

    fn lay_out(&mut self) {
        self.lines = Lines::new(&self.outline, &self.folds);
    }

    fn change(&mut self, spot: Spot, change: Folding) {
        match change {
            Folding::Nothing => return,
            Folding::Reveal => {
                if !self.folds.reveal(&self.outline, spot.number) {
                    return;
                }
            }
            Folding::All(open) => self.folds = Folds::all(open),
            Folding::Set(open) => {
                let what = match spot.kind {
                    Kind::Cycle => What::Cycle(self.outline.cycle_of(spot.number)),
                    Kind::Run => self.outline.run_of(spot.number).map_or(What::Message, What::Run),
                    Kind::Message => What::Message,
                };
                self.folds.set(what, open);
            }
        }
        self.lay_out();
    }

    /// The line of a spot, or of what hides it.
    fn line_of(&self, spot: Spot) -> Option<usize> {
        let line = self.lines.of(spot.number)?;
        let is_it = |line: &usize| self.item(*line).is_some_and(|item| self::spot(item) == spot);
        Some((line.saturating_sub(2)..=line).rev().find(is_it).unwrap_or(line))
    }

    pub(super) fn item(&self, line: usize) -> Option<Item> {
        self.lines.at(&self.outline, line)
    }

    /// The line that a line is in.
    fn parent(&self, item: Item) -> Option<usize> {
        let cycle = self.outline.cycle_of(item.from);
        let run = self.outline.run_of(item.from).and_then(|run| self.outline.runs().get(run));
        let (from, kind) = match (item.what, run) {
            (What::Cycle(_), _) => return None,
            (What::Message, Some(run)) => (run.from as usize, Kind::Run),
            _ if self.outline.has_head(cycle) => (self.outline.cycle(cycle).0, Kind::Cycle),
            _ => return None,
        };
        self.line_of(Spot { number: from, kind })
    }

    /// How deep a line is, and where it stands among its like: level and position from 1, and how many they are.
    fn place(&self, item: Item) -> (usize, usize, usize) {
        let cycle = self.outline.cycle_of(item.from);
        let is_alone = self.outline.cycles() > 1 && !self.outline.has_head(cycle);
        let outer = if self.outline.has_head(cycle) { 2 } else { 1 };
        let run = self.outline.run_of(item.from).and_then(|run| self.outline.runs().get(run));
        match (item.what, run) {
            (What::Cycle(_), _) => (1, cycle + 1, self.outline.cycles()),
            (What::Message, _) if is_alone => (1, cycle + 1, self.outline.cycles()),
            (What::Message, Some(run)) => {
                let from = run.from as usize;
                (outer + 1, item.from - from + 1, run.to as usize - from)
            }
            _ => {
                let (before, all) = self.outline.place(item.from);
                (outer, before + 1, all)
            }
        }
    }
}

fn spot(item: Item) -> Spot {
    Spot { number: item.from, kind: kind(item) }
}

fn kind(item: Item) -> Kind {
    match item.what {
        What::Cycle(_) => Kind::Cycle,
        What::Run(_) => Kind::Run,
        What::Message => Kind::Message,
    }
}

impl Engine {
    /// Opens or folds, and says how long the list is then and where the spot is in it.
    pub(super) fn fold(&mut self, spot: Spot, change: Folding) -> Listed {
        self.list.change(spot, change);
        if let Some(hits) = self.seek.filtered() {
            let at = hits.binary_search(&(spot.number as u32)).ok();
            return Listed { lines: hits.len(), at, spot: Spot { kind: Kind::Message, ..spot }, folds: false };
        }
        let list = &self.list;
        let folds = list.outline.cycles() > 1 || !list.outline.runs().is_empty();
        let at = if spot.number < list.outline.len() { list.line_of(spot) } else { None };
        let spot = at.and_then(|at| list.item(at)).map_or(spot, self::spot);
        Listed { lines: list.lines.len(), at, spot, folds }
    }

    /// How many lines the list has.
    pub(super) fn lines_count(&self) -> usize {
        self.seek.filtered().map_or(self.list.lines.len(), <[u32]>::len)
    }

    /// The first message of a line; behind the last line how many messages there are.
    pub(super) fn message_at(&self, line: usize) -> usize {
        let first = match self.seek.filtered() {
            Some(hits) => hits.get(line).map(|hit| *hit as usize),
            None => self.list.item(line).map(|item| item.from),
        };
        first.unwrap_or(self.list.outline.len())
    }

    pub(super) fn lines(&self, from: usize, to: usize) -> Vec<Line> {
        let Some(indexed) = self.indexed() else { return Vec::new() };
        let to = to.min(from.saturating_add(MOST));
        (from..to).map_while(|line| self.line(indexed, line)).collect()
    }

    fn line(&self, indexed: &Indexed, line: usize) -> Option<Line> {
        if let Some(hits) = self.seek.filtered() {
            let number = *hits.get(line)? as usize;
            let mut row = self.rows(number, number + 1).pop()?;
            let before = line.checked_sub(1).and_then(|before| hits.get(before));
            row.begins = before.is_none_or(|before| band(indexed, *before as usize) != band(indexed, number));
            return Some(Line {
                line,
                row,
                parent: None,
                level: 1,
                position: line + 1,
                siblings: hits.len(),
                fold: None,
                found: self.seek.found(number, number + 1),
            });
        }
        let item = self.list.item(line)?;
        let mut row = self.rows(item.from, item.from + 1).pop()?;
        let before = line.checked_sub(1).and_then(|before| self.list.item(before));
        row.begins |= kind(item) == Kind::Cycle;
        row.begins &= before.is_none_or(|before| before.from != item.from);
        let (level, position, siblings) = self.list.place(item);
        let fold = (item.what != What::Message).then(|| self.folded(indexed, item));
        let parent = self.list.parent(item);
        // What is open says it line by line.
        let to = if item.open { item.from } else { item.to };
        let found = self.seek.found(item.from, to);
        Some(Line { line, row, parent, level, position, siblings, fold, found })
    }

    fn folded(&self, indexed: &Indexed, item: Item) -> Fold {
        let (from, to) = (item.from, item.to);
        let (problems, first_problem) = self.check.between(from, to);
        let mut fold = Fold { kind: kind(item), to, open: item.open, problems, first_problem, ..Fold::default() };
        match item.what {
            What::Cycle(_) => {
                let told = summary(indexed, &self.list.outline, (from, to));
                fold.name = if told.name.is_empty() { belongs::cycle(indexed, from) } else { told.name }.into();
                (fold.says, fold.came, fold.failed) = (told.asked, told.came, told.failed);
            }
            _ => {
                let last = indexed.index.entry(to - 1);
                let first = indexed.index.entry(from);
                fold.bytes = first.zip(last).map_or(0, |(first, last)| last.span.end - first.span.start);
                fold.name = run_name(indexed, from, to);
                fold.came = self.rows(to - 1, to).pop().map(|row| row.says).unwrap_or_default();
            }
        }
        fold
    }

    /// A request and its answers, found by any of them.
    pub(super) fn pair(&self, number: usize) -> Option<Pair> {
        let indexed = self.indexed()?;
        let index = &indexed.index;
        let request = index.request(number).unwrap_or(number);
        let (_, end) = self.list.outline.cycle(self.list.outline.cycle_of(request));
        let mut answers = (request + 1..end.min(request + FARTHEST)).filter(|one| index.request(*one) == Some(request));
        let named = |number: usize| Named {
            number,
            name: index.entry(number).map_or("", |entry| indexed.named(&entry).name()).into(),
        };
        let first = answers.next()?;
        let (mut last, mut count, mut next) = (first, 1, Some(first).filter(|first| *first > number));
        for answer in answers {
            (last, count) = (answer, count + 1);
            next = next.or(Some(answer).filter(|answer| *answer > number));
        }
        Some(Pair { request: named(request), first: named(first), last: named(last), count, next })
    }

    /// The names of the messages that there are, and how many.
    pub(super) fn names(&self) -> Vec<(Words, Words, usize)> {
        let names = self.list.outline.names().iter();
        let mut names: Vec<(Words, Words, usize)> =
            names.map(|(direction, message, count)| (direction.name().into(), message.name().into(), *count)).collect();
        names.sort_unstable();
        names
    }
}

/// `DataRow`, or the first kinds of message that differ: `Bind, Execute, Sync`.
fn run_name(indexed: &Indexed, from: usize, to: usize) -> Words {
    let mut names: Vec<&'static str> = Vec::new();
    for entry in (from..to.min(from + 12)).filter_map(|number| indexed.index.entry(number)) {
        let name = indexed.named(&entry).name();
        if !names.contains(&name) {
            names.push(name);
        }
    }
    match names.as_slice() {
        [one] => (*one).into(),
        several => joined(&mut several.iter().copied(), ", ").into(),
    }
}
