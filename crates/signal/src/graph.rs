//! The graph: who reads whom, what is stale, and what is to run again.
//!
//! What is set marks its readers dirty, and theirs to be checked. A memo is computed when somebody reads it, and only if
//! something that it read has changed; effects wait for [`flush`]. No user's code runs while the graph is borrowed.

use std::any::Any;
use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;

/// A node, and which of those that had its place. One word, since handles are what closures hold most.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Id(u32);

impl Id {
    /// How many bits say the place: there is room for a million nodes. Turns begin again after 4,096.
    const PLACE: u32 = 20;

    fn new(at: usize, turn: u32) -> Self {
        assert!(at < 1 << Self::PLACE, "too many signals");
        Id(turn << Self::PLACE | at as u32)
    }

    fn at(self) -> usize {
        (self.0 % (1 << Self::PLACE)) as usize
    }

    fn turn(self) -> u32 {
        self.0 >> Self::PLACE
    }
}

/// What makes a node's value new.
pub(crate) trait Run {
    /// Says whether it has become another.
    fn run(&self) -> bool;
}

#[derive(Clone, Copy, Debug, Default, PartialEq, PartialOrd)]
enum State {
    #[default]
    Clean,
    /// Something that it read may have changed.
    Check,
    Dirty,
}

#[derive(Default)]
struct Node {
    value: Option<Rc<dyn Any>>,
    run: Option<Rc<dyn Run>>,
    is_effect: bool,
    state: State,
    sources: Vec<Id>,
    readers: Vec<Id>,
    /// What was made while it ran: it goes when it runs again.
    owned: Vec<Id>,
}

#[derive(Default)]
struct Graph {
    /// Nodes, and how many were in each place before, as far as an [`Id`] says it.
    nodes: Vec<(u32, Option<Node>)>,
    free: Vec<usize>,
    /// What runs at the moment: it reads what is read, and owns what is made.
    running: Option<Id>,
    /// Whether it does not hear of what is read at the moment.
    is_untracked: bool,
    waiting: VecDeque<Id>,
    is_called: bool,
    later: Option<fn()>,
}

thread_local! {
    static GRAPH: RefCell<Graph> = RefCell::default();
}

fn with<T>(run: impl FnOnce(&mut Graph) -> T) -> T {
    GRAPH.with_borrow_mut(run)
}

/// Says how [`flush`] is called a little later.
pub fn begin(later: fn()) {
    with(|graph| graph.later = Some(later));
}

/// Runs all effects that read something that has changed.
pub fn flush() {
    with(|graph| graph.is_called = false);
    while let Some(id) = with(|graph| graph.waiting.pop_front()) {
        refresh(id);
    }
}

impl Graph {
    fn get(&mut self, id: Id) -> Option<&mut Node> {
        let (turn, node) = self.nodes.get_mut(id.at())?;
        node.as_mut().filter(|_| *turn == id.turn())
    }

    fn add(&mut self, node: Node) -> Id {
        let at = self.free.pop().unwrap_or_else(|| {
            self.nodes.push((0, None));
            self.nodes.len() - 1
        });
        let mut id = Id::new(at, 0);
        if let Some((turn, place)) = self.nodes.get_mut(at) {
            id = Id::new(at, *turn);
            *place = Some(node);
        }
        if let Some(owner) = self.running.and_then(|running| self.get(running)) {
            owner.owned.push(id);
        }
        id
    }

    /// Takes a node and all that it owns out; gives them, to be dropped when the graph is free.
    fn remove(&mut self, id: Id, removed: &mut Vec<Node>) {
        if self.get(id).is_none() {
            return;
        }
        self.forget_sources(id);
        let Some((turn, place)) = self.nodes.get_mut(id.at()) else { return };
        *turn = (*turn + 1) % (1 << (u32::BITS - Id::PLACE));
        let Some(mut node) = place.take() else { return };
        self.free.push(id.at());
        for owned in std::mem::take(&mut node.owned) {
            self.remove(owned, removed);
        }
        removed.push(node);
    }

    fn forget_sources(&mut self, id: Id) {
        let sources = self.get(id).map(|node| std::mem::take(&mut node.sources)).unwrap_or_default();
        for source in sources {
            if let Some(source) = self.get(source) {
                source.readers.retain(|reader| *reader != id);
            }
        }
    }

