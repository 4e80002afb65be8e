//! Which lines a list shows where some cycles and runs are folded, and which message stands on which.
//!
//! The lines are kept as stretches: one for each line that folds, one for the messages between two of these. Both ways
//! through them are a binary search.

use super::Outline;

/// What is folded: everything of a kind or nothing, but for exceptions.
#[derive(Clone, Debug)]
pub(crate) struct Folds {
    cycles_open: bool,
    runs_open: bool,
    /// The cycles and runs that are not as all others, sorted.
    cycles: Vec<u32>,
    runs: Vec<u32>,
}

impl Default for Folds {
    fn default() -> Self {
        Self { cycles_open: true, runs_open: false, cycles: Vec::new(), runs: Vec::new() }
    }
}

impl Folds {
    pub(crate) fn all(open: bool) -> Self {
        Self { cycles_open: open, runs_open: open, ..Self::default() }
    }

    fn cycle_is_open(&self, cycle: usize) -> bool {
        self.cycles_open != self.cycles.binary_search(&(cycle as u32)).is_ok()
    }

    fn run_is_open(&self, run: usize) -> bool {
        self.runs_open != self.runs.binary_search(&(run as u32)).is_ok()
    }

    /// Opens or folds a line that folds.
    pub(crate) fn set(&mut self, what: What, open: bool) {
        let (all_open, exceptions, nth) = match what {
            What::Cycle(cycle) => (self.cycles_open, &mut self.cycles, cycle as u32),
            What::Run(run) => (self.runs_open, &mut self.runs, run as u32),
            What::Message => return,
        };
        match (exceptions.binary_search(&nth), all_open != open) {
            (Ok(at), false) => drop(exceptions.remove(at)),
            (Err(at), true) => exceptions.insert(at, nth),
            _ => {}
        }
    }

    /// Opens what hides a message. Gives whether something did.
    pub(crate) fn reveal(&mut self, outline: &Outline, message: usize) -> bool {
        let cycle = outline.cycle_of(message);
        let cycle = Some(cycle).filter(|cycle| outline.has_head(*cycle) && !self.cycle_is_open(*cycle));
        let run = outline.run_of(message).filter(|run| !self.run_is_open(*run));
        cycle.into_iter().for_each(|cycle| self.set(What::Cycle(cycle), true));
        run.into_iter().for_each(|run| self.set(What::Run(run), true));
        cycle.is_some() || run.is_some()
    }
}

/// What stands on a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum What {
    /// A cycle, which folds.
    Cycle(usize),
    /// A run, which folds.
    Run(usize),
    Message,
}

/// A line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Item {
    pub(crate) what: What,
    /// The message, or the first one that it stands for.
    pub(crate) from: usize,
    /// One past the last.
    pub(crate) to: usize,
    /// Whether a line that folds is open.
    pub(crate) open: bool,
}

/// One line that folds, or some of messages.
#[derive(Clone, Copy, Debug)]
struct Stretch {
    line: u32,
    from: u32,
    kind: Kind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Cycle,
    Run,
    Messages,
}

/// The lines of a list.
#[derive(Clone, Debug, Default)]
pub(crate) struct Lines {
    stretches: Vec<Stretch>,
    count: usize,
}

impl Lines {
    pub(crate) fn new(outline: &Outline, folds: &Folds) -> Self {
        let mut lines = Lines::default();
        let mut runs = outline.runs().iter().enumerate().peekable();
        for cycle in 0..outline.cycles() {
            let (from, to) = outline.cycle(cycle);
            let is_open = !outline.has_head(cycle) || folds.cycle_is_open(cycle);
            if outline.has_head(cycle) {
                lines.push(Kind::Cycle, from, 1);
            }
            let mut at = from;
            while let Some((nth, run)) = runs.next_if(|(_, run)| (run.from as usize) < to) {
                if is_open {
                    lines.push(Kind::Messages, at, run.from as usize - at);
                    lines.push(Kind::Run, run.from as usize, 1);
                    let shown = if folds.run_is_open(nth) { run.to - run.from } else { 0 };
                    lines.push(Kind::Messages, run.from as usize, shown as usize);
                }
                at = run.to as usize;
            }
            if is_open {
                lines.push(Kind::Messages, at, to - at);
            }
        }
        lines
    }

    fn push(&mut self, kind: Kind, from: usize, count: usize) {
        let goes_on = |last: &Stretch| {
            last.kind == kind && kind == Kind::Messages && from - last.from as usize == self.count - last.line as usize
        };
        if count > 0 && !self.stretches.last().is_some_and(goes_on) {
            self.stretches.push(Stretch { line: self.count as u32, from: from as u32, kind });
        }
        self.count += count;
    }

    /// How many they are.
    pub(crate) fn len(&self) -> usize {
        self.count
    }

    /// What stands on a line.
    pub(crate) fn at(&self, outline: &Outline, line: usize) -> Option<Item> {
        if line >= self.count {
            return None;
        }
        let at = self.stretches.partition_point(|stretch| stretch.line as usize <= line).checked_sub(1)?;
        let stretch = self.stretches.get(at)?;
        let from = stretch.from as usize;
        // What is inside follows at once.
        let open = self.stretches.get(at + 1).is_some_and(|next| next.from == stretch.from);
        let (what, to) = match stretch.kind {
            Kind::Cycle => {
                let cycle = outline.cycle_of(from);
                (What::Cycle(cycle), outline.cycle(cycle).1)
            }
            Kind::Run => {
                let run = outline.run_of(from)?;
                (What::Run(run), outline.runs().get(run)?.to as usize)
            }
            Kind::Messages => {
                let message = from + line - stretch.line as usize;
                return Some(Item { what: What::Message, from: message, to: message + 1, open: false });
            }
        };
        Some(Item { what, from, to, open })
    }

    /// The line of a message, or of what it is folded into.
    pub(crate) fn of(&self, message: usize) -> Option<usize> {
        let at = self.stretches.partition_point(|stretch| stretch.from as usize <= message).checked_sub(1)?;
        let stretch = self.stretches.get(at)?;
        let inside = if stretch.kind == Kind::Messages { message - stretch.from as usize } else { 0 };
        Some(stretch.line as usize + inside)
    }
}
