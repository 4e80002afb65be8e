//! For a program that is fetched in parts, as the page is: what need not be in its first part. That is what reads binary
//! values, what says what is wrong with a frame as a whole, and what searches for mends. Before it has come, values have no
//! text, and problems and mends are not searched for.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};

use pgscope_proto::frame::{Framer, Next};
use pgscope_proto::{Exchange, Message, Problem, Tree};

use crate::dialects::{self, Said};
use crate::index::building::Pass;
use crate::index::missing::{self, Bytes, Missed};
use crate::index::{Entry, Index};
use crate::{checks, faults, findings, reading, values};

type Find = fn(&Index, &Exchange, &Entry, &Tree) -> Vec<Problem>;

struct Part {
    text_of: fn(u32, &[u8]) -> Option<String>,
    faults: fn(&Index, &Exchange, &Entry, &Tree) -> Vec<Problem>,
    checks: fn(&'static Message, &Tree, &[u8]) -> Vec<Problem>,
    #[cfg(not(feature = "strict"))]
    findings: Find,
    mend: fn(&Index, &Exchange, usize, &Tree, &mut [Problem]),
    dialect: fn(Said<'_>, &mut Vec<Problem>),
    reread: fn(&Entry, &[u8], &mut Tree),
    pass_gaps: fn(&mut Pass<'_>),
    next_before_gap: fn(&Exchange, &mut Missed, &mut Framer, Bytes<'_>) -> Next,
}

static PART: OnceLock<Part> = OnceLock::new();
static IS_LACKED: AtomicBool = AtomicBool::new(false);

fn part() -> Option<&'static Part> {
    let part = PART.get();
    if part.is_none() {
        lack();
    }
    part
}

/// Something was wanted that has not come.
pub fn lack() {
    IS_LACKED.store(true, Ordering::Relaxed);
}

pub(crate) fn text_of(oid: u32, bytes: &[u8]) -> Option<String> {
    (part()?.text_of)(oid, bytes)
}

pub(crate) fn faults(index: &Index, exchange: &Exchange, entry: &Entry, tree: &Tree) -> Vec<Problem> {
    part().map(|part| (part.faults)(index, exchange, entry, tree)).unwrap_or_default()
}

pub(crate) fn checks(message: &'static Message, tree: &Tree, bytes: &[u8]) -> Vec<Problem> {
    part().map(|part| (part.checks)(message, tree, bytes)).unwrap_or_default()
}

pub(crate) fn findings(index: &Index, exchange: &Exchange, entry: &Entry, tree: &Tree) -> Vec<Problem> {
    // Without it nothing is lacked unless the follower noted something: what two messages say against each other is looked for
    // when it has come.
    let is_noted = index.noted_in(entry.number).next().is_some();
    #[cfg(feature = "strict")]
    let finds = [
        if is_noted { strict::NOTED.get() } else { None },
        if findings::look_at_talk(entry.message) { strict::TALK.get() } else { None },
        if findings::look_at_start(entry.message) { strict::START.get() } else { None },
    ];
    #[cfg(not(feature = "strict"))]
    let finds = [if is_noted { part() } else { PART.get() }.map(|part| part.findings)];
    finds.into_iter().flatten().flat_map(|find| find(index, exchange, entry, tree)).collect()
}

/// What is wrong with a message that looks odd at a glance.
#[cfg(all(feature = "strict", not(feature = "whole")))]
pub(crate) fn odd(case: &findings::Case) -> Option<Problem> {
    strict::ODD.get().and_then(|odd| odd(case.index, case.exchange, &case.entry, case.tree))
}

/// What is wrong with a conversation comes by itself, since most conversations need it and nothing else of the part; and what is said
/// of one that goes as it may not, by itself again, since few do.
#[cfg(feature = "strict")]
pub mod strict {
    use super::*;

    type FindOne = fn(&Index, &Exchange, &Entry, &Tree) -> Option<Problem>;

    pub(super) static NOTED: Piece<Find> = Piece::new();
    pub(super) static TALK: Piece<Find> = Piece::new();
    pub(super) static START: Piece<Find> = Piece::new();
    /// It comes with what the follower noted: few conversations need either.
    pub(super) static ODD: Piece<FindOne> = Piece::new();

    /// Something that comes by itself, and may be lacked.
    pub struct Piece<T> {
        it: OnceLock<T>,
        is_lacked: AtomicBool,
    }

    #[allow(clippy::new_without_default, reason = "it stands in statics, which have no default")]
    impl<T: Copy> Piece<T> {
        /// Nothing yet.
        pub const fn new() -> Self {
            Self { it: OnceLock::new(), is_lacked: AtomicBool::new(false) }
        }

        /// It; nothing before it has come.
        pub fn get(&self) -> Option<T> {
            let it = self.it.get().copied();
            self.is_lacked.fetch_or(it.is_none(), Ordering::Relaxed);
            it
        }

        /// It has come.
        pub fn come(&self, it: T) {
            let _ = self.it.set(it);
        }

        /// Whether it was lacked since this was last asked.
        pub fn was_lacked(&self) -> bool {
            self.is_lacked.swap(false, Ordering::Relaxed)
        }
    }

    /// What two messages say against each other has come, once a connection is begun.
    pub fn talk_come() {
        TALK.come(findings::of_talk);
    }

    /// Whether it was lacked since this was last asked.
    pub fn was_talk_lacked() -> bool {
        TALK.was_lacked()
    }

    /// The same has come for how a connection begins.
    pub fn start_come() {
        START.come(findings::of_start);
    }

    /// Whether it was lacked since this was last asked.
    pub fn was_start_lacked() -> bool {
        START.was_lacked()
    }

    /// What the follower noted can be told.
    pub fn noted_come() {
        NOTED.come(findings::of_noted);
        ODD.come(findings::of_odd);
    }

    /// Whether it was lacked since this was last asked.
    pub fn were_noted_lacked() -> bool {
        // Both are asked: each forgets it.
        NOTED.was_lacked() | ODD.was_lacked()
    }
}

pub(crate) fn mend(index: &Index, exchange: &Exchange, number: usize, tree: &Tree, problems: &mut [Problem]) {
    if let Some(part) = part() {
        (part.mend)(index, exchange, number, tree, problems);
    }
}

pub(crate) fn name_dialect(index: &Index, exchange: &Exchange, entry: &Entry, problems: &mut Vec<Problem>) {
    if let Some(part) = part() {
        (part.dialect)(Said { index, exchange, entry }, problems);
    }
}

pub(crate) fn reread(entry: &Entry, bytes: &[u8], tree: &mut Tree) {
    if let Some(part) = part() {
        (part.reread)(entry, bytes, tree);
    }
}

// What reads captures leads here: where something is missing, this has come.

pub(crate) fn pass_gaps(pass: &mut Pass<'_>) {
    if let Some(part) = part() {
        (part.pass_gaps)(pass);
    }
}

pub(crate) fn next_before_gap(exchange: &Exchange, missed: &mut Missed, framer: &mut Framer, bytes: Bytes<'_>) -> Next {
    part().map_or(Next::End, |part| (part.next_before_gap)(exchange, missed, framer, bytes))
}

/// It has come. Whatever leads here leads to all of it. Says whether it was not here before.
pub fn come() -> bool {
    PART.set(Part {
        text_of: values::read,
        faults: faults::of_frame,
        checks: checks::of_values,
        #[cfg(not(feature = "strict"))]
        findings: findings::of_conversation,
        mend: reading::mend,
        dialect: dialects::name,
        reread: dialects::reread,
        pass_gaps: missing::pass_gaps,
        next_before_gap: missing::next_before_gap,
    })
    .is_ok()
}

/// Whether it was lacked since this was last asked.
pub fn was_lacked() -> bool {
    IS_LACKED.swap(false, Ordering::Relaxed)
}
