//! Maps to a parent, held against a plain list of the same sources.

use pgscope_proto::{SourceMap, Span};
use proptest::prelude::*;

/// Sources as texts have them: groups of bytes, repeated, with steps between them that may go back.
fn any_sources() -> impl Strategy<Value = Vec<Span>> {
    let group = (0usize..120, 1usize..4, 0usize..5, 1usize..5, 1usize..6, 0usize..30);
    prop::collection::vec(group, 0..8).prop_map(|groups| {
        let mut sources = Vec::new();
        for (start, width, stride, count, times, every) in groups {
            for run in 0..times {
                for nth in 0..count {
                    let at = start + run * every + nth * stride;
                    sources.push(Span::new(at, at + width));
                }
            }
        }
        sources
    })
}

fn map_of(sources: &[Span]) -> SourceMap {
    let mut map = SourceMap::default();
    sources.iter().for_each(|source| map.push(*source));
    map
}

fn back(map: &SourceMap) -> Vec<Span> {
    (0..map.len()).map_while(|at| map.source(at)).collect()
}

proptest! {
    #[test]
    fn every_byte_keeps_its_source(sources in any_sources(), others in any_sources()) {
        let mut map = map_of(&sources);
        prop_assert_eq!(back(&map), sources.clone());
        map.append(&map_of(&others));
        prop_assert_eq!(back(&map), [sources, others].concat());
    }

    #[test]
    fn a_unit_leads_to_a_byte_that_was_read_from_it(sources in any_sources(), unit in 0usize..300) {
        let map = map_of(&sources);
        match map.byte_at_source(unit) {
            Some(at) => prop_assert!(sources[at].contains(unit)),
            None => prop_assert!(!sources.iter().any(|source| source.contains(unit))),
        }
    }

    #[test]
    fn some_bytes_lead_to_their_sources(sources in any_sources(), cut in (0usize..150, 0usize..150), view in (0usize..300, 0usize..60)) {
        let map = map_of(&sources);
        let (span, shown) = (Span::new(cut.0, cut.1), Span::new(view.0, view.0 + view.1));
        let (all, seen) = (map.sources(span), map.sources_in(span, shown));
        for source in sources.iter().take(span.end).skip(span.start) {
            prop_assert!(all.iter().any(|found| found.covers(*source)), "{source:?} is not in {all:?}");
            let is_shown = !source.intersection(shown).is_empty();
            prop_assert!(!is_shown || seen.iter().any(|found| found.covers(*source)), "{source:?} is not in {seen:?}");
        }
    }
}
