//! A frame as a tree, and what is wrong with it.

use pgscope_proto::frame::{self, Fault};
use pgscope_proto::messages::{copy, simple_query, unknown};
use pgscope_proto::{CopyContent, Direction, Exchange, Node, Problem, Reading, Severity, Span, Tree, decode};

use crate::binary_copy::Item;
use crate::index::{CopyRun, Entry, Index};
use crate::{checks, faults, mend};
#[cfg(feature = "whole")]
use crate::{dialects, findings};

const COPY_HEADER: usize = 5;

impl Index {
    /// Decodes the frame with this number into `tree`.
    pub fn tree(&self, exchange: &Exchange, number: usize, tree: &mut Tree) {
        let Some(entry) = self.entry(number) else { return };
        let bytes = entry.span.of(&exchange.stream(entry.direction).bytes);
        decode(entry.message, bytes, entry.context(), tree);
        if *entry.message == copy::COPY_DATA && entry.context().copy == CopyContent::Binary {
            self.graft_binary(exchange, &entry, tree);
        }
        if *entry.message == simple_query::ROW_DESCRIPTION && !tree.problems.is_empty() && entry.fault.is_none() {
            #[cfg(feature = "whole")]
            dialects::reread(&entry, bytes, tree);
            #[cfg(not(feature = "whole"))]
            crate::later::reread(&entry, bytes, tree);
        }
    }

    /// Everything that is wrong with the frame, spans counted from its start, and how to mend it where that is near
    /// certain. `tree` must be its own.
    ///
    /// It tries ways to read the frame: for all frames of an exchange, [`Index::problems`] gives the same without.
    pub fn problems_with_mends(&self, exchange: &Exchange, number: usize, tree: &Tree) -> Vec<Problem> {
        let mut problems = self.problems(exchange, number, tree);
        if !problems.is_empty() {
            #[cfg(feature = "whole")]
            mend(self, exchange, number, tree, &mut problems);
            #[cfg(not(feature = "whole"))]
            crate::later::mend(self, exchange, number, tree, &mut problems);
        }
        problems
    }

    /// Everything that is wrong with the frame, with those mends that cost nothing to find: by itself, and in its conversation.
    pub fn problems(&self, exchange: &Exchange, number: usize, tree: &Tree) -> Vec<Problem> {
        let mut problems = self.own_problems(exchange, number, tree);
        if let Some(entry) = self.entry(number) {
            #[cfg(feature = "whole")]
            problems.extend(findings::of_conversation(self, exchange, &entry, tree));
            #[cfg(not(feature = "whole"))]
            problems.extend(crate::later::findings(self, exchange, &entry, tree));
            self.name_dialect(exchange, &entry, &mut problems);
        }
        problems
    }

    /// Everything that the frame by itself shows to be wrong.
    pub(crate) fn own_problems(&self, exchange: &Exchange, number: usize, tree: &Tree) -> Vec<Problem> {
        let Some(entry) = self.entry(number) else { return Vec::new() };
        let bytes = entry.span.of(&exchange.stream(entry.direction).bytes);
        let mut problems = Vec::new();
        if is_odd(&entry, bytes) || exchange.has_gaps() {
            #[cfg(feature = "whole")]
            problems.extend(faults::of_frame(self, exchange, &entry, tree));
            #[cfg(not(feature = "whole"))]
            problems.extend(crate::later::faults(self, exchange, &entry, tree));
        }
        problems.extend(tree.problems.iter().cloned());
        let is_cut = matches!(entry.fault, Some(Fault::Cut { .. }));
        if !is_cut && checks::may_be_wrong(entry.message, bytes) {
            #[cfg(feature = "whole")]
            problems.extend(checks::of_values(entry.message, tree, bytes));
            #[cfg(not(feature = "whole"))]
            problems.extend(crate::later::checks(entry.message, tree, bytes));
        }
        problems.extend(self.binary_problem(number));
        self.name_dialect(exchange, &entry, &mut problems);
        problems
    }

    /// Puts what is known of another server's form in place of what would be wrong with it.
    fn name_dialect(&self, exchange: &Exchange, entry: &Entry, problems: &mut Vec<Problem>) {
        // The answer to what another server asks may look like something else.
        let may_answer =
            *entry.message == copy::COPY_DATA && entry.number < 8 && entry.direction == Direction::Frontend;
        if problems.is_empty() && !may_answer {
            return;
        }
        #[cfg(feature = "whole")]
        dialects::name(dialects::Said { index: self, exchange, entry }, problems);
        #[cfg(not(feature = "whole"))]
        crate::later::name_dialect(self, exchange, entry, problems);
    }

