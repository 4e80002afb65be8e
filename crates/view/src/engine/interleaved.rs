//! The messages of all connections in one order of time, those that are like something. It looks at no more of them than somebody
//! wants to see, and at a slice at a time.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use pgscope_proto::{Severity, Tree};

use super::surveyed::{Said, Survey, seconds};
use crate::Indexed;
use crate::filter::{Expression, Mistake, Subject, is_meant};
use crate::find::Pattern;
use crate::overview::Overview;

/// So many bytes are looked through at once, whatever their number of messages.
const SLICE: usize = 512 * 1024;

/// What they are to be like.
#[derive(Debug)]
enum Like {
    All,
    Pattern(Pattern),
    Expression(Result<Expression, Mistake>),
}

impl Like {
    fn has(&self, subject: Subject<'_>, tree: &mut Tree) -> bool {
        match self {
            Like::All => true,
            Like::Pattern(pattern) => pattern.find(subject.indexed, subject.number, tree).is_some(),
            Like::Expression(expression) => expression.as_ref().is_ok_and(|expression| expression.holds(subject, tree)),
        }
    }
}

/// How far it is looked, and what was found.
#[derive(Debug)]
pub(super) struct Interleaved {
    text: String,
    like: Like,
    /// The next message of each connection: when it was seen, the connection, its number.
    next: BinaryHeap<Reverse<(i64, u32, u32)>>,
    found: Vec<(u32, u32)>,
    looked: usize,
}

impl Interleaved {
    /// Whether it is this that is looked for.
    pub(super) fn is_of(&self, text: &str) -> bool {
        self.text == text
    }

    /// Begins to look; as the filter does, for an expression, or for words or bytes.
    pub(super) fn begin(text: &str, connections: &[Indexed], overview: &Overview) -> Self {
        let like = match Pattern::parse(text) {
            None => Like::All,
            Some(_) if is_meant(text) => Like::Expression(Expression::parse(text)),
            Some(pattern) => Like::Pattern(pattern),
        };
        let has_one = |(nth, indexed): (usize, &Indexed)| {
            (!indexed.index.is_empty())
                .then(|| Reverse((time(indexed, overview, nth, 0).unwrap_or(i64::MIN), nth as u32, 0)))
        };
        let next = connections.iter().enumerate().filter_map(has_one).collect();
        Self { text: text.to_owned(), like, next, found: Vec::new(), looked: 0 }
    }

    /// Looks on in at most so many messages. Where all are wanted, no further than to `enough` of them.
    fn look(&mut self, connections: &[Indexed], overview: &Overview, messages: usize, enough: usize) {
        let (mut tree, mut bytes) = (Tree::new(), 0);
        let is_searched = !matches!(self.like, Like::All);
        for _ in 0..messages {
            if bytes > SLICE || !is_searched && self.found.len() >= enough {
                break;
            }
            let Some(Reverse((at, connection, number))) = self.next.pop() else { break };
            let (nth, message) = (connection as usize, number as usize);
            let Some(indexed) = connections.get(nth) else { continue };
            if message + 1 < indexed.index.len() {
                // What has no time of its own stands behind what was said before it.
                let then = time(indexed, overview, nth, message + 1).map_or(at, |then| then.max(at));
                self.next.push(Reverse((then, connection, number + 1)));
            }
            self.looked += 1;
            if is_searched {
                bytes += indexed.index.entry(message).map_or(0, |entry| entry.span.len());
            }
            let subject = Subject { indexed, connection: nth, survey: overview.survey(nth), number: message };
            if self.like.has(subject, &mut tree) {
                self.found.push((connection, number));
            }
        }
    }

    /// Looks on, and tells these rows.
    pub(super) fn told(
        &mut self,
        connections: &[Indexed],
        overview: &Overview,
        (from, to): (usize, usize),
        messages: usize,
    ) -> Survey {
        self.look(connections, overview, messages, to);
        let begin = overview.begin_us();
        let mut tree = Tree::new();
        let row = |(connection, number): &(u32, u32)| {
            let (nth, message) = (*connection as usize, *number as usize);
            let indexed = connections.get(nth)?;
            let (entry, problems) = indexed.check(message, &mut tree)?;
            let at = time(indexed, overview, nth, message).zip(begin);
            Some(Said {
                connection: nth + 1,
                message: message + 1,
                time: at.map(|(at, begin)| seconds(at.saturating_sub(begin))).unwrap_or_default(),
                direction: entry.direction.name().to_owned(),
                name: indexed.named(&entry).name().to_owned(),
                says: indexed.says_named(&entry, &tree),
                is_bad: problems.iter().any(|problem| problem.severity > Severity::Note),
            })
        };
        let rows = self.found.iter().skip(from).take(to.saturating_sub(from)).filter_map(row).collect();
        let all: usize = connections.iter().map(|indexed| indexed.index.len()).sum();
        let mistake = match &self.like {
            Like::Expression(Err(Mistake { at, message })) => format!("letter {}: {message}", at + 1),
            _ => String::new(),
        };
        let is_all = matches!(self.like, Like::All);
        Survey::Messages {
            count: if is_all { all } else { self.found.len() },
            looked: self.looked,
            all,
            is_done: self.next.is_empty() || is_all && self.found.len() >= to || !mistake.is_empty(),
            mistake,
            rows,
        }
    }
}

fn time(indexed: &Indexed, overview: &Overview, connection: usize, number: usize) -> Option<i64> {
    overview.survey(connection)?.seen_us(&indexed.exchange, &indexed.index, number)
}
