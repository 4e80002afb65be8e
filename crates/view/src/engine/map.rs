//! A list at a glance: at which of so many places something of it is worth a look.
//!
//! It costs some searches a place, however many messages there are: errors, problems and what was found are kept in order.

use super::{Engine, Sight, SightKind};

/// How many places there are at most.
const MOST: usize = 4000;

impl Engine {
    pub(super) fn map(&self, places: usize) -> Vec<Sight> {
        let lines = self.lines_count();
        let places = places.min(MOST).min(lines);
        let place = |place: usize| {
            let [from, to] = [place, place + 1].map(|place| self.message_at(place * lines / places.max(1)));
            [SightKind::Error, SightKind::Problem, SightKind::Hit].into_iter().filter_map(move |kind| {
                let (count, first) = self.sights(kind, from, to);
                Some(Sight { place, kind, number: first?, count })
            })
        };
        (0..places).flat_map(place).collect()
    }

    /// How many of a kind there are among the messages `from..to` that the list shows, and the first of them.
    fn sights(&self, kind: SightKind, from: usize, to: usize) -> (usize, Option<usize>) {
        match kind {
            SightKind::Error => self.shown(from, to, &|from, to| self.list.outline.errors_between(from, to)),
            SightKind::Problem => self.shown(from, to, &|from, to| self.check.between(from, to)),
            SightKind::Hit => self.seek.hits_between(from, to),
        }
    }

    /// The same where a filter may hide some.
    fn shown(
        &self,
        from: usize,
        to: usize,
        of: &dyn Fn(usize, usize) -> (usize, Option<usize>),
    ) -> (usize, Option<usize>) {
        let Some(hits) = self.seek.filtered() else { return of(from, to) };
        let (mut at, mut found) = (from, (0, None));
        while let (_, Some(next)) = of(at, to) {
            if hits.binary_search(&(next as u32)).is_ok() {
                found = (found.0 + of(next, next + 1).0, found.1.or(Some(next)));
            }
            at = next + 1;
        }
        found
    }
}