    /// The messages that carry the field of a binary COPY that byte `at` of this frame belongs to; none for other fields.
    pub fn carriers(&self, exchange: &Exchange, number: usize, at: usize) -> Vec<usize> {
        let Some((run, from)) = self.run_of(number) else { return Vec::new() };
        let Some(at) = at.checked_sub(COPY_HEADER).map(|at| from + at) else { return Vec::new() };
        let after = run.copy.items.partition_point(|item| item.start <= at);
        let Some(item) = after.checked_sub(1).and_then(|nth| run.copy.items.get(nth)) else { return Vec::new() };
        let stop = run.copy.problem.as_ref().map_or(run.copy.len(), |problem| problem.span.start);
        let end = run.copy.items.get(after).map_or(stop, |next| next.start).max(item.start);
        let inner = self.item_tree(exchange, run, item, end);
        let field = inner.at(at - item.start).and_then(|leaf| inner.nodes.get(leaf));
        let Some(span) = field.map(|field| field.span().shifted(item.start)) else { return Vec::new() };
        let first = run.carriers.partition_point(|(_, start)| *start <= span.start).saturating_sub(1);
        let carriers = run.carriers.iter().skip(first).take_while(|(_, start)| *start < span.end);
        carriers.map(|(frame, _)| *frame as usize).collect()
    }

    /// Puts the parts of the binary COPY that this CopyData carries below its data.
    fn graft_binary(&self, exchange: &Exchange, entry: &Entry, tree: &mut Tree) {
        let Some((run, from)) = self.run_of(entry.number) else { return };
        let Some(data) = tree.nodes.last().copied().filter(|node| node.field.id == "data") else { return };
        let part = Span::new(from, from + data.span().len());
        let first = run.copy.items.partition_point(|item| item.start <= part.start).saturating_sub(1);
        let stop = run.copy.problem.as_ref().map_or(run.copy.len(), |problem| problem.span.start);
        for (nth, item) in run.copy.items.iter().enumerate().skip(first).take_while(|(_, item)| item.start < part.end) {
            let end = run.copy.items.get(nth + 1).map_or(stop, |next| next.start).max(item.start);
            let overlap = Span::new(item.start, end).intersection(part);
            if overlap.is_empty() {
                continue;
            }
            let inner = self.item_tree(exchange, run, item, end);
            let at = data.start + (overlap.start - part.start) as u32;
            let within = Span::new(overlap.start - item.start, overlap.end - item.start);
            tree.graft(&inner, within, at, data.depth + 1);
        }
        fill_up(tree, data);
    }

    /// The tree of a header, row or trailer, which may lie in several messages.
    fn item_tree(&self, exchange: &Exchange, run: &CopyRun, item: &Item, end: usize) -> Tree {
        let bytes = self.gather(exchange, run, Span::new(item.start, end));
        let mut tree = Tree::new();
        let is_last_and_cut = end == run.copy.len() && !run.copy.is_complete();
        let context =
            pgscope_proto::Context { incomplete: is_last_and_cut, ..pgscope_proto::Context::new(run.direction) };
        decode(item.message, &bytes, context, &mut tree);
        tree
    }

    /// Bytes of the COPY data, from all messages that carry them.
    fn gather(&self, exchange: &Exchange, run: &CopyRun, span: Span) -> Vec<u8> {
        let stream = &exchange.stream(run.direction).bytes;
        let first = run.carriers.partition_point(|(_, start)| *start <= span.start).saturating_sub(1);
        let mut bytes = Vec::with_capacity(span.len());
        for (frame, start) in run.carriers.iter().skip(first).take_while(|(_, start)| *start < span.end) {
            let Some(carrier) = self.entry(*frame as usize) else { break };
            let payload = Span::new(carrier.span.start + COPY_HEADER, carrier.span.end);
            let from = payload.start + span.start.saturating_sub(*start);
            let to = payload.start + (span.end - start).min(payload.len());
            bytes.extend_from_slice(Span::new(from, to).of(stream));
        }
        bytes
    }
}

/// Whether something may be wrong with the frame as a whole.
fn is_odd(entry: &Entry, bytes: &[u8]) -> bool {
    let longest = match entry.message.tag() {
        Some(tag) => 1 + frame::limits(entry.direction, tag).1 as usize,
        None => frame::MAX_STARTUP_PACKET_LENGTH as usize,
    };
    let is_strange = || faults::STRANGE.contains(&entry.message.field.id);
    entry.fault.is_some() || bytes.len() > longest || is_strange()
}

