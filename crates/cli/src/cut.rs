//! An exchange of some messages of another one. What is missing there is missing here.

use pgscope_view::proto::{Closing, Direction, Exchange, Gap, Span};
use pgscope_view::session::Entry;

/// What was cut out so far.
pub(crate) struct Cut<'a> {
    of: &'a Exchange,
    out: Exchange,
    /// What is missing behind what was cut out, by direction.
    gaps: [&'a [Gap]; 2],
    /// Where each direction's segments begin in its stream, and which of all they are.
    begins: [Vec<(usize, usize)>; 2],
}

impl<'a> Cut<'a> {
    /// Nothing yet.
    pub(crate) fn of(exchange: &'a Exchange) -> Self {
        let mut out = Exchange { is_partial: true, ..Exchange::default() };
        out.between(exchange.ends());
        let mut begins: [Vec<(usize, usize)>; 2] = Default::default();
        if exchange.has_gaps() {
            for (nth, segment) in exchange.segments.iter().enumerate() {
                if let Some(begins) = begins.get_mut(segment.direction.index()) {
                    begins.push((segment.span.start, nth));
                }
            }
        }
        Self { of: exchange, out, gaps: Direction::BOTH.map(|direction| exchange.gaps(direction)), begins }
    }

    /// Puts a message behind the others, which come before it.
    pub(crate) fn put(&mut self, entry: &Entry, seen_us: Option<i64>) {
        let (direction, mut at) = (entry.direction, entry.span.start);
        let begins = self.begins.get(direction.index()).map_or(&[][..], Vec::as_slice);
        let segment = begins.partition_point(|(start, _)| *start <= at).checked_sub(1).and_then(|nth| begins.get(nth));
        let segment = segment.map_or(0, |(_, nth)| *nth);
        // What was missing by then, whoever was to say it.
        for side in Direction::BOTH {
            let is_before = |gap: &Gap| gap.behind <= segment || side == direction && gap.at <= at;
            while let Some(gap) = self.next_gap(side, is_before) {
                self.out.miss(side, gap.bytes);
            }
        }
        let stream = self.of.stream(direction);
        while let Some(gap) = self.next_gap(direction, |gap| gap.at < entry.span.end) {
            self.out.push(direction, &stream.part(Span::new(at, gap.at.max(at))), seen_us);
            self.out.miss(direction, gap.bytes);
            at = gap.at.max(at);
        }
        self.out.push(direction, &stream.part(Span::new(at, entry.span.end)), seen_us);
    }

    fn next_gap(&mut self, side: Direction, is_wanted: impl Fn(&Gap) -> bool) -> Option<Gap> {
        let gaps = self.gaps.get_mut(side.index())?;
        let (gap, rest) = gaps.split_first().filter(|(gap, _)| is_wanted(gap))?;
        *gaps = rest;
        Some(*gap)
    }

    /// What was cut out.
    pub(crate) fn finish(mut self) -> Exchange {
        let (closing, kept) = (self.of.closing(), self.of.kept());
        if !self.out.is_empty() && (closing != Closing::default() || kept.is_some()) {
            let recorded = self.out.recorded.get_or_insert_default();
            (recorded.closing, recorded.kept) = (closing, kept.cloned());
        }
        self.out
    }
}