    /// The running node reads this one.
    fn track(&mut self, id: Id) {
        let Some(reader) = self.running.filter(|_| !self.is_untracked) else { return };
        let Some(node) = self.get(reader) else { return };
        if node.run.is_none() || node.sources.contains(&id) {
            return;
        }
        node.sources.push(id);
        if let Some(source) = self.get(id) {
            source.readers.push(reader);
        }
    }

    /// Marks who reads this node, and who reads them.
    fn mark_readers(&mut self, id: Id, state: State) {
        let readers = self.get(id).map(|node| node.readers.clone()).unwrap_or_default();
        for reader in readers {
            let Some(node) = self.get(reader) else { continue };
            let was = node.state;
            if was < state {
                node.state = state;
            }
            let is_effect = node.is_effect;
            if was == State::Clean && is_effect {
                self.waiting.push_back(reader);
            } else if was == State::Clean {
                self.mark_readers(reader, State::Check);
            }
        }
    }
}

/// A node with a value that is set.
pub(crate) fn add_value(value: Rc<dyn Any>) -> Id {
    with(|graph| graph.add(Node { value: Some(value), ..Node::default() }))
}

/// A node whose value is computed when it is read. `run` keeps it in `value`.
pub(crate) fn add_memo(value: Rc<dyn Any>, run: Rc<dyn Run>) -> Id {
    with(|graph| graph.add(Node { value: Some(value), run: Some(run), state: State::Dirty, ..Node::default() }))
}

/// A node that runs now, and whenever what it read has changed.
pub(crate) fn add_effect(run: Rc<dyn Run>) {
    let node = Node { run: Some(run), is_effect: true, state: State::Dirty, ..Node::default() };
    let id = with(|graph| graph.add(node));
    refresh(id);
}

/// The value of a node, brought up to date, and read by whatever runs.
pub(crate) fn read(id: Id, is_tracked: bool) -> Option<Rc<dyn Any>> {
    refresh(id);
    with(|graph| {
        if is_tracked {
            graph.track(id);
        }
        graph.get(id)?.value.clone()
    })
}

/// Whoever read this node hears that it has changed.
pub(crate) fn changed(id: Id) {
    let later = with(|graph| {
        graph.mark_readers(id, State::Dirty);
        let calls = !graph.waiting.is_empty() && !graph.is_called;
        graph.is_called |= calls;
        graph.later.filter(|_| calls)
    });
    if let Some(later) = later {
        later();
    }
}

/// Reads without that whoever runs at the moment hears of changes.
pub fn untrack<T>(read: impl FnOnce() -> T) -> T {
    let before = with(|graph| std::mem::replace(&mut graph.is_untracked, true));
    let value = read();
    with(|graph| graph.is_untracked = before);
    value
}

/// Makes something that stays, whatever runs at the moment.
pub fn unowned<T>(make: impl FnOnce() -> T) -> T {
    let before = with(|graph| graph.running.take());
    let made = make();
    with(|graph| graph.running = before);
    made
}

/// Runs a memo or an effect if something that it read has changed.
fn refresh(id: Id) {
    let Some(state) = with(|graph| graph.get(id).map(|node| node.state)) else { return };
    if state == State::Clean {
        return;
    }
    if state == State::Check {
        for source in with(|graph| graph.get(id).map(|node| node.sources.clone())).unwrap_or_default() {
            refresh(source);
            if with(|graph| graph.get(id).is_none_or(|node| node.state == State::Dirty)) {
                break;
            }
        }
    }
    let Some(run) = with(|graph| {
        let node = graph.get(id)?;
        let state = std::mem::take(&mut node.state);
        node.run.clone().filter(|_| state == State::Dirty)
    }) else {
        return;
    };
    let mut removed = Vec::new();
    let before = with(|graph| {
        graph.forget_sources(id);
        for owned in graph.get(id).map(|node| std::mem::take(&mut node.owned)).unwrap_or_default() {
            graph.remove(owned, &mut removed);
        }
        (graph.running.replace(id), std::mem::take(&mut graph.is_untracked))
    });
    drop(removed);
    let is_other = run.run();
    with(|graph| {
        (graph.running, graph.is_untracked) = before;
        if is_other {
            graph.mark_readers(id, State::Dirty);
        }
    });
}