/// Offers a mend to one of the problems, where that is near certain.
pub(crate) fn mend(index: &Index, exchange: &Exchange, number: usize, tree: &Tree, problems: &mut [Problem]) {
    let Some(entry) = index.entry(number) else { return };
    let told = mend::Told::of(index, exchange, &entry);
    let case = mend::Case {
        message: entry.message,
        context: entry.context(),
        fault: entry.fault,
        bytes: entry.span.of(&exchange.stream(entry.direction).bytes),
        tree,
        word: entry.length_word(),
        told: told.as_ref(),
    };
    mend::offer(case, problems);
}

/// Data that belong to no structure of the COPY, so that the leaves still tile.
fn fill_up(tree: &mut Tree, data: Node) {
    let covered =
        tree.nodes.last().map_or(data.start, |node| if node.depth > data.depth { node.end } else { data.start });
    if covered < data.end && covered > data.start {
        let Some(field) = unknown::UNREADABLE.fields.first() else { return };
        tree.nodes.push(Node {
            field,
            start: covered,
            end: data.end,
            ordinal: None,
            depth: data.depth + 1,
            reading: Reading::Wrong,
        });
    }
}

/// The worst of some problems.
pub fn worst(problems: &[Problem]) -> Option<Severity> {
    problems.iter().map(|problem| problem.severity).max()
}

#[cfg(test)]
mod tests {
    use pgscope_proto::schema::Sender;
    use pgscope_proto::{Beginning, Direction, Sides, Stream, messages};
    use proptest::prelude::*;

    use super::*;

    /// Types that are known, lengths that may be, and what is near both.
    fn some_bytes() -> impl Strategy<Value = Vec<u8>> {
        let message = (any::<u8>(), prop_oneof![0u32..40, any::<u32>(), 9_990..10_010u32], any::<bool>(), 0usize..40);
        let packet = message.prop_map(|(tag, length, has_tag, body)| {
            let head = if has_tag { vec![tag] } else { Vec::new() };
            [head, length.to_be_bytes().to_vec(), vec![0; body]].concat()
        });
        // Of a limit's length, and one more or less.
        let long = (any::<bool>(), prop::sample::select(b"CDEfpSKvRGtZ1\0".as_slice()), 0u32..3).prop_map(
            |(is_frontend, tag, more)| {
                let direction = if is_frontend { Direction::Frontend } else { Direction::Backend };
                let most = if tag == 0 { frame::MAX_STARTUP_PACKET_LENGTH } else { frame::limits(direction, tag).1 };
                let length = most.clamp(5, 70_000) + more - 1;
                let head = if tag == 0 { Vec::new() } else { vec![tag] };
                [head, length.to_be_bytes().to_vec(), vec![b'a'; length as usize - 4]].concat()
            },
        );
        prop::collection::vec(prop_oneof![9 => packet, 1 => long], 1..6).prop_map(|parts| parts.concat())
    }

    #[test]
    fn no_sample_of_the_table_is_odd() {
        let mut count = 0;
        for message in messages::ALL.iter().filter(|message| !faults::STRANGE.contains(&message.field.id)) {
            let direction = if message.sender == Sender::Frontend { Direction::Frontend } else { Direction::Backend };
            let exchange = Exchange::one_sided(direction, Stream::raw(message.sample.to_vec()), Sides::Given);
            if let Some(entry) =
                Index::new(&exchange).entry(0).filter(|entry| *entry.message == **message && entry.fault.is_none())
            {
                assert!(!is_odd(&entry, message.sample), "{}", message.name());
                count += 1;
            }
        }
        assert!(count > 40, "{count}");
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(1000))]

        #[test]
        fn nothing_is_wrong_with_what_is_not_odd(bytes in some_bytes(), is_frontend: bool, begins: bool) {
            let direction = if is_frontend { Direction::Frontend } else { Direction::Backend };
            let mut exchange = Exchange::one_sided(direction, Stream::raw(bytes), Sides::Given);
            exchange.beginning = if begins { Beginning::Start } else { Beginning::Queries };
            let index = Index::new(&exchange);
            let mut tree = Tree::new();
            for entry in (0..index.len()).filter_map(|number| index.entry(number)) {
                index.tree(&exchange, entry.number, &mut tree);
                let bytes = entry.span.of(&exchange.stream(direction).bytes);
                let found = faults::of_frame(&index, &exchange, &entry, &tree);
                prop_assert!(found.is_empty() || is_odd(&entry, bytes), "{entry:?} {found:?}");
            }
        }
    }
}
